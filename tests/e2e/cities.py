# SPDX-License-Identifier: Apache-2.0
"""What the tests of invented cities share: a book with one city's policy and short ways to ask and to look."""

from policies import read
from vclient import (DONE, INVALID, J, REFUSED, c_adopt, c_appropriate, c_claim, c_contract, c_enterprise, c_redeem,
                     c_void, day, fen, invoice, noon, uscc_check)


class City:
    """A policy of tests/e2e/cities in force. Amounts are yuan as texts, like "1,200.00"."""

    def __init__(self, client, name):
        self.client = client
        self.invoices = 0
        client.done(c_adopt(read("tests", "e2e", "cities", name + ".yaml")))

    # ---- what the book knows ----

    def money(self, measure, amount, year=2025, source="city"):
        return self.client.done(c_appropriate(measure, year, fen(amount), source=source))

    def enterprise(self, code, area="990401", traits=(), related=None):
        c = c_enterprise(code, area=area, traits=traits)
        if related:
            c.add_enterprise.related = related
        self.client.done(c)

    def amend(self, code, document="文", traits=(), **changes):
        c = J.Command()
        c.amend_enterprise.uscc, c.amend_enterprise.document = code, document
        for name, value in changes.items():
            setattr(c.amend_enterprise, name, value)
        for t in traits:
            t = (t, None, None) if isinstance(t, str) else t
            trait = c.amend_enterprise.traits.add(name=t[0])
            if t[1] is not None:
                trait.from_day = t[1]
            if t[2] is not None:
                trait.to_day = t[2]
        return self.client.done(c)

    def contract(self, number, seller, buyer, amount, signed="2025-03-01"):
        self.client.done(c_contract(number, seller, buyer, fen(amount), day(signed)))
        return number

    def outside(self, amount, contract=None, seller=None, measure=None, **facts):
        c = J.Command()
        c.add_outside.amount, c.add_outside.document = fen(amount), "文"
        if contract:
            c.add_outside.contract, c.add_outside.seller = contract, seller
        if measure:
            c.add_outside.measure = measure
        for name, value in facts.items():
            c.add_outside.facts.add(name=name.replace("_", "-"), value=str(value))
        return self.client.done(c)

    def raises(self, enterprise, measure, ceiling, limit):
        c = J.Command()
        r = c.raise_ceiling
        r.enterprise, r.measure, r.ceiling, r.limit, r.document = enterprise, measure, ceiling, fen(limit), "文"
        return self.client.do(c)

    def withdraw(self, entry):
        c = J.Command()
        c.withdraw.entry, c.withdraw.reason = entry, "撤回"
        return self.client.do(c)

    def today(self, text):
        """Noon of that day."""
        self.client.set_clock(noon(day(text)))

    # ---- claims ----

    def claim(self, measure, who, contract=None, attest=(), amount=None, rate=None, dry_run=False, seller=None,
              year=None, **facts):
        """rate: percent, a whole number. Facts are named with _ for -."""
        rest = {}
        if amount is not None:
            rest["amount"] = fen(amount)
        if rate is not None:
            rest["rate"] = rate * 10_000
        if seller is not None:
            rest["seller"] = seller
        if year is not None:
            rest["year"] = year
        facts = {k.replace("_", "-"): v for k, v in facts.items()}
        return self.client.do(c_claim(measure, who, facts, contract=contract, attestations=attest, **rest),
                              dry_run=dry_run)

    def redeem(self, voucher, amount, dated, attest=()):
        self.invoices += 1
        c = c_redeem(voucher, invoice(self.invoices), fen(amount), day(dated))
        for name in attest:
            c.redeem.attestations.add(name=name, document="文")
        return self.client.do(c)

    def void(self, voucher):
        return self.client.done(c_void(voucher))


def issued(outcome):
    assert outcome.kind == DONE, outcome
    return outcome.entry.issued


def face(outcome):
    """What was given; what is paid out at once has passed through committed to payable."""
    one = issued(outcome)
    assert one.given == J.GIVEN_VOUCHER
    postings = outcome.entry.postings
    assert sum(p.amount for p in postings if p.to_stage == J.COMMITTED) == one.face
    assert sum(p.amount for p in postings if p.to_stage == J.PAYABLE) == (one.face if one.paid_out else 0)
    return one.face


def recorded(outcome):
    """A claim recorded without money: the fen of it that count in the year."""
    one = issued(outcome)
    assert one.given == J.GIVEN_RECORD and one.voucher == 0 and one.face == 0 and not outcome.entry.postings
    return one.spent


def designated(outcome):
    """A designation: its entry."""
    one = issued(outcome)
    assert one.given == J.GIVEN_DESIGNATION and one.voucher == 0 and not outcome.entry.postings
    return outcome.entry.number


def paid(outcome):
    assert outcome.kind == DONE, outcome
    return outcome.entry.redeemed.paid


def refusal(outcome):
    """(reason, detail)"""
    assert outcome.kind == REFUSED, outcome
    return outcome.entry.refusal.reason, outcome.entry.refusal.detail


def reason(outcome):
    return refusal(outcome)[0]


def fault(outcome):
    """(field, value) of a mistake."""
    assert outcome.kind == INVALID, outcome
    return outcome.fault.field, outcome.fault.value


def binding(outcome):
    """The limit that decided."""
    limits = [l for l in outcome.entry.explanation.limits if l.binding]
    assert len(limits) == 1, outcome
    return limits[0]


def ceiling(outcome, name):
    """What is told of a ceiling: (limit, used, at most)."""
    limits = [l for l in outcome.entry.explanation.limits if l.name == name]
    assert len(limits) == 1, outcome
    return limits[0].limit, limits[0].used, limits[0].at_most


def code_of(kind, n):
    """A credit code that begins with `kind`: 11 a government, 12 a public institution, 91 a company."""
    first = "%s350602%09d" % (kind, n)
    return first + uscc_check(first)
