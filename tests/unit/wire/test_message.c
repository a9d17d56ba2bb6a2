/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"
#include "wire/frame.h"
#include "wire/message.h"

static char long_text[700];

/* Reads a written frame: its length is that of the message. */
static int read_frame(const struct buf *b, struct arena *a, struct fault *f, struct to_daemon *out)
{
    uint32_t n;
    assert_true(b->n > FRAME_HEAD);
    assert_int_equal(frame_length(b->p, LIMIT_FRAME, NULL, &n), 0);
    assert_int_equal(n, b->n - FRAME_HEAD);
    return to_daemon_read(SPAN(b->p + FRAME_HEAD, n), a, f, out);
}

/* Writes, reads, writes again: the same bytes. */
static void request_trip(const struct request *q, struct arena *a, struct request *out)
{
    struct buf first = {0}, second = {0};
    struct to_daemon t;
    struct fault f = {0};
    assert_int_equal(request_write(q, &first), 0);
    int rc = read_frame(&first, a, &f, &t);
    if (rc)
        print_message("%s: %s: %s\n", f.field, f.value, f.expected);
    assert_int_equal(rc, 0);
    assert_int_equal(t.kind, TO_DAEMON_REQUEST);
    assert_true(t.request.number == q->number);
    assert_int_equal(t.request.kind, q->kind);
    assert_null(t.request.faults);
    assert_int_equal(request_write(&t.request, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    buf_free(&first);
    buf_free(&second);
    *out = t.request;
}

static void test_hello(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf b = {0};
    struct fault f;
    struct to_daemon t;
    assert_int_equal(hello_write(&(struct hello){1, "voucher-import"}, &b), 0);
    assert_int_equal(read_frame(&b, &a, &f, &t), 0);
    assert_int_equal(t.kind, TO_DAEMON_HELLO);
    assert_int_equal(t.hello.version, 1);
    assert_string_equal(t.hello.program, "voucher-import");
    b.n = 0;
    assert_int_equal(hello_write(&(struct hello){2, "voucher-import"}, &b), 0);
    assert_int_equal(read_frame(&b, &a, &f, &t), ERR_INVALID);
    assert_string_equal(f.field, "hello.version");
    assert_string_equal(f.value, "2");
    assert_string_equal(f.expected, "version 1 of the protocol");
    assert_true(t.request.number == 0);
    b.n = 0;
    assert_int_equal(hello_write(&(struct hello){1, NULL}, &b), 0);
    assert_int_equal(read_frame(&b, &a, &f, &t), ERR_INVALID);
    assert_string_equal(f.field, "hello.program");
    buf_free(&b);
    arena_free(&a);
}

static void test_every_command_comes_back(void **state)
{
    (void)state;
    struct arena a = {0};
    struct command list[COMMAND_COUNT - 2];
    struct request q = {.number = UINT64_MAX,
                        .kind = REQUEST_COMMANDS,
                        .atomic = true,
                        .dry_run = true,
                        .n = COMMAND_COUNT - 2,
                        .commands = list};
    struct request out;
    for (uint32_t i = 0; i < q.n; i++) {
        list[i] = sample_command((enum command_kind)(COMMAND_ADOPT_POLICY + (int)i));
        list[i].request_id[15] = (uint8_t)(200 - i); /* not in order */
    }
    request_trip(&q, &a, &out);
    assert_true(out.atomic && out.dry_run);
    assert_int_equal(out.n, COMMAND_COUNT - 2);
    for (uint32_t i = 0; i < q.n; i++)
        command_same(&list[i], &out.commands[i]);
    arena_free(&a);
}

static void query_same(const struct query *a, const struct query *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->as_of.has_day, b->as_of.has_day);
    SAME_DAY(a->as_of.day, b->as_of.day);
    assert_true(a->as_of.entry == b->as_of.entry);
    SAME_CODE(a->enterprise, b->enterprise);
    assert_true(a->voucher == b->voucher && a->after == b->after && a->count == b->count);
    assert_int_equal(a->wait_ms, b->wait_ms);
    assert_int_equal(a->filter.has_enterprise, b->filter.has_enterprise);
    SAME_CODE(a->filter.enterprise, b->filter.enterprise);
    assert_int_equal(a->filter.state, b->filter.state);
    assert_int_equal(a->filter.has_redeem_by, b->filter.has_redeem_by);
    SAME_DAY(a->filter.redeem_by, b->filter.redeem_by);
    assert_int_equal(a->has_enterprise, b->has_enterprise);
    assert_int_equal(a->has_seller, b->has_seller);
    SAME_CODE(a->seller, b->seller);
    assert_int_equal(a->year, b->year);
    const char *x[] = {a->filter.measure, a->filter.contract, a->measure, a->contract};
    const char *y[] = {b->filter.measure, b->filter.contract, b->measure, b->contract};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(x[i] == NULL, y[i] == NULL);
        if (x[i])
            assert_string_equal(x[i], y[i]);
    }
}

static void test_every_query_comes_back(void **state)
{
    (void)state;
    const struct query queries[] = {
        {.kind = QUERY_FUNDS},
        {.kind = QUERY_FUNDS, .as_of = {.has_day = true, .day = DAY(0)}},
        {.kind = QUERY_ENTERPRISE, .enterprise = code(BUYER), .as_of = {.entry = 9}},
        {.kind = QUERY_VOUCHER, .voucher = 7, .as_of = {.has_day = true, .day = DAY(-5)}},
        {.kind = QUERY_VOUCHERS},
        {.kind = QUERY_VOUCHERS,
         .filter = {.has_enterprise = true,
                    .enterprise = code(BUYER),
                    .measure = "3A",
                    .contract = "HT-1",
                    .state = VOUCHER_LAPSED,
                    .has_redeem_by = true,
                    .redeem_by = DAY(0)},
         .after = 12,
         .count = 1000},
        {.kind = QUERY_REFUSALS},
        {.kind = QUERY_REFUSALS,
         .has_enterprise = true,
         .enterprise = code(THIRD),
         .after = 3,
         .count = 1},
        {.kind = QUERY_ENTRIES, .after = UINT64_MAX, .count = 5},
        {.kind = QUERY_ENTRIES, .after = 1, .wait_ms = LIMIT_WAIT_MS},
        {.kind = QUERY_EXPLAIN, .enterprise = code(BUYER), .contract = "HT-1"},
        {.kind = QUERY_EXPLAIN,
         .enterprise = code(BUYER),
         .contract = "HT-1",
         .has_seller = true,
         .seller = code(SELLER),
         .measure = "2",
         .year = 2026},
        {.kind = QUERY_STATUS},
    };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        struct arena a = {0};
        struct request q = {.number = i + 1, .kind = REQUEST_QUERY, .query = queries[i]}, out;
        request_trip(&q, &a, &out);
        query_same(&queries[i], &out.query);
        arena_free(&a);
    }
}

static void test_clock_comes_back(void **state)
{
    (void)state;
    struct arena a = {0};
    struct request out, q = {.number = 1, .kind = REQUEST_SET_CLOCK, .clock = INSTANT(-1)};
    request_trip(&q, &a, &out);
    assert_int_equal(out.clock.us, -1);
    arena_free(&a);
}

/* ---- What is wrong with one command ---- */

struct piece {
    uint32_t tag; /* 0: none */
    const char *text;
    size_t n;
    int64_t number; /* without a text */
};

#define TEXT(tag, s)                                                                               \
    {                                                                                              \
        (tag), (s), sizeof(s) - 1, 0                                                               \
    }
#define LONG(tag, n)                                                                               \
    {                                                                                              \
        (tag), long_text, (n), 0                                                                   \
    }
#define NUMBER(tag, v)                                                                             \
    {                                                                                              \
        (tag), NULL, 0, (v)                                                                        \
    }

static void piece_put(struct buf *b, const struct piece *p)
{
    if (p->text)
        pb_bytes(b, p->tag, p->text, p->n);
    else
        pb_number(b, p->tag, p->number);
}

#define PIECES 6
/* Each command as it may be. */
static const struct piece right[COMMAND_COUNT][PIECES] = {
    [COMMAND_ADOPT_POLICY] = {TEXT(1, "file")},
    [COMMAND_APPROPRIATE] = {TEXT(1, "1"), NUMBER(2, 2025), TEXT(3, "city"), NUMBER(4, 1),
                             TEXT(5, "D-1")},
    [COMMAND_ADD_ENTERPRISE] = {TEXT(1, BUYER), TEXT(2, "name"), TEXT(3, "350602"),
                                TEXT(4, "\012\002ai")},
    [COMMAND_ADD_CONTRACT] = {TEXT(1, "HT"), TEXT(2, SELLER), TEXT(3, BUYER), NUMBER(4, 1),
                              NUMBER(5, 0)},
    [COMMAND_ISSUE] = {TEXT(1, "1"), TEXT(2, BUYER), TEXT(3, "HT"), TEXT(7, "\012\001a\022\003D-1"),
                       TEXT(8, "\012\001f\022\0017")},
    [COMMAND_REDEEM] = {NUMBER(1, 1), TEXT(2, "1234567890-12345678"), NUMBER(3, 20000),
                        NUMBER(4, 1)},
    [COMMAND_VOID] = {NUMBER(1, 1), TEXT(2, "reason")},
    [COMMAND_ADD_OUTSIDE] = {TEXT(1, SELLER), TEXT(2, "HT"), NUMBER(3, 1), TEXT(4, "D-1")},
    [COMMAND_LAPSE] = {NUMBER(1, 20000)},
    [COMMAND_AMEND_ENTERPRISE] = {TEXT(1, BUYER), TEXT(2, "350603"), TEXT(5, "D-1")},
    [COMMAND_RAISE_CEILING] = {TEXT(1, BUYER), TEXT(2, "1"), TEXT(3, "every"), NUMBER(4, 1),
                               TEXT(5, "D-1")},
    [COMMAND_WITHDRAW] = {NUMBER(1, 1), TEXT(2, "reason")},
    [COMMAND_CLOSE_ROUND] = {TEXT(1, "R"), NUMBER(2, 2026)},
    [COMMAND_PAY] = {NUMBER(1, 7), TEXT(3, "D-1")},
    [COMMAND_BANK_RETURN] = {NUMBER(1, 7), TEXT(2, "D-1")},
};

/* One ask, as field 1 of Commands: the right pieces but for those of the given tag, which is left
 * out, or (list fields) the piece added. */
static void ask_put(struct buf *asks, enum command_kind kind, const struct piece *p, bool leave_out,
                    uint8_t id)
{
    struct buf b = {0}, ask = {0};
    uint8_t request_id[16] = {id};
    bool list =
        (kind == COMMAND_ADD_ENTERPRISE && p->tag == 4) || (kind == COMMAND_ISSUE && p->tag >= 7);
    for (int i = 0; i < PIECES && right[kind][i].tag; i++)
        if (right[kind][i].tag != p->tag || list)
            piece_put(&b, &right[kind][i]);
    if (!leave_out && p->tag)
        piece_put(&b, p);
    pb_wrap(&b, (uint32_t)kind);
    pb_bytes(&ask, 1, request_id, 16);
    pb_bytes(&ask, 2, b.p, b.n);
    pb_bytes(asks, 1, ask.p, ask.n);
    buf_free(&b);
    buf_free(&ask);
}

/* Commands of request 5 as a message. */
static int commands_read(struct buf *asks, struct arena *a, struct fault *f, struct to_daemon *t)
{
    struct buf q = {0};
    pb_number(&q, 1, 5);
    pb_bytes(&q, 2, asks->p, asks->n);
    pb_wrap(&q, 2);
    int rc = to_daemon_read(SPAN(q.p, q.n), a, f, t);
    buf_free(&q);
    buf_free(asks);
    return rc;
}

struct wrong {
    enum command_kind kind;
    struct piece piece;
    const char *field, *value, *expected; /* expected: a part of it */
};

static const struct wrong wrongs[] = {
    {COMMAND_ADOPT_POLICY, TEXT(1, ""), "adopt_policy.file", "0 bytes", "1 to 1048576 bytes"},
    {COMMAND_APPROPRIATE, LONG(1, 16), "appropriate.measure", "aaaaaaaaaaaaaaaa", "1 to 15 bytes"},
    {COMMAND_APPROPRIATE, NUMBER(2, 1899), "appropriate.year", "1899", "between 1900 and 2199"},
    {COMMAND_APPROPRIATE, NUMBER(2, 2200), "appropriate.year", "2200", "between 1900 and 2199"},
    {COMMAND_APPROPRIATE, LONG(3, 48), "appropriate.source", NULL, "1 to 47 bytes"},
    {COMMAND_APPROPRIATE, NUMBER(4, 0), "appropriate.amount", "0 fen", "at least 1 fen"},
    {COMMAND_APPROPRIATE, NUMBER(4, -1), "appropriate.amount", "-1 fen", "at least 1 fen"},
    {COMMAND_APPROPRIATE, NUMBER(4, INT64_C(900000000000001)), "appropriate.amount",
     "900000000000001 fen", "9,000,000,000,000.00"},
    {COMMAND_APPROPRIATE, LONG(5, 601), "appropriate.document", NULL, "1 to 600 bytes"},
    {COMMAND_APPROPRIATE, TEXT(5, "a\0b"), "appropriate.document", "a\\x00b", "1 to 600 bytes"},
    {COMMAND_APPROPRIATE, TEXT(5, "ab\0"), "appropriate.document", "ab\\x00", "1 to 600 bytes"},
    {COMMAND_APPROPRIATE, TEXT(5, "a\nb"), "appropriate.document", "a\\x0ab", "on one line"},
    {COMMAND_APPROPRIATE, TEXT(99, "x"), "appropriate", "field 99", "fields that this version"},
    {COMMAND_ADD_ENTERPRISE, TEXT(1, "91350602ma000tx06e"), "add_enterprise.uscc",
     "91350602ma000tx06e", "upper-case"},
    {COMMAND_ADD_ENTERPRISE, TEXT(1, "91350602MA000TX06F"), "add_enterprise.uscc",
     "91350602MA000TX06F", "check character"},
    {COMMAND_ADD_ENTERPRISE, TEXT(1, BUYER "\0"), "add_enterprise.uscc", BUYER "\\x00", "19 bytes"},
    {COMMAND_ADD_ENTERPRISE, TEXT(2, "\xff"), "add_enterprise.name", "\\xff", "UTF-8"},
    {COMMAND_ADD_ENTERPRISE, TEXT(3, " x"), "add_enterprise.area", " x", "without blanks"},
    {COMMAND_ADD_ENTERPRISE, TEXT(4, "\012\002ai"), "add_enterprise.traits[1].name", "ai",
     "traits[0]"},
    {COMMAND_ADD_ENTERPRISE, TEXT(4, "\012\001b\020\002\030\001"),
     "add_enterprise.traits[1].to_day", "1970-01-02", "1970-01-03"},
    {COMMAND_ADD_ENTERPRISE, TEXT(4, "\012\001b\020\200\200\010"),
     "add_enterprise.traits[1].from_day", "131072", "2199-12-31"},
    {COMMAND_ADD_ENTERPRISE, TEXT(4, "\012\001b\040\001"), "add_enterprise.traits[1]", "field 4",
     "newer"},
    {COMMAND_ADD_ENTERPRISE, TEXT(4, "\012\003b\0c"), "add_enterprise.traits[1].name", "b\\x00c",
     "1 to 47 bytes"},
    {COMMAND_ADD_CONTRACT, LONG(1, 65), "add_contract.number", NULL, "1 to 64 bytes"},
    {COMMAND_ADD_CONTRACT, TEXT(2, ""), "add_contract.seller", "", "18 characters"},
    {COMMAND_ADD_CONTRACT, TEXT(3, "x"), "add_contract.buyer", "x", "18 characters"},
    {COMMAND_ADD_CONTRACT, NUMBER(5, DAY_MAX + 1), "add_contract.signed_on", "84006", "2199-12-31"},
    {COMMAND_ISSUE, TEXT(1, ""), "issue.measure", "", "1 to 15 bytes"},
    {COMMAND_ISSUE, TEXT(2, "91350100M000100Y4Z"), "issue.enterprise", "91350100M000100Y4Z",
     "I O S"},
    {COMMAND_ISSUE, TEXT(3, "a\0b"), "issue.contract", "a\\x00b", "1 to 64 bytes"},
    {COMMAND_ISSUE, TEXT(4, ""), "issue.seller", "", "18 characters"},
    {COMMAND_ISSUE, NUMBER(5, 0), "issue.year", "0", "between 1900 and 2199"},
    {COMMAND_ISSUE, NUMBER(6, 0), "issue.amount", "0 fen", "at least 1 fen"},
    {COMMAND_ISSUE, TEXT(7, "\012\001a\022\001x"), "issue.attestations[1].name", "a",
     "attestations[0]"},
    {COMMAND_ISSUE, TEXT(7, "\012\001b"), "issue.attestations[1].document", "", "must be given"},
    {COMMAND_ISSUE, TEXT(7, ""), "issue.attestations[1].name", "", "must be given"},
    {COMMAND_ISSUE, NUMBER(11, 1), "issue", "field 11", "newer"},
    {COMMAND_ISSUE, TEXT(8, "\012\001f\022\0018"), "issue.facts[1].name", "f", "facts[0]"},
    {COMMAND_ISSUE, TEXT(8, "\012\001g"), "issue.facts[1].value", "", "must be given"},
    {COMMAND_ISSUE, TEXT(8, "\012\001g\022\002 x"), "issue.facts[1].value", " x", "1 to 128 bytes"},
    {COMMAND_ISSUE, TEXT(8, ""), "issue.facts[1].name", "", "must be given"},
    {COMMAND_ISSUE, TEXT(8, "\030\001"), "issue.facts[1]", "field 3", "newer"},
    {COMMAND_ISSUE, NUMBER(9, 0), "issue.rate", "0", "1 to 1000000"},
    {COMMAND_ISSUE, NUMBER(9, 1000001), "issue.rate", "1000001", "at most 1000000"},
    {COMMAND_ISSUE, TEXT(10, "\012\001f\022\001t\032\001n"), "issue.person.field", "f", "facts[0]"},
    {COMMAND_ISSUE, TEXT(10, "\012\001p\022\001t"), "issue.person.number", "", "on the paper"},
    {COMMAND_ISSUE, TEXT(10, "\012\001p\032\001n"), "issue.person.type", "", "must be given"},
    {COMMAND_ISSUE, TEXT(10, "\022\001t\032\001n"), "issue.person.field", "", "must be given"},
    /* The number of a paper is shown to nobody. */
    {COMMAND_ISSUE, TEXT(10, "\012\001p\022\001t\032\0031\n2"), "issue.person.number", "",
     "1 to 64 bytes"},
    {COMMAND_ISSUE, TEXT(10, "\012\001p\022\001t\032\00312\0"), "issue.person.number", "",
     "1 to 64 bytes"},
    {COMMAND_REDEEM, NUMBER(1, 0), "redeem.voucher", "0", "a number from 1"},
    {COMMAND_REDEEM, TEXT(2, "1234567890123456789"), "redeem.invoice", "1234567890123456789",
     "20 digits"},
    {COMMAND_REDEEM, NUMBER(3, DAY_MIN - 1), "redeem.dated", "-25568", "1900-01-01"},
    {COMMAND_REDEEM, NUMBER(4, 0), "redeem.amount", "0 fen", "at least 1 fen"},
    {COMMAND_REDEEM, TEXT(5, "\012\001a"), "redeem.attestations[0].document", "", "must be given"},
    {COMMAND_VOID, NUMBER(1, 0), "void_voucher.voucher", "0", "a number from 1"},
    {COMMAND_VOID, LONG(2, 601), "void_voucher.reason", NULL, "1 to 600 bytes"},
    {COMMAND_ADD_OUTSIDE, TEXT(1, "y"), "add_outside.seller", "y", "18 characters"},
    {COMMAND_ADD_OUTSIDE, LONG(2, 65), "add_outside.contract", NULL, "1 to 64 bytes"},
    {COMMAND_ADD_OUTSIDE, NUMBER(3, INT64_MIN), "add_outside.amount", "-9223372036854775808 fen",
     "at least 1 fen"},
    {COMMAND_ADD_OUTSIDE, TEXT(4, "\t"), "add_outside.document", "\\x09", "1 to 600 bytes"},
    {COMMAND_ADD_OUTSIDE, TEXT(5, "1"), "add_outside.measure", "1", "either a contract"},
    {COMMAND_ADD_OUTSIDE, TEXT(6, "\012\001g\022\001x"), "add_outside.facts", "", "with a measure"},
    {COMMAND_ADD_ENTERPRISE, LONG(5, 48), "add_enterprise.related", NULL, "1 to 47 bytes"},
    {COMMAND_AMEND_ENTERPRISE, TEXT(1, "x"), "amend_enterprise.uscc", "x", "18 characters"},
    {COMMAND_AMEND_ENTERPRISE, TEXT(2, ""), "amend_enterprise.area", "", "1 to 47 bytes"},
    {COMMAND_AMEND_ENTERPRISE, LONG(3, 48), "amend_enterprise.related", NULL, "1 to 47 bytes"},
    {COMMAND_AMEND_ENTERPRISE, TEXT(4, ""), "amend_enterprise.traits[0].name", "", "must be given"},
    {COMMAND_RAISE_CEILING, TEXT(1, "x"), "raise_ceiling.enterprise", "x", "18 characters"},
    {COMMAND_RAISE_CEILING, LONG(3, 48), "raise_ceiling.ceiling", NULL, "1 to 47 bytes"},
    {COMMAND_RAISE_CEILING, NUMBER(4, 0), "raise_ceiling.limit", "0 fen", "at least 1 fen"},
    {COMMAND_WITHDRAW, NUMBER(1, 0), "withdraw.entry", "0", "a number from 1"},
    {COMMAND_WITHDRAW, LONG(2, 601), "withdraw.reason", NULL, "1 to 600 bytes"},
    {COMMAND_PAY, NUMBER(1, 0), "pay.vouchers", "0", "a number from 1"},
    {COMMAND_PAY, TEXT(2, "x"), "pay.payee", "x", "18 characters"},
    {COMMAND_PAY, LONG(3, 601), "pay.document", NULL, "1 to 600 bytes"},
    {COMMAND_BANK_RETURN, LONG(2, 601), "bank_return.document", NULL, "1 to 600 bytes"},
    {COMMAND_CLOSE_ROUND, LONG(1, 16), "close_round.measure", NULL, "1 to 15 bytes"},
    {COMMAND_CLOSE_ROUND, NUMBER(2, 1899), "close_round.year", "1899", "1900"},
    {COMMAND_APPROPRIATE, LONG(6, 48), "appropriate.area", NULL, "1 to 47 bytes"},
    {COMMAND_LAPSE, NUMBER(1, DAY_MAX + 1), "lapse.day", "84006", "2199-12-31"},
    {COMMAND_LAPSE, NUMBER(2, 1), "lapse", "field 2", "newer"},
};

static void test_every_wrong_value_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        const struct wrong *w = &wrongs[i];
        struct arena a = {0};
        struct buf asks = {0};
        struct to_daemon t;
        struct fault f;
        ask_put(&asks, w->kind, &(struct piece){0}, false, 1);
        ask_put(&asks, w->kind, &w->piece, false, 2);
        ask_put(&asks, w->kind, &(struct piece){0}, false, 3);
        assert_int_equal(commands_read(&asks, &a, &f, &t), 0);
        assert_int_equal(t.request.n, 3);
        assert_non_null(t.request.faults);
        assert_null(t.request.faults[0]);
        assert_null(t.request.faults[2]);
        assert_int_equal(t.request.commands[0].kind, w->kind);
        assert_int_equal(t.request.commands[1].kind, COMMAND_NONE);
        assert_int_equal(t.request.commands[1].request_id[0], 2);
        const struct fault *told = t.request.faults[1];
        assert_non_null(told);
        assert_string_equal(told->field, w->field);
        if (w->value)
            assert_string_equal(told->value, w->value);
        if (!strstr(told->expected, w->expected))
            fail_msg("%s: %s", told->field, told->expected);
        arena_free(&a);
    }
}

static void test_every_missing_field_is_told(void **state)
{
    (void)state;
    const struct {
        enum command_kind kind;
        uint32_t tag;
        const char *field;
    } missing[] = {
        {COMMAND_APPROPRIATE, 1, "appropriate.measure"},
        {COMMAND_APPROPRIATE, 2, "appropriate.year"},
        {COMMAND_APPROPRIATE, 3, "appropriate.source"},
        {COMMAND_APPROPRIATE, 4, "appropriate.amount"},
        {COMMAND_APPROPRIATE, 5, "appropriate.document"},
        {COMMAND_ADOPT_POLICY, 1, "adopt_policy.file"},
        {COMMAND_ADD_ENTERPRISE, 1, "add_enterprise.uscc"},
        {COMMAND_ADD_ENTERPRISE, 2, "add_enterprise.name"},
        {COMMAND_ADD_ENTERPRISE, 3, "add_enterprise.area"},
        {COMMAND_ADD_CONTRACT, 1, "add_contract.number"},
        {COMMAND_ADD_CONTRACT, 2, "add_contract.seller"},
        {COMMAND_ADD_CONTRACT, 3, "add_contract.buyer"},
        {COMMAND_ADD_CONTRACT, 4, "add_contract.amount"},
        {COMMAND_ADD_CONTRACT, 5, "add_contract.signed_on"},
        {COMMAND_ISSUE, 1, "issue.measure"},
        {COMMAND_ISSUE, 2, "issue.enterprise"},
        {COMMAND_REDEEM, 1, "redeem.voucher"},
        {COMMAND_REDEEM, 2, "redeem.invoice"},
        {COMMAND_REDEEM, 3, "redeem.dated"},
        {COMMAND_REDEEM, 4, "redeem.amount"},
        {COMMAND_VOID, 1, "void_voucher.voucher"},
        {COMMAND_VOID, 2, "void_voucher.reason"},
        {COMMAND_ADD_OUTSIDE, 1, "add_outside.seller"},
        {COMMAND_ADD_OUTSIDE, 2, "add_outside.contract"},
        {COMMAND_ADD_OUTSIDE, 3, "add_outside.amount"},
        {COMMAND_ADD_OUTSIDE, 4, "add_outside.document"},
        {COMMAND_AMEND_ENTERPRISE, 1, "amend_enterprise.uscc"},
        {COMMAND_AMEND_ENTERPRISE, 2, "amend_enterprise"}, /* nothing changes */
        {COMMAND_AMEND_ENTERPRISE, 5, "amend_enterprise.document"},
        {COMMAND_RAISE_CEILING, 1, "raise_ceiling.enterprise"},
        {COMMAND_RAISE_CEILING, 2, "raise_ceiling.measure"},
        {COMMAND_RAISE_CEILING, 3, "raise_ceiling.ceiling"},
        {COMMAND_RAISE_CEILING, 4, "raise_ceiling.limit"},
        {COMMAND_RAISE_CEILING, 5, "raise_ceiling.document"},
        {COMMAND_WITHDRAW, 1, "withdraw.entry"},
        {COMMAND_WITHDRAW, 2, "withdraw.reason"},
        {COMMAND_CLOSE_ROUND, 1, "close_round.measure"},
        {COMMAND_PAY, 1, "pay.vouchers"},
        {COMMAND_PAY, 3, "pay.document"},
        {COMMAND_BANK_RETURN, 1, "bank_return.vouchers"},
        {COMMAND_BANK_RETURN, 2, "bank_return.document"},
    };
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        struct arena a = {0};
        struct buf asks = {0};
        struct to_daemon t;
        struct fault f;
        ask_put(&asks, missing[i].kind, &(struct piece){.tag = missing[i].tag}, true, 1);
        assert_int_equal(commands_read(&asks, &a, &f, &t), 0);
        assert_non_null(t.request.faults);
        assert_string_equal(t.request.faults[0]->field, missing[i].field);
        arena_free(&a);
    }
}

static void test_lists_above_their_limit_are_told(void **state)
{
    (void)state;
    const struct {
        enum command_kind kind;
        uint32_t tag;
        const char *field;
    } lists[] = {{COMMAND_ADD_ENTERPRISE, 4, "add_enterprise.traits"},
                 {COMMAND_ISSUE, 7, "issue.attestations"},
                 {COMMAND_ISSUE, 8, "issue.facts"},
                 {COMMAND_AMEND_ENTERPRISE, 4, "amend_enterprise.traits"}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct arena a = {0};
        struct buf b = {0}, asks = {0};
        struct to_daemon t;
        struct fault f;
        for (int j = 0; j < 3; j++)
            piece_put(&b, &right[lists[i].kind][j]);
        for (int n = 0; n < 17; n++)
            pb_bytes(&b, lists[i].tag, "", 0);
        pb_wrap(&b, (uint32_t)lists[i].kind);
        pb_wrap(&b, 2);
        pb_bytes(&b, 1, "0123456789abcdef", 16);
        pb_bytes(&asks, 1, b.p, b.n);
        assert_int_equal(commands_read(&asks, &a, &f, &t), 0);
        assert_non_null(t.request.faults);
        assert_string_equal(t.request.faults[0]->field, lists[i].field);
        assert_string_equal(t.request.faults[0]->value, "17");
        assert_string_equal(t.request.faults[0]->expected, "at most 16");
        buf_free(&b);
        arena_free(&a);
    }
}

/* What is wrong with one ask beside its command. */
static void ask_wrong(const char *id, size_t id_n, const struct buf *command, const char *field,
                      const char *value)
{
    struct arena a = {0};
    struct buf ask = {0}, asks = {0};
    struct to_daemon t;
    struct fault f;
    if (id)
        pb_bytes(&ask, 1, id, id_n);
    if (command)
        pb_bytes(&ask, 2, command->p, command->n);
    pb_bytes(&asks, 1, ask.p, ask.n);
    assert_int_equal(commands_read(&asks, &a, &f, &t), 0);
    assert_non_null(t.request.faults);
    assert_string_equal(t.request.faults[0]->field, field);
    assert_string_equal(t.request.faults[0]->value, value);
    buf_free(&ask);
    arena_free(&a);
}

static void test_wrong_asks_are_told(void **state)
{
    (void)state;
    static const char id[] = "0123456789abcdef";
    struct buf lapse = {0}, create = {0}, newer = {0}, both = {0}, none = {0};
    pb_bytes(&lapse, COMMAND_LAPSE, "", 0);
    pb_bytes(&create, COMMAND_CREATE_BOOK, "\010\001\020\001", 4);
    pb_bytes(&newer, 31, "", 0);
    pb_bytes(&both, COMMAND_LAPSE, "", 0);
    pb_bytes(&both, 31, "", 0);
    ask_wrong(NULL, 0, &lapse, "request_id", "");
    ask_wrong(id, 15, &lapse, "request_id", "15 bytes");
    ask_wrong("0123456789abcdefg", 17, &lapse, "request_id", "17 bytes");
    ask_wrong("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, &lapse, "request_id",
              "00000000000000000000000000000000");
    ask_wrong(id, 16, NULL, "command", "");
    ask_wrong(id, 16, &none, "command", "");
    ask_wrong(id, 16, &create, "create_book", "");
    ask_wrong(id, 16, &newer, "command", "field 31");
    ask_wrong(id, 16, &both, "command", "field 31");
    buf_free(&lapse);
    buf_free(&create);
    buf_free(&newer);
    buf_free(&both);
}

/* ---- What is wrong with the whole request ---- */

static void whole_wrong(struct buf *asks, const char *field, const char *value,
                        const char *expected)
{
    struct arena a = {0};
    struct to_daemon t;
    struct fault f;
    assert_int_equal(commands_read(asks, &a, &f, &t), ERR_INVALID);
    assert_int_equal(t.kind, TO_DAEMON_REQUEST);
    assert_true(t.request.number == 5);
    assert_string_equal(f.field, field);
    assert_string_equal(f.value, value);
    assert_string_equal(f.expected, expected);
    arena_free(&a);
}

static void test_request_ids_are_not_repeated(void **state)
{
    (void)state;
    const struct piece none = {0};
    struct buf asks = {0};
    const uint8_t order[] = {9, 3, 7, 3};
    for (int i = 0; i < 4; i++)
        ask_put(&asks, COMMAND_LAPSE, &none, false, order[i]);
    whole_wrong(&asks, "commands.asks[3].request_id", "03000000000000000000000000000000",
                "an id of its own: asks[1] has the same");
    /* A wrong command does not hide it; neighbours. */
    ask_put(&asks, COMMAND_LAPSE, &(struct piece)NUMBER(2, 1), false, 8);
    ask_put(&asks, COMMAND_LAPSE, &none, false, 8);
    whole_wrong(&asks, "commands.asks[1].request_id", "08000000000000000000000000000000",
                "an id of its own: asks[0] has the same");
}

static void test_batch_is_within_its_limit(void **state)
{
    (void)state;
    struct buf asks = {0};
    whole_wrong(&asks, "commands.asks", "0", "1 to 10000 commands in one request");
    for (int i = 0; i < 10001; i++)
        ask_put(&asks, COMMAND_LAPSE, &(struct piece){0}, false, 1);
    whole_wrong(&asks, "commands.asks", "10001", "1 to 10000 commands in one request");
    pb_number(&asks, 9, 1);
    whole_wrong(&asks, "commands", "field 9",
                "only fields that this version knows: the sender is newer");
}

/* The full batch of the shortest commands, ids in no order. */
static void test_largest_batch_is_taken(void **state)
{
    (void)state;
    struct arena a = {0};
    struct request q = {.number = 1, .kind = REQUEST_COMMANDS, .n = LIMIT_BATCH}, out;
    q.commands = test_calloc(LIMIT_BATCH, sizeof *q.commands);
    for (uint32_t i = 0; i < LIMIT_BATCH; i++) {
        q.commands[i].kind = COMMAND_LAPSE;
        put_be32(q.commands[i].request_id, (i + 1) * 2654435761U);
    }
    request_trip(&q, &a, &out);
    assert_int_equal(out.n, LIMIT_BATCH);
    assert_memory_equal(out.commands[9999].request_id, q.commands[9999].request_id, 16);
    test_free(q.commands);
    arena_free(&a);
}

/* The full batch of claims with the most, and the shortest, attestations and facts. */
static void test_largest_batch_of_short_lists_is_taken(void **state)
{
    (void)state;
    static const char names[] = "abcdefghijklmnop";
    struct arena a = {0};
    struct request q = {.number = 1, .kind = REQUEST_COMMANDS, .n = LIMIT_BATCH}, out;
    q.commands = test_calloc(LIMIT_BATCH, sizeof *q.commands);
    for (uint32_t i = 0; i < LIMIT_BATCH; i++) {
        struct command *c = &q.commands[i];
        c->kind = COMMAND_ISSUE;
        put_be32(c->request_id, i + 1);
        c->issue = (struct issue){.measure = "1", .enterprise = code(BUYER), .contract = "H"};
        struct fact *facts = arena_zero(&a, LIMIT_FACTS * sizeof *facts);
        assert_non_null(facts);
        for (int t = 0; t < LIMIT_FACTS; t++)
            facts[t] = (struct fact){arena_copy(&a, names + t, 1), "v"};
        c->issue.facts = facts;
        c->issue.nfacts = LIMIT_FACTS;
        for (int t = 0; t < LIMIT_ATTESTATIONS; t++)
            c->issue.attestations[t] = (struct attestation){arena_copy(&a, names + t, 1), "d"};
        c->issue.nattestations = LIMIT_ATTESTATIONS;
    }
    request_trip(&q, &a, &out);
    assert_int_equal(out.n, LIMIT_BATCH);
    issue_same(&q.commands[9999].issue, &out.commands[9999].issue);
    test_free(q.commands);
    arena_free(&a);
}

/* A message made of nothing but empty lists would unpack into many times its size. */
static void test_message_of_empty_lists_takes_no_memory(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf asks = {0};
    struct to_daemon t;
    struct fault f;
    uint8_t *many = test_malloc(4000000);
    for (int i = 0; i < 4000000; i += 2)
        memcpy(many + i, "\012\000", 2);
    assert_int_equal(buf_add(&asks, many, 4000000), 0);
    test_free(many);
    assert_int_equal(commands_read(&asks, &a, &f, &t), ERR_INVALID);
    assert_string_equal(f.field, "message");
    assert_string_equal(f.expected, "a message with fewer empty or unknown fields");
    arena_free(&a);
}

static void message_wrong(struct buf *b, const char *field, const char *value)
{
    struct arena a = {0};
    struct to_daemon t;
    struct fault f;
    assert_int_equal(to_daemon_read(SPAN(b->p, b->n), &a, &f, &t), ERR_INVALID);
    assert_string_equal(f.field, field);
    assert_string_equal(f.value, value);
    assert_int_equal(to_daemon_read(SPAN(b->p, b->n), &a, NULL, &t), ERR_INVALID);
    buf_free(b);
    arena_free(&a);
}

/* A query in request 5: its pieces in the field of its kind. */
static void query_wrong(uint32_t kind, const struct piece *pieces, int n, const char *field,
                        const char *value)
{
    struct buf b = {0}, q = {0};
    for (int i = 0; i < n; i++)
        piece_put(&b, &pieces[i]);
    pb_wrap(&b, kind);
    pb_number(&q, 1, 5);
    pb_bytes(&q, 3, b.p, b.n);
    pb_wrap(&q, 2);
    buf_free(&b);
    message_wrong(&q, field, value);
}

#define QUERY_WRONG(kind, field, value, ...)                                                       \
    query_wrong(kind, (const struct piece[]){__VA_ARGS__},                                         \
                (int)(sizeof((const struct piece[]){__VA_ARGS__}) / sizeof(struct piece)), field,  \
                value)

static void test_wrong_queries_are_told(void **state)
{
    (void)state;
    QUERY_WRONG(QUERY_FUNDS, "query.funds.as_of", "", TEXT(1, "\010\001\020\001"));
    QUERY_WRONG(QUERY_FUNDS, "query.funds.as_of.entry", "0", TEXT(1, "\020\000"));
    QUERY_WRONG(QUERY_FUNDS, "query.funds.as_of.day", "131072", TEXT(1, "\010\200\200\010"));
    QUERY_WRONG(QUERY_FUNDS, "query.funds.as_of", "field 3", TEXT(1, "\030\001"));
    QUERY_WRONG(QUERY_FUNDS, "query.funds", "field 2", NUMBER(2, 1));
    QUERY_WRONG(QUERY_ENTERPRISE, "query.enterprise.uscc", "", TEXT(2, ""));
    QUERY_WRONG(QUERY_ENTERPRISE, "query.enterprise.uscc", "x", TEXT(1, "x"));
    QUERY_WRONG(QUERY_VOUCHER, "query.voucher.voucher", "0", TEXT(2, ""));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.enterprise", "x", TEXT(1, "x"));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.measure", "", TEXT(2, ""));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.contract", "a\\x00", TEXT(3, "a\0"));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.state", "5", NUMBER(4, 5));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.state", "-1", NUMBER(4, -1));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.redeem_by", "84006", NUMBER(5, DAY_MAX + 1));
    QUERY_WRONG(QUERY_VOUCHERS, "query.vouchers.count", "1001", NUMBER(7, 1001));
    QUERY_WRONG(QUERY_REFUSALS, "query.refusals.count", "4294967295", NUMBER(3, UINT32_MAX));
    QUERY_WRONG(QUERY_ENTRIES, "query.entries.count", "1001", NUMBER(2, 1001));
    QUERY_WRONG(QUERY_ENTRIES, "query.entries.wait_ms", "60001", NUMBER(3, 60001));
    QUERY_WRONG(QUERY_EXPLAIN, "query.explain.enterprise", "", TEXT(2, "HT"));
    QUERY_WRONG(QUERY_EXPLAIN, "query.explain.contract", "", TEXT(1, BUYER));
    QUERY_WRONG(QUERY_EXPLAIN, "query.explain.year", "1", TEXT(1, BUYER), TEXT(2, "HT"),
                NUMBER(5, 1));
    QUERY_WRONG(QUERY_STATUS, "query.status", "field 1", NUMBER(1, 1));
    QUERY_WRONG(9, "query", "field 9", NUMBER(1, 1));
}

static void test_wrong_messages_are_told(void **state)
{
    (void)state;
    struct buf b = {0};
    message_wrong(&b, "message", "");
    pb_number(&b, 1, 5); /* a hello is no number */
    message_wrong(&b, "message", "2 bytes");
    pb_number(&b, 1, 5);
    pb_wrap(&b, 2);
    message_wrong(&b, "request", "");
    pb_number(&b, 9, 5);
    pb_wrap(&b, 2);
    message_wrong(&b, "request", "field 9");
    pb_bytes(&b, 4, "\010\001", 2);
    pb_wrap(&b, 2);
    message_wrong(&b, "request.number", "0");
    pb_number(&b, 1, 5);
    pb_bytes(&b, 4, "", 0);
    pb_wrap(&b, 2);
    message_wrong(&b, "set_clock.time", "");
    pb_number(&b, 1, 5);
    pb_wrap(&b, 2);
    pb_number(&b, 9, 5);
    message_wrong(&b, "message", "field 9");
}

static void anything_read(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct to_daemon t;
    struct fault f;
    int rc = to_daemon_read(SPAN(p, n), &a, &f, &t);
    assert_true(rc == 0 || rc == ERR_INVALID);
    if (rc == ERR_INVALID)
        assert_true(f.field[0] && f.expected[0]);
    if (rc == 0 && t.kind == TO_DAEMON_REQUEST && t.request.kind == REQUEST_COMMANDS) {
        for (uint32_t i = 0; i < t.request.n; i++) {
            if (t.request.faults && t.request.faults[i])
                assert_true(t.request.faults[i]->field[0] && t.request.faults[i]->expected[0]);
            else
                command_sound(&t.request.commands[i]);
        }
    } else if (rc == 0 && t.kind == TO_DAEMON_REQUEST && t.request.kind == REQUEST_QUERY) {
        assert_in_range(t.request.query.kind, QUERY_FUNDS, QUERY_COUNT - 1);
        assert_in_range(t.request.query.count, 0, LIMIT_PAGE);
    }
    arena_free(&a);
}

static void test_cut_and_changed_bytes_never_harm(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int kind = COMMAND_ADOPT_POLICY; kind <= COMMAND_COUNT; kind++) {
        struct buf b = {0};
        struct command list[2];
        struct request q = {.number = 5, .kind = REQUEST_COMMANDS, .n = 2, .commands = list};
        if (kind == COMMAND_COUNT) {
            q.kind = REQUEST_QUERY;
            q.query = (struct query){.kind = QUERY_VOUCHERS,
                                     .filter = {.measure = "1", .state = VOUCHER_OPEN},
                                     .count = 7};
        } else {
            list[0] = list[1] = sample_command((enum command_kind)kind);
            list[1].request_id[0]++;
        }
        assert_int_equal(request_write(&q, &b), 0);
        for (size_t n = 0; n <= b.n - FRAME_HEAD; n++) {
            uint8_t *cut = test_malloc(n + 1);
            memcpy(cut, b.p + FRAME_HEAD, n);
            anything_read(cut, n);
            test_free(cut);
        }
        for (int i = 0; i < 5000; i++) {
            uint8_t bytes[2048];
            size_t n = b.n - FRAME_HEAD;
            assert_in_range(n, 1, sizeof bytes);
            memcpy(bytes, b.p + FRAME_HEAD, n);
            mutate(&seed, bytes, &n);
            anything_read(bytes, n);
        }
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_every_command_comes_back),
        cmocka_unit_test(test_every_query_comes_back),
        cmocka_unit_test(test_clock_comes_back),
        cmocka_unit_test(test_every_wrong_value_is_told),
        cmocka_unit_test(test_every_missing_field_is_told),
        cmocka_unit_test(test_lists_above_their_limit_are_told),
        cmocka_unit_test(test_wrong_asks_are_told),
        cmocka_unit_test(test_request_ids_are_not_repeated),
        cmocka_unit_test(test_batch_is_within_its_limit),
        cmocka_unit_test(test_largest_batch_is_taken),
        cmocka_unit_test(test_largest_batch_of_short_lists_is_taken),
        cmocka_unit_test(test_message_of_empty_lists_takes_no_memory),
        cmocka_unit_test(test_wrong_queries_are_told),
        cmocka_unit_test(test_wrong_messages_are_told),
        cmocka_unit_test(test_cut_and_changed_bytes_never_harm),
    };
    memset(long_text, 'a', sizeof long_text);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
