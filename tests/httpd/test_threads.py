# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Many threads of one child at once, on every store: each visitor sees a
session of its own, and each change that was acknowledged. The same load says
more in a build with ThreadSanitizer, whose reports fail the test."""

import random

import pytest

from rig import build, conf
from rig.aside import Aside
from rig.members import entries
from rig.stores import STORES

CLIENTS = 8
ROUNDS = 200

ONE_CHILD = """\
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
"""

PLACES = [("event", "redis"), ("worker", "redis"), ("event", "cluster"),
          ("worker", "dir"), ("event", "dynamodb"), ("worker", "cookie")]


class OnCookie(STORES["dir"]):
    words = "cookie:"


@pytest.fixture(params=PLACES, ids=lambda place: "-".join(place))
def server(request, httpd):
    mpm, name = request.param
    store = {**STORES, "cookie": OnCookie}[name]()
    text = conf.SESSIONS.replace("dir:@ROOT@/store purge=1h", store.words)
    assert store.words in text
    made = httpd(ONE_CHILD + text, mpm=mpm, start=False)
    store.prepare(made)
    yield made.start()
    made.stop()
    store.remove()


class Visitor:
    """Does what visitors do, in an order of its own, and knows what its
    session has to hold."""

    def __init__(self, server, name):
        self.server = server
        self.random = random.Random(name)
        self.name = name
        self.begin()

    def begin(self):
        self.browser = self.server.browser()
        self.wanted = {"name": self.name}
        self.ask(f"/probe/set?name={self.name}")

    def ask(self, path):
        assert self.browser.get(path).status == 200

    def change(self):
        key, value = self.random.choice("abc"), str(self.random.random())
        self.ask(f"/probe/set?{key}={value}")
        self.wanted[key] = value

    def look(self):
        assert entries(self.browser) == self.wanted

    def leave(self):
        self.ask("/probe/clear")
        self.begin()

    def pass_by(self):
        assert self.server.browser().get("/index.html").status == 200

    def walk(self):
        steps = [self.look] * 6 + [self.change] * 3 + [self.leave,
                                                       self.pass_by]
        for _ in range(ROUNDS):
            self.random.choice(steps)()
        self.look()


def test_visitors_of_one_child_get_their_own_session_and_no_other(server):
    walks = [Aside(Visitor(server, f"visitor{number}").walk)
             for number in range(CLIENTS)]
    build.keygen(server.path("keys"))       # while they are on their way
    for walk in walks:
        walk.result()
