/* SPDX-License-Identifier: Apache-2.0 */
/* The language of what people read. Every text that a tool shows stands in _() where it is shown,
 * or in N_() where a table holds it. Codes, JSON and what a daemon says stay English. */
#ifndef TOOLS_LANGUAGE_H
#define TOOLS_LANGUAGE_H

#include <libintl.h>
#include <stdbool.h>

#include "base/fault.h"

#define LANGUAGE_DOMAIN "voucherd"
#define _(text)         dgettext(LANGUAGE_DOMAIN, text)

/* Chooses the language by the environment and finds its texts; before anything is shown. Texts are
 * UTF-8 in and out whatever the locale, and a table must know how wide they are: where the locale
 * has another character set, or is not there, that of C.UTF-8 is taken. */
void language_start(void);

/* Whether texts are Chinese: VOUCHERD_LANG says so; else LANGUAGE, in a locale other than C; else
 * LC_ALL, LC_MESSAGES or LANG, whether or not this machine has the locale that they name. */
bool language_is_chinese(void);

/* English from now on: for JSON that has whole sentences in it. */
void language_end(void);

/* _() as a function; "" stays "". */
const char *language_translate(const char *text);

/* "FIELD: 'VALUE': EXPECTED" in the language. */
void language_fault(const struct fault *f, char *out, unsigned long cap);

#endif
