/* SPDX-License-Identifier: Apache-2.0 */
/* voucherctl: has the book do things. */
#include "tools/ctl/ctl.h"
#include "tools/lib/tool.h"

static const struct tool_command *const commands[] = {
    &ctl_policy_check,
    &ctl_policy_adopt,
    &ctl_fund_appropriate,
    &ctl_enterprise_add,
    &ctl_enterprise_amend,
    &ctl_contract_add,
    &ctl_voucher_issue,
    &ctl_voucher_redeem,
    &ctl_voucher_void,
    &ctl_claim,
    &ctl_designation_add,
    &ctl_designation_withdraw,
    &ctl_withdraw,
    &ctl_round_close,
    &ctl_pay,
    &ctl_bank_return,
    &ctl_ceiling_raise,
    &ctl_outside_add,
    &ctl_lapse,
    &ctl_batch,
    &ctl_import_enterprises,
    &ctl_import_contracts,
    &ctl_import_vouchers,
    &ctl_import_redemptions,
    &ctl_import_invoices,
    &ctl_import_claims,
    &ctl_clock_set,
    NULL,
};

int main(int argc, char **argv)
{
    static const struct tool tool = {
        .program = "voucherctl",
        .summary =
            N_("Appropriates money, issues, redeems and voids vouchers in the book of a voucherd."),
        .commands = commands,
        .acts = true,
    };
    return tool_main(&tool, argc, argv);
}
