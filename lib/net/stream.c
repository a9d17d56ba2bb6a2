/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct stream {
    int fd; /* does not block */
    int timeout_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket is ready or the deadline has passed. A socket with an error is ready: the
 * call that follows tells which. */
static int wait_ready(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - now_ms();
        if (left <= 0)
            return ERR_TIMEOUT;
        struct pollfd p = {.fd = fd, .events = events};
        int n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return ERR_IO;
    }
}

static int address_read(const char *addr, struct fault *f, struct sockaddr_un *out)
{
    static const char form[] = "unix:";
    size_t head = sizeof form - 1;
    if (strncmp(addr, form, head) != 0 || !addr[head])
        return fault_set(f, "addr", addr, "an address is unix:PATH, like unix:/run/voucherd.sock");
    if (strlen(addr + head) >= sizeof out->sun_path)
        return fault_set(f, "addr", addr, "a socket's path has at most %zu bytes",
                         sizeof out->sun_path - 1);
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path, addr + head, strlen(addr + head));
    return 0;
}

static int connect_error(const char *addr, struct fault *f)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        fault_set(f, "addr", addr, "the socket of a running daemon: nobody listens there");
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        fault_set(f, "addr", addr, "a socket that this user may write to: permission denied");
        return ERR_IO;
    default:
        fault_set(f, "addr", addr, "the socket of a running daemon: %-s", strerrordesc_np(errno));
        return ERR_IO;
    }
}

/* A UNIX socket whose queue of connections is full answers EAGAIN at once and has nothing to poll,
 * so it is tried again a little later. */
static int connect_until(int fd, const char *addr, const struct sockaddr_un *to, int64_t deadline,
                         struct fault *f)
{
    static const struct timespec pause = {.tv_nsec = 5000000};
    while (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return connect_error(addr, f);
        if (now_ms() >= deadline) {
            fault_set(f, "addr", addr, "a daemon that takes connections: it did not in time");
            return ERR_TIMEOUT;
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}

int stream_connect(const char *addr, int timeout_ms, struct fault *f, struct stream **out)
{
    struct sockaddr_un to;
    int rc = address_read(addr, f, &to);
    if (rc < 0)
        return rc;
    int64_t deadline = now_ms() + timeout_ms;
    struct stream *s = malloc(sizeof *s);
    if (!s)
        return ERR_MEMORY;
    s->timeout_ms = timeout_ms;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    rc = s->fd < 0 ? connect_error(addr, f) : connect_until(s->fd, addr, &to, deadline, f);
    if (rc < 0) {
        stream_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int transfer_error(void)
{
    return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

int stream_write(struct stream *s, const void *p, size_t n)
{
    int64_t deadline = now_ms() + s->timeout_ms;
    const uint8_t *at = p;
    while (n > 0) {
        ssize_t done = send(s->fd, at, n, MSG_NOSIGNAL);
        if (done >= 0) {
            at += done;
            n -= (size_t)done;
        } else if (errno == EAGAIN) {
            int rc = wait_ready(s->fd, POLLOUT, deadline);
            if (rc < 0)
                return rc;
        } else if (errno != EINTR) {
            return transfer_error();
        }
    }
    return 0;
}

int stream_read(struct stream *s, void *p, size_t n)
{
    int64_t deadline = now_ms() + s->timeout_ms;
    uint8_t *at = p;
    while (n > 0) {
        ssize_t got = recv(s->fd, at, n, 0);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        } else if (got == 0) {
            return ERR_CLOSED;
        } else if (errno == EAGAIN) {
            int rc = wait_ready(s->fd, POLLIN, deadline);
            if (rc < 0)
                return rc;
        } else if (errno != EINTR) {
            return transfer_error();
        }
    }
    return 0;
}

int stream_write_some(struct stream *s, const void *p, size_t n, size_t *done)
{
    ssize_t k;
    do
        k = send(s->fd, p, n, MSG_NOSIGNAL);
    while (k < 0 && errno == EINTR);
    if (k < 0 && errno != EAGAIN)
        return transfer_error();
    *done = k < 0 ? 0 : (size_t)k;
    return 0;
}

int stream_read_some(struct stream *s, void *p, size_t n, size_t *done)
{
    ssize_t k;
    do
        k = recv(s->fd, p, n, 0);
    while (k < 0 && errno == EINTR);
    if (k == 0 && n > 0)
        return ERR_CLOSED;
    if (k < 0 && errno != EAGAIN)
        return transfer_error();
    *done = k < 0 ? 0 : (size_t)k;
    return 0;
}

int stream_fd(const struct stream *s)
{
    return s->fd;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}
