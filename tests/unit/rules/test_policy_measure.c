/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy file says of claims: fields, kinds, cases, who may claim, ceilings, groups, pools;
 * and each mistake in it, at its line and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/condition.h"
#include "rules/kind.h"
#include "rules/policy_file.h"

static struct mistakes told;

/* Each wrong file is this with one text replaced. The measures stand from line 26 on. */
static const char right[] =
    "policy: test-1\n"                                                               /* 1 */
    "title: t\n"                                                                     /* 2 */
    "document: d\n"                                                                  /* 3 */
    "applies: {from: 2025-01-01, to: 2026-12-31}\n"                                  /* 4 */
    "statistics-from: 2025-01-01\n"                                                  /* 5 */
    "time-zone: Asia/Shanghai\n"                                                     /* 6 */
    "areas: [{code: \"11\", name: East}, {code: \"12\", name: West}]\n"              /* 7 */
    "traits: [red, blue]\n"                                                          /* 8 */
    "attestations: [seen]\n"                                                         /* 9 */
    "sources: [city]\n"                                                              /* 10 */
    "vouchers: {valid-to-year-end-after: 1, grace-days: 0}\n"                        /* 11 */
    "fields:\n"                                                                      /* 12 */
    "  - {name: case, type: text}\n"                                                 /* 13 */
    "  - {name: level, type: word, words: [gold, tin]}\n"                            /* 14 */
    "  - {name: seats, type: count}\n"                                               /* 15 */
    "  - {name: area-of, type: quantity}\n"                                          /* 16 */
    "  - {name: rent, type: money}\n"                                                /* 17 */
    "  - {name: start, type: day}\n"                                                 /* 18 */
    "  - {name: until, type: day}\n"                                                 /* 19 */
    "  - {name: month, type: month}\n"                                               /* 20 */
    "  - {name: year, type: year}\n"                                                 /* 21 */
    "  - {name: who, type: person}\n"                                                /* 22 */
    "pools:\n"                                                                       /* 23 */
    "  - {name: P1, period: policy, by: area}\n"                                     /* 24 */
    "measures:\n"                                                                    /* 25 */
    "  - code: R\n"                                                                  /* 26 */
    "    name: n\n"                                                                  /* 27 */
    "    english: rate\n"                                                            /* 28 */
    "    kind: rate\n"                                                               /* 29 */
    "    spending: [case, year]\n"                                                   /* 30 */
    "    base: rent\n"                                                               /* 31 */
    "    form: grant\n"                                                              /* 32 */
    "    applies: {from: 2025-03-01, to: 2025-04-30}\n"                              /* 33 */
    "    document: own\n"                                                            /* 34 */
    "    year-spending: {crossing: keep, least: 10.00}\n"                            /* 35 */
    "    cases:\n"                                                                   /* 36 */
    "      - {when: {level: [tin]}, refuse: no tin}\n"                               /* 37 */
    "      - {when: {seats: {from: 1, below: 9}, trait: [red, blue]}, rate: 5 %}\n"  /* 38 */
    "      - {when: {base: {above: 1.00, to: 2.00}, area: [West]}, rate: 6 %}\n"     /* 39 */
    "      - {when: {enjoyed: {from: 2, to: 3}, month: {to: 2025-05}}, rate: 7 %}\n" /* 40 */
    "      - {when: {outside: {above: 0.00}, code-begins: [\"91\"]}, rate: 8 %}\n"   /* 41 */
    "      - {rate: 9 %}\n"                                                          /* 42 */
    "    intake:\n"                                                                  /* 43 */
    "      - from: \"2025-03-01T09:00:00+08:00\"\n"                                  /* 44 */
    "        to: \"2025-03-31T17:00:00+08:00\"\n"                                    /* 45 */
    "        ends: inclusive\n"                                                      /* 46 */
    "    code-begins: [\"91\", \"12\"]\n"                                            /* 47 */
    "    terms: [{from: start, to: until, months-at-least: 36}]\n"                   /* 48 */
    "    require: {no-trait: [blue], case: [a, b]}\n"                                /* 49 */
    "    holds: {any: [D], on: start}\n"                                             /* 50 */
    "    claim: [month]\n"                                                           /* 51 */
    "    may-state: [area-of]\n"                                                     /* 52 */
    "    redeem-attestations: [seen]\n"                                              /* 53 */
    "    payee: enterprise\n"                                                        /* 54 */
    "    ceilings:\n"                                                                /* 55 */
    "      - {name: a, scope: [enterprise, month], measures: [U], period: policy, event: issue,\n"
    "         limit: 5.00}\n"                                                             /* 57 */
    "      - {name: b, scope: claim, period: policy, event: issue,\n"                     /* 58 */
    "         limit: {share: 50 %, of: rent}}\n"                                          /* 59 */
    "      - {name: c, scope: related, period: {months: 12}, event: issue, claims: 3}\n"  /* 60 */
    "      - {name: d, scope: area, period: year, event: issue,\n"                        /* 61 */
    "         claims: {share: 5 %, of: seats}}\n"                                         /* 62 */
    "      - {name: e, scope: all, period: year, event: issue, limit: 7.00}\n"            /* 63 */
    "      - {scope: spending, period: year, event: issue, limit: 8.00}\n"                /* 64 */
    "    fund-lines: [{source: city, share: 100 %, pool: P1}]\n"                          /* 65 */
    "    when-short: queue\n"                                                             /* 66 */
    "  - code: U\n"                                                                       /* 67 */
    "    name: n\n"                                                                       /* 68 */
    "    english: unit\n"                                                                 /* 69 */
    "    kind: unit\n"                                                                    /* 70 */
    "    spending: [case, month]\n"                                                       /* 71 */
    "    quantity: area-of\n"                                                             /* 72 */
    "    quantity-at-most: 5000.5\n"                                                      /* 73 */
    "    amount: 500.00\n"                                                                /* 74 */
    "    payee: enterprise\n"                                                             /* 75 */
    "    ceilings: []\n"                                                                  /* 76 */
    "    fund-lines: [{source: city, share: 100 %}]\n"                                    /* 77 */
    "    when-short: round\n"                                                             /* 78 */
    "  - code: C\n"                                                                       /* 79 */
    "    name: n\n"                                                                       /* 80 */
    "    english: contract\n"                                                             /* 81 */
    "    kind: rate\n"                                                                    /* 82 */
    "    rate: 10 %\n"                                                                    /* 83 */
    "    claimant: either\n"                                                              /* 84 */
    "    first-right: {claimant: seller, until: 2025-06-30}\n"                            /* 85 */
    "    parties: unrelated\n"                                                            /* 86 */
    "    seller-holds: {any: [D], on: signed}\n"                                          /* 87 */
    "    least: 3.00\n"                                                                   /* 88 */
    "    payee: enterprise\n"                                                             /* 89 */
    "    ceilings: [{name: f, scope: all, period: year, event: redeem, limit: 9.00}]\n"   /* 90 */
    "    fund-lines: [{source: city, share: 100 %}]\n"                                    /* 91 */
    "    when-short: refuse\n"                                                            /* 92 */
    "  - {code: D, name: n, english: designation, kind: designation, spending: [case]}\n" /* 93 */
    "  - code: I\n"                                                                       /* 94 */
    "    name: n\n"                                                                       /* 95 */
    "    english: interest\n"                                                             /* 96 */
    "    kind: interest\n"                                                                /* 97 */
    "    status: awaiting-guide\n"                                                        /* 98 */
    "    spending: [case]\n"                                                              /* 99 */
    "    principal: rent\n"                                                               /* 100 */
    "    interest-from: start\n"                                                          /* 101 */
    "    interest-to: until\n"                                                            /* 102 */
    "    days-of-year: 360\n"                                                             /* 103 */
    "    payee: enterprise\n"                                                             /* 104 */
    "    ceilings: []\n"                                                                  /* 105 */
    "    fund-lines: [{source: city, share: 100 %}]\n"                                    /* 106 */
    "    when-short: refuse\n"                                                            /* 107 */
    "  - code: H\n"                                                                       /* 108 */
    "    name: n\n"                                                                       /* 109 */
    "    english: housing\n"                                                              /* 110 */
    "    kind: person-month\n"                                                            /* 111 */
    "    spending: [who, month]\n"                                                        /* 112 */
    "    amount: 200.00\n"                                                                /* 113 */
    "    payee: enterprise\n"                                                             /* 114 */
    "    ceilings: []\n"                                                                  /* 115 */
    "    fund-lines: [{source: city, share: 100 %}]\n"                                    /* 116 */
    "    when-short: refuse\n"                                                            /* 117 */
    "exclusive:\n"                                                                        /* 118 */
    "  - {name: one, key: [case], measures: [R, U], rule: exclude, outside: ignored}\n"   /* 119 */
    "  - {name: two, measures: [C], rule: add-up, ceiling: 60 %, outside: excludes}\n";   /* 120 */

static struct policy *read_right(void)
{
    struct policy *p = NULL;
    char line[640];
    told = (struct mistakes){0};
    int rc = policy_read(span_of_text(right), "right.yaml", &told, &p);
    for (int i = 0; i < told.n; i++)
        print_message("%s\n", mistake_text(&told, i, line, sizeof line));
    assert_int_equal(rc, 0);
    return p;
}

static struct day day(const char *text)
{
    struct day d = {0};
    assert_int_equal(day_parse(text, "day", NULL, &d), 0);
    return d;
}

static uint64_t fields(const struct policy *p, const char *const names[])
{
    uint64_t bits = 0;
    for (int i = 0; names[i]; i++) {
        assert_true(policy_field(p, names[i]) >= 0);
        bits |= UINT64_C(1) << policy_field(p, names[i]);
    }
    return bits;
}
#define FIELDS(...) fields(p, (const char *const[]){__VA_ARGS__, NULL})

static void what_a_claim_states(void **state)
{
    (void)state;
    struct policy *p = read_right();
    assert_int_equal(p->nfields, 10);
    assert_int_equal(p->fields[1].form, FACT_WORD);
    assert_int_equal(p->fields[1].nwords, 2);
    assert_string_equal(p->fields[1].words[1], "tin");
    assert_int_equal(p->fields[9].form, FACT_PERSON);
    assert_int_equal(policy_field(p, "none"), -1);
    const struct measure *m = policy_measure(p, "R");
    assert_false(m->spending.contract);
    assert_int_equal(m->spending.n, 2);
    assert_int_equal(m->spending.fields[1], policy_field(p, "year"));
    assert_int_equal(m->base, policy_field(p, "rent"));
    assert_true(m->must_state ==
                FIELDS("case", "year", "rent", "month", "start", "until", "seats"));
    assert_true(m->may_state == (m->must_state | FIELDS("level", "area-of")));
    m = policy_measure(p, "U");
    assert_true(m->must_state == FIELDS("case", "month", "area-of"));
    assert_true(m->may_state == m->must_state);
    assert_int_equal(m->quantity, policy_field(p, "area-of"));
    assert_int_equal(m->quantity_most, 50005000);
    m = policy_measure(p, "I");
    assert_int_equal(m->principal, policy_field(p, "rent"));
    assert_int_equal(m->interest_from, policy_field(p, "start"));
    assert_int_equal(m->interest_to, policy_field(p, "until"));
    assert_int_equal(m->days_of_year, 360);
    assert_int_equal(m->status, STATUS_AWAITING_GUIDE);
    m = policy_measure(p, "C");
    assert_true(m->spending.contract);
    assert_true(m->may_state == 0);
    policy_free(p);
}

static void cases_and_conditions(void **state)
{
    (void)state;
    struct policy *p = read_right();
    const struct measure *m = policy_measure(p, "R");
    assert_int_equal(m->ncases, 6);
    assert_string_equal(m->cases[0].refusal, "no tin");
    assert_int_equal(m->cases[0].when.tests[0].words, 2);
    /* seats: from 1, below 9; two traits, a test each. */
    const struct condition *c = &m->cases[1].when;
    assert_int_equal(c->n, 3);
    assert_true(c->tests[0].is_range && c->tests[0].range.has_from && c->tests[0].range.has_to);
    assert_true(!c->tests[0].range.above && c->tests[0].range.below);
    assert_int_equal(c->tests[0].range.from, 10000);
    assert_int_equal(c->tests[0].range.to, 90000);
    assert_int_equal(c->tests[1].subject, SUBJECT_TRAIT);
    assert_string_equal(c->tests[1].names[0], "red");
    assert_string_equal(c->tests[2].names[0], "blue");
    assert_int_equal(m->cases[1].rate.ppm, 50000);
    c = &m->cases[2].when;
    assert_int_equal(c->tests[0].subject, SUBJECT_BASE);
    assert_int_equal(c->tests[0].range.from, 100);
    assert_int_equal(c->tests[0].range.to, 200);
    assert_true(c->tests[0].range.above && !c->tests[0].range.below);
    assert_string_equal(c->tests[1].names[0], "12"); /* West, by its code */
    c = &m->cases[3].when;
    assert_int_equal(c->tests[0].subject, SUBJECT_ENJOYED);
    assert_int_equal(c->tests[0].range.from, 2);
    assert_int_equal(c->tests[0].range.to, 3);
    assert_false(c->tests[1].range.has_from);
    assert_int_equal(c->tests[1].range.to, 2025 * 12 + 4);
    assert_int_equal(m->cases[4].when.tests[0].subject, SUBJECT_OUTSIDE);
    assert_int_equal(m->cases[4].when.tests[1].subject, SUBJECT_CODE);
    assert_int_equal(m->cases[5].when.n, 0);
    assert_int_equal(m->require.n, 2);
    assert_int_equal(m->require.tests[0].subject, SUBJECT_NO_TRAIT);
    assert_int_equal(m->require.tests[1].nnames, 2);
    assert_int_equal(m->crossing, CROSSING_KEEP);
    assert_int_equal(m->least.fen, 1000);
    assert_int_equal(policy_measure(p, "C")->crossing, CROSSING_NONE);
    assert_int_equal(policy_measure(p, "C")->least.fen, 300);
    policy_free(p);
}

static void who_may_claim_and_when(void **state)
{
    (void)state;
    struct policy *p = read_right();
    const struct measure *m = policy_measure(p, "R");
    assert_string_equal(m->document, "own");
    assert_int_equal(m->form, FORM_GRANT);
    assert_int_equal(m->first_day.n, day("2025-03-01").n);
    assert_int_equal(m->last_day.n, day("2025-04-30").n);
    assert_int_equal(policy_valid_to(p, m, day("2025-03-05")).n, day("2025-04-30").n);
    assert_int_equal(m->nintakes, 1);
    assert_int_equal(instant_day(m->intakes[0].from, 480).n, day("2025-03-01").n);
    assert_true(m->intakes[0].to_inclusive);
    assert_int_equal(m->ncodes, 2);
    assert_string_equal(m->codes[1], "12");
    assert_int_equal(m->nterms, 1);
    assert_int_equal(m->terms[0].from, policy_field(p, "start"));
    assert_int_equal(m->terms[0].months, 36);
    assert_int_equal(m->holds.n, 1);
    assert_string_equal(m->holds.any[0], "D");
    assert_int_equal(m->holds.on, policy_field(p, "start"));
    assert_int_equal(m->seller_holds.n, 0);
    assert_int_equal(m->nredeem_attestations, 1);
    m = policy_measure(p, "C");
    assert_int_equal(m->claimant, CLAIMANT_EITHER);
    assert_int_equal(m->first, CLAIMANT_SELLER);
    assert_int_equal(m->first_until.n, day("2025-06-30").n);
    assert_true(m->parties_unrelated);
    assert_int_equal(m->seller_holds.on, ON_SIGNED);
    assert_int_equal(m->form, FORM_QUOTA);
    assert_int_equal(policy_measure(p, "D")->kind->gives, GIVES_NOTHING);
    policy_free(p);
}

static void ceilings_and_their_tallies(void **state)
{
    (void)state;
    struct policy *p = read_right();
    const struct measure *m = policy_measure(p, "R");
    assert_int_equal(m->nceilings, 6);
    const struct ceiling *c = &m->ceilings[0];
    assert_int_equal(c->scope, SCOPE_FIELDS);
    assert_true(c->with_enterprise);
    assert_int_equal(c->nfields, 1);
    assert_true(c->measures == 3); /* R and U */
    assert_int_equal(c->of, -1);
    c = &m->ceilings[1];
    assert_int_equal(c->scope, SCOPE_CLAIM);
    assert_int_equal(c->of, policy_field(p, "rent"));
    assert_int_equal(c->share.ppm, 500000);
    assert_false(ceiling_has_tally(c));
    c = &m->ceilings[2];
    assert_int_equal(c->scope, SCOPE_RELATED);
    assert_int_equal(c->period, PERIOD_MONTHS);
    assert_int_equal(c->months, 12);
    assert_true(c->counts);
    assert_int_equal(c->limit.fen, 3);
    c = &m->ceilings[3];
    assert_int_equal(c->scope, SCOPE_AREA);
    assert_int_equal(c->of, policy_field(p, "seats"));
    assert_int_equal(m->ceilings[4].scope, SCOPE_ALL);
    assert_int_equal(m->ceilings[4].event, EVENT_ISSUE);
    c = &m->ceilings[5];
    assert_int_equal(c->scope, SCOPE_SPENDING);
    assert_string_equal(c->name, "per contract and year");
    assert_false(ceiling_has_tally(c));
    /* The year's spending by enterprise and by spending, then a, c, d and e. */
    assert_int_equal(m->ntallies, 6);
    for (int i = 0; i < m->nceilings; i++) {
        int found = 0;
        for (int t = 0; t < m->ntallies; t++)
            found += tally_is_of(&m->tallies[t], &m->ceilings[i]);
        if (ceiling_has_tally(&m->ceilings[i]))
            assert_int_equal(found, 1);
    }
    m = policy_measure(p, "U"); /* counts in a alone */
    assert_int_equal(m->ntallies, 1);
    assert_true(tally_is_of(&m->tallies[0], &policy_measure(p, "R")->ceilings[0]));
    m = policy_measure(p, "C"); /* counts in f alone, on redemption */
    assert_int_equal(m->ceilings[0].event, EVENT_REDEEM);
    assert_int_equal(m->ntallies, 1);
    assert_true(tally_is_of(&m->tallies[0], &m->ceilings[0]));
    assert_int_equal(policy_measure(p, "I")->ntallies, 0);
    policy_free(p);
}

/* One spending under several keys needs a tally; of one measure it needs none. */
static void when_a_ceiling_needs_a_tally(void **state)
{
    (void)state;
    struct ceiling c = {.scope = SCOPE_ENTERPRISE, .period = PERIOD_YEAR, .measures = 4};
    assert_false(ceiling_has_tally(&c));
    c.measures = 6; /* accounts add up by themselves */
    assert_false(ceiling_has_tally(&c));
    c.counts = true;
    assert_true(ceiling_has_tally(&c));
    c.counts = false;
    c.period = PERIOD_MONTHS;
    assert_true(ceiling_has_tally(&c));
    c = (struct ceiling){.scope = SCOPE_SPENDING, .period = PERIOD_POLICY, .measures = 4};
    assert_false(ceiling_has_tally(&c));
    c.measures = 6;
    assert_true(ceiling_has_tally(&c));
    c.scope = SCOPE_CLAIM;
    assert_false(ceiling_has_tally(&c));
}

static void groups_and_pools(void **state)
{
    (void)state;
    struct policy *p = read_right();
    const struct measure *m = policy_measure(p, "R");
    assert_int_equal(p->ngroups, 2);
    assert_int_equal(p->groups[0].rule, GROUP_EXCLUDE);
    assert_int_equal(p->groups[0].outside, OUTSIDE_IGNORED);
    assert_int_equal(p->groups[0].key.n, 1);
    assert_ptr_equal(policy_key(p, m), &p->groups[0].key);
    assert_int_equal(p->groups[1].rule, GROUP_ADD_UP);
    assert_int_equal(p->groups[1].ceiling.ppm, 600000);
    assert_true(p->groups[1].key.contract);
    assert_string_equal(m->shares[0].pool, "P1");
    assert_true(m->shares[0].life && m->shares[0].by_area);
    assert_int_equal(m->shortfall, SHORTFALL_QUEUE);
    assert_int_equal(policy_line_year(p, &m->shares[0], 2026), 2025);
    m = policy_measure(p, "U");
    assert_string_equal(m->shares[0].pool, "U");
    assert_int_equal(policy_line_year(p, &m->shares[0], 2026), 2026);
    assert_int_equal(m->shortfall, SHORTFALL_ROUND);
    m = policy_measure(p, "D");
    assert_ptr_equal(policy_key(p, m), &m->spending);
    policy_free(p);
}

/* ---- Mistakes ---- */

struct wrong {
    const char *find, *with;
    int line;
    const char *at; /* begins where it is told */
    const char *fragment;
    int more; /* mistakes besides the one looked for */
};

/* Whether a text begins at a column, from 1, of a line. */
static bool is_at(const struct buf *b, int line, int column, const char *text)
{
    const char *p = (const char *)b->p, *last = p + b->n;
    for (int i = 1; i < line; i++)
        p = (const char *)memchr(p, '\n', (size_t)(last - p)) + 1;
    p += column - 1;
    return (size_t)(last - p) >= strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

static void check_wrong(const struct wrong *w)
{
    struct buf b = {0};
    struct policy *p = NULL;
    char line[640];
    bool found = false;
    const char *at = strstr(right, w->find);
    if (!at)
        fail_msg("the right file does not hold '%s'", w->find);
    assert_int_equal(buf_add(&b, right, (size_t)(at - right)), 0);
    assert_int_equal(buf_add(&b, w->with, strlen(w->with)), 0);
    at += strlen(w->find);
    assert_int_equal(buf_add(&b, at, strlen(at)), 0);
    told = (struct mistakes){0};
    int rc = policy_read(SPAN(b.p, b.n), "wrong.yaml", &told, &p);
    for (int i = 0; i < told.n; i++)
        found |= told.list[i].line == w->line && strstr(told.list[i].text, w->fragment) &&
                 is_at(&b, w->line, told.list[i].column, w->at);
    if (rc != ERR_INVALID || !found || told.n != 1 + w->more) {
        print_message("'%s': wanted %d mistakes, one in line %d at '%s': %s; got rc %d and:\n",
                      w->with, 1 + w->more, w->line, w->at, w->fragment, rc);
        for (int i = 0; i < told.n; i++)
            print_message("    %s\n", mistake_text(&told, i, line, sizeof line));
        fail();
    }
    buf_free(&b);
}

#define CHECK_TABLE(t)                                                                             \
    for (size_t i = 0; i < sizeof(t) / sizeof *(t); i++)                                           \
    check_wrong(&(t)[i])

static void wrong_fields(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"{name: seats, type: count}", "{name: seats, type: number}", 15, "number",
         "one of: text, word", 2},
        {"{name: month, type: month}", "{name: seats, type: month}", 20, "seats",
         "the field 'seats' is there already", 7},
        {"{name: who, type: person}", "{name: trait, type: person}", 22, "trait",
         "means something else in conditions", 2},
        {"{name: who, type: person}", "{name: a b, type: person}", 22, "a", "no blanks", 2},
        {"words: [gold, tin]", "words: []", 14, "[]", "at least one", 1},
        {"words: [gold, tin]", "words: [gold, gold, tin]", 14, "gold", "listed already", 0},
        {"words: [gold, tin]", "words: [tin, \"a|b\"]", 14, "a|b\"", "a word has no '|'", 0},
        {", words: [gold, tin]", "", 14, "{name: level", "the key 'words' is missing", 1},
        {"{name: rent, type: money}", "{name: rent, type: money, words: [a]}", 17,
         "words:", "unknown key 'words'", 0},
    };
    CHECK_TABLE(table);
}

static void wrong_kinds(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"    base: rent\n", "", 26, "code:", "the key 'base' is missing", 0},
        {"base: rent", "base: seats", 31, "seats", "of type count, it should be of: money", 0},
        {"base: rent", "base: contract", 31, "contract", "the spending is no contract", 0},
        {"base: rent", "base: none", 31, "none", "the field 'none' is not declared", 0},
        {"quantity: area-of", "quantity: rent", 72, "rent", "it should be of: count, quantity", 0},
        {"quantity-at-most: 5000.5", "quantity-at-most: 0", 73, "0",
         "of 0 nothing would be granted", 0},
        {"quantity-at-most: 5000.5", "quantity-at-most: x", 73, "x", "a number of at most", 0},
        {"    amount: 500.00\n", "", 67, "code:", "the key 'amount' is missing", 0},
        {"amount: 500.00", "amount: 0.00", 74, "0.00", "would grant nothing", 0},
        {"amount: 500.00", "rate: 5 %", 74, "5", "applies none", 0},
        {"rate: 10 %", "amount: 1.00", 83, "1.00", "gives none", 0},
        {"rate: 10 %", "rate: 0 %", 83, "0", "0 % would grant nothing", 0},
        {"principal: rent", "principal: start", 100, "start", "it should be of: money", 0},
        {"    interest-to: until\n", "", 94, "code:", "the key 'interest-to' is missing", 0},
        {"interest-from: start", "interest-from: month", 101, "month", "it should be of: day", 0},
        {"days-of-year: 360", "days-of-year: 359", 103, "359", "from 360 to 366", 0},
        {"spending: [who, month]", "spending: [who]", 108, "code:", "types person and month", 0},
        {"spending: [who, month]", "spending: [month]", 108, "code:", "types person and month", 0},
        {"kind: unit\n", "kind: unit-year\n", 67, "code:", "a field of type year", 0},
        {"status: awaiting-guide", "status: waiting", 98, "waiting",
         "one of: in-force, awaiting-guide", 1},
        {"    status: awaiting-guide\n", "", 94, "code:", "the key 'rate' is missing", 0},
        {"form: grant", "form: gift", 32, "gift", "one of: quota, grant", 1},
        {"form: grant", "form: quota", 35, "{crossing: keep", "granted for with form grant", 0},
        {"year-spending: {crossing: keep", "year-spending: {crossing: jump", 35, "jump",
         "one of: keep, recompute", 0},
        {"    least: 3.00", "    year-spending: {crossing: keep}\n    least: 3.00", 89, "3.00",
         "it goes into it", 0},
        {"amount: 200.00", "amount: 200.00\n    least: 1.00", 114, "1.00",
         "only measures of kind rate", 0},
        {"spending: [case]}", "spending: [case], payee: enterprise}", 93,
         "payee:", "unknown key 'payee'", 0},
    };
    CHECK_TABLE(table);
}

static void wrong_spending(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"spending: [case, year]", "spending: []", 30, "[]", "no fields are listed", 1},
        {"spending: [case, year]", "spending: [case, case]", 30, "case", "listed already", 0},
        {"spending: [case, year]", "spending: [case, none]", 30, "none", "is not declared", 0},
        {"spending: [case, year]", "spending: other", 30, "other", "'contract', or a list", 2},
        {"spending: [case, year]", "spending: [case, year, month, rent, start]", 30, "start",
         "5 fields: at most 4", 0},
        {"claim: [month]", "claim: [moon]", 51, "moon", "is not declared", 0},
        {"may-state: [area-of]", "may-state: [area-of, area-of]", 52, "area-of", "listed already",
         0},
    };
    CHECK_TABLE(table);
}

static void wrong_cases(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"      - {rate: 9 %}", "      - {rate: 9 %, refuse: x}", 42, "{rate: 9",
         "a case has one of", 0},
        {"      - {rate: 9 %}", "      - {when: {}}", 42, "{when:", "a case has one of", 0},
        {"      - {rate: 9 %}", "      - {amount: 9.00}", 42, "9.00", "gives none", 0},
        {"      - {rate: 9 %}", "      - {rate: 9 %}\n      - {rate: 8 %}", 43, "{rate: 8",
         "this case never applies", 0},
        {"    cases:", "    rate: 5 %\n    cases:", 38, "-", "one of: rate, amount, cases", 0},
        {"{level: [tin]}", "{level: [lead]}", 37, "lead", "one of: gold, tin", 0},
        {"{level: [tin]}", "{level: []}", 37, "[]", "no words are listed", 0},
        {"{level: [tin]}", "{colour: [tin]}", 37,
         "colour:", "is no field under 'fields', nor one of", 0},
        {"{from: 1, below: 9}", "{from: 1, above: 1}", 38, "1", "'from' is there too", 0},
        {"{from: 1, below: 9}", "{to: 1, below: 1}", 38, "1", "'to' is there too", 0},
        {"{from: 1, below: 9}", "{}", 38, "{}", "a range needs one of", 0},
        {"{from: 1, below: 9}", "{from: 9, below: 9}", 38, "{from: 9", "nothing lies in this range",
         0},
        {"{from: 1, below: 9}", "{from: 9, to: 8}", 38, "{from: 9", "nothing lies in this range",
         0},
        {"{from: 1, below: 9}", "{from: 1.5}", 38, "1.5", "a whole number", 0},
        {"trait: [red, blue]", "trait: [green]", 38, "green", "is not declared", 0},
        {"area: [West]", "area: [North]", 39, "North", "is not declared under 'areas'", 0},
        {"{from: 2, to: 3}", "{from: x}", 40, "x", "a whole number", 0},
        {"month: {to: 2025-05}", "month: {to: 2025}", 40, "2025", "a month is YYYY-MM", 0},
        {"{above: 0.00}", "{above: free}", 41, "free", "above", 0},
        {"case: [a, b]", "case: {from: 1}", 49, "{from: 1", "it should be a list", 0},
    };
    CHECK_TABLE(table);
}

static void wrong_claimants(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"claimant: either", "claimant: buyer", 85, "{claimant: seller", "only the buyer may claim",
         0},
        {"    claimant: either\n", "", 79, "code:", "the key 'claimant' is missing", 0},
        {"until: 2025-06-30", "until: soon", 85, "soon", "a day is YYYY-MM-DD", 0},
        {"first-right: {claimant: seller", "first-right: {claimant: either", 85, "either",
         "one of: buyer, seller", 0},
        {"    spending: [case, month]", "    spending: [case, month]\n    claimant: buyer", 72,
         "buyer", "the spending is no contract", 0},
        {"    spending: [case, month]", "    spending: [case, month]\n    parties: unrelated", 72,
         "unrelated", "it has no parties", 0},
        {"parties: unrelated", "parties: related", 86, "related", "one of: unrelated", 0},
        {"on: signed", "on: seats", 87, "seats", "it should be of: day", 0},
        {"holds: {any: [D], on: start}", "holds: {any: [D], on: signed}", 50, "signed",
         "'issue' or a field of type day", 0},
        {"holds: {any: [D], on: start}", "holds: {any: [U], on: start}", 50, "U",
         "is no measure of kind designation", 0},
        {"holds: {any: [D], on: start}", "holds: {any: [], on: start}", 50, "[]",
         "no designations are listed", 0},
        {"holds: {any: [D], on: start}", "holds: {any: [D]}", 50,
         "{any:", "the key 'on' is missing", 0},
        {"terms: [{from: start, ", "terms: [{from: signed, ", 48, "signed",
         "the spending is no contract", 0},
        {"months-at-least: 36", "months-at-least: 0", 48, "0", "from 1 to 1200", 0},
        {"\"2025-03-31T17:00:00+08:00\"", "\"2025-02-28T17:00:00+08:00\"", 45,
         "2025-02-28T17:00:00+08:00\"", "the window ends before it begins", 0},
        {"\"2025-03-31T17:00:00+08:00\"", "2025-03-31", 45, "2025-03-31", "to: ", 1},
        {"ends: inclusive", "ends: never", 46, "never", "one of: exclusive, inclusive", 0},
        {"        ends: inclusive\n", "", 44, "from:", "the key 'ends' is missing", 0},
        {"code-begins: [\"91\", \"12\"]", "code-begins: [\"9o\"]", 47, "9o\"", "capital letters",
         0},
        {"redeem-attestations: [seen]", "redeem-attestations: [heard]", 53, "heard",
         "is not declared", 0},
        {"applies: {from: 2025-03-01, to: 2025-04-30}",
         "applies: {from: 2025-03-01, to: 2025-02-28}", 33, "2025-02-28", "before it begins", 0},
        {"applies: {from: 2025-03-01, to: 2025-04-30}",
         "applies: {from: 2024-12-31, to: 2025-04-30}", 33, "{from: 2024", "among the policy's", 0},
        {"applies: {from: 2025-03-01, to: 2025-04-30}",
         "applies: {from: 2025-03-01, to: 2027-01-01}", 33, "{from: 2025", "among the policy's", 0},
        {"    least: 3.00", "    contract-signed: {from: 2025-03-01, to: 2025-02-28}", 88,
         "2025-02-28", "before it begins", 0},
    };
    CHECK_TABLE(table);
}

static void wrong_ceilings(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"scope: [enterprise, month]", "scope: [enterprise]", 56, "[enterprise]",
         "at least one field", 0},
        {"scope: [enterprise, month]", "scope: [none]", 56, "none", "is not declared", 1},
        {"scope: [enterprise, month]", "scope: [start]", 56, "U", "do not state the field 'start'",
         0},
        {"measures: [U]", "measures: [X]", 56, "X", "the measure 'X' is not there", 0},
        {"scope: related", "scope: friends", 60, "friends", "one of: enterprise, contract", 0},
        {"period: {months: 12}", "period: {months: 0}", 60, "0", "from 1 to 240", 0},
        {"period: {months: 12}", "period: month", 60, "month", "one of: policy, year", 0},
        {"claims: 3}", "claims: 0}", 60, "0", "from 1 to", 0},
        {"claims: 3}", "claims: 3, limit: 1.00}", 60, "3", "'limit' is there too", 0},
        {"event: issue, claims: 3}", "event: redeem, claims: 3}", 60, "{name: c",
         "with form grant what is issued is redeemed at once", 0},
        {"event: redeem, limit: 9.00}", "event: redeem, claims: 3}", 90, "{name: f",
         "claims are counted on event issue", 0},
        {"{share: 5 %, of: seats}", "{share: 5 %, of: rent}", 62, "rent", "it should be of: count",
         0},
        {"{share: 5 %, of: seats}", "{share: 5 %}", 62, "{share: 5", "the key 'of' is missing", 0},
        {"limit: {share: 50 %, of: rent}", "limit: {share: 50 %, of: seats}", 59, "seats",
         "it should be of: money", 0},
        {"limit: 9.00", "limit: {share: 50 %, of: rent}", 90, "{name: f", "looked at on event issue",
         0},
        {"limit: 7.00}", "limit: 0.00}", 63, "0.00", "would grant nothing", 0},
        {"{name: c, scope: related", "{scope: related", 60, "{scope: related",
         "the key 'name' is missing", 0},
        {"{name: c, ", "{name: b, ", 60, "{name: b", "two ceilings are called 'b'", 0},
        {"      - {scope: spending, period: year, event: issue, limit: 8.00}\n",
         "      - {scope: spending, period: year, event: issue, limit: 8.00}\n"
         "      - {scope: contract, period: year, event: issue, limit: 8.00, name: x}\n",
         65, "{scope: contract", "is there already", 0},
        {"{scope: spending, period: year, event: issue, limit: 8.00}",
         "{scope: spending, period: year, event: issue, limit: 8.00, measures: [U]}", 64, "U",
         "is another than this measure's", 0},
    };
    CHECK_TABLE(table);
}

/* One of them over several measures is another ceiling. */
static void the_same_over_others(void **state)
{
    (void)state;
    static const char *const both[] = {
        "- {name: x, scope: enterprise, period: year, event: issue, limit: 8.00, measures: [U]}\n"
        "      - {name: y, scope: enterprise, period: year, event: issue, limit: 9.00}\n",
        "- {name: y, scope: enterprise, period: year, event: issue, limit: 9.00}\n"
        "      - {name: x, scope: enterprise, period: year, event: issue, limit: 8.00, "
        "measures: [U]}\n"};
    const char *at = strstr(right, "- {scope: spending");
    for (int i = 0; i < 2; i++) {
        struct buf b = {0};
        struct policy *p = NULL;
        assert_int_equal(buf_add(&b, right, (size_t)(at - right)), 0);
        assert_int_equal(buf_add(&b, both[i], strlen(both[i])), 0);
        assert_int_equal(buf_add(&b, strchr(at, '\n') + 1, strlen(strchr(at, '\n') + 1)), 0);
        told = (struct mistakes){0};
        assert_int_equal(policy_read(SPAN(b.p, b.n), "x", &told, &p), 0);
        assert_int_equal(policy_measure(p, "R")->nceilings, 7);
        policy_free(p);
        buf_free(&b);
    }
}

static void wrong_groups_and_pools(void **state)
{
    (void)state;
    static const struct wrong table[] = {
        {"key: [case]", "key: [month]", 119, "[month]",
         "the spending of measure R does not have it", 0},
        {"key: [case]", "key: contract", 119, "contract",
         "the spending of measure R does not have it", 0},
        {"key: [case]", "key: [none]", 119, "none", "is not declared", 1},
        {"key: [case], ", "", 119, "[R", "the spending of measure U is another", 0},
        {"rule: exclude", "rule: sometimes", 119, "sometimes", "one of: top-up, exclude, add-up",
         0},
        {"rule: exclude", "rule: exclude, ceiling: 50 %", 119, "50",
         "it goes with rule add-up alone", 0},
        {"rule: exclude", "rule: add-up, ceiling: 50 %", 119, "[case]",
         "measure U is of another kind", 0},
        {"ceiling: 60 %, ", "", 120, "{name: two", "the key 'ceiling' is missing", 0},
        {"outside: excludes", "outside: forbidden", 120, "forbidden",
         "one of: counts, excludes, ignored", 0},
        {"period: policy, by: area", "period: month, by: area", 24, "month", "one of: year, policy",
         0},
        {"period: policy, by: area", "period: policy, by: year", 24, "year", "one of: area", 0},
        {"  - {name: P1, period: policy, by: area}\n",
         "  - {name: P1, period: policy, by: area}\n  - {name: P1, period: year}\n", 25, "P1",
         "the pool 'P1' is there already", 0},
    };
    CHECK_TABLE(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_claim_states),
        cmocka_unit_test(cases_and_conditions),
        cmocka_unit_test(who_may_claim_and_when),
        cmocka_unit_test(ceilings_and_their_tallies),
        cmocka_unit_test(when_a_ceiling_needs_a_tally),
        cmocka_unit_test(groups_and_pools),
        cmocka_unit_test(wrong_fields),
        cmocka_unit_test(wrong_kinds),
        cmocka_unit_test(wrong_spending),
        cmocka_unit_test(wrong_cases),
        cmocka_unit_test(wrong_claimants),
        cmocka_unit_test(wrong_ceilings),
        cmocka_unit_test(the_same_over_others),
        cmocka_unit_test(wrong_groups_and_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
