/* SPDX-License-Identifier: Apache-2.0 */
/* What is given by the members of a command or query, into the model and back. */
#include <stdio.h>

#include "base/person.h"
#include "client/members.h"

static bool is_zero(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const uint8_t *)p)[i])
            return false;
    return true;
}

static int list_check(const struct list *l, int limit, const char *name, struct fault *f)
{
    char value[32];
    if (l->n <= (size_t)limit && (l->p || l->n == 0))
        return 0;
    snprintf(value, sizeof value, "%zu", l->n);
    return fault_set(f, name, value, "a list of at most %d", limit);
}

static int traits_read(const struct list *l, const char *name, struct fault *f,
                       struct trait_list *out)
{
    const struct voucher_trait *t = l->p;
    int rc = list_check(l, LIMIT_TRAITS, name, f);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < l->n; i++)
        out->traits[i] = (struct trait_span){.name = t[i].name,
                                             .from = DAY(t[i].from ? t[i].from : DAY_MIN),
                                             .to = DAY(t[i].to ? t[i].to : DAY_MAX)};
    out->n = (int)l->n;
    return 0;
}

static int attestations_read(const struct list *l, const char *name, struct fault *f,
                             struct attestation_list *out)
{
    const struct voucher_attestation *t = l->p;
    int rc = list_check(l, LIMIT_ATTESTATIONS, name, f);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < l->n; i++)
        out->attestations[i] = (struct attestation){.name = t[i].name, .document = t[i].document};
    out->n = (int)l->n;
    return 0;
}

static int facts_read(const struct list *l, const char *name, struct fault *f,
                      struct fact_list *out)
{
    int rc = list_check(l, LIMIT_FACTS, name, f);
    if (rc < 0)
        return rc;
    out->facts = l->p;
    out->n = (int)l->n;
    return 0;
}

static int numbers_read(const struct list *l, const char *name, struct fault *f,
                        struct number_list *out)
{
    int rc = list_check(l, LIMIT_PAYMENT, name, f);
    if (rc < 0)
        return rc;
    out->vouchers = l->p;
    out->n = (uint32_t)l->n;
    return 0;
}

static int code_read(const char *text, const char *name, struct fault *f, struct uscc *out)
{
    return text && text[0] ? uscc_parse(text, strlen(text), name, f, out) : 0;
}

/* One member that is given, into the model. */
static int member_read(const struct member *m, const void *mine, const char *name, struct fault *f,
                       void *model)
{
    const char *text;
    struct list l;
    switch (m->type) {
    case TYPE_CODE:
        memcpy(&text, mine, sizeof text);
        return code_read(text, name, f, model);
    case TYPE_BYTES:
        memcpy(&l, mine, sizeof l);
        *(struct span *)model = SPAN(l.p, l.n);
        return 0;
    case TYPE_TRAITS:
        memcpy(&l, mine, sizeof l);
        return traits_read(&l, name, f, model);
    case TYPE_ATTESTATIONS:
        memcpy(&l, mine, sizeof l);
        return attestations_read(&l, name, f, model);
    case TYPE_FACTS:
        memcpy(&l, mine, sizeof l);
        return facts_read(&l, name, f, model);
    case TYPE_NUMBERS:
        memcpy(&l, mine, sizeof l);
        return numbers_read(&l, name, f, model);
    case TYPE_FLAG:
        *(bool *)model = true;
        return 0;
    default:
        memcpy(model, mine, member_sizes[m->type]);
        return 0;
    }
}

/* Takes what is given for the kind out of *mine, a copy of the caller's struct; what is left there
 * is of no meaning to it. */
static int members_read(const struct member *members, size_t n, int kind, const char *where,
                        void *mine, struct fault *f, void *model)
{
    char name[64];
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];
        uint8_t *p = (uint8_t *)mine + m->mine;
        if (m->kind != kind)
            continue;
        snprintf(name, sizeof name, "%s%s", where, m->name);
        if (is_zero(p, member_sizes[m->type])) {
            /* Only here can it be seen: the daemon would take it for 1970-01-01. */
            if (m->type == TYPE_DAY && !m->has)
                return fault_set(f, name, "", "a day: it is not given");
            continue;
        }
        int rc = member_read(m, p, name, f, (uint8_t *)model + m->model);
        if (rc < 0)
            return rc;
        if (m->has)
            ((uint8_t *)model)[m->has] = true;
        memset(p, 0, member_sizes[m->type]);
    }
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];
        if (is_zero((uint8_t *)mine + m->mine, member_sizes[m->type]))
            continue;
        snprintf(name, sizeof name, "%s%s", where, m->name);
        return fault_set(f, name, "", "nothing: this kind does not take it");
    }
    return 0;
}

/* The first that there were, of 0.1.0, end with these; and none will be so large. */
#define LEAST_COMMAND (offsetof(struct voucher_command, file_size) + sizeof(size_t))
#define LEAST_QUERY   (offsetof(struct voucher_query, after) + sizeof(uint64_t))
#define MOST          4096

/* A copy of what the caller gave, as large as it is here. What a later version of the header has
 * beyond that must be 0: this library does not know it. */
static int copy_sized(const void *given, size_t size, size_t least, size_t known, const char *where,
                      struct fault *f, void *out)
{
    char name[64], value[32];
    snprintf(value, sizeof value, "%zu", size);
    snprintf(name, sizeof name, "%ssize", where);
    if (size < least || size > MOST)
        return fault_set(f, name, value, "the size of the struct");
    if (size > known && !is_zero((const uint8_t *)given + known, size - known))
        return fault_set(f, name, value, "members of libvoucher %s: use a later one", VERSION);
    memset(out, 0, known);
    memcpy(out, given, size < known ? size : known);
    return 0;
}

/* A number of no field, or the other way round, would not be sent. */
static int person_check_whole(struct person *p, const char *where, struct fault *f)
{
    char name[64];
    if (!p->field != !p->number) {
        snprintf(name, sizeof name, "%s%s", where, p->field ? "person_number" : "person_field");
        return fault_set(f, name, "", "it must be given with the other of the person");
    }
    if (p->type && !p->field) {
        snprintf(name, sizeof name, "%sperson_field", where);
        return fault_set(f, name, "", "it must be given with the other of the person");
    }
    if (p->field && !p->type)
        p->type = PERSON_RESIDENT_ID;
    return 0;
}

static int command_take(const void *given, size_t size, const char *where, struct fault *f,
                        struct command *out)
{
    struct voucher_command mine;
    char name[64], value[16];
    int rc = copy_sized(given, size, LEAST_COMMAND, sizeof mine, where, f, &mine);
    if (rc < 0)
        return rc;
    if (mine.size != size) {
        snprintf(name, sizeof name, "%ssize", where);
        return fault_set(f, name, "", "the same size in every command: %zu", size);
    }
    if (mine.kind <= COMMAND_CREATE_BOOK || mine.kind >= COMMAND_COUNT) {
        snprintf(name, sizeof name, "%skind", where);
        snprintf(value, sizeof value, "%d", mine.kind);
        return fault_set(f, name, value, "a kind of command: VOUCHER_DO_ISSUE, ...");
    }
    out->kind = (enum command_kind)mine.kind;
    memcpy(out->request_id, mine.request_id, sizeof out->request_id);
    rc = members_read(of_commands, n_of_commands, mine.kind, where, &mine, f, out);
    if (rc == 0 && out->kind == COMMAND_ISSUE)
        rc = person_check_whole(&out->issue.person, where, f);
    return rc;
}

int commands_take(const struct voucher_command *commands, size_t n, struct arena *a,
                  struct fault *f, struct command **out)
{
    char where[40], value[32];
    if (n < 1 || n > LIMIT_BATCH) {
        snprintf(value, sizeof value, "%zu", n);
        return fault_set(f, "commands", value, "1 to %d commands", LIMIT_BATCH);
    }
    size_t size = commands->size;
    struct command *list = arena_zero(a, n * sizeof *list);
    if (!list)
        return ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        snprintf(where, sizeof where, "commands[%zu].", i);
        int rc = command_take((const uint8_t *)commands + i * size, size, where, f, &list[i]);
        if (rc < 0)
            return rc;
    }
    *out = list;
    return 0;
}

int query_take(const struct voucher_query *query, struct fault *f, struct query *out)
{
    struct voucher_query mine;
    struct query q = {0};
    char value[16];
    int rc = copy_sized(query, query->size, LEAST_QUERY, sizeof mine, "", f, &mine);
    if (rc < 0)
        return rc;
    if (mine.kind <= QUERY_NONE || mine.kind >= QUERY_COUNT) {
        snprintf(value, sizeof value, "%d", mine.kind);
        return fault_set(f, "kind", value, "a kind of query: VOUCHER_ASK_FUNDS, ...");
    }
    q.kind = (enum query_kind)mine.kind;
    rc = members_read(of_queries, n_of_queries, mine.kind, "", &mine, f, &q);
    if (rc == 0)
        *out = q;
    return rc;
}

/* ---- Back ---- */

/* Where the protocol calls a member otherwise; behind these the rest of its path is the same. */
static const struct {
    const char *theirs, *mine;
} names[] = {
    {"person.field", "person_field"},
    {"person.type", "person_type"},
    {"person.number", "person_number"},
    {"person", "person_field"},
    {"uscc", "enterprise"},
    {"number", "contract"},
    {"as_of.day", "as_of_day"},
    {"as_of.entry", "as_of_entry"},
    {"as_of", "as_of_day"},
    {"from_day", "from"},
    {"to_day", "to"},
};

static bool is_member(const struct member *members, size_t n, const char *path)
{
    size_t len = strcspn(path, ".[");
    for (size_t i = 0; i < n; i++)
        if (strlen(members[i].name) == len && memcmp(members[i].name, path, len) == 0)
            return true;
    return strcmp(path, "request_id") == 0;
}

/* The path within its command or query, and from which row on it is counted. */
static const char *within(const char *path, size_t *row)
{
    int n = 0;
    if (sscanf(path, "commands.asks[%zu].%n", row, &n) == 1 && n > 0)
        return path + n;
    if (strncmp(path, "query.", 6) == 0)
        path += 6;
    const char *kind = strchr(path, '.');
    return kind && strncmp(path, "as_of.", 6) != 0 && strncmp(path, "request.", 8) != 0 ? kind + 1
                                                                                        : path;
}

void field_show(bool command, size_t row, struct fault *f)
{
    char text[sizeof f->field], where[32] = ""; /* commands[SIZE_MAX]. */
    const char *path = within(f->field, &row);
    size_t len = strlen(path);
    snprintf(text, sizeof text, "%s", path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i].theirs);
        if (len < n || strcmp(path + len - n, names[i].theirs) != 0 ||
            (len > n && path[len - n - 1] != '.'))
            continue;
        snprintf(text + len - n, sizeof text - (len - n), "%s", names[i].mine);
        break;
    }
    if (command ? !is_member(of_commands, n_of_commands, text)
                : !is_member(of_queries, n_of_queries, text))
        return;
    if (command)
        snprintf(where, sizeof where, "commands[%zu].", row);
    snprintf(f->field, sizeof f->field, "%s%.*s", where, (int)(sizeof f->field - sizeof where),
             text);
}

static int traits_show(const struct trait_list *e, struct arena *a, struct list *out)
{
    size_t n = (size_t)e->n;
    struct voucher_trait *t = arena_zero(a, n * sizeof *t);
    if (!t)
        return ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        const struct trait_span *s = &e->traits[i];
        t[i] = (struct voucher_trait){.name = s->name,
                                      .from = s->from.n == DAY_MIN ? 0 : s->from.n,
                                      .to = s->to.n == DAY_MAX ? 0 : s->to.n};
    }
    *out = (struct list){t, n};
    return 0;
}

static int attestations_show(const struct attestation_list *s, struct arena *a, struct list *out)
{
    size_t n = (size_t)s->n;
    struct voucher_attestation *t = arena_zero(a, n * sizeof *t);
    if (!t)
        return ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        t[i] = (struct voucher_attestation){.name = s->attestations[i].name,
                                            .document = s->attestations[i].document};
    *out = (struct list){t, n};
    return 0;
}

static int member_show(const struct member *m, const void *model, struct arena *a, void *mine)
{
    const char *text;
    struct list l = {0};
    int rc = 0;
    switch (m->type) {
    case TYPE_CODE:
        if (is_zero(model, sizeof(struct uscc)))
            return 0;
        text = arena_copy(a, model, USCC_LEN);
        memcpy(mine, &text, sizeof text);
        return text ? 0 : ERR_MEMORY;
    case TYPE_BYTES:
        l = (struct list){((const struct span *)model)->p, ((const struct span *)model)->n};
        break;
    case TYPE_TRAITS:
        if (((const struct trait_list *)model)->n > 0)
            rc = traits_show(model, a, &l);
        break;
    case TYPE_ATTESTATIONS:
        if (((const struct attestation_list *)model)->n > 0)
            rc = attestations_show(model, a, &l);
        break;
    case TYPE_FACTS:
        l = (struct list){((const struct fact_list *)model)->facts,
                          (size_t)((const struct fact_list *)model)->n};
        break;
    case TYPE_NUMBERS:
        l = (struct list){((const struct number_list *)model)->vouchers,
                          ((const struct number_list *)model)->n};
        break;
    default:
        memcpy(mine, model, member_sizes[m->type]);
        return 0;
    }
    memcpy(mine, &l, sizeof l);
    return rc;
}

int command_show(const struct command *c, struct arena *a, struct voucher_command *out)
{
    *out = (struct voucher_command){.size = sizeof *out, .kind = (int)c->kind};
    memcpy(out->request_id, c->request_id, sizeof out->request_id);
    for (size_t i = 0; i < n_of_commands; i++) {
        const struct member *m = &of_commands[i];
        if (m->kind != (int)c->kind || (m->has && !((const uint8_t *)c)[m->has]))
            continue;
        int rc = member_show(m, (const uint8_t *)c + m->model, a, (uint8_t *)out + m->mine);
        if (rc < 0)
            return rc;
    }
    return 0;
}
