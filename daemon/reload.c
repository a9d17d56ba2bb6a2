/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/log.h"

/* ---- What stays ---- */

typedef void tell(void *arg, const struct reload_later *l);

static void keep_map(const char *key, uint64_t is, uint64_t *asked, tell *told, void *arg)
{
    char a[24], b[24];
    snprintf(a, sizeof a, "%llu", (unsigned long long)is);
    snprintf(b, sizeof b, "%llu", (unsigned long long)*asked);
    const struct reload_later l = {key, is ? a : "", *asked ? b : ""};
    if (*asked != is)
        told(arg, &l);
    *asked = is;
}

static const struct config_listen *find_path(const struct config *c, const char *path)
{
    for (int i = 0; i < c->nlisten; i++)
        if (strcmp(c->listen[i].path, path) == 0)
            return &c->listen[i];
    return NULL;
}

#define LISTEN_TEXT (SOCKET_PATH + 32)

static const char *listen_text(const struct config_listen *l, char out[static LISTEN_TEXT])
{
    out[0] = 0;
    if (l)
        snprintf(out, LISTEN_TEXT, "unix:%s mode %04o", l->path, l->mode);
    return out;
}

static void tell_listen(const struct config_listen *is, const struct config_listen *asked,
                        tell *told, void *arg)
{
    char a[LISTEN_TEXT], b[LISTEN_TEXT];
    const struct reload_later l = {"listen", listen_text(is, a), listen_text(asked, b)};
    if (strcmp(a, b) != 0)
        told(arg, &l);
}

static void keep_listen(const struct config *holds, struct config *fresh, tell *told, void *arg)
{
    struct config_listen keep[CONFIG_LISTEN];
    for (int i = 0; i < holds->nlisten; i++) {
        const struct config_listen *is = &holds->listen[i], *asked = find_path(fresh, is->path);
        tell_listen(is, asked, told, arg);
        keep[i] = *is;
        keep[i].has_principal = asked && asked->has_principal;
        keep[i].principal = asked ? asked->principal : (struct principal){0};
    }
    for (int i = 0; i < fresh->nlisten; i++)
        if (!find_path(holds, fresh->listen[i].path))
            tell_listen(NULL, &fresh->listen[i], told, arg);
    fresh->nlisten = holds->nlisten;
    memcpy(fresh->listen, keep, (size_t)holds->nlisten * sizeof keep[0]);
}

void reload_keep(const struct config *holds, struct config *fresh, tell *told, void *arg)
{
    const struct reload_later book = {"book", holds->book, fresh->book};
    if (strcmp(holds->book, fresh->book) != 0)
        told(arg, &book);
    memcpy(fresh->book, holds->book, sizeof fresh->book);
    keep_map("journal-map", holds->journal_map, &fresh->journal_map, told, arg);
    keep_map("tables-map", holds->tables_map, &fresh->tables_map, told, arg);
    keep_listen(holds, fresh, told, arg);
}

/* ---- Reading ---- */

static void log_later(void *arg, const struct reload_later *l)
{
    (void)arg;
    LOG(LEVEL_WARNING, "needs_restart", LOG_TEXT("key", l->key), LOG_TEXT("is", l->is),
        LOG_TEXT("asked", l->asked));
}

/* Each mistake at its place. Returns the first. */
static const char *log_mistakes(const struct mistakes *m, char *first, size_t cap)
{
    for (int i = 0; i < m->n; i++)
        LOG(LEVEL_ERROR, "config_wrong", LOG_TEXT("file", m->file),
            LOG_NUMBER("line", m->list[i].line), LOG_NUMBER("column", m->list[i].column),
            LOG_TEXT("mistake", m->list[i].text));
    if (m->more)
        LOG(LEVEL_ERROR, "config_wrong", LOG_TEXT("file", m->file), LOG_NUMBER("more", m->more));
    return mistake_text(m, 0, first, cap);
}

static int read_checked(const struct options *o, struct mistakes *m, char *why, size_t cap,
                        struct config *c)
{
    struct fault f = {0};
    int rc = settings_read(o, m, &f, c);
    if (rc == ERR_INVALID) {
        (void)log_mistakes(m, why, cap);
        return rc;
    }
    const char *lack = rc < 0 ? f.expected : settings_complete(o, c);
    if (!lack)
        return 0;
    snprintf(why, cap, rc < 0 ? "%s: expected %s" : "%s: %s", o->config_file, lack);
    return rc < 0 ? rc : ERR_INVALID;
}

/* A manager shows no status that is not UTF-8: shortened between characters. */
static void set_status(char status[static RELOAD_STATUS], const char *what, const char *of)
{
    size_t n = (size_t)snprintf(status, RELOAD_STATUS, "%s", what);
    text_printable(of, strlen(of), status + n, RELOAD_STATUS - n);
}

static int left(const char *why, int rc, char status[static RELOAD_STATUS])
{
    LOG(LEVEL_ERROR, "reload_failed", LOG_TEXT("reason", why),
        LOG_TEXT("holds", "the configuration as it was"));
    set_status(status, "the configuration was not reloaded: ", why);
    return rc;
}

void reload_status(const struct config *c, char status[static RELOAD_STATUS])
{
    set_status(status, "serving ", c->book);
}

int reload_read(const struct options *o, const struct config *holds,
                char status[static RELOAD_STATUS], struct config **out)
{
    char why[sizeof((struct mistakes *)0)->file + sizeof((struct mistake *)0)->text + 32] =
        "there is no memory";
    if (!o->config_file)
        return left("the daemon was started without --config", ERR_NOT_FOUND, status);
    struct mistakes *m = calloc(1, sizeof *m);
    struct config *fresh = calloc(1, sizeof *fresh);
    int rc = m && fresh ? read_checked(o, m, why, sizeof why, fresh) : ERR_MEMORY;
    free(m);
    if (rc == 0 && strcmp(fresh->person_key, holds->person_key) != 0) {
        snprintf(why, sizeof why,
                 "person-key: the file named at the start, for the book's life: '%.400s'",
                 holds->person_key);
        rc = ERR_INVALID;
    }
    if (rc < 0) {
        free(fresh);
        return left(why, rc, status);
    }
    reload_keep(holds, fresh, log_later, NULL);
    reload_status(fresh, status);
    *out = fresh;
    return 0;
}
