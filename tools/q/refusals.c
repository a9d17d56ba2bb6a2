/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/reason.h"
#include "tools/lib/act.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

static const struct field fields[] = {
    {.name = "enterprise",
     .type = FIELD_USCC,
     .help = N_("only of what this enterprise asked for")},
    Q_LIMIT,
    {0},
};

struct list {
    struct session *session;
    json_t *json;
    struct show_table *table;
};

static int list_row(void *context, const struct answer *page, uint32_t i, struct arena *a)
{
    struct list *l = context;
    struct entry e;
    char code_text[USCC_LEN + 1] = "", text[4096];
    int code = q_entry(l->session, &page->entries[i], a, &e);
    if (code != EXIT_DONE)
        return code;
    if (l->json) {
        json_add(l->json, q_entry_json(&page->entries[i], &e));
        return EXIT_DONE;
    }
    const struct uscc *who = act_enterprise(&e.command);
    show_cell_number(l->table, e.number);
    show_cell_day(l->table, e.day);
    show_cell(l->table, act_of(e.command.kind)->name);
    show_cell(l->table, who ? uscc_format(who, code_text) : "");
    show_cell(l->table, reason_name(e.refusal.reason));
    show_cell(l->table,
              refusal_text_in(language_translate, &e.refusal, e.explanation, text, sizeof text));
    return EXIT_DONE;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    static const struct show_column columns[] = {{N_("ENTRY"), true},    {N_("DAY"), false},
                                                 {N_("COMMAND"), false}, {N_("ENTERPRISE"), false},
                                                 {N_("REASON"), false},  {N_("WHY"), false},
                                                 {NULL, false}};
    const struct value *who = value_of(v, "enterprise");
    struct query q = {
        .kind = QUERY_REFUSALS, .has_enterprise = who->given, .enterprise = who->uscc};
    struct list list = {.session = s};
    struct listing l = {.limit = value_of(v, "limit")->number, .row = list_row, .context = &list};
    uint64_t as_of = 0;
    (void)c;
    if (s->settings.json)
        list.json = json_new_array();
    else
        list.table = show_table_new(columns);
    int code = session_list(s, &q, &l, &as_of);
    if (code == EXIT_DONE)
        code = q_list_print(list.json, "refusals", list.table, as_of);
    else
        q_list_drop(list.json, list.table);
    return code;
}

const struct tool_command q_refusals = {
    .words = "refusals",
    .summary = N_("What was refused, by which rule."),
    .fields = fields,
    .run = run,
};
