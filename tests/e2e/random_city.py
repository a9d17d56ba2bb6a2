# SPDX-License-Identifier: Apache-2.0
"""Policies of all kinds, conditions, ceilings and groups, made at random: everything that the language has."""

import dataclasses
from fractions import Fraction

from policies import PERCENT, areas_of, finished, random_shares
from rules import Case, Ceiling, Field, Group, Measure, Policy
from vclient import day, noon

FIELDS = (
    Field("project", "text"), Field("stage", "word", ("甲", "乙", "丙")),
    Field("item", "word", ("gpu", "cpu", "none")),
    Field("cost", "money"), Field("cap", "money"), Field("heads", "count"), Field("volume", "quantity"),
    Field("month", "month"), Field("year", "year"), Field("begins", "day"), Field("ends", "day"),
    Field("served-on", "day"), Field("principal", "money"), Field("person", "person"),
)
RANGES = (("from", "to"), ("from", "below"), ("above", "to"), ("above", "below"), ("from",), ("below",), ("above",),
          ("to",))


def maybe(r, share, make, other=None):
    return make() if r.random() < share else other


def random_range(r, values):
    """A range that ends at some of the values."""
    ends = r.choice(RANGES)
    low, high = sorted(r.sample(values, 2))
    return {e: low if e in ("from", "above") else high for e in ends}


def random_test(r, m):
    """One thing that a case or requirement can look at."""
    tests = [("item", ["gpu"]), ("item", ["cpu", "gpu"]), ("trait", ["industrial"]), ("no-trait", ["platform"]),
             ("trait", ["industrial", "platform"]), ("area", ["990301"]), ("code-begins", ["91"]),
             ("code-begins", ["12", "11"]), ("heads", random_range(r, [0, 5, 10, 20])),
             ("cap", random_range(r, [0, 100_000, 500_000, 1_000_000])),
             ("begins", random_range(r, [day("2025-03-01"), day("2025-06-01"), day("2026-01-01")])),
             ("enjoyed", random_range(r, [1, 2, 3])), ("outside", {"above": 0}),
             ("outside", random_range(r, [0, 1, 10_000, 200_000])), ("project", ["P1", "P2", "P3", "P4", "P5"])]
    if m.kind == "rate":
        tests += [("base", random_range(r, [0, 50_000, 200_000, 1_000_000, 5_000_000]))] * 6
    if m.spending and "month" in m.spending:
        tests.append(("month", random_range(r, [2025 * 12 + 2, 2025 * 12 + 8, 2026 * 12 + 3])))
    return r.choice(tests)


def random_when(r, m):
    return dict(random_test(r, m) for _ in range(r.choice((1, 1, 2))))


def random_cases(r, m):
    def gives():
        if m.kind in ("rate", "interest"):
            return {"rate": r.choice((r.randint(1, 100) * PERCENT, Fraction(r.randint(1, 1_000_000), 1_000_000)))}
        return {"amount": r.choice((1, 999, r.randint(1, 5_000_000)))}
    out = [Case(random_when(r, m), **gives()) for _ in range(r.randint(1, 4))]
    if r.random() < 0.35:
        out.insert(r.randrange(len(out) + 1), Case(random_when(r, m), refuse="不予支持"))
    if r.random() < 0.8:
        out.append(Case(None, **gives()))
    return tuple(out)


SPENDINGS = (("project",), ("project",), ("project", "stage"), ("project", "month"), ("stage", "month", "project"))


def random_kind(r, code):
    """What a measure gives, and for what."""
    dice = r.random()
    if dice < 0.36:
        return Measure(code, kind="rate", claimant=r.choice(("buyer", "buyer", "seller", "either")),
                       form=r.choice((None, None, None, "grant")),
                       base=r.choice(("contract",) * 4 + ("cost", "outside")))
    if dice < 0.6:
        return Measure(code, kind="rate", spending=r.choice(SPENDINGS), form=r.choice(("grant", "quota")),
                       base=r.choice(("cost", "cost", "cost", "outside")))
    if dice < 0.7:
        return Measure(code, kind="unit", spending=r.choice(SPENDINGS), quantity=r.choice(("heads", "volume")),
                       quantity_at_most=maybe(r, 0.4, lambda: r.choice((50_000, 123_400))),
                       form=r.choice((None, "quota")))
    if dice < 0.76:
        return Measure(code, kind="unit-year", spending=("project", "year"), quantity="heads",
                       form=r.choice((None, None, "quota")))
    if dice < 0.82:
        return Measure(code, kind="person-month", spending=("person", "month"), form=r.choice((None, None, "quota")))
    if dice < 0.93:
        return Measure(code, kind="award", spending=r.choice(SPENDINGS), form=r.choice((None, None, "quota")))
    return Measure(code, kind="interest", spending=("project",), principal="principal", interest=("begins", "ends"),
                   days_of_year=r.choice((360, 365, 366)), form=r.choice((None, None, "quota")))


def random_city_ceiling(r, m, n, measures):
    """A ceiling that this measure can have, of any form."""
    scopes = ["enterprise", "enterprise", "spending", "related", "area", "all", "claim", ("enterprise", "item")]
    if m.spending:
        scopes += [(m.spending[0],), ("enterprise", m.spending[-1])]
    scope = r.choice(scopes)
    quota = not m.grants
    c = Ceiling(r.choice((999, 100_000, r.randint(1, 20_000_000), r.randint(1_000_000, 90_000_000))), scope,
                r.choice(("policy", "policy", "year", "months")),
                r.choice(("issue", "issue", "redeem")) if quota else "issue", name="ceiling %d" % n,
                months=r.choice((1, 3, 12)))
    if c.period == "months" and scope == "claim":
        c.period = "policy"
    dice = r.random()
    if dice < 0.3 and c.event == "issue" and scope != "claim":
        c.counts, c.limit = True, r.choice((1, 2, 5, 20))
        if r.random() < 0.3:
            c.limit, c.share = None, (r.choice((5 * PERCENT, Fraction(125, 1000))), "heads")
    elif dice < 0.45 and scope == "claim" and c.event == "issue":
        c.limit, c.share = None, (r.choice((Fraction(1), 50 * PERCENT, Fraction(333333, 1000000))), "cap")
    others = [o.code for o in measures if o is not m and (
        scope in ("enterprise", "related", "area", "all")
        or (o.spending == m.spending and scope != ("enterprise", "item")))]
    if scope != "claim" and r.random() < 0.3 and others:
        c.measures = tuple(r.sample(others, 1))
    return c


def random_conditions(r, m):
    """Who may claim, when, and with which papers."""
    m.traits = r.choice(((), (), (), ("industrial",)))
    m.attestations = r.choice(((), (), ("review",)))
    m.code_begins = r.choice(((), (), (), ("91",), ("12", "52")))
    m.require = maybe(r, 0.2, lambda: random_when(r, m))
    m.awaiting = r.random() < 0.03
    m.applies = maybe(r, 0.15, lambda: (day("2025-05-01"), day("2026-12-15")))
    if r.random() < 0.15:
        begins, ends = noon(day("2025-04-10")), noon(day("2026-10-20"))
        m.intake = ((begins, ends, r.random() < 0.5),)
    if r.random() < 0.15:
        m.terms = (("begins", "ends", r.choice((1, 12, 36))),)
    if not m.grants:
        m.redeem_attestations = r.choice(((), (), ("other",)))
    if r.random() < 0.12:
        m.holds = (("D1",), r.choice(("issue", "served-on")))
    if not m.spending:
        m.window = maybe(r, 0.25, lambda: (day("2025-01-15"), day("2025-09-30")))
        m.unrelated = r.random() < 0.2
        if m.claimant == "either" and r.random() < 0.6:
            m.first_right = (r.choice(("buyer", "seller")), day("2025-11-30"))
        if r.random() < 0.15:
            m.seller_holds = (r.choice((("D1",), ("D1", "D2"))), r.choice(("issue", "signed", "served-on")))
    if m.kind == "rate" and m.base != "outside" and r.random() < (0.6 if m.grants else 0.25):
        m.least = r.choice((100, 50_000, 300_000))
        if m.grants and r.random() < 0.85:
            m.crossing = r.choice(("keep", "recompute"))
    elif m.kind == "rate" and m.base != "outside" and r.random() < 0.25:
        m.crossing = r.choice(("keep", "recompute")) if m.grants else "keep"
    m.may_state = ("item", "cap") if r.random() < 0.5 else ("item",)


def random_city_groups(r, measures):
    """Puts measures into groups whose spendings go together."""
    groups = {}

    def put(name, members, key=None):
        rule = r.choice(("top-up", "top-up", "exclude", "add-up"))
        if rule == "add-up" and any(m.kind != "rate" for m in members):
            rule = "top-up"
        groups[name] = Group(name, rule, key, r.randint(20, 100) * PERCENT if rule == "add-up" else None,
                             r.choice(("counts", "counts", "excludes", "ignored")))
        for m in members:
            m.group = name
    on_contract = [m for m in measures if not m.spending]
    if on_contract and r.random() < 0.8:
        put("one contract", on_contract[:r.choice((2, 3, 4))])
    on_project = [m for m in measures if m.spending and "project" in m.spending]
    on_stage = [m for m in on_project if "stage" in m.spending]
    if len(on_stage) > 1 and r.random() < 0.4:
        put("one stage", on_stage[:2], ("stage", "project"))
    elif len(on_project) > 1 and r.random() < 0.7:
        put("one project", on_project[:3], ("project",))
    for alike in sorted({m.spending for m in measures if m.spending}):
        same = [m for m in measures if m.spending == alike and m.group is None]
        if len(same) > 1 and r.random() < 0.5:
            put("alike " + "-".join(alike), same[:2])
    alone = [m for m in measures if m.group is None and m.spending]
    if alone and r.random() < 0.4:
        put("alone", alone[:1])
    return groups


def random_city(r, n=1):
    """A policy of random kinds, conditions, ceilings and groups: everything that the language has."""
    codes = ["R%d" % (i + 1) for i in range(r.randint(5, 8))]
    measures = [random_kind(r, code) for code in codes]
    for m in measures:
        m.group = None
        random_conditions(r, m)
        if m.kind == "interest" or r.random() < 0.5 or m.crossing:
            m.cases = random_cases(r, m)
        elif m.kind == "rate":
            m.rate = r.choice((Fraction(1), r.randint(1, 100) * PERCENT, Fraction(r.randint(1, 1_000_000), 1_000_000)))
        else:
            m.amount = r.choice((1, 333, r.randint(1, 3_000_000)))
        m.shares = random_shares(r)
        m.odd = r.randrange(len(m.shares))
        m.shortfall = r.choice(("refuse", "partial", "partial", "queue", "round"))
        if r.random() < 0.45:
            m.pools = tuple(r.choice((None, "pool", "life", "county")) for _ in m.shares)
        if m.shortfall == "round":
            m.shares, m.odd, m.pools = m.shares[:1], 0, tuple(n for n in m.pools[:1] if n != "county")
            m.shares = ((m.shares[0][0], Fraction(1)),)
        if not m.spending:
            m.payee = r.choice(("enterprise", "provider"))
    groups = random_city_groups(r, measures)
    for m in measures:
        m.ceilings = tuple(random_city_ceiling(r, m, i, measures) for i in range(r.choice((0, 1, 1, 2, 3))))
        m.ceilings = tuple({(c.scope, c.period, c.event, c.counts, c.months if c.period == "months" else 0): c
                            for c in m.ceilings}.values())
        shares = {c.share[1] for c in m.ceilings if c.share} | {f for c in m.ceilings if isinstance(c.scope, tuple)
                                                                for f in c.scope if f != "enterprise"}
        taken = m.must_state()
        m.claim = tuple(sorted(f for f in shares - taken if f != "cap"))
        m.may_state = tuple(f for f in dict.fromkeys(m.may_state + (("cap",) if "cap" in shares else ()))
                            if f not in taken and f not in m.claim)
    for code in ("D1", "D2"):
        d = Measure(code, kind="designation", spending=("project",), group=None,
                    attestations=r.choice(((), ("review",))))
        d.cases = maybe(r, 0.4, lambda: (Case({"trait": ["platform"]}, refuse="不予认定"), Case()), ())
        measures.append(d)
    areas, names = areas_of([("990301", "甲区"), ("990302", "乙区")])
    pools = {"life": ("policy", False), "county": (r.choice(("year", "policy")), True)}
    used = {n for m in measures for n in m.pools}
    return finished(Policy("random-city-%d" % n, day("2025-02-01"), day("2027-06-30"), day("2025-01-01"),
                           {m.code: m for m in measures}, traits=("industrial", "platform"),
                           attestations=("review", "other"), areas=areas, area_names=names,
                           valid_years=r.choice((0, 1, 2)), grace_days=r.choice((0, 0, 10, 400)),
                           zone_minutes=r.choice((480, 480, 360, 330)), fields={f.name: f for f in FIELDS},
                           groups=groups, pools={n: v for n, v in pools.items() if n in used}))


def changed_city(r, p):
    """A later version of a random city: other cases, conditions, papers, limits and rules of groups. What it counts
    by stays: spendings, scopes of ceilings, names of groups, purses."""
    measures = {}
    for code, m in p.measures.items():
        new = dataclasses.replace(m)
        if m.kind == "designation":
            new.attestations = r.choice(((), ("review",)))
        elif r.random() < 0.6:
            random_conditions(r, new)
            new.claim, new.may_state = m.claim, m.may_state
            if m.crossing or new.crossing or m.least is not None:
                new.crossing, new.least = m.crossing, m.least
            if m.cases:
                new.cases = random_cases(r, m)
            elif m.rate is not None:
                new.rate = r.randint(1, 100) * PERCENT
            else:
                new.amount = r.randint(1, 3_000_000)
            if m.shortfall != "round":
                new.shortfall = r.choice(("refuse", "partial", "queue"))
        new.ceilings = tuple(
            dataclasses.replace(c, limit=max(1, c.limit * r.choice((1, 1, 2, 3)) // 2)) if c.limit else c
            for c in m.ceilings)
        new.may_state = tuple(n for n in new.may_state if n not in new.must_state())
        measures[code] = new
    groups = {n: dataclasses.replace(g, outside=r.choice(("counts", "counts", "excludes", "ignored")),
                                     rule=r.choice(("top-up", "exclude")) if g.rule != "add-up" else "add-up")
              for n, g in p.groups.items()}
    return finished(dataclasses.replace(p, measures=measures, groups=groups))
