/* SPDX-License-Identifier: Apache-2.0 */
/* A blocking client: one connection to a daemon, for tools. One thread at a time. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"
#include "model/message.h"

struct client;

/* Connects to "unix:PATH" and says hello. timeout_ms bounds this and each later call. ERR_NOT_FOUND
 * (no such socket or nobody listens), ERR_TIMEOUT, ERR_INVALID (address; or the daemon refused the
 * hello), ERR_PEER, ERR_MEMORY; *f (may be NULL) says more. */
int client_open(const char *addr, const char *program, int timeout_ms, struct fault *f,
                struct client **out) MUST_CHECK;
void client_close(struct client *c);
const struct welcome *client_welcome(const struct client *c);

/* Sends a request (its number is set here) and waits for its reply. Texts of *out live in the
 * arena. ERR_CLOSED, ERR_TIMEOUT (the outcome is unknown: repeat with the same request ids),
 * ERR_INVALID (the daemon said goodbye; told in *f), ERR_RANGE (the request is larger than the
 * daemon takes: nothing was sent; told in *f), ERR_PEER, ERR_MEMORY. After any failure but
 * ERR_RANGE the connection is of no use. */
int client_ask(struct client *c, struct request *r, struct arena *a, struct fault *f,
               struct reply *out) MUST_CHECK;

/* Without waiting: sends; receives the next reply, whichever request it belongs to. */
int client_send(struct client *c, struct request *r, struct fault *f) MUST_CHECK;
int client_receive(struct client *c, struct arena *a, struct fault *f,
                   struct reply *out) MUST_CHECK;

/* For many requests under way on many connections in one thread; nothing here waits. Not to be
 * mixed with the calls above while a reply is due. client_queue encodes a request (its number is
 * set here) behind those not sent yet: ERR_RANGE as client_ask, ERR_MEMORY. client_flush sends what
 * the socket takes; *left is what it did not: nothing if the daemon has hung up, which client_poll
 * tells, after what the daemon said before. client_poll gives the next reply if all of it is there,
 * ERR_AGAIN if not; otherwise as client_receive. */
int client_queue(struct client *c, struct request *r, struct fault *f) MUST_CHECK;
int client_flush(struct client *c, size_t *left) MUST_CHECK;
int client_poll(struct client *c, struct arena *a, struct fault *f, struct reply *out) MUST_CHECK;
/* From now on client_poll reads of outcomes only what wire/skim.h says: a third of the work. */
void client_brief(struct client *c);
/* The socket, for poll(2) alone. */
int client_fd(const struct client *c);

/* A new request id: UUIDv7, ordered by time within a process too. */
void client_new_id(uint8_t id[static 16]);

/* Whether an answer is one to the query, or its fault: the list that it has tells, so that an empty
 * one is of no kind. */
bool client_answers(const struct query *q, const struct answer *a);

/* Whether a page's cursor, not 0, goes on from the query's. */
bool client_goes_on(const struct query *q, uint64_t next);

/* Decodes an entry of the journal as an answer carries it; texts and lists live in the arena.
 * ERR_FORMAT, ERR_MEMORY. */
int client_entry(const struct stored_entry *stored, struct arena *a, struct entry *out) MUST_CHECK;

#endif
