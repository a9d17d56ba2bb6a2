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
    uint64_t saved; /* the mark since which an undo of it is kept */
    enum slot_state state;
    bool dirty;
    uint16_t room; /* bytes behind row: as many as are used, until it is written */
    void *row;
    struct key key; /* last: only as long as it is used */
};

/* A slot as it was before its first change since a mark. */
struct undo {
    struct slot *slot;
    enum slot_state state;
    bool dirty;
    void *row; /* copy, NULL if it was absent */
};

/* The hash stands beside the pointer: a slot that is not the one looked for is not touched. */
struct place {
    uint64_t hash;
    struct slot *slot;
};

/* Rows that are forgotten together. */
struct half {
    struct arena arena;
    size_t bytes;      /* allocated for them */
    struct place *map; /* open addressing, a power of two */
    size_t cap, n;
    struct place *all; /* the n slots, to empty the map by */
    size_t capall;
    struct slot **dirty;
    size_t ndirty, capdirty;
    size_t nnew; /* made since the dirty ones were stored */
};

struct rows {
    struct half halves[2];          /* [1]: hot tables */
    struct slot *last[TABLE_COUNT]; /* found in each table: a step asks for the same row often */
    struct slot **wanted;
    size_t nwanted, capwanted;
    const struct key **keys; /* the three lists that rows_wanted hands out */
    void **into;
    bool *found;
    size_t caplists;
    struct undo *undo;
    size_t nundo, capundo;
    unsigned marks;
    uint64_t mark; /* changes with each mark and each end of one */
    void *scratch; /* written by a step that will run again */
    int error;
};

static const struct {
    uint16_t size;
    bool hot;
} tables[TABLE_COUNT] = {
#define X(TABLE, type, name, is_hot) [TABLE] = {sizeof(struct type), is_hot},
    ROW_TABLES(X)
#undef X
};

#define SCRATCH_BYTES (sizeof(struct enterprise_row) + sizeof(struct claim_row))

#define MAP_CAP 1024

struct rows *rows_new(void)
{
    struct rows *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->scratch = calloc(1, SCRATCH_BYTES);
    bool made = r->scratch != NULL;
    for (int i = 0; i < 2; i++) {
        r->halves[i].cap = MAP_CAP;
        r->halves[i].map = calloc(MAP_CAP, sizeof *r->halves[i].map);
        made = made && r->halves[i].map;
    }
    if (!made) {
        rows_free(r);
        return NULL;
    }
    return r;
}

void rows_free(struct rows *r)
{
    if (!r)
        return;
    for (int i = 0; i < 2; i++) {
        arena_free(&r->halves[i].arena);
        free(r->halves[i].map);
        free(r->halves[i].all);
        free(r->halves[i].dirty);
    }
    free(r->wanted);
    free(r->keys);
    free(r->into);
    free(r->found);
    free(r->undo);
    free(r->scratch);
    free(r);
}

/* The map is emptied slot by slot: a small batch after a large one costs what it is. */
static void half_reset(struct half *h)
{
    for (size_t i = 0; i < h->n; i++) {
        size_t at = h->all[i].hash & (h->cap - 1);
        while (h->map[at].slot) {
            h->map[at].slot = NULL;
            at = (at + 1) & (h->cap - 1);
        }
    }
    arena_reset(&h->arena);
    h->n = h->ndirty = h->nnew = h->bytes = 0;
}

void rows_reset(struct rows *r)
{
    half_reset(&r->halves[0]);
    half_reset(&r->halves[1]);
    memset(r->last, 0, sizeof r->last);
    r->nwanted = r->nundo = 0;
    r->marks = 0;
    r->error = 0;
}

void rows_settle(struct rows *r)
{
    assert(r->marks == 0 && r->halves[0].ndirty == 0 && r->nwanted == 0);
    half_reset(&r->halves[0]);
    memset(r->last, 0, sizeof r->last);
    r->nundo = 0;
}

size_t rows_bytes(const struct rows *r)
{
    return r->halves[1].bytes;
}

size_t rows_hot_dirty(const struct rows *r)
{
    return r->halves[1].ndirty;
}

size_t rows_hot_new(const struct rows *r)
{
    return r->halves[1].nnew;
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

static void map_put(struct half *h, struct place p)
{
    size_t at = p.hash & (h->cap - 1);
    while (h->map[at].slot)
        at = (at + 1) & (h->cap - 1);
    h->map[at] = p;
}

static bool map_grow(struct half *h)
{
    struct place *map = calloc(h->cap * 2, sizeof *map);
    if (!map)
        return false;
    free(h->map);
    h->map = map;
    h->cap *= 2;
    for (size_t i = 0; i < h->n; i++)
        map_put(h, h->all[i]);
    return true;
}

static struct slot *slot_make(struct rows *r, struct half *h, const struct key *k, uint64_t hash)
{
    struct slot *s = arena_alloc(&h->arena, offsetof(struct slot, key.p) + k->n);
    if (!s || !list_grow(&r->wanted, &r->capwanted, r->nwanted, sizeof *r->wanted) ||
        !list_grow(&h->all, &h->capall, h->n, sizeof *h->all) ||
        (h->n * 2 >= h->cap && !map_grow(h))) {
        r->error = ERR_MEMORY;
        return NULL;
    }
    s->saved = 0;
    s->state = SLOT_WANTED;
    s->dirty = false;
    s->room = 0;
    s->row = NULL;
    s->key.table = k->table;
    s->key.n = k->n;
    memcpy(s->key.p, k->p, k->n);
    h->all[h->n] = (struct place){hash, s};
    map_put(h, h->all[h->n++]);
    h->bytes += sizeof *s;
    return s;
}

/* The slot of a key, made as wanted where there is none; NULL without memory. */
static struct slot *slot_find_hashed(struct rows *r, const struct key *k, uint64_t hash)
{
    struct half *h = &r->halves[tables[k->table].hot];
    for (size_t at = hash & (h->cap - 1); h->map[at].slot; at = (at + 1) & (h->cap - 1))
        if (h->map[at].hash == hash && key_equal(&h->map[at].slot->key, k))
            return h->map[at].slot;
    struct slot *s = slot_make(r, h, k, hash);
    if (s)
        r->wanted[r->nwanted++] = s;
    return s;
}

static struct slot *slot_find(struct rows *r, const struct key *k)
{
    struct slot *last = r->last[k->table];
    if (last && key_equal(&last->key, k))
        return last;
    return r->last[k->table] = slot_find_hashed(r, k, key_hash(k));
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

#define CACHE_LINE 64
#define ROW_LINES  6 /* of a row: the part that is used of nearly all */

/* One step for all keys before the next step: each asks for the memory that the next one reads. */
void rows_want_all(struct rows *r, const struct wants *w)
{
    uint64_t hashes[WANTS];
    for (size_t i = 0; i < w->n; i++) {
        const struct half *h = &r->halves[tables[w->keys[i].table].hot];
        hashes[i] = key_hash(&w->keys[i]);
        __builtin_prefetch(&h->map[hashes[i] & (h->cap - 1)]);
    }
    for (size_t i = 0; i < w->n; i++) {
        const struct half *h = &r->halves[tables[w->keys[i].table].hot];
        const struct slot *s = h->map[hashes[i] & (h->cap - 1)].slot;
        __builtin_prefetch(s);
        __builtin_prefetch((const char *)s + CACHE_LINE);
    }
    for (size_t i = 0; i < w->n; i++) {
        const struct slot *s = slot_find_hashed(r, &w->keys[i], hashes[i]);
        for (size_t at = 0; s && at < s->room && at < (size_t)ROW_LINES * CACHE_LINE;
             at += CACHE_LINE)
            __builtin_prefetch((const char *)s->row + at);
    }
}

void rows_absent(struct rows *r, const struct key *k)
{
    size_t n = r->nwanted;
    struct slot *s = slot_find(r, k);
    if (!s || r->nwanted == n)
        return;
    s->state = SLOT_ABSENT;
    r->nwanted = n;
}

size_t row_used(enum table t, const void *row)
{
    const struct claim_row *c = row;
    const struct account_row *a = row;
    const struct enterprise_row *e = row;
    switch (t) {
    case TABLE_CLAIM:
        return offsetof(struct claim_row, parts) + (size_t)c->nparts * sizeof c->parts[0];
    case TABLE_ACCOUNT:
        return offsetof(struct account_row, years) + (size_t)a->nyears * sizeof a->years[0];
    case TABLE_ENTERPRISE:
        return offsetof(struct enterprise_row, name) + strlen(e->name) + 1;
    default:
        return tables[t].size;
    }
}

/* Room for n bytes of a slot's row; what it holds is kept. */
static bool row_room(struct rows *r, struct slot *s, size_t n)
{
    struct half *h = &r->halves[tables[s->key.table].hot];
    if (s->room >= n)
        return true;
    void *row = arena_alloc(&h->arena, n);
    if (!row)
        return false;
    if (s->row)
        memcpy(row, s->row, s->room);
    s->row = row;
    s->room = (uint16_t)n;
    h->bytes += n;
    return true;
}

/* What a row may take while it is written: it grows by one item of its last list at most. */
static size_t row_grown(const struct slot *s)
{
    enum table t = (enum table)s->key.table;
    bool made = s->state == SLOT_PRESENT;
    switch (t) {
    case TABLE_CLAIM:
        return (made ? row_used(t, s->row) : offsetof(struct claim_row, parts)) +
               sizeof(struct claim_part);
    case TABLE_ACCOUNT:
        return (made ? row_used(t, s->row) : offsetof(struct account_row, years)) +
               sizeof(struct account_year);
    default:
        return tables[t].size;
    }
}

static bool undo_keep(struct rows *r, struct slot *s)
{
    if (!list_grow(&r->undo, &r->capundo, r->nundo, sizeof *r->undo))
        return false;
    struct undo *u = &r->undo[r->nundo];
    *u = (struct undo){s, s->state, s->dirty, NULL};
    if (s->state == SLOT_PRESENT) {
        size_t n = row_used((enum table)s->key.table, s->row);
        u->row = arena_alloc(&r->halves[0].arena, n);
        if (!u->row)
            return false;
        memcpy(u->row, s->row, n);
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
    struct half *h = &r->halves[tables[k->table].hot];
    if ((r->marks && s->saved != r->mark && !undo_keep(r, s)) || !row_room(r, s, row_grown(s)) ||
        (!s->dirty && !list_grow(&h->dirty, &h->capdirty, h->ndirty, sizeof *h->dirty))) {
        r->error = ERR_MEMORY;
        return r->scratch;
    }
    if (!s->dirty) {
        s->dirty = true;
        h->dirty[h->ndirty++] = s;
    }
    if (s->state == SLOT_ABSENT) {
        s->state = SLOT_PRESENT;
        h->nnew++; /* taken back it counts too: an upper bound is wanted */
        memset(s->row, 0, s->room);
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
        r->into[i] = arena_alloc(&r->halves[0].arena, tables[r->wanted[i]->key.table].size);
        r->found[i] = false;
        if (!r->into[i]) {
            r->error = ERR_MEMORY;
            return 0;
        }
    }
    *keys = r->keys;
    *rows = r->into;
    *found = r->found;
    return (int)r->nwanted;
}

/* A cold row stays where it was loaded; of a hot one what is used is kept. */
static bool slot_take(struct rows *r, struct slot *s, void *row)
{
    enum table t = (enum table)s->key.table;
    if (!tables[t].hot) {
        s->row = row;
        s->room = tables[t].size;
        return true;
    }
    size_t n = row_used(t, row);
    if (!row_room(r, s, n))
        return false;
    memcpy(s->row, row, n);
    return true;
}

void rows_loaded(struct rows *r)
{
    for (size_t i = 0; i < r->nwanted; i++) {
        struct slot *s = r->wanted[i];
        s->state = r->found[i] ? SLOT_PRESENT : SLOT_ABSENT;
        if (r->found[i] && !slot_take(r, s, r->into[i]))
            r->error = ERR_MEMORY;
    }
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
            memcpy(u->slot->row, u->row, row_used((enum table)u->slot->key.table, u->row));
        /* It was put last or nearly so: the search from the end is short. */
        if (!u->dirty && u->slot->dirty) {
            struct half *h = &r->halves[tables[u->slot->key.table].hot];
            u->slot->dirty = false;
            for (size_t i = h->ndirty; i-- > 0;) {
                if (h->dirty[i] == u->slot) {
                    h->dirty[i] = h->dirty[--h->ndirty];
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

bool rows_next_dirty(struct rows *r, bool hot, size_t *at, const struct key **k, const void **row)
{
    struct half *h = &r->halves[hot];
    if (*at >= h->ndirty)
        return false;
    struct slot *s = h->dirty[(*at)++];
    *k = &s->key;
    *row = s->row;
    return true;
}

void rows_clean(struct rows *r, bool hot)
{
    struct half *h = &r->halves[hot];
    for (size_t i = 0; i < h->ndirty; i++)
        h->dirty[i]->dirty = false;
    h->ndirty = h->nnew = 0;
}
