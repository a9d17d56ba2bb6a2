/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"

static const struct field fields[] = {{0}};

static void print_json(const struct answer *a)
{
    const struct status_answer *t = a->status;
    char now[INSTANT_TEXT];
    json_t *o = json_new_object();
    json_put_number(o, "entries", t->entries);
    json_put_number(o, "vouchers", t->vouchers);
    json_put_hex(o, "root", t->root, sizeof t->root);
    json_put_number(o, "policy", t->policy);
    json_put_text(o, "policy_id", t->policy_id);
    json_put_bool(o, "test_clock", t->test_clock);
    json_put_text(o, "now", instant_format(t->now, t->zone_minutes, now));
    q_json_end(o, a->as_of_entry);
}

static void print_text(const struct answer *a)
{
    const struct status_answer *t = a->status;
    char hex[2 * LEAF_HASH + 1], now[INSTANT_TEXT];
    printf(_("entries  %" PRIu64 "\nvouchers %" PRIu64 "\nroot     %s\n"), t->entries, t->vouchers,
           hex_format(t->root, sizeof t->root, hex));
    if (t->policy)
        printf(_("policy   version %" PRIu32 ", %s\n"), t->policy,
               t->policy_id ? t->policy_id : "");
    else
        printf(_("policy   none yet\n"));
    printf(_("clock    %s%s\n"), instant_format(t->now, t->zone_minutes, now),
           t->test_clock ? _(" (a test clock)") : "");
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct query q = {.kind = QUERY_STATUS};
    struct arena arena = {0};
    struct answer a;
    (void)c, (void)v;
    int code = session_query(s, &q, &arena, &a);
    if (code == EXIT_DONE && s->settings.json)
        print_json(&a);
    else if (code == EXIT_DONE)
        print_text(&a);
    arena_free(&arena);
    return code;
}

const struct tool_command q_status = {
    .words = "status",
    .summary = N_("Where the book stands."),
    .fields = fields,
    .run = run,
};
