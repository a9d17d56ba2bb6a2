/* SPDX-License-Identifier: Apache-2.0 */
#include "book/runner.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct task {
    void (*run)(void *);
    void *arg;
};

struct runner {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct task queue[RUNNER_QUEUE]; /* the first runs, if there is any */
    unsigned n;
    bool end;
};

static void *runner_main(void *arg)
{
    struct runner *r = arg;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->n == 0 && !r->end)
            pthread_cond_wait(&r->changed, &r->lock);
        if (r->n == 0)
            break;
        const struct task t = r->queue[0];
        pthread_mutex_unlock(&r->lock);
        t.run(t.arg);
        pthread_mutex_lock(&r->lock);
        r->n--;
        memmove(&r->queue[0], &r->queue[1], r->n * sizeof r->queue[0]);
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

int runner_new(const char *name, struct runner **out)
{
    struct runner *r = calloc(1, sizeof *r);
    if (!r)
        return ERR_MEMORY;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    if (pthread_create(&r->thread, NULL, runner_main, r)) {
        pthread_cond_destroy(&r->changed);
        pthread_mutex_destroy(&r->lock);
        free(r);
        return ERR_SETTING;
    }
    (void)pthread_setname_np(r->thread, name);
    *out = r;
    return 0;
}

void runner_free(struct runner *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->end = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

void runner_give(struct runner *r, void (*run)(void *), void *arg)
{
    pthread_mutex_lock(&r->lock);
    assert(r->n < RUNNER_QUEUE);
    r->queue[r->n++] = (struct task){run, arg};
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void runner_wait(struct runner *r, unsigned left)
{
    pthread_mutex_lock(&r->lock);
    while (r->n > left)
        pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
}
