/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/facts.h"

#include "ledger/keys.h"

const struct measure *voucher_measure(const struct ledger *l, const struct voucher_row *v,
                                      const struct policy **p)
{
    *p = policies_get(l->policies, v->policy);
    return *p ? policy_measure(*p, v->measure) : NULL;
}

const struct key *voucher_claim(const struct ledger *l, const struct voucher_row *v, struct key *k)
{
    const struct policy *p;
    const struct measure *m = voucher_measure(l, v, &p);
    const struct spending_name name = {v->seller, v->contract};
    k->table = TABLE_CLAIM;
    k->n = 0;
    return m ? key_claim(k, &name, p, m) : k;
}

int voucher_payee(const struct ledger *l, const struct voucher_row *v, struct uscc *out)
{
    struct key k;
    const struct policy *p;
    const struct measure *m = voucher_measure(l, v, &p);
    if (!m)
        return ERR_CORRUPT;
    if (m->payee != PAYEE_PROVIDER) {
        *out = v->enterprise;
    } else if (memcmp(v->seller.c, v->enterprise.c, USCC_LEN) != 0) {
        *out = v->seller;
    } else {
        const struct contract_row *c =
            rows_read_contract_row(l->rows, key_contract(&k, &v->seller, v->contract));
        *out = c ? c->buyer : v->enterprise;
    }
    return 0;
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

static bool part_counts(const struct claim_part *p, const struct part_filter *f)
{
    if (f->enterprise && memcmp(p->enterprise.c, f->enterprise->c, USCC_LEN) != 0)
        return false;
    if (f->sub && strcmp(p->sub, f->sub) != 0)
        return false;
    const struct measure *m = policy_measure(f->policy, p->measure);
    return m && f->measures >> policy_measure_index(f->policy, m) & 1;
}

struct money claim_counts(const struct claim_row *c, const struct part_filter *f,
                          enum ceiling_event event, int year)
{
    struct money sum = MONEY(0);
    for (int i = 0; c && i < c->nparts; i++) {
        const struct claim_part *p = &c->parts[i];
        if ((year == 0 || p->year == year) && part_counts(p, f))
            sum.fen += event == EVENT_ISSUE ? p->counted.fen : p->redeemed.fen;
    }
    return sum;
}

int ceiling_year(const struct ceiling *c, int year)
{
    return c->period == PERIOD_YEAR ? year : 0;
}

struct money raised_limit(const struct ledger *l, const struct enterprise_row *e,
                          const struct uscc *enterprise, const char *measure,
                          const struct ceiling *c)
{
    struct key k;
    if (!e || e->raised == 0 || c->scope != SCOPE_ENTERPRISE)
        return MONEY(0);
    const struct raised_row *r =
        rows_read_raised_row(l->rows, key_raised(&k, enterprise, measure, c->name));
    return r ? r->limit : MONEY(0);
}
