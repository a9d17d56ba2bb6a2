/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/q/q.h"

#include <inttypes.h>
#include <stdio.h>

#include "tools/lib/act.h"
#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"

int q_as_of(const struct values *v, struct fault *f, struct as_of *out)
{
    const struct value *day = value_of(v, "as-of"), *entry = value_of(v, "as-of-entry");
    if (day->given && entry->given)
        return fault_set(f, "as-of-entry", NULL, "--as-of or --as-of-entry, not both");
    *out = (struct as_of){
        .has_day = day->given, .day = day->day, .entry = entry->given ? entry->number : 0};
    return 0;
}

bool q_is_past(const struct as_of *a)
{
    return a->has_day || a->entry != 0;
}

void q_json_end(json_t *o, uint64_t as_of_entry)
{
    json_put_number(o, "as_of_entry", as_of_entry);
    json_print(o);
}

void q_text_end(uint64_t as_of_entry)
{
    printf(_("as of entry %" PRIu64 "\n"), as_of_entry);
}

int q_list_print(json_t *list, const char *key, struct show_table *table, uint64_t as_of_entry)
{
    if (table) {
        show_table_print(table);
        q_text_end(as_of_entry);
    } else {
        json_t *o = json_new_object();
        json_put(o, key, list);
        q_json_end(o, as_of_entry);
    }
    return EXIT_DONE;
}

void q_list_drop(json_t *list, struct show_table *table)
{
    json_decref(list);
    show_table_free(table);
}

int q_entry(const struct session *s, const struct stored_entry *stored, struct arena *a,
            struct entry *out)
{
    struct fault f;
    char number[32];
    int rc = client_entry(stored, a, out);
    if (rc == 0)
        return EXIT_DONE;
    snprintf(number, sizeof number, "%" PRIu64, stored->number);
    fault_set(&f, "entry", number, "an entry that this program can read: %-s", err_text(rc));
    return show_error(s->settings.json, &f, NULL, EXIT_FAILED);
}

static json_t *postings_json(const struct entry *e)
{
    json_t *list = json_new_array();
    for (uint32_t i = 0; i < e->npostings; i++) {
        const struct posting *p = &e->postings[i];
        json_t *o = json_new_object();
        json_put_number(o, "line", p->line);
        if (p->voucher)
            json_put_number(o, "voucher", p->voucher);
        json_put_text(o, "from", show_stage_name((int)p->from));
        json_put_text(o, "to", show_stage_name((int)p->to));
        json_put_money(o, "amount", p->amount);
        json_add(list, o);
    }
    return list;
}

json_t *q_entry_json(const struct stored_entry *stored, const struct entry *e)
{
    char id[REQUEST_ID_TEXT];
    json_t *o = json_new_object(), *asked = json_new_object();
    const struct act *act = act_of(e->command.kind);
    json_put_number(o, "entry", e->number);
    json_put_time(o, "time", e->time);
    json_put_day(o, "day", e->day);
    json_put_text(o, "principal", e->principal);
    json_put_text(o, "request_id", request_id_format(e->command.request_id, id));
    json_put_number(o, "policy_version", e->policy);
    json_put_text(o, "command", act->name);
    act->asked(&e->command, asked);
    json_put(o, "asked", asked);
    entry_result_json(&e->command, e, o);
    json_put(o, "postings", postings_json(e));
    json_put_hex(o, "leaf", stored->leaf, sizeof stored->leaf);
    return o;
}
