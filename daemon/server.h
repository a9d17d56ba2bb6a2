/* SPDX-License-Identifier: Apache-2.0 */
/* The server: listens, accepts, knows peers by their sockets, reads its configuration anew on
 * SIGHUP, and stops in good order on SIGTERM. */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include "base/err.h"
#include "base/fault.h"
#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/handoff.h"
#include "daemon/listen.h"
#include "daemon/persons.h"
#include "daemon/settings.h"
#include "daemon/writer.h"

struct server_config {
    const struct options *options; /* read again with the configuration */
    const struct config *config;   /* to begin with */
    const struct passed *passed;   /* sockets of the service manager */
    struct writer *writer;
    struct clock *clock;
    struct handoff *handoff;
    const struct persons *persons; /* NULL: there is no key for them */
    uint64_t entries;              /* in the book when it was opened */
};

/* What the configuration's limits are for the hand-over. */
struct handoff_limits server_handoff_limits(const struct config_limits *l);

/* Called before anything is read: a SIGHUP that comes before the server is there waits for it. */
void server_hold_hangup(void);

/* Serves until it is told to stop. 0: stopped in good order. ERR_EXISTS (somebody listens there),
 * ERR_SETTING, ERR_MEMORY: could not start, told in *f. ERR_UNKNOWN: the writer gave up. */
int server_run(const struct server_config *c, struct fault *f) MUST_CHECK;

#endif
