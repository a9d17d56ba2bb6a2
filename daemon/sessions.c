/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "daemon/clock.h"
#include "daemon/dispatch.h"
#include "daemon/session_inner.h"

#define LOOK_US 500000 /* between looks for deadlines that are over */

/* ---- Room and turns ---- */

bool sessions_has_room(const struct sessions *all, uint64_t id)
{
    uint32_t slot = (uint32_t)id;
    const struct session *s = slot < LIMIT_CONNECTIONS ? all->slots[slot] : NULL;
    return !s || session_id(s) != id || unsent(s) < all->limits.outbox;
}

bool sessions_has(const struct sessions *all, uint64_t id)
{
    uint32_t slot = (uint32_t)id;
    const struct session *s = slot < LIMIT_CONNECTIONS ? all->slots[slot] : NULL;
    return s && session_id(s) == id;
}

void sessions_resume(struct sessions *all)
{
    unsigned n = LIMIT_CONNECTIONS;
    for (unsigned i = 0; i < n && all->nheld > 0; i++) {
        struct session *s = all->slots[(all->first + i) % n];
        if (s && s->held)
            session_round(s);
    }
    all->first = (all->first + 1) % n;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    sessions_resume(arg);
}

void sessions_turn(struct sessions *all)
{
    const struct timeval at_once = {0, 0};
    evtimer_add(all->turn, &at_once);
}

/* ---- Deadlines ---- */

/* One timer for all of them: a session sets and clears its own with each long frame. */
static void look_again(struct sessions *all)
{
    const struct timeval tv = {0, LOOK_US};
    if (!evtimer_pending(all->look, NULL))
        evtimer_add(all->look, &tv);
}

void sessions_set_deadline(struct session *s, int64_t at_us)
{
    s->deadline_us = at_us;
    if (at_us)
        look_again(s->all);
}

void sessions_end_late(struct sessions *all, int64_t now_us)
{
    bool more = false;
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct session *s = all->slots[i];
        if (s && s->deadline_us && now_us >= s->deadline_us)
            session_late(s, now_us);
        more |= all->slots[i] && all->slots[i]->deadline_us;
    }
    if (more)
        look_again(all);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    sessions_end_late(arg, clock_steady_us());
}

/* ---- Another configuration ---- */

void sessions_set_limits(struct sessions *all, const struct session_limits *limits)
{
    all->limits = *limits;
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++)
        if (all->slots[i])
            session_use_limits(all->slots[i]);
    sessions_turn(all); /* there may be room now */
}

unsigned sessions_know_anew(struct sessions *all, const struct principal *(*who)(void *arg, int fd),
                            void *arg)
{
    unsigned leaving = 0;
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct session *s = all->slots[i];
        if (!s || s->state >= SESSION_LEAVING)
            continue;
        const struct principal *p = who(arg, bufferevent_getfd(s->bev));
        bool greeted = s->state == SESSION_OPEN;
        if (p && (!greeted || strcmp(p->name, s->principal.name) == 0)) {
            s->principal = *p;
            dispatch_leave(all->dispatch, session_id(s)); /* what it may ask is looked at again */
            continue;
        }
        leaving++;
        session_leave(s);
    }
    return leaving;
}

/* ---- Stopping ---- */

/* What still comes is thrown away rather than left: a peer that is stuck in sending would never
 * take its answers. */
void sessions_stop_reading(struct sessions *all)
{
    all->stopping = true;
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++) {
        struct session *s = all->slots[i];
        if (!s)
            continue;
        session_empty(s);
        if (s->state != SESSION_CLOSING)
            sessions_set_deadline(s, 0);
    }
}

bool sessions_are_stopping(const struct sessions *all)
{
    return all->stopping;
}

bool sessions_are_drained(const struct sessions *all)
{
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++)
        if (all->slots[i] && unsent(all->slots[i]) > 0)
            return false;
    return true;
}

/* ---- Beginning and end ---- */

int sessions_new(struct event_base *base, const struct session_limits *limits,
                 struct handoff *handoff, struct dispatch *dispatch, void (*drained)(void *),
                 void *arg, struct sessions **out)
{
    struct sessions *all = calloc(1, sizeof *all);
    if (!all)
        return ERR_MEMORY;
    all->base = base;
    all->limits = *limits;
    all->handoff = handoff;
    all->dispatch = dispatch;
    all->drained = drained;
    all->arg = arg;
    all->slots = calloc(LIMIT_CONNECTIONS, sizeof(struct session *));
    all->generations = calloc(LIMIT_CONNECTIONS, sizeof(uint32_t));
    all->vacant = calloc(LIMIT_CONNECTIONS, sizeof(uint32_t));
    all->turn = evtimer_new(base, on_turn, all);
    all->look = evtimer_new(base, on_look, all);
    if (!all->slots || !all->generations || !all->vacant || !all->turn || !all->look) {
        sessions_free(all);
        return ERR_MEMORY;
    }
    for (unsigned i = 0; i < LIMIT_CONNECTIONS; i++)
        all->vacant[i] = i;
    *out = all;
    return 0;
}

static void drained_no_more(void *arg)
{
    (void)arg;
}

void sessions_free(struct sessions *all)
{
    if (!all)
        return;
    all->drained = drained_no_more;
    for (unsigned i = 0; all->slots && i < LIMIT_CONNECTIONS; i++)
        if (all->slots[i])
            session_close(all->slots[i]);
    if (all->turn)
        event_free(all->turn);
    if (all->look)
        event_free(all->look);
    free(all->slots);
    free(all->generations);
    free(all->vacant);
    buf_free(&all->scratch);
    free(all);
}
