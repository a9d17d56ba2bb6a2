# SPDX-License-Identifier: Apache-2.0
"""What is payable is paid in batches, by payee: the enterprise, or the other party of its contract; and what the
bank returns is payable again."""

import pytest

from policies import zhangzhou
from vclient import (INVALID, J, REFUSED, c_adopt, c_appropriate, c_bank_return, c_contract, c_enterprise, c_issue,
                     c_pay, c_redeem, c_void, day, fen, invoice, uscc)

SELLER, BUYER, OTHER = uscc(1), uscc(2), uscc(3)
TODAY = day("2025-08-01")


def policy():
    """The shipped one, but measure 1 pays the provider, from two purses; 3B's claimant is the seller."""
    text = zhangzhou().file.decode()
    head, one, tail = text.partition('  - code: "1"\n')
    one += tail[:tail.index('  - code: "2"')]
    rest = tail[tail.index('  - code: "2"'):]
    one = one.replace("payee: enterprise", "payee: provider").replace(
        "- {source: city, share: 100 %}", "- {source: city, share: 50 %}\n      - {source: county, share: 50 %}")
    b = rest.index('  - code: "3B"')
    return (head + one + rest[:b] + rest[b:].replace("payee: enterprise", "payee: provider", 1)).encode()


class City:
    def __init__(self, client):
        self.client = client
        self.n = 0
        client.done(c_adopt(policy()))
        for m, source in (("1", "city"), ("1", "county"), ("3A", "city"), ("3B", "city")):
            client.done(c_appropriate(m, 2025, fen("1,000,000"), source=source))
        for code in (SELLER, BUYER, OTHER):
            client.done(c_enterprise(code, traits=["industrial", "annotation-platform"]))

    def voucher(self, measure="1", amount="100", who=BUYER, seller=SELLER, buyer=BUYER):
        self.n += 1
        number = "C%d" % self.n
        self.client.done(c_contract(number, seller, buyer, fen(amount)))
        return self.client.done(c_issue(measure, who, number)).issued.voucher

    def redeem(self, voucher, amount):
        self.n += 1
        return self.client.done(c_redeem(voucher, invoice(self.n), fen(amount), TODAY)).redeemed.paid

    def lines(self, measure="1"):
        return {f.source: f.stages for f in self.client.funds().funds if f.measure == measure}

    def list(self, **filters):
        return [v.voucher for v in self.client.vouchers(**filters)]


@pytest.fixture
def city(client):
    return City(client)


def reason(outcome):
    assert outcome.kind == REFUSED, outcome
    return outcome.entry.refusal.reason


def test_a_batch_is_paid_and_returned(city):
    """50 % of 100.00 from two purses: 25.00 each. An invoice of 50.01 pays 25.00: 12.50 from each."""
    a, b = city.voucher(), city.voucher()
    assert reason(city.client.do(c_pay([a]))) == J.NOTHING_TO_PAY
    assert city.redeem(a, "50.01") == fen("25")
    assert city.redeem(b, "100") == fen("50")
    got = city.client.done(c_pay([b, a]))
    assert got.paid.amount == fen("75")
    assert [(p.voucher, p.line, p.from_stage, p.to_stage, p.amount) for p in got.postings] == [
        (b, 1, J.PAYABLE, J.PAID, fen("25")), (b, 2, J.PAYABLE, J.PAID, fen("25")),
        (a, 1, J.PAYABLE, J.PAID, fen("12.50")), (a, 2, J.PAYABLE, J.PAID, fen("12.50"))]
    for stages in city.lines().values():
        assert (stages.committed, stages.payable, stages.paid) == (fen("12.50"), 0, fen("37.50"))
    again = city.client.do(c_pay([a]))
    assert reason(again) == J.NOTHING_TO_PAY and again.entry.refusal.voucher == a
    # the bank returns one; it is payable again with what comes to it
    assert city.client.done(c_bank_return([a])).paid.amount == fen("25")
    assert reason(city.client.do(c_bank_return([a]))) == J.NOTHING_TO_PAY
    assert city.redeem(a, "0.01") == fen("0.01")
    assert city.client.done(c_pay([a])).paid.amount == fen("25.01")
    stages = city.client.voucher(a).vouchers[0].stages
    assert (stages.committed, stages.payable, stages.paid) == (fen("24.99"), 0, fen("25.01"))
    # what was paid stays when the rest is void
    assert city.client.done(c_void(a)).freed.freed == fen("24.99")
    assert city.client.voucher(a).vouchers[0].stages.paid == fen("25.01")


def test_who_is_paid(city):
    by_buyer = city.voucher("1")                          # the provider: the seller
    by_seller = city.voucher("3B", who=SELLER)            # the other party: the buyer
    own = city.voucher("3A", seller=OTHER)                # the enterprise itself
    payees = {v.voucher: v.payee for v in city.client.vouchers()}
    assert payees == {by_buyer: SELLER, by_seller: BUYER, own: BUYER}
    assert city.client.voucher(by_buyer).vouchers[0].payee == SELLER
    for v in (by_buyer, by_seller, own):
        city.redeem(v, "100")
    other = city.client.do(c_pay([by_seller, by_buyer], payee=BUYER))
    assert reason(other) == J.OTHER_PAYEE
    assert (other.entry.refusal.voucher, other.entry.refusal.detail) == (by_buyer, SELLER)
    assert not other.entry.postings
    # a statement by payee: what is to be paid to whom
    assert city.list(payee=BUYER, to_pay=True) == [by_seller, own]
    assert city.list(payee=SELLER, to_pay=True) == [by_buyer]
    assert city.client.done(c_pay([by_seller, own], payee=BUYER)).paid.amount == fen("15") + fen("80")
    assert city.list(payee=BUYER, to_pay=True) == []
    assert city.list(payee=BUYER) == [by_seller, own]
    assert city.list(enterprise=BUYER, payee=BUYER) == [own]


def test_wrong_batches(city):
    v = city.voucher()
    for command, field in ((c_pay([]), "pay.vouchers"), (c_pay([v, v]), "pay.vouchers"), (c_pay([99]), "pay.vouchers"),
                           (c_pay([v], document=""), "pay.document"), (c_pay([v], payee="x"), "pay.payee"),
                           (c_pay(range(1, 258)), "pay.vouchers"), (c_bank_return([0]), "bank_return.vouchers")):
        got = city.client.do(command)
        assert got.kind == INVALID and got.fault.field == field, got
    # a number that is no voucher's is a mistake, whatever would be refused of those before it
    got = city.client.do(c_pay([v, 99]))
    assert got.kind == INVALID and got.fault.field == "pay.vouchers", got


def test_payments_are_folded_and_decided_again(city, daemon):
    test_a_batch_is_paid_and_returned(city)
    daemon.stop()
    daemon.assert_book_ok()
