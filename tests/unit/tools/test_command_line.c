/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of fields: from a command line and from a line of JSON, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/batch_line.h"
#include "tools/lib/command_line.h"

#define BUYER "91350100M000100Y43"

static const char *const colours[] = {"red", "green", NULL};

static const struct field issue_fields[] = {
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .flags = FIELD_REQUIRED,
     .help = "the measure"},
    {.name = "enterprise", .type = FIELD_USCC, .flags = FIELD_REQUIRED, .help = "who"},
    {.name = "amount", .type = FIELD_MONEY, .help = "how much"},
    {.name = "year", .type = FIELD_YEAR, .help = "of the lines"},
    {.name = "attest", .type = FIELD_ATTEST, .help = "facts"},
    {.name = "trait", .type = FIELD_TRAIT, .help = "traits"},
    {.name = "colour", .type = FIELD_WORD, .words = colours, .help = "colour"},
    {0},
};
static const struct field redeem_fields[] = {
    {.name = "voucher",
     .also = "id",
     .type = FIELD_NUMBER,
     .metavar = "ID",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = "number"},
    {.name = "invoice", .type = FIELD_INVOICE, .help = "invoice"},
    {.name = "dated", .type = FIELD_DAY, .help = "day"},
    {.name = "all", .type = FIELD_FLAG, .help = "all"},
    {0},
};

static const struct tool_command issue = {.words = "voucher issue",
                                          .summary = "Issues.",
                                          .fields = issue_fields,
                                          .kind = COMMAND_ISSUE,
                                          .dry_run = true};
static const struct tool_command redeem = {.words = "voucher redeem",
                                           .summary = "Redeems.",
                                           .fields = redeem_fields,
                                           .kind = COMMAND_REDEEM};
static const struct tool_command show = {
    .words = "show", .summary = "Shows.", .fields = redeem_fields};
static const struct tool_command *const commands[] = {&issue, &redeem, &show, NULL};
static const struct tool tool = {
    .program = "tool", .summary = "A tool.", .commands = commands, .acts = true};

static struct arena arena;
static struct command_line line;
static struct batch_line row;
static struct fault fault;

/* Splits at blanks; a ~ stands for a blank inside a word. */
static int read_line(const char *text)
{
    char *copy = arena_copy(&arena, text, strlen(text)), *save = NULL;
    char *argv[60] = {(char *)"tool"};
    int n = 1;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        for (char *p = w; *p; p++)
            if (*p == '~')
                *p = ' ';
        argv[n++] = w;
    }
    memset(&fault, 0, sizeof fault);
    return command_line_read(&tool, n, argv, &arena, &fault, &line);
}

static int read_row(const char *text)
{
    memset(&fault, 0, sizeof fault);
    return batch_line_read(commands, span_of_text(text), &arena, &fault, &row);
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void reads_options_and_arguments(void **state)
{
    (void)state;
    assert_int_equal(read_line("voucher issue --measure 3A --enterprise=" BUYER
                               " --amount 500000.5 --year 2025 --attest a=doc~1 --attest b=x=y "
                               "--trait t --trait u=2025-01-01.. --trait v=..2025-12-31 --colour "
                               "green"),
                     0);
    const struct values *v = &line.values;
    assert_ptr_equal(line.command, &issue);
    assert_string_equal(value_of(v, "measure")->text, "3A");
    assert_memory_equal(value_of(v, "enterprise")->uscc.c, BUYER, USCC_LEN);
    assert_int_equal(value_of(v, "amount")->money.fen, 50000050);
    assert_int_equal(value_of(v, "year")->year, 2025);
    assert_int_equal(value_of(v, "colour")->word, 1);
    assert_int_equal(value_of(v, "attest")->n, 2);
    assert_string_equal(value_of(v, "attest")->pairs[0].document, "doc 1");
    assert_string_equal(value_of(v, "attest")->pairs[1].name, "b");
    assert_string_equal(value_of(v, "attest")->pairs[1].document, "x=y");
    const struct value *t = value_of(v, "trait");
    assert_int_equal(t->n, 3);
    assert_int_equal(t->pairs[0].from.n, DAY_MIN);
    assert_int_equal(t->pairs[0].to.n, DAY_MAX);
    assert_int_equal(t->pairs[1].from.n, day_make(2025, 1, 1).n);
    assert_int_equal(t->pairs[1].to.n, DAY_MAX);
    assert_int_equal(t->pairs[2].to.n, day_make(2025, 12, 31).n);
    assert_false(line.settings.dry_run);
    assert_int_equal(read_line("voucher redeem --dated 2025-07-10 12 --all"), 0);
    assert_ptr_equal(line.command, &redeem);
    assert_int_equal(value_of(&line.values, "voucher")->number, 12);
    assert_true(value_of(&line.values, "all")->given);
    assert_false(value_of(&line.values, "invoice")->given);
}

static void reads_global_options_before_and_after(void **state)
{
    static const char id[] = "0190163d-8694-739b-aea5-966c26f8ad91";
    static const uint8_t bytes[] = {0x01, 0x90, 0x16, 0x3d};
    (void)state;
    setenv("VOUCHERD_ADDR", "unix:/e", 1);
    assert_int_equal(read_line("show 1"), 0);
    assert_string_equal(line.settings.addr, "unix:/e");
    assert_int_equal(line.settings.timeout_ms, TIMEOUT_DEFAULT);
    assert_int_equal(read_line("--addr unix:/x --json --timeout 0.5 voucher redeem 1"), 0);
    assert_string_equal(line.settings.addr, "unix:/x");
    assert_true(line.settings.json);
    assert_int_equal(line.settings.timeout_ms, 500);
    assert_int_equal(read_line("voucher redeem --addr unix:/y 1 --json --timeout 3 --request-id "
                               "0190163d8694739baea5966c26f8ad91"),
                     0);
    assert_string_equal(line.settings.addr, "unix:/y");
    assert_int_equal(line.settings.timeout_ms, 3000);
    assert_true(line.settings.has_request_id);
    assert_memory_equal(line.settings.request_id, bytes, sizeof bytes);
    char text[REQUEST_ID_TEXT];
    assert_string_equal(request_id_format(line.settings.request_id, text), id);
    assert_int_equal(
        read_line("--request-id 0190163D-8694-739b-aea5-966c26f8ad91 voucher redeem 1"), 0);
    assert_memory_equal(line.settings.request_id, bytes, sizeof bytes);
    unsetenv("VOUCHERD_ADDR");
    assert_int_equal(read_line("voucher issue --dry-run --measure 1 --enterprise " BUYER), 0);
    assert_null(line.settings.addr);
    assert_true(line.settings.dry_run);
}

/* Each is told with the field, the value and what would be right. */
static void tells_what_is_wrong(void **state)
{
#define MORE " --enterprise " BUYER
    static const struct {
        const char *line, *field, *value;
    } wrong[] = {
        {"", "command", ""},
        {"nonsense", "command", "nonsense"},
        {"voucher", "command", "voucher"},
        {"voucher fly 1", "command", "voucher fly"},
        {"--fly", "option", "--fly"},
        {"voucher redeem 1 --fly", "option", "--fly"},
        {"voucher redeem 1 -x", "option", "-x"},
        {"voucher redeem 1 --dated", "dated", ""},
        {"voucher redeem 1 --all=3", "all", "=3"},
        {"voucher redeem 1 --addr", "addr", ""},
        {"--timeout", "timeout", ""},
        {"--timeout 0 voucher redeem 1", "timeout", "0"},
        {"--timeout 3601 voucher redeem 1", "timeout", "3601"},
        {"--timeout 1.2345 voucher redeem 1", "timeout", "1.2345"},
        {"--timeout 99999999999999 voucher redeem 1", "timeout", "99999999999999"},
        {"--timeout x voucher redeem 1", "timeout", "x"},
        {"voucher redeem 1 --timeout 1.", "timeout", "1."},
        {"voucher redeem 1 --request-id 12", "request-id", "12"},
        {"voucher redeem 1 --request-id 00000000000000000000000000000000", "request-id",
         "00000000000000000000000000000000"},
        {"voucher redeem 1 --request-id 0190163d-8694-739bxaea5-966c26f8ad91", "request-id",
         "0190163d-8694-739bxaea5-966c26f8ad91"},
        {"voucher redeem 1 --request-id 0190163d8694739baea5966c26f8ad910", "request-id",
         "0190163d8694739baea5966c26f8ad910"},
        {"show 1 --request-id 0190163d8694739baea5966c26f8ad91", "request-id", ""},
        {"voucher redeem 1 --dry-run", "option", "--dry-run"},
        {"voucher redeem", "voucher", ""},
        {"voucher redeem 1 2", "argument", "2"},
        {"voucher redeem 0", "voucher", "0"},
        {"voucher redeem 1x", "voucher", "1x"},
        {"voucher redeem 99999999999999999999999", "voucher", "99999999999999999999999"},
        {"voucher redeem 1 --invoice 123", "invoice", "123"},
        {"voucher redeem 1 --dated 2025-02-29", "dated", "2025-02-29"},
        {"voucher redeem 1 --dated 2025-02-01 --dated 2025-02-02", "dated", "2025-02-02"},
        {"voucher issue --measure 1", "enterprise", ""},
        {"voucher issue" MORE, "measure", ""},
        {"voucher issue --measure 1 --enterprise 91350100M000100Y4Z", "enterprise",
         "91350100M000100Y4Z"},
        {"voucher issue --measure 1234567890123456" MORE, "measure", "1234567890123456"},
        {"voucher issue --measure ~1" MORE, "measure", " 1"},
        {"voucher issue --measure= " MORE, "measure", ""},
        {"voucher issue --measure 1 --amount 0" MORE, "amount", "0"},
        {"voucher issue --measure 1 --amount 1e3" MORE, "amount", "1e3"},
        {"voucher issue --measure 1 --amount 1.234" MORE, "amount", "1.234"},
        {"voucher issue --measure 1 --year 25" MORE, "year", "25"},
        {"voucher issue --measure 1 --year 20x5" MORE, "year", "20x5"},
        {"voucher issue --measure 1 --colour blue" MORE, "colour", "blue"},
        {"voucher issue --measure 1 --attest a" MORE, "attest", "a"},
        {"voucher issue --measure 1 --attest a=" MORE, "attest", "a="},
        {"voucher issue --measure 1 --attest =x" MORE, "attest", "=x"},
        {"voucher issue --measure 1 --attest a=1 --attest a=2" MORE, "attest", "a=2"},
        {"voucher issue --measure 1 --trait =" MORE, "trait", "="},
        {"voucher issue --measure 1 --trait t=2025-01-01" MORE, "trait", "t=2025-01-01"},
        {"voucher issue --measure 1 --trait t --trait u --trait t=..2025-01-01" MORE, "trait",
         "t=..2025-01-01"},
        {"voucher issue --measure 1 --trait t=x.." MORE, "trait", "x"},
        {"voucher issue --measure 1 --trait t=2025-01-02..2025-01-01" MORE, "trait",
         "2025-01-02..2025-01-01"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (read_line(wrong[i].line) != ERR_INVALID)
            fail_msg("taken: %s", wrong[i].line);
        if (strcmp(fault.field, wrong[i].field) != 0 || strcmp(fault.value, wrong[i].value) != 0)
            fail_msg("%s: told as %s: '%s': %s", wrong[i].line, fault.field, fault.value,
                     fault.expected);
        assert_true(fault.expected[0] != 0);
    }
}

static void takes_no_more_pairs_than_have_room(void **state)
{
    char text[1000];
    size_t n;
    (void)state;
    n = (size_t)snprintf(text, sizeof text, "voucher issue --measure 1 --enterprise " BUYER);
    for (int i = 0; i < PAIRS_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " --trait t%d", i);
    assert_int_equal(read_line(text), 0);
    assert_int_equal(value_of(&line.values, "trait")->n, PAIRS_MAX);
    snprintf(text + n, sizeof text - n, " --trait t");
    assert_int_equal(read_line(text), ERR_INVALID);
    assert_string_equal(fault.field, "trait");
}

static void help_is_not_a_mistake(void **state)
{
    (void)state;
    assert_int_equal(read_line("--help"), 0);
    assert_null(line.command);
    assert_int_equal(read_line("voucher issue --help"), 0);
    assert_null(line.command);
    assert_int_equal(read_line("--help voucher issue"), 0);
    assert_null(line.command);
}

static void reads_rows(void **state)
{
    (void)state;
    assert_int_equal(
        read_row("{\"command\":\"voucher issue\",\"measure\":\"1\",\"enterprise\":\"" BUYER
                 "\",\"amount\":\"500000.00\",\"year\":2025,\"attest\":{\"a\":\"x=y\",\"b\":\"z\"},"
                 "\"trait\":[\"industrial\",\"t=2025-01-01..\"],"
                 "\"request_id\":\"0190163d8694739baea5966c26f8ad91\"}"),
        0);
    assert_ptr_equal(row.command, &issue);
    assert_true(row.has_request_id);
    assert_int_equal(value_of(&row.values, "amount")->money.fen, 50000000);
    assert_int_equal(value_of(&row.values, "year")->year, 2025);
    assert_int_equal(value_of(&row.values, "attest")->n, 2);
    assert_string_equal(value_of(&row.values, "attest")->pairs[0].document, "x=y");
    assert_int_equal(value_of(&row.values, "trait")->n, 2);
    assert_int_equal(read_row("{\"command\":\"voucher redeem\",\"id\":7}"), 0);
    assert_int_equal(value_of(&row.values, "voucher")->number, 7);
    assert_false(row.has_request_id);
    assert_int_equal(read_row("{\"voucher\":\"7\",\"command\":\"voucher redeem\"}"), 0);
    assert_int_equal(value_of(&row.values, "voucher")->number, 7);
}

static void tells_what_is_wrong_in_rows(void **state)
{
#define ISSUE  "{\"command\":\"voucher issue\",\"measure\":\"1\",\"enterprise\":\"" BUYER "\""
#define REDEEM "{\"command\":\"voucher redeem\",\"voucher\":7"
    static const struct {
        const char *line, *field, *value;
    } wrong[] = {
        {"", "line", ""},
        {"x", "line", "x"},
        {"[]", "line", "[]"},
        {"{", "line", NULL},
        {"{} {}", "line", NULL},
        {"{\"measure\":\"1\"}", "command", ""},
        {"{\"command\":1}", "command", "1"},
        {"{\"command\":\"voucher\"}", "command", "\"voucher\""},
        {"{\"command\":\"show\",\"voucher\":1}", "command", "\"show\""},
        {REDEEM ",\"fly\":1}", "fly", "1"},
        {REDEEM ",\"voucher\":7}", "voucher", NULL},
        {REDEEM ",\"id\":7}", "voucher", "7"},
        {REDEEM ",\"dated\":20250101}", "dated", "20250101"},
        {REDEEM ",\"dated\":\"2025-13-01\"}", "dated", "2025-13-01"},
        {REDEEM ",\"dated\":null}", "dated", "null"},
        {REDEEM ",\"request_id\":5}", "request_id", "5"},
        {REDEEM ",\"request_id\":\"zz\"}", "request_id", "zz"},
        {"{\"command\":\"voucher redeem\"}", "voucher", ""},
        {"{\"command\":\"voucher redeem\",\"voucher\":0}", "voucher", "0"},
        {"{\"command\":\"voucher redeem\",\"voucher\":-1}", "voucher", "-1"},
        {"{\"command\":\"voucher redeem\",\"voucher\":1.0}", "voucher", "1.0"},
        {ISSUE ",\"amount\":500000.00}", "amount", "500000.0"},
        {ISSUE ",\"amount\":5}", "amount", "5"},
        {ISSUE ",\"amount\":\"5,000\"}", "amount", "5,000"},
        {ISSUE ",\"attest\":\"a=b\"}", "attest", "\"a=b\""},
        {ISSUE ",\"attest\":{\"a\":1}}", "attest", "1"},
        {ISSUE ",\"attest\":{\"a=b\":\"c\"}}", "attest", "a=b"},
        {ISSUE ",\"attest\":{\"a\":\"b\",\"a\":\"c\"}}", "a", NULL},
        {ISSUE ",\"trait\":\"t\"}", "trait", "\"t\""},
        {ISSUE ",\"trait\":[1]}", "trait", "1"},
        {ISSUE ",\"amount\":\"a\\u0000b\"}", "line", NULL},
        {ISSUE ",\"colour\":\"\\ud800\"}", "line", NULL},
        {ISSUE ",\"colour\":\"\xff\"}", "line", NULL},
        {"{\"command\":\"voucher issue\",\"measure\":1}", "measure", "1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (read_row(wrong[i].line) != ERR_INVALID)
            fail_msg("taken: %s", wrong[i].line);
        if (strcmp(fault.field, wrong[i].field) != 0 ||
            (wrong[i].value && strcmp(fault.value, wrong[i].value) != 0))
            fail_msg("%s: told as %s: '%s': %s", wrong[i].line, fault.field, fault.value,
                     fault.expected);
        assert_true(fault.expected[0] != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_options_and_arguments),
        cmocka_unit_test(reads_global_options_before_and_after),
        cmocka_unit_test(tells_what_is_wrong),
        cmocka_unit_test(takes_no_more_pairs_than_have_room),
        cmocka_unit_test(help_is_not_a_mistake),
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(tells_what_is_wrong_in_rows),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
