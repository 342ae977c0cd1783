# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Idle time, absolute time and touch, each at its limit, with a clock that is
set while httpd runs; and clocks that jump."""

import time

import pytest

from rig import conf
from rig.aside import Aside
from rig.members import COOKIE, as_cookie
from rig.redis import Redis
from rig.wait import until

# Times are measured from whole seconds, and a request takes a little.
SLACK_S = 5
PLACES = """\
<Location /probe>
    SessionStoreTimeout idle=100s absolute=off touch=0s
</Location>
<Location /absolute>
    SetHandler session-probe
    SessionStoreCookie absolute
    SessionStoreTimeout idle=1h absolute=300s touch=0s
</Location>
<Location /touch>
    SetHandler session-probe
    SessionStoreCookie touch
    SessionStoreTimeout idle=100s absolute=off touch=40s
</Location>
"""


@pytest.fixture
def server(httpd):
    made = httpd(conf.SESSIONS.replace("purge=1h", "purge=0") + PLACES,
                 start=False)
    made.clock_from_file()
    return made.start()


def new_session(server, place="/probe"):
    browser = server.browser()
    assert browser.get(f"{place}/set?a=1").status == 200
    return browser


def alive(browser, place="/probe", **options):
    return browser.get(f"{place}/get", **options).entries == {"a": "1"}


def expiry(server):
    """When the one session of the store ends."""
    row, = server.store.files()
    return server.store.expiry(row)


def ends_in(server, left_s):
    """Waits until the session ends in so many seconds by httpd's clock."""
    until(lambda: abs(expiry(server) - (time.time() + server.ahead_s)
                      - left_s) <= SLACK_S,
          f"the session's end in {left_s} s")


# --- At the limit -----------------------------------------------------------

def test_a_session_lives_up_to_its_idle_time_and_not_beyond(server):
    browser = new_session(server)
    ticket = as_cookie(browser.jar[COOKIE])
    server.turn_clock(100 - SLACK_S)
    assert alive(browser)
    ends_in(server, 100)
    server.turn_clock(2 * (100 - SLACK_S))
    assert alive(browser)
    ends_in(server, 100)
    server.turn_clock(2 * (100 - SLACK_S) + 101)
    assert not alive(browser)
    assert not alive(browser, cookie=ticket)


def test_a_session_in_use_lives_up_to_its_absolute_end(server):
    browser = new_session(server, "/absolute")
    for ahead_s in (100, 200, 300 - SLACK_S):
        server.turn_clock(ahead_s)
        assert alive(browser, "/absolute")
        ends_in(server, 300 - ahead_s)
    server.turn_clock(301)
    assert not alive(browser, "/absolute")


def test_a_touch_comes_when_its_time_has_passed_and_not_before(server):
    browser = new_session(server, "/touch")
    first = expiry(server)
    server.turn_clock(40 - SLACK_S)
    assert alive(browser, "/touch")
    server.wait_until_idle()
    assert expiry(server) == first
    server.turn_clock(41)
    assert alive(browser, "/touch")
    ends_in(server, 140)


def test_nobody_is_signed_out_before_idle_time_though_no_touch_was_due(server):
    browser = new_session(server, "/touch")
    server.turn_clock(40 - SLACK_S)
    assert alive(browser, "/touch")
    server.turn_clock(40 - SLACK_S + 99)
    assert alive(browser, "/touch")


# --- Clocks that jump -------------------------------------------------------

def test_page_views_while_a_clock_is_late_end_no_session(server):
    """A touch only ever moves the end to a later time."""
    server.log.allow("SST0332: session .* began")
    browser = new_session(server)
    first = expiry(server)
    server.turn_clock(-3600)
    for _ in range(3):
        assert alive(browser)
    server.wait_until_idle()
    assert expiry(server) == first
    server.turn_clock(0)
    assert alive(browser)


def test_a_session_from_a_fast_clock_does_not_outlive_its_absolute_time(
        server):
    """Its end was sealed by that clock: so much later it ends."""
    server.log.allow("SST0332: session .* began")
    server.turn_clock(120)
    browser = new_session(server, "/absolute")
    server.turn_clock(0)
    assert alive(browser, "/absolute")
    server.turn_clock(421)
    assert not alive(browser, "/absolute")


def test_a_clock_that_jumped_ahead_for_a_moment_has_ended_nobody_who_was_away(
        server):
    browser = new_session(server)
    other = new_session(server)
    server.turn_clock(24 * 3600)
    assert not alive(other)
    server.turn_clock(0)
    assert alive(browser)


# --- Clocks that jump while a store does not answer -------------------------

@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


@pytest.fixture
def site(httpd, redis):
    store = f"SessionStore {redis.url} timeout=2s\n"
    made = httpd(conf.SESSIONS.replace(conf.STORE, conf.KEYS + store)
                 + PLACES, start=False)
    made.clock_from_file()
    made.log.allow(r"SST0332: session .* began|SST030[1367]: ")
    return made.start()


def test_a_clock_that_jumps_back_leaves_no_store_alone_for_an_hour(site,
                                                                   redis):
    """The pause of one that did not answer is so long, whatever time of day
    it is."""
    browser = new_session(site)
    redis.hang()
    for _ in range(4):
        crowd = [Aside(browser.twin().get, "/probe/get") for _ in range(20)]
        assert {one.result().status for one in crowd} == {503}
    redis.go_on()
    site.set_clock(-3600)
    until(lambda: all(browser.get("/probe/get").status == 200
                      for _ in range(10)), "every child to ask it again")
