/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one line an event on standard error, key=value, written by one write(); or one entry of
 * the journal, with fields. Any thread. A line for which standard error is not ready is lost; how
 * many were, the next one says. Values that hold more than plain characters are quoted and
 * escaped, so that nothing that a peer sends can begin a line or a field of its own; what looks
 * like a person's number is left out. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum log_level {
    LEVEL_DEBUG = 0,
    LEVEL_INFO,
    LEVEL_WARNING,
    LEVEL_ERROR,
};

struct log_field {
    const char *key; /* NULL: not a field */
    const char *text;
    int64_t number; /* if text is NULL */
};

#define LOG_TEXT(k, t)   ((struct log_field){(k), (t), 0})
#define LOG_NUMBER(k, v) ((struct log_field){(k), NULL, (int64_t)(v)})

/* LOG(LEVEL_INFO, "ready", LOG_TEXT("addr", addr), LOG_NUMBER("entries", n)) */
#define LOG(level, event, ...)                                                                     \
    log_write((level), (event), (const struct log_field[]){{0}, ##__VA_ARGS__},                    \
              sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field))

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* Lines below the level are not written. Called before there are threads. */
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);

/* ---- The journal ---- */

#define LOG_ENTRY_FIELDS 24    /* of one event; more are left out */
#define LOG_ENTRY_BYTES  20480 /* room for all of them, each cut to what a line has for it */

/* An event as fields of the journal. */
struct log_entry {
    int n;
    struct iovec iov[LOG_ENTRY_FIELDS + 3];
    size_t used;
    char text[LOG_ENTRY_BYTES];
};

/* MESSAGE, a line to read; PRIORITY, as syslog has it; VOUCHERD_EVENT; and each field by its name
 * in upper case behind VOUCHERD_, such as VOUCHERD_PRINCIPAL. */
void log_entry(enum log_level level, const char *event, const struct log_field *fields, size_t n,
               struct log_entry *out);

/* Takes entries from now on; what it does not take (< 0) becomes a line. Called before there are
 * threads. */
void log_set_journal(int (*take)(const struct iovec *fields, int n));

/* Names of the levels, NULL-terminated, in their order. */
extern const char *const log_level_names[];

/* The value as it stands in a line, quoted where it must be. At most cap - 1 bytes; a long one is
 * cut and ends in "...". Returns its length. */
size_t log_value(const char *text, char *out, size_t cap);

#endif
