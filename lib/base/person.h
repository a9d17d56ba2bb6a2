/* SPDX-License-Identifier: Apache-2.0 */
/* Persons by their papers. A number travels from a tool to the daemon and no further: it stands in
 * no entry, log, answer or mistake. What stands for it is the keyed hash that lib/proof makes. */
#ifndef BASE_PERSON_H
#define BASE_PERSON_H

#include <stdbool.h>

#include "base/err.h"
#include "base/fault.h"

#define PERSON_RESIDENT_ID "resident-id" /* the only type of paper yet: GB 11643 */
#define PERSON_NUMBER      18            /* characters of its number */
#define PERSON_KEY_DIGITS  8             /* hexadecimal, of the key's id */
#define PERSON_HASH_DIGITS 32            /* hexadecimal, of the hash */
#define PERSON_HASHED      (PERSON_KEY_DIGITS + 1 + PERSON_HASH_DIGITS) /* KEYID:HASH */

/* Whether these are the n bytes of a resident id number: 17 digits and a digit or X, a day of birth
 * that is one, the right check character. */
bool person_is_number(const char *text, unsigned long n);

/* Checks the type and the number, under FIELD.type and FIELD.number: told without its value. */
int person_check(const char *type, const char *number, const char *field,
                 struct fault *f) MUST_CHECK;

/* Whether text has the form of a keyed hash, KEYID:HASH. */
bool person_is_hash(const char *text);

/* The number as it may be shown: its beginning, and as many stars as there were characters behind
 * it. out has PERSON_NUMBER + 1 bytes; what is longer is cut. Returns out. */
char *person_mask(const char *number, char out[static PERSON_NUMBER + 1]);

#endif
