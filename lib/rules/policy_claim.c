/* SPDX-License-Identifier: Apache-2.0 */
/* Who may claim on a measure, when and with what, in a policy file. */
#include <stdio.h>
#include <string.h>

#include "rules/policy_reader.h"

/* The words of the file; the enumerations of policy.h begin at 1, in this order. */
static const char *const claimant_words[] = {"buyer", "seller", "either", NULL};
static const char *const ends_words[] = {"exclusive", "inclusive", NULL};
static const char *const parties_words[] = {"unrelated", NULL};

static void read_claimant(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *claimant = doc_may(r->d, at, "claimant");
    struct doc_node *first = doc_may(r->d, at, "first-right");
    if (!m->spending.contract) {
        if (claimant || first)
            doc_mistake(r->d, claimant ? claimant : first,
                        "the spending is no contract: nobody is its buyer or seller");
        return;
    }
    m->claimant = (enum claimant)policy_read_word(r, at, "claimant", claimant_words);
    if (!first)
        return;
    m->first = (enum claimant)policy_read_word(r, first, "claimant",
                                               (const char *const[]){"buyer", "seller", NULL});
    (void)doc_day(r->d, doc_need(r->d, first, "until"), "until", &m->first_until);
    doc_end(r->d, first);
    if (m->claimant && m->claimant != CLAIMANT_EITHER)
        doc_mistake(r->d, first, "first-right: only the %s may claim: it goes with claimant either",
                    claimant_words[m->claimant - 1]);
}

static void read_instant(struct policy_reader *r, struct doc_node *at, const char *key,
                         struct instant *out)
{
    char text[INSTANT_TEXT];
    struct fault f;
    if (doc_text(r->d, at, text, sizeof text - 1) && instant_parse(text, key, &f, out) < 0)
        doc_fault(r->d, at, &f);
}

static void read_intakes(struct policy_reader *r, struct doc_node *seq, struct measure *m)
{
    int n = policy_read_count(r, seq, 1, LIMIT_INTAKES, N_("windows"));
    for (int i = 0; i < n; i++) {
        struct intake *w = &m->intakes[m->nintakes++];
        struct doc_node *at = doc_item(r->d, seq, i), *to = doc_need(r->d, at, "to");
        read_instant(r, doc_need(r->d, at, "from"), "from", &w->from);
        read_instant(r, to, "to", &w->to);
        w->to_inclusive = policy_read_word(r, at, "ends", ends_words) == 2;
        doc_end(r->d, at);
        if (w->to.us < w->from.us)
            doc_mistake(r->d, to, "to: the window ends before it begins: give a later time");
    }
}

/* A field of type day, or one of the words given. */
static int read_day_field(struct policy_reader *r, struct doc_node *at, struct measure *m,
                          const char *const words[], const int values[])
{
    name_text name;
    if (!at)
        return -1;
    struct doc_node *same = at;
    if (!doc_is_list(at) && !doc_is_map(at) && doc_text(r->d, same, name, LIMIT_NAME))
        for (int i = 0; words[i]; i++)
            if (strcmp(words[i], name) == 0)
                return values[i];
    return policy_read_field(r, at, m, 1U << FACT_DAY, true);
}

static void read_terms(struct policy_reader *r, struct doc_node *seq, struct measure *m)
{
    int n = policy_read_count(r, seq, 1, LIMIT_TERMS, N_("terms"));
    for (int i = 0; i < n; i++) {
        struct term *t = &m->terms[m->nterms++];
        struct doc_node *at = doc_item(r->d, seq, i), *from = doc_need(r->d, at, "from");
        t->from =
            read_day_field(r, from, m, (const char *const[]){"signed", NULL}, (const int[]){-1});
        t->to = policy_read_field(r, doc_need(r->d, at, "to"), m, 1U << FACT_DAY, true);
        (void)doc_int(r->d, doc_need(r->d, at, "months-at-least"), "months-at-least", 1, 1200,
                      &t->months);
        doc_end(r->d, at);
        if (from && t->from < 0 && !m->spending.contract)
            doc_mistake(r->d, from, "from: the spending is no contract: name a field of type day");
    }
}

static void read_codes(struct policy_reader *r, struct doc_node *seq, struct measure *m)
{
    const struct names to = {N_("code"), "codes", m->codes, &m->ncodes, LIMIT_HOLDS};
    policy_read_names(r, seq, &to, NULL);
    for (int i = 0; i < m->ncodes; i++)
        if (strlen(m->codes[i]) > 18 ||
            strspn(m->codes[i], "0123456789ABCDEFGHJKLMNPQRTUWXY") != strlen(m->codes[i]))
            doc_mistake(r->d, doc_item(r->d, seq, i),
                        "'%s': credit codes begin with digits and capital letters, like 91",
                        m->codes[i]);
}

/* {any: [CODES], on: FIELD, `signed` or `issue`}; the codes are read when all measures are known.
 */
static void read_holds(struct policy_reader *r, struct doc_node *at, struct measure *m,
                       struct holds *h)
{
    struct doc_node *on = doc_need(r->d, at, "on");
    (void)doc_need(r->d, at, "any");
    h->on = read_day_field(r, on, m, (const char *const[]){"issue", "signed", NULL},
                           (const int[]){ON_ISSUE, ON_SIGNED});
    doc_end(r->d, at);
    if (h->on == ON_SIGNED && !m->spending.contract)
        doc_mistake(r->d, on, "on: the spending is no contract: 'issue' or a field of type day");
}

void policy_read_claim(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    struct doc_node *intake = doc_may(r->d, at, "intake"), *terms = doc_may(r->d, at, "terms");
    struct doc_node *seller = doc_may(r->d, at, "seller-holds"), *own = doc_may(r->d, at, "holds");
    struct doc_node *require = doc_may(r->d, at, "require");
    struct doc_node *parties = doc_may(r->d, at, "parties");
    read_claimant(r, at, m);
    if (intake)
        read_intakes(r, intake, m);
    if (terms)
        read_terms(r, terms, m);
    read_codes(r, doc_may(r->d, at, "code-begins"), m);
    policy_read_condition(r, require, m, &m->require);
    if (parties)
        m->parties_unrelated = policy_read_word_if(r, at, "parties", parties_words) == 1;
    if (seller)
        read_holds(r, seller, m, &m->seller_holds);
    if (own)
        read_holds(r, own, m, &m->holds);
    if ((parties || seller) && !m->spending.contract)
        doc_mistake(r->d, parties ? parties : seller,
                    "the spending is no contract: it has no parties");
}

static void link_holds(struct policy_reader *r, struct doc_node *at, struct holds *h)
{
    struct doc_node *seq = at ? doc_may(r->d, at, "any") : NULL;
    int n = policy_read_count(r, seq, 1, LIMIT_HOLDS, N_("designations"));
    for (int i = 0; i < n; i++) {
        struct doc_node *item = doc_item(r->d, seq, i);
        char *code = h->any[h->n];
        if (!doc_text(r->d, item, code, LIMIT_CODE))
            continue;
        const struct measure *d = policy_measure(r->p, code);
        if (d && d->kind == &kind_designation)
            h->n++;
        else
            doc_mistake(r->d, item, "'%s' is no measure of kind designation", code);
    }
}

void policy_link_holds(struct policy_reader *r, struct doc_node *at, struct measure *m)
{
    link_holds(r, doc_may(r->d, at, "seller-holds"), &m->seller_holds);
    link_holds(r, doc_may(r->d, at, "holds"), &m->holds);
}
