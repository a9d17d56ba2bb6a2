/* SPDX-License-Identifier: Apache-2.0 */
/* Claims on spending that fields name: what they must state and may not, which case applies, and
 * what is one and the same. */
#include "tests/unit/ledger/trial.h"

static void what_a_claim_states(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    invalid(w, claim(w, "V1", BUYER, FACTS("colour", "red")), "issue.facts");
    invalid(w, make_issue("V1", BUYER, NULL), "issue.facts");
    assert_string_equal(w->fault.value, "case");
    /* What nobody asks for, what is stated twice, what is no such value. */
    invalid(w, claim(w, "V1", BUYER, FACTS("case", "a", "seats", "1")), "issue.facts");
    assert_string_equal(w->fault.value, "seats");
    invalid(w, claim(w, "V1", BUYER, FACTS("case", "a", "case", "b")), "issue.facts");
    invalid(w, claim(w, "V1", BUYER, FACTS("case", "a", "case", "a")), "issue.facts");
    invalid(w, claim(w, "V1", BUYER, FACTS("case", "a|b")), "issue.facts.case");
    invalid(w, claim(w, "M1", BUYER, FACTS("case", "a", "month", "2025-13")), "issue.facts.month");
    /* A contract where it is none, and none where it is one. */
    struct command c = claim_case(w, "V1", BUYER, "a");
    c.issue.contract = "C1";
    invalid(w, c, "issue.contract");
    invalid(w, make_issue("G1", BUYER, NULL), "issue.contract");
    c = make_issue("G1", BUYER, "C1");
    with_fact(w, &c, "case", "a");
    invalid(w, c, "issue.facts");
    c = claim_case(w, "V1", BUYER, "a");
    with_attestation(&c, "beauty");
    invalid(w, c, "issue.attestations");
    end(w);
}

/* Values that name a spending have 64 bytes together, with what stands between them. */
static void the_longest_names(void **state)
{
    (void)state;
    char text[LIMIT_NUMBER + 2] = {0};
    struct world *w = trial();
    memset(text, 'n', LIMIT_NUMBER);
    assert_int_equal(face(done(w, claim_case(w, "V1", BUYER, text))), YUAN(500));
    assert_string_equal(voucher_of(w, 1)->contract, text);
    refused(w, claim_case(w, "V1", BUYER, text), REASON_SUPPORTED_ALREADY);
    text[LIMIT_NUMBER] = 'n';
    invalid(w, claim_case(w, "V1", BUYER, text), "issue.facts.case");
    memset(text, 0, sizeof text);
    memset(text, 'm', LIMIT_NUMBER - 8); /* and |2025-07 */
    done(w, claim(w, "M1", BUYER, FACTS("case", text, "month", "2025-07")));
    assert_int_equal(strlen(voucher_of(w, 2)->contract), LIMIT_NUMBER);
    text[LIMIT_NUMBER - 8] = 'm';
    invalid(w, claim(w, "M1", BUYER, FACTS("case", text, "month", "2025-07")), "issue.facts");
    end(w);
}

/* 12 seats are 012 seats; "1" of "12" is not "11" of "2". */
static void the_same_is_the_same(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, claim(w, "M2", BUYER, FACTS("seats", "12")));
    refused(w, claim(w, "M2", BUYER, FACTS("seats", "012")), REASON_SUPPORTED_ALREADY);
    refused(w, claim(w, "M2", OTHER, FACTS("seats", "12")), REASON_OTHER_BENEFICIARY);
    done(w, claim(w, "M2", OTHER, FACTS("seats", "120")));
    done(w, claim(w, "M1", BUYER, FACTS("case", "a", "month", "2025-01")));
    done(w, claim(w, "M1", OTHER, FACTS("case", "a", "month", "2025-02")));
    refused(w, claim(w, "M1", OTHER, FACTS("month", "2025-01", "case", "a")),
            REASON_OTHER_BENEFICIARY);
    /* Another measure outside any group has a key of its own. */
    done(w, claim_case(w, "V1", BUYER, "a"));
    done(w, claim_case(w, "K1", BUYER, "a"));
    end(w);
}

static void a_promise_of_an_amount(void **state)
{
    (void)state;
    struct world *w = trial();
    const struct entry *e = done(w, claim_case(w, "V1", BUYER, "a"));
    assert_int_equal(e->done.issue.voucher, 1);
    assert_false(e->done.issue.paid_out);
    assert_int_equal(e->explanation->limits[0].rule, RULE_AWARD);
    assert_int_equal(e->explanation->limits[0].at_most.fen, YUAN(500));
    /* Redeemed by invoices of as much. */
    e = done(w, make_redeem(1, nth_invoice(1), TODAY, YUAN(200)));
    assert_int_equal(e->done.redeem.paid.fen, YUAN(200));
    e = done(w, make_redeem(1, nth_invoice(2), TODAY, YUAN(400)));
    assert_int_equal(e->done.redeem.paid.fen, YUAN(300));
    refused(w, make_redeem(1, nth_invoice(3), TODAY, YUAN(1)), REASON_VOUCHER_STATE);
    /* Another in full, voided, claimed by another. */
    done(w, claim_case(w, "V1", BUYER, "b"));
    refused(w, claim_case(w, "V1", OTHER, "b"), REASON_OTHER_BENEFICIARY);
    done(w, make_void(2));
    done(w, claim_case(w, "V1", OTHER, "b"));
    /* Less than the amount, then the rest. */
    struct command c = claim_case(w, "V1", OTHER, "c");
    c.issue.has_amount = true;
    c.issue.amount = MONEY(YUAN(100));
    done(w, c);
    e = done(w, claim_case(w, "V1", OTHER, "c"));
    assert_int_equal(face(e), YUAN(400));
    assert_int_equal(e->done.issue.tops_up, 4);
    end(w);
}

static struct command spent(struct world *w, struct uscc who, const char *name, const char *yuan)
{
    return claim(w, "X1", who, FACTS("case", name, "spent", yuan));
}

/* Below 1,000.00: 10 %; from there to 5,000.00, in the East: 20 %; in the second and third year of
 * enjoyment: 30 %. */
static void the_first_case_that_applies(void **state)
{
    (void)state;
    struct world *w = trial();
    appropriate_all(w, 2026);
    appropriate_all(w, 2027);
    assert_int_equal(face(done(w, spent(w, BUYER, "a", "999.99"))), 9999);
    assert_int_equal(face(done(w, spent(w, BUYER, "b", "1000.00"))), YUAN(200));
    assert_int_equal(face(done(w, spent(w, BUYER, "c", "5000.00"))), YUAN(1000));
    const struct entry *e = refused(w, spent(w, BUYER, "d", "5000.01"), REASON_NO_CASE);
    assert_string_equal(e->refusal.detail, "X1");
    refused(w, spent(w, OTHER, "d", "1000.00"), REASON_NO_CASE); /* in the West */
    assert_int_equal(face(done(w, spent(w, OTHER, "e", "100.00"))), YUAN(10));
    struct command c = spent(w, BUYER, "d", "10.00");
    with_fact(w, &c, "level", "tin");
    e = refused(w, c, REASON_CASE_REFUSES);
    assert_string_equal(e->refusal.detail, "tin is not supported");
    /* A year later it is the second of BUYER. OTHER's is, too, until what it has is void. */
    w->now = at(2026, 1, 1, 0);
    assert_int_equal(face(done(w, spent(w, BUYER, "d", "5000.01"))), YUAN(1500));
    assert_int_equal(face(done(w, spent(w, OTHER, "f", "6000.00"))), YUAN(1800));
    done(w, make_void(4));
    refused(w, spent(w, OTHER, "g", "6000.00"), REASON_NO_CASE);
    refused(w, spent(w, THIRD, "g", "6000.00"), REASON_NO_CASE);
    w->now = at(2027, 1, 1, 0);
    assert_int_equal(face(done(w, spent(w, BUYER, "g", "6000.00"))), YUAN(1800));
    end(w);
}

static void a_review_sets_a_lower_rate(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command c = spent(w, BUYER, "a", "1000.00");
    c.issue.has_rate = true;
    c.issue.rate.ppm = 200001;
    assert_string_equal(refused(w, c, REASON_APPLIED_RATE)->refusal.detail, "20 %");
    c = spent(w, BUYER, "a", "1000.00");
    c.issue.has_rate = true;
    c.issue.rate.ppm = 50000;
    const struct entry *e = done(w, c);
    assert_int_equal(face(e), YUAN(50));
    assert_int_equal(e->done.issue.rate.ppm, 50000);
    /* An invoice pays by the same. */
    e = done(w, make_redeem(1, nth_invoice(1), TODAY, YUAN(500)));
    assert_int_equal(e->done.redeem.paid.fen, YUAN(25));
    c = spent(w, BUYER, "b", "1000.00");
    c.issue.has_rate = true;
    c.issue.rate.ppm = 200000;
    assert_int_equal(face(done(w, c)), YUAN(200));
    c = claim_case(w, "V1", BUYER, "a");
    c.issue.has_rate = true;
    c.issue.rate.ppm = 1;
    invalid(w, c, "issue.rate");
    end(w);
}

/* Half of what was granted from outside, which is no support that would count against it. */
static void a_rate_of_what_came_from_outside(void **state)
{
    (void)state;
    struct world *w = trial();
    refused(w, claim_case(w, "O1", BUYER, "a"), REASON_RATE);
    done(w, outside_case(w, "O1", "a", YUAN(800)));
    assert_int_equal(face(done(w, claim_case(w, "O1", BUYER, "a"))), YUAN(400));
    refused(w, claim_case(w, "O1", BUYER, "a"), REASON_SUPPORTED_ALREADY);
    done(w, outside_case(w, "O1", "a", YUAN(200)));
    assert_int_equal(face(done(w, claim_case(w, "O1", BUYER, "a"))), YUAN(100));
    refused(w, claim_case(w, "O1", BUYER, "b"), REASON_RATE);
    end(w);
}

static void outside_of_spending_that_is_no_contract(void **state)
{
    (void)state;
    struct world *w = trial();
    invalid(w, outside_case(w, "G1", "a", YUAN(1)), "add_outside.measure");
    invalid(w, outside_case(w, "none", "a", YUAN(1)), "add_outside.measure");
    struct command c = outside_case(w, "V1", "a", YUAN(1));
    c.add_outside.nfacts = 0;
    invalid(w, c, "add_outside.facts");
    c = outside_case(w, "V1", "a|b", YUAN(1));
    invalid(w, c, "add_outside.facts.case");
    done(w, outside_case(w, "V1", "a", YUAN(150)));
    done(w, outside_case(w, "V1", "a", YUAN(50)));
    assert_int_equal(face(done(w, claim_case(w, "V1", BUYER, "a"))), YUAN(300));
    assert_int_equal(face(done(w, claim_case(w, "V1", BUYER, "b"))), YUAN(500));
    done(w, outside_case(w, "V1", "c", YUAN(500)));
    refused(w, claim_case(w, "V1", BUYER, "c"), REASON_SUPPORTED_ALREADY);
    c = outside_case(w, "V1", "c", LIMIT_AMOUNT_FEN);
    invalid(w, c, "add_outside.amount");
    end(w);
}

static void persons_are_known_by_one_key(void **state)
{
    (void)state;
    struct world *w = trial();
    assert_string_equal(head_of(w)->person_key, "");
    invalid(w, claim(w, "H1", BUYER, FACTS("person", "110101199001011237", "month", "2025-01")),
            "issue.facts.person");
    done(w, claim(w, "H1", BUYER, FACTS("person", ANN, "month", "2025-01")));
    assert_string_equal(head_of(w)->person_key, "0123abcd");
    invalid(w, claim(w, "H1", BUYER, FACTS("person", EVE, "month", "2025-01")), "issue.person");
    done(w, claim(w, "H1", BUYER, FACTS("person", BOB, "month", "2025-01")));
    refused(w, claim(w, "H1", OTHER, FACTS("person", BOB, "month", "2025-01")),
            REASON_OTHER_BENEFICIARY);
    end(w);
}

/* 1,000,000.00 at 3 % for 200 of 365 days: 16,438.3561... */
static void interest_by_days(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command c = claim(w, "Z1", BUYER, FACTS("case", "a", "loan", "1000000.00"));
    with_fact(w, &c, "start", "2025-01-01");
    with_fact(w, &c, "until", "2025-07-20");
    const struct entry *e = done(w, c);
    assert_int_equal(face(e), 1643835);
    const struct limit *l = &e->explanation->limits[0];
    assert_int_equal(l->rule, RULE_INTEREST);
    assert_int_equal(l->quantity, 200);
    assert_int_equal(l->base.fen, YUAN(1000000));
    c = claim(w, "Z1", BUYER, FACTS("case", "b", "loan", "1000000.00"));
    with_fact(w, &c, "start", "2025-07-20");
    with_fact(w, &c, "until", "2025-07-20");
    refused(w, c, REASON_RATE);
    /* Neither before the days that count nor after today. */
    static const char *const days[][2] = {{"2024-12-31", "2025-07-20"},
                                          {"2025-01-01", "2025-08-02"}};
    static const char *const told[] = {"start", "until"};
    for (int i = 0; i < 2; i++) {
        c = claim(w, "Z1", BUYER, FACTS("case", "c", "loan", "1000000.00"));
        with_fact(w, &c, "start", days[i][0]);
        with_fact(w, &c, "until", days[i][1]);
        assert_string_equal(refused(w, c, REASON_SPENDING_TIME)->refusal.detail, told[i]);
    }
    c = claim(w, "Z1", BUYER, FACTS("case", "c", "loan", "1000000.00"));
    with_fact(w, &c, "start", "2025-01-01");
    with_fact(w, &c, "until", "2025-08-01");
    done(w, c);
    end(w);
}

static void spending_of_a_year_has_a_limit(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, claim(w, "Y1", BUYER, FACTS("batch", "a", "spent", "999.99")));
    invalid(w, claim(w, "Y1", BUYER, FACTS("batch", "b", "spent", "9000000000000.00")),
            "issue.facts");
    refused(w, claim(w, "Y1", OTHER, FACTS("batch", "b", "spent", "9000000000000.00")),
            REASON_FUNDS);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_claim_states),
        cmocka_unit_test(the_longest_names),
        cmocka_unit_test(the_same_is_the_same),
        cmocka_unit_test(a_promise_of_an_amount),
        cmocka_unit_test(the_first_case_that_applies),
        cmocka_unit_test(a_review_sets_a_lower_rate),
        cmocka_unit_test(a_rate_of_what_came_from_outside),
        cmocka_unit_test(outside_of_spending_that_is_no_contract),
        cmocka_unit_test(persons_are_known_by_one_key),
        cmocka_unit_test(interest_by_days),
        cmocka_unit_test(spending_of_a_year_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
