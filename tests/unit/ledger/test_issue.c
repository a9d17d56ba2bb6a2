/* SPDX-License-Identifier: Apache-2.0 */
/* Vouchers issued, and every reason to refuse one. Figures are worked out by hand from the
 * policies. */
#include "tests/unit/ledger/world.h"

static void an_issue_in_full(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(3000000));
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    const struct done_issue *d = &e->done.issue;
    struct uscc seller = SELLER;
    assert_int_equal(d->voucher, 1);
    assert_int_equal(d->face.fen, YUAN(1500000));
    assert_int_equal(d->base.fen, YUAN(3000000));
    assert_int_equal(d->rate.ppm, 500000);
    assert_int_equal(d->valid_to.n, day_make(2026, 12, 31).n);
    assert_int_equal(d->redeem_to.n, day_make(2026, 12, 31).n);
    assert_memory_equal(d->seller.c, seller.c, USCC_LEN);
    assert_int_equal(d->tops_up, 0);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].line, 1);
    assert_int_equal(e->postings[0].voucher, 1);
    assert_int_equal(e->postings[0].from, STAGE_AVAILABLE);
    assert_int_equal(e->postings[0].to, STAGE_COMMITTED);
    assert_non_null(e->explanation);
    assert_int_equal(e->nbalances, 3);
    assert_int_equal(e->balances[0].kind, BALANCE_LINE);
    check_stages(&e->balances[0].stages, YUAN(88500000), YUAN(1500000), 0);
    assert_int_equal(e->balances[1].kind, BALANCE_VOUCHER);
    check_stages(&e->balances[1].stages, 0, YUAN(1500000), 0);
    assert_int_equal(e->balances[2].kind, BALANCE_ACCOUNT);
    assert_int_equal(e->balances[2].counted.fen, YUAN(1500000));
    assert_int_equal(e->balances[2].id, 1);
    const struct voucher_row *v = voucher_of(w, 1);
    assert_int_equal(v->policy, 1);
    assert_int_equal(v->issue_entry, e->number);
    assert_int_equal(v->issued.n, TODAY.n);
    assert_string_equal(v->contract, "C1");
    /* The next contract of 1,200,000: 500,000 are left of the ceiling. */
    contract(w, "C2", YUAN(1200000));
    e = done(w, make_issue("1", BUYER, "C2"));
    assert_int_equal(face(e), YUAN(500000));
    assert_int_equal(e->explanation->limits[1].used.fen, YUAN(1500000));
    assert_int_equal(e->explanation->limits[1].own.fen, 0);
    assert_int_equal(voucher_of(w, 2)->before_account, 1);
    assert_int_equal(voucher_of(w, 2)->before_due, 1);
    assert_int_equal(voucher_of(w, 2)->before_claim, 0);
    contract(w, "C3", 1000);
    e = refused(w, make_issue("1", BUYER, "C3"), REASON_CEILING);
    assert_string_equal(e->refusal.detail, "per enterprise over the policy's life");
    assert_int_equal(e->explanation->limits[1].at_most.fen, 0);
    end(w);
}

static void validity_ends_with_the_policy(void **state)
{
    (void)state;
    struct world *w = city();
    w->now = at(2027, 12, 31, 23);
    done(w, make_appropriate("1", 2027, "city", YUAN(1000)));
    contract(w, "C1", 1000);
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(e->postings[0].line, 5);
    assert_int_equal(e->done.issue.valid_to.n, day_make(2027, 12, 31).n);
    end(w);
}

static void outside_the_period(void **state)
{
    (void)state;
    struct world *w = world_new();
    w->now = at(2025, 7, 9, 23);
    done(w, make_book(true));
    done(w, make_adopt(file_of(w, ZHANGZHOU)));
    done(w, make_enterprise(BUYER, "350602"));
    contract(w, "C1", 1000);
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_OUTSIDE_PERIOD);
    assert_int_equal(e->refusal.day.n, day_make(2025, 7, 10).n);
    assert_int_equal(e->refusal.day_to.n, day_make(2027, 12, 31).n);
    assert_null(e->explanation);
    w->now = at(2025, 7, 10, 0);
    e = refused(w, make_issue("1", BUYER, "C1"), REASON_NO_FUND_LINE);
    assert_string_equal(e->refusal.detail, "measure 1 in 2025");
    struct command c = make_issue("1", BUYER, "C1");
    c.issue.year = 2026;
    assert_string_equal(refused(w, c, REASON_NO_FUND_LINE)->refusal.detail, "measure 1 in 2026");
    done(w, make_appropriate("1", 2026, "city", 500));
    c = make_issue("1", BUYER, "C1");
    c.issue.year = 2026; /* any line of the measure */
    done(w, c);
    w->now = at(2028, 1, 1, 0);
    refused(w, make_issue("1", BUYER, "C1"), REASON_OUTSIDE_PERIOD);
    end(w);
}

static void who_may_claim(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(10000000) + 1);
    assert_string_equal(
        refused(w, make_issue("1", SELLER, "C1"), REASON_WRONG_PARTY)->refusal.detail, "buyer");
    assert_string_equal(
        refused(w, make_issue("3B", BUYER, "C1"), REASON_WRONG_PARTY)->refusal.detail, "seller");
    refused(w, make_issue("1", OTHER, "C1"), REASON_WRONG_PARTY);
    /* Attestations: both, and only those that the policy knows. */
    struct command c = make_issue("2", BUYER, "C1");
    with_attestation(&c, "model-filing");
    const struct entry *e = refused(w, c, REASON_ATTESTATION_MISSING);
    assert_string_equal(e->refusal.detail, "effect");
    c = model_voucher(BUYER, "C1");
    with_attestation(&c, "beauty");
    invalid(w, c, "issue.attestations");
    /* The seller's 15 % of 10,000,000.01, then nothing for the buyer. */
    assert_int_equal(face(done(w, make_issue("3B", SELLER, "C1"))), YUAN(1500000));
    e = refused(w, make_issue("3A", BUYER, "C1"), REASON_OTHER_BENEFICIARY);
    assert_string_equal(e->refusal.detail, "91350100M000100Y43");
    assert_int_equal(e->explanation->nholders, 1);
    assert_int_equal(e->explanation->holders[0], 1);
    end(w);
}

static void traits_hold_from_day_to_day(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    w->now = at(2025, 9, 1, 0);
    const struct entry *e = refused(w, make_issue("3A", BUYER, "C1"), REASON_TRAIT_MISSING);
    assert_string_equal(e->refusal.detail, "industrial");
    assert_int_equal(e->refusal.day.n, day_make(2025, 9, 1).n);
    end(w);
    w = city();
    contract(w, "C1", 1000);
    w->now = at(2025, 8, 31, 23);
    assert_int_equal(face(done(w, make_issue("3A", BUYER, "C1"))), 800);
    end(w);
    w = world_with(ZHANGZHOU);
    struct command c = make_enterprise(BUYER, "350602");
    with_trait(&c, "industrial", day_make(2025, 8, 2), DAY(DAY_MAX));
    with_trait(&c, "annotation", DAY(DAY_MIN), DAY(DAY_MAX));
    done(w, c);
    contract(w, "C1", 1000);
    refused(w, make_issue("3A", BUYER, "C1"), REASON_TRAIT_MISSING);
    end(w);
}

static void amounts_asked_for(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", 1);
    const struct entry *e = refused(w, make_issue_of("1", BUYER, "C1", 500001), REASON_RATE);
    assert_int_equal(e->refusal.asked.fen, 500001);
    assert_int_equal(face(done(w, make_issue_of("1", BUYER, "C1", 200000))), 200000);
    /* A face cut by what was asked for leaves the rest of the entitlement for later. */
    e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(face(e), 300000);
    assert_int_equal(e->done.issue.tops_up, 1);
    assert_int_equal(voucher_of(w, 2)->tops_up, 1);
    assert_int_equal(voucher_of(w, 2)->before_claim, 1);
    e = refused(w, make_issue_of("1", BUYER, "C1", 1), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, 2);
    assert_int_equal(e->explanation->holders[0], 2);
    assert_int_equal(e->explanation->holders[1], 1);
    refused(w, make_issue("1", BUYER, "C2"), REASON_RATE);
    end(w);
}

static void too_little_on_the_line(void **state)
{
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    done(w, make_enterprise(BUYER, "350602"));
    done(w, make_appropriate("1", 2025, "city", 499));
    contract(w, "C1", 1000);
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_FUNDS);
    assert_int_equal(e->refusal.asked.fen, 0);
    assert_int_equal(e->explanation->limits[2].at_most.fen, 499);
    refused(w, make_issue_of("1", BUYER, "C1", 500), REASON_FUNDS);
    done(w, make_issue_of("1", BUYER, "C1", 499));
    done(w, make_appropriate("1", 2025, "city", 1));
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C1"))), 1);
    end(w);
}

/* Contract 7,000,000: 2,000,000 under 2, then nothing under 1; 1,000,000.03: 300,000.00, then
 * 200,000.01 more, then nothing; the first void: 300,000.00 more. */
static void one_support_for_one_spending(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(7000000));
    done(w, make_contract("C2", SELLER, OTHER, YUAN(1000000) + 3));
    assert_int_equal(face(done(w, model_voucher(BUYER, "C1"))), YUAN(2000000));
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->limits[2].rule, RULE_SUPPORT);
    assert_int_equal(e->explanation->limits[2].base.fen, YUAN(2000000));
    assert_int_equal(e->explanation->limits[2].used.fen, YUAN(2000000));
    assert_int_equal(face(done(w, model_voucher(OTHER, "C2"))), YUAN(300000));
    e = done(w, make_issue("1", OTHER, "C2"));
    assert_int_equal(face(e), YUAN(200000) + 1);
    assert_int_equal(e->done.issue.tops_up, 2);
    e = refused(w, model_voucher(OTHER, "C2"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, 2);
    assert_int_equal(e->explanation->holders[0], 3);
    done(w, make_void(2));
    e = done(w, make_issue("1", OTHER, "C2"));
    assert_int_equal(face(e), YUAN(300000));
    assert_int_equal(e->done.issue.tops_up, 3);
    end(w);
}

static void support_from_outside(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    done(w, make_outside("C1", SELLER, 300));
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(face(e), 200);
    assert_int_equal(e->explanation->limits[2].used.fen, 300);
    assert_int_equal(e->done.issue.tops_up, 0);
    done(w, make_outside("C1", SELLER, 200));
    /* 80 % are 800, less 500 from outside and the voucher's 200. */
    e = done(w, make_issue("3A", BUYER, "C1"));
    assert_int_equal(face(e), 100);
    assert_int_equal(e->explanation->limits[2].used.fen, 700);
    assert_int_equal(e->done.issue.tops_up, 1);
    refused(w, make_issue("1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    /* Support from outside alone has no vouchers to name. */
    contract(w, "C2", 1000);
    done(w, make_outside("C2", SELLER, LIMIT_AMOUNT_FEN));
    e = refused(w, make_issue("1", BUYER, "C2"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, 0);
    invalid(w, make_outside("C2", SELLER, 1), "add_outside.amount");
    invalid(w, make_outside("C2", OTHER, 1), "add_outside.contract");
    end(w);
}

/* Shares 25/25/50, the odd fen to the third; a year's and a contract's ceilings, on issue and on
 * redemption. */
static struct world *three(void)
{
    struct world *w = world_with(THREE);
    done(w, make_appropriate("T1", 2025, "city", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "county", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "province", YUAN(1000000)));
    done(w, make_enterprise(BUYER, "990101"));
    return w;
}

static void face_over_three_lines(void **state)
{
    (void)state;
    struct world *w = three();
    contract(w, "C1", 10);
    contract(w, "C2", 3);
    const struct entry *e = done(w, make_issue("T1", BUYER, "C1"));
    assert_int_equal(face(e), 4);
    assert_int_equal(e->npostings, 3);
    assert_int_equal(e->nbalances, 5); /* three lines, the voucher, the account */
    assert_int_equal(e->postings[0].amount.fen, 1);
    assert_int_equal(e->postings[1].amount.fen, 1);
    assert_int_equal(e->postings[2].amount.fen, 2);
    assert_int_equal(e->postings[2].line, 3);
    assert_int_equal(e->done.issue.valid_to.n, day_make(2025, 12, 31).n);
    assert_int_equal(e->done.issue.redeem_to.n, day_make(2026, 1, 30).n); /* 30 days of grace */
    /* A fen has no part on the first two. */
    e = done(w, make_issue("T1", BUYER, "C2"));
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].line, 3);
    assert_int_equal(voucher_of(w, 2)->nparts, 1);
    end(w);
}

static void a_line_that_is_missing_gives_nothing(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    done(w, make_enterprise(BUYER, "990101"));
    done(w, make_appropriate("T1", 2025, "city", 1000));
    done(w, make_appropriate("T1", 2025, "province", 1000));
    contract(w, "C1", 10);
    const struct entry *e = refused(w, make_issue("T1", BUYER, "C1"), REASON_FUNDS);
    /* Up to three fen the county's quarter is nothing. */
    assert_int_equal(e->explanation->limits[e->explanation->nlimits - 1].at_most.fen, 3);
    done(w, make_issue_of("T1", BUYER, "C1", 3));
    end(w);
}

static void ceilings_of_a_year_and_a_contract(void **state)
{
    struct key k;
    (void)state;
    struct world *w = three();
    contract(w, "C1", YUAN(1000000));
    contract(w, "C2", YUAN(1000000));
    /* 400,000 by the rate, 300,000 a contract. */
    const struct entry *e = done(w, make_issue("T1", BUYER, "C1"));
    assert_int_equal(face(e), YUAN(300000));
    assert_int_equal(e->explanation->limits[2].binding, 1);
    assert_int_equal(e->explanation->nlimits, 4); /* the ceiling on redemption is not among them */
    /* A year: 500,000 less 300,000. */
    assert_int_equal(face(done(w, make_issue("T1", BUYER, "C2"))), YUAN(200000));
    refused(w, make_issue("T1", BUYER, "C2"), REASON_SUPPORTED_ALREADY);
    /* In the next year the year's ceiling is whole, the contract's is not. */
    w->now = at(2026, 1, 1, 0);
    done(w, make_appropriate("T1", 2026, "city", YUAN(500000)));
    done(w, make_appropriate("T1", 2026, "county", YUAN(500000)));
    done(w, make_appropriate("T1", 2026, "province", YUAN(1000000)));
    e = done(w, make_issue("T1", BUYER, "C2"));
    assert_int_equal(face(e), YUAN(100000));
    assert_int_equal(e->explanation->limits[1].used.fen, 0);
    assert_int_equal(e->explanation->limits[2].used.fen, YUAN(200000));
    assert_int_equal(e->explanation->limits[2].own.fen, YUAN(200000));
    /* What is void gives back to the year of its issue. */
    w->now = at(2026, 1, 2, 0);
    done(w, make_void(2));
    const struct account_row *a =
        row_of(&w->main, key_account(&k, &voucher_of(w, 2)->enterprise, "T1"));
    assert_int_equal(account_counts(a, EVENT_ISSUE, 2025).fen, YUAN(300000));
    assert_int_equal(account_counts(a, EVENT_ISSUE, 2026).fen, YUAN(100000));
    end(w);
}

static void windows_and_what_is_left(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    struct command c = make_enterprise(SELLER, "990181");
    with_trait(&c, "workshop", DAY(DAY_MIN), DAY(DAY_MAX));
    done(w, c);
    done(w, make_appropriate("T2", 2025, "city", 30000));
    c = make_contract("C0", SELLER, BUYER, 90000);
    c.add_contract.signed_on = day_make(2025, 1, 31);
    done(w, c);
    c = make_contract("C9", SELLER, BUYER, 90000);
    c.add_contract.signed_on = day_make(2025, 10, 1);
    done(w, c);
    c = make_contract("C1", SELLER, BUYER, 90000);
    c.add_contract.signed_on = day_make(2025, 9, 30);
    done(w, c);
    for (int i = 0; i < 2; i++) {
        c = make_issue("T2", SELLER, i ? "C0" : "C9");
        with_attestation(&c, "review");
        const struct entry *e = refused(w, c, REASON_CONTRACT_WINDOW);
        assert_int_equal(e->refusal.day.n, day_make(2025, 2, 1).n);
        assert_int_equal(e->refusal.day_to.n, day_make(2025, 9, 30).n);
    }
    /* 33.3333 % of 900.00 are 299.9997, and so 299.99; then the last gets what is left. */
    c = make_issue("T2", SELLER, "C1");
    with_attestation(&c, "review");
    assert_int_equal(face(done(w, c)), 29999);
    c = make_contract("C2", SELLER, BUYER, 90000);
    done(w, c);
    c = make_issue_of("T2", SELLER, "C2", 2);
    with_attestation(&c, "review");
    refused(w, c, REASON_FUNDS);
    c = make_issue("T2", SELLER, "C2");
    with_attestation(&c, "review");
    assert_int_equal(face(done(w, c)), 1);
    c = make_issue("T2", SELLER, "C2");
    with_attestation(&c, "review");
    refused(w, c, REASON_FUNDS);
    end(w);
}

/* Only the grant counts: after a void the ceiling is free again. */
static void a_ceiling_is_free_again(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(4000000));
    contract(w, "C2", 1000);
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C1"))), YUAN(2000000));
    refused(w, make_issue("1", BUYER, "C2"), REASON_CEILING);
    done(w, make_void(1));
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C2"))), 500);
    /* The claim key of the void voucher has no holder any more. */
    assert_int_equal(face(done(w, make_issue("3B", SELLER, "C1"))), YUAN(600000));
    end(w);
}

/* The newest holders are named, at most LIMIT_HOLDERS. */
static void many_holders(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 200);
    for (int i = 0; i < 100; i++)
        done(w, make_issue_of("1", BUYER, "C1", 1));
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, LIMIT_HOLDERS);
    for (unsigned i = 0; i < LIMIT_HOLDERS; i++)
        assert_int_equal(e->explanation->holders[i], 100 - i);
    done(w, make_void(100));
    e = refused(w, make_issue_of("1", BUYER, "C1", 2), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->holders[0], 99);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issue_in_full),
        cmocka_unit_test(validity_ends_with_the_policy),
        cmocka_unit_test(outside_the_period),
        cmocka_unit_test(who_may_claim),
        cmocka_unit_test(traits_hold_from_day_to_day),
        cmocka_unit_test(amounts_asked_for),
        cmocka_unit_test(too_little_on_the_line),
        cmocka_unit_test(one_support_for_one_spending),
        cmocka_unit_test(support_from_outside),
        cmocka_unit_test(face_over_three_lines),
        cmocka_unit_test(a_line_that_is_missing_gives_nothing),
        cmocka_unit_test(ceilings_of_a_year_and_a_contract),
        cmocka_unit_test(windows_and_what_is_left),
        cmocka_unit_test(a_ceiling_is_free_again),
        cmocka_unit_test(many_holders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
