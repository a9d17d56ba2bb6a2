# SPDX-License-Identifier: Apache-2.0
"""The contenders, each a directory on the same disk: voucherd, the bare loop, PostgreSQL, SQLite."""

import glob
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
CLOCK = "2026-03-02T09:00:00+08:00"  # a day of the policy's period
PATIENCE = 1800  # seconds until a book of millions must be open


class Failed(Exception):
    pass


def run_json(command, timeout=7200):
    """Runs a driver that tells one line of JSON."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout,
                          cwd=REPO)
    if done.returncode != 0:
        raise Failed("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stderr.strip()))
    return json.loads(done.stdout)


def words(options):
    """{"per_request": 1000, "random": True} -> ["--per-request", "1000", "--random"]"""
    out = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        out.append("--" + name.replace("_", "-"))
        if value is not True:
            out.append(str(value))
    return out


def size_of(directory):
    total = 0
    for root, _, files in os.walk(directory):
        total += sum(os.path.getsize(os.path.join(root, f)) for f in files)
    return total


class Voucherd:
    """The daemon as a process on a book of its own."""

    def __init__(self, build, directory):
        self.build, self.directory = build, directory
        self.sockets = tempfile.mkdtemp(prefix="vb-")  # short: a socket's path has 107 bytes
        self.addr = "unix:" + os.path.join(self.sockets, "s")
        self.log = os.path.join(directory, "log")
        self.process = None
        os.makedirs(directory, exist_ok=True)

    def start(self):
        """Seconds until it was ready, and what the log says of the opening."""
        begun = time.monotonic()
        with open(self.log, "ab") as log:
            before = log.tell()
            self.process = subprocess.Popen(
                [os.path.join(self.build, "bin", "voucherd"), "--book", os.path.join(self.directory, "book"),
                 "--addr", self.addr, "--allow-me", "--test-clock", CLOCK],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while time.monotonic() - begun < PATIENCE:
            with open(self.log, encoding="utf-8") as log:
                log.seek(before)
                said = log.read()
            if "event=ready" in said:
                took = time.monotonic() - begun
                opened = re.search(r"entries=(\d+) folded=(\d+) rebuilt=(\w+)", said)
                return took, int(opened[1]), int(opened[2]), opened[3] == "yes"
            if self.process.poll() is not None:
                raise Failed("voucherd ended: " + said[-400:])
            time.sleep(0.002)
        raise Failed("voucherd was not ready in time")

    def command(self, workload, **options):
        return [os.path.join(self.build, "bin", "voucher-bench"), workload, "--addr", self.addr, "--json"] \
            + words(options)

    def bench(self, workload, **options):
        return run_json(self.command(workload, **options))

    def behind(self, workload, **options):
        """A load that runs on while something else is measured."""
        return subprocess.Popen(self.command(workload, **options), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, cwd=REPO)

    def rss_anon(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as f:
            return int(re.search(r"RssAnon:\s+(\d+) kB", f.read())[1]) * 1024

    def bytes(self):
        book = os.path.join(self.directory, "book")
        return size_of(os.path.join(book, "journal")), size_of(os.path.join(book, "tables"))

    def check_book(self):
        done = subprocess.run([os.path.join(self.build, "bin", "voucherd"), "--book",
                               os.path.join(self.directory, "book"), "--check-book", "--test-clock", CLOCK],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Failed("voucherd --check-book: " + done.stdout[-400:])

    def drop_tables(self):
        shutil.rmtree(os.path.join(self.directory, "book", "tables"))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)


class Plain:
    """A driver that keeps its database in its own process: the bare loop and SQLite."""

    def __init__(self, build, directory, program):
        self.program = os.path.join(build, "tests", "bench", program)
        self.directory = directory

    def bench(self, **options):
        return run_json([self.program, "--dir", self.directory] + words(options))

    def bytes(self):
        return size_of(self.directory)

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)


class Postgres:
    """A cluster of its own; everything synced. Large buffers and few checkpoints, as one would set it."""

    settings = {
        "listen_addresses": "''", "shared_buffers": "4GB", "max_wal_size": "16GB", "wal_buffers": "64MB",
        "checkpoint_timeout": "30min", "synchronous_commit": "on", "fsync": "on", "jit": "off",
        "max_connections": "50", "autovacuum_naptime": "15s",
    }

    def __init__(self, build, directory):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise Failed("PostgreSQL is not installed: tools/install-packages bench")
        self.bin = os.path.dirname(found[-1])
        self.driver = os.path.join(build, "tests", "bench", "bench-postgres")
        self.directory = directory
        self.sockets = tempfile.mkdtemp(prefix="vb-")
        self.prefix = []
        os.makedirs(directory, exist_ok=True)
        if os.getuid() == 0:  # its server does not run as root
            user = pwd.getpwnam("postgres")
            for d in (directory, self.sockets):
                os.chown(d, user.pw_uid, user.pw_gid)
            self.prefix = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]

    def run(self, *command):
        done = subprocess.run(self.prefix + list(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, cwd="/")
        if done.returncode != 0:
            raise Failed("%s: %s" % (command[0], done.stderr.strip()[-400:]))

    def start(self):
        data = os.path.join(self.directory, "data")
        if not os.path.exists(data):
            self.run(os.path.join(self.bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres")
            with open(os.path.join(data, "postgresql.conf"), "a", encoding="ascii") as f:
                for name, value in self.settings.items():
                    f.write("%s = %s\n" % (name, value))
                f.write("unix_socket_directories = '%s'\n" % self.sockets)
        self.run(os.path.join(self.bin, "pg_ctl"), "-D", data, "-w", "-l", os.path.join(self.directory, "log"),
                 "start")

    def schema(self):
        """Empty tables."""
        with open(os.path.join(HERE, "postgres.sql"), encoding="utf-8") as f:
            sql = f.read()
        self.psql("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;" + sql)

    def psql(self, sql):
        done = subprocess.run([os.path.join(self.bin, "psql"), "-h", self.sockets, "-U", "postgres", "-d", "postgres",
                               "-qAt", "-v", "ON_ERROR_STOP=1"], check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, input=sql)
        return done.stdout

    def checkpoint(self):
        """What the log alone holds is in the tables' files."""
        self.psql("CHECKPOINT")

    def bench(self, **options):
        return run_json([self.driver, "--dir", self.sockets] + words(options))

    def bytes(self):
        return int(self.psql("SELECT pg_database_size('postgres')"))

    def stop(self):
        data = os.path.join(self.directory, "data")
        if os.path.exists(os.path.join(data, "postmaster.pid")):
            self.run(os.path.join(self.bin, "pg_ctl"), "-D", data, "-m", "fast", "-w", "-t", "600", "stop")

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)
