/* SPDX-License-Identifier: Apache-2.0 */
/* A clerk's CSV file: what is taken is text in rows that have their headings, and is read the same
 * when it is written again plainly; what is not taken is told. */
#include "tests/fuzz/fuzz.h"

#include "tools/lib/csv.h"

static void cell_sound(const struct csv_cell *c)
{
    struct arena a = {0};
    struct csv_cell again;
    size_t n = strlen(c->text), m = strlen(c->normal);
    assert_int_equal(text_utf8_valid(c->text, n), n);
    assert_int_equal(text_utf8_valid(c->normal, m), m);
    assert_false(n > 0 && (c->text[0] == ' ' || c->text[n - 1] == ' '));
    assert_false(m > 0 && (c->normal[0] == ' ' || c->normal[m - 1] == ' '));
    assert_int_equal(csv_cell_read(SPAN(c->text, n), &a, &again), 0);
    assert_string_equal(again.text, c->text);
    assert_string_equal(again.normal, c->normal);
    assert_int_equal(csv_cell_read(SPAN(c->normal, m), &a, &again), 0);
    assert_string_equal(again.normal, c->normal);
    arena_free(&a);
}

static void csv_sound(const struct csv *t)
{
    uint32_t number = t->head.number;
    assert_true(number >= 1);
    assert_in_range(t->head.n, 1, CSV_COLUMNS);
    assert_true(t->head.cells[t->head.n - 1].text[0]);
    for (uint32_t i = 0; i < t->head.n; i++)
        cell_sound(&t->head.cells[i]);
    for (uint32_t r = 0; r < t->nrows; r++) {
        const struct csv_row *row = &t->rows[r];
        bool text = !row->cells;
        assert_true(row->number > number);
        number = row->number;
        assert_true(row->cells ? row->n == t->head.n : row->n > t->head.n);
        for (uint32_t i = 0; row->cells && i < row->n; i++) {
            cell_sound(&row->cells[i]);
            text = text || row->cells[i].text[0];
        }
        assert_true(text);
    }
}

static void add(struct buf *b, const void *p, size_t n)
{
    assert_int_equal(buf_add(b, p, n), 0);
}

/* Every cell between quotes, as spreadsheets that are careful write. */
static void row_write(const struct csv_row *row, struct buf *b)
{
    for (uint32_t i = 0; i < row->n; i++) {
        add(b, i ? ",\"" : "\"", i ? 2 : 1);
        for (const char *s = row->cells[i].text; *s; s++)
            add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
        add(b, "\"", 1);
    }
    add(b, "\r\n", 2);
}

static void row_same(const struct csv_row *x, const struct csv_row *y)
{
    assert_int_equal(x->n, y->n);
    for (uint32_t i = 0; i < x->n; i++) {
        assert_string_equal(x->cells[i].text, y->cells[i].text);
        assert_string_equal(x->cells[i].normal, y->cells[i].normal);
    }
}

static void comes_back(const struct csv *t)
{
    struct arena a = {0};
    struct buf b = {0};
    struct fault f;
    struct csv again;
    uint32_t n = 0;
    row_write(&t->head, &b);
    for (uint32_t i = 0; i < t->nrows; i++)
        if (t->rows[i].cells)
            row_write(&t->rows[i], &b);
    assert_int_equal(csv_read(SPAN(b.p, b.n), &a, &f, &again), 0);
    assert_string_equal(again.encoding, "UTF-8");
    row_same(&again.head, &t->head);
    for (uint32_t i = 0; i < t->nrows; i++)
        if (t->rows[i].cells) {
            assert_true(n < again.nrows);
            row_same(&again.rows[n++], &t->rows[i]);
        }
    assert_int_equal(n, again.nrows);
    buf_free(&b);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct fault f = {0};
    struct csv t = {0};
    int rc = csv_read(SPAN(p, n), &a, &f, &t);
    if (rc < 0) {
        assert_int_equal(rc, ERR_INVALID);
        fault_sound(&f);
    } else {
        csv_sound(&t);
        comes_back(&t);
    }
    arena_free(&a);
    return 0;
}
