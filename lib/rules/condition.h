/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of a measure: what must hold for a case to apply, or for a claim to be taken at all.
 */
#ifndef RULES_CONDITION_H
#define RULES_CONDITION_H

#include "base/uscc.h"
#include "rules/policy.h"

/* What conditions look at: the caller has looked it up. */
struct circumstances {
    const struct policy *policy;
    const struct measure *measure;
    const struct facts *facts;
    struct uscc code;     /* of the beneficiary */
    const char *area;     /* its area's code */
    struct money base;    /* of the claim, or the year's spending with it */
    int enjoyed;          /* which year of enjoyment this is, from 1 */
    struct money outside; /* support from outside for the spending */
    bool (*has_trait)(const void *arg, const char *name);
    const void *arg;
};

/* Whether all tests hold; else *failed is the first that does not. */
bool condition_holds(const struct condition *c, const struct circumstances *x,
                     const struct test **failed);

/* What a test looks at, as the policy file calls it. */
const char *test_name(const struct policy *p, const struct test *t);

/* The first case that applies; NULL: none does. */
const struct rule_case *case_find(const struct measure *m, const struct circumstances *x);

#endif
