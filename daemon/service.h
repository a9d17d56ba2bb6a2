/* SPDX-License-Identifier: Apache-2.0 */
/* The service manager: the sockets that it passes, what it is told, and its journal. Nothing else
 * knows libsystemd. Without a manager every function does nothing or finds nothing. */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/fault.h"

/* ---- Telling it ---- */

/* status: one line for people, shown by `systemctl status`. */
void service_ready(const char *status); /* at the start, and after each service_reloading */
void service_reloading(void);
void service_stopping(const char *status);
void service_status(const char *status);
void service_alive(void);

/* Microseconds that may pass between two service_alive before it ends the daemon; 0: any time. */
int64_t service_watchdog_us(void);

/* ---- Sockets ---- */

struct service_socket {
    int fd;
    char name[64]; /* FileDescriptorName= of the socket unit */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1]; /* "": it is no listening UNIX
                                                                     stream socket with a path */
};

/* The sockets that were passed, at most cap. The descriptors are the caller's. ERR_INVALID: more,
 * or the environment that tells of them is wrong. */
int service_sockets(int cap, struct fault *f, struct service_socket *out, int *n) MUST_CHECK;

/* ---- The journal ---- */

/* Whether standard error goes to the journal. */
bool service_has_journal(void);
/* One entry, each field "NAME=value". ERR_IO: it was not taken. Any thread. */
int service_journal(const struct iovec *fields, int n);

#endif
