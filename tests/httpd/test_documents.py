# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What the documents show, works; test_docs.py tries their configurations and
follows their links."""

import os
import re

import pytest

from rig import conf
from rig.backend import Backend
from rig.members import logged_in

TOP = os.path.join(os.path.dirname(__file__), "..", "..")
DOCUMENTS = ("README.md", "docs/guide.md", "docs/form-login.md",
             "docs/directives.md", "docs/redis.md", "docs/dynamodb.md",
             "docs/architecture.md", "docs/migration.md",
             "docs/threat-model.md", "docs/deployment.md")
SUITES = ("httpd", "redis", "dynamodb", "deploy", "trust", "unit", "contract")


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def blocks(path, language):
    """The fenced blocks of that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(path),
                      re.MULTILINE | re.DOTALL)


def found_in(name):
    """The tests in the file of that name, in one of the suites."""
    pattern = r"^(?:def|static void) (\w+)\("
    return {test for suite in SUITES
            if os.path.exists(os.path.join(TOP, "tests", suite, name))
            for test in re.findall(pattern, read(f"tests/{suite}/{name}"),
                                   re.MULTILINE)}


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_test_that_is_named_is_there(path):
    named = set(re.findall(r"`(\w+\.(?:py|c)):(\w+)`", read(path)))
    assert [name for name in sorted(named)
            if name[1] not in found_in(name[0])] == []


def test_every_line_of_the_log_stands_in_the_guide():
    logged = set(re.findall(r"\"(SST\d{4}): ",
                            read("mod_session_store/report.c")))
    told = set(re.findall(r"^\| (SST\d{4}) \|", read("docs/guide.md"),
                          re.MULTILINE))
    assert logged and logged == told


SITE = conf.SESSIONS + conf.FORM + conf.PHP["cgi"]


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(SITE)


def write_program(server, text, *names):
    path = server.path(*names)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o755)


def visits(server, page):
    browser = server.browser()
    assert browser.get(page).text == "stranger is here for visit 1\n"
    assert browser.get(page).text == "stranger is here for visit 2\n"
    logged_in(browser, "alice")
    assert browser.get(page).text == "alice is here for visit 3\n"


def test_the_guide_s_python_program_counts_visits(server):
    program, = blocks("docs/guide.md", "python")
    write_program(server, program, "cgi", "visits")
    visits(server, "/cgi/visits")


def test_the_guide_s_php_page_counts_visits(server):
    program, = blocks("docs/guide.md", "php")
    write_program(server, program, "php", "visits.php")
    visits(server, "/php-cgi/visits.php")


# --- A server behind ----------------------------------------------------------

@pytest.fixture
def behind(httpd):
    backend = Backend()
    shown, = [text for text in blocks("docs/guide.md", "apache")
              if "ProxyPass" in text]
    shown = shown.replace(":8080", f":{backend.port}")
    yield httpd(conf.SESSIONS + conf.FORM + shown)
    backend.stop()


def told(browser, **options):
    """What the server behind is told of the session."""
    text = browser.get("/shop", **options).text
    return re.findall(r"^X-Session: ?(.*)$", text, re.MULTILINE)


def test_a_server_behind_is_told_the_session_without_the_password(behind):
    browser = logged_in(behind.browser(), "alice")
    browser.get("/probe/set?basket=3")
    assert told(browser) == ["members-user=alice&basket=3"]


def test_a_client_cannot_forge_what_a_server_behind_is_told(behind):
    forged = [("X-Session", "members-user=alice")]
    assert told(behind.browser(), headers=forged) == [""]
