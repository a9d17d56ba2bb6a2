/* SPDX-License-Identifier: Apache-2.0 */
/* Who may claim: asked in the order of the table below; the first that says no refuses. */
#include <stdio.h>

#include "ledger/claim.h"
#include "rules/kind.h"

static int refuse_days(struct deciding *d, enum reason reason, struct day from, struct day to)
{
    d->entry->refusal.day = from;
    d->entry->refusal.day_to = to;
    return refuse(d, reason, NULL);
}

static int check_status(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    int32_t today = d->entry->day.n;
    if (m->status == STATUS_AWAITING_GUIDE)
        return refuse(d, REASON_AWAITING_GUIDE, m->code);
    if (today < m->first_day.n || today > m->last_day.n)
        return refuse_days(d, REASON_OUTSIDE_PERIOD, m->first_day, m->last_day);
    return 0;
}

static int check_intake(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    int64_t now = d->entry->time.us;
    for (int i = 0; i < m->nintakes; i++) {
        const struct intake *w = &m->intakes[i];
        if (now >= w->from.us && (w->to_inclusive ? now <= w->to.us : now < w->to.us))
            return 0;
    }
    return m->nintakes ? refuse(d, REASON_INTAKE_CLOSED, m->code) : 0;
}

static int check_body(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    for (int i = 0; i < m->ncodes; i++)
        if (memcmp(m->codes[i], d->command->issue.enterprise.c, strlen(m->codes[i])) == 0)
            return 0;
    return m->ncodes ? refuse(d, REASON_NOT_BENEFICIARY, m->code) : 0;
}

static int check_party(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    const struct uscc *code = &d->command->issue.enterprise;
    if (!x->contract)
        return 0;
    bool buys = memcmp(x->contract->buyer.c, code->c, USCC_LEN) == 0;
    bool sells = memcmp(x->spending.seller.c, code->c, USCC_LEN) == 0;
    if (m->claimant == CLAIMANT_EITHER) {
        if (!buys && !sells)
            return refuse(d, REASON_WRONG_PARTY, "buyer or seller");
        if (m->first && d->entry->day.n <= m->first_until.n &&
            (m->first == CLAIMANT_BUYER ? !buys : !sells)) {
            d->entry->refusal.day = m->first_until;
            return refuse(d, REASON_FIRST_RIGHT, m->first == CLAIMANT_BUYER ? "buyer" : "seller");
        }
        return 0;
    }
    bool buyer = m->claimant == CLAIMANT_BUYER;
    return (buyer ? buys : sells) ? 0 : refuse(d, REASON_WRONG_PARTY, buyer ? "buyer" : "seller");
}

static int check_traits(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    for (int i = 0; i < m->ntraits; i++)
        if (!x->circumstances.has_trait(d, m->traits[i])) {
            d->entry->refusal.day = d->entry->day;
            return refuse(d, REASON_TRAIT_MISSING, m->traits[i]);
        }
    return 0;
}

static int check_attested(struct deciding *d, const struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    const struct measure *m = x->measure;
    for (int i = 0; i < m->nattestations; i++)
        if (!attested(c->attestations, c->nattestations, m->attestations[i]))
            return refuse(d, REASON_ATTESTATION_MISSING, m->attestations[i]);
    /* What is redeemed in the same act carries what a redemption must. */
    for (int i = 0; m->form == FORM_GRANT && i < m->nredeem_attestations; i++)
        if (!attested(c->attestations, c->nattestations, m->redeem_attestations[i]))
            return refuse(d, REASON_ATTESTATION_MISSING, m->redeem_attestations[i]);
    return 0;
}

static int check_window(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    if (m->has_window &&
        (x->contract->signed_on.n < m->signed_from.n || x->contract->signed_on.n > m->signed_to.n))
        return refuse_days(d, REASON_CONTRACT_WINDOW, m->signed_from, m->signed_to);
    return 0;
}

static int check_terms(struct deciding *d, const struct claim_case *x)
{
    for (int i = 0; i < x->measure->nterms; i++) {
        const struct term *t = &x->measure->terms[i];
        struct day from =
            t->from < 0 ? x->contract->signed_on : DAY((int32_t)x->facts->of[t->from].n);
        struct day least = day_term_end(from, t->months);
        if (x->facts->of[t->to].n < least.n) {
            d->entry->refusal.day = least.n < DAY_MAX ? least : DAY(DAY_MAX);
            return refuse(d, REASON_TERM_TOO_SHORT, d->policy->fields[t->to].name);
        }
    }
    return 0;
}

static int refuse_time(struct deciding *d, int field)
{
    d->entry->refusal.day = d->policy->statistics_from;
    d->entry->refusal.day_to = d->entry->day;
    return refuse(d, REASON_SPENDING_TIME, d->policy->fields[field].name);
}

/* Interest counts for days that count, and that have been. */
static int check_interest(struct deciding *d, const struct claim_case *x)
{
    const struct measure *m = x->measure;
    if (m->principal < 0)
        return 0;
    if (x->facts->of[m->interest_from].n < d->policy->statistics_from.n)
        return refuse_time(d, m->interest_from);
    return x->facts->of[m->interest_to].n > d->entry->day.n ? refuse_time(d, m->interest_to) : 0;
}

/* Months and years that name a spending count from the policy's statistics on, and not before they
 * begin. */
static int check_time(struct deciding *d, const struct claim_case *x)
{
    const struct spending *s = &x->measure->spending;
    for (int i = 0; i < s->n; i++) {
        const struct claim_field *f = &d->policy->fields[s->fields[i]];
        int n = (int)x->facts->of[s->fields[i]].n;
        if (f->form == FACT_YEAR)
            n = 12 * n;
        else if (f->form != FACT_MONTH)
            continue;
        struct day last = month_last(f->form == FACT_YEAR ? n + 11 : n);
        if (last.n < d->policy->statistics_from.n || month_first(n).n > d->entry->day.n) {
            return refuse_time(d, s->fields[i]);
        }
    }
    return 0;
}

static int check_required(struct deciding *d, const struct claim_case *x)
{
    const struct test *failed;
    const struct measure *m = x->measure;
    if (!condition_holds(&m->require, &x->circumstances, &failed))
        return refuse(d, REASON_CONDITION, test_name(d->policy, failed));
    if (m->crossing == CROSSING_NONE && x->spent.fen < m->least.fen)
        return refuse(d, REASON_CONDITION, "least");
    return 0;
}

static int check_parties(struct deciding *d, const struct claim_case *x)
{
    struct key k;
    if (!x->measure->parties_unrelated)
        return 0;
    const struct enterprise_row *seller =
        rows_read_enterprise_row(d->rows, key_enterprise(&k, &x->spending.seller));
    const struct enterprise_row *buyer =
        rows_read_enterprise_row(d->rows, key_enterprise(&k, &x->contract->buyer));
    if (seller && buyer && seller->related[0] && strcmp(seller->related, buyer->related) == 0)
        return refuse(d, REASON_RELATED_PARTIES, seller->related);
    return 0;
}

static bool holds_on(const struct designation_row *r, struct day on)
{
    for (int i = 0; r && i < r->nspans; i++)
        if (r->spans[i].from.n <= on.n && on.n <= r->spans[i].to.n)
            return true;
    return false;
}

static int check_holds(struct deciding *d, const struct claim_case *x, const struct holds *h,
                       const struct uscc *who)
{
    struct key k;
    struct day on = h->on == ON_ISSUE    ? d->entry->day
                    : h->on == ON_SIGNED ? x->contract->signed_on
                                         : DAY(0);
    if (h->n && h->on >= 0)
        on = DAY((int32_t)x->facts->of[h->on].n);
    /* Of a day that has not come nobody knows what will be held. */
    for (int i = 0; i < h->n && on.n <= d->entry->day.n; i++)
        if (holds_on(rows_read_designation_row(d->rows, key_designation(&k, who, h->any[i])), on))
            return 0;
    if (h->n == 0)
        return 0;
    d->entry->refusal.day = on;
    return refuse(d, REASON_DESIGNATION_MISSING, h->any[0]);
}

static int check_seller_holds(struct deciding *d, const struct claim_case *x)
{
    return check_holds(d, x, &x->measure->seller_holds, &x->spending.seller);
}

static int check_own_holds(struct deciding *d, const struct claim_case *x)
{
    return check_holds(d, x, &x->measure->holds, &d->command->issue.enterprise);
}

static int (*const checks[])(struct deciding *d, const struct claim_case *x) = {
    check_status,   check_intake,  check_body,         check_party,     check_traits,
    check_attested, check_window,  check_terms,        check_time,      check_interest,
    check_required, check_parties, check_seller_holds, check_own_holds,
};

int claim_eligible(struct deciding *d, const struct claim_case *x)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof checks / sizeof *checks && rc == 0 && !d->entry->refused; i++)
        rc = checks[i](d, x);
    return rc;
}
