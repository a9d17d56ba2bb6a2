/* SPDX-License-Identifier: Apache-2.0 */
/* When the watchdog hears that the book goes on, and when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/progress.h"

#define PATIENCE 100

static bool look(struct progress *p, unsigned asked, uint64_t done, int64_t now)
{
    return progress_look(p, asked, done, now, PATIENCE);
}

static void test_idle_for_ever(void **state)
{
    (void)state;
    struct progress p = {0};
    assert_true(look(&p, 0, 0, 1000000));
    assert_true(look(&p, 0, 0, 2000000));
    assert_true(look(&p, 0, 7, 3000000));
}

static void test_a_step_that_does_not_end(void **state)
{
    (void)state;
    struct progress p = {0};
    assert_true(look(&p, 0, 5, 1000));
    assert_true(look(&p, 1, 5, 1050));
    assert_true(look(&p, 9, 5, 1100));
    assert_false(look(&p, 9, 5, 1101)); /* more that waits is no progress */
    assert_false(look(&p, 9, 5, 9000));
    assert_true(look(&p, 8, 6, 9050)); /* it was the disk */
    assert_true(look(&p, 8, 6, 9150));
    assert_false(look(&p, 8, 6, 9151));
}

/* Always more asked than done, each step nearly as long as there is time for. */
static void test_slow_under_load(void **state)
{
    (void)state;
    struct progress p = {0};
    assert_true(look(&p, 0, 0, 1000));
    for (int64_t i = 1; i < 1000; i++)
        assert_true(look(&p, 100, (uint64_t)i, 1000 + i * 99));
}

/* The time counts from when something was asked, not from the last thing done. */
static void test_asked_after_a_long_rest(void **state)
{
    (void)state;
    struct progress p = {0};
    assert_true(look(&p, 0, 3, 1000));
    assert_true(look(&p, 0, 3, 90000));
    assert_true(look(&p, 1, 3, 90025));
    assert_true(look(&p, 1, 3, 90100));
    assert_false(look(&p, 1, 3, 90125));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_for_ever),
        cmocka_unit_test(test_a_step_that_does_not_end),
        cmocka_unit_test(test_slow_under_load),
        cmocka_unit_test(test_asked_after_a_long_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
