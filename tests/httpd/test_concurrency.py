# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Many at once: changes of different entries all arrive, and what was
acknowledged is there after children were killed and servers restarted."""

import contextlib
import http.client
import os
import random
import signal
import time

import pytest

from rig import conf
from rig.aside import Aside
from rig.members import entries
from rig.wait import until

CHANGES = 500
CHAOS_S = 10
CLIENTS = 8


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_changes_of_two_clients_at_once_are_all_there(httpd, mpm):
    server = httpd(conf.SESSIONS, mpm=mpm)
    first = server.browser()
    first.get("/probe/set?start=1")

    def change(browser, name):
        for number in range(CHANGES):
            path = f"/probe/set?{name}{number}={number}"
            assert browser.get(path).status == 200

    both = [Aside(change, first.twin(), name) for name in "ab"]
    for one in both:
        one.result()
    wanted = {f"{name}{number}": str(number)
              for name in "ab" for number in range(CHANGES)}
    assert entries(first) == {"start": "1", **wanted}


def test_the_same_entry_changed_at_once_has_one_of_the_values(httpd):
    server = httpd(conf.SESSIONS)
    first = server.browser()
    first.get("/probe/set?start=1")

    def change(browser, value):
        for _ in range(50):
            assert browser.get(f"/probe/set?same={value}").status == 200

    several = [Aside(change, first.twin(), value) for value in "abcd"]
    for one in several:
        one.result()
    assert entries(first)["same"] in "abcd"


class Client:
    """Counts upwards in its session, and knows what was acknowledged."""

    def __init__(self, server):
        self.browser = server.browser()
        self.tried = 0
        self.acknowledged = 0

    def count(self, stop):
        while time.monotonic() < stop:
            self.tried += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                response = self.browser.get(f"/probe/set?n={self.tried}")
                if response.status == 200:
                    self.acknowledged = self.tried


def disturb(server, stop):
    """kill -9 of a child, or a graceful restart, several times a second."""
    while time.monotonic() < stop:
        if random.random() < 0.7:
            with contextlib.suppress(OSError, http.client.HTTPException,
                                     ProcessLookupError):
                os.kill(random.choice(server.children()), signal.SIGKILL)
        else:
            server.graceful(wait=False)
        time.sleep(random.uniform(0.1, 0.5))


def test_chaos_takes_no_acknowledged_write(httpd):
    server = httpd(conf.SESSIONS)
    # httpd's own lines about its children's deaths and restarts in a row.
    server.log.allow("AH10392|AH0004[567]|AH10159|AH03490|AH00485|"
                     "AH01243|AH01238")
    stop = time.monotonic() + CHAOS_S
    clients = [Client(server) for _ in range(CLIENTS)]
    work = [Aside(client.count, stop) for client in clients]
    work.append(Aside(disturb, server, stop))
    for one in work:
        one.result()
    until(server.answers, "httpd to recover")
    for client in clients:
        assert client.acknowledged > 0
        stored = int(entries(client.browser)["n"])
        assert client.acknowledged <= stored <= client.tried
