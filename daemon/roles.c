/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/roles.h"

#include <stdio.h>

const char *const role_names[] = {"maker",   "checker", "query", "reconcile",
                                  "auditor", "admin",   NULL};

/* Whoever takes part in the business may look; the person who runs the machine may not. */
#define LOOK (ROLE_QUERY | ROLE_MAKER | ROLE_CHECKER | ROLE_RECONCILE | ROLE_AUDITOR)

static const struct {
    unsigned command[COMMAND_COUNT];
    unsigned query[QUERY_COUNT];
    unsigned set_clock;
} may = {
    .command =
        {
            [COMMAND_ADOPT_POLICY] = ROLE_CHECKER,
            [COMMAND_APPROPRIATE] = ROLE_MAKER,
            [COMMAND_ADD_ENTERPRISE] = ROLE_MAKER,
            [COMMAND_ADD_CONTRACT] = ROLE_MAKER,
            [COMMAND_ISSUE] = ROLE_MAKER,
            [COMMAND_REDEEM] = ROLE_MAKER,
            [COMMAND_VOID] = ROLE_MAKER,
            [COMMAND_ADD_OUTSIDE] = ROLE_MAKER,
            [COMMAND_LAPSE] = ROLE_MAKER | ROLE_RECONCILE,
            [COMMAND_AMEND_ENTERPRISE] = ROLE_MAKER,
            [COMMAND_RAISE_CEILING] = ROLE_MAKER,
            [COMMAND_WITHDRAW] = ROLE_MAKER,
            [COMMAND_CLOSE_ROUND] = ROLE_MAKER,
            [COMMAND_PAY] = ROLE_MAKER | ROLE_RECONCILE,
            [COMMAND_BANK_RETURN] = ROLE_MAKER | ROLE_RECONCILE,
        },
    .query =
        {
            [QUERY_FUNDS] = LOOK,
            [QUERY_ENTERPRISE] = LOOK,
            [QUERY_VOUCHER] = LOOK,
            [QUERY_VOUCHERS] = LOOK,
            [QUERY_REFUSALS] = LOOK,
            [QUERY_ENTRIES] = LOOK,
            [QUERY_EXPLAIN] = LOOK,
            [QUERY_STATUS] = LOOK,
        },
    .set_clock = ROLE_ADMIN,
};

static unsigned command_roles(enum command_kind kind)
{
    return (unsigned)kind < COMMAND_COUNT ? may.command[kind] : 0;
}

static unsigned query_roles(enum query_kind kind)
{
    return (unsigned)kind < QUERY_COUNT ? may.query[kind] : 0;
}

bool may_command(const struct principal *p, enum command_kind kind)
{
    return (p->roles & command_roles(kind)) != 0;
}

bool may_query(const struct principal *p, enum query_kind kind)
{
    return (p->roles & query_roles(kind)) != 0;
}

bool may_set_clock(const struct principal *p)
{
    return (p->roles & may.set_clock) != 0;
}

char *roles_format(unsigned roles, const char *separator, char out[static ROLES_TEXT])
{
    size_t o = 0;
    out[0] = 0;
    for (int i = 0; role_names[i]; i++)
        if (roles & (1U << i) && o < ROLES_TEXT)
            o += (size_t)snprintf(out + o, ROLES_TEXT - o, "%s%s", o ? separator : "",
                                  role_names[i]);
    return out;
}

static void denied(const struct principal *p, unsigned roles, struct fault *f)
{
    char names[ROLES_TEXT];
    roles_format(roles, ", ", names);
    int rc = roles == 0 ? fault_set(f, "role", p->name, "nobody may do this over a connection")
             : (roles & (roles - 1)) == 0
                 ? fault_set(f, "role", p->name, "the role %s", names)
                 : fault_set(f, "role", p->name, "one of the roles %s", names);
    (void)rc;
}

void command_denied(const struct principal *p, enum command_kind kind, struct fault *f)
{
    denied(p, command_roles(kind), f);
}

void query_denied(const struct principal *p, enum query_kind kind, struct fault *f)
{
    denied(p, query_roles(kind), f);
}

void set_clock_denied(const struct principal *p, struct fault *f)
{
    denied(p, may.set_clock, f);
}
