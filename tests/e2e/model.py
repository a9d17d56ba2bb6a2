# SPDX-License-Identifier: Apache-2.0
"""A second, naive implementation of the book, written from the rules alone: ints, Fractions, dicts, lists
and scans. It says what the daemon must answer; where the rules leave a choice it says the set of choices.

A Book changes through put() and push() only, which remember how to go back: that is how dry runs and
failed all-or-nothing batches leave no trace."""

from dataclasses import dataclass, field
from fractions import Fraction

from vclient import DONE, INVALID, J, NOT_DONE, REFUSED, USCC_ALPHABET, day, day_of, uscc_check, year_of

LIMIT = 900_000_000_000_000
DAY_MIN, DAY_MAX = day("1900-01-01"), day("2199-12-31")
AVAILABLE, HELD, COMMITTED, PAYABLE, PAID, RETURNED, OUTSIDE = range(7)
STAGES = ("available", "held", "committed", "payable", "paid", "returned")
R = J.Reason


# ---- policies ----

@dataclass
class Ceiling:
    limit: int
    scope: str = "enterprise"  # enterprise, contract
    period: str = "policy"     # policy, year
    event: str = "issue"       # issue, redeem
    name: str = None


@dataclass
class Measure:
    code: str
    rate: Fraction
    claimant: str = "buyer"
    traits: tuple = ()
    attestations: tuple = ()
    ceilings: tuple = ()
    shares: tuple = (("city", Fraction(1)),)
    odd: int = 0                # index of the share that takes the odd fen
    shortfall: str = "refuse"   # refuse, partial
    window: tuple = None        # (first, last) day of signing
    group: str = "contract-support"
    name: str = "券"
    english: str = "voucher"

    def ceilings_on(self, event):
        return [c for c in self.ceilings if c.event == event]


@dataclass
class Policy:
    id: str
    first: int
    last: int
    statistics_from: int
    measures: dict
    traits: tuple = ()
    attestations: tuple = ()
    areas: dict = field(default_factory=dict)  # code or name, as it may be given -> code that it means
    area_names: dict = field(default_factory=dict)
    valid_years: int = 1
    grace_days: int = 0
    zone_minutes: int = 480
    file: bytes = b""

    def years(self):
        return range(year_of(self.first), year_of(self.last) + 1)

    def valid_to(self, issued):
        return min(day("%d-12-31" % (year_of(issued) + self.valid_years)), self.last)

    def redeem_to(self, issued):
        return self.valid_to(issued) + self.grace_days


def floor_rate(rate, amount):
    return int(Fraction(rate) * amount)  # amounts and rates are not negative: int() is floor


def split_face(face, measure):
    """A face over the measure's fund lines: floors of the shares, the rest to the odd line."""
    parts = [floor_rate(share, face) for _, share in measure.shares]
    parts[measure.odd] += face - sum(parts)
    return parts


def split_payment(amount, open_parts, odd):
    """A payment over the unredeemed faces of a voucher's lines."""
    whole = sum(open_parts)
    assert 0 <= amount <= whole
    parts = [int(Fraction(amount * o, whole)) if whole else 0 for o in open_parts]
    rest = amount - sum(parts)
    for i in [odd] + [i for i in range(len(parts)) if i != odd]:
        more = min(rest, open_parts[i] - parts[i])
        parts[i] += more
        rest -= more
    assert rest == 0
    return parts


def fits(face, measure, available):
    return all(p <= a for p, a in zip(split_face(face, measure), available))


def most_that_fits(measure, available):
    """The largest face such that it and every smaller one fits what the lines have."""
    shares = [share for _, share in measure.shares]
    bounds = []
    for i, (a, share) in enumerate(zip(available, shares)):
        if i == measure.odd:
            a -= len(shares) - 1  # beyond its share it takes less than a fen of each other line
        if a < 0:
            bounds.append(0)
        elif share:
            bounds.append(int(a / share))
    face = min(bounds)
    while face < sum(available) and fits(face + 1, measure, available):
        face += 1
    return face


# ---- what is wrong with a command before the book is looked at ----

def credit_code_ok(text):
    return (len(text) == 18 and all(c in USCC_ALPHABET for c in text)
            and uscc_check(text[:17]) == text[17])


def text_ok(text, most):
    return 1 <= len(text.encode()) <= most


def invoice_ok(text):
    if len(text) == 20:
        return text.isascii() and text.isdigit()
    code, hyphen, number = text.partition("-")
    return (hyphen == "-" and len(code) in (10, 12) and len(number) == 8
            and (code + number).isascii() and (code + number).isdigit())


def amount_ok(amount):
    return 1 <= amount <= LIMIT


def malformed(command):
    """Whether a command is wrong in itself, whatever the book says."""
    kind = command.WhichOneof("kind")
    c = getattr(command, kind)
    if kind == "appropriate":
        return not (amount_ok(c.amount) and text_ok(c.document, 600))
    if kind == "add_enterprise":
        return not (credit_code_ok(c.uscc) and text_ok(c.name, 600) and len(c.traits) <= 16)
    if kind == "add_contract":
        return not (text_ok(c.number, 64) and credit_code_ok(c.seller) and credit_code_ok(c.buyer)
                    and amount_ok(c.amount) and DAY_MIN <= c.signed_on <= DAY_MAX)
    if kind == "issue":
        return not (credit_code_ok(c.enterprise) and text_ok(c.contract, 64)
                    and (not c.HasField("seller") or credit_code_ok(c.seller))
                    and (not c.HasField("amount") or amount_ok(c.amount))
                    and len(c.attestations) <= 16
                    and all(text_ok(a.document, 600) for a in c.attestations))
    if kind == "redeem":
        return not (invoice_ok(c.invoice) and amount_ok(c.amount) and DAY_MIN <= c.dated <= DAY_MAX)
    if kind == "void_voucher":
        return not text_ok(c.reason, 600)
    if kind == "add_outside":
        return not (credit_code_ok(c.seller) and text_ok(c.contract, 64) and amount_ok(c.amount)
                    and text_ok(c.document, 600))
    if kind == "lapse":
        return c.HasField("day") and not DAY_MIN <= c.day <= DAY_MAX
    return False


# ---- expectations ----

@dataclass
class Expect:
    kinds: tuple                    # the first is what the book did
    reasons: tuple = ()             # refused: one of these
    result: dict = None             # fields of the entry's result
    result_kind: str = None         # issued, redeemed, ...
    postings: tuple = ()            # (line, voucher, from, to, amount)
    limits: dict = None             # (rule, name) -> at_most, for those worth checking
    holders: tuple = None
    binding: int = None             # rule of the binding limit
    number: int = None
    time: int = None
    day: int = None
    policy: int = None
    principal: str = None
    balances: dict = None           # ("line", id), ("voucher", id), ("account", enterprise, measure)
    owners: dict = None             # voucher -> (enterprise, measure), of the vouchers touched
    voucher: int = 0                # redeemed
    again: bool = False
    request_id: bytes = None
    apply: object = None

    @property
    def kind(self):
        return self.kinds[0]


def refused(*reasons, **kw):
    return Expect((REFUSED,), reasons=reasons, **kw)


INVALID_EXPECTED = ("invalid",)


class Book:
    def __init__(self, policies=(), clock=0):
        """policies: those that may be adopted, known by their file's bytes."""
        self.known = {p.file: p for p in policies}
        self.adopted = []          # policies by version - 1
        self.clock = clock
        self.head = {"entries": 1, "time": None}  # entry 1 creates the book
        self.lines = []            # number - 1 -> dict
        self.enterprises = {}
        self.contracts = {}        # (seller, number) -> dict
        self.vouchers = []         # number - 1 -> dict
        self.by_key = {}           # claim key -> vouchers
        self.by_account = {}       # (enterprise, measure) -> vouchers
        self.invoices = {}         # number -> dict
        self.shown = {}            # claim key -> fen of distinct invoices
        self.outside = {}          # (seller, contract) -> fen
        self.requests = {}         # (principal, id) -> (body, Expect)
        self.postings = []         # (entry, line, voucher, from, to, amount)
        self.issued_at = {}        # voucher -> entry
        self.days = [None, None]   # business day by entry number
        self._undo = []

    # ---- changing, so that it can be undone ----

    def put(self, where, key, value):
        missing = isinstance(where, dict) and key not in where
        old = None if missing else where[key]
        self._undo.append((where, key, old, missing))
        where[key] = value

    def push(self, where, value):
        where.append(value)
        self._undo.append((where, None, None, None))

    def mark(self):
        return len(self._undo)

    def back_to(self, mark):
        while len(self._undo) > mark:
            where, key, old, missing = self._undo.pop()
            if missing is None:
                where.pop()
            elif missing:
                del where[key]
            else:
                where[key] = old

    def forget_undo(self):
        self._undo.clear()

    # ---- plain facts ----

    @property
    def policy(self):
        return self.adopted[-1] if self.adopted else None

    def now(self):
        last = self.head["time"]
        return self.clock if last is None else max(self.clock, last)

    def today(self):
        return day_of(self.now(), self.policy.zone_minutes if self.policy else 480)

    def line(self, measure, year, source):
        for number, l in enumerate(self.lines, 1):
            if (l["measure"], l["year"], l["source"]) == (measure, year, source):
                return number
        return None

    def key(self, measure, seller, contract):
        return (measure.group or "only " + measure.code, seller, contract)

    @staticmethod
    def redeemed(v):
        return sum(paid for _, paid in v["redemptions"])

    @staticmethod
    def open(v):
        return sum(p["open"] for p in v["parts"])

    def net(self, v):
        """What a voucher still supports: its face without what was freed."""
        return v["face"] - v["freed"]

    def net_of_key(self, key):
        return (sum(self.net(v) for v in self.by_key.get(key, ()))
                + self.outside.get(key[1:], 0))

    def state(self, v):
        if v["end"]:
            return v["end"]
        return J_OPEN if self.open(v) else J_USED

    def counted(self, vouchers, ceiling, year, event):
        """What vouchers count in a ceiling."""
        total = 0
        for v in vouchers:
            if event == "issue":
                if ceiling.period == "policy" or year_of(v["issued"]) == year:
                    total += self.net(v)
            else:
                total += sum(paid for d, paid in v["redemptions"]
                             if ceiling.period == "policy" or year_of(d) == year)
        return total

    def ceiling_use(self, ceiling, measure, enterprise, key, year, event):
        """(used, of it held by this claim key)"""
        of_key = [v for v in self.by_key.get(key, ()) if v["measure"] == measure.code]
        if ceiling.scope == "contract":
            used = self.counted(of_key, ceiling, year, event)
            return used, used
        used = self.counted(self.by_account.get((enterprise, measure.code), ()), ceiling, year, event)
        return used, self.counted([v for v in of_key if v["enterprise"] == enterprise], ceiling, year, event)

    def find_contract(self, number, seller):
        """The contract's key; None where there is none or the number alone is not enough."""
        if seller:
            return (seller, number) if (seller, number) in self.contracts else None
        found = [k for k in self.contracts if k[1] == number]
        return found[0] if len(found) == 1 else None

    # ---- deciding: each gives an Expect, or None for invalid ----

    def decide(self, command, got=None):
        kind = command.WhichOneof("kind")
        if kind is None or kind == "create_book" or malformed(command):
            return None
        if kind != "adopt_policy" and not self.policy:
            return None
        return getattr(self, "decide_" + kind)(getattr(command, kind), got)

    def decide_adopt_policy(self, c, _):
        if self.adopted and self.policy.file == c.file:
            return refused(R.EXISTS)
        p = self.known.get(c.file)
        if p is None:
            return None
        return Expect((DONE,), result_kind="policy_version", result={"version": len(self.adopted) + 1},
                      apply=lambda _: self.push(self.adopted, p))

    def decide_appropriate(self, c, _):
        m = self.policy.measures.get(c.measure)
        if m is None or c.source not in [s for s, _ in m.shares]:
            return None
        if c.year not in self.policy.years():
            return refused(R.LINE_CLOSED)
        number = self.line(c.measure, c.year, c.source)
        before = self.lines[number - 1]["appropriated"] if number else 0
        if before + c.amount > LIMIT:
            return None

        def apply(_):
            if number is None:
                self.push(self.lines, {"measure": c.measure, "year": c.year, "source": c.source,
                                       "appropriated": 0, "stages": [0] * 6})
            line = self.lines[(number or len(self.lines)) - 1]
            self.put(line, "appropriated", line["appropriated"] + c.amount)
        n = number or len(self.lines) + 1
        return Expect((DONE,), result_kind="line", result={"line": n}, apply=apply,
                      postings=((n, 0, OUTSIDE, AVAILABLE, c.amount),))

    def decide_add_enterprise(self, c, _):
        p = self.policy
        if c.area not in p.areas or any(t.name not in p.traits for t in c.traits):
            return None
        traits = []
        for t in c.traits:
            first = t.from_day if t.HasField("from_day") else DAY_MIN
            last = t.to_day if t.HasField("to_day") else DAY_MAX
            if not DAY_MIN <= first <= last <= DAY_MAX:
                return None
            traits.append((t.name, first, last))
        if c.uscc in self.enterprises:
            return refused(R.EXISTS)
        row = {"name": c.name, "area": p.areas[c.area], "traits": traits}
        return Expect((DONE,), apply=lambda _: self.put(self.enterprises, c.uscc, row))

    def decide_add_contract(self, c, _):
        if c.seller == c.buyer:
            return refused(R.SAME_PARTY)
        if (c.seller, c.number) in self.contracts:
            return refused(R.EXISTS)
        row = {"buyer": c.buyer, "amount": c.amount, "signed_on": c.signed_on}
        return Expect((DONE,), apply=lambda _: self.put(self.contracts, (c.seller, c.number), row))

    def decide_issue(self, c, _):
        p = self.policy
        m = p.measures.get(c.measure)
        where = self.find_contract(c.contract, c.seller if c.HasField("seller") else None)
        if (m is None or where is None or c.enterprise not in self.enterprises
                or any(a.name not in p.attestations for a in c.attestations)):
            return None
        today = self.today()
        year = c.year if c.HasField("year") else year_of(today)
        seller = where[0]
        contract = self.contracts[where]
        if not p.first <= today <= p.last:
            return refused(R.OUTSIDE_PERIOD)
        if c.enterprise != (contract["buyer"] if m.claimant == "buyer" else seller):
            return refused(R.WRONG_PARTY)
        for t in m.traits:
            if not any(n == t and a <= today <= b for n, a, b in self.enterprises[c.enterprise]["traits"]):
                return refused(R.TRAIT_MISSING)
        if any(a not in [x.name for x in c.attestations] for a in m.attestations):
            return refused(R.ATTESTATION_MISSING)
        if m.window and not m.window[0] <= contract["signed_on"] <= m.window[1]:
            return refused(R.CONTRACT_WINDOW)
        lines = [self.line(m.code, year, source) for source, _ in m.shares]
        if not any(lines):  # a line that nothing was put on has nothing available
            return refused(R.NO_FUND_LINE)
        key = self.key(m, *where)
        holders = [v for v in reversed(self.by_key.get(key, ())) if self.net(v) > 0]
        named = tuple(v["number"] for v in holders)
        if any(v["enterprise"] != c.enterprise for v in holders):
            return refused(R.OTHER_BENEFICIARY, holders=named)

        # The limits in the order of the rules; the first of the least ones binds.
        limits = [(J.LIMIT_RATE, None, floor_rate(m.rate, contract["amount"]))]
        for ceiling in m.ceilings_on("issue"):
            used, own = self.ceiling_use(ceiling, m, c.enterprise, key, year_of(today), "issue")
            limits.append((J.LIMIT_CEILING, ceiling, max(0, ceiling.limit - used + own)))
        entitlement = min(at_most for _, _, at_most in limits)
        rest = max(0, entitlement - self.net_of_key(key))
        limits.append((J.LIMIT_SUPPORT, None, rest))
        available = [self.lines[n - 1]["stages"][AVAILABLE] if n else 0 for n in lines]
        funds = most_that_fits(m, available)
        asked = c.amount if c.HasField("amount") else rest
        if asked > funds and fits(asked, m, available):  # though something smaller would not fit
            funds = asked
        limits.append((J.LIMIT_FUNDS, None, funds))
        least = min(at_most for _, _, at_most in limits)
        binding = next(rule for rule, _, at_most in limits if at_most == least)
        shown = {"limits": limits, "binding": binding, "holders": named}
        why = {J.LIMIT_RATE: R.RATE, J.LIMIT_CEILING: R.CEILING,
               J.LIMIT_SUPPORT: R.SUPPORTED_ALREADY, J.LIMIT_FUNDS: R.FUNDS}

        wanted = c.amount if c.HasField("amount") else rest
        if c.HasField("amount"):
            if wanted > least:
                return refused(why[binding], **shown)
        elif rest == 0:
            return refused(why[binding], **shown)
        elif m.shortfall == "partial":
            wanted = min(rest, funds)
        if wanted == 0 or wanted > funds:
            return refused(R.FUNDS, **shown)

        number = len(self.vouchers) + 1
        parts = split_face(wanted, m)
        v = {"number": number, "measure": m.code, "enterprise": c.enterprise, "key": key, "seller": seller,
             "contract": c.contract, "rate": m.rate, "face": wanted, "freed": 0, "redemptions": [],
             "invoices": {}, "issued": today, "valid_to": p.valid_to(today),
             "redeem_to": p.redeem_to(today), "end": None, "odd": m.odd, "policy": len(self.adopted),
             "tops_up": named[0] if named else 0, "changed": today,
             "parts": [{"line": l, "face": f, "open": f} for l, f in zip(lines, parts)]}

        def apply(entry):
            self.push(self.vouchers, v)
            for index, k in ((self.by_key, key), (self.by_account, (c.enterprise, m.code))):
                if k not in index:
                    self.put(index, k, [])
                self.push(index[k], v)
            self.put(self.issued_at, number, entry)
        result = {"voucher": number, "face": wanted, "basis": contract["amount"],
                  "rate": int(m.rate * 1_000_000), "valid_to": v["valid_to"], "redeem_to": v["redeem_to"],
                  "seller": seller, "tops_up": v["tops_up"]}
        return Expect((DONE,), result_kind="issued", result=result, apply=apply, **shown,
                      postings=tuple((l, number, AVAILABLE, COMMITTED, f)
                                     for l, f in zip(lines, parts) if f))

    def decide_redeem(self, c, _):
        if not 1 <= c.voucher <= len(self.vouchers):
            return None
        v = self.vouchers[c.voucher - 1]
        today = self.today()
        if self.state(v) != J_OPEN:
            return refused(R.VOUCHER_STATE)
        if today > v["redeem_to"]:
            return refused(R.EXPIRED)
        if c.dated < self.policy.statistics_from:
            return refused(R.INVOICE_TOO_EARLY)
        if c.dated > today:
            return refused(R.INVOICE_IN_FUTURE)
        key = v["key"]
        seen = self.invoices.get(c.invoice)
        if seen:
            if c.invoice in v["invoices"] or seen["key"] != key:
                return refused(R.INVOICE_USED)
            if (seen["dated"], seen["amount"]) != (c.dated, c.amount):
                return refused(R.INVOICE_DIFFERS)
        siblings = self.by_key[key]
        rate = max(s["rate"] for s in siblings if self.net(s) > 0)
        on_voucher = sum(v["invoices"].values()) + c.amount
        on_key = self.shown.get(key, 0) + (0 if seen else c.amount)
        before = self.redeemed(v)
        limits = [(J.LIMIT_FACE, None, v["face"] - before),
                  (J.LIMIT_INVOICED, None, max(0, floor_rate(v["rate"], on_voucher) - before)),
                  (J.LIMIT_CLAIM, None,
                   max(0, floor_rate(rate, on_key) - sum(self.redeemed(s) for s in siblings)))]
        m = self.policy.measures.get(v["measure"])
        for ceiling in m.ceilings_on("redeem") if m else ():
            used, _ = self.ceiling_use(ceiling, m, v["enterprise"], key, year_of(today), "redeem")
            limits.append((J.LIMIT_CEILING, ceiling, max(0, ceiling.limit - used)))
        paid = min(at_most for _, _, at_most in limits)
        split = split_payment(paid, [p["open"] for p in v["parts"]], v["odd"])

        def apply(_):
            self.put(v["invoices"], c.invoice, c.amount)
            if not seen:
                self.put(self.invoices, c.invoice, {"key": key, "dated": c.dated, "amount": c.amount})
                self.put(self.shown, key, self.shown.get(key, 0) + c.amount)
            if paid:
                self.push(v["redemptions"], (today, paid))
            for p, amount in zip(v["parts"], split):
                self.put(p, "open", p["open"] - amount)
        return Expect((DONE,), result_kind="redeemed", limits=limits, apply=apply,
                      voucher=v["number"],
                      result={"paid": paid, "invoice_shared": bool(seen)},
                      postings=tuple((p["line"], v["number"], COMMITTED, PAYABLE, a)
                                     for p, a in zip(v["parts"], split) if a))

    def free(self, v):
        return tuple((p["line"], v["number"], COMMITTED, AVAILABLE, p["open"])
                     for p in v["parts"] if p["open"])

    def end_voucher(self, v, how):
        self.put(v, "freed", v["freed"] + self.open(v))
        for p in v["parts"]:
            self.put(p, "open", 0)
        self.put(v, "end", how)

    def decide_void_voucher(self, c, _):
        if not 1 <= c.voucher <= len(self.vouchers):
            return None
        v = self.vouchers[c.voucher - 1]
        if self.state(v) != J_OPEN:
            return refused(R.VOUCHER_STATE)
        return Expect((DONE,), result_kind="freed", result={"freed": self.open(v)}, postings=self.free(v),
                      apply=lambda _: self.end_voucher(v, J_VOIDED))

    def decide_add_outside(self, c, _):
        where = (c.seller, c.contract)
        if where not in self.contracts or self.outside.get(where, 0) + c.amount > LIMIT:
            return None
        return Expect((DONE,),
                      apply=lambda _: self.put(self.outside, where, self.outside.get(where, 0) + c.amount))

    def due(self, d):
        return [v for v in self.vouchers if self.state(v) == J_OPEN and v["redeem_to"] <= d]

    def decide_lapse(self, c, got):
        """Which vouchers lapse first is the daemon's choice: it is taken from its answer and held against
        the rules."""
        d = c.day if c.HasField("day") else self.today() - 1
        if d >= self.today():
            return refused(R.DAY_NOT_OVER)
        due = {v["number"]: v for v in self.due(d)}
        chosen = list(got.entry.lapsed.vouchers) if got is not None else []
        more = got.entry.lapsed.more if got is not None else False
        assert len(set(chosen)) == len(chosen) <= 256, "lapsed twice or too many: %s" % chosen
        assert all(n in due for n in chosen), "lapsed though not due: %s" % [n for n in chosen
                                                                              if n not in due]
        assert more == (len(chosen) < len(due)), "more is %s with %d of %d due" % (more, len(chosen), len(due))
        vouchers = [due[n] for n in chosen]

        def apply(_):
            for v in vouchers:
                self.end_voucher(v, J_LAPSED)
        return Expect((DONE,), result_kind="lapsed", apply=apply,
                      result={"day": d, "freed": sum(self.open(v) for v in vouchers), "more": more,
                              "vouchers": chosen},
                      postings=tuple(p for v in vouchers for p in self.free(v)))

    # ---- booking ----

    def book(self, expect, principal, request_id, body):
        number = self.head["entries"] + 1
        now = self.now()
        expect.number, expect.time, expect.day = number, now, self.today()
        expect.policy, expect.principal, expect.request_id = len(self.adopted), principal, request_id
        self.put(self.head, "entries", number)
        self.put(self.head, "time", now)
        self.push(self.days, expect.day)
        if expect.kind == DONE and expect.apply:
            expect.apply(number)
        for line, voucher, a, b, amount in expect.postings:
            stages = self.lines[line - 1]["stages"]
            if a != OUTSIDE:
                assert stages[a] >= amount
                self.put(stages, a, stages[a] - amount)
            self.put(stages, b, stages[b] + amount)
            self.push(self.postings, (number, line, voucher, a, b, amount))
        expect.balances = self.balances_of(expect)
        if (principal, request_id) not in self.requests:
            self.put(self.requests, (principal, request_id), (body, expect))
        return expect

    def balances_of(self, expect):
        out = {}
        touched = {p[1] for p in expect.postings} | {expect.voucher}
        expect.owners = {n: (self.vouchers[n - 1]["enterprise"], self.vouchers[n - 1]["measure"])
                         for n in touched if n}
        for line, voucher, *_ in expect.postings:
            out["line", line] = tuple(self.lines[line - 1]["stages"])
            if voucher:
                v = self.vouchers[voucher - 1]
                out["voucher", voucher] = self.voucher_stages(v)
                account = (v["enterprise"], v["measure"])
                if ("account",) + account not in out:
                    out[("account",) + account] = self.account_stages(*account)
        return out

    def voucher_stages(self, v):
        redeemed = self.redeemed(v)
        return (v["freed"], 0, v["face"] - v["freed"] - redeemed, redeemed, 0, 0)

    def account_stages(self, enterprise, measure):
        total = [0] * 6
        for v in self.by_account.get((enterprise, measure), ()):
            total = [a + b for a, b in zip(total, self.voucher_stages(v))]
        return tuple(total)

    # ---- what a client sends ----

    def step(self, one, principal, got=None, dry_run=False):
        """One row that stands alone: its Expect."""
        body = one.command.SerializeToString(deterministic=True)
        first = self.requests.get((principal, one.request_id))
        if first and not dry_run:
            if first[0] != body:
                return Expect((INVALID,))
            return Expect(first[1].kinds[:1], again=True, request_id=one.request_id)
        expect = self.decide(one.command, got)
        if expect is None:
            return Expect((INVALID,))
        return self.book(expect, principal, one.request_id, body)

    def batch(self, asks, principal, atomic=False, dry_run=False, got=None):
        """A request's rows: an Expect for each."""
        mark = self.mark()
        out = []
        for i, one in enumerate(asks):
            expect = self.step(one, principal, got[i] if got else None, dry_run)
            out.append(expect)
            if atomic and expect.kind != DONE:
                out = self.undo_batch(mark, asks, out, expect, principal)
                break
        if dry_run:
            self.back_to(mark)
        elif self.mark() > 100_000:
            self.forget_undo()
        return out

    def undo_batch(self, mark, asks, out, failed, principal):
        """An all-or-nothing batch failed at its last row decided, the first that could not be done: nothing of
        it is booked, but a refusal itself. Later rows were not looked at."""
        k = len(out) - 1
        self.back_to(mark)
        answers = [Expect((NOT_DONE, DONE) if i < k and out[i].again else (NOT_DONE,))
                   for i in range(len(asks))]
        if failed.kind == REFUSED and not failed.again:
            if failed.holders:  # rows that came to nothing are not named
                failed.holders = tuple(n for n in failed.holders[:8] if n <= len(self.vouchers))
            body = asks[k].command.SerializeToString(deterministic=True)
            failed = self.book(failed, principal, asks[k].request_id, body)
        answers[k] = failed
        return answers

    # ---- the whole book, for comparing ----

    def as_of_stages(self, entry):
        """Stages of every line and voucher as of an entry, from the postings alone."""
        lines, vouchers = {}, {}
        for number, line, voucher, a, b, amount in self.postings:
            if number > entry:
                break
            s = lines.setdefault(line, [0] * 6)
            if a != OUTSIDE:
                s[a] -= amount
            s[b] += amount
            if voucher:
                s = vouchers.setdefault(voucher, [0] * 6)
                if a != AVAILABLE:  # what comes from there is the voucher's beginning
                    s[a] -= amount
                s[b] += amount
        return lines, vouchers

    def last_entry_of_day(self, d):
        last = 0
        for number in range(2, len(self.days)):
            if self.days[number] <= d:
                last = number
        return max(last, 1)


J_OPEN, J_USED, J_VOIDED, J_LAPSED = 1, 2, 3, 4
