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

struct day policy_valid_to(const struct policy *p, struct day issued)
{
    struct day to = day_make(day_year(issued) + p->valid_years, 12, 31);
    return to.n < p->last.n ? to : p->last;
}

struct day policy_redeem_to(const struct policy *p, struct day issued)
{
    int32_t n = policy_valid_to(p, issued).n + p->grace_days;
    return DAY(n < DAY_MAX ? n : DAY_MAX);
}
