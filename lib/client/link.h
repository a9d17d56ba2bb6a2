/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that comes back: made when first needed; after a lost one the same request is asked
 * again, with the same request ids, until the time is over. */
#ifndef CLIENT_LINK_H
#define CLIENT_LINK_H

#include "client/client.h"

struct link {
    const char *addr, *program; /* the owner's */
    int timeout_ms;             /* of one link_ask */
    struct client *client;      /* NULL: not connected */
    bool reached;               /* a daemon answered once: it may come back */
    bool asked;                 /* the daemon may have had the last request of link_ask */
    bool again;                 /* and it may have had it before the attempt that was answered */
};

/* Connects unless it is connected. As client_open, but ERR_SETTING where the address is none. */
int link_connect(struct link *l, int timeout_ms, struct fault *f) MUST_CHECK;

/* Asks and waits. A request is repeated only as it is, so its commands' ids must be set. Codes as
 * client_ask and link_connect; after any failure but ERR_RANGE the link is not connected. *f says
 * more where the socket or the daemon did, and is empty otherwise. */
int link_ask(struct link *l, struct request *r, struct arena *a, struct fault *f,
             struct reply *out) MUST_CHECK;

/* The same in one attempt. *lost: a daemon that was reached before is gone, says nothing or has no
 * room, so that it may be asked again later. */
int link_ask_once(struct link *l, struct request *r, struct arena *a, struct fault *f, bool *lost,
                  struct reply *out) MUST_CHECK;

/* Whether a failure means a lost connection: what was asked may be repeated on another. */
bool link_is_lost(int rc);

/* Takes one that is not connected too. */
void link_end(struct link *l);

#endif
