/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ledger: a claim with everything that deciding it looks at, and whether it may be made
 * at all. */
#ifndef LEDGER_CLAIM_H
#define LEDGER_CLAIM_H

#include "ledger/tally.h"
#include "rules/condition.h"

#define CHAIN_STEPS 64 /* vouchers of a claim key looked through for those that hold support */

struct claim_case {
    const struct measure *measure;
    const struct group *group; /* NULL: the measure is in none */
    const struct enterprise_row *enterprise;
    const struct contract_row *contract; /* NULL: the spending is no contract */
    const struct facts *facts;
    struct spending_name spending;
    char text[LIMIT_NUMBER + 1];   /* of spending, where it is no contract */
    char sub[LIMIT_NUMBER + 1];    /* see claim_part */
    const struct claim_row *claim; /* NULL: nothing on the claim key yet */
    const struct account_row *account;
    const struct tally_row *year_tally;      /* CROSSING_*: of the enterprise; NULL: nothing yet */
    const struct tally_row *spending_tally;  /* and of the spending */
    struct tally_key tallies[LIMIT_TALLIES]; /* of the measure's tallies */
    struct money outside;                    /* support from outside, declared for the spending */
    struct money spent;                      /* of the claim: what a rate would be of */
    struct circumstances circumstances;
    struct day valid_to, redeem_to; /* of the voucher, if there is one */
    int year;                       /* of the fund lines */
    int nlines;                     /* that exist */
    uint32_t lines[LIMIT_LINES];
    struct money available[LIMIT_LINES];
};

/* Looks up all of it. ERR_INVALID: what the command names is not there, told in the fault. */
int claim_find(struct deciding *d, struct claim_case *x) MUST_CHECK;

/* Whether this enterprise may make this claim at all; refused in the entry if not. */
int claim_eligible(struct deciding *d, const struct claim_case *x) MUST_CHECK;

/* Reads what a command states in the policy's fields, into the arena. NULL: ERR_MEMORY, or
 * ERR_INVALID told in *f (may be NULL). */
int facts_read(const struct policy *p, const struct fact *facts, int n, const char *field,
               struct arena *a, struct fault *f, const struct facts **out) MUST_CHECK;

/* The values that name a spending, in one text. False: too long. */
bool spending_text(const struct policy *p, const struct spending *s, const struct facts *f,
                   char out[static LIMIT_NUMBER + 1]);

/* Folds what a claim was given (issue_fold.c). */
void fold_issue(struct folding *f);

/* Whose and what a claim is, for its tallies. */
struct tally_subject claim_subject(const struct policy *p, const struct uscc *enterprise,
                                   const struct enterprise_row *row, const struct spending_name *s,
                                   const struct facts *f);

#endif
