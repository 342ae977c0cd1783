# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Whatever a visitor or a server says: no line of a log is made up by it, and
none steers the terminal that it is read on. (What DynamoDB says:
test_dynamodb.py.)"""

import json
import re
import socket
import threading
import urllib.parse

import pytest

from rig import conf
from rig.members import as_cookie, login

EVIL = "x\r\n[Thu] [session_store:error] SST9999: forged\x1b[2J\x08\x7f"
SITE = (conf.SESSIONS + conf.FORM + "SessionStoreAudit log/audit.log\n"
        "LogLevel session_store:trace8\n"
        "CustomLog @ROOT@/log/notes.log \"%{session-store-row}n "
        "%{session-store-outcome}n\"\n")


def judge(server):
    """Lines begin as httpd begins them, and are printable."""
    server.wait_until_idle()
    with open(server.path("log", "error.log"), "rb") as log:
        for line in log.read().split(b"\n")[:-1]:
            assert line.startswith(b"["), line
            assert not line.startswith(b"[Thu] "), line
            assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", line), line
    with open(server.path("log", "audit.log")) as log:
        for line in log:
            json.loads(line)
            assert line.isascii() and line.rstrip("\n").isprintable()
    with open(server.path("log", "notes.log")) as log:
        assert all(re.fullmatch(r"(-|[0-9a-f]{8}) [a-z+_-]+\n", line)
                   for line in log)


@pytest.fixture
def server(httpd):
    return httpd(SITE)


def test_no_name_or_value_of_an_entry_makes_a_line(server):
    text = urllib.parse.quote(EVIL)
    browser = server.browser()
    for query in (f"a={text}", f"{text}=1", f"members-user={text}"):
        browser.get(f"/probe/set?{query}")
        browser.get("/probe/get")
    browser.get("/probe/clear")
    judge(server)


def test_a_line_of_the_audit_log_fits_a_pipe_whatever_users_are_called(server):
    """Longer ones may be mixed up with those of other processes."""
    name = "%01" * 250
    server.browser().get("/probe/set?" + "&".join(
        f"{realm}-user={name}{realm}" for realm in "abcd"))
    with open(server.path("log", "audit.log")) as log:
        line, = log
    assert len(json.loads(line)["users"]) == 4
    assert len(line) < 4096
    judge(server)


def test_no_cookie_makes_a_line(server):
    for cookie in (as_cookie("\x1b[2Jforged"), as_cookie("\x7f\x08"),
                   as_cookie("a.b.c.\xff\xfe"), "session=\x1b"):
        response = server.browser().get("/probe/get", cookie=cookie)
        assert response.status in (200, 400)
    server.log.allow("AH")
    judge(server)


def test_no_name_at_a_login_makes_a_line(server):
    server.log.allow("AH01807|AH01808|AH0161[78]")
    login(server.browser(), EVIL, "wrong")
    judge(server)


class LyingRedis:
    """Answers every command with an error of its own; a fault, no server."""

    def __init__(self, error):
        self.error = error
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "redis://127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                to, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(to,),
                             daemon=True).start()

    def answer(self, to):
        with to:
            try:
                while said := to.recv(65536):
                    count = len(re.findall(rb"^\*\d+\r$", said, re.MULTILINE))
                    to.sendall((b"-ERR " + self.error + b"\r\n")
                               * max(count, 1))
            except OSError:
                return

    def remove(self):
        self.socket.close()


def test_no_error_of_redis_makes_a_line(httpd):
    lying = LyingRedis(EVIL.replace("\r\n", "\n").encode())
    try:
        server = httpd(SITE.replace("dir:@ROOT@/store purge=1h",
                                    f"{lying.url} timeout=500ms"))
        server.log.allow("SST0[23]")
        assert server.browser().get("/probe/set?a=1").status == 503
        judge(server)
    finally:
        lying.remove()
