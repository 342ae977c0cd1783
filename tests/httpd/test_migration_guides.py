# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What docs/migration.md shows: before and after, with the same visitor."""

import os
import re
import sqlite3

import pytest

from rig import conf
from rig.backend import Backend
from rig.browser import Browser
from rig.members import logged_in, login, who

DOCUMENT = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                        "migration.md")
# SQLite refuses a second process that opens it at the same time.
ONE_PROCESS = "StartServers 1\nServerLimit 1\nMaxRequestWorkers 10\n"
TABLE = "CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT, expiry INT)"
DATABASE = "/var/lib/apache2/sessions.sqlite"


def shown(heading):
    """The configurations of a part, in their order."""
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    part, = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text,
                       re.MULTILINE | re.DOTALL)
    return re.findall(r"^```apache\n(.*?)^```$", part,
                      re.MULTILINE | re.DOTALL)


def make_table(server):
    """The table as its administrator had made it."""
    path = server.path("db", "sessions.sqlite")
    with sqlite3.connect(path) as database:
        database.execute(TABLE)
    os.chmod(path, 0o666)


def before_server(build, heading, modules, more="", **options):
    text = shown(heading)[0].replace(DATABASE, "@ROOT@/db/sessions.sqlite")
    return build(more + text + conf.FORM, modules=modules, store=False, keys=False,
                 **options)


def after_server(build, text, modules):
    """The store is that of session_store.conf; the old provider is loaded."""
    return build(conf.STORE + text + conf.FORM, modules=modules)


COOKIE = "mod_session_cookie and mod_session_crypto"
COOKIE_MODULES = ("session_cookie", "session_crypto")
DBD = "mod_session_dbd"
DBD_MODULES = ("dbd", "session_dbd")


@pytest.fixture(scope="module")
def cookie_before(module_httpd):
    return before_server(module_httpd, COOKIE, COOKIE_MODULES)


@pytest.fixture(scope="module")
def cookie_after(module_httpd):
    return after_server(module_httpd, shown(COOKIE)[1], COOKIE_MODULES[:1])


@pytest.fixture(scope="module")
def cookie_stays(module_httpd):
    """The second way: the session stays in the cookie."""
    return after_server(module_httpd, shown(COOKIE)[1] + shown(COOKIE)[2],
                        COOKIE_MODULES[:1])


@pytest.fixture(scope="module")
def dbd_before(module_httpd):
    return before_server(module_httpd, DBD, DBD_MODULES, ONE_PROCESS,
                         folders=("db",), before_start=make_table)


@pytest.fixture(scope="module")
def dbd_after(module_httpd):
    return after_server(module_httpd, shown(DBD)[1], DBD_MODULES)


EVERY = ("cookie_before", "cookie_after", "cookie_stays", "dbd_before",
         "dbd_after")
MOVES = (("cookie_before", "cookie_after"), ("cookie_before", "cookie_stays"),
         ("dbd_before", "dbd_after"))


@pytest.fixture(params=EVERY)
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=MOVES, ids=lambda pair: pair[1])
def move(request):
    """A server of before and one of after."""
    return [request.getfixturevalue(name) for name in request.param]


def basket(browser, **options):
    return browser.get("/cgi/session", **options).entries.get("basket")


# --- Before and after -----------------------------------------------------------

def test_a_visitor_fills_a_basket(server):
    browser = server.browser()
    browser.get("/cgi/session?basket=3")
    assert basket(browser) == "3"
    browser.get("/cgi/session?basket=4")
    assert basket(browser) == "4"
    assert basket(server.browser()) is None


def test_a_visitor_logs_in_and_out_and_keeps_the_basket(server):
    browser = server.browser()
    browser.get("/cgi/session?basket=3")
    logged_in(browser, "alice")
    assert basket(browser) == "3"
    browser.get("/logout")
    assert who(browser) is None
    assert basket(browser) == "3"


def test_a_wrong_password_lets_nobody_in(server):
    server.log.expect("user 'alice': authentication failure")
    browser = server.browser()
    login(browser, "alice", "wrong")
    assert who(browser) is None


# --- What happens to live sessions ----------------------------------------------

def test_a_live_session_logs_in_once_more_the_first_time(move):
    before, after = move
    live = logged_in(before.browser(), "alice")
    browser = Browser(after.port, jar=live.jar)
    assert who(browser) is None
    logged_in(browser, "alice")


# --- What is better -------------------------------------------------------------

def seen_by_a_program(server):
    browser = logged_in(server.browser(), "alice")
    return browser.get("/cgi/environment").text


def test_programs_no_longer_see_password_and_cookie(move):
    before, after = move
    assert "wonderland-7" in seen_by_a_program(before)
    text = seen_by_a_program(after)
    assert "alice" in text
    assert "wonderland-7" not in text
    assert "HTTP_COOKIE" not in text


def test_visitors_without_data_no_longer_get_a_cookie(move):
    before, after = move
    assert before.browser().get("/index.html").set_cookies
    assert not after.browser().get("/index.html").set_cookies


def still_member_with_a_copy(server):
    """Whether a copy of the cookie outlives the logout."""
    browser = logged_in(server.browser(), "alice")
    copy = browser.cookie_header()
    browser.get("/logout")
    return who(server.browser(), cookie=copy) == "alice"


def test_a_copy_of_the_cookie_no_longer_outlives_the_logout(cookie_before,
                                                            cookie_after):
    assert still_member_with_a_copy(cookie_before)
    assert not still_member_with_a_copy(cookie_after)


def test_the_password_no_longer_lies_open_in_the_store(dbd_before, dbd_after):
    for server in (dbd_before, dbd_after):
        logged_in(server.browser(), "alice")
    with open(dbd_before.path("db", "sessions.sqlite"), "rb") as file:
        assert b"wonderland-7" in file.read()
    for path in dbd_after.store.files(""):
        assert b"wonderland-7" not in dbd_after.store.read(path)


# --- From a proxy that logs in ----------------------------------------------------

PROXY = "oauth2-proxy and its like"
CALLBACK = "ScriptAlias /oauth2/callback @ROOT@/cgi/session\n"


@pytest.fixture
def backend():
    made = Backend()
    yield made
    made.stop()


def told(browser, **options):
    """The user that the application is told of."""
    text = browser.get("/app", **options).text
    return re.findall("^X-Forwarded-User: ?(.*)$", text, re.MULTILINE)


def proxy_configuration(number, backend):
    return shown(PROXY)[number].replace(":8081", f":{backend.port}")


def test_before_the_application_believes_what_comes_in(httpd, backend):
    server = httpd(proxy_configuration(0, backend), store=False, keys=False)
    forged = [("X-Forwarded-User", "alice")]
    assert told(server.browser(), headers=forged) == ["alice"]


def test_now_the_application_is_told_who_the_callback_signed_in(httpd,
                                                                backend):
    server = httpd(conf.STORE + proxy_configuration(1, backend) + CALLBACK)
    browser = server.browser()
    forged = [("X-Forwarded-User", "mallory")]
    assert told(browser, headers=forged) == [""]
    browser.get("/oauth2/callback?user=alice%40example.org&scope=all")
    assert told(browser, headers=forged) == ["alice%40example.org"]
    browser.get("/oauth2/callback?user=")
    assert told(browser) == [""]


def test_now_a_callback_may_redirect_inside(httpd, backend):
    callback = CALLBACK.replace("session", "local-redirect")
    server = httpd(conf.STORE + proxy_configuration(1, backend) + callback)
    browser = server.browser()
    page = browser.get("/oauth2/callback/app?user=alice")
    assert page.get("X-Replace-Session") is None
    assert "\nX-Forwarded-User: alice\n" in page.text
    assert told(browser) == ["alice"]


def test_now_only_the_callback_changes_sessions(httpd, backend):
    server = httpd(conf.STORE + proxy_configuration(1, backend) + CALLBACK)
    browser = server.browser()
    browser.get("/cgi/session?user=alice")
    assert browser.jar == {}
    browser.get("/oauth2/callback?superuser=alice")
    assert told(browser) == [""]
