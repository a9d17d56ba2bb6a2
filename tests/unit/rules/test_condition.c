/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: the ends of ranges, what is not stated, and each thing that can be looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/condition.h"

/* Fields of the policy, by index. */
enum { LEVEL, SEATS, NAME, WHO, FIELDS };

static struct policy *p;
static struct facts facts;

static bool has_red(const void *arg, const char *name)
{
    return arg == p && strcmp(name, "red") == 0;
}

static struct circumstances around(void)
{
    return (struct circumstances){.policy = p,
                                  .facts = &facts,
                                  .code = {"91350602MA000TX06"},
                                  .area = "350602",
                                  .base = MONEY(100000),
                                  .enjoyed = 2,
                                  .outside = MONEY(5),
                                  .has_trait = has_red,
                                  .arg = p};
}

static int set_up(void **state)
{
    (void)state;
    static const enum fact_form forms[] = {FACT_WORD, FACT_COUNT, FACT_TEXT, FACT_PERSON};
    static const char *const names[] = {"level", "seats", "name", "who"};
    p = calloc(1, sizeof *p);
    assert_non_null(p);
    memset(&facts, 0, sizeof facts);
    p->nfields = FIELDS;
    for (int i = 0; i < FIELDS; i++) {
        p->fields[i].form = forms[i];
        snprintf(p->fields[i].name, sizeof p->fields[i].name, "%s", names[i]);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(p);
    return 0;
}

static bool holds(struct test t)
{
    struct condition c = {.n = 1, .tests = {t}};
    struct circumstances x = around();
    const struct test *failed = NULL;
    bool yes = condition_holds(&c, &x, &failed);
    assert_ptr_equal(failed, yes ? NULL : &c.tests[0]);
    return yes;
}

static bool base_in(struct range r)
{
    return holds((struct test){.subject = SUBJECT_BASE, .is_range = true, .range = r});
}

/* The base is 1,000.00. */
static void ends_of_ranges(void **state)
{
    (void)state;
    assert_true(base_in((struct range){0}));
    assert_true(base_in((struct range){.has_from = true, .from = 100000}));
    assert_false(base_in((struct range){.has_from = true, .from = 100001}));
    assert_false(base_in((struct range){.has_from = true, .above = true, .from = 100000}));
    assert_true(base_in((struct range){.has_from = true, .above = true, .from = 99999}));
    assert_true(base_in((struct range){.has_to = true, .to = 100000}));
    assert_false(base_in((struct range){.has_to = true, .to = 99999}));
    assert_false(base_in((struct range){.has_to = true, .below = true, .to = 100000}));
    assert_true(base_in((struct range){.has_to = true, .below = true, .to = 100001}));
    assert_true(
        base_in((struct range){.has_from = true, .has_to = true, .from = 100000, .to = 100000}));
}

static void what_is_stated(void **state)
{
    (void)state;
    struct test words = {.subject = SUBJECT_FIELD, .field = LEVEL, .words = 1U << 31 | 1U};
    struct test seats = {.subject = SUBJECT_FIELD, .field = SEATS, .is_range = true};
    struct test name = {.subject = SUBJECT_FIELD, .field = NAME, .nnames = 2};
    strcpy(name.names[0], "a");
    strcpy(name.names[1], "b");
    /* What is not stated fails every test, an open range too. */
    assert_false(holds(words));
    assert_false(holds(seats));
    assert_false(holds(name));
    facts.of[LEVEL] = (struct fact_value){.given = true, .n = 31, .text = "x"};
    assert_true(holds(words));
    facts.of[LEVEL].n = 0;
    assert_true(holds(words));
    facts.of[LEVEL].n = 1;
    assert_false(holds(words));
    facts.of[SEATS] = (struct fact_value){.given = true, .n = 0, .text = "0"};
    assert_true(holds(seats));
    facts.of[NAME] = (struct fact_value){.given = true, .text = "b"};
    assert_true(holds(name));
    facts.of[NAME].text = "ab";
    assert_false(holds(name));
    name.field = WHO;
    facts.of[WHO] = (struct fact_value){.given = true, .text = "a"};
    assert_true(holds(name));
}

static struct test named(enum subject s, const char *a, const char *b)
{
    struct test t = {.subject = s, .nnames = b ? 2 : 1};
    snprintf(t.names[0], sizeof t.names[0], "%s", a);
    snprintf(t.names[1], sizeof t.names[1], "%s", b ? b : "");
    return t;
}

static void who_it_is(void **state)
{
    (void)state;
    assert_true(holds(named(SUBJECT_TRAIT, "red", NULL)));
    assert_false(holds(named(SUBJECT_TRAIT, "blue", NULL)));
    assert_false(holds(named(SUBJECT_NO_TRAIT, "red", NULL)));
    assert_true(holds(named(SUBJECT_NO_TRAIT, "blue", NULL)));
    assert_true(holds(named(SUBJECT_AREA, "350603", "350602")));
    assert_false(holds(named(SUBJECT_AREA, "350603", "35060")));
    assert_true(holds(named(SUBJECT_CODE, "12", "9135")));
    assert_true(holds(named(SUBJECT_CODE, "9", NULL)));
    assert_false(holds(named(SUBJECT_CODE, "12", "9136")));
    assert_false(holds(named(SUBJECT_CODE, "91350602MA000TX06E1", NULL))); /* longer than a code */
}

static void years_and_outside(void **state)
{
    (void)state;
    struct test t = {.subject = SUBJECT_ENJOYED, .is_range = true};
    t.range = (struct range){.has_from = true, .has_to = true, .from = 2, .to = 2};
    assert_true(holds(t));
    t.range.from = t.range.to = 1;
    assert_false(holds(t));
    t = (struct test){.subject = SUBJECT_OUTSIDE, .is_range = true};
    t.range = (struct range){.has_from = true, .above = true, .from = 0};
    assert_true(holds(t));
    t.range.from = 5;
    assert_false(holds(t));
}

static void all_must_hold(void **state)
{
    (void)state;
    struct circumstances x = around();
    const struct test *failed = NULL;
    struct condition c = {.n = 0};
    assert_true(condition_holds(&c, &x, &failed));
    c.n = 3;
    c.tests[0] = named(SUBJECT_TRAIT, "red", NULL);
    c.tests[1] = named(SUBJECT_AREA, "x", NULL);
    c.tests[2] = named(SUBJECT_CODE, "x", NULL);
    assert_false(condition_holds(&c, &x, &failed));
    assert_ptr_equal(failed, &c.tests[1]);
    c.n = 1;
    assert_true(condition_holds(&c, &x, &failed));
}

static void names_of_tests(void **state)
{
    (void)state;
    static const struct {
        enum subject s;
        const char *name;
    } all[] = {{SUBJECT_TRAIT, "trait"},    {SUBJECT_NO_TRAIT, "no-trait"},
               {SUBJECT_AREA, "area"},      {SUBJECT_CODE, "code-begins"},
               {SUBJECT_BASE, "base"},      {SUBJECT_ENJOYED, "enjoyed"},
               {SUBJECT_OUTSIDE, "outside"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_string_equal(test_name(p, &(struct test){.subject = all[i].s}), all[i].name);
    assert_string_equal(test_name(p, &(struct test){.subject = SUBJECT_FIELD, .field = SEATS}),
                        "seats");
}

static void the_first_case_that_applies(void **state)
{
    (void)state;
    struct circumstances x = around();
    struct rule_case cases[3] = {{.rate = {1}}, {.rate = {2}}, {.rate = {3}}};
    struct measure m = {.ncases = 3, .cases = cases};
    cases[0].when = (struct condition){.n = 1, .tests = {named(SUBJECT_AREA, "x", NULL)}};
    assert_ptr_equal(case_find(&m, &x), &cases[1]);
    cases[1].when = cases[2].when = cases[0].when;
    assert_null(case_find(&m, &x));
    cases[2].when.n = 0;
    assert_ptr_equal(case_find(&m, &x), &cases[2]);
}

#define WITH_POLICY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POLICY(ends_of_ranges),
        WITH_POLICY(what_is_stated),
        WITH_POLICY(who_it_is),
        WITH_POLICY(years_and_outside),
        WITH_POLICY(all_must_hold),
        WITH_POLICY(names_of_tests),
        WITH_POLICY(the_first_case_that_applies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
