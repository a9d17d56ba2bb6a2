/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/clock.h"

#include <assert.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void clock_start_real(struct clock *c)
{
    c->test = false;
    atomic_init(&c->test_us, 0);
}

void clock_start_test(struct clock *c, struct instant t)
{
    c->test = true;
    atomic_init(&c->test_us, t.us);
}

struct instant clock_now(struct clock *c)
{
    return INSTANT(c->test ? atomic_load(&c->test_us) : read_us(CLOCK_REALTIME));
}

void clock_move(struct clock *c, struct instant t)
{
    assert(c->test);
    atomic_store(&c->test_us, t.us);
}

int64_t clock_steady_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
