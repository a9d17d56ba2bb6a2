/* SPDX-License-Identifier: Apache-2.0 */
#include "base/phrase.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* One conversion: %[PLACE$][-][0][WIDTH][.PRECISION][SIZE]LETTER. */
struct conversion {
    int place; /* from 1; 0: the next */
    bool word; /* %-s */
    int width; /* of zeros */
    int precision;
    char size; /* 0, 'h', 'l', 'L' for ll, 'z', 't', 'j' */
    char letter;
};

static int digits_read(const char **s)
{
    int n = 0;
    while (**s >= '0' && **s <= '9' && n < 100000)
        n = n * 10 + (*(*s)++ - '0');
    return n;
}

/* Reads what stands behind a '%'. Returns the first character after it, NULL if it is none that is
 * known here. */
static const char *conversion_read(const char *s, struct conversion *c)
{
    *c = (struct conversion){.precision = -1};
    size_t n = strspn(s, "0123456789");
    if (n > 0 && s[n] == '$') {
        c->place = digits_read(&s);
        s++;
        if (c->place == 0)
            return NULL;
    }
    if (*s == '-')
        c->word = true, s++;
    if (*s == '0')
        c->width = digits_read(&s);
    if (*s == '.')
        s++, c->precision = digits_read(&s);
    if (*s && strchr("hlztj", *s))
        c->size = *s++;
    if ((c->size == 'l' || c->size == 'h') && *s == c->size)
        c->size = c->size == 'l' ? 'L' : 'h', s++;
    c->letter = *s;
    bool known = *s && strchr("cdisux", *s) && (!c->word || *s == 's');
    return known ? s + 1 : NULL;
}

void phrase_add(struct phrase *p, const char *value, size_t n)
{
    size_t at = 0;
    for (int i = 0; i < p->nargs; i++)
        at += strlen(p->args + at) + 1;
    if (at + n + 1 > sizeof p->args) {
        p->format[0] = 0;
        return;
    }
    memcpy(p->args + at, value, n);
    p->args[at + n] = 0;
    p->nargs++;
}

/* va_list is an array on some machines: handed on inside a struct it is one thing everywhere. */
struct values {
    va_list ap;
};

static intmax_t signed_value(struct values *v, char size)
{
    switch (size) {
    case 'l':
        return va_arg(v->ap, long);
    case 'L':
        return va_arg(v->ap, long long);
    case 'z':
    case 't':
        return va_arg(v->ap, ptrdiff_t);
    case 'j':
        return va_arg(v->ap, intmax_t);
    default:
        return va_arg(v->ap, int);
    }
}

static uintmax_t unsigned_value(struct values *v, char size)
{
    switch (size) {
    case 'l':
        return va_arg(v->ap, unsigned long);
    case 'L':
        return va_arg(v->ap, unsigned long long);
    case 'z':
    case 't':
        return va_arg(v->ap, size_t);
    case 'j':
        return va_arg(v->ap, uintmax_t);
    default:
        return va_arg(v->ap, unsigned);
    }
}

/* Cuts in front of a character, not inside. What lies behind the n bytes is not text, maybe. */
static size_t whole(const char *s, size_t n)
{
    size_t valid = text_utf8_valid(s, n);
    return n - valid < 4 ? valid : n;
}

static void value_take(struct phrase *p, const struct conversion *c, struct values *v)
{
    char text[64];
    const char *s = text;
    switch (c->letter) {
    case 's':
        s = va_arg(v->ap, const char *);
        break;
    case 'c':
        text[0] = (char)va_arg(v->ap, int);
        text[1] = 0;
        break;
    case 'u':
        snprintf(text, sizeof text, "%0*" PRIuMAX, c->width, unsigned_value(v, c->size));
        break;
    case 'x':
        snprintf(text, sizeof text, "%0*" PRIxMAX, c->width, unsigned_value(v, c->size));
        break;
    default:
        snprintf(text, sizeof text, "%0*" PRIdMAX, c->width, signed_value(v, c->size));
    }
    size_t n = c->precision < 0 ? strlen(s) : strnlen(s, (size_t)c->precision);
    phrase_add(p, s, c->precision < 0 ? n : whole(s, n));
}

void phrase_take(struct phrase *p, const char *format, va_list ap)
{
    struct values v;
    struct conversion c;
    p->nargs = 0;
    p->format[0] = 0;
    if (strlen(format) >= sizeof p->format)
        return;
    memcpy(p->format, format, strlen(format) + 1);
    va_copy(v.ap, ap);
    for (const char *s = format; p->format[0] && (s = strchr(s, '%'));) {
        if (s[1] == '%') {
            s += 2;
            continue;
        }
        s = conversion_read(s + 1, &c);
        assert(s && c.place == 0 && c.width < (int)sizeof p->format / 4);
        value_take(p, &c, &v);
    }
    va_end(v.ap);
}

void phrase_take_text(struct phrase *p, const char *text)
{
    size_t n = strlen(text);
    bool plain = n < sizeof p->format && !strchr(text, '%');
    p->nargs = 0;
    p->format[0] = 0;
    if (plain)
        memcpy(p->format, text, n + 1);
}

static const char *value_at(const struct phrase *p, int place)
{
    const char *s = p->args;
    if (place < 1 || place > p->nargs)
        return NULL;
    while (--place > 0)
        s += strlen(s) + 1;
    return s;
}

/* The next piece of a translation at *s: text, or a value in a conversion's place. NULL if it asks
 * for what is not there. */
static const char *piece_next(const struct phrase *p, translate_fn *translate, const char **s,
                              int *place, size_t *len)
{
    struct conversion c;
    const char *piece = *s;
    *len = strcspn(piece, "%");
    if (*len == 0 && piece[1] == '%') {
        *len = 1;
        *s += 2;
        return piece;
    }
    if (*len > 0) {
        *s += *len;
        return piece;
    }
    *s = conversion_read(*s + 1, &c);
    piece = *s ? value_at(p, c.place ? c.place : ++*place) : NULL;
    if (piece && c.word && *piece)
        piece = translate(piece);
    *len = piece ? strlen(piece) : 0;
    return piece;
}

bool phrase_say(const struct phrase *p, translate_fn *translate, char *out, size_t cap)
{
    char text[1024];
    size_t n = 0, len;
    int place = 0;
    const char *s = p->format[0] ? translate(p->format) : p->format;
    if (s == p->format)
        return false;
    while (*s) {
        const char *piece = piece_next(p, translate, &s, &place, &len);
        if (!piece || n + len >= sizeof text)
            return false;
        memcpy(text + n, piece, len);
        n += len;
    }
    snprintf(out, cap, "%.*s", (int)n, text);
    return true;
}
