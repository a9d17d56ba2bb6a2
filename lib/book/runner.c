/* SPDX-License-Identifier: Apache-2.0 */
#include "book/runner.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct runner {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*run)(void *); /* NULL: nothing to do */
    void *arg;
    bool end;
};

static void *runner_main(void *arg)
{
    struct runner *r = arg;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (!r->run && !r->end)
            pthread_cond_wait(&r->changed, &r->lock);
        if (!r->run)
            break;
        pthread_mutex_unlock(&r->lock);
        r->run(r->arg);
        pthread_mutex_lock(&r->lock);
        r->run = NULL;
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
    assert(!r->run);
    r->arg = arg;
    r->run = run;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

bool runner_is_idle(struct runner *r)
{
    pthread_mutex_lock(&r->lock);
    bool idle = !r->run;
    pthread_mutex_unlock(&r->lock);
    return idle;
}

void runner_wait(struct runner *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->run)
        pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
}
