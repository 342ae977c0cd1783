# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreUserKey that differs from place to place: whoever is signed in
under the key of one place is so everywhere, whatever place saves last."""

import os
import time

import pytest

from rig import conf
from rig.htsession import Tool
from rig.members import COOKIE, Ticket, differ, entries, logged_in, same_session
from rig.selfpage import end_others, page_of
from rig.wait import until

# `auto` everywhere, and a part with a login of its own.
PLACES = """\
<Location /app>
    SetHandler session-probe
    SessionStoreUserKey account
</Location>
<Location /app/sessions>
    SetHandler session-store-self
</Location>
<Location /sessions>
    SetHandler session-store-self
</Location>
"""
SITE = conf.SESSIONS + conf.FORM + PLACES
CARRIED = SITE.replace("SessionStore dir:@ROOT@/store purge=1h",
                       "SessionStore cookie: "
                       "\"revoke=dir:@ROOT@/ends purge=1h\"")
assert CARRIED != SITE


class Way:
    """Who signs in where, and where the session is saved afterwards."""

    def __init__(self, user, sign_in, elsewhere, page):
        self.user = user
        self.sign_in = sign_in
        self.elsewhere = elsewhere
        self.page = page        # of his sessions, where he has signed in

    def signed_in(self, server):
        """A browser whose session has been saved under the other key."""
        browser = server.browser()
        self.sign_in(browser)
        browser.get(f"{self.elsewhere}/set?cart=1")
        assert entries(browser)["cart"] == "1"
        return browser


WAYS = [
    pytest.param(Way("alice", lambda browser: logged_in(browser, "alice"),
                     "/app", "/sessions"), id="form login, saved in the app"),
    pytest.param(Way("carol",
                     lambda browser: browser.get("/app/set?account=carol"),
                     "/probe", "/app/sessions"),
                 id="login of the app, saved elsewhere"),
]


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(SITE)


@pytest.fixture(scope="module")
def carried(module_httpd):
    return module_httpd(CARRIED)


@pytest.fixture(autouse=True)
def nobody_is_signed_in(request):
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").store.age(48 * 3600)


# --- Who is found -------------------------------------------------------------

@pytest.mark.parametrize("way", WAYS)
def test_a_session_that_another_place_has_saved_is_revoked(server, way):
    browser = way.signed_in(server)
    result = Tool(server)("revoke", "--user", way.user)
    assert ": 1 session ended\n" in result.out
    assert entries(browser) == {}


@pytest.mark.parametrize("way", WAYS)
def test_the_page_lists_and_ends_what_another_place_has_saved(server, way):
    first, second = (way.signed_in(server) for _ in range(2))
    assert len(page_of(second, way.page).rows) == 2
    assert end_others(second, way.page).status == 303
    assert entries(first) == {}
    assert entries(second)["cart"] == "1"


@pytest.mark.parametrize("page", ["/sessions", "/app/sessions"])
@pytest.mark.parametrize("way", WAYS)
def test_the_page_knows_its_user_wherever_it_is(server, way, page):
    browser = way.signed_in(server)
    assert len(page_of(browser, page).own) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_session_that_another_place_has_saved_counts_for_the_limit(httpd,
                                                                     way):
    server = httpd(SITE + "SessionStoreMaxPerUser 1\n")
    first = way.signed_in(server)
    began = int(time.time())
    until(lambda: int(time.time()) > began, "the next second, which is later")
    second = way.signed_in(server)
    assert entries(first) == {}
    assert entries(second)["cart"] == "1"


@pytest.mark.parametrize("place", ["/app", "/probe"])
@pytest.mark.parametrize("way", WAYS)
def test_a_session_in_a_browser_is_refused_everywhere_once_it_has_ended(
        carried, way, place):
    browser = way.signed_in(carried)
    Tool(carried)("revoke", "--user", way.user)
    assert browser.get(f"{place}/get").entries == {}


# --- What is a login ----------------------------------------------------------

@pytest.mark.parametrize("place", ["/app", "/probe"])
@pytest.mark.parametrize("name", ["account", "other-user"])
def test_a_login_under_any_key_gives_a_new_id_everywhere(server, place, name):
    browser = server.browser()
    browser.get(f"{place}/set?cart=1")
    before = Ticket.of(browser)
    browser.get(f"{place}/set?{name}=dave")
    assert differ(before, Ticket.of(browser))
    assert entries(browser) == {"cart": "1", name: "dave"}


def test_nobody_who_is_signed_in_can_be_set_by_the_administrator(server):
    logged_in(server.browser(), "alice")
    for change in (["set", "account=bob"], ["set", "members-user=bob"],
                   ["unset", "account"], ["unset", "members-user"]):
        result = Tool(server).run(change[0], "--user", "alice", change[1])
        assert result.code == 1 and "says who the user is" in result.err


# --- Whose keys ---------------------------------------------------------------

HOSTS = """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shop.example
    SessionStore @SHOP@
    <Location /app>
        SetHandler session-probe
        SessionStoreUserKey account
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName forum.example
    SessionStore @FORUM@
</VirtualHost>
"""


def hosts(shop="dir:@ROOT@/store", forum="dir:@ROOT@/store"):
    return conf.SESSIONS + HOSTS.replace("@SHOP@", shop).replace("@FORUM@",
                                                                 forum)


def is_a_login(browser, entry):
    browser.get("/probe/set?cart=1")
    before = Ticket.of(browser)
    browser.get(f"/probe/set?{entry}")
    return not same_session(before, Ticket.of(browser))


def test_the_key_of_a_host_means_nothing_on_another(httpd):
    server = httpd(hosts())
    assert is_a_login(server.browser(host="shop.example"), "account=carol")
    assert not is_a_login(server.browser(host="forum.example"),
                          "account=carol")


def test_hosts_that_share_sessions_share_their_keys(httpd):
    store = "dir:@ROOT@/store tenant=both"
    server = httpd(hosts(store, store))
    shop = server.browser(host="shop.example")
    shop.get("/app/set?account=carol")
    forum = server.browser(host="forum.example", jar=shop.jar)
    forum.get("/probe/set?cart=1")
    assert entries(forum) == {"account": "carol", "cart": "1"}
    assert ": 1 session ended\n" in Tool(server)("revoke", "--user",
                                                 "carol").out
    assert entries(forum) == {}
    result = Tool(server).run("set", "--user", "carol", "account=bob",
                              "--server", "forum.example")
    assert result.code == 1 and "says who the user is" in result.err


def test_where_a_host_has_one_key_other_entries_name_nobody(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreUserKey account\n")
    assert is_a_login(server.browser(), "account=carol")
    assert not is_a_login(server.browser(), "other-user=carol")


def test_a_key_in_an_htaccess_file_counts_in_its_folder(httpd):
    server = httpd(conf.SESSIONS + "Alias /inside/ @ROOT@/htdocs/inside/\n"
                   "<Location /inside>\n    SetHandler session-probe\n"
                   "</Location>\n")
    folder = server.path("htdocs", "inside")
    os.mkdir(folder)
    with open(os.path.join(folder, ".htaccess"), "w") as file:
        file.write("SessionStoreUserKey member\n")
    browser = server.browser()
    browser.get("/inside/set?cart=1")
    before = browser.jar[COOKIE]
    browser.get("/inside/set?member=carol")
    assert differ(Ticket(before), Ticket.of(browser))
    assert ": 1 session ended\n" in Tool(server)("revoke", "--user",
                                                 "carol").out
    assert entries(browser) == {}
