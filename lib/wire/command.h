/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: commands both ways, for the journal and for the socket. */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include "journal.pb-c.h"
#include "model/command.h"
#include "wire/pack.h"

/* Reads everything but the request id, which stands beside the command. A mistake's field is named
 * as "issue.amount". m may be NULL: a command is missing. */
void command_read(struct reader *r, const Voucherd__Command *m, struct command *out);
/* ERR_MEMORY. */
int command_pack(struct arena *a, const struct command *c, Voucherd__Command **out) MUST_CHECK;

/* Traits stand in answers too. */
void trait_read(struct reader *r, const Voucherd__Trait *m, struct trait_span *out);
void trait_pack(const char *name, struct day from, struct day to, Voucherd__Trait *m);

#endif
