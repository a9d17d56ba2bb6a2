/* SPDX-License-Identifier: Apache-2.0 */
/* Commands one after another, decided and folded in memory: the book's promises hold after each.
 * Every entry is stored and read back before it is folded a second time, into rows that know
 * nothing but entries; at the end every sum is worked out again from the vouchers. */
#include "tests/fuzz/town.h"

#include "wire/entry.h"

#define COMMANDS 100 /* of one input: more take longer, and find no more */

static const char *const measures[] = {"T1", "T2", "1", "2", "3A", "S.1", "S.2", "none"};
static const char *const areas[] = {"990101", "西源市", "350602", "小城工业园", "nowhere"};
static const char *const sources[] = {"city", "county", "province", "none"};
static const char *const traits[] = {"workshop", "industrial", "none"};

#define PICK(t, list) (list[tape_below((t), sizeof(list) / sizeof((list)[0]))])

static struct money any_amount(struct tape *t)
{
    unsigned how = tape_byte(t);
    int64_t v = tape_byte(t);
    if (how & 1)
        v = v << 8 | tape_byte(t);
    if (how & 2)
        v *= 100 * 1000;
    if (how & 4)
        v = v << 16 | tape_byte(t) << 8 | tape_byte(t);
    if (how & 8)
        v = LIMIT_AMOUNT_FEN - v;
    return MONEY(v < 1 ? 1 : v > LIMIT_AMOUNT_FEN ? LIMIT_AMOUNT_FEN : v);
}

static struct day any_day(struct tape *t)
{
    int high = (int)tape_below(t, 8), low = (int)tape_byte(t);
    return DAY(day_make(2024, 12, 1).n + high * 256 + low);
}

static struct uscc any_code(struct tape *t)
{
    return nth_code(tape_below(t, TOWN_CODES));
}

static const char *any_contract(struct tape *t)
{
    return town_contract(tape_below(t, TOWN_CONTRACTS));
}

static struct command any_enterprise(struct tape *t)
{
    struct command c = make_enterprise(any_code(t), PICK(t, areas));
    struct day from = any_day(t);
    with_trait(&c, PICK(t, traits), from, DAY(from.n + (int)tape_byte(t)));
    return c;
}

static struct command any_claim(struct tape *t)
{
    struct command c = make_issue(PICK(t, measures), any_code(t), any_contract(t));
    unsigned how = tape_byte(t);
    if (how & 1) {
        c.issue.has_amount = true;
        c.issue.amount = any_amount(t);
    }
    if (how & 2)
        c.issue.year = 2024 + (int)tape_below(t, 5);
    if (how & 4) {
        c.issue.has_seller = true;
        c.issue.seller = any_code(t);
    }
    if (how & 8)
        with_attestation(&c, "review");
    if (how & 16)
        with_attestation(&c, "effect");
    return c;
}

/* Another policy on top of the town's: reading one takes a while, so only a few bytes ask for it.
 */
static struct command any_policy(struct tape *t)
{
    static struct span files[3];
    static const char *const names[] = {THREE, "tests/policies/small-city.yaml", ZHANGZHOU};
    unsigned i = tape_byte(t);
    if (i > 6)
        return make_lapse();
    if (!files[i % 3].n)
        files[i % 3] = read_source(names[i % 3]);
    return make_adopt(files[i % 3]);
}

static struct command any_command(struct world *w, struct tape *t)
{
    uint64_t vouchers = head_of(w)->vouchers;
    switch (tape_below(t, 12)) {
    case 0:
        return make_appropriate(PICK(t, measures), 2024 + (int)tape_below(t, 5), PICK(t, sources),
                                any_amount(t).fen);
    case 1:
        return any_enterprise(t);
    case 2:
        return make_contract(any_contract(t), any_code(t), any_code(t), any_amount(t).fen);
    case 3:
        return make_void(1 + tape_byte(t) % (vouchers + 1));
    case 4:
        return make_outside(any_contract(t), any_code(t), any_amount(t).fen);
    case 5:
        return make_lapse();
    case 6:
        return make_lapse_by(any_day(t));
    case 7:
        return any_policy(t);
    case 8:
    case 9:
        return make_redeem(1 + tape_byte(t) % (vouchers + 1), nth_invoice(tape_below(t, 32)),
                           any_day(t), any_amount(t).fen);
    default:
        return any_claim(t);
    }
}

static void explained(const struct entry *e)
{
    char text[8192];
    if (e->refused)
        refusal_text(&e->refusal, e->explanation, text, sizeof text);
    else if (e->explanation)
        explanation_text(e->explanation, text, sizeof text);
    else
        return;
    text_sound(text, sizeof text);
    assert_true(text[0]);
    if (e->refused)
        text_sound(refusal_text_in(foreign, &e->refusal, e->explanation, text, sizeof text),
                   sizeof text);
}

/* The entry as who opens the book later reads it. */
static const struct entry *store(struct world *w, const struct entry *e)
{
    struct buf first = {0}, second = {0};
    struct entry *back = arena_alloc(&w->a, sizeof *back);
    assert_non_null(back);
    assert_int_equal(entry_encode(e, &first), 0);
    char *kept = arena_copy(&w->a, first.p, first.n);
    assert_non_null(kept);
    assert_int_equal(entry_decode(SPAN(kept, first.n), &w->a, back), 0);
    assert_int_equal(entry_encode(back, &second), 0);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    buf_free(&first);
    buf_free(&second);
    return back;
}

static void act(struct world *w, struct command c, uint64_t number)
{
    struct entry *e = NULL;
    const struct balance *again;
    uint32_t n;
    put_be64(c.request_id, number);
    int rc = decide(w, &c, &e);
    if (rc == ERR_INVALID) {
        fault_sound(&w->fault);
        return;
    }
    assert_int_equal(rc, 0);
    explained(e);
    if (e->refused)
        assert_int_equal(e->npostings, 0);
    assert_int_equal(fold_into(w, &w->main, e, &e->balances, &e->nbalances), 0);
    assert_int_equal(fold_into(w, &w->replica, store(w, e), &again, &n), 0);
    assert_int_equal(n, e->nbalances);
    for (uint32_t i = 0; i < n; i++)
        assert_memory_equal(&again[i].stages, &e->balances[i].stages, sizeof again[i].stages);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct tape t = {p, n};
    struct world *w = town();
    for (uint64_t i = 1; t.n > 0 && i <= COMMANDS; i++) {
        unsigned step = tape_byte(&t);
        if (step & 0x80)
            w->now.us += (int64_t)(step & 0x7f) * 86400 * 1000000;
        act(w, any_command(w, &t), i);
    }
    check_sums(w);
    check_replica(w);
    return 0;
}
