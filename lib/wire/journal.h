/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: entries as messages, for the journal (with their command) and for answers
 * (without). */
#ifndef WIRE_JOURNAL_H
#define WIRE_JOURNAL_H

#include "journal.pb-c.h"
#include "model/entry.h"
#include "wire/pack.h"
#include "wire/put.h"

/* Puts the fields of an Entry. */
void entry_put(struct put *w, const struct entry *e, bool with_command);
/* Without a command, command.kind is the one that the result belongs to (so that `done` can be
 * read), or COMMAND_NONE where the result is empty or a refusal. */
void entry_read(struct reader *r, const Voucherd__Entry *m, bool with_command, struct entry *out);

/* m may be NULL: all 0. */
void stages_read(struct reader *r, const Voucherd__Stages *m, struct stages *out);

#endif
