/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/facts.h"

#include "ledger/keys.h"

const struct measure *voucher_measure(const struct ledger *l, const struct voucher_row *v,
                                      const struct policy **p)
{
    *p = policies_get(l->policies, v->policy);
    return *p ? policy_measure(*p, v->measure) : NULL;
}

struct key voucher_claim(const struct ledger *l, const struct voucher_row *v)
{
    const struct policy *p;
    const struct measure *m = voucher_measure(l, v, &p);
    return m ? key_claim_contract(&v->seller, v->contract, p, m) : (struct key){0};
}

const char *voucher_ended(const struct voucher_row *v)
{
    if (v->end == END_VOID)
        return "void";
    if (v->end == END_LAPSED)
        return "lapsed";
    return v->stages.at[STAGE_COMMITTED].fen == 0 ? "used up" : NULL;
}

struct money account_counts(const struct account_row *a, enum ceiling_event event, int year)
{
    struct money sum = MONEY(0);
    for (int i = 0; a && i < a->nyears; i++)
        if (year == 0 || a->years[i].year == year)
            sum.fen += event == EVENT_ISSUE ? a->years[i].issued.fen : a->years[i].redeemed.fen;
    return sum;
}

struct money claim_counts(const struct claim_row *c, const struct uscc *enterprise,
                          const char *measure, enum ceiling_event event, int year)
{
    struct money sum = MONEY(0);
    for (int i = 0; c && i < c->nparts; i++) {
        const struct claim_part *p = &c->parts[i];
        if ((year == 0 || p->year == year) && strcmp(p->measure, measure) == 0 &&
            (!enterprise || memcmp(p->enterprise.c, enterprise->c, USCC_LEN) == 0))
            sum.fen += event == EVENT_ISSUE ? p->counted.fen : p->redeemed.fen;
    }
    return sum;
}
