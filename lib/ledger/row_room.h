/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory rows take: those whose last member is a list take what is used of it. */
#ifndef LEDGER_ROW_ROOM_H
#define LEDGER_ROW_ROOM_H

#include "model/row.h"

/* Bytes of a row whose list is full. */
extern const uint16_t row_sizes[TABLE_COUNT];

/* The list at a row's end; size 0: it has none. */
struct row_tail {
    uint16_t count, items, size; /* where the number of items and the items are; bytes of one */
    uint8_t spare;               /* items that a step may add without asking for room */
};

extern const struct row_tail row_tails[TABLE_COUNT];

/* Bytes up to the end of the last item: those behind it may not be there. */
static inline size_t row_used(enum table t, const void *row)
{
    const struct row_tail *tail = &row_tails[t];
    int32_t n;
    if (t == TABLE_ENTERPRISE_NAME)
        return strlen(((const struct enterprise_name_row *)row)->name) + 1;
    if (tail->size == 0)
        return row_sizes[t];
    memcpy(&n, (const char *)row + tail->count, sizeof n);
    return tail->items + (size_t)n * tail->size;
}

/* Bytes for what a row holds, NULL if there is none, and so many more items. */
static inline size_t row_grown(enum table t, const void *row, unsigned more)
{
    const struct row_tail *tail = &row_tails[t];
    if (tail->size == 0)
        return row_sizes[t];
    size_t n = (row ? row_used(t, row) : tail->items) + (size_t)more * tail->size;
    return n < row_sizes[t] ? n : row_sizes[t];
}

/* Bytes for a row that comes from the tables, and for what it is likely to grow by, so that it need
 * not be moved then. */
static inline size_t row_loaded(enum table t, const void *row)
{
    return row_tails[t].size ? row_grown(t, row, row_tails[t].spare) : row_used(t, row);
}

#endif
