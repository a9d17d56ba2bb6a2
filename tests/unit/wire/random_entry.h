/* SPDX-License-Identifier: Apache-2.0 */
/* Entries made at random that hold what an entry may hold: every kind and result, short and long
 * texts, numbers of every length. */
#ifndef TEST_WIRE_RANDOM_ENTRY_H
#define TEST_WIRE_RANDOM_ENTRY_H

#include <stdio.h>

#include "sample_entry.h"

struct chance {
    uint64_t seed;
    struct arena arena; /* of what was made */
};

static inline uint32_t below(struct chance *c, uint32_t n)
{
    return test_random(&c->seed) % n;
}

/* Each length in bits is as likely as the others. */
static inline uint64_t any_number(struct chance *c)
{
    uint64_t high = test_random(&c->seed), low = test_random(&c->seed);
    uint64_t v = high << 33 | low << 2 | below(c, 4);
    return v >> below(c, 64);
}

static inline struct money any_fen(struct chance *c)
{
    return MONEY(below(c, 4) ? (int64_t)(any_number(c) >> 1) : 0);
}

static inline struct money any_amount(struct chance *c)
{
    return MONEY(below(c, 16) ? (int64_t)(1 + any_number(c) % LIMIT_AMOUNT_FEN) : LIMIT_AMOUNT_FEN);
}

static inline struct day any_day(struct chance *c)
{
    return DAY(below(c, 4) ? DAY_MIN + (int32_t)below(c, DAY_MAX - DAY_MIN + 1) : 0);
}

static inline void *any_room(struct chance *c, size_t n)
{
    void *p = arena_zero(&c->arena, n);
    assert_non_null(p);
    return p;
}

/* A line of 1 to limit bytes: short, of any length, or as long as may be. */
static inline const char *any_text(struct chance *c, size_t limit)
{
    static const char *const letters[] = {"a", "Z", "7", "-", "漳", "州", "é"};
    uint32_t most = (uint32_t)limit;
    size_t n = 0, want = (uint32_t[]){1, 1 + below(c, most), 1 + below(c, most), most}[below(c, 4)];
    char *s = any_room(c, limit + 1);
    while (n < want) {
        const char *letter = letters[below(c, 7)];
        if (n + strlen(letter) > want)
            letter = "x";
        memcpy(s + n, letter, strlen(letter));
        n += strlen(letter);
    }
    return s;
}

/* The same, with a number at its end that makes it another than its neighbours. */
static inline const char *any_name(struct chance *c, int i)
{
    char *s = any_room(c, LIMIT_NAME + 1);
    snprintf(s, LIMIT_NAME + 1, "%s%d", any_text(c, LIMIT_NAME - 2), i);
    return s;
}

static inline struct uscc any_code(struct chance *c)
{
    return code((const char *[]){SELLER, BUYER, THIRD}[below(c, 3)]);
}

static inline const char *any_text_if(struct chance *c, size_t limit)
{
    return below(c, 2) ? any_text(c, limit) : NULL;
}

static inline int any_traits(struct chance *c, struct trait_span list[LIMIT_TRAITS])
{
    int n = (int)below(c, LIMIT_TRAITS + 1);
    for (int i = 0; i < n; i++) {
        struct day from = any_day(c), to = any_day(c);
        list[i].name = any_name(c, i);
        list[i].from = below(c, 3) ? DAY(from.n < to.n ? from.n : to.n) : DAY(DAY_MIN);
        list[i].to = below(c, 3) ? DAY(from.n < to.n ? to.n : from.n) : DAY(DAY_MAX);
    }
    return n;
}

static inline void any_enterprise(struct chance *c, struct add_enterprise *e)
{
    e->uscc = any_code(c);
    e->name = any_text(c, LIMIT_TEXT);
    e->area = any_text(c, LIMIT_NAME);
    e->related = any_text_if(c, LIMIT_NAME);
    e->ntraits = any_traits(c, e->traits);
}

static inline void any_amendment(struct chance *c, struct amend_enterprise *e)
{
    e->uscc = any_code(c);
    e->area = any_text_if(c, LIMIT_NAME);
    e->related = any_text(c, LIMIT_NAME);
    e->ntraits = any_traits(c, e->traits);
    e->document = any_text(c, LIMIT_TEXT);
}

static inline int any_attestations(struct chance *c, struct attestation list[LIMIT_ATTESTATIONS])
{
    int n = (int)below(c, LIMIT_ATTESTATIONS + 1);
    for (int i = 0; i < n; i++) {
        list[i].name = any_name(c, i);
        list[i].document = any_text(c, LIMIT_TEXT);
    }
    return n;
}

static inline const struct fact *any_facts(struct chance *c, int n)
{
    struct fact *list = any_room(c, LIMIT_FACTS * sizeof *list);
    for (int i = 0; i < n; i++)
        list[i] = (struct fact){any_name(c, i), any_text(c, LIMIT_FACT)};
    return list;
}

static inline void any_outside(struct chance *c, struct add_outside *o)
{
    if (below(c, 2)) {
        o->seller = any_code(c);
        o->contract = any_text(c, LIMIT_NUMBER);
    } else {
        o->measure = any_text(c, LIMIT_CODE);
        o->nfacts = 1 + (int)below(c, LIMIT_FACTS);
        o->facts = any_facts(c, o->nfacts);
    }
    o->amount = any_amount(c);
    o->document = any_text(c, LIMIT_TEXT);
}

static inline void any_issue(struct chance *c, struct issue *i)
{
    i->measure = any_text(c, LIMIT_CODE);
    i->enterprise = any_code(c);
    i->contract = any_text_if(c, LIMIT_NUMBER);
    if ((i->has_seller = i->contract && below(c, 2)))
        i->seller = any_code(c);
    i->year = below(c, 2) ? 1900 + (int)below(c, 300) : 0;
    if ((i->has_amount = below(c, 2)))
        i->amount = any_amount(c);
    if ((i->has_rate = below(c, 2)))
        i->rate.ppm = 1 + below(c, RATE_ONE);
    i->nattestations = any_attestations(c, i->attestations);
    i->nfacts = (int)below(c, LIMIT_FACTS + 1);
    i->facts = any_facts(c, i->nfacts);
}

static inline struct span any_file(struct chance *c)
{
    size_t n = below(c, 16) ? 1 + any_number(c) % 70000 : LIMIT_POLICY_BYTES;
    uint8_t *p = any_room(c, n);
    for (size_t i = 0; i < n; i += 100)
        p[i] = (uint8_t)test_random(&c->seed);
    return SPAN(p, n);
}

static inline void any_payment(struct chance *c, struct payment *p, bool pays)
{
    p->n = 1 + below(c, 5);
    uint64_t *list = any_room(c, p->n * sizeof *list);
    for (uint32_t i = 0; i < p->n; i++)
        list[i] = 10 * (any_number(c) >> 8) + i + 1;
    p->vouchers = list;
    p->has_payee = pays && below(c, 2);
    if (p->has_payee)
        p->payee = any_code(c);
    p->document = any_text(c, LIMIT_TEXT);
}

static inline struct command any_command(struct chance *c, enum command_kind kind)
{
    struct command o = {.kind = kind};
    for (int i = 0; i < 16 && kind != COMMAND_CREATE_BOOK; i++)
        o.request_id[i] = (uint8_t)(below(c, 255) + 1);
    switch (kind) {
    case COMMAND_CREATE_BOOK:
        o.create_book =
            (struct create_book){(uint32_t)any_number(c) | 1, DIGEST_SHA256, below(c, 2)};
        break;
    case COMMAND_ADOPT_POLICY:
        o.adopt_policy.file = any_file(c);
        break;
    case COMMAND_APPROPRIATE:
        o.appropriate = (struct appropriate){any_text(c, LIMIT_CODE), 1900, any_text(c, LIMIT_NAME),
                                             any_amount(c), any_text(c, LIMIT_TEXT),
                                             below(c, 2) ? any_text(c, LIMIT_NAME) : NULL};
        break;
    case COMMAND_ADD_ENTERPRISE:
        any_enterprise(c, &o.add_enterprise);
        break;
    case COMMAND_ADD_CONTRACT:
        o.add_contract = (struct add_contract){any_text(c, LIMIT_NUMBER), any_code(c), any_code(c),
                                               any_amount(c), any_day(c)};
        break;
    case COMMAND_ISSUE:
        any_issue(c, &o.issue);
        break;
    case COMMAND_REDEEM:
        o.redeem.voucher = any_number(c) | 1;
        o.redeem.invoice = "123456789012-12345678";
        o.redeem.dated = any_day(c);
        o.redeem.amount = any_amount(c);
        o.redeem.nattestations = any_attestations(c, o.redeem.attestations);
        break;
    case COMMAND_VOID:
        o.void_voucher = (struct void_voucher){any_number(c) | 1, any_text(c, LIMIT_TEXT)};
        break;
    case COMMAND_ADD_OUTSIDE:
        any_outside(c, &o.add_outside);
        break;
    case COMMAND_AMEND_ENTERPRISE:
        any_amendment(c, &o.amend_enterprise);
        break;
    case COMMAND_RAISE_CEILING:
        o.raise_ceiling =
            (struct raise_ceiling){any_code(c), any_text(c, LIMIT_CODE), any_text(c, LIMIT_NAME),
                                   any_amount(c), any_text(c, LIMIT_TEXT)};
        break;
    case COMMAND_WITHDRAW:
        o.withdraw = (struct withdraw){any_number(c) | 1, any_text(c, LIMIT_TEXT)};
        break;
    case COMMAND_PAY:
    case COMMAND_BANK_RETURN:
        any_payment(c, o.kind == COMMAND_PAY ? &o.pay : &o.bank_return, o.kind == COMMAND_PAY);
        break;
    case COMMAND_CLOSE_ROUND:
        o.close_round = (struct close_round){any_text(c, LIMIT_CODE), below(c, 2) ? 2199 : 0};
        break;
    default:
        if ((o.lapse.has_day = below(c, 2)))
            o.lapse.day = any_day(c);
    }
    return o;
}

static inline const struct explanation *any_explanation(struct chance *c)
{
    struct explanation *e = any_room(c, sizeof *e);
    e->nlimits = (int)below(c, LIMIT_LIMITS + 1);
    for (int i = 0; i < e->nlimits; i++) {
        struct limit *l = &e->limits[i];
        l->rule = (enum rule)(1 + below(c, RULE_COUNT - 1));
        l->binding = (int)below(c, 2);
        l->rate.ppm = below(c, 2) ? below(c, RATE_ONE + 1) : 0;
        l->at_most = any_fen(c);
        l->base = any_fen(c);
        l->limit = any_fen(c);
        l->used = any_fen(c);
        l->own = any_fen(c);
        l->quantity = any_fen(c).fen;
        if (below(c, 2))
            strcpy(l->name, any_text(c, LIMIT_NAME));
    }
    e->nholders = (int)below(c, LIMIT_HOLDERS + 1);
    for (int i = 0; i < e->nholders; i++)
        e->holders[i] = any_number(c) | 1;
    return e;
}

static inline void any_refusal(struct chance *c, struct entry *e)
{
    struct refusal *r = &e->refusal;
    e->refused = true;
    r->reason = (enum reason)(1 + below(c, REASON_COUNT - 1));
    if (below(c, 2))
        strcpy(r->detail, any_text(c, LIMIT_TEXT));
    r->day = any_day(c);
    r->day_to = any_day(c);
    r->asked = any_fen(c);
    r->voucher = below(c, 2) ? any_number(c) : 0;
}

static inline void any_lapse(struct chance *c, struct entry *e)
{
    uint32_t n = below(c, 4) ? below(c, 4) : LIMIT_LAPSE;
    uint64_t *vouchers = any_room(c, (n + 1) * sizeof *vouchers);
    for (uint32_t i = 0; i < n; i++)
        vouchers[i] = any_number(c) | 1;
    e->lapsed = vouchers;
    e->nlapsed = n;
    e->done.lapse =
        (struct done_lapse){any_day(c), n, any_fen(c), below(c, 2), any_day(c), any_number(c)};
}

static inline void any_issued(struct chance *c, struct entry *e)
{
    struct done_issue *d = &e->done.issue;
    d->given = (enum given)below(c, GIVEN_PLACE + 1);
    d->voucher = d->given == GIVEN_VOUCHER ? any_number(c) | 1 : 0;
    d->face = any_fen(c);
    d->base = any_fen(c);
    d->rate.ppm = below(c, 1000);
    d->valid_to = any_day(c);
    d->redeem_to = any_day(c);
    if (e->command.issue.contract || below(c, 2))
        d->seller = any_code(c);
    d->tops_up = any_number(c);
    d->paid_out = below(c, 2);
    d->spent = any_fen(c);
    d->wanted = any_fen(c);
    d->accounted = any_fen(c);
}

static inline void any_result(struct chance *c, struct entry *e)
{
    switch (e->command.kind) {
    case COMMAND_ADOPT_POLICY:
        e->done.policy_version.version = (uint32_t)any_number(c) | 1;
        break;
    case COMMAND_APPROPRIATE:
        e->done.line.line = (uint32_t)any_number(c) | 1;
        break;
    case COMMAND_ISSUE:
        any_issued(c, e);
        break;
    case COMMAND_REDEEM:
        e->done.redeem = (struct done_redeem){any_fen(c), below(c, 2)};
        break;
    case COMMAND_VOID:
        e->done.freed.freed = any_fen(c);
        break;
    case COMMAND_LAPSE:
        any_lapse(c, e);
        break;
    case COMMAND_PAY:
    case COMMAND_BANK_RETURN:
        e->done.payment.amount = any_fen(c);
        break;
    case COMMAND_CLOSE_ROUND:
        e->done.round =
            (struct done_round){(uint32_t)any_number(c) | 1, any_fen(c), any_fen(c)};
        break;
    default:
        break;
    }
}

static inline void any_postings(struct chance *c, struct entry *e)
{
    uint32_t n = below(c, 32) ? below(c, 5) : 600;
    struct posting *p = any_room(c, (n + 1) * sizeof *p);
    struct balance *b = any_room(c, (n + 1) * sizeof *b);
    for (uint32_t i = 0; i < n; i++) {
        p[i] = (struct posting){(uint32_t)any_number(c) | 1, below(c, 2) ? any_number(c) : 0,
                                (enum stage)below(c, STAGE_OUTSIDE + 1),
                                (enum stage)below(c, STAGE_OUTSIDE + 1), any_amount(c)};
        b[i].kind = (enum balance_kind)(1 + below(c, BALANCE_ACCOUNT));
        b[i].id = any_number(c) | 1;
        b[i].before = any_number(c);
        for (int s = 0; s < STAGE_COUNT; s++)
            b[i].stages.at[s] = any_fen(c);
        if (below(c, 16) == 0)
            b[i].stages = (struct stages){0};
        b[i].counted = any_fen(c);
    }
    e->npostings = e->nbalances = n;
    e->postings = p;
    e->balances = b;
}

/* What it points to is the chance's, until its arena is reset. */
static inline struct entry any_entry(struct chance *c, enum command_kind kind)
{
    struct entry e = {.number = any_number(c) | 1,
                      .time = INSTANT((int64_t)(any_number(c) % 7000000000000000)),
                      .day = any_day(c),
                      .policy = (uint32_t)any_number(c),
                      .rules = (uint32_t)any_number(c) | 1};
    if (below(c, 4) == 0)
        e.time.us = -(e.time.us % 2000000000000000);
    e.principal = kind == COMMAND_CREATE_BOOK ? "" : any_text(c, LIMIT_PRINCIPAL);
    e.command = any_command(c, kind);
    if (below(c, 2))
        e.explanation = any_explanation(c);
    if (below(c, 3))
        any_result(c, &e);
    else
        any_refusal(c, &e);
    any_postings(c, &e);
    return e;
}

#endif
