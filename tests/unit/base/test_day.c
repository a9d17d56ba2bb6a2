/* SPDX-License-Identifier: Apache-2.0 */
/* Days, instants and zones, against dates counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/day.h"

static void test_days(void **state)
{
    (void)state;
    static const struct {
        int y, m, d;
        int32_t n;
    } table[] = {
        {1970, 1, 1, 0},      {1969, 12, 31, -1},    {1970, 12, 31, 364}, {2000, 2, 29, 11016},
        {2000, 3, 1, 11017},  {2024, 2, 29, 19782},  {2025, 1, 1, 20089}, {2025, 7, 10, 20279},
        {1900, 1, 1, -25567}, {2199, 12, 31, 84005},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int y, m, d;
        struct day day = day_make(table[i].y, table[i].m, table[i].d);
        assert_int_equal(day.n, table[i].n);
        day_split(day, &y, &m, &d);
        assert_true(y == table[i].y && m == table[i].m && d == table[i].d);
        assert_int_equal(day_year(day), table[i].y);
    }
    /* Every day there and back, one after the other. */
    char text[DAY_TEXT];
    for (int32_t n = DAY_MIN; n <= DAY_MAX; n++) {
        struct day back;
        assert_int_equal(day_parse(day_format(DAY(n), text), "day", NULL, &back), 0);
        assert_int_equal(back.n, n);
    }
    assert_int_equal(day_check(DAY_MIN, "d", NULL), 0);
    assert_int_equal(day_check(DAY_MAX, "d", NULL), 0);
    assert_int_equal(day_check(DAY_MIN - 1, "d", NULL), ERR_INVALID);
    assert_int_equal(day_check(DAY_MAX + 1, "d", NULL), ERR_INVALID);
}

static struct day later(int y, int m, int d, int months)
{
    return day_add_months(day_make(y, m, d), months);
}

static void test_months(void **state)
{
    (void)state;
    char text[DAY_TEXT];
    int month = -1;
    assert_int_equal(month_parse("2025-07", "month", NULL, &month), 0);
    assert_int_equal(month, 24306); /* 2025 x 12 + 6 */
    assert_string_equal(month_format(month, text), "2025-07");
    assert_int_equal(month_first(month).n, day_make(2025, 7, 1).n);
    assert_int_equal(month_last(month).n, day_make(2025, 7, 31).n);
    assert_int_equal(month_last(2024 * 12 + 1).n, day_make(2024, 2, 29).n);
    assert_int_equal(month_last(2025 * 12 + 1).n, day_make(2025, 2, 28).n);
    assert_int_equal(month_last(2025 * 12 + 11).n, day_make(2025, 12, 31).n);
    assert_int_equal(month_first(2025 * 12 + 11).n, day_make(2025, 12, 1).n);
    assert_int_equal(day_month(day_make(2025, 1, 1)), 2025 * 12);
    assert_int_equal(day_month(day_make(2024, 12, 31)), 2024 * 12 + 11);
    static const char *const wrong[] = {"",        "2025",    "2025-7",    "2025-00",
                                        "2025-13", "1899-12", "2200-01",   "2025-070",
                                        "2025_07", "-025-07", "2025-07-10"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(month_parse(wrong[i], "month", NULL, &month), ERR_INVALID);
    assert_int_equal(month, 24306);
    /* The same day of a later month, or its last where it has none. */
    assert_int_equal(later(2025, 1, 1, 36).n, day_make(2028, 1, 1).n);
    assert_int_equal(later(2025, 7, 10, 0).n, day_make(2025, 7, 10).n);
    assert_int_equal(later(2025, 1, 31, 1).n, day_make(2025, 2, 28).n);
    assert_int_equal(later(2024, 1, 31, 1).n, day_make(2024, 2, 29).n);
    assert_int_equal(later(2024, 2, 29, 12).n, day_make(2025, 2, 28).n);
    assert_int_equal(later(2024, 2, 29, 48).n, day_make(2028, 2, 29).n);
    assert_int_equal(later(2025, 12, 31, 2).n, day_make(2026, 2, 28).n);
    assert_int_equal(later(2025, 10, 31, 1).n, day_make(2025, 11, 30).n);
}

static void test_wrong_days(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "2025",
        "2025-7-10",
        "2025-07-1",
        "2025-02-29",
        "1900-02-29",
        "2025-04-31",
        "2025-13-01",
        "2025-00-10",
        "2025-01-00",
        "1899-12-31",
        "2200-01-01",
        "2025/07/10",
        "20250710",
        "2025-07-10 ",
        " 2025-07-10",
        "2025-07-10T00:00:00Z",
        "-025-01-01",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct day d = DAY(77);
        assert_int_equal(day_parse(wrong[i], "day", NULL, &d), ERR_INVALID);
        assert_int_equal(d.n, 77);
    }
}

static void test_instants(void **state)
{
    (void)state;
    char text[INSTANT_TEXT];
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T08:00:00+08:00", 0},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"1970-01-01T00:00:00.5Z", 500000},
        {"1970-01-01T00:00:00-03:30", INT64_C(12600000000)},
        {"2025-07-10T09:00:00+08:00", INT64_C(1752109200000000)},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct instant t = INSTANT(77);
        assert_int_equal(instant_parse(good[i].text, "t", NULL, &t), 0);
        assert_true(t.us == good[i].us);
    }
    static const char *const wrong[] = {
        "",
        "2025-07-10",
        "2025-07-10T09:00:00",
        "2025-07-10T24:00:00Z",
        "2025-07-10T09:60:00Z",
        "2025-07-10T09:00:60Z",
        "2025-07-10T09:00:00+8:00",
        "2025-07-10T09:00:00+08:60",
        "2025-07-10T09:00:00.Z",
        "2025-07-10T09:00:00.1234567Z",
        "2025-02-29T09:00:00Z",
        "2025-07-10T09:00:00Zx",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct instant t = INSTANT(77);
        assert_int_equal(instant_parse(wrong[i], "t", NULL, &t), ERR_INVALID);
        assert_int_equal(t.us, 77);
    }
    assert_string_equal(instant_format(INSTANT(INT64_C(1752109200000000)), 480, text),
                        "2025-07-10T09:00:00.000000+08:00");
    assert_string_equal(instant_format(INSTANT(-1), 0, text), "1969-12-31T23:59:59.999999+00:00");
    assert_string_equal(instant_format(INSTANT(0), -210, text), "1969-12-31T20:30:00.000000-03:30");
}

/* A day ends at 24:00 of its zone, which is no longer that day. */
static void test_instants_in_range(void **state)
{
    const int64_t day = INT64_C(86400000000);
    (void)state;
    assert_true(instant_in_range(INSTANT(0)));
    assert_true(instant_in_range(INSTANT((DAY_MIN + 1) * day)));
    assert_false(instant_in_range(INSTANT((DAY_MIN + 1) * day - 1)));
    assert_true(instant_in_range(INSTANT(DAY_MAX * day - 1)));
    assert_false(instant_in_range(INSTANT(DAY_MAX * day)));
    assert_false(instant_in_range(INSTANT(INT64_MAX)));
}

static void test_day_of_instant(void **state)
{
    (void)state;
    struct day d = day_make(2025, 7, 10);
    struct instant end = day_end(d, 480);
    assert_true(end.us == INT64_C(1752163200000000)); /* 2025-07-10T16:00:00Z */
    assert_int_equal(instant_day(end, 480).n, d.n + 1);
    assert_int_equal(instant_day(INSTANT(end.us - 1), 480).n, d.n);
    assert_int_equal(instant_day(INSTANT(-1), 0).n, -1);
    assert_int_equal(instant_day(INSTANT(0), 0).n, 0);
    assert_int_equal(instant_day(INSTANT(0), -1).n, -1);
}

static void test_terms(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *later, *end;
    } terms[] = {
        {"2025-01-01", 36, "2028-01-01", "2027-12-31"},
        {"2025-01-15", 36, "2028-01-15", "2028-01-14"},
        {"2025-01-28", 1, "2025-02-28", "2025-02-27"},
        {"2025-01-29", 1, "2025-02-28", "2025-02-28"},
        {"2025-01-31", 1, "2025-02-28", "2025-02-28"},
        {"2024-02-29", 12, "2025-02-28", "2025-02-28"},
        {"2024-01-31", 1, "2024-02-29", "2024-02-29"},
        {"2025-12-31", 2, "2026-02-28", "2026-02-28"},
        {"2025-12-31", 1, "2026-01-31", "2026-01-30"},
    };
    char text[DAY_TEXT];
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct day from = DAY(0);
        assert_int_equal(day_parse(terms[i].from, "day", NULL, &from), 0);
        assert_string_equal(day_format(day_add_months(from, terms[i].months), text),
                            terms[i].later);
        assert_string_equal(day_format(day_term_end(from, terms[i].months), text), terms[i].end);
    }
}

static void test_zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int minutes;
    } good[] = {
        {"Asia/Shanghai", 480}, {"Asia/Urumqi", 360}, {"UTC", 0},      {"Z", 0},
        {"+08:00", 480},        {"-03:30", -210},     {"+14:00", 840},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int m = 7777;
        assert_int_equal(zone_parse(good[i].text, "zone", NULL, &m), 0);
        assert_int_equal(m, good[i].minutes);
    }
    static const char *const wrong[] = {"", "Europe/Berlin", "asia/shanghai", "+8", "+15:00", "8"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int m = 7777;
        assert_int_equal(zone_parse(wrong[i], "zone", NULL, &m), ERR_INVALID);
        assert_int_equal(m, 7777);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_months),
        cmocka_unit_test(test_wrong_days),
        cmocka_unit_test(test_instants),
        cmocka_unit_test(test_day_of_instant),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_instants_in_range),
        cmocka_unit_test(test_terms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
