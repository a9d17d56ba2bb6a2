/* SPDX-License-Identifier: Apache-2.0 */
/* What changes of what the book knows: enterprises, one enterprise's ceiling, designations. */
#include "tests/unit/ledger/trial.h"

static const struct enterprise_row *row(struct world *w, struct uscc u)
{
    struct key k;
    return row_of(&w->main, key_enterprise(&k, &u));
}

static void an_enterprise_moves(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command c = make_amend(BUYER);
    c.amend_enterprise.area = "West";
    done(w, c);
    assert_string_equal(row(w, BUYER)->area, "20");
    c = make_amend(BUYER);
    c.amend_enterprise.area = "Old East"; /* retired: what it is now */
    c.amend_enterprise.related = "family";
    done(w, c);
    assert_string_equal(row(w, BUYER)->area, "10");
    assert_string_equal(row(w, BUYER)->related, "family");
    /* What is not named stays as it was. */
    done(w, make_amend(BUYER));
    assert_string_equal(row(w, BUYER)->area, "10");
    assert_string_equal(row(w, BUYER)->related, "family");
    assert_string_equal(row(w, OTHER)->related, "");
    c = make_amend(BUYER);
    c.amend_enterprise.area = "South";
    invalid(w, c, "amend_enterprise.area");
    invalid(w, make_amend(NOBODY), "amend_enterprise.uscc");
    end(w);
}

static void traits_come_and_end(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command c = make_amend(BUYER);
    c.amend_enterprise.ntraits = 2;
    c.amend_enterprise.traits[0] = (struct trait_span){"red", TODAY, DAY(DAY_MAX)};
    c.amend_enterprise.traits[1] = (struct trait_span){"blue", DAY(DAY_MIN), TODAY};
    done(w, c);
    assert_int_equal(row(w, BUYER)->ntraits, 2);
    /* The same trait again has new days, and is no further one. */
    c = make_amend(BUYER);
    c.amend_enterprise.ntraits = 1;
    c.amend_enterprise.traits[0] = (struct trait_span){"red", TODAY, TODAY};
    done(w, c);
    assert_int_equal(row(w, BUYER)->ntraits, 2);
    assert_string_equal(row(w, BUYER)->traits[0].name, "red");
    assert_int_equal(row(w, BUYER)->traits[0].to.n, TODAY.n);
    assert_int_equal(row(w, BUYER)->traits[1].from.n, DAY_MIN);
    c = make_amend(BUYER);
    c.amend_enterprise.ntraits = 1;
    c.amend_enterprise.traits[0] = (struct trait_span){"green", TODAY, TODAY};
    invalid(w, c, "amend_enterprise.traits");
    end(w);
}

#define OWN "per enterprise over the policy's life" /* of G1: 100,000.00 */

static void a_ceiling_is_raised_for_one(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, make_appropriate("G1", 2025, "city", YUAN(900000)));
    contract(w, "C1", YUAN(500000));
    const struct entry *e =
        refused(w, make_raise(BUYER, "G1", OWN, YUAN(100000)), REASON_NOT_RAISED);
    assert_string_equal(e->refusal.detail, OWN);
    assert_int_equal(e->refusal.asked.fen, YUAN(100000));
    done(w, make_raise(BUYER, "G1", OWN, YUAN(100000) + 1));
    assert_int_equal(row(w, BUYER)->raised, 1);
    done(w, make_raise(BUYER, "G1", OWN, YUAN(150000)));
    assert_int_equal(row(w, BUYER)->raised, 1);
    e = refused(w, make_raise(BUYER, "G1", OWN, YUAN(150000)), REASON_NOT_RAISED);
    assert_string_equal(e->refusal.detail, OWN);
    /* 40 % of it would be 200,000.00. */
    e = done(w, make_issue("G1", BUYER, "C1"));
    assert_int_equal(face(e), YUAN(150000));
    assert_int_equal(e->explanation->limits[1].limit.fen, YUAN(150000));
    done(w, make_raise(BUYER, "G1", OWN, YUAN(180000)));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C1"))), YUAN(30000));
    /* For nobody else. */
    done(w, make_contract("C2", SELLER, OTHER, YUAN(500000)));
    assert_int_equal(face(done(w, make_issue("G1", OTHER, "C2"))), YUAN(100000));
    end(w);
}

static void what_can_not_be_raised(void **state)
{
    (void)state;
    struct world *w = trial();
    invalid(w, make_raise(NOBODY, "G1", OWN, YUAN(200000)), "raise_ceiling.enterprise");
    invalid(w, make_raise(BUYER, "none", OWN, YUAN(200000)), "raise_ceiling.measure");
    invalid(w, make_raise(BUYER, "G1", "none", YUAN(200000)), "raise_ceiling.ceiling");
    invalid(w, make_raise(BUYER, "K1", "an area", YUAN(200000)), "raise_ceiling.ceiling");
    invalid(w, make_raise(BUYER, "K7", "one contract", YUAN(200000)), "raise_ceiling.ceiling");
    invalid(w, make_raise(BUYER, "H3", "months", 100), "raise_ceiling.ceiling");
    done(w, make_raise(BUYER, "K7", "both", YUAN(1001)));
    end(w);
}

static void a_designation_is_withdrawn(void **state)
{
    struct key k;
    (void)state;
    struct world *w = trial();
    const struct entry *e = done(w, claim_case(w, "D2", BUYER, "a"));
    uint64_t given = e->number;
    invalid(w, make_withdraw(given - 1), "withdraw.entry");
    invalid(w, make_withdraw(given + 1), "withdraw.entry");
    refused(w, claim_case(w, "D2", BUYER, "a"), REASON_EXISTS);
    w->now = at(2025, 8, 5, 10);
    done(w, make_withdraw(given));
    e = refused(w, make_withdraw(given), REASON_NOT_DESIGNATED);
    assert_string_equal(e->refusal.detail, "D2");
    assert_int_equal(e->refusal.day.n, day_make(2025, 8, 5).n);
    struct uscc buyer = BUYER;
    const struct designation_row *r = row_of(&w->main, key_designation(&k, &buyer, "D2"));
    assert_int_equal(r->nspans, 1);
    assert_int_equal(r->spans[0].from.n, TODAY.n);
    assert_int_equal(r->spans[0].to.n, day_make(2025, 8, 4).n);
    /* Given anew, to another; withdrawn on the same day it never held. */
    given = done(w, claim_case(w, "D2", OTHER, "a"))->number;
    done(w, make_withdraw(given));
    struct uscc other = OTHER;
    r = row_of(&w->main, key_designation(&k, &other, "D2"));
    assert_true(r->spans[0].to.n < r->spans[0].from.n);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enterprise_moves),         cmocka_unit_test(traits_come_and_end),
        cmocka_unit_test(a_ceiling_is_raised_for_one), cmocka_unit_test(what_can_not_be_raised),
        cmocka_unit_test(a_designation_is_withdrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
