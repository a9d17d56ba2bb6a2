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
    {.name = "follow", .type = FIELD_FLAG, .help = N_("go on with each entry as it is booked")},
    {.name = "resume",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .help = N_("with --follow: keep in FILE how far it got, and go on from there")},
    {0},
};

struct list {
    struct session *session;
    json_t *json;
    struct show_table *table;
};

struct show_table *q_entries_table(void)
{
    static const struct show_column columns[] = {{N_("ENTRY"), true},   {N_("TIME"), false},
                                                 {N_("BY"), false},     {N_("COMMAND"), false},
                                                 {N_("RESULT"), false}, {NULL, false}};
    return show_table_new(columns);
}

void q_entries_row(struct show_table *t, const struct entry *e)
{
    char time[INSTANT_TEXT], text[4096];
    instant_format(e->time, SHOW_ZONE_MINUTES, time);
    time[10] = ' ';
    time[19] = 0; /* to the second, without the offset */
    show_cell_number(t, e->number);
    show_cell(t, time);
    show_cell(t, e->principal);
    show_cell(t, act_of(e->command.kind)->name);
    show_cell(t, entry_line(&e->command, e, text, sizeof text));
}

static int list_row(void *context, const struct answer *page, uint32_t i, struct arena *a)
{
    struct list *l = context;
    struct entry e;
    int code = q_entry(l->session, &page->entries[i], a, &e);
    if (code != EXIT_DONE)
        return code;
    if (l->json)
        json_add(l->json, q_entry_json(&page->entries[i], &e));
    else
        q_entries_row(l->table, &e);
    return EXIT_DONE;
}

static int list_all(struct session *s, uint64_t from, uint64_t limit)
{
    struct query q = {.kind = QUERY_ENTRIES, .after = from - 1};
    struct list list = {.session = s};
    struct listing l = {.limit = limit, .row = list_row, .context = &list};
    uint64_t as_of = 0;
    if (s->settings.json)
        list.json = json_new_array();
    else
        list.table = q_entries_table();
    int code = session_list(s, &q, &l, &as_of);
    if (code == EXIT_DONE)
        code = q_list_print(list.json, "entries", list.table, as_of);
    else
        q_list_drop(list.json, list.table);
    return code;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    const struct value *from = value_of(v, "from"), *resume = value_of(v, "resume");
    uint64_t first = from->given ? from->number : 1, limit = value_of(v, "limit")->number;
    struct fault f;
    (void)c;
    if (value_of(v, "follow")->given)
        return q_follow(s, first, limit, resume->given ? resume->text : NULL);
    if (resume->given) {
        fault_set(&f, "resume", NULL, "--follow with it: a list ends by itself");
        return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    }
    return list_all(s, first, limit);
}

const struct tool_command q_entries = {
    .words = "entries",
    .summary = N_("The entries of the journal."),
    .fields = fields,
    .run = run,
};
