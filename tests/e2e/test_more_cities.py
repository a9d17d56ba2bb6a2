# SPDX-License-Identifier: Apache-2.0
"""Policies as cities have written them for computing, data and models; each figure worked out by hand, the
arithmetic beside it."""

import pytest

from cities import City, binding, ceiling, code_of, designated, face, issued, paid, reason, recorded, refusal
from test_measures import keyed, person
from vclient import DONE, J, c_adopt, c_appropriate, c_claim, c_close, day, fen, micros, uscc

ONE, TWO, THREE, FOUR, FIVE = (uscc(n) for n in range(1, 6))


@pytest.fixture
def daemon(make_daemon, home):
    """Begins early in 2025, with a key for persons."""
    return make_daemon(home=home, extra=keyed(home), clock="2025-01-01T09:00:00+08:00").start()


def checked(daemon):
    """Each test's book is read again from its journal, and each command decided again."""
    assert daemon.stop() == 0
    daemon.assert_book_ok()


def close(city, measure, year=None):
    return city.client.done(c_close(measure, year)).round


def waits(outcome):
    """The fen that a claim waits for."""
    assert outcome.kind == DONE and outcome.entry.issued.given == J.GIVEN_PLACE, outcome
    return outcome.entry.issued.wanted


# ---- Shenzhen: training and corpus vouchers ----

@pytest.fixture
def shenzhen(daemon):
    city = City(daemon.client(), "shenzhen")
    city.today("2025-03-03")
    for n, code in enumerate((ONE, TWO, THREE, FOUR)):
        city.enterprise(code, area="440305", traits=["初创企业"] if n == 0 else [],
                        related="集团" if n in (1, 2) else None)
    city.enterprise(FIVE, area="440307")
    designated(city.claim("入库", FIVE, 服务目录="2025版"))
    yield city
    checked(daemon)


TERM = {"服务起": "2025-03-10", "服务止": "2025-06-09"}


def test_shenzhen_training_divided_in_proportion(shenzhen):
    shenzhen.money("训力券", "10,000,000", source="市级")
    wanted = []
    # young: 60 % of 2,000,000 = 1,200,000; others 50 % of 30,000,000 = 15,000,000, 10,000,000 at most;
    # THREE of the same group 50 % of 12,000,000 = 6,000,000 (the group's ceiling does not see what only waits)
    for n, (who, amount) in enumerate(((ONE, "2,000,000"), (TWO, "30,000,000"), (THREE, "12,000,000"))):
        shenzhen.contract("服%d" % n, FIVE, who, amount, signed="2025-03-03")
        got = shenzhen.claim("训力券", who, "服%d" % n, **TERM)
        wanted.append(waits(got))
    assert wanted == [fen("1,200,000"), fen("10,000,000"), fen("6,000,000")]
    # 10,000,000 for 17,200,000: 697,674.418.., 5,813,953.488.., 3,488,372.093..; rounded down to the fen
    # 697,674.41 (.86), 5,813,953.48 (.837), 3,488,372.09 (.302); two fen... sum 9,999,999.98: to the first and second
    closed = close(shenzhen, "训力券")
    assert (closed.claims, closed.wanted, closed.allowed) == (3, fen("17,200,000"), fen("10,000,000"))
    got = [shenzhen.claim("训力券", who, "服%d" % n, **TERM) for n, who in enumerate((ONE, TWO, THREE))]
    assert [face(g) for g in got] == [fen("697,674.42"), fen("5,813,953.49"), fen("3,488,372.09")]


def test_shenzhen_who_may(shenzhen):
    shenzhen.money("训力券", "10,000,000", source="市级")
    # below 500,000
    shenzhen.contract("小", FIVE, ONE, "499999.99", signed="2025-03-03")
    assert refusal(shenzhen.claim("训力券", ONE, "小", **TERM)) == (J.CONDITION, "least")
    # the provider is registered later than the contract was signed
    shenzhen.contract("早", FIVE, ONE, "500000.00", signed="2025-03-02")
    assert reason(shenzhen.claim("训力券", ONE, "早", **TERM)) == J.DESIGNATION_MISSING
    # three months less a day
    shenzhen.contract("短", FIVE, ONE, "500000.00", signed="2025-03-03")
    assert reason(shenzhen.claim("训力券", ONE, "短", 服务起="2025-03-10", 服务止="2025-06-08")) == J.TERM_TOO_SHORT
    assert waits(shenzhen.claim("训力券", ONE, "短", **TERM)) == fen("300,000")
    assert reason(shenzhen.claim("训力券", FIVE, "短", **TERM)) == J.WRONG_PARTY
    shenzhen.contract("关", FIVE, TWO, "500000.00", signed="2025-03-03")
    shenzhen.amend(FIVE, related="集团")
    assert reason(shenzhen.claim("训力券", TWO, "关", **TERM)) == J.RELATED_PARTIES
    assert reason(shenzhen.claim("模型券", ONE, "短")) == J.AWAITING_GUIDE


def test_shenzhen_corpora(shenzhen):
    shenzhen.money("语料券", "2,500,000", source="市级")
    shenzhen.contract("料1", FIVE, ONE, "3,000,000", signed="2025-03-03")
    shenzhen.contract("料2", FOUR, TWO, "8,000,000", signed="2025-03-03")
    assert reason(shenzhen.claim("语料采购", ONE, "料1", attest=["数据交易凭证"])) == J.INTAKE_CLOSED
    shenzhen.client.set_clock(micros("2025-09-30T18:00:00+08:00"))
    assert reason(shenzhen.claim("语料采购", ONE, "料1")) == J.ATTESTATION_MISSING
    # 30 % of 3,000,000
    assert face(shenzhen.claim("语料采购", ONE, "料1", attest=["数据交易凭证"])) == fen("900,000")
    # 30 % of 8,000,000 = 2,400,000; 2,000,000 at most; of the year's money 1,600,000 are left
    got = shenzhen.claim("语料采购", TWO, "料2", attest=["数据交易凭证"])
    assert face(got) == fen("1,600,000") and binding(got).rule == J.LIMIT_FUNDS
    shenzhen.client.set_clock(micros("2025-09-30T18:00:00.000001+08:00"))
    assert reason(shenzhen.claim("语料采购", TWO, "料2", attest=["数据交易凭证"])) == J.INTAKE_CLOSED
    # open corpora: 600,000 + 600,000, 1,000,000 for a unit and year
    shenzhen.money("语料券", "1,500,000", source="市级")
    assert face(shenzhen.claim("语料开放", FOUR, 语料集="a", 年度="2025", 等级="优秀")) == fen("600,000")
    second = shenzhen.claim("语料开放", FOUR, 语料集="b", 年度="2025", 等级="优秀")
    assert face(second) == fen("400,000") and binding(second).name == "每个数源单位"
    assert reason(shenzhen.claim("语料开放", FOUR, 语料集="c", 年度="2025", 等级="合格")) == J.CASE_REFUSES
    assert reason(shenzhen.claim("语料开放", FOUR, 语料集="c", 年度="2026", 等级="良好")) == J.SPENDING_TIME


# ---- Hangzhou: compute vouchers with the districts' half, interest, matching ----

@pytest.fixture
def hangzhou(daemon):
    city = City(daemon.client(), "hangzhou")
    city.today("2025-06-30")
    city.enterprise(ONE, area="西湖区")
    city.enterprise(TWO, area="滨江区")
    city.enterprise(THREE, area="滨江区")
    yield city
    checked(daemon)


def district(city, area, amount, year=2025):
    c = c_appropriate("区级", year, fen(amount), source="区")
    c.appropriate.area = area
    city.client.done(c)


def test_hangzhou_compute(hangzhou):
    hangzhou.money("算力券", "20,000,000", source="市")
    district(hangzhou, "西湖区", "5,000,000")
    hangzhou.contract("1", THREE, ONE, "10,000,000.05")
    # 30 % of 10,000,000.05 = 3,000,000.015; the district half rounded down 1,500,000.00, the city the rest .01
    got = hangzhou.claim("算力券", ONE, "1", 用途="国产算力")
    assert face(got) == fen("3,000,000.01")
    lines = {p.line: p.amount for p in got.entry.postings} if hasattr(got.entry.postings[0], "line") else None
    hangzhou.contract("2", THREE, ONE, "25,000,000")
    # 20 % of 25,000,000 = 5,000,000; of 8,000,000 are 4,999,999.99 left: the district would have 3,500,000
    got = hangzhou.claim("算力券", ONE, "2", 用途="其他算力")
    assert face(got) == fen("4,999,999.99")
    assert binding(got).limit == fen("8,000,000")
    # the third is 0
    hangzhou.contract("3", THREE, ONE, "100")
    assert reason(hangzhou.claim("算力券", ONE, "3", 用途="其他算力")) == J.CEILING
    # 放宽: raised for a base model's maker to 10,000,000; then 20 % of 100
    assert hangzhou.raises(ONE, "算力券", "per enterprise and year", "10,000,000").kind == DONE
    assert face(hangzhou.claim("算力券", ONE, "3", 用途="其他算力")) == fen("20")
    # no line of this district: the claim waits, and once there is one it is granted
    hangzhou.contract("4", THREE, TWO, "100")
    assert waits(hangzhou.claim("算力券", TWO, "4", 用途="其他算力")) == fen("20")
    district(hangzhou, "滨江区", "10")
    assert face(hangzhou.claim("算力券", TWO, "4", 用途="其他算力")) == fen("20")


def loan(city, who, contract="L1", start="2025-01-01", end="2025-06-30", principal="400000000.00",
         paid_interest="8000000.00", **more):
    return city.claim("贴息", who, 贷款合同=contract, 总投资="50000000.00", 已付利息=paid_interest, 本金=principal,
                      起息日=start, 止息日=end, **dict({"银行档": "一档"}, **more))


def test_hangzhou_interest(hangzhou):
    hangzhou.money("贴息", "100,000,000", source="市")
    # 400,000,000 x 1.5 % x 180 / 360 = 3,000,000; half of 8,000,000 is 4,000,000
    assert face(loan(hangzhou, ONE)) == fen("3,000,000")
    # 0.75 % x 90 / 360 of 400,000,000 = 750,000; half of 1,000,000.01 = 500,000.00
    got = loan(hangzhou, ONE, "L2", "2025-04-01", "2025-06-30", paid_interest="1000000.01", 银行档="二档")
    assert face(got) == fen("500,000") and binding(got).name == "已付利息的一半"
    # 90 days of April, May, June 1 .. 29: 30 + 31 + 29 = 90: yes
    # 2,000,000,000 x 1.5 % x 180 / 360 = 15,000,000; 10,000,000 less 3,500,000
    assert face(loan(hangzhou, ONE, "L3", principal="2000000000.00", paid_interest="900000000.00")) == fen("6,500,000")
    assert reason(loan(hangzhou, ONE, "L4")) == J.CEILING


def test_hangzhou_matching(hangzhou):
    hangzhou.money("配套", "100,000,000", source="市")
    hangzhou.outside("3,000,000.03", measure="配套", 国家项目="P")
    # 25 % of 3,000,000.03 = 750,000.0075
    assert face(hangzhou.claim("配套", ONE, attest=["省级到账"], 国家项目="P")) == fen("750,000.00")
    hangzhou.outside("20,000,000", measure="配套", 国家项目="P")
    # 25 % of 23,000,000.03 = 5,750,000.00; 5,000,000 less 750,000
    assert face(hangzhou.claim("配套", ONE, attest=["省级到账"], 国家项目="P")) == fen("4,250,000.00")


# ---- Qingyang: who claims first, bands of the year, capacity, founders ----

@pytest.fixture
def qingyang(daemon):
    city = City(daemon.client(), "qingyang")
    city.today("2025-05-05")
    for m in ("算力券", "年度", "规模", "创客"):
        for source in {"算力券": "省市县", "年度": "市", "规模": "市县", "创客": "市"}[m]:
            for year in (2025, 2026, 2027):
                city.money(m, "100,000,000", year=year, source=source)
    for code in (ONE, TWO, THREE):
        city.enterprise(code, area="621002", traits=["目标责任书"])
    yield city
    checked(daemon)


def test_qingyang_first_right(qingyang):
    for n, amount in enumerate(("1000000.00", "0.05", "20000000.00")):
        qingyang.contract(str(n), TWO, ONE, amount)
    assert reason(qingyang.claim("算力券", ONE, "0", 签约类型="新签")) == J.FIRST_RIGHT
    # 20 % of 1,000,000, in thirds 66,666.60, 66,666.60 and the rest 66,666.80
    got = qingyang.claim("算力券", TWO, "0", 签约类型="新签")
    assert face(got) == fen("200,000")
    assert sorted(p.amount for p in got.entry.postings if p.to_stage == J.COMMITTED) == [6666660, 6666660, 6666680]
    qingyang.today("2025-07-01")
    assert reason(qingyang.claim("算力券", ONE, "0", 签约类型="新签")) == J.OTHER_BENEFICIARY
    # 20 % of 0.05 = 0.01, the county's alone
    got = qingyang.claim("算力券", ONE, "1", 签约类型="新签")
    assert face(got) == 1 and [p.amount for p in got.entry.postings if p.amount] == [1]
    # 20 % of 20,000,000 = 4,000,000, 3,000,000 less 0.01
    assert face(qingyang.claim("算力券", ONE, "2", 签约类型="新签")) == fen("2,999,999.99")
    # not stated: no case
    qingyang.contract("9", TWO, THREE, "100")
    assert reason(qingyang.claim("算力券", THREE, "9")) == J.NO_CASE


def test_qingyang_bands(qingyang):
    def claim(n, cost, who=ONE):
        return qingyang.claim("年度", who, 订单=str(n), 费用=cost)
    assert recorded(claim(1, "499999.99")) == fen("499,999.99")
    # 10 % of 500,000
    assert face(claim(2, "0.01")) == fen("50,000")
    # 15 % of 1,000,000 = 150,000, less 50,000
    assert face(claim(3, "500000.00")) == fen("100,000")
    # 20 % of 5,000,000 = 1,000,000 less 150,000
    assert face(claim(4, "4000000.00")) == fen("850,000")
    # 20 % of 5,000,100 = 1,000,020: the ceiling's end
    assert reason(claim(5, "100.00")) == J.CEILING
    # the same at the new year
    qingyang.today("2026-01-01")
    assert face(claim(6, "5000000.00")) == fen("1,000,000")


def test_qingyang_capacity(qingyang):
    def claim(p, done="100", who=ONE, room="机房"):
        return qingyang.claim("规模", who, attest=["评估报告"], 装置=room, 年="2025", 规模P=p, 完成率=done)
    assert refusal(claim("2499.9999")) == (J.CONDITION, "规模P")
    assert refusal(claim("2500", "59.9999")) == (J.CONDITION, "完成率")
    # 300 x 5000.5555 = 1,500,166.65
    assert face(claim("5000.5555")) == fen("1,500,166.65")
    assert reason(claim("6000")) in (J.COUNT, J.SUPPORTED_ALREADY)
    # 300 x 20000 = 6,000,000, 5,000,000 less 1,500,166.65
    assert face(claim("50000", room="另")) == fen("3,499,833.35")


def test_qingyang_founders(qingyang):
    sponsor = code_of("12", 7)
    qingyang.enterprise(sponsor, area="621002")

    def claim(team, subject, cost, who=sponsor):
        return qingyang.claim("创客", who, attest=["孵化器推荐"], 团队=team, 课题=subject, 费用=cost)
    # 50 % of 80,000 = 40,000; then 10,000 left of 50,000
    assert face(claim("星火队", "甲", "80000.00")) == fen("40,000")
    assert face(claim("星火队", "乙", "80000.00")) == fen("10,000")
    assert reason(claim("另一队", "乙", "80000.00")) == J.COUNT
    # the same team through another sponsor: its own ceiling is spent
    assert reason(claim("星火队", "丙", "80000.00", ONE)) == J.CEILING
    # another team of the first sponsor in the next year
    qingyang.today("2026-01-01")
    assert face(claim("另一队", "乙", "80000.01")) == fen("40,000.00")


# ---- Guiyang: several documents in one book ----

@pytest.fixture
def guiyang(daemon):
    city = City(daemon.client(), "guiyang")
    city.today("2025-10-10")
    for year in (2025, 2026, 2027, 2028):
        for m, sources in (("租金", ["园区"]), ("面积", ["园区"]), ("标注员", ["市", "园区"]), ("称号", ["市"]),
                           ("省配套", ["市"]), ("示范", ["市"])):
            for source in sources:
                city.money(m, "10,000,000", year=year, source=source)
    city.enterprise(ONE, area="520100", traits=["数据标注企业"])
    city.enterprise(TWO, area="贵安新区")
    yield city
    checked(daemon)


def rent(city, year, sum, who=ONE, place="A座"):
    return city.claim("租金", who, 场所=place, 租年=str(year), 年租金=sum, 租赁起="2025-01-01", 租赁止="2027-12-31")


def test_guiyang_rent(guiyang):
    # 100 % of 450,000
    assert face(rent(guiyang, 2025, "450000.00")) == fen("450,000")
    # another floor: 50,000 left of the year
    assert face(rent(guiyang, 2025, "450000.00", place="B座")) == fen("50,000")
    guiyang.today("2026-10-10")
    # 50 % of 900,000 = 450,000
    assert face(rent(guiyang, 2026, "900000.00")) == fen("450,000")
    guiyang.today("2027-10-10")
    # 30 % of 900,000 = 270,000, of 1,000,000 in 36 months 50,000 are left
    got = rent(guiyang, 2027, "900000.00")
    assert face(got) == fen("50,000") and binding(got).name == "三年累计"
    guiyang.today("2028-10-09")
    # the fourth year
    assert refusal(rent(guiyang, 2028, "1.00")) == (J.CASE_REFUSES, "补贴期限不超过三年")
    guiyang.amend(TWO, traits=["异常名录"])
    assert reason(rent(guiyang, 2028, "1.00", TWO)) == J.CONDITION


def test_guiyang_rent_or_area(guiyang):
    # 120 x 1,000 of 1,200.5 m2 = 120,000
    got = guiyang.claim("面积", ONE, 场所="A座", 租年="2025", 面积="1200.5")
    assert face(got) == fen("120,000")
    # the rent tops up: 100 % of 300,000 less 120,000
    assert face(rent(guiyang, 2025, "300000.00")) == fen("180,000")
    # a second claim for the area gives nothing more
    assert reason(guiyang.claim("面积", ONE, 场所="A座", 租年="2025", 面积="1200.5")) == J.SUPPORTED_ALREADY


def test_guiyang_persons(guiyang):
    def claim(n, month, learned="本科", who=ONE):
        c = c_claim("标注员", who, {"月份": month, "学历": learned}, attestations=["社保"])
        c.issue.person.field, c.issue.person.type, c.issue.person.number = "人员", "resident-id", person(n)
        return guiyang.client.do(c)
    assert reason(claim(1, "2025-07", who=TWO)) == J.TRAIT_MISSING
    assert reason(claim(1, "2024-12")) == J.SPENDING_TIME
    assert refusal(claim(1, "2025-07", "其他")) == (J.CASE_REFUSES, "学历须为大专及以上")
    assert face(claim(1, "2025-07", "硕士")) == fen("1,500")
    assert face(claim(1, "2025-08", "大专")) == fen("500")
    # the same month of the same person by a higher degree: the difference, and the count goes up
    assert face(claim(1, "2025-08", "硕士")) == fen("1,000")
    assert face(claim(2, "2025-08")) == fen("1,000")
    guiyang.today("2026-12-31")
    got = [claim(1, "2026-%02d" % m) for m in range(1, 12)]
    assert [g.kind == DONE for g in got] == [True] * 9 + [False] * 2
    assert reason(got[-1]) == J.COUNT


def test_guiyang_titles(guiyang):
    def claim(level, on="2025-05-05", title="单项冠军"):
        return guiyang.claim("称号", ONE, 称号=title, 级别=level, 认定日=on)
    assert face(claim("市级")) == fen("200,000")
    # promoted: the difference
    assert face(claim("省级")) == fen("800,000")
    assert reason(claim("市级")) == J.SUPPORTED_ALREADY
    assert face(claim("国家级")) == fen("2,000,000")
    assert refusal(claim("国家级", "2024-12-31", "小巨人")) == (J.CONDITION, "认定日")


def test_guiyang_matching(guiyang):
    def claim(cost, project="甲"):
        return guiyang.claim("省配套", ONE, 项目=project, 投入=cost)
    guiyang.outside("500,000", measure="省配套", 项目="甲")
    # 1:1, but 30 % of 1,500,000 = 450,000
    got = claim("1500000.00")
    assert face(got) == fen("450,000") and binding(got).name == "投入的三成"
    # claimed again: nothing more
    again = claim("1500000.00")
    assert again.kind != DONE, again


# ---- Beijing: a review sets the rate, the provider is paid ----

@pytest.fixture
def beijing(make_daemon, home):
    d = make_daemon(home=home, clock="2023-10-01T09:00:00+08:00").start()
    city = City(d.client(), "beijing")
    for year in (2023, 2024, 2025):
        for m in ("算力券", "模型券"):
            city.money(m, "1,500,000", year=year, source="市级")
    city.enterprise(ONE, area="海淀区", traits=["中小微"])
    city.enterprise(TWO, area="经开区")
    city.enterprise(THREE, area="110108")
    designated(city.claim("伙伴", THREE, attest=["专家评审"], 算力伙伴批次="第一批"))
    yield city
    checked(d)


def test_beijing_compute(beijing):
    def claim(who, number, scene="工业", **more):
        return beijing.claim("算力券", who, number, attest=["专家评审"], 场景=scene, **more)
    beijing.today("2023-10-08")
    beijing.contract("a", THREE, ONE, "999,999.99", signed="2023-10-08")
    beijing.contract("b", THREE, TWO, "999,999.99", signed="2023-10-08")
    beijing.contract("c", THREE, TWO, "1,000,000", signed="2023-10-08")
    beijing.contract("d", THREE, ONE, "7,000,000", signed="2023-10-08")
    beijing.contract("e", THREE, TWO, "1,000,000", signed="2023-09-30")
    # 20 % of 999,999.99
    got = claim(ONE, "a")
    assert face(got) == fen("199,999.99")
    assert refusal(claim(TWO, "b")) == (J.CASE_REFUSES, "合同额不足100万元")
    assert refusal(claim(TWO, "c", "其他")) == (J.CASE_REFUSES, "不属于支持的应用场景")
    assert reason(claim(TWO, "e")) == J.DESIGNATION_MISSING
    # the review sets 7 %, never 11 %
    assert reason(claim(TWO, "c", rate=11)) == J.APPLIED_RATE
    assert face(claim(TWO, "c", rate=7)) == fen("70,000")
    # 20 % of 7,000,000 = 1,400,000; 1,500,000 less 269,999.99 are there: it waits
    assert waits(claim(ONE, "d")) == fen("1,400,000")
    beijing.money("算力券", "169,999.99", year=2023, source="市级")
    second = claim(ONE, "d")
    assert face(second) == fen("1,400,000")
    # half of the contract's use: 20 % of 3,500,000
    assert reason(beijing.redeem(issued(second).voucher, "3,500,000", "2023-10-08")) == J.ATTESTATION_MISSING
    assert paid(beijing.redeem(issued(second).voucher, "3,500,000", "2023-10-08", ["算力使用证明"])) == fen("700,000")
    # 3,600,000 more: 20 % of 7,100,000 = 1,420,000, of 1,400,000 are 700,000 left
    assert paid(beijing.redeem(issued(second).voucher, "3,600,000", "2023-10-08", ["算力使用证明"])) == fen("700,000")
    # the third contract of the year; and in the next
    beijing.contract("f", THREE, ONE, "100", signed="2023-10-08")
    assert refusal(claim(ONE, "f")) == (J.COUNT, "每年两个合同")
    beijing.today("2024-01-01")
    assert face(claim(ONE, "f")) == fen("20")


def test_beijing_models(beijing):
    def claim(model, quarter, cost):
        return beijing.claim("模型券", ONE, attest=["上线备案"], 模型=model, 季度=quarter, 调用额=cost)
    # 30 % of 1,000,000 and of 2,000,000, 500,000 at most for a model
    assert waits(claim("甲", "2023Q3", "1000000.00")) == fen("300,000")
    assert waits(claim("乙", "2023Q3", "2000000.00")) == fen("500,000")
    assert close(beijing, "模型券").allowed == fen("800,000")
    assert face(claim("甲", "2023Q3", "1000000.00")) == fen("300,000")
    assert face(claim("乙", "2023Q3", "2000000.00")) == fen("500,000")
    # the next quarter: of 500,000 are 200,000 left
    assert waits(claim("甲", "2023Q4", "1000000.00")) == fen("200,000")


# ---- Hefei: the province and the city add up, the counties pay a half ----

@pytest.fixture
def hefei(daemon):
    city = City(daemon.client(), "hefei")
    city.today("2025-04-01")
    city.money("省算力", "10,000,000", source="省")
    city.money("三分之一", "10,000,000", source="省")
    city.money("市算力", "10,000,000", source="市")
    city.money("赛事奖", "10,000,000", source="市")
    for area, amount in (("340104", "600,000"), ("340111", "0.01")):
        c = c_appropriate("区级", 2025, fen(amount), source="区")
        c.appropriate.area = area
        city.client.done(c)
    city.enterprise(ONE, area="340104")
    city.enterprise(TWO, area="340111")
    city.enterprise(THREE, area="340104")
    yield city
    checked(daemon)


def test_hefei_adds_up(hefei):
    hefei.contract("a", THREE, ONE, "3,000,000")
    # the province 20 % = 600,000; the city 20 % = 600,000, but 30 % of 3,000,000 = 900,000 together
    first, second = hefei.claim("省算力", ONE, "a"), hefei.claim("市算力", ONE, "a")
    assert face(first) == fen("600,000")
    assert face(second) == fen("300,000")
    # what comes from outside later leaves less to be paid: 900,000 less 100,000, less 600,000 paid
    hefei.outside("100,000", "a", THREE)
    assert paid(hefei.redeem(issued(first).voucher, "3,000,000", "2025-04-01")) == fen("600,000")
    assert paid(hefei.redeem(issued(second).voucher, "3,000,000", "2025-04-01")) == fen("200,000")
    # of the enterprise's 1,000,000 are 400,000 left; the county has 450,000 for half of it
    hefei.contract("b", THREE, ONE, "50,000,000")
    assert face(hefei.claim("省算力", ONE, "b")) == fen("400,000")
    assert face(hefei.claim("市算力", ONE, "b")) == fen("700,000")
    # the other county has 0.01: for half of 0.03 is enough, for half of 0.04 not
    hefei.contract("c", THREE, TWO, "0.20")
    short = hefei.claim("市算力", TWO, "c")
    assert reason(short) == J.FUNDS and binding(short).at_most == 3
    assert face(hefei.claim("市算力", TWO, "c", amount="0.03")) == 3


def test_hefei_awards(hefei):
    assert face(hefei.claim("赛事奖", ONE, 赛事="甲", 等次="二等奖")) == fen("300,000")
    assert refusal(hefei.claim("赛事奖", ONE, 赛事="乙", 等次="一等奖")) == (J.COUNT, "一次性")
    other = code_of("11", 3)
    hefei.enterprise(other, area="340104")
    assert reason(hefei.claim("赛事奖", other, 赛事="乙", 等次="一等奖")) == J.NOT_BENEFICIARY
    # a third, as near as four decimals come: 33.3333 % of 3,000,000 = 999,999
    assert face(hefei.claim("三分之一", ONE, 中心="a", 市级已补="3000000.00")) == fen("999,999")


# ---- the whole of a year, and of an enterprise ----

def test_the_year_decided_anew_keeps_what_other_support_took(qingyang):
    qingyang.outside("30,000", measure="年度", 订单="1")
    # 15 % of 1,000,000 less 30,000
    assert face(qingyang.claim("年度", ONE, 订单="1", 费用="1000000.00")) == fen("120,000")
    # 15 % of 1,000,001 less 120,000 less 30,000
    assert face(qingyang.claim("年度", ONE, 订单="2", 费用="1.00")) == fen("0.15")


def test_a_round_for_several_contracts_of_one_enterprise(shenzhen):
    """Each contract gives 50 % of 20,000,000, and a year 10,000,000 to an enterprise: its first claim wants all of
    that, and a second has nothing to want. 12,000,000 are divided for two who want 10,000,000."""
    shenzhen.money("训力券", "12,000,000", source="市级")
    claims = [("A1", TWO), ("A2", TWO), ("B", FOUR)]
    for number, who in claims:
        shenzhen.contract(number, FIVE, who, "20,000,000", signed="2025-03-03")
    waits(shenzhen.claim("训力券", TWO, "A1", **TERM))
    assert reason(shenzhen.claim("训力券", TWO, "A2", **TERM)) == J.CEILING
    waits(shenzhen.claim("训力券", FOUR, "B", **TERM))
    close(shenzhen, "训力券")
    # what its round left the first is all that it counts for: 4,000,000 are left for the second to want
    waits(shenzhen.claim("训力券", TWO, "A2", **TERM))
    assert face(shenzhen.claim("训力券", TWO, "A1", **TERM)) == fen("6,000,000")
    assert face(shenzhen.claim("训力券", FOUR, "B", **TERM)) == fen("6,000,000")
    assert reason(shenzhen.claim("训力券", TWO, "A2", **TERM)) == J.WAITS
