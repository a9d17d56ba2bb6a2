# SPDX-License-Identifier: Apache-2.0
"""voucher-bench: every workload runs, counts what was done, and finds the book's sums as it should."""

import json
import os

import pytest

from vclient import BIN, REPO, day, noon, run_tool

BENCH = os.path.join(BIN, "voucher-bench")
POLICY = os.path.join(REPO, "conf", "zhangzhou-2025.yaml")


def bench(daemon, *words, code=0):
    r = run_tool(BENCH, list(words) + ["--addr", "unix:" + daemon.path, "--json", "--policy", POLICY,
                                       "--enterprises", "7", "--contracts-per-enterprise", "2"])
    assert r.code == code, r
    return json.loads(r.out) if r.out else None


@pytest.mark.parametrize("shape", [["--count", "300"],
                                   ["--count", "2500", "--per-request", "100", "--under-way", "4"],
                                   ["--count", "2000", "--connections", "3", "--under-way", "50", "--ids", "random"]])
@pytest.mark.parametrize("workload", ["issue", "redeem", "mixed", "query"])
def test_workloads(make_daemon, workload, shape):
    daemon = make_daemon().start()
    count = int(shape[1])
    got = bench(daemon, workload, *shape)
    assert got["errors"] == 0
    assert got["done"] == count
    assert 0 < got["p50_ms"] <= got["p99_ms"] <= got["p999_ms"] <= got["max_ms"]
    if workload == "issue":
        assert daemon.client().status().vouchers == count
    # Again, on a scene that is set already.
    assert bench(daemon, workload, *shape)["done"] == count


def test_preload_is_not_measured(make_daemon):
    daemon = make_daemon().start()
    assert bench(daemon, "issue", "--preload", "1234", "--count", "10")["done"] == 10
    assert daemon.client().status().vouchers == 1244


def test_rate_is_kept(make_daemon):
    daemon = make_daemon().start()
    got = bench(daemon, "issue", "--rate", "200", "--count", "200", "--under-way", "16")
    assert got["done"] == 200
    assert got["seconds"] > 0.9


def test_refusals_are_errors(make_daemon):
    """More than a ceiling takes: what is refused is not counted as done, and the exit status says so."""
    daemon = make_daemon().start()
    got = bench(daemon, "issue", "--amount", "1500000.00", "--count", "40", code=1)
    assert got["done"] == 7 and got["errors"] == 33


def test_the_policy_is_over(make_daemon):
    daemon = make_daemon().start()
    bench(daemon, "issue", "--count", "10")
    daemon.client().set_clock(noon(day("2028-01-02")))
    r = run_tool(BENCH, ["issue", "--addr", "unix:" + daemon.path, "--count", "10", "--policy", POLICY])
    assert r.code == 1


def test_nobody_listens(home):
    r = run_tool(BENCH, ["issue", "--addr", "unix:" + os.path.join(home, "none")])
    assert r.code == 3
    assert "nobody listens" in r.err
