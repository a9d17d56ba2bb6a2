/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as it is booked. Lines go out whole, and only what went out counts as seen: whatever
 * happens in between, it comes again. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/lib/exits.h"
#include "tools/lib/json.h"
#include "tools/lib/language.h"
#include "tools/q/q.h"
#include "tools/q/resume.h"

#define PAUSE_FIRST 50 /* ms before asking again; twice as long each further time */
#define PAUSE_MOST  3200
#define SAVE_EVERY  500  /* ms at least between two savings: each is waited for on the disk */
#define WAIT_MOST   2000 /* ms for one question: between two it is seen whether anybody reads */
#define LAST_LINE   1    /* s for whoever reads to take the rest of a line */

#define LOST (-1) /* beside exit codes: ask again after a pause */

struct follow {
    struct session *session;
    uint64_t limit, seen; /* entries to be told (0: no end); told */
    struct place last;    /* the last that was told, or the one before the first */
    const char *resume;   /* NULL: nowhere is saved how far it got */
    uint64_t saved;       /* the entry in it; 0: there is no such file yet */
    int64_t saved_ms;
    struct show_table *table; /* NULL: JSON */
    struct buf out;
    bool has_heads; /* the table's first part went out */
    bool told_loss;
};

/* A signal ends the program with all that it said: at once, or, in the middle of lines or of what
 * must be saved, soon after. */
static volatile sig_atomic_t busy, ending;
static sigset_t ends, waiting; /* the signals that end it; those blocked while it waits */

static void on_signal(int number)
{
    (void)number;
    ending = 1;
    if (!busy)
        _exit(EXIT_DONE);
}

static void signals_set(void)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, NULL, &waiting);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* While it is busy they come where lines_write waits for the reader, and nowhere else. */
static void set_busy(bool is_busy)
{
    busy = is_busy;
    sigprocmask(is_busy ? SIG_BLOCK : SIG_UNBLOCK, &ends, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- Writing ---- */

static size_t line_end(const struct buf *b, size_t at)
{
    if (at == 0 || b->p[at - 1] == '\n')
        return at;
    const uint8_t *end = memchr(b->p + at, '\n', b->n - at);
    return end ? (size_t)(end - b->p) + 1 : b->n;
}

/* Writes the lines; when a signal has come, no further than the line that was begun. *done: how
 * far. ERR_CLOSED: nobody reads; ERR_IO. */
static int lines_write(const struct buf *b, size_t *done)
{
    size_t end = b->n;
    *done = 0;
    while (*done < end) {
        struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
        const struct timespec last = {LAST_LINE, 0};
        if (ending && (end = line_end(b, *done)) == *done)
            return 0;
        int ready = ppoll(&out, 1, ending ? &last : NULL, &waiting);
        if (ready == 0)
            return 0;
        if (ready < 0) /* a signal */
            continue;
        size_t n = end - *done < PIPE_BUF ? end - *done : PIPE_BUF; /* so much does not block */
        ssize_t k = write(STDOUT_FILENO, b->p + *done, n);
        if (k >= 0)
            *done += (size_t)k;
        else if (errno != EINTR && errno != EAGAIN)
            return errno == EPIPE ? ERR_CLOSED : ERR_IO;
    }
    return 0;
}

static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

static int page_format(struct follow *f, const struct answer *page, struct arena *a)
{
    f->out.n = 0;
    for (uint32_t i = 0; i < page->n; i++) {
        struct entry e;
        int code = q_entry(f->session, &page->entries[i], a, &e);
        if (code != EXIT_DONE)
            return code;
        if (f->table) {
            q_entries_row(f->table, &e);
            continue;
        }
        json_t *o = q_entry_json(&page->entries[i], &e);
        char *line = json_dumps(o, JSON_COMPACT);
        if (!line || buf_add(&f->out, line, strlen(line)) < 0 || buf_add(&f->out, "\n", 1) < 0)
            exit_without_memory();
        free(line);
        json_decref(o);
    }
    if (f->table)
        show_table_part(f->table, &f->out);
    return EXIT_DONE;
}

/* Of the page, as many entries were told as whole lines went out. */
static void count_lines(struct follow *f, const struct answer *page, size_t done)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < done; i++)
        lines += f->out.p[i] == '\n';
    if (f->table && !f->has_heads && lines > 0) {
        f->has_heads = true;
        lines--;
    }
    if (lines == 0)
        return;
    const struct stored_entry *e = &page->entries[lines - 1];
    f->last.entry = e->number;
    hex_format(e->leaf, sizeof e->leaf, f->last.leaf);
    f->seen += lines;
}

static int page_tell(struct follow *f, const struct answer *page, struct arena *a)
{
    size_t done;
    set_busy(true);
    int code = page_format(f, page, a);
    if (code != EXIT_DONE)
        return code;
    int rc = lines_write(&f->out, &done);
    count_lines(f, page, done);
    if (rc == ERR_CLOSED) {
        ending = 1;
    } else if (rc < 0) {
        struct fault fault;
        fault_set(&fault, "output", NULL, "room for what is written: %s", strerror(errno));
        return show_error(false, &fault, NULL, EXIT_FAILED);
    }
    return EXIT_DONE;
}

static bool is_unsaved(const struct follow *f)
{
    return f->resume && f->seen > 0 && f->saved != f->last.entry;
}

/* Only what went out is saved. Not each time, unless `now`: the disk is the book's too. */
static int save(struct follow *f, bool now)
{
    struct fault fault;
    if (is_unsaved(f)) {
        if (!now && now_ms() - f->saved_ms < SAVE_EVERY)
            return EXIT_DONE;
        if (resume_write(f->resume, &f->last, &fault) < 0) {
            f->resume = NULL; /* it is not tried again at the end */
            return show_error(f->session->settings.json, &fault, NULL, EXIT_FAILED);
        }
        f->saved = f->last.entry;
        f->saved_ms = now_ms();
    }
    set_busy(false);
    return EXIT_DONE;
}

/* ---- Asking ---- */

static int ask(struct follow *f, const struct query *q, struct arena *a, struct answer *out)
{
    bool lost;
    int code = session_query_once(f->session, q, a, &lost, out);
    if (!lost) {
        if (code == EXIT_DONE)
            f->told_loss = false;
        return code;
    }
    if (!f->told_loss)
        fprintf(stderr, _("%s: The daemon is gone after entry %" PRIu64 "; waiting for it.\n"),
                f->session->tool->program, f->last.entry);
    f->told_loss = true;
    return LOST;
}

static int wrong_book(const struct follow *f, const char *what)
{
    struct fault fault;
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, f->last.entry);
    if (f->saved > 0)
        fault_set(&fault, "resume", f->resume,
                  "a file of this book: it ends with entry %s; %-s; it is another book, or was put "
                  "back to an earlier state. Name another file",
                  number, what);
    else
        fault_set(&fault, "entry", number,
                  "the book that was followed: %-s; it is another book, or was put back to an "
                  "earlier state",
                  what);
    return show_error(f->session->settings.json, &fault, NULL, EXIT_INPUT);
}

static int beyond_end(const struct follow *f, uint64_t last)
{
    struct fault fault;
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, f->last.entry + 1);
    fault_set(&fault, "from", number, "1 to %" PRIu64 ": the book ends at entry %" PRIu64, last + 1,
              last);
    return show_error(f->session->settings.json, &fault, NULL, EXIT_INPUT);
}

/* A new connection may lead to another book: the last entry must still be what it was. */
static int check_book(struct follow *f, struct arena *a)
{
    const struct query q = {.kind = QUERY_ENTRIES, .after = f->last.entry - 1, .count = 1};
    struct answer page;
    char leaf[LEAF_TEXT];
    int code = ask(f, &q, a, &page);
    if (code != EXIT_DONE)
        return code;
    if (page.n == 0 && !f->last.leaf[0])
        return beyond_end(f, page.as_of_entry);
    if (page.n == 0)
        return wrong_book(f, N_("this one ends before that entry"));
    hex_format(page.entries[0].leaf, sizeof page.entries[0].leaf, leaf);
    if (f->last.leaf[0] && strcmp(f->last.leaf, leaf) != 0)
        return wrong_book(f, N_("in this one that entry has another leaf hash"));
    memcpy(f->last.leaf, leaf, sizeof leaf);
    return EXIT_DONE;
}

static int gap(const struct follow *f, uint64_t number)
{
    struct fault fault;
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    fault_set(&fault, "entry", text, "entry %" PRIu64 ": the daemon leaves a gap",
              f->last.entry + 1);
    return show_error(f->session->settings.json, &fault, NULL, EXIT_FAILED);
}

/* Asks for what comes next and tells it. LOST too where an empty answer came too soon: the daemon
 * stops, or too many wait. */
static int next_page(struct follow *f, struct arena *a)
{
    int most = f->session->settings.timeout_ms / 2;
    uint64_t left = f->limit - f->seen;
    struct query q = {.kind = QUERY_ENTRIES,
                      .after = f->last.entry,
                      .count = f->limit == 0 || left > LIMIT_PAGE ? LIMIT_PAGE : (uint32_t)left,
                      .wait_ms = most < WAIT_MOST ? (uint32_t)most : WAIT_MOST};
    struct answer page;
    if (is_unsaved(f) && q.wait_ms > SAVE_EVERY)
        q.wait_ms = SAVE_EVERY;
    int64_t asked_ms = now_ms();
    int code = ask(f, &q, a, &page);
    if (code != EXIT_DONE)
        return code;
    for (uint32_t i = 0; i < page.n; i++)
        if (page.entries[i].number != f->last.entry + 1 + i)
            return gap(f, page.entries[i].number);
    if (page.n > 0)
        return page_tell(f, &page, a);
    return now_ms() - asked_ms < PAUSE_FIRST ? LOST : EXIT_DONE;
}

static void wait_a_little(int *ms)
{
    const struct timespec t = {*ms / 1000, *ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
    *ms = *ms * 2 > PAUSE_MOST ? PAUSE_MOST : *ms * 2;
}

static int follow(struct follow *f)
{
    struct arena arena = {0};
    int code = EXIT_DONE, pause_ms = PAUSE_FIRST;
    while (code == EXIT_DONE && !ending && (f->limit == 0 || f->seen < f->limit)) {
        uint64_t before = f->seen;
        bool same = f->session->link.client || f->last.entry == 0;
        arena_reset(&arena);
        code = same ? EXIT_DONE : check_book(f, &arena);
        if (code == EXIT_DONE)
            code = next_page(f, &arena);
        bool lost = code == LOST;
        int saved = save(f, lost || f->seen == before);
        if (lost || saved != EXIT_DONE)
            code = saved;
        if (reader_is_gone())
            ending = 1;
        if (!lost)
            pause_ms = PAUSE_FIRST;
        else if (!ending)
            wait_a_little(&pause_ms);
    }
    arena_free(&arena);
    int saved = save(f, true);
    return code == EXIT_DONE ? saved : code;
}

int q_follow(struct session *s, uint64_t first, uint64_t limit, const char *resume)
{
    static const int widths[] = {8, 19, 12, 17, 0};
    struct follow f = {.session = s, .limit = limit, .resume = resume};
    struct fault fault;
    f.last.entry = first - 1;
    int rc = resume ? resume_read(resume, &fault, &f.last) : 0;
    if (rc < 0 && rc != ERR_NOT_FOUND)
        return show_error(s->settings.json, &fault, NULL, EXIT_INPUT);
    if (resume && rc == 0)
        f.saved = f.last.entry;
    if (!s->settings.json) {
        f.table = q_entries_table();
        show_table_widths(f.table, widths);
    }
    signals_set();
    int code = follow(&f);
    show_table_free(f.table);
    buf_free(&f.out);
    return code;
}
