/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file's reader: the shipped file's figures (typed from the policy's text), and wrong
 * files with the place and the words of each mistake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/kind.h"
#include "rules/policy_file.h"
#include "tests/unit/rules/same.h"

static struct mistakes told;

static struct buf load(const char *path)
{
    char full[1024];
    const char *source = getenv("VOUCHERD_SOURCE");
    struct buf b = {0};
    snprintf(full, sizeof full, "%s/%s", source ? source : ".", path);
    FILE *f = fopen(full, "rb");
    if (!f)
        fail_msg("cannot open %s: set VOUCHERD_SOURCE", full);
    for (size_t got = 1; got > 0; b.n += got) {
        assert_int_equal(buf_reserve(&b, 65536), 0);
        got = fread(b.p + b.n, 1, b.cap - b.n, f);
    }
    fclose(f);
    return b;
}

static void print_told(void)
{
    char line[640];
    for (int i = 0; i < told.n; i++)
        print_message("    %s\n", mistake_text(&told, i, line, sizeof line));
}

static struct policy *read_file(const char *path)
{
    struct policy *p = NULL;
    struct buf b = load(path);
    told = (struct mistakes){0};
    int rc = policy_read(SPAN(b.p, b.n), path, &told, &p);
    print_told();
    assert_int_equal(rc, 0);
    assert_int_equal(told.n, 0);
    buf_free(&b);
    return p;
}

static struct day day(const char *text)
{
    struct day d = {0};
    assert_int_equal(day_parse(text, "day", NULL, &d), 0);
    return d;
}

static void test_zhangzhou_figures(void **state)
{
    (void)state;
    static const struct {
        const char *code, *name, *english;
        uint32_t ppm;
        int64_t limit;
        enum claimant claimant;
        const char *trait;
        int nattestations;
    } want[] = {
        {"1", "算力券", "compute voucher", 500000, 200000000, CLAIMANT_BUYER, NULL, 0},
        {"2", "模型券", "model voucher", 300000, 200000000, CLAIMANT_BUYER, NULL, 2},
        {"3A", "标注券A", "annotation voucher, class A", 800000, 300000000, CLAIMANT_BUYER,
         "industrial", 0},
        {"3B", "标注券B", "annotation voucher, class B", 150000, 500000000, CLAIMANT_SELLER,
         "annotation-platform", 0},
    };
    struct policy *p = read_file("conf/zhangzhou-2025.yaml");
    assert_int_equal(p->nmeasures, 18);
    for (int i = 0; i < 4; i++) {
        const struct measure *m = policy_measure(p, want[i].code);
        assert_non_null(m);
        assert_string_equal(m->name, want[i].name);
        assert_string_equal(m->english, want[i].english);
        assert_ptr_equal(m->kind, &kind_rate);
        assert_int_equal(m->ncases, 1);
        assert_int_equal(m->cases[0].when.n, 0);
        assert_int_equal(m->cases[0].rate.ppm, want[i].ppm);
        assert_int_equal(m->status, STATUS_IN_FORCE);
        assert_int_equal(m->form, FORM_QUOTA);
        assert_true(m->spending.contract);
        assert_int_equal(m->first_day.n, day("2025-07-10").n);
        assert_int_equal(m->last_day.n, day("2027-12-31").n);
        assert_int_equal(m->claimant, want[i].claimant);
        assert_int_equal(m->payee, PAYEE_ENTERPRISE);
        assert_int_equal(m->nceilings, 1);
        assert_string_equal(m->ceilings[0].name, "per enterprise over the policy's life");
        assert_int_equal(m->ceilings[0].limit.fen, want[i].limit);
        assert_int_equal(m->ceilings[0].scope, SCOPE_ENTERPRISE);
        assert_int_equal(m->ceilings[0].period, PERIOD_POLICY);
        assert_int_equal(m->ceilings[0].event, EVENT_ISSUE);
        assert_int_equal(m->ntraits, want[i].trait ? 1 : 0);
        if (want[i].trait)
            assert_string_equal(m->traits[0], want[i].trait);
        assert_int_equal(m->nattestations, want[i].nattestations);
        assert_int_equal(m->nshares, 1);
        assert_string_equal(m->shares[0].source, "city");
        assert_int_equal(m->shares[0].share.ppm, 1000000);
        assert_int_equal(m->odd, 0);
        assert_int_equal(m->shortfall, SHORTFALL_REFUSE);
        assert_false(m->has_window);
        assert_int_equal(m->group, 0);
    }
    const struct measure *model = policy_measure(p, "2");
    assert_string_equal(model->attestations[0], "model-filing");
    assert_string_equal(model->attestations[1], "effect");
    assert_null(policy_measure(p, "3"));
    policy_free(p);
}

static void test_zhangzhou_times_and_areas(void **state)
{
    (void)state;
    struct policy *p = read_file("conf/zhangzhou-2025.yaml");
    const struct measure *m = policy_measure(p, "1");
    assert_string_equal(p->id, "zhangzhou-2025");
    assert_string_equal(p->document, "漳发改规〔2025〕2号");
    assert_int_equal(p->first.n, day("2025-07-10").n);
    assert_int_equal(p->last.n, day("2027-12-31").n);
    assert_int_equal(p->statistics_from.n, day("2025-01-01").n);
    assert_int_equal(p->zone_minutes, 480);
    assert_string_equal(p->zone, "Asia/Shanghai");
    assert_int_equal(policy_valid_to(p, m, day("2025-07-10")).n, day("2026-12-31").n);
    assert_int_equal(policy_valid_to(p, m, day("2026-01-01")).n, day("2027-12-31").n);
    /* Never past the policy's last day. */
    assert_int_equal(policy_valid_to(p, m, day("2027-12-31")).n, day("2027-12-31").n);
    assert_int_equal(policy_redeem_to(p, policy_valid_to(p, m, day("2027-06-01"))).n,
                     day("2027-12-31").n);

    assert_int_equal(p->nareas, 18);
    assert_string_equal(policy_area(p, "350602")->name, "芗城区");
    assert_string_equal(policy_area(p, "芗城区")->code, "350602");
    assert_string_equal(policy_area(p, "350681")->code, "350604");
    assert_string_equal(policy_area(p, "350625")->name, "长泰区");
    assert_string_equal(policy_area(p, "龙海市")->name, "龙海区");
    assert_string_equal(policy_area(p, "高新区")->code, "高新区");
    assert_null(policy_area(p, "350601"));
    assert_true(policy_has_trait(p, "industrial"));
    assert_true(policy_has_trait(p, "annotation-base"));
    assert_false(policy_has_trait(p, "effect"));
    assert_true(policy_has_attestation(p, "effect"));
    assert_false(policy_has_attestation(p, "industrial"));
    assert_int_equal(p->ngroups, 4);
    assert_string_equal(p->groups[0].name, "one contract");
    assert_true(p->groups[0].key.contract);
    for (int i = 0; i < p->ngroups; i++) {
        assert_int_equal(p->groups[i].rule, GROUP_TOP_UP);
        assert_int_equal(p->groups[i].outside, OUTSIDE_COUNTS);
    }
    policy_free(p);
}

static void test_three_lines(void **state)
{
    (void)state;
    struct policy *p = read_file("tests/policies/three-lines.yaml");
    const struct measure *m = policy_measure(p, "T1");
    assert_int_equal(m->nshares, 3);
    assert_int_equal(m->shares[0].share.ppm, 250000);
    assert_int_equal(m->shares[1].share.ppm, 250000);
    assert_int_equal(m->shares[2].share.ppm, 500000);
    assert_int_equal(m->odd, 2);
    assert_int_equal(m->nceilings, 3);
    assert_string_equal(m->ceilings[0].name, "per enterprise and year");
    assert_string_equal(m->ceilings[1].name, "per contract over the policy's life");
    assert_string_equal(m->ceilings[2].name, "per enterprise and year (redeemed)");
    assert_int_equal(m->ceilings[2].event, EVENT_REDEEM);
    m = policy_measure(p, "T2");
    assert_int_equal(m->cases[0].rate.ppm, 333333);
    assert_int_equal(m->payee, PAYEE_PROVIDER);
    assert_int_equal(m->shortfall, SHORTFALL_PARTIAL);
    assert_string_equal(m->ceilings[0].name, "each contract in a year");
    assert_int_equal(m->ceilings[0].limit.fen, 8000050);
    assert_true(m->has_window);
    assert_int_equal(m->signed_from.n, day("2025-02-01").n);
    assert_int_equal(m->signed_to.n, day("2025-09-30").n);
    /* Grace alone passes the policy's last day, 2026-11-30. */
    assert_int_equal(policy_valid_to(p, m, day("2025-03-01")).n, day("2025-12-31").n);
    assert_int_equal(policy_redeem_to(p, policy_valid_to(p, m, day("2025-03-01"))).n,
                     day("2026-01-30").n);
    assert_int_equal(policy_valid_to(p, m, day("2026-03-01")).n, day("2026-11-30").n);
    assert_int_equal(policy_redeem_to(p, policy_valid_to(p, m, day("2026-03-01"))).n,
                     day("2026-12-30").n);
    policy_free(p);
}

static void test_small_city(void **state)
{
    (void)state;
    struct policy *p = read_file("tests/policies/small-city.yaml");
    const struct measure *m = policy_measure(p, "S.1");
    assert_int_equal(p->zone_minutes, 360);
    assert_int_equal(p->ngroups, 0);
    assert_int_equal(policy_measure(p, "S.1")->group, -1);
    assert_int_equal(policy_measure(p, "S.1")->cases[0].rate.ppm, 125000);
    assert_int_equal(policy_measure(p, "S.2")->cases[0].rate.ppm, 1000000);
    assert_int_equal(policy_measure(p, "S.2")->ceilings[0].limit.fen, 999999);
    assert_int_equal(policy_valid_to(p, m, day("2024-06-01")).n, day("2026-12-31").n);
    assert_int_equal(policy_valid_to(p, m, day("2027-01-01")).n, day("2028-05-31").n);
    policy_free(p);
}

/* A right file; each wrong one is this with one text replaced. Line numbers are told below. */
static const char right[] =
    "policy: test-1\n"                                                               /* 1 */
    "title: 试行办法\n"                                                              /* 2 */
    "document: doc-1\n"                                                              /* 3 */
    "applies: {from: 2025-01-01, to: 2026-12-31}\n"                                  /* 4 */
    "statistics-from: 2025-01-01\n"                                                  /* 5 */
    "time-zone: Asia/Shanghai\n"                                                     /* 6 */
    "areas: [{code: \"11\", name: East}, {code: \"12\", name: West}]\n"              /* 7 */
    "retired-areas: [{code: \"99\", name: Old, now: \"11\"}]\n"                      /* 8 */
    "traits: [red, blue]\n"                                                          /* 9 */
    "attestations: [seen]\n"                                                         /* 10 */
    "sources: [city, county]\n"                                                      /* 11 */
    "vouchers: {valid-to-year-end-after: 1, grace-days: 0}\n"                        /* 12 */
    "measures:\n"                                                                    /* 13 */
    "  - code: A1\n"                                                                 /* 14 */
    "    name: 甲\n"                                                                 /* 15 */
    "    english: first\n"                                                           /* 16 */
    "    kind: rate\n"                                                               /* 17 */
    "    rate: 50 %\n"                                                               /* 18 */
    "    claimant: buyer\n"                                                          /* 19 */
    "    payee: enterprise\n"                                                        /* 20 */
    "    ceilings:\n"                                                                /* 21 */
    "      - {scope: enterprise, period: policy, event: issue, limit: 100.00}\n"     /* 22 */
    "      - {scope: contract, period: year, event: redeem, limit: 50.00}\n"         /* 23 */
    "    traits: [red]\n"                                                            /* 24 */
    "    attestations: [seen]\n"                                                     /* 25 */
    "    fund-lines: [{source: city, share: 60 %}, {source: county, share: 40 %}]\n" /* 26 */
    "    odd-fen: county\n"                                                          /* 27 */
    "    when-short: refuse\n"                                                       /* 28 */
    "  - code: B2\n"                                                                 /* 29 */
    "    name: 乙\n"                                                                 /* 30 */
    "    english: second\n"                                                          /* 31 */
    "    kind: rate\n"                                                               /* 32 */
    "    rate: 10 %\n"                                                               /* 33 */
    "    claimant: seller\n"                                                         /* 34 */
    "    payee: provider\n"                                                          /* 35 */
    "    ceilings: []\n"                                                             /* 36 */
    "    contract-signed: {from: 2025-02-01, to: 2025-11-30}\n"                      /* 37 */
    "    fund-lines: [{source: city, share: 100 %}]\n"                               /* 38 */
    "    when-short: partial\n"                                                      /* 39 */
    "exclusive:\n"                                                                   /* 40 */
    "  - {name: one, measures: [A1, B2]}\n";                                         /* 41 */

/* The right file with the first `find` replaced. */
static void replaced(struct buf *b, const char *find, const char *with)
{
    const char *at = strstr(right, find);
    if (!at)
        fail_msg("the right file does not hold '%s'", find);
    assert_int_equal(buf_add(b, right, (size_t)(at - right)), 0);
    assert_int_equal(buf_add(b, with, strlen(with)), 0);
    at += strlen(find);
    assert_int_equal(buf_add(b, at, strlen(at)), 0);
}

/* Reads a wrong text; one of its mistakes is in that line and has that fragment. */
static void check_wrong(const char *text, size_t n, int line, const char *fragment, int count)
{
    struct policy *p = (struct policy *)(uintptr_t)16;
    told = (struct mistakes){0};
    int rc = policy_read(SPAN(text, n), "wrong.yaml", &told, &p);
    bool found = false;
    for (int i = 0; i < told.n; i++)
        found |= told.list[i].line == line && strstr(told.list[i].text, fragment);
    if (rc != ERR_INVALID || !found || told.n != count) {
        print_message("wanted rc %d and %d mistakes, one in line %d: %s; got rc %d and:\n",
                      ERR_INVALID, count, line, fragment, rc);
        print_told();
        fail();
    }
    assert_ptr_equal(p, (void *)(uintptr_t)16);
    for (int i = 0; i < told.n; i++)
        assert_true(told.list[i].line >= 1 && told.list[i].column >= 1);
}

struct wrong {
    const char *find, *with;
    int line;
    const char *fragment;
    int more; /* mistakes besides the one looked for */
};

static void check_table(const struct wrong *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf b = {0};
        replaced(&b, w[i].find, w[i].with);
        check_wrong((char *)b.p, b.n, w[i].line, w[i].fragment, 1 + w[i].more);
        buf_free(&b);
    }
}

#define CHECK_TABLE(t) check_table(t, sizeof(t) / sizeof *(t))

static void test_right_file_is_right(void **state)
{
    (void)state;
    struct policy *p = NULL;
    told = (struct mistakes){0};
    assert_int_equal(policy_read(span_of_text(right), "right.yaml", &told, &p), 0);
    assert_int_equal(p->nmeasures, 2);
    assert_int_equal(p->measures[0].odd, 1);
    policy_free(p);
}

static void test_wrong_head(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"policy: test-1\n", "", 1, "the key 'policy' is missing", 0},
        {"policy: test-1", "policy:", 1, "policy: nothing is written here", 0},
        {"policy: test-1", "policy: null", 1, "policy: nothing is written here", 0},
        {"title: 试行办法\n", "", 1, "the key 'title' is missing", 0},
        {"title: 试行办法", "title: [a]", 2, "this is a list, it should be one value", 0},
        {"title: 试行办法", "title: \"a\\nb\"", 2, "one line of 1 to 600 bytes", 0},
        {"title: 试行办法", "title: \" 试\"", 2, "blanks at its ends", 0},
        {"title: 试行办法", "titel: 试行办法", 2,
         "unknown key 'titel': known here are policy, title", 1},
        {"document: doc-1", "policy: doc-1", 3, "the key 'policy' is there already, in line 1", 1},
        {"{from: 2025-01-01, to: 2026-12-31}", "{from: 2025-01-01, to: 2024-12-31}", 4,
         "the policy ends on 2024-12-31, before it begins on 2025-01-01", 0},
        {"to: 2026-12-31}", "to: 2026-02-30}", 4, "to: '2026-02-30': a day is YYYY-MM-DD", 0},
        {"{from: 2025-01-01, to", "{from: 01.01.2025, to", 4, "from: '01.01.2025'", 0},
        {"{from: 2025-01-01, to", "{to", 4, "the key 'from' is missing in applies", 0},
        {"statistics-from: 2025-01-01", "statistics-from: 2027-01-01", 5,
         "2027-01-01 is after the policy's last day", 0},
        {"Asia/Shanghai", "Europe/Berlin", 6, "time-zone: 'Europe/Berlin': a zone without", 0},
        {"code: \"12\"", "code: \"11\"", 7, "the area '11' is listed already", 0},
        {"name: West", "name: East", 7, "the area 'East' is listed already", 0},
        {", name: West", "", 7, "the key 'name' is missing in areas", 0},
        {"now: \"11\"", "now: \"13\"", 8, "'13' is the code of no area under 'areas'", 0},
        {"now: \"11\"", "now: \"99\"", 8, "'99' is the code of no area under 'areas'", 0},
        {"[red, blue]", "[red, blue, red]", 9, "the trait 'red' is listed already", 0},
        {"[red, blue]", "red", 9, "this is one value, it should be a list", 1},
        {"[city, county]", "[city]", 26, "the source 'county' is not declared: under 'sources'", 0},
        {"after: 1", "after: -1", 12, "valid-to-year-end-after: '-1': a whole number from 0", 0},
        {"after: 1", "after: 1.5", 12, "valid-to-year-end-after: '1.5': a whole number", 0},
        {"grace-days: 0", "grace-days: many", 12, "grace-days: 'many': a whole number", 0},
        {"grace-days: 0", "grace-days: 99999999999999999999", 12, "a whole number from 0 to", 0},
    };
    CHECK_TABLE(table);
}

static void test_wrong_measure(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"code: B2", "code: A1", 29, "the measure 'A1' is there already", 1},
        {"code: A1", "code: A 1", 14, "a measure's code has no blanks", 1},
        {"code: A1", "code: A123456789012345", 14, "one line of 1 to 15 bytes", 1},
        {"    english: first\n", "", 14, "the key 'english' is missing in measures", 0},
        {"name: 甲", "name: 甲甲甲甲甲甲甲甲甲甲甲甲甲甲甲甲", 15, "this has 48 bytes", 0},
        {"kind: rate", "kind: gift", 17, "kind: 'gift': one of: rate, unit, ", 0},
        {"claimant: buyer", "claimant: bank", 19, "claimant: 'bank': one of: buyer, seller", 0},
        {"payee: enterprise", "payee: owner", 20, "one of: enterprise, provider", 0},
        {"when-short: refuse", "when-short: later", 28, "one of: refuse, partial, queue, round", 0},
        {"rate: 50 %", "rate: 0 %", 18, "rate: 0 % would grant nothing", 0},
        {"rate: 50 %", "rate: 100.01 %", 18, "rate: '100.01 %': a rate is 0 % to 100 %", 0},
        {"rate: 50 %", "rate: 50", 18, "rate: '50': a rate is", 0},
        {"rate: 50 %", "rate: \"50\\0 %\"", 18, "one line of", 0},
        {"rate: 50 %", "rate: 12.34567 %", 18, "at most four decimals", 0},
        {", limit: 100.00", "", 22, "the key 'limit' is missing in ceilings", 0},
        {"limit: 100.00", "limit: 0.00", 22, "a ceiling of 0.00 would grant nothing", 0},
        {"limit: 100.00", "limit: 100.005", 22, "limit: '100.005': an amount is decimal yuan", 0},
        {"limit: 100.00", "limit: 1,00.00", 22, "unknown key '00.00'", 0},
        {"limit: 100.00", "limit: -1.00", 22, "limit: '-1.00': an amount is decimal", 0},
        {"limit: 100.00", "limit: 9000000000000.01", 22, "at most 9,000,000,000,000.00", 0},
        {"scope: enterprise", "scope: firm", 22, "scope: 'firm': one of: enterprise, contract", 0},
        {"period: policy", "period: month", 22, "period: 'month': one of: policy, year", 0},
        {"event: issue", "event: settle", 22, "event: 'settle': one of: issue, redeem", 0},
        {"scope: contract, period: year, event: redeem",
         "scope: enterprise, period: policy, event: issue", 23,
         "a ceiling of scope enterprise, period policy, event issue is there already", 0},
        {"limit: 50.00", "limit: 50.00, name: \"per enterprise over the policy's life\"", 23,
         "two ceilings are called 'per enterprise over the policy's life'", 0},
        {"    traits: [red]", "    traits: [green]", 24,
         "the trait 'green' is not declared: under 'traits' stand: red, blue", 0},
        {"    traits: [red]", "    traits: [red, red]", 24, "the trait 'red' is listed already", 0},
        {"    attestations: [seen]", "    attestations: [heard]", 25,
         "the attestation 'heard' is not declared", 0},
        {"{from: 2025-02-01, to: 2025-11-30}", "{from: 2025-02-01, to: 2025-01-31}", 37,
         "the window ends on 2025-01-31", 0},
        {"{from: 2025-02-01, to: 2025-11-30}", "{from: 2025-02-01}", 37,
         "the key 'to' is missing in contract-signed", 0},
        {"    payee: provider\n", "    payee: provider\n    colour: red\n", 36,
         "unknown key 'colour'", 0},
        {"measures:\n  - code: A1\n", "measures:\n  - just text\n  - code: A1\n", 14,
         "this is one value, it should be a mapping", 0},
    };
    CHECK_TABLE(table);
}

static void test_wrong_shares_and_groups(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"share: 40 %", "share: 35 %", 26, "the shares make 95 %: they must make 100 %", 0},
        {"share: 40 %", "share: 40.0001 %", 26, "the shares make 100.0001 %", 0},
        {"share: 100 %", "share: 99 %", 38, "the shares make 99 %", 0},
        {"share: 60 %", "share: 0 %", 26, "a share is above 0 %", 1},
        {"source: county", "source: city", 26, "the source 'city' has a share already", 1},
        {"source: county", "source: moon", 26, "the source 'moon' is not declared", 1},
        {"odd-fen: county", "odd-fen: province", 27,
         "'province' has no share in this measure: one of: city, county", 0},
        {"    odd-fen: county\n", "", 26, "the key 'odd-fen' is missing", 0},
        {"[{source: city, share: 100 %}]", "[]", 38, "no fund lines are listed here", 0},
        {"    fund-lines: [{source: city, share: 100 %}]\n", "", 29,
         "the key 'fund-lines' is missing in measures", 0},
        {"measures: [A1, B2]", "measures: [A1, C3]", 41, "the measure 'C3' is not there", 0},
        {"measures: [A1, B2]", "measures: []", 41, "no measures are listed here", 0},
        {"measures: [A1, B2]", "measures: [A1, A1]", 41, "'A1' is in this group already", 0},
        {"measures: [A1, B2]}\n", "measures: [A1]}\n  - {name: two, measures: [B2, A1]}\n", 42,
         "the measure 'A1' is in the group 'one' already: a measure is in one group", 0},
        {"measures: [A1, B2]}\n", "measures: [A1]}\n  - {name: one, measures: [B2]}\n", 42,
         "the group 'one' is there already", 0},
        {"exclusive:\n", "exclusive: no\nrest:\n", 40, "this is one value, it should be a list", 1},
    };
    CHECK_TABLE(table);
}

static void test_wrong_yaml(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"name: 甲", "name: &x 甲", 15, "anchors (&name) are not taken", 0},
        {"english: first", "english: *x", 16, "aliases (*name) are not taken", 0},
        {"english: first", "english: !!str first", 16, "tags (!name) are not taken", 0},
        {"    english: first", "    <<: {a: b}\n    english: first", 16, "merge keys (<<)", 0},
        {"exclusive:\n", "---\nexclusive:\n", 40, "a second document begins here", 0},
        {"rate: 50 %", "rate: \"50 %", 18, "wrong YAML", 0},
        {"    rate: 50 %", "\trate: 50 %", 18, "a tab: write blanks", 0},
        {"name: East", "name: \xff", 7, "byte 0xff is not valid UTF-8", 0},
        {"name: 甲", "name: \xbc\xd7", 15, "byte 0xbc is not valid UTF-8", 0},
        {"english: first", "english: fi\x01rst", 16, "byte 0x01 is a control character", 0},
    };
    CHECK_TABLE(table);
    check_wrong("", 0, 1, "nothing is written here", 1);
    check_wrong("# only a comment\n", 17, 1, "nothing is written here", 1);
    check_wrong("[]\n", 3, 1, "this is a list, it should be a mapping", 1);
    check_wrong("a\0b", 3, 1, "byte 0x00 is a control character", 1);
}

/* Several mistakes of form and of sense, in one run, in the order of the file. */
static void test_several_in_one_run(void **state)
{
    (void)state;
    static const char text[] = "policy: test-1\n"
                               "title: t\n"
                               "title: again\n"
                               "document: d\n"
                               "colour: red\n"
                               "applies: {from: 2025-01-01, to: 2024-12-31}\n"
                               "statistics-from: soon\n"
                               "time-zone: Mars\n"
                               "areas: [{code: \"1\", name: East}]\n"
                               "sources: [city]\n"
                               "vouchers: {valid-to-year-end-after: x, grace-days: 0}\n"
                               "measures:\n"
                               "  - code: A\n"
                               "    name: n\n"
                               "    english: e\n"
                               "    kind: gift\n"
                               "    rate: 0 %\n"
                               "    claimant: buyer\n"
                               "    payee: enterprise\n"
                               "    ceilings: [{scope: enterprise, period: policy, event: issue}]\n"
                               "    fund-lines: [{source: city, share: 95 %}]\n"
                               "    when-short: refuse\n"
                               "exclusive: [{name: g, measures: [A, B]}]\n";
    static const int lines[] = {3, 5, 6, 7, 8, 11, 16, 17, 20, 21, 23};
    struct policy *p = NULL;
    told = (struct mistakes){0};
    assert_int_equal(policy_read(span_of_text(text), "many.yaml", &told, &p), ERR_INVALID);
    print_told();
    assert_int_equal(told.n, sizeof lines / sizeof *lines);
    for (int i = 0; i < told.n; i++)
        assert_int_equal(told.list[i].line, lines[i]);
    char line[640];
    assert_string_equal(mistake_text(&told, 9, line, sizeof line),
                        "many.yaml:21:17: the shares make 95 %: they must make 100 % together");
}

/* More mistakes than there is room for are counted. */
static void test_more_mistakes_than_room(void **state)
{
    (void)state;
    struct buf b = {0};
    struct policy *p = NULL;
    assert_int_equal(buf_add(&b, right, strlen(right)), 0);
    for (int i = 0; i < LIMIT_MISTAKES + 7; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "extra-%d: x\n", i);
        assert_int_equal(buf_add(&b, key, (size_t)n), 0);
    }
    told = (struct mistakes){0};
    assert_int_equal(policy_read(SPAN(b.p, b.n), "x", &told, &p), ERR_INVALID);
    assert_int_equal(told.n, LIMIT_MISTAKES);
    assert_int_equal(told.more, 7);
    /* Full from the start: still no policy. */
    assert_int_equal(policy_read(SPAN(b.p, b.n), "x", &told, &p), ERR_INVALID);
    assert_null(p);
    buf_free(&b);
}

static void test_same_bytes_same_policy(void **state)
{
    (void)state;
    static const char *const files[] = {"conf/zhangzhou-2025.yaml",
                                        "tests/policies/three-lines.yaml",
                                        "tests/policies/small-city.yaml"};
    for (size_t i = 0; i < 3; i++) {
        struct policy *a = read_file(files[i]), *b = read_file(files[i]);
        assert_same_policy(a, b);
        policy_free(a);
        policy_free(b);
    }
}

static void test_too_many(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"[{source: city, share: 100 %}]",
         "[{source: city, share: 20 %}, {source: a, share: 20 %}, {source: b, share: 20 %}, "
         "{source: c, share: 20 %}, {source: d, share: 20 %}]\n    odd-fen: city",
         38, "5 fund lines: at most 4 are taken", 3},
    };
    CHECK_TABLE(table);
    struct buf b = {0};
    char many[256] = "sources: [city, county";
    for (int i = 0; i < LIMIT_LINES * 4 - 1; i++) {
        size_t at = strlen(many);
        snprintf(many + at, sizeof many - at, ", s%d", i);
    }
    strcat(many, "]");
    replaced(&b, "sources: [city, county]", many);
    check_wrong((char *)b.p, b.n, 11, "17 sources: at most 16 are taken", 1);
    buf_free(&b);
}

/* A byte order mark at the start and line ends of Windows are what editors there write. */
static void test_mark_and_crlf(void **state)
{
    (void)state;
    struct buf b = {0};
    struct policy *p = NULL;
    assert_int_equal(buf_add(&b, "\xef\xbb\xbf", 3), 0);
    for (const char *s = right; *s; s++)
        assert_int_equal(*s == '\n' ? buf_add(&b, "\r\n", 2) : buf_add(&b, s, 1), 0);
    told = (struct mistakes){0};
    assert_int_equal(policy_read(SPAN(b.p, b.n), "x", &told, &p), 0);
    assert_string_equal(p->id, "test-1");
    policy_free(p);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zhangzhou_figures),
        cmocka_unit_test(test_zhangzhou_times_and_areas),
        cmocka_unit_test(test_three_lines),
        cmocka_unit_test(test_small_city),
        cmocka_unit_test(test_right_file_is_right),
        cmocka_unit_test(test_wrong_head),
        cmocka_unit_test(test_wrong_measure),
        cmocka_unit_test(test_wrong_shares_and_groups),
        cmocka_unit_test(test_wrong_yaml),
        cmocka_unit_test(test_several_in_one_run),
        cmocka_unit_test(test_more_mistakes_than_room),
        cmocka_unit_test(test_same_bytes_same_policy),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_mark_and_crlf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
