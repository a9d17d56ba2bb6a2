# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. The programs come from VOUCHERD_BUILD (default: build in the tree);
`VOUCHERD_REQUIRED=0` skips everything where they are not built."""

import os
import shutil
import sys
import tempfile

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import vclient  # noqa: E402


def pytest_collection_modifyitems(items):
    if os.access(vclient.VOUCHERD, os.X_OK):
        return
    why = "%s is not there: build it, or set VOUCHERD_BUILD" % vclient.VOUCHERD
    if os.environ.get("VOUCHERD_REQUIRED", "1") != "0":
        pytest.exit(why, returncode=4)
    for item in items:
        item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture
def home():
    """A directory with a short name (a socket's path is at most 107 bytes), gone afterwards."""
    path = tempfile.mkdtemp(prefix="vd-", dir=os.environ.get("VOUCHERD_TMP"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def make_daemon(request):
    """Makes daemons that are ended with the test. A test passes only if what still runs ends cleanly."""
    made = []

    def make(**kw):
        d = vclient.Daemon(**kw)
        made.append(d)
        return d
    yield make
    codes = [d.clean() for d in made]
    assert codes == [0] * len(codes), "a daemon did not end cleanly: %s\n%s" % (
        codes, "\n".join(d.log_tail() for d in made))


@pytest.fixture
def daemon(make_daemon):
    """A running daemon on a new book, its clock in the test's hands."""
    return make_daemon().start()


@pytest.fixture
def client(daemon):
    return daemon.client()
