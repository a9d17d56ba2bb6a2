/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of measure gives before any ceiling. Figures of the policy's text, or worked out
 * by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rules/grant.h"

/* Fields that the measures of this test look at. */
enum { QUANTITY, PRINCIPAL, FROM, TO };

static struct facts facts;

static struct measure measure(const struct kind *kind)
{
    return (struct measure){.kind = kind,
                            .base = -1,
                            .quantity = QUANTITY,
                            .principal = PRINCIPAL,
                            .interest_from = FROM,
                            .interest_to = TO,
                            .days_of_year = 365};
}

static struct limit given(const struct measure *m, uint32_t ppm, int64_t amount, int64_t base)
{
    struct limit l = {0};
    const struct kind_case c = {
        .measure = m, .facts = &facts, .rate = {ppm}, .amount = MONEY(amount), .base = MONEY(base)};
    m->kind->entitle(&c, &l);
    return l;
}

static void state(int field, int64_t n)
{
    facts.of[field] = (struct fact_value){.given = true, .n = n, .text = ""};
}

static void rates(void **st)
{
    (void)st;
    struct measure m = measure(&kind_rate);
    struct limit l = given(&m, 500000, 0, 3);
    assert_int_equal(l.rule, RULE_RATE);
    assert_int_equal(l.at_most.fen, 1);
    assert_int_equal(l.base.fen, 3);
    assert_int_equal(l.rate.ppm, 500000);
}

/* 500.00 for each m2 of at most 5,000. */
static void units(void **st)
{
    (void)st;
    struct measure m = measure(&kind_unit);
    m.quantity_most = 5000 * QUANTITY_ONE;
    state(QUANTITY, 6200 * QUANTITY_ONE);
    struct limit l = given(&m, 0, 50000, 0);
    assert_int_equal(l.rule, RULE_UNIT);
    assert_int_equal(l.at_most.fen, 250000000);
    assert_int_equal(l.quantity, 5000 * QUANTITY_ONE);
    assert_int_equal(l.base.fen, 50000);
    state(QUANTITY, 49999900); /* 4,999.99 */
    assert_int_equal(given(&m, 0, 50000, 0).at_most.fen, 249999500);
    state(QUANTITY, 5000 * QUANTITY_ONE);
    assert_int_equal(given(&m, 0, 50000, 0).at_most.fen, 250000000);
    state(QUANTITY, 5000 * QUANTITY_ONE + 1);
    assert_int_equal(given(&m, 0, 50000, 0).at_most.fen, 250000000);
    /* 0.0001 m2 of 500.00 is 5 fen; of 99.99 it is less than 1. */
    state(QUANTITY, 1);
    assert_int_equal(given(&m, 0, 50000, 0).at_most.fen, 5);
    assert_int_equal(given(&m, 0, 9999, 0).at_most.fen, 0);
    /* Without a most, 120 seats of 3,600.00. */
    m = measure(&kind_unit_year);
    state(QUANTITY, 120 * QUANTITY_ONE);
    assert_int_equal(given(&m, 0, 360000, 0).at_most.fen, 43200000);
    state(QUANTITY, 0);
    assert_int_equal(given(&m, 0, 360000, 0).at_most.fen, 0);
}

static void the_most_of_units(void **st)
{
    (void)st;
    struct measure m = measure(&kind_unit);
    state(QUANTITY, QUANTITY_MOST * QUANTITY_ONE);
    /* 999,999,999,999 x 9.00 is below the greatest amount, x 9.01 above. */
    assert_int_equal(given(&m, 0, 900, 0).at_most.fen, INT64_C(899999999999100));
    assert_int_equal(given(&m, 0, 901, 0).at_most.fen, LIMIT_AMOUNT_FEN);
    assert_int_equal(given(&m, 0, LIMIT_AMOUNT_FEN, 0).at_most.fen, LIMIT_AMOUNT_FEN);
}

static void months_of_persons_and_awards(void **st)
{
    (void)st;
    struct measure m = measure(&kind_person_month);
    m.quantity = -1;
    struct limit l = given(&m, 0, 20000, 0);
    assert_int_equal(l.rule, RULE_UNIT);
    assert_int_equal(l.quantity, QUANTITY_ONE);
    assert_int_equal(l.at_most.fen, 20000);
    m = measure(&kind_award);
    l = given(&m, 0, 6000000, 0);
    assert_int_equal(l.rule, RULE_AWARD);
    assert_int_equal(l.at_most.fen, 6000000);
}

/* 1,000,000.00 at 3.65 %: 100.00 a day of 365; 2.99 %: 81.9178... a day. */
static void interest(void **st)
{
    (void)st;
    struct measure m = measure(&kind_interest);
    state(PRINCIPAL, 100000000);
    state(FROM, day_make(2025, 1, 1).n);
    state(TO, day_make(2026, 1, 1).n);
    struct limit l = given(&m, 36500, 0, 0);
    assert_int_equal(l.rule, RULE_INTEREST);
    assert_int_equal(l.at_most.fen, 3650000);
    assert_int_equal(l.quantity, 365);
    assert_int_equal(l.limit.fen, 365);
    assert_int_equal(l.base.fen, 100000000);
    state(TO, day_make(2025, 1, 2).n);
    assert_int_equal(given(&m, 36500, 0, 0).at_most.fen, 10000);
    assert_int_equal(given(&m, 29900, 0, 0).at_most.fen, 8191);
    m.days_of_year = 360; /* 101.3888... */
    assert_int_equal(given(&m, 36500, 0, 0).at_most.fen, 10138);
    m.days_of_year = 366; /* 99.7267... */
    assert_int_equal(given(&m, 36500, 0, 0).at_most.fen, 9972);
    /* Paid back on its first day, and before. */
    state(TO, day_make(2025, 1, 1).n);
    assert_int_equal(given(&m, 36500, 0, 0).at_most.fen, 0);
    state(TO, day_make(2024, 12, 31).n);
    l = given(&m, 36500, 0, 0);
    assert_int_equal(l.at_most.fen, 0);
    assert_int_equal(l.quantity, 0);
}

/* The greatest loan for 300 years at 100 %: far above any amount, and exact to the greatest. */
static void the_most_of_interest(void **st)
{
    (void)st;
    struct measure m = measure(&kind_interest);
    state(PRINCIPAL, LIMIT_AMOUNT_FEN);
    state(FROM, DAY_MIN);
    state(TO, DAY_MAX);
    assert_int_equal(given(&m, 1000000, 0, 0).at_most.fen, LIMIT_AMOUNT_FEN);
    state(FROM, 0);
    state(TO, 365);
    assert_int_equal(given(&m, 1000000, 0, 0).at_most.fen, LIMIT_AMOUNT_FEN);
    state(TO, 364); /* less 9 x 10^14 / 365 = 2,465,753,424,657.53... fen, rounded down */
    assert_int_equal(given(&m, 1000000, 0, 0).at_most.fen, INT64_C(897534246575342));
}

static void products(void **st)
{
    (void)st;
    assert_int_equal(kind_product(7, 3, 1, 2).fen, 10);
    assert_int_equal(kind_product(0, INT64_MAX, INT64_MAX, 1).fen, 0);
    assert_int_equal(kind_product(LIMIT_AMOUNT_FEN, 1, 1, 1).fen, LIMIT_AMOUNT_FEN);
    assert_int_equal(kind_product(LIMIT_AMOUNT_FEN, 2, 1, 1).fen, LIMIT_AMOUNT_FEN);
    assert_int_equal(kind_product(LIMIT_AMOUNT_FEN + 1, 1, 1, 1).fen, LIMIT_AMOUNT_FEN);
    assert_int_equal(kind_product(INT64_MAX, INT64_MAX, INT64_MAX, 1).fen, LIMIT_AMOUNT_FEN);
    /* 128 bits are passed, though what is left of it would be 0. */
    assert_int_equal(kind_product(INT64_C(1) << 62, INT64_C(1) << 62, 16, 1).fen, LIMIT_AMOUNT_FEN);
}

/* What a rate is of. */
static void bases(void **st)
{
    (void)st;
    struct measure m = measure(&kind_rate);
    state(PRINCIPAL, 500);
    assert_int_equal(claim_base(&m, &facts, MONEY(7), MONEY(9)).fen, 7);
    m.base = PRINCIPAL;
    assert_int_equal(claim_base(&m, &facts, MONEY(7), MONEY(9)).fen, 500);
    m.base = -1;
    m.base_outside = true;
    assert_int_equal(claim_base(&m, &facts, MONEY(7), MONEY(9)).fen, 9);
}

static void words_of_kinds(void **st)
{
    (void)st;
    static const struct {
        const char *word;
        const struct kind *kind;
        enum gives gives;
        enum form form;
    } all[] = {{"rate", &kind_rate, GIVES_RATE, FORM_QUOTA},
               {"unit", &kind_unit, GIVES_AMOUNT, FORM_GRANT},
               {"unit-year", &kind_unit_year, GIVES_AMOUNT, FORM_GRANT},
               {"person-month", &kind_person_month, GIVES_AMOUNT, FORM_GRANT},
               {"award", &kind_award, GIVES_AMOUNT, FORM_GRANT},
               {"interest", &kind_interest, GIVES_RATE, FORM_GRANT},
               {"designation", &kind_designation, GIVES_NOTHING, FORM_GRANT}};
    const char *const *words = kind_words();
    for (size_t i = 0; i < 7; i++) {
        assert_ptr_equal(kind_find(all[i].word), all[i].kind);
        assert_string_equal(words[i], all[i].word);
        assert_int_equal(all[i].kind->gives, all[i].gives);
        assert_int_equal(all[i].kind->form, all[i].form);
        assert_true((all[i].kind->entitle == NULL) == (all[i].gives == GIVES_NOTHING));
    }
    assert_null(words[7]);
    assert_null(kind_find("gift"));
    assert_null(kind_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates),
        cmocka_unit_test(units),
        cmocka_unit_test(the_most_of_units),
        cmocka_unit_test(months_of_persons_and_awards),
        cmocka_unit_test(interest),
        cmocka_unit_test(the_most_of_interest),
        cmocka_unit_test(products),
        cmocka_unit_test(bases),
        cmocka_unit_test(words_of_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
