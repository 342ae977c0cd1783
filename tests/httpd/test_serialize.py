# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreSerialize: requests of one session take turns."""

import os
import stat
import time

import pytest

from rig import breakage, conf
from rig.aside import Aside
from rig.members import entries
from rig.phpstore import configuration, install, session
from rig.tokendir import TokenDirectory

# Two places: with all the time in the world, and with almost none.
PLACES = """\
<Location /cgi>
    SessionStoreSerialize 100s
</Location>
ScriptAlias /hurried/ @ROOT@/cgi/
<Location /hurried>
    SessionStoreSerialize 100ms
</Location>
ScriptAlias /free/ @ROOT@/cgi/
"""

CLIENTS = 8
ROUNDS = 25


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(module_httpd, request):
    return module_httpd(conf.SESSIONS + PLACES, mpm=request.param)


def begun(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    return browser


def held(server, browser, name):
    """A request that has its session's turn, at a gate."""
    gate = server.gate(name)
    slow = Aside(browser.twin().get, f"/cgi/slow/{name}?late=1")
    gate.wait_reached()
    return gate, slow


def hammer(browser, page):
    """Eight clients of one session, at once."""
    def work(client):
        for _ in range(ROUNDS):
            assert client.get(page).status == 200

    for one in [Aside(work, browser.twin()) for _ in range(CLIENTS)]:
        one.result()


def test_no_increment_of_eight_clients_is_lost(server):
    browser = begun(server)
    hammer(browser, "/cgi/count")
    assert entries(browser)["count"] == str(CLIENTS * ROUNDS)


COUNTING = """<?php
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
echo 'counted';
"""


def test_no_increment_of_a_php_program_is_lost(module_httpd):
    server = module_httpd(configuration(["fpm"]) + """<Location /php-fpm>
    SessionStoreSerialize 100s
</Location>
""", fpm=True, folders=["php-log"], before_start=install)
    with open(server.path("php", "count.php"), "w") as file:
        file.write(COUNTING)
    browser = server.browser()
    assert browser.get("/php-fpm/count.php").text == "counted"
    hammer(browser, "/php-fpm/count.php")
    assert session(browser, "/php-fpm/steps.php")["count"] \
        == CLIENTS * ROUNDS + 1


def test_a_request_whose_turn_does_not_come_is_a_503(server):
    server.log.expect(r"SST0313: a request did not get the turn")
    browser = begun(server)
    gate, slow = held(server, browser, "turn")
    began = time.monotonic()
    answer = browser.twin().get("/hurried/count")
    assert answer.status == 503
    assert answer.all("Retry-After") == ["5"]
    assert answer.set_cookies == []
    assert time.monotonic() - began >= 0.1
    gate.open()
    assert slow.result().status == 200
    assert "count" not in entries(browser)
    assert browser.get("/hurried/count").status == 200


def test_a_waiting_request_sees_what_the_one_before_has_saved(server):
    browser = begun(server)
    gate, slow = held(server, browser, "seen")
    waiting = Aside(browser.twin().get, "/cgi/session")
    gate.open()
    slow.result()
    assert waiting.result().entries["late"] == "1"


def test_nobody_else_waits(server):
    browser = begun(server)
    gate, slow = held(server, browser, "others")
    # Neither a visitor nor another session, nor a place that takes no turns.
    assert server.browser().get("/hurried/count").status == 200
    assert browser.twin().get("/free/session").status == 200
    gate.open()
    slow.result()


def test_the_locks_belong_to_the_children_alone(server):
    begun(server).get("/cgi/count")
    folder = server.path("run", "session_store.turns")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    names = os.listdir(folder)
    assert names
    assert all(stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode) == 0o600
               for name in names)


@pytest.mark.parametrize("value", ["0", "-1s", "11m", "soon", "On"])
def test_a_wrong_value_is_an_error_at_the_start(httpd, value):
    server = httpd(conf.SESSIONS + f"SessionStoreSerialize {value}\n",
                   start=False)
    code, said = server.check_config()
    assert code != 0
    assert "SessionStoreSerialize" in said and "10s" in said


def test_what_is_no_folder_is_an_error_at_the_start(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreSerialize 1s\n", start=False)
    os.makedirs(server.path("run"), exist_ok=True)
    with open(server.path("run", "session_store.turns"), "w"):
        pass
    server.log.expect("SST0110")
    server.log.allow("AH00020")
    assert "SST0110" in server.start_fails()


def test_a_folder_that_cannot_be_made_is_an_error_at_the_start(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreSerialize 1s\n"
                   "DefaultRuntimeDir @ROOT@/fixed\n"
                   "ScriptSock @ROOT@/run/cgisock\n", folders=("fixed",),
                   start=False)
    server.log.expect("SST0110: .*/fixed/session_store.turns")
    server.log.allow("AH00020")
    with breakage.read_only(TokenDirectory(server.path("fixed"))):
        assert "Read-only file system" in server.start_fails()


def test_a_folder_that_is_gone_at_a_restart_ends_no_httpd(httpd):
    """Requests that take turns are refused; all others go on."""
    server = httpd(conf.SESSIONS + PLACES)
    server.log.expect("SST0110")
    server.log.expect("SST0313")
    browser = begun(server)
    folder = server.path("run", "session_store.turns")
    os.rename(folder, folder + ".away")
    with open(folder, "w"):
        pass
    server.graceful()
    assert browser.get("/free/session").status == 200
    assert browser.get("/cgi/count").status == 503
