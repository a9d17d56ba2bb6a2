/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/bench/histogram.h"

static struct histogram h, other;

static void begin(void)
{
    h = other = (struct histogram){0};
}

static void test_empty(void **state)
{
    (void)state;
    begin();
    assert_true(histogram_quantile(&h, 0.5) == 0);
    assert_true(histogram_quantile(&h, 1) == 0);
}

/* Below 64 every value has its own bucket. */
static void test_small_values_are_exact(void **state)
{
    (void)state;
    begin();
    for (uint64_t v = 0; v < 64; v++)
        histogram_add(&h, v);
    assert_true(histogram_quantile(&h, 0) == 0);
    assert_true(histogram_quantile(&h, 0.5) == 32);
    assert_true(histogram_quantile(&h, 0.999) == 63);
    assert_true(h.n == 64 && h.max == 63);
}

/* What is told is never too low, and at most a 64th too high. */
static void test_error_is_bounded(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (uint64_t add = 0; add < 3; add++) {
            uint64_t v = (UINT64_C(1) << shift) - 1 + add;
            begin();
            histogram_add(&h, v);
            histogram_add(&h, UINT64_MAX);
            uint64_t told = histogram_quantile(&h, 0.25);
            assert_true(told >= v);
            assert_true(told - v <= v / 64);
        }
    }
}

static void test_quantiles_of_a_run(void **state)
{
    (void)state;
    begin();
    for (uint64_t v = 1; v <= 100000; v++)
        histogram_add(&h, v * 1000);
    uint64_t p50 = histogram_quantile(&h, 0.5), p99 = histogram_quantile(&h, 0.99);
    assert_true(p50 >= 50000000 && p50 < 50000000 + 50000000 / 50);
    assert_true(p99 >= 99000000 && p99 <= 100000000);
    assert_true(histogram_quantile(&h, 1) == 100000000);
}

/* A quantile is never above the longest. */
static void test_never_above_the_longest(void **state)
{
    (void)state;
    begin();
    histogram_add(&h, 1000001);
    assert_true(histogram_quantile(&h, 0.5) == 1000001);
}

static void test_join(void **state)
{
    (void)state;
    begin();
    histogram_add(&h, 10);
    histogram_add(&other, 20);
    histogram_add(&other, 30);
    histogram_join(&h, &other);
    assert_true(h.n == 3 && h.max == 30);
    assert_true(histogram_quantile(&h, 0.5) == 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_error_is_bounded),
        cmocka_unit_test(test_quantiles_of_a_run),
        cmocka_unit_test(test_never_above_the_longest),
        cmocka_unit_test(test_join),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
