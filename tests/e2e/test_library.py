# SPDX-License-Identifier: Apache-2.0
"""libvoucher as a program of another house meets it: its header, what can be seen of it, its page, the
installed tree, all of it used once with the daemon in every kind of trouble, and the examples in C and in
Python, whose answers are lost on the way."""

import functools
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

import pytest

from vclient import (BIN, BUILD, PATIENCE, REPO, V, c_adopt, c_appropriate, c_contract, c_enterprise, c_issue, day_text,
                     leaf_hash, uscc)

CLIENT = os.path.join(REPO, "lib", "client")
HEADER = os.path.join(CLIENT, "voucher.h")
EXAMPLE = os.path.join(BIN, "voucher-example")
PYTHON_EXAMPLE = os.path.join(REPO, "proto", "example.py")
LIBRARY = os.path.join(BUILD, "libvoucher.so.0")
POLICY = os.path.join(REPO, "conf", "zhangzhou-2025.yaml")
SELLER, BUYER = uscc(1), uscc(2)
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
CC = os.environ.get("CC", "cc").split()


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def run(*words, **kw):
    kw = dict(dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                   timeout=PATIENCE), **kw)
    return subprocess.run([str(w) for w in words], **kw)


def must(*words, **kw):
    done = run(*words, **kw)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def header_functions():
    return set(re.findall(r"^[a-z].*?\b(voucher_\w+)\(", read(HEADER), re.M))


@functools.lru_cache
def sanitizers():
    """What a program must be built with that links with the library of this build."""
    options = json.loads(must("meson", "introspect", "--buildoptions", BUILD))
    what = next(o["value"] for o in options if o["name"] == "b_sanitize")
    return [] if what == "none" else ["-fsanitize=" + what]


# ---- The header, the symbols, the page ----

@pytest.mark.parametrize("compiler,standard", [("cc", "c99"), ("cc", "c17"), ("c++", "c++11"), ("c++", "c++17")])
def test_the_header_stands_alone(compiler, standard, tmp_path):
    shutil.copy(HEADER, tmp_path)
    source = tmp_path / ("x.c" if compiler == "cc" else "x.cc")
    source.write_text("#include <voucher.h>\n#include <voucher.h>\n"
                      "int main() { voucher_result_free(NULL); return VOUCHER_DONE; }\n")
    compilers = CC if compiler == "cc" else [compiler]
    must(*compilers, "-std=" + standard, *STRICT, "-Wno-strict-prototypes" if compiler == "cc" else "-Wshadow",
         "-I", tmp_path, "-fsyntax-only", source)
    assert set(re.findall(r"#include (.*)", read(HEADER))) == {"<stddef.h>", "<stdint.h>"}


def test_only_what_the_header_says_can_be_seen():
    seen = [line.split() for line in must("nm", "-D", "--defined-only", LIBRARY).splitlines()]
    assert {s[-1].split("@")[0] for s in seen if s[-2] != "A"} == header_functions()
    assert len(header_functions()) >= 19


def test_it_prints_nothing_and_ends_nothing_and_changes_no_setting_of_the_process():
    needs = {line.split()[-1].split("@")[0] for line in must("nm", "-D", "-u", LIBRARY).splitlines()}
    never = re.compile(r"_*(v?f?printf(_chk)?|puts|putchar|fputs|fwrite|perror|stdout|stderr|exit|_exit|quick_exit|"
                       r"abort|signal|sigaction|sigprocmask|setlocale|setenv|getenv|fork|syslog)")
    if not sanitizers():
        assert {n for n in needs if never.fullmatch(n)} == set()
        dynamic = must("readelf", "-d", LIBRARY)
        assert re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic) == ["libprotobuf-c.so.1", "libc.so.6"]
    assert "[libvoucher.so.0]" in must("readelf", "-d", LIBRARY)


def test_the_page_has_every_function_code_and_flag_and_no_other():
    page = read(os.path.join(CLIENT, "libvoucher.3"))
    synopsis = page[page.index(".Sh SYNOPSIS"):page.index(".Sh DESCRIPTION")]
    rest = page[page.index(".Sh DESCRIPTION"):]
    listed = re.findall(r"^\.F[no] (\w+)", synopsis, re.M)
    assert sorted(listed) == sorted(header_functions())
    assert set(re.findall(r"^\.Fn (\w+)", rest, re.M)) == set(listed)
    # As they are declared: the header's text, without line breaks.
    header = re.sub(r"\s+", " ", read(HEADER))
    for name, arguments in re.findall(r"^\.Fn (\w+) (.*)", synopsis, re.M):
        assert "%s(%s)" % (name, ", ".join(re.findall('"(.*?)"', arguments) or ["void"])) in header, name
    for name, body in re.findall(r"^\.Fo (\w+)\n(.*?)^\.Fc", synopsis, re.M | re.S):
        assert "%s(%s)" % (name, ", ".join(re.findall('"(.*?)"', body))) in header, name
    codes = re.search(r"enum voucher_code \{(.*?)\};", read(HEADER), re.S).group(1)
    codes = re.findall(r"^ +(VOUCHER_\w+) =", codes, re.M)
    assert re.findall(r"^\.It Dv (\w+)$", page, re.M) == codes and len(codes) == 14
    for flag in re.findall(r"#define (VOUCHER_\w+) +\dU", read(HEADER)):
        assert ".Dv %s\n" % flag in rest, flag


def test_the_tables_of_the_page_are_the_headers():
    page, header = read(os.path.join(CLIENT, "libvoucher.3")), read(HEADER)
    tables = [[[cell.strip() for cell in line.split(" Ta")] for line in re.findall(r"^\.It (.*)", table, re.M)[1:]]
              for table in re.findall(r"^\.Bl -column(.*?)^\.El", page, re.M | re.S)]
    commands, did, queries, rows = tables

    def kinds(enum):
        """Each with what its comment says that it takes."""
        body = re.sub(r"\s+", " ", re.search(r"enum %s \{(.*?)\};" % enum, header, re.S).group(1))
        return re.findall(r"(VOUCHER_\w+) = \d+,? /\* (.*?) \*/", body)

    def members(struct):
        body = re.sub(r"/\*.*?\*/", "", re.search(r"struct voucher_%s \{(.*?)\n\};" % struct, header, re.S).group(1),
                      flags=re.S)
        return set(re.findall(r"(\w+)(?:\[\w+\])?[,;]", body))

    def words(text):
        return re.findall(r"\w+", text)
    said = kinds("voucher_command_kind")
    assert [(kind[3:], takes.replace(", file_size", "")) for kind, takes in commands] == said and len(said) == 15
    assert {w for _, takes in commands for w in words(takes)} <= members("command")
    assert {w for kind, these in did[:-2] for w in words(these)} | set(words(did[-1][1])) <= members("entry")
    assert [kind[3:] for kind, _, _ in queries] == [kind for kind, _ in kinds("voucher_query_kind")]
    for (kind, _, takes), (_, comment) in zip(queries, kinds("voucher_query_kind")):
        assert words(takes) == [w for w in words(comment.split(":")[0]) if w in members("query")], kind
    assert {lists for _, lists, _ in queries} == {name for name, _ in rows} <= members("result")
    for name, these in rows:
        if name != "entries":
            assert set(words(these)) <= members({"explained": "explained", "status": "status"}.get(name, name[:-1]))


def test_the_numbers_are_the_protocols():
    proto = read(os.path.join(REPO, "proto", "journal.proto")) + read(os.path.join(REPO, "proto", "voucher.proto"))

    def numbers(text, pattern):
        return {name: int(n) for name, n in re.findall(pattern, text)}

    def of_header(enum, prefix):
        body = re.search(r"enum %s \{(.*?)\};" % enum, read(HEADER), re.S).group(1)
        return numbers(body, r"VOUCHER_%s(\w+) = (\d+)" % prefix)

    def of_proto(start):
        body = proto[proto.index(start):]
        return numbers(body[:body.index("\n}")], r"(\w+) = (\d+);")
    commands = of_proto("message Command {")
    commands["void"] = commands.pop("void_voucher")
    del commands["create_book"]
    assert {k.lower(): n for k, n in of_header("voucher_command_kind", "DO_").items()} == commands
    assert {k.lower(): n for k, n in of_header("voucher_query_kind", "ASK_").items()} == of_proto("message Query {")
    stages = of_proto("enum Stage {")
    assert of_header("voucher_stage", "STAGE_") == stages and len(stages) == 7
    reasons = of_proto("enum Reason {")
    del reasons["NO_REASON"]
    assert of_header("voucher_reason", "REASON_") == reasons and len(reasons) >= 21
    rules = {k.replace("LIMIT_", ""): n for k, n in of_proto("enum Rule {").items() if n}
    assert of_header("voucher_rule", "RULE_") == rules
    states = {k.replace("VOIDED", "VOID"): n for k, n in of_proto("enum VoucherState {").items() if n}
    assert of_header("voucher_is", "IS_") == states
    kinds = of_proto("message Balance {")
    assert of_header("voucher_balance_kind", "BALANCE_") == {k: kinds[k] for k in ("LINE", "VOUCHER", "ACCOUNT")}


# ---- All of it, once ----

def test_all_of_it_with_a_daemon_in_trouble(daemon, tmp_path):
    program = tmp_path / "library"
    must(*CC, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-g", *STRICT, *sanitizers(), "-I", CLIENT,
         os.path.join(REPO, "tests", "e2e", "library.c"), LIBRARY, "-Wl,-rpath," + BUILD, "-o", program)
    valgrind = [] if sanitizers() else ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full"]
    steps = {
        "restart": daemon.restart,
        "halt": lambda: daemon.process.send_signal(signal.SIGSTOP),
        "go-on": lambda: daemon.process.send_signal(signal.SIGCONT),
        "kill": daemon.kill,
        "start": daemon.start,
    }
    met, said = [], []
    with subprocess.Popen(valgrind + [str(program), "unix:" + daemon.path, POLICY], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
        for line in p.stdout:
            said.append(line)
            if line.startswith("POINT "):
                met.append(line.split()[1])
                steps[met[-1]]()
                p.stdin.write("\n")
                p.stdin.flush()
    if met and met[-1] == "halt":  # so that it can be ended
        steps["go-on"]()
    assert p.returncode == 0 and said[-1] == "all\n", "".join(said)
    assert set(met) == set(steps)
    # What was repeated after its outcome was unknown is there once.
    faces = [v.face for v in daemon.client().vouchers()]
    assert [faces.count(n) for n in (7, 8, 9)] == [1, 1, 1]


def test_threads_with_a_connection_each_in_cpp(town, tmp_path):
    program = tmp_path / "threads"
    must("c++", "-std=c++11", "-pthread", "-g", *STRICT, "-Wshadow", *sanitizers(), "-I", CLIENT,
         os.path.join(REPO, "tests", "e2e", "threads.cc"), LIBRARY, "-Wl,-rpath," + BUILD, "-o", program)
    town.client().many([c_issue("1", BUYER, "C1")])
    assert must(program, "unix:" + town.path) == "0 failed, 80 ids\n"
    assert town.client().voucher(1).vouchers[0].stages.payable == 80 * 100


# ---- What answers is no daemon, or one that fails ----

def frame(message):
    data = message if isinstance(message, bytes) else message.SerializeToString()
    return struct.pack(">I", len(data)) + data


WELCOME = V.Welcome(version=1, program="x", principal="x", frame_limit=1 << 20, batch_limit=1, page_limit=1)
HELLO_BACK = frame(V.ToClient(welcome=WELCOME))


def reply(**kind):
    """Bytes that answer the request of this number."""
    return lambda number: frame(V.ToClient(reply=V.Reply(number=number, **kind)))


def outcomes(*kinds):
    return reply(outcomes=V.Outcomes(outcomes=[V.Outcome(kind=k, leaf=bytes(32)) for k in kinds]))


SILENT = object()
LOST = ("unknown [outcome] 'lost'|unknown [outcome] 'timeout'", "lost [addr]|timeout [addr]")  # as the time ends
GOODBYE = frame(V.ToClient(goodbye=V.Goodbye(fault=V.Fault(field="frame", value="v", expected="sense"))))
BOOK = V.Fault(field="book", value="no space", expected="ask again later")
NOT_VOUCHERD = ("unknown [outcome] 'protocol'", "protocol [addr]")
STRANGERS = [
    # What it says to a hello, to each request; what voucher_open, or voucher_do and voucher_ask return.
    ("silent", SILENT, None, "timeout [addr]"),
    ("hangs-up", b"", None, "lost [addr]"),
    ("half-a-frame", HELLO_BACK[:9], None, "lost [addr]"),
    ("of-the-web", b"HTTP/1.1 400 Bad Request\r\n\r\n", None, "protocol [addr]"),
    ("endless", b"\xff\xff\xff\xff", None, "protocol [addr]"),
    ("no-message", frame(b"\xff\xff\xff"), None, "protocol [addr]"),
    ("another-message", frame(V.ToClient(reply=V.Reply(number=1))), None, "protocol [addr]"),
    ("another-version", frame(V.ToClient(welcome=V.Welcome(version=2))), None, "protocol [addr]"),
    ("says-goodbye", GOODBYE, None, "goodbye [frame] 'v': sense"),
    ("knows-nobody", frame(V.ToClient(goodbye=V.Goodbye(fault=V.Fault(field="principal")))), None,
     "denied [principal]"),
    ("answers-nothing", HELLO_BACK, SILENT, ("unknown [outcome] 'timeout'", "timeout [addr]")),
    ("closes", HELLO_BACK, lambda number: b"", LOST),
    ("half-a-reply", HELLO_BACK, lambda number: reply(fault=BOOK)(number)[:9], LOST),
    ("ends-it", HELLO_BACK, lambda number: GOODBYE, ("unknown [outcome] 'goodbye'", "goodbye [frame] 'v': sense")),
    ("another-request", HELLO_BACK, lambda number: outcomes(V.Outcome.INVALID)(number + 1), NOT_VOUCHERD),
    ("two-outcomes", HELLO_BACK, outcomes(V.Outcome.INVALID, V.Outcome.INVALID), NOT_VOUCHERD),
    ("no-outcome", HELLO_BACK, reply(outcomes=V.Outcomes()), NOT_VOUCHERD),
    ("no-entry", HELLO_BACK, outcomes(V.Outcome.DONE), NOT_VOUCHERD),
    ("no-kind", HELLO_BACK, outcomes(V.Outcome.NONE), NOT_VOUCHERD),
    ("another-answer", HELLO_BACK, reply(answer=V.Answer(funds=[V.Fund(line=1)])), NOT_VOUCHERD),
    ("nothing-at-all", HELLO_BACK, reply(), NOT_VOUCHERD),
    ("book-failed", HELLO_BACK, reply(fault=BOOK),
     ("try_again [book] 'no space': ask again", "try_again [book] 'no space'")),
    ("role-lacks", HELLO_BACK, reply(fault=V.Fault(field="role")), ("denied [role]", "denied [role]")),
]


class Stranger:
    """Listens in a daemon's place."""

    def __init__(self, path, welcome, answer):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.welcome, self.answer = welcome, answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(client,), daemon=True).start()

    def one(self, client):
        with client, client.makefile("rb") as stream:
            try:
                while self.turn(client, stream):
                    pass
            except OSError:  # it has gone
                pass

    def turn(self, client, stream):
        head = stream.read(4)
        if len(head) < 4:
            return False
        m = V.ToDaemon.FromString(stream.read(struct.unpack(">I", head)[0]))
        says = self.welcome if m.WhichOneof("kind") == "hello" else self.answer
        if says is SILENT:
            return True
        says = says(m.request.number) if callable(says) else says
        client.sendall(says)
        return len(says) >= 10  # else it is cut short


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    program = tmp_path_factory.mktemp("stranger") / "stranger"
    must(*CC, "-std=c99", "-g", *STRICT, *sanitizers(), "-I", CLIENT, os.path.join(REPO, "tests", "e2e", "stranger.c"),
         LIBRARY, "-Wl,-rpath," + BUILD, "-o", program)
    return program


@pytest.mark.parametrize("welcome,answer,told", [s[1:] for s in STRANGERS], ids=[s[0] for s in STRANGERS])
def test_what_answers_is_no_daemon_or_fails(stranger, home, welcome, answer, told):
    there = Stranger(os.path.join(home, "s"), welcome, answer)
    said = must(stranger, "unix:%s/s" % home, 700).splitlines()
    there.listener.close()
    told = [("open", told)] if isinstance(told, str) else [("open", "done"), ("do", told[0]), ("ask", told[1])]
    assert len(said) == len(told)
    for line, (call, starts) in zip(said, told):
        assert line.startswith(tuple(call + " " + start for start in starts.split("|"))), said


def test_what_is_no_address(stranger, home):
    with open(os.path.join(home, "file"), "w"):
        pass
    for addr, told in [("unix:", "mistake [addr]"), ("tcp:1.2.3.4:5", "mistake [addr] 'tcp:1.2.3.4:5': an address is"),
                       ("unix:/" + 200 * "x", "mistake [addr]"), ("unix:%s/file" % home, "unreachable [addr]"),
                       ("unix:" + home, "unreachable [addr]"), ("unix:%s/file/s" % home, "unreachable [addr]")]:
        assert must(stranger, addr, 700).startswith("open " + told), addr


def test_denied_in_a_repeat_says_nothing_of_the_first_attempt(stranger, home):
    """Who may is looked at before what was done."""
    asked = []

    def answer(number):
        asked.append(number)
        return b"" if len(asked) == 1 else outcomes(V.Outcome.DENIED)(number)
    there = Stranger(os.path.join(home, "s"), HELLO_BACK, answer)
    said = must(stranger, "unix:%s/s" % home, 10000).splitlines()
    there.listener.close()
    assert said[1].startswith("do unknown [outcome] 'denied'"), said


# ---- The examples ----

class Lossy:
    """Stands between a client and the daemon, and loses the first `replies` that follow a welcome: what was asked
    is done, and the connection ends before the answer is through."""

    def __init__(self, path, to, replies):
        self.left, self.to, self.lost = replies, to, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.path = path
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            daemon.connect(self.to)
            threading.Thread(target=self.up, args=(client, daemon), daemon=True).start()
            threading.Thread(target=self.down, args=(daemon, client), daemon=True).start()

    @staticmethod
    def up(client, daemon):
        try:
            while data := client.recv(65536):
                daemon.sendall(data)
            daemon.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def down(self, daemon, client):
        first = True
        with daemon, client, daemon.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                body = stream.read(struct.unpack(">I", head)[0])
                if not first and self.left > 0:
                    self.left -= 1
                    self.lost += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                first = False
                try:
                    client.sendall(head + body)
                except OSError:
                    return
            try:
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


@pytest.fixture
def town(daemon):
    """A daemon with one contract of 60,000.00 yuan, half of which measure 1 supports."""
    with open(POLICY, "rb") as f:
        file = f.read()
    daemon.client().many([
        c_adopt(file), c_appropriate("1", 2025, 10_000_000), c_enterprise(BUYER, traits=["industrial"]),
        c_enterprise(SELLER, area="350603"), c_contract("C1", SELLER, BUYER, 6_000_000)])
    return daemon


CLAIM = ("1", BUYER, "C1")
INVOICE = ("26357000000000000001", "2025-07-20", "20000.00")


def example(program, path, ids, *claim, invoice=INVOICE, **kw):
    return run(program, "unix:" + path, ids, *(claim or CLAIM), *invoice, **kw)


def play_example(town, home, program=EXAMPLE, **kw):
    """Does its work once, however often it is run; then refusals and mistakes."""
    ids = os.path.join(home, "ids")
    left = "left on the voucher: 20000.00 yuan, to be redeemed by %s\nleft of measure 1, 2025, city: 70000.00 yuan\n"
    first = example(program, town.path, ids, **kw)
    left %= day_text(town.client().voucher(1).vouchers[0].redeem_to)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "voucher 1 of 30000.00 yuan\npaid 10000.00 yuan\n" + left
    entries = town.client().status().entries
    again = example(program, town.path, ids, **kw)
    assert again.stdout == ("voucher 1 of 30000.00 yuan, issued before\npaid 10000.00 yuan, before\n" + left)
    assert town.client().status().entries == entries
    # With other ids it is another claim, and refused; then mistakes of each kind.
    other = example(program, town.path, ids + "2", **kw)
    assert other.returncode == 1 and "30,000.00" in other.stderr and "supported_already" in other.stderr
    wrong = example(program, town.path, ids + "3", "1", BUYER, "C9", **kw)
    assert wrong.returncode == 2 and "'C9'" in wrong.stderr
    wrong = example(program, town.path, ids + "4", "1", BUYER + "X", "C1", **kw)
    assert wrong.returncode == 2 and "commands[0].enterprise" in wrong.stderr
    nobody = example(program, home + "/nobody", ids, **kw)
    assert nobody.returncode == 3 and nobody.stderr.startswith("unreachable: addr 'unix:")


def test_the_example_may_be_repeated(town, home):
    play_example(town, home)


def test_the_example_asks_again_for_answers_that_were_lost(town, home):
    lossy = Lossy(os.path.join(home, "lossy"), town.path, 2)
    done = example(EXAMPLE, lossy.path, os.path.join(home, "ids"))
    lossy.close()
    assert done.returncode == 0 and lossy.lost == 2, done.stderr
    assert done.stdout.startswith("voucher 1 of 30000.00 yuan, issued before\npaid 10000.00 yuan")
    assert len(town.client().vouchers()) == 1


DENIED = """
listen:
  - {addr: "unix:%(home)s/looks", principal: looks, roles: [query]}
  - {addr: "unix:%(home)s/known"}
principals:
  - {name: other, uid: %(uid)d, roles: [maker]}
"""


def test_who_may_not_is_told_so(make_daemon, home):
    file = os.path.join(home, "voucherd.yaml")
    with open(file, "w") as f:
        f.write(DENIED % {"home": home, "uid": os.getuid() + 1})
    make_daemon(home=home, extra=["--config", file], allow_me=False, addr=False).start()
    looks = example(EXAMPLE, home + "/looks", os.path.join(home, "ids"))
    assert looks.returncode == 2 and looks.stderr.startswith("denied: ")
    known = example(EXAMPLE, home + "/known", os.path.join(home, "ids"))
    assert known.returncode == 2 and known.stderr.startswith("denied: principal "), known.stderr


def test_what_is_installed_is_enough_to_build_with(town, home):
    must("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", home, timeout=5 * PATIENCE)
    found = {os.path.relpath(os.path.join(top, name), home) for top, _, names in os.walk(home) for name in names}
    prefix = next(f for f in found if f.endswith("include/voucher.h"))[:-len("include/voucher.h")]
    assert [f for f in found if "/include/" in f] == [prefix + "include/voucher.h"]
    assert {prefix + "share/man/man3/libvoucher.3", prefix + "share/doc/voucherd/examples/example.c"} <= found
    at = next(f for f in found if f.endswith("pkgconfig/voucher.pc"))
    libdir = os.path.join(home, os.path.dirname(os.path.dirname(at)))
    assert os.readlink(os.path.join(libdir, "libvoucher.so")) == "libvoucher.so.0"
    # As if it lay where it was built for; nothing but the library is named to those who link with it.
    pc = read(os.path.join(home, at))
    with open(os.path.join(home, at), "w") as f:
        f.write(re.sub("^prefix=.*", "prefix=" + os.path.join(home, prefix.rstrip("/")), pc, flags=re.M))
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(home, os.path.dirname(at)), LD_LIBRARY_PATH=libdir)
    flags = must("pkg-config", "--cflags", "--libs", "voucher", env=env).split()
    assert flags == ["-I" + os.path.join(home, prefix + "include"), "-L" + libdir, "-lvoucher"]
    assert must("pkg-config", "--print-requires", "--print-requires-private", "voucher", env=env) == ""
    version = re.search(r"version: '(.*?)'", read(os.path.join(REPO, "meson.build"))).group(1)
    assert must("pkg-config", "--modversion", "voucher", env=env).strip() == version
    page = read(os.path.join(CLIENT, "libvoucher.3"))
    source = re.search(r"^\.Bd -literal\n(#include.*?)^\.Ed$", page, re.S | re.M).group(1).replace("\\e", "\\")
    with open(os.path.join(home, "funds.c"), "w") as f:
        f.write(source)
    must(*CC, "-std=c99", *STRICT, home + "/funds.c", *flags, *sanitizers(), "-o", home + "/funds")
    line, = re.findall(r"^cc .*", read(os.path.join(REPO, "README.md")), re.M)
    assert line.replace("lib/client/", "") in read(os.path.join(CLIENT, "example.c"))
    os.symlink(os.path.join(REPO, "lib"), os.path.join(home, "lib"))
    must("sh", "-c", " ".join([line, "-std=c99", *STRICT, *sanitizers()]), cwd=home, env=env)
    play_example(town, home, program=os.path.join(home, "example"), env=env)
    assert must(home + "/funds", "unix:" + town.path, env=env) == "1 2025 city: 70000.00\n"
    nobody = run(home + "/funds", "unix:" + home + "/nobody", env=env)
    assert nobody.returncode == 1 and nobody.stderr.startswith("unreachable: addr 'unix:")


@pytest.fixture
def messages(tmp_path):
    """The Python messages, generated as the example's head says."""
    head = read(PYTHON_EXAMPLE)
    line = re.search(r"^  (protoc .*)$", head, re.M).group(1).replace("DIR", str(tmp_path))
    must(*line.split(), cwd=REPO)
    return dict(os.environ, PYTHONPATH=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")


ID = "01970000000070008000000000000001"


def test_the_python_example_stands_on_the_proto_files_alone():
    imports = set(re.findall(r"^(?:import|from) (\w+)", read(PYTHON_EXAMPLE), re.M))
    assert imports <= set(sys.stdlib_module_names) | {"voucher_pb2", "journal_pb2"}
    assert "import voucher_pb2" in read(PYTHON_EXAMPLE)


def test_the_python_example(town, home, messages):
    def play(path, request_id, *claim):
        return run("/usr/bin/python3", PYTHON_EXAMPLE, path, request_id, *claim, env=messages)
    rest = "measure 1, 2025, city: 70000.00 of 100000.00 yuan left\n%d entries, each with its leaf hash\n"
    first = play(town.path, ID, *CLAIM)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "entry 7: voucher 1, 30000.00 yuan\n" + rest % 7
    again = play(town.path, ID, *CLAIM)
    assert again.stdout == "entry 7: voucher 1, 30000.00 yuan, as answered before\n" + rest % 7
    other = play(town.path, ID.replace("7", "8"), *CLAIM)
    assert other.returncode == 1 and re.match(r"entry 8: refused: .*30,000\.00", other.stdout), other
    wrong = play(town.path, ID.replace("7", "9"), "1", BUYER, "C9")
    assert wrong.returncode == 2 and "'C9'" in wrong.stderr
    short = play(town.path, ID[2:], *CLAIM)
    assert short.returncode == 2 and "request_id" in short.stderr
    assert run("/usr/bin/python3", PYTHON_EXAMPLE, town.path, env=messages).returncode == 2


def test_the_python_example_asks_again_for_an_answer_that_was_lost(town, home, messages):
    town.client().many([c_enterprise(uscc(n), name="E%d" % n) for n in range(10, 2210)])  # several pages
    lossy = Lossy(os.path.join(home, "lossy"), town.path, 2)
    done = run("/usr/bin/python3", PYTHON_EXAMPLE, lossy.path, ID, *CLAIM, env=messages)
    lossy.close()
    assert done.returncode == 0 and lossy.lost == 2 and done.stderr.count("not answered") == 2, done
    assert done.stdout.startswith("entry 2207: voucher 1, 30000.00 yuan, as answered before\n")
    assert done.stdout.endswith("\n2207 entries, each with its leaf hash\n")


LATE = """
import runpy, select, socket, sys
class Late(socket.socket):
    def connect(self, path):
        super().connect(path)
        hung_up = select.poll()
        hung_up.register(self, 0)
        assert hung_up.poll(20000)
socket.socket = Late
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_python_example_reads_the_goodbye_of_who_hung_up_before_its_hello(home, messages):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(home + "/s")
    listener.listen()

    def leave():
        client, _ = listener.accept()
        with client:
            client.sendall(GOODBYE)
    thread = threading.Thread(target=leave)
    thread.start()
    done = run("/usr/bin/python3", "-c", LATE, PYTHON_EXAMPLE, home + "/s", ID, *CLAIM, env=messages)
    thread.join()
    listener.close()
    assert (done.returncode, done.stderr) == (2, "frame: 'v': sense\n"), done


def test_the_python_example_tells_a_changed_journal(town, messages, home):
    """A daemon that gives another leaf hash is found out, at that entry."""
    class Liar(Lossy):
        def down(self, daemon, client):
            with daemon, client, daemon.makefile("rb") as stream:
                while len(head := stream.read(4)) == 4:
                    m = V.ToClient.FromString(stream.read(struct.unpack(">I", head)[0]))
                    if m.reply.answer.entries:
                        assert m.reply.answer.entries[2].leaf == leaf_hash(m.reply.answer.entries[2].entry)
                        m.reply.answer.entries[2].leaf = bytes(32)
                    data = m.SerializeToString()
                    client.sendall(struct.pack(">I", len(data)) + data)
    liar = Liar(os.path.join(home, "liar"), town.path, 0)
    done = run("/usr/bin/python3", PYTHON_EXAMPLE, liar.path, ID, *CLAIM, env=messages)
    liar.close()
    assert done.returncode == 2 and "entry 3" in done.stderr, done
