/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rows and entries as of a snapshot. */
#include "store/inner.h"

#include <assert.h>
#include <stdlib.h>

static int read_begin(MDB_env *env, MDB_txn **out)
{
    /* An environment that could not be opened again after a failure. */
    if (!env)
        return ERR_IO;
    int raw = mdb_txn_begin(env, NULL, MDB_RDONLY, out);
    if (raw)
        *out = NULL;
    return store_error(raw);
}

static int view_begin(struct store *s, bool tables, bool journal, struct view **out)
{
    struct view *v = calloc(1, sizeof *v);
    if (!v)
        return ERR_MEMORY;
    v->store = s;
    pthread_rwlock_rdlock(&s->open);
    int rc = tables ? read_begin(s->tables.env, &v->tables) : 0;
    if (rc == 0 && journal)
        rc = read_begin(s->journal.env, &v->journal);
    if (rc < 0) {
        view_end(v);
        return rc;
    }
    *out = v;
    return 0;
}

int view_snapshot(struct store *s, struct view **out)
{
    return view_begin(s, true, true, out);
}

int view_tables(struct store *s, struct view **out)
{
    return view_begin(s, true, false, out);
}

int view_journal(struct store *s, struct view **out)
{
    return view_begin(s, false, true, out);
}

void view_end(struct view *v)
{
    if (!v)
        return;
    if (v->entries)
        mdb_cursor_close(v->entries);
    if (v->hashes)
        mdb_cursor_close(v->hashes);
    if (v->journal)
        mdb_txn_abort(v->journal);
    if (v->tables)
        mdb_txn_abort(v->tables);
    pthread_rwlock_unlock(&v->store->open);
    free(v);
}

int view_find(struct view *v, const struct key *k, void *row, bool *behind)
{
    int rc = 0;
    *behind = false;
    if (table_grows[k->table])
        rc = table_is_behind(&v->store->tables, v->tables, k, &v->ends[k->table], behind);
    if (rc < 0)
        return tables_note(v->store, rc);
    return *behind ? ERR_NOT_FOUND : tables_read(v->store, v->tables, k, row);
}

int view_get(struct view *v, const struct key *k, void *row)
{
    bool behind;
    return view_find(v, k, row, &behind);
}

static bool stat_of(struct view *v, MDB_dbi dbi, MDB_stat *out)
{
    return mdb_stat(v->tables, dbi, out) == 0;
}

/* The larger of the young databases: the other one takes few rows, or has not many pages. */
static bool stat_of_young(struct view *v, const struct scattered *s, MDB_stat *out)
{
    MDB_stat other;
    if (!stat_of(v, s->young[0], out) || !stat_of(v, s->young[1], &other))
        return false;
    if (other.ms_entries > out->ms_entries)
        *out = other;
    return true;
}

static const struct scattered *scattered_of(const struct view *v, enum table t)
{
    struct tables *all = &v->store->tables;
    return row_has_state(t) ? &all->states : table_scattered(all, t);
}

uint64_t view_pages(struct view *v, enum table t)
{
    MDB_stat stat;
    const struct scattered *s = scattered_of(v, t);
    if (!(s ? stat_of_young(v, s, &stat) : stat_of(v, v->store->tables.dbi[t], &stat)))
        return UINT32_MAX;
    return stat.ms_leaf_pages + stat.ms_branch_pages;
}

uint64_t view_moved_of_page(struct view *v, enum table t)
{
    MDB_stat young, old;
    const struct scattered *s = scattered_of(v, t);
    if (!s)
        return 0;
    if (!stat_of_young(v, s, &young) || !stat_of(v, s->old, &old))
        return 1;
    return young.ms_entries < s->enough ? 0 : young.ms_entries / (old.ms_leaf_pages + 1) + 1;
}

/* A cursor that stays is at the right page already for most that is asked for next. It is set, not
 * moved on: LMDB moves on to a page without looking whether it is one. */
static int journal_get(struct view *v, MDB_dbi dbi, MDB_cursor **at, uint64_t number,
                       struct span *out)
{
    MDB_val key = {sizeof number, &number}, value;
    int raw = *at ? 0 : mdb_cursor_open(v->journal, dbi, at);
    if (raw == 0)
        raw = mdb_cursor_get(*at, &key, &value, MDB_SET);
    if (raw)
        return store_error(raw);
    *out = SPAN(value.mv_data, value.mv_size);
    return 0;
}

int view_entry(struct view *v, uint64_t number, struct span *entry)
{
    return journal_get(v, v->store->journal.entries, &v->entries, number, entry);
}

int view_hashes(struct view *v, uint64_t number, struct span *hashes)
{
    return journal_get(v, v->store->journal.hashes, &v->hashes, number, hashes);
}

int view_journal_last(struct view *v, uint64_t *last)
{
    /* Numbers have no gaps (checked on opening): as many entries as the last one's number. */
    MDB_stat stat;
    int raw = mdb_stat(v->journal, v->store->journal.entries, &stat);
    if (raw)
        return store_error(raw);
    *last = stat.ms_entries;
    return 0;
}

/* ---- Walking ---- */

struct scan {
    struct store *store;
    MDB_txn *txn;
    struct walk walk;
    struct key from;
};

int scan_begin(struct view *v, const struct key *from, struct scan **out)
{
    assert(from->table < TABLE_COUNT && from->n <= KEY_MAX);
    struct scan *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_MEMORY;
    struct tables *t = &v->store->tables;
    int raw = walk_begin(&c->walk, v->tables, t->dbi[from->table],
                         table_scattered(t, (enum table)from->table));
    if (raw) {
        scan_end(c);
        return store_error(raw);
    }
    c->store = v->store;
    c->txn = v->tables;
    c->from.table = from->table;
    c->from.n = from->n;
    memcpy(c->from.p, from->p, from->n);
    *out = c;
    return 0;
}

int scan_next(struct scan *c, struct key *key, void *row)
{
    const MDB_val from = {c->from.n, c->from.p};
    MDB_val k, value, state = {0, NULL};
    int raw = walk_next(&c->walk, &from, &k, &value);
    if (raw)
        return tables_note(c->store, store_error(raw));
    if (k.mv_size > KEY_MAX)
        return tables_note(c->store, ERR_CORRUPT);
    if (row_has_state((enum table)c->from.table))
        raw = scattered_get(&c->store->tables.states, c->txn, &k, &state);
    if (raw && raw != MDB_NOTFOUND)
        return tables_note(c->store, store_error(raw));
    int rc = row_decode_apart(c->from.table, SPAN(value.mv_data, value.mv_size),
                              SPAN(state.mv_data, state.mv_size), row);
    if (rc == 0)
        key_bytes(key, c->from.table, k.mv_data, k.mv_size);
    return tables_note(c->store, rc);
}

void scan_end(struct scan *c)
{
    if (!c)
        return;
    walk_end(&c->walk);
    free(c);
}
