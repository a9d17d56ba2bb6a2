/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-over between the event loop and the writer: jobs, bounded in number and bytes, in all
 * and for each principal, and one queue each way. The writer takes from each principal in turn;
 * jobs of one principal keep their order. A job has one owner at a time: the loop, from job_new
 * until handoff_push and again from handoff_take_done; the writer in between. Nothing else is
 * shared. */
#ifndef DAEMON_HANDOFF_H
#define DAEMON_HANDOFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "book/book.h"
#include "daemon/share.h"
#include "model/message.h"

enum job_kind {
    JOB_COMMANDS = 1, /* book.outcomes */
    JOB_QUERY = 2,    /* rides with the writer: answer */
    JOB_TABLES = 3,   /* commit the tables, so that snapshots see what was answered */
};

/* One request on its way, with all its memory. */
struct job {
    struct job *next;
    enum job_kind kind;
    struct share *share; /* of whoever asked */
    uint64_t session;    /* slot and generation: never a pointer, the connection may be gone */
    struct arena arena;
    size_t bytes; /* counted against the hand-over's bytes */
    struct request request;
    char principal[LIMIT_PRINCIPAL + 1];
    uint64_t need;    /* QUERY: the entry that the answer must count at least */
    int64_t until_us; /* QUERY that waits for an entry: of the steady clock */
    struct book_job book;
    struct answer answer;
    int error; /* QUERY, TABLES: of the book; 0: answered */
};

static inline void job_list_clear(struct job_list *l)
{
    l->first = NULL;
    l->end = &l->first;
}

static inline void job_list_add(struct job_list *l, struct job *j)
{
    j->next = NULL;
    *l->end = j;
    l->end = &j->next;
}

/* The first, or NULL. */
struct job *job_list_pop(struct job_list *l);

struct handoff;

/* Room on both ways together: in all, and of that for each principal. */
struct handoff_limits {
    unsigned jobs, jobs_each;
    size_t bytes, bytes_each;
};

/* ERR_MEMORY, ERR_SETTING (no eventfd). */
int handoff_new(const struct handoff_limits *limits, struct handoff **out) MUST_CHECK;
/* Other room, from now on; what there is stays. Event loop. */
void handoff_set_limits(struct handoff *h, const struct handoff_limits *limits);
/* Both threads are done with it; jobs in its queues are freed, and all shares. Takes NULL. */
void handoff_free(struct handoff *h);

/* ---- Event loop ---- */

/* The principal's share: made when the name is first met, and kept as long as the hand-over; there
 * are as many as the configuration names. NULL: no memory. */
struct share *handoff_share(struct handoff *h, const char *name);
/* Whether all that there is of jobs or bytes is taken. */
bool handoff_is_full(const struct handoff *h);
/* Whether the principal may have another job. One that has none may also where all is taken, up to
 * twice the bytes: whoever asks little does not wait for those who ask much. */
bool handoff_has_room(const struct handoff *h, const struct share *s);
/* Jobs that exist, but for those put aside. */
unsigned handoff_jobs(const struct handoff *h);
/* Jobs that the writer has, and those that it ever gave back and that were taken. */
unsigned handoff_away(const struct handoff *h);
uint64_t handoff_returned(const struct handoff *h);
/* A job with an empty arena, counted; ERR_MEMORY. The caller looked at handoff_has_room before.
 * A share of NULL: the daemon's own. */
int job_new(struct handoff *h, struct share *s, struct job **out) MUST_CHECK;
/* Counts more bytes against the job. */
void job_charge(struct handoff *h, struct job *j, size_t bytes);
/* A job that waits for something else than the writer is put aside: it is not counted, whoever
 * keeps it has a limit of his own. It is taken back before anything else is done with it. */
void job_put_aside(struct handoff *h, struct job *j);
void job_take_back(struct handoff *h, struct job *j);
/* The end of a job and of all that lives in its arena. */
void job_free(struct handoff *h, struct job *j);

/* Never blocks: what exists was counted. */
void handoff_push(struct handoff *h, struct job *j);
/* No more will come: handoff_take returns false when the queue is empty. */
void handoff_close(struct handoff *h);
/* Readable when there is something to take. */
int handoff_fd(const struct handoff *h);
/* All that is done, in order; and a code that the writer gave up with, 0 otherwise. */
int handoff_take_done(struct handoff *h, struct job_list *out);

/* ---- Writer ---- */

/* Waits until there is work or until timeout_us have passed (< 0: for ever); takes jobs, from each
 * principal one in turn, up to `commands` commands in all, at least one job. While several
 * principals ask, or did in the last 16 rounds, it is a quarter of that, and an eighth for each of
 * them, so that who asks little waits for no long commits; a job that is more goes by itself. One
 * that does not fit in any more is the first the next time. An empty list means that the time has
 * passed. False: closed and empty. */
bool handoff_take(struct handoff *h, unsigned commands, int64_t timeout_us, struct job_list *out);
/* Waits until so many jobs wait to be taken or until us have passed, so that they are taken
 * together; takes none. Ends at once when the queue is closed. */
void handoff_gather(struct handoff *h, unsigned jobs, int64_t us);
/* Whether several principals asked, or had a moment ago, when jobs were last taken. */
bool handoff_had_company(const struct handoff *h);
/* Whether work waits to be taken. */
bool handoff_has_work(struct handoff *h);
/* Jobs that wait to be taken. */
unsigned handoff_waiting(struct handoff *h);
/* Gives jobs back with one wake-up; the list is empty then. */
void handoff_post(struct handoff *h, struct job_list *done);
/* Tells the loop that the writer can't go on. */
void handoff_give_up(struct handoff *h, int code);

#endif
