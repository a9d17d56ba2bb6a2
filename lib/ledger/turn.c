/* SPDX-License-Identifier: Apache-2.0 */
/* Who waits for money. In a queue the first is granted when there is enough for it; in a round all
 * wait until it is closed, and then have their parts held for them. */
#include "ledger/turn.h"

#include <stdlib.h>

#include "base/text.h"

static int entry_year(const struct entry *e, int asked)
{
    return asked ? asked : day_year(e->day);
}

void turn_find(struct deciding *d, const struct claim_case *x, struct turn *t)
{
    struct key k;
    const char *code = x->measure->code;
    *t = (struct turn){.queue = rows_read_queue_row(d->rows, key_queue(&k, code, x->year))};
    const struct turn_row *at = rows_read_turn_row(d->rows, key_turn(&k, &x->spending, code));
    if (!at || at->place == 0)
        return;
    if (at->year != x->year) {
        t->elsewhere = true;
        return;
    }
    t->place = at->place;
    t->waiting = rows_read_waiting_row(d->rows, key_waiting(&k, code, at->year, at->place));
}

/* What a claim that waits stands for: what it would be granted, or once its round is closed its
 * part. */
static int64_t stands_for(const struct waiting_row *w)
{
    return w->state == WAITING_OPEN ? w->wanted.fen : w->allowance.fen;
}

struct money turn_waits_for(const struct turn *t)
{
    return t->waiting ? MONEY(stands_for(t->waiting)) : MONEY(0);
}

/* What an enterprise's claims wait for counts in its ceilings: together they want no more than
 * these leave. */
static void account_waits(struct folding *f, const struct waiting_row *w, const char *measure,
                          int64_t more)
{
    struct key k;
    struct account_row *a =
        rows_write_account_row(f->rows, key_account(&k, &w->enterprise, measure));
    if (!rows_incomplete(f->rows) &&
        (__builtin_add_overflow(a->waiting.fen, more, &a->waiting.fen) || a->waiting.fen < 0))
        fold_corrupt(f);
}

void fold_place(struct folding *f, const struct spending_name *s, const struct measure *m)
{
    struct key k;
    const struct entry *e = f->entry;
    int year = entry_year(e, e->command.issue.year);
    struct queue_row *q = rows_write_queue_row(f->rows, key_queue(&k, m->code, year));
    struct turn_row *t = rows_write_turn_row(f->rows, key_turn(&k, s, m->code));
    if (rows_incomplete(f->rows))
        return;
    uint32_t place = ++q->last;
    struct key kw, ke;
    key_waiting(&kw, m->code, year, place);
    key_waited(&ke, e->number);
    rows_absent(f->rows, &kw);
    rows_absent(f->rows, &ke);
    struct waiting_row *w = rows_write(f->rows, &kw);
    struct waited_row *at = rows_write(f->rows, &ke);
    if (t->place && t->year == year) {
        fold_corrupt(f);
        return;
    }
    if (q->first == 0)
        q->first = q->round = 1;
    t->year = at->year = year;
    t->place = at->place = place;
    text_copy(at->measure, sizeof at->measure, m->code);
    w->entry = e->number;
    w->enterprise = e->command.issue.enterprise;
    w->seller = s->seller;
    text_copy(w->spending, sizeof w->spending, s->text);
    w->wanted = e->done.issue.wanted;
    account_waits(f, w, m->code, w->wanted.fen);
}

/* The first place is that of one who waits. */
static void advance(struct folding *f, const char *measure, int year, struct queue_row *q)
{
    struct key k;
    while (q->first <= q->last) {
        const struct waiting_row *w =
            rows_read_waiting_row(f->rows, key_waiting(&k, measure, year, q->first));
        if (!w || w->state == WAITING_OPEN)
            return;
        q->first++;
    }
}

static void leave(struct folding *f, const char *measure, int year, uint32_t place,
                  enum waiting_state state)
{
    struct key k;
    struct waiting_row *w = rows_write_waiting_row(f->rows, key_waiting(&k, measure, year, place));
    struct queue_row *q = rows_write_queue_row(f->rows, key_queue(&k, measure, year));
    if (rows_incomplete(f->rows))
        return;
    const struct spending_name s = {w->seller, w->spending};
    struct turn_row *t = rows_write_turn_row(f->rows, key_turn(&k, &s, measure));
    if (rows_incomplete(f->rows))
        return;
    if (w->entry == 0 || w->state == WAITING_GRANTED || w->state == WAITING_WITHDRAWN) {
        fold_corrupt(f);
        return;
    }
    account_waits(f, w, measure, -stands_for(w));
    w->state = state;
    t->place = 0;
    advance(f, measure, year, q);
}

void fold_turn_over(struct folding *f, const struct spending_name *s, const struct measure *m)
{
    struct key k;
    int year = entry_year(f->entry, f->entry->command.issue.year);
    const struct turn_row *t = rows_read_turn_row(f->rows, key_turn(&k, s, m->code));
    if (t && t->place && t->year == year)
        leave(f, m->code, year, t->place, WAITING_GRANTED);
}

/* The one fund line of a measure whose claims go by rounds. */
static uint32_t round_line(struct deciding *d, const struct measure *m, int year,
                           struct money *available)
{
    struct key k;
    const struct fund_share *s = &m->shares[0];
    const struct line_name_row *name = rows_read_line_name_row(
        d->rows, key_line_name(&k, s->pool, policy_line_year(d->policy, s, year), s->source, ""));
    const struct line_row *line =
        name ? rows_read_line_row(d->rows, key_line(&k, name->line)) : NULL;
    *available = line ? line->stages.at[STAGE_AVAILABLE] : MONEY(0);
    return name ? name->line : 0;
}

int decide_leave(struct deciding *d, const struct waited_row *at)
{
    struct key k;
    const struct waiting_row *w =
        rows_read_waiting_row(d->rows, key_waiting(&k, at->measure, at->year, at->place));
    if (!w)
        return rows_incomplete(d->rows) ? 0 : ERR_CORRUPT;
    if (w->state == WAITING_GRANTED || w->state == WAITING_WITHDRAWN)
        return refuse(d, REASON_NOT_DESIGNATED, at->measure);
    if (w->state == WAITING_OPEN || w->allowance.fen == 0)
        return 0;
    struct posting *p = postings_begin(d, 1);
    if (!p)
        return ERR_MEMORY;
    *p = (struct posting){
        .line = w->line, .from = STAGE_HELD, .to = STAGE_AVAILABLE, .amount = w->allowance};
    d->entry->npostings = 1;
    return 0;
}

void fold_leave(struct folding *f, const struct waited_row *at)
{
    leave(f, at->measure, at->year, at->place, WAITING_WITHDRAWN);
}

/* ---- Rounds ---- */

/* One part of what is divided. */
struct part {
    uint32_t place;
    int64_t wanted, rest; /* of allowed x wanted / all */
    int64_t allowed;
};

/* Who waits in the open round. The list is the arena's; NULL: ERR_MEMORY. */
static struct part *round_parts(struct rows *rows, struct arena *a, const char *measure, int year,
                                const struct queue_row *q, uint32_t *n, int64_t *wanted)
{
    struct key k;
    uint32_t all = q && q->last >= q->round ? q->last - q->round + 1 : 0;
    struct part *list = arena_alloc(a, (all + 1) * sizeof *list);
    *n = 0;
    *wanted = 0;
    for (uint32_t i = 0; list && i < all; i++) {
        const struct waiting_row *w =
            rows_read_waiting_row(rows, key_waiting(&k, measure, year, q->round + i));
        if (!w || w->state != WAITING_OPEN)
            continue;
        list[(*n)++] = (struct part){.place = q->round + i, .wanted = w->wanted.fen};
        *wanted += w->wanted.fen;
    }
    return list;
}

/* Largest remainder first; of equals the earlier entry. */
static int by_rest(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->rest != y->rest)
        return x->rest < y->rest ? 1 : -1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* allowed <= wanted, the sum of what all want. */
static void divide(struct part *list, uint32_t n, int64_t wanted, int64_t allowed)
{
    int64_t left = allowed;
    for (uint32_t i = 0; i < n; i++) {
        __int128 p = (__int128)allowed * list[i].wanted;
        list[i].allowed = (int64_t)(p / wanted);
        list[i].rest = (int64_t)(p % wanted);
        left -= list[i].allowed;
    }
    qsort(list, n, sizeof *list, by_rest);
    for (uint32_t i = 0; i < n && left > 0; i++, left--)
        list[i].allowed++;
}

static int decide_close_round(struct deciding *d)
{
    struct key k;
    const struct close_round *c = &d->command->close_round;
    int year = entry_year(d->entry, c->year);
    struct done_round *done = &d->entry->done.round;
    struct money available;
    int64_t wanted;
    const struct measure *m = find_measure(d, c->measure, "close_round.measure");
    if (!m)
        return ERR_INVALID;
    if (m->shortfall != SHORTFALL_ROUND)
        return fault_set(d->fault, "close_round.measure", c->measure,
                         "a measure whose claims go by rounds (when-short: round)");
    uint32_t line = round_line(d, m, year, &available);
    const struct part *list = round_parts(
        d->rows, d->ledger->arena, m->code, year,
        rows_read_queue_row(d->rows, key_queue(&k, m->code, year)), &done->claims, &wanted);
    struct posting *p = postings_begin(d, 1);
    if (!list || !p)
        return ERR_MEMORY;
    if (done->claims == 0)
        return refuse(d, REASON_NOBODY_WAITS, m->code);
    done->wanted = MONEY(wanted);
    done->allowed = money_min(done->wanted, available);
    if (done->allowed.fen > 0) {
        *p = (struct posting){
            .line = line, .from = STAGE_AVAILABLE, .to = STAGE_HELD, .amount = done->allowed};
        d->entry->npostings = 1;
    }
    return 0;
}

static void fold_close_round(struct folding *f)
{
    struct key k;
    const struct close_round *c = &f->entry->command.close_round;
    const struct done_round *done = &f->entry->done.round;
    int year = entry_year(f->entry, c->year);
    struct queue_row *q = rows_write_queue_row(f->rows, key_queue(&k, c->measure, year));
    uint32_t n;
    int64_t wanted;
    if (rows_incomplete(f->rows))
        return;
    struct part *list = round_parts(f->rows, f->ledger->arena, c->measure, year, q, &n, &wanted);
    if (!list || rows_incomplete(f->rows)) {
        if (!list)
            f->error = ERR_MEMORY;
        return;
    }
    if (n == 0 || wanted != done->wanted.fen || done->allowed.fen > wanted) {
        fold_corrupt(f);
        return;
    }
    divide(list, n, wanted, done->allowed.fen);
    for (uint32_t i = 0; i < n; i++) {
        struct waiting_row *w =
            rows_write_waiting_row(f->rows, key_waiting(&k, c->measure, year, list[i].place));
        account_waits(f, w, c->measure, list[i].allowed - w->wanted.fen);
        w->state = WAITING_ALLOWED;
        w->allowance = MONEY(list[i].allowed);
        w->line = f->entry->npostings ? f->entry->postings[0].line : 0;
    }
    q->first = q->round = q->last + 1;
}

const struct verb verb_close_round = {"close_round", true, decide_close_round, fold_close_round,
                                      NULL};
