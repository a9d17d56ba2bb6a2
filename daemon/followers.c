/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/followers.h"

#include <stdlib.h>

#include "daemon/clock.h"

#define A_TURN        4     /* answered before the sockets have their turn again */
#define FULL_AGAIN_US 20000 /* until a peer that did not read is looked at again */

struct followers {
    struct followers_config config;
    struct event *timer;
    int64_t timer_us;     /* of the steady clock: when it goes off; 0: it is not set */
    struct job_list held; /* without order: there are few */
    struct lanes ready;   /* of each principal in turn */
    unsigned n;           /* in both */
};

/* One timer for all: it may go off for one that was served before. */
static void look_at(struct followers *w, int64_t at_us)
{
    if (w->timer_us && w->timer_us <= at_us)
        return;
    int64_t left = at_us - clock_steady_us();
    if (left < 0)
        left = 0;
    const struct timeval tv = {left / 1000000, left % 1000000};
    evtimer_add(w->timer, &tv);
    w->timer_us = at_us;
}

static void add_ready(struct followers *w, struct job *j)
{
    lanes_add(&w->ready, &j->share->followed, j);
}

static bool serve_one(struct followers *w, struct job *j)
{
    struct share *of = j->share;
    job_take_back(w->config.handoff, j);
    if (w->config.serve(w->config.arg, j)) {
        of->followers--;
        w->n--;
        return true;
    }
    job_put_aside(w->config.handoff, j);
    return false;
}

/* One whose peer does not read goes behind the others. */
static void serve_some(struct followers *w)
{
    struct job_list full;
    int served = 0;
    job_list_clear(&full);
    for (struct job *j; served < A_TURN && (j = lanes_pop(&w->ready)) != NULL;) {
        if (serve_one(w, j))
            served++;
        else
            job_list_add(&full, j);
    }
    for (struct job *j; (j = job_list_pop(&full)) != NULL;)
        add_ready(w, j);
    if (w->ready.first)
        look_at(w, clock_steady_us() + (served == A_TURN ? 0 : FULL_AGAIN_US));
}

static bool is_behind(const struct job *j, uint64_t last)
{
    return j->request.query.after < last;
}

static bool is_of(const struct job *j, uint64_t session)
{
    return j->session == session;
}

static bool is_late(const struct job *j, uint64_t now_us)
{
    return (uint64_t)j->until_us <= now_us;
}

/* Those for which `over` holds are ready. */
static void release(struct followers *w, bool (*over)(const struct job *j, uint64_t what),
                    uint64_t what)
{
    struct job_list all = w->held;
    if (!all.first)
        return;
    job_list_clear(&w->held);
    for (struct job *j; (j = job_list_pop(&all)) != NULL;) {
        if (over(j, what))
            add_ready(w, j);
        else
            job_list_add(&w->held, j);
    }
}

/* They are served by the timer: answers that are on their way go first, and nobody is served in the
 * middle of something else. */
static void serve_soon(struct followers *w)
{
    if (w->ready.first)
        look_at(w, clock_steady_us());
}

bool followers_add(struct followers *w, struct job *j)
{
    if (w->n >= w->config.limit || j->share->followers >= w->config.limit_each)
        return false;
    arena_free(&j->arena); /* the message, however long it was; the query stands in the job */
    job_put_aside(w->config.handoff, j);
    job_list_add(&w->held, j);
    j->share->followers++;
    w->n++;
    look_at(w, j->until_us);
    return true;
}

void followers_wake(struct followers *w, uint64_t last)
{
    release(w, is_behind, last);
    serve_soon(w);
}

void followers_leave(struct followers *w, uint64_t session)
{
    release(w, is_of, session);
    serve_soon(w);
}

void followers_end_late(struct followers *w, int64_t now_us)
{
    release(w, is_late, (uint64_t)now_us);
    for (const struct job *j = w->held.first; j; j = j->next)
        look_at(w, j->until_us);
    serve_some(w);
}

void followers_stop(struct followers *w)
{
    struct job *j;
    release(w, is_late, UINT64_MAX);
    while ((j = lanes_pop(&w->ready)) != NULL)
        if (!serve_one(w, j))
            job_list_add(&w->held, j);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct followers *w = arg;
    (void)fd, (void)what;
    w->timer_us = 0;
    followers_end_late(w, clock_steady_us());
}

int followers_new(const struct followers_config *c, struct followers **out)
{
    struct followers *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_MEMORY;
    w->config = *c;
    job_list_clear(&w->held);
    lanes_start(&w->ready);
    w->timer = evtimer_new(c->base, on_timer, w);
    if (!w->timer) {
        free(w);
        return ERR_MEMORY;
    }
    *out = w;
    return 0;
}

static void drop(struct followers *w, struct job *j)
{
    j->share->followers--;
    job_take_back(w->config.handoff, j);
    job_free(w->config.handoff, j);
}

void followers_free(struct followers *w)
{
    if (!w)
        return;
    for (struct job *j; (j = job_list_pop(&w->held)) != NULL;)
        drop(w, j);
    for (struct job *j; (j = lanes_pop(&w->ready)) != NULL;)
        drop(w, j);
    event_free(w->timer);
    free(w);
}
