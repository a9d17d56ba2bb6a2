/* SPDX-License-Identifier: Apache-2.0 */
#include "sample_entry.h"
#include "wire/entry.h"

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
    e.command.issue.year = e.command.issue.nattestations = e.command.issue.nfacts = 0;
    e.command.issue.has_rate = false;
    e.command.issue.rate.ppm = 0;
    e.done.issue.tops_up = 0;
    e.done.issue.paid_out = false;
    round_trip(&e);
    e.command.issue.contract = NULL;
    e.done.issue = (struct done_issue){.given = GIVEN_DESIGNATION};
    round_trip(&e);
    e.done.issue = (struct done_issue){.given = GIVEN_RECORD, .spent = MONEY(7)};
    round_trip(&e);
    e = sample_entry(COMMAND_ADD_OUTSIDE);
    e.command.add_outside.contract = NULL;
    e.command.add_outside.seller = (struct uscc){0};
    e.command.add_outside.measure = "5.1";
    e.command.add_outside.nfacts = 3;
    e.command.add_outside.facts = sample_facts;
    round_trip(&e);
    e = sample_entry(COMMAND_AMEND_ENTERPRISE);
    e.command.amend_enterprise.area = e.command.amend_enterprise.related = NULL;
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
    /* A voucher where there is none, none where there is one; a kind of gift that is none. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 9, GIVEN_RECORD), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 9, GIVEN_DESIGNATION + 1), ERR_FORMAT);
    assert_int_equal(entry_with(COMMAND_ISSUE, 11, 11, -1), ERR_FORMAT);
    /* Refusal: reason; redeemed, freed, lapsed, line, policy version. */
    assert_int_equal(entry_with(COMMAND_ISSUE, 10, 1, REASON_COUNT - 1), 0);
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
