/* SPDX-License-Identifier: Apache-2.0 */
/* A mistake in what a person or program sent: which field, what it held, what would be right.
 * A fault is told to the sender and logged; it is never an entry of the book. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdarg.h>

#include "base/phrase.h"

struct fault {
    char field[64];       /* "amount", "attest.document" */
    char value[96];       /* the value as sent, shortened, made printable */
    char expected[192];   /* what would be right: "decimal yuan, at most two decimals" */
    struct phrase phrase; /* the same in its parts, for other languages */
};

/* Fills *f (may be NULL) and returns ERR_INVALID, so that a reader can end with
 * `return fault_set(f, ...)`. value may be NULL; value and field are copied. Formats as
 * phrase_take has them. */
int fault_set(struct fault *f, const char *field, const char *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
int fault_set_v(struct fault *f, const char *field, const char *value, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

/* As fault_set, the value given by its length. */
int fault_set_n(struct fault *f, const char *field, const char *value, unsigned long n,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* As fault_set, for a text that is no format. */
int fault_say(struct fault *f, const char *field, const char *value, const char *expected);

/* Writes "FIELD: 'VALUE': EXPECTED", or "FIELD: EXPECTED" without a value, into out (cap bytes,
 * always terminated). */
void fault_text(const struct fault *f, char *out, unsigned long cap);

/* As fault_text, in the language of translate as far as that has it. */
void fault_text_in(translate_fn *translate, const struct fault *f, char *out, unsigned long cap);

#endif
