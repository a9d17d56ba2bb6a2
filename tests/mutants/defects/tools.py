# SPDX-License-Identifier: Apache-2.0
"""Defects of the tools: languages, and what a table or a script is shown."""

from mutant import Mutant

LANGUAGE = "tests/e2e/test_language.py::"

MUTANTS = [
    Mutant("chinese-only-where-the-locale-is-there",
           "voucherq(1): any locale that begins with zh gives Chinese, whether or not this machine has it",
           "tools/lib/language.c",
           "    if (!setlocale(LC_MESSAGES, \"zh_CN.UTF-8\"))\n        setlocale(LC_MESSAGES, \"C.UTF-8\");",
           "    setlocale(LC_MESSAGES, \"\");",
           LANGUAGE + "test_a_vouchers_face_in_capitals " + LANGUAGE + "test_help_is_chinese"),
    Mutant("language-counts-in-the-c-locale",
           "voucherq(1): LANGUAGE does not win in the locales C and POSIX",
           "tools/lib/language.c",
           "    if (!locale || strcmp(locale, \"C\") == 0 || strcmp(locale, \"POSIX\") == 0)",
           "    if (!locale)",
           "tools/language"),
    Mutant("own-variable-not-first",
           "voucherq(1): VOUCHERD_LANG wins over everything",
           "tools/lib/language.c",
           "    if (own)\n        return is_language(own, \"zh\");",
           "    if (own && !list)\n        return is_language(own, \"zh\");",
           "tools/language"),
    Mutant("texts-only-where-installed",
           "language.c: a program finds its texts where it was built",
           "tools/lib/language.c",
           "    for (int up = 0; up < 2; up++) {",
           "    for (int up = 0; up < 3; up++) {",
           LANGUAGE + "test_a_program_finds_its_texts_where_it_was_built_and_where_it_was_installed"),
    Mutant("character-set-of-the-c-locale",
           "language.h: where the locale is not there, that of C.UTF-8 is taken",
           "tools/lib/language.c",
           "        setlocale(LC_CTYPE, \"C.UTF-8\");",
           "        setlocale(LC_CTYPE, \"C\");",
           LANGUAGE + "test_tables_are_as_wide_as_they_look"),
    Mutant("json-in-chinese",
           "language.h: JSON stays English",
           "tools/lib/json.c",
           "    json_put_text(o, \"expected\", f->expected);",
           "    extern void language_fault(const struct fault *, char *, unsigned long);\n"
           "    char text[512];\n    language_fault(f, text, sizeof text);\n    json_put_text(o, \"expected\", text);",
           LANGUAGE + "test_json_and_exit_codes_are_the_same_in_every_language"),
    Mutant("refusal-in-english",
           "language.h: every text that a tool shows is in the language",
           "tools/lib/answer.c",
           "            refusal_text_in(language_translate, &e->refusal, e->explanation, out + n, cap - n);",
           "            refusal_text(&e->refusal, e->explanation, out + n, cap - n);",
           LANGUAGE + "test_no_english_is_left_in_chinese"),
    Mutant("text-left-unwrapped",
           "language.h: every text that a tool shows stands in _()",
           "tools/q/q.c",
           "_(\"as of entry %\" PRIu64 \"\\n\")",
           "(\"as of entry %\" PRIu64 \"\\n\")",
           LANGUAGE + "test_no_english_is_left_in_chinese " +
           LANGUAGE + "test_every_text_of_the_sources_is_translated_and_no_other"),
]
