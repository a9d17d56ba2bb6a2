/* SPDX-License-Identifier: Apache-2.0 */
/* Two stores' tables against each other, by their bytes: a row has one encoding. */
#include "store/inner.h"

/* One store's side of a table. */
struct side {
    MDB_cursor *cursor;
    MDB_val key, value;
    bool end;
};

static int side_next(struct side *s)
{
    int raw = mdb_cursor_get(s->cursor, &s->key, &s->value, MDB_NEXT);
    s->end = raw == MDB_NOTFOUND;
    return s->end ? 0 : store_error(raw);
}

/* By key, as LMDB sorts; the end sorts behind everything. */
static int side_compare(const struct side *a, const struct side *b)
{
    if (a->end || b->end)
        return a->end - b->end;
    size_t least = a->key.mv_size < b->key.mv_size ? a->key.mv_size : b->key.mv_size;
    int c = memcmp(a->key.mv_data, b->key.mv_data, least);
    return c ? c : (a->key.mv_size > b->key.mv_size) - (a->key.mv_size < b->key.mv_size);
}

static int differ(struct fault *f, enum table t, const MDB_val *key, const char *how)
{
    char hex[2 * KEY_MAX + 1];
    hex_format(key->mv_data, key->mv_size < KEY_MAX ? key->mv_size : KEY_MAX, hex);
    (void)!fault_set(f, table_name(t), hex, "%s", how);
    return ERR_CORRUPT;
}

static int compare_sides(struct side *a, struct side *b, enum table t, struct fault *f)
{
    for (;;) {
        int rc = side_next(a);
        if (rc == 0)
            rc = side_next(b);
        if (rc < 0)
            return rc;
        if (a->end && b->end)
            return 0;
        int c = side_compare(a, b);
        if (c < 0)
            return differ(f, t, &a->key, "a row of the first tables that the second have not");
        if (c > 0)
            return differ(f, t, &b->key, "a row of the second tables that the first have not");
        if (!span_equal(SPAN(a->value.mv_data, a->value.mv_size),
                        SPAN(b->value.mv_data, b->value.mv_size)))
            return differ(f, t, &a->key, "the same row in both tables");
    }
}

static MDB_dbi dbi_of(const struct view *v, enum table t, bool state)
{
    return state ? v->store->tables.state : v->store->tables.dbi[t];
}

static int compare_table(struct view *a, struct view *b, enum table t, bool state, struct fault *f)
{
    struct side x = {0}, y = {0};
    int rc = store_error(mdb_cursor_open(a->tables, dbi_of(a, t, state), &x.cursor));
    if (rc == 0)
        rc = store_error(mdb_cursor_open(b->tables, dbi_of(b, t, state), &y.cursor));
    if (rc == 0)
        rc = compare_sides(&x, &y, t, f);
    if (x.cursor)
        mdb_cursor_close(x.cursor);
    if (y.cursor)
        mdb_cursor_close(y.cursor);
    return rc;
}

int store_compare(struct store *a, struct store *b, struct fault *f)
{
    struct view *x = NULL, *y = NULL;
    /* The copy first, as where it is folded: views of two stores are always taken in this order. */
    int rc = view_snapshot(b, &y);
    if (rc == 0)
        rc = view_snapshot(a, &x);
    for (int t = 0; t < TABLE_COUNT && rc == 0; t++)
        rc = compare_table(x, y, (enum table)t, false, f);
    if (rc == 0)
        rc = compare_table(x, y, TABLE_VOUCHER, true, f);
    view_end(y);
    view_end(x);
    return rc;
}
