/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of a measure in a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const scope_words[] = {"enterprise", "contract", NULL};
static const char *const period_words[] = {"policy", "year", NULL};
static const char *const event_words[] = {"issue", "redeem", NULL};

static void ceiling_name(struct ceiling *c)
{
    /* The longest has LIMIT_NAME bytes: with brackets it would lose the last of them. */
    static const char *const names[2][2][2] = {
        {{N_("per enterprise over the policy's life"),
          N_("per enterprise over the policy's life, redeemed")},
         {N_("per enterprise and year"), N_("per enterprise and year (redeemed)")}},
        {{N_("per contract over the policy's life"),
          N_("per contract over the policy's life (redeemed)")},
         {N_("per contract and year"), N_("per contract and year (redeemed)")}}};
    snprintf(c->name, sizeof c->name, "%s",
             names[c->scope == SCOPE_CONTRACT][c->period == PERIOD_YEAR][c->event == EVENT_REDEEM]);
}

static void read_ceiling(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct ceiling c = {0};
    struct doc_node *limit = doc_need(r->d, at, "limit"), *name = doc_may(r->d, at, "name");
    c.scope = (enum ceiling_scope)policy_read_word(r, at, "scope", scope_words);
    c.period = (enum ceiling_period)policy_read_word(r, at, "period", period_words);
    c.event = (enum ceiling_event)policy_read_word(r, at, "event", event_words);
    if (doc_money(r->d, limit, "limit", &c.limit) && c.limit.fen == 0)
        doc_mistake(r->d, limit, "limit: a ceiling of 0.00 would grant nothing: at least 0.01");
    bool named = doc_text(r->d, name, c.name, LIMIT_NAME);
    doc_end(r->d, at);
    if (!c.scope || !c.period || !c.event)
        return;
    if (!named)
        ceiling_name(&c);
    for (int i = 0; i < m->nceilings; i++) {
        const struct ceiling *b = &m->ceilings[i];
        if (b->scope == c.scope && b->period == c.period && b->event == c.event) {
            doc_mistake(r->d, at,
                        "a ceiling of scope %s, period %s, event %s is there already, '%s': keep "
                        "the lower one",
                        scope_words[c.scope - 1], period_words[c.period - 1],
                        event_words[c.event - 1], b->name);
            return;
        }
        if (strcmp(b->name, c.name) == 0) {
            doc_mistake(r->d, at, "two ceilings are called '%s': give each its own name", c.name);
            return;
        }
    }
    m->ceilings[m->nceilings++] = c;
}

void policy_read_ceilings(struct policy_reader *r, struct doc_node *measure, struct measure *m)
{
    struct doc_node *seq = doc_need(r->d, measure, "ceilings");
    int n = policy_read_count(r, seq, 0, LIMIT_CEILINGS, N_("ceilings"));
    for (int i = 0; i < n; i++)
        read_ceiling(r, doc_item(r->d, seq, i), m);
}
