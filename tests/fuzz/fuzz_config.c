/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration: one that is taken keeps its limits and names nobody twice, one that is not has
 * its mistakes told at places that are in the file. */
#include "base/limits.h"
#include "daemon/config.h"
#include "tests/fuzz/mistakes.h"

static struct config config;
static struct mistakes mistakes;

static void principal_sound(const struct principal *p)
{
    assert_true(text_is_line(p->name, strnlen(p->name, sizeof p->name), LIMIT_PRINCIPAL));
    assert_true(p->roles != 0 && (p->roles & ~(unsigned)ROLES_ALL) == 0);
}

static void limits_sound(const struct config_limits *l)
{
    assert_in_range(l->connections, 1, LIMIT_CONNECTIONS);
    assert_in_range(l->under_way, 1, LIMIT_UNDER_WAY);
    assert_in_range(l->queue, 1, LIMIT_QUEUE_JOBS);
    assert_in_range(l->queue_bytes, LIMIT_FRAME, LIMIT_QUEUE_BYTES);
    assert_in_range(l->group, 1, LIMIT_GROUP);
    assert_in_range(l->outbox, 64 * 1024, LIMIT_OUTBOX);
    assert_in_range(l->connections_each, 1, LIMIT_CONNECTIONS);
    assert_in_range(l->queue_each, 1, LIMIT_QUEUE_JOBS);
    assert_in_range(l->queue_bytes_each, LIMIT_SHORT_FRAME, LIMIT_QUEUE_BYTES);
    assert_in_range(l->outbox_each, 64 * 1024, LIMIT_OUTBOX_ALL);
    assert_in_range(l->outbox_all, 64 * 1024, LIMIT_OUTBOX_ALL);
}

static void listen_sound(const struct config *c)
{
    assert_in_range(c->nlisten, 0, CONFIG_LISTEN);
    for (int i = 0; i < c->nlisten; i++) {
        const struct config_listen *l = &c->listen[i];
        assert_in_range(strnlen(l->path, sizeof l->path), 1, SOCKET_PATH);
        assert_true(l->mode <= 0777);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(l->path, c->listen[j].path);
        if (l->has_principal)
            principal_sound(&l->principal);
    }
}

static void principals_sound(const struct config *c)
{
    assert_in_range(c->nprincipals, 0, CONFIG_PRINCIPALS);
    for (int i = 0; i < c->nprincipals; i++) {
        const struct config_principal *p = &c->principals[i];
        principal_sound(&p->principal);
        assert_true(p->has_uid || p->has_gid);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(p->principal.name, c->principals[j].principal.name);
        assert_non_null(config_find(c, p->uid, &p->gid, 1));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    mistakes.n = mistakes.more = 0;
    config_start(&config);
    int rc = config_read(SPAN(p, n), "file", &mistakes, &config);
    mistakes_sound(&mistakes, SPAN(p, n));
    if (rc < 0) {
        assert_int_equal(rc, ERR_INVALID);
        assert_true(mistakes.n > 0);
        return 0;
    }
    assert_int_equal(mistakes.n, 0);
    assert_true(strnlen(config.book, sizeof config.book) <= CONFIG_PATH);
    listen_sound(&config);
    principals_sound(&config);
    limits_sound(&config.limits);
    return 0;
}
