/* SPDX-License-Identifier: Apache-2.0 */
/* ToDaemon: read by the daemon, written by clients. */
#include "wire/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "voucher.pb-c.h"
#include "wire/claim.h"
#include "wire/command.h"
#include "wire/pack.h"
#include "wire/plain.h"
#include "wire/query.h"

/* Bytes of a message from which on the budget grows no more: full ones have long texts. */
#define UNPACKED_MAX ((size_t)LIMIT_FRAME / 3)

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)
SAME(TO_DAEMON_HELLO, TO_DAEMON__KIND_HELLO);
SAME(TO_DAEMON_REQUEST, TO_DAEMON__KIND_REQUEST);
SAME(REQUEST_COMMANDS, REQUEST__KIND_COMMANDS);
SAME(REQUEST_QUERY, REQUEST__KIND_QUERY);
SAME(REQUEST_SET_CLOCK, REQUEST__KIND_SET_CLOCK);

/* A newer client's hello may hold more: the versions settle what both know. */
static void hello_read(struct reader *r, const Voucherd__Hello *m, struct hello *out)
{
    if (m->version != PROTOCOL_VERSION) {
        char value[16];
        snprintf(value, sizeof value, "%" PRIu32, m->version);
        reader_fault(r, "version", value, "version %d of the protocol", PROTOCOL_VERSION);
    }
    out->version = m->version;
    out->program = read_text(r, "program", m->program, LIMIT_PROGRAM);
    reader_within(r, "hello");
}

static void ask_read(struct reader *r, const Voucherd__Ask *m, struct command *out)
{
    uint8_t *id = out->request_id;
    read_known(r, &m->base);
    reader_within(r, "ask");
    read_exact(r, "request_id", m->has_request_id, m->request_id, REQUEST_ID, id);
    if (!r->rc && all_zero(id, REQUEST_ID))
        reader_fault(r, "request_id", "00000000000000000000000000000000",
                     "%d bytes that are not all 0, chosen anew for each thing asked", REQUEST_ID);
    if (m->command && m->command->kind_case == VOUCHERD__COMMAND__KIND_CREATE_BOOK)
        reader_fault(r, "create_book", NULL,
                     "another command: a book is created on the machine it lies on");
    command_read(r, m->command, out);
}

/* Reads asks one by one: a mistake in one is kept beside it and spares the others. */
static void asks_read(struct reader *r, const Voucherd__Commands *m, struct request *out)
{
    struct fault fault, *whole = r->f;
    r->f = &fault;
    for (uint32_t i = 0; i < out->n; i++) {
        ask_read(r, m->asks[i], &out->commands[i]);
        if (r->rc == 0)
            continue;
        issue_forget(m->asks[i]->command);
        if (r->rc == ERR_MEMORY)
            break;
        r->rc = 0;
        if (!out->faults)
            out->faults = reader_list(r, out->n, sizeof *out->faults);
        struct fault *f = reader_list(r, 1, sizeof *f);
        if (!f || !out->faults)
            break;
        *f = fault;
        out->faults[i] = f;
    }
    r->f = whole;
}

static int id_compare(const struct command *a, const struct command *b)
{
    return memcmp(a->request_id, b->request_id, REQUEST_ID);
}

/* By id, and in the order asked where ids are the same. */
static int id_order(const void *pa, const void *pb)
{
    const struct command *a = *(const struct command *const *)pa;
    const struct command *b = *(const struct command *const *)pb;
    int c = id_compare(a, b);
    return c ? c : a < b ? -1 : a > b;
}

/* No request id twice. Ids ordered by time come in order and need no sorting. */
static void ids_check(struct reader *r, const struct request *q)
{
    uint32_t i = 1;
    while (i < q->n && id_compare(&q->commands[i - 1], &q->commands[i]) < 0)
        i++;
    if (i >= q->n)
        return;
    const struct command **list = reader_list(r, q->n, sizeof *list);
    if (!list)
        return;
    for (i = 0; i < q->n; i++)
        list[i] = &q->commands[i];
    qsort(list, q->n, sizeof *list, id_order);
    for (i = 1; i < q->n; i++) {
        /* An ask without an id that could be read has its own fault. */
        if (id_compare(list[i - 1], list[i]) != 0 || all_zero(list[i]->request_id, REQUEST_ID))
            continue;
        char field[48], hex[2 * REQUEST_ID + 1];
        snprintf(field, sizeof field, "commands.asks[%td].request_id", list[i] - q->commands);
        reader_fault(r, field, hex_format(list[i]->request_id, REQUEST_ID, hex),
                     "an id of its own: asks[%td] has the same", list[i - 1] - q->commands);
        return;
    }
}

/* Of a request that is not handed on as a whole. */
static void request_forget(const Voucherd__ToDaemon *m)
{
    if (!m || m->kind_case != VOUCHERD__TO_DAEMON__KIND_REQUEST ||
        m->request->kind_case != VOUCHERD__REQUEST__KIND_COMMANDS)
        return;
    for (size_t i = 0; i < m->request->commands->n_asks; i++)
        issue_forget(m->request->commands->asks[i]->command);
}

static void commands_read(struct reader *r, const Voucherd__Commands *m, struct request *out)
{
    read_known(r, &m->base);
    reader_within(r, "commands");
    if (m->n_asks < 1 || m->n_asks > LIMIT_BATCH) {
        char value[24];
        snprintf(value, sizeof value, "%zu", m->n_asks);
        reader_fault(r, "commands.asks", value, "1 to %d commands in one request", LIMIT_BATCH);
    }
    out->atomic = m->atomic;
    out->dry_run = m->dry_run;
    out->commands = reader_list(r, m->n_asks, sizeof *out->commands);
    if (r->rc)
        return;
    out->n = (uint32_t)m->n_asks;
    asks_read(r, m, out);
    if (r->rc == 0)
        ids_check(r, out);
}

static void request_read(struct reader *r, const Voucherd__Request *m, struct request *out)
{
    out->number = m->number;
    if (r->rc)
        return;
    read_known(r, &m->base);
    reader_within(r, "request");
    read_number(r, "request.number", m->number);
    if (r->rc)
        return;
    switch (m->kind_case) {
    case VOUCHERD__REQUEST__KIND_COMMANDS:
        commands_read(r, m->commands, out);
        break;
    case VOUCHERD__REQUEST__KIND_QUERY:
        query_read(r, m->query, &out->query);
        reader_within(r, "query");
        break;
    case VOUCHERD__REQUEST__KIND_SET_CLOCK:
        read_known(r, &m->set_clock->base);
        out->clock = read_instant(r, "time", m->set_clock->has_time, m->set_clock->time);
        reader_within(r, "set_clock");
        break;
    default:
        reader_fault(r, "request", NULL, "commands, a query or a setting of the clock");
    }
    out->kind = (enum request_kind)m->kind_case;
}

int to_daemon_read(struct span message, struct arena *a, struct fault *f, struct to_daemon *out)
{
    struct reader r;
    struct to_daemon t = {0};
    reader_init(&r, a, BUDGET_REQUEST, message.n < UNPACKED_MAX ? message.n : UNPACKED_MAX, f);
    r.persons = true;
    Voucherd__ToDaemon *m = plain_unpack(&r, message);
    if (!m)
        m = reader_unpack(&r, &voucherd__to_daemon__descriptor, message);
    if (m && m->kind_case == VOUCHERD__TO_DAEMON__KIND__NOT_SET) {
        reader_fault(&r, "message", NULL, "a hello or a request");
    } else if (m && m->kind_case == VOUCHERD__TO_DAEMON__KIND_HELLO) {
        t.kind = TO_DAEMON_HELLO;
        hello_read(&r, m->hello, &t.hello);
    } else if (m) {
        t.kind = TO_DAEMON_REQUEST;
        read_known(&r, &m->base);
        reader_within(&r, "message");
        request_read(&r, m->request, &t.request);
    }
    if (r.rc) {
        request_forget(m);
        uint64_t number = t.kind == TO_DAEMON_REQUEST ? t.request.number : 0;
        *out = (struct to_daemon){.kind = t.kind, .request.number = number};
        return r.rc;
    }
    *out = t;
    return 0;
}

int hello_write(const struct hello *h, struct buf *out)
{
    Voucherd__Hello hello = VOUCHERD__HELLO__INIT;
    Voucherd__ToDaemon m = VOUCHERD__TO_DAEMON__INIT;
    PACK_NONZERO(&hello, version, h->version);
    hello.program = pack_text(h->program);
    m.kind_case = VOUCHERD__TO_DAEMON__KIND_HELLO;
    m.hello = &hello;
    return pack_frame(&m.base, out);
}

/* ---- Requests ---- */

static int others_write(const struct request *q, struct buf *out)
{
    struct scratch s;
    Voucherd__SetClock clock = VOUCHERD__SET_CLOCK__INIT;
    Voucherd__Request request = VOUCHERD__REQUEST__INIT;
    Voucherd__ToDaemon m = VOUCHERD__TO_DAEMON__INIT;
    struct arena *a = scratch_init(&s);
    int rc = 0;
    m.kind_case = VOUCHERD__TO_DAEMON__KIND_REQUEST;
    m.request = &request;
    PACK_NONZERO(&request, number, q->number);
    if (q->kind == REQUEST_QUERY) {
        request.kind_case = VOUCHERD__REQUEST__KIND_QUERY;
        rc = query_pack(a, &q->query, &request.query);
    } else if (q->kind == REQUEST_SET_CLOCK) {
        request.kind_case = VOUCHERD__REQUEST__KIND_SET_CLOCK;
        request.set_clock = &clock;
        PACK_SET(&clock, time, q->clock.us);
    }
    if (rc == 0)
        rc = pack_frame(&m.base, out);
    scratch_free(&s);
    return rc;
}

/* The last field first (see put.h). */
static int commands_write(const struct request *q, struct buf *out)
{
    struct put w;
    size_t end = put_end(put_init(&w));
    w.persons = true;
    put_nonzero(&w, F_COMMANDS_DRY_RUN, q->dry_run);
    put_nonzero(&w, F_COMMANDS_ATOMIC, q->atomic);
    for (uint32_t i = q->n; i-- > 0;) {
        size_t ask = put_end(&w);
        command_put(&w, F_ASK_COMMAND, &q->commands[i]);
        put_bytes(&w, F_ASK_REQUEST_ID, q->commands[i].request_id, REQUEST_ID);
        put_message(&w, F_COMMANDS_ASKS, ask);
    }
    put_message(&w, REQUEST_COMMANDS, end);
    put_nonzero(&w, F_REQUEST_NUMBER, q->number);
    put_message(&w, TO_DAEMON_REQUEST, end);
    return put_finish_frame(&w, out);
}

int request_write(const struct request *q, struct buf *out)
{
    return q->kind == REQUEST_COMMANDS ? commands_write(q, out) : others_write(q, out);
}
