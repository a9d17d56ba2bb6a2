/* SPDX-License-Identifier: Apache-2.0 */
/* What the main functions of the tools share. */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "tools/lib/command_line.h"

/* Reads the command line, runs the command, and returns the program's exit code. */
int tool_main(const struct tool *t, int argc, char **argv);

#endif
