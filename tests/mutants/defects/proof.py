# SPDX-License-Identifier: Apache-2.0
"""Defects of lib/proof: RFC 6962, section 2.1."""

from mutant import Mutant

RFC = "RFC 6962, 2.1: "
E2E = "tests/e2e/test_independent.py::test_root_at_every_size"

MUTANTS = [
    Mutant("leaf-prefix", RFC + "MTH({d}) = SHA-256(0x00 || d)", "lib/proof/tree.c",
           "prefix = 0x00;", "prefix = 0x01;", "proof/tree " + E2E),
    Mutant("node-prefix", RFC + "SHA-256(0x01 || left || right)", "lib/proof/tree.c",
           "joined[1 + 2 * HASH_LEN] = {0x01};", "joined[1 + 2 * HASH_LEN] = {0x00};", "proof/tree " + E2E),
    Mutant("nodes-in-the-wrong-order", RFC + "SHA-256(0x01 || left || right)", "lib/proof/tree.c",
           "hash_node(t->peaks[level], hash, hash + HASH_LEN);",
           "hash_node(hash, t->peaks[level], hash + HASH_LEN);", "proof/tree " + E2E),
    Mutant("peaks-in-the-wrong-order", RFC + "the left subtree is the larger one", "lib/proof/tree.c",
           "hash_node(t->peaks[level], root, root);", "hash_node(root, t->peaks[level], root);",
           "proof/tree " + E2E),
    Mutant("root-of-the-last-peak-alone", RFC + "the root is over all leaves", "lib/proof/tree.c",
           "    while (++level < 64)", "    while (++level < 1)", "proof/tree " + E2E),
    Mutant("record-of-any-length-loaded", "proof/tree.h: a record has a hash for each subtree it completes",
           "lib/proof/tree.c",
           "        if (record.n != (level + 1U) * HASH_LEN)", "        if (record.n < (level + 1U) * HASH_LEN)",
           "proof/tree"),
    Mutant("hashed-twice", "tests/e2e/test_instructions.py: an event takes no more instructions than it did",
           "lib/proof/tree.c", "    tree_leaf(leaf, hash);\n", "    tree_leaf(leaf, hash);\n    tree_leaf(leaf, hash);\n",
           "tests/e2e/test_instructions.py"),
]
