/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to one command. */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H

#include "base/bytes.h"
#include "base/fault.h"
#include "model/entry.h"

enum outcome_kind {
    OUTCOME_DONE = 1,      /* booked and durable, or (dry run) would be */
    OUTCOME_REFUSED = 2,   /* a rule said no; booked too */
    OUTCOME_INVALID = 3,   /* a fault; not booked */
    OUTCOME_DENIED = 4,    /* the principal may not; not booked */
    OUTCOME_NOT_DONE = 5,  /* its all-or-nothing batch failed at another row; not booked */
    OUTCOME_TRY_AGAIN = 6, /* the disk did not take it; nothing was done */
    OUTCOME_UNKNOWN = 7, /* whether it is booked could not be found out: repeat with the same id */
};

#define LEAF_HASH 32

struct outcome {
    enum outcome_kind kind;
    bool repeated;             /* the first answer to this request id, given again */
    bool dry_run;              /* nothing was booked: number is what it would be */
    uint8_t leaf[LEAF_HASH];   /* RFC 6962 leaf hash of the stored entry; not in a dry run */
    uint64_t number;           /* DONE and REFUSED: the entry's */
    struct span stored;        /* the entry as stored: from book_batch to the socket */
    const struct entry *entry; /* or as read: in a client, and in what QUERY_EXPLAIN considers */
    const struct fault *fault; /* INVALID, DENIED, TRY_AGAIN, UNKNOWN, NOT_DONE: field, value, what
                                  would be right or what to do; NULL otherwise */
};

/* What is told of it: never NULL, empty where there is nothing. */
static inline const struct fault *outcome_fault(const struct outcome *o)
{
    static const struct fault none;
    return o->fault ? o->fault : &none;
}

/* The fault to fill, in the arena; NULL without memory, as fault_set takes it. */
static inline struct fault *outcome_fault_new(struct outcome *o, struct arena *a)
{
    struct fault *f = arena_zero(a, sizeof *f);
    o->fault = f;
    return f;
}

/* The same with a copy of a fault. */
static inline void outcome_fault_keep(struct outcome *o, struct arena *a, const struct fault *f)
{
    struct fault *copy = arena_alloc(a, sizeof *copy);
    if (copy)
        *copy = *f;
    o->fault = copy;
}

#endif
