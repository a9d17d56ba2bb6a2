/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of the tables, one maker for each. Texts must be within their limits. */
#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "model/row.h"
#include "rules/policy.h"

static inline const struct key *key_head(struct key *k)
{
    return key_bytes(k, TABLE_HEAD, "head", 4);
}

static inline const struct key *key_policy(struct key *k, uint32_t version)
{
    return key_number(k, TABLE_POLICY, version);
}

static inline const struct key *key_line(struct key *k, uint32_t line)
{
    return key_number(k, TABLE_LINE, line);
}

/* area: code, of a pool by area; "": another pool. */
static inline const struct key *key_line_name(struct key *k, const char *measure, int year,
                                              const char *source, const char *area)
{
    uint8_t head[LIMIT_CODE + 1 + 4] = {0};
    memcpy(head, measure, strlen(measure));
    put_be32(head + LIMIT_CODE + 1, (uint32_t)year);
    (void)key_join(k, TABLE_LINE_NAME, head, sizeof head, source, strlen(source));
    if (area[0]) {
        (void)key_add(k, "", 1);
        (void)key_add(k, area, strlen(area));
    }
    return k;
}

static inline const struct key *key_enterprise(struct key *k, const struct uscc *u)
{
    return key_bytes(k, TABLE_ENTERPRISE, u->c, USCC_LEN);
}

static inline const struct key *key_enterprise_name(struct key *k, const struct uscc *u)
{
    return key_bytes(k, TABLE_ENTERPRISE_NAME, u->c, USCC_LEN);
}

static inline const struct key *key_contract(struct key *k, const struct uscc *seller,
                                             const char *number)
{
    return key_join(k, TABLE_CONTRACT, seller->c, USCC_LEN, number, strlen(number));
}

static inline const struct key *key_contract_number(struct key *k, const char *number)
{
    return key_bytes(k, TABLE_CONTRACT_NUMBER, number, strlen(number));
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
static inline const struct key *key_claim(struct key *k, const struct spending_name *s,
                                          const struct policy *p, const struct measure *m)
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
    (void)key_join(k, TABLE_CLAIM, head, nh, text, n);
    const char *whose = group ? p->groups[m->group].name : m->code;
    return key_add(k, whose, strlen(whose));
}

static inline const struct key *key_tally(struct key *k, const struct tally_key *t)
{
    return key_bytes(k, TABLE_TALLY, t->text, strlen(t->text));
}

static inline const struct key *key_counted(struct key *k, uint64_t voucher)
{
    return key_number(k, TABLE_COUNTED, voucher);
}

static inline const struct key *key_designation(struct key *k, const struct uscc *enterprise,
                                                const char *measure)
{
    return key_join(k, TABLE_DESIGNATION, enterprise->c, USCC_LEN, measure, strlen(measure));
}

static inline const struct key *key_queue(struct key *k, const char *measure, int year)
{
    uint8_t n[4];
    put_be32(n, (uint32_t)year);
    return key_join(k, TABLE_QUEUE, n, sizeof n, measure, strlen(measure));
}

static inline const struct key *key_waiting(struct key *k, const char *measure, int year,
                                            uint32_t place)
{
    uint8_t head[LIMIT_CODE + 1 + 4] = {0}, n[4];
    memcpy(head, measure, strlen(measure));
    put_be32(head + LIMIT_CODE + 1, (uint32_t)year);
    put_be32(n, place);
    return key_join(k, TABLE_WAITING, head, sizeof head, n, sizeof n);
}

static inline const struct key *key_turn(struct key *k, const struct spending_name *s,
                                         const char *measure)
{
    uint8_t head[USCC_LEN + LIMIT_CODE + 1] = {0};
    memcpy(head, s->seller.c, USCC_LEN);
    memcpy(head + USCC_LEN, measure, strlen(measure));
    return key_join(k, TABLE_TURN, head, sizeof head, s->text, strlen(s->text));
}

static inline const struct key *key_waited(struct key *k, uint64_t entry)
{
    return key_number(k, TABLE_WAITED, entry);
}

static inline const struct key *key_designated(struct key *k, uint64_t entry)
{
    return key_number(k, TABLE_DESIGNATED, entry);
}

static inline const struct key *key_raised(struct key *k, const struct uscc *enterprise,
                                           const char *measure, const char *ceiling)
{
    uint8_t head[USCC_LEN + LIMIT_CODE + 1] = {0};
    memcpy(head, enterprise->c, USCC_LEN);
    memcpy(head + USCC_LEN, measure, strlen(measure));
    return key_join(k, TABLE_RAISED, head, sizeof head, ceiling, strlen(ceiling));
}

static inline const struct key *key_account(struct key *k, const struct uscc *enterprise,
                                            const char *measure)
{
    return key_join(k, TABLE_ACCOUNT, enterprise->c, USCC_LEN, measure, strlen(measure));
}

static inline const struct key *key_voucher(struct key *k, uint64_t number)
{
    return key_number(k, TABLE_VOUCHER, number);
}

static inline const struct key *key_invoice(struct key *k, const char *number)
{
    return key_bytes(k, TABLE_INVOICE, number, strlen(number));
}

static inline const struct key *key_shown(struct key *k, const char *invoice, uint64_t voucher)
{
    uint8_t n[8];
    put_be64(n, voucher);
    return key_join(k, TABLE_SHOWN, invoice, strlen(invoice), n, sizeof n);
}

static inline const struct key *key_due(struct key *k, struct day d)
{
    return key_number(k, TABLE_DUE, (uint64_t)(d.n - DAY_MIN));
}

static inline const struct key *key_principal(struct key *k, const char *name)
{
    return key_bytes(k, TABLE_PRINCIPAL, name, strlen(name));
}

/* The id first: time-ordered ids then keep the table's inserts together. */
static inline const struct key *key_request(struct key *k, const uint8_t id[static 16],
                                            uint32_t principal)
{
    uint8_t n[4];
    put_be32(n, principal);
    return key_join(k, TABLE_REQUEST, id, 16, n, sizeof n);
}

static inline const struct key *key_refusal(struct key *k, uint64_t entry)
{
    return key_number(k, TABLE_REFUSAL, entry);
}

/* thing: the line's or voucher's key, or the account's. */
static inline const struct key *key_signpost(struct key *k, enum balance_kind kind,
                                             const struct key *thing, uint64_t entry)
{
    uint8_t n[8], first = (uint8_t)kind;
    put_be64(n, entry);
    (void)key_join(k, TABLE_SIGNPOST, &first, 1, thing->p, thing->n);
    return key_add(k, n, sizeof n);
}

#endif
