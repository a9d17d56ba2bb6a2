/* SPDX-License-Identifier: Apache-2.0 */
/* Who and what the book knows: enterprises, contracts, support from outside. */
#include <stdio.h>

#include "base/text.h"
#include "ledger/claim.h"

static int decide_add_enterprise(struct deciding *d)
{
    struct key k;
    const struct add_enterprise *c = &d->command->add_enterprise;
    const struct enterprise_row *old =
        rows_read_enterprise_row(d->rows, key_enterprise(&k, &c->uscc));
    if (!policy_area(d->policy, c->area))
        return fault_set(d->fault, "add_enterprise.area", c->area,
                         "an area of policy %s, by code or name", d->policy->id);
    for (int i = 0; i < c->ntraits; i++)
        if (!policy_has_trait(d->policy, c->traits[i].name))
            return fault_set(d->fault, "add_enterprise.traits", c->traits[i].name,
                             "a trait of policy %s", d->policy->id);
    if (old) {
        char what[64];
        snprintf(what, sizeof what, "enterprise %.18s", c->uscc.c);
        return refuse(d, REASON_EXISTS, what);
    }
    return 0;
}

static void fold_add_enterprise(struct folding *f)
{
    struct key k;
    const struct add_enterprise *c = &f->entry->command.add_enterprise;
    const struct policy *p = policies_get(f->ledger->policies, f->entry->policy);
    const struct area *area = p ? policy_area(p, c->area) : NULL;
    struct enterprise_row *e =
        rows_write_more(f->rows, key_enterprise(&k, &c->uscc), (unsigned)c->ntraits);
    struct enterprise_name_row *n =
        rows_write_enterprise_name_row(f->rows, key_enterprise_name(&k, &c->uscc));
    if (rows_incomplete(f->rows))
        return;
    if (!area || e->entry) {
        fold_corrupt(f);
        return;
    }
    e->entry = f->entry->number;
    text_copy(n->name, sizeof n->name, c->name);
    memcpy(e->area, area->code, sizeof e->area);
    if (c->related)
        text_copy(e->related, sizeof e->related, c->related);
    e->ntraits = c->ntraits;
    for (int i = 0; i < c->ntraits; i++) {
        text_copy(e->traits[i].name, sizeof e->traits[i].name, c->traits[i].name);
        e->traits[i].from = c->traits[i].from;
        e->traits[i].to = c->traits[i].to;
    }
}

const struct verb verb_add_enterprise = {"add_enterprise", true, decide_add_enterprise,
                                         fold_add_enterprise, NULL};

static int decide_add_contract(struct deciding *d)
{
    const struct add_contract *c = &d->command->add_contract;
    struct key k;
    const struct contract_row *old =
        rows_read_contract_row(d->rows, key_contract(&k, &c->seller, c->number));
    rows_want(d->rows, key_contract_number(&k, c->number));
    if (memcmp(c->seller.c, c->buyer.c, USCC_LEN) == 0)
        return refuse(d, REASON_SAME_PARTY, NULL);
    if (old) {
        char what[LIMIT_NUMBER + 64];
        snprintf(what, sizeof what, "contract %s of seller %.18s", c->number, c->seller.c);
        return refuse(d, REASON_EXISTS, what);
    }
    return 0;
}

static void fold_add_contract(struct folding *f)
{
    struct key k;
    const struct add_contract *c = &f->entry->command.add_contract;
    struct contract_row *row =
        rows_write_contract_row(f->rows, key_contract(&k, &c->seller, c->number));
    struct contract_number_row *n =
        rows_write_contract_number_row(f->rows, key_contract_number(&k, c->number));
    if (rows_incomplete(f->rows))
        return;
    if (row->entry) {
        fold_corrupt(f);
        return;
    }
    row->entry = f->entry->number;
    row->buyer = c->buyer;
    row->amount = c->amount;
    row->signed_on = c->signed_on;
    if (n->contracts++ == 0)
        n->seller = c->seller;
}

const struct verb verb_add_contract = {"add_contract", true, decide_add_contract, fold_add_contract,
                                       NULL};

static const struct contract_row *outside_contract(struct deciding *d)
{
    const struct add_outside *c = &d->command->add_outside;
    struct uscc seller;
    return find_contract(d, c->contract, &c->seller, "add_outside.contract", "add_outside.seller",
                         &seller);
}

/* The claim key of the spending that a measure's fields name. */
static int outside_key(const struct policy *p, const struct add_outside *c, struct arena *a,
                       struct fault *f, struct key *out)
{
    char text[LIMIT_NUMBER + 1];
    const struct facts *facts;
    const struct measure *m = policy_measure(p, c->measure);
    if (!m || m->spending.contract)
        return fault_set(f, "add_outside.measure", c->measure,
                         "a measure of policy %s whose spending is no contract", p->id);
    int rc = facts_read(p, c->facts, c->nfacts, "add_outside.facts", a, f, &facts);
    if (rc < 0)
        return rc;
    for (int i = 0; i < m->spending.n; i++)
        if (!facts->of[m->spending.fields[i]].given)
            return fault_set(f, "add_outside.facts", p->fields[m->spending.fields[i]].name,
                             "stated: it names the spending of measure %s", m->code);
    if (!spending_text(p, &m->spending, facts, text))
        return fault_set(f, "add_outside.facts", m->code, "values of at most %d bytes together",
                         LIMIT_NUMBER);
    key_claim(out, &(struct spending_name){.text = text}, p, m);
    return 0;
}

static int decide_add_outside(struct deciding *d)
{
    const struct add_outside *c = &d->command->add_outside;
    struct money before = MONEY(0);
    if (c->contract) {
        const struct contract_row *contract = outside_contract(d);
        if (!contract)
            return ERR_INVALID;
        before = contract->outside;
    } else {
        struct key k;
        int rc = outside_key(d->policy, c, d->ledger->arena, d->fault, &k);
        if (rc < 0)
            return rc;
        const struct claim_row *claim = rows_read_claim_row(d->rows, &k);
        before = claim ? claim->outside : MONEY(0);
    }
    if (before.fen > LIMIT_AMOUNT_FEN - c->amount.fen)
        return fault_set(
            d->fault, "add_outside.amount", money_format(c->amount, (char[MONEY_TEXT]){0}),
            "all support from outside for a contract is at most %s yuan", LIMIT_AMOUNT_TEXT);
    return 0;
}

static void fold_add_outside(struct folding *f)
{
    const struct add_outside *c = &f->entry->command.add_outside;
    struct key k;
    struct money *outside;
    bool good = true;
    if (c->contract) {
        struct contract_row *row =
            rows_write_contract_row(f->rows, key_contract(&k, &c->seller, c->contract));
        good = row->entry != 0;
        outside = &row->outside;
    } else {
        const struct policy *p = policies_get(f->ledger->policies, f->entry->policy);
        if (!p || outside_key(p, c, f->ledger->arena, NULL, &k) < 0) {
            fold_corrupt(f);
            return;
        }
        outside = &((struct claim_row *)rows_write(f->rows, &k))->outside;
    }
    if (!rows_incomplete(f->rows) && (!good || money_add(*outside, c->amount, outside) < 0))
        fold_corrupt(f);
}

const struct verb verb_add_outside = {"add_outside", true, decide_add_outside, fold_add_outside,
                                      NULL};
