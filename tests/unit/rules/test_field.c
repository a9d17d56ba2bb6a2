/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of every type: what is read, what is not, and the one way to write each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/money.h"
#include "rules/field.h"

static char words[3][LIMIT_NAME + 1] = {"一等奖", "second", "third"};

static struct claim_field of(enum fact_form form)
{
    struct claim_field f = {.form = form, .nwords = 3, .words = words};
    snprintf(f.name, sizeof f.name, "field");
    return f;
}

/* A right value: what it is, and how it is written. */
static void right(enum fact_form form, const char *text, int64_t n, const char *written)
{
    char out[LIMIT_FACT + 1];
    struct claim_field f = of(form);
    struct fact_value v = {0};
    struct fault fault;
    if (fact_read(&f, text, "facts.field", &fault, &v) < 0)
        fail_msg("'%s' is refused: %s", text, fault.expected);
    assert_true(v.given);
    assert_string_equal(v.text, text);
    assert_int_equal(v.n, n);
    assert_true(fact_format(&f, &v, out, sizeof out));
    assert_string_equal(out, written);
    /* Into just enough room, and one byte less. */
    assert_true(fact_format(&f, &v, out, strlen(written) + 1));
    assert_false(fact_format(&f, &v, out, strlen(written)));
    /* What is written is read as the same. */
    struct fact_value again = {0};
    assert_int_equal(fact_read(&f, written, "facts.field", &fault, &again), 0);
    assert_int_equal(again.n, n);
}

static void wrong(enum fact_form form, const char *text)
{
    struct claim_field f = of(form);
    struct fact_value v = {.n = 77};
    struct fault fault = {0};
    if (fact_read(&f, text, "facts.field", &fault, &v) != ERR_INVALID)
        fail_msg("'%s' is taken", text);
    assert_string_equal(fault.field, "facts.field");
    assert_true(fault.expected[0]);
    assert_int_equal(v.n, 77); /* untouched */
    assert_int_equal(fact_read(&f, text, "facts.field", NULL, &v), ERR_INVALID);
}

static void wrong_all(enum fact_form form, const char *const list[])
{
    for (int i = 0; list[i]; i++)
        wrong(form, list[i]);
}

static void texts(void **state)
{
    (void)state;
    char text[LIMIT_NUMBER + 2] = {0};
    right(FACT_TEXT, "a", 0, "a");
    right(FACT_TEXT, "芗城区 1-2=3", 0, "芗城区 1-2=3");
    memset(text, 'x', LIMIT_NUMBER);
    right(FACT_TEXT, text, 0, text);
    text[LIMIT_NUMBER] = 'x';
    wrong(FACT_TEXT, text);
    wrong_all(FACT_TEXT,
              (const char *const[]){"", " a", "a ", "a\nb", "a\tb", "a|b", "|", "\xff", NULL});
}

static void words_of_the_policy(void **state)
{
    (void)state;
    right(FACT_WORD, "一等奖", 0, "一等奖");
    right(FACT_WORD, "third", 2, "third");
    wrong_all(FACT_WORD, (const char *const[]){"", "Third", "third ", "fourth", "一等", NULL});
}

static void counts(void **state)
{
    (void)state;
    right(FACT_COUNT, "0", 0, "0");
    right(FACT_COUNT, "12", 120000, "12");
    right(FACT_COUNT, "0012", 120000, "12");
    right(FACT_COUNT, "100", 1000000, "100");
    right(FACT_COUNT, "999999999999", INT64_C(9999999999990000), "999999999999");
    wrong_all(FACT_COUNT, (const char *const[]){"", "-1", "+1", "1.0", "1.5", "1 ", " 1", "1e3",
                                                "x", "1,000", "1000000000000", NULL});
}

/* With at most four decimals, and at most 999,999,999,999 with them. */
static void quantities(void **state)
{
    (void)state;
    right(FACT_QUANTITY, "6200", 62000000, "6200");
    right(FACT_QUANTITY, "4999.99", 49999900, "4999.99");
    right(FACT_QUANTITY, "4999.9900", 49999900, "4999.99");
    right(FACT_QUANTITY, "0.0001", 1, "0.0001");
    right(FACT_QUANTITY, "0.0", 0, "0");
    right(FACT_QUANTITY, "012.50", 125000, "12.5");
    right(FACT_QUANTITY, "10", 100000, "10");
    right(FACT_QUANTITY, "999999999999", INT64_C(9999999999990000), "999999999999");
    right(FACT_QUANTITY, "999999999999.0000", INT64_C(9999999999990000), "999999999999");
    wrong_all(FACT_QUANTITY,
              (const char *const[]){"", ".", ".5", "5.", "1.23456", "1.2.3", "-1", "1,5", "1e2",
                                    "0x10", " 1", "1 ", "999999999999.0001", "1000000000000",
                                    /* Times 10,000 these pass 64 bits, some of them to above 0. */
                                    "9999999999980000", "1844674407370955", "18446744073709551617",
                                    "99999999999999999999999999999999", NULL});
}

static void amounts(void **state)
{
    (void)state;
    right(FACT_MONEY, "400000", 40000000, "400000.00");
    right(FACT_MONEY, "0.5", 50, "0.50");
    right(FACT_MONEY, "0.00", 0, "0.00");
    right(FACT_MONEY, "9000000000000.00", LIMIT_AMOUNT_FEN, "9000000000000.00");
    wrong_all(FACT_MONEY, (const char *const[]){"", "-1", "1.005", "1,000", "9000000000000.01",
                                                "99999999999999999999", NULL});
}

static void days_months_years(void **state)
{
    (void)state;
    right(FACT_DAY, "2025-07-10", 20279, "2025-07-10");
    right(FACT_DAY, "1900-01-01", DAY_MIN, "1900-01-01");
    wrong_all(FACT_DAY, (const char *const[]){"", "2025-7-10", "2025-02-29", "1899-12-31",
                                              "2200-01-01", "2025-07", "2025-07-10 ", NULL});
    right(FACT_MONTH, "2025-01", 2025 * 12, "2025-01");
    right(FACT_MONTH, "2199-12", 2199 * 12 + 11, "2199-12");
    wrong_all(FACT_MONTH,
              (const char *const[]){"", "2025", "2025-00", "2025-13", "2025-1", "2025-001",
                                    "1899-12", "2200-01", "2025-07-10", "2025/07", NULL});
    right(FACT_YEAR, "2025", 2025, "2025");
    right(FACT_YEAR, "1900", 1900, "1900");
    right(FACT_YEAR, "2199", 2199, "2199");
    wrong_all(FACT_YEAR, (const char *const[]){"", "25", "02025", "2025 ", "1899", "2200", "20x5",
                                               "2025-01", "-025", NULL});
}

#define ANN "0123abcd:00112233445566778899aabbccddeeff"

static void persons(void **state)
{
    (void)state;
    struct fault fault;
    struct fact_value v;
    struct claim_field f = of(FACT_PERSON);
    right(FACT_PERSON, ANN, 0, ANN);
    wrong_all(FACT_PERSON,
              (const char *const[]){"", "110101199001011237", "0123abcd",
                                    "0123abcd-00112233445566778899aabbccddeeff",
                                    "0123ABCD:00112233445566778899aabbccddeeff",
                                    "0123abcd:00112233445566778899aabbccddeef",
                                    "0123abcd:00112233445566778899aabbccddeeff0",
                                    "0123abcg:00112233445566778899aabbccddeeff", NULL});
    /* A number that came here by mistake is not told on. */
    assert_int_equal(fact_read(&f, "110101199001011237", "x", &fault, &v), ERR_INVALID);
    assert_string_equal(fault.value, "");
    assert_null(strstr(fault.expected, "1101"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),   cmocka_unit_test(words_of_the_policy),
        cmocka_unit_test(counts),  cmocka_unit_test(quantities),
        cmocka_unit_test(amounts), cmocka_unit_test(days_months_years),
        cmocka_unit_test(persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
