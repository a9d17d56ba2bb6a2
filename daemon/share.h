/* SPDX-License-Identifier: Apache-2.0 */
/* What each principal has of the daemon: its connections, its requests, their memory, its unread
 * answers, and its turns. One share a principal, over all its connections, so that who asks much
 * does not take the others' part. Event loop thread only, but for what is said to be under the
 * hand-over's lock. */
#ifndef DAEMON_SHARE_H
#define DAEMON_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/limits.h"

struct job;
struct session;

struct job_list {
    struct job *first, **end;
};

/* Jobs of one principal that wait for one thing, in their order. */
struct lane {
    struct lane *next;
    struct job_list jobs;
    uint64_t served; /* the count of all lanes when a job was taken last */
    uint64_t round;  /* the last in which it had a part */
    unsigned part;   /* in that round */
};

/* The lanes that have jobs; the first one's turn is next: it was served the longest ago. */
struct lanes {
    struct lane *first, **end;
    uint64_t count;            /* of jobs taken */
    uint64_t round;            /* of those taken together: see lanes_round */
    const struct lane *latest; /* that had a part */
    uint64_t mixed;            /* the last round in which it was another than before; 0: none */
};

TAILQ_HEAD(session_queue, session);

struct share {
    struct share *next;
    char name[LIMIT_PRINCIPAL + 1];
    unsigned connections;
    size_t long_frames; /* bytes of the long frames that are being read */
    unsigned jobs;      /* requests that wait for their answer */
    size_t bytes;       /* that these take, about */
    size_t unsent;      /* bytes of answers that its peers have not taken */
    uint64_t turn;      /* of the event loop in which it did work last */
    unsigned work;      /* that it did in that turn */
    unsigned followers; /* queries that wait for the next entry; they are no jobs meanwhile */
    unsigned nheld;
    struct session_queue
        held; /* its sessions that wait for room or for a turn; the first is next */
    TAILQ_ENTRY(share) in_turn; /* while it has any */
    struct lane to_writer;      /* under the hand-over's lock */
    struct lane listings;
    struct lane followed; /* of the followers, those for which there is something */
};

/* All that are at 0; NULL: no memory. */
struct share *share_new(const char *name);

void lanes_start(struct lanes *all);
/* Behind the lane's others. A lane that had none comes before those that were served since it was:
 * whoever asks for one thing at a time waits for what is being done, not for another turn of who
 * asks for much. */
void lanes_add(struct lanes *all, struct lane *l, struct job *j);
/* The job whose turn it is, or NULL. */
struct job *lanes_first(const struct lanes *all);
/* The same, taken out; its lane goes behind the others. */
struct job *lanes_pop(struct lanes *all);
/* A round begins: what is taken from now on is taken together. Whether more than one lane had a
 * part in the last 16 of them. */
bool lanes_round(struct lanes *all);
/* The part in this round of the lane whose turn it is; and more of it. */
unsigned lanes_part(const struct lanes *all);
void lanes_part_add(struct lanes *all, unsigned n);
/* The lane whose turn it is goes behind the others as it is. */
void lanes_pass(struct lanes *all);

#endif
