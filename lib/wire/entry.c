/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/entry.h"

#include "wire/command.h"
#include "wire/journal.h"
#include "wire/pack.h"
#include "wire/result.h"

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)

SAME(STAGE_AVAILABLE, STAGE__AVAILABLE);
SAME(STAGE_HELD, STAGE__HELD);
SAME(STAGE_COMMITTED, STAGE__COMMITTED);
SAME(STAGE_PAYABLE, STAGE__PAYABLE);
SAME(STAGE_PAID, STAGE__PAID);
SAME(STAGE_RETURNED, STAGE__RETURNED);
SAME(STAGE_OUTSIDE, STAGE__OUTSIDE);

SAME(BALANCE_LINE, BALANCE__KIND__LINE);
SAME(BALANCE_VOUCHER, BALANCE__KIND__VOUCHER);
SAME(BALANCE_ACCOUNT, BALANCE__KIND__ACCOUNT);

SAME(RULE_NONE, RULE__NO_RULE);
SAME(RULE_RATE, RULE__LIMIT_RATE);
SAME(RULE_CEILING, RULE__LIMIT_CEILING);
SAME(RULE_SUPPORT, RULE__LIMIT_SUPPORT);
SAME(RULE_FUNDS, RULE__LIMIT_FUNDS);
SAME(RULE_FACE, RULE__LIMIT_FACE);
SAME(RULE_INVOICED, RULE__LIMIT_INVOICED);
SAME(RULE_CLAIM, RULE__LIMIT_CLAIM);
SAME(RULE_UNIT, RULE__LIMIT_UNIT);
SAME(RULE_AWARD, RULE__LIMIT_AWARD);
SAME(RULE_INTEREST, RULE__LIMIT_INTEREST);
SAME(RULE_COUNT_LIMIT, RULE__LIMIT_COUNT);
SAME(RULE_GROUP, RULE__LIMIT_GROUP);
SAME(RULE_YEAR, RULE__LIMIT_YEAR);
SAME(RULE_ROUND, RULE__LIMIT_ROUND);
_Static_assert(RULE_COUNT == RULE_ROUND + 1, "every rule is held against the protocol's");

/* ---- Putting: the last field first (see put.h) ---- */

#define STAGES_FIELDS 7 /* with its head; as below */

static uint8_t *stages_put_before(uint8_t *p, const struct stages *s)
{
    const uint8_t *end = p;
    p = signed_put_before(p, F_STAGES_RETURNED, s->at[STAGE_RETURNED].fen);
    p = signed_put_before(p, F_STAGES_PAID, s->at[STAGE_PAID].fen);
    p = signed_put_before(p, F_STAGES_PAYABLE, s->at[STAGE_PAYABLE].fen);
    p = signed_put_before(p, F_STAGES_COMMITTED, s->at[STAGE_COMMITTED].fen);
    p = signed_put_before(p, F_STAGES_HELD, s->at[STAGE_HELD].fen);
    p = signed_put_before(p, F_STAGES_AVAILABLE, s->at[STAGE_AVAILABLE].fen);
    return message_put_before(p, F_BALANCE_STAGES, (size_t)(end - p));
}

#define LIMIT_FIELDS_BEFORE_NAME 8

static void limit_put(struct put *w, const struct limit *l)
{
    size_t end = put_end(w);
    put_signed_nonzero(w, F_LIMIT_QUANTITY, l->quantity);
    put_text(w, F_LIMIT_NAME, l->name);
    if (!put_room(w, LIMIT_FIELDS_BEFORE_NAME * PUT_FIELD))
        return;
    uint8_t *p = w->at;
    p = signed_put_before(p, F_LIMIT_OWN, l->own.fen);
    p = signed_put_before(p, F_LIMIT_USED, l->used.fen);
    p = signed_put_before(p, F_LIMIT_LIMIT, l->limit.fen);
    p = nonzero_put_before(p, F_LIMIT_RATE, l->rate.ppm);
    p = signed_put_before(p, F_LIMIT_BASIS, l->base.fen);
    p = signed_put_before(p, F_LIMIT_AT_MOST, l->at_most.fen);
    p = nonzero_put_before(p, F_LIMIT_BINDING, l->binding != 0);
    w->at = signed_put_before(p, F_LIMIT_RULE, (int)l->rule);
    put_message(w, F_EXPLANATION_LIMITS, end);
}

static void explanation_put(struct put *w, const struct explanation *e)
{
    size_t end = put_end(w);
    for (int i = e->nholders; i-- > 0;)
        put_number(w, F_EXPLANATION_HOLDERS, e->holders[i]);
    for (int i = e->nlimits; i-- > 0;)
        limit_put(w, &e->limits[i]);
    put_message(w, F_ENTRY_EXPLANATION, end);
}

#define POSTING_FIELDS 6

static void posting_put(struct put *w, const struct posting *l)
{
    if (!put_room(w, POSTING_FIELDS * PUT_FIELD))
        return;
    uint8_t *p = w->at;
    p = signed_put_before(p, F_POSTING_AMOUNT, l->amount.fen);
    p = signed_put_before(p, F_POSTING_TO_STAGE, (int)l->to);
    p = signed_put_before(p, F_POSTING_FROM_STAGE, (int)l->from);
    p = nonzero_put_before(p, F_POSTING_VOUCHER, l->voucher);
    p = nonzero_put_before(p, F_POSTING_LINE, l->line);
    w->at = message_put_before(p, F_ENTRY_POSTINGS, (size_t)(w->at - p));
}

#define BALANCE_FIELDS (5 + STAGES_FIELDS)

static void balance_put(struct put *w, const struct balance *b)
{
    if (!put_room(w, BALANCE_FIELDS * PUT_FIELD))
        return;
    uint8_t *p = w->at;
    p = signed_put_before(p, F_BALANCE_COUNTED, b->counted.fen);
    p = stages_put_before(p, &b->stages);
    p = nonzero_put_before(p, F_BALANCE_BEFORE, b->before);
    p = nonzero_put_before(p, F_BALANCE_ID, b->id);
    p = signed_put_before(p, F_BALANCE_KIND, (int)b->kind);
    w->at = message_put_before(p, F_ENTRY_BALANCES, (size_t)(w->at - p));
}

void entry_put(struct put *w, const struct entry *e, bool with_command)
{
    put_nonzero(w, F_ENTRY_OF_FAILED_BATCH, e->of_failed_batch);
    for (uint32_t i = e->nbalances; i-- > 0;)
        balance_put(w, &e->balances[i]);
    for (uint32_t i = e->npostings; i-- > 0;)
        posting_put(w, &e->postings[i]);
    result_put(w, e);
    if (e->explanation)
        explanation_put(w, e->explanation);
    if (with_command)
        command_put(w, F_ENTRY_COMMAND, &e->command);
    if (!all_zero(e->command.request_id, REQUEST_ID))
        put_bytes(w, F_ENTRY_REQUEST_ID, e->command.request_id, REQUEST_ID);
    put_text(w, F_ENTRY_PRINCIPAL, e->principal);
    put_nonzero(w, F_ENTRY_RULES, e->rules);
    put_nonzero(w, F_ENTRY_POLICY, e->policy);
    put_signed_nonzero(w, F_ENTRY_DAY, e->day.n);
    put_signed_nonzero(w, F_ENTRY_TIME, e->time.us);
    put_nonzero(w, F_ENTRY_NUMBER, e->number);
}

/* ---- Reading ---- */

void stages_read(struct reader *r, const Voucherd__Stages *m, struct stages *out)
{
    if (!m)
        return;
    read_known(r, &m->base);
    out->at[STAGE_AVAILABLE] = read_money(r, "stages.available", m->available);
    out->at[STAGE_HELD] = read_money(r, "stages.held", m->held);
    out->at[STAGE_COMMITTED] = read_money(r, "stages.committed", m->committed);
    out->at[STAGE_PAYABLE] = read_money(r, "stages.payable", m->payable);
    out->at[STAGE_PAID] = read_money(r, "stages.paid", m->paid);
    out->at[STAGE_RETURNED] = read_money(r, "stages.returned", m->returned);
}

static void limit_read(struct reader *r, const Voucherd__Limit *m, struct limit *out)
{
    read_known(r, &m->base);
    out->rule = (enum rule)read_choice(r, "rule", (int)m->rule, RULE_NONE + 1, RULE_COUNT - 1);
    out->binding = m->binding != 0;
    out->at_most = read_money(r, "at_most", m->at_most);
    out->base = read_money(r, "basis", m->basis);
    out->rate = read_rate(r, "rate", m->rate);
    out->limit = read_money(r, "limit", m->limit);
    out->used = read_money(r, "used", m->used);
    out->own = read_money(r, "own", m->own);
    out->quantity = read_not_below_0(r, "quantity", m->quantity);
    read_note_into(r, "name", m->name, out->name, LIMIT_NAME);
}

static const struct explanation *explanation_read(struct reader *r, const Voucherd__Explanation *m)
{
    if (!m)
        return NULL;
    struct explanation *e = reader_list(r, 1, sizeof *e);
    if (!e)
        return NULL;
    read_known(r, &m->base);
    if (!reader_fits(r, "limits", m->n_limits, LIMIT_LIMITS) ||
        !reader_fits(r, "holders", m->n_holders, LIMIT_HOLDERS))
        return NULL;
    for (size_t i = 0; i < m->n_limits && !r->rc; i++)
        limit_read(r, m->limits[i], &e->limits[i]);
    for (size_t i = 0; i < m->n_holders && !r->rc; i++)
        e->holders[i] = read_number(r, "holders", m->holders[i]);
    e->nlimits = (int)m->n_limits;
    e->nholders = (int)m->n_holders;
    return e;
}

static void postings_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    struct posting *list = reader_list(r, m->n_postings, sizeof *list);
    for (size_t i = 0; i < m->n_postings && !r->rc; i++) {
        const Voucherd__Posting *p = m->postings[i];
        read_known(r, &p->base);
        read_number(r, "line", p->line);
        list[i].line = p->line;
        list[i].voucher = p->voucher;
        list[i].from = (enum stage)read_choice(r, "from_stage", (int)p->from_stage, STAGE_AVAILABLE,
                                               STAGE_OUTSIDE);
        list[i].to = (enum stage)read_choice(r, "to_stage", (int)p->to_stage, STAGE_AVAILABLE,
                                             STAGE_OUTSIDE);
        list[i].amount = read_amount(r, "amount", true, p->amount);
        reader_within(r, "postings[%zu]", i);
    }
    out->postings = list;
    out->npostings = (uint32_t)m->n_postings;
}

static void balances_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    struct balance *list = reader_list(r, m->n_balances, sizeof *list);
    for (size_t i = 0; i < m->n_balances && !r->rc; i++) {
        const Voucherd__Balance *b = m->balances[i];
        read_known(r, &b->base);
        list[i].kind =
            (enum balance_kind)read_choice(r, "kind", (int)b->kind, BALANCE_LINE, BALANCE_ACCOUNT);
        list[i].id = read_number(r, "id", b->id);
        list[i].before = b->before;
        stages_read(r, b->stages, &list[i].stages);
        list[i].counted = read_money(r, "counted", b->counted);
        reader_within(r, "balances[%zu]", i);
    }
    out->balances = list;
    out->nbalances = (uint32_t)m->n_balances;
}

/* Nobody asks for the first entry, nor for what an answer only considers. */
static void asker_read(struct reader *r, const Voucherd__Entry *m, bool required, struct entry *out)
{
    uint8_t *id = out->command.request_id;
    if (required || m->principal)
        out->principal = read_text(r, "principal", m->principal, LIMIT_PRINCIPAL);
    else
        out->principal = "";
    if (!required && !m->has_request_id)
        return;
    read_exact(r, "request_id", m->has_request_id, m->request_id, REQUEST_ID, id);
    if (!r->rc && all_zero(id, REQUEST_ID))
        reader_fault(r, "request_id", NULL, "%d bytes that are not all 0", REQUEST_ID);
}

void entry_read(struct reader *r, const Voucherd__Entry *m, bool with_command, struct entry *out)
{
    *out = (struct entry){0};
    read_known(r, &m->base);
    out->number = m->number;
    out->time = read_instant(r, "time", true, m->time);
    out->day = read_day(r, "day", true, m->day);
    out->policy = m->policy;
    out->rules = m->rules;
    if (with_command) {
        read_number(r, "number", m->number);
        read_number(r, "rules", m->rules);
        command_read(r, m->command, &out->command);
    }
    asker_read(r, m, with_command && out->command.kind != COMMAND_CREATE_BOOK, out);
    out->explanation = explanation_read(r, m->explanation);
    result_read(r, m, with_command, out);
    out->of_failed_batch = m->of_failed_batch != 0;
    if (out->of_failed_batch && !out->refused)
        reader_fault(r, "of_failed_batch", NULL, "a refusal: what is done was in no failed batch");
    postings_read(r, m, out);
    balances_read(r, m, out);
}

/* ---- The journal ---- */

int entry_encode(const struct entry *e, struct buf *out)
{
    struct put w;
    entry_put(put_init(&w), e, true);
    return put_finish(&w, out);
}

int entry_encode_in(const struct entry *e, struct arena *a, struct span *out)
{
    struct put w;
    entry_put(put_init(&w), e, true);
    return put_finish_in(&w, a, out);
}

int entry_decode(struct span bytes, struct arena *a, struct entry *out)
{
    struct reader r;
    struct entry e;
    reader_init(&r, a, BUDGET_ENTRY, bytes.n, NULL);
    Voucherd__Entry *m = reader_unpack(&r, &voucherd__entry__descriptor, bytes);
    if (m)
        entry_read(&r, m, true, &e);
    if (r.rc)
        return r.rc == ERR_MEMORY ? ERR_MEMORY : ERR_FORMAT;
    *out = e;
    return 0;
}
