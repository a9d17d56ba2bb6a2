/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: those that the service manager passed, and the daemon's own. */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/fault.h"
#include "daemon/config.h"
#include "daemon/service.h"

struct passed {
    int n;
    struct service_socket list[CONFIG_LISTEN];
};

struct listening {
    int fd; /* non-blocking */
    bool passed;
    dev_t dev; /* of the daemon's own socket file, so that no other is removed */
    ino_t ino;
};

/* What the service manager passed, to be called before anything is opened. ERR_INVALID, told in *f:
 * one of them is nowhere in the configuration, or is there twice. */
int listen_take_passed(const struct config *c, struct fault *f, struct passed *out) MUST_CHECK;

/* Listens: on the passed socket of that path, otherwise on one that is made. A passed one is
 * somebody else's: its file is neither made, nor given a mode, nor removed here. ERR_EXISTS:
 * another daemon listens there, or another file is there; ERR_SETTING; told in *f. */
int listen_open(const struct config_listen *c, const struct passed *passed, struct fault *f,
                struct listening *out) MUST_CHECK;
/* Removes the socket file if it is the daemon's own. The descriptor is the caller's to close. */
void listen_remove(const struct config_listen *c, const struct listening *l);

#endif
