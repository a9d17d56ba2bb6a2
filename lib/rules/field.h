/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: what claims may state besides a contract, as a policy declares them, and the facts that a
 * claim states in them. */
#ifndef RULES_FIELD_H
#define RULES_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/limits.h"

enum fact_form {
    FACT_TEXT = 1, /* 1 to LIMIT_NUMBER bytes, one line */
    FACT_WORD,     /* one of the policy's words */
    FACT_COUNT,    /* a whole number */
    FACT_QUANTITY, /* with at most four decimals */
    FACT_MONEY,    /* yuan with at most two */
    FACT_DAY,
    FACT_MONTH,
    FACT_YEAR,
    FACT_PERSON, /* a keyed hash: KEYID:HEX */
};

#define QUANTITY_ONE  10000                 /* of a quantity's and a count's steps */
#define QUANTITY_MOST INT64_C(999999999999) /* whole units */
/* Between the values that name a spending, so in none of them. */
#define VALUE_SEPARATOR "|"

struct claim_field {
    char name[LIMIT_NAME + 1];
    enum fact_form form;
    int nwords;
    char (*words)[LIMIT_NAME + 1];
};

/* A fact read: text and word as their text, too. */
struct fact_value {
    bool given;
    int64_t n; /* count and quantity in 1/QUANTITY_ONE, fen, day, month, year; a word's index */
    const char *text; /* as stated */
};

/* By the policy's fields. */
struct facts {
    struct fact_value of[LIMIT_FIELDS];
};

/* Reads a value of a field; a mistake is told under `name` in *f. */
int fact_read(const struct claim_field *field, const char *text, const char *name, struct fault *f,
              struct fact_value *out) MUST_CHECK;

/* One way to write a value, so that the same is the same: "12" for 012.0. At most cap bytes with
 * the NUL; false: it is longer. */
bool fact_format(const struct claim_field *field, const struct fact_value *v, char *out,
                 unsigned long cap);

/* Reads a quantity as fact_read does: for policy files. */
int quantity_parse(const char *text, const char *field, struct fault *f, int64_t *out) MUST_CHECK;
/* "4999.99", "120": without zeros at the end. Returns out. */
#define QUANTITY_TEXT 32
char *quantity_format(int64_t q, char out[static QUANTITY_TEXT]);

#endif
