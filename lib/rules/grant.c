/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/grant.h"

#include <assert.h>
#include <string.h>

#include "rules/split.h"

static struct money not_negative(int64_t fen)
{
    return MONEY(fen > 0 ? fen : 0);
}

static struct limit *add_limit(struct explanation *e, enum rule rule, struct money at_most)
{
    assert(e->nlimits < LIMIT_LIMITS);
    struct limit *l = &e->limits[e->nlimits++];
    memset(l, 0, sizeof *l);
    l->rule = rule;
    l->at_most = at_most;
    return l;
}

/* What a ceiling leaves; own is what the same claim key holds in it, added back. */
static void add_ceiling(struct explanation *e, const struct ceiling *c, struct money used,
                        struct money own)
{
    struct limit *l = add_limit(e, RULE_CEILING, not_negative(c->limit.fen - used.fen + own.fen));
    l->limit = c->limit;
    l->used = used;
    l->own = own;
    memcpy(l->name, c->name, sizeof l->name);
}

/* The limit that leaves least, the first of equals; marked as the one that binds. */
static struct limit *bind_least(struct explanation *e)
{
    struct limit *least = &e->limits[0];
    for (int i = 1; i < e->nlimits; i++)
        if (money_less(e->limits[i].at_most, least->at_most))
            least = &e->limits[i];
    least->binding = 1;
    return least;
}

static enum reason reason_of(enum rule rule)
{
    static const enum reason reasons[RULE_COUNT] = {
        [RULE_RATE] = REASON_RATE,
        [RULE_CEILING] = REASON_CEILING,
        [RULE_SUPPORT] = REASON_SUPPORTED_ALREADY,
        [RULE_FUNDS] = REASON_FUNDS,
    };
    return reasons[rule];
}

enum reason grant_decide(const struct grant_case *c, struct explanation *e, struct money *face)
{
    const struct measure *m = c->measure;
    struct money entitlement = money_rate(c->base, m->rate);
    struct limit *l = add_limit(e, RULE_RATE, entitlement);
    l->base = c->base;
    l->rate = m->rate;
    for (int i = 0; i < m->nceilings; i++) {
        if (m->ceilings[i].event != EVENT_ISSUE)
            continue;
        add_ceiling(e, &m->ceilings[i], c->uses[i].used, c->uses[i].own);
        entitlement = money_min(entitlement, e->limits[e->nlimits - 1].at_most);
    }
    struct money wanted = entitlement;
    if (c->support.fen > 0) {
        wanted = not_negative(entitlement.fen - c->support.fen);
        l = add_limit(e, RULE_SUPPORT, wanted);
        l->base = entitlement;
        l->used = c->support;
    }
    /* What is wanted may fit the lines to the fen though some smaller amounts would not. */
    struct money available = c->available, want = c->has_asked ? c->asked : wanted;
    if (c->lines && money_less(available, want) && split_fits(m, want, c->lines))
        available = want;
    add_limit(e, RULE_FUNDS, available);
    struct limit *binding = bind_least(e);
    struct money grant = money_min(wanted, available);
    if (c->has_asked) {
        if (money_less(grant, c->asked))
            return reason_of(binding->rule);
        grant = c->asked;
    } else if (money_less(grant, wanted) && m->shortfall == SHORTFALL_REFUSE) {
        return REASON_FUNDS;
    }
    if (grant.fen == 0)
        return reason_of(binding->rule);
    *face = grant;
    return REASON_NONE;
}

struct money redeem_decide(const struct redeem_case *c, struct explanation *e)
{
    const struct measure *m = c->measure;
    struct limit *l = add_limit(e, RULE_FACE, c->open);
    l->base = c->face;
    l->used = c->redeemed;
    l = add_limit(e, RULE_INVOICED,
                  not_negative(money_rate(c->invoiced, c->rate).fen - c->redeemed.fen));
    l->base = c->invoiced;
    l->rate = c->rate;
    l->used = c->redeemed;
    l = add_limit(
        e, RULE_CLAIM,
        not_negative(money_rate(c->claim_invoiced, c->claim_rate).fen - c->claim_redeemed.fen));
    l->base = c->claim_invoiced;
    l->rate = c->claim_rate;
    l->used = c->claim_redeemed;
    for (int i = 0; i < m->nceilings; i++)
        if (m->ceilings[i].event == EVENT_REDEEM)
            add_ceiling(e, &m->ceilings[i], c->uses[i], MONEY(0));
    return bind_least(e)->at_most;
}
