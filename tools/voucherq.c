/* SPDX-License-Identifier: Apache-2.0 */
/* voucherq: asks the book. */
#include "tools/lib/tool.h"
#include "tools/q/q.h"

static const struct tool_command *const commands[] = {
    &q_funds,    &q_enterprise, &q_voucher, &q_vouchers, &q_statement,
    &q_refusals, &q_entries,    &q_explain, &q_status,   NULL,
};

int main(int argc, char **argv)
{
    static const struct tool tool = {
        .program = "voucherq",
        .summary = N_("Asks the book of a voucherd what is left, who has what, and why."),
        .commands = commands,
    };
    return tool_main(&tool, argc, argv);
}
