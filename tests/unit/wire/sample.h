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

static const struct fact sample_facts[] = {
    {"premises", "楼 3"}, {"area", "4999.99"}, {"year", "2025"}};

static const uint64_t sample_paid[] = {7, UINT64_MAX};

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
                                    .related = "漳州数据集团",
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
            .has_rate = true,
            .rate = {300000},
            .nattestations = 2,
            .attestations = {{"filing", "闽网信备〔2025〕7号"}, {"recognition", "A-1"}},
            .nfacts = 3,
            .facts = sample_facts};
        break;
    case COMMAND_REDEEM:
        c.redeem = (struct redeem){.voucher = UINT64_MAX,
                                   .invoice = "12345678901234567890",
                                   .dated = DAY(20279),
                                   .amount = MONEY(33333333),
                                   .nattestations = 1,
                                   .attestations = {{"acceptance", "验-7"}}};
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
    case COMMAND_AMEND_ENTERPRISE:
        c.amend_enterprise = (struct amend_enterprise){.uscc = code(BUYER),
                                                       .area = "350603",
                                                       .related = "集团",
                                                       .ntraits = 1,
                                                       .traits = {{"ai", DAY(20089), DAY(DAY_MAX)}},
                                                       .document = "漳发改〔2026〕1号"};
        break;
    case COMMAND_RAISE_CEILING:
        c.raise_ceiling = (struct raise_ceiling){.enterprise = code(BUYER),
                                                 .measure = "1",
                                                 .ceiling = "每家企业",
                                                 .limit = MONEY(300000000),
                                                 .document = "漳发改〔2026〕2号"};
        break;
    case COMMAND_WITHDRAW:
        c.withdraw = (struct withdraw){.entry = UINT64_MAX, .reason = "不再符合"};
        break;
    case COMMAND_PAY:
        c.pay = (struct payment){.n = 2,
                                 .vouchers = sample_paid,
                                 .has_payee = true,
                                 .payee = code(SELLER),
                                 .document = "支付单1号"};
        break;
    case COMMAND_BANK_RETURN:
        c.bank_return = (struct payment){.n = 2, .vouchers = sample_paid, .document = "退款1号"};
        break;
    case COMMAND_CLOSE_ROUND:
        c.close_round = (struct close_round){.measure = "R", .year = 2026};
        break;
    default:
        c.lapse = (struct lapse){.has_day = true, .day = DAY(-1)};
    }
    return c;
}

#define SAME_CODE(a, b) assert_memory_equal((a).c, (b).c, USCC_LEN)
#define SAME_DAY(a, b)  assert_int_equal((a).n, (b).n)
#define SAME_FEN(a, b)  assert_int_equal((a).fen, (b).fen)

/* Both NULL, or the same. */
static inline void text_same(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static inline void traits_same(int n, const struct trait_span *a, const struct trait_span *b)
{
    for (int i = 0; i < n; i++) {
        assert_string_equal(a[i].name, b[i].name);
        SAME_DAY(a[i].from, b[i].from);
        SAME_DAY(a[i].to, b[i].to);
    }
}

static inline void enterprise_same(const struct add_enterprise *a, const struct add_enterprise *b)
{
    SAME_CODE(a->uscc, b->uscc);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->area, b->area);
    text_same(a->related, b->related);
    assert_int_equal(a->ntraits, b->ntraits);
    traits_same(a->ntraits, a->traits, b->traits);
}

static inline void attestations_same(int n, const struct attestation *a,
                                     const struct attestation *b)
{
    for (int i = 0; i < n; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_string_equal(a[i].document, b[i].document);
    }
}

static inline void facts_same(int n, const struct fact *a, const struct fact *b)
{
    for (int i = 0; i < n; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_string_equal(a[i].value, b[i].value);
    }
}

static inline void issue_same(const struct issue *a, const struct issue *b)
{
    assert_string_equal(a->measure, b->measure);
    SAME_CODE(a->enterprise, b->enterprise);
    text_same(a->contract, b->contract);
    assert_int_equal(a->has_seller, b->has_seller);
    SAME_CODE(a->seller, b->seller);
    assert_int_equal(a->year, b->year);
    assert_int_equal(a->has_amount, b->has_amount);
    SAME_FEN(a->amount, b->amount);
    assert_int_equal(a->has_rate, b->has_rate);
    assert_int_equal(a->rate.ppm, b->rate.ppm);
    assert_int_equal(a->nattestations, b->nattestations);
    attestations_same(a->nattestations, a->attestations, b->attestations);
    assert_int_equal(a->nfacts, b->nfacts);
    facts_same(a->nfacts, a->facts, b->facts);
    text_same(a->person.field, b->person.field);
    text_same(a->person.type, b->person.type);
    text_same(a->person.number, b->person.number);
}

static inline void outside_same(const struct add_outside *a, const struct add_outside *b)
{
    SAME_CODE(a->seller, b->seller);
    text_same(a->contract, b->contract);
    text_same(a->measure, b->measure);
    assert_int_equal(a->nfacts, b->nfacts);
    facts_same(a->nfacts, a->facts, b->facts);
    SAME_FEN(a->amount, b->amount);
    assert_string_equal(a->document, b->document);
}

static inline void amend_same(const struct amend_enterprise *a, const struct amend_enterprise *b)
{
    SAME_CODE(a->uscc, b->uscc);
    text_same(a->area, b->area);
    text_same(a->related, b->related);
    assert_int_equal(a->ntraits, b->ntraits);
    traits_same(a->ntraits, a->traits, b->traits);
    assert_string_equal(a->document, b->document);
}

static inline void raise_same(const struct raise_ceiling *a, const struct raise_ceiling *b)
{
    SAME_CODE(a->enterprise, b->enterprise);
    assert_string_equal(a->measure, b->measure);
    assert_string_equal(a->ceiling, b->ceiling);
    SAME_FEN(a->limit, b->limit);
    assert_string_equal(a->document, b->document);
}

static inline void payment_same(const struct payment *a, const struct payment *b)
{
    assert_int_equal(a->n, b->n);
    for (uint32_t i = 0; i < a->n; i++)
        assert_true(a->vouchers[i] == b->vouchers[i]);
    assert_int_equal(a->has_payee, b->has_payee);
    if (a->has_payee)
        SAME_CODE(a->payee, b->payee);
    assert_string_equal(a->document, b->document);
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
        assert_int_equal(a->redeem.nattestations, b->redeem.nattestations);
        attestations_same(a->redeem.nattestations, a->redeem.attestations, b->redeem.attestations);
        break;
    case COMMAND_VOID:
        assert_true(a->void_voucher.voucher == b->void_voucher.voucher);
        assert_string_equal(a->void_voucher.reason, b->void_voucher.reason);
        break;
    case COMMAND_ADD_OUTSIDE:
        outside_same(&a->add_outside, &b->add_outside);
        break;
    case COMMAND_AMEND_ENTERPRISE:
        amend_same(&a->amend_enterprise, &b->amend_enterprise);
        break;
    case COMMAND_RAISE_CEILING:
        raise_same(&a->raise_ceiling, &b->raise_ceiling);
        break;
    case COMMAND_WITHDRAW:
        assert_true(a->withdraw.entry == b->withdraw.entry);
        assert_string_equal(a->withdraw.reason, b->withdraw.reason);
        break;
    case COMMAND_PAY:
        payment_same(&a->pay, &b->pay);
        break;
    case COMMAND_BANK_RETURN:
        payment_same(&a->bank_return, &b->bank_return);
        break;
    case COMMAND_CLOSE_ROUND:
        assert_string_equal(a->close_round.measure, b->close_round.measure);
        assert_int_equal(a->close_round.year, b->close_round.year);
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

/* NULL, or a line. */
static inline void line_sound_if(const char *s, size_t limit)
{
    if (s)
        line_sound(s, limit);
}

static inline void traits_sound(int n, const struct trait_span *list)
{
    assert_in_range(n, 0, LIMIT_TRAITS);
    for (int i = 0; i < n; i++) {
        line_sound(list[i].name, LIMIT_NAME);
        day_sound(list[i].from);
        day_sound(list[i].to);
    }
}

static inline void attestations_sound(int n, const struct attestation *list)
{
    assert_in_range(n, 0, LIMIT_ATTESTATIONS);
    for (int i = 0; i < n; i++) {
        line_sound(list[i].name, LIMIT_NAME);
        line_sound(list[i].document, LIMIT_TEXT);
    }
}

static inline void facts_sound(int n, const struct fact *list)
{
    assert_in_range(n, 0, LIMIT_FACTS);
    for (int i = 0; i < n; i++) {
        line_sound(list[i].name, LIMIT_NAME);
        line_sound(list[i].value, LIMIT_FACT);
    }
}

static inline void issue_sound(const struct issue *i)
{
    line_sound(i->measure, LIMIT_CODE);
    line_sound_if(i->contract, LIMIT_NUMBER);
    code_sound(i->enterprise);
    assert_true(i->contract || !i->has_seller);
    if (i->has_amount)
        amount_sound(i->amount);
    if (i->has_rate)
        assert_in_range(i->rate.ppm, 1, RATE_ONE);
    attestations_sound(i->nattestations, i->attestations);
    assert_in_range(i->nfacts + (i->person.field != NULL), 0, LIMIT_FACTS);
    facts_sound(i->nfacts, i->facts);
    line_sound_if(i->person.field, LIMIT_NAME);
    assert_int_equal(!i->person.field, !i->person.type);
    assert_int_equal(!i->person.field, !i->person.number);
}

static inline void outside_sound(const struct add_outside *o)
{
    assert_int_equal(o->contract == NULL, o->measure != NULL);
    if (o->contract)
        code_sound(o->seller);
    line_sound_if(o->contract, LIMIT_NUMBER);
    line_sound_if(o->measure, LIMIT_CODE);
    facts_sound(o->nfacts, o->facts);
    line_sound(o->document, LIMIT_TEXT);
    amount_sound(o->amount);
}

static inline void payment_sound(const struct payment *p)
{
    assert_in_range(p->n, 1, LIMIT_PAYMENT);
    for (uint32_t i = 0; i < p->n; i++)
        assert_true(p->vouchers[i] >= 1);
    if (p->has_payee)
        code_sound(p->payee);
    line_sound(p->document, LIMIT_TEXT);
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
        line_sound_if(c->add_enterprise.related, LIMIT_NAME);
        traits_sound(c->add_enterprise.ntraits, c->add_enterprise.traits);
        break;
    case COMMAND_ADD_CONTRACT:
        line_sound(c->add_contract.number, LIMIT_NUMBER);
        code_sound(c->add_contract.seller);
        code_sound(c->add_contract.buyer);
        amount_sound(c->add_contract.amount);
        day_sound(c->add_contract.signed_on);
        break;
    case COMMAND_ISSUE:
        issue_sound(&c->issue);
        break;
    case COMMAND_REDEEM:
        assert_true(c->redeem.voucher >= 1);
        day_sound(c->redeem.dated);
        amount_sound(c->redeem.amount);
        attestations_sound(c->redeem.nattestations, c->redeem.attestations);
        break;
    case COMMAND_VOID:
        assert_true(c->void_voucher.voucher >= 1);
        line_sound(c->void_voucher.reason, LIMIT_TEXT);
        break;
    case COMMAND_ADD_OUTSIDE:
        outside_sound(&c->add_outside);
        break;
    case COMMAND_AMEND_ENTERPRISE:
        code_sound(c->amend_enterprise.uscc);
        line_sound_if(c->amend_enterprise.area, LIMIT_NAME);
        line_sound_if(c->amend_enterprise.related, LIMIT_NAME);
        traits_sound(c->amend_enterprise.ntraits, c->amend_enterprise.traits);
        line_sound(c->amend_enterprise.document, LIMIT_TEXT);
        break;
    case COMMAND_RAISE_CEILING:
        code_sound(c->raise_ceiling.enterprise);
        line_sound(c->raise_ceiling.measure, LIMIT_CODE);
        line_sound(c->raise_ceiling.ceiling, LIMIT_NAME);
        line_sound(c->raise_ceiling.document, LIMIT_TEXT);
        amount_sound(c->raise_ceiling.limit);
        break;
    case COMMAND_WITHDRAW:
        assert_true(c->withdraw.entry >= 1);
        line_sound(c->withdraw.reason, LIMIT_TEXT);
        break;
    case COMMAND_PAY:
        payment_sound(&c->pay);
        break;
    case COMMAND_BANK_RETURN:
        payment_sound(&c->bank_return);
        break;
    case COMMAND_CLOSE_ROUND:
        line_sound(c->close_round.measure, LIMIT_CODE);
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
