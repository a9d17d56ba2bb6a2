/* SPDX-License-Identifier: Apache-2.0 */
/* What rows say together: read by deciding and folding, and by whoever answers questions. */
#ifndef LEDGER_FACTS_H
#define LEDGER_FACTS_H

#include "ledger/ledger.h"

/* The measure that a voucher was issued under, in the policy's version that decided it; NULL only
 * in a book that contradicts itself. */
const struct measure *voucher_measure(const struct ledger *l, const struct voucher_row *v,
                                      const struct policy **p);
/* Its claim key, made in *k; without a byte in a book that contradicts itself. */
const struct key *voucher_claim(const struct ledger *l, const struct voucher_row *v, struct key *k);

/* Who is paid: the beneficiary, or the other party of its contract. ERR_CORRUPT only in a book that
 * contradicts itself. */
int voucher_payee(const struct ledger *l, const struct voucher_row *v, struct uscc *out) MUST_CHECK;

/* Whether a voucher holds support: not all of it was freed again. */
static inline bool holds_support(const struct voucher_row *v)
{
    return v->face.fen > v->stages.at[STAGE_AVAILABLE].fen;
}

/* Why a voucher has nothing left: "void", "lapsed" or "used up"; NULL if it has. */
const char *voucher_ended(const struct voucher_row *v);

/* What counts in a ceiling: the account's years, or the claim key's parts; year 0: all. */
struct money account_counts(const struct account_row *a, enum ceiling_event event, int year);
struct part_filter {
    const struct uscc *enterprise; /* NULL: any */
    const struct policy *policy;   /* of: */
    uint64_t measures;             /* bits by their index in it */
    const char *sub;               /* NULL: any */
};
struct money claim_counts(const struct claim_row *c, const struct part_filter *f,
                          enum ceiling_event event, int year);

/* The year that a ceiling counts, of this one: 0 for all of them. */
int ceiling_year(const struct ceiling *c, int year);

/* What one enterprise's raised ceiling is; 0: it was not raised. */
struct money raised_limit(const struct ledger *l, const struct enterprise_row *e,
                          const struct uscc *enterprise, const char *measure,
                          const struct ceiling *c);

#endif
