/* SPDX-License-Identifier: Apache-2.0 */
/* A batch on its way into the journal: hashed and committed once, durably, then answered. While it
 * is in the air others are decided on top of it; should it not arrive, they are dropped with it. */
#include <stdio.h>
#include <stdlib.h>

#include "book/inner.h"

/* Repeats of what was decided earlier in this batch get its leaf hash too. */
static void share_leaves(struct flight *f)
{
    for (int j = 0; j < f->njobs; j++) {
        for (uint32_t i = 0; i < f->jobs[j]->request->n; i++) {
            struct outcome *o = &f->jobs[j]->outcomes[i];
            if (o->repeated && !o->dry_run && o->number >= f->first)
                memcpy(o->leaf, f->pending[o->number - f->first].outcome->leaf, HASH_LEN);
        }
    }
}

/* On the writer or, while that decides the next batch, on the runner. */
static void commit(struct flight *f)
{
    struct book *b = f->book;
    const struct tree before = b->tree;
    uint8_t record[TREE_RECORD_MAX];
    for (size_t i = 0; i < f->n; i++) {
        const struct pending *p = &f->pending[i];
        size_t n = tree_add(&b->tree, p->bytes, record);
        store_journal_append(b->store, f->first + i, p->bytes, SPAN(record, n));
        memcpy(p->outcome->leaf, record, HASH_LEN);
    }
    memcpy(f->leaf, record, HASH_LEN);
    share_leaves(f);
    f->rc = store_journal_commit(b->store);
    if (f->rc < 0)
        b->tree = before;
}

static void commit_beside(void *arg)
{
    struct flight *f = arg;
    commit(f);
    if (f->rc == 0)
        f->done.call(f->done.arg, 0);
    store_journal_make_room(f->book->store);
}

static void answer_all(struct book_job *const jobs[], int n, enum outcome_kind kind,
                       const char *expected)
{
    for (int j = 0; j < n; j++) {
        uint32_t rows = jobs[j]->request->n;
        if (!jobs[j]->outcomes)
            jobs[j]->outcomes = arena_alloc(jobs[j]->arena, rows * sizeof *jobs[j]->outcomes);
        for (uint32_t i = 0; jobs[j]->outcomes && i < rows; i++) {
            struct outcome *o = &jobs[j]->outcomes[i];
            outcomes_clear(o, 1);
            o->kind = kind;
            (void)fault_say(outcome_fault_new(o, jobs[j]->arena), "book", "", expected);
        }
    }
}

/* Nothing of the batch has reached the journal. */
static void refuse(struct flight *f)
{
    f->n = 0;
    answer_all(f->jobs, f->njobs, OUTCOME_TRY_AGAIN,
               "nothing was done: try again with the same request id in a moment");
}

static int give_up(struct flight *f, int rc)
{
    refuse(f);
    f->book->behind = true; /* rows of this batch and of earlier ones are mixed: folded anew */
    return rc;
}

/* A commit failed with an outcome that nobody knows: the journal itself is asked. */
static int find_out(struct flight *f)
{
    struct book *b = f->book;
    uint64_t last, was = f->first - 1, want = was + f->n;
    struct fault fault;
    struct book_opening o = {0};
    f->n = 0;
    b->behind = true;
    tables_forget(&b->tables); /* a view that is open would be waited for */
    int rc = store_journal_recover(b->store, &last);
    if (rc < 0 || (last != was && last != want)) {
        answer_all(f->jobs, f->njobs, OUTCOME_UNKNOWN,
                   "outcome unknown: ask again with the same request id when the daemon is back");
        return ERR_UNKNOWN;
    }
    /* If the tables can't follow now, the next batch tries again first (b->behind). */
    rc = book_catch_up(b, &fault, &o);
    (void)rc;
    if (last == want)
        return 0;
    answer_all(f->jobs, f->njobs, OUTCOME_TRY_AGAIN,
               "nothing was done, the disk did not take it (is it full?): try again with the same "
               "request id");
    return ERR_AGAIN;
}

/* What became of a commit. The rows have changed with it unless it says so. */
static int land(struct flight *f, bool *rows_lost)
{
    struct book *b = f->book;
    *rows_lost = f->rc < 0;
    if (f->rc < 0)
        return find_out(f);
    b->entries += f->n;
    memcpy(b->leaf, f->leaf, HASH_LEN);
    b->leaf_due = true;
    f->n = 0;
    return 0;
}

static struct flight *oldest_in_air(struct book *b)
{
    return &b->flights[(b->deciding + FLIGHTS - b->in_air) % FLIGHTS];
}

/* Those after one that failed were decided on top of it. The journal has not taken them: there
 * would be a gap in its numbers. Their rows went with its. */
static void drop_others(struct book *b)
{
    while (b->in_air > 0) {
        struct flight *f = oldest_in_air(b);
        b->in_air--;
        refuse(f);
        f->done.call(f->done.arg, ERR_AGAIN);
    }
}

static int land_oldest(struct book *b)
{
    struct flight *f = oldest_in_air(b);
    bool rows_lost;
    runner_wait(b->runner, b->in_air - 1);
    if (f->rc < 0)
        runner_wait(b->runner, 0); /* nobody else may use the journal while it is looked into */
    b->in_air--;
    int rc = land(f, &rows_lost);
    if (!rows_lost)
        return 0;
    b->losses++;
    f->done.call(f->done.arg, rc);
    drop_others(b);
    return rc < 0 ? rc : ERR_AGAIN;
}

/* Waits for flights in the air until so many are left. */
static int land_until(struct book *b, unsigned left)
{
    int rc = 0;
    while (rc == 0 && b->in_air > left)
        rc = land_oldest(b);
    return rc;
}

int book_wait(struct book *b)
{
    return land_until(b, 0);
}

bool book_is_settled(const struct book *b)
{
    return b->in_air == 0;
}

int book_settle(struct book *b)
{
    return book_wait(b);
}

uint64_t book_losses(const struct book *b)
{
    return b->losses;
}

static struct flight *begin(struct book *b, struct book_job *const jobs[], int n)
{
    struct flight *f = &b->flights[b->deciding];
    f->book = b;
    f->jobs = jobs;
    f->njobs = n;
    f->n = 0;
    f->first = b->entries + 1;
    for (unsigned i = 1; i <= b->in_air; i++)
        f->first += b->flights[(b->deciding + FLIGHTS - i) % FLIGHTS].n;
    for (int i = 0; i < n; i++)
        jobs[i]->outcomes = NULL;
    return f;
}

/* Decides a batch on top of what is in the air. */
static int decide(struct book *b, struct instant now, struct flight *f)
{
    int rc = 0;
    if (b->behind || store_tables_damaged(b->store)) {
        rc = book_ready(b);
        f->first = b->entries + 1;
    } else if (tables_are_full(&b->tables)) {
        rc = book_tables_begin(b, b->stored);
        f->first = b->entries + 1;
    }
    return rc < 0 ? rc : flight_decide(f, now);
}

/* Waits until of what was in the air before it so much is left, though it could not be decided:
 * batches are told of in their order. Returns what decide returned, or that what it stands on did
 * not arrive. */
static int follow(struct flight *f, int decided, unsigned left)
{
    int before = land_until(f->book, left);
    int rc = decided < 0 ? decided : before;
    return rc < 0 ? give_up(f, rc) : 0;
}

int book_batch(struct book *b, struct instant now, struct book_job *const jobs[], int n)
{
    struct flight *f = begin(b, jobs, n);
    bool rows_lost;
    int rc = follow(f, decide(b, now, f), 0);
    if (rc < 0 || f->n == 0)
        return rc;
    commit(f);
    return land(f, &rows_lost);
}

static bool has_runner(struct book *b)
{
    return b->runner || runner_new("journal", &b->runner) == 0;
}

_Static_assert(FLIGHTS - 1 <= RUNNER_QUEUE, "each flight in the air is given to the runner");

/* Entries of a batch that need not wait for the one before it to land: the journal has enough to
 * do. In smaller ones' time more gathers for the next, which then needs fewer commits. */
#define LARGE 512

void book_batch_begin(struct book *b, struct instant now, struct book_job *const jobs[], int n,
                      struct book_done done)
{
    struct flight *f = begin(b, jobs, n);
    bool rows_lost;
    int rc = decide(b, now, f);
    rc = follow(f, rc, rc == 0 && f->n >= LARGE && done.alone && !done.landed ? FLIGHTS - 2 : 0);
    if (rc == 0 && done.landed)
        done.landed(done.arg);
    if (rc == 0 && f->n > 0 && done.more(done.arg) && has_runner(b)) {
        f->done = done;
        b->in_air++;
        b->deciding = (b->deciding + 1) % FLIGHTS;
        runner_give(b->runner, commit_beside, f);
        return;
    }
    if (rc == 0)
        rc = follow(f, 0, 0);
    if (rc == 0 && f->n > 0) {
        commit(f);
        rc = land(f, &rows_lost);
    }
    done.call(done.arg, rc);
    store_journal_make_room(b->store);
}
