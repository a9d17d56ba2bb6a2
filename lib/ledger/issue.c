/* SPDX-License-Identifier: Apache-2.0 */
/* A voucher issued on a rate measure. The rules are asked in one order: who may claim (period,
 * party, traits, attestations, window), is there a fund line, is the spending another's, how much.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/step.h"
#include "rules/grant.h"
#include "rules/split.h"

#define CHAIN_STEPS 64 /* vouchers of a claim key looked through for those that hold support */

/* Everything that deciding one issue looks at. */
struct claim_case {
    const struct measure *measure;
    const struct enterprise_row *enterprise;
    const struct contract_row *contract;
    struct uscc seller;
    const struct claim_row *claim; /* NULL: nothing on the claim key yet */
    const struct account_row *account;
    int nlines; /* that exist */
    uint32_t lines[LIMIT_LINES];
    struct money available[LIMIT_LINES];
};

static void want_contract(const struct wanting *w, const struct uscc *seller)
{
    const struct issue *c = &w->command->issue;
    const struct measure *m = w->policy ? policy_measure(w->policy, c->measure) : NULL;
    wants_add(w->wants, key_contract(seller, c->contract));
    if (m)
        wants_add(w->wants, key_claim_contract(seller, c->contract, w->policy, m));
}

static void want_issue(const struct wanting *w)
{
    const struct issue *c = &w->command->issue;
    if (w->again && !c->has_seller) {
        const struct contract_number_row *n =
            rows_read_contract_number_row(w->ledger->rows, key_contract_number(c->contract));
        if (n)
            want_contract(w, &n->seller);
    }
    if (w->again)
        return;
    wants_add(w->wants, key_enterprise(&c->enterprise));
    wants_add(w->wants, key_account(&c->enterprise, c->measure));
    if (c->has_seller)
        want_contract(w, &c->seller);
    else
        wants_add(w->wants, key_contract_number(c->contract));
}

/* Rows of the voucher to be: asked for before any rule, so that one loading brings them all. */
static void want_new_voucher(struct deciding *d)
{
    struct key k = key_voucher(d->head->vouchers + 1);
    rows_absent(d->rows, &k);
    k = key_due(policy_redeem_to(d->policy, d->entry->day));
    rows_want(d->rows, &k);
}

static void find_lines(struct deciding *d, struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    int year = c->year ? c->year : day_year(d->entry->day);
    for (int i = 0; i < x->measure->nshares; i++) {
        x->lines[i] = 0;
        x->available[i] = MONEY(0);
        const struct line_name_row *name = rows_read_line_name_row(
            d->rows, key_line_name(c->measure, year, x->measure->shares[i].source));
        const struct line_row *line =
            name ? rows_read_line_row(d->rows, key_line(name->line)) : NULL;
        if (!line)
            continue;
        x->nlines++;
        x->lines[i] = name->line;
        x->available[i] = line->stages.at[STAGE_AVAILABLE];
    }
}

static int find_all(struct deciding *d, struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    memset(x, 0, sizeof *x);
    want_new_voucher(d);
    x->measure = find_measure(d, c->measure, "issue.measure");
    if (!x->measure)
        return ERR_INVALID;
    find_lines(d, x);
    x->account = rows_read_account_row(d->rows, key_account(&c->enterprise, c->measure));
    x->enterprise = find_enterprise(d, &c->enterprise, "issue.enterprise");
    if (!x->enterprise)
        return ERR_INVALID;
    x->contract = find_contract(d, c->contract, c->has_seller ? &c->seller : NULL, "issue.contract",
                                "issue.seller", &x->seller);
    if (!x->contract)
        return ERR_INVALID;
    x->claim = rows_read_claim_row(
        d->rows, key_claim_contract(&x->seller, c->contract, d->policy, x->measure));
    for (int i = 0; i < c->nattestations; i++)
        if (!policy_has_attestation(d->policy, c->attestations[i].name))
            return fault_set(d->fault, "issue.attestations", c->attestations[i].name,
                             "an attestation of policy %s", d->policy->id);
    return 0;
}

static bool has_trait(const struct enterprise_row *e, const char *name, struct day on)
{
    for (int i = 0; i < e->ntraits; i++)
        if (e->traits[i].from.n <= on.n && on.n <= e->traits[i].to.n &&
            strcmp(e->traits[i].name, name) == 0)
            return true;
    return false;
}

static bool has_attestation(const struct issue *c, const char *name)
{
    for (int i = 0; i < c->nattestations; i++)
        if (strcmp(c->attestations[i].name, name) == 0)
            return true;
    return false;
}

static int refuse_days(struct deciding *d, enum reason reason, struct day from, struct day to)
{
    d->entry->refusal.day = from;
    d->entry->refusal.day_to = to;
    return refuse(d, reason, NULL);
}

/* Whether this enterprise may claim on this contract at all; refused in the entry if not. */
static int check_eligible(struct deciding *d, const struct claim_case *x)
{
    const struct issue *c = &d->command->issue;
    const struct measure *m = x->measure;
    struct day today = d->entry->day;
    if (today.n < d->policy->first.n || today.n > d->policy->last.n)
        return refuse_days(d, REASON_OUTSIDE_PERIOD, d->policy->first, d->policy->last);
    bool buys = m->claimant == CLAIMANT_BUYER;
    if (memcmp(buys ? x->contract->buyer.c : x->seller.c, c->enterprise.c, USCC_LEN) != 0)
        return refuse(d, REASON_WRONG_PARTY, buys ? "buyer" : "seller");
    for (int i = 0; i < m->ntraits; i++)
        if (!has_trait(x->enterprise, m->traits[i], today)) {
            d->entry->refusal.day = today;
            return refuse(d, REASON_TRAIT_MISSING, m->traits[i]);
        }
    for (int i = 0; i < m->nattestations; i++)
        if (!has_attestation(c, m->attestations[i]))
            return refuse(d, REASON_ATTESTATION_MISSING, m->attestations[i]);
    if (m->has_window &&
        (x->contract->signed_on.n < m->signed_from.n || x->contract->signed_on.n > m->signed_to.n))
        return refuse_days(d, REASON_CONTRACT_WINDOW, m->signed_from, m->signed_to);
    return 0;
}

static bool holds_support(const struct voucher_row *v)
{
    return v->face.fen > v->stages.at[STAGE_AVAILABLE].fen;
}

/* The vouchers that hold support on the claim key, newest first. The claim's row names the newest;
 * where some of those have gone the chain is walked. */
static void find_holders(struct deciding *d, const struct claim_row *claim)
{
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
        const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(at));
        if (!v)
            break;
        if (holds_support(v))
            e->holders[e->nholders++] = at;
        at = v->before_claim;
    }
}

/* What counts in each ceiling, before this claim. */
static void find_uses(struct deciding *d, const struct claim_case *x, struct ceiling_use *uses)
{
    const struct issue *c = &d->command->issue;
    for (int i = 0; i < x->measure->nceilings; i++) {
        const struct ceiling *ceiling = &x->measure->ceilings[i];
        int year = ceiling->period == PERIOD_YEAR ? day_year(d->entry->day) : 0;
        if (ceiling->event != EVENT_ISSUE)
            continue;
        if (ceiling->scope == SCOPE_ENTERPRISE) {
            uses[i].used = account_counts(x->account, EVENT_ISSUE, year);
            uses[i].own = claim_counts(x->claim, &c->enterprise, c->measure, EVENT_ISSUE, year);
        } else {
            uses[i].used = claim_counts(x->claim, NULL, c->measure, EVENT_ISSUE, year);
            uses[i].own = uses[i].used;
        }
    }
}

/* Whether the claim's lists of fixed size have a place for this voucher. */
static bool claim_has_room(const struct deciding *d, const struct claim_row *c,
                           const struct measure *m)
{
    const struct issue *i = &d->command->issue;
    bool part = c->nparts < LIMIT_CLAIM_PARTS, rate = c->nrates < LIMIT_CLAIM_RATES;
    for (int k = 0; k < c->nparts && !part; k++)
        part = c->parts[k].year == day_year(d->entry->day) &&
               strcmp(c->parts[k].measure, i->measure) == 0 &&
               memcmp(c->parts[k].enterprise.c, i->enterprise.c, USCC_LEN) == 0;
    for (int k = 0; k < c->nrates && !rate; k++)
        rate = c->rates[k].rate.ppm == m->rate.ppm;
    return part && rate;
}

static bool account_has_room(const struct deciding *d, const struct account_row *a)
{
    bool room = a->nyears < LIMIT_ACCOUNT_YEARS;
    for (int k = 0; k < a->nyears && !room; k++)
        room = a->years[k].year == day_year(d->entry->day);
    return room;
}

static int check_room(struct deciding *d, const struct claim_case *x)
{
    if (x->claim && !claim_has_room(d, x->claim, x->measure))
        return fault_set(d->fault, "issue.contract", d->command->issue.contract,
                         "a contract with at most %d sums by enterprise, measure and year and %d "
                         "different rates on it",
                         LIMIT_CLAIM_PARTS, LIMIT_CLAIM_RATES);
    if (x->account && !account_has_room(d, x->account))
        return fault_set(d->fault, "issue.enterprise", "", "vouchers in at most %d years",
                         LIMIT_ACCOUNT_YEARS);
    return 0;
}

static int refuse_amount(struct deciding *d, enum reason reason)
{
    const struct explanation *e = d->explanation;
    const char *ceiling = NULL;
    for (int i = 0; i < e->nlimits; i++)
        if (e->limits[i].binding && e->limits[i].rule == RULE_CEILING)
            ceiling = e->limits[i].name;
    if (d->command->issue.has_amount)
        d->entry->refusal.asked = d->command->issue.amount;
    return refuse(d, reason, ceiling);
}

static int grant(struct deciding *d, const struct claim_case *x, struct money face)
{
    struct entry *e = d->entry;
    struct done_issue *done = &e->done.issue;
    struct money parts[LIMIT_LINES];
    struct posting *p = postings_begin(d, (uint32_t)x->measure->nshares);
    if (!p)
        return ERR_MEMORY;
    done->voucher = d->head->vouchers + 1;
    done->face = face;
    done->base = x->contract->amount;
    done->rate = x->measure->rate;
    done->valid_to = policy_valid_to(d->policy, e->day);
    done->redeem_to = policy_redeem_to(d->policy, e->day);
    done->seller = x->seller;
    done->tops_up = d->explanation->nholders ? d->explanation->holders[0] : 0;
    split_face(x->measure, face, parts);
    for (int i = 0; i < x->measure->nshares; i++)
        if (parts[i].fen > 0)
            p[e->npostings++] = (struct posting){.line = x->lines[i],
                                                 .voucher = done->voucher,
                                                 .from = STAGE_AVAILABLE,
                                                 .to = STAGE_COMMITTED,
                                                 .amount = parts[i]};
    return 0;
}

static int decide_issue(struct deciding *d)
{
    const struct issue *c = &d->command->issue;
    struct claim_case x;
    int rc = find_all(d, &x);
    if (rc < 0)
        return rc;
    rc = check_eligible(d, &x);
    if (rc < 0 || d->entry->refused)
        return rc;
    if (x.nlines == 0) {
        char what[64];
        snprintf(what, sizeof what, "measure %s in %d", c->measure,
                 c->year ? c->year : day_year(d->entry->day));
        return refuse(d, REASON_NO_FUND_LINE, what);
    }
    if (!explain_begin(d))
        return ERR_MEMORY;
    find_holders(d, x.claim);
    if (x.claim && x.claim->live && memcmp(x.claim->holder.c, c->enterprise.c, USCC_LEN) != 0) {
        char holder[USCC_LEN + 1];
        return refuse(d, REASON_OTHER_BENEFICIARY, uscc_format(&x.claim->holder, holder));
    }
    rc = check_room(d, &x);
    if (rc < 0)
        return rc;
    struct grant_case g = {.measure = x.measure,
                           .base = x.contract->amount,
                           .available = split_available(x.measure, x.available),
                           .lines = x.available,
                           .has_asked = c->has_amount,
                           .asked = c->amount};
    find_uses(d, &x, g.uses);
    if (money_add(x.contract->outside, x.claim ? x.claim->net : MONEY(0), &g.support) < 0)
        return ERR_RANGE;
    struct money face;
    enum reason reason = grant_decide(&g, d->explanation, &face);
    return reason ? refuse_amount(d, reason) : grant(d, &x, face);
}

static void fold_issue(struct folding *f)
{
    const struct entry *e = f->entry;
    const struct issue *c = &e->command.issue;
    const struct done_issue *done = &e->done.issue;
    const struct policy *p = policies_get(f->ledger->policies, e->policy);
    const struct measure *m = p ? policy_measure(p, c->measure) : NULL;
    struct head_row *head = rows_write_head_row(f->rows, key_head());
    struct key k = key_voucher(done->voucher);
    if (done->voucher > head->vouchers)
        rows_absent(f->rows, &k);
    struct voucher_row *v = rows_write(f->rows, &k);
    struct account_row *a =
        rows_write_account_row(f->rows, key_account(&c->enterprise, c->measure));
    struct due_row *due = rows_write_due_row(f->rows, key_due(done->redeem_to));
    if (!m || (!rows_incomplete(f->rows) && done->voucher != head->vouchers + 1)) {
        fold_corrupt(f);
        return;
    }
    struct claim_row *claim =
        rows_write_claim_row(f->rows, key_claim_contract(&done->seller, c->contract, p, m));
    if (rows_incomplete(f->rows))
        return;
    head->vouchers = done->voucher;
    if (head->first_due.n == 0 || done->redeem_to.n < head->first_due.n)
        head->first_due = done->redeem_to;
    snprintf(v->measure, sizeof v->measure, "%s", c->measure);
    snprintf(v->contract, sizeof v->contract, "%s", c->contract);
    v->enterprise = c->enterprise;
    v->seller = done->seller;
    v->policy = e->policy;
    v->rate = done->rate;
    v->face = done->face;
    v->issued = e->day;
    v->valid_to = done->valid_to;
    v->redeem_to = done->redeem_to;
    v->issue_entry = e->number;
    v->tops_up = done->tops_up;
    v->before_claim = claim->newest;
    claim->newest = done->voucher;
    v->before_account = a->newest;
    a->newest = done->voucher;
    a->vouchers++;
    v->before_due = due->newest;
    due->newest = done->voucher;
    for (uint32_t i = 0; i < e->npostings && i < LIMIT_LINES; i++)
        v->parts[v->nparts++].line = e->postings[i].line;
}

const struct verb verb_issue = {"issue", true, decide_issue, fold_issue, want_issue};
