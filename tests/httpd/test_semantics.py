# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""httpd's own session directives mean with a store what its manual says."""

import time

import pytest

from rig import conf
from rig.members import entries
from rig.trace import StoreTrace
from rig.wait import until

PLACES = """\
ScriptAlias /noenv/ @ROOT@/cgi/
<Location /noenv>
    SessionEnv Off
</Location>
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
ScriptAlias /parts/ @ROOT@/cgi/
<Location /parts>
    SessionInclude /parts
    SessionExclude /parts/session/out
</Location>
ScriptAlias /included/ @ROOT@/cgi/
<Location /included>
    SessionInclude /included/session/in
</Location>
ScriptAlias /hour/ @ROOT@/cgi/
<Location /hour>
    SessionMaxAge 3600
</Location>
ScriptAlias /interval/ @ROOT@/cgi/
<Location /interval>
    SessionMaxAge 3600
    SessionExpiryUpdateInterval 600
</Location>
ScriptAlias /absolute/ @ROOT@/cgi/
<Location /absolute>
    SessionStoreTimeout idle=1h absolute=2s touch=0
</Location>
ScriptAlias /untouched/ @ROOT@/cgi/
<Location /untouched>
    SessionStoreTimeout idle=1h touch=30m
</Location>
ScriptAlias /second/ @ROOT@/cgi/
<Location /second>
    SessionMaxAge 1
</Location>
"""


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + PLACES)


# --- SessionEnv -------------------------------------------------------------

def test_session_env_on_gives_programs_the_session(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert browser.get("/cgi/session").entries == {"a": "1"}


def test_session_env_off_gives_programs_nothing(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert "HTTP_SESSION" not in browser.get("/noenv/environment").text


@pytest.mark.parametrize("folder", ["cgi", "noenv", "off"])
def test_a_client_cannot_forge_the_session_in_the_environment(server, folder):
    for header in ("Session", "session", "SESSION"):
        response = server.browser().get(f"/{folder}/environment",
                                        headers=[(header, "admin=yes")])
        assert "admin=yes" not in response.text


# --- SessionHeader ----------------------------------------------------------

def test_session_header_merges_into_the_session(server):
    browser = server.browser()
    browser.get("/cgi/session?a=1&b=2&c=3")
    browser.get("/cgi/session?b=two&c=")
    assert entries(browser) == {"a": "1", "b": "two"}


@pytest.mark.parametrize("text", ["a=%C3%BC", "a=%0D%0A", "a=%26%3D%25",
                                  "a=x+y", "a=%01%FF"])
def test_session_header_carries_any_bytes(server, text):
    browser = server.browser()
    browser.get("/cgi/session?" + text)
    stored = browser.get("/cgi/session").text
    name, _, value = stored.partition("=")
    assert name == "a"
    browser.get("/cgi/session?" + stored.strip())
    assert browser.get("/cgi/session").text == stored


def test_session_header_is_not_shown_to_the_client(server):
    response = server.browser().get("/cgi/session?a=1")
    assert response.get("X-Replace-Session") is None


def test_a_program_cannot_lengthen_a_session_by_its_expiry(server):
    browser = server.browser()
    browser.get("/cgi/session?a=1&expiry=99999999999999999")
    day = 24 * 3600
    assert max(server.store.expiries()) < time.time() + day
    assert entries(browser) == {"a": "1"}


# --- Session, SessionInclude, SessionExclude --------------------------------

def test_session_off_leaves_the_session_alone(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert browser.get("/off/session").text == ""
    assert entries(browser) == {"a": "1"}


def test_session_exclude_wins_over_include(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert browser.get("/parts/session").entries == {"a": "1"}
    assert browser.get("/parts/session/out").text == ""


def test_session_include_leaves_the_rest_without(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert browser.get("/included/session/in").entries == {"a": "1"}
    assert browser.get("/included/session").text == ""


# --- SessionMaxAge ----------------------------------------------------------

def test_session_max_age_is_the_idle_time(server):
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/hour/session?a=1")
    row, = set(server.store.files()) - before
    left = server.store.expiry(row) - time.time()
    assert 3600 - 60 <= left <= 3600 + 600


def test_a_session_ends_when_it_was_idle_for_its_max_age(server):
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/second/session?a=1")
    row, = set(server.store.files()) - before
    end = server.store.expiry(row)
    assert end - time.time() < 10
    until(lambda: time.time() > end + 1, "the session's end")
    assert browser.get("/second/session").entries == {}


def test_a_session_in_use_lives_on_beyond_its_max_age(server):
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/hour/session?a=1")
    row, = set(server.store.files()) - before
    for _ in range(3):
        server.store.age(2400)
        aged = server.store.expiry(row)
        assert browser.get("/hour/session").entries == {"a": "1"}
        until(lambda: server.store.expiry(row) > aged, "the touch")


def test_max_age_gives_no_session_to_visitors_without_data(server):
    files = server.store.files()
    with StoreTrace(server) as trace:
        for path in ("/hour/session", "/second/session", "/hour/status/404"):
            response = server.browser().get(path)
            assert response.set_cookies == []
    assert trace.accesses == []
    assert server.store.files() == files


# --- SessionExpiryUpdateInterval --------------------------------------------

def test_within_the_update_interval_a_page_view_writes_nothing(server):
    browser = server.browser()
    browser.get("/interval/session?a=1")
    with StoreTrace(server) as trace:
        for _ in range(10):
            assert browser.get("/interval/session").entries == {"a": "1"}
    assert trace.writes == []


def test_a_change_within_the_update_interval_is_stored_at_once(server):
    browser = server.browser()
    browser.get("/interval/session?a=1")
    browser.get("/interval/session?a=2")
    assert browser.get("/interval/session").entries == {"a": "2"}


def test_without_update_interval_page_views_do_not_write_either(server):
    browser = server.browser()
    browser.get("/hour/session?a=1")
    with StoreTrace(server) as trace:
        for _ in range(10):
            assert browser.get("/hour/session").entries == {"a": "1"}
    assert trace.writes == []


# --- SessionStoreTimeout ------------------------------------------------------

def test_a_session_ends_at_its_absolute_time_though_in_use(server):
    browser = server.browser()
    browser.get("/absolute/session?a=1")
    begun = time.time()
    seen = []
    until(lambda: seen.append(browser.get("/absolute/session").entries)
          or not seen[-1], "the session's end")
    assert time.time() - begun > 1
    assert {"a": "1"} in seen


def test_mod_session_writes_no_text_of_entries_that_nobody_reads(server):
    browser = server.browser()
    page = browser.get("/probe/set?a=1&b=2",
                       headers=[("X-Probe-Encoded", "?")])
    assert page.get("X-Probe-Encoded") == "0 of 2"
    assert browser.get("/probe/get").entries == {"a": "1", "b": "2"}


def test_a_change_does_not_move_the_absolute_time(server):
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/absolute/session?a=1")
    row, = set(server.store.files()) - before
    end = server.store.expiry(row)
    browser.get("/absolute/session?b=2")
    assert server.store.expiry(row) == end


def test_a_page_view_touches_when_the_interval_has_passed(server):
    browser = server.browser()
    before = set(server.store.files())
    browser.get("/untouched/session?a=1")
    row, = set(server.store.files()) - before
    end = server.store.expiry(row)
    browser.get("/untouched/session")
    server.wait_until_idle()
    assert server.store.expiry(row) == end
    server.store.age(31 * 60)
    browser.get("/untouched/session")
    until(lambda: server.store.expiry(row) >= end, "the touch")


def test_nobody_is_logged_out_before_the_idle_time_has_passed(server):
    browser = server.browser()
    browser.get("/untouched/session?a=1")
    server.store.age(29 * 60)
    browser.get("/untouched/session")
    server.store.age(59 * 60)
    assert browser.get("/untouched/session").entries == {"a": "1"}
