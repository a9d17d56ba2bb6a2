/* SPDX-License-Identifier: Apache-2.0 */
/* Invoices: what they pay, and every reason to refuse one. */
#include "tests/unit/ledger/trial.h"

static int64_t paid(const struct entry *e)
{
    return e->done.redeem.paid.fen;
}

static int64_t pays(struct world *w, uint64_t voucher, const char *invoice, int64_t fen)
{
    return paid(done(w, make_redeem(voucher, invoice, TODAY, fen)));
}

static void an_invoice_in_full(void **state)
{
    struct key k;
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(1000000));
    done(w, make_issue("1", BUYER, "C1"));
    const struct entry *e = done(w, make_redeem(1, "I1", TODAY, 333));
    assert_int_equal(paid(e), 166);
    assert_false(e->done.redeem.invoice_shared);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].from, STAGE_COMMITTED);
    assert_int_equal(e->postings[0].to, STAGE_PAYABLE);
    assert_int_equal(e->postings[0].voucher, 1);
    assert_int_equal(e->nbalances, 3);
    check_stages(&e->balances[1].stages, 0, YUAN(500000) - 166, 166);
    assert_int_equal(e->balances[2].counted.fen, YUAN(500000));
    assert_int_equal(e->explanation->nlimits, 3);
    const struct invoice_row *i = row_of(&w->main, key_invoice(&k, "I1"));
    assert_int_equal(i->voucher, 1);
    assert_int_equal(i->amount.fen, 333);
    assert_int_equal(i->dated.n, TODAY.n);
    assert_int_equal(i->entry, e->number);
    assert_int_equal(voucher_of(w, 1)->invoiced.fen, 333);
    end(w);
}

/* 300,000 on 1,000,000: 333,333.33 and 666,666.67. Contract of 5,000,000.01 under the ceiling. */
static void worked_parts(void **state)
{
    struct key k;
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(1000000));
    done(w, make_contract("C2", SELLER, OTHER, YUAN(5000000) + 1));
    assert_int_equal(face(done(w, model_voucher(BUYER, "C1"))), YUAN(300000));
    assert_int_equal(pays(w, 1, "I1", 33333333), 9999999);
    assert_int_equal(pays(w, 1, "I2", 66666667), 20000001);
    assert_int_equal(face(done(w, make_issue("1", OTHER, "C2"))), YUAN(2000000));
    assert_int_equal(pays(w, 2, "I3", 1), 0);
    assert_int_equal(pays(w, 2, "I4", 2), 1);
    assert_int_equal(pays(w, 2, "I5", 399999996), 199999998);
    assert_int_equal(pays(w, 2, "I6", 2), 1);
    const struct entry *e = refused(w, make_redeem(2, "I7", TODAY, 1), REASON_VOUCHER_STATE);
    assert_string_equal(e->refusal.detail, "used up");
    assert_int_equal(e->refusal.voucher, 2);
    const struct refusal_row *r = row_of(&w->main, key_refusal(&k, e->number));
    struct uscc other = OTHER;
    assert_memory_equal(r->enterprise.c, other.c, USCC_LEN);
    end(w);
}

static void dates(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 100000);
    done(w, make_issue("1", BUYER, "C1"));
    const struct entry *e =
        refused(w, make_redeem(1, "I1", day_make(2024, 12, 31), 100), REASON_INVOICE_TOO_EARLY);
    assert_int_equal(e->refusal.day.n, day_make(2025, 1, 1).n);
    done(w, make_redeem(1, "I1", day_make(2025, 1, 1), 100));
    e = refused(w, make_redeem(1, "I2", day_make(2025, 8, 2), 100), REASON_INVOICE_IN_FUTURE);
    assert_int_equal(e->refusal.day.n, TODAY.n);
    done(w, make_redeem(1, "I2", TODAY, 100));
    /* To the end of the last day, whether or not it was lapsed. */
    w->now = at(2026, 12, 31, 23);
    done(w, make_redeem(1, "I3", TODAY, 100));
    w->now = at(2027, 1, 1, 0);
    e = refused(w, make_redeem(1, "I4", TODAY, 100), REASON_EXPIRED);
    assert_int_equal(e->refusal.day.n, day_make(2026, 12, 31).n);
    assert_int_equal(e->refusal.voucher, 1);
    invalid(w, make_redeem(2, "I4", TODAY, 100), "redeem.voucher");
    invalid(w, make_redeem(0, "I4", TODAY, 100), "redeem.voucher");
    invalid(w, make_redeem(UINT64_MAX, "I4", TODAY, 100), "redeem.voucher");
    end(w);
}

static void grace_goes_past_validity(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    done(w, make_appropriate("T1", 2025, "city", 1000));
    done(w, make_appropriate("T1", 2025, "county", 1000));
    done(w, make_appropriate("T1", 2025, "province", 2000));
    done(w, make_enterprise(BUYER, "990101"));
    contract(w, "C1", 1000);
    done(w, make_issue("T1", BUYER, "C1"));
    w->now = at(2026, 1, 30, 23);
    done(w, make_redeem(1, "I1", TODAY, 10));
    w->now = at(2026, 1, 31, 0);
    refused(w, make_redeem(1, "I2", TODAY, 10), REASON_EXPIRED);
    end(w);
}

static void invoices_are_used_once(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 100000);
    contract(w, "C2", 100000);
    done(w, make_issue("1", BUYER, "C1"));
    done(w, make_issue("1", BUYER, "C2"));
    done(w, make_redeem(1, "I1", TODAY, 100));
    const struct entry *e = refused(w, make_redeem(2, "I1", TODAY, 100), REASON_INVOICE_USED);
    assert_int_equal(e->refusal.voucher, 1);
    e = refused(w, make_redeem(1, "I1", TODAY, 100), REASON_INVOICE_USED);
    assert_int_equal(e->refusal.voucher, 1);
    /* Also when the first was voided since, and when nothing was paid on it. */
    done(w, make_redeem(2, "I2", TODAY, 1));
    done(w, make_void(2));
    refused(w, make_redeem(1, "I2", TODAY, 1), REASON_INVOICE_USED);
    end(w);
}

/* A top-up of 200 on a voucher of 300: the invoice of 1000 is shown on both. */
static void siblings_share_invoices(void **state)
{
    struct key k;
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    assert_int_equal(face(done(w, model_voucher(BUYER, "C1"))), 300);
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C1"))), 200);
    assert_int_equal(pays(w, 1, "I1", 500), 150);
    const struct entry *e = refused(w, make_redeem(2, "I1", TODAY, 501), REASON_INVOICE_DIFFERS);
    assert_string_equal(e->refusal.detail, "amount 5.00 and date 2025-08-01");
    refused(w, make_redeem(2, "I1", DAY(TODAY.n - 1), 500), REASON_INVOICE_DIFFERS);
    /* 50 % of 500 over the key are 250, less the 150 that were paid. */
    e = done(w, make_redeem(2, "I1", TODAY, 500));
    assert_int_equal(paid(e), 100);
    assert_true(e->done.redeem.invoice_shared);
    assert_int_equal(e->explanation->limits[2].binding, 1);
    assert_int_equal(e->explanation->limits[2].base.fen, 500);
    assert_int_equal(e->explanation->limits[2].used.fen, 150);
    assert_non_null(row_of(&w->main, key_shown(&k, "I1", 2)));
    refused(w, make_redeem(2, "I1", TODAY, 500), REASON_INVOICE_USED);
    /* Its own invoice, on the top-up first: then shown on the other. */
    assert_int_equal(pays(w, 2, "I2", 500), 100);
    assert_int_equal(pays(w, 1, "I2", 500), 150);
    refused(w, make_redeem(1, "I2", TODAY, 500), REASON_VOUCHER_STATE);
    end(w);
}

/* Once the voucher of the higher rate is void the key pays at the lower rate. */
static void the_highest_rate_is_of_those_that_hold(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    done(w, model_voucher(BUYER, "C1"));
    done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(pays(w, 2, "I1", 200), 100);
    done(w, make_void(2)); /* 100 were redeemed: it holds support still */
    const struct entry *e = done(w, make_redeem(1, "I1", TODAY, 200));
    assert_int_equal(paid(e), 0);
    assert_int_equal(e->explanation->limits[2].rate.ppm, 500000);
    end(w);
    w = city();
    contract(w, "C1", 1000);
    done(w, model_voucher(BUYER, "C1"));
    done(w, make_issue("1", BUYER, "C1"));
    done(w, make_void(2));
    e = done(w, make_redeem(1, "I1", TODAY, 200));
    assert_int_equal(paid(e), 60);
    assert_int_equal(e->explanation->limits[2].rate.ppm, 300000);
    end(w);
}

static void payment_over_three_lines(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    done(w, make_appropriate("T1", 2025, "city", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "county", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "province", YUAN(1000000)));
    done(w, make_enterprise(BUYER, "990101"));
    contract(w, "C1", 10);
    done(w, make_issue("T1", BUYER, "C1"));
    /* 40 % of 0.08 are 0.03: 0.01, 0, 0.02; then 0, 0.01, 0. */
    const struct entry *e = done(w, make_redeem(1, "I1", TODAY, 8));
    assert_int_equal(paid(e), 3);
    assert_int_equal(e->npostings, 2);
    assert_int_equal(e->postings[0].line, 1);
    assert_int_equal(e->postings[0].amount.fen, 1);
    assert_int_equal(e->postings[1].line, 3);
    assert_int_equal(e->postings[1].amount.fen, 2);
    e = done(w, make_redeem(1, "I2", TODAY, 2));
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].line, 2);
    end(w);
}

/* 450,000 a year on redemption: what is left is paid, the rest in the next year. */
static void ceiling_on_redemption(void **state)
{
    (void)state;
    struct world *w = world_with(THREE);
    done(w, make_appropriate("T1", 2025, "city", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "county", YUAN(500000)));
    done(w, make_appropriate("T1", 2025, "province", YUAN(1000000)));
    done(w, make_enterprise(BUYER, "990101"));
    contract(w, "C1", YUAN(750000));
    contract(w, "C2", YUAN(500000));
    assert_int_equal(face(done(w, make_issue("T1", BUYER, "C1"))), YUAN(300000));
    assert_int_equal(face(done(w, make_issue("T1", BUYER, "C2"))), YUAN(200000));
    assert_int_equal(pays(w, 1, "I1", YUAN(750000)), YUAN(300000));
    const struct entry *e = done(w, make_redeem(2, "I2", TODAY, YUAN(450000)));
    assert_int_equal(paid(e), YUAN(150000));
    assert_int_equal(e->explanation->limits[3].used.fen, YUAN(300000));
    assert_int_equal(e->explanation->limits[3].binding, 1);
    assert_int_equal(pays(w, 2, "I3", YUAN(10000)), 0);
    w->now = at(2026, 1, 2, 9);
    e = done(w, make_redeem(2, "I4", TODAY, YUAN(40000)));
    assert_int_equal(paid(e), YUAN(50000));
    assert_int_equal(e->explanation->limits[3].used.fen, 0);
    end(w);
}

static struct command shown(uint64_t voucher, unsigned invoice, int64_t fen, const char *paper)
{
    struct command c = make_redeem(voucher, nth_invoice(invoice), TODAY, fen);
    c.redeem.nattestations = 1;
    c.redeem.attestations[0] = (struct attestation){paper, "paper 1"};
    return c;
}

static void attestations_of_a_redemption(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(1000));
    done(w, make_issue("K9", BUYER, "C1"));
    const struct entry *e =
        refused(w, make_redeem(1, "I1", TODAY, YUAN(100)), REASON_ATTESTATION_MISSING);
    assert_string_equal(e->refusal.detail, "seen");
    refused(w, shown(1, 1, YUAN(100), "heard"), REASON_ATTESTATION_MISSING);
    invalid(w, shown(1, 1, YUAN(100), "beauty"), "redeem.attestations");
    assert_int_equal(paid(done(w, shown(1, 1, YUAN(100), "seen"))), YUAN(50));
    /* They are those of the policy that the voucher was issued under. */
    done(w, make_adopt(replaced_file(w, "seen", "sawn")));
    invalid(w, shown(1, 2, YUAN(100), "sawn"), "redeem.attestations");
    assert_int_equal(paid(done(w, shown(1, 2, YUAN(100), "seen"))), YUAN(50));
    contract(w, "C2", YUAN(1000));
    done(w, make_issue("K9", BUYER, "C2"));
    assert_int_equal(paid(done(w, shown(2, 3, YUAN(100), "sawn"))), YUAN(50));
    end(w);
}

/* 300.00 a year are redeemed in one area: what is left is paid. */
static void an_area_redeems(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(1000));
    done(w, make_contract("C2", SELLER, THIRD, YUAN(1000)));
    done(w, make_contract("C3", SELLER, OTHER, YUAN(1000)));
    done(w, make_issue("K9", BUYER, "C1"));
    done(w, make_issue("K9", THIRD, "C2"));
    done(w, make_issue("K9", OTHER, "C3"));
    assert_int_equal(paid(done(w, shown(1, 1, YUAN(400), "seen"))), YUAN(200));
    const struct entry *e = done(w, shown(2, 2, YUAN(400), "seen"));
    assert_int_equal(paid(e), YUAN(100));
    assert_int_equal(e->explanation->limits[3].used.fen, YUAN(200));
    assert_string_equal(e->explanation->limits[3].name, "an area redeems");
    assert_int_equal(paid(done(w, shown(1, 3, YUAN(200), "seen"))), 0);
    assert_int_equal(paid(done(w, shown(3, 4, YUAN(400), "seen"))), YUAN(200)); /* in the West */
    w->now = at(2026, 1, 1, 0);
    assert_int_equal(paid(done(w, shown(1, 5, YUAN(200), "seen"))), YUAN(200));
    assert_int_equal(paid(done(w, shown(2, 6, YUAN(600), "seen"))), YUAN(100));
    end(w);
}

/* Sums of invoices stay inside 64 bits. */
static void invoices_do_not_overflow(void **state)
{
    struct key k;
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(4000000));
    done(w, model_voucher(BUYER, "C1"));
    struct voucher_row *v = rows_write_voucher_row(w->main.rows, key_voucher(&k, 1));
    v->invoiced = MONEY(INT64_MAX - 9);
    invalid(w, make_redeem(1, "I1", TODAY, 10), "redeem.amount");
    v->invoiced = MONEY(0);
    struct ledger l = {.policies = w->main.policies};
    struct claim_row *c = rows_write_claim_row(w->main.rows, voucher_claim(&l, v, &k));
    c->invoiced = MONEY(INT64_MAX - 9);
    invalid(w, make_redeem(1, "I1", TODAY, 10), "redeem.amount");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_in_full),
        cmocka_unit_test(worked_parts),
        cmocka_unit_test(dates),
        cmocka_unit_test(grace_goes_past_validity),
        cmocka_unit_test(invoices_are_used_once),
        cmocka_unit_test(siblings_share_invoices),
        cmocka_unit_test(the_highest_rate_is_of_those_that_hold),
        cmocka_unit_test(payment_over_three_lines),
        cmocka_unit_test(ceiling_on_redemption),
        cmocka_unit_test(attestations_of_a_redemption),
        cmocka_unit_test(an_area_redeems),
        cmocka_unit_test(invoices_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
