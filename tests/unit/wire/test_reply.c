/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "sample.h"
#include "wire/frame.h"
#include "wire/message.h"

static const uint8_t leaf[LEAF_HASH] = {1, 2, 3, [31] = 32};

/* Reads a written frame. */
static void read_frame(const struct buf *b, struct arena *a, struct to_client *out)
{
    uint32_t n;
    assert_int_equal(frame_length(b->p, LIMIT_FRAME, NULL, &n), 0);
    assert_int_equal(n, b->n - FRAME_HEAD);
    assert_int_equal(to_client_read(SPAN(b->p + FRAME_HEAD, n), a, out), 0);
}

/* Writes and reads. */
static void reply_trip(const struct reply *q, struct arena *a, struct reply *out)
{
    struct buf first = {0}, second = {0};
    struct to_client t;
    assert_int_equal(reply_write(q, &first), 0);
    assert_int_equal(reply_write(q, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    read_frame(&first, a, &t);
    assert_int_equal(t.kind, TO_CLIENT_REPLY);
    assert_true(t.reply.number == q->number);
    assert_int_equal(t.reply.kind, q->kind);
    /* What was read is written as the same bytes. */
    second.n = 0;
    assert_int_equal(reply_write(&t.reply, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    *out = t.reply;
    buf_free(&first);
    buf_free(&second);
}

static void test_welcome_and_goodbye(void **state)
{
    (void)state;
    struct arena a = {0};
    struct buf b = {0};
    struct to_client t;
    const struct welcome w = {1, "voucherd 0.1", "uid:1001", 8388608, 67108864, 10000, 4096, 1000,
                              1024,   16777216};
    assert_int_equal(welcome_write(&w, &b), 0);
    read_frame(&b, &a, &t);
    assert_int_equal(t.kind, TO_CLIENT_WELCOME);
    assert_int_equal(t.welcome.version, 1);
    assert_string_equal(t.welcome.program, "voucherd 0.1");
    assert_string_equal(t.welcome.principal, "uid:1001");
    assert_int_equal(t.welcome.frame_limit, 8388608);
    assert_int_equal(t.welcome.reply_limit, 67108864);
    assert_int_equal(t.welcome.batch_limit, 10000);
    assert_int_equal(t.welcome.under_way_limit, 4096);
    assert_int_equal(t.welcome.page_limit, 1000);
    assert_int_equal(t.welcome.connections_limit, 1024);
    assert_int_equal(t.welcome.unread_limit, 16777216);
    b.n = 0;
    assert_int_equal(
        goodbye_write(
            &(struct fault){.field = "frame.length", .value = "0", .expected = "1 to 1024 bytes"},
            &b),
        0);
    read_frame(&b, &a, &t);
    assert_int_equal(t.kind, TO_CLIENT_GOODBYE);
    assert_string_equal(t.goodbye.field, "frame.length");
    assert_string_equal(t.goodbye.value, "0");
    assert_string_equal(t.goodbye.expected, "1 to 1024 bytes");
    buf_free(&b);
    arena_free(&a);
}

static void test_fault_and_clock(void **state)
{
    (void)state;
    struct arena a = {0};
    struct reply out;
    struct reply q = {.number = 9,
                      .kind = REPLY_FAULT,
                      .fault = {.field = "commands.asks", .value = "0", .expected = "1 to 9"}};
    reply_trip(&q, &a, &out);
    assert_string_equal(out.fault.field, "commands.asks");
    assert_string_equal(out.fault.value, "0");
    assert_string_equal(out.fault.expected, "1 to 9");
    q = (struct reply){.number = 1, .kind = REPLY_CLOCK_SET, .clock = INSTANT(1752109200000000)};
    reply_trip(&q, &a, &out);
    assert_int_equal(out.clock.us, 1752109200000000);
    arena_free(&a);
}

/* The parts of a fault arrive as they were, and those that do not fit are none. */
static void test_phrase_of_a_fault(void **state)
{
    (void)state;
    struct arena a = {0};
    struct reply q = {.number = 9, .kind = REPLY_FAULT}, out;
    assert_int_equal(fault_set(&q.fault, "measure", "9", "a measure of %s: %d%-s", "政", 4, ""),
                     ERR_INVALID);
    reply_trip(&q, &a, &out);
    assert_string_equal(out.fault.phrase.format, "a measure of %s: %d%-s");
    assert_int_equal(out.fault.phrase.nargs, 3);
    assert_memory_equal(out.fault.phrase.args, "政\0004\0", 6);
    memset(q.fault.phrase.args, 0x01, 200); /* four times as long when it is made printable */
    q.fault.phrase.args[200] = 0;
    q.fault.phrase.nargs = 1;
    struct buf b = {0};
    struct to_client t;
    assert_int_equal(reply_write(&q, &b), 0);
    read_frame(&b, &a, &t);
    assert_true(strlen(t.reply.fault.phrase.args) < PHRASE_ARGS);
    buf_free(&b);
    arena_free(&a);
}

static const struct posting one_posting = {1, 7, STAGE_AVAILABLE, STAGE_COMMITTED, {75000000}};
static const struct balance one_balance = {
    BALANCE_VOUCHER, 7, 41, {.at = {{0}, {0}, {75000000}, {0}, {0}, {0}}}, {0}};
static const struct explanation limits = {
    .nlimits = 1,
    .limits = {{.rule = RULE_FUNDS, .binding = 1, .at_most = {75000000}}},
    .nholders = 1,
    .holders = {3}};

static struct entry sample_entry(enum command_kind kind)
{
    return (struct entry){.number = 42,
                          .time = INSTANT(1752109200000001),
                          .day = DAY(20279),
                          .policy = 1,
                          .rules = 1,
                          .principal = "uid:1001",
                          .command = sample_command(kind),
                          .npostings = 1,
                          .postings = &one_posting,
                          .nbalances = 1,
                          .balances = &one_balance};
}

static void outcome_same(const struct outcome *x, const struct outcome *y)
{
    assert_int_equal(x->kind, y->kind);
    assert_int_equal(x->repeated, y->repeated);
    assert_int_equal(x->dry_run, y->dry_run);
    assert_memory_equal(x->leaf, y->leaf, LEAF_HASH);
    assert_string_equal(outcome_fault(x)->field, outcome_fault(y)->field);
    assert_string_equal(outcome_fault(x)->value, outcome_fault(y)->value);
    assert_string_equal(outcome_fault(x)->expected, outcome_fault(y)->expected);
    assert_int_equal(x->entry == NULL, y->entry == NULL);
    if (!x->entry)
        return;
    assert_true(x->entry->number == y->entry->number);
    assert_int_equal(x->entry->time.us, y->entry->time.us);
    SAME_DAY(x->entry->day, y->entry->day);
    assert_string_equal(x->entry->principal, y->entry->principal);
    assert_memory_equal(x->entry->command.request_id, y->entry->command.request_id, 16);
    assert_int_equal(x->entry->refused, y->entry->refused);
    assert_int_equal(x->entry->npostings, y->entry->npostings);
    assert_int_equal(x->entry->nbalances, y->entry->nbalances);
}

static void test_every_outcome(void **state)
{
    (void)state;
    struct arena a = {0};
    struct entry issue = sample_entry(COMMAND_ISSUE), refusal = sample_entry(COMMAND_REDEEM);
    struct entry contract = sample_entry(COMMAND_ADD_CONTRACT);
    issue.explanation = refusal.explanation = &limits;
    issue.done.issue = (struct done_issue){.voucher = 7,
                                           .face = MONEY(75000000),
                                           .base = MONEY(300000000),
                                           .rate = {500000},
                                           .valid_to = DAY(20818),
                                           .redeem_to = DAY(20818),
                                           .seller = code(SELLER)};
    refusal.refused = true;
    refusal.refusal = (struct refusal){.reason = REASON_EXPIRED, .day = DAY(20000)};
    struct outcome list[] = {
        {.kind = OUTCOME_DONE, .entry = &issue},
        {.kind = OUTCOME_DONE, .dry_run = true, .entry = &contract},
        {.kind = OUTCOME_REFUSED, .repeated = true, .entry = &refusal},
        {.kind = OUTCOME_INVALID,
         .fault = &(const struct fault){.field = "issue.amount",
                                        .value = "0 fen",
                                        .expected = "at least 1 fen"}},
        {.kind = OUTCOME_DENIED,
         .fault = &(const struct fault){.field = "role", .value = "query", .expected = "maker"}},
        {.kind = OUTCOME_NOT_DONE,
         .fault = &(const struct fault){.field = "commands[3]",
                                        .value = "",
                                        .expected = "every command right"}},
        {.kind = OUTCOME_TRY_AGAIN,
         .fault = &(const struct fault){.field = "", .value = "", .expected = "try again later"}},
        {.kind = OUTCOME_UNKNOWN},
    };
    memcpy(list[0].leaf, leaf, LEAF_HASH);
    memcpy(list[2].leaf, leaf, LEAF_HASH);
    struct reply out, q = {.number = 3, .kind = REPLY_OUTCOMES, .n = 8, .outcomes = list};
    reply_trip(&q, &a, &out);
    assert_int_equal(out.n, 8);
    for (uint32_t i = 0; i < 8; i++)
        outcome_same(&list[i], &out.outcomes[i]);
    /* The result tells what was asked; the command itself is not sent. */
    const struct entry *e = out.outcomes[0].entry;
    assert_int_equal(e->command.kind, COMMAND_ISSUE);
    assert_null(e->command.issue.contract);
    assert_true(e->done.issue.voucher == 7);
    SAME_FEN(e->done.issue.face, MONEY(75000000));
    SAME_FEN(e->done.issue.base, MONEY(300000000));
    assert_int_equal(e->done.issue.rate.ppm, 500000);
    SAME_DAY(e->done.issue.valid_to, DAY(20818));
    SAME_CODE(e->done.issue.seller, code(SELLER));
    assert_int_equal(e->explanation->limits[0].rule, RULE_FUNDS);
    assert_true(e->explanation->holders[0] == 3);
    assert_int_equal(e->postings[0].to, STAGE_COMMITTED);
    SAME_FEN(e->postings[0].amount, MONEY(75000000));
    assert_true(e->balances[0].before == 41);
    SAME_FEN(e->balances[0].stages.at[STAGE_COMMITTED], MONEY(75000000));
    assert_int_equal(out.outcomes[1].entry->command.kind, COMMAND_NONE);
    assert_int_equal(out.outcomes[2].entry->refusal.reason, REASON_EXPIRED);
    SAME_DAY(out.outcomes[2].entry->refusal.day, DAY(20000));
    arena_free(&a);
}

/* The sentence of a refusal goes along for programs without the tables of reasons. */
static void test_refusal_carries_its_sentence(void **state)
{
    (void)state;
    struct entry e = sample_entry(COMMAND_ISSUE);
    e.explanation = &limits;
    e.refused = true;
    e.refusal = (struct refusal){.reason = REASON_FUNDS, .asked = MONEY(80000000)};
    struct outcome o = {.kind = OUTCOME_REFUSED, .entry = &e};
    memcpy(o.leaf, leaf, LEAF_HASH);
    struct reply q = {.number = 3, .kind = REPLY_OUTCOMES, .n = 1, .outcomes = &o};
    struct buf b = {0};
    char text[8192];
    assert_int_equal(reply_write(&q, &b), 0);
    refusal_text(&e.refusal, &limits, text, sizeof text);
    assert_in_range(strlen(text), 1, 8000);
    assert_non_null(memmem(b.p, b.n, text, strlen(text)));
    assert_null(memmem(b.p, b.n, "HT-2025/001", 11));
    buf_free(&b);
}

static void answer_trip(const struct answer *q, struct arena *a, struct answer *out)
{
    struct reply in = {.number = 1, .kind = REPLY_ANSWER, .answer = *q}, back;
    reply_trip(&in, a, &back);
    assert_true(back.answer.as_of_entry == q->as_of_entry && back.answer.next == q->next);
    assert_string_equal(back.answer.fault.field, q->fault.field);
    assert_int_equal(back.answer.n, q->n);
    *out = back.answer;
}

static const struct stages six = {.at = {{1}, {2}, {3}, {4}, {5}, {6}}};

static void six_same(const struct stages *s)
{
    for (int i = 0; i < STAGE_COUNT; i++)
        assert_int_equal(s->at[i].fen, i + 1);
}

static void test_funds_answer(void **state)
{
    (void)state;
    struct arena a = {0};
    struct fund_answer funds[] = {{"1", "city", 1, 2025, {21}, six, NULL},
                                  {"3A", "省", 2, 2026, {0}, six, "350602"}};
    struct answer out, q = {.kind = QUERY_FUNDS, .as_of_entry = 77, .n = 2, .funds = funds};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_FUNDS);
    assert_string_equal(out.funds[0].measure, "1");
    assert_string_equal(out.funds[0].source, "city");
    assert_int_equal(out.funds[0].line, 1);
    assert_int_equal(out.funds[0].year, 2025);
    SAME_FEN(out.funds[0].appropriated, MONEY(21));
    six_same(&out.funds[0].stages);
    assert_string_equal(out.funds[1].source, "省");
    assert_null(out.funds[0].area);
    assert_string_equal(out.funds[1].area, "350602");
    arena_free(&a);
}

static void test_enterprise_answer(void **state)
{
    (void)state;
    struct arena a = {0};
    struct enterprise_row row = {
        .area = "350602",
        .ntraits = 2,
        .traits = {{"ai", DAY(DAY_MIN), DAY(DAY_MAX)}, {"annotation", DAY(0), DAY(20453)}}};
    struct ceiling_answer ceilings[] = {{"per enterprise", 0, {200}, {150}, {50}},
                                        {"per year", 2025, {9}, {8}, {1}}};
    struct account_answer accounts[] = {{"1", six, 4, 2, ceilings}, {"2", six, 0, 0, NULL}};
    struct enterprise_answer e = {&row, "漳州数据有限公司", code(BUYER), "芗城区", 2, accounts};
    struct answer out, q = {.kind = QUERY_ENTERPRISE, .as_of_entry = 1, .n = 1, .enterprise = &e};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_ENTERPRISE);
    SAME_CODE(out.enterprise->uscc, code(BUYER));
    assert_string_equal(out.enterprise->area_name, "芗城区");
    assert_string_equal(out.enterprise->name, "漳州数据有限公司");
    assert_string_equal(out.enterprise->row->area, "350602");
    assert_int_equal(out.enterprise->row->ntraits, 2);
    assert_string_equal(out.enterprise->row->traits[0].name, "ai");
    SAME_DAY(out.enterprise->row->traits[0].from, DAY(DAY_MIN));
    SAME_DAY(out.enterprise->row->traits[0].to, DAY(DAY_MAX));
    SAME_DAY(out.enterprise->row->traits[1].from, DAY(0));
    SAME_DAY(out.enterprise->row->traits[1].to, DAY(20453));
    assert_int_equal(out.enterprise->naccounts, 2);
    const struct account_answer *c = out.enterprise->accounts;
    assert_string_equal(c[0].measure, "1");
    six_same(&c[0].stages);
    assert_int_equal(c[0].nvouchers, 4);
    assert_int_equal(c[0].nceilings, 2);
    assert_string_equal(c[0].ceilings[1].name, "per year");
    assert_int_equal(c[0].ceilings[1].year, 2025);
    SAME_FEN(c[0].ceilings[0].limit, MONEY(200));
    SAME_FEN(c[0].ceilings[0].used, MONEY(150));
    SAME_FEN(c[0].ceilings[0].left, MONEY(50));
    assert_string_equal(c[1].measure, "2");
    assert_int_equal(c[1].nceilings, 0);
    arena_free(&a);
}

static void test_vouchers_answer(void **state)
{
    (void)state;
    struct arena a = {0};
    struct voucher_row row = {.measure = "3A",
                              .enterprise = code(BUYER),
                              .seller = code(SELLER),
                              .contract = "HT-2025/001",
                              .policy = 2,
                              .rate = {400000},
                              .face = MONEY(21),
                              .stages = six,
                              .invoiced = MONEY(99),
                              .issued = DAY(20279),
                              .valid_to = DAY(20818),
                              .redeem_to = DAY(20848),
                              .issue_entry = 40,
                              .tops_up = 5,
                              .end = END_VOID,
                              .nparts = 2,
                              .parts = {{1, {10}, {4}, {0}, {0}}, {2, {11}, {0}, {0}, {0}}}};
    const uint64_t siblings[] = {9, 5};
    struct voucher_answer list[] = {{7, &row, VOUCHER_VOID, NULL, 2, siblings, code(SELLER)},
                                    {8, &row, VOUCHER_OPEN, NULL, 0, NULL, {{0}}}};
    struct answer out, q = {.kind = QUERY_VOUCHERS, .as_of_entry = 50, .next = 8, .n = 2};
    q.vouchers = list;
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_VOUCHERS);
    const struct voucher_answer *v = out.vouchers;
    assert_true(v[0].number == 7 && v[1].number == 8);
    assert_int_equal(v[0].state, VOUCHER_VOID);
    assert_int_equal(v[0].nsiblings, 2);
    assert_true(v[0].siblings[0] == 9 && v[0].siblings[1] == 5);
    assert_int_equal(v[0].row->end, END_VOID);
    assert_int_equal(v[1].row->end, END_NONE);
    assert_string_equal(v[0].row->measure, "3A");
    assert_string_equal(v[0].row->contract, "HT-2025/001");
    SAME_CODE(v[0].row->enterprise, code(BUYER));
    SAME_CODE(v[0].row->seller, code(SELLER));
    SAME_CODE(v[0].payee, code(SELLER));
    assert_int_equal(v[0].row->policy, 2);
    assert_int_equal(v[0].row->rate.ppm, 400000);
    SAME_FEN(v[0].row->face, MONEY(21));
    SAME_FEN(v[0].row->invoiced, MONEY(99));
    six_same(&v[0].row->stages);
    SAME_DAY(v[0].row->issued, DAY(20279));
    SAME_DAY(v[0].row->valid_to, DAY(20818));
    SAME_DAY(v[0].row->redeem_to, DAY(20848));
    assert_true(v[0].row->issue_entry == 40 && v[0].row->tops_up == 5);
    assert_int_equal(v[0].row->nparts, 2);
    assert_int_equal(v[0].row->parts[1].line, 2);
    SAME_FEN(v[0].row->parts[1].face, MONEY(11));
    SAME_FEN(v[0].row->parts[0].open, MONEY(4));
    arena_free(&a);
}

static void test_entries_explain_and_status_answers(void **state)
{
    (void)state;
    struct arena a = {0};
    struct stored_entry entries[] = {{4, SPAN("\x08\x04", 2), {0}}, {5, SPAN("", 0), {0}}};
    memcpy(entries[0].leaf, leaf, LEAF_HASH);
    struct answer out, q = {.kind = QUERY_REFUSALS, .next = 5, .n = 2, .entries = entries};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_ENTRIES);
    assert_true(out.entries[0].number == 4);
    assert_true(span_equal(out.entries[0].bytes, entries[0].bytes));
    assert_memory_equal(out.entries[0].leaf, leaf, LEAF_HASH);

    struct entry e = sample_entry(COMMAND_ISSUE);
    memset(e.command.request_id, 0, 16);
    e.principal = "";
    e.number = 0;
    e.refused = true;
    e.refusal = (struct refusal){.reason = REASON_RATE};
    struct explain_answer explained[] = {
        {"1", {.kind = OUTCOME_REFUSED, .dry_run = true, .entry = &e}},
        {"2",
         {.kind = OUTCOME_DENIED,
          .fault = &(const struct fault){.field = "a", .value = "b", .expected = "c"}}}};
    q = (struct answer){.kind = QUERY_EXPLAIN, .n = 2, .explained = explained};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_EXPLAIN);
    assert_string_equal(out.explained[0].measure, "1");
    outcome_same(&explained[0].outcome, &out.explained[0].outcome);
    outcome_same(&explained[1].outcome, &out.explained[1].outcome);

    struct status_answer s = {90, 7, {9}, 2, "zhangzhou-2025", true, {1752109200000000}, 480};
    q = (struct answer){.kind = QUERY_STATUS, .n = 1, .status = &s};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_STATUS);
    assert_true(out.status->entries == 90 && out.status->vouchers == 7);
    assert_memory_equal(out.status->root, s.root, LEAF_HASH);
    assert_int_equal(out.status->policy, 2);
    assert_string_equal(out.status->policy_id, "zhangzhou-2025");
    assert_true(out.status->test_clock);
    assert_int_equal(out.status->now.us, 1752109200000000);
    assert_int_equal(out.status->zone_minutes, 480);
    arena_free(&a);
}

static void test_empty_and_faulty_answers(void **state)
{
    (void)state;
    struct arena a = {0};
    struct answer out, q = {.kind = QUERY_VOUCHERS, .as_of_entry = 3};
    answer_trip(&q, &a, &out);
    assert_int_equal(out.kind, QUERY_NONE);
    assert_int_equal(out.n, 0);
    assert_null(out.vouchers);
    q = (struct answer){
        .kind = QUERY_VOUCHER,
        .fault = {.field = "voucher", .value = "9", .expected = "a voucher of the book"}};
    answer_trip(&q, &a, &out);
    assert_string_equal(out.fault.value, "9");
    assert_string_equal(out.fault.expected, "a voucher of the book");
    arena_free(&a);
}

/* Written by hand: what a client must not believe, and what it passes over. */
/* A full batch of the shortest outcomes. */
static void test_largest_batch_is_answered(void **state)
{
    (void)state;
    struct arena a = {0};
    struct outcome *list = test_calloc(LIMIT_BATCH, sizeof *list);
    for (int i = 0; i < LIMIT_BATCH; i++)
        list[i].kind = OUTCOME_UNKNOWN;
    struct reply out, q = {.number = 3, .kind = REPLY_OUTCOMES, .n = LIMIT_BATCH, .outcomes = list};
    reply_trip(&q, &a, &out);
    assert_int_equal(out.n, 10000);
    assert_int_equal(out.outcomes[9999].kind, OUTCOME_UNKNOWN);
    test_free(list);
    arena_free(&a);
}

static void test_messages_that_are_no_answer(void **state)
{
    (void)state;
    struct arena a = {0};
    struct to_client t;
    const struct {
        const char *bytes;
        size_t n;
        int rc;
    } list[] = {
#define BYTES(s, rc) {s, sizeof(s) - 1, rc}
        BYTES("", ERR_PEER),
        BYTES("\x12\x02\x08\x01", ERR_PEER),                          /* a reply of no kind */
        BYTES("\x12\x04\x08\x01\x12\x00", 0),                         /* no outcomes */
        BYTES("\x12\x06\x08\x01\x12\x02\x0a\x00", ERR_PEER),          /* outcome of no kind */
        BYTES("\x12\x08\x08\x01\x12\x04\x0a\x02\x08\x01", ERR_PEER),  /* done, no entry */
        BYTES("\x12\x08\x08\x01\x12\x04\x0a\x02\x08\x08", ERR_PEER),  /* kind 8 */
        BYTES("\x12\x08\x08\x01\x12\x04\x0a\x02\x08\x07", 0),         /* unknown, no fault */
        BYTES("\x12\x0a\x08\x01\x12\x06\x0a\x04\x08\x07\x78\x01", 0), /* a newer daemon's */
        BYTES("\x12\x06\x08\x01\x1a\x02\x32\x00", ERR_PEER),          /* voucher of nothing */
        BYTES("\x12\x08\x08\x01\x1a\x04\x22\x00\x4a\x00", ERR_PEER),  /* two lists */
        BYTES("\x12\x0a\x08\x01\x1a\x06\x22\x04\x32\x02\x08\x7f", 0), /* a fund's stages */
        BYTES("\x12\x0a\x08\x01\x1a\x06\x22\x04\x12\x02\x61\x00", ERR_PEER), /* a NUL in a text */
        BYTES("\x12\x04\x08\x01\x2a\x00", ERR_PEER), /* the clock at no time */
        BYTES("\x0a\x00", 0),                        /* welcome, nothing said */
#undef BYTES
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (to_client_read(SPAN(list[i].bytes, list[i].n), &a, &t) != list[i].rc)
            fail_msg("message %zu", i);
    arena_free(&a);
}

static void anything_read(const uint8_t *p, size_t n)
{
    struct arena a = {0};
    struct to_client t;
    int rc = to_client_read(SPAN(p, n), &a, &t);
    assert_true(rc == 0 || rc == ERR_PEER);
    if (rc == 0 && t.kind == TO_CLIENT_REPLY && t.reply.kind == REPLY_OUTCOMES) {
        for (uint32_t i = 0; i < t.reply.n; i++) {
            assert_in_range(t.reply.outcomes[i].kind, OUTCOME_DONE, OUTCOME_UNKNOWN);
            const struct entry *e = t.reply.outcomes[i].entry;
            if (e && e->refused)
                assert_in_range(e->refusal.reason, 1, REASON_COUNT - 1);
        }
    } else if (rc == 0 && t.kind == TO_CLIENT_REPLY && t.reply.kind == REPLY_ANSWER &&
               t.reply.answer.kind == QUERY_VOUCHERS) {
        for (uint32_t i = 0; i < t.reply.answer.n; i++) {
            const struct voucher_row *row = t.reply.answer.vouchers[i].row;
            assert_true(row->face.fen >= 0 && row->rate.ppm <= 1000000);
            day_sound(row->issued);
            assert_in_range(row->nparts, 0, LIMIT_LINES);
        }
    }
    arena_free(&a);
}

static void changed_bytes(const struct reply *q, uint64_t seed)
{
    struct buf b = {0};
    assert_int_equal(reply_write(q, &b), 0);
    for (size_t n = 0; n <= b.n - FRAME_HEAD; n++) {
        uint8_t *cut = test_malloc(n + 1);
        memcpy(cut, b.p + FRAME_HEAD, n);
        anything_read(cut, n);
        test_free(cut);
    }
    for (int i = 0; i < 25000; i++) {
        uint8_t bytes[2048];
        size_t n = b.n - FRAME_HEAD;
        assert_in_range(n, 1, sizeof bytes);
        memcpy(bytes, b.p + FRAME_HEAD, n);
        mutate(&seed, bytes, &n);
        anything_read(bytes, n);
    }
    buf_free(&b);
}

static void test_cut_and_changed_bytes_never_harm(void **state)
{
    (void)state;
    struct entry e = sample_entry(COMMAND_REDEEM);
    e.explanation = &limits;
    e.refused = true;
    e.refusal = (struct refusal){.reason = REASON_INVOICE_USED, .detail = "x", .voucher = 3};
    struct outcome o = {.kind = OUTCOME_REFUSED, .entry = &e};
    memcpy(o.leaf, leaf, LEAF_HASH);
    struct reply q = {.number = 3, .kind = REPLY_OUTCOMES, .n = 1, .outcomes = &o};
    changed_bytes(&q, 1);
    struct voucher_row row = {.measure = "3A",
                              .enterprise = code(BUYER),
                              .seller = code(SELLER),
                              .contract = "HT",
                              .face = MONEY(21),
                              .stages = six,
                              .issued = DAY(20279),
                              .nparts = 1,
                              .parts = {{1, {21}, {4}, {0}, {0}}}};
    struct voucher_answer v = {7, &row, VOUCHER_OPEN, NULL, 0, NULL, code(SELLER)};
    q = (struct reply){
        .number = 3, .kind = REPLY_ANSWER, .answer = {.kind = QUERY_VOUCHER, .n = 1}};
    q.answer.vouchers = &v;
    changed_bytes(&q, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_welcome_and_goodbye),
        cmocka_unit_test(test_fault_and_clock),
        cmocka_unit_test(test_phrase_of_a_fault),
        cmocka_unit_test(test_every_outcome),
        cmocka_unit_test(test_refusal_carries_its_sentence),
        cmocka_unit_test(test_funds_answer),
        cmocka_unit_test(test_enterprise_answer),
        cmocka_unit_test(test_vouchers_answer),
        cmocka_unit_test(test_entries_explain_and_status_answers),
        cmocka_unit_test(test_empty_and_faulty_answers),
        cmocka_unit_test(test_largest_batch_is_answered),
        cmocka_unit_test(test_messages_that_are_no_answer),
        cmocka_unit_test(test_cut_and_changed_bytes_never_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
