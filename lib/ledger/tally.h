/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ledger: tallies, the sums that ceilings count by where accounts and spendings do not
 * hold them. */
#ifndef LEDGER_TALLY_H
#define LEDGER_TALLY_H

#include "ledger/step.h"
#include "rules/grant.h"

/* Whose and what a claim is. */
struct tally_subject {
    const struct policy *policy;
    struct uscc enterprise;
    const char *area, *related;
    struct spending_name spending;
    const struct facts *facts;
};

/* The key of a tally for one measure's claims. False: its values are too long. */
bool tally_key_make(const struct tally_subject *s, const struct tally *t, const char *measure,
                    struct tally_key *out);

/* The tally of measure m that a ceiling counts by: its index. */
int tally_of(const struct measure *m, const struct ceiling *c);

/* Whether two keys are of the same claims, of one measure or of two. */
bool tally_is_sibling(const struct tally_key *a, const struct tally_key *b);

/* What counts in a ceiling before this command; key: of the claim's own measure. */
void tally_use(struct rows *rows, const struct policy *p, const struct ceiling *c,
               const struct tally_key *key, struct day today, struct ceiling_use *u);

/* Whether it keeps what was spent, for measures that look at a year's: by enterprise, and by
 * spending, so that none counts twice. */
bool tally_has_spending(const struct tally_key *k);
/* Whether something counts in it: claims that hold support. */
bool tally_live(const struct tally_row *t);
/* A year of a tally; NULL where it has none. */
const struct tally_year *tally_find(const struct tally_row *t, int year);
/* The same, made where it has none; NULL: the list is full (deciding has seen to it). */
struct tally_year *tally_make(struct tally_row *t, int year);

#endif
