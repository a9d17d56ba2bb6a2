/* SPDX-License-Identifier: Apache-2.0 */
#include "base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

int money_add(struct money a, struct money b, struct money *sum)
{
    int64_t r;
    if (__builtin_add_overflow(a.fen, b.fen, &r))
        return ERR_RANGE;
    sum->fen = r;
    return 0;
}

int money_sub(struct money a, struct money b, struct money *difference)
{
    int64_t r;
    if (__builtin_sub_overflow(a.fen, b.fen, &r))
        return ERR_RANGE;
    difference->fen = r;
    return 0;
}

struct money money_rate(struct money amount, struct rate rate)
{
    return money_share(amount, MONEY(rate.ppm), MONEY(RATE_ONE));
}

struct money money_share(struct money amount, struct money part, struct money whole)
{
    assert(amount.fen >= 0 && part.fen >= 0 && whole.fen > 0 && part.fen <= whole.fen);
    return MONEY((int64_t)((__int128)amount.fen * part.fen / whole.fen));
}

/* Reads DIGITS[.DIGITS] with at most `decimals` decimals as an integer of that many decimals.
 * Returns the number of characters read, 0 if the form is wrong, or -1 if it is above max. */
static int decimal_read(const char *s, int decimals, int64_t max, int64_t *out)
{
    int64_t v = 0;
    int i = 0, seen = 0;
    bool over = false;
    while (s[i] >= '0' && s[i] <= '9') {
        if (!over &&
            (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s[i] - '0', &v)))
            over = true;
        i++;
    }
    if (i == 0)
        return 0;
    if (s[i] == '.') {
        i++;
        while (s[i] >= '0' && s[i] <= '9') {
            if (++seen > decimals)
                return 0;
            if (!over &&
                (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s[i] - '0', &v)))
                over = true;
            i++;
        }
        if (seen == 0)
            return 0;
    }
    for (; seen < decimals; seen++)
        if (!over && __builtin_mul_overflow(v, 10, &v))
            over = true;
    if (over || v > max)
        return -1;
    *out = v;
    return i;
}

int money_parse(const char *text, const char *field, struct fault *f, struct money *out)
{
    int64_t fen;
    int n = decimal_read(text, 2, LIMIT_AMOUNT_FEN, &fen);
    if (n == -1)
        return fault_set(f, field, text, "an amount is at most %s yuan", LIMIT_AMOUNT_TEXT);
    if (n == 0 || text[n])
        return fault_set(f, field, text,
                         "an amount is decimal yuan with at most two decimals, like 1200000.00");
    out->fen = fen;
    return 0;
}

int money_parse_positive(const char *text, const char *field, struct fault *f, struct money *out)
{
    struct money m = {0};
    int rc = money_parse(text, field, f, &m);
    if (rc < 0)
        return rc;
    if (m.fen == 0)
        return fault_set(f, field, text, "an amount is at least 0.01 yuan");
    *out = m;
    return 0;
}

int money_parse_wan(const char *text, const char *field, struct fault *f, struct money *out)
{
    int64_t fen; /* 10,000 yuan are 10^6 fen */
    int n = decimal_read(text, 6, LIMIT_AMOUNT_FEN, &fen);
    if (n == -1)
        return fault_set(f, field, text, "an amount is at most %s yuan", LIMIT_AMOUNT_TEXT);
    if (n == 0 || text[n])
        return fault_set(
            f, field, text,
            "an amount in units of 10,000 yuan, with at most six decimals, like 120.5");
    if (fen == 0)
        return fault_set(f, field, text, "an amount is at least 0.01 yuan");
    out->fen = fen;
    return 0;
}

bool money_ungroup(const char *text, char *out, size_t cap)
{
    size_t whole = strcspn(text, "."), n = strlen(text), o = 0;
    bool grouped = memchr(text, ',', whole) != NULL;
    if (n >= cap || memchr(text + whole, ',', n - whole) || (grouped && text[0] == ','))
        return false;
    for (size_t i = 0; i < whole; i++)
        if (grouped && (text[i] == ',') != ((whole - i) % 4 == 0))
            return false;
    for (size_t i = 0; i < n; i++)
        if (text[i] != ',')
            out[o++] = text[i];
    out[o] = 0;
    return true;
}

int money_check(int64_t fen, const char *field, struct fault *f)
{
    char text[32];
    if (fen >= 1 && fen <= LIMIT_AMOUNT_FEN)
        return 0;
    snprintf(text, sizeof text, "%" PRId64 " fen", fen);
    if (fen < 1)
        return fault_set(f, field, text, "an amount is at least 1 fen");
    return fault_set(f, field, text, "an amount is at most %s yuan", LIMIT_AMOUNT_TEXT);
}

char *money_format(struct money m, char out[static MONEY_TEXT])
{
    uint64_t v = m.fen < 0 ? -(uint64_t)m.fen : (uint64_t)m.fen;
    snprintf(out, MONEY_TEXT, "%s%" PRIu64 ".%02u", m.fen < 0 ? "-" : "", v / 100,
             (unsigned)(v % 100));
    return out;
}

char *money_format_grouped(struct money m, char out[static MONEY_TEXT])
{
    char plain[MONEY_TEXT];
    money_format(m, plain);
    const char *s = plain;
    char *o = out;
    if (*s == '-')
        *o++ = *s++;
    size_t whole = strlen(s) - 3;
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            *o++ = ',';
        *o++ = s[i];
    }
    memcpy(o, s + whole, 4);
    return out;
}

int rate_parse(const char *text, const char *field, struct fault *f, struct rate *out)
{
    int64_t v;
    int n = decimal_read(text, 4, RATE_ONE, &v);
    const char *rest = n > 0 ? text + n : text;
    if (*rest == ' ')
        rest++;
    if (n <= 0 || strcmp(rest, "%") != 0)
        return fault_set(f, field, text,
                         "a rate is 0 %% to 100 %% with at most four decimals, like 12.5 %%");
    out->ppm = (uint32_t)v;
    return 0;
}

char *rate_format(struct rate r, char out[static MONEY_TEXT])
{
    int n = snprintf(out, MONEY_TEXT, "%u.%04u", r.ppm / 10000, r.ppm % 10000);
    while (out[n - 1] == '0')
        n--;
    if (out[n - 1] == '.')
        n--;
    memcpy(out + n, " %", 3);
    return out;
}
