# SPDX-License-Identifier: Apache-2.0
"""The daemon as a service: what it tells the manager, the watchdog, sockets that are passed, the configuration
read anew on SIGHUP, the journal, and the units."""

import errno
import os
import queue
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from test_protocol import BUYER, NOBODY, SELLER, ground
from vclient import (BUILD, DENIED, DONE, PATIENCE, REPO, VOUCHERD, Client, Closed, V, ask, c_contract, c_issue)


class Manager:
    """The end of NOTIFY_SOCKET that a service manager has. It always reads: who tells it something waits."""

    def __init__(self, home):
        self.path = os.path.join(home, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.env = dict(os.environ, NOTIFY_SOCKET=self.path)
        self.messages = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while (text := self.socket.recv(65536).decode()) != "END":
            self.messages.put(dict(line.split("=", 1) for line in text.splitlines()))

    def _send(self, text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(text.encode(), self.path)

    def close(self):
        self._send("END")
        self.reader.join(PATIENCE)
        self.socket.close()

    def next(self, timeout=None):
        """The next message as a dictionary; None if none comes."""
        try:
            return self.messages.get(timeout=timeout or PATIENCE)
        except queue.Empty:
            return None

    def wait(self, key):
        """The next message that has the key; signs of life are passed over."""
        while True:
            m = self.next()
            assert m is not None, "no %s came" % key
            if key in m:
                return m
            assert set(m) == {"WATCHDOG"}, m

    def pending(self):
        """All that was told until now."""
        self._send("MARK=1")
        found = []
        while (m := self.next()) != {"MARK": "1"}:
            found.append(m)
        return found


@pytest.fixture
def manager(home):
    m = Manager(home)
    yield m
    m.close()


# ---- What the manager is told ----

def test_ready_when_it_answers_and_stopping_when_it_stops(make_daemon, home, manager):
    daemon = make_daemon(home=home)
    daemon.launch(env=manager.env)
    ready = manager.next()
    assert ready["READY"] == "1" and ready["STATUS"] == "serving " + daemon.book
    assert daemon.client().status().entries == 1  # at once, without waiting for the log
    daemon.process.send_signal(signal.SIGTERM)
    stopping = manager.next()
    assert stopping["STOPPING"] == "1" and stopping["STATUS"]
    assert daemon.wait() == 0
    assert manager.pending() == []


def test_nothing_is_told_of_a_daemon_that_does_not_start(home, manager):
    done = subprocess.run([VOUCHERD, "--book", home + "/b", "--addr", "unix:%s/no/s" % home, "--allow-me"],
                          env=manager.env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 1, done.stderr
    assert manager.pending() == []


def test_signs_of_life_come_in_time(make_daemon, home, manager):
    daemon = make_daemon(home=home)
    daemon.start(env=dict(manager.env, WATCHDOG_USEC="400000"))
    assert "READY" in manager.next()
    client = daemon.client()
    ground(client)
    manager.pending()
    begun = time.monotonic()
    for i in range(8):  # while it works
        assert manager.next() == {"WATCHDOG": "1"}
        client.done(c_contract("W%d" % i, SELLER, BUYER, 1 + i))
    assert 0.6 <= time.monotonic() - begun < PATIENCE / 2  # four in the time given, no more
    for _ in range(4):  # and while nobody asks
        assert manager.next() == {"WATCHDOG": "1"}


def test_no_signs_of_life_unless_they_are_wanted(make_daemon, home, manager):
    daemon = make_daemon(home=home)
    daemon.start(env=dict(manager.env, WATCHDOG_USEC="40000", WATCHDOG_PID="1"))  # another's
    assert "READY" in manager.next()
    daemon.client().status()
    assert manager.next(0.5) is None


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def traced(*options):
    """-D: the daemon stays the process that is started, with its number, and gets its signals."""
    return ["strace", "-D", "-f", *options]


@needs_strace
def test_a_commit_that_hangs_ends_the_signs_of_life(make_daemon, home, manager):
    """Once a thread that commits does so for the fifth time, that takes two seconds; the watchdog gives 0.4."""
    daemon = make_daemon(home=home, wrapper=traced("-o", os.devnull, "-e", "trace=fdatasync", "-e",
                                                   "inject=fdatasync:delay_enter=2000000:when=5"))
    daemon.start(env=dict(manager.env, WATCHDOG_USEC="400000", ASAN_OPTIONS="detect_leaks=0"))
    assert "READY" in manager.next()
    failed = []

    def work():
        try:
            client = daemon.client()
            ground(client)
            for i in range(20):
                client.done(c_contract("H%d" % i, SELLER, BUYER, 1 + i))  # answered, if late
        except Exception as e:  # told below
            failed.append(e)
    worker = threading.Thread(target=work)
    worker.start()

    def look():  # what the event loop answers by itself is no sign that the writer goes on
        client = daemon.client()
        while worker.is_alive():
            client.status()
    looker = threading.Thread(target=look)
    looker.start()
    stuck, last, longest = None, time.monotonic(), 0
    while True:
        m = manager.next()
        assert m is not None, daemon.log_tail()
        if m == {"WATCHDOG": "1"}:
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        elif "disk" in m["STATUS"]:
            stuck = m["STATUS"]
        elif stuck and m["STATUS"].startswith("serving"):
            break
    worker.join(PATIENCE)
    looker.join(PATIENCE)
    assert not failed and not worker.is_alive() and not looker.is_alive(), failed
    assert longest > 0.8  # longer than the watchdog's time without a sign: the manager ends it
    assert Log(daemon, 0).wait("stuck") and Log(daemon, 0).wait("goes_on")


# ---- Sockets that are passed ----

PASS = """
import os, sys
fds = [int(n) for n in sys.argv[1].split(",")]
for i, fd in enumerate(fds):
    os.dup2(fd, 100 + i)
os.closerange(3, 100)
for i in range(len(fds)):
    os.dup2(100 + i, 3 + i)
    os.close(100 + i)
os.environ.update(LISTEN_FDS=str(len(fds)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[2])
os.execvp(sys.argv[3], sys.argv[3:])
"""


def listening(path, kind=socket.SOCK_STREAM, mode=0o640):
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(path)
    os.chmod(path, mode)
    if kind == socket.SOCK_STREAM:
        s.listen(16)
    return s


def passing(daemon, sockets, names):
    """Has the daemon started as a service manager would, with these sockets."""
    fds = [s.fileno() for s in sockets]
    daemon.wrapper = [sys.executable, "-c", PASS, ",".join(map(str, fds)), names] + daemon.wrapper
    return {"pass_fds": fds}


def identity(path):
    st = os.stat(path)
    return st.st_dev, st.st_ino, st.st_mode, st.st_uid


def test_a_passed_socket_is_served_and_left_as_it_was(make_daemon, home):
    daemon = make_daemon(home=home)
    passed = listening(daemon.path)
    before = identity(daemon.path)
    own = os.path.join(home, "own")
    daemon.extra = ["--addr", "unix:" + own]
    how = passing(daemon, [passed], "voucherd.socket")
    early = socket.socket(socket.AF_UNIX)  # connected while nobody serves yet
    early.connect(daemon.path)
    daemon.start(**how)
    early.close()
    assert daemon.client().status().entries == 1 and Client(own).status().entries == 1
    assert identity(daemon.path) == before
    assert [line.split("socket=")[1] for line in daemon.log if "event=listening" in line] == ["passed", "own"]
    assert daemon.stop() == 0
    assert identity(daemon.path) == before and not os.path.exists(own)
    # Who connects now waits for the next start, and is served by it.
    late = threading.Thread(target=lambda: daemon.client().status())
    late.start()
    daemon.start(**how)
    late.join(PATIENCE)
    assert not late.is_alive()


@pytest.mark.parametrize("case", ["elsewhere", "datagrams", "not listening", "no socket", "twice"])
def test_a_socket_that_does_not_fit_is_named(make_daemon, home, case):
    where, other, third = (os.path.join(home, name) for name in ("s", "other", "third"))
    config = os.path.join(home, "c.yaml")
    with open(config, "w") as f:
        f.write("listen: [{addr: 'unix:%s'}, {addr: 'unix:%s'}]\n" % (where, other))
    fits = listening(where)
    if case == "elsewhere":
        wrong = listening(third)
    elif case == "datagrams":
        wrong = listening(other, socket.SOCK_DGRAM)
    elif case == "not listening":
        wrong = socket.socket(socket.AF_UNIX)
        wrong.bind(other)
    elif case == "no socket":
        wrong = open(config)
    else:
        wrong = fits
    daemon = make_daemon(home=home, addr=False, extra=["--config", config])
    daemon.launch(**passing(daemon, [fits, wrong], "good:the-wrong-one"))
    assert daemon.wait() == 2 and not daemon.is_ready  # a service is not restarted then
    told = [line for line in daemon.log if "event=start_failed" in line]
    assert len(told) == 1 and 'field="passed socket"' in told[0] and "the-wrong-one" in told[0], daemon.log_tail()
    if case in ("elsewhere", "twice"):
        assert (third if case == "elsewhere" else where) in told[0]
    else:
        assert "a listening UNIX stream socket" in told[0]
    assert os.path.exists(where)


@pytest.mark.parametrize("environment", ["LISTEN_FDS=many", "LISTEN_FDS=2 LISTEN_FDNAMES=one", "LISTEN_FDS=1", "LISTEN_FDS=-1"])
def test_sockets_that_are_told_of_wrongly_are_named(make_daemon, environment):
    """None is open there."""
    daemon = make_daemon(wrapper=["sh", "-c", environment + " LISTEN_PID=$$ exec \"$@\"", "sh"])
    daemon.launch()
    assert daemon.wait() == 2 and not daemon.is_ready
    told = [line for line in daemon.log if "event=start_failed" in line]
    assert len(told) == 1 and "field=LISTEN_FDS" in told[0] and "the number of sockets passed" in told[0]
    assert "value=" + environment.split()[0].split("=")[1] in told[0]


@pytest.mark.skipif(shutil.which("systemd-socket-activate") is None, reason="systemd is not installed")
def test_by_systemd_socket_activate(make_daemon, home):
    daemon = make_daemon(home=home)
    daemon.wrapper = ["systemd-socket-activate", "--listen=" + daemon.path, "--fdname=voucherd.socket"] + \
        daemon.wrapper
    daemon.launch()
    Log(daemon, 0).wait("Listening")
    assert daemon.client().status().entries == 1  # who connects has it started
    assert any("socket=passed" in line for line in daemon.log)


# ---- The configuration read anew ----

class Reloaded:
    """A daemon whose configuration is a file that a test writes anew."""

    def __init__(self, make_daemon, home, manager, text):
        self.file = os.path.join(home, "voucherd.yaml")
        self.home, self.manager = home, manager
        self.write(text)
        self.daemon = make_daemon(home=home, extra=["--config", self.file], allow_me=False, addr=False)
        self.daemon.start(env=manager.env)
        assert "READY" in manager.next()

    def write(self, text):
        with open(self.file, "w") as f:
            f.write(text % {"home": self.home})

    def reload(self, text=None):
        """Has it read; gives the status told when it is done, and the log of it."""
        if text is not None:
            self.write(text)
        at = len(self.daemon.log)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.daemon.process.send_signal(signal.SIGHUP)
        begun = self.manager.wait("RELOADING")
        assert begun["RELOADING"] == "1" and before <= int(begun["MONOTONIC_USEC"]) < before + PATIENCE * 1e6
        ended = self.manager.next()
        assert ended["READY"] == "1"
        return ended["STATUS"], Log(self.daemon, at)

    def client(self, name="s"):
        return Client(os.path.join(self.home, name))


class Log:
    """Lines of the log from one on; they may come a moment later than what else tells."""

    def __init__(self, daemon, at):
        self.daemon, self.at = daemon, at

    def wait(self, event):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = [line for line in self.daemon.log[self.at:] if event in re.split("[ =]", line)]
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError("no %s:\n%s" % (event, self.daemon.log_tail()))


def listens(**roles):
    return "listen:\n" + "".join("  - {addr: 'unix:%%(home)s/%s', principal: %s, roles: [%s]}\n" % (n, n, r)
                                 for n, r in roles.items())


def denied(client):
    return client.do(c_issue("1", BUYER, "C0", amount=10)).kind == DENIED


def test_roles_change_for_those_who_are_connected(make_daemon, home, manager):
    both = dict(alice="maker, checker, query", bob="query", carol="maker")
    d = Reloaded(make_daemon, home, manager, listens(**both))
    alice, bob, carol = (d.client(n) for n in both)
    ground(alice)
    assert denied(bob) and not denied(carol)
    status, log = d.reload(listens(alice="maker, query", bob="maker", carol="auditor"))
    assert status == "serving " + d.daemon.book
    assert "connections_ended=0" in log.wait("reloaded")[0]
    assert not denied(bob) and denied(carol)
    assert carol.status().entries == alice.status().entries  # on the same connections
    # Back, and away: what another is called changes nothing for the others.
    status, log = d.reload(listens(alice="maker, query", bob="query", carla="maker"))
    assert denied(bob) and "connections_ended=1" in log.wait("reloaded")[0]
    with pytest.raises(Closed) as told:
        carol.status()
    assert told.value.goodbye.fault.field == "principal" and told.value.goodbye.fault.value == "carol"
    # Its socket is there until the restart, but stands for nobody.
    assert "key=listen" in log.wait("needs_restart")[0]
    with pytest.raises(Closed):
        d.client("carol")
    assert not denied(alice)


def test_who_waits_for_an_entry_waits_for_no_other_roles(make_daemon, home, manager):
    """What is booked after roles were taken away is not shown to who asked while he had them."""
    d = Reloaded(make_daemon, home, manager, listens(alice="maker, checker, query", bob="query", carol="query"))
    alice, bob, carol = (d.client(n) for n in ("alice", "bob", "carol"))
    last = alice.status().entries
    waiting = V.Query(entries=V.EntriesQuery(after=last, wait_ms=60000))
    numbers = [c.begin_query(waiting) for c in (bob, carol)]
    assert bob.status().entries == carol.status().entries == last
    d.reload(listens(alice="maker, checker, query", bob="maker", carla="query"))
    for c, n in zip((bob, carol), numbers):
        a = c.reply(n, 20).answer
        assert not a.entries and a.next == last
    ground(alice)
    assert carol.receive().goodbye.fault.field == "principal"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be two users")
def test_users_come_and_go(make_daemon, home, manager):
    """Peers that are known by their user, looked up anew on the connection that they have."""
    text = "listen: [{addr: 'unix:%%(home)s/s', mode: 0777}]\nprincipals:\n" \
           "  - {name: root, uid: 0, roles: [maker, checker, query]}\n  - {name: %s, uid: 65534, roles: [query]}\n"
    os.chmod(home, 0o755)
    d = Reloaded(make_daemon, home, manager, text % "somebody")
    root = d.client()
    os.seteuid(NOBODY)
    try:
        other, third = d.client(), d.client()
    finally:
        os.seteuid(0)
    ground(root)
    assert denied(other)
    d.reload((text % "somebody").replace("[query]", "[query, maker]"))
    assert not denied(other)
    d.reload(text % "somebody-else")
    for c in (other, third):
        with pytest.raises(Closed) as told:
            c.status()
        assert told.value.goodbye.fault.value == "somebody"
    os.seteuid(NOBODY)
    try:
        again = d.client()
    finally:
        os.seteuid(0)
    assert again.welcome.principal == "somebody-else" and denied(again)
    assert root.status().entries


def test_a_reload_under_traffic_loses_nothing(make_daemon, home, manager):
    """Everything asked is answered once, on the same connections, while good and bad files come."""
    good = listens(alice="maker, checker, query", bob="query")
    d = Reloaded(make_daemon, home, manager, good)
    alice = d.client("alice")
    ground(alice)
    before = alice.status().entries
    end = threading.Event()
    made = [0] * 3
    failed = []

    def work(n):
        try:
            c = d.client("alice")
            while not end.is_set():
                numbers = [c.begin_commands([ask(c_contract("T%d-%d-%d" % (n, made[n], i), SELLER, BUYER, 1))])
                           for i in range(5)]
                for number in numbers:
                    assert c.outcomes(number)[0].kind == DONE
                made[n] += 1
        except Exception as e:  # told below
            failed.append(e)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for t in threads:
        t.start()
    for i in range(6):
        at = sum(made)
        d.reload(good + "limits: {under-way: %d, group: %d, queue: %d}\n" % (1 + i, 1 + i, 1 + i))
        d.reload(good + "limits: {group: none}\n")
        while sum(made) < at + 3 and not failed:
            time.sleep(0.005)
    end.set()
    for t in threads:
        t.join(PATIENCE)
    assert not failed, failed
    assert d.client("bob").status().entries == before + 5 * sum(made)


@pytest.mark.parametrize("wrong,line,column,what", [
    ("limits: {group: 0}", 4, 17, "group"),
    ("principals: [{name: x, uid: 1, roles: [boss]}]", 4, 40, "boss"),
    ("limitz: {}", 4, 1, "limitz"),
    ("limits: {", 5, 1, ""),
])
def test_a_mistake_is_told_and_all_stays(make_daemon, home, manager, wrong, line, column, what):
    good = listens(alice="maker, checker, query", bob="query")
    d = Reloaded(make_daemon, home, manager, good)
    alice, bob = d.client("alice"), d.client("bob")
    ground(alice)
    status, log = d.reload(listens(alice="query", bob="maker") + wrong + "\n")
    told = log.wait("config_wrong")
    assert " line=%d column=%d " % (line, column) in told[0] and what in told[0] and d.file in told[0]
    assert log.wait("reload_failed")
    assert status.startswith("the configuration was not reloaded: %s:%d:%d: " % (d.file, line, column))
    assert not denied(alice) and denied(bob)
    # Repaired, it is taken.
    status, log = d.reload(listens(alice="query", bob="maker"))
    assert status.startswith("serving") and denied(alice) and not denied(bob)


@pytest.mark.parametrize("text,what", [(None, "No such file"), ("listen: [{addr: 'unix:%(home)s/s'}]\n", "nobody may")])
def test_a_file_that_is_gone_or_allows_nobody_is_left(make_daemon, home, manager, text, what):
    d = Reloaded(make_daemon, home, manager, listens(s="query"))
    client = d.client()
    if text is None:
        os.unlink(d.file)
    status, log = d.reload(text)
    assert what in log.wait("reload_failed")[0] and what in status
    assert client.status().entries == 1
    # What a reload would leave, the check before it tells.
    check = subprocess.run([VOUCHERD, "--check-config", "--config", d.file, "--book", d.daemon.book],
                           stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    assert check.returncode == 2 and what in check.stderr


def test_what_needs_a_restart_is_named(make_daemon, home, manager):
    d = Reloaded(make_daemon, home, manager, listens(s="query"))
    client = d.client()
    _, log = d.reload("tables-map: 1G\njournal-map: 2G\nlisten:\n"
                      "  - {addr: 'unix:%(home)s/s', mode: 0600, principal: s, roles: [query]}\n"
                      "  - {addr: 'unix:%(home)s/new', principal: n, roles: [query]}\n")
    told = log.wait("reloaded") and "\n".join(log.wait("needs_restart"))
    for part in ("key=journal-map", "key=tables-map", "s mode 0660\" asked", "s mode 0600", "new mode 0660"):
        assert part in told, told
    assert client.status().entries == 1 and not os.path.exists(os.path.join(home, "new"))


def test_a_reload_keeps_the_key_for_persons(make_daemon, home, manager):
    key = os.path.join(home, "key")
    with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as f:
        f.write(bytes(range(32)))
    text = "person-key: %s\n" % key + listens(s="query")
    d = Reloaded(make_daemon, home, manager, text)
    d.reload(text + "limits: {group: 7}\n")
    for other in (text.replace("/key\n", "/other\n"), listens(s="query")):
        status, log = d.reload(other)
        assert "person-key" in log.wait("reload_failed")[0] and "person-key" in status
    # A book has no key from the start: none comes later.
    assert d.client().status().entries == 1


def test_limits_are_lowered_and_raised(make_daemon, home, manager):
    def text(connections, under_way):
        return listens(s="query") + "limits: {connections: %d, connections-per-principal: %d, under-way: %d}\n" % (
            connections, connections, under_way)
    d = Reloaded(make_daemon, home, manager, text(3, 7))
    there = [d.client() for _ in range(3)]
    assert there[0].welcome.under_way_limit == 7
    with pytest.raises(Closed) as told:
        d.client()
    assert "at most 3" in told.value.goodbye.fault.expected
    d.reload(text(5, 9))
    there += [d.client() for _ in range(2)]
    assert there[-1].welcome.under_way_limit == 9
    assert there[-1].welcome.connections_limit == 5
    d.reload(text(2, 9))
    assert [c.status().entries for c in there] == [1] * 5  # those that are there stay
    there.pop().close()
    with pytest.raises(Closed) as told:
        d.client()
    assert "at most 2" in told.value.goodbye.fault.expected


def test_hangup_without_a_file_ends_nothing(make_daemon, home, manager):
    daemon = make_daemon(home=home).start(env=manager.env)
    manager.wait("READY")
    daemon.process.send_signal(signal.SIGHUP)
    manager.wait("RELOADING")
    assert "without --config" in manager.wait("READY")["STATUS"]
    assert daemon.client().status().entries == 1


def test_hangup_while_it_starts_is_not_lost(make_daemon, home, manager):
    """What comes before there is a server waits for it, and ends nothing. The file is a pipe at first, so that the
    daemon waits in reading it."""
    file, new = os.path.join(home, "voucherd.yaml"), os.path.join(home, "new")
    text = listens(s="query") % {"home": home}
    os.mkfifo(file)
    daemon = make_daemon(home=home, extra=["--config", file], addr=False, allow_me=False)
    daemon.launch(env=manager.env)
    pipe = open_once_it_is_read(file)
    with open(new, "w") as f:
        f.write(text + "limits: {under-way: 9}\n")
    os.rename(new, file)
    daemon.process.send_signal(signal.SIGHUP)
    os.write(pipe, text.encode())
    os.close(pipe)
    daemon.wait_ready()
    assert manager.wait("READY") and manager.wait("RELOADING") and manager.wait("READY")
    assert daemon.client().welcome.under_way_limit == 9


def open_once_it_is_read(pipe):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as e:
            assert e.errno == errno.ENXIO  # nobody reads it yet
        time.sleep(0.001)
    raise AssertionError("nobody reads " + pipe)


# ---- The journal ----

def fields_of(datagram):
    """A datagram of the journal's own protocol: NAME=value lines, or NAME, a length and the value."""
    found = {}
    while datagram:
        name, _, rest = datagram.partition(b"\n")
        if b"=" in name:
            name, _, value = name.partition(b"=")
            datagram = rest
        else:
            n = struct.unpack_from("<Q", rest)[0]
            value, datagram = rest[8:8 + n], rest[8 + n + 1:]
        assert name not in found
        found[name.decode()] = value.decode()
    return found


class Journal:
    """A journal's socket; and what puts a command where the journal has that socket, in a mount namespace."""

    def __init__(self, home):
        self.directory = os.path.join(home, "journal")
        os.mkdir(self.directory)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(os.path.join(self.directory, "socket"))
        self.socket.settimeout(PATIENCE)

    def next(self):
        return fields_of(self.socket.recv(65536))

    def wrapper(self, stream):
        return ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
                "mount --bind '%s' /run/systemd/journal && JOURNAL_STREAM=%s exec \"$@\"" %
                (self.directory, stream), "sh"]


@pytest.fixture
def journal(home):
    j = Journal(home)
    if subprocess.run(j.wrapper("1:1") + ["true"], stderr=subprocess.DEVNULL).returncode:
        pytest.skip("mounting is not allowed here")
    yield j
    j.socket.close()


def test_the_log_goes_to_the_journal_with_fields(home, journal):
    err = tempfile.TemporaryFile()
    st = os.fstat(err.fileno())
    config = os.path.join(home, "c.yaml")
    with open(config, "w") as f:
        f.write(listens(s="query") % {"home": home})
    line = [VOUCHERD, "--book", home + "/b", "--config", config]
    p = subprocess.Popen(journal.wrapper("%d:%d" % (st.st_dev, st.st_ino)) + line, stdin=subprocess.DEVNULL, stderr=err)
    try:
        events = {}
        while "ready" not in events:
            e = journal.next()
            events[e["VOUCHERD_EVENT"]] = e
        ready = events["ready"]
        assert ready["VOUCHERD_ADDR"] == "unix:%s/s" % home and ready["VOUCHERD_ENTRIES"] == "1"
        assert ready["VOUCHERD_PID"] == str(p.pid) and ready["PRIORITY"] == "6"
        assert ready["MESSAGE"] == "ready addr=unix:%s/s entries=1 pid=%d" % (home, p.pid)
        assert ready["SYSLOG_IDENTIFIER"] == "voucherd" and "CODE_FILE" not in ready
        c = Client(home + "/s")
        assert c.do(c_contract("J", SELLER, BUYER, 1)).kind == DENIED
        told = journal.next()
        assert told["VOUCHERD_EVENT"] == "denied" and told["VOUCHERD_PRINCIPAL"] == "s"
        c.send_frame(b"\xff" * 10)
        assert c.receive().WhichOneof("kind") == "goodbye"
        told = journal.next()
        assert told["VOUCHERD_EVENT"] == "goodbye" and told["PRIORITY"] == "4"
        p.send_signal(signal.SIGTERM)
        assert p.wait(PATIENCE) == 0
    finally:
        if p.poll() is None:
            p.kill()
            p.wait()
    err.seek(0)
    assert err.read() == b""


def test_lines_where_standard_error_is_not_the_journal(home, journal):
    done = subprocess.run(journal.wrapper("1:1") + [VOUCHERD, "--book", home + "/no/b", "--check-book"],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and " event=start_failed " in done.stderr
    journal.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        journal.socket.recv(1)


# ---- The units ----

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def analyze(*words, **env):
    return subprocess.run(["systemd-analyze", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, env=dict(os.environ, **env))


@needs_systemd
def test_the_service_is_shut_in():
    """--threshold is in tenths; 0 is all shut, 10 all open."""
    done = analyze("security", "--offline=true", "--threshold=20", os.path.join(REPO, "conf/voucherd.service"))
    assert done.returncode == 0, done.stdout
    m = re.search(r"Overall exposure level for voucherd.service: ([\d.]+)", done.stdout)
    assert float(m.group(1)) <= 2.0


def calls_let_through(unit):
    """The system calls that a unit's filter allows: a set has calls and other sets; `~` takes away."""
    sets, name = {}, None
    for line in analyze("syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())

    def members(word):
        return set().union(*map(members, sets[word])) if word in sets else {word}
    found = members("@default")
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        calls = set().union(*map(members, value.lstrip("~").split()))
        found = found - calls if value.startswith("~") else found | calls
    return found


@needs_strace
@needs_systemd
def test_what_the_daemon_calls_is_let_through(make_daemon, home, manager):
    """All that it does as a service, with the calls counted: the filter would fail them, and nobody would see why."""
    unit = open(os.path.join(REPO, "conf/voucherd.service")).read()
    allowed = calls_let_through(unit)
    assert "read" in allowed and "chown" not in allowed and "setpriority" not in allowed
    counts = os.path.join(home, "counts")
    config = os.path.join(home, "c.yaml")
    with open(config, "w") as f:
        f.write("listen: [{addr: 'unix:%s/s', principal: all, roles: [maker, checker, query]},"
                " {addr: 'unix:%s/own', principal: x, roles: [query]}]\n" % (home, home))
    daemon = make_daemon(home=home, addr=False, allow_me=False, extra=["--config", config],
                         wrapper=traced("-c", "-o", counts))
    env = dict(manager.env, WATCHDOG_USEC="400000", ASAN_OPTIONS="detect_leaks=0")
    passed = listening(daemon.path)
    daemon.start(env=env, **passing(daemon, [passed], "voucherd.socket"))
    manager.wait("READY")
    client = daemon.client()
    ground(client)
    client.done(c_contract("S", SELLER, BUYER, 1))
    assert client.status().entries
    daemon.process.send_signal(signal.SIGHUP)
    manager.wait("RELOADING")
    manager.wait("READY")
    assert manager.next() == {"WATCHDOG": "1"}
    assert daemon.stop() == 0
    with open(counts) as f:
        called = {line.split()[-1] for line in f if re.match(r" *[\d.]+ .*[a-z]\w+$", line)} - {"total"}
    assert {"fdatasync", "accept4", "getsockopt", "sendmsg"} <= called, called
    assert called <= allowed, called - allowed


def build(dest, *words):
    return subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", dest, *words],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def found_below(top):
    return {os.path.basename(n): os.path.join(d, n) for d, _, names in os.walk(top) for n in names}


@needs_systemd
def test_what_is_installed_is_verified(home):
    done = build(home)
    assert done.returncode == 0, done.stdout
    files = found_below(home)
    assert "/systemd/system/" in files["voucherd.service"] and "/systemd/system/" in files["voucherd.socket"]
    assert any("/sysusers.d/voucherd.conf" in os.path.join(d, n) for d, _, names in os.walk(home) for n in names)
    assert any("/tmpfiles.d/voucherd.conf" in os.path.join(d, n) for d, _, names in os.walk(home) for n in names)
    units = os.path.join(home, "units")
    os.mkdir(units)
    for name in ("voucherd.service", "voucherd.socket"):
        with open(files[name]) as f, open(os.path.join(units, name), "w") as g:
            # Programs are looked for where they will be.
            g.write(f.read().replace("=voucherd --", "=%s --" % files["voucherd"]).replace("=man:", "=file:///"))
    done = analyze("verify", "--man=no", os.path.join(units, "voucherd.service"),
                   os.path.join(units, "voucherd.socket"), SYSTEMD_UNIT_PATH=units + ":")
    assert done.returncode == 0 and done.stdout.strip() == "", done.stdout


def test_the_units_and_the_configuration_fit():
    def read(name):
        with open(os.path.join(REPO, "conf", name)) as f:
            return f.read()
    path = re.search(r"^ListenStream=(.*)$", read("voucherd.socket"), re.M).group(1)
    assert "addr: unix:%s\n" % path in read("voucherd.yaml")
    state = re.search(r"^StateDirectory=(.*)$", read("voucherd.service"), re.M).group(1)
    assert "book: /var/lib/%s/" % state in read("voucherd.yaml")
    assert "d %s " % os.path.dirname(path) in read("voucherd.tmpfiles")
    # A larger number of files than connections that there can be.
    with open(os.path.join(REPO, "lib/base/limits.h")) as f:
        most = int(re.search(r"LIMIT_CONNECTIONS (\d+)", f.read()).group(1))
    assert int(re.search(r"^LimitNOFILE=(\d+)$", read("voucherd.service"), re.M).group(1)) >= most + 64


@needs_systemd
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_readme_s_commands_make_a_service(home):
    """What README.md says, below a root of its own: there is no service manager there to start it."""
    with open(os.path.join(REPO, "README.md"), encoding="utf-8") as f:
        part = f.read().partition("\n## As a service\n")[2]
    lines = [line.split() for line in re.search(r"```sh\n(.*?)```", part, re.S).group(1).splitlines()]
    assert [line[0] for line in lines] == ["meson", "ninja", "meson", "systemd-sysusers", "systemd-tmpfiles", "install",
                                           "systemctl"]

    def run(*words):
        done = subprocess.run(words, cwd=REPO, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stdout
    assert build(home).returncode == 0
    os.mkdir(os.path.join(home, "etc"))
    for line in lines[3:5]:
        run(line[0], "--root=" + home, *line[1:])
    ids = {}
    for name in ("passwd", "group"):
        with open(os.path.join(home, "etc", name)) as f:
            ids[name] = int(re.search(r"^voucherd:[^:]*:(\d+):", f.read(), re.M).group(1))
    st = os.stat(os.path.join(home, "run/voucherd"))
    assert (st.st_uid, st.st_gid, st.st_mode & 0o777) == (ids["passwd"], ids["group"], 0o755)
    run(*(home + w if w.startswith("/") else str(ids["group"]) if w == "voucherd" else w for w in lines[5]))
    run(VOUCHERD, "--check-config", "--config", home + "/etc/voucherd/voucherd.yaml")
    run("systemctl", "--root=" + home, *(w for w in lines[6][1:] if w != "--now"))
    assert os.path.islink(home + "/etc/systemd/system/sockets.target.wants/voucherd.socket")
