/* SPDX-License-Identifier: Apache-2.0 */
/* Which members each command and query takes, and where the model has them: one table each. */
#ifndef CLIENT_MEMBERS_H
#define CLIENT_MEMBERS_H

#include "base/limits.h"
#include "client/inner.h"

/* How a member stands in the library's struct, and in the model's. */
enum type {
    TYPE_TEXT,         /* const char *, the same */
    TYPE_CODE,         /* const char *, struct uscc */
    TYPE_FEN,          /* int64_t, struct money */
    TYPE_DAY,          /* int32_t, struct day */
    TYPE_INT,          /* int32_t or int, int or an enum */
    TYPE_COUNT,        /* uint32_t, the same */
    TYPE_NUMBER,       /* uint64_t, the same */
    TYPE_BYTES,        /* pointer and size_t, struct span */
    TYPE_TRAITS,       /* pointer and size_t, struct trait_list */
    TYPE_ATTESTATIONS, /* pointer and size_t, struct attestation_list */
    TYPE_FACTS,        /* pointer and size_t, struct fact_list */
    TYPE_NUMBERS,      /* pointer and size_t, struct number_list */
    TYPE_FLAG,         /* int, bool */
};

/* Lists as commands of the model have them: their number, and behind it the list. */
struct trait_list {
    int n;
    struct trait_span traits[LIMIT_TRAITS];
};

struct attestation_list {
    int n;
    struct attestation attestations[LIMIT_ATTESTATIONS];
};

struct fact_list {
    int n;
    const struct fact *facts;
};

struct number_list {
    uint32_t n;
    const uint64_t *vouchers;
};

struct list {
    const void *p;
    size_t n;
};

struct member {
    int kind;
    enum type type;
    const char *name;
    size_t mine, model;
    size_t has; /* the model's flag that it is given; 0: it has none */
};

extern const struct member of_commands[], of_queries[];
extern const size_t n_of_commands, n_of_queries;
/* Bytes in the library's struct, by type. */
extern const size_t member_sizes[];

#endif
