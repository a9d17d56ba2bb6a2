/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: commands both ways, for the journal and for the socket. */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include "journal.pb-c.h"
#include "model/command.h"
#include "wire/pack.h"
#include "wire/put.h"

/* Reads everything but the request id, which stands beside the command. A mistake's field is named
 * as "issue.amount". m may be NULL: a command is missing. */
void command_read(struct reader *r, const Voucherd__Command *m, struct command *out);
/* Puts a message Command; an empty one if the kind is none. A person is put into requests alone
 * (put.persons). */
void command_put(struct put *w, unsigned field, const struct command *c);

/* Traits stand in answers too. */
void trait_read(struct reader *r, const Voucherd__Trait *m, struct trait_span *out);

#endif
