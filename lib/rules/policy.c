/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/policy.h"

#include <string.h>

const struct measure *policy_measure(const struct policy *p, const char *code)
{
    for (int i = 0; i < p->nmeasures; i++)
        if (strcmp(p->measures[i].code, code) == 0)
            return &p->measures[i];
    return NULL;
}

const struct area *policy_area(const struct policy *p, const char *code_or_name)
{
    for (int i = 0; i < p->nareas; i++) {
        const struct area *a = &p->areas[i];
        if (strcmp(a->code, code_or_name) == 0 || strcmp(a->name, code_or_name) == 0)
            return &p->areas[a->now];
    }
    return NULL;
}

bool policy_has_trait(const struct policy *p, const char *name)
{
    for (int i = 0; i < p->ntraits; i++)
        if (strcmp(p->traits[i], name) == 0)
            return true;
    return false;
}

bool policy_has_attestation(const struct policy *p, const char *name)
{
    for (int i = 0; i < p->nattestations; i++)
        if (strcmp(p->attestations[i], name) == 0)
            return true;
    return false;
}

int policy_measure_index(const struct policy *p, const struct measure *m)
{
    return (int)(m - p->measures);
}

int policy_field(const struct policy *p, const char *name)
{
    for (int i = 0; i < p->nfields; i++)
        if (strcmp(p->fields[i].name, name) == 0)
            return i;
    return -1;
}

int policy_line_year(const struct policy *p, const struct fund_share *s, int year)
{
    return s->life ? day_year(p->first) : year;
}

const struct spending *policy_key(const struct policy *p, const struct measure *m)
{
    return m->group >= 0 ? &p->groups[m->group].key : &m->spending;
}

bool spending_same(const struct spending *a, const struct spending *b)
{
    return a->contract == b->contract && a->n == b->n &&
           memcmp(a->fields, b->fields, (size_t)a->n * sizeof *a->fields) == 0;
}

bool ceiling_has_tally(const struct ceiling *c)
{
    if (c->scope == SCOPE_CLAIM)
        return false;
    /* What one spending has from several measures lies under several keys unless they share one. */
    bool several = (c->measures & (c->measures - 1)) != 0;
    return c->counts || c->period == PERIOD_MONTHS || c->scope > SCOPE_CLAIM ||
           (c->scope == SCOPE_SPENDING && several);
}

bool tally_is_of(const struct tally *t, const struct ceiling *c)
{
    return t->scope == c->scope && t->with_enterprise == c->with_enterprise &&
           t->nfields == c->nfields &&
           memcmp(t->fields, c->fields, (size_t)t->nfields * sizeof *t->fields) == 0;
}

struct day policy_valid_to(const struct policy *p, const struct measure *m, struct day issued)
{
    struct day to = day_make(day_year(issued) + p->valid_years, 12, 31);
    return to.n < m->last_day.n ? to : m->last_day;
}

struct day policy_redeem_to(const struct policy *p, struct day valid_to)
{
    int32_t n = valid_to.n + p->grace_days;
    return DAY(n < DAY_MAX ? n : DAY_MAX);
}
