/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/command.h"

#include <inttypes.h>
#include <stdio.h>

#include "wire/claim.h"

/* The name of a kind is that of its field in journal.proto: faults begin with it. What puts a kind
 * begins with its last field (see put.h). */
struct command_form {
    const char *name;
    void (*read)(struct reader *r, const Voucherd__Command *m, struct command *out);
    void (*put)(struct put *w, const struct command *c);
};

static void create_book_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__CreateBook *b = m->create_book;
    out->create_book = (struct create_book){.format = b->format, .test_clock = b->test_clock};
    read_number(r, "format", b->format);
    int digest = read_choice(r, "digest", b->digest == DIGEST_SHA256 ? DIGEST_SHA256 : 0,
                             DIGEST_SHA256, DIGEST_SHA256);
    out->create_book.digest = (enum digest)digest;
}

static void create_book_put(struct put *w, const struct command *c)
{
    put_nonzero(w, F_CREATE_BOOK_TEST_CLOCK, c->create_book.test_clock);
    put_number(w, F_CREATE_BOOK_DIGEST, c->create_book.digest);
    put_number(w, F_CREATE_BOOK_FORMAT, c->create_book.format);
}

static void adopt_policy_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AdoptPolicy *p = m->adopt_policy;
    if (p->file.len < 1 || p->file.len > LIMIT_POLICY_BYTES) {
        char value[32];
        snprintf(value, sizeof value, "%zu bytes", p->file.len);
        reader_fault(r, "file", value, "a policy file of 1 to %d bytes", LIMIT_POLICY_BYTES);
    }
    out->adopt_policy.file = SPAN(p->file.data, p->file.len);
}

static void adopt_policy_put(struct put *w, const struct command *c)
{
    put_bytes(w, F_ADOPT_POLICY_FILE, c->adopt_policy.file.p, c->adopt_policy.file.n);
}

static void appropriate_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Appropriate *p = m->appropriate;
    struct appropriate *o = &out->appropriate;
    o->measure = read_text(r, "measure", p->measure, LIMIT_CODE);
    o->year = read_year(r, "year", p->has_year, p->year);
    o->source = read_text(r, "source", p->source, LIMIT_NAME);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
    o->document = read_text(r, "document", p->document, LIMIT_TEXT);
    o->area = read_text_if(r, "area", p->area, LIMIT_NAME);
}

static void appropriate_put(struct put *w, const struct command *c)
{
    const struct appropriate *i = &c->appropriate;
    put_text(w, F_APPROPRIATE_AREA, i->area);
    put_text(w, F_APPROPRIATE_DOCUMENT, i->document);
    put_signed(w, F_APPROPRIATE_AMOUNT, i->amount.fen);
    put_text(w, F_APPROPRIATE_SOURCE, i->source);
    put_signed(w, F_APPROPRIATE_YEAR, i->year);
    put_text(w, F_APPROPRIATE_MEASURE, i->measure);
}

void trait_read(struct reader *r, const Voucherd__Trait *m, struct trait_span *out)
{
    read_known(r, &m->base);
    out->name = read_text(r, "name", m->name, LIMIT_NAME);
    out->from = m->has_from_day ? read_day(r, "from_day", true, m->from_day) : DAY(DAY_MIN);
    out->to = m->has_to_day ? read_day(r, "to_day", true, m->to_day) : DAY(DAY_MAX);
    if (!r->rc && out->from.n > out->to.n) {
        char value[DAY_TEXT], from[DAY_TEXT];
        reader_fault(r, "to_day", day_format(out->to, value), "not before its first day, %s",
                     day_format(out->from, from));
    }
}

/* Each trait once. Returns how many. */
static int traits_read(struct reader *r, size_t n, Voucherd__Trait *const *list,
                       struct trait_span out[LIMIT_TRAITS])
{
    if (!reader_fits(r, "traits", n, LIMIT_TRAITS))
        return 0;
    for (size_t i = 0; i < n && !r->rc; i++) {
        trait_read(r, list[i], &out[i]);
        for (size_t j = 0; j < i && !r->rc; j++)
            if (strcmp(out[j].name, out[i].name) == 0)
                reader_fault(r, "name", out[i].name, "each trait once: traits[%zu] is it", j);
        reader_within(r, "traits[%zu]", i);
    }
    return (int)n;
}

static void traits_put(struct put *w, unsigned field, int n, const struct trait_span *list)
{
    for (int t = n; t-- > 0;) {
        size_t end = put_end(w);
        if (list[t].to.n != DAY_MAX)
            put_signed(w, F_TRAIT_TO_DAY, list[t].to.n);
        if (list[t].from.n != DAY_MIN)
            put_signed(w, F_TRAIT_FROM_DAY, list[t].from.n);
        put_text(w, F_TRAIT_NAME, list[t].name);
        put_message(w, field, end);
    }
}

static void add_enterprise_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AddEnterprise *p = m->add_enterprise;
    struct add_enterprise *o = &out->add_enterprise;
    *o = (struct add_enterprise){0};
    o->uscc = read_uscc(r, "uscc", p->uscc);
    o->name = read_text(r, "name", p->name, LIMIT_TEXT);
    o->area = read_text(r, "area", p->area, LIMIT_NAME);
    o->related = read_text_if(r, "related", p->related, LIMIT_NAME);
    o->ntraits = traits_read(r, p->n_traits, p->traits, o->traits);
}

static void add_enterprise_put(struct put *w, const struct command *c)
{
    const struct add_enterprise *i = &c->add_enterprise;
    put_text(w, F_ADD_ENTERPRISE_RELATED, i->related);
    traits_put(w, F_ADD_ENTERPRISE_TRAITS, i->ntraits, i->traits);
    put_text(w, F_ADD_ENTERPRISE_AREA, i->area);
    put_text(w, F_ADD_ENTERPRISE_NAME, i->name);
    put_uscc(w, F_ADD_ENTERPRISE_USCC, &i->uscc);
}

static void amend_enterprise_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AmendEnterprise *p = m->amend_enterprise;
    struct amend_enterprise *o = &out->amend_enterprise;
    *o = (struct amend_enterprise){0};
    o->uscc = read_uscc(r, "uscc", p->uscc);
    o->area = read_text_if(r, "area", p->area, LIMIT_NAME);
    o->related = read_text_if(r, "related", p->related, LIMIT_NAME);
    o->ntraits = traits_read(r, p->n_traits, p->traits, o->traits);
    o->document = read_text(r, "document", p->document, LIMIT_TEXT);
    if (!p->area && !p->related && p->n_traits == 0)
        reader_fault(r, "", NULL,
                     "something that changes: an area, a group of related enterprises, or traits");
}

static void amend_enterprise_put(struct put *w, const struct command *c)
{
    const struct amend_enterprise *i = &c->amend_enterprise;
    put_text(w, F_AMEND_ENTERPRISE_DOCUMENT, i->document);
    traits_put(w, F_AMEND_ENTERPRISE_TRAITS, i->ntraits, i->traits);
    put_text(w, F_AMEND_ENTERPRISE_RELATED, i->related);
    put_text(w, F_AMEND_ENTERPRISE_AREA, i->area);
    put_uscc(w, F_AMEND_ENTERPRISE_USCC, &i->uscc);
}

static void raise_ceiling_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__RaiseCeiling *p = m->raise_ceiling;
    struct raise_ceiling *o = &out->raise_ceiling;
    o->enterprise = read_uscc(r, "enterprise", p->enterprise);
    o->measure = read_text(r, "measure", p->measure, LIMIT_CODE);
    o->ceiling = read_text(r, "ceiling", p->ceiling, LIMIT_NAME);
    o->limit = read_amount(r, "limit", p->has_limit, p->limit);
    o->document = read_text(r, "document", p->document, LIMIT_TEXT);
}

static void raise_ceiling_put(struct put *w, const struct command *c)
{
    const struct raise_ceiling *i = &c->raise_ceiling;
    put_text(w, F_RAISE_CEILING_DOCUMENT, i->document);
    put_signed(w, F_RAISE_CEILING_LIMIT, i->limit.fen);
    put_text(w, F_RAISE_CEILING_CEILING, i->ceiling);
    put_text(w, F_RAISE_CEILING_MEASURE, i->measure);
    put_uscc(w, F_RAISE_CEILING_ENTERPRISE, &i->enterprise);
}

static void add_contract_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AddContract *p = m->add_contract;
    struct add_contract *o = &out->add_contract;
    o->number = read_text(r, "number", p->number, LIMIT_NUMBER);
    o->seller = read_uscc(r, "seller", p->seller);
    o->buyer = read_uscc(r, "buyer", p->buyer);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
    o->signed_on = read_day(r, "signed_on", p->has_signed_on, p->signed_on);
}

static void add_contract_put(struct put *w, const struct command *c)
{
    const struct add_contract *i = &c->add_contract;
    put_signed(w, F_ADD_CONTRACT_SIGNED_ON, i->signed_on.n);
    put_signed(w, F_ADD_CONTRACT_AMOUNT, i->amount.fen);
    put_uscc(w, F_ADD_CONTRACT_BUYER, &i->buyer);
    put_uscc(w, F_ADD_CONTRACT_SELLER, &i->seller);
    put_text(w, F_ADD_CONTRACT_NUMBER, i->number);
}

static void void_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Void *p = m->void_voucher;
    out->void_voucher.voucher = read_number(r, "voucher", p->voucher);
    out->void_voucher.reason = read_text(r, "reason", p->reason, LIMIT_TEXT);
}

static void void_put(struct put *w, const struct command *c)
{
    put_text(w, F_VOID_REASON, c->void_voucher.reason);
    put_number(w, F_VOID_VOUCHER, c->void_voucher.voucher);
}

static void close_round_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__CloseRound *c = m->close_round;
    out->close_round.measure = read_text(r, "measure", c->measure, LIMIT_CODE);
    out->close_round.year = read_year_if(r, "year", c->has_year, c->year);
}

static void close_round_put(struct put *w, const struct command *c)
{
    put_signed_nonzero(w, F_CLOSE_ROUND_YEAR, c->close_round.year);
    put_text(w, F_CLOSE_ROUND_MEASURE, c->close_round.measure);
}

/* Vouchers of a payment, each once. */
static void payment_vouchers_read(struct reader *r, size_t n, const uint64_t *list,
                                  struct payment *out)
{
    if (n == 0)
        reader_fault(r, "vouchers", NULL, "must be given: at least one voucher");
    if (!reader_fits(r, "vouchers", n, LIMIT_PAYMENT))
        return;
    for (size_t i = 0; i < n && !r->rc; i++) {
        char text[24];
        read_number(r, "vouchers", list[i]);
        snprintf(text, sizeof text, "%" PRIu64, list[i]);
        for (size_t k = 0; k < i && !r->rc; k++)
            if (list[k] == list[i])
                reader_fault(r, "vouchers", text, "each voucher once");
    }
    out->n = (uint32_t)n;
    out->vouchers = list;
}

static void payment_vouchers_put(struct put *w, unsigned field, const struct payment *p)
{
    for (uint32_t i = p->n; i-- > 0;)
        put_number(w, field, p->vouchers[i]);
}

static void pay_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Pay *p = m->pay;
    out->pay = (struct payment){0};
    payment_vouchers_read(r, p->n_vouchers, p->vouchers, &out->pay);
    out->pay.payee = read_uscc_if(r, "payee", p->payee, &out->pay.has_payee);
    out->pay.document = read_text(r, "document", p->document, LIMIT_TEXT);
}

static void pay_put(struct put *w, const struct command *c)
{
    put_text(w, F_PAY_DOCUMENT, c->pay.document);
    if (c->pay.has_payee)
        put_uscc(w, F_PAY_PAYEE, &c->pay.payee);
    payment_vouchers_put(w, F_PAY_VOUCHERS, &c->pay);
}

static void bank_return_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__BankReturn *p = m->bank_return;
    out->bank_return = (struct payment){0};
    payment_vouchers_read(r, p->n_vouchers, p->vouchers, &out->bank_return);
    out->bank_return.document = read_text(r, "document", p->document, LIMIT_TEXT);
}

static void bank_return_put(struct put *w, const struct command *c)
{
    put_text(w, F_BANK_RETURN_DOCUMENT, c->bank_return.document);
    payment_vouchers_put(w, F_BANK_RETURN_VOUCHERS, &c->bank_return);
}

static void withdraw_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    out->withdraw.entry = read_number(r, "entry", m->withdraw->entry);
    out->withdraw.reason = read_text(r, "reason", m->withdraw->reason, LIMIT_TEXT);
}

static void withdraw_put(struct put *w, const struct command *c)
{
    put_text(w, F_WITHDRAW_REASON, c->withdraw.reason);
    put_number(w, F_WITHDRAW_ENTRY, c->withdraw.entry);
}

static void lapse_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Lapse *p = m->lapse;
    out->lapse.has_day = p->has_day;
    out->lapse.day = p->has_day ? read_day(r, "day", true, p->day) : DAY(0);
}

static void lapse_put(struct put *w, const struct command *c)
{
    if (c->lapse.has_day)
        put_signed(w, F_LAPSE_DAY, c->lapse.day.n);
}

static const struct command_form forms[COMMAND_COUNT] = {
    [COMMAND_CREATE_BOOK] = {"create_book", create_book_read, create_book_put},
    [COMMAND_ADOPT_POLICY] = {"adopt_policy", adopt_policy_read, adopt_policy_put},
    [COMMAND_APPROPRIATE] = {"appropriate", appropriate_read, appropriate_put},
    [COMMAND_ADD_ENTERPRISE] = {"add_enterprise", add_enterprise_read, add_enterprise_put},
    [COMMAND_ADD_CONTRACT] = {"add_contract", add_contract_read, add_contract_put},
    [COMMAND_ISSUE] = {"issue", issue_read, issue_put},
    [COMMAND_REDEEM] = {"redeem", redeem_read, redeem_put},
    [COMMAND_VOID] = {"void_voucher", void_read, void_put},
    [COMMAND_ADD_OUTSIDE] = {"add_outside", add_outside_read, add_outside_put},
    [COMMAND_LAPSE] = {"lapse", lapse_read, lapse_put},
    [COMMAND_AMEND_ENTERPRISE] = {"amend_enterprise", amend_enterprise_read, amend_enterprise_put},
    [COMMAND_RAISE_CEILING] = {"raise_ceiling", raise_ceiling_read, raise_ceiling_put},
    [COMMAND_WITHDRAW] = {"withdraw", withdraw_read, withdraw_put},
    [COMMAND_CLOSE_ROUND] = {"close_round", close_round_read, close_round_put},
    [COMMAND_PAY] = {"pay", pay_read, pay_put},
    [COMMAND_BANK_RETURN] = {"bank_return", bank_return_read, bank_return_put},
};

/* The model's numbers are the protocol's: a kind is its index in the table. */
#define SAME_KIND(model, proto)                                                                    \
    _Static_assert((int)COMMAND_##model == (int)VOUCHERD__COMMAND__KIND_##proto, #model)
SAME_KIND(CREATE_BOOK, CREATE_BOOK);
SAME_KIND(ADOPT_POLICY, ADOPT_POLICY);
SAME_KIND(APPROPRIATE, APPROPRIATE);
SAME_KIND(ADD_ENTERPRISE, ADD_ENTERPRISE);
SAME_KIND(ADD_CONTRACT, ADD_CONTRACT);
SAME_KIND(ISSUE, ISSUE);
SAME_KIND(REDEEM, REDEEM);
SAME_KIND(VOID, VOID_VOUCHER);
SAME_KIND(ADD_OUTSIDE, ADD_OUTSIDE);
SAME_KIND(LAPSE, LAPSE);
SAME_KIND(AMEND_ENTERPRISE, AMEND_ENTERPRISE);
SAME_KIND(RAISE_CEILING, RAISE_CEILING);
SAME_KIND(WITHDRAW, WITHDRAW);
SAME_KIND(CLOSE_ROUND, CLOSE_ROUND);
SAME_KIND(PAY, PAY);
SAME_KIND(BANK_RETURN, BANK_RETURN);
_Static_assert(COMMAND_NONE == (int)VOUCHERD__COMMAND__KIND__NOT_SET, "none");

void command_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    if (r->rc)
        return;
    if (m) {
        read_known(r, &m->base);
        reader_within(r, "command");
    }
    unsigned kind = m ? (unsigned)m->kind_case : COMMAND_NONE;
    if (kind >= COMMAND_COUNT || !forms[kind].read)
        reader_fault(r, "command", NULL, "one of the commands that journal.proto lists");
    if (r->rc)
        return;
    /* Every kind is a message: any of the union's pointers is the one that is set. */
    read_known(r, &m->issue->base);
    forms[kind].read(r, m, out);
    reader_within(r, "%s", forms[kind].name);
    if (!r->rc)
        out->kind = (enum command_kind)kind;
}

void command_put(struct put *w, unsigned field, const struct command *c)
{
    unsigned kind = (unsigned)c->kind;
    size_t end = put_end(w);
    if (kind < COMMAND_COUNT && forms[kind].put) {
        forms[kind].put(w, c);
        put_message(w, kind, end);
    }
    put_message(w, field, end);
}
