/* SPDX-License-Identifier: Apache-2.0 */
/* From a cell of a spreadsheet to a value of a command: what people write in cells is brought into
 * the form that the command line takes, and read by its table (field.c). */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tools/ctl/import.h"
#include "tools/lib/language.h"
#include "tools/lib/person.h"

/* A cell of one column, and the value that it is read into. */
struct reading {
    const struct import_heading *heading;
    struct values *values;
    struct arena *arena;
    struct fault *fault;
};

static const struct field *field_of(const struct reading *r)
{
    return &r->values->fields[r->heading->field];
}

static int read_as(const struct reading *r, const char *text)
{
    return value_read(r->values, r->heading->field, text, r->arena, r->fault);
}

static int read_normal(const struct reading *r, const struct csv_cell *cell)
{
    return read_as(r, cell->normal);
}

/* Free text keeps its spelling; numbers and names of the policy are matched. */
static int read_text(const struct reading *r, const struct csv_cell *cell)
{
    return read_as(r, field_of(r)->limit == LIMIT_TEXT ? cell->text : cell->normal);
}

static int read_uscc(const struct reading *r, const struct csv_cell *cell)
{
    char *code = arena_copy(r->arena, cell->normal, strlen(cell->normal));
    if (!code)
        return ERR_MEMORY;
    for (char *p = code; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    return read_as(r, code);
}

static int read_money(const struct reading *r, const struct csv_cell *cell)
{
    const char *name = field_of(r)->name, *text = cell->normal;
    struct value *v = &r->values->v[r->heading->field];
    size_t cap = strlen(text) + 1;
    char *plain = arena_alloc(r->arena, cap);
    if (!plain)
        return ERR_MEMORY;
    if (r->heading->grouped) {
        if (!money_ungroup(text, plain, cap))
            return fault_set(r->fault, name, text,
                             "separators before each three digits of the whole, like 1,200,000.00");
        text = plain;
    } else if (strchr(text, ',')) {
        return fault_set(r->fault, name, text,
                         "an amount without separators; with them only where the heading says so: "
                         "%s",
                         "(元,千分位)");
    }
    if (!r->heading->wan)
        return read_as(r, text);
    int rc = money_parse_wan(text, name, r->fault, &v->money);
    v->given = rc == 0;
    return rc;
}

/* The digits at *p, at least one and at most `most`, as a number; -1 if they are not there. */
static int number_at(const char **p, int least, int most)
{
    int n = 0, v = 0;
    for (; **p >= '0' && **p <= '9' && n <= most; n++, (*p)++)
        v = 10 * v + (**p - '0');
    return n >= least && n <= most ? v : -1;
}

static bool pass(const char **p, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

/* The first of three separators that stands at *p, by its place in the list; -1: none. */
static int separator_at(const char **p)
{
    static const char *const first[] = {"-", "/", ".", "年"};
    for (int i = 0; i < 4; i++)
        if (pass(p, first[i]))
            return i;
    return -1;
}

/* Spreadsheets write 2025/7/1, 2025.7.1 or 2025年7月1日 for 2025-07-01. Whether there is such a
 * day, the reading of the field says. */
static int read_day(const struct reading *r, const struct csv_cell *cell)
{
    static const char *const second[] = {"-", "/", ".", "月"};
    const char *p = cell->normal;
    char text[40];
    int year = number_at(&p, 4, 4);
    int kind = year < 0 ? -1 : separator_at(&p);
    int month = kind < 0 ? -1 : number_at(&p, 1, 2);
    if (month < 0 || !pass(&p, second[kind]))
        return read_as(r, cell->normal);
    int day = number_at(&p, 1, 2);
    if (day < 0 || (kind == 3 && !pass(&p, "日")) || *p)
        return read_as(r, cell->normal);
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    return read_as(r, text);
}

/* Bytes of a separator at s, plain or of full width; 0: it is another character. */
static size_t is_mark(const char *s, char plain, const char *wide)
{
    if (*s == plain)
        return 1;
    return strncmp(s, wide, strlen(wide)) == 0 ? strlen(wide) : 0;
}

/* What stands before the next separator, or all; *after is what follows it. */
static size_t part(const char *s, char plain, const char *wide, const char **after)
{
    for (const char *p = s; *p; p++) {
        size_t n = is_mark(p, plain, wide);
        if (n > 0) {
            *after = p + n;
            return (size_t)(p - s);
        }
    }
    *after = NULL;
    return strlen(s);
}

/* NAME=DOCUMENT: the name is matched, the document keeps its spelling. */
static int read_attestation(const struct reading *r, const char *s, size_t n)
{
    struct csv_cell name, document = {"", ""};
    char *item = arena_copy(r->arena, s, n), *pair;
    const char *after;
    if (!item)
        return ERR_MEMORY;
    size_t len = part(item, '=', "＝", &after);
    int rc = csv_cell_read(SPAN(item, len), r->arena, &name);
    if (rc == 0 && after)
        rc = csv_cell_read(span_of_text(after), r->arena, &document);
    if (rc < 0)
        return rc;
    size_t cap = strlen(name.normal) + strlen(document.text) + 2;
    pair = arena_alloc(r->arena, cap);
    if (!pair)
        return ERR_MEMORY;
    snprintf(pair, cap, "%s%s%s", name.normal, after ? "=" : "", document.text);
    return read_as(r, pair);
}

static int read_trait(const struct reading *r, const char *s, size_t n)
{
    struct csv_cell item;
    int rc = csv_cell_read(SPAN(s, n), r->arena, &item);
    return rc < 0 ? rc : read_as(r, item.normal);
}

/* Several in one cell, with ; between them. */
static int read_list(const struct reading *r, const struct csv_cell *cell)
{
    bool attest = field_of(r)->type == FIELD_ATTEST;
    int rc = 0;
    for (const char *at = cell->text, *after; at && rc == 0; at = after) {
        size_t n = part(at, ';', "；", &after);
        if (strspn(at, " ") >= n)
            continue;
        rc = attest ? read_attestation(r, at, n) : read_trait(r, at, n);
    }
    return rc;
}

/* NAME=VALUE, where the column has the name. */
static int read_named(const struct reading *r, const char *value)
{
    size_t cap = strlen(r->heading->name) + strlen(value) + 2;
    char *pair = arena_alloc(r->arena, cap);
    if (!pair)
        return ERR_MEMORY;
    snprintf(pair, cap, "%s=%s", r->heading->name, value);
    return read_as(r, pair);
}

static int read_fact(const struct reading *r, const struct csv_cell *cell)
{
    return read_named(r, cell->normal);
}

static int read_person(const struct reading *r, const struct csv_cell *cell)
{
    size_t n = strlen(cell->normal);
    char *number = arena_copy(r->arena, cell->normal, n);
    if (!number)
        return ERR_MEMORY;
    if (n > 0 && number[n - 1] == 'x')
        number[n - 1] = 'X';
    return read_named(r, number);
}

static int (*const readers[FIELD_TYPES])(const struct reading *r, const struct csv_cell *cell) = {
    [FIELD_TEXT] = read_text,      [FIELD_MONEY] = read_money,   [FIELD_DAY] = read_day,
    [FIELD_INSTANT] = read_normal, [FIELD_USCC] = read_uscc,     [FIELD_INVOICE] = read_normal,
    [FIELD_YEAR] = read_normal,    [FIELD_NUMBER] = read_normal, [FIELD_WORD] = read_normal,
    [FIELD_FLAG] = read_normal,    [FIELD_ATTEST] = read_list,   [FIELD_TRAIT] = read_list,
    [FIELD_RATE] = read_normal,    [FIELD_FACT] = read_fact,     [FIELD_PERSON] = read_person,
};

/* 1.23457E+19, 1.23457e+19: what a spreadsheet makes of a long number in a cell that is not text.
 */
static bool is_shortened(const char *s)
{
    size_t n = strspn(s, "0123456789.");
    return n > 0 && (s[n] == 'E' || s[n] == 'e') && s[n + 1] == '+' && s[n + 2] &&
           !s[n + 2 + strspn(s + n + 2, "0123456789")];
}

/* A formula that failed, or a column that was too narrow to be shown. */
static bool is_failed(const char *s)
{
    static const char *const failed[] = {"#N/A",  "#REF!",   "#VALUE!", "#NAME?",
                                         "#NUM!", "#DIV/0!", "#NULL!"};
    for (size_t i = 0; i < sizeof failed / sizeof *failed; i++)
        if (strcmp(s, failed[i]) == 0)
            return true;
    return *s && !s[strspn(s, "#")];
}

int import_cell_read(const struct import_heading *h, const struct csv_cell *cell, struct values *v,
                     struct arena *a, struct fault *f)
{
    struct reading r = {.heading = h, .values = v, .arena = a, .fault = f};
    enum field_type type = v->fields[h->field].type;
    bool text =
        type == FIELD_TEXT || type == FIELD_ATTEST || type == FIELD_TRAIT || type == FIELD_FACT;
    bool person = person_number_in(cell->normal);
    int rc = 0;
    if (person && text) /* it must not reach the book; the other types take no such number */
        rc = fault_set(f, h->text, NULL, "no number of a person: none belongs in this column");
    else if (is_shortened(cell->normal))
        rc =
            fault_set(f, h->text, cell->text,
                      "all digits: a spreadsheet has shortened it. Make the column text there, and "
                      "enter it anew");
    else if (is_failed(cell->normal))
        rc = fault_set(f, h->text, cell->text, "a value: the spreadsheet could not show one");
    else
        rc = readers[type](&r, cell);
    if (rc != ERR_INVALID)
        return rc;
    text_printable(h->text, strlen(h->text), f->field, sizeof f->field);
    if (person)
        snprintf(f->value, sizeof f->value, "%s", _("(a person's number, not shown)"));
    return rc;
}
