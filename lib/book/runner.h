/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that runs one function after another beside its owner. */
#ifndef BOOK_RUNNER_H
#define BOOK_RUNNER_H

#include "base/err.h"

struct runner;

/* name: for top and debuggers, up to 15 bytes. ERR_MEMORY, ERR_SETTING (no further thread). */
int runner_new(const char *name, struct runner **out) MUST_CHECK;
/* Waits for what runs. Takes NULL. */
void runner_free(struct runner *r);

#define RUNNER_QUEUE 2 /* that may have been given and not run yet */

/* Has run(arg) run, after what was given before. There must be room for it. */
void runner_give(struct runner *r, void (*run)(void *), void *arg);
/* Returns when all that was given has run but the last `left`: what it wrote can be read. */
void runner_wait(struct runner *r, unsigned left);

#endif
