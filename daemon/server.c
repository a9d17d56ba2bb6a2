/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* struct ucred */
#endif
#include "daemon/server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "daemon/session.h"

#define BACKLOG   512
#define FLUSH_US  5000000 /* at stopping, for peers to take their last answers */
#define ACCEPT_US 100000  /* until the next try when there is no file descriptor left */
#define TICK_US   20000   /* between looks whether all is done, while stopping */
#define GROUPS    1024    /* of a peer; who is in more is known by the primary one alone */

struct listener {
    struct server *server;
    const struct config_listen *config;
    struct evconnlistener *evl;
    struct event *again;
    dev_t dev; /* of the socket file, so that only our own is removed */
    ino_t ino;
};

struct server {
    const struct server_config *config;
    struct event_base *base;
    struct dispatch *dispatch;
    struct sessions *sessions;
    struct event *wake, *tick, *signals[2];
    bool stopping;
    int64_t flush_until_us; /* while stopping: 0 until all is answered */
    int code;
    int nlisteners;
    struct listener listeners[CONFIG_LISTEN];
};

/* ---- Stopping ---- */

/* First all that was asked is answered, however long the disk takes; then the answers may flow off,
 * but a peer that does not read can't hold the daemon. */
static void stop_if_done(struct server *s)
{
    if (!s->stopping || (s->code == 0 && handoff_jobs(s->config->handoff) > 0))
        return;
    int64_t now = clock_steady_us();
    if (s->flush_until_us == 0)
        s->flush_until_us = now + FLUSH_US;
    bool drained = sessions_are_drained(s->sessions);
    if (!drained && now < s->flush_until_us)
        return;
    if (!drained)
        LOG(LEVEL_WARNING, "answers_not_read", LOG_NUMBER("seconds", FLUSH_US / 1000000));
    event_base_loopbreak(s->base);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    stop_if_done(arg);
}

static void stop(struct server *s, const char *reason, int code)
{
    if (s->stopping)
        return;
    LOG(code ? LEVEL_ERROR : LEVEL_INFO, "stopping", LOG_TEXT("reason", reason),
        LOG_NUMBER("under_way", handoff_jobs(s->config->handoff)));
    s->stopping = true;
    s->code = code;
    for (int i = 0; i < s->nlisteners; i++) {
        evconnlistener_disable(s->listeners[i].evl);
        evtimer_del(s->listeners[i].again);
    }
    sessions_stop_reading(s->sessions);
    const struct timeval tick = {0, TICK_US};
    event_add(s->tick, &tick);
    stop_if_done(s);
}

static void on_drained(void *arg)
{
    stop_if_done(arg);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    stop(arg, fd == SIGTERM ? "SIGTERM" : "SIGINT", 0);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;
    (void)fd, (void)what;
    int code = dispatch_done(s->dispatch);
    if (code < 0)
        stop(s, "the journal can't be read: see commit_failed", code);
    stop_if_done(s);
}

/* ---- Peers ---- */

static int peer_ids(int fd, struct ucred *cred, gid_t gids[GROUPS], int *ngids)
{
    socklen_t n = sizeof *cred;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, cred, &n) < 0)
        return ERR_SETTING;
    gids[0] = cred->gid;
    n = (socklen_t)((GROUPS - 1) * sizeof(gid_t));
    *ngids = 1;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids + 1, &n) == 0)
        *ngids += (int)(n / sizeof(gid_t));
    return 0;
}

/* Who is not known is told whom we take them for, so that somebody can configure them. */
static void turn_away(struct server *s, const struct listener *l, int fd, const struct ucred *cred)
{
    struct principal nobody = {0};
    struct session *session;
    struct fault f;
    char who[48];
    snprintf(who, sizeof who, "uid %u gid %u", cred->uid, cred->gid);
    LOG(LEVEL_WARNING, "peer_unknown", LOG_TEXT("addr", l->config->path),
        LOG_NUMBER("uid", cred->uid), LOG_NUMBER("gid", cred->gid), LOG_NUMBER("pid", cred->pid));
    snprintf(nobody.name, sizeof nobody.name, "(%s)", who);
    if (session_open(s->sessions, fd, &nobody, &session) < 0)
        return;
    (void)fault_set(&f, "principal", who,
                    "a user whom the daemon's configuration knows: name this uid or a group under "
                    "principals:, with roles");
    session_goodbye(session, &f);
}

static void on_accept(struct evconnlistener *evl, evutil_socket_t fd, struct sockaddr *addr,
                      int len, void *arg)
{
    (void)evl, (void)addr, (void)len;
    const struct listener *l = arg;
    struct server *s = l->server;
    struct ucred cred;
    gid_t gids[GROUPS];
    int ngids;
    struct session *session;
    if (peer_ids(fd, &cred, gids, &ngids) < 0) {
        close(fd);
        return;
    }
    const struct principal *p = l->config->has_principal
                                    ? &l->config->principal
                                    : config_find(s->config->config, cred.uid, gids, ngids);
    if (!p) {
        turn_away(s, l, fd, &cred);
        return;
    }
    int rc = session_open(s->sessions, fd, p, &session);
    if (rc < 0)
        LOG(LEVEL_WARNING, "peer_refused", LOG_TEXT("principal", p->name),
            LOG_TEXT("error", err_text(rc)));
    else
        LOG(LEVEL_DEBUG, "connected", LOG_TEXT("principal", p->name), LOG_NUMBER("uid", cred.uid),
            LOG_NUMBER("pid", cred.pid));
}

static void on_accept_error(struct evconnlistener *evl, void *arg)
{
    struct listener *l = arg;
    const struct timeval tv = {0, ACCEPT_US};
    LOG(LEVEL_ERROR, "accept_failed", LOG_TEXT("addr", l->config->path),
        LOG_TEXT("error", strerror(errno)));
    evconnlistener_disable(evl);
    evtimer_add(l->again, &tv);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)fd, (void)what;
    evconnlistener_enable(l->evl);
}

/* ---- Listening ---- */

/* A socket file that nobody answers on is left from a daemon that died. */
static int clear_path(const struct sockaddr_un *sa, struct fault *f)
{
    struct stat st;
    if (lstat(sa->sun_path, &st) < 0)
        return 0; /* whatever else is wrong, bind tells */
    if (!S_ISSOCK(st.st_mode)) {
        (void)fault_set(f, "addr", sa->sun_path, "a path where no other file is");
        return ERR_EXISTS;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    bool dead = connect(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead) {
        (void)fault_set(f, "addr", sa->sun_path,
                        "a path where no other daemon listens: stop that one, or choose another");
        return ERR_EXISTS;
    }
    unlink(sa->sun_path);
    return 0;
}

/* The file gets its mode between bind and listen, so that nobody connects under another. */
static int bind_path(struct listener *l, int fd, const struct sockaddr_un *sa, struct fault *f)
{
    struct stat st;
    mode_t before = umask(0777);
    int rc = bind(fd, (const struct sockaddr *)sa, sizeof *sa);
    int code = errno;
    umask(before);
    if (rc == 0 && (chmod(sa->sun_path, l->config->mode) < 0 || lstat(sa->sun_path, &st) < 0 ||
                    listen(fd, BACKLOG) < 0)) {
        code = errno;
        unlink(sa->sun_path);
        rc = -1;
    }
    if (rc < 0) {
        (void)fault_set(f, "addr", sa->sun_path, "a path where a socket can be made: %s",
                        strerror(code));
        return ERR_SETTING;
    }
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return 0;
}

static int listen_on(struct server *s, const struct config_listen *c, struct fault *f)
{
    struct listener *l = &s->listeners[s->nlisteners];
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    *l = (struct listener){.server = s, .config = c};
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", c->path);
    int rc = clear_path(&sa, f);
    if (rc < 0)
        return rc;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        (void)fault_set(f, "addr", c->path, "a socket: %s", strerror(errno));
        return ERR_SETTING;
    }
    rc = bind_path(l, fd, &sa, f);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    l->again = evtimer_new(s->base, on_accept_again, l);
    l->evl = l->again ? evconnlistener_new(s->base, on_accept, l,
                                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd)
                      : NULL;
    if (!l->evl) {
        if (l->again)
            event_free(l->again);
        close(fd);
        unlink(sa.sun_path);
        return ERR_MEMORY;
    }
    evconnlistener_set_error_cb(l->evl, on_accept_error);
    s->nlisteners++;
    LOG(LEVEL_INFO, "listening", LOG_TEXT("addr", c->path));
    return 0;
}

static void listeners_close(struct server *s)
{
    for (int i = 0; i < s->nlisteners; i++) {
        struct listener *l = &s->listeners[i];
        struct stat st;
        if (lstat(l->config->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
            unlink(l->config->path);
        evconnlistener_free(l->evl);
        event_free(l->again);
    }
    s->nlisteners = 0;
}

/* ---- Running ---- */

static void event_free_if(struct event *e)
{
    if (e)
        event_free(e);
}

static void server_end(struct server *s)
{
    listeners_close(s);
    sessions_free(s->sessions);
    dispatch_free(s->dispatch);
    event_free_if(s->wake);
    event_free_if(s->tick);
    event_free_if(s->signals[0]);
    event_free_if(s->signals[1]);
    if (s->base)
        event_base_free(s->base);
}

static int server_begin(struct server *s)
{
    const struct server_config *c = s->config;
    const struct config_limits *l = &c->config->limits;
    s->base = event_base_new();
    if (!s->base)
        return ERR_MEMORY;
    s->wake = event_new(s->base, handoff_fd(c->handoff), EV_READ | EV_PERSIST, on_wake, s);
    s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
    s->signals[0] = evsignal_new(s->base, SIGTERM, on_signal, s);
    s->signals[1] = evsignal_new(s->base, SIGINT, on_signal, s);
    if (!s->wake || !s->tick || !s->signals[0] || !s->signals[1] || event_add(s->wake, NULL) < 0 ||
        event_add(s->signals[0], NULL) < 0 || event_add(s->signals[1], NULL) < 0)
        return ERR_MEMORY;
    const struct dispatch_config dc = {.base = s->base,
                                       .book = c->book,
                                       .clock = c->clock,
                                       .handoff = c->handoff,
                                       .entries = c->entries};
    int rc = dispatch_new(&dc, &s->dispatch);
    if (rc < 0)
        return rc;
    const struct session_limits sl = {.connections = (unsigned)l->connections,
                                      .under_way = (unsigned)l->under_way,
                                      .outbox = (size_t)l->outbox};
    rc = sessions_new(s->base, &sl, c->handoff, s->dispatch, on_drained, s, &s->sessions);
    if (rc == 0)
        dispatch_set_sessions(s->dispatch, s->sessions);
    return rc;
}

int server_run(const struct server_config *c, struct fault *f)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_MEMORY;
    s->config = c;
    *f = (struct fault){0};
    signal(SIGPIPE, SIG_IGN);
    int rc = server_begin(s);
    for (int i = 0; rc == 0 && i < c->config->nlisten; i++)
        rc = listen_on(s, &c->config->listen[i], f);
    if (rc == 0) {
        char addr[SOCKET_PATH + 8];
        snprintf(addr, sizeof addr, "unix:%s", c->config->listen[0].path);
        LOG(LEVEL_INFO, "ready", LOG_TEXT("addr", addr), LOG_NUMBER("entries", c->entries),
            LOG_NUMBER("pid", getpid()));
        if (event_base_dispatch(s->base) < 0)
            rc = ERR_IO;
        else
            rc = s->code;
    }
    server_end(s);
    free(s);
    return rc;
}
