# SPDX-License-Identifier: Apache-2.0
"""A second, naive implementation of the book, written from the rules alone: ints, Fractions, dicts, lists
and scans. It says what the daemon must answer; where the rules leave a choice it says the set of choices.

A Book changes through put() and push() only, which remember how to go back: that is how dry runs and
failed all-or-nothing batches leave no trace."""

import hashlib
import hmac
from dataclasses import dataclass
from fractions import Fraction

from rules import Case, fact_text, fact_value, term_end, text_ok, within
from vclient import (DONE, INVALID, J, NOT_DONE, REFUSED, USCC_ALPHABET, add_months, day, day_of, month_days,
                     uscc_check, year_of)

LIMIT = 900_000_000_000_000
DAY_MIN, DAY_MAX = day("1900-01-01"), day("2199-12-31")
AVAILABLE, HELD, COMMITTED, PAYABLE, PAID, RETURNED, OUTSIDE = range(7)
STAGES = ("available", "held", "committed", "payable", "paid", "returned")
R = J.Reason


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


def invoice_ok(text):
    if len(text) == 20:
        return text.isascii() and text.isdigit()
    code, hyphen, number = text.partition("-")
    return (hyphen == "-" and len(code) in (10, 12) and len(number) == 8
            and (code + number).isascii() and (code + number).isdigit())


def amount_ok(amount):
    return 1 <= amount <= LIMIT


def facts_formed(facts):
    names = [f.name for f in facts]
    return (len(names) <= 16 and len(set(names)) == len(names)
            and all(text_ok(f.value, 128) and f.value.isprintable() for f in facts))


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
        return not (credit_code_ok(c.enterprise) and (not c.HasField("contract") or text_ok(c.contract, 64))
                    and (not c.HasField("seller") or credit_code_ok(c.seller))
                    and (not c.HasField("amount") or amount_ok(c.amount))
                    and len(c.attestations) <= 16 and facts_formed(c.facts)
                    and all(text_ok(a.document, 600) for a in c.attestations))
    if kind == "redeem":
        return not (invoice_ok(c.invoice) and amount_ok(c.amount) and DAY_MIN <= c.dated <= DAY_MAX)
    if kind == "void_voucher":
        return not text_ok(c.reason, 600)
    if kind == "add_outside":
        where = (facts_formed(c.facts) if not c.HasField("contract")
                 else credit_code_ok(c.seller) and text_ok(c.contract, 64))
        return not (where and amount_ok(c.amount) and text_ok(c.document, 600))
    if kind == "amend_enterprise":
        return not (credit_code_ok(c.uscc) and len(c.traits) <= 16 and text_ok(c.document, 600))
    if kind == "raise_ceiling":
        return not (credit_code_ok(c.enterprise) and amount_ok(c.limit) and text_ok(c.document, 600))
    if kind == "withdraw":
        return not text_ok(c.reason, 600)
    if kind in ("pay", "bank_return"):
        return not text_ok(c.document, 600) or (kind == "pay" and c.HasField("payee")
                                                and not credit_code_ok(c.payee))
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
    def __init__(self, policies=(), clock=0, person_key=b""):
        """policies: those that may be adopted, known by their file's bytes."""
        self.person_key = person_key
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
        self.outside = {}          # (seller, contract), or the claim key of other spending -> fen
        self.by_scope = {}         # (measure, scope, what of it) -> vouchers
        self.firsts = {}           # the same -> day of the first grant
        self.records = []          # claims noted without money
        self.designations = []
        self.waiting = []          # places in lines and rounds, in their order
        self.raised = {}           # (enterprise, measure, ceiling's name) -> fen
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

    def line(self, purse, year, source, area=""):
        for number, l in enumerate(self.lines, 1):
            if (l["measure"], l["year"], l["source"], l["area"]) == (purse, year, source, area):
                return number
        return None

    def line_of(self, m, i, year, area):
        """The line that a measure's share draws on."""
        period, by_area = self.policy.pools.get(m.purse(i), ("year", False))
        return self.line(m.purse(i), self.policy.years()[0] if period == "policy" else year, m.shares[i][0],
                         area if by_area else "")

    def key(self, measure, spending, facts):
        """What a spending's support is counted by. spending: (seller, number), or values of fields."""
        group = self.policy.group_of(measure)
        if group and group.key:
            spending = tuple(facts[n] for n in group.key)
        return (group.name if group else "only " + measure.code,) + spending

    def outside_of(self, measure, key, spending):
        """Support from outside that was declared for it."""
        return self.outside.get(key if measure.spending else spending, 0)

    @staticmethod
    def redeemed(v):
        return sum(paid for _, paid in v["redemptions"])

    @staticmethod
    def open(v):
        return sum(p["open"] for p in v["parts"])

    def net(self, v):
        """What a voucher still supports: its face without what was freed."""
        return v["face"] - v["freed"]

    def state(self, v):
        if v["end"]:
            return v["end"]
        return J_OPEN if self.open(v) else J_USED

    def counted(self, vouchers, ceiling, year, event):
        """What vouchers count in a ceiling."""
        total = 0
        for v in vouchers:
            if event == "issue":
                if ceiling.period != "year" or year_of(v["issued"]) == year:
                    total += self.net(v)
            else:
                total += sum(paid for d, paid in v["redemptions"]
                             if ceiling.period != "year" or year_of(d) == year)
        return total

    @staticmethod
    def scope_value(scope, enterprise, row, spending, facts):
        """Whose claims count together in a ceiling of that scope."""
        if scope == "enterprise":
            return enterprise
        if scope == "spending":
            return spending
        if scope == "related":
            return row["related"] or (enterprise,)
        if scope == "area":
            return row["area"]
        if scope == "all":
            return ()
        return tuple(enterprise if n == "enterprise" else facts.get(n) for n in scope)

    def scopes_of(self, code):
        """The scopes by which claims on a measure are counted."""
        return {"enterprise"} | {c.spelled() for m in self.policy.measures.values() for c in m.ceilings
                                 if code == m.code or code in c.measures}

    def most(self, ceiling, m, enterprise, facts):
        """How much a ceiling allows; None: it does not bind."""
        if ceiling.share:
            value = facts.get(ceiling.share[1])
            return None if value is None else int(ceiling.share[0] * value)
        return max(ceiling.limit, self.raised.get((enterprise, m.code, ceiling.name), 0))

    def in_ceiling(self, ceiling, m, value):
        out = []
        for code in {m.code, *ceiling.measures}:
            out += self.by_scope.get((code, ceiling.spelled(), value), ())
        return out

    def ceiling_use(self, ceiling, m, value, today):
        """(vouchers that count, used)"""
        vouchers = self.in_ceiling(ceiling, m, value)
        if ceiling.counts:
            return vouchers, sum(1 for v in vouchers if self.net(v) > 0 and (
                ceiling.period != "year" or year_of(v["issued"]) == year_of(today)))
        return vouchers, self.counted(vouchers, ceiling, year_of(today), ceiling.event)

    def waited_for(self, measures, enterprise, but):
        """What an enterprise's claims on some measures wait for, all but one."""
        amounts = {"open": "wanted", "allowed": "allowance"}
        return sum(w[amounts[w["state"]]] for w in self.waiting
                   if w["measure"] in measures and w["enterprise"] == enterprise and w["state"] in amounts
                   and (w["measure"], w["spending"], w["year"]) != but)

    def is_over(self, ceiling, m, value, today):
        """The months from the first grant are gone. Where all was freed again the next grant is the first."""
        firsts = [self.firsts[code, ceiling.spelled(), value] for code in {m.code, *ceiling.measures}
                  if any(self.net(v) for v in self.by_scope.get((code, ceiling.spelled(), value), ()))]
        return ceiling.period == "months" and bool(firsts) and today >= add_months(min(firsts), ceiling.months)

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
        if (c.measure, c.source) not in self.policy.purses():
            return None
        period, by_area = self.policy.pools.get(c.measure, ("year", False))
        area = self.policy.areas.get(c.area, "") if by_area else ""
        if by_area != c.HasField("area") or (by_area and not area):
            return None
        if period == "policy" and c.year != self.policy.years()[0]:
            return None
        if c.year not in self.policy.years():
            return refused(R.LINE_CLOSED)
        number = self.line(c.measure, c.year, c.source, area)
        before = self.lines[number - 1]["appropriated"] if number else 0
        if before + c.amount > LIMIT:
            return None

        def apply(_):
            if number is None:
                self.push(self.lines, {"measure": c.measure, "year": c.year, "source": c.source, "area": area,
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
        if c.HasField("related") and not text_ok(c.related, 47):
            return None
        row = {"name": c.name, "area": p.areas[c.area], "traits": traits, "related": c.related or None}
        return Expect((DONE,), apply=lambda _: self.put(self.enterprises, c.uscc, row))

    def decide_add_contract(self, c, _):
        if c.seller == c.buyer:
            return refused(R.SAME_PARTY)
        if (c.seller, c.number) in self.contracts:
            return refused(R.EXISTS)
        row = {"buyer": c.buyer, "amount": c.amount, "signed_on": c.signed_on}
        return Expect((DONE,), apply=lambda _: self.put(self.contracts, (c.seller, c.number), row))

    def read_facts(self, facts, m):
        """{field: value}; None where something is stated that should not be, or not as its field has it."""
        out = {}
        for f in facts:
            known = self.policy.fields.get(f.name)
            value = fact_value(known, f.value) if known else None
            if value is None or f.name not in m.may(self.policy.fields):
                return None
            out[f.name] = value
        return out

    def person(self, kind, number):
        """How the book knows a person: by a hash keyed with the office's key, and the key's id."""
        told = hmac.new(self.person_key, ("%s\0%s" % (kind, number)).encode(), "sha256").hexdigest()
        return hashlib.sha256(self.person_key).hexdigest()[:8] + ":" + told[:32]

    def claim_facts(self, c, m):
        facts = self.read_facts(c.facts, m)
        if facts is None:
            return None
        if c.HasField("person"):
            if c.person.field in facts or c.person.field not in m.may(self.policy.fields):
                return None
            facts[c.person.field] = self.person(c.person.type, c.person.number)
        return facts if m.must_state() <= set(facts) else None

    @staticmethod
    def spending_of(m, facts):
        """The values that name a spending."""
        return tuple(facts[n] for n in m.spending)

    def has_trait(self, enterprise, trait, today):
        return any(n == trait and a <= today <= b for n, a, b in self.enterprises[enterprise]["traits"])

    def holds_on(self, enterprise, codes, on):
        return any(d["enterprise"] == enterprise and d["measure"] in codes and d["from"] <= on <= d["to"]
                   for d in self.designations)

    def case_holds(self, when, x):
        """Whether all of a condition holds for a claim."""
        for name, test in (when or {}).items():
            if name == "trait":
                ok = all(self.has_trait(x["enterprise"], t, x["today"]) for t in test)
            elif name == "no-trait":
                ok = not any(self.has_trait(x["enterprise"], t, x["today"]) for t in test)
            elif name == "area":
                ok = self.enterprises[x["enterprise"]]["area"] in test
            elif name == "code-begins":
                ok = x["enterprise"].startswith(tuple(test))
            elif name in ("base", "enjoyed", "outside"):
                ok = within(x[name], test)
            else:
                value = x["facts"].get(name)
                ok = value is not None and (within(value, test) if isinstance(test, dict) else value in test)
            if not ok:
                return False
        return True

    def not_eligible(self, m, x, c):
        """The first reason why this claim may not be made at all; None: it may."""
        p, today, enterprise, contract = self.policy, x["today"], x["enterprise"], x["contract"]
        first, last = p.period(m)
        if m.awaiting:
            return R.AWAITING_GUIDE
        if not first <= today <= last:
            return R.OUTSIDE_PERIOD
        now = self.now()
        if m.intake and not any(a <= now and (now <= b if inclusive else now < b) for a, b, inclusive in m.intake):
            return R.INTAKE_CLOSED
        if m.code_begins and not enterprise.startswith(m.code_begins):
            return R.NOT_BENEFICIARY
        if contract:
            sides = {"buyer": contract["buyer"], "seller": x["spending"][0]}
            may = list(sides.values()) if m.claimant == "either" else [sides[m.claimant]]
            if enterprise not in may:
                return R.WRONG_PARTY
            if m.first_right and today <= m.first_right[1] and enterprise != sides[m.first_right[0]]:
                return R.FIRST_RIGHT
        if not all(self.has_trait(enterprise, t, today) for t in m.traits):
            return R.TRAIT_MISSING
        needed = list(m.attestations) + (list(m.redeem_attestations) if m.grants else [])
        if any(a not in [s.name for s in c.attestations] for a in needed):
            return R.ATTESTATION_MISSING
        if m.window and not m.window[0] <= contract["signed_on"] <= m.window[1]:
            return R.CONTRACT_WINDOW
        for a, b, months in m.terms:
            begins = contract["signed_on"] if a == "signed" else x["facts"][a]
            if x["facts"][b] < term_end(begins, months):
                return R.TERM_TOO_SHORT
        for name in m.spending or ():
            kind, value = p.fields[name].type, x["facts"][name]
            if kind in ("month", "year"):
                begins, ends = ((day("%d-01-01" % value), day("%d-12-31" % value)) if kind == "year"
                                else month_days(value))
                if ends < p.statistics_from or begins > today:
                    return R.SPENDING_TIME
        if m.kind == "interest":
            begins, ends = (x["facts"][n] for n in m.interest)
            if begins < p.statistics_from or ends > today:
                return R.SPENDING_TIME
        if not self.case_holds(m.require, x):
            return R.CONDITION
        if m.least is not None and not m.crossing and x["spent"] < m.least:
            return R.CONDITION
        if m.unrelated and contract:
            rows = [self.enterprises.get(e) for e in (x["spending"][0], contract["buyer"])]
            if all(rows) and rows[0]["related"] and rows[0]["related"] == rows[1]["related"]:
                return R.RELATED_PARTIES
        for held, who in ((m.seller_holds, x["spending"][0]), (m.holds, enterprise)):
            if held:
                on = {"issue": today, "signed": contract and contract["signed_on"]}.get(held[1])
                on = x["facts"][held[1]] if on is None else on
                if on > today or not self.holds_on(who, held[0], on):
                    return R.DESIGNATION_MISSING
        return None

    def year_sums(self, m, enterprise, year):
        """(what the enterprise spent in the year, of it noted and not supported, what was accounted for)"""
        of = [v for v in self.by_account.get((enterprise, m.code), ()) if year_of(v["issued"]) == year]
        noted = [r for r in self.records if (r["enterprise"], r["measure"], r["year"]) == (enterprise, m.code, year)]
        spent = sum(v["spent"] for v in of if self.net(v) > 0) + sum(r["spent"] for r in noted)
        return spent, sum(r["spent"] for r in noted if not r["supported"]), sum(v["accounted"] for v in of if self.net(v) > 0)

    def decide_issue(self, c, _):
        p = self.policy
        m = p.measures.get(c.measure)
        if (m is None or c.enterprise not in self.enterprises
                or any(a.name not in p.attestations for a in c.attestations)):
            return None
        facts = self.claim_facts(c, m)
        if facts is None:
            return None
        contract = None
        if m.spending:
            if c.HasField("contract") or c.HasField("seller"):
                return None
            spending = self.spending_of(m, facts)
        else:
            spending = self.find_contract(c.contract, c.seller if c.HasField("seller") else None)
            if spending is None:
                return None
            contract = self.contracts[spending]
        today = self.today()
        key = self.key(m, spending, facts)
        outside = self.outside_of(m, key, spending)
        base = {"contract": contract and contract["amount"], "outside": outside}.get(m.base)
        if m.kind != "rate":
            base = 0
        elif base is None:
            base = facts[m.base]
        x = {"enterprise": c.enterprise, "contract": contract, "spending": spending, "facts": facts, "today": today,
             "spent": base, "base": base, "outside": outside,
             "enjoyed": 1 + len({year_of(v["issued"]) for v in self.by_account.get((c.enterprise, m.code), ())
                                 if self.net(v) > 0 and year_of(v["issued"]) < year_of(today)})}
        if m.crossing:
            x["base"] += self.year_sums(m, c.enterprise, year_of(today))[0]
            if x["base"] > LIMIT:
                return None
        why = self.not_eligible(m, x, c)
        if why:
            return refused(why)
        if m.kind == "designation":
            return self.designate(m, x, key)
        year = c.year if c.HasField("year") else year_of(today)
        x["year"] = year
        lines = [self.line_of(m, i, year, self.enterprises[c.enterprise]["area"]) for i in range(len(m.shares))]
        if not any(lines):  # a line that nothing was put on has nothing available
            return refused(R.NO_FUND_LINE)
        group = p.group_of(m)
        holders = [v for v in reversed(self.by_key.get(key, ())) if self.net(v) > 0]
        named = tuple(v["number"] for v in holders)
        if any(v["enterprise"] != c.enterprise for v in holders):
            return refused(R.OTHER_BENEFICIARY, holders=named)
        if group and group.outside == "excludes" and outside:
            return refused(R.SUPPORTED_OUTSIDE)
        if group and group.rule == "exclude" and any(v["measure"] != m.code for v in holders):
            return refused(R.SUPPORTED_ALREADY, holders=named)
        if m.crossing:
            mine = [v for v in self.by_account.get((c.enterprise, m.code), ()) if v["spending"] == spending]
            if (any(v["spent"] and self.net(v) > 0 for v in mine)
                    or any(r["measure"] == m.code and r["spending"] == spending for r in self.records)):
                return refused(R.EXISTS)
            if m.least is not None and x["base"] < m.least:
                return self.note(m, x)
        return self.grant(m, x, c, group, key, lines, holders)

    def designate(self, m, x, key):
        if m.cases:
            case = next((k for k in m.cases if self.case_holds(k.when, x)), None)
            if case is None:
                return refused(R.NO_CASE)
            if case.refuse:
                return refused(R.CASE_REFUSES)
        if any(d["key"] == key and d["to"] == DAY_MAX for d in self.designations):
            return refused(R.EXISTS)
        row = {"enterprise": x["enterprise"], "measure": m.code, "key": key, "from": x["today"], "to": DAY_MAX}
        return Expect((DONE,), result_kind="issued",
                      result={"given": J.GIVEN_DESIGNATION, "voucher": 0, "face": 0},
                      apply=lambda entry: self.push(self.designations, dict(row, entry=entry)))

    def note(self, m, x):
        """Below the least amount: it counts later in the year."""
        row = {"enterprise": x["enterprise"], "measure": m.code, "year": year_of(x["today"]), "spent": x["spent"],
               "spending": x["spending"], "supported": False}
        return Expect((DONE,), result_kind="issued", apply=lambda _: self.push(self.records, row),
                      result={"given": J.GIVEN_RECORD, "voucher": 0, "face": 0, "spent": x["spent"]})

    def worth(self, m, x, case, rate):
        """(rule, what the measure gives before any other limit, what the rate is of)"""
        facts = x["facts"]
        if m.kind == "rate":
            spent, noted, accounted = self.year_sums(m, x["enterprise"], year_of(x["today"]))
            if m.crossing == "recompute":
                return J.LIMIT_YEAR, max(0, floor_rate(rate, x["base"]) - accounted), x["base"]
            base = x["spent"] + (noted if m.crossing == "keep" else 0)
            return J.LIMIT_RATE, floor_rate(rate, base), base
        if m.kind == "interest":
            days = max(0, facts[m.interest[1]] - facts[m.interest[0]])
            return (J.LIMIT_INTEREST, min(LIMIT, int(Fraction(rate) * facts[m.principal] * days / m.days_of_year)),
                    facts[m.principal])
        if m.kind in ("unit", "unit-year"):
            units = facts[m.quantity] * (10_000 if self.policy.fields[m.quantity].type == "count" else 1)
            if m.quantity_at_most is not None:
                units = min(units, m.quantity_at_most)
            return J.LIMIT_UNIT, min(LIMIT, case.amount * units // 10_000), None
        return J.LIMIT_UNIT if m.kind == "person-month" else J.LIMIT_AWARD, case.amount, None

    def grant(self, m, x, c, group, key, lines, holders):
        p, today, facts = self.policy, x["today"], x["facts"]
        cases = m.cases or (Case(rate=m.rate, amount=m.amount),)
        case = next((k for k in cases if self.case_holds(k.when, x)), None)
        if case is None:
            return refused(R.NO_CASE)
        if case.refuse:
            return refused(R.CASE_REFUSES)
        by_rate = m.kind in ("rate", "interest")
        if c.HasField("rate") and (not by_rate or m.crossing == "recompute"):
            return None
        rate = case.rate if by_rate else Fraction(1)
        if c.HasField("rate"):
            if Fraction(c.rate, 1_000_000) > rate:
                return refused(R.APPLIED_RATE)
            rate = Fraction(c.rate, 1_000_000)

        # The limits in the order of the rules; the first of the least ones binds.
        rule, worth, basis = self.worth(m, x, case, rate)
        limits = [(rule, None, worth)]
        # Other spendings of the same measure under the group's key stand beside this one.
        mine = [v for v in self.by_key.get(key, ()) if v["measure"] == m.code and v["spending"] == x["spending"]]
        others = [v for v in self.by_key.get(key, ()) if v["measure"] != m.code]
        adds_up = group is not None and group.rule == "add-up"
        counted = mine if adds_up else mine + others
        row = self.enterprises[c.enterprise]
        for ceiling in [k for k in m.ceilings_on("issue") if k.counts] + [
                k for k in m.ceilings_on("issue") if not k.counts]:
            most = self.most(ceiling, m, c.enterprise, facts)
            if most is None:
                continue
            used, own, over = 0, 0, False
            if ceiling.scope != "claim":
                value = self.scope_value(ceiling.spelled(), c.enterprise, row, x["spending"], facts)
                vouchers, used = self.ceiling_use(ceiling, m, value, today)
                if ceiling.scope == "enterprise" and not ceiling.counts and ceiling.period != "months":
                    used += self.waited_for({m.code, *ceiling.measures}, c.enterprise,
                                            (m.code, x["spending"], x["year"]))
                numbers = {v["number"] for v in counted}
                own = self.counted([v for v in vouchers if v["number"] in numbers], ceiling, year_of(today), "issue")
                over = self.is_over(ceiling, m, value, today)
            if ceiling.counts:
                limits.append((J.LIMIT_COUNT, ceiling, 0 if over or used >= most else worth))
            else:
                limits.append((J.LIMIT_CEILING, ceiling, 0 if over else max(0, most - used + own)))
        entitlement = min(at_most for _, _, at_most in limits)
        # A rate of the support from outside is not less for it.
        counts_outside = (group is None or group.outside != "ignored") and m.base != "outside"
        support = sum(self.net(v) for v in counted)
        if counts_outside and not adds_up:
            support += x["outside"]
        rest = max(0, entitlement - support)
        limits.append((J.LIMIT_SUPPORT, None, rest))
        if adds_up:
            held = sum(self.net(v) for v in mine + others)
            held += x["outside"] if counts_outside else 0
            left = max(0, floor_rate(group.ceiling, basis) - held)
            limits.append((J.LIMIT_GROUP, None, left))
            rest = min(rest, left)
        named = tuple(v["number"] for v in holders)
        given = {"m": m, "x": x, "group": group, "key": key, "lines": lines, "rate": rate, "basis": basis,
                 "asked": c.amount if c.HasField("amount") else None, "limits": limits, "rest": rest, "holders": named}
        if m.shortfall in ("queue", "round"):
            return self.in_turn(given)
        available = [self.lines[n - 1]["stages"][AVAILABLE] if n else 0 for n in lines]
        wanted = self.decide_amount(given, self.fitting(given, available))
        return wanted if isinstance(wanted, Expect) else self.issue_voucher(given, wanted)

    def fitting(self, given, available):
        """The most that the lines have for a claim."""
        funds = most_that_fits(given["m"], available)
        asked = given["rest"] if given["asked"] is None else given["asked"]
        if asked > funds and fits(asked, given["m"], available):  # though something smaller would not fit
            funds = asked
        return funds

    def decide_amount(self, given, funds, by=J.LIMIT_FUNDS):
        """What is given with so much money; or the refusal. given["shown"]: the limits looked at."""
        asked, rest, m = given["asked"], given["rest"], given["m"]
        limits = given["limits"] + [(by, None, funds)]
        least = min(at_most for _, _, at_most in limits)
        binding = next(rule for rule, _, at_most in limits if at_most == least)
        shown = given["shown"] = {"limits": limits, "binding": binding, "holders": given["holders"]}
        why = {J.LIMIT_CEILING: R.CEILING, J.LIMIT_COUNT: R.COUNT, J.LIMIT_SUPPORT: R.SUPPORTED_ALREADY,
               J.LIMIT_GROUP: R.SUPPORTED_ALREADY, J.LIMIT_FUNDS: R.FUNDS,
               J.LIMIT_ROUND: R.FUNDS}

        wanted = rest if asked is None else asked
        if asked is not None:
            if wanted > least:
                return refused(why.get(binding, R.RATE), **shown)
        elif rest == 0:
            return refused(why.get(binding, R.RATE), **shown)
        elif m.shortfall == "partial" or by == J.LIMIT_ROUND:
            wanted = min(rest, funds)
        if wanted == 0 or wanted > funds:
            return refused(R.FUNDS, **shown)
        return wanted

    # ---- who waits for money ----

    def waiting_of(self, m, year):
        """Who waits in a measure's line or open round, the first first."""
        return [w for w in self.waiting if (w["measure"], w["year"], w["state"]) == (m.code, year, "open")]

    def in_turn(self, given):
        m, x = given["m"], given["x"]
        available = [self.lines[n - 1]["stages"][AVAILABLE] if n else 0 for n in given["lines"]]
        got = self.decide_amount(given, self.fitting(given, available))
        shown = given["shown"]
        if isinstance(got, Expect) and got.reasons != (R.FUNDS,):
            return got
        mine = next((w for w in self.waiting if w["measure"] == m.code and w["spending"] == x["spending"]
                     and w["state"] in ("open", "allowed")), None)
        if mine and mine["year"] != x["year"]:
            return refused(R.WAITS, **shown)
        if mine and mine["enterprise"] != x["enterprise"]:
            return refused(R.OTHER_BENEFICIARY, holders=given["holders"])
        if mine and mine["state"] == "allowed":
            got = self.decide_amount(given, mine["allowance"], J.LIMIT_ROUND)
            return got if isinstance(got, Expect) else self.issue_voucher(given, got, mine)
        line = self.waiting_of(m, x["year"])
        if mine and (m.shortfall == "round" or line[0] is not mine):
            return refused(R.WAITS, **shown)
        if m.shortfall == "queue" and (mine or not line) and not isinstance(got, Expect):
            return self.issue_voucher(given, got, mine)
        if mine:
            return got
        plenty = dict(given)
        got = self.decide_amount(plenty, LIMIT)
        if isinstance(got, Expect):
            return Expect(got.kinds, reasons=got.reasons, **shown)
        row = {"measure": m.code, "year": x["year"], "enterprise": x["enterprise"], "spending": x["spending"],
               "state": "open", "wanted": got, "allowance": 0, "line": None}
        return Expect((DONE,), result_kind="issued", limits=shown["limits"], binding=shown["binding"],
                      apply=lambda entry: self.push(self.waiting, dict(row, entry=entry)),
                      result={"given": J.GIVEN_PLACE, "voucher": 0, "face": 0, "wanted": got})

    def decide_close_round(self, c, _):
        m = self.policy.measures.get(c.measure)
        if m is None or m.shortfall != "round":
            return None
        year = c.year if c.HasField("year") else year_of(self.today())
        line = self.line_of(m, 0, year, "")
        waiting = self.waiting_of(m, year)
        if not waiting:
            return refused(R.NOBODY_WAITS)
        wanted = sum(w["wanted"] for w in waiting)
        allowed = min(wanted, self.lines[line - 1]["stages"][AVAILABLE] if line else 0)
        parts = [allowed * w["wanted"] // wanted for w in waiting]
        by_rest = sorted(range(len(parts)), key=lambda i: (-(allowed * waiting[i]["wanted"] % wanted), i))
        for i in by_rest[:allowed - sum(parts)]:
            parts[i] += 1

        def apply(_):
            for w, part in zip(waiting, parts):
                self.put(w, "state", "allowed")
                self.put(w, "allowance", part)
                self.put(w, "line", line)
        return Expect((DONE,), result_kind="round", apply=apply,
                      result={"claims": len(waiting), "wanted": wanted, "allowed": allowed},
                      postings=((line, 0, AVAILABLE, HELD, allowed),) if allowed else ())

    # ---- payments ----

    def pays(self, c, source, target, payee):
        """What a batch moves between two stages; None: it is wrong in itself."""
        numbers = list(c.vouchers)
        if (not 1 <= len(numbers) <= 256 or len(set(numbers)) < len(numbers)
                or not all(1 <= n <= len(self.vouchers) for n in numbers)):
            return None
        vouchers = [self.vouchers[n - 1] for n in numbers]
        for v in vouchers:
            why = [R.NOTHING_TO_PAY] if not any(p[source] for p in v["parts"]) else []
            if payee and v["payee"] != payee:
                why.append(R.OTHER_PAYEE)
            if why:
                return refused(*why)
        a, b = (PAYABLE, PAID) if source == "payable" else (PAID, PAYABLE)
        moves = [(p, v["number"], p[source]) for v in vouchers for p in v["parts"] if p[source]]

        def apply(_):
            for p, _, amount in moves:
                self.put(p, source, 0)
                self.put(p, target, p[target] + amount)
        return Expect((DONE,), result_kind="paid", result={"amount": sum(m[2] for m in moves)}, apply=apply,
                      postings=tuple((p["line"], n, a, b, amount) for p, n, amount in moves))

    def decide_pay(self, c, _):
        return self.pays(c, "payable", "paid", c.payee if c.HasField("payee") else None)

    def decide_bank_return(self, c, _):
        return self.pays(c, "paid", "payable", None)

    def issue_voucher(self, given, face, waited=None):
        """waited: the place that it had in a line or round."""
        m, x, group, key, lines, rate, basis, shown = (
            given[n] for n in ("m", "x", "group", "key", "lines", "rate", "basis", "shown"))
        held = waited is not None and waited["state"] == "allowed"
        if held:
            lines = [waited["line"]]
        p, today, spending, row = self.policy, x["today"], x["spending"], self.enterprises[x["enterprise"]]
        number = len(self.vouchers) + 1
        parts = split_face(face, m)
        named = shown["holders"]
        texts = [fact_text(p.fields[n], v) for n, v in zip(m.spending or (), spending)]
        scopes = self.scopes_of(m.code)
        value_of = {s: self.scope_value(s, x["enterprise"], row, spending, x["facts"]) for s in scopes if s != "claim"}
        v = {"number": number, "measure": m.code, "enterprise": x["enterprise"], "key": key,
             "seller": "" if m.spending else spending[0], "spending": spending, "facts": x["facts"],
             "contract": "|".join(texts) if m.spending else spending[1], "rate": rate, "face": face, "freed": 0,
             "redemptions": [(today, face)] if m.grants else [], "basis": basis or 0, "in": value_of,
             "invoices": {}, "issued": today, "valid_to": p.valid_to(m, today), "rules": m, "in_group": group,
             "redeem_to": p.redeem_to(m, today), "end": None, "odd": m.odd, "policy": len(self.adopted),
             "statistics_from": p.statistics_from, "spent": x["spent"] if m.crossing else 0,
             "accounted": given["limits"][0][2] if m.crossing == "recompute" else 0,
             "tops_up": named[0] if named else 0, "changed": today,
             "payee": x["enterprise"], "parts": [
                 {"line": l, "face": f, "open": 0 if m.grants else f, "payable": f if m.grants else 0, "paid": 0}
                 for l, f in zip(lines, parts)]}
        if m.payee == "provider":
            v["payee"] = spending[0] if x["enterprise"] != spending[0] else x["contract"]["buyer"]

        def apply(entry):
            if waited:
                self.put(waited, "state", "granted")
            self.push(self.vouchers, v)
            indexes = [(self.by_key, key), (self.by_account, (x["enterprise"], m.code))]
            indexes += [(self.by_scope, (m.code, s, value)) for s, value in value_of.items()]
            for s, value in value_of.items():
                if not any(self.net(o) for o in self.by_scope.get((m.code, s, value), ())):
                    self.put(self.firsts, (m.code, s, value), today)
            for index, k in indexes:
                if k not in index:
                    self.put(index, k, [])
                self.push(index[k], v)
            for r in self.records if m.crossing else ():
                if (r["enterprise"], r["measure"], r["year"]) == (x["enterprise"], m.code, year_of(today)):
                    self.put(r, "supported", True)
            self.put(self.issued_at, number, entry)
        result = {"voucher": number, "face": face, "rate": int(rate * 1_000_000), "given": J.GIVEN_VOUCHER,
                  "valid_to": v["valid_to"], "redeem_to": v["redeem_to"], "paid_out": m.grants,
                  "seller": v["seller"], "tops_up": v["tops_up"], "spent": v["spent"],
                  "accounted": v["accounted"]}
        if m.kind == "rate":
            result["basis"] = basis
        postings = [(l, number, HELD if held else AVAILABLE, COMMITTED, f) for l, f in zip(lines, parts) if f]
        if m.grants:
            postings += [(l, number, COMMITTED, PAYABLE, f) for l, f in zip(lines, parts) if f]
        if held and waited["allowance"] > face:
            postings.append((lines[0], 0, HELD, AVAILABLE, waited["allowance"] - face))
        return Expect((DONE,), result_kind="issued", result=result, apply=apply, **shown, postings=tuple(postings))

    def decide_redeem(self, c, _):
        if not 1 <= c.voucher <= len(self.vouchers):
            return None
        v = self.vouchers[c.voucher - 1]
        today = self.today()
        if self.state(v) != J_OPEN:
            return refused(R.VOUCHER_STATE)
        if today > v["redeem_to"]:
            return refused(R.EXPIRED)
        m = v["rules"]
        stated = [a.name for a in c.attestations]
        if any(n not in self.policy.attestations for n in stated):
            return None
        if any(n not in stated for n in m.redeem_attestations):
            return refused(R.ATTESTATION_MISSING)
        if c.dated < v["statistics_from"]:
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
        group = v["in_group"]
        adds_up = group and group.rule == "add-up"
        rate = group.ceiling if adds_up else max(s["rate"] for s in siblings if self.net(s) > 0)
        on_voucher = sum(v["invoices"].values()) + c.amount
        on_key = self.shown.get(key, 0) + (0 if seen else c.amount)
        before = self.redeemed(v)
        limits = [(J.LIMIT_FACE, None, v["face"] - before),
                  (J.LIMIT_INVOICED, None, max(0, floor_rate(v["rate"], on_voucher) - before)),
                  (J.LIMIT_CLAIM, None,
                   max(0, floor_rate(rate, on_key) - sum(self.redeemed(s) for s in siblings)))]
        if adds_up:
            outside = self.outside_of(m, key, v["spending"]) if group.outside != "ignored" else 0
            limits.append((J.LIMIT_GROUP, None, max(0, floor_rate(group.ceiling, v["basis"]) - outside
                                                    - sum(self.redeemed(s) for s in siblings))))
        for ceiling in m.ceilings_on("redeem"):
            most = self.most(ceiling, m, v["enterprise"], v["facts"])
            if most is None:
                continue
            if ceiling.scope == "claim":
                used, over = before, False
            else:
                value = v["in"][ceiling.spelled()]
                _, used = self.ceiling_use(ceiling, m, value, today)
                over = self.is_over(ceiling, m, value, today)
            limits.append((J.LIMIT_CEILING, ceiling, 0 if over else max(0, most - used)))
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
                self.put(p, "payable", p["payable"] + amount)
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
        if c.HasField("contract"):
            where = (c.seller, c.contract)
            if c.HasField("measure") or where not in self.contracts:
                return None
        else:
            m = self.policy.measures.get(c.measure)
            if m is None or not m.spending:
                return None
            facts = self.read_facts(c.facts, m)
            if facts is None or not set(m.spending) <= set(facts):
                return None
            where = self.key(m, self.spending_of(m, facts), facts)
        if self.outside.get(where, 0) + c.amount > LIMIT:
            return None
        return Expect((DONE,),
                      apply=lambda _: self.put(self.outside, where, self.outside.get(where, 0) + c.amount))

    def decide_amend_enterprise(self, c, _):
        p, row = self.policy, self.enterprises.get(c.uscc)
        if (row is None or (c.HasField("area") and c.area not in p.areas)
                or (c.HasField("related") and not text_ok(c.related, 47))
                or any(t.name not in p.traits for t in c.traits)):
            return None
        traits = list(row["traits"])
        for t in c.traits:
            first = t.from_day if t.HasField("from_day") else DAY_MIN
            last = t.to_day if t.HasField("to_day") else DAY_MAX
            if not DAY_MIN <= first <= last <= DAY_MAX:
                return None
            traits = [old for old in traits if old[0] != t.name] + [(t.name, first, last)]
        if len(traits) > 16:
            return None
        new = dict(row, traits=traits, area=p.areas[c.area] if c.HasField("area") else row["area"],
                   related=c.related if c.HasField("related") else row["related"])
        return Expect((DONE,), apply=lambda _: self.put(self.enterprises, c.uscc, new))

    def decide_raise_ceiling(self, c, _):
        m = self.policy.measures.get(c.measure)
        found = [k for k in m.ceilings if k.name == c.ceiling and k.scope == "enterprise" and not k.counts
                 and not k.share] if m else []
        if c.enterprise not in self.enterprises or not found:
            return None
        where = (c.enterprise, c.measure, c.ceiling)
        if c.limit <= max(found[0].limit, self.raised.get(where, 0)):
            return refused(R.NOT_RAISED)
        return Expect((DONE,), apply=lambda _: self.put(self.raised, where, c.limit))

    def leave(self, w):
        """A claim that waits is withdrawn; what was held for it is free again."""
        if w["state"] not in ("open", "allowed"):
            return refused(R.NOT_DESIGNATED)
        return Expect((DONE,), apply=lambda _: self.put(w, "state", "withdrawn"),
                      postings=((w["line"], 0, HELD, AVAILABLE, w["allowance"]),) if w["allowance"] else ())

    def decide_withdraw(self, c, _):
        place = next((w for w in self.waiting if w["entry"] == c.entry), None)
        if place:
            return self.leave(place)
        found = [d for d in self.designations if d["entry"] == c.entry]
        if not found:
            return None
        if found[0]["to"] != DAY_MAX:
            return refused(R.NOT_DESIGNATED)
        return Expect((DONE,), apply=lambda _: self.put(found[0], "to", self.today() - 1))

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
        payable, paid = (sum(p[stage] for p in v["parts"]) for stage in ("payable", "paid"))
        return (v["freed"], 0, v["face"] - v["freed"] - payable - paid, payable, paid, 0)

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
                if (a, b) not in ((AVAILABLE, COMMITTED), (HELD, COMMITTED)):  # those are a voucher's beginning
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
