/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the rows and keeps what came of each.
 *
 * A row that was refused before gets its first refusal again, for ever: that is what a request id
 * is for. So a row that is asked anew (--retry-refused) gets an id that follows from the first one
 * and from the refusal's entry. Ids make a chain in this way, along which a row is asked until it
 * is answered for the first time; without --retry-refused a dry run looks whether it was asked
 * further along the chain before. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tools/ctl/import.h"
#include "tools/lib/answer.h"
#include "tools/lib/exits.h"
#include "tools/lib/flow.h"
#include "tools/lib/language.h"
#include "tools/lib/show.h"

#define ROWS_AT_ONCE  1000              /* in one request; a dry run sees more together */
#define UNDER_WAY     4                 /* requests: the next are made while one is decided */
#define BYTES_AT_ONCE (4 * 1024 * 1024) /* of cells: half of LIMIT_FRAME */

/* ---- What came of a row ---- */

static void message_keep(struct import *m, struct import_row *row, const char *text)
{
    row->message = arena_copy(&m->arena, text, strlen(text));
    if (!row->message)
        exit_without_memory();
}

static void settle_entry(struct import_row *row, const struct command *k, const struct entry *e,
                         char *text, size_t cap)
{
    size_t n = 0;
    row->entry = e->number;
    row->time = e->time;
    if (row->repeated)
        n = (size_t)snprintf(text, cap,
                             e->refused ? _("refused before, as entry %" PRIu64 ": ")
                                        : _("booked before, as entry %" PRIu64 ": "),
                             e->number);
    if (e->refused) {
        row->reason = e->refusal.reason;
        refusal_text_in(language_translate, &e->refusal, e->explanation, text + n, cap - n);
        return;
    }
    entry_line(k, e, text + n, cap - n);
    row->voucher = k->kind == COMMAND_ISSUE    ? e->done.issue.voucher
                   : k->kind == COMMAND_REDEEM ? k->redeem.voucher
                                               : 0;
    row->amount = k->kind == COMMAND_ISSUE    ? e->done.issue.face
                  : k->kind == COMMAND_REDEEM ? e->done.redeem.paid
                                              : MONEY(0);
}

static void settle(struct import *m, struct import_row *row, const struct command *k,
                   const struct outcome *o)
{
    char text[4200];
    struct fault f = *outcome_fault(o);
    memcpy(row->id, k->request_id, sizeof row->id);
    row->kind = o->kind;
    row->repeated = o->repeated;
    row->voucher = 0;
    row->amount = MONEY(0);
    row->reason = REASON_NONE;
    if (o->entry && (o->kind == OUTCOME_DONE || o->kind == OUTCOME_REFUSED)) {
        settle_entry(row, k, o->entry, text, sizeof text);
    } else {
        import_name_column(m, &f);
        language_fault(&f, text, sizeof text);
        if (k->kind == COMMAND_ISSUE && k->issue.person.field && strcmp(f.field, "request_id") == 0)
            snprintf(text, sizeof text,
                     _("another person stood in this row when such a list was imported before: "
                       "import this one with --label, and what was done before is refused, not "
                       "done again"));
    }
    message_keep(m, row, text);
}

/* The refusal stands, but what was refused would be done now. */
static void settle_could_be_done(struct import *m, struct import_row *row)
{
    char text[4300];
    snprintf(text, sizeof text, _("%s; now it could be done: import it with --retry-refused"),
             row->message);
    message_keep(m, row, text);
}

static void failed(struct import *m, const struct fault *f, int code)
{
    import_progress_end(m);
    show_error(m->session->settings.json, f, NULL, code);
    m->code = exit_worse(m->code, code);
}

/* ---- Row by row ---- */

struct sending {
    struct import *m;
    uint32_t *rows, *again; /* indexes of the rows of this round, and of the next */
    uint32_t n, nagain;
    uint32_t made, taken; /* of this round */
    bool follows;         /* further along the chain: rows that were refused before */
};

static int make(void *context, struct arena *a, struct fault *f, struct request *out, void **tag)
{
    struct sending *s = context;
    struct import *m = s->m;
    bool dry = m->session->settings.dry_run;
    uint32_t most = dry ? LIMIT_BATCH : ROWS_AT_ONCE, n = 0;
    size_t bytes = 0;
    (void)f;
    if (s->made == s->n)
        return 0;
    for (; s->made + n < s->n && n < most && bytes < BYTES_AT_ONCE; n++) {
        const struct csv_row *row = m->rows[s->rows[s->made + n]].cells;
        for (uint32_t i = 0; i < row->n; i++)
            bytes += strlen(row->cells[i].text) + strlen(row->cells[i].normal);
    }
    struct command *k = arena_alloc(a, n * sizeof *k);
    if (!k)
        exit_without_memory();
    for (uint32_t i = 0; i < n; i++) {
        struct import_row *row = &m->rows[s->rows[s->made + i]];
        import_row_command(m, row, s->follows ? row->next : row->id, a, &k[i]);
        row->sent = true;
    }
    out->kind = REQUEST_COMMANDS;
    out->n = n;
    out->commands = k;
    out->dry_run = dry || (s->follows && !m->retry);
    *tag = &s->rows[s->made];
    s->made += n;
    m->requests += !s->follows;
    return 1;
}

/* Whether others are worth sending after this one. */
static bool may_go_on(const struct outcome *o)
{
    return o->kind == OUTCOME_DONE || o->kind == OUTCOME_REFUSED || o->kind == OUTCOME_INVALID;
}

static bool take(void *context, const struct request *r, const struct reply *reply, void *tag)
{
    struct sending *s = context;
    const struct outcome *o = reply->outcomes;
    struct import *m = s->m;
    const uint32_t *rows = tag;
    bool go_on = true;
    for (uint32_t i = 0; i < r->n; i++) {
        struct import_row *row = &m->rows[rows[i]];
        const struct command *k = &r->commands[i];
        go_on = go_on && may_go_on(&o[i]);
        if (s->follows && !m->retry && !o[i].repeated) {
            if (o[i].kind == OUTCOME_DONE)
                settle_could_be_done(m, row);
            continue;
        }
        settle(m, row, k, &o[i]);
        if (row->kind == OUTCOME_REFUSED && row->repeated) {
            import_id_after(k->request_id, row->entry, row->next);
            s->again[s->nagain++] = rows[i];
        }
    }
    s->taken += r->n;
    import_progress(m, N_("rows"), s->taken, s->n);
    return go_on;
}

static uint32_t *index_new(const struct import *m)
{
    uint32_t *list = calloc(m->nrows, sizeof *list);
    if (!list)
        exit_without_memory();
    return list;
}

static void send_rows(struct import *m)
{
    struct sending s = {.m = m, .rows = index_new(m), .again = index_new(m)};
    const struct flow w = {.context = &s, .under_way = UNDER_WAY, .make = make, .take = take};
    struct fault f;
    int code, rc = 0;
    for (uint32_t i = 0; i < m->nrows; i++)
        if (m->rows[i].kind == 0)
            s.rows[s.n++] = i;
    while (rc == 0 && s.n > 0) {
        rc = flow_run(m->session, &w, &f, &code);
        if (rc == ERR_MEMORY)
            exit_without_memory();
        uint32_t *done = s.rows;
        s = (struct sending){
            .m = m, .rows = s.again, .again = done, .n = s.nagain, .follows = true};
    }
    if (rc < 0)
        failed(m, &f, code);
    free(s.rows);
    free(s.again);
}

/* ---- All or none ---- */

/* Asks one row further along its chain, in a dry run; whether it was asked there before. */
static bool was_asked(struct import *m, const struct import_row *row, const uint8_t id[static 16])
{
    struct arena arena = {0};
    struct command k;
    struct fault f;
    const struct outcome *o;
    bool dry = m->session->settings.dry_run;
    int code;
    import_row_command(m, row, id, &arena, &k);
    m->session->settings.dry_run = true;
    bool asked = ctl_ask(m->session, &k, 1, false, &arena, &f, &code, &o) == 0 && o->repeated;
    m->session->settings.dry_run = dry;
    arena_free(&arena);
    return asked;
}

/* The row that all others stand or fall with; nrows: none. */
static uint32_t culprit_of(const struct import *m, const struct outcome *o)
{
    for (uint32_t i = 0; i < m->nrows; i++)
        if (o[i].kind != OUTCOME_DONE && o[i].kind != OUTCOME_NOT_DONE)
            return i;
    return m->nrows;
}

static void settle_all(struct import *m, const struct command *k, const struct outcome *o,
                       uint32_t culprit)
{
    char number[16];
    for (uint32_t i = 0; i < m->nrows; i++) {
        struct outcome own = o[i];
        struct fault fault = *outcome_fault(&o[i]);
        if (own.kind == OUTCOME_NOT_DONE && culprit < m->nrows) {
            snprintf(number, sizeof number, "%" PRIu32, m->rows[culprit].cells->number);
            fault_set(&fault, "row", number,
                      "a row that can be done: since this one can't, no row of the file was");
            own.fault = &fault;
        }
        settle(m, &m->rows[i], &k[i], &own);
    }
}

static int ask_all(struct import *m, struct arena *a, struct fault *f, int *code, bool *again)
{
    struct command *k = arena_alloc(a, m->nrows * sizeof *k);
    const struct outcome *o;
    *again = false;
    if (!k)
        exit_without_memory();
    for (uint32_t i = 0; i < m->nrows; i++) {
        import_row_command(m, &m->rows[i], m->rows[i].id, a, &k[i]);
        m->rows[i].sent = true;
    }
    int rc = ctl_ask(m->session, k, m->nrows, true, a, f, code, &o);
    if (rc < 0)
        return rc;
    uint32_t at = culprit_of(m, o);
    struct import_row *row = at < m->nrows ? &m->rows[at] : NULL;
    if (row && o[at].kind == OUTCOME_REFUSED && o[at].repeated) {
        import_id_after(row->id, o[at].entry->number, row->next);
        *again = m->retry || was_asked(m, row, row->next);
    }
    if (*again)
        memcpy(row->id, row->next, sizeof row->id);
    else
        settle_all(m, k, o, at);
    return 0;
}

static void send_all(struct import *m)
{
    struct arena arena = {0};
    struct fault f;
    bool again = true;
    int code = EXIT_FAILED, rc = 0;
    while (rc == 0 && again) {
        arena_reset(&arena);
        rc = ask_all(m, &arena, &f, &code, &again);
    }
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0)
        failed(m, &f, code);
    arena_free(&arena);
}

void import_send(struct import *m)
{
    if (!m->atomic) {
        send_rows(m);
        return;
    }
    for (uint32_t i = 0; i < m->nrows; i++)
        if (m->rows[i].kind != 0) /* it has no voucher: all or none is none */
            return;
    send_all(m);
}
