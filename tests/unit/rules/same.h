/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two policies are the same, wherever their lists lie in memory. */
#ifndef TESTS_RULES_SAME_H
#define TESTS_RULES_SAME_H

#include <stdlib.h>
#include <string.h>

#include "rules/policy.h"

/* Also the bytes between members: a policy is made of zeros. */
static inline void assert_same_policy(const struct policy *a, const struct policy *b)
{
    struct policy *x = malloc(sizeof *x), *y = malloc(sizeof *y);
    assert_non_null(x);
    assert_non_null(y);
    memcpy(x, a, sizeof *x);
    memcpy(y, b, sizeof *y);
    memset(&x->arena, 0, sizeof x->arena);
    memset(&y->arena, 0, sizeof y->arena);
    assert_int_equal(a->nfields, b->nfields);
    assert_int_equal(a->nmeasures, b->nmeasures);
    for (int i = 0; i < a->nfields; i++) {
        const struct claim_field *f = &a->fields[i], *g = &b->fields[i];
        assert_int_equal(f->nwords, g->nwords);
        if (f->nwords)
            assert_memory_equal(f->words, g->words, (size_t)f->nwords * sizeof *f->words);
        x->fields[i].words = y->fields[i].words = NULL;
    }
    for (int i = 0; i < a->nmeasures; i++) {
        const struct measure *m = &a->measures[i], *n = &b->measures[i];
        assert_int_equal(m->ncases, n->ncases);
        if (m->ncases)
            assert_memory_equal(m->cases, n->cases, (size_t)m->ncases * sizeof *m->cases);
        x->measures[i].cases = y->measures[i].cases = NULL;
    }
    assert_memory_equal(x, y, sizeof *x);
    free(x);
    free(y);
}

#endif
