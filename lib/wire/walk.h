/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: walks protobuf's own form, field by field, without unpacking. For the messages
 * that there are most of; what a walk does not expect is left to protobuf-c. */
#ifndef WIRE_WALK_H
#define WIRE_WALK_H

#include <stdbool.h>

#include "base/bytes.h"
#include "wire/fields.h"

struct walk_item {
    uint64_t field, value;
    enum wire_type type;
    struct span bytes; /* WIRE_BYTES */
};

/* A number of so many bits at most. False also for one that has more of them than that: readers
 * differ in what they make of those. */
static inline bool walk_varint(struct span *s, unsigned bits, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < bits && s->n > 0; shift += 7) {
        uint8_t b = *s->p++;
        s->n--;
        if (bits - shift < 7 && (b & 0x7f) >> (bits - shift))
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

/* The next field; false at the end, and with *bad set where the bytes are not what they should be.
 */
static inline bool walk_next(struct span *s, struct walk_item *out, bool *bad)
{
    uint64_t tag, n = 0;
    if (s->n == 0)
        return false;
    *bad = true;
    if (!walk_varint(s, 32, &tag))
        return false;
    *out = (struct walk_item){.field = tag >> 3, .type = (enum wire_type)(tag & 7)};
    switch (out->type) {
    case WIRE_VARINT:
        if (!walk_varint(s, 64, &out->value))
            return false;
        break;
    case WIRE_BYTES:
        if (!walk_varint(s, 32, &n))
            return false;
        break;
    case WIRE_FIXED64:
        n = 8;
        break;
    case WIRE_FIXED32:
        n = 4;
        break;
    default:
        return false;
    }
    if (n > s->n)
        return false;
    out->bytes = SPAN(s->p, n);
    s->p += n;
    s->n -= n;
    *bad = false;
    return true;
}

/* Whether it is that field. *bad where it has another form, as only the full reader knows what that
 * means. */
static inline bool walk_is(const struct walk_item *i, uint64_t field, enum wire_type type,
                           bool *bad)
{
    if (i->field != field)
        return false;
    *bad = i->type != type;
    return true;
}

/* The only field of a message that holds just that. */
static inline bool walk_only(struct span s, uint64_t field, struct span *out)
{
    struct walk_item i;
    bool bad = false;
    if (!walk_next(&s, &i, &bad) || !walk_is(&i, field, WIRE_BYTES, &bad) || s.n > 0)
        return false;
    *out = i.bytes;
    return !bad;
}

#endif
