/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-over: order, room, grouping, waiting, and two threads at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#include "daemon/clock.h"
#include "daemon/handoff.h"

static struct handoff *make(unsigned jobs, size_t bytes)
{
    struct handoff *h;
    const struct handoff_limits limits = {jobs, jobs, bytes, bytes};
    assert_int_equal(handoff_new(&limits, &h), 0);
    return h;
}

static struct job *job_of(struct handoff *h, const char *principal, enum job_kind kind, uint32_t n,
                          uint64_t number)
{
    struct job *j;
    assert_int_equal(job_new(h, handoff_share(h, principal), &j), 0);
    j->kind = kind;
    j->request.n = n;
    j->request.number = number;
    return j;
}

static struct job *job(struct handoff *h, enum job_kind kind, uint32_t n, uint64_t number)
{
    return job_of(h, "me", kind, n, number);
}

static unsigned length(const struct job_list *l)
{
    unsigned n = 0;
    for (struct job *j = l->first; j; j = j->next)
        n++;
    return n;
}

static bool readable(struct handoff *h)
{
    struct pollfd p = {.fd = handoff_fd(h), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void free_all(struct handoff *h, struct job_list *l)
{
    for (struct job *j; (j = job_list_pop(l)) != NULL;)
        job_free(h, j);
}

static void test_full_by_jobs(void **state)
{
    (void)state;
    struct handoff *h = make(2, SIZE_MAX);
    struct job *a = job(h, JOB_QUERY, 0, 1);
    assert_false(handoff_is_full(h));
    struct job *b = job(h, JOB_QUERY, 0, 2);
    assert_true(handoff_is_full(h));
    job_free(h, a);
    assert_false(handoff_is_full(h));
    assert_int_equal(handoff_jobs(h), 1);
    job_free(h, b);
    handoff_free(h);
}

static void test_full_by_bytes(void **state)
{
    (void)state;
    struct handoff *h = make(100, 1 << 20);
    struct job *a = job(h, JOB_QUERY, 0, 1);
    assert_false(handoff_is_full(h));
    job_charge(h, a, 1 << 20);
    assert_true(handoff_is_full(h));
    job_free(h, a);
    assert_false(handoff_is_full(h));
    handoff_free(h);
}

static void test_a_job_used_again_is_empty(void **state)
{
    (void)state;
    struct handoff *h = make(2, SIZE_MAX);
    struct job *a = job(h, JOB_QUERY, 7, 9);
    assert_non_null(arena_zero(&a->arena, 100));
    a->session = 5;
    a->error = -1;
    job_free(h, a);
    struct job *b;
    assert_int_equal(job_new(h, NULL, &b), 0);
    assert_ptr_equal(a, b);
    assert_int_equal(b->request.number, 0);
    assert_int_equal(b->session, 0);
    assert_int_equal(b->error, 0);
    job_free(h, b);
    handoff_free(h);
}

static void test_a_job_kept_is_small(void **state)
{
    (void)state;
    struct handoff *h = make(2, SIZE_MAX);
    struct job *large = job(h, JOB_QUERY, 0, 1), *next;
    for (int i = 0; i < 10; i++)
        assert_non_null(arena_alloc(&large->arena, 10000));
    job_free(h, large);
    assert_int_equal(job_new(h, NULL, &next), 0);
    assert_int_equal(arena_size(&next->arena), 0);
    job_free(h, next);
    handoff_free(h);
}

static void test_group_ends_at_the_limit(void **state)
{
    (void)state;
    struct handoff *h = make(100, SIZE_MAX);
    struct job_list l;
    handoff_push(h, job(h, JOB_COMMANDS, 50, 1)); /* more than a group: goes alone */
    handoff_push(h, job(h, JOB_COMMANDS, 6, 2));
    handoff_push(h, job(h, JOB_QUERY, 0, 3));
    handoff_push(h, job(h, JOB_COMMANDS, 3, 4));
    handoff_push(h, job(h, JOB_COMMANDS, 1, 5));
    handoff_push(h, job(h, JOB_QUERY, 0, 6));
    assert_true(handoff_take(h, 10, -1, &l));
    assert_int_equal(length(&l), 1);
    free_all(h, &l);
    assert_true(handoff_take(h, 10, -1, &l));
    assert_int_equal(length(&l), 3);
    assert_int_equal(l.first->request.number, 2);
    assert_int_equal(l.first->next->request.number, 3);
    free_all(h, &l);
    assert_true(handoff_take(h, 10, -1, &l));
    assert_int_equal(length(&l), 2);
    free_all(h, &l);
    handoff_free(h);
}

static void set_room(struct handoff *h, unsigned jobs, size_t bytes)
{
    const struct handoff_limits limits = {jobs, jobs, bytes, bytes};
    handoff_set_limits(h, &limits);
}

static void test_other_room(void **state)
{
    (void)state;
    struct handoff *h = make(1, SIZE_MAX);
    struct job *a = job(h, JOB_QUERY, 0, 1);
    assert_true(handoff_is_full(h));
    set_room(h, 2, SIZE_MAX);
    assert_false(handoff_is_full(h));
    set_room(h, 2, 1);
    assert_true(handoff_is_full(h));
    set_room(h, 2, 1 << 20);
    assert_false(handoff_is_full(h));
    job_free(h, a);
    handoff_free(h);
}

/* Away is what the writer has, whether it took it or not. */
static void test_what_is_away_is_counted(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    assert_int_equal(handoff_away(h), 0);
    for (uint64_t i = 1; i <= 3; i++)
        handoff_push(h, job(h, JOB_COMMANDS, 1, i));
    assert_int_equal(handoff_away(h), 3);
    assert_true(handoff_take(h, 2, -1, &l));
    assert_int_equal(handoff_away(h), 3);
    handoff_post(h, &l);
    assert_int_equal(handoff_returned(h), 0);
    assert_int_equal(handoff_take_done(h, &l), 0);
    assert_int_equal(handoff_away(h), 1);
    assert_int_equal(handoff_returned(h), 2);
    free_all(h, &l);
    handoff_free(h);
}

/* ---- Principals ---- */

static void assert_numbers(struct handoff *h, unsigned commands, const uint64_t *numbers)
{
    struct job_list l;
    assert_true(handoff_take(h, commands, -1, &l));
    for (; *numbers; numbers++) {
        struct job *j = job_list_pop(&l);
        assert_non_null(j);
        assert_int_equal(j->request.number, *numbers);
        job_free(h, j);
    }
    assert_null(l.first);
}

#define NUMBERS(...) ((const uint64_t[]){__VA_ARGS__, 0})

static void test_principals_are_taken_in_turn(void **state)
{
    (void)state;
    struct handoff *h = make(100, SIZE_MAX);
    for (uint64_t i = 1; i <= 6; i++)
        handoff_push(h, job_of(h, "a", JOB_COMMANDS, 1, i));
    handoff_push(h, job_of(h, "b", JOB_COMMANDS, 1, 11));
    handoff_push(h, job_of(h, "b", JOB_QUERY, 0, 12));
    handoff_push(h, job_of(h, "c", JOB_COMMANDS, 1, 21));
    assert_numbers(h, 16, NUMBERS(1, 11, 21, 2)); /* four of all, two of each */
    handoff_push(h, job_of(h, "c", JOB_COMMANDS, 1, 22));
    assert_numbers(h, 16, NUMBERS(12, 22, 3, 4)); /* c was served before a was again */
    assert_numbers(h, 16, NUMBERS(5, 6));
    handoff_free(h);
}

/* Large ones of one principal and small ones of another: neither shuts the other out. */
static void test_what_does_not_fit_is_first_the_next_time(void **state)
{
    (void)state;
    struct handoff *h = make(100, SIZE_MAX);
    for (uint64_t i = 1; i <= 2; i++)
        handoff_push(h, job_of(h, "a", JOB_COMMANDS, 50, i));
    for (uint64_t i = 11; i <= 25; i++)
        handoff_push(h, job_of(h, "b", JOB_COMMANDS, 1, i));
    handoff_push(h, job_of(h, "c", JOB_COMMANDS, 10, 31));
    assert_numbers(h, 40, NUMBERS(1)); /* of ten for all, and five for each: more goes by itself */
    assert_numbers(h, 40, NUMBERS(11, 12, 13, 14, 15));
    assert_numbers(h, 40, NUMBERS(31));
    assert_numbers(h, 40, NUMBERS(2));
    assert_numbers(h, 40, NUMBERS(16, 17, 18, 19, 20));
    assert_numbers(h, 40, NUMBERS(21, 22, 23, 24, 25));
    handoff_push(h, job_of(h, "f", JOB_COMMANDS, 4, 42));
    handoff_push(h, job_of(h, "f", JOB_COMMANDS, 7, 43));
    handoff_push(h, job_of(h, "d", JOB_COMMANDS, 8, 41));
    handoff_push(h, job_of(h, "e", JOB_COMMANDS, 4, 51));
    assert_numbers(h, 40, NUMBERS(42, 51));
    assert_numbers(h, 40, NUMBERS(41));
    assert_numbers(h, 40, NUMBERS(43));
    handoff_push(h, job_of(h, "d", JOB_COMMANDS, 4, 44));
    handoff_push(h, job_of(h, "f", JOB_COMMANDS, 6, 45));
    assert_numbers(h, 40, NUMBERS(44)); /* ten would be for all, but six are more than one's part */
    assert_numbers(h, 40, NUMBERS(45));
    handoff_free(h);
}

static void push_many(struct handoff *h, const char *who, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to; i++)
        handoff_push(h, job_of(h, who, JOB_COMMANDS, 1, i));
}

/* While somebody else asks, a commit is a quarter, and nobody has more than an eighth; sixteen
 * rounds later it is whole again. */
static void test_a_part_of_a_commit_while_others_ask(void **state)
{
    (void)state;
    struct handoff *h = make(100, SIZE_MAX);
    push_many(h, "a", 1, 12);
    assert_numbers(h, 4, NUMBERS(1, 2, 3, 4)); /* alone */
    push_many(h, "b", 21, 21);
    assert_numbers(h, 16, NUMBERS(21, 5, 6));
    assert_numbers(h, 16, NUMBERS(7, 8));
    assert_numbers(h, 9, NUMBERS(9, 10)); /* parts are rounded up */
    assert_numbers(h, 1, NUMBERS(11));
    push_many(h, "b", 22, 24);
    assert_numbers(h, 16, NUMBERS(22, 12, 23));
    push_many(h, "c", 31, 33);
    push_many(h, "a", 41, 43);
    push_many(h, "b", 25, 25);
    assert_numbers(h, 16, NUMBERS(31, 41, 24, 32)); /* four of all */
    assert_numbers(h, 16, NUMBERS(42, 25, 33, 43));
    handoff_push(h, job_of(h, "a", JOB_COMMANDS, 8, 13)); /* one that is more goes by itself */
    push_many(h, "b", 26, 26);
    assert_numbers(h, 16, NUMBERS(26));
    assert_numbers(h, 16, NUMBERS(13));
    push_many(h, "a", 1, 40);
    for (uint64_t i = 1; i <= 16; i++)
        assert_numbers(h, 16, NUMBERS(2 * i - 1, 2 * i));
    assert_numbers(h, 4, NUMBERS(33, 34, 35, 36));
    assert_numbers(h, 4, NUMBERS(37, 38, 39, 40));
    handoff_free(h);
}

/* The daemon's own jobs, which cost nothing, are nobody's company, and in nobody's way. */
static void test_what_costs_nothing_is_no_company(void **state)
{
    (void)state;
    struct handoff *h = make(100, SIZE_MAX);
    handoff_push(h, job_of(h, "", JOB_TABLES, 0, 1));
    handoff_push(h, job_of(h, "a", JOB_COMMANDS, 9, 11));
    push_many(h, "a", 12, 14);
    assert_numbers(h, 10, NUMBERS(1, 11, 12));
    handoff_push(h, job_of(h, "", JOB_TABLES, 0, 2));
    push_many(h, "a", 15, 20);
    assert_numbers(h, 8, NUMBERS(2, 13, 14, 15, 16, 17, 18, 19, 20));
    push_many(h, "b", 31, 31);
    push_many(h, "a", 21, 24);
    handoff_push(h, job_of(h, "", JOB_TABLES, 0, 3));
    handoff_push(h, job_of(h, "b", JOB_COMMANDS, 8, 32));
    assert_numbers(h, 8, NUMBERS(31, 3, 21));
    assert_numbers(h, 8, NUMBERS(32)); /* by itself */
    handoff_free(h);
}

static void test_a_principal_has_its_part(void **state)
{
    (void)state;
    const struct handoff_limits limits = {6, 3, 6 << 20, 3 << 20};
    struct handoff *h;
    assert_int_equal(handoff_new(&limits, &h), 0);
    struct share *a = handoff_share(h, "a"), *b = handoff_share(h, "b"), *c = handoff_share(h, "c");
    struct job_list l;
    assert_ptr_equal(handoff_share(h, "a"), a);
    job_list_clear(&l);
    for (uint64_t i = 0; i < 3; i++) {
        assert_true(handoff_has_room(h, a));
        job_list_add(&l, job_of(h, "a", JOB_QUERY, 0, i));
    }
    assert_false(handoff_has_room(h, a));
    assert_true(handoff_has_room(h, b));
    struct job *large = job_of(h, "b", JOB_QUERY, 0, 10);
    job_charge(h, large, 3 << 20);
    assert_false(handoff_has_room(h, b)); /* by bytes */
    for (uint64_t i = 0; i < 2; i++)
        job_list_add(&l, job_of(h, "c", JOB_QUERY, 0, i));
    assert_true(handoff_is_full(h));
    assert_false(handoff_has_room(h, c)); /* has fewer than its part, but all is taken */
    struct share *d = handoff_share(h, "d");
    assert_true(handoff_has_room(h, d)); /* has none */
    job_charge(h, large, 9 << 20);
    assert_false(handoff_has_room(h, d)); /* but there is an end to that */
    job_free(h, large);
    free_all(h, &l);
    assert_true(handoff_has_room(h, a) && handoff_has_room(h, b) && handoff_has_room(h, c));
    handoff_free(h);
}

/* ---- Waiting ---- */

static void test_waiting_ends(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    assert_true(handoff_take(h, 10, 1000, &l));
    assert_null(l.first);
    handoff_push(h, job(h, JOB_QUERY, 0, 1));
    handoff_close(h);
    assert_true(handoff_take(h, 10, -1, &l));
    assert_int_equal(length(&l), 1);
    free_all(h, &l);
    assert_false(handoff_take(h, 10, -1, &l));
    handoff_free(h);
}

static void test_back_in_order_with_one_wake(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    for (uint64_t i = 1; i <= 3; i++)
        handoff_push(h, job(h, JOB_QUERY, 0, i));
    assert_true(handoff_take(h, 10, -1, &l));
    assert_false(readable(h));
    handoff_post(h, &l);
    assert_null(l.first);
    handoff_post(h, &l); /* nothing: no wake-up */
    assert_true(readable(h));
    assert_int_equal(handoff_take_done(h, &l), 0);
    assert_false(readable(h));
    for (uint64_t i = 1; i <= 3; i++) {
        struct job *j = job_list_pop(&l);
        assert_int_equal(j->request.number, i);
        job_free(h, j);
    }
    assert_null(job_list_pop(&l));
    handoff_give_up(h, ERR_UNKNOWN);
    assert_true(readable(h));
    assert_int_equal(handoff_take_done(h, &l), ERR_UNKNOWN);
    handoff_free(h);
}

static void test_what_is_left_is_freed(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    handoff_push(h, job(h, JOB_QUERY, 0, 1));
    assert_true(handoff_take(h, 10, -1, &l));
    handoff_post(h, &l);
    handoff_push(h, job(h, JOB_QUERY, 0, 2));
    handoff_free(h);
    handoff_free(NULL);
}

/* ---- Gathering ---- */

#define LONG_US INT64_C(60000000) /* nobody waits for so long unless a wake-up was lost */

static void test_gathering_takes_none(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    assert_int_equal(handoff_waiting(h), 0);
    handoff_push(h, job(h, JOB_COMMANDS, 1, 1));
    handoff_push(h, job(h, JOB_COMMANDS, 1, 2));
    handoff_gather(h, 0, LONG_US);
    handoff_gather(h, 1, LONG_US);
    handoff_gather(h, 2, LONG_US);
    assert_int_equal(handoff_waiting(h), 2);
    assert_true(handoff_take(h, 1, -1, &l));
    assert_int_equal(length(&l), 1);
    assert_int_equal(l.first->request.number, 1);
    assert_int_equal(handoff_waiting(h), 1);
    free_all(h, &l);
    handoff_free(h);
}

static void test_gathering_ends_with_its_time(void **state)
{
    (void)state;
    struct handoff *h = make(10, SIZE_MAX);
    struct job_list l;
    handoff_gather(h, 1, 0);
    handoff_gather(h, 1, 1000);
    handoff_push(h, job(h, JOB_COMMANDS, 1, 1));
    handoff_gather(h, 2, 1000);
    assert_true(handoff_take(h, 10, LONG_US, &l));
    assert_int_equal(length(&l), 1);
    free_all(h, &l);
    handoff_free(h);
}

static void *gather_for_ever(void *arg)
{
    handoff_gather(arg, 100, LONG_US);
    return NULL;
}

static void test_gathering_ends_when_no_more_come(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) { /* before it sleeps, or after */
        struct handoff *h = make(10, SIZE_MAX);
        pthread_t thread;
        int64_t began = clock_steady_us();
        assert_int_equal(pthread_create(&thread, NULL, gather_for_ever, h), 0);
        handoff_push(h, job(h, JOB_COMMANDS, 1, 1));
        handoff_close(h);
        pthread_join(thread, NULL);
        assert_true(clock_steady_us() - began < LONG_US);
        handoff_gather(h, 100, LONG_US); /* closed before */
        assert_true(clock_steady_us() - began < LONG_US);
        handoff_free(h);
    }
}

#define TOGETHER 7

struct gathered {
    struct handoff *handoff;
    unsigned rounds, apart;
};

static void *gather_and_echo(void *arg)
{
    struct gathered *g = arg;
    struct job_list l;
    for (;;) {
        handoff_gather(g->handoff, TOGETHER, LONG_US);
        if (!handoff_take(g->handoff, 100, -1, &l))
            return NULL;
        g->rounds++;
        g->apart += length(&l) != TOGETHER;
        handoff_post(g->handoff, &l);
    }
}

/* Whoever is first, the writer wakes once all are there. */
static void test_all_are_gathered(void **state)
{
    (void)state;
    const unsigned rounds = 5000;
    struct handoff *h = make(TOGETHER, SIZE_MAX);
    struct gathered g = {.handoff = h};
    pthread_t thread;
    int64_t began = clock_steady_us();
    assert_int_equal(pthread_create(&thread, NULL, gather_and_echo, &g), 0);
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned k = 0; k < TOGETHER; k++)
            handoff_push(h, job(h, JOB_COMMANDS, 1, k));
        for (unsigned back = 0; back < TOGETHER;) {
            struct pollfd p = {.fd = handoff_fd(h), .events = POLLIN};
            struct job_list l;
            assert_int_equal(poll(&p, 1, (int)(LONG_US / 1000)), 1);
            assert_int_equal(handoff_take_done(h, &l), 0);
            back += length(&l);
            free_all(h, &l);
        }
    }
    handoff_close(h);
    pthread_join(thread, NULL);
    assert_true(clock_steady_us() - began < LONG_US);
    assert_int_equal(g.rounds, rounds);
    assert_int_equal(g.apart, 0);
    handoff_free(h);
}

/* ---- Two threads ---- */

static void *echo(void *arg)
{
    struct handoff *h = arg;
    struct job_list l;
    while (handoff_take(h, 16, 500, &l)) {
        for (struct job *j = l.first; j; j = j->next)
            j->need = j->request.number + 1;
        handoff_post(h, &l);
    }
    return NULL;
}

static void test_two_threads(void **state)
{
    (void)state;
    const uint64_t all = 50000;
    struct handoff *h = make(64, SIZE_MAX);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, echo, h), 0);
    uint64_t sent = 0, back = 0;
    while (back < all) {
        while (sent < all && !handoff_is_full(h))
            handoff_push(h, job(h, JOB_COMMANDS, 1, ++sent));
        struct pollfd p = {.fd = handoff_fd(h), .events = POLLIN};
        assert_int_equal(poll(&p, 1, 10000), 1);
        struct job_list l;
        assert_int_equal(handoff_take_done(h, &l), 0);
        for (struct job *j; (j = job_list_pop(&l)) != NULL;) {
            assert_int_equal(j->request.number, ++back);
            assert_int_equal(j->need, back + 1);
            job_free(h, j);
        }
    }
    handoff_close(h);
    pthread_join(thread, NULL);
    assert_int_equal(handoff_jobs(h), 0);
    handoff_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_by_jobs),
        cmocka_unit_test(test_full_by_bytes),
        cmocka_unit_test(test_other_room),
        cmocka_unit_test(test_what_is_away_is_counted),
        cmocka_unit_test(test_a_job_used_again_is_empty),
        cmocka_unit_test(test_a_job_kept_is_small),
        cmocka_unit_test(test_group_ends_at_the_limit),
        cmocka_unit_test(test_principals_are_taken_in_turn),
        cmocka_unit_test(test_what_does_not_fit_is_first_the_next_time),
        cmocka_unit_test(test_a_part_of_a_commit_while_others_ask),
        cmocka_unit_test(test_what_costs_nothing_is_no_company),
        cmocka_unit_test(test_a_principal_has_its_part),
        cmocka_unit_test(test_waiting_ends),
        cmocka_unit_test(test_back_in_order_with_one_wake),
        cmocka_unit_test(test_what_is_left_is_freed),
        cmocka_unit_test(test_gathering_takes_none),
        cmocka_unit_test(test_gathering_ends_with_its_time),
        cmocka_unit_test(test_gathering_ends_when_no_more_come),
        cmocka_unit_test(test_all_are_gathered),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
