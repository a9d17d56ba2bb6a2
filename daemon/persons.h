/* SPDX-License-Identifier: Apache-2.0 */
/* Persons on their way into the book: a claim names one by the number of a paper, and goes on with
 * a keyed hash in its place. Beyond this door no number is known. */
#ifndef DAEMON_PERSONS_H
#define DAEMON_PERSONS_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"
#include "model/message.h"

#define PERSON_KEY_MIN 32   /* bytes: as many as the hash has */
#define PERSON_KEY_MAX 4096 /* more is no key, but some other file */

struct persons;

/* Reads the key. From then on the process leaves no core dump. ERR_INVALID (no such file, others
 * may read it, too short), told in *f; ERR_MEMORY. */
int persons_new(const char *path, struct fault *f, struct persons **out) MUST_CHECK;
/* Wipes the key. Takes NULL. */
void persons_free(struct persons *p);

/* Puts the hash in the place of each person that a request's commands name, as a fact, and wipes
 * the number, in the message that the request was read from too. A row with a wrong number, or with
 * facts that only the daemon may state, gets its fault. p is NULL where there is no key: then no
 * row may name a person. ERR_MEMORY: the request may not go on. */
int persons_replace(const struct persons *p, struct request *r, struct arena *a,
                    struct span message) MUST_CHECK;

#endif
