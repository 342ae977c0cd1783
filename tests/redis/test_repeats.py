# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Writes that are sent twice, since their answer was lost, while others write:
each is done once."""

import re
import signal

import pytest

from rig.probe import row_key
from rig.proxy import Interrupter, Proxy
from rig.servers import SentinelSet
from rig.wait import until

KEPT = 8        # earlier writes whose tokens a value has behind it
PIECE = 6       # bytes of each token


@pytest.fixture
def one(redis, open_probe):
    """A store at the other end of a proxy, with a session "a"."""
    with Interrupter(redis) as proxy:
        probe = open_probe(proxy.url)
        probe.proxy = proxy
        probe.ok("create", "a", 60)
        yield probe


@pytest.fixture
def other(redis, open_probe):
    return open_probe(redis.url)


def write(probe, times=1, seconds=60):
    for _ in range(times):
        probe.ok("get", "a")
        probe.ok("save", "a", 200, "-", "-", seconds)


def revision(probe):
    return int(probe.ok("get", "a").detail.split()[0])


@pytest.mark.parametrize("writes", range(1, KEPT + 1))
def test_a_write_that_landed_is_not_made_again_on_top_of_others(one, other,
                                                                writes):
    one.proxy.interrupt(lambda: write(other, writes))
    one.ok("save", "a")
    assert revision(one) == 2 + writes
    other.ok("take", "a")


def test_beneath_more_writes_than_are_kept_it_is_a_conflict(one, other):
    """Nobody can tell any more; the caller merges."""
    one.proxy.interrupt(lambda: write(other, KEPT + 1))
    assert one("save", "a").status == "conflict"
    other.ok("take", "a")


def test_a_write_that_never_arrived_meets_anothers_as_a_conflict(one, other):
    one.proxy.interrupt(lambda: write(other), arrives=False)
    assert one("save", "a").status == "conflict"
    assert revision(one) == 2
    other.ok("take", "a")


def test_a_write_that_never_arrived_is_made_when_nobody_else_wrote(one):
    one.proxy.interrupt(lambda: None, arrives=False)
    one.ok("save", "a")
    assert revision(one) == 2


def test_what_has_ended_since_is_not_found(one, other):
    one.proxy.interrupt(lambda: other.ok("remove", "a"))
    assert one("save", "a").status == "not found"


def test_the_end_of_the_later_write_counts(one, other):
    one.proxy.interrupt(lambda: write(other, seconds=500))
    one.ok("save", "a")
    assert 498 <= int(one.ok("get", "a").detail.split()[1]) <= 501


def test_a_repeat_is_known_by_a_server_that_had_to_learn_the_script(
        redis, one, other):
    """As after a failover."""
    def meanwhile():
        write(other)
        redis("SCRIPT", "FLUSH")

    one.proxy.interrupt(meanwhile)
    one.ok("save", "a")
    assert revision(one) == 3


def test_a_removal_is_known_by_a_server_that_had_to_learn_the_script(redis,
                                                                     one):
    assert one("take", "absent").status == "not found"
    one.proxy.interrupt(lambda: redis("SCRIPT", "FLUSH"))
    one.ok("take", "a")
    assert one("get", "a").status == "not found"


def test_a_first_write_is_known_beneath_others(one, other, redis):
    def meanwhile():
        other.ok("get", "b")
        other.ok("save", "b")

    one.proxy.interrupt(meanwhile)
    one.ok("create", "b", 60)
    assert int(one.ok("get", "b").detail.split()[0]) == 2


@pytest.fixture
def plain(redis, open_probe):
    """As `one`, without the right to scripts."""
    redis("ACL", "SETUSER", "web", "on", ">secret", "~*", "+@all",
          "-@scripting")
    with Interrupter(redis, words=(b"SET\r\n",)) as proxy:
        probe = open_probe(proxy.url.replace("://", "://web:secret@"))
        probe.proxy = proxy
        probe.ok("create", "a", 60)
        yield probe


def test_without_scripts_a_first_write_that_landed_is_known_again(plain):
    plain.proxy.interrupt(lambda: None)
    plain.ok("create", "b", 60)
    assert revision(plain) == 1
    plain.ok("take", "b")


def test_without_scripts_a_first_write_meets_anothers_as_a_conflict(plain,
                                                                    other):
    plain.proxy.interrupt(lambda: other.ok("create", "b", 60),
                          arrives=False)
    assert plain("create", "b", 60).status == "conflict"
    plain.proxy.interrupt(lambda: other.ok("remove", "a"))
    assert plain("save", "a").status == "not found"


# --- What replicas have to know

def hang(server):
    server.signal(signal.SIGSTOP)


@pytest.fixture(params=["take", "remove"])
def guarded(request, start, open_probe):
    """A store whose writes a replica has to confirm, with a session "a"; and
    the command that removes it."""
    kit = start(SentinelSet)
    with Interrupter(kit.nodes[0]) as proxy:
        probe = open_probe(proxy.url, "replicas=1", "timeout=2s")
        probe.ok("create", "a", 60)
        probe.proxy, probe.replica = proxy, kit.nodes[1]
        yield probe, request.param


def test_a_repeated_removal_counts_when_a_replica_knows_of_it(guarded):
    probe, remove = guarded
    probe.proxy.interrupt(lambda: None)
    probe.ok(remove, "a")
    until(lambda: probe.replica("EXISTS", row_key("a")) == 0)


def test_a_repeated_removal_that_no_replica_confirms_is_not_acknowledged(
        guarded):
    """A failover could bring the session back."""
    probe, remove = guarded
    probe.proxy.interrupt(lambda: hang(probe.replica))
    answer = probe(remove, "a")
    assert answer.status == "timeout" and "no replica" in answer.detail


def waits(server):
    """How often it was asked to wait for replicas."""
    stats = server("INFO", "commandstats").decode()
    return int(re.search(r"cmdstat_wait:calls=(\d+)", stats)[1])


@pytest.mark.parametrize("remove", ["take", "remove"])
def test_a_removal_that_found_nothing_finds_nothing_when_it_is_repeated(
        remove, start, open_probe):
    """What had ended before must not count as ended by this request."""
    kit = start(SentinelSet)
    primary, replica = kit.nodes
    probe = open_probe(primary.url, "replicas=1")
    assert probe(remove, "absent").status == "not found"
    hang(replica)
    primary("SET", "something", "new")
    before = waits(primary)
    probe.send(remove, "absent")
    until(lambda: waits(primary) >= before + 2)
    replica.signal(signal.SIGCONT)
    assert probe.answer().status == "not found"


@pytest.mark.parametrize("remove", ["take", "remove"])
def test_a_removal_that_found_nothing_is_repeated_when_its_connection_ends(
        remove, start, open_probe):
    """While replicas confirm it."""
    kit = start(SentinelSet)
    with Interrupter(kit.nodes[0], words=(b"WAIT",)) as proxy:
        probe = open_probe(proxy.url, "replicas=1")
        probe.ok("create", "a", 60)
        proxy.interrupt(lambda: None)
        assert probe(remove, "absent").status == "not found"
        proxy.interrupt(lambda: None)
        probe.ok(remove, "a")


class Watcher(Proxy):
    """Calls `before` when a first write by a plain command comes by."""

    before = None

    def interrupts(self, data, upstream):
        if b"NX\r\n" in data and self.before:
            before, self.before = self.before, None
            before()
        return False


def test_without_scripts_a_first_write_that_was_not_confirmed_in_time_is_known(
        start, open_probe):
    kit = start(SentinelSet)
    primary, replica = kit.nodes
    primary("ACL", "SETUSER", "web", "on", ">secret", "~*", "+@all",
            "-@scripting")
    with Watcher(primary) as proxy:
        probe = open_probe(proxy.url.replace("://", "://web:secret@"),
                           "replicas=1")
        probe.ok("create", "a", 60)
        proxy.before = lambda: hang(replica)
        before = waits(primary)
        probe.send("create", "b", 60)
        # The read before it is confirmed, too.
        until(lambda: waits(primary) >= before + 3)
        replica.signal(signal.SIGCONT)
        assert probe.answer().status == "ok"


# --- What is stored

def stored(redis):
    return redis("GET", row_key("a"))


def test_a_value_grows_by_the_tokens_of_eight_writes_at_most(redis, one):
    tokens = []
    for count in range(KEPT + 4):
        value = stored(redis)
        kept = tokens[:KEPT]
        assert value[16] == len(kept)
        assert value[17:17 + PIECE * len(kept)] == b"".join(kept)
        assert len(value) == 200 + PIECE * len(kept)
        assert one.ok("get", "a").detail.endswith(" 200")
        tokens.insert(0, value[:PIECE])
        one.ok("save", "a")


def test_a_value_without_tokens_of_earlier_writes_is_read_and_replaced(
        redis, probe):
    value = b"0123456789abcdef" + (7).to_bytes(8, "big") + b"body"
    redis("SET", row_key("a"), value, "PX", 60000)
    assert revision(probe) == 7
    probe.ok("save", "a")
    assert revision(probe) == 8
    assert stored(redis)[16:23] == b"\x01012345"


def test_a_value_that_is_shorter_than_it_says_is_no_session(redis, probe):
    value = b"0123456789abcdef" + (9 << 56 | 7).to_bytes(8, "big") + b"body"
    redis("SET", row_key("a"), value, "PX", 60000)
    answer = probe("get", "a")
    assert answer.status == "corrupt" and "shorter" in answer.detail
