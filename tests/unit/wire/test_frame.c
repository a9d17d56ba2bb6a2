/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/frame.h"

static void test_lengths_within_the_limit(void **state)
{
    (void)state;
    struct {
        uint8_t head[4];
        uint32_t n;
    } good[] = {{{0, 0, 0, 1}, 1},
                {{0, 0, 1, 2}, 258},
                {{0, 0x80, 0, 0}, 8388608},
                {{1, 2, 3, 4}, 16909060}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        uint32_t n = 0;
        assert_int_equal(frame_length(good[i].head, UINT32_MAX, NULL, &n), 0);
        assert_int_equal(n, good[i].n);
    }
}

static void test_lengths_outside_the_limit(void **state)
{
    (void)state;
    struct fault f;
    uint32_t n = 77;
    assert_int_equal(frame_length((uint8_t[]){0, 0, 4, 1}, 1024, &f, &n), ERR_INVALID);
    assert_string_equal(f.field, "frame.length");
    assert_string_equal(f.value, "1025");
    assert_string_equal(f.expected, "1 to 1024 bytes, as 4 bytes, the highest first");
    assert_int_equal(frame_length((uint8_t[]){0, 0, 0, 0}, 1024, &f, &n), ERR_INVALID);
    assert_string_equal(f.value, "0");
    /* What a client of another protocol sends first. */
    assert_int_equal(frame_length((const uint8_t *)"GET ", 8388608, NULL, &n), ERR_INVALID);
    assert_int_equal(n, 77);
    assert_int_equal(frame_length((uint8_t[]){0, 0, 4, 0}, 1024, &f, &n), 0);
    assert_int_equal(n, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_within_the_limit),
        cmocka_unit_test(test_lengths_outside_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
