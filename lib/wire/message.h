/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol's codec: ToDaemon and ToClient of voucher.proto. Writers append one whole frame
 * (length and message) to *out. Readers take one message without its length; texts and lists live
 * in the arena. */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"
#include "model/message.h"

/* For the daemon. A mistake of the whole message is ERR_INVALID, told in *f, and *out has the
 * request's number if it could be read (0 otherwise). A mistake in one command of a request (a
 * wrong credit code, an amount out of range, a text too long or not UTF-8, a missing field) does
 * not fail the message: it stands in request.faults, its field named as "issue.amount". Of what is
 * not handed on no person's number stays behind but in the message itself. ERR_MEMORY. */
int to_daemon_read(struct span message, struct arena *a, struct fault *f,
                   struct to_daemon *out) MUST_CHECK;
int welcome_write(const struct welcome *w, struct buf *out) MUST_CHECK;
int goodbye_write(const struct fault *why, struct buf *out) MUST_CHECK;
int reply_write(const struct reply *r, struct buf *out) MUST_CHECK;

/* For clients. ERR_PEER when the message is not one of the protocol. Outcomes come without the
 * command (command.kind is the one that the result belongs to, COMMAND_NONE where the result is
 * empty or a refusal), and an answer's kind is that of the list it holds: VOUCHERS for one voucher
 * too, ENTRIES for refusals too, NONE if there is no list. The asker knows better and may set it.
 */
int hello_write(const struct hello *h, struct buf *out) MUST_CHECK;
/* The only writer that writes the person of a command. */
int request_write(const struct request *r, struct buf *out) MUST_CHECK;
int to_client_read(struct span message, struct arena *a, struct to_client *out) MUST_CHECK;

#endif
