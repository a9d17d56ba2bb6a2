# SPDX-License-Identifier: Apache-2.0
"""Holding the daemon's answers against the model's, and the journal against itself."""

from collections import Counter

from model import AVAILABLE, OUTSIDE, STAGES
from vclient import DONE, J, REFUSED, V, leaf_hash, tree_root, year_of


class Mismatch(AssertionError):
    pass


def same(what, got, want):
    if got != want:
        raise Mismatch("%s: the daemon says %r, the rules %r" % (what, got, want))


def stages_of(m):
    return tuple(getattr(m, s) for s in STAGES)


def postings_of(entry):
    return Counter((p.line, p.voucher, p.from_stage, p.to_stage, p.amount) for p in entry.postings)


def reason_names(reasons):
    return [J.Reason.Name(r) for r in reasons]


def outcome(got, want, firsts=None, dry_run=False):
    """One outcome against its Expect; firsts: request id -> first outcome, to compare repeats with."""
    if got.kind not in want.kinds:
        detail = J.Reason.Name(got.entry.refusal.reason) if got.kind == REFUSED else str(got.fault)
        wanted = "/".join(V.Outcome.Kind.Name(k) for k in want.kinds)
        if want.reasons:
            wanted += " " + "/".join(reason_names(want.reasons))
        raise Mismatch("outcome: the daemon says %s (%s), the rules %s"
                       % (V.Outcome.Kind.Name(got.kind), detail.strip(), wanted))
    if got.kind not in (DONE, REFUSED):
        same("an entry with what was not booked", got.HasField("entry"), False)
        same("a fault with what was not booked", got.HasField("fault"), True)
        return
    if want.kind not in (DONE, REFUSED):  # a repeat's first answer inside a failed batch
        return
    same("again", got.again, want.again)
    same("dry_run", got.dry_run, dry_run)
    if want.again:
        if firsts is not None and want.request_id in firsts:
            first = firsts[want.request_id]
            same("the first answer given again", (got.entry, got.leaf), (first.entry, first.leaf))
        return
    if firsts is not None and not dry_run:
        firsts[want.request_id] = got
    same("the leaf", got.leaf, b"" if dry_run else leaf_hash(got.entry.SerializeToString()))
    same("a sentence", bool(got.message), got.kind == REFUSED)
    entry(got.entry, want)


def entry(got, want):
    same("the command in the answer", got.HasField("command"), True)
    for name in ("number", "time", "day", "policy", "principal", "request_id"):
        same("entry." + name, getattr(got, name), getattr(want, name))
    same("entry.rules", got.rules, 1)
    kind = got.WhichOneof("result")
    if want.kind == REFUSED:
        same("result", kind, "refusal")
        if got.refusal.reason not in want.reasons:
            raise Mismatch("reason: the daemon says %s, the rules %s"
                           % (J.Reason.Name(got.refusal.reason), reason_names(want.reasons)))
    else:
        same("result", kind, want.result_kind)
        for name, value in (want.result or {}).items():
            have = getattr(got, want.result_kind)
            have = getattr(have, name)
            same("%s.%s" % (kind, name), list(have) if name == "vouchers" else have, value)
    same("postings", postings_of(got), Counter(want.postings))
    balances(got, want)
    limits(got, want)


def balances(got, want):
    """Each balance told must be right, and those that postings changed must be told."""
    have = {}
    for b in got.balances:
        if b.kind == J.Balance.LINE:
            key = ("line", b.id)
        elif b.kind == J.Balance.VOUCHER:
            key = ("voucher", b.id)
        else:
            same("an account by voucher %d" % b.id, b.id in want.owners, True)
            key = ("account",) + want.owners[b.id]
        same("twice in the balances: %r" % (key,), key in have, False)
        have[key] = b
        if not b.before < got.number:
            raise Mismatch("balance %r: before %d in entry %d" % (key, b.before, got.number))
    for key, stages in (want.balances or {}).items():
        if key not in have:
            raise Mismatch("balance %r is not told" % (key,))
        same("balance %r" % (key,), stages_of(have[key].stages), stages)
        if key[0] == "account":
            same("counted of %r" % (key,), have[key].counted, sum(stages) - stages[AVAILABLE])


def limits(got, want):
    if not want.limits:
        return
    have = list(got.explanation.limits)
    told = [(l.rule, l.at_most) for l in have]
    for rule, _, at_most in want.limits:
        if rule == J.LIMIT_SUPPORT and rule not in [l.rule for l in have]:
            continue
        if (rule, at_most) not in told:
            raise Mismatch("limit %s of %d is not among those told: %s"
                           % (J.Rule.Name(rule), at_most,
                              [(J.Rule.Name(r), a) for r, a in told]))
    same("number of limits told", len(have) <= len(want.limits), True)
    binding = [l for l in have if l.binding]
    same("binding limits", len(binding), 1)
    same("the binding limit leaves", binding[0].at_most, min(a for _, _, a in want.limits))
    if want.binding is not None:
        same("the binding limit", J.Rule.Name(binding[0].rule), J.Rule.Name(want.binding))
    if want.holders is not None and (want.kind == REFUSED or got.explanation.holders):
        same("holders", tuple(got.explanation.holders), want.holders[:8])


# ---- the whole book ----

def funds(client, book, as_of=None, entry=None):
    a = client.funds(as_of)
    have = {(f.measure, f.year, f.source, f.area): f for f in a.funds}
    same("fund lines told once", len(have), len(a.funds))
    if entry is None:
        rows = [(n, l, l["stages"], l["appropriated"]) for n, l in enumerate(book.lines, 1)]
    else:
        then = book.as_of_stages(entry)[0]
        rows = [(n, book.lines[n - 1], s, sum(s)) for n, s in then.items()]
    told = {k for k, f in have.items() if f.appropriated or any(stages_of(f.stages))}
    same("fund lines", told, {(l["measure"], l["year"], l["source"], l["area"]) for _, l, _, _ in rows})
    for n, l, stages, appropriated in rows:
        f = have[l["measure"], l["year"], l["source"], l["area"]]
        same("number of a line", f.line, n)
        same("stages of line %d" % n, stages_of(f.stages), tuple(stages))
        same("appropriated on line %d" % n, f.appropriated, appropriated)
        same("sum of the stages of line %d" % n, sum(stages_of(f.stages)), f.appropriated)
        if min(stages_of(f.stages)) < 0:
            raise Mismatch("line %d has a stage below zero: %s" % (n, f))
    return a


def vouchers(client, book):
    rows = client.vouchers()
    same("vouchers' numbers", [v.voucher for v in rows], list(range(1, len(book.vouchers) + 1)))
    for row, v in zip(rows, book.vouchers):
        voucher(row, v, book)
    for v in book.vouchers[::7]:
        voucher(client.voucher(v["number"]).vouchers[0], v, book, alone=True)


def voucher(row, v, book, alone=False):
    n = "voucher %d: " % v["number"]
    same(n + "state", row.state, book.state(v))
    same(n + "stages", stages_of(row.stages), book.voucher_stages(v))
    same(n + "invoiced", row.invoiced, sum(v["invoices"].values()))
    for name in ("measure", "enterprise", "contract", "seller", "face", "issued", "valid_to", "redeem_to",
                 "tops_up", "policy", "payee"):
        same(n + name, getattr(row, name), v[name])
    same(n + "rate", row.rate, int(v["rate"] * 1_000_000))
    same(n + "issue_entry", row.issue_entry, book.issued_at[v["number"]])
    same(n + "parts", [(p.line, p.face, p.open) for p in row.parts if p.face],
         [(p["line"], p["face"], p["open"]) for p in v["parts"] if p["face"]])
    siblings = [s["number"] for s in reversed(book.by_key[v["key"]]) if s is not v]
    if alone or row.siblings:
        same(n + "siblings", list(row.siblings), siblings[:8])


def enterprise(client, book, code):
    a = client.enterprise(code).enterprise
    want = book.enterprises[code]
    n = "enterprise %s: " % code
    same(n + "name and area", (a.uscc, a.name, a.area), (code, want["name"], want["area"]))
    same(n + "area's name", a.area_name, book.policy.area_names[want["area"]])
    accounts = {x.measure: x for x in a.accounts if x.vouchers}
    measures = {m for e, m in book.by_account if e == code and book.by_account[e, m]}
    same(n + "accounts", set(accounts), measures)
    for code_of, x in accounts.items():
        of = book.by_account[code, code_of]
        same(n + "stages of " + code_of, stages_of(x.stages), book.account_stages(code, code_of))
        same(n + "vouchers of " + code_of, x.vouchers, len(of))
        m = book.policy.measures.get(code_of)
        if m is None:
            continue
        year = year_of(book.today())
        ceilings = [c for c in m.ceilings if c.scope == "enterprise" and c.period != "months" and not c.counts]
        same(n + "ceilings of " + code_of, len(x.ceilings), len(ceilings))
        for have, c in zip(x.ceilings, ceilings):
            used = book.counted(book.in_ceiling(c, m, code), c, year, c.event)
            most = book.most(c, m, code, {})
            same(n + "ceiling %r of %s" % (c, code_of), (have.limit, have.used, have.left, have.year),
                 (most, used, max(0, most - used), year if c.period == "year" else 0))


def everything(client, book):
    funds(client, book)
    vouchers(client, book)
    for code in book.enterprises:
        enterprise(client, book, code)
    s = client.status()
    same("entries", s.entries, book.head["entries"])
    same("vouchers", s.vouchers, len(book.vouchers))
    same("policy", s.policy, len(book.adopted))
    if book.policy:
        same("policy id", s.policy_id, book.policy.id)


# ---- the journal against itself ----

def journal(client, firsts=None):
    """Reads every entry: numbers, times, leaves, root, chains of balances; sums the postings and holds
    them against what queries say. Gives the entries."""
    rows = client.entries()
    status = client.status()
    same("numbers of the entries", [r.number for r in rows], list(range(1, len(rows) + 1)))
    same("entries by status", status.entries, len(rows))
    leaves = []
    entries = []
    time = None
    lines, of_voucher, chain = {}, {}, {}
    owner = {}
    for r in rows:
        same("leaf of entry %d" % r.number, r.leaf, leaf_hash(r.entry))
        leaves.append(r.leaf)
        e = J.Entry()
        e.ParseFromString(r.entry)
        entries.append(e)
        same("number in entry %d" % r.number, e.number, r.number)
        if time is not None and e.time < time:
            raise Mismatch("entry %d is booked before the one before it" % e.number)
        time = e.time
        if e.HasField("issued"):
            owner[e.issued.voucher] = (e.command.issue.enterprise, e.command.issue.measure)
        if e.HasField("refusal"):
            same("postings of a refusal", len(e.postings), 0)
        for p in e.postings:
            sums(lines.setdefault(p.line, [0] * 6), p)
            if p.voucher:
                s = of_voucher.setdefault(p.voucher, [0] * 6)
                if p.from_stage not in (AVAILABLE, J.HELD) or p.to_stage != J.COMMITTED:
                    s[p.from_stage] -= p.amount
                s[p.to_stage] += p.amount
        for b in e.balances:
            key = (b.kind, owner[b.id] if b.kind == J.Balance.ACCOUNT else b.id)
            same("chain of %r in entry %d" % (key, e.number), b.before, chain.get(key, 0))
            chain[key] = e.number
            if b.kind == J.Balance.LINE:
                same("balance of line %d in entry %d" % (b.id, e.number), stages_of(b.stages),
                     tuple(lines[b.id]))
            elif b.kind == J.Balance.VOUCHER:
                same("balance of voucher %d in entry %d" % (b.id, e.number), stages_of(b.stages),
                     tuple(of_voucher[b.id]))
    same("kind of the first entry", entries[0].command.WhichOneof("kind"), "create_book")
    same("root", status.root, tree_root(leaves))
    for f in client.funds().funds:
        same("postings summed for line %d" % f.line, tuple(lines.get(f.line, [0] * 6)), stages_of(f.stages))
        same("appropriated on line %d" % f.line, f.appropriated, sum(lines.get(f.line, [0] * 6)))
    for v in client.vouchers():
        same("postings summed for voucher %d" % v.voucher, tuple(of_voucher[v.voucher]), stages_of(v.stages))
        same("stages of voucher %d sum to its face" % v.voucher, sum(of_voucher[v.voucher]), v.face)
    for first in (firsts or {}).values():
        e = entries[first.entry.number - 1]
        same("entry %d as answered and as stored" % e.number, first.entry, e)
        same("leaf of entry %d as answered" % e.number, first.leaf, leaves[e.number - 1])
    return entries


def sums(stages, p):
    if p.from_stage != OUTSIDE:
        stages[p.from_stage] -= p.amount
        if stages[p.from_stage] < 0:
            raise Mismatch("a stage below zero: %s" % p)
    stages[p.to_stage] += p.amount
