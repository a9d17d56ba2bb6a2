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

static void put_text_if(json_t *o, const char *key, const char *text)
{
    if (text)
        json_put_text(o, key, text);
}

static void asked_appropriate(const struct command *c, json_t *o)
{
    const struct appropriate *p = &c->appropriate;
    json_put_text(o, "measure", p->measure);
    json_put_number(o, "year", (uint64_t)p->year);
    json_put_text(o, "source", p->source);
    json_put_money(o, "amount", p->amount);
    json_put_text(o, "document", p->document);
    put_text_if(o, "area", p->area);
}

static void done_appropriate(const struct command *c, const struct entry *e, json_t *o)
{
    json_put_number(o, "line", e->done.line.line);
    asked_appropriate(c, o);
}

static void say_appropriate(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    const struct appropriate *p = &c->appropriate;
    grouped(p->amount, amount);
    if (p->area)
        snprintf(out, cap, _("fund line %" PRIu32 " (%s, %d, %s, %s): %s appropriated"),
                 e->done.line.line, p->measure, p->year, p->source, p->area, amount);
    else
        snprintf(out, cap, _("fund line %" PRIu32 " (measure %s, %d, %s): %s appropriated"),
                 e->done.line.line, p->measure, p->year, p->source, amount);
}

static void put_traits(json_t *o, int n, const struct trait_span *list)
{
    json_t *traits = json_new_array();
    for (int i = 0; i < n; i++) {
        json_t *t = json_new_object();
        json_put_text(t, "name", list[i].name);
        if (list[i].from.n != DAY_MIN)
            json_put_day(t, "from", list[i].from);
        if (list[i].to.n != DAY_MAX)
            json_put_day(t, "to", list[i].to);
        json_add(traits, t);
    }
    json_put(o, "traits", traits);
}

static void put_attestations(json_t *o, int n, const struct attestation *list)
{
    if (n == 0)
        return;
    json_t *attest = json_new_object();
    for (int i = 0; i < n; i++)
        json_put_text(attest, list[i].name, list[i].document);
    json_put(o, "attest", attest);
}

static void put_facts(json_t *o, int n, const struct fact *list)
{
    if (n == 0)
        return;
    json_t *facts = json_new_object();
    for (int i = 0; i < n; i++)
        json_put_text(facts, list[i].name, list[i].value);
    json_put(o, "facts", facts);
}

static void asked_enterprise(const struct command *c, json_t *o)
{
    const struct add_enterprise *p = &c->add_enterprise;
    json_put_uscc(o, "uscc", &p->uscc);
    json_put_text(o, "name", p->name);
    json_put_text(o, "area", p->area);
    put_text_if(o, "related", p->related);
    put_traits(o, p->ntraits, p->traits);
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
    put_text_if(o, "contract", p->contract);
    if (p->has_seller)
        json_put_uscc(o, "seller", &p->seller);
    if (p->year)
        json_put_number(o, "year", (uint64_t)p->year);
    if (p->has_amount)
        json_put_money(o, "amount", p->amount);
    if (p->has_rate)
        json_put_rate(o, "rate", p->rate);
    put_attestations(o, p->nattestations, p->attestations);
    put_facts(o, p->nfacts, p->facts);
}

static const char *const given_names[] = {[GIVEN_VOUCHER] = "voucher",
                                          [GIVEN_RECORD] = "record",
                                          [GIVEN_DESIGNATION] = "designation",
                                          [GIVEN_PLACE] = "place"};

static void done_issue(const struct command *c, const struct entry *e, json_t *o)
{
    const struct done_issue *d = &e->done.issue;
    (void)c;
    if (d->spent.fen)
        json_put_money(o, "spent", d->spent);
    if (d->given != GIVEN_VOUCHER) {
        json_put_text(o, "given", given_names[d->given]);
        if (d->given == GIVEN_PLACE)
            json_put_money(o, "wanted", d->wanted);
        if (d->seller.c[0])
            json_put_uscc(o, "seller", &d->seller);
        return;
    }
    json_put_number(o, "voucher", d->voucher);
    json_put_money(o, "face", d->face);
    json_put_money(o, "base", d->base);
    json_put_rate(o, "rate", d->rate);
    json_put_day(o, "valid_to", d->valid_to);
    json_put_day(o, "redeem_to", d->redeem_to);
    if (d->seller.c[0])
        json_put_uscc(o, "seller", &d->seller);
    if (d->tops_up)
        json_put_number(o, "tops_up", d->tops_up);
    if (d->paid_out)
        json_put_bool(o, "paid_out", true);
}

static void say_issue(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    const struct done_issue *d = &e->done.issue;
    char face[MONEY_TEXT], day[DAY_TEXT], more[64] = "";
    (void)c;
    if (d->tops_up)
        snprintf(more, sizeof more, _(", on top of voucher %" PRIu64), d->tops_up);
    if (d->given == GIVEN_RECORD)
        snprintf(out, cap,
                 _("spending of %s noted: too little for support yet, it counts later in "
                   "the year"),
                 grouped(d->spent, face));
    else if (d->given == GIVEN_DESIGNATION)
        snprintf(out, cap, _("designation given"));
    else if (d->given == GIVEN_PLACE)
        snprintf(out, cap, _("waits for %s: the claim has its place in line, ask again later"),
                 grouped(d->wanted, face));
    else if (d->paid_out)
        snprintf(out, cap, _("voucher %" PRIu64 " of %s issued and redeemed at once%s"), d->voucher,
                 grouped(d->face, face), more);
    else
        snprintf(out, cap, _("voucher %" PRIu64 " of %s issued, valid to %s%s"), d->voucher,
                 grouped(d->face, face), day_format(d->valid_to, day), more);
}

static void asked_redeem(const struct command *c, json_t *o)
{
    json_put_number(o, "voucher", c->redeem.voucher);
    json_put_text(o, "invoice", c->redeem.invoice);
    json_put_day(o, "dated", c->redeem.dated);
    json_put_money(o, "amount", c->redeem.amount);
    put_attestations(o, c->redeem.nattestations, c->redeem.attestations);
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

/* A contract, or what a measure's facts name. */
static void put_spending(json_t *o, const struct add_outside *p)
{
    put_text_if(o, "measure", p->measure);
    put_facts(o, p->nfacts, p->facts);
    if (!p->contract)
        return;
    json_put_uscc(o, "seller", &p->seller);
    json_put_text(o, "contract", p->contract);
}

static void asked_outside(const struct command *c, json_t *o)
{
    put_spending(o, &c->add_outside);
    json_put_money(o, "amount", c->add_outside.amount);
    json_put_text(o, "document", c->add_outside.document);
}

static void done_outside(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    put_spending(o, &c->add_outside);
    json_put_money(o, "outside", c->add_outside.amount);
}

static void say_outside(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char amount[MONEY_TEXT];
    (void)e;
    if (c->add_outside.contract)
        snprintf(out, cap, _("contract %s: support of %s from outside noted"),
                 c->add_outside.contract, grouped(c->add_outside.amount, amount));
    else
        snprintf(out, cap, _("spending of measure %s: support of %s from outside noted"),
                 c->add_outside.measure, grouped(c->add_outside.amount, amount));
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

static void asked_amend(const struct command *c, json_t *o)
{
    const struct amend_enterprise *p = &c->amend_enterprise;
    json_put_uscc(o, "uscc", &p->uscc);
    put_text_if(o, "area", p->area);
    put_text_if(o, "related", p->related);
    put_traits(o, p->ntraits, p->traits);
    json_put_text(o, "document", p->document);
}

static void done_amend(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    json_put_uscc(o, "enterprise", &c->amend_enterprise.uscc);
}

static void say_amend(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char code[USCC_LEN + 1];
    (void)e;
    snprintf(out, cap, _("enterprise %s amended"), uscc_format(&c->amend_enterprise.uscc, code));
}

static void asked_raise(const struct command *c, json_t *o)
{
    const struct raise_ceiling *p = &c->raise_ceiling;
    json_put_uscc(o, "enterprise", &p->enterprise);
    json_put_text(o, "measure", p->measure);
    json_put_text(o, "ceiling", p->ceiling);
    json_put_money(o, "limit", p->limit);
    json_put_text(o, "document", p->document);
}

static void done_raise(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    asked_raise(c, o);
}

static void say_raise(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    char limit[MONEY_TEXT], code[USCC_LEN + 1];
    (void)e;
    snprintf(out, cap, _("ceiling %s of measure %s raised to %s for %s"),
             language_translate(c->raise_ceiling.ceiling), c->raise_ceiling.measure,
             grouped(c->raise_ceiling.limit, limit),
             uscc_format(&c->raise_ceiling.enterprise, code));
}

static void asked_withdraw(const struct command *c, json_t *o)
{
    json_put_number(o, "entry", c->withdraw.entry);
    json_put_text(o, "reason", c->withdraw.reason);
}

static void done_withdraw(const struct command *c, const struct entry *e, json_t *o)
{
    (void)e;
    json_put_number(o, "withdrawn", c->withdraw.entry);
}

static void say_withdraw(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    (void)e;
    snprintf(out, cap, _("what entry %" PRIu64 " gave is withdrawn"), c->withdraw.entry);
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

#define ACT(...)                                                                                   \
    &(const struct act)                                                                            \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

static const struct act *const acts[COMMAND_COUNT] = {
    [COMMAND_NONE] = ACT("unknown", asked_none, done_create, say_none),
    [COMMAND_CREATE_BOOK] = ACT("book create", asked_create, done_create, say_create),
    [COMMAND_ADOPT_POLICY] = ACT("policy adopt", asked_policy, done_policy, say_policy),
    [COMMAND_APPROPRIATE] =
        ACT("fund appropriate", asked_appropriate, done_appropriate, say_appropriate),
    [COMMAND_ADD_ENTERPRISE] =
        ACT("enterprise add", asked_enterprise, done_enterprise, say_enterprise),
    [COMMAND_ADD_CONTRACT] = ACT("contract add", asked_contract, done_contract, say_contract),
    [COMMAND_ISSUE] = ACT("voucher issue", asked_issue, done_issue, say_issue),
    [COMMAND_REDEEM] = ACT("voucher redeem", asked_redeem, done_redeem, say_redeem),
    [COMMAND_VOID] = ACT("voucher void", asked_void, done_void, say_void),
    [COMMAND_ADD_OUTSIDE] = ACT("outside add", asked_outside, done_outside, say_outside),
    [COMMAND_LAPSE] = ACT("lapse", asked_lapse, done_lapse, say_lapse),
    [COMMAND_AMEND_ENTERPRISE] = ACT("enterprise amend", asked_amend, done_amend, say_amend),
    [COMMAND_RAISE_CEILING] = ACT("ceiling raise", asked_raise, done_raise, say_raise),
    [COMMAND_WITHDRAW] = ACT("withdraw", asked_withdraw, done_withdraw, say_withdraw),
    [COMMAND_CLOSE_ROUND] = &act_round_close,
    [COMMAND_PAY] = &act_pay,
    [COMMAND_BANK_RETURN] = &act_bank_return,
};

const struct act *act_of(enum command_kind kind)
{
    return acts[(unsigned)kind < COMMAND_COUNT && acts[kind] ? kind : COMMAND_NONE];
}

const struct uscc *act_enterprise(const struct command *c)
{
    switch (c->kind) {
    case COMMAND_ADD_ENTERPRISE:
        return &c->add_enterprise.uscc;
    case COMMAND_ISSUE:
        return &c->issue.enterprise;
    case COMMAND_AMEND_ENTERPRISE:
        return &c->amend_enterprise.uscc;
    case COMMAND_RAISE_CEILING:
        return &c->raise_ceiling.enterprise;
    default:
        return NULL;
    }
}
