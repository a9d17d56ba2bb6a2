/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lib/wire: writes protobuf's own form without protobuf-c, for speed. A message is written
 * from its end to its beginning: what it holds stands there when its length is to be written in
 * front. So fields are put in descending order of their numbers and lists from their last item, and
 * the bytes are those of protobuf-c, which writes fields in ascending order. */
#ifndef WIRE_PUT_H
#define WIRE_PUT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/uscc.h"
#include "wire/fields.h"

#define PUT_ROOM  4096 /* on the stack; a usual entry has 800 bytes */
#define PUT_FIELD 24   /* bytes in front of what a field holds: two varints, rounded up */

/* Its error is sticky: without memory nothing more is put, and put_finish tells. */
struct put {
    uint8_t *begin, *at, *end; /* what was put stands from `at` on */
    uint8_t *heap;             /* NULL as long as the room on the stack is enough */
    int rc;
    bool persons; /* a request on its way to the daemon, the only place for a person */
    uint8_t room[PUT_ROOM];
};

static inline struct put *put_init(struct put *w)
{
    w->begin = w->room;
    w->at = w->end = w->room + sizeof w->room;
    w->heap = NULL;
    w->rc = 0;
    w->persons = false;
    return w;
}

/* Makes room for n more bytes; false, and the error is set, when there is no memory. */
bool put_grow(struct put *w, size_t n);
/* Appends what was put to *out and frees what the writer holds. ERR_MEMORY; *out is as it was then.
 */
int put_finish(struct put *w, struct buf *out) MUST_CHECK;
/* The same, into an arena. */
int put_finish_in(struct put *w, struct arena *a, struct span *out) MUST_CHECK;
/* As put_finish, as a frame, its length in front. ERR_RANGE (no frame is that long). */
int put_finish_frame(struct put *w, struct buf *out) MUST_CHECK;

static inline bool put_room(struct put *w, size_t n)
{
    return (size_t)(w->at - w->begin) >= n || put_grow(w, n);
}

static inline size_t varint_size(uint64_t v)
{
    return (size_t)(70 - __builtin_clzll(v | 1)) / 7;
}

static inline uint8_t *varint_put(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

/* In front of p; returns where it begins. */
static inline uint8_t *varint_put_before(uint8_t *p, uint64_t v)
{
    if (v < 0x80) {
        *--p = (uint8_t)v;
        return p;
    }
    p -= varint_size(v);
    varint_put(p, v);
    return p;
}

/* Two bytes at most: the protocol's fields are below 2048. */
static inline uint8_t *tag_put_before(uint8_t *p, unsigned field, enum wire_type type)
{
    unsigned tag = field << 3 | type;
    if (tag >= 0x80) {
        *--p = (uint8_t)(tag >> 7);
        tag |= 0x80;
    }
    *--p = (uint8_t)tag;
    return p;
}

/* A number's field in front of p, absent when it is 0; returns where it begins. For messages of
 * numbers alone, whose room was made before: a byte written through p may be any of *w as far as
 * the compiler knows, and what it would read again for each field it does not with p alone. */
static inline uint8_t *nonzero_put_before(uint8_t *p, unsigned field, uint64_t v)
{
    return v ? tag_put_before(varint_put_before(p, v), field, WIRE_VARINT) : p;
}

static inline uint8_t *signed_put_before(uint8_t *p, unsigned field, int64_t v)
{
    return nonzero_put_before(p, field, (uint64_t)v);
}

/* A message's head in front of its n bytes. */
static inline uint8_t *message_put_before(uint8_t *p, unsigned field, size_t n)
{
    return tag_put_before(varint_put_before(p, n), field, WIRE_BYTES);
}

/* A field given in any case; one that is absent when it is 0. */
static inline void put_number(struct put *w, unsigned field, uint64_t v)
{
    if (put_room(w, PUT_FIELD))
        w->at = tag_put_before(varint_put_before(w->at, v), field, WIRE_VARINT);
}

static inline void put_nonzero(struct put *w, unsigned field, uint64_t v)
{
    if (v)
        put_number(w, field, v);
}

/* Values below 0, of 32 bits too, are those of 64 bits: ten bytes. */
static inline void put_signed(struct put *w, unsigned field, int64_t v)
{
    put_number(w, field, (uint64_t)v);
}

static inline void put_signed_nonzero(struct put *w, unsigned field, int64_t v)
{
    put_nonzero(w, field, (uint64_t)v);
}

static inline void put_bytes(struct put *w, unsigned field, const void *p, size_t n)
{
    if (!put_room(w, n < SIZE_MAX / 2 ? n + PUT_FIELD : n))
        return;
    uint8_t *at = w->at - n;
    if (n)
        memcpy(at, p, n);
    w->at = message_put_before(at, field, n);
}

/* Absent if NULL or "". */
static inline void put_text(struct put *w, unsigned field, const char *s)
{
    if (s && s[0])
        put_bytes(w, field, s, strlen(s));
}

/* Absent if it is all zero. */
static inline void put_uscc(struct put *w, unsigned field, const struct uscc *u)
{
    if (u->c[0])
        put_bytes(w, field, u->c, USCC_LEN);
}

/* A message: asks first where it ends, puts its fields, and closes it in front of them. */
static inline size_t put_end(const struct put *w)
{
    return (size_t)(w->end - w->at);
}

static inline void put_message(struct put *w, unsigned field, size_t end)
{
    if (put_room(w, PUT_FIELD))
        w->at = message_put_before(w->at, field, put_end(w) - end);
}

#endif
