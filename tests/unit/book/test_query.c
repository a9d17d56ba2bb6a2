/* SPDX-License-Identifier: Apache-2.0 */
/* Questions: balances as of every entry and day, pages, filters, what could be granted. */
#include "tests/unit/book/shelf.h"

#define ENTRIES  500
#define VOUCHERS 3

/* What was told of each thing when an entry had just been booked. */
struct remembered {
    uint64_t entry;
    struct instant time;
    int lines;
    struct stages line[2], account, other, voucher[VOUCHERS + 1];
};

static struct remembered past[ENTRIES + 40];
static int npast;

/* Always the same sequence. */
static uint32_t below(uint32_t n)
{
    static uint64_t seed = 7;
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static struct stages account_stages(const struct answer *a)
{
    for (uint32_t i = 0; a->n && i < a->enterprise->naccounts; i++)
        if (strcmp(a->enterprise->accounts[i].measure, "1") == 0)
            return a->enterprise->accounts[i].stages;
    return (struct stages){0};
}

static const struct answer *answered(struct book *b, struct query q, bool snapshot)
{
    struct answer *out = arena_zero(&memory, sizeof *out);
    if (!snapshot)
        return answer_of(b, &q);
    assert_int_equal(book_query_snapshot(b, now, &q, &memory, out), 0);
    return out;
}

static struct remembered look(struct book *b, struct as_of as_of, bool snapshot)
{
    struct remembered r = {0};
    struct query q = {.kind = QUERY_FUNDS, .as_of = as_of};
    const struct answer *a = answered(b, q, snapshot);
    r.entry = a->as_of_entry;
    r.lines = (int)a->n;
    for (uint32_t i = 0; i < a->n; i++) {
        assert_int_equal(a->funds[i].line, i + 1);
        r.line[i] = a->funds[i].stages;
    }
    q.kind = QUERY_ENTERPRISE;
    q.enterprise = BUYER;
    r.account = account_stages(answered(b, q, snapshot));
    q.enterprise = OTHER;
    r.other = account_stages(answered(b, q, snapshot));
    q.kind = QUERY_VOUCHER;
    for (q.voucher = 1; q.voucher <= VOUCHERS; q.voucher++) {
        a = answered(b, q, snapshot);
        assert_int_equal(a->as_of_entry, r.entry);
        if (a->n)
            r.voucher[q.voucher] = a->vouchers[0].row->stages;
    }
    return r;
}

static void same(const struct remembered *was, struct remembered is)
{
    is.time = was->time;
    assert_memory_equal(was, &is, sizeof is);
}

/* 500 entries on a few things, so that each changes more often than there are signposts apart. */
static struct book *random_run(void)
{
    struct book *b = city();
    contract(b, "C1", YUAN(3000000));
    done(b, make_contract("C2", SELLER, OTHER, YUAN(2000000)));
    contract(b, "C3", YUAN(900000));
    memset(past, 0, sizeof past);
    for (npast = 0; npast < ENTRIES; npast++) {
        uint64_t v = 1 + below(VOUCHERS);
        unsigned n = (unsigned)npast;
        struct command c = make_redeem(v, nth_invoice(n), TODAY, 1 + below(200000));
        if (npast < VOUCHERS)
            c = make_issue_of("1", npast == 1 ? OTHER : BUYER,
                              (const char *[]){"C1", "C2", "C3"}[npast], YUAN(400000));
        else if (npast % 11 == 0)
            c = make_appropriate("1", 2025 + (int)below(2), "city", 1 + below(999));
        else if (npast % 13 == 0)
            c = make_redeem(v, nth_invoice(n - 1), TODAY, 1); /* mostly refused */
        now.us += INT64_C(3600000000) * below(9);
        const struct outcome *o = tell(b, c);
        assert_true(o->kind == OUTCOME_DONE || o->kind == OUTCOME_REFUSED);
        past[npast] = look(b, (struct as_of){0}, false);
        past[npast].time = o->entry->time;
        assert_int_equal(past[npast].entry, o->entry->number);
        if (npast % 100 == 50)
            b = reopen(b);
        if (npast % 100 == 70)
            assert_int_equal(book_tables_commit(b), 0);
    }
    return b;
}

static uint64_t changes_of(struct book *b, const struct key *k)
{
    struct voucher_row v = {0};
    struct line_row l = {0};
    struct account_row a = {0};
    void *row = k->table == TABLE_LINE ? (void *)&l : k->table == TABLE_VOUCHER ? (void *)&v : &a;
    bool there = false;
    assert_true(rows_peek(b->tables.rows, k, row, &there) && there);
    return k->table == TABLE_LINE ? l.changes : k->table == TABLE_VOUCHER ? v.changes : a.changes;
}

static void balances_as_of_every_entry(void **state)
{
    struct key k;
    (void)state;
    struct book *b = random_run();
    struct uscc buyer = BUYER;
    assert_int_equal(book_tables_commit(b), 0);
    assert_true(changes_of(b, key_line(&k, 1)) > 4 * 64);
    assert_true(changes_of(b, key_account(&k, &buyer, "1")) > 2 * 64);
    for (uint64_t v = 1; v <= VOUCHERS; v++)
        assert_true(changes_of(b, key_voucher(&k, v)) > 64);
    for (int i = 0; i < npast; i++) {
        same(&past[i], look(b, (struct as_of){.entry = past[i].entry}, i % 2));
        arena_reset(&memory);
    }
    /* Before the first voucher, before the money, before everything. */
    struct remembered r = look(b, (struct as_of){.entry = past[0].entry - 1}, false);
    assert_int_equal(r.lines, 1);
    assert_int_equal(r.line[0].at[STAGE_AVAILABLE].fen, YUAN(90000000));
    assert_int_equal(r.account.at[STAGE_COMMITTED].fen, 0);
    r = look(b, (struct as_of){.entry = 2}, false);
    assert_int_equal(r.lines, 0);
    check(b);
    b = reopen(b);
    same(&past[npast - 1], look(b, (struct as_of){0}, true));
    book_close(b);
}

static void balances_as_of_every_day(void **state)
{
    (void)state;
    struct book *b = random_run();
    int32_t last = instant_day(now, 480).n, i = 0;
    for (int32_t n = instant_day(past[0].time, 480).n; n <= last; n++) {
        while (i + 1 < npast && instant_day(past[i + 1].time, 480).n <= n)
            i++;
        same(&past[i], look(b, (struct as_of){.has_day = true, .day = {n}}, false));
        arena_reset(&memory);
    }
    /* A day and an entry: whichever was first. */
    struct as_of both = {.has_day = true, .day = {last}, .entry = past[7].entry};
    same(&past[7], look(b, both, false));
    both.entry = past[npast - 1].entry;
    both.day.n = instant_day(past[0].time, 480).n - 1;
    assert_int_equal(look(b, both, false).entry, 0);
    book_close(b);
}

/* ---- Faults ---- */

static void not_answered(struct book *b, struct query q, const char *field)
{
    const struct answer *a = answer_of(b, &q);
    assert_string_equal(a->fault.field, field);
    assert_int_equal(a->n, 0);
}

static void what_is_not_there(void **state)
{
    (void)state;
    struct book *b = open_book();
    not_answered(b, (struct query){.kind = QUERY_EXPLAIN, .contract = "C1"}, "policy");
    struct query q = {.kind = QUERY_FUNDS};
    assert_int_equal(answer_of(b, &q)->n, 0);
    book_close(b);
    b = city();
    contract(b, "C1", 1000);
    done(b, make_issue("1", BUYER, "C1"));
    not_answered(b, (struct query){.kind = QUERY_VOUCHER, .voucher = 2}, "voucher");
    not_answered(b, (struct query){.kind = QUERY_VOUCHER}, "voucher");
    not_answered(b, (struct query){.kind = QUERY_VOUCHER, .voucher = 1, .as_of.entry = 3},
                 "voucher");
    not_answered(b, (struct query){.kind = QUERY_VOUCHER, .voucher = 1, .as_of.entry = 99},
                 "as_of.entry");
    not_answered(b, (struct query){.kind = QUERY_ENTERPRISE, .enterprise = NOBODY}, "enterprise");
    not_answered(b, (struct query){.kind = QUERY_ENTERPRISE, .enterprise = BUYER, .as_of.entry = 2},
                 "enterprise");
    not_answered(b, (struct query){.kind = QUERY_EXPLAIN, .contract = "C1", .measure = "99"},
                 "measure");
    not_answered(b, (struct query){.kind = QUERY_EXPLAIN, .enterprise = BUYER, .contract = "C9"},
                 "issue.contract");
    struct answer out;
    q.kind = QUERY_COUNT;
    assert_int_equal(book_query_live(b, now, &q, &memory, &out), ERR_RANGE);
    q.kind = QUERY_NONE;
    assert_int_equal(book_query_live(b, now, &q, &memory, &out), ERR_RANGE);
    q.kind = QUERY_EXPLAIN;
    assert_int_equal(book_query_snapshot(b, now, &q, &memory, &out), ERR_RANGE);
    book_close(b);
}

static void which_are_points(void **state)
{
    (void)state;
    static const bool point[QUERY_COUNT] = {
        [QUERY_FUNDS] = true,  [QUERY_ENTERPRISE] = true, [QUERY_VOUCHER] = true,
        [QUERY_STATUS] = true, [QUERY_EXPLAIN] = true,
    };
    for (int k = 0; k < QUERY_COUNT; k++)
        assert_int_equal(query_is_point(&(struct query){.kind = (enum query_kind)k}), point[k]);
}

/* ---- Listings ---- */

/* Ten vouchers: of BUYER on C1 to C6, of OTHER on D1 to D4; 1 void, 2 used up, 10 lapsed later. */
static struct book *listed(void)
{
    static const char *const numbers[] = {"C1", "C2", "C3", "C4", "C5",
                                          "C6", "D1", "D2", "D3", "D4"};
    struct book *b = city();
    for (int i = 0; i < 10; i++) {
        struct uscc who = i < 6 ? BUYER : OTHER;
        done(b, make_contract(numbers[i], SELLER, who, 1000));
        done(b, make_issue("1", who, numbers[i]));
    }
    done(b, make_void(1));
    done(b, make_redeem(2, nth_invoice(1), TODAY, 1000));
    refused(b, make_void(1), REASON_VOUCHER_STATE);
    refused(b, make_issue("1", BUYER, "C2"), REASON_SUPPORTED_ALREADY);
    refused(b, make_issue("1", OTHER, "D1"), REASON_SUPPORTED_ALREADY);
    refused(b, make_redeem(2, nth_invoice(2), TODAY, 1), REASON_VOUCHER_STATE);
    refused(b, make_enterprise(OTHER, "350602"), REASON_EXISTS);
    refused(b, make_contract("C1", SELLER, BUYER, 1), REASON_EXISTS);
    return b;
}

/* The numbers of all pages of `count` rows, as text. */
static const char *paged(struct book *b, struct query q, uint32_t count)
{
    static char text[4000];
    size_t n = 0;
    text[0] = 0;
    q.count = count;
    for (int page = 0; page < 100; page++) {
        const struct answer *a = answered(b, q, page % 2);
        assert_true(a->n <= (count ? count : LIMIT_PAGE));
        for (uint32_t i = 0; i < a->n; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%u ",
                                  (unsigned)(q.kind == QUERY_VOUCHERS ? a->vouchers[i].number
                                                                      : a->entries[i].number));
        if (!a->next)
            return text;
        q.after = a->next;
    }
    fail();
    return NULL;
}

static void check_pages(struct book *b, struct query q, const char *want)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 9, 10, 11, 100000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_string_equal(paged(b, q, counts[i]), want);
}

static void pages_of_vouchers(void **state)
{
    (void)state;
    struct book *b = listed();
    assert_int_equal(book_tables_commit(b), 0);
    struct query q = {.kind = QUERY_VOUCHERS};
    check_pages(b, q, "1 2 3 4 5 6 7 8 9 10 ");
    q.filter.state = VOUCHER_OPEN;
    check_pages(b, q, "3 4 5 6 7 8 9 10 ");
    q.filter.state = VOUCHER_VOID;
    check_pages(b, q, "1 ");
    q.filter.state = VOUCHER_USED;
    check_pages(b, q, "2 ");
    q.filter.state = 0;
    q.filter.contract = "D2";
    check_pages(b, q, "8 ");
    q.filter.contract = NULL;
    q.filter.measure = "2";
    check_pages(b, q, "");
    q.filter.measure = "1";
    q.filter.has_enterprise = true;
    q.filter.enterprise = BUYER;
    check_pages(b, q, "6 5 4 3 2 1 ");
    q.filter.state = VOUCHER_OPEN;
    check_pages(b, q, "6 5 4 3 ");
    q.filter.enterprise = NOBODY;
    check_pages(b, q, "");
    q.filter.has_enterprise = false;
    q.filter.has_redeem_by = true;
    q.filter.redeem_by = day_make(2026, 12, 30);
    check_pages(b, q, "");
    q.filter.redeem_by = day_make(2026, 12, 31);
    check_pages(b, q, "3 4 5 6 7 8 9 10 ");
    q = (struct query){.kind = QUERY_VOUCHERS, .after = UINT64_MAX};
    check_pages(b, q, "");
    q.after = 8;
    check_pages(b, q, "9 10 ");
    now = at(2027, 1, 5, 9);
    done(b, make_lapse());
    assert_int_equal(book_tables_commit(b), 0);
    q = (struct query){.kind = QUERY_VOUCHERS, .filter.state = VOUCHER_LAPSED};
    check_pages(b, q, "3 4 5 6 7 8 9 10 ");
    book_close(b);
}

static void pages_of_entries(void **state)
{
    (void)state;
    struct book *b = listed();
    assert_int_equal(book_tables_commit(b), 0);
    /* 7 before, 20 of contracts and vouchers, 2 more: 29; then six refusals. */
    struct query q = {.kind = QUERY_REFUSALS};
    check_pages(b, q, "30 31 32 33 34 35 ");
    q.has_enterprise = true;
    q.enterprise = BUYER;
    check_pages(b, q, "30 31 33 ");
    q.enterprise = OTHER;
    check_pages(b, q, "32 34 ");
    q.enterprise = NOBODY;
    check_pages(b, q, "");
    q = (struct query){.kind = QUERY_REFUSALS, .after = 33};
    check_pages(b, q, "34 35 ");
    q.after = UINT64_MAX;
    check_pages(b, q, "");
    q.kind = QUERY_ENTRIES;
    check_pages(b, q, "");
    q.after = 31;
    check_pages(b, q, "32 33 34 35 ");
    q.after = 35;
    check_pages(b, q, "");
    book_close(b);
}

/* The journal is read past the tables: what is durable is there, committed in them or not. */
static void pages_for_a_follower(void **state)
{
    (void)state;
    struct book *b = listed();
    assert_int_equal(book_tables_commit(b), 0);
    assert_int_equal(done(b, make_lapse())->number, 36);
    assert_int_equal(book_snapshot_entry(b), 35);
    struct query q = {.kind = QUERY_ENTRIES, .after = 33, .wait_ms = 1};
    const struct answer *a = answered(b, q, true);
    assert_int_equal(a->as_of_entry, 36);
    assert_int_equal(a->n, 3);
    for (uint32_t i = 0; i < a->n; i++) {
        uint8_t leaf[HASH_LEN];
        tree_leaf(a->entries[i].bytes, leaf);
        assert_int_equal(a->entries[i].number, 34 + i);
        assert_memory_equal(a->entries[i].leaf, leaf, HASH_LEN);
    }
    assert_int_equal(a->next, 36);
    q.count = 2;
    a = answered(b, q, true);
    assert_int_equal(a->n, 2);
    assert_int_equal(a->next, 35);
    q.after = 36;
    a = answered(b, q, true);
    assert_int_equal(a->n, 0);
    assert_int_equal(a->next, 36);
    assert_string_equal(a->fault.field, "");
    q.after = 37;
    a = answered(b, q, true);
    assert_string_equal(a->fault.field, "after");
    assert_string_equal(a->fault.value, "37");
    q.wait_ms = 0;
    a = answered(b, q, true);
    assert_int_equal(a->n, 0);
    assert_int_equal(a->next, 0);
    assert_string_equal(a->fault.field, "");
    book_close(b);
}

/* Pages of long entries end by their bytes. */
static void pages_end_by_bytes(void **state)
{
    (void)state;
    struct book *b = open_book();
    struct span file = file_of(ZHANGZHOU);
    char *text = (char *)file.p;
    size_t n = file.n;
    while (n + 200 < LIMIT_POLICY_BYTES)
        n += (size_t)snprintf(text + n, 128, "# %0100d\n", 0);
    for (int i = 0; i < 10; i++) {
        snprintf(text + n, 32, "# version %09d\n", i);
        done(b, make_adopt(SPAN(text, n + 20)));
    }
    struct query q = {.kind = QUERY_ENTRIES};
    const struct answer *a = answer_of(b, &q);
    assert_true(a->n > 1 && a->n < 11);
    assert_int_equal(a->next, a->n);
    assert_int_equal(book_tables_commit(b), 0);
    assert_string_equal(paged(b, q, 0), "1 2 3 4 5 6 7 8 9 10 11 ");
    book_close(b);
}

/* ---- One thing, with all that belongs to it ---- */

static void an_enterprise_with_its_ceilings(void **state)
{
    (void)state;
    struct book *b = listed();
    struct query q = {.kind = QUERY_ENTERPRISE, .enterprise = BUYER};
    const struct enterprise_answer *e = answer_of(b, &q)->enterprise;
    assert_string_equal(e->name, "a company");
    assert_string_equal(e->area_name, "龙文区");
    assert_int_equal(e->naccounts, 18);
    const struct account_answer *a = &e->accounts[0];
    assert_string_equal(a->measure, "1");
    assert_int_equal(a->nvouchers, 6);
    assert_int_equal(a->stages.at[STAGE_COMMITTED].fen, 4 * 500);
    assert_int_equal(a->stages.at[STAGE_PAYABLE].fen, 500);
    assert_int_equal(a->stages.at[STAGE_AVAILABLE].fen, 500);
    assert_int_equal(a->nceilings, 1);
    assert_int_equal(a->ceilings[0].limit.fen, YUAN(2000000));
    assert_int_equal(a->ceilings[0].used.fen, 2500);
    assert_int_equal(a->ceilings[0].left.fen, YUAN(2000000) - 2500);
    assert_int_equal(a->ceilings[0].year, 0);
    assert_int_equal(e->accounts[1].nvouchers, 0);
    q.as_of.entry = 9;
    e = answer_of(b, &q)->enterprise;
    assert_int_equal(e->accounts[0].nceilings, 0);
    assert_int_equal(e->accounts[0].stages.at[STAGE_COMMITTED].fen, 500);
    book_close(b);
}

static void a_voucher_with_its_siblings(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    for (int i = 0; i < 12; i++)
        done(b, make_issue_of("1", BUYER, "C1", 10));
    struct voucher_answer v = voucher_as_of(b, 3, 0);
    assert_int_equal(v.nsiblings, LIMIT_HOLDERS);
    assert_int_equal(v.siblings[0], 12);
    assert_int_equal(v.row->tops_up, 2);
    uint64_t fifth = voucher_as_of(b, 5, 0).row->issue_entry;
    v = voucher_as_of(b, 3, fifth);
    assert_int_equal(v.nsiblings, 4);
    assert_int_equal(v.siblings[0], 5);
    assert_int_equal(v.siblings[3], 1);
    done(b, make_void(3));
    assert_int_equal(voucher_as_of(b, 3, 0).state, VOUCHER_VOID);
    assert_int_equal(voucher_as_of(b, 3, fifth).state, VOUCHER_OPEN);
    book_close(b);
}

static void what_could_be_granted(void **state)
{
    (void)state;
    struct book *b = city();
    contract(b, "C1", 1000);
    struct stand was = stand_of(b);
    struct query q = {.kind = QUERY_EXPLAIN, .enterprise = BUYER, .contract = "C1"};
    for (int round = 0; round < 2; round++) {
        const struct answer *a = answer_of(b, &q);
        assert_int_equal(a->n, 4);
        assert_string_equal(a->explained[0].measure, "1");
        assert_int_equal(a->explained[0].outcome.kind, OUTCOME_DONE);
        assert_true(a->explained[0].outcome.dry_run);
        assert_int_equal(a->explained[0].outcome.entry->done.issue.face.fen, 500);
        /* Attestations are taken as there; money for measure 2 is not. */
        assert_int_equal(a->explained[1].outcome.entry->refusal.reason, REASON_NO_FUND_LINE);
        assert_int_equal(a->explained[2].outcome.entry->refusal.reason, REASON_TRAIT_MISSING);
        assert_int_equal(a->explained[3].outcome.entry->refusal.reason, REASON_WRONG_PARTY);
        same_stand(stand_of(b), was);
    }
    q.measure = "3B";
    q.has_seller = true;
    q.seller = SELLER;
    assert_int_equal(answer_of(b, &q)->n, 1);
    q.measure = "1";
    q.year = 2026;
    assert_int_equal(answer_of(b, &q)->explained[0].outcome.entry->refusal.reason,
                     REASON_NO_FUND_LINE);
    /* And it is what is then done. */
    assert_int_equal(done(b, make_issue("1", BUYER, "C1"))->done.issue.face.fen, 500);
    check(b);
    book_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(balances_as_of_every_entry),
        T(balances_as_of_every_day),
        T(what_is_not_there),
        T(which_are_points),
        T(pages_of_vouchers),
        T(pages_of_entries),
        T(pages_for_a_follower),
        T(pages_end_by_bytes),
        T(an_enterprise_with_its_ceilings),
        T(a_voucher_with_its_siblings),
        T(what_could_be_granted),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
