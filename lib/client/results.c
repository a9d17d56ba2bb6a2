/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as the structs of voucher.h. */
#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "client/client.h"
#include "client/inner.h"

/* Makes what results are made of. Its error is sticky: after it nothing is made and rows are none,
 * so that the caller looks once. */
struct maker {
    struct arena *a;
    int rc;
};

static void *make(struct maker *m, size_t n)
{
    void *p = m->rc < 0 ? NULL : arena_zero(m->a, n);
    if (!p && m->rc == 0)
        m->rc = ERR_MEMORY;
    return p;
}

/* n zeroed rows that lie one behind another, and the list of pointers to them; NULL if there are
 * none. */
static void *make_rows(struct maker *m, size_t n, size_t size, void ***list)
{
    *list = NULL;
    if (n == 0)
        return NULL;
    void **p = make(m, n * sizeof *p);
    uint8_t *rows = make(m, n * size);
    if (!rows)
        return NULL;
    for (size_t i = 0; i < n; i++)
        p[i] = rows + i * size;
    *list = p;
    return rows;
}

/* Declares `rows`, n rows of a type, and puts the list of them where the result has it; a list
 * without rows has none. */
#define MAKE_ROWS(maker, type, rows, n, where)                                                     \
    void **rows##_list;                                                                            \
    type *rows = make_rows(maker, n, sizeof *rows, &rows##_list);                                  \
    (where) = (const type *const *)rows##_list;                                                    \
    if (!rows)                                                                                     \
    return

static const char *text_of(const char *s)
{
    return s ? s : "";
}

static const char *code_of(struct maker *m, const struct uscc *u)
{
    if (!u->c[0] || m->rc < 0)
        return "";
    const char *s = arena_copy(m->a, u->c, USCC_LEN);
    if (!s)
        m->rc = ERR_MEMORY;
    return text_of(s);
}

static struct voucher_stages stages_of(const struct stages *s)
{
    return (struct voucher_stages){.available = s->at[STAGE_AVAILABLE].fen,
                                   .held = s->at[STAGE_HELD].fen,
                                   .committed = s->at[STAGE_COMMITTED].fen,
                                   .payable = s->at[STAGE_PAYABLE].fen,
                                   .paid = s->at[STAGE_PAID].fen,
                                   .returned = s->at[STAGE_RETURNED].fen};
}

/* ---- Entries ---- */

#define SENTENCE 8192 /* the longest, with every limit that was looked at */

static void refusal_show(struct maker *m, const struct entry *e, struct voucher_entry *out)
{
    char text[SENTENCE];
    struct voucher_refusal *r = make(m, sizeof *r);
    if (!r)
        return;
    refusal_text(&e->refusal, e->explanation, text, sizeof text);
    r->sentence = arena_copy(m->a, text, strlen(text));
    r->detail = arena_copy(m->a, e->refusal.detail, strlen(e->refusal.detail));
    if (!r->sentence || !r->detail)
        m->rc = ERR_MEMORY;
    r->reason = (int)e->refusal.reason;
    r->day = e->refusal.day.n;
    r->day_to = e->refusal.day_to.n;
    r->asked = e->refusal.asked.fen;
    r->voucher = e->refusal.voucher;
    out->refusal = r;
}

static void explanation_show(struct maker *m, const struct explanation *x,
                             struct voucher_entry *out)
{
    out->holders = x->holders;
    out->nholders = (size_t)x->nholders;
    out->nlimits = (size_t)x->nlimits;
    MAKE_ROWS(m, struct voucher_limit, rows, out->nlimits, out->limits);
    for (size_t i = 0; i < out->nlimits; i++) {
        const struct limit *l = &x->limits[i];
        rows[i] = (struct voucher_limit){.rule = (int)l->rule,
                                         .binding = l->binding != 0,
                                         .name = l->name,
                                         .at_most = l->at_most.fen,
                                         .basis = l->base.fen,
                                         .limit = l->limit.fen,
                                         .used = l->used.fen,
                                         .own = l->own.fen,
                                         .rate = l->rate.ppm,
                                         .quantity = l->quantity};
    }
}

static void postings_show(struct maker *m, const struct entry *e, struct voucher_entry *out)
{
    out->npostings = e->npostings;
    MAKE_ROWS(m, struct voucher_posting, rows, e->npostings, out->postings);
    for (uint32_t i = 0; i < e->npostings; i++) {
        const struct posting *p = &e->postings[i];
        rows[i] = (struct voucher_posting){.line = p->line,
                                           .from = (int)p->from,
                                           .to = (int)p->to,
                                           .voucher = p->voucher,
                                           .amount = p->amount.fen};
    }
}

static void balances_show(struct maker *m, const struct entry *e, struct voucher_entry *out)
{
    out->nbalances = e->nbalances;
    MAKE_ROWS(m, struct voucher_balance, rows, e->nbalances, out->balances);
    for (uint32_t i = 0; i < e->nbalances; i++) {
        const struct balance *b = &e->balances[i];
        rows[i] = (struct voucher_balance){.kind = (int)b->kind,
                                           .id = b->id,
                                           .before = b->before,
                                           .stages = stages_of(&b->stages),
                                           .counted = b->counted.fen};
    }
}

/* What it did beyond its postings. */
static void done_show(struct maker *m, const struct entry *e, struct voucher_entry *out)
{
    switch (e->command.kind) {
    case COMMAND_ISSUE:
        out->voucher = e->done.issue.voucher;
        out->face = e->done.issue.face.fen;
        out->basis = e->done.issue.base.fen;
        out->rate = e->done.issue.rate.ppm;
        out->valid_to = e->done.issue.valid_to.n;
        out->redeem_to = e->done.issue.redeem_to.n;
        out->seller = code_of(m, &e->done.issue.seller);
        out->tops_up = e->done.issue.tops_up;
        out->given = (int)e->done.issue.given;
        out->paid_out = e->done.issue.paid_out;
        out->spent = e->done.issue.spent.fen;
        out->wanted = e->done.issue.wanted.fen;
        break;
    case COMMAND_REDEEM:
        out->paid = e->done.redeem.paid.fen;
        out->invoice_shared = e->done.redeem.invoice_shared;
        break;
    case COMMAND_VOID:
        out->freed = e->done.freed.freed.fen;
        break;
    case COMMAND_LAPSE:
        out->freed = e->done.lapse.freed.fen;
        out->lapsed_day = e->done.lapse.day.n;
        out->more = e->done.lapse.more;
        out->lapsed = e->lapsed;
        out->nlapsed = e->nlapsed;
        break;
    case COMMAND_APPROPRIATE:
        out->line = e->done.line.line;
        break;
    case COMMAND_ADOPT_POLICY:
        out->policy_version = e->done.policy_version.version;
        break;
    case COMMAND_CLOSE_ROUND:
        out->claims = e->done.round.claims;
        out->wanted = e->done.round.wanted.fen;
        out->allowed = e->done.round.allowed.fen;
        break;
    case COMMAND_PAY:
    case COMMAND_BANK_RETURN:
        out->amount = e->done.payment.amount.fen;
        break;
    default:
        break;
    }
}

/* What was asked: only the journal tells it. */
static void asked_show(struct maker *m, const struct entry *e, struct voucher_entry *out)
{
    if (e->command.kind == COMMAND_CREATE_BOOK)
        return;
    struct voucher_command *c = make(m, sizeof *c);
    if (c)
        m->rc = command_show(&e->command, m->a, c);
    out->command = c;
}

static void entry_show(struct maker *m, const struct entry *e, const uint8_t leaf[LEAF_HASH],
                       struct voucher_entry *out)
{
    out->number = e->number;
    out->time = e->time.us;
    out->day = e->day.n;
    out->policy = e->policy;
    out->rules = e->rules;
    out->principal = text_of(e->principal);
    out->of_failed_batch = e->of_failed_batch;
    out->seller = "";
    memcpy(out->leaf, leaf, VOUCHER_LEAF);
    if (e->refused)
        refusal_show(m, e, out);
    else
        done_show(m, e, out);
    if (e->explanation)
        explanation_show(m, e->explanation, out);
    postings_show(m, e, out);
    balances_show(m, e, out);
}

/* ---- Outcomes ---- */

static const int codes[] = {
    [OUTCOME_DONE] = VOUCHER_DONE,         [OUTCOME_REFUSED] = VOUCHER_REFUSED,
    [OUTCOME_INVALID] = VOUCHER_MISTAKE,   [OUTCOME_DENIED] = VOUCHER_DENIED,
    [OUTCOME_NOT_DONE] = VOUCHER_NOT_DONE, [OUTCOME_TRY_AGAIN] = VOUCHER_TRY_AGAIN,
    [OUTCOME_UNKNOWN] = VOUCHER_UNKNOWN,
};

int fault_code(const struct fault *f)
{
    static const struct {
        const char *field;
        int code;
    } codes_of[] = {
        {"principal", VOUCHER_DENIED}, {"role", VOUCHER_DENIED}, {"book", VOUCHER_TRY_AGAIN}};
    for (size_t i = 0; i < sizeof codes_of / sizeof *codes_of; i++)
        if (strcmp(f->field, codes_of[i].field) == 0)
            return codes_of[i].code;
    return VOUCHER_MISTAKE;
}

void error_set(struct voucher_error *error, int code, const struct fault *f)
{
    if (!error)
        return;
    memset(error, 0, sizeof *error);
    error->code = code;
    snprintf(error->field, sizeof error->field, "%s", f->field);
    snprintf(error->value, sizeof error->value, "%s", f->value);
    text_printable(f->expected, strlen(f->expected), error->expected, sizeof error->expected);
}

static const struct voucher_error *fault_error(struct maker *m, int code, const struct fault *f)
{
    struct voucher_error *error = make(m, sizeof *error);
    error_set(error, code, f);
    return error;
}

static const struct voucher_error *refusal_error(struct maker *m, const uint32_t *row,
                                                 const struct voucher_refusal *r)
{
    struct voucher_error *error = make(m, sizeof *error);
    if (!error)
        return NULL;
    error->code = VOUCHER_REFUSED;
    snprintf(error->field, sizeof error->field, row ? "commands[%" PRIu32 "]" : "reason",
             row ? *row : 0);
    snprintf(error->value, sizeof error->value, "%s", voucher_reason_name(r->reason));
    text_printable(r->sentence, strlen(r->sentence), error->expected, sizeof error->expected);
    return error;
}

/* row: of the call; NULL: of no call. */
static void outcome_show(struct maker *m, const struct outcome *o, const uint32_t *row,
                         struct voucher_outcome *out)
{
    struct voucher_entry *e = NULL;
    out->code = codes[o->kind];
    out->again = o->repeated;
    out->dry_run = o->dry_run;
    if (o->entry) {
        e = make(m, sizeof *e);
        if (e)
            entry_show(m, o->entry, o->leaf, e);
        out->entry = e;
    }
    if (m->rc < 0 || out->code == VOUCHER_DONE)
        return;
    if (e && e->refusal) {
        out->error = refusal_error(m, row, e->refusal);
    } else {
        struct fault f = *outcome_fault(o);
        if (row)
            field_show(true, *row, &f);
        out->error = fault_error(m, out->code, &f);
    }
}

static void outcomes_show(struct maker *m, const struct reply *r, struct voucher_result *out)
{
    const struct voucher_outcome *first = NULL;
    out->n = r->n;
    MAKE_ROWS(m, struct voucher_outcome, rows, r->n, out->outcomes);
    for (uint32_t i = 0; i < r->n; i++) {
        outcome_show(m, &r->outcomes[i], &i, &rows[i]);
        /* Of an atomic batch the one that stood in the way, not those that it stood in. */
        if (rows[i].code != VOUCHER_DONE && (!first || first->code == VOUCHER_NOT_DONE))
            first = &rows[i];
    }
    if (first) {
        out->code = first->code;
        out->error = first->error;
    }
}

/* ---- Answers ---- */

static void funds_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    MAKE_ROWS(m, struct voucher_fund, rows, q->n, out->funds);
    for (uint32_t i = 0; i < q->n; i++) {
        const struct fund_answer *f = &q->funds[i];
        rows[i] = (struct voucher_fund){.line = f->line,
                                        .year = f->year,
                                        .measure = text_of(f->measure),
                                        .source = text_of(f->source),
                                        .area = text_of(f->area),
                                        .appropriated = f->appropriated.fen,
                                        .stages = stages_of(&f->stages)};
    }
}

static void ceilings_show(struct maker *m, const struct account_answer *c,
                          struct voucher_account *out)
{
    out->nceilings = (size_t)c->nceilings;
    MAKE_ROWS(m, struct voucher_ceiling, rows, out->nceilings, out->ceilings);
    for (int i = 0; i < c->nceilings; i++)
        rows[i] = (struct voucher_ceiling){.name = text_of(c->ceilings[i].name),
                                           .year = c->ceilings[i].year,
                                           .limit = c->ceilings[i].limit.fen,
                                           .used = c->ceilings[i].used.fen,
                                           .left = c->ceilings[i].left.fen};
}

static void accounts_show(struct maker *m, const struct enterprise_answer *e,
                          struct voucher_enterprise *out)
{
    out->naccounts = e->naccounts;
    MAKE_ROWS(m, struct voucher_account, rows, e->naccounts, out->accounts);
    for (uint32_t i = 0; i < e->naccounts; i++) {
        rows[i].measure = text_of(e->accounts[i].measure);
        rows[i].stages = stages_of(&e->accounts[i].stages);
        rows[i].vouchers = e->accounts[i].nvouchers;
        ceilings_show(m, &e->accounts[i], &rows[i]);
    }
}

static void enterprise_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    const struct enterprise_answer *e = q->enterprise;
    MAKE_ROWS(m, struct voucher_enterprise, row, 1, out->enterprises);
    row->enterprise = code_of(m, &e->uscc);
    row->name = e->name;
    row->area = e->row->area;
    row->area_name = text_of(e->area_name);
    accounts_show(m, e, row);
    row->ntraits = (size_t)e->row->ntraits;
    struct voucher_trait *traits = row->ntraits ? make(m, row->ntraits * sizeof *traits) : NULL;
    row->traits = traits;
    for (int32_t i = 0; i < e->row->ntraits && traits; i++) {
        const struct trait_row *t = &e->row->traits[i];
        traits[i] = (struct voucher_trait){.name = t->name,
                                           .from = t->from.n == DAY_MIN ? 0 : t->from.n,
                                           .to = t->to.n == DAY_MAX ? 0 : t->to.n};
    }
}

static void shares_show(struct maker *m, const struct voucher_row *v, struct voucher_voucher *out)
{
    out->nshares = (size_t)v->nparts;
    MAKE_ROWS(m, struct voucher_share, rows, out->nshares, out->shares);
    for (int32_t i = 0; i < v->nparts; i++)
        rows[i] = (struct voucher_share){
            .line = v->parts[i].line, .face = v->parts[i].face.fen, .open = v->parts[i].open.fen};
}

static void vouchers_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    MAKE_ROWS(m, struct voucher_voucher, rows, q->n, out->vouchers);
    for (uint32_t i = 0; i < q->n; i++) {
        const struct voucher_answer *a = &q->vouchers[i];
        const struct voucher_row *v = a->row;
        rows[i] = (struct voucher_voucher){.number = a->number,
                                           .state = (int)a->state,
                                           .measure = v->measure,
                                           .enterprise = code_of(m, &v->enterprise),
                                           .contract = v->contract,
                                           .seller = code_of(m, &v->seller),
                                           .rate = v->rate.ppm,
                                           .face = v->face.fen,
                                           .stages = stages_of(&v->stages),
                                           .invoiced = v->invoiced.fen,
                                           .issued = v->issued.n,
                                           .valid_to = v->valid_to.n,
                                           .redeem_to = v->redeem_to.n,
                                           .issue_entry = v->issue_entry,
                                           .tops_up = v->tops_up,
                                           .policy = v->policy,
                                           .payee = code_of(m, &a->payee),
                                           .siblings = a->siblings,
                                           .nsiblings = a->nsiblings};
        shares_show(m, v, &rows[i]);
    }
}

static void entries_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    MAKE_ROWS(m, struct voucher_entry, rows, q->n, out->entries);
    for (uint32_t i = 0; i < q->n && m->rc == 0; i++) {
        const struct stored_entry *s = &q->entries[i];
        struct entry *e = make(m, sizeof *e);
        int rc = e ? client_entry(s, m->a, e) : ERR_MEMORY;
        if (rc < 0) {
            m->rc = rc == ERR_MEMORY ? rc : ERR_PEER;
            return;
        }
        entry_show(m, e, s->leaf, &rows[i]);
        asked_show(m, e, &rows[i]);
        rows[i].stored = s->bytes.p;
        rows[i].stored_size = s->bytes.n;
    }
}

static void explained_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    MAKE_ROWS(m, struct voucher_explained, rows, q->n, out->explained);
    for (uint32_t i = 0; i < q->n; i++) {
        struct voucher_outcome *o = make(m, sizeof *o);
        if (o)
            outcome_show(m, &q->explained[i].outcome, NULL, o);
        rows[i].measure = text_of(q->explained[i].measure);
        rows[i].outcome = o;
    }
}

static void status_show(struct maker *m, const struct answer *q, struct voucher_result *out)
{
    const struct status_answer *s = q->status;
    MAKE_ROWS(m, struct voucher_status, row, 1, out->status);
    row->entries = s->entries;
    row->vouchers = s->vouchers;
    memcpy(row->root, s->root, VOUCHER_LEAF);
    row->policy = s->policy;
    row->policy_id = text_of(s->policy_id);
    row->test_clock = s->test_clock;
    row->now = s->now.us;
    row->zone_minutes = s->zone_minutes;
}

int result_show(const struct reply *reply, struct arena *a, struct voucher_result *out)
{
    static void (*const shows[QUERY_COUNT])(struct maker *, const struct answer *,
                                            struct voucher_result *) = {
        [QUERY_FUNDS] = funds_show,       [QUERY_ENTERPRISE] = enterprise_show,
        [QUERY_VOUCHER] = vouchers_show,  [QUERY_VOUCHERS] = vouchers_show,
        [QUERY_REFUSALS] = entries_show,  [QUERY_ENTRIES] = entries_show,
        [QUERY_EXPLAIN] = explained_show, [QUERY_STATUS] = status_show,
    };
    struct maker m = {.a = a};
    const struct answer *q = &reply->answer;
    out->number = reply->number;
    if (reply->kind == REPLY_FAULT || (reply->kind == REPLY_ANSWER && q->fault.field[0])) {
        struct fault f = reply->kind == REPLY_FAULT ? reply->fault : q->fault;
        out->code = fault_code(&f);
        field_show(strncmp(f.field, "commands", 8) == 0, 0, &f);
        out->error = fault_error(&m, out->code, &f);
    } else if (reply->kind == REPLY_OUTCOMES) {
        outcomes_show(&m, reply, out);
    } else {
        out->as_of_entry = q->as_of_entry;
        out->next = q->next;
        out->n = q->n;
        if (q->n > 0)
            shows[q->kind](&m, q, out);
    }
    return m.rc;
}
