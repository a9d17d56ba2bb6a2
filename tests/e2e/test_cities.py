# SPDX-License-Identifier: Apache-2.0
"""Invented cities whose policies together use every feature of the language; each figure worked out by hand,
the arithmetic beside it."""

import pytest

from cities import City, binding, ceiling, code_of, designated, face, fault, issued, paid, reason, recorded, refusal
from test_measures import keyed, person
from vclient import DONE, J, REFUSED, c_appropriate, c_bank_return, c_claim, c_pay, day, day_text, fen, micros, uscc

ONE, TWO, THREE, FOUR, FIVE = (uscc(n) for n in range(1, 6))


# ---- the harbour: rates and ceilings ----

def checked(daemon):
    """Each test's book is read again from its journal, and each command decided again."""
    assert daemon.stop() == 0
    daemon.assert_book_ok()


@pytest.fixture
def harbour(daemon):
    city = City(daemon.client(), "harbour")
    for n in range(1, 10):
        city.money("A%d" % n, "100,000,000")
    city.enterprise(ONE, traits=["sme"], related="group")
    city.enterprise(TWO, traits=["sme", "specialised"], related="group")
    city.enterprise(THREE, traits=["large"])
    city.enterprise(FOUR, area="990402", traits=["large"])
    city.enterprise(FIVE, area="990402")
    yield city
    checked(daemon)


def test_rates_by_class_of_item(harbour):
    assert face(harbour.claim("A1", ONE, order="1", cost="100000.01", item="training")) == fen("50,000.00")
    assert face(harbour.claim("A1", ONE, order="2", cost="100000.01", item="inference")) == fen("30,000.00")
    assert refusal(harbour.claim("A1", ONE, order="3", cost="5.00", item="storage")) == (J.CASE_REFUSES,
                                                                                          "存储不予支持")
    assert reason(harbour.claim("A1", ONE, order="4", cost="5.00", item="other")) == J.NO_CASE
    assert fault(harbour.claim("A1", ONE, order="5", cost="5.00", item="nothing")) == ("issue.facts.item", "nothing")
    assert fault(harbour.claim("A1", ONE, order="5", cost="5.00")) == ("issue.facts", "item")
    assert fault(harbour.claim("A1", ONE, cost="5.00", item="training")) == ("issue.facts", "order")
    assert fault(harbour.claim("A1", ONE, order="5", item="training")) == ("issue.facts", "cost")


def test_many_ceilings_at_once(harbour):
    # one claim: 50 % of 1,200,000 is 600,000, one claim at most 500,000
    first = harbour.claim("A1", ONE, order="1", cost="1200000.00", item="training")
    assert face(first) == fen("500,000")
    assert ceiling(first, "one claim") == (fen("500,000"), 0, fen("500,000"))
    assert binding(first).name == "one claim"
    # the year: 800,000 - 500,000
    second = harbour.claim("A1", ONE, order="2", cost="800000.00", item="training")
    assert face(second) == fen("300,000")
    assert binding(second).name == "an enterprise in a year"
    assert reason(harbour.claim("A1", ONE, order="3", cost="0.02", item="training")) == J.CEILING
    # the group: 1,000,000 - 800,000; TWO is of it
    third = harbour.claim("A1", TWO, order="4", cost="800000.00", item="training")
    assert face(third) == fen("200,000")
    assert ceiling(third, "a group") == (fen("1,000,000"), fen("800,000"), fen("200,000"))
    refused = harbour.claim("A1", TWO, order="5", cost="0.02", item="training")
    assert reason(refused) == J.CEILING and binding(refused).name == "a group"
    # the area: 1,200,000 - 1,000,000; THREE is in no group
    fourth = harbour.claim("A1", THREE, order="6", cost="800000.00", item="training")
    assert face(fourth) == fen("200,000")
    assert ceiling(fourth, "an area") == (fen("1,200,000"), fen("1,000,000"), fen("200,000"))
    # all together: 1,300,000 - 1,200,000; FOUR is in the other area
    fifth = harbour.claim("A1", FOUR, order="7", cost="800000.00", item="training")
    assert face(fifth) == fen("100,000")
    assert ceiling(fifth, "all together") == (fen("1,300,000"), fen("1,200,000"), fen("100,000"))
    assert binding(harbour.claim("A1", FIVE, order="8", cost="10.00", item="training")).name == "all together"


def test_what_is_paid_or_returned_counts_as_before(harbour):
    """500,000 by each of two orders, of 1,000,000 of a group; paid, and one returned by the bank."""
    vouchers = [issued(harbour.claim("A1", who, order=str(n), cost="1000000.00", item="training")).voucher
                for n, who in enumerate((ONE, TWO))]
    assert harbour.client.done(c_pay(vouchers)).paid.amount == fen("1,000,000")
    for then in (None, c_bank_return(vouchers[:1])):
        if then:
            harbour.client.done(then)
        got = harbour.claim("A1", TWO, order="3", cost="1000000.00", item="training")
        assert reason(got) == J.CEILING
        assert ceiling(got, "a group") == (fen("1,000,000"), fen("1,000,000"), 0)
        assert ceiling(got, "an area") == (fen("1,200,000"), fen("1,000,000"), fen("200,000"))


def test_what_was_counted_in_another_area_is_not_added_back(harbour):
    first = harbour.claim("A1", THREE, order="1", cost="1000000.00", item="training", amount="100,000")
    assert ceiling(first, "an area") == (fen("1,200,000"), 0, fen("1,200,000"))
    harbour.amend(THREE, area="990402")
    got = harbour.claim("A1", THREE, order="1", cost="1000000.00", item="training")
    assert face(got) == fen("400,000")
    assert ceiling(got, "an area") == (fen("1,200,000"), 0, fen("1,200,000"))
    assert ceiling(got, "all together") == (fen("1,300,000"), fen("100,000"), fen("1,300,000"))


def test_a_year_of_an_enterprise_begins_anew(harbour):
    harbour.money("A1", "1,000,000", year=2026)
    assert face(harbour.claim("A1", ONE, order="1", cost="1000000.00", item="training")) == fen("500,000")
    assert face(harbour.claim("A1", ONE, order="2", cost="1000000.00", item="training")) == fen("300,000")
    harbour.today("2026-01-01")
    # the year leaves 800,000 again, but the group 1,000,000 - 800,000
    third = harbour.claim("A1", ONE, order="3", cost="1000000.00", item="training")
    assert face(third) == fen("200,000")
    assert ceiling(third, "an enterprise in a year") == (fen("800,000"), 0, fen("800,000"))


def test_rates_by_trait(harbour):
    rates = [(ONE, "40"), (TWO, "60"), (THREE, "20"), (FIVE, "5")]
    for n, (buyer, percent) in enumerate(rates):
        harbour.contract("C%d" % n, FOUR, buyer, "100.00")
        assert face(harbour.claim("A2", buyer, "C%d" % n)) == fen(percent)
    harbour.contract("D", ONE, FOUR, "100.00")
    assert refusal(harbour.claim("A2", FOUR, "D")) == (J.CASE_REFUSES, "大型企业限东港区")
    # a trait on its last day, and the day after
    harbour.contract("E", FOUR, FIVE, "100.00")
    harbour.amend(FIVE, traits=[("sme", day("2025-01-01"), day("2025-08-01"))])
    assert face(harbour.claim("A2", FIVE, "E")) == fen("40")
    harbour.today("2025-08-02")
    harbour.contract("F", FOUR, FIVE, "100.00")
    assert face(harbour.claim("A2", FIVE, "F")) == fen("5")
    # specialised alone is no case
    harbour.amend(FIVE, traits=["specialised"])
    harbour.contract("G", FOUR, FIVE, "100.00")
    assert reason(harbour.claim("A2", FIVE, "G")) == J.NO_CASE
    # moved to the other area
    harbour.amend(FOUR, area="990401")
    assert face(harbour.claim("A2", FOUR, "D")) == fen("20")


@pytest.mark.parametrize("amount,gives", [
    ("100000.00", "10,000"), ("499999.99", "49,999.99"), ("500000.00", "100,000"), ("2000000.00", "400,000"),
    ("2000000.01", "500,000"), ("4999999.99", "1,249,999.99")])
def test_bands_of_a_claim(harbour, amount, gives):
    harbour.contract("C", TWO, ONE, amount)
    assert face(harbour.claim("A3", ONE, "C")) == fen(gives)


@pytest.mark.parametrize("amount,why,detail", [
    ("99999.99", J.CONDITION, "least"), ("5000000.00", J.NO_CASE, "A3"), ("5000000.01", J.CASE_REFUSES, "另行立项")])
def test_bands_that_give_nothing(harbour, amount, why, detail):
    harbour.contract("C", TWO, ONE, amount)
    assert refusal(harbour.claim("A3", ONE, "C")) == (why, detail)


def test_years_of_enjoyment(harbour):
    for year in (2026, 2027):
        harbour.money("A4", "1,000", year=year)
    for n in range(6):
        harbour.contract("C%d" % n, TWO, ONE, "100.00")
    assert face(harbour.claim("A4", ONE, "C0")) == fen("50")
    assert face(harbour.claim("A4", ONE, "C1")) == fen("50")  # the first year still
    harbour.today("2026-01-01")
    assert face(harbour.claim("A4", ONE, "C2")) == fen("30")
    assert face(harbour.claim("A4", ONE, "C3")) == fen("30")
    harbour.today("2027-12-31")
    assert refusal(harbour.claim("A4", ONE, "C4")) == (J.CASE_REFUSES, "最多两年")
    # another enterprise's first year
    harbour.contract("D", TWO, THREE, "100.00")
    assert face(harbour.claim("A4", THREE, "D")) == fen("50")


def test_a_year_between_does_not_count_as_enjoyed(harbour):
    harbour.money("A4", "1,000", year=2027)
    for n in range(2):
        harbour.contract("C%d" % n, TWO, ONE, "100.00")
    assert face(harbour.claim("A4", ONE, "C0")) == fen("50")
    harbour.today("2027-03-01")
    assert face(harbour.claim("A4", ONE, "C1")) == fen("30")


def test_support_from_outside_as_the_base(harbour):
    assert refusal(harbour.claim("A5", ONE, project="P")) == (J.CONDITION, "outside")
    harbour.outside("999.99", measure="A5", project="P")
    assert refusal(harbour.claim("A5", ONE, project="P")) == (J.CONDITION, "outside")
    harbour.outside("0.02", measure="A5", project="P")
    # 50 % of 1,000.01
    got = harbour.claim("A5", ONE, project="P")
    assert face(got) == fen("500.00")
    assert issued(got).basis == fen("1,000.01")
    # more comes from outside: 50 % of 801,000.01 = 400,500.00, one project 300,000.00, less 500.00
    harbour.outside("800,000", measure="A5", project="P")
    assert face(harbour.claim("A5", ONE, project="P")) == fen("299,500.00")
    assert reason(harbour.claim("A5", ONE, project="P")) == J.SUPPORTED_ALREADY


def test_support_from_outside_as_a_condition(harbour):
    harbour.contract("C", TWO, ONE, "1000.00")
    harbour.contract("D", TWO, ONE, "1000.00")
    assert face(harbour.claim("A9", ONE, "C")) == fen("300")
    harbour.outside("0.01", "D", TWO)
    assert face(harbour.claim("A9", ONE, "D")) == fen("100")


def test_bands_over_the_year_each_for_its_own(harbour):
    def claim(n, cost, who=ONE):
        return harbour.claim("A6", who, order=str(n), cost=cost)
    # 30,000 is below 50,000: recorded
    assert recorded(claim(1, "30000.00")) == fen("30,000")
    # the year 49,999.99: still
    assert recorded(claim(2, "19999.99")) == fen("19,999.99")
    # the year 60,000.00: 10 % of 10,000.01 and of the 49,999.99 recorded before
    got = claim(3, "10000.01")
    assert face(got) == fen("6,000") and issued(got).spent == fen("10,000.01")
    # the year 99,999.99: 10 % of 39,999.99
    assert face(claim(4, "39999.99")) == fen("3,999.99")
    # the year 100,000.00: 20 % of 0.01 is nothing
    assert reason(claim(5, "0.01")) == J.RATE
    # a refusal counts for nothing: the year 100,000.04, 20 % of 0.05
    assert face(claim(6, "0.05")) == fen("0.01")
    # the year 500,000.00: 30 % of 399,999.96 = 119,999.988
    assert face(claim(7, "399999.96")) == fen("119,999.98")
    # the year 1,000,000.00: 30 % of 500,000
    assert face(claim(8, "500000.00")) == fen("150,000")
    assert refusal(claim(9, "0.01")) == (J.CASE_REFUSES, "超过一百万元")
    # another enterprise has a year of its own
    assert face(claim(10, "100000.00", TWO)) == fen("20,000")


def test_a_year_of_spending_ends_with_the_year(harbour):
    harbour.money("A6", "1,000,000", year=2026)
    assert recorded(harbour.claim("A6", ONE, order="1", cost="30000.00")) == fen("30,000")
    harbour.today("2026-01-01")
    assert recorded(harbour.claim("A6", ONE, order="2", cost="49999.99")) == fen("49,999.99")
    # 10 % of 50,000.00
    assert face(harbour.claim("A6", ONE, order="3", cost="0.01")) == fen("5,000")


def test_the_year_decided_anew(harbour):
    def claim(n, cost):
        return harbour.claim("A7", ONE, order=str(n), cost=cost)
    assert recorded(claim(1, "30000.00")) == fen("30,000")
    # 10 % of 60,000
    assert face(claim(2, "30000.00")) == fen("6,000")
    # 20 % of 110,000 = 22,000, less 6,000
    got = claim(3, "50000.00")
    assert face(got) == fen("16,000")
    year = [l for l in got.entry.explanation.limits if l.rule == J.LIMIT_YEAR]
    assert [(l.basis, l.rate, l.used, l.at_most) for l in year] == [(fen("110,000"), 200_000, fen("6,000"),
                                                                    fen("16,000"))]
    # 30 % of 510,000 = 153,000, less 22,000
    assert face(claim(4, "400000.00")) == fen("131,000")
    # 30 % of 800,000 = 240,000, less 153,000
    assert face(claim(5, "290000.00")) == fen("87,000")
    # 15 % of 900,000 = 135,000, less 240,000: nothing, never less
    assert reason(claim(6, "100000.00")) == J.RATE
    # 15 % of 1,800,000 = 270,000, less 240,000
    assert face(claim(7, "1000000.00")) == fen("30,000")


@pytest.mark.parametrize("measure", ["A6", "A7"])
def test_a_spending_counts_once_in_the_year(harbour, measure):
    """One order claimed for again and again would reach the least amount, and then higher bands."""
    def claim(n, cost, **more):
        return harbour.claim(measure, ONE, order=str(n), cost=cost, **more)
    assert recorded(claim(1, "30000.00")) == fen("30,000")
    again = claim(1, "30000.00")
    assert reason(again) == J.EXISTS
    # 10 % of 60,000.00, of which a part is asked for
    assert face(claim(2, "30000.00", amount="10")) == fen("10")
    assert reason(claim(2, "100000.00")) == J.EXISTS
    harbour.today("2026-02-01")
    harbour.money(measure, "1,000", year=2026)
    assert reason(claim(1, "60000.00")) == J.EXISTS
    assert face(claim(3, "50000.00", amount="1")) == fen("1")


FACTS = {"nodes": 10, "load": "0.5001", "since": "2025-05-31", "cost": "100000.00"}


def room(city, who=ONE, project="P", month="2025-07", **facts):
    return city.claim("A8", who, project=project, month=month, **dict(FACTS, **facts))


def test_conditions_on_what_is_stated(harbour):
    # 12.5 % from July, where it began before June
    assert face(room(harbour)) == fen("12,500")
    assert refusal(room(harbour, nodes=9, project="Q")) == (J.CONDITION, "nodes")
    assert refusal(room(harbour, load="0.5", project="Q")) == (J.CONDITION, "load")
    assert reason(room(harbour, since="2025-06-01", project="Q")) == J.NO_CASE
    assert reason(room(harbour, month="2025-03", project="Q")) == J.NO_CASE
    assert face(room(harbour, month="2025-02", project="Q")) == fen("1,000")
    # 33.3333 % of 100,000 = 33,333.30, of an enterprise in a month 25,000 at most
    got = room(harbour, month="2025-03", project="R", paid_in="1000000.00")
    assert face(got) == fen("25,000")
    assert reason(room(harbour, month="2025-03", project="S", paid_in="999999.99")) == J.NO_CASE
    assert reason(room(harbour, month="2025-04", project="S", paid_in="2000000.01")) == J.NO_CASE


def test_ceilings_by_fields(harbour):
    # 12.5 % of 160,000 = 20,000
    assert face(room(harbour, cost="160000.00")) == fen("20,000")
    # of the enterprise in July 25,000 - 20,000
    second = room(harbour, project="Q", cost="160000.00")
    assert face(second) == fen("5,000") and binding(second).name == "an enterprise in a month"
    # another enterprise in July on the same project, of which 40,000 - 20,000 are left; but the spending (project
    # and month) is the first one's
    assert reason(room(harbour, TWO, cost="160000.00")) == J.OTHER_BENEFICIARY
    # in August: of the project 20,000 are left, though 25,000 of the month
    harbour.today("2025-08-31")
    third = room(harbour, TWO, month="2025-08", cost="300000.00")
    assert face(third) == fen("20,000") and binding(third).name == "one project"


def test_a_share_of_a_stated_field(harbour):
    # 50 % of 10,000.01 paid in; the rate alone gives 12,500
    got = room(harbour, paid_in="10000.01")
    assert face(got) == fen("5,000")
    assert ceiling(got, "half of what was paid in") == (fen("5,000"), 0, fen("5,000"))
    # not stated: it does not bind
    assert face(room(harbour, project="Q")) == fen("12,500")


@pytest.mark.parametrize("name,value", [
    ("nodes", "-1"), ("nodes", "1.5"), ("nodes", "1000000000000"), ("load", "0.00001"), ("load", "1e3"),
    ("since", "2025-02-30"), ("since", "2025-2-3"), ("month", "2025-13"), ("month", "2025-7"), ("cost", "0.001"),
    ("cost", "1,000.00"), ("paid_in", "-0.01"), ("project", "一" * 22)])
def test_what_is_no_value_of_a_field(harbour, name, value):
    assert fault(room(harbour, **{name: value}))[0] == "issue.facts." + name.replace("_", "-")


@pytest.mark.parametrize("value", ["", "a\nb", "x" * 129])
def test_what_is_no_value_at_all(harbour, value):
    assert fault(harbour.claim("A5", ONE, project=value))[0] == "issue.facts[0].value"


def test_months_that_do_not_count(harbour):
    assert refusal(room(harbour, month="2024-12")) == (J.SPENDING_TIME, "month")
    assert refusal(room(harbour, month="2025-09")) == (J.SPENDING_TIME, "month")


# ---- the hills: contracts, and what else is supported ----

def hills_of(client):
    city = City(client, "hills")
    for m in ["B%d" % n for n in range(1, 12)]:
        city.money(m, "100,000,000")
    for code, related in ((ONE, "group"), (TWO, "group"), (THREE, "other"), (FOUR, None), (FIVE, None)):
        city.enterprise(code, area="990501", related=related)
    return city


@pytest.fixture
def hills(daemon):
    yield hills_of(daemon.client())
    checked(daemon)


def test_first_right_until_a_day(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    hills.contract("D", THREE, ONE, "1000.00")
    early = hills.claim("B1", THREE, "C")
    assert reason(early) == J.FIRST_RIGHT and early.entry.refusal.day == day("2025-08-31")
    assert reason(hills.claim("B1", FOUR, "C")) == J.WRONG_PARTY
    assert face(hills.claim("B1", ONE, "C")) == fen("300")
    hills.client.set_clock(micros("2025-08-31T23:59:59.999999+08:00"))
    assert reason(hills.claim("B1", THREE, "D")) == J.FIRST_RIGHT
    hills.client.set_clock(micros("2025-09-01T00:00:00+08:00"))
    assert face(hills.claim("B1", THREE, "D")) == fen("300")
    assert reason(hills.claim("B1", THREE, "C")) == J.OTHER_BENEFICIARY
    # the buyer keeps his right
    hills.contract("E", THREE, ONE, "1000.00")
    assert face(hills.claim("B1", ONE, "E")) == fen("300")


def test_one_voucher_a_contract(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    first = hills.claim("B1", ONE, "C", amount="100")
    assert face(first) == fen("100")
    second = hills.claim("B1", ONE, "C")
    assert refusal(second) == (J.COUNT, "one voucher a contract")
    told = binding(second)
    assert (told.rule, told.limit, told.used) == (J.LIMIT_COUNT, 1, 1)
    hills.void(issued(first).voucher)  # freed whole: it does not count any more
    third = hills.claim("B1", ONE, "C")
    assert face(third) == fen("300")
    # redeemed in part and voided: it counts
    assert paid(hills.redeem(issued(third).voucher, "10.00", "2025-08-01")) == fen("3")
    hills.void(issued(third).voucher)
    assert refusal(hills.claim("B1", ONE, "C")) == (J.COUNT, "one voucher a contract")


@pytest.mark.parametrize("signed,inside", [("2025-01-31", False), ("2025-02-01", True), ("2025-09-30", True),
                                           ("2025-10-01", False)])
def test_a_window_of_signing(hills, signed, inside):
    hills.today("2025-11-01")
    hills.contract("C", THREE, ONE, "1000.00", signed=signed)
    got = hills.claim("B1", ONE, "C")
    if inside:
        assert face(got) == fen("300")
    else:
        assert reason(got) == J.CONTRACT_WINDOW


def test_related_parties(hills):
    hills.contract("C", TWO, ONE, "1000.00")
    assert reason(hills.claim("B1", ONE, "C")) == J.RELATED_PARTIES
    hills.contract("D", FIVE, FOUR, "1000.00")  # neither is of a group
    assert face(hills.claim("B1", FOUR, "D")) == fen("300")
    hills.amend(FOUR, related="other")
    hills.contract("E", THREE, FOUR, "1000.00")
    assert reason(hills.claim("B1", FOUR, "E")) == J.RELATED_PARTIES


def test_a_group_that_excludes(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    first = hills.claim("B2", ONE, "C")
    assert face(first) == fen("200")
    # though 400.00 would be more
    second = hills.claim("B3", ONE, "C")
    assert reason(second) == J.SUPPORTED_ALREADY
    assert list(second.entry.explanation.holders) == [issued(first).voucher]
    hills.void(issued(first).voucher)
    assert face(hills.claim("B3", ONE, "C")) == fen("400")
    assert reason(hills.claim("B2", ONE, "C")) == J.SUPPORTED_ALREADY


def test_support_from_outside_that_excludes(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    hills.outside("0.01", "C", THREE)
    assert reason(hills.claim("B2", ONE, "C")) == J.SUPPORTED_OUTSIDE
    assert reason(hills.claim("B3", ONE, "C")) == J.SUPPORTED_OUTSIDE
    # declared after the voucher: the voucher stands, another is refused
    hills.contract("D", THREE, ONE, "1000.00")
    assert face(hills.claim("B2", ONE, "D", amount="100")) == fen("100")
    hills.outside("0.01", "D", THREE)
    assert reason(hills.claim("B2", ONE, "D")) == J.SUPPORTED_OUTSIDE


def test_a_group_that_adds_up(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    assert face(hills.claim("B4", ONE, "C")) == fen("400")
    # 30 % is 300; 60 % of 1,000 less 400
    got = hills.claim("B5", ONE, "C")
    assert face(got) == fen("200")
    told = binding(got)
    assert (told.rule, told.rate, told.basis, told.used, told.at_most) == (
        J.LIMIT_GROUP, 600_000, fen("1,000"), fen("400"), fen("200"))
    # either alone is full now
    assert reason(hills.claim("B4", ONE, "C")) == J.SUPPORTED_ALREADY
    assert reason(hills.claim("B5", ONE, "C")) == J.SUPPORTED_ALREADY


def test_a_group_that_adds_up_with_support_from_outside(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    hills.outside("150", "C", THREE)
    assert face(hills.claim("B5", ONE, "C")) == fen("300")
    # 60 % of 1,000 less 300 and 150 from outside
    assert face(hills.claim("B4", ONE, "C")) == fen("150")


def test_no_measure_of_a_group_that_adds_up_gives_more_than_its_rate(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    assert face(hills.claim("B4", ONE, "C", amount="150")) == fen("150")
    # 40 % of 1,000 less 150, though of 60 % 450 are left
    got = hills.claim("B4", ONE, "C")
    assert face(got) == fen("250") and binding(got).rule == J.LIMIT_SUPPORT
    assert reason(hills.claim("B4", ONE, "C")) == J.SUPPORTED_ALREADY
    assert face(hills.claim("B5", ONE, "C")) == fen("200")


def test_support_from_outside_declared_later(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    four, five = issued(hills.claim("B4", ONE, "C")), issued(hills.claim("B5", ONE, "C"))
    assert (four.face, five.face) == (fen("400"), fen("200"))
    hills.outside("50", "C", THREE)
    assert paid(hills.redeem(four.voucher, "1000.00", "2025-08-01")) == fen("400")
    # the same invoice on the other voucher: 60 % of 1,000 less 400 redeemed and 50 from outside
    hills.invoices -= 1
    got = hills.redeem(five.voucher, "1000.00", "2025-08-01")
    assert paid(got) == fen("150") and got.entry.redeemed.invoice_shared
    assert binding(got).rule == J.LIMIT_GROUP


def test_a_group_that_adds_up_pays_for_what_was_invoiced(hills):
    """Half of the contract is invoiced: 60 % of it in all, though 40 % and 30 % are 70 %."""
    hills.contract("C", THREE, ONE, "1000.00")
    four, five = issued(hills.claim("B4", ONE, "C")), issued(hills.claim("B5", ONE, "C"))
    assert paid(hills.redeem(four.voucher, "500.00", "2025-08-01")) == fen("200")
    hills.invoices -= 1
    assert paid(hills.redeem(five.voucher, "500.00", "2025-08-01")) == fen("100")


def test_a_key_that_is_a_part_of_the_spending(hills):
    hills.today("2026-03-01")
    for m in ("B6", "B7"):
        hills.money(m, "1,000,000", year=2026)
    one = hills.claim("B6", ONE, project="P", year_of="2025", cost="1000.00")
    assert fault(one) == ("issue.facts", "year-of")

    def of_year(year, cost, who=ONE):
        facts = {"project": "P", "year": year, "cost": cost}
        return hills.client.do(c_claim("B6", who, facts))
    first = of_year("2025", "1000.00")
    assert face(first) == fen("100")
    # another year of the project stands beside it
    assert face(of_year("2026", "2000.00")) == fen("200")
    # the whole project: 25 % of 2,000 less 100 and 200
    whole = hills.claim("B7", ONE, project="P", cost="2000.00")
    assert face(whole) == fen("200")
    # 2025 again: 10 % of 3,100 = 310, less its 100 and the project's 200
    assert face(of_year("2025", "3100.00")) == fen("10")
    assert reason(of_year("2025", "3100.00")) == J.SUPPORTED_ALREADY
    assert reason(of_year("2026", "1.00", TWO)) == J.OTHER_BENEFICIARY
    # 25 % of 10,000 = 2,500; the ceiling over both 600 less 510, which the project itself holds and is added back;
    # of the 600 the project has 510
    more = hills.claim("B7", ONE, project="P", cost="10000.00")
    assert face(more) == fen("90")
    told = [l for l in more.entry.explanation.limits if l.name == "both"]
    assert [(l.used, l.own, l.at_most) for l in told] == [(fen("510"), fen("510"), fen("600"))]
    # another project
    assert face(hills.claim("B7", TWO, project="Q", cost="2000.00")) == fen("500")


def test_terms_from_the_signing_and_between_days(hills):
    hills.contract("C", THREE, ONE, "1000.00", signed="2025-03-15")

    def claim(starts, ends):
        return hills.claim("B8", ONE, "C", attest=["review"], tool="编译器", starts=starts, ends=ends)
    # a month from 2025-03-15 ends on 2025-04-14
    short = claim("2025-04-13", "2027-01-01")
    assert reason(short) == J.TERM_TOO_SHORT and short.entry.refusal.day == day("2025-04-14")
    # twelve months from 2025-04-14 end on 2026-04-13
    short = claim("2025-04-14", "2026-04-12")
    assert reason(short) == J.TERM_TOO_SHORT and short.entry.refusal.day == day("2026-04-13")
    assert face(claim("2025-04-14", "2026-04-13")) == fen("500")


@pytest.mark.parametrize("signed,month_ends", [
    ("2025-01-28", "2025-02-27"), ("2025-01-29", "2025-02-28"), ("2025-01-31", "2025-02-28"),
    ("2025-02-01", "2025-02-28"), ("2025-02-28", "2025-03-27"), ("2024-01-31", "2024-02-29")])
def test_a_month_from_the_end_of_a_month(hills, signed, month_ends):
    """A month that has no such day ends the term with its last."""
    hills.contract("C", THREE, ONE, "1000.00", signed=signed)

    def claim(starts):
        return hills.claim("B8", ONE, "C", attest=["review"], tool="编译器", ends="2026-12-31",
                           starts=day_text(starts))
    short = claim(day(month_ends) - 1)
    assert reason(short) == J.TERM_TOO_SHORT and short.entry.refusal.day == day(month_ends)
    assert face(claim(day(month_ends))) == fen("500")


def test_listed_words_and_papers(hills):
    hills.contract("C", THREE, ONE, "1000.00")
    term = {"starts": "2025-05-01", "ends": "2026-12-31"}
    assert refusal(hills.claim("B8", ONE, "C", attest=["review"], tool="浏览器", **term)) == (J.CONDITION, "tool")
    assert refusal(hills.claim("B8", ONE, "C", tool="数据库", **term)) == (J.ATTESTATION_MISSING, "review")
    got = hills.claim("B8", ONE, "C", attest=["review"], tool="数据库", **term)
    assert face(got) == fen("500")
    voucher = issued(got).voucher
    assert refusal(hills.redeem(voucher, "100.00", "2025-08-01", ["acceptance"])) == (J.ATTESTATION_MISSING,
                                                                                      "delivery")
    assert refusal(hills.redeem(voucher, "100.00", "2025-08-01")) == (J.ATTESTATION_MISSING, "acceptance")
    assert paid(hills.redeem(voucher, "100.00", "2025-08-01", ["acceptance", "delivery"])) == fen("50")


def test_windows_of_intake(make_daemon):
    city = hills_of(make_daemon(clock="2025-03-01T08:59:59.999999+08:00").start().client())
    city.contract("C", THREE, ONE, "1000.00", signed="2025-02-01")

    def claim(at):
        city.client.set_clock(micros(at))
        return city.claim("B8", ONE, "C", attest=["review"], amount="1", tool="编译器", starts="2025-05-01",
                          ends="2026-12-31")
    assert reason(claim("2025-03-01T08:59:59.999999+08:00")) == J.INTAKE_CLOSED
    assert face(claim("2025-03-01T09:00:00+08:00")) == fen("1")
    assert face(claim("2025-03-31T17:00:00+08:00")) == fen("1")  # the end is inclusive
    assert reason(claim("2025-03-31T17:00:00.000001+08:00")) == J.INTAKE_CLOSED
    assert reason(claim("2025-08-01T08:59:59.999999+08:00")) == J.INTAKE_CLOSED
    assert face(claim("2025-08-15T16:59:59.999999+08:00")) == fen("1")
    assert reason(claim("2025-08-15T17:00:00+08:00")) == J.INTAKE_CLOSED  # the end is exclusive


def test_ceilings_on_what_is_redeemed(hills):
    papers = ["acceptance", "delivery"]
    vouchers = []
    for n, buyer in enumerate((ONE, ONE, FOUR)):
        hills.contract("C%d" % n, THREE, buyer, "4000.00")
        got = hills.claim("B8", buyer, "C%d" % n, attest=["review"], tool="编译器", starts="2025-05-01",
                          ends="2026-12-31")
        assert face(got) == fen("2,000")  # nothing is redeemed yet
        vouchers.append(issued(got).voucher)
    assert paid(hills.redeem(vouchers[0], "1600.00", "2025-08-01", papers)) == fen("800")
    # 50 % of 1,600 = 800; of 1,000 paid in a year 200 are left
    got = hills.redeem(vouchers[1], "1600.00", "2025-08-01", papers)
    assert paid(got) == fen("200") and ceiling(got, "paid in a year") == (fen("1,000"), fen("800"), fen("200"))
    # of another enterprise 1,000; but of 1,500 paid to all 500 are left
    got = hills.redeem(vouchers[2], "4000.00", "2025-08-01", papers)
    assert paid(got) == fen("500") and ceiling(got, "paid to all") == (fen("1,500"), fen("1,000"), fen("500"))
    assert paid(hills.redeem(vouchers[0], "100.00", "2025-08-01", papers)) == 0


def test_designations_that_the_seller_holds(hills):
    hills.contract("C", THREE, ONE, "1000.00", signed="2025-08-01")
    hills.contract("D", THREE, ONE, "1000.00", signed="2025-08-02")

    def claim(contract, served_on, measure="B9", **more):
        return hills.claim(measure, ONE, contract, served_on=served_on, **more)
    assert refusal(claim("C", "2025-08-01")) == (J.DESIGNATION_MISSING, "D1")
    assert fault(hills.claim("B9", ONE, "C")) == ("issue.facts", "served-on")
    hills.today("2025-08-02")
    given = designated(hills.claim("D1", THREE, attest=["review"], project="P"))
    assert reason(claim("C", "2025-08-01")) == J.DESIGNATION_MISSING  # the day before
    assert reason(claim("C", "2025-08-03")) == J.DESIGNATION_MISSING  # of a day to come nobody knows
    assert face(claim("C", "2025-08-02", amount="1")) == fen("1")
    # when it was signed
    assert reason(hills.claim("B11", ONE, "C")) == J.DESIGNATION_MISSING
    assert face(hills.claim("B11", ONE, "D")) == fen("500")
    # held by oneself
    assert refusal(hills.claim("B10", ONE, project="X", cost="10.00")) == (J.DESIGNATION_MISSING, "D1")
    assert face(hills.claim("B10", THREE, project="X", cost="10.00")) == fen("5")
    # withdrawn: the days before stay
    hills.today("2025-08-10")
    assert hills.withdraw(given).kind == DONE
    assert reason(hills.withdraw(given)) == J.NOT_DESIGNATED
    assert face(claim("C", "2025-08-09", amount="1")) == fen("1")
    assert reason(claim("C", "2025-08-10")) == J.DESIGNATION_MISSING
    assert reason(hills.claim("B10", THREE, project="Y", cost="10.00")) == J.DESIGNATION_MISSING


def test_cases_of_a_designation(hills):
    facts = {"year": "2025"}
    assert reason(hills.claim("D2", FOUR, project="P")) == J.NO_CASE
    assert hills.client.do(c_claim("D2", FOUR, dict(facts, project="P"))).kind == DONE
    hills.amend(FIVE, traits=["new"])
    assert refusal(hills.client.do(c_claim("D2", FIVE, dict(facts, project="Q")))) == (J.CASE_REFUSES,
                                                                                       "新设企业不予认定")
    # one project is designated once
    assert reason(hills.client.do(c_claim("D2", TWO, dict(facts, project="P")))) == J.EXISTS


# ---- the park: awards, units, persons, loans; several papers and purses ----

SCHOOL, BUREAU = code_of("12", 7), code_of("11", 8)
YI, ER = person(1), person(2)


def parts(outcome):
    """(source's line, amount) of what was committed, by line."""
    return [(p.line, p.amount) for p in sorted(outcome.entry.postings, key=lambda p: p.line)
            if p.to_stage == J.COMMITTED]


@pytest.fixture
def park(make_daemon, home):
    daemon = make_daemon(extra=keyed(home)).start()
    city = City(daemon.client(), "park")
    for m in ("C1", "C5", "C6", "C7", "C8", "C9"):
        city.money(m, "10,000,000")
    city.money("talent", "100,000")
    for code in (ONE, TWO, THREE, SCHOOL, BUREAU):
        city.enterprise(code, area="园区")
    yield city
    checked(daemon)


def purses(park, measure, *amounts):
    return [park.money(measure, amount, source=s).line.line
            for s, amount in zip(("city", "county", "province"), amounts)]


def contest(park, who, team, **facts):
    return park.claim("C1", who, attest=["certificate"], **dict({"contest": "K", "team": team}, **{
        k.replace("klass", "class"): v for k, v in facts.items()}))


def test_a_table_of_awards_and_sponsors(park):
    assert face(contest(park, ONE, "甲队", klass="gold")) == fen("30,000")
    assert face(contest(park, SCHOOL, "乙队", klass="gold")) == fen("50,000")
    assert face(contest(park, ONE, "丙队", klass="silver")) == fen("10,000.55")
    assert refusal(contest(park, TWO, "丁队", klass="bronze")) == (J.CASE_REFUSES, "三等不予奖励")
    assert reason(contest(park, TWO, "丁队", klass="other")) == J.NO_CASE
    assert reason(contest(park, BUREAU, "丁队", klass="gold")) == J.NOT_BENEFICIARY
    # a team once, whoever sponsors it
    assert reason(contest(park, TWO, "甲队", klass="gold")) == J.OTHER_BENEFICIARY
    again = contest(park, SCHOOL, "乙队", klass="silver")
    assert refusal(again) == (J.COUNT, "a team once")
    # ONE has sponsored two teams of this contest; of another contest it may
    third = contest(park, ONE, "丁队", klass="silver")
    assert refusal(third) == (J.COUNT, "two teams of a sponsor")
    assert face(contest(park, ONE, "丁队", klass="silver", contest="L")) == fen("10,000.55")
    # the contest: 100,000 less 90,000.55
    last = contest(park, TWO, "戊队", klass="gold")
    assert face(last) == fen("9,999.45") and ceiling(last, "one contest") == (fen("100,000"), fen("90,000.55"),
                                                                             fen("9,999.45"))


@pytest.mark.parametrize("team", ["甲|乙", "一" * 21 + "x"])
def test_names_of_spending(park, team):
    """Without a bar; with the contest's at most 64 bytes in all."""
    assert park.claim("C1", ONE, attest=["certificate"], contest="K", team=team).kind not in (DONE, REFUSED)


def test_a_fixed_sum_once(park):
    first = park.claim("C2", ONE, project="P")
    assert face(first) == fen("80,000") and issued(first).paid_out
    assert refusal(park.claim("C2", ONE, project="Q")) == (J.COUNT, "once")


def test_a_pool_that_measures_share(park):
    assert face(park.claim("C2", ONE, project="P")) == fen("80,000")
    # the ceiling over both: 120,000 less 80,000; but of 100,000 in the pool 20,000 are left
    got = park.claim("C3", ONE, project="Q")
    assert face(got) == fen("20,000")
    assert ceiling(got, "both in a year") == (fen("120,000"), fen("80,000"), fen("40,000"))
    assert binding(got).rule == J.LIMIT_FUNDS
    assert reason(park.claim("C2", TWO, project="R")) == J.FUNDS
    assert reason(park.claim("C3", TWO, project="R")) == J.FUNDS
    park.money("talent", "1,000,000")
    # Q up to 40,000: what the spending holds itself is added back to the ceiling
    assert face(park.claim("C3", ONE, project="Q")) == fen("20,000")
    assert reason(park.claim("C3", ONE, project="S")) == J.CEILING
    # one project: 80,000 by C2 are more than 50,000 by C3; the other way round a top-up
    assert reason(park.claim("C3", ONE, project="P")) == J.SUPPORTED_ALREADY
    assert face(park.claim("C3", TWO, project="R")) == fen("50,000")
    assert face(park.claim("C2", TWO, project="R")) == fen("30,000")
    funds = [f for f in park.client.funds().funds if f.measure == "talent"]
    # 1,100,000 - 80,000 - 20,000 - 20,000 - 50,000 - 30,000
    assert [(f.appropriated, f.stages.available) for f in funds] == [(fen("1,100,000"), fen("900,000"))]


def test_measures_of_a_pool_have_no_money_of_their_own(park):
    c = c_appropriate("C2", 2025, 100)
    assert fault(park.client.do(c))[0] == "appropriate.measure"


def test_units_and_the_odd_fen(park):
    city, county, province = purses(park, "C4", "10,000", "10,000", "20,000")
    # 0.0033 x 12.34 = 0.040722
    got = park.claim("C4", ONE, project="P", volume="0.0033")
    assert face(got) == 4 and parts(got) == [(city, 1), (county, 1), (province, 2)]
    # 1,000.5 at most: 12,346.17; a quarter is 3,086.5425
    got = park.claim("C4", ONE, project="Q", volume="2000")
    assert face(got) == fen("12,346.17")
    assert parts(got) == [(city, fen("3,086.54")), (county, fen("3,086.54")), (province, fen("6,173.09"))]
    told = [l for l in got.entry.explanation.limits if l.rule == J.LIMIT_UNIT]
    assert [(l.basis, l.at_most, l.quantity) for l in told] == [(fen("12.34"), fen("12,346.17"), 10_005_000)]
    # 999.9999 x 12.34 = 12,339.998766
    assert face(park.claim("C4", ONE, project="R", volume="999.9999")) == fen("12,339.99")
    assert reason(park.claim("C4", ONE, project="S", volume="0.0008")) == J.RATE
    assert reason(park.claim("C4", ONE, project="S", volume="0")) == J.RATE


def test_the_last_one_gets_what_is_left(park):
    """A whole face must fit: with 1.00, 0.10 and 5.00 in the purses 0.43 does: 0.10, 0.10, 0.23; 0.44 would need
    0.11 of the county."""
    city, county, province = purses(park, "C4", "1.00", "0.10", "5.00")
    got = park.claim("C4", ONE, project="P", volume="1")
    assert face(got) == fen("0.43") and parts(got) == [(city, 10), (county, 10), (province, 23)]
    assert binding(got).rule == J.LIMIT_FUNDS


def seats(park, who, site="S", year=2025, seats=100, **facts):
    return park.client.do(c_claim("C5", who, dict(facts, site=site, year=year, seats=seats)))


def test_seats_of_a_year(park):
    for year in (2026, 2027):
        park.money("C5", "10,000,000", year=year)
    assert refusal(seats(park, ONE, year=2026)) == (J.SPENDING_TIME, "year")
    assert refusal(seats(park, ONE, year=2024)) == (J.SPENDING_TIME, "year")
    assert face(seats(park, ONE, seats=120)) == fen("360,000")  # of 100 at most
    # 33.3333 % of 30,000 = 9,999.99
    rented = seats(park, TWO, site="T", seats=10, rent="30000.00")
    assert face(rented) == fen("9,999.99") and binding(rented).name == "a third of the rent"
    park.today("2027-02-01")
    assert face(seats(park, THREE, year=2026, seats=1)) == fen("3,600")
    assert refusal(seats(park, THREE, year=2027, seats=1)) == (J.COUNT, "two years of a site")


def test_months_from_the_first_grant(park):
    assert face(seats(park, ONE)) == fen("360,000")
    park.today("2025-10-31")  # three months from 2025-08-01 end today
    second = seats(park, ONE, site="T")
    assert face(second) == fen("140,000") and ceiling(second, "three months") == (fen("500,000"), fen("360,000"),
                                                                               fen("140,000"))
    assert reason(seats(park, ONE, site="U", seats=1)) == J.CEILING
    assert face(seats(park, TWO, site="U", seats=1)) == fen("3,600")
    park.today("2026-01-30")  # TWO's end today: of its 500,000 496,400 are left
    park.money("C5", "10,000,000", year=2026)
    assert face(seats(park, TWO, site="V", seats=2)) == fen("7,200")
    park.today("2026-01-31")
    late = seats(park, TWO, site="W", seats=1)
    assert reason(late) == J.CEILING and binding(late).name == "three months" and binding(late).at_most == 0


def housing(park, who, number, month, staff):
    c = c_claim("C6", who, {"month": month, "staff": staff})
    c.issue.person.field, c.issue.person.type, c.issue.person.number = "person", "resident-id", number
    return park.client.do(c)


def test_months_of_a_person(park):
    assert face(housing(park, ONE, YI, "2025-05", 8)) == fen("300")
    assert face(housing(park, TWO, YI, "2025-06", 8)) == fen("300")
    assert refusal(housing(park, THREE, YI, "2025-07", 8)) == (J.COUNT, "two months of a person")
    # an eighth of 15 is 1, of 16 is 2, of 7 is none
    assert refusal(housing(park, ONE, ER, "2025-05", 15)) == (J.COUNT, "an eighth")
    assert face(housing(park, ONE, ER, "2025-05", 16)) == fen("300")
    none = housing(park, THREE, ER, "2025-07", 7)
    assert refusal(none) == (J.COUNT, "an eighth") and binding(none).limit == 0


def loan(park, who, number, rate=None, **facts):
    facts = dict({"loan": number, "principal": "1000000.00", "from": "2025-01-01", "to": "2025-07-01"}, **facts)
    c = c_claim("C7", who, facts)
    if rate is not None:
        c.issue.rate = rate
    return park.client.do(c)


def test_interest_by_days_of_360(park):
    # 1,000,000.00 x 2 % x 181 / 360 = 10,055.5555...
    got = loan(park, ONE, "1")
    assert face(got) == fen("10,055.55")
    told = [l for l in got.entry.explanation.limits if l.rule == J.LIMIT_INTEREST]
    assert [(l.basis, l.rate, l.quantity, l.limit) for l in told] == [(fen("1,000,000"), 20_000, 181, 360)]
    # a day; no day; a day backwards
    assert face(loan(park, TWO, "2", to="2025-01-02")) == fen("55.55")
    assert reason(loan(park, TWO, "3", to="2025-01-01")) == J.RATE
    assert loan(park, TWO, "3", to="2024-12-31").kind != DONE


def test_a_review_sets_a_lower_rate(park):
    assert reason(loan(park, ONE, "1", rate=20_001)) == J.APPLIED_RATE
    # 1.2345 %: 1,000,000 x 0.012345 x 181 / 360 = 6,206.7916...
    got = loan(park, ONE, "1", rate=12_345)
    assert face(got) == fen("6,206.79") and issued(got).rate == 12_345
    assert face(loan(park, TWO, "2", rate=20_000)) == fen("10,055.55")


def test_a_ceiling_raised_by_a_document(park):
    name = "interest of an enterprise"
    assert face(loan(park, ONE, "1")) == fen("10,055.55")
    assert face(loan(park, ONE, "2")) == fen("4,944.45")
    assert reason(loan(park, ONE, "3")) == J.CEILING
    assert reason(park.raises(ONE, "C7", name, "15,000")) == J.NOT_RAISED
    assert park.raises(ONE, "C7", name, "20,000").kind == DONE
    assert reason(park.raises(ONE, "C7", name, "20,000")) == J.NOT_RAISED
    assert reason(park.raises(ONE, "C7", name, "18,000")) == J.NOT_RAISED
    got = loan(park, ONE, "3")
    assert face(got) == fen("5,000") and ceiling(got, name) == (fen("20,000"), fen("15,000"), fen("5,000"))
    # nobody else's
    assert face(loan(park, TWO, "4", principal="2000000.00")) == fen("15,000")
    assert fault(park.raises(ONE, "C7", "another", "30,000"))[0] == "raise_ceiling.ceiling"
    assert fault(park.raises(ONE, "C8", name, "30,000"))[0] == "raise_ceiling.ceiling"
    assert fault(park.raises(ONE, "none", name, "30,000"))[0] == "raise_ceiling.measure"
    assert fault(park.raises(FOUR, "C7", name, "30,000"))[0] == "raise_ceiling.enterprise"


def test_what_awaits_its_guide(park):
    assert reason(park.claim("C8", ONE, project="P")) == J.AWAITING_GUIDE


def test_a_measure_by_another_paper(park):
    park.contract("C", TWO, ONE, "1000.00")
    early = park.claim("C9", ONE, "C")
    told = early.entry.refusal
    assert reason(early) == J.OUTSIDE_PERIOD and (told.day, told.day_to) == (day("2025-09-01"), day("2025-10-31"))
    park.client.set_clock(micros("2025-08-31T23:59:59.999999+08:00"))
    assert reason(park.claim("C9", ONE, "C")) == J.OUTSIDE_PERIOD
    park.client.set_clock(micros("2025-09-01T00:00:00+08:00"))
    got = issued(park.claim("C9", ONE, "C", amount="100"))
    # the end of the year after is past the measure's own last day; grace goes beyond it
    assert (got.valid_to, got.redeem_to) == (day("2025-10-31"), day("2025-11-05"))
    park.client.set_clock(micros("2025-10-31T23:59:59.999999+08:00"))
    assert face(park.claim("C9", ONE, "C")) == fen("400")
    park.client.set_clock(micros("2025-11-01T00:00:00+08:00"))
    assert reason(park.claim("C9", ONE, "C")) == J.OUTSIDE_PERIOD
    park.today("2025-11-05")
    assert paid(park.redeem(got.voucher, "10.00", "2025-11-05")) == fen("5")
    park.today("2025-11-06")
    assert reason(park.redeem(got.voucher, "10.00", "2025-11-05")) == J.EXPIRED


def test_an_applied_rate_and_three_purses(park):
    purses(park, "C10", "1,000", "1,000", "1,000")
    park.contract("C", TWO, ONE, "0.05")
    got = park.claim("C10", ONE, "C")
    assert face(got) == 4 and [a for _, a in parts(got)] == [1, 1, 2]
    voucher = issued(got).voucher

    def pays(amount):
        entry = park.redeem(voucher, amount, "2025-08-01").entry
        return [(p.line, p.amount) for p in sorted(entry.postings, key=lambda p: p.line)]
    lines = [line for line, _ in parts(got)]
    # 80 % of 0.04 = 0.032; the odd fen's line first
    assert pays("0.04") == [(lines[0], 1), (lines[2], 2)]
    # 80 % of 0.05 = 0.04, less 0.03
    assert pays("0.01") == [(lines[1], 1)]
    # a review's 60 %: of 1,000 600, and of invoices as much
    park.contract("D", TWO, ONE, "1000.00")
    got = park.claim("C10", ONE, "D", rate=60)
    assert face(got) == fen("600") and issued(got).rate == 600_000
    assert paid(park.redeem(issued(got).voucher, "500.00", "2025-08-01")) == fen("300")
    assert reason(park.claim("C10", ONE, "D", rate=81)) == J.APPLIED_RATE
    assert reason(park.claim("C10", ONE, "D", rate=60)) == J.SUPPORTED_ALREADY
