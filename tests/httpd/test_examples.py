# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The programs of docs/examples/cgi do what docs/applications.md says."""

import os
import shutil

import pytest

from rig.members import entries
from rig.say import SAYING

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                        "examples", "cgi")


@pytest.mark.parametrize("name", ["visits.py", "visits.sh", "visits.pl"])
def test_an_example_counts_visits(httpd, name):
    server = httpd(SAYING)
    shutil.copy(os.path.join(EXAMPLES, name), server.path("cgi", "example"))
    browser = server.browser()
    browser.get("/probe/set?other=" + "x" * 30000)
    for visit in (1, 2, 3):
        assert f"visit {visit}\n" in browser.get("/cgi/example").text
    assert entries(browser)["visits"] == "3"
