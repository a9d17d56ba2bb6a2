/* SPDX-License-Identifier: Apache-2.0 */
/* A batch on its way into the journal: hashed and committed once, durably, then answered. While one
 * is in the air the next is decided on top of it; should the first not arrive, the second is
 * dropped with it. */
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

static void hash_until(struct flight *f, size_t to)
{
    struct book *b = f->book;
    uint8_t record[TREE_RECORD_MAX];
    for (; f->hashed < to; f->hashed++) {
        const struct pending *p = &f->pending[f->hashed];
        size_t n = tree_add(&b->tree, p->bytes, record);
        store_journal_append(b->store, f->first + f->hashed, p->bytes, SPAN(record, n));
        memcpy(p->outcome->leaf, record, HASH_LEN);
        memcpy(f->leaf, record, HASH_LEN);
    }
}

/* On the writer or, while that decides the next batch, on the runner. */
static void commit(struct flight *f)
{
    struct book *b = f->book;
    hash_until(f, f->n);
    share_leaves(f);
    f->rc = store_journal_commit(b->store);
    if (f->rc < 0)
        b->tree = f->before;
}

static void drop(struct flight *f)
{
    store_journal_drop(f->book->store);
    f->book->tree = f->before;
}

static void set_course(struct flight *f, enum course c)
{
    pthread_mutex_lock(&f->lock);
    f->offered = f->n;
    f->course = c;
    pthread_mutex_unlock(&f->lock);
    pthread_cond_signal(&f->changed);
}

/* Waits until there is more to hash, or none to come. */
static enum course next_offer(struct flight *f, size_t *to)
{
    pthread_mutex_lock(&f->lock);
    while (f->course == COURSE_OPEN && f->offered == f->hashed)
        pthread_cond_wait(&f->changed, &f->lock);
    enum course c = f->course;
    *to = f->offered;
    pthread_mutex_unlock(&f->lock);
    return c;
}

static void fly(void *arg)
{
    struct flight *f = arg;
    enum course c;
    size_t to;
    while ((c = next_offer(f, &to)) == COURSE_OPEN)
        hash_until(f, to);
    if (c == COURSE_DROP) {
        drop(f);
        return;
    }
    commit(f);
    if (f->rc == 0)
        f->done.call(f->done.arg, 0);
}

static bool has_runner(struct book *b)
{
    return b->runner || runner_new("journal", &b->runner) == 0;
}

/* Begins once the runner is free, which may have the flight before it still to commit. */
int flight_offer(struct flight *f)
{
    struct book *b = f->book;
    if (!f->may_board || f->n == 0)
        return 0;
    if (f->boarding) {
        set_course(f, COURSE_OPEN);
        return 0;
    }
    if (!has_runner(b) || !runner_is_idle(b->runner))
        return 0;
    int rc = book_wait(b);
    if (rc < 0)
        return rc;
    f->boarding = true;
    f->before = b->tree;
    set_course(f, COURSE_OPEN);
    runner_give(b->runner, fly, f);
    return 0;
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
            (void)fault_say(&o->fault, "book", "", expected);
        }
    }
}

/* Nothing of the batch has reached the journal. */
static int give_up(struct flight *f, int rc)
{
    f->n = 0;
    f->book->behind = true; /* rows of this batch and of earlier ones are mixed: folded anew */
    answer_all(f->jobs, f->njobs, OUTCOME_TRY_AGAIN,
               "nothing was done: try again with the same request id in a moment");
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

int book_wait(struct book *b)
{
    struct flight *f = b->in_air;
    bool rows_lost;
    if (!f)
        return 0;
    runner_wait(b->runner);
    b->in_air = NULL;
    int rc = land(f, &rows_lost);
    if (!rows_lost)
        return 0;
    f->done.call(f->done.arg, rc);
    return rc < 0 ? rc : ERR_AGAIN;
}

bool book_is_settled(const struct book *b)
{
    return b->in_air == NULL;
}

int book_settle(struct book *b)
{
    return book_wait(b);
}

static struct flight *begin(struct book *b, struct book_job *const jobs[], int n)
{
    struct flight *f = b->deciding;
    f->book = b;
    f->jobs = jobs;
    f->njobs = n;
    f->n = f->hashed = f->offered = 0;
    f->may_board = f->boarding = false;
    f->course = COURSE_OPEN;
    f->first = b->entries + (b->in_air ? b->in_air->n : 0) + 1;
    for (int i = 0; i < n; i++)
        jobs[i]->outcomes = NULL;
    return f;
}

/* Decides a batch on top of what is in the air, and waits until that is in the journal: in any
 * case, since batches are told of in their order. */
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
    if (rc == 0)
        rc = flight_decide(f, now);
    int before = book_wait(b);
    if (rc == 0)
        rc = before;
    if (rc == 0)
        return 0;
    if (f->boarding) {
        set_course(f, COURSE_DROP);
        runner_wait(b->runner);
    }
    return give_up(f, rc);
}

int book_batch(struct book *b, struct instant now, struct book_job *const jobs[], int n)
{
    struct flight *f = begin(b, jobs, n);
    bool rows_lost;
    int rc = decide(b, now, f);
    if (rc < 0 || f->n == 0)
        return rc;
    f->before = b->tree;
    commit(f);
    return land(f, &rows_lost);
}

/* On the runner from now on, while the next one is decided in the other's place. */
static void take_off(struct flight *f)
{
    struct book *b = f->book;
    set_course(f, COURSE_LAND);
    b->in_air = f;
    b->deciding = &b->flights[f == &b->flights[0]];
    if (f->boarding)
        return;
    f->before = b->tree;
    runner_give(b->runner, fly, f);
}

void book_batch_begin(struct book *b, struct instant now, struct book_job *const jobs[], int n,
                      struct book_done done)
{
    struct flight *f = begin(b, jobs, n);
    bool rows_lost;
    f->done = done;
    f->may_board = true;
    int rc = decide(b, now, f);
    if (rc == 0 && done.landed)
        done.landed(done.arg);
    if (rc < 0 || f->n == 0) {
        done.call(done.arg, rc);
        return;
    }
    bool more = done.more(done.arg) && has_runner(b);
    if (f->boarding || more) {
        take_off(f);
        if (!more)
            rc = book_wait(b); /* which tells */
        return;
    }
    f->before = b->tree;
    commit(f);
    done.call(done.arg, land(f, &rows_lost));
}

void flights_init(struct book *b)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&b->flights[i].lock, NULL);
        pthread_cond_init(&b->flights[i].changed, NULL);
    }
    b->deciding = &b->flights[0];
}

void flights_free(struct book *b)
{
    for (int i = 0; i < 2; i++) {
        pthread_cond_destroy(&b->flights[i].changed);
        pthread_mutex_destroy(&b->flights[i].lock);
        free(b->flights[i].pending);
    }
}
