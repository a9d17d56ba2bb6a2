/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/command.h"

#include <stdio.h>

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
}

static void appropriate_put(struct put *w, const struct command *c)
{
    const struct appropriate *i = &c->appropriate;
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

static void add_enterprise_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AddEnterprise *p = m->add_enterprise;
    struct add_enterprise *o = &out->add_enterprise;
    *o = (struct add_enterprise){0};
    o->uscc = read_uscc(r, "uscc", p->uscc);
    o->name = read_text(r, "name", p->name, LIMIT_TEXT);
    o->area = read_text(r, "area", p->area, LIMIT_NAME);
    if (!reader_fits(r, "traits", p->n_traits, LIMIT_TRAITS))
        return;
    for (size_t i = 0; i < p->n_traits && !r->rc; i++) {
        trait_read(r, p->traits[i], &o->traits[i]);
        for (size_t j = 0; j < i && !r->rc; j++)
            if (strcmp(o->traits[j].name, o->traits[i].name) == 0)
                reader_fault(r, "name", o->traits[i].name, "each trait once: traits[%zu] is it", j);
        reader_within(r, "traits[%zu]", i);
    }
    o->ntraits = (int)p->n_traits;
}

static void add_enterprise_put(struct put *w, const struct command *c)
{
    const struct add_enterprise *i = &c->add_enterprise;
    for (int t = i->ntraits; t-- > 0;) {
        size_t end = put_end(w);
        if (i->traits[t].to.n != DAY_MAX)
            put_signed(w, F_TRAIT_TO_DAY, i->traits[t].to.n);
        if (i->traits[t].from.n != DAY_MIN)
            put_signed(w, F_TRAIT_FROM_DAY, i->traits[t].from.n);
        put_text(w, F_TRAIT_NAME, i->traits[t].name);
        put_message(w, F_ADD_ENTERPRISE_TRAITS, end);
    }
    put_text(w, F_ADD_ENTERPRISE_AREA, i->area);
    put_text(w, F_ADD_ENTERPRISE_NAME, i->name);
    put_uscc(w, F_ADD_ENTERPRISE_USCC, &i->uscc);
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

static void attestations_read(struct reader *r, const Voucherd__Issue *p, struct issue *o)
{
    if (!reader_fits(r, "attestations", p->n_attestations, LIMIT_ATTESTATIONS))
        return;
    for (size_t i = 0; i < p->n_attestations && !r->rc; i++) {
        const Voucherd__Attestation *t = p->attestations[i];
        read_known(r, &t->base);
        o->attestations[i].name = read_text(r, "name", t->name, LIMIT_NAME);
        o->attestations[i].document = read_text(r, "document", t->document, LIMIT_TEXT);
        for (size_t j = 0; j < i && !r->rc; j++)
            if (strcmp(o->attestations[j].name, t->name) == 0)
                reader_fault(r, "name", t->name, "each attestation once: attestations[%zu] is it",
                             j);
        reader_within(r, "attestations[%zu]", i);
    }
    o->nattestations = (int)p->n_attestations;
}

static void issue_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Issue *p = m->issue;
    struct issue *o = &out->issue;
    *o = (struct issue){0};
    o->measure = read_text(r, "measure", p->measure, LIMIT_CODE);
    o->enterprise = read_uscc(r, "enterprise", p->enterprise);
    o->contract = read_text(r, "contract", p->contract, LIMIT_NUMBER);
    o->seller = read_uscc_if(r, "seller", p->seller, &o->has_seller);
    o->year = read_year_if(r, "year", p->has_year, p->year);
    o->has_amount = p->has_amount;
    if (p->has_amount)
        o->amount = read_amount(r, "amount", true, p->amount);
    attestations_read(r, p, o);
}

static void issue_put(struct put *w, const struct command *c)
{
    const struct issue *i = &c->issue;
    for (int t = i->nattestations; t-- > 0;) {
        size_t end = put_end(w);
        put_text(w, F_ATTESTATION_DOCUMENT, i->attestations[t].document);
        put_text(w, F_ATTESTATION_NAME, i->attestations[t].name);
        put_message(w, F_ISSUE_ATTESTATIONS, end);
    }
    if (i->has_amount)
        put_signed(w, F_ISSUE_AMOUNT, i->amount.fen);
    put_signed_nonzero(w, F_ISSUE_YEAR, i->year);
    if (i->has_seller)
        put_uscc(w, F_ISSUE_SELLER, &i->seller);
    put_text(w, F_ISSUE_CONTRACT, i->contract);
    put_uscc(w, F_ISSUE_ENTERPRISE, &i->enterprise);
    put_text(w, F_ISSUE_MEASURE, i->measure);
}

static void redeem_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Redeem *p = m->redeem;
    struct redeem *o = &out->redeem;
    o->voucher = read_number(r, "voucher", p->voucher);
    o->invoice = read_invoice(r, "invoice", p->invoice);
    o->dated = read_day(r, "dated", p->has_dated, p->dated);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
}

static void redeem_put(struct put *w, const struct command *c)
{
    const struct redeem *i = &c->redeem;
    put_signed(w, F_REDEEM_AMOUNT, i->amount.fen);
    put_signed(w, F_REDEEM_DATED, i->dated.n);
    put_text(w, F_REDEEM_INVOICE, i->invoice);
    put_number(w, F_REDEEM_VOUCHER, i->voucher);
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

static void add_outside_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AddOutside *p = m->add_outside;
    struct add_outside *o = &out->add_outside;
    o->seller = read_uscc(r, "seller", p->seller);
    o->contract = read_text(r, "contract", p->contract, LIMIT_NUMBER);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
    o->document = read_text(r, "document", p->document, LIMIT_TEXT);
}

static void add_outside_put(struct put *w, const struct command *c)
{
    const struct add_outside *i = &c->add_outside;
    put_text(w, F_ADD_OUTSIDE_DOCUMENT, i->document);
    put_signed(w, F_ADD_OUTSIDE_AMOUNT, i->amount.fen);
    put_text(w, F_ADD_OUTSIDE_CONTRACT, i->contract);
    put_uscc(w, F_ADD_OUTSIDE_SELLER, &i->seller);
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
