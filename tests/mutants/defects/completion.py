# SPDX-License-Identifier: Apache-2.0
"""Defects of what is made for people at a terminal: completion, and what pages say of exit codes and the
environment."""

from mutant import Mutant

GENERATE = "tools/completion/generate.py"
RULE = "tools/completion/generate.py: "
TEST = "tests/e2e/test_completion.py::"
DOCS = "tests/e2e/test_docs.py::"

MUTANTS = [
    Mutant("completion-leaves-an-option-out", RULE + "every option of --help is offered",
           GENERATE, "    return [Option(m[1] if", "    read.pop(0)\n    return [Option(m[1] if",
           TEST + "test_every_command_and_option_is_offered"),
    Mutant("completion-without-the-options-of-every-command", RULE + "options of every command, behind the words too",
           GENERATE, '        list=("${own[@]%%=*}" "${every[@]%%=*}")', '        list=("${own[@]%%=*}")',
           TEST + "test_every_command_and_option_is_offered"),
    Mutant("completion-without-words", RULE + "a|b|c one of these words",
           "tools/lib/command_line.c", 'return d->type == FIELD_WORD ? field_words(d, "|", out, cap) : field_metavar(d);',
           '(void)out, (void)cap;\n    return d->type == FIELD_WORD ? "WORD" : field_metavar(d);',
           TEST + "test_words_are_offered_and_in_the_pages"),
    Mutant("completion-without-words-in-zsh", RULE + "a|b|c one of these words",
           GENERATE, 'if "|" in called else how)', 'if "||" in called else how)',
           TEST + "test_words_are_offered_and_in_the_pages"),
    Mutant("completion-without-files", RULE + "FILE files",
           GENERATE, "    FILE) compopt -o default ;;\n", "",
           TEST + "test_files_are_offered_where_a_file_is_meant"),
    Mutant("completion-offers-files-for-anything", RULE + "for all else nothing",
           GENERATE, '.get(called, nothing)', '.get(called, "_files")',
           TEST + "test_nothing_is_offered_for_numbers_and_names"),
    Mutant("completion-says-a-name-where-an-option-is-meant", "tests/e2e/test_completion.py: Tab completes an option",
           GENERATE, ":- :->none}", ":- : }",
           TEST + "test_beginnings_are_completed"),
    Mutant("completion-in-the-builders-language", RULE + "English",
           GENERATE, ' VOUCHERD_LANG="en",', "",
           TEST + "test_who_builds_in_another_language_gets_the_same"),
    Mutant("completion-takes-a-value-for-a-command", RULE + "an option's value is not a word of a command",
           GENERATE, "            option=$word\n", "            :\n",
           TEST + "test_beginnings_are_completed"),
    Mutant("completion-does-not-quote", RULE + "help is text, never run by a shell",
           GENERATE, '''return "".join("\\n        " + shlex.quote(w) for w in words)''',
           '''return "".join('\\n        "%s"' % w for w in words)''',
           TEST + "test_commands_and_options_of_any_program_need_no_line_elsewhere"),
    Mutant("completion-is-not-installed", "README.md: what is installed is found by itself",
           "tools/completion/meson.build", "get_option('datadir') / 'zsh/site-functions'",
           "get_option('datadir') / 'voucherd/zsh'", TEST + "test_what_is_installed_and_where"),
    Mutant("help-of-a-first-word-alone-is-a-mistake", "tools/lib/command_line.c: `voucher --help` lists its commands",
           "tools/lib/command_line.c", "        if (begins_with(t->commands[i], word, strlen(word))) {",
           "        if (strcmp(t->commands[i]->words, word) == 0) {",
           "tests/e2e/test_tools.py::test_who_does_not_know_the_words_is_told_them"),
    Mutant("exit-status-not-in-the-page", "a page has every exit status of its program",
           "tools/lib/exits.h", "    EXIT_NOT_ALLOWED = 4,\n    EXIT_FAILED = 5,",
           "    EXIT_NOT_ALLOWED = 4,\n    EXIT_FAILED = 6,",
           DOCS + "test_a_page_has_every_exit_status_and_no_other"),
    Mutant("variable-not-in-the-page", "a page has every variable of the environment that its program reads",
           "tools/lib/command_line.c", 'getenv("VOUCHERD_ADDR")', 'getenv("VOUCHERD_SOCKET")',
           DOCS + "test_a_page_has_every_variable_of_the_environment_and_no_other"),
]
