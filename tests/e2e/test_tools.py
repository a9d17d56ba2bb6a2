# SPDX-License-Identifier: Apache-2.0
"""voucherctl and voucherq as a person or a script runs them: every command, its JSON, its exit code, and what
it says about what is wrong."""

import json
import os
import re
import uuid

import pytest

from policies import zhangzhou
from vclient import REPO, VOUCHERCTL, VOUCHERQ, run_tool, uscc

SELLER, BUYER = uscc(1), uscc(2)
POLICY = os.path.join(REPO, "conf", "zhangzhou-2025.yaml")


class Desk:
    """The tools at one daemon."""

    def __init__(self, daemon):
        self.addr = "unix:" + daemon.path
        self.daemon = daemon

    def run(self, program, *words, **kw):
        return run_tool(program, ["--addr", self.addr] + list(words), **kw)

    def ctl(self, *words, **kw):
        return self.run(VOUCHERCTL, *words, **kw)

    def q(self, *words, **kw):
        return self.run(VOUCHERQ, *words, **kw)

    def json(self, program, *words, code=0):
        r = self.run(program, "--json", *words)
        assert r.code == code, r
        lines = r.out.splitlines()
        assert len(lines) == 1, r
        return json.loads(lines[0])

    def do(self, *words, code=0):
        return self.json(VOUCHERCTL, *words, code=code)

    def ask(self, *words, code=0):
        return self.json(VOUCHERQ, *words, code=code)

    def contract(self, number="C1", amount="3000000", seller=SELLER, buyer=BUYER):
        return self.do("contract", "add", number, "--seller", seller, "--buyer", buyer, "--amount", amount,
                       "--signed", "2025-03-01")

    def issue(self, contract="C1", *more, measure="1", enterprise=BUYER, code=0):
        return self.do("voucher", "issue", "--measure", measure, "--enterprise", enterprise, "--contract",
                       contract, *more, code=code)


@pytest.fixture
def desk(daemon):
    d = Desk(daemon)
    d.do("policy", "adopt", POLICY)
    d.do("fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", "10000000",
         "--document", "D1")
    d.do("enterprise", "add", BUYER, "--name", "买方", "--area", "芗城区", "--trait", "industrial")
    d.do("enterprise", "add", SELLER, "--name", "卖方", "--area", "350603", "--trait",
         "annotation-platform=2025-01-01..2026-12-31")
    d.contract()
    return d


def test_a_voucher_from_beginning_to_end(daemon):
    d = Desk(daemon)
    o = d.do("policy", "check", POLICY)
    assert o["policy_id"] == "zhangzhou-2025" and o["measures"] == 18 and o["mistakes"] == []
    o = d.do("policy", "adopt", POLICY)
    assert o["entry"] == 2 and len(o["leaf"]) == 64 and o["repeated"] is False and o["dry_run"] is False
    o = d.do("fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount",
             "10000000.00", "--document", "漳财〔2025〕1号")
    assert o["balances"]["lines"][0]["available"] == "10000000.00"
    d.do("enterprise", "add", BUYER, "--name", "买方", "--area", "芗城区", "--trait", "industrial")
    d.contract(amount="3000000")
    o = d.issue()
    assert (o["voucher"], o["face"]) == (1, "1500000.00") and uuid.UUID(o["request_id"])
    rate = [l for l in o["limits"] if l["rule"] == "rate"][0]
    assert rate["at_most"] == "1500000.00"
    o = d.do("voucher", "redeem", "1", "--invoice", "12345678901234567890", "--dated", "2025-07-30", "--amount",
             "1000000")
    assert o["redeemed"] == "500000.00"
    o = d.do("outside", "add", "--seller", SELLER, "--contract", "C1", "--amount", "0.01", "--document", "省")
    assert o["entry"]
    o = d.do("voucher", "void", "1", "--reason", "取消")
    assert o["freed"] == "1000000.00"
    o = d.do("lapse")
    assert o["freed"] == "0.00" or o.get("vouchers") == []
    o = d.do("clock", "set", "2025-09-01T00:00:00+08:00")
    assert d.ask("status")["now"].startswith("2025-09-01T00:00:00")


def test_every_question(desk):
    desk.issue()
    desk.do("voucher", "redeem", "1", "--invoice", "1234567890-12345678", "--dated", "2025-07-30", "--amount",
            "0.03")
    desk.issue(code=1)
    o = desk.ask("funds")
    assert o["funds"][0]["appropriated"] == "10000000.00" and o["funds"][0]["payable"] == "0.01"
    last = o["as_of_entry"]
    assert desk.ask("funds", "--as-of-entry", "3")["funds"][0]["available"] == "10000000.00"
    assert desk.ask("funds", "--as-of", "2025-08-01")["as_of_entry"] == last
    o = desk.ask("enterprise", BUYER)
    assert o["area_name"] == "芗城区" and o["accounts"][0]["ceilings"][0]["left"] == "500000.00"
    assert desk.ask("enterprise", BUYER, "--as-of-entry", str(last - 2))["accounts"][0]["committed"] == "1500000.00"
    assert len(o["accounts"]) == 18
    tables = desk.q("enterprise", BUYER).out.split("\n\n")
    assert [row.split()[0] for row in tables[1].splitlines()[1:]] == ["1", "2", "3A", "3B"]
    assert "no vouchers" in desk.q("enterprise", SELLER).out
    past = desk.q("enterprise", SELLER, "--as-of-entry", str(last - 2))
    assert past.code == 0 and "MEASURE" not in past.out
    o = desk.ask("voucher", "1")
    assert o["seller"] == SELLER and "of seller" in desk.q("voucher", "1").out
    assert o["state"] == "open" and o["redeemed"] == "0.01" and o["face"] == "1500000.00"
    assert [v["voucher"] for v in desk.ask("vouchers", "--enterprise", BUYER)["vouchers"]] == [1]
    assert len(desk.ask("vouchers", "--measure", "1", "--contract", "C1", "--redeem-by",
                        "2026-12-31")["vouchers"]) == 1
    o = desk.ask("refusals")
    listed = next(v for v in o.values() if isinstance(v, list))
    assert len(listed) == 1 and listed[0]["refused"]["reason"] == "supported_already"
    o = desk.ask("entries")
    listed = next(v for v in o.values() if isinstance(v, list))
    assert [e["entry"] for e in listed] == list(range(1, last + 1))
    o = desk.ask("entries", "--from", "4", "--limit", "2")
    listed = next(v for v in o.values() if isinstance(v, list))
    assert [e["entry"] for e in listed] == [4, 5]
    o = desk.ask("explain", "--enterprise", BUYER, "--contract", "C1")
    assert [e["measure"] for e in o["explained"]] == ["1", "2", "3A", "3B"]
    o = desk.ask("status")
    assert o["entries"] == last and o["policy_id"] == "zhangzhou-2025" and o["test_clock"] is True


def test_empty_answers_are_answers(daemon):
    d = Desk(daemon)
    for words in (["funds"], ["vouchers"], ["refusals"], ["entries", "--from", "100"], ["status"]):
        o = d.ask(*words)
        assert o["as_of_entry"] == 1, words
        r = d.q(*words)
        assert r.code == 0 and not r.err, r
    d.do("policy", "adopt", POLICY)
    assert d.ask("vouchers", "--state", "lapsed")["vouchers"] == []


def test_words_for_people(desk):
    """Without --json there are lines and tables, with the same exit codes."""
    r = desk.ctl("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1")
    assert r.code == 0 and "1,500,000.00" in r.out and not r.err
    r = desk.ctl("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1")
    assert r.code == 1 and "1,500,000.00" in r.out + r.err
    for words in (["funds"], ["enterprise", BUYER], ["voucher", "1"], ["vouchers"], ["refusals"], ["entries"],
                  ["explain", "--enterprise", BUYER, "--contract", "C1"], ["status"]):
        r = desk.q(*words)
        assert r.code == 0 and r.out.strip() and not r.err, r


def test_a_refusal_exits_1_and_names_the_limits(desk):
    o = desk.issue("C1", "--amount", "1500000.01", code=1)
    assert o["refused"]["reason"] == "rate" and o["refused"]["asked"] == "1500000.01"
    binding = [l for l in o["refused"]["limits"] if l["binding"]]
    assert [(l["rule"], l["at_most"]) for l in binding] == [("rate", "1500000.00")]
    assert "1,500,000.00" in o["refused"]["message"] and "50 %" in o["refused"]["message"]
    o = desk.issue("C1", enterprise=SELLER, code=1)
    assert o["refused"]["reason"] == "wrong_party"


def test_dry_runs_change_nothing(desk):
    desk.issue()
    before = desk.ask("status")
    runs = [
        ["voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1"],
        ["voucher", "redeem", "1", "--invoice", "1" * 20, "--dated", "2025-07-30", "--amount", "100"],
        ["voucher", "void", "1", "--reason", "x"],
        ["lapse"],
        ["contract", "add", "C2", "--seller", SELLER, "--buyer", BUYER, "--amount", "1", "--signed", "2025-03-01"],
        ["enterprise", "add", uscc(9), "--name", "n", "--area", "350602"],
        ["fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", "1",
         "--document", "D"],
        ["outside", "add", "--seller", SELLER, "--contract", "C1", "--amount", "5", "--document", "D"],
        ["policy", "adopt", POLICY],
    ]
    for words in runs:
        r = desk.ctl("--json", *words, "--dry-run")
        assert r.code in (0, 1), r
        assert json.loads(r.out)["dry_run"] is True, r
    after = desk.ask("status")
    assert (after["entries"], after["root"]) == (before["entries"], before["root"])


def test_the_same_request_id_twice(desk):
    i = str(uuid.uuid4())
    first = desk.do("--request-id", i, "voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract",
                    "C1")
    again = desk.do("--request-id", i, "voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract",
                    "C1")
    assert again["repeated"] is True and again["entry"] == first["entry"] and first["request_id"] == i
    r = desk.ctl("--request-id", i, "voucher", "void", "1", "--reason", "x")
    assert r.code == 2 and "request" in r.err


# words of a command whose last value is wrong; what must be named: field, value, right form
WRONG = [
    (["--amount", "1.001"], ["amount", "1.001", "decimal"]),
    (["--amount", "-1"], ["amount", "-1"]),
    (["--amount", "0"], ["amount", "0"]),
    (["--amount", "1e3"], ["amount", "1e3"]),
    (["--amount", "1,000"], ["amount", "1,000"]),
    (["--amount", "９"], ["amount"]),
    (["--amount", "9000000000000.01"], ["amount", "9000000000000.01", "9,000,000,000,000.00"]),
    (["--amount", "99999999999999999999999999"], ["amount", "9,000,000,000,000.00"]),
    (["--amount", ""], ["amount"]),
    (["--measure", "99"], ["measure", "99"]),
    (["--enterprise", "91350604MAWY00014F"], ["enterprise", "91350604MAWY00014F", "check"]),
    (["--enterprise", "91350604MAWY0001G4"], ["enterprise", "91350604MAWY0001G4"]),
    (["--enterprise", "9135"], ["enterprise", "9135", "18"]),
    (["--contract", "x" * 65], ["contract", "64"]),
    (["--contract", "none"], ["contract", "none"]),
    (["--year", "25"], ["year", "25"]),
    (["--attest", "effect"], ["attest", "effect"]),
    (["--attest", "nothing=1"], ["nothing"]),
    (["--no-such-option", "1"], ["no-such-option"]),
    (["stray"], ["stray"]),
]


@pytest.mark.parametrize("change,named", WRONG)
def test_a_wrong_value_exits_2_and_is_named(desk, change, named):
    words = {"--measure": "1", "--enterprise": BUYER, "--contract": "C1"}
    before = desk.ask("status")["entries"]
    if len(change) == 2:
        words[change[0]] = change[1]
        rest = []
    else:
        rest = change
    line = [w for pair in words.items() for w in pair] + rest
    r = desk.ctl("voucher", "issue", *line)
    assert r.code == 2, r
    for word in named:
        assert word in r.err, (word, r)
    assert len(r.err.splitlines()) <= 3, r
    j = desk.ctl("--json", "voucher", "issue", *line)
    assert j.code == 2, j
    text = j.out or j.err
    error = json.loads(text.splitlines()[0])["error"]
    assert error["field"] and error["expected"]
    assert desk.ask("status")["entries"] == before


@pytest.mark.parametrize("words,named", [
    (["voucher", "redeem", "1", "--invoice", "123", "--dated", "2025-07-30", "--amount", "1"], ["invoice", "123", "20"]),
    (["voucher", "redeem", "1", "--invoice", "1" * 20, "--dated", "2025-02-30", "--amount", "1"],
     ["dated", "2025-02-30"]),
    (["voucher", "redeem", "1", "--invoice", "1" * 20, "--dated", "30/07/2025", "--amount", "1"],
     ["dated", "30/07/2025"]),
    (["voucher", "redeem", "0", "--invoice", "1" * 20, "--dated", "2025-07-30", "--amount", "1"], ["0"]),
    (["voucher", "redeem", "77", "--invoice", "1" * 20, "--dated", "2025-07-30", "--amount", "1"], ["77"]),
    (["voucher", "void", "1"], ["reason"]),
    (["voucher", "void", "one", "--reason", "x"], ["one"]),
    (["fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "moon", "--amount", "1", "--document",
      "D"], ["source", "moon"]),
    (["enterprise", "add", uscc(9), "--name", "n", "--area", "999999"], ["area", "999999"]),
    (["enterprise", "add", uscc(9), "--name", "", "--area", "350602"], ["name"]),
    (["enterprise", "add", uscc(9), "--name", "n", "--area", "350602", "--trait", "rich"], ["rich"]),
    (["contract", "add", "C9", "--seller", SELLER, "--buyer", BUYER, "--amount", "1", "--signed", "yesterday"],
     ["signed", "yesterday"]),
    (["policy", "adopt", "/no/such/file"], ["/no/such/file"]),
    (["policy", "check", "/dev/null"], []),
    (["clock", "set", "noon"], ["noon"]),
    (["--request-id", "12", "lapse"], ["request-id", "12"]),
    (["vouch"], ["vouch"]),
    ([], []),
    (["lapse", "--day", "2025-07-01", "--day", "2025-07-02"], ["day"]),
])
def test_other_wrong_commands_exit_2(desk, words, named):
    r = desk.ctl(*words)
    assert r.code == 2, r
    for word in named:
        assert word in r.err, (word, r)


@pytest.mark.parametrize("words", [["voucher"], ["voucher", "x"], ["enterprise", "123"], ["funds", "--as-of", "x"],
                                   ["funds", "--as-of", "2025-08-01", "--as-of-entry", "2"],
                                   ["vouchers", "--state", "sleeping"], ["entries", "--limit", "0"], ["nothing"],
                                   ["enterprise", uscc(99)], ["voucher", "99"],
                                   ["explain", "--enterprise", BUYER, "--contract", "none"]])
def test_wrong_questions_exit_2(desk, words):
    r = desk.q(*words)
    assert r.code == 2 and r.err.strip(), r


def test_policy_with_mistakes_tells_each_with_its_place(desk, home):
    path = os.path.join(home, "bad.yaml")
    text = zhangzhou().file.decode().replace("rate: 50 %", "rate: 150 %").replace("claimant: seller", "claimant: me")
    with open(path, "w") as f:
        f.write(text)
    r = desk.ctl("policy", "check", path)
    lines = text.splitlines()
    rate, who = (next(i for i, l in enumerate(lines, 1) if w in l) for w in ("150 %", "claimant: me"))
    assert r.code == 2 and "%s:%d:" % (path, rate) in r.err and "%s:%d:" % (path, who) in r.err, r
    assert desk.ctl("policy", "adopt", path).code == 2
    o = json.loads(desk.ctl("--json", "policy", "check", path).out)
    assert [m["line"] for m in o["mistakes"]] == [rate, who]


def test_no_daemon_exits_3(home):
    for program, words in ((VOUCHERCTL, ["lapse"]), (VOUCHERQ, ["status"])):
        r = run_tool(program, ["--addr", "unix:" + os.path.join(home, "none")] + words)
        assert r.code == 3 and "none" in r.err, r
        r = run_tool(program, ["--json", "--addr", "unix:" + os.path.join(home, "none")] + words)
        assert r.code == 3 and json.loads((r.out or r.err).splitlines()[0])["error"], r


def test_address_from_the_environment(desk):
    r = run_tool(VOUCHERQ, ["status"], env={"VOUCHERD_ADDR": desk.addr})
    assert r.code == 0, r
    r = run_tool(VOUCHERQ, ["status"], env={"VOUCHERD_ADDR": ""})
    assert r.code in (2, 3), r


def test_help_and_version():
    for program in (VOUCHERCTL, VOUCHERQ):
        r = run_tool(program, ["--help"])
        assert r.code == 0 and "Usage" in r.out or "usage" in r.out.lower(), r
        assert run_tool(program, ["--version"]).code in (0, 2)
    r = run_tool(VOUCHERCTL, ["voucher", "issue", "--help"])
    assert r.code == 0 and "--measure" in r.out and "--attest" in r.out


def test_who_does_not_know_the_words_is_told_them():
    r = run_tool(VOUCHERCTL, ["voucher", "--help"])
    assert r.code == 0 and re.findall(r"^  (\w+ \w+) ", r.out, re.M) == \
        ["voucher issue", "voucher redeem", "voucher void"], r
    r = run_tool(VOUCHERCTL, ["voucher", "isue"])
    assert r.code == 2 and r.err.endswith("one of voucher issue, voucher redeem, voucher void\n"), r
    whole = run_tool(VOUCHERCTL, ["--help"]).out
    words = list(dict.fromkeys(re.findall(r"^  ([a-z-]+)(?: [a-z]+)?  +\S", whole, re.M)))
    for given in (["foo"], ["foo", "--help"]):
        r = run_tool(VOUCHERCTL, given)
        assert r.code == 2 and r.err.endswith("one of %s\n" % ", ".join(words)), r


def test_answer_that_cannot_be_written_is_no_success(desk):
    with open("/dev/full", "w") as full:
        import subprocess
        done = subprocess.run([VOUCHERQ, "--addr", desk.addr, "status"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 5, done


# ---- batches ----

def batch(desk, rows, *words):
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    return desk.ctl("--json", "batch", *words, "-", stdin=text)


def test_batch_of_lines(desk):
    rows = [{"command": "contract add", "number": "B1", "seller": SELLER, "buyer": BUYER, "amount": "100",
             "signed": "2025-03-01"},
            {"command": "voucher issue", "measure": "1", "enterprise": BUYER, "contract": "B1"},
            {"command": "voucher issue", "measure": "1", "enterprise": SELLER, "contract": "B1"},
            {"command": "voucher redeem", "id": 1, "invoice": "1" * 20, "dated": "2025-07-30", "amount": "10.00"}]
    r = batch(desk, rows)
    got = [json.loads(line) for line in r.out.splitlines()]
    assert r.code == 1, r
    by_line = {o["line"]: o for o in got if "line" in o}
    assert by_line[2]["face"] == "50.00" and by_line[3]["refused"]["reason"] == "wrong_party"
    assert by_line[4]["redeemed"] == "5.00"


def test_batch_all_or_nothing(desk):
    before = desk.ask("status")["entries"]
    rows = [{"command": "contract add", "number": "B1", "seller": SELLER, "buyer": BUYER, "amount": "100",
             "signed": "2025-03-01"},
            {"command": "voucher issue", "measure": "1", "enterprise": SELLER, "contract": "B1"}]
    r = batch(desk, rows, "--atomic")
    assert r.code == 1, r
    assert desk.ask("status")["entries"] == before + 1
    r = batch(desk, [rows[0], {"command": "voucher issue", "measure": "1", "enterprise": BUYER, "contract": "B1"}],
              "--atomic")
    assert r.code == 0, r


def test_batch_with_a_wrong_line_tells_it_and_does_nothing(desk):
    before = desk.ask("status")["entries"]
    good = {"command": "contract add", "number": "B1", "seller": SELLER, "buyer": BUYER, "amount": "100",
            "signed": "2025-03-01"}
    for bad in ({"command": "contract add", "number": "B2"}, {"command": "fly"},
                dict(good, amount="1.001"), dict(good, extra="1"), ["x"]):
        r = batch(desk, [good, bad])
        assert r.code == 2, r
        assert desk.ask("status")["entries"] == before, bad
    r = desk.ctl("batch", "-", stdin='{"command": "lapse"\n')
    assert r.code == 2 and "1" in r.err, r


def test_batch_twice_with_the_same_ids_changes_nothing(desk):
    rows = [{"command": "contract add", "number": "B%d" % k, "seller": SELLER, "buyer": BUYER, "amount": "100",
             "signed": "2025-03-01", "request_id": str(uuid.uuid4())} for k in range(50)]
    r = batch(desk, rows)
    if r.code == 2 and "request_id" in r.out + r.err:
        rows = [{("request-id" if k == "request_id" else k): v for k, v in row.items()} for row in rows]
        r = batch(desk, rows)
    assert r.code == 0, r
    before = desk.ask("status")["entries"]
    r = batch(desk, rows)
    assert r.code == 0 and desk.ask("status")["entries"] == before, r
