/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the measure's code in the policy, like 3A")},
    {.name = "year",
     .type = FIELD_YEAR,
     .metavar = "FUND-YEAR",
     .help = N_("the year of the fund line; without it, the business day's")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->close_round = (struct close_round){.measure = value_of(v, "measure")->text,
                                            .year = value_of(v, "year")->year};
    return 0;
}

const struct tool_command ctl_round_close = {
    .words = "round close",
    .summary = N_("Divides what a fund line has among the claims that wait."),
    .fields = fields,
    .kind = COMMAND_CLOSE_ROUND,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
