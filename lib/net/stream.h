/* SPDX-License-Identifier: Apache-2.0 */
/* Byte streams for clients: a connected socket with deadlines. Knows nothing of messages. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stddef.h>

#include "base/err.h"
#include "base/fault.h"

struct stream;

/* Connects to "unix:PATH". ERR_NOT_FOUND (nobody listens there), ERR_INVALID (told in *f),
 * ERR_TIMEOUT, ERR_IO, ERR_MEMORY. */
int stream_connect(const char *addr, int timeout_ms, struct fault *f,
                   struct stream **out) MUST_CHECK;
/* All n bytes, each call within the timeout. ERR_CLOSED, ERR_TIMEOUT, ERR_IO. Never raises SIGPIPE.
 */
int stream_write(struct stream *s, const void *p, size_t n) MUST_CHECK;
int stream_read(struct stream *s, void *p, size_t n) MUST_CHECK;
/* What the socket takes or has at once, without waiting: *done may be 0. ERR_CLOSED, ERR_IO. */
int stream_write_some(struct stream *s, const void *p, size_t n, size_t *done) MUST_CHECK;
int stream_read_some(struct stream *s, void *p, size_t n, size_t *done) MUST_CHECK;
/* The socket, to wait for many at once; never to be read or written by the caller. */
int stream_fd(const struct stream *s);
void stream_close(struct stream *s);

#endif
