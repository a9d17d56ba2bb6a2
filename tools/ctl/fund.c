/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .flags = FIELD_REQUIRED,
     .help = N_("the measure's code in the policy, like 3A, or the name of a pool")},
    {.name = "year",
     .type = FIELD_YEAR,
     .flags = FIELD_REQUIRED,
     .help = N_("the year of the fund line")},
    {.name = "source",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "SOURCE",
     .flags = FIELD_REQUIRED,
     .help = N_("whose money it is, like city")},
    {.name = "amount",
     .type = FIELD_MONEY,
     .flags = FIELD_REQUIRED,
     .help = N_("the amount in yuan, like 1200000.00")},
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("the decision that grants it")},
    {.name = "area",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "AREA",
     .help = N_("whose part it is of a pool that is kept by area: a code or name of the policy")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->appropriate = (struct appropriate){.measure = value_of(v, "measure")->text,
                                            .year = value_of(v, "year")->year,
                                            .source = value_of(v, "source")->text,
                                            .amount = value_of(v, "amount")->money,
                                            .document = value_of(v, "document")->text,
                                            .area = value_of(v, "area")->text};
    return 0;
}

const struct tool_command ctl_fund_appropriate = {
    .words = "fund appropriate",
    .summary = N_("Puts money on the fund line of a measure or pool, year and source."),
    .fields = fields,
    .kind = COMMAND_APPROPRIATE,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
