/* SPDX-License-Identifier: Apache-2.0 */
/* Dispatch: each message to its handler by one table, and what is done back to who asked. Event
 * loop thread only. */
#ifndef DAEMON_DISPATCH_H
#define DAEMON_DISPATCH_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "book/book.h"
#include "daemon/clock.h"
#include "daemon/handoff.h"
#include "daemon/persons.h"
#include "daemon/session.h"

struct dispatch;

struct dispatch_config {
    struct event_base *base;
    struct book *book;
    struct clock *clock;
    struct handoff *handoff;
    const struct persons *persons; /* NULL: there is no key for them */
    uint64_t entries; /* of the book when it was opened: answered by the daemon before this one */
};

int dispatch_new(const struct dispatch_config *c, struct dispatch **out) MUST_CHECK;
/* Before the first message. */
void dispatch_set_sessions(struct dispatch *d, struct sessions *all);
/* Waiting jobs are dropped. Takes NULL. */
void dispatch_free(struct dispatch *d);

/* Takes the job, in whose arena the message's bytes are. Returns the work that it was, from 1. */
unsigned dispatch_message(struct dispatch *d, struct session *s, struct job *j,
                          struct span message);

/* The peer of a session sends no more, is gone, or may be another one to a new configuration: what
 * it waits for is answered as it is. */
void dispatch_leave(struct dispatch *d, uint64_t session);
/* The sessions are stopping: nobody waits any more for what is not there yet. */
void dispatch_stop(struct dispatch *d);

/* The hand-over has something: replies go out. Returns the code that the writer gave up with, or 0.
 */
int dispatch_done(struct dispatch *d);

#endif
