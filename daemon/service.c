/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#define SD_JOURNAL_SUPPRESS_LOCATION /* every entry would be of this file */
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/clock.h"

/* Whether the manager hears it changes nothing here: what it misses it finds out by itself. */

void service_ready(const char *status)
{
    (void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

/* The time is how a manager tells this reload from one asked for earlier. */
void service_reloading(void)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration",
                     clock_steady_us());
}

void service_stopping(const char *status)
{
    (void)sd_notifyf(0, "STOPPING=1\nSTATUS=%s", status);
}

void service_status(const char *status)
{
    (void)sd_notifyf(0, "STATUS=%s", status);
}

void service_alive(void)
{
    (void)sd_notify(0, "WATCHDOG=1");
}

int64_t service_watchdog_us(void)
{
    uint64_t us;
    return sd_watchdog_enabled(0, &us) > 0 && us <= INT64_MAX ? (int64_t)us : 0;
}

static void look_at(int fd, const char *name, struct service_socket *out)
{
    struct sockaddr_un sa = {0};
    socklen_t n = sizeof sa;
    *out = (struct service_socket){.fd = fd};
    snprintf(out->name, sizeof out->name, "%s", name);
    if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) > 0 &&
        getsockname(fd, (struct sockaddr *)&sa, &n) == 0)
        snprintf(out->path, sizeof out->path, "%.*s", (int)sizeof sa.sun_path, sa.sun_path);
}

int service_sockets(int cap, struct fault *f, struct service_socket *out, int *n)
{
    char **names = NULL;
    int got = sd_listen_fds_with_names(0, &names);
    if (got < 0)
        return fault_set(f, "LISTEN_FDS", getenv("LISTEN_FDS"),
                         "the number of sockets passed, with as many names: %s", strerror(-got));
    for (int i = 0; i < got; i++) {
        if (i < cap)
            look_at(SD_LISTEN_FDS_START + i, names[i], &out[i]);
        free(names[i]);
    }
    free(names);
    if (got > cap)
        return fault_set(f, "LISTEN_FDS", getenv("LISTEN_FDS"), "at most %d sockets", cap);
    *n = got;
    return 0;
}

bool service_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t dev, ino;
    struct stat st;
    return stream && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &dev, &ino) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

int service_journal(const struct iovec *fields, int n)
{
    return sd_journal_sendv(fields, n) < 0 ? ERR_IO : 0;
}
