/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what: principals have roles, and one table says for each kind of command and query
 * which roles may. What is not in the table is denied. */
#ifndef DAEMON_ROLES_H
#define DAEMON_ROLES_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/limits.h"
#include "model/command.h"
#include "model/query.h"

enum role {
    ROLE_MAKER = 1 << 0,     /* asks for what moves money */
    ROLE_CHECKER = 1 << 1,   /* decides what a maker can't alone: adopts policies */
    ROLE_QUERY = 1 << 2,     /* looks */
    ROLE_RECONCILE = 1 << 3, /* nightly jobs */
    ROLE_AUDITOR = 1 << 4,   /* sees all, changes nothing */
    ROLE_ADMIN = 1 << 5,     /* runs the machine: no business rights */
};

#define ROLES_ALL                                                                                  \
    (ROLE_MAKER | ROLE_CHECKER | ROLE_QUERY | ROLE_RECONCILE | ROLE_AUDITOR | ROLE_ADMIN)

/* Names in the order of the bits, NULL-terminated. */
extern const char *const role_names[];

/* Who a connection belongs to: known from its socket alone. */
struct principal {
    char name[LIMIT_PRINCIPAL + 1];
    unsigned roles; /* of enum role */
};

bool may_command(const struct principal *p, enum command_kind kind);
bool may_query(const struct principal *p, enum query_kind kind);
bool may_set_clock(const struct principal *p);

/* Why not: field "role", the principal, the roles that may. */
void command_denied(const struct principal *p, enum command_kind kind, struct fault *f);
void query_denied(const struct principal *p, enum query_kind kind, struct fault *f);
void set_clock_denied(const struct principal *p, struct fault *f);

/* "maker checker" for logs; out of ROLES_TEXT bytes. Returns out. */
#define ROLES_TEXT 64
char *roles_format(unsigned roles, const char *separator, char out[static ROLES_TEXT]);

#endif
