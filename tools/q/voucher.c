/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/capital.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

/* In the order of enum voucher_state, whose first is 1. */
static const char *const states[] = {N_("open"), N_("used"), N_("void"), N_("lapsed"), NULL};

static const char *state_name(enum voucher_state s)
{
    return s >= VOUCHER_OPEN && s <= VOUCHER_LAPSED ? states[s - VOUCHER_OPEN] : "unknown";
}

static struct money redeemed(const struct stages *s)
{
    return MONEY(s->at[STAGE_PAYABLE].fen + s->at[STAGE_PAID].fen);
}

static json_t *parts_json(const struct voucher_row *r, bool past)
{
    json_t *list = json_new_array();
    for (int i = 0; i < r->nparts; i++) {
        json_t *o = json_new_object();
        json_put_number(o, "line", r->parts[i].line);
        json_put_money(o, "face", r->parts[i].face);
        if (!past)
            json_put_money(o, "open", r->parts[i].open);
        json_add(list, o);
    }
    return list;
}

json_t *q_voucher_json(const struct voucher_answer *v, bool past)
{
    const struct voucher_row *r = v->row;
    json_t *o = json_new_object(), *siblings = json_new_array();
    json_put_number(o, "voucher", v->number);
    json_put_text(o, "state", state_name(v->state));
    json_put_text(o, "measure", r->measure);
    json_put_uscc(o, "enterprise", &r->enterprise);
    json_put_text(o, "contract", r->contract);
    if (r->seller.c[0]) /* else it is no contract, but what the claim's facts name */
        json_put_uscc(o, "seller", &r->seller);
    if (v->payee.c[0])
        json_put_uscc(o, "payee", &v->payee);
    json_put_rate(o, "rate", r->rate);
    json_put_money(o, "face", r->face);
    json_put_stages(o, "freed", &r->stages);
    json_put_money(o, "redeemed", redeemed(&r->stages));
    if (!past)
        json_put_money(o, "invoiced", r->invoiced);
    json_put_day(o, "issued", r->issued);
    json_put_day(o, "valid_to", r->valid_to);
    json_put_day(o, "redeem_to", r->redeem_to);
    json_put_number(o, "issue_entry", r->issue_entry);
    json_put_number(o, "policy_version", r->policy);
    if (r->tops_up)
        json_put_number(o, "tops_up", r->tops_up);
    json_put(o, "parts", parts_json(r, past));
    for (uint32_t i = 0; i < v->nsiblings; i++)
        json_add(siblings, json_integer((json_int_t)v->siblings[i]));
    json_put(o, "siblings", siblings);
    return o;
}

static const struct field voucher_fields[] = {
    {.name = "voucher",
     .type = FIELD_NUMBER,
     .metavar = "ID",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the voucher's number")},
    Q_AS_OF,
    {0},
};

static void numbers_text(const struct voucher_answer *v, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < v->nsiblings && n < cap; i++)
        n += (size_t)snprintf(out + n, cap - n, "%s%" PRIu64, i ? ", " : "", v->siblings[i]);
}

static void print_text(const struct voucher_answer *v, bool past)
{
    static const struct show_column columns[] = {
        {N_("STAGE"), false}, {N_("AMOUNT"), true}, {NULL, false}};
    const struct voucher_row *r = v->row;
    char code[USCC_LEN + 1], seller[USCC_LEN + 1], face[MONEY_TEXT], rate[MONEY_TEXT], list[256];
    char capital[CAPITAL_TEXT];
    char issued[DAY_TEXT], valid[DAY_TEXT], redeem[DAY_TEXT];
    printf(_("voucher %" PRIu64 ", measure %s, %s\n"), v->number, r->measure,
           _(state_name(v->state)));
    if (r->seller.c[0])
        printf(_("enterprise %s, contract %s of seller %s\n"), uscc_format(&r->enterprise, code),
               r->contract, uscc_format(&r->seller, seller));
    else
        printf(_("enterprise %s, for %s\n"), uscc_format(&r->enterprise, code), r->contract);
    printf(_("face %s at %s, issued %s (entry %" PRIu64 "), valid to %s, redeemable to %s\n"),
           money_format_grouped(r->face, face), rate_format(r->rate, rate),
           day_format(r->issued, issued), r->issue_entry, day_format(r->valid_to, valid),
           day_format(r->redeem_to, redeem));
    if (language_is_chinese() && money_capital(r->face, capital) == 0)
        printf("大写 %s\n", capital);
    if (v->payee.c[0])
        printf(_("paid to %s\n"), uscc_format(&v->payee, code));
    if (r->tops_up)
        printf(_("on top of voucher %" PRIu64 "\n"), r->tops_up);
    numbers_text(v, list, sizeof list);
    if (list[0])
        printf(_("vouchers for the same spending: %s\n"), list);
    struct show_table *t = show_table_new(columns);
    show_cell(t, _("freed"));
    show_cell_money(t, r->stages.at[STAGE_AVAILABLE]);
    for (int k = STAGE_HELD; k < STAGE_COUNT; k++) {
        show_cell(t, _(show_stage_name(k)));
        show_cell_money(t, r->stages.at[k]);
    }
    if (!past) {
        show_cell(t, _("invoiced"));
        show_cell_money(t, r->invoiced);
    }
    show_table_print(t);
}

static int run_voucher(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct query q = {.kind = QUERY_VOUCHER, .voucher = value_of(v, "voucher")->number};
    struct arena arena = {0};
    struct answer a;
    struct fault f;
    (void)c;
    if (q_as_of(v, &f, &q.as_of) < 0)
        return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    int code = session_query(s, &q, &arena, &a);
    if (code == EXIT_DONE && s->settings.json) {
        q_json_end(q_voucher_json(&a.vouchers[0], q_is_past(&q.as_of)), a.as_of_entry);
    } else if (code == EXIT_DONE) {
        print_text(&a.vouchers[0], q_is_past(&q.as_of));
        q_text_end(a.as_of_entry);
    }
    arena_free(&arena);
    return code;
}

const struct tool_command q_voucher = {
    .words = "voucher",
    .summary = N_("One voucher."),
    .fields = voucher_fields,
    .run = run_voucher,
};

struct show_table *q_vouchers_table(void)
{
    static const struct show_column columns[] = {
        {N_("VOUCHER"), true},   {N_("MEASURE"), false},   {N_("ENTERPRISE"), false},
        {N_("CONTRACT"), false}, {N_("STATE"), false},     {N_("FACE"), true},
        {N_("REDEEMED"), true},  {N_("OPEN"), true},       {N_("FREED"), true},
        {N_("ISSUED"), false},   {N_("REDEEM TO"), false}, {NULL, false}};
    return show_table_new(columns);
}

struct list {
    json_t *json;
    struct show_table *table;
};

static int list_row(void *context, const struct answer *page, uint32_t i, struct arena *a)
{
    struct list *l = context;
    const struct voucher_answer *v = &page->vouchers[i];
    const struct voucher_row *r = v->row;
    char code[USCC_LEN + 1];
    (void)a;
    if (l->json) {
        json_add(l->json, q_voucher_json(v, false));
        return EXIT_DONE;
    }
    show_cell_number(l->table, v->number);
    show_cell(l->table, r->measure);
    show_cell(l->table, uscc_format(&r->enterprise, code));
    show_cell(l->table, r->contract);
    show_cell(l->table, _(state_name(v->state)));
    show_cell_money(l->table, r->face);
    show_cell_money(l->table, redeemed(&r->stages));
    show_cell_money(l->table, r->stages.at[STAGE_COMMITTED]);
    show_cell_money(l->table, r->stages.at[STAGE_AVAILABLE]);
    show_cell_day(l->table, r->issued);
    show_cell_day(l->table, r->redeem_to);
    return EXIT_DONE;
}

int q_vouchers_list(struct session *s, const struct voucher_filter *filter, uint64_t limit,
                    json_t *list, struct show_table *table, uint64_t *as_of_entry)
{
    struct query q = {.kind = QUERY_VOUCHERS, .filter = *filter};
    struct list context = {list, table};
    struct listing l = {.limit = limit, .row = list_row, .context = &context};
    return session_list(s, &q, &l, as_of_entry);
}

static const struct field vouchers_fields[] = {
    {.name = "enterprise", .type = FIELD_USCC, .help = N_("only this enterprise's")},
    {.name = "measure",
     .type = FIELD_TEXT,
     .limit = LIMIT_CODE,
     .metavar = "MEASURE",
     .help = N_("only this measure's")},
    {.name = "contract",
     .type = FIELD_TEXT,
     .limit = LIMIT_NUMBER,
     .metavar = "NUMBER",
     .help = N_("only for contracts of this number")},
    {.name = "state", .type = FIELD_WORD, .words = states, .help = N_("only in this state")},
    {.name = "redeem-by",
     .type = FIELD_DAY,
     .help = N_("only open ones whose last day of redeeming is this day or before")},
    {.name = "payee",
     .type = FIELD_USCC,
     .help = N_("only those that are paid to this enterprise")},
    {.name = "to-pay", .type = FIELD_FLAG, .help = N_("only those of which something is payable")},
    Q_LIMIT,
    {0},
};

static int run_vouchers(struct session *s, const struct tool_command *c, const struct values *v)
{
    const struct value *state = value_of(v, "state"), *by = value_of(v, "redeem-by");
    struct voucher_filter filter = {.has_enterprise = value_of(v, "enterprise")->given,
                                    .enterprise = value_of(v, "enterprise")->uscc,
                                    .measure = value_of(v, "measure")->text,
                                    .contract = value_of(v, "contract")->text,
                                    .has_redeem_by = by->given,
                                    .redeem_by = by->day,
                                    .has_payee = value_of(v, "payee")->given,
                                    .payee = value_of(v, "payee")->uscc,
                                    .to_pay = value_of(v, "to-pay")->given};
    uint64_t as_of = 0, limit = value_of(v, "limit")->number;
    json_t *list = NULL;
    struct show_table *table = NULL;
    (void)c;
    if (state->given)
        filter.state = (enum voucher_state)(VOUCHER_OPEN + state->word);
    if (s->settings.json)
        list = json_new_array();
    else
        table = q_vouchers_table();
    int code = q_vouchers_list(s, &filter, limit, list, table, &as_of);
    if (code == EXIT_DONE)
        code = q_list_print(list, "vouchers", table, as_of);
    else
        q_list_drop(list, table);
    return code;
}

const struct tool_command q_vouchers = {
    .words = "vouchers",
    .summary = N_("A list of vouchers."),
    .fields = vouchers_fields,
    .run = run_vouchers,
};
