/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: rows loaded when they are wanted, entries folded, rows put back. */
#include <stdlib.h>
#include <time.h>

#include "book/inner.h"
#include "book/order.h"

#define FOLLOW_CHUNK 1024 /* entries read at a time */
#define FOLLOW_AHEAD 16   /* of them, whose rows are asked for together */
#define FOLLOW_BYTES (4 * 1024 * 1024)
#define ROWS_BYTES   (56 * 1024 * 1024) /* of one generation; two are in memory */
#define ROWS_PAGES                                                                                 \
    24000 /* touched by one commit, by estimate: LMDB holds them in memory until then; it allows   \
             131,071 */
#define PACE_ROWS 1000 /* stored between two looks at the pace */
#define PACE_MS   500  /* by which a generation is stored at the latest, about */
#define THOUSAND  1000
#define AHEAD_OF_FILL                                                                              \
    400 /* thousandths of the next generation by which all rows are stored: the rest is for the    \
           commit */

/* ---- Loading ---- */

int tables_view(struct tables *t, struct view **out)
{
    if (!t->view) {
        int rc = view_tables(t->store, &t->view);
        if (rc < 0)
            return rc;
        memset(t->behind, 0, sizeof t->behind);
        for (int i = 0; i < TABLE_COUNT; i++) {
            t->pages[i] = view_pages(t->view, (enum table)i);
            t->moved[i] = view_moved_of_page(t->view, (enum table)i);
        }
    }
    *out = t->view;
    return 0;
}

int tables_load(struct tables *t)
{
    const struct key *const *keys;
    void *const *rows;
    bool *found;
    int rc = rows_error(t->rows);
    if (rc < 0)
        return rc;
    struct view *view;
    atomic_fetch_add(&t->steps, 1);
    int n = rows_wanted(t->rows, &keys, &rows, &found);
    rc = rows_error(t->rows);
    if (rc == 0)
        rc = tables_view(t, &view);
    for (int i = 0; i < n && rc == 0; i++) {
        bool behind;
        rc = view_find(view, keys[i], rows[i], &behind);
        found[i] = rc == 0;
        t->behind[keys[i]->table] += behind;
        if (rc == ERR_NOT_FOUND)
            rc = 0;
    }
    if (rc == 0)
        rows_loaded(t->rows);
    return rc;
}

/* ---- Storing ---- */

static void pause_ms(int ms)
{
    const struct timespec t = {.tv_nsec = ms * 1000000L};
    nanosleep(&t, NULL);
}

/* Storing takes a processor and the disk for a while. Done at once it would delay all that is asked
 * meanwhile; so it goes on as the next generation fills, unless someone waits for it. */
static void keep_pace(struct tables *t, size_t stored, size_t all, int *paused_ms)
{
    while (stored * AHEAD_OF_FILL / all > atomic_load(&t->fill) && *paused_ms < PACE_MS &&
           !atomic_load(&t->urgent)) {
        pause_ms(1);
        ++*paused_ms;
    }
}

static void store_frozen(void *arg)
{
    struct tables *t = arg;
    struct order order;
    int paused_ms = 0, rc = order_make(t->rows, &order);
    for (size_t at = 0; rc == 0 && at < order.n; at++) {
        const struct ordered_row *o = order_at(&order, at);
        store_put(t->store, o->key, o->row);
        if (at % PACE_ROWS == 0) {
            atomic_fetch_add(&t->steps, 1);
            keep_pace(t, at, order.n, &paused_ms);
        }
    }
    order_free(&order);
    t->rc = rc < 0 ? rc : store_tables_commit(t->store);
    if (t->rc == 0)
        atomic_store(&t->snapshot, t->frozen);
    if (t->done.call)
        t->done.call(t->done.arg, t->rc);
    atomic_store(&t->busy, false);
}

#define ROWS_OF_PAGE 16 /* at least, in a page that is filled to the brim, or was and is split */

/* Pages of one table that storing would touch: no more than the table has, nor than rows were
 * written (pages that split are few beside them: half a page or more went into each); but rows that
 * come behind the others, as new vouchers do, fill page after page. Those that the store moves on
 * the way come on top. */
static size_t pages_of(const struct tables *t, enum table table)
{
    size_t written = rows_dirty(t->rows, table), made = rows_made(t->rows, table);
    size_t behind = table == TABLE_VOUCHER || table == TABLE_REFUSAL ? made : t->behind[table];
    if (behind > made)
        behind = made;
    size_t in_place = written - behind;
    /* What has become of a voucher may be the first that is stored of it. */
    size_t more = (table == TABLE_VOUCHER ? in_place : made) * 2 / ROWS_OF_PAGE;
    size_t moved = t->moved[table] ? in_place * 5 / 4 / t->moved[table] : 0;
    if (t->view && in_place > t->pages[table] + more)
        in_place = t->pages[table] + more;
    return in_place + moved + behind / ROWS_OF_PAGE;
}

bool tables_are_full(struct tables *t)
{
    size_t pages = 0;
    for (int i = 0; i < TABLE_COUNT; i++)
        pages += pages_of(t, (enum table)i);
    size_t by_pages = pages * THOUSAND / ROWS_PAGES;
    size_t by_bytes = rows_bytes(t->rows) * THOUSAND / ROWS_BYTES;
    size_t fill = by_pages > by_bytes ? by_pages : by_bytes;
    atomic_store(&t->fill, (unsigned)fill);
    return fill >= THOUSAND;
}

int tables_wait(struct tables *t)
{
    if (!t->storing)
        return t->rc;
    atomic_store(&t->urgent, true);
    runner_wait(t->runner, 0);
    t->storing = false;
    return t->rc;
}

int tables_store(struct tables *t, uint64_t entries, struct tables_done done)
{
    int rc = tables_wait(t);
    if (rc == 0 && !t->runner)
        rc = runner_new("tables", &t->runner);
    if (rc < 0)
        return rc;
    rows_turn(t->rows);
    view_end(t->view);
    t->view = NULL;
    t->frozen = entries;
    t->done = done;
    t->storing = true;
    atomic_store(&t->busy, true);
    atomic_store(&t->urgent, done.hurry);
    atomic_store(&t->fill, 0);
    runner_give(t->runner, store_frozen, t);
    return 0;
}

void tables_forget(struct tables *t)
{
    (void)!tables_wait(t);
    view_end(t->view);
    t->view = NULL;
    rows_reset(t->rows);
    t->rc = 0;
}

void tables_free(struct tables *t)
{
    if (t->rows)
        tables_forget(t);
    runner_free(t->runner);
    rows_free(t->rows);
    policies_free(t->policies);
}

/* ---- Folding ---- */

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

int tables_decide(struct tables *t, const struct command *c, const char *principal,
                  struct instant now, struct arena *a, struct fault *f, struct entry **out)
{
    struct ledger l = {t->rows, t->policies, a};
    for (;;) {
        int rc = ledger_decide(&l, c, principal, now, f, out);
        if (!rows_incomplete(l.rows))
            return rc;
        rc = tables_load(t);
        if (rc < 0)
            return rc;
    }
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

int tables_leaf(struct tables *t, const uint8_t leaf[static HASH_LEN])
{
    struct key k;
    for (;;) {
        size_t mark = rows_mark(t->rows);
        memcpy(rows_write_head_row(t->rows, key_head(&k))->leaf, leaf, HASH_LEN);
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

/* A run of entries copied out of the journal, so that no view is open while rows are stored. */
struct chunk {
    struct buf bytes;
    uint32_t n, next; /* the next to be folded */
    uint32_t ends[FOLLOW_CHUNK];
    uint8_t leaves[FOLLOW_CHUNK][HASH_LEN];
    struct entry ahead[FOLLOW_AHEAD]; /* from next on */
    struct wants wants;               /* of them */
    struct buf again;                 /* an entry decided anew */
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
    int rc = view_snapshot(journal, &v);
    if (rc < 0)
        return rc;
    c->n = c->next = 0;
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
        memcpy(c->leaves[c->n], hashes.p, HASH_LEN);
        c->ends[c->n++] = (uint32_t)c->bytes.n;
        if (c->bytes.n > FOLLOW_BYTES)
            break;
    }
    view_end(v);
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

/* Decodes the next few entries; 0 < *n. */
static int chunk_decode(struct chunk *c, struct arena *a, uint32_t *n)
{
    int rc = 0;
    arena_reset(a);
    for (*n = 0; rc == 0 && *n < FOLLOW_AHEAD && c->next + *n < c->n; ++*n) {
        uint32_t i = c->next + *n, at = i ? c->ends[i - 1] : 0;
        rc = entry_decode(SPAN(c->bytes.p + at, c->ends[i] - at), a, &c->ahead[*n]);
    }
    return rc == ERR_FORMAT ? ERR_CORRUPT : rc;
}

/* Has the rows that they will read loaded together. */
static int chunk_want(struct chunk *c, struct tables *t, uint32_t n, bool again)
{
    const struct ledger l = {t->rows, t->policies, NULL};
    c->wants.n = 0;
    for (uint32_t i = 0; i < n; i++)
        ledger_want(&l, &c->ahead[i].command, c->ahead[i].principal, again, &c->wants);
    rows_want_all(t->rows, &c->wants);
    return rows_incomplete(t->rows) ? tables_load(t) : 0;
}

/* Decides a stored command again, from what the entries before it have come to: the same bytes must
 * come of it. Balances are folding's to compare; what a refusal of a failed batch saw is gone. */
static int decide_again(struct chunk *c, struct tables *t, uint32_t i, const struct entry *e,
                        struct arena *a)
{
    uint32_t at = i ? c->ends[i - 1] : 0;
    const struct span stored = SPAN(c->bytes.p + at, c->ends[i] - at);
    struct fault f;
    struct entry *again;
    if (e->of_failed_batch)
        return 0;
    int rc = tables_decide(t, &e->command, e->principal, e->time, a, &f, &again);
    if (rc == 0) {
        again->balances = e->balances;
        again->nbalances = e->nbalances;
        c->again.n = 0;
        rc = entry_encode(again, &c->again);
    }
    if (rc == ERR_INVALID || (rc == 0 && !span_equal(SPAN(c->again.p, c->again.n), stored)))
        rc = ERR_CORRUPT;
    if (rc == ERR_CORRUPT)
        t->differs = e->number;
    return rc;
}

/* Folds until the chunk ends or the rows are to be stored. */
static int chunk_fold(struct chunk *c, struct tables *t, struct arena *a)
{
    do {
        uint32_t n;
        int rc = chunk_decode(c, a, &n);
        if (rc == 0)
            rc = chunk_want(c, t, n, false);
        if (rc == 0)
            rc = chunk_want(c, t, n, true);
        for (uint32_t i = 0; i < n && rc == 0; i++) {
            if (t->decides_again)
                rc = decide_again(c, t, c->next, &c->ahead[i], a);
            if (rc == 0)
                rc = tables_fold(t, &c->ahead[i], a);
            c->next += rc == 0;
        }
        if (rc < 0)
            return rc;
    } while (c->next < c->n && !tables_are_full(t));
    return tables_leaf(t, c->leaves[c->next - 1]);
}

int tables_follow(struct tables *t, struct store *journal, uint64_t from, uint64_t to,
                  struct tree *tree)
{
    struct chunk *c = calloc(1, sizeof *c);
    struct arena a = {0};
    int rc = c ? 0 : ERR_MEMORY;
    while (rc == 0 && from < to) {
        if (c->next == c->n)
            rc = chunk_read(c, journal, from + 1, to, tree);
        uint32_t before = c->next;
        atomic_fetch_add(&t->steps, 1);
        if (rc == 0)
            rc = chunk_fold(c, t, &a);
        if (rc == 0)
            from += c->next - before;
        if (rc == 0 && tables_are_full(t))
            rc = tables_store(t, from, (struct tables_done){0});
    }
    if (rc < 0)
        tables_forget(t);
    if (c) {
        buf_free(&c->bytes);
        buf_free(&c->again);
    }
    free(c);
    arena_free(&a);
    return rc;
}

int tables_policies(struct tables *t, struct store *journal, uint32_t last)
{
    struct view *v;
    struct arena a = {0};
    int rc = view_snapshot(journal, &v);
    if (rc < 0)
        return rc;
    for (uint32_t i = 1; rc == 0 && i <= last; i++) {
        struct key k;
        key_policy(&k, i);
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
