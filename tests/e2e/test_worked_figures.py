# SPDX-License-Identifier: Apache-2.0
"""The figures of the rules, worked out by hand: what each contract gives, what each invoice pays."""

import pytest

from policies import finished, three_lines, zhangzhou
from vclient import (DONE, J, REFUSED, c_adopt, c_appropriate, c_contract, c_enterprise, c_issue, c_outside,
                     c_redeem, c_void, day, fen, invoice, uscc)

SELLER, BUYER, OTHER = uscc(1), uscc(2), uscc(3)
TODAY = day("2025-08-01")
REVIEWED = ("model-filing", "effect")


class City:
    """A book with the shipped policy, plenty of money, and three enterprises."""

    def __init__(self, client, money="100,000,000"):
        self.client = client
        self.contracts = 0
        self.invoices = 0
        client.done(c_adopt(zhangzhou().file))
        for m in ("1", "2", "3A", "3B"):
            client.done(c_appropriate(m, 2025, fen(money)))
        for code, traits in ((SELLER, ["annotation-platform"]), (BUYER, ["industrial"]),
                             (OTHER, ["industrial", "annotation-platform"])):
            client.done(c_enterprise(code, traits=traits))

    def contract(self, amount, seller=SELLER, buyer=BUYER):
        self.contracts += 1
        number = "C%d" % self.contracts
        self.client.done(c_contract(number, seller, buyer, fen(amount)))
        return number

    def issue(self, measure, contract, who=BUYER, amount=None):
        return self.client.do(c_issue(measure, who, contract, amount=amount and fen(amount),
                                      attestations=REVIEWED if measure == "2" else ()))

    def invoice(self, voucher, amount, number=None, dated=TODAY):
        if number is None:
            self.invoices += 1
            number = invoice(self.invoices)
        return self.client.do(c_redeem(voucher, number, fen(amount), dated))


def face(outcome):
    assert outcome.kind == DONE, outcome
    return outcome.entry.issued.face


def paid(outcome):
    assert outcome.kind == DONE, outcome
    return outcome.entry.redeemed.paid


def reason(outcome):
    assert outcome.kind == REFUSED, outcome
    return outcome.entry.refusal.reason


@pytest.fixture
def city(client):
    return City(client)


# measure, contract, voucher
GRANTS = [
    ("1", "3,000,000", "1,500,000"),
    ("1", "5,000,000", "2,000,000"),
    ("1", "0.03", "0.01"),
    ("1", "0.02", "0.01"),
    ("1", "3,999,999.98", "1,999,999.99"),
    ("1", "3,999,999.99", "1,999,999.99"),
    ("1", "4,000,000.00", "2,000,000.00"),
    ("1", "4,000,000.01", "2,000,000.00"),
    ("1", "9,000,000,000,000.00", "2,000,000.00"),
    ("2", "6,666,666.66", "1,999,999.99"),
    ("2", "6,666,666.67", "2,000,000.00"),
    ("2", "6,666,666.68", "2,000,000.00"),
    ("2", "0.04", "0.01"),
    ("3A", "3,749,999.99", "2,999,999.99"),
    ("3A", "3,750,000.00", "3,000,000.00"),
    ("3A", "3,750,000.01", "3,000,000.00"),
    ("3A", "0.02", "0.01"),
    ("3B", "33,333,333.33", "4,999,999.99"),
    ("3B", "33,333,333.34", "5,000,000.00"),
    ("3B", "10,000,000.01", "1,500,000.00"),
    ("3B", "0.07", "0.01"),
]


@pytest.mark.parametrize("measure,amount,voucher", GRANTS)
def test_a_contract_gives(city, measure, amount, voucher):
    who = SELLER if measure == "3B" else BUYER
    number = city.contract(amount)
    dry = city.client.do(c_issue(measure, who, number, attestations=REVIEWED if measure == "2" else ()),
                         dry_run=True)
    assert face(dry) == fen(voucher) and dry.dry_run
    assert face(city.issue(measure, number, who)) == fen(voucher)


@pytest.mark.parametrize("measure,amount", [("1", "0.01"), ("2", "0.03"), ("3A", "0.01"), ("3B", "0.06")])
def test_less_than_a_fen_is_refused(city, measure, amount):
    who = SELLER if measure == "3B" else BUYER
    assert reason(city.issue(measure, city.contract(amount), who)) == J.RATE


def test_second_contract_meets_the_rest_of_the_ceiling(city):
    assert face(city.issue("1", city.contract("3,000,000"))) == fen("1,500,000")
    second = city.issue("1", city.contract("1,200,000"))
    assert face(second) == fen("500,000")
    limits = {l.rule: l for l in second.entry.explanation.limits}
    assert limits[J.LIMIT_RATE].at_most == fen("600,000")
    assert limits[J.LIMIT_CEILING].at_most == fen("500,000")
    assert limits[J.LIMIT_CEILING].used == fen("1,500,000")
    assert limits[J.LIMIT_CEILING].binding and not limits[J.LIMIT_RATE].binding
    assert reason(city.issue("1", city.contract("1,000"))) == J.CEILING


def test_amount_above_the_grant_is_refused_never_trimmed(city):
    number = city.contract("3,000,000")
    assert reason(city.issue("1", number, amount="1,500,000.01")) == J.RATE
    assert face(city.issue("1", number, amount="1,500,000.00")) == fen("1,500,000")


def test_model_voucher_in_parts(city):
    v = city.issue("2", city.contract("1,000,000"))
    assert face(v) == fen("300,000")
    n = v.entry.issued.voucher
    assert paid(city.invoice(n, "333,333.33")) == fen("99,999.99")
    assert paid(city.invoice(n, "666,666.67")) == fen("200,000.01")
    assert reason(city.invoice(n, "0.01")) == J.VOUCHER_STATE


def test_compute_voucher_in_parts_under_a_ceiling(city):
    v = city.issue("1", city.contract("5,000,000.01"))
    assert face(v) == fen("2,000,000.00")
    n = v.entry.issued.voucher
    for amount, pays in (("0.01", "0.00"), ("0.02", "0.01"), ("3,999,999.96", "1,999,999.98"),
                         ("0.02", "0.01")):
        assert paid(city.invoice(n, amount)) == fen(pays)
    assert reason(city.invoice(n, "0.02")) == J.VOUCHER_STATE


def test_same_contract_is_supported_once(city):
    number = city.contract("7,000,000.00")
    first = city.issue("2", number)
    assert face(first) == fen("2,000,000.00")
    second = city.issue("1", number)
    assert reason(second) == J.SUPPORTED_ALREADY
    assert list(second.entry.explanation.holders) == [first.entry.issued.voucher]


def test_top_up_to_the_higher_of_two(city):
    number = city.contract("1,000,000.03", buyer=OTHER)
    first = city.issue("2", number, OTHER)
    assert face(first) == fen("300,000.00")
    more = city.issue("1", number, OTHER)
    assert face(more) == fen("200,000.01")
    assert more.entry.issued.tops_up == first.entry.issued.voucher
    assert reason(city.issue("2", number, OTHER)) == J.SUPPORTED_ALREADY
    # Each names the other.
    for one, another in ((first, more), (more, first)):
        row = city.client.voucher(one.entry.issued.voucher).vouchers[0]
        assert list(row.siblings) == [another.entry.issued.voucher]
    city.client.done(c_void(first.entry.issued.voucher))
    assert city.client.voucher(more.entry.issued.voucher).vouchers[0].face == fen("200,000.01")
    assert face(city.issue("1", number, OTHER)) == fen("300,000.00")
    assert reason(city.issue("1", number, OTHER)) == J.SUPPORTED_ALREADY


def test_a_grant_is_explained_like_a_refusal(city):
    """The same explanation for a refusal, a dry run and a grant: limits and holders."""
    number = city.contract("1,000,000.00")
    first = city.issue("2", number).entry.issued.voucher
    dry = city.client.do(c_issue("1", BUYER, number), dry_run=True)
    more = city.issue("1", number)
    assert list(more.entry.explanation.holders) == [first]
    assert dry.entry.explanation == more.entry.explanation


def test_platform_claims_its_own_class_alone(city):
    number = city.contract("10,000,000.01", seller=SELLER, buyer=OTHER)
    assert reason(city.issue("3B", number, OTHER)) == J.WRONG_PARTY
    first = city.issue("3B", number, SELLER)
    assert face(first) == fen("1,500,000.00")
    second = city.issue("3A", number, OTHER)
    assert reason(second) == J.OTHER_BENEFICIARY
    assert list(second.entry.explanation.holders) in ([], [first.entry.issued.voucher])


def test_support_from_outside_counts(city):
    number = city.contract("1,000,000.00")
    city.client.done(c_outside(SELLER, number, fen("200,000.00")))
    assert face(city.issue("2", number)) == fen("100,000.00")
    assert reason(city.issue("2", number)) == J.SUPPORTED_ALREADY
    city.client.done(c_outside(SELLER, number, fen("200,000.00")))
    assert reason(city.issue("1", number)) == J.SUPPORTED_ALREADY


def test_attestations_and_traits_are_needed(city):
    number = city.contract("1,000.00", seller=BUYER, buyer=SELLER)
    refused = city.client.do(c_issue("2", SELLER, number, attestations=("effect",)))
    assert reason(refused) == J.ATTESTATION_MISSING
    assert refused.entry.refusal.detail == "model-filing"
    refused = city.issue("3A", number, SELLER)
    assert reason(refused) == J.TRAIT_MISSING
    assert refused.entry.refusal.detail == "industrial"


def test_siblings_share_invoices(city):
    """2 then 1 on 1,000,000.00: 300,000.00 and 200,000.00 more. Each counts what is shown to it; over the
    key no more than the higher rate of the distinct invoices."""
    number = city.contract("1,000,000.00")
    two = city.issue("2", number).entry.issued.voucher
    one = city.issue("1", number).entry.issued.voucher
    shown = invoice(777)
    assert paid(city.invoice(two, "400,000.00", shown)) == fen("120,000.00")
    # On the other: 50 % of 400,000 is 200,000; over the key 200,000 less 120,000.
    shared = city.invoice(one, "400,000.00", shown)
    assert paid(shared) == fen("80,000.00") and shared.entry.redeemed.invoice_shared
    assert reason(city.invoice(one, "400,000.00", shown)) == J.INVOICE_USED
    assert paid(city.invoice(one, "600,000.00", invoice(778))) == fen("120,000.00")
    assert reason(city.invoice(two, "600,000.01", invoice(778))) == J.INVOICE_DIFFERS
    assert reason(city.invoice(two, "600,000.00", invoice(778), dated=TODAY - 1)) == J.INVOICE_DIFFERS
    assert paid(city.invoice(two, "600,000.00", invoice(778))) == fen("180,000.00")


def test_money_runs_out(client):
    city = City(client, money="1,000,000.00")
    number = city.contract("3,000,000")
    first = city.issue("1", number)
    assert reason(first) == J.FUNDS
    binding = [l for l in first.entry.explanation.limits if l.binding]
    assert [(l.rule, l.at_most) for l in binding] == [(J.LIMIT_FUNDS, fen("1,000,000.00"))]
    assert reason(city.issue("1", number, amount="1,000,000.01")) == J.FUNDS
    assert face(city.issue("1", number, amount="1,000,000.00")) == fen("1,000,000.00")
    assert reason(city.issue("1", number)) == J.FUNDS


def test_voucher_lives_to_the_end_of_the_next_year(city):
    issued = city.issue("1", city.contract("1,000")).entry.issued
    assert (issued.valid_to, issued.redeem_to) == (day("2026-12-31"), day("2026-12-31"))


# ---- three lines, 25/25/50, odd fen to the third ----

@pytest.fixture
def three(client):
    client.done(c_adopt(three_lines().file))
    for source, amount in (("city", "1,000"), ("county", "1,000"), ("province", "2,000")):
        client.done(c_appropriate("T1", 2025, fen(amount), source))
    client.done(c_enterprise(BUYER, area="990101"))
    return client


def parts(entry):
    out = {}
    for p in entry.postings:
        out[p.line] = out.get(p.line, 0) + p.amount
    return [out.get(n, 0) for n in (1, 2, 3)]


# face -> its parts; then payments -> theirs
SPLITS = [
    (4, [1, 1, 2], [(3, [1, 0, 2]), (1, [0, 1, 0])]),
    (1, [0, 0, 1], [(1, [0, 0, 1])]),
    (3, [0, 0, 3], [(1, [0, 0, 1]), (2, [0, 0, 2])]),
    (7, [1, 1, 5], [(1, [0, 0, 1]), (6, [1, 1, 4])]),
    (8, [2, 2, 4], [(1, [0, 0, 1]), (1, [0, 0, 1]), (1, [0, 0, 1]), (5, [2, 2, 1])]),
    (100, [25, 25, 50], [(50, [12, 12, 26]), (49, [13, 12, 24]), (1, [0, 1, 0])]),
]


@pytest.mark.parametrize("amount,face_parts,payments", SPLITS)
def test_three_lines(three, amount, face_parts, payments):
    # 40 %: a contract of amount / 0.4, rounded up, gives at least the amount.
    three.done(c_contract("C", SELLER, BUYER, -(-amount * 10 // 4)))
    issued = three.done(c_issue("T1", BUYER, "C", amount=amount))
    assert parts(issued) == face_parts
    shown = earned = 0
    for i, (pays, split) in enumerate(payments):
        # The least invoice after which the rate gives what was earned and this payment.
        total = -(-(earned + pays) * 10 // 4)
        got = three.done(c_redeem(1, invoice(i), total - shown, TODAY))
        shown, earned = total, earned + pays
        assert got.redeemed.paid == pays
        assert parts(got) == split


def test_three_lines_void_frees_what_each_has_left(three):
    three.done(c_contract("C", SELLER, BUYER, 10))
    three.done(c_issue("T1", BUYER, "C"))
    assert three.done(c_redeem(1, invoice(1), 8, TODAY)).redeemed.paid == 3
    freed = three.done(c_void(1))
    assert freed.freed.freed == 1 and parts(freed) == [0, 1, 0]
    assert [f.stages.available for f in three.funds().funds] == [fen("1,000") - 1, fen("1,000"),
                                                                 fen("2,000") - 2]


def test_three_lines_the_scarcest_purse_decides(client):
    client.done(c_adopt(three_lines().file))
    for source, amount in (("city", 24), ("county", 1000), ("province", 1000)):
        client.done(c_appropriate("T1", 2025, amount, source))
    client.done(c_enterprise(BUYER, area="990101"))
    client.done(c_contract("C", SELLER, BUYER, 1000))
    # City has 24: 25 % of 99 is 24.75, of 100 it is 25.
    assert reason(client.do(c_issue("T1", BUYER, "C", amount=100))) == J.FUNDS
    assert parts(client.done(c_issue("T1", BUYER, "C", amount=99))) == [24, 24, 51]


def test_what_is_left_is_given_where_the_policy_says_so(client):
    client.done(c_adopt(three_lines().file))
    client.done(c_appropriate("T2", 2025, 100))
    client.done(c_enterprise(SELLER, area="990102", traits=["workshop"]))
    client.done(c_contract("C", SELLER, BUYER, 3000, day("2025-05-01")))
    # 33.3333 % of 30.00 is 9.99; 1.00 is there.
    assert reason(client.do(c_issue("T2", SELLER, "C", amount=101, attestations=["review"]))) == J.FUNDS
    assert face(client.do(c_issue("T2", SELLER, "C", attestations=["review"]))) == 100
    assert reason(client.do(c_issue("T2", SELLER, "C", attestations=["review"]))) == J.FUNDS


def test_made_up_file_is_a_policy(client):
    """The files that the model writes are taken."""
    import random

    from policies import random_policy
    for n in range(20):
        client.done(c_adopt(random_policy(random.Random(n), n).file))
    assert finished(random_policy(random.Random(1))).file == random_policy(random.Random(1)).file
