/* SPDX-License-Identifier: Apache-2.0 */
/* What frees promised money: void, by decision, and lapse, by time. */
#include <stdio.h>

#include "ledger/step.h"

#define LAPSE_VISITS                                                                               \
    1024 /* vouchers looked at for one entry, so that a day with many that are used up             \
            does not hold the writer */
#define LAPSE_AHEAD 64 /* neighbours asked for at once: chains mostly run through neighbours */

static int decide_void(struct deciding *d)
{
    const struct void_voucher *c = &d->command->void_voucher;
    const struct voucher_row *v = find_voucher(d, c->voucher, "void_voucher.voucher");
    if (!v)
        return ERR_INVALID;
    const char *ended = voucher_ended(v);
    if (ended) {
        d->entry->refusal.voucher = c->voucher;
        return refuse(d, REASON_VOUCHER_STATE, ended);
    }
    struct posting *p = postings_begin(d, LIMIT_LINES);
    if (!p)
        return ERR_MEMORY;
    d->entry->npostings = free_postings(v, c->voucher, p);
    d->entry->done.freed.freed = v->stages.at[STAGE_COMMITTED];
    return 0;
}

static void fold_void(struct folding *f)
{
    fold_end(f, f->entry->command.void_voucher.voucher, END_VOID);
}

static void want_void(const struct wanting *w)
{
    want_voucher(w, w->command->void_voucher.voucher);
}

const struct verb verb_void = {"void", true, decide_void, fold_void, want_void};

/* The next voucher of a due chain; its neighbours below are wanted with it. */
static const struct voucher_row *due_voucher(struct deciding *d, uint64_t number)
{
    struct key k;
    bool waiting = rows_incomplete(d->rows);
    const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(&k, number));
    if (!waiting && rows_incomplete(d->rows)) {
        for (uint64_t i = 1; i < LAPSE_AHEAD && i < number; i++)
            rows_want(d->rows, key_voucher(&k, number - i));
    }
    return v;
}

/* Walks the chains of every day that is over, oldest day first, and lapses what is open. */
static void lapse_due(struct deciding *d, struct day until, uint64_t *list,
                      struct posting *postings)
{
    struct key k;
    struct entry *e = d->entry;
    struct done_lapse *done = &e->done.lapse;
    int visits = 0;
    if (d->head->first_due.n == 0)
        return;
    for (struct day day = d->head->first_due; day.n <= until.n; day.n++) {
        const struct due_row *due = rows_read_due_row(d->rows, key_due(&k, day));
        uint64_t at = due ? due->newest : 0;
        while (at) {
            if (e->nlapsed == LIMIT_LAPSE || visits++ == LAPSE_VISITS) {
                done->more = true;
                done->next_day = day;
                done->next_voucher = at;
                return;
            }
            const struct voucher_row *v = due_voucher(d, at);
            if (!v)
                break;
            if (!voucher_ended(v)) {
                list[e->nlapsed++] = at;
                e->npostings += free_postings(v, at, postings + e->npostings);
                done->freed.fen += v->stages.at[STAGE_COMMITTED].fen;
            }
            at = v->before_due;
        }
    }
}

static int decide_lapse(struct deciding *d)
{
    const struct lapse *c = &d->command->lapse;
    struct day until = c->has_day ? c->day : DAY(d->entry->day.n - 1);
    if (until.n >= d->entry->day.n) {
        d->entry->refusal.day = until;
        return refuse(d, REASON_DAY_NOT_OVER, NULL);
    }
    struct posting *p = postings_begin(d, LIMIT_LAPSE * LIMIT_LINES);
    uint64_t *list = arena_alloc(d->ledger->arena, LIMIT_LAPSE * sizeof *list);
    if (!p || !list)
        return ERR_MEMORY;
    d->entry->lapsed = list;
    d->entry->done.lapse.day = until;
    lapse_due(d, until, list, p);
    d->entry->done.lapse.vouchers = d->entry->nlapsed;
    return 0;
}

static void fold_lapse(struct folding *f)
{
    struct key k;
    const struct done_lapse *done = &f->entry->done.lapse;
    struct head_row *head = rows_write_head_row(f->rows, key_head(&k));
    for (uint32_t i = 0; i < f->entry->nlapsed; i++)
        fold_end(f, f->entry->lapsed[i], END_LAPSED);
    if (rows_incomplete(f->rows))
        return;
    if (done->more) {
        rows_write_due_row(f->rows, key_due(&k, done->next_day))->newest = done->next_voucher;
        head->first_due = done->next_day;
    } else if (head->first_due.n != 0 && head->first_due.n <= done->day.n) {
        head->first_due = DAY(done->day.n + 1);
    }
}

const struct verb verb_lapse = {"lapse", true, decide_lapse, fold_lapse, NULL};
