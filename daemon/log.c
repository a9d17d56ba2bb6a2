/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "base/text.h"

#define LINE_MAX_BYTES 4096 /* PIPE_BUF: lines of several threads do not mix in a pipe */
#define VALUE_MAX      512
#define ZONE_MINUTES   480 /* lines are read beside the book, whose days are Asia/Shanghai's */

const char *const log_level_names[] = {"debug", "info", "warning", "error", NULL};

static enum log_level lowest = LEVEL_INFO;

void log_set_level(enum log_level level)
{
    lowest = level;
}

bool log_is_on(enum log_level level)
{
    return level >= lowest;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int two(const char *s)
{
    return (s[0] - '0') * 10 + (s[1] - '0');
}

static bool is_date(const char *month_and_day)
{
    int m = two(month_and_day), d = two(month_and_day + 2);
    return m >= 1 && m <= 12 && d >= 1 && d <= 31;
}

/* Length of what looks like a person's number (GB 11643, or its old form of 15 digits) at s, 0 if
 * nothing does. The check character is not asked for: a number with a slip is a person's too. */
static size_t person_number(const char *s)
{
    size_t n = 0;
    while (is_digit(s[n]))
        n++;
    if (n == 17 && (s[n] == 'X' || s[n] == 'x'))
        n++;
    int century = n == 18 ? two(s + 6) : 0;
    if (n == 18 && century >= 18 && century <= 20 && is_date(s + 10))
        return n;
    return n == 15 && is_date(s + 8) ? n : 0;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != 0 && strchr("-_.,:/+@%", c) != NULL);
}

/* One character of text as it stands in a line or field; its length in *used. Returns bytes put in
 * out, which has 16. */
static size_t escape(const char *text, bool quoted, bool after_digit, size_t *used, char *out)
{
    size_t person = after_digit ? 0 : person_number(text);
    if (person) {
        *used = person;
        return (size_t)snprintf(out, 16, "(%zu digits)", person);
    }
    *used = 1;
    if (quoted && (*text == '"' || *text == '\\'))
        return (size_t)snprintf(out, 16, "\\%c", *text);
    size_t len = 1, n = strnlen(text, 4);
    while (len < n && ((unsigned char)text[len] & 0xc0) == 0x80)
        len++;
    char one[16];
    text_printable(text, len, one, sizeof one);
    if (strlen(one) == len && memcmp(one, text, len) == 0)
        *used = len;
    else
        snprintf(one, sizeof one, "\\x%02x", (unsigned char)*text);
    return (size_t)snprintf(out, 16, "%s", one);
}

/* Text behind the o bytes that out has; returns how many it has then, not terminated. */
static size_t put_text(const char *text, bool quoted, size_t o, char *out, size_t cap)
{
    bool after_digit = false;
    while (*text) {
        char one[16];
        size_t used, n = escape(text, quoted, after_digit, &used, one);
        if (o + n + 5 > cap) { /* "...", the quote, the end */
            memcpy(out + o, "...", 3);
            return o + 3;
        }
        after_digit = is_digit(*text);
        memcpy(out + o, one, n);
        o += n;
        text += used;
    }
    return o;
}

size_t log_value(const char *text, char *out, size_t cap)
{
    bool quote = *text == 0, after_digit = false;
    for (const char *p = text; *p && !quote; p++) {
        quote = !is_plain(*p) || (!after_digit && person_number(p));
        after_digit = is_digit(*p);
    }
    size_t o = 0;
    if (quote)
        out[o++] = '"';
    o = put_text(text, true, o, out, cap);
    if (quote)
        out[o++] = '"';
    out[o] = 0;
    return o;
}

/* " key=value" for each field, behind the o bytes that line has; those that have no room are left
 * out. Returns how many bytes it has then. */
static size_t put_fields(const struct log_field *fields, size_t n, size_t o, char *line, size_t cap)
{
    char value[VALUE_MAX];
    for (size_t i = 0; i < n; i++) {
        const struct log_field *f = &fields[i];
        if (!f->key)
            continue;
        if (f->text)
            log_value(f->text, value, sizeof value);
        else
            snprintf(value, sizeof value, "%lld", (long long)f->number);
        size_t need = strlen(f->key) + strlen(value) + 2;
        if (o + need + 1 > cap)
            break;
        o += (size_t)snprintf(line + o, cap - o, " %s=%s", f->key, value);
    }
    return o;
}

/* ---- The journal ---- */

static void entry_add(struct log_entry *e, size_t length)
{
    e->iov[e->n++] = (struct iovec){e->text + e->used, length};
    e->used += length;
}

/* Fields stand by themselves: nothing is quoted, only what can't be shown and persons are replaced.
 */
static void entry_field(struct log_entry *e, const struct log_field *f)
{
    char *at = e->text + e->used;
    size_t o = (size_t)sprintf(at, "VOUCHERD_");
    for (const char *k = f->key; *k; k++)
        at[o++] = *k >= 'a' && *k <= 'z' ? (char)(*k - 'a' + 'A') : is_digit(*k) ? *k : '_';
    at[o++] = '=';
    if (f->text)
        o = put_text(f->text, false, o, at, o + VALUE_MAX);
    else
        o += (size_t)sprintf(at + o, "%lld", (long long)f->number);
    entry_add(e, o);
}

void log_entry(enum log_level level, const char *event, const struct log_field *fields, size_t n,
               struct log_entry *out)
{
    static const char priority[] = {'7', '6', '4', '3'}; /* syslog's, by level */
    out->n = 0;
    out->used = 0;
    size_t o = (size_t)snprintf(out->text, LINE_MAX_BYTES, "MESSAGE=%s", event);
    entry_add(out, put_fields(fields, n, o, out->text, LINE_MAX_BYTES));
    entry_add(out, (size_t)sprintf(out->text + out->used, "PRIORITY=%c", priority[level]));
    entry_add(out, (size_t)sprintf(out->text + out->used, "VOUCHERD_EVENT=%s", event));
    for (size_t i = 0; i < n; i++) {
        const struct log_field *f = &fields[i];
        if (!f->key)
            continue;
        if (out->n == LOG_ENTRY_FIELDS + 3 ||
            out->used + strlen(f->key) + VALUE_MAX + 16 > sizeof out->text)
            break;
        entry_field(out, f);
    }
}

static int (*journal)(const struct iovec *fields, int n);

void log_set_journal(int (*take)(const struct iovec *fields, int n))
{
    journal = take;
}

static bool write_entry(enum log_level level, const char *event, const struct log_field *fields,
                        size_t n)
{
    struct log_entry e;
    log_entry(level, event, fields, n, &e);
    return journal(e.iov, e.n) >= 0;
}

/* ---- Lines ---- */

static void write_line(enum log_level level, const char *event, const struct log_field *fields,
                       size_t n)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    char when[INSTANT_TEXT], line[LINE_MAX_BYTES];
    instant_format(INSTANT((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000), ZONE_MINUTES, when);
    int head = snprintf(line, sizeof line, "time=%s level=%s event=%s", when,
                        log_level_names[level], event);
    size_t o = put_fields(fields, n, (size_t)head, line, sizeof line);
    line[o++] = '\n';
    /* A log that can't be written must not stop the daemon. */
    while (write(STDERR_FILENO, line, o) < 0 && errno == EINTR)
        ;
}

/* Peers can have a great many lines written, and whoever reads them may be slow, or stopped: nobody
 * else waits for that. A pipe that is ready takes a whole line. */
static bool is_ready(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) != 0;
}

static void write_line_if_ready(enum log_level level, const char *event,
                                const struct log_field *fields, size_t n)
{
    static atomic_uint lost;
    unsigned before = is_ready() ? atomic_exchange(&lost, 0) : 0;
    if (before > 0)
        write_line(LEVEL_WARNING, "lines_lost", &LOG_NUMBER("lines", before), 1);
    if (is_ready())
        write_line(level, event, fields, n);
    else
        atomic_fetch_add(&lost, 1);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    if (!log_is_on(level) || (journal && write_entry(level, event, fields, n)))
        return;
    write_line_if_ready(level, event, fields, n);
}
