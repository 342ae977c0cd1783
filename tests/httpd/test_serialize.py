# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreSerialize: requests of one session take turns."""

import os
import socket
import stat
import time

import pytest

from rig import breakage, conf
from rig.aside import Aside
from rig.browser import TIMEOUT_S, raw_exchange
from rig.members import entries
from rig.phpstore import configuration, install, session
from rig.switching import Switching, begin, read_head
from rig.tokendir import TokenDirectory
from rig.trace import StoreTrace
from rig.wait import until

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


def held(server, browser, name, change="late=1"):
    """A request that has its session's turn, at a gate."""
    gate = server.gate(name)
    slow = Aside(browser.twin().get, f"/cgi/slow/{name}?{change}")
    gate.wait_reached()
    return gate, slow


def hammer(browser, page, status=200):
    """Eight clients of one session, at once."""
    def work(client):
        for _ in range(ROUNDS):
            assert client.get(page).status == status

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


# --- Requests that can save nothing any more ----------------------------------

@pytest.fixture
def backend():
    made = Switching()
    yield made
    made.stop()


def test_a_connection_that_changes_the_protocol_holds_up_nobody(httpd,
                                                                backend):
    server = httpd(conf.SESSIONS + PLACES + f"""\
ProxyPass /cgi/switch http://127.0.0.1:{backend.port}/ upgrade=websocket
""")
    server.log.allow("SST0310")
    browser = begun(server)
    with begin(server, "/cgi/switch", browser.cookie_header()) as wire:
        assert read_head(wire).startswith(b"HTTP/1.1 101 ")
        assert browser.get("/hurried/count").status == 200
        wire.sendall(b"still there")
        assert wire.recv(4096).startswith(b"still")


def test_to_ask_for_another_protocol_gives_no_turn_up(server):
    server.log.expect("SST0313")
    browser = begun(server)
    gate = server.gate("asked")
    with begin(server, "/cgi/slow/asked", browser.cookie_header()) as wire:
        gate.wait_reached()
        assert browser.get("/hurried/count").status == 503
        gate.open()
        assert read_head(wire).startswith(b"HTTP/1.1 200 ")


def test_a_program_that_speaks_http_by_itself_gives_its_turn_up(server):
    browser = begun(server)
    gate = server.gate("final")
    slow = Aside(browser.twin().get, "/cgi/nph-slow/final?200")
    gate.wait_reached()
    # Its head may be on its way yet.
    assert browser.get("/cgi/count").status == 200
    assert slow.is_alive()
    gate.open()
    assert slow.result().status == 200


# A store in two places, and programs in none.
SHOP = conf.KEYS + "".join(f"""\
<Location /{name}>
    SessionStore dir:@ROOT@/store purge=1h
    SessionStoreSerialize {wait}
    Session On
    SetHandler session-probe
</Location>
""" for name, wait in (("shop", "100s"), ("hurried", "100ms")))


def test_a_program_outside_of_the_place_gives_its_turn_up_too(httpd):
    server = httpd(SHOP)
    browser = server.browser()
    browser.get("/shop/set?a=1")
    gate = server.gate("outside")
    slow = Aside(browser.twin().get,
                 "/shop/redirect?to=/cgi/nph-slow/outside%3F200")
    gate.wait_reached()
    assert browser.get("/shop/get").entries == {"a": "1"}
    assert slow.is_alive()
    gate.open()
    assert slow.result().status == 200


PARTS = SHOP + """\
<Location /parts.shtml>
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
"""


def test_a_part_of_a_page_without_a_session_takes_no_turn(httpd):
    """It could save nothing, and would have the turn until the page ends."""
    server = httpd(PARTS)
    with open(server.path("htdocs", "parts.shtml"), "w") as file:
        file.write('<!--#include virtual="/shop/get"-->'
                   '<!--#include virtual="/cgi/slow/parts"-->\n')
    browser = server.browser()
    browser.get("/shop/set?a=1")
    gate = server.gate("parts")
    page = Aside(browser.twin().get, "/parts.shtml")
    gate.wait_reached()
    assert browser.get("/hurried/get").entries == {"a": "1"}
    gate.open()
    assert "a=1" in page.result().text


def test_an_interim_response_gives_no_turn_up(server):
    server.log.expect("SST0313")
    browser = begun(server)
    gate = server.gate("interim")
    slow = Aside(raw_exchange, server.port, (
        "GET /cgi/nph-slow/interim?103 HTTP/1.0\r\nHost: localhost\r\n"
        f"Cookie: {browser.cookie_header()}\r\n\r\n").encode())
    gate.wait_reached()
    assert browser.get("/hurried/count").status == 503
    gate.open()
    assert b"HTTP/1.1 200 OK" in slow.result()
    assert browser.get("/hurried/count").status == 200


# More than the sockets between client and server take.
DOWNLOAD = 64 << 20

CACHED = """\
CacheRoot @ROOT@/cache
CacheEnable disk /downloads
CacheQuickHandler Off
CacheMaxFileSize 1000000000
CacheHeader On
ExpiresActive On
ExpiresDefault "access plus 1 hour"
Alias /downloads @ROOT@/htdocs
<Location /downloads>
    SessionStoreSerialize 100s
</Location>
"""


def test_a_download_out_of_a_cache_holds_up_nobody(httpd):
    server = httpd(conf.SESSIONS + PLACES + CACHED, folders=("cache",),
                   modules=("cache", "cache_disk", "expires"))
    with open(server.path("htdocs", "large"), "wb") as file:
        file.truncate(DOWNLOAD)
    assert len(server.browser().get("/downloads/large").body) == DOWNLOAD
    browser = begun(server)
    with socket.create_connection(("127.0.0.1", server.port),
                                  TIMEOUT_S) as wire:
        wire.sendall((
            "GET /downloads/large HTTP/1.1\r\nHost: localhost\r\n"
            f"Cookie: {browser.cookie_header()}\r\n\r\n").encode())
        assert b"X-Cache: HIT" in read_head(wire)
        assert browser.get("/hurried/count").status == 200


# --- Sessions that were read before the turn came ------------------------------

# The place that takes turns is a file; requests come to it from elsewhere.
WAYS = """\
Alias /programs @ROOT@/cgi
<Location /programs>
    SetHandler cgi-script
    Options +ExecCGI
    DirectoryIndex count session
</Location>
<Files count>
    SessionStoreSerialize 100s
</Files>
<Directory @ROOT@/htdocs/folder>
    FallbackResource /programs/count
</Directory>
<Directory @ROOT@/htdocs/plain>
    DirectoryIndex missing.count index.html
</Directory>
<Files "*.count">
    SessionStoreSerialize 100s
</Files>
RewriteEngine On
RewriteCond %{LA-U:REMOTE_USER} !.
RewriteRule ^/ahead$ /programs/count [PT]
ErrorDocument 404 /programs/count
Alias /impatient @ROOT@/cgi
<Location /impatient>
    SetHandler cgi-script
    Options +ExecCGI
    DirectoryIndex count session
    SessionStoreSerialize 100ms
</Location>
"""

HTACCESS = """\
RewriteEngine On
RewriteRule . /programs/count
"""

PAGES = {
    "a directory's index": ("/programs/", 200),
    "a fallback": ("/folder/missing", 200),
    "a rewrite in a directory": ("/rewritten/any", 200),
    "a look ahead": ("/ahead", 200),
    "an error page": ("/missing", 404),
    "a redirect inside the server": ("/probe/redirect?to=/programs/count",
                                     200),
    "a change": ("/probe/redirect?seen=1&to=/programs/count", 200),
}


def lay_out(server):
    folder = server.path("htdocs", "rewritten")
    os.mkdir(folder)
    with open(os.path.join(folder, ".htaccess"), "w") as file:
        file.write(HTACCESS)
    os.mkdir(server.path("htdocs", "plain"))
    with open(server.path("htdocs", "plain", "index.html"), "w") as file:
        file.write("plain\n")


@pytest.fixture(scope="module")
def ways(module_httpd):
    return module_httpd(conf.SESSIONS + PLACES + WAYS, before_start=lay_out)


@pytest.mark.parametrize("page, status", PAGES.values(), ids=PAGES.keys())
def test_no_increment_is_lost_behind(ways, page, status):
    browser = begun(ways)
    hammer(browser, page, status)
    assert entries(browser)["count"] == str(CLIENTS * ROUNDS)


def reads(server, browser, page):
    with StoreTrace(server) as trace:
        browser.get(page)
    return len(trace.reads)


def test_a_turn_that_comes_after_the_load_costs_one_read_more(ways):
    browser = begun(ways)
    plain = reads(ways, browser, "/programs/count")
    assert reads(ways, browser, "/programs/") == plain + 1
    # The look ahead has the turn before anything is loaded.
    assert reads(ways, browser, "/ahead") == plain


def test_an_index_that_is_not_there_takes_no_turn(ways):
    browser = begun(ways)
    assert reads(ways, browser, "/plain/") \
        == reads(ways, browser, "/plain/index.html")
    gate, slow = held(ways, browser, "elsewhere")
    assert browser.twin().get("/plain/").text == "plain\n"
    gate.open()
    assert slow.result().status == 200


def loads(server):
    return server.log.text().count("SST0307")


def waiting(server, browser, page):
    """A request for the page that has loaded its session and now waits."""
    before = loads(server)
    waits = Aside(browser.twin().get, page)
    until(lambda: loads(server) > before, "the session to be loaded")
    return waits


def test_a_part_of_a_page_that_waits_sees_what_the_one_before_has_saved(ways):
    browser = begun(ways)
    gate, slow = held(ways, browser, "parts")
    page = waiting(ways, browser, "/probe/include?uri=/cgi/session")
    gate.open()
    slow.result()
    assert page.result().entries["late"] == "1"


def test_a_session_that_ends_while_a_request_waits_stays_ended(ways):
    browser = begun(ways)
    gate, slow = held(ways, browser, "ended", "")
    page = waiting(ways, browser, "/programs/")
    assert browser.twin().get("/free/session?a=").status == 200
    gate.open()
    assert slow.result().status == 200
    assert page.result().set_cookies == []
    assert entries(browser) == {}


def test_a_store_that_fails_when_the_turn_has_come_is_a_503(ways):
    ways.log.expect("SST0301")
    ways.log.allow("SST0201")
    browser = begun(ways)
    gate, slow = held(ways, browser, "fails", "")
    page = waiting(ways, browser, "/programs/")
    with breakage.missing(ways.store):
        gate.open()
        answer = page.result()
    assert answer.status == 503
    assert answer.all("Retry-After") == ["5"]
    assert slow.result().status == 200
    assert "count" not in entries(browser)


def test_an_index_whose_turn_does_not_come_is_a_503_and_no_other_index(ways):
    ways.log.expect("SST0313")
    browser = begun(ways)
    gate, slow = held(ways, browser, "index")
    answer = browser.twin().get("/impatient/")
    assert answer.status == 503
    assert answer.all("Retry-After") == ["5"]
    gate.open()
    assert slow.result().status == 200
    assert "count" not in entries(browser)
    assert browser.get("/impatient/").status == 200


def test_a_part_of_a_page_whose_turn_does_not_come_is_left_out(ways):
    ways.log.expect("SST0313")
    browser = begun(ways)
    gate, slow = held(ways, browser, "part")
    answer = browser.twin().get("/probe/include?b=2&uri=/hurried/session")
    assert answer.status == 200 and answer.text == ""
    gate.open()
    assert slow.result().status == 200
    # What the page itself has changed is kept.
    assert entries(browser) == {"a": "1", "b": "2", "late": "1"}


# --- Requests that come through several places --------------------------------

# The same sessions, by other options: a store of its own to the module.
REPORTS = """\
SessionStoreSerialize 10s
ScriptAlias /reports/ @ROOT@/cgi/
<Location /reports>
    SessionStore dir:@ROOT@/store purge=1h timeout=5s
</Location>
ScriptAlias /moving/ @ROOT@/cgi/
<Location /moving>
    SessionStoreMigrateFrom dir:@ROOT@/old
</Location>
ErrorDocument 404 /reports/count
"""


@pytest.mark.parametrize("page, status", [
    ("/probe/redirect?to=/reports/count", 200),
    ("/probe/redirect?to=/moving/count", 200),
    ("/missing", 404),
])
def test_no_request_waits_for_itself(httpd, page, status):
    server = httpd(conf.SESSIONS + REPORTS, folders=("old",), start=False)
    os.chmod(server.path("old"), 0o700)
    server.start()
    browser = begun(server)
    hammer(browser, page, status)
    assert entries(browser)["count"] == str(CLIENTS * ROUNDS)


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
