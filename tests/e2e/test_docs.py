# SPDX-License-Identifier: Apache-2.0
"""What is written is true: every command of README.md and of the man pages does what it says against the demo
that tools/quickstart leaves running; the pages have every command, option and key, and no other."""

import itertools
import json
import os
import re
import shutil
import signal
import string
import subprocess
import tempfile

import pytest

from pages import commands, help_of, literals, options_of, page_commands, page_options, read, section
from vclient import BUILD as GIVEN_BUILD
from vclient import (DONE, J, PATIENCE, REPO, V, VOUCHERCTL, VOUCHERD, VOUCHERQ, Client, c_adopt, c_appropriate, c_claim,
                     c_contract, c_enterprise, day, fen, noon, run_tool, uscc)

BUILD = os.path.abspath(GIVEN_BUILD)

PAGES = ["conf/voucherd-policy.5", "daemon/voucherd.8", "daemon/voucherd.conf.5", "lib/client/libvoucher.3",
         "proto/voucherd-protocol.7", "tools/voucher-bench.1", "tools/voucherctl.1", "tools/voucherq.1"]


def expected_code(line):
    m = re.search(r"#.*exit status (\d)", line)
    return int(m.group(1)) if m else 0


class Demo:
    """A directory that looks like the checkout after tools/quickstart, with its demo running."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="vd-", dir=os.environ.get("VOUCHERD_TMP"))
        os.makedirs(os.path.join(self.top, "build"))
        os.makedirs(os.path.join(self.top, "home"))
        for name in ("conf", "daemon", "lib", "proto", "tests", "tools", "README.md"):
            os.symlink(os.path.join(REPO, name), os.path.join(self.top, name))
        for name in ("bin", "tools"):
            os.symlink(os.path.join(BUILD, name), os.path.join(self.top, "build", name))
        self.demo = os.path.join(self.top, "build", "demo")
        self.socket = os.path.join(self.demo, "voucherd.sock")
        self.env = dict(os.environ, VOUCHERD_BUILD=BUILD, VOUCHERD_DEMO=self.demo, LC_ALL="C.UTF-8",
                        LANGUAGE="", VOUCHERD_LANG="",
                        VOUCHERD_ADDR="unix:" + self.socket, HOME=os.path.join(self.top, "home"),
                        MANPAGER="cat", PATH=os.path.join(BUILD, "bin") + ":" + os.environ["PATH"])

    def run(self, *words):
        """In a process group of its own, so that nothing outlives a command that hangs; the demo's daemon has
        a session of its own."""
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            p = subprocess.Popen(words, cwd=self.top, env=self.env, stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = p.wait(5 * PATIENCE)
            finally:
                try:
                    os.killpg(p.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            out.seek(0)
            return subprocess.CompletedProcess(words, code, out.read())

    def quickstart(self, *words):
        return self.run(os.path.join(REPO, "tools", "quickstart"), "--no-install", *words)

    def shell(self, lines):
        """Runs command lines in one shell, as they are typed; each must end as it says."""
        marks = os.path.join(self.top, "codes")
        script = "".join("%s\necho $? >>'%s'\n" % (line, marks) for line in lines)
        if os.path.exists(marks):
            os.unlink(marks)
        done = self.run("bash", "-c", script)
        with open(marks) as f:
            codes = [int(c) for c in f.read().split()]
        wrong = [(c, line) for c, line in zip(codes, lines) if c != expected_code(line)]
        assert not wrong and len(codes) == len(lines), "%s\n%s" % (wrong, done.stdout)
        return done.stdout

    def end(self):
        stopped = self.quickstart("stop")
        shutil.rmtree(self.top, ignore_errors=True)
        assert stopped.returncode == 0, stopped.stdout


@pytest.fixture
def demo():
    d = Demo()
    try:
        done = d.quickstart()
        assert done.returncode == 0, done.stdout
        d.said = done.stdout
        yield d
    finally:
        d.end()


# ---- The quick start ----

def test_quickstart_shows_every_reason_and_can_be_run_again_and_stopped(demo):
    known = re.findall(r"^ +(REASON_[A-Z_]+) = [1-9]", read("lib/rules/reason.h"), re.M)
    names = dict(re.findall(r'\[(REASON_\w+)\] = "(\w+)"', read("lib/rules/reason.c")))
    assert len(known) >= 41
    for reason in known:
        assert re.search(r"^%s  " % names[reason], demo.said, re.M), reason
    again = demo.quickstart()
    assert again.returncode == 0 and "was stopped" in again.stdout, again.stdout
    tries = again.stdout[again.stdout.index("What to try next"):]
    lines = [l for l in tries.splitlines() if re.match("export|source|voucher", l)]
    assert len(lines) >= 5
    demo.shell(lines)
    assert "is stopped" in demo.quickstart("stop").stdout
    nothing = demo.quickstart("stop")
    assert nothing.returncode == 0 and "nothing runs" in nothing.stdout


def answers(demo, batch):
    """What was said to each command of a batch of the tour, with the command."""
    with open(os.path.join(demo.demo, batch + ".jsonl"), encoding="utf-8") as asked, \
            open(os.path.join(demo.demo, batch + ".answers"), encoding="utf-8") as said:
        return [(json.loads(a), json.loads(b)) for a, b in zip(asked, said)]


def faces(pairs, measure):
    return [said["face"] for asked, said in pairs if asked.get("measure") == measure and "face" in said]


def test_quickstart_claims_by_every_measure_and_gets_what_they_give(demo):
    claimed = set()
    for name in ("pilot", "claims", "refused-claims", "example", "waiting"):
        pairs = answers(demo, name)
        assert pairs and all(("refused" in said) == name.startswith("refused") for _, said in pairs), name
        claimed |= {(name in ("example", "waiting"), asked["measure"]) for asked, _ in pairs
                    if asked["command"] in ("voucher issue", "claim", "designation add")}
    for example, path in ((False, "conf/zhangzhou-2025.yaml"), (True, "conf/example-city.yaml")):
        codes = re.findall(r"^  - code: \"?([\w.]+)\"?", read(path), re.M)
        # 11.2 waits for its guide as 11.1 does
        assert {(example, c) for c in codes} - claimed <= {(False, "11.2")} and len(codes) >= 8
    got = answers(demo, "claims")
    for measure, expected in (("4.1", 18 * ["200.00"]), ("4.2", 6 * ["200.00"]), ("4.3", 12 * ["400.00"]),
                              ("5.1", ["432000.00", "400000.00"]), ("5.2", ["2500000.00"]), ("7", ["20000000.00"]),
                              ("8.1", ["60000.00"]), ("8.2", ["30000.00"]), ("8.3", ["500000.00"])):
        assert faces(got, measure) == expected, measure
    got = answers(demo, "example")
    for measure, expected in (("C", ["400000.00"]), ("R", ["10000.00", "100000.00"]), ("A", ["200000.00"]),
                              ("B", ["120000.00"]), ("I", ["1698.63"])):
        assert faces(got, measure)[-len(expected):] == expected, measure
    # 100,000.00 x 60,000 / 260,000 = 23,076.923..., x 80,000 = 30,769.230..., x 120,000 = 46,153.846...
    got = answers(demo, "granted")
    assert faces(got, "Q") == ["50000.00", "10000.00"]
    assert faces(got, "D") == ["23076.92", "30769.23", "46153.85"]


def test_a_voucher_for_another_spending_than_a_contract(demo):
    number = next(said["voucher"] for asked, said in answers(demo, "claims") if asked["measure"] == "8.1")
    assert "for 智慧港口调度\n" in demo.shell(["voucherq voucher %d" % number])
    told = json.loads(demo.shell(["voucherq --json voucher %d" % number]))
    assert told["contract"] == "智慧港口调度" and "seller" not in told


def test_the_numbers_of_persons_are_nowhere_in_the_demo_but_in_what_was_sent(demo):
    with open(os.path.join(demo.demo, "claims.jsonl"), encoding="utf-8") as f:
        numbers = {json.loads(line)["person"]["person"] for line in f if '"person"' in line}
    assert len(numbers) == 6
    for folder, _, names in os.walk(demo.demo):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".jsonl") or not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                content = f.read()
            assert not any(n.encode() in content for n in numbers), path


def test_the_demo_city_is_as_large_as_it_is_said_to_be_and_always_the_same():
    made = [subprocess.run([os.path.join(REPO, "tools", "sample-city"), "register"], check=True,
                           stdout=subprocess.PIPE, text=True).stdout for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].count('"enterprise add"') == 240 and made[0].count('"contract add"') == 500
    areas = set(re.findall(r'"area": "([^"]+)"', made[0]))
    policy = read("conf/zhangzhou-2025.yaml")
    codes = re.findall(r"\{code: \"?([^,\"]+)\"?, name: (\S+)\}", policy)
    assert len(codes) == 16
    for code, name in codes:
        assert code in areas or name in areas, name


# ---- Commands as typed ----

# What stands in a document and is not run where it stands, and why.
NOT_RUN = {
    "tools/quickstart    # installs what is missing, builds, and leaves a demo city running; 3 minutes at most":
        "each demo of these tests is made by it, with --no-install",
    "tools/quickstart stop": "each demo of these tests is ended by it",
    "tests/run           # builds and runs the whole suite": "it runs this",
    "cc lib/client/example.c $(pkg-config --cflags --libs voucher) -o example":
        "test_library.py runs it beside a library that is installed",
}
NOT_RUN.update(dict.fromkeys([
    "meson setup build-service --prefix=/usr --buildtype=release", "ninja -C build-service",
    "meson install -C build-service", "systemd-sysusers", "systemd-tmpfiles --create voucherd.conf",
    "install -D -m 0640 -g voucherd conf/voucherd.yaml /etc/voucherd/voucherd.yaml",
    "systemctl enable --now voucherd.socket", "systemctl reload voucherd", "systemctl status voucherd",
    "systemctl restart voucherd.socket voucherd.service", "journalctl -u voucherd VOUCHERD_EVENT=denied",
    "head -c 32 /dev/urandom | install -m 0400 -o voucherd /dev/stdin /etc/voucherd/person.key",
], "it changes or asks the machine; test_service.py does so below a root of its own"))

PROGRAMS = ("voucherctl", "voucherq", "voucherd", "voucher-bench")
TYPED = re.compile(r"(?:[A-Z_]+=\S* )*(%s|cat|echo|printf|mkdir|sleep|kill|wait|cp|chmod|ls|export|source|head|man) "
                   % "|".join(PROGRAMS))


def blocks_of_readme():
    return re.findall(r"```(\w*)\n(.*?)```", read("README.md"), re.S)


def is_commands(block):
    """Only what is known to stay within a demo is run."""
    return all(TYPED.match(line) or line in NOT_RUN for line in commands(block))


def run(demo, blocks):
    lines = [line for block in blocks for line in commands(block)]
    demo.shell([line for line in lines if line not in NOT_RUN])
    return lines


def is_file(block):
    """A policy or a configuration; the tests of keys read them."""
    return re.match(r"(policy|book): ", block)


# How many files of its page a test of keys reads, where it is more than one.
FILES_READ = {"conf/voucherd-policy.5": 2}


def is_program(block):
    """test_library.py builds and runs it."""
    return block.startswith("#include ")


def is_bytes(block):
    return all(re.match(r"(?:[0-9a-f]{2}(?: |$))+", line) for line in block.splitlines())


def test_readme(demo):
    """Every line for a shell, in its order."""
    blocks = [block for language, block in blocks_of_readme() if language == "sh"]
    assert [block for block in blocks if not is_commands(block)] == []
    assert len(run(demo, blocks)) > 25


@pytest.mark.parametrize("path", [p for p in PAGES if any(map(is_commands, literals(read(p))))])
def test_commands_of(path, demo):
    """Every command of a page, wherever it stands in it."""
    run(demo, filter(is_commands, literals(read(path))))


def test_what_is_not_run_is_there():
    shown = {line for block in [b for _, b in blocks_of_readme()] + [b for p in PAGES for b in literals(read(p))]
             for line in commands(block)}
    assert set(NOT_RUN) <= shown, "no longer there: %s" % (set(NOT_RUN) - shown)


def test_nothing_that_is_shown_is_left_out():
    """A block of a page is run, read as a file, built, or sent as bytes; of README.md, all are for a shell."""
    for path in PAGES:
        blocks = literals(read(path))
        assert len(blocks) == len(re.findall(r"^\.(?:Bd|Dl|D1)\b", read(path), re.M)), path
        for block in blocks:
            assert any(f(block) for f in (is_commands, is_file, is_program, is_bytes)), (path, block)
        assert sum(map(bool, map(is_file, blocks))) <= FILES_READ.get(path, 1), "%s: the tests of keys read fewer" % path
    assert {language for language, _ in blocks_of_readme()} == {"sh"}


def mentioned():
    """Commands that are spoken of in a sentence, with where."""
    for path in PAGES:
        for command in re.findall(r"^\.(?:.*\b)?Ic ((?:%s) .*)$" % "|".join(PROGRAMS), read(path), re.M):
            yield path, re.sub(r" [.,;:)]+$", "", command)
    for path in ("README.md", "NEWS.md"):
        text = re.sub(r"```.*?```", "", read(path), flags=re.S)
        for command in re.findall(r"`((?:%s) [^`]+)`" % "|".join(PROGRAMS), text):
            yield path, command
    for path in ("conf/voucherd.yaml", "conf/zhangzhou-2025.yaml"):
        for command in re.findall(r"^#.*?[:`] ?((?:%s) [^`\n]+)" % "|".join(PROGRAMS), read(path), re.M):
            yield path, command


def test_commands_in_sentences_are_there():
    """They have no values that they could be run with: the words and the options must be there."""
    found = list(mentioned())
    assert len(found) >= 6
    for path, command in found:
        words = command.split()
        program = os.path.join(BUILD, "bin", words[0])
        names = itertools.takewhile(re.compile("[a-z][a-z-]*").fullmatch, words[1:])
        there = options_of(help_of(program, *names))
        assert {w[2:].split("=")[0] for w in words if w.startswith("--")} <= there, (path, command)


def test_pages_in_sentences_are_there():
    for path in ("README.md",):
        for page in re.findall(r"`man -l ([^`]+)`", read(path)):
            assert page in PAGES, page


def test_worked_bytes_of_the_protocol(demo):
    blocks = literals(section(read("proto/voucherd-protocol.7"), "EXAMPLES"))
    frames = []
    for block in blocks:
        rows = [re.match(r"(?:[0-9a-f]{2}(?: |$))+", line) for line in block.splitlines()]
        assert all(rows), block
        frames.append(b"".join(bytes.fromhex(r.group(0)) for r in rows))
    assert len(frames) == 2
    for frame in frames:
        assert int.from_bytes(frame[:4], "big") == len(frame) - 4
        m = V.ToDaemon()
        m.ParseFromString(frame[4:])
        assert m.SerializeToString() == frame[4:]
    with Client(demo.socket, hello=False) as c:
        c.send_bytes(frames[0])
        assert c.receive().WhichOneof("kind") == "welcome"
        for again in (False, True):
            c.send_bytes(frames[1])
            outcome = c.outcomes(1)[0]
            assert outcome.kind == DONE and outcome.again == again
            assert outcome.entry.issued.face == 18_000_000


# ---- The pages are whole ----

@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_right_mdoc(path):
    file = os.path.join(REPO, path)
    env = dict(os.environ, LC_ALL="C.UTF-8", MANPAGER="cat")
    for tool in (["groff", "-ww", "-z", "-k", "-mandoc", "-Tutf8", file], ["man", "--warnings", "-l", file]):
        done = subprocess.run(tool, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0 and done.stderr == "", done.stderr


def test_no_option_stands_inside_another_because_op_goes_to_the_end_of_its_line():
    for path in PAGES:
        assert re.findall(r"^\..*\bOp\b.*\bOp\b.*", read(path), re.M) == [], path


def test_a_page_names_only_pages_that_are_there():
    ours = {os.path.basename(p).rsplit(".", 1)[0] for p in PAGES}
    for path in PAGES:
        for name, number in re.findall(r"\bXr (\S+) (\d)", read(path)):
            assert name in ours and any(p.endswith("/%s.%s" % (name, number)) for p in PAGES), (path, name)


@pytest.mark.parametrize("program,path", [(VOUCHERCTL, "tools/voucherctl.1"), (VOUCHERQ, "tools/voucherq.1")])
def test_a_tool_and_its_page_have_the_same_commands_and_options(program, path):
    page, whole = read(path), help_of(program)
    listed = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  +\S", whole, re.M)
    paged = page_commands(page)
    assert sorted(paged) == sorted(listed) and len(listed) >= 8
    everywhere = options_of(whole)
    common = everywhere | {"dry-run"}
    assert everywhere <= page_options(section(page, "DESCRIPTION"))
    used = set()
    for name in listed:
        own = options_of(help_of(program, *name.split()))
        used |= own
        assert own - common == paged[name], name
    assert page_options(page) - {"dry-run"} <= used
    assert ("dry-run" in page_options(page)) == ("dry-run" in used)


def test_the_daemon_and_its_page_have_the_same_options():
    assert page_options(read("daemon/voucherd.8")) == options_of(help_of(VOUCHERD))


def test_the_bench_and_its_page_have_the_same_options():
    page = section(read("tools/voucher-bench.1"), "DESCRIPTION")
    assert page_options(page) == options_of(help_of(os.path.join(BUILD, "bin", "voucher-bench"))) - {"help", "usage"}


def test_the_bench_and_its_page_have_the_same_figures():
    page = section(read("tools/voucher-bench.1"), "OUTPUT")
    assert set(re.findall(r"^\.Va (\w+)", page, re.M)) == set(re.findall(r'\\"(\w+)\\":', BENCH))


def page_keys(text):
    return {k for line in re.findall(r"^\.It (Ic .*)$", text, re.M)
            for k in re.findall(r"[A-Za-z][\w-]*", line.replace("Ic", ""))}


def known_keys(run, text, place):
    """The keys that the reader names beside an unknown one, put into each mapping at `place` (a pattern whose
    end is where a key can begin): of several, which may be of several kinds, those of all."""
    found = [known_keys_at(run, text, m.end()) for m in re.finditer(place, text, re.M)]
    assert found, place
    return set().union(*found)


def known_keys_at(run, text, at):
    def told(key):
        broken = text[:at] + key + ": 1, " + text[at:] if text[at - 1] == "{" else \
            text[:at] + key + ": 1\n" + " " * (at - text.rfind("\n", 0, at) - 1) + text[at:]
        said = run(broken)
        m = re.search(r"unknown key '%s': known here are(, among others,)? (.*)" % key, said)
        assert m, said
        return m.group(1), set(m.group(2).strip().split(", "))
    some, keys = told("zzz")
    # Of many keys those are named that begin like the unknown one.
    return keys.union(*(told(letter + "zz")[1] for letter in string.ascii_lowercase)) if some else keys


def is_used(key, texts):
    """Whether the key stands in an example."""
    return any(re.search(r"(^|[{\s])%s: " % re.escape(key), text) or
               re.search(r"^ *-? *%s:$" % re.escape(key), text, re.M) for text in texts)


def keys_of_all(page, run, texts, places):
    """In all of the examples together that have the place."""
    for name, place in places.items():
        known = [known_keys(run, text, place) for text in texts if re.search(place, text, re.M)]
        assert set().union(*known) == page_keys(section(page, name)), name
        for key in page_keys(section(page, name)):
            assert is_used(key, texts), (name, key)


def test_every_key_of_a_policy_is_in_its_page(home):
    page = read("conf/voucherd-policy.5")
    texts = [b for b in literals(section(page, "EXAMPLES")) if b.startswith("policy:")]
    assert len(texts) == FILES_READ["conf/voucherd-policy.5"]
    path = os.path.join(home, "p.yaml")

    def check(content):
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)
        r = run_tool(VOUCHERCTL, ["policy", "check", path])
        return r.out + r.err
    for text in texts:
        assert "no mistakes" in check(text)
    keys_of_all(page, check, texts, {
        "The file": r"\A", "applies and contract-signed": r"^applies: \{", "areas": r"^areas:\n  - \{",
        "retired-areas": r"^retired-areas:\n  - \{", "vouchers": r"^vouchers: \{", "measures": r"^  - (?=code: )",
        "ceilings": r"^      - \{(?=scope: )", "fund-lines": r"^    fund-lines:\n      - \{",
        "exclusive": r"^  - \{(?=name: [^}\n]*measures: )", "fields": r"^  - \{(?=name: [a-z-]+, type: )", "pools": r"^  - \{(?=name: \w+, period: )",
        "cases": r"^      - \{(?=when: |rate: )", "year-spending": r"^    year-spending: \{"})
    # Inside others: what the page shows beside the key, and the examples have.
    for place, keys in INSIDE.items():
        there = [text for text in texts if re.search(place, text, re.M)]
        assert there, place
        for text in there:
            assert known_keys(check, text, place) == keys, place
        for key in keys:
            assert re.search(r"\b%s\b" % key, page) and is_used(key, texts), (place, key)


# A condition knows the fields of its file too, and says so otherwise.
INSIDE = {
    r"contract-signed: \{": {"from", "to"}, r"first-right: \{": {"claimant", "until"},
    r"terms:\n      - \{": {"from", "to", "months-at-least"}, r"intake:\n      - \{": {"from", "to", "ends"},
    r"seller-holds: \{": {"any", "on"}, r" holds: \{": {"any", "on"}, r"limit: \{": {"share", "of"},
    r"claims: \{": {"share", "of"}, r"period: \{": {"months"}, r"base: \{": {"from", "above", "to", "below"},
    r"enjoyed: \{": {"from", "above", "to", "below"}, r"outside: \{": {"from", "above", "to", "below"},
}


def test_every_key_of_a_condition_is_in_its_page(home):
    page = read("conf/voucherd-policy.5")
    told = section(page, "Conditions")
    texts = [b for b in literals(section(page, "EXAMPLES")) if b.startswith("policy:")]
    path = os.path.join(home, "p.yaml")
    wrong = next(t for t in texts if "require: {" in t)
    for place in (r"when: \{", r"require: \{"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(re.sub(place, lambda m: m[0] + "zzz: 1, ", wrong, count=1))
        r = run_tool(VOUCHERCTL, ["policy", "check", path])
        m = re.search(r"'zzz' is no field under 'fields', nor one of: (.*)", r.err)
        assert r.code == 2 and m, r
        keys = set(m[1].strip().split(", "))
        assert keys == page_keys(told)
        for key in keys:
            assert is_used(key, [c for text in texts for c in re.findall(r"(?:when|require): (\{.*\})", text)]), key


def test_the_figures_beside_the_measures_of_the_policys_page(client):
    """Of the page's second policy, all but housing, which is as in the shipped one."""
    text = next(b for b in literals(section(read("conf/voucherd-policy.5"), "EXAMPLES")) if "example-2026" in b)
    for figure in ("1,000,000.00 of gpu by a high-tech enterprise: 40 %, 400,000.00; of cpu: 10 %",
                   "a cost of 100,000.00: 30,000.00, half of it from the county where the enterprise is",
                   "the same cost: 40,000.00; after T 30,000.00, since the two add up to 60 %",
                   "400,000.00, noted; then 300,000.00 more: 5 % of 700,000.00 = 35,000.00; then 500,000.00 more:",
                   "10 % of 1,200,000.00 less 35,000.00 = 85,000.00", "10 seats: 36,000.00, or the rent if that is less",
                   "first class: 500,000.00", "1,000,000.00 x 2 % x 59 days / 365 = 3,232.87"):
        assert figure in text, figure
    client.set_clock(noon(day("2026-03-10")))
    client.done(c_adopt(text.encode()))
    for measure in ("A", "I", "P", "T", "V", "ai"):
        client.done(c_appropriate(measure, 2026, fen("2,000,000")))
    county = c_appropriate("county", 2026, fen("15,000"), source="county")
    county.appropriate.area = "350602"
    client.done(county)
    seller, buyer = uscc(1), uscc(2)
    client.done(c_enterprise(seller))
    client.done(c_enterprise(buyer, traits=["high-tech"]))
    client.done(c_claim("S", seller, {"project": "cloud"}, attestations=["certificate"]))
    for number in ("gpu", "cpu"):
        client.done(c_contract(number, seller, buyer, fen("1,000,000"), day("2026-03-10")))

    def gets(measure, facts, amount, contract=None):
        done = client.done(c_claim(measure, buyer if measure != "I" else seller, facts, contract))
        assert done.issued.face == fen(amount), (measure, facts, done)
    for item, amount in (("gpu", "400,000"), ("cpu", "100,000")):
        gets("C", {"item": item, "served-on": "2026-03-10"}, amount, item)
    for project, cost, amount in (("a", 400_000, "0"), ("b", 300_000, "35,000"), ("c", 500_000, "85,000")):
        gets("R", {"project": project, "cost": cost}, amount)
    lease = {"year": 2026, "seats": 10, "lease-from": "2026-01-01", "lease-to": "2028-12-31"}
    gets("P", dict(lease, premises="p"), "36,000")
    gets("P", dict(lease, premises="q", rent="30000.00"), "30,000")
    gets("A", {"project": "d", "class": "first"}, "500,000")
    trials = [{"project": name, "cost": 100_000} for name in ("e", "f")]
    gets("T", trials[0], "30,000")
    for trial in trials:
        assert client.done(c_claim("V", buyer, trial)).issued.wanted
    close = J.Command()
    close.close_round.measure = "V"
    client.done(close)
    for trial, amount in zip(trials, ("30,000", "40,000")):
        gets("V", trial, amount)
    gets("I", {"loan": "l", "principal": "1000000.00", "from": "2026-01-01", "to": "2026-03-01"}, "3,232.87")


def test_every_key_of_the_configuration_is_in_its_page(home):
    page = read("daemon/voucherd.conf.5")
    text = literals(section(page, "EXAMPLES"))[0]
    path = os.path.join(home, "c.yaml")

    def check(content):
        with open(path, "w", encoding="utf-8") as f:
            f.write(content)
        r = run_tool(VOUCHERD, ["--check-config", "--config", path])
        return r.out + r.err
    assert check(text) == ""
    keys_of_all(page, check, [text.replace("# ", "")], {
        "The file": r"\A", "listen": r"^listen:\n  - ", "principals": r"^principals:\n  - ", "limits": r"^limits:\n  "})


def test_the_readme_names_files_that_are_there():
    text = read("README.md")
    for path in re.findall(r"\]\(([^)]+)\)", text) + re.findall(r"\| ((?:lib|daemon|conf)/[\w./-]+)", text):
        assert os.path.exists(os.path.join(REPO, path)), path


def test_the_protocol_page_names_every_command_query_and_outcome():
    page = read("proto/voucherd-protocol.7")
    proto = read("proto/voucher.proto") + read("proto/journal.proto")
    for message, mark in (("Command", "It"), ("Query", "It")):
        body = re.search(r"^message %s \{\s*oneof kind \{(.*?)\}" % message, proto, re.S | re.M).group(1)
        for name in re.findall(r"^\s+\w+ (\w+) = \d+;", body, re.M):
            assert re.search(r"^\.%s %s Ta |^\.Li %s$" % (mark, name, name), page, re.M), name
    kinds = re.search(r"enum Kind \{\s*NONE = 0;(.*?)\}", read("proto/voucher.proto"), re.S).group(1)
    for name in re.findall(r"^\s+([A-Z_]+) = \d+;", kinds, re.M):
        assert ".It Dv %s\n" % name in page, name


# ---- Exit codes and the environment ----

def enum_codes(path):
    """{"EXIT_DONE": 0} of an enum in a C file."""
    return {name: int(n) for name, n in re.findall(r"^    (EXIT_[A-Z_]+) = (\d+),", read(path), re.M)}


def sources(*places):
    texts = []
    for place in places:
        top = os.path.join(REPO, place)
        found = [top] if os.path.isfile(top) else [os.path.join(top, n) for n in os.listdir(top) if n.endswith(".c")]
        for path in found:
            with open(path, encoding="utf-8") as f:
                texts.append(f.read())
    return "".join(texts)


TOOL = enum_codes("tools/lib/exits.h")
BENCH = sources("tools/voucher-bench.c", "tools/bench")

# Who only asks is refused nothing.
EXITS = {
    "tools/voucherctl.1": set(TOOL.values()),
    "tools/voucherq.1": set(TOOL.values()) - {TOOL["EXIT_REFUSED"]},
    "tools/voucher-bench.1": {n for name, n in TOOL.items() if re.search(r"\b%s\b" % name, BENCH)},
    "daemon/voucherd.8": set(enum_codes("daemon/main.c").values()),
}


@pytest.mark.parametrize("path", EXITS)
def test_a_page_has_every_exit_status_and_no_other(path):
    listed = [int(n) for n in re.findall(r"^\.It (\d+)$", section(read(path), "EXIT STATUS"), re.M)]
    assert len(EXITS[path]) >= 3
    assert listed == sorted(EXITS[path])


def test_help_has_every_exit_status():
    told = help_of(VOUCHERCTL)
    assert {int(n) for n in re.findall(r"\d", told[told.index("Exit codes:"):])} == set(TOOL.values())


READ_BY = {
    "tools/voucherctl.1": sources("tools/voucherctl.c", "tools/ctl", "tools/lib", "lib/client", "lib/net"),
    "tools/voucherq.1": sources("tools/voucherq.c", "tools/q", "tools/lib", "lib/client", "lib/net"),
    "tools/voucher-bench.1": BENCH + sources("lib/client", "lib/net"),
    "daemon/voucherd.8": sources("daemon"),
}


# What libsystemd reads.
SYSTEMD = {"sd_notify(": {"NOTIFY_SOCKET"}, "sd_watchdog_enabled(": {"WATCHDOG_USEC", "WATCHDOG_PID"},
           "sd_listen_fds_with_names(": {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"}}


@pytest.mark.parametrize("path", READ_BY)
def test_a_page_has_every_variable_of_the_environment_and_no_other(path):
    page, text = read(path), READ_BY[path]
    read_there = set(re.findall(r"\b(?:getenv|variable)\(\"(\w+)\"\)", text))
    for call, names in SYSTEMD.items():
        read_there |= names if call in text else set()
    told = section(page, "ENVIRONMENT") if ".Sh ENVIRONMENT" in page else ""
    listed = {name for line in re.findall(r"^\.It Ev (.*)$", told, re.M) for name in re.findall(r"[A-Z_]+", line)}
    assert read_there <= listed
    assert {name for name in listed - read_there if '"%s"' % name not in text} == set()


def test_events_of_the_log_are_there():
    names = set(re.findall(r"[a-z_]+", " ".join(
        re.findall(r"^\.It (.*)$", section(read("daemon/voucherd.8"), "DIAGNOSTICS"), re.M))))
    text = sources("daemon")
    assert len(names) >= 8
    for name in names:
        assert '"%s"' % name in text, name
    errors = set(re.findall(r"LEVEL_ERROR,\s*\"(\w+)\"", text)) | set(
        re.findall(r"\b(?:failed|log_failure)\((?:w, )?\"(\w+)\"", text))
    assert errors <= names, "errors without a line of what to do: %s" % (errors - names)
