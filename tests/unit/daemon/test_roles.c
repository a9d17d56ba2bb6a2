/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what: every kind of command and query by every role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "daemon/roles.h"

#define ROLES 6

static const struct {
    enum command_kind kind;
    const char *who; /* m c q r a A, in the order of the bits */
} commands[] = {
    {COMMAND_NONE, "......"},
    {COMMAND_CREATE_BOOK, "......"},
    {COMMAND_ADOPT_POLICY, ".c...."},
    {COMMAND_APPROPRIATE, "m....."},
    {COMMAND_ADD_ENTERPRISE, "m....."},
    {COMMAND_ADD_CONTRACT, "m....."},
    {COMMAND_ISSUE, "m....."},
    {COMMAND_REDEEM, "m....."},
    {COMMAND_VOID, "m....."},
    {COMMAND_ADD_OUTSIDE, "m....."},
    {COMMAND_LAPSE, "m..r.."},
    {COMMAND_AMEND_ENTERPRISE, "m....."},
    {COMMAND_RAISE_CEILING, "m....."},
    {COMMAND_WITHDRAW, "m....."},
    {COMMAND_COUNT, "......"},
    {(enum command_kind)1000, "......"},
};

static struct principal with(unsigned roles)
{
    return (struct principal){.name = "li", .roles = roles};
}

static void test_commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        for (unsigned r = 0; r < ROLES; r++) {
            struct principal p = with(1U << r);
            assert_int_equal(may_command(&p, commands[i].kind), commands[i].who[r] != '.');
        }
}

static void test_queries(void **state)
{
    (void)state;
    for (int k = QUERY_NONE; k <= QUERY_COUNT; k++)
        for (unsigned r = 0; r < ROLES; r++) {
            struct principal p = with(1U << r);
            bool is_query = k > QUERY_NONE && k < QUERY_COUNT;
            assert_int_equal(may_query(&p, (enum query_kind)k),
                             is_query && (1U << r) != ROLE_ADMIN);
        }
}

static void test_clock_is_the_admins(void **state)
{
    (void)state;
    struct principal admin = with(ROLE_ADMIN), others = with(ROLES_ALL & ~(unsigned)ROLE_ADMIN);
    assert_true(may_set_clock(&admin));
    assert_false(may_set_clock(&others));
}

static void test_without_roles_nothing(void **state)
{
    (void)state;
    struct principal p = with(0), all = with(ROLES_ALL);
    for (int k = 0; k < COMMAND_COUNT; k++)
        assert_false(may_command(&p, (enum command_kind)k));
    for (int k = 0; k < QUERY_COUNT; k++)
        assert_false(may_query(&p, (enum query_kind)k));
    assert_false(may_set_clock(&p));
    assert_false(may_command(&all, COMMAND_CREATE_BOOK));
}

static void test_why_not(void **state)
{
    (void)state;
    struct principal p = with(ROLE_QUERY);
    struct fault f;
    command_denied(&p, COMMAND_ISSUE, &f);
    assert_string_equal(f.field, "role");
    assert_string_equal(f.value, "li");
    assert_string_equal(f.expected, "the role maker");
    command_denied(&p, COMMAND_LAPSE, &f);
    assert_string_equal(f.expected, "one of the roles maker, reconcile");
    query_denied(&p, QUERY_FUNDS, &f);
    assert_string_equal(f.expected, "one of the roles maker, checker, query, reconcile, auditor");
    set_clock_denied(&p, &f);
    assert_string_equal(f.expected, "the role admin");
    command_denied(&p, COMMAND_CREATE_BOOK, &f);
    assert_string_equal(f.expected, "nobody may do this over a connection");
}

static void test_names(void **state)
{
    (void)state;
    char text[ROLES_TEXT];
    assert_string_equal(roles_format(ROLES_ALL, ", ", text),
                        "maker, checker, query, reconcile, auditor, admin");
    assert_string_equal(roles_format(0, " ", text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_clock_is_the_admins),
        cmocka_unit_test(test_without_roles_nothing),
        cmocka_unit_test(test_why_not),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
