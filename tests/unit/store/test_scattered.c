/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in young databases and an old one, against an array that says what should be there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "store/inner.h"

#define KEYS   3000
#define ENOUGH 200
#define MOST   300 /* puts of one transaction */

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
    assert_int_equal(env_open(dir, "map", UINT64_C(64) << 20, 0, 3, NULL, &env), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    memset(&rows, 0, sizeof rows);
    assert_int_equal(scattered_open(txn, "rows", &rows), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_true(rows.enough > 100000);
    rows.enough = ENOUGH;
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

/* A transaction with so many puts. */
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
    assert_int_equal(mdb_txn_commit(txn), 0);
    scattered_forget(&rows, true);
}

static size_t entries(MDB_dbi dbi, size_t *pages)
{
    MDB_txn *txn;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_stat(txn, dbi, &stat), 0);
    mdb_txn_abort(txn);
    if (pages)
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

/* By key and by a walk; and no key is in both young databases. */
static void as_the_model_has_it(void)
{
    MDB_txn *txn;
    uint8_t k[6];
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    for (uint32_t i = 0; i < KEYS; i++) {
        MDB_val key = key_of(i, k), value;
        assert_int_equal(scattered_get(&rows, txn, &key, &value), model[i] ? 0 : MDB_NOTFOUND);
        if (model[i])
            assert_memory_equal(value.mv_data, &model[i], sizeof model[i]);
        assert_true(mdb_get(txn, rows.young[0], &key, &value) == MDB_NOTFOUND ||
                    mdb_get(txn, rows.young[1], &key, &value) == MDB_NOTFOUND);
    }
    walked_from(txn, 0);
    walked_from(txn, KEYS / 2);
    walked_from(txn, KEYS - 1);
    mdb_txn_abort(txn);
}

static void young_ones_stay_small(void)
{
    size_t old_pages;
    (void)entries(rows.old, &old_pages);
    for (int i = 0; i < 2; i++)
        assert_true(entries(rows.young[i], NULL) < ENOUGH + 4 * old_pages + 2 * MOST);
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
    (void)state;
    for (int i = 0; i < 4; i++)
        put_some(ENOUGH / 4);
    as_the_model_has_it();
    assert_int_equal(entries(rows.old, NULL), 0);
}

/* The first that is large enough is moved row by row, five for four puts, and is empty then. */
static void one_is_emptied_as_the_other_fills(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        put_some(40);
    const size_t n = entries(rows.young[0], NULL);
    assert_true(n >= ENOUGH && n < ENOUGH + 80);
    assert_int_equal(entries(rows.young[1], NULL) > 0, entries(rows.old, NULL) > 0);
    while (entries(rows.old, NULL) < n - 50) {
        const size_t before = entries(rows.old, NULL);
        put_some(40);
        assert_int_equal(entries(rows.old, NULL), before + 50);
        as_the_model_has_it();
    }
    put_some(60);
    assert_int_equal(entries(rows.young[0], NULL), 0);
    assert_true(entries(rows.young[1], NULL) > 0);
    as_the_model_has_it();
}

/* Puts of several sizes; each row is put some thirty times, so that both databases are filled and
 * emptied several times, and rows come that others have already. */
static void many_go_round(void **state)
{
    bool emptied[2] = {false};
    (void)state;
    for (int i = 0; i < 600; i++) {
        put_some(i % 7 ? 1 + draw(MOST) : 1);
        for (int k = 0; k < 2; k++)
            emptied[k] = emptied[k] || (i > 50 && entries(rows.young[k], NULL) == 0);
        young_ones_stay_small();
        if (i % 10 == 0)
            as_the_model_has_it();
        if (i % 97 == 0) {
            mdb_env_close(env);
            open_env();
            as_the_model_has_it();
        }
    }
    as_the_model_has_it();
    for (uint32_t i = 0; i < KEYS; i++)
        assert_true(model[i] > 0);
    assert_true(emptied[0] && emptied[1]);
    assert_true(entries(rows.old, NULL) > KEYS / 2);
}

/* A transaction that is dropped leaves all as it was, wherever the moving stood: before a change of
 * databases, in it, and after one was emptied. */
static void moved_and_taken_back(void **state)
{
    MDB_txn *txn;
    uint8_t k[6];
    (void)state;
    for (int round = 0; round < 150; round++) {
        put_some(50);
        assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
        for (uint32_t i = 0, n = draw(2) ? 200 : 1 + draw(60); i < n; i++) {
            uint32_t none = 0;
            MDB_val key = key_of(draw(KEYS), k), value = {sizeof none, &none};
            assert_int_equal(scattered_put(&rows, txn, &key, &value), 0);
        }
        mdb_txn_abort(txn);
        scattered_forget(&rows, false);
        as_the_model_has_it();
    }
    assert_true(entries(rows.old, NULL) > 0);
}

/* Leaves that are no pages any more are told, and are no signal. */
static void damaged_leaves(void **state)
{
    MDB_txn *txn;
    MDB_stat stat;
    uint8_t k[6];
    static const uint8_t zeros[4096];
    (void)state;
    rows.enough = 1000000;
    for (int i = 0; i < 30; i++)
        put_some(MOST);
    assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_stat(txn, rows.young[0], &stat), 0);
    mdb_txn_abort(txn);
    assert_true(stat.ms_leaf_pages > 2);
    mdb_env_close(env);
    /* Every page of rows (their flags say 2) but the databases' own list, which is the smallest. */
    char path[300];
    uint8_t page[4096];
    snprintf(path, sizeof path, "%s/data.mdb", dir);
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    for (long at = 2; fseek(f, at * 4096, SEEK_SET) == 0 && fread(page, 4096, 1, f) == 1; at++) {
        uint16_t flags, lower;
        memcpy(&flags, page + 10, 2);
        memcpy(&lower, page + 12, 2);
        if (flags != 2 || lower < 16 + 2 * 10)
            continue;
        assert_int_equal(fseek(f, at * 4096, SEEK_SET), 0);
        assert_int_equal(fwrite(zeros, 4096, 1, f), 1);
    }
    fclose(f);
    assert_int_equal(env_open(dir, "map", UINT64_C(64) << 20, 0, 3, NULL, &env), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(scattered_open(txn, "rows", &rows), 0);
    rows.enough = ENOUGH;
    int raw = 0;
    for (uint32_t i = 0; i < 200 && raw == 0; i++) {
        uint32_t none = 0;
        MDB_val key = key_of(draw(KEYS), k), value = {sizeof none, &none};
        raw = scattered_put(&rows, txn, &key, &value);
    }
    assert_int_equal(raw, MDB_CORRUPTED);
    mdb_txn_abort(txn);
    scattered_forget(&rows, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(nothing),       TEST(few_stay_young),       TEST(one_is_emptied_as_the_other_fills),
        TEST(many_go_round), TEST(moved_and_taken_back), TEST(damaged_leaves),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
