/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions on socket pairs, without a book: commands come back undone, and time goes on by telling.
 */
#ifndef TEST_DAEMON_HOUSE_H
#define TEST_DAEMON_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "daemon/clock.h"
#include "daemon/dispatch.h"
#include "daemon/session.h"
#include "wire/frame.h"
#include "wire/message.h"

#define PASSES 10000 /* of the event loop, at most, until something must have happened */
#define LONG   9000  /* commands that are more than 64 KiB, and their answer than a socket holds */

struct house {
    struct event_base *base;
    struct clock clock;
    struct handoff *handoff;
    struct dispatch *dispatch;
    struct sessions *sessions;
    bool works;    /* the writer */
    unsigned done; /* by it */
    int holds;     /* bytes of answers that the socket of a new peer holds; 0: as many as usual */
};

struct peer {
    struct house *house;
    int fd;
    bool ended;
    uint64_t number;
    struct buf in;
    struct arena arena;
};

static inline void drained(void *arg)
{
    (void)arg;
}

static inline struct house *house_with(const struct handoff_limits *queue,
                                       const struct session_limits *limits)
{
    struct house *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->base = event_base_new();
    clock_start_real(&h->clock);
    assert_int_equal(handoff_new(queue, &h->handoff), 0);
    const struct dispatch_config c = {.base = h->base, .clock = &h->clock, .handoff = h->handoff};
    assert_int_equal(dispatch_new(&c, &h->dispatch), 0);
    assert_int_equal(
        sessions_new(h->base, limits, h->handoff, h->dispatch, drained, NULL, &h->sessions), 0);
    dispatch_set_sessions(h->dispatch, h->sessions);
    h->works = true;
    return h;
}

static inline struct session_limits roomy(void)
{
    return (struct session_limits){.connections = 16,
                                   .connections_each = 16,
                                   .under_way = 4,
                                   .outbox = LIMIT_OUTBOX,
                                   .outbox_each = LIMIT_OUTBOX_EACH,
                                   .outbox_all = LIMIT_OUTBOX_ALL};
}

static inline struct house *house(unsigned jobs)
{
    const struct handoff_limits queue = {jobs, jobs, SIZE_MAX, SIZE_MAX};
    const struct session_limits limits = roomy();
    return house_with(&queue, &limits);
}

static inline void house_free(struct house *h)
{
    sessions_free(h->sessions);
    dispatch_free(h->dispatch);
    handoff_free(h->handoff);
    event_base_free(h->base);
    free(h);
}

/* A writer that does nothing of what is asked. */
static inline void leave_undone(struct job *j)
{
    uint32_t n = j->request.n;
    if (j->kind == JOB_QUERY) {
        (void)fault_set(&j->answer.fault, "book", NULL, "a book");
        return;
    }
    struct outcome *o = arena_zero(&j->arena, n * sizeof *o);
    assert_non_null(o);
    for (uint32_t i = 0; i < n; i++) {
        bool denied = j->request.denied && j->request.denied[i];
        o[i].kind = denied ? OUTCOME_DENIED : OUTCOME_NOT_DONE;
        (void)fault_set(outcome_fault_new(&o[i], &j->arena), "book", NULL, "a book");
    }
    j->book.outcomes = o;
}

static inline void pass(struct house *h)
{
    struct job_list l;
    assert_true(event_base_loop(h->base, EVLOOP_NONBLOCK) >= 0);
    if (!h->works || !handoff_has_work(h->handoff))
        return;
    assert_true(handoff_take(h->handoff, UINT32_MAX, 0, &l));
    for (struct job *j = l.first; j; j = j->next, h->done++)
        leave_undone(j);
    handoff_post(h->handoff, &l);
    assert_int_equal(dispatch_done(h->dispatch), 0);
}

/* All that can happen now has happened. */
static inline void settle(struct house *h)
{
    for (int i = 0; i < 100; i++)
        pass(h);
}

/* Looks as if so much time had passed. */
static inline void later(struct house *h, int seconds)
{
    settle(h);
    sessions_end_late(h->sessions, clock_steady_us() + seconds * INT64_C(1000000));
    settle(h);
}

/* What session_open says of it. */
static inline int peer_try(struct house *h, struct peer *p, const char *name)
{
    struct principal who = {.roles = ROLES_ALL};
    struct session *s;
    int fds[2];
    snprintf(who.name, sizeof who.name, "%s", name);
    *p = (struct peer){.house = h};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    if (h->holds > 0)
        assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &h->holds, sizeof h->holds), 0);
    p->fd = fds[0];
    return session_open(h->sessions, fds[1], &who, &s);
}

static inline void peer_connect_as(struct house *h, struct peer *p, const char *name)
{
    assert_int_equal(peer_try(h, p, name), 0);
}

static inline void peer_connect(struct house *h, struct peer *p)
{
    peer_connect_as(h, p, "me");
}

static inline void peer_free(struct peer *p)
{
    close(p->fd);
    buf_free(&p->in);
    arena_free(&p->arena);
}

static inline void take_in(struct peer *p)
{
    uint8_t some[65536];
    ssize_t n;
    while ((n = recv(p->fd, some, sizeof some, 0)) > 0)
        assert_int_equal(buf_add(&p->in, some, (size_t)n), 0);
    if (n == 0)
        p->ended = true;
}

static inline void send_part(struct peer *p, const uint8_t *at, size_t n)
{
    for (int i = 0; n > 0; i++) {
        ssize_t sent = send(p->fd, at, n, MSG_NOSIGNAL);
        assert_true(sent > 0 || errno == EAGAIN);
        assert_true(i < PASSES);
        if (sent > 0) {
            at += sent;
            n -= (size_t)sent;
        }
        pass(p->house);
    }
}

/* The next message, or false: the daemon closed. */
static inline bool next(struct peer *p, struct to_client *m)
{
    for (int i = 0; i < PASSES; i++) {
        size_t n = p->in.n < FRAME_HEAD ? 0 : FRAME_HEAD + (size_t)get_be32(p->in.p);
        if (n > 0 && p->in.n >= n) {
            arena_reset(&p->arena);
            assert_int_equal(
                to_client_read(SPAN(p->in.p + FRAME_HEAD, n - FRAME_HEAD), &p->arena, m), 0);
            memmove(p->in.p, p->in.p + n, p->in.n - n);
            p->in.n -= n;
            return true;
        }
        if (p->ended)
            return false;
        pass(p->house);
        take_in(p);
    }
    fail_msg("no message came");
    return false;
}

static inline void assert_silent(struct peer *p)
{
    settle(p->house);
    take_in(p);
    assert_false(p->ended);
    assert_int_equal(p->in.n, 0);
}

static inline void assert_goodbye(struct peer *p, const char *field, const char *expected)
{
    struct to_client m;
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
    assert_string_equal(m.goodbye.field, field);
    assert_string_equal(m.goodbye.expected, expected);
    assert_false(next(p, &m));
}

static inline void assert_reply(struct peer *p, enum reply_kind kind)
{
    struct to_client m;
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_REPLY);
    assert_int_equal(m.reply.kind, kind);
}

static inline void greet(struct peer *p)
{
    const struct hello hello = {PROTOCOL_VERSION, "test"};
    struct to_client m;
    struct buf b = {0};
    assert_int_equal(hello_write(&hello, &b), 0);
    send_part(p, b.p, b.n);
    buf_free(&b);
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_WELCOME);
}

/* A short request, which leads to a fault: the clock is a real one. */
static inline void put_short(struct peer *p, struct buf *b)
{
    const struct request r = {.number = ++p->number, .kind = REQUEST_SET_CLOCK, .clock = {1}};
    assert_int_equal(request_write(&r, b), 0);
}

static inline void put_commands(struct peer *p, uint32_t n, struct buf *b)
{
    struct command *c = calloc(n, sizeof *c);
    const struct request r = {
        .number = ++p->number, .kind = REQUEST_COMMANDS, .n = n, .commands = c};
    assert_non_null(c);
    for (uint32_t i = 0; i < n; i++) {
        put_be64(c[i].request_id, i + 1);
        c[i].kind = COMMAND_LAPSE;
    }
    assert_int_equal(request_write(&r, b), 0);
    free(c);
}

static inline void assert_serves(struct peer *p)
{
    struct buf b = {0};
    put_short(p, &b);
    send_part(p, b.p, b.n);
    buf_free(&b);
    assert_reply(p, REPLY_FAULT);
}

static inline void assert_closed(struct peer *p)
{
    settle(p->house);
    assert_true(send(p->fd, "x", 1, MSG_NOSIGNAL) < 0);
    assert_int_equal(errno, EPIPE);
}

#endif
