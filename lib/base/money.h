/* SPDX-License-Identifier: Apache-2.0 */
/* Money: whole fen in 64 bits, exact, every step checked. Rates: exact parts per million. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"

struct money {
    int64_t fen;
};

struct rate {
    uint32_t ppm; /* parts per million: 500000 is 50 %; at most 1000000 */
};

#define MONEY(f)   ((struct money){(f)})
#define RATE_ONE   1000000U
#define MONEY_TEXT 32 /* bytes for any amount as text, with separators and NUL */

static inline bool money_less(struct money a, struct money b)
{
    return a.fen < b.fen;
}

static inline struct money money_min(struct money a, struct money b)
{
    return a.fen < b.fen ? a : b;
}

static inline struct money money_max(struct money a, struct money b)
{
    return a.fen > b.fen ? a : b;
}

/* *sum = a + b, *difference = a - b; ERR_RANGE where 64 bits overflow. */
int money_add(struct money a, struct money b, struct money *sum) MUST_CHECK;
int money_sub(struct money a, struct money b, struct money *difference) MUST_CHECK;

/* floor(rate x amount), exact; the amount is not negative and at most INT64_MAX, so that the result
 * always fits (measures: "the one rounding is down to the fen"). */
struct money money_rate(struct money amount, struct rate rate);

/* floor(amount x part / whole), exact; 0 <= part <= whole, whole > 0, amount >= 0. */
struct money money_share(struct money amount, struct money part, struct money whole);

/* Reads decimal yuan: digits, then at most two decimals behind a point; no sign, exponent, blank or
 * separator. 0 is allowed. A mistake, an amount above LIMIT_AMOUNT_FEN included, is told in *f with
 * the field's name. */
int money_parse(const char *text, const char *field, struct fault *f, struct money *out) MUST_CHECK;

/* As money_parse, but 0 is a mistake too. */
int money_parse_positive(const char *text, const char *field, struct fault *f,
                         struct money *out) MUST_CHECK;

/* As money_parse_positive, but of an amount in units of 10,000 yuan with at most six decimals: 12.5
 * is 125,000.00 yuan. */
int money_parse_wan(const char *text, const char *field, struct fault *f,
                    struct money *out) MUST_CHECK;

/* Copies an amount without its thousands separators. False, and nothing copied, where one stands
 * elsewhere than before each three digits of the whole yuan, or the text has no room in cap bytes.
 */
bool money_ungroup(const char *text, char *out, size_t cap);

/* Whether it may be the amount of a command: 1 fen to LIMIT_AMOUNT_FEN. Told in *f if not. */
int money_check(int64_t fen, const char *field, struct fault *f) MUST_CHECK;

/* "1200000.00": for JSON and files. Returns out, which has MONEY_TEXT bytes. */
char *money_format(struct money m, char out[static MONEY_TEXT]);

/* "1,200,000.00": for people. */
char *money_format_grouped(struct money m, char out[static MONEY_TEXT]);

/* Reads "50 %", "50%", "12.5 %" or "33.3333 %": 0 to 100, at most four decimals, exact. */
int rate_parse(const char *text, const char *field, struct fault *f, struct rate *out) MUST_CHECK;

/* "50 %", "12.5 %". Returns out. */
char *rate_format(struct rate r, char out[static MONEY_TEXT]);

#endif
