/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: rows loaded when they are wanted, entries folded, rows put back. */
#include <stdlib.h>

#include "book/inner.h"

#define FOLLOW_CHUNK 1024 /* entries folded between two flushes */
#define FOLLOW_BYTES (4 * 1024 * 1024)
#define ROWS_BYTES   (64 * 1024 * 1024) /* of hot rows kept in memory */
#define HOT_ROWS     256                /* fewer dirty ones are counted as a page each */
#define TABLES_PAGES                                                                               \
    32768 /* touched pages (an upper estimate) that make a commit due: its fsync then              \
            takes milliseconds, and LMDB's own limit is sixteen times as much */

int tables_load(struct tables *t)
{
    const struct key *const *keys;
    void *const *rows;
    bool *found;
    int rc = rows_error(t->rows);
    if (rc < 0)
        return rc;
    int n = rows_wanted(t->rows, &keys, &rows, &found);
    rc = rows_error(t->rows);
    if (rc == 0)
        rc = store_get_many(t->store, n, keys, rows, found);
    if (rc == 0)
        rows_loaded(t->rows);
    return rc;
}

static bool balances_equal(const struct entry *e, const struct balance *b, uint32_t n)
{
    if (e->nbalances != n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const struct balance *x = &e->balances[i], *y = &b[i];
        if (x->kind != y->kind || x->id != y->id || x->before != y->before ||
            x->counted.fen != y->counted.fen)
            return false;
        for (int s = 0; s < STAGE_COUNT; s++)
            if (x->stages.at[s].fen != y->stages.at[s].fen)
                return false;
    }
    return true;
}

int tables_fold(struct tables *t, const struct entry *e, struct arena *a)
{
    struct ledger l = {t->rows, t->policies, a};
    const struct balance *balances;
    uint32_t n;
    for (;;) {
        size_t mark = rows_mark(t->rows);
        int rc = ledger_fold(&l, e, &balances, &n);
        if (!rows_incomplete(t->rows)) {
            rows_keep(t->rows);
            if (rc < 0)
                return rc;
            return balances_equal(e, balances, n) ? 0 : ERR_CORRUPT;
        }
        rows_rollback(t->rows, mark);
        rc = tables_load(t);
        if (rc < 0)
            return rc;
    }
}

static void flush(struct tables *t, bool hot)
{
    size_t at = 0;
    const struct key *k;
    const void *row;
    while (rows_next_dirty(t->rows, hot, &at, &k, &row))
        store_put(t->store, k, row);
    rows_clean(t->rows, hot);
}

void tables_flush(struct tables *t)
{
    flush(t, true);
    flush(t, false);
}

void tables_settle(struct tables *t)
{
    flush(t, false);
    rows_settle(t->rows);
    if (rows_bytes(t->rows) > ROWS_BYTES) {
        flush(t, true);
        rows_reset(t->rows);
    }
}

/* Pages that putting the hot rows would touch: no more than there are rows, nor, where the rows are
 * there already, than their tables have, and some that split. */
static uint64_t hot_pages(const struct tables *t)
{
    static const bool hot[TABLE_COUNT] = {
#define X(TABLE, type, name, is_hot) [TABLE] = is_hot,
        ROW_TABLES(X)
#undef X
    };
    uint64_t rows = rows_hot_dirty(t->rows), pages = rows_hot_new(t->rows);
    if (rows < HOT_ROWS)
        return rows;
    for (int i = 0; i < TABLE_COUNT; i++)
        if (hot[i])
            pages += 2 * store_table_pages(t->store, (enum table)i);
    return rows < pages ? rows : pages;
}

uint64_t tables_dirty(const struct tables *t)
{
    return store_tables_dirty(t->store) + hot_pages(t);
}

int tables_leaf(struct tables *t, const uint8_t leaf[static HASH_LEN])
{
    for (;;) {
        size_t mark = rows_mark(t->rows);
        memcpy(rows_write_head_row(t->rows, key_head())->leaf, leaf, HASH_LEN);
        if (!rows_incomplete(t->rows)) {
            rows_keep(t->rows);
            return 0;
        }
        rows_rollback(t->rows, mark);
        int rc = tables_load(t);
        if (rc < 0)
            return rc;
    }
}

/* A run of entries copied out of the journal, so that no view is open while rows are put. */
struct chunk {
    struct buf bytes;
    uint32_t n;
    uint32_t ends[FOLLOW_CHUNK];
    uint8_t leaf[HASH_LEN]; /* of the last one */
};

/* Hashes an entry into the tree and compares with what is stored. */
static int check_hashes(struct tree *tree, struct span entry, struct span stored)
{
    uint8_t record[TREE_RECORD_MAX];
    size_t n = tree_add(tree, entry, record);
    return span_equal(SPAN(record, n), stored) ? 0 : ERR_CORRUPT;
}

static int chunk_read(struct chunk *c, struct store *journal, uint64_t first, uint64_t last,
                      struct tree *tree)
{
    struct view *v;
    int rc = view_writer(journal, &v);
    if (rc < 0)
        return rc;
    c->n = 0;
    c->bytes.n = 0;
    for (uint64_t i = first; rc == 0 && i <= last && c->n < FOLLOW_CHUNK; i++) {
        struct span entry, hashes;
        rc = view_entry(v, i, &entry);
        if (rc == 0)
            rc = view_hashes(v, i, &hashes);
        if (rc == 0 && hashes.n < HASH_LEN)
            rc = ERR_CORRUPT;
        if (rc == 0 && tree)
            rc = check_hashes(tree, entry, hashes);
        if (rc == 0)
            rc = buf_add(&c->bytes, entry.p, entry.n);
        if (rc < 0)
            break;
        memcpy(c->leaf, hashes.p, HASH_LEN);
        c->ends[c->n++] = (uint32_t)c->bytes.n;
        if (c->bytes.n > FOLLOW_BYTES)
            break;
    }
    view_end(v);
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

static int chunk_fold(struct chunk *c, struct tables *t, struct arena *a)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        struct entry e;
        arena_reset(a);
        int rc = entry_decode(SPAN(c->bytes.p + at, c->ends[i] - at), a, &e);
        if (rc == ERR_FORMAT)
            rc = ERR_CORRUPT;
        if (rc == 0)
            rc = tables_fold(t, &e, a);
        if (rc < 0)
            return rc;
        at = c->ends[i];
    }
    return tables_leaf(t, c->leaf);
}

int tables_follow(struct tables *t, struct store *journal, uint64_t from, uint64_t to,
                  struct tree *tree)
{
    struct chunk *c = calloc(1, sizeof *c);
    struct arena a = {0};
    int rc = c ? 0 : ERR_MEMORY;
    while (rc == 0 && from < to) {
        rc = chunk_read(c, journal, from + 1, to, tree);
        if (rc == 0)
            rc = chunk_fold(c, t, &a);
        if (rc == 0) {
            tables_settle(t);
            from += c->n;
        }
        if (rc == 0 && tables_dirty(t) > TABLES_PAGES) {
            tables_flush(t);
            rc = store_tables_commit(t->store);
        }
    }
    if (rc == 0)
        tables_flush(t);
    else
        rows_reset(t->rows);
    if (c)
        buf_free(&c->bytes);
    free(c);
    arena_free(&a);
    return rc;
}

int tables_policies(struct tables *t, struct store *journal, uint32_t last)
{
    struct view *v;
    struct arena a = {0};
    int rc = view_writer(journal, &v);
    if (rc < 0)
        return rc;
    for (uint32_t i = 1; rc == 0 && i <= last; i++) {
        struct key k = key_policy(i);
        struct policy_row row;
        struct span bytes;
        struct entry e;
        rc = view_get(v, &k, &row);
        if (rc == 0)
            rc = view_entry(v, row.entry, &bytes);
        if (rc == 0)
            rc = entry_decode(bytes, &a, &e);
        if (rc == 0 && e.command.kind != COMMAND_ADOPT_POLICY)
            rc = ERR_CORRUPT;
        if (rc == 0)
            rc = policies_put(t->policies, i, e.command.adopt_policy.file);
    }
    view_end(v);
    arena_free(&a);
    return rc == 0 || rc == ERR_MEMORY || rc == ERR_IO ? rc : ERR_CORRUPT;
}

unsigned book_tables_fill(const struct book *b)
{
    return (unsigned)(tables_dirty(&b->tables) * 100 / TABLES_PAGES);
}
