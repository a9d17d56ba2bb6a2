/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's clock: the machine's, or a test clock that stands still until it is set. The book
 * never goes back in time whatever it says. Any thread may read; the event loop sets. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/day.h"

struct clock {
    bool test;
    _Atomic int64_t test_us;
};

void clock_start_real(struct clock *c);
void clock_start_test(struct clock *c, struct instant t);
struct instant clock_now(struct clock *c);
/* Only on a test clock. */
void clock_move(struct clock *c, struct instant t);

/* Microseconds that only go on, for waiting. */
int64_t clock_steady_us(void);

#endif
