/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"

int settings_read(const struct options *o, struct mistakes *m, struct fault *f, struct config *out)
{
    config_start(out);
    int rc = o->config_file ? config_load(o->config_file, m, f, out) : 0;
    if (rc < 0)
        return rc;
    if (o->book)
        snprintf(out->book, sizeof out->book, "%s", o->book);
    if (o->journal_map)
        out->journal_map = o->journal_map;
    if (o->tables_map)
        out->tables_map = o->tables_map;
    if (o->naddr) {
        out->nlisten = o->naddr;
        memcpy(out->listen, o->addr, (size_t)o->naddr * sizeof o->addr[0]);
    }
    return 0;
}

/* Whoever starts the daemon goes by the user's name, unless the configuration gave that to another.
 */
static void name_me(struct config *c, uid_t me, struct principal *p)
{
    const struct passwd *pw = getpwuid(me);
    bool free_name = pw && strlen(pw->pw_name) <= LIMIT_PRINCIPAL;
    for (int i = 0; free_name && i < c->nprincipals; i++)
        free_name = strcmp(c->principals[i].principal.name, pw->pw_name) != 0;
    if (free_name)
        snprintf(p->name, sizeof p->name, "%s", pw->pw_name);
    else
        snprintf(p->name, sizeof p->name, "uid-%u", me);
}

static int allow_me(struct config *c)
{
    uid_t me = getuid();
    struct config_principal *p = NULL;
    for (int i = 0; i < c->nprincipals && !p; i++)
        if (c->principals[i].has_uid && !c->principals[i].has_gid && c->principals[i].uid == me)
            p = &c->principals[i];
    if (!p && c->nprincipals == CONFIG_PRINCIPALS)
        return ERR_RANGE;
    if (!p) {
        struct config_principal mine = {.has_uid = true, .uid = me};
        name_me(c, me, &mine.principal);
        /* Before the others: a rule for the user and a group must not win over it. */
        memmove(&c->principals[1], &c->principals[0],
                (size_t)c->nprincipals * sizeof c->principals[0]);
        c->nprincipals++;
        p = &c->principals[0];
        *p = mine;
    }
    p->principal.roles = ROLES_ALL;
    LOG(LEVEL_WARNING, "allow_me", LOG_NUMBER("uid", me), LOG_TEXT("principal", p->principal.name),
        LOG_TEXT("roles", "all"));
    return 0;
}

static bool anybody_may(const struct config *c)
{
    bool may = c->nprincipals > 0;
    for (int i = 0; i < c->nlisten; i++)
        may = may || c->listen[i].has_principal;
    return may;
}

const char *settings_complete(const struct options *o, struct config *c)
{
    if (!c->book[0])
        return "no book: give --book DIR, or book: in the configuration";
    if (c->nlisten == 0)
        return "no address: give --addr unix:PATH, or listen: in the configuration";
    if (o->allow_me && allow_me(c) < 0)
        return "--allow-me: the configuration has too many principals already";
    if (!anybody_may(c))
        return "nobody may do anything: give --config FILE with principals, or --allow-me";
    return NULL;
}
