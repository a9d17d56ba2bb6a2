/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of entries for the tests of lib/wire, and their comparison field by field. */
#ifndef TEST_WIRE_SAMPLE_ENTRY_H
#define TEST_WIRE_SAMPLE_ENTRY_H

#include "model/entry.h"
#include "sample.h"

static const struct posting sample_postings[] = {
    {1, 7, STAGE_AVAILABLE, STAGE_COMMITTED, {75000000}},
    {2, 0, STAGE_OUTSIDE, STAGE_AVAILABLE, {LIMIT_AMOUNT_FEN}},
    {UINT32_MAX, UINT64_MAX, STAGE_PAID, STAGE_RETURNED, {1}},
};

static const struct balance sample_balances[] = {
    {BALANCE_LINE, 1, 0, {.at = {{1}, {2}, {3}, {4}, {5}, {INT64_MAX}}}, {0}},
    {BALANCE_VOUCHER, 7, 41, {.at = {{0}, {0}, {75000000}, {0}, {0}, {0}}}, {0}},
    {BALANCE_ACCOUNT, 7, 40, {.at = {{0}, {0}, {75000000}, {0}, {0}, {0}}}, {75000000}},
};

static const uint64_t sample_lapsed[] = {5, 1, UINT64_MAX};

static const struct explanation sample_explanation = {
    .nlimits = 3,
    .limits = {{.rule = RULE_RATE,
                .at_most = {150000000},
                .base = {300000000},
                .rate = {500000},
                .name = ""},
               {.rule = RULE_CEILING,
                .binding = 1,
                .at_most = {75000000},
                .limit = {200000000},
                .used = {130000000},
                .own = {5000000},
                .name = "每家企业"},
               {.rule = RULE_UNIT,
                .at_most = {249999500},
                .base = {50000},
                .quantity = INT64_C(49999900)}},
    .nholders = 2,
    .holders = {9, 3},
};

static inline struct entry sample_entry(enum command_kind kind)
{
    struct entry e = {
        .number = 42,
        .time = INSTANT(INT64_C(1752109200000001)),
        .day = DAY(20279),
        .policy = 3,
        .rules = 1,
        .principal = "uid:1001",
        .command = sample_command(kind),
        .npostings = 3,
        .postings = sample_postings,
        .nbalances = 3,
        .balances = sample_balances,
    };
    if (kind == COMMAND_CREATE_BOOK) {
        e.number = 1;
        e.principal = "";
        e.npostings = e.nbalances = 0;
    }
    switch (kind) {
    case COMMAND_ADOPT_POLICY:
        e.done.policy_version.version = 4;
        break;
    case COMMAND_APPROPRIATE:
        e.done.line.line = 12;
        break;
    case COMMAND_ISSUE:
        e.explanation = &sample_explanation;
        e.done.issue = (struct done_issue){.voucher = 7,
                                           .face = MONEY(75000000),
                                           .base = MONEY(300000000),
                                           .rate = {500000},
                                           .valid_to = DAY(20818),
                                           .redeem_to = DAY(20848),
                                           .seller = code(SELLER),
                                           .tops_up = 6,
                                           .paid_out = true,
                                           .spent = MONEY(300000000)};
        break;
    case COMMAND_REDEEM:
        e.done.redeem = (struct done_redeem){.paid = MONEY(9999999), .invoice_shared = true};
        break;
    case COMMAND_VOID:
        e.done.freed.freed = MONEY(20000001);
        break;
    case COMMAND_LAPSE:
        e.done.lapse = (struct done_lapse){.day = DAY(20278),
                                           .vouchers = 3,
                                           .freed = MONEY(5),
                                           .more = true,
                                           .next_day = DAY(20270),
                                           .next_voucher = 4};
        e.nlapsed = 3;
        e.lapsed = sample_lapsed;
        break;
    case COMMAND_PAY:
    case COMMAND_BANK_RETURN:
        e.done.payment.amount = MONEY(7501);
        break;
    case COMMAND_CLOSE_ROUND:
        e.done.round =
            (struct done_round){.claims = 3, .wanted = MONEY(1200), .allowed = MONEY(1000)};
        break;
    default:
        break;
    }
    return e;
}

static inline struct entry sample_refusal(void)
{
    struct entry e = sample_entry(COMMAND_ISSUE);
    memset(&e.done, 0, sizeof e.done);
    e.npostings = e.nbalances = 0;
    e.refused = true;
    e.refusal = (struct refusal){.reason = REASON_TRAIT_MISSING,
                                 .detail = "annotation",
                                 .day = DAY(20279),
                                 .day_to = DAY(-3),
                                 .asked = MONEY(1),
                                 .voucher = 8};
    return e;
}

static inline void explanation_same(const struct explanation *a, const struct explanation *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (!a)
        return;
    assert_int_equal(a->nlimits, b->nlimits);
    for (int i = 0; i < a->nlimits; i++) {
        const struct limit *x = &a->limits[i], *y = &b->limits[i];
        assert_int_equal(x->rule, y->rule);
        assert_int_equal(x->binding, y->binding);
        SAME_FEN(x->at_most, y->at_most);
        SAME_FEN(x->base, y->base);
        assert_int_equal(x->rate.ppm, y->rate.ppm);
        SAME_FEN(x->limit, y->limit);
        SAME_FEN(x->used, y->used);
        SAME_FEN(x->own, y->own);
        assert_true(x->quantity == y->quantity);
        assert_string_equal(x->name, y->name);
    }
    assert_int_equal(a->nholders, b->nholders);
    for (int i = 0; i < a->nholders; i++)
        assert_true(a->holders[i] == b->holders[i]);
}

static inline void done_same(const struct entry *a, const struct entry *b)
{
    const struct done_issue *x = &a->done.issue, *y = &b->done.issue;
    switch (a->command.kind) {
    case COMMAND_ADOPT_POLICY:
        assert_int_equal(a->done.policy_version.version, b->done.policy_version.version);
        break;
    case COMMAND_APPROPRIATE:
        assert_int_equal(a->done.line.line, b->done.line.line);
        break;
    case COMMAND_ISSUE:
        assert_true(x->voucher == y->voucher && x->tops_up == y->tops_up);
        SAME_FEN(x->face, y->face);
        SAME_FEN(x->base, y->base);
        assert_int_equal(x->rate.ppm, y->rate.ppm);
        SAME_DAY(x->valid_to, y->valid_to);
        SAME_DAY(x->redeem_to, y->redeem_to);
        SAME_CODE(x->seller, y->seller);
        assert_int_equal(x->given, y->given);
        assert_int_equal(x->paid_out, y->paid_out);
        SAME_FEN(x->spent, y->spent);
        SAME_FEN(x->wanted, y->wanted);
        SAME_FEN(x->accounted, y->accounted);
        break;
    case COMMAND_REDEEM:
        SAME_FEN(a->done.redeem.paid, b->done.redeem.paid);
        assert_int_equal(a->done.redeem.invoice_shared, b->done.redeem.invoice_shared);
        break;
    case COMMAND_PAY:
    case COMMAND_BANK_RETURN:
        SAME_FEN(a->done.payment.amount, b->done.payment.amount);
        break;
    case COMMAND_CLOSE_ROUND:
        assert_int_equal(a->done.round.claims, b->done.round.claims);
        SAME_FEN(a->done.round.wanted, b->done.round.wanted);
        SAME_FEN(a->done.round.allowed, b->done.round.allowed);
        break;
    case COMMAND_VOID:
        SAME_FEN(a->done.freed.freed, b->done.freed.freed);
        break;
    case COMMAND_LAPSE:
        SAME_DAY(a->done.lapse.day, b->done.lapse.day);
        SAME_FEN(a->done.lapse.freed, b->done.lapse.freed);
        assert_int_equal(a->done.lapse.more, b->done.lapse.more);
        SAME_DAY(a->done.lapse.next_day, b->done.lapse.next_day);
        assert_true(a->done.lapse.next_voucher == b->done.lapse.next_voucher);
        assert_int_equal(a->done.lapse.vouchers, b->done.lapse.vouchers);
        break;
    default:
        break;
    }
}

static inline void entry_same(const struct entry *a, const struct entry *b)
{
    assert_true(a->number == b->number);
    assert_int_equal(a->time.us, b->time.us);
    SAME_DAY(a->day, b->day);
    assert_int_equal(a->policy, b->policy);
    assert_int_equal(a->rules, b->rules);
    assert_string_equal(a->principal, b->principal);
    command_same(&a->command, &b->command);
    explanation_same(a->explanation, b->explanation);
    assert_int_equal(a->refused, b->refused);
    if (a->refused) {
        assert_int_equal(a->refusal.reason, b->refusal.reason);
        assert_string_equal(a->refusal.detail, b->refusal.detail);
        SAME_DAY(a->refusal.day, b->refusal.day);
        SAME_DAY(a->refusal.day_to, b->refusal.day_to);
        SAME_FEN(a->refusal.asked, b->refusal.asked);
        assert_true(a->refusal.voucher == b->refusal.voucher);
    } else {
        done_same(a, b);
    }
    assert_int_equal(a->nlapsed, b->nlapsed);
    for (uint32_t i = 0; i < a->nlapsed; i++)
        assert_true(a->lapsed[i] == b->lapsed[i]);
    assert_int_equal(a->npostings, b->npostings);
    for (uint32_t i = 0; i < a->npostings; i++) {
        const struct posting *x = &a->postings[i], *y = &b->postings[i];
        assert_true(x->line == y->line && x->voucher == y->voucher && x->from == y->from &&
                    x->to == y->to && x->amount.fen == y->amount.fen);
    }
    assert_int_equal(a->nbalances, b->nbalances);
    for (uint32_t i = 0; i < a->nbalances; i++) {
        const struct balance *x = &a->balances[i], *y = &b->balances[i];
        assert_true(x->kind == y->kind && x->id == y->id && x->before == y->before);
        for (int s = 0; s < STAGE_COUNT; s++)
            SAME_FEN(x->stages.at[s], y->stages.at[s]);
        SAME_FEN(x->counted, y->counted);
    }
}

#endif
