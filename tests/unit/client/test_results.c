/* SPDX-License-Identifier: Apache-2.0 */
/* What replies say is what results have, member by member. */
#include "client/inner.h"

#include "tests/unit/wire/sample_entry.h"
#include "wire/entry.h"

static struct arena arena;

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const uint8_t leaf[LEAF_HASH] = {1, 2, 3};

/* The entry as an answer to ENTRIES gives it. */
static const struct voucher_entry *listed(const struct entry *e)
{
    struct buf b = {0};
    struct stored_entry stored = {.number = e->number};
    struct reply reply = {.number = 5, .kind = REPLY_ANSWER};
    struct voucher_result r = {0};
    assert_int_equal(entry_encode(e, &b), 0);
    stored.bytes = SPAN(arena_copy(&arena, b.p, b.n), b.n);
    memcpy(stored.leaf, leaf, sizeof leaf);
    buf_free(&b);
    reply.answer = (struct answer){
        .kind = QUERY_ENTRIES, .as_of_entry = 50, .next = 42, .n = 1, .entries = &stored};
    assert_int_equal(result_show(&reply, &arena, &r), 0);
    assert_true(r.number == 5 && r.as_of_entry == 50 && r.next == 42 && r.n == 1 && !r.error);
    assert_int_equal(r.code, VOUCHER_DONE);
    assert_true(!r.outcomes && !r.funds && !r.vouchers && !r.enterprises && !r.status);
    assert_int_equal(r.entries[0]->stored_size, stored.bytes.n);
    assert_memory_equal(r.entries[0]->stored, stored.bytes.p, stored.bytes.n);
    return r.entries[0];
}

static void sums_same(const struct voucher_stages *a, const struct stages *b)
{
    assert_int_equal(a->available, b->at[STAGE_AVAILABLE].fen);
    assert_int_equal(a->held, b->at[STAGE_HELD].fen);
    assert_int_equal(a->committed, b->at[STAGE_COMMITTED].fen);
    assert_int_equal(a->payable, b->at[STAGE_PAYABLE].fen);
    assert_int_equal(a->paid, b->at[STAGE_PAID].fen);
    assert_int_equal(a->returned, b->at[STAGE_RETURNED].fen);
}

static void money_same(const struct voucher_entry *e)
{
    assert_int_equal(e->npostings, 3);
    assert_int_equal(e->nbalances, 3);
    for (int i = 0; i < 3; i++) {
        const struct voucher_posting *p = e->postings[i];
        const struct voucher_balance *b = e->balances[i];
        assert_int_equal(p->line, sample_postings[i].line);
        assert_int_equal(p->from, sample_postings[i].from);
        assert_int_equal(p->to, sample_postings[i].to);
        assert_true(p->voucher == sample_postings[i].voucher);
        assert_int_equal(p->amount, sample_postings[i].amount.fen);
        assert_int_equal(b->kind, sample_balances[i].kind);
        assert_int_equal(b->id, sample_balances[i].id);
        assert_int_equal(b->before, sample_balances[i].before);
        assert_int_equal(b->counted, sample_balances[i].counted.fen);
        sums_same(&b->stages, &sample_balances[i].stages);
    }
}

static void explanation_is_sample(const struct voucher_entry *e)
{
    assert_int_equal(e->nlimits, 3);
    assert_int_equal(e->limits[0]->rule, VOUCHER_RULE_RATE);
    assert_int_equal(e->limits[0]->rate, 500000);
    assert_int_equal(e->limits[0]->basis, 300000000);
    assert_int_equal(e->limits[0]->at_most, 150000000);
    assert_false(e->limits[0]->binding);
    assert_int_equal(e->limits[1]->rule, VOUCHER_RULE_CEILING);
    assert_true(e->limits[1]->binding);
    assert_int_equal(e->limits[1]->limit, 200000000);
    assert_int_equal(e->limits[1]->used, 130000000);
    assert_int_equal(e->limits[1]->own, 5000000);
    assert_string_equal(e->limits[1]->name, "每家企业");
    assert_int_equal(e->limits[2]->rule, VOUCHER_RULE_UNIT);
    assert_int_equal(e->limits[2]->quantity, 49999900);
    assert_true(e->nholders == 2 && e->holders[0] == 9 && e->holders[1] == 3);
}

static void test_entries_of_every_kind(void **state)
{
    (void)state;
    for (int kind = COMMAND_CREATE_BOOK; kind < COMMAND_COUNT; kind++) {
        struct entry e = sample_entry((enum command_kind)kind);
        const struct voucher_entry *v = listed(&e);
        assert_int_equal(v->number, e.number);
        assert_int_equal(v->time, e.time.us);
        assert_int_equal(v->day, e.day.n);
        assert_int_equal(v->policy, e.policy);
        assert_int_equal(v->rules, e.rules);
        assert_string_equal(v->principal, e.principal);
        assert_memory_equal(v->leaf, leaf, sizeof leaf);
        assert_null(v->refusal);
        if (kind == COMMAND_CREATE_BOOK) {
            assert_null(v->command);
            continue;
        }
        money_same(v);
        assert_int_equal(v->command->kind, kind);
        assert_memory_equal(v->command->request_id, e.command.request_id, 16);
        assert_int_equal(v->policy_version, kind == COMMAND_ADOPT_POLICY ? 4 : 0);
        assert_int_equal(v->line, kind == COMMAND_APPROPRIATE ? 12 : 0);
        assert_int_equal(v->paid, kind == COMMAND_REDEEM ? 9999999 : 0);
        assert_int_equal(v->invoice_shared, kind == COMMAND_REDEEM);
        assert_int_equal(v->freed, kind == COMMAND_VOID ? 20000001 : kind == COMMAND_LAPSE ? 5 : 0);
        assert_int_equal(v->more, kind == COMMAND_LAPSE);
        assert_int_equal(v->lapsed_day, kind == COMMAND_LAPSE ? 20278 : 0);
        assert_int_equal(v->nlapsed, kind == COMMAND_LAPSE ? 3 : 0);
        if (kind == COMMAND_LAPSE)
            assert_memory_equal(v->lapsed, sample_lapsed, sizeof sample_lapsed);
        if (kind != COMMAND_ISSUE) {
            assert_true(v->voucher == 0 && v->face == 0 && v->seller[0] == 0);
            continue;
        }
        explanation_is_sample(v);
        assert_true(v->voucher == 7 && v->face == 75000000 && v->basis == 300000000);
        assert_true(v->rate == 500000 && v->valid_to == 20818 && v->redeem_to == 20848);
        assert_string_equal(v->seller, SELLER);
        assert_int_equal(v->tops_up, 6);
        assert_true(v->given == VOUCHER_GIVEN_VOUCHER && v->paid_out && v->spent == 300000000);
        assert_int_equal(v->command->nfacts, 3);
        assert_string_equal(v->command->facts[1].value, "4999.99");
    }
}

static void test_a_refusal(void **state)
{
    (void)state;
    struct entry e = sample_refusal();
    const struct voucher_entry *v = listed(&e);
    assert_int_equal(v->refusal->reason, VOUCHER_REASON_TRAIT_MISSING);
    assert_string_equal(v->refusal->detail, "annotation");
    assert_non_null(strstr(v->refusal->sentence, "annotation"));
    assert_true(v->refusal->day == 20279 && v->refusal->day_to == -3);
    assert_true(v->refusal->asked == 1 && v->refusal->voucher == 8);
    assert_true(v->voucher == 0 && v->face == 0);
    explanation_is_sample(v);
}

/* Every kind of outcome; a batch has the code of the one that stood in the way. */
static void test_outcomes(void **state)
{
    (void)state;
    static const int codes[] = {0,
                                VOUCHER_DONE,
                                VOUCHER_REFUSED,
                                VOUCHER_MISTAKE,
                                VOUCHER_DENIED,
                                VOUCHER_NOT_DONE,
                                VOUCHER_TRY_AGAIN,
                                VOUCHER_UNKNOWN};
    struct entry done = sample_entry(COMMAND_ISSUE), refused = sample_refusal();
    for (int kind = OUTCOME_DONE; kind <= OUTCOME_UNKNOWN; kind++) {
        struct outcome o[3] = {{.kind = OUTCOME_DONE, .entry = &done},
                               {.kind = (enum outcome_kind)kind},
                               {.kind = OUTCOME_DONE, .entry = &done, .repeated = true}};
        struct reply reply = {.kind = REPLY_OUTCOMES, .n = 3, .outcomes = o};
        struct voucher_result r = {0};
        if (kind <= OUTCOME_REFUSED)
            o[1].entry = kind == OUTCOME_DONE ? &done : &refused;
        else
            fault_set(outcome_fault_new(&o[1], &arena), "a", "b", "c");
        assert_int_equal(result_show(&reply, &arena, &r), 0);
        assert_int_equal(r.code, codes[kind]);
        assert_int_equal(r.outcomes[1]->code, codes[kind]);
        assert_true(!r.outcomes[0]->again && r.outcomes[2]->again);
        assert_ptr_equal(r.error, r.outcomes[1]->error);
        if (kind == OUTCOME_DONE) {
            assert_null(r.error);
        } else {
            assert_int_equal(r.error->code, codes[kind]);
            assert_string_equal(r.error->field, kind == OUTCOME_REFUSED ? "commands[1]" : "a");
            assert_string_equal(r.error->value, kind == OUTCOME_REFUSED ? "trait_missing" : "b");
        }
        o[0] = (struct outcome){.kind = OUTCOME_NOT_DONE};
        if (kind != OUTCOME_DONE && kind != OUTCOME_NOT_DONE) {
            assert_int_equal(result_show(&reply, &arena, &r), 0);
            assert_int_equal(r.code, codes[kind]);
        }
    }
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        int code;
    } faults[] = {{"role", VOUCHER_DENIED},
                  {"principal", VOUCHER_DENIED},
                  {"book", VOUCHER_TRY_AGAIN},
                  {"x", VOUCHER_MISTAKE}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct reply whole = {.kind = REPLY_FAULT}, answer = {.kind = REPLY_ANSWER};
        struct voucher_result r = {0}, q = {0};
        fault_set(&whole.fault, faults[i].field, "v", "e");
        answer.answer.fault = whole.fault;
        assert_int_equal(result_show(&whole, &arena, &r), 0);
        assert_int_equal(result_show(&answer, &arena, &q), 0);
        assert_true(r.code == faults[i].code && q.code == faults[i].code);
        assert_string_equal(r.error->field, faults[i].field);
        assert_string_equal(q.error->expected, "e");
    }
}

static void test_an_entry_that_is_none(void **state)
{
    (void)state;
    struct stored_entry stored = {.number = 1, .bytes = SPAN("\xff", 1)};
    struct reply reply = {.kind = REPLY_ANSWER};
    struct voucher_result r = {0};
    reply.answer = (struct answer){.kind = QUERY_ENTRIES, .n = 1, .entries = &stored};
    assert_int_equal(result_show(&reply, &arena, &r), ERR_PEER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_of_every_kind),
        cmocka_unit_test(test_a_refusal),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_an_entry_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
