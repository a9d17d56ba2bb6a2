/* SPDX-License-Identifier: Apache-2.0 */
/* What the treasury has paid, and what the bank has returned. */
#include "ledger/step.h"

static const struct payment *payment_of(const struct command *c)
{
    return c->kind == COMMAND_PAY ? &c->pay : &c->bank_return;
}

static int refuse_voucher(struct deciding *d, enum reason reason, uint64_t voucher,
                          const char *detail)
{
    d->entry->refusal.voucher = voucher;
    return refuse(d, reason, detail);
}

/* Whether the voucher is paid to whom the batch is for; refused in the entry if not. */
static int check_payee(struct deciding *d, const struct payment *c, const struct voucher_row *v,
                       uint64_t number)
{
    struct uscc payee;
    char code[USCC_LEN + 1];
    if (!c->has_payee)
        return 0;
    int rc = voucher_payee(d->ledger, v, &payee);
    if (rc < 0)
        return rc;
    return memcmp(payee.c, c->payee.c, USCC_LEN) == 0
               ? 0
               : refuse_voucher(d, REASON_OTHER_PAYEE, number, uscc_format(&payee, code));
}

/* All that one voucher has in the stage. */
static int move_voucher(struct deciding *d, const struct payment *c, uint64_t number, bool pays,
                        struct posting *p)
{
    struct key k;
    struct entry *e = d->entry;
    const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(&k, number));
    int rc = check_payee(d, c, v, number);
    if (rc < 0 || e->refused)
        return rc;
    enum stage from = pays ? STAGE_PAYABLE : STAGE_PAID, to = pays ? STAGE_PAID : STAGE_PAYABLE;
    if (v->stages.at[from].fen == 0)
        return refuse_voucher(d, REASON_NOTHING_TO_PAY, number, pays ? "payable" : "paid");
    for (int i = 0; i < v->nparts; i++) {
        struct money m = pays ? v->parts[i].payable : v->parts[i].paid;
        if (m.fen > 0)
            p[e->npostings++] = (struct posting){
                .line = v->parts[i].line, .voucher = number, .from = from, .to = to, .amount = m};
    }
    return money_add(e->done.payment.amount, v->stages.at[from], &e->done.payment.amount);
}

static int decide_payment(struct deciding *d)
{
    const struct payment *c = payment_of(d->command);
    bool pays = d->command->kind == COMMAND_PAY;
    struct posting *p = postings_begin(d, c->n * LIMIT_LINES);
    if (!p)
        return ERR_MEMORY;
    /* Each row is asked for, so that one loading brings them all. */
    for (uint32_t i = 0; i < c->n; i++) {
        struct key k;
        key_voucher(&k, c->vouchers[i]);
        rows_want(d->rows, &k);
    }
    /* A number that is no voucher's is a mistake, whatever is refused of those before it. */
    for (uint32_t i = 0; i < c->n; i++)
        if (!find_voucher(d, c->vouchers[i], pays ? "pay.vouchers" : "bank_return.vouchers"))
            return ERR_INVALID;
    int rc = 0;
    for (uint32_t i = 0; i < c->n && rc == 0 && !d->entry->refused; i++)
        rc = move_voucher(d, c, c->vouchers[i], pays, p);
    return rc;
}

const struct verb verb_pay = {"pay", true, decide_payment, NULL, NULL};
const struct verb verb_bank_return = {"bank_return", true, decide_payment, NULL, NULL};
