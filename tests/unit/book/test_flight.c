/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that are decided while the one before is committed, and tables that are stored beside
 * both: what is told when, and what becomes of those that follow one that failed. */
#include "tests/unit/book/shelf.h"

#include <errno.h>
#include <lmdb.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

/* One request under way, and what was told of it. */
struct trip {
    struct book *book;
    struct request request;
    struct book_job job;
    struct book_job *jobs[1];
    bool more, alone;
    int rc;
    uint64_t journal; /* its last entry when the trip was told of */
    atomic_int told;
    int place;                 /* in the order in which trips were told of */
    const struct trip *before; /* must have been told of when this one is said to have landed */
    int landings;
};

static uint64_t journal_last(struct book *b)
{
    struct view *v;
    uint64_t last = 0;
    if (view_snapshot(b->store, &v) < 0)
        return 0;
    if (view_journal_last(v, &last) < 0)
        last = 0;
    view_end(v);
    return last;
}

static atomic_int places;

/* On either thread: nothing is asserted here. */
static void on_done(void *arg, int rc)
{
    struct trip *t = arg;
    t->rc = rc;
    if (rc == 0)
        t->journal = journal_last(t->book);
    t->place = atomic_fetch_add(&places, 1);
    atomic_fetch_add(&t->told, 1);
}

static void on_landed(void *arg)
{
    struct trip *t = arg;
    t->landings++;
    assert_int_equal(atomic_load(&t->told), 0);
    if (t->before)
        assert_int_equal(atomic_load(&t->before->told), 1);
}

static bool is_more(void *arg)
{
    return ((const struct trip *)arg)->more;
}

static struct trip *trip_of(struct book *b, uint32_t n, const struct command *commands)
{
    struct trip *t = arena_zero(&memory, sizeof *t);
    struct command *kept = arena_alloc(&memory, n * sizeof *kept);
    memcpy(kept, commands, n * sizeof *kept);
    t->book = b;
    t->request = request_of(n, kept);
    t->job = (struct book_job){.principal = "maker", .request = &t->request, .arena = &memory};
    t->jobs[0] = &t->job;
    t->more = t->alone = true;
    return t;
}

static struct trip *start(struct trip *t)
{
    const struct book_done done = {
        .call = on_done, .more = is_more, .arg = t, .landed = on_landed, .alone = t->alone};
    book_batch_begin(t->book, now, t->jobs, 1, done);
    return t;
}

/* With nobody who waits for what was booked before to be durable. */
static struct trip *start_behind(struct trip *t)
{
    const struct book_done done = {.call = on_done, .more = is_more, .arg = t, .alone = t->alone};
    book_batch_begin(t->book, now, t->jobs, 1, done);
    return t;
}

/* Begins a batch behind which more waits: it is in the air afterwards. */
static struct trip *fly(struct book *b, uint32_t n, const struct command *commands)
{
    struct trip *t = start(trip_of(b, n, commands));
    assert_true(b->in_air > 0);
    return t;
}

static struct trip *fly_one(struct book *b, struct command c)
{
    return fly(b, 1, &c);
}

/* Told of once, all of it in the journal at that time. */
static const struct outcome *landed(struct trip *t)
{
    struct outcome *o = t->job.outcomes;
    uint8_t leaf[HASH_LEN];
    assert_int_equal(atomic_load(&t->told), 1);
    assert_int_equal(t->rc, 0);
    read_entries(&t->job);
    for (uint32_t i = 0; i < t->request.n; i++) {
        if (!o[i].entry || o[i].dry_run)
            continue;
        assert_true(o[i].number <= t->journal);
        tree_leaf(o[i].stored, leaf);
        assert_memory_equal(leaf, o[i].leaf, HASH_LEN);
    }
    return o;
}

static const struct outcome *all_done(struct trip *t)
{
    const struct outcome *o = landed(t);
    for (uint32_t i = 0; i < t->request.n; i++)
        assert_int_equal(o[i].kind, OUTCOME_DONE);
    return o;
}

/* Told of once, nothing done. */
static void failed(struct trip *t, int rc)
{
    assert_int_equal(atomic_load(&t->told), 1);
    assert_int_equal(t->rc, rc);
    for (uint32_t i = 0; i < t->request.n; i++) {
        assert_int_equal(t->job.outcomes[i].kind, OUTCOME_TRY_AGAIN);
        assert_string_equal(t->job.outcomes[i].fault->field, "book");
    }
}

/* A wrong number: the journal takes nothing more until the next commit, which fails. */
static void spoil(struct book *b)
{
    store_journal_append(b->store, 0, SPAN("", 0), SPAN("", 0));
}

/* ---- What arrives ---- */

static void told_when_it_is_in_the_journal(void **state)
{
    (void)state;
    struct book *b = city();
    uint64_t was = b->entries;
    struct trip *t[20];
    contract(b, "C1", 100000);
    for (int i = 0; i < 20; i++) {
        struct command c[] = {make_issue_of("1", BUYER, "C1", 100), make_issue("9", BUYER, "C1"),
                              make_redeem((uint64_t)i + 1, nth_invoice((unsigned)i), TODAY, 100)};
        t[i] = fly(b, 3, c);
        if (i > 0)
            assert_int_equal(atomic_load(&t[i - 1]->told), 1); /* at most one is in the air */
    }
    /* The last one has nobody behind it: told when it returns. */
    struct command c = make_void(1);
    struct trip *last = trip_of(b, 1, &c);
    last->more = false;
    all_done(start(last));
    assert_int_equal(b->in_air, 0);
    for (int i = 0; i < 20; i++) {
        const struct outcome *o = landed(t[i]);
        assert_int_equal(o[0].kind, OUTCOME_DONE);
        assert_int_equal(o[1].kind, OUTCOME_INVALID);
        assert_int_equal(o[2].kind, OUTCOME_DONE);
        assert_int_equal(o[2].number, was + 3 + 2 * (uint64_t)i);
    }
    assert_int_equal(status(b)->entries, was + 42);
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    check(b);
    book_close(b);
}

static void same_answer(const struct outcome *first, const struct outcome *again)
{
    assert_true(again->repeated);
    assert_int_equal(again->kind, first->kind);
    assert_int_equal(again->number, first->number);
    assert_memory_equal(again->leaf, first->leaf, HASH_LEN);
    assert_true(span_equal(first->stored, again->stored));
}

/* Of one in the air, of one before it, and of one in the same batch. */
static void repeats_from_flight_to_flight(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct command c1[] = {make_issue("1", BUYER, "C1"), make_issue("1", BUYER, "C1")};
    struct trip *t1 = fly(b, 2, c1);
    struct command c2[] = {make_outside("C1", SELLER, 3), c1[1], c1[0], {0}, make_void(1)};
    c2[3] = c2[0];
    memcpy(c2[4].request_id, c1[0].request_id, 16);
    struct trip *t2 = fly(b, 5, c2);
    struct command c3[] = {c2[0], c1[0], make_void(1)};
    struct trip *t3 = fly(b, 3, c3);
    /* Nothing but repeats: there is nothing to commit. */
    struct trip *t4 = start(trip_of(b, 3, c3));
    assert_int_equal(b->in_air, 0);
    const struct outcome *o1 = landed(t1), *o2 = landed(t2), *o3 = landed(t3), *o4 = all_done(t4);
    assert_int_equal(o1[0].kind, OUTCOME_DONE);
    assert_int_equal(o1[1].kind, OUTCOME_REFUSED);
    same_answer(&o1[1], &o2[1]);
    same_answer(&o1[0], &o2[2]);
    same_answer(&o2[0], &o2[3]);
    assert_int_equal(o2[4].kind, OUTCOME_INVALID);
    assert_string_equal(o2[4].fault->field, "request_id");
    same_answer(&o2[0], &o3[0]);
    same_answer(&o1[0], &o3[1]);
    assert_false(o3[2].repeated);
    for (int i = 0; i < 3; i++)
        same_answer(i < 2 ? (i ? &o1[0] : &o2[0]) : &o3[2], &o4[i]);
    check(b);
    book_close(b);
}

/* Requests that are taken back leave alone what is in the air. */
static void all_or_nothing_on_top(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    uint64_t was = b->entries;
    struct trip *t1 = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    struct command c[] = {make_redeem(1, nth_invoice(1), TODAY, 100),
                          make_redeem(1, nth_invoice(1), TODAY, 100)};
    struct trip *t2 = trip_of(b, 2, c);
    t2->request.dry_run = true;
    start(t2);
    assert_int_equal(b->in_air, 0); /* there was nothing to commit */
    struct trip *t3 = trip_of(b, 2, c);
    t3->request.atomic = true;
    start(t3);
    struct command again[] = {c[1], c[0], make_issue_of("1", BUYER, "C1", 100)};
    struct trip *t4 = trip_of(b, 2, again + 1);
    t4->request.atomic = true;
    start(t4);
    struct trip *t5 = start(trip_of(b, 1, again));
    all_done(t1);
    const struct outcome *o = landed(t2);
    assert_int_equal(o[0].kind, OUTCOME_DONE);
    assert_int_equal(o[0].number, was + 2);
    assert_int_equal(o[1].kind, OUTCOME_REFUSED);
    o = landed(t3);
    assert_int_equal(o[0].kind, OUTCOME_NOT_DONE);
    assert_int_equal(o[1].kind, OUTCOME_REFUSED);
    assert_int_equal(o[1].number, was + 2);
    o = all_done(t4);
    assert_int_equal(o[0].number, was + 3);
    assert_int_equal(landed(t5)[0].kind, OUTCOME_REFUSED);
    assert_true(t5->job.outcomes[0].repeated);
    assert_int_equal(status(b)->entries, was + 4);
    check(b);
    book_close(b);
}

/* Each waits for what is in the air: it is told of before anybody sees what came of it. */
static void queries_between(void **state)
{
    (void)state;
    struct book *b = city();
    struct answer out;
    struct query q = {.kind = QUERY_STATUS};
    contract(b, "C1", 1000);
    uint64_t was = b->entries;
    struct trip *t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    struct voucher_answer v = voucher_as_of(b, 1, 0);
    all_done(t);
    assert_int_equal(v.row->stages.at[STAGE_COMMITTED].fen, 100);
    t = fly_one(b, make_redeem(1, nth_invoice(1), TODAY, 100));
    assert_int_equal(status(b)->entries, was + 2);
    all_done(t);
    t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    struct query x = {.kind = QUERY_EXPLAIN, .enterprise = BUYER, .contract = "C1", .measure = "1"};
    assert_int_equal(answer_of(b, &x)->as_of_entry, was + 3);
    all_done(t);
    /* Snapshots count what is stored. */
    t = fly_one(b, make_void(2));
    assert_int_equal(book_tables_commit(b), 0);
    all_done(t);
    assert_int_equal(book_snapshot_entry(b), was + 4);
    assert_int_equal(book_query_snapshot(b, now, &q, &memory, &out), 0);
    assert_int_equal(out.status->entries, was + 4);
    check(b);
    book_close(b);
}

/* Who asks ahead sees what is in the air, and is told when that has landed. */
static void queries_ahead(void **state)
{
    (void)state;
    struct book *b = city();
    struct query q = {.kind = QUERY_VOUCHER, .voucher = 1};
    struct query x = {.kind = QUERY_EXPLAIN, .enterprise = BUYER, .contract = "C1", .measure = "1"};
    struct query status_of = {.kind = QUERY_STATUS};
    struct answer out;
    contract(b, "C1", 1000);
    uint64_t was = b->entries;
    assert_true(book_is_settled(b));
    struct trip *t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    assert_int_equal(t->landings, 1);
    assert_int_equal(book_query_ahead(b, now, &q, &memory, &out), 0);
    assert_false(book_is_settled(b));
    assert_int_equal(out.as_of_entry, was + 1);
    assert_int_equal(out.vouchers->row->stages.at[STAGE_COMMITTED].fen, 100);
    assert_int_equal(book_query_ahead(b, now, &x, &memory, &out), 0);
    assert_false(book_is_settled(b));
    assert_int_equal(out.as_of_entry, was + 1);
    struct trip *next = trip_of(b, 1, (struct command[]){make_void(1)});
    next->before = t;
    start(next);
    assert_int_equal(next->landings, 1);
    all_done(t);
    assert_int_equal(book_query_ahead(b, now, &status_of, &memory, &out), 0); /* waits */
    assert_true(book_is_settled(b));
    assert_int_equal(out.status->entries, was + 2);
    all_done(next);
    assert_int_equal(book_settle(b), 0);
    /* What never lands was never there. */
    spoil(b);
    t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    q.voucher = 2;
    assert_int_equal(book_query_ahead(b, now, &q, &memory, &out), 0);
    assert_int_equal(out.n, 1);
    assert_int_equal(book_settle(b), ERR_AGAIN);
    failed(t, ERR_AGAIN);
    assert_int_equal(book_query_ahead(b, now, &q, &memory, &out), 0);
    assert_int_equal(out.as_of_entry, was + 2);
    assert_int_equal(out.n, 0);
    spoil(b);
    t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    next = trip_of(b, 1, (struct command[]){make_issue_of("1", BUYER, "C1", 1)});
    start(next);
    assert_int_equal(next->landings, 0);
    failed(t, ERR_AGAIN);
    failed(next, ERR_AGAIN);
    check(b);
    book_close(b);
}

static void closed_with_one_in_the_air(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    uint64_t was = b->entries;
    struct trip *t = fly_one(b, make_issue("1", BUYER, "C1"));
    b = reopen(b);
    all_done(t);
    assert_int_equal(opening.entries, was + 1);
    assert_int_equal(opening.folded, 0); /* the tables were committed with it */
    assert_false(opening.rebuilt);
    spoil(b);
    t = fly_one(b, make_void(1));
    b = reopen(b);
    failed(t, ERR_AGAIN);
    assert_int_equal(opening.entries, was + 1);
    check(b);
    book_close(b);
}

/* Flights of as many commands as there can be, until a generation of rows is full: it is stored,
 * with what was in the air, before the next is decided. */
static void great_flights(void **state)
{
    (void)state;
    struct book *b = city();
    uint32_t n = LIMIT_BATCH;
    struct command *c = arena_alloc(&memory, n * sizeof *c);
    struct trip *t[24];
    int flights = 0;
    contract(b, "C1", YUAN(1000000));
    uint64_t was = b->entries;
    assert_int_equal(book_tables_commit(b), 0);
    do {
        assert_true(flights < 23);
        for (uint32_t i = 0; i < n; i++)
            c[i] = make_issue_of("1", BUYER, "C1", 1);
        t[flights++] = fly(b, n, c);
    } while (b->tables.frozen == was);
    assert_true(flights > 1);
    assert_int_equal(b->tables.frozen, was + (uint64_t)(flights - 1) * n);
    t[flights++] = fly_one(b, make_void(1));
    assert_int_equal(book_wait(b), 0);
    for (int i = 0; i < flights; i++)
        all_done(t[i]);
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    book_close(b);
}

/* A batch that is worth a commit of its own does not wait for the one before it. */
#define MANY 600

static struct trip *trip_of_many(struct book *b)
{
    static struct command c[MANY];
    for (int i = 0; i < MANY; i++)
        c[i] = make_issue_of("1", BUYER, "C1", 1);
    return trip_of(b, MANY, c);
}

static void two_in_the_air(void **state)
{
    (void)state;
    struct book *b = city();
    struct trip *t[7];
    contract(b, "C1", YUAN(1000000));
    uint64_t was = b->entries;
    t[0] = start_behind(trip_of_many(b));
    assert_int_equal(b->in_air, 1);
    t[1] = start_behind(trip_of_many(b));
    assert_int_equal(b->in_air, 2);
    t[2] = start_behind(trip_of_many(b));
    assert_int_equal(b->in_air, 2);
    assert_int_equal(atomic_load(&t[0]->told), 1);
    /* The small one lets more gather meanwhile; one that queries wait for has nothing below it. */
    t[3] = start_behind(trip_of(b, 1, (struct command[]){make_void(1)}));
    assert_int_equal(b->in_air, 1);
    assert_int_equal(atomic_load(&t[2]->told), 1);
    t[4] = start_behind(trip_of_many(b));
    assert_int_equal(b->in_air, 2);
    t[5] = trip_of_many(b);
    t[5]->before = t[4];
    start(t[5]);
    assert_int_equal(b->in_air, 1);
    assert_int_equal(t[5]->landings, 1);
    t[6] = trip_of_many(b);
    t[6]->alone = false;
    start_behind(t[6]);
    assert_int_equal(b->in_air, 1);
    assert_int_equal(book_wait(b), 0);
    assert_int_equal(book_losses(b), 0);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(all_done(t[i])[0].number, was + 1);
        assert_int_equal(t[i]->place, t[0]->place + i);
        was += t[i]->request.n;
    }
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    book_close(b);
}

/* Nobody waits behind it: it is committed by the writer itself, once the others are down. */
static void the_last_of_many(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", YUAN(1000000));
    struct trip *t1 = start_behind(trip_of_many(b)), *t2 = trip_of_many(b);
    t2->more = false;
    start_behind(t2);
    assert_int_equal(b->in_air, 0);
    all_done(t1);
    all_done(t2);
    assert_int_equal(t2->place, t1->place + 1);
    check(b);
    book_close(b);
}

/* ---- What does not arrive ---- */

/* Two were decided on top of it: one in the air already. */
static void two_on_top_of_one_that_failed(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", YUAN(1000000));
    struct stand was = stand_of(b);
    for (int last = 0; last < 2; last++) {
        struct trip *t[3];
        spoil(b);
        for (int i = 0; i < 3; i++) {
            t[i] = trip_of_many(b);
            t[i]->more = !last || i < 2;
            start_behind(t[i]);
            assert_int_equal(b->in_air, i < 2 ? i + 1 : 0);
        }
        for (int i = 0; i < 3; i++) {
            failed(t[i], ERR_AGAIN);
            assert_int_equal(t[i]->place, t[0]->place + i);
        }
        assert_int_equal(journal_last(b), was.entries);
        assert_int_equal(book_losses(b), last + 1);
        same_stand(stand_of(b), was);
        check(b);
    }
    struct trip *t1 = start_behind(trip_of_many(b)), *t2 = start_behind(trip_of_many(b));
    assert_int_equal(book_wait(b), 0);
    all_done(t1);
    all_done(t2);
    check(b);
    book_close(b);
}

/* What was decided on top of it goes with it; the same ids may come again. */
static void nothing_follows_one_that_failed(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct stand was = stand_of(b);
    struct command c1 = make_issue_of("1", BUYER, "C1", 100);
    struct command c2[] = {make_issue_of("1", BUYER, "C1", 100),
                           make_redeem(1, nth_invoice(1), TODAY, 100)};
    for (int atomic = 0; atomic < 2; atomic++) {
        spoil(b);
        struct trip *t1 = fly_one(b, c1), *t2 = trip_of(b, 2, c2);
        t2->request.atomic = atomic;
        start(t2);
        assert_int_equal(b->in_air, 0);
        failed(t1, ERR_AGAIN);
        failed(t2, ERR_AGAIN);
        assert_int_equal(journal_last(b), was.entries);
        same_stand(stand_of(b), was);
        check(b);
    }
    struct trip *t1 = fly_one(b, c1), *t2 = fly(b, 2, c2);
    assert_int_equal(book_wait(b), 0);
    assert_false(all_done(t1)[0].repeated);
    assert_false(all_done(t2)[0].repeated);
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    check(b);
    book_close(b);
}

/* The first answer never was. */
static void no_repeat_of_one_that_failed(void **state)
{
    (void)state;
    struct book *b = city();
    struct command c = make_contract("C1", SELLER, BUYER, 1000);
    spoil(b);
    struct trip *t1 = fly_one(b, c), *t2 = start(trip_of(b, 1, &c));
    failed(t1, ERR_AGAIN);
    failed(t2, ERR_AGAIN);
    assert_false(tell(b, c)->repeated);
    assert_true(tell(b, c)->repeated);
    check(b);
    book_close(b);
}

static void no_query_sees_one_that_failed(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct stand was = stand_of(b);
    struct command c = make_issue_of("1", BUYER, "C1", 1);
    spoil(b);
    struct trip *t = fly_one(b, c);
    same_stand(stand_of(b), was);
    failed(t, ERR_AGAIN);
    spoil(b);
    t = fly_one(b, c);
    assert_int_equal(voucher_as_of(b, 1, 0).number, 0);
    failed(t, ERR_AGAIN);
    spoil(b);
    t = fly_one(b, c);
    struct query x = {.kind = QUERY_EXPLAIN, .enterprise = BUYER, .contract = "C1", .measure = "1"};
    const struct answer *a = answer_of(b, &x);
    failed(t, ERR_AGAIN);
    assert_int_equal(a->explained[0].outcome.kind, OUTCOME_DONE);
    check(b);
    book_close(b);
}

/* Nobody may see in the tables what the journal has not. */
static void the_tables_do_not_hold_one_that_failed(void **state)
{
    (void)state;
    struct book *b = city();
    struct answer out;
    struct query q = {.kind = QUERY_STATUS};
    struct stand was = stand_of(b);
    spoil(b);
    struct trip *t = fly_one(b, make_contract("C1", SELLER, BUYER, 1000));
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(book_snapshot_entry(b), was.entries);
    assert_int_equal(book_query_snapshot(b, now, &q, &memory, &out), 0);
    assert_int_equal(out.status->entries, was.entries);
    failed(t, ERR_AGAIN);
    b = reopen(b);
    assert_false(opening.rebuilt);
    same_stand(stand_of(b), was);
    check(b);
    book_close(b);
}

static void (*full_before)(int);
static struct rlimit room_before;

/* Files of the book can't grow beyond this one's size. */
static void disk_is_full(const char *name)
{
    struct stat st;
    struct rlimit tight;
    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &room_before), 0);
    tight = room_before;
    tight.rlim_cur = (rlim_t)st.st_size + 4096;
    full_before = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
}

static void disk_has_room(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &room_before), 0);
    signal(SIGXFSZ, full_before);
}

static struct command *enterprises(uint32_t n)
{
    static unsigned next = 1000;
    struct command *c = arena_alloc(&memory, n * sizeof *c);
    for (uint32_t i = 0; i < n; i++)
        c[i] = make_enterprise(nth_code(next++), "350602");
    return c;
}

static void a_full_disk(void **state)
{
    (void)state;
    struct book *b = city();
    struct stand was = stand_of(b);
    struct command *c = enterprises(2000), small = make_contract("C1", SELLER, BUYER, 1000);
    disk_is_full("book/journal/data.mdb");
    struct trip *t1 = fly(b, 2000, c), *t2 = start(trip_of(b, 1, &small));
    disk_has_room();
    failed(t1, ERR_AGAIN);
    failed(t2, ERR_AGAIN);
    same_stand(stand_of(b), was);
    t1 = fly(b, 2000, c);
    t2 = fly_one(b, small);
    assert_int_equal(book_wait(b), 0);
    all_done(t1);
    all_done(t2);
    check(b);
    book_close(b);
}

/* Makes a row of a closed book's tables one that can't be read. */
static void damage(const struct key *k)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val key = {k->n, (void *)(uintptr_t)k->p}, value;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, TABLE_COUNT + 1), 0);
    assert_int_equal(mdb_env_open(env, in_dir("book/tables"), 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, table_name(k->table), 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &key, &value), 0);
    value = (MDB_val){3, "abc"};
    assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* A row that can't be read ends the batch that wants it, not the one in the air, which is told of
 * first: whoever has two batches takes the one that was not told of last. */
static void one_that_cannot_be_decided(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    book_close(b);
    struct key k;
    key_contract(&k, &(struct uscc){"91350100M000100Y4"}, "C1");
    k.p[17] = '3';
    damage(&k);
    b = open_book();
    struct command c = make_issue_of("1", BUYER, "C1", 100);
    struct trip *t1 = fly_one(b, make_contract("C2", SELLER, BUYER, 1000));
    struct trip *t2 = start(trip_of(b, 1, &c));
    assert_int_equal(b->in_air, 0);
    all_done(t1);
    failed(t2, ERR_CORRUPT);
    assert_int_equal(tell(b, c)->kind, OUTCOME_DONE); /* from tables made anew */
    check(b);
    book_close(b);
}

/* ---- The tables, stored beside ---- */

struct storing {
    sem_t next; /* the one after it has begun */
    bool overtaken;
    int rc;
    atomic_int told;
};

/* Holds the thread that stores, long enough for one that does not wait to go ahead. */
static void on_stored(void *arg, int rc)
{
    struct storing *s = arg;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 300000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int got;
    while ((got = sem_timedwait(&s->next, &until)) < 0 && errno == EINTR)
        ;
    s->overtaken = got == 0;
    s->rc = rc;
    atomic_fetch_add(&s->told, 1);
}

/* Work goes on while a generation is stored, but the next one waits until that is over. */
static void one_generation_at_a_time(void **state)
{
    (void)state;
    struct book *b = city();
    struct storing s = {0};
    assert_int_equal(sem_init(&s.next, 0, 0), 0);
    contract(b, "C1", 1000);
    assert_int_equal(book_tables_begin(b, (struct tables_done){on_stored, &s, true}), 0);
    struct trip *t = fly_one(b, make_issue_of("1", BUYER, "C1", 100));
    done(b, make_redeem(1, nth_invoice(1), TODAY, 100));
    all_done(t);
    assert_int_equal(voucher_as_of(b, 1, 0).row->invoiced.fen, 100);
    assert_int_equal(book_tables_begin(b, (struct tables_done){0}), 0);
    sem_post(&s.next);
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(atomic_load(&s.told), 1);
    assert_int_equal(s.rc, 0);
    assert_false(s.overtaken);
    assert_int_equal(book_snapshot_entry(b), b->entries);
    check(b);
    book_close(b);
    sem_destroy(&s.next);
}

/* What is in memory no more is read from the tables as they were committed last. */
static void rows_that_were_forgotten(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    for (unsigned i = 0; i < 6; i++) {
        if (i % 2)
            contract(b, nth_invoice(i), 1000);
        else
            assert_int_equal(done(b, make_issue_of("1", BUYER, "C1", 10))->done.issue.voucher,
                             i / 2 + 1);
        assert_int_equal(book_tables_commit(b), 0);
    }
    done(b, make_void(1));
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(book_tables_commit(b), 0);
    refused(b, make_void(1), REASON_VOUCHER_STATE);
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    book_close(b);
}

/* A commit of the tables that failed: nothing is lost, and the next one goes. */
static void full_while_tables_are_stored(void **state)
{
    (void)state;
    struct book *b = city();
    assert_int_equal(book_tables_commit(b), 0);
    uint64_t was = b->entries;
    struct trip *t = fly(b, 5000, enterprises(5000));
    contract(b, "C1", 1000);
    all_done(t);
    disk_is_full("book/tables/data.mdb");
    int rc = book_tables_commit(b);
    disk_has_room();
    assert_true(rc == ERR_FULL || rc == ERR_IO);
    assert_int_equal(book_snapshot_entry(b), was);
    assert_true(book_tables_stale(b));
    done(b, make_issue("1", BUYER, "C1"));
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(book_snapshot_entry(b), was + 5002);
    assert_false(book_tables_stale(b));
    check(b);
    b = reopen(b);
    assert_false(opening.rebuilt);
    assert_int_equal(opening.folded, 0);
    book_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(two_in_the_air),
        T(the_last_of_many),
        T(two_on_top_of_one_that_failed),
        T(told_when_it_is_in_the_journal),
        T(repeats_from_flight_to_flight),
        T(all_or_nothing_on_top),
        T(queries_between),
        T(queries_ahead),
        T(closed_with_one_in_the_air),
        T(great_flights),
        T(nothing_follows_one_that_failed),
        T(no_repeat_of_one_that_failed),
        T(no_query_sees_one_that_failed),
        T(the_tables_do_not_hold_one_that_failed),
        T(a_full_disk),
        T(one_that_cannot_be_decided),
        T(one_generation_at_a_time),
        T(rows_that_were_forgotten),
        T(full_while_tables_are_stored),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
