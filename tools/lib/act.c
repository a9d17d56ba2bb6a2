/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/act.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/lib/json.h"
#include "tools/lib/language.h"

static char *grouped(struct money m, char out[static MONEY_TEXT])
{
    return money_format_grouped(m, out);
}

static void asked_create(const struct command *c, json_t *o)
{
    json_put_number(o, "format", c->create_book.format);
    json_put_bool(o, "test_clock", c->create_book.test_clock);
}

static void done_create(const struct command *c, const struct entry *e, json_t *o)
{
    (void)c, (void)e, (void)o;
}

static void say_create(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    (void)e;
    snprintf(out, cap, "%s",
             c->create_book.test_clock ? _("book created on a test clock") : _("book created"));
}

static void asked_policy(const struct command *c, json_t *o)
{
    json_put_number(o, "bytes", c->adopt_policy.file.n);
}

static void done_policy(const struct command *c, const struct entry *e, json_t *o)
{
    (void)c;
    json_put_number(o, "policy", e->done.policy_version.version);
}

static void say_policy(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    (void)c;
    snprintf(out, cap, _("policy version %" PRIu32 " adopted"), e->done.policy_version.version);
}

static void asked_appropriate(const struct command *c, json_t *o)
{
    const struct appropriate *p = &c->appropriate;
    json_put_text(o, "measure", p->measure);
    json_put_number(o, "year", (uint64_t)p->year);
    json_put_text(o, "source", p->source);
    json_put_money(o, "amount", p->amount);
    json_put_text(o, "document", p->document);
}

static void done_appropriate(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_number(o, "line", e->done.line.line);
    asked_appropriate(c, o);
}

static void say_appropriate(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    snprintf(out, cap, _("fund line %" PRIu32 " (measure %s, %d, %s): %s appropriated"),
             e->done.line.line, c->appropriate.measure, c->appropriate.year, c->appropriate.source,
             grouped(c->appropriate.amount, amount));
}

static void asked_enterprise(const struct command *c, json_t *o)
{
    const struct add_enterprise *p = &c->add_enterprise;
    json_t *traits = json_new_array();
    json_put_uscc(o, "uscc", &p->uscc);
    json_put_text(o, "name", p->name);
    json_put_text(o, "area", p->area);
    for (int i = 0; i < p->ntraits; i++) {
        json_t *t = json_new_object();
        json_put_text(t, "name", p->traits[i].name);
        if (p->traits[i].from.n != DAY_MIN)
            json_put_day(t, "from", p->traits[i].from);
        if (p->traits[i].to.n != DAY_MAX)
            json_put_day(t, "to", p->traits[i].to);
        json_add(traits, t);
    }
    json_put(o, "traits", traits);
}

static void done_enterprise(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    json_put_uscc(o, "enterprise", &c->add_enterprise.uscc);
}

static void say_enterprise(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char code[USCC_LEN + 1];
    (void)e;
    snprintf(out, cap, _("enterprise %s (%s) added"), uscc_format(&c->add_enterprise.uscc, code),
             c->add_enterprise.name);
}

static void asked_contract(const struct command *c, json_t *o)
{
    const struct add_contract *p = &c->add_contract;
    json_put_text(o, "number", p->number);
    json_put_uscc(o, "seller", &p->seller);
    json_put_uscc(o, "buyer", &p->buyer);
    json_put_money(o, "amount", p->amount);
    json_put_day(o, "signed", p->signed_on);
}

static void done_contract(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    json_put_text(o, "contract", c->add_contract.number);
    json_put_uscc(o, "seller", &c->add_contract.seller);
    json_put_uscc(o, "buyer", &c->add_contract.buyer);
}

static void say_contract(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    (void)e;
    snprintf(out, cap, _("contract %s of %s added"), c->add_contract.number,
             grouped(c->add_contract.amount, amount));
}

static void asked_issue(const struct command *c, json_t *o)
{
    const struct issue *p = &c->issue;
    json_put_text(o, "measure", p->measure);
    json_put_uscc(o, "enterprise", &p->enterprise);
    json_put_text(o, "contract", p->contract);
    if (p->has_seller)
        json_put_uscc(o, "seller", &p->seller);
    if (p->year)
        json_put_number(o, "year", (uint64_t)p->year);
    if (p->has_amount)
        json_put_money(o, "amount", p->amount);
    if (p->nattestations > 0) {
        json_t *attest = json_new_object();
        for (int i = 0; i < p->nattestations; i++)
            json_put_text(attest, p->attestations[i].name, p->attestations[i].document);
        json_put(o, "attest", attest);
    }
}

static void done_issue(const struct command *c, const struct entry *e, json_t *o)
{
    const struct done_issue *d = &e->done.issue;
    (void)c;
    json_put_number(o, "voucher", d->voucher);
    json_put_money(o, "face", d->face);
    json_put_money(o, "base", d->base);
    json_put_rate(o, "rate", d->rate);
    json_put_day(o, "valid_to", d->valid_to);
    json_put_day(o, "redeem_to", d->redeem_to);
    json_put_uscc(o, "seller", &d->seller);
    if (d->tops_up)
        json_put_number(o, "tops_up", d->tops_up);
}

static void say_issue(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char face[MONEY_TEXT], day[DAY_TEXT], more[64] = "";
    (void)c;
    if (e->done.issue.tops_up)
        snprintf(more, sizeof more, _(", on top of voucher %" PRIu64), e->done.issue.tops_up);
    snprintf(out, cap, _("voucher %" PRIu64 " of %s issued, valid to %s%s"), e->done.issue.voucher,
             grouped(e->done.issue.face, face), day_format(e->done.issue.valid_to, day), more);
}

static void asked_redeem(const struct command *c, json_t *o)
{
    json_put_number(o, "voucher", c->redeem.voucher);
    json_put_text(o, "invoice", c->redeem.invoice);
    json_put_day(o, "dated", c->redeem.dated);
    json_put_money(o, "amount", c->redeem.amount);
}

static void done_redeem(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_number(o, "voucher", c->redeem.voucher);
    json_put_money(o, "redeemed", e->done.redeem.paid);
    json_put_bool(o, "invoice_shared", e->done.redeem.invoice_shared);
}

static void say_redeem(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char paid[MONEY_TEXT], amount[MONEY_TEXT];
    snprintf(out, cap, _("voucher %" PRIu64 ": %s redeemed on the invoice of %s%s"),
             c->redeem.voucher, grouped(e->done.redeem.paid, paid),
             grouped(c->redeem.amount, amount),
             e->done.redeem.invoice_shared ? _(", which was shown for this spending before") : "");
}

static void asked_void(const struct command *c, json_t *o)
{
    json_put_number(o, "voucher", c->void_voucher.voucher);
    json_put_text(o, "reason", c->void_voucher.reason);
}

static void done_void(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_number(o, "voucher", c->void_voucher.voucher);
    json_put_money(o, "freed", e->done.freed.freed);
}

static void say_void(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char freed[MONEY_TEXT];
    snprintf(out, cap, _("voucher %" PRIu64 " is void: %s freed"), c->void_voucher.voucher,
             grouped(e->done.freed.freed, freed));
}

static void asked_outside(const struct command *c, json_t *o)
{
    json_put_uscc(o, "seller", &c->add_outside.seller);
    json_put_text(o, "contract", c->add_outside.contract);
    json_put_money(o, "amount", c->add_outside.amount);
    json_put_text(o, "document", c->add_outside.document);
}

static void done_outside(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    json_put_uscc(o, "seller", &c->add_outside.seller);
    json_put_text(o, "contract", c->add_outside.contract);
    json_put_money(o, "outside", c->add_outside.amount);
}

static void say_outside(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    (void)e;
    snprintf(out, cap, _("contract %s: support of %s from outside noted"), c->add_outside.contract,
             grouped(c->add_outside.amount, amount));
}

static void asked_lapse(const struct command *c, json_t *o)
{
    if (c->lapse.has_day)
        json_put_day(o, "day", c->lapse.day);
}

static void done_lapse(const struct command *c, const struct entry *e, json_t *o)
{
    json_t *list = json_new_array();
    (void)c;
    json_put_number(o, "lapsed", e->done.lapse.vouchers);
    json_put_money(o, "freed", e->done.lapse.freed);
    json_put_day(o, "day", e->done.lapse.day);
    json_put_bool(o, "more", e->done.lapse.more);
    for (uint32_t i = 0; i < e->nlapsed; i++)
        json_add(list, json_integer((json_int_t)e->lapsed[i]));
    json_put(o, "vouchers", list);
}

static void say_lapse(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char freed[MONEY_TEXT], day[DAY_TEXT];
    (void)c;
    snprintf(out, cap, _("%" PRIu32 " vouchers lapsed that were due on %s or before: %s freed%s"),
             e->done.lapse.vouchers, day_format(e->done.lapse.day, day),
             grouped(e->done.lapse.freed, freed), e->done.lapse.more ? _("; more are due") : "");
}

static void asked_none(const struct command *c, json_t *o)
{
    (void)c, (void)o;
}

static void say_none(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    (void)c, (void)e;
    snprintf(out, cap, _("done"));
}

static const struct act acts[COMMAND_COUNT] = {
    [COMMAND_NONE] = {"unknown", asked_none, done_create, say_none},
    [COMMAND_CREATE_BOOK] = {"book create", asked_create, done_create, say_create},
    [COMMAND_ADOPT_POLICY] = {"policy adopt", asked_policy, done_policy, say_policy},
    [COMMAND_APPROPRIATE] = {"fund appropriate", asked_appropriate, done_appropriate,
                             say_appropriate},
    [COMMAND_ADD_ENTERPRISE] = {"enterprise add", asked_enterprise, done_enterprise,
                                say_enterprise},
    [COMMAND_ADD_CONTRACT] = {"contract add", asked_contract, done_contract, say_contract},
    [COMMAND_ISSUE] = {"voucher issue", asked_issue, done_issue, say_issue},
    [COMMAND_REDEEM] = {"voucher redeem", asked_redeem, done_redeem, say_redeem},
    [COMMAND_VOID] = {"voucher void", asked_void, done_void, say_void},
    [COMMAND_ADD_OUTSIDE] = {"outside add", asked_outside, done_outside, say_outside},
    [COMMAND_LAPSE] = {"lapse", asked_lapse, done_lapse, say_lapse},
};

const struct act *act_of(enum command_kind kind)
{
    return &acts[(unsigned)kind < COMMAND_COUNT && acts[kind].name ? kind : COMMAND_NONE];
}

const struct uscc *act_enterprise(const struct command *c)
{
    switch (c->kind) {
    case COMMAND_ADD_ENTERPRISE:
        return &c->add_enterprise.uscc;
    case COMMAND_ISSUE:
        return &c->issue.enterprise;
    default:
        return NULL;
    }
}
