/* SPDX-License-Identifier: Apache-2.0 */
/* Phrases: what is kept of a format, and how it is said in another language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/text.h"

/* What the translator of this test knows. */
static const char *from, *to, *word_from, *word_to;

static const char *translate(const char *text)
{
    if (strcmp(text, from) == 0)
        return to;
    return word_from && strcmp(text, word_from) == 0 ? word_to : text;
}

static void know(const char *format, const char *translation)
{
    from = format;
    to = translation;
    word_from = NULL;
}

__attribute__((format(printf, 2, 3))) static void take(struct phrase *p, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    phrase_take(p, format, ap);
    va_end(ap);
}

/* Said by a copy of its own format, a phrase is what printf makes of it. */
#define SAME(format, ...)                                                                          \
    do {                                                                                           \
        char *copy = strdup(format), said[300], printed[300];                                      \
        struct phrase p;                                                                           \
        know(format, copy);                                                                        \
        take(&p, format, __VA_ARGS__);                                                             \
        assert_true(phrase_say(&p, translate, said, sizeof said));                                 \
        snprintf(printed, sizeof printed, format, __VA_ARGS__);                                    \
        assert_string_equal(said, printed);                                                        \
        free(copy);                                                                                \
    } while (0)

static void every_conversion(void **state)
{
    (void)state;
    SAME("%s and '%s'", "one", "");
    SAME("%.3s of %.160s", "measures", "short");
    SAME("%d %d %i", INT32_MIN, 0, 7);
    SAME("%u", UINT32_MAX);
    SAME("%ld %lu", INT64_MIN, UINT64_MAX);
    SAME("%lld %llu", (long long)INT64_MIN, (unsigned long long)UINT64_MAX);
    SAME("%" PRIu64 " %" PRId64 " %" PRIu32, UINT64_MAX, INT64_MIN, UINT32_MAX);
    SAME("%zu %td %jd", SIZE_MAX, (ptrdiff_t)-3, (intmax_t)-4);
    SAME("%hd %hhu", (short)-5, (unsigned char)200);
    SAME("0x%02x %c", 10U, 'W');
    SAME("%d.%03d s", 10, 5);
    SAME("100 %% of %d %%", 5);
}

static void values_change_places_and_words_are_translated(void **state)
{
    struct phrase p;
    char out[100];
    (void)state;
    know("%s of %-s: %d %%", "%3$d %% \xe2\x80\x94 %2$-s/%1$s");
    word_from = "buyer";
    word_to = "\xe4\xb9\xb0\xe6\x96\xb9";
    take(&p, "%s of %-s: %d %%", "buyer", "buyer", 50);
    assert_true(phrase_say(&p, translate, out, sizeof out));
    assert_string_equal(out, "50 % \xe2\x80\x94 \xe4\xb9\xb0\xe6\x96\xb9/buyer");
}

static void what_does_not_fit_together_is_not_said(void **state)
{
    static const char *const wrong[] = {
        "%s %s", "%2$s", "%0$s", "%9999999999999$s", "%n", "%", "%*d", "%f", "%-d", "%1$"};
    struct phrase p;
    char out[100] = "as it was";
    (void)state;
    take(&p, "a %s", "value");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        know("a %s", wrong[i]);
        assert_false(phrase_say(&p, translate, out, sizeof out));
        assert_string_equal(out, "as it was");
    }
    know("another", "text");
    assert_false(phrase_say(&p, translate, out, sizeof out));
    assert_string_equal(out, "as it was");
}

static void what_is_too_long_is_not_kept(void **state)
{
    struct phrase p;
    char text[400], out[100];
    (void)state;
    memset(text, 'x', sizeof text);
    text[PHRASE_ARGS - 1] = 0;
    take(&p, "%s", text);
    assert_string_equal(p.format, "%s");
    text[PHRASE_ARGS - 1] = 'x';
    text[PHRASE_ARGS] = 0;
    take(&p, "%s", text);
    assert_string_equal(p.format, "");
    text[PHRASE_FORMAT] = 0;
    phrase_take_text(&p, text);
    assert_string_equal(p.format, "");
    assert_false(phrase_say(&p, translate, out, sizeof out));
    phrase_take_text(&p, "a text with 5 % in it");
    assert_string_equal(p.format, "");
}

static void a_fault_in_two_languages(void **state)
{
    struct fault f;
    char out[200];
    (void)state;
    know("%s, at most %d", "max. %2$d %1$s");
    assert_int_equal(fault_set(&f, "field", "value", "%s, at most %d", "bytes", 5), ERR_INVALID);
    fault_text(&f, out, sizeof out);
    assert_string_equal(out, "field: 'value': bytes, at most 5");
    fault_text_in(translate, &f, out, sizeof out);
    assert_string_equal(out, "field: 'value': max. 5 bytes");
    know("a text", "ein Text");
    assert_int_equal(fault_say(&f, "field", NULL, "a text"), ERR_INVALID);
    fault_text_in(translate, &f, out, sizeof out);
    assert_string_equal(out, "field: ein Text");
    know("", "");
    fault_text_in(translate, &f, out, sizeof out);
    assert_string_equal(out, "field: a text");
}

/* A fault is a message's text too: valid UTF-8 whatever was cut. */
static void nothing_is_cut_inside_a_character(void **state)
{
    struct fault f;
    char text[400] = "";
    (void)state;
    assert_int_equal(
        fault_set(&f, "field", NULL, "one of %.7s", "\xe4\xb9\xb0\xe6\x96\xb9\xe4\xb9\xb0"),
        ERR_INVALID);
    assert_string_equal(f.phrase.args, "\xe4\xb9\xb0\xe6\x96\xb9");
    assert_string_equal(f.expected, "one of \xe4\xb9\xb0\xe6\x96\xb9\\xe4");
    /* A code is no text that ends, and what lies behind it is something else. */
    const char code[] = {'a', 'b', 'c', '\x80', '\x80'};
    assert_int_equal(fault_set(&f, "field", NULL, "one of %.3s", code), ERR_INVALID);
    assert_string_equal(f.phrase.args, "abc");
    for (int blanks = 0; blanks < 3; blanks++) {
        snprintf(text, sizeof text, "%*s", blanks, "");
        for (int i = 0; i < 100; i++)
            strcat(text, "\xe4\xb9\xb0");
        assert_int_equal(fault_set(&f, "field", NULL, "%s", text), ERR_INVALID);
        assert_int_equal(text_utf8_valid(f.expected, strlen(f.expected)), strlen(f.expected));
        assert_int_equal(fault_say(&f, "field", NULL, text), ERR_INVALID);
        assert_int_equal(text_utf8_valid(f.expected, strlen(f.expected)), strlen(f.expected));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_conversion),
        cmocka_unit_test(values_change_places_and_words_are_translated),
        cmocka_unit_test(what_does_not_fit_together_is_not_said),
        cmocka_unit_test(what_is_too_long_is_not_kept),
        cmocka_unit_test(a_fault_in_two_languages),
        cmocka_unit_test(nothing_is_cut_inside_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
