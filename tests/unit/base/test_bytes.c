/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers, arenas, byte order and hexadecimal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/bytes.h"

static void test_span(void **state)
{
    (void)state;
    assert_true(span_equal(span_of_text("abc"), SPAN("abcd", 3)));
    assert_false(span_equal(span_of_text("abc"), span_of_text("abd")));
    assert_false(span_equal(span_of_text("abc"), span_of_text("ab")));
    assert_true(span_equal((struct span){0}, SPAN("x", 0)));
}

static void test_buf(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_add(&b, "0123456789", 10), 0);
    assert_int_equal(b.n, 10000);
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(b.p[i], '0' + i % 10);
    assert_int_equal(buf_add(&b, NULL, 0), 0);
    assert_int_equal(b.n, 10000);
    assert_int_equal(buf_reserve(&b, SIZE_MAX), ERR_MEMORY);
    assert_int_equal(b.n, 10000);
    buf_free(&b);
    assert_null(b.p);
    buf_free(&b);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena a = {0};
    char *kept[300];
    for (size_t i = 0; i < 300; i++) {
        kept[i] = arena_alloc(&a, i * 7 + 1);
        assert_non_null(kept[i]);
        assert_int_equal((uintptr_t)kept[i] % _Alignof(max_align_t), 0);
        memset(kept[i], (int)(i & 127), i * 7 + 1);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i * 7 + 1; k++)
            assert_int_equal(kept[i][k], i & 127);
    uint8_t *big = arena_zero(&a, 3000000);
    assert_non_null(big);
    for (size_t i = 0; i < 3000000; i++)
        assert_int_equal(big[i], 0);
    assert_string_equal(arena_copy(&a, "abcdef", 3), "abc");
    assert_string_equal(arena_copy(&a, NULL, 0), "");
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc(&a, SIZE_MAX / 2));
    arena_reset(&a);
    uint8_t *again = arena_zero(&a, 100);
    assert_non_null(again);
    assert_int_equal(again[99], 0);
    arena_free(&a);
    arena_free(&a);
    arena_reset(&a);
}

/* Back to where it was: from an empty one, from the middle of a block, over blocks made since. */
static void test_arena_goes_back(void **state)
{
    (void)state;
    struct arena a = {0}, then = a;
    assert_non_null(arena_alloc(&a, 5000));
    arena_back(&a, &then);
    assert_int_equal(arena_size(&a), 0);
    uint8_t *kept = arena_alloc(&a, 100);
    assert_non_null(kept);
    memset(kept, 7, 100);
    then = a;
    const size_t size = arena_size(&a);
    uint8_t *first = arena_alloc(&a, 10);
    for (int i = 0; i < 100; i++)
        assert_non_null(arena_alloc(&a, 3000));
    assert_true(arena_size(&a) > size);
    arena_back(&a, &then);
    assert_int_equal(arena_size(&a), size);
    assert_ptr_equal(arena_alloc(&a, 10), first);
    for (int i = 0; i < 100; i++)
        assert_int_equal(kept[i], 7);
    arena_free(&a);
}

static void test_byte_order(void **state)
{
    (void)state;
    uint8_t b[8], c[8];
    put_be32(b, 0x01020304);
    assert_memory_equal(b, "\x01\x02\x03\x04", 4);
    assert_int_equal(get_be32(b), 0x01020304);
    put_be64(b, UINT64_C(0x0102030405060708));
    assert_memory_equal(b, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    assert_true(get_be64(b) == UINT64_C(0x0102030405060708));
    /* Keys sort as their numbers do. */
    put_be64(b, 255);
    put_be64(c, 256);
    assert_true(memcmp(b, c, 8) < 0);
}

static void test_hex(void **state)
{
    (void)state;
    char out[9];
    assert_string_equal(hex_format("\x00\xff\x1a\xB0", 4, out), "00ff1ab0");
    assert_string_equal(hex_format("", 0, out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),       cmocka_unit_test(test_buf),
        cmocka_unit_test(test_arena),      cmocka_unit_test(test_arena_goes_back),
        cmocka_unit_test(test_byte_order), cmocka_unit_test(test_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
