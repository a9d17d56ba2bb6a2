/* SPDX-License-Identifier: Apache-2.0 */
/* The tree against known roots, against RFC 6962's definition, and against itself when loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "proof/tree.h"

#define SIZES 300

static void sha256(const void *p, size_t n, uint8_t out[static HASH_LEN])
{
    assert_int_equal(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL), 1);
}

/* Leaf i of the larger trees: of different lengths, the first one empty. */
static struct span leaf(uint64_t i, uint8_t room[static 512])
{
    for (size_t k = 0; k < i; k++)
        room[k] = (uint8_t)(k * 7 + i);
    return SPAN(room, i);
}

static void naive_leaf(uint64_t i, uint8_t out[static HASH_LEN])
{
    uint8_t room[513] = {0x00};
    sha256(room, 1 + leaf(i, room + 1).n, out);
}

/* RFC 6962, 2.1: MTH of leaves from, from + 1, ... */
static void naive_root(uint64_t from, uint64_t n, uint8_t out[static HASH_LEN])
{
    if (n == 0) {
        sha256("", 0, out);
    } else if (n == 1) {
        naive_leaf(from, out);
    } else {
        uint8_t joined[1 + 2 * HASH_LEN] = {0x01};
        uint64_t k = 1;
        while (k * 2 < n)
            k *= 2;
        naive_root(from, k, joined + 1);
        naive_root(from + k, n - k, joined + 1 + HASH_LEN);
        sha256(joined, sizeof joined, out);
    }
}

static void roots_over_the_usual_leaves(void **state)
{
    static const struct {
        const char *leaf, *root;
    } usual[] = {
        {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"606162636465666768696a6b6c6d6e6f",
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct tree t = {0};
    uint8_t record[TREE_RECORD_MAX], root[HASH_LEN];
    char hex[2 * HASH_LEN + 1];
    (void)state;
    tree_root(&t, root);
    assert_string_equal(hex_format(root, HASH_LEN, hex),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        uint8_t bytes[16];
        size_t n = strlen(usual[i].leaf) / 2;
        for (size_t k = 0; k < n; k++) {
            char two[3] = {usual[i].leaf[2 * k], usual[i].leaf[2 * k + 1], 0};
            bytes[k] = (uint8_t)strtoul(two, NULL, 16);
        }
        (void)tree_add(&t, SPAN(bytes, n), record);
        tree_root(&t, root);
        assert_string_equal(hex_format(root, HASH_LEN, hex), usual[i].root);
    }
}

static void every_root_is_the_definitions(void **state)
{
    struct tree t = {0};
    (void)state;
    for (uint64_t i = 0; i < SIZES; i++) {
        uint8_t room[512], record[TREE_RECORD_MAX], root[HASH_LEN], want[HASH_LEN];
        (void)tree_add(&t, leaf(i, room), record);
        assert_int_equal(t.size, i + 1);
        tree_root(&t, root);
        naive_root(0, i + 1, want);
        assert_memory_equal(root, want, HASH_LEN);
    }
}

/* Hash l of leaf i's record is the root over the 2^l leaves that end with leaf i. */
static void records_hold_what_the_leaf_completes(void **state)
{
    struct tree t = {0};
    (void)state;
    for (uint64_t i = 0; i < SIZES; i++) {
        uint8_t room[512], record[TREE_RECORD_MAX], want[HASH_LEN];
        size_t n = tree_add(&t, leaf(i, room), record);
        size_t levels = (size_t)__builtin_ctzll(i + 1) + 1;
        assert_int_equal(n, levels * HASH_LEN);
        for (size_t l = 0; l < levels; l++) {
            uint64_t width = UINT64_C(1) << l;
            naive_root(i + 1 - width, width, want);
            assert_memory_equal(record + l * HASH_LEN, want, HASH_LEN);
        }
        tree_leaf(leaf(i, room), want);
        assert_memory_equal(record, want, HASH_LEN);
    }
}

struct stored {
    uint8_t records[SIZES][TREE_RECORD_MAX];
    size_t n[SIZES];
    uint64_t reads, fail; /* the read of record `fail` fails */
};

static int read_stored(void *ctx, uint64_t i, struct span *record)
{
    struct stored *s = ctx;
    s->reads++;
    if (i == s->fail)
        return ERR_IO;
    *record = SPAN(s->records[i], s->n[i]);
    return 0;
}

static void a_loaded_tree_is_the_grown_one(void **state)
{
    static struct stored s;
    struct tree grown = {0};
    (void)state;
    s.fail = UINT64_MAX;
    for (uint64_t size = 0; size <= 200; size++) {
        struct tree t = {.size = 99};
        uint8_t root[HASH_LEN], want[HASH_LEN], room[512];
        s.reads = 0;
        assert_int_equal(tree_load(&t, size, read_stored, &s), 0);
        assert_int_equal(s.reads, __builtin_popcountll(size));
        assert_int_equal(t.size, size);
        for (unsigned l = 0; l < 64; l++)
            if (size >> l & 1)
                assert_memory_equal(t.peaks[l], grown.peaks[l], HASH_LEN);
        tree_root(&t, root);
        tree_root(&grown, want);
        assert_memory_equal(root, want, HASH_LEN);
        /* And it grows on alike. */
        uint8_t record[TREE_RECORD_MAX];
        size_t n = tree_add(&t, leaf(size, room), record);
        s.n[size] = tree_add(&grown, leaf(size, room), s.records[size]);
        assert_int_equal(n, s.n[size]);
        assert_memory_equal(record, s.records[size], n);
    }
}

static void loading_tells_what_is_wrong(void **state)
{
    static struct stored s;
    struct tree grown = {0}, t = {.size = 99};
    (void)state;
    for (uint64_t i = 0; i < 7; i++) {
        uint8_t room[512];
        s.n[i] = tree_add(&grown, leaf(i, room), s.records[i]);
    }
    s.fail = 5;
    assert_int_equal(tree_load(&t, 7, read_stored, &s), ERR_IO);
    s.fail = UINT64_MAX;
    s.n[3] -= HASH_LEN;
    assert_int_equal(tree_load(&t, 7, read_stored, &s), ERR_CORRUPT);
    s.n[3] += 2 * HASH_LEN;
    assert_int_equal(tree_load(&t, 7, read_stored, &s), ERR_CORRUPT);
    assert_int_equal(t.size, 99);
}

/* Each thread has its own context, and gives it back. */
static void *grow(void *arg)
{
    struct tree t = {0};
    for (uint64_t i = 0; i < SIZES; i++) {
        uint8_t room[512], record[TREE_RECORD_MAX];
        (void)tree_add(&t, leaf(i, room), record);
    }
    tree_root(&t, arg);
    return NULL;
}

static void threads_hash_beside_each_other(void **state)
{
    pthread_t threads[4];
    uint8_t roots[4][HASH_LEN], want[HASH_LEN];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, grow, roots[i]), 0);
    naive_root(0, SIZES, want);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_memory_equal(roots[i], want, HASH_LEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_over_the_usual_leaves),
        cmocka_unit_test(every_root_is_the_definitions),
        cmocka_unit_test(records_hold_what_the_leaf_completes),
        cmocka_unit_test(a_loaded_tree_is_the_grown_one),
        cmocka_unit_test(loading_tells_what_is_wrong),
        cmocka_unit_test(threads_hash_beside_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
