/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

static const struct field fields[] = {
    {.name = "enterprise",
     .type = FIELD_USCC,
     .flags = FIELD_REQUIRED,
     .help = N_("the credit code of who would have the voucher")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .flags = FIELD_REQUIRED,
     .help = N_("the contract's number")},
    {.name = "seller",
     .type = FIELD_USCC,
     .help = N_("the seller's credit code, where several contracts bear the number")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .help = N_("only this measure; without it, every one")},
    {.name = "year",
     .type = FIELD_YEAR,
     .metavar = "FUND-YEAR",
     .help = N_("the year of the fund lines; without it, the business day's")},
    {0},
};

/* The command that the daemon tried for one measure. */
static struct command tried(const struct query *q, const struct explain_answer *x)
{
    struct command k = {.kind = COMMAND_ISSUE};
    k.issue.measure = x->measure;
    k.issue.enterprise = q->enterprise;
    k.issue.contract = q->contract;
    return k;
}

static json_t *explained_json(const struct query *q, const struct explain_answer *x)
{
    static const char *const not_asked[] = {"request_id", "entry",    "time",
                                            "repeated",   "balances", "voucher"};
    struct command k = tried(q, x);
    json_t *o = json_new_object(), *answer = outcome_json(&k, &x->outcome);
    json_put_text(o, "measure", x->measure);
    for (size_t i = 0; i < sizeof not_asked / sizeof *not_asked; i++)
        json_object_del(answer, not_asked[i]);
    if (json_object_update(o, answer) < 0)
        exit_without_memory();
    json_decref(answer);
    return o;
}

static void explained_print(const struct explain_answer *x)
{
    char text[4096], face[MONEY_TEXT];
    const struct outcome *o = &x->outcome;
    if (!o->entry) {
        language_fault(outcome_fault(o), text, sizeof text);
        printf(_("measure %s: %s\n"), x->measure, text);
    } else if (o->entry->refused) {
        printf(_("measure %s: refused: %s\n"), x->measure,
               refusal_text_in(language_translate, &o->entry->refusal, o->entry->explanation, text,
                               sizeof text));
    } else if (o->entry->done.issue.given == GIVEN_PLACE) {
        printf(_("measure %s: a claim would wait for %s\n"), x->measure,
               money_format_grouped(o->entry->done.issue.wanted, face));
    } else {
        printf(_("measure %s: %s can be granted\n"), x->measure,
               money_format_grouped(o->entry->done.issue.face, face));
    }
    if (o->entry)
        limits_print(o->entry->explanation);
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct query q = {.kind = QUERY_EXPLAIN,
                      .enterprise = value_of(v, "enterprise")->uscc,
                      .contract = value_of(v, "contract")->text,
                      .has_seller = value_of(v, "seller")->given,
                      .seller = value_of(v, "seller")->uscc,
                      .measure = value_of(v, "measure")->text,
                      .year = value_of(v, "year")->year};
    struct arena arena = {0};
    struct answer a;
    (void)c;
    int code = session_query(s, &q, &arena, &a);
    if (code == EXIT_DONE && s->settings.json) {
        json_t *o = json_new_object(), *list = json_new_array();
        for (uint32_t i = 0; i < a.n; i++)
            json_add(list, explained_json(&q, &a.explained[i]));
        json_put(o, "explained", list);
        q_json_end(o, a.as_of_entry);
    } else if (code == EXIT_DONE) {
        for (uint32_t i = 0; i < a.n; i++)
            explained_print(&a.explained[i]);
        if (a.n == 0)
            puts(_("nothing found"));
        q_text_end(a.as_of_entry);
    }
    arena_free(&arena);
    return code;
}

const struct tool_command q_explain = {
    .words = "explain",
    .summary = N_("What an enterprise could get for a contract, and what limits it."),
    .fields = fields,
    .run = run,
};
