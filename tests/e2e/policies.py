# SPDX-License-Identifier: Apache-2.0
"""The policies that the tests play with, as data written down from their rules, not read from the files;
and a writer of policy files for made-up ones."""

import dataclasses
import os
from fractions import Fraction

from rules import Ceiling, Field, Group, Measure, Policy, fact_text
from vclient import REPO, clock_text, day, day_text

PERCENT = Fraction(1, 100)


def read(*path):
    with open(os.path.join(REPO, *path), "rb") as f:
        return f.read()


def areas_of(pairs, retired=()):
    areas, names = {}, {}
    for code, name in pairs:
        areas[code] = areas[name] = code
        names[code] = name
    for code, name, now in retired:
        areas[code] = areas[name] = now
    return areas, names


def zhangzhou():
    """The shipped file, by measures.md."""
    million = 100_000_000
    areas, names = areas_of(
        [("350602", "芗城区"), ("350603", "龙文区"), ("350604", "龙海区"), ("350605", "长泰区"),
         ("350622", "云霄县"), ("350623", "漳浦县"), ("350624", "诏安县"), ("350626", "东山县"),
         ("350627", "南靖县"), ("350628", "平和县"), ("350629", "华安县")]
        + [(z, z) for z in ("漳州开发区", "常山开发区", "古雷开发区", "台商投资区", "高新区")],
        [("350681", "龙海市", "350604"), ("350625", "长泰县", "350605")])
    measures = [
        Measure("1", 50 * PERCENT, ceilings=(Ceiling(2 * million),)),
        Measure("2", 30 * PERCENT, ceilings=(Ceiling(2 * million),), attestations=("model-filing", "effect")),
        Measure("3A", 80 * PERCENT, ceilings=(Ceiling(3 * million),), traits=("industrial",)),
        Measure("3B", 15 * PERCENT, ceilings=(Ceiling(5 * million),), traits=("annotation-platform",),
                claimant="seller"),
    ]
    return Policy("zhangzhou-2025", day("2025-07-10"), day("2027-12-31"), day("2025-01-01"),
                  {m.code: m for m in measures},
                  traits=("industrial", "annotation-platform", "annotation", "annotation-base"),
                  attestations=("model-filing", "effect", "acceptance", "promotion"),
                  areas=areas, area_names=names, file=read("conf", "zhangzhou-2025.yaml"))


def three_lines():
    areas, names = areas_of([("990101", "东源区"), ("990102", "西源区")], [("990181", "西源市", "990102")])
    measures = [
        Measure("T1", 40 * PERCENT,
                ceilings=(Ceiling(50_000_000, period="year"),
                          Ceiling(30_000_000, scope="contract"),
                          Ceiling(45_000_000, period="year", event="redeem")),
                shares=(("city", 25 * PERCENT), ("county", 25 * PERCENT), ("province", 50 * PERCENT)),
                odd=2, group="one contract"),
        Measure("T2", Fraction(333333, 1000000), claimant="seller",
                ceilings=(Ceiling(8_000_050, scope="contract", period="year", name="each contract in a year"),),
                traits=("workshop",), attestations=("review",),
                window=(day("2025-02-01"), day("2025-09-30")), shortfall="partial", group="one contract",
                payee="provider"),
    ]
    return Policy("three-lines", day("2025-03-01"), day("2026-11-30"), day("2025-01-01"),
                  {m.code: m for m in measures}, traits=("workshop",), attestations=("review",),
                  areas=areas, area_names=names, valid_years=0, grace_days=30,
                  file=read("tests", "policies", "three-lines.yaml"))


def small_city():
    areas, names = areas_of([("990201", "小城县"), ("小城工业园", "小城工业园")])
    county = (("county", Fraction(1)),)
    measures = [
        Measure("S.1", Fraction(125, 1000), ceilings=(Ceiling(10_000_000),), shares=county, group=None,
                payee="provider"),
        Measure("S.2", Fraction(1), ceilings=(Ceiling(999_999, period="year"),), shares=county, group=None,
                shortfall="partial"),
    ]
    return Policy("small-city", day("2024-06-01"), day("2028-05-31"), day("2024-01-01"),
                  {m.code: m for m in measures}, areas=areas, area_names=names, valid_years=2,
                  zone_minutes=360, file=read("tests", "policies", "small-city.yaml"))


# ---- writing policy files ----

def percent_text(share):
    scaled = share * 1_000_000
    assert scaled.denominator == 1
    whole, part = divmod(int(scaled), 10_000)
    return ("%d.%04d" % (whole, part)).rstrip("0").rstrip(".") + " %"


def amount_text(fen):
    return "%d.%02d" % (fen // 100, fen % 100)


def quoted(values):
    return "[%s]" % ", ".join('"%s"' % v for v in values)


def condition_text(p, when):
    """A condition as a mapping on one line."""
    out = []
    for name, test in when.items():
        if isinstance(test, dict):
            kind = {"base": "money", "outside": "money", "enjoyed": "count"}.get(name) or p.fields[name].type
            test = "{%s}" % ", ".join("%s: %s" % (end, fact_text(Field("", kind), v)) for end, v in test.items())
        else:
            test = quoted(test)
        out.append("%s: %s" % (name, test))
    return "{%s}" % ", ".join(out)


def ceiling_text(c):
    out = ['name: "%s"' % c.name] if c.name else []
    out.append("scope: " + (c.scope if isinstance(c.scope, str) else "[%s]" % ", ".join(c.scope)))
    if c.measures:
        out.append("measures: " + quoted(c.measures))
    out += ["period: " + (c.period if c.period != "months" else "{months: %d}" % c.months), "event: " + c.event]
    if c.share:
        most = "{share: %s, of: %s}" % (percent_text(c.share[0]), c.share[1])
    else:
        most = str(c.limit) if c.counts else amount_text(c.limit)
    out.append("%s: %s" % ("claims" if c.counts else "limit", most))
    return "{%s}" % ", ".join(out)


def case_text(p, case):
    out = ["when: " + condition_text(p, case.when)] if case.when else []
    if case.refuse:
        out.append("refuse: " + case.refuse)
    elif case.rate is not None:
        out.append("rate: " + percent_text(case.rate))
    elif case.amount is not None:
        out.append("amount: " + amount_text(case.amount))
    return "{%s}" % ", ".join(out)


def claim_text(p, m):
    """A measure's keys that say what is claimed for, who may claim, and when."""
    out = ["spending: " + ("contract" if not m.spending else "[%s]" % ", ".join(m.spending))]
    if not m.spending:
        out.append("claimant: " + m.claimant)
    if m.first_right:
        out.append("first-right: {claimant: %s, until: %s}" % (m.first_right[0], day_text(m.first_right[1])))
    out += ["%s: [%s]" % (key, ", ".join(names)) for key, names in (("claim", m.claim), ("may-state", m.may_state))
            if names]
    if m.kind == "rate":
        out.append("base: " + m.base)
    if m.quantity:
        out.append("quantity: " + m.quantity)
    if m.quantity_at_most is not None:
        out.append("quantity-at-most: " + fact_text(Field("", "quantity"), m.quantity_at_most))
    if m.kind == "interest":
        out += ["principal: " + m.principal, "interest-from: " + m.interest[0], "interest-to: " + m.interest[1],
                "days-of-year: %d" % m.days_of_year]
    if m.rate is not None:
        out.append("rate: " + percent_text(m.rate))
    if m.amount is not None:
        out.append("amount: " + amount_text(m.amount))
    if m.cases:
        out += ["cases:"] + ["  - " + case_text(p, c) for c in m.cases]
    if m.awaiting:
        out.append("status: awaiting-guide")
    if m.applies:
        out.append("applies: {from: %s, to: %s}" % tuple(day_text(d) for d in m.applies))
        out.append("document: 试〔2025〕2号")
    if m.form:
        out.append("form: " + m.form)
    least = "" if m.least is None else "least: " + amount_text(m.least)
    if m.crossing:
        out.append("year-spending: {crossing: %s%s}" % (m.crossing, least and ", " + least))
    elif least:
        out.append(least)
    if m.require:
        out.append("require: " + condition_text(p, m.require))
    if m.terms:
        out.append("terms: [%s]" % ", ".join("{from: %s, to: %s, months-at-least: %d}" % t for t in m.terms))
    if m.intake:
        out.append("intake: [%s]" % ", ".join(
            '{from: "%s", to: "%s", ends: %s}' % (clock_text(a), clock_text(b), "inclusive" if i else "exclusive")
            for a, b, i in m.intake))
    if m.code_begins:
        out.append("code-begins: " + quoted(m.code_begins))
    if m.unrelated:
        out.append("parties: unrelated")
    out += ["%s: {any: %s, on: %s}" % (key, quoted(h[0]), h[1])
            for key, h in (("seller-holds", m.seller_holds), ("holds", m.holds)) if h]
    if m.redeem_attestations:
        out.append("redeem-attestations: [%s]" % ", ".join(m.redeem_attestations))
    return out


def money_text(m):
    """A measure's keys that say how much, and whose money it is."""
    out = ["payee: " + m.payee, "ceilings:" if m.ceilings else "ceilings: []"]
    out += ["  - " + ceiling_text(c) for c in m.ceilings]
    out.append("fund-lines:")
    for i, (source, share) in enumerate(m.shares):
        pool = ", pool: " + m.pools[i] if m.pools and m.pools[i] else ""
        out.append("  - {source: %s, share: %s%s}" % (source, percent_text(share), pool))
    return out + ["odd-fen: " + m.shares[m.odd][0], "when-short: " + m.shortfall]


def group_text(g, codes):
    out = ["name: " + g.name, "measures: " + quoted(codes)]
    if g.key:
        out.append("key: [%s]" % ", ".join(g.key))
    out += ["rule: " + g.rule, "outside: " + g.outside]
    if g.ceiling is not None:
        out.append("ceiling: " + percent_text(g.ceiling))
    return "  - {%s}" % ", ".join(out)


def write(p):
    """The bytes of a policy file that says what a Policy says."""
    out = ["policy: " + p.id, "title: 试验办法", "document: 试〔2025〕1号",
           "applies: {from: %s, to: %s}" % (day_text(p.first), day_text(p.last)),
           "statistics-from: " + day_text(p.statistics_from),
           'time-zone: "%+03d:%02d"' % (p.zone_minutes // 60, p.zone_minutes % 60),
           "areas:"]
    out += ['  - {code: "%s", name: "%s"}' % (code, name) for code, name in p.area_names.items()]
    if p.traits:
        out.append("traits: [%s]" % ", ".join(p.traits))
    if p.attestations:
        out.append("attestations: [%s]" % ", ".join(p.attestations))
    if p.fields:
        out.append("fields:")
        out += ["  - {name: %s, type: %s%s}" % (f.name, f.type, ", words: " + quoted(f.words) if f.words else "")
                for f in p.fields.values()]
    sources = sorted({s for m in p.measures.values() for s, _ in m.shares})
    out.append("sources: [%s]" % ", ".join(sources))
    out.append("vouchers: {valid-to-year-end-after: %d, grace-days: %d}" % (p.valid_years, p.grace_days))
    if p.pools:
        out.append("pools:")
        out += ["  - {name: %s, period: %s%s}" % (n, period, ", by: area" if by_area else "")
                for n, (period, by_area) in p.pools.items()]
    out.append("measures:")
    for m in p.measures.values():
        out += ['  - code: "%s"' % m.code, "    name: " + m.name, "    english: " + m.english, "    kind: " + m.kind]
        lines = claim_text(p, m)
        if m.traits:
            lines.append("traits: [%s]" % ", ".join(m.traits))
        if m.attestations:
            lines.append("attestations: [%s]" % ", ".join(m.attestations))
        if m.window:
            lines.append("contract-signed: {from: %s, to: %s}" % tuple(day_text(d) for d in m.window))
        if m.kind != "designation":
            lines += money_text(m)
        out += ["    " + line for line in lines]
    groups = {}
    for m in p.measures.values():
        if m.group:
            groups.setdefault(m.group, []).append(m.code)
    if groups:
        out.append("exclusive:")
        out += [group_text(p.groups.get(g) or Group(g), codes) for g, codes in groups.items()]
    return ("\n".join(out) + "\n").encode()


def finished(p):
    """The policy with its file's bytes."""
    return dataclasses.replace(p, file=write(p))


SOURCES = ("city", "county", "province", "state")


def random_shares(r):
    n = r.choice((1, 1, 2, 3, 4))
    cuts = sorted(r.sample(range(1, 100), n - 1))
    shares = [b - a for a, b in zip([0] + cuts, cuts + [100])]
    fine = r.choice((0, 0, 1, 3333, 123456)) if n > 1 else 0  # millionths moved from the first to the last
    values = [s * PERCENT for s in shares]
    move = Fraction(fine, 1_000_000)
    if n > 1 and values[0] > move:
        values[0] -= move
        values[-1] += move
    return tuple(zip(SOURCES, values))


def random_ceiling(r):
    limit = r.choice((1, 999, 100_000, 5_000_000, r.randint(1, 50_000_000), r.randint(1, 50_000_000)))
    return Ceiling(limit, r.choice(("enterprise", "enterprise", "contract")), r.choice(("policy", "year")),
                   r.choice(("issue", "issue", "redeem")))


def random_policy(r, n=1):
    """A policy of random rates, ceilings, shares, windows and settings."""
    measures = {}
    for i in range(r.randint(2, 5)):
        code = "R%d" % (i + 1)
        ceilings, seen = [], set()
        for _ in range(r.choice((0, 1, 1, 2, 3, 5))):
            c = random_ceiling(r)
            if (c.scope, c.period, c.event) not in seen:
                seen.add((c.scope, c.period, c.event))
                ceilings.append(c)
        shares = random_shares(r)
        measures[code] = Measure(
            code, r.choice((Fraction(1), Fraction(1, 1_000_000), Fraction(r.randint(1, 1_000_000), 1_000_000),
                            r.randint(1, 100) * PERCENT)),
            claimant=r.choice(("buyer", "buyer", "seller")),
            traits=r.choice(((), (), ("industrial",), ("platform",))),
            attestations=r.choice(((), (), ("review",))), ceilings=tuple(ceilings), shares=shares,
            odd=r.randrange(len(shares)), shortfall=r.choice(("refuse", "partial")),
            window=r.choice((None, None, (day("2025-01-15"), day("2025-09-30")))), group="one contract")
    areas, names = areas_of([("990301", "甲区"), ("990302", "乙区")])
    return finished(Policy("random-%d" % n, day("2025-02-01"), day("2027-06-30"), day("2025-01-01"), measures,
                           traits=("industrial", "platform"), attestations=("review", "other"),
                           areas=areas, area_names=names, valid_years=r.choice((0, 1, 2)),
                           grace_days=r.choice((0, 0, 10, 400)), zone_minutes=r.choice((480, 480, 360, 330))))


def changed(r, p):
    """A later version of a policy: other rates and limits on issue, the same lines and the rest."""
    measures = {}
    for code, m in p.measures.items():
        ceilings = tuple(dataclasses.replace(c, limit=max(1, c.limit * r.choice((1, 2, 3)) // 2))
                         if c.event == "issue" and c.limit and not c.counts else c for c in m.ceilings)
        rate = m.rate and min(Fraction(1), Fraction(int(m.rate * 1_000_000 * r.choice((1, 2, 3)) / 2) or 1, 1_000_000))
        measures[code] = dataclasses.replace(m, ceilings=ceilings, rate=rate)
    return finished(dataclasses.replace(p, measures=measures))


if __name__ == "__main__":
    import random
    print(random_policy(random.Random(3)).file.decode())
