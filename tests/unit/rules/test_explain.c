/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences: every rule and every reason, with its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules/reason.h"

static void names(void **state)
{
    (void)state;
    for (int r = 0; r < REASON_COUNT; r++) {
        assert_non_null(reason_name((enum reason)r));
        for (int s = 0; s < r; s++)
            assert_string_not_equal(reason_name((enum reason)r), reason_name((enum reason)s));
    }
    for (int r = 0; r < RULE_COUNT; r++)
        assert_non_null(rule_name((enum rule)r));
    assert_string_equal(reason_name(REASON_SUPPORTED_ALREADY), "supported_already");
    assert_string_equal(rule_name(RULE_CLAIM), "claim");
    assert_string_equal(reason_name((enum reason)REASON_COUNT), "unknown");
    assert_string_equal(reason_name((enum reason) - 1), "unknown");
    assert_string_equal(rule_name((enum rule)RULE_COUNT), "unknown");
    assert_string_equal(rule_name((enum rule) - 1), "unknown");
}

static const struct explanation of_an_issue = {
    .nlimits = 4,
    .limits = {
        {.rule = RULE_RATE, .at_most = {60000000}, .base = {120000000}, .rate = {500000}},
        {.rule = RULE_CEILING,
         .at_most = {50000000},
         .limit = {200000000},
         .used = {170000000},
         .own = {20000000},
         .name = "per enterprise over the policy's life"},
        {.rule = RULE_SUPPORT, .at_most = {30000000}, .base = {50000000}, .used = {20000000}},
        {.rule = RULE_FUNDS, .at_most = {12345678}, .binding = 1},
    }};

static const char issue_text[] =
    "rate 50 % of 1,200,000.00 = 600,000.00; left of the ceiling per enterprise over the policy's "
    "life 500,000.00 (2,000,000.00, used 1,700,000.00, of this by the same spending 200,000.00); "
    "entitlement 500,000.00 less 200,000.00 of support for the same spending = 300,000.00; left on "
    "the fund lines 123,456.78 -> at most 123,456.78";

static void issue_names_every_limit(void **state)
{
    (void)state;
    char out[1000];
    assert_ptr_equal(explanation_text(&of_an_issue, out, sizeof out), out);
    assert_string_equal(out, issue_text);
}

static void redeem_names_every_limit(void **state)
{
    (void)state;
    char out[1000];
    struct explanation e = {
        .nlimits = 4,
        .limits = {
            {.rule = RULE_FACE, .at_most = {20000001}, .base = {30000000}, .used = {9999999}},
            {.rule = RULE_INVOICED,
             .at_most = {20000001},
             .base = {100000000},
             .rate = {300000},
             .used = {9999999},
             .binding = 1},
            {.rule = RULE_CLAIM,
             .at_most = {40000001},
             .base = {100000000},
             .rate = {333333},
             .used = {9999999}},
            {.rule = RULE_CEILING, .at_most = {45000000}, .limit = {45000000}, .name = "a year"},
        }};
    assert_string_equal(
        explanation_text(&e, out, sizeof out),
        "face 300,000.00 less 99,999.99 redeemed = 200,000.01; rate 30 % of 1,000,000.00 invoiced, "
        "less 99,999.99 redeemed = 200,000.01; rate 33.3333 % of 1,000,000.00 invoiced for this "
        "spending, less 99,999.99 redeemed on it = 400,000.01; left of the ceiling a year "
        "450,000.00 (450,000.00, used 0.00) -> at most 200,000.01");
}

static void claim_names_every_limit(void **state)
{
    (void)state;
    char out[1000];
    struct explanation e = {
        .nlimits = 8,
        .limits = {
            {.rule = RULE_UNIT,
             .at_most = {249999500},
             .base = {50000},
             .quantity = 49999900,
             .binding = 1},
            {.rule = RULE_UNIT, .at_most = {43200000}, .base = {360000}, .quantity = 1200000},
            {.rule = RULE_UNIT, .at_most = {1}, .base = {2}, .quantity = 5000},
            {.rule = RULE_AWARD, .at_most = {6000000}},
            {.rule = RULE_INTEREST,
             .at_most = {1000000},
             .base = {100000000},
             .rate = {20000},
             .quantity = 180,
             .limit = {360}},
            {.rule = RULE_COUNT_LIMIT, .limit = {2}, .used = {1}, .name = "managers a month"},
            {.rule = RULE_GROUP,
             .at_most = {5000000},
             .base = {10000000},
             .rate = {600000},
             .used = {1000000}},
            {.rule = RULE_YEAR,
             .at_most = {4000000},
             .base = {10000000},
             .rate = {500000},
             .used = {1000000}},
        }};
    assert_string_equal(
        explanation_text(&e, out, sizeof out),
        "500.00 for each of 4999.99 = 2,499,995.00; 3,600.00 for each of 120 = 432,000.00; 0.02 "
        "for each of 0.5 = 0.01; fixed amount 60,000.00; interest of 2 % a year on 1,000,000.00 "
        "for 180 of 360 days = 10,000.00; of the ceiling managers a month, 2 times at most, 1 are "
        "used; common ceiling 60 % of 100,000.00 less 10,000.00 of support for the same spending = "
        "50,000.00; rate 50 % of 100,000.00 in the year, less 10,000.00 accounted for before = 40,000.00 "
        "-> at most 2,499,995.00");
}

static void nothing_to_tell(void **state)
{
    (void)state;
    char out[8] = "x";
    assert_string_equal(explanation_text(&(struct explanation){0}, out, sizeof out), "");
    struct explanation odd = {.nlimits = 1, .limits = {{.rule = RULE_NONE}}};
    assert_string_equal(explanation_text(&odd, out, sizeof out), "");
}

/* Cut anywhere the text is still a text, and the beginning of the whole one. */
static void cut_at_its_end(void **state)
{
    (void)state;
    char out[1000], whole[1000];
    struct refusal r = {.reason = REASON_FUNDS, .asked = MONEY(60000000)};
    refusal_text(&r, &of_an_issue, whole, sizeof whole);
    for (size_t cap = 0; cap <= strlen(whole) + 2; cap++) {
        memset(out, '#', sizeof out);
        refusal_text(&r, &of_an_issue, out, cap);
        assert_int_equal(out[cap], '#');
        if (cap == 0)
            continue;
        size_t want = cap - 1 < strlen(whole) ? cap - 1 : strlen(whole);
        assert_int_equal(strlen(out), want);
        assert_memory_equal(out, whole, want);
        explanation_text(&of_an_issue, out, cap);
        assert_true(strlen(out) < cap);
    }
    explanation_text(&of_an_issue, NULL, 0);
}

/* 2025-07-10 and 2027-12-31. */
#define FIRST DAY(20279)
#define LAST  DAY(21183)

static void every_reason_has_its_sentence(void **state)
{
    (void)state;
    static const struct {
        struct refusal r;
        const char *text;
    } cases[] = {
        {{.reason = REASON_OUTSIDE_PERIOD, .day = FIRST, .day_to = LAST},
         "the policy applies from 2025-07-10 to 2027-12-31"},
        {{.reason = REASON_WRONG_PARTY, .detail = "buyer"},
         "this measure is claimed by the contract's buyer, which this enterprise is not"},
        {{.reason = REASON_TRAIT_MISSING, .detail = "industrial", .day = FIRST},
         "the enterprise does not have the trait 'industrial' on 2025-07-10"},
        {{.reason = REASON_ATTESTATION_MISSING, .detail = "effect"},
         "the claim lacks the attestation 'effect'"},
        {{.reason = REASON_CONTRACT_WINDOW, .day = FIRST, .day_to = LAST},
         "the contract was not signed from 2025-07-10 to 2027-12-31"},
        {{.reason = REASON_OTHER_BENEFICIARY, .detail = "91350100M000100Y43"},
         "another enterprise, 91350100M000100Y43, holds support for this spending by vouchers 9, "
         "4; "
         "only a checker's override could grant it, and there is none yet"},
        {{.reason = REASON_SUPPORTED_ALREADY},
         "this spending is supported already by vouchers 9, 4"},
        {{.reason = REASON_RATE, .asked = {101}}, "the measure's rate gives less; asked for 1.01"},
        {{.reason = REASON_CEILING, .detail = "a year"}, "the ceiling 'a year' leaves less"},
        {{.reason = REASON_FUNDS},
         "the fund lines have less; asking for no more than is left is granted"},
        {{.reason = REASON_NO_FUND_LINE, .detail = "measure 1 in 2025"},
         "no money was appropriated for measure 1 in 2025"},
        {{.reason = REASON_VOUCHER_STATE, .detail = "used up", .voucher = 7},
         "voucher 7 is used up"},
        {{.reason = REASON_EXPIRED, .voucher = 7, .day = LAST},
         "voucher 7 could be redeemed until the end of 2027-12-31"},
        {{.reason = REASON_INVOICE_TOO_EARLY, .day = FIRST},
         "spending counts from 2025-07-10; the invoice is dated before"},
        {{.reason = REASON_INVOICE_IN_FUTURE, .day = FIRST},
         "the invoice is dated after today, 2025-07-10"},
        {{.reason = REASON_INVOICE_USED, .voucher = 7}, "the invoice was used on voucher 7"},
        {{.reason = REASON_INVOICE_DIFFERS, .voucher = 7, .detail = "amount 1.00 and date x"},
         "the invoice was shown on voucher 7 with amount 1.00 and date x"},
        {{.reason = REASON_EXISTS, .detail = "enterprise X"},
         "enterprise X is in the book already"},
        {{.reason = REASON_SAME_PARTY}, "seller and buyer are the same enterprise"},
        {{.reason = REASON_DAY_NOT_OVER, .day = LAST}, "2027-12-31 is not over"},
        {{.reason = REASON_LINE_CLOSED, .day = FIRST, .day_to = LAST},
         "the policy's years are 2025-07-10 to 2027-12-31"},
        {{.reason = REASON_AWAITING_GUIDE, .detail = "11.1"},
         "measure 11.1 waits for its guide; nothing is granted until then"},
        {{.reason = REASON_INTAKE_CLOSED, .detail = "1"}, "measure 1 takes no claims at this time"},
        {{.reason = REASON_NOT_BENEFICIARY, .detail = "7"},
         "measure 7 is for other kinds of bodies than this credit code's"},
        {{.reason = REASON_FIRST_RIGHT, .detail = "buyer", .day = LAST},
         "until the end of 2027-12-31 only the contract's buyer may claim"},
        {{.reason = REASON_TERM_TOO_SHORT, .detail = "lease-to", .day = LAST},
         "'lease-to' is too early: the term must last until 2027-12-31 at least"},
        {{.reason = REASON_CONDITION, .detail = "least"},
         "what the measure requires does not hold: 'least'"},
        {{.reason = REASON_NO_CASE, .detail = "8.3"}, "none of the cases of measure 8.3 applies"},
        {{.reason = REASON_CASE_REFUSES, .detail = "no third prize"},
         "the measure gives nothing in this case: no third prize"},
        {{.reason = REASON_RELATED_PARTIES, .detail = "Group"},
         "seller and buyer are both of the group of related enterprises 'Group'"},
        {{.reason = REASON_DESIGNATION_MISSING, .detail = "D1", .day = FIRST},
         "a designation by measure D1, or another that would do, is not held on 2025-07-10"},
        {{.reason = REASON_SUPPORTED_OUTSIDE, .detail = "scenario"},
         "this spending is supported from outside, which 'scenario' excludes"},
        {{.reason = REASON_APPLIED_RATE, .detail = "50 %"},
         "a review may set a rate of at most 50 %"},
        {{.reason = REASON_SPENDING_TIME, .detail = "month", .day = FIRST, .day_to = LAST},
         "'month' does not lie between 2025-07-10 and today, 2027-12-31"},
        {{.reason = REASON_COUNT_LIMIT, .detail = "a month"},
         "the ceiling 'a month' takes no further claim"},
        {{.reason = REASON_NOT_DESIGNATED},
         "there is nothing to withdraw any more: it was withdrawn, or granted, before"},
        {{.reason = REASON_NOT_RAISED, .detail = "a year"},
         "the ceiling 'a year' is as high already, and can only be raised"},
        {{.reason = REASON_WAITS, .detail = "line"}, "others wait in line before this claim"},
        {{.reason = REASON_NOBODY_WAITS, .detail = "R"},
         "no claim on measure R waits for a round to be closed"},
        {{.reason = REASON_NOTHING_TO_PAY, .voucher = 7, .detail = "payable"},
         "nothing of voucher 7 is payable"},
        {{.reason = REASON_OTHER_PAYEE, .voucher = 7, .detail = "91350100M000100Y43"},
         "voucher 7 is paid to 91350100M000100Y43"},
        {{.reason = REASON_NONE}, "refused"},
    };
    static const struct explanation holders = {.nholders = 2, .holders = {9, 4}};
    char out[1000];
    _Static_assert(sizeof cases / sizeof cases[0] == REASON_COUNT, "a sentence for each reason");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(refusal_text(&cases[i].r, &holders, out, sizeof out), cases[i].text);
    const struct refusal line = {.reason = REASON_WAITS, .detail = "line"};
    assert_string_equal(refusal_text(&line, &holders, out, sizeof out),
                        "others wait in line before this claim");
}

static void refusal_ends_with_the_limits(void **state)
{
    (void)state;
    char out[1000];
    struct explanation one = {.nlimits = 1, .nholders = 1, .holders = {3}};
    one.limits[0] = of_an_issue.limits[3];
    struct refusal r = {.reason = REASON_SUPPORTED_ALREADY, .asked = MONEY(1)};
    assert_string_equal(refusal_text(&r, &one, out, sizeof out),
                        "this spending is supported already by voucher 3; asked for 0.01: left on "
                        "the fund lines 123,456.78 -> at most 123,456.78");
    assert_string_equal(refusal_text(&r, NULL, out, sizeof out),
                        "this spending is supported already; asked for 0.01");
}

/* What a translator of this test knows. */
static const char *translate(const char *text)
{
    static const char *const words[][2] = {
        {"this measure is claimed by the contract's %s, which this enterprise is not", "only %s"},
        {"buyer", "B"},
        {"no money was appropriated for ", "none: "},
        {"measure %s in %s", "%2$s/%1$s"},
        {"contract %s of seller %s", "[%2$s: %1$s]"},
        {"left on the fund lines %s", "rest %s"},
        {" -> at most %s", "; max. %s"},
        {"per enterprise and year", "E/Y"},
        {"the ceiling '%s' leaves less", "over %s"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i][0]) == 0)
            return words[i][1];
    return text;
}

static void said_in_another_language(void **state)
{
    (void)state;
    static const struct {
        struct refusal r;
        const char *text;
    } cases[] = {
        {{.reason = REASON_WRONG_PARTY, .detail = "buyer"}, "only B"},
        {{.reason = REASON_WRONG_PARTY, .detail = "no party"}, "only no party"},
        {{.reason = REASON_FIRST_RIGHT, .detail = "buyer"},
         "until the end of 1970-01-01 only the contract's B may claim"},
        {{.reason = REASON_COUNT_LIMIT, .detail = "per enterprise and year"},
         "the ceiling 'E/Y' takes no further claim"},
        {{.reason = REASON_TRAIT_MISSING, .detail = "buyer"},
         "the enterprise does not have the trait 'buyer' on 1970-01-01"},
        {{.reason = REASON_NO_FUND_LINE, .detail = "measure 3A in 2025"}, "none: 2025/3A"},
        {{.reason = REASON_EXISTS, .detail = "contract A of seller B of seller C"},
         "[C: A of seller B] is in the book already"},
        {{.reason = REASON_CEILING, .detail = "per enterprise and year"}, "over E/Y"},
    };
    char out[1000];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(refusal_text_in(translate, &cases[i].r, NULL, out, sizeof out),
                            cases[i].text);
    struct explanation one = {.nlimits = 1};
    one.limits[0] = of_an_issue.limits[3];
    struct refusal r = {.reason = REASON_WRONG_PARTY, .detail = "buyer"};
    assert_string_equal(refusal_text_in(translate, &r, &one, out, sizeof out),
                        "only B: rest 123,456.78; max. 123,456.78");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(issue_names_every_limit),
        cmocka_unit_test(redeem_names_every_limit),
        cmocka_unit_test(claim_names_every_limit),
        cmocka_unit_test(nothing_to_tell),
        cmocka_unit_test(cut_at_its_end),
        cmocka_unit_test(every_reason_has_its_sentence),
        cmocka_unit_test(refusal_ends_with_the_limits),
        cmocka_unit_test(said_in_another_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
