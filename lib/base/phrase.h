/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences that keep their parts: the format and its values as texts. Whoever has the format in
 * another language can say the sentence in it, in this process or at the other end of a socket,
 * without taking a finished sentence apart. */
#ifndef BASE_PHRASE_H
#define BASE_PHRASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Marks a text for translators where it stands, and leaves it as it is. */
#define N_(text) text

/* Gives a text in another language, or the text itself where there is no other. */
typedef const char *translate_fn(const char *text);

#define PHRASE_FORMAT 200 /* bytes of a format with its NUL */
#define PHRASE_ARGS   256 /* bytes of all values, each with its NUL */

struct phrase {
    char format[PHRASE_FORMAT]; /* "" where the parts are not known: there is English only */
    char args[PHRASE_ARGS];     /* one after the other */
    int nargs;
};

/* Keeps a format and its values. Formats are printf's with the conversions c d i s u x, h to z for
 * the size, leading zeros with a width, and a precision for texts. "%-s" is a word of the program's
 * own: it is translated too. What is too long is not kept: format is "". Anything else in a format
 * is a programmer's error. */
void phrase_take(struct phrase *p, const char *format, va_list ap);

/* Keeps a text that has no conversions. */
void phrase_take_text(struct phrase *p, const char *text);

/* Adds one value, at most n bytes; one that has no room empties the format. */
void phrase_add(struct phrase *p, const char *value, size_t n);

/* Says the phrase by its translation. False, with out as it was: the parts are not known, there is
 * no translation, or one that asks for values that are not there. A translation may name values by
 * their places, like %2$s. It is read here and never given to printf, so that a format from another
 * process can do no harm. */
bool phrase_say(const struct phrase *p, translate_fn *translate, char *out, size_t cap);

#endif
