# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a request leaves in the access log and in the audit log, and what it
never leaves in any log."""

import json
import os
import re
import stat

import pytest

from rig import breakage, conf, forge
from rig.aside import Aside
from rig.members import (Ticket, as_cookie, entries, logged_in, login)
from rig.say import SAYING, says
from rig.server import PASSWORDS
from rig.wait import until

NOTES = """\
CustomLog @ROOT@/log/notes.log "%U %{session-store-row}n \
%{session-store-outcome}n %{session-store-time}n"
<Location /probe/children>
    Session Off
</Location>
"""

AUDIT = "SessionStoreAudit log/audit.log\n"


# --- The access log ------------------------------------------------------------

def noted(server, path, count=1):
    """Row, outcome and time of the last of so many requests to a path: a line
    is written behind the response."""
    def lines():
        server.wait_until_idle()
        with open(server.path("log", "notes.log")) as log:
            found = [line.split() for line in log
                     if line.endswith("\n") and line.split()[0] == path]
        return found if len(found) >= count else None
    return until(lines, f"a line for {path}")[-1][1:]


@pytest.fixture
def server(httpd):
    return httpd(conf.SESSIONS + conf.FORM + NOTES)


def test_a_visitor_without_a_session_has_no_row_and_no_store_time(server):
    server.browser().get("/probe/get")
    assert noted(server, "/probe/get") == ["-", "none", "0"]


def test_the_row_is_the_one_of_the_log_lines(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    row, outcome, time = noted(server, "/probe/set")
    assert outcome == "none+created"
    assert int(time) > 0
    assert re.search(f"SST0308: session {row}: created",
                     server.log.text())
    browser.get("/probe/get")
    assert noted(server, "/probe/get")[:2] == [row, "hit"]


@pytest.mark.parametrize("path, outcome", [
    ("/probe/set?a=2", "hit+updated"), ("/probe/clear", "hit+ended"),
    ("/probe/set?members-user=bob", "hit+rotated")])
def test_the_outcome_says_what_was_done(server, path, outcome):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    noted(server, "/probe/set")
    browser.get(path)
    place = path.partition("?")[0]
    row, noted_outcome, _ = noted(server, place,
                                  count=2 if place == "/probe/set" else 1)
    assert noted_outcome == outcome
    assert re.fullmatch("[0-9a-f]{8}", row)


def test_a_forged_ticket_is_told_in_the_access_log(server):
    server.browser().get("/probe/get", cookie=as_cookie(forge.ticket()))
    assert noted(server, "/probe/get") == ["-", "forged", "0"]


def test_a_failing_store_is_told_in_the_access_log(server):
    server.log.expect("SST0301")
    server.log.allow("SST0201")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    with breakage.missing(server.store):
        browser.get("/probe/get")
    assert noted(server, "/probe/get")[:2] == ["-", "failed"]


def test_a_touch_counts_as_store_time(httpd):
    server = httpd(conf.SESSIONS + NOTES
                   + "SessionStoreTimeout idle=20m touch=0s\n")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.store.age(60)
    before = server.store.expiries()
    browser.get("/probe/get")
    assert int(noted(server, "/probe/get")[2]) > 0
    assert server.store.expiries() > before


def test_a_redirected_request_has_its_notes(server):
    browser = server.browser()
    browser.get("/probe/redirect?a=1&to=/probe/get")
    for path in ("/probe/redirect", "/probe/get"):
        with open(server.path("log", "notes.log")) as log:
            server.wait_until_idle()
            if any(line.startswith(path) for line in log):
                assert noted(server, path)[1] == "none+created"
                return
    raise AssertionError("the request is not in the access log")


def test_where_there_is_no_session_nothing_is_noted(server):
    server.browser().get("/server-status")
    server.wait_until_idle()
    assert noted(server, "/server-status") == ["-", "-", "-"]


# --- The audit log ---------------------------------------------------------------

def audited(server, name="audit.log"):
    try:
        with open(server.path("log", name)) as log:
            return [json.loads(line) for line in log]
    except FileNotFoundError:
        return []


def words(server):
    return [line["event"] for line in audited(server)]


@pytest.fixture
def audit(httpd):
    return httpd(conf.SESSIONS + conf.FORM + AUDIT)


def test_a_visit_is_audited_from_its_beginning_to_its_end(audit):
    browser = audit.browser()
    browser.get("/probe/set?basket=3")
    logged_in(browser, "alice")
    browser.get("/probe/set?basket=4")
    browser.get("/logout")
    browser.get("/probe/clear")
    lines = audited(audit)
    assert [line["event"] for line in lines] == \
        ["created", "login", "logout", "ended"]
    assert [line["users"] for line in lines] == \
        [[], ["alice"], ["alice"], []]
    # Each session is the one before until it gets a new id.
    rows = [line.get("session") for line in lines]
    before = [line.get("before") for line in lines]
    assert before == [None, rows[0], rows[1], rows[2]]
    assert rows[3] is None and len(set(rows)) == 4


def test_a_line_says_when_where_and_from_whom(audit):
    logged_in(audit.browser(), "bob")
    line = audited(audit)[-1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                        line["time"])
    assert line["client"] == "127.0.0.1"
    assert line["server"] == "localhost"
    assert line["store"] == "dir:" + audit.path("store")
    assert re.fullmatch("[0-9a-f]{8}", line["session"])


def test_a_change_of_user_is_a_login(audit):
    browser = logged_in(audit.browser(), "alice")
    login(browser, "bob")
    assert [(l["event"], l["users"]) for l in audited(audit)][-1] == \
        ("login", ["bob"])


def test_an_end_with_something_behind_it_is_a_logout(httpd):
    server = httpd(SAYING + conf.FORM + AUDIT)
    browser = logged_in(server.browser(), "alice")
    says(browser, "end", "set &notice=bye&")
    says(browser, "end", "set &notice=again&")
    lines = audited(server)
    assert [(line["event"], line["users"]) for line in lines] == \
        [("login", ["alice"]), ("logout", ["alice"]), ("created", [])]
    assert lines[1]["before"] == lines[0]["session"]
    assert lines[2]["before"] == lines[1]["session"]


def test_reading_and_changing_are_no_events(audit):
    browser = audit.browser()
    browser.get("/probe/set?a=1")
    browser.get("/probe/set?a=2")
    browser.get("/probe/get")
    audit.browser().get("/probe/get", cookie=as_cookie(forge.ticket()))
    assert words(audit) == ["created"]


def test_a_login_that_the_store_does_not_take_is_audited_as_denied(audit):
    audit.log.expect("SST0303")
    audit.log.allow("SST0201")
    with breakage.missing(audit.store):
        assert login(audit.browser(), "alice").status == 503
    line = audited(audit)[-1]
    assert (line["event"], line["reason"], line["users"]) == \
        ("denied", "store", ["alice"])
    assert "session" not in line


def test_a_login_into_a_session_that_is_too_large_is_audited_as_denied(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + AUDIT
                   + "SessionStoreMaxSize 1024\n")
    server.log.expect("SST0304")
    browser = server.browser()
    browser.get("/probe/fill?n=1&size=980")
    assert login(browser, "alice").status == 413
    line = audited(server)[-1]
    assert (line["event"], line["reason"], line["users"]) == \
        ("denied", "size", ["alice"])


def test_a_login_beyond_the_limit_is_audited_as_denied(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + AUDIT
                   + "SessionStoreMaxPerUser 1 refuse\n")
    server.log.expect("SST0320")
    logged_in(server.browser(), "alice")
    login(server.browser(), "alice")
    line = audited(server)[-1]
    assert (line["event"], line["reason"]) == ("denied", "limit")


def test_a_save_that_fails_without_a_login_is_no_event(audit):
    audit.log.expect("SST0303")
    audit.log.allow("SST0201")
    with breakage.missing(audit.store):
        audit.browser().get("/probe/set?a=1")
    assert audited(audit) == []


@pytest.mark.parametrize("user", ["J%C3%BCrgen%20%22the%0Aowl%22", "%FF%FE",
                                  "x" * 3000])
def test_any_name_of_a_user_stays_on_one_line(audit, user):
    audit.browser().get(f"/probe/set?members-user={user}")
    lines = audited(audit)
    assert len(lines) == 1 and lines[0]["event"] == "login"
    assert len(json.dumps(lines[0])) < 2000
    if user.startswith("J"):
        assert lines[0]["users"] == ['Jürgen "the\nowl"']


def test_lines_of_all_children_are_whole(httpd):
    server = httpd(conf.SESSIONS + AUDIT, mpm="prefork")

    def visits():
        for _ in range(25):
            server.browser().get("/probe/set?a=1")

    for one in [Aside(visits) for _ in range(4)]:
        one.result()
    assert words(server) == ["created"] * 100


def test_the_audit_log_is_for_its_owner_and_group(audit):
    audit.browser().get("/probe/set?a=1")
    mode = os.stat(audit.path("log", "audit.log")).st_mode
    assert stat.S_IMODE(mode) & 0o137 == 0


def test_a_program_can_take_the_audit_log(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreAudit "
                   "\"|/usr/bin/tee -a @ROOT@/log/piped.log\"\n")
    server.browser().get("/probe/set?a=1")
    until(lambda: audited(server, "piped.log"), "the program's line")
    assert audited(server, "piped.log")[0]["event"] == "created"


def test_a_graceful_restart_opens_the_audit_log_anew(audit):
    audit.browser().get("/probe/set?a=1")
    os.rename(audit.path("log", "audit.log"), audit.path("log", "old.log"))
    audit.graceful()
    audit.browser().get("/probe/set?a=1")
    assert words(audit) == ["created"]
    assert len(audited(audit, "old.log")) == 1


def test_virtual_hosts_have_the_audit_log_of_the_server_or_their_own(httpd):
    server = httpd("""\
UseCanonicalName Off
""" + conf.SESSIONS + AUDIT + """\
<VirtualHost *:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost *:@PORT@>
    ServerName other.test
    SessionStoreAudit log/other.log
</VirtualHost>
""")
    server.browser().get("/probe/set?a=1")
    server.browser(host="other.test").get("/probe/set?a=1")
    assert [l["server"] for l in audited(server)] == ["localhost"]
    assert [l["server"] for l in audited(server, "other.log")] == \
        ["other.test"]


def test_an_audit_log_that_cannot_be_opened_stops_the_start(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreAudit nowhere/audit.log\n",
                   start=False)
    server.log.expect("SST0108: SessionStoreAudit .*nowhere/audit.log: "
                      "the log cannot be opened; see that the folder")
    server.log.allow(".")
    server.start_fails()


def test_a_line_that_cannot_be_written_is_reported(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreAudit /dev/full\n")
    server.log.expect("SST0330: a line of SessionStoreAudit /dev/full is lost")
    response = server.browser().get("/probe/set?a=1")
    assert response.status == 200


# --- No log ----------------------------------------------------------------------

def test_no_log_at_any_level_holds_what_belongs_to_a_session(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + NOTES + AUDIT
                   + "LogLevel notice session_store:trace8\n")
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?colour=ultramarine")
    tickets = [Ticket.of(browser)]
    login(browser, "bob")
    tickets.append(Ticket.of(browser))
    assert entries(browser)["colour"] == "ultramarine"
    browser.get("/logout")
    server.wait_until_idle()
    logs = ""
    for name in ("error.log", "audit.log", "notes.log"):
        with open(server.path("log", name)) as log:
            logs += log.read()
    assert re.search(r"SST0331: session \w{8}: hit\+rotated, \d+ us in dir:",
                     logs)
    assert "SST0308" in logs and '"event":"login"' in logs
    for ticket in tickets:
        for secret in (ticket.id, ticket.secret, ticket.check):
            assert secret not in logs
    for secret in ("ultramarine", *PASSWORDS.values()):
        assert secret not in logs
