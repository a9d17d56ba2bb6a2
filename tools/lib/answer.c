/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules/field.h"
#include "rules/reason.h"
#include "tools/lib/act.h"
#include "tools/lib/exits.h"
#include "tools/lib/field.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

#define SENTENCE 4096 /* bytes of the longest: a refusal with every limit */

static const struct {
    const char *name; /* in JSON, for those that are errors */
    int exit;
} kinds[] = {
    [0] = {"unknown", EXIT_FAILED},
    [OUTCOME_DONE] = {NULL, EXIT_DONE},
    [OUTCOME_REFUSED] = {NULL, EXIT_REFUSED},
    [OUTCOME_INVALID] = {"invalid", EXIT_INPUT},
    [OUTCOME_DENIED] = {"denied", EXIT_NOT_ALLOWED},
    [OUTCOME_NOT_DONE] = {"not_done", EXIT_REFUSED},
    [OUTCOME_TRY_AGAIN] = {"try_again", EXIT_NOT_REACHED},
    [OUTCOME_UNKNOWN] = {"unknown", EXIT_NOT_REACHED},
};

static unsigned kind_of(const struct outcome *o)
{
    unsigned k = (unsigned)o->kind;
    bool has = k < sizeof kinds / sizeof *kinds && (o->entry || kinds[k].name);
    return has ? k : 0;
}

int outcome_exit(const struct outcome *o)
{
    return kinds[kind_of(o)].exit;
}

/* What a script should look at first stands first. */
int exit_worse(int a, int b)
{
    static const int order[] = {EXIT_FAILED, EXIT_NOT_REACHED, EXIT_NOT_ALLOWED, EXIT_INPUT,
                                EXIT_REFUSED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

static void put_money_if(json_t *o, const char *key, struct money m)
{
    if (m.fen != 0)
        json_put_money(o, key, m);
}

/* What of a limit is money by most rules, and a number by some. */
static void put_counts(json_t *o, const struct limit *l)
{
    char text[QUANTITY_TEXT];
    if (l->rule == RULE_UNIT)
        json_put_text(o, "quantity", quantity_format(l->quantity, text));
    else if (l->rule == RULE_INTEREST) {
        json_put_number(o, "days", (uint64_t)l->quantity);
        json_put_number(o, "days_of_year", (uint64_t)l->limit.fen);
    } else if (l->rule == RULE_COUNT_LIMIT) {
        json_put_number(o, "times", (uint64_t)l->limit.fen);
        json_put_number(o, "times_used", (uint64_t)l->used.fen);
    }
    if (l->rule == RULE_INTEREST || l->rule == RULE_COUNT_LIMIT)
        return;
    put_money_if(o, "limit", l->limit);
    put_money_if(o, "used", l->used);
}

static json_t *limits_json(const struct explanation *e)
{
    json_t *list = json_new_array();
    for (int i = 0; e && i < e->nlimits; i++) {
        const struct limit *l = &e->limits[i];
        json_t *o = json_new_object();
        json_put_text(o, "rule", rule_name(l->rule));
        json_put_money(o, "at_most", l->at_most);
        json_put_bool(o, "binding", l->binding);
        put_money_if(o, "base", l->base);
        if (l->rate.ppm)
            json_put_rate(o, "rate", l->rate);
        put_counts(o, l);
        put_money_if(o, "own", l->own);
        if (l->name[0])
            json_put_text(o, "name", l->name);
        json_add(list, o);
    }
    return list;
}

static json_t *refusal_json(const struct entry *e)
{
    char text[SENTENCE];
    const struct refusal *r = &e->refusal;
    json_t *o = json_new_object(), *holders = json_new_array();
    json_put_text(o, "reason", reason_name(r->reason));
    json_put_text(o, "message", refusal_text(r, e->explanation, text, sizeof text));
    if (r->detail[0])
        json_put_text(o, "detail", r->detail);
    put_money_if(o, "asked", r->asked);
    if (r->voucher)
        json_put_number(o, "voucher", r->voucher);
    json_put(o, "limits", limits_json(e->explanation));
    for (int i = 0; e->explanation && i < e->explanation->nholders; i++)
        json_add(holders, json_integer((json_int_t)e->explanation->holders[i]));
    json_put(o, "holders", holders);
    return o;
}

static json_t *balances_json(const struct entry *e)
{
    static const struct {
        const char *list, *id, *first;
    } names[] = {
        [BALANCE_LINE] = {"lines", "line", "available"},
        [BALANCE_VOUCHER] = {"vouchers", "voucher", "freed"},
        [BALANCE_ACCOUNT] = {"accounts", "voucher", "freed"},
    };
    json_t *o = json_new_object();
    for (int kind = BALANCE_LINE; kind <= BALANCE_ACCOUNT; kind++) {
        json_t *list = json_new_array();
        for (uint32_t i = 0; i < e->nbalances; i++) {
            const struct balance *b = &e->balances[i];
            if ((int)b->kind != kind)
                continue;
            json_t *row = json_new_object();
            json_put_number(row, names[kind].id, b->id);
            json_put_stages(row, names[kind].first, &b->stages);
            if (kind == BALANCE_ACCOUNT)
                json_put_money(row, "counted", b->counted);
            json_add(list, row);
        }
        json_put(o, names[kind].list, list);
    }
    return o;
}

void entry_result_json(const struct command *c, const struct entry *e, json_t *o)
{
    if (e->refused) {
        json_put(o, "refused", refusal_json(e));
        if (e->of_failed_batch)
            json_put_bool(o, "of_failed_batch", true);
        return;
    }
    act_of(c->kind)->done(c, e, o);
    if (e->explanation)
        json_put(o, "limits", limits_json(e->explanation));
    json_put(o, "balances", balances_json(e));
}

json_t *outcome_json(const struct command *c, const struct outcome *out)
{
    char id[REQUEST_ID_TEXT];
    json_t *o = json_new_object();
    unsigned kind = kind_of(out);
    request_id_format(c->request_id, id);
    if (kinds[kind].name) {
        json_t *e = json_fault_object(outcome_fault(out));
        json_put_text(e, "kind", kinds[kind].name);
        json_put_text(e, "request_id", id);
        json_put(o, "error", e);
        return o;
    }
    entry_result_json(c, out->entry, o);
    json_put_number(o, "entry", out->entry->number);
    json_put_time(o, "time", out->entry->time);
    if (!out->dry_run) {
        json_put_hex(o, "leaf", out->leaf, sizeof out->leaf);
        json_put_number(o, "tree_size", out->entry->number);
    }
    json_put_bool(o, "repeated", out->repeated);
    json_put_bool(o, "dry_run", out->dry_run);
    json_put_text(o, "request_id", id);
    return o;
}

char *entry_line(const struct command *c, const struct entry *e, char *out, size_t cap)
{
    if (e->refused) {
        /* Its figures count what stood before it in the batch. */
        size_t n = (size_t)snprintf(out, cap, "%s",
                                    e->of_failed_batch ? _("refused, and with it its batch: ")
                                                       : _("refused: "));
        if (n < cap)
            refusal_text_in(language_translate, &e->refusal, e->explanation, out + n, cap - n);
        return out;
    }
    act_of(c->kind)->sentence(c, e, out, cap);
    return out;
}

char *outcome_line(const struct command *c, const struct outcome *o, char *out, size_t cap)
{
    if (kinds[kind_of(o)].name) {
        language_fault(outcome_fault(o), out, cap);
        return out;
    }
    entry_line(c, o->entry, out, cap);
    size_t n = strlen(out);
    if (o->dry_run)
        snprintf(out + n, cap - n, _(" (dry run: nothing was booked)"));
    else
        snprintf(out + n, cap - n, _(" (entry %" PRIu64 "%s)"), o->entry->number,
                 o->repeated ? _(", the first answer to this request") : "");
    return out;
}

/* Of limits of claims on other spending than contracts. False: the rule is another. */
static bool claim_figures(const struct limit *l, const char *base, const char *used, char *out,
                          size_t cap)
{
    char rate[MONEY_TEXT], quantity[QUANTITY_TEXT];
    rate_format(l->rate, rate);
    switch (l->rule) {
    case RULE_UNIT:
        snprintf(out, cap, _("%s for each of %s"), base, quantity_format(l->quantity, quantity));
        return true;
    case RULE_AWARD:
        snprintf(out, cap, _("fixed amount"));
        return true;
    case RULE_INTEREST:
        snprintf(out, cap, _("%s a year on %s, %" PRId64 " of %" PRId64 " days"), rate, base,
                 l->quantity, l->limit.fen);
        return true;
    case RULE_COUNT_LIMIT:
        snprintf(out, cap, _("%" PRId64 " times, used %" PRId64), l->limit.fen, l->used.fen);
        return true;
    case RULE_GROUP:
        snprintf(out, cap, _("%s of %s, supported with %s"), rate, base, used);
        return true;
    case RULE_ROUND:
        snprintf(out, cap, _("left for this claim by its round"));
        return true;
    case RULE_YEAR:
        snprintf(out, cap, _("%s of the year's %s, granted %s"), rate, base, used);
        return true;
    default:
        return false;
    }
}

/* The figures behind a limit. */
static void limit_figures(const struct limit *l, char *out, size_t cap)
{
    char a[MONEY_TEXT], b[MONEY_TEXT], c[MONEY_TEXT];
    money_format_grouped(l->base, a);
    money_format_grouped(l->used, b);
    if (claim_figures(l, a, b, out, cap))
        return;
    switch (l->rule) {
    case RULE_RATE:
        snprintf(out, cap, _("%s of %s"), rate_format(l->rate, c), a);
        break;
    case RULE_CEILING:
        money_format_grouped(l->limit, a);
        if (l->own.fen)
            snprintf(out, cap, _("%s, used %s, of it %s by this spending"), a, b,
                     money_format_grouped(l->own, c));
        else
            snprintf(out, cap, _("%s, used %s"), a, b);
        break;
    case RULE_SUPPORT:
        snprintf(out, cap, _("entitled to %s, supported with %s"), a, b);
        break;
    case RULE_FACE:
        snprintf(out, cap, _("face %s, redeemed %s"), a, b);
        break;
    case RULE_INVOICED:
    case RULE_CLAIM:
        snprintf(out, cap, _("%s of invoices of %s, redeemed %s"), rate_format(l->rate, c), a, b);
        break;
    default:
        snprintf(out, cap, _("available"));
    }
}

void limits_print(const struct explanation *e)
{
    static const struct show_column columns[] = {{N_("LIMIT"), false},
                                                 {N_("FIGURES"), false},
                                                 {N_("AT MOST"), true},
                                                 {"", false},
                                                 {NULL, false}};
    char name[LIMIT_NAME + 32], figures[200];
    if (!e || e->nlimits == 0)
        return;
    struct show_table *t = show_table_new(columns);
    for (int i = 0; i < e->nlimits; i++) {
        const struct limit *l = &e->limits[i];
        snprintf(name, sizeof name, "%s%s%s", _(rule_name(l->rule)), l->name[0] ? _(": ") : "",
                 language_translate(l->name));
        limit_figures(l, figures, sizeof figures);
        show_cell(t, name);
        show_cell(t, figures);
        show_cell_money(t, l->at_most);
        show_cell(t, l->binding ? _("<- binding") : "");
    }
    show_table_print(t);
}

int outcome_print(bool json, const struct command *c, const struct outcome *o)
{
    char text[SENTENCE];
    unsigned kind = kind_of(o);
    if (json) {
        json_print(outcome_json(c, o));
        return kinds[kind].exit;
    }
    if (kinds[kind].name) {
        bool again = o->kind == OUTCOME_UNKNOWN || o->kind == OUTCOME_TRY_AGAIN;
        return show_error(false, outcome_fault(o), again ? c->request_id : NULL, kinds[kind].exit);
    }
    puts(outcome_line(c, o, text, sizeof text));
    limits_print(o->entry->explanation);
    return kinds[kind].exit;
}
