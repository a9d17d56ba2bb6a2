/* SPDX-License-Identifier: Apache-2.0 */
/* What the contenders of the benchmark share: options, what is drawn, and how a run is told. All do
 * the same: vouchers of AMOUNT_FEN on contracts of enterprises, drawn evenly. */
#ifndef TESTS_BENCH_FIGURES_H
#define TESTS_BENCH_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/bench/histogram.h"

#define CONTRACTS    4                  /* of each enterprise */
#define AMOUNT_FEN   1000               /* of a voucher */
#define INVOICE_FEN  2                  /* of a redemption, which pays half of it */
#define RECORD_BYTES 250                /* of a record of the journal */
#define CEILING_FEN  INT64_C(200000000) /* of an enterprise: 2,000,000.00 yuan */
#define CONTRACT_FEN INT64_C(10000000000000)
#define RATE_PPM     500000
#define FUNDS_FEN    INT64_C(500000000000000)

struct bench_args {
    const char *dir; /* of the database; PostgreSQL: of its socket */
    bool redeem;     /* instead of issuing */
    bool journal_alone;
    bool random_ids;
    unsigned batch, clients, enterprises, tables_every;
    uint64_t preload, count;
    double seconds;
};

/* Reads the command line; ends the program on a mistake. */
void bench_args_read(int argc, char **argv, const char *doc, struct bench_args *out);

/* A stream of drawn things; seeded by the time, since ids must not come twice. */
struct draw {
    uint64_t state;
    bool random_ids;
};
void draw_init(struct draw *d, const struct bench_args *a, unsigned client);
uint64_t draw_below(struct draw *d, uint64_t below);
/* A request id: UUIDv7, or random. */
void draw_id(struct draw *d, uint8_t id[static 16]);

int64_t now_ns(void);

/* One run: batches are added until it is over. */
struct bench_run {
    struct histogram latency; /* of batches */
    uint64_t done, count;
    int64_t begun, end, ended;
};
void run_begin(struct bench_run *r, const struct bench_args *a);
bool run_is_over(const struct bench_run *r);
/* `done` events took from `since` to now. */
void run_add(struct bench_run *r, int64_t since, uint64_t done);
/* Adds what another thread's run did. */
void run_join(struct bench_run *r, const struct bench_run *other);
/* One line of JSON, as voucher-bench --json tells it. */
void run_tell(const struct bench_run *r, const char *name, uint64_t rows);

/* Says what failed and ends the program. */
_Noreturn void give_up(const char *what, const char *why);

#endif
