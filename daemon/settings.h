/* SPDX-License-Identifier: Apache-2.0 */
/* What holds: the configuration's file, with the options of the command line over it. */
#ifndef DAEMON_SETTINGS_H
#define DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"
#include "base/err.h"
#include "base/fault.h"
#include "daemon/config.h"

struct options {
    const char *book, *config_file; /* NULL: not given; book: at most CONFIG_PATH bytes */
    bool allow_me, check_config, check_book, test_clock;
    struct instant test_time;
    uint64_t journal_map, tables_map; /* bytes; 0: not given */
    int naddr;
    struct config_listen addr[CONFIG_LISTEN];
};

/* Reads the file, if there is one, and puts the options over it. ERR_INVALID with every mistake in
 * *m; ERR_NOT_FOUND, ERR_IO, ERR_MEMORY told in *f. */
int settings_read(const struct options *o, struct mistakes *m, struct fault *f,
                  struct config *out) MUST_CHECK;

/* Makes what was read fit to be served by: with --allow-me, whoever runs the daemon may do all.
 * Returns what is missing, with what would be right; NULL: nothing is. */
const char *settings_complete(const struct options *o, struct config *c);

#endif
