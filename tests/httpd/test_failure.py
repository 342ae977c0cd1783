# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A store that fails: the truth is told, nothing is lost, and whoever has no
session does not notice."""

import os
import signal
import subprocess

import pytest

from rig import breakage, conf
from rig.members import (COOKIE, as_cookie, entries, logged_in, login, who)
from rig.trace import StoreTrace
from rig.wait import until

PLACES = """\
<Location /anonymous>
    SetHandler session-probe
    SessionStoreOnError anonymous
</Location>
ScriptAlias /file503/ @ROOT@/cgi/
<Location /file503>
    ErrorDocument 503 /error.html
</Location>
ScriptAlias /program503/ @ROOT@/cgi/
<Location /program503>
    ErrorDocument 503 /cgi/error
</Location>
ScriptAlias /file404/ @ROOT@/cgi/
<Location /file404>
    ErrorDocument 404 /error.html
</Location>
"""

NO_LOAD = {"missing": breakage.missing, "no rights": breakage.no_rights,
           "wrong owner": breakage.wrong_owner}
NO_SAVE = {"read-only": breakage.read_only, **NO_LOAD}

LOAD_LOG = r"SST0301: a session could not be read from dir:\S+ .*: \S"
SAVE_LOG = r"SST0303: session \S+ could not be written to dir:\S+ .*: \S"

# A child that happens to start during the outage.
START_LOG = r"SST0201: SessionStore dir:\S+ cannot be used by this process: \S"


def no_load(server):
    """The test makes the store unreadable. Not every line is there: of one
    kind, a child logs some a second."""
    server.log.allow(LOAD_LOG)
    server.log.allow(START_LOG)


def no_save(server):
    """The test makes the store refuse what is written."""
    server.log.allow(SAVE_LOG)
    server.log.allow(START_LOG)


def all_of(table):
    return pytest.mark.parametrize("broken", table.values(),
                                   ids=table.keys())


@pytest.fixture(scope="module")
def server(module_httpd):
    php = conf.PHP["fpm"] + conf.PHP["cgi"]
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES + php, fpm=True)


@pytest.fixture
def member(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    return browser


def refused(response):
    """503 with Retry-After, and the cookie as it was."""
    assert response.status == 503, response
    assert int(response.get("Retry-After")) > 0
    assert response.set_cookies == []
    return response


# --- Load -------------------------------------------------------------------

@all_of(NO_LOAD)
@pytest.mark.parametrize("page", ["/index.html", "/cgi/session", "/probe/get",
                                  "/private/", "/folder/", "/ssi.shtml",
                                  "/missing", "/cgi/session?a=1", "/logout"])
def test_a_session_that_cannot_be_read_is_a_503(server, member, broken, page):
    no_load(server)
    with broken(server.store):
        response = refused(member.get(page))
    assert "basket" not in response.text
    assert who(member) == "alice"


@all_of(NO_LOAD)
def test_visitors_without_cookie_are_served_during_the_outage(server, broken):
    with broken(server.store), StoreTrace(server) as trace:
        for page in ("/index.html", "/cgi/session", "/probe/get"):
            assert server.browser().get(page).status == 200
        assert who(server.browser()) is None
    assert trace.accesses == []


@pytest.mark.parametrize("folder,text", [
    ("file503", "The page for errors"), ("program503", "error page")])
def test_a_503_on_load_has_its_error_page(server, member, folder, text):
    no_load(server)
    with breakage.missing(server.store):
        response = refused(member.get(f"/{folder}/session"))
    assert text in response.text


def test_nothing_is_lost_by_an_outage(server, member):
    server.log.allow("SST0201|SST030[13]")
    before = server.store.snapshot()
    ticket = member.jar[COOKIE]
    for broken in NO_SAVE.values():
        with broken(server.store):
            member.get("/probe/get")
            member.get("/cgi/session?basket=4")
            member.get("/logout")
    assert server.store.snapshot().keys() == before.keys()
    assert member.jar[COOKIE] == ticket
    assert who(member) == "alice"
    assert entries(member)["basket"] == "3"


def test_a_restart_without_the_directory_makes_no_empty_store(httpd):
    """As when its disk is not mounted: a store without a single session
    would look as if everybody had signed out."""
    server = httpd(conf.SESSIONS)
    server.log.expect(r"SST0103: SessionStore dir:\S+: .* is missing")
    no_load(server)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    with breakage.missing(server.store):
        server.graceful()
        refused(browser.get("/probe/get"))
        assert not os.path.exists(server.store.path)
        assert server.browser().get("/index.html").status == 200
    server.graceful()
    assert entries(browser) == {"a": "1"}


def test_children_that_start_during_an_outage_serve_after_it(httpd):
    server = httpd(conf.SESSIONS)
    no_load(server)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    with breakage.missing(server.store):
        killed = server.children()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda: server.answers_without(killed), "new children")
        refused(browser.get("/probe/get"))
    browser.get("/probe/set?b=2")
    assert entries(browser) == {"a": "1", "b": "2"}


# --- Save -------------------------------------------------------------------

@all_of(NO_SAVE)
def test_a_login_that_cannot_be_stored_is_no_success(server, broken):
    no_save(server)
    browser = server.browser()
    with broken(server.store):
        response = refused(login(browser, "alice"))
    assert response.get("Location") is None
    assert browser.jar == {}
    logged_in(browser, "alice")


def test_a_logout_that_cannot_be_stored_is_no_success(server, member):
    no_save(server)
    with breakage.read_only(server.store):
        refused(member.get("/logout"))
    assert who(member) == "alice"


REFUSED_CHANGES = {
    "a module": "/probe/set?a=secret-of-the-page",
    "a program": "/cgi/session?a=secret-of-the-page",
    "a redirect of the browser": "/cgi/away?a=secret-of-the-page",
    "an error of a program": "/cgi/status/404?a=secret-of-the-page",
    "a server error of a program": "/cgi/status/503?a=secret-of-the-page",
    "an error with httpd's page":
        "/probe/fail?status=403&a=secret-of-the-page",
    "an error with its own page": "/file404/status/404?a=1",
    "a redirect inside the server":
        "/probe/redirect?to=/cgi/session&a=secret-of-the-page",
    "an included page":
        "/probe/include?uri=/cgi/session&a=secret-of-the-page",
    "php": "/php-fpm/session.php?a=secret-of-the-page",
    "php by cgi": "/php-cgi/session.php?a=secret-of-the-page",
}


@pytest.mark.parametrize("page", REFUSED_CHANGES.values(),
                         ids=REFUSED_CHANGES.keys())
def test_a_change_that_cannot_be_stored_is_a_503_by(server, member, page):
    no_save(server)
    with breakage.read_only(server.store):
        response = refused(member.get(page))
    assert "basket" not in response.text
    assert "secret-of-the-page" not in response.text
    assert "own page for this" not in response.text
    assert response.get("Location") is None
    assert entries(member)["basket"] == "3"


def test_a_page_sent_in_parts_is_refused_before_its_first(server, member):
    no_save(server)
    server.gate("parts").open()
    with breakage.read_only(server.store):
        response = refused(member.get("/cgi/flush/parts?a=1"))
    assert "first" not in response.text
    assert "last" not in response.text


@pytest.mark.parametrize("status", ["200", "302", "404", "500"])
@pytest.mark.parametrize("folder,text", [
    ("file503", "The page for errors"), ("program503", "error page")])
def test_a_503_on_save_has_its_error_page(server, member, folder, text,
                                          status):
    no_save(server)
    with breakage.read_only(server.store):
        response = refused(member.get(f"/{folder}/status/{status}?a=1"))
    assert text in response.text
    assert "own page for this" not in response.text


def test_a_503_on_save_speaks_of_no_other_error(server):
    no_save(server)
    with breakage.read_only(server.store):
        response = refused(login(server.browser(), "alice"))
    assert "302" not in response.text


def test_page_views_work_while_the_store_is_read_only(server, member):
    with breakage.read_only(server.store):
        assert who(member) == "alice"
        assert entries(member)["basket"] == "3"


def test_a_touch_that_fails_does_not_disturb_the_page(server, member):
    server.log.expect("SST0306: the use of session .* could not be noted")
    server.store.age(600)
    with breakage.read_only(server.store):
        assert entries(member)["basket"] == "3"
        server.log.wait_for("SST0306")


# --- The log -----------------------------------------------------------------

REASONS = {"missing": "missing", "no rights": "permission denied",
           "wrong owner": "permission denied"}


@pytest.mark.parametrize("name", REASONS)
def test_the_log_names_the_store_and_the_reason(httpd, name):
    server = httpd(conf.SESSIONS)
    server.log.expect(f"SST0301: a session could not be read from "
                      f"dir:{server.store.path} .*{REASONS[name]}")
    server.log.allow(START_LOG)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    with NO_LOAD[name](server.store):
        refused(browser.get("/probe/get"))


def test_the_log_of_a_refused_change_names_store_and_reason(httpd):
    server = httpd(conf.SESSIONS)
    server.log.expect(f"SST0303: session - could not be written to "
                      f"dir:{server.store.path} .*read-only")
    server.log.allow("SST0201")
    with breakage.read_only(server.store):
        refused(server.browser().get("/probe/set?a=1"))


def test_an_outage_does_not_flood_the_log(httpd):
    server = httpd(conf.SESSIONS)
    no_load(server)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    requests = 500
    with breakage.missing(server.store):
        for _ in range(requests):
            refused(browser.get("/probe/get"))
    lines = [line for line in server.log.lines() if "SST0301" in line]
    assert 0 < len(lines) < requests / 4


# --- A full disk ------------------------------------------------------------

@pytest.fixture(scope="module")
def small(module_httpd):
    def mount_disk(server):
        disk = server.path("disk")
        breakage.mount("-t", "tmpfs", "-o", "size=256k,mode=755", "none",
                       disk)
        server.store.path = os.path.join(disk, "store")

    text = conf.SESSIONS.replace("@ROOT@/store", "@ROOT@/disk/store")
    server = module_httpd(text + conf.FORM, folders=("disk",),
                          before_start=mount_disk)
    yield server
    server.stop()
    subprocess.run(["umount", server.path("disk")], check=True)


def test_a_full_disk_refuses_logins_and_loses_nothing(small):
    no_save(small)
    browser = logged_in(small.browser(), "alice")
    browser.get("/probe/set?basket=3")
    with breakage.full(small.store):
        refused(login(small.browser(), "bob"))
        refused(browser.get("/probe/fill?n=1&size=100000"))
        assert who(browser) == "alice"
        assert entries(browser)["basket"] == "3"
    logged_in(small.browser(), "bob")
    browser.get("/probe/set?basket=4")
    assert entries(browser)["basket"] == "4"


def test_on_a_full_disk_a_logout_still_ends_the_session(small):
    browser = logged_in(small.browser(), "alice")
    ticket = as_cookie(browser.jar[COOKIE])
    with breakage.full(small.store):
        assert browser.get("/logout").status == 307
        assert who(browser, cookie=ticket) is None


def test_a_full_disk_leaves_no_rubbish(small):
    no_save(small)
    before = small.store.files("rows") + small.store.files("users")
    with breakage.full(small.store):
        refused(small.browser().get("/probe/fill?n=1&size=100000"))
    after = small.store.files("rows") + small.store.files("users")
    assert after == before


# --- SessionStoreOnError anonymous ------------------------------------------

@all_of(NO_LOAD)
def test_anonymous_serves_pages_as_to_a_visitor(server, member, broken):
    no_load(server)
    with broken(server.store):
        response = member.get("/anonymous/get")
        assert response.status == 200
        assert response.entries == {}
        assert response.set_cookies == []
    assert entries(member)["basket"] == "3"


def test_anonymous_still_refuses_to_change_the_session(server, member):
    server.log.expect("SST0305: a change of a session is refused")
    no_load(server)
    with breakage.missing(server.store):
        refused(member.get("/anonymous/set?basket=4"))
    assert entries(member)["basket"] == "3"


def test_anonymous_still_refuses_a_logout(server, member):
    no_load(server)
    server.log.allow("SST0305")
    with breakage.missing(server.store):
        refused(member.get("/anonymous/clear"))
    assert who(member) == "alice"


def test_anonymous_opens_no_protected_page(httpd):
    places = PLACES + "<Location /private>\n" \
        "SessionStoreOnError anonymous\n</Location>\n"
    server = httpd(conf.SESSIONS + conf.FORM + places)
    no_load(server)
    browser = logged_in(server.browser(), "alice")
    with breakage.missing(server.store):
        assert who(browser) is None
    assert who(browser) == "alice"
