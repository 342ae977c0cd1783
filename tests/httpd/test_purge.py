# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Expired sessions vanish from the directory by themselves."""

import os
import re
import signal

import pytest

from rig import conf
from rig.htsession import Tool
from rig.members import entries, logged_in, who
from rig.wait import until

SESSIONS = conf.SESSIONS.replace("purge=1h", "purge=1s")


def make_sessions(server, count):
    for _ in range(count):
        server.browser().get("/probe/set?a=1")


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_expired_sessions_are_removed_in_the_background(httpd, mpm):
    server = httpd(SESSIONS, mpm=mpm)
    make_sessions(server, 30)
    server.store.age(24 * 3600)
    living = server.browser()
    living.get("/probe/set?living=1")
    until(lambda: server.store.count() == 1, "the purge")
    assert entries(living) == {"living": "1"}


def test_revocations_that_are_over_are_removed_in_the_background(httpd):
    server = httpd(conf.SESSIONS.replace(
        conf.STORE, conf.KEYS + 'SessionStore cookie: '
        '"revoke=dir:@ROOT@/store purge=1s"\n') + conf.FORM, start=False)
    server.clock_from_file()
    server.start()
    browser = logged_in(server.browser(), "alice")
    Tool(server)("revoke", "--user", "alice")
    assert who(browser) is None
    assert len(server.store.files("users")) == 1
    server.turn_clock(11 * 365 * 24 * 3600)
    until(lambda: not server.store.files("users"), "the purge")


def test_a_folder_that_cannot_be_purged_hides_none_behind_it(httpd):
    server = httpd(SESSIONS)
    server.log.expect("SST0203: expired sessions could not be removed")
    make_sessions(server, 30)
    rows = os.path.join(server.store.path, "rows")
    folders = sorted(os.listdir(rows))
    hidden = os.path.join(rows, folders[0])
    in_it = len(os.listdir(hidden))
    os.chown(hidden, 0, 0)
    server.store.age(24 * 3600)
    until(lambda: server.store.count() == in_it, "the purge of the others")


def test_one_child_at_a_time_purges(httpd):
    server = httpd(SESSIONS, mpm="prefork")
    make_sessions(server, 5)
    for _ in range(2):
        server.log.wait_for("SST0202")
        server.graceful()
    lines = [line for line in server.log.lines() if "SST0202" in line]
    until(lambda: len([line for line in server.log.lines()
                       if "SST0202" in line]) >= len(lines) + 3, "rounds")
    fresh = [line for line in server.log.lines()
             if "SST0202" in line][len(lines):]
    pids = [re.search(r"\[pid (\d+)", line).group(1) for line in fresh]
    # A child of the earlier generation may end the first of these rounds.
    assert len(set(pids[1:])) == 1


def test_another_child_takes_over_when_the_purging_one_is_killed(httpd):
    server = httpd(SESSIONS, mpm="prefork")
    line = server.log.wait_for("SST0202")
    purging = int(re.search(r"\[pid (\d+)", line).group(1))
    os.kill(purging, signal.SIGKILL)
    until(lambda: server.answers_without([purging]), "its successor")
    make_sessions(server, 3)
    server.store.age(24 * 3600)
    until(lambda: server.store.count() == 0, "the purge by another child")
