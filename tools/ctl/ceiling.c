/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "enterprise",
     .type = FIELD_USCC,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the enterprise's unified social credit code, 18 characters")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .flags = FIELD_REQUIRED,
     .help = N_("the code of the measure whose ceiling it is")},
    {.name = "ceiling",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "NAME",
     .flags = FIELD_REQUIRED,
     .help = N_("the ceiling's name in the policy")},
    {.name = "limit",
     .type = FIELD_MONEY,
     .flags = FIELD_REQUIRED,
     .help = N_("what it is from now on, in yuan")},
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("the decision that raises it")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    (void)a, (void)f;
    out->raise_ceiling = (struct raise_ceiling){.enterprise = value_of(v, "enterprise")->uscc,
                                                .measure = value_of(v, "measure")->text,
                                                .ceiling = value_of(v, "ceiling")->text,
                                                .limit = value_of(v, "limit")->money,
                                                .document = value_of(v, "document")->text};
    return 0;
}

const struct tool_command ctl_ceiling_raise = {
    .words = "ceiling raise",
    .summary = N_("Raises a ceiling for one enterprise."),
    .fields = fields,
    .kind = COMMAND_RAISE_CEILING,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
