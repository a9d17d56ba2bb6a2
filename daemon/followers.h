/* SPDX-License-Identifier: Apache-2.0 */
/* Followers: queries that wait for the next entry of the journal. Each is held until there is one
 * after its cursor, until its time is over, or until nobody waits any more; then it is served,
 * principal by principal in turn, a few in each turn of the event loop, behind the answers to
 * commands. Event loop thread only. */
#ifndef DAEMON_FOLLOWERS_H
#define DAEMON_FOLLOWERS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/handoff.h"

struct followers;

struct followers_config {
    struct event_base *base;
    struct handoff *handoff;
    unsigned limit, limit_each; /* queries that wait at a time: in all, and of one principal */
    /* Answers a job, whose owner it is then. False: its peer has not read what it was sent; the job
     * is given again later. */
    bool (*serve)(void *arg, struct job *j);
    void *arg;
};

int followers_new(const struct followers_config *c, struct followers **out) MUST_CHECK;
/* Drops those that wait. Takes NULL. */
void followers_free(struct followers *w);

/* Holds a query for entries until j->until_us. It is not counted in the hand-over meanwhile,
 * and what is in its arena goes. False: too many wait, in all or of its principal; the job
 * is the caller's still. */
bool followers_add(struct followers *w, struct job *j) MUST_CHECK;
/* The journal goes up to entry `last`. */
void followers_wake(struct followers *w, uint64_t last);
/* The peer of a session sends no more, or is gone: it waits for nothing. */
void followers_leave(struct followers *w, uint64_t session);
/* Serves all of them at once. */
void followers_stop(struct followers *w);
/* Serves those whose time is over at now_us of the steady clock. A timer does so by itself. */
void followers_end_late(struct followers *w, int64_t now_us);

#endif
