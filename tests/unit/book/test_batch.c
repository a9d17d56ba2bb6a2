/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: row by row and all or nothing, dry runs, requests that come again. */
#include "tests/unit/book/shelf.h"

static struct outcome *ask_as(struct book *b, bool atomic, bool dry_run, uint32_t n,
                              const struct command *commands)
{
    struct command *kept = arena_alloc(&memory, n * sizeof *kept);
    memcpy(kept, commands, n * sizeof *kept);
    struct request r = request_of(n, kept);
    r.atomic = atomic;
    r.dry_run = dry_run;
    return ask(b, &r);
}

static void kinds(const struct outcome *o, uint32_t n, const enum outcome_kind *want)
{
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(o[i].kind, want[i]);
}

/* The leaf of an outcome is that of the stored bytes. */
static void check_leaf(struct book *b, const struct outcome *o)
{
    struct query q = {.kind = QUERY_ENTRIES, .after = o->entry->number - 1, .count = 1};
    const struct answer *a = answer_of(b, &q);
    uint8_t leaf[HASH_LEN];
    assert_int_equal(a->n, 1);
    assert_int_equal(a->entries[0].number, o->entry->number);
    tree_leaf(a->entries[0].bytes, leaf);
    assert_memory_equal(leaf, o->leaf, HASH_LEN);
    assert_memory_equal(leaf, a->entries[0].leaf, HASH_LEN);
}

static void row_by_row(void **state)
{
    (void)state;
    struct book *b = city();
    uint64_t before = status(b)->entries;
    struct command c[] = {make_contract("C1", SELLER, BUYER, 1000), make_issue("1", BUYER, "C1"),
                          make_issue("1", BUYER, "C1"), make_issue("1", BUYER, "C9"),
                          make_redeem(1, nth_invoice(1), TODAY, 100)};
    const struct outcome *o = ask_as(b, false, false, 5, c);
    kinds(o, 5,
          (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE, OUTCOME_REFUSED, OUTCOME_INVALID,
                                OUTCOME_DONE});
    assert_string_equal(o[3].fault->field, "issue.contract");
    assert_null(o[3].entry);
    assert_int_equal(o[4].entry->number, before + 4);
    assert_int_equal(o[4].entry->nbalances, 3);
    assert_int_equal(status(b)->entries, before + 4);
    for (int i = 0; i < 5; i++) {
        assert_false(o[i].repeated || o[i].dry_run);
        if (o[i].entry)
            check_leaf(b, &o[i]);
    }
    check(b);
    book_close(b);
}

/* Several requests in one commit, of several principals, some with rows that were not understood.
 */
static void several_requests(void **state)
{
    (void)state;
    struct book *b = city();
    struct command c1[] = {make_contract("C1", SELLER, BUYER, 1000), make_void(9)};
    struct command c2[] = {make_issue("1", BUYER, "C1"), make_void(9)};
    struct fault fault = {.field = "commands"};
    struct fault *faults[] = {NULL, &fault};
    struct request r1 = request_of(2, c1), r2 = request_of(2, c2);
    r2.faults = faults;
    memcpy(c2[0].request_id, c1[0].request_id, 16); /* ids are each principal's own */
    struct book_job j1 = {.principal = "maker", .request = &r1, .arena = &memory};
    struct book_job j2 = {.principal = "other", .request = &r2, .arena = &memory};
    struct book_job *jobs[] = {&j1, &j2};
    assert_int_equal(run_jobs(b, jobs, 2), 0);
    kinds(j1.outcomes, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_INVALID});
    kinds(j2.outcomes, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_INVALID});
    assert_string_equal(j1.outcomes[1].fault->field, "void_voucher.voucher");
    assert_string_equal(j2.outcomes[1].fault->field, "commands");
    assert_int_equal(j2.outcomes[0].entry->number, j1.outcomes[0].entry->number + 1);
    check_leaf(b, &j2.outcomes[0]);
    assert_int_equal(run_jobs(b, jobs, 0), 0);
    check(b);
    book_close(b);
}

static void all_or_nothing(void **state)
{
    (void)state;
    struct book *b = city();
    struct stand was = stand_of(b);
    struct command c[] = {make_contract("C1", SELLER, BUYER, 1000), make_issue("1", BUYER, "C1"),
                          make_void(7), make_issue("1", BUYER, "C1")};
    /* A fault: nothing is booked, nothing is left behind. */
    const struct outcome *o = ask_as(b, true, false, 4, c);
    kinds(o, 4,
          (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_INVALID,
                                OUTCOME_NOT_DONE});
    assert_string_equal(o[0].fault->value, "2");
    assert_null(o[0].entry);
    same_stand(stand_of(b), was);
    /* A refusal is booked alone. */
    c[2] = make_issue("1", BUYER, "C1");
    o = ask_as(b, true, false, 4, c);
    kinds(o, 4,
          (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_REFUSED,
                                OUTCOME_NOT_DONE});
    assert_int_equal(o[2].entry->number, was.entries + 1);
    assert_int_equal(status(b)->entries, was.entries + 1);
    assert_int_equal(status(b)->vouchers, 0);
    check_leaf(b, &o[2]);
    check(b);
    /* The same request again meets the same refusal, and is not booked again. */
    o = ask_as(b, true, false, 4, c);
    kinds(o, 4,
          (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_REFUSED,
                                OUTCOME_NOT_DONE});
    assert_true(o[2].repeated);
    assert_int_equal(status(b)->entries, was.entries + 1);
    /* All possible: all done, and once. */
    o = ask_as(b, true, false, 2, c);
    kinds(o, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    assert_int_equal(status(b)->entries, was.entries + 3);
    o = ask_as(b, true, false, 2, c);
    kinds(o, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    assert_true(o[0].repeated && o[1].repeated);
    assert_int_equal(status(b)->entries, was.entries + 3);
    check(b);
    b = reopen(b);
    check(b);
    book_close(b);
}

/* An all-or-nothing request that fails between two that do not: its neighbours stay whole. */
static void a_failed_one_among_others(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct command c1[] = {make_issue_of("1", BUYER, "C1", 100)};
    struct command c2[] = {make_issue_of("1", BUYER, "C1", 100),
                           make_redeem(1, nth_invoice(1), TODAY, 100),
                           make_redeem(1, nth_invoice(1), TODAY, 100)};
    struct command c3[] = {make_issue_of("1", BUYER, "C1", 100),
                           make_redeem(1, nth_invoice(1), TODAY, 100)};
    struct request r[] = {request_of(1, c1), request_of(3, c2), request_of(2, c3)};
    struct book_job j[3], *jobs[3];
    r[1].atomic = true;
    for (int i = 0; i < 3; i++) {
        j[i] = (struct book_job){.principal = "maker", .request = &r[i], .arena = &memory};
        jobs[i] = &j[i];
    }
    assert_int_equal(run_jobs(b, jobs, 3), 0);
    kinds(j[0].outcomes, 1, (enum outcome_kind[]){OUTCOME_DONE});
    kinds(j[1].outcomes, 3,
          (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_REFUSED});
    kinds(j[2].outcomes, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    assert_int_equal(j[2].outcomes[0].entry->done.issue.voucher, 2);
    assert_int_equal(j[2].outcomes[1].entry->done.redeem.paid.fen, 50);
    assert_int_equal(j[1].outcomes[2].entry->number, j[0].outcomes[0].entry->number + 1);
    check(b);
    book_close(b);
}

static void dry_runs_change_nothing(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct stand was = stand_of(b);
    struct span second = file_of(THREE);
    struct command c[] = {make_issue("1", BUYER, "C1"), make_redeem(1, nth_invoice(1), TODAY, 100),
                          make_issue("1", BUYER, "C1"), make_void(9),
                          make_adopt(second),           make_lapse()};
    for (int atomic = 0; atomic < 2; atomic++) {
        const struct outcome *o = ask_as(b, atomic, true, 6, c);
        if (atomic)
            kinds(o, 6,
                  (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_REFUSED,
                                        OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_NOT_DONE});
        else
            kinds(o, 6,
                  (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE, OUTCOME_REFUSED,
                                        OUTCOME_INVALID, OUTCOME_DONE, OUTCOME_DONE});
        for (int i = 0; i < 6; i++) {
            assert_true(o[i].dry_run);
            assert_false(o[i].repeated);
        }
        if (!atomic) {
            assert_int_equal(o[0].entry->number, was.entries + 1);
            assert_int_equal(o[0].entry->done.issue.face.fen, 500);
            assert_int_equal(o[0].entry->nbalances, 3);
            assert_int_equal(o[1].entry->done.redeem.paid.fen, 50);
        }
        same_stand(stand_of(b), was);
        assert_int_equal(status(b)->vouchers, 0);
        assert_string_equal(status(b)->policy_id, "zhangzhou-2025");
        check(b);
    }
    /* The same ids are free, and the same figures come. */
    kinds(ask_as(b, true, true, 2, c), 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    same_stand(stand_of(b), was);
    const struct outcome *o = ask_as(b, false, false, 2, c);
    kinds(o, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    assert_false(o[0].repeated);
    assert_int_equal(o[0].entry->done.issue.voucher, 1);
    /* A dry run of what was done gives the answer that it got. */
    o = ask_as(b, false, true, 1, c);
    assert_true(o[0].repeated && o[0].dry_run);
    assert_int_equal(o[0].entry->number, was.entries + 1);
    check(b);
    book_close(b);
}

/* A repeat inside a dry run, with others' entries in the same commit: it has no leaf of theirs. */
static void a_dry_run_has_no_leaf(void **state)
{
    (void)state;
    static const uint8_t none[HASH_LEN];
    struct book *b = city();
    struct command c[] = {make_contract("C1", SELLER, BUYER, 1000), {0}};
    c[1] = c[0];
    struct command other[] = {make_contract("C2", SELLER, BUYER, 1000)};
    struct request dry = request_of(2, c), wet = request_of(1, other);
    dry.dry_run = true;
    struct book_job j1 = {.principal = "maker", .request = &dry, .arena = &memory};
    struct book_job j2 = {.principal = "maker", .request = &wet, .arena = &memory};
    struct book_job *jobs[] = {&j1, &j2};
    assert_int_equal(run_jobs(b, jobs, 2), 0);
    kinds(j1.outcomes, 2, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_DONE});
    assert_true(j1.outcomes[1].repeated);
    assert_memory_equal(j1.outcomes[0].leaf, none, HASH_LEN);
    assert_memory_equal(j1.outcomes[1].leaf, none, HASH_LEN);
    check_leaf(b, &j2.outcomes[0]);
    check(b);
    book_close(b);
}

/* Everything of an answer that a client sees, as bytes. */
static struct span told(const struct outcome *o)
{
    struct buf bytes = {0};
    struct span s;
    assert_non_null(o->entry);
    assert_int_equal(entry_encode(o->entry, &bytes), 0);
    s = SPAN(arena_copy(&memory, bytes.p, bytes.n), bytes.n);
    buf_free(&bytes);
    return s;
}

static void same_answer(const struct outcome *first, const struct outcome *again)
{
    assert_true(again->repeated);
    assert_int_equal(again->kind, first->kind);
    assert_memory_equal(again->leaf, first->leaf, HASH_LEN);
    assert_true(span_equal(told(first), told(again)));
}

/* The job of the first answer may be sent and gone before its repeat in the same commit is. */
static void a_repeat_outlives_the_first(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct arena own = {0};
    struct command c = make_issue("1", BUYER, "C1");
    struct request r1 = request_of(1, keep(c)), r2 = request_of(1, keep(c));
    struct book_job j1 = {.principal = "maker", .request = &r1, .arena = &own};
    struct book_job j2 = {.principal = "maker", .request = &r2, .arena = &memory};
    struct book_job *jobs[] = {&j1, &j2};
    assert_int_equal(run_jobs(b, jobs, 2), 0);
    struct span first = told(&j1.outcomes[0]);
    assert_ptr_not_equal(j1.outcomes[0].entry, j2.outcomes[0].entry);
    arena_free(&own);
    assert_true(j2.outcomes[0].repeated);
    assert_true(span_equal(first, told(&j2.outcomes[0])));
    book_close(b);
}

/* A refusal that is booked alone names no voucher of the rows that came to nothing. */
static void a_failed_batch_leaves_no_names(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct command c[] = {make_issue("1", BUYER, "C1"), make_issue("1", BUYER, "C1")};
    struct outcome *o = ask_as(b, true, false, 2, c);
    kinds(o, 2, (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_REFUSED});
    assert_int_equal(o[1].entry->refusal.reason, REASON_SUPPORTED_ALREADY);
    assert_int_equal(o[1].entry->explanation->nholders, 0);
    struct command d[] = {make_issue("1", BUYER, "C1"), make_void(1), make_void(1)};
    o = ask_as(b, true, false, 3, d);
    kinds(o, 3, (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_NOT_DONE, OUTCOME_REFUSED});
    assert_int_equal(o[2].entry->refusal.reason, REASON_VOUCHER_STATE);
    assert_int_equal(o[2].entry->refusal.voucher, 0);
    check_leaf(b, &o[2]);
    check(b);
    book_close(b);
}

static void repeats_get_the_first_answer(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct command c[] = {make_issue("1", BUYER, "C1"), make_issue("1", BUYER, "C1"), {0}, {0}};
    c[2] = c[0];
    c[3] = c[1];
    /* Within one batch. */
    const struct outcome *o = ask_as(b, false, false, 4, c);
    uint64_t entries = status(b)->entries;
    assert_int_equal(o[0].kind, OUTCOME_DONE);
    assert_int_equal(o[1].kind, OUTCOME_REFUSED);
    same_answer(&o[0], &o[2]);
    same_answer(&o[1], &o[3]);
    check_leaf(b, &o[2]);
    /* In two requests of one commit, in a later one, and after opening again. */
    struct command late = make_void(1);
    struct request r1 = request_of(1, &late), r2 = request_of(1, keep(late));
    struct book_job j1 = {.principal = "maker", .request = &r1, .arena = &memory};
    struct book_job j2 = {.principal = "maker", .request = &r2, .arena = &memory};
    struct book_job *jobs[] = {&j1, &j2};
    assert_int_equal(run_jobs(b, jobs, 2), 0);
    assert_false(j1.outcomes[0].repeated);
    same_answer(&j1.outcomes[0], &j2.outcomes[0]);
    now = at(2026, 1, 1, 9);
    for (int round = 0; round < 3; round++) {
        same_answer(&o[0], tell(b, c[0]));
        same_answer(&o[1], tell(b, c[1]));
        same_answer(&j1.outcomes[0], tell(b, late));
        assert_int_equal(status(b)->entries, entries + 1);
        if (round == 0)
            b = reopen(b);
        if (round == 1) {
            book_close(b);
            assert_int_equal(unlink(in_dir("book/tables/data.mdb")), 0);
            b = open_book();
        }
    }
    /* To another principal the id is new. */
    struct request r = request_of(1, keep(c[0]));
    struct book_job job = {.principal = "other", .request = &r, .arena = &memory};
    jobs[0] = &job;
    assert_int_equal(run_jobs(b, jobs, 1), 0);
    assert_false(job.outcomes[0].repeated);
    check(b);
    book_close(b);
}

static void an_id_for_another_body(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct command c[] = {make_issue("1", BUYER, "C1"), {0}, {0}};
    c[1] = make_issue_of("1", BUYER, "C1", 500);
    c[2] = make_void(1);
    memcpy(c[1].request_id, c[0].request_id, 16);
    memcpy(c[2].request_id, c[0].request_id, 16);
    const struct outcome *o = ask_as(b, false, false, 3, c);
    uint64_t entries = status(b)->entries;
    for (int round = 0; round < 2; round++) {
        kinds(o, 3, (enum outcome_kind[]){OUTCOME_DONE, OUTCOME_INVALID, OUTCOME_INVALID});
        for (int i = 1; i < 3; i++) {
            assert_string_equal(o[i].fault->field, "request_id");
            assert_null(o[i].entry);
            assert_false(o[i].repeated);
        }
        assert_int_equal(status(b)->entries, entries);
        b = reopen(b);
        o = ask_as(b, false, false, 3, c);
    }
    /* It fails an all-or-nothing request. */
    struct command two[] = {make_void(1), c[1]};
    o = ask_as(b, true, false, 2, two);
    kinds(o, 2, (enum outcome_kind[]){OUTCOME_NOT_DONE, OUTCOME_INVALID});
    assert_int_equal(status(b)->entries, entries);
    check(b);
    book_close(b);
}

/* A request of as many commands as there can be, and more than the lists start with. */
static void a_great_batch(void **state)
{
    (void)state;
    struct book *b = city();
    uint32_t n = LIMIT_BATCH;
    struct command *c = arena_alloc(&memory, n * sizeof *c);
    for (uint32_t i = 0; i < n; i++)
        c[i] = make_appropriate("1", 2025 + (int)(i % 3), "city", 1 + i);
    struct request r = request_of(n, c);
    r.atomic = true;
    const struct outcome *o = ask(b, &r);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(o[i].kind, OUTCOME_DONE);
    check_leaf(b, &o[n - 1]);
    b = reopen(b);
    check(b);
    book_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(row_by_row),
        T(several_requests),
        T(all_or_nothing),
        T(a_failed_one_among_others),
        T(dry_runs_change_nothing),
        T(a_dry_run_has_no_leaf),
        T(a_repeat_outlives_the_first),
        T(a_failed_batch_leaves_no_names),
        T(repeats_get_the_first_answer),
        T(an_id_for_another_body),
        T(a_great_batch),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
