/* SPDX-License-Identifier: Apache-2.0 */
/* Texts: strict UTF-8 (RFC 3629: no overlong forms, no surrogates), and what may stand in a name.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies s into out (cap bytes, always terminated), as much as fits: for what is within its limit.
 */
static inline void text_copy(char *out, size_t cap, const char *s)
{
    size_t n = strnlen(s, cap - 1);
    memcpy(out, s, n);
    out[n] = 0;
}

/* The offset of the first byte that is not valid UTF-8, or n if all is. */
size_t text_utf8_valid(const char *s, size_t n);

/* Whether s is valid UTF-8, 1 to limit bytes, without control characters, line breaks or leading
 * or trailing blanks: what a name, a number or a document's title may be. */
bool text_is_line(const char *s, size_t n, size_t limit);

/* Copies s into out (cap bytes, always terminated), control characters and invalid bytes shown as
 * \xNN, shortened with "..." where it does not fit, never inside a character. For errors. */
void text_printable(const char *s, size_t n, char *out, size_t cap);

#endif
