/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/session.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/lib/exits.h"
#include "tools/lib/show.h"

#define PAUSE_FIRST 50 /* ms before the second attempt; twice as long before each further one */
#define PAUSE_MOST  800

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

void session_end(struct session *s)
{
    client_close(s->client);
    s->client = NULL;
}

void session_id(const struct session *s, uint8_t id[static 16])
{
    if (s->settings.has_request_id)
        memcpy(id, s->settings.request_id, 16);
    else
        client_new_id(id);
}

static const struct {
    int code;
    int exit;
} exits[] = {
    {ERR_NOT_FOUND, EXIT_NOT_REACHED}, {ERR_TIMEOUT, EXIT_NOT_REACHED},
    {ERR_CLOSED, EXIT_NOT_REACHED},    {ERR_IO, EXIT_NOT_REACHED},
    {ERR_RANGE, EXIT_INPUT},           {ERR_SETTING, EXIT_INPUT},
};

int session_exit(int rc, const struct fault *f)
{
    if (rc == ERR_INVALID && strcmp(f->field, "principal") == 0)
        return EXIT_NOT_ALLOWED; /* the daemon knows nobody of this user */
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        if (exits[i].code == rc)
            return exits[i].exit;
    return EXIT_FAILED;
}

static bool is_lost(int rc)
{
    return rc == ERR_CLOSED || rc == ERR_TIMEOUT || rc == ERR_IO || rc == ERR_NOT_FOUND;
}

/* One attempt within `left` ms. */
static int attempt(struct session *s, struct request *r, struct arena *a, int64_t left,
                   struct fault *f, struct reply *out)
{
    int rc = 0;
    if (!s->client)
        rc = client_open(s->settings.addr, s->tool->program, (int)left, f, &s->client);
    if (rc == ERR_INVALID && strcmp(f->field, "addr") == 0)
        return ERR_SETTING; /* not an address: no daemon said that */
    if (rc == 0) {
        s->reached = s->asked = true;
        rc = client_ask(s->client, r, a, f, out);
    }
    if (rc < 0 && rc != ERR_RANGE)
        session_end(s);
    return rc;
}

/* What to do, in words, about a failure that neither the daemon nor the socket has put in words. */
static void explain(const struct session *s, int rc, const struct request *r, struct fault *f)
{
    const char *addr = s->settings.addr;
    if (rc == ERR_RANGE || rc == ERR_MEMORY || rc == ERR_SETTING)
        return;
    if (rc == ERR_INVALID) { /* the daemon's own words */
        if (!f->field[0])
            fault_set(f, "connection", "closed",
                      "the daemon ended it without a reason: see its log");
    } else if (rc == ERR_PEER) {
        fault_set(f, "addr", addr,
                  "a voucherd of this version: what answers there does not keep to the protocol");
    } else if (s->asked && r->kind == REQUEST_COMMANDS && !r->dry_run) {
        fault_set(
            f, "outcome", "unknown",
            "no answer within %d.%03d s: it may be done or not. Repeat it with the same request "
            "id when the daemon runs again",
            s->settings.timeout_ms / 1000, s->settings.timeout_ms % 1000);
    } else if (rc == ERR_NOT_FOUND) {
        fault_set(
            f, "addr", addr,
            "nobody listens there: start voucherd, or name its socket with --addr unix:PATH or "
            "VOUCHERD_ADDR");
    } else if (rc == ERR_TIMEOUT || rc == ERR_CLOSED || !f->field[0]) {
        fault_set(
            f, "addr", addr,
            "no answer within %d.%03d s (%s): try again, or wait longer with --timeout SECONDS",
            s->settings.timeout_ms / 1000, s->settings.timeout_ms % 1000, err_text(rc));
    }
}

int session_ask(struct session *s, struct request *r, struct arena *a, struct fault *f,
                struct reply *out)
{
    int64_t start = now_ms(), end = start + s->settings.timeout_ms, pause = PAUSE_FIRST;
    bool shortened = false;
    int rc;
    *f = (struct fault){0};
    s->asked = false;
    if (!s->settings.addr) {
        fault_set(f, "addr", NULL, "give the daemon's address: --addr unix:PATH or VOUCHERD_ADDR");
        return ERR_SETTING;
    }
    for (;;) {
        /* A command is worth a second connection within its time, since repeating it is safe; a
         * query that takes long only begins anew. */
        int64_t left = end - now_ms();
        if (r->kind == REQUEST_COMMANDS && left > s->settings.timeout_ms / 2)
            left = s->settings.timeout_ms / 2 + 1;
        shortened |= !s->client && left < s->settings.timeout_ms;
        rc = attempt(s, r, a, left > 0 ? left : 1, f, out);
        if (!is_lost(rc) || (!s->reached && (rc == ERR_NOT_FOUND || rc == ERR_IO)))
            break;
        if (now_ms() + pause >= end) {
            if (s->asked && rc == ERR_NOT_FOUND)
                rc = ERR_CLOSED;
            break;
        }
        pause_ms(pause);
        pause = pause * 2 > PAUSE_MOST ? PAUSE_MOST : pause * 2;
    }
    if (rc < 0)
        explain(s, rc, r, f);
    else if (shortened) /* its connection waits less long than the next request may */
        session_end(s);
    return rc;
}

int session_fault_exit(const struct fault *f)
{
    return strcmp(f->field, "principal") == 0 || strcmp(f->field, "role") == 0 ? EXIT_NOT_ALLOWED
                                                                               : EXIT_INPUT;
}

/* An answer on the wire is known by the list that it has, so that an empty list is of no kind. */
static bool answer_fits(const struct query *q, const struct answer *a)
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

int session_query(struct session *s, const struct query *q, struct arena *a, struct answer *out)
{
    struct request r = {.kind = REQUEST_QUERY, .query = *q};
    struct reply reply;
    struct fault f;
    int rc = session_ask(s, &r, a, &f, &reply);
    if (rc < 0)
        return show_error(s->settings.json, &f, NULL, session_exit(rc, &f));
    if (reply.kind == REPLY_FAULT)
        return show_error(s->settings.json, &reply.fault, NULL, session_fault_exit(&reply.fault));
    if (reply.kind != REPLY_ANSWER || !answer_fits(q, &reply.answer)) {
        explain(s, ERR_PEER, &r, &f);
        return show_error(s->settings.json, &f, NULL, EXIT_FAILED);
    }
    if (reply.answer.fault.field[0])
        return show_error(s->settings.json, &reply.answer.fault, NULL,
                          session_fault_exit(&reply.answer.fault));
    *out = reply.answer;
    return EXIT_DONE;
}

int session_list(struct session *s, struct query *q, const struct listing *l, uint64_t *as_of_entry)
{
    struct arena arena = {0};
    struct answer page = {.next = 1};
    uint64_t seen = 0;
    int code = EXIT_DONE;
    while (code == EXIT_DONE && page.next != 0 && (l->limit == 0 || seen < l->limit)) {
        uint64_t left = l->limit - seen;
        q->count = l->limit == 0 || left > LIMIT_PAGE ? LIMIT_PAGE : (uint32_t)left;
        arena_reset(&arena);
        code = session_query(s, q, &arena, &page);
        if (code != EXIT_DONE)
            break;
        for (uint32_t i = 0; i < page.n && code == EXIT_DONE; i++, seen++)
            code = l->row(l->context, &page, i, &arena);
        *as_of_entry = page.as_of_entry;
        if (page.next != 0 && page.next <= q->after) {
            struct fault f;
            fault_set(&f, "cursor", NULL, "a cursor that goes on: the daemon's stands still");
            code = show_error(s->settings.json, &f, NULL, EXIT_FAILED);
        }
        q->after = page.next;
    }
    arena_free(&arena);
    return code;
}
