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

/* area: code, of a pool by area; "": another pool. */
static inline struct key key_line_name(const char *measure, int year, const char *source,
                                       const char *area)
{
    uint8_t head[LIMIT_CODE + 1 + 4] = {0};
    memcpy(head, measure, strlen(measure));
    put_be32(head + LIMIT_CODE + 1, (uint32_t)year);
    struct key k = key_join(TABLE_LINE_NAME, head, sizeof head, source, strlen(source));
    if (area[0]) {
        k.p[k.n++] = 0;
        memcpy(k.p + k.n, area, strlen(area));
        k.n = (uint8_t)(k.n + strlen(area));
    }
    return k;
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

/* What names a claim's spending: a contract by seller and number, or what some fields state, in one
 * text with VALUE_SEPARATOR between them. */
struct spending_name {
    struct uscc seller; /* of a contract; zero otherwise */
    const char *text;
};

/* The n-th value of a spending's text, in the order of the measure's fields. */
static inline size_t spending_value(const char *text, int n, const char **value)
{
    for (; n > 0; n--)
        text = strstr(text, VALUE_SEPARATOR) + 1;
    const char *end = strstr(text, VALUE_SEPARATOR);
    *value = text;
    return end ? (size_t)(end - text) : strlen(text);
}

static inline bool spending_has(const struct spending *key, int field)
{
    for (int i = 0; i < key->n; i++)
        if (key->fields[i] == field)
            return true;
    return false;
}

/* Of the values that name a measure's spending those that are in its key (in), or those that are
 * not, which tell its spendings with one key apart. out has LIMIT_NUMBER + 1 bytes. */
static inline char *spending_part(const struct policy *p, const struct measure *m, const char *text,
                                  bool in, char out[static LIMIT_NUMBER + 1])
{
    const struct spending *key = policy_key(p, m), *order = in ? key : &m->spending;
    size_t at = 0;
    for (int i = 0; i < order->n; i++) {
        const char *value;
        int where = 0;
        if (!in && spending_has(key, order->fields[i]))
            continue;
        while (where + 1 < m->spending.n && m->spending.fields[where] != order->fields[i])
            where++;
        size_t n = spending_value(text, where, &value);
        if (at > 0)
            out[at++] = VALUE_SEPARATOR[0];
        memcpy(out + at, value, n);
        at += n;
    }
    out[at] = 0;
    return out;
}

/* The claim key of a spending; the first byte tells kinds of spending apart. Measures of one
 * exclusive group share it; a measure outside any group has its own. */
static inline struct key key_claim(const struct spending_name *s, const struct policy *p,
                                   const struct measure *m)
{
    bool contract = m->spending.contract, group = m->group >= 0;
    uint8_t head[1 + USCC_LEN + 1];
    char part[LIMIT_NUMBER + 1];
    const char *text = contract ? s->text : spending_part(p, m, s->text, true, part);
    size_t n = strlen(text), nh = 1;
    head[0] = contract ? (group ? 'g' : 'm') : (group ? 'G' : 'M');
    if (contract) {
        memcpy(head + 1, s->seller.c, USCC_LEN);
        nh += USCC_LEN;
    }
    head[nh++] = (uint8_t)n;
    struct key k = key_join(TABLE_CLAIM, head, nh, text, n);
    const char *whose = group ? p->groups[m->group].name : m->code;
    size_t nw = strlen(whose);
    memcpy(k.p + k.n, whose, nw);
    k.n = (uint8_t)(k.n + nw);
    return k;
}

static inline struct key key_tally(const struct tally_key *t)
{
    return key_bytes(TABLE_TALLY, t->text, strlen(t->text));
}

static inline struct key key_counted(uint64_t voucher)
{
    return key_number(TABLE_COUNTED, voucher);
}

static inline struct key key_designation(const struct uscc *enterprise, const char *measure)
{
    return key_join(TABLE_DESIGNATION, enterprise->c, USCC_LEN, measure, strlen(measure));
}

static inline struct key key_queue(const char *measure, int year)
{
    uint8_t n[4];
    put_be32(n, (uint32_t)year);
    return key_join(TABLE_QUEUE, n, sizeof n, measure, strlen(measure));
}

static inline struct key key_waiting(const char *measure, int year, uint32_t place)
{
    uint8_t head[LIMIT_CODE + 1 + 4] = {0}, n[4];
    memcpy(head, measure, strlen(measure));
    put_be32(head + LIMIT_CODE + 1, (uint32_t)year);
    put_be32(n, place);
    return key_join(TABLE_WAITING, head, sizeof head, n, sizeof n);
}

static inline struct key key_turn(const struct spending_name *s, const char *measure)
{
    uint8_t head[USCC_LEN + LIMIT_CODE + 1] = {0};
    memcpy(head, s->seller.c, USCC_LEN);
    memcpy(head + USCC_LEN, measure, strlen(measure));
    return key_join(TABLE_TURN, head, sizeof head, s->text, strlen(s->text));
}

static inline struct key key_waited(uint64_t entry)
{
    return key_number(TABLE_WAITED, entry);
}

static inline struct key key_designated(uint64_t entry)
{
    return key_number(TABLE_DESIGNATED, entry);
}

static inline struct key key_raised(const struct uscc *enterprise, const char *measure,
                                    const char *ceiling)
{
    uint8_t head[USCC_LEN + LIMIT_CODE + 1] = {0};
    memcpy(head, enterprise->c, USCC_LEN);
    memcpy(head + USCC_LEN, measure, strlen(measure));
    return key_join(TABLE_RAISED, head, sizeof head, ceiling, strlen(ceiling));
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
