/* SPDX-License-Identifier: Apache-2.0 */
/* What an import tells: progress, the file of results, and words or JSON. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/person.h"
#include "tools/ctl/import.h"
#include "tools/lib/answer.h"
#include "tools/lib/csv_write.h"
#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

/* ---- Progress: one line on a terminal ---- */

#define BAR          40  /* characters */
#define SHOW_EACH_MS 100 /* a terminal must not be what takes the time */

void import_progress(struct import *m, const char *what, uint32_t done, uint32_t all)
{
    char bar[BAR + 1];
    struct timespec t;
    if (m->session->settings.json || all == 0 || !isatty(STDERR_FILENO))
        return;
    clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t now = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (m->showing && now - m->shown < SHOW_EACH_MS)
        return;
    size_t full = (size_t)((uint64_t)done * BAR / all);
    memset(bar, '.', BAR);
    memset(bar, '#', full);
    bar[BAR] = 0;
    putc('\r', stderr);
    fprintf(stderr, _("[%s] %" PRIu32 " of %" PRIu32 " %s"), bar, done, all, _(what));
    fflush(stderr);
    m->showing = true;
    m->shown = now;
}

void import_progress_end(struct import *m)
{
    if (m->showing)
        fputs("\r\033[K", stderr);
    m->showing = false;
}

/* ---- What came of a row, in a word ---- */

enum came {
    CAME_DONE,
    CAME_BOOKED_BEFORE,
    CAME_REFUSED,
    CAME_REFUSED_BEFORE,
    CAME_INVALID,
    CAME_DENIED,
    CAME_NOT_DONE,
    CAME_TRY_AGAIN,
    CAME_UNKNOWN,
    CAME_NOT_SENT,
    CAME_COUNT
};

static const struct {
    const char *code; /* in the file and in JSON */
    const char *words;
    int exit;
} came_of[CAME_COUNT] = {
    [CAME_DONE] = {"done", N_("done"), EXIT_DONE},
    [CAME_BOOKED_BEFORE] = {"booked_before", N_("booked before"), EXIT_DONE},
    [CAME_REFUSED] = {"refused", N_("refused"), EXIT_REFUSED},
    [CAME_REFUSED_BEFORE] = {"refused_before", N_("refused before"), EXIT_REFUSED},
    [CAME_INVALID] = {"invalid", N_("wrong"), EXIT_INPUT},
    [CAME_DENIED] = {"denied", N_("not allowed"), EXIT_NOT_ALLOWED},
    [CAME_NOT_DONE] = {"not_done", N_("not done"), EXIT_REFUSED},
    [CAME_TRY_AGAIN] = {"try_again", N_("to be tried again"), EXIT_NOT_REACHED},
    [CAME_UNKNOWN] = {"unknown", N_("without an answer"), EXIT_NOT_REACHED},
    [CAME_NOT_SENT] = {"not_sent", N_("not sent"),
                       EXIT_DONE}, /* what stopped the rest has its own */
};

static enum came row_came(const struct import_row *row)
{
    switch (row->kind) {
    case OUTCOME_DONE:
        return row->repeated ? CAME_BOOKED_BEFORE : CAME_DONE;
    case OUTCOME_REFUSED:
        return row->repeated ? CAME_REFUSED_BEFORE : CAME_REFUSED;
    case OUTCOME_INVALID:
        return CAME_INVALID;
    case OUTCOME_DENIED:
        return CAME_DENIED;
    case OUTCOME_NOT_DONE:
        return CAME_NOT_DONE;
    case OUTCOME_TRY_AGAIN:
        return CAME_TRY_AGAIN;
    default:
        return row->sent ? CAME_UNKNOWN : CAME_NOT_SENT;
    }
}

static const char *row_message(const struct import_row *row)
{
    if (row->message)
        return row->message;
    return row->sent ? _("no answer came: import the file again; what was done is not done again")
                     : _("not sent, since the import ended before it");
}

/* ---- The file of results ---- */

/* The last heading of a file of results bears the digest of what was imported: by it the results of
 * the same file are known. */
#define MARK      "request_id (import "
#define MARK_TEXT (sizeof MARK - 1 + 16 + 2)

static void mark_make(const struct import *m, char out[static MARK_TEXT])
{
    char hex[17];
    snprintf(out, MARK_TEXT, MARK "%s)", hex_format(m->digest, sizeof m->digest, hex));
}

/* The first line, if it is that of a file of results: its mark; "" if it is another file. */
static void mark_of(const char *line, char out[static MARK_TEXT])
{
    const char *at = strstr(line, MARK);
    bool whole = strncmp(line, "\xef\xbb\xbf\"row\"", 8) == 0 && at &&
                 strlen(at) == MARK_TEXT - 1 + strlen("\"\r\n");
    snprintf(out, MARK_TEXT, "%s", whole ? at : "");
}

int import_result_check(struct import *m, struct fault *f)
{
    char line[8192] = "", its[MARK_TEXT], mine[MARK_TEXT], folder[LIMIT_PATH + 1];
    if (!m->result)
        return 0;
    snprintf(folder, sizeof folder, "%s", m->result);
    if (access(dirname(folder), W_OK) != 0)
        return fault_set(f, "result", m->result, "a file that can be written: %-s",
                         strerrordesc_np(errno));
    FILE *in = fopen(m->result, "re");
    if (!in)
        return errno == ENOENT ? 0
                               : fault_set(f, "result", m->result, "a file that can be read: %-s",
                                           strerrordesc_np(errno));
    bool any = fgets(line, sizeof line, in) != NULL;
    fclose(in);
    mark_of(any ? line : "", its);
    mark_make(m, mine);
    if (!its[0])
        return fault_set(f, "result", m->result,
                         "no file yet, or the results of an import: this is something else. Move "
                         "it away, or name another with --result");
    if (strcmp(its, mine) != 0)
        fprintf(stderr,
                _("%s: it had the results of another file, or of this one before it was "
                  "changed: they are replaced\n"),
                m->result);
    return 0;
}

static void result_headings(const struct import *m, struct csv_file *w)
{
    static const char *const ours[] = {"result", "entry",  "time",   "voucher",
                                       "amount", "reason", "message"};
    char mark[MARK_TEXT];
    csv_file_cell(w, "row");
    for (uint32_t i = 0; i < m->csv.head.n; i++)
        if (m->headings[i].field >= 0)
            csv_file_cell(w, m->headings[i].text);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        csv_file_cell(w, ours[i]);
    mark_make(m, mark);
    csv_file_cell(w, mark);
    csv_file_end_row(w);
}

static void number_cell(struct csv_file *w, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    csv_file_cell(w, n ? text : "");
}

static bool has_entry(const struct import_row *row)
{
    return row->kind == OUTCOME_DONE || row->kind == OUTCOME_REFUSED;
}

static bool has_amount(const struct import_row *row)
{
    return row->kind == OUTCOME_DONE && row->voucher > 0;
}

/* A person's number is told by its beginning alone. */
static const char *shown_text(const struct import *m, uint32_t column, const struct csv_cell *cell,
                              char masked[static PERSON_NUMBER + 1])
{
    const struct field *d = &import_fields(m->kind)[m->headings[column].field];
    return d->type == FIELD_PERSON ? person_mask(cell->normal, masked) : cell->text;
}

/* A row has the cells that were read, as they were written; what was passed over is left out. */
static void result_row(const struct import *m, const struct import_row *row, struct csv_file *w)
{
    char when[INSTANT_TEXT] = "", amount[MONEY_TEXT] = "", id[REQUEST_ID_TEXT] = "";
    char masked[PERSON_NUMBER + 1];
    number_cell(w, row->cells->number);
    for (uint32_t i = 0; i < m->csv.head.n; i++)
        if (m->headings[i].field >= 0)
            csv_file_cell(w, shown_text(m, i, &row->cells->cells[i], masked));
    csv_file_cell(w, came_of[row_came(row)].code);
    number_cell(w, row->entry);
    if (has_entry(row))
        instant_format(row->time, SHOW_ZONE_MINUTES, when);
    if (has_amount(row))
        money_format(row->amount, amount);
    if (row->kind != OUTCOME_INVALID || row->sent)
        request_id_format(row->id, id);
    csv_file_cell(w, when);
    number_cell(w, row->voucher);
    csv_file_cell(w, amount);
    csv_file_cell(w, row->kind == OUTCOME_REFUSED ? reason_name(row->reason) : "");
    csv_file_cell(w, row_message(row));
    csv_file_cell(w, id);
    csv_file_end_row(w);
}

int import_result_write(struct import *m, struct fault *f)
{
    struct csv_file *w;
    int rc = csv_file_open(m->result, "result", f, &w);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0)
        return rc;
    result_headings(m, w);
    for (uint32_t i = 0; i < m->nrows; i++)
        result_row(m, &m->rows[i], w);
    return csv_file_finish(w, f);
}

/* ---- In words and in JSON ---- */

struct total {
    uint32_t rows[CAME_COUNT];
    struct money amount[CAME_COUNT];
    uint32_t before;            /* rows that this import did not ask first */
    struct instant first, last; /* when they were booked or refused */
};

static void total_add(struct total *t, const struct import_row *row)
{
    enum came came = row_came(row);
    t->rows[came]++;
    if (money_add(t->amount[came], row->amount, &t->amount[came]) < 0)
        t->amount[came] = MONEY(INT64_MAX); /* a book holds less than that in all */
    if (!has_entry(row) || !row->repeated)
        return;
    if (t->before == 0 || row->time.us < t->first.us)
        t->first = row->time;
    if (t->before == 0 || row->time.us > t->last.us)
        t->last = row->time;
    t->before++;
}

/* Nothing of the file was new to the book. */
static bool all_before(const struct total *t, uint32_t nrows)
{
    return t->before > 0 && t->before + t->rows[CAME_INVALID] == nrows;
}

static void tell_row_json(const struct import *m, const struct import_row *row)
{
    char id[REQUEST_ID_TEXT];
    json_t *o = json_new_object();
    json_put_number(o, "row", row->cells->number);
    json_put_text(o, "result", came_of[row_came(row)].code);
    if (has_entry(row)) {
        json_put_number(o, "entry", row->entry);
        json_put_time(o, "time", row->time);
    }
    if (row->voucher)
        json_put_number(o, "voucher", row->voucher);
    if (has_amount(row))
        json_put_money(o, "amount", row->amount);
    if (row->kind == OUTCOME_REFUSED)
        json_put_text(o, "reason", reason_name(row->reason));
    json_put_text(o, "message", row_message(row));
    if (row->kind != OUTCOME_INVALID || row->sent)
        json_put_text(o, "request_id", request_id_format(row->id, id));
    json_put_bool(o, "dry_run", m->session->settings.dry_run);
    json_print(o);
}

static void tell_total_json(const struct import *m, const struct total *t)
{
    json_t *o = json_new_object(), *all = json_new_object();
    struct money amount = MONEY(0);
    json_put_text(all, "file", m->path);
    json_put_text(all, "encoding", m->csv.encoding);
    json_put_number(all, "rows", m->nrows);
    for (int i = 0; i < CAME_COUNT; i++)
        json_put_number(all, came_of[i].code, t->rows[i]);
    if (money_add(t->amount[CAME_DONE], t->amount[CAME_BOOKED_BEFORE], &amount) == 0)
        json_put_money(all, "amount", amount);
    json_put_bool(all, "imported_before", all_before(t, m->nrows));
    if (t->before > 0) {
        json_put_time(all, "before_first", t->first);
        json_put_time(all, "before_last", t->last);
    }
    json_put_number(all, "requests", m->requests);
    json_put_bool(all, "dry_run", m->session->settings.dry_run);
    json_put_text(all, "result_file", m->result);
    json_put(o, "total", all);
    json_print(o);
}

/* In a dry run every row; else those that someone must look at, as many as can be read. */
static void tell_rows(const struct import *m)
{
    uint32_t told = 0, more = 0;
    bool all = m->session->settings.dry_run;
    for (uint32_t i = 0; i < m->nrows; i++) {
        const struct import_row *row = &m->rows[i];
        enum came came = row_came(row);
        if (!all && (came == CAME_DONE || came == CAME_BOOKED_BEFORE))
            continue;
        if (!all && told++ >= LIMIT_MISTAKES) {
            more++;
            continue;
        }
        fprintf(came <= CAME_REFUSED_BEFORE ? stdout : stderr, "%s:%" PRIu32 ": %s%s\n", m->path,
                row->cells->number, came == CAME_REFUSED ? _("refused: ") : "", row_message(row));
    }
    if (more > 0)
        printf(_("%s: %" PRIu32 " more such rows are not shown\n"), m->path, more);
}

/* "2026-07-03", or "2026-07-03 to 2026-07-05" */
static void days_text(const struct total *t, char *out, size_t cap)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    day_format(instant_day(t->first, SHOW_ZONE_MINUTES), first);
    day_format(instant_day(t->last, SHOW_ZONE_MINUTES), last);
    if (strcmp(first, last) == 0)
        snprintf(out, cap, "%s", first);
    else
        snprintf(out, cap, _("%s to %s"), first, last);
}

static void tell_total(const struct import *m, const struct total *t)
{
    char amount[MONEY_TEXT], days[2 * DAY_TEXT + 8];
    bool dry = m->session->settings.dry_run;
    printf(_("%s: %" PRIu32 " rows"), m->path, m->nrows);
    for (int i = 0, n = 0; i < CAME_COUNT; i++) {
        if (t->rows[i] == 0)
            continue;
        printf("%s%" PRIu32 " %s", n++ ? _(", ") : _(": "), t->rows[i], _(came_of[i].words));
        if (t->amount[i].fen > 0)
            printf(" (%s)", money_format_grouped(t->amount[i], amount));
    }
    printf("%s\n", dry ? _(" (dry run: nothing was booked)") : "");
    if (dry && m->requests > 1)
        printf(_("%s: a dry run sees at most %d rows together: these were tried in %" PRIu32
                 " parts, each without the rows of those before it\n"),
               m->path, LIMIT_BATCH, m->requests);
    if (t->before > 0)
        days_text(t, days, sizeof days);
    if (all_before(t, m->nrows))
        printf(
            _("%s: this file was imported before, on %s, %" PRIu32 " rows: nothing was changed\n"),
            m->path, days, t->before);
    else if (t->before > 0)
        printf(_("%s: %" PRIu32 " of these rows were imported before, on %s\n"), m->path, t->before,
               days);
    if (m->result)
        printf(_("%s: the result of each row\n"), m->result);
}

void import_tell(struct import *m)
{
    struct total t = {0};
    for (uint32_t i = 0; i < m->nrows; i++) {
        total_add(&t, &m->rows[i]);
        m->code = exit_worse(m->code, came_of[row_came(&m->rows[i])].exit);
    }
    if (m->session->settings.json) {
        for (uint32_t i = 0; i < m->nrows; i++)
            tell_row_json(m, &m->rows[i]);
        tell_total_json(m, &t);
        return;
    }
    tell_rows(m);
    tell_total(m, &t);
}
