/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the book goes on: what the watchdog's signs of life depend on, beside the event loop that
 * sends them. Nothing asked: it goes on. Something asked: as long as anything at all is done within
 * the time given, however slow the disk is, and however much waits. */
#ifndef DAEMON_PROGRESS_H
#define DAEMON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Starts as {0}. */
struct progress {
    uint64_t done;    /* as it was when it last changed */
    int64_t since_us; /* the last look at which it had, or nothing was asked */
};

/* One look: `asked` requests are at the writer; `done` counts everything that was ever done, in any
 * unit. False: nothing was done for longer than patience_us. */
bool progress_look(struct progress *p, unsigned asked, uint64_t done, int64_t now_us,
                   int64_t patience_us);

#endif
