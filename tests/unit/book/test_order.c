/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which rows are stored: all of them, table by table, by their keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "book/order.h"
#include "ledger/keys.h"

static void put(struct rows *r, const struct key *k, uint64_t entry)
{
    rows_absent(r, k);
    rows_write_request_row(r, k)->entry = entry;
}

static int compare(const struct key *a, const struct key *b)
{
    int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return a->table != b->table ? a->table - b->table : c ? c : a->n - b->n;
}

/* Orders what was written; `sum` is what the rows' entries come to. */
static void ordered(struct rows *r, size_t n, uint64_t sum)
{
    struct order o;
    rows_turn(r);
    assert_int_equal(order_make(r, &o), 0);
    assert_int_equal(o.n, n);
    for (size_t i = 0; i < n; i++) {
        const struct ordered_row *row = order_at(&o, i);
        assert_true(i == 0 || compare(o.rows[i - 1].key, row->key) < 0);
        if (row->key->table == TABLE_REQUEST)
            sum -= ((const struct request_row *)row->row)->entry;
    }
    assert_int_equal(sum, 0);
    order_free(&o);
}

/* 5,000 numbers, each once. */
static void numbers(uint64_t factor, uint64_t flip)
{
    struct rows *r = rows_new();
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        struct key k;
        put(r, key_number(&k, TABLE_REQUEST, (i * factor) ^ flip), i);
        sum += i;
    }
    ordered(r, 5000, sum);
    rows_free(r);
}

/* Of all sizes in an order that is none: an odd factor, in 64 bits, is one to one. */
static void scattered(void **state)
{
    (void)state;
    numbers(UINT64_C(0x9e3779b97f4a7c15), 0);
}

static void nearly_in_order(void **state)
{
    (void)state;
    numbers(1, 5);
}

/* Keys that share 18 bytes, those that are others' beginning, and those that differ only behind the
 * word that is compared first. */
static void texts(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    uint64_t sum = 0;
    static const char *const ends[] = {"z",         "",         "abcdefgh2", "a",
                                       "abcdefgh1", "abcdefgh", "ab",        "y"};
    for (uint64_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct key k;
        key_join(&k, TABLE_REQUEST, "913506021TEST00018", 18, ends[i], strlen(ends[i]));
        put(r, &k, i);
        sum += i;
    }
    ordered(r, sizeof ends / sizeof ends[0], sum);
    rows_free(r);
}

static void several_tables(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key k;
    uint64_t sum = 0;
    for (uint64_t i = 300; i-- > 0;) {
        key_number(&k, TABLE_REQUEST, i * 7919 % 300);
        put(r, &k, i);
        sum += i;
        key_voucher(&k, i + 1);
        rows_absent(r, &k);
        (void)rows_write(r, &k);
        key_line(&k, (uint32_t)i);
        rows_absent(r, &k);
        rows_write_line_row(r, &k)->entry = i;
    }
    rows_absent(r, key_head(&k));
    (void)rows_write(r, &k);
    ordered(r, 901, sum);
    rows_free(r);
}

static void nothing_or_little(void **state)
{
    (void)state;
    struct rows *r = rows_new();
    struct key k;
    ordered(r, 0, 0);
    put(r, key_number(&k, TABLE_REQUEST, 1), 7);
    ordered(r, 1, 7);
    put(r, key_number(&k, TABLE_REQUEST, 2), 2);
    put(r, key_number(&k, TABLE_REQUEST, 1), 1);
    ordered(r, 2, 3);
    rows_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scattered),
        cmocka_unit_test(nearly_in_order),
        cmocka_unit_test(texts),
        cmocka_unit_test(several_tables),
        cmocka_unit_test(nothing_or_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
