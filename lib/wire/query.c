/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/query.h"

#include <inttypes.h>
#include <stdio.h>

struct query_form {
    const char *name; /* of the field in voucher.proto */
    void (*read)(struct reader *r, const Voucherd__Query *m, struct query *out);
    int (*pack)(struct arena *a, const struct query *q, Voucherd__Query *m);
};

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)
SAME(QUERY_NONE, QUERY__KIND__NOT_SET);
SAME(QUERY_FUNDS, QUERY__KIND_FUNDS);
SAME(QUERY_ENTERPRISE, QUERY__KIND_ENTERPRISE);
SAME(QUERY_VOUCHER, QUERY__KIND_VOUCHER);
SAME(QUERY_VOUCHERS, QUERY__KIND_VOUCHERS);
SAME(QUERY_REFUSALS, QUERY__KIND_REFUSALS);
SAME(QUERY_ENTRIES, QUERY__KIND_ENTRIES);
SAME(QUERY_EXPLAIN, QUERY__KIND_EXPLAIN);
SAME(QUERY_STATUS, QUERY__KIND_STATUS);
SAME(VOUCHER_OPEN, VOUCHER_STATE__OPEN);
SAME(VOUCHER_USED, VOUCHER_STATE__USED);
SAME(VOUCHER_VOID, VOUCHER_STATE__VOIDED);
SAME(VOUCHER_LAPSED, VOUCHER_STATE__LAPSED);

static void as_of_read(struct reader *r, const Voucherd__AsOf *m, struct as_of *out)
{
    if (!m || r->rc)
        return;
    read_known(r, &m->base);
    if (m->has_day && m->has_entry)
        reader_fault(r, "", NULL, "a day or an entry, not both");
    if (m->has_day) {
        out->has_day = true;
        out->day = read_day(r, "day", true, m->day);
    }
    if (m->has_entry)
        out->entry = read_number(r, "entry", m->entry);
    reader_within(r, "as_of");
}

static int as_of_pack(struct arena *a, const struct as_of *as_of, Voucherd__AsOf **out)
{
    if (!as_of->has_day && as_of->entry == 0)
        return 0;
    Voucherd__AsOf *m = pack_new(a, &voucherd__as_of__descriptor);
    if (!m)
        return ERR_MEMORY;
    if (as_of->has_day)
        PACK_SET(m, day, as_of->day.n);
    PACK_NONZERO(m, entry, as_of->entry);
    *out = m;
    return 0;
}

static uint32_t count_read(struct reader *r, uint32_t count)
{
    if (count > LIMIT_PAGE) {
        char value[16];
        snprintf(value, sizeof value, "%" PRIu32, count);
        reader_fault(r, "count", value, "1 to %d rows in one page, or 0 for that many", LIMIT_PAGE);
    }
    return r->rc ? 0 : count;
}

static uint32_t wait_read(struct reader *r, uint32_t ms)
{
    if (ms > LIMIT_WAIT_MS) {
        char value[16];
        snprintf(value, sizeof value, "%" PRIu32, ms);
        reader_fault(r, "wait_ms", value, "0 to %d milliseconds", LIMIT_WAIT_MS);
    }
    return r->rc ? 0 : ms;
}

static void funds_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    as_of_read(r, m->funds->as_of, &out->as_of);
}

static int funds_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    m->funds = pack_new(a, &voucherd__funds_query__descriptor);
    return m->funds ? as_of_pack(a, &q->as_of, &m->funds->as_of) : ERR_MEMORY;
}

static void enterprise_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    out->enterprise = read_uscc(r, "uscc", m->enterprise->uscc);
    as_of_read(r, m->enterprise->as_of, &out->as_of);
}

static int enterprise_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    m->enterprise = pack_new(a, &voucherd__enterprise_query__descriptor);
    if (!m->enterprise || pack_uscc(a, &q->enterprise, &m->enterprise->uscc))
        return ERR_MEMORY;
    return as_of_pack(a, &q->as_of, &m->enterprise->as_of);
}

static void voucher_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    out->voucher = read_number(r, "voucher", m->voucher->voucher);
    as_of_read(r, m->voucher->as_of, &out->as_of);
}

static int voucher_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    m->voucher = pack_new(a, &voucherd__voucher_query__descriptor);
    if (!m->voucher)
        return ERR_MEMORY;
    PACK_NONZERO(m->voucher, voucher, q->voucher);
    return as_of_pack(a, &q->as_of, &m->voucher->as_of);
}

static void vouchers_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    const Voucherd__VouchersQuery *v = m->vouchers;
    struct voucher_filter *f = &out->filter;
    f->enterprise = read_uscc_if(r, "enterprise", v->enterprise, &f->has_enterprise);
    f->measure = read_text_if(r, "measure", v->measure, LIMIT_CODE);
    f->contract = read_text_if(r, "contract", v->contract, LIMIT_NUMBER);
    f->state = (enum voucher_state)read_choice(r, "state", (int)v->state, 0, VOUCHER_LAPSED);
    f->has_redeem_by = v->has_redeem_by;
    if (v->has_redeem_by)
        f->redeem_by = read_day(r, "redeem_by", true, v->redeem_by);
    f->payee = read_uscc_if(r, "payee", v->payee, &f->has_payee);
    f->to_pay = v->to_pay != 0;
    out->after = v->after;
    out->count = count_read(r, v->count);
}

static int vouchers_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    const struct voucher_filter *f = &q->filter;
    Voucherd__VouchersQuery *v = m->vouchers = pack_new(a, &voucherd__vouchers_query__descriptor);
    if (!v || (f->has_enterprise && pack_uscc(a, &f->enterprise, &v->enterprise)) ||
        (f->has_payee && pack_uscc(a, &f->payee, &v->payee)))
        return ERR_MEMORY;
    PACK_NONZERO(v, to_pay, f->to_pay);
    v->measure = pack_text(f->measure);
    v->contract = pack_text(f->contract);
    PACK_NONZERO(v, state, (Voucherd__VoucherState)f->state);
    if (f->has_redeem_by)
        PACK_SET(v, redeem_by, f->redeem_by.n);
    PACK_NONZERO(v, after, q->after);
    PACK_NONZERO(v, count, q->count);
    return 0;
}

static void refusals_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    const Voucherd__RefusalsQuery *f = m->refusals;
    out->enterprise = read_uscc_if(r, "enterprise", f->enterprise, &out->has_enterprise);
    out->after = f->after;
    out->count = count_read(r, f->count);
}

static int refusals_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    Voucherd__RefusalsQuery *f = m->refusals = pack_new(a, &voucherd__refusals_query__descriptor);
    if (!f || (q->has_enterprise && pack_uscc(a, &q->enterprise, &f->enterprise)))
        return ERR_MEMORY;
    PACK_NONZERO(f, after, q->after);
    PACK_NONZERO(f, count, q->count);
    return 0;
}

static void entries_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    out->after = m->entries->after;
    out->count = count_read(r, m->entries->count);
    out->wait_ms = wait_read(r, m->entries->wait_ms);
}

static int entries_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    m->entries = pack_new(a, &voucherd__entries_query__descriptor);
    if (!m->entries)
        return ERR_MEMORY;
    PACK_NONZERO(m->entries, after, q->after);
    PACK_NONZERO(m->entries, count, q->count);
    PACK_NONZERO(m->entries, wait_ms, q->wait_ms);
    return 0;
}

static void explain_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    const Voucherd__ExplainQuery *e = m->explain;
    out->enterprise = read_uscc(r, "enterprise", e->enterprise);
    out->contract = read_text(r, "contract", e->contract, LIMIT_NUMBER);
    out->seller = read_uscc_if(r, "seller", e->seller, &out->has_seller);
    out->measure = read_text_if(r, "measure", e->measure, LIMIT_CODE);
    out->year = read_year_if(r, "year", e->has_year, e->year);
}

static int explain_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    Voucherd__ExplainQuery *e = m->explain = pack_new(a, &voucherd__explain_query__descriptor);
    if (!e || pack_uscc(a, &q->enterprise, &e->enterprise) ||
        (q->has_seller && pack_uscc(a, &q->seller, &e->seller)))
        return ERR_MEMORY;
    e->contract = pack_text(q->contract);
    e->measure = pack_text(q->measure);
    PACK_NONZERO(e, year, q->year);
    return 0;
}

static void status_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    (void)r;
    (void)m;
    (void)out;
}

static int status_pack(struct arena *a, const struct query *q, Voucherd__Query *m)
{
    (void)q;
    m->status = pack_new(a, &voucherd__status_query__descriptor);
    return m->status ? 0 : ERR_MEMORY;
}

static const struct query_form forms[QUERY_COUNT] = {
    [QUERY_FUNDS] = {"funds", funds_read, funds_pack},
    [QUERY_ENTERPRISE] = {"enterprise", enterprise_read, enterprise_pack},
    [QUERY_VOUCHER] = {"voucher", voucher_read, voucher_pack},
    [QUERY_VOUCHERS] = {"vouchers", vouchers_read, vouchers_pack},
    [QUERY_REFUSALS] = {"refusals", refusals_read, refusals_pack},
    [QUERY_ENTRIES] = {"entries", entries_read, entries_pack},
    [QUERY_EXPLAIN] = {"explain", explain_read, explain_pack},
    [QUERY_STATUS] = {"status", status_read, status_pack},
};

void query_read(struct reader *r, const Voucherd__Query *m, struct query *out)
{
    unsigned kind = (unsigned)m->kind_case;
    read_known(r, &m->base);
    if (kind >= QUERY_COUNT || !forms[kind].read)
        reader_fault(r, "", NULL, "one of the queries that voucher.proto lists");
    if (r->rc)
        return;
    /* Every kind is a message: any of the union's pointers is the one that is set. */
    read_known(r, &m->status->base);
    forms[kind].read(r, m, out);
    reader_within(r, "%s", forms[kind].name);
    out->kind = (enum query_kind)kind;
}

int query_pack(struct arena *a, const struct query *q, Voucherd__Query **out)
{
    unsigned kind = (unsigned)q->kind;
    Voucherd__Query *m = pack_new(a, &voucherd__query__descriptor);
    if (!m)
        return ERR_MEMORY;
    if (kind < QUERY_COUNT && forms[kind].pack) {
        int rc = forms[kind].pack(a, q, m);
        if (rc < 0)
            return rc;
        m->kind_case = (Voucherd__Query__KindCase)kind;
    }
    *out = m;
    return 0;
}
