/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "rules/policy_file.h"
#include "tools/ctl/ctl.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

static const struct field fields[] = {
    {.name = "file",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the policy file")},
    {0},
};

static int build_adopt(const struct values *v, struct arena *a, struct fault *f,
                       struct command *out)
{
    struct buf b;
    int rc = ctl_file_read(value_of(v, "file")->text, "file", LIMIT_POLICY_BYTES, false, f, &b);
    if (rc < 0)
        return rc;
    char *copy = arena_copy(a, b.p, b.n);
    size_t n = b.n;
    buf_free(&b);
    if (!copy)
        return ERR_MEMORY;
    out->adopt_policy.file = SPAN(copy, n);
    return 0;
}

const struct tool_command ctl_policy_adopt = {
    .words = "policy adopt",
    .summary = N_("Puts a policy file in force, as the book's next version."),
    .fields = fields,
    .kind = COMMAND_ADOPT_POLICY,
    .build = build_adopt,
    .dry_run = true,
    .run = ctl_run,
};

static void mistakes_json(const struct mistakes *m)
{
    json_t *o = json_new_object(), *list = json_new_array();
    for (int i = 0; i < m->n; i++) {
        json_t *row = json_new_object();
        json_put_text(row, "file", m->file);
        json_put_number(row, "line", (uint64_t)m->list[i].line);
        json_put_number(row, "column", (uint64_t)m->list[i].column);
        json_put_text(row, "text", m->list[i].text);
        json_add(list, row);
    }
    json_put(o, "mistakes", list);
    json_put_number(o, "more", (uint64_t)m->more);
    json_print(o);
}

static int tell_mistakes(bool json, const struct mistakes *m)
{
    char text[768];
    if (json) {
        mistakes_json(m);
        return EXIT_INPUT;
    }
    for (int i = 0; i < m->n; i++)
        fprintf(stderr, "%s\n", mistake_text_in(language_translate, m, i, text, sizeof text));
    if (m->more > 0)
        fprintf(stderr, _("%s: %d more mistakes are not shown.\n"), m->file, m->more);
    return EXIT_INPUT;
}

static int tell_good(bool json, const char *path, const struct policy *p)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    if (json) {
        json_t *o = json_new_object();
        json_put(o, "mistakes", json_new_array());
        json_put_text(o, "policy_id", p->id);
        json_put_text(o, "title", p->title);
        json_put_day(o, "first", p->first);
        json_put_day(o, "last", p->last);
        json_put_number(o, "measures", (uint64_t)p->nmeasures);
        json_print(o);
        return EXIT_DONE;
    }
    printf(_("%s: no mistakes: policy %s, measures: %d, in force from %s to %s\n"), path, p->id,
           p->nmeasures, day_format(p->first, first), day_format(p->last, last));
    return EXIT_DONE;
}

static int run_check(struct session *s, const struct tool_command *c, const struct values *v)
{
    const char *path = value_of(v, "file")->text;
    struct mistakes m = {0};
    struct policy *p = NULL;
    struct buf b = {0};
    struct fault f;
    (void)c;
    int code, rc = ctl_file_read(path, "file", LIMIT_POLICY_BYTES, false, &f, &b);
    if (rc == ERR_INVALID)
        return show_error(s->settings.json, &f, NULL, EXIT_INPUT);
    if (rc == 0)
        rc = policy_read(SPAN(b.p, b.n), path, &m, &p);
    if (rc < 0 && rc != ERR_INVALID)
        exit_without_memory();
    code = rc == 0 ? tell_good(s->settings.json, path, p) : tell_mistakes(s->settings.json, &m);
    policy_free(p);
    buf_free(&b);
    return code;
}

const struct tool_command ctl_policy_check = {
    .words = "policy check",
    .summary = N_("Reads a policy file and tells every mistake in it; needs no daemon."),
    .fields = fields,
    .run = run_check,
};
