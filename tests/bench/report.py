# SPDX-License-Identifier: Apache-2.0
"""Tables and a plot of what was measured. Ratios are of medians of one run on one machine."""

import json
import math
import os
import statistics

CONTENDERS = [("bare", "bare LMDB loop", "#9aa5b1"), ("voucherd", "voucherd", "#c0392b"),
              ("postgres", "PostgreSQL", "#2e6f9e"), ("sqlite", "SQLite", "#6b8e23")]


class Samples:
    def __init__(self):
        self.values = {}

    def note(self, name, value):
        self.values.setdefault(name, []).append(value)

    def median(self, name):
        return statistics.median(self.values[name]) if name in self.values else None

    def best(self, *names):
        found = [v for v in map(self.median, names) if v is not None]
        return max(found) if found else None


def figure(v):
    if v is None:
        return "-"
    if v >= 100:
        return "{:,.0f}".format(v)
    return "{:.3g}".format(v)


def rates(s):
    """Rows of the table of rates: label, then events in a second by contender."""
    def stored(label, name):
        return (label, {"bare": None, "voucherd": s.median(name + ".voucherd.stored"), "sqlite": None,
                        "postgres": s.best(*[name + ".postgres%d.stored" % p for p in (1, 2)])})

    def row(label, name, postgres=("1", "2"), bare=None):
        return (label, {"bare": s.median(bare or name + ".bare"), "voucherd": s.median(name + ".voucherd"),
                        "postgres": s.best(*[name + ".postgres" + p for p in postgres]),
                        "sqlite": s.median(name + ".sqlite")})
    rows = [
        row("issue, batches of 1,000, from empty", "issue"),
        stored("the same with what was put off: until the tables are stored", "issue"),
        row("issue, batches of 1,000, on many vouchers, ids by time", "loaded.time"),
        stored("the same with what was put off", "loaded.time"),
        row("issue, batches of 1,000, on many vouchers, random ids", "loaded.random"),
        row("redeem, batches of 1,000, on many vouchers", "redeem"),
        stored("the same with what was put off", "redeem"),
        row("issue, single commands, 1,024 under way (bare: batches of 256)", "many", bare="small.bare"),
        row("issue, single commands, 8 connections, one under way each", "eight", postgres=("",)),
        row("issue, one at a time", "one", postgres=("",)),
        row("mixed, 4 connections, 16 requests of 100 under way each", "mixed"),
        row("balance queries, 4 connections with 64 under way, beside writes at half load", "queries"),
        row("the same on many vouchers", "queries_loaded"),
    ]
    return [r for r in rows if any(v is not None for v in r[1].values())]


def ratios(s):
    """(what, ours, theirs, unit): the ratio is ours / theirs."""
    m = s.median
    return [
        ("issue in batches of 1,000 from empty / bare loop", m("issue.voucherd"), m("issue.bare"), "events/s"),
        ("the same on many vouchers, ids by time / bare loop", m("loaded.time.voucherd"), m("loaded.time.bare"),
         "events/s"),
        ("the same, random ids / bare loop", m("loaded.random.voucherd"), m("loaded.random.bare"), "events/s"),
        ("single commands, 1,024 under way / bare loop in batches of 256", m("many.voucherd"), m("small.bare"),
         "events/s"),
        ("issue in batches from empty / PostgreSQL's best", m("issue.voucherd"),
         s.best("issue.postgres1", "issue.postgres2"), "events/s"),
        ("the same on many vouchers / PostgreSQL's best", m("loaded.time.voucherd"),
         s.best("loaded.time.postgres1", "loaded.time.postgres2"), "events/s"),
        ("single commands, 8 connections / PostgreSQL, 8 clients", m("eight.voucherd"), m("eight.postgres"),
         "events/s"),
        ("redeem in batches of 1,000 on many vouchers / PostgreSQL's best", m("redeem.voucherd"),
         s.best("redeem.postgres1", "redeem.postgres2"), "events/s"),
        ("issue from empty with what was put off / PostgreSQL's best", m("issue.voucherd.stored"),
         m("issue.postgres2.stored"), "events/s"),
        ("the same on many vouchers / PostgreSQL's best", m("loaded.time.voucherd.stored"),
         s.best("loaded.time.postgres1.stored", "loaded.time.postgres2.stored"), "events/s"),
        ("redeem with what was put off / PostgreSQL's best", m("redeem.voucherd.stored"),
         s.best("redeem.postgres1.stored", "redeem.postgres2.stored"), "events/s"),
        ("issue in batches from empty / SQLite", m("issue.voucherd"), m("issue.sqlite"), "events/s"),
        ("one at a time, p50 / one durable LMDB commit", m("one.voucherd.p50_ms"), m("commit.bare.p50_ms"), "ms"),
        ("one at a time, p50 / PostgreSQL", m("one.voucherd.p50_ms"), m("one.postgres.p50_ms"), "ms"),
        ("single commands at half load, p99 / one durable LMDB commit, p99", m("half.voucherd.p99_ms"),
         m("commit.bare.p99_ms"), "ms"),
        ("bytes of the book for an event / bare loop", total(s), m("bytes.bare"), "bytes"),
        ("bytes of the book for an event / PostgreSQL", total(s), m("bytes.postgres"), "bytes"),
        ("issue rate at 10^7 vouchers / at 10^5", m("growth.10000000.issue"), m("growth.100000.issue"), "events/s"),
    ]


def total(s):
    parts = [s.median("bytes.voucherd.journal"), s.median("bytes.voucherd.tables")]
    return None if None in parts else sum(parts)


def alone(s):
    """Figures of voucherd that have nothing beside them."""
    m = s.median
    return [
        ("latency at half load, p50 / p99 / p99.9, ms",
         [m("half.voucherd." + q) for q in ("p50_ms", "p99_ms", "p999_ms")]),
        ("the same on many vouchers", [m("half_loaded.voucherd." + q) for q in ("p50_ms", "p99_ms", "p999_ms")]),
        ("latency of balance queries beside writes, p99, ms (from empty, on many vouchers)",
         [m("queries.voucherd.p99_ms"), m("queries_loaded.voucherd.p99_ms")]),
        ("part of the half load that was kept: alone, beside queries; on many vouchers: alone, beside queries",
         [m(n + ".kept") for n in ("half", "queries", "half_loaded", "queries_loaded")]),
        ("latency of a batch on many vouchers (8 under way), p99, ms", [m("loaded.time.voucherd.p99_ms")]),
        ("bytes in the journal / in the tables for an event",
         [m("bytes.voucherd.journal"), m("bytes.voucherd.tables")]),
        ("open after kill -9 under full load, s; entries folded in again",
         [m("open_after_kill.s"), m("open_after_kill.entries")]),
        ("rebuild of the tables from the journal, s; entries/s", [m("rebuild.s"), m("rebuild.per_s")]),
        ("memory without the maps, MiB (from empty, on many vouchers)",
         [m("rss.voucherd"), m("rss_loaded.voucherd")]),
        ("fdatasync of 4 KiB, p50 / p99, ms", [m("disk.p50_ms"), m("disk.p99_ms")]),
    ]


def growth(s, family, sizes):
    """Rows of a table of growth: one for each size that was measured."""
    columns = ("issue", "query", "bytes", "open_s", "rss", "rebuild_per_s", "check_per_s")
    rows = []
    for n in sizes:
        values = [s.median("%s.%d.%s" % (family, n, c)) for c in columns]
        if any(v is not None for v in values):
            rows.append(("{:,}".format(n),) + tuple(map(figure, values)))
    return rows


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


def markdown(s, about):
    out = ["# voucherd measured\n"] + ["- %s: %s" % pair for pair in about] + [""]
    out += ["Medians of %d repetitions, all in one run; every contender syncs before it answers. A ratio is "
            "voucherd's figure over the other's.\n" % s.runs, "## Ratios\n"]
    rows = [(what, figure(a), figure(b), unit, "{:.2f}".format(a / b))
            for what, a, b, unit in ratios(s) if a is not None and b]
    out.append(table(("what", "voucherd", "other", "unit", "ratio"), rows))
    out += ["## Events in a second\n", "PostgreSQL: the better of one and two clients for batches.\n",
            "Everybody is durable by his log before he answers; the tables' files follow later. voucherd stores them all "
            "the time, PostgreSQL puts it off to a checkpoint, which is none in runs as short as these. So there are "
            "rates with what was put off, too: until all is stored.\n"]
    out.append(table(("what",) + tuple(c[1] for c in CONTENDERS),
                     [(label,) + tuple(figure(v[c[0]]) for c in CONTENDERS) for label, v in rates(s)]))
    out.append("## voucherd alone\n")
    out.append(table(("what", "figures"), [(what, " / ".join(map(figure, v))) for what, v in alone(s)
                                           if any(x is not None for x in v)]))
    head = ("issue, batches of 1,000, events/s", "balance queries/s", "bytes an event", "open after kill -9, s",
            "memory without the maps, MiB", "rebuild, entries/s", "check, entries/s")
    for title, first, rows in (
            ("Costs as vouchers grow", "vouchers", growth(s, "growth", (10**5, 10**6, 10**7))),
            ("Costs as enterprises grow, 1,000,000 vouchers", "enterprises", growth(s, "wide", (10**3, 10**4, 10**5)))):
        if rows:
            out += ["## %s\n" % title, table((first,) + head, rows)]
    return "\n".join(out)


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def svg(s):
    """Bars on a logarithmic scale, grouped by workload."""
    groups = rates(s)
    left, width, bar, top = 30, 900, 16, 70
    highest = max(v for _, g in groups for v in g.values() if v)
    low, high = 2, math.ceil(math.log10(highest))
    scale = (width - left - 110) / (high - low)
    out, y = [], top
    for label, values in groups:
        out.append('<text x="%d" y="%d" font-weight="bold">%s</text>' % (left, y + 12, escape(label)))
        y += 18
        for key, name, colour in CONTENDERS:
            v = values[key]
            if not v:
                continue
            length = max((math.log10(v) - low) * scale, 2)
            out.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"><title>%s</title></rect>'
                       % (left, y, length, bar - 3, colour, escape(name)))
            out.append('<text x="%.1f" y="%d">%s</text>' % (left + length + 5, y + 11, figure(v)))
            y += bar
        y += 12
    grid = "".join('<line x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}" stroke="#ddd"/>'
                   '<text x="{0:.1f}" y="{3}" fill="#777" text-anchor="middle">{4:,}</text>'
                   .format(left + (p - low) * scale, top - 8, y, y + 14, 10 ** p) for p in range(low, high + 1))
    legend = "".join('<rect x="{0}" y="36" width="12" height="12" fill="{1}"/><text x="{2}" y="46">{3}</text>'
                     .format(left + 170 * i, c[2], left + 170 * i + 17, escape(c[1]))
                     for i, c in enumerate(CONTENDERS))
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
            'font-size="12"><rect width="100%%" height="100%%" fill="white"/>'
            '<text x="%d" y="22" font-size="15">Events in a second, durable; logarithmic scale</text>%s%s%s</svg>\n'
            % (width, y + 24, left, legend, grid, "".join(out)))


def write(s, about, out):
    with open(os.path.join(out, "results.json"), "w", encoding="utf-8") as f:
        json.dump({"about": dict(about), "samples": s.values}, f, indent=1, ensure_ascii=False)
        f.write("\n")
    text = markdown(s, about)
    with open(os.path.join(out, "results.md"), "w", encoding="utf-8") as f:
        f.write(text)
    if rates(s):
        with open(os.path.join(out, "rates.svg"), "w", encoding="utf-8") as f:
            f.write(svg(s))
    return text
