/* SPDX-License-Identifier: Apache-2.0 */
/* Queries answered from a view: what is committed, or the writer's own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/inner.h"
#include "ledger/facts.h"

/* One query being answered. */
struct reading {
    struct book *b;
    struct view *v;
    const struct rows *rows; /* newer than the view; NULL: nothing is */
    const struct query *q;
    struct arena *a;
    struct answer *out;
    struct head_row head;
    const struct policy *policy; /* in force, NULL before the first */
    struct day today;
    bool past;      /* as of an entry before the last */
    uint64_t as_of; /* the entry */
};

/* The fault is part of the answer: 0. */
static int not_answered(struct reading *r, const char *field, const char *value, const char *right)
{
    (void)fault_say(&r->out->fault, field, value, right);
    return 0;
}

static int row_get(struct reading *r, const struct key *k, void *row)
{
    bool there;
    if (r->rows && rows_peek(r->rows, k, row, &there))
        return there ? 0 : ERR_NOT_FOUND;
    return view_get(r->v, k, row);
}

static void *list_alloc(struct reading *r, size_t n, size_t size)
{
    return arena_zero(r->a, (n ? n : 1) * size);
}

/* Stages as of the entry asked for; *found is false where the thing was not there yet. */
static int past_stages(struct reading *r, enum balance_kind kind, const struct key *thing,
                       uint64_t row_entry, struct stages *s, bool *found)
{
    *found = true;
    return r->past ? balance_as_of(r->v, kind, thing, row_entry, r->as_of, r->a, s, found) : 0;
}

static int answer_funds(struct reading *r)
{
    struct fund_answer *list = list_alloc(r, r->head.lines, sizeof *list);
    int rc = list ? 0 : ERR_MEMORY;
    for (uint32_t line = 1; line <= r->head.lines && rc == 0; line++) {
        struct key k;
        key_line(&k, line);
        struct fund_answer *f = &list[r->out->n];
        struct line_row row;
        bool found = false;
        rc = row_get(r, &k, &row);
        f->line = line;
        f->stages = row.stages;
        if (rc == 0)
            rc = past_stages(r, BALANCE_LINE, &k, row.entry, &f->stages, &found);
        if (rc < 0 || !found)
            continue;
        f->measure = arena_copy(r->a, row.measure, strlen(row.measure));
        f->source = arena_copy(r->a, row.source, strlen(row.source));
        if (row.area[0])
            f->area = arena_copy(r->a, row.area, strlen(row.area));
        f->year = row.year;
        for (int i = 0; i < STAGE_COUNT; i++)
            f->appropriated.fen += f->stages.at[i].fen;
        r->out->n++;
    }
    r->out->funds = list;
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

/* What the enterprise's accounts of the measures that a ceiling counts come to. */
static int ceiling_used(struct reading *r, const struct ceiling *c, int year, struct money *used)
{
    int rc = 0;
    *used = MONEY(0);
    for (int i = 0; i < r->policy->nmeasures && rc == 0; i++) {
        struct account_row row;
        if (!(c->measures >> i & 1))
            continue;
        struct key k;
        key_account(&k, &r->q->enterprise, r->policy->measures[i].code);
        rc = row_get(r, &k, &row);
        if (rc == 0)
            used->fen += account_counts(&row, c->event, year).fen;
        if (rc == ERR_NOT_FOUND)
            rc = 0;
    }
    return rc;
}

static int answer_ceilings(struct reading *r, const struct measure *m, struct account_answer *a)
{
    int rc = 0;
    a->ceilings = list_alloc(r, (size_t)m->nceilings, sizeof *a->ceilings);
    for (int i = 0; a->ceilings && i < m->nceilings && rc == 0; i++) {
        const struct ceiling *c = &m->ceilings[i];
        if (c->scope != SCOPE_ENTERPRISE || ceiling_has_tally(c) || c->of >= 0)
            continue;
        struct ceiling_answer *x = &a->ceilings[a->nceilings++];
        struct key k;
        key_raised(&k, &r->q->enterprise, m->code, c->name);
        struct raised_row raised;
        x->name = c->name;
        x->year = ceiling_year(c, day_year(r->today));
        rc = row_get(r, &k, &raised);
        x->limit = rc == 0 ? money_max(c->limit, raised.limit) : c->limit;
        if (rc == 0 || rc == ERR_NOT_FOUND)
            rc = ceiling_used(r, c, x->year, &x->used);
        x->left = MONEY(x->limit.fen > x->used.fen ? x->limit.fen - x->used.fen : 0);
    }
    return rc;
}

static int answer_account(struct reading *r, const char *measure, struct account_answer *a)
{
    struct account_row *row = arena_zero(r->a, sizeof *row);
    struct key k;
    key_account(&k, &r->q->enterprise, measure);
    bool found;
    if (!row)
        return ERR_MEMORY;
    int rc = row_get(r, &k, row);
    if (rc < 0 && rc != ERR_NOT_FOUND)
        return rc;
    a->measure = measure;
    a->stages = row->stages;
    a->nvouchers = r->past ? 0 : row->vouchers;
    rc = past_stages(r, BALANCE_ACCOUNT, &k, row->entry, &a->stages, &found);
    const struct measure *m = r->policy ? policy_measure(r->policy, measure) : NULL;
    if (rc == 0 && m && !r->past)
        rc = answer_ceilings(r, m, a);
    return rc;
}

static bool has_account(const struct enterprise_answer *e, const char *measure)
{
    for (uint32_t i = 0; i < e->naccounts; i++)
        if (strcmp(e->accounts[i].measure, measure) == 0)
            return true;
    return false;
}

/* Accounts of measures that the policy in force does not have any more. */
static int answer_old_accounts(struct reading *r, struct enterprise_answer *e)
{
    struct account_row row;
    int rc = 0;
    for (uint32_t version = r->head.policy; version-- > 1;) {
        const struct policy *p = policies_get(r->b->tables.policies, version);
        for (int i = 0; p && rc == 0 && i < p->nmeasures; i++) {
            const char *code = p->measures[i].code;
            if (has_account(e, code) || e->naccounts == 2 * LIMIT_MEASURES)
                continue;
            struct key k;
            key_account(&k, &r->q->enterprise, code);
            rc = row_get(r, &k, &row);
            if (rc == 0)
                rc = answer_account(r, code, &e->accounts[e->naccounts++]);
            else if (rc == ERR_NOT_FOUND)
                rc = 0;
        }
    }
    return rc;
}

static int answer_enterprise(struct reading *r)
{
    struct enterprise_row *row = arena_alloc(r->a, sizeof *row);
    struct enterprise_name_row *name = arena_alloc(r->a, sizeof *name);
    struct enterprise_answer *e = list_alloc(r, 1, sizeof *e);
    struct key k;
    key_enterprise(&k, &r->q->enterprise);
    char text[USCC_LEN + 1];
    if (!row || !name || !e)
        return ERR_MEMORY;
    int rc = row_get(r, &k, row);
    if (rc == ERR_NOT_FOUND || (rc == 0 && row->entry > r->as_of))
        return not_answered(r, "enterprise", uscc_format(&r->q->enterprise, text),
                            r->past ? N_("an enterprise that was in the book then")
                                    : N_("the credit code of an enterprise in the book"));
    if (rc < 0)
        return rc;
    key_enterprise_name(&k, &r->q->enterprise);
    rc = row_get(r, &k, name);
    if (rc < 0)
        return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
    e->row = row;
    e->name = name->name;
    e->uscc = r->q->enterprise;
    const struct area *area = r->policy ? policy_area(r->policy, row->area) : NULL;
    e->area_name = area ? area->name : row->area;
    size_t most =
        r->head.policy > 1 || !r->policy ? 2 * LIMIT_MEASURES : (size_t)r->policy->nmeasures;
    e->accounts = list_alloc(r, most, sizeof *e->accounts);
    if (!e->accounts)
        return ERR_MEMORY;
    for (int i = 0; r->policy && rc == 0 && i < r->policy->nmeasures; i++)
        rc = answer_account(r, r->policy->measures[i].code, &e->accounts[e->naccounts++]);
    if (rc == 0)
        rc = answer_old_accounts(r, e);
    r->out->n = 1;
    r->out->enterprise = e;
    return rc;
}

static enum voucher_state voucher_state(const struct voucher_row *v)
{
    bool freed = v->stages.at[STAGE_AVAILABLE].fen > 0;
    if (v->end != END_NONE && freed)
        return v->end == END_VOID ? VOUCHER_VOID : VOUCHER_LAPSED;
    return v->stages.at[STAGE_COMMITTED].fen > 0 ? VOUCHER_OPEN : VOUCHER_USED;
}

/* The other vouchers on a voucher's claim key. */
static int answer_siblings(struct reading *r, struct voucher_answer *x)
{
    struct ledger l = {.policies = r->b->tables.policies};
    struct key k;
    voucher_claim(&l, x->row, &k);
    struct claim_row claim;
    struct voucher_row v;
    uint64_t *list = list_alloc(r, LIMIT_HOLDERS, sizeof *list);
    int rc = list ? row_get(r, &k, &claim) : ERR_MEMORY;
    uint64_t at = rc == 0 ? claim.newest : 0;
    while (rc == 0 && at && x->nsiblings < LIMIT_HOLDERS) {
        struct key kv;
        key_voucher(&kv, at);
        rc = row_get(r, &kv, &v);
        if (rc == 0 && at != x->number && v.issue_entry <= r->as_of)
            list[x->nsiblings++] = at;
        at = v.before_claim;
    }
    x->siblings = list;
    return rc;
}

/* Who is paid: as voucher_payee says for whoever has rows. */
static int find_payee(struct reading *r, const struct voucher_row *v, struct uscc *out)
{
    const struct policy *p = policies_get(r->b->tables.policies, v->policy);
    const struct measure *m = p ? policy_measure(p, v->measure) : NULL;
    struct contract_row c;
    *out = v->enterprise;
    if (!m || m->payee != PAYEE_PROVIDER)
        return m ? 0 : ERR_CORRUPT;
    *out = v->seller;
    if (memcmp(v->seller.c, v->enterprise.c, USCC_LEN) != 0)
        return 0;
    struct key k;
    key_contract(&k, &v->seller, v->contract);
    int rc = row_get(r, &k, &c);
    if (rc == 0)
        *out = c.buyer;
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

static int answer_voucher(struct reading *r)
{
    struct voucher_answer *x = list_alloc(r, 1, sizeof *x);
    struct voucher_row *row = arena_alloc(r->a, sizeof *row);
    struct key k;
    key_voucher(&k, r->q->voucher);
    bool found;
    if (!x || !row)
        return ERR_MEMORY;
    int rc = row_get(r, &k, row);
    if (rc == ERR_NOT_FOUND || (rc == 0 && row->issue_entry > r->as_of)) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, r->q->voucher);
        return not_answered(r, "voucher", text,
                            r->past ? N_("the number of a voucher issued by then")
                                    : N_("the number of a voucher in the book"));
    }
    if (rc == 0)
        rc = past_stages(r, BALANCE_VOUCHER, &k, row->entry, &row->stages, &found);
    x->number = r->q->voucher;
    x->row = row;
    x->state = voucher_state(row);
    if (rc == 0)
        rc = find_payee(r, row, &x->payee);
    if (r->past) {
        /* Known of the past are the stages alone. */
        row->invoiced = MONEY(0);
        for (int i = 0; i < row->nparts; i++)
            row->parts[i].open = MONEY(0);
    }
    if (rc == 0)
        rc = answer_siblings(r, x);
    r->out->n = 1;
    r->out->vouchers = x;
    return rc;
}

/* What can be told by the row alone. */
static bool row_matches(const struct voucher_filter *f, const struct voucher_row *v)
{
    enum voucher_state state = voucher_state(v);
    return (!f->to_pay || v->stages.at[STAGE_PAYABLE].fen > 0) &&
           (!f->has_enterprise || memcmp(f->enterprise.c, v->enterprise.c, USCC_LEN) == 0) &&
           (!f->measure || strcmp(f->measure, v->measure) == 0) &&
           (!f->contract || strcmp(f->contract, v->contract) == 0) &&
           (!f->state || f->state == state) &&
           (!f->has_redeem_by || (state == VOUCHER_OPEN && v->redeem_to.n <= f->redeem_by.n));
}

/* Adds a voucher to the page if the filter takes it. */
static int consider_voucher(struct reading *r, uint64_t number, const struct voucher_row *row)
{
    const struct voucher_filter *f = &r->q->filter;
    struct uscc payee;
    if (!row_matches(f, row))
        return 0;
    int rc = find_payee(r, row, &payee);
    if (rc < 0 || (f->has_payee && memcmp(f->payee.c, payee.c, USCC_LEN) != 0))
        return rc;
    struct voucher_row *copy = arena_alloc(r->a, sizeof *copy);
    if (!copy)
        return ERR_MEMORY;
    *copy = *row;
    r->out->vouchers[r->out->n++] = (struct voucher_answer){
        .number = number, .row = copy, .state = voucher_state(copy), .payee = payee};
    return 0;
}

/* Where each of an enterprise's accounts goes on below a number: its chain runs from new to old. */
struct chain {
    uint64_t at;
    struct voucher_row row;
};

static int chain_load(struct reading *r, struct chain *c)
{
    struct key k;
    key_voucher(&k, c->at);
    return c->at ? view_get(r->v, &k, &c->row) : 0;
}

static int chains_begin(struct reading *r, struct chain *chains, int *n)
{
    struct key from, k;
    key_account(&from, &r->q->filter.enterprise, "");
    struct scan *s;
    struct account_row row;
    int rc = scan_begin(r->v, &from, &s);
    if (rc < 0)
        return rc;
    while (*n < LIMIT_MEASURES && (rc = scan_next(s, &k, &row)) == 0 && k.n > USCC_LEN &&
           memcmp(k.p, from.p, USCC_LEN) == 0)
        chains[(*n)++].at = row.newest;
    scan_end(s);
    rc = rc == ERR_NOT_FOUND ? 0 : rc;
    for (int i = 0; rc == 0 && i < *n; i++)
        rc = chain_load(r, &chains[i]);
    return rc;
}

/* An enterprise's vouchers, newest first, along the chains of its accounts. */
static int answer_chains(struct reading *r)
{
    uint64_t below = r->q->after ? r->q->after : UINT64_MAX;
    struct chain *chains = list_alloc(r, LIMIT_MEASURES, sizeof *chains);
    int n = 0, rc = chains ? chains_begin(r, chains, &n) : ERR_MEMORY;
    while (rc == 0) {
        struct chain *next = NULL;
        for (int i = 0; i < n; i++)
            if (chains[i].at && (!next || chains[i].at > next->at))
                next = &chains[i];
        if (!next)
            break;
        if (next->at < below && row_matches(&r->q->filter, &next->row)) {
            if (r->out->n == page_count(r->q)) {
                r->out->next = r->out->vouchers[r->out->n - 1].number;
                break;
            }
            rc = consider_voucher(r, next->at, &next->row);
        }
        next->at = next->row.before_account;
        if (rc == 0)
            rc = chain_load(r, next);
    }
    return rc;
}

static int answer_scan(struct reading *r)
{
    struct key from, k;
    key_voucher(&from, r->q->after + 1);
    struct scan *s;
    struct voucher_row row;
    uint64_t number = r->q->after;
    int rc = scan_begin(r->v, &from, &s);
    if (rc < 0)
        return rc;
    for (int seen = 0; (rc = scan_next(s, &k, &row)) == 0; seen++) {
        if (r->out->n == page_count(r->q) || seen == LIMIT_SCAN) {
            r->out->next = number;
            break;
        }
        number = get_be64(k.p);
        rc = consider_voucher(r, number, &row);
        if (rc < 0)
            break;
    }
    scan_end(s);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int answer_vouchers(struct reading *r)
{
    r->out->vouchers = list_alloc(r, page_count(r->q), sizeof *r->out->vouchers);
    if (!r->out->vouchers)
        return ERR_MEMORY;
    return r->q->filter.has_enterprise ? answer_chains(r) : answer_scan(r);
}

/* Adds a stored entry; *bytes counts toward the page. */
static int add_entry(struct reading *r, uint64_t number, size_t *bytes)
{
    struct stored_entry *e = &r->out->entries[r->out->n];
    int rc = entry_copy(r->v, number, r->a, e);
    if (rc < 0)
        return rc;
    *bytes += e->bytes.n;
    r->out->n++;
    return 0;
}

static int answer_refusals(struct reading *r)
{
    struct key from, k;
    key_refusal(&from, r->q->after + 1);
    struct scan *s;
    struct refusal_row row;
    size_t bytes = 0;
    uint64_t number = r->q->after;
    r->out->entries = list_alloc(r, page_count(r->q), sizeof *r->out->entries);
    int rc = r->out->entries ? scan_begin(r->v, &from, &s) : ERR_MEMORY;
    if (rc < 0)
        return rc;
    for (int seen = 0; (rc = scan_next(s, &k, &row)) == 0; seen++) {
        if (r->out->n == page_count(r->q) || bytes > PAGE_BYTES || seen == LIMIT_SCAN) {
            r->out->next = number;
            break;
        }
        number = get_be64(k.p);
        if (!r->q->has_enterprise || memcmp(row.enterprise.c, r->q->enterprise.c, USCC_LEN) == 0)
            rc = add_entry(r, number, &bytes);
        if (rc < 0)
            break;
    }
    scan_end(s);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

static int read_record(void *ctx, uint64_t i, struct span *record)
{
    return view_hashes(ctx, i + 1, record);
}

static int answer_status(struct reading *r, struct instant now)
{
    struct status_answer *s = list_alloc(r, 1, sizeof *s);
    struct tree tree;
    int rc = s ? tree_load(&tree, r->head.entries, read_record, r->v) : ERR_MEMORY;
    if (rc < 0)
        return rc;
    tree_root(&tree, s->root);
    s->entries = r->head.entries;
    s->vouchers = r->head.vouchers;
    s->policy = r->head.policy;
    s->policy_id = r->policy ? r->policy->id : "";
    s->test_clock = r->head.test_clock;
    s->now = now;
    s->zone_minutes = r->policy ? r->policy->zone_minutes : 0;
    r->out->n = 1;
    r->out->status = s;
    return 0;
}

/* The entry that the query asks to see the book as of. */
static int find_as_of(struct reading *r)
{
    const struct as_of *x = &r->q->as_of;
    int rc = 0;
    r->as_of = r->head.entries;
    if (x->entry > r->head.entries) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, x->entry);
        (void)fault_set(&r->out->fault, "as_of.entry", text, "an entry of the book: 1 to %" PRIu64,
                        r->head.entries);
        return 0;
    }
    if (x->entry)
        r->as_of = x->entry;
    if (x->has_day) {
        uint64_t by_day = 0;
        struct instant end = day_end(x->day, r->policy ? r->policy->zone_minutes : 0);
        rc = entry_of_day(r->v, r->head.entries, end, r->a, &by_day);
        if (by_day < r->as_of)
            r->as_of = by_day;
    }
    r->past = r->as_of < r->head.entries;
    r->out->as_of_entry = r->as_of;
    return rc;
}

int query_answer(struct book *b, struct view *v, const struct rows *rows, struct instant now,
                 const struct query *q, struct arena *a, struct answer *out)
{
    static int (*const answers[QUERY_COUNT])(struct reading *) = {
        [QUERY_FUNDS] = answer_funds,       [QUERY_ENTERPRISE] = answer_enterprise,
        [QUERY_VOUCHER] = answer_voucher,   [QUERY_VOUCHERS] = answer_vouchers,
        [QUERY_REFUSALS] = answer_refusals,
    };
    struct reading r = {.b = b, .v = v, .rows = rows, .q = q, .a = a, .out = out};
    struct key k;
    key_head(&k);
    memset(out, 0, sizeof *out);
    out->kind = q->kind;
    int rc = row_get(&r, &k, &r.head);
    if (rc < 0 && rc != ERR_NOT_FOUND)
        return rc;
    r.policy = policies_get(b->tables.policies, r.head.policy);
    struct instant booked = now.us > r.head.time.us ? now : r.head.time;
    r.today = instant_day(booked, r.policy ? r.policy->zone_minutes : 0);
    rc = find_as_of(&r);
    if (rc < 0 || out->fault.field[0])
        return rc;
    if (q->after == UINT64_MAX && !q->filter.has_enterprise)
        return 0; /* nothing has a number above it */
    if (q->kind == QUERY_STATUS)
        return answer_status(&r, now);
    if ((unsigned)q->kind >= QUERY_COUNT || !answers[q->kind])
        return ERR_RANGE;
    return answers[q->kind](&r);
}

bool query_is_point(const struct query *q)
{
    bool present = !q->as_of.has_day && q->as_of.entry == 0;
    return present &&
           (q->kind == QUERY_ENTERPRISE || q->kind == QUERY_VOUCHER || q->kind == QUERY_FUNDS ||
            q->kind == QUERY_STATUS || q->kind == QUERY_EXPLAIN);
}
