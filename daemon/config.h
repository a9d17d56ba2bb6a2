/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: what the command line and conf/voucherd.yaml say, read strictly. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/fault.h"
#include "daemon/roles.h"
#include "rules/doc.h"

#define CONFIG_LISTEN     16  /* sockets of one daemon */
#define CONFIG_PRINCIPALS 256 /* principals in one file */
#define CONFIG_PATH       1023
#define CONFIG_BYTES      (1024 * 1024) /* of one configuration file */
#define SOCKET_PATH       (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

struct config_listen {
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    unsigned mode;
    bool has_principal; /* whoever connects here is it, if the socket's mode lets them */
    struct principal principal;
};

struct config_principal {
    bool has_uid, has_gid; /* at least one; both must fit where both are given */
    uid_t uid;
    gid_t gid;
    struct principal principal;
};

/* Within base/limits.h, whose values are the defaults. `_each` is of one principal: half of
 * what there is, unless the file says otherwise. */
struct config_limits {
    int connections, connections_each;
    int under_way;
    int queue, queue_each;
    int queue_bytes, queue_bytes_each;
    int group;
    int outbox, outbox_each, outbox_all; /* of one connection, one principal, all */
};

struct config {
    char book[CONFIG_PATH + 1];
    uint64_t journal_map, tables_map; /* bytes; 0: the book's default */
    char person_key[CONFIG_PATH + 1]; /* the key's file; "": claims name no persons */
    int nlisten;
    struct config_listen listen[CONFIG_LISTEN];
    int nprincipals;
    struct config_principal principals[CONFIG_PRINCIPALS];
    struct config_limits limits;
};

/* An empty configuration with the limits' defaults. */
void config_start(struct config *c);

/* Reads a file's bytes into *c (started before). ERR_INVALID with every mistake in *m, ERR_MEMORY.
 */
int config_read(struct span bytes, const char *name, struct mistakes *m,
                struct config *c) MUST_CHECK;
/* The same from a file. ERR_NOT_FOUND, ERR_IO too, told in *f. */
int config_load(const char *file, struct mistakes *m, struct fault *f, struct config *c) MUST_CHECK;

/* "unix:PATH" into *out, with the default mode. */
int listen_parse(const char *addr, const char *field, struct fault *f,
                 struct config_listen *out) MUST_CHECK;
/* "16G": digits and K, M, G or T, powers of 1024. */
int size_parse(const char *text, const char *field, struct fault *f, uint64_t *out) MUST_CHECK;

/* Who the peer with these ids is, or NULL. A rule that names the user goes before one that names
 * only a group; otherwise the first. */
const struct principal *config_find(const struct config *c, uid_t uid, const gid_t gids[],
                                    int ngids);

#endif
