/* SPDX-License-Identifier: Apache-2.0 */
/* A new configuration while the daemon runs: read and checked whole, then taken, or left. */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include "base/err.h"
#include "daemon/settings.h"

#define RELOAD_STATUS 256

/* What is told of a daemon that serves: "serving BOOK". */
void reload_status(const struct config *c, char status[static RELOAD_STATUS]);

/* Reads it anew; mistakes are logged, each at its place. 0: *out, to be freed with free(), is what
 * holds from now on. An error: what holds stays. status gets one line about what came
 * of it. */
int reload_read(const struct options *o, const struct config *holds,
                char status[static RELOAD_STATUS], struct config **out) MUST_CHECK;

/* What needs a restart, when it is asked for: its key in the file, how it is and how it should be
 * ("": not at all). */
struct reload_later {
    const char *key, *is, *asked;
};

/* Puts what can't change while the daemon runs over what was read: the book, its maps and the
 * addresses stay as they are; told is called for each that should be otherwise. Principals and
 * limits are those read, the principals of sockets too: an address that is not named any more names
 * nobody any more. */
void reload_keep(const struct config *holds, struct config *fresh,
                 void (*told)(void *arg, const struct reload_later *l), void *arg);

#endif
