/* SPDX-License-Identifier: Apache-2.0 */
/* How rounds and payments are told. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/lib/act.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"

static void asked_round(const struct command *c, json_t *o)
{
    json_put_text(o, "measure", c->close_round.measure);
    if (c->close_round.year)
        json_put_number(o, "year", (uint64_t)c->close_round.year);
}

static void done_round(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_text(o, "measure", c->close_round.measure);
    json_put_number(o, "claims", e->done.round.claims);
    json_put_money(o, "wanted", e->done.round.wanted);
    json_put_money(o, "allowed", e->done.round.allowed);
}

static void say_round(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char wanted[MONEY_TEXT], allowed[MONEY_TEXT];
    snprintf(out, cap,
             _("round of measure %s closed: %s divided among claims for %s (claims: %" PRIu32
               "), each to be asked for again"),
             c->close_round.measure, money_format_grouped(e->done.round.allowed, allowed),
             money_format_grouped(e->done.round.wanted, wanted), e->done.round.claims);
}

static const struct payment *payment_of(const struct command *c)
{
    return c->kind == COMMAND_PAY ? &c->pay : &c->bank_return;
}

static void put_vouchers(json_t *o, const struct payment *p)
{
    json_t *list = json_new_array();
    for (uint32_t i = 0; i < p->n; i++)
        json_add(list, json_integer((json_int_t)p->vouchers[i]));
    json_put(o, "vouchers", list);
}

static void asked_payment(const struct command *c, json_t *o)
{
    const struct payment *p = payment_of(c);
    put_vouchers(o, p);
    if (p->has_payee)
        json_put_uscc(o, "payee", &p->payee);
    json_put_text(o, "document", p->document);
}

static void done_payment(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_money(o, c->kind == COMMAND_PAY ? "paid" : "returned", e->done.payment.amount);
    json_put_number(o, "count", payment_of(c)->n);
    put_vouchers(o, payment_of(c));
}

static void say_payment(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    const struct payment *p = payment_of(c);
    money_format_grouped(e->done.payment.amount, amount);
    if (p->n == 1)
        snprintf(out, cap,
                 c->kind == COMMAND_PAY ? _("voucher %" PRIu64 ": %s paid")
                                        : _("voucher %" PRIu64 ": %s returned by the bank"),
                 p->vouchers[0], amount);
    else
        snprintf(out, cap,
                 c->kind == COMMAND_PAY ? _("paid: %s (vouchers: %" PRIu32 ")")
                                        : _("returned by the bank: %s (vouchers: %" PRIu32 ")"),
                 amount, p->n);
}

const struct act act_round_close = {"round close", asked_round, done_round, say_round};
const struct act act_pay = {"pay", asked_payment, done_payment, say_payment};
const struct act act_bank_return = {"bank-return", asked_payment, done_payment, say_payment};
