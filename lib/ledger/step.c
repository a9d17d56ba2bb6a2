/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/step.h"

#include <inttypes.h>
#include <stdio.h>

int refuse(struct deciding *d, enum reason reason, const char *detail)
{
    struct entry *e = d->entry;
    e->refused = true;
    e->refusal.reason = reason;
    if (detail)
        snprintf(e->refusal.detail, sizeof e->refusal.detail, "%s", detail);
    e->npostings = 0;
    return 0;
}

struct explanation *explain_begin(struct deciding *d)
{
    struct explanation *x = arena_alloc(d->ledger->arena, sizeof *x);
    if (x) {
        x->nlimits = 0;
        x->nholders = 0;
        d->explanation = x;
        d->entry->explanation = x;
    }
    return x;
}

struct posting *postings_begin(struct deciding *d, uint32_t n)
{
    struct posting *p = arena_alloc(d->ledger->arena, n * sizeof *p);
    d->entry->postings = p;
    d->entry->npostings = 0;
    return p;
}

const struct measure *find_measure(struct deciding *d, const char *code, const char *field)
{
    const struct measure *m = policy_measure(d->policy, code);
    if (m)
        return m;
    char list[128];
    size_t n = 0;
    list[0] = 0;
    for (int i = 0; i < d->policy->nmeasures && n < sizeof list - LIMIT_CODE - 3; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "",
                              d->policy->measures[i].code);
    (void)fault_set(d->fault, field, code, "a measure of policy %s: %s", d->policy->id, list);
    return NULL;
}

const struct enterprise_row *find_enterprise(struct deciding *d, const struct uscc *u,
                                             const char *field)
{
    struct key k;
    const struct enterprise_row *e = rows_read_enterprise_row(d->rows, key_enterprise(&k, u));
    if (!e)
        (void)fault_set_n(d->fault, field, u->c, USCC_LEN,
                          "an enterprise in the book; add it first: voucherctl enterprise add");
    return e;
}

const struct contract_row *find_contract(struct deciding *d, const char *number,
                                         const struct uscc *seller_given,
                                         const char *field_contract, const char *field_seller,
                                         struct uscc *seller)
{
    struct key k;
    struct uscc s;
    if (seller_given) {
        s = *seller_given;
    } else {
        const struct contract_number_row *n =
            rows_read_contract_number_row(d->rows, key_contract_number(&k, number));
        if (n && n->contracts > 1) {
            (void)fault_set(d->fault, field_seller, "",
                            "the seller must be given: %" PRIu32 " contracts have the number '%s'",
                            n->contracts, number);
            return NULL;
        }
        if (!n) {
            (void)fault_set(d->fault, field_contract, number,
                            "a contract in the book; add it first: voucherctl contract add");
            return NULL;
        }
        s = n->seller;
    }
    const struct contract_row *c = rows_read_contract_row(d->rows, key_contract(&k, &s, number));
    if (!c) {
        (void)fault_set(d->fault, field_contract, number,
                        "a contract of seller %.18s in the book; add it first: voucherctl contract "
                        "add",
                        s.c);
        return NULL;
    }
    *seller = s;
    return c;
}

const struct voucher_row *find_voucher(struct deciding *d, uint64_t number, const char *field)
{
    struct key k;
    const struct voucher_row *v = rows_read_voucher_row(d->rows, key_voucher(&k, number));
    if (!v) {
        char text[24];
        snprintf(text, sizeof text, "%" PRIu64, number);
        if (d->head->vouchers)
            (void)fault_set(d->fault, field, text,
                            "the number of a voucher in the book: 1 to %" PRIu64,
                            d->head->vouchers);
        else
            (void)fault_set(d->fault, field, text, "a voucher; none has been issued yet");
    }
    return v;
}

bool attested(const struct attestation *list, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return true;
    return false;
}

uint32_t free_postings(const struct voucher_row *v, uint64_t number, struct posting *out)
{
    uint32_t n = 0;
    for (int i = 0; i < v->nparts; i++)
        if (v->parts[i].open.fen > 0)
            out[n++] = (struct posting){.line = v->parts[i].line,
                                        .voucher = number,
                                        .from = STAGE_COMMITTED,
                                        .to = STAGE_AVAILABLE,
                                        .amount = v->parts[i].open};
    return n;
}
