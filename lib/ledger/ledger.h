/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger as two pure halves. Deciding: command and rows -> entry. Folding: entry and rows ->
 * changed rows. Neither reads a clock, a file or a random source; the same journal folds to the
 * same rows, bit for bit. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"
#include "ledger/policies.h"
#include "ledger/rows.h"
#include "model/command.h"
#include "model/entry.h"

struct ledger {
    struct rows *rows;
    struct policies *policies;
    struct arena *arena; /* for entries and their lists */
};

/* Decides a command. 0: *out is the entry to book, done or refused, without balances (folding gives
 * them). ERR_INVALID: a fault, told in *f; nothing to book. When rows_incomplete(l->rows) is true
 * afterwards the result means nothing: load what is wanted and decide again. ERR_MEMORY. The
 * command must outlive the entry. */
int ledger_decide(const struct ledger *l, const struct command *c, const char *principal,
                  struct instant now, struct fault *f, struct entry **out) MUST_CHECK;

/* Gathers the rows that a command will read, so that those of several are loaded together: at first
 * those that it names, again, with these loaded, those that they lead to. */
void ledger_want(const struct ledger *l, const struct command *c, const char *principal, bool again,
                 struct wants *out);

/* Folds an entry into the rows. The balances after it are given out as a list in the arena (for a
 * new entry they are put into it, for a stored one compared with it). Again
 * meaningless while rows_incomplete: roll back to a mark, load, fold again. ERR_CORRUPT: the entry
 * does not fit the rows (a stage would go below zero, a number is not the next): never for an entry
 * that was just decided. ERR_MEMORY. */
int ledger_fold(const struct ledger *l, const struct entry *e, const struct balance **balances,
                uint32_t *nbalances) MUST_CHECK;

#endif
