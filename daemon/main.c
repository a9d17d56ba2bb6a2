/* SPDX-License-Identifier: Apache-2.0 */
/* voucherd: the daemon that keeps a book of vouchers. Here: its options, and the parts put
 * together. */
#include <argp.h>
#include <ftw.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/handoff.h"
#include "daemon/listen.h"
#include "daemon/log.h"
#include "daemon/persons.h"
#include "daemon/server.h"
#include "daemon/service.h"
#include "daemon/session.h"
#include "daemon/settings.h"
#include "daemon/writer.h"

enum exit_code {
    EXIT_STOPPED = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
};

const char *argp_program_version = "voucherd " VOUCHERD_VERSION;

enum option_key {
    KEY_BOOK = 'b',
    KEY_ADDR = 'a',
    KEY_CONFIG = 'c',
    KEY_ALLOW_ME = 256,
    KEY_TEST_CLOCK,
    KEY_CHECK_CONFIG,
    KEY_CHECK_BOOK,
    KEY_JOURNAL_MAP,
    KEY_TABLES_MAP,
    KEY_LOG_LEVEL,
};

static const struct argp_option option_list[] = {
    {"book", KEY_BOOK, "DIR", 0, "The book's directory; an empty one becomes a new book", 0},
    {"addr", KEY_ADDR, "unix:PATH", 0,
     "Listen here, instead of where the configuration says; may be repeated", 0},
    {"config", KEY_CONFIG, "FILE", 0, "Read the configuration from FILE", 0},
    {"allow-me", KEY_ALLOW_ME, NULL, 0, "Grant every role to the user who starts the daemon", 0},
    {"test-clock", KEY_TEST_CLOCK, "TIME", 0,
     "Run on a clock that stands at TIME (2025-07-10T09:00:00+08:00) until a client sets it; a "
     "new book is marked so, and only such a book is opened",
     0},
    {"check-config", KEY_CHECK_CONFIG, NULL, 0,
     "Read the configuration, tell every mistake and what is missing, and exit", 0},
    {"check-book", KEY_CHECK_BOOK, NULL, 0,
     "Rebuild the tables from the journal, compare every row, and exit", 0},
    {"journal-map", KEY_JOURNAL_MAP, "SIZE", 0, "Address space for the journal, such as 16G", 0},
    {"tables-map", KEY_TABLES_MAP, "SIZE", 0, "Address space for the tables, such as 16G", 0},
    {"log-level", KEY_LOG_LEVEL, "debug|info|warning|error", 0,
     "Log what is of this level or above", 0},
    {0},
};

static void usage_fault(struct argp_state *state, const struct fault *f)
{
    argp_error(state, "--%s: '%s': %s", f->field, f->value, f->expected);
}

static void set_level(struct argp_state *state, const char *name)
{
    for (int i = 0; log_level_names[i]; i++)
        if (strcmp(name, log_level_names[i]) == 0) {
            log_set_level((enum log_level)i);
            return;
        }
    argp_error(state, "--log-level: '%s': expected debug, info, warning or error", name);
}

static void add_addr(struct argp_state *state, struct options *o, const char *arg)
{
    struct fault f;
    if (o->naddr == CONFIG_LISTEN)
        argp_error(state, "--addr: at most %d", CONFIG_LISTEN);
    else if (listen_parse(arg, "addr", &f, &o->addr[o->naddr]) < 0)
        usage_fault(state, &f);
    else
        o->naddr++;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    struct fault f;
    switch (key) {
    case KEY_BOOK:
        if (strlen(arg) > CONFIG_PATH)
            argp_error(state, "--book: the path is too long");
        o->book = arg;
        break;
    case KEY_ADDR:
        add_addr(state, o, arg);
        break;
    case KEY_CONFIG:
        o->config_file = arg;
        break;
    case KEY_ALLOW_ME:
        o->allow_me = true;
        break;
    case KEY_TEST_CLOCK:
        o->test_clock = true;
        if (instant_parse(arg, "test-clock", &f, &o->test_time) < 0)
            usage_fault(state, &f);
        break;
    case KEY_CHECK_CONFIG:
        o->check_config = true;
        break;
    case KEY_CHECK_BOOK:
        o->check_book = true;
        break;
    case KEY_JOURNAL_MAP:
        if (size_parse(arg, "journal-map", &f, &o->journal_map) < 0)
            usage_fault(state, &f);
        break;
    case KEY_TABLES_MAP:
        if (size_parse(arg, "tables-map", &f, &o->tables_map) < 0)
            usage_fault(state, &f);
        break;
    case KEY_LOG_LEVEL:
        set_level(state, arg);
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s': every argument is an option", arg);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp argp = {
    option_list,
    parse_option,
    NULL,
    "Keeps a book of public vouchers: an append-only journal, one writer, over UNIX sockets.\v"
    "Options win over the configuration. Exit status: 0 stopped in good order, or what was checked "
    "is right; 1 could not start, or the book is bad; 2 wrong options or configuration.",
    NULL,
    NULL,
    NULL};

/* ---- Configuration ---- */

static void tell_mistakes(const struct mistakes *m)
{
    char line[sizeof m->file + sizeof m->list[0].text + 32];
    for (int i = 0; i < m->n; i++)
        fprintf(stderr, "%s\n", mistake_text(m, i, line, sizeof line));
    if (m->more)
        fprintf(stderr, "%s: %d more mistakes\n", m->file, m->more);
}

static int usage_error(const char *text)
{
    fprintf(stderr, "voucherd: %s\nTry `voucherd --help' for more information.\n", text);
    return EXIT_USAGE;
}

static int read_settings(const struct options *o, struct config *c)
{
    struct mistakes *m = calloc(1, sizeof *m);
    struct fault f = {0};
    int rc = m ? settings_read(o, m, &f, c) : ERR_MEMORY;
    if (rc == ERR_INVALID)
        tell_mistakes(m);
    else if (rc < 0)
        fprintf(stderr, "voucherd: --config: '%s': expected %s\n",
                o->config_file ? o->config_file : "", f.expected);
    free(m);
    return rc < 0 ? EXIT_USAGE : EXIT_STOPPED;
}

/* ---- Failing to start ---- */

/* What the person who starts the daemon can do about it; the book's own words stand beside it. */
static const char *const advice[] = {
    [-ERR_LOCKED] = "another daemon has this book open; stop it first, or open another book",
    [-ERR_NEWER] =
        "this book was written by a newer voucherd; start that one (nothing was changed)",
    [-ERR_CLOCK] = "a book of the test clock is opened only with --test-clock, and a real one only "
                   "without",
    [-ERR_SETTING] = "this machine does not give what is asked for; choose smaller --journal-map "
                     "and --tables-map (16G), or raise the limit (ulimit -v)",
    [-ERR_NOT_FOUND] = "there is no book here",
    [-ERR_CORRUPT] =
        "this book contradicts itself; keep it as it is and restore a backup elsewhere",
    [-ERR_FULL] = "the disk is full; make room",
    [-ERR_IO] = "the book can't be read or written; look at the disk and at who owns the directory",
    [-ERR_MEMORY] = "there is not enough memory",
    [-ERR_EXISTS] = "the address is taken",
};

static int failed(const char *event, const struct config *c, int rc, const struct fault *f)
{
    const char *what = -rc < (int)(sizeof advice / sizeof advice[0]) ? advice[-rc] : NULL;
    if (f->field[0])
        LOG(LEVEL_ERROR, event, LOG_TEXT("reason", what ? what : err_text(rc)),
            LOG_TEXT("book", c->book), LOG_TEXT("field", f->field), LOG_TEXT("value", f->value),
            LOG_TEXT("expected", f->expected));
    else
        LOG(LEVEL_ERROR, event, LOG_TEXT("reason", what ? what : err_text(rc)),
            LOG_TEXT("book", c->book));
    return EXIT_FAILED;
}

/* ---- Checking the book ---- */

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
    (void)st, (void)what, (void)at;
    return remove(path);
}

static int check_book(const struct config *c, struct instant now)
{
    struct book_config bc = {
        .dir = c->book, .journal_map = c->journal_map, .tables_map = c->tables_map, .now = now};
    struct fault f = {0};
    struct book_opening o = {0};
    struct book *book;
    int rc = book_open(&bc, &f, &o, &book);
    if (rc == ERR_CLOCK) { /* nothing is booked: either clock will do */
        bc.test_clock = true;
        f = (struct fault){0};
        rc = book_open(&bc, &f, &o, &book);
    }
    if (rc == ERR_CORRUPT)
        return failed("book_bad", c, rc, &f);
    if (rc < 0)
        return failed("start_failed", c, rc, &f);
    char scratch[CONFIG_PATH + 8];
    snprintf(scratch, sizeof scratch, "%s/check", c->book);
    rc = book_check(book, scratch, &f);
    book_close(book);
    (void)nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (rc == ERR_CORRUPT)
        return failed("book_bad", c, rc, &f);
    if (rc < 0)
        return failed("check_failed", c, rc, &f);
    LOG(LEVEL_INFO, "book_ok", LOG_TEXT("book", c->book), LOG_NUMBER("entries", o.entries));
    return EXIT_STOPPED;
}

/* ---- Serving ---- */

static int serve(const struct options *opt, const struct config *c, const struct passed *passed,
                 const struct persons *persons, struct clock *clock)
{
    struct handoff *h;
    struct writer *w;
    struct fault f = {0};
    struct book_opening o = {0};
    const struct handoff_limits hl = server_handoff_limits(&c->limits);
    int rc = handoff_new(&hl, &h);
    if (rc < 0)
        return failed("start_failed", c, rc, &f);
    const struct writer_config wc = {.book = {.dir = c->book,
                                              .create = true,
                                              .test_clock = clock->test,
                                              .journal_map = c->journal_map,
                                              .tables_map = c->tables_map,
                                              .now = clock_now(clock)},
                                     .clock = clock,
                                     .handoff = h,
                                     .group = (unsigned)c->limits.group};
    rc = writer_start(&wc, &f, &o, &w);
    if (rc < 0) {
        handoff_free(h);
        return failed("start_failed", c, rc, &f);
    }
    LOG(o.rebuilt ? LEVEL_WARNING : LEVEL_INFO, o.created ? "book_created" : "book_opened",
        LOG_TEXT("book", c->book), LOG_NUMBER("entries", o.entries), LOG_NUMBER("folded", o.folded),
        LOG_TEXT("rebuilt", o.rebuilt ? "yes" : "no"));
    const struct server_config sc = {.options = opt,
                                     .config = c,
                                     .passed = passed,
                                     .writer = w,
                                     .clock = clock,
                                     .handoff = h,
                                     .persons = persons,
                                     .entries = o.entries};
    rc = server_run(&sc, &f);
    handoff_close(h);
    writer_stop(w);
    handoff_free(h);
    if (rc < 0 && rc != ERR_UNKNOWN)
        return failed("start_failed", c, rc, &f);
    LOG(LEVEL_INFO, "stopped", LOG_TEXT("book", c->book));
    return rc < 0 ? EXIT_FAILED : EXIT_STOPPED;
}

static int run(const struct options *o, struct config *c)
{
    if (o->check_config && !o->config_file)
        return usage_error("--check-config: which? give --config FILE");
    if (!o->check_config && !o->check_book)
        server_hold_hangup();
    int rc = read_settings(o, c);
    if (rc != EXIT_STOPPED)
        return rc;
    const char *lack = o->check_book && c->book[0] ? NULL : settings_complete(o, c);
    if (lack)
        return usage_error(lack);
    if (o->check_config)
        return EXIT_STOPPED;
    struct clock clock;
    if (o->test_clock)
        clock_start_test(&clock, o->test_time);
    else
        clock_start_real(&clock);
    if (o->check_book)
        return check_book(c, clock_now(&clock));
    struct passed passed;
    struct persons *persons = NULL;
    struct fault f = {0};
    rc = listen_take_passed(c, &f, &passed); /* before anything is opened */
    if (rc == 0 && c->person_key[0])
        rc = persons_new(c->person_key, &f, &persons);
    if (rc < 0) {
        (void)failed("start_failed", c, rc, &f);
        return EXIT_USAGE; /* it would be the same at every start */
    }
    rc = serve(o, c, &passed, persons, &clock);
    persons_free(persons);
    return rc;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    /* The memory of requests comes and goes by the megabyte: kept, not mapped anew each time. */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
        return EXIT_USAGE;
    if (service_has_journal())
        log_set_journal(service_journal);
    struct config *c = calloc(1, sizeof *c);
    if (!c)
        return EXIT_FAILED;
    int rc = run(&o, c);
    free(c);
    return rc;
}
