# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A members' site that keeps its sessions in Redis, and what its visitors
see while Redis dies, hangs or refuses."""

import re
import signal
import subprocess
import threading
import time

import pytest

from rig import conf, forge
from rig.members import COOKIE, entries, logged_in, login, who
from rig.processes import descendants, traced
from rig.redis import Redis
from rig.selfpage import PLACES, end, end_others, page_of
from rig.wait import until

TIMEOUT_S = 0.5
BUSY_S = 10     # what a busy machine may add to it

TROUBLE = [r"SST03\d\d: .*redis://", r"AH01822: error while saving the session",
           r"SST0204: .*redis://", r"SST02\d\d: .*redis"]


@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


def switched(url):
    """The site as it is with a directory, and one line changed."""
    before = conf.SESSIONS + conf.FORM
    lines = before.splitlines(keepends=True)
    stores = [number for number, line in enumerate(lines)
              if line.startswith("SessionStore ")]
    assert len(stores) == 1 and "dir:" in lines[stores[0]]
    lines[stores[0]] = f"SessionStore {url} timeout=500ms\n"
    return "".join(lines)


@pytest.fixture
def server(redis, httpd):
    return httpd(switched(redis.url) + PLACES, fpm=False)


@pytest.fixture
def member(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    return browser


def expect_trouble(server):
    for pattern in TROUBLE:
        server.log.allow(pattern)


def refused(response):
    assert response.status == 503, response
    assert int(response.get("Retry-After")) > 0
    assert response.set_cookies == []


def test_a_site_moves_to_redis_by_one_changed_line(server, redis, member):
    assert len(redis.sessions()) == 1
    member.get("/cgi/session?colour=green")
    assert member.get("/cgi/session").entries["colour"] == "green"
    assert who(member) == "alice"
    server.graceful()
    assert entries(member)["basket"] == "3"
    ticket = member.jar[COOKIE]
    row = redis.sessions()
    member.get("/logout")
    # What was not the login's stays, in another session.
    assert len(redis.sessions()) == 1 and redis.sessions() != row
    assert entries(member) == {"basket": "3", "colour": "green"}
    assert who(member) is None
    assert who(member, cookie=f"{COOKIE}={ticket}") is None


def test_a_redis_that_would_drop_sessions_is_told_at_the_start(server, redis):
    redis.ask("CONFIG", "SET", "maxmemory", "100mb")
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    line = r"SST0204: redis://.* set noeviction"
    server.log.expect(line)
    server.graceful()
    assert "[session_store:warn]" in server.log.wait_for(line)


def test_visitors_cost_redis_nothing(server, redis):
    before = redis.ask("INFO", "commandstats")
    for page in ("/index.html", "/cgi/session", "/probe/get"):
        browser = server.browser()
        assert browser.get(page).status == 200
        assert browser.jar == {}
    assert redis.sessions() == []
    after = redis.ask("INFO", "commandstats")
    assert ("cmdstat_get:" in after) == ("cmdstat_get:" in before) is False


def test_a_page_does_not_wait_until_its_use_is_noted(httpd, redis):
    text = switched(redis.url).replace("timeout=500ms", "timeout=30s")
    server = httpd(text + "SessionStoreTimeout idle=1h touch=0\n", fpm=False)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    key, = redis.sessions()
    redis.ask("PEXPIRE", key, "60000")
    redis.ask("CLIENT", "PAUSE", "60000", "WRITE")
    assert browser.get("/index.html").status == 200
    until(lambda: "cmd=pexpire" in redis.ask("CLIENT", "LIST"),
          "Redis to hold the note back")
    redis.ask("CLIENT", "UNPAUSE")
    until(lambda: int(redis.ask("PTTL", key)) > 60000, "the note")


def test_redis_is_killed_and_comes_back(server, redis, member):
    expect_trouble(server)
    redis.kill()
    refused(member.get("/private/"))
    refused(member.get("/probe/set?basket=4"))
    refused(member.get("/logout"))
    assert server.browser().get("/index.html").status == 200
    response = login(server.browser(), "bob")
    assert response.status == 503 and response.set_cookies == []
    redis.start()
    assert member.get("/private/").status == 200
    assert entries(member)["basket"] == "3"


def test_neither_visitors_nor_forged_cookies_notice_that_redis_is_gone(
        server, redis):
    """And the log says nothing: nobody has asked."""
    redis.kill()
    for page in ("/index.html", "/cgi/session", "/probe/get"):
        for cookie in (None, f"{COOKIE}={forge.ticket()}"):
            response = server.browser().get(page, cookie=cookie)
            assert response.status == 200
            assert response.set_cookies == []


def serves(member, name, value):
    response = member.get("/probe/get")
    return response.status == 200 and response.entries[name] == value


def test_redis_hangs_and_nobody_waits_longer_than_the_timeout(server, redis,
                                                              member):
    """50 requests a second; each is answered in time, and at once while the
    breaker is open. Visitors without a session do not notice."""
    expect_trouble(server)
    cookie = f"{COOKIE}={member.jar[COOKIE]}"
    answers = []
    visits = []

    def ask(page, into, **options):
        start = time.monotonic()
        status = server.browser().get(page, **options).status
        into.append((status, time.monotonic() - start))

    redis.hang()
    threads = []
    for number in range(100):
        threads.append(threading.Thread(target=ask, args=(
            "/probe/get", answers), kwargs={"cookie": cookie}))
        if number % 10 == 0:
            threads.append(threading.Thread(target=ask, args=(
                "/index.html", visits)))
        for thread in threads[-2:]:
            if thread.ident is None:
                thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    redis.go_on()
    assert {status for status, _ in answers} == {503}
    assert max(took for _, took in answers) < TIMEOUT_S + BUSY_S
    assert sum(took < TIMEOUT_S / 2 for _, took in answers) > 20
    assert {status for status, _ in visits} == {200}
    # Each child has its own, and any of them may answer.
    until(lambda: all(serves(member, "basket", "3") for _ in range(10)),
          "the breakers to close")


def test_a_full_redis_lets_nobody_in_and_everybody_out(server, redis):
    expect_trouble(server)
    member = logged_in(server.browser(), "alice")
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    response = login(server.browser(), "bob")
    assert response.status == 503 and response.set_cookies == []
    assert who(member) == "alice"
    member.get("/logout")
    assert redis.sessions() == []


def test_a_logout_that_could_not_be_carried_out_says_so(server, redis,
                                                        member):
    expect_trouble(server)
    redis.refuse_writes()
    assert who(member) == "alice"
    refused(member.get("/logout"))
    assert who(member) == "alice"


class SocketTrace:
    """with SocketTrace(server, redis) as trace: ...; afterwards trace.calls,
    a letter for each system call on a connection to Redis: S for a write, R
    for a read, P for a wait, K for a look at what is there."""

    NAMES = {"sendto": "S", "sendmsg": "S", "write": "S", "writev": "S",
             "recvfrom": "R", "recvmsg": "R", "read": "R", "poll": "P"}

    def __init__(self, server, redis):
        self.server = server
        self.end = f"->127.0.0.1:{redis.port}]>"

    def __enter__(self):
        pids = descendants(self.server.process.pid)
        self.path = self.server.path("sockets.txt")
        command = ["strace", "-f", "-yy", "-q", "-o", self.path, "-e",
                   "trace=" + ",".join(self.NAMES)]
        for pid in pids:
            command += ["-p", str(pid)]
        self.strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(lambda: traced(pids), "strace to hold every thread")
        return self

    def __exit__(self, *how):
        self.server.wait_until_idle()
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait()
        with open(self.path, errors="replace") as file:
            calls = [re.match(r"\d+ +(\w+)\(", line) for line in file
                     if self.end in line and "resumed>" not in line]
        self.calls = "".join(
            "K" if "MSG_PEEK" in call.string else self.NAMES[call[1]]
            for call in calls)


def test_a_page_view_writes_to_redis_once_and_reads_once(server, redis,
                                                         member):
    """A wait or a look in between is for a Redis that takes its time, and for
    a connection that was idle: a machine at work may show both. Each child
    says a greeting of its own, once."""
    with SocketTrace(server, redis) as trace:
        for _ in range(30):
            assert member.get("/index.html").status == 200
    assert 30 <= trace.calls.count("S") <= 30 + len(server.children())
    assert "SRSR" in trace.calls


def test_users_see_and_end_their_own_sessions(server):
    first = logged_in(server.browser(), "alice")
    end_others(first)
    second, third = (logged_in(server.browser(), "alice") for _ in range(2))
    bob = logged_in(server.browser(), "bob")
    assert len(page_of(first).rows) == 3
    assert end(first, page_of(second).own[0]).status == 303
    assert who(second) is None
    assert end_others(first).status == 303
    assert [who(b) for b in (first, third, bob)] == ["alice", None, "bob"]
    assert len(page_of(first).rows) == 1
