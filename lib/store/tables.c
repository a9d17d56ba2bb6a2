/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: rows by key, a database for each enum table, or three (scattered.c), one write
 * transaction that stays open over many batches. All of it can be folded from the journal again, so
 * what is damaged is put aside and begun anew. */
#include "store/inner.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What goes behind the end is appended, which fills pages to the brim where an insert would leave
 * them half empty; what is looked for behind it is not there. The end is that of the old rows:
 * young ones come before it, as the old ones' greatest key never becomes less. */
const bool table_grows[TABLE_COUNT] = {
    [TABLE_VOUCHER] = true, [TABLE_INVOICE] = true,  [TABLE_REQUEST] = true,
    [TABLE_REFUSAL] = true, [TABLE_SIGNPOST] = true,
};

/* ---- Opening ---- */

static int databases_open(MDB_txn *txn, struct tables *t)
{
    int raw = 0;
    for (unsigned i = 0; i < TABLE_COUNT && raw == 0; i++)
        raw = mdb_dbi_open(txn, table_name(i), MDB_CREATE, &t->dbi[i]);
    if (raw == 0)
        raw = scattered_open(txn, table_name(TABLE_REQUEST), &t->requests);
    if (raw == 0)
        raw = scattered_open(txn, "voucher_state", &t->states);
    return store_error(raw);
}

/* Opens the databases in an environment, making them where it is new. ERR_NEWER: another format,
 * older ones too. */
static int databases_ready(struct tables *t)
{
    MDB_txn *txn;
    MDB_stat stat;
    uint32_t format = 0;
    int rc = store_error(mdb_txn_begin(t->env, NULL, 0, &txn));
    if (rc < 0)
        return rc;
    rc = store_error(mdb_env_stat(t->env, &stat));
    if (rc == 0)
        rc = store_error(mdb_dbi_open(txn, "meta", MDB_CREATE, &t->meta));
    if (rc == 0)
        rc = format_read(txn, t->meta, &format);
    if (rc == 0 && format == 0 && stat.ms_entries == 0)
        rc = format_write(txn, t->meta, format = FORMAT_TABLES);
    if (rc == 0 && format != FORMAT_TABLES)
        rc = ERR_NEWER;
    if (rc == 0)
        rc = databases_open(txn, t);
    if (rc == 0)
        return store_error(mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return rc;
}

static int attach(struct store *s, struct fault *f)
{
    struct tables *t = &s->tables;
    bool fresh = mkdir(s->tables_path, 0700) == 0;
    if (!fresh && errno != EEXIST)
        return open_fault(f, "dir", s->tables_path, store_error(errno));
    /* Reads are scattered: reading ahead would fill memory with what nobody asked for. */
    int rc = env_open(s->tables_path, "tables-map", s->tables_map, MDB_NORDAHEAD, TABLE_COUNT + 6,
                      f, &t->env);
    if (rc < 0)
        return rc;
    rc = databases_ready(t);
    if (rc == 0)
        rc = dir_sync(s->tables_path);
    if (rc == 0 && fresh)
        rc = dir_sync(s->dir);
    if (rc < 0) {
        mdb_env_close(t->env);
        t->env = NULL;
        open_fault(f, "dir", s->tables_path, rc);
    }
    return rc;
}

/* Out of the way, for whoever wants to know what happened to them; one of these is kept. */
static int put_aside(struct store *s)
{
    char *aside = path_join(s->dir, "tables.damaged");
    if (!aside)
        return ERR_MEMORY;
    int rc = env_remove(aside);
    if (rc == 0 && rename(s->tables_path, aside) < 0)
        rc = store_error(errno);
    free(aside);
    return rc;
}

int tables_open(struct store *s, struct fault *f)
{
    int rc = attach(s, f);
    if (rc != ERR_CORRUPT && rc != ERR_NEWER)
        return rc;
    rc = rc == ERR_CORRUPT ? put_aside(s) : env_remove(s->tables_path);
    if (rc < 0)
        return open_fault(f, "dir", s->tables_path, rc);
    return attach(s, f);
}

/* Ends what was not committed, if anything. */
static void forget(struct tables *t, bool committed)
{
    if (t->txn)
        mdb_txn_abort(t->txn);
    t->txn = NULL;
    t->rc = 0;
    memset(t->ends, 0, sizeof t->ends);
    memset(t->cursors, 0, sizeof t->cursors);
    scattered_forget(&t->requests, committed);
    scattered_forget(&t->states, committed);
}

void tables_close(struct store *s)
{
    struct tables *t = &s->tables;
    forget(t, false);
    if (t->env)
        mdb_env_close(t->env);
    t->env = NULL;
}

/* Closes and opens the environment, when snapshots have ended; emptied in between if asked. */
static int open_anew(struct store *s, bool empty)
{
    struct tables *t = &s->tables;
    int rc = 0;
    pthread_rwlock_wrlock(&s->open);
    tables_close(s);
    if (empty)
        rc = env_remove(s->tables_path);
    else
        env_settle(s->tables_path);
    if (rc == 0)
        rc = tables_open(s, NULL);
    pthread_rwlock_unlock(&s->open);
    t->broken = rc < 0;
    if (empty && rc == 0)
        atomic_store(&t->damaged, false);
    return rc;
}

/* ---- The transaction ---- */

/* The transaction, begun if it is not; the sticky error if there is one. */
static int begin(struct store *s)
{
    struct tables *t = &s->tables;
    if (t->rc == 0 && !t->txn) {
        t->rc = t->broken ? ERR_IO : store_error(mdb_txn_begin(t->env, NULL, 0, &t->txn));
        if (t->rc < 0)
            t->txn = NULL;
    }
    return t->rc;
}

static MDB_val key_val(const struct key *k)
{
    assert(k->table < TABLE_COUNT && k->n > 0 && k->n <= KEY_MAX);
    return (MDB_val){k->n, (void *)(uintptr_t)k->p};
}

int tables_note(struct store *s, int rc)
{
    if (rc == ERR_CORRUPT)
        atomic_store(&s->tables.damaged, true);
    return rc;
}

bool store_tables_damaged(const struct store *s)
{
    return atomic_load(&s->tables.damaged);
}

struct scattered *table_scattered(struct tables *t, enum table table)
{
    return table == TABLE_REQUEST ? &t->requests : NULL;
}

int tables_read(struct store *s, MDB_txn *txn, const struct key *k, void *row)
{
    struct tables *t = &s->tables;
    const struct scattered *young = table_scattered(t, (enum table)k->table);
    MDB_val key = key_val(k), facts, state = {0, NULL};
    int raw = young ? scattered_get(young, txn, &key, &facts)
                    : mdb_get(txn, t->dbi[k->table], &key, &facts);
    if (raw == 0 && row_has_state(k->table)) {
        raw = scattered_get(&t->states, txn, &key, &state);
        raw = raw == MDB_NOTFOUND ? 0 : raw;
    }
    return tables_note(s, raw ? store_error(raw)
                              : row_decode_apart(k->table, SPAN(facts.mv_data, facts.mv_size),
                                                 SPAN(state.mv_data, state.mv_size), row));
}

/* ---- Writing ---- */

static int end_find(const struct tables *t, MDB_txn *txn, unsigned table, struct table_end *e)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int raw = mdb_cursor_open(txn, t->dbi[table], &cursor);
    if (raw)
        return store_error(raw);
    raw = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    mdb_cursor_close(cursor);
    if (raw == MDB_NOTFOUND)
        e->last.n = 0;
    else if (raw)
        return store_error(raw);
    else if (key.mv_size > KEY_MAX)
        return ERR_CORRUPT;
    else
        key_bytes(&e->last, table, key.mv_data, key.mv_size);
    e->known = true;
    return 0;
}

int table_is_behind(const struct tables *t, MDB_txn *txn, const struct key *k, struct table_end *e,
                    bool *behind)
{
    int rc = e->known ? 0 : end_find(t, txn, k->table, e);
    *behind = rc == 0 && key_compare(k, &e->last) > 0;
    return rc;
}

/* One cursor for all puts of a table: where the next key is near, the way from the root is saved.
 */
static int put_bytes(MDB_txn *txn, MDB_dbi dbi, MDB_cursor **cursor, const struct key *k,
                     struct span bytes, unsigned flags)
{
    MDB_val key = key_val(k), value = {bytes.n, (void *)(uintptr_t)bytes.p};
    int raw = *cursor ? 0 : mdb_cursor_open(txn, dbi, cursor);
    return store_error(raw ? raw : mdb_cursor_put(*cursor, &key, &value, flags));
}

static int put_young(struct scattered *s, MDB_txn *txn, const struct key *k, struct span bytes)
{
    MDB_val key = key_val(k), value = {bytes.n, (void *)(uintptr_t)bytes.p};
    return store_error(scattered_put(s, txn, &key, &value));
}

static int put(struct store *s, const struct key *k, const void *row)
{
    struct tables *t = &s->tables;
    uint8_t bytes[ROW_MAX];
    size_t n;
    struct scattered *young = table_scattered(t, (enum table)k->table);
    struct table_end *e = &t->ends[k->table];
    bool end = false, apart = row_has_state(k->table);
    int rc = table_grows[k->table] ? table_is_behind(t, t->txn, k, e, &end) : 0;
    /* Numbers of vouchers have no gaps: the facts of one that is not behind the end are there. */
    if (rc == 0 && (end || !apart)) {
        rc = row_encode_facts(k->table, row, bytes, &n);
        if (rc == 0 && young && !end)
            rc = put_young(young, t->txn, k, SPAN(bytes, n));
        else if (rc == 0)
            rc = put_bytes(t->txn, t->dbi[k->table], &t->cursors[k->table], k, SPAN(bytes, n),
                           end ? MDB_APPEND : 0);
    }
    if (rc == 0 && apart && !row_is_as_begun(k->table, row)) {
        rc = row_encode_state(k->table, row, bytes, &n);
        if (rc == 0)
            rc = put_young(&t->states, t->txn, k, SPAN(bytes, n));
    }
    if (end)
        key_bytes(&e->last, k->table, k->p, k->n); /* a key is only as long as it is used */
    return rc;
}

void store_put(struct store *s, const struct key *k, const void *row)
{
    if (begin(s) == 0)
        s->tables.rc = tables_note(s, put(s, k, row));
}

int store_tables_commit(struct store *s)
{
    struct tables *t = &s->tables;
    int rc = t->rc;
    if (rc == 0 && t->txn) {
        rc = tables_note(s, store_error(mdb_txn_commit(t->txn)));
        t->txn = NULL; /* gone either way */
        /* A failed write of a meta page leaves an environment that refuses everything. */
        t->broken = rc < 0;
    }
    forget(t, rc == 0);
    return rc;
}

void store_tables_drop(struct store *s)
{
    forget(&s->tables, false);
}

int store_tables_recover(struct store *s)
{
    forget(&s->tables, false);
    return s->tables.broken ? open_anew(s, false) : 0;
}

int store_tables_clear(struct store *s)
{
    return open_anew(s, true);
}
