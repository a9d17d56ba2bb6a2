/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "uscc",
     .type = FIELD_USCC,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the enterprise's unified social credit code, 18 characters")},
    {.name = "name",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "NAME",
     .flags = FIELD_REQUIRED,
     .help = N_("its name")},
    {.name = "area",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "AREA",
     .flags = FIELD_REQUIRED,
     .help = N_("code or name of its area in the policy")},
    {.name = "trait",
     .type = FIELD_TRAIT,
     .help = N_("a trait: NAME, or NAME=FROM..TO with either day left open")},
    {0},
};

_Static_assert(LIMIT_TRAITS >= PAIRS_MAX, "every trait given has room");

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    const struct value *traits = value_of(v, "trait");
    struct add_enterprise *e = &out->add_enterprise;
    (void)a, (void)f;
    e->uscc = value_of(v, "uscc")->uscc;
    e->name = value_of(v, "name")->text;
    e->area = value_of(v, "area")->text;
    e->ntraits = traits->n;
    for (int i = 0; i < traits->n; i++)
        e->traits[i] = (struct trait_span){.name = traits->pairs[i].name,
                                           .from = traits->pairs[i].from,
                                           .to = traits->pairs[i].to};
    return 0;
}

const struct tool_command ctl_enterprise_add = {
    .words = "enterprise add",
    .summary = N_("Adds an enterprise to the book."),
    .fields = fields,
    .kind = COMMAND_ADD_ENTERPRISE,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
