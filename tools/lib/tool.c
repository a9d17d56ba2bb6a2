/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/tool.h"

#include <stdio.h>
#include <string.h>

#include "tools/lib/exits.h"
#include "tools/lib/language.h"
#include "tools/lib/session.h"
#include "tools/lib/show.h"

/* Whether JSON was asked for somewhere on a command line that could not be read. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

int tool_main(const struct tool *t, int argc, char **argv)
{
    struct arena arena = {0};
    struct command_line line;
    struct fault f;
    int code = EXIT_DONE;
    language_start();
    show_program(t->program);
    int rc = command_line_read(t, argc, argv, &arena, &f, &line);
    if (rc == ERR_MEMORY)
        exit_without_memory();
    if (rc < 0) {
        code = show_error(wants_json(argc, argv), &f, NULL, EXIT_INPUT);
    } else if (line.command) {
        struct session s = {.tool = t, .settings = line.settings};
        code = line.command->run(&s, line.command, &line.values);
        session_end(&s);
    }
    arena_free(&arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, _("%s: The answer could not be written to the standard output.\n"),
                t->program);
        return code == EXIT_DONE ? EXIT_FAILED : code;
    }
    return code;
}
