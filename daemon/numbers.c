/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/numbers.h"

#include <stdlib.h>

#define FIRST_CAP 16
#define KEPT_CAP                                                                                   \
    256 /* of an empty set: many connections that had many are not to keep the room                \
         */

/* Clients count upwards; a peer that picks colliding numbers slows down its own connection, and
 * that no further than one walk over LIMIT_UNDER_WAY places. */
static unsigned home(const struct numbers *s, uint64_t number)
{
    return (unsigned)((number * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (s->cap - 1);
}

/* Where the number is, or the free place where it would be put. */
static unsigned place(const struct numbers *s, uint64_t number)
{
    unsigned i = home(s, number);
    while (s->taken[i] && s->at[i] != number)
        i = (i + 1) & (s->cap - 1);
    return i;
}

static int grow(struct numbers *s)
{
    unsigned cap = s->cap ? 2 * s->cap : FIRST_CAP;
    struct numbers bigger = {
        .at = malloc(cap * sizeof(uint64_t)), .taken = calloc(cap, 1), .n = s->n, .cap = cap};
    if (!bigger.at || !bigger.taken) {
        numbers_free(&bigger);
        return ERR_MEMORY;
    }
    for (unsigned i = 0; i < s->cap; i++)
        if (s->taken[i]) {
            unsigned to = place(&bigger, s->at[i]);
            bigger.at[to] = s->at[i];
            bigger.taken[to] = 1;
        }
    numbers_free(s);
    *s = bigger;
    return 0;
}

int numbers_add(struct numbers *s, uint64_t number)
{
    if (2 * (s->n + 1) > s->cap && grow(s) < 0)
        return ERR_MEMORY;
    unsigned i = place(s, number);
    if (s->taken[i])
        return ERR_EXISTS;
    s->at[i] = number;
    s->taken[i] = 1;
    s->n++;
    return 0;
}

void numbers_remove(struct numbers *s, uint64_t number)
{
    if (s->n == 0)
        return;
    unsigned hole = place(s, number), mask = s->cap - 1;
    if (!s->taken[hole])
        return;
    /* Those behind move up, unless that would bring them before their home. */
    for (unsigned i = (hole + 1) & mask; s->taken[i]; i = (i + 1) & mask)
        if (((i - home(s, s->at[i])) & mask) >= ((i - hole) & mask)) {
            s->at[hole] = s->at[i];
            hole = i;
        }
    s->taken[hole] = 0;
    if (--s->n == 0 && s->cap > KEPT_CAP)
        numbers_free(s);
}

void numbers_free(struct numbers *s)
{
    free(s->at);
    free(s->taken);
    *s = (struct numbers){0};
}
