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
SAME(REASON_AWAITING_GUIDE, REASON__AWAITING_GUIDE);
SAME(REASON_INTAKE_CLOSED, REASON__INTAKE_CLOSED);
SAME(REASON_NOT_BENEFICIARY, REASON__NOT_BENEFICIARY);
SAME(REASON_FIRST_RIGHT, REASON__FIRST_RIGHT);
SAME(REASON_TERM_TOO_SHORT, REASON__TERM_TOO_SHORT);
SAME(REASON_CONDITION, REASON__CONDITION);
SAME(REASON_NO_CASE, REASON__NO_CASE);
SAME(REASON_CASE_REFUSES, REASON__CASE_REFUSES);
SAME(REASON_RELATED_PARTIES, REASON__RELATED_PARTIES);
SAME(REASON_DESIGNATION_MISSING, REASON__DESIGNATION_MISSING);
SAME(REASON_SUPPORTED_OUTSIDE, REASON__SUPPORTED_OUTSIDE);
SAME(REASON_APPLIED_RATE, REASON__APPLIED_RATE);
SAME(REASON_SPENDING_TIME, REASON__SPENDING_TIME);
SAME(REASON_COUNT_LIMIT, REASON__COUNT);
SAME(REASON_NOT_DESIGNATED, REASON__NOT_DESIGNATED);
SAME(REASON_NOT_RAISED, REASON__NOT_RAISED);
SAME(REASON_WAITS, REASON__WAITS);
SAME(REASON_NOBODY_WAITS, REASON__NOBODY_WAITS);
SAME(REASON_NOTHING_TO_PAY, REASON__NOTHING_TO_PAY);
SAME(REASON_OTHER_PAYEE, REASON__OTHER_PAYEE);
_Static_assert(REASON_COUNT == REASON_OTHER_PAYEE + 1,
               "every reason is held against the protocol's");

SAME(GIVEN_VOUCHER, GIVEN__GIVEN_VOUCHER);
SAME(GIVEN_RECORD, GIVEN__GIVEN_RECORD);
SAME(GIVEN_DESIGNATION, GIVEN__GIVEN_DESIGNATION);
SAME(GIVEN_PLACE, GIVEN__GIVEN_PLACE);

/* ---- Putting: the last field first (see put.h) ---- */

static void refusal_put(struct put *w, const struct entry *e)
{
    const struct refusal *r = &e->refusal;
    put_nonzero(w, F_REFUSAL_VOUCHER, r->voucher);
    put_signed_nonzero(w, F_REFUSAL_ASKED, r->asked.fen);
    put_signed_nonzero(w, F_REFUSAL_DAY_TO, r->day_to.n);
    put_signed_nonzero(w, F_REFUSAL_DAY, r->day.n);
    put_text(w, F_REFUSAL_DETAIL, r->detail);
    put_signed_nonzero(w, F_REFUSAL_REASON, (int)r->reason);
}

static void issued_put(struct put *w, const struct entry *e)
{
    const struct done_issue *d = &e->done.issue;
    put_signed_nonzero(w, F_ISSUED_ACCOUNTED, d->accounted.fen);
    put_signed_nonzero(w, F_ISSUED_WANTED, d->wanted.fen);
    put_signed_nonzero(w, F_ISSUED_SPENT, d->spent.fen);
    put_nonzero(w, F_ISSUED_PAID_OUT, d->paid_out);
    put_nonzero(w, F_ISSUED_GIVEN, (uint64_t)d->given);
    put_nonzero(w, F_ISSUED_TOPS_UP, d->tops_up);
    put_uscc(w, F_ISSUED_SELLER, &d->seller);
    put_signed_nonzero(w, F_ISSUED_REDEEM_TO, d->redeem_to.n);
    put_signed_nonzero(w, F_ISSUED_VALID_TO, d->valid_to.n);
    put_nonzero(w, F_ISSUED_RATE, d->rate.ppm);
    put_signed_nonzero(w, F_ISSUED_BASIS, d->base.fen);
    put_signed_nonzero(w, F_ISSUED_FACE, d->face.fen);
    put_nonzero(w, F_ISSUED_VOUCHER, d->voucher);
}

static void redeemed_put(struct put *w, const struct entry *e)
{
    put_nonzero(w, F_REDEEMED_INVOICE_SHARED, e->done.redeem.invoice_shared);
    put_signed_nonzero(w, F_REDEEMED_PAID, e->done.redeem.paid.fen);
}

static void freed_put(struct put *w, const struct entry *e)
{
    put_signed_nonzero(w, F_FREED_FREED, e->done.freed.freed.fen);
}

static void lapsed_put(struct put *w, const struct entry *e)
{
    const struct done_lapse *d = &e->done.lapse;
    put_nonzero(w, F_LAPSED_NEXT_VOUCHER, d->next_voucher);
    put_signed_nonzero(w, F_LAPSED_NEXT_DAY, d->next_day.n);
    for (uint32_t i = e->nlapsed; i-- > 0;)
        put_number(w, F_LAPSED_VOUCHERS, e->lapsed[i]);
    put_nonzero(w, F_LAPSED_MORE, d->more);
    put_signed_nonzero(w, F_LAPSED_FREED, d->freed.fen);
    put_signed_nonzero(w, F_LAPSED_DAY, d->day.n);
}

static void line_put(struct put *w, const struct entry *e)
{
    put_nonzero(w, F_LINE_LINE, e->done.line.line);
}

static void policy_version_put(struct put *w, const struct entry *e)
{
    put_nonzero(w, F_POLICY_VERSION_VERSION, e->done.policy_version.version);
}

static void round_put(struct put *w, const struct entry *e)
{
    put_signed_nonzero(w, F_ROUND_ALLOWED, e->done.round.allowed.fen);
    put_signed_nonzero(w, F_ROUND_WANTED, e->done.round.wanted.fen);
    put_nonzero(w, F_ROUND_CLAIMS, e->done.round.claims);
}

static void paid_put(struct put *w, const struct entry *e)
{
    put_signed_nonzero(w, F_PAID_AMOUNT, e->done.payment.amount.fen);
}

/* ---- Reading ---- */

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

/* A voucher has a number, and what is none has not. */
static uint64_t given_read(struct reader *r, const Voucherd__Issued *i, struct done_issue *o)
{
    o->given = (enum given)read_choice(r, "given", (int)i->given, GIVEN_VOUCHER, GIVEN_PLACE);
    if (o->given == GIVEN_VOUCHER)
        return read_number(r, "voucher", i->voucher);
    if (i->voucher)
        reader_fault(r, "voucher", NULL, "no voucher where none was given");
    return 0;
}

/* A claim on a contract tells its seller. Without the command nobody knows what it was on. */
static void issued_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    const Voucherd__Issued *i = m->issued;
    struct done_issue *o = &out->done.issue;
    o->voucher = given_read(r, i, o);
    o->face = read_money(r, "face", i->face);
    o->base = read_money(r, "basis", i->basis);
    o->rate = read_rate(r, "rate", i->rate);
    o->valid_to = read_day(r, "valid_to", true, i->valid_to);
    o->redeem_to = read_day(r, "redeem_to", true, i->redeem_to);
    if (i->seller || out->command.issue.contract)
        o->seller = read_uscc(r, "seller", i->seller);
    o->tops_up = i->tops_up;
    o->paid_out = i->paid_out != 0;
    o->spent = read_money(r, "spent", i->spent);
    o->wanted = read_money(r, "wanted", i->wanted);
    o->accounted = read_money(r, "accounted", i->accounted);
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

static void round_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    read_number(r, "claims", m->round->claims);
    out->done.round.claims = m->round->claims;
    out->done.round.wanted = read_money(r, "wanted", m->round->wanted);
    out->done.round.allowed = read_money(r, "allowed", m->round->allowed);
}

static void paid_read(struct reader *r, const Voucherd__Entry *m, struct entry *out)
{
    out->done.payment.amount = read_money(r, "amount", m->paid->amount);
}

/* What a command that was not refused leaves in the entry; a kind that is not here leaves nothing.
 */
struct result_form {
    Voucherd__Entry__ResultCase result;
    void (*put)(struct put *w, const struct entry *e);
    void (*read)(struct reader *r, const Voucherd__Entry *m, struct entry *out);
};

static const struct result_form results[COMMAND_COUNT] = {
    [COMMAND_ADOPT_POLICY] = {VOUCHERD__ENTRY__RESULT_POLICY_VERSION, policy_version_put,
                              policy_version_read},
    [COMMAND_APPROPRIATE] = {VOUCHERD__ENTRY__RESULT_LINE, line_put, line_read},
    [COMMAND_ISSUE] = {VOUCHERD__ENTRY__RESULT_ISSUED, issued_put, issued_read},
    [COMMAND_REDEEM] = {VOUCHERD__ENTRY__RESULT_REDEEMED, redeemed_put, redeemed_read},
    [COMMAND_VOID] = {VOUCHERD__ENTRY__RESULT_FREED, freed_put, freed_read},
    [COMMAND_LAPSE] = {VOUCHERD__ENTRY__RESULT_LAPSED, lapsed_put, lapsed_read},
    [COMMAND_CLOSE_ROUND] = {VOUCHERD__ENTRY__RESULT_ROUND, round_put, round_read},
    [COMMAND_PAY] = {VOUCHERD__ENTRY__RESULT_PAID, paid_put, paid_read},
    [COMMAND_BANK_RETURN] = {VOUCHERD__ENTRY__RESULT_PAID, paid_put, paid_read},
};

void result_put(struct put *w, const struct entry *e)
{
    size_t end = put_end(w);
    unsigned kind = (unsigned)e->command.kind;
    if (e->refused) {
        refusal_put(w, e);
        put_message(w, VOUCHERD__ENTRY__RESULT_REFUSAL, end);
    } else if (kind < COMMAND_COUNT && results[kind].put) {
        results[kind].put(w, e);
        put_message(w, results[kind].result, end);
    }
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
        if (results[kind].result != m->result_case ||
            (with_command && out->command.kind != (enum command_kind)kind))
            continue;
        out->command.kind = (enum command_kind)kind;
        results[kind].read(r, m, out);
        return;
    }
    reader_fault(r, "result", NULL, "the result of the command's own kind");
}
