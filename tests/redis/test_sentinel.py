# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Failovers: those that happen, and those that somebody asked for."""

import contextlib
import os
import re
import signal
import time

import pytest

from rig.probe import row_key
from rig.proxy import Gate, Later, Proxy
from rig.servers import SentinelSet
from rig.wait import BUSY_S, free_port, until


def calm(probe, span_s=1):
    """No error for so long."""
    return not probe.errors_since(time.time() - span_s)


def acknowledges(primary):
    """True when its replica has told that it has everything: one that is new
    is fed only after it has told something, up to a second later."""
    return (f",offset={primary.info('master_repl_offset')},"
            in (primary.info("slave0") or ""))


def is_replica(server):
    """A sentinel closes all connections to one that it makes a replica."""
    with contextlib.suppress(ConnectionError):
        return server.info("master_link_status") == "up"
    return False


def test_a_crash_of_the_primary_is_over_when_another_is_elected(sentinel_set,
                                                                open_probe):
    probe = open_probe(sentinel_set.url, "timeout=1s")
    probe.ok("load", 8, 1000)
    until(lambda: sentinel_set.nodes[1]("DBSIZE") >= 8)
    # Without a second replica the new primary has none: it has to write
    # alone.
    sentinel_set.nodes[1]("CONFIG", "SET", "min-replicas-to-write", "0")
    crash = time.time()
    sentinel_set.nodes[0].kill()
    until(lambda: sentinel_set.primary() is sentinel_set.nodes[1])
    elected = time.time()
    until(lambda: calm(probe))
    counted = probe.halt()
    assert max(event.start_s for event in probe.events) < elected + BUSY_S
    assert all(event.status in ("unavailable", "timeout")
               for event in probe.events if event.operation != "save")
    assert counted["logouts"] == 0
    assert max(event.took_s for event in probe.events) < 1 + BUSY_S
    assert crash < elected


def test_a_planned_failover_loses_no_acknowledged_write(sentinel_set,
                                                        open_probe):
    probe = open_probe(sentinel_set.url, "timeout=1s")
    probe.ok("load", 8, 500)
    until(lambda: sentinel_set.nodes[1]("DBSIZE") >= 8)
    for _ in range(2):
        before = sentinel_set.fail_over()
        until(lambda: is_replica(before))
        until(lambda: calm(probe))
        until(sentinel_set.is_settled)
    counted = probe.halt()
    assert counted["lost"] == counted["logouts"] == 0
    assert counted["conflicts"] == 0
    assert counted["saves"] > 100


def test_a_write_counts_when_as_many_replicas_have_it_as_were_asked_for(
        start, open_probe):
    kit = start(SentinelSet)
    probe = open_probe(kit.url, "replicas=1", "timeout=500ms")
    probe.ok("create", "a", 60)
    kit.nodes[1].stop()
    answer = probe("save", "a")
    assert answer.status == "timeout" and "no replica" in answer.detail
    assert answer.took_s < 0.5 + BUSY_S
    other = open_probe(kit.url, "replicas=0")
    other.ok("get", "a")
    other.ok("save", "a")


def test_that_a_session_is_gone_counts_when_a_replica_confirms_it(
        start, open_probe):
    """A primary without replicas may have been replaced: others have what it
    has not."""
    kit = start(SentinelSet)
    probe = open_probe(kit.nodes[0].url, "replicas=1", "timeout=500ms")
    probe.ok("create", "here", 60)
    assert probe("get", "gone").status == "not found"
    kit.nodes[1].kill()
    until(lambda: kit.nodes[0].info("connected_slaves") == "0")
    probe.ok("get", "here")
    for words in (("get", "gone"), ("touch", "gone", 60), ("list", "gone")):
        answer = probe(*words)
        assert answer.status == "timeout", answer
        assert "no replica" in answer.detail and "is gone" in answer.detail
    kit.nodes[1].start()
    until(lambda: probe("get", "gone").status == "not found")


@pytest.fixture(params=[None, Later], ids=["7.0", "7.2"])
def guarded(request, start, open_probe):
    """A store whose replica has to confirm what it answers, with a session
    "a"; on a server of either kind."""
    kit = start(SentinelSet)
    with contextlib.ExitStack() as stack:
        url = kit.nodes[0].url
        if request.param:
            url = stack.enter_context(request.param(kit.nodes[0])).url
        probe = open_probe(url, "replicas=1", "timeout=700ms")
        probe.primary, probe.replica = kit.nodes
        until(lambda: probe("create", "a", 60).status in ("ok", "conflict"))
        until(lambda: acknowledges(probe.primary))
        yield probe


# What writes nothing, and its answer.
IDLE = {("get", "gone"): "not found", ("get", "a", 9): "ok",
        ("touch", "gone", 60): "not found", ("list", "gone"): "ok",
        ("remove", "gone"): "not found", ("take", "gone"): "not found",
        ("save", "gone"): "not found", ("create", "a", 60): "conflict"}


def test_an_answer_that_wrote_nothing_is_confirmed_all_the_same(guarded):
    """WAIT believes a replica that had everything when it last told so; from
    7.2 on, everything that this connection has written."""
    for words, status in IDLE.items():
        until(lambda: guarded(*words).status == status)
    guarded.replica.signal(signal.SIGSTOP)
    for words in IDLE:
        answer = guarded(*words)
        assert answer.status == "timeout", (words, answer)
        assert "no replica" in answer.detail
    guarded.replica.signal(signal.SIGCONT)
    for words, status in IDLE.items():
        until(lambda: guarded(*words).status == status)


def test_what_confirms_an_answer_leaves_nothing_behind(guarded):
    for words, status in IDLE.items():
        until(lambda: guarded(*words).status == status)
    assert [key.decode() for key in guarded.primary("KEYS", "*")] \
        == [row_key("a")]


def test_a_full_primary_does_not_say_that_a_session_is_gone(guarded):
    """It has no room for what replicas would confirm."""
    guarded.primary("CONFIG", "SET", "maxmemory", "1")
    until(lambda: guarded("get", "a").status == "ok")
    answer = guarded("get", "gone")
    assert answer.status == "unavailable" and "OOM" in answer.detail
    until(lambda: guarded("remove", "a").status == "ok")


def test_that_a_session_is_gone_costs_one_round_trip_more(start, open_probe):
    kit = start(SentinelSet)
    with Proxy(kit.nodes[0]) as proxy:
        probe = open_probe(proxy.url, "replicas=1")
        probe.ok("create", "a", 60)
        for words, trips in ((("get", "a"), 1), (("get", "gone"), 2),
                             (("remove", "gone"), 2), (("save", "a"), 2)):
            before = proxy.requests
            probe(*words)
            assert proxy.requests == before + trips, words


def documented_rights(*more):
    """What the document has a user be given, and keys under the prefix."""
    path = os.path.join(os.path.dirname(__file__), "../../docs/redis.md")
    with open(path) as file:
        text = " ".join(file.read().split())
    rule = text.partition("`ACL SETUSER web on >... ")[2].partition("`")[0]
    return ["reset", "on", ">secret", *rule.split(), *more]


def test_the_rights_that_the_documents_name_are_enough_with_sentinel(
        sentinel_set, open_probe):
    for node in sentinel_set.nodes:
        node("ACL", "SETUSER", "web",
             *documented_rights("+role", "+wait"))
    probe = open_probe(sentinel_set.url.replace("://", "://web:secret@"))
    probe.ok("create", "a", 60)
    probe.ok("save", "a")
    assert probe("get", "gone").status == "not found"
    assert probe("touch", "gone", 60).status == "not found"
    assert probe("take", "gone").status == "not found"
    probe.ok("index", "user", "a", 60)
    probe.ok("remove", "a")


def test_a_missing_right_to_wait_is_named_and_not_waited_for(start,
                                                             open_probe):
    kit = start(SentinelSet)
    kit.nodes[0]("ACL", "SETUSER", "web", *documented_rights())
    probe = open_probe(kit.nodes[0].url.replace("://", "://web:secret@"),
                       "replicas=1")
    for words in (("create", "a", 60), ("get", "gone")):
        answer = probe(*words)
        assert answer.status == "denied", answer
        assert "user web" in answer.detail and "+wait" in answer.detail
        assert answer.took_s < BUSY_S


def test_what_is_older_than_known_counts_when_a_replica_confirms_it(
        start, open_probe):
    kit = start(SentinelSet)
    probe = open_probe(kit.nodes[0].url, "replicas=1", "timeout=500ms")
    probe.ok("create", "a", 60)
    revision = int(probe.ok("get", "a").detail.split()[0])
    probe.ok("get", "a", revision + 1)
    kit.nodes[1].kill()
    until(lambda: kit.nodes[0].info("connected_slaves") == "0")
    probe.ok("get", "a", revision)
    answer = probe("get", "a", revision + 1)
    assert answer.status == "timeout" and "no replica" in answer.detail


def test_the_first_write_of_a_process_waits_for_a_replica_already(
        sentinel_set, open_probe):
    """Even when the watcher has had no answer yet."""
    sentinel_set.nodes[1].signal(signal.SIGSTOP)
    sentinel_set.sentinels[0].signal(signal.SIGSTOP)
    probe = open_probe(sentinel_set.url, "timeout=2s",
                       "connect-timeout=200ms")
    answer = probe("create", "a", 60)
    assert answer.status == "timeout" and "no replica" in answer.detail


def test_who_knows_no_primary_believes_most_sentinels_not_the_first(
        sentinel_set, redis, open_probe):
    """The first one may have been cut off together with a primary of old."""
    until(lambda: sentinel_set.primary().info("min_slaves_good_slaves")
          == "1")
    sentinel_set.fail_over()
    primary = sentinel_set.primary()
    until(lambda: primary.info("min_slaves_good_slaves") == "1"
          and acknowledges(primary))
    until(sentinel_set.is_settled)
    forget_failovers(sentinel_set.sentinels[0], redis)
    open_probe(sentinel_set.url).ok("create", "a", 60)
    assert primary("DBSIZE") == 1 and redis("DBSIZE") == 0


def forget_failovers(sentinel, primary):
    """It watches what it watched when it was started."""
    sentinel("SENTINEL", "REMOVE", "main")
    sentinel("SENTINEL", "MONITOR", "main", "127.0.0.1", primary.port, 2)


def test_a_primary_that_was_replaced_and_comes_back_logs_nobody_out(
        start, open_probe):
    """Until sentinels have told it, it says of itself that it is the primary;
    a sentinel that lags behind says so too."""
    kit = start(SentinelSet, "--min-replicas-to-write", "1", replicas=2)
    old, others = kit.nodes[0], kit.sentinels[:2]
    old.kill()
    until(lambda: kit.primary() is not old)
    until(lambda: kit.primary().info("min_slaves_good_slaves") == "1")
    open_probe(kit.url).ok("create", "a", 600)
    for sentinel in others:
        sentinel.signal(signal.SIGSTOP)
    old.start()
    lagging = kit.sentinels[2]
    forget_failovers(lagging, old)
    probe = open_probe(
        f"redis+sentinel://127.0.0.1:{lagging.port}/main", "replicas=1",
        "timeout=2s")
    answer = probe("get", "a")
    assert answer.status == "timeout" and str(old.port) in answer.detail
    for sentinel in others:
        sentinel.signal(signal.SIGCONT)
    until(lambda: probe("get", "a").status == "ok")


def test_a_node_that_does_not_say_that_it_is_the_primary_is_not_used(
        sentinel_set, open_probe):
    for node in sentinel_set.nodes:
        node("ACL", "SETUSER", "web", "on", ">secret", "~*", "+@all",
             "-role")
    probe = open_probe(sentinel_set.url.replace("://", "://web:secret@"))
    answer = probe("get", "a")
    assert answer.status == "denied", answer
    assert "user web" in answer.detail and "+role" in answer.detail


def test_the_watcher_hears_of_a_failover_without_any_request(sentinel_set,
                                                             open_probe):
    probe = open_probe(sentinel_set.url)
    probe.ok("create", "a", 60)
    old, new = sentinel_set.nodes
    until(lambda: new("DBSIZE") == 1)
    sentinel_set.fail_over()
    until(lambda: is_replica(old))
    until(lambda: new.info("min_slaves_good_slaves") == "1"
          and acknowledges(new))
    probe.ok("save", "a")
    assert "cmdstat_evalsha" in new("INFO", "commandstats").decode() \
        or "cmdstat_eval" in new("INFO", "commandstats").decode()


def is_listened_to(sentinel, span_s):
    """Somebody listens to it, and has for so long."""
    clients = sentinel("CLIENT", "LIST").decode().splitlines()
    return any(" sub=1 " in client
               and int(re.search(r" age=(\d+)", client)[1]) >= span_s
               for client in clients)


def test_the_watcher_listens_again_when_sentinels_hung_for_long(sentinel_set,
                                                                open_probe):
    """For so long that they were left alone for a moment each time."""
    sentinel = sentinel_set.sentinels[0]
    with Gate(sentinel) as gate:
        open_probe(f"redis+sentinel://127.0.0.1:{gate.port}/main",
                   "connect-timeout=100ms", "timeout=1s")
        until(lambda: gate.accepted >= 10)
        gate.shut = False
        until(lambda: is_listened_to(sentinel, 3))


def test_sentinels_that_are_gone_are_passed_over(sentinel_set, open_probe):
    sentinel_set.sentinels[0].kill()
    probe = open_probe(sentinel_set.url)
    probe.ok("create", "a", 60)
    sentinel_set.sentinels[1].kill()
    probe.ok("save", "a")
    assert open_probe(sentinel_set.url)("get", "a").status == "ok"
    sentinel_set.sentinels[2].kill()
    probe.ok("save", "a")


def test_a_name_that_sentinel_does_not_know_says_so(sentinel_set,
                                                    open_probe):
    probe = open_probe(sentinel_set.url.replace("/main", "/other"))
    answer = probe("get", "a")
    assert answer.status == "unavailable"
    assert '"other"' in answer.detail


def test_no_sentinel_at_all_is_unavailable(open_probe):
    probe = open_probe(f"redis+sentinel://127.0.0.1:{free_port()}/main")
    assert probe("get", "a").status == "unavailable"


def test_a_redis_that_is_no_sentinel_is_refused(redis, open_probe):
    probe = open_probe(f"redis+sentinel://127.0.0.1:{redis.port}/main")
    answer = probe("get", "a")
    assert answer.status == "unavailable"
    assert str(redis.port) in answer.detail


def test_missing_min_replicas_are_told_at_start(start, open_probe):
    kit = start(SentinelSet)
    assert any("min-replicas-to-write 1" in notice
               for notice in open_probe(kit.url).notices)
    kit.nodes[0]("CONFIG", "SET", "min-replicas-to-write", "1")
    assert open_probe(kit.url).notices == []


def test_a_store_ends_quickly_while_it_watches(sentinel_set, open_probe):
    probe = open_probe(sentinel_set.url)
    probe.ok("create", "a", 60)
    assert probe.close() < BUSY_S
