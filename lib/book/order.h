/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which rows are stored. */
#ifndef BOOK_ORDER_H
#define BOOK_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/rows.h"

struct ordered_row {
    uint64_t word; /* of its key, behind what all keys of its table share */
    const struct key *key;
    const void *row;
};

struct order {
    struct ordered_row *rows;
    size_t n;
};

/* The written rows of the older generation, table by table, by their keys: neighbours in the tables
 * follow one another, so that a page of them is found and filled once. The keys and rows are those
 * of rows_next_written and live as long. Freed by order_free, also after an error. ERR_MEMORY. */
int order_make(const struct rows *r, struct order *out) MUST_CHECK;
void order_free(struct order *o);
/* Row `at`; those after it are on their way into the processor's cache then. */
const struct ordered_row *order_at(const struct order *o, size_t at);

#endif
