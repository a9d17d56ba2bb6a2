/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the tables, one maker for each. Texts must be within their limits. */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "model/row.h"
#include "rules/policy.h"

static inline struct key key_head(void)
{
    return key_bytes(TABLE_HEAD, "head", 4);
}

static inline struct key key_policy(uint32_t version)
{
    return key_number(TABLE_POLICY, version);
}

static inline struct key key_line(uint32_t line)
{
    return key_number(TABLE_LINE, line);
}

static inline struct key key_line_name(const char *measure, int year, const char *source)
{
    uint8_t head[LIMIT_CODE + 1 + 4] = {0};
    memcpy(head, measure, strlen(measure));
    put_be32(head + LIMIT_CODE + 1, (uint32_t)year);
    return key_join(TABLE_LINE_NAME, head, sizeof head, source, strlen(source));
}

static inline struct key key_enterprise(const struct uscc *u)
{
    return key_bytes(TABLE_ENTERPRISE, u->c, USCC_LEN);
}

static inline struct key key_contract(const struct uscc *seller, const char *number)
{
    return key_join(TABLE_CONTRACT, seller->c, USCC_LEN, number, strlen(number));
}

static inline struct key key_contract_number(const char *number)
{
    return key_bytes(TABLE_CONTRACT_NUMBER, number, strlen(number));
}

/* The claim key of spending on a contract; the first byte tells it from other kinds of spending.
 * Measures of one exclusive group share it; a measure outside any group has its own. */
static inline struct key key_claim_contract(const struct uscc *seller, const char *number,
                                            const struct policy *p, const struct measure *m)
{
    uint8_t head[1 + USCC_LEN + 1];
    size_t n = strlen(number);
    head[0] = m->group >= 0 ? 'g' : 'm';
    memcpy(head + 1, seller->c, USCC_LEN);
    head[1 + USCC_LEN] = (uint8_t)n;
    struct key k = key_join(TABLE_CLAIM, head, sizeof head, number, n);
    const char *whose = m->group >= 0 ? p->groups[m->group] : m->code;
    size_t nw = strlen(whose);
    memcpy(k.p + k.n, whose, nw);
    k.n = (uint8_t)(k.n + nw);
    return k;
}

static inline struct key key_account(const struct uscc *enterprise, const char *measure)
{
    return key_join(TABLE_ACCOUNT, enterprise->c, USCC_LEN, measure, strlen(measure));
}

static inline struct key key_voucher(uint64_t number)
{
    return key_number(TABLE_VOUCHER, number);
}

static inline struct key key_invoice(const char *number)
{
    return key_bytes(TABLE_INVOICE, number, strlen(number));
}

static inline struct key key_shown(const char *invoice, uint64_t voucher)
{
    uint8_t n[8];
    put_be64(n, voucher);
    return key_join(TABLE_SHOWN, invoice, strlen(invoice), n, sizeof n);
}

static inline struct key key_due(struct day d)
{
    return key_number(TABLE_DUE, (uint64_t)(d.n - DAY_MIN));
}

static inline struct key key_principal(const char *name)
{
    return key_bytes(TABLE_PRINCIPAL, name, strlen(name));
}

/* The id first: time-ordered ids then keep the table's inserts together. */
static inline struct key key_request(const uint8_t id[static 16], uint32_t principal)
{
    uint8_t n[4];
    put_be32(n, principal);
    return key_join(TABLE_REQUEST, id, 16, n, sizeof n);
}

static inline struct key key_refusal(uint64_t entry)
{
    return key_number(TABLE_REFUSAL, entry);
}

/* thing: the line's or voucher's key, or the account's. */
static inline struct key key_signpost(enum balance_kind kind, const struct key *thing,
                                      uint64_t entry)
{
    uint8_t n[8];
    struct key k;
    k.table = TABLE_SIGNPOST;
    k.p[0] = (uint8_t)kind;
    memcpy(k.p + 1, thing->p, thing->n);
    put_be64(n, entry);
    memcpy(k.p + 1 + thing->n, n, sizeof n);
    k.n = (uint8_t)(1 + thing->n + sizeof n);
    return k;
}

#endif
