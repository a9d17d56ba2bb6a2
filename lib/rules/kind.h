/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of measures: what a claim is given before any ceiling. Each has a file of its own and a
 * line in the table of kind.c. */
#ifndef RULES_KIND_H
#define RULES_KIND_H

#include "rules/policy.h"
#include "rules/reason.h"

/* What the cases of a measure say. */
enum gives {
    GIVES_NOTHING = 0, /* no money */
    GIVES_RATE = 1,
    GIVES_AMOUNT = 2,
};

/* What a kind looks at. */
struct kind_case {
    const struct measure *measure;
    const struct facts *facts;
    struct rate rate;    /* applied: the case's, or what a review set below it */
    struct money amount; /* the case's */
    struct money base;   /* of GIVES_RATE: see claim_base */
};

struct policy_reader;
struct doc_node;

struct kind {
    const char *word; /* in policy files */
    enum gives gives;
    enum form form; /* where the file does not say */
    /* Reads its own keys of a measure; NULL: it has none. */
    void (*read)(struct policy_reader *r, struct doc_node *at, struct measure *m);
    /* Fills the limit that the kind alone gives; NULL: it gives no money. */
    void (*entitle)(const struct kind_case *c, struct limit *l);
};

extern const struct kind kind_rate, kind_unit, kind_unit_year, kind_person_month, kind_award,
    kind_interest, kind_designation;

/* By the word of policy files; NULL: there is none. All words, ended by NULL. */
const struct kind *kind_find(const char *word);
const char *const *kind_words(void);

/* floor(a x b x c / d), and the greatest amount there is where that is more. */
struct money kind_product(int64_t a, int64_t b, int64_t c, int64_t d);

#endif
