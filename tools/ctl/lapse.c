/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/ctl/ctl.h"
#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

static const struct field fields[] = {
    {.name = "day",
     .type = FIELD_DAY,
     .help = N_("vouchers redeemable until this day or earlier; without it, the day before today")},
    {0},
};

static int build(const struct values *v, struct arena *a, struct fault *f, struct command *out)
{
    const struct value *day = value_of(v, "day");
    (void)a, (void)f;
    out->lapse = (struct lapse){.has_day = day->given, .day = day->day};
    return 0;
}

/* The answers of all entries that one run made. */
struct sum {
    uint64_t vouchers;
    struct money freed;
    uint32_t entries;
    uint64_t first_entry;
};

static void sum_add(struct sum *sum, const struct entry *e)
{
    if (sum->entries++ == 0)
        sum->first_entry = e->number;
    sum->vouchers += e->done.lapse.vouchers;
    if (money_add(sum->freed, e->done.lapse.freed, &sum->freed) < 0)
        sum->freed = MONEY(INT64_MAX); /* a book holds less than that in all */
}

static int sum_print(const struct session *s, const struct sum *sum, const struct command *k,
                     const struct outcome *last)
{
    char freed[MONEY_TEXT], day[DAY_TEXT];
    if (s->settings.json) {
        json_t *o = outcome_json(k, last);
        json_put_number(o, "lapsed", sum->vouchers);
        json_put_money(o, "freed", sum->freed);
        json_put_number(o, "entries", sum->entries);
        json_put_number(o, "first_entry", sum->first_entry);
        if (sum->entries > 1) { /* they are the last entry's only */
            json_object_del(o, "vouchers");
            json_object_del(o, "balances");
        }
        json_print(o);
        return EXIT_DONE;
    }
    printf(_("%" PRIu64 " vouchers lapsed that were due on %s or before: %s freed (%" PRIu32
             " entries, %" PRIu64 " to %" PRIu64 ")\n"),
           sum->vouchers, day_format(last->entry->done.lapse.day, day),
           money_format_grouped(sum->freed, freed), sum->entries, sum->first_entry,
           last->entry->number);
    return EXIT_DONE;
}

static bool is_done(const struct outcome *o)
{
    return o->kind == OUTCOME_DONE && o->entry && !o->entry->refused;
}

/* One entry lapses so many vouchers; asks again, as a new request, while more are due. A dry run
 * books nothing, so that asking again would give the same. */
static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct arena arena = {0};
    struct sum sum = {0};
    struct command k;
    const struct outcome *o = NULL;
    struct fault f = {0};
    uint8_t id[16];
    int rc, code = EXIT_INPUT;
    session_id(s, id);
    for (;;) {
        arena_reset(&arena);
        rc = ctl_build(c, v, id, &arena, &f, &k);
        if (rc == 0)
            rc = ctl_ask(s, &k, 1, false, &arena, &f, &code, &o);
        if (rc < 0 || !is_done(o))
            break;
        sum_add(&sum, o->entry);
        if (o->dry_run || !o->entry->done.lapse.more)
            break;
        client_new_id(id);
    }
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0)
        show_error(s->settings.json, &f, s->link.asked ? id : NULL, code);
    else if (!is_done(o) || (sum.entries == 1 && !s->settings.json))
        code = outcome_print(s->settings.json, &k, o);
    else
        code = sum_print(s, &sum, &k, o);
    if (code != EXIT_DONE && sum.entries > 0)
        fprintf(stderr, _("voucherctl: before that, %" PRIu64 " vouchers lapsed\n"), sum.vouchers);
    arena_free(&arena);
    return code;
}

const struct tool_command ctl_lapse = {
    .words = "lapse",
    .summary = N_("Frees what vouchers past their last day have not redeemed."),
    .fields = fields,
    .kind = COMMAND_LAPSE,
    .build = build,
    .dry_run = true,
    .run = run,
};
