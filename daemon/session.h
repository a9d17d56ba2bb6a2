/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: one connection each. Takes frames from a socket while there is room for what they ask,
 * sends replies, and says goodbye. Event loop thread only. */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"
#include "daemon/handoff.h"
#include "daemon/roles.h"
#include "model/message.h"

#ifndef VOUCHERD_VERSION
#define VOUCHERD_VERSION "0.1.0" /* the build names another */
#endif

struct dispatch;
struct session;
struct sessions;

/* Read whenever they are asked for, but `connections`, of which no more can be added later. */
struct session_limits {
    unsigned connections;
    unsigned connections_each; /* of one principal */
    unsigned under_way;        /* requests under way on one connection */
    size_t outbox;             /* bytes of answers that a peer has not read, */
    size_t outbox_each;        /* all peers of one principal, */
    size_t outbox_all;         /* and all there are */
};

/* `drained` is called whenever a session went or has sent all that it had to send; for stopping. */
int sessions_new(struct event_base *base, const struct session_limits *limits,
                 struct handoff *handoff, struct dispatch *dispatch, void (*drained)(void *),
                 void *arg, struct sessions **out) MUST_CHECK;
/* Closes all. Takes NULL. */
void sessions_free(struct sessions *all);

/* Other limits, from now on: connections beyond a lower one stay, and what is under way goes on. */
void sessions_set_limits(struct sessions *all, const struct session_limits *limits);
/* Who is at the other end of each is asked anew: who(arg, fd) gives the principal, or NULL. One of
 * the same name has the roles given from now on. Who was greeted by another name, or is nobody any
 * more, is told so and closed once what is under way is answered. Returns how many those are. */
unsigned sessions_know_anew(struct sessions *all, const struct principal *(*who)(void *arg, int fd),
                            void *arg);

/* Takes the connected, non-blocking socket fd, also on failure. ERR_FULL: too many connections in
 * all or of the principal (told to the peer), ERR_MEMORY. */
int session_open(struct sessions *all, int fd, const struct principal *p,
                 struct session **out) MUST_CHECK;
/* Sends why, then closes. Nothing more is taken from the session. */
void session_goodbye(struct session *s, const struct fault *why);

uint64_t session_id(const struct session *s);
const struct principal *session_principal(const struct session *s);
bool session_has_greeted(const struct session *s);
/* Whether its peer may send more: it closed neither side. */
bool session_sends_more(const struct session *s);
/* The hello was right: welcome it. */
void session_welcome(struct session *s);

/* Notes a request as under way; false if one of that number is. ERR_MEMORY is told as a goodbye,
 * and false. */
bool session_begin(struct session *s, uint64_t number);
/* Sends a fault about a request that is not under way. */
void session_fault(struct session *s, uint64_t number, const struct fault *f);
/* NULL: it is gone. */
struct session *sessions_find(const struct sessions *all, uint64_t id);
/* Whether the peer, and its principal's others, have taken so much of their answers that it may get
 * more. */
bool session_has_room(const struct session *s);
/* The end of a request: sends its reply if the session is still there, drops it otherwise. */
void sessions_reply(struct sessions *all, uint64_t id, const struct reply *r);

/* Goes on with sessions that were held for want of room, principal by principal in turn. */
void sessions_resume(struct sessions *all);
/* Ends what has waited too long at now_us of the steady clock: for a hello, for the rest of a long
 * message, for its last answers to be taken, or for any where all together leave too many. A timer
 * does so by itself. */
void sessions_end_late(struct sessions *all, int64_t now_us);
/* Reads those again whose messages come in small pieces. A timer does so by itself. */
void sessions_end_rests(struct sessions *all);
/* Takes nothing more from any. */
void sessions_stop_reading(struct sessions *all);
bool sessions_are_stopping(const struct sessions *all);
/* Whether no session has anything left to send. */
bool sessions_are_drained(const struct sessions *all);

#endif
