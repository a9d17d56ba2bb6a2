/* SPDX-License-Identifier: Apache-2.0 */
/* voucher-bench: what its parts share. It drives a running daemon through its socket and holds
 * every answer against what it expects. Failures are told on stderr where they happen. */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"
#include "base/money.h"
#include "base/uscc.h"
#include "client/client.h"
#include "tools/bench/histogram.h"

/* What one event is; in a request of commands each command, else the query. */
enum event {
    EVENT_ISSUE = 0,     /* expected: done, of the amount asked for */
    EVENT_REDEEM,        /* expected: done, REDEEM_FEN paid */
    EVENT_REFUSE_AMOUNT, /* more than any rule gives; expected: refused */
    EVENT_REFUSE_PARTY,  /* of a contract with another buyer; expected: refused */
    EVENT_ASK_VOUCHER,   /* queries; expected: an answer no older than what was answered before */
    EVENT_ASK_ENTERPRISE,
    EVENT_ASK_FUNDS,
    EVENT_COUNT
};

#define BENCH_MEASURE "1" /* of 50 %, claimed by the buyer */
#define BENCH_SOURCE  "city"
#define INVOICE_FEN   2 /* of each redemption, which pays: */
#define REDEEM_FEN    1

struct workload {
    const char *name;
    unsigned weights[EVENT_COUNT]; /* of 1000 */
    bool needs_vouchers;
};

struct bench_options {
    const char *addr, *policy;
    const struct workload *workload;
    unsigned connections, under_way, per_request;
    unsigned enterprises, contracts; /* contracts of each enterprise */
    bool random_ids, json, no_check;
    struct money amount; /* of a voucher */
    uint64_t preload, count, seed;
    double seconds, rate; /* 0: no bound */
};

/* The scene: whom and what the commands name. */
struct scene {
    const struct bench_options *options;
    struct uscc seller;
    struct uscc *buyers;
    struct day today;
    uint64_t run;      /* first entry of this run: makes its invoices' numbers its own */
    uint64_t vouchers; /* numbers up to this one exist */
    uint64_t random, invoices, ids;
};

/* The book's own figures, for comparing before and after. */
struct figures {
    uint64_t entries, vouchers;
    struct money committed, payable;
};

/* What came of a run. */
struct tally {
    struct histogram latency; /* of requests */
    uint64_t done;            /* events answered as expected */
    uint64_t errors;          /* events answered otherwise */
    uint64_t booked, vouchers;
    struct money issued, redeemed;
    double seconds, cpu_seconds; /* the generator's own */
    char first_error[512];
};

/* scene.c */
int scene_set(const struct bench_options *o, struct client *c, struct scene *out) MUST_CHECK;
void scene_free(struct scene *s);
int figures_ask(struct client *c, struct figures *out) MUST_CHECK;
/* The number of a contract of one enterprise. */
#define CONTRACT_TEXT 32
/* The last `width` digits of n, in place of a format, which would take more time than the command
 * that it is for; returns where they end. */
char *put_digits(char *out, unsigned width, uint64_t n);
void contract_number(unsigned enterprise, unsigned n, char out[static CONTRACT_TEXT]);

/* workload.c */
const struct workload *workload_find(const char *name);
uint64_t scene_random(struct scene *s, uint64_t below);
enum event workload_draw(const struct workload *w, struct scene *s);
/* Texts of a command that is being sent. */
struct command_texts {
    char contract[CONTRACT_TEXT];
    char invoice[21];
};
void command_make(struct scene *s, enum event e, struct command_texts *t, struct command *out);
void query_make(struct scene *s, enum event e, struct query *out);
/* Hold an answer against what was expected; count it. */
void outcome_count(const struct scene *s, enum event e, const struct outcome *o, struct tally *t);
void answer_count(const struct answer *a, uint64_t no_older_than, struct tally *t);
/* The whole request was not taken. */
void fault_count(const struct fault *f, unsigned events, struct tally *t);

/* load.c: runs a workload until `count` events were sent or the time is over, and waits for every
 * reply. */
struct load {
    const struct workload *workload;
    unsigned under_way, per_request;
    uint64_t count;
    double seconds, rate;
};
int load_run(const struct load *l, struct scene *s, struct client **clients, unsigned nclients,
             struct tally *out) MUST_CHECK;

/* Says what went wrong; returns rc. */
int bench_say(int rc, const char *what, const struct fault *f);

#endif
