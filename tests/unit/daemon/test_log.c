/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the log: quoting, and what never stands in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

static void check(const char *text, const char *want)
{
    char out[512];
    size_t n = log_value(text, out, sizeof out);
    assert_string_equal(out, want);
    assert_int_equal(n, strlen(want));
}

static void test_plain_values_stand_bare(void **state)
{
    (void)state;
    check("unix:/run/voucherd.sock", "unix:/run/voucherd.sock");
    check("91350602MA00001970", "91350602MA00001970");
    check("-12.50", "-12.50");
}

static void test_others_are_quoted(void **state)
{
    (void)state;
    check("", "\"\"");
    check("two words", "\"two words\"");
    check("a=b", "\"a=b\"");
    check("say \"no\"", "\"say \\\"no\\\"\"");
    check("back\\slash", "\"back\\\\slash\"");
    check("算力券", "\"算力券\"");
}

static void test_nothing_begins_a_line(void **state)
{
    (void)state;
    check("a\nlevel=error", "\"a\\x0alevel=error\"");
    check("\x1b[2J", "\"\\x1b[2J\"");
    check("\xc2\x85", "\"\\xc2\\x85\"");
    check("\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\"");
    check("\xff\xfe", "\"\\xff\\xfe\"");
    check("\xe7\xae", "\"\\xe7\\xae\"");
}

static void test_persons_are_left_out(void **state)
{
    (void)state;
    check("11010519491231002X", "\"(18 digits)\"");
    check("440524188001010014", "\"(18 digits)\"");
    check("id 350623188002290027, twice 350623188002290027",
          "\"id (18 digits), twice (18 digits)\"");
    check("440524800101001", "\"(15 digits)\"");
    /* Electronic invoices have 20 digits, credit codes no birth date. */
    check("25352000000012345678", "25352000000012345678");
    check("913506027999991234", "913506027999991234");
}

static void test_long_values_are_cut(void **state)
{
    (void)state;
    char out[32];
    size_t n = log_value("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", out, sizeof out);
    assert_true(n < sizeof out);
    assert_string_equal(out + n - 3, "...");
    n = log_value("算力券算力券算力券算力券", out, sizeof out);
    assert_true(n < sizeof out);
    assert_string_equal(out + n - 4, "...\"");
    for (size_t cap = 12; cap < sizeof out; cap++)
        assert_true(log_value("\x01\x02 \"\\\x7f算11010519491231002X", out, cap) < cap);
}

static void test_a_line_is_one_write(void **state)
{
    (void)state;
    int ends[2], before = dup(STDERR_FILENO);
    char line[5000], many[600];
    memset(many, '"', sizeof many - 1);
    many[sizeof many - 1] = 0;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    LOG(LEVEL_INFO, "ready", LOG_TEXT("addr", "unix:/a b"), LOG_NUMBER("entries", -7));
    LOG(LEVEL_DEBUG, "not_written");
    LOG(LEVEL_ERROR, "full", LOG_TEXT("a", many), LOG_TEXT("b", many), LOG_TEXT("c", many),
        LOG_TEXT("d", many), LOG_TEXT("e", many), LOG_TEXT("f", many), LOG_TEXT("g", many),
        LOG_TEXT("h", many), LOG_TEXT("i", many), LOG_TEXT("j", many));
    dup2(before, STDERR_FILENO);
    close(before);
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n > 0);
    line[n] = 0;
    assert_memory_equal(line, "time=20", 7);
    char *nl = strchr(line, '\n');
    assert_non_null(nl);
    *nl = 0;
    assert_string_equal(strchr(line, ' '), " level=info event=ready addr=\"unix:/a b\" entries=-7");
    assert_non_null(strstr(nl + 1, "event=full a="));
    assert_int_equal(line[n - 1], '\n');
    assert_null(strstr(nl + 1, "not_written"));
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_values_stand_bare), cmocka_unit_test(test_others_are_quoted),
        cmocka_unit_test(test_nothing_begins_a_line),   cmocka_unit_test(test_persons_are_left_out),
        cmocka_unit_test(test_long_values_are_cut),     cmocka_unit_test(test_a_line_is_one_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
