/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: a voucher for a contract is the usual one (voucher.c); by other measures other spending
 * is supported, which the claim's facts name, or a designation is given and no money. */
#include "tools/ctl/ctl.h"

#define MEASURE                                                                                    \
    {                                                                                              \
        .name = "measure", .type = FIELD_TEXT, .limit = LIMIT_CODE, .metavar = "MEASURE",          \
        .flags = FIELD_REQUIRED, .help = N_("the measure's code in the policy, like 3A")           \
    }
#define ENTERPRISE                                                                                 \
    {                                                                                              \
        .name = "enterprise", .type = FIELD_USCC, .flags = FIELD_REQUIRED,                         \
        .help = N_("the beneficiary's credit code")                                                \
    }
#define CONTRACT                                                                                   \
    {                                                                                              \
        .name = "contract", .type = FIELD_TEXT, .limit = LIMIT_NUMBER, .metavar = "NUMBER",        \
        .help = N_("the contract's number, where the measure supports one")                        \
    }
#define SELLER                                                                                     \
    {                                                                                              \
        .name = "seller", .type = FIELD_USCC,                                                      \
        .help = N_("the seller's credit code, where several contracts bear the number")            \
    }
#define ATTEST                                                                                     \
    {                                                                                              \
        .name = "attest", .type = FIELD_ATTEST,                                                    \
        .help = N_("an attestation that the measure asks for, and its document")                   \
    }
#define FACT                                                                                       \
    {                                                                                              \
        .name = "fact", .also = "facts", .type = FIELD_FACT,                                       \
        .help = N_("what the claim states in one of the policy's fields")                          \
    }

static const struct field claim_fields[] = {
    MEASURE,
    ENTERPRISE,
    CONTRACT,
    SELLER,
    FACT,
    {.name = "person",
     .type = FIELD_PERSON,
     .help = N_("the person it is for: a field of the policy, and a resident id number, which is "
                "not stored")},
    ATTEST,
    {.name = "amount",
     .type = FIELD_MONEY,
     .help = N_("the amount asked for in yuan; without it, all that can be granted")},
    {.name = "rate",
     .type = FIELD_RATE,
     .help = N_("a lower rate that a review has set, like 30 %; without it, the measure's")},
    {.name = "year",
     .type = FIELD_YEAR,
     .metavar = "FUND-YEAR",
     .help = N_("the year of the fund lines; without it, the business day's")},
    {0},
};

_Static_assert(LIMIT_ATTESTATIONS >= PAIRS_MAX, "every attestation given has room");
_Static_assert(LIMIT_FACTS >= PAIRS_MAX, "every fact given has room");

/* The value of a field that the command may have. */
static const struct value *value_if(const struct values *v, const char *name)
{
    static const struct value none;
    int i = field_find(v->fields, name, false);
    return i < 0 ? &none : &v->v[i];
}

int ctl_attestations(const struct value *v, struct attestation out[LIMIT_ATTESTATIONS])
{
    for (int i = 0; i < v->n; i++)
        out[i] = (struct attestation){.name = v->pairs[i].name, .document = v->pairs[i].document};
    return v->n;
}

int ctl_facts(const struct value *v, struct arena *a, const struct fact **out)
{
    struct fact *facts = v->n > 0 ? arena_alloc(a, (size_t)v->n * sizeof *facts) : NULL;
    if (v->n > 0 && !facts)
        return ERR_MEMORY;
    for (int i = 0; i < v->n; i++)
        facts[i] = (struct fact){.name = v->pairs[i].name, .value = v->pairs[i].document};
    *out = facts;
    return 0;
}

int ctl_build_claim(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    const struct value *seller = value_if(v, "seller"), *amount = value_if(v, "amount");
    const struct value *rate = value_if(v, "rate"), *contract = value_if(v, "contract");
    struct issue *i = &out->issue;
    if (seller->given && !contract->given)
        return fault_set(f, "seller", NULL, "only with a contract, whose seller it is");
    i->measure = value_of(v, "measure")->text;
    i->enterprise = value_of(v, "enterprise")->uscc;
    i->contract = contract->text;
    i->has_seller = seller->given;
    i->seller = seller->uscc;
    i->year = value_if(v, "year")->year;
    i->has_amount = amount->given;
    i->amount = amount->money;
    i->has_rate = rate->given;
    i->rate = rate->rate;
    i->nattestations = ctl_attestations(value_if(v, "attest"), i->attestations);
    i->nfacts = value_if(v, "fact")->n;
    i->person = value_if(v, "person")->person;
    return ctl_facts(value_if(v, "fact"), a, &i->facts);
}

const struct tool_command ctl_claim = {
    .words = "claim",
    .summary = N_("Claims support by any measure, for a contract or for what its facts name."),
    .fields = claim_fields,
    .kind = COMMAND_ISSUE,
    .build = ctl_build_claim,
    .dry_run = true,
    .run = ctl_run,
};

/* ---- Designations ---- */

static const struct field designation_fields[] = {
    MEASURE, ENTERPRISE, CONTRACT, SELLER, FACT, ATTEST, {0},
};

const struct tool_command ctl_designation_add = {
    .words = "designation add",
    .summary = N_("Gives an enterprise a designation or recommendation, and no money."),
    .fields = designation_fields,
    .kind = COMMAND_ISSUE,
    .build = ctl_build_claim,
    .dry_run = true,
    .run = ctl_run,
};

static const struct field withdraw_fields[] = {
    {.name = "entry",
     .also = "id",
     .type = FIELD_NUMBER,
     .metavar = "ENTRY",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the number of the entry that gave it, or let the claim wait")},
    {.name = "reason",
     .type = FIELD_TEXT,
     .limit = LIMIT_TEXT,
     .flags = FIELD_REQUIRED,
     .help = N_("why")},
    {0},
};

static int build_withdraw(const struct values *v, struct arena *a, struct fault *f,
                          struct command *out)
{
    (void)a, (void)f;
    out->withdraw = (struct withdraw){.entry = value_of(v, "entry")->number,
                                      .reason = value_of(v, "reason")->text};
    return 0;
}

const struct tool_command ctl_designation_withdraw = {
    .words = "designation withdraw",
    .summary = N_("Takes back a designation; the same as withdraw."),
    .fields = withdraw_fields,
    .kind = COMMAND_WITHDRAW,
    .build = build_withdraw,
    .dry_run = true,
    .run = ctl_run,
};

const struct tool_command ctl_withdraw = {
    .words = "withdraw",
    .summary = N_("Takes back a claim that waits for money, or a designation."),
    .fields = withdraw_fields,
    .kind = COMMAND_WITHDRAW,
    .build = build_withdraw,
    .dry_run = true,
    .run = ctl_run,
};
