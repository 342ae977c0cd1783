# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A cache in front of Redis: no round trip for what has not changed, and no
answer that another host has made old."""

import os
import subprocess
import time

import pytest

from rig.host import Host, figures, hold_copy, is_hit, wait_until_it_works
from rig.probe import row_key
from rig.proxy import Proxy
from rig.wait import until


def reads_of(redis):
    """How many records were read from the server, ever."""
    stats = redis.info("cmdstat_get")
    return int(stats.split(",")[0].removeprefix("calls=")) if stats else 0


@pytest.fixture
def host(redis, open_probe, tmp_path):
    return Host(open_probe, tmp_path, redis.url)


@pytest.fixture
def other(redis, open_probe, tmp_path):
    """A process of another host, with a cache of its own."""
    return Host(open_probe, tmp_path, redis.url).ready()


def test_an_unchanged_session_costs_no_command(host, redis):
    one, two = host.ready(), host.process()
    one.ok("create", "a", 600)
    hold_copy(one, "a")
    before = reads_of(redis)
    for _ in range(100):
        one.ok("get", "a")
        two.ok("get", "a")
    assert reads_of(redis) == before


def test_what_another_host_saved_is_seen(host, other):
    probe = host.ready()
    probe.ok("create", "a", 600)
    for revision in range(2, 12):
        hold_copy(probe, "a")
        other.ok("get", "a")
        other.ok("save", "a")
        until(lambda: probe.ok("get", "a").detail.startswith(f"{revision} "))


def test_what_another_host_touched_is_seen(host, other):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    other.ok("touch", "a", 6000)
    until(lambda: int(probe.ok("get", "a").detail.split()[1]) > 5000)


def test_what_another_host_removed_is_gone(host, other):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    other.ok("remove", "a")
    until(lambda: probe("get", "a").status == "not found")


@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB"])
def test_a_flushed_server_leaves_no_copy(command, host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    redis(command)
    until(lambda: probe("get", "a").status == "not found")


def test_a_record_that_expires_is_gone(host):
    probe = host.ready()
    probe.ok("create", "a", 2)
    hold_copy(probe, "a")
    until(lambda: probe("get", "a").status == "not found")


def test_a_change_by_this_host_counts_for_all_its_processes_at_once(host):
    """Without waiting for Redis to tell."""
    one, two = host.ready(), host.process()
    one.ok("create", "a", 600)
    for revision in range(2, 30):
        one.ok("get", "a")
        one.ok("save", "a")
        assert two.ok("get", "a").detail.startswith(f"{revision} ")
    one.ok("remove", "a")
    assert two("get", "a").status == "not found"


def test_a_removal_reaches_a_busy_host_at_once(host, redis, capsys):
    """How long after Redis has answered the DEL a copy is handed out."""
    probe = host.ready()
    probe.ok("load", 4, 1000)
    late_ms = []
    for number in range(200):
        name = f"removed-{number}"
        probe.ok("create", name, 600)
        probe.send("watch", name)
        # By now it is answered from a copy, again and again.
        time.sleep(0.02)
        with redis.connect() as client:
            client("DEL", row_key(name))
            removed = time.time()
        answer = probe.answer()
        assert answer.status == "not found"
        late_ms.append(max(0, int(answer.detail) / 1e6 - removed) * 1000)
    probe.halt()
    late_ms.sort()
    with capsys.disabled():
        print(f"\nremoved elsewhere, seen after: p50 {late_ms[99]:.2f} ms, "
              f"p99 {late_ms[197]:.2f} ms, last {late_ms[199]:.2f} ms")
    assert late_ms[197] < 1000


class SlowReader(Proxy):
    """Holds the replies to GET back, and no others."""

    def __init__(self, server):
        super().__init__(server)
        self.holds_reads = False
        self.held = 0

    def serve(self, peer):
        self.relay(peer)

    def relay(self, peer):
        import socket
        import threading
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        reads = []

        def up():
            try:
                while data := peer.recv(65536):
                    reads.append(b"$3\r\nGET\r\n" in data)
                    upstream.sendall(data)
                upstream.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        threading.Thread(target=up, daemon=True).start()
        while data := upstream.recv(65536):
            if self.holds_reads and reads and reads[-1]:
                self.held += 1
                while self.holds_reads:
                    time.sleep(0.005)
            peer.sendall(data)


def test_a_record_that_changes_while_it_is_read_is_not_kept(
        redis, open_probe, tmp_path):
    """The old record is on its way to us when another host removes it, and
    Redis' word of that overtakes it: it is answered, once, as it would be
    without a cache, and no copy of it stays."""
    with SlowReader(redis) as proxy:
        probe = Host(open_probe, tmp_path, proxy.url, "timeout=30s").ready()
        probe.ok("create", "a", 600)
        until(lambda: figures(probe)["evicted"] >= 3)
        proxy.holds_reads = True
        evicted = figures(probe)["evicted"]
        probe.send("get", "a")
        until(lambda: proxy.held == 1)
        redis("DEL", row_key("a"))
        board = Host(open_probe, tmp_path, proxy.url)
        board.words = [proxy.url, probe.process.args[-1]]
        witness = board.process()
        until(lambda: figures(witness)["evicted"] > evicted)
        proxy.holds_reads = False
        assert probe.answer().status == "ok"
        assert probe("get", "a").status == "not found"


def test_a_large_record_is_read_each_time(host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600, 5000)
    before = reads_of(redis)
    for _ in range(10):
        assert probe.ok("get", "a").detail.endswith(" 5000")
    assert reads_of(redis) == before + 10


def test_two_prefixes_do_not_see_each_other(redis, open_probe, tmp_path):
    one = Host(open_probe, tmp_path, redis.url, "prefix=one:").ready()
    one.ok("create", "a", 600)
    hold_copy(one, "a")
    dropped = figures(one)["evicted"]
    for number in range(20):
        redis("SET", f"two:s:{number:064x}", "x")
    redis("SET", "one:s:not-a-row", "x")
    redis("SET", row_key("a", "two:"), "x")
    assert is_hit(one, "a")
    assert figures(one)["evicted"] == dropped


def test_the_contract_holds_with_a_cache(redis):
    done = subprocess.run([os.environ["SST_CONTRACT"],
                           f"cached: {redis.url} timeout=10s "
                           "connect-timeout=10s"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ]" in done.stdout + done.stderr


def test_a_failover_by_sentinel_drops_all(sentinel_set, open_probe,
                                          tmp_path):
    probe = Host(open_probe, tmp_path, sentinel_set.url, "timeout=5s").ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    dropped = figures(probe)["dropped"]
    until(lambda: sentinel_set.nodes[1]("EXISTS", row_key("a")))
    sentinel_set.fail_over()
    until(lambda: figures(probe)["dropped"] > dropped)
    wait_until_it_works(probe)
    hold_copy(probe, "a")
    # Its replica may not have come back yet.
    sentinel_set.primary()("CONFIG", "SET", "min-replicas-to-write", "0")
    sentinel_set.primary()("DEL", row_key("a"))
    until(lambda: probe("get", "a").status == "not found")


def test_all_primaries_of_a_cluster_are_watched_while_slots_move(
        cluster, open_probe, tmp_path):
    host = Host(open_probe, tmp_path, cluster.url, "timeout=10s")
    probe = host.ready()
    assert figures(probe)["servers"] == 3
    names = [f"session-{number}" for number in range(40)]
    for name in names:
        probe.ok("create", name, 600)
        hold_copy(probe, name)
    giver, taker = cluster.primaries()[:2]
    cluster.run("reshard", f"127.0.0.1:{giver.port}",
                "--cluster-from", giver("CLUSTER", "MYID").decode(),
                "--cluster-to", taker("CLUSTER", "MYID").decode(),
                "--cluster-slots", 2000)
    wait_until_it_works(probe)
    other = open_probe(cluster.url, "timeout=10s")
    for name in names:
        hold_copy(probe, name)
        other.ok("get", name)
        other.ok("remove", name)
        until(lambda: probe("get", name).status == "not found")
