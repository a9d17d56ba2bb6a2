# SPDX-License-Identifier: Apache-2.0
"""voucherctl import, as a clerk runs it: files of every kind and form, what is wrong with them, the results,
and that nothing is booked twice whatever happens on the way."""

import csv
import hashlib
import io
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import uuid

import pytest

from test_tools import BUYER, POLICY, SELLER, Desk
from vclient import PATIENCE, VOUCHERCTL, run_tool, uscc

ROWS = int(os.environ.get("VOUCHERD_IMPORT_ROWS", "3000"))  # of the large file; 100000 to measure
CLOCK = "2025-08-01T09:00:00.000000+08:00"  # the daemon's test clock stands still


class Bureau(Desk):
    """A desk with a directory for files."""

    def __init__(self, daemon, home):
        super().__init__(daemon)
        self.home = home

    def path(self, name):
        return os.path.join(self.home, name)

    def file(self, name, content, encoding="utf-8"):
        data = content if isinstance(content, bytes) else content.encode(encoding)
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    def imports(self, kind, content, *words, name="list.csv", encoding="utf-8"):
        return self.ctl("import", kind, self.file(name, content, encoding), *words)

    def rows(self, kind, content, *words, code=0, **kw):
        """The rows of the answer in JSON, by their number, and the total."""
        r = self.imports(kind, content, "--json", *words, **kw)
        assert r.code == code, r
        got = [json.loads(line) for line in r.out.splitlines()]
        return {o["row"]: o for o in got if "row" in o}, [o["total"] for o in got if "total" in o]

    def entries(self):
        return self.ask("status")["entries"]

    def results(self, name="list.result.csv"):
        with open(self.path(name), encoding="utf-8-sig", newline="") as f:
            return list(csv.reader(f))


@pytest.fixture
def bureau(daemon, home):
    b = Bureau(daemon, home)
    b.do("policy", "adopt", POLICY)
    b.do("fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", "10000000",
         "--document", "D1")
    b.do("enterprise", "add", BUYER, "--name", "买方", "--area", "芗城区", "--trait", "industrial")
    b.do("enterprise", "add", SELLER, "--name", "卖方", "--area", "350603")
    return b


def contracts(numbers, amount="100"):
    return "contract,seller,buyer,amount,signed\n" + "".join(
        "%s,%s,%s,%s,2025-03-01\n" % (n, SELLER, BUYER, amount) for n in numbers)


def vouchers(numbers, amount=""):
    return "measure,enterprise,contract,amount\n" + "".join("1,%s,%s,%s\n" % (BUYER, n, amount) for n in numbers)


# ---- Every kind ----

def test_every_kind_as_people_write_it(daemon, home):
    b = Bureau(daemon, home)
    b.do("policy", "adopt", POLICY)
    b.do("fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", "10000000",
         "--document", "D1")
    # A code in lower case, one of full width; a zero-width space; brackets of full width in a name.
    wide = "".join(chr(ord(c) + 0xfee0) for c in SELLER)
    rows, total = b.rows("enterprises", "\ufeff序号,企业名称,统一社会信用代码,所属区域,企业特征,备注\r\n"
                         "1, 买方（漳州）公司\u3000,%s,芗城区,industrial；annotation-platform＝2025-01-01..2026-12-31,记\r\n"
                         "2,卖\u200b方,%s,３５０６０３,,\r\n" % (BUYER.lower(), wide))
    assert [o["result"] for o in rows.values()] == ["done", "done"] and total[0]["encoding"] == "UTF-8"
    o = b.ask("enterprise", BUYER)
    assert (o["name"], o["area_name"]) == ("买方（漳州）公司", "芗城区")
    traits = {t["name"]: t for t in o["traits"]}
    assert set(traits) == {"industrial", "annotation-platform"}
    assert (traits["annotation-platform"]["from"], traits["annotation-platform"]["to"]) == ("2025-01-01", "2026-12-31")
    assert b.ask("enterprise", SELLER)["name"] == "卖方"
    # 300 units of 10,000 yuan; 0.000006 of them are 6 fen.
    rows, _ = b.rows("contracts", "合同编号,卖方信用代码,买方信用代码,金额（万元）,签订日期\n"
                     "ＳＬ－１,%s,%s,300,2025/3/1\nSL-2,%s,%s,0.000006,2025年3月1日\n" % (2 * (SELLER, BUYER)),
                     encoding="gb18030")
    assert [rows[n]["message"] for n in (2, 3)] == ["contract SL-1 of 3,000,000.00 added",
                                                    "contract SL-2 of 0.06 added"]
    rows, total = b.rows("vouchers", "条款,企业信用代码,合同编号,申请金额（元，千分位）,资金年度,证明材料\n"
                         '１,%s,SL-1,"1,000,000.00",２０２５,\n1,%s,SL-2,,,\n' % (BUYER, BUYER))
    assert (rows[2]["voucher"], rows[2]["amount"]) == (1, "1000000.00")
    assert (rows[3]["voucher"], rows[3]["amount"]) == (2, "0.03")
    assert total[0]["amount"] == "1000000.03" and total[0]["done"] == 2
    rows, _ = b.rows("redemptions", "voucher,invoice,dated,amount\n1,12345678901234567890,2025-07-30,100\n")
    assert rows[2]["amount"] == "50.00"
    rows, total = b.rows("invoices", "Invoice Number,Seller,Enterprise,Contract,Invoice Date,Amount (yuan)\n"
                         "１２３４５６７８９０－12345678,%s,%s,SL-1,2025.7.30,600000.00\n" % (SELLER, BUYER))
    assert (rows[2]["voucher"], rows[2]["amount"]) == (1, "300000.00")
    assert b.ask("voucher", "1")["redeemed"] == "300050.00"


def test_attestations_keep_their_documents_as_written(daemon, home):
    b = Bureau(daemon, home)
    b.do("policy", "adopt", POLICY)
    b.do("fund", "appropriate", "--measure", "2", "--year", "2025", "--source", "city", "--amount", "1000",
         "--document", "D")
    for code in (BUYER, SELLER):
        b.do("enterprise", "add", code, "--name", "n", "--area", "350602", "--trait", "industrial")
    b.contract(amount="100")
    rows, _ = b.rows("vouchers", "measure,enterprise,contract,attest\n"
                     "2,%s,C1,model-filing = 国信办（2025）17号；effect＝漳数评〔2026〕8号;\n" % BUYER)
    assert rows[2]["result"] == "done", rows
    entry = b.ask("entries", "--from", str(rows[2]["entry"]), "--limit", "1")["entries"][0]
    assert "国信办（2025）17号" in json.dumps(entry, ensure_ascii=False)


# ---- Wrong files ----

GOOD = "%s,%s,100,2025-03-01" % (SELLER, BUYER)
HEAD = "contract,seller,buyer,amount,signed\n"

WRONG = [
    ("encoding", HEAD.encode() + b"C1," + GOOD.encode() + b"\nC\xff\n", ["encoding", "byte 93"]),
    ("utf16", (HEAD + "C1," + GOOD).encode("utf-16"), ["encoding", "UTF-16", "CSV UTF-8"]),
    ("workbook", b"PK\x03\x04\x14\x00\x06\x00", ["encoding", "xlsx", "CSV UTF-8"]),
    ("tabs", (HEAD + "C1,%s\n" % GOOD).replace(",", "\t"), [":1:", "columns", "tabs"]),
    ("semicolons", (HEAD + "C1,%s\n" % GOOD).replace(",", ";"), [":1:", "columns", "semicolons"]),
    ("wide-commas", (HEAD + "C1,%s\n" % GOOD).replace(",", "，"), [":1:", "columns", "full width"]),
    ("unknown", "contract,seller,buyer,amount,signed,colour\nC1,%s,red\n" % GOOD,
     [":1:", "'colour'", "合同编号/contract", "签订日期/signed"]),
    ("missing", "contract,seller,buyer,signed\nC1,%s,%s,2025-03-01\n" % (SELLER, BUYER),
     [":1:", "'合同金额/amount'", "missing"]),
    ("doubled", "contract,seller,buyer,amount,合同金额,signed\nC1,%s\n" % GOOD.replace(",100", ",100,100"),
     [":1:", "'合同金额'", "column 'amount'"]),
    ("unit", "contract,seller,buyer,amount (USD),signed\nC1,%s\n" % GOOD, [":1:", "amount (USD)", "万元"]),
    ("unit-of-a-day", "contract,seller,buyer,amount,signed (yuan)\nC1,%s\n" % GOOD, [":1:", "signed (yuan)"]),
    ("ragged", HEAD + "C1,%s\n\nC2,%s,x\n" % (GOOD, GOOD), [":4:", "cells", "'6'", "5"]),
    ("short", HEAD + "C1,%s\n" % SELLER, [":2: buyer", ":2: amount", ":2: signed", "missing"]),
    ("shortened", HEAD + "2.02501E+11,%s\n" % GOOD, [":2:", "contract: '2.02501E+11'", "text"]),
    ("formula-failed", HEAD + "#N/A,%s\n" % GOOD, [":2:", "contract: '#N/A'", "spreadsheet"]),
    ("shortened-by-another", HEAD + "2.02501e+11,%s\n" % GOOD, [":2:", "contract: '2.02501e+11'", "text"]),
    ("too-narrow", HEAD + "C1,%s\n" % GOOD.replace("2025-03-01", "########"), [":2:", "signed: '########'"]),
    ("line-break", HEAD + "\"C\n1\",%s\n" % GOOD, [":2:", "contract: 'C\\x0a1'", "one line"]),
    ("negative", HEAD + "C1,%s\n" % GOOD.replace("100", "-100"), [":2:", "amount: '-100'"]),
    ("quote", HEAD + "C1,%s\n\"C2,%s\nC3,%s\n" % (GOOD, GOOD, GOOD), ["row: '3'", "never"]),
    ("quote-inside", HEAD + "C\"1,%s\n" % GOOD, ["row: '2'", "quotes"]),
    ("empty", "", ["file", "nothing"]),
    ("blank", "\n,,,\n", ["file", "nothing"]),
    ("header-only", HEAD, ["file", "none"]),
    ("amount", HEAD + "C1,%s\n" % GOOD.replace("100", "1.001"), [":2:", "amount: '1.001'", "two decimals"]),
    ("separators", HEAD + "C1,%s\n" % GOOD.replace("100", '"1,000"'), [":2:", "'1,000'", "千分位"]),
    ("grouping", HEAD.replace("amount", '"amount(元,千分位)"') + "C1,%s\n" % GOOD.replace("100", '"10,00"'),
     [":2:", "'10,00'", "1,200,000.00"]),
    ("wan", HEAD.replace("amount", "amount(万元)") + "C1,%s\n" % GOOD.replace("100", "0.0000001"),
     [":2:", "amount(万元)", "six decimals"]),
    ("small-digit", HEAD + "C1,%s\n" % GOOD.replace("100", "10²"), [":2:", "amount: '10²'", "two decimals"]),
    ("mark-behind", HEAD + "C1,%s\n" % GOOD.replace("100", "100①"), [":2:", "amount: '100①'", "two decimals"]),
    ("wrong-byte", ("合同编号,卖方,买方,金额,签订日期\nC1,%s\n" % GOOD).encode() + "漳".encode()[:2],
     ["encoding: 'byte 103'", "UTF-8"]),
    ("control", HEAD + "C\x01,%s\n" % GOOD, [":2:", "contract: 'C\\x01'", "control characters"]),
    ("too-early", HEAD + "C1,%s\n" % GOOD.replace("2025-03-01", "1025-03-01"), ["signed: '1025-03-01'", "from 1900"]),
    ("too-much", HEAD.replace("amount", "amount(万元)") + "C1,%s\n" % GOOD.replace("100", "900000000.000001"),
     [":2:", "9,000,000,000,000.00"]),
    ("check-character", HEAD + "C1,%s\n" % GOOD.replace(SELLER, "91350604MAWY00014F"),
     [":2:", "seller: '91350604MAWY00014F'", "check"]),
    ("swapped", HEAD + "C1,%s\n" % GOOD.replace(SELLER, "91350604MAWY0001G4"), ["91350604MAWY0001G4"]),
    ("other-check", HEAD + "C1,%s\n" % GOOD.replace(SELLER, "91350100M000100Y4Z"), ["91350100M000100Y4Z"]),
    ("nineteen", HEAD + "C1,%s\n" % GOOD.replace(SELLER, SELLER + "0"), ["18 characters"]),
    ("seventeen", HEAD + "C1,%s\n" % GOOD.replace(SELLER, SELLER[:-1]), ["18 characters"]),
    ("a-letter", HEAD + "C1,%s\n" % GOOD.replace(SELLER, "91350100I000100Y43"), ["I O S V Z"]),
    ("day", HEAD + "C1,%s\n" % GOOD.replace("2025-03-01", "2025/2/30"), [":2:", "signed: '2025-02-30'"]),
    ("american-day", HEAD + "C1,%s\n" % GOOD.replace("2025-03-01", "3/1/2025"), [":2:", "signed: '3/1/2025'"]),
    ("hole", HEAD + "C1,%s\n" % GOOD.replace(SELLER, ""), [":2:", "seller: it is missing", "missing"]),
    ("below-nothing", HEAD.replace("contract", ",contract") + "x,C1,%s\n" % GOOD, [":2:", "heading"]),
]


@pytest.mark.parametrize("content,named", [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_file_is_told_and_nothing_is_sent(bureau, content, named):
    before = bureau.entries()
    r = bureau.imports("contracts", content)
    assert r.code == 2 and not r.out, r
    for word in named:
        assert word in r.err, (word, r)
    j = bureau.imports("contracts", content, "--json")
    assert j.code == 2 and json.loads(j.out.splitlines()[0])["error"]["expected"], j
    assert bureau.entries() == before and not os.path.exists(bureau.path("list.result.csv"))


def test_what_spreadsheets_add_or_leave_out_is_no_mistake(bureau):
    """Empty rows and columns, cells of text behind quotes, a heading over two lines, CRLF."""
    rows, _ = bureau.rows("contracts", '\r\n"合同\r\n编号",卖方信用代码,买方信用代码,,"合同金额\n（元）",签订日期,备注,,\r\n'
                          'C1,%s,%s,,100,2025-03-01\r\nC2,%s,%s,,"100","2025-03-01",,,,,\r\n,,,,,,,,\r\n\r\n,,'
                          % (2 * (SELLER, BUYER)))
    # The second line of the heading is no row of the sheet.
    assert {n: o["result"] for n, o in rows.items()} == {3: "done", 4: "done"}
    assert bureau.ctl("import", "contracts", bureau.home).code == 2


def test_what_cannot_be_read_is_told(bureau):
    large = bureau.path("large.csv")
    with open(large, "wb") as f:
        f.truncate(100 << 20)
    for path, word in ((large, "67108864"), (bureau.home, "directory"), (bureau.path("none.csv"), "No such file"),
                       ("/dev/null", "nothing")):
        r = bureau.ctl("import", "contracts", path)
        assert r.code == 2 and word in r.err and path in r.err, r


def test_every_mistake_of_a_file_is_told_up_to_a_limit(bureau):
    content = HEAD + "".join("C%d,bad,%s,x,2025-03-01\n" % (i, BUYER) for i in range(40))
    r = bureau.imports("contracts", content)
    lines = r.err.splitlines()
    assert r.code == 2 and len(lines) == 51 and "30 more mistakes" in lines[50], r
    assert [l.split(":")[1] for l in lines[:4]] == ["2", "2", "3", "3"]


PERSONS = ["11010519491231002X", "440524188001010014", "350623188002290027"]


@pytest.mark.parametrize("person", PERSONS)
def test_a_persons_number_is_neither_sent_nor_shown(bureau, person):
    wide = "".join(chr(ord(c) + 0xfee0) for c in person)
    for kind, content in (
            ("contracts", HEAD + "C1,%s\n" % GOOD.replace(SELLER, person)),
            ("contracts", HEAD + "C1,%s\n" % GOOD.replace(SELLER, wide)),
            ("contracts", HEAD + "C1,%s\n" % GOOD.replace(SELLER, "x" * 80 + " " + person)),  # cut where it is told
            ("contracts", HEAD + "%s,%s\n" % (person, GOOD)),
            ("contracts", HEAD.replace("signed", person) + "C1,%s\n" % GOOD),
            ("enterprises", "uscc,name,area\n%s,张三%s,350602\n" % (uscc(7), person)),
            ("enterprises", "uscc,name,area\n%s,张三%s,350602\n" % (uscc(7), wide)),
            ("vouchers", "measure,enterprise,contract,attest\n1,%s,C1,effect=%s\n" % (BUYER, person))):
        for words in ([], ["--json"]):
            r = bureau.imports(kind, content, *words)
            assert r.code == 2 and person[:8] not in r.out + r.err and wide not in r.out + r.err, r
    # What is passed over may hold anything, and does not come back.
    r = bureau.imports("contracts", "备注," + HEAD + "%s,C1,%s\n" % (person, GOOD))
    assert r.code == 0, r
    with open(bureau.path("list.result.csv"), encoding="utf-8") as f:
        assert person not in f.read()


def test_what_only_the_book_knows_is_told_row_by_row(bureau):
    bureau.contract(amount="100")
    rows, total = bureau.rows("vouchers", "条款,企业信用代码,合同编号\n1,%s,nowhere\n99,%s,C1\n1,%s,C1\n" %
                              (BUYER, BUYER, BUYER), code=2)
    assert [rows[n]["result"] for n in (2, 3, 4)] == ["invalid", "invalid", "done"]
    assert rows[2]["message"].startswith("合同编号: 'nowhere'") and rows[3]["message"].startswith("条款: '99'")
    assert total[0]["invalid"] == 2


@pytest.mark.parametrize("trait,told", [
    ("nothing", "特征: 'nothing': a trait"), ("industrial;industrial", "特征: 'industrial': each trait once"),
    ("industrial=", "特征: 'industrial=': NAME"), ("=..", "特征: '=..': NAME")])
def test_a_mistake_in_a_trait_is_told_as_one_of_its_column(bureau, trait, told):
    r = bureau.imports("enterprises", "信用代码,名称,区域,特征\n%s,名,350602,%s\n" % (uscc(9), trait))
    assert r.code == 2 and told in r.out + r.err, r


# ---- The same rows again ----

def test_the_same_file_in_any_form_is_noticed_and_changes_nothing(bureau):
    first = "合同编号,卖方信用代码,买方信用代码,金额(元),签订日期\n甲-1,%s\n甲-2,%s\n" % (GOOD, GOOD)
    assert bureau.imports("contracts", first).code == 0
    before = bureau.entries()
    again = "签订日期,备注,合同编号,买方信用代码,金额（万元）,卖方信用代码\r\n" + "".join(
        "2025/3/1,x,甲－%d,%s,0.01,%s\r\n" % (n, BUYER.lower(), SELLER) for n in (1, 2))
    for encoding, name in (("gb18030", "list.csv"), ("utf-8-sig", "list.csv"), ("utf-8", "other.csv")):
        r = bureau.imports("contracts", again, encoding=encoding, name=name)
        assert r.code == 0 and "imported before, on 2025-08-01, 2 rows: nothing was changed" in r.out, r
        assert bureau.entries() == before
    assert [r[-8] for r in bureau.results("other.result.csv")[1:]] == ["booked_before"] * 2
    assert "booked before, as entry %d: contract 甲-1" % (before - 1) in bureau.results()[1][-2]


def test_a_mended_file_books_only_what_is_new(bureau):
    bad = HEAD + "C1,%s\nC2,%s\n" % (GOOD, GOOD.replace(SELLER, BUYER))
    rows, _ = bureau.rows("contracts", bad, code=1)
    assert [rows[n]["result"] for n in (2, 3)] == ["done", "refused"] and rows[3]["reason"] == "same_party"
    before = bureau.entries()
    rows, total = bureau.rows("contracts", HEAD + "C0,%s\nC1,%s\nC2,%s\n" % (GOOD, GOOD, GOOD))
    assert [rows[n]["result"] for n in (2, 3, 4)] == ["done", "booked_before", "done"]
    assert bureau.entries() == before + 2 and not total[0]["imported_before"]


def test_equal_rows_of_a_file_are_counted(bureau):
    """The second of two equal rows is another request: the rules refuse it, and it stays so."""
    content = contracts(["C1", "C1"])
    rows, _ = bureau.rows("contracts", content, code=1)
    assert (rows[2]["result"], rows[3]["result"], rows[3]["reason"]) == ("done", "refused", "exists")
    before = bureau.entries()
    rows, total = bureau.rows("contracts", content, code=1)
    assert [rows[n]["result"] for n in (2, 3)] == ["booked_before", "refused_before"]
    assert total[0]["imported_before"] and bureau.entries() == before


def test_a_label_makes_rows_new(bureau):
    bureau.contract(amount="100")
    assert bureau.rows("vouchers", vouchers(["C1"]))[0][2]["voucher"] == 1
    bureau.do("voucher", "void", "1", "--reason", "x")
    assert bureau.rows("vouchers", vouchers(["C1"]))[0][2]["result"] == "booked_before"
    assert bureau.rows("vouchers", vouchers(["C1"]), "--label", "2025-09")[0][2]["voucher"] == 2
    assert bureau.rows("vouchers", vouchers(["C1"]), "--label", "2025-09")[0][2]["result"] == "booked_before"


def appropriate(b, amount, document):
    b.do("fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", amount,
         "--document", document)


@pytest.mark.parametrize("atomic", [[], ["--atomic"]], ids=["rows", "atomic"])
def test_refused_rows_can_be_tried_again_and_that_is_safe_to_repeat(daemon, home, atomic):
    b = Bureau(daemon, home)
    b.do("policy", "adopt", POLICY)
    appropriate(b, "30", "D1")
    b.do("enterprise", "add", BUYER, "--name", "买方", "--area", "芗城区", "--trait", "industrial")
    b.rows("contracts", contracts(["C1", "C2"]))
    file = vouchers(["C2"], "50.00")

    def ask(*words, code=0):
        return b.rows("vouchers", file, *words, *atomic, code=code)[0][2]
    first = ask(code=1)
    assert (first["result"], first["reason"]) == ("refused", "funds")
    appropriate(b, "10", "D2")
    before = b.entries()
    o = ask(code=1)
    assert o["result"] == "refused_before" and o["entry"] == first["entry"] and b.entries() == before
    assert "--retry-refused" not in o["message"]
    second = ask("--retry-refused", code=1)  # 40 are not 50
    assert second["result"] == "refused" and second["entry"] == before + 1
    assert ask(code=1)["entry"] == second["entry"]
    appropriate(b, "10", "D3")
    before = b.entries()
    o = ask(code=1)
    assert o["entry"] == second["entry"] and b.entries() == before
    assert atomic or "--retry-refused" in o["message"]
    o = ask("--retry-refused", "--dry-run")
    assert (o["result"], o["amount"]) == ("done", "50.00") and b.entries() == before
    third = ask("--retry-refused")
    assert (third["result"], third["amount"], third["entry"]) == ("done", "50.00", before + 1)
    for words in ([], ["--retry-refused"], ["--dry-run"]):
        o = ask(*words)
        assert (o["result"], o["entry"]) == ("booked_before", third["entry"]) and b.entries() == before + 1


# ---- Invoices ----

def invoices(rows):
    return "enterprise,合同编号,seller,measure,invoice,dated,amount\n" + "".join(
        "%s,%s,%s,%s,%020d,2025-07-30,%s\n" % (BUYER, c, SELLER, m, n, a) for c, m, n, a in rows)


def test_an_invoice_finds_its_voucher_or_says_why_not(bureau):
    b = bureau
    b.rows("contracts", contracts(["C1", "C2", "C3"]))
    b.rows("vouchers", vouchers(["C1", "C2"], "10.00"))
    b.do("voucher", "void", "2", "--reason", "x")
    b.rows("vouchers", vouchers(["C2"], "20.00"))  # voucher 3, beside the void one
    b.do("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1", "--amount", "5")  # 4: a top-up
    before = b.entries()
    rows, total = b.rows("invoices", invoices([("C2", "", 1, "10"), ("C3", "1", 2, "10"), ("C1", "", 3, "10"),
                                               ("C2", "1", 4, "2")]), code=2)
    assert (rows[2]["voucher"], rows[2]["amount"]) == (3, "5.00")
    assert rows[3]["result"] == "invalid" and "request_id" not in rows[3]
    assert rows[3]["message"].startswith("合同编号: 'C3': ")
    assert rows[4]["result"] == "invalid" and "'1, 4'" in rows[4]["message"]
    assert (rows[5]["voucher"], rows[5]["amount"]) == (3, "1.00")
    assert b.entries() == before + 2 and total[0]["done"] == 2
    r = b.imports("invoices", invoices([("C2", "", 7, "10"), ("C3", "1", 2, "10")]), "--atomic")
    assert r.code == 2 and b.entries() == before + 2, r


def test_an_enterprise_with_thousands_of_vouchers_is_looked_up_to_the_end(bureau):
    b = bureau
    numbers = ["C%d" % i for i in range(2300)]
    b.rows("contracts", contracts(numbers))
    b.rows("vouchers", vouchers(numbers))
    rows, _ = b.rows("invoices", invoices([("C0", "", 1, "2"), ("C2299", "", 2, "2")]))
    assert [rows[n]["voucher"] for n in (2, 3)] == [1, 2300]
    listed = b.q("--json", "vouchers", "--enterprise", BUYER)
    assert listed.code == 0, listed
    assert [v["voucher"] for v in json.loads(listed.out)["vouchers"]] == list(range(2300, 0, -1))


def test_an_invoice_imported_before_is_known_when_another_voucher_is_open(bureau):
    b = bureau
    b.rows("contracts", contracts(["C1"]))
    b.rows("vouchers", vouchers(["C1"], "10.00"))
    file = invoices([("C1", "", 1, "20")])
    assert b.rows("invoices", file)[0][2]["amount"] == "10.00"  # voucher 1 is used up
    b.do("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1", "--amount", "5")
    before = b.entries()
    o = b.rows("invoices", file)[0][2]
    assert (o["result"], o["voucher"]) == ("booked_before", 1) and b.entries() == before
    # The same invoice as a redemption of that voucher is the same request.
    o = b.rows("redemptions", "voucher,invoice,dated,amount\n1,%020d,2025-07-30,20.00\n" % 1)[0][2]
    assert o["result"] == "booked_before" and b.entries() == before
    assert b.rows("invoices", invoices([("C1", "", 2, "10")]))[0][2]["voucher"] == 2


# ---- All or none ----

def test_atomic_does_all_or_none(bureau):
    before = bureau.entries()
    bad = HEAD + "C1,%s\nC2,%s\n" % (GOOD, GOOD.replace(SELLER, BUYER))
    rows, total = bureau.rows("contracts", bad, "--atomic", code=1)
    assert [rows[n]["result"] for n in (2, 3)] == ["not_done", "refused"]
    assert "row: '3'" in rows[2]["message"] and bureau.entries() == before + 1
    rows, _ = bureau.rows("contracts", contracts(["C1", "C2"]), "--atomic")
    assert [rows[n]["result"] for n in (2, 3)] == ["done", "done"]
    rows, total = bureau.rows("contracts", contracts(["C1", "C2"]), "--atomic")
    assert total[0]["imported_before"] and bureau.entries() == before + 3


def test_atomic_has_a_limit_that_is_told_before_anything_is_sent(bureau):
    before = bureau.entries()
    r = bureau.imports("contracts", contracts("C%d" % i for i in range(10001)), "--atomic")
    assert r.code == 2 and "10001" in r.err and "10000" in r.err and bureau.entries() == before, r


# ---- Dry runs ----

def test_a_dry_run_tells_every_row_and_books_nothing(bureau):
    b = bureau
    b.rows("contracts", contracts(["C1", "C2"], "19000000.00"))
    before = b.entries()
    r = b.imports("vouchers", vouchers(["C1", "C2"], "1500000"), "--dry-run")
    assert r.code == 1 and b.entries() == before, r
    lines = r.out.splitlines()
    assert "voucher 1 of 1,500,000.00" in lines[0] and "refused: " in lines[1]  # the ceiling of 2,000,000.00
    assert "2 rows: 1 done (1,500,000.00), 1 refused (dry run: nothing was booked)" in lines[2]
    assert os.listdir(b.home).count("list.result.csv") == 1  # that of the contracts
    rows, total = b.rows("vouchers", vouchers(["C1"]), "--dry-run", "--result", b.path("try.csv"))
    assert total[0]["dry_run"] and b.results("try.csv")[1][-8] == "done"


def test_a_dry_run_of_more_rows_than_one_request_holds_says_what_it_saw(bureau):
    names = ["C%d" % (i % 10000) for i in range(10001)]
    rows, total = bureau.rows("contracts", contracts(names), "--dry-run")
    assert total[0]["done"] == 10001 and total[0]["requests"] == 2  # the double of the first is in the second part
    r = bureau.imports("contracts", contracts(names), "--dry-run")
    assert "at most 10000 rows together" in r.err + r.out


# ---- The file of results ----

def row_id(*lines):
    text = "voucherctl import 1\n" + "".join(l + "\n" for l in lines)
    h = bytearray(hashlib.sha256(b"\0" + text.encode()).digest()[:16])
    h[6] = h[6] & 0x0f | 0x80
    h[8] = h[8] & 0x3f | 0x80
    return bytes(h)


def test_the_results_are_these_bytes(bureau):
    before = bureau.entries()
    r = bureau.imports("contracts", "备注,contract,seller,buyer,amount (10k yuan),signed\n=x,-甲,%s,%s,0.01,2025/3/1\n\n"
                       'x,"C,""2""",%s,%s,1,2025-03-02\n' % (SELLER, BUYER, BUYER, BUYER))
    assert r.code == 1, r
    ids = [row_id("command=contract add", "number=" + n, "seller=" + s, "buyer=" + BUYER, "amount=" + a, "signed=" + d)
           for n, s, a, d in (("-甲", SELLER, "100.00", "2025-03-01"), ('C,"2"', BUYER, "10000.00", "2025-03-02"))]
    digest = hashlib.sha256(b"\0import contracts" + ids[0] + ids[1]).digest()
    digest = digest[:6] + bytes([digest[6] & 0x0f | 0x80, digest[7]])
    expected = "\ufeff" + "".join(",".join('"%s"' % c.replace('"', '""') for c in row) + "\r\n" for row in [
        ["row", "contract", "seller", "buyer", "amount (10k yuan)", "signed", "result", "entry", "time", "voucher",
         "amount", "reason", "message", "request_id (import %s)" % digest.hex()],
        ["2", "'-甲", SELLER, BUYER, "0.01", "2025/3/1", "done", str(before + 1), CLOCK, "", "", "",
         "contract -甲 of 100.00 added", str(uuid.UUID(bytes=ids[0]))],
        ["4", 'C,"2"', BUYER, BUYER, "1", "2025-03-02", "refused", str(before + 2), CLOCK, "", "", "same_party",
         "seller and buyer are the same enterprise", str(uuid.UUID(bytes=ids[1]))]])
    with open(bureau.path("list.result.csv"), "rb") as f:
        assert f.read().decode() == expected
    assert sorted(os.listdir(bureau.home)).count("list.result.csv") == 1
    assert not [n for n in os.listdir(bureau.home) if n.endswith(".tmp")]


def test_the_id_after_a_refusal_and_of_a_second_equal_row(bureau):
    first = row_id("command=contract add", "number=C", "seller=" + BUYER, "buyer=" + BUYER, "amount=1.00",
                   "signed=2025-03-01", "label=l")
    content = HEAD + "C,%s,%s,1,2025-03-01\n" % (BUYER, BUYER)
    o = bureau.rows("contracts", content, "--label", "l", code=1)[0][2]
    assert o["request_id"] == str(uuid.UUID(bytes=first))
    o2 = bureau.rows("contracts", content, "--label", "l", "--retry-refused", code=1)[0][2]
    assert o2["request_id"] == str(uuid.UUID(bytes=row_id(first.hex(), "refused=%d" % o["entry"])))
    rows = bureau.rows("contracts", content + content.splitlines()[1] + "\n", "--label", "l", code=1)[0]
    assert rows[3]["request_id"] == str(uuid.UUID(bytes=row_id(first.hex(), "row=2")))


def test_a_file_that_is_no_result_is_never_overwritten(bureau):
    before = bureau.entries()
    bureau.file("list.result.csv", "my notes\n")
    r = bureau.imports("contracts", contracts(["C1"]))
    assert r.code == 2 and "list.result.csv" in r.err and "--result" in r.err and bureau.entries() == before, r
    with open(bureau.path("list.result.csv")) as f:
        assert f.read() == "my notes\n"
    assert bureau.imports("contracts", contracts(["C1"]), "--result", bureau.path("r.csv")).code == 0
    r = bureau.imports("contracts", contracts(["C1"]), "--result", bureau.path("r.csv"))
    assert r.code == 0 and not r.err, r  # the results of the same file
    r = bureau.imports("contracts", contracts(["C1", "C2"]), "--result", bureau.path("r.csv"))
    assert r.code == 0 and "another file" in r.err, r
    assert len(bureau.results("r.csv")) == 3


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_sent(bureau):
    before = bureau.entries()
    r = bureau.imports("contracts", contracts(["C1"]), "--result", bureau.path("none/r.csv"))
    assert r.code == 2 and "none/r.csv" in r.err and bureau.entries() == before, r


def test_the_standard_input_has_no_result_file(bureau):
    r = bureau.ctl("import", "contracts", "-", stdin=contracts(["C1"]))
    assert r.code == 0 and "1 done" in r.out and os.listdir(bureau.home).count("-.result.csv") == 0, r


def test_chinese_is_for_people_and_json_is_english(bureau):
    path = bureau.file("list.csv", contracts(["C1", "C1"]))
    words = ["--addr", bureau.addr, "import", "contracts", path]
    r = run_tool(VOUCHERCTL, words, env={"VOUCHERD_LANG": "zh"})
    assert r.code == 1 and "共 2 行" in r.out and "依规则" not in r.err and "拒绝" in r.out, r
    assert bureau.results()[2][-3] == "exists"
    assert not re.search("[a-z]{3} [a-z]{3}", bureau.results()[2][-2]), bureau.results()  # the message
    r = run_tool(VOUCHERCTL, ["--json"] + words, env={"VOUCHERD_LANG": "zh"})
    assert r.code == 1 and not re.search("[\u4e00-\u9fff]", r.out), r
    bureau.file("list.csv", contracts(["C1", "C2"]).replace(BUYER, "x", 1))
    r = run_tool(VOUCHERCTL, words, env={"VOUCHERD_LANG": "zh"})
    assert r.code == 2 and re.search(":2: buyer: 'X'.*[\u4e00-\u9fff]", r.err), r


# ---- Lost connections, and the tool killed ----

class Proxy:
    """Stands between the tool and the daemon. It cuts the first connection after so many replies; or it passes
    that many and then holds what follows."""

    def __init__(self, path, daemon_path, replies, cut):
        self.path, self.daemon_path, self.replies, self.cut = path, daemon_path, replies, cut
        self.seen = threading.Event()  # the last reply that is passed has gone
        self.connections = 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                tool, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.pass_on, args=(tool, self.connections == 1), daemon=True).start()

    def pass_on(self, tool, first):
        try:
            self.serve(tool, first)
        except OSError:
            pass  # the tool was killed

    def serve(self, tool, first):
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        daemon.connect(self.daemon_path)
        replies, inbox = 0, b""
        while True:
            for s in select.select([tool, daemon], [], [])[0]:
                data = s.recv(1 << 16)
                if not data:
                    tool.close()
                    daemon.close()
                    return
                if s is tool:
                    daemon.sendall(data)
                    continue
                inbox += data
                while len(inbox) >= 4 and len(inbox) >= 4 + struct.unpack(">I", inbox[:4])[0]:
                    n = 4 + struct.unpack(">I", inbox[:4])[0]
                    if not first or replies <= self.replies:  # the welcome is the first
                        tool.sendall(inbox[:n])
                    inbox = inbox[n:]
                    replies += 1
                if first and replies > self.replies:
                    self.seen.set()
                    if self.cut:
                        tool.close()
                        daemon.close()
                        return

    def close(self):
        self.listener.close()


def test_a_lost_connection_is_made_again_and_nothing_is_done_twice(bureau):
    proxy = Proxy(bureau.path("p"), bureau.daemon.path, 2, True)
    before = bureau.entries()
    path = bureau.file("list.csv", contracts("C%d" % i for i in range(7500)))
    r = subprocess.run([VOUCHERCTL, "--addr", "unix:" + proxy.path, "--json", "import", "contracts", path],
                       stdout=subprocess.PIPE, timeout=PATIENCE, text=True)
    proxy.close()
    total = json.loads(r.stdout.splitlines()[-1])["total"]
    assert r.returncode == 0 and proxy.connections == 2, r
    assert bureau.entries() == before + 7500
    assert total["done"] + total["booked_before"] == 7500 and total["done"] >= 2000


def test_killed_half_way_and_run_again_is_as_if_once(bureau):
    proxy = Proxy(bureau.path("p"), bureau.daemon.path, 1, False)
    before = bureau.entries()
    content = contracts("C%d" % i for i in range(7500))
    path = bureau.file("list.csv", content)
    p = subprocess.Popen([VOUCHERCTL, "--addr", "unix:" + proxy.path, "import", "contracts", path],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert proxy.seen.wait(PATIENCE)
    p.send_signal(signal.SIGKILL)
    p.wait()
    proxy.close()
    assert before + 1000 <= bureau.entries() < before + 7500
    assert not os.path.exists(bureau.path("list.result.csv"))
    rows, total = bureau.rows("contracts", content)
    assert bureau.entries() == before + 7500 and total[0]["booked_before"] >= 1000
    assert [rows[i]["entry"] for i in range(2, 7502)] == list(range(before + 1, before + 7501))
    assert len(bureau.results()) == 7501
    assert total[0]["done"] + total[0]["booked_before"] == 7500


def test_the_same_file_by_two_at_once_is_done_once(bureau):
    before = bureau.entries()
    path = bureau.file("list.csv", contracts("C%d" % i for i in range(5000)))
    words = [VOUCHERCTL, "--addr", bureau.addr, "import", "contracts", path, "--json", "--result"]
    both = []
    for i in (1, 2):
        with open(bureau.path("out%d" % i), "wb") as out:
            both.append(subprocess.Popen(words + [bureau.path("r%d.csv" % i)], stdout=out))
    assert [p.wait(PATIENCE) for p in both] == [0, 0] and bureau.entries() == before + 5000
    done = 0
    for i in (1, 2):
        with open(bureau.path("out%d" % i), encoding="utf-8") as out:
            total = json.loads(out.read().splitlines()[-1])["total"]
        assert total["done"] + total["booked_before"] == 5000
        done += total["done"]
    assert done == 5000
    one, other = [[r[:7] + r[8:] for r in bureau.results("r%d.csv" % i)] for i in (1, 2)]
    assert [r[7] for r in one] == [r[7] for r in other]  # each row has one entry


def test_no_daemon_is_told_and_the_rows_are_not_lost(bureau):
    path = bureau.file("list.csv", contracts(["C1"]))
    r = bureau.run(VOUCHERCTL, "--addr", "unix:" + bureau.path("none"), "import", "contracts", path)
    assert r.code == 3 and "none" in r.err and "1 without an answer" in r.out, r
    assert not os.path.exists(bureau.path("list.result.csv"))
    r = bureau.imports("contracts", contracts(["C1"]))
    assert r.code == 0 and "1 done" in r.out and not r.err, r
    # What is known of the rows is kept when nobody answers.
    r = bureau.run(VOUCHERCTL, "--addr", "unix:" + bureau.path("none"), "import", "contracts", path)
    assert r.code == 3 and bureau.results()[1][-8] == "done", r


# ---- Progress ----

def on_terminal(words):
    """What a tool writes to a terminal that is its standard error."""
    main, other = pty.openpty()
    said = b""
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(words, stdout=out, stderr=other)
        os.close(other)
        while True:
            try:
                data = os.read(main, 4096)
            except OSError:  # the other side is closed
                break
            if not data:
                break
            said += data
        os.close(main)
        assert p.wait() == 0
        out.seek(0)
        return said, out.read()


def test_progress_is_one_line_on_a_terminal_and_is_gone_at_the_end(bureau):
    path = bureau.file("list.csv", contracts("C%d" % i for i in range(2500)))
    words = [VOUCHERCTL, "--addr", bureau.addr, "import", "contracts", path]
    said, out = on_terminal(words)
    assert said.startswith(b"\r[") and b" of 2500 rows" in said and said.endswith(b"\r\x1b[K")
    assert b"\n" not in said and b"\x1b" not in out
    said, out = on_terminal(words[:3] + ["--json"] + words[3:])
    assert said == b""
    r = bureau.ctl("import", "contracts", path)
    assert r.code == 0 and not r.err, r  # no terminal, no progress


# ---- Large files ----

def test_a_large_file_takes_seconds(bureau):
    """VOUCHERD_IMPORT_ROWS=100000 measures (-s shows the figures); the ordinary run has a few rows."""
    appropriate(bureau, "9000000000", "D9")
    codes = [uscc(100 + i) for i in range(ROWS)]
    files = {
        "enterprises": "uscc,name,area,traits\n" + "".join("%s,企业%d,350602,industrial\n" % (c, i)
                                                           for i, c in enumerate(codes)),
        "contracts": HEAD + "".join("L%d,%s,%s,1000.00,2025-03-01\n" % (i, SELLER, c) for i, c in enumerate(codes)),
        "vouchers": "measure,enterprise,contract,seller\n" + "".join("1,%s,L%d,%s\n" % (c, i, SELLER)
                                                                     for i, c in enumerate(codes)),
        "invoices": "enterprise,contract,seller,invoice,dated,amount\n" + "".join(
            "%s,L%d,%s,%020d,2025-07-30,100.00\n" % (c, i, SELLER, i) for i, c in enumerate(codes)),
    }
    for kind, content in files.items():
        path = bureau.file(kind + ".csv", content)
        for again in (False, True):
            start = time.monotonic()
            r = bureau.ctl("import", kind, path, timeout=20 * PATIENCE)
            took = time.monotonic() - start
            print("%s, %d rows%s: %.2f s" % (kind, ROWS, " again" if again else "", took))
            assert r.code == 0 and "%d %s" % (ROWS, "booked before" if again else "done") in r.out, r
        assert len(bureau.results(kind + ".result.csv")) == ROWS + 1
