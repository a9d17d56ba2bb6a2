/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of a reply only what came of each command, for programs that send much and look at little.
 */
#ifndef WIRE_SKIM_H
#define WIRE_SKIM_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/message.h"

/* As to_client_read, but of outcomes that are done or refused only kind, repeated, dry_run, and of
 * the entry number, refused, command.kind of an issue or a redemption, and what was issued
 * (voucher, face, given) or paid are filled in; the rest is zero and not looked at. Every other
 * message is read whole. */
int to_client_skim(struct span message, struct arena *a, struct to_client *out) MUST_CHECK;

#endif
