/* SPDX-License-Identifier: Apache-2.0 */
/* Which members each command and query takes, and where the model has them: one table each. */
#include <stdio.h>

#include "base/limits.h"
#include "client/inner.h"

/* How a member stands in the library's struct, and in the model's. */
enum type {
    TYPE_TEXT,         /* const char *, the same */
    TYPE_CODE,         /* const char *, struct uscc */
    TYPE_FEN,          /* int64_t, struct money */
    TYPE_DAY,          /* int32_t, struct day */
    TYPE_INT,          /* int32_t or int, int or an enum */
    TYPE_COUNT,        /* uint32_t, the same */
    TYPE_NUMBER,       /* uint64_t, the same */
    TYPE_BYTES,        /* pointer and size_t, struct span */
    TYPE_TRAITS,       /* pointer and size_t, struct add_enterprise */
    TYPE_ATTESTATIONS, /* pointer and size_t, struct issue */
};

struct list {
    const void *p;
    size_t n;
};

static const size_t sizes[] = {
    [TYPE_TEXT] = sizeof(const char *),  [TYPE_CODE] = sizeof(const char *),
    [TYPE_FEN] = sizeof(int64_t),        [TYPE_DAY] = sizeof(int32_t),
    [TYPE_INT] = sizeof(int32_t),        [TYPE_COUNT] = sizeof(uint32_t),
    [TYPE_NUMBER] = sizeof(uint64_t),    [TYPE_BYTES] = sizeof(struct list),
    [TYPE_TRAITS] = sizeof(struct list), [TYPE_ATTESTATIONS] = sizeof(struct list),
};

struct member {
    int kind;
    enum type type;
    const char *name;
    size_t mine, model;
    size_t has; /* the model's flag that it is given; 0: it has none */
};

#define COMMAND(kind, type, name, place)                                                           \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_command, name),                                 \
            offsetof(struct command, place), 0                                                     \
    }
#define COMMAND_IF(kind, type, name, place, flag)                                                  \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_command, name),                                 \
            offsetof(struct command, place), offsetof(struct command, flag)                        \
    }

static const struct member of_commands[] = {
    COMMAND(COMMAND_ADOPT_POLICY, TYPE_BYTES, file, adopt_policy.file),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, measure, appropriate.measure),
    COMMAND(COMMAND_APPROPRIATE, TYPE_INT, year, appropriate.year),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, source, appropriate.source),
    COMMAND(COMMAND_APPROPRIATE, TYPE_FEN, amount, appropriate.amount),
    COMMAND(COMMAND_APPROPRIATE, TYPE_TEXT, document, appropriate.document),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_CODE, enterprise, add_enterprise.uscc),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TEXT, name, add_enterprise.name),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TEXT, area, add_enterprise.area),
    COMMAND(COMMAND_ADD_ENTERPRISE, TYPE_TRAITS, traits, add_enterprise),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_TEXT, contract, add_contract.number),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_CODE, seller, add_contract.seller),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_CODE, buyer, add_contract.buyer),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_FEN, amount, add_contract.amount),
    COMMAND(COMMAND_ADD_CONTRACT, TYPE_DAY, signed_on, add_contract.signed_on),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, measure, issue.measure),
    COMMAND(COMMAND_ISSUE, TYPE_CODE, enterprise, issue.enterprise),
    COMMAND(COMMAND_ISSUE, TYPE_TEXT, contract, issue.contract),
    COMMAND_IF(COMMAND_ISSUE, TYPE_CODE, seller, issue.seller, issue.has_seller),
    COMMAND(COMMAND_ISSUE, TYPE_INT, year, issue.year),
    COMMAND_IF(COMMAND_ISSUE, TYPE_FEN, amount, issue.amount, issue.has_amount),
    COMMAND(COMMAND_ISSUE, TYPE_ATTESTATIONS, attestations, issue),
    COMMAND(COMMAND_REDEEM, TYPE_NUMBER, voucher, redeem.voucher),
    COMMAND(COMMAND_REDEEM, TYPE_TEXT, invoice, redeem.invoice),
    COMMAND(COMMAND_REDEEM, TYPE_DAY, dated, redeem.dated),
    COMMAND(COMMAND_REDEEM, TYPE_FEN, amount, redeem.amount),
    COMMAND(COMMAND_VOID, TYPE_NUMBER, voucher, void_voucher.voucher),
    COMMAND(COMMAND_VOID, TYPE_TEXT, reason, void_voucher.reason),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_CODE, seller, add_outside.seller),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_TEXT, contract, add_outside.contract),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_FEN, amount, add_outside.amount),
    COMMAND(COMMAND_ADD_OUTSIDE, TYPE_TEXT, document, add_outside.document),
    COMMAND_IF(COMMAND_LAPSE, TYPE_DAY, day, lapse.day, lapse.has_day),
};

#define QUERY(kind, type, name, place)                                                             \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_query, name), offsetof(struct query, place), 0  \
    }
#define QUERY_IF(kind, type, name, place, flag)                                                    \
    {                                                                                              \
        kind, type, #name, offsetof(struct voucher_query, name), offsetof(struct query, place),    \
            offsetof(struct query, flag)                                                           \
    }
#define QUERY_AS_OF(kind)                                                                          \
    QUERY_IF(kind, TYPE_DAY, as_of_day, as_of.day, as_of.has_day),                                 \
        QUERY(kind, TYPE_NUMBER, as_of_entry, as_of.entry)
#define QUERY_PAGE(kind)                                                                           \
    QUERY(kind, TYPE_NUMBER, after, after), QUERY(kind, TYPE_COUNT, count, count)

static const struct member of_queries[] = {
    QUERY_AS_OF(QUERY_FUNDS),
    QUERY(QUERY_ENTERPRISE, TYPE_CODE, enterprise, enterprise),
    QUERY_AS_OF(QUERY_ENTERPRISE),
    QUERY(QUERY_VOUCHER, TYPE_NUMBER, voucher, voucher),
    QUERY_AS_OF(QUERY_VOUCHER),
    QUERY_IF(QUERY_VOUCHERS, TYPE_CODE, enterprise, filter.enterprise, filter.has_enterprise),
    QUERY(QUERY_VOUCHERS, TYPE_TEXT, measure, filter.measure),
    QUERY(QUERY_VOUCHERS, TYPE_TEXT, contract, filter.contract),
    QUERY(QUERY_VOUCHERS, TYPE_INT, state, filter.state),
    QUERY_IF(QUERY_VOUCHERS, TYPE_DAY, redeem_by, filter.redeem_by, filter.has_redeem_by),
    QUERY_PAGE(QUERY_VOUCHERS),
    QUERY_IF(QUERY_REFUSALS, TYPE_CODE, enterprise, enterprise, has_enterprise),
    QUERY_PAGE(QUERY_REFUSALS),
    QUERY_PAGE(QUERY_ENTRIES),
    QUERY(QUERY_EXPLAIN, TYPE_CODE, enterprise, enterprise),
    QUERY(QUERY_EXPLAIN, TYPE_TEXT, contract, contract),
    QUERY_IF(QUERY_EXPLAIN, TYPE_CODE, seller, seller, has_seller),
    QUERY(QUERY_EXPLAIN, TYPE_TEXT, measure, measure),
    QUERY(QUERY_EXPLAIN, TYPE_INT, year, year),
};

/* What is copied as it is must be as large on both sides; lists are a pointer and a number. */
#define SAME_SIZE(a, b) _Static_assert(sizeof(a) == sizeof(b), #a)
SAME_SIZE(struct money, int64_t);
SAME_SIZE(struct day, int32_t);
SAME_SIZE(int, int32_t);
SAME_SIZE(enum voucher_state, int32_t);
#define IS_LIST(first, count)                                                                      \
    _Static_assert(offsetof(struct voucher_command, count) ==                                      \
                       offsetof(struct voucher_command, first) + offsetof(struct list, n),         \
                   #count)
IS_LIST(file, file_size);
IS_LIST(traits, ntraits);
IS_LIST(attestations, nattestations);

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
                       struct add_enterprise *out)
{
    const struct voucher_trait *t = l->p;
    int rc = list_check(l, LIMIT_TRAITS, name, f);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < l->n; i++)
        out->traits[i] = (struct trait_span){.name = t[i].name,
                                             .from = DAY(t[i].from ? t[i].from : DAY_MIN),
                                             .to = DAY(t[i].to ? t[i].to : DAY_MAX)};
    out->ntraits = (int)l->n;
    return 0;
}

static int attestations_read(const struct list *l, const char *name, struct fault *f,
                             struct issue *out)
{
    const struct voucher_attestation *t = l->p;
    int rc = list_check(l, LIMIT_ATTESTATIONS, name, f);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < l->n; i++)
        out->attestations[i] = (struct attestation){.name = t[i].name, .document = t[i].document};
    out->nattestations = (int)l->n;
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
    default:
        memcpy(model, mine, sizes[m->type]);
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
        if (is_zero(p, sizes[m->type])) {
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
        memset(p, 0, sizes[m->type]);
    }
    for (size_t i = 0; i < n; i++) {
        const struct member *m = &members[i];
        if (is_zero((uint8_t *)mine + m->mine, sizes[m->type]))
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
    return members_read(of_commands, sizeof of_commands / sizeof *of_commands, mine.kind, where,
                        &mine, f, out);
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
    rc = members_read(of_queries, sizeof of_queries / sizeof *of_queries, mine.kind, "", &mine, f,
                      &q);
    if (rc == 0)
        *out = q;
    return rc;
}

/* ---- Back ---- */

/* Where the protocol calls a member otherwise; behind these the rest of its path is the same. */
static const struct {
    const char *theirs, *mine;
} names[] = {
    {"uscc", "enterprise"},     {"number", "contract"},
    {"as_of.day", "as_of_day"}, {"as_of.entry", "as_of_entry"},
    {"as_of", "as_of_day"},     {"from_day", "from"},
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
    if (command ? !is_member(of_commands, sizeof of_commands / sizeof *of_commands, text)
                : !is_member(of_queries, sizeof of_queries / sizeof *of_queries, text))
        return;
    if (command)
        snprintf(where, sizeof where, "commands[%zu].", row);
    snprintf(f->field, sizeof f->field, "%s%.*s", where, (int)(sizeof f->field - sizeof where),
             text);
}

static int traits_show(const struct add_enterprise *e, struct arena *a, struct list *out)
{
    size_t n = (size_t)e->ntraits;
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

static int attestations_show(const struct issue *s, struct arena *a, struct list *out)
{
    size_t n = (size_t)s->nattestations;
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
        if (((const struct add_enterprise *)model)->ntraits > 0)
            rc = traits_show(model, a, &l);
        break;
    case TYPE_ATTESTATIONS:
        if (((const struct issue *)model)->nattestations > 0)
            rc = attestations_show(model, a, &l);
        break;
    default:
        memcpy(mine, model, sizes[m->type]);
        return 0;
    }
    memcpy(mine, &l, sizeof l);
    return rc;
}

int command_show(const struct command *c, struct arena *a, struct voucher_command *out)
{
    *out = (struct voucher_command){.size = sizeof *out, .kind = (int)c->kind};
    memcpy(out->request_id, c->request_id, sizeof out->request_id);
    for (size_t i = 0; i < sizeof of_commands / sizeof *of_commands; i++) {
        const struct member *m = &of_commands[i];
        if (m->kind != (int)c->kind || (m->has && !((const uint8_t *)c)[m->has]))
            continue;
        int rc = member_show(m, (const uint8_t *)c + m->model, a, (uint8_t *)out + m->mine);
        if (rc < 0)
            return rc;
    }
    return 0;
}
