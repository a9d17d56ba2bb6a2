/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plain.h"

#include "wire/walk.h"

/* Within what unpacking may take. */
static void *take_room(struct reader *r, size_t n)
{
    return r->allocator.alloc(r, n);
}

/* The field's value; false where it has another form, or was given before. */
static bool take_text(struct reader *r, const struct walk_item *i, char **out)
{
    if (i->type != WIRE_BYTES || *out)
        return false;
    char *s = take_room(r, i->bytes.n + 1);
    if (!s)
        return false;
    memcpy(s, i->bytes.p, i->bytes.n);
    s[i->bytes.n] = 0;
    *out = s;
    return true;
}

static bool take_number(const struct walk_item *i, protobuf_c_boolean *has)
{
    if (i->type != WIRE_VARINT || *has)
        return false;
    *has = 1;
    return true;
}

/* Numbers of 32 bits are the low ones of those that are sent, as protobuf has it. */
static bool take_32(const struct walk_item *i, protobuf_c_boolean *has, int32_t *out)
{
    *out = (int32_t)(uint32_t)i->value;
    return take_number(i, has);
}

static bool take_64(const struct walk_item *i, protobuf_c_boolean *has, int64_t *out)
{
    *out = (int64_t)i->value;
    return take_number(i, has);
}

static bool take_issue(struct reader *r, const struct walk_item *i, Voucherd__Issue *out)
{
    switch (i->field) {
    case F_ISSUE_MEASURE:
        return take_text(r, i, &out->measure);
    case F_ISSUE_ENTERPRISE:
        return take_text(r, i, &out->enterprise);
    case F_ISSUE_CONTRACT:
        return take_text(r, i, &out->contract);
    case F_ISSUE_SELLER:
        return take_text(r, i, &out->seller);
    case F_ISSUE_YEAR:
        return take_32(i, &out->has_year, &out->year);
    case F_ISSUE_AMOUNT:
        return take_64(i, &out->has_amount, &out->amount);
    case F_ISSUE_RATE:
        out->rate = (uint32_t)i->value;
        return take_number(i, &out->has_rate);
    default:
        return false;
    }
}

static bool take_redeem(struct reader *r, const struct walk_item *i, Voucherd__Redeem *out)
{
    switch (i->field) {
    case F_REDEEM_VOUCHER:
        out->voucher = i->value;
        return take_number(i, &out->has_voucher);
    case F_REDEEM_INVOICE:
        return take_text(r, i, &out->invoice);
    case F_REDEEM_DATED:
        return take_32(i, &out->has_dated, &out->dated);
    case F_REDEEM_AMOUNT:
        return take_64(i, &out->has_amount, &out->amount);
    default:
        return false;
    }
}

/* One command, and the room for all that it takes. */
struct plain_ask {
    Voucherd__Ask ask;
    Voucherd__Command command;
    union {
        Voucherd__Issue issue;
        Voucherd__Redeem redeem;
    };
};

static bool take_command(struct reader *r, struct span s, struct plain_ask *out)
{
    struct walk_item c, i;
    bool bad = false;
    if (!walk_next(&s, &c, &bad) || c.type != WIRE_BYTES || s.n > 0)
        return false;
    s = c.bytes;
    voucherd__command__init(&out->command);
    out->command.kind_case = (Voucherd__Command__KindCase)c.field;
    switch (out->command.kind_case) {
    case VOUCHERD__COMMAND__KIND_ISSUE:
        voucherd__issue__init(&out->issue);
        out->command.issue = &out->issue;
        while (!bad && walk_next(&s, &i, &bad))
            bad = bad || !take_issue(r, &i, &out->issue);
        return !bad;
    case VOUCHERD__COMMAND__KIND_REDEEM:
        voucherd__redeem__init(&out->redeem);
        out->command.redeem = &out->redeem;
        while (!bad && walk_next(&s, &i, &bad))
            bad = bad || !take_redeem(r, &i, &out->redeem);
        return !bad;
    default:
        return false;
    }
}

/* With both an id and a command. */
static bool take_ask(struct reader *r, struct span s, struct plain_ask *out)
{
    struct walk_item i;
    bool bad = false;
    voucherd__ask__init(&out->ask);
    while (!bad && walk_next(&s, &i, &bad)) {
        if (i.field == F_ASK_REQUEST_ID && i.type == WIRE_BYTES && i.bytes.n == REQUEST_ID &&
            !out->ask.has_request_id) {
            PACK_SET(&out->ask, request_id, pack_bytes(i.bytes.p, i.bytes.n));
        } else if (i.field == F_ASK_COMMAND && i.type == WIRE_BYTES && !out->ask.command) {
            out->ask.command = &out->command;
            bad = !take_command(r, i.bytes, out);
        } else {
            bad = true;
        }
    }
    return !bad && out->ask.has_request_id && out->ask.command;
}

static bool take_asks(struct reader *r, struct span s, Voucherd__Commands *out)
{
    struct span walk = s;
    struct walk_item i;
    bool bad = false;
    size_t n = 0;
    while (!bad && walk_next(&walk, &i, &bad))
        n += i.field == F_COMMANDS_ASKS;
    if (bad || n == 0 || n > LIMIT_BATCH)
        return false;
    struct plain_ask *asks = take_room(r, n * sizeof *asks);
    out->asks = take_room(r, n * sizeof *out->asks);
    if (!asks || !out->asks)
        return false;
    while (!bad && walk_next(&s, &i, &bad)) {
        if (i.field == F_COMMANDS_ASKS && i.type == WIRE_BYTES) {
            struct plain_ask *a = &asks[out->n_asks];
            bad = !take_ask(r, i.bytes, a);
            out->asks[out->n_asks++] = &a->ask;
        } else if (i.field == F_COMMANDS_ATOMIC) {
            out->atomic = i.value != 0;
            bad = !take_number(&i, &out->has_atomic);
        } else if (i.field == F_COMMANDS_DRY_RUN) {
            out->dry_run = i.value != 0;
            bad = !take_number(&i, &out->has_dry_run);
        } else {
            bad = true;
        }
    }
    return !bad;
}

static bool take_request(struct reader *r, struct span s, Voucherd__Request *out)
{
    struct walk_item i;
    bool bad = false;
    while (!bad && walk_next(&s, &i, &bad)) {
        if (i.field == F_REQUEST_NUMBER) {
            out->number = i.value;
            bad = !take_number(&i, &out->has_number);
        } else if (i.field == VOUCHERD__REQUEST__KIND_COMMANDS && i.type == WIRE_BYTES &&
                   out->kind_case == VOUCHERD__REQUEST__KIND__NOT_SET) {
            out->kind_case = VOUCHERD__REQUEST__KIND_COMMANDS;
            out->commands = take_room(r, sizeof *out->commands);
            if (!out->commands)
                return false;
            voucherd__commands__init(out->commands);
            bad = !take_asks(r, i.bytes, out->commands);
        } else {
            bad = true;
        }
    }
    return !bad && out->kind_case == VOUCHERD__REQUEST__KIND_COMMANDS;
}

Voucherd__ToDaemon *plain_unpack(struct reader *r, struct span message)
{
    const struct arena arena = *r->arena;
    const size_t left = r->left;
    struct span s;
    if (!walk_only(message, VOUCHERD__TO_DAEMON__KIND_REQUEST, &s))
        return NULL;
    Voucherd__ToDaemon *m = take_room(r, sizeof *m);
    Voucherd__Request *q = take_room(r, sizeof *q);
    if (m && q) {
        voucherd__to_daemon__init(m);
        voucherd__request__init(q);
        m->kind_case = VOUCHERD__TO_DAEMON__KIND_REQUEST;
        m->request = q;
        if (take_request(r, s, q))
            return m;
    }
    arena_back(r->arena, &arena);
    r->left = left;
    r->rc = 0; /* protobuf-c meets it too, and says what it was */
    return NULL;
}
