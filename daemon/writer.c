/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "daemon/log.h"

#define IDLE_US  50000             /* without work for so long: the tables are committed */
#define LOAD_US  2000000           /* under load they are committed at least so often */
#define RETRY_US 1000000           /* between tries of a commit that fails */
#define ROUNDS   (BOOK_IN_AIR + 1) /* one is decided */
#define FEW      8 /* jobs that are taken together even if some have to be waited for */

/* What was taken together, until its outcomes have gone back. */
struct round {
    struct writer *writer;
    struct job_list jobs;
    struct job_list queries; /* answered, from what may not be durable yet */
    uint64_t losses;         /* of the book, before they were */
    struct book_job **batch; /* the commands among them */
    unsigned cap;
    unsigned few;    /* jobs in it, if they and those that wait are few and short; 0 otherwise */
    unsigned askers; /* of few: those of this round and of what waited when it was answered */
};

/* Listings that wait for a commit of the tables. */
struct listing {
    struct writer *writer;
    struct job_list jobs;
};

struct writer {
    struct writer_config config;
    _Atomic unsigned group;
    pthread_t thread;
    struct book *book;
    struct round rounds[ROUNDS];
    struct round *now;          /* the one taken last */
    bool broken;                /* what is in the journal is not known: nothing more is written */
    int64_t committed_us;       /* when the tables were last committed, or tried to be */
    _Atomic bool tables_failed; /* the last try */
    struct listing listings[2]; /* one may wait for the commit under way */
    unsigned listing;
    struct listing none; /* for commits that nobody waits for */
    int64_t took_us;     /* the last round */

    /* Opening: set by the thread before `opened`. */
    pthread_mutex_t lock;
    pthread_cond_t opened_cond;
    bool opened;
    int rc;
    struct fault fault;
    struct book_opening opening;
};

static int64_t free_bytes(const char *dir)
{
    struct statvfs vfs;
    if (statvfs(dir, &vfs) < 0)
        return -1;
    return (int64_t)(vfs.f_bavail * vfs.f_frsize);
}

static void log_failure(struct writer *w, const char *event, int rc)
{
    LOG(LEVEL_ERROR, event, LOG_TEXT("error", err_text(rc)), LOG_TEXT("book", w->config.book.dir),
        LOG_NUMBER("free", free_bytes(w->config.book.dir)));
}

static void tables_over(struct writer *w, struct listing *l, int rc)
{
    atomic_store(&w->tables_failed, rc < 0);
    if (rc < 0)
        log_failure(w, "tables_commit_failed", rc);
    for (struct job *j = l->jobs.first; j; j = j->next)
        j->error = rc;
    handoff_post(w->config.handoff, &l->jobs);
}

static void tables_done(void *arg, int rc)
{
    struct listing *l = arg;
    tables_over(l->writer, l, rc);
}

/* Has the tables committed, and the listings answered then. */
static void tables_commit(struct writer *w, struct job_list *listings)
{
    struct listing *l = &w->listings[w->listing ^= 1];
    l->writer = w;
    job_list_clear(&l->jobs);
    for (struct job *j; listings && (j = job_list_pop(listings)) != NULL;)
        job_list_add(&l->jobs, j);
    const struct tables_done then = {tables_done, l, l->jobs.first != NULL};
    int rc = w->broken ? ERR_UNKNOWN : book_tables_begin(w->book, then);
    w->committed_us = clock_steady_us();
    if (rc < 0)
        tables_over(w, l, rc);
}

/* Outcomes of jobs that came after the journal was lost sight of: nothing of them was tried. */
static void answer_broken(struct book_job *job)
{
    uint32_t n = job->request->n;
    struct outcome *o = arena_zero(job->arena, n * sizeof *o);
    for (uint32_t i = 0; o && i < n; i++) {
        o[i].kind = OUTCOME_TRY_AGAIN;
        (void)fault_set(outcome_fault_new(&o[i], job->arena), "book", NULL,
                        "the daemon stops: repeat with the same request id once it is back");
    }
    job->outcomes = o;
}

/* The commands of a round; 0 if there are none, or no memory: the loop answers what has no outcomes
 * that nothing was done. */
static unsigned gather(struct round *r)
{
    unsigned n = 0, i = 0;
    for (struct job *j = r->jobs.first; j; j = j->next)
        n += j->kind == JOB_COMMANDS;
    if (n > r->cap) {
        struct book_job **p = realloc(r->batch, 2 * n * sizeof(struct book_job *));
        if (!p)
            return 0;
        r->batch = p;
        r->cap = 2 * n;
    }
    for (struct job *j = r->jobs.first; j; j = j->next)
        if (j->kind == JOB_COMMANDS)
            r->batch[i++] = &j->book;
    return n;
}

static void note_batch(struct writer *w, int rc)
{
    if (rc < 0)
        log_failure(w, "commit_failed", rc);
    if (rc == ERR_UNKNOWN && !w->broken) {
        w->broken = true;
        handoff_give_up(w->config.handoff, ERR_UNKNOWN);
    }
}

/* Errors come on the writer's own thread. */
static void round_done(void *arg, int rc)
{
    struct round *r = arg;
    if (r->few > 0)
        r->askers = r->few + handoff_waiting(r->writer->config.handoff);
    handoff_post(r->writer->config.handoff, &r->jobs);
    if (rc < 0)
        note_batch(r->writer, rc);
}

/* What queries saw of the rounds before this one is durable, unless one was lost. */
static void round_landed(void *arg)
{
    struct round *r = arg;
    if (book_losses(r->writer->book) == r->losses)
        handoff_post(r->writer->config.handoff, &r->queries);
}

/* Few are better taken together than one while the other is committed: see gather_few. */
static bool more_waits(void *arg)
{
    struct round *r = arg;
    unsigned waiting = handoff_waiting(r->writer->config.handoff);
    if (r->few + waiting > FEW)
        r->few = 0;
    return r->few == 0 && waiting > 0;
}

static void ride_queries(struct writer *w, const struct job_list *queries)
{
    for (struct job *j = queries->first; j; j = j->next) {
        j->error = w->broken ? ERR_UNKNOWN
                             : book_query_ahead(w->book, clock_now(w->config.clock),
                                                &j->request.query, &j->arena, &j->answer);
        if (j->error < 0)
            log_failure(w, "query_failed", j->error);
    }
}

/* Takes the jobs of other kinds out of a round. */
static void sort_out(struct round *r, struct job_list *queries, struct job_list *tables)
{
    struct job_list all = r->jobs;
    if (all.first == NULL)
        return;
    job_list_clear(&r->jobs);
    for (struct job *j; (j = job_list_pop(&all)) != NULL;)
        job_list_add(j->kind == JOB_QUERY ? queries : j->kind == JOB_TABLES ? tables : &r->jobs, j);
}

/* Queries whose answers nobody has got: no commands followed them, or what they saw never reached
 * the journal. */
static void settle_queries(struct writer *w, struct round *r)
{
    if (!r->queries.first)
        return;
    int rc = w->broken ? 0 : book_settle(w->book);
    if (rc < 0 || book_losses(w->book) != r->losses)
        ride_queries(w, &r->queries);
    handoff_post(w->config.handoff, &r->queries);
}

/* One round: queries first, who see what was answered before they came; then the commands. Queries
 * and commands see the rounds before this one, whose commits may be under way: answers to queries
 * go back when those are over. Where more waits, that is decided while these are committed; where
 * nothing does, handing over would only take time. */
static void work_off(struct writer *w, struct round *r)
{
    struct job_list tables;
    job_list_clear(&r->queries);
    job_list_clear(&tables);
    sort_out(r, &r->queries, &tables);
    r->losses = book_losses(w->book);
    ride_queries(w, &r->queries);
    if (book_is_settled(w->book) && book_losses(w->book) == r->losses)
        handoff_post(w->config.handoff, &r->queries);
    unsigned n = gather(r);
    if (w->broken || n == 0) {
        for (unsigned i = 0; i < n; i++)
            answer_broken(r->batch[i]);
        handoff_post(w->config.handoff, &r->jobs);
    } else {
        const struct book_done then = {.call = round_done,
                                       .more = more_waits,
                                       .alone = !handoff_had_company(w->config.handoff),
                                       .arg = r,
                                       .landed = r->queries.first ? round_landed : NULL};
        w->now = &w->rounds[(r - w->rounds + 1) % ROUNDS];
        book_batch_begin(w->book, clock_now(w->config.clock), r->batch, (int)n, then);
    }
    settle_queries(w, r);
    if (tables.first)
        tables_commit(w, &tables);
}

/* How long to wait for work before the tables are to be committed; < 0: no need. */
static int64_t patience(const struct writer *w)
{
    if (w->broken || !book_tables_stale(w->book))
        return -1;
    return w->tables_failed ? RETRY_US : IDLE_US;
}

static bool is_time_to_commit(const struct writer *w)
{
    if (w->broken || !book_tables_stale(w->book) || book_tables_busy(w->book))
        return false;
    int64_t since = clock_steady_us() - w->committed_us;
    if (w->tables_failed)
        return since >= RETRY_US;
    return since >= LOAD_US;
}

/* Jobs of few commands in all, which are decided in no time; 0 if they are more. */
static unsigned count_few(const struct job_list *l)
{
    unsigned n = 0, commands = 0;
    for (const struct job *j = l->first; j && commands <= FEW; j = j->next, n++)
        commands += j->kind == JOB_COMMANDS ? j->request.n : FEW + 1;
    return commands <= FEW ? n : 0;
}

/* Those who ask one thing at a time and were just answered are about to ask again, and would miss a
 * commit that begins at once. A little of a commit's time is spent on waiting for them, and all go
 * into one; who asks alone waits for nobody. */
static void gather_few(struct writer *w, const struct round *r, int64_t took_us)
{
    int64_t usual_us = took_us < w->took_us ? took_us : w->took_us; /* not a disk's pause */
    w->took_us = took_us;
    if (r->few > 0 && r->askers > 1)
        handoff_gather(w->config.handoff, r->askers, usual_us / 4);
}

static void write_until_closed(struct writer *w)
{
    int64_t wait_us = patience(w);
    w->committed_us = clock_steady_us();
    w->now = &w->rounds[0];
    for (int i = 0; i < ROUNDS; i++)
        w->rounds[i].writer = w;
    while (handoff_take(w->config.handoff, atomic_load(&w->group), wait_us, &w->now->jobs)) {
        const int64_t began_us = clock_steady_us();
        struct round *r = w->now;
        r->few = count_few(&r->jobs);
        if (r->jobs.first)
            work_off(w, r);
        else if (!book_tables_busy(w->book))
            tables_commit(w, NULL);
        const int64_t took_us = clock_steady_us() - began_us;
        if (is_time_to_commit(w))
            tables_commit(w, NULL);
        gather_few(w, r, took_us);
        wait_us = patience(w);
    }
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    struct book *book = NULL;
    struct fault f = {0};
    struct book_opening o = {0};
    int rc = book_open(&w->config.book, &f, &o, &book);
    pthread_mutex_lock(&w->lock);
    w->opened = true;
    w->book = book;
    w->rc = rc;
    w->fault = f;
    w->opening = o;
    pthread_cond_signal(&w->opened_cond);
    pthread_mutex_unlock(&w->lock);
    if (rc < 0)
        return NULL;
    write_until_closed(w);
    book_close(book);
    return NULL;
}

/* Signals are the event loop's. */
static int start_thread(struct writer *w)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        return ERR_SETTING;
    (void)pthread_setname_np(w->thread, "writer"); /* for top and debuggers */
    return 0;
}

static void writer_free(struct writer *w)
{
    pthread_cond_destroy(&w->opened_cond);
    pthread_mutex_destroy(&w->lock);
    for (int i = 0; i < ROUNDS; i++)
        free(w->rounds[i].batch);
    free(w);
}

int writer_start(const struct writer_config *c, struct fault *f, struct book_opening *o,
                 struct writer **out)
{
    struct writer *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_MEMORY;
    w->config = *c;
    atomic_init(&w->group, c->group);
    w->none.writer = w;
    job_list_clear(&w->none.jobs);
    w->config.book.stored = (struct tables_done){tables_done, &w->none, false};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->opened_cond, NULL);
    int rc = start_thread(w);
    if (rc < 0) {
        writer_free(w);
        (void)fault_set(f, "threads", NULL, "this machine allows no further thread");
        return rc;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->opened)
        pthread_cond_wait(&w->opened_cond, &w->lock);
    rc = w->rc;
    pthread_mutex_unlock(&w->lock);
    if (rc < 0) {
        *f = w->fault;
        pthread_join(w->thread, NULL);
        writer_free(w);
        return rc;
    }
    *o = w->opening;
    *out = w;
    return 0;
}

struct book *writer_book(const struct writer *w)
{
    return w->book;
}

void writer_set_group(struct writer *w, unsigned group)
{
    atomic_store(&w->group, group);
}

void writer_stop(struct writer *w)
{
    if (!w)
        return;
    pthread_join(w->thread, NULL);
    writer_free(w);
}
