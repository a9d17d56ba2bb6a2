/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of lib/store share; nobody else includes this. */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "store/store.h"

/* Of the keys and rows in the tables. Tables of any other format are thrown away and folded anew
 * from the journal; the journal's format is FORMAT_BOOK. */
#define FORMAT_TABLES 4

/* ---- Rows as bytes (codec.c) ---- */

#define ROW_MAX                                                                                    \
    2038 /* bytes of an encoded row, its key and LMDB's 8: more would cost a page of its own */

/* Bytes of the longest row that a table may hold; no more than ROW_MAX. */
size_t row_most(enum table t);
/* The row as stored, only what is used of numbers, texts and lists. ERR_RANGE: it holds what
 * row_decode would not take. */
int row_encode(enum table t, const void *row, uint8_t out[static ROW_MAX], size_t *n) MUST_CHECK;
/* The row from its bytes, everything checked; what is not used is zero, so that decoding and
 * encoding again gives the same bytes. ERR_CORRUPT leaves *row as it was. */
int row_decode(enum table t, struct span bytes, void *row) MUST_CHECK;

/* Vouchers are many, lie scattered, and most of a row never changes: what the issue said is stored
 * once, what has become of it in a table of its own, whose rows are small and so lie close together
 * (and are there only where they say more than the issue did). */
bool row_has_state(enum table t);
/* As row_encode: what never changes, and what has become of it; one behind the other they are the
 * whole row. */
int row_encode_facts(enum table t, const void *row, uint8_t *out, size_t *n) MUST_CHECK;
int row_encode_state(enum table t, const void *row, uint8_t *out, size_t *n) MUST_CHECK;
/* Whether the state is the one that follows from the facts, so that it need not be stored. */
bool row_is_as_begun(enum table t, const void *row);
/* As row_decode, from both; state.p is NULL where none is stored. */
int row_decode_apart(enum table t, struct span facts, struct span state, void *row) MUST_CHECK;

/* ---- An open book ---- */

struct journal {
    MDB_env *env; /* NULL after a recovery that failed */
    MDB_dbi entries, hashes, meta;
    MDB_txn *txn;     /* NULL when nothing was appended */
    uint64_t last;    /* committed */
    uint64_t pending; /* appended, not committed */
    uint64_t newest;  /* entries of the last commit */
    uint64_t end;     /* bytes of the file when room was made last */
    int rc;           /* the first error; goes with commit or drop */
    bool unknown;     /* a commit failed: rc stays until recovery */
};

/* Where a table ends, in one transaction. */
struct table_end {
    bool known;
    struct key last; /* the greatest key; n is 0 where there is none */
};

/* Rows in three databases (scattered.c). */
struct scattered {
    MDB_dbi young[2], old;
    size_t enough; /* rows of a young one, and some more for each page of the old one */
    /* Only for who puts. */
    bool known;             /* which takes rows: not after a transaction that was dropped */
    bool filling;           /* its index */
    bool begun, moving;     /* in this transaction; the other one has rows */
    size_t puts;            /* in this transaction */
    MDB_cursor *cursors[3]; /* of this transaction, of each database; NULL: none yet */
    struct key moved;       /* the last row that was moved; n is 0: none */
};

struct tables {
    MDB_env *env; /* NULL after opening anew failed */
    MDB_dbi dbi[TABLE_COUNT], meta;
    struct scattered requests, states; /* TABLE_REQUEST's; what has become of vouchers */
    MDB_txn *txn;
    int rc;
    bool broken;                        /* a commit failed: the environment is to be opened anew */
    _Atomic bool damaged;               /* a page or a row could not be read */
    struct table_end ends[TABLE_COUNT]; /* as the transaction has them */
    MDB_cursor *cursors[TABLE_COUNT];   /* of the transaction, which ends them; NULL: none yet */
};

struct store {
    char *dir, *journal_path, *tables_path;
    uint64_t journal_map, tables_map;
    int lock; /* file descriptor */
    pthread_rwlock_t
        open; /* snapshots hold it for reading, who closes an environment for writing */
    bool open_made;
    struct journal journal; /* whoever commits, but for env and dbi */
    struct tables tables;
};

struct view {
    struct store *store;
    MDB_txn *tables, *journal;    /* NULL: a view of the other alone */
    MDB_cursor *entries, *hashes; /* of the journal; NULL: nothing was read yet */
    struct table_end ends[TABLE_COUNT];
};

/* ---- store.c ---- */

/* LMDB's or the system's code as an enum err; 0 for 0. */
int store_error(int raw) MUST_CHECK;
/* "dir/name", the caller's to free; NULL without memory. */
char *path_join(const char *dir, const char *name);
int dir_sync(const char *path) MUST_CHECK;
/* The error is told in *f in words: what, which path, why. Returns rc. */
int open_fault(struct fault *f, const char *what, const char *path, int rc);
/* Opens an environment for some named databases. `setting` names the map's size in *f where the
 * machine has not the address space: ERR_SETTING. */
int env_open(const char *path, const char *setting, uint64_t map, unsigned flags, MDB_dbi databases,
             struct fault *f, MDB_env **out) MUST_CHECK;
/* Removes an environment's directory and its files. Nothing there is no error. */
int env_remove(const char *path) MUST_CHECK;
/* Forgets what the kernel holds of a closed environment's file and the disk does not. */
void env_settle(const char *path);
/* The number under "format", 0 for none. */
int format_read(MDB_txn *txn, MDB_dbi meta, uint32_t *format) MUST_CHECK;
int format_write(MDB_txn *txn, MDB_dbi meta, uint32_t format) MUST_CHECK;

/* ---- journal.c ---- */

/* Makes an empty journal at path, durably and at once: a crash leaves none. */
int journal_make(const char *dir, const char *path, uint64_t map, struct fault *f) MUST_CHECK;
/* Reads the format and writes nothing (but see env_fill for a file that was cut short). */
int journal_check(const char *path, struct fault *f) MUST_CHECK;
int journal_open(struct store *s, struct fault *f) MUST_CHECK;
void journal_close(struct store *s);

/* ---- scattered.c: codes are LMDB's ---- */

int scattered_open(MDB_txn *txn, const char *name, struct scattered *s) MUST_CHECK;
int scattered_get(const struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value) MUST_CHECK;
/* Moves one or two rows, too. */
int scattered_put(struct scattered *s, MDB_txn *txn, MDB_val *key, MDB_val *value) MUST_CHECK;
/* The transaction has ended. */
void scattered_forget(struct scattered *s, bool committed);

/* Walks a database in key order, or three as one. */
#define WALK_SIDES 3
struct walk {
    struct walk_side {
        MDB_cursor *cursor; /* NULL: there is none */
        MDB_val key, value;
        bool end;
        bool given;      /* by the last step */
    } sides[WALK_SIDES]; /* young ones, old */
    bool begun;
};

/* s: NULL where the table has no young rows. walk_end also after an error. */
int walk_begin(struct walk *w, MDB_txn *txn, MDB_dbi old, const struct scattered *s) MUST_CHECK;
/* The next row; of the first step, the first with a key >= *from. MDB_NOTFOUND at the end. */
int walk_next(struct walk *w, const MDB_val *from, MDB_val *key, MDB_val *value) MUST_CHECK;
void walk_end(struct walk *w);
/* As LMDB sorts keys. */
int vals_compare(const MDB_val *a, const MDB_val *b);

/* ---- tables.c ---- */

/* The young rows of a table; NULL where it has none. */
struct scattered *table_scattered(struct tables *t, enum table table);

int tables_open(struct store *s, struct fault *f) MUST_CHECK;
void tables_close(struct store *s);
/* Tables whose keys mostly come in rising order. */
extern const bool table_grows[TABLE_COUNT];
/* Whether a key lies behind its table's end; *e is found out once for a transaction. */
int table_is_behind(const struct tables *t, MDB_txn *txn, const struct key *k, struct table_end *e,
                    bool *behind) MUST_CHECK;
/* A row by its key in any transaction. */
int tables_read(struct store *s, MDB_txn *txn, const struct key *k, void *row) MUST_CHECK;
/* Notes it if the tables were found damaged. Returns rc. */
int tables_note(struct store *s, int rc);

#endif
