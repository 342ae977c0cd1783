# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Paths and links: no cookie names a file, and whoever may write to the token
directory cannot have httpd read or write beyond it."""

import os
import threading

import pytest

from rig import conf
from rig.members import Ticket, as_cookie, entries
from rig.wait import until

VICTIM = b"what httpd's user may write to, and no session is"


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM)


def traversals(ticket):
    """Tickets with paths in their parts."""
    up = "../" * 8 + "etc/passwd"
    for path in (up, up.replace("/", "%2f"), up.replace(".", "%2e"),
                 "/etc/passwd", "..\\..\\etc", "....//....//"):
        yield path
        yield f"{path}.{ticket.secret}.1.{ticket.check}"
        yield ticket.text.replace(ticket.id, path)
        yield f"{ticket.text}/{path}"


def test_no_path_in_a_cookie_names_a_file(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    before = server.store.snapshot()
    for cookie in traversals(Ticket.of(browser)):
        response = server.browser().get("/probe/get",
                                        cookie=as_cookie(cookie))
        assert response.status == 200 and response.entries == {}
    assert server.store.snapshot() == before
    assert entries(browser) == {"a": "1"}


def test_no_name_of_a_user_is_part_of_a_path(server):
    before = set(server.store.files("users"))
    browser = server.browser()
    browser.get("/probe/set?members-user=" + "..%2f" * 8 + "tmp%2fevil")
    new = set(server.store.files("users")) - before
    assert new and all("evil" not in path for path in new)
    assert not os.path.exists("/tmp/evil")


@pytest.fixture
def victim(server):
    """A file of httpd's user beside the store."""
    path = server.path("store", "..", "victim")
    with open(path, "wb") as file:
        file.write(VICTIM)
    owner = os.stat(server.store.path)
    os.chown(path, owner.st_uid, owner.st_gid)
    yield path
    os.remove(path)


class Swapper(threading.Thread):
    """Exchanges a record for another file, and back, as fast as it can."""

    def __init__(self, path, make):
        super().__init__()
        self.path = path
        self.make = make
        self.done = threading.Event()
        self.rounds = 0

    def run(self):
        spare = self.path + ".spare"
        while not self.done.is_set():
            try:
                os.link(self.path, spare)
                self.make(self.path + ".new")
                os.replace(self.path + ".new", self.path)
                os.replace(spare, self.path)
            except OSError:
                continue
            self.rounds += 1

    def stop(self):
        self.done.set()
        self.join()


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_race_with_links_reads_and_writes_no_other_file(server, victim,
                                                          kind):
    """The victim is never shown, changed, touched or taken away."""
    server.log.allow("SST0[23]")
    make = {"symbolic": lambda at: os.symlink(victim, at),
            "hard": lambda at: os.link(victim, at)}[kind]
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/probe/set?n=0")
    path, = set(server.store.files()) - before
    state = os.stat(victim)
    swapper = Swapper(path, make)
    swapper.start()
    for number in range(60):
        for page in ("/probe/get", f"/probe/set?n={number}"):
            response = browser.get(page)
            assert response.status in (200, 503)
            assert VICTIM not in response.body
    until(lambda: swapper.rounds > 50, "the files to be exchanged")
    swapper.stop()
    now = os.stat(victim)
    with open(victim, "rb") as file:
        assert file.read() == VICTIM
    assert (now.st_mtime_ns, now.st_mode, now.st_uid) == \
        (state.st_mtime_ns, state.st_mode, state.st_uid)
