/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose keys come in no order: request ids made of random bytes, what has become of vouchers.
 * Put where they belong at once, each would have a page of a large database written. So they are
 * put into a small one, whose pages take several at a time, and go from there to the large one when
 * it is full: by the keys, some after those that went last, so that again each page takes several.
 */
#include "store/inner.h"

#define YOUNG_ROWS     (256 * 1024) /* that stay in the small database, */
#define YOUNG_FOR_PAGE 4 /* and for each page of the large one, which takes so many at once */
#define MOVE_MOST      2 /* rows for one that was put: a commit stays as large as what it stores */

int scattered_open(MDB_txn *txn, const char *name, const char *young, struct scattered *s)
{
    s->stay = YOUNG_ROWS;
    int raw = mdb_dbi_open(txn, name, MDB_CREATE, &s->old);
    return raw ? raw : mdb_dbi_open(txn, young, MDB_CREATE, &s->young);
}

void scattered_forget(struct scattered *s)
{
    s->puts = NULL;
    s->put = 0;
}

int scattered_get(const struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value)
{
    int raw = mdb_get(txn, s->young, key, value);
    return raw == MDB_NOTFOUND ? mdb_get(txn, s->old, key, value) : raw;
}

int scattered_put(struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value)
{
    int raw = s->puts ? 0 : mdb_cursor_open(txn, s->young, &s->puts);
    s->put++;
    return raw ? raw : mdb_cursor_put(s->puts, key, value, 0);
}

/* How many rows are to be moved. */
static int surplus(const struct scattered *s, MDB_txn *txn, size_t *out)
{
    MDB_stat young, old;
    int raw = mdb_stat(txn, s->young, &young);
    if (raw == 0)
        raw = mdb_stat(txn, s->old, &old);
    if (raw)
        return raw;
    size_t stay = s->stay + YOUNG_FOR_PAGE * old.ms_leaf_pages;
    size_t most = MOVE_MOST * s->put;
    *out = young.ms_entries > stay ? young.ms_entries - stay : 0;
    if (*out > most)
        *out = most;
    return 0;
}

/* The first row to be moved: the one after the last that was, or the first of all. */
static int first_to_move(const struct scattered *s, MDB_cursor *from, MDB_val *key, MDB_val *value)
{
    int raw = MDB_NOTFOUND;
    if (s->moved.n > 0) {
        *key = (MDB_val){s->moved.n, (void *)(uintptr_t)s->moved.p};
        raw = mdb_cursor_get(from, key, value, MDB_SET_RANGE);
    }
    return raw == MDB_NOTFOUND ? mdb_cursor_get(from, key, value, MDB_FIRST) : raw;
}

static int move(struct scattered *s, MDB_cursor *from, MDB_cursor *to, size_t n)
{
    MDB_val key, value;
    for (size_t i = 0; i < n; i++) {
        /* A row that was deleted leaves the cursor before the next one. */
        int raw =
            i ? mdb_cursor_get(from, &key, &value, MDB_NEXT) : first_to_move(s, from, &key, &value);
        if (raw == MDB_NOTFOUND) {
            s->moved.n = 0; /* from the first again, next time */
            return 0;
        }
        uint8_t copy[ROW_MAX];
        if (raw)
            return raw;
        if (key.mv_size > KEY_MAX || value.mv_size > sizeof copy)
            return MDB_CORRUPTED;
        key_bytes(&s->moved, 0, key.mv_data, key.mv_size);
        memcpy(copy, value.mv_data, value.mv_size);
        key.mv_data = s->moved.p;
        value.mv_data = copy;
        raw = mdb_cursor_put(to, &key, &value, 0);
        if (raw == 0)
            raw = mdb_cursor_del(from, 0);
        if (raw)
            return raw;
    }
    return 0;
}

int scattered_settle(struct scattered *s, MDB_txn *txn)
{
    MDB_cursor *from = NULL, *to = NULL;
    size_t n;
    int raw = surplus(s, txn, &n);
    if (raw || n == 0)
        return raw;
    raw = mdb_cursor_open(txn, s->young, &from);
    if (raw == 0)
        raw = mdb_cursor_open(txn, s->old, &to);
    if (raw == 0)
        raw = move(s, from, to, n);
    if (from)
        mdb_cursor_close(from);
    if (to)
        mdb_cursor_close(to);
    return raw;
}

/* ---- Walking ---- */

static int side_step(struct walk_side *s, const MDB_val *from)
{
    MDB_cursor_op op = MDB_NEXT;
    if (!s->cursor)
        return 0;
    if (from) {
        s->key = *from;
        op = from->mv_size ? MDB_SET_RANGE : MDB_FIRST; /* LMDB takes no empty key to begin from */
    }
    int raw = mdb_cursor_get(s->cursor, &s->key, &s->value, op);
    s->end = raw == MDB_NOTFOUND;
    return s->end ? 0 : raw;
}

int walk_begin(struct walk *w, MDB_txn *txn, MDB_dbi old, const struct scattered *s)
{
    *w = (struct walk){0};
    w->sides[0].end = w->sides[1].end = true;
    int raw = mdb_cursor_open(txn, old, &w->sides[1].cursor);
    return raw || !s ? raw : mdb_cursor_open(txn, s->young, &w->sides[0].cursor);
}

int walk_next(struct walk *w, const MDB_val *from, MDB_val *key, MDB_val *value)
{
    struct walk_side *young = &w->sides[0], *old = &w->sides[1];
    bool both = !w->given[0] && !w->given[1];
    for (int i = 0; i < 2; i++) {
        int raw = both || w->given[i] ? side_step(&w->sides[i], both ? from : NULL) : 0;
        if (raw)
            return raw;
    }
    if (young->end && old->end)
        return MDB_NOTFOUND;
    int c = young->end ? 1 : old->end ? -1 : vals_compare(&young->key, &old->key);
    w->given[0] = c <= 0;
    w->given[1] = c >= 0;
    const struct walk_side *s = c <= 0 ? young : old;
    *key = s->key;
    *value = s->value;
    return 0;
}

void walk_end(struct walk *w)
{
    for (int i = 0; i < 2; i++)
        if (w->sides[i].cursor)
            mdb_cursor_close(w->sides[i].cursor);
    *w = (struct walk){0};
}

int vals_compare(const MDB_val *a, const MDB_val *b)
{
    size_t least = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    int c = memcmp(a->mv_data, b->mv_data, least);
    return c ? c : (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}
