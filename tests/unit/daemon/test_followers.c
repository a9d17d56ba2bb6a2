/* SPDX-License-Identifier: Apache-2.0 */
/* Followers: who is served when, and how many at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "daemon/clock.h"
#include "daemon/followers.h"

#define SECOND     INT64_C(1000000)
#define LIMIT      10
#define LIMIT_EACH 7

struct post {
    struct event_base *base;
    struct handoff *handoff;
    struct followers *followers;
    bool room;           /* peers read */
    uint64_t served[20]; /* requests by number */
    unsigned n;
};

static bool serve(void *arg, struct job *j)
{
    struct post *p = arg;
    if (!p->room && j->session == 1)
        return false;
    assert_true(p->n < 20);
    p->served[p->n++] = j->request.number;
    job_free(p->handoff, j);
    return true;
}

static struct post *post(void)
{
    struct post *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->room = true;
    p->base = event_base_new();
    const struct handoff_limits room = {1, 1, SIZE_MAX, SIZE_MAX};
    assert_int_equal(handoff_new(&room, &p->handoff), 0);
    const struct followers_config c = {.base = p->base,
                                       .handoff = p->handoff,
                                       .limit = LIMIT,
                                       .limit_each = LIMIT_EACH,
                                       .serve = serve,
                                       .arg = p};
    assert_int_equal(followers_new(&c, &p->followers), 0);
    return p;
}

static void post_free(struct post *p)
{
    followers_free(p->followers);
    assert_int_equal(handoff_jobs(p->handoff), 0);
    handoff_free(p->handoff);
    event_base_free(p->base);
    free(p);
}

static bool add_of(struct post *p, const char *name, uint64_t number, uint64_t session,
                   uint64_t after, int64_t until_us)
{
    struct job *j;
    assert_int_equal(job_new(p->handoff, handoff_share(p->handoff, name), &j), 0);
    j->session = session;
    j->request.number = number;
    j->request.query.after = after;
    j->until_us = until_us;
    if (followers_add(p->followers, j))
        return true;
    job_free(p->handoff, j);
    return false;
}

static bool add(struct post *p, uint64_t number, uint64_t session, uint64_t after, int64_t until_us)
{
    return add_of(p, "a", number, session, after, until_us);
}

static int64_t in_a_minute(void)
{
    return clock_steady_us() + 60 * SECOND;
}

static void turn(struct post *p)
{
    assert_true(event_base_loop(p->base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

/* Those served since the last time, in their order. */
static void assert_served(struct post *p, unsigned n, const uint64_t *numbers)
{
    assert_int_equal(p->n, n);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(p->served[i], numbers[i]);
    p->n = 0;
}

#define SERVED(p, ...)                                                                             \
    do {                                                                                           \
        const uint64_t want[] = {__VA_ARGS__};                                                     \
        assert_served(p, sizeof want / sizeof *want, want);                                        \
    } while (0)
#define NOBODY_SERVED(p) assert_int_equal((p)->n, 0)

static void test_woken_by_an_entry_after_the_cursor(void **state)
{
    (void)state;
    struct post *p = post();
    assert_true(add(p, 1, 1, 5, in_a_minute()));
    assert_true(add(p, 2, 2, 7, in_a_minute()));
    assert_true(add(p, 3, 1, 5, in_a_minute()));
    followers_wake(p->followers, 5);
    turn(p);
    NOBODY_SERVED(p);
    followers_wake(p->followers, 7);
    NOBODY_SERVED(p); /* answers that are on their way go first */
    turn(p);
    SERVED(p, 1, 3);
    followers_wake(p->followers, 8);
    turn(p);
    SERVED(p, 2);
    post_free(p);
}

static void test_time_passes(void **state)
{
    (void)state;
    struct post *p = post();
    int64_t now_us = clock_steady_us();
    assert_true(add(p, 1, 1, 5, now_us + 20 * SECOND));
    assert_true(add(p, 2, 1, 5, now_us + 10 * SECOND));
    followers_end_late(p->followers, now_us + 10 * SECOND - 1);
    NOBODY_SERVED(p);
    followers_end_late(p->followers, now_us + 10 * SECOND);
    SERVED(p, 2);
    followers_end_late(p->followers, now_us + 20 * SECOND);
    SERVED(p, 1);
    post_free(p);
}

/* The timer is set for the nearest, whichever came first. */
static void test_the_timer_goes_off(void **state)
{
    (void)state;
    struct post *p = post();
    int64_t until_us = clock_steady_us() + SECOND / 20;
    assert_true(add(p, 1, 1, 5, in_a_minute()));
    assert_true(add(p, 2, 1, 5, until_us));
    assert_true(add(p, 3, 1, 5, until_us + SECOND / 50));
    while (p->n < 1)
        assert_int_equal(event_base_loop(p->base, EVLOOP_ONCE), 0);
    assert_true(clock_steady_us() >= until_us);
    while (p->n < 2)
        assert_int_equal(event_base_loop(p->base, EVLOOP_ONCE), 0);
    SERVED(p, 2, 3);
    assert_true(clock_steady_us() < until_us + 50 * SECOND);
    post_free(p);
}

static void test_a_peer_that_leaves(void **state)
{
    (void)state;
    struct post *p = post();
    assert_true(add(p, 1, 1, 5, in_a_minute()));
    assert_true(add(p, 2, 2, 5, in_a_minute()));
    assert_true(add(p, 3, 1, 5, in_a_minute()));
    followers_leave(p->followers, 1);
    turn(p);
    SERVED(p, 1, 3);
    followers_leave(p->followers, 3);
    turn(p);
    NOBODY_SERVED(p);
    post_free(p);
}

static void test_no_more_than_the_limit(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= LIMIT; i++)
        assert_true(add_of(p, i % 2 ? "a" : "b", i, 1, 5, in_a_minute()));
    assert_false(add_of(p, "c", 11, 2, 5, in_a_minute()));
    followers_leave(p->followers, 1);
    turn(p);
    p->n = 0;
    assert_true(add_of(p, "c", 12, 2, 5, in_a_minute()));
    post_free(p);
}

static void test_no_more_than_the_limit_of_a_principal(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= LIMIT_EACH; i++)
        assert_true(add_of(p, "a", i, 1, 5 + i, in_a_minute()));
    assert_false(add_of(p, "a", 8, 2, 5, in_a_minute()));
    assert_true(add_of(p, "b", 9, 3, 5, in_a_minute()));
    followers_wake(p->followers, 7);
    turn(p);
    SERVED(p, 1, 9);
    assert_true(add_of(p, "a", 10, 2, 7, in_a_minute()));
    assert_false(add_of(p, "a", 11, 2, 7, in_a_minute()));
    post_free(p);
}

static void test_principals_are_served_in_turn(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= LIMIT_EACH; i++)
        assert_true(add_of(p, "a", i, 2, 5, in_a_minute()));
    assert_true(add_of(p, "b", 8, 3, 5, in_a_minute()));
    assert_true(add_of(p, "b", 9, 3, 5, in_a_minute()));
    followers_wake(p->followers, 6);
    turn(p);
    SERVED(p, 1, 8, 2, 9);
    turn(p);
    SERVED(p, 3, 4, 5, 6);
    turn(p);
    SERVED(p, 7);
    post_free(p);
}

/* The hand-over here has room for one job. */
static void test_the_hand_over_stays_free(void **state)
{
    (void)state;
    struct post *p = post();
    assert_true(add(p, 1, 1, 5, in_a_minute()));
    assert_true(add(p, 2, 1, 5, in_a_minute()));
    assert_false(handoff_is_full(p->handoff));
    p->room = false;
    followers_wake(p->followers, 6);
    turn(p);
    NOBODY_SERVED(p);
    assert_false(handoff_is_full(p->handoff));
    post_free(p);
}

static void test_a_few_in_each_turn(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= 6; i++)
        assert_true(add(p, i, 1, 5, in_a_minute()));
    followers_wake(p->followers, 6);
    turn(p);
    SERVED(p, 1, 2, 3, 4);
    turn(p);
    SERVED(p, 5, 6);
    post_free(p);
}

static void test_a_peer_that_does_not_read_holds_up_nobody(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= 5; i++)
        assert_true(add(p, i, 1, 5, in_a_minute()));
    assert_true(add(p, 6, 2, 5, in_a_minute()));
    p->room = false;
    followers_wake(p->followers, 6);
    turn(p);
    SERVED(p, 6);
    p->room = true;
    while (p->n < 5)
        assert_int_equal(event_base_loop(p->base, EVLOOP_ONCE), 0);
    SERVED(p, 1, 2, 3, 4, 5);
    post_free(p);
}

static void test_stopping_waits_for_nothing(void **state)
{
    (void)state;
    struct post *p = post();
    for (uint64_t i = 1; i <= 6; i++)
        assert_true(add(p, i, 2, 5, in_a_minute()));
    followers_stop(p->followers);
    SERVED(p, 1, 2, 3, 4, 5, 6);
    post_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_woken_by_an_entry_after_the_cursor),
        cmocka_unit_test(test_time_passes),
        cmocka_unit_test(test_the_timer_goes_off),
        cmocka_unit_test(test_a_peer_that_leaves),
        cmocka_unit_test(test_no_more_than_the_limit),
        cmocka_unit_test(test_no_more_than_the_limit_of_a_principal),
        cmocka_unit_test(test_principals_are_served_in_turn),
        cmocka_unit_test(test_the_hand_over_stays_free),
        cmocka_unit_test(test_a_few_in_each_turn),
        cmocka_unit_test(test_a_peer_that_does_not_read_holds_up_nobody),
        cmocka_unit_test(test_stopping_waits_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
