/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

static const struct field fields[] = {
    {.name = "uscc",
     .type = FIELD_USCC,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the enterprise's unified social credit code")},
    Q_AS_OF,
    {0},
};

static json_t *ceilings_json(const struct account_answer *a)
{
    json_t *list = json_new_array();
    for (int i = 0; i < a->nceilings; i++) {
        const struct ceiling_answer *c = &a->ceilings[i];
        json_t *o = json_new_object();
        json_put_text(o, "name", c->name);
        if (c->year)
            json_put_number(o, "year", (uint64_t)c->year);
        json_put_money(o, "limit", c->limit);
        json_put_money(o, "used", c->used);
        json_put_money(o, "left", c->left);
        json_add(list, o);
    }
    return list;
}

static json_t *enterprise_json(const struct enterprise_answer *e, bool past)
{
    json_t *o = json_new_object(), *traits = json_new_array(), *accounts = json_new_array();
    json_put_uscc(o, "enterprise", &e->uscc);
    json_put_text(o, "name", e->name);
    json_put_text(o, "area", e->row->area);
    json_put_text(o, "area_name", e->area_name);
    for (int i = 0; i < e->row->ntraits; i++) {
        const struct trait_row *t = &e->row->traits[i];
        json_t *row = json_new_object();
        json_put_text(row, "name", t->name);
        if (t->from.n != DAY_MIN)
            json_put_day(row, "from", t->from);
        if (t->to.n != DAY_MAX)
            json_put_day(row, "to", t->to);
        json_add(traits, row);
    }
    json_put(o, "traits", traits);
    for (uint32_t i = 0; i < e->naccounts; i++) {
        const struct account_answer *a = &e->accounts[i];
        json_t *row = json_new_object();
        json_put_text(row, "measure", a->measure);
        if (!past)
            json_put_number(row, "vouchers", a->nvouchers);
        json_put_stages(row, "freed", &a->stages);
        if (!past)
            json_put(row, "ceilings", ceilings_json(a));
        json_add(accounts, row);
    }
    json_put(o, "accounts", accounts);
    return o;
}

static void print_data(const struct enterprise_answer *e)
{
    char code[USCC_LEN + 1], from[DAY_TEXT], to[DAY_TEXT];
    printf(_("%s %s\narea %s %s\n"), uscc_format(&e->uscc, code), e->name, e->row->area,
           e->area_name ? e->area_name : "");
    for (int i = 0; i < e->row->ntraits; i++) {
        const struct trait_row *t = &e->row->traits[i];
        printf(_("trait %s"), t->name);
        if (t->from.n != DAY_MIN)
            printf(_(" from %s"), day_format(t->from, from));
        if (t->to.n != DAY_MAX)
            printf(_(" to %s"), day_format(t->to, to));
        putchar('\n');
    }
}

/* A measure that the enterprise has nothing of, and no ceiling in, is left out of the tables. */
static bool is_empty(const struct account_answer *a)
{
    for (int k = 0; k < STAGE_COUNT; k++)
        if (a->stages.at[k].fen)
            return false;
    return a->nvouchers == 0 && a->nceilings == 0;
}

static void print_table(struct show_table *t)
{
    if (show_table_rows(t) > 0) {
        putchar('\n');
        show_table_print(t);
    } else {
        show_table_free(t);
    }
}

static void print_accounts(const struct enterprise_answer *e, bool past)
{
    static const struct show_column columns[] = {
        {N_("MEASURE"), false}, {N_("VOUCHERS"), true},  {N_("FREED"), true},
        {N_("HELD"), true},     {N_("COMMITTED"), true}, {N_("PAYABLE"), true},
        {N_("PAID"), true},     {N_("RETURNED"), true},  {NULL, false}};
    static const struct show_column ceilings[] = {{N_("MEASURE"), false}, {N_("CEILING"), false},
                                                  {N_("LIMIT"), true},    {N_("USED"), true},
                                                  {N_("LEFT"), true},     {NULL, false}};
    char name[LIMIT_NAME + 32];
    struct show_table *t = show_table_new(columns), *left = show_table_new(ceilings);
    for (uint32_t i = 0; i < e->naccounts; i++) {
        const struct account_answer *a = &e->accounts[i];
        if (is_empty(a))
            continue;
        show_cell(t, a->measure);
        if (past)
            show_cell(t, "-");
        else
            show_cell_number(t, a->nvouchers);
        for (int k = 0; k < STAGE_COUNT; k++)
            show_cell_money(t, a->stages.at[k]);
        for (int k = 0; k < a->nceilings; k++) {
            const struct ceiling_answer *c = &a->ceilings[k];
            snprintf(name, sizeof name, c->year ? "%s, %d" : "%s", language_translate(c->name),
                     c->year);
            show_cell(left, a->measure);
            show_cell(left, name);
            show_cell_money(left, c->limit);
            show_cell_money(left, c->used);
            show_cell_money(left, c->left);
        }
    }
    print_table(t);
    print_table(left);
}

/* A listing is of now only: asked as of the past, the vouchers are left out. */
static int print_json(struct session *s, const struct query *q, const struct answer *a)
{
    bool past = q_is_past(&q->as_of);
    json_t *o = enterprise_json(a->enterprise, past), *list;
    struct voucher_filter filter = {.has_enterprise = true, .enterprise = q->enterprise};
    uint64_t as_of = 0;
    int code = EXIT_DONE;
    if (!past) {
        list = json_new_array();
        json_put(o, "vouchers", list);
        code = q_vouchers_list(s, &filter, 0, list, NULL, &as_of);
    }
    if (code == EXIT_DONE)
        q_json_end(o, a->as_of_entry);
    else
        json_decref(o);
    return code;
}

static int print_text(struct session *s, const struct query *q, const struct answer *a)
{
    struct voucher_filter filter = {.has_enterprise = true, .enterprise = q->enterprise};
    uint64_t as_of = 0;
    int code = EXIT_DONE;
    print_data(a->enterprise);
    print_accounts(a->enterprise, q_is_past(&q->as_of));
    if (!q_is_past(&q->as_of)) {
        struct show_table *t = q_vouchers_table();
        code = q_vouchers_list(s, &filter, 0, NULL, t, &as_of);
        if (code == EXIT_DONE && show_table_rows(t) == 0)
            puts(_("no vouchers"));
        if (code == EXIT_DONE)
            print_table(t);
        else
            show_table_free(t);
    }
    if (code == EXIT_DONE)
        q_text_end(a->as_of_entry);
    return code;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct query q = {.kind = QUERY_ENTERPRISE, .enterprise = value_of(v, "uscc")->uscc};
    struct arena arena = {0};
    struct answer a;
    struct fault f;
    (void)c;
    if (q_as_of(v, &f, &q.as_of) < 0)
        return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    int code = session_query(s, &q, &arena, &a);
    if (code == EXIT_DONE)
        code = s->settings.json ? print_json(s, &q, &a) : print_text(s, &q, &a);
    arena_free(&arena);
    return code;
}

const struct tool_command q_enterprise = {
    .words = "enterprise",
    .summary = N_("One enterprise: its data, accounts, ceilings and vouchers."),
    .fields = fields,
    .run = run,
};
