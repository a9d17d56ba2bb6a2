/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/command.h"

#include <stdio.h>

/* The name of a kind is that of its field in journal.proto: faults begin with it. */
struct command_form {
    const char *name;
    void (*read)(struct reader *r, const Voucherd__Command *m, struct command *out);
    int (*pack)(struct arena *a, const struct command *c, Voucherd__Command *m);
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

static int create_book_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    Voucherd__CreateBook *b = m->create_book = pack_new(a, &voucherd__create_book__descriptor);
    if (!b)
        return ERR_MEMORY;
    PACK_SET(b, format, c->create_book.format);
    PACK_SET(b, digest, c->create_book.digest);
    PACK_NONZERO(b, test_clock, c->create_book.test_clock);
    return 0;
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

static int adopt_policy_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    Voucherd__AdoptPolicy *p = m->adopt_policy = pack_new(a, &voucherd__adopt_policy__descriptor);
    if (!p)
        return ERR_MEMORY;
    PACK_SET(p, file, pack_bytes(c->adopt_policy.file.p, c->adopt_policy.file.n));
    return 0;
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

static int appropriate_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct appropriate *i = &c->appropriate;
    Voucherd__Appropriate *p = m->appropriate = pack_new(a, &voucherd__appropriate__descriptor);
    if (!p)
        return ERR_MEMORY;
    p->measure = pack_text(i->measure);
    PACK_SET(p, year, i->year);
    p->source = pack_text(i->source);
    PACK_SET(p, amount, i->amount.fen);
    p->document = pack_text(i->document);
    return 0;
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

void trait_pack(const char *name, struct day from, struct day to, Voucherd__Trait *m)
{
    m->name = pack_text(name);
    m->from_day = from.n;
    m->has_from_day = from.n != DAY_MIN;
    m->to_day = to.n;
    m->has_to_day = to.n != DAY_MAX;
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

static int add_enterprise_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct add_enterprise *i = &c->add_enterprise;
    Voucherd__AddEnterprise *p = pack_new(a, &voucherd__add_enterprise__descriptor);
    if (!p)
        return ERR_MEMORY;
    m->add_enterprise = p;
    p->name = pack_text(i->name);
    p->area = pack_text(i->area);
    p->n_traits = (size_t)i->ntraits;
    if (i->ntraits && !(p->traits = pack_list(a, p->n_traits, &voucherd__trait__descriptor)))
        return ERR_MEMORY;
    for (int t = 0; t < i->ntraits; t++)
        trait_pack(i->traits[t].name, i->traits[t].from, i->traits[t].to, p->traits[t]);
    return pack_uscc(a, &i->uscc, &p->uscc);
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

static int add_contract_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct add_contract *i = &c->add_contract;
    Voucherd__AddContract *p = m->add_contract = pack_new(a, &voucherd__add_contract__descriptor);
    if (!p || pack_uscc(a, &i->seller, &p->seller) || pack_uscc(a, &i->buyer, &p->buyer))
        return ERR_MEMORY;
    p->number = pack_text(i->number);
    PACK_SET(p, amount, i->amount.fen);
    PACK_SET(p, signed_on, i->signed_on.n);
    return 0;
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

static int issue_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct issue *i = &c->issue;
    Voucherd__Issue *p = m->issue = pack_new(a, &voucherd__issue__descriptor);
    if (!p || pack_uscc(a, &i->enterprise, &p->enterprise))
        return ERR_MEMORY;
    if (i->has_seller && pack_uscc(a, &i->seller, &p->seller))
        return ERR_MEMORY;
    p->measure = pack_text(i->measure);
    p->contract = pack_text(i->contract);
    PACK_NONZERO(p, year, i->year);
    if (i->has_amount)
        PACK_SET(p, amount, i->amount.fen);
    if (i->nattestations == 0)
        return 0;
    p->n_attestations = (size_t)i->nattestations;
    p->attestations = pack_list(a, p->n_attestations, &voucherd__attestation__descriptor);
    if (!p->attestations)
        return ERR_MEMORY;
    for (int t = 0; t < i->nattestations; t++) {
        p->attestations[t]->name = pack_text(i->attestations[t].name);
        p->attestations[t]->document = pack_text(i->attestations[t].document);
    }
    return 0;
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

static int redeem_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct redeem *i = &c->redeem;
    Voucherd__Redeem *p = m->redeem = pack_new(a, &voucherd__redeem__descriptor);
    if (!p)
        return ERR_MEMORY;
    PACK_SET(p, voucher, i->voucher);
    p->invoice = pack_text(i->invoice);
    PACK_SET(p, dated, i->dated.n);
    PACK_SET(p, amount, i->amount.fen);
    return 0;
}

static void void_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Void *p = m->void_voucher;
    out->void_voucher.voucher = read_number(r, "voucher", p->voucher);
    out->void_voucher.reason = read_text(r, "reason", p->reason, LIMIT_TEXT);
}

static int void_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    Voucherd__Void *p = m->void_voucher = pack_new(a, &voucherd__void__descriptor);
    if (!p)
        return ERR_MEMORY;
    PACK_SET(p, voucher, c->void_voucher.voucher);
    p->reason = pack_text(c->void_voucher.reason);
    return 0;
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

static int add_outside_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    const struct add_outside *i = &c->add_outside;
    Voucherd__AddOutside *p = m->add_outside = pack_new(a, &voucherd__add_outside__descriptor);
    if (!p || pack_uscc(a, &i->seller, &p->seller))
        return ERR_MEMORY;
    p->contract = pack_text(i->contract);
    PACK_SET(p, amount, i->amount.fen);
    p->document = pack_text(i->document);
    return 0;
}

static void lapse_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Lapse *p = m->lapse;
    out->lapse.has_day = p->has_day;
    out->lapse.day = p->has_day ? read_day(r, "day", true, p->day) : DAY(0);
}

static int lapse_pack(struct arena *a, const struct command *c, Voucherd__Command *m)
{
    Voucherd__Lapse *p = m->lapse = pack_new(a, &voucherd__lapse__descriptor);
    if (!p)
        return ERR_MEMORY;
    if (c->lapse.has_day)
        PACK_SET(p, day, c->lapse.day.n);
    return 0;
}

static const struct command_form forms[COMMAND_COUNT] = {
    [COMMAND_CREATE_BOOK] = {"create_book", create_book_read, create_book_pack},
    [COMMAND_ADOPT_POLICY] = {"adopt_policy", adopt_policy_read, adopt_policy_pack},
    [COMMAND_APPROPRIATE] = {"appropriate", appropriate_read, appropriate_pack},
    [COMMAND_ADD_ENTERPRISE] = {"add_enterprise", add_enterprise_read, add_enterprise_pack},
    [COMMAND_ADD_CONTRACT] = {"add_contract", add_contract_read, add_contract_pack},
    [COMMAND_ISSUE] = {"issue", issue_read, issue_pack},
    [COMMAND_REDEEM] = {"redeem", redeem_read, redeem_pack},
    [COMMAND_VOID] = {"void_voucher", void_read, void_pack},
    [COMMAND_ADD_OUTSIDE] = {"add_outside", add_outside_read, add_outside_pack},
    [COMMAND_LAPSE] = {"lapse", lapse_read, lapse_pack},
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

int command_pack(struct arena *a, const struct command *c, Voucherd__Command **out)
{
    unsigned kind = (unsigned)c->kind;
    Voucherd__Command *m = pack_new(a, &voucherd__command__descriptor);
    if (!m)
        return ERR_MEMORY;
    if (kind < COMMAND_COUNT && forms[kind].pack) {
        int rc = forms[kind].pack(a, c, m);
        if (rc < 0)
            return rc;
        m->kind_case = (Voucherd__Command__KindCase)kind;
    }
    *out = m;
    return 0;
}
