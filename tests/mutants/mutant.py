# SPDX-License-Identifier: Apache-2.0
"""One seeded defect: an exact piece of one file and what stands there instead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    name: str
    rule: str   # that it breaks, and where that is written
    file: str
    old: str    # there exactly once, or the defect does not apply any more
    new: str
    tests: str  # each of them must fail: "folder/file" of tests/unit, "fuzz/name", or a pytest node id

    def apply(self, text):
        """The file's text with the defect in it. ValueError if it does not apply."""
        n = text.count(self.old)
        if n != 1:
            raise ValueError("%s holds its place %d times: look where it went" % (self.file, n))
        if self.old == self.new:
            raise ValueError("it changes nothing")
        return text.replace(self.old, self.new)
