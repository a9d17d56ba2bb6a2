/* SPDX-License-Identifier: Apache-2.0 */
/* The book on disk: opening and its repairs, checking, policies in versions, lapses, a full map. */
#include "tests/unit/book/shelf.h"

static void a_new_book(void **state)
{
    (void)state;
    struct book *b = open_book();
    assert_true(opening.created);
    assert_false(opening.rebuilt);
    assert_int_equal(opening.entries, 1);
    assert_int_equal(status(b)->entries, 1);
    assert_true(status(b)->test_clock);
    assert_int_equal(status(b)->policy, 0);
    assert_string_equal(status(b)->policy_id, "");
    struct stand first = stand_of(b);
    check(b);
    b = reopen(b);
    assert_false(opening.created);
    assert_false(opening.rebuilt);
    assert_int_equal(opening.folded, 0);
    assert_int_equal(opening.entries, 1);
    same_stand(stand_of(b), first);
    book_close(b);
    book_close(NULL);
}

static int open_with(struct book_config c, struct fault *f)
{
    struct book *b = NULL;
    struct book_opening o;
    int rc = book_open(&c, f, &o, &b);
    if (rc == 0)
        book_close(b);
    return rc;
}

static void marks_of_the_clock(void **state)
{
    (void)state;
    struct fault f;
    struct book_config c = config();
    c.create = false;
    assert_int_equal(open_with(c, &f), ERR_NOT_FOUND);
    c.create = true;
    assert_int_equal(open_with(c, NULL), 0);
    c.test_clock = false;
    assert_int_equal(open_with(c, &f), ERR_CLOCK);
    assert_non_null(strstr(f.expected, "--test-clock"));
    c.test_clock = true;
    assert_int_equal(open_with(c, &f), 0);
    c.dir = in_dir("real");
    c.test_clock = false;
    assert_int_equal(open_with(c, &f), 0);
    c.test_clock = true;
    assert_int_equal(open_with(c, &f), ERR_CLOCK);
    c.test_clock = false;
    assert_int_equal(open_with(c, &f), 0);
    struct book_config same = c;
    struct book *b = NULL;
    assert_int_equal(book_open(&c, &f, &opening, &b), 0);
    assert_int_equal(open_with(same, &f), ERR_LOCKED);
    book_close(b);
}

/* Some entries of every kind, refusals among them. */
static struct book *busy(void)
{
    struct book *b = city();
    contract(b, "C1", YUAN(1000));
    done(b, make_issue("1", BUYER, "C1"));
    done(b, make_redeem(1, nth_invoice(1), TODAY, YUAN(10)));
    refused(b, make_redeem(1, nth_invoice(1), TODAY, YUAN(10)), REASON_INVOICE_USED);
    done(b, make_outside("C1", SELLER, 5));
    return b;
}

static void more(struct book *b)
{
    contract(b, "C2", YUAN(3000));
    done(b, make_issue("1", BUYER, "C2"));
    done(b, make_void(1));
    refused(b, make_void(1), REASON_VOUCHER_STATE);
    now = at(2027, 3, 1, 9);
    done(b, make_lapse());
}

static void tables_lost(void **state)
{
    (void)state;
    struct book *b = busy();
    struct stand was = stand_of(b);
    book_close(b);
    assert_int_equal(unlink(in_dir("book/tables/data.mdb")), 0);
    b = open_book();
    assert_true(opening.rebuilt);
    assert_int_equal(opening.folded, was.entries);
    assert_int_equal(opening.entries, was.entries);
    same_stand(stand_of(b), was);
    check(b);
    assert_int_equal(voucher_as_of(b, 1, 0).row->stages.at[STAGE_PAYABLE].fen, YUAN(5));
    more(b);
    check(b);
    book_close(b);
}

static void tables_unreadable(void **state)
{
    (void)state;
    struct book *b = busy();
    struct stand was = stand_of(b);
    book_close(b);
    int fd = open(in_dir("book/tables/data.mdb"), O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "this is no table", 16), 16);
    close(fd);
    b = open_book();
    assert_true(opening.rebuilt);
    same_stand(stand_of(b), was);
    check(b);
    book_close(b);
}

static void tables_of_last_week(void **state)
{
    (void)state;
    struct book *b = busy();
    uint64_t then = stand_of(b).entries;
    book_close(b);
    copy_file("book/tables/data.mdb", "old");
    b = open_book();
    more(b);
    struct stand was = stand_of(b);
    book_close(b);
    copy_file("old", "book/tables/data.mdb");
    b = open_book();
    assert_false(opening.rebuilt);
    assert_int_equal(opening.folded, was.entries - then);
    same_stand(stand_of(b), was);
    check(b);
    book_close(b);
}

/* The journal was put back: what the tables know beyond it did not happen. */
static void tables_ahead_of_the_journal(void **state)
{
    (void)state;
    struct book *b = busy();
    struct stand was = stand_of(b);
    book_close(b);
    copy_file("book/journal/data.mdb", "old");
    b = open_book();
    more(b);
    book_close(b);
    copy_file("old", "book/journal/data.mdb");
    b = open_book();
    assert_true(opening.rebuilt);
    same_stand(stand_of(b), was);
    check(b);
    assert_int_equal(voucher_as_of(b, 1, 0).state, VOUCHER_OPEN);
    assert_int_equal(voucher_as_of(b, 2, 0).number, 0);
    book_close(b);
}

/* As many entries, but others. */
static void tables_of_another_journal(void **state)
{
    (void)state;
    struct book *b = busy();
    book_close(b);
    copy_file("book/tables/data.mdb", "old");
    copy_file("book/journal/data.mdb", "old-journal");
    b = open_book();
    done(b, make_outside("C1", SELLER, 7));
    book_close(b);
    copy_file("book/tables/data.mdb", "newer");
    copy_file("old", "book/tables/data.mdb");
    copy_file("old-journal", "book/journal/data.mdb");
    b = open_book();
    done(b, make_outside("C1", SELLER, 8));
    struct stand was = stand_of(b);
    book_close(b);
    copy_file("newer", "book/tables/data.mdb");
    b = open_book();
    assert_true(opening.rebuilt);
    same_stand(stand_of(b), was);
    check(b);
    book_close(b);
}

/* Changes one byte of the journal's file behind the nth place of a text. */
static void flip(const char *text)
{
    struct stat s;
    int fd = open(in_dir("book/journal/data.mdb"), O_RDWR);
    assert_int_equal(fstat(fd, &s), 0);
    char *bytes = malloc((size_t)s.st_size);
    assert_int_equal(pread(fd, bytes, (size_t)s.st_size, 0), s.st_size);
    int flipped = 0;
    for (char *p = bytes; (p = memmem(p, (size_t)(bytes + s.st_size - p), text, strlen(text)));
         p++, flipped++) {
        char c = (char)(p[0] ^ 1);
        assert_int_equal(pwrite(fd, &c, 1, p - bytes), 1);
    }
    assert_true(flipped > 0);
    free(bytes);
    close(fd);
}

static void an_altered_entry_is_told(void **state)
{
    (void)state;
    struct book *b = busy();
    struct command c = make_appropriate("1", 2025, "city", 1);
    c.appropriate.document = "a remarkable document";
    uint64_t number = done(b, c)->number;
    more(b);
    book_close(b);
    flip("a remarkable document");
    b = open_book(); /* the tables are whole: nothing is read again */
    struct fault f;
    assert_int_equal(book_check(b, in_dir("scratch"), &f), ERR_CORRUPT);
    assert_string_equal(f.field, "journal");
    char text[24];
    snprintf(text, sizeof text, "%u", (unsigned)number);
    assert_string_equal(f.value, text);
    /* The book goes on, and can be checked again. */
    done(b, make_lapse());
    assert_int_equal(book_check(b, in_dir("scratch"), &f), ERR_CORRUPT);
    book_close(b);
}

/* A row that does not follow from the journal. */
static void an_altered_row_is_told(void **state)
{
    (void)state;
    struct book *b = busy();
    struct key k;
    key_contract(&k, &(struct uscc){"91350100M000100Y4"}, "C1");
    struct contract_row row;
    struct fault f;
    k.p[17] = '3';
    check(b);
    struct view *v;
    assert_int_equal(view_tables(b->store, &v), 0);
    assert_int_equal(view_get(v, &k, &row), 0);
    view_end(v);
    row.amount.fen++;
    store_put(b->store, &k, &row);
    assert_int_equal(store_tables_commit(b->store), 0);
    assert_int_equal(book_check(b, in_dir("scratch"), &f), ERR_CORRUPT);
    assert_non_null(strstr(f.field, "contract"));
    row.amount.fen--;
    store_put(b->store, &k, &row);
    assert_int_equal(store_tables_commit(b->store), 0);
    check(b);
    book_close(b);
}

/* A balance of an entry that folding does not give: the tables can't be made from it. */
static void a_journal_that_does_not_fold(void **state)
{
    (void)state;
    struct book *b = busy();
    struct fault f;
    struct entry e = {.number = b->entries + 1, .time = now, .day = TODAY, .policy = 1, .rules = 1};
    e.principal = "maker";
    e.command = make_void(1);
    struct posting p = {1, 1, STAGE_COMMITTED, STAGE_AVAILABLE, MONEY(YUAN(495))};
    e.npostings = 1;
    e.postings = &p;
    e.done.freed.freed = p.amount;
    uint8_t record[TREE_RECORD_MAX];
    struct buf bytes = {0};
    struct entry read;
    assert_int_equal(entry_encode(&e, &bytes), 0);
    assert_int_equal(entry_decode(SPAN(bytes.p, bytes.n), &memory, &read), 0);
    size_t n = tree_add(&b->tree, SPAN(bytes.p, bytes.n), record);
    store_journal_append(b->store, e.number, SPAN(bytes.p, bytes.n), SPAN(record, n));
    assert_int_equal(store_journal_commit(b->store), 0);
    buf_free(&bytes);
    book_close(b);
    struct book_config c = config();
    assert_int_equal(open_with(c, &f), ERR_CORRUPT);
    assert_string_equal(f.field, "journal");
}

/* A journal that begins with the given entry. */
static void begin_with(const char *name, struct command command)
{
    struct store_config c = {in_dir(name), true, MAP, MAP};
    struct entry e = {.number = 1, .time = now, .rules = 1, .principal = "", .command = command};
    struct tree tree = {0};
    struct store *s = NULL;
    struct buf bytes = {0};
    struct fault f;
    uint8_t record[TREE_RECORD_MAX];
    if (command.kind != COMMAND_CREATE_BOOK)
        e.principal = "maker";
    assert_int_equal(store_open(&c, &f, &s), 0);
    assert_int_equal(entry_encode(&e, &bytes), 0);
    size_t n = tree_add(&tree, SPAN(bytes.p, bytes.n), record);
    store_journal_append(s, 1, SPAN(bytes.p, bytes.n), SPAN(record, n));
    assert_int_equal(store_journal_commit(s), 0);
    buf_free(&bytes);
    store_close(s);
}

static void books_of_other_kinds(void **state)
{
    (void)state;
    struct fault f;
    struct book_config c = config();
    struct command first = make_book(true);
    begin_with("plain", first);
    c.dir = in_dir("plain");
    assert_int_equal(open_with(c, &f), 0);
    first.create_book.format = FORMAT_BOOK + 1;
    begin_with("newer", first);
    c.dir = in_dir("newer");
    assert_int_equal(open_with(c, &f), ERR_NEWER);
    assert_non_null(strstr(f.expected, "format"));
    begin_with("other", make_void(1));
    c.dir = in_dir("other");
    assert_int_equal(open_with(c, &f), ERR_CORRUPT);
    assert_string_equal(f.field, "book");
}

/* ---- Policies, lapses ---- */

static void a_voucher_keeps_its_policy(void **state)
{
    (void)state;
    struct book *b = busy(); /* voucher 1 at 50 %, valid to 2026-12-31 */
    struct span file = file_of(ZHANGZHOU);
    char *rate = strstr((char *)file.p, "rate: 50 %");
    assert_non_null(rate);
    memcpy(rate, "rate: 40 %", 10);
    done(b, make_adopt(file));
    contract(b, "C2", YUAN(1000));
    assert_int_equal(done(b, make_issue("1", BUYER, "C2"))->done.issue.face.fen, YUAN(400));
    assert_int_equal(done(b, make_redeem(1, nth_invoice(2), TODAY, YUAN(10)))->done.redeem.paid.fen,
                     YUAN(5));
    assert_int_equal(done(b, make_redeem(2, nth_invoice(3), TODAY, YUAN(10)))->done.redeem.paid.fen,
                     YUAN(4));
    check(b);
    b = reopen(b);
    assert_int_equal(status(b)->policy, 2);
    assert_int_equal(done(b, make_redeem(1, nth_invoice(4), TODAY, YUAN(10)))->done.redeem.paid.fen,
                     YUAN(5));
    assert_int_equal(done(b, make_redeem(2, nth_invoice(5), TODAY, YUAN(10)))->done.redeem.paid.fen,
                     YUAN(4));
    assert_int_equal(voucher_as_of(b, 1, 0).row->policy, 1);
    assert_int_equal(voucher_as_of(b, 2, 0).row->policy, 2);
    /* A policy without the measure: its vouchers go on, there are no new ones. */
    done(b, make_adopt(file_of(THREE)));
    assert_int_equal(done(b, make_redeem(1, nth_invoice(6), TODAY, YUAN(10)))->done.redeem.paid.fen,
                     YUAN(5));
    assert_int_equal(tell(b, make_issue("1", BUYER, "C2"))->kind, OUTCOME_INVALID);
    struct query q = {.kind = QUERY_ENTERPRISE, .enterprise = BUYER};
    const struct answer *a = answer_of(b, &q);
    assert_int_equal(a->enterprise->naccounts, 3); /* T1, T2 and the old one */
    assert_string_equal(a->enterprise->accounts[2].measure, "1");
    assert_string_equal(a->enterprise->area_name, "350603");
    done(b, make_void(2));
    check(b);
    book_close(b);
}

/* n vouchers of a fen, the first `used` of them used up, in one request. */
static struct book *many(uint32_t n, uint32_t used)
{
    struct book *b = city();
    contract(b, "C1", (int64_t)n * 2);
    struct command *c = arena_alloc(&memory, (n + used) * sizeof *c);
    for (uint32_t i = 0; i < n; i++)
        c[i] = make_issue_of("1", BUYER, "C1", 1);
    for (uint32_t i = 0; i < used; i++)
        c[n + i] = make_redeem(i + 1, nth_invoice(i), TODAY, 2);
    struct request r = request_of(n + used, c);
    const struct outcome *o = ask(b, &r);
    for (uint32_t i = 0; i < n + used; i++)
        assert_int_equal(o[i].kind, OUTCOME_DONE);
    now = at(2027, 2, 1, 9);
    return b;
}

static void lapse_in_several_entries(void **state)
{
    (void)state;
    struct book *b = many(600, 0);
    for (int i = 0; i < 4; i++) {
        static const uint32_t want[] = {256, 256, 88, 0};
        const struct entry *e = done(b, make_lapse());
        assert_int_equal(e->done.lapse.vouchers, want[i]);
        assert_int_equal(e->done.lapse.more, i < 2);
        b = reopen(b);
    }
    for (uint64_t n = 1; n <= 600; n++)
        assert_int_equal(voucher_as_of(b, n, 0).state, VOUCHER_LAPSED);
    check(b);
    book_close(b);
}

static void lapse_past_many_that_are_used_up(void **state)
{
    (void)state;
    struct book *b = many(1100, 1090);
    const struct entry *e = done(b, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, 10);
    assert_true(e->done.lapse.more);
    e = done(b, make_lapse());
    assert_int_equal(e->done.lapse.vouchers, 0);
    assert_false(e->done.lapse.more);
    assert_int_equal(voucher_as_of(b, 1100, 0).state, VOUCHER_LAPSED);
    assert_int_equal(voucher_as_of(b, 1, 0).state, VOUCHER_USED);
    check(b);
    book_close(b);
}

/* A text of n bytes in Chinese and a rest. */
static const char *long_text(size_t n)
{
    char *text = arena_alloc(&memory, n + 1);
    for (size_t i = 0; i + 3 <= n; i += 3)
        memcpy(text + i, "券", 3);
    memset(text + n / 3 * 3, 'x', n % 3);
    text[n] = 0;
    return text;
}

/* The longest texts, the greatest amounts, the furthest days: what is booked can be read again. */
static void the_greatest_of_everything(void **state)
{
    (void)state;
    struct book *b = city();
    struct command c = make_enterprise(NOBODY, "高新区");
    c.add_enterprise.name = long_text(LIMIT_TEXT);
    with_trait(&c, "annotation-platform", DAY(DAY_MIN), DAY(DAY_MAX));
    done(b, c);
    const char *number = long_text(LIMIT_NUMBER);
    c = make_contract(number, SELLER, NOBODY, LIMIT_AMOUNT_FEN);
    c.add_contract.signed_on = DAY(DAY_MAX);
    done(b, c);
    c.request_id[3]++;
    refused(b, c, REASON_EXISTS);
    done(b, make_outside(number, SELLER, 1));
    c = make_issue("1", NOBODY, number);
    with_attestation(&c, "model-filing");
    c.issue.attestations[0].document = long_text(LIMIT_TEXT);
    done(b, c);
    refused(b, make_issue_of("1", NOBODY, number, LIMIT_AMOUNT_FEN), REASON_SUPPORTED_ALREADY);
    c = make_contract("C1", SELLER, BUYER, LIMIT_AMOUNT_FEN);
    done(b, c);
    done(b, make_issue_of("1", BUYER, "C1", YUAN(1000000)));
    /* Invoices far above the contract: their sums are kept. */
    done(b, make_redeem(2, nth_invoice(1), TODAY, 1));
    for (unsigned i = 2; i < 5; i++) {
        const struct outcome *o = tell(b, make_redeem(2, nth_invoice(i), TODAY, LIMIT_AMOUNT_FEN));
        assert_int_equal(o->kind, i == 2 ? OUTCOME_DONE : OUTCOME_REFUSED);
    }
    c = make_void(1);
    c.void_voucher.reason = long_text(LIMIT_TEXT);
    done(b, c);
    c = make_appropriate("1", 2027, "city", LIMIT_AMOUNT_FEN);
    c.appropriate.document = long_text(LIMIT_TEXT);
    done(b, c);
    done(b, make_lapse_by(DAY(DAY_MIN)));
    refused(b, make_lapse_by(DAY(DAY_MAX)), REASON_DAY_NOT_OVER);
    check(b);
    b = reopen(b);
    check(b);
    book_close(b);
}

/* Invoices that pay nothing because a year's ceiling is used up: their sum passes every single
 * amount's limit. */
static void invoices_beyond_any_amount(void **state)
{
    (void)state;
    struct book *b = open_book();
    done(b, make_adopt(file_of(THREE)));
    done(b, make_appropriate("T1", 2025, "city", YUAN(500000)));
    done(b, make_appropriate("T1", 2025, "county", YUAN(500000)));
    done(b, make_appropriate("T1", 2025, "province", YUAN(1000000)));
    done(b, make_enterprise(BUYER, "990101"));
    contract(b, "C1", YUAN(750000));
    contract(b, "C2", YUAN(500000));
    done(b, make_issue("T1", BUYER, "C1"));
    done(b, make_issue("T1", BUYER, "C2"));
    done(b, make_redeem(1, nth_invoice(1), TODAY, YUAN(750000)));
    done(b, make_redeem(2, nth_invoice(2), TODAY, LIMIT_AMOUNT_FEN));
    for (unsigned i = 3; i < 9; i++)
        assert_int_equal(
            done(b, make_redeem(2, nth_invoice(i), TODAY, LIMIT_AMOUNT_FEN))->done.redeem.paid.fen,
            0);
    assert_int_equal(voucher_as_of(b, 2, 0).row->invoiced.fen, 7 * LIMIT_AMOUNT_FEN);
    check(b);
    b = reopen(b);
    check(b);
    book_close(b);
}

/* ---- A full map ---- */

/* Adopts policies of nearly a mebibyte until the journal's map is full. */
static void a_full_journal(void **state)
{
    (void)state;
    struct book_config c = config();
    struct book *b = NULL;
    struct fault f;
    c.journal_map = UINT64_C(8) << 20;
    assert_int_equal(book_open(&c, &f, &opening, &b), 0);
    struct span file = file_of(ZHANGZHOU);
    char *text = (char *)file.p;
    size_t n = file.n;
    while (n + 200 < LIMIT_POLICY_BYTES)
        n += (size_t)snprintf(text + n, 128, "# %0100d\n", 0);
    int rc = 0, adopted = 0;
    struct stand was = stand_of(b);
    for (; rc == 0 && adopted < 20; adopted++) {
        snprintf(text + n, 32, "# version %09d\n", adopted);
        struct request r = request_of(1, keep(make_adopt(SPAN(text, n + 20))));
        struct book_job job = {.principal = "maker", .request = &r, .arena = &memory};
        struct book_job *jobs[] = {&job};
        was = stand_of(b);
        rc = run_jobs(b, jobs, 1);
        assert_int_equal(job.outcomes[0].kind, rc ? OUTCOME_TRY_AGAIN : OUTCOME_DONE);
        if (rc)
            assert_string_equal(job.outcomes[0].fault->field, "book");
    }
    assert_int_equal(rc, ERR_AGAIN);
    assert_true(adopted > 3);
    /* Nothing of it is there; what is small still goes. */
    same_stand(stand_of(b), was);
    assert_int_equal(status(b)->policy, adopted - 1);
    done(b, make_appropriate("1", 2025, "city", 1));
    check(b);
    book_close(b);
    b = open_book();
    done(b, make_adopt(SPAN(text, n + 20)));
    check(b);
    book_close(b);
}

/* Tables that can't be committed lose nothing: the journal is the truth. */
static void full_tables(void **state)
{
    (void)state;
    struct book_config c = config();
    struct book *b = NULL;
    struct fault f;
    c.tables_map = UINT64_C(1) << 20;
    assert_int_equal(book_open(&c, &f, &opening, &b), 0);
    done(b, make_adopt(file_of(ZHANGZHOU)));
    int rc = 0;
    unsigned i = 0;
    struct stand was = stand_of(b);
    for (; rc == 0 && i < 20000; i++) {
        struct request r = request_of(1, keep(make_enterprise(nth_code(i), "350602")));
        struct book_job job = {.principal = "maker", .request = &r, .arena = &memory};
        struct book_job *jobs[] = {&job};
        rc = run_jobs(b, jobs, 1);
        if (rc == 0)
            was.entries++;
        if (rc == 0 && i % 100 == 99)
            rc = book_tables_commit(b);
    }
    assert_int_equal(rc, ERR_FULL);
    assert_true(book_tables_stale(b));
    assert_int_equal(status(b)->entries, was.entries);
    done(b, make_enterprise(nth_code(i), "350602"));
    was.entries++;
    assert_int_equal(book_tables_commit(b), ERR_FULL);
    assert_int_equal(book_check(b, in_dir("scratch"), &f), ERR_FULL);
    book_close(b);
    b = open_book();
    assert_false(opening.rebuilt);
    assert_true(opening.folded > 0);
    assert_int_equal(status(b)->entries, was.entries);
    check(b);
    book_close(b);
}

/* ---- What the writer is told ---- */

static void commits_of_the_tables(void **state)
{
    (void)state;
    struct book *b = city();
    assert_true(book_tables_stale(b));
    assert_int_equal(book_snapshot_entry(b), 1);
    assert_int_equal(book_tables_commit(b), 0);
    assert_false(book_tables_stale(b));
    assert_int_equal(book_snapshot_entry(b), status(b)->entries);
    contract(b, "C1", 1000);
    assert_true(book_tables_stale(b));
    /* A snapshot counts what is committed, the writer's view all. */
    struct query q = {.kind = QUERY_STATUS};
    struct answer out;
    assert_int_equal(book_query_snapshot(b, now, &q, &memory, &out), 0);
    assert_int_equal(out.status->entries, book_snapshot_entry(b));
    assert_int_equal(status(b)->entries, book_snapshot_entry(b) + 1);
    book_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(a_new_book),
        T(marks_of_the_clock),
        T(tables_lost),
        T(tables_unreadable),
        T(tables_of_last_week),
        T(tables_ahead_of_the_journal),
        T(tables_of_another_journal),
        T(an_altered_entry_is_told),
        T(an_altered_row_is_told),
        T(a_journal_that_does_not_fold),
        T(books_of_other_kinds),
        T(a_voucher_keeps_its_policy),
        T(lapse_in_several_entries),
        T(lapse_past_many_that_are_used_up),
        T(the_greatest_of_everything),
        T(invoices_beyond_any_amount),
        T(a_full_journal),
        T(full_tables),
        T(commits_of_the_tables),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
