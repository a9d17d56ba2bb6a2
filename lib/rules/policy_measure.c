/* SPDX-License-Identifier: Apache-2.0 */
/* One measure of a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const status_words[] = {"in-force", "awaiting-guide", NULL};
static const char *const form_words[] = {"quota", "grant", NULL};
static const char *const crossing_words[] = {"keep", "recompute", NULL};
static const char *const payee_words[] = {"enterprise", "provider", NULL};
static const char *const shortfall_words[] = {"refuse", "partial", "queue", "round", NULL};

/* One line {source: NAME, share: RATE}; whether its share could be read. */
static bool read_share(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct names from = {N_("source"), "sources", r->sources, &r->nsources, SOURCES_MAX};
    struct fund_share s = {0};
    char known[200];
    struct doc_node *source = doc_need(r->d, at, "source"), *share = doc_need(r->d, at, "share");
    struct doc_node *pool = doc_may(r->d, at, "pool");
    bool named = doc_text(r->d, source, s.source, LIMIT_NAME);
    bool ok = doc_rate(r->d, share, "share", &s.share);
    memcpy(s.pool, m->code, sizeof s.pool);
    (void)doc_text(r->d, pool, s.pool, LIMIT_CODE);
    for (int i = 0; i < r->p->npools; i++)
        if (strcmp(r->p->pools[i].name, s.pool) == 0) {
            s.life = r->p->pools[i].life;
            s.by_area = r->p->pools[i].by_area;
        }
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
    const struct names own_redeem = {N_("attestation"), "attestations", m->redeem_attestations,
                                     &m->nredeem_attestations, LIMIT_ATTESTATIONS};
    struct doc_node *window = doc_may(r->d, at, "contract-signed");
    policy_read_names(r, doc_may(r->d, at, "traits"), &own_traits, &traits);
    policy_read_names(r, doc_may(r->d, at, "attestations"), &own_attestations, &attestations);
    policy_read_names(r, doc_may(r->d, at, "redeem-attestations"), &own_redeem, &attestations);
    if (window && !m->spending.contract)
        doc_mistake(r->d, window, "contract-signed: the spending is no contract");
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

/* {crossing: WORD, least: AMOUNT}, or a least amount of each claim. */
static void read_spending_rules(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *year = doc_may(r->d, at, "year-spending"), *least = doc_may(r->d, at, "least");
    bool rate = m->kind == &kind_rate;
    if (year) {
        m->crossing = (enum crossing)policy_read_word(r, year, "crossing", crossing_words);
        (void)doc_money(r->d, doc_may(r->d, year, "least"), "least", &m->least);
        doc_end(r->d, year);
    }
    if (year && m->form == FORM_QUOTA && (m->crossing == CROSSING_RECOMPUTE || m->least.fen > 0))
        doc_mistake(r->d, year,
                    "a year's spending is granted for with form grant: the invoices of "
                    "one claim are not those of the year");
    if (year && least)
        doc_mistake(r->d, least, "least: 'year-spending' is there too: it goes into it");
    else
        (void)doc_money(r->d, least, "least", &m->least);
    if ((year || least) && m->kind && !rate)
        doc_mistake(r->d, year ? year : least,
                    "only measures of kind rate look at an amount spent");
}

static void read_fields(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    int list[LIMIT_FIELDS];
    m->base = m->quantity = m->principal = m->interest_from = m->interest_to = -1;
    (void)policy_read_spending(r, doc_may(r->d, at, "spending"), m, &m->spending);
    (void)policy_read_field_list(r, doc_may(r->d, at, "claim"), m, true, LIMIT_FACTS, list);
    (void)policy_read_field_list(r, doc_may(r->d, at, "may-state"), m, false, LIMIT_FACTS, list);
}

/* Its dates: the policy's where it has none of its own. */
static void read_dates(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *own = doc_may(r->d, at, "applies");
    m->first_day = r->p->first;
    m->last_day = r->p->last;
    if (own &&
        policy_read_period(r, own, N_("applies: the measure"), &m->first_day, &m->last_day) &&
        r->p->last.n > 0 && (m->first_day.n < r->p->first.n || m->last_day.n > r->p->last.n))
        doc_mistake(r->d, own, "applies: the measure's days are not all among the policy's");
}

static void read_kind(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    const char *const *words = kind_words();
    int i = policy_read_word(r, at, "kind", words);
    m->kind = i ? kind_find(words[i - 1]) : NULL;
    m->status = (enum status)policy_read_word_if(r, at, "status", status_words);
    if (m->status == 0)
        m->status = STATUS_IN_FORCE;
    m->form = (enum form)policy_read_word_if(r, at, "form", form_words);
    if (m->form == 0)
        m->form = m->kind ? m->kind->form : FORM_QUOTA;
}

static void read_money(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    if (m->kind == &kind_designation)
        return;
    m->payee = (enum payee)policy_read_word(r, at, "payee", payee_words);
    if (m->payee == PAYEE_PROVIDER && !m->spending.contract)
        doc_mistake(r->d, doc_may(r->d, at, "payee"),
                    "payee: the spending is no contract: nobody provides it");
    policy_read_ceilings(r, at, m);
    read_shares(r, at, m);
    m->shortfall = (enum shortfall)policy_read_word(r, at, "when-short", shortfall_words);
    if (m->shortfall == SHORTFALL_ROUND && (m->nshares > 1 || m->shares[0].by_area))
        doc_mistake(r->d, doc_may(r->d, at, "when-short"),
                    "when-short: a round divides the money of one fund line: list one, of a pool "
                    "that is not by area");
}

void policy_read_measure(struct policy_reader *r, struct doc_node *at)
{
    struct measure *m = &r->p->measures[r->p->nmeasures];
    struct doc_node *code = doc_need(r->d, at, "code");
    m->group = -1;
    if (doc_text(r->d, code, m->code, LIMIT_CODE))
        check_code(r, code, m);
    (void)doc_text(r->d, doc_need(r->d, at, "name"), m->name, LIMIT_NAME);
    (void)doc_text(r->d, doc_need(r->d, at, "english"), m->english, LIMIT_NAME);
    (void)doc_text(r->d, doc_may(r->d, at, "document"), m->document, LIMIT_TEXT);
    read_kind(r, at, m);
    read_dates(r, at, m);
    read_fields(r, at, m);
    if (m->kind && m->kind->read)
        m->kind->read(r, at, m);
    policy_read_cases(r, at, m);
    read_spending_rules(r, at, m);
    policy_read_claim(r, at, m);
    read_conditions(r, at, m);
    read_money(r, at, m);
    doc_end(r->d, at);
    r->p->nmeasures++;
}
