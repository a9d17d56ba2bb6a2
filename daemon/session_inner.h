/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c (one connection) and sessions.c (all of them) share; nobody else includes it. */
#ifndef DAEMON_SESSION_INNER_H
#define DAEMON_SESSION_INNER_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "daemon/numbers.h"
#include "daemon/session.h"

#define READ_AHEAD (64 * 1024) /* bytes read from a socket before they are asked for */

enum session_state {
    SESSION_GREETING, /* no hello yet */
    SESSION_OPEN,
    SESSION_LEAVING, /* nothing more is taken; the goodbye waits for what is under way */
    SESSION_CLOSING, /* the goodbye is on its way; what comes is thrown away */
};

struct session {
    struct sessions *all;
    struct bufferevent *bev;
    uint32_t slot, generation;
    enum session_state state;
    struct principal principal;
    struct numbers under_way;
    bool in_round;       /* taking frames: a reply sent meanwhile must not begin it anew */
    bool held;           /* has frames that wait for room or for its turn, or is at its end */
    bool at_end;         /* the peer sends no more */
    bool long_frame;     /* one of the long frames that are being read */
    bool wants_long;     /* waits to be one */
    size_t wanted;       /* bytes of input that are waited for; no more are read */
    int64_t deadline_us; /* of the hello, the long frame, or the end; 0: none */
    size_t thrown_away;
};

struct sessions {
    struct event_base *base;
    struct event *turn; /* goes on with sessions whose round was over */
    struct event *look; /* for deadlines that are over, while there are any */
    struct session_limits limits;
    struct handoff *handoff;
    struct dispatch *dispatch;
    void (*drained)(void *);
    void *arg;
    bool stopping;
    struct buf scratch;
    unsigned n, nheld, nlong;
    unsigned first;         /* slot that goes first the next time: room is given out in turn */
    struct session **slots; /* LIMIT_CONNECTIONS: so many can be allowed at any time */
    uint32_t *generations;  /* of each slot's next session */
    uint32_t *vacant;       /* stack of slots */
};

/* ---- One session ---- */

static inline size_t unsent(const struct session *s)
{
    return evbuffer_get_length(bufferevent_get_output(s->bev));
}

/* Takes frames while there is room and it is the session's turn; may end with the session closed.
 */
void session_round(struct session *s);
/* Its deadline is over. May end with the session closed. */
void session_late(struct session *s, int64_t now_us);
/* Nothing more is taken from it; goodbye when what is under way is answered. May end with the
 * session closed. */
void session_leave(struct session *s);
/* What the limits of all have changed for it. */
void session_use_limits(struct session *s);
/* Throws its input away and has no more than the usual read. */
void session_empty(struct session *s);
void session_close(struct session *s);

/* ---- All of them ---- */

/* Goes on with those that are held, once the event loop comes to it. */
void sessions_turn(struct sessions *all);
/* session_late is called soon after at_us of the steady clock; 0: never. */
void sessions_set_deadline(struct session *s, int64_t at_us);

#endif
