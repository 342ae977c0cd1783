# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Keys: exchanged while httpd runs, printed by a program, made of a
passphrase."""

import os
import re
import shutil
import threading

import pytest

from rig import attacker, build, conf
from rig.aside import Aside
from rig.members import COOKIE, entries
from rig.wait import until

CLIENTS = 8
SESSIONS = 1000
ROW = re.compile(r"[0-9a-f]{62}$")
PASSPHRASE = "the bishop's seventh umbrella"


def let_children_read(path):
    """0640, in the group of the children."""
    if os.getuid() == 0:
        shutil.chown(path, "root", "www-data")
    os.chmod(path, 0o640)


@pytest.fixture
def live(httpd):
    """A server whose children may read its key file."""
    server = httpd(conf.SESSIONS, start=False)
    let_children_read(server.path("keys"))
    return server.start()


def write_keys(server, text):
    """In one step, with owner and mode as they were."""
    path = server.path("keys")
    with open(path + ".tmp", "w") as file:
        file.write(text)
    let_children_read(path + ".tmp")
    os.rename(path + ".tmp", path)


def read_keys(server):
    with open(server.path("keys")) as file:
        return file.read()


def key_ids(server):
    """The ids of the keys in the file, the first one first."""
    return [attacker.derived(raw)["key id"]
            for raw in attacker.server_keys(server.path("keys"))]


def rows(server):
    """The files of sessions, without those that are being written."""
    return [path for path in server.store.files("rows")
            if ROW.match(os.path.basename(path))]


def sealed_under(server):
    """The id of each stored session's key."""
    return [attacker.Record(server.store.read(path), b"").key_id
            for path in rows(server)]


def begin(server, number):
    browser = server.browser()
    response = browser.get(f"/probe/set?number={number}")
    assert response.status == 200 and COOKIE in browser.jar, response
    return browser


def new_session_is_under(server, key_id):
    before = set(rows(server))
    browser = begin(server, "new")
    row, = set(rows(server)) - before
    found = attacker.Record(server.store.read(row), b"").key_id
    return browser if found == key_id else None


class Visitor(threading.Thread):
    """Goes round its sessions until it is told to stop, and changes one in
    five; notes what was not as it should be."""

    def __init__(self, browsers, stop):
        super().__init__()
        self.browsers = browsers
        self.stop = stop
        self.requests = 0
        self.wrong = []
        self.start()

    def run(self):
        while not self.stop.is_set():
            for number, browser in self.browsers.items():
                self.visit(number, browser)
                if self.stop.is_set():
                    break

    def visit(self, number, browser):
        self.requests += 1
        page = (f"/probe/set?last={self.requests}" if number % 5 == 0
                else "/probe/get")
        response = browser.get(page)
        if (response.status != 200
                or response.entries.get("number") != str(number)):
            self.wrong.append((number, response))


def test_a_rotation_under_load_ends_none_of_a_thousand_sessions(live):
    generation = live.generation()
    browsers = {}
    crowd = [Aside(lambda first: {n: begin(live, n) for n in range(
        first, SESSIONS, CLIENTS)}, first) for first in range(CLIENTS)]
    shares = [one.result() for one in crowd]
    for share in shares:
        browsers.update(share)
    assert len(rows(live)) == SESSIONS
    old, = key_ids(live)

    stop = threading.Event()
    visitors = [Visitor(share, stop) for share in shares]
    try:
        build.keygen(live.path("keys"))
        new, also_old = key_ids(live)
        assert also_old == old and new != old
        until(lambda: new_session_is_under(live, new),
              "sessions under the new key")
        seen = [visitor.requests for visitor in visitors]
        until(lambda: all(visitor.requests > before + 2 * SESSIONS / CLIENTS
                          for visitor, before in zip(visitors, seen)),
              "everybody to have been round again")
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert [visitor.wrong for visitor in visitors] == [[]] * CLIENTS
    assert live.generation() == generation
    assert sealed_under(live).count(old) >= SESSIONS
    assert "SST0205: SessionStoreKeys /" in live.log.text()


def test_a_key_that_is_removed_ends_its_sessions_and_no_others(live):
    members = [begin(live, number) for number in range(20)]
    old = read_keys(live)
    build.keygen(live.path("new"))
    with open(live.path("new")) as file:
        new = file.read()
    write_keys(live, new + old)
    wanted = key_ids(live)[0]
    stays = until(lambda: new_session_is_under(live, wanted),
                  "a session under the new key")
    assert [entries(member)["number"] for member in members] == [
        str(number) for number in range(20)]
    write_keys(live, new)

    def logged_out(member):
        response = member.twin().get("/probe/get")
        assert response.status == 200, response
        return "number" not in response.entries

    # Each child looks by itself.
    until(lambda: all(logged_out(members[0]) for _ in range(20)),
          "the old key to be forgotten")
    until(lambda: all(logged_out(member) for member in members),
          "the old key to be forgotten by all")
    assert entries(stays)["number"] == "new"
    assert begin(live, 21).get("/probe/get").entries["number"] == "21"


@pytest.mark.parametrize("text", ["", "rubbish\n", "key1:short\n"],
                         ids=["empty", "no key", "a short key"])
def test_a_bad_file_keeps_the_keys_and_is_told(live, text):
    line = r"SST0206: .*cannot be used, the keys stay as they were: .*keys"
    live.log.expect(line)
    member = begin(live, 1)
    good = read_keys(live)
    write_keys(live, text)

    def told():
        assert entries(member)["number"] == "1"
        return [found for found in live.log.lines() if "SST0206" in found]

    until(told, "the log to name the file")
    assert begin(live, 2).get("/probe/get").entries["number"] == "2"
    write_keys(live, good)
    assert entries(member)["number"] == "1"
    # Once in each process, however often it looks.
    pids = [found.split("[pid ")[1].split(":")[0].split("]")[0]
            for found in told()]
    assert len(pids) == len(set(pids))


def test_a_file_that_only_root_may_read_waits_for_a_reload(httpd):
    server = httpd(conf.SESSIONS)
    member = begin(server, 1)
    old, = key_ids(server)
    build.keygen(server.path("keys"))
    assert os.stat(server.path("keys")).st_mode & 0o777 == 0o600
    new = key_ids(server)[0]
    if os.getuid() == 0:
        assert not new_session_is_under(server, new)
    server.graceful()
    assert until(lambda: new_session_is_under(server, new), "the new key")
    assert entries(member)["number"] == "1"
    assert old in sealed_under(server)


# --- Programs ---------------------------------------------------------------

def program(server, script):
    path = server.path("program")
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(path, 0o755)


def by_program(httpd, script):
    text = conf.SESSIONS.replace("file:@ROOT@/keys",
                                 "exec:@ROOT@/program @ROOT@/runs")
    assert text != conf.SESSIONS
    server = httpd(text, start=False)
    program(server, script)
    return server


PRINT = f"echo run >>\"$1\"\necho '# from a vault'\n" \
        f"echo key1:{'A' * 43}\n"


def runs(server):
    try:
        with open(server.path("runs")) as file:
            return file.read().count("run\n")
    except FileNotFoundError:
        return 0


def test_a_program_prints_the_keys_once_at_each_start(httpd):
    server = by_program(httpd, PRINT)
    assert server.check_config()[0] == 0
    assert runs(server) == 0
    server.start()
    assert runs(server) == 1
    member = begin(server, 1)
    assert entries(member)["number"] == "1"
    wanted = attacker.derived(bytes(32))["key id"]
    assert sealed_under(server) == [wanted]
    server.graceful()
    assert runs(server) == 2
    assert entries(member)["number"] == "1"


FAILING = {
    "fails": ("echo key1:x\nexit 7\n", "failed with code 7"),
    "prints too much": ("exec yes\n", "more than 65536 bytes"),
    "prints no key": ("echo hello\n", "line 1 is not a key"),
    "does not end": ("exec sleep 600\n", "did not end in time"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_program_without_keys_keeps_httpd_from_starting(httpd, name):
    script, said = FAILING[name]
    server = by_program(httpd, script)
    server.log.allow("SST0102|AH0|Configuration Failed")
    text = server.start_fails()
    assert "SessionStoreKeys" in text and server.path("program") in text
    assert said in text
    assert server.path("runs") not in text


def test_a_program_that_is_not_there_is_found_by_a_test(httpd):
    server = by_program(httpd, PRINT)
    os.unlink(server.path("program"))
    status, said = server.check_config()
    assert status != 0
    assert "SessionStoreKeys" in said and server.path("program") in said


# --- Passphrases ------------------------------------------------------------

def test_servers_with_the_same_passphrase_share_sessions(httpd):
    first = httpd(conf.SESSIONS, start=False)
    write_keys(first, f"passphrase:{PASSPHRASE}\n")
    first.start()
    member = begin(first, 1)
    second = httpd(conf.SESSIONS.replace("@ROOT@/store", first.store.path),
                   start=False)
    write_keys(second, f"# the same\npassphrase:  {PASSPHRASE}\n")
    second.start()
    visitor = second.browser(jar=member.jar)
    assert entries(visitor)["number"] == "1"


def test_a_short_passphrase_is_refused(httpd):
    server = httpd(conf.SESSIONS, start=False)
    write_keys(server, "passphrase:fifteen letters\n")
    status, said = server.check_config()
    assert status != 0
    assert "a passphrase needs 16 characters" in said
    assert "fifteen letters" not in said
