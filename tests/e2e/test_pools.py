# SPDX-License-Identifier: Apache-2.0
"""Money that several measures share, that is kept by area or for the policy's life; and what happens when it
runs short: a queue, a round that is divided in proportion."""

import pytest

from vclient import (DONE, INVALID, J, REFUSED, c_adopt, c_appropriate, c_claim, c_close, c_enterprise, c_withdraw,
                     day, fen, noon, uscc)

HEAD = """
policy: pools-2026
title: 资金
document: 资金1号
applies: {from: 2026-01-01, to: 2028-12-31}
statistics-from: 2026-01-01
time-zone: Asia/Shanghai
areas:
  - {code: "350602", name: 芗城区}
  - {code: "350603", name: 龙文区}
sources: [city, county]
fields:
  - {name: project, type: text}
  - {name: cost, type: money}
vouchers: {valid-to-year-end-after: 1, grace-days: 0}
pools:
  - {name: life, period: policy}
  - {name: county, period: year, by: area}
measures:
"""

MEASURE = """
  - code: %s
    name: %s
    english: %s
    kind: rate
    rate: 100 %%
    base: cost
    spending: [project]
    payee: enterprise
    ceilings: []
    fund-lines: %s
    odd-fen: city
    when-short: %s
"""


def measure(code, short="refuse", lines="[{source: city, share: 100 %}]"):
    return MEASURE % (code, code, code, lines, short)


POLICY = HEAD + "".join([
    measure("A", lines="[{source: city, share: 100 %, pool: both}]"),
    measure("B", lines="[{source: city, share: 100 %, pool: both}]"),
    measure("L", lines="[{source: city, share: 100 %, pool: life}]"),
    measure("C", lines="[{source: city, share: 50 %}, {source: county, share: 50 %, pool: county}]"),
    measure("Q", "queue"),
    measure("R", "round"),
])
WHO = [uscc(i) for i in range(1, 8)]


class City:
    def __init__(self, client):
        self.client = client
        client.set_clock(noon(day("2026-03-02")))
        client.done(c_adopt(POLICY.encode()))
        for i, code in enumerate(WHO):
            client.done(c_enterprise(code, area="350602" if i % 2 == 0 else "350603"))

    def money(self, name, amount, year=2026, source="city", area=None):
        c = c_appropriate(name, year, fen(amount), source=source)
        if area:
            c.appropriate.area = area
        return self.client.do(c)

    def claim(self, measure, project, cost, who=0, **rest):
        return self.client.do(c_claim(measure, WHO[who], {"project": project, "cost": cost}, **rest))

    def lines(self):
        return {(f.measure, f.year, f.source, f.area): f for f in self.client.funds().funds}


@pytest.fixture
def city(client):
    return City(client)


def face(outcome):
    assert outcome.kind == DONE and outcome.entry.issued.given == J.GIVEN_VOUCHER, outcome
    return outcome.entry.issued.face


def waits(outcome):
    """The fen that a claim waits for."""
    assert outcome.kind == DONE and outcome.entry.issued.given == J.GIVEN_PLACE, outcome
    assert not outcome.entry.postings and outcome.entry.issued.voucher == 0
    return outcome.entry.issued.wanted


def reason(outcome):
    assert outcome.kind == REFUSED, outcome
    return outcome.entry.refusal.reason


def field(outcome):
    assert outcome.kind == INVALID, outcome
    return outcome.fault.field


def test_two_measures_share_a_pool(city):
    assert field(city.money("A", "100")) == "appropriate.measure"
    city.money("both", "100")
    assert face(city.claim("A", "p1", "60")) == fen("60")
    short = city.claim("B", "p2", "60")
    assert reason(short) == J.FUNDS
    assert [l.at_most for l in short.entry.explanation.limits if l.binding] == [fen("40")]
    assert face(city.claim("B", "p2", "40")) == fen("40")


def test_a_pool_for_the_policys_life(city):
    assert field(city.money("life", "100", 2027)) == "appropriate.year"
    city.money("life", "100", 2026)
    assert face(city.claim("L", "p1", "70")) == fen("70")
    city.client.set_clock(noon(day("2028-05-05")))
    assert reason(city.claim("L", "p2", "31")) == J.FUNDS
    assert face(city.claim("L", "p2", "30")) == fen("30")


def test_a_pool_by_area(city):
    city.money("C", "1000")
    assert field(city.money("county", "10", source="county")) == "appropriate.area"
    assert field(city.money("both", "10", area="350602")) == "appropriate.area"
    city.money("county", "10", source="county", area="龙文区")
    assert reason(city.claim("C", "p1", "1", who=0)) == J.FUNDS  # its county has appropriated nothing
    assert face(city.claim("C", "p2", "20", who=1)) == fen("20")
    assert reason(city.claim("C", "p3", "0.02", who=3)) == J.FUNDS
    line = city.lines()[("county", 2026, "county", "350603")]
    assert (line.appropriated, line.stages.committed) == (fen("10"), fen("10"))


def test_a_queue_is_served_in_turn(city):
    city.money("Q", "100")
    assert face(city.claim("Q", "p1", "80")) == fen("80")
    second = city.claim("Q", "p2", "50", who=1)
    assert waits(second) == fen("50")
    assert [l.at_most for l in second.entry.explanation.limits if l.rule == J.LIMIT_FUNDS] == [fen("20")]
    assert waits(city.claim("Q", "p3", "10", who=2)) == fen("10")  # there is enough for it, but others come first
    assert reason(city.claim("Q", "p3", "10", who=2)) == J.WAITS
    assert reason(city.claim("Q", "p2", "50", who=1)) == J.FUNDS  # first, and still too little
    city.money("Q", "40")
    assert reason(city.claim("Q", "p3", "10", who=2)) == J.WAITS
    assert face(city.claim("Q", "p2", "50", who=1)) == fen("50")
    assert face(city.claim("Q", "p3", "10", who=2)) == fen("10")
    assert waits(city.claim("Q", "p4", "1", who=3)) == fen("1")
    assert city.lines()[("Q", 2026, "city", "")].stages.available == 0


def test_who_leaves_the_queue_lets_the_next_come_first(city):
    city.money("Q", "10")
    entries = []
    for i in range(1, 5):
        got = city.claim("Q", "p%d" % i, "11", who=i)
        assert waits(got) == fen("11")
        entries.append(got.entry.number)
    city.client.done(c_withdraw(entries[1]))
    assert reason(city.client.do(c_withdraw(entries[1]))) == J.NOT_DESIGNATED
    city.client.done(c_withdraw(entries[0]))
    city.money("Q", "12")
    assert reason(city.claim("Q", "p4", "11", who=4)) == J.WAITS
    assert face(city.claim("Q", "p3", "11", who=3)) == fen("11")
    assert waits(city.claim("Q", "p1", "11", who=1)) == fen("11")  # again, at the end
    assert face(city.claim("Q", "p4", "11", who=4)) == fen("11")
    assert reason(city.claim("Q", "p1", "11", who=1)) == J.FUNDS


def test_a_round_is_divided_in_proportion(city):
    """10.00 for 3.00, 4.00 and 5.00: 2.50, 3.33.., 4.16..; the fen left goes to the largest remainder.
    1000 x 300 / 1200 = 250; 1000 x 400 / 1200 = 333 1/3; 1000 x 500 / 1200 = 416 2/3 -> 250, 333, 417."""
    assert reason(city.claim("R", "p0", "3")) == J.NO_FUND_LINE
    city.money("R", "10")
    for i, cost in enumerate(("3", "4", "5")):
        assert waits(city.claim("R", "p%d" % i, cost, who=i)) == fen(cost)
    assert reason(city.claim("R", "p0", "3")) == J.WAITS
    closed = city.client.done(c_close("R"))
    assert (closed.round.claims, closed.round.wanted, closed.round.allowed) == (3, fen("12"), fen("10"))
    line = city.lines()[("R", 2026, "city", "")]
    assert (line.stages.available, line.stages.held) == (0, fen("10"))
    assert reason(city.client.do(c_close("R"))) == J.NOBODY_WAITS
    granted = [face(city.claim("R", "p%d" % i, cost, who=i)) for i, cost in enumerate(("3", "4", "5"))]
    assert granted == [fen("2.50"), fen("3.33"), fen("4.17")]
    line = city.lines()[("R", 2026, "city", "")]
    assert (line.stages.held, line.stages.committed) == (0, fen("10"))


def test_of_equal_remainders_the_earlier_entry_has_the_fen(city):
    """0.02 for three of 0.01: 2/3 of a fen each, two of them get one."""
    city.money("R", "0.02")
    for i in range(3):
        assert waits(city.claim("R", "p%d" % i, "0.01", who=i)) == 1
    city.client.done(c_close("R"))
    assert face(city.claim("R", "p0", "0.01", who=0)) == 1
    assert face(city.claim("R", "p1", "0.01", who=1)) == 1
    third = city.claim("R", "p2", "0.01", who=2)
    assert reason(third) == J.FUNDS
    assert [l.at_most for l in third.entry.explanation.limits if l.rule == J.LIMIT_ROUND] == [0]


def test_enough_money_for_a_round_is_given_whole(city):
    city.money("R", "10")
    assert waits(city.claim("R", "p0", "3")) == fen("3")
    assert waits(city.claim("R", "p1", "4", who=1)) == fen("4")
    closed = city.client.done(c_close("R", year=2026))
    assert closed.round.allowed == fen("7")
    # what came later belongs to the next round
    assert waits(city.claim("R", "p2", "5", who=2)) == fen("5")
    assert face(city.claim("R", "p1", "4", who=1)) == fen("4")
    assert city.client.done(c_close("R")).round.allowed == fen("3")
    assert face(city.claim("R", "p2", "5", who=2)) == fen("3")
    assert face(city.claim("R", "p0", "3")) == fen("3")


def test_what_a_claim_does_not_need_of_its_part_is_free_again(city):
    city.money("R", "10")
    first = city.claim("R", "p0", "3")
    assert waits(first) == fen("3")
    assert waits(city.claim("R", "p1", "4", who=1)) == fen("4")
    city.client.done(c_close("R"))
    assert reason(city.claim("R", "p1", "4", who=1, amount=fen("4.01"))) in (J.FUNDS, J.RATE)
    assert face(city.claim("R", "p1", "4", who=1, amount=fen("1.50"))) == fen("1.50")
    line = city.lines()[("R", 2026, "city", "")]
    assert (line.stages.available, line.stages.held, line.stages.committed) == (fen("5.50"), fen("3"), fen("1.50"))
    city.client.done(c_withdraw(first.entry.number))
    line = city.lines()[("R", 2026, "city", "")]
    assert (line.stages.available, line.stages.held) == (fen("8.50"), 0)
    assert waits(city.claim("R", "p0", "3")) == fen("3")


def test_rounds_are_for_measures_that_have_them(city):
    assert field(city.client.do(c_close("Q"))) == "close_round.measure"


def test_all_of_it_is_decided_again(city, daemon):
    test_a_round_is_divided_in_proportion(city)
    test_a_queue_is_served_in_turn(city)
    test_a_pool_by_area(city)
    daemon.stop()
    daemon.assert_book_ok()
