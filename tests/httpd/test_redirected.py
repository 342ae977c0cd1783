# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a program says before httpd redirects its request inside is done by the
rules of the place that it said it in, and shown to no client."""

import os

import pytest

from rig import breakage
from rig.members import entries
from rig.say import SAYING, say, seen

NOWHERE = r"SST0310: an application changes a session .* where there is none"
UNHEARD = r"SST0314: {} is not obeyed: .* before its request came here from {}"
REFUSED = r"SST0309: session \S+ is not changed, the request is refused"

PLACES = """\
ScriptAlias /mute/ @ROOT@/cgi/
<Location /mute>
    SessionStoreHeader none
</Location>
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
ScriptAlias /excluded/ @ROOT@/cgi/
SessionExclude /excluded
ScriptAlias /custom/ @ROOT@/cgi/
<Location /custom>
    SessionStoreHeader X-Mine
    SetEnv SAY_BY X-Mine
</Location>
ScriptAlias /callback/ @ROOT@/cgi/
<Location /callback>
    SessionHeader X-Replace-Session
</Location>
ScriptAlias /callback-off/ @ROOT@/cgi/
<Location /callback-off>
    Session Off
    SessionHeader X-Replace-Session
</Location>
ScriptAlias /both/ @ROOT@/cgi/
<Location /both>
    SessionHeader X-Replace-Session
</Location>
ScriptAlias /anonymous/ @ROOT@/cgi/
<Location /anonymous>
    SessionStoreOnError anonymous
</Location>
<Location /other>
    SetHandler session-probe
    SessionStoreCookie other
</Location>
<Location /custom-fpm>
    SetHandler "proxy:unix:@ROOT@/run/fpm.sock|fcgi://php"
    SessionStoreHeader X-Mine
    SessionHeader X-Replace-Session
    ProxyErrorOverride On
    ErrorDocument 404 /index.html
</Location>
Alias /custom-fpm @ROOT@/php
"""

FAILS = """\
<?php
http_response_code(404);
header('X-Mine: set &a=1&');
header('X-Replace-Session: b=2');
"""

ALL = ("X-Session-Store", "X-Mine", "X-Replace-Session")


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(SAYING + PLACES, fpm=True)


def shows_nothing(response):
    for name in ALL:
        assert response.all(name) == []


def program(server, name, *lines):
    """A program that says these header lines."""
    path = server.path("cgi", name)
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + "".join(f"echo '{line}'\n"
                                           for line in lines))
        file.write("printf 'Content-Type: text/plain\\n\\nmade'\n")
    os.chmod(path, 0o755)


# --- SessionStoreHeader ------------------------------------------------------

ENDS = ["/index.html", "/mute/say", "/off/say", "/excluded/say",
        "/custom/say", "/nowhere", "/other/probe/get"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("page", ["/cgi/say", "/custom/say"])
def test_what_was_said_is_done_wherever_the_request_ends(server, page, end):
    browser = server.browser()
    response = say(browser, "set &a=1&", page=f"{page}?Location={end}")
    assert response.status == (404 if end == "/nowhere" else 200)
    shows_nothing(response)
    assert entries(browser) == {"a": "1"}


def test_the_page_that_a_program_redirects_to_sees_what_it_said(server):
    browser = server.browser()
    assert seen(browser, "/cgi/say?Location=/cgi/say") == {}
    program(server, "first", "X-Session-Store: set &a=1&",
            "Location: /cgi/say")
    assert seen(browser, "/cgi/first") == {"a": "1"}


def test_all_programs_of_a_chain_are_heard(server):
    program(server, "one", "X-Session-Store: set &a=1&b=1&",
            "Location: /custom/two")
    program(server, "two", "X-Mine: set &b=2&c=2&", "Location: /cgi/three")
    program(server, "three", "X-Session-Store: delete a")
    browser = server.browser()
    response = browser.get("/cgi/one")
    assert response.text == "made"
    shows_nothing(response)
    assert entries(browser) == {"b": "2", "c": "2"}


def test_an_end_is_an_end_for_the_page_that_follows_too(server):
    browser = server.browser()
    say(browser, "set &a=1&")
    program(server, "ends", "X-Session-Store: end", "Location: /cgi/say")
    assert seen(browser, "/cgi/ends") == {}
    assert entries(browser) == {}
    assert browser.jar == {}


def test_what_is_not_allowed_refuses_the_page_that_follows(server):
    server.log.expect(REFUSED)
    browser = server.browser()
    say(browser, "set &kept=1&")
    response = say(browser, "set &a=1&", "set &members-user=alice&",
                   page="/custom/say?Location=/cgi/say")
    assert response.status == 500
    shows_nothing(response)
    assert response.set_cookies == []
    assert entries(browser) == {"kept": "1"}


def test_what_a_failing_store_cannot_keep_is_a_503(server):
    server.log.expect(r"SST0301: a session could not be read from dir:")
    server.log.expect("SST0305: a change of a session is refused")
    browser = server.browser()
    say(browser, "set &kept=1&")
    with breakage.no_rights(server.store):
        response = say(browser, "set &a=1&",
                       page="/anonymous/say?Location=/anonymous/say")
    assert response.status == 503
    shows_nothing(response)
    assert entries(browser) == {"kept": "1"}


def test_an_included_program_that_redirects_is_heard(server):
    program(server, "included", "X-Mine: set &a=1&",
            "Location: /cgi/environment")
    browser = server.browser()
    response = browser.get("/probe/include?uri=/custom/included")
    assert "SCRIPT_NAME" in response.text
    assert entries(browser) == {"a": "1"}


def test_an_error_document_elsewhere_keeps_what_was_said(server):
    with open(server.path("php", "fails.php"), "w") as file:
        file.write(FAILS)
    browser = server.browser()
    response = browser.get("/custom-fpm/fails.php")
    assert response.status == 404
    shows_nothing(response)
    assert entries(browser) == {"a": "1", "b": "2"}


def test_changes_under_two_cookies_are_both_kept(server):
    browser = server.browser()
    browser.get("/probe/redirect?to=/other/probe/set?b=2&a=1")
    assert entries(browser) == {"a": "1"}
    assert browser.get("/other/probe/get").entries == {"b": "2"}


# --- A place that does not listen --------------------------------------------

def test_where_nothing_is_obeyed_a_redirect_changes_nothing(server):
    server.log.expect(UNHEARD.format("X-Session-Store", "/mute/say"))
    browser = server.browser()
    response = say(browser, "set &a=1&", page="/mute/say?Location=/index.html")
    assert response.status == 200
    shows_nothing(response)
    assert entries(browser) == {}


@pytest.mark.parametrize("page", ["/off/say", "/excluded/say"])
def test_where_there_is_no_session_a_redirect_makes_none(server, page):
    server.log.expect(NOWHERE)
    browser = server.browser()
    response = say(browser, "set &a=1&", page=f"{page}?Location=/index.html")
    assert response.status == 200
    shows_nothing(response)
    assert entries(browser) == {}


def test_the_header_of_another_place_is_not_obeyed(server):
    server.log.expect(UNHEARD.format("X-Mine", "/cgi/foreign"))
    program(server, "foreign", "X-Mine: set &a=1&", "Location: /custom/say")
    browser = server.browser()
    shows_nothing(browser.get("/cgi/foreign"))
    assert entries(browser) == {}


def test_what_is_not_obeyed_does_not_slip_through_with_the_next_line(server):
    """httpd joins lines of one name, of both programs."""
    server.log.expect(UNHEARD.format("X-Session-Store", "/mute/unheard"))
    program(server, "unheard", "X-Session-Store: set &a=1&",
            "Location: /cgi/heard")
    program(server, "heard", "X-Session-Store: set &b=2&")
    browser = server.browser()
    response = browser.get("/mute/unheard")
    assert response.text == "made"
    shows_nothing(response)
    assert entries(browser) == {"b": "2"}


def test_what_is_not_obeyed_does_not_slip_through_by_a_third(server):
    server.log.expect(UNHEARD.format("X-Session-Store", "/mute/unheard-one"))
    program(server, "unheard-one", "X-Session-Store: set &a=1&",
            "Location: /probe/redirect?to=/custom/say")
    browser = server.browser()
    shows_nothing(browser.get("/mute/unheard-one"))
    assert entries(browser) == {}


def test_what_is_not_obeyed_does_not_slip_through_by_an_error(server):
    """A request that fails before anybody looks at its headers."""
    server.log.expect(UNHEARD.format("X-Session-Store", "/mute/say"))
    server.log.allow("AH00529")
    locked = server.path("htdocs", "locked")
    os.mkdir(locked, 0o700)
    browser = server.browser()
    response = say(browser, "set &a=1&",
                   page="/mute/say?Location=/locked/x.html")
    assert response.status == 403
    shows_nothing(response)
    assert entries(browser) == {}


# --- SessionHeader -----------------------------------------------------------

@pytest.mark.parametrize("end", ENDS)
def test_session_header_is_done_wherever_the_request_ends(server, end):
    browser = server.browser()
    response = browser.get(f"/callback/local-redirect{end}?user=alice")
    assert response.status == (404 if end == "/nowhere" else 200)
    shows_nothing(response)
    assert entries(browser) == {"user": "alice"}


def test_session_header_means_the_same_before_a_redirect(server):
    text = ("a=%C3%BC+%26&b=&&c&d=1&D=2&bad=%zz&nul=%00&=x&==y=z&e=f=g&"
            "g==&h%2Di=1&expiry=1")
    direct, redirected = server.browser(), server.browser()
    for browser in (direct, redirected):
        browser.get("/probe/set?a=0&b=1&c=1&kept=1")
    server.log.allow("AH01819")
    direct.get(f"/callback/session?{text}")
    redirected.get(f"/callback/local-redirect/index.html?{text}")
    assert entries(direct)["e"] == "f=g"
    assert entries(redirected) == entries(direct)


def test_both_headers_are_done_in_the_same_order_before_a_redirect(server):
    browser = server.browser()
    response = say(browser, "set &a=1&b=1&", page="/both/say"
                   "?X-Replace-Session=b=2%26c=3&Location=/index.html")
    shows_nothing(response)
    assert entries(browser) == {"a": "1", "b": "2", "c": "3"}


def test_the_page_after_a_callback_sees_who_signed_in(server):
    browser = server.browser()
    response = browser.get("/callback/local-redirect/probe/get?user=alice")
    assert response.entries == {"user": "alice"}


def test_a_callback_in_a_place_without_session_is_logged(server):
    server.log.expect(NOWHERE)
    browser = server.browser()
    response = browser.get("/callback-off/local-redirect/index.html?a=1")
    assert response.status == 200
    shows_nothing(response)
    assert entries(browser) == {}


def test_only_the_callback_may_say_what_the_callback_says(server):
    server.log.expect(UNHEARD.format("X-Replace-Session",
                                     "/cgi/local-redirect/callback/session"))
    browser = server.browser()
    response = browser.get("/cgi/local-redirect/callback/session?user=admin")
    assert response.status == 200
    shows_nothing(response)
    assert entries(browser) == {}
