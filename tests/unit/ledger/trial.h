/* SPDX-License-Identifier: Apache-2.0 */
/* A world with a policy that has a measure for each rule, and claims that state facts. */
#ifndef TEST_LEDGER_TRIAL_H
#define TEST_LEDGER_TRIAL_H

#include "tests/unit/ledger/world.h"

#define TRIAL "tests/policies/trial.yaml"
#define ANN   "0123abcd:00112233445566778899aabbccddeeff"
#define BOB   "0123abcd:ffeeddccbbaa99887766554433221100"
#define EVE   "0123abce:ffeeddccbbaa99887766554433221100" /* known by another key */

/* 100,000.00 on each line that some measure draws on, of one year. */
static inline void appropriate_all(struct world *w, int year)
{
    const struct policy *p = policies_get(w->main.policies, 1);
    for (int i = 0; i < p->nmeasures; i++)
        for (int k = 0; k < p->measures[i].nshares; k++)
            done(w, make_appropriate(p->measures[i].shares[k].pool, year,
                                     p->measures[i].shares[k].source, YUAN(100000)));
}

/* SELLER, BUYER and THIRD are in the East, OTHER is in the West. */
static inline struct world *trial(void)
{
    struct world *w = world_with(TRIAL);
    appropriate_all(w, 2025);
    done(w, make_enterprise(SELLER, "10"));
    done(w, make_enterprise(BUYER, "10"));
    done(w, make_enterprise(OTHER, "20"));
    done(w, make_enterprise(THIRD, "10"));
    return w;
}

/* The policy file with every `find` replaced. */
static inline struct span replaced_file(struct world *w, const char *find, const char *with)
{
    struct span file = file_of(w, TRIAL);
    struct buf b = {0};
    const uint8_t *p = file.p, *last = p + file.n, *hit;
    while ((hit = memmem(p, (size_t)(last - p), find, strlen(find)))) {
        assert_int_equal(buf_add(&b, p, (size_t)(hit - p)), 0);
        assert_int_equal(buf_add(&b, with, strlen(with)), 0);
        p = hit + strlen(find);
    }
    assert_true(p > file.p);
    assert_int_equal(buf_add(&b, p, (size_t)(last - p)), 0);
    assert_true(w->nfiles < 8);
    return w->files[w->nfiles++] = SPAN(b.p, b.n);
}

static inline void with_fact(struct world *w, struct command *c, const char *name,
                             const char *value)
{
    struct fact *facts = arena_alloc(&w->a, LIMIT_FACTS * sizeof *facts);
    assert_non_null(facts);
    int n = c->issue.nfacts;
    assert_true(n < LIMIT_FACTS);
    if (n)
        memcpy(facts, c->issue.facts, (size_t)n * sizeof *facts);
    facts[n] = (struct fact){name, value};
    c->issue.facts = facts;
    c->issue.nfacts = n + 1;
}

/* A claim that states up to three facts; NULL ends them. */
static inline struct command claim(struct world *w, const char *measure, struct uscc who,
                                   const char *const facts[])
{
    struct command c = make_issue(measure, who, NULL);
    for (int i = 0; facts[i]; i += 2)
        with_fact(w, &c, facts[i], facts[i + 1]);
    return c;
}
#define FACTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* A claim whose spending is one case. */
static inline struct command claim_case(struct world *w, const char *measure, struct uscc who,
                                        const char *name)
{
    return claim(w, measure, who, FACTS("case", name));
}

static inline struct command outside_case(struct world *w, const char *measure, const char *name,
                                          int64_t fen)
{
    struct fact *f = arena_alloc(&w->a, sizeof *f);
    struct command c = make(COMMAND_ADD_OUTSIDE);
    assert_non_null(f);
    *f = (struct fact){"case", name};
    c.add_outside = (struct add_outside){.measure = measure,
                                         .facts = f,
                                         .nfacts = 1,
                                         .amount = MONEY(fen),
                                         .document = "a document"};
    return c;
}

static inline struct command make_related(struct uscc u, const char *group)
{
    struct command c = make_amend(u);
    c.amend_enterprise.related = group;
    return c;
}

static inline struct command signed_on(const char *number, int64_t fen, struct day day)
{
    struct command c = make_contract(number, SELLER, BUYER, fen);
    c.add_contract.signed_on = day;
    return c;
}

#endif
