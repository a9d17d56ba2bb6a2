/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 512

/* ---- Passed ---- */

static const struct service_socket *passed_for(const struct passed *passed, const char *path)
{
    for (int i = 0; i < passed->n; i++)
        if (strcmp(passed->list[i].path, path) == 0)
            return &passed->list[i];
    return NULL;
}

static bool is_configured(const struct config *c, const char *path)
{
    for (int i = 0; i < c->nlisten; i++)
        if (strcmp(c->listen[i].path, path) == 0)
            return true;
    return false;
}

static int check_passed(const struct config *c, const struct passed *passed,
                        const struct service_socket *s, struct fault *f)
{
    char what[sizeof s->name + sizeof s->path + 8];
    snprintf(what, sizeof what, "%s %s", s->name, s->path);
    if (!s->path[0])
        (void)fault_set(f, "passed socket", s->name, "a listening UNIX stream socket with a path");
    else if (!is_configured(c, s->path))
        (void)fault_set(f, "passed socket", what,
                        "a socket of an address that the configuration listens on");
    else if (passed_for(passed, s->path) != s)
        (void)fault_set(f, "passed socket", what, "one socket for each address");
    else
        return 0;
    return ERR_INVALID;
}

int listen_take_passed(const struct config *c, struct fault *f, struct passed *out)
{
    struct passed p = {0};
    int rc = service_sockets(CONFIG_LISTEN, f, p.list, &p.n);
    for (int i = 0; i < p.n && rc == 0; i++)
        rc = check_passed(c, &p, &p.list[i], f);
    if (rc == 0)
        *out = p;
    return rc;
}

static int use_passed(const struct service_socket *s, struct fault *f, struct listening *out)
{
    int flags = fcntl(s->fd, F_GETFL);
    if (flags < 0 || fcntl(s->fd, F_SETFL, flags | O_NONBLOCK) < 0) {
        (void)fault_set(f, "passed socket", s->path, "a socket: %s", strerror(errno));
        return ERR_SETTING;
    }
    *out = (struct listening){.fd = s->fd, .passed = true};
    return 0;
}

/* ---- Own ---- */

/* A socket file that nobody answers on is left from a daemon that died. */
static int clear_path(const struct sockaddr_un *sa, struct fault *f)
{
    struct stat st;
    if (lstat(sa->sun_path, &st) < 0)
        return 0; /* whatever else is wrong, bind tells */
    if (!S_ISSOCK(st.st_mode)) {
        (void)fault_set(f, "addr", sa->sun_path, "a path where no other file is");
        return ERR_EXISTS;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return 0;
    bool dead = connect(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 && errno == ECONNREFUSED;
    close(fd);
    if (!dead) {
        (void)fault_set(f, "addr", sa->sun_path,
                        "a path where no other daemon listens: stop that one, or choose another");
        return ERR_EXISTS;
    }
    unlink(sa->sun_path);
    return 0;
}

/* The file gets its mode between bind and listen, so that nobody connects under another. */
static int bind_path(const struct sockaddr_un *sa, unsigned mode, struct fault *f,
                     struct listening *l)
{
    struct stat st;
    mode_t before = umask(0777);
    int rc = bind(l->fd, (const struct sockaddr *)sa, sizeof *sa);
    int code = errno;
    umask(before);
    if (rc == 0 && (chmod(sa->sun_path, mode) < 0 || lstat(sa->sun_path, &st) < 0 ||
                    listen(l->fd, BACKLOG) < 0)) {
        code = errno;
        unlink(sa->sun_path);
        rc = -1;
    }
    if (rc < 0) {
        (void)fault_set(f, "addr", sa->sun_path, "a path where a socket can be made: %s",
                        strerror(code));
        return ERR_SETTING;
    }
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return 0;
}

int listen_open(const struct config_listen *c, const struct passed *passed, struct fault *f,
                struct listening *out)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    const struct service_socket *s = passed_for(passed, c->path);
    if (s)
        return use_passed(s, f, out);
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", c->path);
    int rc = clear_path(&sa, f);
    if (rc < 0)
        return rc;
    struct listening l = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (l.fd < 0) {
        (void)fault_set(f, "addr", c->path, "a socket: %s", strerror(errno));
        return ERR_SETTING;
    }
    rc = bind_path(&sa, c->mode, f, &l);
    if (rc < 0) {
        close(l.fd);
        return rc;
    }
    *out = l;
    return 0;
}

void listen_remove(const struct config_listen *c, const struct listening *l)
{
    struct stat st;
    if (!l->passed && lstat(c->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(c->path);
}
