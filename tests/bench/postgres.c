/* SPDX-License-Identifier: Apache-2.0 */
/* Drives PostgreSQL: a thread and a connection for each client, prepared statements, arguments in
 * binary form, a batch as arrays. What it calls is in postgres.sql. */
#include <inttypes.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

#define SLOTS        16 /* of the fund line: at most so many clients */
#define BODY_BYTES   226
#define PRELOAD_STEP 500000
#define PRELOAD_MIN  100000 /* to redeem */
#define NPARAMS      6

struct bytes {
    char *p;
    size_t n, cap;
};

struct sql_client {
    const struct bench_args *args;
    PGconn *c;
    unsigned at; /* which of the clients, and its slot of the fund line */
    struct draw draw;
    struct bench_run run;
    struct bytes params[NPARAMS];
    uint32_t *seen; /* redeem: by voucher, the batch that had it last */
    uint32_t batch;
    uint64_t refused;
    pthread_t thread;
};

static PGconn *connect_to(const char *dir)
{
    const char *keys[] = {"host", "dbname", "user", NULL};
    const char *values[] = {dir, "postgres", "postgres", NULL};
    PGconn *c = PQconnectdbParams(keys, values, 0);
    if (PQstatus(c) != CONNECTION_OK)
        give_up("PostgreSQL", PQerrorMessage(c));
    return c;
}

static PGresult *check(PGconn *c, PGresult *r)
{
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK)
        give_up("PostgreSQL", PQerrorMessage(c));
    return r;
}

static uint64_t ask_number(PGconn *c, const char *sql)
{
    PGresult *r = check(c, PQexec(c, sql));
    uint64_t v = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return v;
}

static void put(struct bytes *b, const void *p, size_t n)
{
    if (b->n + n > b->cap) {
        b->cap = 2 * (b->n + n);
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            give_up("arguments", "no memory");
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static void put32(struct bytes *b, uint32_t v)
{
    v = __builtin_bswap32(v);
    put(b, &v, 4);
}

static void put64(struct bytes *b, uint64_t v)
{
    v = __builtin_bswap64(v);
    put(b, &v, 8);
}

/* An array's beginning in binary form: dimensions, nulls, type, length, first index. */
static void array_begin(struct bytes *b, unsigned type, unsigned n)
{
    b->n = 0;
    put32(b, 1);
    put32(b, 0);
    put32(b, type);
    put32(b, n);
    put32(b, 1);
}

/* Numbers of the types in pg_type. */
enum { TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT4 = 23, TYPE_TEXT = 25, TYPE_UUID = 2950 };

static void add_id_and_body(struct sql_client *s, struct bytes *ids, struct bytes *bodies)
{
    static const char body[BODY_BYTES] = {0};
    uint8_t id[16];
    draw_id(&s->draw, id);
    put32(ids, sizeof id);
    put(ids, id, sizeof id);
    put32(bodies, sizeof body);
    put(bodies, body, sizeof body);
}

/* An enterprise of this client's own. */
static unsigned own_enterprise(struct sql_client *s)
{
    unsigned each = s->args->enterprises / s->args->clients;
    return (unsigned)draw_below(&s->draw, each) * s->args->clients + s->at;
}

static int fill_issue(struct sql_client *s, unsigned n)
{
    struct bytes *p = s->params;
    array_begin(&p[0], TYPE_UUID, n);
    array_begin(&p[1], TYPE_INT4, n);
    array_begin(&p[2], TYPE_INT8, n);
    array_begin(&p[3], TYPE_BYTEA, n);
    for (unsigned i = 0; i < n; i++) {
        add_id_and_body(s, &p[0], &p[3]);
        put32(&p[1], 4);
        put32(&p[1], own_enterprise(s) * CONTRACTS + (unsigned)draw_below(&s->draw, CONTRACTS));
        put32(&p[2], 8);
        put64(&p[2], AMOUNT_FEN);
    }
    p[4].n = 0;
    put32(&p[4], s->at);
    return 5;
}

/* A voucher of this client's enterprises that is not in this batch yet. */
static uint64_t own_voucher(struct sql_client *s)
{
    uint64_t claims = (uint64_t)s->args->enterprises * CONTRACTS;
    for (;;) {
        uint64_t v = 1 + draw_below(&s->draw, s->args->preload);
        if (v * 7919 % claims / CONTRACTS % s->args->clients != s->at || s->seen[v] == s->batch)
            continue;
        s->seen[v] = s->batch;
        return v;
    }
}

static int fill_redeem(struct sql_client *s, unsigned n)
{
    struct bytes *p = s->params;
    char invoice[21];
    s->batch++;
    array_begin(&p[0], TYPE_UUID, n);
    array_begin(&p[1], TYPE_INT8, n);
    array_begin(&p[2], TYPE_TEXT, n);
    array_begin(&p[3], TYPE_INT8, n);
    array_begin(&p[4], TYPE_BYTEA, n);
    for (unsigned i = 0; i < n; i++) {
        add_id_and_body(s, &p[0], &p[4]);
        put32(&p[1], 8);
        put64(&p[1], own_voucher(s));
        snprintf(invoice, sizeof invoice, "%020" PRId64, now_ns() * 16 + s->at);
        put32(&p[2], 20);
        put(&p[2], invoice, 20);
        put32(&p[3], 8);
        put64(&p[3], INVOICE_FEN);
    }
    p[5].n = 0;
    put32(&p[5], s->at);
    return 6;
}

/* One event goes by the procedure for one: its arguments are the arrays' only elements. */
static void unwrap(struct bytes *b, const char **p, int *n)
{
    *p = b->p + 24;
    *n = (int)b->n - 24;
}

/* Answers of less than `least` are refusals or repeats. */
static unsigned count_good(const struct sql_client *s, PGresult *r, unsigned n)
{
    int64_t least = s->args->redeem ? 0 : 1;
    const char *p = PQgetvalue(r, 0, 0);
    unsigned good = 0;
    if (n > 1) {
        if (PQgetlength(r, 0, 0) != (int)(20 + n * 12))
            return 0;
        p += 24; /* the array's beginning and the first length */
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t v;
        memcpy(&v, p + (size_t)i * 12, 8);
        good += (int64_t)__builtin_bswap64(v) >= least;
    }
    return good;
}

static void batch(struct sql_client *s)
{
    const char *values[NPARAMS];
    int lengths[NPARAMS], formats[NPARAMS];
    unsigned n = s->args->batch;
    int k = s->args->redeem ? fill_redeem(s, n) : fill_issue(s, n);
    for (int i = 0; i < k; i++) {
        formats[i] = 1;
        values[i] = s->params[i].p;
        lengths[i] = (int)s->params[i].n;
        if (n == 1 && i + 1 < k)
            unwrap(&s->params[i], &values[i], &lengths[i]);
    }
    int64_t since = now_ns();
    PGresult *r = check(s->c, PQexecPrepared(s->c, "go", k, values, lengths, formats, 1));
    unsigned good = count_good(s, r, n);
    PQclear(r);
    s->refused += n - good;
    run_add(&s->run, since, good);
}

static void *client_main(void *arg)
{
    struct sql_client *s = arg;
    while (!run_is_over(&s->run))
        batch(s);
    return NULL;
}

static void client_begin(struct sql_client *s, const struct bench_args *a, unsigned at)
{
    static const char *const calls[2][2] = {
        {"SELECT issue_one($1, $2, $3, $4, $5)", "SELECT issue_batch($1, $2, $3, $4, $5)"},
        {"SELECT redeem_one($1, $2, $3, $4, $5, $6)",
         "SELECT redeem_batch($1, $2, $3, $4, $5, $6)"}};
    s->args = a;
    s->at = at;
    s->c = connect_to(a->dir);
    /* A batch finds its rows by their keys: no plan may go through a whole table. */
    PQclear(check(s->c, PQexec(s->c, "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                     "SET enable_mergejoin = off")));
    PQclear(check(s->c, PQprepare(s->c, "go", calls[a->redeem][a->batch > 1], 0, NULL)));
    draw_init(&s->draw, a, at);
    if (a->redeem && !(s->seen = calloc(a->preload + 1, sizeof *s->seen)))
        give_up("vouchers", "no memory");
    run_begin(&s->run, a);
    if (s->run.count)
        s->run.count = (s->run.count + a->clients - 1) / a->clients;
}

static void client_end(struct sql_client *s)
{
    for (int i = 0; i < NPARAMS; i++)
        free(s->params[i].p);
    free(s->seen);
    PQfinish(s->c);
}

/* Enterprises, contracts and what is to be there before. */
static void prepare(const struct bench_args *a)
{
    char sql[400];
    PGconn *c = connect_to(a->dir);
    snprintf(sql, sizeof sql,
             "SELECT set_scene(%u, %d, %d, %" PRId64 ", %" PRId64 ", %d, %" PRId64 ")",
             a->enterprises, CONTRACTS, SLOTS, CEILING_FEN, CONTRACT_FEN, RATE_PPM, FUNDS_FEN);
    PQclear(check(c, PQexec(c, sql)));
    uint64_t have = ask_number(c, "SELECT coalesce(max(last), 0) FROM preloaded");
    bool add = have < a->preload;
    if (add && ask_number(c, "SELECT coalesce(max(number), 0) FROM voucher") > have)
        give_up("--preload", "vouchers were issued already: it wants a new database");
    while (have < a->preload) {
        uint64_t to = a->preload - have > PRELOAD_STEP ? have + PRELOAD_STEP : a->preload;
        snprintf(sql, sizeof sql, "SELECT preload(%" PRIu64 ", %" PRIu64 ", %u, %d, %d, %s)",
                 have + 1, to, a->enterprises * CONTRACTS, CONTRACTS, AMOUNT_FEN,
                 a->random_ids ? "true" : "false");
        PQclear(check(c, PQexec(c, sql)));
        have = to;
    }
    if (add) {
        PQclear(check(c, PQexec(c, "VACUUM ANALYZE")));
        PQclear(check(c, PQexec(c, "CHECKPOINT")));
    }
    PQfinish(c);
}

int main(int argc, char **argv)
{
    static struct sql_client clients[SLOTS];
    static struct bench_run all;
    struct bench_args a;
    bench_args_read(argc, argv, "PostgreSQL with the same rules and rows.", &a);
    if (a.clients > SLOTS || a.enterprises < a.clients || a.batch > 10000)
        give_up("options", "at most 16 clients, an enterprise for each, batches of at most 10000");
    if (a.redeem && a.preload < PRELOAD_MIN)
        a.preload = PRELOAD_MIN;
    prepare(&a);
    for (unsigned i = 0; i < a.clients; i++)
        client_begin(&clients[i], &a, i);
    run_begin(&all, &a);
    for (unsigned i = 0; i < a.clients; i++)
        if (pthread_create(&clients[i].thread, NULL, client_main, &clients[i]))
            give_up("threads", "no more");
    uint64_t refused = 0;
    for (unsigned i = 0; i < a.clients; i++) {
        pthread_join(clients[i].thread, NULL);
        run_join(&all, &clients[i].run);
        refused += clients[i].refused;
    }
    uint64_t rows = ask_number(clients[0].c, "SELECT count(*) FROM journal");
    for (unsigned i = 0; i < a.clients; i++)
        client_end(&clients[i]);
    run_tell(&all, a.redeem ? "redeem" : "issue", rows);
    if (refused)
        give_up("PostgreSQL", "events were refused or repeated");
    return 0;
}
