/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of issues and redemptions unpacked without protobuf-c: as protobuf-c would, or not. */
#include "plain_agrees.h"
#include "wire/fields.h"
#include "wire/frame.h"
#include "wire/message.h"

/* ---- Protobuf written by hand ---- */

struct bytes {
    uint8_t p[4096];
    size_t n;
};

static void add(struct bytes *b, const void *p, size_t n)
{
    assert_true(b->n + n <= sizeof b->p);
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static void add_varint(struct bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        add(b, &(uint8_t){(uint8_t)(v | 0x80)}, 1);
    add(b, &(uint8_t){(uint8_t)v}, 1);
}

static void number(struct bytes *b, unsigned field, uint64_t v)
{
    add_varint(b, field << 3 | WIRE_VARINT);
    add_varint(b, v);
}

static void piece(struct bytes *b, unsigned field, const void *p, size_t n)
{
    add_varint(b, field << 3 | WIRE_BYTES);
    add_varint(b, n);
    add(b, p, n);
}

static void text(struct bytes *b, unsigned field, const char *s)
{
    piece(b, field, s, strlen(s));
}

static const uint8_t id[] = "0123456789abcdef";

static struct bytes issue(void)
{
    struct bytes b = {.n = 0};
    text(&b, F_ISSUE_MEASURE, "1");
    text(&b, F_ISSUE_ENTERPRISE, BUYER);
    text(&b, F_ISSUE_CONTRACT, "HT-1");
    text(&b, F_ISSUE_SELLER, SELLER);
    number(&b, F_ISSUE_YEAR, 2025);
    number(&b, F_ISSUE_AMOUNT, 75000000);
    number(&b, F_ISSUE_RATE, 500000);
    return b;
}

static struct bytes redeem(void)
{
    struct bytes b = {.n = 0};
    number(&b, F_REDEEM_VOUCHER, 7);
    text(&b, F_REDEEM_INVOICE, "12345678901234567890");
    number(&b, F_REDEEM_DATED, 20000);
    number(&b, F_REDEEM_AMOUNT, 1234);
    return b;
}

/* An ask of a command of a kind. */
static struct bytes ask_of(unsigned kind, const struct bytes *command)
{
    struct bytes c = {.n = 0}, b = {.n = 0};
    piece(&c, kind, command->p, command->n);
    piece(&b, F_ASK_REQUEST_ID, id, REQUEST_ID);
    piece(&b, F_ASK_COMMAND, c.p, c.n);
    return b;
}

/* A message with one ask, and what comes behind it among the commands. */
static bool message_with(const struct bytes *ask, const struct bytes *behind)
{
    struct bytes c = {.n = 0}, q = {.n = 0}, m = {.n = 0};
    if (ask)
        piece(&c, F_COMMANDS_ASKS, ask->p, ask->n);
    if (behind)
        add(&c, behind->p, behind->n);
    number(&q, F_REQUEST_NUMBER, 9);
    piece(&q, VOUCHERD__REQUEST__KIND_COMMANDS, c.p, c.n);
    piece(&m, VOUCHERD__TO_DAEMON__KIND_REQUEST, q.p, q.n);
    return plain_agrees(SPAN(m.p, m.n));
}

static bool is_plain(unsigned kind, const struct bytes *command)
{
    struct bytes ask = ask_of(kind, command);
    return message_with(&ask, NULL);
}

#define ISSUE  VOUCHERD__COMMAND__KIND_ISSUE
#define REDEEM VOUCHERD__COMMAND__KIND_REDEEM

/* ---- ---- */

static void issues_and_redemptions(void **state)
{
    (void)state;
    struct bytes i = issue(), r = redeem(), none = {.n = 0};
    assert_true(is_plain(ISSUE, &i));
    assert_true(is_plain(REDEEM, &r));
    assert_true(is_plain(ISSUE, &none));
    assert_true(is_plain(REDEEM, &none));
    struct bytes odd = {.n = 0};
    text(&odd, F_ISSUE_CONTRACT, "");
    number(&odd, F_ISSUE_YEAR, UINT64_MAX);               /* -1 */
    number(&odd, F_ISSUE_AMOUNT, UINT64_C(1) << 63);      /* the least there is */
    number(&odd, F_ISSUE_RATE, UINT64_C(0x123456789abc)); /* more bits than it has */
    assert_true(is_plain(ISSUE, &odd));
    /* Any order, numbers longer than they need be. */
    struct bytes late = {.n = 0};
    add(&late,
        "\x30\x81\x80\x00\x0a\x81\x00"
        "1",
        8);
    assert_true(is_plain(ISSUE, &late));
    struct bytes flags = {.n = 0}, ask = ask_of(ISSUE, &i), another = ask_of(REDEEM, &r);
    number(&flags, F_COMMANDS_DRY_RUN, 2);
    piece(&flags, F_COMMANDS_ASKS, another.p, another.n);
    number(&flags, F_COMMANDS_ATOMIC, 1);
    assert_true(message_with(&ask, &flags));
}

/* What it finds in a command beside its own fields it leaves alone. */
static void other_fields_of_commands(void **state)
{
    (void)state;
    for (unsigned field = 1; field <= 20; field++) {
        for (unsigned type = 0; type <= 7; type++) {
            for (unsigned kind = ISSUE; kind <= REDEEM; kind++) {
                struct bytes b = kind == ISSUE ? issue() : redeem();
                add_varint(&b, field << 3 | type);
                add(&b, "\x08\0\0\0\0\0\0\0\0", 9); /* a number, or 8 bytes, ... */
                assert_false(is_plain(kind, &b));
            }
        }
    }
    struct bytes cut = issue();
    cut.n--;
    assert_false(is_plain(ISSUE, &cut));
}

/* Numbers longer than they may be, and those with bits that they have no room for: protobuf-c says
 * what they are. */
static void long_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
    } flags[] = {
        {"\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 11}, /* dry_run, by its last byte alone */
        {"\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7e", 11}, /* atomic */
        {"\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12},
        {"\x98\x80\x80\x80\x80\x00\x01", 7}, /* dry_run, its tag in six bytes */
        {"\x98\x80\x80\x80\x10\x01", 6},     /* field 2^29 + 3 */
    };
    struct bytes i = issue(), a = ask_of(ISSUE, &i);
    for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++) {
        struct bytes b = {.n = 0};
        add(&b, flags[k].bytes, flags[k].n);
        assert_false(message_with(&a, &b));
    }
    struct bytes good = {.n = 0};
    add(&good, "\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x90\x80\x80\x80\x00\x00", 17);
    assert_true(message_with(&a, &good));
    /* A command of field 2^32 + 6, which is not 6; a text whose length takes six bytes. */
    struct bytes ask = {.n = 0}, text = {.n = 0};
    piece(&ask, F_ASK_REQUEST_ID, id, REQUEST_ID);
    piece(&ask, F_ASK_COMMAND, "\xb2\x80\x80\x80\x80\x01\x00", 7);
    assert_false(message_with(&ask, NULL));
    add(&text,
        "\x0a\x81\x80\x80\x80\x80\x00"
        "1",
        8);
    assert_false(is_plain(ISSUE, &text));
}

/* What it takes is counted before it is taken, and given back. */
static void memory_of_many_asks(void **state)
{
    (void)state;
    static uint8_t m[3 * LIMIT_BATCH + 64];
    struct bytes head = {.n = 0}, q = {.n = 0};
    number(&q, F_REQUEST_NUMBER, 9);
    add_varint(&q, VOUCHERD__REQUEST__KIND_COMMANDS << 3 | WIRE_BYTES);
    add_varint(&q, 2 * LIMIT_BATCH);
    add_varint(&head, VOUCHERD__TO_DAEMON__KIND_REQUEST << 3 | WIRE_BYTES);
    add_varint(&head, q.n + 2 * LIMIT_BATCH);
    add(&head, q.p, q.n);
    memcpy(m, head.p, head.n);
    for (size_t i = 0; i < LIMIT_BATCH; i++)
        memcpy(m + head.n + 2 * i, "\x0a", 2); /* an ask of no bytes */
    const size_t n = head.n + 2 * LIMIT_BATCH;
    struct arena a = {0};
    struct reader r;
    reader_init(&r, &a, BUDGET_REQUEST, n, NULL);
    (void)arena_alloc(&a, 100);
    const size_t size = arena_size(&a);
    assert_null(plain_unpack(&r, SPAN(m, n)));
    assert_int_equal(arena_size(&a), size);
    arena_free(&a);
    assert_false(plain_agrees(SPAN(m, n)));
}

static void other_commands(void **state)
{
    (void)state;
    struct bytes none = {.n = 0}, i = issue(), r = redeem();
    for (unsigned kind = 0; kind < 40; kind++)
        assert_int_equal(is_plain(kind, &none), kind == ISSUE || kind == REDEEM);
    struct bytes two = {.n = 0}, ask = {.n = 0};
    piece(&two, ISSUE, i.p, i.n);
    piece(&two, REDEEM, r.p, r.n);
    piece(&ask, F_ASK_REQUEST_ID, id, REQUEST_ID);
    piece(&ask, F_ASK_COMMAND, two.p, two.n);
    assert_false(message_with(&ask, NULL));
}

static void asks_that_are_not_plain(void **state)
{
    (void)state;
    struct bytes i = issue(), c = {.n = 0}, a = ask_of(ISSUE, &i);
    assert_true(message_with(&a, NULL));
    piece(&c, ISSUE, i.p, i.n);
    struct bytes twice = a, unknown = a, no_id = {.n = 0}, short_id = {.n = 0},
                 no_command = {.n = 0};
    piece(&twice, F_ASK_REQUEST_ID, id, REQUEST_ID);
    assert_false(message_with(&twice, NULL));
    twice = a;
    piece(&twice, F_ASK_COMMAND, c.p, c.n);
    assert_false(message_with(&twice, NULL));
    number(&unknown, 3, 1);
    assert_false(message_with(&unknown, NULL));
    piece(&no_id, F_ASK_COMMAND, c.p, c.n);
    assert_false(message_with(&no_id, NULL));
    piece(&short_id, F_ASK_REQUEST_ID, id, REQUEST_ID - 1);
    piece(&short_id, F_ASK_COMMAND, c.p, c.n);
    assert_false(message_with(&short_id, NULL));
    piece(&no_command, F_ASK_REQUEST_ID, id, REQUEST_ID);
    assert_false(message_with(&no_command, NULL));
    assert_false(message_with(NULL, NULL));
    struct bytes flags = {.n = 0};
    number(&flags, F_COMMANDS_ATOMIC, 1);
    number(&flags, F_COMMANDS_ATOMIC, 0);
    assert_false(message_with(&a, &flags));
    struct bytes more = {.n = 0};
    number(&more, 4, 0);
    assert_false(message_with(&a, &more));
    struct bytes form = {.n = 0};
    number(&form, F_COMMANDS_ASKS, 0);
    assert_false(message_with(&a, &form));
}

/* Every request that a client writes, of each kind: plain or not, the same comes of it. */
static void what_clients_write(void **state)
{
    (void)state;
    for (int kind = COMMAND_NONE + 1; kind < COMMAND_COUNT; kind++) {
        struct command list[3];
        struct buf b = {0};
        struct request q = {.number = 1, .kind = REQUEST_COMMANDS, .n = 3, .commands = list};
        for (int i = 0; i < 3; i++) {
            list[i] = sample_command(i == 1 ? (enum command_kind)kind : COMMAND_ISSUE);
            list[i].request_id[0] = (uint8_t)i + 1;
            if (list[i].kind == COMMAND_ISSUE)
                list[i].issue = (struct issue){.measure = "1",
                                               .enterprise = code(BUYER),
                                               .has_amount = true,
                                               .amount = MONEY(1)};
        }
        if (kind == COMMAND_REDEEM)
            list[1].redeem.nattestations = 0;
        assert_int_equal(request_write(&q, &b), 0);
        assert_int_equal(plain_agrees(SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD)),
                         kind == COMMAND_ISSUE || kind == COMMAND_REDEEM);
        buf_free(&b);
    }
    struct buf b = {0};
    assert_int_equal(hello_write(&(struct hello){1, "x"}, &b), 0);
    assert_false(plain_agrees(SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD)));
    assert_false(plain_agrees(SPAN("", 0)));
    buf_free(&b);
}

/* Whatever byte is changed: what is plain is what protobuf-c makes of it. */
static void any_byte_changed(void **state)
{
    (void)state;
    struct bytes i = issue(), r = redeem(), a = ask_of(ISSUE, &i), c = {.n = 0}, q = {.n = 0},
                 m = {.n = 0}, b = ask_of(REDEEM, &r);
    piece(&c, F_COMMANDS_ASKS, a.p, a.n);
    piece(&c, F_COMMANDS_ASKS, b.p, b.n);
    number(&q, F_REQUEST_NUMBER, 9);
    piece(&q, VOUCHERD__REQUEST__KIND_COMMANDS, c.p, c.n);
    piece(&m, VOUCHERD__TO_DAEMON__KIND_REQUEST, q.p, q.n);
    unsigned plain = 0, all = 0;
    for (size_t at = 0; at < m.n; at++) {
        for (unsigned bit = 0; bit < 8; bit++, all++) {
            m.p[at] ^= (uint8_t)(1U << bit);
            plain += plain_agrees(SPAN(m.p, m.n));
            m.p[at] ^= (uint8_t)(1U << bit);
        }
        assert_false(plain_agrees(SPAN(m.p, at)));
    }
    assert_in_range(plain, 1, all - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issues_and_redemptions), cmocka_unit_test(other_fields_of_commands),
        cmocka_unit_test(other_commands),         cmocka_unit_test(long_numbers),
        cmocka_unit_test(memory_of_many_asks),    cmocka_unit_test(asks_that_are_not_plain),
        cmocka_unit_test(what_clients_write),     cmocka_unit_test(any_byte_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
