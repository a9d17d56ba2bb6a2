/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "sample.h"
#include "wire/frame.h"
#include "wire/message.h"
#include "wire/skim.h"

static const uint8_t leaf[LEAF_HASH] = {1, 2, 3};

static struct entry issued(uint64_t number)
{
    struct entry e = {.number = number, .time = INSTANT(1), .day = DAY(20000), .policy = 1};
    e.rules = 1;
    e.principal = "uid:1";
    e.command.kind = COMMAND_ISSUE;
    memset(e.command.request_id, 7, 16);
    e.done.issue = (struct done_issue){.voucher = number + 100,
                                       .face = MONEY(12345),
                                       .base = MONEY(99999),
                                       .rate = {500000},
                                       .valid_to = DAY(20500),
                                       .redeem_to = DAY(20500),
                                       .seller = code(SELLER)};
    return e;
}

/* Reads one written reply both ways. */
static void read_both(const struct reply *q, struct arena *a, struct to_client *brief,
                      struct to_client *whole)
{
    struct buf b = {0};
    assert_int_equal(reply_write(q, &b), 0);
    struct span m = SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD);
    assert_int_equal(to_client_skim(m, a, brief), 0);
    assert_int_equal(to_client_read(m, a, whole), 0);
    buf_free(&b);
}

static void agree(const struct to_client *brief, const struct to_client *whole)
{
    assert_int_equal(brief->kind, whole->kind);
    assert_true(brief->reply.number == whole->reply.number);
    assert_int_equal(brief->reply.kind, whole->reply.kind);
    assert_int_equal(brief->reply.n, whole->reply.n);
    for (uint32_t i = 0; i < whole->reply.n; i++) {
        const struct outcome *x = &brief->reply.outcomes[i], *y = &whole->reply.outcomes[i];
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->repeated, y->repeated);
        assert_int_equal(x->dry_run, y->dry_run);
        assert_true(!x->entry == !y->entry);
        if (!x->entry)
            continue;
        assert_true(x->entry->number == y->entry->number);
        assert_int_equal(x->entry->refused, y->entry->refused);
        if (x->entry->refused)
            continue;
        assert_int_equal(x->entry->command.kind, y->entry->command.kind);
        if (x->entry->command.kind == COMMAND_ISSUE) {
            assert_true(x->entry->done.issue.voucher == y->entry->done.issue.voucher);
            assert_true(x->entry->done.issue.face.fen == y->entry->done.issue.face.fen);
        } else {
            assert_true(x->entry->done.redeem.paid.fen == y->entry->done.redeem.paid.fen);
        }
    }
}

/* One of each that is booked: an issue, a redemption, a refusal. */
static void make(struct entry e[3], struct outcome o[3])
{
    for (int i = 0; i < 3; i++) {
        e[i] = issued(10 + (uint64_t)i);
        o[i] = (struct outcome){.kind = OUTCOME_DONE, .entry = &e[i]};
        memcpy(o[i].leaf, leaf, sizeof leaf);
    }
    e[1].command.kind = COMMAND_REDEEM;
    e[1].done.redeem = (struct done_redeem){.paid = MONEY(77), .invoice_shared = true};
    o[1].repeated = true;
    e[2].refused = true;
    e[2].refusal.reason = REASON_EXPIRED;
    o[2].kind = OUTCOME_REFUSED;
}

static void test_agrees_with_the_full_reader(void **state)
{
    (void)state;
    struct arena a = {0};
    struct entry e[3];
    struct outcome o[3];
    struct to_client brief, whole;
    make(e, o);
    struct reply q = {.number = 9, .kind = REPLY_OUTCOMES, .n = 3, .outcomes = o};
    read_both(&q, &a, &brief, &whole);
    agree(&brief, &whole);
    assert_true(brief.reply.outcomes[0].entry->done.issue.voucher == 110);
    assert_true(brief.reply.outcomes[1].entry->done.redeem.paid.fen == 77);
    assert_true(brief.reply.outcomes[2].entry->refused);
    arena_free(&a);
}

/* What it does not know in part it reads whole: faults, answers. */
static void test_everything_else_is_read_whole(void **state)
{
    (void)state;
    struct arena a = {0};
    struct to_client brief, whole;
    struct entry e[3];
    struct outcome o[3];
    make(e, o);
    o[1] = (struct outcome){.kind = OUTCOME_INVALID};
    (void)fault_set(outcome_fault_new(&o[1], &a), "issue.amount", "x", "an amount");
    struct reply q = {.number = 9, .kind = REPLY_OUTCOMES, .n = 2, .outcomes = o};
    read_both(&q, &a, &brief, &whole);
    agree(&brief, &whole);
    assert_string_equal(brief.reply.outcomes[1].fault->field, "issue.amount");
    assert_int_equal(brief.reply.outcomes[0].entry->day.n, 20000); /* it too */

    struct reply f = {.number = 4, .kind = REPLY_FAULT};
    (void)fault_set(&f.fault, "commands", NULL, "fewer");
    read_both(&f, &a, &brief, &whole);
    assert_int_equal(brief.reply.kind, REPLY_FAULT);
    assert_string_equal(brief.reply.fault.field, "commands");
    arena_free(&a);
}

/* A refusal and then another result; in an entry of its own, if the outcome has two. */
static void refused_and(uint32_t field, struct span result, bool second_entry, struct buf *b)
{
    struct buf more = {0};
    b->n = 0;
    pb_number(b, 1, 9);
    pb_bytes(b, 10, "\x08\x0a", 2); /* reason 10 */
    if (!second_entry)
        pb_bytes(b, field, result.p, result.n);
    pb_wrap(b, 4);
    if (second_entry) {
        pb_bytes(&more, field, result.p, result.n);
        pb_bytes(b, 4, more.p, more.n);
    }
    pb_number(b, 1, OUTCOME_DONE);
    pb_bytes(b, 5, leaf, sizeof leaf);
    pb_wrap(b, 1);
    pb_wrap(b, 2);
    pb_wrap(b, 2);
    buf_free(&more);
}

/* protobuf takes the last of two results, and the last of two entries with what the first had; so
 * does who only looks at little. */
static void test_two_results_are_read_whole(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf b = {0}, issued = {0};
    struct to_client brief, whole;
    pb_number(&issued, 1, 5);
    pb_number(&issued, 2, 100);
    pb_text(&issued, 7, SELLER);
    const struct span five = SPAN("\x08\x05", 2); /* claims 5, amount 5 */
    const struct {
        uint32_t field;
        struct span bytes;
    } results[] = {{11, SPAN(issued.p, issued.n)}, {13, SPAN(NULL, 0)}, {17, five}, {18, five}};
    for (int i = 0; i < 8; i++) {
        bool second_entry = i & 1;
        refused_and(results[i / 2].field, results[i / 2].bytes, second_entry, &b);
        assert_int_equal(to_client_read(SPAN(b.p, b.n), &a, &whole), 0);
        assert_int_equal(to_client_skim(SPAN(b.p, b.n), &a, &brief), 0);
        agree(&brief, &whole);
        assert_false(brief.reply.outcomes[0].entry->refused);
        assert_true(brief.reply.outcomes[0].entry->number == 9);
    }
    buf_free(&issued);
    buf_free(&b);
    arena_free(&a);
}

/* A text where a yes or no belongs is a yes to protobuf-c. */
static void test_a_field_of_another_form_is_read_whole(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf b = {0};
    struct to_client brief, whole;
    pb_number(&b, 1, 9);
    pb_wrap(&b, 4);
    pb_number(&b, 1, OUTCOME_DONE);
    pb_text(&b, 3, "x");
    pb_wrap(&b, 1);
    pb_wrap(&b, 2);
    pb_wrap(&b, 2);
    assert_int_equal(to_client_read(SPAN(b.p, b.n), &a, &whole), 0);
    assert_int_equal(to_client_skim(SPAN(b.p, b.n), &a, &brief), 0);
    agree(&brief, &whole);
    assert_true(brief.reply.outcomes[0].dry_run);
    buf_free(&b);
    arena_free(&a);
}

/* Broken bytes are judged by the full reader or, where only what is not looked at is broken, taken.
 */
static void test_broken_bytes(void **state)
{
    (void)state;
    struct arena a = {0};
    struct entry e[3];
    struct outcome o[3];
    struct buf b = {0};
    struct to_client t;
    uint64_t seed = 5;
    make(e, o);
    struct reply q = {.number = 9, .kind = REPLY_OUTCOMES, .n = 3, .outcomes = o};
    assert_int_equal(reply_write(&q, &b), 0);
    for (int i = 0; i < 20000; i++) {
        /* Of its exact length, so that a sanitizer sees what reads behind the end. */
        size_t n = b.n - FRAME_HEAD;
        uint8_t *p = malloc(2 * n), *exact;
        assert_non_null(p);
        memcpy(p, b.p + FRAME_HEAD, n);
        mutate(&seed, p, &n);
        exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, p, n);
        arena_reset(&a);
        int rc = to_client_skim(SPAN(exact, n), &a, &t);
        assert_true(rc == 0 || rc == ERR_PEER);
        if (rc == 0 && t.kind == TO_CLIENT_REPLY && t.reply.kind == REPLY_OUTCOMES)
            assert_true(t.reply.n <= LIMIT_BATCH);
        free(p);
        free(exact);
    }
    buf_free(&b);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_full_reader),
        cmocka_unit_test(test_everything_else_is_read_whole),
        cmocka_unit_test(test_two_results_are_read_whole),
        cmocka_unit_test(test_a_field_of_another_form_is_read_whole),
        cmocka_unit_test(test_broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
