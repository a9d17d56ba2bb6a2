/* SPDX-License-Identifier: Apache-2.0 */
/* What changes of what the book knows: an enterprise, one of its ceilings, a designation. What was
 * decided before stays as it was. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "ledger/turn.h"

static const struct trait_row *trait_find(const struct enterprise_row *e, const char *name)
{
    for (int i = 0; i < e->ntraits; i++)
        if (strcmp(e->traits[i].name, name) == 0)
            return &e->traits[i];
    return NULL;
}

static int decide_amend_enterprise(struct deciding *d)
{
    const struct amend_enterprise *c = &d->command->amend_enterprise;
    const struct enterprise_row *e = find_enterprise(d, &c->uscc, "amend_enterprise.uscc");
    if (!e)
        return ERR_INVALID;
    if (c->area && !policy_area(d->policy, c->area))
        return fault_set(d->fault, "amend_enterprise.area", c->area,
                         "an area of policy %s, by code or name", d->policy->id);
    int traits = e->ntraits;
    for (int i = 0; i < c->ntraits; i++) {
        if (!policy_has_trait(d->policy, c->traits[i].name))
            return fault_set(d->fault, "amend_enterprise.traits", c->traits[i].name,
                             "a trait of policy %s", d->policy->id);
        traits += trait_find(e, c->traits[i].name) == NULL;
    }
    if (traits > LIMIT_TRAITS)
        return fault_set(d->fault, "amend_enterprise.traits", c->traits[0].name,
                         "at most %d traits of one enterprise", LIMIT_TRAITS);
    return 0;
}

static void fold_trait(struct folding *f, struct enterprise_row *e, const struct trait_span *t)
{
    const struct trait_row *have = trait_find(e, t->name);
    if (!have && e->ntraits == LIMIT_TRAITS) {
        fold_corrupt(f);
        return;
    }
    struct trait_row *row = &e->traits[have ? have - e->traits : e->ntraits++];
    text_copy(row->name, sizeof row->name, t->name);
    row->from = t->from;
    row->to = t->to;
}

static void fold_amend_enterprise(struct folding *f)
{
    struct key k;
    const struct amend_enterprise *c = &f->entry->command.amend_enterprise;
    const struct policy *p = policies_get(f->ledger->policies, f->entry->policy);
    const struct area *area = p && c->area ? policy_area(p, c->area) : NULL;
    struct enterprise_row *e =
        rows_write_more(f->rows, key_enterprise(&k, &c->uscc), (unsigned)c->ntraits);
    if (rows_incomplete(f->rows))
        return;
    if (e->entry == 0 || (c->area && !area)) {
        fold_corrupt(f);
        return;
    }
    if (area)
        memcpy(e->area, area->code, sizeof e->area);
    if (c->related)
        text_copy(e->related, sizeof e->related, c->related);
    for (int i = 0; i < c->ntraits; i++)
        fold_trait(f, e, &c->traits[i]);
}

const struct verb verb_amend_enterprise = {"amend_enterprise", true, decide_amend_enterprise,
                                           fold_amend_enterprise, NULL};

static int decide_raise_ceiling(struct deciding *d)
{
    struct key k;
    const struct raise_ceiling *c = &d->command->raise_ceiling;
    const struct measure *m = find_measure(d, c->measure, "raise_ceiling.measure");
    if (!m || !find_enterprise(d, &c->enterprise, "raise_ceiling.enterprise"))
        return ERR_INVALID;
    const struct ceiling *o = NULL;
    for (int i = 0; i < m->nceilings; i++)
        if (strcmp(m->ceilings[i].name, c->ceiling) == 0)
            o = &m->ceilings[i];
    if (!o || o->scope != SCOPE_ENTERPRISE || o->counts || o->of >= 0)
        return fault_set(d->fault, "raise_ceiling.ceiling", c->ceiling,
                         "the name of a ceiling of measure %s, of an amount by enterprise",
                         m->code);
    const struct raised_row *r =
        rows_read_raised_row(d->rows, key_raised(&k, &c->enterprise, m->code, o->name));
    if (c->limit.fen <= o->limit.fen || (r && c->limit.fen <= r->limit.fen)) {
        d->entry->refusal.asked = c->limit;
        return refuse(d, REASON_NOT_RAISED, o->name);
    }
    return 0;
}

static void fold_raise_ceiling(struct folding *f)
{
    struct key k;
    const struct raise_ceiling *c = &f->entry->command.raise_ceiling;
    struct raised_row *r =
        rows_write_raised_row(f->rows, key_raised(&k, &c->enterprise, c->measure, c->ceiling));
    struct enterprise_row *e =
        rows_write_enterprise_row(f->rows, key_enterprise(&k, &c->enterprise));
    if (rows_incomplete(f->rows))
        return;
    e->raised += r->entry == 0;
    r->entry = f->entry->number;
    r->limit = c->limit;
}

const struct verb verb_raise_ceiling = {"raise_ceiling", true, decide_raise_ceiling,
                                        fold_raise_ceiling, NULL};

static int decide_withdraw(struct deciding *d)
{
    struct key k;
    const struct withdraw *c = &d->command->withdraw;
    const struct designated_row *r =
        rows_read_designated_row(d->rows, key_designated(&k, c->entry));
    const struct waited_row *waited = rows_read_waited_row(d->rows, key_waited(&k, c->entry));
    if (waited)
        return decide_leave(d, waited);
    if (!r) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, c->entry);
        return fault_set(d->fault, "withdraw.entry", text,
                         "the number of an entry that gave a designation, or let a claim wait");
    }
    if (r->withdrawn.n != DAY_MAX) {
        d->entry->refusal.day = r->withdrawn;
        return refuse(d, REASON_NOT_DESIGNATED, r->measure);
    }
    return 0;
}

/* It holds to the day before it is withdrawn; one of the same day never held. */
static void fold_withdraw(struct folding *f)
{
    struct key k;
    uint64_t number = f->entry->command.withdraw.entry;
    const struct waited_row *waited = rows_read_waited_row(f->rows, key_waited(&k, number));
    if (waited) {
        fold_leave(f, waited);
        return;
    }
    struct designated_row *r = rows_write_designated_row(f->rows, key_designated(&k, number));
    if (rows_incomplete(f->rows))
        return;
    const struct policy *p = policies_get(f->ledger->policies, r->policy);
    const struct measure *m = p ? policy_measure(p, r->measure) : NULL;
    if (!m || r->withdrawn.n != DAY_MAX) {
        fold_corrupt(f);
        return;
    }
    const struct spending_name name = {r->seller, r->spending};
    struct claim_row *claim = rows_write_claim_row(f->rows, key_claim(&k, &name, p, m));
    struct designation_row *held =
        rows_write_designation_row(f->rows, key_designation(&k, &r->enterprise, r->measure));
    if (rows_incomplete(f->rows))
        return;
    r->withdrawn = f->entry->day;
    claim->designation = 0;
    for (int i = 0; i < held->nspans; i++)
        if (held->spans[i].entry == number)
            held->spans[i].to = DAY(f->entry->day.n - 1);
}

const struct verb verb_withdraw = {"withdraw", true, decide_withdraw, fold_withdraw, NULL};
