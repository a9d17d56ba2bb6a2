/* SPDX-License-Identifier: Apache-2.0 */
/* Entries that do not fit the rows are told, whatever is wrong with them; and what keeps a command
 * from making one. */
#include "tests/unit/ledger/world.h"

/* An entry that was just decided, to be spoilt. */
static struct entry *decided(struct world *w, struct command c)
{
    struct command *kept = arena_alloc(&w->a, sizeof *kept);
    struct entry *e = NULL;
    *kept = c;
    assert_int_equal(decide(w, kept, &e), 0);
    assert_false(e->refused);
    return e;
}

static void corrupt(struct world *w, const struct entry *e)
{
    const struct balance *b;
    uint32_t n;
    assert_int_equal(fold_into(w, &w->main, e, &b, &n), ERR_CORRUPT);
}

static struct posting *posting(struct entry *e, uint32_t i)
{
    assert_true(i < e->npostings);
    return (struct posting *)&e->postings[i];
}

static struct world *with_voucher(void)
{
    struct world *w = city();
    contract(w, "C1", 1000);
    contract(w, "C2", 1000);
    done(w, make_issue("1", BUYER, "C1"));
    return w;
}

static void numbers_that_are_not_the_next(void **state)
{
    (void)state;
    struct world *w = with_voucher();
    struct entry *e = decided(w, make_issue("1", BUYER, "C2"));
    e->number++;
    corrupt(w, e);
    e->number -= 2;
    corrupt(w, e);
    e->number++;
    e->time.us--;
    corrupt(w, e);
    e->time.us++;
    e->done.issue.voucher++;
    corrupt(w, e);
    e->done.issue.voucher -= 2;
    corrupt(w, e);
    e = decided(w, make_appropriate("1", 2026, "city", 1));
    e->done.line.line = posting(e, 0)->line = 9;
    corrupt(w, e);
    e = decided(w, make_adopt(file_of(w, THREE)));
    e->done.policy_version.version = 3;
    corrupt(w, e);
    e->done.policy_version.version = 2;
    e->command.adopt_policy.file = SPAN("x", 1);
    corrupt(w, e);
    e = decided(w, make_adopt(file_of(w, THREE)));
    e->command.kind = COMMAND_NONE;
    corrupt(w, e);
    struct entry first = {.number = head_of(w)->entries + 1, .time = w->now, .principal = ""};
    first.command = make_book(false);
    corrupt(w, &first);
    check_sums(w);
    world_free(w);
}

static void amounts_below_zero(void **state)
{
    (void)state;
    struct world *w = with_voucher();
    struct entry *e = decided(w, make_issue("1", BUYER, "C2"));
    posting(e, 0)->amount = MONEY(YUAN(90000000));
    corrupt(w, e); /* more than the line has */
    posting(e, 0)->amount = MONEY(INT64_MAX);
    corrupt(w, e);
    posting(e, 0)->amount = MONEY(500);
    posting(e, 0)->line = 9;
    corrupt(w, e); /* a line without money */
    e = decided(w, make_redeem(1, "I1", TODAY, 100));
    posting(e, 0)->amount = MONEY(501);
    corrupt(w, e); /* more than the voucher has */
    posting(e, 0)->amount = MONEY(50);
    posting(e, 0)->line = 2;
    corrupt(w, e); /* not a line of the voucher */
    posting(e, 0)->line = 1;
    posting(e, 0)->voucher = 9;
    corrupt(w, e); /* no such voucher */
    e = decided(w, make_void(1));
    posting(e, 0)->amount = MONEY(501);
    corrupt(w, e);
    /* Outside has no end, 64 bits have. */
    e = decided(w, make_appropriate("1", 2025, "city", 1));
    posting(e, 0)->amount = MONEY(INT64_MAX);
    corrupt(w, e);
    check_sums(w);
    world_free(w);
}

static void things_that_are_there_already(void **state)
{
    (void)state;
    struct world *w = with_voucher();
    done(w, make_redeem(1, "I1", TODAY, 100));
    struct entry *e = decided(w, make_redeem(1, "I2", TODAY, 100));
    e->command.redeem.invoice = "I1";
    corrupt(w, e);
    e = decided(w, make_enterprise(NOBODY, "350602"));
    e->command.add_enterprise.uscc = BUYER;
    corrupt(w, e);
    e->command.add_enterprise.uscc = NOBODY;
    e->command.add_enterprise.area = "nowhere";
    corrupt(w, e);
    e = decided(w, make_contract("C3", SELLER, BUYER, 1));
    e->command.add_contract.number = "C1";
    corrupt(w, e);
    e = decided(w, make_outside("C1", SELLER, 1));
    e->command.add_outside.contract = "C9";
    corrupt(w, e);
    e = decided(w, make_outside("C1", SELLER, 1));
    e->command.add_outside.amount = MONEY(INT64_MAX);
    const struct balance *b;
    uint32_t n;
    assert_int_equal(fold_into(w, &w->main, e, &b, &n), 0);
    e->number++;
    corrupt(w, e);
    world_free(w);
    w = with_voucher();
    e = decided(w, make_void(1));
    done(w, make_void(1));
    e->number++;
    corrupt(w, e);
    check_sums(w);
    world_free(w);
}

static void things_that_are_not_there(void **state)
{
    (void)state;
    struct world *w = with_voucher();
    struct entry *e = decided(w, make_void(1));
    e->npostings = 0;
    e->command.void_voucher.voucher = 9;
    corrupt(w, e);
    e = decided(w, make_redeem(1, "I1", TODAY, 100));
    e->npostings = 0;
    e->command.redeem.voucher = 9;
    corrupt(w, e);
    e = decided(w, make_lapse());
    e->nlapsed = 1;
    e->lapsed = &(uint64_t){9};
    corrupt(w, e);
    e = decided(w, make_appropriate("1", 2025, "city", 1));
    posting(e, 0)->line = 9;
    corrupt(w, e);
    check_sums(w);
    world_free(w);
}

/* Money back from payable, which no command moves there: more would be committed than the lines
 * have open, and a redemption would pay it. */
static void voucher_that_does_not_add_up(void **state)
{
    (void)state;
    struct world *w = with_voucher();
    done(w, make_redeem(1, "I1", TODAY, 100));
    struct entry *e = decided(w, make_redeem(1, "I2", TODAY, 100));
    posting(e, 0)->from = STAGE_PAYABLE;
    posting(e, 0)->to = STAGE_COMMITTED;
    corrupt(w, e);
    e = decided(w, make_issue("1", BUYER, "C2"));
    e->done.issue.face.fen++;
    corrupt(w, e);
    check_sums(w);
    world_free(w);
}

static void policies_that_are_not_known(void **state)
{
    struct key k;
    (void)state;
    struct world *w = with_voucher();
    struct entry *e = decided(w, make_issue("1", BUYER, "C2"));
    e->policy = 7;
    corrupt(w, e);
    e->policy = 1;
    e->command.issue.measure = "99";
    corrupt(w, e);
    e = decided(w, make_redeem(1, "I1", TODAY, 100));
    rows_write_voucher_row(w->main.rows, key_voucher(&k, 1))->policy = 7;
    corrupt(w, e);
    struct command c = make_redeem(1, "I1", TODAY, 100);
    assert_int_equal(decide(w, &c, &e), ERR_CORRUPT);
    world_free(w);
}

/* Rows that contradict each other: the sums of a claim key, of a line, of a year. */
static void rows_that_contradict(void **state)
{
    struct key k;
    (void)state;
    struct world *w = with_voucher();
    struct ledger l = {.policies = w->main.policies};
    voucher_claim(&l, voucher_of(w, 1), &k);
    struct entry *e = decided(w, make_void(1));
    struct claim_row *c = rows_write(w->main.rows, &k);
    c->live = 0;
    corrupt(w, e);
    c->live = 1;
    c->rates[0].rate.ppm = 1;
    corrupt(w, e);
    c->rates[0].rate.ppm = 500000;
    c->net = MONEY(1);
    corrupt(w, e);
    c->net = MONEY(500);
    struct line_row *line = rows_write_line_row(w->main.rows, key_line(&k, 1));
    line->appropriated.fen++;
    corrupt(w, e);
    line->appropriated.fen--;
    c->parts[0].year = 1;
    corrupt(w, e);
    c->parts[0].year = 2025;
    struct account_row *a =
        rows_write_account_row(w->main.rows, key_account(&k, &voucher_of(w, 1)->enterprise, "1"));
    a->years[0].year = 1;
    corrupt(w, e);
    a->years[0].year = 2025;
    const struct balance *b;
    uint32_t n;
    assert_int_equal(fold_into(w, &w->main, e, &b, &n), 0); /* all is as it was */
    world_free(w);
}

/* ---- Lists of fixed length in rows ---- */

/* A policy of n measures in one group; of few measures each has a rate of its own. */
static struct span wide_policy(struct world *w, int n, const char *event)
{
    char *text = malloc(LIMIT_POLICY_BYTES);
    int at = snprintf(text, LIMIT_POLICY_BYTES,
                      "policy: wide\ntitle: t\ndocument: d\n"
                      "applies: {from: 2025-01-01, to: 2045-12-31}\n"
                      "statistics-from: 2025-01-01\ntime-zone: Asia/Shanghai\n"
                      "areas:\n  - {code: \"1\", name: a}\nsources: [city]\n"
                      "vouchers: {valid-to-year-end-after: 20, grace-days: 0}\nmeasures:\n");
    for (int i = 0; i < n; i++)
        at += snprintf(text + at, (size_t)(LIMIT_POLICY_BYTES - at),
                       "  - code: \"M%d\"\n    name: m%d\n    english: m%d\n    kind: rate\n"
                       "    rate: 50.%04d %%\n    claimant: buyer\n    payee: enterprise\n"
                       "    ceilings:\n      - {scope: enterprise, period: year, event: %s, "
                       "limit: 1000000.00}\n"
                       "    fund-lines: [{source: city, share: 100 %%}]\n    when-short: refuse\n",
                       i, i, i, n > LIMIT_CLAIM_RATES + 1 ? 0 : i, event);
    at += snprintf(text + at, (size_t)(LIMIT_POLICY_BYTES - at),
                   "exclusive:\n  - {name: one, measures: [");
    for (int i = 0; i < n; i++)
        at += snprintf(text + at, (size_t)(LIMIT_POLICY_BYTES - at), "%s\"M%d\"", i ? ", " : "", i);
    at += snprintf(text + at, (size_t)(LIMIT_POLICY_BYTES - at), "]}\n");
    return w->files[w->nfiles++] = SPAN(text, (size_t)at);
}

static struct world *wide(int n, const char *event)
{
    struct world *w = world_new();
    done(w, make_book(true));
    done(w, make_adopt(wide_policy(w, n, event)));
    done(w, make_enterprise(BUYER, "1"));
    contract(w, "C1", 10000);
    for (int i = 0; i < n; i++) {
        char measure[16];
        snprintf(measure, sizeof measure, "M%d", i);
        done(w, make_appropriate(measure, 2025, "city", 1000));
    }
    return w;
}

/* As many sums by measure and year as a claim key has room for, and then a redemption in another
 * year, which would need one more. */
static void a_claim_key_has_room_for_its_sums(void **state)
{
    (void)state;
    struct world *w = wide(LIMIT_CLAIM_PARTS + 1, "issue");
    char measure[16];
    for (int i = 0; i < LIMIT_CLAIM_PARTS; i++) {
        snprintf(measure, sizeof measure, "M%d", i);
        done(w, make_issue_of(measure, BUYER, "C1", 10));
    }
    snprintf(measure, sizeof measure, "M%d", LIMIT_CLAIM_PARTS);
    invalid(w, make_issue_of(measure, BUYER, "C1", 10), "issue.contract");
    done(w, make_redeem(1, "I1", TODAY, 2));
    check_sums(w);
    /* No ceiling asks what was redeemed in 2026, so that it need not be kept. */
    w->now = at(2026, 8, 1, 9);
    assert_int_equal(done(w, make_redeem(1, "I2", TODAY, 2))->done.redeem.paid.fen, 1);
    done(w, make_void(1));
    check_stages(&voucher_of(w, 1)->stages, 8, 0, 2);
    check_replica(w);
    world_free(w);
    /* Where one does, the redemption can't be. */
    w = wide(LIMIT_CLAIM_PARTS, "redeem");
    for (int i = 0; i < LIMIT_CLAIM_PARTS; i++) {
        snprintf(measure, sizeof measure, "M%d", i);
        done(w, make_issue_of(measure, BUYER, "C1", 10));
    }
    w->now = at(2026, 8, 1, 9);
    invalid(w, make_redeem(1, "I2", TODAY, 2), "redeem.voucher");
    end(w);
}

static void a_claim_key_has_room_for_its_rates(void **state)
{
    (void)state;
    struct world *w = wide(LIMIT_CLAIM_RATES + 1, "issue");
    char measure[16];
    for (int i = 0; i < LIMIT_CLAIM_RATES; i++) {
        snprintf(measure, sizeof measure, "M%d", i);
        done(w, make_issue_of(measure, BUYER, "C1", 10));
    }
    snprintf(measure, sizeof measure, "M%d", LIMIT_CLAIM_RATES);
    invalid(w, make_issue_of(measure, BUYER, "C1", 10), "issue.contract");
    done(w, make_void(1)); /* its rate goes */
    done(w, make_issue_of(measure, BUYER, "C1", 10));
    end(w);
}

static void an_account_has_room_for_its_years(void **state)
{
    (void)state;
    struct world *w = wide(1, "issue");
    contract(w, "C2", 10000);
    for (int i = 0; i < LIMIT_ACCOUNT_YEARS; i++) {
        char number[16];
        w->now = at(2025 + i, 8, 1, 9);
        snprintf(number, sizeof number, "D%d", i);
        contract(w, number, 10000);
        struct command c = make_issue_of("M0", BUYER, number, 10);
        c.issue.year = 2025;
        done(w, c);
    }
    w->now = at(2025 + LIMIT_ACCOUNT_YEARS, 8, 1, 9);
    struct command c = make_issue_of("M0", BUYER, "C1", 10);
    c.issue.year = 2025;
    invalid(w, c, "issue.enterprise");
    assert_int_equal(done(w, make_redeem(1, "I1", TODAY, 2))->done.redeem.paid.fen, 1);
    check_replica(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_not_the_next),
        cmocka_unit_test(amounts_below_zero),
        cmocka_unit_test(things_that_are_there_already),
        cmocka_unit_test(things_that_are_not_there),
        cmocka_unit_test(voucher_that_does_not_add_up),
        cmocka_unit_test(policies_that_are_not_known),
        cmocka_unit_test(rows_that_contradict),
        cmocka_unit_test(a_claim_key_has_room_for_its_sums),
        cmocka_unit_test(a_claim_key_has_room_for_its_rates),
        cmocka_unit_test(an_account_has_room_for_its_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
