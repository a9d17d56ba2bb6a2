/* SPDX-License-Identifier: Apache-2.0 */
/* voucher-bench: how much a running daemon does, and how fast it answers. It wants a book of its
 * own: it sets its scene there, and at the end holds the book's sums against what it was answered.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "tools/bench/bench.h"
#include "tools/lib/exits.h"

#define TIMEOUT_MS        60000
#define MIN_VOUCHERS      1000 /* to redeem and to ask for */
#define PRELOAD_BATCH     1000
#define PRELOAD_UNDER_WAY 8

enum option_key {
    OPTION_ADDR = 'a',
    OPTION_CONNECTIONS = 'c',
    OPTION_UNDER_WAY = 'u',
    OPTION_PER_REQUEST = 'b',
    OPTION_COUNT = 'n',
    OPTION_SECONDS = 's',
    OPTION_RATE = 'r',
    OPTION_ENTERPRISES = 256,
    OPTION_CONTRACTS,
    OPTION_IDS,
    OPTION_PRELOAD,
    OPTION_POLICY,
    OPTION_AMOUNT,
    OPTION_SEED,
    OPTION_NO_CHECK,
    OPTION_JSON,
};

static const struct argp_option options[] = {
    {"addr", OPTION_ADDR, "unix:PATH", 0, "The daemon's address; must be given", 0},
    {"connections", OPTION_CONNECTIONS, "N", 0, "Connections (1)", 0},
    {"under-way", OPTION_UNDER_WAY, "N", 0, "Requests under way on each connection (1)", 0},
    {"per-request", OPTION_PER_REQUEST, "N", 0, "Commands in one request (1)", 0},
    {"count", OPTION_COUNT, "N", 0, "Stop after so many events", 0},
    {"seconds", OPTION_SECONDS, "S", 0, "Stop after so long (5 unless --count is given)", 0},
    {"rate", OPTION_RATE, "N", 0,
     "Events in a second at most; a request's time then runs from when it was due", 0},
    {"enterprises", OPTION_ENTERPRISES, "N", 0, "Enterprises (100)", 0},
    {"contracts-per-enterprise", OPTION_CONTRACTS, "N", 0, "Contracts of each (4)", 0},
    {"ids", OPTION_IDS, "time|random", 0, "Request ids in order of time (default), or random", 0},
    {"preload", OPTION_PRELOAD, "N", 0,
     "Issue first, outside the measured time, until the book has N vouchers", 0},
    {"policy", OPTION_POLICY, "FILE", 0,
     "Adopted where the book has none (conf/zhangzhou-2025.yaml)", 0},
    {"amount", OPTION_AMOUNT, "YUAN", 0, "Of each voucher (10.00)", 0},
    {"seed", OPTION_SEED, "N", 0, "Of what is drawn (1)", 0},
    {"no-check", OPTION_NO_CHECK, NULL, 0,
     "Leave out the sums at the end: others write at the same time", 0},
    {"json", OPTION_JSON, NULL, 0, "Tell the result as JSON", 0},
    {0},
};

static unsigned long number(struct argp_state *state, const char *text, unsigned long max)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);
    if (*end || end == text || *text == '-' || v == 0 || v > max)
        argp_error(state, "'%s': a number from 1 to %lu", text, max);
    return v;
}

static double positive(struct argp_state *state, const char *text)
{
    char *end;
    double v = strtod(text, &end);
    if (*end || end == text || !(v > 0 && v < 1e12))
        argp_error(state, "'%s': a number above 0", text);
    return v;
}

/* Options whose argument is a whole number. */
static bool take_number(struct bench_options *o, int key, const char *arg, struct argp_state *state)
{
    static const unsigned long most = 1UL << 40;
    switch (key) {
    case OPTION_CONNECTIONS:
        o->connections = (unsigned)number(state, arg, LIMIT_CONNECTIONS);
        break;
    case OPTION_UNDER_WAY:
        o->under_way = (unsigned)number(state, arg, LIMIT_UNDER_WAY);
        break;
    case OPTION_PER_REQUEST:
        o->per_request = (unsigned)number(state, arg, LIMIT_BATCH);
        break;
    case OPTION_ENTERPRISES:
        o->enterprises = (unsigned)number(state, arg, 999999);
        break;
    case OPTION_CONTRACTS:
        o->contracts = (unsigned)number(state, arg, 9999);
        break;
    case OPTION_COUNT:
        o->count = number(state, arg, most);
        break;
    case OPTION_PRELOAD:
        o->preload = number(state, arg, most);
        break;
    case OPTION_SEED:
        o->seed = number(state, arg, most);
        break;
    default:
        return false;
    }
    return true;
}

static error_t take_option(int key, char *arg, struct argp_state *state)
{
    struct bench_options *o = state->input;
    struct fault f;
    char text[400];
    if (take_number(o, key, arg, state))
        return 0;
    switch (key) {
    case OPTION_ADDR:
        o->addr = arg;
        return 0;
    case OPTION_POLICY:
        o->policy = arg;
        return 0;
    case OPTION_SECONDS:
        o->seconds = positive(state, arg);
        return 0;
    case OPTION_RATE:
        o->rate = positive(state, arg);
        return 0;
    case OPTION_JSON:
        o->json = true;
        return 0;
    case OPTION_NO_CHECK:
        o->no_check = true;
        return 0;
    case OPTION_IDS:
        o->random_ids = strcmp(arg, "random") == 0;
        if (!o->random_ids && strcmp(arg, "time") != 0)
            argp_error(state, "--ids %s: time or random", arg);
        return 0;
    case OPTION_AMOUNT:
        if (money_parse_positive(arg, "amount", &f, &o->amount) < 0) {
            fault_text(&f, text, sizeof text);
            argp_error(state, "%s", text);
        }
        return 0;
    case ARGP_KEY_ARG:
        o->workload = state->arg_num == 0 ? workload_find(arg) : NULL;
        if (!o->workload)
            argp_error(state, "'%s': issue, redeem, mixed or query", arg);
        return 0;
    case ARGP_KEY_END:
        if (!o->workload || !o->addr)
            argp_error(state, "a workload and --addr unix:PATH are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int connect_all(const struct bench_options *o, struct client **clients)
{
    for (unsigned i = 0; i < o->connections; i++) {
        struct fault f = {0};
        int rc = client_open(o->addr, "voucher-bench", TIMEOUT_MS, &f, &clients[i]);
        if (rc < 0)
            return bench_say(rc, "connecting", &f);
        client_brief(clients[i]);
    }
    return 0;
}

static int preload(const struct bench_options *o, struct client **clients, struct scene *s)
{
    uint64_t want = o->preload;
    if (o->workload->needs_vouchers && want < MIN_VOUCHERS)
        want = MIN_VOUCHERS;
    if (s->vouchers >= want)
        return 0;
    struct load l = {.workload = workload_find("issue"),
                     .under_way = PRELOAD_UNDER_WAY,
                     .per_request = PRELOAD_BATCH,
                     .count = want - s->vouchers};
    struct tally *t = calloc(1, sizeof *t);
    int rc = t ? load_run(&l, s, clients, 1, t) : ERR_MEMORY;
    if (rc == 0 && t->errors) {
        fprintf(stderr, "voucher-bench: preloading: %s\n", t->first_error);
        rc = ERR_INVALID;
    }
    if (rc == 0)
        s->vouchers += t->vouchers;
    free(t);
    return rc;
}

static void tell(const struct bench_options *o, const struct tally *t)
{
    const struct histogram *h = &t->latency;
    double events = (double)(t->done + t->errors);
    double per_s = t->seconds > 0 ? (double)t->done / t->seconds : 0;
    double cpu_us = events > 0 ? t->cpu_seconds * 1e6 / events : 0;
    double ms[4] = {(double)histogram_quantile(h, 0.5) / 1e6,
                    (double)histogram_quantile(h, 0.99) / 1e6,
                    (double)histogram_quantile(h, 0.999) / 1e6, (double)h->max / 1e6};
    if (o->json)
        printf("{\"workload\":\"%s\",\"events_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
               "\"p999_ms\":%.3f,\"max_ms\":%.3f,\"done\":%" PRIu64 ",\"errors\":%" PRIu64
               ",\"requests\":%" PRIu64 ",\"seconds\":%.3f,\"client_cpu_us\":%.2f}\n",
               o->workload->name, per_s, ms[0], ms[1], ms[2], ms[3], t->done, t->errors, h->n,
               t->seconds, cpu_us);
    else
        printf("%s: %.0f events/s, latency of a request p50 %.3f ms, p99 %.3f, p99.9 %.3f, max "
               "%.3f; %" PRIu64 " done, %" PRIu64 " errors, %" PRIu64
               " requests in %.3f s; generator %.2f us CPU an event\n",
               o->workload->name, per_s, ms[0], ms[1], ms[2], ms[3], t->done, t->errors, h->n,
               t->seconds, cpu_us);
    if (t->errors)
        fprintf(stderr, "voucher-bench: %s\n", t->first_error);
}

/* One figure of the book against what the answers said; prints a difference. */
static bool differs(const char *what, int64_t book, int64_t answered)
{
    if (book == answered)
        return false;
    fprintf(stderr,
            "voucher-bench: %s: the book has %" PRId64 " more than before, the answers say %" PRId64
            "\n",
            what, book, answered);
    return true;
}

static bool check(const struct figures *before, const struct figures *after, const struct tally *t)
{
    bool bad = differs("entries", (int64_t)(after->entries - before->entries), (int64_t)t->booked);
    bad |= differs("vouchers", (int64_t)(after->vouchers - before->vouchers), (int64_t)t->vouchers);
    bad |= differs("committed", after->committed.fen - before->committed.fen,
                   t->issued.fen - t->redeemed.fen);
    bad |= differs("payable", after->payable.fen - before->payable.fen, t->redeemed.fen);
    return !bad;
}

static int measure(const struct bench_options *o, struct client **clients, struct scene *s,
                   struct tally *t)
{
    struct figures before, after;
    struct load l = {.workload = o->workload,
                     .under_way = o->under_way,
                     .per_request = o->per_request,
                     .count = o->count,
                     .seconds = o->seconds,
                     .rate = o->rate};
    int rc = figures_ask(clients[0], &before);
    if (rc == 0)
        rc = load_run(&l, s, clients, o->connections, t);
    if (rc < 0)
        return rc;
    tell(o, t);
    if (o->no_check)
        return t->errors ? ERR_INVALID : 0;
    rc = figures_ask(clients[0], &after);
    if (rc < 0)
        return rc;
    return check(&before, &after, t) && !t->errors ? 0 : ERR_INVALID;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = take_option,
        .args_doc = "issue|redeem|mixed|query",
        .doc =
            "Drives a running voucherd and tells how many events it does in a second and how long "
            "requests take. Exits 1 when an answer, or the book's sums at the end, are not as "
            "expected. It books: give it a book of its own."};
    struct bench_options o = {.policy = "conf/zhangzhou-2025.yaml",
                              .connections = 1,
                              .under_way = 1,
                              .per_request = 1,
                              .enterprises = 100,
                              .contracts = 4,
                              .amount = MONEY(1000),
                              .seed = 1};
    argp_err_exit_status = EXIT_INPUT;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (!o.count && o.seconds <= 0)
        o.seconds = 5;
    struct client **clients = calloc(o.connections, sizeof(struct client *));
    struct tally *t = calloc(1, sizeof *t);
    struct scene s = {0};
    int rc = clients && t ? connect_all(&o, clients) : ERR_MEMORY;
    int code = rc < 0 ? EXIT_NOT_REACHED : EXIT_DONE;
    if (rc == 0)
        rc = scene_set(&o, clients[0], &s);
    if (rc == 0)
        rc = preload(&o, clients, &s);
    if (rc == 0)
        rc = measure(&o, clients, &s, t);
    if (rc < 0 && code == EXIT_DONE)
        code = EXIT_REFUSED;
    for (unsigned i = 0; clients && i < o.connections; i++)
        client_close(clients[i]);
    scene_free(&s);
    free(clients);
    free(t);
    return code;
}
