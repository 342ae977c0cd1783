# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""htsession beside httpd, on every store: what it shows of sessions, and what
the next request of a session that it ended gets."""

import re
import time

import pytest

from rig import conf
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
                  ["count"], ["show", row], ["show", "--json", row],
                  ["revoke", "--dry-run", "--all"]):
        told(*words)
    ticket = Ticket.of(browser)
    with open(server.path("keys")) as file:
        keys = [line[5:].strip() for line in file if line.startswith("key1:")]
    assert len(keys) == 1
    for secret in (ticket.id, ticket.secret, "under-the-oak", COOKIE + "=",
                   PASSWORDS["alice"], *keys):
        assert secret not in told.said
    assert "treasure" in told.said
