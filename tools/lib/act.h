/* SPDX-License-Identifier: Apache-2.0 */
/* How each kind of command is told: one line of a table for each. Both tools need it: the one for
 * the answers to what it asked, the other for the entries of the journal. */
#ifndef TOOLS_ACT_H
#define TOOLS_ACT_H

#include <jansson.h>
#include <stddef.h>

#include "model/entry.h"

struct act {
    const char *name; /* "voucher issue" */
    /* What was asked, by the names of the command's fields. */
    void (*asked)(const struct command *c, json_t *o);
    /* What a done entry did; the answer to a command carries no command itself, so it is given. */
    void (*done)(const struct command *c, const struct entry *e, json_t *o);
    /* The same in one short line. */
    void (*sentence)(const struct command *c, const struct entry *e, char *out, size_t cap);
};

/* Of rounds and payments. */
extern const struct act act_round_close, act_pay, act_bank_return;

/* Never NULL: unknown kinds have a line that says nothing. */
const struct act *act_of(enum command_kind kind);

/* The enterprise that a command is about, NULL if there is none. */
const struct uscc *act_enterprise(const struct command *c);

#endif
