# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A cookie that outlives the browser: Max-Age, and when it is sent anew."""

import time

import pytest

from rig import breakage, conf
from rig.members import COOKIE, entries, logged_in, who
from rig.wait import until

DIR = "SessionStore dir:@ROOT@/store purge=1h\n"
AGE = "SessionStoreCookie session Max-Age=2h\n"

PLACES = """\
<Location /longer>
    SetHandler session-probe
    SessionStoreTimeout idle=8h touch=5m
</Location>
<Location /brief>
    SetHandler session-probe
    SessionStoreTimeout idle=2s touch=0s
</Location>
"""


def configuration(store):
    return conf.SESSIONS.replace(DIR, store) + conf.FORM + AGE + PLACES


@pytest.fixture(scope="module", params=[DIR, "SessionStore cookie:\n"],
                ids=["dir", "cookie"])
def server(module_httpd, request):
    return module_httpd(configuration(request.param))


def lifetimes(response):
    return [cookie.attributes.get("max-age")
            for cookie in response.set_cookies]


def test_every_save_sends_the_cookie_with_its_lifetime(server):
    browser = server.browser()
    assert lifetimes(browser.get("/probe/set?a=1")) == ["7200"]
    assert lifetimes(browser.get("/probe/set?a=2")) == ["7200"]
    assert lifetimes(browser.get("/cgi/session?a=3")) == ["7200"]
    assert entries(browser) == {"a": "3"}


def test_a_login_sends_the_cookie_with_its_lifetime(server):
    browser = logged_in(server.browser(), "alice")
    assert who(browser) == "alice"
    response = browser.get("/probe/set?a=1")
    assert lifetimes(response) == ["7200"]


def test_a_page_view_sends_it_anew_only_when_a_touch_is_due(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert browser.get("/probe/get").set_cookies == []
    assert lifetimes(browser.get("/longer/get")) == ["7200"]
    assert browser.get("/longer/get").set_cookies == []
    assert entries(browser) == {"a": "1"}


@pytest.mark.parametrize("path", ["/longer/fail?status=404",
                                  "/longer/redirect?to=/longer/get",
                                  "/longer/user"])
def test_every_kind_of_answer_sends_it_anew(server, path):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert lifetimes(browser.get(path)) == ["7200"]


def test_the_order_to_forget_has_one_lifetime(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    line = browser.get("/probe/clear").set_cookies[0].line
    assert line.count("Max-Age") == 1
    assert "Max-Age=0" in line
    assert browser.jar == {}


def test_the_servers_idle_time_counts_all_the_same(httpd):
    server = httpd(configuration(DIR))
    browser = server.browser()
    browser.get("/brief/set?a=1")
    until(lambda: max(server.store.expiries()) < time.time(),
          "the idle time to pass")
    assert COOKIE in browser.jar
    assert entries(browser) == {}


def test_without_it_a_page_view_never_sends_a_cookie(httpd):
    server = httpd(conf.SESSIONS + PLACES)
    browser = server.browser()
    assert lifetimes(browser.get("/probe/set?a=1")) == [None]
    before = server.store.expiries()
    assert browser.get("/longer/get").set_cookies == []
    until(lambda: server.store.expiries() != before, "a touch")


def test_the_ticket_that_is_sent_anew_is_the_same(httpd):
    server = httpd(configuration(DIR))
    browser = server.browser()
    browser.get("/probe/set?a=1")
    first = browser.jar[COOKIE]
    assert browser.get("/longer/get").set_cookies
    assert browser.jar[COOKIE] == first


def test_a_touch_that_fails_sends_nothing_and_the_page_is_served(httpd):
    server = httpd(configuration(DIR))
    server.log.expect("SST0306: the use of session .* could not be noted")
    server.log.allow("SST0201")     # of a child that begins meanwhile
    browser = server.browser()
    browser.get("/probe/set?a=1")
    with breakage.read_only(server.store):
        response = browser.get("/longer/get")
        assert response.status == 200
        assert response.entries == {"a": "1"}
        assert response.set_cookies == []
        server.wait_until_idle()
    assert len(server.log.text().split("SST0306")) == 2
    assert browser.get("/longer/get").set_cookies
