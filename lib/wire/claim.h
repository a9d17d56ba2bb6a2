/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: the commands on spending, with their attestations, facts and persons. */
#ifndef WIRE_CLAIM_H
#define WIRE_CLAIM_H

#include "journal.pb-c.h"
#include "model/command.h"
#include "wire/pack.h"
#include "wire/put.h"

void issue_read(struct reader *r, const Voucherd__Command *m, struct command *out);
void issue_put(struct put *w, const struct command *c);
/* Overwrites a person's number in a command that is not handed on. */
void issue_forget(const Voucherd__Command *m);
void redeem_read(struct reader *r, const Voucherd__Command *m, struct command *out);
void redeem_put(struct put *w, const struct command *c);
void add_outside_read(struct reader *r, const Voucherd__Command *m, struct command *out);
void add_outside_put(struct put *w, const struct command *c);

#endif
