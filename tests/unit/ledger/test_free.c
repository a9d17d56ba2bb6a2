/* SPDX-License-Identifier: Apache-2.0 */
/* Void and lapse. */
#include "tests/unit/ledger/world.h"

static void void_frees_what_is_open(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    done(w, make_issue("1", BUYER, "C1"));
    done(w, make_redeem(1, "I1", TODAY, 300));
    const struct entry *e = done(w, make_void(1));
    assert_int_equal(e->done.freed.freed.fen, 350);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].from, STAGE_COMMITTED);
    assert_int_equal(e->postings[0].to, STAGE_AVAILABLE);
    check_stages(&voucher_of(w, 1)->stages, 350, 0, 150);
    check_stages(&line_of(w, 1)->stages, YUAN(90000000) - 150, 0, 150);
    assert_int_equal(voucher_of(w, 1)->end, END_VOID);
    assert_int_equal(e->balances[2].counted.fen, 150);
    e = refused(w, make_void(1), REASON_VOUCHER_STATE);
    assert_string_equal(e->refusal.detail, "void");
    e = refused(w, make_redeem(1, "I2", TODAY, 300), REASON_VOUCHER_STATE);
    assert_string_equal(e->refusal.detail, "void");
    /* What was redeemed stays on the key; what was freed is free again. */
    e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(face(e), 350);
    assert_int_equal(e->done.issue.tops_up, 1);
    invalid(w, make_void(3), "void_voucher.voucher");
    end(w);
}

static void what_is_used_up_or_lapsed_is_not_voided(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    contract(w, "C2", 1000);
    contract(w, "C3", 1000);
    done(w, make_issue("1", BUYER, "C1"));
    done(w, make_issue("1", BUYER, "C2"));
    done(w, make_issue("1", BUYER, "C3"));
    done(w, make_redeem(1, "I1", TODAY, 1000));
    assert_string_equal(refused(w, make_void(1), REASON_VOUCHER_STATE)->refusal.detail, "used up");
    w->now = at(2027, 1, 1, 0);
    done(w, make_void(2)); /* run out, not lapsed yet */
    const struct entry *e = done(w, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, 1);
    assert_int_equal(e->lapsed[0], 3);
    assert_string_equal(refused(w, make_void(3), REASON_VOUCHER_STATE)->refusal.detail, "lapsed");
    e = refused(w, make_redeem(3, "I2", TODAY, 1), REASON_VOUCHER_STATE);
    assert_string_equal(e->refusal.detail, "lapsed");
    end(w);
}

/* Void frees on each line exactly what it has left. */
static void void_over_three_lines(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    done(w, make_appropriate("T1", 2025, "city", 100));
    done(w, make_appropriate("T1", 2025, "county", 100));
    done(w, make_appropriate("T1", 2025, "province", 200));
    done(w, make_enterprise(BUYER, "990101"));
    contract(w, "C1", 10);
    done(w, make_issue("T1", BUYER, "C1"));
    done(w, make_redeem(1, "I1", TODAY, 8)); /* 1, 0, 2 of 1, 1, 2 */
    const struct entry *e = done(w, make_void(1));
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].line, 2);
    assert_int_equal(e->postings[0].amount.fen, 1);
    end(w);
}

static void lapse_by_day(void **state)
{
    (void)state;
    struct world *w = city();
    const struct entry *e = done(w, make_lapse());
    assert_int_equal(e->done.lapse.day.n, TODAY.n - 1);
    assert_int_equal(e->done.lapse.vouchers, 0);
    assert_int_equal(e->npostings, 0);
    assert_false(e->done.lapse.more);
    contract(w, "C1", 1000);
    contract(w, "C2", 1000);
    done(w, make_issue("1", BUYER, "C1")); /* to 2026-12-31 */
    w->now = at(2026, 3, 1, 9);
    done(w, make_appropriate("1", 2026, "city", 1000));
    done(w, make_issue("1", BUYER, "C2")); /* to 2027-12-31 */
    e = refused(w, make_lapse_by(day_make(2026, 3, 1)), REASON_DAY_NOT_OVER);
    assert_int_equal(e->refusal.day.n, day_make(2026, 3, 1).n);
    assert_int_equal(done(w, make_lapse())->done.lapse.vouchers, 0);
    w->now = at(2026, 12, 31, 23);
    assert_int_equal(done(w, make_lapse())->done.lapse.vouchers, 0);
    refused(w, make_lapse_by(day_make(2026, 12, 31)), REASON_DAY_NOT_OVER);
    w->now = at(2027, 1, 1, 0);
    e = done(w, make_lapse_by(day_make(2026, 12, 30)));
    assert_int_equal(e->done.lapse.vouchers, 0);
    e = done(w, make_lapse_by(day_make(2026, 12, 31)));
    assert_int_equal(e->done.lapse.vouchers, 1);
    assert_int_equal(e->done.lapse.freed.fen, 500);
    assert_int_equal(e->postings[0].line, 1); /* the line that it came from */
    assert_int_equal(e->done.lapse.day.n, day_make(2026, 12, 31).n);
    check_stages(&voucher_of(w, 1)->stages, 500, 0, 0);
    assert_int_equal(done(w, make_lapse())->done.lapse.vouchers, 0);
    /* An earlier day than was lapsed already. */
    assert_int_equal(done(w, make_lapse_by(DAY(DAY_MIN)))->done.lapse.vouchers, 0);
    w->now = at(2028, 6, 1, 0);
    e = done(w, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, 1);
    assert_int_equal(e->lapsed[0], 2);
    end(w);
}

/* n vouchers of one fen each on one contract, the first `used` of them redeemed. */
static struct world *many(uint64_t n, uint64_t used)
{
    struct world *w = city();
    contract(w, "C1", (int64_t)n * 2);
    for (uint64_t i = 1; i <= n; i++) {
        char invoice[16];
        done(w, make_issue_of("1", BUYER, "C1", 1));
        snprintf(invoice, sizeof invoice, "I%u", (unsigned)i);
        if (i <= used)
            done(w, make_redeem(i, invoice, TODAY, 2));
    }
    w->now = at(2027, 2, 1, 9);
    return w;
}

static uint64_t lapsed(struct world *w, uint64_t want, bool more)
{
    const struct entry *e = done(w, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, want);
    assert_int_equal(e->nlapsed, want);
    assert_int_equal(e->done.lapse.freed.fen, want);
    assert_int_equal(e->done.lapse.more, more);
    if (!more)
        assert_int_equal(e->done.lapse.next_voucher, 0);
    return e->done.lapse.next_voucher;
}

static void more_than_one_entry_lapses(void **state)
{
    (void)state;
    struct world *w = many(600, 0);
    assert_int_equal(lapsed(w, LIMIT_LAPSE, true), 600 - 256);
    assert_int_equal(lapsed(w, LIMIT_LAPSE, true), 600 - 512);
    lapsed(w, 88, false);
    lapsed(w, 0, false);
    check_stages(&line_of(w, 1)->stages, YUAN(90000000), 0, 0);
    for (uint64_t i = 1; i <= 600; i++)
        assert_int_equal(voucher_of(w, i)->end, END_LAPSED);
    world_free(w);
    w = many(LIMIT_LAPSE, 0);
    lapsed(w, LIMIT_LAPSE, false);
    world_free(w);
}

/* Nothing to lapse among the many that are used up: the entry ends all the same. */
static void more_than_one_entry_visits(void **state)
{
    (void)state;
    struct world *w = many(2100, 2095);
    assert_int_equal(lapsed(w, 5, true), 2100 - 1024);
    assert_int_equal(lapsed(w, 0, true), 2100 - 2048);
    lapsed(w, 0, false);
    world_free(w);
    w = many(1024, 1024);
    lapsed(w, 0, false);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(void_frees_what_is_open),
        cmocka_unit_test(what_is_used_up_or_lapsed_is_not_voided),
        cmocka_unit_test(void_over_three_lines),
        cmocka_unit_test(lapse_by_day),
        cmocka_unit_test(more_than_one_entry_lapses),
        cmocka_unit_test(more_than_one_entry_visits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
