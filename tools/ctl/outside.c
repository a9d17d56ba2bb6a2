/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "seller",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the credit code of the contract's seller")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .flags = FIELD_REQUIRED,
     .help = N_("the contract's number")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_REQUIRED,
     .help = N_("the support from outside in yuan")},
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("the decision that granted it")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->add_outside = (struct add_outside){.seller = value_of(v, "seller")->uscc,
                                            .contract = value_of(v, "contract")->text,
                                            .amount = value_of(v, "amount")->money,
                                            .document = value_of(v, "document")->text};
    return 0;
}

const struct tool_command ctl_outside_add = {
    .words = "outside add",
    .summary = N_("Notes support that a contract has from elsewhere."),
    .fields = fields,
    .kind = COMMAND_ADD_OUTSIDE,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
