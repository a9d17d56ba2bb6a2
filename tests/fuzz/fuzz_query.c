/* SPDX-License-Identifier: Apache-2.0 */
/* A question to a small book on a disk: whatever is asked for is answered by a page that a client
 * can read, whose sums are right. The book is made once and does not change. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/book/shelf.h"

#include "wire/frame.h"
#include "wire/message.h"

/* Vouchers open, used, void and lapsed, a refusal, and some entries for pages. */
static void populate(struct book *b)
{
    static const char *const numbers[] = {"C0", "C1", "C2", "C3"};
    done(b, make_adopt(file_of(THREE)));
    for (int year = 2025; year < 2027; year++) {
        done(b, make_appropriate("T1", year, "city", YUAN(90000)));
        done(b, make_appropriate("T1", year, "county", YUAN(90000)));
        done(b, make_appropriate("T1", year, "province", YUAN(180000)));
    }
    for (unsigned i = 0; i < 4; i++)
        done(b, make_enterprise(nth_code(i), "990101"));
    for (unsigned i = 0; i < 4; i++)
        done(b, make_contract(numbers[i], nth_code(i % 2), nth_code(2 + i % 2), YUAN(70000) + i));
    for (unsigned i = 0; i < 4; i++)
        done(b, make_issue("T1", nth_code(2 + i % 2), numbers[i]));
    done(b, make_redeem(1, nth_invoice(1), day_make(2025, 7, 1), YUAN(70000)));
    done(b, make_redeem(2, nth_invoice(2), day_make(2025, 7, 1), YUAN(333)));
    done(b, make_void(3));
    refused(b, make_void(3), REASON_VOUCHER_STATE);
    now = at(2026, 3, 1, 10);
    done(b, make_lapse());
    done(b, make_contract("C4", nth_code(0), nth_code(2), YUAN(5)));
    done(b, make_issue("T1", nth_code(2), "C4"));
}

/* Its files are in use, and need no names any more. */
static struct book *the_book(void)
{
    static struct book *b;
    if (b)
        return b;
    assert_int_equal(set_up(NULL), 0);
    b = open_book();
    populate(b);
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(&memory);
    return b;
}

static int64_t sum_of(const struct stages *s)
{
    int64_t sum = 0;
    for (int i = 0; i < STAGE_COUNT; i++) {
        assert_true(s->at[i].fen >= 0);
        sum += s->at[i].fen;
    }
    return sum;
}

static void voucher_sound(const struct query *q, const struct voucher_answer *v)
{
    const struct voucher_filter *f = &q->filter;
    assert_in_range(v->number, 1, 5);
    assert_int_equal(sum_of(&v->row->stages), v->row->face.fen);
    if (q->kind == QUERY_VOUCHER) {
        assert_int_equal(v->number, q->voucher);
        return;
    }
    assert_true(!f->has_enterprise || !memcmp(f->enterprise.c, v->row->enterprise.c, USCC_LEN));
    assert_true(!f->measure || !strcmp(f->measure, v->row->measure));
    assert_true(!f->contract || !strcmp(f->contract, v->row->contract));
    assert_true(f->state == 0 || f->state == v->state);
    assert_true(!f->has_redeem_by || v->row->redeem_to.n <= f->redeem_by.n);
}

static void answer_sound(const struct query *q, const struct answer *a)
{
    assert_int_equal(a->kind, q->kind);
    if (q->kind == QUERY_VOUCHERS || q->kind == QUERY_REFUSALS || q->kind == QUERY_ENTRIES)
        assert_true(a->n <= (q->count ? q->count : LIMIT_PAGE));
    for (uint32_t i = 0; i < a->n; i++) {
        if (q->kind == QUERY_FUNDS)
            assert_int_equal(sum_of(&a->funds[i].stages), a->funds[i].appropriated.fen);
        else if (q->kind == QUERY_VOUCHER || q->kind == QUERY_VOUCHERS)
            voucher_sound(q, &a->vouchers[i]);
        else if (q->kind == QUERY_REFUSALS || q->kind == QUERY_ENTRIES)
            assert_true(a->entries[i].number > q->after &&
                        (i == 0 || a->entries[i].number > a->entries[i - 1].number));
    }
}

/* A client reads the same number of things, from one thing on. */
static void is_sent(const struct answer *answer, struct arena *a)
{
    const struct reply r = {.number = 1, .kind = REPLY_ANSWER, .answer = *answer};
    struct to_client m;
    struct buf b = {0};
    assert_int_equal(reply_write(&r, &b), 0);
    assert_int_equal(to_client_read(SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD), a, &m), 0);
    assert_int_equal(m.reply.kind, REPLY_ANSWER);
    assert_string_equal(m.reply.answer.fault.field, answer->fault.field);
    if (!answer->fault.field[0]) {
        assert_int_equal(m.reply.answer.n, answer->n);
        assert_true(m.reply.answer.next == answer->next);
    }
    buf_free(&b);
}

static void ask_it(const struct query *q, struct arena *a)
{
    struct answer live = {0}, snapshot = {0};
    struct book *b = the_book();
    bool both = query_is_point(q), decides = q->kind == QUERY_EXPLAIN;
    if (both || decides) {
        assert_int_equal(book_query_live(b, now, q, a, &live), 0);
        if (!live.fault.field[0])
            answer_sound(q, &live);
        is_sent(&live, a);
    }
    if (decides)
        return;
    assert_int_equal(book_query_snapshot(b, now, q, a, &snapshot), 0);
    if (snapshot.fault.field[0])
        fault_sound(&snapshot.fault);
    else
        answer_sound(q, &snapshot);
    is_sent(&snapshot, a);
    if (both) {
        assert_int_equal(live.n, snapshot.n);
        assert_string_equal(live.fault.field, snapshot.fault.field);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct fault f;
    struct to_daemon m = {0};
    if (to_daemon_read(SPAN(p, n), &a, &f, &m) == 0 && m.kind == TO_DAEMON_REQUEST &&
        m.request.kind == REQUEST_QUERY)
        ask_it(&m.request.query, &a);
    arena_free(&a);
    return 0;
}
