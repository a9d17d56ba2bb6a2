/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, catching up, checking. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/inner.h"

static int read_record(void *ctx, uint64_t i, struct span *record)
{
    return view_hashes(ctx, i + 1, record);
}

/* The tree and the count of entries, as the journal has them. */
static int load_tree(struct book *b)
{
    struct view *v;
    uint64_t last;
    int rc = store_journal_last(b->store, &last);
    if (rc < 0)
        return rc;
    rc = view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    struct tree tree;
    rc = tree_load(&tree, last, read_record, v);
    view_end(v);
    if (rc < 0)
        return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
    b->tree = tree;
    b->entries = last;
    b->leaf_due = false;
    return 0;
}

/* Where the tables stand; all zero if they are empty. ERR_CORRUPT if they do not belong to this
 * journal: ahead of it, or with another entry under their last number. */
static int load_head(struct book *b, struct head_row *head)
{
    struct view *v;
    struct span hashes;
    struct key k;
    key_head(&k);
    memset(head, 0, sizeof *head);
    int rc = view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    rc = view_get(v, &k, head);
    if (rc == ERR_NOT_FOUND) {
        view_end(v);
        return 0;
    }
    if (rc == 0 && (head->entries == 0 || head->entries > b->entries))
        rc = ERR_CORRUPT;
    if (rc == 0)
        rc = view_hashes(v, head->entries, &hashes);
    if (rc == 0 && (hashes.n < HASH_LEN || memcmp(hashes.p, head->leaf, HASH_LEN) != 0))
        rc = ERR_CORRUPT;
    view_end(v);
    return rc == ERR_NOT_FOUND ? ERR_CORRUPT : rc;
}

static int follow_from(struct book *b, const struct head_row *head)
{
    int rc = tables_policies(&b->tables, b->store, head->policy);
    if (rc == 0)
        rc = tables_follow(&b->tables, b->store, head->entries, b->entries, NULL);
    return rc;
}

int book_catch_up(struct book *b, struct fault *f, struct book_opening *o)
{
    struct head_row head;
    tables_forget(&b->tables);
    b->behind = true;
    int rc = store_tables_recover(b->store);
    if (rc == 0)
        rc = load_tree(b);
    if (rc < 0)
        return rc;
    rc = store_tables_damaged(b->store) ? ERR_CORRUPT : load_head(b, &head);
    if (rc == 0) {
        o->rebuilt = head.entries == 0 && b->entries > 0;
        rc = follow_from(b, &head);
    }
    if (rc == ERR_CORRUPT) {
        /* The tables do not fit the journal: the journal is the truth. */
        o->rebuilt = true;
        memset(&head, 0, sizeof head);
        tables_forget(&b->tables);
        atomic_store(&b->tables.snapshot, 0); /* until the next commit nobody is to read there */
        rc = store_tables_clear(b->store);
        if (rc == 0)
            rc = follow_from(b, &head);
        if (rc == ERR_CORRUPT)
            (void)fault_set(f, "journal", "",
                            "entries that fold into tables; this one is damaged: take a backup");
    }
    if (rc < 0)
        return rc;
    o->folded = b->entries - head.entries;
    o->entries = b->entries;
    b->behind = false;
    return 0;
}

/* The first entry says what kind of book this is. */
static int write_first(struct book *b, const struct book_config *c)
{
    struct command command = {.kind = COMMAND_CREATE_BOOK};
    command.create_book = (struct create_book){FORMAT_BOOK, DIGEST_SHA256, c->test_clock};
    struct request r = {.kind = REQUEST_COMMANDS, .n = 1, .commands = &command};
    struct arena a = {0};
    struct book_job job = {.principal = "", .request = &r, .arena = &a};
    struct book_job *jobs[] = {&job};
    int rc = book_batch(b, c->now, jobs, 1);
    if (rc == 0)
        rc = book_tables_commit(b);
    arena_free(&a);
    return rc;
}

/* Kind and digest of an old book. */
static int check_first(struct book *b, const struct book_config *c, struct fault *f)
{
    struct view *v;
    struct span bytes;
    struct entry e;
    int rc = view_snapshot(b->store, &v);
    if (rc < 0)
        return rc;
    rc = view_entry(v, 1, &bytes);
    if (rc == 0)
        rc = entry_decode(bytes, &b->scratch, &e);
    view_end(v);
    if (rc < 0 || e.command.kind != COMMAND_CREATE_BOOK ||
        e.command.create_book.digest != DIGEST_SHA256) {
        (void)fault_set(f, "book", c->dir, "a book whose first entry says what it is");
        return ERR_CORRUPT;
    }
    if (e.command.create_book.format > FORMAT_BOOK) {
        (void)fault_set(f, "book", c->dir, "a book of format %d or older; this one has %" PRIu32,
                        FORMAT_BOOK, e.command.create_book.format);
        return ERR_NEWER;
    }
    b->test_clock = e.command.create_book.test_clock;
    if (b->test_clock == c->test_clock)
        return 0;
    (void)fault_set(f, "book", c->dir, "%s",
                    b->test_clock ? "a book of the real clock; this one was made with --test-clock "
                                    "and opens only with it"
                                  : "a book made with --test-clock; this one is of the real clock "
                                    "and opens only without it");
    return ERR_CLOCK;
}

static int open_parts(struct book *b, const struct book_config *c, struct fault *f,
                      struct book_opening *o)
{
    struct store_config sc = {c->dir, c->create, c->journal_map, c->tables_map};
    int rc = store_open(&sc, f, &b->store);
    if (rc < 0)
        return rc;
    b->tables.store = b->store;
    b->tables_map = c->tables_map;
    b->tables.rows = rows_new();
    b->tables.policies = policies_new();
    if (!b->tables.rows || !b->tables.policies)
        return ERR_MEMORY;
    uint64_t last;
    rc = store_journal_last(b->store, &last);
    if (rc == 0 && last > 0)
        rc = check_first(b, c, f);
    if (rc == 0)
        rc = book_catch_up(b, f, o);
    if (rc == 0 && last == 0) {
        b->test_clock = c->test_clock;
        o->created = true;
        rc = write_first(b, c);
        o->entries = b->entries;
    }
    return rc < 0 ? rc : book_tables_commit(b);
}

int book_open(const struct book_config *c, struct fault *f, struct book_opening *o,
              struct book **out)
{
    struct fault none;
    struct book *b = calloc(1, sizeof *b);
    if (!b)
        return ERR_MEMORY;
    if (!f)
        f = &none;
    memset(f, 0, sizeof *f);
    memset(o, 0, sizeof *o);
    b->stored = c->stored;
    int rc = open_parts(b, c, f, o);
    if (rc < 0) {
        book_close(b);
        return rc;
    }
    *out = b;
    return 0;
}

void book_close(struct book *b)
{
    if (!b)
        return;
    /* What is not committed here is folded in again at the next opening. */
    bool whole = b->entries > 0 && book_wait(b) == 0 && !b->behind;
    if (whole && !store_tables_damaged(b->store))
        (void)!book_tables_commit(b);
    tables_free(&b->tables);
    store_close(b->store);
    runner_free(b->runner);
    arena_free(&b->scratch);
    buf_free(&b->compared[0]);
    buf_free(&b->compared[1]);
    for (int i = 0; i < FLIGHTS; i++)
        free(b->flights[i].pending);
    free(b);
}

int book_ready(struct book *b)
{
    struct fault f;
    struct book_opening o = {0};
    if (book_wait(b) == ERR_UNKNOWN)
        return ERR_UNKNOWN;
    return b->behind || store_tables_damaged(b->store) ? book_catch_up(b, &f, &o) : 0;
}

int book_tables_begin(struct book *b, struct tables_done done)
{
    /* What was folded since the last commit is gone with one that failed. */
    if (tables_wait(&b->tables) < 0)
        b->behind = true;
    int rc = book_ready(b);
    if (rc == 0 && b->leaf_due)
        rc = tables_leaf(&b->tables, b->leaf);
    if (rc == 0) {
        b->leaf_due = false;
        rc = tables_store(&b->tables, b->entries, done);
    }
    if (rc < 0)
        b->behind = true;
    return rc;
}

int book_tables_commit(struct book *b)
{
    int rc = book_tables_begin(b, (struct tables_done){0});
    return rc < 0 ? rc : tables_wait(&b->tables);
}

bool book_tables_busy(const struct book *b)
{
    return atomic_load(&b->tables.busy);
}

bool book_tables_stale(const struct book *b)
{
    return b->behind || store_tables_damaged(b->store) ||
           atomic_load(&b->tables.snapshot) != b->entries;
}

uint64_t book_snapshot_entry(const struct book *b)
{
    return atomic_load(&b->tables.snapshot);
}

uint64_t book_steps(const struct book *b)
{
    return atomic_load(&b->tables.steps);
}

int book_check(struct book *b, const char *scratch_dir, struct fault *f)
{
    struct store_config sc = {scratch_dir, true, UINT64_C(64) << 20, b->tables_map};
    struct tables t = {.rows = rows_new(), .policies = policies_new(), .decides_again = true};
    struct tree tree = {0};
    memset(f, 0, sizeof *f);
    int rc = t.rows && t.policies ? book_tables_commit(b) : ERR_MEMORY;
    if (rc == 0)
        rc = store_open(&sc, f, &t.store);
    if (rc == 0)
        rc = store_tables_clear(t.store);
    if (rc == 0)
        rc = tables_follow(&t, b->store, 0, b->entries, &tree);
    if (rc == ERR_CORRUPT) {
        char at[32];
        snprintf(at, sizeof at, "%" PRIu64, t.differs ? t.differs : tree.size);
        (void)fault_set(f, "journal", at,
                        t.differs ? N_("an entry that its command, decided again, would give")
                                  : N_("an entry that hashes as stored and folds into tables"));
    }
    if (rc == 0)
        rc = tables_store(&t, b->entries, (struct tables_done){0});
    if (rc == 0)
        rc = tables_wait(&t);
    if (rc == 0)
        rc = store_compare(b->store, t.store, f);
    tables_free(&t);
    if (t.store && store_tables_clear(t.store) < 0 && rc == 0)
        rc = ERR_IO;
    store_close(t.store);
    return rc;
}
