# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Caches: a page made from a session is for its visitor alone, and a site's
other pages are cached as before."""

import pytest

from rig import conf
from rig.members import entries, logged_in, who

PLACES = """\
CacheRoot @ROOT@/cache
CacheEnable disk /
CacheHeader On
ScriptAlias /private/cgi/ @ROOT@/cgi/
<Location /cgi/cacheable>
    SessionEnv On
</Location>
<Location /public>
    ExpiresActive On
    ExpiresDefault "access plus 1 hour"
</Location>
Alias /public @ROOT@/htdocs
"""


@pytest.fixture(scope="module", params=["On", "Off"],
                ids=["quick-handler", "in-order"])
def server(request, module_httpd, tmp_path_factory):
    quick = f"CacheQuickHandler {request.param}\n"
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES + quick,
                        modules=("cache", "cache_disk", "expires"),
                        folders=("cache",))


def controls(response):
    return {part.strip() for line in response.all("Cache-Control")
            for part in line.split(",")}


def test_a_page_of_one_visitor_is_not_given_to_the_next(server):
    first = server.browser()
    first.get("/probe/set?secret=mine")
    assert "secret=mine" in first.get("/cgi/cacheable/a").text
    stranger = server.browser().get("/cgi/cacheable/a")
    assert "mine" not in stranger.text


def test_a_cookie_of_one_visitor_is_not_given_to_the_next(server):
    first = server.browser()
    assert len(first.get("/cgi/cacheable/b?a=1").set_cookies) == 1
    second = server.browser()
    second.get("/cgi/cacheable/b?a=1")
    assert second.jar != first.jar
    second.get("/probe/set?mine=2")
    assert entries(first) == {"a": "1"}


def test_a_protected_page_is_not_given_to_strangers(server):
    member = logged_in(server.browser(), "alice")
    assert member.get("/private/cgi/cacheable").status == 200
    assert server.browser().get("/private/cgi/cacheable").status == 302
    assert who(server.browser()) is None


def test_a_page_with_a_session_says_private(server):
    browser = server.browser()
    for page in ("/probe/set?a=1", "/probe/get", "/cgi/cacheable/c",
                 "/index.html", "/missing"):
        assert "private" in controls(browser.get(page)), page


def test_what_a_program_says_to_caches_stays_beside_private(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    said = controls(browser.get("/cgi/cacheable/d"))
    assert {"private", "max-age=3600"} <= said


def test_without_session_the_page_is_cached_as_before(server):
    def hit():
        response = server.browser().get("/cgi/cacheable/e")
        assert controls(response) == {"max-age=3600"}
        return response.get("X-Cache").startswith("HIT")

    assert not hit()
    assert hit()


def test_without_session_cache_control_is_left_alone(server):
    assert server.browser().get("/index.html").all("Cache-Control") == []
    said = controls(server.browser().get("/public/index.html"))
    assert said == {"max-age=3600"}


def test_a_forged_cookie_does_not_keep_a_page_from_the_cache(server):
    response = server.browser().get("/public/login.html",
                                    cookie="session=forged")
    assert controls(response) == {"max-age=3600"}
