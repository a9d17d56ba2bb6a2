/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl/import.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

static const struct field fields[] = {
    {.name = "file",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the CSV file, its first row the headings; '-' is the standard input")},
    {.name = "atomic", .type = FIELD_FLAG, .help = N_("all rows or none")},
    {.name = "retry-refused",
     .type = FIELD_FLAG,
     .help = N_("ask anew for rows that were refused before")},
    {.name = "label",
     .type = FIELD_TEXT,
     .limit = LIMIT_NAME,
     .metavar = "TEXT",
     .help = N_("rows like those imported before, under another label or none, are new ones")},
    {.name = "result",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .help = N_("where the result of each row goes; without it, beside the file")},
    {0},
};

static int told(struct import *m, const struct fault *f)
{
    return show_error(m->session->settings.json, f, NULL, EXIT_INPUT);
}

/* list.csv has its results in list.result.csv. */
static void result_path(struct import *m)
{
    size_t n = strlen(m->path), cap = n + sizeof ".result.csv";
    bool csv = n > 4 && strcasecmp(m->path + n - 4, ".csv") == 0;
    if (m->result || strcmp(m->path, "-") == 0 || m->session->settings.dry_run)
        return;
    char *path = arena_alloc(&m->arena, cap);
    if (!path)
        exit_without_memory();
    snprintf(path, cap, "%.*s.result.csv", (int)(csv ? n - 4 : n), m->path);
    m->result = path;
}

static void check_rows(struct import *m)
{
    struct arena arena = {0};
    struct values v;
    m->nrows = m->csv.nrows;
    m->rows = calloc(m->nrows ? m->nrows : 1, sizeof *m->rows);
    if (!m->rows)
        exit_without_memory();
    for (uint32_t i = 0; i < m->nrows; i++) {
        arena_reset(&arena);
        m->rows[i].cells = &m->csv.rows[i];
        (void)import_row_read(m, &m->csv.rows[i], true, &arena, &v);
    }
    arena_free(&arena);
}

/* Everything that can be wrong with the file, before anything is sent. */
static int check(struct import *m)
{
    struct fault f;
    char text[32];
    import_headings(m);
    if (m->mistakes == 0) /* else every cell would be in the wrong place */
        check_rows(m);
    if (m->mistakes > LIMIT_MISTAKES && !m->session->settings.json)
        fprintf(stderr, _("%s: %" PRIu32 " more mistakes are not shown\n"), m->path,
                m->mistakes - LIMIT_MISTAKES);
    if (m->mistakes > 0)
        return EXIT_INPUT;
    if (m->nrows == 0) {
        fault_set(&f, "file", m->path, "rows below the headings: there are none");
        return told(m, &f);
    }
    if (m->atomic && m->nrows > LIMIT_BATCH) {
        snprintf(text, sizeof text, "%" PRIu32, m->nrows);
        fault_set(&f, "atomic", text, "at most %d rows, since all of them go in one request",
                  LIMIT_BATCH);
        return told(m, &f);
    }
    return EXIT_DONE;
}

/* Results of an earlier import are not given up for those of one that reached nobody. */
static bool any_answer(const struct import *m)
{
    for (uint32_t i = 0; i < m->nrows; i++)
        if (m->rows[i].kind != 0)
            return true;
    return false;
}

static int do_import(struct import *m)
{
    struct fault f;
    int code = check(m);
    if (code == EXIT_DONE)
        code = import_find(m);
    if (code != EXIT_DONE) {
        import_progress_end(m);
        return code;
    }
    import_digest(m);
    if (import_result_check(m, &f) < 0) {
        import_progress_end(m);
        return told(m, &f);
    }
    import_send(m);
    import_progress_end(m);
    if (!any_answer(m))
        m->result = NULL;
    int rc = m->result ? import_result_write(m, &f) : 0;
    import_tell(m);
    if (rc < 0) {
        (void)told(m, &f);
        m->code = exit_worse(m->code, EXIT_FAILED);
    }
    return m->code;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct import m = {.session = s,
                       .kind = import_kind_of(c),
                       .path = value_of(v, "file")->text,
                       .atomic = value_of(v, "atomic")->given,
                       .retry = value_of(v, "retry-refused")->given,
                       .label = value_of(v, "label")->text,
                       .result = value_of(v, "result")->text};
    struct buf file = {0};
    struct fault f;
    if (s->settings.json)
        language_end();
    int code, rc = ctl_file_read(m.path, "file", CSV_BYTES, true, &f, &file);
    if (rc == 0) {
        rc = csv_read(SPAN(file.p, file.n), &m.arena, &f, &m.csv);
        if (rc == ERR_INVALID && !f.value[0]) /* it is about the whole file */
            text_printable(m.path, strlen(m.path), f.value, sizeof f.value);
        result_path(&m);
    }
    if (rc == ERR_MEMORY)
        exit_without_memory();
    code = rc < 0 ? told(&m, &f) : do_import(&m);
    free(m.rows);
    arena_free(&m.arena);
    buf_free(&file);
    return code;
}

const struct tool_command ctl_import_enterprises = {
    .words = "import enterprises",
    .summary = N_("Adds the enterprises of a CSV file."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_import_contracts = {
    .words = "import contracts",
    .summary = N_("Adds the contracts of a CSV file."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_import_vouchers = {
    .words = "import vouchers",
    .summary = N_("Issues a voucher for each row of a CSV file."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_import_redemptions = {
    .words = "import redemptions",
    .summary = N_("Redeems the vouchers of a CSV file on its invoices."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_import_claims = {
    .words = "import claims",
    .summary = N_("Makes a claim of each row of a CSV file, by any measure."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};

const struct tool_command ctl_import_invoices = {
    .words = "import invoices",
    .summary = N_("Redeems the voucher of each invoice of a CSV file."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};
