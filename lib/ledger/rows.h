/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that a batch works on, in memory. Deciding and folding read and write here and nowhere
 * else. A row that was never loaded reads as absent and is noted as wanted: whoever runs the step
 * loads what is wanted and runs it again, so that no step does I/O and each rule says once, by
 * reading, what it needs. */
#ifndef LEDGER_ROWS_H
#define LEDGER_ROWS_H

#include <stdbool.h>

#include "base/err.h"
#include "model/row.h"

struct rows;

struct rows *rows_new(void);
void rows_free(struct rows *r);
/* Forgets every row. */
void rows_reset(struct rows *r);

/* Rows live in two generations: one that is worked on, and one before it that does not change any
 * more. A row of the older is taken over when it is asked for; what nobody asks for goes with it.
 */

/* The generation worked on becomes the older one, whose rows are forgotten: those written must have
 * been stored. Nothing may be wanted, no mark set. */
void rows_turn(struct rows *r);
/* Bytes of the generation worked on, about. */
size_t rows_bytes(const struct rows *r);
/* Its rows of one table that were written, and those of them that were not there before. */
size_t rows_dirty(const struct rows *r, enum table t);
size_t rows_made(const struct rows *r, enum table t);
/* How many rows of one table of the older generation were written while it was worked on. */
size_t rows_written(const struct rows *r, enum table t);
/* The rows of the older generation that were written while it was worked on: the next one from *at
 * (starts as 0), or false. Another thread may walk them while the rows are worked on. */
bool rows_next_written(const struct rows *r, size_t *at, const struct key **k, const void **row);

/* The row, valid until it is written to, or until rows_turn or rows_reset; NULL if there is none,
 * or none loaded yet. */
const void *rows_read(struct rows *r, const struct key *k);
/* The row to change, made (zeroed) where there is none. Scratch memory for a row
 * that was not loaded yet, which is wanted then, and where there is no memory (see rows_error). */
void *rows_write(struct rows *r, const struct key *k);
/* The same, with room for so many more items of the list at its end than it has; rows_write gives
 * room for one more part of a claim or year of an account. The row may have moved. */
void *rows_write_more(struct rows *r, const struct key *k, unsigned more);
/* Notes that there is no such row, without loading it: for keys made of the next number. */
void rows_absent(struct rows *r, const struct key *k);
/* Notes a row as wanted if it is not loaded, without reading it. */
void rows_want(struct rows *r, const struct key *k);

/* Keys of rows that will be read soon. */
#define WANTS 128
struct wants {
    size_t n;
    struct key keys[WANTS + 1];
};

/* Where one more is made. What does not fit is made in the place behind, and left out: it is loaded
 * when it is read. */
static inline struct key *wants_next(struct wants *w)
{
    return &w->keys[w->n < WANTS ? w->n++ : WANTS];
}

/* Wants all of them. What is in memory already is on its way into the processor's cache then: rows
 * lie scattered, and waiting for one at a time would take longer than deciding. */
void rows_want_all(struct rows *r, const struct wants *w);

/* A row that will be asked for, but is not there yet: its place is on its way into the cache. */
void rows_soon(const struct rows *r, const struct key *k);

/* The typed forms: const struct line_row *rows_read_line_row(r, key), struct line_row
 * *rows_write_line_row(r, key), ... */
#define X(TABLE, type, name)                                                                       \
    static inline const struct type *rows_read_##type(struct rows *r, const struct key *k)         \
    {                                                                                              \
        return rows_read(r, k);                                                                    \
    }                                                                                              \
    static inline struct type *rows_write_##type(struct rows *r, const struct key *k)              \
    {                                                                                              \
        return rows_write(r, k);                                                                   \
    }
ROW_TABLES(X)
#undef X

/* Whether something was wanted since the last rows_loaded, or memory ran out. */
bool rows_incomplete(const struct rows *r);
int rows_error(const struct rows *r) MUST_CHECK;

/* What is wanted: n keys (of each only its n bytes may be read: copy by key_bytes) and where their
 * rows go. After filling, rows_loaded tells which exist. */
int rows_wanted(struct rows *r, const struct key *const **keys, void *const **rows, bool **found);
void rows_loaded(struct rows *r);

/* A mark: what was written after it can be taken back. Marks nest. */
size_t rows_mark(struct rows *r);
void rows_rollback(struct rows *r, size_t mark);
/* Keeps what was written since; only for the outermost mark. */
void rows_keep(struct rows *r);

/* The row as it stands, into *row (row_size bytes, what is not used of it zero), without wanting
 * it: false if it is not in memory; *there says whether there is one. */
bool rows_peek(const struct rows *r, const struct key *k, void *row, bool *there);

#endif
