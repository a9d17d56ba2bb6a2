/* SPDX-License-Identifier: Apache-2.0 */
#include "book/order.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORD 8

static int compare(const void *a, const void *b)
{
    const struct ordered_row *x = a, *y = b;
    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    return key_compare(x->key, y->key);
}

/* The bytes of a key from `from` on, as a number that sorts as they do: those that it has not are
 * 0. */
static uint64_t word_of(const struct key *k, size_t from)
{
    uint64_t w = 0;
    size_t n = from < k->n ? k->n - from : 0;
    memcpy(&w, k->p + from, n < WORD ? n : WORD);
    return be64toh(w);
}

static size_t shared_bytes(const struct key *a, const struct key *b, size_t most)
{
    size_t n = 0;
    while (n < most && n < a->n && n < b->n && a->p[n] == b->p[n])
        n++;
    return n;
}

#define FEW_MOVES 8 /* for a row, on average */

/* What is nearly in order, as requests come, whose ids grow with time, is so after a few moves.
 * False: it is not. */
static bool sort_by_moves(struct ordered_row *rows, size_t n)
{
    size_t moves = 0;
    for (size_t i = 1; i < n && moves < n * FEW_MOVES; i++) {
        const struct ordered_row row = rows[i];
        size_t at = i;
        for (; at > 0 && compare(&row, &rows[at - 1]) < 0; at--, moves++)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
    return moves < n * FEW_MOVES;
}

/* Gives all rows their words, from byte `from` on. Returns how many bytes all keys share, `from` at
 * most: fewer, and the words don't sort as the keys do. */
static size_t make_words(struct ordered_row *rows, size_t n, size_t from)
{
    size_t shared = from;
    for (size_t i = 0; i < n; i++) {
        shared = shared_bytes(rows[0].key, rows[i].key, shared);
        rows[i].word = word_of(rows[i].key, from);
    }
    return shared;
}

/* The rows of one table. */
static void sort(struct ordered_row *rows, size_t n)
{
    if (n < 2)
        return;
    /* Three keys mostly tell what all of them share. */
    size_t guess = shared_bytes(rows[0].key, rows[n - 1].key, KEY_MAX);
    guess = shared_bytes(rows[0].key, rows[n / 2].key, guess);
    size_t shared = make_words(rows, n, guess);
    if (shared < guess)
        (void)make_words(rows, n, shared);
    if (!sort_by_moves(rows, n))
        qsort(rows, n, sizeof *rows, compare);
}

int order_make(const struct rows *r, struct order *out)
{
    size_t starts[TABLE_COUNT + 1] = {0};
    const struct key *k;
    const void *row;
    for (int t = 0; t < TABLE_COUNT; t++)
        starts[t + 1] = starts[t] + rows_written(r, (enum table)t);
    out->n = starts[TABLE_COUNT];
    out->rows = malloc((out->n + 1) * sizeof *out->rows);
    if (!out->rows)
        return ERR_MEMORY;
    for (size_t at = 0; rows_next_written(r, &at, &k, &row);)
        out->rows[starts[k->table]++] = (struct ordered_row){0, k, row};
    for (size_t from = 0, t = 0; t < TABLE_COUNT; from = starts[t++])
        sort(out->rows + from, starts[t] - from);
    return 0;
}

void order_free(struct order *o)
{
    free(o->rows);
    o->rows = NULL;
}

#define CACHE_LINE 64
#define AHEAD      8 /* rows */
#define ROW_LINES  5 /* of a row: what is stored of nearly all lies in them */

const struct ordered_row *order_at(const struct order *o, size_t at)
{
    if (at + AHEAD < o->n) {
        const struct ordered_row *next = &o->rows[at + AHEAD];
        __builtin_prefetch(next->key);
        for (size_t i = 0; i < ROW_LINES; i++)
            __builtin_prefetch((const char *)next->row + i * CACHE_LINE);
    }
    return &o->rows[at];
}
