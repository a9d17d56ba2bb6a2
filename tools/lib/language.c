/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/language.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lib/person.h"

/* One name of a language, up to its end or a colon. */
static bool is_language(const char *name, const char *language)
{
    size_t n = strlen(language);
    return strncmp(name, language, n) == 0 && strchr("_.@:", name[n]);
}

/* Of a list of languages the first that there are texts in; English is always there. */
static bool list_is_chinese(const char *list)
{
    for (const char *name = list; name; name = strchr(name, ':')) {
        name += *name == ':';
        if (is_language(name, "zh"))
            return true;
        if (is_language(name, "en") || is_language(name, "C") || is_language(name, "POSIX"))
            return false;
    }
    return false;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool language_is_chinese(void)
{
    static const char *const locales[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *own = variable("VOUCHERD_LANG"), *list = variable("LANGUAGE"), *locale = NULL;
    if (own)
        return is_language(own, "zh");
    for (int i = 0; i < 3 && !locale; i++)
        locale = variable(locales[i]);
    if (!locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0)
        return false;
    return list ? list_is_chinese(list) : is_language(locale, "zh");
}

/* Texts lie beside the program, in share/locale next to its bin or tools, where it was built and
 * where it was installed; or else where it was to be installed. */
static const char *texts_dir(char *out, size_t cap)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(exe, '/');
        if (!slash)
            return LOCALEDIR;
        *slash = 0;
    }
    int len = snprintf(out, cap, "%s/share/locale/zh_CN/LC_MESSAGES/" LANGUAGE_DOMAIN ".mo", exe);
    if (len < 0 || (size_t)len >= cap || access(out, R_OK) < 0)
        return LOCALEDIR;
    out[strlen(exe) + strlen("/share/locale")] = 0;
    return out;
}

/* gettext goes by a locale that this machine has, and a small one has no other than C.UTF-8; in
 * that it still goes by LANGUAGE. */
static void chinese_start(void)
{
    char dir[4200];
    setenv("LANGUAGE", "zh_CN", 1);
    if (!setlocale(LC_MESSAGES, "zh_CN.UTF-8"))
        setlocale(LC_MESSAGES, "C.UTF-8");
    bindtextdomain(LANGUAGE_DOMAIN, texts_dir(dir, sizeof dir));
    bind_textdomain_codeset(LANGUAGE_DOMAIN, "UTF-8");
    /* argp breaks lines at blanks and counts bytes: Chinese is left to the screen. */
    setenv("ARGP_HELP_FMT", "rmargin=250", 0);
}

void language_start(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    if (language_is_chinese())
        chinese_start();
}

void language_end(void)
{
    setlocale(LC_MESSAGES, "C");
}

const char *language_translate(const char *text)
{
    return *text ? _(text) : text;
}

void language_fault(const struct fault *f, char *out, unsigned long cap)
{
    struct fault shown = *f;
    if (person_number_in(f->value))
        snprintf(shown.value, sizeof shown.value, "%s", _("(a person's number, not shown)"));
    fault_text_in(language_translate, &shown, out, cap);
}
