/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/ctl.h"

static const struct field fields[] = {
    {.name = "seller", .type = FIELD_USCC, .help = N_("the credit code of the contract's seller")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .help = N_("the contract's number")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .help = N_("without a contract: the code of a measure whose spending it is for")},
    {.name = "fact",
     .also = "facts",
     .type = FIELD_FACT,
     .help = N_("what names the spending: a field of the measure's and its value")},
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
    const struct value *contract = value_of(v, "contract"), *seller = value_of(v, "seller");
    const struct value *measure = value_of(v, "measure"), *facts = value_of(v, "fact");
    struct add_outside *o = &out->add_outside;
    if (!contract->given && !measure->given)
        return fault_set(f, "contract", NULL,
                         "a contract and its seller, or a measure and the facts that name its "
                         "spending");
    if (contract->given && !seller->given)
        return fault_set(f, "seller", NULL, "it is missing: %-s",
                         N_("the credit code of the contract's seller"));
    if (measure->given && (contract->given || seller->given))
        return fault_set(f, "measure", measure->text,
                         "either a contract and its seller, or a measure and the facts that name "
                         "its spending");
    if (measure->given != facts->given)
        return fault_set(f, "fact", NULL,
                         "with a measure the facts that name its spending, and only then");
    o->seller = seller->uscc;
    o->contract = contract->text;
    o->measure = measure->text;
    o->amount = value_of(v, "amount")->money;
    o->document = value_of(v, "document")->text;
    o->nfacts = facts->n;
    return ctl_facts(facts, a, &o->facts);
}

const struct tool_command ctl_outside_add = {
    .words = "outside add",
    .summary = N_("Notes support that a contract, or other spending, has from elsewhere."),
    .fields = fields,
    .kind = COMMAND_ADD_OUTSIDE,
    .build = build,
    .dry_run = true,
    .run = ctl_run,
};
