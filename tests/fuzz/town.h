/* SPDX-License-Identifier: Apache-2.0 */
/* The book that the targets of the ledger begin with: a policy, money on its lines, enterprises,
 * contracts, and vouchers open, partly redeemed, topped up and void. It is made once; each input
 * finds it as if it had been stored. */
#ifndef TESTS_FUZZ_TOWN_H
#define TESTS_FUZZ_TOWN_H

#include "tests/fuzz/fuzz.h"
#include "tests/unit/ledger/world.h"

#define TOWN_CODES     6 /* nth_code: the first four are registered */
#define TOWN_CONTRACTS 6 /* "C0" ...: the first four are registered */

static inline const char *town_contract(unsigned i)
{
    static const char *const numbers[TOWN_CONTRACTS] = {"C0", "C1", "C2", "C3", "C4", "C5"};
    return numbers[i % TOWN_CONTRACTS];
}

static inline struct command town_claim(const char *measure, struct uscc who, const char *number)
{
    struct command c = make_issue(measure, who, number);
    if (strcmp(measure, "T2") == 0)
        with_attestation(&c, "review");
    return c;
}

static inline void town_build(struct world *w)
{
    static const char *const sources[] = {"city", "county", "province"};
    for (int i = 0; i < 3; i++)
        done(w, make_appropriate("T1", 2025, sources[i], YUAN(250000) + i));
    done(w, make_appropriate("T2", 2025, "city", YUAN(90000)));
    for (unsigned i = 0; i < 4; i++) {
        struct command c = make_enterprise(nth_code(i), i % 2 ? "990101" : "西源市");
        if (i < 2)
            with_trait(&c, "workshop", DAY(DAY_MIN), DAY(DAY_MAX));
        done(w, c);
    }
    for (unsigned i = 0; i < 4; i++)
        done(w, make_contract(town_contract(i), nth_code(i % 2), nth_code(2 + i % 2),
                              YUAN(100000) * (i + 1) + 7 * i));
    done(w, town_claim("T1", nth_code(2), "C0"));
    done(w, make_redeem(1, nth_invoice(1), day_make(2025, 7, 1), YUAN(33333)));
    struct command some = town_claim("T1", nth_code(3), "C1");
    some.issue.has_amount = true;
    some.issue.amount = MONEY(1234567);
    done(w, some);
    done(w, town_claim("T1", nth_code(3), "C1"));
    done(w, town_claim("T2", nth_code(0), "C2"));
    done(w, make_void(4));
}

/* The rows of a world as a stock; the world keeps its policies. */
static inline void town_take_stock(struct world *w, struct stock *out)
{
    const struct key *k;
    const void *row;
    size_t at = 0;
    check_sums(w);
    check_replica(w);
    for (out->n = 0; rows_next_written(w->main.rows, &at, &k, &row); out->n++) {
        size_t n = row_used((enum table)k->table, row);
        void *copy = malloc(n);
        assert_true(copy && out->n < sizeof out->rows / sizeof out->rows[0]);
        memcpy(copy, row, n);
        (void)key_bytes(&out->rows[out->n].key, (enum table)k->table, k->p, k->n);
        out->rows[out->n].row = copy;
    }
    w->main.stock = w->replica.stock = out;
}

/* The town as it was in the beginning. */
static inline struct world *town(void)
{
    static struct world *w;
    static struct stock stock;
    if (!w) {
        w = world_with(THREE);
        town_build(w);
        town_take_stock(w, &stock);
    }
    rows_reset(w->main.rows);
    rows_reset(w->replica.rows);
    arena_reset(&w->a);
    w->now = at(2025, 8, 1, 10);
    w->principal = "maker";
    return w;
}

#endif
