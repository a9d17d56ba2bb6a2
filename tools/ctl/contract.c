/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "number",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the contract's number")},
    {.name = "seller",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the seller's credit code")},
    {.name = "buyer",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the buyer's credit code")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_REQUIRED,
     .help = N_("the contract's amount in yuan")},
    {.name = "signed",
     .type = FIELD_DAY,
     .flags = FIELD_REQUIRED,
     .help = N_("the day on which it was signed, like 2025-07-10")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->add_contract = (struct add_contract){.number = value_of(v, "number")->text,
                                              .seller = value_of(v, "seller")->uscc,
                                              .buyer = value_of(v, "buyer")->uscc,
                                              .amount = value_of(v, "amount")->money,
                                              .signed_on = value_of(v, "signed")->day};
    return 0;
}

const struct tool_command ctl_contract_add = {
    .words = "contract add",
    .summary = N_("Adds a contract, known by its seller and number."),
    .fields = fields,
    .kind = COMMAND_ADD_CONTRACT,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
