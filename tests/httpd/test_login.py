# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Login and logout: who is logged in, under which id, and what has ended."""

import os
import time

import pytest

from rig import conf
from rig.aside import Aside
from rig.members import (COOKIE, Ticket, as_cookie, differ, entries, logged_in,
                         login, same_session, who)
from rig.wait import until

PLACES = """\
<Location /inline>
    AuthType form
    AuthName members
    AuthFormProvider file
    AuthUserFile @ROOT@/conf/passwd
    ErrorDocument 401 /login.html
    Require valid-user
</Location>
<Location /inline/probe>
    SetHandler session-probe
</Location>
ScriptAlias /aged/ @ROOT@/cgi/
<Location /aged>
    SessionMaxAge 600
</Location>
ScriptAlias /second/ @ROOT@/cgi/
<Location /second>
    SessionMaxAge 2
</Location>
<Location /customer>
    SetHandler session-probe
    SessionStoreUserKey customer
    SessionStoreCookie customer
</Location>
"""


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES)


def rows_of(server, action):
    """What `action` answers, and the files that it added to the store."""
    before = set(server.store.files())
    answer = action()
    return answer, sorted(set(server.store.files()) - before)


# --- Login ------------------------------------------------------------------

def test_login_after_an_idle_timeout_works_the_first_time(server):
    browser = logged_in(server.browser(), "alice")
    server.store.age(24 * 3600)
    assert who(browser) is None
    logged_in(browser, "alice")


def test_login_after_the_session_vanished_works_the_first_time(server):
    browser, rows = rows_of(
        server, lambda: logged_in(server.browser(), "alice"))
    os.unlink(rows[0])
    assert who(browser) is None
    logged_in(browser, "alice")


@pytest.mark.parametrize("damage", [
    lambda content: b"", lambda content: content[:40],
    lambda content: content[:-1], lambda content: bytes(len(content)),
    lambda content: content[:90] + bytes(9) + content[99:]],
    ids=["empty", "head only", "cut", "zeros", "nine bytes lost"])
def test_login_over_an_unreadable_session_works_the_first_time(server,
                                                               damage):
    server.log.expect("SST0302: a session in dir:.* is not used")
    browser, rows = rows_of(
        server, lambda: logged_in(server.browser(), "alice"))
    server.store.overwrite(rows[0], damage(server.store.read(rows[0])))
    assert who(browser) is None
    logged_in(browser, "alice")


def test_login_gives_a_new_id_and_keeps_what_was_there(server):
    browser = server.browser()
    browser.get("/probe/set?basket=3")
    before = Ticket.of(browser)
    logged_in(browser, "alice")
    assert differ(before, Ticket.of(browser))
    assert entries(browser)["basket"] == "3"


def test_login_ends_the_session_before_it(server):
    browser = server.browser()
    _, rows = rows_of(server, lambda: browser.get("/probe/set?basket=3"))
    before = as_cookie(browser.jar[COOKIE])
    logged_in(browser, "alice")
    assert entries(browser, cookie=before) == {}
    assert not os.path.exists(rows[0])


def test_a_ticket_planted_by_an_attacker_is_not_logged_in(server):
    attacker = server.browser()
    attacker.get("/probe/set?planted=1")
    victim = server.browser(jar=attacker.jar)
    logged_in(victim, "alice")
    assert who(attacker) is None
    assert entries(attacker) == {}


def test_change_of_user_gives_a_new_id_and_ends_the_old(server):
    browser = logged_in(server.browser(), "alice")
    before = browser.jar[COOKIE]
    logged_in(browser, "bob")
    assert differ(Ticket(before), Ticket.of(browser))
    assert who(browser, cookie=as_cookie(before)) is None


def test_login_again_as_the_same_user_works(server):
    browser = logged_in(server.browser(), "alice")
    logged_in(browser, "alice")


def test_a_failed_password_changes_nothing(server):
    server.log.expect("user 'bob': authentication failure")
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    before = Ticket.of(browser)
    login(browser, "bob", "wrong")
    assert same_session(before, Ticket.of(browser))
    assert who(browser) == "alice"


def test_a_failed_password_of_a_visitor_makes_no_session(server):
    server.log.expect("user 'bob': authentication failure")
    browser = server.browser()
    _, rows = rows_of(server, lambda: login(browser, "bob", "wrong"))
    assert browser.jar == {}
    assert rows == []


def test_inline_login_makes_one_session_and_one_cookie(server):
    browser = server.browser()
    assert browser.get("/inline/probe/user").status == 401
    form = {"httpd_username": "alice", "httpd_password": "wonderland-7"}
    response, rows = rows_of(
        server, lambda: browser.post("/inline/probe/user", form))
    assert response.status == 200
    assert response.text.startswith("user:alice\n")
    assert len(response.set_cookies) == 1
    assert len(rows) == 1
    assert browser.get("/inline/probe/user").status == 200


def test_any_entry_may_name_the_user(server):
    browser = server.browser()
    browser.get("/customer/set?basket=3")
    visitor = browser.jar["customer"]
    browser.get("/customer/set?basket=4")
    assert same_session(Ticket(visitor), Ticket.of(browser, "customer"))
    browser.get("/customer/set?customer=17")
    assert differ(Ticket(visitor), Ticket.of(browser, "customer"))
    cookie = as_cookie(visitor, "customer")
    assert browser.get("/customer/get", cookie=cookie).entries == {}
    assert browser.get("/customer/get").entries["basket"] == "4"


# --- Logout -----------------------------------------------------------------

def test_logout_ends_the_session_in_the_store(server):
    browser, rows = rows_of(
        server, lambda: logged_in(server.browser(), "alice"))
    browser.get("/logout")
    assert not os.path.exists(rows[0])


def test_logout_keeps_other_entries_under_a_new_id(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    before = browser.jar[COOKIE]
    response = browser.get("/logout")
    assert len(response.set_cookies) == 1
    assert differ(Ticket(before), Ticket.of(browser))
    assert entries(browser) == {"basket": "3"}
    assert who(browser) is None
    assert entries(browser, cookie=as_cookie(before)) == {}


def test_logout_of_a_visitor_does_nothing(server):
    response, rows = rows_of(
        server, lambda: server.browser().get("/logout"))
    assert response.set_cookies == []
    assert rows == []


def test_logout_under_max_age_is_a_logout(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/aged/session?basket=")
    before = as_cookie(browser.jar[COOKIE])
    browser.get("/logout")
    assert who(browser, cookie=before) is None
    assert browser.get("/aged/session", cookie=before).entries == {}


# --- Ended is ended ---------------------------------------------------------

@pytest.mark.parametrize("folder", ["cgi", "aged"])
@pytest.mark.parametrize("change", ["", "?late=1"])
def test_logout_during_a_slow_request_stays_a_logout(server, folder, change):
    name = f"logout-{folder}-{'change' if change else 'view'}"
    browser = logged_in(server.browser(), "alice")
    before = as_cookie(browser.jar[COOKIE])
    other_window = browser.twin()
    gate = server.gate(name)
    slow = Aside(other_window.get, f"/{folder}/slow/{name}{change}")
    gate.wait_reached()
    browser.get("/logout")
    rows = server.store.files()
    gate.open()
    response = slow.result()
    assert who(other_window) is None
    assert who(browser, cookie=before) is None
    assert server.store.files() == rows
    assert response.set_cookies == []


def test_a_page_sent_in_parts_keeps_its_change(server):
    browser = server.browser()
    gate = server.gate("parts")
    page = Aside(browser.get, "/cgi/flush/parts?a=1")
    gate.wait_reached()
    gate.open()
    assert page.result().text == "first\nlast\n"
    assert entries(browser) == {"a": "1"}


def test_a_slow_request_across_a_login_brings_nothing_back(server):
    browser = server.browser()
    browser.get("/probe/set?basket=3")
    before = as_cookie(browser.jar[COOKIE])
    gate = server.gate("login")
    slow = Aside(browser.twin().get, "/cgi/slow/login?late=1")
    gate.wait_reached()
    logged_in(browser, "alice")
    rows = server.store.files()
    gate.open()
    assert slow.result().set_cookies == []
    assert entries(browser, cookie=before) == {}
    assert who(browser) == "alice"
    assert server.store.files() == rows


def test_a_removed_session_does_not_come_back_by_a_change(server):
    browser = server.browser()
    _, rows = rows_of(server, lambda: browser.get("/probe/set?a=1"))
    before = as_cookie(browser.jar[COOKIE])
    gate = server.gate("removed")
    slow = Aside(browser.twin().get, "/cgi/slow/removed?late=1")
    gate.wait_reached()
    os.unlink(rows[0])
    gate.open()
    slow.result()
    assert not os.path.exists(rows[0])
    assert entries(browser, cookie=before) == {}


def test_a_request_that_outlives_its_session_brings_nothing_back(server):
    """As with a logout meanwhile: the page is served, its change is dropped."""
    browser = server.browser()
    _, rows = rows_of(server, lambda: browser.get("/second/session?a=1"))
    end = server.store.expiry(rows[0])
    gate = server.gate("timeout")
    slow = Aside(browser.get, "/second/slow/timeout?late=1")
    gate.wait_reached()
    until(lambda: time.time() > end + 1, "the session's end")
    gate.open()
    answer = slow.result()
    assert answer.status == 200
    assert answer.set_cookies == []
    assert browser.get("/second/session").entries == {}
