/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the requests that are under way on one connection: a small set. */
#ifndef DAEMON_NUMBERS_H
#define DAEMON_NUMBERS_H

#include <stdint.h>

#include "base/err.h"

struct numbers {
    uint64_t *at; /* cap places, a power of two, at most half of them taken */
    uint8_t *taken;
    unsigned n, cap;
};

/* Starts as {0}. ERR_EXISTS, ERR_MEMORY. */
int numbers_add(struct numbers *s, uint64_t number) MUST_CHECK;
/* Does nothing if it is not there. */
void numbers_remove(struct numbers *s, uint64_t number);
void numbers_free(struct numbers *s);

#endif
