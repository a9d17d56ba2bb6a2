/* SPDX-License-Identifier: Apache-2.0 */
/* What each command and query takes, and the rule of the sizes. */
#include "client/inner.h"

#include "tests/unit/wire/sample.h"

static struct arena arena;
static struct fault f;

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* With days that can be given: 0 counts as not given. */
static struct command sample(enum command_kind kind)
{
    struct command c = sample_command(kind);
    if (kind == COMMAND_ADD_CONTRACT)
        c.add_contract.signed_on = DAY(20000);
    if (kind == COMMAND_ADD_ENTERPRISE)
        c.add_enterprise.traits[2].from = c.add_enterprise.traits[2].to = DAY(-1);
    /* Every member that a kind takes, which of these need not be together. */
    if (kind == COMMAND_ISSUE)
        c.issue.person = (struct person){"person", "resident-id", "11010519491231002X"};
    if (kind == COMMAND_ADD_OUTSIDE) {
        c.add_outside.measure = "5.1";
        c.add_outside.nfacts = 3;
        c.add_outside.facts = sample_facts;
    }
    return c;
}

static struct voucher_command shown(enum command_kind kind)
{
    struct command *kept = arena_alloc(&arena, sizeof *kept);
    struct voucher_command out;
    assert_non_null(kept);
    *kept = sample(kind);
    assert_int_equal(command_show(kept, &arena, &out), 0);
    return out;
}

static void test_every_command_there_and_back(void **state)
{
    (void)state;
    for (int kind = COMMAND_ADOPT_POLICY; kind < COMMAND_COUNT; kind++) {
        struct command c = sample((enum command_kind)kind), *back;
        struct voucher_command mine;
        assert_int_equal(command_show(&c, &arena, &mine), 0);
        assert_int_equal(mine.size, sizeof mine);
        assert_int_equal(mine.kind, kind);
        assert_int_equal(commands_take(&mine, 1, &arena, &f, &back), 0);
        command_same(&c, back);
    }
}

static void test_what_may_be_left_out_is_not_given(void **state)
{
    (void)state;
    struct voucher_command mine = {.size = sizeof mine, .kind = VOUCHER_DO_ISSUE}, back;
    struct command *c;
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), 0);
    assert_false(c->issue.has_amount || c->issue.has_seller);
    assert_int_equal(command_show(c, &arena, &back), 0);
    assert_null(back.seller);
    assert_int_equal(back.amount, 0);
    mine.kind = VOUCHER_DO_LAPSE;
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), 0);
    assert_false(c->lapse.has_day);
}

/* Each member of one kind, set in every kind that does not take it. */
static void test_what_a_kind_does_not_take_is_told(void **state)
{
    (void)state;
    static const uint8_t none[8];
    int refused = 0;
    for (int kind = COMMAND_ADOPT_POLICY; kind < COMMAND_COUNT; kind++)
        for (int other = COMMAND_ADOPT_POLICY; other < COMMAND_COUNT; other++) {
            struct voucher_command a = shown((enum command_kind)kind);
            struct voucher_command b = shown((enum command_kind)other);
            struct command *c;
            size_t from = offsetof(struct voucher_command, measure);
            /* Bytes that this kind leaves 0 come from the other one. */
            bool more = false;
            for (size_t i = from, n; i < sizeof a; i += n) {
                uint8_t *p = (uint8_t *)&a + i, *q = (uint8_t *)&b + i;
                n = i >= offsetof(struct voucher_command, year) &&
                            i < offsetof(struct voucher_command, traits)
                        ? 4
                        : 8;
                if (!memcmp(p, none, n) && memcmp(q, none, n)) {
                    memcpy(p, q, n);
                    more = true;
                }
            }
            int rc = commands_take(&a, 1, &arena, &f, &c);
            if (other == kind)
                assert_int_equal(rc, 0);
            if (more)
                assert_int_equal(rc, ERR_INVALID);
            refused += rc == ERR_INVALID;
        }
    assert_true(refused > 60);
}

static void test_a_person_is_whole(void **state)
{
    (void)state;
    struct voucher_command mine = {.size = sizeof mine, .kind = VOUCHER_DO_ISSUE};
    struct command *c;
    mine.person_number = "11010519491231002X";
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands[0].person_field");
    assert_string_equal(f.value, "");
    mine.person_field = "person";
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), 0);
    assert_string_equal(c->issue.person.type, "resident-id");
    mine.person_number = NULL;
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands[0].person_number");
    mine.person_field = NULL;
    mine.person_type = "passport";
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), ERR_INVALID);
}

static void test_a_day_that_is_needed_is_asked_for(void **state)
{
    (void)state;
    struct voucher_command mine = shown(COMMAND_REDEEM);
    struct command *c;
    mine.dated = 0;
    assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands[0].dated");
}

/* As a program has it that was built with a later header. */
struct later {
    struct voucher_command command;
    uint64_t more;
};

static void test_sizes(void **state)
{
    (void)state;
    struct later many[3] = {0};
    struct command *c;
    for (int i = 0; i < 3; i++) {
        many[i].command = shown(COMMAND_VOID);
        many[i].command.size = sizeof many[i];
        many[i].command.voucher = (uint64_t)i + 1;
    }
    assert_int_equal(commands_take(&many[0].command, 3, &arena, &f, &c), 0);
    assert_int_equal(c[2].void_voucher.voucher, 3);
    many[2].more = 1;
    assert_int_equal(commands_take(&many[0].command, 3, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands[2].size");
    many[2].more = 0;
    many[1].command.size = sizeof(struct voucher_command);
    assert_int_equal(commands_take(&many[0].command, 3, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands[1].size");
    static const size_t wrong[] = {0, 1, offsetof(struct voucher_command, facts) - 1, 4097,
                                   SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        many[0].command.size = wrong[i];
        assert_int_equal(commands_take(&many[0].command, 1, &arena, &f, &c), ERR_INVALID);
        assert_string_equal(f.field, "commands[0].size");
    }
}

static void test_numbers_of_commands(void **state)
{
    (void)state;
    struct voucher_command mine = shown(COMMAND_VOID);
    struct command *c;
    assert_int_equal(commands_take(&mine, 0, &arena, &f, &c), ERR_INVALID);
    assert_int_equal(commands_take(&mine, LIMIT_BATCH + 1, &arena, &f, &c), ERR_INVALID);
    assert_string_equal(f.field, "commands");
    for (int kind = -1; kind <= COMMAND_COUNT; kind++) {
        mine = (struct voucher_command){.size = sizeof mine, .kind = kind};
        if (kind <= COMMAND_CREATE_BOOK || kind >= COMMAND_COUNT)
            assert_int_equal(commands_take(&mine, 1, &arena, &f, &c), ERR_INVALID);
    }
}

static void test_queries(void **state)
{
    (void)state;
    struct voucher_query mine = {.size = sizeof mine,
                                 .kind = VOUCHER_ASK_VOUCHERS,
                                 .enterprise = BUYER,
                                 .measure = "3A",
                                 .contract = "C1",
                                 .state = VOUCHER_IS_LAPSED,
                                 .redeem_by = 21000,
                                 .after = 7,
                                 .count = 9};
    struct query q;
    assert_int_equal(query_take(&mine, &f, &q), 0);
    assert_true(q.filter.has_enterprise && q.filter.has_redeem_by);
    SAME_CODE(q.filter.enterprise, code(BUYER));
    assert_string_equal(q.filter.measure, "3A");
    assert_string_equal(q.filter.contract, "C1");
    assert_int_equal(q.filter.state, VOUCHER_LAPSED);
    assert_int_equal(q.filter.redeem_by.n, 21000);
    assert_int_equal(q.after, 7);
    assert_int_equal(q.count, 9);
    mine = (struct voucher_query){.size = sizeof mine, .kind = VOUCHER_ASK_REFUSALS};
    assert_int_equal(query_take(&mine, &f, &q), 0);
    assert_false(q.has_enterprise);
    mine.as_of_day = 20000;
    assert_int_equal(query_take(&mine, &f, &q), ERR_INVALID);
    assert_string_equal(f.field, "as_of_day");
    mine.kind = VOUCHER_ASK_FUNDS;
    assert_int_equal(query_take(&mine, &f, &q), 0);
    assert_true(q.as_of.has_day && q.as_of.day.n == 20000 && q.as_of.entry == 0);
    mine = (struct voucher_query){.size = sizeof mine,
                                  .kind = VOUCHER_ASK_EXPLAIN,
                                  .enterprise = BUYER,
                                  .contract = "C1",
                                  .seller = SELLER,
                                  .measure = "1",
                                  .year = 2026};
    assert_int_equal(query_take(&mine, &f, &q), 0);
    assert_true(q.has_seller && q.year == 2026);
    SAME_CODE(q.seller, code(SELLER));
    mine.seller = "9135";
    assert_int_equal(query_take(&mine, &f, &q), ERR_INVALID);
    assert_string_equal(f.field, "seller");
}

/* What the daemon calls by the protocol's names. */
static void test_fields_are_told_as_members(void **state)
{
    (void)state;
    static const struct {
        bool command;
        const char *theirs, *mine;
    } fields[] = {
        {true, "issue.contract", "commands[3].contract"},
        {true, "add_enterprise.uscc", "commands[3].enterprise"},
        {true, "add_contract.number", "commands[3].contract"},
        {true, "add_enterprise.traits[1].to_day", "commands[3].traits[1].to"},
        {true, "issue.attestations", "commands[3].attestations"},
        {true, "issue.attestations[15].document", "commands[3].attestations[15].document"},
        {true, "issue.facts[3].value", "commands[3].facts[3].value"},
        {true, "issue.person.number", "commands[3].person_number"},
        {true, "issue.person", "commands[3].person_field"},
        {true, "raise_ceiling.limit", "commands[3].limit"},
        {true, "ask.request_id", "commands[3].request_id"},
        {true, "commands.asks[9999].request_id", "commands[9999].request_id"},
        {true, "commands.asks", "commands.asks"},
        {true, "commands", "commands"},
        {true, "role", "role"},
        {true, "request.number", "request.number"},
        {false, "query.enterprise.uscc", "enterprise"},
        {false, "query.funds.as_of.day", "as_of_day"},
        {false, "query.funds.as_of", "as_of_day"},
        {false, "as_of.entry", "as_of_entry"},
        {false, "query.voucher.voucher", "voucher"},
        {false, "enterprise", "enterprise"},
        {false, "issue.contract", "contract"},
        {false, "request.number", "request.number"},
        {false, "", ""},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        fault_set(&f, fields[i].theirs, "v", "e");
        field_show(fields[i].command, 3, &f);
        assert_string_equal(f.field, fields[i].mine);
    }
    /* The longest there can be. */
    memset(f.field, 'x', sizeof f.field - 1);
    memcpy(f.field, "issue.traits[", 13);
    field_show(true, SIZE_MAX, &f);
    assert_int_equal(strnlen(f.field, sizeof f.field) < sizeof f.field, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_there_and_back),
        cmocka_unit_test(test_what_may_be_left_out_is_not_given),
        cmocka_unit_test(test_what_a_kind_does_not_take_is_told),
        cmocka_unit_test(test_a_person_is_whole),
        cmocka_unit_test(test_a_day_that_is_needed_is_asked_for),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_numbers_of_commands),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_fields_are_told_as_members),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
