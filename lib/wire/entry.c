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
_Static_assert(RULE_COUNT == RULE_CLAIM + 1, "every rule is held against the protocol's");

/* ---- Packing ---- */

int stages_pack(struct arena *a, const struct stages *s, Voucherd__Stages **out)
{
    Voucherd__Stages *m = pack_new(a, &voucherd__stages__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, available, s->at[STAGE_AVAILABLE].fen);
    PACK_NONZERO(m, held, s->at[STAGE_HELD].fen);
    PACK_NONZERO(m, committed, s->at[STAGE_COMMITTED].fen);
    PACK_NONZERO(m, payable, s->at[STAGE_PAYABLE].fen);
    PACK_NONZERO(m, paid, s->at[STAGE_PAID].fen);
    PACK_NONZERO(m, returned, s->at[STAGE_RETURNED].fen);
    *out = m;
    return 0;
}

static void limit_pack(const struct limit *l, Voucherd__Limit *m)
{
    PACK_NONZERO(m, rule, (Voucherd__Rule)l->rule);
    PACK_NONZERO(m, binding, l->binding != 0);
    PACK_NONZERO(m, at_most, l->at_most.fen);
    PACK_NONZERO(m, basis, l->base.fen);
    PACK_NONZERO(m, rate, l->rate.ppm);
    PACK_NONZERO(m, limit, l->limit.fen);
    PACK_NONZERO(m, used, l->used.fen);
    PACK_NONZERO(m, own, l->own.fen);
    m->name = pack_text(l->name);
}

static int explanation_pack(struct arena *a, const struct explanation *e,
                            Voucherd__Explanation **out)
{
    Voucherd__Explanation *m = pack_new(a, &voucherd__explanation__descriptor);
    if (!m)
        return ERR_MEMORY;
    m->n_limits = (size_t)e->nlimits;
    if (e->nlimits && !(m->limits = pack_list(a, m->n_limits, &voucherd__limit__descriptor)))
        return ERR_MEMORY;
    for (int i = 0; i < e->nlimits; i++)
        limit_pack(&e->limits[i], m->limits[i]);
    m->n_holders = (size_t)e->nholders;
    m->holders = (uint64_t *)(uintptr_t)e->holders;
    *out = m;
    return 0;
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

static int postings_pack(struct arena *a, const struct entry *e, Voucherd__Entry *m)
{
    if (e->npostings == 0)
        return 0;
    m->postings = pack_list(a, e->npostings, &voucherd__posting__descriptor);
    if (!m->postings)
        return ERR_MEMORY;
    m->n_postings = e->npostings;
    for (uint32_t i = 0; i < e->npostings; i++) {
        const struct posting *p = &e->postings[i];
        PACK_NONZERO(m->postings[i], line, p->line);
        PACK_NONZERO(m->postings[i], voucher, p->voucher);
        PACK_NONZERO(m->postings[i], from_stage, (Voucherd__Stage)p->from);
        PACK_NONZERO(m->postings[i], to_stage, (Voucherd__Stage)p->to);
        PACK_NONZERO(m->postings[i], amount, p->amount.fen);
    }
    return 0;
}

static int balances_pack(struct arena *a, const struct entry *e, Voucherd__Entry *m)
{
    if (e->nbalances == 0)
        return 0;
    m->balances = pack_list(a, e->nbalances, &voucherd__balance__descriptor);
    if (!m->balances)
        return ERR_MEMORY;
    m->n_balances = e->nbalances;
    for (uint32_t i = 0; i < e->nbalances; i++) {
        const struct balance *b = &e->balances[i];
        PACK_NONZERO(m->balances[i], kind, (Voucherd__Balance__Kind)b->kind);
        PACK_NONZERO(m->balances[i], id, b->id);
        PACK_NONZERO(m->balances[i], before, b->before);
        PACK_NONZERO(m->balances[i], counted, b->counted.fen);
        if (stages_pack(a, &b->stages, &m->balances[i]->stages))
            return ERR_MEMORY;
    }
    return 0;
}

int entry_pack(struct arena *a, const struct entry *e, bool with_command, Voucherd__Entry **out)
{
    Voucherd__Entry *m = pack_new(a, &voucherd__entry__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, number, e->number);
    PACK_NONZERO(m, time, e->time.us);
    PACK_NONZERO(m, day, e->day.n);
    PACK_NONZERO(m, policy, e->policy);
    PACK_NONZERO(m, rules, e->rules);
    m->principal = pack_text(e->principal);
    if (!all_zero(e->command.request_id, REQUEST_ID))
        PACK_SET(m, request_id, pack_bytes(e->command.request_id, REQUEST_ID));
    if (with_command && command_pack(a, &e->command, &m->command))
        return ERR_MEMORY;
    if (e->explanation && explanation_pack(a, e->explanation, &m->explanation))
        return ERR_MEMORY;
    if (result_pack(a, e, m) || postings_pack(a, e, m) || balances_pack(a, e, m))
        return ERR_MEMORY;
    *out = m;
    return 0;
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
    postings_read(r, m, out);
    balances_read(r, m, out);
}

/* ---- The journal ---- */

int entry_encode(const struct entry *e, struct buf *out)
{
    struct scratch s;
    Voucherd__Entry *m;
    int rc = entry_pack(scratch_init(&s), e, true, &m);
    if (rc == 0)
        rc = pack_message(&m->base, out);
    scratch_free(&s);
    return rc;
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
