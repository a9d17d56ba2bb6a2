/* SPDX-License-Identifier: Apache-2.0 */
/* What ceilings count by: areas, groups of enterprises, all there is, what claims state, several
 * measures, months from the first grant, how many claims; and a year's spending. What is freed is
 * given back. Awards of the measures K1 to K6 are 600.00, their ceilings 1,000.00. */
#include "ledger/tally.h"
#include "tests/unit/ledger/trial.h"

static int64_t given(struct world *w, const char *measure, struct uscc who, const char *name)
{
    return face(done(w, claim_case(w, measure, who, name)));
}

static void full(struct world *w, struct command c, const char *ceiling)
{
    const struct entry *e = refused(w, c, REASON_CEILING);
    assert_string_equal(e->refusal.detail, ceiling);
}

static void by_area_and_year(void **state)
{
    (void)state;
    struct world *w = trial();
    appropriate_all(w, 2026);
    assert_int_equal(given(w, "K1", BUYER, "a"), YUAN(600));
    assert_int_equal(given(w, "K1", THIRD, "b"), YUAN(400));
    full(w, claim_case(w, "K1", BUYER, "c"), "an area");
    assert_int_equal(given(w, "K1", OTHER, "d"), YUAN(600)); /* in the West */
    /* What is void is given back. */
    done(w, make_void(1));
    assert_int_equal(given(w, "K1", THIRD, "c"), YUAN(600));
    full(w, claim_case(w, "K1", BUYER, "e"), "an area");
    /* Who moves counts where it is when it claims. */
    struct command c = make_amend(BUYER);
    c.amend_enterprise.area = "West";
    done(w, c);
    assert_int_equal(given(w, "K1", BUYER, "e"), YUAN(400));
    w->now = at(2026, 1, 1, 0);
    assert_int_equal(given(w, "K1", THIRD, "f"), YUAN(600));
    /* Given back to the year of its issue. */
    done(w, make_void(2));
    assert_int_equal(given(w, "K1", THIRD, "g"), YUAN(400));
    full(w, claim_case(w, "K1", THIRD, "h"), "an area");
    end(w);
}

static void by_related_enterprises(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, make_related(BUYER, "family"));
    done(w, make_related(OTHER, "family"));
    assert_int_equal(given(w, "K2", BUYER, "a"), YUAN(600));
    assert_int_equal(given(w, "K2", OTHER, "b"), YUAN(400));
    full(w, claim_case(w, "K2", BUYER, "c"), "a group");
    /* Who is in no group has its own, whatever groups are called. */
    done(w, make_related(SELLER, "91350602MA00001970"));
    assert_int_equal(given(w, "K2", THIRD, "c"), YUAN(600));
    assert_int_equal(given(w, "K2", SELLER, "d"), YUAN(600));
    end(w);
}

static void by_all_over_two_measures(void **state)
{
    (void)state;
    struct world *w = trial();
    assert_int_equal(given(w, "K3", BUYER, "a"), YUAN(600));
    assert_int_equal(given(w, "K4", OTHER, "b"), YUAN(400));
    full(w, claim_case(w, "K3", THIRD, "c"), "all");
    full(w, claim_case(w, "K4", THIRD, "c"), "all");
    done(w, make_void(2));
    assert_int_equal(given(w, "K3", THIRD, "c"), YUAN(400));
    end(w);
}

static struct command of_level(struct world *w, struct uscc who, const char *name,
                               const char *level)
{
    return claim(w, "K5", who, FACTS("case", name, "level", level));
}

static void by_what_is_stated(void **state)
{
    (void)state;
    struct world *w = trial();
    invalid(w, claim_case(w, "K5", BUYER, "a"), "issue.facts");
    assert_int_equal(face(done(w, of_level(w, BUYER, "a", "gold"))), YUAN(600));
    assert_int_equal(face(done(w, of_level(w, BUYER, "b", "gold"))), YUAN(400));
    full(w, of_level(w, BUYER, "c", "gold"), "of a level");
    assert_int_equal(face(done(w, of_level(w, BUYER, "c", "silver"))), YUAN(600));
    assert_int_equal(face(done(w, of_level(w, OTHER, "d", "gold"))), YUAN(600));
    end(w);
}

/* Six months from 2025-08-01 end before 2026-02-01. */
static void months_from_the_first_grant(void **state)
{
    (void)state;
    struct world *w = trial();
    appropriate_all(w, 2026);
    done(w, claim_case(w, "K6", BUYER, "a"));
    done(w, claim_case(w, "K6", THIRD, "b"));
    done(w, make_void(2)); /* no grant any more: it begins later */
    w->now = at(2025, 10, 1, 10);
    done(w, claim_case(w, "K6", THIRD, "b"));
    w->now = at(2026, 1, 31, 23);
    done(w, claim_case(w, "K6", BUYER, "c"));
    w->now = at(2026, 2, 1, 0);
    full(w, claim_case(w, "K6", BUYER, "d"), "six months");
    w->now = at(2026, 3, 31, 23);
    done(w, claim_case(w, "K6", THIRD, "e"));
    w->now = at(2026, 4, 1, 0);
    full(w, claim_case(w, "K6", THIRD, "f"), "six months");
    done(w, claim_case(w, "K6", OTHER, "f"));
    end(w);
}

/* Six months after a grant that is void nothing has begun yet. */
static void months_from_no_grant(void **state)
{
    (void)state;
    struct world *w = trial();
    appropriate_all(w, 2026);
    done(w, claim_case(w, "K6", BUYER, "a"));
    done(w, make_void(1));
    w->now = at(2026, 2, 15, 10);
    done(w, claim_case(w, "K6", BUYER, "b"));
    w->now = at(2026, 8, 14, 23);
    done(w, claim_case(w, "K6", BUYER, "c"));
    w->now = at(2026, 8, 15, 0);
    full(w, claim_case(w, "K6", BUYER, "d"), "six months");
    end(w);
}

/* 1,000.00 for an enterprise under both measures, 800.00 of it for one contract. */
static void of_one_spending_over_two_measures(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(2000));
    contract(w, "C2", YUAN(1000));
    done(w, make_issue_of("K8", BUYER, "C1", YUAN(300)));
    const struct entry *e = done(w, make_issue("K7", BUYER, "C1"));
    assert_int_equal(face(e), YUAN(500));
    assert_int_equal(e->explanation->limits[1].at_most.fen, YUAN(700));
    assert_string_equal(e->explanation->limits[2].name, "one contract");
    assert_int_equal(e->explanation->limits[2].used.fen, YUAN(300));
    assert_int_equal(e->explanation->limits[2].binding, 1);
    assert_int_equal(face(done(w, make_issue("K7", BUYER, "C2"))), YUAN(200));
    contract(w, "C3", YUAN(1000));
    full(w, make_issue("K7", BUYER, "C3"), "both");
    done(w, make_void(1));
    assert_int_equal(face(done(w, make_issue("K7", BUYER, "C3"))), YUAN(300));
    end(w);
}

static struct command housed(struct world *w, const char *measure, struct uscc who,
                             const char *person, const char *month)
{
    return claim(w, measure, who, FACTS("person", person, "month", month));
}

static struct command manager(struct world *w, const char *person, const char *month,
                              const char *staff)
{
    struct command c = housed(w, "H3", BUYER, person, month);
    with_fact(w, &c, "seats", staff);
    return c;
}

/* Three months of a person, whatever the measure and whoever employs him. */
static void months_of_a_person(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, housed(w, "H1", OTHER, ANN, "2025-01"));
    const struct entry *e = done(w, manager(w, ANN, "2025-02", "20"));
    assert_int_equal(e->explanation->limits[1].rule, RULE_COUNT_LIMIT);
    assert_int_equal(e->explanation->limits[1].limit.fen, 3);
    assert_int_equal(e->explanation->limits[1].used.fen, 1);
    done(w, housed(w, "H1", THIRD, ANN, "2025-03"));
    e = refused(w, housed(w, "H1", THIRD, ANN, "2025-04"), REASON_COUNT_LIMIT);
    assert_string_equal(e->refusal.detail, "months");
    assert_int_equal(e->explanation->limits[1].at_most.fen, 0);
    refused(w, manager(w, ANN, "2025-04", "20"), REASON_COUNT_LIMIT);
    done(w, housed(w, "H1", THIRD, BOB, "2025-04"));
    /* The month as manager is void: one more. */
    done(w, make_void(2));
    done(w, housed(w, "H1", THIRD, ANN, "2025-04"));
    refused(w, housed(w, "H1", THIRD, ANN, "2025-05"), REASON_COUNT_LIMIT);
    end(w);
}

/* 36 months of one person at work; the first 35 as employee at two enterprises, then as manager. */
static void thirty_six_months(void **state)
{
    (void)state;
    char month[DAY_TEXT];
    struct world *w = world_with(ZHANGZHOU);
    w->now = at(2027, 12, 15, 10);
    done(w, make_appropriate("4.1", 2027, "city", YUAN(100000)));
    done(w, make_appropriate("4.3", 2027, "city", YUAN(100000)));
    for (int i = 0; i < 2; i++) {
        struct command c = make_enterprise(i ? OTHER : BUYER, "350602");
        with_trait(&c, "ai", DAY(DAY_MIN), DAY(DAY_MAX));
        done(w, c);
    }
    for (int i = 0; i < 35; i++) {
        struct command c =
            housed(w, "4.1", i % 2 ? OTHER : BUYER, ANN, month_format(2025 * 12 + i, month));
        with_fact(w, &c, "education", "硕士");
        assert_int_equal(face(done(w, c)), YUAN(200));
    }
    struct command c = housed(w, "4.3", BUYER, ANN, "2027-12");
    with_fact(w, &c, "education", "硕士");
    with_fact(w, &c, "staff", "20");
    struct command again = c;
    assert_int_equal(face(done(w, c)), YUAN(400));
    put_be64(again.request_id, UINT64_C(1) << 40);
    refused(w, again, REASON_COUNT_LIMIT);
    c = housed(w, "4.1", BUYER, BOB, "2027-12");
    with_fact(w, &c, "education", "其他");
    assert_string_equal(refused(w, c, REASON_CONDITION)->refusal.detail, "education");
    end(w);
}

/* 5 % of the staff on post: of 59 two, of 20 one, of 19 none. */
static void managers_of_a_month(void **state)
{
    (void)state;
    struct world *w = trial();
    const struct entry *e = refused(w, manager(w, ANN, "2025-01", "19"), REASON_COUNT_LIMIT);
    assert_string_equal(e->refusal.detail, "managers");
    assert_int_equal(e->explanation->limits[2].limit.fen, 0);
    done(w, manager(w, ANN, "2025-01", "20"));
    refused(w, manager(w, BOB, "2025-01", "20"), REASON_COUNT_LIMIT);
    done(w, manager(w, BOB, "2025-01", "59"));
    e = refused(w, manager(w, "0123abcd:00000000000000000000000000000000", "2025-01", "59"),
                REASON_COUNT_LIMIT);
    assert_int_equal(e->explanation->limits[2].limit.fen, 2);
    assert_int_equal(e->explanation->limits[2].used.fen, 2);
    done(w, manager(w, ANN, "2025-02", "20")); /* of another month */
    done(w, make_void(1));
    done(w, manager(w, "0123abcd:00000000000000000000000000000000", "2025-01", "59"));
    end(w);
}

static struct command batch(struct world *w, const char *measure, struct uscc who, const char *name,
                            const char *yuan)
{
    return claim(w, measure, who, FACTS("batch", name, "spent", yuan));
}

static void recorded(struct world *w, struct command c, int64_t fen)
{
    const struct entry *e = done(w, c);
    assert_int_equal(e->done.issue.given, GIVEN_RECORD);
    assert_int_equal(e->done.issue.voucher, 0);
    assert_int_equal(e->done.issue.spent.fen, fen);
    assert_int_equal(e->npostings, 0);
    assert_null(e->explanation);
}

/* Below 1,000.00 in the year it is recorded; what reaches that is granted for with what was
 * recorded: 10 %, from 5,000.00 in the year on 20 %. */
static void the_years_spending_kept(void **state)
{
    (void)state;
    struct world *w = trial();
    appropriate_all(w, 2026);
    recorded(w, batch(w, "Y1", BUYER, "a", "400.00"), YUAN(400));
    recorded(w, batch(w, "Y1", BUYER, "b", "500.00"), YUAN(500));
    /* What is in it already does not count again. */
    refused(w, batch(w, "Y1", BUYER, "a", "400.00"), REASON_EXISTS);
    refused(w, batch(w, "Y1", OTHER, "a", "400.00"), REASON_EXISTS);
    recorded(w, batch(w, "Y1", OTHER, "c", "999.99"), 99999);
    const struct entry *e = done(w, batch(w, "Y1", BUYER, "d", "100.00"));
    assert_int_equal(face(e), YUAN(100));
    assert_int_equal(e->done.issue.base.fen, YUAN(1000));
    assert_int_equal(e->done.issue.spent.fen, YUAN(100));
    assert_true(e->done.issue.paid_out);
    refused(w, batch(w, "Y1", BUYER, "d", "100.00"), REASON_EXISTS);
    /* 3,999.99 more make 4,999.99; the next of 0.01 makes 5,000.00. */
    e = done(w, batch(w, "Y1", BUYER, "e", "3999.99"));
    assert_int_equal(face(e), 39999);
    e = done(w, batch(w, "Y1", BUYER, "f", "1000.01"));
    assert_int_equal(face(e), YUAN(200)); /* 20 % of this claim's base alone */
    assert_int_equal(e->done.issue.base.fen, 100001);
    /* A new year begins anew. */
    w->now = at(2026, 1, 1, 0);
    recorded(w, batch(w, "Y1", BUYER, "g", "999.99"), 99999);
    end(w);
}

/* To 10,000.00 20 %, to 20,000.00 30 %, above 10 %: of the whole year, less what was granted. */
static void the_years_spending_anew(void **state)
{
    (void)state;
    struct world *w = trial();
    assert_int_equal(face(done(w, batch(w, "Y2", BUYER, "a", "8000.00"))), YUAN(1600));
    const struct entry *e = done(w, batch(w, "Y2", BUYER, "b", "4000.00"));
    assert_int_equal(face(e), YUAN(2000)); /* 3,600.00 less 1,600.00 */
    assert_int_equal(e->done.issue.base.fen, YUAN(12000));
    /* 10 % of 22,000.00 is less than was granted: nothing, and nothing is asked back. */
    e = refused(w, batch(w, "Y2", BUYER, "c", "10000.00"), REASON_RATE);
    assert_int_equal(e->explanation->limits[0].rule, RULE_YEAR);
    assert_int_equal(e->explanation->limits[0].base.fen, YUAN(22000));
    assert_int_equal(e->explanation->limits[0].used.fen, YUAN(3600));
    assert_int_equal(e->explanation->limits[0].at_most.fen, 0);
    /* What was refused does not count: 30 % of 20,000.00 less 3,600.00. */
    assert_int_equal(face(done(w, batch(w, "Y2", BUYER, "c", "8000.00"))), YUAN(2400));
    refused(w, batch(w, "Y2", BUYER, "c", "8000.00"), REASON_EXISTS);
    assert_int_equal(face(done(w, batch(w, "Y2", OTHER, "d", "100.00"))), YUAN(20));
    end(w);
}

/* Keys of tallies are as long as there is room for the code of any measure behind them. */
static void the_longest_key(void **state)
{
    (void)state;
    static char name[LIMIT_FACT + 1];
    struct policy *p = calloc(1, sizeof *p);
    struct facts *f = calloc(1, sizeof *f);
    assert_non_null(p);
    assert_non_null(f);
    memset(p->fields[0].name, 'f', LIMIT_NAME);
    p->fields[0].form = FACT_TEXT;
    p->nfields = 1;
    struct tally_subject s = {
        .policy = p, .enterprise = BUYER, .area = "10", .related = "", .facts = f};
    const struct tally t = {.scope = SCOPE_FIELDS, .with_enterprise = true, .nfields = 1};
    struct tally_key k;
    /* f| 18 | 47 = value | and 15 of a code: 85 bytes besides the value. */
    f->of[0] = (struct fact_value){.given = true, .text = name};
    memset(name, 'v', LIMIT_TALLY - 85);
    assert_true(tally_key_make(&s, &t, "123456789012345", &k));
    assert_int_equal(strlen(k.text), LIMIT_TALLY);
    assert_true(tally_key_make(&s, &t, "1", &k));
    name[LIMIT_TALLY - 85] = 'v';
    assert_false(tally_key_make(&s, &t, "123456789012345", &k));
    assert_false(tally_key_make(&s, &t, "1", &k));
    memset(name, 'v', LIMIT_FACT);
    assert_false(tally_key_make(&s, &t, "1", &k));
    free(f);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_area_and_year),
        cmocka_unit_test(by_related_enterprises),
        cmocka_unit_test(by_all_over_two_measures),
        cmocka_unit_test(by_what_is_stated),
        cmocka_unit_test(months_from_the_first_grant),
        cmocka_unit_test(months_from_no_grant),
        cmocka_unit_test(of_one_spending_over_two_measures),
        cmocka_unit_test(months_of_a_person),
        cmocka_unit_test(thirty_six_months),
        cmocka_unit_test(managers_of_a_month),
        cmocka_unit_test(the_years_spending_kept),
        cmocka_unit_test(the_years_spending_anew),
        cmocka_unit_test(the_longest_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
