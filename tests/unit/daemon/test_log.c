/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the log and entries of the journal: quoting, fields, and what never stands in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
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

/* ---- The journal ---- */

static struct log_entry entry;

static void check_field(int i, const char *want)
{
    assert_true(i < entry.n);
    assert_int_equal(entry.iov[i].iov_len, strlen(want));
    assert_memory_equal(entry.iov[i].iov_base, want, strlen(want));
}

static void test_an_entry_has_fields(void **state)
{
    (void)state;
    const struct log_field fields[] = {{0},
                                       LOG_TEXT("principal", "算力 \"a\"\nVOUCHERD_EVENT=x"),
                                       LOG_NUMBER("under_way", -7),
                                       LOG_TEXT("empty", ""),
                                       LOG_TEXT("value", "id 11010519491231002X")};
    log_entry(LEVEL_WARNING, "goodbye", fields, 5, &entry);
    assert_int_equal(entry.n, 7);
    check_field(0, "MESSAGE=goodbye principal=\"算力 \\\"a\\\"\\x0aVOUCHERD_EVENT=x\" under_way=-7 "
                   "empty=\"\" value=\"id (18 digits)\"");
    check_field(1, "PRIORITY=4");
    check_field(2, "VOUCHERD_EVENT=goodbye");
    check_field(3, "VOUCHERD_PRINCIPAL=算力 \"a\"\\x0aVOUCHERD_EVENT=x");
    check_field(4, "VOUCHERD_UNDER_WAY=-7");
    check_field(5, "VOUCHERD_EMPTY=");
    check_field(6, "VOUCHERD_VALUE=id (18 digits)");
}

static void test_priorities_are_syslog_s(void **state)
{
    (void)state;
    static const char *const want[] = {"PRIORITY=7", "PRIORITY=6", "PRIORITY=4", "PRIORITY=3"};
    for (int i = 0; i < 4; i++) {
        log_entry((enum log_level)i, "e", NULL, 0, &entry);
        assert_int_equal(entry.n, 3);
        check_field(0, "MESSAGE=e");
        check_field(1, want[i]);
    }
}

/* However many and long they are, there is room. */
static void test_an_entry_is_bounded(void **state)
{
    (void)state;
    char many[2000];
    struct log_field fields[40];
    memset(many, 1, sizeof many - 1);
    many[sizeof many - 1] = 0;
    for (int i = 0; i < 40; i++)
        fields[i] = LOG_TEXT("a_key_of_forty_characters_is_long_indeed", many);
    log_entry(LEVEL_ERROR, "e", fields, 40, &entry);
    assert_int_equal(entry.n, LOG_ENTRY_FIELDS + 3);
    assert_true(entry.used <= sizeof entry.text);
    assert_true(entry.iov[3].iov_len > 500 && entry.iov[3].iov_len < 600);
    assert_memory_equal((char *)entry.iov[3].iov_base + entry.iov[3].iov_len - 3, "...", 3);
}

static int taken, code;

static int take(const struct iovec *fields, int n)
{
    (void)fields;
    taken += n;
    return code;
}

static void test_what_the_journal_does_not_take_becomes_a_line(void **state)
{
    (void)state;
    int ends[2], before = dup(STDERR_FILENO);
    char line[1000];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_set_journal(take);
    LOG(LEVEL_INFO, "taken", LOG_NUMBER("n", 1));
    LOG(LEVEL_DEBUG, "below");
    code = -1;
    LOG(LEVEL_INFO, "left", LOG_NUMBER("n", 2));
    log_set_journal(NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n > 0);
    line[n] = 0;
    assert_int_equal(taken, 8);
    assert_non_null(strstr(line, "event=left n=2\n"));
    assert_null(strstr(line, "event=taken"));
    close(ends[0]);
}

static void test_a_log_that_nobody_reads_stopped_the_daemon(void **state)
{
    (void)state;
    static char text[1 << 20];
    int ends[2], saved = dup(STDERR_FILENO);
    size_t got = 0;
    ssize_t n;
    log_set_journal(NULL);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    alarm(20); /* it would wait for ever */
    for (int i = 0; i < 10000; i++)
        LOG(LEVEL_WARNING, "storm", LOG_NUMBER("n", i));
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    while ((n = read(ends[0], text + got, sizeof text - 1 - got)) > 0)
        got += (size_t)n;
    LOG(LEVEL_WARNING, "after");
    n = read(ends[0], text + got, sizeof text - 1 - got);
    alarm(0);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[0]);
    close(ends[1]);
    assert_true(n > 0);
    unsigned lines = 0, lost = 0;
    for (const char *p = text; (p = strstr(p, "event=storm")); p++)
        lines++;
    const char *told = strstr(text, "event=lines_lost lines=");
    assert_non_null(told);
    assert_int_equal(sscanf(told, "event=lines_lost lines=%u\n", &lost), 1);
    assert_true(lines > 100);
    assert_int_equal(lines + lost, 10000);
    assert_non_null(strstr(told, "event=after"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_values_stand_bare),
        cmocka_unit_test(test_others_are_quoted),
        cmocka_unit_test(test_nothing_begins_a_line),
        cmocka_unit_test(test_persons_are_left_out),
        cmocka_unit_test(test_long_values_are_cut),
        cmocka_unit_test(test_a_line_is_one_write),
        cmocka_unit_test(test_an_entry_has_fields),
        cmocka_unit_test(test_priorities_are_syslog_s),
        cmocka_unit_test(test_an_entry_is_bounded),
        cmocka_unit_test(test_what_the_journal_does_not_take_becomes_a_line),
        cmocka_unit_test(test_a_log_that_nobody_reads_stopped_the_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
