/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb, done and refused by every reason. Figures are worked out by hand from the policies. */
#include "tests/unit/ledger/world.h"

#define ZHANGZHOU "conf/zhangzhou-2025.yaml"
#define THREE     "tests/policies/three-lines.yaml"

static const struct day TODAY = {20301}; /* 2025-08-01 */

/* A city with money on every measure, a seller, a buyer and others. */
static struct world *city(void)
{
    static const char *const measures[] = {"1", "2", "3A", "3B"};
    struct world *w = world_with(ZHANGZHOU);
    for (int i = 0; i < 4; i++)
        done(w, make_appropriate(measures[i], 2025, "city", YUAN(90000000)));
    struct command c = make_enterprise(SELLER, "350602");
    with_trait(&c, "annotation-platform", DAY(DAY_MIN), DAY(DAY_MAX));
    done(w, c);
    c = make_enterprise(BUYER, "芗城区");
    with_trait(&c, "industrial", day_make(2025, 8, 1), day_make(2025, 8, 31));
    done(w, c);
    done(w, make_enterprise(OTHER, "350681"));
    done(w, make_enterprise(THIRD, "高新区"));
    return w;
}

static const struct entry *contract(struct world *w, const char *number, int64_t fen)
{
    return done(w, make_contract(number, SELLER, BUYER, fen));
}

static int64_t face(const struct entry *e)
{
    return e->done.issue.face.fen;
}

static struct command model_voucher(struct uscc who, const char *number)
{
    struct command c = make_issue("2", who, number);
    with_attestation(&c, "model-filing");
    with_attestation(&c, "effect");
    return c;
}

/* ---- The book, policies, money ---- */

static void book_begins_once(void **state)
{
    (void)state;
    struct world *w = world_new();
    const struct entry *e = done(w, make_book(true));
    assert_int_equal(e->number, 1);
    assert_string_equal(e->principal, "");
    assert_int_equal(e->policy, 0);
    assert_int_equal(e->rules, RULES_VERSION);
    assert_true(head_of(w)->test_clock);
    assert_int_equal(head_of(w)->principals, 0);
    invalid(w, make_book(true), "command");
    invalid(w, make(COMMAND_NONE), "command");
    invalid(w, make(COMMAND_COUNT), "command");
    invalid(w, make((enum command_kind)-1), "command");
    end(w);
}

static void nothing_without_a_policy(void **state)
{
    (void)state;
    struct world *w = world_new();
    done(w, make_book(false));
    assert_false(head_of(w)->test_clock);
    invalid(w, make_appropriate("1", 2025, "city", 1), "policy");
    invalid(w, make_enterprise(BUYER, "350602"), "policy");
    invalid(w, make_contract("C", SELLER, BUYER, 1), "policy");
    invalid(w, make_issue("1", BUYER, "C"), "policy");
    invalid(w, make_redeem(1, "I", TODAY, 1), "policy");
    invalid(w, make_void(1), "policy");
    invalid(w, make_outside("C", SELLER, 1), "policy");
    invalid(w, make_lapse(), "policy");
    assert_int_equal(head_of(w)->entries, 1);
    end(w);
}

static void policies_come_in_versions(void **state)
{
    (void)state;
    struct world *w = world_new();
    struct span first = file_of(w, ZHANGZHOU), second = file_of(w, THREE);
    /* Half past midnight in Shanghai is the day before in UTC. */
    w->now = INSTANT(at(2025, 8, 1, 0).us + INT64_C(1800000000));
    assert_int_equal(done(w, make_book(true))->day.n, TODAY.n - 1);
    invalid(w, make_adopt(SPAN("policy: [", 9)), "adopt_policy.file");
    assert_non_null(strstr(w->fault.value, "line 1"));
    const struct entry *e = done(w, make_adopt(first));
    assert_int_equal(e->done.policy_version.version, 1);
    assert_int_equal(e->policy, 0);
    assert_int_equal(e->day.n, TODAY.n);
    e = refused(w, make_adopt(first), REASON_EXISTS);
    assert_int_equal(e->policy, 1);
    e = done(w, make_adopt(second));
    assert_int_equal(e->done.policy_version.version, 2);
    assert_int_equal(((const struct policy_row *)row_of(&w->main, key_policy(2)))->entry, 4);
    /* An older file may come back. */
    assert_int_equal(done(w, make_adopt(first))->done.policy_version.version, 3);
    assert_string_equal(policies_get(w->main.policies, 3)->id, "zhangzhou-2025");
    assert_true(span_equal(policies_file(w->main.policies, 3), first));
    assert_null(policies_get(w->main.policies, 4));
    assert_null(policies_get(w->main.policies, LIMIT_POLICIES + 1));
    assert_int_equal(policies_file(w->main.policies, 9).n, 0);
    assert_int_equal(policies_put(w->main.policies, 0, first), ERR_RANGE);
    assert_int_equal(policies_put(w->main.policies, LIMIT_POLICIES + 1, first), ERR_RANGE);
    assert_int_equal(policies_put(w->main.policies, 4, SPAN("x", 1)), ERR_INVALID);
    /* The same file under the same version: what was got stays. */
    const struct policy *p = policies_get(w->main.policies, 1);
    assert_int_equal(policies_put(w->main.policies, 1, first), 0);
    assert_ptr_equal(policies_get(w->main.policies, 1), p);
    assert_int_equal(policies_put(w->main.policies, 1, second), 0);
    assert_string_equal(policies_get(w->main.policies, 1)->id, "three-lines");
    policies_free(NULL);
    end(w);
}

static void no_more_versions_than_the_limit(void **state)
{
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    rows_write_head_row(w->main.rows, key_head())->policy = LIMIT_POLICIES;
    invalid(w, make_adopt(file_of(w, THREE)), "adopt_policy.file");
    world_free(w);
}

static void money_is_appropriated(void **state)
{
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    const struct entry *e = done(w, make_appropriate("1", 2025, "city", 100));
    assert_int_equal(e->done.line.line, 1);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].from, STAGE_OUTSIDE);
    assert_int_equal(e->postings[0].to, STAGE_AVAILABLE);
    assert_int_equal(e->nbalances, 1);
    assert_int_equal(e->balances[0].kind, BALANCE_LINE);
    assert_int_equal(e->balances[0].before, 0);
    e = done(w, make_appropriate("1", 2025, "city", 23));
    assert_int_equal(e->done.line.line, 1);
    assert_int_equal(e->balances[0].before, 3);
    assert_int_equal(e->balances[0].stages.at[STAGE_AVAILABLE].fen, 123);
    assert_int_equal(done(w, make_appropriate("1", 2027, "city", 1))->done.line.line, 2);
    assert_int_equal(done(w, make_appropriate("3A", 2025, "city", 1))->done.line.line, 3);
    assert_string_equal(line_of(w, 3)->measure, "3A");
    assert_string_equal(line_of(w, 2)->source, "city");
    assert_int_equal(line_of(w, 2)->year, 2027);
    assert_int_equal(line_of(w, 1)->appropriated.fen, 123);
    invalid(w, make_appropriate("3C", 2025, "city", 1), "appropriate.measure");
    assert_non_null(strstr(w->fault.expected, "1, 2, 3A, 3B"));
    invalid(w, make_appropriate("1", 2025, "county", 1), "appropriate.source");
    e = refused(w, make_appropriate("1", 2024, "city", 1), REASON_LINE_CLOSED);
    assert_int_equal(e->refusal.day.n, day_make(2025, 7, 10).n);
    assert_int_equal(e->refusal.day_to.n, day_make(2027, 12, 31).n);
    refused(w, make_appropriate("1", 2028, "city", 1), REASON_LINE_CLOSED);
    /* The line's whole is held to the limit. */
    invalid(w, make_appropriate("1", 2025, "city", LIMIT_AMOUNT_FEN - 122), "appropriate.amount");
    done(w, make_appropriate("1", 2025, "city", LIMIT_AMOUNT_FEN - 123));
    invalid(w, make_appropriate("1", 2025, "city", 1), "appropriate.amount");
    end(w);
}

static void entries_never_go_back_in_time(void **state)
{
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    const struct entry *e = done(w, make_appropriate("1", 2025, "city", 1));
    assert_int_equal(e->time.us, at(2025, 8, 1, 10).us);
    w->now = at(2025, 7, 1, 10);
    e = done(w, make_appropriate("1", 2025, "city", 1));
    assert_int_equal(e->time.us, at(2025, 8, 1, 10).us);
    assert_int_equal(e->day.n, TODAY.n);
    w->now = at(2025, 8, 2, 0);
    assert_int_equal(done(w, make_appropriate("1", 2025, "city", 1))->day.n, TODAY.n + 1);
    end(w);
}

/* ---- Who and what is known ---- */

static void enterprises(void **state)
{
    (void)state;
    struct world *w = city();
    const struct enterprise_row *e = row_of(&w->main, key_enterprise(&(struct uscc){0}));
    assert_null(e);
    struct uscc other = OTHER, buyer = BUYER;
    e = row_of(&w->main, key_enterprise(&other));
    assert_string_equal(e->area, "350604"); /* what took the retired one's place */
    assert_string_equal(e->name, "a company");
    e = row_of(&w->main, key_enterprise(&buyer));
    assert_string_equal(e->area, "350602");
    assert_int_equal(e->ntraits, 1);
    assert_string_equal(e->traits[0].name, "industrial");
    const struct entry *r = refused(w, make_enterprise(BUYER, "350603"), REASON_EXISTS);
    assert_string_equal(r->refusal.detail, "enterprise 91350602MA000TX06E");
    const struct refusal_row *row = row_of(&w->main, key_refusal(r->number));
    assert_memory_equal(row->enterprise.c, buyer.c, USCC_LEN);
    invalid(w, make_enterprise(NOBODY, "350681x"), "add_enterprise.area");
    struct command c = make_enterprise(NOBODY, "350602");
    with_trait(&c, "industrial", TODAY, TODAY);
    with_trait(&c, "rich", TODAY, TODAY);
    invalid(w, c, "add_enterprise.traits");
    end(w);
}

static void contracts(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    const struct entry *e =
        refused(w, make_contract("C1", SELLER, OTHER, 5), REASON_EXISTS);
    assert_string_equal(e->refusal.detail, "contract C1 of seller 91350100M000100Y43");
    refused(w, make_contract("C2", SELLER, SELLER, 5), REASON_SAME_PARTY);
    /* The parties need not be registered, and numbers collide between sellers. */
    done(w, make_contract("C1", NOBODY, BUYER, 5000));
    const struct contract_number_row *n = row_of(&w->main, key_contract_number("C1"));
    assert_int_equal(n->contracts, 2);
    invalid(w, make_issue("1", BUYER, "C1"), "issue.seller");
    struct command c = make_issue("1", BUYER, "C1");
    c.issue.has_seller = true;
    c.issue.seller = NOBODY;
    assert_int_equal(face(done(w, c)), 2500);
    c = make_issue("1", BUYER, "C1");
    c.issue.has_seller = true;
    c.issue.seller = SELLER;
    assert_int_equal(face(done(w, c)), 500);
    c = make_issue("1", BUYER, "C1");
    c.issue.has_seller = true;
    c.issue.seller = THIRD;
    invalid(w, c, "issue.contract");
    invalid(w, make_issue("1", BUYER, "C9"), "issue.contract");
    invalid(w, make_issue("1", NOBODY, "C1"), "issue.enterprise");
    invalid(w, make_issue("4.1", BUYER, "C1"), "issue.measure");
    end(w);
}

/* ---- Issue ---- */

static void an_issue_in_full(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(3000000));
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    const struct done_issue *d = &e->done.issue;
    struct uscc seller = SELLER;
    assert_int_equal(d->voucher, 1);
    assert_int_equal(d->face.fen, YUAN(1500000));
    assert_int_equal(d->base.fen, YUAN(3000000));
    assert_int_equal(d->rate.ppm, 500000);
    assert_int_equal(d->valid_to.n, day_make(2026, 12, 31).n);
    assert_int_equal(d->redeem_to.n, day_make(2026, 12, 31).n);
    assert_memory_equal(d->seller.c, seller.c, USCC_LEN);
    assert_int_equal(d->tops_up, 0);
    assert_int_equal(e->npostings, 1);
    assert_int_equal(e->postings[0].line, 1);
    assert_int_equal(e->postings[0].voucher, 1);
    assert_int_equal(e->postings[0].from, STAGE_AVAILABLE);
    assert_int_equal(e->postings[0].to, STAGE_COMMITTED);
    assert_non_null(e->explanation);
    assert_int_equal(e->nbalances, 3);
    assert_int_equal(e->balances[0].kind, BALANCE_LINE);
    check_stages(&e->balances[0].stages, YUAN(88500000), YUAN(1500000), 0);
    assert_int_equal(e->balances[1].kind, BALANCE_VOUCHER);
    check_stages(&e->balances[1].stages, 0, YUAN(1500000), 0);
    assert_int_equal(e->balances[2].kind, BALANCE_ACCOUNT);
    assert_int_equal(e->balances[2].counted.fen, YUAN(1500000));
    assert_int_equal(e->balances[2].id, 1);
    const struct voucher_row *v = voucher_of(w, 1);
    assert_int_equal(v->policy, 1);
    assert_int_equal(v->issue_entry, e->number);
    assert_int_equal(v->issued.n, TODAY.n);
    assert_string_equal(v->contract, "C1");
    /* The next contract of 1,200,000: 500,000 are left of the ceiling. */
    contract(w, "C2", YUAN(1200000));
    e = done(w, make_issue("1", BUYER, "C2"));
    assert_int_equal(face(e), YUAN(500000));
    assert_int_equal(e->explanation->limits[1].used.fen, YUAN(1500000));
    assert_int_equal(e->explanation->limits[1].own.fen, 0);
    assert_int_equal(voucher_of(w, 2)->before_account, 1);
    assert_int_equal(voucher_of(w, 2)->before_due, 1);
    assert_int_equal(voucher_of(w, 2)->before_claim, 0);
    contract(w, "C3", 1000);
    e = refused(w, make_issue("1", BUYER, "C3"), REASON_CEILING);
    assert_string_equal(e->refusal.detail, "per enterprise over the policy's life");
    assert_int_equal(e->explanation->limits[1].at_most.fen, 0);
    end(w);
}

static void validity_ends_with_the_policy(void **state)
{
    (void)state;
    struct world *w = city();
    w->now = at(2027, 12, 31, 23);
    done(w, make_appropriate("1", 2027, "city", YUAN(1000)));
    contract(w, "C1", 1000);
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(e->postings[0].line, 5);
    assert_int_equal(e->done.issue.valid_to.n, day_make(2027, 12, 31).n);
    end(w);
}

static void outside_the_period(void **state)
{
    (void)state;
    struct world *w = world_new();
    w->now = at(2025, 7, 9, 23);
    done(w, make_book(true));
    done(w, make_adopt(file_of(w, ZHANGZHOU)));
    done(w, make_enterprise(BUYER, "350602"));
    contract(w, "C1", 1000);
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_OUTSIDE_PERIOD);
    assert_int_equal(e->refusal.day.n, day_make(2025, 7, 10).n);
    assert_int_equal(e->refusal.day_to.n, day_make(2027, 12, 31).n);
    assert_null(e->explanation);
    w->now = at(2025, 7, 10, 0);
    e = refused(w, make_issue("1", BUYER, "C1"), REASON_NO_FUND_LINE);
    assert_string_equal(e->refusal.detail, "measure 1 in 2025");
    struct command c = make_issue("1", BUYER, "C1");
    c.issue.year = 2026;
    assert_string_equal(refused(w, c, REASON_NO_FUND_LINE)->refusal.detail, "measure 1 in 2026");
    done(w, make_appropriate("1", 2026, "city", 500));
    c = make_issue("1", BUYER, "C1");
    c.issue.year = 2026; /* any line of the measure */
    done(w, c);
    w->now = at(2028, 1, 1, 0);
    refused(w, make_issue("1", BUYER, "C1"), REASON_OUTSIDE_PERIOD);
    end(w);
}

static void who_may_claim(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(10000000) + 1);
    assert_string_equal(
        refused(w, make_issue("1", SELLER, "C1"), REASON_WRONG_PARTY)->refusal.detail, "buyer");
    assert_string_equal(
        refused(w, make_issue("3B", BUYER, "C1"), REASON_WRONG_PARTY)->refusal.detail, "seller");
    refused(w, make_issue("1", OTHER, "C1"), REASON_WRONG_PARTY);
    /* Attestations: both, and only those that the policy knows. */
    struct command c = make_issue("2", BUYER, "C1");
    with_attestation(&c, "model-filing");
    const struct entry *e = refused(w, c, REASON_ATTESTATION_MISSING);
    assert_string_equal(e->refusal.detail, "effect");
    c = model_voucher(BUYER, "C1");
    with_attestation(&c, "beauty");
    invalid(w, c, "issue.attestations");
    /* The seller's 15 % of 10,000,000.01, then nothing for the buyer. */
    assert_int_equal(face(done(w, make_issue("3B", SELLER, "C1"))), YUAN(1500000));
    e = refused(w, make_issue("3A", BUYER, "C1"), REASON_OTHER_BENEFICIARY);
    assert_string_equal(e->refusal.detail, "91350100M000100Y43");
    assert_int_equal(e->explanation->nholders, 1);
    assert_int_equal(e->explanation->holders[0], 1);
    end(w);
}

static void traits_hold_from_day_to_day(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    w->now = at(2025, 9, 1, 0);
    const struct entry *e = refused(w, make_issue("3A", BUYER, "C1"), REASON_TRAIT_MISSING);
    assert_string_equal(e->refusal.detail, "industrial");
    assert_int_equal(e->refusal.day.n, day_make(2025, 9, 1).n);
    end(w);
    w = city();
    contract(w, "C1", 1000);
    w->now = at(2025, 8, 31, 23);
    assert_int_equal(face(done(w, make_issue("3A", BUYER, "C1"))), 800);
    end(w);
    w = world_with(ZHANGZHOU);
    struct command c = make_enterprise(BUYER, "350602");
    with_trait(&c, "industrial", day_make(2025, 8, 2), DAY(DAY_MAX));
    with_trait(&c, "annotation", DAY(DAY_MIN), DAY(DAY_MAX));
    done(w, c);
    contract(w, "C1", 1000);
    refused(w, make_issue("3A", BUYER, "C1"), REASON_TRAIT_MISSING);
    end(w);
}

static void amounts_asked_for(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(10000));
    contract(w, "C2", 1);
    const struct entry *e = refused(w, make_issue_of("1", BUYER, "C1", 500001), REASON_RATE);
    assert_int_equal(e->refusal.asked.fen, 500001);
    assert_int_equal(face(done(w, make_issue_of("1", BUYER, "C1", 200000))), 200000);
    /* A face cut by what was asked for leaves the rest of the entitlement for later. */
    e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(face(e), 300000);
    assert_int_equal(e->done.issue.tops_up, 1);
    assert_int_equal(voucher_of(w, 2)->tops_up, 1);
    assert_int_equal(voucher_of(w, 2)->before_claim, 1);
    e = refused(w, make_issue_of("1", BUYER, "C1", 1), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, 2);
    assert_int_equal(e->explanation->holders[0], 2);
    assert_int_equal(e->explanation->holders[1], 1);
    refused(w, make_issue("1", BUYER, "C2"), REASON_RATE);
    end(w);
}

static void too_little_on_the_line(void **state)
{
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    done(w, make_enterprise(BUYER, "350602"));
    done(w, make_appropriate("1", 2025, "city", 499));
    contract(w, "C1", 1000);
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_FUNDS);
    assert_int_equal(e->refusal.asked.fen, 0);
    assert_int_equal(e->explanation->limits[2].at_most.fen, 499);
    refused(w, make_issue_of("1", BUYER, "C1", 500), REASON_FUNDS);
    done(w, make_issue_of("1", BUYER, "C1", 499));
    done(w, make_appropriate("1", 2025, "city", 1));
    assert_int_equal(face(done(w, make_issue("1", BUYER, "C1"))), 1);
    end(w);
}

/* Contract 7,000,000: 2,000,000 under 2, then nothing under 1; 1,000,000.03: 300,000.00, then
 * 200,000.01 more, then nothing; the first void: 300,000.00 more. */
static void one_support_for_one_spending(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", YUAN(7000000));
    done(w, make_contract("C2", SELLER, OTHER, YUAN(1000000) + 3));
    assert_int_equal(face(done(w, model_voucher(BUYER, "C1"))), YUAN(2000000));
    const struct entry *e = refused(w, make_issue("1", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->limits[2].rule, RULE_SUPPORT);
    assert_int_equal(e->explanation->limits[2].base.fen, YUAN(2000000));
    assert_int_equal(e->explanation->limits[2].used.fen, YUAN(2000000));
    assert_int_equal(face(done(w, model_voucher(OTHER, "C2"))), YUAN(300000));
    e = done(w, make_issue("1", OTHER, "C2"));
    assert_int_equal(face(e), YUAN(200000) + 1);
    assert_int_equal(e->done.issue.tops_up, 2);
    e = refused(w, model_voucher(OTHER, "C2"), REASON_SUPPORTED_ALREADY);
    assert_int_equal(e->explanation->nholders, 2);
    assert_int_equal(e->explanation->holders[0], 3);
    done(w, make_void(2));
    e = done(w, make_issue("1", OTHER, "C2"));
    assert_int_equal(face(e), YUAN(300000));
    assert_int_equal(e->done.issue.tops_up, 3);
    end(w);
}

static void support_from_outside(void **state)
{
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    done(w, make_outside("C1", SELLER, 300));
    const struct entry *e = done(w, make_issue("1", BUYER, "C1"));
    assert_int_equal(face(e), 200);
    assert_int_equal(e->explanation->limits[2].used.fen, 300);
    assert_int_equal(e->done.issue.tops_up, 0);
    done(w, make_outside("C1", SELLER, 200));
    e = refused(w, make_issue("3A", BUYER, "C1"), REASON_SUPPORTED_ALREADY);
    /* 80 % of 1000 less 500 and 200 would be 100: but 200 of the voucher and 500 hold; see below. */
    world_free(w);
    (void)e;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(book_begins_once),
        cmocka_unit_test(nothing_without_a_policy),
        cmocka_unit_test(policies_come_in_versions),
        cmocka_unit_test(no_more_versions_than_the_limit),
        cmocka_unit_test(money_is_appropriated),
        cmocka_unit_test(entries_never_go_back_in_time),
        cmocka_unit_test(enterprises),
        cmocka_unit_test(contracts),
        cmocka_unit_test(an_issue_in_full),
        cmocka_unit_test(validity_ends_with_the_policy),
        cmocka_unit_test(outside_the_period),
        cmocka_unit_test(who_may_claim),
        cmocka_unit_test(traits_hold_from_day_to_day),
        cmocka_unit_test(amounts_asked_for),
        cmocka_unit_test(too_little_on_the_line),
        cmocka_unit_test(one_support_for_one_spending),
        cmocka_unit_test(support_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
