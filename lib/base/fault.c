/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static void fault_head(struct fault *f, const char *field, const char *value, size_t n)
{
    snprintf(f->field, sizeof f->field, "%s", field);
    text_printable(value, n, f->value, sizeof f->value);
}

__attribute__((format(printf, 5, 0))) static int fault_fill(struct fault *f, const char *field,
                                                            const char *value, size_t n,
                                                            const char *fmt, va_list ap)
{
    char text[1024];
    if (!f)
        return ERR_INVALID;
    fault_head(f, field, value, n);
    phrase_take(&f->phrase, fmt, ap);
    vsnprintf(text, sizeof text, fmt, ap);
    text_printable(text, strlen(text), f->expected, sizeof f->expected);
    return ERR_INVALID;
}

int fault_set_v(struct fault *f, const char *field, const char *value, const char *fmt, va_list ap)
{
    return fault_fill(f, field, value ? value : "", value ? strlen(value) : 0, fmt, ap);
}

int fault_set(struct fault *f, const char *field, const char *value, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = fault_set_v(f, field, value, fmt, ap);
    va_end(ap);
    return rc;
}

int fault_set_n(struct fault *f, const char *field, const char *value, unsigned long n,
                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int rc = fault_fill(f, field, value, n, fmt, ap);
    va_end(ap);
    return rc;
}

int fault_say(struct fault *f, const char *field, const char *value, const char *expected)
{
    if (!f)
        return ERR_INVALID;
    fault_head(f, field, value ? value : "", value ? strlen(value) : 0);
    phrase_take_text(&f->phrase, expected);
    text_printable(expected, strlen(expected), f->expected, sizeof f->expected);
    return ERR_INVALID;
}

/* Quotes around nothing would only be noise. */
static void say(const struct fault *f, const char *expected, char *out, unsigned long cap)
{
    if (*f->value)
        snprintf(out, cap, "%s: '%s': %s", f->field, f->value, expected);
    else
        snprintf(out, cap, "%s: %s", f->field, expected);
}

void fault_text(const struct fault *f, char *out, unsigned long cap)
{
    say(f, f->expected, out, cap);
}

void fault_text_in(translate_fn *translate, const struct fault *f, char *out, unsigned long cap)
{
    char expected[1024];
    if (!phrase_say(&f->phrase, translate, expected, sizeof expected))
        snprintf(expected, sizeof expected, "%s", f->expected);
    say(f, expected, out, cap);
}
