/* SPDX-License-Identifier: Apache-2.0 */
#include "proof/tree.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

/* Fetching a digest costs as much as hashing an entry: once for the process; and each thread keeps
 * a context. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *sha256;

static void context_free(void *context)
{
    EVP_MD_CTX_free(context);
}

/* A process without SHA-256 or without memory for a context has nothing to go on with: a book that
 * it wrote could not be proven. */
static void must(int good)
{
    if (!good)
        abort();
}

static void set_up(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(sha256 && pthread_key_create(&context_key, context_free) == 0);
}

static EVP_MD_CTX *begin(void)
{
    must(pthread_once(&once, set_up) == 0);
    EVP_MD_CTX *c = pthread_getspecific(context_key);
    const EVP_MD *digest = NULL; /* as before: the context's memory is used again */
    if (!c) {
        c = EVP_MD_CTX_new();
        must(c && pthread_setspecific(context_key, c) == 0);
        digest = sha256;
    }
    must(EVP_DigestInit_ex2(c, digest, NULL));
    return c;
}

/* out may be one of the two. */
static void hash_node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
    uint8_t joined[1 + 2 * HASH_LEN] = {0x01};
    memcpy(joined + 1, left, HASH_LEN);
    memcpy(joined + 1 + HASH_LEN, right, HASH_LEN);
    EVP_MD_CTX *c = begin();
    must(EVP_DigestUpdate(c, joined, sizeof joined) && EVP_DigestFinal_ex(c, out, NULL));
}

void tree_leaf(struct span leaf, uint8_t hash[static HASH_LEN])
{
    static const uint8_t prefix = 0x00;
    EVP_MD_CTX *c = begin();
    must(EVP_DigestUpdate(c, &prefix, 1) && EVP_DigestUpdate(c, leaf.p, leaf.n) &&
         EVP_DigestFinal_ex(c, hash, NULL));
}

size_t tree_add(struct tree *t, struct span leaf, uint8_t record[static TREE_RECORD_MAX])
{
    uint8_t *hash = record;
    unsigned level = 0;
    tree_leaf(leaf, hash);
    /* As adding 1 to a binary number: each set bit is a left subtree that this leaf's completes. */
    for (; t->size >> level & 1; level++, hash += HASH_LEN)
        hash_node(t->peaks[level], hash, hash + HASH_LEN);
    memcpy(t->peaks[level], hash, HASH_LEN);
    t->size++;
    return (level + 1U) * HASH_LEN;
}

void tree_root(const struct tree *t, uint8_t root[static HASH_LEN])
{
    if (t->size == 0) {
        must(EVP_DigestFinal_ex(begin(), root, NULL));
        return;
    }
    unsigned level = (unsigned)__builtin_ctzll(t->size);
    memcpy(root, t->peaks[level], HASH_LEN);
    while (++level < 64)
        if (t->size >> level & 1)
            hash_node(t->peaks[level], root, root);
}

int tree_load(struct tree *t, uint64_t size,
              int (*read)(void *ctx, uint64_t i, struct span *record), void *ctx)
{
    struct tree loaded = {.size = size};
    for (uint64_t rest = size; rest; rest &= rest - 1) {
        /* The lowest peak's subtree ends where the leaves counted by `rest` do; its hash is the
         * last of that leaf's record. */
        unsigned level = (unsigned)__builtin_ctzll(rest);
        struct span record = {0};
        int rc = read(ctx, rest - 1, &record);
        if (rc < 0)
            return rc;
        if (record.n != (level + 1U) * HASH_LEN)
            return ERR_CORRUPT;
        memcpy(loaded.peaks[level], record.p + (size_t)level * HASH_LEN, HASH_LEN);
    }
    *t = loaded;
    return 0;
}
