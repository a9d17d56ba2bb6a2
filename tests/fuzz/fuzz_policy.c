/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file: one that is taken can be decided by, one that is not has its mistakes told at
 * places that are in the file. The same bytes are always the same policy. */
#include "rules/condition.h"
#include "rules/grant.h"
#include "rules/policy_file.h"
#include "rules/split.h"
#include "tests/fuzz/mistakes.h"
#include "tests/unit/rules/same.h"

static struct mistakes mistakes, again;

static void names_sound(const struct policy *p)
{
    assert_in_range(p->nareas, 1, LIMIT_AREAS);
    for (int i = 0; i < p->nareas; i++) {
        const struct area *a = policy_area(p, p->areas[i].code);
        assert_true(a == &p->areas[p->areas[i].now]);
        assert_true(a->now == a - p->areas);
    }
    for (int i = 0; i < p->ntraits; i++)
        assert_true(policy_has_trait(p, p->traits[i]));
    for (int i = 0; i < p->nattestations; i++)
        assert_true(policy_has_attestation(p, p->attestations[i]));
    assert_false(policy_has_trait(p, ""));
}

static void days_sound(const struct policy *p, const struct measure *m)
{
    assert_true(m->first_day.n <= m->last_day.n);
    for (struct day d = m->first_day; d.n <= m->last_day.n;
         d.n += 1 + (m->last_day.n - m->first_day.n) / 16) {
        struct day to = policy_valid_to(p, m, d), redeem = policy_redeem_to(p, to);
        assert_true(d.n <= to.n && to.n <= m->last_day.n && to.n <= redeem.n &&
                    redeem.n <= DAY_MAX);
    }
}

/* Facts of every field that the measure may state, of about that size. */
static void state(const struct policy *p, int64_t n, struct facts *f)
{
    memset(f, 0, sizeof *f);
    for (int i = 0; i < p->nfields; i++) {
        const struct claim_field *field = &p->fields[i];
        struct fact_value *v = &f->of[i];
        v->given = true;
        v->text = "x";
        v->n = n;
        if (field->form == FACT_WORD) {
            v->n = n % field->nwords;
            v->text = field->words[v->n];
        } else if (field->form == FACT_COUNT || field->form == FACT_QUANTITY) {
            v->n = n % (QUANTITY_MOST * QUANTITY_ONE + 1);
        } else if (field->form >= FACT_DAY) {
            v->n = n % DAY_MAX;
        }
    }
}

static bool has_trait(const void *arg, const char *name)
{
    return (name[0] ^ *(const char *)arg) & 1;
}

/* Conditions are looked at, whatever is stated. */
static const struct rule_case *case_sound(const struct policy *p, const struct measure *m,
                                          const struct facts *f, int64_t fen)
{
    char odd = (char)(fen & 1);
    const struct test *failed = NULL;
    struct circumstances x = {.policy = p,
                              .measure = m,
                              .facts = f,
                              .code = {"913501000000000000"},
                              .area = p->areas[fen % p->nareas].code,
                              .base = MONEY(fen),
                              .enjoyed = (int)(fen % 5) + 1,
                              .has_trait = has_trait,
                              .arg = &odd};
    if (!condition_holds(&m->require, &x, &failed))
        assert_true(strlen(test_name(p, failed)) > 0);
    return case_find(m, &x);
}

static void grant_sound(const struct policy *p, const struct measure *m, int64_t fen)
{
    char text[8192];
    struct explanation e = {0};
    struct money face, lines[LIMIT_LINES], parts[LIMIT_LINES];
    struct facts facts;
    state(p, fen, &facts);
    const struct rule_case *applies = case_sound(p, m, &facts, fen);
    if (!applies || applies->refusal[0] || m->kind->gives == GIVES_NOTHING)
        return;
    struct grant_case c = {.measure = m,
                           .group = m->group >= 0 ? &p->groups[m->group] : NULL,
                           .facts = &facts,
                           .rate = applies->rate,
                           .amount = applies->amount,
                           .base = MONEY(fen)};
    for (int i = 0; i < m->nshares; i++)
        lines[i] = MONEY(fen / (i + 1));
    c.lines = lines;
    c.available = split_available(m, lines);
    enum reason reason = grant_decide(&c, &e, &face);
    assert_in_range(e.nlimits, 1, LIMIT_LIMITS);
    explanation_text(&e, text, sizeof text);
    text_sound(text, sizeof text);
    if (reason != REASON_NONE)
        return;
    assert_in_range(face.fen, 1, LIMIT_AMOUNT_FEN);
    if (m->kind->gives == GIVES_RATE && m->kind == &kind_rate)
        assert_true(face.fen <= money_rate(c.base, applies->rate).fen);
    for (int i = 0; i < e.nlimits; i++)
        assert_true(face.fen <= e.limits[i].at_most.fen);
    assert_true(split_fits(m, face, lines));
    split_face(m, face, parts);
    for (int i = 0; i < m->nshares; i++) {
        assert_true(parts[i].fen >= 0 && parts[i].fen <= lines[i].fen);
        face.fen -= parts[i].fen;
    }
    assert_int_equal(face.fen, 0);
}

static void fields_sound(const struct policy *p, const struct spending *s)
{
    assert_true(s->contract ? s->n == 0 : s->n >= 1 && s->n <= LIMIT_KEY_FIELDS);
    for (int i = 0; i < s->n; i++)
        assert_in_range(s->fields[i], 0, p->nfields - 1);
}

static void ceilings_sound(const struct policy *p, const struct measure *m)
{
    int own = policy_measure_index(p, m);
    for (int i = 0; i < m->nceilings; i++) {
        const struct ceiling *c = &m->ceilings[i];
        assert_true(c->measures >> own & 1);
        assert_true(c->of < p->nfields && strlen(c->name) > 0);
        if (ceiling_has_tally(c)) {
            bool found = false;
            for (int t = 0; t < m->ntallies; t++)
                found = found || tally_is_of(&m->tallies[t], c);
            assert_true(found);
        }
    }
}

static void measures_sound(const struct policy *p)
{
    assert_in_range(p->nmeasures, 1, LIMIT_MEASURES);
    for (int i = 0; i < p->nmeasures; i++) {
        const struct measure *m = &p->measures[i];
        uint32_t ppm = 0;
        assert_true(policy_measure(p, m->code) == m);
        assert_true(m->group < p->ngroups);
        assert_non_null(m->kind);
        assert_in_range(m->ncases, 1, LIMIT_CASES);
        assert_true((m->must_state & ~m->may_state) == 0);
        fields_sound(p, &m->spending);
        fields_sound(p, policy_key(p, m));
        days_sound(p, m);
        ceilings_sound(p, m);
        for (int64_t fen = 1; fen <= LIMIT_AMOUNT_FEN; fen = fen * 997 + 1)
            grant_sound(p, m, fen);
        grant_sound(p, m, LIMIT_AMOUNT_FEN);
        if (m->kind->gives == GIVES_NOTHING)
            continue;
        assert_in_range(m->nshares, 1, LIMIT_LINES);
        assert_in_range(m->odd, 0, m->nshares - 1);
        for (int s = 0; s < m->nshares; s++)
            ppm += m->shares[s].share.ppm;
        assert_int_equal(ppm, RATE_ONE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct policy *policy = NULL, *same = NULL;
    mistakes.n = mistakes.more = again.n = again.more = 0;
    int rc = policy_read(SPAN(p, n), "file", &mistakes, &policy);
    mistakes_sound(&mistakes, SPAN(p, n));
    if (rc < 0) {
        assert_int_equal(rc, ERR_INVALID);
        assert_true(mistakes.n > 0);
        assert_null(policy);
        return 0;
    }
    assert_int_equal(mistakes.n, 0);
    assert_int_equal(policy_read(SPAN(p, n), "file", &again, &same), 0);
    assert_same_policy(policy, same);
    names_sound(policy);
    measures_sound(policy);
    policy_free(policy);
    policy_free(same);
    return 0;
}
