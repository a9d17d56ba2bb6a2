# SPDX-License-Identifier: Apache-2.0
"""Reading man pages and --help: what test_docs.py and test_completion.py hold against each other."""

import os
import re

from vclient import REPO, run_tool


def read(path):
    with open(os.path.join(REPO, path), encoding="utf-8") as f:
        return f.read()


def section(page, name):
    """The lines of a man page's section, by its .Sh or .Ss."""
    m = re.search(r"^\.S([hs]) %s\n(.*?)(?=^\.Sh |%%s\Z)" % re.escape(name) %
                  ("" if name.isupper() else r"^\.Ss |"), page, re.S | re.M)
    assert m, "no section %s" % name
    return m.group(2)


def literals(text):
    """What is shown as it is typed or written: blocks, and lines alone."""
    blocks = re.findall(r"^(?:\.Bd -literal\n(.*?)^\.Ed$|\.Dl (.*?\n))", text, re.S | re.M)
    return ["".join(b).replace("\\e", "\\") for b in blocks]


def commands(block):
    """Command lines, those that go on joined."""
    return [c for c in block.replace("\\\n", " ").splitlines() if c.strip()]


def page_options(text):
    return set(re.findall(r"\bFl -([a-z][a-z-]*)", text))


def page_commands(page):
    """The commands of a tool's page, each with its own options."""
    found = {}
    for line in re.findall(r"^\.It Cm (.*)$", section(page, "COMMANDS"), re.M):
        words = line.split(" ")
        name = " ".join(words[:next((i for i, w in enumerate(words) if w in ("Ar", "Fl", "Op", "Oo")),
                                    len(words))])
        found[name] = page_options(line)
    return found


def help_of(program, *words):
    r = run_tool(program, list(words) + ["--help"])
    assert r.code == 0
    return r.out


def options_of(text):
    return set(re.findall(r"^ +(?:-., )?--([a-z-]+)", text, re.M))
