/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes: spans, growing buffers, arenas, byte order, hexadecimal. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Bytes that someone else owns. */
struct span {
    const uint8_t *p;
    size_t n;
};

#define SPAN(ptr, len) ((struct span){(const uint8_t *)(ptr), (len)})

static inline struct span span_of_text(const char *s)
{
    return SPAN(s, strlen(s));
}

static inline int span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* A growing buffer; starts as {0}. */
struct buf {
    uint8_t *p;
    size_t n, cap;
};

/* Room for n more bytes behind the end; the caller writes there and adds to b->n. */
int buf_reserve(struct buf *b, size_t n) MUST_CHECK;
int buf_add(struct buf *b, const void *p, size_t n) MUST_CHECK;
void buf_free(struct buf *b);

/* An arena: memory of one request, freed at once. Blocks are kept for the next use by
 * arena_reset. Pointers stay valid until then. */
struct arena_block;
struct arena {
    struct arena_block *blocks; /* newest first */
    struct arena_block *spare;  /* to be used again before new ones are made */
    uint8_t *at, *end;
};

/* n bytes aligned for anything, not zeroed; NULL when there is no memory. */
void *arena_alloc(struct arena *a, size_t n);
/* As arena_alloc, zeroed. */
void *arena_zero(struct arena *a, size_t n);
/* A copy of n bytes, with a NUL behind them. */
char *arena_copy(struct arena *a, const void *p, size_t n);
/* Forgets what was allocated since *then was a copy of *a, if it was not reset or rewound since. */
void arena_back(struct arena *a, const struct arena *then);
/* Forgets everything, keeps the newest block. */
void arena_reset(struct arena *a);
/* Forgets everything, keeps every block. */
void arena_rewind(struct arena *a);
void arena_free(struct arena *a);
/* Bytes of the blocks in use. */
size_t arena_size(const struct arena *a);

/* Little-endian and big-endian integers; big-endian keys sort as their numbers do. */
static inline void put_be32(uint8_t *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    memcpy(p, &v, 4);
}

static inline uint32_t get_be32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

static inline void put_be64(uint8_t *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    memcpy(p, &v, 8);
}

static inline uint64_t get_be64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return __builtin_bswap64(v);
}

/* Lower-case hexadecimal of n bytes, terminated; out has 2n + 1 bytes. Returns out. */
char *hex_format(const void *p, size_t n, char *out);

#endif
