/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, clean lines and what is shown of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/text.h"

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        size_t n, valid;
    } table[] = {
        {"", 0, 0},
        {"abc", 3, 3},
        {"a\0b", 3, 3},
        {"漳州", 6, 6},
        {"\xf0\x9f\x98\x80", 4, 4},
        {"a\xff", 2, 1},
        {"\x80", 1, 0},
        {"\xc0\xaf", 2, 0},         /* overlong / */
        {"\xc1\xbf", 2, 0},         /* overlong */
        {"\xc2\x80", 2, 2},         /* U+0080 */
        {"\xe0\x9f\xbf", 3, 0},     /* overlong */
        {"\xe0\xa0\x80", 3, 3},     /* U+0800 */
        {"\xed\x9f\xbf", 3, 3},     /* U+D7FF */
        {"\xed\xa0\x80", 3, 0},     /* surrogate */
        {"\xee\x80\x80", 3, 3},     /* U+E000 */
        {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
        {"\xf4\x8f\xbf\xbf", 4, 4}, /* U+10FFFF */
        {"\xf4\x90\x80\x80", 4, 0}, /* beyond */
        {"\xf5\x80\x80\x80", 4, 0},
        {"ab\xe6\xbc", 4, 2}, /* cut */
        {"ab\xe6\xbcz", 5, 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(text_utf8_valid(table[i].s, table[i].n), table[i].valid);
}

static void test_line(void **state)
{
    (void)state;
    assert_true(text_is_line("a", 1, 1));
    assert_true(text_is_line("漳州 市", 10, 10));
    assert_false(text_is_line("", 0, 10));
    assert_false(text_is_line("ab", 2, 1));
    assert_false(text_is_line(" a", 2, 10));
    assert_false(text_is_line("a ", 2, 10));
    assert_false(text_is_line("a\nb", 3, 10));
    assert_false(text_is_line("a\tb", 3, 10));
    assert_false(text_is_line("a\0b", 3, 10));
    assert_false(text_is_line("a\x7f", 2, 10));
    assert_false(text_is_line("a\xc2\x85", 3, 10)); /* next line */
    assert_false(text_is_line("a\xe2\x80\xa8"
                              "b",
                              5, 10)); /* line separator */
    assert_false(text_is_line("a\xff", 2, 10));
}

static void test_printable(void **state)
{
    (void)state;
    char out[16];
    text_printable("abc", 3, out, sizeof out);
    assert_string_equal(out, "abc");
    text_printable("a\nb\xff", 4, out, sizeof out);
    assert_string_equal(out, "a\\x0ab\\xff");
    text_printable("", 0, out, sizeof out);
    assert_string_equal(out, "");
    text_printable("123456789012", 12, out, sizeof out);
    assert_string_equal(out, "123456789012");
    text_printable("1234567890123456", 16, out, sizeof out);
    assert_string_equal(out, "123456789012...");
    /* Never inside a character. */
    text_printable("漳州漳州漳州", 18, out, sizeof out);
    assert_string_equal(out, "漳州漳州...");
    char small[4];
    text_printable("漳州", 6, small, sizeof small);
    assert_string_equal(small, "...");
}

static void test_fault(void **state)
{
    (void)state;
    struct fault f;
    char out[400];
    assert_int_equal(fault_set(&f, "amount", "x\ny", "at most %d", 7), ERR_INVALID);
    fault_text(&f, out, sizeof out);
    assert_string_equal(out, "amount: 'x\\x0ay': at most 7");
    assert_int_equal(fault_set(NULL, "amount", NULL, "nothing"), ERR_INVALID);
    assert_int_equal(fault_set(&f, "amount", NULL, "given"), ERR_INVALID);
    assert_string_equal(f.value, "");
    assert_int_equal(fault_set_n(&f, "code", "abcdef", 3, "x"), ERR_INVALID);
    assert_string_equal(f.value, "abc");
}

static void test_err(void **state)
{
    (void)state;
    assert_string_equal(err_text(0), "done");
    assert_string_equal(err_text(ERR_MEMORY), "out of memory");
    assert_string_equal(err_text(1), "unknown error");
    assert_string_equal(err_text(-1000), "unknown error");
    for (int code = ERR_INVALID; code <= 0; code++)
        assert_string_not_equal(err_text(code), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),  cmocka_unit_test(test_line), cmocka_unit_test(test_printable),
        cmocka_unit_test(test_fault), cmocka_unit_test(test_err),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
