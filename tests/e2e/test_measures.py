# SPDX-License-Identifier: Apache-2.0
"""The measures that are no vouchers on a contract, by the shipped policy: figures worked out by hand from its
text. Housing, premises, awards, designations, interest."""

import os

import pytest

from policies import zhangzhou
from vclient import (DONE, INVALID, J, REFUSED, c_adopt, c_appropriate, c_claim, c_enterprise, c_void, c_withdraw,
                     day, fen, noon, uscc)

ONE, TWO = uscc(1), uscc(2)
TRAITS = ["ai", "annotation", "annotation-base"]
MEASURES = ("4.1", "4.2", "4.3", "5.1", "5.2", "7", "8.1", "8.2", "8.3")


def government(n):
    """A valid credit code of a government (its first two characters are 11)."""
    from vclient import uscc_check
    first = "11350602%09d" % n
    return first + uscc_check(first)


COUNTY = government(5)


def person(n):
    """The number of a resident id card: born on 1990-01-01, the n-th."""
    first = "35062319900101%03d" % n
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(c) * w for c, w in zip(first, weights)) % 11]


class City:
    def __init__(self, client):
        self.client = client
        client.done(c_adopt(zhangzhou().file))
        for m in MEASURES:
            client.done(c_appropriate(m, 2025, fen("100,000,000"), source="province" if m == "7" else "city"))
        for code in (ONE, TWO, COUNTY):
            client.done(c_enterprise(code, traits=TRAITS))

    def claim(self, measure, who=ONE, attest=(), person=None, **facts):
        names = {k.replace("_", "-"): v for k, v in facts.items()}
        command = c_claim(measure, who, names, attestations=attest)
        if person:
            command.issue.person.field, command.issue.person.type = "person", "resident-id"
            command.issue.person.number = person
        return self.client.do(command)


def face(outcome):
    assert outcome.kind == DONE, outcome
    issued = outcome.entry.issued
    assert issued.paid_out  # redeemed in the same act
    assert sum(p.amount for p in outcome.entry.postings if p.to_stage == J.COMMITTED) == issued.face
    assert sum(p.amount for p in outcome.entry.postings if p.to_stage == J.PAYABLE) == issued.face
    return issued.face


def reason(outcome):
    assert outcome.kind == REFUSED, outcome
    return outcome.entry.refusal.reason


def field(outcome):
    assert outcome.kind == INVALID, outcome
    return outcome.fault.field


def keyed(home, key=b"k" * 32):
    """A daemon's arguments: a key for persons."""
    with open(os.path.join(home, "key"), "wb", opener=lambda p, f: os.open(p, f, 0o400)) as f:
        f.write(key)
    with open(os.path.join(home, "c.yaml"), "w", encoding="utf-8") as f:
        f.write("person-key: %s/key\n" % home)
    return ["--config", os.path.join(home, "c.yaml")]


@pytest.fixture
def daemon(make_daemon, home):
    return make_daemon(home=home, extra=keyed(home)).start()


@pytest.fixture
def city(daemon):
    return City(daemon.client())


# ---- 4: a month of a person ----

def month(n):
    """The n-th month from 2025-01."""
    return "%04d-%02d" % (2025 + n // 12, n % 12 + 1)


def test_housing_amounts(city):
    assert face(city.claim("4.1", person=person(1), month="2025-07", education="大学专科")) == fen("200")
    assert face(city.claim("4.2", person=person(2), month="2025-07", education="高级工")) == fen("200")
    assert face(city.claim("4.3", person=person(3), month="2025-07", education="硕士", staff=20)) == fen("400")
    assert reason(city.claim("4.1", person=person(4), month="2025-07", education="其他")) == J.CONDITION


def test_a_month_must_have_come_and_count(city):
    early = city.claim("4.1", person=person(1), month="2024-12", education="硕士")
    assert reason(early) == J.SPENDING_TIME and early.entry.refusal.detail == "month"
    assert face(city.claim("4.1", person=person(1), month="2025-01", education="硕士")) == fen("200")
    assert reason(city.claim("4.1", person=person(1), month="2026-01", education="硕士")) == J.SPENDING_TIME


def test_month_37_is_refused_at_any_enterprise(city):
    city.client.set_clock(noon(day("2027-12-15")))
    for year in (2026, 2027):
        for m in ("4.1", "4.3"):
            city.client.done(c_appropriate(m, year, fen("1,000,000")))
    for n in range(30):
        assert face(city.claim("4.1", person=person(1), month=month(n), education="硕士")) == fen("200")
    for n in range(30, 36):  # months as a manager, elsewhere, count together with them
        assert face(city.claim("4.3", TWO, person=person(1), month=month(n), education="硕士",
                               staff=40)) == fen("400")
    assert month(35) == "2027-12"
    # all 36 months of the policy's life are used; one freed again may be claimed for once more
    for who in (ONE, TWO):
        last = city.claim("4.1", who, person=person(1), month="2025-01", education="硕士")
        assert reason(last) in (J.COUNT, J.OTHER_BENEFICIARY)
    assert face(city.claim("4.1", TWO, person=person(2), month=month(0), education="硕士")) == fen("200")


def test_an_intern_has_six_months(city):
    for n in range(6):
        assert face(city.claim("4.2", person=person(1), month=month(n), education="大学本科")) == fen("200")
    seventh = city.claim("4.2", TWO, person=person(1), month=month(6), education="大学本科")
    assert reason(seventh) == J.COUNT
    assert seventh.entry.refusal.detail == "6 months of a person as an intern"
    assert face(city.claim("4.1", TWO, person=person(1), month=month(6), education="大学本科")) == fen("200")


@pytest.mark.parametrize("staff,managers", [(59, 2), (19, 0), (20, 1), (39, 1), (40, 2)])
def test_managers_are_at_most_5_percent_of_the_staff(city, staff, managers):
    for n in range(managers):
        assert face(city.claim("4.3", person=person(n), month="2025-07", education="硕士",
                               staff=staff)) == fen("400")
    more = city.claim("4.3", person=person(99), month="2025-07", education="硕士", staff=staff)
    assert reason(more) == J.COUNT
    limit = [l for l in more.entry.explanation.limits if l.rule == J.LIMIT_COUNT and l.binding]
    assert (limit[0].limit, limit[0].used) == (managers, managers)
    # another month, and another enterprise, have managers of their own
    if managers:
        assert face(city.claim("4.3", person=person(99), month="2025-06", education="硕士",
                               staff=staff)) == fen("400")
        assert face(city.claim("4.3", TWO, person=person(98), month="2025-07", education="硕士",
                               staff=staff)) == fen("400")


def test_one_month_of_a_person_is_supported_once(city):
    assert face(city.claim("4.1", person=person(1), month="2025-07", education="硕士")) == fen("200")
    again = city.claim("4.1", person=person(1), month="2025-07", education="硕士")
    assert reason(again) == J.SUPPORTED_ALREADY
    assert list(again.entry.explanation.holders) == [1]
    assert reason(city.claim("4.1", TWO, person=person(1), month="2025-07", education="硕士")) == J.OTHER_BENEFICIARY
    # as a manager of the same enterprise: up to the higher amount
    assert face(city.claim("4.3", person=person(1), month="2025-07", education="硕士", staff=20)) == fen("200")


def test_persons_are_known_by_one_key(city, daemon, home):
    assert face(city.claim("4.1", person=person(1), month="2025-07", education="硕士")) == fen("200")
    daemon.stop()
    os.unlink(os.path.join(home, "key"))
    keyed(home, b"another key of enough bytes, really")
    city.client = daemon.start().client()
    assert field(city.claim("4.1", person=person(2), month="2025-07", education="硕士")) == "issue.person"


def test_what_a_claim_must_state(city):
    lacks = city.claim("4.1", person=person(1), month="2025-07")
    assert field(lacks) == "issue.facts" and lacks.fault.value == "education"
    more = city.claim("4.1", person=person(1), month="2025-07", education="硕士", seats=3)
    assert field(more) == "issue.facts" and more.fault.value == "seats"
    assert field(city.claim("4.1", person=person(1), month="2025-7", education="硕士")) == "issue.facts.month"
    word = city.claim("4.1", person=person(1), month="2025-07", education="小学")
    assert field(word) == "issue.facts.education" and "大学专科" in word.fault.expected
    hashed = c_claim("4.1", ONE, {"person": "0011aabb:" + 32 * "0", "month": "2025-07", "education": "硕士"})
    assert field(city.client.do(hashed)) == "issue.facts[0].value"
    on_contract = c_claim("8.1", ONE, {"scenario": "s"}, contract="C1")
    assert field(city.client.do(on_contract)) == "issue.contract"


# ---- 5: premises ----

LEASE = {"lease_from": "2025-01-01", "lease_to": "2027-12-31"}


def test_seats(city):
    for year in (2026, 2027):
        city.client.done(c_appropriate("5.1", year, fen("1,000,000")))
    assert face(city.claim("5.1", premises="元光南路1号", year=2025, seats=120, **LEASE)) == fen("432,000")
    city.client.set_clock(noon(day("2027-06-01")))
    assert face(city.claim("5.1", premises="元光南路1号", year=2026, seats=120, **LEASE)) == fen("432,000")
    assert face(city.claim("5.1", premises="元光南路1号", year=2027, seats=120, **LEASE)) == fen("432,000")
    again = city.claim("5.1", premises="元光南路1号", year=2027, seats=121, **LEASE)
    assert reason(again) == J.COUNT  # three years: 1,296,000 in all


def test_a_lease_of_35_months_is_too_short(city):
    short = city.claim("5.1", premises="P", year=2025, seats=1, lease_from="2025-01-01", lease_to="2027-12-30")
    assert reason(short) == J.TERM_TOO_SHORT and short.entry.refusal.day == day("2027-12-31")
    assert reason(city.claim("5.1", premises="P", year=2025, seats=1, lease_from="2025-01-15",
                             lease_to="2027-12-14")) == J.TERM_TOO_SHORT
    assert face(city.claim("5.1", premises="P", year=2025, seats=1, lease_from="2025-01-15",
                           lease_to="2028-01-14")) == fen("3,600")


def test_seats_are_bounded_by_the_rent(city):
    assert face(city.claim("5.1", premises="P", year=2025, seats=10, rent="35,999.99".replace(",", ""),
                           **LEASE)) == fen("35,999.99")
    assert face(city.claim("5.1", premises="Q", year=2025, seats=10, rent="36000.01", **LEASE)) == fen("36,000")


@pytest.mark.parametrize("area,amount", [("6200", "2,500,000"), ("5000", "2,500,000"), ("4999.99", "2,499,995"),
                                         ("0.0001", "0.05")])
def test_an_office_is_bought(city, area, amount):
    assert face(city.claim("5.2", premises="P", floor_area=area)) == fen(amount)
    assert reason(city.claim("5.2", premises="P", floor_area=area)) in (J.COUNT, J.SUPPORTED_ALREADY)


def test_premises_bought_are_not_rented(city):
    assert face(city.claim("5.2", premises="P", floor_area="1000")) == fen("500,000")
    assert reason(city.claim("5.1", premises="P", year=2025, seats=100, **LEASE)) == J.SUPPORTED_ALREADY
    # rented at first: the years of one premises stand beside each other, and buying tops up
    assert face(city.claim("5.1", premises="Q", year=2025, seats=100, **LEASE)) == fen("360,000")
    assert face(city.claim("5.2", premises="Q", floor_area="1000")) == fen("140,000")


# ---- 7 and 8: awards ----

def test_a_cluster_is_for_governments(city):
    assert reason(city.claim("7", attest=["list"], cluster="漳浦县")) == J.NOT_BENEFICIARY
    assert reason(city.claim("7", COUNTY, cluster="漳浦县")) == J.ATTESTATION_MISSING
    assert face(city.claim("7", COUNTY, ["list"], cluster="漳浦县")) == fen("20,000,000")
    assert reason(city.claim("7", COUNTY, ["list"], cluster="漳浦县")) in (J.COUNT, J.SUPPORTED_ALREADY)
    assert reason(city.claim("7", COUNTY, ["list"], cluster="另一集聚区")) == J.COUNT


def test_a_scenario_rises_from_province_to_nation(city):
    done = ["recognition", "promotion", "acceptance"]
    assert reason(city.claim("8.1", attest=done[:2], scenario="智慧港口")) == J.ATTESTATION_MISSING
    assert face(city.claim("8.1", attest=done, scenario="智慧港口")) == fen("60,000")
    assert face(city.claim("8.2", attest=done[:2], scenario="智慧港口")) == fen("30,000")
    assert reason(city.claim("8.2", attest=done[:2], scenario="智慧港口")) in (J.COUNT, J.SUPPORTED_ALREADY)
    assert face(city.claim("8.2", attest=done[:2], scenario="另一场景")) == fen("90,000")
    assert reason(city.claim("8.1", attest=done, scenario="另一场景")) == J.SUPPORTED_ALREADY


@pytest.mark.parametrize("award,amount", [("一等奖", "500,000"), ("二等奖", "300,000"), ("三等奖", "100,000")])
def test_contest_awards_by_class(city, award, amount):
    facts = {"contest": "数据要素×", "edition": "2025", "entry": "A-17"}
    assert face(city.claim("8.3", attest=["certificate"], award=award, **facts)) == fen(amount)
    assert reason(city.claim("8.3", attest=["certificate"], award="一等奖", **facts)) == J.COUNT


def test_a_class_that_the_table_refuses(city):
    got = city.claim("8.3", attest=["certificate"], award="优秀奖", contest="c", edition="1", entry="1")
    assert reason(got) == J.CASE_REFUSES and got.entry.refusal.detail == "优秀奖不在奖励之列"


def test_support_from_outside_counts_for_a_scenario(city):
    outside = J.Command()
    outside.add_outside.measure = "8.2"
    outside.add_outside.facts.add(name="scenario", value="智慧港口")
    outside.add_outside.amount, outside.add_outside.document = fen("50,000"), "省级"
    city.client.done(outside)
    assert face(city.claim("8.2", attest=["recognition", "promotion"], scenario="智慧港口")) == fen("40,000")


# ---- 6, 9 and 10: designations; 11: interest ----

@pytest.mark.parametrize("measure,fields", [("6", {"project": "大模型"}), ("9", {"case": "AI导办"}),
                                            ("10", {"park": "龙文数字园"})])
def test_a_designation_moves_no_money(city, measure, fields):
    assert reason(city.claim(measure, **fields)) == J.ATTESTATION_MISSING
    got = city.claim(measure, attest=["recommendation"], **fields)
    assert got.kind == DONE and got.entry.issued.given == J.GIVEN_DESIGNATION
    assert not got.entry.postings and got.entry.issued.voucher == 0
    assert reason(city.claim(measure, attest=["recommendation"], **fields)) == J.EXISTS
    taken = c_withdraw(got.entry.number)
    city.client.done(taken)
    assert reason(city.client.do(taken)) == J.NOT_DESIGNATED
    assert city.claim(measure, attest=["recommendation"], **fields).kind == DONE


LOAN = {"loan": "L-1", "slip": "1", "principal": "1000000.00", "interest_from": "2025-01-01",
        "interest_to": "2025-07-01"}


def test_interest_awaits_its_guide(city):
    for m in ("11.1", "11.2"):
        assert reason(city.claim(m, **LOAN)) == J.AWAITING_GUIDE


def test_interest_by_a_guide(client):
    """1,000,000.00 x 2 % x 181 days / 365 = 9,917.808...; 100,000.00 at most."""
    text = zhangzhou().file.decode()
    head, tail = text.split('  - code: "11.1"', 1)
    tail = tail.replace("status: awaiting-guide", "rate: 2 %", 1).replace(
        "ceilings: []", "ceilings: [{scope: enterprise, period: year, event: issue, limit: 100000.00}]", 1)
    client.done(c_adopt((head + '  - code: "11.1"' + tail).encode()))
    client.done(c_appropriate("11.1", 2025, fen("1,000,000")))
    client.done(c_enterprise(ONE, traits=TRAITS))

    def claim(**facts):
        names = {k.replace("_", "-"): v for k, v in dict(LOAN, **facts).items()}
        return client.do(c_claim("11.1", ONE, names))
    assert face(claim()) == fen("9,917.80")
    assert face(claim(slip="2", principal="100000000.00", interest_to="2025-01-02")) == fen("5,479.45")
    assert face(claim(slip="3", principal="100000000.00")) == fen("84,602.75")  # what the ceiling leaves
    assert reason(claim(slip="4")) == J.CEILING
    assert reason(claim(slip="5", interest_to="2025-01-01")) == J.RATE


def test_what_was_paid_out_is_not_voided(city):
    got = city.claim("4.2", person=person(1), month="2025-07", education="硕士")
    used = city.client.do(c_void(got.entry.issued.voucher))
    assert reason(used) == J.VOUCHER_STATE and used.entry.refusal.detail == "used up"


def test_every_entry_is_decided_from_the_book_alone(city, daemon):
    test_an_intern_has_six_months(city)
    test_seats(city)
    city.claim("9", attest=["recommendation"], case="AI导办")
    daemon.stop()
    daemon.assert_book_ok()
