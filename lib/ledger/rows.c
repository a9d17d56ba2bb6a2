/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/bytes.h"

enum slot_state {
    SLOT_WANTED, /* not loaded yet */
    SLOT_ABSENT,
    SLOT_PRESENT,
};

struct slot {
    uint64_t hash;
    uint64_t saved; /* the mark since which an undo of it is kept */
    enum slot_state state;
    bool dirty;
    struct key key;
    void *row; /* row_sizes[key.table] bytes */
};

/* A slot as it was before its first change since a mark. */
struct undo {
    struct slot *slot;
    enum slot_state state;
    bool dirty;
    void *row; /* copy, NULL if it was absent */
};

struct rows {
    struct arena arena;
    struct slot **map; /* open addressing, a power of two */
    size_t cap, n;
    struct slot **wanted;
    size_t nwanted, capwanted;
    const struct key **keys; /* the three lists that rows_wanted hands out */
    void **into;
    bool *found;
    size_t caplists;
    struct slot **dirty;
    size_t ndirty, capdirty;
    struct undo *undo;
    size_t nundo, capundo;
    unsigned marks;
    uint64_t mark; /* changes with each mark and each end of one */
    void *scratch; /* written by a step that will run again */
    int error;
};

static const uint16_t row_sizes[TABLE_COUNT] = {
#define X(TABLE, type, name) [TABLE] = sizeof(struct type),
    ROW_TABLES(X)
#undef X
};

#define SCRATCH_BYTES (sizeof(struct enterprise_row) + sizeof(struct claim_row))

struct rows *rows_new(void)
{
    struct rows *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->cap = 1024;
    r->map = calloc(r->cap, sizeof *r->map);
    r->scratch = calloc(1, SCRATCH_BYTES);
    if (!r->map || !r->scratch) {
        rows_free(r);
        return NULL;
    }
    return r;
}

void rows_free(struct rows *r)
{
    if (!r)
        return;
    arena_free(&r->arena);
    free(r->map);
    free(r->wanted);
    free(r->keys);
    free(r->into);
    free(r->found);
    free(r->dirty);
    free(r->undo);
    free(r->scratch);
    free(r);
}

void rows_reset(struct rows *r)
{
    arena_reset(&r->arena);
    memset(r->map, 0, r->cap * sizeof *r->map);
    r->n = r->nwanted = r->ndirty = r->nundo = 0;
    r->marks = 0;
    r->error = 0;
}

static uint64_t key_hash(const struct key *k)
{
    uint64_t h = k->table * UINT64_C(0x9e3779b97f4a7c15) + k->n;
    unsigned i = 0;
    for (; i + 8 <= k->n; i += 8) {
        uint64_t w;
        memcpy(&w, k->p + i, 8);
        h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    uint64_t w = 0;
    memcpy(&w, k->p + i, k->n - i);
    h = (h ^ w) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 29;
}

static bool key_equal(const struct key *a, const struct key *b)
{
    return a->table == b->table && a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* Room for one more item in a growing list. */
static bool list_grow(void *list, size_t *cap, size_t n, size_t size)
{
    if (n < *cap)
        return true;
    size_t c = *cap ? *cap * 2 : 64;
    void *p = realloc(*(void **)list, c * size);
    if (!p)
        return false;
    *(void **)list = p;
    *cap = c;
    return true;
}

static bool map_grow(struct rows *r)
{
    size_t cap = r->cap * 2;
    struct slot **map = calloc(cap, sizeof *map);
    if (!map)
        return false;
    for (size_t i = 0; i < r->cap; i++) {
        if (!r->map[i])
            continue;
        size_t at = r->map[i]->hash & (cap - 1);
        while (map[at])
            at = (at + 1) & (cap - 1);
        map[at] = r->map[i];
    }
    free(r->map);
    r->map = map;
    r->cap = cap;
    return true;
}

/* The key's slot, made as wanted where there is none; NULL without memory. */
static struct slot *slot_find(struct rows *r, const struct key *k)
{
    uint64_t hash = key_hash(k);
    size_t at = hash & (r->cap - 1);
    for (; r->map[at]; at = (at + 1) & (r->cap - 1))
        if (r->map[at]->hash == hash && key_equal(&r->map[at]->key, k))
            return r->map[at];
    struct slot *s = arena_alloc(&r->arena, sizeof *s);
    void *row = arena_alloc(&r->arena, row_sizes[k->table]);
    if (!s || !row || !list_grow(&r->wanted, &r->capwanted, r->nwanted, sizeof *r->wanted) ||
        (r->n * 2 >= r->cap && !map_grow(r))) {
        r->error = ERR_MEMORY;
        return NULL;
    }
    s->hash = hash;
    s->saved = 0;
    s->state = SLOT_WANTED;
    s->dirty = false;
    s->key.table = k->table;
    s->key.n = k->n;
    memcpy(s->key.p, k->p, k->n);
    s->row = row;
    at = hash & (r->cap - 1);
    while (r->map[at])
        at = (at + 1) & (r->cap - 1);
    r->map[at] = s;
    r->n++;
    r->wanted[r->nwanted++] = s;
    return s;
}

const void *rows_read(struct rows *r, const struct key *k)
{
    struct slot *s = slot_find(r, k);
    return s && s->state == SLOT_PRESENT ? s->row : NULL;
}

void rows_want(struct rows *r, const struct key *k)
{
    (void)slot_find(r, k);
}

static bool undo_keep(struct rows *r, struct slot *s)
{
    if (!list_grow(&r->undo, &r->capundo, r->nundo, sizeof *r->undo))
        return false;
    struct undo *u = &r->undo[r->nundo];
    *u = (struct undo){s, s->state, s->dirty, NULL};
    if (s->state == SLOT_PRESENT) {
        u->row = arena_alloc(&r->arena, row_sizes[s->key.table]);
        if (!u->row)
            return false;
        memcpy(u->row, s->row, row_sizes[s->key.table]);
    }
    r->nundo++;
    s->saved = r->mark;
    return true;
}

void *rows_write(struct rows *r, const struct key *k)
{
    struct slot *s = slot_find(r, k);
    if (!s || s->state == SLOT_WANTED) {
        memset(r->scratch, 0, SCRATCH_BYTES);
        return r->scratch;
    }
    if ((r->marks && s->saved != r->mark && !undo_keep(r, s)) ||
        (!s->dirty && !list_grow(&r->dirty, &r->capdirty, r->ndirty, sizeof *r->dirty))) {
        r->error = ERR_MEMORY;
        return r->scratch;
    }
    if (!s->dirty) {
        s->dirty = true;
        r->dirty[r->ndirty++] = s;
    }
    if (s->state == SLOT_ABSENT) {
        s->state = SLOT_PRESENT;
        memset(s->row, 0, row_sizes[k->table]);
    }
    return s->row;
}

bool rows_incomplete(const struct rows *r)
{
    return r->nwanted > 0 || r->error;
}

int rows_error(const struct rows *r)
{
    return r->error;
}

int rows_wanted(struct rows *r, const struct key *const **keys, void *const **rows, bool **found)
{
    if (r->caplists < r->nwanted) {
        free(r->keys);
        free(r->into);
        free(r->found);
        r->caplists = r->capwanted;
        r->keys = malloc(r->caplists * sizeof *r->keys);
        r->into = malloc(r->caplists * sizeof *r->into);
        r->found = malloc(r->caplists * sizeof *r->found);
        if (!r->keys || !r->into || !r->found) {
            r->caplists = 0;
            r->error = ERR_MEMORY;
            return 0;
        }
    }
    for (size_t i = 0; i < r->nwanted; i++) {
        r->keys[i] = &r->wanted[i]->key;
        r->into[i] = r->wanted[i]->row;
        r->found[i] = false;
    }
    *keys = r->keys;
    *rows = r->into;
    *found = r->found;
    return (int)r->nwanted;
}

void rows_loaded(struct rows *r)
{
    for (size_t i = 0; i < r->nwanted; i++)
        r->wanted[i]->state = r->found[i] ? SLOT_PRESENT : SLOT_ABSENT;
    r->nwanted = 0;
}

size_t rows_mark(struct rows *r)
{
    r->marks++;
    r->mark++;
    return r->nundo;
}

void rows_rollback(struct rows *r, size_t mark)
{
    assert(r->marks > 0);
    r->marks--;
    r->mark++;
    while (r->nundo > mark) {
        struct undo *u = &r->undo[--r->nundo];
        u->slot->state = u->state;
        if (u->row)
            memcpy(u->slot->row, u->row, row_sizes[u->slot->key.table]);
        /* It was put last or nearly so: the search from the end is short. */
        if (!u->dirty && u->slot->dirty) {
            u->slot->dirty = false;
            for (size_t i = r->ndirty; i-- > 0;) {
                if (r->dirty[i] == u->slot) {
                    r->dirty[i] = r->dirty[--r->ndirty];
                    break;
                }
            }
        }
    }
}

void rows_keep(struct rows *r)
{
    assert(r->marks > 0);
    r->mark++;
    if (--r->marks == 0)
        r->nundo = 0;
}

bool rows_next_dirty(struct rows *r, size_t *at, const struct key **k, const void **row)
{
    if (*at >= r->ndirty)
        return false;
    struct slot *s = r->dirty[(*at)++];
    *k = &s->key;
    *row = s->row;
    return true;
}

void rows_clean(struct rows *r)
{
    for (size_t i = 0; i < r->ndirty; i++)
        r->dirty[i]->dirty = false;
    r->ndirty = 0;
}
