/* SPDX-License-Identifier: Apache-2.0 */
/* What stands for a person in the book: a keyed hash, so that who has the book without the key
 * can't try out every number there is. */
#ifndef PROOF_PERSON_H
#define PROOF_PERSON_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/person.h"

/* The id of a key: the beginning of its SHA-256, in hexadecimal. ERR_MEMORY. */
int person_key_id(struct span key, char id[static PERSON_KEY_DIGITS + 1]) MUST_CHECK;

/* "KEYID:HASH": the beginning of HMAC-SHA256 over the paper's type, a zero byte and its number, in
 * hexadecimal. ERR_MEMORY. */
int person_hash(struct span key, const char *key_id, const char *type, const char *number,
                char out[static PERSON_HASHED + 1]) MUST_CHECK;

#endif
