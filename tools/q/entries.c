/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/lib/act.h"
#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/q/q.h"

static const struct field fields[] = {
    {.name = "from", .type = FIELD_NUMBER, .help = N_("the first entry to show (1)")},
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
    char time[INSTANT_TEXT], text[4096];
    int code = q_entry(l->session, &page->entries[i], a, &e);
    if (code != EXIT_DONE)
        return code;
    if (l->json) {
        json_add(l->json, q_entry_json(&page->entries[i], &e));
        return EXIT_DONE;
    }
    instant_format(e.time, SHOW_ZONE_MINUTES, time);
    time[10] = ' ';
    time[19] = 0; /* to the second, without the offset */
    show_cell_number(l->table, e.number);
    show_cell(l->table, time);
    show_cell(l->table, e.principal);
    show_cell(l->table, act_of(e.command.kind)->name);
    show_cell(l->table, entry_line(&e.command, &e, text, sizeof text));
    return EXIT_DONE;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    static const struct show_column columns[] = {{N_("ENTRY"), true},   {N_("TIME"), false},
                                                 {N_("BY"), false},     {N_("COMMAND"), false},
                                                 {N_("RESULT"), false}, {NULL, false}};
    const struct value *from = value_of(v, "from");
    struct query q = {.kind = QUERY_ENTRIES, .after = from->given ? from->number - 1 : 0};
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
        code = q_list_print(list.json, "entries", list.table, as_of);
    else
        q_list_drop(list.json, list.table);
    return code;
}

const struct tool_command q_entries = {
    .words = "entries",
    .summary = N_("The entries of the journal."),
    .fields = fields,
    .run = run,
};
