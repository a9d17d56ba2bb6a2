/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the inputs that fuzzing begins with, named by what they are, into DIR/<target>: entries of
 * each kind as a book stores them, requests and replies around them, short files. Run it again when
 * a message or a kind of command is added. */
#include "tests/fuzz/town.h"

#include <stdio.h>
#include <sys/stat.h>

#include "store/inner.h"
#include "wire/entry.h"
#include "wire/frame.h"
#include "wire/message.h"

static const char *top;

static void seed(const char *target, const char *name, struct span s)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", top, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", top, target, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void seed_text(const char *target, const char *name, const char *text)
{
    seed(target, name, span_of_text(text));
}

static void add(struct buf *b, const void *p, size_t n)
{
    assert_int_equal(buf_add(b, p, n), 0);
}

/* ---- Entries, as they are and in the town's order ---- */

static struct buf story; /* for the folding of one after another */

static void add_record(struct buf *b, unsigned flags, struct span entry)
{
    const uint8_t head[3] = {(uint8_t)flags, (uint8_t)(entry.n >> 8), (uint8_t)entry.n};
    add(b, head, sizeof head);
    add(b, entry.p, entry.n);
}

static void seed_reply_to(const char *name, const struct entry *e, struct span stored)
{
    struct buf b = {0};
    struct outcome o = {.kind = e->refused ? OUTCOME_REFUSED : OUTCOME_DONE, .stored = stored};
    const struct reply r = {.number = 7, .kind = REPLY_OUTCOMES, .n = 1, .outcomes = &o};
    memset(o.leaf, 3, sizeof o.leaf);
    assert_int_equal(reply_write(&r, &b), 0);
    seed("reply", name, SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    buf_free(&b);
}

static void seed_request_of(const char *name, const struct command *c)
{
    struct buf b = {0};
    struct command list[2] = {*c, *c};
    list[1].request_id[3] ^= 1;
    const struct request r = {
        .number = 7, .kind = REQUEST_COMMANDS, .atomic = true, .n = 2, .commands = list};
    assert_int_equal(request_write(&r, &b), 0);
    seed("request", name, SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    const uint8_t how[2] = {1, 5};
    struct buf session = {0};
    add(&session, how, sizeof how);
    add(&session, b.p, b.n);
    seed("session", name, SPAN(session.p, session.n));
    buf_free(&session);
    buf_free(&b);
}

/* Tells a command and keeps what became of it, in every form. */
static void keep(struct world *w, const char *name, struct command c)
{
    const struct entry *e = tell(w, c);
    struct buf b = {0}, one = {0};
    assert_non_null(e);
    assert_int_equal(entry_encode(e, &b), 0);
    seed("entry", name, SPAN(b.p, b.n));
    add_record(&one, 0, SPAN(b.p, b.n));
    seed("fold", name, SPAN(one.p, one.n));
    add_record(&story, 0, SPAN(b.p, b.n));
    seed_reply_to(name, e, SPAN(b.p, b.n));
    if (c.kind != COMMAND_CREATE_BOOK)
        seed_request_of(name, &c);
    buf_free(&one);
    buf_free(&b);
}

/* What goes over the wire; what becomes of it is another's matter. */
static void seed_requests_of_claims(void)
{
    static const struct fact facts[] = {{"premises", "B3"}, {"area", "4999.99"}, {"year", "2025"}};
    struct command c = make(COMMAND_ISSUE);
    c.issue = (struct issue){.measure = "5.1",
                             .enterprise = nth_code(1),
                             .has_rate = true,
                             .rate = {300000},
                             .nfacts = 3,
                             .facts = facts,
                             .person = {"person", "resident-id", "11010519491231002X"}};
    seed_request_of("claim", &c);
    c = make(COMMAND_ADD_OUTSIDE);
    c.add_outside = (struct add_outside){
        .measure = "5.1", .nfacts = 3, .facts = facts, .amount = MONEY(1), .document = "D"};
    seed_request_of("outside-by-facts", &c);
    c = make(COMMAND_AMEND_ENTERPRISE);
    c.amend_enterprise = (struct amend_enterprise){.uscc = nth_code(1),
                                                   .area = "990101",
                                                   .related = "G",
                                                   .ntraits = 1,
                                                   .traits = {{"workshop", DAY(1), DAY(2)}},
                                                   .document = "D"};
    seed_request_of("amend-enterprise", &c);
    c = make(COMMAND_RAISE_CEILING);
    c.raise_ceiling = (struct raise_ceiling){nth_code(1), "T1", "every", MONEY(5), "D"};
    seed_request_of("raise-ceiling", &c);
    c = make(COMMAND_WITHDRAW);
    c.withdraw = (struct withdraw){7, "a reason"};
    seed_request_of("withdraw", &c);
    c = make_redeem(5, nth_invoice(2), day_make(2025, 7, 2), YUAN(1000));
    c.redeem.nattestations = 1;
    c.redeem.attestations[0] = (struct attestation){"acceptance", "D"};
    seed_request_of("redeem-attested", &c);
}

static void seed_entries(void)
{
    struct world *w = town();
    static const char short_policy[] =
        "policy: p\ntitle: t\ndocument: d\napplies: {from: 2025-01-01, to: 2026-12-31}\n"
        "statistics-from: 2025-01-01\ntime-zone: Asia/Shanghai\nareas: [{code: a, name: b}]\n"
        "sources: [s]\nvouchers: {valid-to-year-end-after: 0, grace-days: 0}\nmeasures:\n"
        "  - {code: m, name: n, english: e, kind: rate, rate: 50 %, claimant: buyer,\n"
        "     payee: enterprise, ceilings: [], fund-lines: [{source: s, share: 100 %}],\n"
        "     when-short: refuse}\n";
    struct command c = make_enterprise(nth_code(5), "990101");
    with_trait(&c, "workshop", day_make(2025, 1, 1), day_make(2025, 12, 31));
    keep(w, "appropriate", make_appropriate("T2", 2025, "city", YUAN(7)));
    keep(w, "appropriate-a-new-line", make_appropriate("T1", 2026, "city", YUAN(7)));
    keep(w, "enterprise", c);
    keep(w, "contract", make_contract("C4", nth_code(0), nth_code(5), YUAN(6000)));
    c = town_claim("T1", nth_code(5), "C4");
    c.issue.has_seller = true;
    c.issue.seller = nth_code(0);
    keep(w, "issue", c);
    keep(w, "redeem", make_redeem(5, nth_invoice(2), day_make(2025, 7, 2), YUAN(1000)));
    keep(w, "redeem-in-vain", make_redeem(4, nth_invoice(3), day_make(2025, 7, 2), YUAN(1000)));
    keep(w, "outside", make_outside("C2", nth_code(0), YUAN(1)));
    keep(w, "issue-in-vain", make_issue_of("T1", nth_code(3), "C3", YUAN(10000000)));
    keep(w, "void", make_void(5));
    w->now = at(2027, 3, 1, 9);
    keep(w, "lapse", make_lapse());
    c = make_redeem(1, nth_invoice(9), day_make(2025, 7, 2), 0);
    seed_request_of("amount-of-nothing", &c);
    keep(w, "adopt-policy", make_adopt(SPAN(short_policy, sizeof short_policy - 1)));
    seed("fold", "all-of-them", SPAN(story.p, story.n));
    seed_text("policy", "short", short_policy);
}

/* Entries that no book has: each must be told as such. */
static void seed_wrong(const char *name, struct world *w, struct command c, struct posting p)
{
    struct buf b = {0}, one = {0};
    struct entry *e = NULL;
    assert_int_equal(decide(w, &c, &e), 0);
    e->npostings = 1;
    e->postings = &p;
    assert_int_equal(entry_encode(e, &b), 0);
    add_record(&one, 0, SPAN(b.p, b.n));
    seed("fold", name, SPAN(one.p, one.n));
    buf_free(&one);
    buf_free(&b);
}

static void seed_wrong_entries(void)
{
    struct world *w = town();
    const struct command c = make_appropriate("T1", 2025, "city", YUAN(1));
    seed_wrong("more-than-a-line-has", w, c,
               (struct posting){1, 0, STAGE_HELD, STAGE_PAID, MONEY(1)});
    seed_wrong("line-that-is-not-there", w, c,
               (struct posting){77, 0, STAGE_OUTSIDE, STAGE_AVAILABLE, MONEY(1)});
    seed_wrong("voucher-that-is-not-there", w, c,
               (struct posting){1, 77, STAGE_AVAILABLE, STAGE_COMMITTED, MONEY(1)});
    seed_wrong("voucher-back-from-payable", w, c,
               (struct posting){1, 1, STAGE_PAYABLE, STAGE_COMMITTED, MONEY(1)});
}

static void seed_create_book(void)
{
    struct world *w = world_new();
    keep(w, "create-book", make_book(true));
    world_free(w);
}

/* The last row of each table, as it is stored. */
static void seed_rows(void)
{
    const struct stock *rows = town()->main.stock;
    for (size_t i = 0; i < rows->n; i++) {
        enum table t = (enum table)rows->rows[i].key.table;
        uint8_t bytes[1 + ROW_MAX] = {(uint8_t)t};
        size_t n;
        assert_int_equal(row_encode(t, rows->rows[i].row, bytes + 1, &n), 0);
        seed("row", table_name(t), SPAN(bytes, 1 + n));
        if (t == TABLE_LINE) {
            bytes[3] = 0; /* the second letter of its measure */
            seed("row", "text-with-a-zero", SPAN(bytes, 1 + n));
        }
    }
}

/* ---- Other messages ---- */

static void seed_request(const char *name, struct request r)
{
    static const struct hello hello = {PROTOCOL_VERSION, "seed"};
    static const uint8_t how[2] = {2, 255};
    struct buf b = {0}, session = {0};
    r.number = 300;
    assert_int_equal(request_write(&r, &b), 0);
    seed("request", name, SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    if (r.kind == REQUEST_QUERY)
        seed("query", name, SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    add(&session, how, sizeof how);
    assert_int_equal(hello_write(&hello, &session), 0);
    add(&session, b.p, b.n);
    add(&session, b.p, b.n);
    seed("session", name, SPAN(session.p, session.n));
    buf_free(&session);
    buf_free(&b);
}

static void seed_queries(void)
{
    const struct as_of day = {.has_day = true, .day = day_make(2025, 12, 31)}, entry = {.entry = 9};
    const struct voucher_filter filter = {.has_enterprise = true,
                                          .enterprise = nth_code(1),
                                          .measure = "T1",
                                          .contract = "C1",
                                          .state = VOUCHER_OPEN,
                                          .has_redeem_by = true,
                                          .redeem_by = day_make(2026, 1, 1)};
    const struct {
        const char *name;
        struct query q;
    } list[] = {
        {"funds", {.kind = QUERY_FUNDS, .as_of = day}},
        {"of-enterprise", {.kind = QUERY_ENTERPRISE, .enterprise = nth_code(1), .as_of = entry}},
        {"of-voucher", {.kind = QUERY_VOUCHER, .voucher = 3}},
        {"vouchers", {.kind = QUERY_VOUCHERS, .filter = filter, .after = 2, .count = 9}},
        {"refusals", {.kind = QUERY_REFUSALS, .count = 1000}},
        {"page-longer-than-may-be", {.kind = QUERY_REFUSALS, .count = LIMIT_PAGE + 1}},
        {"entries", {.kind = QUERY_ENTRIES, .after = UINT64_MAX}},
        {"entries-to-come", {.kind = QUERY_ENTRIES, .after = 3, .wait_ms = LIMIT_WAIT_MS}},
        {"explain",
         {.kind = QUERY_EXPLAIN, .enterprise = nth_code(1), .contract = "C1", .year = 2025}},
        {"status", {.kind = QUERY_STATUS}},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        seed_request(list[i].name, (struct request){.kind = REQUEST_QUERY, .query = list[i].q});
    seed_request("set-clock",
                 (struct request){.kind = REQUEST_SET_CLOCK, .clock = at(2025, 1, 1, 8)});
}

static void seed_reply(const char *name, const struct reply *r)
{
    struct buf b = {0};
    assert_int_equal(reply_write(r, &b), 0);
    seed("reply", name, SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    buf_free(&b);
}

static void seed_answers(void)
{
    struct world *w = town();
    struct fund_answer fund = {.measure = "T1",
                               .source = "city",
                               .line = 1,
                               .year = 2025,
                               .appropriated = MONEY(100),
                               .stages = {.at = {{60}, {0}, {40}}}};
    struct voucher_answer voucher = {.number = 1, .row = voucher_of(w, 1), .state = VOUCHER_OPEN};
    struct status_answer status = {.entries = 9, .vouchers = 4, .policy = 1, .policy_id = "p"};
    struct reply r = {.number = 1, .kind = REPLY_ANSWER};
    r.answer = (struct answer){.kind = QUERY_FUNDS, .as_of_entry = 5, .n = 1, .funds = &fund};
    seed_reply("funds", &r);
    r.answer = (struct answer){.kind = QUERY_VOUCHERS, .next = 3, .n = 1, .vouchers = &voucher};
    seed_reply("vouchers", &r);
    r.answer = (struct answer){.kind = QUERY_STATUS, .n = 1, .status = &status};
    seed_reply("status", &r);
    r = (struct reply){.number = 2, .kind = REPLY_CLOCK_SET, .clock = w->now};
    seed_reply("clock-set", &r);
    r = (struct reply){.number = 2, .kind = REPLY_FAULT};
    (void)fault_set(&r.fault, "issue.amount", "0", "an amount");
    seed_reply("fault", &r);
}

static void seed_ends(void)
{
    const struct hello hello = {PROTOCOL_VERSION, "seed"};
    const struct welcome welcome = {.version = PROTOCOL_VERSION,
                                    .program = "p",
                                    .principal = "me",
                                    .frame_limit = 9,
                                    .batch_limit = 9,
                                    .page_limit = 9};
    struct fault f;
    struct buf b = {0};
    assert_int_equal(hello_write(&hello, &b), 0);
    seed("request", "hello", SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    b.n = 0;
    assert_int_equal(welcome_write(&welcome, &b), 0);
    seed("reply", "welcome", SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    b.n = 0;
    (void)fault_set(&f, "frame.length", "0", "1 to 8388608 bytes");
    assert_int_equal(goodbye_write(&f, &b), 0);
    seed("reply", "goodbye", SPAN(b.p + FRAME_HEAD, b.n - FRAME_HEAD));
    buf_free(&b);
    seed("session", "empty-frame", SPAN("\1\377\0\0\0\0", 6));
    seed("session", "frame-longer-than-may-be", SPAN("\1\377\0\200\0\1x", 7));
    seed("session", "first-frame-longer-than-may-be", SPAN("\0\377\0\0\4\1x", 7));
    seed("session", "long-frame-that-is-not-finished", SPAN("\1\377\0\177\0\0x", 7));
    seed("session", "no-hello", SPAN("\0\1\0\0\0\2\22\0", 8));
    seed("session", "byte-by-byte-and-not-whole", SPAN("\1\0\0\0\0\11\22", 7));
    seed("session", "not-a-message", SPAN("\1\377\0\0\0\4\377\377\377\377", 10));
}

/* ---- Files ---- */

static void seed_files(void)
{
    struct span s = read_source(THREE);
    seed("policy", "three-lines", s);
    seed("config", "a-policy", s);
    seed_text(
        "config", "whole",
        "book: /b\nperson-key: /k\njournal-map: 16G\ntables-map: 1M\nlisten:\n"
        "  - {addr: \"unix:/s\", mode: 0600, principal: q, roles: [maker, checker]}\n"
        "  - addr: unix:/t\nprincipals:\n"
        "  - {name: a, uid: 1, gid: 2, roles: [query, reconcile, auditor]}\n"
        "  - {name: b, user: root, roles: [admin]}\n  - {name: c, group: root, roles: [query]}\n"
        "limits: {connections: 1, under-way: 2, queue: 3, queue-bytes: 8388608, group: 4,\n"
        "  outbox-bytes: 65536, connections-per-principal: 1, queue-per-principal: 1,\n"
        "  queue-bytes-per-principal: 65536, outbox-bytes-per-principal: 65536,\n"
        "  outbox-bytes-in-all: 65536}\n");
    seed_text("config", "mistakes",
              "bok: 1\nbook: [a]\njournal-map: 3\nlisten:\n  - {addr: tcp:1}\n  - {mode: 9}\n"
              "principals: {name: a}\nlimits: {group: 99999999999}\n");
    seed_text("policy", "mistakes",
              "policy: \ntitle: [1]\napplies: {from: 2025-02-30, to: x}\nareas: []\nareas: 1\n"
              "measures:\n  - {rate: 101 %}\n  - &a {code: 1}\n  - *a\n  - !!str 7\nzzz: 漳\n");
    seed_text("policy", "two-documents", "a: 1\n---\nb: 2\n");
    seed_text("policy", "block-texts", "a: |\n  b\n  c\nd: >-\n  e\n\n  f\n\"g\\u6f33\": 'h''i'\n");
    seed_text("policy", "flow", "{a: [b, {c: d}], ? e : f, \"g\": !h &i j, k: *i}\n");
    seed_text("policy", "not-utf8", "policy: \xff\xfe\n");
    seed_text("config", "named-twice",
              "principals:\n  - {name: a, uid: 1, roles: [query]}\n"
              "  - {name: a, uid: 2, roles: [query]}\n");
    seed_text("config", "empty", "");
}

/* Clerks' lists, as spreadsheets write them and as they should not. */
static void seed_lists(void)
{
    seed_text("csv", "plain", "name,amount\r\n\"a \",1.00\r\n\r\nb,2\r\n");
    seed_text("csv", "marked", "\xef\xbb\xbf企业名称,金额\n漳州（一）,１２．５０\n");
    seed_text("csv", "gb18030", "\xc6\xf3\xd2\xb5,a\n\xd5\xc4\xd6\xdd\x81\x30\x81\x30,1\n");
    seed_text("csv", "quotes", "\"a\",\"b \"\"c\"\"\"\n\"d\r\ne\",\",\"\n\"\",\"\"\n1\n");
    seed_text("csv", "wider-than-its-head", ",a,,\n,,,\n1,2,3\n1,2,3,4,5\n");
    seed_text("csv", "blanks", "\xc2\xa0 a\xe2\x80\x8b ,\xe3\x80\x80\n\xe2\x80\x8b,x\xcc\x81\n");
    seed_text("csv", "quote-inside", "a,b\n1,x\"y\"\n");
    seed_text("csv", "quote-left-open", "a,b\n1,\"x\n");
    seed_text("csv", "neither-encoding", "a,\xe4\xb8\xff\n");
    seed_text("csv", "utf16",
              "\xff\xfe"
              "a\n");
    seed_text("csv", "carriage-returns", "a,b\r1,2\r\r3,4");
}

/* ---- Commands: fuzz_commands.c says what the bytes are ---- */

static void seed_commands(void)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
    } list[] = {
#define BYTES(name, text) {name, text, sizeof text - 1}
        BYTES("appropriate", "\1\0\0\1\0\2\144\1\0\1\2\1\2\7"),
        BYTES("enterprise-contract-claim", "\1\1\4\0\1\20\0\377\1\2\4\0\4\2\5\1\12\0\4\4\0"),
        BYTES("claims-and-voids", "\1\12\0\2\0\0\1\13\0\3\1\0\1\3\0\1\3\1\1\3\2\1\12\0\2\0\0"),
        BYTES("redeem-in-parts", "\1\10\0\5\0\200\3\2\1\10\0\6\0\200\3\2\1\10\0\5\0\200\3\2"),
        BYTES("outside-then-claim", "\1\4\3\1\2\62\1\12\0\3\3\0"),
        BYTES("lapse-later", "\377\5\377\5\1\6\1\20\1\12\0\2\0\0"),
        BYTES("other-policies", "\1\7\1\1\7\2\1\7\0\1\0\5\1\0\2\7\1\12\5\2\0\0"),
        BYTES("top-up", "\1\12\0\3\1\1\0\144\1\12\0\3\1\1\0\144\1\12\0\3\1\0"),
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        seed("commands", list[i].name, SPAN(list[i].bytes, list[i].n));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz-seeds DIR\n");
        return 2;
    }
    top = argv[1];
    mkdir(top, 0777);
    seed_requests_of_claims();
    seed_entries();
    seed_create_book();
    seed_wrong_entries();
    seed_rows();
    seed_queries();
    seed_answers();
    seed_ends();
    seed_files();
    seed_lists();
    seed_commands();
    buf_free(&story);
    return 0;
}
