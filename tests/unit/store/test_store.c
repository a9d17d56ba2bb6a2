/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a real disk: a directory of its own for each test, below TMPDIR or /var/tmp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/inner.h"

#define MAP (UINT64_C(256) << 20)

static char dir[256];

static int set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(dir, sizeof dir, "%s/store-test-XXXXXX", base ? base : "/var/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static const char *in_dir(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int tear_down(void **state)
{
    static const char *const environments[] = {"journal", "journal.new", "tables",
                                               "tables.damaged"};
    (void)state;
    for (size_t i = 0; i < sizeof environments / sizeof environments[0]; i++)
        if (env_remove(in_dir(environments[i])) < 0)
            return -1;
    unlink(in_dir("lock"));
    return rmdir(dir);
}

static int try_open(bool create, uint64_t journal_map, uint64_t tables_map, struct fault *f,
                    struct store **s)
{
    struct store_config c = {dir, create, journal_map, tables_map};
    *f = (struct fault){0};
    return store_open(&c, f, s);
}

static struct store *open_book(void)
{
    struct store *s = NULL;
    struct fault f;
    int rc = try_open(true, MAP, MAP, &f, &s);
    if (rc < 0)
        print_error("%s: %s: %s\n", f.field, f.value, f.expected);
    assert_int_equal(rc, 0);
    return s;
}

static struct store *reopen(struct store *s)
{
    store_close(s);
    return open_book();
}

/* Entry `number` in n bytes of its own kind, with a record. */
static void append_sized(struct store *s, uint64_t number, size_t n)
{
    uint8_t *entry = malloc(n), hashes[64];
    assert_non_null(entry);
    memset(entry, (int)(number & 255), n);
    memset(hashes, (int)(number & 127), sizeof hashes);
    store_journal_append(s, number, SPAN(entry, n), SPAN(hashes, number % 2 ? 32 : 64));
    free(entry);
}

static void append(struct store *s, uint64_t number)
{
    append_sized(s, number, 100 + number % 50);
}

static uint64_t last_of(struct store *s)
{
    uint64_t last = 12345678;
    assert_int_equal(store_journal_last(s, &last), 0);
    return last;
}

static void assert_entries(struct store *s, uint64_t n)
{
    struct view *v;
    struct span e, h;
    uint64_t last;
    assert_int_equal(view_snapshot(s, &v), 0);
    assert_int_equal(view_journal_last(v, &last), 0);
    assert_int_equal(last, n);
    for (uint64_t i = 1; i <= n; i++) {
        assert_int_equal(view_entry(v, i, &e), 0);
        assert_int_equal(e.n, 100 + i % 50);
        assert_int_equal(e.p[e.n - 1], i & 255);
        assert_int_equal(view_hashes(v, i, &h), 0);
        assert_int_equal(h.n, i % 2 ? 32 : 64);
    }
    for (uint64_t i = n; i > 0; i -= i > 3 ? 3 : i) { /* in no order, nor each once */
        for (uint64_t k = i; k <= n && k < i + 2; k++) {
            assert_int_equal(view_entry(v, k, &e), 0);
            assert_int_equal(e.p[e.n - 1], k & 255);
        }
    }
    assert_int_equal(view_entry(v, n + 1, &e), ERR_NOT_FOUND);
    assert_int_equal(view_hashes(v, 0, &h), ERR_NOT_FOUND);
    view_end(v);
}

static struct key request_key(uint32_t i)
{
    struct key k;
    uint8_t id[16] = {0};
    put_be32(id, i * UINT32_C(2654435761));
    put_be32(id + 4, i);
    return *key_bytes(&k, TABLE_REQUEST, id, sizeof id);
}

static void put_request(struct store *s, uint32_t i, uint64_t entry)
{
    struct key k = request_key(i);
    store_put(s, &k, &(struct request_row){entry});
}

/* A row as committed. */
static int get(struct store *s, const struct key *k, void *row)
{
    struct view *v;
    int rc = view_tables(s, &v);
    if (rc < 0)
        return rc;
    rc = view_get(v, k, row);
    view_end(v);
    return rc;
}

static int get_request(struct store *s, uint32_t i, uint64_t *entry)
{
    struct request_row r;
    struct key k = request_key(i);
    int rc = get(s, &k, &r);
    if (rc == 0)
        *entry = r.entry;
    return rc;
}

static struct voucher_row voucher(uint64_t number)
{
    struct voucher_row r = {.measure = "3A", .contract = "HT-1", .face = MONEY(100), .nparts = 1};
    r.issue_entry = r.entry = number;
    r.changes = 1;
    r.stages.at[STAGE_COMMITTED] = r.face;
    r.parts[0] = (struct voucher_part){.line = 1, .face = MONEY(100), .open = MONEY(100)};
    return r;
}

static void put_voucher(struct store *s, uint64_t number)
{
    struct key k;
    key_number(&k, TABLE_VOUCHER, number);
    struct voucher_row r = voucher(number);
    store_put(s, &k, &r);
}

/* The contents of a file; NULL where there is none. */
static uint8_t *contents(const char *name, size_t *n)
{
    struct stat st;
    int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    assert_int_equal(fstat(fd, &st), 0);
    *n = (size_t)st.st_size;
    uint8_t *p = malloc(*n + 1);
    assert_non_null(p);
    assert_int_equal(read(fd, p, *n), *n);
    close(fd);
    return p;
}

static void write_file(const char *name, off_t at, const void *p, size_t n)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, p, n, at), n);
    close(fd);
}

/* ---- Journal ---- */

static void entries_are_there_after_opening_again(void **state)
{
    struct store *s = open_book();
    (void)state;
    assert_int_equal(last_of(s), 0);
    assert_int_equal(store_journal_commit(s), 0);
    for (uint64_t i = 1; i <= 500; i++) {
        append(s, i);
        if (i % 7 == 0)
            assert_int_equal(store_journal_commit(s), 0);
    }
    assert_int_equal(last_of(s), 497);
    assert_int_equal(store_journal_commit(s), 0);
    assert_int_equal(last_of(s), 500);
    assert_entries(s, 500);
    append(s, 501); /* never committed */
    s = reopen(s);
    assert_int_equal(last_of(s), 500);
    assert_entries(s, 500);
    assert_true(store_free_bytes(s) > 0);
    store_close(s);
    store_close(NULL);
}

static void what_is_dropped_was_never_there(void **state)
{
    struct store *s = open_book();
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    append(s, 2);
    append(s, 3);
    store_journal_drop(s);
    assert_entries(s, 1);
    append(s, 2);
    assert_int_equal(store_journal_commit(s), 0);
    assert_entries(s, 2);
    store_close(s);
}

static void a_wrong_number_spoils_the_batch(void **state)
{
    static const uint64_t wrong[] = {0, 1, 2, 4, UINT64_MAX};
    struct store *s = open_book();
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        append(s, 2);
        append(s, wrong[i]);
        append(s, 3); /* does nothing any more */
        assert_int_equal(store_journal_commit(s), ERR_RANGE);
        assert_entries(s, 1);
    }
    append(s, 3); /* leaves a gap */
    assert_int_equal(store_journal_commit(s), ERR_RANGE);
    assert_entries(s, 1);
    append(s, 3);
    store_journal_drop(s); /* takes the error along */
    append(s, 2);
    assert_int_equal(store_journal_commit(s), 0);
    assert_entries(s, 2);
    store_close(s);
}

static void a_full_journal_map_is_told_and_survived(void **state)
{
    struct store *s = NULL;
    struct fault f;
    uint64_t last, i = 1;
    (void)state;
    assert_int_equal(try_open(true, 1 << 20, MAP, &f, &s), 0);
    int rc = 0;
    while (rc == 0 && i < 1000) {
        for (int k = 0; k < 20; k++)
            append(s, i++);
        rc = store_journal_commit(s);
    }
    /* 1,000 of them would take less than a MiB. */
    assert_int_equal(rc, 0);
    for (uint64_t k = i; k < i + 40; k++)
        append_sized(s, k, 60000);
    assert_int_equal(store_journal_commit(s), ERR_FULL);
    assert_int_equal(last_of(s), i - 1);
    assert_int_equal(store_journal_recover(s, &last), 0);
    assert_int_equal(last, i - 1);
    assert_entries(s, i - 1);
    append(s, i);
    assert_int_equal(store_journal_commit(s), 0);
    assert_entries(s, i);
    store_close(s);
}

/* A commit that fails while it writes: recovery tells what is in the journal, and it goes on. */
static void a_failed_commit_is_looked_up(void **state)
{
    struct store *s = open_book();
    struct rlimit old, tight;
    struct stat st;
    uint64_t last = 0;
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    assert_int_equal(stat(in_dir("journal/data.mdb"), &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)st.st_size + 4096;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (uint64_t i = 2; i < 400; i++)
        append(s, i);
    int rc = store_journal_commit(s);
    assert_true(rc == ERR_FULL || rc == ERR_IO);
    /* Nothing goes until somebody has looked. */
    assert_int_equal(store_journal_last(s, &last), rc);
    append(s, 2);
    assert_int_equal(store_journal_commit(s), rc);
    store_journal_drop(s);
    assert_int_equal(store_journal_commit(s), rc);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, before);
    assert_int_equal(store_journal_recover(s, &last), 0);
    assert_int_equal(last, 1);
    assert_entries(s, 1);
    append(s, 2);
    assert_int_equal(store_journal_commit(s), 0);
    s = reopen(s);
    assert_entries(s, 2);
    store_close(s);
}

/* ---- Tables ---- */

static void rows_are_put_and_read(void **state)
{
    struct store *s = open_book();
    uint64_t e = 0;
    (void)state;
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    put_request(s, 1, 11);
    put_request(s, 1, 12);
    put_request(s, 2, 22);
    assert_int_equal(store_tables_commit(s), 0);
    put_request(s, 1, 13);
    assert_int_equal(get_request(s, 1, &e), 0);
    assert_int_equal(e, 12);
    store_tables_drop(s);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(get_request(s, 1, &e), 0);
    assert_int_equal(e, 12);
    put_request(s, 3, 33); /* never committed */
    s = reopen(s);
    assert_int_equal(get_request(s, 1, &e), 0);
    assert_int_equal(e, 12);
    assert_int_equal(get_request(s, 2, &e), 0);
    assert_int_equal(e, 22);
    assert_int_equal(get_request(s, 3, &e), ERR_NOT_FOUND);
    store_close(s);
}

static void a_row_that_may_not_be_spoils_the_transaction(void **state)
{
    struct store *s = open_book();
    struct key k;
    key_number(&k, TABLE_VOUCHER, 1);
    struct voucher_row r = voucher(1);
    (void)state;
    put_request(s, 1, 11);
    r.nparts = LIMIT_LINES + 1;
    store_put(s, &k, &r);
    put_request(s, 2, 22);
    assert_int_equal(store_tables_commit(s), ERR_RANGE);
    uint64_t e;
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    assert_int_equal(store_tables_commit(s), 0);
    store_close(s);
}

static void a_full_tables_map_is_told_and_survived(void **state)
{
    struct store *s = NULL;
    struct fault f;
    (void)state;
    assert_int_equal(try_open(true, MAP, 1 << 20, &f, &s), 0);
    put_voucher(s, 1);
    assert_int_equal(store_tables_commit(s), 0);
    for (uint64_t i = 2; i < 20000; i++)
        put_voucher(s, i);
    assert_int_equal(store_tables_commit(s), ERR_FULL);
    struct voucher_row r;
    struct key k, k2;
    key_number(&k, TABLE_VOUCHER, 1);
    key_number(&k2, TABLE_VOUCHER, 2);
    assert_int_equal(get(s, &k, &r), 0);
    assert_int_equal(get(s, &k2, &r), ERR_NOT_FOUND);
    put_voucher(s, 2);
    assert_int_equal(store_tables_commit(s), 0);
    store_close(s);
}

static void a_failed_commit_of_the_tables_heals(void **state)
{
    struct store *s = open_book();
    struct rlimit old, tight;
    struct stat st;
    uint64_t e = 0;
    (void)state;
    put_request(s, 1, 11);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(stat(in_dir("tables/data.mdb"), &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = (rlim_t)st.st_size + 4096;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    for (uint64_t i = 1; i < 1000; i++)
        put_voucher(s, i);
    int rc = store_tables_commit(s);
    assert_true(rc == ERR_FULL || rc == ERR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, before);
    put_voucher(s, 1);
    assert_int_equal(store_tables_commit(s), ERR_IO); /* until it was recovered */
    assert_int_equal(store_tables_recover(s), 0);
    assert_int_equal(get_request(s, 1, &e), 0);
    assert_int_equal(e, 11);
    struct voucher_row r;
    struct key k;
    key_number(&k, TABLE_VOUCHER, 1);
    assert_int_equal(get(s, &k, &r), ERR_NOT_FOUND);
    put_voucher(s, 1);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(get(s, &k, &r), 0);
    store_close(s);
}

static void put_invoice(struct store *s, uint64_t number)
{
    struct key k;
    key_number(&k, TABLE_INVOICE, number);
    store_put(s, &k, &(struct invoice_row){.entry = number});
}

/* Appending must know the end also after a delete, a drop and a put in the middle. */
static void appended_rows_keep_their_order(void **state)
{
    struct store *s = open_book();
    struct invoice_row r;
    (void)state;
    for (uint64_t i = 10; i <= 300; i += 10)
        put_invoice(s, i);
    put_invoice(s, 15);
    put_invoice(s, 300); /* again */
    put_invoice(s, 350);
    assert_int_equal(store_tables_commit(s), 0);
    put_invoice(s, 900);
    store_tables_drop(s);
    put_invoice(s, 360);
    put_invoice(s, 355);
    assert_int_equal(store_tables_commit(s), 0);
    struct view *v;
    struct scan *c;
    struct key from = {.table = TABLE_INVOICE}, key;
    uint64_t before = 0;
    int n = 0;
    assert_int_equal(view_snapshot(s, &v), 0);
    assert_int_equal(scan_begin(v, &from, &c), 0);
    while (scan_next(c, &key, &r) == 0) {
        assert_true(get_be64(key.p) > before);
        before = get_be64(key.p);
        assert_int_equal(r.entry, before);
        n++;
    }
    assert_int_equal(n, 30 + 1 + 3);
    assert_int_equal(before, 360);
    scan_end(c);
    view_end(v);
    store_close(s);
}

/* ---- What has become of vouchers ---- */

static struct voucher_row redeemed(uint64_t number)
{
    struct voucher_row r = voucher(number);
    r.stages.at[STAGE_COMMITTED] = MONEY(60);
    r.stages.at[STAGE_PAYABLE] = MONEY(40);
    r.parts[0].open = MONEY(60);
    r.entry = 1000 + number;
    r.changes = 2;
    return r;
}

static size_t rows_of(struct store *s, MDB_dbi dbi)
{
    MDB_txn *txn;
    MDB_stat stat;
    assert_int_equal(mdb_txn_begin(s->tables.env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_stat(txn, dbi, &stat), 0);
    mdb_txn_abort(txn);
    return stat.ms_entries;
}

/* Vouchers 1 to n as a reader by number and one who walks see them; those that divide by `every`
 * are redeemed. */
static void assert_vouchers(struct store *s, uint64_t n, uint64_t every)
{
    struct view *v;
    struct scan *c;
    struct key from = {.table = TABLE_VOUCHER}, key;
    struct voucher_row walked;
    uint64_t at = 0;
    assert_int_equal(view_tables(s, &v), 0);
    assert_int_equal(scan_begin(v, &from, &c), 0);
    while (scan_next(c, &key, &walked) == 0) {
        struct voucher_row want = ++at % every ? voucher(at) : redeemed(at), got;
        assert_int_equal(get_be64(key.p), at);
        assert_int_equal(view_get(v, &key, &got), 0);
        assert_memory_equal(&got, &want, sizeof want);
        assert_memory_equal(&walked, &want, sizeof want);
    }
    assert_int_equal(at, n);
    scan_end(c);
    view_end(v);
}

static void what_became_of_vouchers_is_stored_apart(void **state)
{
    struct store *s = open_book();
    (void)state;
    for (uint64_t i = 1; i <= 300; i++)
        put_voucher(s, i);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(rows_of(s, s->tables.states.young[0]),
                     0); /* all that there is follows from the issue */
    assert_vouchers(s, 300, 1000);
    for (uint64_t i = 295; i > 0; i -= 5) {
        struct key k;
        key_number(&k, TABLE_VOUCHER, i);
        struct voucher_row r = redeemed(i);
        snprintf(r.contract, sizeof r.contract, "other"); /* facts are stored once */
        store_put(s, &k, &r);
    }
    struct key last;
    key_number(&last, TABLE_VOUCHER, 301);
    struct voucher_row r = redeemed(301); /* issued and redeemed before the first commit */
    store_put(s, &last, &r);
    assert_int_equal(store_tables_commit(s), 0);
    s = reopen(s);
    assert_int_equal(rows_of(s, s->tables.states.young[0]), 59 + 1);
    assert_int_equal(rows_of(s, s->tables.dbi[TABLE_VOUCHER]), 301);
    struct key k;
    key_number(&k, TABLE_VOUCHER, 300);
    r = redeemed(300);
    store_put(s, &k, &r);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(rows_of(s, s->tables.states.young[0]), 61);
    store_close(s);
}

/* ---- Rows that are moved within the store ---- */

#define SCATTERED 4000

/* Requests in no order and states of vouchers, so that both are moved, and some that follow the
 * last. Each is put in commits of `some`. */
static void put_scattered(struct store *s, uint32_t some)
{
    for (uint32_t i = 1; i <= SCATTERED; i++) {
        struct key k;
        uint32_t n = i * 1001 % SCATTERED + 1; /* each number once: 1001 and 4000 have no divisor */
        put_request(s, i, 10 + i);
        put_voucher(s, i);
        if (n < i) {
            key_number(&k, TABLE_VOUCHER, n);
            struct voucher_row r = redeemed(n);
            r.changes = i % 5 + 2;
            store_put(s, &k, &r);
        }
        if (i % some == 0)
            assert_int_equal(store_tables_commit(s), 0);
    }
    assert_int_equal(store_tables_commit(s), 0);
}

static void scattered_there(struct store *s)
{
    struct view *v;
    assert_int_equal(view_tables(s, &v), 0);
    for (uint32_t i = 1; i <= SCATTERED; i++) {
        struct request_row r;
        struct voucher_row got;
        struct key k = request_key(i);
        assert_int_equal(view_get(v, &k, &r), 0);
        assert_int_equal(r.entry, 10 + i);
        uint32_t n = i * 1001 % SCATTERED + 1;
        key_number(&k, TABLE_VOUCHER, n);
        assert_int_equal(view_get(v, &k, &got), 0);
        assert_int_equal(got.changes, n < i ? i % 5 + 2 : 1);
    }
    view_end(v);
}

static void moved_rows_are_found(void **state)
{
    struct store *s = open_book();
    (void)state;
    s->tables.requests.enough = s->tables.states.enough = 50;
    struct view *v;
    assert_int_equal(view_tables(s, &v), 0);
    assert_int_equal(view_moved_of_page(v, TABLE_REQUEST), 0);
    assert_int_equal(view_moved_of_page(v, TABLE_LINE), 0);
    view_end(v);
    put_scattered(s, 77);
    assert_true(rows_of(s, s->tables.requests.old) > SCATTERED / 2);
    assert_true(rows_of(s, s->tables.states.old) > SCATTERED / 8);
    scattered_there(s);
    assert_int_equal(view_tables(s, &v), 0);
    assert_true(view_moved_of_page(v, TABLE_REQUEST) > 0);
    assert_true(view_pages(v, TABLE_REQUEST) < 20);
    view_end(v);
    /* What is dropped moves nothing. */
    for (uint32_t i = 1; i <= 500; i++)
        put_request(s, SCATTERED + i, 1);
    store_tables_drop(s);
    scattered_there(s);
    s = reopen(s);
    scattered_there(s);
    store_close(s);
}

static void a_damaged_state_of_a_voucher_is_told(void **state)
{
    struct store *s = open_book();
    struct key k, key;
    key_number(&k, TABLE_VOUCHER, 1);
    struct voucher_row r = redeemed(1);
    MDB_txn *txn;
    MDB_val mk = {k.n, k.p}, mv = {3, "abc"};
    struct view *v;
    struct scan *c;
    (void)state;
    store_put(s, &k, &r);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(mdb_txn_begin(s->tables.env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, s->tables.states.young[0], &mk, &mv, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_false(store_tables_damaged(s));
    assert_int_equal(get(s, &k, &r), ERR_CORRUPT);
    assert_true(store_tables_damaged(s));
    assert_int_equal(view_tables(s, &v), 0);
    assert_int_equal(scan_begin(v, &k, &c), 0);
    assert_int_equal(scan_next(c, &key, &r), ERR_CORRUPT);
    scan_end(c);
    view_end(v);
    store_close(s);
}

static void cleared_tables_are_empty(void **state)
{
    struct store *s = open_book();
    uint64_t e;
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    put_request(s, 1, 11);
    put_voucher(s, 1);
    assert_int_equal(store_tables_commit(s), 0);
    put_request(s, 2, 22);
    assert_int_equal(store_tables_clear(s), 0);
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    assert_int_equal(get_request(s, 2, &e), ERR_NOT_FOUND);
    put_request(s, 3, 33);
    assert_int_equal(store_tables_commit(s), 0);
    s = reopen(s);
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    assert_int_equal(get_request(s, 3, &e), 0);
    assert_entries(s, 1);
    store_close(s);
}

/* ---- Views ---- */

static int view_request(struct view *v, uint32_t i, uint64_t *entry)
{
    struct request_row r;
    struct key k = request_key(i);
    int rc = view_get(v, &k, &r);
    if (rc == 0)
        *entry = r.entry;
    return rc;
}

static void a_snapshot_stays_as_it_was(void **state)
{
    struct store *s = open_book();
    struct view *old, *young;
    struct span e;
    uint64_t n;
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    put_request(s, 1, 1);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_snapshot(s, &old), 0);
    append(s, 2);
    put_request(s, 1, 2);
    put_request(s, 2, 2);
    assert_int_equal(view_request(old, 1, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store_journal_commit(s), 0);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_request(old, 1, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(view_request(old, 2, &n), ERR_NOT_FOUND);
    assert_int_equal(view_entry(old, 2, &e), ERR_NOT_FOUND);
    assert_int_equal(view_snapshot(s, &young), 0);
    assert_int_equal(view_request(young, 1, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(view_entry(young, 2, &e), 0);
    view_end(young);
    assert_int_equal(view_journal_last(old, &n), 0);
    assert_int_equal(n, 1);
    view_end(old);
    view_end(NULL);
    store_close(s);
}

/* Where a table ends is another thing in a snapshot than where rows are put: what is found out in
 * one is not taken for the other's. */
static void a_snapshot_has_ends_of_its_own(void **state)
{
    struct store *s = open_book();
    struct view *old;
    struct voucher_row r;
    struct key k10, k15, k20;
    key_number(&k10, TABLE_VOUCHER, 10);
    key_number(&k15, TABLE_VOUCHER, 15);
    key_number(&k20, TABLE_VOUCHER, 20);
    (void)state;
    for (uint64_t i = 1; i <= 10; i++)
        put_voucher(s, i);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_tables(s, &old), 0);
    for (uint64_t i = 11; i <= 20; i++)
        put_voucher(s, i);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_get(old, &k15, &r), ERR_NOT_FOUND);
    put_voucher(s, 15); /* again: not behind the end of what is there now */
    put_voucher(s, 21);
    assert_int_equal(view_get(old, &k20, &r), ERR_NOT_FOUND);
    assert_int_equal(view_get(old, &k10, &r), 0);
    assert_int_equal(store_tables_commit(s), 0);
    view_end(old);
    assert_int_equal(get(s, &k15, &r), 0);
    assert_int_equal(get(s, &k20, &r), 0);
    store_close(s);
}

static void puts_are_seen_once_committed(void **state)
{
    struct store *s = open_book();
    struct view *v;
    uint64_t n;
    (void)state;
    put_request(s, 1, 1);
    assert_int_equal(view_tables(s, &v), 0);
    assert_int_equal(view_request(v, 1, &n), ERR_NOT_FOUND);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_request(v, 1, &n), ERR_NOT_FOUND);
    view_end(v);
    assert_int_equal(get_request(s, 1, &n), 0);
    store_close(s);
}

static void scans_begin_where_they_are_told(void **state)
{
    struct store *s = open_book();
    struct view *v;
    struct scan *c;
    struct key key = {0};
    struct voucher_row r;
    (void)state;
    for (uint64_t i = 10; i <= 1000; i += 10)
        put_voucher(s, i);
    put_request(s, 1, 1);
    assert_int_equal(store_tables_commit(s), 0);
    assert_int_equal(view_snapshot(s, &v), 0);
    static const struct {
        uint64_t from;
        int rows;
    } cases[] = {{0, 100}, {10, 100}, {11, 99}, {500, 51}, {1000, 1}, {1001, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct key from;
        key_number(&from, TABLE_VOUCHER, cases[i].from);
        uint64_t want = cases[i].from <= 10 ? 10 : (cases[i].from + 9) / 10 * 10;
        int rows = 0;
        assert_int_equal(scan_begin(v, &from, &c), 0);
        for (; scan_next(c, &key, &r) == 0; want += 10, rows++) {
            assert_int_equal(key.table, TABLE_VOUCHER);
            assert_int_equal(key.n, 8);
            assert_int_equal(get_be64(key.p), want);
        }
        assert_int_equal(rows, cases[i].rows);
        assert_int_equal(scan_next(c, &key, &r), ERR_NOT_FOUND);
        scan_end(c);
    }
    struct key from = {.table = TABLE_SIGNPOST};
    assert_int_equal(scan_begin(v, &from, &c), 0);
    assert_int_equal(scan_next(c, &key, &r), ERR_NOT_FOUND);
    scan_end(c);
    scan_end(NULL);
    view_end(v);
    store_close(s);
}

static void signposts_are_keys_alone(void **state)
{
    struct store *s = open_book();
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        struct key k;
        key_number(&k, TABLE_SIGNPOST, i * 37 % 100);
        store_put(s, &k, &(struct signpost_row){0});
    }
    assert_int_equal(store_tables_commit(s), 0);
    struct key k;
    key_number(&k, TABLE_SIGNPOST, 99);
    struct signpost_row r = {1};
    assert_int_equal(get(s, &k, &r), 0);
    assert_int_equal(r.unused, 0);
    store_close(s);
}

/* A row whose stored bytes were changed is an error, not a row. */
static void a_damaged_row_is_told(void **state)
{
    struct store *s = open_book();
    struct key k, from, key;
    key_number(&k, TABLE_VOUCHER, 1);
    from = k;
    struct voucher_row r;
    MDB_val mk = {k.n, k.p}, mv = {3, "abc"};
    MDB_txn *txn;
    struct view *v;
    struct scan *c;
    (void)state;
    assert_int_equal(mdb_txn_begin(s->tables.env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, s->tables.dbi[TABLE_VOUCHER], &mk, &mv, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    assert_int_equal(view_snapshot(s, &v), 0);
    assert_int_equal(view_get(v, &k, &r), ERR_CORRUPT);
    assert_int_equal(scan_begin(v, &from, &c), 0);
    assert_int_equal(scan_next(c, &key, &r), ERR_CORRUPT);
    scan_end(c);
    view_end(v);
    assert_true(store_tables_damaged(s));
    store_close(s);
}

/* ---- Opening ---- */

static void there_is_no_book_unless_one_is_made(void **state)
{
    struct store *s = NULL;
    struct fault f;
    size_t n;
    (void)state;
    assert_int_equal(try_open(false, MAP, MAP, &f, &s), ERR_NOT_FOUND);
    assert_null(s);
    assert_string_equal(f.field, "dir");
    assert_null(contents("lock", &n)); /* and none was begun */
    store_close(open_book());
    assert_int_equal(try_open(false, MAP, MAP, &f, &s), 0);
    store_close(s);
}

static void a_directory_is_made_with_its_book(void **state)
{
    struct store *s = NULL;
    struct fault f;
    (void)state;
    assert_int_equal(rmdir(dir), 0);
    store_close(open_book());
    struct store_config c = {in_dir("no/such"), true, MAP, MAP};
    assert_int_equal(store_open(&c, &f, &s), ERR_NOT_FOUND);
}

static void a_book_has_one_process(void **state)
{
    struct store *s = open_book(), *other = NULL;
    struct fault f;
    char pid[24];
    (void)state;
    snprintf(pid, sizeof pid, "process %ld has", (long)getpid());
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int rc = try_open(true, MAP, MAP, &f, &other);
        _exit(rc == ERR_LOCKED && strstr(f.expected, pid) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(try_open(true, MAP, MAP, &f, &other), ERR_LOCKED);
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    store_close(s);
    store_close(open_book());
}

/* A process that was killed leaves neither a lock nor a snapshot behind. */
static void a_killed_process_is_in_nobodys_way(void **state)
{
    int ready[2];
    char c;
    (void)state;
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct view *v;
        struct store *s = open_book();
        append(s, 1);
        if (store_journal_commit(s) == 0 && view_snapshot(s, &v) == 0) {
            put_request(s, 1, 1);
            append(s, 2);
            (void)!write(ready[1], "x", 1);
            pause();
        }
        _exit(1);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ready[0]);
    close(ready[1]);
    struct store *s = open_book();
    MDB_envinfo info;
    uint64_t e;
    assert_int_equal(last_of(s), 1);
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    assert_int_equal(mdb_env_info(s->journal.env, &info), 0);
    assert_true(info.me_numreaders <= 1); /* opening itself reads once */
    store_close(s);
}

static void set_format(bool journal, uint32_t format)
{
    struct store *s = open_book();
    MDB_env *env = journal ? s->journal.env : s->tables.env;
    MDB_txn *txn;
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(format_write(txn, journal ? s->journal.meta : s->tables.meta, format), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    store_close(s);
}

static void a_newer_book_is_left_alone(void **state)
{
    static const char *const files[] = {"journal/data.mdb", "journal/lock.mdb", "tables/data.mdb",
                                        "tables/lock.mdb", "lock"};
    enum { FILES = sizeof files / sizeof files[0] };
    uint8_t *before[FILES];
    size_t n[FILES], m;
    struct store *s = open_book();
    struct fault f;
    (void)state;
    append(s, 1);
    assert_int_equal(store_journal_commit(s), 0);
    store_close(s);
    set_format(true, FORMAT_BOOK + 1);
    write_file("lock", 0, "4242\n", 5);
    for (int i = 0; i < FILES; i++)
        assert_non_null(before[i] = contents(files[i], &n[i]));
    s = NULL;
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_NEWER);
    assert_null(s);
    assert_string_equal(f.field, "format");
    for (int i = 0; i < FILES; i++) {
        uint8_t *after = contents(files[i], &m);
        assert_non_null(after);
        assert_int_equal(m, n[i]);
        assert_memory_equal(after, before[i], m);
        free(after);
        free(before[i]);
    }
}

static void tables_of_another_format_are_begun_anew(void **state)
{
    uint64_t e;
    (void)state;
    static const uint32_t others[] = {FORMAT_TABLES - 1, FORMAT_TABLES + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct store *s = open_book();
        put_request(s, 1, 11);
        assert_int_equal(store_tables_commit(s), 0);
        store_close(s);
        set_format(false, others[i]);
        s = open_book();
        assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
        store_close(s);
    }
}

static void fill_tables(void)
{
    struct store *s = open_book();
    if (last_of(s) == 0) {
        append(s, 1);
        assert_int_equal(store_journal_commit(s), 0);
    }
    for (uint32_t i = 0; i < 2000; i++)
        put_request(s, i, i + 1);
    assert_int_equal(store_tables_commit(s), 0);
    store_close(s);
}

static void assert_tables_empty(void)
{
    struct store *s = open_book();
    uint64_t e;
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    assert_int_equal(last_of(s), 1);
    put_request(s, 1, 11);
    assert_int_equal(store_tables_commit(s), 0);
    store_close(s);
}

static void tables_lost_or_damaged_are_begun_anew(void **state)
{
    static uint8_t garbage[16384];
    size_t n;
    (void)state;
    memset(garbage, 0xab, sizeof garbage);
    fill_tables();
    assert_int_equal(env_remove(in_dir("tables")), 0);
    assert_tables_empty();
    /* Twice, so that what was put aside first is in the way. */
    for (int i = 0; i < 2; i++) {
        fill_tables();
        write_file("tables/data.mdb", 0, garbage, sizeof garbage);
        assert_tables_empty();
        uint8_t *aside = contents("tables.damaged/data.mdb", &n);
        assert_non_null(aside);
        assert_int_equal(aside[0], 0xab);
        free(aside);
    }
    /* A file where the directory should be. */
    assert_int_equal(env_remove(in_dir("tables")), 0);
    write_file("tables", 0, garbage, 100);
    assert_tables_empty();
    /* And again, with that file put aside before. */
    fill_tables();
    assert_int_equal(truncate(in_dir("tables/data.mdb"), 0), 0);
    assert_tables_empty();
    fill_tables();
    assert_int_equal(truncate(in_dir("tables/data.mdb"), 100), 0);
    assert_tables_empty();
}

/* Cut short behind its meta pages: an error when its rows are read, never a signal. */
static void tables_cut_short_are_no_signal(void **state)
{
    struct store *s = NULL;
    struct fault f;
    uint64_t e;
    (void)state;
    fill_tables();
    assert_int_equal(truncate(in_dir("tables/data.mdb"), 3 * 4096), 0);
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), 0);
    int rc = get_request(s, 1, &e);
    assert_true(rc == ERR_CORRUPT || rc == ERR_NOT_FOUND);
    assert_int_equal(store_tables_clear(s), 0);
    assert_int_equal(get_request(s, 1, &e), ERR_NOT_FOUND);
    put_request(s, 1, 1);
    assert_int_equal(store_tables_commit(s), 0);
    store_close(s);
}

static void a_damaged_journal_is_never_replaced(void **state)
{
    static uint8_t garbage[16384];
    struct store *s = NULL;
    struct fault f;
    struct stat st;
    (void)state;
    memset(garbage, 0xab, sizeof garbage);
    fill_tables();
    write_file("journal/data.mdb", 0, garbage, sizeof garbage);
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_int_equal(truncate(in_dir("journal/data.mdb"), 0), 0);
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_int_equal(env_remove(in_dir("journal")), 0);
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_int_equal(try_open(false, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_int_not_equal(stat(in_dir("journal"), &st), 0);
    assert_null(s);
}

static void a_journal_cut_short_is_refused(void **state)
{
    struct store *s = open_book();
    struct fault f;
    (void)state;
    for (uint64_t i = 1; i <= 2000; i++)
        append(s, i);
    assert_int_equal(store_journal_commit(s), 0);
    store_close(s);
    s = NULL;
    assert_int_equal(truncate(in_dir("journal/data.mdb"), 10 * 4096), 0);
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_null(s);
}

/* Entries and hashes alike lack one in the middle. */
static void a_journal_with_a_gap_is_refused(void **state)
{
    struct store *s = open_book();
    struct fault f;
    MDB_txn *txn;
    uint64_t number = 2;
    MDB_val key = {sizeof number, &number};
    (void)state;
    for (uint64_t i = 1; i <= 3; i++)
        append(s, i);
    assert_int_equal(store_journal_commit(s), 0);
    assert_int_equal(mdb_txn_begin(s->journal.env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_del(txn, s->journal.entries, &key, NULL), 0);
    assert_int_equal(mdb_del(txn, s->journal.hashes, &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    store_close(s);
    s = NULL;
    assert_int_equal(try_open(true, MAP, MAP, &f, &s), ERR_CORRUPT);
    assert_null(s);
}

/* A journal that was not finished when the power went is made again. */
static void half_a_journal_is_no_journal(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("journal.new"), 0700), 0);
    write_file("journal.new/data.mdb", 0, "half", 4);
    struct store *s = open_book();
    assert_int_equal(last_of(s), 0);
    store_close(s);
    struct stat st;
    assert_int_not_equal(stat(in_dir("journal.new"), &st), 0);
}

static void a_map_that_cannot_be_had_names_its_setting(void **state)
{
    const uint64_t huge = UINT64_C(1) << 60;
    struct store *s = NULL;
    struct fault f;
    (void)state;
    assert_int_equal(try_open(true, huge, MAP, &f, &s), ERR_SETTING);
    assert_string_equal(f.field, "journal-map");
    assert_string_equal(f.value, "1152921504606846976");
    assert_int_equal(try_open(true, MAP, huge, &f, &s), ERR_SETTING);
    assert_string_equal(f.field, "tables-map");
    assert_null(s);
    store_close(open_book());
}

static void stores_are_compared_row_by_row(void **state)
{
    char first[sizeof dir];
    struct store *a = open_book(), *b;
    struct fault f;
    (void)state;
    memcpy(first, dir, sizeof dir);
    assert_int_equal(set_up(NULL), 0);
    b = open_book();
    b->tables.requests.enough = 50; /* some of its rows are moved, none of the other's */
    /* The same rows put in another order. */
    for (uint32_t i = 0; i < 1000; i++) {
        put_request(a, i, i);
        put_request(b, 999 - i, 999 - i);
        if (i % 100 == 0)
            assert_int_equal(store_tables_commit(b), 0);
    }
    assert_int_equal(store_tables_commit(a), 0);
    assert_int_equal(store_tables_commit(b), 0);
    assert_int_equal(store_compare(a, b, &f), 0);
    put_request(b, 77, 1);
    assert_int_equal(store_tables_commit(b), 0);
    assert_int_equal(store_compare(a, b, &f), ERR_CORRUPT);
    assert_string_equal(f.field, "request");
    char hex[2 * KEY_MAX + 1];
    struct key k = request_key(77);
    assert_string_equal(f.value, hex_format(k.p, k.n, hex));
    put_request(b, 77, 77);
    put_voucher(b, 5);
    assert_int_equal(store_tables_commit(b), 0);
    assert_int_equal(store_compare(a, b, &f), ERR_CORRUPT);
    assert_string_equal(f.field, "voucher");
    put_voucher(a, 5);
    put_voucher(a, 6); /* more in the first than in the second */
    assert_int_equal(store_tables_commit(a), 0);
    assert_int_equal(store_compare(a, b, NULL), ERR_CORRUPT);
    put_voucher(b, 6);
    assert_int_equal(store_tables_commit(b), 0);
    assert_int_equal(store_compare(a, b, &f), 0);
    key_number(&k, TABLE_VOUCHER, 5);
    struct voucher_row r = redeemed(5);
    store_put(b, &k, &r);
    assert_int_equal(store_tables_commit(b), 0);
    assert_int_equal(store_compare(a, b, &f), ERR_CORRUPT);
    assert_string_equal(f.field, "voucher");
    store_put(a, &k, &r);
    assert_int_equal(store_tables_commit(a), 0);
    assert_int_equal(store_compare(a, b, &f), 0);
    store_close(b);
    assert_int_equal(tear_down(NULL), 0);
    memcpy(dir, first, sizeof dir);
    store_close(a);
}

/* Snapshots on another thread, while the writer writes, recovers and clears. */
static void *look(void *arg)
{
    struct store *s = arg;
    for (int i = 0; i < 2000; i++) {
        struct view *v;
        struct span e;
        uint64_t last, entry = 0;
        if (view_snapshot(s, &v) < 0)
            return "no snapshot";
        if (view_journal_last(v, &last) < 0 || (last > 0 && view_entry(v, last, &e) < 0))
            return "no entry";
        int rc = view_request(v, 1, &entry);
        if (rc < 0 && rc != ERR_NOT_FOUND)
            return "no row";
        if (entry > last)
            return "a row of an entry that is not there";
        view_end(v);
    }
    return NULL;
}

static void snapshots_bear_a_busy_writer(void **state)
{
    struct store *s = open_book();
    pthread_t thread;
    void *what;
    uint64_t last;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, look, s), 0);
    for (uint64_t i = 1; i <= 300; i++) {
        append(s, i);
        put_request(s, 1, i);
        assert_int_equal(store_journal_commit(s), 0);
        assert_int_equal(store_tables_commit(s), 0);
        if (i % 50 == 0)
            assert_int_equal(store_journal_recover(s, &last), 0);
        if (i % 70 == 0)
            assert_int_equal(store_tables_clear(s), 0);
    }
    pthread_join(thread, &what);
    assert_null(what);
    assert_entries(s, 300);
    store_close(s);
}

/* Bytes of the journal's file, and those of it that LMDB uses. */
static void journal_bytes(struct store *s, uint64_t *file, uint64_t *used)
{
    MDB_envinfo info;
    MDB_stat page;
    struct stat st;
    assert_int_equal(mdb_env_info(s->journal.env, &info), 0);
    assert_int_equal(mdb_env_stat(s->journal.env, &page), 0);
    assert_int_equal(stat(in_dir("journal/data.mdb"), &st), 0);
    *file = (uint64_t)st.st_size;
    *used = (info.me_last_pgno + 1) * page.ms_psize;
}

/* Small commits find room that was made before them; it holds nothing and hides nothing. */
static void room_for_small_commits(void **state)
{
    (void)state;
    struct store *s = open_book();
    uint64_t n = 0, file, used, fills = 0, before;
    store_journal_make_room(s); /* before anything was committed */
    journal_bytes(s, &before, &used);
    for (int i = 0; i < 600; i++) {
        for (int k = 0; k < 40; k++)
            append(s, ++n);
        store_journal_make_room(s); /* not now: it would be in the way of what is appended */
        assert_int_equal(store_journal_commit(s), 0);
        store_journal_make_room(s);
        journal_bytes(s, &file, &used);
        assert_true(file >= used + 128 * 1024);
        assert_true(file <= used + 2 * 1024 * 1024);
        fills += file != before;
        before = file;
    }
    assert_in_range(fills, 3, 30); /* 24,000 entries of some 200 bytes, in steps of 1 MiB */
    assert_entries(s, n);
    /* After a large one there is none to be made, and what there is gets used. */
    for (int i = 0; i < 20000; i++)
        append(s, ++n);
    assert_int_equal(store_journal_commit(s), 0);
    store_journal_make_room(s);
    journal_bytes(s, &file, &used);
    assert_true(file < used + 128 * 1024);
    s = reopen(s);
    assert_entries(s, n);
    store_journal_make_room(s);
    append(s, ++n);
    assert_int_equal(store_journal_commit(s), 0);
    store_journal_make_room(s);
    assert_entries(s, n);
    for (int i = 0; i < 5; i++) { /* what an opening finds is enough */
        s = reopen(s);
        append(s, ++n);
        assert_int_equal(store_journal_commit(s), 0);
        store_journal_make_room(s);
        journal_bytes(s, &file, &used);
        assert_true(file >= used + 128 * 1024);
        assert_true(file <= used + 2 * 1024 * 1024);
    }
    assert_entries(s, n);
    store_close(s);
}

/* A page that is none, in the middle of the journal: told, by whoever reads it. */
static void a_page_of_the_journal_is_gone(void **state)
{
    (void)state;
    static const uint8_t nothing[4096];
    struct store *s = open_book();
    for (uint64_t i = 1; i <= 3000; i++)
        append(s, i);
    assert_int_equal(store_journal_commit(s), 0);
    store_close(s);
    int found = 0;
    for (int page = 40; page < 60; page++) {
        uint8_t kept[sizeof nothing];
        int fd = open(in_dir("journal/data.mdb"), O_RDWR);
        off_t at = page * (off_t)sizeof nothing;
        assert_int_equal(pread(fd, kept, sizeof kept, at), sizeof kept);
        assert_int_equal(pwrite(fd, nothing, sizeof nothing, at), sizeof nothing);
        s = open_book();
        struct view *v;
        struct span e;
        int rc = 0;
        assert_int_equal(view_snapshot(s, &v), 0);
        for (uint64_t i = 1; rc == 0 && i <= 3000; i++) {
            rc = view_entry(v, i, &e);
            if (rc == 0)
                rc = view_hashes(v, i, &e);
        }
        assert_true(rc == 0 || rc == ERR_CORRUPT || rc == ERR_NOT_FOUND);
        found += rc != 0;
        view_end(v);
        store_close(s);
        assert_int_equal(pwrite(fd, kept, sizeof kept, at), sizeof kept);
        close(fd);
    }
    assert_true(found > 10);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_page_of_the_journal_is_gone),
        TEST(room_for_small_commits),
        TEST(entries_are_there_after_opening_again),
        TEST(what_is_dropped_was_never_there),
        TEST(a_wrong_number_spoils_the_batch),
        TEST(a_full_journal_map_is_told_and_survived),
        TEST(a_failed_commit_is_looked_up),
        TEST(rows_are_put_and_read),
        TEST(a_row_that_may_not_be_spoils_the_transaction),
        TEST(a_full_tables_map_is_told_and_survived),
        TEST(a_failed_commit_of_the_tables_heals),
        TEST(appended_rows_keep_their_order),
        TEST(what_became_of_vouchers_is_stored_apart),
        TEST(moved_rows_are_found),
        TEST(a_damaged_state_of_a_voucher_is_told),
        TEST(cleared_tables_are_empty),
        TEST(a_snapshot_stays_as_it_was),
        TEST(a_snapshot_has_ends_of_its_own),
        TEST(puts_are_seen_once_committed),
        TEST(scans_begin_where_they_are_told),
        TEST(signposts_are_keys_alone),
        TEST(a_damaged_row_is_told),
        TEST(there_is_no_book_unless_one_is_made),
        TEST(a_directory_is_made_with_its_book),
        TEST(a_book_has_one_process),
        TEST(a_killed_process_is_in_nobodys_way),
        TEST(a_newer_book_is_left_alone),
        TEST(tables_of_another_format_are_begun_anew),
        TEST(tables_lost_or_damaged_are_begun_anew),
        TEST(tables_cut_short_are_no_signal),
        TEST(a_damaged_journal_is_never_replaced),
        TEST(a_journal_cut_short_is_refused),
        TEST(a_journal_with_a_gap_is_refused),
        TEST(half_a_journal_is_no_journal),
        TEST(a_map_that_cannot_be_had_names_its_setting),
        TEST(stores_are_compared_row_by_row),
        TEST(snapshots_bear_a_busy_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
