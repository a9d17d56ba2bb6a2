/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/share.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/handoff.h"

struct share *share_new(const char *name)
{
    struct share *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    snprintf(s->name, sizeof s->name, "%s", name);
    TAILQ_INIT(&s->held);
    job_list_clear(&s->to_writer.jobs);
    job_list_clear(&s->listings.jobs);
    job_list_clear(&s->followed.jobs);
    return s;
}

void lanes_start(struct lanes *all)
{
    *all = (struct lanes){.end = &all->first};
}

static void put_last(struct lanes *all, struct lane *l)
{
    l->next = NULL;
    *all->end = l;
    all->end = &l->next;
}

static struct lane *take_first(struct lanes *all)
{
    struct lane *l = all->first;
    all->first = l->next;
    if (!all->first)
        all->end = &all->first;
    return l;
}

void lanes_add(struct lanes *all, struct lane *l, struct job *j)
{
    if (!l->jobs.first) {
        struct lane **at = &all->first;
        while (*at && (*at)->served <= l->served)
            at = &(*at)->next;
        l->next = *at;
        if (!*at)
            all->end = &l->next;
        *at = l;
    }
    job_list_add(&l->jobs, j);
}

struct job *lanes_first(const struct lanes *all)
{
    return all->first ? all->first->jobs.first : NULL;
}

#define COMPANY 16 /* rounds: who asks one thing at a time is there in every second or third */

bool lanes_round(struct lanes *all)
{
    return ++all->round - all->mixed <= COMPANY && all->mixed;
}

unsigned lanes_part(const struct lanes *all)
{
    const struct lane *l = all->first;
    return l && l->round == all->round ? l->part : 0;
}

void lanes_part_add(struct lanes *all, unsigned n)
{
    struct lane *l = all->first;
    l->part = lanes_part(all) + n;
    l->round = all->round;
    if (all->latest && all->latest != l)
        all->mixed = all->round;
    all->latest = l;
}

struct job *lanes_pop(struct lanes *all)
{
    if (!all->first)
        return NULL;
    struct lane *l = take_first(all);
    struct job *j = job_list_pop(&l->jobs);
    l->served = ++all->count;
    if (l->jobs.first)
        put_last(all, l);
    return j;
}

void lanes_pass(struct lanes *all)
{
    if (all->first)
        put_last(all, take_first(all));
}
