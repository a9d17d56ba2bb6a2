/* SPDX-License-Identifier: Apache-2.0 */
/* The generator: one thread, many connections, each with requests under way. Without a rate a
 * request's time runs from its sending. With a rate it runs from the moment at which it was due, so
 * that a daemon that stalls can't hide the requests that it kept from being sent. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "tools/bench/bench.h"

#define SECOND INT64_C(1000000000)
/* Where a rate is kept, what is due and what has come is looked at so often: waking up for each
 * would take from the daemon what the machine has. It counts as latency. */
#define PACE (SECOND / 5000)

/* A request under way. */
struct slot {
    bool busy, query;
    int64_t since;
    uint64_t newest; /* query: the newest entry answered when it was sent */
    uint8_t *events; /* per_request of them */
};

struct lane {
    struct client *client;
    uint64_t sent; /* requests; the client numbers them so, from the first on */
    uint64_t base; /* number before the first */
    unsigned under_way;
    struct slot *slots; /* by number, nslots of them */
    size_t unsent;
};

struct run {
    const struct load *load;
    struct scene *scene;
    struct tally *tally;
    struct lane *lanes;
    unsigned nlanes, nslots;
    unsigned next_lane; /* whose turn it is where a rate is kept */
    unsigned under_way;
    struct pollfd *polls;
    struct command *commands;
    struct command_texts *texts;
    uint8_t *events;
    struct arena arena;
    uint64_t sent;   /* events */
    uint64_t newest; /* entry number answered */
    int64_t begun, end, due;
    double due_step; /* ns between requests of a rate */
    uint64_t ndue;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static bool is_sent(const struct run *r, int64_t now)
{
    return (r->load->count && r->sent >= r->load->count) || (r->end && now >= r->end);
}

/* Draws what the next request asks: a query goes alone, commands fill a request. */
static unsigned draw(struct run *r, struct slot *slot, struct request *q)
{
    unsigned n = 0, want = r->load->per_request;
    uint64_t left = r->load->count ? r->load->count - r->sent : want;
    if (want > left)
        want = (unsigned)left;
    *q = (struct request){.kind = REQUEST_COMMANDS};
    enum event e = workload_draw(r->load->workload, r->scene);
    slot->query = e >= EVENT_ASK_VOUCHER;
    if (slot->query) {
        q->kind = REQUEST_QUERY;
        query_make(r->scene, e, &q->query);
        slot->events[0] = (uint8_t)e;
        return 1;
    }
    for (; n < want; n++) {
        slot->events[n] = (uint8_t)e;
        command_make(r->scene, e, &r->texts[n], &r->commands[n]);
        do
            e = workload_draw(r->load->workload, r->scene);
        while (e >= EVENT_ASK_VOUCHER);
    }
    q->n = n;
    q->commands = r->commands;
    return n;
}

static int send_one(struct run *r, struct lane *l, int64_t since)
{
    struct slot *slot = &l->slots[(l->sent + 1) % r->nslots];
    struct request q;
    struct fault f = {0};
    unsigned n = draw(r, slot, &q);
    slot->since = since ? since : now_ns();
    slot->newest = r->newest;
    int rc = client_queue(l->client, &q, &f);
    if (rc < 0)
        return bench_say(rc, "sending", &f);
    if (l->sent++ == 0)
        l->base = q.number - 1;
    slot->busy = true;
    l->under_way++;
    r->under_way++;
    r->sent += n;
    return 0;
}

static bool has_room(const struct run *r, const struct lane *l)
{
    return l->under_way < r->load->under_way && !l->slots[(l->sent + 1) % r->nslots].busy;
}

/* A rate is kept by the moments at which requests are due; they go to the connections in turn. */
static int send_due(struct run *r, int64_t now)
{
    while (r->due <= now && !is_sent(r, now)) {
        struct lane *l = NULL;
        for (unsigned i = 0; i < r->nlanes && !l; i++) {
            struct lane *at = &r->lanes[(r->next_lane + i) % r->nlanes];
            if (has_room(r, at))
                l = at;
        }
        if (!l)
            return 0;
        r->next_lane = (unsigned)(l - r->lanes + 1) % r->nlanes;
        int rc = send_one(r, l, r->due);
        if (rc < 0)
            return rc;
        r->due = r->begun + (int64_t)((double)++r->ndue * r->due_step);
    }
    return 0;
}

static int send_all(struct run *r)
{
    int rc = 0;
    int64_t now = now_ns();
    if (r->load->rate > 0)
        rc = send_due(r, now);
    for (unsigned i = 0; i < r->nlanes && rc == 0; i++) {
        struct lane *l = &r->lanes[i];
        while (r->load->rate <= 0 && rc == 0 && has_room(r, l) && !is_sent(r, now))
            rc = send_one(r, l, 0);
        if (rc == 0)
            rc = client_flush(l->client, &l->unsent);
        if (rc < 0)
            bench_say(rc, "sending", NULL);
    }
    return rc;
}

static int take_reply(struct run *r, struct lane *l, const struct reply *p)
{
    struct slot *slot = &l->slots[(p->number - l->base) % r->nslots];
    if (p->number <= l->base || p->number > l->base + l->sent || !slot->busy)
        return bench_say(ERR_PEER, "a reply to no request", NULL);
    histogram_add(&r->tally->latency, (uint64_t)(now_ns() - slot->since));
    slot->busy = false;
    l->under_way--;
    r->under_way--;
    if (p->kind == REPLY_OUTCOMES && !slot->query) {
        for (uint32_t i = 0; i < p->n; i++) {
            outcome_count(r->scene, slot->events[i], &p->outcomes[i], r->tally);
            if (p->outcomes[i].entry && p->outcomes[i].entry->number > r->newest)
                r->newest = p->outcomes[i].entry->number;
        }
    } else if (p->kind == REPLY_ANSWER && slot->query) {
        answer_count(&p->answer, slot->newest, r->tally);
    } else {
        fault_count(p->kind == REPLY_FAULT ? &p->fault : NULL, 1, r->tally);
    }
    return 0;
}

static int receive(struct run *r, struct lane *l)
{
    struct reply p;
    struct fault f = {0};
    for (;;) {
        arena_reset(&r->arena);
        int rc = client_poll(l->client, &r->arena, &f, &p);
        if (rc == ERR_AGAIN)
            return 0;
        if (rc < 0)
            return bench_say(rc, "receiving", &f);
        rc = take_reply(r, l, &p);
        if (rc < 0)
            return rc;
    }
}

static int wait_and_receive(struct run *r)
{
    struct timespec t = {.tv_sec = 1}, pace = {.tv_nsec = PACE};
    if (r->load->rate > 0) {
        nanosleep(&pace, NULL);
        t.tv_sec = 0;
    }
    for (unsigned i = 0; i < r->nlanes; i++) {
        r->polls[i].fd = client_fd(r->lanes[i].client);
        r->polls[i].events = (short)(POLLIN | (r->lanes[i].unsent ? POLLOUT : 0));
    }
    int n = ppoll(r->polls, r->nlanes, &t, NULL);
    for (unsigned i = 0; n > 0 && i < r->nlanes; i++) {
        int rc = r->polls[i].revents & (POLLIN | POLLHUP | POLLERR) ? receive(r, &r->lanes[i]) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int prepare(struct run *r, struct client **clients)
{
    size_t each = r->load->per_request, all = (size_t)r->nlanes * r->nslots;
    struct slot *slots = calloc(all, sizeof *slots);
    r->lanes = calloc(r->nlanes, sizeof *r->lanes);
    r->polls = calloc(r->nlanes, sizeof *r->polls);
    r->commands = calloc(each, sizeof *r->commands);
    r->texts = calloc(each, sizeof *r->texts);
    r->events = calloc(all, each);
    if (!r->lanes || !slots || !r->polls || !r->commands || !r->texts || !r->events) {
        free(slots);
        return bench_say(ERR_MEMORY, "requests", NULL);
    }
    for (size_t i = 0; i < all; i++)
        slots[i].events = r->events + i * each;
    for (unsigned i = 0; i < r->nlanes; i++) {
        r->lanes[i].client = clients[i];
        r->lanes[i].slots = slots + (size_t)i * r->nslots;
    }
    return 0;
}

static void clear(struct run *r)
{
    free(r->lanes ? r->lanes[0].slots : NULL);
    free(r->lanes);
    free(r->polls);
    free(r->commands);
    free(r->texts);
    free(r->events);
    arena_free(&r->arena);
}

int load_run(const struct load *l, struct scene *s, struct client **clients, unsigned nclients,
             struct tally *out)
{
    /* Replies may overtake each other by as much again. */
    struct run r = {
        .load = l, .scene = s, .tally = out, .nlanes = nclients, .nslots = 2 * l->under_way};
    int rc = prepare(&r, clients);
    double cpu = cpu_seconds();
    r.begun = r.due = now_ns();
    r.end = l->seconds > 0 ? r.begun + (int64_t)(l->seconds * (double)SECOND) : 0;
    r.due_step = l->rate > 0 ? (double)SECOND * l->per_request / l->rate : 0;
    while (rc == 0) {
        rc = send_all(&r);
        if (rc < 0 || (r.under_way == 0 && is_sent(&r, now_ns())))
            break;
        rc = wait_and_receive(&r);
    }
    out->seconds = (double)(now_ns() - r.begun) / (double)SECOND;
    out->cpu_seconds = cpu_seconds() - cpu;
    clear(&r);
    return rc;
}
