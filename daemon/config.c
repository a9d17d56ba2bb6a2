/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define LISTEN_MODE 0660
#define MAP_MIN     (UINT64_C(1) << 20)
#define MAP_MAX     (UINT64_C(1) << 46) /* 64 TiB: half of a process's address space */

/* What one principal may have where nothing was said: there is always something left for others. */
static void share_out(struct config_limits *l)
{
    if (l->connections_each == 0)
        l->connections_each = (l->connections + 1) / 2;
    if (l->queue_each == 0)
        l->queue_each = (l->queue + 1) / 2;
    if (l->queue_bytes_each == 0)
        l->queue_bytes_each = l->queue_bytes / 2;
}

void config_start(struct config *c)
{
    memset(c, 0, sizeof *c);
    c->limits = (struct config_limits){
        .connections = LIMIT_CONNECTIONS,
        .under_way = LIMIT_UNDER_WAY,
        .queue = LIMIT_QUEUE_JOBS,
        .queue_bytes = LIMIT_QUEUE_BYTES,
        .group = LIMIT_GROUP_USUAL,
        .outbox = LIMIT_OUTBOX,
        .outbox_each = LIMIT_OUTBOX_EACH,
        .outbox_all = LIMIT_OUTBOX_ALL,
    };
    share_out(&c->limits);
}

int listen_parse(const char *addr, const char *field, struct fault *f, struct config_listen *out)
{
    if (strncmp(addr, "unix:", 5) != 0 || addr[5] == 0)
        return fault_set(f, field, addr, "unix:PATH");
    if (strlen(addr + 5) > SOCKET_PATH)
        return fault_set(f, field, addr, "a path of at most %zu bytes", SOCKET_PATH);
    *out = (struct config_listen){.mode = LISTEN_MODE};
    snprintf(out->path, sizeof out->path, "%s", addr + 5);
    return 0;
}

int size_parse(const char *text, const char *field, struct fault *f, uint64_t *out)
{
    static const char units[] = "KMGT";
    uint64_t v = 0;
    const char *p = text;
    bool fits = true;
    for (; *p >= '0' && *p <= '9'; p++)
        fits = fits && !__builtin_mul_overflow(v, UINT64_C(10), &v) &&
               !__builtin_add_overflow(v, (uint64_t)(*p - '0'), &v);
    bool digits = p > text;
    const char *unit = *p ? strchr(units, *p) : NULL;
    if (unit) {
        fits = fits && !__builtin_mul_overflow(v, UINT64_C(1024) << 10 * (unit - units), &v);
        p++;
    }
    if (!digits || *p || !fits || v < MAP_MIN || v > MAP_MAX)
        return fault_set(f, field, text, "a size from 1M to 64T, such as 16G");
    *out = v;
    return 0;
}

static void read_size(struct doc *d, struct doc_node *n, const char *field, uint64_t *out)
{
    char text[32];
    struct fault f;
    if (doc_text(d, n, text, sizeof text - 1) && size_parse(text, field, &f, out) < 0)
        doc_mistake(d, n, "%s: '%s': %s", f.field, f.value, f.expected);
}

/* Octal as chmod takes it, the leading 0 not needed. */
static void read_mode(struct doc *d, struct doc_node *n, unsigned *out)
{
    char text[16], *end;
    if (!doc_text(d, n, text, sizeof text - 1))
        return;
    unsigned long v = strtoul(text, &end, 8);
    if (text[0] < '0' || text[0] > '7' || *end || v > 0777)
        doc_mistake(d, n, "mode: '%s': an octal mode such as 0660", text);
    else
        *out = (unsigned)v;
}

static void read_roles(struct doc *d, struct doc_node *n, unsigned *out)
{
    int count = doc_count(d, n);
    if (n && count == 0)
        doc_mistake(d, n,
                    "roles: at least one of maker, checker, query, reconcile, auditor, admin");
    for (int i = 0; i < count; i++) {
        int role;
        if (doc_word(d, doc_item(d, n, i), "roles", role_names, &role))
            *out |= 1U << role;
    }
}

/* A name once in the file: it is what the book knows people by. */
static bool is_named(const struct config *c, const char *name, const struct principal *but)
{
    for (int i = 0; i < c->nprincipals; i++)
        if (&c->principals[i].principal != but &&
            strcmp(c->principals[i].principal.name, name) == 0)
            return true;
    for (int i = 0; i < c->nlisten; i++)
        if (&c->listen[i].principal != but && strcmp(c->listen[i].principal.name, name) == 0)
            return true;
    return false;
}

static void read_name(struct doc *d, struct doc_node *n, const struct config *c,
                      struct principal *out)
{
    char text[LIMIT_PRINCIPAL + 1];
    if (!doc_text(d, n, text, LIMIT_PRINCIPAL))
        return;
    if (!text_is_line(text, strlen(text), LIMIT_PRINCIPAL))
        doc_mistake(d, n,
                    "principal: '%s': 1 to %d bytes without control characters or outer blanks",
                    text, LIMIT_PRINCIPAL);
    else if (is_named(c, text, out))
        doc_mistake(d, n, "principal: '%s': named twice; each principal once", text);
    else
        snprintf(out->name, sizeof out->name, "%s", text);
}

static void read_listen(struct doc *d, struct doc_node *item, struct config *c)
{
    struct config_listen *l = &c->listen[c->nlisten];
    *l = (struct config_listen){.mode = LISTEN_MODE};
    c->nlisten++;
    struct doc_node *addr = doc_need(d, item, "addr");
    struct doc_node *mode = doc_may(d, item, "mode");
    struct doc_node *principal = doc_may(d, item, "principal");
    struct doc_node *roles = principal ? doc_need(d, item, "roles") : doc_may(d, item, "roles");
    char text[SOCKET_PATH + 64];
    struct fault f;
    if (doc_text(d, addr, text, sizeof text - 1)) {
        if (listen_parse(text, "addr", &f, l) < 0)
            doc_mistake(d, addr, "%s: '%s': %s", f.field, f.value, f.expected);
        for (int i = 0; i + 1 < c->nlisten; i++)
            if (l->path[0] && strcmp(c->listen[i].path, l->path) == 0)
                doc_mistake(d, addr, "addr: '%s': given twice", text);
    }
    read_mode(d, mode, &l->mode);
    if (roles && !principal)
        doc_mistake(d, roles, "roles: only with a principal, whom the socket then stands for");
    if (principal) {
        l->has_principal = true;
        read_name(d, principal, c, &l->principal);
        read_roles(d, roles, &l->principal.roles);
    }
    doc_end(d, item);
}

static void read_ids(struct doc *d, struct doc_node *item, struct config_principal *p)
{
    struct doc_node *uid = doc_may(d, item, "uid"), *user = doc_may(d, item, "user");
    struct doc_node *gid = doc_may(d, item, "gid"), *group = doc_may(d, item, "group");
    char name[256];
    int id;
    if (uid && user)
        doc_mistake(d, user, "user: either uid or user");
    if (gid && group)
        doc_mistake(d, group, "group: either gid or group");
    if (!uid && !user && !gid && !group)
        doc_mistake(d, item, "a principal needs uid or user, or gid or group");
    if (doc_int(d, uid, "uid", 0, INT32_MAX, &id)) {
        p->has_uid = true;
        p->uid = (uid_t)id;
    }
    if (doc_int(d, gid, "gid", 0, INT32_MAX, &id)) {
        p->has_gid = true;
        p->gid = (gid_t)id;
    }
    if (doc_text(d, user, name, sizeof name - 1)) {
        struct passwd *pw = getpwnam(name);
        if (!pw)
            doc_mistake(d, user, "user: '%s': a user of this machine", name);
        p->has_uid = true;
        p->uid = pw ? pw->pw_uid : (uid_t)-1;
    }
    if (doc_text(d, group, name, sizeof name - 1)) {
        struct group *gr = getgrnam(name);
        if (!gr)
            doc_mistake(d, group, "group: '%s': a group of this machine", name);
        p->has_gid = true;
        p->gid = gr ? gr->gr_gid : (gid_t)-1;
    }
}

static void read_principal(struct doc *d, struct doc_node *item, struct config *c)
{
    struct config_principal *p = &c->principals[c->nprincipals];
    *p = (struct config_principal){0};
    c->nprincipals++;
    read_name(d, doc_need(d, item, "name"), c, &p->principal);
    read_ids(d, item, p);
    read_roles(d, doc_need(d, item, "roles"), &p->principal.roles);
    doc_end(d, item);
    for (int i = 0; i + 1 < c->nprincipals; i++) {
        const struct config_principal *q = &c->principals[i];
        if (q->has_uid == p->has_uid && q->has_gid == p->has_gid && q->uid == p->uid &&
            q->gid == p->gid && (p->has_uid || p->has_gid))
            doc_mistake(d, item, "the same uid and gid as principal '%s': only one can be meant",
                        q->principal.name);
    }
}

static void read_list(struct doc *d, struct doc_node *list, const char *what, int limit,
                      void (*read)(struct doc *, struct doc_node *, struct config *),
                      struct config *c)
{
    int n = doc_count(d, list);
    if (n > limit)
        doc_mistake(d, list, "%s: at most %d", what, limit);
    for (int i = 0; i < n && i < limit; i++)
        read(d, doc_item(d, list, i), c);
}

static void read_limits(struct doc *d, struct doc_node *map, struct config_limits *l)
{
    if (!map)
        return;
    const struct {
        const char *key;
        int min, max;
        int *out;
    } list[] = {
        {"connections", 1, LIMIT_CONNECTIONS, &l->connections},
        {"connections-per-principal", 1, LIMIT_CONNECTIONS, &l->connections_each},
        {"under-way", 1, LIMIT_UNDER_WAY, &l->under_way},
        {"queue", 1, LIMIT_QUEUE_JOBS, &l->queue},
        {"queue-per-principal", 1, LIMIT_QUEUE_JOBS, &l->queue_each},
        {"queue-bytes", LIMIT_FRAME, LIMIT_QUEUE_BYTES, &l->queue_bytes},
        {"queue-bytes-per-principal", LIMIT_SHORT_FRAME, LIMIT_QUEUE_BYTES, &l->queue_bytes_each},
        {"group", 1, LIMIT_GROUP, &l->group},
        {"outbox-bytes", 64 * 1024, LIMIT_OUTBOX, &l->outbox},
        {"outbox-bytes-per-principal", 64 * 1024, LIMIT_OUTBOX_ALL, &l->outbox_each},
        {"outbox-bytes-in-all", 64 * 1024, LIMIT_OUTBOX_ALL, &l->outbox_all},
    };
    l->connections_each = l->queue_each = l->queue_bytes_each = 0;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        (void)doc_int(d, doc_may(d, map, list[i].key), list[i].key, list[i].min, list[i].max,
                      list[i].out);
    share_out(l);
    doc_end(d, map);
}

int config_read(struct span bytes, const char *name, struct mistakes *m, struct config *c)
{
    struct doc *d;
    int rc = doc_read(bytes, name, m, &d);
    if (rc < 0)
        return rc;
    struct doc_node *root = doc_root(d);
    (void)doc_text(d, doc_may(d, root, "book"), c->book, CONFIG_PATH);
    read_size(d, doc_may(d, root, "journal-map"), "journal-map", &c->journal_map);
    read_size(d, doc_may(d, root, "tables-map"), "tables-map", &c->tables_map);
    (void)doc_text(d, doc_may(d, root, "person-key"), c->person_key, CONFIG_PATH);
    read_list(d, doc_may(d, root, "listen"), "listen", CONFIG_LISTEN, read_listen, c);
    read_list(d, doc_may(d, root, "principals"), "principals", CONFIG_PRINCIPALS, read_principal,
              c);
    read_limits(d, doc_may(d, root, "limits"), &c->limits);
    doc_end(d, root);
    doc_free(d);
    return m->n > 0 ? ERR_INVALID : 0;
}

static int read_whole(int fd, struct buf *b)
{
    for (;;) {
        if (b->n > CONFIG_BYTES)
            return ERR_RANGE;
        int rc = buf_reserve(b, 65536);
        if (rc < 0)
            return rc;
        ssize_t n = read(fd, b->p + b->n, 65536);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return ERR_IO;
        if (n > 0)
            b->n += (size_t)n;
    }
}

int config_load(const char *file, struct mistakes *m, struct fault *f, struct config *c)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int code = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        (void)fault_set(f, "config", file, "a readable file: %s", strerror(errno));
        return code;
    }
    struct buf b = {0};
    int rc = read_whole(fd, &b);
    if (rc < 0)
        (void)fault_set(f, "config", file, "a readable file of at most %d bytes", CONFIG_BYTES);
    close(fd);
    if (rc == 0)
        rc = config_read(SPAN(b.p, b.n), file, m, c);
    if (rc == ERR_MEMORY)
        (void)fault_set(f, "config", file, "more memory");
    buf_free(&b);
    return rc;
}

static bool has_gid(gid_t gid, const gid_t gids[], int n)
{
    for (int i = 0; i < n; i++)
        if (gids[i] == gid)
            return true;
    return false;
}

const struct principal *config_find(const struct config *c, uid_t uid, const gid_t gids[],
                                    int ngids)
{
    const struct principal *by_group = NULL;
    for (int i = 0; i < c->nprincipals; i++) {
        const struct config_principal *p = &c->principals[i];
        if ((p->has_uid && p->uid != uid) || (p->has_gid && !has_gid(p->gid, gids, ngids)))
            continue;
        if (p->has_uid)
            return &p->principal;
        if (!by_group)
            by_group = &p->principal;
    }
    return by_group;
}
