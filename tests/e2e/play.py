# SPDX-License-Identifier: Apache-2.0
"""A player: random commands that hug the edges of the rules, sent to the daemon and to the model, each
answer held against the model's."""

import random
from fractions import Fraction

import compare
import model as M
from policies import changed
from vclient import (Ids, V, ask, c_adopt, c_appropriate, c_contract, c_enterprise, c_issue, c_lapse,
                     c_outside, c_redeem, c_void, day_text, invoice, noon, old_invoice, uscc)


class Player:
    def __init__(self, client, policy, seed, steps, principal=None, window=48):
        self.client = client
        self.r = random.Random(seed)
        self.seed = seed
        self.ids = Ids(seed)
        self.steps = steps
        self.window = window
        self.principal = principal or client.welcome.principal
        self.first_policy = policy
        self.book = M.Book([policy])
        self.step_no = 0
        self.waiting = []    # (request number, asks, expects, atomic, dry_run)
        self.firsts = {}     # request id -> first outcome
        self.asks = []       # that may be repeated
        self.tail = []       # what was done last, for messages
        self.counts = {}
        self.bound = set()   # rules that have decided
        self.next_enterprise = 0
        self.next_contract = 0
        self.next_invoice = 0
        self.codes = []
        self.numbers = []

    # ---- sending and comparing ----

    def send(self, commands, atomic=False, dry_run=False, request_ids=None):
        asks = [ask(c, request_ids[i] if request_ids else self.ids.new()) for i, c in enumerate(commands)]
        self.send_asks(asks, atomic, dry_run)

    def send_asks(self, asks, atomic=False, dry_run=False):
        self.step_no += len(asks)
        lapses = any(a.command.WhichOneof("kind") == "lapse" for a in asks)
        if lapses:
            self.flush()
        number = self.client.begin_commands(asks, atomic, dry_run)
        if lapses:
            # Which vouchers lapse is the daemon's choice: the model is told.
            got = self.client.outcomes(number)
            self.guarded(asks, got, atomic, dry_run, got)
            return
        expects = self.guarded_batch(asks, atomic, dry_run, None)
        self.waiting.append((number, asks, expects, atomic, dry_run, self.step_no))
        if len(self.waiting) >= self.window:
            self.settle(len(self.waiting) // 2)

    def guarded_batch(self, asks, atomic, dry_run, got):
        expects = self.book.batch(asks, self.principal, atomic, dry_run, got)
        if not dry_run:
            self.asks += asks
            del self.asks[:-400]
        return expects

    def guarded(self, asks, got, atomic, dry_run, told):
        try:
            lapsed = [o if o.entry.HasField("lapsed") else None for o in told]
            expects = self.guarded_batch(asks, atomic, dry_run, lapsed)
        except AssertionError as e:
            self.fail(e, asks, got, None, self.step_no)
        self.check(asks, got, expects, atomic, dry_run, self.step_no)

    def settle(self, n):
        """Fetches and compares the oldest n answers under way."""
        for number, asks, expects, atomic, dry_run, step in self.waiting[:n]:
            got = self.client.outcomes(number)
            self.check(asks, got, expects, atomic, dry_run, step)
        del self.waiting[:n]

    def flush(self):
        self.settle(len(self.waiting))

    def check(self, asks, got, expects, atomic, dry_run, step):
        self.note(asks, got, atomic, dry_run, step)
        try:
            compare.same("number of outcomes", len(got), len(expects))
            for one, o, e in zip(asks, got, expects):
                kind = one.command.WhichOneof("kind") or "empty"
                name = V.Outcome.Kind.Name(o.kind)
                if o.kind == V.Outcome.REFUSED:
                    name = M.J.Reason.Name(o.entry.refusal.reason)
                if o.again:
                    name = "AGAIN"
                elif o.entry.HasField("issued") and o.entry.issued.given:
                    name = M.J.Given.Name(o.entry.issued.given)
                for l in o.entry.explanation.limits:
                    if l.binding:
                        self.bound.add(M.J.Rule.Name(l.rule))
                key = kind + (" dry " if dry_run else " ") + name
                self.counts[key] = self.counts.get(key, 0) + 1
                compare.outcome(o, e, self.firsts, dry_run)
        except AssertionError as e:
            self.fail(e, asks, got, expects, step)

    def note(self, asks, got, atomic, dry_run, step):
        self.tail.append((step, asks, got, atomic, dry_run))
        del self.tail[:-12]

    def fail(self, error, asks, got, expects, step):
        lines = ["%s" % error, "seed %d, step %d, policy %s, business day %s"
                 % (self.seed, step, self.first_policy.id, day_text(self.book.today())), "the last requests:"]
        for s, a, g, atomic, dry in self.tail[-3:]:
            how = (" atomic" if atomic else "") + (" dry-run" if dry else "")
            for one, o in list(zip(a, g))[-5:]:
                lines.append("  step %d%s: %s -> %s" % (s, how, short(one.command), short(o)))
        raise compare.Mismatch("\n".join(lines)) from None

    # ---- the world ----

    def setup(self):
        r, p = self.r, self.first_policy
        self.set_clock(noon(p.first - r.choice((0, 1, 3)), p.zone_minutes))
        self.send([c_appropriate(next(iter(p.measures)), p.years()[0], 5)])
        self.send([c_adopt(p.file)])
        for c in self.setup_lines():
            self.send([c])
        for _ in range(10):
            self.send([self.new_enterprise()])
        for _ in range(20):
            self.send([self.new_contract()])
        self.flush()

    def setup_lines(self):
        """Appropriations for most lines."""
        for m in self.first_policy.measures.values():
            for source, share in m.shares:
                for year in self.first_policy.years():
                    if self.r.random() < 0.93:
                        yield c_appropriate(m.code, year, self.line_amount(m, share), source)

    def line_amount(self, m, share):
        """Money for some dozens of vouchers of a size that the ceilings allow."""
        limits = [c.limit for c in m.ceilings_on("issue")] or [3_000_000]
        return max(1, int(min(min(limits), 20_000_000) * share * self.r.choice((3, 15, 60, 300))))

    def new_enterprise(self):
        r, p = self.r, self.book.policy
        self.next_enterprise += 1
        code = uscc(self.next_enterprise * 7919 + self.seed % 1000)
        self.codes.append(code)
        traits = []
        for t in p.traits:
            dice = r.random()
            if dice < 0.7:
                traits.append((t, None, None))
            elif dice < 0.85:
                a = r.randint(p.first - 30, p.last)
                traits.append((t, a, min(a + r.randint(0, 500), p.last)))
        return c_enterprise(code, "企业%d" % self.next_enterprise, r.choice(list(p.areas)), traits)

    def new_contract(self):
        r, p = self.r, self.book.policy
        if self.numbers and r.random() < 0.06:
            number = r.choice(self.numbers)
        else:
            self.next_contract += 1
            number = "HT-%d" % self.next_contract
            self.numbers.append(number)
        codes = list(self.book.enterprises) or self.codes
        seller, buyer = r.choice(codes), r.choice(codes)
        if seller == buyer and r.random() < 0.9:
            buyer = codes[(codes.index(seller) + 1) % len(codes)]
        signed = r.choice((p.first, p.first - 100, r.randint(p.first - 150, p.first + 200)))
        return c_contract(number, seller, buyer, self.contract_amount(), signed)

    def contract_amount(self):
        r = self.r
        m = r.choice(list(self.book.policy.measures.values()))
        limits = [c.limit for c in m.ceilings] or [3_000_000]
        edge = Fraction(r.choice(limits)) / m.rate
        choice = r.random()
        if choice < 0.35:
            amount = int(edge) + r.choice((-1, 0, 1, 2))
        elif choice < 0.5:
            amount = r.randint(1, 9)
        elif choice < 0.8:
            amount = r.randint(1, max(2, int(edge * r.choice((1, 2)))))
        elif choice < 0.97:
            amount = int(edge / r.randint(1, 7)) + r.choice((-1, 0, 1))
        else:
            amount = r.choice((M.LIMIT, M.LIMIT - 1, r.randint(1, M.LIMIT)))
        return min(max(1, amount), M.LIMIT)

    # ---- commands ----

    def enterprise(self):
        r = self.r
        dice = r.random()
        if dice < 0.5 or len(self.codes) > 40:
            c = c_enterprise(r.choice(self.codes), "again", r.choice(list(self.book.policy.areas)))
        else:
            c = self.new_enterprise()
        dice = r.random()
        if dice < 0.06:
            c.add_enterprise.area = "999999"
        elif dice < 0.1:
            c.add_enterprise.traits.add(name="no-such-trait")
        elif dice < 0.14:
            c.add_enterprise.uscc = c.add_enterprise.uscc[:-1] + "I"
        return c

    def contract(self):
        r = self.r
        known = list(self.book.contracts)
        if known and r.random() < 0.12:
            seller, number = r.choice(known)
            other = r.choice([c for c in self.codes if c != seller])
            return c_contract(number, seller, other, self.contract_amount())
        return self.new_contract()

    def pick_contract(self):
        """Most of the time one that is in use, so that claims meet on it."""
        known = list(self.book.contracts)
        r = self.r
        if self.book.vouchers and r.random() < 0.35:
            return r.choice(self.book.vouchers[-40:])["key"][1:]
        return r.choice(known[-25:]) if r.random() < 0.8 else r.choice(known)

    def issue(self):
        r, b = self.r, self.book
        p = b.policy
        m = r.choice(list(p.measures.values()))
        seller, number = self.pick_contract()
        row = b.contracts[seller, number]
        today = b.today()
        for _ in range(3):  # another one where this has no chance, mostly
            holds = {n for n, first, last in b.enterprises.get(
                row["buyer"] if m.claimant == "buyer" else seller, {"traits": ()})["traits"]
                if first <= today <= last}
            in_window = not m.window or m.window[0] <= row["signed_on"] <= m.window[1]
            if (in_window and holds.issuperset(m.traits)) or r.random() < 0.15:
                break
            m = r.choice(list(p.measures.values()))
            seller, number = self.pick_contract()
            row = b.contracts[seller, number]
        party = row["buyer"] if m.claimant == "buyer" else seller
        if r.random() < 0.05:
            party = seller if party != seller else row["buyer"]
        if r.random() < 0.02:
            party = r.choice(self.codes)
        with_seller = seller if r.random() < 0.85 else None
        year = None
        if r.random() < 0.15:
            year = r.choice(list(p.years()) + [p.years()[0] - 1])
        attestations = [a for a in m.attestations if r.random() < 0.93]
        if r.random() < 0.03:
            attestations.append("no-such-paper")
        c = c_issue(m.code, party, number, with_seller, year, None, attestations)
        if r.random() < 0.4:
            c.issue.amount = self.issue_amount(c)
        dice = r.random()
        if dice < 0.01:
            c.issue.measure = "nothing"
        elif dice < 0.02:
            c.issue.enterprise = uscc(123456789)
        elif dice < 0.03:
            c.issue.contract = "no-such-contract"
        elif dice < 0.04:
            c.issue.amount = r.choice((0, -1, M.LIMIT + 1))
        return c

    def issue_amount(self, c):
        expect = self.book.decide(c)
        if expect is None or not expect.limits:
            return self.r.randint(1, 100_000)
        at_most = [a for _, _, a in expect.limits]
        pick = min(at_most) if self.r.random() < 0.6 else self.r.choice(at_most)
        pick += self.r.choice((-1, 0, 0, 1, 1))
        if self.r.random() < 0.25:
            pick = self.r.randint(1, max(1, pick))
        return min(max(1, pick), M.LIMIT)

    def pick_voucher(self, open_share=0.9):
        b, r = self.book, self.r
        if not b.vouchers:
            return None
        if r.random() < open_share:
            late = r.random() < 0.06  # one that has run out and was not lapsed
            for _ in range(25):
                v = r.choice(b.vouchers[-60:]) if r.random() < 0.7 and not late else r.choice(b.vouchers)
                if b.state(v) == M.J_OPEN and (not late or v["redeem_to"] < b.today()):
                    return v
        return r.choice(b.vouchers)

    def redeem(self):
        r, b = self.r, self.book
        v = self.pick_voucher()
        today = b.today()
        if v is None:
            return c_redeem(r.choice((0, 1, 7)), invoice(1), 5, today)
        dated = today
        dice = r.random()
        if dice < 0.04:
            dated = today + 1
        elif dice < 0.08:
            dated = b.policy.statistics_from - 1
        elif dice < 0.25:
            dated = r.randint(b.policy.statistics_from, max(today, b.policy.statistics_from))
        dice = r.random()
        if dice < 0.25:  # a sibling's invoice
            pool = [(n, b.invoices[n]) for s in b.by_key[v["key"]] for n in s["invoices"]
                    if n not in v["invoices"] or r.random() < 0.05]
            if pool:
                number, row = r.choice(pool)
                amount = row["amount"] + r.choice((0, 0, 0, 0, 0, 1, -1))
                d = row["dated"] if r.random() < 0.9 else dated
                return c_redeem(v["number"], number, max(1, amount), d)
        if dice < 0.3 and b.invoices:
            number = r.choice(list(b.invoices))
            return c_redeem(v["number"], number, b.invoices[number]["amount"], b.invoices[number]["dated"])
        self.next_invoice += 1
        number = (invoice if r.random() < 0.7 else old_invoice)(self.next_invoice)
        c = c_redeem(v["number"], number, self.invoice_amount(v), dated)
        dice = r.random()
        if dice < 0.01:
            c.redeem.voucher = r.choice((0, len(b.vouchers) + 1, 2**63))
        elif dice < 0.02:
            c.redeem.amount = r.choice((0, -5, M.LIMIT + 1))
        elif dice < 0.03:
            c.redeem.invoice = r.choice(("", "123", number + "0", "12345678901-12345678", "x" * 20))
        return c

    def invoice_amount(self, v):
        """Near what uses the face up, or what one fen more of it takes."""
        r = self.r
        invoiced = sum(v["invoices"].values())
        whole = -(-Fraction(v["face"]) // v["rate"]) - invoiced
        dice = r.random()
        if dice < 0.2:
            amount = whole + r.choice((-1, 0, 1))
        elif dice < 0.5:
            amount = r.randint(1, 5)
        else:
            amount = r.randint(1, max(1, int(whole) // r.choice((1, 2, 5, 9))))
        return min(max(1, int(amount)), M.LIMIT)

    def void(self):
        v = self.pick_voucher(0.75)
        number = v["number"] if v else 1
        if self.r.random() < 0.03:
            number = len(self.book.vouchers) + 1
        return c_void(number, self.r.choice(("取消", "withdrawn", "x" * 600, "")
                                            if self.r.random() < 0.1 else ("取消",)))

    def outside(self):
        r = self.r
        seller, number = self.pick_contract()
        amount = self.book.contracts[seller, number]["amount"]
        m = r.choice(list(self.book.policy.measures.values()))
        entitlement = max(1, min([int(m.rate * amount)] + [c.limit for c in m.ceilings_on("issue")]))
        pick = r.choice((1, entitlement, max(1, entitlement - 1), r.randint(1, entitlement)))
        if r.random() < 0.05:
            number = "no-such-contract"
        return c_outside(seller, number, min(pick, M.LIMIT))

    def appropriate(self):
        r, p = self.r, self.book.policy
        m = r.choice(list(p.measures.values()))
        source, share = r.choice(m.shares)
        c = c_appropriate(m.code, r.choice(list(p.years())), max(1, self.line_amount(m, share) // 3), source)
        dice = r.random()
        if dice < 0.3:
            c.appropriate.amount = r.randint(1, 3)
        elif dice < 0.35:
            c.appropriate.year = r.choice((p.years()[0] - 1, p.years()[-1] + 1))
        elif dice < 0.38:
            c.appropriate.source = "nobody"
        elif dice < 0.41:
            c.appropriate.measure = "nothing"
        elif dice < 0.45:
            c.appropriate.amount = r.choice((0, -1, M.LIMIT + 1, M.LIMIT))
        return c

    def adopt(self):
        r, b = self.r, self.book
        dice = r.random()
        if dice < 0.35:
            return c_adopt(b.policy.file)
        if dice < 0.55:
            return c_adopt(b"policy: [" + bytes([r.randint(32, 126)]))
        p = self.changed(b.policy) if dice < 0.85 and self.may_change() else self.first_policy
        b.known[p.file] = p
        return c_adopt(p.file)

    def changed(self, policy):
        return changed(self.r, policy)

    def may_change(self):
        """Only policies that this program wrote have a file for each change."""
        return self.first_policy.id.startswith("random")

    def lapse(self):
        r, b = self.r, self.book
        today = b.today()
        return c_lapse(r.choice((None, None, today - 1, today, today + 1, today - r.randint(1, 100),
                                 M.DAY_MIN, M.DAY_MAX, M.DAY_MIN - 1)))

    KINDS = (("issue", 32), ("redeem", 40), ("contract", 10), ("void", 4), ("outside", 3), ("appropriate", 5),
             ("enterprise", 2), ("adopt", 0.4))

    def one(self):
        names = [k for k, _ in self.KINDS]
        return getattr(self, self.r.choices(names, [w for _, w in self.KINDS])[0])()

    # ---- moves ----

    LATE = 10_000  # days of grace at the policy's end that are played, at most

    def set_clock(self, us):
        self.flush()
        compare.same("the clock", self.client.set_clock(us), us)
        self.book.clock = us

    def move_clock(self):
        """Along the policy's life, often to the very edge of a day; sometimes backwards."""
        r, b, p = self.r, self.book, self.first_policy
        start, end = p.first, p.last + min(p.grace_days, self.LATE) + 3
        target = start + int((end - start) * self.step_no / self.steps)
        target = max(target, b.today()) if b.head["time"] else target
        dice = r.random()
        if dice < 0.1:
            self.set_clock(b.now() - r.randint(0, 10**12))
            return
        if dice < 0.25:
            self.set_clock(b.now() + r.randint(0, 10**11))
            return
        if dice < 0.5:
            edges = [v["redeem_to"] for v in b.vouchers[-50:] if target <= v["redeem_to"] < target + 40]
            edges += [M.day("%d-12-31" % y) for y in p.years() if target <= M.day("%d-12-31" % y) < target + 20]
            if edges:
                target = r.choice(edges)
        day_end = noon(target, p.zone_minutes) + 12 * 3_600_000_000
        self.set_clock(r.choice((noon(target, p.zone_minutes), day_end - 1, day_end,
                                 day_end - 86_400_000_000)))

    def repeat(self):
        r = self.r
        if not self.asks:
            return
        one = V.Ask()
        one.CopyFrom(r.choice(self.asks))
        if r.random() < 0.25:
            one.command.CopyFrom(self.one())
        if one.command.WhichOneof("kind") == "lapse" and (self.principal, one.request_id) not in self.book.requests:
            return
        self.send_asks([one])

    def batch(self, atomic):
        r = self.r
        n = r.choice((2, 3, 5, 12))
        commands = []
        for _ in range(n):
            if atomic and r.random() < 0.6:
                commands.append(self.likely())
            else:
                commands.append(self.one())
        if r.random() < 0.1 and self.asks:  # with rows that were sent before
            asks = [ask(c, self.ids.new()) for c in commands]
            old = [a for a in self.asks if a.command.WhichOneof("kind") != "lapse"]
            if old:
                asks[r.randrange(n)].CopyFrom(r.choice(old))
            self.send_asks(asks, atomic)
            return
        self.send(commands, atomic)

    def likely(self):
        """A command that will most likely be done."""
        for _ in range(5):
            c = self.one()
            expect = self.book.decide(c)
            if expect is not None and expect.kind == V.Outcome.DONE:
                return c
        return self.new_contract()

    def dry_run(self):
        c = self.one() if self.r.random() < 0.9 else self.lapse()
        self.send([c], dry_run=True, atomic=self.r.random() < 0.2)

    def move(self):
        dice = self.r.random()
        if dice < 0.74:
            self.send([self.one()])
        elif dice < 0.82:
            self.batch(atomic=False)
        elif dice < 0.88:
            self.batch(atomic=True)
        elif dice < 0.92:
            self.dry_run()
        elif dice < 0.975:
            self.repeat()
        elif dice < 0.979:
            self.send([self.lapse()])
        else:
            self.move_clock()

    def play(self, each=None, every=1000):
        """All the steps; each() after about every so many of them, with everything settled."""
        self.setup()
        due = every
        while self.step_no < self.steps:
            self.move()
            if self.step_no >= due:
                due += every
                self.compare_all()
                if each:
                    each()
        self.compare_all()

    def compare_all(self):
        self.flush()
        try:
            compare.everything(self.client, self.book)
        except AssertionError as e:
            self.fail(e, [], [], [], self.step_no)


def short(message):
    text = " ".join(str(message).split())
    return text if len(text) < 500 else text[:500] + "..."


