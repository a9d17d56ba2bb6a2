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

struct client {
    struct stream *stream;
    struct arena arena; /* the welcome's texts */
    struct welcome welcome;
    struct buf out;  /* the frame being sent */
    uint64_t number; /* of the last request */
    bool broken;     /* a frame was cut short: what follows on the stream means nothing */
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
    free(c);
}

const struct welcome *client_welcome(const struct client *c)
{
    return &c->welcome;
}

int client_send(struct client *c, struct request *r, struct fault *f)
{
    char text[32];
    r->number = ++c->number;
    c->out.n = 0;
    int rc = request_write(r, &c->out);
    if (rc < 0)
        return rc;
    if (c->out.n - FRAME_HEAD > c->welcome.frame_limit) {
        snprintf(text, sizeof text, "%zu bytes", c->out.n - FRAME_HEAD);
        fault_set(f, "request", text, "a request of at most %" PRIu32 " bytes: send fewer commands",
                  c->welcome.frame_limit);
        return ERR_RANGE;
    }
    return frame_send(c);
}

int client_receive(struct client *c, struct arena *a, struct fault *f, struct reply *out)
{
    struct to_client m;
    int rc = frame_receive(c, a, &m);
    if (rc < 0)
        return rc;
    if (m.kind == TO_CLIENT_GOODBYE)
        return goodbye(c, &m, f);
    if (m.kind != TO_CLIENT_REPLY)
        return broken(c, ERR_PEER);
    *out = m.reply;
    return 0;
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
