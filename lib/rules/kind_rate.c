/* SPDX-License-Identifier: Apache-2.0 */
/* A rate of what was spent: of a contract, of an amount that the claim states, or of what was
 * granted from outside. */
#include <string.h>

#include "rules/kind.h"
#include "rules/policy_reader.h"

static void read_rate(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *base = doc_may(r->d, at, "base");
    name_text name;
    if (!base && !m->spending.contract)
        base = doc_need(r->d, at, "base");
    if (!doc_text(r->d, base, name, LIMIT_NAME))
        return;
    if (strcmp(name, "outside") == 0)
        m->base_outside = true;
    else if (strcmp(name, "contract") != 0)
        m->base = policy_read_field(r, base, m, 1U << FACT_MONEY, true);
    else if (!m->spending.contract)
        doc_mistake(r->d, base, "base: the spending is no contract: name a field of type money");
}

static void entitle(const struct kind_case *c, struct limit *l)
{
    l->rule = RULE_RATE;
    l->base = c->base;
    l->rate = c->rate;
    l->at_most = money_rate(c->base, c->rate);
}

const struct kind kind_rate = {"rate", GIVES_RATE, FORM_QUOTA, read_rate, entitle};
