/* SPDX-License-Identifier: Apache-2.0 */
/* Civil days (proleptic Gregorian) and instants. Neither reads a clock or a time zone file. */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"

struct day {
    int32_t n; /* days since 1970-01-01 */
};

struct instant {
    int64_t us; /* microseconds since 1970-01-01T00:00:00Z, no leap seconds */
};

#define DAY(d)       ((struct day){(d)})
#define INSTANT(u)   ((struct instant){(u)})
#define DAY_TEXT     16 /* bytes for a day as text */
#define INSTANT_TEXT 80 /* bytes for an instant as text */

/* The first and last day that the project takes: 1900-01-01 and 2199-12-31. */
#define DAY_MIN (-25567)
#define DAY_MAX 84005

/* Months are 1 to 12; the day must exist. */
struct day day_make(int year, int month, int mday);
int day_year(struct day d);
void day_split(struct day d, int *year, int *month, int *mday);

/* Whether it lies between DAY_MIN and DAY_MAX; told in *f if not. */
int day_check(int32_t n, const char *field, struct fault *f) MUST_CHECK;

/* Reads YYYY-MM-DD, a real day. */
int day_parse(const char *text, const char *field, struct fault *f, struct day *out) MUST_CHECK;
char *day_format(struct day d, char out[static DAY_TEXT]);

/* Reads YYYY-MM as months since the year 0: 2025-07 is 2025 * 12 + 6. */
int month_parse(const char *text, const char *field, struct fault *f, int *out) MUST_CHECK;
char *month_format(int month, char out[static DAY_TEXT]);
/* A month's first and last day; the month of a day. */
struct day month_first(int month);
struct day month_last(int month);
int day_month(struct day d);
/* So many months later: the same day of that month, or its last one where it has no such day. */
struct day day_add_months(struct day d, int months);
/* The last day of a term of so many months that begins on d: the day before the same day of the
 * month, or the month's last where it has no such day. From 2025-01-31 a month runs to 2025-02-28,
 * a year from 2024-02-29 to 2025-02-28. */
struct day day_term_end(struct day d, int months);

/* Reads ISO 8601 with an offset: 2025-07-10T09:00:00+08:00, seconds' fraction optional (to the
 * microsecond), or Z. */
int instant_parse(const char *text, const char *field, struct fault *f,
                  struct instant *out) MUST_CHECK;

/* Whether its day lies between DAY_MIN and DAY_MAX wherever one is. */
bool instant_in_range(struct instant t);

/* 2025-07-10T09:00:00.000000+08:00 at the given offset east of UTC, in minutes. */
char *instant_format(struct instant t, int offset_minutes, char out[static INSTANT_TEXT]);

/* The civil day of an instant at an offset east of UTC, in minutes; and the instant at which that
 * day ends (24:00, not itself part of the day). */
struct day instant_day(struct instant t, int offset_minutes);
struct instant day_end(struct day d, int offset_minutes);

/* Reads the name of a zone with one fixed offset today (Asia/Shanghai, Asia/Hong_Kong, UTC, ...) or
 * an offset (+08:00) as minutes east of UTC. */
int zone_parse(const char *text, const char *field, struct fault *f,
               int *offset_minutes) MUST_CHECK;

#endif
