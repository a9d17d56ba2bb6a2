/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/q/q.h"

static const struct field fields[] = {Q_AS_OF, {0}};

static void print_json(const struct answer *a)
{
    json_t *o = json_new_object(), *list = json_new_array();
    for (uint32_t i = 0; i < a->n; i++) {
        const struct fund_answer *f = &a->funds[i];
        json_t *row = json_new_object();
        json_put_number(row, "line", f->line);
        json_put_text(row, "measure", f->measure);
        json_put_number(row, "year", (uint64_t)f->year);
        json_put_text(row, "source", f->source);
        json_put_text(row, "area", f->area);
        json_put_money(row, "appropriated", f->appropriated);
        json_put_stages(row, "available", &f->stages);
        json_add(list, row);
    }
    json_put(o, "funds", list);
    q_json_end(o, a->as_of_entry);
}

static bool any_has_area(const struct answer *a)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (a->funds[i].area)
            return true;
    return false;
}

static void print_text(const struct answer *a)
{
    /* The area stands last, so that without any its column can be left out. */
    static const struct show_column with[] = {
        {N_("LINE"), true},    {N_("MEASURE"), false},     {N_("YEAR"), true},
        {N_("SOURCE"), false}, {N_("APPROPRIATED"), true}, {N_("AVAILABLE"), true},
        {N_("HELD"), true},    {N_("COMMITTED"), true},    {N_("PAYABLE"), true},
        {N_("PAID"), true},    {N_("RETURNED"), true},     {N_("AREA"), false},
        {NULL, false}};
    struct show_column columns[sizeof with / sizeof *with];
    bool areas = any_has_area(a);
    memcpy(columns, with, sizeof columns);
    if (!areas)
        columns[sizeof with / sizeof *with - 2].head = NULL;
    struct show_table *t = show_table_new(columns);
    for (uint32_t i = 0; i < a->n; i++) {
        const struct fund_answer *f = &a->funds[i];
        show_cell_number(t, f->line);
        show_cell(t, f->measure);
        show_cell_number(t, (uint64_t)f->year);
        show_cell(t, f->source);
        show_cell_money(t, f->appropriated);
        for (int k = 0; k < STAGE_COUNT; k++)
            show_cell_money(t, f->stages.at[k]);
        if (areas)
            show_cell(t, f->area ? f->area : "");
    }
    show_table_print(t);
    q_text_end(a->as_of_entry);
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct query q = {.kind = QUERY_FUNDS};
    struct arena arena = {0};
    struct answer a;
    struct fault f;
    (void)c;
    if (q_as_of(v, &f, &q.as_of) < 0)
        return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    int code = session_query(s, &q, &arena, &a);
    if (code == EXIT_DONE) {
        if (s->settings.json)
            print_json(&a);
        else
            print_text(&a);
    }
    arena_free(&arena);
    return code;
}

const struct tool_command q_funds = {
    .words = "funds",
    .summary = N_("Every fund line with its stages."),
    .fields = fields,
    .run = run,
};
