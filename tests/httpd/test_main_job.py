# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The main job: a form login, a protected page, a CGI program and PHP pages
share one session, on every MPM."""

import os
import signal
import subprocess

import pytest

from rig import conf
from rig.members import COOKIE, entries, logged_in, login, who
from rig.wait import until

PHP = {"event": ("fpm", "cgi"), "worker": ("fpm", "cgi"),
       "prefork": ("mod", "fpm", "cgi")}


@pytest.fixture(scope="module", params=sorted(PHP))
def server(request, module_httpd):
    mpm = request.param
    php = "".join(conf.PHP[kind] for kind in PHP[mpm])
    return module_httpd(conf.SESSIONS + conf.FORM + php, mpm=mpm, fpm=True)


def test_a_protected_page_wants_a_login_and_opens_after_it(server):
    browser = server.browser()
    assert browser.get("/private/").status == 302
    logged_in(browser, "alice")
    assert "A page for members" in browser.get("/private/").text


def test_a_cgi_program_reads_and_changes_the_session(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/cgi/session?colour=green&size=9")
    assert browser.get("/cgi/session").entries["colour"] == "green"
    browser.get("/cgi/session?colour=red")
    shown = browser.get("/cgi/session").entries
    assert (shown["colour"], shown["size"]) == ("red", "9")
    assert who(browser) == "alice"


def test_php_pages_read_and_change_the_session(server):
    browser = logged_in(server.browser(), "alice")
    for number, kind in enumerate(PHP[server.mpm]):
        page = f"/php-{kind}/session.php"
        browser.get(f"{page}?{kind}={number}")
        assert browser.get(page).entries[kind] == str(number)
    assert set(PHP[server.mpm]) < set(entries(browser))


def test_a_module_inside_httpd_reads_and_changes_the_session(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?inside=yes")
    assert browser.get("/cgi/session").entries["inside"] == "yes"
    browser.get("/probe/del?inside")
    assert "inside" not in entries(browser)


def test_logout_ends_the_session_and_takes_the_cookie_back(server):
    browser = logged_in(server.browser(), "alice")
    ticket = browser.jar[COOKIE]
    response = browser.get("/logout")
    assert [c.removes for c in response.set_cookies] == [True]
    assert COOKIE not in browser.jar
    assert who(browser) is None
    assert who(browser, cookie=f"{COOKIE}={ticket}") is None


def test_a_wrong_password_opens_nothing(server):
    server.log.expect("user 'alice': authentication failure")
    browser = server.browser()
    response = login(browser, "alice", "wrong")
    assert response.status == 302
    assert response.get("Location").endswith("/login.html")
    assert browser.jar == {}


def test_a_graceful_restart_keeps_every_session(server):
    browser = logged_in(server.browser(), "bob")
    browser.get("/probe/set?kept=1")
    server.graceful()
    assert who(browser) == "bob"
    assert entries(browser)["kept"] == "1"
    browser.get("/probe/set?kept=2")
    assert entries(browser)["kept"] == "2"


def test_killed_children_take_no_session_along(server):
    browser = logged_in(server.browser(), "bob")
    browser.get("/probe/set?kept=3")
    killed = server.children()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: server.answers_without(killed), "new children")
    assert who(browser) == "bob"
    assert entries(browser)["kept"] == "3"


def test_sessions_work_over_http2(httpd):
    server = httpd(conf.SESSIONS + "Protocols h2c http/1.1\n",
                   modules=("http2",))
    cookies = server.path("run", "cookies.txt")

    def get(path):
        return subprocess.run(
            ["curl", "-s", "-S", "--http2-prior-knowledge", "-b", cookies,
             "-c", cookies, "-D", "-", f"http://localhost:{server.port}{path}"],
            check=True, capture_output=True, text=True).stdout

    first = get("/probe/set?a=1")
    assert first.startswith("HTTP/2 200")
    assert first.lower().count("set-cookie:") == 1
    get("/cgi/session?b=2")
    assert get("/probe/get").endswith("a=1\nb=2\n")
