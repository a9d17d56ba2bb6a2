/* SPDX-License-Identifier: Apache-2.0 */
/* Two stores' tables against each other, by their bytes: a row has one encoding. */
#include "store/inner.h"

/* One store's side of a table. */
struct side {
    struct walk walk;
    MDB_val key, value;
    bool end;
};

static int side_next(struct side *s)
{
    int raw = walk_next(&s->walk, &(const MDB_val){0, NULL}, &s->key, &s->value);
    s->end = raw == MDB_NOTFOUND;
    return s->end ? 0 : store_error(raw);
}

/* By key; the end sorts behind everything. */
static int side_compare(const struct side *a, const struct side *b)
{
    return a->end || b->end ? a->end - b->end : vals_compare(&a->key, &b->key);
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

static int side_begin(struct side *s, struct view *v, enum table t, bool state)
{
    struct tables *all = &v->store->tables;
    const struct scattered *young = state ? &all->states : table_scattered(all, t);
    return store_error(walk_begin(&s->walk, v->tables, young ? young->old : all->dbi[t], young));
}

static int compare_table(struct view *a, struct view *b, enum table t, bool state, struct fault *f)
{
    struct side x = {0}, y = {0};
    int rc = side_begin(&x, a, t, state);
    if (rc == 0)
        rc = side_begin(&y, b, t, state);
    if (rc == 0)
        rc = compare_sides(&x, &y, t, f);
    walk_end(&x.walk);
    walk_end(&y.walk);
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
