/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory: wanting, loading, marks that nest, what is dirty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/keys.h"
#include "ledger/row_room.h"
#include "ledger/rows.h"

/* Loads what is wanted: lines with an even number exist, their year is the number. */
static void load(struct rows *r)
{
    const struct key *const *keys;
    void *const *rows;
    bool *found;
    int n = rows_wanted(r, &keys, &rows, &found);
    for (int i = 0; i < n; i++) {
        assert_false(found[i]);
        if (keys[i]->table != TABLE_LINE || get_be64(keys[i]->p) % 2)
            continue;
        uint64_t number = get_be64(keys[i]->p);
        memset(rows[i], 0, sizeof(struct line_row));
        ((struct line_row *)rows[i])->year = (int32_t)number;
        found[i] = true;
    }
    rows_loaded(r);
    assert_false(rows_incomplete(r));
}

static const struct line_row *line(struct rows *r, uint32_t n)
{
    struct key k;
    return rows_read_line_row(r, key_line(&k, n));
}

static void put(struct rows *r, uint32_t n, int year)
{
    struct key k;
    rows_write_line_row(r, key_line(&k, n))->year = year;
}

static size_t ndirty(const struct rows *r)
{
    size_t n = 0;
    for (int i = 0; i < TABLE_COUNT; i++)
        n += rows_dirty(r, (enum table)i);
    return n;
}

static void what_is_read_is_wanted(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    assert_false(rows_incomplete(r));
    assert_null(line(r, 2));
    assert_null(line(r, 3));
    assert_null(line(r, 2));
    struct key k;
    key_line(&k, 4);
    rows_want(r, &k);
    assert_true(rows_incomplete(r));
    load(r);
    assert_int_equal(line(r, 2)->year, 2);
    assert_null(line(r, 3));
    assert_int_equal(line(r, 4)->year, 4);
    assert_false(rows_incomplete(r));
    assert_int_equal(ndirty(r), 0);
    rows_free(r);
}

static void what_is_written_unloaded_is_not_kept(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    put(r, 2, 99);
    assert_true(rows_incomplete(r));
    assert_int_equal(ndirty(r), 0);
    load(r);
    assert_int_equal(line(r, 2)->year, 2);
    put(r, 2, 99);
    put(r, 3, 98); /* not there: made */
    load(r);
    assert_null(line(r, 3));
    put(r, 3, 98);
    assert_int_equal(line(r, 2)->year, 99);
    assert_int_equal(line(r, 3)->year, 98);
    assert_int_equal(line(r, 3)->appropriated.fen, 0);
    assert_int_equal(ndirty(r), 2);
    rows_turn(r);
    assert_int_equal(ndirty(r), 0);
    put(r, 3, 97);
    assert_int_equal(ndirty(r), 1);
    rows_reset(r);
    assert_int_equal(ndirty(r), 0);
    assert_null(line(r, 3));
    assert_true(rows_incomplete(r));
    rows_free(r);
}

static struct rows *loaded(void)
{
    struct rows *r = rows_new();
    for (uint32_t n = 1; n <= 8; n++)
        (void)line(r, n);
    load(r);
    return r;
}

static void rollback_takes_back(void **state)
{
    (void)state;
    struct rows *r = loaded();
    put(r, 2, 20);
    size_t mark = rows_mark(r);
    put(r, 2, 21);
    put(r, 2, 22);
    put(r, 3, 30);
    put(r, 4, 40);
    rows_rollback(r, mark);
    assert_int_equal(line(r, 2)->year, 20);
    assert_null(line(r, 3));
    assert_int_equal(line(r, 4)->year, 4);
    assert_int_equal(ndirty(r), 1);
    /* A row that was made and taken back is made anew, as zeros. */
    put(r, 3, 31);
    assert_int_equal(line(r, 3)->appropriated.fen, 0);
    assert_int_equal(ndirty(r), 2);
    rows_free(r);
}

static void marks_nest(void **state)
{
    (void)state;
    struct rows *r = loaded();
    size_t outer = rows_mark(r);
    put(r, 2, 20);
    put(r, 4, 40);
    size_t inner = rows_mark(r);
    put(r, 2, 21);
    put(r, 3, 31);
    rows_rollback(r, inner);
    assert_int_equal(line(r, 2)->year, 20);
    assert_null(line(r, 3));
    put(r, 2, 22);
    inner = rows_mark(r);
    put(r, 2, 23);
    put(r, 3, 33);
    rows_keep(r);
    assert_int_equal(line(r, 2)->year, 23);
    put(r, 3, 34);
    put(r, 6, 60);
    rows_rollback(r, outer);
    assert_int_equal(line(r, 2)->year, 2);
    assert_null(line(r, 3));
    assert_int_equal(line(r, 4)->year, 4);
    assert_int_equal(line(r, 6)->year, 6);
    assert_int_equal(ndirty(r), 0);
    /* Kept: nothing to take back any more, and a later mark starts anew. */
    (void)rows_mark(r);
    put(r, 2, 25);
    rows_keep(r);
    outer = rows_mark(r);
    put(r, 2, 26);
    rows_rollback(r, outer);
    assert_int_equal(line(r, 2)->year, 25);
    assert_int_equal(ndirty(r), 1);
    rows_free(r);
}

/* A row loaded after a mark stays loaded when the mark is taken back. */
static void rollback_keeps_what_was_loaded(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    size_t mark = rows_mark(r);
    put(r, 2, 20);
    rows_rollback(r, mark);
    load(r);
    mark = rows_mark(r);
    put(r, 2, 20);
    (void)line(r, 4);
    load(r);
    put(r, 4, 40);
    rows_rollback(r, mark);
    assert_int_equal(line(r, 2)->year, 2);
    assert_int_equal(line(r, 4)->year, 4);
    assert_false(rows_incomplete(r));
    rows_free(r);
}

/* More rows than the map starts with; keys that differ in table, length or one byte only. */
static void many_rows(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    for (int round = 0; round < 3; round++) {
        for (uint32_t n = 1; n <= 5000; n++)
            (void)line(r, n);
        load(r);
        for (uint32_t n = 1; n <= 5000; n++) {
            if (n % 2)
                assert_null(line(r, n));
            else
                assert_int_equal(line(r, n)->year, n);
            put(r, n, (int)n + 1);
        }
        assert_int_equal(ndirty(r), 5000);
        assert_int_equal(line(r, 4321)->year, 4322);
        rows_reset(r);
    }
    struct key keys[9];
    size_t n = 0;
    key_invoice(&keys[n++], "1");
    key_invoice(&keys[n++], "11");
    key_contract_number(&keys[n++], "1");
    key_shown(&keys[n++], "1", 1);
    key_shown(&keys[n++], "1", 2);
    key_invoice(&keys[n++], "12345678");
    key_invoice(&keys[n++], "123456789");
    key_invoice(&keys[n++], "12345679");
    key_principal(&keys[n++], "1");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        rows_want(r, &keys[i]);
    load(r);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        *(uint8_t *)rows_write(r, &keys[i]) = (uint8_t)(i + 1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_equal(*(const uint8_t *)rows_read(r, &keys[i]), i + 1);
    rows_free(r);
}

static struct invoice_row *invoice(struct rows *r, const char *number)
{
    struct key k;
    return rows_write_invoice_row(r, key_invoice(&k, number));
}

static size_t nwritten(const struct rows *r, enum table t)
{
    size_t at = 0, n = 0;
    const struct key *k;
    const void *row;
    while (rows_next_written(r, &at, &k, &row))
        n += k->table == t;
    return n;
}

/* What a generation wrote is there to be stored while the next one is worked on, and does not
 * change; what nobody asked for since is forgotten with it. */
static void rows_are_taken_over(void **state)
{
    struct key k;
    (void)state;
    struct rows *r = loaded();
    put(r, 2, 20);
    (void)invoice(r, "1");
    load(r);
    invoice(r, "1")->entry = 9;
    assert_int_equal(rows_dirty(r, TABLE_LINE), 1);
    assert_int_equal(rows_dirty(r, TABLE_INVOICE), 1);
    assert_int_equal(ndirty(r), 2);
    assert_true(rows_bytes(r) >= 4 * sizeof(struct line_row));
    rows_turn(r);
    assert_int_equal(ndirty(r), 0);
    assert_int_equal(nwritten(r, TABLE_LINE), 1);
    assert_int_equal(nwritten(r, TABLE_INVOICE), 1);
    assert_int_equal(line(r, 2)->year, 20);
    put(r, 2, 21);
    put(r, 4, 40);
    assert_false(rows_incomplete(r));
    size_t at = 0;
    const struct key *written;
    const void *row;
    while (rows_next_written(r, &at, &written, &row))
        if (written->table == TABLE_LINE)
            assert_int_equal(((const struct line_row *)row)->year, 20);
    rows_turn(r);
    assert_int_equal(nwritten(r, TABLE_LINE), 2);
    assert_int_equal(line(r, 2)->year, 21);
    assert_false(rows_incomplete(r));
    /* The invoice, and a line that was absent, were not asked for: they are to be loaded again. */
    assert_null(rows_read_invoice_row(r, key_invoice(&k, "1")));
    assert_null(line(r, 3));
    assert_true(rows_incomplete(r));
    rows_free(r);
}

/* What was written in an earlier generation is not taken back, what is written now is. */
static void marks_after_a_turn(void **state)
{
    (void)state;
    struct rows *r = loaded();
    put(r, 2, 20);
    rows_turn(r);
    size_t mark = rows_mark(r);
    put(r, 2, 21);
    put(r, 3, 30);
    put(r, 6, 60);
    assert_int_equal(rows_dirty(r, TABLE_LINE), 3);
    assert_int_equal(rows_made(r, TABLE_LINE), 1);
    rows_rollback(r, mark);
    assert_int_equal(line(r, 2)->year, 20);
    assert_null(line(r, 3));
    assert_int_equal(line(r, 6)->year, 6);
    assert_int_equal(ndirty(r), 0);
    assert_int_equal(rows_made(r, TABLE_LINE), 0);
    rows_turn(r);
    assert_int_equal(nwritten(r, TABLE_LINE), 0);
    rows_free(r);
}

static void peeking_wants_nothing(void **state)
{
    (void)state;
    struct rows *r = loaded();
    struct key k2, k3, k100;
    key_line(&k2, 2);
    key_line(&k3, 3);
    key_line(&k100, 100);
    struct line_row row;
    bool there = false;
    put(r, 2, 20);
    for (int turn = 0; turn < 2; turn++) {
        memset(&row, 0xff, sizeof row);
        assert_true(rows_peek(r, &k2, &row, &there));
        assert_true(there);
        assert_int_equal(row.year, 20);
        assert_int_equal(row.changes, 0);
        assert_true(rows_peek(r, &k3, &row, &there));
        assert_false(there);
        assert_false(rows_peek(r, &k100, &row, &there));
        assert_false(rows_incomplete(r));
        rows_turn(r);
    }
    assert_false(rows_peek(r, &k2, &row, &there));
    rows_want(r, &k2);
    assert_false(rows_peek(r, &k2, &row, &there));
    rows_free(r);
}

/* Of a row that both generations have, the newer is shown. */
static void peeking_sees_the_newer(void **state)
{
    (void)state;
    struct rows *r = loaded();
    struct key k2, k3;
    key_line(&k2, 2);
    key_line(&k3, 3);
    struct line_row row;
    bool there = false;
    put(r, 2, 20);
    rows_turn(r);
    put(r, 2, 21);
    put(r, 3, 31);
    assert_true(rows_peek(r, &k2, &row, &there));
    assert_true(there);
    assert_int_equal(row.year, 21);
    assert_true(rows_peek(r, &k3, &row, &there));
    assert_true(there);
    assert_int_equal(row.year, 31);
    rows_free(r);
}

/* Also a row that was made and taken back: it has a place, and nothing there. */
static void absent_after_a_turn(void **state)
{
    (void)state;
    struct rows *r = loaded();
    size_t mark = rows_mark(r);
    put(r, 3, 30);
    rows_rollback(r, mark);
    rows_turn(r);
    assert_null(line(r, 3));
    assert_null(line(r, 5));
    assert_false(rows_incomplete(r));
    put(r, 3, 31);
    assert_int_equal(line(r, 3)->appropriated.fen, 0);
    assert_int_equal(rows_dirty(r, TABLE_LINE), 1);
    rows_free(r);
}

/* Many small generations after a large one: nothing of one is left in the next but one. */
static void turned_again_and_again(void **state)
{
    struct key k;
    (void)state;
    struct rows *r = rows_new();
    char number[16];
    for (int turn = 0; turn < 200; turn++) {
        int n = turn % 50 == 0 ? 3000 : 1 + turn % 7;
        for (int i = 0; i < n; i++) {
            snprintf(number, sizeof number, "%d", i * 31);
            assert_null(rows_read_invoice_row(r, key_invoice(&k, number)));
        }
        assert_true(rows_incomplete(r));
        load(r);
        for (int i = 0; i < n; i++) {
            snprintf(number, sizeof number, "%d", i * 31);
            assert_int_equal(invoice(r, number)->entry, 0);
            invoice(r, number)->entry = (uint64_t)turn + 1;
        }
        assert_false(rows_incomplete(r));
        assert_int_equal(ndirty(r), n);
        rows_turn(r);
        rows_turn(r);
    }
    rows_free(r);
}

static void absent_is_not_wanted(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key k;
    key_line(&k, 2);
    rows_absent(r, &k);
    assert_false(rows_incomplete(r));
    assert_null(line(r, 2));
    put(r, 2, 7);
    rows_absent(r, &k); /* what is known stays */
    assert_int_equal(line(r, 2)->year, 7);
    key_line(&k, 4);
    (void)line(r, 4);
    rows_absent(r, &k); /* what is wanted is loaded */
    assert_true(rows_incomplete(r));
    load(r);
    assert_int_equal(line(r, 4)->year, 4);
    rows_free(r);
}

/* Rows with lists have room for one item more each time that they are written, and are taken back
 * with what they had. */
static void lists_grow_and_are_taken_back(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key k, ka;
    key_bytes(&k, TABLE_CLAIM, "x", 1);
    key_bytes(&ka, TABLE_ACCOUNT, "x", 1);
    size_t mark = 0;
    rows_absent(r, &k);
    rows_absent(r, &ka);
    for (int i = 0; i < LIMIT_ACCOUNT_YEARS; i++) {
        if (i == 2)
            mark = rows_mark(r);
        struct claim_row *c = rows_write(r, &k);
        c->net.fen = c->parts[c->nparts].year = i + 1;
        c->nparts++;
        struct account_row *a = rows_write(r, &ka);
        a->vouchers = (uint32_t)i + 1;
        a->years[a->nyears++].year = i + 1;
    }
    const struct claim_row *c = rows_read(r, &k);
    const struct account_row *a = rows_read(r, &ka);
    for (int i = 0; i < LIMIT_ACCOUNT_YEARS; i++) {
        assert_int_equal(c->parts[i].year, i + 1);
        assert_int_equal(a->years[i].year, i + 1);
    }
    assert_int_equal(row_used(TABLE_ACCOUNT, a), sizeof *a);
    rows_rollback(r, mark);
    c = rows_read(r, &k);
    a = rows_read(r, &ka);
    assert_int_equal(c->nparts, 2);
    assert_int_equal(a->nyears, 2);
    assert_int_equal(c->net.fen, 2);
    assert_int_equal(a->vouchers, 2);
    assert_int_equal(c->parts[1].year, 2);
    assert_int_equal(a->years[1].year, 2);
    rows_free(r);
}

/* Room for more items is asked for by number: what they take is nobody else's, and they move with
 * the row. */
static void room_for_several_items(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key keys[40];
    assert_int_equal(row_grown(TABLE_VOUCHER, NULL, 3), offsetof(struct voucher_row, parts[3]));
    assert_int_equal(row_grown(TABLE_VOUCHER, NULL, LIMIT_LINES + 1), sizeof(struct voucher_row));
    for (int i = 0; i < 40; i++) {
        key_voucher(&keys[i], (uint64_t)i + 1);
        rows_absent(r, &keys[i]);
        const unsigned n = (unsigned)i % (LIMIT_LINES + 1);
        struct voucher_row *v = rows_write_more(r, &keys[i], n);
        v->face.fen = i;
        for (v->nparts = 0; v->nparts < (int)n; v->nparts++)
            v->parts[v->nparts].line = 100 * (uint32_t)i + (uint32_t)v->nparts;
    }
    /* One more for those that have room in their lists, when others lie behind them. */
    for (int i = 0; i < 40; i++) {
        const int n = i % (LIMIT_LINES + 1);
        struct voucher_row *v = n < LIMIT_LINES ? rows_write_more(r, &keys[i], 1) : NULL;
        if (v)
            v->parts[v->nparts++].line = 100 * (uint32_t)i + (uint32_t)n;
    }
    size_t bytes = rows_bytes(r);
    for (int i = 0; i < 40; i++) {
        const int n = i % (LIMIT_LINES + 1);
        const struct voucher_row *v = rows_write_voucher_row(r, &keys[i]);
        assert_int_equal(v->face.fen, i);
        assert_int_equal(v->nparts, n < LIMIT_LINES ? n + 1 : n);
        for (int j = 0; j < v->nparts; j++)
            assert_int_equal(v->parts[j].line, 100 * i + j);
    }
    assert_int_equal(rows_bytes(r), bytes); /* writing alone takes no more room */
    rows_free(r);
}

/* A claim that comes from the generation before has room for its next part at once: it is not moved
 * for it. */
static void what_is_taken_over_has_room(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key k;
    key_bytes(&k, TABLE_CLAIM, "x", 1);
    rows_absent(r, &k);
    ((struct claim_row *)rows_write(r, &k))->nparts = 1;
    rows_turn(r);
    (void)rows_read(r, &k);
    size_t bytes = rows_bytes(r);
    assert_true(bytes > 0);
    struct claim_row *c = rows_write(r, &k);
    assert_int_equal(c->nparts, 1);
    assert_int_equal(rows_bytes(r), bytes);
    rows_free(r);
}

/* An enterprise takes what its traits need. */
static void used_and_unused(void **state)
{
    (void)state;
    struct enterprise_row e = {.ntraits = 2};
    struct enterprise_name_row n = {.name = "a company"};
    assert_int_equal(row_used(TABLE_ENTERPRISE, &e), offsetof(struct enterprise_row, traits[2]));
    assert_int_equal(row_loaded(TABLE_ENTERPRISE, &e), offsetof(struct enterprise_row, traits[2]));
    assert_int_equal(row_used(TABLE_ENTERPRISE_NAME, &n), 10);
    assert_int_equal(row_loaded(TABLE_ENTERPRISE_NAME, &n), 10);
    assert_int_equal(row_grown(TABLE_ENTERPRISE_NAME, &n, 0), sizeof n);
    assert_int_equal(row_used(TABLE_LINE, NULL), sizeof(struct line_row));
}

/* Keys that differ in one byte, wherever it is, are two rows: asked for one after the other, too.
 */
static void one_byte_tells_keys_apart(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    uint8_t bytes[40];
    for (size_t n = 1; n <= sizeof bytes; n++) {
        memset(bytes, (int)n, sizeof bytes);
        struct key k;
        key_bytes(&k, TABLE_REQUEST, bytes, n);
        rows_absent(r, &k);
        rows_write_request_row(r, &k)->entry = n;
        for (size_t i = 0; i < n; i++) {
            struct key other = k;
            other.p[i] ^= 0x80;
            assert_non_null(rows_read(r, &k)); /* the one found last */
            rows_absent(r, &other);
            assert_null(rows_read(r, &other));
            rows_write_request_row(r, &other)->entry = n + 100 * (i + 1);
        }
        assert_int_equal(rows_read_request_row(r, &k)->entry, n);
    }
    assert_int_equal(rows_error(r), 0);
    rows_free(r);
}

static void free_of_nothing(void **state)
{
    (void)state;
    rows_free(NULL);
}

/* Keys sort as their rows should, and no two things share one. */
static void keys(void **state)
{
    (void)state;
    struct key a, b;
    key_voucher(&a, 255);
    key_voucher(&b, 256);
    assert_true(a.n == b.n && memcmp(a.p, b.p, a.n) < 0);
    key_due(&a, DAY(DAY_MIN));
    key_due(&b, DAY(0));
    assert_true(memcmp(a.p, b.p, a.n) < 0);
    key_line_name(&a, "1", 2025, "city", "");
    key_line_name(&b, "1", 2026, "city", "");
    assert_true(a.n == b.n && memcmp(a.p, b.p, a.n) < 0);
    /* "city" of the area "x", and "cityx" of none. */
    key_line_name(&a, "1", 2025, "city", "x");
    key_line_name(&b, "1", 2025, "cityx", "");
    assert_false(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    struct policy *p = calloc(1, sizeof *p);
    struct uscc seller = {"91350100M000100Y4"};
    seller.c[17] = '3';
    memcpy(p->groups[0].name, "3A", 3);
    p->groups[0].key.contract = true;
    struct measure in = {.group = 0, .code = "1", .spending = {.contract = true}};
    struct measure out = {.group = -1, .code = "3A", .spending = {.contract = true}};
    key_claim(&a, &(struct spending_name){seller, "C"}, p, &in);
    key_claim(&b, &(struct spending_name){seller, "C"}, p, &out);
    assert_false(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    /* "C3" under "A" and "C" under "3A". */
    memcpy(out.code, "A", 2);
    key_claim(&a, &(struct spending_name){seller, "C3"}, p, &out);
    assert_false(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    /* The longest of everything fits. */
    char number[LIMIT_NUMBER + 1], group[LIMIT_NAME + 1];
    memset(number, 'n', LIMIT_NUMBER);
    memset(group, 'g', LIMIT_NAME);
    number[LIMIT_NUMBER] = group[LIMIT_NAME] = 0;
    memcpy(p->groups[0].name, group, sizeof group);
    key_claim(&a, &(struct spending_name){seller, number}, p, &in);
    assert_int_equal(a.n, 1 + USCC_LEN + 1 + LIMIT_NUMBER + LIMIT_NAME);
    key_account(&a, &seller, "123456789012345");
    key_signpost(&b, BALANCE_ACCOUNT, &a, UINT64_MAX);
    assert_int_equal(b.n, 1 + USCC_LEN + LIMIT_CODE + 8);
    assert_int_equal(b.p[0], BALANCE_ACCOUNT);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_wanted),
        cmocka_unit_test(what_is_written_unloaded_is_not_kept),
        cmocka_unit_test(rollback_takes_back),
        cmocka_unit_test(marks_nest),
        cmocka_unit_test(rollback_keeps_what_was_loaded),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(rows_are_taken_over),
        cmocka_unit_test(marks_after_a_turn),
        cmocka_unit_test(peeking_wants_nothing),
        cmocka_unit_test(peeking_sees_the_newer),
        cmocka_unit_test(absent_after_a_turn),
        cmocka_unit_test(turned_again_and_again),
        cmocka_unit_test(absent_is_not_wanted),
        cmocka_unit_test(lists_grow_and_are_taken_back),
        cmocka_unit_test(room_for_several_items),
        cmocka_unit_test(what_is_taken_over_has_room),
        cmocka_unit_test(used_and_unused),
        cmocka_unit_test(one_byte_tells_keys_apart),
        cmocka_unit_test(free_of_nothing),
        cmocka_unit_test(keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
