# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""htsession beside httpd, on every store: what it shows of sessions, and what
the next request of a session that it ended gets."""

import re
import threading
import time

import pytest

from rig import build, conf
from rig.htsession import Tool, by_name
from rig.members import COOKIE, Ticket, entries, logged_in, who
from rig.server import PASSWORDS
from rig.stores import STORES
from rig.wait import until


@pytest.fixture(scope="module", params=STORES)
def store(request):
    made = STORES[request.param]()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def server(module_httpd, store):
    text = conf.SESSIONS.replace(
        conf.STORE, f"{conf.KEYS}SessionStore {store.words}\n")
    assert store.words in text
    return module_httpd(text + conf.FORM, before_start=store.prepare)


@pytest.fixture(params=["httpd", "options"])
def tool(request, server, store):
    """By httpd's configuration, and by its own options."""
    made = Tool(server) if request.param == "httpd" \
        else by_name(server, store.words, "--server", "localhost")
    yield made


@pytest.fixture
def told(server):
    """By httpd's configuration alone."""
    return Tool(server)


@pytest.fixture(autouse=True)
def no_sessions(server):
    """Each test begins and ends without a session."""
    Tool(server)("revoke", "--all")
    yield
    Tool(server)("revoke", "--all")


def member(server, user="alice"):
    return logged_in(server.browser(), user)


def test_a_session_is_listed_with_all_that_may_be_known(server, tool):
    start = int(time.time())
    browser = member(server)
    browser.get("/private/probe/set?colour=green")
    found, = tool.sessions()
    assert re.fullmatch("[0-9a-f]{64}", found["row"])
    assert found["users"] == ["alice"]
    assert {"members-user", "members-pw", "colour"} <= set(found["entries"])
    assert found["size"] > len("colourgreen")
    assert found["client"] == "127.0.0.1"
    assert found["readable"] and found["key_known"] and not found["overlaid"]

    def seconds(name):
        return time.mktime(time.strptime(found[name] + "UTC",
                                         "%Y-%m-%dT%H:%M:%SZ%Z")) \
            - time.timezone
    now = time.time()
    assert start <= seconds("created") <= seconds("saved") <= now
    assert seconds("saved") <= seconds("seen") <= now
    assert seconds("absolute_end") == seconds("created") + 24 * 3600
    assert seconds("idle_end") >= start + 20 * 60


def test_a_visitors_session_is_listed_without_a_user(server, told):
    server.browser().get("/probe/set?a=1")
    found, = told.sessions()
    assert found["users"] == [] and found["entries"] == ["a"]


def test_a_users_sessions_are_found_by_name(server, tool):
    for user in ("alice", "bob", "alice"):
        member(server, user)
    assert len(tool.sessions()) == 3
    assert [one["users"] for one in tool.sessions("--user", "alice")] \
        == [["alice"], ["alice"]]
    assert tool.sessions("--user", "nobody") == []


def test_sessions_are_counted(server, told):
    member(server)
    server.browser().get("/probe/set?a=1")
    counted, = told("count", "--json").objects
    assert (counted["sessions"], counted["signed_in"],
            counted["unreadable"]) == (2, 1, 0)
    assert ": 2 sessions, 1 signed in, 0 not readable\n" \
        in told("count").out


@pytest.mark.parametrize("digits", [8, 13, 64])
def test_a_session_is_shown_by_the_beginning_of_its_row(server, told, digits):
    member(server)
    member(server, "bob")
    for listed in told.sessions():
        shown = told("show", "--json", listed["row"][:digits])
        assert shown.objects == [listed]
        text = told("show", listed["row"][:digits]).out
        assert listed["row"] in text and listed["users"][0] in text


def test_a_row_that_no_session_has_is_a_failure(server, told):
    member(server)
    for row in ("0" * 64, "0" * 8):
        result = told.run("show", row)
        assert result.code == 1 and result.out == ""
        assert "no live session" in result.err


def test_the_sessions_of_a_user_end_and_no_others(server, tool):
    alices = [member(server) for _ in range(3)]
    bob = member(server, "bob")
    result = tool("revoke", "--user", "alice")
    assert ": 3 sessions ended\n" in result.out
    for browser in alices:
        assert who(browser) is None
    assert who(bob) == "bob"
    assert [one["users"] for one in tool.sessions()] == [["bob"]]
    assert ": 0 sessions ended\n" in tool("revoke", "--user", "alice").out


def test_one_session_ends_by_the_name_in_the_log(server, tool):
    one, other = member(server), member(server)
    rows = [found["row"] for found in tool.sessions()]
    assert ": 1 session ended\n" in tool("revoke", "--row", rows[0][:8]).out
    assert {who(one), who(other)} == {"alice", None}
    assert [found["row"] for found in tool.sessions()] == rows[1:]
    assert tool.run("revoke", "--row", rows[0]).code == 1


def test_all_sessions_end(server, told):
    browsers = [member(server), member(server, "bob"), server.browser()]
    browsers[2].get("/probe/set?a=1")
    assert ": 3 sessions ended\n" in told("revoke", "--all").out
    for browser in browsers:
        assert entries(browser) == {}
    assert told.sessions() == []


def test_old_sessions_end_and_young_ones_do_not(server, told):
    old = member(server)
    born = time.time()
    assert ": 0 sessions ended\n" in told("revoke", "--older-than", "1h").out
    until(lambda: time.time() > born + 4, "four seconds to pass")
    young = member(server, "bob")
    assert len(told.sessions("--older-than", "3s")) == 1
    assert ": 1 session ended\n" in told("revoke", "--older-than", "3s").out
    assert who(old) is None and who(young) == "bob"


@pytest.mark.parametrize("choice", [["--all"], ["--user", "alice"],
                                    ["--older-than", "0s"], ["--row"]])
def test_a_dry_run_ends_nothing(server, told, choice):
    browser = member(server)
    born = time.time()
    until(lambda: time.time() > born + 1.5, "the session to be a second old")
    before = told.sessions()
    if choice == ["--row"]:
        choice = ["--row", before[0]["row"]]
    result = told("revoke", "--dry-run", *choice)
    assert ": 1 session would be ended\n" in result.out
    assert who(browser) == "alice"
    assert told.sessions() == before


def test_nothing_secret_is_ever_written(server, told):
    browser = member(server)
    browser.get("/probe/set?treasure=under-the-oak")
    row = told.sessions()[0]["row"]
    for words in (["list"], ["list", "--json"], ["list", "--user", "alice"],
                  ["count"], ["keys"], ["keys", "--json"], ["show", row], ["show", "--json", row],
                  ["revoke", "--dry-run", "--all"]):
        told(*words)
    ticket = Ticket.of(browser)
    with open(server.path("keys")) as file:
        keys = [line[5:].strip() for line in file if line.startswith("key1:")]
    assert keys
    for secret in (ticket.id, ticket.secret, "under-the-oak", COOKIE + "=",
                   PASSWORDS["alice"], *keys):
        assert secret not in told.said
    assert "treasure" in told.said


class Hammer(threading.Thread):
    """A client of a signed-in user that looks and writes without a pause.
    `seen` holds when each request began and whether it had the session."""

    def __init__(self, browser):
        super().__init__()
        self.browser = browser
        self.go_on = True
        self.seen = []
        self.start()

    def run(self):
        while self.go_on:
            number = len(self.seen)
            page = "/private/probe/user" if number % 2 \
                else f"/private/probe/set?k{number}={number}"
            began = time.monotonic()
            status = self.browser.get(page).status
            self.seen.append((began, {200: True, 302: False}[status]))


def test_nothing_comes_back_while_eight_clients_hammer(server, tool):
    hammers = [Hammer(member(server)) for _ in range(8)]
    try:
        until(lambda: all(len(one.seen) > 5 for one in hammers),
              "every client to be at work")
        result = tool("revoke", "--user", "alice")
        ended = time.monotonic()
        until(lambda: all(one.seen[-1][0] > ended and len(
            [1 for began, _ in one.seen if began > ended]) > 10
            for one in hammers), "every client to go on after that")
    finally:
        for one in hammers:
            one.go_on = False
        for one in hammers:
            one.join()
    assert ": 8 sessions ended\n" in result.out
    for one in hammers:
        assert one.seen[0][1] is True
        assert {had for began, had in one.seen if began > ended} == {False}
    assert tool.sessions("--user", "alice") == []


# --- Changes

def test_the_next_request_sees_that_the_user_lost_a_role(server, tool):
    alices = [member(server) for _ in range(2)]
    bob = member(server, "bob")
    for browser in [*alices, bob]:
        browser.get("/private/probe/set?role=editor&team=red")
    assert ": 2 sessions changed\n" in tool("set", "--user", "alice",
                                            "role=reader").out
    assert ": 2 sessions changed\n" in tool("unset", "--user", "alice",
                                            "team").out
    assert [found["overlaid"] for found in tool.sessions("--user", "alice")] \
        == [True, True]
    for browser in alices:
        assert entries(browser)["role"] == "reader"
        assert "team" not in entries(browser)
        assert who(browser) == "alice"
    assert (entries(bob)["role"], entries(bob)["team"]) == ("editor", "red")


def test_a_change_is_kept_until_somebody_writes_the_entry(server, told):
    browser = member(server)
    browser.get("/private/probe/set?role=editor")
    row = told.sessions()[0]["row"]
    told("set", "--row", row[:8], "role=reader", "note=a=b c")
    browser.get("/private/probe/set?basket=3")
    assert told.sessions()[0]["overlaid"] is False
    now = entries(browser)
    assert (now["role"], now["note"], now["basket"]) == ("reader", "a=b c",
                                                         "3")
    browser.get("/private/probe/set?role=editor")
    assert entries(browser)["role"] == "editor"


def test_entries_that_are_set_are_listed_and_their_values_are_not(server,
                                                                  told):
    member(server)
    told("set", "--user", "alice", "treasure=under-the-oak")
    found, = told.sessions()
    assert "treasure" in found["entries"]
    assert "under-the-oak" not in told.said


def test_nobody_becomes_another_user_by_the_tool(server, told):
    browser = member(server)
    row = told.sessions()[0]["row"]
    for whom in (["--user", "alice"], ["--row", row]):
        for words in (["set", *whom, "members-user=root"],
                      ["set", *whom, "a=1", "Members-User=root"],
                      ["unset", *whom, "members-user"]):
            result = told.run(*words)
            assert result.code == 1 and "user" in result.err
    assert who(browser) == "alice" and "a" not in entries(browser)


def test_a_dry_run_changes_nothing(server, told):
    browser = member(server)
    browser.get("/private/probe/set?role=editor")
    before = told.sessions()
    assert ": 1 session would be changed\n" in told(
        "set", "--dry-run", "--user", "alice", "role=reader").out
    assert ": 1 session would be changed\n" in told(
        "unset", "-n", "--row", before[0]["row"], "role").out
    assert told.sessions() == before
    assert entries(browser)["role"] == "editor"


# --- Keys, purge

def test_keys_count_down_to_the_one_that_may_go(server, told):
    old = member(server)
    build.keygen(server.path("keys"))
    server.graceful()
    young = member(server, "bob")
    first, second = told("keys", "--json").objects[:2]
    assert (first["state"], first["sessions"]) == ("seals", 1)
    assert (second["state"], second["sessions"]) == ("opens", 1)
    by_user = {found["users"][0]: found["key"] for found in told.sessions()}
    assert by_user == {"alice": second["key"], "bob": first["key"]}
    assert who(old) == "alice"
    old.get("/logout")
    told("revoke", "--user", "alice")
    second = told("keys", "--json").objects[1]
    assert (second["state"], second["sessions"]) == ("may go", 0)
    assert second["key"] in told("keys").out
    assert who(young) == "bob"


def test_a_purge_leaves_what_is_alive(server, told, store):
    browser = member(server)
    for words in (["purge", "--dry-run"], ["purge"]):
        said = told(*words).out
        assert ": 0 expired sessions" in said or "by itself" in said
    assert who(browser) == "alice"
