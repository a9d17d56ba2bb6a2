/* SPDX-License-Identifier: Apache-2.0 */
/* A book: the journal with its tables, one writer. Deciding and folding are the ledger's, storing
 * the store's, hashing the tree's; here they are one thing. Reads no clock. */
#ifndef BOOK_BOOK_H
#define BOOK_BOOK_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/day.h"
#include "base/err.h"
#include "base/fault.h"
#include "model/message.h"

struct book;

/* Who is told that a commit of the tables is over: 0, or why it failed. On the thread that stored.
 */
struct tables_done {
    void (*call)(void *arg, int rc); /* NULL: nobody */
    void *arg;
    bool hurry; /* someone waits: not at the easy pace at which little else is delayed */
};

struct book_config {
    const char *dir;
    bool create;          /* make the book where there is none */
    bool test_clock;      /* a new book is marked so; an old one must be */
    uint64_t journal_map; /* bytes of address space, 0: the default */
    uint64_t tables_map;
    struct instant now;        /* booked as the time of a new book's first entry */
    struct tables_done stored; /* told of commits of the tables that nobody asked for */
};

/* What opening had to do, for the log. */
struct book_opening {
    bool created;
    bool rebuilt;     /* the tables were missing, damaged or ahead of the journal */
    uint64_t folded;  /* entries folded into the tables */
    uint64_t entries; /* in the journal now */
};

/* Opens, checks format and clock mark, folds the journal's tail into the tables. ERR_LOCKED,
 * ERR_NOT_FOUND, ERR_NEWER, ERR_CLOCK, ERR_CORRUPT, ERR_SETTING, ERR_IO, ERR_FULL, ERR_MEMORY; *f
 * says more. */
int book_open(const struct book_config *c, struct fault *f, struct book_opening *o,
              struct book **out) MUST_CHECK;
/* Commits the tables and closes. Takes NULL. */
void book_close(struct book *b);

/* ---- Writer thread ---- */

/* One request of commands in a batch. */
struct book_job {
    const char *principal;
    const struct request *request; /* kind REQUEST_COMMANDS */
    struct arena *arena;           /* for the outcomes; lives until they were sent, and so
                                      does the request, whose faults they point to */
    struct outcome *outcomes;      /* request->n, set by book_batch (NULL before) */
};

/* Decides all jobs in their order at the time given and commits the journal once, durably. When it
 * returns 0 every outcome is set and may be sent. ERR_AGAIN: the commit failed and nothing of it is
 * in the journal (outcomes say TRY_AGAIN; the book goes on). ERR_UNKNOWN: what is in the journal
 * can't be read (outcomes say UNKNOWN); the caller stops. Other errors: nothing was done, outcomes
 * say TRY_AGAIN. */
int book_batch(struct book *b, struct instant now, struct book_job *const jobs[], int n) MUST_CHECK;

/* Who is told that every outcome of a batch is set, with what book_batch would return. Called once:
 * on the writer thread, or with 0 on the thread that committed. */
struct book_done {
    void (*call)(void *arg, int rc);
    bool (*more)(void *arg); /* asked when the batch is decided: does more wait? */
    bool alone; /* nobody else asks, who would wait longer if this queued behind another batch */
    void *arg;
    /* Told on the writer thread, unless NULL, when the batch is decided and what was booked before
     * it is durable, which is waited for. Not if either failed. */
    void (*landed)(void *arg);
};

/* Batches on their way to the disk at most. */
#define BOOK_IN_AIR 2

/* As book_batch, but where more waits it returns when the batch is decided: the commit goes on
 * beside what comes next. Batches are told of in their order; each function for the writer thread
 * that needs what is on its way waits for it. jobs and the array stay until
 * done.call. */
void book_batch_begin(struct book *b, struct instant now, struct book_job *const jobs[], int n,
                      struct book_done done);

/* Has the tables committed, so that snapshots see everything that was booked before; returns when
 * this has begun, after waiting for one before it. On an error nothing has begun and nobody is
 * told.
 */
int book_tables_begin(struct book *b, struct tables_done done) MUST_CHECK;
/* The same, and waits for it. */
int book_tables_commit(struct book *b) MUST_CHECK;
/* Whether a commit of the tables is under way: another one would have to wait for it. */
bool book_tables_busy(const struct book *b);
/* Whether the tables hold anything that is not committed. */
bool book_tables_stale(const struct book *b);

/* Answers a query as of the last durable entry: one that decides or is a point (query_is_point). */
int book_query_live(struct book *b, struct instant now, const struct query *q, struct arena *a,
                    struct answer *out) MUST_CHECK;

/* As book_query_live, without waiting for a batch on its way to the disk: as of the last entry that
 * was decided. The answer may be given once that is durable: see book_settle and book_done.landed;
 * where it never is, the query is to be asked again. */
int book_query_ahead(struct book *b, struct instant now, const struct query *q, struct arena *a,
                     struct answer *out) MUST_CHECK;
/* Whether all that was decided is durable. */
bool book_is_settled(const struct book *b);
/* Waits until it is. An error: some of it is not in the journal, nor what was answered on top. */
int book_settle(struct book *b) MUST_CHECK;
/* How many batches on their way to the disk did not get there. What was answered ahead before this
 * changed may be of entries that never were. */
uint64_t book_losses(const struct book *b);

/* Rebuilds the tables from the journal into scratch_dir (made, emptied afterwards), decides every
 * command again from them, which must give the entry as it is stored, and compares every row.
 * ERR_CORRUPT with the first difference in *f. */
int book_check(struct book *b, const char *scratch_dir, struct fault *f) MUST_CHECK;

/* ---- Any thread ---- */

/* The last entry that a snapshot taken now counts; a page of QUERY_ENTRIES counts all that is
 * durable.
 */
uint64_t book_snapshot_entry(const struct book *b);
/* Steps that the tables took since the book was opened, of which long work has many: runs of rows
 * loaded or stored, runs of entries folded. */
uint64_t book_steps(const struct book *b);
/* Answers a query from a snapshot; QUERY_ENTRIES from the journal alone. Not for QUERY_EXPLAIN,
 * which decides: ERR_RANGE. */
int book_query_snapshot(struct book *b, struct instant now, const struct query *q, struct arena *a,
                        struct answer *out) MUST_CHECK;
/* Whether a query is a few point reads of the present (it may ride with the writer): not a listing,
 * nor one of the past. */
bool query_is_point(const struct query *q);

#endif
