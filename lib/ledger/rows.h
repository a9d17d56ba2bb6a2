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
/* The end of a batch: forgets the rows of tables that are not hot. They must have been stored; hot
 * rows may still be dirty. No mark may be set. */
void rows_settle(struct rows *r);
/* Bytes that the hot rows take. */
size_t rows_bytes(const struct rows *r);
/* Hot rows written and not yet stored. */
size_t rows_hot_dirty(const struct rows *r);
/* Of them, those that were not there when they were loaded. */
size_t rows_hot_new(const struct rows *r);

/* The row, valid until rows_reset; NULL if there is none, or none loaded yet. */
const void *rows_read(struct rows *r, const struct key *k);
/* The row to change, made (zeroed) where there is none. A row that was not loaded yet: scratch
 * memory, and it is wanted. NULL only when there is no memory (see rows_error). */
void *rows_write(struct rows *r, const struct key *k);
/* Notes that there is no such row, without loading it: for keys made of the next number. */
void rows_absent(struct rows *r, const struct key *k);
/* Notes a row as wanted if it is not loaded, without reading it. */
void rows_want(struct rows *r, const struct key *k);

/* Keys of rows that will be read soon. */
#define WANTS 128
struct wants {
    size_t n;
    struct key keys[WANTS];
};

/* One more; what does not fit is left out: it is loaded when it is read. */
static inline void wants_add(struct wants *w, struct key k)
{
    if (w->n < WANTS)
        w->keys[w->n++] = k;
}

/* Wants all of them. What is in memory already is on its way into the processor's cache then: rows
 * lie scattered, and waiting for one at a time would take longer than deciding. */
void rows_want_all(struct rows *r, const struct wants *w);

/* Bytes of a row up to the end of its last member's last item: those behind it may not be there. */
size_t row_used(enum table t, const void *row);

/* The typed forms: const struct line_row *rows_read_line_row(r, key), struct line_row
 * *rows_write_line_row(r, key), ... */
#define X(TABLE, type, name, hot)                                                                  \
    static inline const struct type *rows_read_##type(struct rows *r, struct key k)                \
    {                                                                                              \
        return rows_read(r, &k);                                                                   \
    }                                                                                              \
    static inline struct type *rows_write_##type(struct rows *r, struct key k)                     \
    {                                                                                              \
        return rows_write(r, &k);                                                                  \
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

/* The rows written and not yet stored, of hot tables or of the others: the next one from *at
 * (starts as 0), or false. */
bool rows_next_dirty(struct rows *r, bool hot, size_t *at, const struct key **k, const void **row);
/* Those were stored. */
void rows_clean(struct rows *r, bool hot);

#endif
