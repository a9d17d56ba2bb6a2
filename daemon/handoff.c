/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/handoff.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Jobs kept for the next requests, with a block of their arena: 16 MiB at most. */
#define SPARE_JOBS  512
#define SPARE_BYTES (32 * 1024)

struct handoff {
    /* The event loop's alone. */
    struct handoff_limits limits;
    unsigned jobs;
    size_t bytes;
    struct share *shares; /* the first is the daemon's own */
    struct job *spare;
    unsigned nspare;
    unsigned away;     /* jobs that the writer has */
    uint64_t returned; /* that it ever gave back */
    int fd;

    bool company; /* the writer's alone: several principals asked when it last took jobs */

    /* Shared, under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct lanes to_writer;
    struct job_list to_loop;
    unsigned waiting; /* jobs in to_writer */
    unsigned awaited; /* by a writer that sleeps: woken once, when so many wait; 0: it is awake */
    bool closed;
    int gave_up;
};

struct job *job_list_pop(struct job_list *l)
{
    struct job *j = l->first;
    if (!j)
        return NULL;
    l->first = j->next;
    if (!l->first)
        l->end = &l->first;
    j->next = NULL;
    return j;
}

/* Moves all of *from behind *to. */
static void job_list_join(struct job_list *to, struct job_list *from)
{
    if (!from->first)
        return;
    *to->end = from->first;
    to->end = from->end;
    job_list_clear(from);
}

int handoff_new(const struct handoff_limits *limits, struct handoff **out)
{
    struct handoff *h = calloc(1, sizeof *h);
    if (h)
        h->shares = share_new("");
    if (!h || !h->shares) {
        free(h);
        return ERR_MEMORY;
    }
    h->limits = *limits;
    h->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (h->fd < 0) {
        free(h->shares);
        free(h);
        return ERR_SETTING;
    }
    lanes_start(&h->to_writer);
    job_list_clear(&h->to_loop);
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->work, &attr);
    pthread_condattr_destroy(&attr);
    *out = h;
    return 0;
}

void handoff_set_limits(struct handoff *h, const struct handoff_limits *limits)
{
    h->limits = *limits;
}

static void jobs_destroy(struct job *j)
{
    for (struct job *next; j; j = next) {
        next = j->next;
        arena_free(&j->arena);
        free(j);
    }
}

void handoff_free(struct handoff *h)
{
    if (!h)
        return;
    jobs_destroy(h->to_loop.first);
    jobs_destroy(h->spare);
    for (struct share *s = h->shares, *next; s; s = next) {
        next = s->next;
        jobs_destroy(s->to_writer.jobs.first);
        free(s);
    }
    pthread_cond_destroy(&h->work);
    pthread_mutex_destroy(&h->lock);
    close(h->fd);
    free(h);
}

struct share *handoff_share(struct handoff *h, const char *name)
{
    struct share **at = &h->shares->next;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    if (!*at)
        *at = share_new(name);
    return *at;
}

bool handoff_is_full(const struct handoff *h)
{
    return h->jobs >= h->limits.jobs || h->bytes >= h->limits.bytes;
}

bool handoff_has_room(const struct handoff *h, const struct share *s)
{
    if (s->jobs == 0)
        return h->bytes / 2 < h->limits.bytes;
    return s->jobs < h->limits.jobs_each && s->bytes < h->limits.bytes_each && !handoff_is_full(h);
}

unsigned handoff_jobs(const struct handoff *h)
{
    return h->jobs;
}

unsigned handoff_away(const struct handoff *h)
{
    return h->away;
}

uint64_t handoff_returned(const struct handoff *h)
{
    return h->returned;
}

int job_new(struct handoff *h, struct share *s, struct job **out)
{
    struct job *j = h->spare;
    if (j) {
        h->spare = j->next;
        h->nspare--;
        struct arena kept = j->arena;
        *j = (struct job){.arena = kept};
    } else {
        j = calloc(1, sizeof *j);
        if (!j)
            return ERR_MEMORY;
    }
    j->share = s ? s : h->shares;
    j->share->jobs++;
    h->jobs++;
    job_charge(h, j, sizeof *j);
    *out = j;
    return 0;
}

void job_charge(struct handoff *h, struct job *j, size_t bytes)
{
    j->bytes += bytes;
    j->share->bytes += bytes;
    h->bytes += bytes;
}

static void uncount(struct handoff *h, const struct job *j)
{
    assert(j->share->jobs > 0 && j->share->bytes >= j->bytes);
    j->share->jobs--;
    j->share->bytes -= j->bytes;
    h->jobs--;
    h->bytes -= j->bytes;
}

void job_put_aside(struct handoff *h, struct job *j)
{
    uncount(h, j);
}

void job_take_back(struct handoff *h, struct job *j)
{
    j->share->jobs++;
    j->share->bytes += j->bytes;
    h->jobs++;
    h->bytes += j->bytes;
}

void job_free(struct handoff *h, struct job *j)
{
    uncount(h, j);
    if (h->nspare >= SPARE_JOBS || arena_size(&j->arena) > SPARE_BYTES) {
        arena_free(&j->arena);
        free(j);
        return;
    }
    arena_reset(&j->arena);
    j->next = h->spare;
    h->spare = j;
    h->nspare++;
}

void handoff_push(struct handoff *h, struct job *j)
{
    h->away++;
    pthread_mutex_lock(&h->lock);
    lanes_add(&h->to_writer, &j->share->to_writer, j);
    bool is_awaited = ++h->waiting == h->awaited;
    pthread_mutex_unlock(&h->lock);
    if (is_awaited)
        pthread_cond_signal(&h->work);
}

void handoff_close(struct handoff *h)
{
    pthread_mutex_lock(&h->lock);
    h->closed = true;
    pthread_mutex_unlock(&h->lock);
    pthread_cond_signal(&h->work);
}

int handoff_fd(const struct handoff *h)
{
    return h->fd;
}

int handoff_take_done(struct handoff *h, struct job_list *out)
{
    /* Emptied before the queue is: a post in between leaves it readable. */
    uint64_t count;
    ssize_t n;
    do
        n = read(h->fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
    job_list_clear(out);
    pthread_mutex_lock(&h->lock);
    job_list_join(out, &h->to_loop);
    int code = h->gave_up;
    pthread_mutex_unlock(&h->lock);
    for (const struct job *j = out->first; j; j = j->next) {
        h->away--;
        h->returned++;
    }
    return code;
}

static void deadline_after(int64_t timeout_us, struct timespec *ts)
{
    clock_gettime(CLOCK_MONOTONIC, ts);
    int64_t ns = ts->tv_nsec + timeout_us % 1000000 * 1000;
    ts->tv_sec += timeout_us / 1000000 + ns / 1000000000;
    ts->tv_nsec = ns % 1000000000;
}

/* Until so many jobs wait, or timeout_us have passed (< 0: for ever), or none will come any more.
 * Under the lock. */
static void await(struct handoff *h, unsigned jobs, int64_t timeout_us)
{
    struct timespec until = {0};
    if (h->waiting >= jobs || h->closed)
        return;
    if (timeout_us >= 0)
        deadline_after(timeout_us, &until);
    h->awaited = jobs;
    for (int rc = 0; h->waiting < jobs && !h->closed && rc != ETIMEDOUT;)
        rc = timeout_us < 0 ? pthread_cond_wait(&h->work, &h->lock)
                            : pthread_cond_timedwait(&h->work, &h->lock, &until);
    h->awaited = 0;
}

void handoff_gather(struct handoff *h, unsigned jobs, int64_t us)
{
    pthread_mutex_lock(&h->lock);
    await(h, jobs, us);
    pthread_mutex_unlock(&h->lock);
}

/* A query takes about as long as a command. */
static unsigned cost(const struct job *j)
{
    return j->kind == JOB_COMMANDS ? j->request.n : j->kind == JOB_QUERY ? 1U : 0U;
}

/* Commits are large where one principal asks, since that is fastest. Where several do, one part in
 * so many of that is for all, and one for each: who asks little waits for what others ask. */
#define COMPANY_ALL  4
#define COMPANY_EACH 8

/* Whether several ask now, or did a moment ago: who asks one thing at a time is not seen waiting
 * each time. What costs nothing is not counted: the daemon itself asks for such. */
static bool has_company(struct lanes *all)
{
    unsigned asking = 0;
    for (const struct lane *l = all->first; l; l = l->next)
        asking += cost(l->jobs.first) > 0;
    return lanes_round(all) || asking > 1;
}

static unsigned part_of(unsigned commands, unsigned parts)
{
    return (commands + parts - 1) / parts;
}

/* Under the lock. */
static void take_in_turn(struct handoff *h, unsigned commands, struct job_list *out)
{
    struct lanes *all = &h->to_writer;
    const struct lane *next = NULL;  /* the first with a job that does not fit in any more */
    const struct lane *since = NULL; /* the same or one that had its part, since a job was taken */
    bool company = h->company = has_company(all);
    unsigned most = company ? part_of(commands, COMPANY_ALL) : commands;
    unsigned each = company ? part_of(commands, COMPANY_EACH) : commands;
    unsigned taken = 0;
    while (all->first && all->first != since) {
        unsigned n = cost(lanes_first(all)), part = lanes_part(all);
        bool fits = n == 0 || taken == 0 || (taken + n <= most && n <= each);
        if (!fits || (part > 0 && n > 0 && part + n > each)) {
            if (!fits)
                next = next ? next : all->first;
            since = since ? since : all->first;
            lanes_pass(all);
            continue;
        }
        since = NULL;
        taken += n;
        if (n > 0)
            lanes_part_add(all, n);
        job_list_add(out, lanes_pop(all));
        h->waiting--;
    }
    while (next && all->first != next)
        lanes_pass(all);
}

bool handoff_take(struct handoff *h, unsigned commands, int64_t timeout_us, struct job_list *out)
{
    job_list_clear(out);
    pthread_mutex_lock(&h->lock);
    await(h, 1, timeout_us);
    take_in_turn(h, commands, out);
    bool more = out->first || !h->closed;
    pthread_mutex_unlock(&h->lock);
    return more;
}

bool handoff_had_company(const struct handoff *h)
{
    return h->company;
}

bool handoff_has_work(struct handoff *h)
{
    return handoff_waiting(h) > 0;
}

unsigned handoff_waiting(struct handoff *h)
{
    pthread_mutex_lock(&h->lock);
    unsigned n = h->waiting;
    pthread_mutex_unlock(&h->lock);
    return n;
}

static void wake_loop(struct handoff *h)
{
    const uint64_t one = 1;
    while (write(h->fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

void handoff_post(struct handoff *h, struct job_list *done)
{
    if (!done->first)
        return;
    pthread_mutex_lock(&h->lock);
    job_list_join(&h->to_loop, done);
    pthread_mutex_unlock(&h->lock);
    wake_loop(h);
}

void handoff_give_up(struct handoff *h, int code)
{
    pthread_mutex_lock(&h->lock);
    h->gave_up = code;
    pthread_mutex_unlock(&h->lock);
    wake_loop(h);
}
