/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include <stdlib.h>

/* Keys and frames are big-endian by byte swap: the tree is built for little-endian machines. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian machines only");

#define ARENA_BLOCK 8192

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(max_align_t) uint8_t data[];
};

int buf_reserve(struct buf *b, size_t n)
{
    if (b->cap - b->n >= n)
        return 0;
    size_t want;
    if (__builtin_add_overflow(b->n, n, &want))
        return ERR_MEMORY;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < want)
        if (__builtin_mul_overflow(cap, 2, &cap))
            return ERR_MEMORY;
    uint8_t *p = realloc(b->p, cap);
    if (!p)
        return ERR_MEMORY;
    b->p = p;
    b->cap = cap;
    return 0;
}

int buf_add(struct buf *b, const void *p, size_t n)
{
    int rc = buf_reserve(b, n);
    if (rc < 0)
        return rc;
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    return 0;
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){0};
}

/* A block for n bytes, to be the newest. */
static struct arena_block *block_new(struct arena *a, size_t n)
{
    struct arena_block *b = a->spare;
    if (b && b->size >= n) {
        a->spare = b->next;
        return b;
    }
    size_t size = n > ARENA_BLOCK ? n : ARENA_BLOCK;
    if (a->blocks && size < 2 * a->blocks->size && a->blocks->size < (1U << 20))
        size = 2 * a->blocks->size;
    b = malloc(sizeof *b + size);
    if (b)
        b->size = size;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t unit = _Alignof(max_align_t);
    if (n > SIZE_MAX / 4)
        return NULL;
    n = n ? (n + unit - 1) / unit * unit : unit;
    if ((size_t)(a->end - a->at) < n) {
        struct arena_block *b = block_new(a, n);
        if (!b)
            return NULL;
        b->next = a->blocks;
        a->blocks = b;
        a->at = b->data;
        a->end = b->data + b->size;
    }
    void *p = a->at;
    a->at += n;
    return p;
}

void *arena_zero(struct arena *a, size_t n)
{
    void *p = arena_alloc(a, n);
    if (p)
        memset(p, 0, n);
    return p;
}

char *arena_copy(struct arena *a, const void *p, size_t n)
{
    char *s = arena_alloc(a, n + 1);
    if (!s)
        return NULL;
    if (n)
        memcpy(s, p, n);
    s[n] = 0;
    return s;
}

void arena_reset(struct arena *a)
{
    struct arena_block *b = a->blocks;
    if (!b)
        return;
    for (struct arena_block *old = b->next, *next; old; old = next) {
        next = old->next;
        free(old);
    }
    b->next = NULL;
    a->at = b->data;
    a->end = b->data + b->size;
}

void arena_back(struct arena *a, const struct arena *then)
{
    while (a->blocks != then->blocks) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    a->at = then->at;
    a->end = then->end;
}

void arena_rewind(struct arena *a)
{
    for (struct arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        b->next = a->spare;
        a->spare = b;
    }
    a->blocks = NULL;
    a->at = a->end = NULL;
}

static void blocks_free(struct arena_block *b)
{
    for (struct arena_block *next; b; b = next) {
        next = b->next;
        free(b);
    }
}

void arena_free(struct arena *a)
{
    blocks_free(a->blocks);
    blocks_free(a->spare);
    *a = (struct arena){0};
}

size_t arena_size(const struct arena *a)
{
    size_t n = 0;
    for (const struct arena_block *b = a->blocks; b; b = b->next)
        n += b->size;
    return n;
}

char *hex_format(const void *p, size_t n, char *out)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[b[i] >> 4];
        out[2 * i + 1] = digit[b[i] & 15];
    }
    out[2 * n] = 0;
    return out;
}
