/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to commands, in JSON and in words. */
#ifndef TOOLS_ANSWER_H
#define TOOLS_ANSWER_H

#include <jansson.h>

#include "model/outcome.h"

/* The exit code that an outcome stands for. */
int outcome_exit(const struct outcome *o);

/* Of two exit codes the one that a script should look at first. */
int exit_worse(int a, int b);

/* The whole answer as one object; c is the command that was asked. */
json_t *outcome_json(const struct command *c, const struct outcome *o);

/* Puts what an entry did, or why it was refused, into *o: what an answer and a listing share. */
void entry_result_json(const struct command *c, const struct entry *e, json_t *o);

/* In one line, for listings and batches. Returns out. */
char *outcome_line(const struct command *c, const struct outcome *o, char *out, size_t cap);
char *entry_line(const struct command *c, const struct entry *e, char *out, size_t cap);

/* The limits that were looked at, as a table with the binding one marked; nothing without limits.
 */
void limits_print(const struct explanation *e);

/* Prints the answer, by itself: JSON on stdout, or lines and tables (errors on stderr). Returns the
 * exit code. */
int outcome_print(bool json, const struct command *c, const struct outcome *o);

#endif
