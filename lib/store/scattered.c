/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose keys come in no order: request ids made of random bytes, what has become of vouchers.
 * Put where they belong at once, each would have a page of a large database written. So they are
 * put into a young database, whose pages, being few, take several in one commit. When that one is
 * large enough another young one takes its place, while its rows are moved to the old database, one
 * with each put, by their keys, so that there, too, each page takes several. Then it is emptied as
 * a whole: rows are not deleted one by one, for which LMDB looks at pages beside theirs, and trusts
 * them.
 *
 * A row is in one of the young databases at most, and counts there before the old one. Which of the
 * two takes rows, and how far the other was moved, can be forgotten at any time: what is moved
 * again is the same. It pays up to some ten million old rows, and is no loss beyond. */
#include "store/inner.h"

#include <stdio.h>

#define YOUNG_ROWS     (256 * 1024) /* at which a young database is large enough; */
#define YOUNG_FOR_PAGE 4 /* more for each page of the old one, which takes so many at once */
#define MOVES_MORE                                                                                 \
    4 /* one row more is moved for so many puts: the other must not be full first                  \
       */

int scattered_open(MDB_txn *txn, const char *name, struct scattered *s)
{
    char young[2][40];
    int raw = mdb_dbi_open(txn, name, MDB_CREATE, &s->old);
    s->enough = YOUNG_ROWS;
    for (int i = 0; i < 2 && raw == 0; i++) {
        snprintf(young[i], sizeof young[i], "%s_young_%d", name, i);
        raw = mdb_dbi_open(txn, young[i], MDB_CREATE, &s->young[i]);
    }
    scattered_forget(s, false);
    return raw;
}

void scattered_forget(struct scattered *s, bool committed)
{
    memset(s->cursors, 0, sizeof s->cursors);
    s->begun = false;
    if (!committed) {
        s->known = false;
        s->moved.n = 0;
    }
}

int scattered_get(const struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value)
{
    int raw = mdb_get(txn, s->young[0], key, value);
    if (raw == MDB_NOTFOUND)
        raw = mdb_get(txn, s->young[1], key, value);
    return raw == MDB_NOTFOUND ? mdb_get(txn, s->old, key, value) : raw;
}

/* ---- Putting and moving ---- */

enum place { FILLING, MOVING, OLD };

static MDB_dbi database(const struct scattered *s, enum place p)
{
    return p == OLD ? s->old : s->young[p == FILLING ? s->filling : !s->filling];
}

static int cursor(struct scattered *s, MDB_txn *txn, enum place p, MDB_cursor **out)
{
    MDB_dbi dbi = database(s, p);
    MDB_cursor **c = &s->cursors[p == OLD ? 2 : dbi == s->young[1]];
    int raw = *c ? 0 : mdb_cursor_open(txn, dbi, c);
    *out = *c;
    return raw;
}

static int put_into(struct scattered *s, MDB_txn *txn, enum place p, MDB_val *key, MDB_val *value)
{
    MDB_cursor *c;
    int raw = cursor(s, txn, p, &c);
    return raw ? raw : mdb_cursor_put(c, key, value, 0);
}

/* At the first put of a transaction: which database takes rows, and whether the other has some. */
static int begin(struct scattered *s, MDB_txn *txn)
{
    MDB_stat young[2], old;
    int raw = mdb_stat(txn, s->old, &old);
    for (int i = 0; i < 2 && raw == 0; i++)
        raw = mdb_stat(txn, s->young[i], &young[i]);
    if (raw)
        return raw;
    if (!s->known)
        s->filling = young[0].ms_entries > 0 && young[1].ms_entries > 0
                         ? young[0].ms_entries > young[1].ms_entries
                         : young[1].ms_entries > 0;
    s->moving = young[!s->filling].ms_entries > 0;
    if (!s->moving &&
        young[s->filling].ms_entries >= s->enough + YOUNG_FOR_PAGE * old.ms_leaf_pages) {
        s->filling = !s->filling;
        s->moving = true;
        s->moved.n = 0;
    }
    s->begun = s->known = true;
    s->puts = 0;
    return 0;
}

/* Moves the row after the last that was moved. It is looked for, not stepped to: LMDB steps to a
 * page without looking whether it is one. */
static int move_one(struct scattered *s, MDB_txn *txn)
{
    uint8_t after[KEY_MAX + 1], copy[ROW_MAX];
    MDB_val key = {s->moved.n + 1U, after}, value;
    MDB_cursor *c;
    int raw = cursor(s, txn, MOVING, &c);
    if (raw)
        return raw;
    memcpy(after, s->moved.p, s->moved.n);
    after[s->moved.n] = 0;
    raw = mdb_cursor_get(c, &key, &value, MDB_SET_RANGE);
    if (raw == MDB_NOTFOUND) {
        s->moving = false;
        s->moved.n = 0;
        return mdb_drop(txn, database(s, MOVING), 0);
    }
    if (raw)
        return raw;
    if (key.mv_size > KEY_MAX || value.mv_size > sizeof copy)
        return MDB_CORRUPTED;
    key_bytes(&s->moved, 0, key.mv_data, key.mv_size);
    memcpy(copy, value.mv_data, value.mv_size);
    key.mv_data = s->moved.p;
    value.mv_data = copy;
    return put_into(s, txn, OLD, &key, &value);
}

/* A row that the database being emptied has stays there; was it moved already, the old one gets it
 * too. */
static int put_moving(struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value)
{
    MDB_cursor *c;
    MDB_val there, moved = {s->moved.n, s->moved.p};
    int raw = cursor(s, txn, MOVING, &c);
    if (raw == 0)
        raw = mdb_cursor_get(c, key, &there, MDB_SET);
    if (raw == 0)
        raw = put_into(s, txn, MOVING, key, value);
    if (raw == 0 && s->moved.n > 0 && vals_compare(key, &moved) <= 0)
        raw = put_into(s, txn, OLD, key, value);
    return raw;
}

int scattered_put(struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value)
{
    int raw = s->begun ? 0 : begin(s, txn);
    if (raw)
        return raw;
    raw = s->moving ? put_moving(s, txn, key, value) : MDB_NOTFOUND;
    if (raw == MDB_NOTFOUND)
        raw = put_into(s, txn, FILLING, key, value);
    s->puts++;
    if (raw == 0 && s->moving)
        raw = move_one(s, txn);
    if (raw == 0 && s->moving && s->puts % MOVES_MORE == 0)
        raw = move_one(s, txn);
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
    int raw = 0;
    *w = (struct walk){0};
    for (int i = 0; i < WALK_SIDES; i++)
        w->sides[i].end = true;
    for (int i = 0; s && i < 2 && raw == 0; i++)
        raw = mdb_cursor_open(txn, s->young[i], &w->sides[i].cursor);
    return raw ? raw : mdb_cursor_open(txn, old, &w->sides[WALK_SIDES - 1].cursor);
}

int walk_next(struct walk *w, const MDB_val *from, MDB_val *key, MDB_val *value)
{
    const struct walk_side *first = NULL;
    for (int i = 0; i < WALK_SIDES; i++) {
        struct walk_side *s = &w->sides[i];
        int raw = !w->begun || s->given ? side_step(s, w->begun ? NULL : from) : 0;
        if (raw)
            return raw;
        if (!s->end && (!first || vals_compare(&s->key, &first->key) < 0))
            first = s;
    }
    w->begun = true;
    for (int i = 0; i < WALK_SIDES; i++) {
        struct walk_side *s = &w->sides[i];
        s->given = !s->end && vals_compare(&s->key, &first->key) == 0;
    }
    if (!first)
        return MDB_NOTFOUND;
    *key = first->key;
    *value = first->value;
    return 0;
}

void walk_end(struct walk *w)
{
    for (int i = 0; i < WALK_SIDES; i++)
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
