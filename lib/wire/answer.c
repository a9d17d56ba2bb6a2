/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/answer.h"

#include "wire/command.h"
#include "wire/journal.h"
#include "wire/outcome.h"

/* ---- Packing ---- */

static int stages_pack(struct arena *a, const struct stages *s, Voucherd__Stages **out)
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

static int funds_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    m->n_funds = q->n;
    m->funds = pack_list(a, q->n, &voucherd__fund__descriptor);
    if (!m->funds)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < q->n; i++) {
        const struct fund_answer *f = &q->funds[i];
        PACK_NONZERO(m->funds[i], line, f->line);
        m->funds[i]->measure = pack_text(f->measure);
        PACK_NONZERO(m->funds[i], year, f->year);
        m->funds[i]->source = pack_text(f->source);
        m->funds[i]->area = pack_text(f->area);
        PACK_NONZERO(m->funds[i], appropriated, f->appropriated.fen);
        if (stages_pack(a, &f->stages, &m->funds[i]->stages))
            return ERR_MEMORY;
    }
    return 0;
}

static void trait_pack(const char *name, struct day from, struct day to, Voucherd__Trait *m)
{
    m->name = pack_text(name);
    m->from_day = from.n;
    m->has_from_day = from.n != DAY_MIN;
    m->to_day = to.n;
    m->has_to_day = to.n != DAY_MAX;
}

static int account_pack(struct arena *a, const struct account_answer *c, Voucherd__Account *m)
{
    m->measure = pack_text(c->measure);
    PACK_NONZERO(m, vouchers, c->nvouchers);
    if (c->nceilings) {
        m->n_ceilings = (size_t)c->nceilings;
        m->ceilings = pack_list(a, m->n_ceilings, &voucherd__ceiling_left__descriptor);
        if (!m->ceilings)
            return ERR_MEMORY;
    }
    for (int i = 0; i < c->nceilings; i++) {
        m->ceilings[i]->name = pack_text(c->ceilings[i].name);
        PACK_NONZERO(m->ceilings[i], year, c->ceilings[i].year);
        PACK_NONZERO(m->ceilings[i], limit, c->ceilings[i].limit.fen);
        PACK_NONZERO(m->ceilings[i], used, c->ceilings[i].used.fen);
        PACK_NONZERO(m->ceilings[i], left, c->ceilings[i].left.fen);
    }
    return stages_pack(a, &c->stages, &m->stages);
}

static int enterprise_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    const struct enterprise_answer *e = q->enterprise;
    Voucherd__Enterprise *o = m->enterprise = pack_new(a, &voucherd__enterprise__descriptor);
    if (!o || pack_uscc(a, &e->uscc, &o->uscc))
        return ERR_MEMORY;
    o->name = pack_text(e->name);
    o->area = pack_text(e->row->area);
    o->area_name = pack_text(e->area_name);
    if (e->row->ntraits) {
        o->n_traits = (size_t)e->row->ntraits;
        if (!(o->traits = pack_list(a, o->n_traits, &voucherd__trait__descriptor)))
            return ERR_MEMORY;
    }
    for (int i = 0; i < e->row->ntraits; i++) {
        const struct trait_row *t = &e->row->traits[i];
        trait_pack(t->name, t->from, t->to, o->traits[i]);
    }
    if (e->naccounts) {
        o->n_accounts = e->naccounts;
        if (!(o->accounts = pack_list(a, o->n_accounts, &voucherd__account__descriptor)))
            return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < e->naccounts; i++)
        if (account_pack(a, &e->accounts[i], o->accounts[i]))
            return ERR_MEMORY;
    return 0;
}

static int parts_pack(struct arena *a, const struct voucher_row *v, Voucherd__Voucher *m)
{
    if (v->nparts == 0)
        return 0;
    m->n_parts = (size_t)v->nparts;
    m->parts = pack_list(a, m->n_parts, &voucherd__voucher_part__descriptor);
    if (!m->parts)
        return ERR_MEMORY;
    for (int i = 0; i < v->nparts; i++) {
        PACK_NONZERO(m->parts[i], line, v->parts[i].line);
        PACK_NONZERO(m->parts[i], face, v->parts[i].face.fen);
        PACK_NONZERO(m->parts[i], open, v->parts[i].open.fen);
    }
    return 0;
}

static int voucher_pack(struct arena *a, const struct voucher_answer *v, Voucherd__Voucher *m)
{
    const struct voucher_row *row = v->row;
    PACK_NONZERO(m, voucher, v->number);
    PACK_NONZERO(m, state, (Voucherd__VoucherState)v->state);
    m->measure = pack_text(row->measure);
    m->contract = pack_text(row->contract);
    PACK_NONZERO(m, rate, row->rate.ppm);
    PACK_NONZERO(m, face, row->face.fen);
    PACK_NONZERO(m, invoiced, row->invoiced.fen);
    PACK_NONZERO(m, issued, row->issued.n);
    PACK_NONZERO(m, valid_to, row->valid_to.n);
    PACK_NONZERO(m, redeem_to, row->redeem_to.n);
    PACK_NONZERO(m, issue_entry, row->issue_entry);
    PACK_NONZERO(m, tops_up, row->tops_up);
    PACK_NONZERO(m, policy, row->policy);
    if (!all_zero((const uint8_t *)v->payee.c, USCC_LEN) && pack_uscc(a, &v->payee, &m->payee))
        return ERR_MEMORY;
    m->n_siblings = v->nsiblings;
    m->siblings = (uint64_t *)(uintptr_t)v->siblings;
    bool sold = !all_zero((const uint8_t *)row->seller.c, USCC_LEN);
    if (pack_uscc(a, &row->enterprise, &m->enterprise) ||
        (sold && pack_uscc(a, &row->seller, &m->seller)) ||
        stages_pack(a, &row->stages, &m->stages))
        return ERR_MEMORY;
    return parts_pack(a, row, m);
}

static int vouchers_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    m->n_vouchers = q->n;
    m->vouchers = pack_list(a, q->n, &voucherd__voucher__descriptor);
    if (!m->vouchers)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < q->n; i++)
        if (voucher_pack(a, &q->vouchers[i], m->vouchers[i]))
            return ERR_MEMORY;
    return 0;
}

static int entries_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    m->n_entries = q->n;
    m->entries = pack_list(a, q->n, &voucherd__stored_entry__descriptor);
    if (!m->entries)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < q->n; i++) {
        const struct stored_entry *e = &q->entries[i];
        PACK_NONZERO(m->entries[i], number, e->number);
        PACK_SET(m->entries[i], entry, pack_bytes(e->bytes.p, e->bytes.n));
        PACK_SET(m->entries[i], leaf, pack_bytes(e->leaf, LEAF_HASH));
    }
    return 0;
}

static int explained_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    m->n_explained = q->n;
    m->explained = pack_list(a, q->n, &voucherd__explained__descriptor);
    if (!m->explained)
        return ERR_MEMORY;
    for (uint32_t i = 0; i < q->n; i++) {
        Voucherd__Outcome *o = pack_new(a, &voucherd__outcome__descriptor);
        if (!o || outcome_pack(a, &q->explained[i].outcome, o))
            return ERR_MEMORY;
        m->explained[i]->measure = pack_text(q->explained[i].measure);
        m->explained[i]->outcome = o;
    }
    return 0;
}

static int status_pack(struct arena *a, const struct answer *q, Voucherd__Answer *m)
{
    const struct status_answer *s = q->status;
    Voucherd__Status *o = m->status = pack_new(a, &voucherd__status__descriptor);
    if (!o)
        return ERR_MEMORY;
    PACK_NONZERO(o, entries, s->entries);
    PACK_NONZERO(o, vouchers, s->vouchers);
    PACK_SET(o, root, pack_bytes(s->root, LEAF_HASH));
    PACK_NONZERO(o, policy, s->policy);
    o->policy_id = pack_text(s->policy_id);
    PACK_NONZERO(o, test_clock, s->test_clock);
    PACK_NONZERO(o, now, s->now.us);
    PACK_NONZERO(o, zone_minutes, s->zone_minutes);
    return 0;
}

typedef int answer_form(struct arena *a, const struct answer *q, Voucherd__Answer *m);

static answer_form *const forms[QUERY_COUNT] = {
    [QUERY_FUNDS] = funds_pack,       [QUERY_ENTERPRISE] = enterprise_pack,
    [QUERY_VOUCHER] = vouchers_pack,  [QUERY_VOUCHERS] = vouchers_pack,
    [QUERY_REFUSALS] = entries_pack,  [QUERY_ENTRIES] = entries_pack,
    [QUERY_EXPLAIN] = explained_pack, [QUERY_STATUS] = status_pack,
};

int answer_pack(struct arena *a, const struct answer *q, Voucherd__Answer **out)
{
    Voucherd__Answer *m = pack_new(a, &voucherd__answer__descriptor);
    if (!m)
        return ERR_MEMORY;
    *out = m;
    if (q->fault.field[0])
        return fault_pack(a, &q->fault, &m->fault);
    PACK_NONZERO(m, as_of_entry, q->as_of_entry);
    PACK_NONZERO(m, next, q->next);
    if (q->n == 0 || (unsigned)q->kind >= QUERY_COUNT || !forms[q->kind])
        return 0;
    return forms[q->kind](a, q, m);
}

/* ---- Reading ---- */

static void funds_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    out->funds = reader_list(r, m->n_funds, sizeof *out->funds);
    for (size_t i = 0; i < m->n_funds && !r->rc; i++) {
        const Voucherd__Fund *f = m->funds[i];
        struct fund_answer *o = &out->funds[i];
        o->line = f->line;
        o->measure = read_note(r, "measure", f->measure, LIMIT_CODE);
        o->year = read_year_if(r, "year", f->has_year, f->year);
        o->source = read_note(r, "source", f->source, LIMIT_NAME);
        o->area = read_text_if(r, "area", f->area, LIMIT_NAME);
        o->appropriated = read_money(r, "appropriated", f->appropriated);
        stages_read(r, f->stages, &o->stages);
    }
}

static void account_read(struct reader *r, const Voucherd__Account *m, struct account_answer *out)
{
    out->measure = read_note(r, "measure", m->measure, LIMIT_CODE);
    out->nvouchers = m->vouchers;
    stages_read(r, m->stages, &out->stages);
    reader_fits(r, "ceilings", m->n_ceilings, LIMIT_CEILINGS);
    out->ceilings = reader_list(r, m->n_ceilings, sizeof *out->ceilings);
    out->nceilings = (int)m->n_ceilings;
    for (size_t i = 0; i < m->n_ceilings && !r->rc; i++) {
        const Voucherd__CeilingLeft *c = m->ceilings[i];
        out->ceilings[i].name = read_note(r, "name", c->name, LIMIT_NAME);
        out->ceilings[i].year = read_year_if(r, "year", c->has_year, c->year);
        out->ceilings[i].limit = read_money(r, "limit", c->limit);
        out->ceilings[i].used = read_money(r, "used", c->used);
        out->ceilings[i].left = read_money(r, "left", c->left);
    }
}

static void enterprise_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    const Voucherd__Enterprise *e = m->enterprise;
    struct enterprise_answer *o = out->enterprise = reader_list(r, 1, sizeof *o);
    struct enterprise_row *row = reader_list(r, 1, sizeof *row);
    if (r->rc)
        return;
    reader_fits(r, "traits", e->n_traits, LIMIT_TRAITS);
    o->row = row;
    o->uscc = read_uscc(r, "uscc", e->uscc);
    o->area_name = read_note(r, "area_name", e->area_name, LIMIT_NAME);
    o->name = read_note(r, "name", e->name, LIMIT_TEXT);
    read_note_into(r, "area", e->area, row->area, LIMIT_NAME);
    for (size_t i = 0; i < e->n_traits && !r->rc; i++) {
        struct trait_span t;
        trait_read(r, e->traits[i], &t);
        row->traits[i] = (struct trait_row){.from = t.from, .to = t.to};
        read_note_into(r, "name", e->traits[i]->name, row->traits[i].name, LIMIT_NAME);
    }
    row->ntraits = (int32_t)e->n_traits;
    o->naccounts = (uint32_t)e->n_accounts;
    o->accounts = reader_list(r, e->n_accounts, sizeof *o->accounts);
    for (size_t i = 0; i < e->n_accounts && !r->rc; i++)
        account_read(r, e->accounts[i], &o->accounts[i]);
}

static void voucher_row_read(struct reader *r, const Voucherd__Voucher *v, struct voucher_row *row)
{
    read_note_into(r, "measure", v->measure, row->measure, LIMIT_CODE);
    read_note_into(r, "contract", v->contract, row->contract, LIMIT_NUMBER);
    row->enterprise = read_uscc(r, "enterprise", v->enterprise);
    bool sold;
    row->seller = read_uscc_if(r, "seller", v->seller, &sold);
    row->policy = v->policy;
    row->rate = read_rate(r, "rate", v->rate);
    row->face = read_money(r, "face", v->face);
    row->invoiced = read_money(r, "invoiced", v->invoiced);
    row->issued = read_day(r, "issued", true, v->issued);
    row->valid_to = read_day(r, "valid_to", true, v->valid_to);
    row->redeem_to = read_day(r, "redeem_to", true, v->redeem_to);
    row->issue_entry = v->issue_entry;
    row->tops_up = v->tops_up;
    stages_read(r, v->stages, &row->stages);
    reader_fits(r, "parts", v->n_parts, LIMIT_LINES);
    for (size_t i = 0; i < v->n_parts && !r->rc; i++) {
        row->parts[i].line = v->parts[i]->line;
        row->parts[i].face = read_money(r, "face", v->parts[i]->face);
        row->parts[i].open = read_money(r, "open", v->parts[i]->open);
    }
    row->nparts = (int32_t)v->n_parts;
    if (v->state == VOUCHERD__VOUCHER_STATE__VOIDED)
        row->end = END_VOID;
    else if (v->state == VOUCHERD__VOUCHER_STATE__LAPSED)
        row->end = END_LAPSED;
}

static void vouchers_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    reader_fits(r, "vouchers", m->n_vouchers, LIMIT_PAGE);
    struct voucher_row *rows = reader_list(r, m->n_vouchers, sizeof *rows);
    out->vouchers = reader_list(r, m->n_vouchers, sizeof *out->vouchers);
    for (size_t i = 0; i < m->n_vouchers && !r->rc; i++) {
        const Voucherd__Voucher *v = m->vouchers[i];
        struct voucher_answer *o = &out->vouchers[i];
        o->number = read_number(r, "voucher", v->voucher);
        o->state = (enum voucher_state)read_choice(r, "state", (int)v->state, VOUCHER_OPEN,
                                                   VOUCHER_LAPSED);
        voucher_row_read(r, v, &rows[i]);
        o->row = &rows[i];
        bool paid_to;
        o->payee = read_uscc_if(r, "payee", v->payee, &paid_to);
        o->nsiblings = (uint32_t)v->n_siblings;
        o->siblings = v->siblings;
    }
}

static void entries_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    reader_fits(r, "entries", m->n_entries, LIMIT_PAGE);
    out->entries = reader_list(r, m->n_entries, sizeof *out->entries);
    for (size_t i = 0; i < m->n_entries && !r->rc; i++) {
        const Voucherd__StoredEntry *e = m->entries[i];
        struct stored_entry *o = &out->entries[i];
        o->number = read_number(r, "number", e->number);
        o->bytes = SPAN(e->entry.data, e->entry.len);
        read_exact(r, "leaf", e->has_leaf, e->leaf, LEAF_HASH, o->leaf);
    }
}

static void explained_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    out->explained = reader_list(r, m->n_explained, sizeof *out->explained);
    for (size_t i = 0; i < m->n_explained && !r->rc; i++) {
        const Voucherd__Explained *e = m->explained[i];
        out->explained[i].measure = read_note(r, "measure", e->measure, LIMIT_CODE);
        if (e->outcome)
            outcome_read(r, e->outcome, &out->explained[i].outcome);
        else
            reader_fault(r, "outcome", NULL, "the outcome of a dry run");
    }
}

static void status_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    const Voucherd__Status *s = m->status;
    struct status_answer *o = out->status = reader_list(r, 1, sizeof *o);
    if (!o)
        return;
    o->entries = s->entries;
    o->vouchers = s->vouchers;
    read_exact(r, "root", s->has_root, s->root, LEAF_HASH, o->root);
    o->policy = s->policy;
    o->policy_id = read_note(r, "policy_id", s->policy_id, LIMIT_NAME);
    o->test_clock = s->test_clock;
    o->now = read_instant(r, "now", true, s->now);
    o->zone_minutes = read_choice(r, "zone_minutes", s->zone_minutes, -24 * 60, 24 * 60);
}

void answer_read(struct reader *r, const Voucherd__Answer *m, struct answer *out)
{
    const struct {
        size_t n;
        enum query_kind kind;
        void (*read)(struct reader *r, const Voucherd__Answer *m, struct answer *out);
    } lists[] = {
        {m->n_funds, QUERY_FUNDS, funds_read},
        {m->enterprise != NULL, QUERY_ENTERPRISE, enterprise_read},
        {m->n_vouchers, QUERY_VOUCHERS, vouchers_read},
        {m->n_entries, QUERY_ENTRIES, entries_read},
        {m->n_explained, QUERY_EXPLAIN, explained_read},
        {m->status != NULL, QUERY_STATUS, status_read},
    };
    fault_read(m->fault, &out->fault);
    out->as_of_entry = m->as_of_entry;
    out->next = m->next;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && !r->rc; i++) {
        if (lists[i].n == 0)
            continue;
        if (out->kind != QUERY_NONE || m->fault) {
            reader_fault(r, "answer", NULL, "one list, or a fault");
            return;
        }
        out->kind = lists[i].kind;
        out->n = (uint32_t)lists[i].n;
        lists[i].read(r, m, out);
    }
}
