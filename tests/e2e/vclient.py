# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the generated messages, a client, the daemon as a process, credit
codes, times, and a runner for the tools. Nothing here decides a rule: that is model.py's."""

import atexit
import datetime
import hashlib
import os
import random
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("VOUCHERD_BUILD", os.path.join(REPO, "build"))
BIN = os.path.join(BUILD, "bin")
VOUCHERD = os.path.join(BIN, "voucherd")
VOUCHERCTL = os.path.join(BIN, "voucherctl")
VOUCHERQ = os.path.join(BIN, "voucherq")
# A prefix for the daemon's command line, such as valgrind or strace.
WRAPPER = shlex.split(os.environ.get("VOUCHERD_WRAPPER", ""))
# How long anything may take before a test gives up, in seconds; slow builds (sanitizers) raise it.
PATIENCE = float(os.environ.get("VOUCHERD_PATIENCE", "60"))

DEFAULT_CLOCK = "2025-08-01T09:00:00+08:00"
LIMIT_FEN = 900_000_000_000_000


def generate_messages():
    """Generates the Python messages from proto/ into a directory of their own, never into the tree."""
    out = tempfile.mkdtemp(prefix="voucherd-pb-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    proto = os.path.join(REPO, "proto")
    files = [os.path.join(proto, n) for n in ("journal.proto", "voucher.proto")]
    subprocess.run(["protoc", "--proto_path=" + proto, "--python_out=" + out] + files, check=True)
    sys.path.insert(0, out)


generate_messages()
import journal_pb2 as J  # noqa: E402
import voucher_pb2 as V  # noqa: E402

DONE, REFUSED, INVALID = V.Outcome.DONE, V.Outcome.REFUSED, V.Outcome.INVALID
DENIED, NOT_DONE = V.Outcome.DENIED, V.Outcome.NOT_DONE
TRY_AGAIN, UNKNOWN = V.Outcome.TRY_AGAIN, V.Outcome.UNKNOWN


# ---- days and times ----

EPOCH = datetime.date(1970, 1, 1)
CN = datetime.timezone(datetime.timedelta(hours=8))


def day(text):
    """Days since 1970-01-01 of YYYY-MM-DD."""
    return (datetime.date.fromisoformat(text) - EPOCH).days


def day_text(n):
    return (EPOCH + datetime.timedelta(days=n)).isoformat()


def year_of(n):
    return (EPOCH + datetime.timedelta(days=n)).year


def month_of(n):
    """The month of a day, counted from the year 0: 2025-07 is 2025 * 12 + 6."""
    d = EPOCH + datetime.timedelta(days=n)
    return d.year * 12 + d.month - 1


def month_text(m):
    return "%04d-%02d" % (m // 12, m % 12 + 1)


def month_days(m):
    """The first and last day of a month."""
    first = (datetime.date(m // 12, m % 12 + 1, 1) - EPOCH).days
    return first, (datetime.date((m + 1) // 12, (m + 1) % 12 + 1, 1) - EPOCH).days - 1


def add_months(n, months):
    """So many months after a day: the same day of that month, or its last."""
    first, last = month_days(month_of(n) + months)
    return min(first + (EPOCH + datetime.timedelta(days=n)).day - 1, last)


def micros(text):
    """Microseconds since 1970 of an ISO 8601 time with an offset."""
    t = datetime.datetime.fromisoformat(text)
    delta = t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def clock_text(us):
    t = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=us)
    return t.astimezone(CN).isoformat()


def day_of(us, zone_minutes=480):
    return (us + zone_minutes * 60_000_000) // 86_400_000_000


def noon(d, zone_minutes=480):
    """An instant in the middle of a day."""
    return d * 86_400_000_000 + 12 * 3_600_000_000 - zone_minutes * 60_000_000


def yuan(fen):
    """1234567 -> 12345.67"""
    return "%d.%02d" % (fen // 100, fen % 100)


def fen(text):
    """'3,000,000' or '0.03' -> fen, exactly."""
    whole, _, part = text.replace(",", "").partition(".")
    assert len(part) <= 2
    return int(whole) * 100 + int((part + "00")[:2])


# ---- credit codes (GB 32100-2015) ----

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc_check(first17):
    total = 0
    weight = 1
    for c in first17:
        total += USCC_ALPHABET.index(c) * weight
        weight = weight * 3 % 31
    return USCC_ALPHABET[(31 - total % 31) % 31]


def uscc(n, area="350602"):
    """The n-th code of a family: registration by the market regulator, an enterprise."""
    body = ""
    for _ in range(9):
        body = USCC_ALPHABET[n % 31] + body
        n //= 31
    first17 = "91" + area + body
    return first17 + uscc_check(first17)


def invoice(n):
    """An electronic invoice's number: 20 digits."""
    return "%020d" % n


def old_invoice(n):
    """An invoice of the old form: code and number."""
    return "%010d-%08d" % (3500000000 + n // 100000000, n % 100000000)


# ---- request ids ----

class Ids:
    """Request ids in the manner of UUIDv7: time-ordered, and reproducible when a seed is given."""

    def __init__(self, seed=None):
        self.random = random.Random(seed)
        self.count = 0
        self.base = int(time.time() * 1000)
        self.lock = threading.Lock()

    def new(self):
        with self.lock:
            self.count += 1
            ms = self.base + self.count // 4096
            a = 0x7000 | (self.count & 0xFFF)
            b = (2 << 62) | self.random.getrandbits(62)
        return struct.pack(">Q", (ms << 16 | a) & (2**64 - 1)) + struct.pack(">Q", b)


IDS = Ids()


# ---- commands as short calls ----

def c_adopt(file):
    c = J.Command()
    c.adopt_policy.file = file
    return c


def c_appropriate(measure, year, amount, source="city", document="doc"):
    c = J.Command()
    m = c.appropriate
    m.measure, m.year, m.source, m.amount, m.document = measure, year, source, amount, document
    return c


def add_traits(m, traits):
    for t in traits:
        if isinstance(t, str):
            t = (t, None, None)
        p = m.traits.add()
        p.name = t[0]
        if t[1] is not None:
            p.from_day = t[1]
        if t[2] is not None:
            p.to_day = t[2]


def c_enterprise(code, name="enterprise", area="350602", traits=(), related=None):
    """traits: names, or (name, from, to) with None where open."""
    c = J.Command()
    m = c.add_enterprise
    m.uscc, m.name, m.area = code, name, area
    if related is not None:
        m.related = related
    add_traits(m, traits)
    return c


def c_amend(code, area=None, related=None, traits=(), document="doc"):
    c = J.Command()
    m = c.amend_enterprise
    m.uscc, m.document = code, document
    if area is not None:
        m.area = area
    if related is not None:
        m.related = related
    add_traits(m, traits)
    return c


def c_raise(code, measure, ceiling, limit, document="doc"):
    c = J.Command()
    m = c.raise_ceiling
    m.enterprise, m.measure, m.ceiling, m.limit, m.document = code, measure, ceiling, limit, document
    return c


def c_withdraw(entry, reason="by decision"):
    c = J.Command()
    c.withdraw.entry, c.withdraw.reason = entry, reason
    return c


def c_close(measure, year=None):
    c = J.Command()
    c.close_round.measure = measure
    if year:
        c.close_round.year = year
    return c


def c_contract(number, seller, buyer, amount, signed_on=None):
    c = J.Command()
    m = c.add_contract
    m.number, m.seller, m.buyer, m.amount = number, seller, buyer, amount
    m.signed_on = day("2025-03-01") if signed_on is None else signed_on
    return c


def add_facts(m, facts):
    for name, value in facts.items():
        f = m.facts.add()
        f.name, f.value = name, value


def add_attestations(m, attestations):
    for a in attestations:
        p = m.attestations.add()
        p.name, p.document = (a, "paper") if isinstance(a, str) else a


def c_issue(measure, enterprise, contract=None, seller=None, year=None, amount=None, attestations=(), facts=None,
            rate=None, person=None):
    """attestations: names, or (name, document); rate: parts per million; person: (field, number)."""
    c = J.Command()
    m = c.issue
    m.measure, m.enterprise = measure, enterprise
    if contract is not None:
        m.contract = contract
    if rate is not None:
        m.rate = rate
    if person is not None:
        m.person.field, m.person.type, m.person.number = person[0], "resident-id", person[1]
    add_facts(m, facts or {})
    if seller is not None:
        m.seller = seller
    if year is not None:
        m.year = year
    if amount is not None:
        m.amount = amount
    add_attestations(m, attestations)
    return c


def c_claim(measure, enterprise, facts=None, contract=None, attestations=(), **rest):
    """A claim on any measure; facts: {field: value as text}."""
    c = J.Command()
    c.issue.measure, c.issue.enterprise = measure, enterprise
    if contract is not None:
        c.issue.contract = contract
    for name, value in (facts or {}).items():
        c.issue.facts.add(name=name, value=str(value))
    for name in attestations:
        c.issue.attestations.add(name=name, document="doc")
    for name, value in rest.items():
        setattr(c.issue, name, value)
    return c


def c_redeem(voucher, number, amount, dated, attestations=()):
    c = J.Command()
    m = c.redeem
    m.voucher, m.invoice, m.amount, m.dated = voucher, number, amount, dated
    add_attestations(m, attestations)
    return c


def c_void(voucher, reason="by decision"):
    c = J.Command()
    c.void_voucher.voucher, c.void_voucher.reason = voucher, reason
    return c


def c_pay(vouchers, payee=None, document="doc"):
    c = J.Command()
    c.pay.vouchers.extend(vouchers)
    c.pay.document = document
    if payee:
        c.pay.payee = payee
    return c


def c_bank_return(vouchers, document="doc"):
    c = J.Command()
    c.bank_return.vouchers.extend(vouchers)
    c.bank_return.document = document
    return c


def c_outside(seller, contract, amount, document="doc"):
    c = J.Command()
    m = c.add_outside
    m.seller, m.contract, m.amount, m.document = seller, contract, amount, document
    return c


def c_outside_of(measure, facts, amount, document="doc"):
    c = J.Command()
    m = c.add_outside
    m.measure, m.amount, m.document = measure, amount, document
    add_facts(m, facts)
    return c


def c_lapse(d=None):
    c = J.Command()
    c.lapse.SetInParent()
    if d is not None:
        c.lapse.day = d
    return c


def ask(command, request_id=None):
    return V.Ask(request_id=request_id or IDS.new(), command=command)


# ---- the client ----

class Closed(Exception):
    """The daemon closed the connection; goodbye is its reason, if it gave one."""

    def __init__(self, goodbye=None):
        super().__init__("connection closed: %s" % (goodbye,))
        self.goodbye = goodbye


class Client:
    def __init__(self, path, hello=True, program="e2e", patience=None):
        self.patience = patience or PATIENCE
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(self.patience)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.inbox = bytearray()
        self.ended = False
        self.goodbye = None
        self.number = 0
        self.replies = {}
        self.welcome = None
        if hello:
            self.hello(program=program)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # bytes

    def _read_some(self):
        try:
            data = self.socket.recv(1 << 20)
        except BlockingIOError:
            return
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if data:
            self.inbox += data
        else:
            self.ended = True

    def send_bytes(self, data):
        """Sends all, reading answers meanwhile so that neither side waits for the other for ever."""
        view = memoryview(data)
        end = time.monotonic() + self.patience
        while view:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("daemon does not read")
            reads = [] if self.ended else [self.socket]
            r, w, _ = select.select(reads, [self.socket], [], left)
            if r:
                self._read_some()
            if w:
                try:
                    view = view[self.socket.send(view):]
                    end = time.monotonic() + self.patience
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    raise Closed(self._last_goodbye()) from None

    def send_frame(self, payload):
        self.send_bytes(struct.pack(">I", len(payload)) + payload)

    def send(self, message):
        self.send_frame(message.SerializeToString())

    def _frame(self):
        if len(self.inbox) < 4:
            return None
        n = struct.unpack_from(">I", self.inbox)[0]
        if len(self.inbox) < 4 + n:
            return None
        payload = bytes(self.inbox[4:4 + n])
        del self.inbox[:4 + n]
        return payload

    def receive_frame(self, timeout=None):
        end = time.monotonic() + (self.patience if timeout is None else timeout)
        while True:
            payload = self._frame()
            if payload is not None:
                return payload
            if self.ended:
                raise Closed(self.goodbye)
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise TimeoutError("no answer from the daemon")
            self._read_some()

    def receive(self, timeout=None):
        message = V.ToClient()
        message.ParseFromString(self.receive_frame(timeout))
        if message.WhichOneof("kind") == "goodbye":
            self.goodbye = message.goodbye
        return message

    def _last_goodbye(self):
        """What the daemon said before it closed, if it is still to be read."""
        try:
            while True:
                if self.receive(timeout=2).WhichOneof("kind") == "goodbye":
                    return self.goodbye
        except (Closed, TimeoutError, OSError):
            return self.goodbye

    # messages

    def hello(self, version=1, program="e2e"):
        m = V.ToDaemon()
        m.hello.version, m.hello.program = version, program
        self.send(m)
        answer = self.receive()
        if answer.WhichOneof("kind") == "goodbye":
            raise Closed(answer.goodbye)
        assert answer.WhichOneof("kind") == "welcome", answer
        self.welcome = answer.welcome
        return self.welcome

    def new_request(self):
        self.number += 1
        m = V.ToDaemon()
        m.request.number = self.number
        return m

    def begin(self, message):
        """Sends a request made by new_request; its reply is fetched with reply()."""
        self.send(message)
        return message.request.number

    def begin_commands(self, asks, atomic=False, dry_run=False):
        m = self.new_request()
        m.request.commands.asks.extend(asks)
        if atomic:
            m.request.commands.atomic = True
        if dry_run:
            m.request.commands.dry_run = True
        return self.begin(m)

    def reply(self, number, timeout=None):
        while number not in self.replies:
            message = self.receive(timeout)
            kind = message.WhichOneof("kind")
            if kind == "goodbye":
                raise Closed(message.goodbye)
            assert kind == "reply", message
            assert message.reply.number not in self.replies, "two replies to %d" % message.reply.number
            self.replies[message.reply.number] = message.reply
        return self.replies.pop(number)

    def outcomes(self, number, timeout=None):
        r = self.reply(number, timeout)
        assert r.WhichOneof("kind") == "outcomes", r
        return list(r.outcomes.outcomes)

    def commands(self, asks, atomic=False, dry_run=False):
        return self.outcomes(self.begin_commands(asks, atomic, dry_run))

    def do(self, command, request_id=None, dry_run=False):
        """One command, whatever its outcome."""
        got = self.commands([ask(command, request_id)], dry_run=dry_run)
        assert len(got) == 1
        return got[0]

    def done(self, command, request_id=None):
        """One command that must be done; gives the entry."""
        got = self.do(command, request_id)
        assert got.kind == DONE, got
        return got.entry

    def many(self, commands, atomic=False):
        """Commands that must all be done."""
        got = []
        for i in range(0, len(commands), 1000):
            got += self.commands([ask(c) for c in commands[i:i + 1000]], atomic=atomic)
        for command, outcome in zip(commands, got):
            assert outcome.kind == DONE, (command, outcome)
        return [o.entry for o in got]

    def set_clock(self, us):
        m = self.new_request()
        m.request.set_clock.time = us
        r = self.reply(self.begin(m))
        assert r.WhichOneof("kind") == "clock_set", r
        return r.clock_set.time

    # queries

    def begin_query(self, query):
        m = self.new_request()
        m.request.query.CopyFrom(query)
        return self.begin(m)

    def raw_query(self, query):
        """The Answer or the reply's Fault, whichever came."""
        r = self.reply(self.begin_query(query))
        if r.WhichOneof("kind") == "fault":
            return V.Answer(fault=r.fault)
        assert r.WhichOneof("kind") == "answer", r
        return r.answer

    def query(self, query):
        a = self.raw_query(query)
        assert not a.HasField("fault"), a.fault
        return a

    @staticmethod
    def _as_of(part, as_of):
        """as_of: None, ("entry", n) or ("day", n)."""
        part.SetInParent()
        if as_of is not None:
            setattr(part.as_of, as_of[0], as_of[1])

    def funds(self, as_of=None):
        q = V.Query()
        self._as_of(q.funds, as_of)
        return self.query(q)

    def enterprise(self, code, as_of=None):
        q = V.Query()
        self._as_of(q.enterprise, as_of)
        q.enterprise.uscc = code
        return self.query(q)

    def voucher(self, number, as_of=None):
        q = V.Query()
        self._as_of(q.voucher, as_of)
        q.voucher.voucher = number
        return self.query(q)

    def status(self):
        q = V.Query()
        q.status.SetInParent()
        return self.query(q).status

    def explain(self, enterprise, contract, seller=None, measure=None, year=None):
        q = V.Query()
        q.explain.enterprise, q.explain.contract = enterprise, contract
        if seller is not None:
            q.explain.seller = seller
        if measure is not None:
            q.explain.measure = measure
        if year is not None:
            q.explain.year = year
        return self.query(q)

    def pages(self, kind, count=None, after=None, limit=None, **filters):
        """All rows of a listing (vouchers, refusals, entries), page by page; limit: of pages."""
        rows = []
        npages = 0
        while limit is None or npages < limit:
            q = V.Query()
            part = getattr(q, kind)
            part.SetInParent()
            for k, v in filters.items():
                setattr(part, k, v)
            if after is not None:
                part.after = after
            if count is not None:
                part.count = count
            a = self.query(q)
            rows += list(a.vouchers if kind == "vouchers" else a.entries)
            npages += 1
            if not a.HasField("next"):
                break
            back = "enterprise" in filters and kind == "vouchers"  # newest first
            assert after is None or (a.next < after if back else a.next > after), "the cursor does not go on"
            after = a.next
        return rows

    def vouchers(self, **filters):
        return self.pages("vouchers", **filters)

    def entries(self, **kw):
        return self.pages("entries", **kw)

    def refusals(self, **kw):
        return self.pages("refusals", **kw)


# ---- the daemon ----

class Daemon:
    """voucherd as a process on a book. Its log is kept line by line."""

    def __init__(self, home=None, book=None, clock=DEFAULT_CLOCK, extra=(), wrapper=None, allow_me=True,
                 addr=True):
        self.home = home or tempfile.mkdtemp(prefix="vd-", dir=os.environ.get("VOUCHERD_TMP"))
        os.makedirs(self.home, exist_ok=True)
        self.book = book or os.path.join(self.home, "book")
        self.path = os.path.join(self.home, "s")
        self.clock = clock
        self.extra = list(extra)
        self.allow_me = allow_me
        self.addr = addr
        self.wrapper = WRAPPER if wrapper is None else wrapper
        self.process = None
        self.log = []
        self.clients = []

    def command_line(self, extra=()):
        line = [VOUCHERD, "--book", self.book]
        if self.addr:
            line += ["--addr", "unix:" + self.path]
        if self.allow_me:
            line.append("--allow-me")
        if self.clock is not None:
            line += ["--test-clock", self.clock]
        return self.wrapper + line + self.extra + list(extra)

    def launch(self, extra=(), **popen):
        """Starts the process and reads its log; does not wait for it to be ready."""
        self.spoke = threading.Event()
        self.is_ready = False
        self.process = subprocess.Popen(self.command_line(extra), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **popen)
        self.reader = threading.Thread(target=self._read_log, args=(self.process, self.spoke), daemon=True)
        self.reader.start()

    def _read_log(self, process, spoke):
        for raw in process.stderr:
            line = raw.decode("utf-8", "backslashreplace").rstrip("\n")
            self.log.append(line)
            if "event=ready" in line.split():
                self.is_ready = True
                spoke.set()
        process.stderr.close()
        spoke.set()

    def wait_ready(self):
        assert self.spoke.wait(PATIENCE), "daemon not ready in time:\n" + self.log_tail()
        assert self.is_ready, "daemon ended before it was ready:\n" + self.log_tail()

    def start(self, **kw):
        self.launch(**kw)
        self.wait_ready()
        return self

    def client(self, **kw):
        c = Client(self.path, **kw)
        self.clients.append(c)
        return c

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, timeout=None):
        code = self.process.wait(timeout or PATIENCE)
        self.reader.join(PATIENCE)
        return code

    def stop(self):
        """Ends it cleanly; its exit code."""
        if self.process is None:
            return None
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        code = self.wait()
        self._forget_clients()
        return code

    def kill(self):
        if self.running():
            self.process.kill()
        self.wait()
        self._forget_clients()

    def _forget_clients(self):
        for c in self.clients:
            c.close()
        self.clients = []

    def restart(self, **kw):
        assert self.stop() == 0, self.log_tail()
        return self.start(**kw)

    def log_tail(self, n=30):
        return "\n".join(self.log[-n:])

    def check_book(self, timeout=None):
        """Runs the daemon's own check of the stopped book; (exit code, its log)."""
        done = subprocess.run(self.wrapper + [VOUCHERD, "--book", self.book, "--check-book"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout or 2 * PATIENCE)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def assert_book_ok(self):
        code, log = self.check_book()
        assert code == 0 and "event=book_ok" in log, log

    def clean(self):
        """Ends it for good: it must still be well unless the test ended it."""
        code = 0
        try:
            if self.running():
                code = self.stop()
            self._forget_clients()
        finally:
            if self.running():
                self.kill()
            shutil.rmtree(self.home, ignore_errors=True)
        return code


def resident_kib(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))


# ---- tools ----

class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self):
        return "exit %d\nstdout: %s\nstderr: %s" % (self.code, self.out, self.err)


def run_tool(program, arguments, timeout=None, env=None, stdin=None):
    e = dict(os.environ, LC_ALL="C.UTF-8", LANG="C.UTF-8", LANGUAGE="", VOUCHERD_LANG="")
    e.update(env or {})
    done = subprocess.run([program] + [str(a) for a in arguments], input=stdin,
                          stdin=subprocess.DEVNULL if stdin is None else None,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout or PATIENCE,
                          env=e, text=True, errors="backslashreplace")
    return Result(done)


# ---- RFC 6962 ----

def leaf_hash(stored):
    return hashlib.sha256(b"\0" + stored).digest()


def tree_root(leaves):
    """The root over leaf hashes, by the recursive definition's levels: pairs joined, an odd one carried
    up."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        up = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest()
              for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            up.append(level[-1])
        level = up
    return level[0]
