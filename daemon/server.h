/* SPDX-License-Identifier: Apache-2.0 */
/* The server: listens, accepts, knows peers by their sockets, and stops in good order on SIGTERM.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "base/err.h"
#include "base/fault.h"
#include "book/book.h"
#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/handoff.h"

struct server_config {
    const struct config *config;
    struct book *book;
    struct clock *clock;
    struct handoff *handoff;
    uint64_t entries; /* in the book when it was opened */
};

/* Serves until it is told to stop. 0: stopped in good order. ERR_EXISTS (somebody listens there),
 * ERR_SETTING, ERR_MEMORY: could not start, told in *f. ERR_UNKNOWN: the writer gave up. */
int server_run(const struct server_config *c, struct fault *f) MUST_CHECK;

#endif
