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
    {.name = "related",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "GROUP",
     .help = N_("the name of its group of related enterprises")},
    {.name = "trait",
     .type = FIELD_TRAIT,
     .help = N_("a trait: NAME, or NAME=FROM..TO with either day left open")},
    {0},
};

_Static_assert(LIMIT_TRAITS >= PAIRS_MAX, "every trait given has room");

static int traits_of(const struct value *v, struct trait_span out[LIMIT_TRAITS])
{
    for (int i = 0; i < v->n; i++)
        out[i] = (struct trait_span){
            .name = v->pairs[i].name, .from = v->pairs[i].from, .to = v->pairs[i].to};
    return v->n;
}

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    struct add_enterprise *e = &out->add_enterprise;
    (void)a, (void)f;
    e->uscc = value_of(v, "uscc")->uscc;
    e->name = value_of(v, "name")->text;
    e->area = value_of(v, "area")->text;
    e->related = value_of(v, "related")->text;
    e->ntraits = traits_of(value_of(v, "trait"), e->traits);
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

/* ---- Changes ---- */

static const struct field amend_fields[] = {
    {.name = "uscc",
     .type = FIELD_USCC,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the enterprise's unified social credit code, 18 characters")},
    {.name = "area",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "AREA",
     .help = N_("another area: its code or name in the policy")},
    {.name = "related",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "GROUP",
     .help = N_("another group of related enterprises: its name")},
    {.name = "trait",
     .type = FIELD_TRAIT,
     .help = N_("a trait, or other days for one: NAME, or NAME=FROM..TO with either day left "
                "open")},
    {.name = "document",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .metavar = "DOCUMENT",
     .flags = FIELD_REQUIRED,
     .help = N_("by which it changes")},
    {0},
};

static int build_amend(const struct values *v, struct arena *a, struct fault *f,
                       struct command *out)
{
    struct amend_enterprise *e = &out->amend_enterprise;
    (void)a;
    e->uscc = value_of(v, "uscc")->uscc;
    e->area = value_of(v, "area")->text;
    e->related = value_of(v, "related")->text;
    e->ntraits = traits_of(value_of(v, "trait"), e->traits);
    e->document = value_of(v, "document")->text;
    if (!e->area && !e->related && e->ntraits == 0)
        return fault_set(f, "area", NULL,
                         "something that changes: an area, a group of related enterprises, or a "
                         "trait");
    return 0;
}

const struct tool_command ctl_enterprise_amend = {
    .words = "enterprise amend",
    .summary = N_("Changes an enterprise's area, group or traits from now on."),
    .fields = amend_fields,
    .kind = COMMAND_AMEND_ENTERPRISE,
    .build = build_amend,
    .dry_run = true,
    .run = ctl_run,
};
