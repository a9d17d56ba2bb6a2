/* SPDX-License-Identifier: Apache-2.0 */
/* Books on a real disk: a directory of its own for each test, below TMPDIR or /var/tmp, and
 * commands and queries in a line. */
#ifndef TEST_BOOK_SHELF_H
#define TEST_BOOK_SHELF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/inner.h"
#include "tests/unit/make.h"

#define MAP       (UINT64_C(256) << 20)
#define ZHANGZHOU "conf/zhangzhou-2025.yaml"
#define THREE     "tests/policies/three-lines.yaml"
#define TODAY     day_make(2025, 8, 1)

static char dir[256];
static struct arena memory; /* of outcomes and answers of one test */
static struct instant now;
static struct span files[64];
static int nfiles;

static inline int remove_one(const char *path, const struct stat *s, int type, struct FTW *w)
{
    (void)s;
    (void)type;
    (void)w;
    return remove(path);
}

static inline int set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    now = at(2025, 8, 1, 10);
    snprintf(dir, sizeof dir, "%s/book-test-XXXXXX", base ? base : "/var/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_free(&memory);
    while (nfiles > 0)
        free((void *)files[--nfiles].p);
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path inside the test's directory; four at a time. */
static inline const char *in_dir(const char *name)
{
    static char paths[4][400];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static inline struct book_config config(void)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/book", dir);
    return (struct book_config){.dir = path,
                                .create = true,
                                .test_clock = true,
                                .journal_map = MAP,
                                .tables_map = MAP,
                                .now = now};
}

static struct book_opening opening;

static inline struct book *open_book(void)
{
    struct book_config c = config();
    struct book *b = NULL;
    struct fault f;
    int rc = book_open(&c, &f, &opening, &b);
    if (rc < 0)
        print_error("%s: %s: '%s': %s\n", err_text(rc), f.field, f.value, f.expected);
    assert_int_equal(rc, 0);
    return b;
}

static inline struct book *reopen(struct book *b)
{
    book_close(b);
    return open_book();
}

/* ---- Commands ---- */

static inline struct request request_of(uint32_t n, struct command *commands)
{
    return (struct request){.kind = REQUEST_COMMANDS, .n = n, .commands = commands};
}

/* Reads what was stored, as a client would. */
static inline void read_entries(struct book_job *job)
{
    for (uint32_t i = 0; i < job->request->n; i++) {
        struct outcome *o = &job->outcomes[i];
        struct entry *e = arena_alloc(&memory, sizeof *e);
        if (o->stored.n == 0)
            continue;
        assert_int_equal(entry_decode(o->stored, &memory, e), 0);
        assert_int_equal(e->number, o->number);
        o->entry = e;
    }
}

static inline int run_jobs(struct book *b, struct book_job *jobs[], int n)
{
    int rc = book_batch(b, now, jobs, n);
    for (int i = 0; i < n; i++)
        read_entries(jobs[i]);
    return rc;
}

static inline struct outcome *ask(struct book *b, const struct request *r)
{
    struct book_job job = {.principal = "maker", .request = r, .arena = &memory};
    struct book_job *jobs[] = {&job};
    assert_int_equal(run_jobs(b, jobs, 1), 0);
    return job.outcomes;
}

static inline struct command *keep(struct command c)
{
    struct command *kept = arena_alloc(&memory, sizeof *kept);
    *kept = c;
    return kept;
}

static inline const struct outcome *tell(struct book *b, struct command c)
{
    struct request r = request_of(1, keep(c));
    return ask(b, &r);
}

static inline const struct entry *done(struct book *b, struct command c)
{
    const struct outcome *o = tell(b, c);
    if (o->kind == OUTCOME_INVALID)
        print_error("%s: '%s': %s\n", o->fault->field, o->fault->value, o->fault->expected);
    if (o->kind == OUTCOME_REFUSED)
        print_error("refused: %s\n", reason_name(o->entry->refusal.reason));
    assert_int_equal(o->kind, OUTCOME_DONE);
    return o->entry;
}

static inline const struct entry *refused(struct book *b, struct command c, enum reason reason)
{
    const struct outcome *o = tell(b, c);
    assert_int_equal(o->kind, OUTCOME_REFUSED);
    assert_int_equal(o->entry->refusal.reason, reason);
    return o->entry;
}

static inline struct span file_of(const char *name)
{
    return files[nfiles++] = read_source(name);
}

/* A book with a policy, money on measure 1, and four enterprises. */
static inline struct book *city(void)
{
    struct book *b = open_book();
    done(b, make_adopt(file_of(ZHANGZHOU)));
    done(b, make_appropriate("1", 2025, "city", YUAN(90000000)));
    done(b, make_enterprise(SELLER, "350602"));
    done(b, make_enterprise(BUYER, "350603"));
    done(b, make_enterprise(OTHER, "350604"));
    done(b, make_enterprise(THIRD, "350605"));
    return b;
}

static inline void contract(struct book *b, const char *number, int64_t fen)
{
    done(b, make_contract(number, SELLER, BUYER, fen));
}

/* ---- Queries ---- */

static inline const struct answer *answer_of(struct book *b, const struct query *q)
{
    struct answer *out = arena_zero(&memory, sizeof *out);
    bool live = query_is_point(q);
    int rc = live ? 0 : book_tables_commit(b);
    if (rc == 0)
        rc = (live ? book_query_live : book_query_snapshot)(b, now, q, &memory, out);
    assert_int_equal(rc, 0);
    return out;
}

static inline const struct status_answer *status(struct book *b)
{
    struct query q = {.kind = QUERY_STATUS};
    return answer_of(b, &q)->status;
}

/* Where the journal stands, to be compared. */
struct stand {
    uint64_t entries;
    uint8_t root[HASH_LEN];
};

static inline struct stand stand_of(struct book *b)
{
    struct stand s;
    const struct status_answer *a = status(b);
    memset(&s, 0, sizeof s);
    s.entries = a->entries;
    memcpy(s.root, a->root, HASH_LEN);
    return s;
}

static inline void same_stand(struct stand a, struct stand b)
{
    assert_int_equal(a.entries, b.entries);
    assert_memory_equal(a.root, b.root, HASH_LEN);
}

/* Every entry can be read, and gives the same bytes again. */
static inline void check_entries(struct book *b)
{
    struct arena a = {0};
    struct buf again = {0};
    struct view *v;
    assert_int_equal(view_snapshot(b->store, &v), 0);
    for (uint64_t i = 1; i <= b->entries; i++) {
        struct span bytes;
        struct entry e;
        assert_int_equal(view_entry(v, i, &bytes), 0);
        if (entry_decode(bytes, &a, &e) < 0)
            fail_msg("entry %u can't be read", (unsigned)i);
        again.n = 0;
        assert_int_equal(entry_encode(&e, &again), 0);
        assert_true(span_equal(bytes, SPAN(again.p, again.n)));
        arena_reset(&a);
    }
    view_end(v);
    buf_free(&again);
    arena_free(&a);
}

/* The tables are what the journal folds into. */
static inline void check(struct book *b)
{
    struct fault f;
    check_entries(b);
    int rc = book_check(b, in_dir("scratch"), &f);
    if (rc < 0)
        print_error("%s: %s: '%s': %s\n", err_text(rc), f.field, f.value, f.expected);
    assert_int_equal(rc, 0);
}

static inline struct voucher_answer voucher_as_of(struct book *b, uint64_t number, uint64_t entry)
{
    struct query q = {.kind = QUERY_VOUCHER, .voucher = number, .as_of.entry = entry};
    const struct answer *a = answer_of(b, &q);
    return a->n ? a->vouchers[0] : (struct voucher_answer){0};
}

/* ---- Files ---- */

static inline void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    int in = open(in_dir(from), O_RDONLY),
        out = open(in_dir(to), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    ssize_t n;
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in);
    close(out);
}

#endif
