# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a visitor writes into a session, or into an address, ends no line of a
response, of a request to a server behind, or of a program's environment."""

import socket
import urllib.parse

import pytest

from rig import conf, status
from rig.backend import Backend
from rig.members import COOKIE, logged_in
from rig.selfpage import PLACES as SELF, page_of

SPLIT = "x\r\nSet-Cookie: evil=1\r\nX-Evil: 1\r\n\r\n<script>evil()</script>"

PLACES = """\
<Location /cgi>
    SessionStoreEnv On
    SessionStoreForward X-Session from *
</Location>
<Location /behind>
    SessionStoreForward X-Session from *
    ProxyPass http://127.0.0.1:%d/behind
</Location>
<Location /probe>
    SessionStoreForward X-Session from *
</Location>
"""


@pytest.fixture(scope="module")
def behind():
    backend = Backend()
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def server(module_httpd, behind):
    return module_httpd(conf.SESSIONS + conf.FORM + status.PLACE + SELF
                        + PLACES % behind.port)


def with_entries(server, **pairs):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?" + urllib.parse.urlencode(pairs))
    return browser


def whole(server, path, browser):
    """A response as it comes over the line, and its head."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as to:
        to.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                   f"Cookie: {browser.cookie_header()}\r\n"
                   "Connection: close\r\n\r\n".encode())
        answer = b""
        while part := to.recv(65536):
            answer += part
    return answer.partition(b"\r\n\r\n")


@pytest.mark.parametrize("path", ["/probe/get", "/probe/set?b=1",
                                  "/cgi/environment", "/cgi/session",
                                  "/sessions", "/private/probe/user",
                                  status.PATH, "/nowhere"])
def test_an_entry_ends_no_line_of_a_response(server, path):
    server.log.allow("AH")
    browser = with_entries(server, evil=SPLIT, **{SPLIT: "name"})
    head, _, _ = whole(server, path, browser)
    lines = head.decode("latin-1").split("\r\n")
    assert lines[0].startswith("HTTP/1.1 ")
    assert not [line for line in lines
                if "evil" in line.lower() and ":" in line]


def test_an_entry_ends_no_line_of_a_request_to_a_server_behind(server):
    browser = with_entries(server, evil=SPLIT)
    text = browser.get("/behind").text
    lines = text.splitlines()
    assert any(line.startswith("X-Session:") for line in lines)
    assert not any(line.startswith(("Set-Cookie", "X-Evil", "<script"))
                   for line in lines)


def test_an_entry_makes_no_variable_of_a_program(server):
    browser = with_entries(server, evil=SPLIT.replace("Set-Cookie: evil",
                                                      "REMOTE_USER=root"))
    text = browser.get("/cgi/environment").text
    assert "\nREMOTE_USER=root" not in text
    assert "\nX-Evil" not in text


def test_an_address_ends_no_line_of_the_way_back(server):
    """The page for users sends its visitor back to the address it was
    called by."""
    browser = logged_in(server.browser(), "alice")
    other = logged_in(server.browser(), "alice")
    path = "/sessions/%0d%0aSet-Cookie:%20evil=1%0d%0a"
    token = page_of(browser).token
    row, = page_of(other).own
    response = browser.post(path, {"token": token, "end": row})
    assert [cookie.name for cookie in response.set_cookies
            if cookie.name != COOKIE] == []
    location = response.get("Location")
    assert location is None or "evil" not in location or "%0" in location
