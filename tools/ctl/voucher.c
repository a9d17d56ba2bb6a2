/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field issue_fields[] = {
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .flags = FIELD_REQUIRED,
     .help = N_("the measure's code in the policy, like 3A")},
    {.name = "enterprise",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the beneficiary's credit code")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .flags = FIELD_REQUIRED,
     .help = N_("the contract's number")},
    {.name = "seller",
     .type = FIELD_USCC,
     .help = N_("the seller's credit code, where several contracts bear the number")},
    {.name = "year",
     .type = FIELD_YEAR,
     .metavar = "FUND-YEAR",
     .help = N_("the year of the fund lines; without it, the business day's")},
    {.name = "attest",
     .type = FIELD_ATTEST,
     .help = N_("an attestation that the measure asks for, and its document")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .help = N_("the amount asked for in yuan; without it, all that can be granted")},
    {.name = "fact",
     .also = "facts",
     .type = FIELD_FACT,
     .help = N_("what the claim states in one of the policy's fields")},
    {.name = "rate",
     .type = FIELD_RATE,
     .help = N_("a lower rate that a review has set, like 30 %; without it, the measure's")},
    {0},
};

const struct tool_command ctl_voucher_issue = {
    .words = "voucher issue",
    .summary = N_("Issues a voucher to an enterprise for a contract."),
    .fields = issue_fields,
    .kind = COMMAND_ISSUE,
    .build = ctl_build_claim,
    .dry_run = true,
    .run = ctl_run,
};

static const struct field redeem_fields[] = {
    {.name = "voucher",
     .also = "id",
     .type = FIELD_NUMBER,
     .metavar = "ID",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the voucher's number")},
    {.name = "invoice",
     .type = FIELD_INVOICE,
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's number: 20 digits, or CODE-NUMBER")},
    {.name = "dated",
     .type = FIELD_DAY,
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's date, like 2025-07-10")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .metavar = "INVOICE-AMOUNT",
     .flags = FIELD_REQUIRED,
     .help = N_("the invoice's amount in yuan")},
    {.name = "attest",
     .type = FIELD_ATTEST,
     .help = N_("an attestation that the measure asks for, and its document")},
    {0},
};

static int build_redeem(const struct values *v, struct arena *a, struct fault *f,
                        struct command *out)
{
    (void)a, (void)f;
    out->redeem = (struct redeem){.voucher = value_of(v, "voucher")->number,
                                  .invoice = value_of(v, "invoice")->text,
                                  .dated = value_of(v, "dated")->day,
                                  .amount = value_of(v, "amount")->money};
    out->redeem.nattestations = ctl_attestations(value_of(v, "attest"), out->redeem.attestations);
    return 0;
}

const struct tool_command ctl_voucher_redeem = {
    .words = "voucher redeem",
    .summary = N_("Redeems a voucher, or a part of it, on an invoice."),
    .fields = redeem_fields,
    .kind = COMMAND_REDEEM,
    .build = build_redeem,
    .dry_run = true,
    .run = ctl_run,
};

static const struct field void_fields[] = {
    {.name = "voucher",
     .also = "id",
     .type = FIELD_NUMBER,
     .metavar = "ID",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the voucher's number")},
    {.name = "reason",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .flags = FIELD_REQUIRED,
     .help = N_("why")},
    {0},
};

static int build_void(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->void_voucher = (struct void_voucher){.voucher = value_of(v, "voucher")->number,
                                              .reason = value_of(v, "reason")->text};
    return 0;
}

const struct tool_command ctl_voucher_void = {
    .words = "voucher void",
    .summary = N_("Takes back what a voucher has not redeemed."),
    .fields = void_fields,
    .kind = COMMAND_VOID,
    .build = build_void,
    .dry_run = true,
    .run = ctl_run,
};
