/* SPDX-License-Identifier: Apache-2.0 */
/* Uses all of libvoucher once, against a daemon that test_library.py ends and starts meanwhile: at
 * each "POINT name" that this prints it waits for a line. A check that fails ends it with its line.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <voucher.h>

#define SELLER "91350100M000100Y43"
#define BUYER  "91350602MA000TX06E"

static struct voucher_error error;

static void fail(int line, const char *what)
{
    printf("line %d: %s\n%s: %s '%s': %s\n", line, what, voucher_code_name(error.code), error.field,
           error.value, error.expected);
    exit(1);
}

#define CHECK(x) ((x) ? (void)0 : fail(__LINE__, #x))

static void point(const char *name)
{
    char line[16];
    printf("POINT %s\n", name);
    fflush(stdout);
    CHECK(fgets(line, sizeof line, stdin) != NULL);
}

static struct voucher_command command(int kind)
{
    struct voucher_command c = {.size = sizeof c, .kind = kind};
    voucher_new_id(c.request_id);
    return c;
}

static struct voucher_command issue(int64_t amount)
{
    struct voucher_command c = command(VOUCHER_DO_ISSUE);
    c.measure = "1";
    c.enterprise = BUYER;
    c.contract = "C1";
    c.amount = amount;
    return c;
}

static struct voucher_query query(int kind)
{
    struct voucher_query q = {.size = sizeof q, .kind = kind};
    return q;
}

static int has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* One command that must be done; its result is freed by the caller. */
static struct voucher_result *must_do(struct voucher_connection *c, struct voucher_command command)
{
    struct voucher_result *r;
    CHECK(voucher_do(c, &command, 1, 0, &r, &error) == VOUCHER_DONE);
    CHECK(error.code == VOUCHER_DONE && error.field[0] == 0 && r->n == 1 && !r->error);
    CHECK(r->outcomes[0]->code == VOUCHER_DONE && !r->outcomes[0]->error);
    return r;
}

static struct voucher_result *must_ask(struct voucher_connection *c, struct voucher_query q)
{
    struct voucher_result *r;
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_DONE && error.code == VOUCHER_DONE);
    return r;
}

static void mistake(struct voucher_connection *c, struct voucher_command command, const char *field)
{
    struct voucher_result *r = (struct voucher_result *)&r;
    CHECK(voucher_do(c, &command, 1, 0, &r, &error) == VOUCHER_MISTAKE);
    CHECK(error.code == VOUCHER_MISTAKE && strcmp(error.field, field) == 0 && error.expected[0]);
    voucher_result_free(r);
}

static void try_values(void)
{
    char day[VOUCHER_DAY_SIZE], money[VOUCHER_MONEY_SIZE];
    uint8_t a[VOUCHER_ID], b[VOUCHER_ID];
    int32_t d = -1;
    int64_t fen = -1;
    CHECK(voucher_day_parse("2025-02-29", &d, &error) == VOUCHER_MISTAKE && d == -1);
    CHECK(voucher_day_parse(NULL, &d, NULL) == VOUCHER_MISTAKE);
    CHECK(voucher_day_parse("1970-01-02", &d, &error) == VOUCHER_DONE && d == 1);
    CHECK(strcmp(voucher_day_format(d, day), "1970-01-02") == 0);
    CHECK(strcmp(voucher_day_format(INT32_MAX, day), "") == 0);
    CHECK(voucher_money_parse("0.005", &fen, &error) == VOUCHER_MISTAKE && fen == -1);
    CHECK(voucher_money_parse("1200000.05", &fen, &error) == VOUCHER_DONE && fen == 120000005);
    CHECK(strcmp(voucher_money_format(fen, money), "1200000.05") == 0);
    voucher_new_id(a);
    voucher_new_id(b);
    CHECK(memcmp(a, b, VOUCHER_ID) < 0 && a[6] >> 4 == 7 && a[8] >> 6 == 2);
    CHECK(strcmp(voucher_code_name(VOUCHER_UNKNOWN), "unknown") == 0);
    CHECK(voucher_code_name(1) && voucher_code_name(-1000));
    CHECK(strcmp(voucher_reason_name(VOUCHER_REASON_CEILING), "ceiling") == 0);
    CHECK(voucher_reason_name(-1) && voucher_version()[0]);
    voucher_result_free(NULL);
    voucher_close(NULL);
}

static void try_addresses(const char *addr)
{
    static const char long_name[] =
        "a-program-with-a-name-that-is-longer-than-the-sixty-three-bytes-of-a-name";
    struct voucher_connection *c = (struct voucher_connection *)&c;
    CHECK(voucher_open("localhost:80", "t", 1000, &c, &error) == VOUCHER_MISTAKE && !c);
    CHECK(strcmp(error.field, "addr") == 0 && strcmp(error.value, "localhost:80") == 0);
    CHECK(voucher_open(NULL, "t", 1000, &c, &error) == VOUCHER_MISTAKE);
    CHECK(voucher_open(addr, NULL, 1000, &c, &error) == VOUCHER_MISTAKE);
    CHECK(voucher_open(addr, "t", 0, &c, &error) == VOUCHER_MISTAKE);
    CHECK(voucher_open("unix:/nowhere/at/all", "t", 1000, &c, &error) == VOUCHER_UNREACHABLE);
    CHECK(has(error.expected, "nobody listens"));
    CHECK(voucher_open(addr, long_name, 1000, &c, NULL) == VOUCHER_GOODBYE && !c);
    CHECK(voucher_open(addr, long_name, 1000, &c, &error) == VOUCHER_GOODBYE);
    CHECK(has(error.field, "program"));
}

static void lay_ground(struct voucher_connection *c, const char *policy)
{
    static char file[1 << 20];
    struct voucher_trait traits[] = {{"industrial", 0, 0}, {"annotation", 20000, 30000}};
    struct voucher_command ground[5];
    struct voucher_result *r;
    FILE *f = fopen(policy, "rb");
    CHECK(f != NULL);
    size_t n = fread(file, 1, sizeof file, f);
    fclose(f);
    ground[0] = command(VOUCHER_DO_ADOPT_POLICY);
    ground[0].file = file;
    ground[0].file_size = n;
    ground[1] = command(VOUCHER_DO_APPROPRIATE);
    ground[1].measure = "1";
    ground[1].year = 2025;
    ground[1].source = "city";
    ground[1].amount = 10000000;
    ground[1].document = "D1";
    ground[2] = command(VOUCHER_DO_ADD_ENTERPRISE);
    ground[2].enterprise = BUYER;
    ground[2].name = "买方";
    ground[2].area = "芗城区";
    ground[2].traits = traits;
    ground[2].ntraits = 2;
    ground[3] = command(VOUCHER_DO_ADD_ENTERPRISE);
    ground[3].enterprise = SELLER;
    ground[3].name = "卖方";
    ground[3].area = "350603";
    ground[4] = command(VOUCHER_DO_ADD_CONTRACT);
    ground[4].contract = "C1";
    ground[4].seller = SELLER;
    ground[4].buyer = BUYER;
    ground[4].amount = 6000000;
    CHECK(voucher_day_parse("2025-03-01", &ground[4].signed_on, &error) == VOUCHER_DONE);
    CHECK(voucher_do(c, ground, 5, VOUCHER_ATOMIC, &r, &error) == VOUCHER_DONE && r->n == 5);
    CHECK(r->outcomes[0]->entry->number == 2 && r->outcomes[0]->entry->policy_version == 1);
    CHECK(r->outcomes[1]->entry->line == 1 && r->outcomes[1]->entry->npostings == 1);
    CHECK(r->outcomes[1]->entry->postings[0]->from == VOUCHER_STAGE_OUTSIDE);
    CHECK(r->outcomes[1]->entry->postings[0]->to == VOUCHER_STAGE_AVAILABLE);
    CHECK(r->outcomes[1]->entry->postings[0]->amount == 10000000);
    voucher_result_free(r);
}

static void try_mistakes(struct voucher_connection *c)
{
    struct { /* as a later version of the header has it */
        struct voucher_command command;
        uint64_t later;
    } large[2];
    struct voucher_command k = issue(1), two[2];
    struct voucher_query q = query(VOUCHER_ASK_STATUS);
    struct voucher_result *r;
    k.enterprise = "91350602MA000TX06F";
    mistake(c, k, "commands[0].enterprise");
    k = issue(1);
    k.invoice = "1";
    mistake(c, k, "commands[0].invoice");
    k = command(VOUCHER_DO_REDEEM);
    k.voucher = 1;
    mistake(c, k, "commands[0].dated");
    k = issue(1);
    k.kind = 1; /* creating the book */
    mistake(c, k, "commands[0].kind");
    k = issue(1);
    k.size = offsetof(struct voucher_command, facts) - sizeof k.file_size; /* the first there was */
    mistake(c, k, "commands[0].size");
    k = issue(-5);
    mistake(c, k, "commands[0].amount");
    k = issue(1);
    k.nattestations = 17;
    mistake(c, k, "commands[0].attestations");
    k = command(VOUCHER_DO_ADD_ENTERPRISE);
    mistake(c, k, "commands[0].enterprise");
    k.ntraits = 17;
    mistake(c, k, "commands[0].traits");
    k = issue(1);
    memset(k.request_id, 0, sizeof k.request_id);
    mistake(c, k, "commands[0].request_id");
    CHECK(voucher_do(c, &k, 0, 0, &r, &error) == VOUCHER_MISTAKE && !r);
    CHECK(voucher_do(c, &k, 1, 64, &r, &error) == VOUCHER_MISTAKE && has(error.field, "flags"));
    two[0] = issue(1);
    two[1] = issue(1);
    two[1].size++;
    CHECK(voucher_do(c, two, 2, 0, &r, &error) == VOUCHER_MISTAKE);
    CHECK(has(error.field, "commands[1].size"));
    two[1] = two[0];
    CHECK(voucher_do(c, two, 2, 0, &r, &error) == VOUCHER_MISTAKE && !r);
    CHECK(strcmp(error.field, "commands[1].request_id") == 0);
    memset(large, 0, sizeof large);
    for (int i = 0; i < 2; i++) {
        large[i].command = issue(1);
        large[i].command.size = sizeof large[i];
    }
    CHECK(voucher_do(c, &large[0].command, 2, VOUCHER_DRY_RUN, &r, &error) == VOUCHER_DONE);
    CHECK(r->n == 2 && r->outcomes[1]->dry_run && !r->outcomes[1]->again);
    voucher_result_free(r);
    large[1].later = 1;
    CHECK(voucher_do(c, &large[0].command, 2, VOUCHER_DRY_RUN, &r, &error) == VOUCHER_MISTAKE);
    CHECK(has(error.field, "commands[1].size"));
    q.voucher = 1;
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && !r && has(error.field, "voucher"));
    q = query(99);
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && has(error.field, "kind"));
    q = query(VOUCHER_ASK_STATUS);
    q.size = offsetof(struct voucher_query, payee) - 1; /* less than the first there was */
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && has(error.field, "size"));
    q = query(VOUCHER_ASK_VOUCHER);
    q.voucher = 999;
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && !r);
    CHECK(strcmp(error.field, "voucher") == 0);
    q.as_of_entry = 999;
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && !r);
    CHECK(strcmp(error.field, "as_of_entry") == 0);
}

static void try_commands(struct voucher_connection *c)
{
    struct voucher_result *r, *again;
    struct voucher_attestation effect = {"effect", "E1"};
    struct voucher_command k = issue(0), other, rows[3];
    /* 50 % of 60,000.00 yuan. */
    CHECK(voucher_do(c, &k, 1, VOUCHER_DRY_RUN, &r, &error) == VOUCHER_DONE);
    CHECK(r->outcomes[0]->dry_run && r->outcomes[0]->entry->face == 3000000);
    voucher_result_free(r);
    k.amount = 2000000;
    r = must_do(c, k);
    again = must_do(c, k);
    CHECK(!r->outcomes[0]->again && again->outcomes[0]->again);
    CHECK(r->outcomes[0]->entry->voucher == 1 && again->outcomes[0]->entry->voucher == 1);
    CHECK(r->outcomes[0]->entry->face == 2000000 && r->outcomes[0]->entry->rate == 500000);
    CHECK(strcmp(r->outcomes[0]->entry->seller, SELLER) == 0);
    CHECK(r->outcomes[0]->entry->nlimits > 0 && r->outcomes[0]->entry->nbalances == 3);
    CHECK(r->outcomes[0]->entry->refusal == NULL && r->outcomes[0]->entry->command == NULL);
    CHECK(memcmp(r->outcomes[0]->entry->leaf, again->outcomes[0]->entry->leaf, VOUCHER_LEAF) == 0);
    voucher_result_free(r);
    voucher_result_free(again);
    other = k;
    other.amount = 1;
    mistake(c, other, "commands[0].request_id");
    /* 10,000.00 are left of the support: atomic, the third row stands in the way of the others. */
    rows[0] = issue(1);
    rows[0].attestations = &effect;
    rows[0].nattestations = 1;
    rows[1] = issue(2);
    rows[2] = issue(1000000);
    CHECK(voucher_do(c, rows, 3, VOUCHER_ATOMIC, &r, &error) == VOUCHER_REFUSED);
    CHECK(r && r->code == VOUCHER_REFUSED && error.code == VOUCHER_REFUSED && r->n == 3);
    CHECK(strcmp(error.field, "commands[2]") == 0);
    CHECK(strcmp(error.value, "supported_already") == 0 && has(error.expected, "30,000.00"));
    CHECK(r->outcomes[0]->code == VOUCHER_NOT_DONE && !r->outcomes[0]->entry);
    CHECK(r->outcomes[0]->error->code == VOUCHER_NOT_DONE && r->outcomes[0]->error->expected[0]);
    CHECK(r->outcomes[2]->entry->refusal->reason == VOUCHER_REASON_SUPPORTED_ALREADY);
    CHECK(r->outcomes[2]->entry->refusal->asked == 1000000);
    CHECK(has(r->outcomes[2]->entry->refusal->sentence, "30,000.00"));
    CHECK(r->outcomes[2]->entry->nholders > 0);
    voucher_result_free(r);
    /* Row by row: the first is done, the second refused. */
    rows[0] = issue(100);
    rows[1] = issue(1000000);
    CHECK(voucher_do(c, rows, 2, 0, &r, &error) == VOUCHER_REFUSED && r->n == 2);
    CHECK(r->outcomes[0]->code == VOUCHER_DONE && r->outcomes[0]->entry->tops_up == 1);
    CHECK(r->outcomes[0]->entry->voucher == 2);
    CHECK(strcmp(error.field, "commands[1]") == 0);
    voucher_result_free(r);
    rows[0] = issue(1);
    rows[1] = issue(1);
    rows[1].contract = "C9";
    CHECK(voucher_do(c, rows, 2, VOUCHER_DRY_RUN, &r, &error) == VOUCHER_MISTAKE && r->n == 2);
    CHECK(r->outcomes[0]->code == VOUCHER_DONE);
    CHECK(strcmp(error.field, "commands[1].contract") == 0 && strcmp(error.value, "C9") == 0);
    voucher_result_free(r);
    k = command(VOUCHER_DO_REDEEM);
    k.voucher = 1;
    k.invoice = "26357000000000000001";
    k.amount = 1000000;
    CHECK(voucher_day_parse("2025-07-20", &k.dated, &error) == VOUCHER_DONE);
    r = must_do(c, k);
    CHECK(r->outcomes[0]->entry->paid == 500000 && !r->outcomes[0]->entry->invoice_shared);
    voucher_result_free(r);
    k = command(VOUCHER_DO_VOID);
    k.voucher = 2;
    k.reason = "by decision";
    r = must_do(c, k);
    CHECK(r->outcomes[0]->entry->freed == 100);
    voucher_result_free(r);
    k = command(VOUCHER_DO_LAPSE);
    r = must_do(c, k);
    CHECK(r->outcomes[0]->entry->lapsed_day > 0 && !r->outcomes[0]->entry->more);
    CHECK(r->outcomes[0]->entry->nlapsed == 0);
    voucher_result_free(r);
    k = command(VOUCHER_DO_ADD_OUTSIDE);
    k.seller = SELLER;
    k.contract = "C1";
    k.amount = 100000;
    k.document = "central";
    voucher_result_free(must_do(c, k));
}

static void try_queries(struct voucher_connection *c)
{
    struct voucher_query q = query(VOUCHER_ASK_FUNDS);
    struct voucher_result *r = must_ask(c, q);
    uint64_t entries = r->as_of_entry;
    CHECK(r->n == 1 && r->funds[0]->appropriated == 10000000 && !r->vouchers && !r->outcomes);
    CHECK(r->funds[0]->stages.available == 8000000 && r->funds[0]->stages.committed == 1500000);
    CHECK(r->funds[0]->stages.payable == 500000 && r->funds[0]->year == 2025);
    CHECK(strcmp(r->funds[0]->measure, "1") == 0 && strcmp(r->funds[0]->source, "city") == 0);
    voucher_result_free(r);
    q.as_of_entry = 3;
    r = must_ask(c, q);
    CHECK(r->as_of_entry == 3 && r->funds[0]->stages.available == 10000000);
    voucher_result_free(r);
    q = query(VOUCHER_ASK_ENTERPRISE);
    q.enterprise = BUYER;
    r = must_ask(c, q);
    CHECK(r->n == 1 && strcmp(r->enterprises[0]->enterprise, BUYER) == 0);
    CHECK(strcmp(r->enterprises[0]->area, "350602") == 0 && r->enterprises[0]->ntraits == 2);
    CHECK(r->enterprises[0]->traits[0].from == 0 && r->enterprises[0]->traits[1].to == 30000);
    CHECK(r->enterprises[0]->naccounts == 18 && r->enterprises[0]->accounts[0]->vouchers == 2);
    CHECK(r->enterprises[0]->accounts[0]->nceilings == 1);
    CHECK(r->enterprises[0]->accounts[0]->ceilings[0]->limit == 200000000);
    CHECK(r->enterprises[0]->accounts[0]->ceilings[0]->used == 2000000);
    voucher_result_free(r);
    q = query(VOUCHER_ASK_VOUCHER);
    q.voucher = 1;
    r = must_ask(c, q);
    CHECK(r->n == 1 && r->vouchers[0]->state == VOUCHER_IS_OPEN && r->vouchers[0]->number == 1);
    CHECK(r->vouchers[0]->invoiced == 1000000 && r->vouchers[0]->stages.committed == 1500000);
    CHECK(r->vouchers[0]->nshares == 1 && r->vouchers[0]->shares[0]->open == 1500000);
    CHECK(r->vouchers[0]->nsiblings == 1 && r->vouchers[0]->siblings[0] == 2);
    voucher_result_free(r);
    q = query(VOUCHER_ASK_VOUCHERS);
    q.state = VOUCHER_IS_VOID;
    q.enterprise = BUYER;
    r = must_ask(c, q);
    CHECK(r->n == 1 && r->vouchers[0]->number == 2 && r->next == 0);
    voucher_result_free(r);
    q.enterprise = SELLER; /* an empty list */
    r = must_ask(c, q);
    CHECK(r->n == 0 && r->vouchers == NULL);
    voucher_result_free(r);
    q = query(VOUCHER_ASK_REFUSALS);
    r = must_ask(c, q);
    CHECK(r->n == 2 && r->entries[0]->refusal->reason == VOUCHER_REASON_SUPPORTED_ALREADY);
    CHECK(r->entries[0]->command->kind == VOUCHER_DO_ISSUE);
    voucher_result_free(r);
    q = query(VOUCHER_ASK_EXPLAIN);
    q.enterprise = BUYER;
    q.contract = "C1";
    q.seller = SELLER;
    r = must_ask(c, q);
    CHECK(r->n == 4 && strcmp(r->explained[0]->measure, "1") == 0);
    CHECK(r->explained[0]->outcome->code == VOUCHER_DONE && r->explained[0]->outcome->dry_run);
    CHECK(r->explained[0]->outcome->entry->face == 900000); /* 3000000 - 2000000 - 100000 */
    voucher_result_free(r);
    r = must_ask(c, query(VOUCHER_ASK_STATUS));
    CHECK(r->status[0]->entries == entries && r->status[0]->vouchers == 2);
    CHECK(r->status[0]->test_clock && r->status[0]->zone_minutes == 480);
    CHECK(strcmp(r->status[0]->policy_id, "zhangzhou-2025") == 0);
    voucher_result_free(r);
}

static void try_payments(struct voucher_connection *c)
{
    const uint64_t vouchers[] = {1, 2};
    struct voucher_query q = query(VOUCHER_ASK_VOUCHERS);
    struct voucher_command k = command(VOUCHER_DO_PAY), wrong;
    struct voucher_result *r;
    q.payee = BUYER;
    q.to_pay = 1;
    r = must_ask(c, q);
    CHECK(r->n == 1 && r->vouchers[0]->number == 1 && strcmp(r->vouchers[0]->payee, BUYER) == 0);
    voucher_result_free(r);
    k.vouchers = vouchers;
    k.nvouchers = 257;
    k.document = "P1";
    mistake(c, k, "commands[0].vouchers");
    k.nvouchers = 0;
    mistake(c, k, "commands[0].vouchers");
    k.nvouchers = 1;
    wrong = k;
    voucher_new_id(wrong.request_id);
    wrong.payee = SELLER;
    CHECK(voucher_do(c, &wrong, 1, 0, &r, &error) == VOUCHER_REFUSED);
    CHECK(r->outcomes[0]->entry->refusal->reason == VOUCHER_REASON_OTHER_PAYEE);
    CHECK(r->outcomes[0]->entry->refusal->voucher == 1);
    voucher_result_free(r);
    k.payee = BUYER;
    r = must_do(c, k);
    CHECK(r->outcomes[0]->entry->amount == 500000);
    voucher_result_free(r);
    r = must_ask(c, q);
    CHECK(r->n == 0);
    voucher_result_free(r);
    /* All or none: voucher 2 is void, and nothing was paid of it. */
    k = command(VOUCHER_DO_BANK_RETURN);
    k.vouchers = vouchers;
    k.nvouchers = 2;
    k.document = "R1";
    CHECK(voucher_do(c, &k, 1, VOUCHER_ATOMIC, &r, &error) == VOUCHER_REFUSED);
    CHECK(r->outcomes[0]->entry->refusal->reason == VOUCHER_REASON_NOTHING_TO_PAY);
    CHECK(r->outcomes[0]->entry->of_failed_batch);
    voucher_result_free(r);
    voucher_new_id(k.request_id);
    k.nvouchers = 1;
    r = must_do(c, k);
    CHECK(r->outcomes[0]->entry->amount == 500000 && r->outcomes[0]->entry->npostings == 1);
    CHECK(r->outcomes[0]->entry->postings[0]->to == VOUCHER_STAGE_PAYABLE);
    voucher_result_free(r);
    k = command(VOUCHER_DO_CLOSE_ROUND);
    k.measure = "1"; /* which has no rounds */
    mistake(c, k, "commands[0].measure");
}

/* What the journal says was asked can be asked again as it is: it is done already. */
static void try_entries(struct voucher_connection *c)
{
    struct voucher_query q = query(VOUCHER_ASK_ENTRIES);
    uint64_t seen = 0;
    q.count = 3;
    do {
        struct voucher_result *r = must_ask(c, q), *answer;
        CHECK(r->n >= 1 && r->n <= 3);
        for (size_t i = 0; i < r->n; i++) {
            const struct voucher_entry *e = r->entries[i];
            CHECK(e->number == ++seen && e->stored_size > 0 && e->stored);
            CHECK((e->command == NULL) == (e->number == 1));
            if (!e->command)
                continue;
            int code = voucher_do(c, e->command, 1, 0, &answer, &error);
            CHECK(answer->outcomes[0]->again && answer->outcomes[0]->entry->number == e->number);
            CHECK(code == (e->refusal ? VOUCHER_REFUSED : VOUCHER_DONE));
            CHECK(memcmp(answer->outcomes[0]->entry->leaf, e->leaf, VOUCHER_LEAF) == 0);
            voucher_result_free(answer);
        }
        q.after = r->next;
        voucher_result_free(r);
    } while (q.after);
    CHECK(seen == 18);
}

#define MANY 200

static void try_many(struct voucher_connection *c)
{
    uint64_t numbers[2 * MANY], got = 0;
    struct voucher_command k = issue(1);
    struct voucher_query q = query(VOUCHER_ASK_STATUS);
    struct voucher_result *r;
    size_t left = 1;
    for (int i = 0; i < MANY; i++) {
        struct voucher_command one = issue(1);
        if (i == MANY - 1)
            one.amount = -1;
        CHECK(voucher_send_commands(c, &one, 1, 0, &numbers[2 * i], &error) == VOUCHER_DONE);
        CHECK(voucher_send_query(c, &q, &numbers[2 * i + 1], &error) == VOUCHER_DONE);
    }
    CHECK(voucher_do(c, &k, 1, 0, &r, &error) == VOUCHER_MISTAKE && !r);
    CHECK(voucher_ask(c, &q, &r, &error) == VOUCHER_MISTAKE && !r);
    while (got < 2 * MANY) {
        CHECK(voucher_flush(c, &left, &error) == VOUCHER_DONE);
        int code = voucher_receive(c, &r, &error);
        if (code == VOUCHER_NOTHING_YET) {
            struct pollfd p = {.fd = voucher_fd(c),
                               .events = (short)(left > 0 ? POLLIN | POLLOUT : POLLIN)};
            CHECK(r == NULL && poll(&p, 1, 20000) == 1);
            continue;
        }
        CHECK(code == VOUCHER_DONE);
        int found = 0;
        for (int i = 0; i < 2 * MANY; i++)
            if (numbers[i] == r->number) {
                found++;
                CHECK((i % 2 ? r->status != NULL : r->outcomes != NULL));
                CHECK(r->code == (i == 2 * MANY - 2 ? VOUCHER_MISTAKE : VOUCHER_DONE));
                numbers[i] = 0;
            }
        CHECK(found == 1);
        voucher_result_free(r);
        got++;
    }
    CHECK(voucher_receive(c, &r, &error) == VOUCHER_NOTHING_YET);
    CHECK(voucher_send_commands(c, &k, 0, 0, NULL, &error) == VOUCHER_MISTAKE);
    q.kind = 0;
    CHECK(voucher_send_query(c, &q, NULL, &error) == VOUCHER_MISTAKE);
}

/* Receives until something other than nothing comes. */
static int receive_code(struct voucher_connection *c, struct voucher_result **r)
{
    int code;
    while ((code = voucher_receive(c, r, &error)) == VOUCHER_NOTHING_YET) {
        struct pollfd p = {.fd = voucher_fd(c), .events = POLLIN};
        CHECK(poll(&p, 1, 20000) == 1);
    }
    return code;
}

static void try_trouble(struct voucher_connection *c, const char *addr)
{
    struct voucher_connection *hasty, *dry;
    struct voucher_command k = issue(7);
    struct voucher_query q = query(VOUCHER_ASK_STATUS);
    struct voucher_result *r;
    point("restart");
    CHECK(voucher_do(c, &k, 1, 0, &r, &error) == VOUCHER_DONE); /* on a new connection */
    voucher_result_free(r);
    CHECK(voucher_open(addr, "hasty", 300, &hasty, &error) == VOUCHER_DONE);
    CHECK(voucher_open(addr, "dry", 300, &dry, &error) == VOUCHER_DONE);
    k = issue(8);
    point("halt");
    CHECK(voucher_do(hasty, &k, 1, 0, &r, &error) == VOUCHER_UNKNOWN && !r);
    CHECK(has(error.expected, "repeat") && strcmp(error.value, "timeout") == 0);
    CHECK(voucher_do(dry, &k, 1, VOUCHER_DRY_RUN, &r, &error) == VOUCHER_TIMEOUT && !r);
    voucher_close(dry);
    CHECK(voucher_ask(hasty, &q, &r, &error) == VOUCHER_TIMEOUT && !r);
    CHECK(voucher_fd(hasty) == -1);
    CHECK(voucher_receive(hasty, &r, &error) == VOUCHER_NOTHING_YET);
    point("go-on");
    CHECK(voucher_do(c, &k, 1, 0, &r, &error) == VOUCHER_DONE); /* its outcome is known now */
    voucher_result_free(r);
    /* What was under way when the connection was lost. */
    CHECK(voucher_send_query(c, &q, NULL, &error) == VOUCHER_DONE);
    CHECK(receive_code(c, &r) == VOUCHER_DONE);
    voucher_result_free(r);
    point("halt");
    k = issue(9);
    CHECK(voucher_send_query(c, &q, NULL, &error) == VOUCHER_DONE);
    CHECK(voucher_send_commands(c, &k, 1, 0, NULL, &error) == VOUCHER_DONE);
    point("kill");
    CHECK(receive_code(c, &r) == VOUCHER_UNKNOWN && !r && voucher_fd(c) == -1);
    CHECK(voucher_do(hasty, &k, 1, 0, &r, &error) == VOUCHER_UNREACHABLE && !r);
    CHECK(voucher_ask(hasty, &q, &r, &error) == VOUCHER_UNREACHABLE && !r);
    CHECK(voucher_send_query(hasty, &q, NULL, &error) == VOUCHER_UNREACHABLE);
    point("start");
    CHECK(voucher_send_commands(c, &k, 1, 0, NULL, &error) == VOUCHER_DONE);
    CHECK(receive_code(c, &r) == VOUCHER_DONE && r->code == VOUCHER_DONE);
    voucher_result_free(r);
    /* A result outlives its connection. */
    r = must_ask(hasty, q);
    voucher_close(hasty);
    CHECK(r->status[0]->entries > 18);
    voucher_result_free(r);
}

int main(int argc, char **argv)
{
    struct voucher_connection *c;
    CHECK(argc == 3);
    try_values();
    try_addresses(argv[1]);
    CHECK(voucher_open(argv[1], "library", 20000, &c, &error) == VOUCHER_DONE);
    CHECK(has(voucher_welcome(c)->daemon, voucher_version()) && voucher_welcome(c)->principal[0]);
    CHECK(voucher_welcome(c)->page_limit == 1000 && voucher_welcome(c)->batch_limit == 10000);
    lay_ground(c, argv[2]);
    try_mistakes(c);
    try_commands(c);
    try_queries(c);
    try_payments(c);
    try_entries(c);
    try_many(c);
    try_trouble(c, argv[1]);
    voucher_close(c);
    puts("all");
    return 0;
}
