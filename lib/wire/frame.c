/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include <inttypes.h>
#include <stdio.h>

int frame_length(const uint8_t head[static FRAME_HEAD], uint32_t limit, struct fault *f,
                 uint32_t *out)
{
    uint32_t n = get_be32(head);
    if (n == 0 || n > limit) {
        char value[16];
        snprintf(value, sizeof value, "%" PRIu32, n);
        return fault_set(f, "frame.length", value,
                         "1 to %" PRIu32 " bytes, as 4 bytes, the highest first", limit);
    }
    *out = n;
    return 0;
}
