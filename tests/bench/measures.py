# SPDX-License-Identifier: Apache-2.0
"""What is measured: each function measures one contender once and notes samples by name. Within a
repetition the contenders come one after the other, so that whatever else the machine does hits all."""

import contextlib
import json
import os
import time

from contenders import Failed, Plain, Postgres, Voucherd

BATCH = 1000
BARE_BATCH = 1024
KEPT_FREE = 256 << 20  # bytes of memory
UNDER_WAY = 8  # requests: one group is committed while the next gathers


def free_memory():
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("MemFree:")).split()[1]) * 1024


def fill_page_cache(path):
    """Leaves no memory free, as on a machine that has been up for a while: the page cache has it, with a file
    of nothing. A virtual machine's host takes free memory back, and who writes files then waits for it: up to
    half of what a contender does, more or less by chance."""
    if os.path.exists(path):
        os.unlink(path)
    size = free_memory() - KEPT_FREE
    with open(path, "wb", buffering=0) as f:
        f.truncate(max(size, 0))
    with open(path, "rb", buffering=0) as f:
        while f.read(1 << 20):
            pass


def fdatasync_ms(directory, count=200):
    """Median and p99 of appending 4 KiB and syncing."""
    path = os.path.join(directory, "sync-probe")
    took = []
    fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(count):
            begun = time.perf_counter()
            os.write(fd, b"\0" * 4096)
            os.fdatasync(fd)
            took.append((time.perf_counter() - begun) * 1000)
    finally:
        os.close(fd)
        os.unlink(path)
    took.sort()
    return took[count // 2], took[count * 99 // 100]


def read_all(directory):
    """Into the page cache, as the files that somebody works with are: page by page, as they come there by work.
    Pages that are read ahead come in large folios, in which each later write of one page costs many times more.
    What is read twice stays when memory runs short, before what was read once. Logs are only written."""
    for root, _, files in os.walk(directory):
        for path in (os.path.join(root, name) for name in files if "pg_wal" not in root):
            if not os.path.isfile(path):
                continue
            with contextlib.suppress(FileNotFoundError), open(path, "rb", buffering=0) as f:  # a server may be at work
                os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
                for _ in range(2):
                    f.seek(0)
                    while f.read(1 << 20):
                        pass


class Measures:
    def __init__(self, options, note):
        self.o = options
        self.note = note  # note(name, value)
        self.loaded = {}

    def path(self, name):
        return os.path.join(self.o.dir, name)

    def settle(self):
        """What the last contender wrote is on the disk before the next one begins."""
        os.sync()
        fill_page_cache(self.path("nothing"))

    def rate(self, name, result, store=None):
        """store(): stores what only the log or the journal has in the tables too. The rate with that is noted then,
        besides the one that puts it off."""
        if store:
            begun = time.monotonic()
            store()
            done = result["done"]
            self.note(name + ".stored", done / (done / result["events_per_s"] + time.monotonic() - begun))
        self.note(name, result["events_per_s"])
        self.note(name + ".p99_ms", result["p99_ms"])
        return result["events_per_s"]

    # ---- from empty ----

    def bare_empty(self):
        for name, batch, alone in (("issue.bare", BARE_BATCH, False), ("small.bare", 256, False),
                                   ("one.bare", 1, False), ("commit.bare", 1, True)):
            bare = Plain(self.o.build, self.path("bare"), "bench-limit")
            try:
                got = bare.bench(batch=batch, seconds=self.o.seconds, journal_alone=alone)
                self.rate(name, got)
                self.note(name + ".p50_ms", got["p50_ms"])
                if name == "issue.bare":
                    self.note("bytes.bare", bare.bytes() / got["rows"])
            finally:
                bare.remove()
            self.settle()

    def sqlite_empty(self):
        lite = Plain(self.o.build, self.path("sqlite"), "bench-sqlite")
        try:
            got = lite.bench(batch=BATCH, seconds=self.o.seconds)
            self.rate("issue.sqlite", got)
            self.note("bytes.sqlite", lite.bytes() / got["rows"])
            got = lite.bench(batch=1, seconds=self.o.seconds)
            self.rate("one.sqlite", got)
            self.note("one.sqlite.p50_ms", got["p50_ms"])
        finally:
            lite.remove()
        self.settle()

    def postgres_empty(self):
        pg = Postgres(self.o.build, self.path("postgres"))
        try:
            pg.start()
            pg.schema()
            empty = pg.bytes()
            got = pg.bench(batch=BATCH, seconds=self.o.seconds)
            self.rate("issue.postgres1", got)
            self.note("bytes.postgres", (pg.bytes() - empty) / got["rows"])
            pg.checkpoint()
            self.rate("issue.postgres2", pg.bench(batch=BATCH, clients=2, seconds=self.o.seconds), pg.checkpoint)
            got = pg.bench(seconds=self.o.seconds)
            self.rate("one.postgres", got)
            self.note("one.postgres.p50_ms", got["p50_ms"])
            self.rate("eight.postgres", pg.bench(clients=8, seconds=self.o.seconds))
        finally:
            pg.remove()
        self.settle()

    def voucherd_empty(self):
        d = Voucherd(self.o.build, self.path("voucherd"))
        s = self.o.seconds
        try:
            d.start()
            d.bench("issue", count=1)  # sets the scene
            got = d.bench("issue", per_request=BATCH, under_way=UNDER_WAY, seconds=s)
            self.rate("issue.voucherd", got, d.stop)
            entries = self.entries(d)
            journal, tables = d.bytes()
            self.note("bytes.voucherd.journal", journal / entries)
            self.note("bytes.voucherd.tables", tables / entries)
            many = self.rate("many.voucherd", d.bench("issue", under_way=1024, seconds=s))
            self.rate("eight.voucherd", d.bench("issue", connections=8, seconds=s))
            got = d.bench("issue", seconds=s)
            self.rate("one.voucherd", got)
            self.note("one.voucherd.p50_ms", got["p50_ms"])
            self.rate("mixed.voucherd", d.bench("mixed", per_request=100, connections=4, under_way=16, seconds=s))
            self.half_load(d, many)
            self.note("rss.voucherd", d.rss_anon() / 2**20)
        finally:
            d.remove()
        self.settle()

    def entries(self, d):
        """Entries in the book, as the daemon says on opening."""
        d.stop()
        return d.start()[1]

    def half_load(self, d, many, name="half", enterprises=100):
        """Latency at half of what single commands reach, then queries while that goes on. Whether the rate
        was kept is noted too: without it the latency says little."""
        s = self.o.seconds
        got = d.bench("issue", connections=4, under_way=256, rate=many / 2, seconds=s, enterprises=enterprises)
        for q in ("p50_ms", "p99_ms", "p999_ms", "max_ms"):
            self.note("%s.voucherd.%s" % (name, q), got[q])
        self.note(name + ".kept", got["events_per_s"] / (many / 2))
        writer = d.behind("issue", connections=1, under_way=1024, rate=many / 2, seconds=s + 2, no_check=True,
                          enterprises=enterprises)
        time.sleep(1)
        got = d.bench("query", connections=4, under_way=64, seconds=s, no_check=True, enterprises=enterprises)
        out, err = writer.communicate(timeout=600)
        if writer.returncode != 0:
            raise Failed("the writer beside the queries: " + err.strip())
        name = "queries" + name[len("half"):]
        self.note(name + ".voucherd", got["events_per_s"])
        self.note(name + ".voucherd.p99_ms", got["p99_ms"])
        self.note(name + ".kept", json.loads(out)["events_per_s"] / (many / 2))

    # ---- on many vouchers ----

    def common(self):
        return {"enterprises": self.o.enterprises, "preload": self.o.preload, "seconds": self.o.seconds}

    def load(self, key, make, bench):
        """The contender of a key, made and filled the first time and kept for the next repetition."""
        if key not in self.loaded:
            self.loaded[key] = make()
            bench(self.loaded[key], dict(self.common(), seconds=0.1))
            self.settle()
        read_all(self.loaded[key].directory)
        return self.loaded[key]

    def bare_loaded(self, ids):
        def bench(bare, common):
            return bare.bench(batch=BARE_BATCH, ids=ids, **common)
        bare = self.load("bare." + ids, lambda: Plain(self.o.build, self.path("bare-" + ids), "bench-limit"), bench)
        self.rate("loaded.%s.bare" % ids, bench(bare, self.common()))
        self.settle()

    def sqlite_loaded(self, ids):
        def bench(lite, common):
            return lite.bench(batch=BATCH, ids=ids, **common)
        lite = self.load("sqlite." + ids, lambda: Plain(self.o.build, self.path("sqlite-" + ids), "bench-sqlite"),
                         bench)
        self.rate("loaded.%s.sqlite" % ids, bench(lite, self.common()))
        self.settle()

    def postgres_on_many(self, ids, name, redeem):
        """The better of one and two clients is for the report to find."""
        def make():
            pg = Postgres(self.o.build, self.path("postgres-" + ids))
            pg.start()
            pg.schema()
            return pg

        def bench(pg, common, clients=1, redeem=False):
            return pg.bench(batch=BATCH, clients=clients, ids=ids, redeem=redeem, **common)
        key = "postgres." + ids
        if key in self.loaded:
            self.loaded[key].start()
        pg = self.load(key, make, bench)
        for clients in (1, 2):
            pg.checkpoint()
            got = bench(pg, self.common(), clients, redeem)
            self.rate("%s.postgres%d" % (name, clients), got, pg.checkpoint)
        pg.stop()  # its background work would disturb the others
        self.settle()

    def postgres_loaded(self, ids):
        self.postgres_on_many(ids, "loaded." + ids, False)

    def postgres_redeem(self, ids):
        self.postgres_on_many(ids, "redeem", True)

    def voucherd_on_many(self, ids, name, work):
        """Leaves the daemon running."""
        def make():
            d = Voucherd(self.o.build, self.path("voucherd-" + ids))
            d.start()
            return d

        def bench(d, common, work="issue"):
            return d.bench(work, per_request=BATCH, under_way=UNDER_WAY, ids=ids, **common)
        key = "voucherd." + ids
        if key in self.loaded:
            self.loaded[key].start()
        d = self.load(key, make, bench)
        got = bench(d, self.common(), work)
        self.rate(name + ".voucherd", got, d.stop)
        d.start()
        return d

    def voucherd_redeem(self, ids):
        self.voucherd_on_many(ids, "redeem", "redeem").stop()
        self.settle()

    def voucherd_loaded(self, ids):
        d = self.voucherd_on_many(ids, "loaded." + ids, "issue")
        if ids == "time":
            many = self.rate("many_loaded.voucherd",
                             d.bench("issue", under_way=1024, seconds=self.o.seconds,
                                     enterprises=self.o.enterprises))
            self.half_load(d, many, "half_loaded", self.o.enterprises)
            self.note("rss_loaded.voucherd", d.rss_anon() / 2**20)
            self.open_after_kill(d)
        d.stop()
        self.settle()

    def kill_and_open(self, d, enterprises):
        """Killed in the middle of full load, so that the tail to be folded in again is long: seconds, entries."""
        writer = d.behind("issue", per_request=BATCH, under_way=UNDER_WAY, seconds=60, no_check=True,
                          enterprises=enterprises)
        time.sleep(self.o.seconds)
        d.kill()
        writer.communicate(timeout=600)
        took, _, folded, _ = d.start()
        return took, folded

    def open_after_kill(self, d):
        took, folded = self.kill_and_open(d, self.o.enterprises)
        self.note("open_after_kill.s", took)
        self.note("open_after_kill.entries", folded)

    def rebuild(self):
        d = self.loaded.get("voucherd.time")
        if not d:
            return
        d.drop_tables()
        took, entries, _, rebuilt = d.start()
        if not rebuilt:
            raise Failed("the tables were not rebuilt")
        self.note("rebuild.s", took)
        self.note("rebuild.per_s", entries / took)
        d.stop()

    def grown(self, d, name, vouchers, enterprises):
        """Figures of a book of so many vouchers of so many enterprises."""
        common = {"enterprises": enterprises, "seconds": self.o.seconds}
        d.bench("issue", count=1, enterprises=enterprises)
        d.bench("issue", per_request=BATCH, under_way=UNDER_WAY, preload=vouchers, enterprises=enterprises, count=BATCH)
        entries = self.entries(d)  # what waits to be stored is: the figures begin from rest
        self.note(name + ".bytes", sum(d.bytes()) / entries)
        self.note(name + ".issue", d.bench("issue", per_request=BATCH, under_way=UNDER_WAY, **common)["events_per_s"])
        self.note(name + ".query", d.bench("query", connections=4, under_way=64, **common)["events_per_s"])
        self.note(name + ".rss", d.rss_anon() / 2**20)
        took, _ = self.kill_and_open(d, enterprises)
        self.note(name + ".open_s", took)

    def growth(self):
        """How the costs grow with the vouchers, and with the enterprises."""
        d = Voucherd(self.o.build, self.path("voucherd-growth"))
        try:
            d.start()
            for n in (10**5, 10**6, 10**7):
                self.grown(d, "growth.%d" % n, n, self.o.enterprises)
                if n == 10**6:
                    self.rebuild_of(d, "growth.%d" % n)
        finally:
            d.remove()
        for n in (10**3, 10**4, 10**5):
            d = Voucherd(self.o.build, self.path("voucherd-growth"))
            try:
                d.start()
                self.grown(d, "wide.%d" % n, 10**6, n)
            finally:
                d.remove()

    def rebuild_of(self, d, name):
        entries = self.entries(d)
        d.stop()
        self.settle()
        begun = time.monotonic()
        d.check_book()
        self.note(name + ".check_per_s", entries / (time.monotonic() - begun))
        d.drop_tables()
        took, entries, _, rebuilt = d.start()
        if not rebuilt:
            raise Failed("the tables were not rebuilt")
        self.note(name + ".rebuild_per_s", entries / took)

    def remove_loaded(self):
        for c in self.loaded.values():
            c.remove()
        self.loaded = {}
