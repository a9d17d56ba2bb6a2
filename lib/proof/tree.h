/* SPDX-License-Identifier: Apache-2.0 */
/* The RFC 6962 Merkle tree over the journal's entries, grown leaf by leaf. Leaf hash: SHA-256(0x00
 * || entry); node: SHA-256(0x01 || left || right). With each leaf the nodes that it completes are
 * stored: record of leaf i (from 0) = leaf hash, then the hash of each complete subtree that ends
 * at leaf i, from small to large (so node (level l, index k) is hash l of record (k+1)*2^l - 1). */
#ifndef PROOF_TREE_H
#define PROOF_TREE_H

#include "base/bytes.h"
#include "base/err.h"

#define HASH_LEN        32
#define TREE_RECORD_MAX (64 * HASH_LEN)

struct tree {
    uint64_t size;               /* leaves */
    uint8_t peaks[64][HASH_LEN]; /* peaks[l]: the complete subtree of 2^l leaves, where bit l of
                                    size is set */
};

/* Adds a leaf: its bytes are hashed once. record receives the hashes to store, leaf hash first;
 * returns the record's length in bytes. */
size_t tree_add(struct tree *t, struct span leaf, uint8_t record[static TREE_RECORD_MAX]);
/* The root over t->size leaves (SHA-256 of nothing for 0). */
void tree_root(const struct tree *t, uint8_t root[static HASH_LEN]);
/* The leaf hash alone. */
void tree_leaf(struct span leaf, uint8_t hash[static HASH_LEN]);

/* Brings *t to `size` leaves from stored records: read(ctx, i, &record) gives the record of leaf i.
 * Returns what read returns on failure, ERR_CORRUPT on a record of the wrong length. */
int tree_load(struct tree *t, uint64_t size,
              int (*read)(void *ctx, uint64_t i, struct span *record), void *ctx) MUST_CHECK;

#endif
