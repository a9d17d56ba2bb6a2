# SPDX-License-Identifier: Apache-2.0
"""Chinese and English: which the environment asks for, every text translated, tables as wide as they look, and
codes, JSON and logs the same in both."""

import getpass
import os
import re
import shutil
import subprocess
import unicodedata

import pytest

from test_tools import BUYER, POLICY, SELLER, Desk, desk  # noqa: F401 (a fixture)
from vclient import BIN, BUILD, INVALID, REPO, VOUCHERCTL, VOUCHERQ, c_issue, c_redeem, run_tool, uscc

PO = os.path.join(REPO, "tools", "po", "zh_CN.po")
UPDATE = os.path.join(REPO, "tools", "po", "update")
MO = os.path.join(BUILD, "share", "locale", "zh_CN", "LC_MESSAGES", "voucherd.mo")
CHINESE = {"VOUCHERD_LANG": "zh"}
HAN = re.compile("[\u4e00-\u9fff]")
CONVERSION = re.compile(r"%(?:\d+\$)?[-.\d]*(?:<PRI\w+>|(?:hh?|ll?|[ztj])?[cdisux]|%)")
WORD = re.compile("[A-Za-z]{2,}(?:[._-][A-Za-z]+)*")  # or a name with parts
GLUE = {" is %s"}  # says in Chinese what its value says


# ---- The catalogue ----

def entries(text):
    """(msgid, msgstr) of a .po without line breaks inside."""
    found = re.findall(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', text, re.M)
    return [tuple("".join(re.findall(r'^"(.*)"$', part, re.M)) for part in pair) for pair in found]


def say(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE=""))
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout + done.stderr


def source_texts(home):
    """What tools/po/update finds in the sources."""
    pot = os.path.join(home, "all.pot")
    say(UPDATE, pot)
    with open(pot, encoding="utf-8") as f:
        return [a for a, _ in entries(f.read())]


def test_every_text_of_the_sources_is_translated_and_no_other(home):
    texts = source_texts(home)
    with open(PO, encoding="utf-8") as f:
        pairs = entries(f.read())[1:]
    assert len(texts) > 400
    missing = sorted(set(texts) - {a for a, b in pairs if b})
    assert not missing, "run tools/po/update and translate: %s" % missing
    gone = sorted({a for a, _ in pairs} - set(texts))
    assert not gone, "run tools/po/update: %s" % gone
    say("msgfmt", "--check-format", "-o", "/dev/null", PO)
    for flag in ("--only-fuzzy", "--only-obsolete"):
        assert say("msgattrib", flag, PO) == "", flag


# What in these sources is for a log or a service manager, or stored as English.
NOT_SHOWN = {"the journal can't be read: see commit_failed", "answering what was asked",
             "the book does not go on: does the disk hang?", "contract %s of seller %.18s", "command, request_id",
             "book create", "voucher tool", " of seller ", " and date ", "voucherctl import 1\\n",
             "voucherctl payment 1\\n"}


def literals(text):
    """The texts of a source: neighbours joined, PRIu64 and the like as xgettext writes them."""
    text = re.sub(r"/\*.*?\*/|^#\s*(?:include|error)[^\n]*|_Static_assert\(.*?\);", " ", text, flags=re.S | re.M)
    for found in re.finditer(r'"(?:[^"\\\n]|\\.)*"(?:\s*(?:PRI\w+|"(?:[^"\\\n]|\\.)*"))*', text):
        joined = re.sub(r'"\s*(PRI\w+)\s*(?:"|$)', r"<\1>", found.group())
        yield re.sub(r'"\s*"', "", joined).strip('"')


def unwrapped(text, texts):
    """The sentences, of two words or more, that are not among the texts."""
    words = set(re.findall(r'\.words = "([^"]+)"', text)) | NOT_SHOWN
    return [l for l in literals(text) if l not in texts and l not in words and
            re.search("[A-Za-z]{2,},? [A-Za-z]{2,}", CONVERSION.sub("x", l.replace("\\n", " ")))]


def test_every_sentence_of_the_sources_is_wrapped(home):
    found, heads, texts, commands = [], [], set(source_texts(home)), set()
    for path in say(UPDATE, "--list").split():
        with open(os.path.join(REPO, path), encoding="utf-8") as f:
            text = f.read()
        commands |= set(re.findall(r'\.words = "([^"]+)"', text))
        found += [(path, l) for l in unwrapped(text, texts)]
        heads += [(path, h) for h in re.findall(r'\{("[^"]+"), (?:true|false)\}', text)]
    found = [(path, l) for path, l in found if l not in commands]
    assert len(texts) > 400 and not found, "in _() or N_(), or a fault: %s" % found
    assert not heads, "heads of tables in N_(): %s" % heads


def test_a_translation_has_the_conversions_of_its_text():
    with open(PO, encoding="utf-8") as f:
        pairs = entries(f.read())[1:]
    for a, b in pairs:
        kinds = [sorted(re.sub(r"^%\d+\$", "%", c) for c in CONVERSION.findall(t)) for t in (a, b)]
        assert kinds[0] == kinds[1], (a, b)
        words = re.search("[A-Za-z]{2,}", re.sub(r"\\n", "", CONVERSION.sub("", a)))
        assert HAN.search(b) or not words or a in GLUE, (a, b)


# ---- Which language ----

@pytest.mark.parametrize("env,chinese", [
    ({"LC_ALL": "zh_CN.UTF-8"}, True), ({"LC_ALL": "", "LANG": "zh_SG.UTF-8"}, True),
    ({"LC_ALL": "zh_CN.GB18030"}, True), ({"LC_ALL": "zh_CN"}, True),
    ({"LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN"}, True), ({"LC_ALL": "C", "VOUCHERD_LANG": "zh"}, True),
    ({"LC_ALL": "C"}, False), ({"LC_ALL": "POSIX", "LANGUAGE": "zh_CN"}, False), ({"LC_ALL": "C.UTF-8"}, False),
    ({"LC_ALL": "en_US.UTF-8"}, False), ({"LC_ALL": "zh_CN.UTF-8", "LANGUAGE": "en"}, False),
    ({"LC_ALL": "zh_CN.UTF-8", "VOUCHERD_LANG": "en"}, False)])
def test_the_environment_chooses_whatever_locales_the_machine_has(desk, env, chinese):  # noqa: F811
    for program, words in ((VOUCHERQ, ["status"]), (VOUCHERQ, ["vouchers"]), (VOUCHERCTL, ["lapse", "--help"])):
        r = desk.run(program, *words, env=env)
        assert r.code == 0 and bool(HAN.search(r.out)) == chinese, r
        assert "\ufffd" not in r.out and "\\x" not in r.out, r
    r = desk.q("enterprise", "123", env=env)
    assert r.code == 2 and bool(HAN.search(r.err)) == chinese, r


def test_names_are_printed_in_any_locale(desk):  # noqa: F811
    for env in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "no_SUCH.locale"}):
        assert "买方" in desk.q("enterprise", BUYER, env=env).out


def test_a_program_finds_its_texts_where_it_was_built_and_where_it_was_installed(home):
    assert os.path.exists(MO)
    for name in ("voucherq", "voucherctl"):
        os.makedirs(os.path.join(home, "bin"), exist_ok=True)
        moved = os.path.join(home, "bin", name)
        shutil.copy(os.path.realpath(os.path.join(BIN, name)), moved)
        catalogue = os.path.join(home, "share", "locale", "zh_CN", "LC_MESSAGES")
        os.makedirs(catalogue, exist_ok=True)
        shutil.copy(MO, catalogue)
        link = os.path.join(home, name)
        os.symlink(moved, link)
        for program in (os.path.join(BIN, name), moved, link):
            assert HAN.search(run_tool(program, ["--help"], env=CHINESE).out), program
        assert not HAN.search(run_tool(moved, ["--help"]).out)
        shutil.rmtree(os.path.join(home, "share"))
        if not os.path.exists("/usr/local/share/locale/zh_CN/LC_MESSAGES/voucherd.mo"):
            assert "Usage" in run_tool(moved, ["--help"], env=CHINESE).out  # English where there are no texts


# ---- Everything that is shown ----

# words, exit code; with the book that book_of_all makes
VIEWS = [
    (VOUCHERQ, ["funds"], 0), (VOUCHERQ, ["funds", "--as-of", "2025-01-01"], 0), (VOUCHERQ, ["enterprise", BUYER], 0),
    (VOUCHERQ, ["enterprise", SELLER], 0), (VOUCHERQ, ["enterprise", BUYER, "--as-of-entry", "9"], 0),
    (VOUCHERQ, ["voucher", "1"], 0), (VOUCHERQ, ["voucher", "2"], 0), (VOUCHERQ, ["voucher", "3"], 0),
    (VOUCHERQ, ["vouchers"], 0), (VOUCHERQ, ["vouchers", "--state", "lapsed"], 0), (VOUCHERQ, ["refusals"], 0),
    (VOUCHERQ, ["entries"], 0), (VOUCHERQ, ["explain", "--enterprise", BUYER, "--contract", "C1"], 0),
    (VOUCHERQ, ["explain", "--enterprise", BUYER, "--contract", "C2"], 0), (VOUCHERQ, ["status"], 0),
    (VOUCHERCTL, ["voucher", "issue", "--dry-run", "--measure", "1", "--enterprise", BUYER, "--contract", "C2"], 0),
    (VOUCHERCTL, ["voucher", "issue", "--dry-run", "--measure", "1", "--enterprise", BUYER, "--contract", "C1"], 1),
    (VOUCHERCTL, ["voucher", "issue", "--dry-run", "--measure", "1", "--enterprise", SELLER, "--contract", "C2"], 1),
    (VOUCHERCTL, ["voucher", "issue", "--dry-run", "--measure", "2", "--enterprise", BUYER, "--contract", "C2"], 1),
    (VOUCHERCTL, ["voucher", "redeem", "--dry-run", "1", "--invoice", "1" * 20, "--dated", "2025-07-30", "--amount",
                  "5"], 1),
    (VOUCHERCTL, ["voucher", "redeem", "--dry-run", "1", "--invoice", "3" * 20, "--dated", "2025-07-30", "--amount",
                  "5"], 0),
    (VOUCHERCTL, ["voucher", "void", "--dry-run", "2", "--reason", "再次"], 1),
    (VOUCHERCTL, ["lapse", "--dry-run"], 0), (VOUCHERCTL, ["lapse", "--dry-run", "--day", "2099-01-01"], 1),
    (VOUCHERCTL, ["policy", "adopt", "--dry-run", POLICY], 1), (VOUCHERCTL, ["policy", "check", POLICY], 0),
    (VOUCHERCTL, ["enterprise", "add", "--dry-run", BUYER, "--name", "名", "--area", "350602"], 1),
    (VOUCHERCTL, ["contract", "add", "--dry-run", "C1", "--seller", SELLER, "--buyer", BUYER, "--amount", "1",
                  "--signed", "2025-03-01"], 1),
    (VOUCHERCTL, ["contract", "add", "--dry-run", "C9", "--seller", SELLER, "--buyer", SELLER, "--amount", "1",
                  "--signed", "2025-03-01"], 1),
    (VOUCHERCTL, ["fund", "appropriate", "--dry-run", "--measure", "1", "--year", "2040", "--source", "city",
                  "--amount", "1", "--document", "文"], 1),
    (VOUCHERCTL, ["fund", "appropriate", "--dry-run", "--measure", "1", "--year", "2026", "--source", "city",
                  "--amount", "1", "--document", "文"], 0),
    (VOUCHERQ, ["statement", BUYER], 0), (VOUCHERQ, ["statement", SELLER], 0),
    (VOUCHERQ, ["vouchers", "--payee", BUYER, "--to-pay"], 0),
    (VOUCHERCTL, ["pay", "--dry-run", "1", "--document", "文"], 0),
    (VOUCHERCTL, ["pay", "--dry-run", "--all", "--payee", BUYER, "--document", "文"], 0),
    (VOUCHERCTL, ["pay", "--dry-run", "--all", "--payee", SELLER, "--document", "文"], 0),
    (VOUCHERCTL, ["pay", "--dry-run", "2", "--document", "文"], 1),
    (VOUCHERCTL, ["pay", "--dry-run", "1", "--payee", SELLER, "--document", "文"], 1),
    (VOUCHERCTL, ["bank-return", "--dry-run", "1", "--document", "文"], 1),
    # What was given wrongly: found by the tool, and by the daemon.
    (VOUCHERCTL, ["pay", "--document", "文"], 2), (VOUCHERCTL, ["pay", "1", "1", "--document", "文"], 2),
    (VOUCHERCTL, ["pay", "77", "--document", "文"], 2), (VOUCHERCTL, ["pay", "--all", "--document", "文"], 2),
    (VOUCHERCTL, ["pay", "1", "--file", "/no", "--document", "文"], 2), (VOUCHERCTL, ["round", "close", "1"], 2),
    (VOUCHERCTL, ["pay", "1", "--measure", "1", "--document", "文"], 2),
    (VOUCHERCTL, ["fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "city", "--amount", "1",
                  "--document", "文", "--area", "350602"], 2),
    (VOUCHERCTL, ["withdraw", "1", "--reason", "无"], 2), (VOUCHERQ, ["statement"], 2),
    (VOUCHERQ, [], 2), (VOUCHERQ, ["voucher"], 2), (VOUCHERQ, ["voucher", "99"], 2), (VOUCHERQ, ["voucher", "0"], 2),
    (VOUCHERQ, ["enterprise", uscc(99)], 2), (VOUCHERQ, ["enterprise", "123"], 2),
    (VOUCHERQ, ["enterprise", "91350604MAWY00014F"], 2), (VOUCHERQ, ["funds", "--as-of", "x"], 2),
    (VOUCHERQ, ["funds", "--as-of", "2025-08-01", "--as-of-entry", "2"], 2), (VOUCHERQ, ["funds", "--as-of-entry",
                                                                                       "999"], 2),
    (VOUCHERQ, ["funds", "--json=1"], 2), (VOUCHERQ, ["funds", "--as-of"], 2), (VOUCHERQ, ["--timeout", "0", "funds"], 2),
    (VOUCHERQ, ["explain", "--enterprise", BUYER, "--contract", "none"], 2), (VOUCHERQ, ["funds", "more"], 2),
    (VOUCHERCTL, ["voucher", "issue", "--measure", "99", "--enterprise", BUYER, "--contract", "C1"], 2),
    (VOUCHERCTL, ["voucher", "issue", "--measure", "1", "--enterprise", uscc(9), "--contract", "C1"], 2),
    (VOUCHERCTL, ["voucher", "issue", "--measure", "1", "--enterprise", BUYER], 2),
    (VOUCHERCTL, ["voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1", "--amount", "0"], 2),
    (VOUCHERCTL, ["voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C1", "--amount",
                  "9000000000000.01"], 2),
    (VOUCHERCTL, ["voucher", "redeem", "1", "--invoice", "12", "--dated", "2025-07-30", "--amount", "1"], 2),
    (VOUCHERCTL, ["voucher", "void", "77", "--reason", "无"], 2),
    (VOUCHERCTL, ["enterprise", "add", uscc(9), "--name", "名", "--area", "999999"], 2),
    (VOUCHERCTL, ["enterprise", "add", uscc(9), "--name", "名", "--area", "350602", "--trait", "rich"], 2),
    (VOUCHERCTL, ["fund", "appropriate", "--measure", "1", "--year", "2025", "--source", "moon", "--amount", "1",
                  "--document", "文"], 2),
    (VOUCHERCTL, ["policy", "check", "/no/such/file"], 2), (VOUCHERCTL, ["policy", "check", "/dev/null"], 2),
    (VOUCHERCTL, ["batch", "/no/such/file"], 2), (VOUCHERCTL, ["clock", "set", "noon"], 2),
    (VOUCHERCTL, ["--request-id", "12", "lapse"], 2),
]


@pytest.fixture
def full(desk):  # noqa: F811
    """A book that every view has something of."""
    desk.contract("C2", amount="1200000")
    desk.contract("C3", amount="200000")
    desk.issue()
    desk.issue("C3")
    desk.do("voucher", "redeem", "1", "--invoice", "1" * 20, "--dated", "2025-07-30", "--amount", "0.03")
    desk.do("voucher", "void", "2", "--reason", "撤回")
    desk.do("outside", "add", "--seller", SELLER, "--contract", "C3", "--amount", "10", "--document", "省")
    desk.issue("C3")
    desk.issue(code=1)
    desk.issue("C2", "--amount", "700000", code=1)
    desk.do("voucher", "redeem", "2", "--invoice", "2" * 20, "--dated", "2025-07-30", "--amount", "1", code=1)
    desk.do("lapse")
    return desk


def codes():
    """English words that stand in Chinese texts too: commands, fields, names of a policy, codes."""
    words = set("voucherd voucherctl voucherq zhangzhou json unix uuid iso utf gb root".split())
    for folder in ("tools", "lib/rules", "lib/ledger", "lib/wire", "lib/book", "lib/net"):
        for path, _, names in os.walk(os.path.join(REPO, folder)):
            for name in names:
                if name.endswith((".c", ".h")):
                    with open(os.path.join(path, name), encoding="utf-8") as f:
                        text = f.read()
                    for found in re.findall(r'\.(?:name|words) = "([^"]+)"', text) + \
                            re.findall(r'fault_set(?:_n)?\(\s*[\w>&.-]+,\s*"([^"]+)"', text) + \
                            re.findall(r'\[REASON_\w+\] = "(\w+)"', text):
                        words |= set(WORD.findall(found))
    with open(POLICY, encoding="utf-8") as f:
        words |= set(WORD.findall(re.sub("#.*", "", f.read())))
    return words | {"city", "moon", "rich", "noon", "none", "more", "industrial", "annotation", "platform", "model",
                    "filing", "effect", "command", "argument", "option", "outcome", "addr", "book", "create",
                    "open", "used", "void", "lapsed", "void_voucher", getpass.getuser()}


def english_words(text, allowed):
    text = re.sub(r"--[a-z-]+|/[\w./-]+|unix:\S+|\b[0-9a-f]{8,}\b|\d{4}-\d\d-\d\dT\S+|[\w.-]+\.yaml", " ", text)
    text = re.sub(r"\b[A-Z0-9][A-Z0-9_=.-]*\b", " ", text)
    return [w for w in WORD.findall(text) if w not in allowed and not set(w.split(".")) <= allowed]


def test_no_english_is_left_in_chinese(full):
    allowed = codes()
    found = []
    for program, words, code in VIEWS:
        r = full.run(program, *words, env=CHINESE)
        assert r.code == code, r
        assert HAN.search(r.out + r.err), r
        found += [(words, w) for w in english_words(r.out + r.err, allowed)]
    assert not found, found


def test_help_is_chinese(full):
    allowed = codes()
    for program in (VOUCHERCTL, VOUCHERQ):
        whole = run_tool(program, ["--help"], env=CHINESE).out
        commands = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  +\S", whole, re.M)
        assert len(commands) >= 8
        for words in [[]] + [c.split() for c in commands]:
            text = run_tool(program, words + ["--help"], env=CHINESE).out
            left = english_words(text, allowed)
            assert HAN.search(text) and not left, (words, left)
            wide = [l for l in text.splitlines() if width(l) > 80]
            assert not wide, wide


def test_the_checks_of_this_file_can_fail():
    source = '#include "a.h"\nputs("so it is"); f("so " /* no */ "is %" PRIu64 "\\n"); x = "one";'
    assert unwrapped(source, {"so it is"}) == ["so is %<PRIu64>\\n"]
    assert english_words("券 7: nothing found", codes()) == ["nothing", "found"]
    assert gutters(["甲乙丙丁  1.00", "abcd      1.00"]) == [8]
    assert gutters(["甲乙丙丁  1.00", "abcd  1.00"]) == []  # padded by characters


# ---- Tables ----

def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def gutters(lines):
    """How many columns of a screen wide the blank stripes between the columns of a table are, from left."""
    cells = []
    for line in lines:
        cells.append("".join("x " [c == " "] * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in line))
    most = max(map(len, cells))
    blank = [all(c.ljust(most)[i] == " " for c in cells) for i in range(most)]
    return [i for i in range(1, most) if blank[i] and not blank[i - 1]]


@pytest.mark.parametrize("env", [CHINESE, {"LC_ALL": "zh_CN.UTF-8"}, {"LC_ALL": "C", "VOUCHERD_LANG": "zh"},
                                 {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}])
def test_tables_are_as_wide_as_they_look(full, env):
    full.contract("合同-甲〔2025〕1号", amount="2000")
    full.do("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "合同-甲〔2025〕1号")
    lines = full.q("funds", env=env).out.splitlines()[:-1]
    assert len(lines) == 2 and len(gutters(lines)) == 10
    assert len({width(l) for l in lines}) == 1, lines  # the last column is aligned right
    lines = full.q("vouchers", env=env).out.splitlines()[:-1]
    assert "合同-甲〔2025〕1号" in lines[-1], lines
    assert len(lines) == 5 and len(gutters([l for l in lines])) == 10, lines
    dates = [re.search(r"\d{4}-\d\d-\d\d", l) for l in lines[1:]]
    assert len({width(l[:m.start()]) for l, m in zip(lines[1:], dates)}) == 1, lines
    lines = [l for l in full.q("explain", "--enterprise", BUYER, "--contract", "C2", "--measure", "1",
                               env=env).out.splitlines()][1:-1]
    ends = [width(l[:list(re.finditer(r"[\d,]+\.\d\d", l))[-1].end()]) for l in lines[1:]]
    assert len(lines) >= 4 and len(set(ends)) == 1, lines


# ---- What is the same ----

def test_json_and_exit_codes_are_the_same_in_every_language(full):
    for program, words, code in VIEWS:
        words = ["--json"] + words
        if program == VOUCHERCTL and not {"check", "batch", "clock", "--request-id"} & set(words):
            words = ["--request-id", "00000000-0000-7000-8000-000000000001"] + words
        both = [full.run(program, *words, env=env) for env in ({}, CHINESE, {"LC_ALL": "zh_CN.UTF-8"})]
        assert {(r.code, r.out, r.err) for r in both} == {(both[0].code, both[0].out, both[0].err)}, both
        assert both[0].code == code and (both[0].out or both[0].err), both


def test_the_log_stays_english(full):
    for env in ({}, CHINESE):
        full.run(VOUCHERCTL, "voucher", "issue", "--measure", "99", "--enterprise", BUYER, "--contract", "C1", env=env)
    full.daemon.stop()
    lines = [l for l in full.daemon.log_tail(200).splitlines() if "issue.measure" in l]
    assert len(lines) == 2
    assert {re.search(r"expected=(.*)", l).group(1) for l in lines} == \
        {re.search(r"expected=(.*)", lines[0]).group(1)}
    assert "a measure of policy" in lines[0] and not HAN.search(lines[0])


# ---- Faults on the wire ----

def test_the_parts_of_a_fault_make_its_sentence(daemon):
    d = Desk(daemon)
    with daemon.client() as c:
        o = c.do(c_issue("1", BUYER, "C1"))
        assert o.kind == INVALID and o.fault.format == o.fault.expected and not o.fault.values
        d.do("policy", "adopt", POLICY)
        o = c.do(c_issue("99", BUYER, "C1"))
        assert o.kind == INVALID and o.fault.format == "a measure of policy %s: %s"
        assert o.fault.format % tuple(o.fault.values) == o.fault.expected
        o = c.do(c_redeem(1, "1", 1, 0))
        assert o.kind == INVALID and o.fault.expected and o.fault.format


# ---- Words of the papers ----

def test_a_refusal_says_its_figures_in_chinese(full):
    r = full.ctl("voucher", "issue", "--measure", "1", "--enterprise", BUYER, "--contract", "C2", "--amount", "700000",
                 env=CHINESE)
    assert r.code == 1
    for words in ("拒绝", "比例", "上限", "700,000.00", "600,000.00", "1,200,000.00 的 50 %"):
        assert words in r.out, r


def test_a_vouchers_face_in_capitals(full):
    assert "大写 人民币壹佰伍拾万元整\n" in full.q("voucher", "1", env=CHINESE).out
    assert "大写" not in full.q("voucher", "1").out
