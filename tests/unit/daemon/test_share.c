/* SPDX-License-Identifier: Apache-2.0 */
/* What one principal takes does not keep the others from theirs: connections, the queue, turns of
 * the event loop, answers that nobody reads. */
#include "tests/unit/daemon/house.h"

static struct house *house_for(unsigned jobs_each, struct session_limits limits)
{
    const struct handoff_limits queue = {100, jobs_each, SIZE_MAX, SIZE_MAX};
    return house_with(&queue, &limits);
}

static void send_commands(struct peer *p, uint32_t n)
{
    struct buf b = {0};
    put_commands(p, n, &b);
    send_part(p, b.p, b.n);
    buf_free(&b);
}

/* ---- Connections ---- */

static void test_connections_of_one_principal(void **state)
{
    (void)state;
    struct session_limits limits = roomy();
    limits.connections = 4;
    limits.connections_each = 2;
    struct house *h = house_for(100, limits);
    struct peer a[3], b[2], c;
    struct to_client m;
    peer_connect_as(h, &a[0], "a");
    peer_connect_as(h, &a[1], "a");
    assert_int_equal(peer_try(h, &a[2], "a"), ERR_FULL);
    take_in(&a[2]);
    assert_true(next(&a[2], &m));
    assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
    assert_string_equal(m.goodbye.field, "connections-per-principal");
    assert_string_equal(m.goodbye.value, "a");
    assert_non_null(strstr(m.goodbye.expected, "at most 2 connections"));
    peer_connect_as(h, &b[0], "b");
    peer_connect_as(h, &b[1], "b");
    greet(&b[1]);
    assert_int_equal(peer_try(h, &c, "c"), ERR_FULL);
    assert_true(next(&c, &m));
    assert_string_equal(m.goodbye.field, "connections");
    assert_non_null(strstr(m.goodbye.expected, "at most 4"));
    peer_free(&c);
    peer_free(&a[2]);
    peer_free(&a[0]);
    settle(h);
    peer_connect_as(h, &a[0], "a");
    greet(&a[0]);
    for (int i = 0; i < 2; i++) {
        peer_free(&a[i]);
        peer_free(&b[i]);
    }
    house_free(h);
}

static void test_the_welcome_tells_the_limits(void **state)
{
    (void)state;
    struct session_limits limits = roomy();
    limits.connections_each = 7;
    limits.outbox = 123456;
    struct house *h = house_for(100, limits);
    struct peer p;
    struct to_client m;
    struct buf b = {0};
    const struct hello hello = {PROTOCOL_VERSION, "test"};
    peer_connect(h, &p);
    assert_int_equal(hello_write(&hello, &b), 0);
    send_part(&p, b.p, b.n);
    assert_true(next(&p, &m));
    assert_int_equal(m.welcome.connections_limit, 7);
    assert_int_equal(m.welcome.unread_limit, 123456);
    assert_int_equal(m.welcome.under_way_limit, limits.under_way);
    buf_free(&b);
    peer_free(&p);
    house_free(h);
}

/* ---- The queue ---- */

static void test_a_part_of_the_queue(void **state)
{
    (void)state;
    struct house *h = house_for(3, roomy());
    struct peer a[2], b;
    for (int i = 0; i < 2; i++) {
        peer_connect_as(h, &a[i], "a");
        greet(&a[i]);
    }
    peer_connect_as(h, &b, "b");
    greet(&b);
    h->works = false;
    for (int i = 0; i < 6; i++)
        send_commands(&a[i % 2], 1);
    settle(h);
    assert_int_equal(handoff_jobs(h->handoff), 3);
    send_commands(&b, 1);
    settle(h);
    assert_int_equal(handoff_jobs(h->handoff), 4);
    h->works = true;
    assert_reply(&b, REPLY_OUTCOMES);
    for (int i = 0; i < 6; i++) /* nothing of it was lost */
        assert_reply(&a[i % 2], REPLY_OUTCOMES);
    peer_free(&a[0]);
    peer_free(&a[1]);
    peer_free(&b);
    house_free(h);
}

/* ---- Turns of the event loop ---- */

static unsigned replies(struct peer *p)
{
    unsigned n = 0;
    take_in(p);
    for (size_t at = 0; at + FRAME_HEAD <= p->in.n; n++)
        at += FRAME_HEAD + (size_t)get_be32(p->in.p + at);
    return n;
}

/* The event loop comes round once. */
static void once(struct house *h)
{
    assert_true(event_base_loop(h->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

/* Many connections of one principal have as many turns as one of another. */
static void test_turns_are_the_principals(void **state)
{
    (void)state;
    enum { MANY = 8, QUICK = 1000 };
    struct house *h = house_for(100, roomy());
    struct peer a[MANY], b;
    struct buf flood = {0}, one = {0};
    for (int i = 0; i < MANY; i++) {
        peer_connect_as(h, &a[i], "a");
        greet(&a[i]);
    }
    peer_connect_as(h, &b, "b");
    greet(&b);
    for (int k = 0; k < QUICK; k++)
        put_short(&a[0], &flood);
    assert_true(flood.n < LIMIT_SHORT_FRAME); /* so that each is read at once */
    for (int i = 0; i < MANY; i++)
        assert_int_equal(send(a[i].fd, flood.p, flood.n, 0), flood.n);
    once(h); /* it has begun with them */
    put_short(&b, &one);
    assert_int_equal(send(b.fd, one.p, one.n, 0), one.n);
    for (int rounds = 0; replies(&b) == 0; rounds++) {
        assert_true(rounds < 3);
        once(h);
    }
    unsigned n = 0;
    for (int i = 0; i < MANY; i++)
        n += replies(&a[i]);
    assert_true(n < QUICK);
    for (int i = 0; n < MANY * QUICK; i++) {
        assert_true(i < PASSES);
        pass(h);
        n = 0;
        for (int k = 0; k < MANY; k++)
            n += replies(&a[k]);
    }
    for (int i = 0; i < MANY; i++)
        peer_free(&a[i]);
    buf_free(&flood);
    buf_free(&one);
    peer_free(&b);
    house_free(h);
}

/* A turn's last work is a message that ends its session: the others go on in the next all the same.
 */
static void test_a_turn_that_ends_with_a_goodbye(void **state)
{
    (void)state;
    enum { TURN = 64 };
    static const uint8_t unknown[] = {0, 0, 0, 3, 0x7a, 1, 'x'};
    struct house *h = house_for(100, roomy());
    struct peer a[2];
    struct buf flood = {0}, one = {0};
    for (int i = 0; i < 2; i++) {
        peer_connect_as(h, &a[i], "a");
        greet(&a[i]);
    }
    for (int k = 0; k < 2 * TURN - 3; k++) /* two were the greetings, one is what follows */
        put_short(&a[0], &flood);
    assert_int_equal(buf_add(&flood, unknown, sizeof unknown), 0);
    assert_int_equal(send(a[0].fd, flood.p, flood.n, 0), flood.n);
    put_short(&a[1], &one);
    assert_int_equal(send(a[1].fd, one.p, one.n, 0), one.n);
    assert_reply(&a[1], REPLY_FAULT);
    for (int i = 0; i < 2; i++)
        peer_free(&a[i]);
    buf_free(&flood);
    buf_free(&one);
    house_free(h);
}

/* ---- Answers that nobody reads ---- */

#define UNREAD 4    /* requests */
#define EACH   1000 /* of so many commands, with answers of some 30 KiB each */

static struct house *narrow_house(void)
{
    struct session_limits limits = roomy();
    limits.outbox_each = 40 * 1024;
    struct house *h = house_for(100, limits);
    h->holds = 1;
    return h;
}

static void leave_unread(struct peer *p)
{
    for (int i = 0; i < UNREAD; i++)
        send_commands(p, EACH);
    settle(p->house);
}

static void assert_not_served(struct peer *p)
{
    struct buf b = {0};
    put_short(p, &b);
    assert_int_equal(send(p->fd, b.p, b.n, 0), b.n);
    assert_silent(p);
    buf_free(&b);
}

static void test_unread_answers_hold_up_their_principal_alone(void **state)
{
    (void)state;
    struct house *h = narrow_house();
    struct peer lazy, mine, other;
    peer_connect_as(h, &lazy, "a");
    peer_connect_as(h, &mine, "a");
    peer_connect_as(h, &other, "b");
    greet(&lazy);
    greet(&mine);
    greet(&other);
    assert_serves(&mine);
    leave_unread(&lazy);
    assert_not_served(&mine);
    assert_serves(&other);
    for (int i = 0; i < UNREAD; i++) /* it reads after all */
        assert_reply(&lazy, REPLY_OUTCOMES);
    assert_reply(&mine, REPLY_FAULT);
    assert_serves(&lazy);
    peer_free(&lazy);
    peer_free(&mine);
    peer_free(&other);
    house_free(h);
}

static void test_who_takes_nothing_while_others_wait_is_ended(void **state)
{
    (void)state;
    struct house *h = narrow_house();
    struct peer lazy, mine;
    peer_connect_as(h, &lazy, "a");
    peer_connect_as(h, &mine, "a");
    greet(&lazy);
    greet(&mine);
    leave_unread(&lazy);
    later(h, 0);
    later(h, 1);
    assert_not_served(&mine);
    later(h, 29);
    assert_silent(&mine);
    later(h, 33);
    assert_reply(&mine, REPLY_FAULT);
    assert_closed(&lazy);
    peer_free(&lazy);
    peer_free(&mine);
    house_free(h);
}

static void test_who_reads_slowly_stays(void **state)
{
    (void)state;
    struct house *h = narrow_house();
    struct peer slow;
    uint8_t some[65536];
    peer_connect(h, &slow);
    greet(&slow);
    leave_unread(&slow);
    const int times[] = {-20, 0, 25}; /* within 30 seconds of now: the timer may look too */
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        later(h, times[i]);
        ssize_t n = recv(slow.fd, some, sizeof some, 0);
        assert_true(n > 0);
        assert_int_equal(buf_add(&slow.in, some, (size_t)n), 0);
        settle(h);
    }
    for (int i = 0; i < UNREAD; i++)
        assert_reply(&slow, REPLY_OUTCOMES);
    later(h, 86400);
    assert_serves(&slow);
    peer_free(&slow);
    house_free(h);
}

/* A client that is stopped for long harms nobody as long as there is room. */
static void test_who_takes_nothing_stays_while_there_is_room(void **state)
{
    (void)state;
    struct house *h = house_for(100, roomy());
    h->holds = 1;
    struct peer lazy;
    peer_connect(h, &lazy);
    greet(&lazy);
    leave_unread(&lazy);
    later(h, 86400);
    later(h, 2 * 86400);
    for (int i = 0; i < UNREAD; i++)
        assert_reply(&lazy, REPLY_OUTCOMES);
    assert_serves(&lazy);
    peer_free(&lazy);
    house_free(h);
}

/* Together they leave as much as may be; who has left nothing is served yet. */
static void test_unread_answers_of_many_principals(void **state)
{
    (void)state;
    enum { MANY = 3 };
    struct session_limits limits = roomy();
    limits.outbox_all = 80 * 1024;
    struct house *h = house_for(100, limits);
    h->holds = 1;
    struct peer lazy[MANY], other;
    for (int i = 0; i < MANY; i++) {
        char name[8];
        snprintf(name, sizeof name, "l%d", i);
        peer_connect_as(h, &lazy[i], name);
        greet(&lazy[i]);
    }
    peer_connect_as(h, &other, "b");
    greet(&other);
    for (int i = 0; i < MANY; i++)
        leave_unread(&lazy[i]);
    assert_in_range(h->done, MANY, MANY * (UNREAD - 1));
    assert_serves(&other);
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < UNREAD; k++)
            assert_reply(&lazy[i], REPLY_OUTCOMES);
    for (int i = 0; i < MANY; i++)
        peer_free(&lazy[i]);
    peer_free(&other);
    house_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_of_one_principal),
        cmocka_unit_test(test_the_welcome_tells_the_limits),
        cmocka_unit_test(test_a_part_of_the_queue),
        cmocka_unit_test(test_turns_are_the_principals),
        cmocka_unit_test(test_a_turn_that_ends_with_a_goodbye),
        cmocka_unit_test(test_unread_answers_hold_up_their_principal_alone),
        cmocka_unit_test(test_who_takes_nothing_while_others_wait_is_ended),
        cmocka_unit_test(test_who_reads_slowly_stays),
        cmocka_unit_test(test_who_takes_nothing_stays_while_there_is_room),
        cmocka_unit_test(test_unread_answers_of_many_principals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
