/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as bytes and back: nothing is lost, nothing broken is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/inner.h"

union row {
    struct head_row head;
    struct policy_row policy;
    struct line_row line;
    struct line_name_row line_name;
    struct enterprise_row enterprise;
    struct enterprise_name_row enterprise_name;
    struct contract_row contract;
    struct contract_number_row contract_number;
    struct claim_row claim;
    struct account_row account;
    struct voucher_row voucher;
    struct invoice_row invoice;
    struct shown_row shown;
    struct due_row due;
    struct principal_row principal;
    struct request_row request;
    struct refusal_row refusal;
    struct signpost_row signpost;
    struct tally_row tally;
    struct counted_row counted;
    struct designation_row designation;
    struct raised_row raised;
    struct designated_row designated;
    struct queue_row queue;
    struct waiting_row waiting;
    struct turn_row turn;
    struct waited_row waited;
    uint8_t bytes[ROW_MAX];
};

/* xorshift: the same rows in each run. */
static uint64_t seed = 88172645463325252U;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed | 1;
}

static uint32_t any32(void)
{
    return (uint32_t)any();
}

static int32_t year(void)
{
    return 2000 + (int32_t)(any() % 100);
}

static struct money fen(void)
{
    return MONEY((int64_t)(any() >> 1) | 1);
}

static struct day day(void)
{
    return DAY((int32_t)(any() % 60000) + 1);
}

static struct rate rate(void)
{
    return (struct rate){any32() % RATE_ONE + 1};
}

static struct stages stages(void)
{
    struct stages s;
    for (int i = 0; i < STAGE_COUNT; i++)
        s.at[i] = fen();
    return s;
}

static void code(struct uscc *u)
{
    for (int i = 0; i < USCC_LEN; i++)
        u->c[i] = (char)('A' + any() % 26);
}

/* full: as long as it can be. */
static void text(char *out, size_t size, bool full)
{
    size_t n = full ? size - 1 : any() % (size - 1) + 1;
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(any() % 255 + 1);
    out[n] = 0;
}
#define TEXT_OF(member, full) text(member, sizeof(member), full)

static int32_t count(int32_t limit, bool full)
{
    return full ? limit : (int32_t)(any() % (uint64_t)limit) + 1;
}

static void fill_claim(struct claim_row *r, bool full)
{
    r->newest = any();
    r->net = fen();
    r->redeemed = fen();
    r->invoiced = fen();
    r->outside = fen();
    r->designation = any();
    r->live = any32();
    code(&r->holder);
    r->nholders = count(LIMIT_HOLDERS, full);
    for (int i = 0; i < r->nholders; i++)
        r->holders[i] = any();
    r->nrates = count(LIMIT_CLAIM_RATES, full);
    for (int i = 0; i < r->nrates; i++)
        r->rates[i] = (struct claim_rate){rate(), any32()};
    r->nparts = count(LIMIT_CLAIM_PARTS, full);
    for (int i = 0; i < r->nparts; i++) {
        code(&r->parts[i].enterprise);
        TEXT_OF(r->parts[i].measure, full);
        r->parts[i].year = year();
        TEXT_OF(r->parts[i].sub, full);
        r->parts[i].counted = fen();
        r->parts[i].redeemed = fen();
    }
}

static void fill_enterprise(struct enterprise_row *r, bool full)
{
    TEXT_OF(r->area, full);
    TEXT_OF(r->related, full);
    r->raised = any32();
    r->ntraits = count(LIMIT_TRAITS, full);
    for (int i = 0; i < r->ntraits; i++) {
        TEXT_OF(r->traits[i].name, full);
        r->traits[i].from = day();
        r->traits[i].to = day();
    }
    r->entry = any();
}

static void fill_account(struct account_row *r, bool full)
{
    r->stages = stages();
    r->entry = any();
    r->changes = any();
    r->newest = any();
    r->waiting = fen();
    r->vouchers = any32();
    r->nyears = count(LIMIT_ACCOUNT_YEARS, full);
    for (int i = 0; i < r->nyears; i++) {
        r->years[i].year = year();
        r->years[i].issued = fen();
        r->years[i].redeemed = fen();
    }
}

static void fill_voucher(struct voucher_row *r, bool full)
{
    TEXT_OF(r->measure, full);
    code(&r->enterprise);
    code(&r->seller);
    TEXT_OF(r->contract, full);
    r->policy = any32();
    r->rate = rate();
    r->face = fen();
    r->base = fen();
    r->stages = stages();
    r->invoiced = fen();
    r->issued = day();
    r->valid_to = day();
    r->redeem_to = day();
    r->issue_entry = any();
    r->entry = any();
    r->changes = any();
    r->tops_up = any();
    r->before_claim = any();
    r->before_account = any();
    r->before_due = any();
    r->end = END_LAPSED;
    r->nparts = count(LIMIT_LINES, full);
    for (int i = 0; i < r->nparts; i++) {
        r->parts[i].line = any32();
        r->parts[i].face = fen();
        r->parts[i].open = fen();
        r->parts[i].payable = fen();
        r->parts[i].paid = fen();
    }
}

static void fill_line(struct line_row *r, bool full)
{
    TEXT_OF(r->measure, full);
    TEXT_OF(r->source, full);
    TEXT_OF(r->area, full);
    r->year = year();
    r->appropriated = fen();
    r->stages = stages();
    r->entry = any();
    r->changes = any();
}

static void fill_head(struct head_row *r)
{
    r->entries = any();
    for (size_t i = 0; i < sizeof r->leaf; i++)
        r->leaf[i] = (uint8_t)any();
    r->time = INSTANT(-(int64_t)(any() >> 1));
    r->vouchers = any();
    r->lines = any32();
    r->principals = any32();
    r->policy = any32();
    r->first_due = day();
    r->test_clock = true;
    TEXT_OF(r->person_key, true);
}

static void fill_contract(struct contract_row *r)
{
    code(&r->buyer);
    r->amount = fen();
    r->signed_on = day();
    r->outside = fen();
    r->entry = any();
}

static void fill_invoice(struct invoice_row *r)
{
    r->dated = day();
    r->amount = fen();
    r->voucher = any();
    r->entry = any();
}

static void fill_tally(struct tally_row *r, bool full)
{
    r->first = day();
    r->nyears = count(LIMIT_ACCOUNT_YEARS, full);
    for (int i = 0; i < r->nyears; i++)
        r->years[i] = (struct tally_year){year(), any32(), fen(), fen(), fen(), fen()};
}

static void fill_counted(struct counted_row *r, bool full)
{
    r->spent = fen();
    r->supported = fen();
    r->nkeys = count(LIMIT_TALLIES, full);
    for (int i = 0; i < r->nkeys; i++)
        TEXT_OF(r->keys[i].text, full);
}

static void fill_designation(struct designation_row *r, bool full)
{
    r->nspans = count(LIMIT_SPANS, full);
    for (int i = 0; i < r->nspans; i++)
        r->spans[i] = (struct designation_span){any(), day(), day()};
}

static void fill_designated(struct designated_row *r, bool full)
{
    code(&r->enterprise);
    code(&r->seller);
    TEXT_OF(r->measure, full);
    TEXT_OF(r->spending, full);
    r->policy = any32();
    r->withdrawn = day();
}

static void fill_waiting(struct waiting_row *r, bool full)
{
    r->entry = any();
    code(&r->enterprise);
    code(&r->seller);
    TEXT_OF(r->spending, full);
    r->wanted = fen();
    r->allowance = fen();
    r->state = WAITING_WITHDRAWN;
    r->line = any32();
}

static void fill_waited(struct waited_row *r, bool full)
{
    TEXT_OF(r->measure, full);
    r->year = year();
    r->place = any32();
}

/* A row with no field zero; its padding is. */
static void fill(enum table t, union row *r, bool full)
{
    memset(r, 0, sizeof *r);
    switch (t) {
    case TABLE_HEAD:
        fill_head(&r->head);
        break;
    case TABLE_POLICY:
        r->policy.entry = any();
        break;
    case TABLE_LINE:
        fill_line(&r->line, full);
        break;
    case TABLE_LINE_NAME:
        r->line_name.line = any32();
        break;
    case TABLE_ENTERPRISE:
        fill_enterprise(&r->enterprise, full);
        break;
    case TABLE_ENTERPRISE_NAME:
        TEXT_OF(r->enterprise_name.name, full);
        break;
    case TABLE_CONTRACT:
        fill_contract(&r->contract);
        break;
    case TABLE_CONTRACT_NUMBER:
        r->contract_number.contracts = any32();
        code(&r->contract_number.seller);
        break;
    case TABLE_CLAIM:
        fill_claim(&r->claim, full);
        break;
    case TABLE_ACCOUNT:
        fill_account(&r->account, full);
        break;
    case TABLE_VOUCHER:
        fill_voucher(&r->voucher, full);
        break;
    case TABLE_INVOICE:
        fill_invoice(&r->invoice);
        break;
    case TABLE_SHOWN:
        r->shown.entry = any();
        break;
    case TABLE_DUE:
        r->due.newest = any();
        break;
    case TABLE_PRINCIPAL:
        r->principal.number = any32();
        break;
    case TABLE_REQUEST:
        r->request.entry = any();
        break;
    case TABLE_REFUSAL:
        code(&r->refusal.enterprise);
        break;
    case TABLE_TALLY:
        fill_tally(&r->tally, full);
        break;
    case TABLE_COUNTED:
        fill_counted(&r->counted, full);
        break;
    case TABLE_DESIGNATION:
        fill_designation(&r->designation, full);
        break;
    case TABLE_RAISED:
        r->raised.limit = fen();
        r->raised.entry = any();
        break;
    case TABLE_DESIGNATED:
        fill_designated(&r->designated, full);
        break;
    case TABLE_QUEUE:
        r->queue = (struct queue_row){any32(), any32(), any32()};
        break;
    case TABLE_WAITING:
        fill_waiting(&r->waiting, full);
        break;
    case TABLE_TURN:
        r->turn = (struct turn_row){year(), any32()};
        break;
    case TABLE_WAITED:
        fill_waited(&r->waited, full);
        break;
    case TABLE_SIGNPOST: /* its one member is not stored */
    case TABLE_COUNT:
        break;
    }
}

static void rows_come_back_whole(void **state)
{
    (void)state;
    for (int t = 0; t < TABLE_COUNT; t++) {
        for (int i = 0; i < 50; i++) {
            union row in, out;
            uint8_t bytes[ROW_MAX], again[ROW_MAX];
            size_t n, m;
            fill((enum table)t, &in, i == 0);
            memset(&out, 0xa5, sizeof out);
            assert_int_equal(row_encode((enum table)t, &in, bytes, &n), 0);
            assert_int_equal(row_decode((enum table)t, SPAN(bytes, n), &out), 0);
            assert_memory_equal(&in, &out, row_size((enum table)t));
            assert_int_equal(out.bytes[row_size((enum table)t)], 0xa5);
            assert_int_equal(row_encode((enum table)t, &out, again, &m), 0);
            assert_int_equal(n, m);
            assert_memory_equal(bytes, again, n);
        }
        /* All zero is a row too. */
        union row zero = {0}, back;
        uint8_t bytes[ROW_MAX];
        size_t n;
        assert_int_equal(row_encode((enum table)t, &zero, bytes, &n), 0);
        assert_int_equal(row_decode((enum table)t, SPAN(bytes, n), &back), 0);
        assert_memory_equal(&zero, &back, row_size((enum table)t));
    }
}

/* The layout is a format: written out once by hand. */
static void a_row_has_the_bytes_of_its_format(void **state)
{
    (void)state;
    struct account_row r = {0};
    r.stages.at[STAGE_COMMITTED] = MONEY(0x0102);
    r.entry = 3;
    r.changes = 4;
    r.newest = 5;
    r.waiting = MONEY(9);
    r.vouchers = 6;
    r.nyears = 1;
    r.years[0] = (struct account_year){2025, MONEY(7), MONEY(8)};
    static const uint8_t want[] = {0, 0,    0x82, 0x02, 0, 0, 0, /* stages: 0x102 is 2 * 128 + 2 */
                                   3, 4,    5,    9,    6, /* entry ... newest, waiting, vouchers */
                                   1, 0xe9, 0x0f, 7,    8}; /* years: 2025 is 15 * 128 + 0x69 */
    uint8_t got[ROW_MAX];
    size_t n;
    assert_int_equal(STAGE_COUNT, 6);
    assert_int_equal(row_encode(TABLE_ACCOUNT, &r, got, &n), 0);
    assert_int_equal(n, sizeof want);
    assert_memory_equal(want, got, n);
}

static void every_row_fits_in_a_page(void **state)
{
    (void)state;
    for (int t = 0; t < TABLE_COUNT; t++) {
        union row in;
        uint8_t bytes[ROW_MAX];
        size_t n;
        assert_true(row_most((enum table)t) + KEY_MAX + 8 <= ROW_MAX);
        for (int i = 0; i < 50; i++) {
            fill((enum table)t, &in, true);
            assert_int_equal(row_encode((enum table)t, &in, bytes, &n), 0);
            assert_true(n <= row_most((enum table)t));
        }
    }
}

/* Facts and state are the row, one behind the other; without a state it is as it began. */
static void a_row_comes_back_from_facts_and_state(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        enum table t = i % 2 ? TABLE_VOUCHER : TABLE_CLAIM;
        union row in, out;
        uint8_t whole[ROW_MAX], bytes[ROW_MAX];
        size_t n, m, facts;
        fill(t, &in, i < 2);
        assert_int_equal(row_encode(t, &in, whole, &n), 0);
        assert_int_equal(row_encode_facts(t, &in, bytes, &facts), 0);
        assert_int_equal(row_encode_state(t, &in, bytes + facts, &m), 0);
        m += facts;
        assert_int_equal(n, m);
        assert_memory_equal(whole, bytes, n);
        assert_int_equal(facts < n, row_has_state(t));
        memset(&out, 0xa5, sizeof out);
        const struct span state_bytes = SPAN(bytes + facts, n - facts);
        assert_int_equal(row_decode_apart(t, SPAN(bytes, facts), state_bytes, &out), 0);
        assert_memory_equal(&in, &out, row_size(t));
        if (!row_has_state(t))
            continue;
        assert_false(row_is_as_begun(t, &in));
        voucher_row_begin(&in.voucher);
        assert_true(row_is_as_begun(t, &in));
        assert_int_equal(row_decode_apart(t, SPAN(bytes, facts), SPAN(NULL, 0), &out), 0);
        assert_memory_equal(&in, &out, row_size(t));
        assert_int_equal(row_decode_apart(t, SPAN(bytes, facts - 1), SPAN(NULL, 0), &out),
                         ERR_CORRUPT);
        assert_int_equal(row_decode_apart(t, SPAN(bytes, facts + 1), SPAN(NULL, 0), &out),
                         ERR_CORRUPT);
        assert_int_equal(
            row_decode_apart(t, SPAN(bytes, facts), SPAN(bytes + facts, n - facts - 1), &out),
            ERR_CORRUPT);
        assert_int_equal(row_decode_apart(t, SPAN(bytes, facts), SPAN(bytes, 0), &out),
                         ERR_CORRUPT);
    }
}

/* A number has one form: no more bytes than it needs, none that does not fit. */
static void numbers_have_one_form(void **state)
{
    static const struct {
        enum table t;
        const char *bytes;
        size_t n;
        int rc;
    } cases[] = {
        {TABLE_DUE, "\x7f", 1, 0},
        {TABLE_DUE, "\x80\x01", 2, 0},
        {TABLE_DUE, "\x80\x00", 2, ERR_CORRUPT},
        {TABLE_DUE, "\xff\x80\x00", 3, ERR_CORRUPT},
        {TABLE_DUE, "\x80", 1, ERR_CORRUPT},
        {TABLE_DUE, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 0},
        {TABLE_DUE, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x03", 10, ERR_CORRUPT},
        {TABLE_DUE, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11, ERR_CORRUPT},
        {TABLE_PRINCIPAL, "\xff\xff\xff\xff\x0f", 5, 0},
        {TABLE_PRINCIPAL, "\xff\xff\xff\xff\x1f", 5, ERR_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        union row out;
        assert_int_equal(row_decode(cases[i].t, SPAN(cases[i].bytes, cases[i].n), &out),
                         cases[i].rc);
    }
}

static void shortened_bytes_are_refused(void **state)
{
    (void)state;
    for (int t = 0; t < TABLE_COUNT; t++) {
        union row in, out, before;
        uint8_t bytes[ROW_MAX + 1];
        size_t n;
        fill((enum table)t, &in, false);
        assert_int_equal(row_encode((enum table)t, &in, bytes, &n), 0);
        memset(&before, 0x5a, sizeof before);
        out = before;
        for (size_t short_n = 0; short_n < n; short_n++) {
            /* On the heap, so that reading behind the end is seen. */
            uint8_t *copy = malloc(short_n ? short_n : 1);
            assert_non_null(copy);
            memcpy(copy, bytes, short_n);
            assert_int_equal(row_decode((enum table)t, SPAN(copy, short_n), &out), ERR_CORRUPT);
            assert_memory_equal(&out, &before, sizeof out);
            free(copy);
        }
        bytes[n] = 0;
        assert_int_equal(row_decode((enum table)t, SPAN(bytes, n + 1), &out), ERR_CORRUPT);
        assert_memory_equal(&out, &before, sizeof out);
    }
}

/* What is taken after a change must be the one encoding of what it decodes to. */
static void changed_bytes_are_refused_or_are_another_row(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        enum table t = (enum table)(i % TABLE_COUNT);
        union row in, out;
        uint8_t bytes[ROW_MAX], again[ROW_MAX];
        size_t n, m;
        fill(t, &in, false);
        assert_int_equal(row_encode(t, &in, bytes, &n), 0);
        for (uint64_t k = n ? any() % 3 + 1 : 0; k > 0; k--)
            bytes[(any() >> 8) % n] = (uint8_t)(any() >> 8);
        uint8_t *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        int rc = row_decode(t, SPAN(copy, n), &out);
        if (rc == 0) {
            assert_int_equal(row_encode(t, &out, again, &m), 0);
            assert_int_equal(m, n);
            assert_memory_equal(again, bytes, n);
        } else {
            assert_int_equal(rc, ERR_CORRUPT);
        }
        free(copy);
    }
}

static void refuse(enum table t, const void *row)
{
    uint8_t bytes[ROW_MAX];
    size_t n = 77;
    assert_int_equal(row_encode(t, row, bytes, &n), ERR_RANGE);
    assert_int_equal(n, 77);
}

static void a_row_that_may_not_be_is_not_encoded(void **state)
{
    (void)state;
    union row r;
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.nparts = LIMIT_LINES + 1;
    refuse(TABLE_VOUCHER, &r);
    r.voucher.nparts = -1;
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.parts[r.voucher.nparts - 1].open = MONEY(-1);
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.stages.at[STAGE_PAID] = MONEY(-1);
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.end = (enum voucher_end)(END_LAPSED + 1);
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    memset(r.voucher.measure, 'x', sizeof r.voucher.measure);
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.rate.ppm = RATE_ONE + 1;
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_VOUCHER, &r, false);
    r.voucher.valid_to = DAY(DAY_MAX + 1);
    refuse(TABLE_VOUCHER, &r);
    fill(TABLE_ENTERPRISE_NAME, &r, false);
    memset(r.enterprise_name.name, 'x', sizeof r.enterprise_name.name);
    refuse(TABLE_ENTERPRISE_NAME, &r);
}

static void every_table_has_a_name_and_a_size(void **state)
{
    (void)state;
    for (int t = 0; t < TABLE_COUNT; t++) {
        assert_true(row_size((enum table)t) > 0);
        assert_true(row_size((enum table)t) <= sizeof(union row));
        for (int u = 0; u < t; u++)
            assert_string_not_equal(table_name((enum table)t), table_name((enum table)u));
    }
    assert_int_equal(row_size(TABLE_COUNT), 0);
    assert_non_null(table_name(TABLE_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_whole),
        cmocka_unit_test(a_row_has_the_bytes_of_its_format),
        cmocka_unit_test(every_row_fits_in_a_page),
        cmocka_unit_test(a_row_comes_back_from_facts_and_state),
        cmocka_unit_test(numbers_have_one_form),
        cmocka_unit_test(shortened_bytes_are_refused),
        cmocka_unit_test(changed_bytes_are_refused_or_are_another_row),
        cmocka_unit_test(a_row_that_may_not_be_is_not_encoded),
        cmocka_unit_test(every_table_has_a_name_and_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
