# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreEnv: what programs see of the session, whatever its size."""

import json
import re

import pytest

from rig import conf
from rig.members import logged_in
from rig.say import (CGI, FPM, MOD_PHP, PHP_CGI, SAYING, env, says, seen)

PLACES = """\
SessionStoreMaxSize 700000
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
ScriptAlias /noenv/ @ROOT@/cgi/
<Location /noenv>
    SessionStoreEnv Off
</Location>
ScriptAlias /custom/ @ROOT@/cgi/
<Location /custom>
    SessionStoreHide a b*
    SessionStoreHeader X-Mine
    SessionStoreMaxSize 5000
</Location>
ScriptAlias /mute/ @ROOT@/cgi/
<Location /mute>
    SessionStoreHeader none
</Location>
ScriptAlias /both/ @ROOT@/cgi/
<Location /both>
    SessionEnv On
    SessionMaxAge 600
</Location>
"""

ROUTES = {"event": (CGI, FPM, PHP_CGI), "prefork": (CGI, MOD_PHP)}
ALL = [(mpm, page) for mpm, pages in ROUTES.items() for page in pages]


@pytest.fixture(scope="module")
def servers(module_httpd):
    """One for each MPM, made when it is first asked for."""
    made = {}

    def get(mpm):
        if mpm not in made:
            kinds = ("mod",) if mpm == "prefork" else ("fpm", "cgi")
            php = "".join(conf.PHP[kind] for kind in kinds)
            made[mpm] = module_httpd(SAYING + conf.FORM + PLACES + php,
                                     mpm=mpm, fpm=mpm == "event")
        return made[mpm]

    return get


@pytest.fixture
def server(servers):
    return servers("event")


@pytest.mark.parametrize("mpm,page", ALL)
def test_300_000_bytes_reach_every_kind_of_program(servers, mpm, page):
    browser = servers(mpm).browser()
    browser.get("/probe/fill?n=1&size=300000")
    browser.get("/probe/set?small=a%26b%3D%25%0A%C3%A9")
    assert seen(browser, page) == {"f0": "x" * 300000,
                                   "small": "a&b=%\n\u00e9"}


@pytest.mark.parametrize("mpm,page", ALL)
def test_300_entries_reach_every_kind_of_program(servers, mpm, page):
    browser = servers(mpm).browser()
    browser.get("/probe/fill?n=300&size=1000")
    assert seen(browser, page) == {f"f{n}": "x" * 1000 for n in range(300)}


def test_chunks_are_under_15_000_bytes(server):
    browser = server.browser()
    browser.get("/probe/fill?n=3&size=30000")
    variables = env(browser)
    count = int(variables["SESSION_STORE_COUNT"])
    chunks = [variables.pop(f"SESSION_STORE_{n}") for n in range(count)]
    assert all(0 < len(chunk) < 15000 for chunk in chunks)
    assert len("".join(chunks)) == 3 * (30000 + 3) + 2
    assert set(variables) == {"SESSION_STORE_COUNT", "SESSION_STORE_HEADER",
                              "SESSION_STORE_MAX_SIZE"}


def test_a_visitor_without_a_session_has_no_chunk(server):
    assert env(server.browser()) == {"SESSION_STORE_COUNT": "0",
                                     "SESSION_STORE_HEADER": "X-Session-Store",
                                     "SESSION_STORE_MAX_SIZE": "700000"}


def test_a_program_is_told_by_which_header_to_answer(server):
    browser = server.browser()
    variables = env(browser, "/custom/say")
    assert variables["SESSION_STORE_HEADER"] == "X-Mine"
    assert variables["SESSION_STORE_MAX_SIZE"] == "5000"
    assert "SESSION_STORE_HEADER" not in env(browser, "/mute/say")


@pytest.mark.parametrize("page", ["/off/say", "/noenv/say"])
def test_nothing_is_seen_where_it_is_off(server, page):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert env(browser, page) == {}


def test_it_is_off_unless_it_is_switched_on(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert env(browser) == {}


def test_hidden_entries_and_httpds_expiry_are_not_seen(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?a=1&bc=2&d=3")
    shown = seen(browser)
    assert shown == {"a": "1", "bc": "2", "d": "3", "members-user": "alice"}
    assert seen(browser, "/both/say") == shown
    assert set(seen(browser, "/custom/say")) == {
        "d", "members-user", "members-pw"}


def test_mod_sessions_own_environment_works_beside(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    response = browser.get("/both/environment")
    assert re.search(r"^HTTP_SESSION=.*a=1", response.text, re.M)
    assert "SESSION_STORE_0=a=1\n" in response.text


@pytest.mark.parametrize("page", ["/probe/redirect?to=/cgi/say",
                                  "/probe/include?uri=/cgi/say"])
def test_redirects_and_includes_see_the_session_as_it_is_now(server, page):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    response = browser.get(page + "&b=2")
    shown = json.loads(response.text)
    assert shown["entries"] == {"a": "1", "b": "2"}
    assert not [name for name in shown["env"] if name.startswith("REDIRECT")]


@pytest.mark.parametrize("place", ["/off/", "/noenv/"])
def test_what_one_place_sees_is_not_seen_in_another(server, place):
    browser = server.browser()
    browser.get("/probe/set?a=the-secret")
    # PHP pages are run by a redirect to the program that the Action names.
    for way in ("redirect?to=", "include?uri="):
        response = browser.get(f"/cgi/local-redirect{place}environment")
        assert "the-secret" not in response.text
        response = browser.get(f"/probe/{way}{place}environment")
        assert response.status == 200
        assert "the-secret" not in response.text
    path = server.path("htdocs", "env.shtml")
    with open(path, "w") as file:
        file.write(f'<!--#include virtual="{place}environment" -->')
    response = browser.get("/env.shtml")
    assert "GATEWAY_INTERFACE" in response.text
    assert "the-secret" not in response.text


def test_variables_behind_a_redirect_do_not_stand_twice(server):
    browser = server.browser()
    says(browser, "set &a=the-value&")
    response = browser.get("/php-cgi/environment.php")
    assert response.text.count("the-value") == 2    # $_SERVER, getenv()


# --- Forgery -----------------------------------------------------------------

FORGED = ["Session", "Session-Store-0", "Session-Store-Count",
          "Session-Store-Header", "Session-Store-Max-Size",
          "X-Session-Store", "Http-Session-Store-0", "Redirect-Session-Store-0",
          "Http-Session"]


def spellings(name):
    """Case variants, and underscores for dashes, also in part."""
    for text in (name, name.replace("-", "_"), name.replace("-", "_", 1)):
        yield from {text, text.lower(), text.upper(), text.swapcase()}


@pytest.mark.parametrize("page", [CGI, FPM, PHP_CGI])
@pytest.mark.parametrize("name", FORGED)
def test_no_header_of_a_client_is_taken_for_the_session(server, page, name):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    true = env(browser, page)
    for spelling in spellings(name):
        # Twice, as duplicates are joined or one of them is taken.
        for value in ("a=forged&b=forged", "9", "set &a=forged&"):
            headers = [(spelling, value), (spelling.lower(), value)]
            got = env(browser, page, headers=headers)
            assert {n: v for n, v in got.items()
                    if n.startswith("SESSION_STORE_")} == true
            assert seen(browser, page, headers=headers) == {"a": "1"}
    assert seen(browser, page) == {"a": "1"}
    assert seen(server.browser(), page,
                headers=[(name, "a=forged")]) == {}
