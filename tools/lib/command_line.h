/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, read by the tables of a tool's commands: PROGRAM [OPTION...] WORDS [ARGUMENT...],
 * the options of every command before or after the words. */
#ifndef TOOLS_COMMAND_LINE_H
#define TOOLS_COMMAND_LINE_H

#include "model/command.h"
#include "tools/lib/field.h"

struct session;

struct tool_command {
    const char *words;   /* "voucher issue" */
    const char *summary; /* one sentence */
    const struct field *fields;
    /* Acting commands: fill *out but for kind and request id. ERR_INVALID, told in *f; ERR_MEMORY.
     */
    enum command_kind kind; /* COMMAND_NONE: books nothing, and can't stand in a batch */
    int (*build)(const struct values *v, struct arena *a, struct fault *f, struct command *out);
    bool dry_run; /* takes --dry-run */
    /* Does it, tells what came of it, and returns the program's exit code. */
    int (*run)(struct session *s, const struct tool_command *c, const struct values *v);
};

struct tool {
    const char *program;
    const char *summary;
    const struct tool_command *const *commands; /* ends with NULL */
    bool acts;                                  /* takes --request-id */
};

#define TIMEOUT_DEFAULT 10000 /* ms */

/* What the options of every command say. */
struct settings {
    const char *addr; /* NULL: not given, nor in VOUCHERD_ADDR */
    bool json, dry_run, has_request_id;
    int timeout_ms;
    uint8_t request_id[16];
};

struct command_line {
    struct settings settings;           /* as far as read, where the reading failed */
    const struct tool_command *command; /* NULL: --help was asked for and given */
    struct values values;
};

/* Reads a command line; texts live in the arena or in argv. Help asked for is printed on stdout.
 * ERR_INVALID, told in *f; ERR_MEMORY. */
int command_line_read(const struct tool *t, int argc, char **argv, struct arena *a, struct fault *f,
                      struct command_line *out) MUST_CHECK;

/* The command of exactly these words, NULL if there is none. */
const struct tool_command *tool_command_find(const struct tool_command *const *commands,
                                             const char *words);

#endif
