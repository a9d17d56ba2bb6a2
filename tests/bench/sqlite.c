/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite, as one would use it well: WAL, every commit synced, prepared statements, tables without
 * row ids where the key is the row, the same checks and the same rows as PostgreSQL's. */
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "figures.h"

#define PRELOAD_BATCH 10000

static const char schema[] =
    "PRAGMA page_size = 4096;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -2097152;"
    "PRAGMA wal_autocheckpoint = 20000;"
    "PRAGMA locking_mode = EXCLUSIVE;"
    "CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, available INTEGER, committed "
    "INTEGER);"
    "CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, ceiling INTEGER, issued INTEGER,"
    " vouchers INTEGER);"
    "CREATE TABLE IF NOT EXISTS claim (id INTEGER PRIMARY KEY, account INTEGER, contract INTEGER,"
    " rate INTEGER, net INTEGER, newest INTEGER);"
    "CREATE TABLE IF NOT EXISTS voucher (number INTEGER PRIMARY KEY, claim INTEGER, face INTEGER,"
    " redeemed INTEGER, invoiced INTEGER, rate INTEGER, entry INTEGER, redeem_to INTEGER,"
    " before_claim INTEGER);"
    "CREATE TABLE IF NOT EXISTS journal (entry INTEGER PRIMARY KEY, booked INTEGER, record BLOB,"
    " digest BLOB);"
    "CREATE TABLE IF NOT EXISTS request (id BLOB PRIMARY KEY, entry INTEGER) WITHOUT ROWID;";

enum statement {
    BEGIN,
    COMMIT,
    FIND_REQUEST,
    FIND_CLAIM,
    FIND_LINE,
    SET_ACCOUNT,
    SET_CLAIM,
    SET_LINE,
    ADD_VOUCHER,
    ADD_JOURNAL,
    ADD_REQUEST,
    NSTATEMENTS
};

static const char *const texts[NSTATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [FIND_REQUEST] = "SELECT entry FROM request WHERE id = ?",
    [FIND_CLAIM] = ("SELECT c.contract, c.rate, c.net, c.newest, a.ceiling, a.issued"
                    " FROM claim c JOIN account a ON a.id = c.account WHERE c.id = ?"),
    [FIND_LINE] = "SELECT available FROM line WHERE id = 1",
    [SET_ACCOUNT] = "UPDATE account SET issued = issued + ?, vouchers = vouchers + 1 WHERE id = ?",
    [SET_CLAIM] = "UPDATE claim SET net = net + ?, newest = ? WHERE id = ?",
    [SET_LINE] =
        "UPDATE line SET available = available - ?1, committed = committed + ?1 WHERE id = 1",
    [ADD_VOUCHER] = "INSERT INTO voucher VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?)",
    [ADD_JOURNAL] = "INSERT INTO journal VALUES (?, ?, ?, ?)",
    [ADD_REQUEST] = "INSERT INTO request VALUES (?, ?)",
};

struct lite {
    const struct bench_args *args;
    sqlite3 *db;
    sqlite3_stmt *s[NSTATEMENTS];
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct draw draw;
    uint64_t last;
};

static void must(const struct lite *l, bool good)
{
    if (!good)
        give_up("SQLite", sqlite3_errmsg(l->db));
}

/* Runs a prepared statement whose arguments are whole numbers; true when it gives a row. */
static bool step(struct lite *l, enum statement which, int n, const int64_t *args)
{
    sqlite3_stmt *s = l->s[which];
    for (int i = 0; i < n; i++)
        must(l, sqlite3_bind_int64(s, i + 1, args[i]) == SQLITE_OK);
    int rc = sqlite3_step(s);
    must(l, rc == SQLITE_ROW || rc == SQLITE_DONE);
    return rc == SQLITE_ROW;
}

static void run(struct lite *l, enum statement which, int n, const int64_t *args)
{
    (void)step(l, which, n, args);
    must(l, sqlite3_reset(l->s[which]) == SQLITE_OK);
}

#define RUN(l, which, ...)                                                                         \
    run(l, which, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void fill_up(struct lite *l)
{
    char text[1024];
    snprintf(text, sizeof text,
             "BEGIN; INSERT OR IGNORE INTO line VALUES (1, %lld, 0);"
             "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
             " INSERT OR IGNORE INTO account SELECT i, %lld, 0, 0 FROM n;"
             "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
             " INSERT OR IGNORE INTO claim SELECT i, i / %d, %lld, %d, 0, 0 FROM n; COMMIT;",
             (long long)FUNDS_FEN, l->args->enterprises - 1, (long long)CEILING_FEN,
             l->args->enterprises * CONTRACTS - 1, CONTRACTS, (long long)CONTRACT_FEN, RATE_PPM);
    must(l, sqlite3_exec(l->db, text, NULL, NULL, NULL) == SQLITE_OK);
}

static void open_all(struct lite *l, const struct bench_args *a)
{
    char path[4096];
    sqlite3_stmt *s;
    l->args = a;
    l->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    l->digest = EVP_MD_CTX_new();
    (void)mkdir(a->dir, 0700);
    snprintf(path, sizeof path, "%s/book.sqlite", a->dir);
    must(l, sqlite3_open(path, &l->db) == SQLITE_OK);
    must(l, sqlite3_exec(l->db, schema, NULL, NULL, NULL) == SQLITE_OK);
    fill_up(l);
    for (int i = 0; i < NSTATEMENTS; i++)
        must(l, sqlite3_prepare_v3(l->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &l->s[i],
                                   NULL) == SQLITE_OK);
    must(l, sqlite3_prepare_v2(l->db, "SELECT ifnull(max(entry), 0) FROM journal", -1, &s, NULL) ==
                    SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW);
    l->last = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    draw_init(&l->draw, a, 0);
}

static void digest_of(struct lite *l, const void *p, size_t n, uint8_t *out)
{
    if (!EVP_DigestInit_ex(l->digest, l->sha256, NULL) || !EVP_DigestUpdate(l->digest, p, n) ||
        !EVP_DigestFinal_ex(l->digest, out, NULL))
        give_up("digest", "OpenSSL failed");
}

static void book(struct lite *l, const uint8_t *id, int64_t claim, int64_t before)
{
    uint8_t record[RECORD_BYTES] = {0}, digest[32];
    int64_t entry = (int64_t)++l->last;
    RUN(l, SET_ACCOUNT, AMOUNT_FEN, claim / CONTRACTS);
    RUN(l, SET_CLAIM, AMOUNT_FEN, entry, claim);
    RUN(l, SET_LINE, AMOUNT_FEN);
    RUN(l, ADD_VOUCHER, entry, claim, AMOUNT_FEN, RATE_PPM, entry, 20000, before);
    memcpy(record, &entry, sizeof entry);
    memcpy(record + 8, id, 16);
    digest_of(l, record, sizeof record, digest);
    sqlite3_stmt *j = l->s[ADD_JOURNAL], *r = l->s[ADD_REQUEST];
    sqlite3_bind_blob(j, 3, record, sizeof record, SQLITE_STATIC);
    sqlite3_bind_blob(j, 4, digest, sizeof digest, SQLITE_STATIC);
    RUN(l, ADD_JOURNAL, entry, now_ns());
    sqlite3_bind_blob(r, 1, id, 16, SQLITE_STATIC);
    sqlite3_bind_int64(r, 2, entry);
    run(l, ADD_REQUEST, 0, NULL);
}

/* One issue; false when a rule refuses. */
static bool issue(struct lite *l)
{
    uint8_t id[16];
    sqlite3_stmt *r = l->s[FIND_REQUEST], *c = l->s[FIND_CLAIM], *f = l->s[FIND_LINE];
    int64_t claim = (int64_t)draw_below(&l->draw, (uint64_t)l->args->enterprises * CONTRACTS);
    draw_id(&l->draw, id);
    sqlite3_bind_blob(r, 1, id, sizeof id, SQLITE_STATIC);
    bool good = !step(l, FIND_REQUEST, 0, NULL);
    sqlite3_reset(r);
    good = step(l, FIND_CLAIM, 1, &claim) && good;
    int64_t entitled = sqlite3_column_int64(c, 0) / 1000000 * sqlite3_column_int64(c, 1);
    int64_t before = sqlite3_column_int64(c, 3);
    good = good && sqlite3_column_int64(c, 2) + AMOUNT_FEN <= entitled &&
           sqlite3_column_int64(c, 5) + AMOUNT_FEN <= sqlite3_column_int64(c, 4);
    sqlite3_reset(c);
    good = step(l, FIND_LINE, 0, NULL) && good && sqlite3_column_int64(f, 0) >= AMOUNT_FEN;
    sqlite3_reset(f);
    if (good)
        book(l, id, claim, before);
    return good;
}

static void batch(struct lite *l, unsigned n)
{
    run(l, BEGIN, 0, NULL);
    for (unsigned i = 0; i < n; i++)
        if (!issue(l))
            give_up("SQLite", "an issue was refused");
    run(l, COMMIT, 0, NULL);
}

int main(int argc, char **argv)
{
    struct bench_args a;
    struct lite l = {0};
    static struct bench_run r;
    bench_args_read(argc, argv, "SQLite with the same rows.", &a);
    open_all(&l, &a);
    while (l.last < a.preload)
        batch(&l, PRELOAD_BATCH);
    run_begin(&r, &a);
    while (!run_is_over(&r)) {
        int64_t since = now_ns();
        batch(&l, a.batch);
        run_add(&r, since, a.batch);
    }
    run_tell(&r, "issue", l.last);
    for (int i = 0; i < NSTATEMENTS; i++)
        sqlite3_finalize(l.s[i]);
    sqlite3_close(l.db);
    EVP_MD_CTX_free(l.digest);
    EVP_MD_free(l.sha256);
    return 0;
}
