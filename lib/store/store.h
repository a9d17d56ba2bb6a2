/* SPDX-License-Identifier: Apache-2.0 */
/* The only door to what is stored. A book directory holds two LMDB environments: `journal` (entries
 * and tree hashes; durable at each commit) and `tables` (every row folded from entries; durable at
 * each commit too, but committed only now and then), and a `lock` file. Nothing that is returned
 * points into a map after its transaction ended.
 *
 * One thread, the writer, calls the functions that take struct store * and write; snapshots may be
 * taken on any thread. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fault.h"
#include "model/row.h"

struct store_config {
    const char *dir;      /* made if missing when create is set */
    bool create;          /* make the book where there is none */
    uint64_t journal_map; /* bytes of address space; 0: STORE_MAP */
    uint64_t tables_map;
};

#define STORE_MAP (UINT64_C(512) << 30)

struct store;

/* Opens and locks a book. ERR_LOCKED (another process has it; *f names its process id),
 * ERR_NOT_FOUND (no book and not create), ERR_NEWER (the format is newer: the book is not touched),
 * ERR_SETTING (the map could not be had: *f names the setting), ERR_IO, ERR_FULL, ERR_CORRUPT,
 * ERR_MEMORY. Tables that are missing or that LMDB can't open are put aside and made empty. Files
 * and directory entries are synced when made. */
int store_open(const struct store_config *c, struct fault *f, struct store **out) MUST_CHECK;
/* What is not committed is dropped. Takes NULL. */
void store_close(struct store *s);

/* ---- Journal: one thread at a time, the same from the first append until commit or drop ---- */

/* Number of the last committed entry, 0 for none. */
int store_journal_last(struct store *s, uint64_t *last) MUST_CHECK;
/* Begin, append (number must be the one after the last), commit durably or drop. The first error
 * sticks: later appends do nothing and the commit returns it and drops all. `hashes` are those of
 * the tree nodes that the entry completes (proof/tree.h), leaf hash first. */
void store_journal_append(struct store *s, uint64_t number, struct span entry, struct span hashes);
int store_journal_commit(struct store *s) MUST_CHECK;
void store_journal_drop(struct store *s);
/* Writes zeros behind the journal's end where little is left of them, if the last commit was a
 * small one. A file system that has to find new blocks, and to note that they are written, takes a
 * sixth of a small commit's time for that. To be called after a commit, when it was answered; where
 * it fails there is less room, and nothing else. */
void store_journal_make_room(struct store *s);
/* After a failed commit, whose outcome nobody knows: opens the journal anew, syncs it and reads its
 * last entry's number. Waits for snapshots to end. An error means that it can't be read. */
int store_journal_recover(struct store *s, uint64_t *last) MUST_CHECK;
/* Free bytes of the file system that holds the book. */
uint64_t store_free_bytes(struct store *s);

/* ---- Tables: one thread from the first put until commit or drop ---- */

/* Rows go into one write transaction. The first error sticks until commit or drop. Vouchers are
 * first put in the order of their numbers; afterwards only what has become of them is taken. */
void store_put(struct store *s, const struct key *k, const void *row);
int store_tables_commit(struct store *s) MUST_CHECK;
void store_tables_drop(struct store *s);
/* After a failed commit nothing more can be put until this was called, when no view is open on the
 * same thread: the environment is opened anew, once the snapshots of others have ended. */
int store_tables_recover(struct store *s) MUST_CHECK;
/* Empties every table, durably; used before rebuilding them. Waits for snapshots to end. */
int store_tables_clear(struct store *s) MUST_CHECK;
/* Whether anyone met a page or a row that can't be read, since they were last emptied. Any thread.
 */
bool store_tables_damaged(const struct store *s);

/* ---- Reading: a view of rows and entries ---- */

struct view;

/* A snapshot of what is committed: tables first, then journal, so that every entry folded into the
 * tables can be read. Any thread; end it soon, on the same thread. */
int view_snapshot(struct store *s, struct view **out) MUST_CHECK;
/* A snapshot of the tables alone, which may stay open long: entries can't be read by it. */
int view_tables(struct store *s, struct view **out) MUST_CHECK;
/* A snapshot of the journal alone, which every commit of it renews: rows can't be read by it. */
int view_journal(struct store *s, struct view **out) MUST_CHECK;
void view_end(struct view *v);

int view_get(struct view *v, const struct key *k, void *row) MUST_CHECK; /* ERR_NOT_FOUND */
/* The same; *behind: it is not there, and would come after all rows of its table. */
int view_find(struct view *v, const struct key *k, void *row, bool *behind) MUST_CHECK;
/* Pages of a table that rows may be put into at any place: of vouchers those with what has become
 * of them, and of these and of requests the young rows' (scattered.c). */
uint64_t view_pages(struct view *v, enum table t);
/* Of rows that are moved within the store, five for each four that are put: how many a page takes,
 * about. 0: none are moved. */
uint64_t view_moved_of_page(struct view *v, enum table t);
/* Bytes stay valid until view_end. ERR_NOT_FOUND. */
int view_entry(struct view *v, uint64_t number, struct span *entry) MUST_CHECK;
int view_hashes(struct view *v, uint64_t number, struct span *hashes) MUST_CHECK;
int view_journal_last(struct view *v, uint64_t *last) MUST_CHECK;

/* Walks rows of from's table in key order, beginning with the first key >= *from. Each call gives
 * the next row; ERR_NOT_FOUND at the table's end. */
struct scan;
int scan_begin(struct view *v, const struct key *from, struct scan **out) MUST_CHECK;
int scan_next(struct scan *c, struct key *key, void *row) MUST_CHECK;
void scan_end(struct scan *c);

/* Compares the tables of two stores row by row (both snapshots): ERR_CORRUPT and *where set to the
 * table and key of the first difference, told in *f. */
int store_compare(struct store *a, struct store *b, struct fault *f) MUST_CHECK;

/* Bytes of a table's row struct in memory (sizeof); 0 for a table that is not. */
size_t row_size(enum table t);
const char *table_name(enum table t);

#endif
