/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of measures that support the same spending, in a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const rule_words[] = {"top-up", "exclude", "add-up", NULL};
static const char *const outside_words[] = {"counts", "excludes", "ignored", NULL};

static void read_members(struct policy_reader *r, struct doc_node *list, int group)
{
    struct policy *p = r->p;
    char code[LIMIT_CODE + 1];
    int n = policy_read_count(r, list, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, list, i);
        if (!doc_text(r->d, item, code, LIMIT_CODE))
            continue;
        const struct measure *found = policy_measure(p, code);
        struct measure *m = found ? &p->measures[found - p->measures] : NULL;
        if (!m)
            doc_mistake(r->d, item, "the measure '%s' is not there: list codes under 'measures'",
                        code);
        else if (m->group == group)
            doc_mistake(r->d, item, "the measure '%s' is in this group already: name it once",
                        code);
        else if (m->group >= 0)
            doc_mistake(r->d, item,
                        "the measure '%s' is in the group '%s' already: a measure is in one group",
                        code, p->groups[m->group].name);
        else
            m->group = group;
    }
}

static bool is_part(const struct spending *key, const struct spending *whole)
{
    if (key->contract || whole->contract)
        return key->contract && whole->contract;
    for (int i = 0; i < key->n; i++) {
        bool found = false;
        for (int k = 0; k < whole->n; k++)
            found = found || whole->fields[k] == key->fields[i];
        if (!found)
            return false;
    }
    return true;
}

/* What the measures of a group share must be named by each of their spendings. */
static void check_key(struct policy_reader *r, struct doc_node *at, bool given, int group)
{
    struct policy *p = r->p;
    struct group *g = &p->groups[group];
    bool first = true;
    for (int i = 0; i < p->nmeasures; i++) {
        const struct measure *m = &p->measures[i];
        if (m->group != group)
            continue;
        if (!given && first)
            g->key = m->spending;
        first = false;
        if (g->rule == GROUP_ADD_UP && m->kind && m->kind != &kind_rate)
            doc_mistake(r->d, at,
                        "rule add-up: measure %s is of another kind than rate: a share of "
                        "what is spent can't be told",
                        m->code);
        if (given ? !is_part(&g->key, &m->spending) : !spending_same(&g->key, &m->spending)) {
            doc_mistake(r->d, at,
                        given ? N_("key: the spending of measure %s does not have it in it")
                              : N_("the spending of measure %s is another than the others': give "
                                   "the group a key that all have in theirs"),
                        m->code);
            return;
        }
    }
}

static void read_group(struct policy_reader *r, struct doc_node *at, int group)
{
    struct policy *p = r->p;
    struct group *g = &p->groups[group];
    struct doc_node *name_at = doc_need(r->d, at, "name"), *list = doc_need(r->d, at, "measures");
    struct doc_node *key = doc_may(r->d, at, "key"), *ceiling = doc_may(r->d, at, "ceiling");
    p->ngroups++;
    (void)doc_text(r->d, name_at, g->name, LIMIT_NAME);
    for (int i = 0; *g->name && i < group; i++)
        if (strcmp(p->groups[i].name, g->name) == 0)
            doc_mistake(r->d, name_at, "the group '%s' is there already: give it its own name",
                        g->name);
    read_members(r, list, group);
    g->rule = (enum group_rule)policy_read_word_if(r, at, "rule", rule_words);
    if (g->rule == 0)
        g->rule = GROUP_TOP_UP;
    g->outside = (enum group_outside)policy_read_word_if(r, at, "outside", outside_words);
    if (g->outside == 0)
        g->outside = OUTSIDE_COUNTS;
    if (ceiling && g->rule != GROUP_ADD_UP)
        doc_mistake(r->d, ceiling, "ceiling: it goes with rule add-up alone");
    else if (g->rule == GROUP_ADD_UP)
        (void)doc_rate(r->d, ceiling ? ceiling : doc_need(r->d, at, "ceiling"), "ceiling",
                       &g->ceiling);
    bool given = policy_read_spending(r, key, NULL, &g->key);
    if (!key || given)
        check_key(r, key ? key : list, given, group);
    doc_end(r->d, at);
}

void policy_read_groups(struct policy_reader *r, struct doc_node *seq)
{
    int n = policy_read_count(r, seq, 0, LIMIT_GROUPS, N_("groups"));
    for (int i = 0; i < n; i++)
        read_group(r, doc_item(r->d, seq, i), i);
}
