/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/claim.h"

/* Each attestation once. Returns how many. */
static int attestations_read(struct reader *r, size_t n, Voucherd__Attestation *const *list,
                             struct attestation out[LIMIT_ATTESTATIONS])
{
    if (!reader_fits(r, "attestations", n, LIMIT_ATTESTATIONS))
        return 0;
    for (size_t i = 0; i < n && !r->rc; i++) {
        const Voucherd__Attestation *t = list[i];
        read_known(r, &t->base);
        out[i].name = read_text(r, "name", t->name, LIMIT_NAME);
        out[i].document = read_text(r, "document", t->document, LIMIT_TEXT);
        for (size_t j = 0; j < i && !r->rc; j++)
            if (strcmp(out[j].name, t->name) == 0)
                reader_fault(r, "name", t->name, "each attestation once: attestations[%zu] is it",
                             j);
        reader_within(r, "attestations[%zu]", i);
    }
    return (int)n;
}

static void attestations_put(struct put *w, unsigned field, int n, const struct attestation *list)
{
    for (int t = n; t-- > 0;) {
        size_t end = put_end(w);
        put_text(w, F_ATTESTATION_DOCUMENT, list[t].document);
        put_text(w, F_ATTESTATION_NAME, list[t].name);
        put_message(w, field, end);
    }
}

/* Each fact once; what they mean the policy knows. Returns how many. */
static int facts_read(struct reader *r, size_t n, Voucherd__Fact *const *list,
                      const struct fact **out)
{
    *out = NULL;
    if (!reader_fits(r, "facts", n, LIMIT_FACTS))
        return 0;
    struct fact *facts = reader_list(r, n, sizeof *facts);
    for (size_t i = 0; i < n && !r->rc; i++) {
        const Voucherd__Fact *t = list[i];
        read_known(r, &t->base);
        facts[i].name = read_text(r, "name", t->name, LIMIT_NAME);
        facts[i].value = read_text(r, "value", t->value, LIMIT_FACT);
        for (size_t j = 0; j < i && !r->rc; j++)
            if (strcmp(facts[j].name, t->name) == 0)
                reader_fault(r, "name", t->name, "each fact once: facts[%zu] is it", j);
        reader_within(r, "facts[%zu]", i);
    }
    *out = facts;
    return (int)n;
}

static void facts_put(struct put *w, unsigned field, int n, const struct fact *list)
{
    for (int t = n; t-- > 0;) {
        size_t end = put_end(w);
        put_text(w, F_FACT_VALUE, list[t].value);
        put_text(w, F_FACT_NAME, list[t].name);
        put_message(w, field, end);
    }
}

/* ---- Persons ---- */

/* A number is shown nowhere, not in a mistake about it either. */
static const char *number_read(struct reader *r, const char *s)
{
    struct fault *f = r->f;
    if (r->rc)
        return NULL;
    r->f = NULL;
    const char *number = read_text(r, "number", s, LIMIT_NUMBER);
    r->f = f;
    if (r->rc == ERR_INVALID) {
        r->rc = 0;
        reader_fault(r, "number", NULL, "the number on the paper, 1 to %d bytes on one line",
                     LIMIT_NUMBER);
    }
    return number;
}

/* The fact that the daemon makes of a person is one of the claim's. */
static void person_beside_facts(struct reader *r, const struct issue *o)
{
    for (int i = 0; i < o->nfacts && !r->rc; i++)
        if (strcmp(o->facts[i].name, o->person.field) == 0)
            reader_fault(r, "field", o->person.field, "each fact once: facts[%d] is it", i);
    if (o->nfacts >= LIMIT_FACTS)
        reader_fault(r, "field", o->person.field, "at most %d facts, that of the person among them",
                     LIMIT_FACTS);
}

static void person_read(struct reader *r, const Voucherd__Person *m, struct issue *o)
{
    if (!m)
        return;
    if (!r->persons)
        reader_fault(r, "", NULL, "no person: what is stored holds keyed hashes alone");
    read_known(r, &m->base);
    o->person.field = read_text(r, "field", m->field, LIMIT_NAME);
    o->person.type = read_text(r, "type", m->type, LIMIT_NAME);
    o->person.number = number_read(r, m->number);
    person_beside_facts(r, o);
    reader_within(r, "person");
}

static void person_put(struct put *w, unsigned field, const struct person *p)
{
    if (!w->persons || !p->field)
        return;
    size_t end = put_end(w);
    put_text(w, F_PERSON_NUMBER, p->number);
    put_text(w, F_PERSON_TYPE, p->type);
    put_text(w, F_PERSON_FIELD, p->field);
    put_message(w, field, end);
}

void issue_forget(const Voucherd__Command *m)
{
    if (m && m->kind_case == VOUCHERD__COMMAND__KIND_ISSUE && m->issue->person)
        text_wipe(m->issue->person->number);
}

/* ---- Claims ---- */

static void rate_read(struct reader *r, const Voucherd__Issue *p, struct issue *o)
{
    o->has_rate = p->has_rate != 0;
    if (!p->has_rate)
        return;
    if (p->rate == 0)
        reader_fault(r, "rate", "0", "parts per million, 1 to %d", RATE_ONE);
    o->rate = read_rate(r, "rate", p->rate);
}

void issue_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Issue *p = m->issue;
    struct issue *o = &out->issue;
    *o = (struct issue){0};
    o->measure = read_text(r, "measure", p->measure, LIMIT_CODE);
    o->enterprise = read_uscc(r, "enterprise", p->enterprise);
    o->contract = read_text_if(r, "contract", p->contract, LIMIT_NUMBER);
    o->seller = read_uscc_if(r, "seller", p->seller, &o->has_seller);
    if (o->has_seller && !p->contract)
        reader_fault(r, "seller", p->seller, "only with a contract, whose seller it is");
    o->year = read_year_if(r, "year", p->has_year, p->year);
    o->has_amount = p->has_amount;
    if (p->has_amount)
        o->amount = read_amount(r, "amount", true, p->amount);
    o->nattestations = attestations_read(r, p->n_attestations, p->attestations, o->attestations);
    o->nfacts = facts_read(r, p->n_facts, p->facts, &o->facts);
    rate_read(r, p, o);
    person_read(r, p->person, o);
}

void issue_put(struct put *w, const struct command *c)
{
    const struct issue *i = &c->issue;
    person_put(w, F_ISSUE_PERSON, &i->person);
    if (i->has_rate)
        put_number(w, F_ISSUE_RATE, i->rate.ppm);
    facts_put(w, F_ISSUE_FACTS, i->nfacts, i->facts);
    attestations_put(w, F_ISSUE_ATTESTATIONS, i->nattestations, i->attestations);
    if (i->has_amount)
        put_signed(w, F_ISSUE_AMOUNT, i->amount.fen);
    put_signed_nonzero(w, F_ISSUE_YEAR, i->year);
    if (i->has_seller)
        put_uscc(w, F_ISSUE_SELLER, &i->seller);
    put_text(w, F_ISSUE_CONTRACT, i->contract);
    put_uscc(w, F_ISSUE_ENTERPRISE, &i->enterprise);
    put_text(w, F_ISSUE_MEASURE, i->measure);
}

void redeem_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__Redeem *p = m->redeem;
    struct redeem *o = &out->redeem;
    o->voucher = read_number(r, "voucher", p->voucher);
    o->invoice = read_invoice(r, "invoice", p->invoice);
    o->dated = read_day(r, "dated", p->has_dated, p->dated);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
    o->nattestations = attestations_read(r, p->n_attestations, p->attestations, o->attestations);
}

void redeem_put(struct put *w, const struct command *c)
{
    const struct redeem *i = &c->redeem;
    attestations_put(w, F_REDEEM_ATTESTATIONS, i->nattestations, i->attestations);
    put_signed(w, F_REDEEM_AMOUNT, i->amount.fen);
    put_signed(w, F_REDEEM_DATED, i->dated.n);
    put_text(w, F_REDEEM_INVOICE, i->invoice);
    put_number(w, F_REDEEM_VOUCHER, i->voucher);
}

/* ---- Support from outside ---- */

/* For a contract, or for what a measure's facts name: one of them, whole. */
static void outside_of(struct reader *r, const Voucherd__AddOutside *p, struct add_outside *o)
{
    if (!p->measure) {
        o->seller = read_uscc(r, "seller", p->seller);
        o->contract = read_text(r, "contract", p->contract, LIMIT_NUMBER);
        if (p->n_facts)
            reader_fault(r, "facts", NULL, "only with a measure, whose spending they name");
        return;
    }
    o->measure = read_text(r, "measure", p->measure, LIMIT_CODE);
    if (p->contract || p->seller)
        reader_fault(r, "measure", p->measure,
                     "either a contract and its seller, or a measure "
                     "and the facts that name its spending");
    if (p->n_facts == 0)
        reader_fault(r, "facts", NULL, "the facts that name the measure's spending");
    o->nfacts = facts_read(r, p->n_facts, p->facts, &o->facts);
}

void add_outside_read(struct reader *r, const Voucherd__Command *m, struct command *out)
{
    const Voucherd__AddOutside *p = m->add_outside;
    struct add_outside *o = &out->add_outside;
    *o = (struct add_outside){0};
    outside_of(r, p, o);
    o->amount = read_amount(r, "amount", p->has_amount, p->amount);
    o->document = read_text(r, "document", p->document, LIMIT_TEXT);
}

void add_outside_put(struct put *w, const struct command *c)
{
    const struct add_outside *i = &c->add_outside;
    facts_put(w, F_ADD_OUTSIDE_FACTS, i->nfacts, i->facts);
    put_text(w, F_ADD_OUTSIDE_MEASURE, i->measure);
    put_text(w, F_ADD_OUTSIDE_DOCUMENT, i->document);
    put_signed(w, F_ADD_OUTSIDE_AMOUNT, i->amount.fen);
    put_text(w, F_ADD_OUTSIDE_CONTRACT, i->contract);
    put_uscc(w, F_ADD_OUTSIDE_SELLER, &i->seller);
}
