/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that runs one function at a time beside its owner. */
#ifndef BOOK_RUNNER_H
#define BOOK_RUNNER_H

#include <stdbool.h>

#include "base/err.h"

struct runner;

/* name: for top and debuggers, up to 15 bytes. ERR_MEMORY, ERR_SETTING (no further thread). */
int runner_new(const char *name, struct runner **out) MUST_CHECK;
/* Waits for what runs. Takes NULL. */
void runner_free(struct runner *r);

/* Has run(arg) run. What was given before must have been waited for. */
void runner_give(struct runner *r, void (*run)(void *), void *arg);
/* Whether what was given has run: waiting for it would take no time. */
bool runner_is_idle(struct runner *r);
/* Returns when what was given has run, at once if nothing was: what it wrote can be read. */
void runner_wait(struct runner *r);

#endif
