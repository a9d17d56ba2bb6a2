/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in a young and an old database, against an array that says what should be there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "store/inner.h"

#define KEYS 3000
#define STAY 200
#define MOST 300 /* puts of one transaction */

static char dir[256];
static MDB_env *env;
static struct scattered rows;
static uint32_t model[KEYS]; /* the value of each key, 0: not there */
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
    return (uint32_t)((seed >> 33) % below);
}

static void open_env(void)
{
    MDB_txn *txn;
    assert_int_equal(env_open(dir, "map", UINT64_C(64) << 20, 0, 2, NULL, &env), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    memset(&rows, 0, sizeof rows);
    assert_int_equal(scattered_open(txn, "rows", "rows_young", &rows), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_true(rows.stay > 100000);
    rows.stay = STAY;
}

static int set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(dir, sizeof dir, "%s/scattered-test-XXXXXX", base ? base : "/var/tmp");
    if (!mkdtemp(dir))
        return -1;
    memset(model, 0, sizeof model);
    seed = 7;
    open_env();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mdb_env_close(env);
    return env_remove(dir);
}

/* Keys of 4 to 6 bytes, some the beginning of others. */
static MDB_val key_of(uint32_t i, uint8_t out[static 6])
{
    put_be32(out, i / 3);
    out[4] = out[5] = 9;
    return (MDB_val){4 + i % 3, out};
}

/* So many puts, then what is too much is moved. */
static void put_some(uint32_t n)
{
    MDB_txn *txn;
    uint8_t k[6];
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = draw(KEYS);
        model[at] = 1 + draw(1000000);
        MDB_val key = key_of(at, k), value = {sizeof model[at], &model[at]};
        assert_int_equal(scattered_put(&rows, txn, &key, &value), 0);
    }
    assert_int_equal(scattered_settle(&rows, txn), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    scattered_forget(&rows);
}

static size_t entries(MDB_txn *txn, MDB_dbi dbi, size_t *pages)
{
    MDB_stat stat;
    assert_int_equal(mdb_stat(txn, dbi, &stat), 0);
    *pages = stat.ms_leaf_pages;
    return stat.ms_entries;
}

/* What is there from key number `first` on, by a walk. */
static void walked_from(MDB_txn *txn, uint32_t first)
{
    struct walk w;
    MDB_val key, value, k = {0, NULL};
    uint8_t from[6], want[6];
    if (first > 0)
        k = key_of(first, from);
    assert_int_equal(walk_begin(&w, txn, rows.old, &rows), 0);
    for (uint32_t i = first; i < KEYS; i++) {
        if (!model[i])
            continue;
        assert_int_equal(walk_next(&w, &k, &key, &value), 0);
        MDB_val wanted = key_of(i, want);
        assert_int_equal(vals_compare(&key, &wanted), 0);
        assert_memory_equal(value.mv_data, &model[i], sizeof model[i]);
    }
    assert_int_equal(walk_next(&w, &k, &key, &value), MDB_NOTFOUND);
    assert_int_equal(walk_next(&w, &k, &key, &value), MDB_NOTFOUND);
    walk_end(&w);
}

static void as_the_model_has_it(void)
{
    MDB_txn *txn;
    uint8_t k[6];
    size_t young_pages, old_pages;
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    for (uint32_t i = 0; i < KEYS; i++) {
        MDB_val key = key_of(i, k), value;
        assert_int_equal(scattered_get(&rows, txn, &key, &value), model[i] ? 0 : MDB_NOTFOUND);
        if (model[i])
            assert_memory_equal(value.mv_data, &model[i], sizeof model[i]);
    }
    walked_from(txn, 0);
    walked_from(txn, KEYS / 2);
    walked_from(txn, KEYS - 1);
    size_t young = entries(txn, rows.young, &young_pages);
    (void)entries(txn, rows.old, &old_pages);
    assert_true(young <= STAY + 4 * old_pages + MOST); /* the moving had come to the end */
    mdb_txn_abort(txn);
}

static void nothing(void **state)
{
    (void)state;
    as_the_model_has_it();
    put_some(0);
    as_the_model_has_it();
}

static void few_stay_young(void **state)
{
    MDB_txn *txn;
    size_t pages;
    (void)state;
    for (int i = 0; i < 4; i++)
        put_some(STAY / 4);
    as_the_model_has_it();
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(entries(txn, rows.old, &pages), 0);
    mdb_txn_abort(txn);
}

/* Puts of several sizes; each row is put some thirty times, so that the moving comes round several
 * times, and to rows that the old database has already. */
static void many_go_round(void **state)
{
    MDB_txn *txn;
    size_t pages;
    (void)state;
    for (int i = 0; i < 600; i++) {
        put_some(i % 7 ? 1 + draw(MOST) : 1);
        if (i % 20 == 0)
            as_the_model_has_it();
        if (i == 300) {
            mdb_env_close(env);
            open_env();
            as_the_model_has_it();
        }
    }
    as_the_model_has_it();
    for (uint32_t i = 0; i < KEYS; i++)
        assert_true(model[i] > 0);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_true(entries(txn, rows.old, &pages) > KEYS - 3 * STAY);
    mdb_txn_abort(txn);
}

/* More than twice as many as were put are not moved at once: a commit stays as large as what it
 * stores. */
static void moved_in_parts(void **state)
{
    MDB_txn *txn;
    size_t pages;
    (void)state;
    rows.stay = 1000000;
    for (int i = 0; i < 10; i++)
        put_some(300);
    rows.stay = STAY;
    put_some(10);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(entries(txn, rows.old, &pages), 20);
    mdb_txn_abort(txn);
    for (int i = 0; i < 200; i++)
        put_some(10);
    as_the_model_has_it();
}

/* A transaction that is not committed leaves all as it was, though rows had been moved in it. */
static void moved_and_taken_back(void **state)
{
    MDB_txn *txn;
    uint8_t k[6];
    (void)state;
    for (int i = 0; i < 30; i++)
        put_some(100);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t none = 0;
        MDB_val key = key_of(draw(KEYS), k), value = {sizeof none, &none};
        assert_int_equal(scattered_put(&rows, txn, &key, &value), 0);
    }
    assert_int_equal(scattered_settle(&rows, txn), 0);
    mdb_txn_abort(txn);
    scattered_forget(&rows);
    as_the_model_has_it();
    for (int i = 0; i < 30; i++)
        put_some(100);
    as_the_model_has_it();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(nothing),        TEST(few_stay_young),       TEST(many_go_round),
        TEST(moved_in_parts), TEST(moved_and_taken_back),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
