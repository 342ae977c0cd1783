# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreHeader: programs change the session by lines of a header that
no client ever sees."""

import os
import threading

import pytest

from rig import breakage, conf
from rig.backend import Backend
from rig.members import (COOKIE, Ticket, as_cookie, differ, entries,
                         logged_in, who)
from rig.say import CGI, FPM, MOD_PHP, PHP_CGI, SAYING, say, says

HEADER = "X-Session-Store"

REFUSED = (r"SST0309: session \S+ is not changed, the request is refused: "
           r"what the application says by SessionStoreHeader is not allowed: ")
NOWHERE = r"SST0310: an application changes a session .* where there is none"
LATE = r"SST0311: an application changes a session .* after the response"

PLACES = """\
SessionStoreHide *-pw *-site internal-*
ProxyPass /proxied/ http://127.0.0.1:@BACKEND@/
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
<Location /other>
    SetHandler session-probe
    SessionStoreCookie other
</Location>
ScriptAlias /excluded/ @ROOT@/cgi/
SessionExclude /excluded
ScriptAlias /small/ @ROOT@/cgi/
<Location /small>
    SessionStoreMaxSize 2000
</Location>
ScriptAlias /custom/ @ROOT@/cgi/
<Location /custom>
    SessionStoreHeader X-Mine
    SetEnv SAY_BY x-mINE
</Location>
ScriptAlias /mute/ @ROOT@/cgi/
<Location /mute>
    SessionStoreHeader none
</Location>
ScriptAlias /both/ @ROOT@/cgi/
<Location /both>
    SessionEnv On
    SessionHeader X-Replace-Session
</Location>
ScriptAlias /anonymous/ @ROOT@/cgi/
<Location /anonymous>
    SessionStoreOnError anonymous
</Location>
ScriptAlias /document/ @ROOT@/cgi/
<Location /document>
    ErrorDocument 500 /cgi/say
    ErrorDocument 404 /cgi/say
    ErrorDocument 503 /cgi/say
</Location>
ProxyPass /overridden/ http://127.0.0.1:@BACKEND@/
<Location /overridden>
    ProxyErrorOverride On
</Location>
"""


@pytest.fixture(scope="module")
def backend():
    made = Backend()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def servers(module_httpd, backend):
    """One for each MPM, made when it is first asked for."""
    made = {}

    def get(mpm):
        if mpm not in made:
            kinds = ("mod",) if mpm == "prefork" else ("fpm", "cgi")
            php = "".join(conf.PHP[kind] for kind in kinds)
            places = PLACES.replace("@BACKEND@", str(backend.port))
            made[mpm] = module_httpd(SAYING + conf.FORM + places + php,
                                     mpm=mpm, fpm=mpm == "event")
        return made[mpm]

    return get


@pytest.fixture
def server(servers):
    return servers("event")


def by_backend(browser, *lines, **options):
    return say(browser, *(f"{HEADER}: {line}" for line in lines),
               page="/proxied/", **options)


# --- Verbs, by every way -----------------------------------------------------

WAYS = [("event", CGI), ("event", FPM), ("event", PHP_CGI),
        ("event", "/proxied/"), ("prefork", CGI), ("prefork", MOD_PHP)]


def speaks(browser, page, *lines):
    """Says lines by a program of whatever kind."""
    response = (by_backend(browser, *lines) if page == "/proxied/"
                else say(browser, *lines, page=page))
    assert response.status == 200, response
    assert response.all(HEADER) == []
    return response


@pytest.mark.parametrize("mpm,page", WAYS)
def test_lines_are_done_in_their_order(servers, mpm, page):
    browser = servers(mpm).browser()
    speaks(browser, page, "set &a=1&b=2&", "set &c=x%2C%26+y&", "delete b",
           "set &a=3&")
    assert entries(browser) == {"a": "3", "c": "x,& y"}
    speaks(browser, page, "set &d=1&", "clear", "set &e=1&", "delete &e&f&",
           "set &g=%C3%A9&")
    assert entries(browser) == {"g": "\u00e9"}


@pytest.mark.parametrize("mpm,page", WAYS)
def test_200_000_bytes_are_said_in_lines_of_7_000(servers, mpm, page):
    browser = servers(mpm).browser()
    value = "0123456789" * 20000
    parts = [value[n:n + 7000] for n in range(0, len(value), 7000)]
    # Python's http.client, the rig's backend, takes 100 header lines.
    speaks(browser, page, f"set &big={parts[0]}&",
           *(f"append &big={part}&" for part in parts[1:]))
    assert entries(browser) == {"big": value}


@pytest.mark.parametrize("mpm,page", WAYS)
def test_regenerate_gives_a_new_id_and_keeps_the_entries(servers, mpm, page):
    browser = servers(mpm).browser()
    speaks(browser, page, "set &a=1&")
    old = Ticket.of(browser)
    speaks(browser, page, "regenerate", "set &b=2&")
    assert differ(old, Ticket.of(browser))
    assert entries(browser) == {"a": "1", "b": "2"}
    assert entries(browser, cookie=as_cookie(old.text)) == {}


@pytest.mark.parametrize("mpm,page", WAYS)
def test_end_ends_the_session(servers, mpm, page):
    server = servers(mpm)
    browser = server.browser()
    speaks(browser, page, "set &a=1&")
    old = browser.jar[COOKIE]
    files = len(server.store.files("rows"))
    cookie, = speaks(browser, page, "end").set_cookies
    assert cookie.removes
    assert len(server.store.files("rows")) == files - 1
    assert entries(browser, cookie=as_cookie(old)) == {}


def test_what_is_set_behind_an_end_is_a_new_session(server):
    browser = logged_in(server.browser(), "alice")
    old = Ticket.of(browser)
    says(browser, "end", "set &a=1&")
    assert differ(old, Ticket.of(browser))
    assert entries(browser) == {"a": "1"}
    assert who(browser) is None
    assert who(browser, cookie=as_cookie(old.text)) is None


def test_end_signs_out_and_clear_does_not(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?a=1&internal-x=2")
    says(browser, "clear")
    assert set(entries(browser)) == {"members-user", "members-pw",
                                     "internal-x"}
    assert who(browser) == "alice"
    says(browser, "end")
    assert who(browser) is None


def test_changes_of_two_requests_are_merged(server):
    gate = server.gate("meet")
    browser = server.browser()
    says(browser, "set &a=1&b=1&")
    slow = threading.Thread(target=browser.twin().get, args=(
        "/both/slow/meet?a=slow",))
    slow.start()
    gate.wait_reached()
    says(browser, "set &b=2&c=3&")
    gate.open()
    slow.join()
    assert entries(browser) == {"a": "slow", "b": "2", "c": "3"}


def test_what_changes_nothing_is_not_written(server):
    browser = server.browser()
    says(browser, "set &a=1&")
    before = server.store.snapshot()
    response = says(browser, "set &a=1&", "delete nothing")
    assert response.set_cookies == []
    assert server.store.snapshot() == before


def test_an_empty_header_says_nothing(server):
    browser = server.browser()
    assert says(browser, " ", ",").set_cookies == []


def test_nothing_said_in_vain_makes_a_session(server):
    for line in ("clear", "end", "regenerate", "delete a"):
        browser = server.browser()
        assert says(browser, line).set_cookies == []


# --- Refusals ----------------------------------------------------------------

BAD = ["junk", "a=1", "SET &a=1&", "set &a&", "set &b=%00&", "set &b=%zz&",
       "set &b=2&, c=3", "clear now", "append &kept=2&",
       "set &members-user=alice&", "set &MEMBERS-user=alice&",
       "set &members%2Duser=alice&", "set &x-pw=1&", "set &x-site=1&",
       "delete members-user", "delete internal-x", "set &internal-x=9&",
       "set &expiry=1&", "set &a=1&expiry=99999999999999999&"]


@pytest.mark.parametrize("page", [CGI, FPM, "/proxied/"])
@pytest.mark.parametrize("line", BAD)
def test_what_is_not_allowed_is_a_500_and_changes_nothing(server, page, line):
    server.log.expect(REFUSED)
    browser = server.browser()
    browser.get("/probe/set?kept=1&internal-x=1")
    before = server.store.snapshot()
    for lines in ((line,), ("set &new=1&", line), (line, "set &new=1&")):
        response = (by_backend(browser, *lines) if page == "/proxied/"
                    else say(browser, *lines, page=page))
        assert response.status == 500
        assert response.all(HEADER) == []
        assert response.set_cookies == []
        assert "entries" not in response.text
    assert server.store.snapshot() == before
    assert entries(browser) == {"kept": "1", "internal-x": "1"}


def test_a_refusal_shows_no_value_in_the_log(server):
    server.log.expect(REFUSED + "set: a value cannot be read, of: token")
    say(server.browser(), "set &token=the-value%&")
    assert "the-value" not in server.log.text()


def test_a_program_cannot_forge_a_login(server):
    server.log.expect(REFUSED)
    browser = server.browser()
    say(browser, "set &members-user=alice&members-pw=x&")
    say(browser, "end", "set &members-user=alice&")
    assert who(browser) is None


def test_too_much_is_a_413_and_keeps_the_old_session(server):
    server.log.expect("SST0304: session .* SessionStoreMaxSize")
    browser = server.browser()
    says(browser, "set &kept=1&")
    for lines in (["set &big=" + "x" * 3000 + "&"],
                  ["end", "set &big=" + "x" * 3000 + "&"]):
        response = say(browser, *lines, page="/small/say")
        assert response.status == 413
        assert response.set_cookies == []
        assert entries(browser) == {"kept": "1"}


def test_too_much_behind_an_end_is_a_413_and_ends_nothing(server):
    server.log.expect("SST0304: session .* SessionStoreMaxSize")
    browser = server.browser()
    says(browser, "set &kept=" + "x" * 7000 + "&")
    response = say(browser, "end", "set &new=" + "y" * 3000 + "&",
                   page="/small/say")
    assert response.status == 413
    assert response.set_cookies == []
    assert entries(browser) == {"kept": "x" * 7000}
    says(browser, "end", "set &new=y&", page="/small/say")
    assert entries(browser) == {"new": "y"}


def test_more_than_can_ever_fit_is_a_413_unread(server):
    server.log.expect(REFUSED + "more than 73536 bytes")
    browser = server.browser()
    says(browser, "set &kept=1&")
    lines = ["set &kept=" + "x" * 7000 + "&"] * 11
    assert say(browser, *lines, page="/small/say").status == 413
    assert entries(browser) == {"kept": "1"}


def test_too_many_names_are_a_413(server):
    server.log.expect(REFUSED + ".*too many names")
    browser = server.browser()
    lines = ["set &" + "a=&" * 1000] * 17
    assert say(browser, *lines).status == 413
    assert entries(browser) == {}


# --- Never seen by a client --------------------------------------------------

@pytest.mark.parametrize("more,status", [
    ("Status=404%20No", 404), ("Status=500%20No", 500),
    ("Status=302%20Found&Location=http://localhost/x", 302),
    ("Status=204%20None", 204), ("Status=201%20Made", 201)])
def test_every_status_is_obeyed_and_shows_no_header(server, more, status):
    browser = server.browser()
    response = say(browser, "set &a=1&", page=f"{CGI}?{more}")
    assert response.status == status
    assert response.all(HEADER) == []
    assert entries(browser) == {"a": "1"}


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_document_may_speak(server, status):
    browser = server.browser()
    page = f"/document/say?Status={status}%20No"
    response = say(browser, "set &a=1&", page=page)
    assert response.status == status
    assert response.all(HEADER) == []
    assert entries(browser) == {"a": "1"}


def test_a_local_redirect_keeps_what_was_said(server):
    browser = server.browser()
    response = say(browser, "set &a=1&", page=f"{CGI}?Location=/index.html")
    assert response.status == 200
    assert response.all(HEADER) == []
    assert entries(browser) == {"a": "1"}


def program(server, name, line):
    """A program that says one line."""
    path = server.path("cgi", name)
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\nprintf 'X-Session-Store: {line}\\n"
                   "Content-Type: text/plain\\n\\nincluded'\n")
    os.chmod(path, 0o755)


def test_head_is_obeyed_and_shows_no_header(server):
    program(server, "fixed", "set &a=1&")
    browser = server.browser()
    response = browser.request("HEAD", "/cgi/fixed")
    assert response.status == 200
    assert response.all(HEADER) == []
    assert entries(browser) == {"a": "1"}


def test_an_included_program_may_speak_before_the_response_begins(server):
    program(server, "included", "set &inc=1&")
    browser = server.browser()
    response = browser.get("/probe/include?uri=/cgi/included&a=1")
    assert "included" in response.text
    assert response.all(HEADER) == []
    assert entries(browser) == {"inc": "1", "a": "1"}


def test_an_included_program_that_speaks_late_is_logged(server):
    server.log.expect(LATE)
    program(server, "late", "set &inc=1&")
    with open(server.path("htdocs", "inc.shtml"), "w") as file:
        file.write('<p>first</p><!--#include virtual="/cgi/late" -->')
    browser = server.browser()
    browser.get("/probe/set?a=1")
    before = server.store.snapshot()
    response = browser.get("/inc.shtml")
    assert "included" in response.text
    assert response.all(HEADER) == []
    assert server.store.snapshot() == before


def test_an_included_program_with_another_session_is_logged(server):
    server.log.expect(NOWHERE)
    program(server, "other", "set &inc=1&")
    before = server.store.snapshot()
    response = server.browser().get("/other/probe/include?uri=/cgi/other")
    assert "included" in response.text
    assert response.all(HEADER) == []
    assert server.store.snapshot() == before


@pytest.mark.parametrize("page", ["/off/say", "/excluded/say"])
def test_where_there_is_no_session_it_is_withheld_and_logged(server, page):
    server.log.expect(NOWHERE)
    browser = server.browser()
    for status in (200, 404, 500):
        response = say(browser, "set &a=1&", page=f"{page}?Status={status}")
        assert response.status == status
        assert response.all(HEADER) == []
    assert entries(browser) == {}


def test_a_header_of_another_name(server):
    browser = server.browser()
    response = say(browser, "set &a=1&", page="/custom/say")
    assert response.all("X-Mine") == []
    assert entries(browser) == {"a": "1"}


def test_with_none_nothing_is_obeyed(server):
    browser = server.browser()
    response = say(browser, "set &a=1&", page="/mute/say")
    assert response.status == 200
    assert entries(browser) == {}


def test_mod_sessions_own_header_works_beside(server):
    browser = server.browser()
    response = say(browser, "set &a=1&b=1&", "regenerate",
                   page="/both/say?X-Replace-Session=b=2%26c=3")
    assert response.all(HEADER) == []
    assert response.all("X-Replace-Session") == []
    assert entries(browser) == {"a": "1", "b": "2", "c": "3"}


def test_a_header_that_a_client_sends_says_nothing(server):
    browser = server.browser()
    for name in (HEADER, HEADER.lower(), "X_Session_Store"):
        response = browser.get("/index.html",
                               headers=[(name, "set &a=1&")])
        assert response.all(HEADER) == []
    assert entries(browser) == {}


def test_proxy_error_override_keeps_the_backends_words_from_the_client(server):
    browser = server.browser()
    response = say(browser, f"{HEADER}: set &a=1&", page="/overridden/")
    assert response.all(HEADER) == []


# --- While the store fails ----------------------------------------------------

LOAD_LOG = r"SST0301: a session could not be read from dir:"


def test_a_change_while_the_store_fails_is_a_503(server):
    server.log.expect(LOAD_LOG)
    server.log.expect("SST0305: a change of a session is refused")
    browser = server.browser()
    says(browser, "set &kept=1&")
    with breakage.no_rights(server.store):
        response = say(browser, "set &a=1&", page="/anonymous/say")
        assert response.status == 503
        assert response.all(HEADER) == []
    assert entries(browser) == {"kept": "1"}


def test_an_error_document_of_a_failing_store_speaks_in_vain(server):
    server.log.expect(LOAD_LOG)
    browser = server.browser()
    says(browser, "set &kept=1&")
    with breakage.no_rights(server.store):
        response = say(browser, "set &a=1&", page="/document/say")
        assert response.status == 503
        assert response.all(HEADER) == []
    assert entries(browser) == {"kept": "1"}
