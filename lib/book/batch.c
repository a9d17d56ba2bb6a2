/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: every command decided and folded in its order, then one durable commit, then answers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/inner.h"

/* One command being decided. */
struct row_run {
    struct book *b;
    const struct book_job *job;
    struct instant now;
};

static int pending_add(struct book *b, struct entry *e, struct outcome *o)
{
    if (b->npending == b->cappending) {
        size_t cap = b->cappending ? 2 * b->cappending : 1024;
        struct pending *p = realloc(b->pending, cap * sizeof *p);
        if (!p)
            return ERR_MEMORY;
        b->pending = p;
        b->cappending = cap;
    }
    b->pending[b->npending++] = (struct pending){e, o};
    return 0;
}

/* The entry that a request id of this principal led to before; 0 if none (or not loaded yet). */
static uint64_t find_request(struct book *b, const struct command *c, const char *principal)
{
    struct rows *rows = b->tables.rows;
    if (c->kind == COMMAND_CREATE_BOOK)
        return 0;
    const struct principal_row *p = rows_read_principal_row(rows, key_principal(principal));
    const struct request_row *r =
        p ? rows_read_request_row(rows, key_request(c->request_id, p->number)) : NULL;
    return r ? r->entry : 0;
}

static int encode_command(const struct command *c, struct buf *out)
{
    struct entry e = {.principal = "", .command = *c};
    out->n = 0;
    return entry_encode(&e, out);
}

/* An entry from its bytes, in the job's own memory. */
static int copy_entry(const struct row_run *r, struct span bytes, struct entry **e)
{
    struct arena *a = r->job->arena;
    char *copy = arena_copy(a, bytes.p, bytes.n);
    *e = arena_alloc(a, sizeof **e);
    return copy && *e ? entry_decode(SPAN(copy, bytes.n), a, *e) : ERR_MEMORY;
}

/* One that was decided in this batch: the job that it belongs to may be answered and gone before
 * this one is. */
static int copy_pending(const struct row_run *r, uint64_t number, struct entry **e)
{
    struct book *b = r->b;
    b->repeats = true; /* its leaf is not hashed yet: see share_leaves */
    b->encoded.n = 0;
    int rc = entry_encode(b->pending[number - b->entries - 1].entry, &b->encoded);
    return rc < 0 ? rc : copy_entry(r, SPAN(b->encoded.p, b->encoded.n), e);
}

/* The first answer to a request id, given again: its entry, from this batch or from the journal. */
static int find_entry(const struct row_run *r, uint64_t number, struct entry **e,
                      uint8_t leaf[static HASH_LEN])
{
    struct book *b = r->b;
    struct view *v;
    struct span bytes, hashes;
    if (number > b->entries)
        return copy_pending(r, number, e);
    int rc = view_writer(b->store, &v);
    if (rc < 0)
        return rc;
    rc = view_entry(v, number, &bytes);
    if (rc == 0)
        rc = view_hashes(v, number, &hashes);
    if (rc == 0) {
        if (hashes.n >= HASH_LEN)
            memcpy(leaf, hashes.p, HASH_LEN);
        rc = copy_entry(r, bytes, e);
    }
    view_end(v);
    return rc == ERR_NOT_FOUND || rc == ERR_FORMAT ? ERR_CORRUPT : rc;
}

static int answer_again(const struct row_run *r, const struct command *c, uint64_t number,
                        struct outcome *o)
{
    struct book *b = r->b;
    struct entry *e = NULL;
    int rc = find_entry(r, number, &e, o->leaf);
    if (rc == 0)
        rc = encode_command(c, &b->compared[0]);
    if (rc == 0)
        rc = encode_command(&e->command, &b->compared[1]);
    if (rc < 0)
        return rc;
    if (!span_equal(SPAN(b->compared[0].p, b->compared[0].n),
                    SPAN(b->compared[1].p, b->compared[1].n))) {
        char hex[33];
        o->kind = OUTCOME_INVALID;
        (void)fault_set(&o->fault, "request_id", hex_format(c->request_id, 16, hex),
                        "a new id for another command: this one was used for entry %" PRIu64,
                        number);
        return 0;
    }
    o->kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    o->repeated = true;
    o->entry = e;
    return 0;
}

int book_decide(struct book *b, const struct command *c, const char *principal, struct instant now,
                struct arena *a, struct fault *f, struct entry **out)
{
    struct ledger l = {b->tables.rows, b->tables.policies, a};
    for (;;) {
        int rc = ledger_decide(&l, c, principal, now, f, out);
        if (!rows_incomplete(l.rows))
            return rc;
        rc = tables_load(&b->tables);
        if (rc < 0)
            return rc;
    }
}

/* Decides and folds; on success the rows have changed and *out has its balances. */
static int decide_and_fold(const struct row_run *r, const struct command *c, struct fault *f,
                           struct entry **out)
{
    struct tables *t = &r->b->tables;
    struct ledger l = {t->rows, t->policies, r->job->arena};
    struct entry *e;
    int rc = book_decide(r->b, c, r->job->principal, r->now, r->job->arena, f, &e);
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

/* One command of a request; sets its outcome. Negative: an operating error, the batch ends. */
static int run_row(const struct row_run *r, uint32_t i, struct outcome *o)
{
    struct book *b = r->b;
    const struct command *c = &r->job->request->commands[i];
    struct entry *e = NULL;
    uint64_t again = 0;
    const struct request *q = r->job->request;
    if (q->faults && q->faults[i]) {
        o->kind = q->denied && q->denied[i] ? OUTCOME_DENIED : OUTCOME_INVALID;
        o->fault = *q->faults[i];
        return 0;
    }
    for (;;) {
        again = find_request(b, c, r->job->principal);
        if (!rows_incomplete(b->tables.rows))
            break;
        int rc = tables_load(&b->tables);
        if (rc < 0)
            return rc;
    }
    if (again)
        return answer_again(r, c, again, o);
    int rc = decide_and_fold(r, c, &o->fault, &e);
    if (rc == ERR_INVALID) {
        o->kind = OUTCOME_INVALID;
        return 0;
    }
    if (rc < 0)
        return rc;
    o->kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE;
    o->entry = e;
    return pending_add(b, e, o);
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
    struct book *b = r->b;
    char row[16];
    snprintf(row, sizeof row, "%" PRIu32, bad);
    for (uint32_t i = 0; i < r->job->request->n; i++) {
        if (i == bad)
            continue;
        memset(&o[i], 0, sizeof o[i]);
        o[i].kind = OUTCOME_NOT_DONE;
        (void)fault_set(&o[i].fault, "commands", row,
                        "all rows of an all-or-nothing batch to be possible: see the row named "
                        "(counted from 0)");
    }
    if (o[bad].kind != OUTCOME_REFUSED || o[bad].repeated)
        return 0;
    struct head_row head = {0};
    const struct head_row *h = rows_read_head_row(b->tables.rows, key_head());
    if (h)
        head = *h;
    struct entry *e = (struct entry *)o[bad].entry;
    e->number = head.entries + 1;
    e->policy = head.policy;
    int rc = forget_siblings(e, head.vouchers, r->job->arena);
    if (rc < 0 || r->job->request->dry_run)
        return rc;
    rc = tables_fold(&b->tables, e, r->job->arena);
    return rc < 0 ? rc : pending_add(b, e, &o[bad]);
}

/* All rows of one request. */
static int run_job(struct book *b, struct instant now, struct book_job *job)
{
    const struct request *q = job->request;
    struct row_run r = {b, job, now};
    struct outcome *o = arena_zero(job->arena, q->n * sizeof *o);
    if (!o)
        return ERR_MEMORY;
    job->outcomes = o;
    bool tentative = q->atomic || q->dry_run;
    size_t before = b->npending;
    size_t mark = tentative ? rows_mark(b->tables.rows) : 0;
    int rc = 0;
    uint32_t i = 0;
    bool failed = false;
    for (; i < q->n && rc == 0 && !failed; i++) {
        rc = run_row(&r, i, &o[i]);
        o[i].dry_run = q->dry_run;
        failed = q->atomic && o[i].kind != OUTCOME_DONE;
    }
    if (rc < 0)
        return rc;
    if (tentative && (failed || q->dry_run)) {
        rows_rollback(b->tables.rows, mark);
        b->npending = before;
    } else if (tentative) {
        rows_keep(b->tables.rows);
    }
    if (!failed)
        return 0;
    rc = fail_atomic(&r, i - 1, o);
    for (uint32_t k = 0; k < q->n; k++)
        o[k].dry_run = q->dry_run;
    return rc;
}

/* Encodes, hashes and appends what was decided. */
static int append_pending(struct book *b)
{
    uint8_t record[TREE_RECORD_MAX];
    for (size_t i = 0; i < b->npending; i++) {
        struct pending *p = &b->pending[i];
        b->encoded.n = 0;
        int rc = entry_encode(p->entry, &b->encoded);
        if (rc < 0)
            return rc;
        struct span bytes = SPAN(b->encoded.p, b->encoded.n);
        size_t n = tree_add(&b->tree, bytes, record);
        store_journal_append(b->store, p->entry->number, bytes, SPAN(record, n));
        memcpy(p->outcome->leaf, record, HASH_LEN);
        if (i + 1 == b->npending)
            memcpy(rows_write_head_row(b->tables.rows, key_head())->leaf, record, HASH_LEN);
    }
    return 0;
}

/* Repeats of what was decided earlier in this batch get its leaf hash too. */
static void share_leaves(struct book *b, struct book_job *const jobs[], int n)
{
    for (int j = 0; j < n; j++) {
        for (uint32_t i = 0; i < jobs[j]->request->n; i++) {
            struct outcome *o = &jobs[j]->outcomes[i];
            if (o->repeated && !o->dry_run && o->entry && o->entry->number > b->entries)
                memcpy(o->leaf, b->pending[o->entry->number - b->entries - 1].outcome->leaf,
                       HASH_LEN);
        }
    }
}

static void answer_all(struct book_job *const jobs[], int n, enum outcome_kind kind,
                       const char *expected)
{
    for (int j = 0; j < n; j++) {
        uint32_t rows = jobs[j]->request->n;
        if (!jobs[j]->outcomes)
            jobs[j]->outcomes = arena_alloc(jobs[j]->arena, rows * sizeof *jobs[j]->outcomes);
        for (uint32_t i = 0; jobs[j]->outcomes && i < rows; i++) {
            struct outcome *o = &jobs[j]->outcomes[i];
            memset(o, 0, sizeof *o);
            o->kind = kind;
            (void)fault_set(&o->fault, "book", "", "%s", expected);
        }
    }
}

/* The batch is dropped before anything reached the journal. */
static int give_up(struct book *b, struct book_job *const jobs[], int n, int rc,
                   const struct tree *before)
{
    store_journal_drop(b->store);
    b->tree = *before;
    b->npending = 0;
    b->behind = true; /* rows of this batch and of earlier ones are mixed: folded anew */
    answer_all(jobs, n, OUTCOME_TRY_AGAIN,
               "nothing was done: try again with the same request id in a moment");
    return rc;
}

/* A commit failed with an outcome that nobody knows: the journal itself is asked. */
static int find_out(struct book *b, struct book_job *const jobs[], int n, const struct tree *before)
{
    uint64_t last, was = b->entries, want = was + b->npending;
    struct fault f;
    struct book_opening o = {0};
    b->npending = 0;
    b->tree = *before;
    b->behind = true;
    int rc = store_journal_recover(b->store, &last);
    if (rc < 0 || (last != was && last != want)) {
        answer_all(jobs, n, OUTCOME_UNKNOWN,
                   "outcome unknown: ask again with the same request id when the daemon is back");
        return ERR_UNKNOWN;
    }
    /* If the tables can't follow now, the next batch tries again first (b->behind). */
    rc = book_catch_up(b, &f, &o);
    (void)rc;
    if (last == want)
        return 0;
    answer_all(jobs, n, OUTCOME_TRY_AGAIN,
               "nothing was done, the disk did not take it (is it full?): try again with the same "
               "request id");
    return ERR_AGAIN;
}

/* Loads together what the commands of a batch name. */
static int prefetch(struct book *b, struct book_job *const jobs[], int n)
{
    struct ledger l = {b->tables.rows, b->tables.policies, NULL};
    for (int j = 0; j < n; j++) {
        const struct request *q = jobs[j]->request;
        for (uint32_t i = 0; i < q->n; i++)
            if (!q->faults || !q->faults[i])
                ledger_want(&l, &q->commands[i], jobs[j]->principal);
    }
    return rows_incomplete(l.rows) ? tables_load(&b->tables) : 0;
}

int book_batch(struct book *b, struct instant now, struct book_job *const jobs[], int n)
{
    struct tree before = b->tree;
    int rc = 0;
    for (int i = 0; i < n; i++)
        jobs[i]->outcomes = NULL;
    b->npending = 0;
    b->repeats = false;
    if (b->behind || store_tables_damaged(b->store)) {
        struct fault f;
        struct book_opening o = {0};
        rc = book_catch_up(b, &f, &o);
        if (rc < 0)
            return give_up(b, jobs, n, rc, &b->tree);
        before = b->tree;
    }
    rc = prefetch(b, jobs, n);
    for (int i = 0; i < n && rc == 0; i++)
        rc = run_job(b, now, jobs[i]);
    if (rc == 0)
        rc = append_pending(b);
    if (rc < 0)
        return give_up(b, jobs, n, rc, &before);
    if (b->repeats)
        share_leaves(b, jobs, n);
    tables_settle(&b->tables);
    if (b->npending == 0)
        return 0;
    rc = store_journal_commit(b->store);
    if (rc < 0)
        return find_out(b, jobs, n, &before);
    b->entries += b->npending;
    b->npending = 0;
    return 0;
}
