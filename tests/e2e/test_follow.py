# SPDX-License-Identifier: Apache-2.0
"""Following the journal: every entry, in order, without a gap, whatever ends or breaks in between."""

import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from policies import zhangzhou
from vclient import (DONE, PATIENCE, VOUCHERQ, Client, Closed, V, ask, c_adopt, c_appropriate, c_contract, c_lapse,
                     fen, leaf_hash, resident_kib, run_tool, uscc)

LONG = 60000  # ms: nobody wants to wait so long here
WAITING = 512  # queries of one principal that may wait at a time
ENV = dict(os.environ, LC_ALL="C.UTF-8")


def ground(client):
    client.done(c_adopt(zhangzhou().file))
    client.done(c_appropriate("1", 2025, fen("1,000,000,000")))
    return client.status().entries


def contracts(tag, n):
    return [c_contract("%s-%d" % (tag, k), uscc(1), uscc(2), 100 + k) for k in range(n)]


def book(client, tag, n, rows=50):
    """n entries, in requests of so many."""
    commands = contracts(tag, n)
    for i in range(0, n, rows):
        assert all(o.kind == DONE for o in client.commands([ask(c) for c in commands[i:i + rows]]))


def query(after, wait_ms, count=None):
    q = V.Query(entries=V.EntriesQuery(after=after, wait_ms=wait_ms))
    if count is not None:
        q.entries.count = count
    return q


def waits(client, after, wait_ms=LONG):
    """Begins to wait; its number."""
    return client.begin_query(query(after, wait_ms))


def answer(client, number, timeout=20):
    return client.reply(number, timeout).answer


def is_held(client, after):
    """Whether a query waits for its time rather than being answered at once."""
    begun = time.monotonic()
    a = client.query(query(after, 100))
    assert not a.entries and a.next == after
    return time.monotonic() - begun >= 0.1


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


class Tool:
    """voucherq entries --follow, its lines kept as they come."""

    def __init__(self, daemon, *words, options=("--json",)):
        self.process = subprocess.Popen(
            [VOUCHERQ, "--addr", "unix:" + daemon.path, *options, "entries", "--follow", *map(str, words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        self.raw = []
        self.said = []
        self.threads = [threading.Thread(target=self.keep, args=a, daemon=True)
                        for a in ((self.process.stdout, self.raw), (self.process.stderr, self.said))]
        for t in self.threads:
            t.start()

    @staticmethod
    def keep(pipe, lines):
        for line in pipe:
            lines.append(line)

    def wait(self):
        code = self.process.wait(PATIENCE)
        for t in self.threads:
            t.join(PATIENCE)
        return code

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    def lines(self):
        """The whole ones: the last may have been cut off by a kill."""
        return [json.loads(line) for line in self.raw if line.endswith(b"\n")]

    def numbers(self):
        return [line["entry"] for line in self.lines()]


@pytest.fixture
def follow(daemon):
    tools = []

    def start(*words, **kw):
        tools.append(Tool(daemon, *words, **kw))
        return tools[-1]
    yield start
    for t in tools:
        if t.process.poll() is None:
            t.process.kill()
            t.wait()


class Follower(threading.Thread):
    """A client that asks page after page until it has seen `last`, or the daemon is gone."""

    def __init__(self, path, last=None):
        super().__init__()
        self.path, self.last = path, last
        self.seen = []
        self.error = None
        self.start()

    def run(self):
        try:
            with Client(self.path) as c:
                after = 0
                while after != self.last:
                    a = c.query(query(after, LONG))
                    assert a.as_of_entry >= a.next and a.next == after + len(a.entries)
                    self.seen += a.entries
                    after = a.next
        except (Closed, OSError):
            pass
        except BaseException as e:
            self.error = e

    def result(self):
        self.join(PATIENCE)
        assert not self.is_alive() and self.error is None, self.error
        return [(e.number, e.entry, e.leaf) for e in self.seen]


def journal(client):
    rows = [(e.number, e.entry, e.leaf) for e in client.entries()]
    assert [n for n, _, _ in rows] == list(range(1, len(rows) + 1))
    assert all(leaf == leaf_hash(stored) for _, stored, leaf in rows)
    return rows


# ---- What is seen ----

def test_followers_see_the_journal(daemon, client, follow):
    last = ground(client) + 2000
    followers = [Follower(daemon.path, last) for _ in range(3)]
    tool, late, table = follow("--limit", last), follow("--from", last - 9, "--limit", 10), \
        follow("--limit", last, options=())
    writers = [threading.Thread(target=book, args=(daemon.client(), "W%d" % i, 1000, rows))
               for i, rows in enumerate((1, 70))]
    # It follows what is there or comes next, not what lies further ahead.
    assert late.wait() == 2 and "ends at entry" in late.lines()[0]["error"]["expected"]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    rows = journal(client)
    assert len(rows) == last
    for f in followers:
        assert f.result() == rows
    assert tool.wait() == 0 and not tool.said
    assert [(e["entry"], bytes.fromhex(e["leaf"])) for e in tool.lines()] == [(n, leaf) for n, _, leaf in rows]
    assert table.wait() == 0 and not table.said
    lines = [line.decode().split() for line in table.raw]
    assert lines[0] == ["ENTRY", "TIME", "BY", "COMMAND", "RESULT"]
    assert [int(words[0]) for words in lines[1:]] == list(range(1, last + 1))


def test_from_an_entry_on(daemon, client, follow):
    ground(client)
    book(client, "F", 10)
    tool = follow("--from", 7, "--limit", 8)
    until(lambda: tool.numbers() == list(range(7, 14)))
    client.done(c_lapse())
    assert tool.wait() == 0 and tool.numbers() == list(range(7, 15))
    assert tool.lines()[-1]["command"] == "lapse"
    listed = run_tool(VOUCHERQ, ["--addr", "unix:" + daemon.path, "--json", "entries", "--from", 7])
    assert json.loads(listed.out)["entries"] == tool.lines()
    tool = follow("--from", 15, "--limit", 1)  # the next one there will be
    beyond = follow("--from", 16, "--limit", 1)
    assert beyond.wait() == 2
    assert beyond.lines()[0]["error"] == {"field": "from", "value": "16",
                                          "expected": "1 to 15: the book ends at entry 14"}
    client.done(c_lapse())
    assert tool.wait() == 0 and tool.numbers() == [15]


def test_who_fell_behind_gets_full_pages(daemon):
    client = daemon.client(patience=20)
    last = ground(client) + 2500
    book(client, "B", 2500, 500)
    sizes, after = [], 0
    while after < last:
        a = client.query(query(after, LONG))
        sizes.append(len(a.entries))
        after = a.next
    assert sizes == [1000, 1000, last - 2000]
    assert len(client.query(query(0, LONG, 3)).entries) == 3


# ---- Waiting ----

def test_waiting_ends_with_the_next_entry(daemon, client):
    last = ground(client)
    others = [daemon.client() for _ in range(5)]
    numbers = [waits(c, last) for c in others]
    outcome = client.do(c_lapse())
    for c, n in zip(others, numbers):
        a = answer(c, n)
        assert [(e.number, e.leaf) for e in a.entries] == [(last + 1, outcome.leaf)]
        assert a.next == a.as_of_entry == last + 1


def test_waiting_ends_with_its_time(client):
    last = ground(client)
    for ms in (50, 300):
        begun = time.monotonic()
        a = client.query(query(last, ms))
        assert time.monotonic() - begun >= ms / 1000
        assert not a.entries and a.next == a.as_of_entry == last
    # The nearest ends first, and the answers to others go on meanwhile.
    far, near = waits(client, last), waits(client, last, 100)
    assert client.status().entries == last
    assert answer(client, near).next == last
    client.done(c_lapse())
    assert len(answer(client, far).entries) == 1


def test_without_waiting_nothing_has_changed(client):
    last = ground(client)
    for wait_ms in (None, 0):
        q = V.Query(entries=V.EntriesQuery(after=last))
        if wait_ms is not None:
            q.entries.wait_ms = wait_ms
        a = client.query(q)
        assert not a.entries and not a.HasField("next") and a.as_of_entry == last


def test_what_cannot_be_waited_for(client):
    last = ground(client)
    a = client.raw_query(query(last, LONG + 1))
    assert (a.fault.field, a.fault.value) == ("query.entries.wait_ms", "60001")
    for after in (last + 1, 2**64 - 1):
        a = client.raw_query(query(after, LONG))
        assert (a.fault.field, a.fault.value) == ("after", str(after)) and str(last) in a.fault.expected


def test_who_waits_is_under_way(make_daemon, home):
    file = os.path.join(home, "limits.yaml")
    with open(file, "w") as f:
        f.write("limits: {under-way: 2, queue: 1}\n")
    daemon = make_daemon(home=home, extra=["--config", file]).start()
    c, other = daemon.client(), daemon.client()
    last = ground(other)
    first, second = waits(c, last, 300), waits(c, last, 400)
    third = c.new_request()
    third.request.query.status.SetInParent()
    third = c.begin(third)
    assert other.status().entries == last  # the queue has room for one, and is not taken by those who wait
    order = [c.receive().reply.number for _ in range(3)]
    assert order.index(first) < order.index(third) and set(order) == {first, second, third}
    number = waits(c, last)
    m = c.new_request()
    m.request.number = number
    m.request.query.status.SetInParent()
    c.send(m)
    assert c.receive().reply.fault.field == "request.number"
    other.done(c_lapse())
    assert len(answer(c, number).entries) == 1


def test_only_so_many_wait(daemon, client):
    last = ground(client)
    crowd = daemon.client()
    numbers = [waits(crowd, last) for _ in range(WAITING)]
    crowd.query(query(last, LONG))  # one more is answered at once, when all those are waiting
    assert not is_held(client, last)
    crowd.close()
    until(lambda: is_held(client, last))
    assert len(numbers) == WAITING


def test_long_messages_that_wait_do_not_fill_the_memory(daemon, client):
    """The same field again and again: it waits as one of a few bytes would."""
    last = ground(client)
    lazy = daemon.client()
    before = resident_kib(daemon.process.pid)
    for _ in range(300):
        m = lazy.new_request()
        m.request.query.CopyFrom(query(last, LONG))
        bytes_of_it = m.SerializeToString()
        lazy.send_frame(bytes_of_it * (60000 // len(bytes_of_it)))
    assert lazy.status().entries == last
    assert resident_kib(daemon.process.pid) - before < 20 << 10
    client.done(c_lapse())
    assert all(len(answer(lazy, n + 1).entries) == 1 for n in range(300))


def test_a_half_closed_client_waits_no_longer(daemon, client):
    last = ground(client)
    c = daemon.client()
    number = waits(c, last)
    assert c.status().entries == last
    c.socket.shutdown(socket.SHUT_WR)
    assert answer(c, number).next == last
    with pytest.raises(Closed):
        c.receive()


def test_stopping_waits_for_nobody(daemon, client):
    last = ground(client)
    crowd = [daemon.client() for _ in range(20)]
    numbers = [waits(c, last) for c in crowd]
    for c in crowd:
        assert c.status().entries == last
    begun = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    for c, n in zip(crowd, numbers):
        a = answer(c, n)
        assert not a.entries and a.next == last
        with pytest.raises(Closed):
            c.receive()
    assert daemon.wait() == 0 and time.monotonic() - begun < 5


def test_who_never_reads_harms_nobody(daemon, client):
    last = ground(client)
    lazy = daemon.client()
    for _ in range(WAITING):
        waits(lazy, last)
    until(lambda: not is_held(client, last))  # all places are taken, once those have arrived
    before = resident_kib(daemon.process.pid)
    documents = [ask(c_appropriate("1", 2025, 1, document="d" * 500)) for _ in range(1000)]
    client.commands(documents)  # a thousand pages of a thousand entries would be a gigabyte
    good = Follower(daemon.path, last + 1010)
    for _ in range(10):
        client.done(c_lapse())
        assert client.status().entries > last
    assert good.result() == journal(client)
    assert resident_kib(daemon.process.pid) - before < 100 << 10
    assert len(answer(lazy, 1).entries) == 1000  # when it reads at last
    lazy.close()  # the daemon need not wait for it in stopping


# ---- What breaks ----

def write_until_gone(path, tag, answered):
    try:
        with Client(path) as c:
            for k in range(10**6):
                outcomes = c.commands([ask(x) for x in contracts("%s.%d" % (tag, k), 20)])
                answered += [(o.entry.number, o.leaf) for o in outcomes]
    except (Closed, OSError):
        pass


def test_the_daemon_is_killed_under_load(daemon, follow):
    ground(daemon.client())
    tool = follow()
    for k in range(4):
        answered = []
        followers = [Follower(daemon.path) for _ in range(2)]
        writer = threading.Thread(target=write_until_gone, args=(daemon.path, "K%d" % k, answered))
        writer.start()
        until(lambda: len(answered) >= 300)
        daemon.kill()
        writer.join()
        seen = [f.result() for f in followers]
        daemon.start()
        rows = journal(daemon.client())
        for s in seen:  # what was shown stayed, what was answered is there
            assert rows[:len(s)] == s
        assert all(rows[n - 1][2] == leaf for n, leaf in answered)
    until(lambda: len(tool.raw) >= len(rows))
    assert tool.end() == 0
    assert [(e["entry"], bytes.fromhex(e["leaf"])) for e in tool.lines()] == [(n, leaf) for n, _, leaf in rows]
    assert len(tool.said) >= 1 and b"is gone after entry" in tool.said[0]


def test_the_follower_is_killed_and_resumes(daemon, client, follow, home):
    last = ground(client) + 2000
    state = os.path.join(home, "followed.json")
    writer = threading.Thread(target=book, args=(client, "R", 2000, 20))
    writer.start()
    reached = 0
    for _ in range(6):
        tool = follow("--resume", state)
        until(lambda: len(tool.raw) >= 100 or (tool.raw and tool.numbers()[-1] == last))
        tool.end(signal.SIGKILL)
        seen = tool.numbers()
        assert seen == list(range(seen[0], seen[-1] + 1))
        assert 1 <= seen[0] <= reached + 1, "a gap after %d" % reached
        reached = max(reached, seen[-1])
        if os.path.exists(state):
            with open(state) as f:
                assert json.load(f)["entry"] <= reached  # never ahead of what went out
    writer.join()
    # Ended by a signal it has saved all that it said: the next begins right there.
    tool = follow("--resume", state)
    until(lambda: tool.raw and tool.numbers()[-1] == last)
    assert tool.numbers()[0] <= reached + 1 and tool.end(signal.SIGINT) == 0
    rows = journal(daemon.client())
    with open(state) as f:
        assert json.load(f) == {"entry": last, "leaf": rows[-1][2].hex()}
    assert os.listdir(home) == ["followed.json"]
    tool = follow("--resume", state, "--limit", 2)
    for n in (1, 2):
        daemon.client().done(c_lapse())
        until(lambda: len(tool.raw) == n)
    assert tool.wait() == 0 and tool.numbers() == [last + 1, last + 2]
    with open(state) as f:
        assert json.load(f)["entry"] == last + 2


@pytest.mark.parametrize("options", [("--json",), ()])
def test_a_signal_ends_it_after_a_whole_line(daemon, client, follow, options):
    last = ground(client)
    tools = [follow(options=options) for _ in range(4)]
    writer = threading.Thread(target=book, args=(client, "S", 400, 10))
    writer.start()
    for i, t in enumerate(tools):
        until(lambda: len(t.raw) >= last + 40 * i)
        assert t.end((signal.SIGINT, signal.SIGTERM)[i % 2]) == 0
        assert t.raw[-1].endswith(b"\n") and not t.said
    writer.join()


def test_it_ends_when_nobody_reads(daemon, client):
    ground(client)
    for entries in (0, 1):  # idle, or with something to tell
        p = subprocess.Popen([VOUCHERQ, "--addr", "unix:" + daemon.path, "--timeout", "0.4", "entries", "--follow"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
        assert p.stdout.readline().startswith(b"   ENTRY ")
        p.stdout.close()
        for _ in range(entries):
            client.done(c_lapse())
        assert p.wait(PATIENCE) == 0 and p.stderr.read() == b""
        p.stderr.close()


def test_it_ends_when_nobody_reads_and_the_daemon_is_gone(daemon, client):
    ground(client)
    p = subprocess.Popen([VOUCHERQ, "--addr", "unix:" + daemon.path, "entries", "--follow"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)
    p.stdout.readline()
    daemon.kill()
    assert b"is gone after entry" in p.stderr.readline()
    p.stdout.close()
    assert p.wait(PATIENCE) == 0
    p.stderr.close()


def test_a_reader_that_stands_still_does_not_keep_it(daemon, client, home):
    """The pipe is full in the middle of a page: a signal ends it none the less, soon, and what did not go out is
    not taken for told."""
    ground(client)
    book(client, "P", 1000, 500)
    state = os.path.join(home, "followed.json")
    p = subprocess.Popen([VOUCHERQ, "--addr", "unix:" + daemon.path, "--json", "entries", "--follow",
                          "--resume", state],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV)

    def unread():
        return struct.unpack("i", fcntl.ioctl(p.stdout, termios.FIONREAD, b"\0" * 4))[0]
    until(lambda: unread() > 60000)
    p.send_signal(signal.SIGTERM)
    assert p.wait(PATIENCE) == 0
    whole = p.stdout.read().split(b"\n")[:-1]
    with open(state) as f:
        assert json.load(f)["entry"] == json.loads(whole[-1])["entry"] == len(whole) < 1000
    p.stdout.close()
    p.stderr.close()


# ---- Another book ----

def test_another_book_is_told(daemon, client, make_daemon, home):
    last = ground(client)
    state = os.path.join(home, "followed.json")

    def run(d, *words):
        return run_tool(VOUCHERQ, ["--addr", "unix:" + d.path, "--json", "entries", "--follow", "--limit", 1, *words])
    assert run(daemon, "--from", last, "--resume", state).code == 0
    other = make_daemon().start()
    shorter = run(other, "--resume", state)
    fault = json.loads(shorter.out)["error"]
    assert shorter.code == 2 and (fault["field"], fault["value"]) == ("resume", state), shorter
    assert "ends with entry %d; this one ends before that entry; it is another book" % last in fault["expected"]
    c = other.client()
    ground(c)
    book(c, "O", 10)
    longer = run(other, "--resume", state)
    fault = json.loads(longer.out)["error"]
    assert longer.code == 2 and (fault["field"], fault["value"]) == ("resume", state), longer
    assert "another leaf hash" in fault["expected"]
    # On its own book it goes on.
    client.done(c_lapse())
    good = run(daemon, "--resume", state)
    assert good.code == 0 and json.loads(good.out)["entry"] == last + 1


def test_a_book_put_back_while_it_is_followed(daemon, follow):
    ground(daemon.client())
    assert daemon.stop() == 0
    shutil.copytree(daemon.book, daemon.book + ".old")
    daemon.start()
    client = daemon.client()
    tool = follow()
    book(client, "N", 5)
    last = client.status().entries
    until(lambda: tool.numbers() and tool.numbers()[-1] == last)
    daemon.kill()
    shutil.rmtree(daemon.book)
    shutil.move(daemon.book + ".old", daemon.book)
    daemon.start()
    assert tool.wait() == 2
    assert "put back to an earlier state" in tool.lines()[-1]["error"]["expected"]


LEAF = '"leaf":"%s"' % ("0" * 64)


@pytest.mark.parametrize("content, wrong", [
    ("", "not JSON"), ('{"entry":1,%s' % LEAF, "not JSON"), ('{"entry":1,%s}{' % LEAF, "not JSON"),
    ("[]", "its entry"), ("{}", "its entry"), ('{"entry":0,%s}' % LEAF, "its entry"),
    ('{"entry":"1",%s}' % LEAF, "its entry"), ('{"entry":99999999999999999999,%s}' % LEAF, "not JSON"),
    ('{"entry":1}', "its leaf"), ('{"entry":1,"leaf":"12"}', "its leaf"),
    ('{"entry":1,%s}' % LEAF.replace("0", "G"), "its leaf")])
def test_a_file_that_is_none_of_its_own(daemon, home, content, wrong):
    path = os.path.join(home, "f")
    with open(path, "w") as f:
        f.write(content)
    r = run_tool(VOUCHERQ, ["--addr", "unix:" + daemon.path, "entries", "--follow", "--resume", path])
    assert r.code == 2 and path in r.err and "--resume" in r.err and wrong in r.err, r
    with open(path) as f:
        assert f.read() == content


def test_a_file_that_cannot_be_written(daemon, client, home):
    """No room for it: the old one stays, and what was told after it comes again."""
    last = ground(client)
    state = os.path.join(home, "followed.json")
    words = [VOUCHERQ, "--addr", "unix:" + daemon.path, "--json", "entries", "--follow", "--limit", "1",
             "--resume", state]

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    assert run_tool(words[0], words[1:] + ["--from", last]).code == 0
    client.done(c_lapse())
    for _ in range(2):  # Python ignores SIGXFSZ, and so does what it starts here
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENV, timeout=PATIENCE,
                              preexec_fn=no_room, restore_signals=False)
        told, error = map(json.loads, done.stdout.splitlines())
        assert done.returncode == 5 and told["entry"] == last + 1
        assert (error["error"]["field"], error["error"]["value"]) == ("resume", state)
        assert "File too large" in error["error"]["expected"]
        assert os.listdir(home) == ["followed.json"]
    good = run_tool(words[0], words[1:])
    assert good.code == 0 and json.loads(good.out)["entry"] == last + 1


def test_wrong_ways_to_follow(daemon, home):
    addr = ["--addr", "unix:" + daemon.path]
    r = run_tool(VOUCHERQ, addr + ["entries", "--resume", os.path.join(home, "x")])
    assert r.code == 2 and "--follow" in r.err, r
    r = run_tool(VOUCHERQ, addr + ["entries", "--follow", "--limit", 1, "--resume", os.path.join(home, "no", "x")])
    assert r.code == 2 and "No such file" in r.err and not r.out, r  # nothing is told that would come again
    r = run_tool(VOUCHERQ, ["--addr", "unix:" + home + "/none", "entries", "--follow"])
    assert r.code == 3 and "none" in r.err, r
    with open("/dev/full", "w") as full:
        done = subprocess.run([VOUCHERQ] + addr + ["entries", "--follow", "--limit", "1"], stdout=full,
                              stderr=subprocess.PIPE, env=ENV, timeout=PATIENCE)
    assert done.returncode == 5 and b"No space" in done.stderr, done
