# SPDX-License-Identifier: Apache-2.0
"""A player for policies of all kinds: claims that state facts, near the edges of bands, ceilings and windows;
enterprises that change, ceilings that are raised, designations that are withdrawn."""

from fractions import Fraction

import model as M
from play import Player
from random_city import changed_city
from rules import Ceiling, Field, fact_text, term_end
from vclient import (J, c_appropriate, c_bank_return, c_issue, c_pay, day, day_text, month_of, month_text, noon, uscc,
                     uscc_check, year_of, yuan)

EDGES = (50_000, 100_000, 200_000, 300_000, 500_000, 1_000_000, 5_000_000)


class CityPlayer(Player):
    def __init__(self, client, policy, seed, steps, persons, person_key, **kw):
        super().__init__(client, policy, seed, steps, **kw)
        self.persons = persons
        self.book.person_key = person_key

    # ---- the world ----

    def setup(self):
        super().setup()
        for _ in range(6):
            self.send([self.designate()])

    def setup_lines(self):
        r, p = self.r, self.first_policy
        for name, source in sorted(p.purses()):
            period, by_area = p.pools.get(name, ("year", False))
            for year in p.years() if period == "year" else p.years()[:1]:
                for area in p.area_names if by_area else (None,):
                    if r.random() < 0.93:
                        amount = r.choice((100_000, 3_000_000, 50_000_000, 900_000_000))
                        yield self.appropriation(name, year, amount, source, area)

    @staticmethod
    def appropriation(name, year, amount, source, area):
        c = c_appropriate(name, year, amount, source)
        if area:
            c.appropriate.area = area
        return c

    def measure(self):
        """One that may be in force, mostly."""
        r, p = self.r, self.book.policy
        m = r.choice(list(p.measures.values()))
        return m if not m.awaiting or r.random() < 0.1 else r.choice(list(p.measures.values()))

    def new_enterprise(self):
        r = self.r
        c = super().new_enterprise()
        if r.random() < 0.2:
            first = "12350602%09d" % self.next_enterprise
            c.add_enterprise.uscc = self.codes[-1] = first + uscc_check(first)
        if r.random() < 0.6:
            c.add_enterprise.related = r.choice(("集团甲", "集团乙"))
        return c

    def contract_amount(self):
        r = self.r
        dice = r.random()
        if dice < 0.5:
            amount = r.choice(EDGES) + r.choice((-1, 0, 1))
        elif dice < 0.6:
            amount = r.randint(1, 9)
        elif dice < 0.98:
            amount = self.edge()
        else:
            amount = r.choice((M.LIMIT, r.randint(1, M.LIMIT)))
        return min(max(1, amount), M.LIMIT)

    def edge(self):
        """What reaches some ceiling at some rate, or near it."""
        r = self.r
        m = r.choice([m for m in self.book.policy.measures.values()])
        limits = [c.limit for c in m.ceilings if c.limit and not c.counts] or [1_000_000]
        rates = [k.rate for k in m.cases if k.rate] + [m.rate or Fraction(1, 2)]
        return int(r.choice(limits) / r.choice(rates) / r.choice((1, 1, 2, 3, 7))) + r.choice((-1, 0, 1))

    def changed(self, policy):
        return changed_city(self.r, policy)

    # ---- claims ----

    def issue(self):
        r = self.r
        waiting = [w for w in self.book.waiting[-12:] if w["state"] in ("open", "allowed")]
        if waiting and r.random() < 0.12:
            return self.ask_again(r.choice(waiting))
        for _ in range(7):
            c = self.claim(self.measure())
            expect = self.book.decide(c)
            if expect is not None and expect.kind != M.REFUSED or r.random() < 0.15:
                break
        if r.random() < 0.25 and expect is not None and expect.limits:
            c.issue.amount = self.issue_amount(c)
        return self.spoilt(c)

    def ask_again(self, w):
        """A claim that waits, once more, perhaps with other facts."""
        r, p = self.r, self.book.policy
        m = p.measures[w["measure"]]
        c = c_issue(m.code, w["enterprise"], "", None, w["year"], None, m.attestations)
        c.issue.ClearField("contract")
        if not m.spending:
            c.issue.seller, c.issue.contract = w["spending"]
        self.state(c, m)
        for name, value in zip(m.spending or (), w["spending"]):
            for f in c.issue.facts:
                if f.name == name:
                    f.value = fact_text(p.fields[name], value)
        if r.random() < 0.3:
            c.issue.amount = r.randint(1, max(1, w["wanted"]))
        return c

    def spoilt(self, c):
        """Now and then something is wrong with it."""
        r = self.r
        dice = r.random()
        if dice < 0.01 and c.issue.facts:
            del c.issue.facts[r.randrange(len(c.issue.facts))]
        elif dice < 0.02:
            c.issue.facts.add(name=r.choice(("nothing", "item", "cost", "cap")), value="gpu")
        elif dice < 0.03 and c.issue.facts:
            r.choice(c.issue.facts).value = r.choice(("", "x", "-1", "1.23456", "2025-13", "2025-02-30", "a|b", "1e3"))
        elif dice < 0.035:
            c.issue.contract = "no-such-contract"
        elif dice < 0.04:
            c.issue.measure = "nothing"
        return c

    def claim(self, m):
        r, b = self.r, self.book
        if m.spending:
            who, where = r.choice(list(b.enterprises) or self.codes), (None, None)
            if r.random() < 0.4 and b.by_account:  # one that has something by this measure
                of = [v for v in b.vouchers[-60:] if v["measure"] == m.code]
                who = r.choice(of)["enterprise"] if of else who
        else:
            where = self.pick_contract()
            row = b.contracts[where]
            sides = {"buyer": row["buyer"], "seller": where[0]}
            who = sides[m.claimant] if m.claimant != "either" else r.choice(list(sides.values()))
            if r.random() < 0.05:
                who = r.choice(self.codes)
        attestations = [a for a in m.attestations if r.random() < 0.95]
        year = r.choice(list(b.policy.years())) if r.random() < 0.1 else None
        c = c_issue(m.code, who, where[1], where[0], year, None, attestations) if where[1] else c_issue(
            m.code, who, "", None, year, None, attestations)
        if not where[1]:
            c.issue.ClearField("contract")
        self.state(c, m)
        if m.kind in ("rate", "interest") and r.random() < 0.1:
            c.issue.rate = r.choice((1, 100_000, 300_000, 500_000, 1_000_000))
        return c

    def pick_contract(self):
        b, r = self.book, self.r
        used = [v for v in b.vouchers[-60:] if v["seller"]]
        if used and r.random() < 0.4:
            return r.choice(used)["spending"]
        known = list(b.contracts)
        return r.choice(known[-25:]) if r.random() < 0.8 else r.choice(known)

    def state(self, c, m):
        r, p = self.r, self.book.policy
        must = m.must_state()
        tested = m.may(p.fields) - must
        names = sorted(must | {n for n in sorted(tested) if r.random() < 0.75})
        r.shuffle(names)
        values = {}
        for name in names:
            if p.fields[name].type == "person":
                c.issue.person.field, c.issue.person.type = name, "resident-id"
                c.issue.person.number = r.choice(self.persons)
            else:
                values[name] = self.value(name, values)
        if "begins" in values and "ends" in values:
            months = m.terms[0][2] if m.terms else 1
            edge = term_end(day(values["begins"]), months)
            values["ends"] = day_text(edge + r.choice((-1, 0, 0, 1, 90)))
        for name in names:
            if name in values:
                c.issue.facts.add(name=name, value=values[name])

    def value(self, name, values):
        r, today = self.r, self.book.today()
        kind = self.book.policy.fields[name].type
        if kind == "text":
            return "P%d" % r.randint(1, 14)
        if kind == "word":
            return r.choice(self.book.policy.fields[name].words)
        if kind == "count":
            return str(r.choice((0, 1, 4, 5, 6, 10, 19, 20, 21, r.randint(1, 200))))
        if kind == "quantity":
            return fact_text(Field("", "quantity"), r.choice((1, 50_000, 123_400, 123_401, r.randint(1, 500_000))))
        if kind == "money":
            return yuan(self.contract_amount())
        if kind == "month":
            return month_text(month_of(today) - r.choice((-1, 0, 0, 1, 1, 2, 5, 12)))
        if kind == "year":
            return str(year_of(today) - r.choice((-1, 0, 0, 0, 1, 1, 2)))
        if name == "served-on":
            return day_text(today - r.choice((-1, 0, 0, 1, 10, 100)))
        return day_text(today - r.choice((0, 31, 200, 364, 365, r.randint(0, 500))))

    def designate(self):
        m = self.book.policy.measures[self.r.choice(("D1", "D1", "D2"))]
        return self.claim(m)

    def withdraw(self):
        r, b = self.r, self.book
        c = J.Command()
        live = [d["entry"] for d in b.designations if d["to"] == M.DAY_MAX]
        live += [w["entry"] for w in b.waiting if w["state"] in ("open", "allowed")]
        c.withdraw.entry = r.choice(live) if len(live) > 4 else r.randint(1, b.head["entries"] + 1)
        c.withdraw.reason = "撤回"
        return c

    def close(self):
        r, p = self.r, self.book.policy
        rounds = [m.code for m in p.measures.values() if m.shortfall == "round"]
        c = J.Command()
        c.close_round.measure = r.choice(rounds) if rounds and r.random() < 0.95 else r.choice(list(p.measures))
        if r.random() < 0.2:
            c.close_round.year = r.choice(list(p.years()))
        return c

    def pay(self):
        r, b = self.r, self.book
        paying = r.random() < 0.7
        stage = "payable" if paying else "paid"
        ready = [v["number"] for v in b.vouchers if any(p[stage] for p in v["parts"])]
        payee = None
        if paying and ready and r.random() < 0.4:
            payee = b.vouchers[r.choice(ready) - 1]["payee"]
            if r.random() < 0.8:
                ready = [n for n in ready if b.vouchers[n - 1]["payee"] == payee]
        numbers = r.sample(ready, min(len(ready), r.choice((1, 2, 5))))
        if r.random() < 0.15:
            numbers.append(r.randint(1, len(b.vouchers) + 1))
        return c_pay(numbers, payee) if paying else c_bank_return(numbers)

    def amend(self):
        r, p = self.r, self.book.policy
        c = J.Command()
        a = c.amend_enterprise
        a.uscc = r.choice(self.codes) if r.random() < 0.97 else uscc(987654)
        a.document = "文"
        if r.random() < 0.4:
            a.area = r.choice(list(p.areas)) if r.random() < 0.95 else "nowhere"
        if r.random() < 0.5:
            a.related = r.choice(("集团甲", "集团乙", "集团丙"))
        if r.random() < 0.5 or not (a.area or a.related):
            t = a.traits.add(name=r.choice(p.traits) if r.random() < 0.95 else "no-such-trait")
            if r.random() < 0.6:
                t.from_day = r.randint(p.first, p.last)
                t.to_day = t.from_day + r.choice((0, 30, 300, -1))
        return c

    def raises(self):
        r, p = self.r, self.book.policy
        c = J.Command()
        known = [(m, k) for m in p.measures.values() for k in m.ceilings if k.scope == "enterprise" and k.limit]
        m, k = r.choice(known) if known else (r.choice(list(p.measures.values())), Ceiling(5, name="none"))
        c.raise_ceiling.enterprise, c.raise_ceiling.measure = r.choice(self.codes), m.code
        c.raise_ceiling.ceiling = k.name if r.random() < 0.95 else "none"
        c.raise_ceiling.limit = max(1, k.limit + r.choice((-1, 0, 1, k.limit // 2, k.limit)))
        c.raise_ceiling.document = "文"
        return c

    LATE = 20

    def move_clock(self):
        """Now and then to the very instant at which a window opens or closes, or a first right ends."""
        r, b, p = self.r, self.book, self.book.policy
        edges = []
        for m in p.measures.values():
            edges += [t for begins, ends, _ in m.intake for t in (begins, ends)]
            days = [d + 1 for d in (m.first_right or ())[1:]] + list(m.applies or ())[:1] + [
                d + 1 for d in (m.applies or ())[1:]]
            edges += [noon(d, p.zone_minutes) - 12 * 3_600_000_000 for d in days]
        ahead = [t for t in edges if b.now() < t < b.now() + 60 * 86_400_000_000]
        if not ahead or r.random() < 0.3:
            return super().move_clock()
        edge = min(ahead)
        for t in (edge - 1, edge, edge + 1):
            self.set_clock(t)
            for _ in range(6):
                self.send([self.issue()])

    def pick_voucher(self, open_share=0.9):
        """An open one, mostly; where grants are paid out at once few are."""
        b, r = self.book, self.r
        still = [v for v in b.vouchers[-120:] if b.state(v) == M.J_OPEN]
        return r.choice(still) if still and r.random() < open_share else super().pick_voucher(open_share)

    # ---- the rest, where spending is not always a contract ----

    def invoice_amount(self, v):
        if v["rate"] == 0:
            return 1
        return super().invoice_amount(v)

    def redeem(self):
        c = super().redeem()
        b, r = self.book, self.r
        if 1 <= c.redeem.voucher <= len(b.vouchers):
            for name in b.vouchers[c.redeem.voucher - 1]["rules"].redeem_attestations:
                if r.random() < 0.95:
                    c.redeem.attestations.add(name=name, document="文")
        if r.random() < 0.01:
            c.redeem.attestations.add(name="no-such-paper", document="文")
        return c

    def outside(self):
        r, b = self.r, self.book
        m = self.measure()
        c = J.Command()
        o = c.add_outside
        o.amount = min(max(1, r.choice((1, 10_000, 100_000, self.edge() // 4))), M.LIMIT)
        o.document = "文"
        if not m.spending:
            o.seller, o.contract = self.pick_contract()
            if r.random() < 0.05:
                o.contract = "no-such-contract"
        else:
            o.measure = m.code
            values = {}
            for name in m.spending:
                if b.policy.fields[name].type == "person":
                    return self.outside_of_contract(o, c)
                values[name] = self.value(name, values)
                if r.random() < 0.97:
                    o.facts.add(name=name, value=values[name])
        return c

    def outside_of_contract(self, o, c):
        o.ClearField("measure")
        o.ClearField("facts")
        o.seller, o.contract = self.pick_contract()
        return c

    def appropriate(self):
        r, p = self.r, self.book.policy
        name, source = r.choice(sorted(p.purses()))
        period, by_area = p.pools.get(name, ("year", False))
        year = r.choice(list(p.years())) if period == "year" or r.random() < 0.1 else p.years()[0]
        area = r.choice(list(p.areas)) if by_area != (r.random() < 0.04) else None
        c = self.appropriation(name, year, r.choice((1, 3, 50_000, 2_000_000)), source, area)
        dice = r.random()
        if dice < 0.05:
            c.appropriate.year = r.choice((p.years()[0] - 1, p.years()[-1] + 1))
        elif dice < 0.08:
            c.appropriate.source = "nobody"
        elif dice < 0.12:
            c.appropriate.measure = r.choice(("nothing", "D1"))
        return c

    def enterprise(self):
        c = super().enterprise()
        if self.r.random() < 0.3:
            c.add_enterprise.related = "集团甲"
        return c

    KINDS = (("issue", 50), ("redeem", 25), ("contract", 8), ("void", 4), ("outside", 3), ("appropriate", 4),
             ("enterprise", 2), ("adopt", 1.2), ("amend", 2), ("raises", 1.5), ("withdraw", 1), ("designate", 2),
             ("close", 0.8), ("pay", 4))
