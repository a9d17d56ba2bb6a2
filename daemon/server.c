/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* struct ucred */
#endif
#include "daemon/server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "daemon/progress.h"
#include "daemon/reload.h"
#include "daemon/service.h"
#include "daemon/session.h"

#define FLUSH_US  5000000 /* at stopping, for peers to take their last answers */
#define ACCEPT_US 100000  /* until the next try when there is no file descriptor left */
#define ACCEPTS   8       /* in a row, before those who are connected have their turn */
#define TICK_US   20000   /* between looks whether all is done, while stopping */
#define GROUPS    1024    /* of a peer; who is in more is known by the primary one alone */
#define LOOKS     4       /* at whether all goes on, in the time that the watchdog gives */

struct listener {
    struct server *server;
    const struct config_listen *config;
    struct evconnlistener *evl;
    struct event *again;
    struct listening socket;
    unsigned naccepts;
};

struct server {
    const struct server_config *given;
    const struct config *config; /* that holds now */
    struct config *reloaded;     /* the same, once it was read anew; NULL before */
    struct event_base *base;
    struct dispatch *dispatch;
    struct sessions *sessions;
    struct event *wake, *tick, *alive, *signals[3];
    bool stopping;
    int64_t flush_until_us; /* while stopping: 0 until all is answered */
    int code;
    struct progress progress;
    int64_t watchdog_us; /* 0: there is none */
    bool stuck;
    char status[RELOAD_STATUS]; /* for the service manager */
    int nlisteners;
    struct listener listeners[CONFIG_LISTEN];
};

/* ---- Stopping ---- */

/* First all that was asked is answered, however long the disk takes; then the answers may flow off,
 * but a peer that does not read can't hold the daemon. */
static void stop_if_done(struct server *s)
{
    if (!s->stopping || (s->code == 0 && handoff_jobs(s->given->handoff) > 0))
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
        LOG_NUMBER("under_way", handoff_jobs(s->given->handoff)));
    service_stopping("answering what was asked");
    s->stopping = true;
    s->code = code;
    for (int i = 0; i < s->nlisteners; i++) {
        evconnlistener_disable(s->listeners[i].evl);
        evtimer_del(s->listeners[i].again);
    }
    sessions_stop_reading(s->sessions);
    dispatch_stop(s->dispatch);
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

/* The address that a connection came to: it keeps it as its own. */
static const struct config_listen *came_to(const struct server *s, int fd)
{
    struct sockaddr_un sa = {0};
    socklen_t n = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
        return NULL;
    for (int i = 0; i < s->nlisteners; i++)
        if (strncmp(s->listeners[i].config->path, sa.sun_path, sizeof sa.sun_path) == 0)
            return s->listeners[i].config;
    return NULL;
}

/* Who is at the other end, by what the kernel says of the connection and the configuration says
 * now: the same when it is accepted and later. *out is NULL for nobody known. ERR_SETTING: the
 * kernel says nothing. */
static int who_is(const struct server *s, int fd, struct ucred *cred, const struct principal **out)
{
    gid_t gids[GROUPS];
    int ngids;
    const struct config_listen *l = came_to(s, fd);
    int rc = l ? peer_ids(fd, cred, gids, &ngids) : ERR_SETTING;
    if (rc < 0)
        return rc;
    *out = l->has_principal ? &l->principal : config_find(s->config, cred->uid, gids, ngids);
    return 0;
}

/* Who is not known is told whom we take them for, so that somebody can configure them. All of them
 * together have one principal's share. */
static void turn_away(struct server *s, const struct listener *l, int fd, const struct ucred *cred)
{
    struct principal nobody = {0};
    struct session *session;
    struct fault f;
    char who[48];
    snprintf(who, sizeof who, "uid %u gid %u", cred->uid, cred->gid);
    LOG(LEVEL_WARNING, "peer_unknown", LOG_TEXT("addr", l->config->path),
        LOG_NUMBER("uid", cred->uid), LOG_NUMBER("gid", cred->gid), LOG_NUMBER("pid", cred->pid));
    snprintf(nobody.name, sizeof nobody.name, "(unknown)");
    if (session_open(s->sessions, fd, &nobody, &session) < 0)
        return;
    (void)fault_set(&f, "principal", who,
                    "a user whom the daemon's configuration knows: name this uid or a group under "
                    "principals:, with roles");
    session_goodbye(session, &f);
}

static void pause_accepting(struct listener *l, int64_t us)
{
    const struct timeval tv = {us / 1000000, us % 1000000};
    evconnlistener_disable(l->evl);
    evtimer_add(l->again, &tv);
}

static void on_accept(struct evconnlistener *evl, evutil_socket_t fd, struct sockaddr *addr,
                      int len, void *arg)
{
    (void)evl, (void)addr, (void)len;
    struct listener *l = arg;
    struct server *s = l->server;
    struct ucred cred;
    const struct principal *p;
    if (++l->naccepts % ACCEPTS == 0)
        pause_accepting(l, 0);
    struct session *session;
    if (who_is(s, fd, &cred, &p) < 0) {
        close(fd);
        return;
    }
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
    (void)evl;
    LOG(LEVEL_ERROR, "accept_failed", LOG_TEXT("addr", l->config->path),
        LOG_TEXT("error", strerror(errno)));
    pause_accepting(l, ACCEPT_US);
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;
    (void)fd, (void)what;
    evconnlistener_enable(l->evl);
}

/* ---- Another configuration ---- */

struct handoff_limits server_handoff_limits(const struct config_limits *l)
{
    return (struct handoff_limits){.jobs = (unsigned)l->queue,
                                   .jobs_each = (unsigned)l->queue_each,
                                   .bytes = (size_t)l->queue_bytes,
                                   .bytes_each = (size_t)l->queue_bytes_each};
}

static struct session_limits session_limits(const struct config_limits *l)
{
    return (struct session_limits){.connections = (unsigned)l->connections,
                                   .connections_each = (unsigned)l->connections_each,
                                   .under_way = (unsigned)l->under_way,
                                   .outbox = (size_t)l->outbox,
                                   .outbox_each = (size_t)l->outbox_each,
                                   .outbox_all = (size_t)l->outbox_all};
}

static void raise_files(const struct config_limits *l)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) < 0)
        return;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_max != RLIM_INFINITY && r.rlim_max < (rlim_t)l->connections + 64)
        LOG(LEVEL_WARNING, "few_files", LOG_NUMBER("files", r.rlim_max),
            LOG_NUMBER("connections", l->connections));
}

static void set_limits(struct server *s)
{
    const struct config_limits *l = &s->config->limits;
    const struct session_limits sl = session_limits(l);
    const struct handoff_limits hl = server_handoff_limits(l);
    raise_files(l);
    handoff_set_limits(s->given->handoff, &hl);
    writer_set_group(s->given->writer, (unsigned)l->group);
    sessions_set_limits(s->sessions, &sl);
}

static const struct principal *who_is_now(void *arg, int fd)
{
    struct ucred cred;
    const struct principal *p;
    return who_is(arg, fd, &cred, &p) < 0 ? NULL : p;
}

/* The addresses of both are the same, in their order: reload_keep sees to that. */
static void take_config(struct server *s, struct config *fresh)
{
    struct config *before = s->reloaded;
    s->config = s->reloaded = fresh;
    for (int i = 0; i < s->nlisteners; i++)
        s->listeners[i].config = &fresh->listen[i];
    free(before);
    set_limits(s);
    unsigned gone = sessions_know_anew(s->sessions, who_is_now, s);
    LOG(LEVEL_INFO, "reloaded", LOG_TEXT("file", s->given->options->config_file),
        LOG_NUMBER("principals", fresh->nprincipals), LOG_NUMBER("connections_ended", gone));
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;
    struct config *fresh;
    (void)fd, (void)what;
    if (s->stopping)
        return;
    service_reloading();
    if (reload_read(s->given->options, s->config, s->status, &fresh) == 0)
        take_config(s, fresh);
    service_ready(s->status);
}

/* ---- Signs of life ---- */

/* The loop is alive when it comes here; the writer, if what it was given comes back. A disk may
 * take as long for one commit as the watchdog gives for all; who hangs for longer is not waited
 * for. */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;
    (void)fd, (void)what;
    const struct handoff *h = s->given->handoff;
    uint64_t done = handoff_returned(h) + book_steps(writer_book(s->given->writer));
    bool goes_on =
        progress_look(&s->progress, handoff_away(h), done, clock_steady_us(), s->watchdog_us);
    if (goes_on)
        service_alive();
    if (goes_on != s->stuck)
        return;
    s->stuck = !goes_on;
    LOG(goes_on ? LEVEL_WARNING : LEVEL_ERROR, goes_on ? "goes_on" : "stuck",
        LOG_NUMBER("seconds", s->watchdog_us / 1000000), LOG_NUMBER("under_way", handoff_away(h)));
    service_status(goes_on ? s->status : "the book does not go on: does the disk hang?");
}

static int watch(struct server *s)
{
    int64_t every_us = s->watchdog_us / LOOKS;
    const struct timeval tv = {every_us / 1000000, every_us % 1000000};
    (void)progress_look(&s->progress, 0, 0, clock_steady_us(), 0);
    return s->watchdog_us > 0 && event_add(s->alive, &tv) < 0 ? ERR_MEMORY : 0;
}

/* ---- Listening ---- */

static int listen_on(struct server *s, const struct config_listen *c, struct fault *f)
{
    struct listener *l = &s->listeners[s->nlisteners];
    *l = (struct listener){.server = s, .config = c};
    int rc = listen_open(c, s->given->passed, f, &l->socket);
    if (rc < 0)
        return rc;
    l->again = evtimer_new(s->base, on_accept_again, l);
    l->evl = l->again ? evconnlistener_new(s->base, on_accept, l,
                                           LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0,
                                           l->socket.fd)
                      : NULL;
    if (!l->evl) {
        if (l->again)
            event_free(l->again);
        listen_remove(c, &l->socket);
        close(l->socket.fd);
        return ERR_MEMORY;
    }
    evconnlistener_set_error_cb(l->evl, on_accept_error);
    s->nlisteners++;
    LOG(LEVEL_INFO, "listening", LOG_TEXT("addr", c->path),
        LOG_TEXT("socket", l->socket.passed ? "passed" : "own"));
    return 0;
}

static int listen_on_all(struct server *s, struct fault *f)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < s->config->nlisten; i++)
        rc = listen_on(s, &s->config->listen[i], f);
    return rc;
}

static void listeners_close(struct server *s)
{
    for (int i = 0; i < s->nlisteners; i++) {
        struct listener *l = &s->listeners[i];
        listen_remove(l->config, &l->socket);
        evconnlistener_free(l->evl);
        event_free(l->again);
    }
    s->nlisteners = 0;
}

/* ---- Running ---- */

static void mask_hangup(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

void server_hold_hangup(void)
{
    mask_hangup(SIG_BLOCK);
}

static const struct {
    int number;
    void (*call)(evutil_socket_t, short, void *);
} signal_list[] = {{SIGTERM, on_signal}, {SIGINT, on_signal}, {SIGHUP, on_hangup}};

#define SIGNALS (sizeof signal_list / sizeof signal_list[0])
_Static_assert(SIGNALS == sizeof((struct server *)0)->signals / sizeof(struct event *), "each");

static void event_free_if(struct event *e)
{
    if (e)
        event_free(e);
}

static void server_end(struct server *s)
{
    mask_hangup(SIG_BLOCK); /* nobody takes it any more, and the book is still to be closed */
    listeners_close(s);
    sessions_free(s->sessions);
    dispatch_free(s->dispatch);
    event_free_if(s->wake);
    event_free_if(s->tick);
    event_free_if(s->alive);
    for (size_t i = 0; i < SIGNALS; i++)
        event_free_if(s->signals[i]);
    if (s->base)
        event_base_free(s->base);
    free(s->reloaded);
}

static int events_begin(struct server *s)
{
    s->base = event_base_new();
    if (!s->base)
        return ERR_MEMORY;
    s->wake = event_new(s->base, handoff_fd(s->given->handoff), EV_READ | EV_PERSIST, on_wake, s);
    s->tick = event_new(s->base, -1, EV_PERSIST, on_tick, s);
    s->alive = event_new(s->base, -1, EV_PERSIST, on_look, s);
    if (!s->wake || !s->tick || !s->alive || event_add(s->wake, NULL) < 0)
        return ERR_MEMORY;
    for (size_t i = 0; i < SIGNALS; i++) {
        s->signals[i] = evsignal_new(s->base, signal_list[i].number, signal_list[i].call, s);
        if (!s->signals[i] || event_add(s->signals[i], NULL) < 0)
            return ERR_MEMORY;
    }
    return 0;
}

static int server_begin(struct server *s)
{
    const struct server_config *c = s->given;
    int rc = events_begin(s);
    if (rc < 0)
        return rc;
    const struct dispatch_config dc = {.base = s->base,
                                       .book = writer_book(c->writer),
                                       .clock = c->clock,
                                       .handoff = c->handoff,
                                       .persons = c->persons,
                                       .entries = c->entries};
    rc = dispatch_new(&dc, &s->dispatch);
    if (rc < 0)
        return rc;
    const struct session_limits sl = session_limits(&s->config->limits);
    rc = sessions_new(s->base, &sl, c->handoff, s->dispatch, on_drained, s, &s->sessions);
    if (rc == 0)
        dispatch_set_sessions(s->dispatch, s->sessions);
    return rc;
}

static int serve(struct server *s)
{
    char addr[SOCKET_PATH + 8];
    int rc = watch(s);
    if (rc < 0)
        return rc;
    snprintf(addr, sizeof addr, "unix:%s", s->config->listen[0].path);
    LOG(LEVEL_INFO, "ready", LOG_TEXT("addr", addr), LOG_NUMBER("entries", s->given->entries),
        LOG_NUMBER("pid", getpid()));
    service_ready(s->status);
    mask_hangup(SIG_UNBLOCK);
    return event_base_dispatch(s->base) < 0 ? ERR_IO : s->code;
}

int server_run(const struct server_config *c, struct fault *f)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_MEMORY;
    s->given = c;
    s->config = c->config;
    s->watchdog_us = service_watchdog_us();
    reload_status(s->config, s->status);
    *f = (struct fault){0};
    signal(SIGPIPE, SIG_IGN);
    raise_files(&s->config->limits);
    int rc = server_begin(s);
    if (rc == 0)
        rc = listen_on_all(s, f);
    if (rc == 0)
        rc = serve(s);
    server_end(s);
    free(s);
    return rc;
}
