/* SPDX-License-Identifier: Apache-2.0 */
/* What claims are given besides a voucher to be redeemed: money in the same act, a designation; the
 * money of a pool. */
#include "tests/unit/ledger/trial.h"

/* 0.06 by quarters, the odd fen to the third: 0.01, 0.01 and 0.04. */
static void issued_and_redeemed_in_one_act(void **state)
{
    (void)state;
    struct world *w = trial();
    const struct entry *e = done(w, claim_case(w, "F1", BUYER, "a"));
    static const int64_t parts[] = {1, 1, 4};
    assert_int_equal(face(e), 6);
    assert_int_equal(e->done.issue.given, GIVEN_VOUCHER);
    assert_true(e->done.issue.paid_out);
    assert_int_equal(e->npostings, 6);
    for (uint32_t i = 0; i < 6; i++) {
        const struct posting *p = &e->postings[i];
        assert_int_equal(p->amount.fen, parts[i % 3]);
        assert_int_equal(p->line, e->postings[i % 3].line);
        assert_int_equal(p->from, i < 3 ? STAGE_AVAILABLE : STAGE_COMMITTED);
        assert_int_equal(p->to, i < 3 ? STAGE_COMMITTED : STAGE_PAYABLE);
        assert_int_equal(p->voucher, 1);
    }
    const struct voucher_row *v = voucher_of(w, 1);
    check_stages(&v->stages, 0, 0, 6);
    assert_int_equal(v->nparts, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(v->parts[i].face.fen, parts[i]);
        assert_int_equal(v->parts[i].open.fen, 0);
    }
    /* It is used up: nothing can be redeemed, voided or lapsed any more. */
    assert_string_equal(refused(w, make_void(1), REASON_VOUCHER_STATE)->refusal.detail, "used up");
    refused(w, make_redeem(1, "I1", TODAY, 1), REASON_VOUCHER_STATE);
    refused(w, claim_case(w, "F1", BUYER, "a"), REASON_SUPPORTED_ALREADY);
    w->now = at(2027, 6, 1, 10);
    e = done(w, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, 0);
    check_stages(&voucher_of(w, 1)->stages, 0, 0, 6);
    end(w);
}

static void asked_for_less(void **state)
{
    (void)state;
    struct world *w = trial();
    struct command c = claim_case(w, "F1", BUYER, "a");
    c.issue.has_amount = true;
    c.issue.amount = MONEY(3); /* 0, 0 and 0.03: lines that give nothing have no posting */
    const struct entry *e = done(w, c);
    assert_int_equal(e->npostings, 2);
    assert_int_equal(e->postings[0].amount.fen, 3);
    assert_int_equal(voucher_of(w, 1)->nparts, 1);
    /* 0.03 more of 0.06: the same again. */
    e = done(w, claim_case(w, "F1", BUYER, "a"));
    assert_int_equal(face(e), 3);
    assert_int_equal(e->done.issue.tops_up, 1);
    end(w);
}

/* Two measures draw on one pool; a measure that draws on a pool has no money of its own. */
static void a_pool_of_two_measures(void **state)
{
    (void)state;
    struct world *w = world_with(TRIAL);
    done(w, make_enterprise(BUYER, "10"));
    invalid(w, make_appropriate("F2", 2025, "city", 100), "appropriate.measure");
    invalid(w, make_appropriate("D1", 2025, "city", 100), "appropriate.measure");
    invalid(w, make_appropriate("COMMON", 2025, "province", 100), "appropriate.source");
    invalid(w, make_appropriate("NONE", 2025, "city", 100), "appropriate.measure");
    refused(w, claim_case(w, "F2", BUYER, "a"), REASON_NO_FUND_LINE);
    done(w, make_appropriate("COMMON", 2025, "city", 6));
    done(w, make_appropriate("COMMON", 2025, "county", 6));
    done(w, make_appropriate("F1", 2025, "province", 6));
    assert_int_equal(face(done(w, claim_case(w, "F1", BUYER, "a"))), 6);
    assert_string_equal(line_of(w, 1)->measure, "COMMON");
    assert_int_equal(face(done(w, claim_case(w, "F2", BUYER, "a"))), 5);
    check_stages(&line_of(w, 1)->stages, 0, 0, 6);
    refused(w, claim_case(w, "F2", BUYER, "b"), REASON_FUNDS);
    end(w);
}

static void with_red(struct world *w, struct uscc u)
{
    struct command c = make_amend(u);
    c.amend_enterprise.ntraits = 1;
    c.amend_enterprise.traits[0] = (struct trait_span){"red", TODAY, DAY(DAY_MAX)};
    done(w, c);
}

static void a_designation(void **state)
{
    struct key k;
    (void)state;
    struct world *w = trial();
    assert_string_equal(refused(w, claim_case(w, "D1", BUYER, "a"), REASON_NO_CASE)->refusal.detail,
                        "D1");
    with_red(w, BUYER);
    const struct entry *e =
        refused(w, claim(w, "D1", BUYER, FACTS("case", "a", "level", "tin")), REASON_CASE_REFUSES);
    assert_string_equal(e->refusal.detail, "tin is not designated");
    e = done(w, claim_case(w, "D1", BUYER, "a"));
    assert_int_equal(e->done.issue.given, GIVEN_DESIGNATION);
    assert_int_equal(e->done.issue.voucher, 0);
    assert_int_equal(e->npostings, 0);
    assert_int_equal(e->nbalances, 0);
    assert_null(e->explanation);
    assert_int_equal(head_of(w)->vouchers, 0);
    const struct designated_row *r = row_of(&w->main, key_designated(&k, e->number));
    assert_string_equal(r->measure, "D1");
    assert_string_equal(r->spending, "a");
    assert_int_equal(r->withdrawn.n, DAY_MAX);
    /* Once for one case, whoever asks. */
    assert_string_equal(refused(w, claim_case(w, "D1", BUYER, "a"), REASON_EXISTS)->refusal.detail,
                        "this designation");
    with_red(w, OTHER);
    refused(w, claim_case(w, "D1", OTHER, "a"), REASON_EXISTS);
    done(w, claim_case(w, "D2", OTHER, "a"));
    end(w);
}

static void an_enterprise_has_room_for_its_designations(void **state)
{
    (void)state;
    static char names[LIMIT_SPANS + 1][8];
    struct world *w = trial();
    for (int i = 0; i < LIMIT_SPANS; i++) {
        snprintf(names[i], sizeof names[i], "n%d", i);
        done(w, claim_case(w, "D2", BUYER, names[i]));
    }
    invalid(w, claim_case(w, "D2", BUYER, "one more"), "issue.enterprise");
    done(w, claim_case(w, "D2", OTHER, "one more"));
    end(w);
}

/* Sixteen years of one enterprise; the policy's are fewer, so they are put there. */
static void a_tally_has_room_for_its_years(void **state)
{
    (void)state;
    struct world *w = trial();
    struct uscc buyer = BUYER;
    struct tally_key k;
    snprintf(k.text, sizeof k.text, "e|%.18s|Y1", buyer.c);
    done(w, claim(w, "Y1", BUYER, FACTS("batch", "a", "spent", "1.00")));
    for (int s = 0; s < 2; s++) {
        struct key key;
        key_tally(&key, &k);
        struct side *side = s ? &w->replica : &w->main;
        assert_non_null(row_of(side, &key));
        struct tally_row *t = rows_write(side->rows, &key);
        t->nyears = LIMIT_ACCOUNT_YEARS;
        for (int i = 0; i < LIMIT_ACCOUNT_YEARS; i++)
            t->years[i].year = 2000 + i;
    }
    invalid(w, claim(w, "Y1", BUYER, FACTS("batch", "b", "spent", "1.00")), "issue.enterprise");
    invalid(w, claim(w, "Y1", BUYER, FACTS("batch", "b", "spent", "2000.00")), "issue.enterprise");
    done(w, claim(w, "Y1", OTHER, FACTS("batch", "b", "spent", "1.00")));
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issued_and_redeemed_in_one_act),
        cmocka_unit_test(asked_for_less),
        cmocka_unit_test(a_pool_of_two_measures),
        cmocka_unit_test(a_designation),
        cmocka_unit_test(an_enterprise_has_room_for_its_designations),
        cmocka_unit_test(a_tally_has_room_for_its_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
