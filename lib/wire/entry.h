/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's codec: voucherd.Entry of journal.proto. An entry is encoded once, when it is made;
 * what is stored, hashed and sent are those bytes. */
#ifndef WIRE_ENTRY_H
#define WIRE_ENTRY_H

#include "base/bytes.h"
#include "base/err.h"
#include "model/entry.h"

/* Appends the encoded entry to *out. ERR_MEMORY. */
int entry_encode(const struct entry *e, struct buf *out) MUST_CHECK;
/* The same, into an arena. */
int entry_encode_in(const struct entry *e, struct arena *a, struct span *out) MUST_CHECK;

/* Decodes; texts and lists live in the arena. Values are checked as on a socket (enums known,
 * amounts in range, texts within their limits), since a book's bytes are input too. ERR_FORMAT,
 * ERR_MEMORY. */
int entry_decode(struct span bytes, struct arena *a, struct entry *out) MUST_CHECK;

#endif
