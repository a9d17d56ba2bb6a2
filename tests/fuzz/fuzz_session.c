/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a peer through the daemon's own sessions and dispatch: each request that can be read
 * gets one reply, each connection that can't go on gets a goodbye and no more, and nothing of
 * either is left when the peer is gone. There is no book: the peer may not look at it, and a writer
 * that does nothing stands behind.
 *
 * The first byte of an input says how it is sent, the second in pieces of which length. */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "daemon/clock.h"
#include "daemon/dispatch.h"
#include "daemon/log.h"
#include "daemon/session_inner.h"
#include "wire/frame.h"
#include "wire/message.h"

#define RESTS  8    /* passes, after which those who rest are read again: no timer is waited for */
#define PASSES 4000 /* of the event loop, at most, until something must have happened */

enum how {
    HOW_GREETED = 1,    /* a hello goes before the input */
    HOW_SLOW = 2,       /* the writer comes only now and then */
    HOW_TEST_CLOCK = 4, /* the peer may set it */
    HOW_NOBODY = 8,     /* the peer has no role at all */
};

static struct {
    struct event_base *base;
    struct clock clock;
    struct handoff *handoff;
    struct dispatch *dispatch;
    struct sessions *sessions;
    unsigned slow, passes;
} house;

/* What the peer must get, by the protocol's page; and what it got. */
struct talk {
    bool greeted, goodbye;
    unsigned replies;
    uint64_t sum; /* of the numbers of the replies */
};

struct peer {
    int fd;
    bool ended;
    struct buf in;
};

static void drained(void *arg)
{
    (void)arg;
}

static void open_house(void)
{
    const struct handoff_limits queue = {10, 10, SIZE_MAX, SIZE_MAX};
    const struct session_limits limits = {.connections = 4,
                                          .connections_each = 4,
                                          .under_way = 4,
                                          .outbox = 64 * 1024,
                                          .outbox_each = 128 * 1024,
                                          .outbox_all = 256 * 1024};
    if (house.base)
        return;
    log_set_level(LEVEL_ERROR);
    house.base = event_base_new();
    assert_int_equal(handoff_new(&queue, &house.handoff), 0);
    const struct dispatch_config c = {
        .base = house.base, .clock = &house.clock, .handoff = house.handoff};
    assert_int_equal(dispatch_new(&c, &house.dispatch), 0);
    assert_int_equal(sessions_new(house.base, &limits, house.handoff, house.dispatch, drained, NULL,
                                  &house.sessions),
                     0);
    dispatch_set_sessions(house.dispatch, house.sessions);
}

/* A writer that does nothing of what is asked. */
static void leave_undone(struct job *j)
{
    uint32_t n = j->request.n;
    assert_int_equal(j->kind, JOB_COMMANDS);
    struct outcome *o = arena_zero(&j->arena, n * sizeof *o);
    assert_non_null(o);
    for (uint32_t i = 0; i < n; i++) {
        o[i].kind = OUTCOME_NOT_DONE;
        (void)fault_set(outcome_fault_new(&o[i], &j->arena), "book", NULL, "a book");
    }
    j->book.outcomes = o;
}

static void pass(void)
{
    struct job_list l;
    assert_true(event_base_loop(house.base, EVLOOP_NONBLOCK) >= 0);
    if (house.passes % RESTS == 0)
        sessions_end_rests(house.sessions);
    if (++house.passes % house.slow || !handoff_has_work(house.handoff))
        return;
    assert_true(handoff_take(house.handoff, UINT32_MAX, 0, &l));
    for (struct job *j = l.first; j; j = j->next)
        leave_undone(j);
    handoff_post(house.handoff, &l);
    assert_int_equal(dispatch_done(house.dispatch), 0);
}

static void take_in(struct peer *p)
{
    uint8_t some[16384];
    ssize_t n;
    while ((n = recv(p->fd, some, sizeof some, 0)) > 0)
        assert_int_equal(buf_add(&p->in, some, (size_t)n), 0);
    if (n == 0 || (n < 0 && errno == ECONNRESET))
        p->ended = true;
}

static void peer_send(struct peer *p, struct span s, size_t piece)
{
    for (int i = 0; s.n > 0 && !p->ended; i++) {
        assert_true(i < PASSES);
        ssize_t n = send(p->fd, s.p, s.n < piece ? s.n : piece, MSG_NOSIGNAL);
        if (n > 0) {
            s.p += n;
            s.n -= (size_t)n;
            i = 0;
        } else if (errno != EAGAIN) {
            return; /* the daemon has closed */
        }
        pass();
        take_in(p);
    }
}

/* ---- What must come ---- */

static void expect_reply(struct talk *t, uint64_t number)
{
    t->replies++;
    t->sum += number;
}

/* One message; false if nothing is read behind it. */
static bool expect_message(struct talk *t, struct span message, struct arena *a)
{
    struct to_daemon m = {0};
    struct fault f;
    int rc = to_daemon_read(message, a, &f, &m);
    bool hello = m.kind == TO_DAEMON_HELLO;
    if (rc < 0 && !hello && m.request.number && t->greeted) {
        expect_reply(t, m.request.number);
    } else if (rc < 0 || hello == t->greeted) {
        t->goodbye = true;
    } else if (hello) {
        t->greeted = true;
    } else {
        expect_reply(t, m.request.number);
    }
    return !t->goodbye;
}

static void expect(struct talk *t, struct span s)
{
    struct arena a = {0};
    bool more = true;
    while (more && s.n >= FRAME_HEAD) {
        uint32_t n;
        if (frame_length(s.p, t->greeted ? LIMIT_FRAME : LIMIT_HELLO, NULL, &n) < 0) {
            t->goodbye = true;
            break;
        }
        if (s.n - FRAME_HEAD < n)
            break;
        more = expect_message(t, SPAN(s.p + FRAME_HEAD, n), &a);
        s = SPAN(s.p + FRAME_HEAD + n, s.n - FRAME_HEAD - n);
        arena_reset(&a);
    }
    arena_free(&a);
}

/* ---- What came ---- */

static void note(struct talk *t, const struct to_client *m)
{
    assert_false(t->goodbye);
    switch (m->kind) {
    case TO_CLIENT_WELCOME:
        assert_false(t->greeted);
        t->greeted = true;
        break;
    case TO_CLIENT_REPLY:
        assert_true(t->greeted);
        if (m->reply.kind == REPLY_FAULT)
            fault_sound(&m->reply.fault);
        t->replies++;
        t->sum += m->reply.number;
        break;
    case TO_CLIENT_GOODBYE:
        fault_sound(&m->goodbye);
        t->goodbye = true;
        break;
    }
}

static void listen_to(struct talk *t, struct span s)
{
    struct arena a = {0};
    while (s.n > 0) {
        struct to_client m;
        uint32_t n;
        assert_true(s.n >= FRAME_HEAD);
        assert_int_equal(frame_length(s.p, LIMIT_REPLY, NULL, &n), 0);
        assert_true(s.n - FRAME_HEAD >= n);
        assert_int_equal(to_client_read(SPAN(s.p + FRAME_HEAD, n), &a, &m), 0);
        note(t, &m);
        s = SPAN(s.p + FRAME_HEAD + n, s.n - FRAME_HEAD - n);
        arena_reset(&a);
    }
    arena_free(&a);
}

/* ---- One connection ---- */

static void peer_connect(struct peer *p, unsigned how)
{
    const struct principal me = {"me", how & HOW_NOBODY ? 0 : ROLE_ADMIN};
    struct session *s;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    p->fd = fds[0];
    assert_int_equal(session_open(house.sessions, fds[1], &me, &s), 0);
}

/* It has sent all, takes all, and goes. */
static void peer_end(struct peer *p)
{
    shutdown(p->fd, SHUT_WR);
    for (int i = 0; !p->ended; i++) {
        assert_true(i < PASSES);
        pass();
        take_in(p);
    }
    close(p->fd);
    for (int i = 0; house.sessions->n > 0; i++) {
        assert_true(i < PASSES);
        pass();
    }
    assert_null(house.sessions->held.tqh_first);
    assert_int_equal(house.sessions->long_frames, 0);
    assert_int_equal(house.sessions->unsent, 0);
    for (int i = 0; handoff_jobs(house.handoff) > 0; i++) {
        assert_true(i < PASSES);
        pass();
    }
}

static void converse(struct peer *p, struct span s, unsigned how, size_t piece)
{
    const struct hello hello = {PROTOCOL_VERSION, "fuzz"};
    struct talk due = {0}, got = {0};
    struct buf b = {0};
    if (how & HOW_GREETED)
        assert_int_equal(hello_write(&hello, &b), 0);
    assert_int_equal(buf_add(&b, s.p, s.n), 0);
    expect(&due, SPAN(b.p, b.n));
    peer_send(p, SPAN(b.p, b.n), piece);
    peer_end(p);
    listen_to(&got, SPAN(p->in.p, p->in.n));
    assert_int_equal(got.greeted, due.greeted);
    assert_int_equal(got.goodbye, due.goodbye);
    /* A goodbye does not wait for what is under way. */
    assert_true(due.goodbye ? got.replies <= due.replies : got.replies == due.replies);
    assert_true(due.goodbye || got.sum == due.sum);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct tape t = {p, n};
    struct peer peer = {0};
    unsigned how = tape_byte(&t), piece = tape_byte(&t);
    if (n < 2)
        return 0;
    open_house();
    house.slow = how & HOW_SLOW ? 5 : 1;
    house.passes = 0;
    if (how & HOW_TEST_CLOCK)
        clock_start_test(&house.clock, INSTANT(0));
    else
        clock_start_real(&house.clock);
    peer_connect(&peer, how);
    converse(&peer, SPAN(t.p, t.n), how, 1 + piece * (size_t)piece);
    buf_free(&peer.in);
    return 0;
}
