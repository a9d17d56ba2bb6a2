/* SPDX-License-Identifier: Apache-2.0 */
#include "base/day.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
#define MIN_US INT64_C(60000000)

/* Days and civil dates by eras of 400 years that begin on March 1, so that the leap day comes
 * last. */
struct day day_make(int year, int month, int mday)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return DAY(era * 146097 + doe - 719468);
}

void day_split(struct day d, int *year, int *month, int *mday)
{
    int z = d.n + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp + (mp < 10 ? 3 : -9);
    *year = yoe + era * 400 + (*month <= 2);
}

int day_year(struct day d)
{
    int y, m, md;
    day_split(d, &y, &m, &md);
    return y;
}

int day_check(int32_t n, const char *field, struct fault *f)
{
    char text[16];
    if (n >= DAY_MIN && n <= DAY_MAX)
        return 0;
    snprintf(text, sizeof text, "%d", n);
    return fault_set(f, field, text,
                     "days since 1970-01-01, between 1900-01-01 (%d) and 2199-12-31 (%d)", DAY_MIN,
                     DAY_MAX);
}

/* n digits as a number, or -1. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

/* YYYY-MM-DD at s. */
static bool day_read(const char *s, struct day *out)
{
    int y = digits(s, 4);
    if (y < 1900 || y > 2199 || s[4] != '-')
        return false;
    int m = digits(s + 5, 2);
    if (m < 1 || m > 12 || s[7] != '-')
        return false;
    int d = digits(s + 8, 2);
    if (d < 1 || d > 31)
        return false;
    struct day day = day_make(y, m, d);
    int yy, mm, dd;
    day_split(day, &yy, &mm, &dd);
    if (yy != y || mm != m || dd != d)
        return false;
    *out = day;
    return true;
}

int day_parse(const char *text, const char *field, struct fault *f, struct day *out)
{
    struct day d;
    if (!day_read(text, &d) || text[10])
        return fault_set(f, field, text,
                         "a day is YYYY-MM-DD, exists, and is from 1900 to 2199, like 2025-07-10");
    *out = d;
    return 0;
}

char *day_format(struct day d, char out[static DAY_TEXT])
{
    int y, m, md;
    day_split(d, &y, &m, &md);
    snprintf(out, DAY_TEXT, "%04d-%02d-%02d", y, m, md);
    return out;
}

int month_parse(const char *text, const char *field, struct fault *f, int *out)
{
    int y = digits(text, 4), m = y >= 0 && text[4] == '-' ? digits(text + 5, 2) : -1;
    if (y < 1900 || y > 2199 || m < 1 || m > 12 || text[7])
        return fault_set(f, field, text, "a month is YYYY-MM, like 2025-07");
    *out = y * 12 + m - 1;
    return 0;
}

char *month_format(int month, char out[static DAY_TEXT])
{
    snprintf(out, DAY_TEXT, "%04d-%02d", month / 12, month % 12 + 1);
    return out;
}

struct day month_first(int month)
{
    return day_make(month / 12, month % 12 + 1, 1);
}

struct day month_last(int month)
{
    return DAY(month_first(month + 1).n - 1);
}

int day_month(struct day d)
{
    int y, m, md;
    day_split(d, &y, &m, &md);
    return y * 12 + m - 1;
}

struct day day_add_months(struct day d, int months)
{
    int y, m, md, month = day_month(d) + months;
    struct day last = month_last(month);
    day_split(d, &y, &m, &md);
    struct day same = DAY(month_first(month).n + md - 1);
    return same.n < last.n ? same : last;
}

struct day day_term_end(struct day d, int months)
{
    int y, m, md, ey, em, emd;
    struct day same = day_add_months(d, months);
    day_split(d, &y, &m, &md);
    day_split(same, &ey, &em, &emd);
    return emd == md ? DAY(same.n - 1) : same;
}

/* "+08:00", "-03:30" or "Z" as minutes, up to the end of the text. */
static bool offset_read(const char *s, int *minutes)
{
    if (strcmp(s, "Z") == 0) {
        *minutes = 0;
        return true;
    }
    if ((s[0] != '+' && s[0] != '-') || strlen(s) != 6 || s[3] != ':')
        return false;
    int h = digits(s + 1, 2), m = digits(s + 4, 2);
    if (h < 0 || h > 14 || m < 0 || m > 59)
        return false;
    *minutes = (s[0] == '-' ? -1 : 1) * (h * 60 + m);
    return true;
}

static int time_fault(struct fault *f, const char *field, const char *text)
{
    return fault_set(f, field, text,
                     "a time is ISO 8601 with an offset, like 2025-07-10T09:00:00+08:00");
}

int instant_parse(const char *text, const char *field, struct fault *f, struct instant *out)
{
    struct day d;
    int h, m, s, us = 0, scale = 100000, offset;
    if (strlen(text) < 20 || !day_read(text, &d) || (text[10] != 'T' && text[10] != ' '))
        return time_fault(f, field, text);
    h = digits(text + 11, 2);
    m = digits(text + 14, 2);
    s = digits(text + 17, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59 || text[13] != ':' || text[16] != ':')
        return time_fault(f, field, text);
    const char *p = text + 19;
    if (*p == '.') {
        const char *start = ++p;
        for (; *p >= '0' && *p <= '9'; p++, scale /= 10)
            us += (*p - '0') * scale;
        if (p == start || p - start > 6)
            return time_fault(f, field, text);
    }
    if (!offset_read(p, &offset))
        return time_fault(f, field, text);
    struct instant t =
        INSTANT(d.n * DAY_US + ((int64_t)h * 3600 + m * 60 + s) * 1000000 + us - offset * MIN_US);
    if (!instant_in_range(t))
        return fault_set(f, field, text, "a time is from 1900-01-02 to 2199-12-30");
    *out = t;
    return 0;
}

bool instant_in_range(struct instant t)
{
    return t.us >= (DAY_MIN + 1) * DAY_US && t.us < DAY_MAX * DAY_US;
}

char *instant_format(struct instant t, int offset_minutes, char out[static INSTANT_TEXT])
{
    struct day d = instant_day(t, offset_minutes);
    int64_t rest = t.us + offset_minutes * MIN_US - d.n * DAY_US;
    int a = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    int y, m, md;
    day_split(d, &y, &m, &md);
    snprintf(out, INSTANT_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06d%c%02d:%02d", y, m, md,
             (int)(rest / (60 * MIN_US)), (int)(rest / MIN_US % 60), (int)(rest / 1000000 % 60),
             (int)(rest % 1000000), offset_minutes < 0 ? '-' : '+', a / 60, a % 60);
    return out;
}

struct day instant_day(struct instant t, int offset_minutes)
{
    int64_t local = t.us + offset_minutes * MIN_US;
    return DAY((int32_t)((local >= 0 ? local : local - (DAY_US - 1)) / DAY_US));
}

struct instant day_end(struct day d, int offset_minutes)
{
    return INSTANT((d.n + INT64_C(1)) * DAY_US - offset_minutes * MIN_US);
}

int zone_parse(const char *text, const char *field, struct fault *f, int *offset_minutes)
{
    /* Only zones without summer time: with one, a day's end would depend on a time zone file. */
    static const struct {
        const char *name;
        int minutes;
    } zones[] = {
        {"Asia/Shanghai", 480},  {"Asia/Chongqing", 480},
        {"Asia/Harbin", 480},    {"Asia/Urumqi", 360},
        {"Asia/Hong_Kong", 480}, {"Asia/Macau", 480},
        {"Asia/Taipei", 480},    {"Asia/Singapore", 480},
        {"Asia/Tokyo", 540},     {"UTC", 0},
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        if (strcmp(text, zones[i].name) == 0) {
            *offset_minutes = zones[i].minutes;
            return 0;
        }
    }
    int m;
    if (!offset_read(text, &m))
        return fault_set(
            f, field, text,
            "a zone without summer time, like Asia/Shanghai, or an offset like +08:00");
    *offset_minutes = m;
    return 0;
}
