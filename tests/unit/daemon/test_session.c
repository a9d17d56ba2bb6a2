/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions on socket pairs: what a peer has so long for, and that it has as long as it likes for
 * all else. Time goes on by telling; the book is not there, and commands come back undone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
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
    bool works; /* the writer */
};

struct peer {
    struct house *house;
    int fd;
    bool ended;
    uint64_t number;
    struct buf in;
    struct arena arena;
};

static void drained(void *arg)
{
    (void)arg;
}

static struct house *house(unsigned jobs)
{
    struct house *h = calloc(1, sizeof *h);
    const struct session_limits limits = {
        .connections = 16, .under_way = 4, .outbox = LIMIT_OUTBOX};
    assert_non_null(h);
    h->base = event_base_new();
    clock_start_real(&h->clock);
    assert_int_equal(handoff_new(jobs, SIZE_MAX, &h->handoff), 0);
    const struct dispatch_config c = {.base = h->base, .clock = &h->clock, .handoff = h->handoff};
    assert_int_equal(dispatch_new(&c, &h->dispatch), 0);
    assert_int_equal(
        sessions_new(h->base, &limits, h->handoff, h->dispatch, drained, NULL, &h->sessions), 0);
    dispatch_set_sessions(h->dispatch, h->sessions);
    h->works = true;
    return h;
}

static void house_free(struct house *h)
{
    sessions_free(h->sessions);
    dispatch_free(h->dispatch);
    handoff_free(h->handoff);
    event_base_free(h->base);
    free(h);
}

/* A writer that does nothing of what is asked. */
static void leave_undone(struct job *j)
{
    uint32_t n = j->request.n;
    struct outcome *o = arena_zero(&j->arena, n * sizeof *o);
    assert_non_null(o);
    for (uint32_t i = 0; i < n; i++) {
        bool denied = j->request.denied && j->request.denied[i];
        o[i].kind = denied ? OUTCOME_DENIED : OUTCOME_NOT_DONE;
        (void)fault_set(&o[i].fault, "book", NULL, "a book");
    }
    j->book.outcomes = o;
}

static void pass(struct house *h)
{
    struct job_list l;
    assert_true(event_base_loop(h->base, EVLOOP_NONBLOCK) >= 0);
    if (!h->works || !handoff_has_work(h->handoff))
        return;
    assert_true(handoff_take(h->handoff, UINT32_MAX, 0, &l));
    for (struct job *j = l.first; j; j = j->next)
        leave_undone(j);
    handoff_post(h->handoff, &l);
    assert_int_equal(dispatch_done(h->dispatch), 0);
}

/* All that can happen now has happened. */
static void settle(struct house *h)
{
    for (int i = 0; i < 100; i++)
        pass(h);
}

/* Looks as if so much time had passed. */
static void later(struct house *h, int seconds)
{
    settle(h);
    sessions_end_late(h->sessions, clock_steady_us() + seconds * INT64_C(1000000));
    settle(h);
}

static void peer_connect(struct house *h, struct peer *p)
{
    const struct principal me = {"me", ROLES_ALL};
    struct session *s;
    int fds[2];
    *p = (struct peer){.house = h};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    p->fd = fds[0];
    assert_int_equal(session_open(h->sessions, fds[1], &me, &s), 0);
}

static void peer_free(struct peer *p)
{
    close(p->fd);
    buf_free(&p->in);
    arena_free(&p->arena);
}

static void take_in(struct peer *p)
{
    uint8_t some[65536];
    ssize_t n;
    while ((n = recv(p->fd, some, sizeof some, 0)) > 0)
        assert_int_equal(buf_add(&p->in, some, (size_t)n), 0);
    if (n == 0)
        p->ended = true;
}

static void send_part(struct peer *p, const uint8_t *at, size_t n)
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
static bool next(struct peer *p, struct to_client *m)
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

static void assert_silent(struct peer *p)
{
    settle(p->house);
    take_in(p);
    assert_false(p->ended);
    assert_int_equal(p->in.n, 0);
}

static void assert_goodbye(struct peer *p, const char *field, const char *expected)
{
    struct to_client m;
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
    assert_string_equal(m.goodbye.field, field);
    assert_string_equal(m.goodbye.expected, expected);
    assert_false(next(p, &m));
}

static void assert_reply(struct peer *p, enum reply_kind kind)
{
    struct to_client m;
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_REPLY);
    assert_int_equal(m.reply.kind, kind);
}

static void greet(struct peer *p)
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
static void put_short(struct peer *p, struct buf *b)
{
    const struct request r = {.number = ++p->number, .kind = REQUEST_SET_CLOCK, .clock = {1}};
    assert_int_equal(request_write(&r, b), 0);
}

static void put_commands(struct peer *p, uint32_t n, struct buf *b)
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

static void assert_serves(struct peer *p)
{
    struct buf b = {0};
    put_short(p, &b);
    send_part(p, b.p, b.n);
    buf_free(&b);
    assert_reply(p, REPLY_FAULT);
}

static void assert_closed(struct peer *p)
{
    settle(p->house);
    assert_true(send(p->fd, "x", 1, MSG_NOSIGNAL) < 0);
    assert_int_equal(errno, EPIPE);
}

/* ---- Hello ---- */

static void test_no_hello_in_time(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    peer_connect(h, &p);
    later(h, 9);
    assert_silent(&p);
    later(h, 11);
    assert_goodbye(&p, "hello", "a hello within 10 seconds");
    assert_int_equal(send(p.fd, "x", 1, MSG_NOSIGNAL), 1); /* it lingers */
    later(h, 1);
    assert_int_equal(send(p.fd, "x", 1, MSG_NOSIGNAL), 1);
    later(h, 3);
    assert_closed(&p);
    peer_free(&p);
    house_free(h);
}

static void test_an_idle_peer_stays(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    peer_connect(h, &p);
    greet(&p);
    later(h, 86400);
    assert_silent(&p);
    assert_serves(&p);
    peer_free(&p);
    house_free(h);
}

/* ---- Long frames ---- */

static void test_an_idle_peer_stays_after_a_long_frame(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    struct buf b = {0};
    peer_connect(h, &p);
    greet(&p);
    put_commands(&p, LONG, &b);
    assert_true(b.n > 2 * 65536);
    send_part(&p, b.p, b.n / 2);
    later(h, 29);
    send_part(&p, b.p + b.n / 2, b.n - b.n / 2);
    assert_reply(&p, REPLY_OUTCOMES);
    later(h, 86400);
    assert_silent(&p);
    assert_serves(&p);
    buf_free(&b);
    peer_free(&p);
    house_free(h);
}

/* Its head comes while no more is read from the socket than there already is. */
static void test_an_idle_peer_stays_after_long_and_short_ones_together(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    struct buf b = {0};
    peer_connect(h, &p);
    greet(&p);
    for (int i = 0; i < 2; i++) {
        put_short(&p, &b);
        put_commands(&p, LONG, &b);
    }
    put_short(&p, &b);
    send_part(&p, b.p, b.n);
    for (int i = 0; i < 5; i++) {
        struct to_client m;
        assert_true(next(&p, &m));
        assert_int_equal(m.kind, TO_CLIENT_REPLY);
    }
    later(h, 86400);
    assert_silent(&p);
    assert_serves(&p);
    buf_free(&b);
    peer_free(&p);
    house_free(h);
}

static void test_a_long_frame_that_is_not_finished(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer lazy[LIMIT_LONG_FRAMES], honest;
    struct buf b = {0};
    for (int i = 0; i < LIMIT_LONG_FRAMES; i++) {
        peer_connect(h, &lazy[i]);
        greet(&lazy[i]);
        b.n = 0;
        put_commands(&lazy[i], LONG, &b);
        send_part(&lazy[i], b.p, b.n - 1);
    }
    peer_connect(h, &honest);
    greet(&honest);
    b.n = 0;
    put_commands(&honest, LONG, &b);
    assert_true(send(honest.fd, b.p, 100000, 0) ==
                100000); /* for want of a place not all is read */
    later(h, 29);
    for (int i = 0; i < LIMIT_LONG_FRAMES; i++)
        assert_silent(&lazy[i]);
    later(h, 31);
    for (int i = 0; i < LIMIT_LONG_FRAMES; i++)
        assert_goodbye(&lazy[i], "frame", "a whole frame within 30 seconds");
    send_part(&honest, b.p + 100000, b.n - 100000);
    assert_reply(&honest, REPLY_OUTCOMES);
    for (int i = 0; i < LIMIT_LONG_FRAMES; i++)
        peer_free(&lazy[i]);
    buf_free(&b);
    peer_free(&honest);
    house_free(h);
}

static void test_a_long_frame_held_up_by_others(void **state)
{
    (void)state;
    struct house *h = house(1); /* job at a time */
    struct peer p, other;
    struct buf b = {0}, one = {0};
    peer_connect(h, &p);
    greet(&p);
    peer_connect(h, &other);
    greet(&other);
    put_commands(&p, LONG, &b);
    send_part(&p, b.p, b.n / 2);
    h->works = false;
    put_commands(&other, 1, &one);
    send_part(&other, one.p, one.n);
    settle(h);
    assert_true(handoff_is_full(h->handoff));
    assert_true(send(p.fd, b.p + b.n / 2, 1000, 0) == 1000);
    later(h, 31);
    later(h, 62);
    assert_silent(&p);
    h->works = true;
    assert_reply(&other, REPLY_OUTCOMES);
    send_part(&p, b.p + b.n / 2 + 1000, b.n - b.n / 2 - 1000);
    assert_reply(&p, REPLY_OUTCOMES);
    buf_free(&b);
    buf_free(&one);
    peer_free(&p);
    peer_free(&other);
    house_free(h);
}

/* ---- The end ---- */

static void test_last_answers_that_are_not_taken(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    struct buf b = {0};
    peer_connect(h, &p);
    greet(&p);
    put_commands(&p, LONG, &b);
    send_part(&p, b.p, b.n);
    settle(h);
    send_part(&p, (const uint8_t *)"\0\0\0\0", FRAME_HEAD);
    later(h, 4);
    assert_int_equal(send(p.fd, "x", 1, MSG_NOSIGNAL), 1);
    later(h, 6);
    assert_closed(&p);
    buf_free(&b);
    peer_free(&p);
    house_free(h);
}

/* ---- Another configuration ---- */

static const struct principal *now_me(void *arg, int fd)
{
    (void)fd;
    return arg;
}

static void set_limits(struct house *h, unsigned connections, unsigned under_way)
{
    const struct session_limits l = {connections, under_way, LIMIT_OUTBOX};
    sessions_set_limits(h->sessions, &l);
}

#define GONE                                                                                       \
    "a name that the configuration has for you: it was changed; connect anew if you go by "        \
    "another one now"

static void test_who_is_gone_is_answered_first(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p;
    struct buf b = {0};
    peer_connect(h, &p);
    greet(&p);
    h->works = false;
    put_commands(&p, 1, &b);
    put_commands(&p, 1, &b);
    send_part(&p, b.p, b.n);
    settle(h);
    assert_int_equal(sessions_know_anew(h->sessions, now_me, NULL), 1);
    assert_int_equal(sessions_know_anew(h->sessions, now_me, NULL), 0); /* once */
    b.n = 0;
    put_commands(&p, 1, &b); /* comes after: not taken */
    send_part(&p, b.p, b.n);
    later(h, 86400);
    assert_silent(&p);
    h->works = true;
    assert_reply(&p, REPLY_OUTCOMES);
    assert_reply(&p, REPLY_OUTCOMES);
    assert_goodbye(&p, "principal", GONE);
    buf_free(&b);
    peer_free(&p);
    house_free(h);
}

static void test_who_has_another_name_is_told(void **state)
{
    (void)state;
    const struct principal other = {"other", ROLES_ALL};
    struct house *h = house(10);
    struct peer p, late;
    struct principal all = other;
    peer_connect(h, &p);
    greet(&p);
    peer_connect(h, &late); /* was told no name yet */
    settle(h);
    assert_int_equal(sessions_know_anew(h->sessions, now_me, &all), 1);
    assert_goodbye(&p, "principal", GONE);
    greet(&late);
    assert_serves(&late);
    peer_free(&p);
    peer_free(&late);
    house_free(h);
}

static void assert_outcome(struct peer *p, enum outcome_kind kind)
{
    struct to_client m;
    struct buf b = {0};
    put_commands(p, 1, &b);
    send_part(p, b.p, b.n);
    buf_free(&b);
    assert_true(next(p, &m));
    assert_int_equal(m.reply.kind, REPLY_OUTCOMES);
    assert_int_equal(m.reply.outcomes[0].kind, kind);
}

static void test_roles_change_at_once(void **state)
{
    (void)state;
    struct principal me = {"me", ROLE_QUERY};
    struct house *h = house(10);
    struct peer p;
    peer_connect(h, &p);
    greet(&p);
    assert_outcome(&p, OUTCOME_NOT_DONE);
    assert_int_equal(sessions_know_anew(h->sessions, now_me, &me), 0);
    assert_outcome(&p, OUTCOME_DENIED);
    me.roles = ROLE_MAKER;
    assert_int_equal(sessions_know_anew(h->sessions, now_me, &me), 0);
    assert_outcome(&p, OUTCOME_NOT_DONE);
    peer_free(&p);
    house_free(h);
}

static void test_limits_are_lowered_and_raised(void **state)
{
    (void)state;
    struct house *h = house(100);
    struct peer p[3], many[17], more;
    struct buf b = {0};
    struct to_client m;
    for (int i = 0; i < 3; i++) {
        peer_connect(h, &p[i]);
        greet(&p[i]);
    }
    set_limits(h, 2, 1);
    for (int i = 0; i < 3; i++)
        assert_serves(&p[i]); /* those that are there stay */
    h->works = false;
    for (int i = 0; i < 3; i++)
        put_commands(&p[0], 1, &b);
    send_part(&p[0], b.p, b.n);
    settle(h);
    assert_int_equal(handoff_waiting(h->handoff), 1);
    set_limits(h, 20, 2);
    settle(h);
    assert_int_equal(handoff_waiting(h->handoff), 2);
    h->works = true;
    for (int i = 0; i < 3; i++)
        assert_reply(&p[0], REPLY_OUTCOMES);
    for (int i = 0; i < 17; i++) { /* more than there could be at the start */
        peer_connect(h, &many[i]);
        greet(&many[i]);
    }
    set_limits(h, 1, 2);
    settle(h);
    int fds[2];
    struct session *s;
    const struct principal me = {"me", ROLES_ALL};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    assert_int_equal(session_open(h->sessions, fds[1], &me, &s), ERR_FULL);
    more = (struct peer){.house = h, .fd = fds[0]};
    assert_true(next(&more, &m));
    assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
    peer_free(&more);
    for (int i = 0; i < 17; i++)
        peer_free(&many[i]);
    for (int i = 0; i < 3; i++)
        peer_free(&p[i]);
    buf_free(&b);
    house_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_hello_in_time),
        cmocka_unit_test(test_an_idle_peer_stays),
        cmocka_unit_test(test_an_idle_peer_stays_after_a_long_frame),
        cmocka_unit_test(test_an_idle_peer_stays_after_long_and_short_ones_together),
        cmocka_unit_test(test_a_long_frame_that_is_not_finished),
        cmocka_unit_test(test_a_long_frame_held_up_by_others),
        cmocka_unit_test(test_last_answers_that_are_not_taken),
        cmocka_unit_test(test_who_is_gone_is_answered_first),
        cmocka_unit_test(test_who_has_another_name_is_told),
        cmocka_unit_test(test_roles_change_at_once),
        cmocka_unit_test(test_limits_are_lowered_and_raised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
