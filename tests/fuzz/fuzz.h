/* SPDX-License-Identifier: Apache-2.0 */
/* What every target for libFuzzer has in common. A target takes any bytes and asserts what must
 * hold whatever they are; cmocka's assertions, and so the checks of the unit tests, end the program
 * here. The ordinary build links replay.c in place of libFuzzer and runs the corpus. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* Before the first input: no test runs that a failed assertion could go back to. */
__attribute__((constructor)) static void fuzz_begin(void)
{
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    setenv("VOUCHERD_SOURCE", SOURCE_ROOT, 0);
}

/* Bytes as a program of their own: each step takes some. Zeros behind the end. */
struct tape {
    const uint8_t *p;
    size_t n;
};

static inline unsigned tape_byte(struct tape *t)
{
    if (t->n == 0)
        return 0;
    t->n--;
    return *t->p++;
}

static inline unsigned tape_below(struct tape *t, unsigned n)
{
    return tape_byte(t) % n;
}

/* Up to n bytes, as many as there are. */
static inline struct span tape_take(struct tape *t, size_t n)
{
    struct span s = SPAN(t->p, n < t->n ? n : t->n);
    t->p += s.n;
    t->n -= s.n;
    return s;
}

/* What is told to a person is text, and says what would be right. */
static inline void text_sound(const char *s, size_t cap)
{
    size_t n = strnlen(s, cap);
    assert_true(n < cap);
    assert_int_equal(text_utf8_valid(s, n), n);
    for (size_t i = 0; i < n; i++)
        assert_true((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
}

/* Stands for a catalogue: every text has another in it. A result is good for 63 more calls. */
static inline const char *foreign(const char *text)
{
    static char ring[64][1024];
    static unsigned next;
    char *out = ring[next++ % 64];
    snprintf(out, sizeof ring[0], "译%s", text);
    return out;
}

static inline void fault_sound(const struct fault *f)
{
    char text[2048];
    fault_text_in(foreign, f, text, sizeof text);
    text_sound(text, sizeof text);
    text_sound(f->field, sizeof f->field);
    text_sound(f->value, sizeof f->value);
    text_sound(f->expected, sizeof f->expected);
    assert_true(f->field[0] && f->expected[0]);
}

#endif
