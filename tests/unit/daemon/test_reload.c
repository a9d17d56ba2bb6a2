/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration read anew: what changes at once, what stays until a restart and is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/reload.h"

static struct config *is, *fresh;
static char told[1024];

static void tell(void *arg, const struct reload_later *l)
{
    (void)arg;
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s: '%s' '%s'\n", l->key, l->is, l->asked);
}

static void read_text(const char *text, struct config *out)
{
    struct mistakes *m = calloc(1, sizeof *m);
    assert_non_null(m);
    config_start(out);
    assert_int_equal(config_read(span_of_text(text), "t.yaml", m, out), 0);
    free(m);
}

static void reload(const char *before, const char *after)
{
    told[0] = 0;
    read_text(before, is);
    read_text(after, fresh);
    reload_keep(is, fresh, tell, NULL);
}

#define HEAD                                                                                       \
    "book: /srv/book\njournal-map: 16G\nlisten:\n"                                                 \
    "  - {addr: 'unix:/run/a', mode: 0600, principal: treasury, roles: [reconcile]}\n"             \
    "  - {addr: 'unix:/run/b'}\n"

static void test_principals_and_limits_are_new(void **state)
{
    (void)state;
    reload(HEAD "principals: [{name: wang, uid: 1, roles: [maker]}]\nlimits: {queue: 5}\n",
           HEAD "principals: [{name: li, uid: 2, roles: [query]}]\nlimits: {group: 7}\n");
    assert_string_equal(told, "");
    assert_int_equal(fresh->nprincipals, 1);
    assert_string_equal(fresh->principals[0].principal.name, "li");
    assert_int_equal(fresh->limits.group, 7);
    assert_int_equal(fresh->limits.queue, LIMIT_QUEUE_JOBS);
    assert_int_equal(fresh->nlisten, 2);
}

static void test_what_needs_a_restart_is_told_and_kept(void **state)
{
    (void)state;
    reload(HEAD, "book: /srv/other\ntables-map: 1G\nlisten:\n"
                 "  - {addr: 'unix:/run/c', principal: cashier, roles: [maker]}\n"
                 "  - {addr: 'unix:/run/b', mode: 0666}\n");
    assert_string_equal(told, "book: '/srv/book' '/srv/other'\n"
                              "journal-map: '17179869184' ''\n"
                              "tables-map: '' '1073741824'\n"
                              "listen: 'unix:/run/a mode 0600' ''\n"
                              "listen: 'unix:/run/b mode 0660' 'unix:/run/b mode 0666'\n"
                              "listen: '' 'unix:/run/c mode 0660'\n");
    assert_string_equal(fresh->book, "/srv/book");
    assert_int_equal(fresh->journal_map, UINT64_C(16) << 30);
    assert_int_equal(fresh->tables_map, 0);
    assert_int_equal(fresh->nlisten, 2);
    assert_string_equal(fresh->listen[0].path, "/run/a");
    assert_string_equal(fresh->listen[1].path, "/run/b");
    assert_int_equal(fresh->listen[1].mode, 0660);
}

static void test_a_socket_not_named_names_nobody(void **state)
{
    (void)state;
    reload(HEAD, "book: /srv/book\njournal-map: 16G\nlisten: [{addr: 'unix:/run/b'}]\n");
    assert_false(fresh->listen[0].has_principal);
    assert_int_equal(fresh->listen[0].principal.roles, 0);
}

/* In any order of the file: a socket is known by its path. */
static void test_a_socket_s_principal_is_new(void **state)
{
    (void)state;
    reload(HEAD,
           "book: /srv/book\njournal-map: 16G\nlisten:\n"
           "  - {addr: 'unix:/run/b', principal: night, roles: [query]}\n"
           "  - {addr: 'unix:/run/a', mode: 0600, principal: treasury, roles: [maker, query]}\n");
    assert_string_equal(told, "");
    assert_string_equal(fresh->listen[0].principal.name, "treasury");
    assert_int_equal(fresh->listen[0].principal.roles, ROLE_MAKER | ROLE_QUERY);
    assert_true(fresh->listen[1].has_principal);
    assert_string_equal(fresh->listen[1].principal.name, "night");
}

static int setup(void **state)
{
    (void)state;
    is = calloc(1, sizeof *is);
    fresh = calloc(1, sizeof *fresh);
    return is && fresh ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    free(is);
    free(fresh);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_principals_and_limits_are_new),
        cmocka_unit_test(test_what_needs_a_restart_is_told_and_kept),
        cmocka_unit_test(test_a_socket_not_named_names_nobody),
        cmocka_unit_test(test_a_socket_s_principal_is_new),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
