/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/flow.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "tools/lib/exits.h"

#define PAUSE_FIRST 50 /* ms before connecting again; twice as long each further time */
#define PAUSE_MOST  800

struct slot {
    struct arena arena;
    struct request request;
    void *tag;
    bool answered;
};

struct run {
    struct session *session;
    const struct flow *flow;
    struct slot slots[FLOW_MOST]; /* n of them from `first` on, round and round, as sent */
    unsigned first, n;
    bool stopped;
    int64_t end; /* when to give up; later with each answer */
    int64_t pause;
    struct arena answers; /* what one reply holds */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct slot *slot_at(struct run *r, unsigned i)
{
    return &r->slots[(r->first + i) % FLOW_MOST];
}

static void got_on(struct run *r)
{
    r->end = now_ms() + r->session->settings.timeout_ms;
    r->pause = PAUSE_FIRST;
}

/* Connects, and asks again what has no answer yet. */
static int connect_again(struct run *r, struct fault *f)
{
    struct session *s = r->session;
    int64_t left = r->end - now_ms();
    int rc = link_connect(&s->link, left > 0 ? (int)left : 1, f);
    for (unsigned i = 0; rc == 0 && i < r->n; i++)
        if (!slot_at(r, i)->answered)
            rc = client_queue(s->link.client, &slot_at(r, i)->request, f);
    return rc;
}

/* Makes requests while there is room for them. */
static int make_some(struct run *r, struct fault *f)
{
    while (!r->stopped && r->n < r->flow->under_way) {
        struct slot *slot = slot_at(r, r->n);
        arena_reset(&slot->arena);
        slot->answered = false;
        slot->request = (struct request){0};
        int rc = r->flow->make(r->flow->context, &slot->arena, f, &slot->request, &slot->tag);
        if (rc <= 0)
            return rc;
        r->n++;
        if (r->session->link.client)
            rc = client_queue(r->session->link.client, &slot->request, f);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int take(struct run *r, const struct reply *reply, struct fault *f, int *code)
{
    struct slot *slot = NULL;
    for (unsigned i = 0; i < r->n; i++)
        if (slot_at(r, i)->request.number == reply->number && !slot_at(r, i)->answered)
            slot = slot_at(r, i);
    const struct fault *told = slot ? session_reply_fault(reply) : NULL;
    if (told) {
        *f = *told;
        *code = session_fault_exit(f);
        return ERR_INVALID;
    }
    if (!slot || !session_reply_fits(&slot->request, reply) ||
        (reply->kind == REPLY_ANSWER && reply->answer.next != 0 &&
         !client_goes_on(&slot->request.query, reply->answer.next)))
        return ERR_PEER;
    slot->answered = true;
    if (!r->flow->take(r->flow->context, &slot->request, reply, slot->tag))
        r->stopped = true;
    for (; r->n > 0 && slot_at(r, 0)->answered; r->n--)
        r->first = (r->first + 1) % FLOW_MOST;
    got_on(r);
    return 0;
}

/* Waits until the socket has something or takes something. */
static int wait_socket(const struct run *r, bool unsent)
{
    struct pollfd p = {.fd = client_fd(r->session->link.client),
                       .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
    int64_t left = r->end - now_ms();
    int n = poll(&p, 1, left > 0 ? (int)left : 0);
    if (n < 0 && errno != EINTR)
        return ERR_IO;
    return n == 0 && left <= 0 ? ERR_TIMEOUT : 0;
}

/* Sends, and takes the replies that are there; waits if nothing can be done. */
static int go_on(struct run *r, struct fault *f, int *code)
{
    struct client *c = r->session->link.client;
    struct reply reply;
    size_t unsent;
    bool any = false;
    int rc = client_flush(c, &unsent);
    while (rc == 0) {
        arena_reset(&r->answers);
        rc = client_poll(c, &r->answers, f, &reply);
        if (rc == 0)
            rc = take(r, &reply, f, code);
        any |= rc == 0;
    }
    if (rc != ERR_AGAIN)
        return rc;
    return any ? 0 : wait_socket(r, unsent > 0);
}

/* Whether it is worth connecting again after rc; waits before that. */
static bool may_connect(struct run *r, int rc)
{
    struct session *s = r->session;
    if (!link_is_lost(rc) || (!s->link.reached && (rc == ERR_NOT_FOUND || rc == ERR_IO)) ||
        now_ms() + r->pause >= r->end)
        return false;
    struct timespec t = {.tv_sec = r->pause / 1000, .tv_nsec = r->pause % 1000 * 1000000};
    nanosleep(&t, NULL);
    r->pause = r->pause * 2 > PAUSE_MOST ? PAUSE_MOST : r->pause * 2;
    return true;
}

static int run_all(struct run *r, struct fault *f, int *code)
{
    struct session *s = r->session;
    int rc = make_some(r, f);
    while (rc == 0 && r->n > 0) {
        rc = s->link.client ? 0 : connect_again(r, f);
        if (rc == 0) {
            s->link.asked = true;
            rc = go_on(r, f, code);
        }
        if (rc < 0) {
            session_end(s);
            if (may_connect(r, rc))
                rc = 0;
        }
        if (rc == 0)
            rc = make_some(r, f);
    }
    return rc;
}

int flow_run(struct session *s, const struct flow *w, struct fault *f, int *code)
{
    struct run r = {.session = s, .flow = w};
    int rc = session_begin(s, f);
    if (rc < 0) {
        *code = session_exit(rc, f);
        return rc;
    }
    *code = EXIT_FAILED;
    got_on(&r);
    rc = run_all(&r, f, code);
    if (rc < 0 && *code == EXIT_FAILED) {
        session_explain(s, rc, &slot_at(&r, 0)->request, f);
        *code = session_exit(rc, f);
    }
    for (unsigned i = 0; i < FLOW_MOST; i++)
        arena_free(&r.slots[i].arena);
    arena_free(&r.answers);
    return rc;
}
