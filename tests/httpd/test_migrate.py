# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreMigrateFrom: a site moves from one store to another while it is
in use."""

import os
import threading
import time

import pytest

from rig import conf
from rig.htsession import Tool
from rig.members import COOKIE, as_cookie, entries, logged_in, who
from rig.stores import OnDir, OnDynamoDB, OnRedis
from rig.wait import until

CLIENTS = 8
OWN = 3                 # sessions that a client has for itself
SETTLE_S = 5
DIRECTORY = OnDir.words + " timeout=10s"

TROUBLE = [r"SST03\d\d: .*redis://", r"AH01822", r"SST0204: .*redis://",
           r"SST02\d\d: .*redis"]


def site(store, old=None, options=f"settle={SETTLE_S}s"):
    """The site with its sessions in `store`, moved there from `old`."""
    lines = f"SessionStore {store}\n"
    if old:
        lines += f"SessionStoreMigrateFrom {old} {options}\n"
    text = conf.SESSIONS.replace(conf.STORE, conf.KEYS + lines)
    assert lines in text
    return text + conf.FORM


@pytest.fixture
def stores():
    """Stores by name, made when asked for, removed at the end."""
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = kind()
        return made[kind]

    yield get
    for store in made.values():
        store.remove()


class Client(threading.Thread):
    """Writes one entry after another and looks whether all that was
    acknowledged is there: in sessions of its own, and in one that all
    clients share."""

    def __init__(self, number, browsers, stop):
        super().__init__()
        self.number = number
        self.browsers = browsers
        self.stop = stop
        self.written = [{} for _ in browsers]
        self.rounds = 0
        self.wrong = []
        self.start()

    def run(self):
        while not self.stop.is_set() and not self.wrong:
            for browser, written in zip(self.browsers, self.written):
                self.visit(browser, written)
            self.rounds += 1

    def visit(self, browser, written):
        name = f"c{self.number}k{self.rounds % 5}"
        response = browser.get(f"/probe/set?{name}={self.rounds}")
        if response.status == 200:
            written[name] = str(self.rounds)
        self.check(browser.get("/probe/get"), written)
        if response.status != 200:
            self.wrong.append(response)

    def check(self, response, written):
        found = response.entries
        if response.status != 200 or "begun" not in found:
            self.wrong.append(("no session", response))
        elif not written.items() <= found.items():
            self.wrong.append(("a write is lost", written, response))


class Load:
    """Eight clients at work, from the beginning of a `with` to its end."""

    def __init__(self, server):
        self.stop = threading.Event()
        shared = server.browser()
        assert shared.get("/probe/set?begun=1").status == 200
        self.clients = []
        for number in range(CLIENTS):
            own = [server.browser() for _ in range(OWN)]
            for browser in own:
                assert browser.get("/probe/set?begun=1").status == 200
            self.clients.append(Client(number, [*own, shared.twin()],
                                       self.stop))

    def __enter__(self):
        return self

    def work_on(self):
        """Waits until each client has been round some more times."""
        before = [client.rounds for client in self.clients]
        until(lambda: self.wrong() or all(
            client.rounds > rounds + 2
            for client, rounds in zip(self.clients, before)),
            "all clients to go on")
        assert self.wrong() == []

    def wrong(self):
        return [what for client in self.clients for what in client.wrong]

    def __exit__(self, kind, value, stack):
        self.stop.set()
        for client in self.clients:
            client.join()
        if kind is None:
            assert self.wrong() == []
            for client in self.clients:
                for browser, written in zip(client.browsers, client.written):
                    client.check(browser.get("/probe/get"), written)
            assert self.wrong() == []


def move(server, load, new, old):
    """Changes the configuration under way, and waits until all that is in use
    has moved."""
    server.write_conf(site(new, old))
    server.graceful()
    load.work_on()
    settled = time.monotonic() + SETTLE_S
    until(lambda: time.monotonic() > settled, "the new store to be written to")
    load.work_on()


def test_a_site_moves_to_redis_and_to_dynamodb_under_load(httpd, stores):
    redis, dynamodb = map(stores, (OnRedis, OnDynamoDB))
    server = httpd(site(DIRECTORY), fpm=False, start=False)
    dynamodb.prepare(server)
    # Redis is asked for its settings, and is not one for production.
    server.log.allow(r"SST0204: .*redis://")
    server.start()
    sessions = CLIENTS * OWN + 1
    with Load(server) as load:
        load.work_on()
        assert len(server.store.files("rows")) >= sessions
        move(server, load, redis.words, DIRECTORY)
        until(lambda: server.store.files("rows") == [],
              "the directory to be empty")
        assert len(redis.redis.sessions()) == sessions
        move(server, load, dynamodb.words, redis.words)
        until(lambda: redis.redis.sessions() == [], "Redis to be empty")
        # From now on nothing is left to move.
        server.write_conf(site(dynamodb.words))
        server.graceful()
        load.work_on()


# --- Ends -------------------------------------------------------------------

@pytest.fixture
def moved(httpd, stores):
    """A server whose members logged in while sessions were in Redis, and that
    keeps them in a directory now."""
    redis = stores(OnRedis)

    def make(options="settle=0", members=("alice",)):
        server = httpd(site(redis.words), fpm=False, start=False)
        server.log.allow(r"SST0204: .*redis://")
        server.start()
        browsers = [logged_in(server.browser(), name) for name in members]
        for browser in browsers:
            assert browser.get("/probe/set?basket=3").status == 200
        server.write_conf(site(DIRECTORY, redis.words, options))
        server.graceful()
        return server, redis.redis, browsers

    return make


def ended(server, ticket):
    """Nothing opens with the ticket, however often it is shown."""
    return [entries(server.browser(), cookie=as_cookie(ticket))
            for _ in range(10)] == [{}] * 10


def test_a_page_view_reads_the_old_store_and_a_change_moves(moved):
    server, redis, (member,) = moved()
    before = redis.sessions()
    assert who(member) == "alice"
    assert redis.sessions() == before and server.store.count() == 0
    assert member.get("/probe/set?basket=4").status == 200
    assert redis.sessions() == [] and server.store.count() == 1
    assert len(server.store.files("users")) == 1
    assert entries(member)["basket"] == "4" and who(member) == "alice"


def test_nothing_moves_before_the_servers_have_settled(moved):
    server, redis, (member,) = moved("settle=1h")
    before = redis.sessions()
    assert member.get("/probe/set?basket=4").status == 200
    assert redis.sessions() == before and server.store.count() == 0
    assert logged_in(server.browser(), "bob")
    assert len(redis.sessions()) == 2 and server.store.count() == 0


def test_a_logout_ends_a_session_that_has_not_moved(moved):
    server, redis, (member,) = moved()
    ticket = member.jar[COOKIE]
    before = redis.sessions()
    member.get("/logout")
    assert before and redis.sessions() == []
    assert ended(server, ticket)


def test_a_logout_ends_a_session_that_has_moved(moved):
    server, redis, (member,) = moved()
    assert member.get("/probe/set?basket=4").status == 200
    ticket = member.jar[COOKIE]
    member.get("/logout")
    assert ended(server, ticket)


def test_a_logout_while_others_write_stays_a_logout(moved):
    """Eight windows change the session for the first time, which moves it,
    while it is ended."""
    server, redis, members = moved(members=["alice"] * 6)
    for member in members:
        ticket = member.jar[COOKIE]
        windows = [member.twin() for _ in range(CLIENTS)]
        threads = [threading.Thread(target=window.get, args=(
            f"/probe/set?k{number}=1",))
            for number, window in enumerate(windows)]
        for thread in threads[:4]:
            thread.start()
        response = member.get("/logout")
        for thread in threads[4:]:
            thread.start()
        for thread in threads:
            thread.join()
        assert response.status < 400, response
        assert ended(server, ticket)
        assert who(server.browser(), cookie=as_cookie(ticket)) is None


def test_a_login_moves_to_the_new_store_and_ends_the_old_id(moved):
    server, redis, (member,) = moved()
    ticket = member.jar[COOKIE]
    logged_in(member, "bob")
    assert redis.sessions() == []
    assert ended(server, ticket)
    assert who(member) == "bob"


def test_a_place_may_leave_the_old_store_out(moved):
    server, redis, (member,) = moved()
    server.append("<Location /probe/get>\nSessionStoreMigrateFrom none\n"
                  "</Location>\n")
    server.graceful()
    assert entries(member) == {}
    assert who(member) == "alice"


def test_htsession_lists_and_ends_the_sessions_of_both_stores(moved):
    server, redis, members = moved(members=("alice", "alice", "bob"))
    assert members[0].get("/probe/set?basket=4").status == 200
    tool = Tool(server)
    assert len(tool.sessions()) == 3
    tool("revoke", "--user", "alice")
    assert [who(member) for member in members] == [None, None, "bob"]
    assert len(tool.sessions()) == 1


def test_htsession_notes_what_it_changes_with_no_other_host(httpd, stores):
    """Two hosts with a store in common, and a tenant each."""
    redis = stores(OnRedis)
    hosts = """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shop.example
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName forum.example
</VirtualHost>
"""
    server = httpd(site(redis.words) + hosts, fpm=False)
    member = logged_in(server.browser(host="forum.example"), "alice")
    server.write_conf(site(DIRECTORY, redis.words, "settle=0") + hosts)
    server.graceful()
    tool = Tool(server)
    tool("set", "--user", "alice", "role=reader")
    ended = tool("revoke", "--user", "alice", "--server", "shop.example")
    assert ": 0 sessions ended\n" in ended.out and who(member) == "alice"
    assert entries(member)["role"] == "reader"
    # Its own host has it, without the old store too.
    server.write_conf(site(DIRECTORY) + hosts)
    server.graceful()
    tool("revoke", "--user", "alice", "--server", "forum.example")
    assert who(member) is None


# --- An old store that fails ------------------------------------------------

def test_an_old_store_that_is_down_is_a_503(moved):
    server, redis, (member,) = moved()
    for pattern in TROUBLE:
        server.log.allow(pattern)
    newcomer = logged_in(server.browser(), "bob")
    redis.kill()
    response = member.get("/private/")
    assert response.status == 503 and response.set_cookies == []
    assert int(response.get("Retry-After")) > 0
    # What is in the new store needs no other.
    assert who(newcomer) == "bob"
    assert newcomer.get("/probe/set?a=1").status == 200
    newcomer.get("/logout")
    assert who(newcomer) is None
    redis.start()
    assert who(member) == "alice"


def test_an_old_store_that_is_down_is_a_miss_where_that_is_asked_for(moved):
    server, redis, (member,) = moved("settle=0 on-error=miss")
    for pattern in TROUBLE:
        server.log.allow(pattern)
    redis.kill()
    assert who(member) is None
    assert entries(member) == {}
    newcomer = logged_in(server.browser(), "bob")
    assert newcomer.get("/probe/set?a=1").status == 200
    assert who(newcomer) == "bob"


def test_htsession_never_takes_an_old_store_that_is_down_for_an_empty_one(
        moved):
    """Whatever on-error says: who is to be out, would be back with it."""
    server, redis, (member,) = moved("settle=0 on-error=miss")
    for pattern in TROUBLE:
        server.log.allow(pattern)
    redis.kill()
    tool = Tool(server)
    for words in (["revoke", "--all"], ["revoke", "--user", "alice"],
                  ["keys"], ["count"], ["doctor"]):
        assert tool.run(*words).code == 1, words
    redis.start()
    tool("revoke", "--user", "alice")
    assert who(member) is None


def test_httpd_does_not_start_without_the_old_directory(httpd):
    server = httpd(site(DIRECTORY, "dir:@ROOT@/gone"), fpm=False,
                   start=False)
    server.log.allow("SST0103|AH0|Configuration Failed")
    said = server.start_fails()
    assert "SST0103" in said and server.path("gone") in said


def test_an_old_directory_that_keeps_sessions_elsewhere_is_made(httpd):
    server = httpd(site(DIRECTORY, "dir:@ROOT@/old") + "<Location /only>\n"
                   "    SessionStore dir:@ROOT@/old\n"
                   "    SessionStoreCookie only\n"
                   "    SetHandler session-probe\n</Location>\n", fpm=False)
    browser = server.browser()
    browser.get("/only/set?a=1")
    assert browser.get("/only/get").text == "a=1\n"
    assert len(os.listdir(server.path("old", "rows"))) > 0
    assert who(logged_in(server.browser(), "alice")) == "alice"


def test_httpd_starts_without_the_old_directory_where_that_is_a_miss(httpd):
    server = httpd(site(DIRECTORY, "dir:@ROOT@/gone", "on-error=miss"),
                   fpm=False, start=False)
    server.log.expect("SST0103: SessionStore dir:.*/gone")
    server.log.allow(r"SST020[13]: .*/gone")
    server.start()
    assert who(logged_in(server.browser(), "alice")) == "alice"
