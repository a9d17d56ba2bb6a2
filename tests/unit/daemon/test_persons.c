/* SPDX-License-Identifier: Apache-2.0 */
/* Persons at the door: the key's file, hashes in the place of numbers, and nothing of a number left
 * behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/person.h"
#include "daemon/persons.h"
#include "wire/message.h"

#define NUMBER "11010519491231002X"
#define HASH   "630dcd29:b668b682ef3fd39970912a8dccf30b72"

static char path[] = "/tmp/test-persons-XXXXXX";
static struct persons *persons;

/* A file of n bytes 0, 1, 2 ... */
static void make_file(size_t n, mode_t mode)
{
    uint8_t bytes[PERSON_KEY_MAX + 1];
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)i;
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && fchmod(fd, mode) == 0);
    close(fd);
}

static void key_wrong(const char *name, const char *expected)
{
    struct fault f;
    struct persons *p = NULL;
    assert_int_equal(persons_new(name, &f, &p), ERR_INVALID);
    assert_null(p);
    assert_string_equal(f.field, "person-key");
    assert_string_equal(f.value, name);
    if (!strstr(f.expected, expected))
        fail_msg("%s", f.expected);
}

static void test_wrong_key_files_are_told(void **state)
{
    (void)state;
    key_wrong("/nonexistent/key", "No such file");
    key_wrong("/tmp", "a file");
    make_file(32, 0440);
    key_wrong(path, "mode 0400: this one has 0440");
    make_file(32, 0604);
    key_wrong(path, "this one has 0604");
    make_file(31, 0400);
    key_wrong(path, "this file has 31");
    make_file(PERSON_KEY_MAX + 1, 0400);
    key_wrong(path, "32 to 4096 bytes");
}

static void test_key_is_read_and_no_core_is_left(void **state)
{
    (void)state;
    struct fault f;
    make_file(PERSON_KEY_MAX, 0600);
    assert_int_equal(persons_new(path, &f, &persons), 0);
    persons_free(persons);
    make_file(32, 0400);
    assert_int_equal(persons_new(path, &f, &persons), 0);
    assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    persons_free(NULL);
}

/* ---- Requests ---- */

static const struct fact facts[] = {{"month", "2025-08"}, {"area", "20"}};

static struct command claim(const char *number)
{
    struct command c = {.kind = COMMAND_ISSUE};
    c.request_id[0] = 1;
    c.issue.measure = "4.1";
    memcpy(c.issue.enterprise.c, "91350602MA000TX06E", USCC_LEN);
    c.issue.nfacts = 2;
    c.issue.facts = facts;
    if (number)
        c.issue.person = (struct person){"person", "resident-id", number};
    return c;
}

static struct arena arena; /* in a room that can be searched */
static uint8_t room[65536];
static struct buf sent;

static bool holds(const void *p, size_t n, const char *text)
{
    return memmem(p, n, text, strlen(text)) != NULL;
}

/* What the daemon reads of commands that a client wrote, and makes of them. */
static struct request take(const struct persons *p, struct command *list, uint32_t n)
{
    const struct request q = {.number = 1, .kind = REQUEST_COMMANDS, .n = n, .commands = list};
    struct to_daemon t;
    struct fault f;
    for (uint32_t i = 0; i < n; i++)
        list[i].request_id[1] = (uint8_t)i;
    memset(room, 0, sizeof room);
    arena = (struct arena){.at = room, .end = room + sizeof room};
    sent.n = 0;
    assert_int_equal(request_write(&q, &sent), 0);
    struct span message = SPAN(sent.p + 4, sent.n - 4);
    assert_int_equal(to_daemon_read(message, &arena, &f, &t), 0);
    assert_int_equal(persons_replace(p, &t.request, &arena, message), 0);
    return t.request;
}

/* Nowhere in the message, nor in what was made of it. */
static void nothing_is_left(void)
{
    assert_false(holds(sent.p, sent.n, NUMBER));
    assert_false(holds(room, sizeof room, NUMBER));
}

static void test_a_hash_takes_the_place_of_a_number(void **state)
{
    (void)state;
    struct command list[] = {claim(NUMBER), claim(NULL)};
    struct request r = take(persons, list, 2);
    assert_null(r.faults);
    const struct issue *i = &r.commands[0].issue;
    assert_int_equal(i->nfacts, 3);
    assert_string_equal(i->facts[0].name, "month");
    assert_string_equal(i->facts[1].value, "20");
    assert_string_equal(i->facts[2].name, "person");
    assert_string_equal(i->facts[2].value, HASH);
    assert_null(i->person.field);
    assert_null(i->person.number);
    assert_int_equal(r.commands[1].issue.nfacts, 2);
    nothing_is_left();
}

static void row_wrong(const struct persons *p, struct command c, const char *field,
                      const char *expected)
{
    struct command list[] = {claim(NULL), c};
    struct request r = take(p, list, 2);
    assert_non_null(r.faults);
    assert_null(r.faults[0]);
    assert_non_null(r.faults[1]);
    assert_string_equal(r.faults[1]->field, field);
    assert_string_equal(r.faults[1]->value, "");
    if (!strstr(r.faults[1]->expected, expected))
        fail_msg("%s", r.faults[1]->expected);
    assert_null(r.commands[1].kind == COMMAND_ISSUE ? r.commands[1].issue.person.number : NULL);
    nothing_is_left();
}

static void test_what_is_wrong_is_told_without_its_number(void **state)
{
    (void)state;
    struct command c = claim("110105194912310021");
    row_wrong(persons, c, "issue.person.number", "check character");
    assert_false(holds(sent.p, sent.n, "110105194912310021"));
    row_wrong(NULL, claim(NUMBER), "issue.person", "person-key");
    c = claim(NUMBER);
    c.issue.person.field = "month"; /* a fact already: the codec tells */
    struct command list[] = {c};
    struct request r = take(persons, list, 1);
    assert_string_equal(r.faults[0]->field, "issue.person.field");
    nothing_is_left();
}

static void test_only_the_daemon_states_hashes(void **state)
{
    (void)state;
    const struct fact hash[] = {{"month", "2025-08"}, {"person", HASH}};
    const struct fact number[] = {{"month", NUMBER}, {"area", "20"}};
    struct command c = claim(NULL);
    c.issue.facts = hash;
    row_wrong(persons, c, "issue.facts[1].value", "no hash");
    row_wrong(NULL, c, "issue.facts[1].value", "no hash");
    c.issue.facts = number;
    row_wrong(persons, c, "issue.facts[0].value", "no number");
    c = (struct command){.kind = COMMAND_ADD_OUTSIDE, .request_id = {1}};
    c.add_outside = (struct add_outside){
        .measure = "4.1", .nfacts = 2, .facts = hash, .amount = MONEY(1), .document = "d"};
    row_wrong(persons, c, "add_outside.facts[1].value", "no hash");
    c.add_outside.facts = number;
    row_wrong(persons, c, "add_outside.facts[0].value", "no number");
}

static int teardown(void **state)
{
    (void)state;
    persons_free(persons);
    buf_free(&sent);
    return unlink(path);
}

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    close(fd);
    return fd < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_key_files_are_told),
        cmocka_unit_test(test_key_is_read_and_no_core_is_left),
        cmocka_unit_test(test_a_hash_takes_the_place_of_a_number),
        cmocka_unit_test(test_what_is_wrong_is_told_without_its_number),
        cmocka_unit_test(test_only_the_daemon_states_hashes),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
