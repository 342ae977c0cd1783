# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreCache: copies of sealed sessions that all children of a host
share. What an administrator sees of it, and what visitors do not."""

import os
import signal
import time

import pytest

from rig import build, conf, status
from rig.htsession import Tool
from rig.members import entries, logged_in, who
from rig.redis import Redis, RedisCluster
from rig.wait import until

CACHE = "SessionStoreCache 8m lease=600ms\n"
CACHE_SIZE = 8 * 1024 * 1024
LEASE_S = 0.6


@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


def site(store, cache=CACHE):
    before = conf.SESSIONS + conf.FORM + status.PLACE
    lines = before.splitlines(keepends=True)
    place = [number for number, line in enumerate(lines)
             if line.startswith("SessionStore ")]
    assert len(place) == 1
    lines[place[0]] = f"SessionStore {store}\n"
    return cache + "".join(lines)


def cache_of(server):
    return status.store(server)["cache"]


def wait_for_cache(server):
    until(lambda: cache_of(server)["state"] == "works", "a watched cache")


@pytest.fixture
def server(redis, httpd):
    made = httpd(site(redis.url), fpm=False)
    wait_for_cache(made)
    return made


def reads(redis):
    for line in redis.ask("INFO", "commandstats").splitlines():
        if line.startswith("cmdstat_get:"):
            return int(line.split("calls=")[1].split(",")[0])
    return 0


def hold_copy(server, browser):
    """Views pages until one is answered from a copy."""
    def is_hit():
        before = cache_of(server)["hit"]
        browser.get("/probe/get")
        return cache_of(server)["hit"] > before

    until(is_hit, "a copy of the session")


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_pages_with_an_unchanged_session_ask_redis_for_nothing(mpm, redis,
                                                               httpd):
    server = httpd(site(redis.url), mpm=mpm, fpm=False)
    wait_for_cache(server)
    member = logged_in(server.browser(), "alice")
    member.get("/probe/set?basket=3")
    hold_copy(server, member)
    before = reads(redis)
    for _ in range(50):
        # Each on a connection of its own: by whichever child.
        browser = server.browser()
        browser.jar.update(member.jar)
        assert entries(browser)["basket"] == "3"
    assert reads(redis) == before
    shown = cache_of(server)
    assert shown["hit"] >= 50 and shown["entries"] >= 1
    assert 0 < shown["bytes"] < shown["entries"] * shown["slot_size"]
    assert shown["watcher"] in server.children()


def test_without_the_directive_nothing_is_cached(redis, httpd):
    server = httpd(site(redis.url, ""), fpm=False)
    member = logged_in(server.browser(), "alice")
    assert cache_of(server) is None
    before = reads(redis)
    member.get("/probe/get")
    assert reads(redis) == before + 1
    assert not [name for name in status.metric_names(server)
                if "cache" in name]
    assert "<h3>Cache</h3>" not in status.page(server).text


def test_changes_are_seen_by_the_next_request(server):
    member = logged_in(server.browser(), "alice")
    for number in range(30):
        member.get(f"/probe/set?basket={number}")
        assert entries(member)["basket"] == str(number)
        hold_copy(server, member)


def test_a_logout_ends_the_session_for_all_children_at_once(server):
    for _ in range(5):
        member = logged_in(server.browser(), "alice")
        hold_copy(server, member)
        ticket = dict(member.jar)
        member.get("/logout")
        for _ in range(5):
            thief = server.browser()
            thief.jar.update(ticket)
            assert who(thief) is None


def test_what_htsession_ends_is_over(server):
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    Tool(server)("revoke", "--user", "alice")
    until(lambda: who(member) is None, "alice to be out")


def test_a_session_that_is_out_of_time_is_not_answered_from_a_copy(redis,
                                                                   httpd):
    server = httpd(site(redis.url)
                   + "SessionStoreTimeout idle=2s touch=1s\n", fpm=False)
    wait_for_cache(server)
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    # It is in use: touches reach Redis, whatever answers.
    end = time.time() + 5
    while time.time() < end:
        assert who(member) == "alice"
        time.sleep(0.1)
    time.sleep(3.1)
    assert who(member) is None


def test_a_child_that_is_killed_leaves_the_watch_to_another(server, redis):
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    watcher = cache_of(server)["watcher"]
    os.kill(watcher, signal.SIGKILL)
    server.log.allow("AH00052")
    redis.ask("DEL", *redis.sessions())
    ended = time.time()
    until(lambda: time.time() > ended + LEASE_S, "the lease to be over")
    assert who(member) is None
    until(lambda: cache_of(server)["watcher"] not in (watcher, None),
          "another watcher")
    wait_for_cache(server)


def test_a_redis_that_hangs_is_not_stood_in_for(server, redis):
    server.log.allow("SST0")
    server.log.allow("AH0")
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    redis.hang()
    ended = time.time()
    until(lambda: time.time() > ended + LEASE_S, "the lease to be over")
    assert member.get("/probe/get").status == 503
    assert cache_of(server)["state"] == "waits"
    redis.go_on()
    wait_for_cache(server)
    until(lambda: who(member) == "alice", "Redis to be asked again")


def test_copies_outlive_a_graceful_restart(server, redis):
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    for _ in range(3):
        kept = cache_of(server)["kept"]
        server.graceful()
        wait_for_cache(server)
        hold_copy(server, member)
        assert cache_of(server)["kept"] >= kept
        member.get("/probe/set?basket=3")
        assert entries(member)["basket"] == "3"
    redis.ask("DEL", *redis.sessions())
    until(lambda: who(member) is None, "the end of the session")


def cache_memories(server):
    """The parent's pieces of shared memory that have the cache's size."""
    with open(f"/proc/{server.process.pid}/maps") as maps:
        ranges = [line.split()[0].split("-") for line in maps
                  if " rw-s " in line]
    sizes = [int(high, 16) - int(low, 16) for low, high in ranges]
    return [size for size in sizes if size >= CACHE_SIZE]


def test_a_module_of_another_layout_takes_no_copies_over(redis, httpd):
    server = httpd(site(redis.url), start=False)
    server.load_copy()
    server.start()
    wait_for_cache(server)
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    kept = cache_of(server)["kept"]
    server.upgrade(build.module())
    server.graceful()
    wait_for_cache(server)
    assert cache_of(server)["kept"] >= kept
    server.upgrade(build.module_of_another_layout(server.path("other.so")))
    server.graceful()
    wait_for_cache(server)
    assert cache_of(server)["kept"] == 0
    assert len(cache_memories(server)) == 1
    assert who(member) == "alice"
    hold_copy(server, member)


def test_another_size_and_off_count_after_a_restart(server, redis):
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    slots = cache_of(server)["slots"]
    server.write_conf(site(redis.url, "SessionStoreCache 16m\n"))
    server.graceful()
    wait_for_cache(server)
    assert cache_of(server)["slots"] > 1.9 * slots
    assert who(member) == "alice"
    server.write_conf(site(redis.url, "SessionStoreCache Off\n"))
    server.graceful()
    assert cache_of(server) is None
    assert who(member) == "alice"


def test_a_key_that_goes_takes_its_sessions_along(server):
    """A copy is as sealed as the record: it opens under a key of the ring."""
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    build.keygen(server.path("other-keys"))
    os.replace(server.path("other-keys"), server.path("keys"))
    server.graceful()
    wait_for_cache(server)
    until(lambda: who(member) is None, "the old key to be gone")


def test_nothing_readable_lies_in_the_memory(server):
    member = logged_in(server.browser(), "alice")
    member.get("/probe/set?secret=never-in-shared-memory")
    hold_copy(server, member)
    found = shared = 0
    with open(f"/proc/{server.process.pid}/maps") as maps:
        ranges = [line.split() for line in maps if " rw-s " in line]
    with open(f"/proc/{server.process.pid}/mem", "rb") as memory:
        for words in ranges:
            low, high = (int(end, 16) for end in words[0].split("-"))
            if high - low < CACHE_SIZE:
                # httpd's own, which has the URLs of requests.
                continue
            memory.seek(low)
            text = memory.read(high - low)
            shared += len(text)
            found += text.count(b"never-in-shared-memory")
            found += text.count(b"alice-pw") + text.count(b"session-user")
    assert shared >= CACHE_SIZE
    assert found == 0


def test_the_cache_is_shown_in_every_form(server):
    member = logged_in(server.browser(), "alice")
    hold_copy(server, member)
    assert "<h3>Cache</h3>" in status.page(server).text
    metrics = status.exposed(server)
    shown = {sample.labels["result"]: sample.value for sample
             in metrics["session_store_cache_reads"].samples}
    assert shown["hit"] >= 1 and set(shown) == {"hit", "miss", "bypass"}
    sample, = metrics["session_store_cache_works"].samples
    assert sample.value == 1
    sample, = metrics["session_store_cache_entries"].samples
    assert sample.value >= 1
    text = server.browser().get("/server-status?auto").text
    assert "SessionStoreCacheHit: " in text
    assert "SessionStoreCacheTooBig: 0" in text


def test_a_cluster_is_cached_too(httpd):
    cluster = RedisCluster()
    try:
        server = httpd(site(f"{cluster.url} timeout=10s"), fpm=False)
        wait_for_cache(server)
        members = [logged_in(server.browser(), "alice") for _ in range(5)]
        for member in members:
            hold_copy(server, member)
        for node in cluster.nodes:
            for key in node.sessions():
                node.ask("DEL", key)
        for member in members:
            until(lambda: who(member) is None, "the end of the session")
    finally:
        cluster.remove()


def test_a_user_without_the_rights_is_told_in_one_line(redis, httpd):
    redis.ask("ACL", "SETUSER", "web", "on", ">secret", "~sst:*", "+@all",
              "-client|tracking")
    server = httpd(site(redis.url.replace("://", "://web:secret@")),
                   fpm=False)
    line = r"SST0204: .*not cached, because .*\+client\|tracking"
    server.log.expect(line)
    until(lambda: cache_of(server)["state"] == "refused", "the refusal")
    assert "secret" not in server.said()
    member = logged_in(server.browser(), "alice")
    assert who(member) == "alice"
    assert cache_of(server)["hit"] == 0
    assert "<b class=\"fail\">Off</b>" in status.page(server).text


@pytest.mark.parametrize("words, hint", [
    ("", "allowed; allowed: Off, or a size from 1m to 64g"),
    ("lots", "allowed: Off, or a size from 1m to 64g"),
    ("10k", "allowed: Off, or a size from 1m to 64g"),
    ("8m max-age=1h", "allowed is a time from 100ms to 60s"),
    ("8m lease=1ms", "allowed is a time from 300ms to 60s"),
    ("8m max-value=9m", "allowed is a size from 512 to 256k"),
    ("8m colour=red", "allowed behind the size: max-value=SIZE, "
                      "max-age=TIME, lease=TIME")])
def test_what_is_not_allowed_is_said_at_the_start(words, hint, redis, httpd):
    server = httpd(site(redis.url, f"SessionStoreCache {words}\n"), fpm=False,
                   start=False)
    code, said = server.check_config()
    assert code != 0 and "SessionStoreCache: " in said and hint in said


def test_it_stands_outside_of_sections(redis, httpd):
    server = httpd(site(redis.url, "") + "<VirtualHost *>\n"
                   "SessionStoreCache 8m\n</VirtualHost>\n", fpm=False,
                   start=False)
    code, said = server.check_config()
    assert code != 0 and "cannot occur within" in said


def test_sessions_are_moved_without_a_cache(redis, httpd):
    server = httpd(site(redis.url) + "SessionStoreMigrateFrom "
                   "dir:@ROOT@/store\n", fpm=False, start=False)
    line = "SST0111: SessionStoreCache and SessionStoreMigrateFrom"
    code, said = server.check_config()
    assert code != 0 and line in said
    assert line in server.start_fails()


@pytest.mark.parametrize("store", ["dir:@ROOT@/store", "cookie:"])
def test_where_a_copy_saves_nothing_it_is_said(store, httpd):
    server = httpd(site(store), fpm=False)
    server.log.expect("SST0112: SessionStoreCache: it has no effect here")
    member = logged_in(server.browser(), "alice")
    assert who(member) == "alice"
    assert cache_of(server) is None
