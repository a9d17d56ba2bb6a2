/* SPDX-License-Identifier: Apache-2.0 */
/* The ceilings of a measure in a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

#define MONTHS_MAX 240

/* The words of the file, and what they mean. */
static const char *const scope_words[] = {"enterprise", "contract", "spending", "claim",
                                          "related",    "area",     "all",      NULL};
static const enum ceiling_scope scopes[] = {SCOPE_ENTERPRISE, SCOPE_SPENDING, SCOPE_SPENDING,
                                            SCOPE_CLAIM,      SCOPE_RELATED,  SCOPE_AREA,
                                            SCOPE_ALL};
static const char *const period_words[] = {"policy", "year", NULL};
static const char *const scope_names[] = {"",        "enterprise", "contract", "claim",
                                          "related", "area",       "all",      "fields"};
static const char *const period_names[] = {"", "policy", "year", "months"};
static const char *const event_words[] = {"issue", "redeem", NULL};

/* The name of an amount's ceiling that is given none; "": it needs one. */
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
    if (c->scope > SCOPE_SPENDING || c->period == PERIOD_MONTHS || c->counts || c->of >= 0)
        return;
    snprintf(c->name, sizeof c->name, "%s",
             names[c->scope == SCOPE_SPENDING][c->period == PERIOD_YEAR][c->event == EVENT_REDEEM]);
}

/* A word, or a list of fields, `enterprise` among them. */
static void read_scope(struct policy_reader *r, struct doc_node *at, struct measure *m,
                       struct ceiling *c)
{
    name_text name;
    int i = 0;
    if (!doc_is_list(at)) {
        if (doc_word(r->d, at, "scope", scope_words, &i))
            c->scope = scopes[i];
        return;
    }
    int n = policy_read_count(r, at, 1, LIMIT_KEY_FIELDS, N_("fields"));
    for (i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, at, i);
        if (!doc_text(r->d, item, name, LIMIT_NAME))
            continue;
        if (strcmp(name, "enterprise") == 0) {
            c->with_enterprise = true;
            continue;
        }
        int field = policy_read_field(r, item, m, ANY_FORM, true);
        if (field >= 0)
            c->fields[c->nfields++] = field;
    }
    c->scope = SCOPE_FIELDS;
    if (n > 0 && c->nfields == 0)
        doc_mistake(r->d, at, "scope: a list names at least one field");
}

static void read_period(struct policy_reader *r, struct doc_node *item, struct ceiling *c)
{
    struct doc_node *at = doc_need(r->d, item, "period");
    if (!doc_is_map(at)) {
        c->period = (enum ceiling_period)policy_read_word(r, item, "period", period_words);
        return;
    }
    c->period = PERIOD_MONTHS;
    (void)doc_int(r->d, doc_need(r->d, at, "months"), "months", 1, MONTHS_MAX, &c->months);
    doc_end(r->d, at);
}

/* {share: RATE, of: FIELD} */
static void read_share(struct policy_reader *r, struct doc_node *at, struct measure *m,
                       unsigned forms, struct ceiling *c)
{
    struct doc_node *of = doc_need(r->d, at, "of");
    (void)doc_rate(r->d, doc_need(r->d, at, "share"), "share", &c->share);
    c->of = policy_read_field(r, of, m, forms, c->counts);
    doc_end(r->d, at);
}

static void read_limit(struct policy_reader *r, struct doc_node *item, struct measure *m,
                       struct ceiling *c)
{
    struct doc_node *limit = doc_may(r->d, item, "limit"), *claims = doc_may(r->d, item, "claims");
    int n = 0;
    if (claims && limit)
        doc_mistake(r->d, claims, "claims: 'limit' is there too: give one of them");
    if (!claims && !limit)
        limit = doc_need(r->d, item, "limit");
    c->counts = claims != NULL;
    if (doc_is_map(claims))
        read_share(r, claims, m, 1U << FACT_COUNT, c);
    else if (doc_int(r->d, claims, "claims", 1, 1000000000, &n))
        c->limit = MONEY(n);
    if (doc_is_map(limit))
        read_share(r, limit, m, 1U << FACT_MONEY, c);
    else if (doc_money(r->d, limit, "limit", &c->limit) && c->limit.fen == 0)
        doc_mistake(r->d, limit, "limit: a ceiling of 0.00 would grant nothing: at least 0.01");
}

static bool same_ceiling(const struct ceiling *a, const struct ceiling *b)
{
    return a->scope == b->scope && a->period == b->period && a->event == b->event &&
           a->months == b->months && a->counts == b->counts && a->of == b->of &&
           a->with_enterprise == b->with_enterprise && a->nfields == b->nfields &&
           memcmp(a->fields, b->fields, sizeof a->fields) == 0;
}

static bool is_only(struct policy_reader *r, struct doc_node *at, const struct measure *m,
                    const struct ceiling *c)
{
    for (int i = 0; i < m->nceilings; i++) {
        const struct ceiling *b = &m->ceilings[i];
        if (!c->measures && !b->measures && same_ceiling(b, c) && c->scope != SCOPE_FIELDS) {
            doc_mistake(r->d, at,
                        "a ceiling of scope %s, period %s, event %s is there already, '%s': keep "
                        "the lower one",
                        scope_names[c->scope], period_names[c->period], event_words[c->event - 1],
                        b->name);
            return false;
        }
        if (strcmp(b->name, c->name) == 0) {
            doc_mistake(r->d, at, "two ceilings are called '%s': give each its own name", c->name);
            return false;
        }
    }
    return true;
}

static void read_ceiling(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct ceiling c = {.of = -1};
    struct doc_node *scope = doc_need(r->d, at, "scope"), *name = doc_may(r->d, at, "name");
    struct doc_node *measures = doc_may(r->d, at, "measures");
    read_scope(r, scope, m, &c);
    read_period(r, at, &c);
    c.event = (enum ceiling_event)policy_read_word(r, at, "event", event_words);
    read_limit(r, at, m, &c);
    bool named = doc_text(r->d, name, c.name, LIMIT_NAME);
    doc_end(r->d, at);
    if (!c.scope || !c.period || !c.event)
        return;
    if (m->form == FORM_GRANT && c.event == EVENT_REDEEM)
        doc_mistake(r->d, at,
                    "event: with form grant what is issued is redeemed at once: count it "
                    "on event issue");
    else if (c.counts && c.event == EVENT_REDEEM)
        doc_mistake(r->d, at, "claims: claims are counted on event issue");
    else if (c.of >= 0 && c.event == EVENT_REDEEM)
        doc_mistake(r->d, at, "share: what a claim states is looked at on event issue");
    if (!named)
        ceiling_name(&c);
    if (!*c.name) {
        if (!name)
            doc_mistake(r->d, at, "the key 'name' is missing: this ceiling has no name of its own");
        return;
    }
    c.measures = measures ? ~UINT64_C(0) : 0; /* until they are linked */
    if (is_only(r, at, m, &c))
        m->ceilings[m->nceilings++] = c;
}

void policy_read_ceilings(struct policy_reader *r, struct doc_node *measure, struct measure *m)
{
    struct doc_node *seq = doc_need(r->d, measure, "ceilings");
    int n = policy_read_count(r, seq, 0, LIMIT_CEILINGS, N_("ceilings"));
    for (int i = 0; i < n; i++)
        read_ceiling(r, doc_item(r->d, seq, i), m);
}

static void link_ceiling(struct policy_reader *r, struct doc_node *list, const struct measure *own,
                         struct ceiling *c)
{
    struct policy *p = r->p;
    char code[LIMIT_CODE + 1];
    c->measures = UINT64_C(1) << policy_measure_index(p, own);
    int n = policy_read_count(r, list, 1, LIMIT_MEASURES, N_("measures"));
    for (int i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, list, i);
        if (!doc_text(r->d, item, code, LIMIT_CODE))
            continue;
        const struct measure *m = policy_measure(p, code);
        if (!m) {
            doc_mistake(r->d, item, "the measure '%s' is not there: list codes under 'measures'",
                        code);
            continue;
        }
        if (c->scope == SCOPE_SPENDING && !spending_same(&own->spending, &m->spending)) {
            doc_mistake(r->d, item, "the spending of measure %s is another than this measure's",
                        code);
            return;
        }
        for (int k = 0; k < c->nfields; k++)
            if (!(m->must_state >> c->fields[k] & 1)) {
                doc_mistake(r->d, item, "claims on measure %s do not state the field '%s'", code,
                            p->fields[c->fields[k]].name);
                return;
            }
        c->measures |= UINT64_C(1) << policy_measure_index(p, m);
    }
}

/* Ceilings were kept in the order of the file unless there was a mistake. */
void policy_link_ceilings(struct policy_reader *r, struct doc_node *measure, struct measure *m)
{
    struct doc_node *seq = doc_may(r->d, measure, "ceilings");
    for (int i = 0; i < m->nceilings; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        link_ceiling(r, doc_is_map(at) ? doc_may(r->d, at, "measures") : NULL, m, &m->ceilings[i]);
    }
}
