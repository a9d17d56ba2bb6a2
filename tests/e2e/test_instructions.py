# SPDX-License-Identifier: Apache-2.0
"""How many instructions an event takes from the request's bytes to the reply's, counted by valgrind: the same
on a busy machine as on an idle one. More than the figure by 5 % is a loss of speed to be explained; fewer is a
gain, and the figure here is to be lowered."""

import os
import re
import shutil
import subprocess
import tempfile

import pytest

from vclient import BUILD, REPO

WORK = os.path.join(BUILD, "tests", "bench", "bench-work")
BUILT = "debugoptimized gcc-12"  # as tests/run builds on Debian 12
PER_EVENT = 47_100
FEW, MANY = 1000, 3000


def counted(events):
    home = tempfile.mkdtemp(prefix="vd-work-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    try:
        r = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", WORK,
                            os.path.join(home, "book"), str(events)],
                           env=dict(os.environ, VOUCHERD_SOURCE=REPO), capture_output=True, text=True, timeout=300)
    finally:
        shutil.rmtree(home)
    assert r.returncode == 0, r.stderr
    return int(re.search(r"Collected : (\d+)", r.stderr).group(1)), r.stdout.strip()


def test_instructions_of_an_event():
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    with open("/proc/cpuinfo") as f:
        if " avx2 " not in f.read():
            pytest.skip("the figure is for processors with AVX2")
    (few, built), (many, _) = counted(FEW), counted(MANY)
    if built != BUILT:
        pytest.skip("the figure is for %s, this is %s" % (BUILT, built))
    per_event = (many - few) / (MANY - FEW)
    assert abs(per_event / PER_EVENT - 1) <= 0.05, "%.0f instructions an event, not %d" % (per_event, PER_EVENT)
