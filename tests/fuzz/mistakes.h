/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of the mistakes of a YAML file, whatever is in it. */
#ifndef TESTS_FUZZ_MISTAKES_H
#define TESTS_FUZZ_MISTAKES_H

#include "rules/doc.h"
#include "tests/fuzz/fuzz.h"

/* Characters of a line of the file, by its number from 1; -1 if the file has no such line. */
static inline int line_length(struct span file, int line)
{
    int at = 1, length = 0;
    for (size_t i = 0; i < file.n; i++) {
        bool end =
            file.p[i] == '\n' || (file.p[i] == '\r' && !(i + 1 < file.n && file.p[i + 1] == '\n'));
        if (end && at == line)
            return length;
        if (end)
            at++;
        else if (at == line)
            length += (file.p[i] & 0xc0) != 0x80;
    }
    return at == line ? length : -1;
}

/* Each lies in the file, one character behind a line's end at most, and says what is wrong. */
static inline void mistakes_sound(const struct mistakes *m, struct span file)
{
    char text[2048];
    assert_in_range(m->n, 0, LIMIT_MISTAKES);
    assert_true(m->more == 0 || m->n == LIMIT_MISTAKES);
    for (int i = 0; i < m->n; i++) {
        int length = line_length(file, m->list[i].line);
        assert_true(length >= 0);
        assert_in_range(m->list[i].column, 1, length + 1);
        assert_true(m->list[i].text[0]);
        text_sound(m->list[i].text, sizeof m->list[i].text);
        text_sound(mistake_text_in(foreign, m, i, text, sizeof text), sizeof text);
    }
}

#endif
