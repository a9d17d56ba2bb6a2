/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/limits.h"
#include "net/stream.h"
#include "wire/entry.h"
#include "wire/frame.h"
#include "wire/message.h"
#include "wire/skim.h"

struct client {
    struct stream *stream;
    struct arena arena; /* the welcome's texts */
    struct welcome welcome;
    struct buf out;    /* the frame being sent */
    uint64_t number;   /* of the last request */
    struct buf queued; /* requests, from sent_to on not sent yet */
    size_t sent_to;
    struct buf in; /* what came in, from taken_to on not taken yet */
    size_t taken_to;
    bool brief;  /* see client_brief */
    bool broken; /* a frame was cut short: what follows on the stream means nothing */
};

/* A stream that failed once has lost its place between frames. */
static int broken(struct client *c, int rc)
{
    c->broken = true;
    return rc;
}

/* Sends what is in c->out. */
static int frame_send(struct client *c)
{
    if (c->broken)
        return ERR_CLOSED;
    int rc = stream_write(c->stream, c->out.p, c->out.n);
    return rc < 0 ? broken(c, rc) : 0;
}

static int frame_receive(struct client *c, struct arena *a, struct to_client *out)
{
    uint8_t head[FRAME_HEAD], *body;
    uint32_t n;
    if (c->broken)
        return ERR_CLOSED;
    int rc = stream_read(c->stream, head, sizeof head);
    if (rc < 0)
        return broken(c, rc);
    if (frame_length(head, LIMIT_REPLY, NULL, &n) < 0)
        return broken(c, ERR_PEER);
    body = arena_alloc(a, n);
    if (!body)
        return broken(c, ERR_MEMORY);
    rc = stream_read(c->stream, body, n);
    if (rc == 0)
        rc = to_client_read(SPAN(body, n), a, out);
    return rc < 0 ? broken(c, rc) : 0;
}

/* What the daemon says before it hangs up. */
static int goodbye(struct client *c, const struct to_client *m, struct fault *f)
{
    if (f)
        *f = m->goodbye;
    return broken(c, ERR_INVALID);
}

static int greet(struct client *c, const char *program, struct fault *f)
{
    struct hello hello = {.version = PROTOCOL_VERSION, .program = program};
    struct to_client m;
    int rc = hello_write(&hello, &c->out);
    if (rc < 0)
        return rc;
    rc = frame_send(c);
    /* A daemon that does not want this client may hang up before it has read the hello: its goodbye
     * is still there to read. */
    if (rc < 0 && rc != ERR_CLOSED)
        return rc;
    c->broken = false;
    rc = frame_receive(c, &c->arena, &m);
    if (rc < 0)
        return rc;
    if (m.kind == TO_CLIENT_GOODBYE)
        return goodbye(c, &m, f);
    if (m.kind != TO_CLIENT_WELCOME || m.welcome.version != PROTOCOL_VERSION)
        return broken(c, ERR_PEER);
    c->welcome = m.welcome;
    return 0;
}

int client_open(const char *addr, const char *program, int timeout_ms, struct fault *f,
                struct client **out)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return ERR_MEMORY;
    if (f)
        *f = (struct fault){0};
    int rc = stream_connect(addr, timeout_ms, f, &c->stream);
    if (rc == 0)
        rc = greet(c, program, f);
    if (rc < 0) {
        client_close(c);
        return rc;
    }
    *out = c;
    return 0;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    stream_close(c->stream);
    arena_free(&c->arena);
    buf_free(&c->out);
    buf_free(&c->queued);
    buf_free(&c->in);
    free(c);
}

const struct welcome *client_welcome(const struct client *c)
{
    return &c->welcome;
}

/* Appends the request's frame to *out. */
static int request_frame(struct client *c, struct request *r, struct fault *f, struct buf *out)
{
    char text[32];
    size_t before = out->n;
    r->number = ++c->number;
    int rc = request_write(r, out);
    if (rc < 0)
        return rc;
    size_t n = out->n - before - FRAME_HEAD;
    if (n > c->welcome.frame_limit) {
        snprintf(text, sizeof text, "%zu bytes", n);
        fault_set(f, "request", text, "a request of at most %" PRIu32 " bytes: send fewer commands",
                  c->welcome.frame_limit);
        out->n = before;
        return ERR_RANGE;
    }
    return 0;
}

int client_send(struct client *c, struct request *r, struct fault *f)
{
    c->out.n = 0;
    int rc = request_frame(c, r, f, &c->out);
    return rc < 0 ? rc : frame_send(c);
}

static int take_reply(struct client *c, const struct to_client *m, struct fault *f,
                      struct reply *out)
{
    if (m->kind == TO_CLIENT_GOODBYE)
        return goodbye(c, m, f);
    if (m->kind != TO_CLIENT_REPLY)
        return broken(c, ERR_PEER);
    *out = m->reply;
    return 0;
}

int client_receive(struct client *c, struct arena *a, struct fault *f, struct reply *out)
{
    struct to_client m;
    int rc = frame_receive(c, a, &m);
    return rc < 0 ? rc : take_reply(c, &m, f, out);
}

int client_ask(struct client *c, struct request *r, struct arena *a, struct fault *f,
               struct reply *out)
{
    struct reply reply;
    if (c->broken)
        return ERR_CLOSED;
    int sent = client_send(c, r, f);
    if (sent < 0 && sent != ERR_CLOSED)
        return sent;
    /* A daemon that has hung up may have said why: its goodbye is still there to read. */
    c->broken = false;
    int rc = client_receive(c, a, f, &reply);
    if (rc < 0)
        return rc;
    if (sent < 0 || reply.number != r->number)
        return broken(c, ERR_PEER);
    *out = reply;
    return 0;
}

int client_queue(struct client *c, struct request *r, struct fault *f)
{
    return request_frame(c, r, f, &c->queued);
}

int client_flush(struct client *c, size_t *left)
{
    size_t done = 1;
    while (!c->broken && c->sent_to < c->queued.n && done > 0) {
        int rc =
            stream_write_some(c->stream, c->queued.p + c->sent_to, c->queued.n - c->sent_to, &done);
        /* A daemon that has hung up may have said why: client_poll still reads that, then the end.
         */
        if (rc == ERR_CLOSED)
            done = c->queued.n - c->sent_to;
        else if (rc < 0)
            return broken(c, rc);
        c->sent_to += done;
    }
    if (c->broken)
        return ERR_CLOSED;
    /* Moved only when that is cheap beside what was sent. */
    *left = c->queued.n - c->sent_to;
    if (c->sent_to >= *left) {
        if (*left)
            memmove(c->queued.p, c->queued.p + c->sent_to, *left);
        c->queued.n = *left;
        c->sent_to = 0;
    }
    return 0;
}

/* A whole message that has come in; ERR_AGAIN if there is none yet. */
static int frame_take(struct client *c, struct span *out)
{
    size_t have = c->in.n - c->taken_to;
    uint32_t n;
    if (have < FRAME_HEAD)
        return ERR_AGAIN;
    if (frame_length(c->in.p + c->taken_to, LIMIT_REPLY, NULL, &n) < 0)
        return ERR_PEER;
    if (have - FRAME_HEAD < n)
        return ERR_AGAIN;
    *out = SPAN(c->in.p + c->taken_to + FRAME_HEAD, n);
    c->taken_to += FRAME_HEAD + n;
    return 0;
}

#define READ_AT_ONCE (256 * 1024)

/* Reads what the socket has behind what is there; ERR_AGAIN if it has nothing. */
static int fill(struct client *c)
{
    size_t got;
    if (c->taken_to > 0) {
        memmove(c->in.p, c->in.p + c->taken_to, c->in.n - c->taken_to);
        c->in.n -= c->taken_to;
        c->taken_to = 0;
    }
    int rc = buf_reserve(&c->in, READ_AT_ONCE);
    if (rc == 0)
        rc = stream_read_some(c->stream, c->in.p + c->in.n, READ_AT_ONCE, &got);
    if (rc < 0)
        return rc;
    c->in.n += got;
    return got > 0 ? 0 : ERR_AGAIN;
}

int client_poll(struct client *c, struct arena *a, struct fault *f, struct reply *out)
{
    struct span message;
    struct to_client m;
    if (c->broken)
        return ERR_CLOSED;
    int rc;
    while ((rc = frame_take(c, &message)) == ERR_AGAIN) {
        rc = fill(c);
        if (rc < 0)
            break;
    }
    if (rc == 0)
        rc = (c->brief ? to_client_skim : to_client_read)(message, a, &m);
    if (rc == ERR_AGAIN)
        return rc;
    return rc < 0 ? broken(c, rc) : take_reply(c, &m, f, out);
}

void client_brief(struct client *c)
{
    c->brief = true;
}

int client_fd(const struct client *c)
{
    return stream_fd(c->stream);
}

void client_new_id(uint8_t id[static 16])
{
    /* Milliseconds and 12 bits of counter, as RFC 9562 has it: never the same or lower again. */
    static _Atomic uint64_t last;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t now = ((uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000) << 12;
    uint64_t before = atomic_load(&last), stamp;
    do {
        stamp = now > before ? now : before + 1;
    } while (!atomic_compare_exchange_weak(&last, &before, stamp));
    ssize_t got = getrandom(id, 16, 0);
    assert(got == 16); /* up to 256 bytes come whole or never */
    put_be64(id, (stamp >> 12) << 16 | 0x7000 | (stamp & 0xfff));
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

int client_entry(const struct stored_entry *stored, struct arena *a, struct entry *out)
{
    return entry_decode(stored->bytes, a, out);
}

/* A list that came round again would never end. Vouchers of one enterprise come newest first, all
 * else oldest first. */
bool client_goes_on(const struct query *q, uint64_t next)
{
    if (q->kind == QUERY_VOUCHERS && q->filter.has_enterprise)
        return q->after == 0 || next < q->after;
    return next > q->after;
}

bool client_answers(const struct query *q, const struct answer *a)
{
    static const struct {
        enum query_kind list;
        bool may_be_empty;
    } lists[QUERY_COUNT] = {
        [QUERY_FUNDS] = {QUERY_FUNDS, true},       [QUERY_ENTERPRISE] = {QUERY_ENTERPRISE, false},
        [QUERY_VOUCHER] = {QUERY_VOUCHERS, false}, [QUERY_VOUCHERS] = {QUERY_VOUCHERS, true},
        [QUERY_REFUSALS] = {QUERY_ENTRIES, true},  [QUERY_ENTRIES] = {QUERY_ENTRIES, true},
        [QUERY_EXPLAIN] = {QUERY_EXPLAIN, true},   [QUERY_STATUS] = {QUERY_STATUS, false},
    };
    if (a->fault.field[0])
        return true;
    return a->kind == lists[q->kind].list || (a->kind == QUERY_NONE && lists[q->kind].may_be_empty);
}
