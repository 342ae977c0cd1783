# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Sessions that somebody else has ended: the user on the page for users, a
login beyond the limit, an administrator. Each is counted where httpd can count
it, and stands in the audit log."""

import json
import os
import stat
import time

import pytest

from rig import conf, status
from rig.htsession import Tool
from rig.members import logged_in, who
from rig.selfpage import PLACES, end, end_others, page_of
from rig.wait import until

AUDIT = "SessionStoreAudit log/audit.log\n"
SITE = conf.SESSIONS + conf.FORM + status.PLACE + PLACES


def audited(server, name="audit.log"):
    """What the log says of revoked sessions."""
    try:
        with open(server.path("log", name)) as log:
            lines = [json.loads(line) for line in log]
    except FileNotFoundError:
        return []
    return [line for line in lines if line["event"] == "revoked"]


def short(browser):
    """The name of the browser's session in logs."""
    return page_of(browser).own[0][:8]


@pytest.fixture
def server(httpd):
    return httpd(SITE + AUDIT)


def three_of_alice(server):
    return [logged_in(server.browser(), "alice") for _ in range(3)]


# --- By the user --------------------------------------------------------------

def test_a_session_that_its_user_ends_is_counted_and_audited(server):
    first, second, _ = three_of_alice(server)
    ended = page_of(second).own[0]
    assert end(first, ended).status == 303
    assert status.store(server)["revoked"] == {"self": 1, "limit": 0}
    line, = audited(server)
    assert line["reason"] == "self" and line["users"] == ["alice"]
    assert line["session"] == ended[:8] and line["by"] == short(first)
    assert line["client"] == "127.0.0.1" and line["server"] == "localhost"


def test_all_other_sessions_that_a_user_ends_have_a_line_each(server):
    first, second, third = three_of_alice(server)
    names = {short(second), short(third)}
    assert end_others(first).status == 303
    assert status.store(server)["revoked"]["self"] == 2
    assert {line["session"] for line in audited(server)} == names


def test_what_had_ended_before_is_not_counted(server):
    first, second, _ = three_of_alice(server)
    row = page_of(second).own[0]
    second.get("/logout")
    assert end(first, row).status == 303
    assert status.store(server)["revoked"]["self"] == 0
    assert audited(server) == []


# --- By the limit -------------------------------------------------------------

def test_a_session_that_makes_room_for_a_login_is_counted_and_audited(httpd):
    server = httpd(SITE + AUDIT + "SessionStoreMaxPerUser 1\n")
    first = logged_in(server.browser(), "alice")
    name = short(first)
    began = int(time.time())
    until(lambda: int(time.time()) > began, "the next second, which is later")
    second = logged_in(server.browser(), "alice")
    assert who(first) is None
    line, = audited(server)
    assert line["reason"] == "limit" and line["users"] == ["alice"]
    assert line["session"] == name and line["by"] == short(second)
    assert status.store(server)["revoked"] == {"self": 0, "limit": 1}


# --- By htsession -------------------------------------------------------------

def test_what_htsession_ends_stands_in_the_audit_log_of_httpd(server):
    alice, bob = (logged_in(server.browser(), name)
                  for name in ("alice", "bob"))
    names = [short(alice), short(bob)]
    tool = Tool(server)
    tool("revoke", "--user", "alice")
    tool("revoke", "--row", names[1])
    lines = audited(server)
    assert [line["session"] for line in lines] == names
    assert [line["users"] for line in lines] == [["alice"], ["bob"]]
    assert {line["reason"] for line in lines} == {"htsession"}
    assert all("client" not in line for line in lines)
    assert {line["store"] for line in lines} == \
        {"dir:" + server.path("store")}


def test_all_sessions_that_htsession_ends_have_a_line_each(server):
    three_of_alice(server)
    server.browser().get("/probe/set?a=1")
    Tool(server)("revoke", "--all")
    assert sorted(line["users"] for line in audited(server)) == \
        [[], ["alice"], ["alice"], ["alice"]]


def test_what_would_be_ended_is_not_audited(server):
    three_of_alice(server)
    Tool(server)("revoke", "--all", "--dry-run")
    assert audited(server) == []


def test_htsession_starts_the_program_that_takes_the_audit_log(httpd):
    server = httpd(SITE + "SessionStoreAudit \"|/usr/bin/tee -a "
                   "@ROOT@/log/piped.log\"\n")
    browser = logged_in(server.browser(), "alice")
    name = short(browser)
    Tool(server)("revoke", "--user", "alice")
    until(lambda: audited(server, "piped.log"), "the program's line")
    assert [line["session"] for line in audited(server, "piped.log")] == [name]


@pytest.mark.parametrize("choice", [["--user", "alice"], ["--all"], ["--row"]],
                         ids=lambda choice: choice[0])
def test_without_its_audit_log_htsession_ends_nothing(server, choice):
    browser = logged_in(server.browser(), "alice")
    if choice == ["--row"]:
        choice = ["--row", short(browser)]
    os.rename(server.path("log", "audit.log"), server.path("log", "moved"))
    os.mkdir(server.path("log", "audit.log"))
    result = Tool(server).run("revoke", *choice)
    assert result.code == 1
    assert "so that nothing is ended" in result.err
    assert who(browser) == "alice"


def test_a_line_that_is_lost_is_a_failure_of_htsession(server):
    browser = logged_in(server.browser(), "alice")
    os.rename(server.path("log", "audit.log"), server.path("log", "moved"))
    os.symlink("/dev/full", server.path("log", "audit.log"))
    result = Tool(server).run("revoke", "--user", "alice")
    assert result.code == 1
    assert "does not have all that was ended: No space left" in result.err
    assert who(browser) is None


def test_servers_that_share_a_store_have_the_line_in_each_of_their_logs(httpd):
    server = httpd(SITE + AUDIT + "<VirtualHost *:@PORT@>\n"
                   "ServerName other.example\n"
                   "SessionStoreAudit log/other.log\n</VirtualHost>\n")
    Tool(server)("revoke", "--all")
    server.browser().get("/probe/set?a=1")
    Tool(server)("revoke", "--all")
    assert len(audited(server)) == len(audited(server, "other.log")) == 1


def test_a_user_whose_cookies_are_revoked_stands_in_the_audit_log(httpd):
    text = (SITE + AUDIT).replace(
        "SessionStore dir:@ROOT@/store purge=1h",
        "SessionStore cookie: revoke=dir:@ROOT@/store")
    assert "cookie:" in text
    server = httpd(text)
    Tool(server)("revoke", "--user", "alice")
    line, = audited(server)
    assert line["users"] == ["alice"] and "session" not in line


def test_an_audit_log_made_by_htsession_is_as_httpd_makes_it(server):
    logged_in(server.browser(), "alice")
    os.remove(server.path("log", "audit.log"))
    Tool(server)("revoke", "--all")
    mode = os.stat(server.path("log", "audit.log")).st_mode
    assert stat.S_IMODE(mode) == 0o640
