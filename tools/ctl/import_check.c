/* SPDX-License-Identifier: Apache-2.0 */
/* The whole file is checked before anything is sent: its headings, then each cell of each row. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "tools/ctl/import.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/person.h"

#define IGNORED  (-1)
#define NO_THING (-2) /* no heading: an edge of the sheet */

void import_mistake(struct import *m, uint32_t row, const struct fault *f)
{
    char text[512];
    if (m->mistakes++ >= LIMIT_MISTAKES)
        return;
    if (m->session->settings.json) {
        json_t *o = json_new_object();
        json_put_number(o, "row", row);
        json_put(o, "error", json_fault_object(f));
        json_print(o);
        return;
    }
    language_fault(f, text, sizeof text);
    fprintf(stderr, "%s:%" PRIu32 ": %s\n", m->path, row, text);
}

/* ---- Headings ---- */

/* The next character that matters in a heading, and 0 at the end. */
static char significant(const char **p, const char *end)
{
    while (*p < end && (**p == ' ' || **p == '\n' || **p == '\r' || **p == '\t'))
        (*p)++;
    if (*p == end)
        return 0;
    char c = *(*p)++;
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_words(const char *a, size_t na, const char *b, size_t nb)
{
    const char *end_a = a + na, *end_b = b + nb;
    for (;;) {
        char x = significant(&a, end_a), y = significant(&b, end_b);
        if (x != y)
            return false;
        if (x == 0)
            return true;
    }
}

/* Whether a heading is one of a list with '|' between them. */
static bool is_one_of(const char *text, size_t n, const char *names)
{
    for (const char *at = names;; at++) {
        size_t len = strcspn(at, "|");
        if (same_words(text, n, at, len))
            return true;
        at += len;
        if (!*at)
            return false;
    }
}

static const struct import_column *column_of(const struct import_kind *k, const char *text,
                                             size_t n)
{
    for (const struct import_column *c = k->columns; c->field; c++)
        if (is_one_of(text, n, c->names))
            return c;
    return NULL;
}

/* "合同金额/amount" */
static size_t told_name(const struct import_column *c, char *out, size_t cap)
{
    size_t first = strcspn(c->names, "|");
    size_t second = strcspn(c->names + first + 1, "|");
    return (size_t)snprintf(out, cap, "%.*s/%.*s", (int)first, c->names, (int)second,
                            c->names + first + 1);
}

static int unknown_column(const struct import_kind *k, const char *text, const char *normal,
                          struct fault *f)
{
    char all[200];
    size_t n = 0;
    for (const struct import_column *c = k->columns; c->field && n < sizeof all; c++) {
        n += (size_t)snprintf(all + n, sizeof all - n, "%s", n ? ", " : "");
        n += n < sizeof all ? told_name(c, all + n, sizeof all - n) : 0;
    }
    if (person_number_in(normal)) /* a file without headings begins with anything */
        text = NULL;
    return fault_set(f, "column", text, "one of %s", all);
}

/* "万元", "元,千分位": what stands in brackets behind the name of an amount. */
static int unit_read(const char *text, size_t n, const char *whole, struct import_heading *h,
                     struct fault *f)
{
    const char *end = text + n;
    for (const char *at = text; at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t len = (size_t)((comma ? comma : end) - at);
        if (is_one_of(at, len, "万元|10k yuan"))
            h->wan = true;
        else if (is_one_of(at, len, "千分位|grouped"))
            h->grouped = true;
        else if (!is_one_of(at, len, "元|yuan|人民币元"))
            return fault_set(f, "column", whole, "a unit that is known: %s; or %s",
                             "(元), (万元), (元,千分位), (万元,千分位)",
                             "(yuan), (10k yuan), (yuan,grouped), (10k yuan,grouped)");
        at += len + 1;
    }
    return 0;
}

/* A person's, with or without the name of a field; else a fact's, which is a name of the policy. */
static int statement_read(const struct import_kind *k, const struct csv_cell *cell,
                          struct import_heading *h, struct fault *f)
{
    const char *text = cell->normal, *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    bool person = is_one_of(text, n, IMPORT_PERSON);
    const char *name = !person ? text : colon ? colon + 1 + strspn(colon + 1, " ") : PERSON_FIELD;
    if (!text_is_line(name, strlen(name), LIMIT_NAME) || strchr(name, '=') ||
        person_number_in(text))
        return fault_set(f, "column", person_number_in(text) ? NULL : cell->text,
                         "the name of one of the policy's fields, without '='");
    h->name = name;
    h->field = field_find(import_fields(k), person ? "person" : "fact", false);
    assert(h->field >= 0);
    return 0;
}

/* A heading may be a name, or a name and a unit in brackets. */
static int heading_read(const struct import_kind *k, const struct csv_cell *cell,
                        struct import_heading *h, struct fault *f)
{
    const char *text = cell->normal, *open = strchr(text, '(');
    size_t n = strlen(text);
    const struct import_column *c = column_of(k, text, n);
    *h = (struct import_heading){.text = cell->text, .field = IGNORED};
    if (n == 0)
        h->field = NO_THING;
    if (n == 0 || is_one_of(text, n, IMPORT_IGNORED))
        return 0;
    bool unit = !c && open && text[n - 1] == ')';
    if (unit)
        c = column_of(k, text, (size_t)(open - text));
    if (!c && k->states)
        return statement_read(k, cell, h, f);
    if (!c)
        return unknown_column(k, cell->text, text, f);
    h->field = field_find(import_fields(k), c->field, false);
    assert(h->field >= 0);
    if (!unit)
        return 0;
    if (import_fields(k)[h->field].type != FIELD_MONEY)
        return fault_set(f, "column", cell->text, "no unit: only amounts have one");
    return unit_read(open + 1, (size_t)(text + n - 1 - (open + 1)), cell->text, h, f);
}

/* Of facts there are as many as have names of their own. */
static bool same_thing(const struct import_heading *a, const struct import_heading *b)
{
    return a->field >= 0 && a->field == b->field &&
           (!a->name || !b->name || strcmp(a->name, b->name) == 0);
}

static bool heading_doubled(const struct import *m, uint32_t at, struct fault *f)
{
    for (uint32_t i = 0; i < at; i++)
        if (same_thing(&m->headings[i], &m->headings[at])) {
            fault_set(f, "column", m->headings[at].text, "each thing once: column '%.60s' has it",
                      m->headings[i].text);
            return true;
        }
    return false;
}

static void missing_column(struct import *m, const struct import_column *c)
{
    const struct field *fields = import_fields(m->kind);
    int i = field_find(fields, c->field, false);
    struct fault f;
    char name[96];
    if (!(fields[i].flags & FIELD_REQUIRED))
        return;
    for (uint32_t h = 0; h < m->csv.head.n; h++)
        if (m->headings[h].field == i)
            return;
    told_name(c, name, sizeof name);
    fault_set(&f, "column", name, "it is missing: %-s", fields[i].help);
    import_mistake(m, m->csv.head.number, &f);
}

/* A file with other marks between its cells has a single heading, with all the others in it. */
static bool other_separator(const struct import *m, struct fault *f)
{
    static const struct {
        char mark;
        const char *name;
    } others[] = {{'\t', N_("tabs")}, {';', N_("semicolons")}, {',', N_("commas of full width")}};
    const struct csv_cell *only = &m->csv.head.cells[0];
    for (size_t i = 0; m->csv.head.n == 1 && i < sizeof others / sizeof *others; i++)
        if (strchr(only->normal, others[i].mark)) {
            fault_set(f, "columns", person_number_in(only->normal) ? NULL : only->text,
                      "commas between the cells; this file has %-s: save it as CSV UTF-8",
                      others[i].name);
            return true;
        }
    return false;
}

void import_headings(struct import *m)
{
    struct fault f;
    if (other_separator(m, &f)) {
        import_mistake(m, m->csv.head.number, &f);
        return;
    }
    for (uint32_t i = 0; i < m->csv.head.n; i++)
        if (heading_read(m->kind, &m->csv.head.cells[i], &m->headings[i], &f) < 0 ||
            heading_doubled(m, i, &f))
            import_mistake(m, m->csv.head.number, &f);
    for (const struct import_column *c = m->kind->columns; c->field; c++)
        missing_column(m, c);
}

static const char *heading_over(const struct import *m, const char *part)
{
    const struct field *fields = import_fields(m->kind);
    for (uint32_t i = 0; i < m->csv.head.n; i++) {
        const struct import_heading *h = &m->headings[i];
        const char *name = h->field >= 0 ? fields[h->field].name : NULL;
        if (name && strncmp(part, name, strlen(name)) == 0)
            return h->text;
    }
    return NULL;
}

/* The first part that is a column's: the name in traits[1].name is no enterprise's. */
void import_name_column(const struct import *m, struct fault *f)
{
    const char *text = NULL;
    for (const char *part = f->field; part && !text; part = strchr(part, '.')) {
        part += *part == '.';
        text = heading_over(m, part);
    }
    if (text)
        text_printable(text, strlen(text), f->field, sizeof f->field);
}

/* ---- Rows ---- */

static void ragged(const struct import *m, const struct csv_row *row, struct fault *f)
{
    char n[32];
    snprintf(n, sizeof n, "%" PRIu32, row->n);
    fault_set(f, "cells", n, "no more with text than there are headings: %" PRIu32, m->csv.head.n);
}

/* One cell; 0 if it is right. */
static int cell_check(const struct import_heading *h, const struct csv_cell *cell, struct values *v,
                      struct arena *a, struct fault *f)
{
    if (h->field == IGNORED)
        return 0;
    if (h->field == NO_THING)
        return cell->text[0] ? fault_set(f, "column", NULL, "a heading: the cell below has text")
                             : 0;
    if (cell->text[0])
        return import_cell_read(h, cell, v, a, f);
    const struct field *d = &v->fields[h->field];
    if (d->flags & FIELD_REQUIRED)
        return fault_set(f, h->text, NULL, "it is missing: %-s", d->help);
    return 0;
}

uint32_t import_row_read(struct import *m, const struct csv_row *row, bool tell, struct arena *a,
                         struct values *out)
{
    struct fault f;
    uint32_t mistakes = 0;
    memset(out, 0, sizeof *out);
    out->fields = import_fields(m->kind);
    if (!row->cells) {
        ragged(m, row, &f);
        if (tell)
            import_mistake(m, row->number, &f);
        return 1;
    }
    for (uint32_t i = 0; i < row->n; i++) {
        int rc = cell_check(&m->headings[i], &row->cells[i], out, a, &f);
        if (rc == ERR_MEMORY)
            exit_without_memory();
        if (rc < 0 && tell)
            import_mistake(m, row->number, &f);
        mistakes += rc < 0;
    }
    return mistakes;
}

/* What an invoice's row and the command have in common, and the voucher that was found. */
static void values_of_found(const struct values *row, const struct field *fields, uint64_t voucher,
                            struct values *out)
{
    memset(out, 0, sizeof *out);
    out->fields = fields;
    for (int i = 0; fields[i].name; i++) {
        int same = field_find(row->fields, fields[i].name, false);
        if (same >= 0)
            out->v[i] = row->v[same];
        else if (strcmp(fields[i].name, "voucher") == 0)
            out->v[i] = (struct value){.given = true, .number = voucher};
    }
}

void import_row_values(struct import *m, const struct import_row *row, struct arena *a,
                       struct values *out)
{
    struct values own;
    uint32_t mistakes = import_row_read(m, row->cells, false, a, m->kind->finding ? &own : out);
    assert(mistakes == 0); /* or nothing would be sent */
    if (m->kind->finding)
        values_of_found(&own, m->kind->command->fields, row->found, out);
}

void import_row_command(struct import *m, const struct import_row *row, const uint8_t id[static 16],
                        struct arena *a, struct command *out)
{
    struct values v;
    struct fault f;
    import_row_values(m, row, a, &v);
    int rc = ctl_build(m->kind->command, &v, id, a, &f, out);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    assert(rc == 0);
}
