/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/ctl/ctl.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

static const struct field fields[] = {
    {.name = "time",
     .type = FIELD_INSTANT,
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the new time with its offset, like 2025-07-10T09:00:00+08:00")},
    {0},
};

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct request r = {.kind = REQUEST_SET_CLOCK, .clock = value_of(v, "time")->instant};
    struct arena arena = {0};
    struct reply reply;
    struct fault f;
    char text[INSTANT_TEXT];
    (void)c;
    int code = EXIT_DONE, rc = session_ask(s, &r, &arena, &f, &reply);
    if (rc < 0) {
        code = show_error(s->settings.json, &f, NULL, session_exit(rc, &f));
    } else if (reply.kind != REPLY_CLOCK_SET) {
        code = show_error(s->settings.json, &reply.fault, NULL, session_fault_exit(&reply.fault));
    } else if (s->settings.json) {
        json_t *o = json_new_object();
        json_put_time(o, "clock", reply.clock);
        json_print(o);
    } else {
        printf(_("the daemon's clock stands at %s\n"),
               instant_format(reply.clock, SHOW_ZONE_MINUTES, text));
    }
    arena_free(&arena);
    return code;
}

const struct tool_command ctl_clock_set = {
    .words = "clock set",
    .summary = N_("Sets the clock of a daemon that runs on a test clock."),
    .fields = fields,
    .run = run,
};
