/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/show.h"

#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/exits.h"
#include "tools/lib/field.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"

struct show_table {
    struct libscols_table *table;
    struct libscols_line *line;
    int columns, rows;
    int next; /* column of the next cell */
};

static const char *program = "voucher tool";

void show_program(const char *name)
{
    program = name;
}

void exit_without_memory(void)
{
    fprintf(stderr, _("%s: there is not enough memory.\n"), program);
    exit(EXIT_FAILED);
}

struct show_table *show_table_new(const struct show_column *columns)
{
    struct show_table *t = calloc(1, sizeof *t);
    if (!t)
        exit_without_memory();
    t->table = scols_new_table();
    if (!t->table)
        exit_without_memory();
    /* Never narrowed to the screen: an amount or a name must not lose its end. */
    scols_table_set_termforce(t->table, SCOLS_TERMFORCE_NEVER);
    for (; columns[t->columns].head; t->columns++)
        if (!scols_table_new_column(t->table, language_translate(columns[t->columns].head), 0,
                                    columns[t->columns].right ? SCOLS_FL_RIGHT : 0))
            exit_without_memory();
    return t;
}

void show_cell(struct show_table *t, const char *text)
{
    if (t->next == 0) {
        t->line = scols_table_new_line(t->table, NULL);
        if (!t->line)
            exit_without_memory();
        t->rows++;
    }
    if (scols_line_set_data(t->line, (size_t)t->next, text) < 0)
        exit_without_memory();
    t->next = (t->next + 1) % t->columns;
}

void show_cell_number(struct show_table *t, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    show_cell(t, text);
}

void show_cell_money(struct show_table *t, struct money m)
{
    char text[MONEY_TEXT];
    show_cell(t, money_format_grouped(m, text));
}

void show_cell_day(struct show_table *t, struct day d)
{
    char text[DAY_TEXT];
    show_cell(t, day_format(d, text));
}

void show_table_widths(struct show_table *t, const int *widths)
{
    for (int i = 0; i < t->columns; i++) {
        struct libscols_column *c = scols_table_get_column(t->table, (size_t)i);
        if (widths[i] == 0)
            continue;
        scols_column_set_whint(c, widths[i]);
        /* Else the head's width counts for narrow rows, and not the width asked for. */
        scols_column_set_flags(c, scols_column_get_flags(c) | SCOLS_FL_STRICTWIDTH);
    }
}

void show_table_part(struct show_table *t, struct buf *out)
{
    char *text = NULL;
    if (scols_print_table_to_string(t->table, &text) < 0 || !text ||
        buf_add(out, text, strlen(text)) < 0 || buf_add(out, "\n", 1) < 0)
        exit_without_memory();
    free(text);
    scols_table_remove_lines(t->table);
    scols_table_enable_noheadings(t->table, 1);
    t->rows = 0;
}

int show_table_rows(const struct show_table *t)
{
    return t->rows;
}

void show_table_print(struct show_table *t)
{
    if (t->rows == 0)
        puts(_("nothing found"));
    else
        scols_print_table(t->table);
    show_table_free(t);
}

void show_table_free(struct show_table *t)
{
    if (!t)
        return;
    scols_unref_table(t->table);
    free(t);
}

const char *show_stage_name(int stage)
{
    static const char *const names[STAGE_COUNT + 1] = {N_("available"), N_("held"), N_("committed"),
                                                       N_("payable"),   N_("paid"), N_("returned"),
                                                       N_("outside")};
    return stage >= 0 && stage <= STAGE_COUNT ? names[stage] : "unknown";
}

int show_error(bool json, const struct fault *f, const uint8_t *request_id, int code)
{
    char id[REQUEST_ID_TEXT], text[512];
    if (json) {
        json_t *o = json_new_object(), *e = json_fault_object(f);
        if (request_id)
            json_put_text(e, "request_id", request_id_format(request_id, id));
        json_put(o, "error", e);
        json_print(o);
        return code;
    }
    language_fault(f, text, sizeof text);
    fprintf(stderr, "%s: %s\n", program, text);
    if (request_id)
        fprintf(stderr, _("%s: Repeat with --request-id %s: what was done is not done again.\n"),
                program, request_id_format(request_id, id));
    return code;
}
