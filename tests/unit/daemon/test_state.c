/* SPDX-License-Identifier: Apache-2.0 */
/* Every message in every state of a connection: one table of what must come of it. */
#include "tests/unit/daemon/house.h"

enum state { GREETING, OPEN, HELD, CLOSING, STOPPING, STATES };

static const char *const state_names[] = {
    [GREETING] = "greeting", /* connected, no hello yet */
    [OPEN] = "open",
    [HELD] = "held",         /* as many under way as may be: what comes is taken later */
    [CLOSING] = "closing",   /* a goodbye was said */
    [STOPPING] = "stopping", /* the daemon is */
};

/* What comes of a message. All but a goodbye and an end leave the connection as it was. */
enum result {
    NOTHING = 0, /* no answer; it stays as it was */
    ENDS,        /* without a goodbye */
    WELCOME,
    OUTCOMES,
    ANSWER,
    FAULT,
    GOODBYE,
};

struct cell {
    enum result result;
    const char *field; /* of the fault or goodbye; NULL: any */
};

static const uint8_t unknown_message[] = {0, 0, 0, 3, 0x7a, 1, 'x'};
static const uint8_t no_number[] = {0, 0, 0, 6, 0x12, 4, 0x1a, 2, 0x42, 0};
static const uint8_t no_kind[] = {0, 0, 0, 4, 0x12, 2, 0x08, 99};
static const uint8_t nothing_inside[] = {0, 0, 0, 2, 0x12, 0};
static const uint8_t empty[] = {0, 0, 0, 0};
static const uint8_t too_long[] = {0, 0x80, 0, 1, 'x'};
static const uint8_t four_gigabytes[] = {0xff, 0xff, 0xff, 0xff, 'x'};
static const uint8_t garbage[] = {0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t cut_inside[] = {0, 0, 0, 3, 0x12, 0x7f, 0x08};
static const uint8_t a_part[] = {0, 0, 0, 100, 0x12};

static void put_hello(struct peer *p, struct buf *b)
{
    (void)p;
    const struct hello hello = {PROTOCOL_VERSION, "test"};
    assert_int_equal(hello_write(&hello, b), 0);
}

static void put_other_version(struct peer *p, struct buf *b)
{
    (void)p;
    const struct hello hello = {PROTOCOL_VERSION + 1, "test"};
    assert_int_equal(hello_write(&hello, b), 0);
}

static void put_a_command(struct peer *p, struct buf *b)
{
    put_commands(p, 1, b);
}

static void put_query(struct peer *p, struct buf *b)
{
    struct request r = {.number = ++p->number, .kind = REQUEST_QUERY};
    r.query = (struct query){.kind = QUERY_EXPLAIN, .contract = "C"};
    memcpy(r.query.enterprise.c, "91350602MA000TX06E", sizeof r.query.enterprise.c);
    assert_int_equal(request_write(&r, b), 0);
}

#define NO                                                                                         \
    {                                                                                              \
        NOTHING, NULL                                                                              \
    }
#define BYE(field)                                                                                 \
    {                                                                                              \
        GOODBYE, field                                                                             \
    }
#define NO_HELLO BYE("hello")

static const struct {
    const char *name;
    void (*put)(struct peer *p, struct buf *b); /* or these bytes */
    const uint8_t *bytes;
    size_t n;
    bool ends; /* the peer shuts down its sending side after it */
    struct cell cells[STATES];
} table[] = {
#define RAW(a) NULL, a, sizeof a, false
#define PUT(f) f, NULL, 0, false
    /*                                        greeting           open  held  closing  stopping */
    {"hello", PUT(put_hello), {{WELCOME, NULL}, NO_HELLO, NO_HELLO, NO, NO}},
    {"hello of another version",
     PUT(put_other_version),
     {BYE("hello.version"), BYE("hello.version"), BYE("hello.version"), NO, NO}},
    {"commands", PUT(put_a_command), {NO_HELLO, {OUTCOMES, NULL}, {OUTCOMES, NULL}, NO, NO}},
    {"query", PUT(put_query), {NO_HELLO, {ANSWER, "book"}, {ANSWER, "book"}, NO, NO}},
    {"set_clock", PUT(put_short), {NO_HELLO, {FAULT, "set_clock"}, {FAULT, "set_clock"}, NO, NO}},
    {"request of no kind",
     RAW(no_kind),
     {BYE(NULL), {FAULT, "request"}, {FAULT, "request"}, NO, NO}},
    {"request without a number", RAW(no_number), {BYE(NULL), BYE(NULL), BYE(NULL), NO, NO}},
    {"request with nothing in it",
     RAW(nothing_inside),
     {BYE(NULL), BYE("request.number"), BYE("request.number"), NO, NO}},
    {"unknown message",
     RAW(unknown_message),
     {BYE("message"), BYE("message"), BYE("message"), NO, NO}},
    {"empty message",
     RAW(empty),
     {BYE("frame.length"), BYE("frame.length"), BYE("frame.length"), NO, NO}},
    {"message too long",
     RAW(too_long),
     {BYE("frame.length"), BYE("frame.length"), BYE("frame.length"), NO, NO}},
    {"four gigabytes",
     RAW(four_gigabytes),
     {BYE("frame.length"), BYE("frame.length"), BYE("frame.length"), NO, NO}},
    {"garbage", RAW(garbage), {BYE("message"), BYE("message"), BYE("message"), NO, NO}},
    {"cut short inside", RAW(cut_inside), {BYE("message"), BYE("message"), BYE("message"), NO, NO}},
    {"part of a frame", RAW(a_part), {NO, NO, NO, NO, NO}},
    {"part of a frame, then the end",
     NULL,
     a_part,
     sizeof a_part,
     true,
     {{ENDS, NULL}, {ENDS, NULL}, {ENDS, NULL}, {ENDS, NULL}, NO}},
    {"the end", NULL, NULL, 0, true, {{ENDS, NULL}, {ENDS, NULL}, {ENDS, NULL}, {ENDS, NULL}, NO}},
};

#define UNDER_WAY 4 /* that house() allows */

/* Brings a new connection into the state; what the daemon said on the way is taken. */
static void bring(struct house *h, struct peer *p, enum state state)
{
    struct buf b = {0};
    struct to_client m;
    if (state != GREETING)
        greet(p);
    if (state == HELD) {
        h->works = false;
        for (int i = 0; i < UNDER_WAY; i++)
            put_commands(p, 1, &b);
        send_part(p, b.p, b.n);
        settle(h);
        assert_int_equal(handoff_jobs(h->handoff), UNDER_WAY);
    } else if (state == CLOSING) {
        send_part(p, empty, sizeof empty);
        assert_true(next(p, &m));
        assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
    } else if (state == STOPPING) {
        sessions_stop_reading(h->sessions);
    }
    buf_free(&b);
}

static void check_reply(struct peer *p, const struct cell *c)
{
    static const enum reply_kind kinds[] = {
        [OUTCOMES] = REPLY_OUTCOMES, [ANSWER] = REPLY_ANSWER, [FAULT] = REPLY_FAULT};
    struct to_client m;
    assert_true(next(p, &m));
    assert_int_equal(m.kind, TO_CLIENT_REPLY);
    assert_int_equal(m.reply.kind, kinds[c->result]);
    const struct fault *f = c->result == FAULT ? &m.reply.fault : &m.reply.answer.fault;
    if (c->field)
        assert_string_equal(f->field, c->field);
    assert_serves(p);
}

static void check_result(struct peer *p, enum state state, const struct cell *c)
{
    struct to_client m;
    switch (c->result) {
    case NOTHING:
        settle(p->house);
        take_in(p);
        assert_int_equal(p->in.n, 0);
        if (state == OPEN)
            assert_int_equal(send(p->fd, "", 1, MSG_NOSIGNAL), 1);
        break;
    case ENDS:
        assert_false(next(p, &m));
        break;
    case WELCOME:
        assert_true(next(p, &m));
        assert_int_equal(m.kind, TO_CLIENT_WELCOME);
        assert_serves(p);
        break;
    case GOODBYE:
        assert_true(next(p, &m));
        assert_int_equal(m.kind, TO_CLIENT_GOODBYE);
        assert_true(m.goodbye.expected[0]);
        if (c->field)
            assert_string_equal(m.goodbye.field, c->field);
        assert_false(next(p, &m));
        break;
    default:
        check_reply(p, c);
    }
}

/* While held nothing comes of it; then the four, and then its own. */
static void release(struct house *h, struct peer *p)
{
    assert_silent(p);
    h->works = true;
    for (int i = 0; i < UNDER_WAY; i++)
        assert_reply(p, REPLY_OUTCOMES);
}

static void check_cell(size_t row, enum state state)
{
    struct house *h = house(100);
    struct peer p, other;
    struct buf b = {0};
    peer_connect(h, &other);
    greet(&other);
    peer_connect(h, &p);
    bring(h, &p, state);
    if (table[row].put)
        table[row].put(&p, &b);
    else if (table[row].n > 0)
        assert_int_equal(buf_add(&b, table[row].bytes, table[row].n), 0);
    send_part(&p, b.p, b.n);
    if (table[row].ends)
        shutdown(p.fd, SHUT_WR);
    if (state == HELD)
        release(h, &p);
    check_result(&p, state, &table[row].cells[state]);
    if (state != STOPPING)
        assert_serves(&other);
    buf_free(&b);
    peer_free(&p);
    peer_free(&other);
    settle(h);
    house_free(h);
}

static void test_every_message_in_every_state(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof table / sizeof table[0]; row++)
        for (int s = 0; s < STATES; s++) {
            print_message("%s, while %s\n", table[row].name, state_names[s]);
            check_cell(row, (enum state)s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_in_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
