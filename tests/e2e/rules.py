# SPDX-License-Identifier: Apache-2.0
"""What a policy says, as plain data, and what the values mean that claims state: the language of policies for the
model, written from its manual page alone."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from vclient import add_months, day, day_text, month_text, year_of


def text_ok(text, most):
    return 1 <= len(text.encode()) <= most


@dataclass
class Field:
    name: str
    type: str                  # text, word, count, quantity, money, day, month, year, person
    words: tuple = ()


@dataclass
class Ceiling:
    limit: int = None
    scope: object = "enterprise"  # enterprise, contract, spending, claim, related, area, all, or fields
    period: str = "policy"     # policy, year, months
    event: str = "issue"       # issue, redeem
    name: str = None
    counts: bool = False       # claims, not fen
    share: tuple = None        # (share, field) instead of the limit
    months: int = 0
    measures: tuple = ()       # others over which it counts

    def spelled(self):
        return "spending" if self.scope == "contract" else self.scope


@dataclass
class Case:
    """when: {name: list of what it may be, or a range {from, above, to, below}}"""
    when: dict = None
    rate: Fraction = None
    amount: int = None
    refuse: str = None


@dataclass
class Group:
    name: str
    rule: str = "top-up"       # top-up, exclude, add-up
    key: tuple = None          # fields; None: the measures' spending
    ceiling: Fraction = None   # add-up: of the base
    outside: str = "counts"    # counts, excludes, ignored


@dataclass
class Measure:
    code: str
    rate: Fraction = None
    claimant: str = "buyer"
    traits: tuple = ()
    attestations: tuple = ()
    ceilings: tuple = ()
    shares: tuple = (("city", Fraction(1)),)
    odd: int = 0                # index of the share that takes the odd fen
    shortfall: str = "refuse"   # refuse, partial, queue, round
    window: tuple = None        # (first, last) day of signing
    group: str = "contract-support"
    name: str = "券"
    english: str = "voucher"
    kind: str = "rate"
    amount: int = None
    cases: tuple = ()
    awaiting: bool = False
    applies: tuple = None       # (first, last)
    form: str = None            # quota, grant
    spending: tuple = None      # fields; None: a contract
    first_right: tuple = None   # (side, last day)
    claim: tuple = ()
    may_state: tuple = ()
    base: str = "contract"      # contract, outside, or a field
    quantity: str = None
    quantity_at_most: int = None  # in 1/10,000
    principal: str = None
    interest: tuple = None      # (from, to): fields
    days_of_year: int = 365
    crossing: str = None        # keep, recompute
    least: int = None
    require: dict = None
    terms: tuple = ()           # (field or "signed", field, months)
    intake: tuple = ()          # (from, to, whether the end belongs to it), microseconds
    code_begins: tuple = ()
    unrelated: bool = False
    seller_holds: tuple = None  # (codes, "issue", "signed" or a field)
    holds: tuple = None
    redeem_attestations: tuple = ()
    pools: tuple = ()           # name of each share's pool or None
    payee: str = "enterprise"   # enterprise, provider

    def ceilings_on(self, event):
        return [c for c in self.ceilings if c.event == event]

    @property
    def grants(self):
        return (self.form or ("quota" if self.kind == "rate" else "grant")) == "grant"

    def purse(self, i):
        """Under which name the money of a share is appropriated."""
        return (self.pools[i] if self.pools else None) or self.code

    def must_state(self):
        names = list(self.spending or ()) + list(self.claim) + [self.quantity, self.principal]
        names += list(self.interest or ()) + [n for a, b, _ in self.terms for n in (a, b) if n != "signed"]
        names += [h[1] for h in (self.seller_holds, self.holds) if h and h[1] not in ("issue", "signed")]
        if self.base not in ("contract", "outside"):
            names.append(self.base)
        return {n for n in names if n}

    def may(self, fields):
        tests = [c.when or {} for c in self.cases] + [self.require or {}]
        names = {n for t in tests for n in t if n in fields}
        names |= {c.share[1] for c in self.ceilings if c.share}
        return names | set(self.may_state) | self.must_state()


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
    fields: dict = field(default_factory=dict)  # name -> Field
    pools: dict = field(default_factory=dict)   # name -> (year or policy, whether by area), of those that say so
    groups: dict = field(default_factory=dict)  # name -> Group, of those that are more than a name

    def years(self):
        return range(year_of(self.first), year_of(self.last) + 1)

    def period(self, m):
        return m.applies or (self.first, self.last)

    def valid_to(self, m, issued):
        return min(day("%d-12-31" % (year_of(issued) + self.valid_years)), self.period(m)[1])

    def redeem_to(self, m, issued):
        return self.valid_to(m, issued) + self.grace_days

    def group_of(self, m):
        """The group that a measure is in; None: in none."""
        return self.groups.get(m.group, Group(m.group)) if m.group else None

    def purses(self):
        """(name, source) under which money can be appropriated."""
        return {(m.purse(i), s) for m in self.measures.values() for i, (s, _) in enumerate(m.shares)
                if m.kind != "designation"}


def term_end(first, months):
    """The last day of a term: the day before the same day of the month; the month's last where it has none."""
    later = add_months(first, months)
    return later - 1 if day_text(later)[8:] == day_text(first)[8:] else later


def within(value, r):
    return (("from" not in r or value >= r["from"]) and ("above" not in r or value > r["above"])
            and ("to" not in r or value <= r["to"]) and ("below" not in r or value < r["below"]))


FACT_FORMS = {
    "count": r"0|[1-9][0-9]{0,11}", "quantity": r"(0|[1-9][0-9]*)(\.[0-9]{1,4})?",
    "money": r"(0|[1-9][0-9]*)(\.[0-9]{1,2})?", "day": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "month": r"[0-9]{4}-[0-9]{2}",
    "year": r"[0-9]{4}",
}


def fact_value(f, text):
    """What a text means in a field; None: nothing."""
    if f.type == "text":
        return text if text_ok(text, 64) and "|" not in text else None
    if f.type == "word":
        return text if text in f.words else None
    if f.type == "person":
        return text
    if not re.fullmatch(FACT_FORMS[f.type], text):
        return None
    if f.type in ("money", "quantity"):
        whole, _, part = text.partition(".")
        digits = 2 if f.type == "money" else 4
        return int(whole) * 10 ** digits + int((part + "0000")[:digits])
    if f.type == "day":
        try:
            return day(text)
        except ValueError:
            return None
    if f.type == "month":
        return int(text[:4]) * 12 + int(text[5:]) - 1 if 1 <= int(text[5:]) <= 12 else None
    return int(text)


def fact_text(f, value):
    """A value as the book names a spending by it."""
    if f.type == "money":
        return "%d.%02d" % divmod(value, 100)
    if f.type == "quantity":
        whole, part = divmod(value, 10_000)
        return ("%d.%04d" % (whole, part)).rstrip("0").rstrip(".")
    if f.type == "day":
        return day_text(value)
    if f.type == "month":
        return month_text(value)
    return str(value)
