/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of a book by version, read from the entries that adopted them. One thread puts, any
 * thread gets: a policy that a stored book names stays as long as the book is open. */
#ifndef LEDGER_POLICIES_H
#define LEDGER_POLICIES_H

#include "base/bytes.h"
#include "base/err.h"
#include "rules/policy.h"

struct policies;

struct policies *policies_new(void);
void policies_free(struct policies *p);
/* NULL if there is none. */
const struct policy *policies_get(const struct policies *p, uint32_t version);
/* The file that it was read from; empty if there is none. */
struct span policies_file(const struct policies *p, uint32_t version);
/* Reads a policy file (policy_read) and keeps it with its bytes. A version that was there with
 * another file is replaced: it belonged to an entry that was taken back, and nobody can have been
 * told of it; with the same file it stays as it is, since other threads may be reading it.
 * ERR_RANGE above LIMIT_POLICIES, ERR_INVALID, ERR_MEMORY. */
int policies_put(struct policies *p, uint32_t version, struct span file) MUST_CHECK;

#endif
