/* SPDX-License-Identifier: Apache-2.0 */
/* What vouchers on one claim key have in common: invoices, holders; and what is another key. */
#include "tests/unit/ledger/world.h"

static int64_t pays(struct world *w, uint64_t voucher, const char *invoice, int64_t fen)
{
    return done(w, make_redeem(voucher, invoice, TODAY, fen))->done.redeem.paid.fen;
}

/* 100.00: a model voucher of 30.00 and a top-up of 20.00 to the compute voucher's 50 %. An invoice
 * that was shown on both counts once for what comes after it. */
static void shared_invoices_count_once(void **state)
{
    (void)state;
    struct world *w = city();
    struct ledger l = {.policies = w->main.policies};
    contract(w, "C1", 10000);
    assert_int_equal(face(done(w, model_voucher(BUYER, "C1"))), 3000);
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C1"))), 2000);
    /* 30 % of 20.00; then 50 % of 20.00 on the key less 6.00. */
    assert_int_equal(pays(w, 1, "I1", 2000), 600);
    assert_int_equal(pays(w, 2, "I1", 2000), 400);
    /* The key: 50 % of 30.00 less 10.00; the voucher's own 50 % less 4.00 would be more. */
    assert_int_equal(pays(w, 2, "I2", 1000), 500);
    /* Its own: 30 % of 30.00 less 6.00; the key's 50 % of 40.00 less 15.00 would be more. */
    assert_int_equal(pays(w, 1, "I3", 1000), 300);
    const struct claim_row *c =
        row_of(&w->main, voucher_claim(&l, voucher_of(w, 1), &(struct key){0}));
    assert_int_equal(c->invoiced.fen, 4000);
    assert_int_equal(c->redeemed.fen, 1800);
    end(w);
}

/* A contract is its seller's code and its number. */
static void one_number_of_two_sellers(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    done(w, make_contract("C1", OTHER, BUYER, 1000));
    struct command c = make_issue("1", BUYER, "C1");
    c.issue.has_seller = true;
    c.issue.seller = SELLER;
    assert_int_equal(face(done(w, c)), 500);
    c = make_issue("1", BUYER, "C1");
    c.issue.has_seller = true;
    c.issue.seller = OTHER;
    const struct entry *e = done(w, c);
    assert_int_equal(face(e), 500);
    assert_int_equal(e->done.issue.tops_up, 0);
    end(w);
}

/* Where some of the newest holders are gone the others are found on the key, whatever measure and
 * whatever contracts lie between. */
static void holders_after_voids(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    contract(w, "C2", 1000);
    /* On C1: 1, 2, 4, 5, 7, 8, ... 17; 3, 6, ... 18 are on C2. */
    for (int i = 0; i < 6; i++) {
        done(w, make_issue_of("1", BUYER, "C1", 1));
        done(w, make_issue_of("3A", BUYER, "C1", 1));
        done(w, make_issue_of("1", BUYER, "C2", 1));
    }
    done(w, make_void(17));
    done(w, make_void(13));
    done(w, make_void(11));
    static const uint64_t want[] = {16, 14, 10, 8, 7, 5, 4, 2};
    const struct entry *e = done(w, make_issue_of("1", BUYER, "C1", 1));
    assert_int_equal(e->explanation->nholders, LIMIT_HOLDERS);
    for (size_t i = 0; i < LIMIT_HOLDERS; i++)
        assert_int_equal(e->explanation->holders[i], want[i]);
    assert_int_equal(e->done.issue.tops_up, 16);
    end(w);
}

/* An entry that gives a voucher any number but the next, on all its postings too, is no entry. */
static void a_number_that_is_not_the_next(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    struct command c = make_issue("1", BUYER, "C1");
    const struct balance *b;
    struct entry *e = NULL;
    uint32_t n;
    assert_int_equal(decide(w, &c, &e), 0);
    assert_false(e->refused);
    e->done.issue.voucher++;
    for (uint32_t i = 0; i < e->npostings; i++)
        ((struct posting *)&e->postings[i])->voucher++;
    assert_int_equal(fold_into(w, &w->main, e, &b, &n), ERR_CORRUPT);
    check_sums(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shared_invoices_count_once),
        cmocka_unit_test(one_number_of_two_sellers),
        cmocka_unit_test(holders_after_voids),
        cmocka_unit_test(a_number_that_is_not_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
