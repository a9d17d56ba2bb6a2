/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions and cases of a measure in a policy file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/kind.h"
#include "rules/policy_reader.h"

/* One end of a range. For a field the value is read as a claim's would be. */
static bool read_end(struct policy_reader *r, struct doc_node *at, const char *key,
                     const struct claim_field *field, int64_t *out)
{
    char text[LIMIT_FACT + 1];
    struct fact_value v;
    struct fault f;
    if (!doc_text(r->d, at, text, LIMIT_FACT))
        return false;
    if (fact_read(field, text, key, &f, &v) < 0) {
        doc_fault(r->d, at, &f);
        return false;
    }
    *out = v.n;
    return true;
}

static void read_range(struct policy_reader *r, struct doc_node *map,
                       const struct claim_field *field, struct test *t)
{
    struct doc_node *from = doc_may(r->d, map, "from"), *above = doc_may(r->d, map, "above");
    struct doc_node *to = doc_may(r->d, map, "to"), *below = doc_may(r->d, map, "below");
    struct range *g = &t->range;
    doc_end(r->d, map);
    t->is_range = true;
    if (from && above)
        doc_mistake(r->d, above, "above: 'from' is there too: give one of them");
    if (to && below)
        doc_mistake(r->d, below, "below: 'to' is there too: give one of them");
    g->above = above != NULL;
    g->below = below != NULL;
    g->has_from = read_end(r, above ? above : from, above ? "above" : "from", field, &g->from);
    g->has_to = read_end(r, below ? below : to, below ? "below" : "to", field, &g->to);
    if (!from && !above && !to && !below)
        doc_mistake(r->d, map, "a range needs one of: from, above, to, below");
    else if (g->has_from && g->has_to &&
             (g->from > g->to || (g->from == g->to && (g->above || g->below))))
        doc_mistake(r->d, map, "nothing lies in this range: it ends before it begins");
}

static void read_test_names(struct policy_reader *r, struct doc_node *seq, struct test *t)
{
    const struct names to = {N_("value"), "values", t->names, &t->nnames, LIMIT_HOLDS};
    policy_read_names(r, seq, &to, NULL);
    if (seq && doc_is_list(seq) && t->nnames == 0)
        doc_mistake(r->d, seq, "no values are listed here: at least one");
}

static void read_field_test(struct policy_reader *r, struct doc_node *at, struct measure *m,
                            int field, struct test *t)
{
    const struct claim_field *f = &r->p->fields[field];
    char known[LIMIT_NAME + 1];
    t->field = field;
    m->may_state |= UINT64_C(1) << field;
    if (f->form != FACT_WORD && f->form != FACT_TEXT && f->form != FACT_PERSON) {
        read_range(r, at, f, t);
        return;
    }
    if (f->form != FACT_WORD) {
        read_test_names(r, at, t);
        return;
    }
    int n = policy_read_count(r, at, 1, LIMIT_WORDS, N_("words"));
    for (int i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, at, i);
        struct fact_value v;
        struct fault fault;
        if (!doc_text(r->d, item, known, LIMIT_NAME))
            continue;
        if (fact_read(f, known, f->name, &fault, &v) < 0)
            doc_fault(r->d, item, &fault);
        else
            t->words |= 1U << v.n;
    }
}

static const struct claim_field money_field = {.form = FACT_MONEY};
/* Years of enjoyment are few: read as years are not. */
static const struct claim_field count_field = {.form = FACT_COUNT};

static struct test *add_test(struct policy_reader *r, struct doc_node *at, struct condition *c,
                             enum subject s)
{
    if (c->n == LIMIT_TESTS) {
        doc_mistake(r->d, at, "more than %d tests: put them into several cases", LIMIT_TESTS);
        return memset(&r->spare, 0, sizeof r->spare);
    }
    struct test *t = &c->tests[c->n++];
    memset(t, 0, sizeof *t);
    t->subject = s;
    return t;
}

/* Each trait is a test of its own. */
static void read_traits(struct policy_reader *r, struct doc_node *seq, struct condition *c,
                        enum subject s)
{
    name_text names[LIMIT_TESTS];
    int have = 0;
    memset(names, 0, sizeof names);
    const struct names to = {N_("trait"), "traits", names, &have, LIMIT_TESTS};
    const struct names from = {N_("trait"), "traits", r->p->traits, &r->p->ntraits, 0};
    policy_read_names(r, seq, &to, &from);
    for (int i = 0; i < have; i++) {
        struct test *t = add_test(r, seq, c, s);
        t->nnames = 1;
        memcpy(t->names[0], names[i], sizeof names[i]);
    }
}

static void read_test_areas(struct policy_reader *r, struct doc_node *seq, struct test *t)
{
    read_test_names(r, seq, t);
    for (int i = 0; i < t->nnames; i++) {
        const struct area *a = policy_area(r->p, t->names[i]);
        if (a)
            memcpy(t->names[i], a->code, sizeof a->code);
        else
            doc_mistake(r->d, doc_item(r->d, seq, i), "the area '%s' is not declared under 'areas'",
                        t->names[i]);
    }
}

/* What is tested besides fields. */
static bool read_reserved(struct policy_reader *r, const char *key, struct doc_node *at,
                          struct condition *c)
{
    struct test *t;
    if (strcmp(key, "trait") == 0) {
        read_traits(r, at, c, SUBJECT_TRAIT);
    } else if (strcmp(key, "no-trait") == 0) {
        read_traits(r, at, c, SUBJECT_NO_TRAIT);
    } else if (strcmp(key, "area") == 0) {
        read_test_areas(r, at, add_test(r, at, c, SUBJECT_AREA));
    } else if (strcmp(key, "code-begins") == 0) {
        read_test_names(r, at, add_test(r, at, c, SUBJECT_CODE));
    } else if (strcmp(key, "base") == 0) {
        read_range(r, at, &money_field, add_test(r, at, c, SUBJECT_BASE));
    } else if (strcmp(key, "outside") == 0) {
        read_range(r, at, &money_field, add_test(r, at, c, SUBJECT_OUTSIDE));
    } else if (strcmp(key, "enjoyed") == 0) {
        t = add_test(r, at, c, SUBJECT_ENJOYED);
        read_range(r, at, &count_field, t);
        t->range.from /= QUANTITY_ONE;
        t->range.to /= QUANTITY_ONE;
    } else {
        return false;
    }
    return true;
}

void policy_read_condition(struct policy_reader *r, struct doc_node *map, struct measure *m,
                           struct condition *out)
{
    int n = doc_pairs(r->d, map);
    name_text key;
    out->n = 0;
    for (int i = 0; i < n; i++) {
        struct doc_node *at = doc_pair_value(r->d, map, i), *name = doc_pair_key(r->d, map, i);
        if (!doc_text(r->d, name, key, LIMIT_NAME) || read_reserved(r, key, at, out))
            continue;
        int field = policy_field(r->p, key);
        if (field < 0)
            doc_mistake(r->d, name,
                        "'%s' is no field under 'fields', nor one of: trait, no-trait, area, "
                        "code-begins, base, enjoyed, outside",
                        key);
        else
            read_field_test(r, at, m, field, add_test(r, name, out, SUBJECT_FIELD));
    }
}

static void read_gift(struct policy_reader *r, struct doc_node *rate, struct doc_node *amount,
                      const struct measure *m, struct rule_case *c)
{
    if (rate && m->kind && m->kind->gives != GIVES_RATE)
        doc_mistake(r->d, rate, "rate: the measure's kind applies none");
    else if (doc_rate(r->d, rate, "rate", &c->rate) && c->rate.ppm == 0)
        doc_mistake(r->d, rate, "rate: 0 %% would grant nothing: above 0 %%, at most 100 %%");
    if (amount && m->kind && m->kind->gives != GIVES_AMOUNT)
        doc_mistake(r->d, amount, "amount: the measure's kind gives none");
    else if (doc_money(r->d, amount, "amount", &c->amount) && c->amount.fen == 0)
        doc_mistake(r->d, amount, "amount: 0.00 would grant nothing: at least 0.01");
}

/* Tells whether the case always applies. */
static bool read_case(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct rule_case *c = &m->cases[m->ncases++];
    struct doc_node *when = doc_may(r->d, at, "when"), *refuse = doc_may(r->d, at, "refuse");
    struct doc_node *rate = doc_may(r->d, at, "rate"), *amount = doc_may(r->d, at, "amount");
    doc_end(r->d, at);
    policy_read_condition(r, when, m, &c->when);
    read_gift(r, rate, amount, m, c);
    (void)doc_text(r->d, refuse, c->refusal, sizeof c->refusal - 1);
    int given = !!refuse + !!rate + !!amount;
    if (doc_is_map(at) && given != 1 && !(given == 0 && m->kind && !m->kind->gives))
        doc_mistake(r->d, at, "a case has one of: rate, amount, refuse");
    return doc_is_map(at) && !when;
}

void policy_read_cases(struct policy_reader *r, struct doc_node *measure, struct measure *m)
{
    struct doc_node *rate = doc_may(r->d, measure, "rate");
    struct doc_node *amount = doc_may(r->d, measure, "amount");
    struct doc_node *seq = doc_may(r->d, measure, "cases");
    int given = !!rate + !!amount + !!seq;
    bool needs = m->kind && m->kind->gives && m->status != STATUS_AWAITING_GUIDE;
    if (given > 1)
        doc_mistake(r->d, seq ? seq : amount, "a measure has one of: rate, amount, cases");
    else if (given == 0 && needs)
        (void)doc_need(r->d, measure, m->kind->gives == GIVES_RATE ? "rate" : "amount");
    int n = seq ? policy_read_count(r, seq, 1, LIMIT_CASES, N_("cases")) : 1;
    if (n == 0)
        return;
    m->cases = arena_zero(&r->p->arena, (size_t)n * sizeof *m->cases);
    if (!m->cases) {
        r->memory = true;
        return;
    }
    for (int i = 0, always = n; seq && i < n; i++) {
        struct doc_node *at = doc_item(r->d, seq, i);
        if (read_case(r, at, m) && i < always)
            always = i;
        else if (i > always)
            doc_mistake(r->d, at, "this case never applies: one before it always does");
    }
    if (!seq)
        read_gift(r, rate, amount, m, &m->cases[m->ncases++]);
}
