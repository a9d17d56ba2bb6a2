/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"
#include "wire/entry.h"

static const struct posting postings[] = {
    {1, 7, STAGE_AVAILABLE, STAGE_COMMITTED, {75000000}},
    {2, 0, STAGE_OUTSIDE, STAGE_AVAILABLE, {LIMIT_AMOUNT_FEN}},
    {UINT32_MAX, UINT64_MAX, STAGE_PAID, STAGE_RETURNED, {1}},
};

static const struct balance balances[] = {
    {BALANCE_LINE, 1, 0, {.at = {{1}, {2}, {3}, {4}, {5}, {INT64_MAX}}}, {0}},
    {BALANCE_VOUCHER, 7, 41, {.at = {{0}, {0}, {75000000}, {0}, {0}, {0}}}, {0}},
    {BALANCE_ACCOUNT, 7, 40, {.at = {{0}, {0}, {75000000}, {0}, {0}, {0}}}, {75000000}},
};

static const uint64_t lapsed[] = {5, 1, UINT64_MAX};

static const struct explanation explanation = {
    .nlimits = 2,
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
                .name = "每家企业"}},
    .nholders = 2,
    .holders = {9, 3},
};

static struct entry sample_entry(enum command_kind kind)
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
        .postings = postings,
        .nbalances = 3,
        .balances = balances,
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
        e.explanation = &explanation;
        e.done.issue = (struct done_issue){.voucher = 7,
                                           .face = MONEY(75000000),
                                           .base = MONEY(300000000),
                                           .rate = {500000},
                                           .valid_to = DAY(20818),
                                           .redeem_to = DAY(20848),
                                           .seller = code(SELLER),
                                           .tops_up = 6};
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
        e.lapsed = lapsed;
        break;
    default:
        break;
    }
    return e;
}

static struct entry sample_refusal(void)
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

static void explanation_same(const struct explanation *a, const struct explanation *b)
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
        assert_string_equal(x->name, y->name);
    }
    assert_int_equal(a->nholders, b->nholders);
    for (int i = 0; i < a->nholders; i++)
        assert_true(a->holders[i] == b->holders[i]);
}

static void done_same(const struct entry *a, const struct entry *b)
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
        break;
    case COMMAND_REDEEM:
        SAME_FEN(a->done.redeem.paid, b->done.redeem.paid);
        assert_int_equal(a->done.redeem.invoice_shared, b->done.redeem.invoice_shared);
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

static void entry_same(const struct entry *a, const struct entry *b)
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

static void round_trip(const struct entry *e)
{
    struct arena a = {0};
    struct buf first = {0}, second = {0};
    struct entry back;
    assert_int_equal(entry_encode(e, &first), 0);
    assert_int_equal(entry_encode(e, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    assert_int_equal(entry_decode(SPAN(first.p, first.n), &a, &back), 0);
    entry_same(e, &back);
    second.n = 0;
    assert_int_equal(entry_encode(&back, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

static void test_every_kind_comes_back(void **state)
{
    (void)state;
    for (int kind = COMMAND_CREATE_BOOK; kind < COMMAND_COUNT; kind++) {
        struct entry e = sample_entry((enum command_kind)kind);
        round_trip(&e);
    }
    struct entry refusal = sample_refusal();
    round_trip(&refusal);
}

/* What may be 0 or left out. */
static void test_small_values_come_back(void **state)
{
    (void)state;
    struct entry e = sample_entry(COMMAND_ISSUE);
    e.explanation = NULL;
    e.policy = 0;
    e.time = INSTANT(0);
    e.day = DAY(0);
    e.command.issue.has_amount = e.command.issue.has_seller = false;
    e.command.issue.amount = MONEY(0);
    e.command.issue.seller = (struct uscc){0};
    e.command.issue.year = e.command.issue.nattestations = 0;
    e.done.issue.tops_up = 0;
    round_trip(&e);
    e = sample_entry(COMMAND_REDEEM);
    e.done.redeem = (struct done_redeem){.paid = MONEY(0)};
    e.npostings = 0;
    round_trip(&e);
    e = sample_entry(COMMAND_LAPSE);
    e.done.lapse = (struct done_lapse){.day = DAY(20278)};
    e.nlapsed = e.npostings = e.nbalances = 0;
    e.command.lapse = (struct lapse){0};
    round_trip(&e);
}

static void test_longest_lapse_comes_back_within_its_size(void **state)
{
    (void)state;
    static uint64_t vouchers[LIMIT_LAPSE];
    static struct posting p[LIMIT_LAPSE * 2];
    static struct balance b[LIMIT_LAPSE * 2];
    struct entry e = sample_entry(COMMAND_LAPSE);
    for (uint32_t i = 0; i < LIMIT_LAPSE; i++) {
        vouchers[i] = 5000000 + i;
        for (uint32_t j = 2 * i; j < 2 * i + 2; j++) {
            p[j] = (struct posting){1 + j % 2, vouchers[i], STAGE_COMMITTED, STAGE_AVAILABLE,
                                    MONEY(75000000)};
            b[j] = (struct balance){j % 2 ? BALANCE_VOUCHER : BALANCE_ACCOUNT,
                                    vouchers[i],
                                    10000000 + j,
                                    {.at = {{75000000}, {0}, {0}, {25000000}, {0}, {0}}},
                                    {j % 2 ? 0 : 25000000}};
        }
    }
    e.done.lapse.vouchers = e.nlapsed = LIMIT_LAPSE;
    e.lapsed = vouchers;
    e.npostings = e.nbalances = LIMIT_LAPSE * 2;
    e.postings = p;
    e.balances = b;
    round_trip(&e);
    struct buf out = {0};
    assert_int_equal(entry_encode(&e, &out), 0);
    assert_in_range(out.n, 1, 65535);
    buf_free(&out);
}

/* Stored bytes never change: written by hand from journal.proto. */
static void test_bytes_are_those_of_the_proto(void **state)
{
    (void)state;
    struct entry e = {.number = 300,
                      .time = INSTANT(1),
                      .day = DAY(-1),
                      .policy = 1,
                      .rules = 1,
                      .principal = "a",
                      .command = sample_command(COMMAND_VOID),
                      .done.freed.freed = MONEY(5),
                      .npostings = 1,
                      .postings = &(struct posting){1, 7, STAGE_COMMITTED, STAGE_AVAILABLE, {5}},
                      .nbalances = 1,
                      .balances = &(struct balance){BALANCE_LINE, 1, 9, {.at = {{5}}}, {0}}};
    static const uint8_t want[] =
        "\x08\xac\x02"                                 /* number 300 */
        "\x10\x01"                                     /* time */
        "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" /* day -1 */
        "\x20\x01\x28\x01"                             /* policy, rules */
        "\x32\x01"
        "a" /* principal */
        "\x3a\x10\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xab\xac\xad\xae\xaf"
        "\x42\x18\x42\x16\x08\x07\x12\x12"
        "contract cancelled" /* command.void_voucher */
        "\x6a\x02\x08\x05"   /* freed */
        "\xa2\x01\x08\x08\x01\x10\x07\x18\x02\x28\x05"
        "\xaa\x01\x0a\x08\x01\x10\x01\x18\x09\x22\x02\x08\x05";
    struct buf out = {0};
    assert_int_equal(entry_encode(&e, &out), 0);
    assert_int_equal(out.n, sizeof want - 1);
    assert_memory_equal(out.p, want, out.n);
    buf_free(&out);
    round_trip(&e);
}

/* An entry of a command by hand, with one field set again or added: the last value counts. */
static int decode_with(const struct entry *e, const struct buf *more)
{
    struct arena a = {0};
    struct buf b = {0};
    struct entry out = {.number = 99};
    assert_int_equal(entry_encode(e, &b), 0);
    assert_int_equal(buf_add(&b, more->p, more->n), 0);
    int rc = entry_decode(SPAN(b.p, b.n), &a, &out);
    assert_true(rc == 0 || out.number == 99);
    buf_free(&b);
    arena_free(&a);
    return rc;
}

static int issue_with_number(uint32_t tag, int64_t v)
{
    struct entry e = sample_entry(COMMAND_ISSUE);
    struct buf more = {0};
    pb_number(&more, tag, v);
    int rc = decode_with(&e, &more);
    buf_free(&more);
    return rc;
}

/* A further message in a field: field `inner` of it is v. A result given twice is the second. */
static int entry_with(enum command_kind kind, uint32_t tag, uint32_t inner, int64_t v)
{
    struct entry e = sample_entry(kind);
    struct buf more = {0};
    if (tag == 11) { /* Issued needs more than one field */
        pb_number(&more, 1, 7);
        pb_text(&more, 7, SELLER);
    }
    pb_number(&more, inner, v);
    pb_wrap(&more, tag);
    int rc = decode_with(&e, &more);
    buf_free(&more);
    return rc;
}

static void test_values_out_of_range_are_no_entry(void **state)
{
    (void)state;
    assert_int_equal(issue_with_number(1, 43), 0);
    assert_int_equal(issue_with_number(1, 0), ERR_FORMAT);
    assert_int_equal(issue_with_number(2, INT64_MAX), ERR_FORMAT);
    assert_int_equal(issue_with_number(2, INT64_MIN), ERR_FORMAT);
    assert_int_equal(issue_with_number(3, DAY_MAX + 1), ERR_FORMAT);
    assert_int_equal(issue_with_number(5, 0), ERR_FORMAT);
    assert_int_equal(issue_with_number(99, 1), ERR_FORMAT); /* a field of a newer version */
    /* Result of another kind of command; none. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 12, 1, 5), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ADD_CONTRACT, 15, 1, 5), ERR_FORMAT);
    /* Issued: face, rate, valid_to, redeem_to, and a field of a newer version. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 2, 1), 0);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 2, -1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 1, 0), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 4, 1000001), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 5, DAY_MIN - 1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 30, 1), ERR_FORMAT);
    /* Refusal: reason; redeemed, freed, lapsed, line, policy version. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 10, 1, REASON_LINE_CLOSED), 0);
    assert_int_equal(entry_with(COMMAND_ISSUE, 10, 1, REASON_COUNT), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 10, 1, 0), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 10, 1, -1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_REDEEM, 12, 1, -1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_VOID, 13, 1, -1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_LAPSE, 14, 4, 0), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_APPROPRIATE, 15, 1, 0), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ADOPT_POLICY, 16, 1, 0), ERR_FORMAT);
    /* A further posting or balance with only one field. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 20, 1, 1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 20, 3, 7), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 21, 1, 4), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 21, 2, 1), ERR_FORMAT);
    /* A posting from or to a stage that is none. */
    for (int i = 0; i < 2; i++) {
        struct posting p = {1, 7, STAGE_COMMITTED, STAGE_AVAILABLE, {5}};
        struct entry e = sample_entry(COMMAND_ISSUE), out;
        struct arena a = {0};
        struct buf b = {0};
        *(i ? &p.to : &p.from) = (enum stage)(STAGE_OUTSIDE + 1);
        e.npostings = 1;
        e.postings = &p;
        assert_int_equal(entry_encode(&e, &b), 0);
        assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), ERR_FORMAT);
        buf_free(&b);
        arena_free(&a);
    }
    /* The explanation: a holder more is right, holder 0 is not. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 9, 2, 1), 0);
    assert_int_equal(entry_with(COMMAND_ISSUE, 9, 2, 0), ERR_FORMAT);
}

static void test_missing_parts_are_no_entry(void **state)
{
    (void)state;
    struct arena a = {0};
    struct entry e = sample_entry(COMMAND_ISSUE), out;
    struct buf b = {0};
    assert_int_equal(entry_decode(SPAN("", 0), &a, &out), ERR_FORMAT);
    e.principal = "";
    assert_int_equal(entry_encode(&e, &b), 0);
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), ERR_FORMAT);
    e = sample_entry(COMMAND_ISSUE);
    memset(e.command.request_id, 0, 16);
    b.n = 0;
    assert_int_equal(entry_encode(&e, &b), 0);
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), ERR_FORMAT);
    e = sample_entry(COMMAND_ISSUE);
    e.command.kind = COMMAND_NONE;
    b.n = 0;
    assert_int_equal(entry_encode(&e, &b), 0);
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), ERR_FORMAT);
    buf_free(&b);
    arena_free(&a);
}

static void entry_sound(const struct entry *e)
{
    command_sound(&e->command);
    day_sound(e->day);
    assert_true(e->number >= 1);
    if (e->refused)
        assert_in_range(e->refusal.reason, 1, REASON_COUNT - 1);
    for (int i = 0; e->explanation && i < e->explanation->nlimits; i++) {
        assert_in_range(e->explanation->limits[i].rule, 1, RULE_COUNT - 1);
        assert_in_range(e->explanation->limits[i].rate.ppm, 0, 1000000);
    }
    for (uint32_t i = 0; i < e->npostings; i++) {
        assert_in_range(e->postings[i].from, 0, 6);
        assert_in_range(e->postings[i].to, 0, 6);
        amount_sound(e->postings[i].amount);
    }
    for (uint32_t i = 0; i < e->nbalances; i++) {
        assert_in_range(e->balances[i].kind, 1, 3);
        for (int s = 0; s < STAGE_COUNT; s++)
            assert_true(e->balances[i].stages.at[s].fen >= 0);
    }
}

/* Whatever is read is sound, and writing it gives bytes that read the same. */
static void read_anything(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct buf first = {0}, second = {0};
    struct entry e, back;
    int rc = entry_decode(SPAN(p, n), &a, &e);
    if (rc == 0) {
        entry_sound(&e);
        assert_int_equal(entry_encode(&e, &first), 0);
        assert_int_equal(entry_decode(SPAN(first.p, first.n), &a, &back), 0);
        entry_same(&e, &back);
        assert_int_equal(entry_encode(&back, &second), 0);
        assert_int_equal(first.n, second.n);
        assert_memory_equal(first.p, second.p, first.n);
    } else {
        assert_int_equal(rc, ERR_FORMAT);
    }
    buf_free(&first);
    buf_free(&second);
    arena_free(&a);
}

static void test_cut_and_changed_bytes_never_harm(void **state)
{
    (void)state;
    uint64_t seed = 20250710;
    for (int kind = COMMAND_CREATE_BOOK; kind <= COMMAND_COUNT; kind++) {
        struct entry e =
            kind == COMMAND_COUNT ? sample_refusal() : sample_entry((enum command_kind)kind);
        struct buf b = {0};
        assert_int_equal(entry_encode(&e, &b), 0);
        for (size_t n = 0; n <= b.n; n++) {
            uint8_t *cut = test_malloc(n + 1);
            memcpy(cut, b.p, n);
            read_anything(cut, n);
            test_free(cut);
        }
        for (int i = 0; i < 5000; i++) {
            uint8_t bytes[2048];
            size_t n = b.n;
            assert_in_range(n, 1, sizeof bytes);
            memcpy(bytes, b.p, n);
            mutate(&seed, bytes, &n);
            read_anything(bytes, n);
        }
        buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_comes_back),
        cmocka_unit_test(test_small_values_come_back),
        cmocka_unit_test(test_longest_lapse_comes_back_within_its_size),
        cmocka_unit_test(test_bytes_are_those_of_the_proto),
        cmocka_unit_test(test_values_out_of_range_are_no_entry),
        cmocka_unit_test(test_missing_parts_are_no_entry),
        cmocka_unit_test(test_cut_and_changed_bytes_never_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
