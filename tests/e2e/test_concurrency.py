# SPDX-License-Identifier: Apache-2.0
"""Many connections at once: nothing is granted twice, nothing answered is unseen."""

import multiprocessing
import random
import struct
import threading

import pytest

import compare
from policies import zhangzhou
from vclient import (DONE, IDS, J, REFUSED, Client, V, ask, c_adopt, c_appropriate, c_contract, c_enterprise,
                     c_issue, c_redeem, c_void, day, fen, invoice, uscc)

TODAY = day("2025-08-01")
SELLER = uscc(1)
CONNECTIONS = 64


def together(daemon, work, n=CONNECTIONS):
    """Runs work(i, client) on n connections that all start at one moment; their results."""
    gate = threading.Barrier(n)
    results = [None] * n
    errors = []

    def run(i):
        try:
            with Client(daemon.path) as c:
                gate.wait()
                results[i] = work(i, c)
        except BaseException as e:  # a thread's failure is the test's
            errors.append(e)
            gate.abort()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors, errors[0]
    return results


def ground(client, money, enterprises):
    client.done(c_adopt(zhangzhou().file))
    client.done(c_appropriate("1", 2025, money))
    client.many([c_enterprise(uscc(100 + i)) for i in range(enterprises)])


@pytest.mark.parametrize("left", [fen("1,000.00"), fen("999.99"), fen("640.07")])
def test_race_for_the_last_of_a_fund_line(daemon, client, left):
    """64 enterprises, each with 40 contracts of 1.00, for less money than that."""
    ground(client, left, CONNECTIONS)
    client.many([c_contract("R%d-%d" % (i, k), SELLER, uscc(100 + i), 200 + k % 3)
                 for i in range(CONNECTIONS) for k in range(40)])

    def work(i, c):
        numbers = [c.begin_commands([ask(c_issue("1", uscc(100 + i), "R%d-%d" % (i, k)))]) for k in range(40)]
        return [c.outcomes(n)[0] for n in numbers]
    outs = [o for r in together(daemon, work) for o in r]
    granted = sum(o.entry.issued.face for o in outs if o.kind == DONE)
    assert {o.kind for o in outs} == {DONE, REFUSED}
    assert {o.entry.refusal.reason for o in outs if o.kind == REFUSED} == {J.FUNDS}
    line = client.funds().funds[0]
    assert line.stages.available == left - granted and line.stages.committed == granted
    # A voucher is of 1.00 or 1.01: whatever is left is less than one, and can still be had.
    assert 0 <= line.stages.available < 101
    if line.stages.available:
        more = client.done(c_issue("1", uscc(100), refused_contract(outs, client), amount=line.stages.available))
        assert more.issued.face == line.stages.available
    assert client.funds().funds[0].stages.committed == left
    numbers = [o.entry.number for o in outs]
    assert len(set(numbers)) == len(numbers)
    compare.journal(client)


def refused_contract(outs, client):
    del outs
    client.done(c_contract("LAST", SELLER, uscc(100), 1000))
    return "LAST"


def test_race_for_the_last_of_a_ceiling(daemon, client):
    """One enterprise, 2,000,000.00 in all, 64 connections with contracts for 64 times 49,999.99 and so on."""
    ground(client, fen("1,000,000,000"), 1)
    amounts = [fen("99,999.98") + k for k in range(CONNECTIONS)]
    client.many([c_contract("R%d-%d" % (i, k), SELLER, uscc(100), amounts[i])
                 for i in range(CONNECTIONS) for k in range(3)])

    def work(i, c):
        got = []
        for k in range(3):
            got += c.commands([ask(c_issue("1", uscc(100), "R%d-%d" % (i, k)))])
        return got
    outs = [o for r in together(daemon, work) for o in r]
    assert sum(o.entry.issued.face for o in outs if o.kind == DONE) == fen("2,000,000")
    assert {o.entry.refusal.reason for o in outs if o.kind == REFUSED} == {J.CEILING}
    account = client.enterprise(uscc(100)).enterprise.accounts[0]
    assert account.stages.committed == fen("2,000,000")
    assert [(c.used, c.left) for c in account.ceilings] == [(fen("2,000,000"), 0)]


def test_race_for_one_contract(daemon, client):
    ground(client, fen("1,000,000"), 1)
    client.done(c_contract("ONE", SELLER, uscc(100), fen("1,000.00")))
    outs = together(daemon, lambda i, c: c.do(c_issue("1", uscc(100), "ONE")))
    assert sorted(o.kind for o in outs) == [DONE] + [REFUSED] * (CONNECTIONS - 1)
    assert {o.entry.refusal.reason for o in outs if o.kind == REFUSED} == {J.SUPPORTED_ALREADY}


def test_race_of_redeeming_and_voiding(daemon, client):
    ground(client, fen("1,000,000"), 1)
    for n in range(20):
        client.done(c_contract("V%d" % n, SELLER, uscc(100), fen("100.00")))
        v = client.done(c_issue("1", uscc(100), "V%d" % n)).issued.voucher

        def work(i, c, v=v, n=n):
            if i == 7:
                return c.do(c_void(v))
            return c.do(c_redeem(v, invoice(n * 1000 + i), fen("10.00"), TODAY))
        outs = together(daemon, work, 16)
        paid = sum(o.entry.redeemed.paid for o in outs if o.entry.HasField("redeemed"))
        freed = sum(o.entry.freed.freed for o in outs if o.entry.HasField("freed"))
        row = client.voucher(v).vouchers[0]
        assert (row.stages.payable, row.stages.available) == (paid, freed)
        assert paid + freed + row.stages.committed == fen("50.00")
    compare.journal(client)


def test_copies_of_one_request_at_once(daemon, client):
    ground(client, fen("1,000,000"), 1)
    client.many([c_contract("D%d" % k, SELLER, uscc(100), fen("10.00")) for k in range(30)])
    for k in range(30):
        i = IDS.new()
        command = c_issue("1", uscc(100), "D%d" % k)
        before = client.status().entries
        outs = together(daemon, lambda n, c, i=i, command=command: c.do(command, i))
        assert client.status().entries == before + 1
        assert {o.kind for o in outs} == {DONE}
        assert len({o.entry.SerializeToString() for o in outs}) == 1
        assert len({o.leaf for o in outs}) == 1
        assert sum(not o.again for o in outs) == 1
    assert client.funds().funds[0].stages.committed == 30 * fen("5.00")


def test_copies_pipelined_on_one_connection(client):
    ground(client, fen("1,000,000"), 1)
    client.done(c_contract("D", SELLER, uscc(100), fen("10.00")))
    i = IDS.new()
    numbers = [client.begin_commands([ask(c_issue("1", uscc(100), "D"), i)]) for _ in range(500)]
    outs = [client.outcomes(n)[0] for n in numbers]
    assert {o.kind for o in outs} == {DONE} and len({o.entry.SerializeToString() for o in outs}) == 1
    assert sum(not o.again for o in outs) == 1


class Load:
    """Writers, and readers of listings, in the background: as processes, so that they do not take turns with
    the test."""

    def __init__(self, daemon, writers=2, readers=1):
        context = multiprocessing.get_context("fork")
        self.stop = context.Event()
        self.done = context.Value("q", 0)
        self.failed = context.Queue()
        work = [(self.write, i) for i in range(writers)] + [(self.read, i) for i in range(readers)]
        self.processes = [context.Process(target=self.guard, args=(w, daemon.path, i)) for w, i in work]

    def __enter__(self):
        for p in self.processes:
            p.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for p in self.processes:
            p.join()
        assert self.failed.empty(), self.failed.get()
        assert self.done.value > 0

    def guard(self, work, path, i):
        try:
            with Client(path) as c:
                work(c, i)
        except BaseException as e:
            self.failed.put(repr(e))

    def write(self, c, i):
        n = 0
        while not self.stop.is_set():
            rows = [ask(c_contract("L%d-%d" % (i, n + k), SELLER, uscc(100 + k % 5), 100),
                        struct.pack(">QQ", i + 1, n + k + 1)) for k in range(50)]
            n += 50
            assert all(o.kind == DONE for o in c.commands(rows))
            with self.done.get_lock():
                self.done.value += 50

    def read(self, c, i):
        r = random.Random(i)
        while not self.stop.is_set():
            c.pages("vouchers", count=100, limit=2, after=r.randint(0, 100))
            c.funds()


def test_what_one_connection_was_answered_every_other_sees(daemon, client):
    """Issue over one connection, look over another at once: by point queries and by listings."""
    ground(client, fen("1,000,000,000"), 40)
    rounds = 2000
    client.many([c_contract("S%d" % k, SELLER, uscc(100 + k % 40), 200 + k) for k in range(rounds)])
    other = daemon.client()
    r = random.Random(1)
    with Load(daemon):
        for k in range(rounds):
            code = uscc(100 + k % 40)
            e = client.done(c_issue("1", code, "S%d" % k))
            how = r.randrange(6)
            if how == 0:
                a = other.voucher(e.issued.voucher)
                assert a.vouchers[0].face == e.issued.face
            elif how == 1:
                a = other.query(V.Query(vouchers=V.VouchersQuery(after=e.issued.voucher - 1)))
                assert [v.voucher for v in a.vouchers] == [e.issued.voucher]
            elif how == 2:
                a = other.enterprise(code)
                assert a.enterprise.accounts[0].vouchers == k // 40 + 1
            elif how == 3:
                a = other.query(V.Query(entries=V.EntriesQuery(after=e.number - 1, count=1)))
                assert a.entries[0].number == e.number
            elif how == 4:
                a = other.funds()
                assert a.funds[0].stages.committed == sum(100 + i // 2 for i in range(k + 1))
            else:
                a = other.query(V.Query(vouchers=V.VouchersQuery(enterprise=code, state=V.OPEN)))
                assert a.vouchers[0].voucher == e.issued.voucher  # newest first
            assert a.as_of_entry >= e.number


def test_a_refusal_is_seen_at_once_too(daemon, client):
    ground(client, fen("10"), 1)
    other = daemon.client()
    with Load(daemon, writers=1):
        for k in range(300):
            client.done(c_contract("S%d" % k, SELLER, uscc(100), fen("100")))
            o = client.do(c_issue("1", uscc(100), "S%d" % k))
            assert o.kind == REFUSED
            rows = other.query(V.Query(refusals=V.RefusalsQuery(after=o.entry.number - 1))).entries
            assert [e.number for e in rows] == [o.entry.number]


def test_a_listing_is_of_one_moment(daemon, client):
    """In one page the sum over vouchers is that of the fund line as of the same entry."""
    ground(client, fen("1,000,000,000"), 5)
    client.many([c_contract("S%d" % k, SELLER, uscc(100 + k % 5), 2000 + k) for k in range(800)])
    stop = threading.Event()
    errors = []

    def look():
        try:
            with Client(daemon.path) as c:
                while not stop.is_set():
                    a = c.query(V.Query(vouchers=V.VouchersQuery(count=1000)))
                    total = sum(v.face for v in a.vouchers)
                    f = c.funds(("entry", a.as_of_entry))
                    assert f.funds[0].stages.committed == total, (a.as_of_entry, total)
        except BaseException as e:
            errors.append(e)
    threads = [threading.Thread(target=look) for _ in range(2)]
    for t in threads:
        t.start()
    for k in range(800):
        client.done(c_issue("1", uscc(100 + k % 5), "S%d" % k))
    stop.set()
    for t in threads:
        t.join()
    assert not errors, errors[0]
