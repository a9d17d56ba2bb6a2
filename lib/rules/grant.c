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

static struct limit *add_named(struct explanation *e, enum rule rule, struct money at_most,
                               const struct ceiling *c)
{
    struct limit *l = add_limit(e, rule, at_most);
    memcpy(l->name, c->name, sizeof l->name);
    return l;
}

/* What a ceiling leaves; own is what the same claim key holds in it, added back. */
static void add_ceiling(struct explanation *e, const struct ceiling *c, struct money most,
                        const struct ceiling_use *u)
{
    int64_t left = u->over ? 0 : most.fen - u->used.fen + u->own.fen;
    struct limit *l = add_named(e, RULE_CEILING, not_negative(left), c);
    l->limit = most;
    l->used = u->used;
    l->own = u->own;
}

/* Claims that a ceiling leaves: none, or it does not matter how many. */
static void add_count(struct explanation *e, const struct ceiling *c, struct money most,
                      const struct ceiling_use *u)
{
    bool full = u->over || u->used.fen >= most.fen;
    struct limit *l = add_named(e, RULE_COUNT_LIMIT, full ? MONEY(0) : e->limits[0].at_most, c);
    l->limit = most;
    l->used = u->used;
}

/* The amount, or how many claims: its own, one raised by a document, or a share of what the claim
 * states; false: the claim does not state it. */
static bool ceiling_most(const struct ceiling *c, const struct facts *f,
                         const struct ceiling_use *u, struct money *most)
{
    *most = c->limit;
    if (c->of >= 0) {
        if (!f || !f->of[c->of].given)
            return false;
        int64_t whole = f->of[c->of].n;
        *most = money_rate(MONEY(c->counts ? whole / QUANTITY_ONE : whole), c->share);
    }
    *most = money_max(*most, u->raised);
    return true;
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
        [RULE_UNIT] = REASON_RATE,
        [RULE_AWARD] = REASON_RATE,
        [RULE_INTEREST] = REASON_RATE,
        [RULE_YEAR] = REASON_RATE,
        [RULE_COUNT_LIMIT] = REASON_COUNT_LIMIT,
        [RULE_GROUP] = REASON_SUPPORTED_ALREADY,
        [RULE_ROUND] = REASON_FUNDS,
    };
    return reasons[rule];
}

struct money claim_base(const struct measure *m, const struct facts *f, struct money contract,
                        struct money outside)
{
    if (m->base_outside)
        return outside;
    return m->base < 0 ? contract : MONEY(f->of[m->base].n);
}

/* What the measure gives before anything else is looked at. */
static struct money entitle(const struct grant_case *c, struct explanation *e)
{
    const struct measure *m = c->measure;
    const struct kind_case k = {
        .measure = m, .facts = c->facts, .rate = c->rate, .amount = c->amount, .base = c->base};
    struct limit *l = add_limit(e, RULE_NONE, MONEY(0));
    m->kind->entitle(&k, l);
    if (m->crossing == CROSSING_RECOMPUTE) {
        l->rule = RULE_YEAR;
        l->used = c->accounted;
        l->at_most = not_negative(l->at_most.fen - c->accounted.fen);
    }
    struct money entitlement = l->at_most, most;
    for (int counts = 1; counts >= 0; counts--) {
        for (int i = 0; i < m->nceilings; i++) {
            const struct ceiling *o = &m->ceilings[i];
            if (o->event != EVENT_ISSUE || o->counts != counts ||
                !ceiling_most(o, c->facts, &c->uses[i], &most))
                continue;
            (counts ? add_count : add_ceiling)(e, o, most, &c->uses[i]);
            entitlement = money_min(entitlement, e->limits[e->nlimits - 1].at_most);
        }
    }
    return entitlement;
}

/* What the support that the spending has leaves of it. */
static struct money less_support(const struct grant_case *c, struct explanation *e,
                                 struct money entitlement)
{
    const struct group *g = c->group;
    bool adds_up = g && g->rule == GROUP_ADD_UP;
    /* Where measures add up each has its own support alone before it. */
    struct money wanted = entitlement, before = adds_up ? c->own : c->support;
    if (before.fen > 0) {
        wanted = not_negative(entitlement.fen - before.fen);
        struct limit *l = add_limit(e, RULE_SUPPORT, wanted);
        l->base = entitlement;
        l->used = before;
    }
    if (adds_up) {
        struct money most = money_rate(c->base, g->ceiling);
        struct limit *l = add_limit(e, RULE_GROUP, not_negative(most.fen - c->support.fen));
        l->base = c->base;
        l->rate = g->ceiling;
        l->used = c->support;
        wanted = money_min(wanted, l->at_most);
    }
    return wanted;
}

enum reason grant_decide(const struct grant_case *c, struct explanation *e, struct money *face)
{
    const struct measure *m = c->measure;
    struct money wanted = less_support(c, e, entitle(c, e));
    /* What is wanted may fit the lines to the fen though some smaller amounts would not. */
    struct money available = c->available, want = c->has_asked ? c->asked : wanted;
    if (c->lines && money_less(available, want) && split_fits(m, want, c->lines))
        available = want;
    add_limit(e, c->round ? RULE_ROUND : RULE_FUNDS, available);
    struct limit *binding = bind_least(e);
    struct money grant = money_min(wanted, available);
    if (c->has_asked) {
        if (money_less(grant, c->asked))
            return reason_of(binding->rule);
        grant = c->asked;
    } else if (money_less(grant, wanted) && !c->round && m->shortfall != SHORTFALL_PARTIAL) {
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
            add_ceiling(e, &m->ceilings[i], money_max(m->ceilings[i].limit, c->uses[i].raised),
                        &c->uses[i]);
    if (c->group) { /* support from outside may have been declared since the issue */
        struct money used = MONEY(c->claim_redeemed.fen + c->outside.fen);
        struct money most = money_rate(c->base, c->group->ceiling);
        l = add_limit(e, RULE_GROUP, not_negative(most.fen - used.fen));
        l->base = c->base;
        l->rate = c->group->ceiling;
        l->used = used;
    }
    return bind_least(e)->at_most;
}
