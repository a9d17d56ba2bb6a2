/* SPDX-License-Identifier: Apache-2.0 */
#include "figures.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

enum option_key {
    OPTION_DIR = 'd',
    OPTION_BATCH = 'b',
    OPTION_CLIENTS = 'c',
    OPTION_COUNT = 'n',
    OPTION_SECONDS = 's',
    OPTION_ENTERPRISES = 256,
    OPTION_PRELOAD,
    OPTION_IDS,
    OPTION_TABLES_EVERY,
    OPTION_JOURNAL_ALONE,
    OPTION_REDEEM,
};

static const struct argp_option options[] = {
    {"dir", OPTION_DIR, "DIR", 0, "Of the database (PostgreSQL: of its socket)", 0},
    {"batch", OPTION_BATCH, "N", 0, "Events in one durable commit (1)", 0},
    {"clients", OPTION_CLIENTS, "N", 0, "Clients at a time (1; PostgreSQL alone)", 0},
    {"count", OPTION_COUNT, "N", 0, "Stop after so many events", 0},
    {"seconds", OPTION_SECONDS, "S", 0, "Stop after so long (3 unless --count is given)", 0},
    {"enterprises", OPTION_ENTERPRISES, "N", 0, "Enterprises (100)", 0},
    {"preload", OPTION_PRELOAD, "N", 0, "Vouchers before the measured time", 0},
    {"ids", OPTION_IDS, "time|random", 0, "Request ids in order of time (default), or random", 0},
    {"tables-every", OPTION_TABLES_EVERY, "N", 0,
     "Events after which the bare loop commits its tables (65536)", 0},
    {"journal-alone", OPTION_JOURNAL_ALONE, NULL, 0, "The bare loop: no tables at all", 0},
    {"redeem", OPTION_REDEEM, NULL, 0, "PostgreSQL: redeem instead of issuing", 0},
    {0},
};

_Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static uint64_t number(struct argp_state *state, const char *text, uint64_t min)
{
    char *end;
    uint64_t v = strtoull(text, &end, 10);
    if (*end || end == text || *text == '-' || v < min || v > UINT64_C(1) << 31)
        argp_error(state, "'%s': a whole number from %" PRIu64, text, min);
    return v;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
    struct bench_args *a = state->input;
    switch (key) {
    case OPTION_DIR:
        a->dir = arg;
        return 0;
    case OPTION_BATCH:
        a->batch = (unsigned)number(state, arg, 1);
        return 0;
    case OPTION_CLIENTS:
        a->clients = (unsigned)number(state, arg, 1);
        return 0;
    case OPTION_COUNT:
        a->count = number(state, arg, 1);
        return 0;
    case OPTION_SECONDS:
        a->seconds = strtod(arg, NULL);
        return 0;
    case OPTION_ENTERPRISES:
        a->enterprises = (unsigned)number(state, arg, 1);
        return 0;
    case OPTION_PRELOAD:
        a->preload = number(state, arg, 0);
        return 0;
    case OPTION_IDS:
        a->random_ids = strcmp(arg, "random") == 0;
        return 0;
    case OPTION_TABLES_EVERY:
        a->tables_every = (unsigned)number(state, arg, 1);
        return 0;
    case OPTION_JOURNAL_ALONE:
        a->journal_alone = true;
        return 0;
    case OPTION_REDEEM:
        a->redeem = true;
        return 0;
    case ARGP_KEY_END:
        if (!a->dir)
            argp_error(state, "--dir is needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void bench_args_read(int argc, char **argv, const char *doc, struct bench_args *out)
{
    const struct argp argp = {.options = options, .parser = take, .doc = doc};
    *out = (struct bench_args){.batch = 1, .clients = 1, .enterprises = 100, .tables_every = 65536};
    argp_parse(&argp, argc, argv, 0, NULL, out);
    if (!out->count && out->seconds <= 0)
        out->seconds = 3;
}

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void draw_init(struct draw *d, const struct bench_args *a, unsigned client)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t seed = (uint64_t)(t.tv_sec * SECOND + t.tv_nsec) + client;
    d->state = next(&seed);
    d->random_ids = a->random_ids;
}

uint64_t draw_below(struct draw *d, uint64_t below)
{
    return (uint64_t)(((unsigned __int128)next(&d->state) * below) >> 64);
}

void draw_id(struct draw *d, uint8_t id[static 16])
{
    uint64_t high = next(&d->state), low = next(&d->state);
    if (!d->random_ids) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
        high = ms << 16 | 0x7000 | (uint64_t)(t.tv_nsec % 1000000) * 4096 / 1000000;
    }
    high = __builtin_bswap64(high);
    low = __builtin_bswap64(low);
    memcpy(id, &high, 8);
    memcpy(id + 8, &low, 8);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

void run_begin(struct bench_run *r, const struct bench_args *a)
{
    memset(r, 0, sizeof *r);
    r->count = a->count;
    r->begun = r->ended = now_ns();
    r->end = a->seconds > 0 ? r->begun + (int64_t)(a->seconds * (double)SECOND) : INT64_MAX;
}

bool run_is_over(const struct bench_run *r)
{
    return r->ended >= r->end || (r->count && r->done >= r->count);
}

void run_add(struct bench_run *r, int64_t since, uint64_t done)
{
    r->ended = now_ns();
    r->done += done;
    histogram_add(&r->latency, (uint64_t)(r->ended - since));
}

void run_join(struct bench_run *r, const struct bench_run *other)
{
    histogram_join(&r->latency, &other->latency);
    r->done += other->done;
    if (other->ended > r->ended)
        r->ended = other->ended;
}

void run_tell(const struct bench_run *r, const char *name, uint64_t rows)
{
    const struct histogram *h = &r->latency;
    double seconds = (double)(r->ended - r->begun) / (double)SECOND;
    printf("{\"workload\":\"%s\",\"events_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
           "\"p999_ms\":%.3f,\"max_ms\":%.3f,\"done\":%" PRIu64
           ",\"errors\":0,\"seconds\":%.3f,\"rows\":%" PRIu64 "}\n",
           name, seconds > 0 ? (double)r->done / seconds : 0,
           (double)histogram_quantile(h, 0.5) / 1e6, (double)histogram_quantile(h, 0.99) / 1e6,
           (double)histogram_quantile(h, 0.999) / 1e6, (double)h->max / 1e6, r->done, seconds,
           rows);
}
