/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a batch: {"command":"voucher issue","measure":"1",...}, read by the same tables as
 * the command line. Keys are the names of options and of arguments. */
#ifndef TOOLS_BATCH_LINE_H
#define TOOLS_BATCH_LINE_H

#include "tools/lib/command_line.h"

struct batch_line {
    const struct tool_command *command;
    struct values values;
    bool has_request_id;
    uint8_t request_id[16];
};

/* Reads one line (no line break at its end). Unknown, missing and repeated keys and wrong values
 * are ERR_INVALID, told in *f with the key as the field. ERR_MEMORY. Texts live in the arena. */
int batch_line_read(const struct tool_command *const *commands, struct span line, struct arena *a,
                    struct fault *f, struct batch_line *out) MUST_CHECK;

#endif
