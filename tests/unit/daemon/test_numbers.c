/* SPDX-License-Identifier: Apache-2.0 */
/* The set of numbers under way, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "daemon/numbers.h"

static void test_once_each(void **state)
{
    (void)state;
    struct numbers s = {0};
    numbers_remove(&s, 1);
    assert_int_equal(numbers_add(&s, 1), 0);
    assert_int_equal(numbers_add(&s, UINT64_MAX), 0);
    assert_int_equal(numbers_add(&s, 1), ERR_EXISTS);
    assert_int_equal(s.n, 2);
    numbers_remove(&s, 7);
    numbers_remove(&s, 1);
    assert_int_equal(s.n, 1);
    assert_int_equal(numbers_add(&s, 1), 0);
    assert_int_equal(numbers_add(&s, UINT64_MAX), ERR_EXISTS);
    numbers_free(&s);
    assert_int_equal(s.n, 0);
}

static void test_comes_and_goes(void **state)
{
    (void)state;
    enum { ALL = 500 };
    struct numbers s = {0};
    bool is[ALL] = {false};
    unsigned n = 0, seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned k = (seed >> 8) % ALL;
        uint64_t number = (uint64_t)k << (k % 3 * 20);
        if (seed >> 31) {
            assert_int_equal(numbers_add(&s, number), is[k] ? ERR_EXISTS : 0);
            n += !is[k];
            is[k] = true;
        } else {
            numbers_remove(&s, number);
            n -= is[k];
            is[k] = false;
        }
        assert_int_equal(s.n, n);
    }
    numbers_free(&s);
}

static void test_an_empty_set_keeps_little(void **state)
{
    (void)state;
    struct numbers s = {0};
    for (uint64_t i = 1; i <= 4096; i++)
        assert_int_equal(numbers_add(&s, i), 0);
    for (uint64_t i = 1; i <= 4096; i++)
        numbers_remove(&s, i);
    assert_in_range(s.cap, 0, 256);
    assert_int_equal(numbers_add(&s, 1), 0);
    numbers_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_each),
        cmocka_unit_test(test_comes_and_goes),
        cmocka_unit_test(test_an_empty_set_keeps_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
