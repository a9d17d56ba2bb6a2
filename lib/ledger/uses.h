/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the ledger: what counts in a measure's ceilings before a command, by their index. */
#ifndef LEDGER_USES_H
#define LEDGER_USES_H

#include "ledger/claim.h"

/* In ceilings on issue, before a claim. */
void uses_of_claim(struct deciding *d, const struct claim_case *x, struct ceiling_use *uses);
/* In ceilings on redemption, before an invoice is shown on a voucher. */
void uses_of_redemption(struct deciding *d, const struct voucher_row *v, const struct measure *m,
                        const struct policy *p, const struct claim_row *claim,
                        struct ceiling_use *uses);

#endif
