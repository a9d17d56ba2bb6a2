/* SPDX-License-Identifier: Apache-2.0 */
/* What is written without protobuf-c is what protobuf-c would write. */
#include "random_entry.h"
#include "voucher.pb-c.h"
#include "wire/entry.h"
#include "wire/message.h"
#include "wire/put.h"

/* ---- Numbers of fields ---- */

#define OF(message, name, number)                                                                  \
    {                                                                                              \
        &voucherd__##message##__descriptor, #name, number                                          \
    }

static const struct {
    const ProtobufCMessageDescriptor *message;
    const char *name;
    unsigned number;
} fields[] = {
    OF(request, number, F_REQUEST_NUMBER),
    OF(commands, asks, F_COMMANDS_ASKS),
    OF(commands, atomic, F_COMMANDS_ATOMIC),
    OF(commands, dry_run, F_COMMANDS_DRY_RUN),
    OF(ask, request_id, F_ASK_REQUEST_ID),
    OF(ask, command, F_ASK_COMMAND),
    OF(reply, number, F_REPLY_NUMBER),
    OF(outcomes, outcomes, F_OUTCOMES_OUTCOMES),
    OF(outcome, kind, F_OUTCOME_KIND),
    OF(outcome, again, F_OUTCOME_AGAIN),
    OF(outcome, dry_run, F_OUTCOME_DRY_RUN),
    OF(outcome, entry, F_OUTCOME_ENTRY),
    OF(create_book, format, F_CREATE_BOOK_FORMAT),
    OF(create_book, digest, F_CREATE_BOOK_DIGEST),
    OF(create_book, test_clock, F_CREATE_BOOK_TEST_CLOCK),
    OF(adopt_policy, file, F_ADOPT_POLICY_FILE),
    OF(appropriate, measure, F_APPROPRIATE_MEASURE),
    OF(appropriate, year, F_APPROPRIATE_YEAR),
    OF(appropriate, source, F_APPROPRIATE_SOURCE),
    OF(appropriate, amount, F_APPROPRIATE_AMOUNT),
    OF(appropriate, document, F_APPROPRIATE_DOCUMENT),
    OF(trait, name, F_TRAIT_NAME),
    OF(trait, from_day, F_TRAIT_FROM_DAY),
    OF(trait, to_day, F_TRAIT_TO_DAY),
    OF(add_enterprise, uscc, F_ADD_ENTERPRISE_USCC),
    OF(add_enterprise, name, F_ADD_ENTERPRISE_NAME),
    OF(add_enterprise, area, F_ADD_ENTERPRISE_AREA),
    OF(add_enterprise, traits, F_ADD_ENTERPRISE_TRAITS),
    OF(add_enterprise, related, F_ADD_ENTERPRISE_RELATED),
    OF(amend_enterprise, uscc, F_AMEND_ENTERPRISE_USCC),
    OF(amend_enterprise, area, F_AMEND_ENTERPRISE_AREA),
    OF(amend_enterprise, related, F_AMEND_ENTERPRISE_RELATED),
    OF(amend_enterprise, traits, F_AMEND_ENTERPRISE_TRAITS),
    OF(amend_enterprise, document, F_AMEND_ENTERPRISE_DOCUMENT),
    OF(raise_ceiling, enterprise, F_RAISE_CEILING_ENTERPRISE),
    OF(raise_ceiling, measure, F_RAISE_CEILING_MEASURE),
    OF(raise_ceiling, ceiling, F_RAISE_CEILING_CEILING),
    OF(raise_ceiling, limit, F_RAISE_CEILING_LIMIT),
    OF(raise_ceiling, document, F_RAISE_CEILING_DOCUMENT),
    OF(withdraw, entry, F_WITHDRAW_ENTRY),
    OF(withdraw, reason, F_WITHDRAW_REASON),
    OF(close_round, measure, F_CLOSE_ROUND_MEASURE),
    OF(close_round, year, F_CLOSE_ROUND_YEAR),
    OF(round, claims, F_ROUND_CLAIMS),
    OF(pay, vouchers, F_PAY_VOUCHERS),
    OF(pay, payee, F_PAY_PAYEE),
    OF(pay, document, F_PAY_DOCUMENT),
    OF(bank_return, vouchers, F_BANK_RETURN_VOUCHERS),
    OF(bank_return, document, F_BANK_RETURN_DOCUMENT),
    OF(paid, amount, F_PAID_AMOUNT),
    OF(round, wanted, F_ROUND_WANTED),
    OF(round, allowed, F_ROUND_ALLOWED),
    OF(appropriate, area, F_APPROPRIATE_AREA),
    OF(issued, wanted, F_ISSUED_WANTED),
    OF(issued, accounted, F_ISSUED_ACCOUNTED),
    OF(entry, of_failed_batch, F_ENTRY_OF_FAILED_BATCH),
    OF(add_contract, number, F_ADD_CONTRACT_NUMBER),
    OF(add_contract, seller, F_ADD_CONTRACT_SELLER),
    OF(add_contract, buyer, F_ADD_CONTRACT_BUYER),
    OF(add_contract, amount, F_ADD_CONTRACT_AMOUNT),
    OF(add_contract, signed_on, F_ADD_CONTRACT_SIGNED_ON),
    OF(attestation, name, F_ATTESTATION_NAME),
    OF(attestation, document, F_ATTESTATION_DOCUMENT),
    OF(fact, name, F_FACT_NAME),
    OF(fact, value, F_FACT_VALUE),
    OF(person, field, F_PERSON_FIELD),
    OF(person, type, F_PERSON_TYPE),
    OF(person, number, F_PERSON_NUMBER),
    OF(issue, measure, F_ISSUE_MEASURE),
    OF(issue, enterprise, F_ISSUE_ENTERPRISE),
    OF(issue, contract, F_ISSUE_CONTRACT),
    OF(issue, seller, F_ISSUE_SELLER),
    OF(issue, year, F_ISSUE_YEAR),
    OF(issue, amount, F_ISSUE_AMOUNT),
    OF(issue, attestations, F_ISSUE_ATTESTATIONS),
    OF(issue, facts, F_ISSUE_FACTS),
    OF(issue, rate, F_ISSUE_RATE),
    OF(issue, person, F_ISSUE_PERSON),
    OF(redeem, voucher, F_REDEEM_VOUCHER),
    OF(redeem, invoice, F_REDEEM_INVOICE),
    OF(redeem, dated, F_REDEEM_DATED),
    OF(redeem, amount, F_REDEEM_AMOUNT),
    OF(redeem, attestations, F_REDEEM_ATTESTATIONS),
    OF(void, voucher, F_VOID_VOUCHER),
    OF(void, reason, F_VOID_REASON),
    OF(add_outside, seller, F_ADD_OUTSIDE_SELLER),
    OF(add_outside, contract, F_ADD_OUTSIDE_CONTRACT),
    OF(add_outside, amount, F_ADD_OUTSIDE_AMOUNT),
    OF(add_outside, document, F_ADD_OUTSIDE_DOCUMENT),
    OF(add_outside, measure, F_ADD_OUTSIDE_MEASURE),
    OF(add_outside, facts, F_ADD_OUTSIDE_FACTS),
    OF(lapse, day, F_LAPSE_DAY),
    OF(posting, line, F_POSTING_LINE),
    OF(posting, voucher, F_POSTING_VOUCHER),
    OF(posting, from_stage, F_POSTING_FROM_STAGE),
    OF(posting, to_stage, F_POSTING_TO_STAGE),
    OF(posting, amount, F_POSTING_AMOUNT),
    OF(stages, available, F_STAGES_AVAILABLE),
    OF(stages, held, F_STAGES_HELD),
    OF(stages, committed, F_STAGES_COMMITTED),
    OF(stages, payable, F_STAGES_PAYABLE),
    OF(stages, paid, F_STAGES_PAID),
    OF(stages, returned, F_STAGES_RETURNED),
    OF(balance, kind, F_BALANCE_KIND),
    OF(balance, id, F_BALANCE_ID),
    OF(balance, before, F_BALANCE_BEFORE),
    OF(balance, stages, F_BALANCE_STAGES),
    OF(balance, counted, F_BALANCE_COUNTED),
    OF(limit, rule, F_LIMIT_RULE),
    OF(limit, binding, F_LIMIT_BINDING),
    OF(limit, at_most, F_LIMIT_AT_MOST),
    OF(limit, basis, F_LIMIT_BASIS),
    OF(limit, rate, F_LIMIT_RATE),
    OF(limit, limit, F_LIMIT_LIMIT),
    OF(limit, used, F_LIMIT_USED),
    OF(limit, own, F_LIMIT_OWN),
    OF(limit, name, F_LIMIT_NAME),
    OF(limit, quantity, F_LIMIT_QUANTITY),
    OF(explanation, limits, F_EXPLANATION_LIMITS),
    OF(explanation, holders, F_EXPLANATION_HOLDERS),
    OF(refusal, reason, F_REFUSAL_REASON),
    OF(refusal, detail, F_REFUSAL_DETAIL),
    OF(refusal, day, F_REFUSAL_DAY),
    OF(refusal, day_to, F_REFUSAL_DAY_TO),
    OF(refusal, asked, F_REFUSAL_ASKED),
    OF(refusal, voucher, F_REFUSAL_VOUCHER),
    OF(issued, voucher, F_ISSUED_VOUCHER),
    OF(issued, face, F_ISSUED_FACE),
    OF(issued, basis, F_ISSUED_BASIS),
    OF(issued, rate, F_ISSUED_RATE),
    OF(issued, valid_to, F_ISSUED_VALID_TO),
    OF(issued, redeem_to, F_ISSUED_REDEEM_TO),
    OF(issued, seller, F_ISSUED_SELLER),
    OF(issued, tops_up, F_ISSUED_TOPS_UP),
    OF(issued, given, F_ISSUED_GIVEN),
    OF(issued, paid_out, F_ISSUED_PAID_OUT),
    OF(issued, spent, F_ISSUED_SPENT),
    OF(redeemed, paid, F_REDEEMED_PAID),
    OF(redeemed, invoice_shared, F_REDEEMED_INVOICE_SHARED),
    OF(freed, freed, F_FREED_FREED),
    OF(lapsed, day, F_LAPSED_DAY),
    OF(lapsed, freed, F_LAPSED_FREED),
    OF(lapsed, more, F_LAPSED_MORE),
    OF(lapsed, vouchers, F_LAPSED_VOUCHERS),
    OF(lapsed, next_day, F_LAPSED_NEXT_DAY),
    OF(lapsed, next_voucher, F_LAPSED_NEXT_VOUCHER),
    OF(line, line, F_LINE_LINE),
    OF(policy_version, version, F_POLICY_VERSION_VERSION),
    OF(entry, number, F_ENTRY_NUMBER),
    OF(entry, time, F_ENTRY_TIME),
    OF(entry, day, F_ENTRY_DAY),
    OF(entry, policy, F_ENTRY_POLICY),
    OF(entry, rules, F_ENTRY_RULES),
    OF(entry, principal, F_ENTRY_PRINCIPAL),
    OF(entry, request_id, F_ENTRY_REQUEST_ID),
    OF(entry, command, F_ENTRY_COMMAND),
    OF(entry, explanation, F_ENTRY_EXPLANATION),
    OF(entry, postings, F_ENTRY_POSTINGS),
    OF(entry, balances, F_ENTRY_BALANCES),
};

#define FIELDS (sizeof fields / sizeof *fields)

/* Every field of journal.proto that stands in no oneof is in the table. */
static void test_numbers_are_those_of_the_proto(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIELDS; i++) {
        const ProtobufCMessageDescriptor *d = fields[i].message;
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(d, fields[i].name);
        assert_non_null(f);
        assert_int_equal(f->id, fields[i].number);
        unsigned want = 0, told = 0;
        for (unsigned j = 0; j < d->n_fields; j++)
            want += !(d->fields[j].flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
        for (size_t j = 0; j < FIELDS; j++)
            told += fields[j].message == d;
        /* Of replies only what is skimmed or put around stored entries is needed. */
        if (d != &voucherd__outcome__descriptor)
            assert_int_equal(told, want);
    }
}

/* ---- The writer ---- */

static void test_varints_of_every_length(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 64; bits++) {
        for (uint64_t more = 0; more < 3; more++) {
            uint64_t v = (bits < 64 ? UINT64_C(1) << bits : 0) - 1 + more;
            struct put w;
            struct buf got = {0}, want = {0};
            put_number(put_init(&w), 1, v);
            put_number(&w, 15, 0);
            put_signed(&w, 16, -1);
            put_nonzero(&w, 17, 0);
            assert_int_equal(put_finish(&w, &got), 0);
            pb_number(&want, 16, -1);
            pb_number(&want, 15, 0);
            pb_number(&want, 1, (int64_t)v);
            assert_int_equal(got.n, want.n);
            assert_memory_equal(got.p, want.p, want.n);
            buf_free(&got);
            buf_free(&want);
        }
    }
}

/* Texts around what the room on the stack takes, and lengths of one to three bytes. */
static void test_messages_of_every_length(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,    126,   127,   128,   4000,  4050,  4070,
                                   4096, 16381, 16383, 16384, 16385, 70000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct put w;
        struct buf got = {0}, want = {0};
        char *text = test_malloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = 0;
        size_t end = put_end(put_init(&w));
        put_text(&w, 3, "behind");
        put_text(&w, 2, text);
        put_text(&w, 2, "");
        put_text(&w, 2, NULL);
        put_message(&w, 200, end);
        assert_int_equal(put_finish(&w, &got), 0);
        pb_text(&want, 2, text);
        pb_text(&want, 3, "behind");
        pb_wrap(&want, 200);
        assert_int_equal(got.n, want.n);
        assert_memory_equal(got.p, want.p, want.n);
        test_free(text);
        buf_free(&got);
        buf_free(&want);
    }
}

/* Without memory nothing more is put, and what was in the buffer stays. */
static void test_no_memory_is_told_at_the_end(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 4 + 1};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        struct put w;
        struct buf out = {0};
        assert_int_equal(buf_add(&out, "before", 6), 0);
        put_text(put_init(&w), 1, "text");
        put_bytes(&w, 2, out.p, sizes[i / 2]);
        put_number(&w, 3, 7);
        put_text(&w, 4, "text");
        put_message(&w, 5, 0);
        assert_int_equal((i % 2 ? put_finish_frame : put_finish)(&w, &out), ERR_MEMORY);
        assert_int_equal(out.n, 6);
        buf_free(&out);
    }
}

/* ---- Messages ---- */

static const void *member(const ProtobufCMessage *m, unsigned offset)
{
    return (const uint8_t *)m + offset;
}

static void known_throughout(const ProtobufCMessage *m);

static void field_known(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const void *at = member(m, f->offset);
    if (f->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t n = *(const size_t *)member(m, f->quantifier_offset);
        for (size_t i = 0; i < n; i++)
            known_throughout((*(ProtobufCMessage *const *const *)at)[i]);
        return;
    }
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
        *(const uint32_t *)member(m, f->quantifier_offset) != f->id)
        return;
    if (*(ProtobufCMessage *const *)at)
        known_throughout(*(ProtobufCMessage *const *)at);
}

static void known_throughout(const ProtobufCMessage *m)
{
    assert_int_equal(m->n_unknown_fields, 0);
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        if (m->descriptor->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            field_known(m, &m->descriptor->fields[i]);
}

/* protobuf-c reads the bytes, and writes the same. */
static void as_protobuf_c_writes(const ProtobufCMessageDescriptor *d, const uint8_t *p, size_t n)
{
    ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, n, p);
    assert_non_null(m);
    known_throughout(m);
    assert_int_equal(protobuf_c_message_get_packed_size(m), n);
    uint8_t *again = test_malloc(n + 1);
    assert_int_equal(protobuf_c_message_pack(m, again), n);
    assert_memory_equal(again, p, n);
    test_free(again);
    protobuf_c_message_free_unpacked(m, NULL);
}

static void entry_check(const struct entry *e)
{
    struct arena a = {0};
    struct buf b = {0};
    struct entry back;
    assert_int_equal(entry_encode(e, &b), 0);
    as_protobuf_c_writes(&voucherd__entry__descriptor, b.p, b.n);
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &back), 0);
    entry_same(e, &back);
    buf_free(&b);
    arena_free(&a);
}

static void test_entries_are_as_protobuf_c_writes_them(void **state)
{
    (void)state;
    struct chance c = {.seed = 20250710};
    for (int round = 0; round < 300; round++) {
        for (int kind = COMMAND_CREATE_BOOK; kind < COMMAND_COUNT; kind++) {
            struct entry e = any_entry(&c, (enum command_kind)kind);
            entry_check(&e);
            arena_reset(&c.arena);
        }
    }
    arena_free(&c.arena);
}

/* Fields that are 0 and messages that hold nothing; what is no command at all. */
static void test_empty_entries_are_as_protobuf_c_writes_them(void **state)
{
    (void)state;
    static const struct explanation nothing = {.nlimits = 2, .nholders = 2};
    static const struct posting p[2];
    static const struct balance b[2];
    for (int kind = COMMAND_NONE; kind <= COMMAND_COUNT; kind++) {
        for (int refused = 0; refused < 2; refused++) {
            struct entry e = {.command.kind = (enum command_kind)kind,
                              .refused = refused,
                              .explanation = &nothing,
                              .npostings = 2,
                              .postings = p,
                              .nbalances = 2,
                              .balances = b};
            struct buf out = {0};
            assert_int_equal(entry_encode(&e, &out), 0);
            as_protobuf_c_writes(&voucherd__entry__descriptor, out.p, out.n);
            buf_free(&out);
        }
    }
}

/* FNV-1a over an entry as it is, and with next to nothing in it. */
static uint64_t hash_entry(uint64_t hash, struct entry e, size_t *n)
{
    struct buf b = {0};
    assert_int_equal(entry_encode(&e, &b), 0);
    memset(&e.done, 0, sizeof e.done);
    memset(&e.refusal, 0, sizeof e.refusal);
    e.explanation = NULL;
    e.nlapsed = 0;
    e.number = 0;
    assert_int_equal(entry_encode(&e, &b), 0);
    for (size_t i = 0; i < b.n; i++)
        hash = (hash ^ b.p[i]) * UINT64_C(0x100000001b3);
    *n += b.n;
    buf_free(&b);
    return hash;
}

/* Without what the first version did not know. */
static struct entry as_at_first(struct entry e, struct explanation *room)
{
    struct command *c = &e.command;
    if (e.explanation) {
        *room = *e.explanation;
        room->nlimits = 2;
        e.explanation = room;
    }
    if (c->kind == COMMAND_ADD_ENTERPRISE) {
        c->add_enterprise.related = NULL;
    } else if (c->kind == COMMAND_REDEEM) {
        c->redeem.nattestations = 0;
    } else if (c->kind == COMMAND_ISSUE) {
        c->issue.has_rate = false;
        c->issue.nfacts = 0;
        e.done.issue.paid_out = false;
        e.done.issue.spent = MONEY(0);
        e.done.issue.wanted = e.done.issue.accounted = MONEY(0);
    }
    return e;
}

/* Stored bytes never change: every sample of the first version, as it wrote them. */
static void test_first_samples_are_written_as_ever(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t n = 0;
    for (int kind = COMMAND_CREATE_BOOK; kind <= COMMAND_LAPSE + 1; kind++) {
        struct explanation room;
        struct entry e =
            kind > COMMAND_LAPSE ? sample_refusal() : sample_entry((enum command_kind)kind);
        hash = hash_entry(hash, as_at_first(e, &room), &n);
    }
    assert_int_equal(n, 4761);
    assert_true(hash == UINT64_C(0x3bd3fd8f639ad043));
}

/* And every sample of today. */
static void test_samples_are_written_as_ever(void **state)
{
    (void)state;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t n = 0;
    for (int kind = COMMAND_CREATE_BOOK; kind <= COMMAND_WITHDRAW; kind++)
        hash = hash_entry(hash, sample_entry((enum command_kind)kind), &n);
    assert_int_equal(n, 5901);
    assert_true(hash == UINT64_C(0x65127bd85207e86e));
}

/* ---- Persons ---- */

#define NUMBER "11010519491231002X"

static bool holds(const struct buf *b, const char *text)
{
    return memmem(b->p, b->n, text, strlen(text)) != NULL;
}

/* A person is written into a request and into nothing else. */
static void test_persons_are_put_into_requests_alone(void **state)
{
    (void)state;
    struct entry e = sample_entry(COMMAND_ISSUE);
    struct buf with = {0}, without = {0}, request = {0};
    struct to_daemon t;
    struct arena a = {0};
    assert_int_equal(entry_encode(&e, &without), 0);
    e.command.issue.person = (struct person){"person", "resident-id", NUMBER};
    assert_int_equal(entry_encode(&e, &with), 0);
    assert_int_equal(with.n, without.n);
    assert_memory_equal(with.p, without.p, with.n);
    assert_false(holds(&with, NUMBER) || holds(&with, "resident-id"));

    const struct request q = {
        .number = 1, .kind = REQUEST_COMMANDS, .n = 1, .commands = &e.command};
    assert_int_equal(request_write(&q, &request), 0);
    assert_true(holds(&request, NUMBER));
    as_protobuf_c_writes(&voucherd__to_daemon__descriptor, request.p + 4, request.n - 4);
    assert_int_equal(to_daemon_read(SPAN(request.p + 4, request.n - 4), &a, NULL, &t), 0);
    assert_null(t.request.faults);
    issue_same(&e.command.issue, &t.request.commands[0].issue);
    buf_free(&with);
    buf_free(&without);
    buf_free(&request);
    arena_free(&a);
}

/* Bytes with a person in them are no entry, whoever wrote them. */
static void test_entry_with_a_person_is_none(void **state)
{
    (void)state;
    struct arena a = {0};
    struct entry e = sample_entry(COMMAND_ISSUE), out;
    struct buf b = {0}, person = {0};
    pb_text(&person, 1, "person");
    pb_text(&person, 2, "resident-id");
    pb_text(&person, 3, NUMBER);
    pb_wrap(&person, F_ISSUE_PERSON);
    pb_wrap(&person, COMMAND_ISSUE);
    pb_wrap(&person, F_ENTRY_COMMAND);
    assert_int_equal(entry_encode(&e, &b), 0);
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), 0);
    assert_int_equal(buf_add(&b, person.p, person.n), 0); /* the last of two is merged */
    assert_int_equal(entry_decode(SPAN(b.p, b.n), &a, &out), ERR_FORMAT);
    buf_free(&b);
    buf_free(&person);
    arena_free(&a);
}

static void test_requests_are_as_protobuf_c_writes_them(void **state)
{
    (void)state;
    struct chance c = {.seed = 11};
    static struct command commands[200];
    for (uint32_t round = 0; round < 40; round++) {
        struct request q = {.number = round,
                            .kind = REQUEST_COMMANDS,
                            .atomic = round & 1,
                            .dry_run = round & 2,
                            .n = round == 39 ? 200 : round % 12,
                            .commands = commands};
        for (uint32_t i = 0; i < q.n; i++)
            commands[i] = any_command(&c, (enum command_kind)(1 + i % (COMMAND_COUNT - 1)));
        struct buf b = {0};
        assert_int_equal(request_write(&q, &b), 0);
        assert_int_equal(get_be32(b.p), b.n - 4);
        as_protobuf_c_writes(&voucherd__to_daemon__descriptor, b.p + 4, b.n - 4);
        buf_free(&b);
        arena_reset(&c.arena);
    }
    arena_free(&c.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_those_of_the_proto),
        cmocka_unit_test(test_varints_of_every_length),
        cmocka_unit_test(test_messages_of_every_length),
        cmocka_unit_test(test_no_memory_is_told_at_the_end),
        cmocka_unit_test(test_entries_are_as_protobuf_c_writes_them),
        cmocka_unit_test(test_empty_entries_are_as_protobuf_c_writes_them),
        cmocka_unit_test(test_first_samples_are_written_as_ever),
        cmocka_unit_test(test_samples_are_written_as_ever),
        cmocka_unit_test(test_persons_are_put_into_requests_alone),
        cmocka_unit_test(test_entry_with_a_person_is_none),
        cmocka_unit_test(test_requests_are_as_protobuf_c_writes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
