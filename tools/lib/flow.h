/* SPDX-License-Identifier: Apache-2.0 */
/* Many requests in their order, several under way at once: commands, or pages of listings. After a
 * lost connection what has no answer is asked again, with the same request ids, until nothing has
 * come for as long as the session's timeout. */
#ifndef TOOLS_FLOW_H
#define TOOLS_FLOW_H

#include "tools/lib/session.h"

#define FLOW_MOST 64 /* requests under way */

struct flow {
    void *context;
    unsigned under_way; /* 1 to FLOW_MOST: so that the daemon has work while others are read */
    /* Makes the next request, the ids of its commands set, in the arena, which keeps it until its
     * reply was taken; *tag is given to take with it. 1; 0: there is none, unless a reply that is
     * still to come makes one; or a negative code, told in *f. */
    int (*make)(void *context, struct arena *a, struct fault *f, struct request *out, void **tag);
    /* Takes a reply that fits its request: outcomes, as many as it has commands, or the answer to a
     * query, whose cursor goes on. false: to make no more; what is under way is still taken. */
    bool (*take)(void *context, const struct request *r, const struct reply *reply, void *tag);
};

/* Returns when every request has its reply. Codes as session_ask, and ERR_INVALID where the daemon
 * could not take a request; told in *f, with the exit code in *code. */
int flow_run(struct session *s, const struct flow *w, struct fault *f, int *code) MUST_CHECK;

#endif
