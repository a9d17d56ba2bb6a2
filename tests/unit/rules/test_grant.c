/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts: the worked figures of the policy, and every limit that can bind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "rules/grant.h"

#define PLENTY LIMIT_AMOUNT_FEN

static struct ceiling ceiling(const char *name, enum ceiling_scope scope,
                              enum ceiling_period period, enum ceiling_event event, int64_t fen)
{
    struct ceiling c = {
        .scope = scope, .period = period, .event = event, .limit = {fen}, .of = -1, .measures = 1};
    snprintf(c.name, sizeof c.name, "%s", name);
    return c;
}

/* Of a rate, by its percents. */
static struct measure measure(uint32_t percent, int64_t limit)
{
    static struct rule_case cases[101];
    cases[percent].rate = (struct rate){percent * 10000};
    struct measure m = {.kind = &kind_rate,
                        .base = -1,
                        .quantity = -1,
                        .group = -1,
                        .ncases = 1,
                        .cases = &cases[percent],
                        .nceilings = 1,
                        .shortfall = SHORTFALL_REFUSE};
    m.ceilings[0] = ceiling("first", SCOPE_ENTERPRISE, PERIOD_POLICY, EVENT_ISSUE, limit);
    return m;
}

/* The fen granted, or minus the reason; the explanation is left in `told`. */
static struct explanation told;

static int64_t decided(const struct grant_case *claim)
{
    struct money face = MONEY(-1);
    struct grant_case c = *claim;
    if (c.rate.ppm == 0)
        c.rate = c.measure->cases[0].rate;
    memset(&told, 0, sizeof told);
    enum reason r = grant_decide(&c, &told, &face);
    if (r)
        assert_int_equal(face.fen, -1); /* untouched on a refusal */
    int binding = 0;
    for (int i = 0; i < told.nlimits; i++)
        binding += told.limits[i].binding;
    assert_int_equal(binding, 1);
    return r ? -(int64_t)r : face.fen;
}

static int64_t granted(const struct measure *m, int64_t base)
{
    return decided(&(struct grant_case){.measure = m, .base = {base}, .available = {PLENTY}});
}

static void worked_figures(void **state)
{
    (void)state;
    struct measure m1 = measure(50, 200000000), m2 = measure(30, 200000000);
    struct measure m3a = measure(80, 300000000), m3b = measure(15, 500000000);
    assert_int_equal(granted(&m1, 300000000), 150000000);
    assert_int_equal(granted(&m1, 500000000), 200000000);
    assert_int_equal(granted(&m1, 3), 1);
    assert_int_equal(granted(&m1, 1), -REASON_RATE);
    assert_int_equal(granted(&m1, 400000000), 200000000);
    assert_int_equal(granted(&m1, 399999999), 199999999);
    assert_int_equal(granted(&m2, 666666667), 200000000);
    assert_int_equal(granted(&m2, 666666666), 199999999);
    assert_int_equal(granted(&m3a, 375000000), 300000000);
    assert_int_equal(granted(&m3a, 374999999), 299999999);
    assert_int_equal(granted(&m3b, 3333333334), 500000000);
    assert_int_equal(granted(&m3b, 3333333333), 499999999);
    assert_int_equal(granted(&m3b, 1000000001), 150000000);
    m1.ceilings[0].limit = MONEY(PLENTY);
    assert_int_equal(granted(&m1, LIMIT_AMOUNT_FEN), LIMIT_AMOUNT_FEN / 2);
}

static void check_limit(int i, enum rule rule, int64_t at_most, bool binding)
{
    assert_true(i < told.nlimits);
    assert_int_equal(told.limits[i].rule, rule);
    assert_int_equal(told.limits[i].at_most.fen, at_most);
    assert_int_equal(told.limits[i].binding, binding);
}

static void ceiling_leaves_the_rest(void **state)
{
    (void)state;
    struct measure m = measure(50, 200000000);
    struct grant_case c = {.measure = &m, .base = {120000000}, .available = {60000000}};
    c.uses[0].used = MONEY(150000000);
    assert_int_equal(decided(&c), 50000000);
    assert_int_equal(told.nlimits, 3);
    check_limit(0, RULE_RATE, 60000000, false);
    check_limit(1, RULE_CEILING, 50000000, true);
    check_limit(2, RULE_FUNDS, 60000000, false);
    assert_int_equal(told.limits[0].base.fen, 120000000);
    assert_int_equal(told.limits[0].rate.ppm, 500000);
    assert_int_equal(told.limits[1].limit.fen, 200000000);
    assert_int_equal(told.limits[1].used.fen, 150000000);
    assert_int_equal(told.limits[1].own.fen, 0);
    assert_string_equal(told.limits[1].name, "first");
    /* Used up, and over: a ceiling never leaves less than nothing. */
    c.uses[0].used = MONEY(200000000);
    assert_int_equal(decided(&c), -REASON_CEILING);
    c.uses[0].used = MONEY(200000001);
    assert_int_equal(decided(&c), -REASON_CEILING);
    check_limit(1, RULE_CEILING, 0, true);
}

static void the_least_of_several_ceilings_binds(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    m.nceilings = 3;
    m.ceilings[1] = ceiling("second", SCOPE_SPENDING, PERIOD_YEAR, EVENT_ISSUE, 400);
    m.ceilings[2] = ceiling("third", SCOPE_ENTERPRISE, PERIOD_YEAR, EVENT_REDEEM, 1);
    struct grant_case c = {.measure = &m, .base = {10000}, .available = {PLENTY}};
    c.uses[1].used = MONEY(100);
    c.uses[2].used = MONEY(1); /* on redemption: not looked at */
    assert_int_equal(decided(&c), 300);
    assert_int_equal(told.nlimits, 4);
    check_limit(1, RULE_CEILING, 1000, false);
    check_limit(2, RULE_CEILING, 300, true);
    assert_string_equal(told.limits[2].name, "second");
}

/* Contract of 1,000,000.03: 300,000.00 under measure 2, then 200,000.01 more under 1, then nothing
 * under 2; the first void: 300,000.00 more under 1. */
static void tops_up_to_the_higher_of_two(void **state)
{
    (void)state;
    struct measure m1 = measure(50, 200000000), m2 = measure(30, 200000000);
    struct grant_case c = {.measure = &m2, .base = {100000003}, .available = {PLENTY}};
    assert_int_equal(decided(&c), 30000000);
    c.measure = &m1;
    c.support = MONEY(30000000);
    assert_int_equal(decided(&c), 20000001);
    check_limit(0, RULE_RATE, 50000001, false);
    check_limit(2, RULE_SUPPORT, 20000001, true);
    assert_int_equal(told.limits[2].base.fen, 50000001);
    assert_int_equal(told.limits[2].used.fen, 30000000);
    c.measure = &m2;
    c.support = MONEY(50000001);
    c.uses[0] = (struct ceiling_use){.used = MONEY(30000000), .own = MONEY(30000000)};
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
    c.measure = &m1;
    c.support = MONEY(20000001);
    c.uses[0] = (struct ceiling_use){.used = MONEY(20000001), .own = MONEY(20000001)};
    assert_int_equal(decided(&c), 30000000);
    /* Support as high as the entitlement: 2,000,000.00 less 2,000,000.00. */
    c = (struct grant_case){.measure = &m1, .base = {700000000}, .available = {PLENTY}};
    c.support = MONEY(200000000);
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
    check_limit(2, RULE_SUPPORT, 0, true);
}

/* What the same spending holds in a ceiling is added back before its support is taken off. */
static void own_use_is_added_back(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    struct grant_case c = {.measure = &m, .base = {10000}, .available = {PLENTY}};
    c.uses[0] = (struct ceiling_use){.used = MONEY(900), .own = MONEY(250)};
    c.support = MONEY(250);
    assert_int_equal(decided(&c), 100); /* (1000 - 900 + 250) - 250 */
    check_limit(1, RULE_CEILING, 350, false);
    assert_int_equal(told.limits[1].own.fen, 250);
    check_limit(2, RULE_SUPPORT, 100, true);
}

static void asking_for_less_and_for_more(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    struct grant_case c = {
        .measure = &m, .base = {1600}, .available = {PLENTY}, .has_asked = true, .asked = {800}};
    assert_int_equal(decided(&c), 800);
    c.asked = MONEY(1);
    assert_int_equal(decided(&c), 1);
    c.asked = MONEY(801);
    assert_int_equal(decided(&c), -REASON_RATE);
    c.asked = MONEY(LIMIT_AMOUNT_FEN);
    assert_int_equal(decided(&c), -REASON_RATE);
    c.base = MONEY(4000);
    c.asked = MONEY(1001);
    assert_int_equal(decided(&c), -REASON_CEILING);
    c.support = MONEY(300);
    c.asked = MONEY(701);
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
    c.available = MONEY(600);
    assert_int_equal(decided(&c), -REASON_FUNDS);
    c.asked = MONEY(600);
    assert_int_equal(decided(&c), 600);
}

static void too_little_money(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    struct grant_case c = {.measure = &m, .base = {1600}, .available = {799}};
    assert_int_equal(decided(&c), -REASON_FUNDS);
    check_limit(2, RULE_FUNDS, 799, true);
    m.shortfall = SHORTFALL_PARTIAL;
    assert_int_equal(decided(&c), 799);
    c.available = MONEY(0);
    assert_int_equal(decided(&c), -REASON_FUNDS);
    /* Enough to the fen is enough; partial never trims what was asked for. */
    m.shortfall = SHORTFALL_REFUSE;
    c.available = MONEY(800);
    assert_int_equal(decided(&c), 800);
    m.shortfall = SHORTFALL_PARTIAL;
    c.available = MONEY(799);
    c.has_asked = true;
    c.asked = MONEY(800);
    assert_int_equal(decided(&c), -REASON_FUNDS);
}

/* ---- Ceilings of further forms ---- */

static struct facts facts;

/* How often: as many as the ceiling says, then none; what is left of money stays the binding limit.
 */
static void ceilings_on_how_often(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    m.nceilings = 2;
    m.ceilings[1] = ceiling("often", SCOPE_ENTERPRISE, PERIOD_POLICY, EVENT_ISSUE, 3);
    m.ceilings[1].counts = true;
    struct grant_case c = {.measure = &m, .base = {400}, .available = {PLENTY}};
    c.uses[1].used = MONEY(2);
    assert_int_equal(decided(&c), 200);
    /* Counts are told before amounts. */
    check_limit(1, RULE_COUNT_LIMIT, 200, false);
    check_limit(2, RULE_CEILING, 1000, false);
    assert_int_equal(told.limits[1].limit.fen, 3);
    assert_int_equal(told.limits[1].used.fen, 2);
    assert_string_equal(told.limits[1].name, "often");
    c.uses[1].used = MONEY(3);
    assert_int_equal(decided(&c), -REASON_COUNT_LIMIT);
    check_limit(1, RULE_COUNT_LIMIT, 0, true);
    c.uses[1].used = MONEY(4);
    assert_int_equal(decided(&c), -REASON_COUNT_LIMIT);
    c.has_asked = true;
    c.asked = MONEY(1);
    assert_int_equal(decided(&c), -REASON_COUNT_LIMIT);
    /* Its months are over. */
    c.uses[1] = (struct ceiling_use){.over = true};
    assert_int_equal(decided(&c), -REASON_COUNT_LIMIT);
}

/* 5 % of 59 are 2, of 19 none, of 20 one. */
static void a_share_of_a_head_count(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    m.ceilings[0].counts = true;
    m.ceilings[0].of = 0;
    m.ceilings[0].share = (struct rate){50000};
    struct grant_case c = {.measure = &m, .facts = &facts, .base = {400}, .available = {PLENTY}};
    static const int64_t staff[][2] = {{59, 2}, {19, 0}, {20, 1}, {39, 1}, {40, 2}, {0, 0}};
    for (size_t i = 0; i < sizeof staff / sizeof *staff; i++) {
        facts.of[0] = (struct fact_value){.given = true, .n = staff[i][0] * QUANTITY_ONE};
        c.uses[0].used = MONEY(staff[i][1]);
        assert_int_equal(decided(&c), -REASON_COUNT_LIMIT);
        assert_int_equal(told.limits[1].limit.fen, staff[i][1]);
        c.uses[0].used = MONEY(staff[i][1] - 1);
        if (staff[i][1] > 0)
            assert_int_equal(decided(&c), 200);
    }
}

static void a_share_of_an_amount(void **state)
{
    (void)state;
    struct measure m = measure(50, 1);
    m.ceilings[0].of = 0;
    m.ceilings[0].share = (struct rate){333333};
    struct grant_case c = {.measure = &m, .facts = &facts, .base = {4000}, .available = {PLENTY}};
    facts.of[0] = (struct fact_value){.given = true, .n = 1000};
    assert_int_equal(decided(&c), 333);
    check_limit(1, RULE_CEILING, 333, true);
    assert_int_equal(told.limits[1].limit.fen, 333);
    /* Where it is not stated it does not bind, and is not told. */
    facts.of[0] = (struct fact_value){0};
    assert_int_equal(decided(&c), 2000);
    assert_int_equal(told.nlimits, 2);
    facts.of[0] = (struct fact_value){.given = true, .n = 0};
    assert_int_equal(decided(&c), -REASON_CEILING);
}

static void raised_and_over(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    struct grant_case c = {.measure = &m, .base = {4000}, .available = {PLENTY}};
    c.uses[0] = (struct ceiling_use){.used = {900}, .raised = {1500}};
    assert_int_equal(decided(&c), 600);
    assert_int_equal(told.limits[1].limit.fen, 1500);
    c.uses[0].raised = MONEY(900); /* a later policy has more */
    assert_int_equal(decided(&c), 100);
    assert_int_equal(told.limits[1].limit.fen, 1000);
    c.uses[0] = (struct ceiling_use){.used = {100}, .own = {100}, .over = true};
    assert_int_equal(decided(&c), -REASON_CEILING);
    check_limit(1, RULE_CEILING, 0, true);
}

/* ---- Years and groups ---- */

/* The whole year's, less what was granted in it: never below nothing. */
static void the_year_anew(void **state)
{
    (void)state;
    struct measure m = measure(30, PLENTY);
    m.crossing = CROSSING_RECOMPUTE;
    struct grant_case c = {
        .measure = &m, .base = {1200000}, .accounted = {160000}, .available = {PLENTY}};
    assert_int_equal(decided(&c), 200000);
    check_limit(0, RULE_YEAR, 200000, true);
    assert_int_equal(told.limits[0].used.fen, 160000);
    assert_int_equal(told.limits[0].base.fen, 1200000);
    c.accounted = MONEY(360000);
    assert_int_equal(decided(&c), -REASON_RATE);
    c.accounted = MONEY(360001);
    assert_int_equal(decided(&c), -REASON_RATE);
    check_limit(0, RULE_YEAR, 0, true);
}

static void what_adds_up(void **state)
{
    (void)state;
    const struct group g = {.rule = GROUP_ADD_UP, .ceiling = {600000}};
    struct measure m = measure(40, 10000);
    struct grant_case c = {.measure = &m, .group = &g, .base = {10000}, .available = {PLENTY}};
    assert_int_equal(decided(&c), 4000);
    check_limit(2, RULE_GROUP, 6000, false);
    c.support = MONEY(2000); /* all of others: taken off the common ceiling alone */
    assert_int_equal(decided(&c), 4000);
    check_limit(2, RULE_GROUP, 4000, false);
    c.support = MONEY(2001);
    assert_int_equal(decided(&c), 3999);
    c.support = MONEY(6000);
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
    c.support = MONEY(6001);
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
    check_limit(2, RULE_GROUP, 0, true);
    /* Its own is taken off its own rate. */
    c.support = MONEY(1500);
    c.own = MONEY(1000);
    assert_int_equal(decided(&c), 3000);
    check_limit(2, RULE_SUPPORT, 3000, true);
    check_limit(3, RULE_GROUP, 4500, false);
    assert_int_equal(told.limits[2].used.fen, 1000);
    c.own = MONEY(4000);
    assert_int_equal(decided(&c), -REASON_SUPPORTED_ALREADY);
}

/* What a closed round left is given, though more is wanted; without it it would be refused. */
static void what_a_round_left(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    m.shortfall = SHORTFALL_ROUND;
    struct grant_case c = {.measure = &m, .base = {1600}, .available = {799}};
    assert_int_equal(decided(&c), -REASON_FUNDS);
    c.round = true;
    assert_int_equal(decided(&c), 799);
    check_limit(2, RULE_ROUND, 799, true);
    c.available = MONEY(0);
    assert_int_equal(decided(&c), -REASON_FUNDS);
}

/* ---- Redeeming ---- */

static struct redeem_case voucher(const struct measure *m, int64_t face, uint32_t percent)
{
    return (struct redeem_case){.measure = m,
                                .rate = {percent * 10000},
                                .face = {face},
                                .open = {face},
                                .claim_rate = {percent * 10000}};
}

/* Shows an invoice on a voucher that is alone on its claim key. */
static int64_t redeemed(struct redeem_case *c, int64_t invoice)
{
    c->invoiced.fen += invoice;
    c->claim_invoiced.fen += invoice;
    memset(&told, 0, sizeof told);
    struct money paid = redeem_decide(c, &told);
    c->open.fen -= paid.fen;
    c->redeemed.fen += paid.fen;
    c->claim_redeemed.fen += paid.fen;
    return paid.fen;
}

/* Quarters, the odd fen to the third, which has 2 fen: of 3 it would bear 3, of 4 only 2. */
static void what_fits_the_lines_is_granted(void **state)
{
    (void)state;
    const struct money has[LIMIT_LINES] = {{9}, {9}, {2}};
    struct measure m = measure(50, PLENTY);
    m.nshares = 3;
    m.odd = 2;
    m.shares[0].share.ppm = m.shares[1].share.ppm = 250000;
    m.shares[2].share.ppm = 500000;
    struct grant_case c = {.measure = &m, .base = {8}, .available = {2}, .lines = has};
    assert_int_equal(decided(&c), 4);
    c.has_asked = true;
    c.asked = MONEY(3);
    assert_int_equal(decided(&c), -REASON_FUNDS);
    c.asked = MONEY(4);
    assert_int_equal(decided(&c), 4);
    c.asked = MONEY(5);
    assert_int_equal(decided(&c), -REASON_FUNDS);
    c.has_asked = false;
    c.base = MONEY(10);
    assert_int_equal(decided(&c), -REASON_FUNDS);
    m.shortfall = SHORTFALL_PARTIAL;
    assert_int_equal(decided(&c), 2);
}

static void invoices_in_parts(void **state)
{
    (void)state;
    struct measure m1 = measure(50, 200000000), m2 = measure(30, 200000000);
    struct redeem_case c = voucher(&m2, 30000000, 30);
    assert_int_equal(redeemed(&c, 33333333), 9999999);
    assert_int_equal(redeemed(&c, 66666667), 20000001);
    c = voucher(&m1, 200000000, 50);
    assert_int_equal(redeemed(&c, 1), 0);
    assert_int_equal(redeemed(&c, 2), 1);
    assert_int_equal(redeemed(&c, 399999996), 199999998);
    check_limit(0, RULE_FACE, 199999999, false);
    check_limit(1, RULE_INVOICED, 199999998, true);
    check_limit(2, RULE_CLAIM, 199999998, false);
    assert_int_equal(redeemed(&c, 2), 1);
    /* 4,000,000.01 invoiced: the rate would give 2,000,000.00 and so does the face. */
    check_limit(0, RULE_FACE, 1, true);
    assert_int_equal(told.limits[0].base.fen, 200000000);
    assert_int_equal(told.limits[0].used.fen, 199999999);
    assert_int_equal(told.limits[1].base.fen, 400000001);
    assert_int_equal(told.limits[1].used.fen, 199999999);
    assert_int_equal(told.limits[1].rate.ppm, 500000);
    assert_int_equal(c.open.fen, 0);
}

/* A face cut by a ceiling keeps the rate. */
static void face_binds_at_the_end_only(void **state)
{
    (void)state;
    struct measure m = measure(50, 100);
    struct redeem_case c = voucher(&m, 100, 50);
    assert_int_equal(redeemed(&c, 120), 60);
    assert_int_equal(redeemed(&c, 120), 40);
}

/* Two vouchers on one spending, at 30 % and 50 %, and one invoice of 1000 shown on both: together
 * never more than 500. */
static void claim_key_pays_once(void **state)
{
    (void)state;
    struct measure m1 = measure(50, 100000);
    struct redeem_case a = voucher(&m1, 300, 30), b = voucher(&m1, 200, 50);
    a.claim_rate = (struct rate){500000};
    assert_int_equal(redeemed(&a, 1000), 300);
    b.invoiced = b.claim_invoiced = MONEY(1000);
    b.claim_redeemed = MONEY(300);
    assert_int_equal(redeem_decide(&b, &(struct explanation){0}).fen, 200);
    /* The 50 % voucher void: 30 % of the invoices, and they were paid. */
    b.claim_rate = (struct rate){300000};
    memset(&told, 0, sizeof told);
    assert_int_equal(redeem_decide(&b, &told).fen, 0);
    check_limit(2, RULE_CLAIM, 0, true);
    assert_int_equal(told.limits[2].base.fen, 1000);
    assert_int_equal(told.limits[2].used.fen, 300);
    /* More was redeemed than the rate gives now: nothing, not less. */
    b.claim_redeemed = MONEY(301);
    assert_int_equal(redeem_decide(&b, &(struct explanation){0}).fen, 0);
}

static void ceiling_on_redemption_pays_what_is_left(void **state)
{
    (void)state;
    struct measure m = measure(50, 100);
    m.nceilings = 2;
    m.ceilings[1] = ceiling("redeemed", SCOPE_ENTERPRISE, PERIOD_YEAR, EVENT_REDEEM, 70);
    struct redeem_case c = voucher(&m, 100, 50);
    c.uses[0].used = MONEY(100); /* on issue: not looked at */
    c.uses[1].used = MONEY(60);
    assert_int_equal(redeemed(&c, 100), 10);
    assert_int_equal(told.nlimits, 4);
    check_limit(3, RULE_CEILING, 10, true);
    c.uses[1].used = MONEY(70);
    assert_int_equal(redeemed(&c, 100), 0);
    check_limit(3, RULE_CEILING, 0, true);
}

/* 40 % of what was invoiced, at most 60 % of the base with what came from outside since. */
static void redeemed_in_a_group_that_adds_up(void **state)
{
    (void)state;
    const struct group g = {.rule = GROUP_ADD_UP, .ceiling = {600000}};
    struct measure m = measure(40, 10000);
    struct redeem_case c = voucher(&m, 4000, 40);
    c.group = &g;
    c.base = MONEY(10000);
    c.outside = MONEY(3500);
    assert_int_equal(redeemed(&c, 5000), 2000);
    check_limit(3, RULE_GROUP, 2500, false);
    assert_int_equal(redeemed(&c, 5000), 500);
    check_limit(3, RULE_GROUP, 500, true);
    assert_int_equal(told.limits[3].used.fen, 5500);
    c.outside = MONEY(7000);
    assert_int_equal(redeemed(&c, 1), 0);
    check_limit(3, RULE_GROUP, 0, true);
}

/* A measure with every ceiling that there can be: all limits fit. */
static void every_limit_fits(void **state)
{
    (void)state;
    struct measure m = measure(50, 1000);
    m.nceilings = LIMIT_CEILINGS;
    for (int i = 0; i < LIMIT_CEILINGS; i++)
        m.ceilings[i] = ceiling("", SCOPE_ENTERPRISE, PERIOD_YEAR, EVENT_ISSUE, 1000 + i);
    struct grant_case c = {.measure = &m, .base = {4000}, .support = {1}, .available = {PLENTY}};
    assert_int_equal(decided(&c), 999);
    assert_int_equal(told.nlimits, LIMIT_CEILINGS + 3);
    const struct group g = {.rule = GROUP_ADD_UP, .ceiling = {1000000}};
    c.group = &g;
    c.own = MONEY(1);
    assert_int_equal(decided(&c), 999);
    assert_int_equal(told.nlimits, LIMIT_LIMITS);
    for (int i = 0; i < LIMIT_CEILINGS; i++)
        m.ceilings[i].event = EVENT_REDEEM;
    struct redeem_case r = voucher(&m, 100, 50);
    assert_int_equal(redeemed(&r, 100), 50);
    assert_int_equal(told.nlimits, LIMIT_CEILINGS + 3);
    r.group = &g;
    r.base = MONEY(4000);
    assert_int_equal(redeemed(&r, 50), 25);
    assert_int_equal(told.nlimits, LIMIT_LIMITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_figures),
        cmocka_unit_test(ceiling_leaves_the_rest),
        cmocka_unit_test(the_least_of_several_ceilings_binds),
        cmocka_unit_test(tops_up_to_the_higher_of_two),
        cmocka_unit_test(own_use_is_added_back),
        cmocka_unit_test(asking_for_less_and_for_more),
        cmocka_unit_test(too_little_money),
        cmocka_unit_test(what_fits_the_lines_is_granted),
        cmocka_unit_test(invoices_in_parts),
        cmocka_unit_test(face_binds_at_the_end_only),
        cmocka_unit_test(claim_key_pays_once),
        cmocka_unit_test(ceiling_on_redemption_pays_what_is_left),
        cmocka_unit_test(ceilings_on_how_often),
        cmocka_unit_test(a_share_of_a_head_count),
        cmocka_unit_test(a_share_of_an_amount),
        cmocka_unit_test(raised_and_over),
        cmocka_unit_test(the_year_anew),
        cmocka_unit_test(what_adds_up),
        cmocka_unit_test(what_a_round_left),
        cmocka_unit_test(redeemed_in_a_group_that_adds_up),
        cmocka_unit_test(every_limit_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
