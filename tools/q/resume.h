/* SPDX-License-Identifier: Apache-2.0 */
/* The file that says how far a follower got: {"entry":N,"leaf":"HEX"}. */
#ifndef TOOLS_RESUME_H
#define TOOLS_RESUME_H

#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"
#include "model/outcome.h"

#define LEAF_TEXT (2 * LEAF_HASH + 1)

/* An entry, and its leaf hash in hexadecimal. */
struct place {
    uint64_t entry;
    char leaf[LEAF_TEXT]; /* "": not known */
};

/* ERR_NOT_FOUND: there is no such file yet. ERR_INVALID; ERR_IO, also where it could not be written
 * (what was told by then would come again): told in *f. */
int resume_read(const char *path, struct fault *f, struct place *out) MUST_CHECK;
/* The file is the old one or the new one, whatever happens. ERR_IO, told in *f. */
int resume_write(const char *path, const struct place *p, struct fault *f) MUST_CHECK;

#endif
