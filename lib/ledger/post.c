/* SPDX-License-Identifier: Apache-2.0 */
/* Postings folded: the one place where money moves, on fund lines, vouchers, accounts and claim
 * keys alike. */
#include "base/text.h"
#include "ledger/tally.h"

#define SIGNPOST_EVERY 64 /* changes of one balance between two signposts */

void fold_corrupt(struct folding *f)
{
    if (!f->error)
        f->error = ERR_CORRUPT;
}

/* Adds a (which may be negative) and holds the sum at or above zero and inside 64 bits. */
static void money_move(struct folding *f, struct money *m, int64_t a)
{
    if (__builtin_add_overflow(m->fen, a, &m->fen) || m->fen < 0)
        fold_corrupt(f);
}

/* The first change of a row by this entry: its balance goes into the list, its chain one on. */
static void touch(struct folding *f, enum balance_kind kind, const struct key *thing, uint64_t id,
                  uint64_t *row_entry, uint64_t *row_changes)
{
    if (*row_entry == f->entry->number)
        return;
    if (f->n == f->cap) {
        fold_corrupt(f);
        return;
    }
    f->balances[f->n] = (struct balance){.kind = kind, .id = id, .before = *row_entry};
    f->things[f->n++] = *thing;
    *row_entry = f->entry->number;
    if (++*row_changes % SIGNPOST_EVERY == 0) {
        struct key k;
        key_signpost(&k, kind, thing, f->entry->number);
        rows_absent(f->rows, &k);
        (void)rows_write(f->rows, &k);
    }
}

static void stages_move(struct folding *f, struct stages *s, const struct posting *p)
{
    if (p->from != STAGE_OUTSIDE)
        money_move(f, &s->at[p->from], -p->amount.fen);
    if (p->to != STAGE_OUTSIDE)
        money_move(f, &s->at[p->to], p->amount.fen);
}

static void fold_line(struct folding *f, const struct posting *p)
{
    struct key k;
    key_line(&k, p->line);
    struct line_row *line = rows_write(f->rows, &k);
    if (!line->measure[0] && !rows_incomplete(f->rows)) { /* there is no such line */
        fold_corrupt(f);
        return;
    }
    touch(f, BALANCE_LINE, &k, p->line, &line->entry, &line->changes);
    if (p->from == STAGE_OUTSIDE)
        money_move(f, &line->appropriated, p->amount.fen);
    stages_move(f, &line->stages, p);
}

static bool is_issue(const struct posting *p)
{
    return (p->from == STAGE_AVAILABLE || p->from == STAGE_HELD) && p->to == STAGE_COMMITTED;
}

static bool is_free(const struct posting *p)
{
    return p->from == STAGE_COMMITTED && p->to == STAGE_AVAILABLE;
}

static bool is_redeem(const struct posting *p)
{
    return p->from == STAGE_COMMITTED && p->to == STAGE_PAYABLE;
}

/* Of the two sides of a voucher's or account's posting, what is issued comes from nowhere. */
static void own_stages_move(struct folding *f, struct stages *s, const struct posting *p)
{
    struct posting own = *p;
    if (is_issue(p))
        own.from = STAGE_OUTSIDE;
    stages_move(f, s, &own);
}

static void fold_voucher(struct folding *f, const struct posting *p, const struct key *k,
                         struct voucher_row *v)
{
    int i = 0;
    touch(f, BALANCE_VOUCHER, k, p->voucher, &v->entry, &v->changes);
    own_stages_move(f, &v->stages, p);
    while (i < v->nparts && v->parts[i].line != p->line)
        i++;
    if (i == v->nparts) {
        fold_corrupt(f);
        return;
    }
    if (is_issue(p)) {
        money_move(f, &v->parts[i].face, p->amount.fen);
        money_move(f, &v->parts[i].open, p->amount.fen);
    } else if (p->from == STAGE_COMMITTED) {
        money_move(f, &v->parts[i].open, -p->amount.fen);
    }
    if (p->from == STAGE_PAYABLE || p->to == STAGE_PAYABLE)
        money_move(f, &v->parts[i].payable,
                   p->to == STAGE_PAYABLE ? p->amount.fen : -p->amount.fen);
    if (p->from == STAGE_PAID || p->to == STAGE_PAID)
        money_move(f, &v->parts[i].paid, p->to == STAGE_PAID ? p->amount.fen : -p->amount.fen);
}

/* NULL: the list is full. For what is issued deciding has seen to it that it is not. */
static struct account_year *account_year(struct account_row *a, int year)
{
    int i = 0;
    while (i < a->nyears && a->years[i].year != year)
        i++;
    if (i == a->nyears) {
        if (a->nyears == LIMIT_ACCOUNT_YEARS)
            return NULL;
        a->years[a->nyears++] = (struct account_year){.year = year};
    }
    return &a->years[i];
}

static struct claim_part *claim_part(struct claim_row *c, const struct voucher_row *v,
                                     const char *sub, int year)
{
    int i = 0;
    while (i < c->nparts && (c->parts[i].year != year || strcmp(c->parts[i].measure, v->measure) ||
                             memcmp(c->parts[i].enterprise.c, v->enterprise.c, USCC_LEN) ||
                             strcmp(c->parts[i].sub, sub)))
        i++;
    if (i == c->nparts) {
        if (c->nparts == LIMIT_CLAIM_PARTS)
            return NULL;
        struct claim_part *p = &c->parts[c->nparts++];
        memset(p, 0, sizeof *p);
        p->enterprise = v->enterprise;
        memcpy(p->measure, v->measure, sizeof p->measure);
        p->year = year;
        text_copy(p->sub, sizeof p->sub, sub);
    }
    return &c->parts[i];
}

/* What a posting is worked off with. */
struct post {
    struct folding *f;
    const struct posting *posting;
    const struct policy *policy;
    const struct measure *measure;
    struct voucher_row *voucher;
    struct account_row *account;
    struct claim_row *claim;
    char sub[LIMIT_NUMBER + 1]; /* see claim_part */
};

/* Ceilings count what is issued in the year of issue, and give back to that same year; what is
 * redeemed in the year of the redemption ("How an amount is computed", 5). */
static void fold_counts(const struct post *x)
{
    struct folding *f = x->f;
    const struct posting *p = x->posting;
    const struct voucher_row *v = x->voucher;
    int64_t fen = p->amount.fen;
    if (is_issue(p) || is_free(p)) {
        int64_t signed_fen = is_issue(p) ? fen : -fen;
        int of = day_year(v->issued);
        struct account_year *year = account_year(x->account, of);
        struct claim_part *part = claim_part(x->claim, v, x->sub, of);
        if (!year || !part) {
            fold_corrupt(f);
            return;
        }
        money_move(f, &year->issued, signed_fen);
        money_move(f, &part->counted, signed_fen);
        money_move(f, &x->claim->net, signed_fen);
    } else if (is_redeem(p)) {
        /* Where a full list has no room for this year, no ceiling counts it (check_room). */
        int of = day_year(f->entry->day);
        struct account_year *year = account_year(x->account, of);
        struct claim_part *part = claim_part(x->claim, v, x->sub, of);
        if (year)
            money_move(f, &year->redeemed, fen);
        if (part)
            money_move(f, &part->redeemed, fen);
        money_move(f, &x->claim->redeemed, fen);
    }
}

/* The same in the tallies that the voucher counts in; `ended`: it holds no support any more, and
 * its spending may be claimed for again. */
static void fold_tallies(const struct post *x, bool ended)
{
    struct key k;
    struct folding *f = x->f;
    const struct posting *p = x->posting;
    const struct counted_row *counted = rows_read_counted_row(f->rows, key_counted(&k, p->voucher));
    int issued = day_year(x->voucher->issued);
    int in = is_redeem(p) ? day_year(f->entry->day) : issued;
    for (int i = 0; counted && i < counted->nkeys; i++) {
        struct tally_row *t = rows_write_tally_row(f->rows, key_tally(&k, &counted->keys[i]));
        if (rows_incomplete(f->rows))
            continue;
        struct tally_year *y = tally_make(t, in);
        if (y && is_redeem(p))
            money_move(f, &y->redeemed, p->amount.fen);
        if (!y || !(is_issue(p) || is_free(p))) /* what is paid or returned counts as before */
            continue;
        money_move(f, &y->issued, is_issue(p) ? p->amount.fen : -p->amount.fen);
        if (!ended || y->claims == 0)
            continue;
        y->claims--;
        if (tally_has_spending(&counted->keys[i])) {
            money_move(f, &y->spent, -counted->spent.fen);
            money_move(f, &y->supported, -counted->supported.fen);
        }
    }
}

/* Whether a voucher holds net support: what was not freed again. */
static bool voucher_live(const struct voucher_row *v)
{
    for (int s = STAGE_HELD; s <= STAGE_PAID; s++)
        if (v->stages.at[s].fen > 0)
            return true;
    return false;
}

static void holders_add(struct claim_row *c, uint64_t voucher)
{
    if (c->nholders < LIMIT_HOLDERS)
        c->nholders++;
    for (int i = c->nholders - 1; i > 0; i--)
        c->holders[i] = c->holders[i - 1];
    c->holders[0] = voucher;
}

static void holders_remove(struct claim_row *c, uint64_t voucher)
{
    int n = 0;
    for (int i = 0; i < c->nholders; i++)
        if (c->holders[i] != voucher)
            c->holders[n++] = c->holders[i];
    if (n < c->nholders)
        c->holders[n] = 0;
    c->nholders = n;
}

static void claim_live(struct folding *f, struct claim_row *c, const struct voucher_row *v,
                       uint64_t voucher, bool was, bool is)
{
    int i = 0;
    if (was == is)
        return;
    if (is)
        holders_add(c, voucher);
    else
        holders_remove(c, voucher);
    while (i < c->nrates && c->rates[i].rate.ppm != v->rate.ppm)
        i++;
    if (is) {
        if (i == LIMIT_CLAIM_RATES) {
            fold_corrupt(f);
            return;
        }
        if (i == c->nrates)
            c->rates[c->nrates++] = (struct claim_rate){.rate = v->rate};
        c->rates[i].vouchers++;
        c->live++;
        c->holder = v->enterprise;
        return;
    }
    if (i == c->nrates || c->rates[i].vouchers == 0 || c->live == 0) {
        fold_corrupt(f);
        return;
    }
    c->live--;
    if (--c->rates[i].vouchers == 0) {
        c->rates[i] = c->rates[--c->nrates];
        c->rates[c->nrates] = (struct claim_rate){0};
    }
    if (c->live == 0)
        c->holder = (struct uscc){{0}};
}

static void fold_posting(struct folding *f, const struct posting *p)
{
    fold_line(f, p);
    if (p->voucher == 0)
        return;
    struct key k;
    key_voucher(&k, p->voucher);
    struct voucher_row *v = rows_write(f->rows, &k);
    if (rows_incomplete(f->rows))
        return;
    struct post x = {.f = f, .posting = p, .voucher = v};
    x.measure = voucher_measure(f->ledger, v, &x.policy);
    if (!x.measure) {
        fold_corrupt(f);
        return;
    }
    struct key ka;
    key_account(&ka, &v->enterprise, v->measure);
    const struct spending_name name = {v->seller, v->contract};
    struct key kc;
    key_claim(&kc, &name, x.policy, x.measure);
    x.account = rows_write(f->rows, &ka);
    x.claim = rows_write(f->rows, &kc);
    if (rows_incomplete(f->rows))
        return;
    if (!x.measure->spending.contract)
        spending_part(x.policy, x.measure, v->contract, false, x.sub);
    bool was = voucher_live(v);
    fold_voucher(f, p, &k, v);
    touch(f, BALANCE_ACCOUNT, &ka, p->voucher, &x.account->entry, &x.account->changes);
    own_stages_move(f, &x.account->stages, p);
    fold_counts(&x);
    bool is = voucher_live(v);
    claim_live(f, x.claim, v, p->voucher, was, is);
    if (x.measure->ntallies)
        fold_tallies(&x, was && !is);
}

/* A voucher's stages sum to its face, and what its lines have in a stage is what it has: deciding
 * counts on both. */
static bool voucher_adds_up(const struct voucher_row *v)
{
    int64_t face = 0, open = 0, payable = 0, paid = 0;
    bool fits = true;
    for (int s = 0; s < STAGE_COUNT; s++)
        fits = fits && !__builtin_add_overflow(face, v->stages.at[s].fen, &face);
    for (int i = 0; i < v->nparts; i++)
        fits = fits && !__builtin_add_overflow(open, v->parts[i].open.fen, &open) &&
               !__builtin_add_overflow(payable, v->parts[i].payable.fen, &payable) &&
               !__builtin_add_overflow(paid, v->parts[i].paid.fen, &paid);
    return fits && face == v->face.fen && open == v->stages.at[STAGE_COMMITTED].fen &&
           payable == v->stages.at[STAGE_PAYABLE].fen && paid == v->stages.at[STAGE_PAID].fen;
}

/* The balances are taken when all postings are done. */
static void take_balances(struct folding *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        struct balance *b = &f->balances[i];
        const void *row = rows_read(f->rows, &f->things[i]);
        if (!row)
            return;
        switch (b->kind) {
        case BALANCE_LINE:
            b->stages = ((const struct line_row *)row)->stages;
            break;
        case BALANCE_VOUCHER:
            b->stages = ((const struct voucher_row *)row)->stages;
            if (!voucher_adds_up(row))
                fold_corrupt(f);
            break;
        case BALANCE_ACCOUNT:
            b->stages = ((const struct account_row *)row)->stages;
            b->counted = account_counts(row, EVENT_ISSUE, 0);
            break;
        }
    }
}

/* In every line, appropriated = the sum of its stages: looked at after each entry. */
static void check_lines(struct folding *f)
{
    struct key k;
    for (uint32_t i = 0; i < f->entry->npostings; i++) {
        const struct line_row *line =
            rows_read_line_row(f->rows, key_line(&k, f->entry->postings[i].line));
        int64_t sum = 0;
        for (int s = 0; line && s < STAGE_COUNT; s++)
            sum += line->stages.at[s].fen;
        if (line && sum != line->appropriated.fen)
            fold_corrupt(f);
    }
}

void fold_postings(struct folding *f)
{
    for (uint32_t i = 0; i < f->entry->npostings && !f->error; i++)
        fold_posting(f, &f->entry->postings[i]);
    if (f->error || rows_incomplete(f->rows))
        return;
    take_balances(f);
    check_lines(f);
}

void want_voucher(const struct wanting *w, uint64_t number)
{
    struct key k;
    if (!w->again) {
        key_voucher(wants_next(w->wants), number);
        return;
    }
    const struct voucher_row *v = rows_read_voucher_row(w->ledger->rows, key_voucher(&k, number));
    if (!v)
        return;
    key_account(wants_next(w->wants), &v->enterprise, v->measure);
    if (voucher_claim(w->ledger, v, &k)->n)
        *wants_next(w->wants) = k;
}

void fold_end(struct folding *f, uint64_t voucher, enum voucher_end end)
{
    struct key k;
    struct voucher_row *v = rows_write_voucher_row(f->rows, key_voucher(&k, voucher));
    if (!rows_incomplete(f->rows) && (v->end != END_NONE || v->issue_entry == 0))
        fold_corrupt(f);
    v->end = end;
}
