/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: entries and tree hashes by number, appended, each commit durable. */
#include "store/inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char map_setting[] = "journal-map";

#define DATABASES 3

static int databases_open(MDB_txn *txn, unsigned flags, struct journal *j)
{
    int raw = mdb_dbi_open(txn, "entries", MDB_INTEGERKEY | flags, &j->entries);
    if (raw == 0)
        raw = mdb_dbi_open(txn, "hashes", MDB_INTEGERKEY | flags, &j->hashes);
    if (raw == 0)
        raw = mdb_dbi_open(txn, "meta", flags, &j->meta);
    /* Its databases are made with it at once. */
    return raw == MDB_NOTFOUND ? ERR_CORRUPT : store_error(raw);
}

static int make_at(const char *path, uint64_t map, struct fault *f)
{
    struct journal j = {0};
    MDB_txn *txn;
    if (mkdir(path, 0700) < 0)
        return open_fault(f, "dir", path, store_error(errno));
    int rc = env_open(path, map_setting, map, 0, DATABASES, f, &j.env);
    if (rc < 0)
        return rc;
    rc = store_error(mdb_txn_begin(j.env, NULL, 0, &txn));
    if (rc == 0) {
        rc = databases_open(txn, MDB_CREATE, &j);
        if (rc == 0)
            rc = format_write(txn, j.meta, FORMAT_BOOK);
        if (rc == 0)
            rc = store_error(mdb_txn_commit(txn));
        else
            mdb_txn_abort(txn);
    }
    mdb_env_close(j.env);
    if (rc == 0)
        rc = dir_sync(path);
    return rc < 0 ? open_fault(f, "dir", path, rc) : 0;
}

int journal_make(const char *dir, const char *path, uint64_t map, struct fault *f)
{
    /* Made under another name, so that a journal is whole or not there. */
    char *fresh = path_join(dir, "journal.new");
    if (!fresh)
        return ERR_MEMORY;
    int rc = env_remove(fresh);
    if (rc < 0)
        open_fault(f, "dir", fresh, rc);
    else
        rc = make_at(fresh, map, f);
    if (rc == 0) {
        rc = rename(fresh, path) < 0 ? store_error(errno) : dir_sync(dir);
        if (rc < 0)
            open_fault(f, "dir", path, rc);
    }
    free(fresh);
    return rc;
}

/* Nothing where a book is made would be: see journal_make. */
static int check_file(const char *path, struct fault *f)
{
    struct stat st;
    char *file = path_join(path, "data.mdb");
    if (!file)
        return ERR_MEMORY;
    int rc = stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? 0 : ERR_CORRUPT;
    if (rc < 0)
        open_fault(f, "dir", file, rc);
    free(file);
    return rc;
}

int journal_check(const char *path, struct fault *f)
{
    struct journal j = {0};
    MDB_txn *txn;
    uint32_t format = 0;
    int rc = check_file(path, f);
    if (rc < 0)
        return rc;
    /* A small map: LMDB takes what the file needs. No lock file is made or touched. */
    rc = env_open(path, map_setting, 1 << 20, MDB_RDONLY | MDB_NOLOCK, DATABASES, f, &j.env);
    if (rc < 0)
        return rc;
    rc = store_error(mdb_txn_begin(j.env, NULL, MDB_RDONLY, &txn));
    if (rc == 0) {
        int raw = mdb_dbi_open(txn, "meta", 0, &j.meta);
        rc = raw == MDB_NOTFOUND ? ERR_CORRUPT : store_error(raw);
        if (rc == 0)
            rc = format_read(txn, j.meta, &format);
        mdb_txn_abort(txn);
    }
    mdb_env_close(j.env);
    if (rc == 0 && format == 0)
        rc = ERR_CORRUPT;
    if (rc < 0)
        return open_fault(f, "dir", path, rc);
    if (format > FORMAT_BOOK) {
        char number[16];
        snprintf(number, sizeof number, "%u", format);
        (void)!fault_set(f, "format", number,
                         "a book's format up to %d: this one was written by a newer version",
                         FORMAT_BOOK);
        return ERR_NEWER;
    }
    return 0;
}

/* The number of the last entry; entries and hashes must be there without gaps up to it. */
static int last_read(MDB_txn *txn, const struct journal *j, uint64_t *last)
{
    const MDB_dbi both[] = {j->entries, j->hashes};
    uint64_t found[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        MDB_cursor *cursor;
        MDB_stat stat;
        MDB_val key, value;
        int raw = mdb_stat(txn, both[i], &stat);
        if (raw == 0)
            raw = mdb_cursor_open(txn, both[i], &cursor);
        if (raw)
            return store_error(raw);
        raw = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
        mdb_cursor_close(cursor);
        if (raw && raw != MDB_NOTFOUND)
            return store_error(raw);
        if (raw == 0 && key.mv_size != sizeof found[i])
            return ERR_CORRUPT;
        if (raw == 0)
            memcpy(&found[i], key.mv_data, sizeof found[i]);
        if (found[i] != stat.ms_entries)
            return ERR_CORRUPT;
    }
    if (found[0] != found[1])
        return ERR_CORRUPT;
    *last = found[0];
    return 0;
}

/* Opens the environment and reads where it stands. */
static int attach(struct store *s, struct fault *f)
{
    struct journal *j = &s->journal;
    MDB_txn *txn;
    uint64_t last = 0;
    int rc = env_open(s->journal_path, map_setting, s->journal_map, 0, DATABASES, f, &j->env);
    if (rc < 0)
        return rc;
    /* What was read may be more than what the disk holds, after a failure: it is before it counts.
     */
    rc = store_error(mdb_env_sync(j->env, 1));
    if (rc == 0)
        rc = store_error(mdb_txn_begin(j->env, NULL, MDB_RDONLY, &txn));
    if (rc == 0) {
        rc = databases_open(txn, 0, j);
        if (rc == 0)
            rc = last_read(txn, j, &last);
        /* Committed, since aborting would close the databases' handles again. */
        if (rc == 0)
            rc = store_error(mdb_txn_commit(txn));
        else
            mdb_txn_abort(txn);
    }
    if (rc < 0) {
        mdb_env_close(j->env);
        j->env = NULL;
        return open_fault(f, "dir", s->journal_path, rc);
    }
    j->last = last;
    return 0;
}

int journal_open(struct store *s, struct fault *f)
{
    return attach(s, f);
}

static void abandon(struct journal *j)
{
    if (j->txn)
        mdb_txn_abort(j->txn);
    j->txn = NULL;
    j->pending = 0;
}

void journal_close(struct store *s)
{
    struct journal *j = &s->journal;
    abandon(j);
    if (j->env)
        mdb_env_close(j->env);
    j->env = NULL;
}

int store_journal_last(struct store *s, uint64_t *last)
{
    if (s->journal.unknown)
        return s->journal.rc;
    *last = s->journal.last;
    return 0;
}

static int append(struct journal *j, uint64_t number, struct span entry, struct span hashes)
{
    if (number != j->last + j->pending + 1)
        return ERR_RANGE;
    if (!j->txn) {
        int rc = store_error(mdb_txn_begin(j->env, NULL, 0, &j->txn));
        if (rc < 0) {
            j->txn = NULL;
            return rc;
        }
    }
    MDB_val key = {sizeof number, &number};
    MDB_val value = {entry.n, (void *)(uintptr_t)entry.p};
    int raw = mdb_put(j->txn, j->entries, &key, &value, MDB_APPEND);
    if (raw == 0) {
        value = (MDB_val){hashes.n, (void *)(uintptr_t)hashes.p};
        raw = mdb_put(j->txn, j->hashes, &key, &value, MDB_APPEND);
    }
    if (raw == 0)
        j->pending++;
    return store_error(raw);
}

void store_journal_append(struct store *s, uint64_t number, struct span entry, struct span hashes)
{
    struct journal *j = &s->journal;
    if (j->rc == 0)
        j->rc = append(j, number, entry, hashes);
}

int store_journal_commit(struct store *s)
{
    struct journal *j = &s->journal;
    if (j->rc < 0) {
        int rc = j->rc;
        store_journal_drop(s);
        return rc;
    }
    if (!j->txn)
        return 0;
    j->rc = store_error(mdb_txn_commit(j->txn));
    j->txn = NULL; /* gone either way */
    if (j->rc < 0)
        j->unknown = true;
    else
        j->last += j->pending;
    j->newest = j->pending;
    j->pending = 0;
    return j->rc;
}

#define SMALL     64 /* entries: large commits come faster than zeros could be written before them */
#define ROOM      (1024 * 1024)
#define ROOM_LEFT (128 * 1024)
#define FREE_BYTES                                                                                 \
    (16 * 1024 * 1024) /* with less there is none to spare, and the tables need some too */

/* Zeros behind the file's end, not LMDB's: nothing that is in use is written over. Page by page, as
 * LMDB writes: what is cached in larger pieces takes longer to be written in part. */
static void extend(struct journal *j, int fd, uint64_t need)
{
    static const uint8_t zeros[4096];
    struct stat file;
    if (fstat(fd, &file) < 0)
        return;
    j->end = (uint64_t)file.st_size;
    if (j->end >= need)
        return;
    for (int i = 0; i < ROOM / (int)sizeof zeros; i++, j->end += sizeof zeros)
        if (pwrite(fd, zeros, sizeof zeros, (off_t)j->end) < (ssize_t)sizeof zeros)
            return;
}

/* The file is looked at only when there is need: whoever asks for its times has the next commit
 * write them too, which takes as long as writing its pages. */
void store_journal_make_room(struct store *s)
{
    struct journal *j = &s->journal;
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    if (!j->env || j->txn || j->rc < 0 || j->newest > SMALL || mdb_env_info(j->env, &info) ||
        mdb_env_stat(j->env, &stat) || mdb_env_get_fd(j->env, &fd))
        return;
    uint64_t need = (info.me_last_pgno + 1) * stat.ms_psize + ROOM_LEFT;
    if (j->end < need && store_free_bytes(s) >= FREE_BYTES)
        extend(j, fd, need);
}

void store_journal_drop(struct store *s)
{
    struct journal *j = &s->journal;
    abandon(j);
    if (!j->unknown)
        j->rc = 0;
}

int store_journal_recover(struct store *s, uint64_t *last)
{
    struct journal *j = &s->journal;
    pthread_rwlock_wrlock(&s->open);
    journal_close(s);
    env_settle(s->journal_path);
    int rc = attach(s, NULL);
    pthread_rwlock_unlock(&s->open);
    j->rc = rc;
    j->unknown = rc < 0;
    if (rc < 0)
        return rc;
    *last = j->last;
    return 0;
}
