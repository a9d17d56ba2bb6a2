/* SPDX-License-Identifier: Apache-2.0 */
/* Which language the environment asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "tools/lib/language.h"

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static const struct {
    const char *own, *language, *all, *messages, *lang;
    bool chinese;
} cases[] = {
    {NULL, NULL, NULL, NULL, NULL, false},
    {NULL, NULL, "zh_CN.UTF-8", NULL, NULL, true},
    {NULL, NULL, NULL, "zh_SG.UTF-8", NULL, true},
    {NULL, NULL, NULL, NULL, "zh_CN.GB18030", true},
    {NULL, NULL, NULL, NULL, "zh", true},
    {NULL, NULL, NULL, NULL, "zh@pinyin", true},
    {NULL, NULL, NULL, NULL, "zhx_XX", false},
    {NULL, NULL, NULL, NULL, "de_DE.UTF-8", false},
    /* The first that is set decides. */
    {NULL, NULL, "C.UTF-8", "zh_CN.UTF-8", "zh_CN.UTF-8", false},
    {NULL, NULL, "", "zh_CN.UTF-8", "C", true},
    {NULL, NULL, NULL, "en_US.UTF-8", "zh_CN.UTF-8", false},
    /* LANGUAGE, in any locale but C. */
    {NULL, "zh_CN", "C.UTF-8", NULL, NULL, true},
    {NULL, "zh_CN", "en_US.UTF-8", NULL, NULL, true},
    {NULL, "fr:zh_CN:en", "fr_FR.UTF-8", NULL, NULL, true},
    {NULL, "en:zh_CN", "zh_CN.UTF-8", NULL, NULL, false},
    {NULL, "fr", "zh_CN.UTF-8", NULL, NULL, false},
    {NULL, "", "zh_CN.UTF-8", NULL, NULL, true},
    {NULL, "zh_CN", "C", NULL, "zh_CN.UTF-8", false},
    {NULL, "zh_CN", "POSIX", NULL, NULL, false},
    {NULL, "zh_CN", NULL, NULL, NULL, false},
    /* The tools' own variable, whatever else is set. */
    {"zh", NULL, "C", NULL, NULL, true},
    {"zh_CN", "en", "en_US.UTF-8", NULL, NULL, true},
    {"en", "zh_CN", "zh_CN.UTF-8", NULL, NULL, false},
    {"", NULL, "zh_CN.UTF-8", NULL, NULL, true},
};

static void the_environment_chooses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set("VOUCHERD_LANG", cases[i].own);
        set("LANGUAGE", cases[i].language);
        set("LC_ALL", cases[i].all);
        set("LC_MESSAGES", cases[i].messages);
        set("LANG", cases[i].lang);
        if (language_is_chinese() != cases[i].chinese)
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_environment_chooses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
