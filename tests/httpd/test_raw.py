# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What applications say stays in the server, also where httpd shows their
headers to no filter: nph- programs, and connections that change the protocol."""

import pytest

from rig.browser import raw_exchange
from rig.say import SAYING
from rig.switching import Switching, begin, read_head

NOWHERE = r"SST0310: an application changes a session .* where there is none"

PLACES = """\
SessionHeader X-Replace-Session
ProxyPass /switch/ http://127.0.0.1:@BACKEND@/ upgrade=websocket
"""


@pytest.fixture(scope="module")
def backend():
    made = Switching()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def server(module_httpd, backend):
    places = PLACES.replace("@BACKEND@", str(backend.port))
    return module_httpd(SAYING + places)


def get(server, path):
    return raw_exchange(server.port, (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\n\r\n").encode())


def assert_withheld(answer):
    head = answer.lower()
    assert b"secret" not in head
    assert b"x-replace-session" not in head
    assert b"x-session-store:" not in head and b"store :" not in head


def test_headers_of_a_program_that_speaks_http_by_itself_are_withheld(server):
    server.log.allow(NOWHERE)
    answer = get(server, "/cgi/nph-say")
    interim, final, body = answer.split(b"\r\n\r\n", 2)
    assert_withheld(interim)
    assert_withheld(final)
    assert interim.endswith(b"X-Kept: 1")
    assert final.startswith(b"HTTP/1.1 200 OK\r\nX-Session-Store-Too: kept")
    assert b"goes on" not in final
    assert body == b"X-Session-Store: a body\r\n"


def test_headers_of_a_changed_protocol_are_withheld(server):
    server.log.allow(NOWHERE)
    with begin(server, "/switch/") as wire:
        head = read_head(wire)
        assert head.startswith(b"HTTP/1.1 101 ")
        assert_withheld(head)
        assert b"X-Kept: yes" in head
        # Behind the head, nothing is touched.
        line = b"X-Session-Store: bytes\r\n"
        wire.sendall(line)
        back = b""
        while len(back) < len(line):
            part = wire.recv(4096)
            assert part, back
            back += part
        assert back == line


def test_a_server_that_does_not_change_the_protocol_is_answered_as_ever(
        server):
    for _ in range(2):
        answer = raw_exchange(server.port, (
            b"GET /index.html HTTP/1.1\r\nHost: localhost\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            b"GET /index.html HTTP/1.1\r\nHost: localhost\r\n"
            b"Upgrade: websocket\r\nConnection: close\r\n\r\n"))
        assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_head_without_an_end_ends_the_connection(server):
    server.log.allow(NOWHERE)
    assert len(get(server, "/cgi/nph-endless")) < 100_000
