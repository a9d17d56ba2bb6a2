/* SPDX-License-Identifier: Apache-2.0 */
/* A tool's talk with the daemon: connects when first needed, and after a lost connection asks again
 * with the same request ids until the time is over. */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include "base/bytes.h"
#include "client/link.h"
#include "tools/lib/command_line.h"

struct session {
    const struct tool *tool;
    struct settings settings;
    struct link link; /* asks again until the time of the settings is over */
};

void session_end(struct session *s);

/* Before anything is asked: the link gets what the settings say. ERR_SETTING, told in *f: they have
 * no address. */
int session_begin(struct session *s, struct fault *f) MUST_CHECK;

/* Asks and waits. A request is repeated only as it is, so its commands' ids must be set. On failure
 * *f says what is wrong and what to do, and the code is one that session_exit knows. ERR_RANGE: the
 * request is too large and was not sent. Texts of *out live in the arena. */
int session_ask(struct session *s, struct request *r, struct arena *a, struct fault *f,
                struct reply *out) MUST_CHECK;

/* What the daemon has against a request as a whole, NULL: nothing. */
const struct fault *session_reply_fault(const struct reply *reply);

/* Whether a reply without such a fault is one to this request. */
bool session_reply_fits(const struct request *r, const struct reply *reply);

/* What to do, in words, about a failure that neither the daemon nor the socket has put in words. */
void session_explain(const struct session *s, int rc, const struct request *r, struct fault *f);

/* The exit code for a failure of session_ask, and its fault. */
int session_exit(int rc, const struct fault *f);

/* The exit code for a request that the daemon would not take, or a query that it would not answer:
 * its fault names the principal where this one may not, and what was asked wrongly otherwise. */
int session_fault_exit(const struct fault *f);

/* The id for the first command of this run: --request-id, or a new one. */
void session_id(const struct session *s, uint8_t id[static 16]);

/* Asks one query; a failure is told. Returns an exit code; *out lives in the arena. */
int session_query(struct session *s, const struct query *q, struct arena *a, struct answer *out);

/* The same in one attempt, on a new connection only where there is none. *lost: a daemon that was
 * reached before is gone or has no room; that is not told, and the caller asks again later. */
int session_query_once(struct session *s, const struct query *q, struct arena *a, bool *lost,
                       struct answer *out);

/* Asks a listing page by page, from q->after on, at most `limit` rows (0: all), and calls row for
 * each, which returns an exit code other than 0 to end it. What an answer holds is gone after row.
 */
struct listing {
    uint64_t limit;
    int (*row)(void *context, const struct answer *page, uint32_t i, struct arena *a);
    void *context;
};
int session_list(struct session *s, struct query *q, const struct listing *l,
                 uint64_t *as_of_entry);

#endif
