/* SPDX-License-Identifier: Apache-2.0 */
/* A batch decided and folded: every command in its order. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/inner.h"

#define AHEAD 16 /* commands whose rows are asked for together: as much as stays in the cache */

/* A row of a batch, counted over all its jobs, and how far rows have been asked for. */
struct ahead {
    struct book_job *const *jobs;
    int njobs;
    uint32_t row;   /* of the first of them */
    uint64_t asked; /* rows before it */
    uint64_t begun; /* rows of the jobs before the one that runs */
};

/* The rows of one request being decided. */
struct row_run {
    struct book *b;
    struct flight *flight;
    const struct book_job *job;
    struct instant now;
    struct ahead *ahead;
    struct entry *entry; /* the last that was decided, in b->scratch until the next row */
    struct fault fault;  /* of a row, while it is decided */
};

static int pending_add(struct flight *f, struct span bytes, struct outcome *o)
{
    if (f->n == f->cap) {
        size_t cap = f->cap ? 2 * f->cap : 1024;
        struct pending *p = realloc(f->pending, cap * sizeof *p);
        if (!p)
            return ERR_MEMORY;
        f->pending = p;
        f->cap = cap;
    }
    f->pending[f->n++] = (struct pending){bytes, o};
    return 0;
}

void outcomes_clear(struct outcome *o, uint32_t n)
{
    memset(o, 0, n * sizeof *o);
}

static int job_copy(const struct row_run *r, const void *p, size_t n, struct span *out)
{
    const char *copy = arena_copy(r->job->arena, p, n);
    *out = SPAN(copy, n);
    return copy ? 0 : ERR_MEMORY;
}

/* An entry's bytes are made once, while all that they say is at hand: they are hashed, stored, and
 * sent as the answer. */
static int book_row(const struct row_run *r, const struct entry *e, struct outcome *o)
{
    o->kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    o->number = e->number;
    int rc = entry_encode_in(e, r->job->arena, &o->stored);
    return rc < 0 ? rc : pending_add(r->flight, o->stored, o);
}

/* The entry that a request id of this principal led to before; 0 if none (or not loaded yet). */
static uint64_t find_request(struct book *b, const struct command *c, const char *principal)
{
    struct key k;
    struct rows *rows = b->tables.rows;
    if (c->kind == COMMAND_CREATE_BOOK)
        return 0;
    const struct principal_row *p = rows_read_principal_row(rows, key_principal(&k, principal));
    const struct request_row *r =
        p ? rows_read_request_row(rows, key_request(&k, c->request_id, p->number)) : NULL;
    return r ? r->entry : 0;
}

static int encode_command(const struct command *c, struct buf *out)
{
    struct entry e = {.principal = "", .command = *c};
    out->n = 0;
    return entry_encode(&e, out);
}

/* The first answer to a request id, to be given again: from this batch (its leaf is hashed later:
 * see flight.c) or from the journal. Copied in any case: the job that it belongs to may be answered
 * and gone before this one is. */
static int find_entry(const struct row_run *r, uint64_t number, struct outcome *o)
{
    struct book *b = r->b;
    struct view *v;
    struct span bytes, hashes;
    if (number >= r->flight->first) {
        const struct pending *p = &r->flight->pending[number - r->flight->first];
        return job_copy(r, p->bytes.p, p->bytes.n, &o->stored);
    }
    int rc = number > b->entries ? book_wait(b) : 0;
    if (rc == 0)
        rc = view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    rc = view_entry(v, number, &bytes);
    if (rc == 0)
        rc = view_hashes(v, number, &hashes);
    if (rc == 0 && hashes.n < HASH_LEN)
        rc = ERR_CORRUPT;
    if (rc == 0) {
        memcpy(o->leaf, hashes.p, HASH_LEN);
        rc = job_copy(r, bytes.p, bytes.n, &o->stored);
    }
    view_end(v);
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

static int answer_again(const struct row_run *r, const struct command *c, uint64_t number,
                        struct outcome *o)
{
    struct book *b = r->b;
    struct entry e;
    int rc = find_entry(r, number, o);
    if (rc == 0)
        rc = entry_decode(o->stored, &b->scratch, &e);
    if (rc == 0)
        rc = encode_command(c, &b->compared[0]);
    if (rc == 0)
        rc = encode_command(&e.command, &b->compared[1]);
    if (rc < 0)
        return rc == ERR_FORMAT ? ERR_CORRUPT : rc;
    if (!span_equal(SPAN(b->compared[0].p, b->compared[0].n),
                    SPAN(b->compared[1].p, b->compared[1].n))) {
        char hex[33];
        outcomes_clear(o, 1);
        o->kind = OUTCOME_INVALID;
        (void)fault_set(
            outcome_fault_new(o, r->job->arena), "request_id", hex_format(c->request_id, 16, hex),
            "a new id for another command: this one was used for entry %" PRIu64, number);
        return 0;
    }
    o->kind = e.refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    o->repeated = true;
    o->number = number;
    return 0;
}

int book_decide(struct book *b, const struct command *c, const char *principal, struct instant now,
                struct arena *a, struct fault *f, struct entry **out)
{
    return tables_decide(&b->tables, c, principal, now, a, f, out);
}

/* Decides and folds; on success the rows have changed and *out has its balances. */
static int decide_and_fold(const struct row_run *r, const struct command *c, struct fault *f,
                           struct entry **out)
{
    struct tables *t = &r->b->tables;
    struct ledger l = {t->rows, t->policies, &r->b->scratch};
    struct entry *e;
    int rc = book_decide(r->b, c, r->job->principal, r->now, &r->b->scratch, f, &e);
    if (rc < 0)
        return rc;
    for (;;) {
        size_t mark = rows_mark(t->rows);
        rc = ledger_fold(&l, e, &e->balances, &e->nbalances);
        if (!rows_incomplete(t->rows)) {
            if (rc == 0)
                rows_keep(t->rows);
            else
                rows_rollback(t->rows, mark);
            break;
        }
        rows_rollback(t->rows, mark);
        rc = tables_load(t);
        if (rc < 0)
            return rc;
    }
    if (rc == 0)
        *out = e;
    return rc;
}

static void step_ahead(struct ahead *at)
{
    at->asked++;
    if (++at->row == (*at->jobs)->request->n) {
        at->row = 0;
        at->jobs++;
        at->njobs--;
    }
}

static int want(struct book *b, struct ahead *at, bool again)
{
    const struct ledger l = {b->tables.rows, b->tables.policies, NULL};
    b->wants.n = 0;
    for (int i = 0; i < AHEAD && at->njobs > 0; i++, step_ahead(at)) {
        const struct book_job *job = *at->jobs;
        const struct request *q = job->request;
        if (!q->faults || !q->faults[at->row])
            ledger_want(&l, &q->commands[at->row], job->principal, again, &b->wants);
    }
    rows_want_all(l.rows, &b->wants);
    return rows_incomplete(l.rows) ? tables_load(&b->tables) : 0;
}

/* Has the tables' rows for this command, and for some that follow, loaded together. */
static int look_ahead(struct book *b, struct ahead *at, uint32_t row)
{
    uint64_t now = at->begun + row;
    if (now < at->asked)
        return 0;
    while (at->asked < now) /* an all-or-nothing request ended early */
        step_ahead(at);
    struct ahead same = *at;
    int rc = want(b, &same, false);
    return rc < 0 ? rc : want(b, at, true);
}

/* One command of a request; sets its outcome. Negative: an operating error, the batch ends. */
static int run_row(struct row_run *r, uint32_t i, struct outcome *o)
{
    struct book *b = r->b;
    const struct command *c = &r->job->request->commands[i];
    uint64_t again = 0;
    const struct request *q = r->job->request;
    int rc = look_ahead(b, r->ahead, i);
    arena_reset(&b->scratch);
    if (rc < 0)
        return rc;
    if (q->faults && q->faults[i]) {
        o->kind = q->denied && q->denied[i] ? OUTCOME_DENIED : OUTCOME_INVALID;
        o->fault = q->faults[i];
        return 0;
    }
    for (;;) {
        again = find_request(b, c, r->job->principal);
        if (!rows_incomplete(b->tables.rows))
            break;
        rc = tables_load(&b->tables);
        if (rc < 0)
            return rc;
    }
    if (again)
        return answer_again(r, c, again, o);
    rc = decide_and_fold(r, c, &r->fault, &r->entry);
    if (rc == ERR_INVALID) {
        o->kind = OUTCOME_INVALID;
        outcome_fault_keep(o, r->job->arena, &r->fault);
        r->fault = (struct fault){0}; /* nothing of it stays behind another's texts */
        return 0;
    }
    return rc < 0 ? rc : book_row(r, r->entry, o);
}

/* A refusal is booked without the rows before it: vouchers that were to be theirs, whose numbers
 * others will bear, are not named in it. */
static int forget_siblings(struct entry *e, uint64_t vouchers, struct arena *a)
{
    if (e->refusal.voucher > vouchers)
        e->refusal.voucher = 0;
    if (!e->explanation)
        return 0;
    struct explanation *x = arena_alloc(a, sizeof *x);
    if (!x)
        return ERR_MEMORY;
    *x = *e->explanation;
    x->nholders = 0;
    for (int i = 0; i < e->explanation->nholders; i++)
        if (e->explanation->holders[i] <= vouchers)
            x->holders[x->nholders++] = e->explanation->holders[i];
    e->explanation = x;
    return 0;
}

/* Row `bad` of an all-or-nothing request failed: the others are not done. A refusal is booked
 * alone, with the figures that it saw. */
static int fail_atomic(const struct row_run *r, uint32_t bad, struct outcome *o)
{
    struct key k;
    struct book *b = r->b;
    char row[16];
    snprintf(row, sizeof row, "%" PRIu32, bad);
    for (uint32_t i = 0; i < r->job->request->n; i++) {
        if (i == bad)
            continue;
        outcomes_clear(&o[i], 1);
        o[i].kind = OUTCOME_NOT_DONE;
        (void)fault_set(outcome_fault_new(&o[i], r->job->arena), "commands", row,
                        "all rows of an all-or-nothing batch to be possible: see the row named "
                        "(counted from 0)");
    }
    if (o[bad].kind != OUTCOME_REFUSED || o[bad].repeated)
        return 0;
    struct head_row head = {0};
    const struct head_row *h = rows_read_head_row(b->tables.rows, key_head(&k));
    if (h)
        head = *h;
    struct entry *e = r->entry;
    e->number = head.entries + 1;
    e->policy = head.policy;
    e->of_failed_batch = true;
    int rc = forget_siblings(e, head.vouchers, &b->scratch);
    if (rc == 0 && !r->job->request->dry_run)
        rc = tables_fold(&b->tables, e, &b->scratch);
    return rc < 0 ? rc : book_row(r, e, &o[bad]);
}

/* All rows of a request that is taken back if one fails, or in any case. */
static int run_tentative(struct row_run *r, struct outcome *o)
{
    struct book *b = r->b;
    const struct request *q = r->job->request;
    size_t before = r->flight->n, mark = rows_mark(b->tables.rows);
    uint32_t i = 0;
    bool failed = false;
    int rc = 0;
    for (; i < q->n && rc == 0 && !failed; i++) {
        rc = run_row(r, i, &o[i]);
        failed = q->atomic && o[i].kind != OUTCOME_DONE;
    }
    if (rc < 0)
        return rc;
    if (failed || q->dry_run) {
        rows_rollback(b->tables.rows, mark);
        r->flight->n = before;
    } else {
        rows_keep(b->tables.rows);
    }
    if (failed)
        rc = fail_atomic(r, i - 1, o);
    if (q->dry_run)
        r->flight->n = before;
    for (i = 0; i < q->n; i++)
        o[i].dry_run = q->dry_run;
    return rc;
}

/* All rows of one request. */
static int run_job(struct flight *f, struct instant now, struct book_job *job, struct ahead *ahead)
{
    const struct request *q = job->request;
    struct row_run r = {.b = f->book, .flight = f, .job = job, .now = now, .ahead = ahead};
    struct outcome *o = arena_alloc(job->arena, q->n * sizeof *o);
    int rc = 0;
    if (!o)
        return ERR_MEMORY;
    outcomes_clear(o, q->n);
    job->outcomes = o;
    if (q->atomic || q->dry_run)
        rc = run_tentative(&r, o);
    else
        for (uint32_t i = 0; i < q->n && rc == 0; i++)
            rc = run_row(&r, i, &o[i]);
    ahead->begun += q->n;
    return rc;
}

int flight_decide(struct flight *f, struct instant now)
{
    struct ahead ahead = {.jobs = f->jobs, .njobs = f->njobs};
    int rc = 0;
    for (int i = 0; i < f->njobs && rc == 0; i++)
        rc = run_job(f, now, f->jobs[i], &ahead);
    return rc;
}
