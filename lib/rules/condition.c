/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/condition.h"

#include <string.h>

static bool in_range(const struct range *r, int64_t n)
{
    if (r->has_from && (r->above ? n <= r->from : n < r->from))
        return false;
    return !r->has_to || (r->below ? n < r->to : n <= r->to);
}

static bool is_named(const struct test *t, const char *text)
{
    for (int i = 0; i < t->nnames; i++)
        if (strcmp(t->names[i], text) == 0)
            return true;
    return false;
}

static bool code_begins(const struct test *t, const struct uscc *code)
{
    for (int i = 0; i < t->nnames; i++) {
        size_t n = strlen(t->names[i]);
        if (n <= USCC_LEN && memcmp(t->names[i], code->c, n) == 0)
            return true;
    }
    return false;
}

/* What is not stated fails every test. */
static bool field_holds(const struct test *t, const struct circumstances *x)
{
    const struct fact_value *v = &x->facts->of[t->field];
    if (!v->given)
        return false;
    if (t->is_range)
        return in_range(&t->range, v->n);
    if (x->policy->fields[t->field].form == FACT_WORD)
        return t->words >> v->n & 1;
    return is_named(t, v->text);
}

static bool test_holds(const struct test *t, const struct circumstances *x)
{
    switch (t->subject) {
    case SUBJECT_FIELD:
        return field_holds(t, x);
    case SUBJECT_TRAIT:
        return x->has_trait(x->arg, t->names[0]);
    case SUBJECT_NO_TRAIT:
        return !x->has_trait(x->arg, t->names[0]);
    case SUBJECT_AREA:
        return is_named(t, x->area);
    case SUBJECT_CODE:
        return code_begins(t, &x->code);
    case SUBJECT_BASE:
        return in_range(&t->range, x->base.fen);
    case SUBJECT_ENJOYED:
        return in_range(&t->range, x->enjoyed);
    case SUBJECT_OUTSIDE:
        return in_range(&t->range, x->outside.fen);
    }
    return false;
}

bool condition_holds(const struct condition *c, const struct circumstances *x,
                     const struct test **failed)
{
    for (int i = 0; i < c->n; i++)
        if (!test_holds(&c->tests[i], x)) {
            *failed = &c->tests[i];
            return false;
        }
    return true;
}

const char *test_name(const struct policy *p, const struct test *t)
{
    static const char *const names[] = {
        [SUBJECT_TRAIT] = "trait",     [SUBJECT_NO_TRAIT] = "no-trait",
        [SUBJECT_AREA] = "area",       [SUBJECT_CODE] = "code-begins",
        [SUBJECT_BASE] = "base",       [SUBJECT_ENJOYED] = "enjoyed",
        [SUBJECT_OUTSIDE] = "outside",
    };
    return t->subject == SUBJECT_FIELD ? p->fields[t->field].name : names[t->subject];
}

const struct rule_case *case_find(const struct measure *m, const struct circumstances *x)
{
    const struct test *failed;
    for (int i = 0; i < m->ncases; i++)
        if (condition_holds(&m->cases[i].when, x, &failed))
            return &m->cases[i];
    return NULL;
}
