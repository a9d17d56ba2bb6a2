/* SPDX-License-Identifier: Apache-2.0 */
/* Money over several fund lines: worked figures, and every small case tried out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rules/split.h"

/* Always the same sequence. */
static uint64_t seed = 42;

static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static struct measure lines(int n, int odd, const uint32_t *ppm)
{
    struct measure m = {.nshares = n, .odd = odd};
    for (int i = 0; i < n; i++)
        m.shares[i].share.ppm = ppm[i];
    return m;
}

static const uint32_t quarters[] = {250000, 250000, 500000};

static void check_face(const struct measure *m, int64_t face, const int64_t *want)
{
    struct money parts[LIMIT_LINES];
    split_face(m, MONEY(face), parts);
    for (int i = 0; i < m->nshares; i++)
        assert_int_equal(parts[i].fen, want[i]);
}

static void face_over_quarters(void **state)
{
    (void)state;
    struct measure m = lines(3, 2, quarters);
    check_face(&m, 0, (int64_t[]){0, 0, 0});
    check_face(&m, 1, (int64_t[]){0, 0, 1});
    check_face(&m, 3, (int64_t[]){0, 0, 3});
    check_face(&m, 4, (int64_t[]){1, 1, 2});
    check_face(&m, 7, (int64_t[]){1, 1, 5});
    m.odd = 0;
    check_face(&m, 7, (int64_t[]){3, 1, 3});
    check_face(&m, LIMIT_AMOUNT_FEN,
               (int64_t[]){225000000000000, 225000000000000, 450000000000000});
    m = lines(1, 0, (uint32_t[]){1000000});
    check_face(&m, 7, (int64_t[]){7});
}

static void check_payment(int n, int odd, const int64_t *open, int64_t paid, const int64_t *want)
{
    struct money o[LIMIT_LINES], parts[LIMIT_LINES];
    for (int i = 0; i < n; i++)
        o[i] = MONEY(open[i]);
    split_payment(n, odd, o, MONEY(paid), parts);
    for (int i = 0; i < n; i++)
        assert_int_equal(parts[i].fen, want[i]);
}

static void payment_over_quarters(void **state)
{
    (void)state;
    /* Face 0.04; a payment of 0.03, then one of 0.01. */
    check_payment(3, 2, (int64_t[]){1, 1, 2}, 3, (int64_t[]){1, 0, 2});
    check_payment(3, 2, (int64_t[]){0, 1, 0}, 1, (int64_t[]){0, 1, 0});
    /* Floors 1, 1, 2 of 5 over 2, 2, 5; the odd fen to the line named. */
    check_payment(3, 2, (int64_t[]){2, 2, 5}, 5, (int64_t[]){1, 1, 3});
    check_payment(3, 0, (int64_t[]){2, 2, 5}, 5, (int64_t[]){2, 1, 2});
    /* Nothing to pay, nothing open, all of it. */
    check_payment(3, 2, (int64_t[]){2, 2, 5}, 0, (int64_t[]){0, 0, 0});
    check_payment(3, 2, (int64_t[]){0, 0, 0}, 0, (int64_t[]){0, 0, 0});
    check_payment(3, 2, (int64_t[]){2, 2, 5}, 9, (int64_t[]){2, 2, 5});
    check_payment(2, 0, (int64_t[]){450000000000000, 450000000000000}, 1, (int64_t[]){1, 0});
}

/* Every payment out of every small set of open parts, and then to the end, in every way. */
static void payments_never_go_below_zero(void **state)
{
    (void)state;
    for (int c = 0; c < 5 * 5 * 5 * 3; c++) {
        int64_t start[3] = {c % 5, c / 5 % 5, c / 25 % 5};
        int odd = c / 125;
        for (int64_t step = 1; step <= 12; step++) {
            struct money open[3] = {MONEY(start[0]), MONEY(start[1]), MONEY(start[2])};
            int64_t left = start[0] + start[1] + start[2];
            while (left > 0) {
                struct money parts[3], paid = MONEY(step < left ? step : left);
                int64_t sum = 0;
                split_payment(3, odd, open, paid, parts);
                for (int i = 0; i < 3; i++) {
                    assert_true(parts[i].fen >= 0 && parts[i].fen <= open[i].fen);
                    assert_true(parts[i].fen >= paid.fen * open[i].fen / left);
                    open[i].fen -= parts[i].fen;
                    sum += parts[i].fen;
                }
                assert_int_equal(sum, paid.fen);
                left -= paid.fen;
            }
        }
    }
}

/* The parts of a face sum to it; no line but the odd one takes a fen more than its share. */
static void check_parts(const struct measure *m, int64_t face, struct money *parts)
{
    int64_t sum = 0;
    split_face(m, MONEY(face), parts);
    for (int i = 0; i < m->nshares; i++) {
        sum += parts[i].fen;
        assert_true(parts[i].fen >= 0);
        if (i != m->odd)
            assert_int_equal(parts[i].fen, face * m->shares[i].share.ppm / 1000000);
    }
    assert_int_equal(sum, face);
}

/* The greatest amount that can be split, all below it too, found by trying each. */
static int64_t tried_out(const struct measure *m, const struct money *available)
{
    for (int64_t g = 1;; g++) {
        struct money parts[LIMIT_LINES];
        check_parts(m, g, parts);
        for (int i = 0; i < m->nshares; i++)
            if (parts[i].fen > available[i].fen)
                return g - 1;
    }
}

static void check_available(const struct measure *m, const struct money *available)
{
    assert_int_equal(split_available(m, available).fen, tried_out(m, available));
}

static void available_over_quarters(void **state)
{
    (void)state;
    struct measure m = lines(3, 2, quarters);
    /* 3 is 0, 0, 3: the odd line's 2 do not do, though they do for 4 (1, 1, 2). */
    assert_int_equal(split_available(&m, (struct money[LIMIT_LINES]){{9}, {9}, {2}}).fen, 2);
    assert_int_equal(split_available(&m, (struct money[LIMIT_LINES]){{0}, {9}, {9}}).fen, 3);
    assert_int_equal(split_available(&m, (struct money[LIMIT_LINES]){{9}, {9}, {0}}).fen, 0);
    assert_int_equal(split_available(&m, (struct money[LIMIT_LINES]){{100}, {100}, {200}}).fen,
                     tried_out(&m, (struct money[]){{100}, {100}, {200}}));
}

/* 3 fen are 0, 0, 3; 4 are 1, 1, 2; 5 are 1, 1, 3. */
static void what_fits_over_quarters(void **state)
{
    (void)state;
    static const struct {
        struct money has[LIMIT_LINES];
        bool fits[6];
    } cases[] = {
        {{{9}, {9}, {2}}, {true, true, true, false, true, false}},
        {{{9}, {9}, {3}}, {true, true, true, true, true, true}},
        {{{0}, {9}, {9}}, {true, true, true, true, false, false}},
        {{{9}, {0}, {9}}, {true, true, true, true, false, false}},
        {{{9}, {9}, {0}}, {true, false, false, false, false, false}},
    };
    struct measure m = lines(3, 2, quarters);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        for (int64_t g = 0; g < 6; g++)
            assert_int_equal(split_fits(&m, MONEY(g), cases[c].has), cases[c].fits[g]);
}

static void available_is_the_greatest_of_small_cases(void **state)
{
    (void)state;
    static const uint32_t shares[][3] = {
        {250000, 250000, 500000}, {333333, 333333, 333334}, {100000, 200000, 700000},
        {10000, 490000, 500000},  {125000, 250000, 625000}, {999998, 1, 1},
    };
    for (size_t s = 0; s < sizeof shares / sizeof shares[0] - 1; s++) {
        for (int c = 0; c < 8 * 8 * 8 * 3; c++) {
            struct measure m = lines(3, c / 512, shares[s]);
            struct money a[LIMIT_LINES] = {{c % 8}, {c / 8 % 8}, {c / 64 % 8}};
            check_available(&m, a);
        }
    }
    for (int odd = 0; odd < 3; odd++) {
        struct measure m = lines(3, odd, shares[5]);
        check_available(&m, (struct money[LIMIT_LINES]){{5}, {0}, {3}});
        check_available(&m, (struct money[LIMIT_LINES]){{2000000}, {1}, {1}});
    }
}

static void available_is_the_greatest_of_random_cases(void **state)
{
    (void)state;
    for (int c = 0; c < 3000; c++) {
        uint32_t ppm[LIMIT_LINES], left = 1000000;
        int n = 2 + (int)below(3);
        for (int i = 0; i < n; i++) {
            uint32_t most = left - 20000 * (uint32_t)(n - 1 - i);
            ppm[i] = i == n - 1 ? left : 20000 + below(most - 20000 + 1);
            left -= ppm[i];
        }
        struct measure m = lines(n, (int)below((uint32_t)n), ppm);
        struct money a[LIMIT_LINES];
        for (int i = 0; i < n; i++)
            a[i] = MONEY(below(below(2) ? 6 : 60));
        check_available(&m, a);
    }
}

static void available_of_great_sums(void **state)
{
    (void)state;
    struct measure m = lines(3, 2, quarters);
    struct money all[LIMIT_LINES] = {{LIMIT_AMOUNT_FEN}, {LIMIT_AMOUNT_FEN}, {LIMIT_AMOUNT_FEN}};
    assert_int_equal(split_available(&m, all).fen, LIMIT_AMOUNT_FEN);
    /* The first line's 100,000,000,000,000 are a quarter of 400,000,000,000,000 and three fen. */
    all[0] = MONEY(100000000000000);
    assert_int_equal(split_available(&m, all).fen, 400000000000003);
    /* 399,999,999,999,999 needs 200,000,000,000,001 of the third line: its quarters are cut. */
    all[2] = MONEY(200000000000000);
    assert_int_equal(split_available(&m, all).fen, 399999999999998);
    m = lines(1, 0, (uint32_t[]){1000000});
    assert_int_equal(split_available(&m, (struct money[LIMIT_LINES]){{7}}).fen, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(face_over_quarters),
        cmocka_unit_test(payment_over_quarters),
        cmocka_unit_test(payments_never_go_below_zero),
        cmocka_unit_test(available_over_quarters),
        cmocka_unit_test(what_fits_over_quarters),
        cmocka_unit_test(available_is_the_greatest_of_small_cases),
        cmocka_unit_test(available_is_the_greatest_of_random_cases),
        cmocka_unit_test(available_of_great_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
