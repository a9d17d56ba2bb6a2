# SPDX-License-Identifier: Apache-2.0
"""Rounds, queues, pools by area and payments, by the tools: what people and scripts type, and what they get."""

import csv
import json
import os
import re
import uuid

import pytest

from test_payments import BUYER, SELLER, TODAY
from test_payments import City as Payments
from test_pools import POLICY, WHO
from test_tools import Desk, batch
from vclient import Client, c_contract, c_issue, c_redeem, day, invoice, noon, uscc

OTHER = uscc(90)


@pytest.fixture
def pools(daemon, home):
    """A desk where measures have queues, rounds and pools, and 10.00 for the measures Q and R."""
    d = Desk(daemon)
    path = os.path.join(home, "policy.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(POLICY)
    with Client(daemon.path) as c:
        c.set_clock(noon(day("2026-03-02")))
    d.do("policy", "adopt", path)
    for i, code in enumerate(WHO):
        d.do("enterprise", "add", code, "--name", "企业%d" % i, "--area", "芗城区" if i % 2 == 0 else "龙文区")
    for m in "QR":
        d.do("fund", "appropriate", "--measure", m, "--year", "2026", "--source", "city", "--amount", "10",
             "--document", "D")
    return d


def claim(desk, measure, project, cost, who=0, code=0):
    return desk.do("claim", "--measure", measure, "--enterprise", WHO[who], "--fact", "project=" + project, "--fact",
                   "cost=" + cost, code=code)


@pytest.fixture
def paying(client, daemon):
    """A desk, and a book in which vouchers can be made and redeemed."""
    city = Payments(client)
    city.desk = Desk(daemon)
    return city


def redeemed(city, amount, n=1):
    """Vouchers of measure 1 on which the whole of the contract's amount was invoiced: paid to the seller."""
    found = [city.voucher("1", amount) for _ in range(n)]
    for v in found:
        city.redeem(v, amount)
    return found


# ---- Rounds, queues, areas ----

def test_a_round_from_claim_to_grant(pools):
    waits = claim(pools, "R", "p0", "8")
    assert waits["given"] == "place" and waits["wanted"] == "8.00" and "voucher" not in waits
    claim(pools, "R", "p1", "12", who=1)
    assert claim(pools, "R", "p0", "8", code=1)["refused"]["reason"] == "waits"
    tried = pools.do("round", "close", "R", "--dry-run")
    assert tried["dry_run"] is True and tried["claims"] == 2
    o = pools.do("round", "close", "R", "--year", "2026")
    assert (o["measure"], o["claims"], o["wanted"], o["allowed"]) == ("R", 2, "20.00", "10.00")
    assert o["balances"]["lines"][0]["held"] == "10.00"
    assert pools.do("round", "close", "R", code=1)["refused"]["reason"] == "nobody_waits"
    o = claim(pools, "R", "p0", "8")
    assert o["face"] == "4.00" and {l["rule"] for l in o["limits"]} >= {"round"}
    entries = pools.ask("entries")["entries"]
    closed = next(e for e in entries if e["command"] == "round close" and "refused" not in e)
    assert closed["asked"] == {"measure": "R", "year": 2026} and closed["allowed"] == "10.00"
    listed = pools.q("entries").out
    assert "waits for 8.00" in listed and "10.00 divided among claims for 20.00" in listed


def test_a_round_in_words(pools):
    r = pools.ctl("claim", "--measure", "R", "--enterprise", WHO[0], "--fact", "project=p", "--fact", "cost=30")
    assert r.code == 0 and "waits for 30.00" in r.out, r
    r = pools.ctl("round", "close", "R")
    assert r.code == 0 and "round of measure R closed: 10.00 divided among claims for 30.00" in r.out, r
    r = pools.ctl("claim", "--measure", "R", "--enterprise", WHO[0], "--fact", "project=p", "--fact", "cost=30")
    assert r.code == 0 and "left for this claim by its round" in r.out, r


@pytest.mark.parametrize("words", [["withdraw"], ["designation", "withdraw"]])
def test_a_claim_that_waits_is_withdrawn(pools, words):
    place = claim(pools, "Q", "p0", "50")
    o = pools.do(*words, str(place["entry"]), "--reason", "撤回")
    assert o["withdrawn"] == place["entry"]
    assert pools.do(*words, str(place["entry"]), "--reason", "撤回", code=1)["refused"]["reason"] == "not_designated"
    assert pools.ctl(*words, str(place["entry"]), "--reason", "又").code == 1


def test_a_pool_by_area(pools):
    words = ["fund", "appropriate", "--measure", "county", "--year", "2026", "--source", "county", "--amount", "5",
             "--document", "D"]
    before = pools.q("funds").out.splitlines()[0]
    assert "AREA" not in before
    o = pools.do(*words, "--area", "龙文区")
    assert o["area"] == "龙文区"
    r = pools.ctl(*words, "--area", "350602")
    assert r.code == 0 and "(county, 2026, county, 350602): 5.00 appropriated" in r.out, r
    assert [f.get("area") for f in pools.ask("funds")["funds"]][-2:] == ["350603", "350602"]
    lines = pools.q("funds").out.splitlines()
    assert lines[0].split()[-1] == "AREA" and lines[-2].split()[-1] == "350602"
    for wrong, named in ((words, "appropriate.area"), (words + ["--area", "月亮"], "月亮"), (words + ["--area", ""], "area")):
        r = pools.ctl(*wrong)
        assert r.code == 2 and named in r.err, r


# ---- Payments ----

def test_vouchers_are_paid_and_returned(paying):
    d = paying.desk
    a, b = redeemed(paying, "100", 2)
    o = d.do("pay", "--document", "支付单1号", a, b)
    assert (o["paid"], o["count"], o["vouchers"]) == ("100.00", 2, [a, b])
    assert [v["paid"] for v in o["balances"]["vouchers"]] == ["50.00", "50.00"]
    again = d.do("pay", a, "--document", "支付单2号", code=1)
    assert again["refused"]["reason"] == "nothing_to_pay" and again["refused"]["voucher"] == a
    assert "nothing of voucher %d is payable" % a in again["refused"]["message"]
    o = d.do("bank-return", b, "--document", "退汇1号")
    assert (o["returned"], o["count"]) == ("50.00", 1)
    r = d.ctl("bank-return", b, "--document", "退汇1号")
    assert r.code == 1 and "nothing of voucher %d was paid" % b in r.out, r
    r = d.ctl("pay", b, "--document", "支付单3号")
    assert r.code == 0 and "voucher %d: 50.00 paid" % b in r.out, r
    r = d.ctl("bank-return", a, b, "--document", "退汇2号")
    assert r.code == 0 and "returned by the bank: 100.00 (vouchers: 2)" in r.out, r
    entry = [e for e in d.ask("entries")["entries"] if e["command"] == "pay"][0]
    assert entry["asked"] == {"vouchers": [a, b], "document": "支付单1号"}


def test_a_payment_to_one_payee(paying):
    d = paying.desk
    a, = redeemed(paying, "100")
    o = d.do("pay", a, "--payee", BUYER, "--document", "D", code=1)
    assert o["refused"]["reason"] == "other_payee" and SELLER in o["refused"]["message"]
    assert d.do("pay", a, "--payee", SELLER, "--document", "D")["paid"] == "50.00"
    assert d.ask("voucher", a)["payee"] == SELLER
    assert "paid to %s" % SELLER in d.q("voucher", a).out


def test_a_list_from_a_file_and_from_the_standard_input(paying, home):
    d = paying.desk
    a, b, c = redeemed(paying, "10", 3)
    path = os.path.join(home, "list.txt")
    with open(path, "w") as f:
        f.write("\ufeff%d,\r\n\r\n%d\r\n" % (a, b))
    assert d.do("pay", "--file", path, "--document", "D")["vouchers"] == [a, b]
    r = d.ctl("--json", "pay", "--file", "-", "--document", "D", stdin="%d\n" % c)
    assert r.code == 0 and json.loads(r.out)["vouchers"] == [c], r
    for text, named in (("%d\nabc\n" % a, "line 2"), ("0", "line 1"), ("9" * 30, "9999"), ("", "vouchers"),
                        ("%d %d" % (a, a), "twice"), (" ".join(map(str, range(1, 65538))), "65536")):
        r = d.ctl("pay", "--file", "-", "--document", "D", stdin=text)
        assert r.code == 2 and named in r.err, r


def many(city, n):
    """n vouchers of two fen each that are wholly payable, made in few requests."""
    first = city.client.status().vouchers + 1
    for at in range(0, n, 500):
        part = range(at, min(n, at + 500))
        city.client.many([c_contract("M%d" % i, SELLER, BUYER, 4) for i in part])
        city.client.many([c_issue("1", BUYER, "M%d" % i) for i in part])
        city.client.many([c_redeem(first + i, invoice(100000 + i), 4, TODAY) for i in part])
    return list(range(first, first + n))


def test_a_long_list_is_paid_in_several_commands_or_not_at_all(paying):
    d = paying.desk
    vouchers = many(paying, 600)
    run = str(uuid.uuid4())
    before = d.ask("status")["entries"]
    o = d.do("--request-id", run, "pay", *vouchers, "--document", "D")
    assert (o["paid"], o["count"], o["entries"]) == ("12.00", 600, 3) and o["request_id"] == run
    assert (o["first_entry"], o["entry"], o["repeated"]) == (before + 1, before + 3, False)
    again = d.do("--request-id", run, "pay", *vouchers, "--document", "D")
    assert again["repeated"] is True and again["entry"] == o["entry"]
    assert d.ask("status")["entries"] == before + 3
    r = d.ctl("--request-id", run, "pay", *vouchers, "--document", "D")
    assert r.code == 0 and "not done again" in r.out, r
    # the same run with another list is a mistake, and nothing is done
    r = d.ctl("--request-id", run, "pay", *vouchers[1:], "--document", "D")
    assert r.code == 2 and "request" in r.err, r
    # one that has nothing to return holds up all of them
    d.do("bank-return", vouchers[-1], "--document", "R")
    o = d.do("bank-return", *vouchers, "--document", "R", code=1)
    assert o["refused"]["reason"] == "nothing_to_pay" and o["of_failed_batch"] is True
    last = d.ask("entries", "--from", str(o["entry"]))["entries"][0]
    assert last["of_failed_batch"] is True
    assert "refused, and with it its batch" in d.q("entries", "--from", str(o["entry"])).out
    r = d.ctl("bank-return", *vouchers[:-1], "--document", "R")
    assert r.code == 0 and re.search(r"11\.98 \(vouchers: 599\) \(3 entries, \d+ to \d+\)", r.out), r
    r = d.ctl("pay", *vouchers, "--document", "D", "--dry-run")
    assert r.code == 0 and "12.00 (vouchers: 600) (dry run" in r.out, r


def test_all_that_is_payable_to_a_payee(paying):
    d = paying.desk
    vouchers = many(paying, 300)
    run = ["--request-id", str(uuid.uuid4())]
    words = ["pay", "--all", "--payee", SELLER, "--document", "D"]
    assert d.do(*words, "--measure", "3A")["count"] == 0
    tried = d.do(*words, "--dry-run")
    assert (tried["paid"], tried["count"], tried["dry_run"]) == ("6.00", 300, True)
    o = d.do(*run, *words)
    assert (o["paid"], o["count"], o["entries"], o["more"]) == ("6.00", 300, 2, False)
    # nothing is left, whether as the same run or as another
    for more in ([], run):
        o = d.do(*more, *words)
        assert (o["paid"], o["count"], o["entries"]) == ("0.00", 0, 0)
    d.do("bank-return", vouchers[7], "--document", "R")
    assert d.do(*run, *words)["paid"] == "0.02"
    r = d.ctl(*words)
    assert r.code == 0 and "nothing is payable" in r.out, r
    assert d.do("pay", "--all", "--payee", BUYER, "--document", "D")["count"] == 0


def test_a_statement(paying, home):
    d = paying.desk
    a, b = redeemed(paying, "100", 2)
    own = paying.voucher("3A", "60000", seller=uscc(3))
    paying.redeem(own, "50000")
    paying.voucher("1", "70")  # nothing is earned of it
    d.do("pay", a, "--document", "D")
    o = d.ask("statement", SELLER)
    assert [(v["voucher"], v["payable"], v["paid"]) for v in o["vouchers"]] == [(a, "0.00", "50.00"), (b, "50.00", "0.00")]
    assert o["measures"] == [{"measure": "1", "vouchers": 2, "payable": "50.00", "paid": "50.00"}]
    assert o["total"] == {"vouchers": 2, "payable": "50.00", "paid": "50.00"} and o["payee"] == SELLER
    assert o["as_of_entry"] == d.ask("status")["entries"]
    assert [v["voucher"] for v in d.ask("vouchers", "--payee", SELLER, "--to-pay")["vouchers"]] == [b]
    assert d.ask("statement", SELLER, "--measure", "3A")["total"]["vouchers"] == 0
    assert [v["voucher"] for v in d.ask("statement", BUYER)["vouchers"]] == [own]
    r = d.q("statement", SELLER)
    assert r.code == 0 and re.search(r"^total +2 +50\.00 +50\.00$", r.out, re.M), r
    path = os.path.join(home, "s.csv")
    r = d.q("statement", SELLER, "--csv", path, env={"VOUCHERD_LANG": "zh"})
    assert r.code == 0 and "人民币伍拾元整" in r.out, r
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f))
    assert [row[0] for row in rows[1:]] == [str(a), str(b)] and rows[2][-2:] == ["50.00", "0.00"]
    r = d.q("statement", SELLER, "--csv", "/nowhere/s.csv")
    assert r.code == 2 and "csv" in r.err, r
    assert not [n for n in os.listdir(home) if n.endswith(".tmp")]


def test_payments_in_a_batch(paying):
    d = paying.desk
    a, b = redeemed(paying, "100", 2)
    r = batch(d, [{"command": "pay", "vouchers": [a, str(b)], "document": "D"},
                  {"command": "bank-return", "ids": [a], "document": "R"}])
    got = [json.loads(line) for line in r.out.splitlines()]
    assert r.code == 0 and [o.get("paid", o.get("returned")) for o in got] == ["100.00", "50.00"], r
    for wrong, named in (({"vouchers": []}, "vouchers"), ({"vouchers": 7}, "vouchers"), ({"vouchers": ["x"]}, "x"),
                         ({"vouchers": list(range(1, 258))}, "256"), ({"all": "", "vouchers": [a]}, "all"),
                         ({"file": "/x", "vouchers": [a]}, "file"), ({}, "vouchers")):
        r = batch(d, [dict({"command": "pay", "document": "D"}, **wrong)])
        assert r.code == 2 and named in r.out + r.err, (wrong, r)


def test_a_round_in_a_batch(pools):
    claim(pools, "R", "p0", "3")
    r = batch(pools, [{"command": "round close", "measure": "R", "year": 2026},
                      {"command": "fund appropriate", "measure": "county", "year": 2026, "source": "county", "amount": "1",
                       "document": "D", "area": "龙文区"}])
    assert r.code == 0 and json.loads(r.out.splitlines()[0])["allowed"] == "3.00", r


@pytest.mark.parametrize("words,named", [
    (["pay", "--document", "D"], ["vouchers"]),
    (["pay", "1"], ["document"]),
    (["pay", "1", "1", "--document", "D"], ["vouchers", "1", "once"]),
    (["pay", "1", "x", "--document", "D"], ["vouchers", "x"]),
    (["pay", "0", "--document", "D"], ["vouchers", "0"]),
    (["pay", "999", "--document", "D"], ["vouchers", "999"]),
    (["pay", "1", "--document", ""], ["document"]),
    (["pay", "1", "--file", "/x", "--document", "D"], ["file", "both"]),
    (["pay", "--file", "/no/such", "--document", "D"], ["/no/such"]),
    (["pay", "1", "--payee", "123", "--document", "D"], ["payee", "123"]),
    (["pay", "1", "--measure", "1", "--document", "D"], ["measure", "--all"]),
    (["pay", "--all", "--document", "D"], ["payee"]),
    (["pay", "1", "--all", "--payee", OTHER, "--document", "D"], ["all", "both"]),
    (["bank-return", "--document", "D"], ["vouchers"]),
    (["bank-return", "1", "--all", "--document", "D"], ["option", "--all"]),
    (["round", "close"], ["measure"]),
    (["round", "close", "1"], ["close_round.measure", "when-short: round"]),
    (["round", "close", "99"], ["99"]),
    (["round", "close", "1", "--year", "26"], ["year", "26"]),
    (["round", "close", "1", "2"], ["argument", "2"]),
    (["withdraw", "x", "--reason", "r"], ["entry", "x"]),
    (["withdraw", "2"], ["reason"]),
])
def test_what_is_given_wrongly_is_named_and_not_done(paying, words, named):
    d = paying.desk
    before = d.ask("status")["entries"]
    r = d.ctl(*words)
    assert r.code == 2, r
    for word in named:
        assert word in r.err, (word, r)
    assert d.ask("status")["entries"] == before


@pytest.mark.parametrize("words", [["statement"], ["statement", "x"], ["statement", OTHER, "--measure", "x" * 16],
                                   ["vouchers", "--payee", "1"], ["vouchers", "--to-pay=1"]])
def test_wrong_questions(paying, words):
    r = paying.desk.q(*words)
    assert r.code == 2 and r.err.strip(), r


def test_a_payee_without_vouchers_has_an_empty_statement(paying):
    o = paying.desk.ask("statement", OTHER)
    assert o["vouchers"] == [] and o["measures"] == [] and o["total"]["payable"] == "0.00"
    r = paying.desk.q("statement", OTHER)
    assert r.code == 0 and "nothing found" in r.out, r
