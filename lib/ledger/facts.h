/* SPDX-License-Identifier: Apache-2.0 */
/* What rows say together: read by deciding and folding, and by whoever answers questions. */
#ifndef LEDGER_FACTS_H
#define LEDGER_FACTS_H

#include "ledger/ledger.h"

/* The measure that a voucher was issued under, in the policy's version that decided it; NULL only
 * in a book that contradicts itself. */
const struct measure *voucher_measure(const struct ledger *l, const struct voucher_row *v,
                                      const struct policy **p);
/* Its claim key; all zero in a book that contradicts itself. */
struct key voucher_claim(const struct ledger *l, const struct voucher_row *v);

/* Why a voucher has nothing left: "void", "lapsed" or "used up"; NULL if it has. */
const char *voucher_ended(const struct voucher_row *v);

/* What counts in a ceiling: the account's years, or the claim key's parts; year 0: all. */
struct money account_counts(const struct account_row *a, enum ceiling_event event, int year);
struct money claim_counts(const struct claim_row *c, const struct uscc *enterprise,
                          const char *measure, enum ceiling_event event, int year);

#endif
