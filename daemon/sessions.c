/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "daemon/clock.h"
#include "daemon/dispatch.h"
#include "daemon/session_inner.h"

#define LOOK_US   500000 /* between looks for deadlines that are over */
#define TURN_WORK 64     /* work done for one principal before the others have their turn */

/* One timer for all deadlines: a session sets and clears its own with each long frame. */
static void look_again(struct sessions *all)
{
    const struct timeval tv = {0, LOOK_US};
    if (!evtimer_pending(all->look, NULL))
        evtimer_add(all->look, &tv);
}

/* ---- Room and turns ---- */

bool sessions_are_crowded(const struct sessions *all, const struct share *sh)
{
    if (sh->unsent == 0)
        return all->unsent / 2 >= all->limits.outbox_all;
    return sh->unsent >= all->limits.outbox_each || all->unsent >= all->limits.outbox_all;
}

bool sessions_have_room(const struct sessions *all, const struct share *sh)
{
    return !sessions_are_crowded(all, sh) && handoff_has_room(all->handoff, sh);
}

struct session *sessions_find(const struct sessions *all, uint64_t id)
{
    uint32_t slot = (uint32_t)id;
    struct session *s = slot < LIMIT_CONNECTIONS ? all->slots[slot] : NULL;
    return s && session_id(s) == id ? s : NULL;
}

bool session_has_room(const struct session *s)
{
    return unsent(s) < s->all->limits.outbox && !sessions_are_crowded(s->all, s->share);
}

/* The limits that are reached, one above the other. */
static unsigned limits_reached(const struct sessions *all, const struct share *sh)
{
    unsigned n = sh->unsent >= all->limits.outbox_each;
    n += all->unsent >= all->limits.outbox_all;
    n += all->unsent / 2 >= all->limits.outbox_all;
    return n;
}

void sessions_count_unsent(struct session *s, size_t added, size_t taken)
{
    struct sessions *all = s->all;
    unsigned before = limits_reached(all, s->share);
    s->share->unsent += added - taken;
    all->unsent += added - taken;
    unsigned now = limits_reached(all, s->share);
    if (now < before)
        sessions_turn(all); /* others may go on */
    else if (now > before)
        look_again(all);
}

void sessions_set_held(struct session *s, bool held)
{
    struct sessions *all = s->all;
    struct share *sh = s->share;
    if (s->held == held)
        return;
    s->held = held;
    if (held) {
        if (sh->nheld++ == 0)
            TAILQ_INSERT_TAIL(&all->held, sh, in_turn);
        TAILQ_INSERT_TAIL(&sh->held, s, in_turn);
    } else {
        TAILQ_REMOVE(&sh->held, s, in_turn);
        if (--sh->nheld == 0)
            TAILQ_REMOVE(&all->held, sh, in_turn);
    }
}

bool sessions_have_turn(const struct sessions *all, struct share *sh)
{
    if (sh->turn != all->turn_now) {
        sh->turn = all->turn_now;
        sh->work = 0;
    }
    return sh->work < TURN_WORK;
}

static void resume_share(struct sessions *all, struct share *sh)
{
    for (unsigned n = sh->nheld; n > 0 && sh->nheld > 0; n--) {
        if (!sessions_have_turn(all, sh)) {
            sessions_turn(all);
            return;
        }
        if (!sessions_have_room(all, sh))
            return;
        struct session *s = TAILQ_FIRST(&sh->held);
        TAILQ_REMOVE(&sh->held, s, in_turn);
        TAILQ_INSERT_TAIL(&sh->held, s, in_turn);
        session_round(s);
    }
}

/* The one that was first is the last afterwards, so that scarce room goes to each in turn. */
void sessions_resume(struct sessions *all)
{
    struct share *sh, *first = TAILQ_FIRST(&all->held), *next;
    for (sh = first; sh; sh = next) {
        next = TAILQ_NEXT(sh, in_turn);
        resume_share(all, sh);
    }
    if (first && first->nheld > 0) {
        TAILQ_REMOVE(&all->held, first, in_turn);
        TAILQ_INSERT_TAIL(&all->held, first, in_turn);
    }
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct sessions *all = arg;
    all->turn_now++;
    sessions_resume(all);
}

void sessions_turn(struct sessions *all)
{
    const struct timeval at_once = {0, 0};
    if (!evtimer_pending(all->turn, NULL)) /* adding it anew would put it off */
        evtimer_add(all->turn, &at_once);
}

/* ---- Sending ---- */

void sessions_set_flushes(struct session *s, bool flushes)
{
    struct sessions *all = s->all;
    if (s->flushes == flushes)
        return;
    s->flushes = flushes;
    if (!flushes)
        TAILQ_REMOVE(&all->to_flush, s, in_flush);
    else
        TAILQ_INSERT_TAIL(&all->to_flush, s, in_flush);
    if (flushes)
        event_active(all->flush, EV_WRITE, 0);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
    struct sessions *all = arg;
    (void)fd, (void)what;
    for (struct session *s; (s = TAILQ_FIRST(&all->to_flush));) {
        sessions_set_flushes(s, false);
        session_flush(s);
    }
}

/* ---- Rests ---- */

void sessions_set_rests(struct session *s, bool rests)
{
    struct sessions *all = s->all;
    const struct timeval tv = {0, LIMIT_REST_MS * 1000};
    if (s->rests == rests)
        return;
    s->rests = rests;
    if (!rests)
        TAILQ_REMOVE(&all->resting, s, in_rest);
    else
        TAILQ_INSERT_TAIL(&all->resting, s, in_rest);
    if (rests && !evtimer_pending(all->rest, NULL))
        evtimer_add(all->rest, &tv);
}

void sessions_end_rests(struct sessions *all)
{
    struct session *s;
    while ((s = TAILQ_FIRST(&all->resting))) {
        sessions_set_rests(s, false);
        s->pieces = LIMIT_PIECES; /* the next read may be the last, and is looked at */
        session_round(s);         /* s may be gone */
    }
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    sessions_end_rests(arg);
}

/* ---- Deadlines ---- */

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
        s = all->slots[i];
        if (s && unsent(s) > 0 && sessions_are_crowded(all, s->share)) {
            session_look_still(s, now_us);
            more = true;
        }
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
        if (p && (!greeted || strcmp(p->name, s->principal.name) == 0) &&
            session_set_principal(s, p) == 0) {
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
    TAILQ_INIT(&all->held);
    TAILQ_INIT(&all->resting);
    TAILQ_INIT(&all->to_flush);
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
    all->rest = evtimer_new(base, on_rested, all);
    all->flush = event_new(base, -1, 0, on_flush, all);
    if (!all->slots || !all->generations || !all->vacant || !all->turn || !all->look ||
        !all->rest || !all->flush) {
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
    if (all->rest)
        event_free(all->rest);
    if (all->flush)
        event_free(all->flush);
    free(all->slots);
    free(all->generations);
    free(all->vacant);
    buf_free(&all->scratch);
    free(all);
}
