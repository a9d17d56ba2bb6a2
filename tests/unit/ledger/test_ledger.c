/* SPDX-License-Identifier: Apache-2.0 */
/* The book, its policies and money, who and what it knows. */
#include "tests/unit/ledger/world.h"

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
    invalid(w, make((enum command_kind) - 1), "command");
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
    struct key k;
    (void)state;
    struct world *w = world_new();
    struct span first = file_of(w, ZHANGZHOU), second = file_of(w, THREE);
    /* Half past midnight in Shanghai is the day before in UTC. */
    w->now = INSTANT(at(2025, 8, 1, 0).us + INT64_C(1800000000));
    assert_int_equal(done(w, make_book(true))->day.n, TODAY.n - 1);
    invalid(w, make_adopt(SPAN("policy: [", 9)), "adopt_policy.file");
    assert_memory_equal(w->fault.value, "line ", 5);
    const struct entry *e = done(w, make_adopt(first));
    assert_int_equal(e->done.policy_version.version, 1);
    assert_int_equal(e->policy, 0);
    assert_int_equal(e->day.n, TODAY.n);
    e = refused(w, make_adopt(first), REASON_EXISTS);
    assert_int_equal(e->policy, 1);
    e = done(w, make_adopt(second));
    assert_int_equal(e->done.policy_version.version, 2);
    assert_int_equal(((const struct policy_row *)row_of(&w->main, key_policy(&k, 2)))->entry, 4);
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
    struct key k;
    (void)state;
    struct world *w = world_with(ZHANGZHOU);
    rows_write_head_row(w->main.rows, key_head(&k))->policy = LIMIT_POLICIES;
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
    struct key k;
    (void)state;
    struct world *w = city();
    const struct enterprise_row *e = row_of(&w->main, key_enterprise(&k, &(struct uscc){0}));
    assert_null(e);
    struct uscc other = OTHER, buyer = BUYER;
    e = row_of(&w->main, key_enterprise(&k, &other));
    assert_string_equal(e->area, "350604"); /* what took the retired one's place */
    const struct enterprise_name_row *n = row_of(&w->main, key_enterprise_name(&k, &other));
    assert_string_equal(n->name, "a company");
    e = row_of(&w->main, key_enterprise(&k, &buyer));
    assert_string_equal(e->area, "350602");
    assert_int_equal(e->ntraits, 1);
    assert_string_equal(e->traits[0].name, "industrial");
    const struct entry *r = refused(w, make_enterprise(BUYER, "350603"), REASON_EXISTS);
    assert_string_equal(r->refusal.detail, "enterprise 91350602MA000TX06E");
    const struct refusal_row *row = row_of(&w->main, key_refusal(&k, r->number));
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
    struct key k;
    (void)state;
    struct world *w = city();
    contract(w, "C1", 1000);
    const struct entry *e = refused(w, make_contract("C1", SELLER, OTHER, 5), REASON_EXISTS);
    assert_string_equal(e->refusal.detail, "contract C1 of seller 91350100M000100Y43");
    refused(w, make_contract("C2", SELLER, SELLER, 5), REASON_SAME_PARTY);
    /* The parties need not be registered, and numbers collide between sellers. */
    done(w, make_contract("C1", NOBODY, BUYER, 5000));
    const struct contract_number_row *n = row_of(&w->main, key_contract_number(&k, "C1"));
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
    invalid(w, make_issue("99", BUYER, "C1"), "issue.measure");
    end(w);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
