/* SPDX-License-Identifier: Apache-2.0 */
/* What the treasury pays and the bank returns: stages move, and nothing that ceilings count. */
#include "tests/unit/ledger/trial.h"

static const uint64_t first[] = {1}, both[] = {1, 2};

static struct command pay(uint32_t n, const uint64_t *vouchers)
{
    return make_payment(COMMAND_PAY, n, vouchers);
}

static struct command returned(uint32_t n, const uint64_t *vouchers)
{
    return make_payment(COMMAND_BANK_RETURN, n, vouchers);
}

static int64_t paid(struct world *w, uint64_t voucher)
{
    return voucher_of(w, voucher)->stages.at[STAGE_PAID].fen;
}

/* 600.00 of the area's 1,000.00: paid, returned and paid again, 400.00 are left. */
static void payments_leave_ceilings_alone(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, claim_case(w, "K1", BUYER, "a"));
    refused(w, pay(1, first), REASON_NOTHING_TO_PAY); /* not redeemed yet */
    done(w, make_redeem(1, "I1", TODAY, YUAN(600)));
    const struct entry *e = done(w, pay(1, first));
    assert_int_equal(e->done.payment.amount.fen, YUAN(600));
    assert_int_equal(paid(w, 1), YUAN(600));
    refused(w, pay(1, first), REASON_NOTHING_TO_PAY);
    e = done(w, claim_case(w, "K1", THIRD, "b"));
    assert_int_equal(face(e), YUAN(400));
    assert_int_equal(e->explanation->limits[1].used.fen, YUAN(600));
    done(w, returned(1, first));
    assert_int_equal(paid(w, 1), 0);
    assert_int_equal(voucher_of(w, 1)->stages.at[STAGE_PAYABLE].fen, YUAN(600));
    refused(w, claim_case(w, "K1", THIRD, "c"), REASON_CEILING);
    refused(w, returned(1, first), REASON_NOTHING_TO_PAY);
    done(w, pay(1, first));
    refused(w, claim_case(w, "K1", THIRD, "c"), REASON_CEILING);
    refused(w, claim_case(w, "K1", BUYER, "a"), REASON_SUPPORTED_ALREADY);
    end(w);
}

/* One of a batch that can't be paid refuses all of it. */
static void a_batch_is_paid_whole(void **state)
{
    (void)state;
    struct world *w = trial();
    done(w, claim_case(w, "F1", BUYER, "a"));
    done(w, claim_case(w, "V1", OTHER, "a"));
    assert_int_equal(refused(w, pay(2, both), REASON_NOTHING_TO_PAY)->refusal.voucher, 2);
    assert_int_equal(paid(w, 1), 0);
    done(w, make_redeem(2, "I1", TODAY, YUAN(200)));
    struct command c = pay(2, both);
    c.pay.has_payee = true;
    c.pay.payee = BUYER;
    assert_int_equal(refused(w, c, REASON_OTHER_PAYEE)->refusal.voucher, 2);
    const struct entry *e = done(w, pay(2, both));
    assert_int_equal(e->done.payment.amount.fen, YUAN(200) + 6);
    assert_int_equal(e->npostings, 4); /* three lines and one */
    assert_int_equal(paid(w, 1), 6);
    assert_int_equal(paid(w, 2), YUAN(200));
    /* The rest of it later, line by line. */
    done(w, make_redeem(2, "I2", TODAY, YUAN(300)));
    done(w, pay(1, both + 1));
    assert_int_equal(paid(w, 2), YUAN(500));
    static const uint64_t none[] = {9};
    invalid(w, pay(1, none), "pay.vouchers");
    invalid(w, returned(1, none), "bank_return.vouchers");
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payments_leave_ceilings_alone),
        cmocka_unit_test(a_batch_is_paid_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
