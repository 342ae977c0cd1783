# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The error log, and the rule that nothing in it comes as a surprise.

A test declares each line at level warn or above that it provokes: one that
was not declared fails the test, and so does a declared one that is missing.
"""

import re

from rig.wait import until

LINE = re.compile(r"\[[^]]+\] \[(\w*):(\w+)\] \[pid [^]]+\] ?(.*)")
QUIET = {"notice", "info", "debug"}
CRASH = re.compile(r"exit signal|AddressSanitizer|runtime error:|"
                   r"Sanitizer:|stack smashing|corrupted|double free")


def surprising(line):
    """True for a line that only a test which declares it may cause."""
    match = LINE.match(line)
    if CRASH.search(line) or not match:
        return True
    level = match.group(2)
    return level not in QUIET and not level.startswith("trace")


class ErrorLog:
    def __init__(self, path):
        self.path = path
        self.checked = 0        # bytes that were judged already
        self.expected = []
        self.allowed = []

    def text(self):
        """What was written since the last check."""
        try:
            with open(self.path, "rb") as log:
                log.seek(self.checked)
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def lines(self):
        return self.text().splitlines()

    def whole(self):
        with open(self.path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def expect(self, pattern):
        """The test causes at least one such line."""
        self.expected.append(re.compile(pattern))

    def allow(self, pattern):
        """The test may cause such lines."""
        self.allowed.append(re.compile(pattern))

    def wait_for(self, pattern):
        """Waits until there is such a line, and returns it."""
        def found():
            return [l for l in self.lines() if re.search(pattern, l)]
        return until(found, f"a line like {pattern!r} in the error log")[0]

    def check(self):
        """Judges what was written since the last check; ends the test's
        declarations."""
        expected, allowed = self.expected, self.allowed
        self.expected, self.allowed = [], []
        try:
            for pattern in expected:
                self.wait_for(pattern)
        finally:
            text = self.text()
            self.checked += len(text.encode("utf-8", "replace"))
        bad = [line for line in text.splitlines() if surprising(line)
               and not any(p.search(line) for p in expected + allowed)]
        assert not bad, "undeclared lines in the error log:\n" + \
            "\n".join(bad)
