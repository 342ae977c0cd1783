# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The programs of docs/applications.md do what the document says."""

import os
import re

import pytest

from rig.members import entries
from rig.say import SAYING

DOCUMENT = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                        "applications.md")


def program(language):
    with open(DOCUMENT, encoding="utf-8") as document:
        text = document.read()
    found = re.findall(rf"^```{language}\n(#!.*?)^```$", text, re.M | re.S)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("language", ["python", "sh", "perl"])
def test_a_program_of_the_document_counts_visits(httpd, language):
    server = httpd(SAYING)
    path = server.path("cgi", "example")
    with open(path, "w", encoding="utf-8") as file:
        file.write(program(language))
    os.chmod(path, 0o755)
    browser = server.browser()
    browser.get("/probe/set?other=" + "x" * 30000)
    for visit in (1, 2, 3):
        assert f"visit {visit}\n" in browser.get("/cgi/example").text
    assert entries(browser)["visits"] == "3"
