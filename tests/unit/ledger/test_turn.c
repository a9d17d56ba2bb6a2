/* SPDX-License-Identifier: Apache-2.0 */
/* Claims that wait for money: in line, and for a round to close. */
#include "tests/unit/ledger/trial.h"

static struct world *short_of_money(int64_t fen)
{
    struct world *w = world_with(TRIAL);
    done(w, make_appropriate("L2", 2025, "city", fen));
    done(w, make_appropriate("L3", 2025, "city", fen));
    done(w, make_enterprise(BUYER, "10"));
    done(w, make_enterprise(OTHER, "20"));
    done(w, make_enterprise(THIRD, "10"));
    return w;
}

static uint64_t waits(struct world *w, struct command c, int64_t wanted)
{
    const struct entry *e = done(w, c);
    assert_int_equal(e->done.issue.given, GIVEN_PLACE);
    assert_int_equal(e->done.issue.wanted.fen, wanted);
    assert_int_equal(e->done.issue.voucher, 0);
    assert_int_equal(e->npostings, 0);
    return e->number;
}

static void in_line(void **state)
{
    (void)state;
    struct world *w = short_of_money(YUAN(700));
    assert_int_equal(face(done(w, claim_case(w, "L2", BUYER, "a"))), YUAN(600));
    (void)waits(w, claim_case(w, "L2", OTHER, "b"), YUAN(600));
    (void)waits(w, claim_case(w, "L2", THIRD, "c"), YUAN(600));
    /* The first is refused while there is too little; the second waits for the first. */
    refused(w, claim_case(w, "L2", OTHER, "b"), REASON_FUNDS);
    assert_string_equal(refused(w, claim_case(w, "L2", THIRD, "c"), REASON_WAITS)->refusal.detail,
                        "line");
    /* Nobody takes another's place. */
    refused(w, claim_case(w, "L2", BUYER, "b"), REASON_OTHER_BENEFICIARY);
    done(w, make_appropriate("L2", 2025, "city", YUAN(500)));
    refused(w, claim_case(w, "L2", THIRD, "c"), REASON_WAITS);
    (void)waits(w, claim_case(w, "L2", BUYER, "d"), YUAN(600)); /* behind them, with enough there */
    assert_int_equal(face(done(w, claim_case(w, "L2", OTHER, "b"))), YUAN(600));
    refused(w, claim_case(w, "L2", THIRD, "c"), REASON_FUNDS);
    done(w, make_void(1));
    assert_int_equal(face(done(w, claim_case(w, "L2", THIRD, "c"))), YUAN(600));
    end(w);
}

static void who_leaves_lets_the_next_on(void **state)
{
    (void)state;
    struct world *w = short_of_money(YUAN(100));
    uint64_t b = waits(w, claim_case(w, "L2", OTHER, "b"), YUAN(600));
    (void)waits(w, claim_case(w, "L2", THIRD, "c"), YUAN(600));
    done(w, make_appropriate("L2", 2025, "city", YUAN(500)));
    refused(w, claim_case(w, "L2", THIRD, "c"), REASON_WAITS);
    done(w, make_withdraw(b));
    refused(w, make_withdraw(b), REASON_NOT_DESIGNATED);
    assert_int_equal(face(done(w, claim_case(w, "L2", THIRD, "c"))), YUAN(600));
    /* And may come again. */
    (void)waits(w, claim_case(w, "L2", OTHER, "b"), YUAN(600));
    end(w);
}

/* It waits for one year's money at a time. */
static void not_in_two_years(void **state)
{
    (void)state;
    struct world *w = short_of_money(YUAN(100));
    done(w, make_appropriate("L2", 2026, "city", YUAN(100)));
    uint64_t b = waits(w, claim_case(w, "L2", OTHER, "b"), YUAN(600));
    struct command c = claim_case(w, "L2", OTHER, "b");
    c.issue.year = 2026;
    refused(w, c, REASON_WAITS);
    done(w, make_withdraw(b));
    c = claim_case(w, "L2", OTHER, "b");
    c.issue.year = 2026;
    (void)waits(w, c, YUAN(600));
    end(w);
}

static struct command spent(struct world *w, struct uscc who, const char *name, const char *yuan)
{
    return claim(w, "L3", who, FACTS("case", name, "spent", yuan));
}

/* 1.00 among 1.00, 1.00 and 1.00: 0.33 each, and the odd fen to the first. */
static void a_round(void **state)
{
    (void)state;
    struct world *w = short_of_money(100);
    assert_string_equal(refused(w, make_close("L3"), REASON_NOBODY_WAITS)->refusal.detail, "L3");
    invalid(w, make_close("L2"), "close_round.measure");
    invalid(w, make_close("none"), "close_round.measure");
    (void)waits(w, spent(w, BUYER, "a", "1.00"), 100);
    (void)waits(w, spent(w, OTHER, "b", "1.00"), 100);
    uint64_t c = waits(w, spent(w, THIRD, "c", "1.00"), 100);
    assert_string_equal(refused(w, spent(w, BUYER, "a", "1.00"), REASON_WAITS)->refusal.detail,
                        "round");
    const struct entry *e = done(w, make_close("L3"));
    assert_int_equal(e->done.round.claims, 3);
    assert_int_equal(e->done.round.wanted.fen, 300);
    assert_int_equal(e->done.round.allowed.fen, 100);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].to, STAGE_HELD);
    e = done(w, spent(w, BUYER, "a", "1.00"));
    assert_int_equal(face(e), 34);
    assert_int_equal(e->postings[0].from, STAGE_HELD);
    /* What is not needed of it is free again, and what is withdrawn. */
    e = done(w, spent(w, OTHER, "b", "0.30"));
    assert_int_equal(face(e), 30);
    assert_int_equal(line_of(w, 2)->stages.at[STAGE_AVAILABLE].fen, 3);
    done(w, make_withdraw(c));
    assert_int_equal(line_of(w, 2)->stages.at[STAGE_AVAILABLE].fen, 36);
    assert_int_equal(line_of(w, 2)->stages.at[STAGE_HELD].fen, 0);
    /* The next round divides what is left. */
    (void)waits(w, spent(w, THIRD, "c", "0.10"), 10);
    e = done(w, make_close("L3"));
    assert_int_equal(e->done.round.allowed.fen, 10);
    assert_int_equal(face(done(w, spent(w, THIRD, "c", "0.10"))), 10);
    end(w);
}

/* By the largest remainder. 10 fen among 2, 4 and 8 of 14:
 * 1.43, 2.86 and 5.71, so 1, 3 and 6. */
static void in_proportion(void **state)
{
    (void)state;
    struct world *w = short_of_money(10);
    (void)waits(w, spent(w, BUYER, "a", "0.02"), 2);
    (void)waits(w, spent(w, OTHER, "b", "0.04"), 4);
    (void)waits(w, spent(w, THIRD, "c", "0.08"), 8);
    done(w, make_close("L3"));
    assert_int_equal(face(done(w, spent(w, BUYER, "a", "0.02"))), 1);
    assert_int_equal(face(done(w, spent(w, OTHER, "b", "0.04"))), 3);
    assert_int_equal(face(done(w, spent(w, THIRD, "c", "0.08"))), 6);
    end(w);
}

/* What a round holds is held on its line, whatever a new policy draws on. */
static void a_new_policy_amid_a_round(void **state)
{
    (void)state;
    struct world *w = short_of_money(100);
    (void)waits(w, spent(w, BUYER, "a", "1.00"), 100);
    uint64_t b = waits(w, spent(w, OTHER, "b", "1.00"), 100);
    done(w, make_close("L3"));
    done(w, make_adopt(replaced_file(w,
                                     "fund-lines: [{source: city, share: 100 %}], "
                                     "when-short: round",
                                     "fund-lines: [{source: city, share: 100 %, pool: COMMON}], "
                                     "when-short: round")));
    done(w, make_appropriate("COMMON", 2025, "city", YUAN(1)));
    done(w, make_withdraw(b));
    assert_int_equal(line_of(w, 2)->stages.at[STAGE_AVAILABLE].fen, 50);
    const struct entry *e = done(w, spent(w, BUYER, "a", "1.00"));
    assert_int_equal(face(e), 50);
    assert_int_equal(e->postings[0].line, 2);
    end(w);
}

/* Of its 50,000.00 the first claim of an enterprise wants 30,000.00 and leaves 20,000.00 to the
 * second; 40,000.00 are there for both: 4/5 of each. */
static void what_waits_counts(void **state)
{
    (void)state;
    struct world *w = short_of_money(YUAN(40000));
    (void)waits(w, spent(w, BUYER, "a", "30000.00"), YUAN(30000));
    (void)waits(w, spent(w, BUYER, "b", "30000.00"), YUAN(20000));
    refused(w, spent(w, BUYER, "c", "1.00"), REASON_CEILING);
    done(w, make_close("L3"));
    assert_int_equal(face(done(w, spent(w, BUYER, "a", "30000.00"))), YUAN(24000));
    assert_int_equal(face(done(w, spent(w, BUYER, "b", "30000.00"))), YUAN(16000));
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_line),           cmocka_unit_test(who_leaves_lets_the_next_on),
        cmocka_unit_test(not_in_two_years),  cmocka_unit_test(a_round),
        cmocka_unit_test(in_proportion),     cmocka_unit_test(a_new_policy_amid_a_round),
        cmocka_unit_test(what_waits_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
