/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rows.h"

#include <assert.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "ledger/row_room.h"

enum slot_state {
    SLOT_WANTED, /* not loaded yet */
    SLOT_ABSENT,
    SLOT_PRESENT,
};

struct slot {
    uint64_t saved; /* the mark since which an undo of it is kept */
    enum slot_state state;
    bool dirty;
    uint16_t room; /* bytes behind row: as many as are used, or are likely to be */
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
struct generation {
    struct arena arena;
    size_t bytes;      /* allocated for them */
    struct place *map; /* open addressing, a power of two */
    size_t cap, n;
    struct place *all; /* the n slots, to empty the map by */
    size_t capall;
    struct slot **dirty;
    size_t ndirty, capdirty;
    size_t dirty_of[TABLE_COUNT], made_of[TABLE_COUNT];
};

struct rows {
    struct generation generations[2];
    struct generation *now, *before;
    struct arena loading;           /* rows on their way from the tables */
    struct arena undone;            /* rows as they were, while a mark is set */
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

#define SLOT_PLACES 3 /* of a slot in the map, which is never full, and in the list of all */

union any_row {
#define X(TABLE, type, name) struct type type;
    ROW_TABLES(X)
#undef X
};

#define MAP_CAP (1 << 19) /* as large as a generation is: growing under load would be a pause */

struct rows *rows_new(void)
{
    struct rows *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->scratch = calloc(1, sizeof(union any_row));
    bool made = r->scratch != NULL;
    for (int i = 0; i < 2; i++) {
        struct generation *g = &r->generations[i];
        g->cap = MAP_CAP;
        g->map = calloc(MAP_CAP, sizeof *g->map);
        made = made && g->map;
    }
    r->now = &r->generations[0];
    r->before = &r->generations[1];
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
        struct generation *g = &r->generations[i];
        arena_free(&g->arena);
        free(g->map);
        free(g->all);
        free(g->dirty);
    }
    arena_free(&r->loading);
    arena_free(&r->undone);
    free(r->wanted);
    free(r->keys);
    free(r->into);
    free(r->found);
    free(r->undo);
    free(r->scratch);
    free(r);
}

/* The map is emptied slot by slot where that is less: a small generation after a large one costs
 * what it is. */
static void generation_reset(struct generation *g)
{
    if (g->n > g->cap / 8)
        memset(g->map, 0, g->cap * sizeof *g->map);
    for (size_t i = 0; i < g->n && g->n <= g->cap / 8; i++) {
        size_t at = g->all[i].hash & (g->cap - 1);
        while (g->map[at].slot) {
            g->map[at].slot = NULL;
            at = (at + 1) & (g->cap - 1);
        }
    }
    arena_rewind(&g->arena);
    memset(g->dirty_of, 0, sizeof g->dirty_of);
    memset(g->made_of, 0, sizeof g->made_of);
    g->n = g->ndirty = g->bytes = 0;
}

void rows_reset(struct rows *r)
{
    generation_reset(r->now);
    generation_reset(r->before);
    memset(r->last, 0, sizeof r->last);
    arena_reset(&r->undone);
    r->nwanted = r->nundo = 0;
    r->marks = 0;
    r->error = 0;
}

void rows_turn(struct rows *r)
{
    struct generation *old = r->before;
    assert(r->marks == 0 && r->nwanted == 0);
    generation_reset(old);
    r->before = r->now;
    r->now = old;
    memset(r->last, 0, sizeof r->last);
    r->nundo = 0;
}

size_t rows_bytes(const struct rows *r)
{
    return r->now->bytes;
}

size_t rows_dirty(const struct rows *r, enum table t)
{
    return r->now->dirty_of[t];
}

/* Keys are hashed and compared some thirty times for a command, so by words; the last one lies over
 * the one before it where their number is no multiple of eight. */
#define WORD 8

static uint64_t word_at(const uint8_t *p)
{
    uint64_t w;
    memcpy(&w, p, WORD);
    return w;
}

/* The high bits of a product know all others, the low ones are where places are counted. No shift
 * by half a word: the last word may lie over half of the one before it, and what differs there
 * would cancel itself. */
static uint64_t hash_add(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 29;
}

static uint64_t key_hash(const struct key *k)
{
    uint64_t h = k->table * UINT64_C(0x9e3779b97f4a7c15) + k->n, last = 0;
    if (k->n >= WORD)
        last = word_at(k->p + k->n - WORD);
    else
        for (unsigned i = 0; i < k->n; i++)
            last = last << 8 | k->p[i];
    for (unsigned i = 0; i + WORD < k->n; i += WORD)
        h = hash_add(h, word_at(k->p + i));
    return hash_add(hash_add(h, last), 0);
}

static bool key_equal(const struct key *a, const struct key *b)
{
    if (a->table != b->table || a->n != b->n)
        return false;
    if (a->n < WORD)
        return memcmp(a->p, b->p, a->n) == 0;
    for (unsigned i = 0; i + WORD < a->n; i += WORD)
        if (word_at(a->p + i) != word_at(b->p + i))
            return false;
    return word_at(a->p + a->n - WORD) == word_at(b->p + a->n - WORD);
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

static void map_put(struct generation *g, struct place p)
{
    size_t at = p.hash & (g->cap - 1);
    while (g->map[at].slot)
        at = (at + 1) & (g->cap - 1);
    g->map[at] = p;
}

static bool map_grow(struct generation *g)
{
    struct place *map = calloc(g->cap * 2, sizeof *map);
    if (!map)
        return false;
    free(g->map);
    g->map = map;
    g->cap *= 2;
    for (size_t i = 0; i < g->n; i++)
        map_put(g, g->all[i]);
    return true;
}

static struct slot *slot_make(struct rows *r, const struct key *k, uint64_t hash)
{
    struct generation *g = r->now;
    size_t bytes = offsetof(struct slot, key.p) + k->n;
    struct slot *s = arena_alloc(&g->arena, bytes);
    if (!s || !list_grow(&r->wanted, &r->capwanted, r->nwanted, sizeof *r->wanted) ||
        !list_grow(&g->all, &g->capall, g->n, sizeof *g->all) ||
        (g->n * 4 >= g->cap * 3 && !map_grow(g))) {
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
    g->all[g->n] = (struct place){hash, s};
    map_put(g, g->all[g->n++]);
    g->bytes += bytes + SLOT_PLACES * sizeof(struct place);
    return s;
}

static struct slot *map_find(const struct generation *g, const struct key *k, uint64_t hash)
{
    for (size_t at = hash & (g->cap - 1); g->map[at].slot; at = (at + 1) & (g->cap - 1))
        if (g->map[at].hash == hash && key_equal(&g->map[at].slot->key, k))
            return g->map[at].slot;
    return NULL;
}

/* Room for n bytes of a slot's row; what it holds is kept. */
static bool row_room(struct rows *r, struct slot *s, size_t n)
{
    if (s->room >= n)
        return true;
    void *row = arena_alloc(&r->now->arena, n);
    if (!row)
        return false;
    if (s->row)
        memcpy(row, s->row, s->room);
    s->row = row;
    s->room = (uint16_t)n;
    r->now->bytes += n;
    return true;
}

/* What a slot's row is from now on: as much of it as is used, and what it is likely to grow by, so
 * that it need not be moved then. */
static void slot_set(struct rows *r, struct slot *s, bool there, const void *row)
{
    const enum table t = (enum table)s->key.table;
    if (there && !row_room(r, s, row_loaded(t, row))) {
        r->error = ERR_MEMORY; /* it stays wanted: there is no row to be written to */
        return;
    }
    if (there)
        memcpy(s->row, row, row_used(t, row));
    s->state = there ? SLOT_PRESENT : SLOT_ABSENT;
}

/* The slot of a key, taken over from the older generation, or made as wanted where there is none;
 * NULL without memory. */
static struct slot *slot_find_hashed(struct rows *r, const struct key *k, uint64_t hash)
{
    struct slot *s = map_find(r->now, k, hash);
    if (s)
        return s;
    const struct slot *old = map_find(r->before, k, hash);
    s = slot_make(r, k, hash);
    if (s && old)
        slot_set(r, s, old->state == SLOT_PRESENT, old->row);
    else if (s)
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
#define ROW_LINES  6   /* of a row: the part that is used of nearly all */
#define SLOT_BYTES 128 /* with its key */
#define AHEAD      8   /* slots of a walk over all */

static void fetch(const void *p, size_t n)
{
    for (size_t at = 0; p && at < n && at < (size_t)ROW_LINES * CACHE_LINE; at += CACHE_LINE)
        __builtin_prefetch((const char *)p + at);
}

/* One step for all keys before the next step: each asks for the memory that the next one reads. */
void rows_want_all(struct rows *r, const struct wants *w)
{
    const struct generation *both[] = {r->now, r->before};
    uint64_t hashes[WANTS];
    bool here[WANTS]; /* in the generation that is worked on */
    for (size_t i = 0; i < w->n; i++) {
        hashes[i] = key_hash(&w->keys[i]);
        for (int g = 0; g < 2; g++)
            __builtin_prefetch(&both[g]->map[hashes[i] & (both[g]->cap - 1)]);
    }
    for (size_t i = 0; i < w->n; i++)
        for (int g = 0; g < 2; g++)
            fetch(both[g]->map[hashes[i] & (both[g]->cap - 1)].slot, SLOT_BYTES);
    for (size_t i = 0; i < w->n; i++) {
        const struct slot *s = map_find(r->now, &w->keys[i], hashes[i]);
        here[i] = s != NULL;
        if (!s)
            s = map_find(r->before, &w->keys[i], hashes[i]);
        if (s)
            fetch(s->row, s->room);
    }
    for (size_t i = 0; i < w->n; i++)
        if (!here[i])
            (void)slot_find_hashed(r, &w->keys[i], hashes[i]);
}

void rows_soon(const struct rows *r, const struct key *k)
{
    uint64_t hash = key_hash(k);
    __builtin_prefetch(&r->now->map[hash & (r->now->cap - 1)]);
    __builtin_prefetch(&r->before->map[hash & (r->before->cap - 1)]);
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

static bool undo_keep(struct rows *r, struct slot *s)
{
    if (!list_grow(&r->undo, &r->capundo, r->nundo, sizeof *r->undo))
        return false;
    struct undo *u = &r->undo[r->nundo];
    *u = (struct undo){s, s->state, s->dirty, NULL};
    if (s->state == SLOT_PRESENT) {
        size_t n = row_used((enum table)s->key.table, s->row);
        u->row = arena_alloc(&r->undone, n);
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
    return rows_write_more(r, k, row_tails[k->table].spare);
}

void *rows_write_more(struct rows *r, const struct key *k, unsigned more)
{
    const enum table t = (enum table)k->table;
    struct slot *s = slot_find(r, k);
    if (!s || s->state == SLOT_WANTED) {
        memset(r->scratch, 0, sizeof(union any_row));
        return r->scratch;
    }
    struct generation *g = r->now;
    const void *row = s->state == SLOT_PRESENT ? s->row : NULL;
    assert(!row || row_used(t, row) <= s->room); /* or a step did not ask for the room it took */
    if ((r->marks && s->saved != r->mark && !undo_keep(r, s)) ||
        !row_room(r, s, row_grown(t, row, more)) ||
        (!s->dirty && !list_grow(&g->dirty, &g->capdirty, g->ndirty, sizeof *g->dirty))) {
        r->error = ERR_MEMORY;
        return r->scratch;
    }
    if (!s->dirty) {
        s->dirty = true;
        g->dirty[g->ndirty++] = s;
        g->dirty_of[k->table]++;
        g->made_of[k->table] += s->state == SLOT_ABSENT;
    }
    if (s->state == SLOT_ABSENT) {
        s->state = SLOT_PRESENT;
        memset(s->row, 0, s->room);
    }
    return s->row;
}

size_t rows_made(const struct rows *r, enum table t)
{
    return r->now->made_of[t];
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
        r->into[i] = arena_alloc(&r->loading, row_sizes[r->wanted[i]->key.table]);
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

void rows_loaded(struct rows *r)
{
    for (size_t i = 0; i < r->nwanted; i++)
        slot_set(r, r->wanted[i], r->found[i], r->into[i]);
    r->nwanted = 0;
    arena_reset(&r->loading);
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
            struct generation *g = r->now;
            u->slot->dirty = false;
            g->dirty_of[u->slot->key.table]--;
            g->made_of[u->slot->key.table] -= u->state == SLOT_ABSENT;
            for (size_t i = g->ndirty; i-- > 0;) {
                if (g->dirty[i] == u->slot) {
                    g->dirty[i] = g->dirty[--g->ndirty];
                    break;
                }
            }
        }
    }
    if (r->marks == 0)
        arena_reset(&r->undone);
}

void rows_keep(struct rows *r)
{
    assert(r->marks > 0);
    r->mark++;
    if (--r->marks > 0)
        return;
    r->nundo = 0;
    arena_reset(&r->undone);
}

size_t rows_written(const struct rows *r, enum table t)
{
    return r->before->dirty_of[t];
}

bool rows_next_written(const struct rows *r, size_t *at, const struct key **k, const void **row)
{
    const struct generation *g = r->before;
    if (*at >= g->ndirty)
        return false;
    if (*at + AHEAD < g->ndirty)
        fetch(g->dirty[*at + AHEAD], SLOT_BYTES);
    const struct slot *s = g->dirty[(*at)++];
    *k = &s->key;
    *row = s->row;
    return true;
}

bool rows_peek(const struct rows *r, const struct key *k, void *row, bool *there)
{
    uint64_t hash = key_hash(k);
    const struct slot *s = map_find(r->now, k, hash);
    if (!s)
        s = map_find(r->before, k, hash);
    if (!s || s->state == SLOT_WANTED)
        return false;
    *there = s->state == SLOT_PRESENT;
    if (*there) {
        size_t n = row_used((enum table)k->table, s->row);
        memcpy(row, s->row, n);
        memset((char *)row + n, 0, row_sizes[k->table] - n);
    }
    return true;
}
