/* SPDX-License-Identifier: Apache-2.0 */
/* What one payee has been paid and is to be paid, by voucher and by measure. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/capital.h"
#include "tools/lib/csv_write.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

static const struct field fields[] = {
    {.name = "payee",
     .type = FIELD_USCC,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the credit code of who is paid")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .help = N_("only this measure's")},
    {.name = "csv",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .help = N_("write the vouchers to a CSV file too")},
    {0},
};

struct sum {
    char measure[LIMIT_CODE + 1];
    uint64_t vouchers;
    struct money payable, paid;
};

struct statement {
    struct sum total;
    struct sum *measures; /* in the order in which they came */
    size_t n;
    json_t *json;
    struct show_table *table;
    struct csv_file *csv;
};

static void add_to(struct sum *s, const struct stages *stages)
{
    s->vouchers++;
    if (money_add(s->payable, stages->at[STAGE_PAYABLE], &s->payable) < 0 ||
        money_add(s->paid, stages->at[STAGE_PAID], &s->paid) < 0)
        s->payable = s->paid = MONEY(INT64_MAX); /* a book holds less than that in all */
}

static struct sum *sum_of(struct statement *t, const char *measure)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->measures[i].measure, measure) == 0)
            return &t->measures[i];
    t->measures = reallocarray(t->measures, t->n + 1, sizeof *t->measures);
    if (!t->measures)
        exit_without_memory();
    struct sum *s = &t->measures[t->n++];
    *s = (struct sum){0};
    snprintf(s->measure, sizeof s->measure, "%s", measure);
    return s;
}

static json_t *voucher_json(const struct voucher_answer *v)
{
    const struct voucher_row *r = v->row;
    json_t *o = json_new_object();
    json_put_number(o, "voucher", v->number);
    json_put_text(o, "measure", r->measure);
    json_put_uscc(o, "enterprise", &r->enterprise);
    json_put_text(o, "contract", r->contract);
    json_put_money(o, "face", r->face);
    json_put_money(o, "payable", r->stages.at[STAGE_PAYABLE]);
    json_put_money(o, "paid", r->stages.at[STAGE_PAID]);
    return o;
}

static void voucher_cells(struct show_table *t, const struct voucher_answer *v)
{
    const struct voucher_row *r = v->row;
    char code[USCC_LEN + 1];
    show_cell_number(t, v->number);
    show_cell(t, r->measure);
    show_cell(t, uscc_format(&r->enterprise, code));
    show_cell(t, r->contract);
    show_cell_money(t, r->face);
    show_cell_money(t, r->stages.at[STAGE_PAYABLE]);
    show_cell_money(t, r->stages.at[STAGE_PAID]);
}

static const struct show_column columns[] = {{N_("VOUCHER"), true},     {N_("MEASURE"), false},
                                             {N_("ENTERPRISE"), false}, {N_("CONTRACT"), false},
                                             {N_("FACE"), true},        {N_("PAYABLE"), true},
                                             {N_("PAID"), true},        {NULL, false}};

static void csv_head(struct csv_file *w)
{
    for (int i = 0; columns[i].head; i++)
        csv_file_cell(w, language_translate(columns[i].head));
    csv_file_end_row(w);
}

static void csv_voucher(struct csv_file *w, const struct voucher_answer *v)
{
    const struct voucher_row *r = v->row;
    const struct money amounts[] = {r->face, r->stages.at[STAGE_PAYABLE], r->stages.at[STAGE_PAID]};
    char text[MONEY_TEXT];
    snprintf(text, sizeof text, "%" PRIu64, v->number);
    csv_file_cell(w, text);
    csv_file_cell(w, r->measure);
    csv_file_cell(w, uscc_format(&r->enterprise, text));
    csv_file_cell(w, r->contract);
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        money_format(amounts[i], text);
        csv_file_cell(w, text);
    }
    csv_file_end_row(w);
}

/* Vouchers of which nothing was earned yet are not in it. */
static int on_row(void *context, const struct answer *page, uint32_t i, struct arena *a)
{
    struct statement *t = context;
    const struct voucher_answer *v = &page->vouchers[i];
    const struct stages *s = &v->row->stages;
    (void)a;
    if (s->at[STAGE_PAYABLE].fen == 0 && s->at[STAGE_PAID].fen == 0)
        return EXIT_DONE;
    add_to(&t->total, s);
    add_to(sum_of(t, v->row->measure), s);
    if (t->json)
        json_add(t->json, voucher_json(v));
    else
        voucher_cells(t->table, v);
    if (t->csv)
        csv_voucher(t->csv, v);
    return EXIT_DONE;
}

static json_t *sum_json(const struct sum *s)
{
    json_t *o = json_new_object();
    if (s->measure[0])
        json_put_text(o, "measure", s->measure);
    json_put_number(o, "vouchers", s->vouchers);
    json_put_money(o, "payable", s->payable);
    json_put_money(o, "paid", s->paid);
    return o;
}

static void print_json(struct statement *t, const struct uscc *payee, uint64_t as_of)
{
    json_t *o = json_new_object(), *measures = json_new_array();
    json_put_uscc(o, "payee", payee);
    json_put(o, "vouchers", t->json);
    t->json = NULL;
    for (size_t i = 0; i < t->n; i++)
        json_add(measures, sum_json(&t->measures[i]));
    json_put(o, "measures", measures);
    json_put(o, "total", sum_json(&t->total));
    q_json_end(o, as_of);
}

static void sum_cells(struct show_table *t, const char *name, const struct sum *s)
{
    show_cell(t, name);
    show_cell_number(t, s->vouchers);
    show_cell_money(t, s->payable);
    show_cell_money(t, s->paid);
}

static void print_text(struct statement *t, const struct uscc *payee, uint64_t as_of)
{
    static const struct show_column heads[] = {{N_("MEASURE"), false},
                                               {N_("VOUCHERS"), true},
                                               {N_("PAYABLE"), true},
                                               {N_("PAID"), true},
                                               {NULL, false}};
    char code[USCC_LEN + 1], capital[CAPITAL_TEXT];
    printf(_("paid to %s\n"), uscc_format(payee, code));
    show_table_print(t->table);
    t->table = NULL;
    if (t->n > 0) {
        struct show_table *sums = show_table_new(heads);
        for (size_t i = 0; i < t->n; i++)
            sum_cells(sums, t->measures[i].measure, &t->measures[i]);
        sum_cells(sums, _("total"), &t->total);
        show_table_print(sums);
        if (language_is_chinese() && money_capital(t->total.payable, capital) == 0)
            printf("应付大写 %s\n", capital);
    }
    q_text_end(as_of);
}

/* The CSV file is put in its place once all of it was told. */
static int list_all(struct session *s, struct statement *t, const struct values *v)
{
    struct query q = {.kind = QUERY_VOUCHERS,
                      .filter = {.has_payee = true,
                                 .payee = value_of(v, "payee")->uscc,
                                 .measure = value_of(v, "measure")->text}};
    struct listing l = {.row = on_row, .context = t};
    uint64_t as_of = 0;
    struct fault f;
    int code = session_list(s, &q, &l, &as_of);
    if (code != EXIT_DONE)
        return code;
    if (t->csv) {
        int rc = csv_file_finish(t->csv, &f);
        t->csv = NULL;
        if (rc < 0)
            return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    }
    if (s->settings.json)
        print_json(t, &q.filter.payee, as_of);
    else
        print_text(t, &q.filter.payee, as_of);
    return EXIT_DONE;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct statement t = {0};
    const struct value *csv = value_of(v, "csv");
    struct fault f;
    (void)c;
    if (csv->given) {
        int rc = csv_file_open(csv->text, "csv", &f, &t.csv);
        if (rc == ERR_MEMORY)
            exit_without_memory();
        if (rc < 0)
            return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
        csv_head(t.csv);
    }
    if (s->settings.json)
        t.json = json_new_array();
    else
        t.table = show_table_new(columns);
    int code = list_all(s, &t, v);
    q_list_drop(t.json, t.table);
    csv_file_drop(t.csv);
    free(t.measures);
    return code;
}

const struct tool_command q_statement = {
    .words = "statement",
    .summary = N_("What is payable and was paid to one enterprise."),
    .fields = fields,
    .run = run,
};
