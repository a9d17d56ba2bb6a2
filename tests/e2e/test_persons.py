# SPDX-License-Identifier: Apache-2.0
"""Persons: the number of a paper goes into the daemon and nowhere else, not into a file, a log or an answer."""

import csv
import os

import pytest

from policies import zhangzhou
from vclient import INVALID, VOUCHERCTL, c_adopt, c_enterprise, c_issue, c_outside_of, run_tool, uscc

NUMBERS = ["11010519491231002X", "440524188001010014", "350623188002290027"]
WRONG = "110105194912310021"
HASH = "630dcd29:b668b682ef3fd39970912a8dccf30b72"
BUYER = uscc(2)


def make_key(path, content=bytes(range(32)), mode=0o400):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as f:
        f.write(content)
    return path


def configuration(home, key):
    path = os.path.join(home, "voucherd.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("person-key: %s\n" % key)
    return path


@pytest.fixture
def keyed(make_daemon, home):
    config = configuration(home, make_key(os.path.join(home, "key")))
    return make_daemon(home=os.path.join(home, "d"), extra=["--config", config]).start()


def files_below(path):
    for folder, _, names in os.walk(path):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                yield os.path.join(folder, name), f.read()


def nowhere(daemon, *numbers):
    """Not in a file of the book, nor in the log."""
    for path, content in files_below(daemon.book):
        for number in numbers:
            assert number.encode() not in content, path
    for number in numbers:
        assert number not in "\n".join(daemon.log)


def claim(number, **kw):
    return c_issue("4.1", BUYER, person=("person", number), facts={"month": "2025-07"}, **kw)


def fault_of(outcome):
    assert outcome.kind == INVALID, outcome
    return outcome.fault.field, outcome.fault.value, outcome.fault.expected


def test_wrong_numbers_are_told_without_the_number(keyed):
    c = keyed.client()
    c.done(c_adopt(zhangzhou().file))
    c.done(c_enterprise(BUYER))
    for number in (WRONG, WRONG[:-1], NUMBERS[0].lower(), "110105194913310027"):
        field, value, expected = fault_of(c.do(claim(number)))
        assert field == "issue.person.number" and value == "" and "resident id number" in expected
    nowhere(keyed, WRONG, WRONG[:-1], NUMBERS[0].lower())
    other = claim(NUMBERS[0])
    other.issue.person.type = "passport"
    assert fault_of(c.do(other))[:2] == ("issue.person.type", "passport")
    for lack in ("field", "type", "number"):
        part = claim(NUMBERS[0])
        part.issue.person.ClearField(lack)
        assert fault_of(c.do(part))[0] == "issue.person." + lack
    nowhere(keyed, *NUMBERS)
    assert c.status().entries == 3


def test_facts_with_numbers_or_hashes_are_not_taken(keyed):
    c = keyed.client()
    for command, kind in ((c_issue("4.1", BUYER, facts={"month": "2025-07", "person": "%s"}), "issue"),
                          (c_outside_of("4.1", {"month": "2025-07", "person": "%s"}, 100), "add_outside")):
        for value, word in ((HASH, "hash"), (NUMBERS[0], "number")):
            getattr(command, kind).facts[1].value = value
            field, told, expected = fault_of(c.do(command))
            assert field == kind + ".facts[1].value" and told == "" and word in expected
    nowhere(keyed, HASH, NUMBERS[0])
    assert c.status().entries == 1


def test_without_a_key_no_person_is_named(daemon, client):
    field, value, expected = fault_of(client.do(claim(NUMBERS[0])))
    assert field == "issue.person" and value == "" and "person-key" in expected
    nowhere(daemon, NUMBERS[0])


@pytest.mark.parametrize("content,mode,what", [
    (None, 0o400, "No such file"), (bytes(31), 0o400, "this file has 31"), (bytes(32), 0o440, "mode 0400"),
    (bytes(32), 0o404, "mode 0400"), (bytes(5000), 0o400, "32 to 4096")])
def test_a_wrong_key_is_named_and_nothing_starts(make_daemon, home, content, mode, what):
    key = os.path.join(home, "key")
    if content is not None:
        make_key(key, content)
        os.chmod(key, mode)
    d = make_daemon(home=os.path.join(home, "d"), extra=["--config", configuration(home, key)])
    d.launch()
    assert d.wait() == 2
    log = "\n".join(d.log)
    assert "field=person-key" in log and key in log and what in log
    assert not os.path.exists(d.book) or not os.listdir(d.book)


def test_no_core_is_left(keyed):
    with open("/proc/%d/status" % keyed.process.pid, encoding="ascii") as f:
        assert "CoreDumping" in f.read()
    # What can't be dumped can't be read by others of the same user either: its files belong to root.
    assert os.stat("/proc/%d/mem" % keyed.process.pid).st_uid == 0


def test_the_tools_show_no_number(keyed, home):
    env = dict(os.environ, VOUCHERD_ADDR="unix:" + keyed.path)
    words = ["claim", "--measure", "4.1", "--enterprise", BUYER, "--fact", "month=2025-07"]
    for more, word in ((["--person", "person=" + WRONG], "check character"), (["--person", WRONG], "FIELD=NUMBER"),
                       (["--person", "person=" + NUMBERS[0], "--person", "person=" + NUMBERS[1]], "given once"),
                       (["--fact", "person=" + NUMBERS[0]], "identity paper")):
        for json in ([], ["--json"]):
            r = run_tool(VOUCHERCTL, words + more + json, env=env)
            assert r.code == 2 and word in r.out + r.err, r
            assert WRONG not in r.out + r.err and NUMBERS[0] not in r.out + r.err, r
    listed = os.path.join(home, "list.csv")
    with open(listed, "w", encoding="utf-8") as f:
        f.write("measure,enterprise,month,身份证号\n4.1,%s,2025-07,%s\n4.1,%s,2025-07,%s\n" % (
            BUYER, NUMBERS[0], BUYER, WRONG))
    r = run_tool(VOUCHERCTL, ["import", "claims", listed], env=env)
    assert r.code == 2 and ":3:" in r.err and "check character" in r.err
    assert WRONG not in r.out + r.err and NUMBERS[0] not in r.out + r.err
    nowhere(keyed, *NUMBERS, WRONG)


def imported(keyed, home, name, numbers, *words):
    """The rows of the results of a list of claims by a measure that the policy does not have."""
    path = os.path.join(home, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write("措施,企业信用代码,合同编号,month,身份证号:person,备注\n")
        f.writelines("none,%s,C1,2025-07,%s,%s\n" % (BUYER, n, i) for i, n in enumerate(numbers))
    env = dict(os.environ, VOUCHERD_ADDR="unix:" + keyed.path)
    r = run_tool(VOUCHERCTL, ["import", "claims", path, *words], env=env)
    assert r.code in (1, 2), r
    shown = r.out + r.err
    with open(path.replace(".csv", ".result.csv"), encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    assert not [n for n in numbers if n in shown or n in str(rows)]
    return rows


def id_of(row):
    return next(v for k, v in row.items() if k.startswith("request_id"))


def test_a_list_shows_masked_numbers_and_makes_no_ids_of_them(keyed, home):
    keyed.client().done(c_adopt(zhangzhou().file))
    keyed.client().done(c_enterprise(BUYER))
    rows = imported(keyed, home, "list.csv", NUMBERS)
    assert [r["身份证号:person"] for r in rows] == [n[:6] + 12 * "*" for n in NUMBERS]
    assert [r["result"] for r in rows] == ["invalid"] * 3 and "month" in rows[0]
    assert len({id_of(r) for r in rows}) == 3
    # Others in the same places have the same ids, in lower case or not; under a label other ones.
    others = imported(keyed, home, "others.csv", NUMBERS[1:] + [NUMBERS[0].lower()])
    assert [id_of(r) for r in others] == [id_of(r) for r in rows]
    labelled = imported(keyed, home, "labelled.csv", NUMBERS, "--label", "2025-08")
    assert not {id_of(r) for r in labelled} & {id_of(r) for r in rows}
    assert [r["result"] for r in imported(keyed, home, "atomic.csv", NUMBERS, "--atomic")] == \
        ["invalid", "not_done", "not_done"]
    nowhere(keyed, *NUMBERS)


def test_hundreds_of_persons_in_one_list(keyed, home):
    keyed.client().done(c_adopt(zhangzhou().file))
    keyed.client().done(c_enterprise(BUYER))

    def number(n):
        body = "35062319900101%03d" % n
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, weights)) % 11]
    numbers = [number(n) for n in range(600)]
    for words in ((), ("--atomic",)):
        rows = imported(keyed, home, "many.csv", numbers, *words)
        assert len(rows) == 600 and len({id_of(r) for r in rows}) == 600
    nowhere(keyed, *numbers[:5])
