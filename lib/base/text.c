/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the valid character at s, or 0. */
static size_t char_len(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80)
        return 1;
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return len;
}

size_t text_utf8_valid(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n) {
        size_t len = char_len((const unsigned char *)s + i, n - i);
        if (len == 0)
            return i;
        i += len;
    }
    return n;
}

/* C0, DEL, C1, the line and paragraph separators, and what nobody sees: zero-width characters,
 * marks of direction, the byte order mark. */
static bool is_control(const unsigned char *s, size_t len)
{
    if (len == 1)
        return s[0] < 0x20 || s[0] == 0x7f;
    if (len == 2)
        return s[0] == 0xc2 && s[1] < 0xa0;
    if (len != 3)
        return false;
    return (s[0] == 0xe2 && s[1] == 0x80 &&
            ((s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
           (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf);
}

/* Bytes of the blank at s: a space, a no-break space or the ideographic space; 0 if it is none. */
static size_t blank_len(const char *s, size_t n)
{
    if (n >= 1 && s[0] == ' ')
        return 1;
    if (n >= 2 && memcmp(s, "\xc2\xa0", 2) == 0)
        return 2;
    return n >= 3 && memcmp(s, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

static bool ends_blank(const char *s, size_t n)
{
    for (size_t len = 1; len <= 3 && len <= n; len++)
        if (blank_len(s + n - len, len) == len)
            return true;
    return false;
}

bool text_is_line(const char *s, size_t n, size_t limit)
{
    if (n == 0 || n > limit || blank_len(s, n) || ends_blank(s, n))
        return false;
    for (size_t i = 0; i < n;) {
        size_t len = char_len((const unsigned char *)s + i, n - i);
        if (len == 0 || is_control((const unsigned char *)s + i, len))
            return false;
        i += len;
    }
    return true;
}

/* How many bytes the character at s takes when shown, and how many of s it is. */
static size_t shown(const char *s, size_t n, size_t *step)
{
    size_t len = char_len((const unsigned char *)s, n);
    bool plain = len != 0 && !is_control((const unsigned char *)s, len);
    *step = plain ? len : 1;
    return plain ? len : 4;
}

void text_printable(const char *s, size_t n, char *out, size_t cap)
{
    size_t o = 0, step, whole = 0;
    for (size_t i = 0; i < n && whole < cap; i += step)
        whole += shown(s + i, n - i, &step);
    size_t room = whole < cap ? cap - 1 : cap >= 4 ? cap - 4 : 0; /* dots where it does not fit */
    for (size_t i = 0; i < n; i += step) {
        size_t len = shown(s + i, n - i, &step);
        if (o + len > room)
            break;
        if (len == step)
            memcpy(out + o, s + i, len);
        else
            snprintf(out + o, 5, "\\x%02x", (unsigned char)s[i]);
        o += len;
    }
    if (whole >= cap && cap >= 4) {
        memcpy(out + o, "...", 3);
        o += 3;
    }
    out[o] = 0;
}
