/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the book. */
#ifndef BOOK_INNER_H
#define BOOK_INNER_H

#include <stdatomic.h>

#include "book/book.h"
#include "book/runner.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "proof/tree.h"
#include "store/store.h"
#include "wire/entry.h"

/* An entry that was decided, in the memory of the job that it answers. */
struct pending {
    struct span bytes; /* as stored */
    struct outcome *outcome;
};

/* A batch, from deciding until its entries are known to be in the journal, or not to be. */
struct flight {
    struct book *book;
    struct book_job *const *jobs;
    int njobs;
    struct book_done done;
    uint64_t first; /* number of the first of the entries */
    struct pending *pending;
    size_t n, cap;
    uint8_t leaf[HASH_LEN]; /* of the last one, once hashed */
    int rc;                 /* of the commit */
};

/* Tables being folded: the rows in memory before the store that keeps them. Rows are stored by a
 * generation at a time, on a thread of their own, while the next generation is worked on. */
struct tables {
    struct store *store;
    struct rows *rows;
    struct policies *policies;
    struct view *view;            /* of the last commit but what is being stored; NULL: none open */
    uint64_t pages[TABLE_COUNT];  /* that the tables have in it */
    uint64_t moved[TABLE_COUNT];  /* rows that a page takes, of those moved; 0: none are */
    uint64_t behind[TABLE_COUNT]; /* rows not found since, which would come after all others */
    struct runner *runner;        /* NULL until it is needed */
    bool storing;                 /* the runner stores what was frozen */
    uint64_t frozen;              /* the last entry in it */
    struct tables_done done;
    int rc;                /* of storing */
    bool decides_again;    /* what is followed */
    uint64_t differs;      /* the entry that was decided otherwise; 0: none */
    _Atomic bool busy;     /* it is not over yet */
    _Atomic bool urgent;   /* someone waits for it */
    _Atomic unsigned fill; /* of the generation worked on, in thousandths of what makes it full */
    _Atomic uint64_t snapshot; /* last entry in the committed tables */
    _Atomic uint64_t steps;    /* taken; see book_steps */
};

#define FLIGHTS (BOOK_IN_AIR + 1) /* one is decided */

struct book {
    struct store *store;
    struct tables tables;
    uint64_t tables_map; /* as it was asked for: 0 is the default */
    struct tree tree;    /* over the journal: whoever commits has it */
    uint64_t entries;    /* in the durable journal, as far as known to the writer */
    bool test_clock;
    bool behind;               /* the tables lack entries of the journal: folding them failed */
    bool leaf_due;             /* the tables' head does not name the last entry's leaf yet */
    uint8_t leaf[HASH_LEN];    /* of the last durable entry */
    struct tables_done stored; /* told of commits that nobody asked for */
    struct wants wants;        /* of the next few commands */
    struct arena scratch;      /* of one command, or of opening */
    struct buf compared[2];    /* two commands */
    struct flight flights[FLIGHTS];
    unsigned deciding;     /* the index of one of them; those before it may be in the air */
    uint64_t losses;       /* flights that failed in the air */
    unsigned in_air;       /* how many: given to the runner, and not landed yet */
    struct runner *runner; /* NULL until it is needed */
};

/* What the rows that are not in memory are read from: the tables' own view, not to be ended. */
int tables_view(struct tables *t, struct view **out) MUST_CHECK;
/* Loads what the rows want from the tables. */
int tables_load(struct tables *t) MUST_CHECK;
/* Decides one command on the rows, loading what it needs. */
int tables_decide(struct tables *t, const struct command *c, const char *principal,
                  struct instant now, struct arena *a, struct fault *f,
                  struct entry **out) MUST_CHECK;
/* Folds one entry, loading what it needs; compares the balances with those stored in it. */
int tables_fold(struct tables *t, const struct entry *e, struct arena *a) MUST_CHECK;
/* Whether so much was written that it is time to store it. Asked before each batch. */
bool tables_are_full(struct tables *t);
/* Has what was written since the last time stored and committed, as of an entry, which must be
 * durable in the journal; waits for what is being stored. On an error nothing is begun, and what
 * was folded since the last commit may be lost. */
int tables_store(struct tables *t, uint64_t entries, struct tables_done done) MUST_CHECK;
/* Waits for what is being stored. An error: it is lost; nothing more is stored until tables_forget.
 */
int tables_wait(struct tables *t) MUST_CHECK;
/* Forgets rows and views, after waiting: the tables are as last committed. */
void tables_forget(struct tables *t);
/* Ends what is under way, frees all but the store. */
void tables_free(struct tables *t);
/* Has the head say which entry was folded in last, by its leaf hash. */
int tables_leaf(struct tables *t, const uint8_t leaf[static HASH_LEN]) MUST_CHECK;
/* Folds the journal's entries after `from` up to `to` into t, committing now and then. If tree is
 * not NULL, each entry is hashed into it and compared with the hashes stored beside it; if t
 * decides again, each command is decided anew before it is folded, and must give the same bytes. */
int tables_follow(struct tables *t, struct store *journal, uint64_t from, uint64_t to,
                  struct tree *tree) MUST_CHECK;
/* Policies of every version up to the last, from the entries that adopted them. */
int tables_policies(struct tables *t, struct store *journal, uint32_t last) MUST_CHECK;

/* Brings the tables level with the journal: used at opening and after a failed commit. */
int book_catch_up(struct book *b, struct fault *f, struct book_opening *o) MUST_CHECK;

/* Decides and folds all jobs of a flight (batch.c). On an error nothing of it may be kept. */
int flight_decide(struct flight *f, struct instant now) MUST_CHECK;
/* Waits for the flights in the air, lands them and tells whose they are. ERR_AGAIN, ERR_UNKNOWN,
 * ...: one did not reach the journal, nor may what was decided after it. */
int book_wait(struct book *b) MUST_CHECK;

/* Waits for what is in the air; folds what the tables lack. The rows are then those of the last
 * durable entry. */
int book_ready(struct book *b) MUST_CHECK;

/* Outcomes without anything. */
void outcomes_clear(struct outcome *o, uint32_t n);

/* Decides one command on the book's rows (batch.c); for queries that ask what would be. */
int book_decide(struct book *b, const struct command *c, const char *principal, struct instant now,
                struct arena *a, struct fault *f, struct entry **out) MUST_CHECK;

/* The stages of a balance as of an entry (asof.c): found is false if it did not exist then.
 * row_entry is the last entry that changed it, *stages its present ones. */
int balance_as_of(struct view *v, enum balance_kind kind, const struct key *thing,
                  uint64_t row_entry, uint64_t as_of, struct arena *a, struct stages *stages,
                  bool *found) MUST_CHECK;
/* The last entry booked before the day's end; 0 if none. */
int entry_of_day(struct view *v, uint64_t last, struct instant end, struct arena *a,
                 uint64_t *out) MUST_CHECK;

/* Of stored entries in one page; rows in one page. */
#define PAGE_BYTES (LIMIT_FRAME / 2)
static inline uint32_t page_count(const struct query *q)
{
    return q->count && q->count < LIMIT_PAGE ? q->count : LIMIT_PAGE;
}

/* A stored entry with its leaf hash, from a view of the journal (entries.c). */
int entry_copy(struct view *v, uint64_t number, struct arena *a,
               struct stored_entry *out) MUST_CHECK;
/* A page of the journal, from a view of it. */
int entries_answer(struct view *v, const struct query *q, struct arena *a,
                   struct answer *out) MUST_CHECK;

/* Answers any query but QUERY_ENTRIES from a view, b being used for its policies alone; rows, if
 * not NULL, are newer than it. */
int query_answer(struct book *b, struct view *v, const struct rows *rows, struct instant now,
                 const struct query *q, struct arena *a, struct answer *out) MUST_CHECK;

#endif
