/* SPDX-License-Identifier: Apache-2.0 */
/* Who may claim: each question of the table, with the last that passes and the first that does not.
 */
#include "tests/unit/ledger/trial.h"

static void check_refusal(const struct entry *e, const char *detail, struct day day)
{
    assert_string_equal(e->refusal.detail, detail);
    assert_int_equal(e->refusal.day.n, day.n);
    assert_null(e->explanation);
}

static void a_measure_that_waits_for_its_guide(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    check_refusal(refused(w, make_issue("W1", BUYER, "C1"), REASON_AWAITING_GUIDE), "W1", DAY(0));
    /* Before anything else is asked: the seller is the wrong party too. */
    refused(w, make_issue("W1", SELLER, "C1"), REASON_AWAITING_GUIDE);
    end(w);
}

static void dates_of_its_own(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", YUAN(10000));
    w->now = at(2025, 8, 31, 23);
    const struct entry *e = refused(w, make_issue("A1", BUYER, "C1"), REASON_OUTSIDE_PERIOD);
    check_refusal(e, "", day_make(2025, 9, 1));
    assert_int_equal(e->refusal.day_to.n, day_make(2025, 9, 30).n);
    w->now = at(2025, 9, 1, 0);
    e = done(w, make_issue("A1", BUYER, "C1"));
    assert_int_equal(face(e), YUAN(5000));
    /* No voucher lives past its measure's last day. */
    assert_int_equal(e->done.issue.valid_to.n, day_make(2025, 9, 30).n);
    assert_int_equal(e->done.issue.redeem_to.n, day_make(2025, 9, 30).n);
    w->now = at(2025, 9, 30, 23);
    done(w, make_issue("A1", BUYER, "C2"));
    w->now = at(2025, 10, 1, 0);
    contract(w, "C3", YUAN(10000));
    refused(w, make_issue("A1", BUYER, "C3"), REASON_OUTSIDE_PERIOD);
    end(w);
}

static void windows_by_time_of_day(void **state)
{
    (void)state;
    struct world *w = trial();
    w->now = at(2025, 8, 11, 8);
    check_refusal(refused(w, claim_case(w, "I1", BUYER, "a"), REASON_INTAKE_CLOSED), "I1", DAY(0));
    w->now = INSTANT(at(2025, 8, 11, 9).us - 1);
    refused(w, claim_case(w, "I1", BUYER, "a"), REASON_INTAKE_CLOSED);
    w->now = at(2025, 8, 11, 9);
    done(w, claim_case(w, "I1", BUYER, "a"));
    w->now = INSTANT(at(2025, 8, 11, 17).us - 1);
    done(w, claim_case(w, "I1", BUYER, "b"));
    w->now = at(2025, 8, 11, 17); /* exclusive */
    refused(w, claim_case(w, "I1", BUYER, "c"), REASON_INTAKE_CLOSED);
    w->now = at(2025, 8, 12, 10);
    refused(w, claim_case(w, "I1", BUYER, "c"), REASON_INTAKE_CLOSED);
    w->now = at(2025, 8, 14, 17); /* inclusive */
    done(w, claim_case(w, "I1", BUYER, "c"));
    w->now = INSTANT(at(2025, 8, 14, 17).us + 1);
    refused(w, claim_case(w, "I1", BUYER, "d"), REASON_INTAKE_CLOSED);
    end(w);
}

static void kinds_of_bodies(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, make_enterprise(NOBODY, "10"));
    done(w, claim_case(w, "C1", BUYER, "a")); /* 9135... */
    check_refusal(refused(w, claim_case(w, "C1", NOBODY, "b"), REASON_NOT_BENEFICIARY), "C1",
                  DAY(0)); /* 9235... */
    end(w);
}

static void the_first_right_ends_with_its_day(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", YUAN(10000));
    w->now = at(2025, 8, 31, 23);
    check_refusal(refused(w, make_issue("E1", SELLER, "C1"), REASON_FIRST_RIGHT), "buyer",
                  day_make(2025, 8, 31));
    check_refusal(refused(w, make_issue("E1", OTHER, "C1"), REASON_WRONG_PARTY), "buyer or seller",
                  DAY(0));
    assert_int_equal(face(done(w, make_issue("E1", BUYER, "C1"))), YUAN(1000));
    w->now = at(2025, 9, 1, 0);
    assert_int_equal(face(done(w, make_issue("E1", SELLER, "C2"))), YUAN(1000));
    /* Either of them, not both. */
    refused(w, make_issue("E1", BUYER, "C2"), REASON_OTHER_BENEFICIARY);
    refused(w, make_issue("E1", SELLER, "C1"), REASON_OTHER_BENEFICIARY);
    end(w);
}

static void parties_of_one_group(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", YUAN(10000));
    contract(w, "C3", YUAN(10000));
    done(w, make_issue("P1", BUYER, "C1"));
    done(w, make_related(SELLER, "family"));
    done(w, make_issue("P1", BUYER, "C2"));
    done(w, make_related(BUYER, "family"));
    check_refusal(refused(w, make_issue("P1", BUYER, "C3"), REASON_RELATED_PARTIES), "family",
                  DAY(0));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C3"))), YUAN(4000)); /* asks not */
    done(w, make_related(BUYER, "another"));
    done(w, make_issue("P1", BUYER, "C3"));
    end(w);
}

static void the_seller_is_designated_when_it_signs(void **state)
{
    (void)state;
    struct world *w = trial();
    w->now = at(2025, 8, 10, 12);
    uint64_t given = done(w, claim_case(w, "D2", SELLER, "a"))->number;
    done(w, claim_case(w, "D2", BUYER, "b")); /* of the buyer nobody asks it */
    w->now = at(2025, 8, 20, 12);
    done(w, signed_on("C1", YUAN(10000), day_make(2025, 8, 9)));
    done(w, signed_on("C2", YUAN(10000), day_make(2025, 8, 10)));
    check_refusal(refused(w, make_issue("S1", BUYER, "C1"), REASON_DESIGNATION_MISSING), "D1",
                  day_make(2025, 8, 9));
    assert_int_equal(face(done(w, make_issue("S1", BUYER, "C2"))), YUAN(1000));
    /* It held to the day before it was withdrawn. */
    done(w, make_withdraw(given));
    done(w, signed_on("C3", YUAN(10000), day_make(2025, 8, 19)));
    done(w, signed_on("C4", YUAN(10000), day_make(2025, 8, 20)));
    done(w, make_issue("S1", BUYER, "C3"));
    check_refusal(refused(w, make_issue("S1", BUYER, "C4"), REASON_DESIGNATION_MISSING), "D1",
                  day_make(2025, 8, 20));
    end(w);
}

static void the_beneficiary_is_designated_on_a_day(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command red = make_amend(BUYER);
    red.amend_enterprise.ntraits = 1;
    red.amend_enterprise.traits[0] = (struct trait_span){"red", DAY(DAY_MIN), DAY(DAY_MAX)};
    done(w, red);
    check_refusal(refused(w, claim_case(w, "B2", BUYER, "a"), REASON_DESIGNATION_MISSING), "D1",
                  TODAY);
    uint64_t given = done(w, claim_case(w, "D1", BUYER, "x"))->number;
    done(w, claim_case(w, "B2", BUYER, "a"));
    refused(w, claim_case(w, "B2", OTHER, "b"), REASON_DESIGNATION_MISSING);
    check_refusal(refused(w, claim(w, "B1", BUYER, FACTS("case", "c", "start", "2025-07-31")),
                          REASON_DESIGNATION_MISSING),
                  "D1", day_make(2025, 7, 31));
    done(w, claim(w, "B1", BUYER, FACTS("case", "c", "start", "2025-08-01")));
    w->now = at(2025, 8, 3, 10);
    done(w, make_withdraw(given));
    refused(w, claim_case(w, "B2", BUYER, "d"), REASON_DESIGNATION_MISSING);
    done(w, claim(w, "B1", BUYER, FACTS("case", "e", "start", "2025-08-02")));
    refused(w, claim(w, "B1", BUYER, FACTS("case", "f", "start", "2025-08-03")),
            REASON_DESIGNATION_MISSING);
    end(w);
}

static struct command lease(struct world *w, const char *name, const char *from, const char *to)
{
    struct command c = claim(w, "T1", BUYER, FACTS("case", name, "year", "2025", "seats", "5"));
    with_fact(w, &c, "start", from);
    with_fact(w, &c, "until", to);
    return c;
}

static void terms_of_months(void **state)
{
    (void)state;
    struct world *w = trial();
    /* 36 months from January 1 end on December 31. */
    check_refusal(refused(w, lease(w, "a", "2025-01-01", "2027-12-30"), REASON_TERM_TOO_SHORT),
                  "until", day_make(2027, 12, 31));
    assert_int_equal(face(done(w, lease(w, "a", "2025-01-01", "2027-12-31"))), YUAN(50));
    /* From the 29th of February: three years on the month has 28 days, and the term its last. */
    refused(w, lease(w, "b", "2024-02-29", "2027-02-27"), REASON_TERM_TOO_SHORT);
    done(w, lease(w, "b", "2024-02-29", "2027-02-28"));
    /* From the day of signing, 2025-03-01, twelve months. */
    contract(w, "C1", YUAN(10000));
    struct command c = make_issue("T2", BUYER, "C1");
    with_fact(w, &c, "until", "2026-02-27");
    check_refusal(refused(w, c, REASON_TERM_TOO_SHORT), "until", day_make(2026, 2, 28));
    c = make_issue("T2", BUYER, "C1");
    with_fact(w, &c, "until", "2026-02-28");
    done(w, c);
    end(w);
}

static struct command in_month(struct world *w, const char *month)
{
    return claim(w, "M1", BUYER, FACTS("case", "a", "month", month));
}

/* Statistics from 2025-01-01; today is the first of August. */
static void spending_has_its_time(void **state)
{
    (void)state;
    struct world *w = trial();
    const struct entry *e = refused(w, in_month(w, "2024-12"), REASON_SPENDING_TIME);
    check_refusal(e, "month", day_make(2025, 1, 1));
    assert_int_equal(e->refusal.day_to.n, TODAY.n);
    done(w, in_month(w, "2025-01"));
    done(w, in_month(w, "2025-08"));
    refused(w, in_month(w, "2025-09"), REASON_SPENDING_TIME);
    struct command c = lease(w, "a", "2025-01-01", "2027-12-31");
    ((struct fact *)c.issue.facts)[1].value = "2024";
    check_refusal(refused(w, c, REASON_SPENDING_TIME), "year", day_make(2025, 1, 1));
    c = lease(w, "a", "2025-01-01", "2027-12-31");
    ((struct fact *)c.issue.facts)[1].value = "2026";
    refused(w, c, REASON_SPENDING_TIME);
    done(w, lease(w, "a", "2025-01-01", "2027-12-31"));
    end(w);
}

static struct command required(struct world *w, const char *name, const char *level,
                               const char *seats)
{
    return claim(w, "Q1", BUYER, FACTS("case", name, "level", level, "seats", seats));
}

static void what_is_required(void **state)
{
    (void)state;
    struct world *w = trial();
    check_refusal(refused(w, required(w, "a", "tin", "10"), REASON_CONDITION), "level", DAY(0));
    check_refusal(refused(w, required(w, "a", "gold", "9"), REASON_CONDITION), "seats", DAY(0));
    check_refusal(refused(w, required(w, "a", "gold", "100"), REASON_CONDITION), "seats", DAY(0));
    refused(w, claim(w, "Q1", BUYER, FACTS("case", "a", "seats", "10")), REASON_CONDITION);
    done(w, required(w, "a", "gold", "10"));
    done(w, required(w, "b", "silver", "99"));
    struct command blue = make_amend(BUYER);
    blue.amend_enterprise.ntraits = 1;
    blue.amend_enterprise.traits[0] = (struct trait_span){"blue", TODAY, TODAY};
    done(w, blue);
    check_refusal(refused(w, required(w, "c", "gold", "10"), REASON_CONDITION), "no-trait", DAY(0));
    w->now = at(2025, 8, 2, 0);
    done(w, required(w, "c", "gold", "10"));
    end(w);
}

static void the_least_base(void **state)
{
    (void)state;
    struct world *w = trial();
    check_refusal(
        refused(w, claim(w, "L1", BUYER, FACTS("case", "a", "spent", "999.99")), REASON_CONDITION),
        "least", DAY(0));
    assert_int_equal(face(done(w, claim(w, "L1", BUYER, FACTS("case", "a", "spent", "1000.00")))),
                     YUAN(500));
    end(w);
}

/* A grant is redeemed when it is claimed, and carries what a redemption must. */
static void a_grant_carries_what_a_redemption_must(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, make_adopt(replaced_file(w, "base: outside,",
                                     "base: outside, form: grant, redeem-attestations: [seen],")));
    done(w, outside_case(w, "O1", "a", YUAN(100)));
    struct command c = claim_case(w, "O1", BUYER, "a");
    check_refusal(refused(w, c, REASON_ATTESTATION_MISSING), "seen", DAY(0));
    with_attestation(&c, "seen");
    assert_int_equal(face(done(w, c)), YUAN(50));
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_measure_that_waits_for_its_guide),
        cmocka_unit_test(dates_of_its_own),
        cmocka_unit_test(windows_by_time_of_day),
        cmocka_unit_test(kinds_of_bodies),
        cmocka_unit_test(the_first_right_ends_with_its_day),
        cmocka_unit_test(parties_of_one_group),
        cmocka_unit_test(the_seller_is_designated_when_it_signs),
        cmocka_unit_test(the_beneficiary_is_designated_on_a_day),
        cmocka_unit_test(terms_of_months),
        cmocka_unit_test(spending_has_its_time),
        cmocka_unit_test(what_is_required),
        cmocka_unit_test(the_least_base),
        cmocka_unit_test(a_grant_carries_what_a_redemption_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
