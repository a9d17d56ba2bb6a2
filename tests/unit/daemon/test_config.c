/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: what is read, each mistake at its place, and who a peer is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

static struct config *config;
static struct mistakes *mistakes;

static int read_text(const char *text)
{
    memset(mistakes, 0, sizeof *mistakes);
    config_start(config);
    return config_read(span_of_text(text), "t.yaml", mistakes, config);
}

/* Reads a file with one mistake. */
static void check_wrong(const char *text, int line, const char *part)
{
    assert_int_equal(read_text(text), ERR_INVALID);
    assert_int_equal(mistakes->n, 1);
    assert_int_equal(mistakes->list[0].line, line);
    if (!strstr(mistakes->list[0].text, part))
        fail_msg("'%s' is not in '%s'", part, mistakes->list[0].text);
}

static void test_whole(void **state)
{
    (void)state;
    assert_int_equal(read_text("book: /srv/book\n"
                               "journal-map: 16G\n"
                               "tables-map: 512M\n"
                               "person-key: /etc/voucherd/person.key\n"
                               "listen:\n"
                               "  - addr: unix:/run/a.sock\n"
                               "    mode: 0600\n"
                               "    principal: treasury\n"
                               "    roles: [reconcile, query]\n"
                               "  - {addr: 'unix:b.sock'}\n"
                               "principals:\n"
                               "  - {name: 王, uid: 1001, roles: [maker]}\n"
                               "  - {name: root, user: root, group: root, roles: [checker]}\n"
                               "limits:\n"
                               "  connections: 7\n"
                               "  group: 9\n"),
                     0);
    assert_string_equal(config->book, "/srv/book");
    assert_int_equal(config->journal_map, UINT64_C(16) << 30);
    assert_int_equal(config->tables_map, UINT64_C(512) << 20);
    assert_string_equal(config->person_key, "/etc/voucherd/person.key");
    assert_int_equal(config->nlisten, 2);
    assert_string_equal(config->listen[0].path, "/run/a.sock");
    assert_int_equal(config->listen[0].mode, 0600);
    assert_true(config->listen[0].has_principal);
    assert_string_equal(config->listen[0].principal.name, "treasury");
    assert_int_equal(config->listen[0].principal.roles, ROLE_RECONCILE | ROLE_QUERY);
    assert_int_equal(config->listen[1].mode, 0660);
    assert_false(config->listen[1].has_principal);
    assert_int_equal(config->nprincipals, 2);
    assert_string_equal(config->principals[0].principal.name, "王");
    assert_int_equal(config->principals[0].uid, 1001);
    assert_false(config->principals[0].has_gid);
    assert_true(config->principals[1].has_uid && config->principals[1].has_gid);
    assert_int_equal(config->limits.connections, 7);
    assert_int_equal(config->limits.group, 9);
    assert_int_equal(config->limits.queue, LIMIT_QUEUE_JOBS);
}

static void test_mistakes(void **state)
{
    (void)state;
    check_wrong("book: a\nbok: b\n", 2, "bok");
    check_wrong("journal-map: 16\n", 1, "1M to 64T");
    check_wrong("listen:\n  - addr: tcp:1\n", 2, "unix:PATH");
    check_wrong("listen:\n  - addr: unix:a\n    mode: 0999\n", 3, "octal");
    check_wrong("listen:\n  - addr: unix:a\n    mode: 01777\n", 3, "octal");
    check_wrong("listen:\n  - addr: unix:a\n    roles: [maker]\n", 3, "principal");
    check_wrong("listen:\n  - addr: unix:a\n    principal: b\n", 2, "roles");
    check_wrong("listen:\n  - addr: unix:a\n  - addr: unix:a\n", 3, "twice");
    check_wrong("principals:\n  - {name: a, uid: 1, roles: [boss]}\n", 2, "maker");
    check_wrong("principals:\n  - {name: a, uid: 1, roles: []}\n", 2, "at least one");
    check_wrong("principals:\n  - {name: a, uid: -1, roles: [maker]}\n", 2, "uid");
    check_wrong("principals:\n  - {name: a, roles: [maker]}\n", 2, "uid or user");
    check_wrong("principals:\n  - {name: a, uid: 0, user: root, roles: [maker]}\n", 2, "either");
    check_wrong("principals:\n  - {name: a, user: no such user, roles: [maker]}\n", 2, "user");
    check_wrong("principals:\n  - {name: a, uid: 1, roles: [maker]}\n"
                "  - {name: a, uid: 2, roles: [maker]}\n",
                3, "twice");
    check_wrong("principals:\n  - {name: a, uid: 1, roles: [maker]}\n"
                "  - {name: b, uid: 1, roles: [maker]}\n",
                3, "principal 'a'");
    check_wrong("listen:\n  - {addr: 'unix:a', principal: a, roles: [maker]}\n"
                "principals:\n  - {name: a, uid: 1, roles: [maker]}\n",
                4, "twice");
    check_wrong("limits:\n  group: 5000\n", 2, "group");
    check_wrong("limits:\n  groups: 5\n", 2, "groups");
}

static void test_every_mistake_is_told(void **state)
{
    (void)state;
    assert_int_equal(read_text("bok: a\ntables-map: x\nlimits: {group: 0}\n"), ERR_INVALID);
    assert_int_equal(mistakes->n, 3);
}

static void test_files(void **state)
{
    (void)state;
    struct fault f = {0};
    memset(mistakes, 0, sizeof *mistakes);
    config_start(config);
    assert_int_equal(config_load("no/such/file", mistakes, &f, config), ERR_NOT_FOUND);
    assert_string_equal(f.value, "no/such/file");
}

static void test_sizes(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "G",
                                        "16g",
                                        "16GB",
                                        "1.5G",
                                        "-1G",
                                        "+1G",
                                        " 1G",
                                        "1 G",
                                        "1023K",
                                        "65T",
                                        "18446744073709551617",
                                        "99999999999999T"};
    struct fault f;
    uint64_t v = 1;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(size_parse(wrong[i], "x", &f, &v), ERR_INVALID);
    assert_int_equal(v, 1);
    assert_int_equal(size_parse("64T", "x", &f, &v), 0);
    assert_int_equal(v, UINT64_C(1) << 46);
    assert_int_equal(size_parse("1048576", "x", &f, &v), 0);
    assert_int_equal(v, 1 << 20);
}

static void test_addresses(void **state)
{
    (void)state;
    char path[SOCKET_PATH + 8] = "unix:";
    struct config_listen l;
    struct fault f;
    memset(path + 5, 'a', SOCKET_PATH);
    assert_int_equal(listen_parse(path, "addr", &f, &l), 0);
    assert_int_equal(strlen(l.path), SOCKET_PATH);
    path[SOCKET_PATH + 5] = 'a';
    assert_int_equal(listen_parse(path, "addr", &f, &l), ERR_INVALID);
    assert_int_equal(listen_parse("unix:", "addr", &f, &l), ERR_INVALID);
    assert_int_equal(listen_parse("/run/a", "addr", &f, &l), ERR_INVALID);
}

static void check_peer(uid_t uid, gid_t gid, const char *name)
{
    const struct principal *p = config_find(config, uid, &gid, 1);
    if (!name)
        assert_null(p);
    else
        assert_string_equal(p->name, name);
}

static void test_who_a_peer_is(void **state)
{
    (void)state;
    assert_int_equal(read_text("principals:\n"
                               "  - {name: staff, gid: 50, roles: [query]}\n"
                               "  - {name: li, uid: 10, roles: [maker]}\n"
                               "  - {name: both, uid: 11, gid: 51, roles: [maker]}\n"
                               "  - {name: later, gid: 50, uid: 12, roles: [maker]}\n"),
                     0);
    check_peer(10, 50, "li");
    check_peer(13, 50, "staff");
    check_peer(11, 51, "both");
    check_peer(11, 52, NULL);
    check_peer(12, 50, "later");
    check_peer(0, 0, NULL);
    const gid_t further[] = {1, 2, 50};
    assert_string_equal(config_find(config, 99, further, 3)->name, "staff");
}

static int start(void **state)
{
    (void)state;
    config = calloc(1, sizeof *config);
    mistakes = calloc(1, sizeof *mistakes);
    return config && mistakes ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(config);
    free(mistakes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_every_mistake_is_told),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_who_a_peer_is),
    };
    return cmocka_run_group_tests(tests, start, end);
}
