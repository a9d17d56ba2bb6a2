/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: a 4-byte big-endian length, then one message. */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"

#define FRAME_HEAD 4

/* The length that a frame's head gives: 1 to limit. ERR_INVALID and *f (may be NULL) otherwise: the
 * connection can't go on. */
int frame_length(const uint8_t head[static FRAME_HEAD], uint32_t limit, struct fault *f,
                 uint32_t *out) MUST_CHECK;

#endif
