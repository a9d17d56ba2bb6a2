/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/followers.h"
#include "daemon/log.h"
#include "rules/reason.h"
#include "wire/message.h"

#define COMMIT_EVERY_US 5000  /* commits of the tables that waiting listings ask for */
#define FULL_AGAIN_US   20000 /* until a peer that did not read is looked at again */
#define COMMANDS_WORK   8     /* commands that are read while a point read is done */
#define READ_US         4     /* that a point read takes, about */
#define LOG_ROWS        8     /* rows of one request that are logged one by one */

struct dispatch {
    struct dispatch_config config;
    struct sessions *sessions;
    uint64_t answered; /* the highest entry that a reply has shown to anyone */
    struct followers *followers;
    struct lanes waiting; /* listings for which the tables' last commit is too old */
    unsigned nwaiting;
    bool commit_asked; /* one commit of the tables is on its way */
    int64_t commit_asked_us;
    struct event *timer;
};

static void saw_entry(struct dispatch *d, uint64_t number)
{
    if (number > d->answered)
        d->answered = number;
}

static void log_fault(const char *event, const char *principal, const struct fault *f)
{
    LOG(LEVEL_INFO, event, LOG_TEXT("principal", principal), LOG_TEXT("field", f->field),
        LOG_TEXT("value", f->value), LOG_TEXT("expected", f->expected));
}

static void finish(struct dispatch *d, struct job *j, const struct reply *r)
{
    sessions_reply(d->sessions, j->session, r);
    job_free(d->config.handoff, j);
}

static void finish_with_fault(struct dispatch *d, struct job *j, const struct fault *f)
{
    const struct reply r = {.number = j->request.number, .kind = REPLY_FAULT, .fault = *f};
    finish(d, j, &r);
}

static void finish_failed(struct dispatch *d, struct job *j, int code)
{
    struct fault f;
    (void)fault_set(&f, "book", err_text(code),
                    "ask again later; the daemon's log says what went wrong");
    finish_with_fault(d, j, &f);
}

/* ---- Commands ---- */

static const struct {
    const char *event; /* logged; NULL: not */
} outcome_log[] = {
    [OUTCOME_INVALID] = {"invalid"},
    [OUTCOME_DENIED] = {"denied"},
    [OUTCOME_TRY_AGAIN] = {"not_booked"},
    [OUTCOME_UNKNOWN] = {"unknown_outcome"},
};

static void log_outcomes(const char *principal, uint32_t n, const struct outcome *o)
{
    uint32_t logged = 0, more = 0;
    for (uint32_t i = 0; i < n; i++) {
        size_t kind = (size_t)o[i].kind;
        if (kind >= sizeof outcome_log / sizeof outcome_log[0] || !outcome_log[kind].event)
            continue;
        if (logged++ < LOG_ROWS)
            log_fault(outcome_log[kind].event, principal, outcome_fault(&o[i]));
        else
            more++;
    }
    if (more)
        LOG(LEVEL_INFO, "more_not_booked", LOG_TEXT("principal", principal),
            LOG_NUMBER("rows", more));
}

static void finish_commands(struct dispatch *d, struct job *j)
{
    const struct reply r = {.number = j->request.number,
                            .kind = REPLY_OUTCOMES,
                            .n = j->request.n,
                            .outcomes = j->book.outcomes};
    if (!r.outcomes) {
        finish_failed(d, j, ERR_MEMORY);
        return;
    }
    for (uint32_t i = 0; i < r.n; i++)
        if (!r.outcomes[i].dry_run)
            saw_entry(d, r.outcomes[i].number);
    log_outcomes(j->principal, r.n, r.outcomes);
    finish(d, j, &r);
}

/* A row whose kind could not be read is the book's to call invalid. */
static bool row_denied(const struct principal *p, const struct request *r, uint32_t i)
{
    bool unread = r->commands[i].kind == COMMAND_NONE && r->faults && r->faults[i];
    return !unread && !may_command(p, r->commands[i].kind);
}

/* Marks the rows that their sender may not ask for; the book answers them with the fault and does
 * the others, or none where the request is all or nothing. */
static int mark_denied(const struct principal *p, struct job *j)
{
    struct request *r = &j->request;
    for (uint32_t i = 0; i < r->n; i++) {
        if (!row_denied(p, r, i))
            continue;
        struct fault *f = arena_alloc(&j->arena, sizeof *f);
        if (!r->faults)
            r->faults = arena_zero(&j->arena, r->n * sizeof(struct fault *));
        if (!r->denied)
            r->denied = arena_zero(&j->arena, r->n * sizeof *r->denied);
        if (!f || !r->faults || !r->denied)
            return ERR_MEMORY;
        command_denied(p, r->commands[i].kind, f);
        r->faults[i] = f;
        r->denied[i] = true;
    }
    return 0;
}

static unsigned handle_commands(struct dispatch *d, struct session *s, struct job *j)
{
    const struct principal *p = session_principal(s);
    unsigned work = 1 + j->request.n / COMMANDS_WORK;
    /* What deciding makes of a command is much more than its bytes. */
    job_charge(d->config.handoff, j,
               j->request.n * (sizeof(struct outcome) + sizeof(struct fault) +
                               sizeof(struct entry) + sizeof(struct explanation)));
    if (mark_denied(p, j) < 0) {
        finish_failed(d, j, ERR_MEMORY);
        return 1;
    }
    j->kind = JOB_COMMANDS;
    j->book =
        (struct book_job){.principal = j->principal, .request = &j->request, .arena = &j->arena};
    handoff_push(d->config.handoff, j);
    return work;
}

/* ---- Queries ---- */

static void finish_query(struct dispatch *d, struct job *j)
{
    if (j->error < 0) {
        finish_failed(d, j, j->error);
        return;
    }
    const struct reply r = {.number = j->request.number, .kind = REPLY_ANSWER, .answer = j->answer};
    saw_entry(d, j->answer.as_of_entry);
    if (j->answer.fault.field[0])
        log_fault("invalid", j->principal, &j->answer.fault);
    finish(d, j, &r);
}

static void query_snapshot(struct dispatch *d, struct job *j)
{
    j->error = book_query_snapshot(d->config.book, clock_now(d->config.clock), &j->request.query,
                                   &j->arena, &j->answer);
    if (j->error < 0)
        LOG(LEVEL_ERROR, "query_failed", LOG_TEXT("error", err_text(j->error)));
    finish_query(d, j);
}

/* A listing may be long: the work it was. */
static unsigned answer_listing(struct dispatch *d, struct job *j)
{
    int64_t began_us = clock_steady_us();
    query_snapshot(d, j);
    return 1 + (unsigned)((clock_steady_us() - began_us) / READ_US);
}

static void wait_us(struct dispatch *d, int64_t us)
{
    const struct timeval tv = {us / 1000000, us % 1000000};
    evtimer_add(d->timer, &tv);
}

static void ask_for_commit(struct dispatch *d)
{
    if (d->commit_asked)
        return;
    int64_t since = clock_steady_us() - d->commit_asked_us;
    struct job *j;
    if (since < COMMIT_EVERY_US || job_new(d->config.handoff, NULL, &j) < 0) {
        wait_us(d, since < COMMIT_EVERY_US ? COMMIT_EVERY_US - since : COMMIT_EVERY_US);
        return;
    }
    d->commit_asked = true;
    d->commit_asked_us += since;
    j->kind = JOB_TABLES;
    handoff_push(d->config.handoff, j);
}

static void add_waiting(struct dispatch *d, struct job *j)
{
    lanes_add(&d->waiting, &j->share->listings, j);
    d->nwaiting++;
}

static struct job *pop_waiting(struct dispatch *d)
{
    struct job *j = lanes_pop(&d->waiting);
    d->nwaiting -= j != NULL;
    return j;
}

/* Whether the peer has room for the answer. One that is gone, or does not read while the daemon
 * stops, is not waited for: *j is freed and NULL then. */
static bool peer_takes(struct dispatch *d, struct job **j)
{
    const struct session *s = sessions_find(d->sessions, (*j)->session);
    if (s && session_has_room(s))
        return true;
    if (!s || sessions_are_stopping(d->sessions)) {
        job_free(d->config.handoff, *j);
        *j = NULL;
    }
    return false;
}

/* The next listing, of each principal in turn, whose peer has taken what it was sent, or NULL; and
 * whether any needs a newer snapshot. A principal's come in the order of what they need; one whose
 * peer does not read goes behind its others. */
static struct job *next_waiting(struct dispatch *d, bool *stale)
{
    uint64_t snapshot = book_snapshot_entry(d->config.book);
    for (unsigned n = d->nwaiting; n > 0; n--) {
        if (lanes_first(&d->waiting)->need > snapshot) {
            *stale = true;
            lanes_pass(&d->waiting);
            continue;
        }
        struct job *j = pop_waiting(d);
        if (peer_takes(d, &j))
            return j;
        if (j)
            add_waiting(d, j);
    }
    return NULL;
}

/* One at a time: the sockets have their turn in between. */
static void serve_waiting(struct dispatch *d)
{
    bool stale = false;
    struct job *j = next_waiting(d, &stale);
    if (j)
        query_snapshot(d, j);
    if (stale)
        ask_for_commit(d);
    if (j && d->waiting.first)
        wait_us(d, 0);
    else if (d->waiting.first && !stale)
        wait_us(d, FULL_AGAIN_US);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct dispatch *d = arg;
    (void)fd, (void)what;
    serve_waiting(d);
    sessions_resume(d->sessions);
}

static void finish_tables(struct dispatch *d, struct job *j)
{
    int code = j->error;
    d->commit_asked = false;
    job_free(d->config.handoff, j);
    if (code < 0)
        for (struct job *w; (w = pop_waiting(d)) != NULL;)
            finish_failed(d, w, code);
    serve_waiting(d);
}

/* False: its peer has not taken what it was sent, and may yet. */
static bool serve_follower(void *arg, struct job *j)
{
    if (peer_takes(arg, &j))
        query_snapshot(arg, j);
    else if (j)
        return false;
    return true;
}

/* Pages of the journal need neither the tables nor the writer. To whoever has seen all that anyone
 * was shown, the next commit brings more. */
static unsigned handle_entries(struct dispatch *d, struct session *s, struct job *j)
{
    const struct query *q = &j->request.query;
    bool waits = q->wait_ms > 0 && q->after == d->answered && session_sends_more(s);
    j->until_us = clock_steady_us() + q->wait_ms * INT64_C(1000);
    if (waits && followers_add(d->followers, j))
        return 1;
    return answer_listing(d, j);
}

static unsigned handle_query(struct dispatch *d, struct session *s, struct job *j)
{
    const struct query *q = &j->request.query;
    struct fault f;
    if (!may_query(session_principal(s), q->kind)) {
        query_denied(session_principal(s), q->kind, &f);
        log_fault("denied", j->principal, &f);
        finish_with_fault(d, j, &f);
        return 1;
    }
    j->kind = JOB_QUERY;
    if (q->kind == QUERY_ENTRIES)
        return handle_entries(d, s, j);
    j->need = d->answered;
    bool point = query_is_point(q), decides = q->kind == QUERY_EXPLAIN;
    if (!decides && book_snapshot_entry(d->config.book) >= j->need) {
        if (!point)
            return answer_listing(d, j);
        query_snapshot(d, j);
        return 1;
    }
    if (decides) /* an answer for each measure, as a command has one */
        job_charge(d->config.handoff, j,
                   LIMIT_MEASURES * (sizeof(struct explain_answer) + sizeof(struct entry) +
                                     sizeof(struct explanation)));
    if (decides || point) {
        handoff_push(d->config.handoff, j);
        return 1;
    }
    add_waiting(d, j);
    ask_for_commit(d);
    return 1;
}

/* ---- The clock ---- */

static unsigned handle_set_clock(struct dispatch *d, struct session *s, struct job *j)
{
    struct fault f;
    if (!may_set_clock(session_principal(s))) {
        set_clock_denied(session_principal(s), &f);
        log_fault("denied", j->principal, &f);
        finish_with_fault(d, j, &f);
        return 1;
    }
    if (!d->config.clock->test) {
        (void)fault_set(&f, "set_clock", NULL,
                        "a daemon on a test clock: this one goes by the machine's");
        log_fault("invalid", j->principal, &f);
        finish_with_fault(d, j, &f);
        return 1;
    }
    clock_move(d->config.clock, j->request.clock);
    char text[INSTANT_TEXT];
    LOG(LEVEL_INFO, "clock_set", LOG_TEXT("principal", j->principal),
        LOG_TEXT("clock", instant_format(j->request.clock, 0, text)));
    const struct reply r = {
        .number = j->request.number, .kind = REPLY_CLOCK_SET, .clock = j->request.clock};
    finish(d, j, &r);
    return 1;
}

/* ---- Messages ---- */

static const struct {
    unsigned (*handle)(struct dispatch *d, struct session *s, struct job *j);
} handlers[] = {
    [REQUEST_COMMANDS] = {handle_commands},
    [REQUEST_QUERY] = {handle_query},
    [REQUEST_SET_CLOCK] = {handle_set_clock},
};

/* Its version is right: the codec takes no other. */
static void handle_hello(struct session *s, const struct hello *h)
{
    LOG(LEVEL_DEBUG, "hello", LOG_TEXT("principal", session_principal(s)->name),
        LOG_TEXT("program", h->program ? h->program : ""));
    session_welcome(s);
}

/* Takes the job if it is a request that can be handled. Returns whether it did, and the work. */
static bool handle_request(struct dispatch *d, struct session *s, struct job *j, unsigned *work)
{
    const struct request *r = &j->request;
    struct fault f;
    size_t kind = (size_t)r->kind;
    if (kind >= sizeof handlers / sizeof handlers[0] || !handlers[kind].handle) {
        (void)fault_set(&f, "request", NULL, "commands, a query or set_clock");
        session_fault(s, r->number, &f);
        return false;
    }
    if (!session_begin(s, r->number)) {
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)r->number);
        (void)fault_set(&f, "request.number", number, "a number that is not under way");
        session_fault(s, r->number, &f);
        return false;
    }
    job_charge(d->config.handoff, j, arena_size(&j->arena));
    j->session = session_id(s);
    snprintf(j->principal, sizeof j->principal, "%s", session_principal(s)->name);
    *work = handlers[kind].handle(d, s, j);
    return true;
}

/* A message that can't be read. Without a number nobody can tell which request a fault belongs to.
 */
static void handle_unreadable(struct session *s, uint64_t number, const struct fault *f)
{
    if (number == 0 || !session_has_greeted(s)) {
        session_goodbye(s, f);
        return;
    }
    log_fault("invalid", session_principal(s)->name, f);
    session_fault(s, number, f);
}

unsigned dispatch_message(struct dispatch *d, struct session *s, struct job *j, struct span message)
{
    struct to_daemon m = {0};
    struct fault f = {0};
    unsigned work = 1;
    int rc = to_daemon_read(message, &j->arena, &f, &m);
    bool is_hello = m.kind == TO_DAEMON_HELLO;
    if (rc == 0 && m.kind == TO_DAEMON_REQUEST)
        rc = persons_replace(d->config.persons, &m.request, &j->arena, message);
    if (rc == ERR_MEMORY)
        (void)fault_set(&f, "connection", NULL, "the daemon is out of memory: try again later");
    if (rc == 0 && is_hello == session_has_greeted(s))
        rc = fault_set(&f, "hello", NULL, "one hello, before anything else");
    if (rc < 0) {
        bool named = rc == ERR_INVALID && m.kind == TO_DAEMON_REQUEST;
        handle_unreadable(s, named ? m.request.number : 0, &f);
    } else if (is_hello) {
        handle_hello(s, &m.hello);
    } else {
        j->request = m.request;
        if (handle_request(d, s, j, &work))
            return work;
    }
    job_free(d->config.handoff, j);
    return work;
}

int dispatch_done(struct dispatch *d)
{
    struct job_list done;
    int code = handoff_take_done(d->config.handoff, &done);
    for (struct job *j; (j = job_list_pop(&done)) != NULL;) {
        if (j->kind == JOB_COMMANDS)
            finish_commands(d, j);
        else if (j->kind == JOB_QUERY)
            finish_query(d, j);
        else
            finish_tables(d, j);
    }
    followers_wake(d->followers, d->answered);
    sessions_resume(d->sessions);
    return code;
}

int dispatch_new(const struct dispatch_config *c, struct dispatch **out)
{
    struct dispatch *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_MEMORY;
    d->config = *c;
    d->answered = c->entries;
    lanes_start(&d->waiting);
    const struct followers_config fc = {.base = c->base,
                                        .handoff = c->handoff,
                                        .limit = LIMIT_FOLLOWERS,
                                        .limit_each = LIMIT_FOLLOWERS_EACH,
                                        .serve = serve_follower,
                                        .arg = d};
    d->timer = evtimer_new(c->base, on_timer, d);
    if (!d->timer || followers_new(&fc, &d->followers) < 0) {
        dispatch_free(d);
        return ERR_MEMORY;
    }
    *out = d;
    return 0;
}

void dispatch_set_sessions(struct dispatch *d, struct sessions *all)
{
    d->sessions = all;
}

void dispatch_leave(struct dispatch *d, uint64_t session)
{
    followers_leave(d->followers, session);
}

void dispatch_stop(struct dispatch *d)
{
    followers_stop(d->followers);
}

void dispatch_free(struct dispatch *d)
{
    if (!d)
        return;
    for (struct job *j; (j = pop_waiting(d)) != NULL;)
        job_free(d->config.handoff, j);
    followers_free(d->followers);
    if (d->timer)
        event_free(d->timer);
    free(d);
}
