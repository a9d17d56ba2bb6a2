/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/ctl.h"
#include "tools/lib/answer.h"
#include "tools/lib/batch_line.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

#define ROWS_AT_ONCE 1000                /* in one request, where each row stands alone */
#define FILE_BYTES   (256 * 1024 * 1024) /* of one file: it is held in memory while it is sent */

static const struct field fields[] = {
    {.name = "file",
     .type = FIELD_TEXT,
     .limit = LIMIT_PATH,
     .metavar = "FILE",
     .flags = FIELD_POSITIONAL | FIELD_REQUIRED,
     .help = N_("the file of commands, one JSON object a line; '-' is the standard input")},
    {.name = "atomic", .type = FIELD_FLAG, .help = N_("all lines or none")},
    {0},
};

struct row {
    uint32_t line; /* from 1 */
    uint8_t id[16];
    struct span text;
};

struct batch {
    struct session *session;
    const char *path;
    struct buf file;
    struct row *rows;
    uint32_t nrows, cap;
    uint32_t mistakes;
    int code; /* the worst so far */
};

/* Tells what came of one line: an error, or the answer. */
static void tell(struct batch *b, uint32_t line, json_t *answer, const char *text, bool error)
{
    if (b->session->settings.json) {
        json_t *o = json_new_object();
        json_put_number(o, "line", line);
        if (json_object_update(o, answer) < 0)
            exit_without_memory();
        json_print(o);
    } else {
        fprintf(error ? stderr : stdout, "%s:%" PRIu32 ": %s\n", b->path, line, text);
    }
    json_decref(answer);
}

static void tell_fault(struct batch *b, uint32_t line, const struct fault *f, const uint8_t *id)
{
    char text[512], hex[REQUEST_ID_TEXT];
    json_t *o = json_new_object(), *e = json_fault_object(f);
    if (id)
        json_put_text(e, "request_id", request_id_format(id, hex));
    json_put(o, "error", e);
    language_fault(f, text, sizeof text - 64);
    if (id)
        snprintf(text + strlen(text), 64, _(" (request id %s)"), hex);
    tell(b, line, o, text, true);
}

/* The line for whose sake an atomic batch was not done; 0 if there is none. */
static uint32_t culprit_line(const struct batch *b, uint32_t from, uint32_t n,
                             const struct outcome *o)
{
    for (uint32_t i = 0; i < n; i++)
        if (o[i].kind != OUTCOME_DONE && o[i].kind != OUTCOME_NOT_DONE)
            return b->rows[from + i].line;
    return 0;
}

static void tell_outcome(struct batch *b, uint32_t line, uint32_t culprit, const struct command *k,
                         const struct outcome *answer)
{
    struct outcome own = *answer;
    struct fault fault = *outcome_fault(answer);
    const struct outcome *o = &own;
    char number[16];
    if (own.kind == OUTCOME_NOT_DONE && culprit > 0) { /* the daemon counts rows, people lines */
        snprintf(number, sizeof number, "%" PRIu32, culprit);
        fault_set(&fault, "line", number,
                  "a line that can be done: since this one can't, no line of the batch was");
        own.fault = &fault;
    }
    char text[4096];
    int code = outcome_exit(o);
    tell(b, line, outcome_json(k, o), outcome_line(k, o, text, sizeof text),
         code != EXIT_DONE && code != EXIT_REFUSED);
    b->code = exit_worse(b->code, code);
}

/* Builds the command of one line. */
static int row_build(struct batch *b, struct row *r, bool first, struct arena *a, struct fault *f,
                     struct command *out)
{
    struct batch_line line;
    int rc = batch_line_read(b->session->tool->commands, r->text, a, f, &line);
    if (rc == 0 && first) {
        if (line.has_request_id)
            memcpy(r->id, line.request_id, sizeof r->id);
        else
            client_new_id(r->id);
    }
    return rc < 0 ? rc : ctl_build(line.command, &line.values, r->id, a, f, out);
}

static struct row *row_add(struct batch *b, uint32_t line, struct span text)
{
    if (b->nrows == b->cap) {
        b->cap = b->cap ? 2 * b->cap : 1024;
        b->rows = reallocarray(b->rows, b->cap, sizeof *b->rows);
        if (!b->rows)
            exit_without_memory();
    }
    b->rows[b->nrows] = (struct row){.line = line, .text = text};
    return &b->rows[b->nrows++];
}

/* Reads every line before anything is sent, and tells each mistake. */
static void batch_check(struct batch *b)
{
    const uint8_t *at = b->file.p, *end = b->file.p + b->file.n;
    struct arena arena = {0};
    struct command k;
    struct fault f;
    for (uint32_t line = 1; at < end; line++) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        struct span text = SPAN(at, n > 0 && at[n - 1] == '\r' ? n - 1 : n);
        at += n + 1;
        if (text.n == 0)
            continue;
        arena_reset(&arena);
        int rc = row_build(b, row_add(b, line, text), true, &arena, &f, &k);
        if (rc == ERR_MEMORY)
            exit_without_memory();
        if (rc < 0 && b->mistakes++ < LIMIT_MISTAKES)
            tell_fault(b, line, &f, NULL);
        if (!stop)
            break;
    }
    if (b->mistakes > LIMIT_MISTAKES && !b->session->settings.json)
        fprintf(stderr, _("%s: %" PRIu32 " more mistakes are not shown\n"), b->path,
                b->mistakes - LIMIT_MISTAKES);
    arena_free(&arena);
}

/* Sends rows from `from` on, n of them, and tells each answer. ERR_RANGE: they are too many for one
 * request, and nothing was sent. */
static int batch_send(struct batch *b, uint32_t from, uint32_t n, bool atomic, struct fault *f,
                      int *code)
{
    struct arena arena = {0};
    struct command *k = arena_alloc(&arena, n * sizeof *k);
    const struct outcome *o;
    int rc = k ? 0 : ERR_MEMORY;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = row_build(b, &b->rows[from + i], false, &arena, f, &k[i]);
    if (rc == ERR_INVALID) /* a file that a line names has changed since it was checked */
        *code = EXIT_INPUT;
    else if (rc == 0)
        rc = ctl_ask(b->session, k, n, atomic, &arena, f, code, &o);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    uint32_t culprit = rc == 0 ? culprit_line(b, from, n, o) : 0;
    for (uint32_t i = 0; i < n && rc == 0; i++)
        tell_outcome(b, b->rows[from + i].line, culprit, &k[i], &o[i]);
    arena_free(&arena);
    return rc;
}

/* Tells of the rows that got no answer: those of the last request, whose ids settle the question,
 * and those that were never sent. */
static void tell_unanswered(struct batch *b, uint32_t from, uint32_t n, const struct fault *f)
{
    struct fault unsent;
    fault_set(&unsent, "line", NULL, "not sent, since a line before it got no answer");
    for (uint32_t i = from; i < b->nrows; i++)
        tell_fault(b, b->rows[i].line, i < from + n ? f : &unsent, b->rows[i].id);
}

/* Rows that stand alone go in requests of so many, or of fewer where they are long. */
static void batch_run(struct batch *b, bool atomic)
{
    uint32_t most = atomic ? b->nrows : ROWS_AT_ONCE, n;
    for (uint32_t from = 0; from < b->nrows; from += n) {
        struct fault f = {0};
        int code = EXIT_FAILED;
        n = b->nrows - from < most ? b->nrows - from : most;
        int rc = batch_send(b, from, n, atomic, &f, &code);
        while (rc == ERR_RANGE && !atomic && n > 1) {
            n = most = n / 2;
            rc = batch_send(b, from, n, atomic, &f, &code);
        }
        if (rc < 0) {
            b->code = exit_worse(b->code, code);
            tell_unanswered(b, from, n, &f);
            return;
        }
    }
}

static int batch_begin(struct batch *b, bool atomic)
{
    struct fault f;
    char text[32];
    batch_check(b);
    if (b->mistakes > 0)
        return EXIT_INPUT;
    if (atomic && b->nrows > LIMIT_BATCH) {
        snprintf(text, sizeof text, "%" PRIu32, b->nrows);
        fault_set(&f, "atomic", text, "at most %d lines, since all of them go in one request",
                  LIMIT_BATCH);
        return show_error(b->session->settings.json, &f, NULL, EXIT_INPUT);
    }
    if (b->nrows > 0)
        batch_run(b, atomic);
    else if (!b->session->settings.json)
        puts(_("nothing found"));
    return b->code;
}

static int run(struct session *s, const struct tool_command *c, const struct values *v)
{
    struct batch b = {.session = s, .path = value_of(v, "file")->text};
    struct fault f;
    (void)c;
    int code, rc = ctl_file_read(b.path, "file", FILE_BYTES, true, &f, &b.file);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    code = rc < 0 ? show_error(s->settings.json, &f, NULL, EXIT_INPUT)
                  : batch_begin(&b, value_of(v, "atomic")->given);
    free(b.rows);
    buf_free(&b.file);
    return code;
}

const struct tool_command ctl_batch = {
    .words = "batch",
    .summary = N_("Does the commands of a file, one JSON object a line."),
    .fields = fields,
    .dry_run = true,
    .run = run,
};
