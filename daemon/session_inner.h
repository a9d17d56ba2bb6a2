/* SPDX-License-Identifier: Apache-2.0 */
/* What session.c (one connection) and sessions.c (all of them) share; nobody else includes it. */
#ifndef DAEMON_SESSION_INNER_H
#define DAEMON_SESSION_INNER_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/limits.h"
#include "daemon/numbers.h"
#include "daemon/session.h"

/* Bytes read from a socket before they are asked for. */
#define READ_AHEAD LIMIT_SHORT_FRAME

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
    struct share *share;
    TAILQ_ENTRY(session) in_turn; /* of its share's held ones */
    TAILQ_ENTRY(session) in_rest;
    TAILQ_ENTRY(session) in_flush;
    struct numbers under_way;
    bool in_round;       /* taking frames: a reply sent meanwhile must not begin it anew */
    bool held;           /* has frames that wait for room or for its turn, or is at its end */
    bool at_end;         /* the peer sends no more */
    bool flushes;        /* has answers that nobody has tried to send */
    bool writes;         /* libevent sends them: the socket took only a part */
    bool rests;          /* is not read for a while: its message comes in small pieces */
    bool wants_long;     /* waits for its long frame to be one of those that are read */
    bool has_taken;      /* some of its answers, since it was last looked at */
    size_t long_frame;   /* bytes of the long one that is being read; 0: none */
    size_t had;          /* bytes of input when it was last looked at */
    unsigned pieces;     /* small ones in a row, of one message */
    size_t wanted;       /* bytes of input that are waited for; no more are read */
    int64_t deadline_us; /* of the hello, the long frame, or the end; 0: none */
    int64_t still_us;    /* since when it has taken nothing, as far as that was looked at; 0: not */
    size_t thrown_away;
};

struct sessions {
    struct event_base *base;
    struct event *turn;  /* goes on with sessions whose round was over */
    struct event *look;  /* for deadlines that are over, while there are any */
    struct event *flush; /* sends answers once what the loop has at hand is done */
    struct event *rest;  /* for sessions that rest, while there are any */
    struct session_limits limits;
    struct handoff *handoff;
    struct dispatch *dispatch;
    void (*drained)(void *);
    void *arg;
    bool stopping;
    struct buf scratch;
    unsigned n;
    size_t long_frames;       /* bytes of the long frames that are being read */
    size_t unsent;            /* bytes of answers that no peer has taken */
    uint64_t turn_now;        /* counts the turns */
    TAILQ_HEAD(, share) held; /* principals with sessions that are held; the first is next */
    TAILQ_HEAD(, session) resting;
    TAILQ_HEAD(, session) to_flush;
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
/* Sends what it has, as far as the socket takes it. May end with the session closed. */
void session_flush(struct session *s);
/* Its deadline is over. May end with the session closed. */
void session_late(struct session *s, int64_t now_us);
/* Nothing more is taken from it; goodbye when what is under way is answered. May end with the
 * session closed. */
void session_leave(struct session *s);
/* Whose it is from now on, and in whose share it counts: the same as before, or another's if it
 * has not said hello yet. ERR_MEMORY. */
int session_set_principal(struct session *s, const struct principal *p) MUST_CHECK;
/* What the limits of all have changed for it. */
void session_use_limits(struct session *s);
/* Closes it if it has taken nothing for too long while others wait for that. */
void session_look_still(struct session *s, int64_t now_us);
/* Throws its input away and has no more than the usual read. */
void session_empty(struct session *s);
void session_close(struct session *s);

/* ---- All of them ---- */

/* Whether what is left unread, by the principal's peers or by all, leaves no room for another of
 * its answers. A principal that has read all may have one, up to twice as much as there is. */
bool sessions_are_crowded(const struct sessions *all, const struct share *sh);
/* Whether the principal may have another request and its answer. */
bool sessions_have_room(const struct sessions *all, const struct share *sh);
/* Whether the principal may do more in this turn. */
bool sessions_have_turn(const struct sessions *all, struct share *sh);
/* Counts what was added to the session's unread answers, and what it took of them. */
void sessions_count_unsent(struct session *s, size_t added, size_t taken);
/* It has answers to be sent; or none any more, or libevent sends them. */
void sessions_set_flushes(struct session *s, bool flushes);
/* It waits for room or for its turn; or it does not any more. */
void sessions_set_held(struct session *s, bool held);
/* It is not read for a while; or it is again, as far as its rest goes. */
void sessions_set_rests(struct session *s, bool rests);
/* Begins a turn once the event loop comes to it, and goes on with those that are held. */
void sessions_turn(struct sessions *all);
/* session_late is called soon after at_us of the steady clock; 0: never. */
void sessions_set_deadline(struct session *s, int64_t at_us);

#endif
