/* SPDX-License-Identifier: Apache-2.0 */
/* Samples for the tests of lib/wire: one command of each kind with every field set, comparisons
 * field by field, and protobuf bytes written by hand (so that what the codec takes is not only what
 * it writes). */
#ifndef TEST_WIRE_SAMPLE_H
#define TEST_WIRE_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "model/command.h"

#define SELLER "91350100M000100Y43"
#define BUYER  "91350602MA000TX06E"
#define THIRD  "91350604MAWY00014G"

static inline struct uscc code(const char *text)
{
    struct uscc u;
    memcpy(u.c, text, USCC_LEN);
    return u;
}

/* ---- Commands ---- */

static inline struct command sample_command(enum command_kind kind)
{
    struct command c = {.kind = kind};
    for (int i = 0; i < 16; i++)
        c.request_id[i] = (uint8_t)(0xa0 + i);
    switch (kind) {
    case COMMAND_CREATE_BOOK:
        memset(c.request_id, 0, 16);
        c.create_book = (struct create_book){.format = 1, .digest = DIGEST_SHA256, .test_clock = 1};
        break;
    case COMMAND_ADOPT_POLICY:
        c.adopt_policy.file = SPAN("id: zhangzhou-2025\n\0 tail", 25);
        break;
    case COMMAND_APPROPRIATE:
        c.appropriate = (struct appropriate){.measure = "3A",
                                             .year = 2025,
                                             .source = "city",
                                             .amount = MONEY(INT64_C(900000000000000)),
                                             .document = "漳财〔2025〕12号"};
        break;
    case COMMAND_ADD_ENTERPRISE:
        c.add_enterprise =
            (struct add_enterprise){.uscc = code(BUYER),
                                    .name = "漳州数据有限公司",
                                    .area = "350602",
                                    .ntraits = 3,
                                    .traits = {{"annotation", DAY(DAY_MIN), DAY(DAY_MAX)},
                                               {"annotation-base", DAY(20089), DAY(20453)},
                                               {"ai", DAY(0), DAY(0)}}};
        break;
    case COMMAND_ADD_CONTRACT:
        c.add_contract = (struct add_contract){.number = "HT-2025/001",
                                               .seller = code(SELLER),
                                               .buyer = code(BUYER),
                                               .amount = MONEY(300000000),
                                               .signed_on = DAY(0)};
        break;
    case COMMAND_ISSUE:
        c.issue = (struct issue){
            .measure = "1",
            .enterprise = code(BUYER),
            .contract = "HT-2025/001",
            .has_seller = true,
            .seller = code(SELLER),
            .year = 2025,
            .has_amount = true,
            .amount = MONEY(1),
            .nattestations = 2,
            .attestations = {{"filing", "闽网信备〔2025〕7号"}, {"recognition", "A-1"}}};
        break;
    case COMMAND_REDEEM:
        c.redeem = (struct redeem){.voucher = UINT64_MAX,
                                   .invoice = "12345678901234567890",
                                   .dated = DAY(20279),
                                   .amount = MONEY(33333333)};
        break;
    case COMMAND_VOID:
        c.void_voucher = (struct void_voucher){.voucher = 7, .reason = "contract cancelled"};
        break;
    case COMMAND_ADD_OUTSIDE:
        c.add_outside = (struct add_outside){.seller = code(SELLER),
                                             .contract = "HT-2025/001",
                                             .amount = MONEY(200),
                                             .document = "闽发改〔2025〕3号"};
        break;
    default:
        c.lapse = (struct lapse){.has_day = true, .day = DAY(-1)};
    }
    return c;
}

#define SAME_CODE(a, b) assert_memory_equal((a).c, (b).c, USCC_LEN)
#define SAME_DAY(a, b)  assert_int_equal((a).n, (b).n)
#define SAME_FEN(a, b)  assert_int_equal((a).fen, (b).fen)

static inline void enterprise_same(const struct add_enterprise *a, const struct add_enterprise *b)
{
    SAME_CODE(a->uscc, b->uscc);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->area, b->area);
    assert_int_equal(a->ntraits, b->ntraits);
    for (int i = 0; i < a->ntraits; i++) {
        assert_string_equal(a->traits[i].name, b->traits[i].name);
        SAME_DAY(a->traits[i].from, b->traits[i].from);
        SAME_DAY(a->traits[i].to, b->traits[i].to);
    }
}

static inline void issue_same(const struct issue *a, const struct issue *b)
{
    assert_string_equal(a->measure, b->measure);
    SAME_CODE(a->enterprise, b->enterprise);
    assert_string_equal(a->contract, b->contract);
    assert_int_equal(a->has_seller, b->has_seller);
    SAME_CODE(a->seller, b->seller);
    assert_int_equal(a->year, b->year);
    assert_int_equal(a->has_amount, b->has_amount);
    SAME_FEN(a->amount, b->amount);
    assert_int_equal(a->nattestations, b->nattestations);
    for (int i = 0; i < a->nattestations; i++) {
        assert_string_equal(a->attestations[i].name, b->attestations[i].name);
        assert_string_equal(a->attestations[i].document, b->attestations[i].document);
    }
}

static inline void command_same(const struct command *a, const struct command *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_memory_equal(a->request_id, b->request_id, 16);
    switch (a->kind) {
    case COMMAND_CREATE_BOOK:
        assert_int_equal(a->create_book.format, b->create_book.format);
        assert_int_equal(a->create_book.digest, b->create_book.digest);
        assert_int_equal(a->create_book.test_clock, b->create_book.test_clock);
        break;
    case COMMAND_ADOPT_POLICY:
        assert_true(span_equal(a->adopt_policy.file, b->adopt_policy.file));
        break;
    case COMMAND_APPROPRIATE:
        assert_string_equal(a->appropriate.measure, b->appropriate.measure);
        assert_int_equal(a->appropriate.year, b->appropriate.year);
        assert_string_equal(a->appropriate.source, b->appropriate.source);
        SAME_FEN(a->appropriate.amount, b->appropriate.amount);
        assert_string_equal(a->appropriate.document, b->appropriate.document);
        break;
    case COMMAND_ADD_ENTERPRISE:
        enterprise_same(&a->add_enterprise, &b->add_enterprise);
        break;
    case COMMAND_ADD_CONTRACT:
        assert_string_equal(a->add_contract.number, b->add_contract.number);
        SAME_CODE(a->add_contract.seller, b->add_contract.seller);
        SAME_CODE(a->add_contract.buyer, b->add_contract.buyer);
        SAME_FEN(a->add_contract.amount, b->add_contract.amount);
        SAME_DAY(a->add_contract.signed_on, b->add_contract.signed_on);
        break;
    case COMMAND_ISSUE:
        issue_same(&a->issue, &b->issue);
        break;
    case COMMAND_REDEEM:
        assert_true(a->redeem.voucher == b->redeem.voucher);
        assert_string_equal(a->redeem.invoice, b->redeem.invoice);
        SAME_DAY(a->redeem.dated, b->redeem.dated);
        SAME_FEN(a->redeem.amount, b->redeem.amount);
        break;
    case COMMAND_VOID:
        assert_true(a->void_voucher.voucher == b->void_voucher.voucher);
        assert_string_equal(a->void_voucher.reason, b->void_voucher.reason);
        break;
    case COMMAND_ADD_OUTSIDE:
        SAME_CODE(a->add_outside.seller, b->add_outside.seller);
        assert_string_equal(a->add_outside.contract, b->add_outside.contract);
        SAME_FEN(a->add_outside.amount, b->add_outside.amount);
        assert_string_equal(a->add_outside.document, b->add_outside.document);
        break;
    default:
        assert_int_equal(a->lapse.has_day, b->lapse.has_day);
        SAME_DAY(a->lapse.day, b->lapse.day);
    }
}

/* ---- Values that must hold whatever was read ---- */

static inline void amount_sound(struct money m)
{
    assert_true(m.fen >= 1 && m.fen <= LIMIT_AMOUNT_FEN);
}

static inline void day_sound(struct day d)
{
    assert_true(d.n >= DAY_MIN && d.n <= DAY_MAX);
}

static inline void line_sound(const char *s, size_t limit)
{
    assert_true(text_is_line(s, strlen(s), limit));
}

static inline void code_sound(struct uscc u)
{
    assert_int_equal(uscc_parse(u.c, USCC_LEN, "", NULL, NULL), 0);
}

static inline void command_sound(const struct command *c)
{
    switch (c->kind) {
    case COMMAND_CREATE_BOOK:
        assert_int_equal(c->create_book.digest, DIGEST_SHA256);
        break;
    case COMMAND_ADOPT_POLICY:
        assert_in_range(c->adopt_policy.file.n, 1, LIMIT_POLICY_BYTES);
        break;
    case COMMAND_APPROPRIATE:
        line_sound(c->appropriate.measure, LIMIT_CODE);
        line_sound(c->appropriate.source, LIMIT_NAME);
        line_sound(c->appropriate.document, LIMIT_TEXT);
        assert_in_range(c->appropriate.year, 1900, 2199);
        amount_sound(c->appropriate.amount);
        break;
    case COMMAND_ADD_ENTERPRISE:
        code_sound(c->add_enterprise.uscc);
        line_sound(c->add_enterprise.name, LIMIT_TEXT);
        line_sound(c->add_enterprise.area, LIMIT_NAME);
        assert_in_range(c->add_enterprise.ntraits, 0, LIMIT_TRAITS);
        for (int i = 0; i < c->add_enterprise.ntraits; i++) {
            line_sound(c->add_enterprise.traits[i].name, LIMIT_NAME);
            day_sound(c->add_enterprise.traits[i].from);
            day_sound(c->add_enterprise.traits[i].to);
        }
        break;
    case COMMAND_ADD_CONTRACT:
        line_sound(c->add_contract.number, LIMIT_NUMBER);
        code_sound(c->add_contract.seller);
        code_sound(c->add_contract.buyer);
        amount_sound(c->add_contract.amount);
        day_sound(c->add_contract.signed_on);
        break;
    case COMMAND_ISSUE:
        line_sound(c->issue.measure, LIMIT_CODE);
        line_sound(c->issue.contract, LIMIT_NUMBER);
        code_sound(c->issue.enterprise);
        if (c->issue.has_amount)
            amount_sound(c->issue.amount);
        assert_in_range(c->issue.nattestations, 0, LIMIT_ATTESTATIONS);
        for (int i = 0; i < c->issue.nattestations; i++) {
            line_sound(c->issue.attestations[i].name, LIMIT_NAME);
            line_sound(c->issue.attestations[i].document, LIMIT_TEXT);
        }
        break;
    case COMMAND_REDEEM:
        assert_true(c->redeem.voucher >= 1);
        day_sound(c->redeem.dated);
        amount_sound(c->redeem.amount);
        break;
    case COMMAND_VOID:
        assert_true(c->void_voucher.voucher >= 1);
        line_sound(c->void_voucher.reason, LIMIT_TEXT);
        break;
    case COMMAND_ADD_OUTSIDE:
        code_sound(c->add_outside.seller);
        line_sound(c->add_outside.contract, LIMIT_NUMBER);
        line_sound(c->add_outside.document, LIMIT_TEXT);
        amount_sound(c->add_outside.amount);
        break;
    default:
        assert_int_equal(c->kind, COMMAND_LAPSE);
        day_sound(c->lapse.day);
    }
}

/* ---- protobuf by hand ---- */

static inline void pb_varint(struct buf *b, uint64_t v)
{
    uint8_t byte;
    do {
        byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        assert_int_equal(buf_add(b, &byte, 1), 0);
        v >>= 7;
    } while (v);
}

static inline void pb_number(struct buf *b, uint32_t tag, int64_t v)
{
    pb_varint(b, (uint64_t)tag << 3);
    pb_varint(b, (uint64_t)v);
}

static inline void pb_bytes(struct buf *b, uint32_t tag, const void *p, size_t n)
{
    pb_varint(b, (uint64_t)tag << 3 | 2);
    pb_varint(b, n);
    assert_int_equal(buf_add(b, p, n), 0);
}

static inline void pb_text(struct buf *b, uint32_t tag, const char *s)
{
    pb_bytes(b, tag, s, strlen(s));
}

/* Puts what b holds into a field of a new message, which b holds then. */
static inline void pb_wrap(struct buf *b, uint32_t tag)
{
    struct buf outer = {0};
    pb_bytes(&outer, tag, b->p, b->n);
    buf_free(b);
    *b = outer;
}

/* A small generator with a fixed seed: failures repeat. */
static inline uint32_t test_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Changes a few bytes, cuts, doubles or moves a piece. b has room for twice its bytes. */
static inline void mutate(uint64_t *state, uint8_t *p, size_t *n)
{
    for (uint32_t i = 0, k = 1 + test_random(state) % 4; i<k && * n> 0; i++) {
        size_t at = test_random(state) % *n, other = test_random(state) % *n;
        size_t len = test_random(state) % (*n - (at > other ? at : other));
        switch (test_random(state) % 6) {
        case 0:
            p[at] = (uint8_t)test_random(state);
            break;
        case 1:
            p[at] ^= (uint8_t)(1U << test_random(state) % 8);
            break;
        case 2:
            p[at] = (uint8_t)(p[at] + (test_random(state) % 2 ? 1 : -1));
            break;
        case 3:
            memmove(p + at, p + other, len);
            break;
        case 4:
            *n -= len;
            memmove(p + at, p + at + len, *n - at);
            break;
        default:
            p[at] = test_random(state) % 2 ? 0xff : 0;
        }
    }
}

#endif
