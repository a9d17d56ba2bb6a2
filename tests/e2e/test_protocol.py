# SPDX-License-Identifier: Apache-2.0
"""What goes over the socket: greetings, frames, limits, wrong input, repeats, batches, pages, the past."""

import os
import random
import select
import socket
import struct

import pytest

import compare
import model as M
from play import Player
from policies import PERCENT, areas_of, finished, three_lines, zhangzhou
from rules import Ceiling, Measure, Policy
from vclient import (DENIED, DONE, IDS, INVALID, J, LIMIT_FEN, NOT_DONE, REFUSED, Client, Closed, V, ask, c_adopt,
                     c_appropriate, c_contract, c_enterprise, c_issue, c_lapse, c_outside, c_redeem, c_void,
                     day, fen, invoice, micros, resident_kib, uscc)

SELLER, BUYER, OTHER = uscc(1), uscc(2), uscc(3)
TODAY = day("2025-08-01")


def ground(client, money=fen("100,000,000"), contracts=3):
    client.done(c_adopt(zhangzhou().file))
    for m in ("1", "2", "3A", "3B"):
        client.done(c_appropriate(m, 2025, money))
    for code in (SELLER, BUYER, OTHER):
        client.done(c_enterprise(code, traits=["industrial", "annotation-platform"]))
    for n in range(contracts):
        client.done(c_contract("C%d" % n, SELLER, BUYER, fen("1,000.00")))


@pytest.fixture
def ready(client):
    ground(client)
    return client


def alive(daemon):
    """The daemon still serves a new client."""
    with Client(daemon.path) as c:
        assert c.status().entries >= 1


def farewell(client):
    """Reads until the daemon closes; the Goodbye's fault, if there was one."""
    said = None
    try:
        while True:
            m = client.receive()
            if m.WhichOneof("kind") == "goodbye":
                said = m.goodbye.fault
    except Closed:
        return said


# ---- greetings ----

def test_welcome_tells_the_limits(client):
    w = client.welcome
    assert w.version == 1 and w.program.startswith("voucherd ") and w.principal
    assert (w.frame_limit, w.batch_limit, w.under_way_limit, w.page_limit) == (8 << 20, 10000, 4096, 1000)


def test_another_version_is_told_and_closed(daemon):
    for version in (0, 2, 4_000_000_000):
        c = daemon.client(hello=False)
        with pytest.raises(Closed) as e:
            c.hello(version=version)
        assert "version" in e.value.goodbye.fault.field
        assert "1" in e.value.goodbye.fault.expected
    alive(daemon)


def test_a_request_before_hello_is_told_and_closed(daemon):
    c = daemon.client(hello=False)
    m = c.new_request()
    m.request.query.status.SetInParent()
    c.send(m)
    said = c.receive()
    assert said.WhichOneof("kind") == "goodbye", "it was answered"
    assert "hello" in (said.goodbye.fault.field + said.goodbye.fault.expected).lower()
    assert farewell(c) is None
    alive(daemon)


def test_a_second_hello_is_told_and_closed(client, daemon):
    m = V.ToDaemon()
    m.hello.version, m.hello.program = 1, "again"
    client.send(m)
    assert client.receive().WhichOneof("kind") == "goodbye"
    assert farewell(client) is None
    alive(daemon)


@pytest.mark.parametrize("program", ["", "x" * 64, "x" * 900])
def test_a_program_name_that_is_too_long_or_none(daemon, program):
    c = daemon.client(hello=False)
    with pytest.raises(Closed) as e:
        c.hello(program=program)
    assert "program" in e.value.goodbye.fault.field
    alive(daemon)


# ---- frames ----

WRONG_FRAMES = {
    "nothing in it": struct.pack(">I", 0),
    "too long": struct.pack(">I", (8 << 20) + 1),
    "four gigabytes": b"\xff\xff\xff\xff" + b"x" * 100,
    "not a message": struct.pack(">I", 8) + b"\xff" * 8,
    "cut short inside": struct.pack(">I", 3) + b"\x12\x7f\x08",
    "a field of another kind": struct.pack(">I", 2) + b"\x0d\x01",
}


@pytest.mark.parametrize("name", WRONG_FRAMES)
@pytest.mark.parametrize("greeted", [True, False])
def test_a_wrong_frame_is_told_and_closed(daemon, name, greeted):
    c = daemon.client(hello=greeted)
    try:
        c.send_bytes(WRONG_FRAMES[name])
        fault = farewell(c)
    except Closed as e:
        fault = e.goodbye and e.goodbye.fault
    assert fault is not None and fault.expected, name
    alive(daemon)


def test_long_frames_that_are_never_finished_do_not_fill_the_memory(daemon):
    """40 peers send 7 of 8 MiB each: only a few are read at a time, and others are served meanwhile."""
    before = resident_kib(daemon.process.pid)
    peers = [daemon.client() for _ in range(40)]
    part = struct.pack(">I", 8 << 20) + b"\0" * (7 << 20)
    sent = [0] * len(peers)
    left = {c.socket: i for i, c in enumerate(peers)}
    while ready := select.select([], list(left), [], 1)[1]:  # until the daemon takes no more
        for peer in ready:
            i = left[peer]
            sent[i] += peer.send(part[sent[i]:sent[i] + (256 << 10)])
            if sent[i] == len(part):
                del left[peer]
    whole = sum(n == len(part) for n in sent)
    assert 1 <= whole <= 8, sent
    alive(daemon)
    assert resident_kib(daemon.process.pid) - before < 160 << 10
    for c in peers:
        c.close()
    # The places are free again: a long request of an honest peer goes through.
    c = daemon.client()
    asks = [ask(J.Command(lapse=J.Lapse(day=20000))) for _ in range(9000)]
    assert sum(len(a.SerializeToString()) for a in asks) > 128 << 10
    assert len(c.commands(asks)) == 9000


def test_listings_that_nobody_reads_do_not_fill_the_memory(daemon):
    """2,000 pages of refusals asked for just after a command, when a snapshot has to be waited for."""
    maker, lazy = daemon.client(), daemon.client()
    ground(maker)
    for _ in range(4):
        maker.commands([ask(c_issue("1", SELLER, "C0")) for _ in range(1000)])
    before = resident_kib(daemon.process.pid)
    maker.done(c_appropriate("1", 2025, 100))
    m = V.ToDaemon()
    m.request.query.refusals.SetInParent()
    wave = b""
    for number in range(1, 2001):
        m.request.number = number
        data = m.SerializeToString()
        wave += struct.pack(">I", len(data)) + data
    lazy.send_bytes(wave)
    with daemon.client() as other:  # what comes later is answered, and long after
        for _ in range(50):
            other.funds()
            maker.done(c_appropriate("1", 2025, 100))
            other.query(V.Query(refusals=V.RefusalsQuery(count=1)))
    assert resident_kib(daemon.process.pid) - before < 100 << 10
    for number in range(1, 101):  # and the lazy one gets them when it reads
        assert len(lazy.reply(number).answer.entries) == 1000


def test_a_first_message_of_more_than_a_kilobyte(daemon):
    c = daemon.client(hello=False)
    m = V.ToDaemon()
    m.hello.version, m.hello.program = 1, "x" * 2000
    c.send(m)
    assert "frame" in farewell(c).field
    alive(daemon)


def test_bytes_that_come_one_by_one(daemon):
    c = daemon.client(hello=False)
    m = V.ToDaemon()
    m.hello.version, m.hello.program = 1, "slow"
    data = m.SerializeToString()
    for b in struct.pack(">I", len(data)) + data:
        c.send_bytes(bytes([b]))
    assert c.receive().HasField("welcome")


def test_peers_that_leave_in_the_middle(daemon):
    for n in (0, 1, 3, 4, 10):
        c = daemon.client(hello=n % 2 == 0)
        c.send_bytes((struct.pack(">I", 100) + b"x" * 50)[:n])
        c.close()
    # One that asks much and reads nothing.
    c = daemon.client()
    q = V.Query()
    q.entries.SetInParent()
    for _ in range(200):
        c.begin_query(q)
    c.close()
    alive(daemon)


def test_half_closed_peer_gets_its_answers(ready, daemon):
    c = daemon.client()
    numbers = [c.begin_commands([ask(c_contract("H%d" % i, SELLER, BUYER, 1 + i))]) for i in range(300)]
    c.socket.shutdown(socket.SHUT_WR)
    for n in numbers:
        assert c.outcomes(n)[0].kind == DONE
    with pytest.raises(Closed) as e:
        c.receive()
    assert e.value.goodbye is None
    assert ready.do(c_contract("H299", SELLER, BUYER, 300)).kind == REFUSED


def test_noise(daemon):
    r = random.Random(5)
    for _ in range(150):
        c = daemon.client(hello=r.random() < 0.7)
        payload = bytearray(r.randbytes(r.randint(1, 200)))
        if r.random() < 0.6:
            m = V.ToDaemon()
            m.request.number = 1
            m.request.commands.asks.append(ask(c_issue("1", BUYER, "C0", attestations=("a", "b"))))
            payload = bytearray(m.SerializeToString())
            for _ in range(r.randint(1, 4)):
                payload[r.randrange(len(payload))] = r.randrange(256)
        try:
            c.send_bytes(struct.pack(">I", len(payload)) + bytes(payload))
            c.socket.shutdown(socket.SHUT_WR)
        except (Closed, OSError):
            pass
        c.close()
    alive(daemon)


# ---- requests ----

def test_request_with_nothing_in_it_is_a_fault(client):
    r = client.reply(client.begin(client.new_request()))
    assert r.WhichOneof("kind") == "fault"
    m = client.new_request()
    m.request.commands.SetInParent()
    r = client.reply(client.begin(m))
    assert r.WhichOneof("kind") == "fault" and "asks" in r.fault.field
    m = client.new_request()
    m.request.query.SetInParent()
    r = client.reply(client.begin(m))
    assert r.WhichOneof("kind") == "fault" or r.answer.HasField("fault")
    assert client.status().entries == 1


def test_request_without_number_is_answered_or_told(daemon, client):
    m = V.ToDaemon()
    m.request.query.status.SetInParent()
    client.send(m)
    got = client.receive()
    assert got.HasField("reply") or "number" in got.goodbye.fault.field
    alive(daemon)


def test_too_many_commands_in_one_request(ready):
    rows = [ask(c_lapse()) for _ in range(10001)]
    m = ready.new_request()
    m.request.commands.asks.extend(rows)
    m.request.commands.dry_run = True
    r = ready.reply(ready.begin(m))
    assert r.WhichOneof("kind") == "fault"
    assert "10" in r.fault.expected and "asks" in r.fault.field
    before = ready.status().entries
    got = ready.commands(rows[:10000])
    assert [o.kind for o in got] == [DONE] * 10000
    assert ready.status().entries == before + 10000


@pytest.mark.parametrize("ids", [b"", b"x" * 15, b"x" * 17])
def test_request_ids_are_sixteen_bytes(ready, ids):
    before = ready.status().entries
    m = ready.new_request()
    one = m.request.commands.asks.add()
    one.request_id = ids
    one.command.CopyFrom(c_issue("1", BUYER, "C0"))
    r = ready.reply(ready.begin(m))
    fault = r.fault if r.WhichOneof("kind") == "fault" else r.outcomes.outcomes[0].fault
    assert "request_id" in fault.field and "16" in fault.expected
    assert ready.status().entries == before


def test_many_requests_under_way(ready):
    """As many as the Welcome says, unread; each gets its own answer."""
    limit = ready.welcome.under_way_limit
    q = V.Query()
    q.status.SetInParent()
    numbers = []
    for i in range(limit):
        if i % 2:
            numbers.append(ready.begin_query(q))
        else:
            numbers.append(ready.begin_commands([ask(c_contract("M%d" % i, SELLER, BUYER, 1 + i))]))
    for i, number in enumerate(numbers):
        r = ready.reply(number)
        if i % 2:
            assert r.HasField("answer")
        else:
            assert r.outcomes.outcomes[0].kind == DONE
    assert not ready.replies


def test_far_more_than_the_limit_are_answered_or_told(daemon, ready):
    """Beyond the limit the daemon may stop reading or say goodbye; it goes on and loses nothing."""
    c = daemon.client()
    done = 0
    try:
        numbers = [c.begin_commands([ask(c_contract("F%d" % i, SELLER, BUYER, 1 + i))]) for i in range(9000)]
        for n in numbers:
            assert c.outcomes(n)[0].kind == DONE
            done += 1
    except Closed as e:
        assert e.goodbye is not None
    alive(daemon)
    assert ready.status().entries >= done


def limited(make_daemon, home, limits):
    """A daemon with limits of its own."""
    file = os.path.join(home, "limits.yaml")
    with open(file, "w") as f:
        f.write("limits: {%s}\n" % limits)
    return make_daemon(home=home, extra=["--config", file]).start()


def send_together(client, messages):
    """All in one write, so that nothing is read in between."""
    parts = [m.SerializeToString() for m in messages]
    client.send_bytes(b"".join(struct.pack(">I", len(p)) + p for p in parts))


def test_no_more_are_under_way_than_the_limit(make_daemon, home):
    """With one at a time a query that came together with a command is taken after its answer left."""
    daemon = limited(make_daemon, home, "under-way: 1")
    ready = daemon.client()
    assert ready.welcome.under_way_limit == 1
    ground(ready)
    c = daemon.client()
    for i in range(20):
        ready.refusals()  # from a snapshot, which is now as new as can be: a query would not have to wait
        command, query = c.new_request(), c.new_request()
        command.request.commands.asks.append(ask(c_contract("U%d" % i, SELLER, BUYER, 1 + i)))
        query.request.query.status.SetInParent()
        send_together(c, [command, query])
        first, second = c.receive().reply, c.receive().reply
        assert (first.number, second.number) == (command.request.number, query.request.number)
        assert second.answer.as_of_entry == first.outcomes.outcomes[0].entry.number


def test_answers_to_a_peer_that_does_not_read_are_bounded(make_daemon, home):
    """Who does not read its answers is not read from either: what it asks is answered later, from a later
    book."""
    daemon = limited(make_daemon, home, "outbox-bytes: 65536")
    ready = daemon.client()
    ground(ready)
    ready.many([c_contract("B%d" % i, SELLER, BUYER, 1 + i) for i in range(1000)])
    c = daemon.client()
    questions = [c.new_request() for _ in range(200)]
    for m in questions:
        m.request.query.entries.SetInParent()
    send_together(c, questions)
    for _ in range(200):  # all have their turn meanwhile
        before = ready.status().entries
    ready.done(c_contract("LATE", SELLER, BUYER, 1))
    as_of = [c.reply(m.request.number).answer.as_of_entry for m in questions]
    assert as_of == sorted(as_of) and set(as_of) == {before, before + 1}
    assert as_of.count(before) < 50


# ---- commands that are wrong ----

def with_(command, **fields):
    c = J.Command()
    c.CopyFrom(command)
    part = getattr(c, c.WhichOneof("kind"))
    for k, v in fields.items():
        if v is None:
            part.ClearField(k)
        else:
            setattr(part, k, v)
    return c


ISSUE = c_issue("1", BUYER, "C0", amount=100)
REDEEM = c_redeem(1, invoice(1), 100, TODAY)
CONTRACT = c_contract("NEW", SELLER, BUYER, 100)
ENTERPRISE = c_enterprise(uscc(77))
OUTSIDE = c_outside(SELLER, "C0", 5)
APPROPRIATE = c_appropriate("1", 2025, 5)
VOID = c_void(1)

BAD_CODES = ["", "91350100M000100Y4Z", "91350604MAWY00014F", "91350604MAWY0001G4", BUYER.lower() + " ", BUYER[:17],
             BUYER + "0", "I" + BUYER[1:], "９" + BUYER[1:], "x" * 10000,
             "91350604mawy00014g"]

WRONG = (
    [(with_(ISSUE, measure=m), "measure") for m in ("", "99", "1 ", "3a", "x" * 10000)]
    + [(with_(ISSUE, measure=None), "measure")]
    + [(with_(ISSUE, enterprise=u), "enterprise") for u in BAD_CODES]
    + [(with_(ISSUE, enterprise=uscc(4711)), "enterprise")]
    + [(with_(ISSUE, contract=n), "contract") for n in ("", "C99", "x" * 65, "x" * 10000)]
    + [(with_(ISSUE, seller=u), "seller") for u in BAD_CODES[1:]]
    + [(with_(ISSUE, amount=a), "amount") for a in (0, -1, LIMIT_FEN + 1, 2**63 - 1, -2**63)]
    + [(c_issue("1", BUYER, "C0", attestations=["no-such"]), "attestations"),
       (c_issue("1", BUYER, "C0", attestations=[("effect", "")]), "document"),
       (c_issue("1", BUYER, "C0", attestations=[("effect", "x" * 601)]), "document"),
       (c_issue("1", BUYER, "C0", attestations=["effect"] * 17), "attestations")]
    + [(with_(REDEEM, voucher=v), "voucher") for v in (0, 2, 2**64 - 1, None)]
    + [(with_(REDEEM, invoice=i), "invoice") for i in ("", "1", "1" * 19, "1" * 21, "12345678901-12345678",
                                                      "1234567890-1234567", "1234567890-123456789",
                                                      "1234567890 12345678", "１" * 20, "x" * 10000)]
    + [(with_(REDEEM, amount=a), "amount") for a in (0, -1, LIMIT_FEN + 1, -2**63)]
    + [(with_(REDEEM, dated=d), "dated") for d in (-2**31, 2**31 - 1, day("1899-12-31"), day("2200-01-01"))]
    + [(with_(VOID, voucher=v), "voucher") for v in (0, 2, 2**63)]
    + [(with_(VOID, reason=r), "reason") for r in ("", "x" * 601, "x" * 10000, "码" * 201)]
    + [(with_(CONTRACT, number=n), "number") for n in ("", "x" * 65, "x" * 10000, "码" * 22)]
    + [(with_(CONTRACT, seller=u), "seller") for u in BAD_CODES]
    + [(with_(CONTRACT, buyer=u), "buyer") for u in BAD_CODES]
    + [(with_(CONTRACT, amount=a), "amount") for a in (0, -1, LIMIT_FEN + 1, 2**63 - 1)]
    + [(with_(CONTRACT, signed_on=d), "signed_on") for d in (-2**31, 2**31 - 1)]
    + [(with_(ENTERPRISE, uscc=u), "uscc") for u in BAD_CODES]
    + [(with_(ENTERPRISE, name=n), "name") for n in ("", "x" * 601, "x" * 10000, "漳" * 201, "漳" * 10000)]
    + [(with_(ENTERPRISE, area=a), "area") for a in ("", "350699", "x" * 10000, "350681 ")]
    + [(c_enterprise(uscc(77), traits=["no-such"]), "traits"),
       (c_enterprise(uscc(77), traits=["industrial"] * 17), "traits"),
       (c_enterprise(uscc(77), traits=[("industrial", TODAY, TODAY - 1)]), "traits"),
       (c_enterprise(uscc(77), traits=[("industrial", -2**31, TODAY)]), "traits")]
    + [(with_(OUTSIDE, seller=u), "seller") for u in BAD_CODES]
    + [(with_(OUTSIDE, contract=n), "contract") for n in ("", "C99", "x" * 65)]
    + [(with_(OUTSIDE, amount=a), "amount") for a in (0, -1, LIMIT_FEN + 1)]
    + [(with_(OUTSIDE, document=d), "document") for d in ("", "x" * 601)]
    + [(with_(APPROPRIATE, measure=m), "measure") for m in ("", "99", "x" * 10000)]
    + [(with_(APPROPRIATE, source=s), "source") for s in ("", "county", "x" * 10000)]
    + [(with_(APPROPRIATE, amount=a), "amount") for a in (0, -1, LIMIT_FEN + 1, LIMIT_FEN)]
    + [(with_(APPROPRIATE, document=d), "document") for d in ("", "x" * 601)]
    + [(c_lapse(d), "day") for d in (-2**31, 2**31 - 1, day("1899-12-31"), day("2200-01-01"))]
    + [(c_adopt(f), "file") for f in (b"", b"x", b"\xff\xfe", b"x" * (1024 * 1024 + 1),
                                      zhangzhou().file.replace(b"50 %", b"150 %"))]
)


def test_wrong_commands_are_told_by_field_and_not_booked(ready):
    ready.done(c_issue("1", BUYER, "C0", amount=1))
    before = ready.status()
    got = []
    for i in range(0, len(WRONG), 40):
        got += ready.commands([ask(c) for c, _ in WRONG[i:i + 40]])
    bad = []
    for (command, field), o in zip(WRONG, got):
        said = o.fault.field
        if o.kind != INVALID or field not in said or not o.fault.expected:
            bad.append((" ".join(str(command).split())[:150], field, V.Outcome.Kind.Name(o.kind), said,
                        o.fault.value[:40], o.fault.expected))
        assert len(o.fault.value) <= 700, "a value is told in short"
    assert not bad, "\n".join(map(str, bad))
    after = ready.status()
    assert (after.entries, after.root) == (before.entries, before.root)


def test_command_of_no_kind_and_create_book_are_not_taken(ready):
    before = ready.status().entries
    c = J.Command()
    assert ready.do(c).kind == INVALID
    c.create_book.format = 1
    assert ready.do(c).kind in (INVALID, DENIED)
    assert ready.status().entries == before


def test_exact_lengths_are_taken(ready):
    ready.done(c_enterprise(uscc(100), name="漳" * 200))
    ready.done(c_enterprise(uscc(101), name="x" * 600, area="高新区"))
    ready.done(c_contract("n" * 64, SELLER, BUYER, LIMIT_FEN, day("1900-01-01")))
    ready.done(c_contract("n" * 63 + "m", SELLER, BUYER, 1, day("2199-12-31")))
    ready.done(c_issue("1", BUYER, "n" * 64))
    ready.done(c_void(1, "r" * 600))
    row = ready.enterprise(uscc(100)).enterprise
    assert row.name == "漳" * 200
    assert ready.vouchers(contract="n" * 64)[0].contract == "n" * 64


def test_retired_area_is_what_it_is_now(ready):
    ready.done(c_enterprise(uscc(100), area="350681"))
    ready.done(c_enterprise(uscc(101), area="长泰县"))
    assert ready.enterprise(uscc(100)).enterprise.area == "350604"
    row = ready.enterprise(uscc(101)).enterprise
    assert (row.area, row.area_name) == ("350605", "长泰区")


INVALID_UTF8 = [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\x80b", b"\xe6\xbc"]


def raw_command(client, command, marker, replacement):
    """Sends a command whose text `marker` is replaced in its encoded form by bytes of the same length."""
    assert len(marker) == len(replacement)
    m = client.new_request()
    m.request.commands.asks.append(ask(command))
    data = m.SerializeToString()
    assert data.count(marker) == 1
    client.send_frame(data.replace(marker, replacement))
    return client.reply(m.request.number)


@pytest.mark.parametrize("bad", INVALID_UTF8 + [b"a\x00b"])
def test_text_that_is_not_utf8_is_told(ready, bad):
    before = ready.status().entries
    filler = b"QZJ" + bad + b"zq"
    marker = b"Q" * len(filler)
    for command in (c_enterprise(uscc(50), name=marker.decode()),
                    c_contract(marker.decode(), SELLER, BUYER, 5),
                    c_void(1, marker.decode()),
                    c_issue(marker.decode()[:7], BUYER, "C0"),
                    c_appropriate("1", 2025, 5, document=marker.decode())):
        m, f = (marker[:7], filler[:7]) if command.HasField("issue") else (marker, filler)
        r = raw_command(ready, command, m, f)
        if r.WhichOneof("kind") == "fault":
            assert r.fault.expected
        else:
            assert r.outcomes.outcomes[0].kind == INVALID, r
    assert ready.status().entries == before


def test_fields_of_a_later_version_are_no_harm(ready):
    """An unknown field of a request may be ignored or told; nothing half-understood is booked."""
    before = ready.status().entries
    m = ready.new_request()
    m.request.commands.asks.append(ask(c_contract("U", SELLER, BUYER, 5)))
    ready.send_frame(m.SerializeToString() + b"\xfa\x3f\x03abc")
    r = ready.reply(m.request.number)
    if r.WhichOneof("kind") == "outcomes" and r.outcomes.outcomes[0].kind == DONE:
        before += 1
    assert ready.status().entries == before


def test_ambiguous_contract_number_needs_its_seller(ready):
    ready.done(c_contract("SAME", SELLER, BUYER, fen("100")))
    assert ready.do(c_issue("1", BUYER, "SAME"), dry_run=True).kind == DONE
    ready.done(c_contract("SAME", OTHER, BUYER, fen("200")))
    o = ready.do(c_issue("1", BUYER, "SAME"))
    assert o.kind == INVALID and "seller" in o.fault.field + o.fault.expected
    assert ready.done(c_issue("1", BUYER, "SAME", seller=OTHER)).issued.face == fen("100")


def test_nothing_goes_before_a_policy(client):
    for c in (APPROPRIATE, ENTERPRISE, CONTRACT, ISSUE, REDEEM, VOID, OUTSIDE, c_lapse()):
        o = client.do(c)
        assert o.kind == INVALID and "policy" in (o.fault.field + o.fault.expected).lower(), (c, o)
    assert client.status().entries == 1
    assert not client.status().HasField("policy") or client.status().policy == 0


def made_up(measures):
    areas, names = areas_of([("990301", "甲区")])
    return finished(Policy("made-up", day("2025-02-01"), day("2027-06-30"), day("2025-01-01"),
                             {m.code: m for m in measures}, areas=areas, area_names=names, valid_years=2))


def test_sums_beyond_64_bits_are_told_not_wrapped(client):
    """Invoices of the greatest amount, ever more of them, on a voucher that a ceiling keeps open."""
    client.done(c_adopt(made_up([Measure("A", 50 * PERCENT, ceilings=(Ceiling(1, event="redeem"),))]).file))
    client.done(c_appropriate("A", 2025, LIMIT_FEN))
    client.done(c_enterprise(BUYER, area="990301"))
    client.done(c_contract("BIG", SELLER, BUYER, LIMIT_FEN))
    client.done(c_issue("A", BUYER, "BIG"))
    most = (2**63 - 1) // LIMIT_FEN
    for start in range(0, most, 1000):
        client.many([c_redeem(1, invoice(n), LIMIT_FEN, TODAY) for n in range(start, min(start + 1000, most))])
    o = client.do(c_redeem(1, invoice(most), LIMIT_FEN, TODAY))
    assert o.kind == INVALID and "amount" in o.fault.field
    assert client.voucher(1).vouchers[0].invoiced == most * LIMIT_FEN
    client.done(c_redeem(1, invoice(most), 1, TODAY))


def test_many_measures_on_one_contract_harm_nobody(client):
    """A book may limit how much meets on one contract; then it says so (INVALID, by the field). What was
    granted can still be redeemed and voided, and neighbours of a batch go on."""
    measures = [Measure("M%d" % i, i * PERCENT, ceilings=(Ceiling(10**12),)) for i in range(1, 41)]
    client.done(c_adopt(made_up(measures).file))
    for m in measures:
        client.done(c_appropriate(m.code, 2025, 10**9))
    client.done(c_enterprise(BUYER, area="990301"))
    client.done(c_contract("C", SELLER, BUYER, 100_000))
    granted = 0
    for m in measures:
        o = client.do(c_issue(m.code, BUYER, "C"))
        assert o.kind in (DONE, INVALID), o
        if o.kind == INVALID:
            break
        granted += 1
    assert granted >= 4
    client.set_clock(micros("2026-03-01T09:00:00+08:00"))
    for v in range(1, granted + 1):
        got = client.commands([ask(c_contract("X%d" % v, SELLER, BUYER, 5)),
                               ask(c_redeem(v, invoice(v), 100, TODAY)),
                               ask(c_contract("Y%d" % v, SELLER, BUYER, 5))])
        assert [o.kind for o in got] == [DONE] * 3, (v, got[1])
    client.set_clock(micros("2027-03-01T09:00:00+08:00"))
    for v in range(1, granted + 1):
        client.done(c_redeem(v, invoice(100 + v), 100, TODAY))
        client.done(c_void(v))


def test_outside_support_is_bounded(ready):
    """All of it for a contract is at most what an amount may be; it leaves nothing to grant."""
    ready.done(c_outside(SELLER, "C1", LIMIT_FEN - 1))
    assert ready.do(c_outside(SELLER, "C1", 2)).kind == INVALID
    ready.done(c_outside(SELLER, "C1", 1))
    assert ready.do(c_issue("1", BUYER, "C1")).entry.refusal.reason == J.SUPPORTED_ALREADY


# ---- repeats ----

def test_a_repeat_gets_the_first_answer(ready):
    i = IDS.new()
    first = ready.do(ISSUE, i)
    before = ready.status().entries
    for _ in range(3):
        again = ready.do(ISSUE, i)
        assert again.again and (again.kind, again.entry, again.leaf) == (DONE, first.entry, first.leaf)
    assert not first.again and ready.status().entries == before
    # Later changes do not change the answer.
    ready.done(c_void(first.entry.issued.voucher))
    assert ready.do(ISSUE, i).entry == first.entry


def test_a_repeat_of_a_refusal_gets_that_refusal(ready):
    i = IDS.new()
    command = c_issue("1", BUYER, "C0", amount=fen("500.01"))
    first = ready.do(command, i)
    assert first.kind == REFUSED and first.entry.refusal.reason == J.RATE and first.message
    again = ready.do(command, i)
    assert again.again and (again.kind, again.entry, again.message) == (REFUSED, first.entry, first.message)


def test_same_id_other_body_is_invalid(ready):
    i = IDS.new()
    ready.do(ISSUE, i)
    before = ready.status().entries
    for other in (with_(ISSUE, amount=101), with_(ISSUE, contract="C1"), c_void(1), with_(ISSUE, amount=None)):
        o = ready.do(other, i)
        assert o.kind == INVALID and "request_id" in o.fault.field, o
    assert ready.status().entries == before


def test_an_id_whose_command_was_invalid_is_free(ready):
    i = IDS.new()
    assert ready.do(with_(ISSUE, contract="LATER"), i).kind == INVALID
    ready.done(c_contract("LATER", SELLER, BUYER, fen("10")))
    assert ready.do(with_(ISSUE, contract="LATER"), i).kind == DONE


def test_twice_in_one_batch(ready):
    """The same id in two rows of one request is a mistake of the sender: nothing of it is done."""
    i = IDS.new()
    before = ready.status().entries
    r = ready.reply(ready.begin_commands([ask(CONTRACT), ask(ISSUE, i), ask(ISSUE, i)]))
    assert r.WhichOneof("kind") == "fault" and "request_id" in r.fault.field
    assert ready.status().entries == before


def test_repeats_after_a_restart(ready, daemon):
    i, k = IDS.new(), IDS.new()
    first, no = ready.do(ISSUE, i), ready.do(c_issue("1", SELLER, "C0"), k)
    daemon.restart()
    c = daemon.client()
    again = c.do(ISSUE, i)
    assert again.again and (again.entry, again.leaf) == (first.entry, first.leaf)
    again = c.do(c_issue("1", SELLER, "C0"), k)
    assert again.again and again.entry == no.entry and again.kind == REFUSED


def test_a_dry_run_uses_no_id(ready):
    i = IDS.new()
    before = ready.status()
    dry = ready.do(ISSUE, i, dry_run=True)
    assert dry.kind == DONE and dry.dry_run and not dry.leaf
    assert (ready.status().entries, ready.status().root) == (before.entries, before.root)
    real = ready.do(ISSUE, i)
    assert real.kind == DONE and not real.again and not real.dry_run
    assert dry.entry.issued == real.entry.issued and dry.entry.number == real.entry.number
    assert list(dry.entry.postings) == list(real.entry.postings)


# ---- two principals ----

CONFIG = """
listen:
  - {addr: "unix:%(home)s/alice", principal: alice, roles: [maker, checker, query]}
  - {addr: "unix:%(home)s/bob", principal: bob, roles: [maker]}
  - {addr: "unix:%(home)s/carol", principal: carol, roles: [auditor]}
  - {addr: "unix:%(home)s/dan", principal: dan, roles: [admin]}
"""


def test_principals_have_roles_and_request_ids_of_their_own(make_daemon, home):
    file = os.path.join(home, "voucherd.yaml")
    with open(file, "w") as f:
        f.write(CONFIG % {"home": home})
    make_daemon(home=home, extra=["--config", file], allow_me=False, addr=False).start()
    alice, bob, carol, dan = (Client(os.path.join(home, n)) for n in ("alice", "bob", "carol", "dan"))
    assert [c.welcome.principal for c in (alice, bob, carol, dan)] == ["alice", "bob", "carol", "dan"]
    ground(alice)
    # One id, two principals: two commands.
    i = IDS.new()
    one, two = alice.do(c_issue("1", BUYER, "C0", amount=10), i), bob.do(c_issue("1", BUYER, "C0", amount=20), i)
    assert one.kind == two.kind == DONE and not two.again
    assert (one.entry.principal, two.entry.principal) == ("alice", "bob")
    assert alice.do(c_issue("1", BUYER, "C0", amount=10), i).entry == one.entry
    assert bob.do(c_issue("1", BUYER, "C0", amount=20), i).entry == two.entry
    assert bob.do(c_issue("1", BUYER, "C0", amount=10), i).kind == INVALID
    before = alice.status().entries
    # Who may not is told, nothing is booked, and neighbours go on or not as the batch says.
    for c in (carol, dan):
        assert c.do(c_issue("1", BUYER, "C0", amount=10)).kind == DENIED
        assert c.do(c_issue("1", BUYER, "C0", amount=10), i).kind == DENIED
    assert bob.do(c_adopt(three_lines().file)).kind == DENIED
    got = bob.commands([ask(c_contract("N", SELLER, BUYER, 5)), ask(c_adopt(b"x"))], atomic=True)
    assert [o.kind for o in got] == [NOT_DONE, DENIED]
    assert alice.status().entries == before
    got = bob.commands([ask(c_contract("N", SELLER, BUYER, 5)), ask(c_adopt(b"x"))])
    assert [o.kind for o in got] == [DONE, DENIED]
    # The auditor sees all; the one who runs the machine does not.
    assert carol.status().entries == before + 1 and carol.voucher(1).vouchers[0].face == 10
    a = dan.raw_query(V.Query(funds=V.FundsQuery()))
    assert a.HasField("fault")
    # Only the admin sets the clock.
    m = alice.new_request()
    m.request.set_clock.time = micros("2025-09-01T00:00:00+08:00")
    assert alice.reply(alice.begin(m)).WhichOneof("kind") == "fault"
    dan.set_clock(micros("2025-09-01T00:00:00+08:00"))


NOBODY = 65534


def nobody(daemon):
    """A client whose peer is another user."""
    os.chmod(daemon.home, 0o755)
    try:
        os.chmod(daemon.path, 0o777)
    except PermissionError:
        pytest.skip("the socket's mode cannot be changed")
    os.seteuid(NOBODY)
    try:
        return Client(daemon.path)
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be two users")
def test_a_stranger_changes_nothing(ready, daemon):
    """--allow-me allows the user that runs the daemon, nobody else."""
    before = ready.status().entries
    try:
        c = nobody(daemon)
    except Closed as e:
        assert e.goodbye is not None
    else:
        assert c.welcome.principal != ready.welcome.principal
        assert c.do(ISSUE).kind == DENIED
        i = IDS.new()
        ready.do(ISSUE, i)
        assert c.do(ISSUE, i).kind == DENIED
        c.close()
        before += 1
    assert ready.status().entries == before


# ---- batches ----

def test_atomic_batch_is_all(ready):
    got = ready.commands([ask(c_contract("A", SELLER, BUYER, fen("10"))), ask(c_issue("1", BUYER, "A")),
                          ask(c_redeem(1, invoice(1), fen("4"), TODAY))], atomic=True)
    assert [o.kind for o in got] == [DONE] * 3
    assert [o.entry.number for o in got] == list(range(got[0].entry.number, got[0].entry.number + 3))
    assert got[2].entry.redeemed.paid == fen("2")


def test_atomic_batch_is_nothing_but_the_refusal(ready):
    before = ready.status()
    rows = [ask(c_contract("A", SELLER, BUYER, fen("10"))), ask(c_issue("1", BUYER, "A")),
            ask(c_issue("1", SELLER, "A")), ask(c_contract("B", SELLER, BUYER, fen("10")))]
    got = ready.commands(rows, atomic=True)
    assert [o.kind for o in got] == [NOT_DONE, NOT_DONE, REFUSED, NOT_DONE]
    assert got[2].entry.number == before.entries + 1 and got[2].entry.refusal.reason == J.WRONG_PARTY
    assert all(o.fault.field or o.fault.expected for o in (got[0], got[1], got[3]))
    assert ready.status().entries == before.entries + 1
    assert ready.do(c_issue("1", BUYER, "A")).kind == INVALID
    again = ready.commands(rows, atomic=True)
    assert [o.kind for o in again] == [NOT_DONE, NOT_DONE, REFUSED, NOT_DONE] and again[2].again
    assert again[2].entry == got[2].entry and ready.status().entries == before.entries + 1
    # The rows that were not done may be done alone, under their ids.
    assert [o.kind for o in ready.commands(rows[:2])] == [DONE, DONE]


def test_atomic_batch_with_an_invalid_row_books_nothing(ready):
    before = ready.status().entries
    got = ready.commands([ask(c_contract("A", SELLER, BUYER, 10)), ask(with_(ISSUE, measure="nothing")),
                          ask(c_contract("B", SELLER, BUYER, 10))], atomic=True)
    assert [o.kind for o in got] == [NOT_DONE, INVALID, NOT_DONE]
    got = ready.commands([ask(c_contract("A", SELLER, BUYER, 10)), ask(with_(ISSUE, amount=-1))], atomic=True)
    assert [o.kind for o in got] == [NOT_DONE, INVALID]
    assert ready.status().entries == before


def test_row_by_row_batch_leaves_neighbours_alone(ready):
    got = ready.commands([ask(c_issue("1", BUYER, "C0")), ask(with_(ISSUE, amount=0)),
                          ask(c_issue("1", SELLER, "C1")), ask(c_issue("1", BUYER, "C1"))])
    assert [o.kind for o in got] == [DONE, INVALID, REFUSED, DONE]


def test_dry_run_of_a_batch(ready):
    before = ready.status()
    rows = [ask(c_contract("A", SELLER, BUYER, fen("10"))), ask(c_issue("1", BUYER, "A")),
            ask(c_issue("1", BUYER, "A"))]
    got = ready.commands(rows, dry_run=True)
    assert [o.kind for o in got] == [DONE, DONE, REFUSED] and all(o.dry_run for o in got)
    assert got[1].entry.issued.face == fen("5")
    after = ready.status()
    assert (after.entries, after.root, after.vouchers) == (before.entries, before.root, before.vouchers)
    real = ready.commands(rows)
    assert [(o.kind, o.entry.number) for o in real] == [(o.kind, o.entry.number) for o in got]


@pytest.mark.parametrize("atomic", [False, True])
def test_dry_run_of_a_refusal(ready, atomic):
    before = ready.status()
    rows = [ask(c_contract("A", SELLER, BUYER, fen("10"))), ask(c_issue("1", SELLER, "A"))]
    load = [ready.begin_commands([ask(c_contract("L%d" % k, SELLER, BUYER, 5))]) for k in range(20)]
    number = ready.begin_commands(rows, atomic=atomic, dry_run=True)
    load += [ready.begin_commands([ask(c_contract("M%d" % k, SELLER, BUYER, 5))]) for k in range(20)]
    got = ready.outcomes(number)
    for n in load:
        assert ready.outcomes(n)[0].kind == DONE
    assert [o.kind for o in got] == [NOT_DONE if atomic else DONE, REFUSED]
    assert all(o.dry_run and not o.again and not o.leaf for o in got)
    assert ready.status().entries == before.entries + 40
    assert [o.again for o in ready.commands(rows, atomic=atomic)] == [False, False]


# ---- the clock ----

def test_entries_never_go_back_in_time(ready):
    now = micros("2025-08-05T10:00:00+08:00")
    ready.set_clock(now)
    assert ready.done(c_contract("A", SELLER, BUYER, 10)).time == now
    ready.set_clock(now - 10**12)
    e = ready.done(c_contract("B", SELLER, BUYER, 10))
    assert (e.time, e.day) == (now, day("2025-08-05"))
    ready.set_clock(now + 1)
    assert ready.done(c_contract("D", SELLER, BUYER, 10)).time == now + 1


def test_the_last_day_ends_at_midnight(ready):
    v = ready.done(c_issue("1", BUYER, "C0")).issued.voucher
    midnight = micros("2027-01-01T00:00:00+08:00")
    ready.set_clock(midnight - 1)
    assert ready.done(c_redeem(v, invoice(1), 100, TODAY)).day == day("2026-12-31")
    assert ready.do(c_lapse(day("2026-12-31"))).entry.refusal.reason == J.DAY_NOT_OVER
    ready.set_clock(midnight)
    o = ready.do(c_redeem(v, invoice(2), 100, TODAY))
    assert o.kind == REFUSED and o.entry.refusal.reason == J.EXPIRED
    lapsed = ready.done(c_lapse()).lapsed
    assert list(lapsed.vouchers) == [v] and lapsed.day == day("2026-12-31") and not lapsed.more
    o = ready.do(c_redeem(v, invoice(2), 100, TODAY))
    assert o.entry.refusal.reason == J.VOUCHER_STATE


def test_policy_period(make_daemon):
    client = make_daemon(clock="2025-07-09T23:59:59+08:00").start().client()
    ground(client)
    assert client.do(ISSUE).entry.refusal.reason == J.OUTSIDE_PERIOD
    client.set_clock(micros("2025-07-10T00:00:00+08:00"))
    assert client.do(ISSUE).kind == DONE
    client.done(c_appropriate("1", 2027, fen("1,000,000")))
    client.set_clock(micros("2027-12-31T23:59:59.999999+08:00"))
    assert client.done(c_issue("1", BUYER, "C1")).issued.valid_to == day("2027-12-31")
    client.set_clock(micros("2028-01-01T00:00:00+08:00"))
    assert client.do(c_issue("1", BUYER, "C2")).entry.refusal.reason == J.OUTSIDE_PERIOD


def test_the_clock_is_not_set_on_a_real_one(make_daemon):
    d = make_daemon(clock=None).start()
    c = d.client()
    m = c.new_request()
    m.request.set_clock.time = 5
    assert c.reply(c.begin(m)).WhichOneof("kind") == "fault"
    assert not c.status().test_clock


def test_a_book_of_a_test_clock_needs_one(make_daemon):
    d = make_daemon().start()
    assert d.stop() == 0
    d.clock = None
    d.launch()
    assert d.wait() != 0
    assert not d.is_ready and "clock" in d.log_tail().lower()
    d.clock = "2025-08-01T09:00:00+08:00"
    d.start()


# ---- listings ----

def test_pages(ready):
    ready.many([c_contract("P%d" % i, SELLER, BUYER, fen("10")) for i in range(2500)])
    ready.many([c_issue("1", BUYER, "P%d" % i) for i in range(2500)])
    assert len(ready.vouchers()) == 2500
    for count in (1, 7, 999, 1000):
        rows = ready.pages("vouchers", count=count, limit=3)
        assert [v.voucher for v in rows] == list(range(1, 3 * count + 1))[:2500]
    a = ready.query(voucher_page(count=0))
    assert 1 <= len(a.vouchers) <= 1000
    wanted = ready.raw_query(voucher_page(count=1001))
    assert wanted.HasField("fault") or len(wanted.vouchers) <= 1000
    assert [v.voucher for v in ready.pages("vouchers", count=10, after=2495)] == list(range(2496, 2501))
    assert ready.pages("vouchers", after=2500) == []
    a = ready.query(voucher_page(after=2**64 - 1))
    assert not a.vouchers and not a.HasField("next")
    assert [e.number for e in ready.pages("entries", after=5000, count=2, limit=1)] == [5001, 5002]


def voucher_page(**fields):
    q = V.Query()
    q.vouchers.SetInParent()
    for k, v in fields.items():
        setattr(q.vouchers, k, v)
    return q


def test_filters(make_daemon):
    d = make_daemon(clock="2024-01-01T00:00:00+08:00").start()
    client = d.client()
    p = Player(client, three_lines(), 11, 1500)
    p.book.head["time"] = p.book.clock = micros("2024-01-01T00:00:00+08:00")
    p.play()
    book = p.book
    for code in list(book.enterprises)[:6]:
        for measure in ("T1", "T2", None):
            for state in range(5):
                for redeem_by in (None, book.today(), day("2025-12-31"), day("2026-01-30")):
                    f = {"enterprise": code}
                    if measure:
                        f["measure"] = measure
                    if state:
                        f["state"] = state
                    if redeem_by is not None:
                        f["redeem_by"] = redeem_by
                    want = [v["number"] for v in book.vouchers if v["enterprise"] == code
                            and measure in (None, v["measure"]) and state in (0, book.state(v))
                            and (redeem_by is None or (book.state(v) == M.J_OPEN
                                                       and v["redeem_to"] <= redeem_by))]
                    want.reverse()  # an enterprise's come newest first
                    assert [v.voucher for v in client.vouchers(**f)] == want, f
                    if len(want) > 3:
                        assert [v.voucher for v in client.vouchers(count=2, **f)] == want, f
    for number in {v["contract"] for v in book.vouchers}:
        want = [v["number"] for v in book.vouchers if v["contract"] == number]
        assert [v.voucher for v in client.vouchers(contract=number)] == want
    refusals = [e.number for e in client.entries() if parsed(e).HasField("refusal")]
    assert [e.number for e in client.refusals()] == refusals
    assert [e.number for e in client.refusals(count=7)] == refusals
    for code in list(book.enterprises)[:6]:
        want = [e.number for e in client.entries() if of_enterprise(parsed(e), code, book)]
        got = [e.number for e in client.refusals(enterprise=code)]
        assert got == want


def parsed(stored):
    e = J.Entry()
    e.ParseFromString(stored.entry)
    return e


def of_enterprise(e, code, book):
    """Whether a refusal concerns an enterprise: it was asked for it, or for a voucher of it."""
    if not e.HasField("refusal"):
        return False
    c = e.command
    if c.HasField("issue"):
        return c.issue.enterprise == code
    if c.HasField("redeem"):
        return book.vouchers[c.redeem.voucher - 1]["enterprise"] == code
    if c.HasField("void_voucher"):
        return book.vouchers[c.void_voucher.voucher - 1]["enterprise"] == code
    if c.HasField("add_enterprise"):
        return c.add_enterprise.uscc == code
    return False


WRONG_QUERIES = [
    ("enterprise", {"uscc": ""}), ("enterprise", {"uscc": "91350604MAWY00014F"}), ("enterprise", {"uscc": uscc(999)}),
    ("voucher", {"voucher": 0}), ("voucher", {"voucher": 99}), ("vouchers", {"enterprise": "x"}),
    ("vouchers", {"state": 9}), ("vouchers", {"redeem_by": 2**31 - 1}), ("refusals", {"enterprise": "x" * 10000}),
    ("explain", {"enterprise": BUYER}), ("explain", {"contract": "C0"}),
    ("explain", {"enterprise": BUYER, "contract": "C0", "measure": "nothing"}),
    ("explain", {"enterprise": BUYER, "contract": "none"}),
]


@pytest.mark.parametrize("kind,fields", WRONG_QUERIES)
def test_wrong_queries_are_told(ready, kind, fields):
    q = V.Query()
    part = getattr(q, kind)
    part.SetInParent()
    for k, v in fields.items():
        if k == "state":
            # An unknown number of an enum: written by hand.
            q = V.Query()
            q.MergeFromString(b"\x22\x02\x20\x09")
            break
        setattr(part, k, v)
    a = ready.raw_query(q)
    if k == "state" and not a.HasField("fault"):
        return  # an enum number that is not known reads as absent in proto2
    assert a.HasField("fault") and a.fault.field, a
    alive_query = ready.status()
    assert alive_query.entries > 1


def test_explain_is_the_dry_run(ready):
    a = ready.explain(BUYER, "C0")
    assert [x.measure for x in a.explained] == ["1", "2", "3A", "3B"]
    for x in a.explained:
        assert x.outcome.dry_run
    by = {x.measure: x.outcome for x in a.explained}
    assert by["1"].entry.issued.face == fen("500") and by["3A"].entry.issued.face == fen("800")
    assert by["3B"].entry.refusal.reason == J.WRONG_PARTY
    assert by["2"].kind in (DONE, REFUSED)
    one = ready.explain(BUYER, "C0", measure="1", year=2026)
    assert [x.outcome.entry.refusal.reason for x in one.explained] == [J.NO_FUND_LINE]
    assert ready.done(c_issue("1", BUYER, "C0")).issued.face == fen("500")


# ---- the past ----

@pytest.mark.parametrize("seed", [3, 4])
def test_balances_as_of_an_entry_and_of_a_day(make_daemon, seed):
    start = micros("2025-03-01T09:00:00+08:00")
    client = make_daemon(clock="2025-03-01T09:00:00+08:00").start().client()
    p = Player(client, three_lines(), seed, 2500)
    p.book.head["time"] = p.book.clock = start
    p.play(every=5000)
    book, r = p.book, random.Random(seed)
    last = book.head["entries"]
    points = sorted({1, 2, 3, last - 1, last} | {r.randint(1, last) for _ in range(60)})
    for n in points:
        a = compare.funds(client, book, ("entry", n), n)
        assert a.as_of_entry == n
        check_past(client, book, ("entry", n), n, r)
    days = sorted({d for d in book.days if d is not None})
    for d in r.sample(days, min(25, len(days))) + [days[0] - 1, days[0], days[-1], days[-1] + 1]:
        n = max([i for i in range(2, len(book.days)) if book.days[i] <= d] or [0])
        if n == 0:
            n = 1 if d >= day("2025-03-01") else 0
        a = compare.funds(client, book, ("day", d), n)
        assert a.as_of_entry == n, (d, n)
        if n:
            check_past(client, book, ("day", d), n, r)
    beyond = V.Query()
    beyond.funds.as_of.entry = last + 1
    a = client.raw_query(beyond)
    assert a.HasField("fault") or a.as_of_entry == last


def check_past(client, book, as_of, n, r):
    _, vouchers = book.as_of_stages(n)
    for code in r.sample(list(book.enterprises), 4):
        q = V.Query()
        Client._as_of(q.enterprise, as_of)
        q.enterprise.uscc = code
        a = client.raw_query(q)
        if a.HasField("fault"):
            # It was not in the book then.
            assert not any(book.vouchers[v - 1]["enterprise"] == code for v in vouchers)
            continue
        want = {}
        for v, stages in vouchers.items():
            row = book.vouchers[v - 1]
            if row["enterprise"] == code:
                w = want.setdefault(row["measure"], [0] * 6)
                want[row["measure"]] = [x + y for x, y in zip(w, stages)]
        got = {x.measure: compare.stages_of(x.stages) for x in a.enterprise.accounts
               if any(compare.stages_of(x.stages))}
        assert got == {m: tuple(s) for m, s in want.items()}, (as_of, code)
    if not book.vouchers:
        return
    for v in r.sample(range(1, len(book.vouchers) + 1), min(8, len(book.vouchers))):
        q = V.Query()
        Client._as_of(q.voucher, as_of)
        q.voucher.voucher = v
        a = client.raw_query(q)
        if v in vouchers:
            assert compare.stages_of(a.vouchers[0].stages) == tuple(vouchers[v]), (as_of, v)
        else:
            assert a.HasField("fault") or not a.vouchers, (as_of, v)
