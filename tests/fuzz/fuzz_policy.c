/* SPDX-License-Identifier: Apache-2.0 */
/* A policy file: one that is taken can be decided by, one that is not has its mistakes told at
 * places that are in the file. The same bytes are always the same policy. */
#include "rules/grant.h"
#include "rules/policy_file.h"
#include "rules/split.h"
#include "tests/fuzz/mistakes.h"

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

static void days_sound(const struct policy *p)
{
    assert_true(p->first.n <= p->last.n);
    for (struct day d = p->first; d.n <= p->last.n; d.n += 1 + (p->last.n - p->first.n) / 16) {
        struct day to = policy_valid_to(p, d), redeem = policy_redeem_to(p, d);
        assert_true(d.n <= to.n && to.n <= p->last.n && to.n <= redeem.n && redeem.n <= DAY_MAX);
    }
}

static void grant_sound(const struct measure *m, int64_t fen)
{
    char text[8192];
    struct explanation e = {0};
    struct money face, lines[LIMIT_LINES], parts[LIMIT_LINES];
    struct grant_case c = {.measure = m, .base = MONEY(fen)};
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
    assert_in_range(face.fen, 1, money_rate(c.base, m->rate).fen);
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

static void measures_sound(const struct policy *p)
{
    assert_in_range(p->nmeasures, 1, LIMIT_MEASURES);
    for (int i = 0; i < p->nmeasures; i++) {
        const struct measure *m = &p->measures[i];
        uint32_t ppm = 0;
        assert_true(policy_measure(p, m->code) == m);
        assert_in_range(m->nshares, 1, LIMIT_LINES);
        assert_in_range(m->odd, 0, m->nshares - 1);
        assert_true(m->group < p->ngroups);
        for (int s = 0; s < m->nshares; s++)
            ppm += m->shares[s].share.ppm;
        assert_int_equal(ppm, RATE_ONE);
        for (int64_t fen = 1; fen <= LIMIT_AMOUNT_FEN; fen = fen * 997 + 1)
            grant_sound(m, fen);
        grant_sound(m, LIMIT_AMOUNT_FEN);
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
    assert_memory_equal(policy, same, sizeof *policy);
    names_sound(policy);
    days_sound(policy);
    measures_sound(policy);
    policy_free(policy);
    policy_free(same);
    return 0;
}
