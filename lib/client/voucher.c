/* SPDX-License-Identifier: Apache-2.0 */
/* The library's calls: a link (link.h) with what was sent and has no reply yet. */
#include "client/voucher.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/day.h"
#include "base/limits.h"
#include "base/money.h"
#include "client/inner.h"
#include "client/link.h"

/* A request whose reply is due. */
struct due {
    uint64_t number;
    struct query query; /* if it is one: its kind alone */
    uint32_t n;         /* commands; 0: a query */
    bool books;
};

struct voucher_connection {
    struct link link;
    struct arena arena; /* texts of the link and the welcome */
    struct voucher_facts welcome;
    struct due *due;
    size_t ndue, cap;
};

/* A result with the memory that it stands on. */
struct holder {
    struct voucher_result shown; /* first: its address is the holder's */
    struct arena arena;
};

/* ---- What went wrong ---- */

static const struct failure {
    int rc, code;
    const char *expected; /* where neither the socket nor the daemon said more; NULL: they did */
} failures[] = {
    {ERR_SETTING, VOUCHER_MISTAKE, NULL},
    {ERR_RANGE, VOUCHER_MISTAKE, NULL},
    {ERR_NOT_FOUND, VOUCHER_UNREACHABLE, NULL},
    {ERR_IO, VOUCHER_UNREACHABLE, NULL},
    {ERR_CLOSED, VOUCHER_LOST, "an answer: the daemon closed the connection"},
    {ERR_TIMEOUT, VOUCHER_TIMEOUT, "an answer: none came in time"},
    {ERR_PEER, VOUCHER_PROTOCOL,
     "a voucherd of this version: what answers there does not keep to the protocol"},
    {ERR_MEMORY, VOUCHER_MEMORY, "more memory"},
    {ERR_INVALID, VOUCHER_GOODBYE, NULL},
};

static int told(struct voucher_error *error, int code, const struct fault *f)
{
    error_set(error, code, f);
    return code;
}

static int mistake(struct voucher_error *error, const char *field, const char *value,
                   const char *expected)
{
    struct fault f;
    fault_set(&f, field, value, "%s", expected);
    return told(error, VOUCHER_MISTAKE, &f);
}

static int done(struct voucher_error *error)
{
    static const struct fault none;
    return told(error, VOUCHER_DONE, &none);
}

/* The code for a failure of the connection; *f is what the socket or the daemon said of it. */
static int failed(const struct voucher_connection *c, int rc, const struct fault *f,
                  struct voucher_error *error)
{
    const struct failure *x = failures;
    while (x->rc != rc && x < failures + sizeof failures / sizeof *failures - 1)
        x++;
    struct fault own = *f;
    int code = x->code;
    if (rc == ERR_INVALID && fault_code(f) == VOUCHER_DENIED)
        code = VOUCHER_DENIED;
    if (rc == ERR_IO && !f->field[0])
        code = VOUCHER_LOST;
    if (x->expected || !f->field[0])
        fault_set(&own, "addr", c->link.addr, "%s",
                  x->expected ? x->expected : "a reason: none was given");
    return told(error, code, &own);
}

static const char repeat[] = "booked or not, that is unknown: repeat it with the same request ids";

/* As failed, when what was asked may be booked. */
static int unknown(const struct voucher_connection *c, int rc, const struct fault *f,
                   struct voucher_error *error)
{
    struct voucher_error why;
    struct fault own;
    failed(c, rc, f, &why);
    fault_set(&own, "outcome", voucher_code_name(why.code), "%s", repeat);
    int code = told(error, VOUCHER_UNKNOWN, &own);
    if (error && why.code == VOUCHER_GOODBYE)
        snprintf(error->expected, sizeof error->expected, "%s (the daemon ended it: %.60s: %.90s)",
                 repeat, why.field, why.expected);
    return code;
}

/* Who may is looked at before what was done: denied in a repeat says nothing of the first attempt.
 */
static bool denied(const struct voucher_result *r)
{
    for (size_t i = 0; r->outcomes && i < r->n; i++)
        if (r->outcomes[i]->code == VOUCHER_DENIED)
            return true;
    return r->code == VOUCHER_DENIED;
}

/* ---- Connections ---- */

static int welcome_copy(struct voucher_connection *c)
{
    const struct welcome *w = client_welcome(c->link.client);
    c->welcome = (struct voucher_facts){
        .daemon = arena_copy(&c->arena, w->program, strlen(w->program)),
        .principal = arena_copy(&c->arena, w->principal, strlen(w->principal)),
        .batch_limit = w->batch_limit,
        .page_limit = w->page_limit,
        .frame_limit = w->frame_limit,
        .under_way_limit = w->under_way_limit};
    return c->welcome.daemon && c->welcome.principal ? 0 : ERR_MEMORY;
}

int voucher_open(const char *addr, const char *program, int timeout_ms,
                 struct voucher_connection **out, struct voucher_error *error)
{
    struct fault f = {0};
    *out = NULL;
    if (!addr || !program)
        return mistake(error, addr ? "program" : "addr", NULL, "a text: it is not given");
    if (timeout_ms <= 0)
        return mistake(error, "timeout_ms", NULL, "milliseconds above 0");
    struct voucher_connection *c = calloc(1, sizeof *c);
    if (!c)
        return told(error, VOUCHER_MEMORY, &f);
    c->link.addr = arena_copy(&c->arena, addr, strlen(addr));
    c->link.program = arena_copy(&c->arena, program, strlen(program));
    c->link.timeout_ms = timeout_ms;
    int rc = c->link.addr && c->link.program ? 0 : ERR_MEMORY;
    if (rc == 0)
        rc = link_connect(&c->link, timeout_ms, &f);
    if (rc == 0)
        rc = welcome_copy(c);
    if (rc < 0) {
        int code = failed(c, rc, &f, error);
        voucher_close(c);
        return code;
    }
    *out = c;
    return done(error);
}

void voucher_close(struct voucher_connection *c)
{
    if (!c)
        return;
    link_end(&c->link);
    arena_free(&c->arena);
    free(c->due);
    free(c);
}

const struct voucher_facts *voucher_welcome(const struct voucher_connection *c)
{
    return &c->welcome;
}

/* ---- Asking ---- */

void voucher_result_free(struct voucher_result *r)
{
    struct holder *h = (struct holder *)r;
    if (!h)
        return;
    arena_free(&h->arena);
    free(h);
}

static int request_make(const struct voucher_command *commands, size_t n, unsigned flags,
                        struct arena *a, struct fault *f, struct request *out)
{
    char value[16];
    if (flags & ~(VOUCHER_ATOMIC | VOUCHER_DRY_RUN)) {
        snprintf(value, sizeof value, "%#x", flags);
        return fault_set(f, "flags", value, "VOUCHER_ATOMIC, VOUCHER_DRY_RUN, both or 0");
    }
    *out = (struct request){.kind = REQUEST_COMMANDS,
                            .atomic = flags & VOUCHER_ATOMIC,
                            .dry_run = flags & VOUCHER_DRY_RUN,
                            .n = (uint32_t)n};
    return commands_take(commands, n, a, f, &out->commands);
}

static struct due due_of(const struct request *r)
{
    bool commands = r->kind == REQUEST_COMMANDS;
    return (struct due){.number = r->number,
                        .query = {.kind = commands ? QUERY_NONE : r->query.kind},
                        .n = commands ? r->n : 0,
                        .books = commands && !r->dry_run};
}

static bool fits(const struct due *d, const struct reply *r)
{
    if (r->kind == REPLY_FAULT)
        return true;
    if (d->n > 0)
        return r->kind == REPLY_OUTCOMES && r->n == d->n;
    return r->kind == REPLY_ANSWER && client_answers(&d->query, &r->answer);
}

/* Reads the reply into the holder, which is freed on failure. */
static int take(struct holder *h, const struct due *d, const struct reply *r)
{
    int rc = fits(d, r) ? result_show(r, &h->arena, &h->shown) : ERR_PEER;
    if (rc < 0)
        voucher_result_free(&h->shown);
    return rc;
}

static int ask(struct voucher_connection *c, struct request *r, struct voucher_result **out,
               struct voucher_error *error)
{
    struct fault f = {0};
    struct reply reply;
    if (c->ndue > 0)
        return mistake(error, "connection", "replies are due",
                       "voucher_receive for what was sent, or another connection");
    struct holder *h = calloc(1, sizeof *h);
    if (!h)
        return failed(c, ERR_MEMORY, &f, error);
    struct due due = due_of(r);
    int rc = link_ask(&c->link, r, &h->arena, &f, &reply);
    if (rc < 0) {
        voucher_result_free(&h->shown);
    } else {
        rc = take(h, &due, &reply);
        if (rc < 0)
            link_end(&c->link);
    }
    if (rc < 0)
        return (due.books && c->link.asked ? unknown : failed)(c, rc, &f, error);
    int code = h->shown.code;
    if (due.books && c->link.again && denied(&h->shown)) {
        fault_set(&f, "outcome", voucher_code_name(VOUCHER_DENIED), "%s", repeat);
        voucher_result_free(&h->shown);
        return told(error, VOUCHER_UNKNOWN, &f);
    }
    if (code == VOUCHER_DONE)
        done(error);
    else if (error)
        *error = *h->shown.error;
    if (code == VOUCHER_DONE || h->shown.outcomes)
        *out = &h->shown;
    else
        voucher_result_free(&h->shown);
    return code;
}

/* A failure before anything was sent. */
static int not_sent(const struct voucher_connection *c, int rc, const struct fault *f,
                    struct voucher_error *error)
{
    return rc == ERR_INVALID ? told(error, VOUCHER_MISTAKE, f) : failed(c, rc, f, error);
}

int voucher_do(struct voucher_connection *c, const struct voucher_command *commands, size_t n,
               unsigned flags, struct voucher_result **out, struct voucher_error *error)
{
    struct arena arena = {0};
    struct fault f = {0};
    struct request r;
    *out = NULL;
    int rc = request_make(commands, n, flags, &arena, &f, &r);
    int code = rc < 0 ? not_sent(c, rc, &f, error) : ask(c, &r, out, error);
    arena_free(&arena);
    return code;
}

int voucher_ask(struct voucher_connection *c, const struct voucher_query *query,
                struct voucher_result **out, struct voucher_error *error)
{
    struct fault f = {0};
    struct request r = {.kind = REQUEST_QUERY};
    *out = NULL;
    int rc = query_take(query, &f, &r.query);
    return rc < 0 ? not_sent(c, rc, &f, error) : ask(c, &r, out, error);
}

/* ---- Many under way ---- */

/* The connection is of no use any more, nor is what was under way on it. */
static int gone(struct voucher_connection *c, int rc, const struct fault *f,
                struct voucher_error *error)
{
    bool books = false;
    for (size_t i = 0; i < c->ndue; i++)
        books |= c->due[i].books;
    c->ndue = 0;
    link_end(&c->link);
    return (books ? unknown : failed)(c, rc, f, error);
}

static int due_reserve(struct voucher_connection *c)
{
    if (c->ndue < c->cap)
        return 0;
    size_t cap = c->cap ? 2 * c->cap : 16;
    struct due *p = realloc(c->due, cap * sizeof *p);
    if (!p)
        return ERR_MEMORY;
    c->due = p;
    c->cap = cap;
    return 0;
}

int voucher_flush(struct voucher_connection *c, size_t *left, struct voucher_error *error)
{
    static const struct fault none;
    size_t rest = 0;
    int rc = c->link.client ? client_flush(c->link.client, &rest) : 0;
    if (rc < 0)
        return gone(c, rc, &none, error);
    *left = rest;
    return done(error);
}

static int send_request(struct voucher_connection *c, struct request *r, uint64_t *number,
                        struct voucher_error *error)
{
    struct fault f = {0};
    size_t left;
    int rc = due_reserve(c);
    if (rc == 0)
        rc = link_connect(&c->link, c->link.timeout_ms, &f);
    if (rc == 0)
        rc = client_queue(c->link.client, r, &f);
    if (rc < 0)
        return failed(c, rc, &f, error);
    c->due[c->ndue++] = due_of(r);
    if (number)
        *number = r->number;
    return voucher_flush(c, &left, error);
}

int voucher_send_commands(struct voucher_connection *c, const struct voucher_command *commands,
                          size_t n, unsigned flags, uint64_t *number, struct voucher_error *error)
{
    struct arena arena = {0};
    struct fault f = {0};
    struct request r;
    int rc = request_make(commands, n, flags, &arena, &f, &r);
    int code = rc < 0 ? not_sent(c, rc, &f, error) : send_request(c, &r, number, error);
    arena_free(&arena);
    return code;
}

int voucher_send_query(struct voucher_connection *c, const struct voucher_query *query,
                       uint64_t *number, struct voucher_error *error)
{
    struct fault f = {0};
    struct request r = {.kind = REQUEST_QUERY};
    int rc = query_take(query, &f, &r.query);
    return rc < 0 ? not_sent(c, rc, &f, error) : send_request(c, &r, number, error);
}

/* Takes the request that a reply is to from those that are due; ERR_PEER if it is to none. */
static int due_take(struct voucher_connection *c, uint64_t number, struct due *out)
{
    for (size_t i = 0; i < c->ndue; i++) {
        if (c->due[i].number != number)
            continue;
        *out = c->due[i];
        c->ndue--;
        memmove(&c->due[i], &c->due[i + 1], (c->ndue - i) * sizeof *c->due);
        return 0;
    }
    return ERR_PEER;
}

int voucher_receive(struct voucher_connection *c, struct voucher_result **out,
                    struct voucher_error *error)
{
    static const struct fault nothing_yet = {.field = "reply", .expected = "more of it"};
    struct fault f = {0};
    struct reply reply;
    struct due due = {0};
    *out = NULL;
    if (!c->link.client)
        return told(error, VOUCHER_NOTHING_YET, &nothing_yet);
    struct holder *h = calloc(1, sizeof *h);
    if (!h)
        return failed(c, ERR_MEMORY, &f, error); /* the reply can still be taken */
    int rc = client_poll(c->link.client, &h->arena, &f, &reply);
    if (rc < 0) {
        voucher_result_free(&h->shown);
        return rc == ERR_AGAIN ? told(error, VOUCHER_NOTHING_YET, &nothing_yet)
                               : gone(c, rc, &f, error);
    }
    rc = due_take(c, reply.number, &due);
    if (rc < 0)
        voucher_result_free(&h->shown);
    else
        rc = take(h, &due, &reply);
    if (rc < 0) {
        if (due.books) /* it is among what is gone */
            c->due[c->ndue++] = due;
        return gone(c, rc, &f, error);
    }
    *out = &h->shown;
    return done(error);
}

int voucher_fd(const struct voucher_connection *c)
{
    return c->link.client ? client_fd(c->link.client) : -1;
}

/* ---- Values ---- */

void voucher_new_id(uint8_t id[VOUCHER_ID])
{
    client_new_id(id);
}

int voucher_day_parse(const char *text, int32_t *out, struct voucher_error *error)
{
    struct fault f = {0};
    struct day d;
    if (day_parse(text ? text : "", "day", &f, &d) < 0)
        return told(error, VOUCHER_MISTAKE, &f);
    *out = d.n;
    return done(error);
}

int voucher_money_parse(const char *text, int64_t *fen, struct voucher_error *error)
{
    struct fault f = {0};
    struct money m;
    if (money_parse(text ? text : "", "amount", &f, &m) < 0)
        return told(error, VOUCHER_MISTAKE, &f);
    *fen = m.fen;
    return done(error);
}

char *voucher_day_format(int32_t day, char out[VOUCHER_DAY_SIZE])
{
    out[0] = 0;
    return day < DAY_MIN || day > DAY_MAX ? out : day_format(DAY(day), out);
}

char *voucher_money_format(int64_t fen, char out[VOUCHER_MONEY_SIZE])
{
    return money_format(MONEY(fen), out);
}

const char *voucher_code_name(int code)
{
    static const char *const names[] = {
        [-VOUCHER_DONE] = "done",         [-VOUCHER_REFUSED] = "refused",
        [-VOUCHER_MISTAKE] = "mistake",   [-VOUCHER_DENIED] = "denied",
        [-VOUCHER_NOT_DONE] = "not_done", [-VOUCHER_TRY_AGAIN] = "try_again",
        [-VOUCHER_UNKNOWN] = "unknown",   [-VOUCHER_UNREACHABLE] = "unreachable",
        [-VOUCHER_LOST] = "lost",         [-VOUCHER_TIMEOUT] = "timeout",
        [-VOUCHER_GOODBYE] = "goodbye",   [-VOUCHER_PROTOCOL] = "protocol",
        [-VOUCHER_MEMORY] = "memory",     [-VOUCHER_NOTHING_YET] = "nothing_yet",
    };
    if (code > 0 || code < VOUCHER_NOTHING_YET)
        return "not a code";
    return names[-code];
}

const char *voucher_reason_name(int reason)
{
    return reason_name((enum reason)reason);
}

const char *voucher_version(void)
{
    return VERSION;
}

_Static_assert(VOUCHER_DAY_SIZE >= DAY_TEXT && VOUCHER_MONEY_SIZE >= MONEY_TEXT, "room for texts");
