/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the ledger and of the book share: commands made in a line, days, policy files. */
#ifndef TEST_MAKE_H
#define TEST_MAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/day.h"
#include "model/command.h"

#define SELLER code("91350100M000100Y43")
#define BUYER  code("91350602MA000TX06E")
#define OTHER  code("91350604MAWY00014G")
#define THIRD  code("91350602MA00001970")
#define NOBODY code("92350623MA000J7K7Q")

#define YUAN(y) INT64_C(y##00)

static inline struct uscc code(const char *text)
{
    struct uscc u;
    memcpy(u.c, text, USCC_LEN);
    return u;
}

/* The n-th of many valid codes. */
static inline struct uscc nth_code(unsigned n)
{
    static const char digits[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    char text[USCC_LEN + 1];
    int sum = 0, weight = 1;
    snprintf(text, sizeof text, "91350602%09u0", n % 1000000000U);
    for (int i = 0; i < USCC_LEN - 1; i++) {
        sum += (text[i] - '0') * weight;
        weight = weight * 3 % 31;
    }
    text[USCC_LEN - 1] = digits[(31 - sum % 31) % 31];
    return code(text);
}

/* A whole hour of a day in Shanghai. */
static inline struct instant at(int year, int month, int day, int hour)
{
    return INSTANT(((int64_t)day_make(year, month, day).n * 86400 + (hour - 8) * INT64_C(3600)) *
                   1000000);
}

/* A file of the source tree; the bytes are the caller's to free. */
static inline struct span read_source(const char *name)
{
    char path[1024];
    const char *root = getenv("VOUCHERD_SOURCE");
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
    FILE *f = fopen(path, "rb");
    uint8_t *p = malloc(LIMIT_POLICY_BYTES);
    size_t n = f && p ? fread(p, 1, LIMIT_POLICY_BYTES, f) : 0;
    if (f)
        fclose(f);
    if (!n)
        fprintf(stderr, "%s can't be read\n", path);
    return SPAN(p, n);
}

/* ---- Commands: each with a request id of its own ---- */

static inline struct command make(enum command_kind kind)
{
    static uint64_t last;
    struct command c = {.kind = kind};
    put_be64(c.request_id, ++last);
    c.request_id[15] = 7;
    return c;
}

static inline struct command make_book(bool test_clock)
{
    struct command c = {.kind = COMMAND_CREATE_BOOK};
    c.create_book.format = 1;
    c.create_book.digest = DIGEST_SHA256;
    c.create_book.test_clock = test_clock;
    return c;
}

static inline struct command make_adopt(struct span file)
{
    struct command c = make(COMMAND_ADOPT_POLICY);
    c.adopt_policy.file = file;
    return c;
}

static inline struct command make_appropriate(const char *measure, int year, const char *source,
                                              int64_t fen)
{
    struct command c = make(COMMAND_APPROPRIATE);
    c.appropriate = (struct appropriate){.measure = measure,
                                         .year = year,
                                         .source = source,
                                         .amount = MONEY(fen),
                                         .document = "a document"};
    return c;
}

static inline struct command make_enterprise(struct uscc u, const char *area)
{
    struct command c = make(COMMAND_ADD_ENTERPRISE);
    c.add_enterprise.uscc = u;
    c.add_enterprise.name = "a company";
    c.add_enterprise.area = area;
    return c;
}

static inline void with_trait(struct command *c, const char *name, struct day from, struct day to)
{
    c->add_enterprise.traits[c->add_enterprise.ntraits++] = (struct trait_span){name, from, to};
}

static inline struct command make_contract(const char *number, struct uscc seller,
                                           struct uscc buyer, int64_t fen)
{
    struct command c = make(COMMAND_ADD_CONTRACT);
    c.add_contract = (struct add_contract){number, seller, buyer, MONEY(fen), day_make(2025, 3, 1)};
    return c;
}

static inline struct command make_issue(const char *measure, struct uscc enterprise,
                                        const char *contract)
{
    struct command c = make(COMMAND_ISSUE);
    c.issue.measure = measure;
    c.issue.enterprise = enterprise;
    c.issue.contract = contract;
    return c;
}

static inline struct command make_issue_of(const char *measure, struct uscc enterprise,
                                           const char *contract, int64_t fen)
{
    struct command c = make_issue(measure, enterprise, contract);
    c.issue.has_amount = true;
    c.issue.amount = MONEY(fen);
    return c;
}

static inline void with_attestation(struct command *c, const char *name)
{
    c->issue.attestations[c->issue.nattestations++] = (struct attestation){name, "paper 1"};
}

static inline struct command make_redeem(uint64_t voucher, const char *invoice, struct day dated,
                                         int64_t fen)
{
    struct command c = make(COMMAND_REDEEM);
    c.redeem = (struct redeem){
        .voucher = voucher, .invoice = invoice, .dated = dated, .amount = MONEY(fen)};
    return c;
}

/* The n-th of many valid invoice numbers, kept as long as the program runs. */
static inline const char *nth_invoice(unsigned n)
{
    static char numbers[4096][24];
    char *text = numbers[n % 4096];
    snprintf(text, sizeof numbers[0], "2535%016u", n);
    return text;
}

static inline struct command make_void(uint64_t voucher)
{
    struct command c = make(COMMAND_VOID);
    c.void_voucher = (struct void_voucher){voucher, "a reason"};
    return c;
}

static inline struct command make_outside(const char *contract, struct uscc seller, int64_t fen)
{
    struct command c = make(COMMAND_ADD_OUTSIDE);
    c.add_outside = (struct add_outside){
        .contract = contract, .seller = seller, .amount = MONEY(fen), .document = "a document"};
    return c;
}

static inline struct command make_amend(struct uscc u)
{
    struct command c = make(COMMAND_AMEND_ENTERPRISE);
    c.amend_enterprise.uscc = u;
    c.amend_enterprise.document = "a document";
    return c;
}

static inline struct command make_raise(struct uscc u, const char *measure, const char *ceiling,
                                        int64_t fen)
{
    struct command c = make(COMMAND_RAISE_CEILING);
    c.raise_ceiling = (struct raise_ceiling){u, measure, ceiling, MONEY(fen), "a document"};
    return c;
}

static inline struct command make_withdraw(uint64_t entry)
{
    struct command c = make(COMMAND_WITHDRAW);
    c.withdraw = (struct withdraw){entry, "a reason"};
    return c;
}

static inline struct command make_payment(enum command_kind kind, uint32_t n,
                                          const uint64_t *vouchers)
{
    struct command c = make(kind);
    c.pay = (struct payment){.n = n, .vouchers = vouchers, .document = "a document"};
    return c;
}

static inline struct command make_close(const char *measure)
{
    struct command c = make(COMMAND_CLOSE_ROUND);
    c.close_round.measure = measure;
    return c;
}

static inline struct command make_lapse(void)
{
    return make(COMMAND_LAPSE);
}

static inline struct command make_lapse_by(struct day d)
{
    struct command c = make(COMMAND_LAPSE);
    c.lapse = (struct lapse){true, d};
    return c;
}

#endif
