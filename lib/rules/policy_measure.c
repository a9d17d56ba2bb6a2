/* SPDX-License-Identifier: Apache-2.0 */
/* One measure of a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const kind_words[] = {"rate", NULL};
static const char *const claimant_words[] = {"buyer", "seller", NULL};
static const char *const payee_words[] = {"enterprise", "provider", NULL};
static const char *const shortfall_words[] = {"refuse", "partial", NULL};

/* One line {source: NAME, share: RATE}; whether its share could be read. */
static bool read_share(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct names from = {N_("source"), "sources", r->sources, &r->nsources, SOURCES_MAX};
    struct fund_share s = {0};
    char known[200];
    struct doc_node *source = doc_need(r->d, at, "source"), *share = doc_need(r->d, at, "share");
    bool named = doc_text(r->d, source, s.source, LIMIT_NAME);
    bool ok = doc_rate(r->d, share, "share", &s.share);
    doc_end(r->d, at);
    if (named && names_find(&from, s.source) < 0)
        doc_mistake(r->d, source, "the source '%s' is not declared: under 'sources' stand: %s",
                    s.source, names_join(&from, known, sizeof known));
    if (ok && s.share.ppm == 0)
        doc_mistake(r->d, share,
                    "share: a share is above 0 %%: leave a line out that gives nothing");
    for (int i = 0; named && i < m->nshares; i++)
        if (strcmp(m->shares[i].source, s.source) == 0)
            doc_mistake(r->d, source, "the source '%s' has a share already: add them up", s.source);
    m->shares[m->nshares++] = s;
    return ok;
}

static void read_shares(struct policy_reader *r, struct doc_node *map, struct measure *m)
{
    char text[MONEY_TEXT], known[200] = "";
    name_text odd;
    struct rate sum = {0};
    struct doc_node *lines = doc_need(r->d, map, "fund-lines");
    struct doc_node *odd_at = doc_may(r->d, map, "odd-fen");
    int n = policy_read_count(r, lines, 1, LIMIT_LINES, N_("fund lines"));
    bool ok = lines && n == doc_count(r->d, lines);
    for (int i = 0; i < n; i++) {
        ok = read_share(r, doc_item(r->d, lines, i), m) && ok;
        sum.ppm += m->shares[i].share.ppm;
        size_t at = strlen(known);
        snprintf(known + at, sizeof known - at, "%s%s", i ? ", " : "", m->shares[i].source);
    }
    if (n > 0 && ok && sum.ppm != RATE_ONE)
        doc_mistake(r->d, lines, "the shares make %s: they must make 100 %% together",
                    rate_format(sum, text));
    if (n > 1 && !odd_at)
        doc_mistake(r->d, lines,
                    "the key 'odd-fen' is missing: with more than one fund line it "
                    "names the one that takes the odd fen, one of: %s",
                    known);
    if (n == 0 || !doc_text(r->d, odd_at, odd, LIMIT_NAME))
        return;
    for (m->odd = 0; m->odd < n && strcmp(m->shares[m->odd].source, odd) != 0;)
        m->odd++;
    if (m->odd == n)
        doc_mistake(r->d, odd_at, "odd-fen: '%s' has no share in this measure: one of: %s", odd,
                    known);
}

/* What a claim must have besides its contract. */
static void read_conditions(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct policy *p = r->p;
    const struct names traits = {N_("trait"), "traits", p->traits, &p->ntraits, 0};
    const struct names attestations = {N_("attestation"), "attestations", p->attestations,
                                       &p->nattestations, 0};
    const struct names own_traits = {N_("trait"), "traits", m->traits, &m->ntraits, LIMIT_TRAITS};
    const struct names own_attestations = {N_("attestation"), "attestations", m->attestations,
                                           &m->nattestations, LIMIT_ATTESTATIONS};
    struct doc_node *window = doc_may(r->d, at, "contract-signed");
    policy_read_names(r, doc_may(r->d, at, "traits"), &own_traits, &traits);
    policy_read_names(r, doc_may(r->d, at, "attestations"), &own_attestations, &attestations);
    m->has_window = window && policy_read_period(r, window, N_("contract-signed: the window"),
                                                 &m->signed_from, &m->signed_to);
}

static void check_code(struct policy_reader *r, struct doc_node *at, const struct measure *m)
{
    if (strchr(m->code, ' ') || strchr(m->code, ','))
        doc_mistake(r->d, at, "code: '%s': a measure's code has no blanks or commas, like 3A",
                    m->code);
    if (policy_measure(r->p, m->code))
        doc_mistake(r->d, at, "the measure '%s' is there already: a code stands for one measure",
                    m->code);
}

void policy_read_measure(struct policy_reader *r, struct doc_node *at)
{
    struct measure *m = &r->p->measures[r->p->nmeasures];
    struct doc_node *code = doc_need(r->d, at, "code"), *rate;
    m->group = -1;
    if (doc_text(r->d, code, m->code, LIMIT_CODE))
        check_code(r, code, m);
    (void)doc_text(r->d, doc_need(r->d, at, "name"), m->name, LIMIT_NAME);
    (void)doc_text(r->d, doc_need(r->d, at, "english"), m->english, LIMIT_NAME);
    m->kind = (enum measure_kind)policy_read_word(r, at, "kind", kind_words);
    rate = doc_need(r->d, at, "rate");
    if (doc_rate(r->d, rate, "rate", &m->rate) && m->rate.ppm == 0)
        doc_mistake(r->d, rate, "rate: 0 %% would grant nothing: above 0 %%, at most 100 %%");
    m->claimant = (enum claimant)policy_read_word(r, at, "claimant", claimant_words);
    m->payee = (enum payee)policy_read_word(r, at, "payee", payee_words);
    policy_read_ceilings(r, at, m);
    read_conditions(r, at, m);
    read_shares(r, at, m);
    m->shortfall = (enum shortfall)policy_read_word(r, at, "when-short", shortfall_words);
    doc_end(r->d, at);
    r->p->nmeasures++;
}
