/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer has so long for, and that it has as long as it likes for all else. */
#include "tests/unit/daemon/house.h"

#include <sys/ioctl.h>

#include <linux/sockios.h>

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

/* As many as there is room for, and honest ones of two principals. */
static void test_a_long_frame_that_is_not_finished(void **state)
{
    (void)state;
    enum { LAZY = LIMIT_LONG_EACH / LIMIT_FRAME };
    struct house *h = house(10);
    struct peer lazy[LAZY], honest, other;
    struct buf b = {0};
    uint8_t head[FRAME_HEAD];
    put_be32(head, LIMIT_FRAME);
    for (int i = 0; i < LAZY; i++) {
        peer_connect(h, &lazy[i]);
        greet(&lazy[i]);
        send_part(&lazy[i], head, sizeof head);
    }
    settle(h);
    peer_connect(h, &honest);
    greet(&honest);
    put_commands(&honest, LONG, &b);
    assert_true(send(honest.fd, b.p, 100000, 0) == 100000); /* for want of room not all is read */
    peer_connect_as(h, &other, "other");
    greet(&other);
    send_part(&other, b.p, b.n); /* other principals have room */
    assert_reply(&other, REPLY_OUTCOMES);
    later(h, 29);
    for (int i = 0; i < LAZY; i++)
        assert_silent(&lazy[i]);
    assert_silent(&honest);
    later(h, 31);
    for (int i = 0; i < LAZY; i++)
        assert_goodbye(&lazy[i], "frame", "a whole frame within 30 seconds");
    send_part(&honest, b.p + 100000, b.n - 100000);
    assert_reply(&honest, REPLY_OUTCOMES);
    for (int i = 0; i < LAZY; i++)
        peer_free(&lazy[i]);
    buf_free(&b);
    peer_free(&honest);
    peer_free(&other);
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
    struct session_limits l = roomy();
    l.connections = l.connections_each = connections;
    l.under_way = under_way;
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

/* ---- Small pieces ---- */

/* Sends so many single bytes, each with a pass of the loop; how many were left in the socket. */
static unsigned left_unread(struct peer *p, const uint8_t *at, unsigned n)
{
    unsigned left = 0;
    for (unsigned i = 0; i < n; i++) {
        int unread = 0;
        assert_int_equal(send(p->fd, at + i, 1, MSG_NOSIGNAL), 1);
        pass(p->house);
        assert_int_equal(ioctl(p->fd, SIOCOUTQ, &unread), 0);
        left += unread > 0;
    }
    return left;
}

/* The timer that ends rests is a real one: it may go off once or twice in between. */
static void test_every_byte_was_read_by_itself(void **state)
{
    (void)state;
    struct house *h = house(10);
    struct peer p, gone;
    struct buf b = {0};
    peer_connect(h, &p);
    peer_connect(h, &gone);
    greet(&p);
    put_commands(&p, 10, &b);
    assert_true(b.n > LIMIT_PIECES + 100);
    assert_int_equal(left_unread(&p, b.p, LIMIT_PIECES), 0);
    assert_true(left_unread(&p, b.p + LIMIT_PIECES, 100) > 50);
    (void)left_unread(&gone, b.p, 2 * LIMIT_PIECES); /* and ends while it rests */
    peer_free(&gone);
    send_part(&p, b.p + LIMIT_PIECES + 100, b.n - LIMIT_PIECES - 100);
    sessions_end_rests(h->sessions);
    assert_reply(&p, REPLY_OUTCOMES);
    assert_serves(&p);
    assert_int_equal(left_unread(&p, b.p, LIMIT_PIECES), 0); /* pieces of another message */
    buf_free(&b);
    peer_free(&p);
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
        cmocka_unit_test(test_every_byte_was_read_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
