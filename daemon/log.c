/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/log.h"

#include <errno.h>
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

/* One character of text as it stands inside quotes; its length in *used. Returns bytes put in out,
 * which has 16. */
static size_t escape(const char *text, bool after_digit, size_t *used, char *out)
{
    size_t person = after_digit ? 0 : person_number(text);
    if (person) {
        *used = person;
        return (size_t)snprintf(out, 16, "(%zu digits)", person);
    }
    *used = 1;
    if (*text == '"' || *text == '\\')
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
    after_digit = false;
    while (*text) {
        char one[16];
        size_t used, n = escape(text, after_digit, &used, one);
        if (o + n + 5 > cap) { /* "...", the quote, the end */
            memcpy(out + o, "...", 3);
            o += 3;
            break;
        }
        after_digit = is_digit(*text);
        memcpy(out + o, one, n);
        o += n;
        text += used;
    }
    if (quote)
        out[o++] = '"';
    out[o] = 0;
    return o;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
    if (!log_is_on(level))
        return;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    char when[INSTANT_TEXT], line[LINE_MAX_BYTES], value[VALUE_MAX];
    instant_format(INSTANT((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000), ZONE_MINUTES, when);
    int head = snprintf(line, sizeof line, "time=%s level=%s event=%s", when,
                        log_level_names[level], event);
    size_t o = (size_t)head;
    for (size_t i = 0; i < n; i++) {
        const struct log_field *f = &fields[i];
        if (!f->key)
            continue;
        if (f->text)
            log_value(f->text, value, sizeof value);
        else
            snprintf(value, sizeof value, "%lld", (long long)f->number);
        size_t need = strlen(f->key) + strlen(value) + 2;
        if (o + need + 1 > sizeof line)
            break;
        o += (size_t)snprintf(line + o, sizeof line - o, " %s=%s", f->key, value);
    }
    line[o++] = '\n';
    /* A log that can't be written must not stop the daemon; a short write to a full pipe is lost.
     */
    while (write(STDERR_FILENO, line, o) < 0 && errno == EINTR)
        ;
}
