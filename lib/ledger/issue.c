/* SPDX-License-Identifier: Apache-2.0 */
/* What a claim on a measure is given: a voucher, redeemed later or in the same act; a record, where
 * too little was spent so far; a designation. The rules are asked in one order: who may claim
 * (eligible.c), is there a fund line, is the spending another's, which case applies, how much. */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/turn.h"
#include "ledger/uses.h"
#include "rules/split.h"

static void want_contract(const struct wanting *w, const struct uscc *seller)
{
    const struct issue *c = &w->command->issue;
    const struct policy *p = want_policy(w);
    const struct measure *m = p ? policy_measure(p, c->measure) : NULL;
    const struct spending_name name = {*seller, c->contract};
    key_contract(wants_next(w->wants), seller, c->contract);
    if (m && m->spending.contract)
        key_claim(wants_next(w->wants), &name, p, m);
}

static void want_issue(const struct wanting *w)
{
    struct key k;
    const struct issue *c = &w->command->issue;
    if (w->again && c->contract && !c->has_seller) {
        const struct contract_number_row *n =
            rows_read_contract_number_row(w->ledger->rows, key_contract_number(&k, c->contract));
        if (n)
            want_contract(w, &n->seller);
    }
    if (w->again)
        return;
    key_enterprise(wants_next(w->wants), &c->enterprise);
    key_account(wants_next(w->wants), &c->enterprise, c->measure);
    if (!c->contract)
        return;
    if (c->has_seller)
        want_contract(w, &c->seller);
    else
        key_contract_number(wants_next(w->wants), c->contract);
}

/* The vouchers that hold support on the claim key, newest first. The claim's row names the newest;
 * where some of those have gone the chain is walked. */
static void find_holders(struct deciding *d, const struct claim_row *claim)
{
    struct key k;
    struct explanation *e = d->explanation;
    if (!claim || claim->live == 0)
        return;
    if (claim->nholders == LIMIT_HOLDERS || (uint32_t)claim->nholders == claim->live) {
        e->nholders = claim->nholders;
        memcpy(e->holders, claim->holders, sizeof e->holders);
        return;
    }
    uint64_t at = claim->newest;
    for (int step = 0; at && step < CHAIN_STEPS && e->nholders < LIMIT_HOLDERS; step++) {
        const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(&k, at));
        if (!v)
            break;
        if (holds_support(v))
            e->holders[e->nholders++] = at;
        at = v->before_claim;
    }
}

/* Whether the claim's lists of fixed size have a place for this voucher. */
static bool claim_has_room(const struct deciding *d, const struct claim_case *x,
                           struct rate applied)
{
    const struct claim_row *c = x->claim;
    const struct issue *i = &d->command->issue;
    bool part = c->nparts < LIMIT_CLAIM_PARTS, rate = c->nrates < LIMIT_CLAIM_RATES;
    for (int k = 0; k < c->nparts && !part; k++)
        part = c->parts[k].year == d->year && strcmp(c->parts[k].measure, i->measure) == 0 &&
               strcmp(c->parts[k].sub, x->sub) == 0 &&
               memcmp(c->parts[k].enterprise.c, i->enterprise.c, USCC_LEN) == 0;
    for (int k = 0; k < c->nrates && !rate; k++)
        rate = c->rates[k].rate.ppm == applied.ppm;
    return part && rate;
}

static bool account_has_room(const struct deciding *d, const struct account_row *a)
{
    bool room = a->nyears < LIMIT_ACCOUNT_YEARS;
    for (int k = 0; k < a->nyears && !room; k++)
        room = a->years[k].year == d->year;
    return room;
}

static bool tallies_have_room(struct deciding *d, const struct claim_case *x)
{
    struct key k;
    for (int i = 0; i < x->measure->ntallies; i++) {
        const struct tally_row *t = rows_read_tally_row(d->rows, key_tally(&k, &x->tallies[i]));
        if (t && t->nyears == LIMIT_ACCOUNT_YEARS && !tally_find(t, d->year))
            return false;
    }
    return true;
}

static int check_years(struct deciding *d, const struct claim_case *x)
{
    if ((x->account && !account_has_room(d, x->account)) || !tallies_have_room(d, x))
        return fault_set(d->fault, "issue.enterprise", "", "vouchers in at most %d years",
                         LIMIT_ACCOUNT_YEARS);
    return 0;
}

static int check_room(struct deciding *d, const struct claim_case *x, struct rate applied)
{
    if (x->claim && !claim_has_room(d, x, applied))
        return fault_set(d->fault, "issue.contract", x->spending.text,
                         "a contract with at most %d sums by enterprise, measure and year and %d "
                         "different rates on it",
                         LIMIT_CLAIM_PARTS, LIMIT_CLAIM_RATES);
    return check_years(d, x);
}

static int refuse_amount(struct deciding *d, enum reason reason)
{
    const struct explanation *e = d->explanation;
    const char *ceiling = NULL;
    for (int i = 0; i < e->nlimits; i++)
        if (e->limits[i].binding &&
            (e->limits[i].rule == RULE_CEILING || e->limits[i].rule == RULE_COUNT_LIMIT))
            ceiling = e->limits[i].name;
    if (d->command->issue.has_amount)
        d->entry->refusal.asked = d->command->issue.amount;
    return refuse(d, reason, ceiling);
}

/* The face over the fund lines; of a grant after the fact what is promised is payable at once. */
static void post_parts(struct deciding *d, const struct claim_case *x, enum stage from,
                       const struct money *parts, struct posting *p)
{
    struct entry *e = d->entry;
    for (int paying = 0; paying <= e->done.issue.paid_out; paying++)
        for (int i = 0; i < x->measure->nshares; i++)
            if (parts[i].fen > 0)
                p[e->npostings++] = (struct posting){.line = x->lines[i],
                                                     .voucher = e->done.issue.voucher,
                                                     .from = paying ? STAGE_COMMITTED : from,
                                                     .to = paying ? STAGE_PAYABLE : STAGE_COMMITTED,
                                                     .amount = parts[i]};
}

static int give_voucher(struct deciding *d, const struct claim_case *x, const struct grant_case *g,
                        struct money face, enum stage from)
{
    struct entry *e = d->entry;
    struct done_issue *done = &e->done.issue;
    struct money parts[LIMIT_LINES];
    struct posting *p = postings_begin(d, 2 * (uint32_t)x->measure->nshares + 1);
    if (!p)
        return ERR_MEMORY;
    done->voucher = d->head->vouchers + 1;
    done->face = face;
    done->base = g->base;
    done->rate = g->rate;
    done->valid_to = x->valid_to;
    done->redeem_to = x->redeem_to;
    done->seller = x->spending.seller;
    done->tops_up = d->explanation->nholders ? d->explanation->holders[0] : 0;
    done->paid_out = x->measure->form == FORM_GRANT;
    if (x->measure->crossing != CROSSING_NONE)
        done->spent = x->spent;
    if (x->measure->crossing == CROSSING_RECOMPUTE)
        done->accounted = d->explanation->limits[0].at_most;
    split_face(x->measure, face, parts);
    post_parts(d, x, from, parts, p);
    if (from == STAGE_HELD && face.fen < g->available.fen)
        p[e->npostings++] = (struct posting){.line = x->lines[0],
                                             .from = STAGE_HELD,
                                             .to = STAGE_AVAILABLE,
                                             .amount = MONEY(g->available.fen - face.fen)};
    return 0;
}

/* What the measure's own vouchers hold of the claim key: for this very spending, or (all) for
 * others under the group's key too. */
static struct money own_support(struct deciding *d, const struct claim_case *x, bool all)
{
    const struct part_filter own = {.policy = d->policy,
                                    .measures = UINT64_C(1)
                                                << policy_measure_index(d->policy, x->measure),
                                    .sub = all ? NULL : x->sub};
    return claim_counts(x->claim, &own, EVENT_ISSUE, 0);
}

/* What vouchers of other measures hold of the claim key. */
static struct money others_support(struct deciding *d, const struct claim_case *x)
{
    return MONEY((x->claim ? x->claim->net.fen : 0) - own_support(d, x, true).fen);
}

/* Whether other support for the spending leaves room for this one at all. */
static int check_group(struct deciding *d, const struct claim_case *x)
{
    const struct group *g = x->group;
    if (x->claim && x->claim->live &&
        memcmp(x->claim->holder.c, d->command->issue.enterprise.c, USCC_LEN) != 0) {
        char holder[USCC_LEN + 1];
        return refuse(d, REASON_OTHER_BENEFICIARY, uscc_format(&x->claim->holder, holder));
    }
    if (g && g->outside == OUTSIDE_EXCLUDES && x->outside.fen > 0)
        return refuse(d, REASON_SUPPORTED_OUTSIDE, g->name);
    if (g && g->rule == GROUP_EXCLUDE && others_support(d, x).fen > 0)
        return refuse(d, REASON_SUPPORTED_ALREADY, NULL);
    return 0;
}

/* In a year's spending each spending counts once, recorded or granted for. */
static int check_counted(struct deciding *d, const struct claim_case *x)
{
    for (int i = 0; x->spending_tally && i < x->spending_tally->nyears; i++)
        if (x->spending_tally->years[i].spent.fen > 0)
            return refuse(d, REASON_EXISTS, "this spending");
    return 0;
}

/* What is below the least amount is noted, and counts later in the year. */
static bool is_too_little(const struct claim_case *x)
{
    return x->measure->crossing != CROSSING_NONE &&
           x->circumstances.base.fen < x->measure->least.fen;
}

static int give_record(struct deciding *d, const struct claim_case *x)
{
    struct done_issue *done = &d->entry->done.issue;
    int rc = check_years(d, x);
    if (rc < 0)
        return rc;
    d->entry->explanation = NULL;
    done->given = GIVEN_RECORD;
    done->spent = x->spent;
    done->seller = x->spending.seller;
    return 0;
}

static int give_designation(struct deciding *d, const struct claim_case *x)
{
    struct key k;
    struct done_issue *done = &d->entry->done.issue;
    const struct designation_row *r = rows_read_designation_row(
        d->rows, key_designation(&k, &d->command->issue.enterprise, x->measure->code));
    const struct rule_case *applies = case_find(x->measure, &x->circumstances);
    rows_absent(d->rows, key_designated(&k, d->entry->number));
    if (!applies)
        return refuse(d, REASON_NO_CASE, x->measure->code);
    if (applies->refusal[0])
        return refuse(d, REASON_CASE_REFUSES, applies->refusal);
    if (x->claim && x->claim->designation)
        return refuse(d, REASON_EXISTS, "this designation");
    if (r && r->nspans == LIMIT_SPANS)
        return fault_set(d->fault, "issue.enterprise", "",
                         "an enterprise with fewer than %d designations of one measure",
                         LIMIT_SPANS);
    done->given = GIVEN_DESIGNATION;
    done->seller = x->spending.seller;
    return 0;
}

/* Finds the case that applies, and the rate: a review may set a lower one. */
static int find_gift(struct deciding *d, const struct claim_case *x, struct grant_case *g)
{
    const struct issue *c = &d->command->issue;
    const struct rule_case *applies = case_find(x->measure, &x->circumstances);
    if (!applies)
        return refuse(d, REASON_NO_CASE, x->measure->code);
    if (applies->refusal[0])
        return refuse(d, REASON_CASE_REFUSES, applies->refusal);
    g->rate = applies->rate;
    g->amount = applies->amount;
    if (c->has_rate && x->measure->kind->gives != GIVES_RATE)
        return fault_set(d->fault, "issue.rate", rate_format(c->rate, (char[MONEY_TEXT]){0}),
                         "no rate: measure %s gives amounts", x->measure->code);
    if (c->has_rate && x->measure->crossing == CROSSING_RECOMPUTE)
        return fault_set(d->fault, "issue.rate", rate_format(c->rate, (char[MONEY_TEXT]){0}),
                         "no rate, but an amount: measure %s decides the whole year anew",
                         x->measure->code);
    if (c->has_rate && c->rate.ppm > applies->rate.ppm)
        return refuse(d, REASON_APPLIED_RATE, rate_format(applies->rate, (char[MONEY_TEXT]){0}));
    if (c->has_rate)
        g->rate = c->rate;
    /* What gives amounts is redeemed by invoices of as much. */
    if (x->measure->kind->gives != GIVES_RATE)
        g->rate = (struct rate){RATE_ONE};
    return 0;
}

/* Support from outside, where it counts; a rate of it is not less for it. */
static struct money outside_counts(const struct claim_case *x)
{
    bool ignored = x->group && x->group->outside == OUTSIDE_IGNORED;
    return ignored || x->measure->base_outside ? MONEY(0) : x->outside;
}

/* A place for a claim that would be granted so much if there were money. */
static int give_place(struct deciding *d, const struct claim_case *x, const struct grant_case *g,
                      const struct turn *t)
{
    struct done_issue *done = &d->entry->done.issue;
    struct grant_case all = *g;
    struct explanation e = {0};
    all.available = MONEY(LIMIT_AMOUNT_FEN);
    all.lines = NULL;
    enum reason reason = grant_decide(&all, &e, &done->wanted);
    if (reason)
        return refuse_amount(d, reason);
    if (x->measure->shortfall == SHORTFALL_ROUND && t->queue &&
        t->queue->last + 1 - t->queue->round >= LIMIT_ROUND)
        return fault_set(d->fault, "issue.measure", x->measure->code,
                         "a round of at most %d claims: it must be closed first", LIMIT_ROUND);
    done->given = GIVEN_PLACE;
    done->seller = x->spending.seller;
    return 0;
}

/* Its round left it a part, which is held for it: no more is granted, and what it does not need is
 * free again. The line that holds it is that of the policy under which the round was closed. */
static int give_allowed(struct deciding *d, const struct claim_case *x, struct grant_case *g,
                        const struct turn *t)
{
    struct money face;
    struct claim_case held = *x;
    held.lines[0] = t->waiting->line;
    g->available = t->waiting->allowance;
    g->lines = NULL;
    g->round = true;
    d->explanation->nlimits = 0;
    enum reason reason = grant_decide(g, d->explanation, &face);
    return reason ? refuse_amount(d, reason) : give_voucher(d, &held, g, face, STAGE_HELD);
}

/* Where claims wait when money is short. reason and face: what there would be without waiting. */
static int give_in_turn(struct deciding *d, const struct claim_case *x, struct grant_case *g,
                        enum reason reason, struct money face)
{
    struct turn t;
    bool line = x->measure->shortfall == SHORTFALL_QUEUE;
    turn_find(d, x, &t);
    if (reason && reason != REASON_FUNDS)
        return refuse_amount(d, reason);
    if (t.elsewhere)
        return refuse(d, REASON_WAITS, line ? "line" : "round");
    if (t.waiting && memcmp(t.waiting->enterprise.c, d->command->issue.enterprise.c, USCC_LEN) != 0)
        return refuse(d, REASON_OTHER_BENEFICIARY,
                      uscc_format(&t.waiting->enterprise, (char[USCC_LEN + 1]){0}));
    if (t.waiting && t.waiting->state == WAITING_ALLOWED)
        return give_allowed(d, x, g, &t);
    if (t.waiting && (!line || t.place != t.queue->first))
        return refuse(d, REASON_WAITS, line ? "line" : "round");
    bool nobody = !t.queue || t.queue->first > t.queue->last || t.waiting;
    if (line && nobody && !reason)
        return give_voucher(d, x, g, face, STAGE_AVAILABLE);
    return t.waiting ? refuse_amount(d, reason) : give_place(d, x, g, &t);
}

static int give_money(struct deciding *d, const struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    int year = d->year;
    const struct tally_year *spent = tally_find(x->year_tally, year);
    struct grant_case g = {.measure = x->measure,
                           .group = x->group,
                           .facts = x->facts,
                           .base = x->spent,
                           .available = split_available(x->measure, x->available),
                           .lines = x->available,
                           .has_asked = c->has_amount,
                           .asked = c->amount};
    int rc = find_gift(d, x, &g);
    if (rc < 0 || d->entry->refused)
        return rc;
    rc = check_room(d, x, g.rate);
    if (rc < 0)
        return rc;
    if (x->measure->crossing == CROSSING_RECOMPUTE) {
        g.base = x->circumstances.base;
        g.accounted = spent ? spent->supported : MONEY(0);
    } else if (x->measure->crossing == CROSSING_KEEP) {
        g.base = MONEY(x->circumstances.base.fen - (spent ? spent->supported.fen : 0));
    }
    uses_of_claim(d, x, g.uses);
    g.own = own_support(d, x, false);
    if (money_add(others_support(d, x), g.own, &g.support) < 0 ||
        money_add(outside_counts(x), g.support, &g.support) < 0)
        return ERR_RANGE;
    struct money face;
    enum reason reason = grant_decide(&g, d->explanation, &face);
    if (measure_waits(x->measure))
        return give_in_turn(d, x, &g, reason, face);
    return reason ? refuse_amount(d, reason) : give_voucher(d, x, &g, face, STAGE_AVAILABLE);
}

static int decide_issue(struct deciding *d)
{
    const struct issue *c = &d->command->issue;
    struct claim_case x;
    int rc = claim_find(d, &x);
    if (rc == 0)
        rc = claim_eligible(d, &x);
    if (rc < 0 || d->entry->refused)
        return rc;
    if (x.measure->kind->gives == GIVES_NOTHING)
        return give_designation(d, &x);
    if (x.nlines == 0) {
        char what[64];
        snprintf(what, sizeof what, "measure %s in %d", c->measure, x.year);
        return refuse(d, REASON_NO_FUND_LINE, what);
    }
    if (!explain_begin(d))
        return ERR_MEMORY;
    find_holders(d, x.claim);
    rc = check_group(d, &x);
    if (rc == 0 && !d->entry->refused)
        rc = check_counted(d, &x);
    if (rc < 0 || d->entry->refused)
        return rc;
    return is_too_little(&x) ? give_record(d, &x) : give_money(d, &x);
}

const struct verb verb_issue = {"issue", true, decide_issue, fold_issue, want_issue};
