/* SPDX-License-Identifier: Apache-2.0 */
/* A document's inside, shared by its parser (doc.c) and its readers (doc_values.c) alone. */
#ifndef RULES_DOC_NODE_H
#define RULES_DOC_NODE_H

#include "rules/doc.h"

/* Keys that a reader asked a mapping for, remembered to name them when another one is unknown. */
#define ASKED_MAX 56

enum doc_kind {
    DOC_SCALAR,
    DOC_SEQUENCE,
    DOC_MAPPING,
    DOC_BROKEN, /* told as a mistake already: every reader passes over it in silence */
};

struct doc_node {
    enum doc_kind kind;
    int line, column;
    bool plain;       /* a scalar without quotes */
    bool known;       /* a key: asked for, or told already */
    const char *name; /* the key that it stands under, for messages; "" for none */
    const char *text; /* of a scalar, with a NUL behind it */
    size_t len;
    struct doc_node **items; /* of a sequence; of a mapping key, value, key, value */
    int n, cap;
    const char *asked[ASKED_MAX];
    int nasked;
};

struct doc {
    struct arena arena;
    struct mistakes *m;
    struct doc_node *root;
    int nodes;
    /* While parsing: */
    struct buf scratch;
    struct doc_node *open[LIMIT_DOC_DEPTH];
    int depth;
    int documents;
    int line, column;           /* the last place that the library named */
    int last_line, last_column; /* the text's end */
};

#endif
