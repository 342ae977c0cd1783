# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreMaxPerUser: how many sessions a user may have."""

import time

import pytest

from rig import conf
from rig.aside import Aside
from rig.members import (COOKIE, as_cookie, entries, logged_in, login, who)
from rig.wait import until

REFUSED = "SST0320: a login is refused"


def site(text):
    """A members' site whose store has time, whatever else the machine does."""
    patient = conf.SESSIONS.replace("purge=1h", "purge=1h timeout=30s")
    return (patient + conf.FORM + "<Location /dologin>\n"
            f"    SessionStoreMaxPerUser {text}\n</Location>\n")


@pytest.fixture(scope="module", params=["event", "prefork"])
def oldest(module_httpd, request):
    return module_httpd(site("2"), mpm=request.param)


@pytest.fixture(scope="module")
def refusing(module_httpd):
    return module_httpd(site("2 refuse"))


@pytest.fixture(autouse=True)
def nobody_is_signed_in(request):
    yield
    for name in ("oldest", "refusing"):
        if name in request.fixturenames:
            server = request.getfixturevalue(name)
            server.store.age(48 * 3600)


def next_second():
    """Sessions are ordered by whole seconds."""
    now = int(time.time())
    until(lambda: int(time.time()) > now, "the next second")


def visitor(server):
    browser = server.browser()
    browser.get("/probe/set?basket=3")
    return browser


def test_the_oldest_session_ends_at_a_login_too_many(oldest):
    browsers = []
    for _ in range(3):
        browsers.append(logged_in(oldest.browser(), "alice"))
        next_second()
    assert [who(browser) for browser in browsers] == [None, "alice", "alice"]


def test_other_users_and_visitors_are_not_counted(oldest):
    others = [logged_in(oldest.browser(), "bob"), visitor(oldest),
              visitor(oldest)]
    next_second()
    alices = [logged_in(oldest.browser(), "alice") for _ in range(2)]
    assert [who(browser) for browser in alices] == ["alice", "alice"]
    assert who(others[0]) == "bob"
    assert entries(others[1]) == {"basket": "3"}


def test_a_login_as_oneself_again_counts_as_one(oldest):
    first = logged_in(oldest.browser(), "alice")
    second = logged_in(oldest.browser(), "alice")
    for _ in range(3):
        logged_in(second, "alice")
    assert who(first) == "alice"


def test_a_login_too_many_is_refused_with_403(refusing):
    refusing.log.expect(REFUSED)
    first, second = (logged_in(refusing.browser(), "alice")
                     for _ in range(2))
    third = visitor(refusing)
    before = third.jar[COOKIE]
    response = login(third, "alice")
    assert response.status == 403
    assert response.get("Location") is None
    assert response.set_cookies == []
    assert who(third) is None
    assert entries(third) == {"basket": "3"}
    assert third.jar[COOKIE] == before
    assert (who(first), who(second)) == ("alice", "alice")


def test_a_visitor_without_a_session_is_refused_and_gets_none(refusing):
    refusing.log.expect(REFUSED)
    for _ in range(2):
        logged_in(refusing.browser(), "alice")
    third = refusing.browser()
    assert login(third, "alice").status == 403
    assert third.jar == {}


def test_after_a_logout_there_is_room_again(refusing):
    refusing.log.expect(REFUSED)
    first, _ = (logged_in(refusing.browser(), "alice") for _ in range(2))
    third = refusing.browser()
    assert login(third, "alice").status == 403
    first.get("/logout")
    logged_in(third, "alice")


def test_a_session_that_expired_leaves_its_place(refusing):
    for _ in range(2):
        logged_in(refusing.browser(), "alice")
    refusing.store.age(24 * 3600)
    logged_in(refusing.browser(), "alice")


def at_once(server, count):
    """Logins at the same time; the browsers, by the status they got."""
    browsers = [server.browser() for _ in range(count)]
    logins = [Aside(login, browser, "alice") for browser in browsers]
    answers = [one.result().status for one in logins]
    assert set(answers) <= {302, 403}
    return ([b for b, status in zip(browsers, answers) if status == 302],
            [b for b, status in zip(browsers, answers) if status == 403])


def test_of_logins_at_once_no_more_than_allowed_stay(oldest):
    oldest.log.allow(REFUSED)
    signed_in, refused = at_once(oldest, 8)
    assert sum(who(browser) == "alice" for browser in signed_in) == 2
    assert [who(browser) for browser in refused] == [None] * len(refused)
    assert all(browser.jar == {} for browser in refused)


def test_of_logins_at_once_no_more_than_allowed_are_accepted(refusing):
    refusing.log.expect(REFUSED)
    signed_in, refused = at_once(refusing, 8)
    assert len(signed_in) <= 2
    assert all(who(browser) == "alice" for browser in signed_in)
    assert all(browser.jar == {} for browser in refused)


def test_a_login_that_made_room_leaves_no_way_back(oldest):
    first = logged_in(oldest.browser(), "alice")
    ticket = as_cookie(first.jar[COOKIE])
    next_second()
    for _ in range(2):
        logged_in(oldest.browser(), "alice")
    assert who(first, cookie=ticket) is None
    assert entries(first, cookie=ticket) == {}
    first.get("/probe/set?a=1", cookie=ticket)
    assert who(first, cookie=ticket) is None
