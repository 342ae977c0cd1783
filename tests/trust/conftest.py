# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Where the parts are: sites come from the tests of httpd."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, *(os.path.join(os.path.dirname(HERE), name)
                       for name in ("httpd", "deploy"))]

HEAD = ("store", "fault", "done", "refused", "no answer", "longest refusal, s",
        "well again, s", "sessions", "operations judged")


def pytest_terminal_summary(terminalreporter):
    """What visitors saw of each fault."""
    rows = [value for reports in terminalreporter.stats.values()
            for report in reports if getattr(report, "when", "") == "call"
            for name, value in report.user_properties
            if name == "row"]
    if not rows:
        return
    terminalreporter.section("what visitors saw")
    for row in [HEAD, tuple("---" for _ in HEAD), *rows]:
        terminalreporter.write_line("| " + " | ".join(
            f"{cell:.1f}" if isinstance(cell, float) else str(cell)
            for cell in row) + " |")
