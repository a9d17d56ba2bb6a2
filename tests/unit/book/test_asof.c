/* SPDX-License-Identifier: Apache-2.0 */
/* The past of entries that change many things at once; listings by last day; ceilings on
 * redemption. */
#include "tests/unit/book/shelf.h"

#define VOUCHERS 5

static struct book *three(void)
{
    struct book *b = open_book();
    done(b, make_adopt(file_of(THREE)));
    done(b, make_appropriate("T1", 2025, "city", YUAN(500000)));
    done(b, make_appropriate("T1", 2025, "county", YUAN(600000)));
    done(b, make_appropriate("T1", 2025, "province", YUAN(1000000)));
    done(b, make_enterprise(BUYER, "990101"));
    done(b, make_enterprise(OTHER, "990101"));
    return b;
}

/* Everything that one entry may change, as of an entry (0: now). */
struct seen {
    struct stages line[3], voucher[VOUCHERS], account[2];
};

static struct seen look(struct book *b, uint64_t entry)
{
    struct seen s;
    struct query q = {.kind = QUERY_FUNDS, .as_of.entry = entry};
    memset(&s, 0, sizeof s);
    const struct answer *a = answer_of(b, &q);
    assert_int_equal(a->n, 3);
    for (int i = 0; i < 3; i++)
        s.line[i] = a->funds[i].stages;
    for (uint64_t v = 1; v <= VOUCHERS; v++) {
        struct voucher_answer x = voucher_as_of(b, v, entry);
        if (x.row)
            s.voucher[v - 1] = x.row->stages;
    }
    for (int i = 0; i < 2; i++) {
        q = (struct query){.kind = QUERY_ENTERPRISE, .as_of.entry = entry};
        q.enterprise = i ? OTHER : BUYER;
        a = answer_of(b, &q);
        s.account[i] = a->enterprise->accounts[0].stages;
    }
    return s;
}

/* Five vouchers of two enterprises on three lines, some used in part; all lapse in one entry. */
static void balances_of_entries_with_many(void **state)
{
    (void)state;
    static struct seen was[64];
    struct book *b = three();
    uint64_t first = status(b)->entries, last;
    char number[] = "C1";
    was[first] = look(b, 0);
#define DONE(command)                                                                              \
    last = done(b, command)->number;                                                               \
    was[last] = look(b, 0)
    for (int i = 0; i < VOUCHERS; i++, number[1]++) {
        struct uscc buyer = i % 2 ? OTHER : BUYER;
        DONE(make_contract(arena_copy(&memory, number, 2), SELLER, buyer, 10000 * (i + 1)));
        DONE(make_issue("T1", buyer, arena_copy(&memory, number, 2)));
    }
    DONE(make_redeem(2, nth_invoice(1), TODAY, 333));
    DONE(make_redeem(4, nth_invoice(2), TODAY, 777));
    now = at(2026, 2, 1, 9);
    DONE(make_lapse());
    assert_int_equal(was[last].account[0].at[STAGE_COMMITTED].fen, 0);
#undef DONE
    for (uint64_t n = first; n <= last; n++) {
        struct seen is = look(b, n);
        assert_memory_equal(&is, &was[n], sizeof is);
    }
    check(b);
    book_close(b);
}

static uint32_t count_by(struct book *b, struct day day)
{
    struct query q = {.kind = QUERY_VOUCHERS};
    q.filter.has_redeem_by = true;
    q.filter.redeem_by = day;
    return answer_of(b, &q)->n;
}

/* Its last day is itself one by which a voucher is to be redeemed. */
static void redeem_by_includes_its_day(void **state)
{
    (void)state;
    struct book *b = three();
    contract(b, "C1", 1000);
    done(b, make_issue("T1", BUYER, "C1"));
    struct day last = voucher_as_of(b, 1, 0).row->redeem_to;
    assert_int_equal(count_by(b, DAY(last.n - 1)), 0);
    assert_int_equal(count_by(b, last), 1);
    assert_int_equal(count_by(b, DAY(last.n + 1)), 1);
    book_close(b);
}

/* 500,000 a year on issue, 450,000 on redemption: each with what counts in it. */
static void ceilings_on_issue_and_on_redemption(void **state)
{
    (void)state;
    struct book *b = three();
    contract(b, "C1", YUAN(500000));
    done(b, make_issue("T1", BUYER, "C1"));
    done(b, make_redeem(1, nth_invoice(1), TODAY, YUAN(100000)));
    struct query q = {.kind = QUERY_ENTERPRISE, .enterprise = BUYER};
    const struct account_answer *a = &answer_of(b, &q)->enterprise->accounts[0];
    assert_int_equal(a->nceilings, 2);
    assert_int_equal(a->ceilings[0].used.fen, YUAN(200000));
    assert_int_equal(a->ceilings[0].left.fen, YUAN(300000));
    assert_int_equal(a->ceilings[1].used.fen, YUAN(40000));
    assert_int_equal(a->ceilings[1].left.fen, YUAN(410000));
    book_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(balances_of_entries_with_many),
        T(redeem_by_includes_its_day),
        T(ceilings_on_issue_and_on_redemption),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
