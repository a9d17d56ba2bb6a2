/* SPDX-License-Identifier: Apache-2.0 */
/* A book's directory: its lock, its two environments, and what LMDB's codes mean. */
#include "store/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define READERS 1024 /* snapshots at the same time, other programs' (mdb_copy) counted in */

int store_error(int raw)
{
    static const struct {
        int raw, code;
    } codes[] = {
        {0, 0},
        {MDB_NOTFOUND, ERR_NOT_FOUND},
        {ENOENT, ERR_NOT_FOUND},
        {ENOMEM, ERR_MEMORY},
        {MDB_MAP_FULL, ERR_FULL},
        {MDB_TXN_FULL, ERR_FULL},
        {ENOSPC, ERR_FULL},
        {EDQUOT, ERR_FULL},
        {EFBIG, ERR_FULL},
        {MDB_READERS_FULL, ERR_AGAIN},
        {EMFILE, ERR_SETTING},
        {ENFILE, ERR_SETTING},
        {MDB_INVALID, ERR_CORRUPT},
        {MDB_VERSION_MISMATCH, ERR_CORRUPT},
        {MDB_CORRUPTED, ERR_CORRUPT},
        {MDB_PAGE_NOTFOUND, ERR_CORRUPT},
        {MDB_INCOMPATIBLE, ERR_CORRUPT},
        {MDB_BAD_VALSIZE, ERR_CORRUPT},
        {MDB_KEYEXIST, ERR_CORRUPT}, /* appending to what is not in order */
        {ENOTDIR, ERR_CORRUPT},      /* something else lies where an environment should */
        {EISDIR, ERR_CORRUPT},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].raw == raw)
            return codes[i].code;
    /* A short write comes as EIO even where the disk is full, and MDB_PANIC after a failed write of
     * a meta page. */
    return ERR_IO;
}

int open_fault(struct fault *f, const char *what, const char *path, int rc)
{
    (void)!fault_set(f, what, path, "%s", err_text(rc));
    return rc;
}

char *path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = malloc(n);
    if (path)
        snprintf(path, n, "%s/%s", dir, name);
    return path;
}

int dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return store_error(errno);
    int rc = fsync(fd) < 0 ? store_error(errno) : 0;
    close(fd);
    return rc;
}

/* ---- Environments ---- */

static int data_open(const char *path, int flags)
{
    char *file = path_join(path, "data.mdb");
    if (!file)
        return -1;
    int fd = open(file, flags | O_CLOEXEC);
    free(file);
    return fd;
}

/* A file that is shorter than its pages would end the process with a signal when one is read: it is
 * filled up with a hole, which LMDB and the codec find to be no page and no row. LMDB itself may
 * leave the last pages unwritten where they are free, so it is no error. */
static int env_fill(MDB_env *env, const char *path)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat st;
    int fd;
    int raw = mdb_env_info(env, &info);
    if (raw == 0)
        raw = mdb_env_stat(env, &stat);
    if (raw == 0)
        raw = mdb_env_get_fd(env, &fd);
    if (raw)
        return raw;
    off_t need;
    if (__builtin_mul_overflow(info.me_last_pgno + 1, stat.ms_psize, &need))
        return MDB_CORRUPTED;
    if (fstat(fd, &st) < 0)
        return errno;
    if (st.st_size >= need)
        return 0;
    /* The environment's own may be for reading only. */
    fd = data_open(path, O_WRONLY);
    if (fd < 0)
        return errno;
    raw = ftruncate(fd, need) < 0 ? errno : 0;
    close(fd);
    return raw;
}

static int env_open_raw(const char *path, uint64_t map, unsigned flags, MDB_dbi databases,
                        MDB_env **out)
{
    MDB_env *env;
    int dead;
    int raw = mdb_env_create(&env);
    if (raw)
        return raw;
    raw = mdb_env_set_mapsize(env, map);
    if (raw == 0)
        raw = mdb_env_set_maxdbs(env, databases);
    if (raw == 0)
        raw = mdb_env_set_maxreaders(env, READERS);
    /* Tied to transactions, not threads: the writer reads while its own transaction is open. */
    if (raw == 0)
        raw = mdb_env_open(env, path, flags | MDB_NOTLS, 0600);
    if (raw == 0)
        raw = env_fill(env, path);
    if (raw == 0 && !(flags & MDB_NOLOCK))
        raw = mdb_reader_check(env, &dead);
    if (raw) {
        mdb_env_close(env);
        return raw;
    }
    *out = env;
    return 0;
}

int env_open(const char *path, const char *setting, uint64_t map, unsigned flags, MDB_dbi databases,
             struct fault *f, MDB_env **out)
{
    int raw = env_open_raw(path, map, flags, databases, out);
    if (raw == ENOMEM) {
        char bytes[24];
        snprintf(bytes, sizeof bytes, "%" PRIu64, map);
        (void)!fault_set(f, setting, bytes,
                         "bytes of address space that a process may have here: set fewer, or raise "
                         "the limit (ulimit -v)");
        return ERR_SETTING;
    }
    if (raw == 0)
        return 0;
    (void)!fault_set(f, "dir", path, "a book's files, readable and writable: %s",
                     mdb_strerror(raw));
    return store_error(raw);
}

int env_remove(const char *path)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *file = path_join(path, files[i]);
        if (!file)
            return ERR_MEMORY;
        int failed = unlink(file) < 0 ? errno : 0;
        free(file);
        if (failed == ENOTDIR)
            break;
        if (failed && failed != ENOENT)
            return store_error(failed);
    }
    /* Removes a file too, where one lies in the directory's place. */
    return remove(path) < 0 && errno != ENOENT ? store_error(errno) : 0;
}

void env_settle(const char *path)
{
    int fd = data_open(path, O_RDWR);
    if (fd < 0)
        return;
    /* Pages that could not be written count as clean after an error and would be read as if they
     * lay on the disk. What can be written is; all else is dropped, and read from the disk again.
     * Whether this succeeds is seen by reading. */
    (void)!fdatasync(fd);
    (void)!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static MDB_val *format_key(MDB_val *key)
{
    static char name[] = "format";
    *key = (MDB_val){sizeof name - 1, name};
    return key;
}

int format_read(MDB_txn *txn, MDB_dbi meta, uint32_t *format)
{
    MDB_val key, value;
    int raw = mdb_get(txn, meta, format_key(&key), &value);
    if (raw == MDB_NOTFOUND) {
        *format = 0;
        return 0;
    }
    if (raw)
        return store_error(raw);
    if (value.mv_size != sizeof *format)
        return ERR_CORRUPT;
    memcpy(format, value.mv_data, sizeof *format);
    return 0;
}

int format_write(MDB_txn *txn, MDB_dbi meta, uint32_t format)
{
    MDB_val key, value = {sizeof format, &format};
    return store_error(mdb_put(txn, meta, format_key(&key), &value, 0));
}

/* ---- The lock ---- */

/* The lock is flock's, so it goes with the process however that ends; the number in the file only
 * tells who it is. The file stays: unlinking it would let two hold "the" lock. */
static int lock_take(struct store *s, struct fault *f)
{
    char *path = path_join(s->dir, "lock");
    if (!path)
        return ERR_MEMORY;
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (s->lock < 0)
        return open_fault(f, "dir", s->dir, store_error(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return open_fault(f, "dir", s->dir, store_error(errno));
    char pid[24];
    ssize_t n = pread(s->lock, pid, sizeof pid - 1, 0);
    pid[n > 0 ? n : 0] = 0;
    pid[strcspn(pid, "\n")] = 0;
    (void)!fault_set(f, "dir", s->dir, "a book that no other process has open: process %s has it",
                     pid[0] ? pid : "of unknown number");
    return ERR_LOCKED;
}

/* A disk too full for it must not keep a book from being read. */
static void lock_sign(struct store *s)
{
    char pid[24];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(s->lock, 0) == 0)
        (void)!pwrite(s->lock, pid, (size_t)n, 0);
}

/* ---- Opening ---- */

static bool there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* Makes what is missing of the directory and the journal. */
static int make_book(struct store *s, struct fault *f)
{
    if (mkdir(s->dir, 0700) == 0) {
        char *parent = path_join(s->dir, "..");
        int rc = parent ? dir_sync(parent) : ERR_MEMORY;
        free(parent);
        if (rc < 0)
            return open_fault(f, "dir", s->dir, rc);
    } else if (errno != EEXIST) {
        return open_fault(f, "dir", s->dir, store_error(errno));
    }
    return 0;
}

/* The journal, made where there is none. Tables without a journal are no new book but one that
 * lost its truth: nothing may be made over them. */
static int make_journal(struct store *s, struct fault *f)
{
    if (there(s->journal_path))
        return 0;
    if (there(s->tables_path)) {
        (void)!fault_set(f, "dir", s->journal_path,
                         "the journal that these tables were made from: it is missing");
        return ERR_CORRUPT;
    }
    return journal_make(s->dir, s->journal_path, s->journal_map, f);
}

static int open_all(struct store *s, bool create, struct fault *f)
{
    if (!create && !there(s->journal_path) && !there(s->tables_path))
        return open_fault(f, "dir", s->dir, ERR_NOT_FOUND);
    int rc = create ? make_book(s, f) : 0;
    if (rc == 0)
        rc = lock_take(s, f);
    if (rc == 0)
        rc = make_journal(s, f);
    if (rc == 0)
        rc = journal_check(s->journal_path, f);
    if (rc < 0)
        return rc;
    lock_sign(s);
    rc = journal_open(s, f);
    return rc < 0 ? rc : tables_open(s, f);
}

int store_open(const struct store_config *c, struct fault *f, struct store **out)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_MEMORY;
    s->lock = -1;
    s->journal_map = c->journal_map ? c->journal_map : STORE_MAP;
    s->tables_map = c->tables_map ? c->tables_map : STORE_MAP;
    s->dir = strdup(c->dir);
    s->journal_path = path_join(c->dir, "journal");
    s->tables_path = path_join(c->dir, "tables");
    s->open_made = pthread_rwlock_init(&s->open, NULL) == 0;
    int rc = ERR_MEMORY;
    if (s->dir && s->journal_path && s->tables_path && s->open_made)
        rc = open_all(s, c->create, f);
    if (rc < 0) {
        store_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    journal_close(s);
    tables_close(s);
    if (s->open_made)
        pthread_rwlock_destroy(&s->open);
    if (s->lock >= 0)
        close(s->lock);
    free(s->dir);
    free(s->journal_path);
    free(s->tables_path);
    free(s);
}

uint64_t store_free_bytes(struct store *s)
{
    struct statvfs v;
    if (fstatvfs(s->lock, &v) < 0)
        return 0;
    return (uint64_t)v.f_bavail * v.f_frsize;
}
