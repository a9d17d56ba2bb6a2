/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger whose rows are in memory alone. Every entry is folded a second time, into rows of its
 * own that know nothing but entries, and every sum in the rows is worked out again from the
 * vouchers. */
#ifndef TEST_LEDGER_WORLD_H
#define TEST_LEDGER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/facts.h"
#include "ledger/keys.h"
#include "ledger/ledger.h"
#include "ledger/row_room.h"
#include "tests/unit/make.h"

/* Rows that are there before anything is decided, as if they had been stored. */
struct stock {
    size_t n;
    struct {
        struct key key;
        void *row;
    } rows[128];
};

struct side {
    struct rows *rows;
    struct policies *policies;
    const struct stock *stock; /* NULL: nothing is stored */
};

struct world {
    struct side main, replica;
    struct arena a;
    struct instant now;
    const char *principal;
    struct fault fault;
    struct span files[8]; /* policy files read */
    int nfiles;
};

static struct side side_new(void)
{
    struct side s = {rows_new(), policies_new(), NULL};
    assert_non_null(s.rows);
    assert_non_null(s.policies);
    return s;
}

static inline struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->main = side_new();
    w->replica = side_new();
    w->principal = "maker";
    w->now = at(2025, 8, 1, 10);
    return w;
}

static inline const void *stock_find(const struct stock *s, const struct key *k)
{
    for (size_t i = 0; s && i < s->n; i++) {
        const struct key *other = &s->rows[i].key;
        if (other->table == k->table && other->n == k->n && !memcmp(other->p, k->p, k->n))
            return s->rows[i].row;
    }
    return NULL;
}

/* What is wanted and not in stock does not exist. */
static inline void load(const struct side *s)
{
    const struct key *const *keys;
    void *const *rows;
    bool *found;
    assert_int_equal(rows_error(s->rows), 0);
    int n = rows_wanted(s->rows, &keys, &rows, &found);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        const void *row = stock_find(s->stock, keys[i]);
        found[i] = row != NULL;
        if (row)
            memcpy(rows[i], row, row_used((enum table)keys[i]->table, row));
    }
    rows_loaded(s->rows);
}

static inline int fold_into(struct world *w, struct side *s, const struct entry *e,
                            const struct balance **b, uint32_t *n)
{
    struct ledger l = {s->rows, s->policies, &w->a};
    for (;;) {
        size_t mark = rows_mark(s->rows);
        int rc = ledger_fold(&l, e, b, n);
        if (!rows_incomplete(s->rows)) {
            if (rc < 0)
                rows_rollback(s->rows, mark);
            else
                rows_keep(s->rows);
            return rc;
        }
        rows_rollback(s->rows, mark);
        load(s);
    }
}

static inline int decide(struct world *w, const struct command *c, struct entry **out)
{
    struct ledger l = {w->main.rows, w->main.policies, &w->a};
    memset(&w->fault, 0, sizeof w->fault);
    for (;;) {
        int rc = ledger_decide(&l, c, c->kind == COMMAND_CREATE_BOOK ? "" : w->principal, w->now,
                               &w->fault, out);
        if (!rows_incomplete(w->main.rows))
            return rc;
        load(&w->main);
    }
}

/* A row; NULL where there is none. */
static inline const void *row_of(struct side *s, const struct key *k)
{
    const void *row = rows_read(s->rows, k);
    if (rows_incomplete(s->rows)) {
        load(s);
        row = rows_read(s->rows, k);
    }
    return row;
}

/* Vouchers as an entry finds them. */
struct found {
    uint32_t n;
    bool there[64];
    struct voucher_row rows[64];
};

static inline struct found *find_vouchers(struct world *w, const struct entry *e)
{
    struct key k;
    struct found *f = arena_zero(&w->a, sizeof *f);
    assert_non_null(f);
    for (; f->n < e->npostings && f->n < 64; f->n++) {
        const struct voucher_row *v = row_of(&w->main, key_voucher(&k, e->postings[f->n].voucher));
        f->there[f->n] = v != NULL;
        if (v)
            memcpy(&f->rows[f->n], v, row_used(TABLE_VOUCHER, v));
    }
    return f;
}

/* What an issue said of a voucher is stored once, with what follows from it: no other entry may
 * change the first, and an issue must leave the second. */
static inline void check_facts(struct world *w, const struct entry *e, struct found *f)
{
    struct key k;
    for (uint32_t i = 0; i < f->n; i++) {
        const struct voucher_row *v = row_of(&w->main, key_voucher(&k, e->postings[i].voucher));
        struct voucher_row now = {0};
        /* What is paid out in the same act is stored with what has become of it. */
        if (!v || (!f->there[i] && e->command.kind == COMMAND_ISSUE && e->done.issue.paid_out))
            continue;
        memcpy(&now, v, row_used(TABLE_VOUCHER, v));
        voucher_row_begin(&now);
        if (f->there[i])
            voucher_row_begin(&f->rows[i]);
        assert_memory_equal(&now, f->there[i] ? &f->rows[i] : v, row_used(TABLE_VOUCHER, v));
    }
}

/* Decides and folds; NULL and the fault in w->fault where there is nothing to book. */
static inline const struct entry *tell(struct world *w, struct command c)
{
    struct command *kept = arena_alloc(&w->a, sizeof *kept);
    struct entry *e = NULL;
    const struct balance *again;
    uint32_t n;
    assert_non_null(kept);
    *kept = c;
    int rc = decide(w, kept, &e);
    if (rc == ERR_INVALID) {
        assert_true(w->fault.field[0] && w->fault.expected[0]);
        return NULL;
    }
    assert_int_equal(rc, 0);
    if (e->refused)
        assert_int_equal(e->npostings, 0);
    struct found *vouchers = find_vouchers(w, e);
    assert_int_equal(fold_into(w, &w->main, e, &e->balances, &e->nbalances), 0);
    check_facts(w, e, vouchers);
    assert_int_equal(fold_into(w, &w->replica, e, &again, &n), 0);
    assert_int_equal(n, e->nbalances);
    for (uint32_t i = 0; i < n; i++)
        assert_memory_equal(&again[i].stages, &e->balances[i].stages, sizeof again[i].stages);
    return e;
}

static inline const struct entry *done(struct world *w, struct command c)
{
    const struct entry *e = tell(w, c);
    if (!e)
        print_error("%s: '%s': %s\n", w->fault.field, w->fault.value, w->fault.expected);
    assert_non_null(e);
    if (e->refused)
        print_error("refused: %s %s\n", reason_name(e->refusal.reason), e->refusal.detail);
    assert_false(e->refused);
    return e;
}

static inline const struct entry *refused(struct world *w, struct command c, enum reason reason)
{
    const struct entry *e = tell(w, c);
    assert_non_null(e);
    assert_true(e->refused);
    if (e->refusal.reason != reason)
        print_error("refused: %s %s\n", reason_name(e->refusal.reason), e->refusal.detail);
    assert_int_equal(e->refusal.reason, reason);
    return e;
}

static inline void invalid(struct world *w, struct command c, const char *field)
{
    assert_null(tell(w, c));
    assert_string_equal(w->fault.field, field);
}

static inline const struct head_row *head_of(struct world *w)
{
    struct key k;
    return row_of(&w->main, key_head(&k));
}

static inline const struct voucher_row *voucher_of(struct world *w, uint64_t number)
{
    struct key k;
    const struct voucher_row *v = row_of(&w->main, key_voucher(&k, number));
    assert_non_null(v);
    return v;
}

static inline const struct line_row *line_of(struct world *w, uint32_t number)
{
    struct key k;
    const struct line_row *l = row_of(&w->main, key_line(&k, number));
    assert_non_null(l);
    return l;
}

static inline void check_stages(const struct stages *s, int64_t available, int64_t committed,
                                int64_t payable)
{
    assert_int_equal(s->at[STAGE_AVAILABLE].fen, available);
    assert_int_equal(s->at[STAGE_COMMITTED].fen, committed);
    assert_int_equal(s->at[STAGE_PAYABLE].fen, payable);
    assert_int_equal(s->at[STAGE_HELD].fen, 0);
    assert_int_equal(s->at[STAGE_PAID].fen, 0);
    assert_int_equal(s->at[STAGE_RETURNED].fen, 0);
}

static int64_t stages_sum(const struct stages *s)
{
    int64_t sum = 0;
    for (int i = 0; i < STAGE_COUNT; i++) {
        assert_true(s->at[i].fen >= 0);
        sum += s->at[i].fen;
    }
    return sum;
}

/* The sums that a claim key must show, from its vouchers. */
static inline void check_claim(struct world *w, const struct voucher_row *of)
{
    struct ledger l = {.policies = w->main.policies};
    struct key k;
    const struct claim_row *c = row_of(&w->main, voucher_claim(&l, of, &k));
    int64_t net = 0, redeemed = 0, counted = 0, parts = 0, paid = 0;
    uint32_t live = 0, rates = 0;
    assert_non_null(c);
    for (uint64_t n = c->newest; n; n = voucher_of(w, n)->before_claim) {
        const struct voucher_row *v = voucher_of(w, n);
        int64_t spent = v->stages.at[STAGE_PAYABLE].fen + v->stages.at[STAGE_PAID].fen;
        int64_t held = v->stages.at[STAGE_COMMITTED].fen + spent;
        net += held;
        counted += held;
        redeemed += spent;
        live += held > 0;
        if (held > 0)
            assert_memory_equal(v->enterprise.c, c->holder.c, USCC_LEN);
    }
    for (int i = 0; i < c->nparts; i++) {
        parts += c->parts[i].counted.fen;
        paid += c->parts[i].redeemed.fen;
    }
    for (int i = 0; i < c->nrates; i++) {
        assert_true(c->rates[i].vouchers > 0);
        rates += c->rates[i].vouchers;
    }
    assert_int_equal(c->net.fen, net);
    assert_int_equal(c->redeemed.fen, redeemed);
    assert_int_equal(paid, redeemed);
    assert_int_equal(parts, counted);
    assert_int_equal(c->live, live);
    assert_int_equal(rates, live);
}

static inline void check_account(struct world *w, const struct voucher_row *of)
{
    struct key k;
    const struct account_row *a = row_of(&w->main, key_account(&k, &of->enterprise, of->measure));
    struct stages sum = {0};
    uint32_t n = 0;
    assert_non_null(a);
    for (uint64_t at = a->newest; at; at = voucher_of(w, at)->before_account, n++)
        for (int s = 0; s < STAGE_COUNT; s++)
            sum.at[s].fen += voucher_of(w, at)->stages.at[s].fen;
    assert_int_equal(a->vouchers, n);
    assert_memory_equal(&sum, &a->stages, sizeof sum);
    assert_int_equal(account_counts(a, EVENT_ISSUE, 0).fen,
                     stages_sum(&sum) - sum.at[STAGE_AVAILABLE].fen);
    assert_int_equal(account_counts(a, EVENT_REDEEM, 0).fen,
                     sum.at[STAGE_PAYABLE].fen + sum.at[STAGE_PAID].fen);
}

/* What one voucher adds to a tally in a year. */
static inline void add_counted(const struct voucher_row *v, int year, struct tally_year *sum)
{
    int64_t held = v->stages.at[STAGE_COMMITTED].fen + v->stages.at[STAGE_PAYABLE].fen +
                   v->stages.at[STAGE_PAID].fen;
    if (day_year(v->issued) != year)
        return;
    sum->issued.fen += held;
    sum->claims += held > 0;
}

/* Every tally that a voucher counts in holds what all its vouchers hold. */
static inline void check_tallies(struct world *w, uint64_t number)
{
    struct key key;
    const struct counted_row *c = row_of(&w->main, key_counted(&key, number));
    int year = day_year(voucher_of(w, number)->issued);
    for (int i = 0; c && i < c->nkeys; i++) {
        struct tally_year sum = {0};
        for (uint64_t n = 1; n <= head_of(w)->vouchers; n++) {
            const struct counted_row *other = row_of(&w->main, key_counted(&key, n));
            for (int k = 0; other && k < other->nkeys; k++)
                if (strcmp(other->keys[k].text, c->keys[i].text) == 0)
                    add_counted(voucher_of(w, n), year, &sum);
        }
        const struct tally_row *t = row_of(&w->main, key_tally(&key, &c->keys[i]));
        const struct tally_year *y = NULL;
        assert_non_null(t);
        for (int k = 0; k < t->nyears; k++)
            if (t->years[k].year == year)
                y = &t->years[k];
        assert_non_null(y);
        assert_int_equal(y->claims, sum.claims);
        assert_int_equal(y->issued.fen, sum.issued.fen);
    }
}

/* Works out every sum again. Small worlds only. */
static inline void check_sums(struct world *w)
{
    const struct head_row *h = head_of(w);
    int64_t promised[256][2] = {{0}};
    assert_true(h->lines < 256);
    for (uint64_t n = 1; n <= h->vouchers; n++) {
        const struct voucher_row *v = voucher_of(w, n);
        int64_t open = 0, face = 0;
        assert_int_equal(stages_sum(&v->stages), v->face.fen);
        for (int i = 0; i < v->nparts; i++) {
            assert_true(v->parts[i].open.fen >= 0 && v->parts[i].open.fen <= v->parts[i].face.fen);
            open += v->parts[i].open.fen;
            face += v->parts[i].face.fen;
            promised[v->parts[i].line][0] += v->parts[i].open.fen;
        }
        assert_int_equal(open, v->stages.at[STAGE_COMMITTED].fen);
        assert_int_equal(face, v->face.fen);
        check_claim(w, v);
        check_account(w, v);
        check_tallies(w, n);
    }
    for (uint32_t n = 1; n <= h->lines; n++) {
        const struct line_row *l = line_of(w, n);
        assert_int_equal(stages_sum(&l->stages), l->appropriated.fen);
        assert_int_equal(l->stages.at[STAGE_COMMITTED].fen, promised[n][0]);
    }
}

/* The row of another side under the same key, among those that were written. */
static inline const void *written(struct side *s, const struct key *k)
{
    size_t at = 0;
    const struct key *other;
    const void *row;
    while (rows_next_written(s->rows, &at, &other, &row))
        if (other->table == k->table && other->n == k->n && !memcmp(other->p, k->p, k->n))
            return row;
    return NULL;
}

/* The rows folded from entries alone are those that deciding and folding left. */
static inline void check_replica(struct world *w)
{
    const struct key *k;
    const void *row;
    size_t at = 0, n = 0, m = 0;
    rows_turn(w->main.rows);
    rows_turn(w->replica.rows);
    for (; rows_next_written(w->main.rows, &at, &k, &row); n++) {
        const void *copy = written(&w->replica, k);
        assert_non_null(copy);
        assert_memory_equal(row, copy, row_used((enum table)k->table, row));
    }
    for (at = 0; rows_next_written(w->replica.rows, &at, &k, &row); m++)
        ;
    assert_int_equal(n, m);
}

static inline void side_free(struct side *s)
{
    rows_free(s->rows);
    policies_free(s->policies);
}

static inline void world_free(struct world *w)
{
    side_free(&w->main);
    side_free(&w->replica);
    arena_free(&w->a);
    for (int i = 0; i < w->nfiles; i++)
        free((void *)w->files[i].p);
    free(w);
}

/* The last word of a test. */
static inline void end(struct world *w)
{
    check_sums(w);
    check_replica(w);
    world_free(w);
}

static inline struct span file_of(struct world *w, const char *name)
{
    struct span file = read_source(name);
    assert_true(file.n > 0);
    return w->files[w->nfiles++] = file;
}

/* A world with a book and a policy of the source tree. */
static inline struct world *world_with(const char *policy)
{
    struct world *w = world_new();
    done(w, make_book(true));
    done(w, make_adopt(file_of(w, policy)));
    return w;
}

#define ZHANGZHOU "conf/zhangzhou-2025.yaml"
#define THREE     "tests/policies/three-lines.yaml"
#define TODAY     day_make(2025, 8, 1) /* of a world that nobody moved on */

/* A city with money on every measure, a seller, a buyer and others. */
static inline struct world *city(void)
{
    static const char *const measures[] = {"1", "2", "3A", "3B"};
    struct world *w = world_with(ZHANGZHOU);
    for (int i = 0; i < 4; i++)
        done(w, make_appropriate(measures[i], 2025, "city", YUAN(90000000)));
    struct command c = make_enterprise(SELLER, "350602");
    with_trait(&c, "annotation-platform", DAY(DAY_MIN), DAY(DAY_MAX));
    done(w, c);
    c = make_enterprise(BUYER, "芗城区");
    with_trait(&c, "industrial", day_make(2025, 8, 1), day_make(2025, 8, 31));
    done(w, c);
    done(w, make_enterprise(OTHER, "350681"));
    done(w, make_enterprise(THIRD, "高新区"));
    return w;
}

static inline const struct entry *contract(struct world *w, const char *number, int64_t fen)
{
    return done(w, make_contract(number, SELLER, BUYER, fen));
}

static inline int64_t face(const struct entry *e)
{
    return e->done.issue.face.fen;
}

static inline struct command model_voucher(struct uscc who, const char *number)
{
    struct command c = make_issue("2", who, number);
    with_attestation(&c, "model-filing");
    with_attestation(&c, "effect");
    return c;
}

#endif
