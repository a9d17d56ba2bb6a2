/* SPDX-License-Identifier: Apache-2.0 */
/* Stored entries folded one after another into a town's rows: each fits or is ERR_CORRUPT, and what
 * fitted leaves rows that deciding can go on with.
 *
 * An input is a list of records: a byte of flags, two bytes of length, an encoded entry. */
#include "tests/fuzz/town.h"

#include "wire/entry.h"

#define AS_IT_IS 1 /* flag: its number, time and policy are not set right first */

static void set_right(struct world *w, struct entry *e)
{
    const struct head_row *head = head_of(w);
    e->number = head->entries + 1;
    e->policy = head->policy;
    if (e->time.us < head->time.us)
        e->time = head->time;
}

static void fold_record(struct world *w, unsigned flags, struct span bytes)
{
    struct entry *e = arena_alloc(&w->a, sizeof *e);
    const struct balance *balances;
    uint32_t n;
    assert_non_null(e);
    if (entry_decode(bytes, &w->a, e) < 0)
        return;
    if (!(flags & AS_IT_IS))
        set_right(w, e);
    int rc = fold_into(w, &w->main, e, &balances, &n);
    assert_true(rc == 0 || rc == ERR_CORRUPT);
    if (rc == 0)
        assert_true(n <= 3 * e->npostings);
}

static void line_row_sound(const struct line_row *l, uint64_t number, const struct head_row *head)
{
    int64_t sum = 0;
    assert_in_range(number, 1, head->lines);
    for (int s = 0; s < STAGE_COUNT; s++) {
        assert_true(l->stages.at[s].fen >= 0);
        assert_false(__builtin_add_overflow(sum, l->stages.at[s].fen, &sum));
    }
    assert_int_equal(sum, l->appropriated.fen);
}

static void voucher_row_sound(const struct voucher_row *v, uint64_t number,
                              const struct head_row *head)
{
    assert_in_range(number, 1, head->vouchers);
    assert_in_range(v->nparts, 0, LIMIT_LINES);
    assert_true(v->issue_entry > 0 && v->issue_entry <= head->entries);
    assert_true(v->before_claim < number && v->before_account < number);
    for (int s = 0; s < STAGE_COUNT; s++)
        assert_true(v->stages.at[s].fen >= 0);
    for (int i = 0; i < v->nparts; i++)
        assert_true(v->parts[i].open.fen >= 0 && v->parts[i].open.fen <= v->parts[i].face.fen);
}

static void rows_sound(struct world *w)
{
    const struct head_row head = *head_of(w);
    const struct key *k;
    const void *row;
    size_t at = 0;
    rows_turn(w->main.rows);
    while (rows_next_written(w->main.rows, &at, &k, &row)) {
        assert_in_range(k->n, 1, KEY_MAX);
        if (k->table == TABLE_LINE)
            line_row_sound(row, get_be64(k->p), &head);
        else if (k->table == TABLE_VOUCHER)
            voucher_row_sound(row, get_be64(k->p), &head);
        else if (k->table == TABLE_HEAD)
            assert_memory_equal(k->p, "head", 4);
    }
}

/* Whatever the rows are, a command gets its entry or its fault. */
static void decide_on(struct world *w, struct command c)
{
    struct entry *e = NULL;
    int rc = decide(w, &c, &e);
    assert_true(rc == 0 || rc == ERR_INVALID);
    if (rc < 0)
        fault_sound(&w->fault);
    else
        assert_int_equal(e->number, head_of(w)->entries + 1);
}

static void decide_on_all(struct world *w)
{
    uint64_t vouchers = head_of(w)->vouchers;
    for (uint64_t v = 1; v <= vouchers && v < 9; v++) {
        decide_on(w, make_void(v));
        decide_on(w, make_redeem(v, nth_invoice((unsigned)v), day_make(2025, 7, 2), YUAN(1000)));
    }
    decide_on(w, make_lapse());
    decide_on(w, make_lapse_by(day_make(2026, 3, 1)));
    decide_on(w, make_appropriate("T1", 2025, "city", YUAN(1)));
    for (unsigned i = 0; i < 4; i++) {
        decide_on(w, town_claim("T1", nth_code(2 + i % 2), town_contract(i)));
        decide_on(w, town_claim("T2", nth_code(i % 2), town_contract(i)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct tape t = {p, n};
    struct world *w = town();
    while (t.n > 0) {
        unsigned flags = tape_byte(&t), high = tape_byte(&t), low = tape_byte(&t);
        fold_record(w, flags, tape_take(&t, high << 8 | low));
    }
    rows_sound(w);
    decide_on_all(w);
    return 0;
}
