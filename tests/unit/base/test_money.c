/* SPDX-License-Identifier: Apache-2.0 */
/* Money and rates, against figures worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/limits.h"
#include "base/money.h"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t fen;
    } good[] = {
        {"0", 0},
        {"0.01", 1},
        {"1", 100},
        {"1.5", 150},
        {"007.10", 710},
        {"1200000.00", 120000000},
        {"9000000000000.00", 900000000000000},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct money m = MONEY(-1);
        assert_int_equal(money_parse(good[i].text, "amount", NULL, &m), 0);
        assert_int_equal(m.fen, good[i].fen);
    }
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "1.005",
                                        "1e3",
                                        "1,000",
                                        " 1",
                                        "1 ",
                                        "0x10",
                                        "一",
                                        "1.2.3",
                                        "NaN",
                                        "１",
                                        "1.0a",
                                        "1\n",
                                        "9000000000000.01",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct money m = MONEY(77);
        struct fault f;
        assert_int_equal(money_parse(wrong[i], "amount", &f, &m), ERR_INVALID);
        assert_int_equal(m.fen, 77);
        assert_string_equal(f.field, "amount");
    }
    struct fault f;
    struct money m = MONEY(77);
    assert_int_equal(money_parse("9000000000000.01", "amount", &f, &m), ERR_INVALID);
    assert_non_null(strstr(f.expected, "9,000,000,000,000.00"));
    assert_int_equal(money_parse_positive("0.00", "amount", &f, &m), ERR_INVALID);
    assert_int_equal(m.fen, 77);
    assert_int_equal(money_parse_positive("0.01", "amount", &f, &m), 0);
    assert_int_equal(m.fen, 1);
    assert_int_equal(money_check(1, "a", &f), 0);
    assert_int_equal(money_check(LIMIT_AMOUNT_FEN, "a", &f), 0);
    assert_int_equal(money_check(0, "a", &f), ERR_INVALID);
    assert_int_equal(money_check(-1, "a", &f), ERR_INVALID);
    assert_int_equal(money_check(LIMIT_AMOUNT_FEN + 1, "a", &f), ERR_INVALID);
}

static void test_format(void **state)
{
    (void)state;
    char out[MONEY_TEXT];
    assert_string_equal(money_format(MONEY(120000000), out), "1200000.00");
    assert_string_equal(money_format(MONEY(0), out), "0.00");
    assert_string_equal(money_format(MONEY(-5), out), "-0.05");
    assert_string_equal(money_format(MONEY(INT64_MIN), out), "-92233720368547758.08");
    assert_string_equal(money_format_grouped(MONEY(120000000), out), "1,200,000.00");
    assert_string_equal(money_format_grouped(MONEY(99999), out), "999.99");
    assert_string_equal(money_format_grouped(MONEY(100000), out), "1,000.00");
    assert_string_equal(money_format_grouped(MONEY(-10000000), out), "-100,000.00");
    assert_string_equal(money_format_grouped(MONEY(INT64_MIN), out), "-92,233,720,368,547,758.08");
}

static void test_sums(void **state)
{
    (void)state;
    struct money m = MONEY(77);
    assert_int_equal(money_add(MONEY(1), MONEY(2), &m), 0);
    assert_int_equal(m.fen, 3);
    assert_int_equal(money_sub(MONEY(1), MONEY(2), &m), 0);
    assert_int_equal(m.fen, -1);
    m = MONEY(77);
    assert_int_equal(money_add(MONEY(INT64_MAX), MONEY(1), &m), ERR_RANGE);
    assert_int_equal(money_sub(MONEY(INT64_MIN), MONEY(1), &m), ERR_RANGE);
    assert_int_equal(m.fen, 77);
}

/* The break-even contracts of the policy's measures. */
static void test_rate(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        uint32_t ppm;
        int64_t want;
    } table[] = {
        {3, 500000, 1},
        {300000000, 500000, 150000000},
        {399999999, 500000, 199999999},
        {400000000, 500000, 200000000},
        {666666666, 300000, 199999999},
        {666666667, 300000, 200000000},
        {375000000, 800000, 300000000},
        {3333333333, 150000, 499999999},
        {3333333334, 150000, 500000000},
        {33333333, 300000, 9999999},
        {INT64_MAX, 1000000, INT64_MAX},
        {INT64_MAX, 500000, INT64_MAX / 2},
        {INT64_MAX, 0, 0},
        {0, 1000000, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct money m = money_rate(MONEY(table[i].amount), (struct rate){table[i].ppm});
        assert_int_equal(m.fen, table[i].want);
    }
    /* A payment of 0.03 on a line with 0.02 of 0.04. */
    assert_int_equal(money_share(MONEY(3), MONEY(2), MONEY(4)).fen, 1);
    assert_int_equal(money_share(MONEY(3), MONEY(1), MONEY(4)).fen, 0);
    assert_int_equal(money_share(MONEY(INT64_MAX), MONEY(INT64_MAX), MONEY(INT64_MAX)).fen,
                     INT64_MAX);
}

static void test_rate_text(void **state)
{
    (void)state;
    char out[MONEY_TEXT];
    static const struct {
        const char *text;
        uint32_t ppm;
        const char *back;
    } good[] = {
        {"50 %", 500000, "50 %"},
        {"50%", 500000, "50 %"},
        {"12.5 %", 125000, "12.5 %"},
        {"33.3333 %", 333333, "33.3333 %"},
        {"0 %", 0, "0 %"},
        {"100.0000%", 1000000, "100 %"},
        {"0.0001 %", 1, "0.0001 %"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct rate r = {77};
        assert_int_equal(rate_parse(good[i].text, "rate", NULL, &r), 0);
        assert_int_equal(r.ppm, good[i].ppm);
        assert_string_equal(rate_format(r, out), good[i].back);
    }
    static const char *const wrong[] = {"",           "%",          "50",    "-1 %",
                                        "100.0001 %", "12.34567 %", "50  %", "50 %%",
                                        "50 % ",      " 50 %",      "1e1 %", "0.5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rate r = {77};
        assert_int_equal(rate_parse(wrong[i], "rate", NULL, &r), ERR_INVALID);
        assert_int_equal(r.ppm, 77);
    }
}

static void test_units_of_ten_thousand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t fen;
    } good[] = {
        {"1", 1000000},
        {"0.000001", 1},
        {"120.5", 120500000},
        {"12.345678", 12345678},
        {"900000000", 900000000000000},
    };
    static const char *const wrong[] = {"",   "0",  "0.0000001",        "1.2345678", "1,000",
                                        "1 ", "-1", "900000000.000001", "1e2",       "万"};
    struct money m = MONEY(77);
    struct fault f;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(money_parse_wan(wrong[i], "amount", &f, &m), ERR_INVALID);
        assert_int_equal(m.fen, 77);
        assert_string_equal(f.value, wrong[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(money_parse_wan(good[i].text, "amount", &f, &m), 0);
        assert_int_equal(m.fen, good[i].fen);
    }
}

static void test_separators(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } good[] = {
        {"1,200,000.00", "1200000.00"},
        {"12,345", "12345"},
        {"1200000.00", "1200000.00"},
        {"123", "123"},
        {"", ""},
    };
    static const char *const wrong[] = {",123",   "1,23",       "12,34,567", "1234,567",
                                        "1,,234", "1,2345,6",   "1,234,",    "1.123,456",
                                        ",",      "1,200,00.00"};
    char out[32];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(money_ungroup(good[i].text, out, sizeof out));
        assert_string_equal(out, good[i].plain);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(money_ungroup(wrong[i], out, sizeof out));
    assert_true(money_ungroup("1,234", out, 6));
    assert_false(money_ungroup("1,234", out, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_of_ten_thousand),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_rate_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
