/* SPDX-License-Identifier: Apache-2.0 */
/* What counts in ceilings before a command: on accounts, on the spending, on tallies. */
#include "ledger/uses.h"

#include "ledger/turn.h"

/* Whether a measure is among some. */
static bool in_measures(const struct policy *p, uint64_t measures, const char *code)
{
    const struct measure *m = policy_measure(p, code);
    return m && measures >> policy_measure_index(p, m) & 1;
}

/* Whether a voucher on the claim key is for the same spending as the claim where the key is a part
 * of it. */
static bool same_rest(struct deciding *d, const struct claim_case *x, const struct voucher_row *v)
{
    char rest[LIMIT_NUMBER + 1] = "";
    const struct policy *p;
    const struct measure *m = voucher_measure(d->ledger, v, &p);
    if (m && !m->spending.contract)
        spending_part(p, m, v->contract, false, rest);
    return strcmp(rest, x->sub) == 0;
}

/* What an enterprise's accounts of all measures of a ceiling count, on issue with what its other
 * claims wait for. */
static struct money accounts_count(struct deciding *d, const struct policy *p,
                                   const struct uscc *enterprise, const struct ceiling *c)
{
    struct money sum = MONEY(0);
    int year = ceiling_year(c, d->year);
    for (uint64_t left = c->measures; left; left &= left - 1) {
        struct key k;
        key_account(&k, enterprise, p->measures[__builtin_ctzll(left)].code);
        const struct account_row *a = rows_read(d->rows, &k);
        sum.fen += account_counts(a, c->event, year).fen;
        if (a && c->event == EVENT_ISSUE)
            sum.fen += a->waiting.fen;
    }
    return sum;
}

/* Measures whose support for the spending is taken off, and is therefore added back to ceilings: in
 * a group that adds up the measure's own alone. */
static uint64_t deducted(const struct deciding *d, const struct claim_case *x)
{
    return x->group && x->group->rule == GROUP_ADD_UP
               ? UINT64_C(1) << policy_measure_index(d->policy, x->measure)
               : UINT64_MAX;
}

/* What vouchers on the claim key hold in a ceiling by area, related enterprises, all or fields:
 * what was counted elsewhere, before an enterprise moved or with other values stated, is not held
 * in it. */
static struct money held_in_tally(struct deciding *d, const struct claim_case *x,
                                  const struct ceiling *o)
{
    struct key k;
    const struct tally_key *key = &x->tallies[tally_of(x->measure, o)];
    struct money sum = MONEY(0);
    uint64_t at = x->claim ? x->claim->newest : 0;
    for (int step = 0; at && step < CHAIN_STEPS; step++) {
        const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(&k, at));
        const struct counted_row *counted = rows_read_counted_row(d->rows, key_counted(&k, at));
        if (!v)
            break;
        at = v->before_claim;
        if (!holds_support(v) || !counted ||
            !in_measures(d->policy, o->measures & deducted(d, x), v->measure) ||
            (o->period == PERIOD_YEAR && day_year(v->issued) != d->year) ||
            (strcmp(v->measure, x->measure->code) == 0 && !same_rest(d, x, v)))
            continue;
        for (int i = 0; i < counted->nkeys; i++)
            if (tally_is_sibling(&counted->keys[i], key))
                sum.fen += v->face.fen - v->stages.at[STAGE_AVAILABLE].fen;
    }
    return sum;
}

/* What vouchers on the claim key hold in another ceiling: of the measure's own those for this very
 * spending, of others all, as with the support that is taken off. */
static struct money held_on_claim(struct deciding *d, const struct claim_case *x,
                                  const struct ceiling *o)
{
    uint64_t measures = o->measures & deducted(d, x);
    uint64_t mine = UINT64_C(1) << policy_measure_index(d->policy, x->measure);
    struct part_filter f = {.enterprise =
                                o->scope == SCOPE_ENTERPRISE ? &d->command->issue.enterprise : NULL,
                            .policy = d->policy,
                            .measures = measures & mine,
                            .sub = x->sub};
    int year = ceiling_year(o, d->year);
    struct money own = claim_counts(x->claim, &f, EVENT_ISSUE, year);
    f.measures = measures & ~mine;
    f.sub = NULL;
    return MONEY(own.fen + claim_counts(x->claim, &f, EVENT_ISSUE, year).fen);
}

/* What this very claim waits for, which its enterprise's account counts too. */
static struct money own_wait(struct deciding *d, const struct claim_case *x)
{
    struct turn t;
    if (!measure_waits(x->measure))
        return MONEY(0);
    turn_find(d, x, &t);
    bool own =
        t.waiting && memcmp(t.waiting->enterprise.c, d->command->issue.enterprise.c, USCC_LEN) == 0;
    return own ? turn_waits_for(&t) : MONEY(0);
}

void uses_of_claim(struct deciding *d, const struct claim_case *x, struct ceiling_use *uses)
{
    const struct issue *c = &d->command->issue;
    for (int i = 0; i < x->measure->nceilings; i++) {
        const struct ceiling *o = &x->measure->ceilings[i];
        struct ceiling_use *u = &uses[i];
        if (o->event != EVENT_ISSUE || o->scope == SCOPE_CLAIM)
            continue;
        if (!o->counts && ceiling_has_tally(o))
            u->own = held_in_tally(d, x, o);
        else if (!o->counts)
            u->own = held_on_claim(d, x, o);
        if (ceiling_has_tally(o))
            tally_use(d->rows, d->policy, o, &x->tallies[tally_of(x->measure, o)], d->entry->day,
                      u);
        else if (o->scope == SCOPE_ENTERPRISE)
            u->used =
                MONEY(accounts_count(d, d->policy, &c->enterprise, o).fen - own_wait(d, x).fen);
        else /* of the spending, of this measure alone */
            u->used = u->own;
        u->raised = raised_limit(d->ledger, x->enterprise, &c->enterprise, c->measure, o);
    }
}

static void find_tally_use(struct deciding *d, const struct policy *p, const struct measure *m,
                           const struct ceiling *c, struct ceiling_use *u)
{
    struct key k;
    const struct counted_row *counted =
        rows_read_counted_row(d->rows, key_counted(&k, d->command->redeem.voucher));
    int i = tally_of(m, c);
    if (counted && i < counted->nkeys)
        tally_use(d->rows, p, c, &counted->keys[i], d->entry->day, u);
}

void uses_of_redemption(struct deciding *d, const struct voucher_row *v, const struct measure *m,
                        const struct policy *p, const struct claim_row *claim,
                        struct ceiling_use *uses)
{
    struct key k;
    char sub[LIMIT_NUMBER + 1] = "";
    if (!m->spending.contract)
        spending_part(p, m, v->contract, false, sub);
    for (int i = 0; i < m->nceilings; i++) {
        const struct ceiling *o = &m->ceilings[i];
        int year = ceiling_year(o, d->year);
        const struct part_filter f = {.policy = p, .measures = o->measures, .sub = sub};
        if (o->event != EVENT_REDEEM)
            continue;
        if (ceiling_has_tally(o))
            find_tally_use(d, p, m, o, &uses[i]);
        else if (o->scope == SCOPE_ENTERPRISE)
            uses[i].used = accounts_count(d, p, &v->enterprise, o);
        else if (o->scope == SCOPE_SPENDING)
            uses[i].used = claim_counts(claim, &f, EVENT_REDEEM, year);
        else
            uses[i].used = MONEY(v->face.fen - v->stages.at[STAGE_COMMITTED].fen -
                                 v->stages.at[STAGE_AVAILABLE].fen);
        uses[i].raised = raised_limit(
            d->ledger, rows_read_enterprise_row(d->rows, key_enterprise(&k, &v->enterprise)),
            &v->enterprise, v->measure, o);
    }
}
