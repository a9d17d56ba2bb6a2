/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/reason.h"

static const char *const reason_names[REASON_COUNT] = {
    [REASON_NONE] = "none",
    [REASON_OUTSIDE_PERIOD] = "outside_period",
    [REASON_WRONG_PARTY] = "wrong_party",
    [REASON_TRAIT_MISSING] = "trait_missing",
    [REASON_ATTESTATION_MISSING] = "attestation_missing",
    [REASON_CONTRACT_WINDOW] = "contract_window",
    [REASON_OTHER_BENEFICIARY] = "other_beneficiary",
    [REASON_SUPPORTED_ALREADY] = "supported_already",
    [REASON_RATE] = "rate",
    [REASON_CEILING] = "ceiling",
    [REASON_FUNDS] = "funds",
    [REASON_NO_FUND_LINE] = "no_fund_line",
    [REASON_VOUCHER_STATE] = "voucher_state",
    [REASON_EXPIRED] = "expired",
    [REASON_INVOICE_TOO_EARLY] = "invoice_too_early",
    [REASON_INVOICE_IN_FUTURE] = "invoice_in_future",
    [REASON_INVOICE_USED] = "invoice_used",
    [REASON_INVOICE_DIFFERS] = "invoice_differs",
    [REASON_EXISTS] = "exists",
    [REASON_SAME_PARTY] = "same_party",
    [REASON_DAY_NOT_OVER] = "day_not_over",
    [REASON_LINE_CLOSED] = "line_closed",
    [REASON_AWAITING_GUIDE] = "awaiting_guide",
    [REASON_INTAKE_CLOSED] = "intake_closed",
    [REASON_NOT_BENEFICIARY] = "not_beneficiary",
    [REASON_FIRST_RIGHT] = "first_right",
    [REASON_TERM_TOO_SHORT] = "term_too_short",
    [REASON_CONDITION] = "condition",
    [REASON_NO_CASE] = "no_case",
    [REASON_CASE_REFUSES] = "case_refuses",
    [REASON_RELATED_PARTIES] = "related_parties",
    [REASON_DESIGNATION_MISSING] = "designation_missing",
    [REASON_SUPPORTED_OUTSIDE] = "supported_outside",
    [REASON_APPLIED_RATE] = "applied_rate",
    [REASON_SPENDING_TIME] = "spending_time",
    [REASON_COUNT_LIMIT] = "count",
    [REASON_NOT_DESIGNATED] = "not_designated",
    [REASON_NOT_RAISED] = "not_raised",
    [REASON_WAITS] = "waits",
    [REASON_NOBODY_WAITS] = "nobody_waits",
    [REASON_NOTHING_TO_PAY] = "nothing_to_pay",
    [REASON_OTHER_PAYEE] = "other_payee",
};

static const char *const rule_names[RULE_COUNT] = {
    [RULE_NONE] = "none",
    [RULE_RATE] = N_("rate"),
    [RULE_CEILING] = N_("ceiling"),
    [RULE_SUPPORT] = N_("support"),
    [RULE_FUNDS] = N_("funds"),
    [RULE_FACE] = N_("face"),
    [RULE_INVOICED] = N_("invoiced"),
    [RULE_CLAIM] = N_("claim"),
    [RULE_UNIT] = N_("unit"),
    [RULE_AWARD] = N_("award"),
    [RULE_INTEREST] = N_("interest"),
    [RULE_COUNT_LIMIT] = N_("count"),
    [RULE_GROUP] = N_("group"),
    [RULE_YEAR] = N_("year"),
    [RULE_ROUND] = N_("round"),
};

const char *reason_name(enum reason r)
{
    return (unsigned)r < REASON_COUNT ? reason_names[r] : "unknown";
}

const char *rule_name(enum rule r)
{
    return (unsigned)r < RULE_COUNT ? rule_names[r] : "unknown";
}
