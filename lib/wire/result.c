/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/result.h"

#define SAME(model, proto) _Static_assert((int)(model) == (int)VOUCHERD__##proto, #model)

SAME(REASON_NONE, REASON__NO_REASON);
SAME(REASON_OUTSIDE_PERIOD, REASON__OUTSIDE_PERIOD);
SAME(REASON_WRONG_PARTY, REASON__WRONG_PARTY);
SAME(REASON_TRAIT_MISSING, REASON__TRAIT_MISSING);
SAME(REASON_ATTESTATION_MISSING, REASON__ATTESTATION_MISSING);
SAME(REASON_CONTRACT_WINDOW, REASON__CONTRACT_WINDOW);
SAME(REASON_OTHER_BENEFICIARY, REASON__OTHER_BENEFICIARY);
SAME(REASON_SUPPORTED_ALREADY, REASON__SUPPORTED_ALREADY);
SAME(REASON_RATE, REASON__RATE);
SAME(REASON_CEILING, REASON__CEILING);
SAME(REASON_FUNDS, REASON__FUNDS);
SAME(REASON_NO_FUND_LINE, REASON__NO_FUND_LINE);
SAME(REASON_VOUCHER_STATE, REASON__VOUCHER_STATE);
SAME(REASON_EXPIRED, REASON__EXPIRED);
SAME(REASON_INVOICE_TOO_EARLY, REASON__INVOICE_TOO_EARLY);
SAME(REASON_INVOICE_IN_FUTURE, REASON__INVOICE_IN_FUTURE);
SAME(REASON_INVOICE_USED, REASON__INVOICE_USED);
SAME(REASON_INVOICE_DIFFERS, REASON__INVOICE_DIFFERS);
SAME(REASON_EXISTS, REASON__EXISTS);
SAME(REASON_SAME_PARTY, REASON__SAME_PARTY);
SAME(REASON_DAY_NOT_OVER, REASON__DAY_NOT_OVER);
SAME(REASON_LINE_CLOSED, REASON__LINE_CLOSED);
_Static_assert(REASON_COUNT == REASON_LINE_CLOSED + 1,
               "every reason is held against the protocol's");

static int refusal_pack(struct arena *a, const struct refusal *r, Voucherd__Entry *out)
{
    Voucherd__Refusal *m = out->refusal = pack_new(a, &voucherd__refusal__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, reason, (Voucherd__Reason)r->reason);
    m->detail = pack_text(r->detail);
    PACK_NONZERO(m, day, r->day.n);
    PACK_NONZERO(m, day_to, r->day_to.n);
    PACK_NONZERO(m, asked, r->asked.fen);
    PACK_NONZERO(m, voucher, r->voucher);
    out->result_case = VOUCHERD__ENTRY__RESULT_REFUSAL;
    return 0;
}

static int issued_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    const struct done_issue *d = &e->done.issue;
    Voucherd__Issued *m = out->issued = pack_new(a, &voucherd__issued__descriptor);
    if (!m || pack_uscc(a, &d->seller, &m->seller))
        return ERR_MEMORY;
    PACK_NONZERO(m, voucher, d->voucher);
    PACK_NONZERO(m, face, d->face.fen);
    PACK_NONZERO(m, basis, d->base.fen);
    PACK_NONZERO(m, rate, d->rate.ppm);
    PACK_NONZERO(m, valid_to, d->valid_to.n);
    PACK_NONZERO(m, redeem_to, d->redeem_to.n);
    PACK_NONZERO(m, tops_up, d->tops_up);
    return 0;
}

static int redeemed_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    Voucherd__Redeemed *m = out->redeemed = pack_new(a, &voucherd__redeemed__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, paid, e->done.redeem.paid.fen);
    PACK_NONZERO(m, invoice_shared, e->done.redeem.invoice_shared);
    return 0;
}

static int freed_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    Voucherd__Freed *m = out->freed = pack_new(a, &voucherd__freed__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, freed, e->done.freed.freed.fen);
    return 0;
}

static int lapsed_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    Voucherd__Lapsed *m = out->lapsed = pack_new(a, &voucherd__lapsed__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, day, e->done.lapse.day.n);
    PACK_NONZERO(m, freed, e->done.lapse.freed.fen);
    PACK_NONZERO(m, more, e->done.lapse.more);
    PACK_NONZERO(m, next_day, e->done.lapse.next_day.n);
    PACK_NONZERO(m, next_voucher, e->done.lapse.next_voucher);
    m->n_vouchers = e->nlapsed;
    m->vouchers = (uint64_t *)(uintptr_t)e->lapsed;
    return 0;
}

static int line_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    Voucherd__Line *m = out->line = pack_new(a, &voucherd__line__descriptor);
    if (!m)
        return ERR_MEMORY;
    PACK_NONZERO(m, line, e->done.line.line);
    return 0;
}

static int policy_version_pack(struct arena *a, const struct entry *e, Voucherd__Entry *out)
{
    Voucherd__PolicyVersion *m = pack_new(a, &voucherd__policy_version__descriptor);
    if (!m)
        return ERR_MEMORY;
    out->policy_version = m;
    PACK_NONZERO(m, version, e->done.policy_version.version);
    return 0;
}

static void refusal_read(struct reader *r, const Voucherd__Refusal *m, struct entry *out)
{
    struct refusal *o = &out->refusal;
    out->refused = true;
    o->reason =
        (enum reason)read_choice(r, "reason", (int)m->reason, REASON_NONE + 1, REASON_COUNT - 1);
    read_note_into(r, "detail", m->detail, o->detail, LIMIT_TEXT);
    o->day = read_day(r, "day", true, m->day);
    o->day_to = read_day(r, "day_to", true, m->day_to);
    o->asked = read_money(r, "asked", m->asked);
    o->voucher = m->voucher;
}

static void issued_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    const Voucherd__Issued *i = m->issued;
    struct done_issue *o = &out->done.issue;
    o->voucher = read_number(r, "voucher", i->voucher);
    o->face = read_money(r, "face", i->face);
    o->base = read_money(r, "basis", i->basis);
    o->rate = read_rate(r, "rate", i->rate);
    o->valid_to = read_day(r, "valid_to", true, i->valid_to);
    o->redeem_to = read_day(r, "redeem_to", true, i->redeem_to);
    o->seller = read_uscc(r, "seller", i->seller);
    o->tops_up = i->tops_up;
}

static void redeemed_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    out->done.redeem.paid = read_money(r, "paid", m->redeemed->paid);
    out->done.redeem.invoice_shared = m->redeemed->invoice_shared;
}

static void freed_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    out->done.freed.freed = read_money(r, "freed", m->freed->freed);
}

static void lapsed_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    const Voucherd__Lapsed *l = m->lapsed;
    reader_fits(r, "vouchers", l->n_vouchers, LIMIT_LAPSE);
    for (size_t i = 0; i < l->n_vouchers && !r->rc; i++)
        read_number(r, "vouchers", l->vouchers[i]);
    out->done.lapse.day = read_day(r, "day", true, l->day);
    out->done.lapse.freed = read_money(r, "freed", l->freed);
    out->done.lapse.more = l->more;
    out->done.lapse.next_day = read_day(r, "next_day", true, l->next_day);
    out->done.lapse.next_voucher = l->next_voucher;
    if (r->rc)
        return;
    out->done.lapse.vouchers = out->nlapsed = (uint32_t)l->n_vouchers;
    out->lapsed = l->vouchers;
}

static void line_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    read_number(r, "line", m->line->line);
    out->done.line.line = m->line->line;
}

static void policy_version_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    read_number(r, "version", m->policy_version->version);
    out->done.policy_version.version = m->policy_version->version;
}

/* What a command that was not refused leaves in the entry; a kind that is not here leaves nothing.
 */
struct result_form {
    Voucherd__Entry__ResultCase result;
    int (*pack)(struct arena *a, const struct entry *e, Voucherd__Entry *out);
    void (*read)(struct reader *r, const Voucherd__Entry *m, struct entry *out);
};

static const struct result_form results[COMMAND_COUNT] = {
    [COMMAND_ADOPT_POLICY] = {VOUCHERD__ENTRY__RESULT_POLICY_VERSION, policy_version_pack,
                              policy_version_read},
    [COMMAND_APPROPRIATE] = {VOUCHERD__ENTRY__RESULT_LINE, line_pack, line_read},
    [COMMAND_ISSUE] = {VOUCHERD__ENTRY__RESULT_ISSUED, issued_pack, issued_read},
    [COMMAND_REDEEM] = {VOUCHERD__ENTRY__RESULT_REDEEMED, redeemed_pack, redeemed_read},
    [COMMAND_VOID] = {VOUCHERD__ENTRY__RESULT_FREED, freed_pack, freed_read},
    [COMMAND_LAPSE] = {VOUCHERD__ENTRY__RESULT_LAPSED, lapsed_pack, lapsed_read},
};

int result_pack(struct arena *a, const struct entry *e, Voucherd__Entry *m)
{
    if (e->refused)
        return refusal_pack(a, &e->refusal, m);
    if ((unsigned)e->command.kind >= COMMAND_COUNT || !results[e->command.kind].pack)
        return 0;
    int rc = results[e->command.kind].pack(a, e, m);
    if (rc < 0)
        return rc;
    m->result_case = results[e->command.kind].result;
    return 0;
}

void result_read(struct reader *r, const Voucherd__Entry *m, bool with_command, struct entry *out)
{
    if (m->result_case == VOUCHERD__ENTRY__RESULT__NOT_SET) {
        if (with_command && results[out->command.kind].read)
            reader_fault(r, "result", NULL, "what the command did");
        return;
    }
    /* Every result is a message: any of the union's pointers is the one that is set. */
    read_known(r, &m->issued->base);
    if (m->result_case == VOUCHERD__ENTRY__RESULT_REFUSAL) {
        refusal_read(r, m->refusal, out);
        return;
    }
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        if (results[kind].result != m->result_case)
            continue;
        if (with_command && out->command.kind != (enum command_kind)kind)
            break;
        out->command.kind = (enum command_kind)kind;
        results[kind].read(r, m, out);
        return;
    }
    reader_fault(r, "result", NULL, "the result of the command's own kind");
}
