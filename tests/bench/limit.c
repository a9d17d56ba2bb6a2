/* SPDX-License-Identifier: Apache-2.0 */
/* The bare loop: what LMDB and the disk give when nothing else is done. The rows of an issue, no
 * rules, no messages, no network: a record of the journal with its digest and the node of the tree
 * that it completes (one for each leaf on average), durable for every batch; in a second
 * environment, in one transaction over many batches, a voucher row, three balance rows read and
 * written, and the request id. */
#include <lmdb.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "figures.h"

#define MAP_BYTES     ((size_t)256 << 30)
#define VOUCHER_BYTES 150
#define BALANCE_BYTES 100
#define PRELOAD_BATCH 4096

enum { LINE, ACCOUNT, CLAIM, VOUCHER, REQUEST, NTABLES };

struct balance_key {
    char kind[4];
    uint8_t digest[28]; /* as scattered as codes and contract numbers are */
};

struct bare {
    const struct bench_args *args;
    MDB_env *journal, *tables;
    MDB_dbi entries, hashes, dbi[NTABLES];
    MDB_txn *in_journal, *in_tables;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct draw draw;
    uint64_t last;        /* entry */
    uint64_t uncommitted; /* events in the tables' transaction */
    struct balance_key *accounts, *claims;
};

static void must(int rc, const char *what)
{
    if (rc)
        give_up(what, mdb_strerror(rc));
}

static MDB_env *env_open(const char *dir, const char *name, unsigned flags)
{
    char path[4096];
    MDB_env *env;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)mkdir(dir, 0700);
    (void)mkdir(path, 0700);
    must(mdb_env_create(&env), "environment");
    must(mdb_env_set_mapsize(env, MAP_BYTES), "map size");
    must(mdb_env_set_maxdbs(env, NTABLES), "tables");
    must(mdb_env_open(env, path, flags, 0600), path);
    return env;
}

static void digest_of(struct bare *b, const void *p, size_t n, uint8_t *out)
{
    if (!EVP_DigestInit_ex(b->digest, b->sha256, NULL) || !EVP_DigestUpdate(b->digest, p, n) ||
        !EVP_DigestFinal_ex(b->digest, out, NULL))
        give_up("digest", "OpenSSL failed");
}

static struct balance_key key_of(struct bare *b, const char *kind, unsigned n)
{
    uint8_t digest[32];
    struct balance_key k = {{0}, {0}};
    memcpy(k.kind, kind, 4);
    digest_of(b, &n, sizeof n, digest);
    memcpy(k.digest, digest, sizeof k.digest);
    return k;
}

static void open_all(struct bare *b, const struct bench_args *a)
{
    static const char *const names[] = {"line", "account", "claim", "voucher", "request"};
    MDB_txn *t;
    MDB_stat stat;
    b->args = a;
    b->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    b->digest = EVP_MD_CTX_new();
    b->journal = env_open(a->dir, "journal", 0);
    b->tables = env_open(a->dir, "tables", MDB_NORDAHEAD);
    must(mdb_txn_begin(b->journal, NULL, 0, &t), "journal");
    must(mdb_dbi_open(t, "entries", MDB_CREATE | MDB_INTEGERKEY, &b->entries), "entries");
    must(mdb_dbi_open(t, "hashes", MDB_CREATE | MDB_INTEGERKEY, &b->hashes), "hashes");
    must(mdb_stat(t, b->entries, &stat), "entries");
    b->last = stat.ms_entries;
    must(mdb_txn_commit(t), "journal");
    must(mdb_txn_begin(b->tables, NULL, 0, &t), "tables");
    for (int i = 0; i < NTABLES; i++)
        must(
            mdb_dbi_open(t, names[i], MDB_CREATE | (i == VOUCHER ? MDB_INTEGERKEY : 0), &b->dbi[i]),
            names[i]);
    must(mdb_txn_commit(t), "tables");
    b->accounts = calloc(a->enterprises, sizeof *b->accounts);
    b->claims = calloc((size_t)a->enterprises * CONTRACTS, sizeof *b->claims);
    if (!b->accounts || !b->claims)
        give_up("keys", "no memory");
    for (unsigned i = 0; i < a->enterprises; i++)
        b->accounts[i] = key_of(b, "acct", i);
    for (unsigned i = 0; i < a->enterprises * CONTRACTS; i++)
        b->claims[i] = key_of(b, "clai", i);
    draw_init(&b->draw, a, 0);
}

static void close_all(struct bare *b)
{
    mdb_env_close(b->journal);
    mdb_env_close(b->tables);
    EVP_MD_CTX_free(b->digest);
    EVP_MD_free(b->sha256);
    free(b->accounts);
    free(b->claims);
}

/* Reads a balance, adds to it, writes it. */
static void balance_add(struct bare *b, int table, const struct balance_key *key)
{
    uint8_t row[BALANCE_BYTES] = {0};
    int64_t sum;
    MDB_val k = {sizeof *key, (void *)(uintptr_t)key}, v;
    int rc = mdb_get(b->in_tables, b->dbi[table], &k, &v);
    if (rc == 0)
        memcpy(row, v.mv_data, sizeof row);
    else if (rc != MDB_NOTFOUND)
        must(rc, "balance");
    memcpy(&sum, row, sizeof sum);
    sum += AMOUNT_FEN;
    memcpy(row, &sum, sizeof sum);
    memcpy(row + 8, &b->last, sizeof b->last);
    v = (MDB_val){sizeof row, row};
    must(mdb_put(b->in_tables, b->dbi[table], &k, &v, 0), "balance");
}

static void fold(struct bare *b, const uint8_t *id)
{
    static const struct balance_key line = {"line", {0}};
    uint8_t voucher[VOUCHER_BYTES] = {0}, request[20];
    unsigned at = (unsigned)draw_below(&b->draw, b->args->enterprises);
    unsigned claim = at * CONTRACTS + (unsigned)draw_below(&b->draw, CONTRACTS);
    balance_add(b, LINE, &line);
    balance_add(b, ACCOUNT, &b->accounts[at]);
    balance_add(b, CLAIM, &b->claims[claim]);
    memcpy(voucher, &at, sizeof at);
    memcpy(voucher + 4, &claim, sizeof claim);
    MDB_val k = {sizeof b->last, &b->last}, v = {sizeof voucher, voucher};
    must(mdb_put(b->in_tables, b->dbi[VOUCHER], &k, &v, MDB_APPEND), "voucher");
    memcpy(request, id, 16);
    memset(request + 16, 0, 4);
    k = (MDB_val){sizeof request, request};
    v = (MDB_val){sizeof b->last, &b->last};
    must(mdb_put(b->in_tables, b->dbi[REQUEST], &k, &v, MDB_NOOVERWRITE), "request");
}

static void event(struct bare *b)
{
    uint8_t id[16], hashes[64], node[65] = {1}, record[1 + RECORD_BYTES] = {0};
    b->last++;
    draw_id(&b->draw, id);
    if (!b->args->journal_alone)
        fold(b, id);
    memcpy(record + 1, &b->last, sizeof b->last);
    memcpy(record + 9, id, sizeof id);
    digest_of(b, record, sizeof record, hashes);
    memcpy(node + 1, hashes, 32);
    digest_of(b, node, sizeof node, hashes + 32);
    MDB_val k = {sizeof b->last, &b->last}, v = {RECORD_BYTES, record + 1};
    must(mdb_put(b->in_journal, b->entries, &k, &v, MDB_APPEND), "entry");
    v = (MDB_val){sizeof hashes, hashes};
    must(mdb_put(b->in_journal, b->hashes, &k, &v, MDB_APPEND), "hashes");
}

static void tables_commit(struct bare *b)
{
    if (b->in_tables)
        must(mdb_txn_commit(b->in_tables), "tables' commit");
    b->in_tables = NULL;
    b->uncommitted = 0;
}

static void batch(struct bare *b, unsigned n)
{
    if (!b->in_tables)
        must(mdb_txn_begin(b->tables, NULL, 0, &b->in_tables), "tables");
    must(mdb_txn_begin(b->journal, NULL, 0, &b->in_journal), "journal");
    for (unsigned i = 0; i < n; i++)
        event(b);
    must(mdb_txn_commit(b->in_journal), "journal's commit");
    b->uncommitted += n;
    if (b->uncommitted >= b->args->tables_every)
        tables_commit(b);
}

int main(int argc, char **argv)
{
    struct bench_args a;
    struct bare b = {0};
    static struct bench_run run;
    bench_args_read(argc, argv, "The bare loop of two LMDB environments.", &a);
    open_all(&b, &a);
    while (b.last < a.preload)
        batch(&b, PRELOAD_BATCH);
    tables_commit(&b);
    run_begin(&run, &a);
    while (!run_is_over(&run)) {
        int64_t since = now_ns();
        batch(&b, a.batch);
        run_add(&run, since, a.batch);
    }
    tables_commit(&b);
    run_tell(&run, a.journal_alone ? "journal" : "issue", b.last);
    close_all(&b);
    return 0;
}
