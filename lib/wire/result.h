/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: what an entry says its command did, or why it was refused. */
#ifndef WIRE_RESULT_H
#define WIRE_RESULT_H

#include "journal.pb-c.h"
#include "model/entry.h"
#include "wire/pack.h"
#include "wire/put.h"

/* By e->refused and e->command.kind. */
void result_put(struct put *w, const struct entry *e);
/* With a command (read already), the result must be its kind's; without, the result tells
 * out->command.kind. */
void result_read(struct reader *r, const Voucherd__Entry *m, bool with_command, struct entry *out);

#endif
