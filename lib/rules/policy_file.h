/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy file: every mistake is told with its place, what is wrong and what would be
 * right, and several in one run. */
#ifndef RULES_POLICY_FILE_H
#define RULES_POLICY_FILE_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"
#include "rules/doc.h"
#include "rules/policy.h"

/* Reads the bytes of a policy file; name is its name for messages. Returns 0 and a policy that the
 * caller frees with policy_free, or ERR_INVALID with one to LIMIT_MISTAKES mistakes added to *m, or
 * ERR_MEMORY. The same bytes always give the same policy. */
int policy_read(struct span file, const char *name, struct mistakes *m,
                struct policy **out) MUST_CHECK;
void policy_free(struct policy *p);

#endif
