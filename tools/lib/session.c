/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/session.h"

#include <stdio.h>
#include <string.h>

#include "tools/lib/exits.h"
#include "tools/lib/show.h"

void session_end(struct session *s)
{
    link_end(&s->link);
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

void session_explain(const struct session *s, int rc, const struct request *r, struct fault *f)
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
    } else if (s->link.asked && r->kind == REQUEST_COMMANDS && !r->dry_run) {
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
            "no answer within %d.%03d s (%-s): try again, or wait longer with --timeout SECONDS",
            s->settings.timeout_ms / 1000, s->settings.timeout_ms % 1000, err_text(rc));
    }
}

int session_begin(struct session *s, struct fault *f)
{
    *f = (struct fault){0};
    s->link.asked = false;
    if (!s->settings.addr) {
        fault_set(f, "addr", NULL, "give the daemon's address: --addr unix:PATH or VOUCHERD_ADDR");
        return ERR_SETTING;
    }
    s->link.addr = s->settings.addr;
    s->link.program = s->tool->program;
    s->link.timeout_ms = s->settings.timeout_ms;
    return 0;
}

int session_ask(struct session *s, struct request *r, struct arena *a, struct fault *f,
                struct reply *out)
{
    int rc = session_begin(s, f);
    if (rc < 0)
        return rc;
    rc = link_ask(&s->link, r, a, f, out);
    if (rc < 0)
        session_explain(s, rc, r, f);
    return rc;
}

int session_fault_exit(const struct fault *f)
{
    static const struct {
        const char *field;
        int exit;
    } about[] = {{"principal", EXIT_NOT_ALLOWED},
                 {"role", EXIT_NOT_ALLOWED},
                 {"book", EXIT_NOT_REACHED}}; /* it failed: try again */
    for (size_t i = 0; i < sizeof about / sizeof *about; i++)
        if (strcmp(f->field, about[i].field) == 0)
            return about[i].exit;
    return EXIT_INPUT;
}

const struct fault *session_reply_fault(const struct reply *reply)
{
    if (reply->kind == REPLY_FAULT)
        return &reply->fault;
    return reply->kind == REPLY_ANSWER && reply->answer.fault.field[0] ? &reply->answer.fault
                                                                       : NULL;
}

bool session_reply_fits(const struct request *r, const struct reply *reply)
{
    if (r->kind == REQUEST_COMMANDS)
        return reply->kind == REPLY_OUTCOMES && reply->n == r->n;
    return r->kind == REQUEST_QUERY && reply->kind == REPLY_ANSWER &&
           client_answers(&r->query, &reply->answer);
}

/* What came of a query, told where it is not an answer. Returns an exit code. */
static int take_answer(struct session *s, const struct request *r, int rc, struct fault *f,
                       const struct reply *reply, struct answer *out)
{
    bool json = s->settings.json;
    if (rc < 0)
        return show_error(json, f, NULL, session_exit(rc, f));
    const struct fault *told = session_reply_fault(reply);
    if (told)
        return show_error(json, told, NULL, session_fault_exit(told));
    if (!session_reply_fits(r, reply)) {
        session_explain(s, ERR_PEER, r, f);
        return show_error(json, f, NULL, EXIT_FAILED);
    }
    *out = reply->answer;
    return EXIT_DONE;
}

int session_query(struct session *s, const struct query *q, struct arena *a, struct answer *out)
{
    struct request r = {.kind = REQUEST_QUERY, .query = *q};
    struct reply reply;
    struct fault f;
    int rc = session_ask(s, &r, a, &f, &reply);
    return take_answer(s, &r, rc, &f, &reply, out);
}

int session_query_once(struct session *s, const struct query *q, struct arena *a, bool *lost,
                       struct answer *out)
{
    struct request r = {.kind = REQUEST_QUERY, .query = *q};
    struct reply reply;
    struct fault f;
    *lost = false;
    int rc = session_begin(s, &f);
    if (rc == 0)
        rc = link_ask_once(&s->link, &r, a, &f, lost, &reply);
    if (*lost)
        return EXIT_NOT_REACHED;
    if (rc < 0)
        session_explain(s, rc, &r, &f);
    return take_answer(s, &r, rc, &f, &reply, out);
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
        if (page.next != 0 && !client_goes_on(q, page.next)) {
            struct fault f;
            fault_set(&f, "cursor", NULL, "a cursor that goes on: the daemon's stands still");
            code = show_error(s->settings.json, &f, NULL, EXIT_FAILED);
        }
        q->after = page.next;
    }
    arena_free(&arena);
    return code;
}
