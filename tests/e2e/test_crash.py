# SPDX-License-Identifier: Apache-2.0
"""Ends without warning, lost and strange tables, two daemons, a full disk: what was answered is there, what
was not answered is there whole or not at all."""

import os
import random
import re
import resource
import shutil
import signal
import subprocess
import threading
import time

import pytest

import compare
from policies import zhangzhou
from vclient import (DONE, IDS, INVALID, J, NOT_DONE, REFUSED, TRY_AGAIN, UNKNOWN, Client, Closed, Daemon, ask,
                     c_adopt, c_appropriate, c_contract, c_enterprise, c_issue, c_redeem, day, fen, invoice,
                     leaf_hash, uscc)

TODAY = day("2025-08-01")
SELLER = uscc(1)
ENTERPRISES = 8
KILLS = int(os.environ.get("VOUCHERD_KILLS", "50"))


def ground(client, money=fen("1,000,000,000")):
    client.done(c_adopt(zhangzhou().file))
    client.done(c_appropriate("1", 2025, money))
    client.many([c_enterprise(uscc(100 + i)) for i in range(ENTERPRISES)])


class Writer:
    """One connection that sends batches without waiting until the daemon is gone; it remembers what it asked
    and what was answered."""

    def __init__(self, daemon, tag, seed):
        self.daemon = daemon
        self.tag = tag
        self.r = random.Random(seed)
        self.asked = []     # (asks, atomic, outcomes or None)
        self.vouchers = []
        self.n = 0
        self.error = None
        self.thread = threading.Thread(target=self.run)

    def command(self):
        self.n += 1
        dice = self.r.random()
        if dice < 0.5 or self.n < 3:
            return c_contract("%s-%d" % (self.tag, self.n), SELLER, uscc(100 + self.n % ENTERPRISES),
                              self.r.randint(1, 10**6))
        if dice < 0.85:
            k = self.r.randint(1, self.n - 1)
            return c_issue("1", uscc(100 + self.r.randrange(ENTERPRISES)), "%s-%d" % (self.tag, k))
        if self.vouchers:
            return c_redeem(self.r.choice(self.vouchers), invoice(self.r.getrandbits(60)),
                            self.r.randint(1, 1000), TODAY)
        return c_issue("1", uscc(100), "no-such-contract")

    def run(self):
        try:
            with Client(self.daemon.path) as c:
                waiting = []
                while True:
                    atomic = self.r.random() < 0.3
                    asks = [ask(self.command()) for _ in range(self.r.choice((1, 1, 5, 30)))]
                    row = [asks, atomic, None]
                    self.asked.append(row)
                    waiting.append((c.begin_commands(asks, atomic), row))
                    if len(waiting) > self.r.choice((1, 4, 12)):
                        number, first = waiting.pop(0)
                        first[2] = c.outcomes(number)
                        self.vouchers += [o.entry.issued.voucher for o in first[2]
                                          if o.entry.HasField("issued")]
                        del self.vouchers[:-50]
        except (Closed, OSError):
            pass
        except BaseException as e:
            self.error = e


def without_again(o):
    return (o.kind, o.entry.SerializeToString(), o.leaf)


def look_again(client, writers):
    """After the restart: every answer is repeated as it was; every ask without an answer is whole or not at
    all, and the same id gives its answer."""
    seen = 0
    entries = {e.number: e for e in client.entries()}
    by_id = {}
    for stored in entries.values():
        e = J.Entry()
        e.ParseFromString(stored.entry)
        by_id[e.request_id] = e
    for w in writers:
        assert w.error is None, w.error
        for asks, atomic, got in w.asked:
            if got is not None:
                seen += len(got)
                for one, o in zip(asks, got):
                    if o.kind in (DONE, REFUSED):
                        e = by_id[one.request_id]
                        assert e.number == o.entry.number and entries[e.number].leaf == o.leaf
                    else:
                        assert one.request_id not in by_id
            elif atomic:
                there = [one.request_id in by_id for one in asks]
                if not all(there) and any(there):
                    # Not done but for its refusal, which alone is booked.
                    assert there.count(True) == 1
                    assert by_id[asks[there.index(True)].request_id].HasField("refusal")
    for w in writers:
        for asks, atomic, got in w.asked[-14:]:
            again = client.commands(asks, atomic)
            if got is not None:
                assert [without_again(o) for o in again if o.kind in (DONE, REFUSED)] == \
                    [without_again(o) for o in got if o.kind in (DONE, REFUSED)]
                continue
            for one, o in zip(asks, again):
                assert o.kind in (DONE, REFUSED, INVALID, NOT_DONE)
                if one.request_id in by_id and o.kind in (DONE, REFUSED):
                    assert o.again and o.entry.number == by_id[one.request_id].number
    return seen


def test_killed_again_and_again_under_load(make_daemon):
    daemon = make_daemon().start()
    ground(daemon.client())
    r = random.Random(8)
    answered = 0
    for k in range(KILLS):
        writers = [Writer(daemon, "K%d.%d" % (k, i), k * 10 + i) for i in range(2)]
        for w in writers:
            w.thread.start()
        # A random moment: the load runs until it comes.
        time.sleep(r.choice((0.0, 0.002, 0.01, 0.03, 0.08, 0.2)) * r.random())
        daemon.kill()
        for w in writers:
            w.thread.join()
        if k % 10 == 9:
            daemon.assert_book_ok()
        daemon.start()
        answered += look_again(daemon.client(), writers)
    compare.journal(daemon.client())
    assert daemon.stop() == 0
    daemon.assert_book_ok()
    assert answered > KILLS


def test_killed_while_it_opens(make_daemon):
    """Ends in the middle of folding the tail in, or of rebuilding the tables."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    client.many([c_contract("O%d" % i, SELLER, uscc(100), 1000 + i) for i in range(6000)])
    client.many([c_issue("1", uscc(100), "O%d" % i) for i in range(3000)])
    want = state(client)
    r = random.Random(3)
    for k in range(12):
        daemon.kill()
        if k % 2:
            shutil.rmtree(os.path.join(daemon.book, "tables"))
        daemon.launch()
        time.sleep(0.12 * r.random())
        daemon.process.kill()
        daemon.wait()
        daemon.start()
        assert state(daemon.client()) == want
    assert daemon.stop() == 0
    daemon.assert_book_ok()


def state(client):
    """Everything that queries say, as bytes."""
    s = client.status()
    return (s.entries, s.root, s.vouchers, client.funds().SerializeToString(),
            [v.SerializeToString() for v in client.vouchers()],
            [client.enterprise(uscc(100 + i)).enterprise.SerializeToString() for i in range(ENTERPRISES)],
            [e.number for e in client.refusals()])


def test_nothing_committed_but_the_journal(make_daemon):
    """SIGKILL right after an answer: what was answered is in the journal, whatever the tables hold."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    for k in range(15):
        client.done(c_contract("N%d" % k, SELLER, uscc(100), 1000))
        last = client.done(c_issue("1", uscc(100), "N%d" % k))
        daemon.kill()
        daemon.start()
        client = daemon.client()
        assert client.status().entries == last.number
        assert client.voucher(last.issued.voucher).vouchers[0].face == 500


# ---- tables lost, old, ahead ----

def busy(client, tag, n=400):
    client.many([c_contract("%s%d" % (tag, i), SELLER, uscc(100 + i % ENTERPRISES), 1000 + i) for i in range(n)])
    client.many([c_issue("1", uscc(100 + i % ENTERPRISES), "%s%d" % (tag, i)) for i in range(n)])
    client.commands([ask(c_issue("1", uscc(100), "%s%d" % (tag, i))) for i in range(20)])


@pytest.fixture
def two_ages(make_daemon):
    """A stopped book with an older copy of itself beside it: (daemon, older copy, state now, state then)."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    busy(client, "A")
    then = state(client)
    assert daemon.stop() == 0
    old = os.path.join(daemon.home, "old")
    copy(daemon.book, old)
    daemon.start()
    client = daemon.client()
    busy(client, "B")
    now = state(client)
    assert daemon.stop() == 0
    return daemon, old, now, then


def copy(a, b):
    """A copy of a stopped book that keeps holes."""
    subprocess.run(["cp", "-a", "--sparse=always", a, b], check=True)


def replace(source, target):
    shutil.rmtree(target)
    copy(source, target)


def opens_as(daemon, want):
    daemon.assert_book_ok() if want is None else None
    daemon.start()
    got = state(daemon.client())
    assert got == want
    client = daemon.client()
    client.done(c_contract("AFTER", SELLER, uscc(100), 1000))
    compare.journal(client)
    assert daemon.stop() == 0
    daemon.assert_book_ok()


def test_tables_deleted(two_ages):
    daemon, _, now, _ = two_ages
    shutil.rmtree(os.path.join(daemon.book, "tables"))
    opens_as(daemon, now)


def test_tables_emptied(two_ages):
    daemon, _, now, _ = two_ages
    for name in os.listdir(os.path.join(daemon.book, "tables")):
        os.truncate(os.path.join(daemon.book, "tables", name), 0)
    opens_as(daemon, now)


def test_tables_older_than_the_journal(two_ages):
    daemon, old, now, _ = two_ages
    replace(os.path.join(old, "tables"), os.path.join(daemon.book, "tables"))
    opens_as(daemon, now)


def test_tables_ahead_of_the_journal(two_ages):
    """A journal put back to an older state under newer tables: the journal is the truth."""
    daemon, old, _, then = two_ages
    replace(os.path.join(old, "journal"), os.path.join(daemon.book, "journal"))
    opens_as(daemon, then)


def test_tables_of_another_history(two_ages):
    """As many entries, but others: told by the last one's hash."""
    daemon, old, _, _ = two_ages
    other = Daemon(home=os.path.join(daemon.home, "x"))
    copy(old, other.book)
    other.start()
    busy(other.client(), "C")
    want = state(other.client())
    assert other.stop() == 0
    replace(os.path.join(other.book, "journal"), os.path.join(daemon.book, "journal"))
    opens_as(daemon, want)


def test_tables_of_noise(two_ages):
    daemon, _, now, _ = two_ages
    r = random.Random(1)
    for name in os.listdir(os.path.join(daemon.book, "tables")):
        path = os.path.join(daemon.book, "tables", name)
        size = min(os.path.getsize(path), 1 << 20)
        with open(path, "r+b") as f:
            f.write(r.randbytes(size))
    opens_as(daemon, now)


def test_check_book_leaves_the_book_as_it_was(two_ages):
    """It works in a directory of its own and leaves nothing of size there."""
    daemon, _, now, _ = two_ages
    size = used(daemon.book)
    for _ in range(3):
        daemon.assert_book_ok()
    assert used(daemon.book) < size + (512 << 10)
    opens_as(daemon, now)


def used(directory):
    return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, files in os.walk(directory) for f in files)


def change_bytes(directory, old, new):
    """Replaces bytes in the files of a directory; how often they were there."""
    assert len(old) == len(new)
    n = 0
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        with open(path, "rb") as f:
            data = f.read()
        if old in data:
            n += data.count(old)
            with open(path, "r+b") as f:
                f.write(data.replace(old, new))
    return n


def test_check_book_finds_a_changed_row(make_daemon):
    """A name changed in the tables alone: the book is well formed, but no longer what the journal says."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    client.done(c_enterprise(uscc(500), name="QXJ-first-name"))
    assert daemon.stop() == 0
    daemon.assert_book_ok()
    assert change_bytes(os.path.join(daemon.book, "tables"), b"QXJ-first-name", b"QXJ-other-name")
    code, log = daemon.check_book()
    assert code != 0 and "event=book_ok" not in log, log


def test_check_book_finds_a_changed_entry(make_daemon):
    """A paper's number changed in the journal alone, where no table holds it."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    client.done(c_appropriate("2", 2025, 5, document="QXJ-first-paper"))
    client.done(c_appropriate("2", 2025, 5))
    assert daemon.stop() == 0
    assert change_bytes(os.path.join(daemon.book, "journal"), b"QXJ-first-paper", b"QXJ-other-paper")
    code, log = daemon.check_book()
    assert code != 0 and "event=book_ok" not in log, log


def test_check_book_decides_again(make_daemon):
    """An entry that fits its hash and the tree, and changes no table, but is not what the rules decide: a refusal
    for another reason."""
    daemon = make_daemon().start()
    client = daemon.client()
    ground(client)
    client.done(c_contract("QXJ", uscc(100), uscc(101), 100))
    refused = c_issue("1", uscc(101), "QXJ", amount=51)
    while client.status().entries % 2:  # then the last leaf stands alone in the tree
        client.do(refused)
    assert client.do(refused).entry.refusal.reason == J.RATE
    last = client.entries()[-1]
    assert last.number % 2 == 1
    entry = J.Entry.FromString(last.entry)
    assert entry.SerializeToString() == last.entry
    entry.refusal.reason = J.FUNDS
    other = entry.SerializeToString()
    assert daemon.stop() == 0
    daemon.assert_book_ok()
    journal = os.path.join(daemon.book, "journal")
    assert change_bytes(journal, last.entry, other)
    assert change_bytes(journal, last.leaf, leaf_hash(other))
    change_bytes(os.path.join(daemon.book, "tables"), last.leaf, leaf_hash(other))
    code, log = daemon.check_book()
    assert code != 0 and "event=book_ok" not in log and "decided again" in log, log
    # It is the deciding that found it: opened as it is, the book's hashes are sound.
    daemon.start()
    assert daemon.client().entries()[-1].entry == other


def test_a_journal_that_is_damaged_is_told(two_ages):
    """Not served as if it were sound, and no crash."""
    daemon, _, _, _ = two_ages
    journal = os.path.join(daemon.book, "journal")
    for name in os.listdir(journal):
        path = os.path.join(journal, name)
        if os.path.getsize(path) > 100_000:
            with open(path, "r+b") as f:
                f.write(random.Random(1).randbytes(16384))
    daemon.launch()
    assert daemon.wait() > 0
    assert not daemon.is_ready and daemon.log_tail(3)


# ---- one writer ----

def test_second_daemon_on_a_book_is_told(make_daemon, daemon):
    ground(daemon.client())
    second = make_daemon(home=os.path.join(daemon.home, "second"), book=daemon.book)
    second.launch()
    assert second.wait() not in (0, None)
    assert not second.is_ready
    said = second.log_tail().lower()
    assert "lock" in said or "another" in said or "in use" in said, said
    code, log = daemon.check_book()
    assert code != 0 and "event=book_ok" not in log
    assert daemon.client().status().entries > 1
    second.process = None


def test_stops_cleanly_under_load(make_daemon):
    daemon = make_daemon().start()
    ground(daemon.client())
    writers = [Writer(daemon, "S%d" % i, i) for i in range(3)]
    for w in writers:
        w.thread.start()
    time.sleep(0.3)
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.wait() == 0, daemon.log_tail()
    for w in writers:
        w.thread.join()
    daemon.start()
    look_again(daemon.client(), writers)


def test_socket_left_by_a_killed_daemon_is_no_harm(daemon):
    daemon.kill()
    assert os.path.exists(daemon.path)
    daemon.start()
    assert daemon.client().status().entries == 1


# ---- the order of system calls ----

@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_journal_is_on_disk_before_the_answer_leaves(make_daemon):
    home = Daemon().home
    trace = os.path.join(home, "trace")
    daemon = make_daemon(home=home, wrapper=["strace", "-f", "-y", "-ttt", "-T", "-s", "16", "-o", trace, "-e",
                                             "trace=fdatasync,fsync,msync,pwrite64,pwritev,write,writev,sendto,"
                                             "sendmsg,openat,io_submit,sync_file_range"])
    daemon.start(env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))  # no two tracers at once
    client = daemon.client()
    ground(client)
    client.done(c_contract("T", SELLER, uscc(100), 1000))
    entries = client.status().entries
    with open(trace) as f:
        f.seek(0, 2)
        start = f.tell()
        client.done(c_issue("1", uscc(100), "T"))
        assert client.status().entries == entries + 1
        f.seek(start)
        calls = parse_trace(f.read())
    daemon.wrapper = []
    # strace passes the signal on only to its own child: end the daemon by its socket's owner.
    for pid in children(daemon.process.pid):
        os.kill(pid, signal.SIGTERM)
    assert daemon.wait() == 0
    journal = os.path.join(os.path.realpath(daemon.book), "journal")
    synchronous = synchronous_files(trace)
    synced = [i for i, c in enumerate(calls) if journal in c["args"] and
              (c["name"] in ("fdatasync", "fsync", "msync") or
               (c["name"].startswith("pwrite") and c["args"].split(",")[0] in synchronous))]
    replies = [i for i, c in enumerate(calls) if c["name"] in ("write", "writev", "sendto", "sendmsg")
               and ("socket" in c["args"].split(",")[0] or "UNIX" in c["args"].split(",")[0])]
    assert synced and replies, calls
    first_reply = calls[replies[0]]
    durable = [calls[i] for i in synced if calls[i]["end"] <= first_reply["start"]]
    assert durable, "no durable write of the journal ended before the answer left:\n%s" % "\n".join(
        c["line"] for c in calls)
    # And nothing of the journal was written after the last sync before the answer.
    last = max(c["end"] for c in durable)
    late = [c for c in calls if c["name"].startswith("pwrite") and journal in c["args"]
            and last < c["end"] <= first_reply["start"]]
    assert not late, late


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        return [int(x) for x in f.read().split()]


def synchronous_files(trace):
    """The descriptors, as strace tells them, on which each write is durable by itself: LMDB opens its file
    twice, and on the other one a write is not."""
    found = set()
    waiting = {}
    with open(trace) as f:
        for line in f:
            pid = line.split(None, 1)[0]
            if " openat(" in line:
                waiting[pid] = bool(re.search(r"O_D?SYNC", line))
            m = re.search(r"(?: openat\(| openat resumed>).* = (\d+<[^>]*>)", line)
            if m and waiting.pop(pid):
                found.add(m.group(1))
            elif m:
                found.discard(m.group(1))
    return found


CALL = re.compile(r"^(\d+) +(\d+\.\d+) (\w+)\((.*?)(?:\) += (-?\w+).*?<(\d+\.\d+)>| <unfinished \.\.\.>)$")
RESUMED = re.compile(r"^(\d+) +(\d+\.\d+) <\.\.\. (\w+) resumed>.*<(\d+\.\d+)>$")


def parse_trace(text):
    calls = []
    open_calls = {}
    for line in text.splitlines():
        m = CALL.match(line)
        if m:
            pid, at, name, args, _, took = m.groups()
            call = {"pid": pid, "name": name, "args": args, "start": float(at), "line": line,
                    "end": float(at) + float(took) if took else None}
            calls.append(call)
            if took is None:
                open_calls[pid] = call
            continue
        m = RESUMED.match(line)
        if m and m.group(1) in open_calls:
            open_calls.pop(m.group(1))["end"] = float(m.group(2))
    return [c for c in calls if c["end"] is not None]


# ---- a full disk ----

@pytest.fixture
def small_disk(home):
    """A file system of 24 MiB, in memory."""
    where = os.path.join(home, "disk")
    os.mkdir(where)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", where],
                                           stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


def test_full_disk(make_daemon, small_disk):
    daemon = make_daemon(book=os.path.join(small_disk, "book")).start()
    client = daemon.client()
    ground(client)
    filler = os.path.join(small_disk, "filler")
    answered = {}
    full = 0
    n = 0
    for cycle in range(3):
        space = os.statvfs(small_disk)
        with open(filler, "wb") as f:
            os.posix_fallocate(f.fileno(), 0, max(1, space.f_bavail * space.f_bsize - (200 << 10) * (cycle + 1)))
        refused = []
        for _ in range(12000):  # the journal has some room of its own to use first
            n += 1
            one = ask(c_contract("F%d" % n, SELLER, uscc(100), 1000, TODAY), IDS.new())
            try:
                o = client.commands([one])[0]
            except Closed:
                break
            if o.kind == DONE:
                answered[one.request_id] = (one, o)
                continue
            assert o.kind in (TRY_AGAIN, UNKNOWN), o
            refused.append((one, o))
            if len(refused) >= 20:
                break
        assert refused, "the disk was never full"
        full += len(refused)
        assert all(o.fault.expected for _, o in refused)
        if daemon.running():
            # While it is full, queries go on, of what is in the book.
            assert client.status().entries >= len(answered)
        os.remove(filler)
        if not daemon.running():
            assert refused[-1][1].kind == UNKNOWN, daemon.log_tail()
            daemon.wait()
            daemon.start()
            client = daemon.client()
        for one, o in refused:
            again = client.commands([one])[0]
            assert again.kind == DONE, again
            if o.kind == TRY_AGAIN:
                assert not again.again, "what was told as not done was done"
            answered[one.request_id] = (one, again)
        compare.journal(client)
    for one, o in answered.values():
        again = client.commands([one])[0]
        assert again.again and (again.entry, again.leaf) == (o.entry, o.leaf)
    assert full >= 3
    assert daemon.stop() == 0
    daemon.assert_book_ok()


def test_full_disk_with_batches_and_room_again(make_daemon, small_disk):
    """All-or-nothing batches while the disk fills: each is there whole or not at all."""
    daemon = make_daemon(book=os.path.join(small_disk, "book")).start()
    client = daemon.client()
    ground(client)
    filler = os.path.join(small_disk, "filler")
    space = os.statvfs(small_disk)
    with open(filler, "wb") as f:
        os.posix_fallocate(f.fileno(), 0, max(1, space.f_bavail * space.f_bsize - (1 << 20)))
    batches = []
    for b in range(400):
        asks = [ask(c_contract("B%d-%d" % (b, k), SELLER, uscc(100), 1000)) for k in range(200)]
        try:
            got = client.commands(asks, atomic=True)
        except Closed:
            batches.append((asks, None))
            break
        kinds = {o.kind for o in got}
        assert len(kinds) == 1, "one batch, one outcome: %s" % kinds
        batches.append((asks, kinds.pop()))
        if batches[-1][1] != DONE:
            break
    assert batches[-1][1] in (TRY_AGAIN, UNKNOWN, None)
    os.remove(filler)
    if not daemon.running():
        daemon.wait()
        daemon.start()
    client = daemon.client()
    for asks, kind in batches:
        again = client.commands(asks, atomic=True)
        assert {o.kind for o in again} == {DONE}
        assert len({o.again for o in again}) == 1
        if kind == DONE:
            assert again[0].again
        if kind == TRY_AGAIN:
            assert not again[0].again
    compare.journal(client)
    assert daemon.stop() == 0
    daemon.assert_book_ok()


def test_file_size_limit(make_daemon):
    """A limit on the size of files is met like a full disk: nothing answered is lost."""
    daemon = make_daemon()
    daemon.launch(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20)))
    daemon.wait_ready()
    client = daemon.client()
    ground(client)
    answered = []
    odd = None
    for b in range(3000):
        asks = [ask(c_contract("R%d-%d" % (b, k), SELLER, uscc(100), 1000)) for k in range(50)]
        try:
            got = client.commands(asks)
        except Closed:
            odd = (asks, None)
            break
        if any(o.kind != DONE for o in got):
            assert {o.kind for o in got} <= {TRY_AGAIN, UNKNOWN}
            odd = (asks, got)
            break
        answered.append((asks, got))
    assert odd is not None and answered
    if daemon.running():
        daemon.stop()
    else:
        daemon.wait()
    daemon.start()
    client = daemon.client()
    for asks, got in answered:
        again = client.commands(asks)
        assert [without_again(o) for o in again] == [without_again(o) for o in got]
    assert {o.kind for o in client.commands(odd[0])} == {DONE}
    compare.journal(client)
