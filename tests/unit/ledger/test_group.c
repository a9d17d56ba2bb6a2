/* SPDX-License-Identifier: Apache-2.0 */
/* Several measures for one spending: up to the highest of them, one of them, up to a common share.
 * Support from outside. */
#include "tests/unit/ledger/trial.h"

static int64_t paid(const struct entry *e)
{
    return e->done.redeem.paid.fen;
}

/* 40 % and 30 % of 10,000.00, together 60 %. */
static void measures_add_up(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C1"))), YUAN(4000));
    const struct entry *e = done(w, make_issue("G2", BUYER, "C1"));
    assert_int_equal(face(e), YUAN(2000));
    const struct limit *l = &e->explanation->limits[1];
    assert_int_equal(l->rule, RULE_GROUP);
    assert_int_equal(l->binding, 1);
    assert_int_equal(l->used.fen, YUAN(4000));
    assert_int_equal(l->rate.ppm, 600000);
    refused(w, make_issue("G2", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    refused(w, make_issue("G1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    end(w);
}

/* Each measure of them has its own rate and its own ceiling once, not once for each claim. */
static void what_adds_up_is_given_once(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, make_appropriate("G1", 2025, "city", YUAN(900000)));
    contract(w, "C1", YUAN(10000));
    done(w, make_issue_of("G1", BUYER, "C1", YUAN(1000)));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C1"))), YUAN(3000));
    refused(w, make_issue("G1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    /* The ceiling of 100,000.00: 96,000.00 are left of it; 60,000.00, then 20,000.00 of the rate,
     * then 16,000.00 for the next contract. */
    contract(w, "C2", YUAN(200000));
    contract(w, "C3", YUAN(200000));
    done(w, make_issue_of("G1", BUYER, "C2", YUAN(60000)));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C2"))), YUAN(20000));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C3"))), YUAN(16000));
    refused(w, make_issue("G1", BUYER, "C3"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(face(done(w, make_issue("G2", BUYER, "C3"))), YUAN(60000));
    end(w);
}

/* An invoice shown on both pays on both; what was declared from outside since lowers the last. */
static void redeemed_together(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    done(w, make_issue("G1", BUYER, "C1"));
    done(w, make_issue("G2", BUYER, "C1"));
    assert_int_equal(paid(done(w, make_redeem(1, "I1", TODAY, YUAN(5000)))), YUAN(2000));
    /* 30 % of it is 1,500.00, but 60 % less what was redeemed is 1,000.00. */
    assert_int_equal(paid(done(w, make_redeem(2, "I1", TODAY, YUAN(5000)))), YUAN(1000));
    done(w, make_outside("C1", SELLER, YUAN(1500)));
    const struct entry *e = done(w, make_redeem(1, "I2", TODAY, YUAN(5000)));
    assert_int_equal(paid(e), YUAN(1500)); /* 6,000.00 less 3,000.00 less 1,500.00 */
    assert_int_equal(e->explanation->limits[3].rule, RULE_GROUP);
    assert_int_equal(e->explanation->limits[3].used.fen, YUAN(4500));
    assert_int_equal(paid(done(w, make_redeem(2, "I2", TODAY, YUAN(5000)))), 0);
    end(w);
}

static void outside_counts_in_what_adds_up(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", YUAN(10000));
    done(w, make_outside("C1", SELLER, YUAN(5500)));
    assert_int_equal(face(done(w, make_issue("G1", BUYER, "C1"))), YUAN(500));
    done(w, make_outside("C2", SELLER, YUAN(6000)));
    refused(w, make_issue("G1", BUYER, "C2"), REASON_SUPPORTED_ALREADY);
    end(w);
}

static void one_excludes_the_other(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", YUAN(10000));
    done(w, make_issue_of("N1", BUYER, "C1", YUAN(1000)));
    refused(w, make_issue("N2", BUYER, "C1"), REASON_SUPPORTED_ALREADY); /* would be 8,000.00 */
    assert_int_equal(face(done(w, make_issue("N1", BUYER, "C1"))), YUAN(3000));
    done(w, make_void(1));
    refused(w, make_issue("N2", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    done(w, make_void(2));
    assert_int_equal(face(done(w, make_issue("N2", BUYER, "C1"))), YUAN(8000));
    refused(w, make_issue("N1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    /* And what comes from outside excludes all of them. */
    done(w, make_outside("C2", SELLER, 1));
    const struct entry *e = refused(w, make_issue("N1", BUYER, "C2"), REASON_SUPPORTED_OUTSIDE);
    assert_string_equal(e->refusal.detail, "one of them");
    end(w);
}

static void outside_is_ignored(void **state)
{
    (void)state;
    struct world *w = trial();
    contract(w, "C1", YUAN(10000));
    done(w, make_outside("C1", SELLER, YUAN(9000)));
    assert_int_equal(face(done(w, make_issue("U1", BUYER, "C1"))), YUAN(5000));
    refused(w, make_issue("P1", BUYER, "C1"), REASON_SUPPORTED_ALREADY); /* where it counts */
    end(w);
}

/* A new version may not name spending otherwise: what it has would be forgotten. */
static void a_new_version_keeps_its_keys(void **state)
{
    (void)state;
    static const struct {
        const char *find, *with;
    } no[] = {
        {"spending: [case, month]", "spending: [month, case]"},
        {"spending: [case, month]", "spending: [month]"},
        {"{name: batch, type: text}", "{name: batch, type: year}"},
        {"measures: [U1]", "measures: [U1, P1]"},
        {"measures: [N1, N2]", "measures: [N1]"},
        {"{name: ignores outside,", "{name: another,"},
    };
    struct world *w = trial();
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        invalid(w, make_adopt(replaced_file(w, no[i].find, no[i].with)), "adopt_policy.file");
        w->nfiles -= 2; /* there is room for eight */
        free((void *)w->files[w->nfiles].p);
        free((void *)w->files[w->nfiles + 1].p);
    }
    contract(w, "C1", YUAN(10000));
    done(w, make_outside("C1", SELLER, YUAN(9000)));
    done(w, make_issue_of("U1", BUYER, "C1", YUAN(1000)));
    /* How a group treats what it keeps may change. */
    done(w, make_adopt(replaced_file(w, "outside: ignored", "outside: counts")));
    refused(w, make_issue("U1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    end(w);
}

/* ---- The shipped policy's groups ---- */

static struct world *premises(void)
{
    static const char *const lines[] = {"5.1", "5.2", "8.1", "8.2"};
    struct world *w = world_with(ZHANGZHOU);
    for (int year = 2025; year <= 2026; year++)
        for (int i = 0; i < 4; i++)
            done(w, make_appropriate(lines[i], year, "city", YUAN(90000000)));
    for (int i = 0; i < 2; i++) {
        struct command c = make_enterprise(i ? OTHER : BUYER, "350602");
        with_trait(&c, "annotation", DAY(DAY_MIN), DAY(DAY_MAX));
        with_trait(&c, "annotation-base", DAY(DAY_MIN), DAY(DAY_MAX));
        done(w, c);
    }
    return w;
}

static struct command seats(struct world *w, const char *where, const char *year, const char *n,
                            const char *until)
{
    struct command c = claim(w, "5.1", BUYER, FACTS("premises", where, "year", year, "seats", n));
    with_fact(w, &c, "lease-from", "2025-01-01");
    with_fact(w, &c, "lease-to", until);
    return c;
}

static struct command bought(struct world *w, const char *where, const char *area)
{
    return claim(w, "5.2", BUYER, FACTS("premises", where, "floor-area", area));
}

/* 120 seats: 432,000.00 a year. 6,200 m2: 5,000 of them, 2,500,000.00. */
static void one_premises(void **state)
{
    (void)state;
    struct world *w = premises();
    assert_int_equal(face(done(w, bought(w, "east", "6200"))), YUAN(2500000));
    refused(w, seats(w, "east", "2025", "120", "2027-12-31"), REASON_SUPPORTED_ALREADY);
    /* Elsewhere: a lease of 35 months, then of 36; both years whole; the same year not again. */
    refused(w, seats(w, "west", "2025", "120", "2027-11-30"), REASON_TERM_TOO_SHORT);
    assert_int_equal(face(done(w, seats(w, "west", "2025", "120", "2027-12-31"))), YUAN(432000));
    refused(w, seats(w, "west", "2025", "120", "2027-12-31"), REASON_SUPPORTED_ALREADY);
    w->now = at(2026, 3, 1, 10);
    assert_int_equal(face(done(w, seats(w, "west", "2026", "120", "2027-12-31"))), YUAN(432000));
    /* Bought later: the difference. */
    assert_int_equal(face(done(w, bought(w, "west", "6200"))), YUAN(1636000));
    assert_int_equal(face(done(w, bought(w, "south", "4999.99"))), YUAN(2499995));
    refused(w, bought(w, "south", "5000"), REASON_COUNT_LIMIT);
    end(w);
}

/* The rent bounds it where it is given. */
static void the_rent_of_the_year(void **state)
{
    (void)state;
    struct world *w = premises();
    struct command c = seats(w, "east", "2025", "120", "2027-12-31");
    with_fact(w, &c, "rent", "400000.00");
    const struct entry *e = done(w, c);
    assert_int_equal(face(e), YUAN(400000));
    c = seats(w, "west", "2025", "120", "2027-12-31");
    with_fact(w, &c, "rent", "432000.01");
    assert_int_equal(face(done(w, c)), YUAN(432000));
    end(w);
}

static struct command scenario(struct world *w, const char *measure, struct uscc who)
{
    struct command c = claim(w, measure, who, FACTS("scenario", "harbour"));
    with_attestation(&c, "recognition");
    with_attestation(&c, "promotion");
    with_attestation(&c, "acceptance");
    return c;
}

static void one_scenario(void **state)
{
    (void)state;
    struct world *w = premises();
    assert_int_equal(face(done(w, scenario(w, "8.1", BUYER))), YUAN(60000));
    refused(w, scenario(w, "8.2", OTHER), REASON_OTHER_BENEFICIARY);
    assert_int_equal(face(done(w, scenario(w, "8.2", BUYER))), YUAN(30000));
    refused(w, scenario(w, "8.2", BUYER), REASON_COUNT_LIMIT);
    refused(w, scenario(w, "8.1", BUYER), REASON_COUNT_LIMIT);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_add_up),
        cmocka_unit_test(what_adds_up_is_given_once),
        cmocka_unit_test(redeemed_together),
        cmocka_unit_test(outside_counts_in_what_adds_up),
        cmocka_unit_test(one_excludes_the_other),
        cmocka_unit_test(outside_is_ignored),
        cmocka_unit_test(a_new_version_keeps_its_keys),
        cmocka_unit_test(one_premises),
        cmocka_unit_test(the_rent_of_the_year),
        cmocka_unit_test(one_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
