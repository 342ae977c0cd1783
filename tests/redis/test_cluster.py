# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A cluster whose slots move and whose nodes die."""

import time

import pytest

from rig.probe import row_key
from rig.proxy import Estranged
from rig.wait import BUSY_S, until


def test_all_slots_of_a_node_move_under_load_without_an_error(cluster,
                                                              open_probe):
    probe = open_probe(cluster.url)
    for number in range(300):
        probe.ok("create", f"session-{number}", 600)
    probe.ok("load", 8, 500)
    giver, taker = cluster.primaries()[:2]
    count = cluster.slots_of(giver)
    cluster.run("reshard", f"127.0.0.1:{giver.port}",
                "--cluster-from", giver("CLUSTER", "MYID").decode(),
                "--cluster-to", taker("CLUSTER", "MYID").decode(),
                "--cluster-slots", count, "--cluster-pipeline", 10)
    until(lambda: cluster.slots_of(taker) == 2 * count
          or cluster.slots_of(taker) >= 10922)
    counted = probe.halt()
    assert probe.events == []
    assert counted["failures"] == counted["conflicts"] == 0
    assert counted["lost"] == counted["logouts"] == 0
    for number in range(300):
        probe.ok("save", f"session-{number}")
    # A node may still take the giver, a replica by now, for a primary: a scan
    # then shows what moves twice, until the nodes agree.
    until(lambda: probe.ok("scan").detail == "308",
          what="a scan of each record once")


@pytest.mark.parametrize("replicas", [0, 1])
def test_a_slot_that_stays_half_moved_is_served(cluster, open_probe,
                                                replicas):
    """Keys that have gone are asked for at the taker (ASK), others not."""
    probe = open_probe(cluster.url, f"replicas={replicas}")
    probe.ok("create", "a", 600)
    key = row_key("a")
    slot = cluster.nodes[0]("CLUSTER", "KEYSLOT", key)
    giver = next(node for node in cluster.primaries()
                 if key in [found.decode() for found in node("KEYS", "*")])
    taker = next(node for node in cluster.primaries() if node is not giver)
    taker("CLUSTER", "SETSLOT", slot, "IMPORTING", giver("CLUSTER", "MYID"))
    giver("CLUSTER", "SETSLOT", slot, "MIGRATING", taker("CLUSTER", "MYID"))
    probe.ok("get", "a")
    probe.ok("save", "a")
    probe.ok("get", "a", 9)
    assert probe("create", "a", 600).status == "conflict"
    giver("MIGRATE", "127.0.0.1", taker.port, key, 0, 2000)
    probe.ok("get", "a")
    probe.ok("save", "a")
    assert probe.ok("get", "a", 9).detail.startswith("3 ")
    assert probe("create", "a", 600).status == "conflict"
    probe.ok("touch", "a", 700)
    probe.ok("take", "a")
    assert probe("get", "a").status == "not found"
    assert probe("take", "a").status == "not found"
    probe.ok("create", "a", 600)


def test_replicas_confirm_what_is_not_there_in_each_slot(cluster,
                                                         open_probe):
    probe = open_probe(cluster.url, "replicas=1")
    for number in range(30):
        for command in ("get", "remove", "take"):
            assert probe(command, f"gone-{number}").status == "not found"
    assert all(node("DBSIZE") == 0 for node in cluster.primaries())


def test_a_primary_that_dies_is_replaced(cluster, open_probe):
    probe = open_probe(cluster.url, "timeout=1s")
    probe.ok("load", 8, 1000)
    until(lambda: sum(node("DBSIZE") for node in cluster.nodes) >= 16)
    victim = cluster.primaries()[0]
    victim.kill()
    killed = time.time()
    others = [node for node in cluster.nodes if node is not victim]

    def elected():
        return all(b"cluster_state:ok" in node("CLUSTER", "INFO")
                   for node in others) and len(cluster.primaries()) == 3

    until(lambda: probe.errors_since(killed))
    until(elected)
    up = time.time()
    until(lambda: not probe.errors_since(time.time() - 1))
    counted = probe.halt()
    assert max(event.start_s for event in probe.events) < up + BUSY_S
    assert counted["logouts"] == 0
    assert all(event.status in ("unavailable", "timeout")
               for event in probe.events if event.operation != "lost"
               and event.status != "conflict")
    assert max(event.took_s for event in probe.events) < 1 + BUSY_S


def test_a_primary_that_was_cut_off_and_replaced_does_not_stay_the_guide(
        cluster, open_probe):
    """It still answers httpd, and would name itself for its slots for ever."""
    victim = cluster.primaries()[0]
    probe = open_probe(f"redis+cluster://127.0.0.1:{victim.port}")
    names = [f"session-{number}" for number in range(30)]
    for name in names:
        probe.ok("create", name, 600)
    slots = victim("CLUSTER", "SLOTS")
    replica = next(node for node in cluster.nodes
                   if node.info("master_port") == str(victim.port))
    until(lambda: replica("DBSIZE") == victim("DBSIZE"))
    victim.kill()
    with Estranged(victim.port, slots) as estranged:
        until(lambda: replica.info("role") == "master"
              and b"cluster_state:ok" in replica("CLUSTER", "INFO"))
        for name in names:
            probe.ok("get", name)
        other = open_probe(f"redis+cluster://127.0.0.1:{victim.port},"
                           f"127.0.0.1:{replica.port}")
        for name in names:
            other.ok("get", name)
        told = estranged.told
        for name in names:
            probe.ok("save", name)
            other.ok("get", name)
        assert estranged.told == told


def test_seeds_that_are_gone_are_passed_over(cluster, open_probe):
    url = cluster.url
    replicas = [node for node in cluster.nodes
                if node.info("role") == "slave"]
    dead = replicas[0]
    dead.kill()
    probe = open_probe(f"redis+cluster://127.0.0.1:{dead.port},"
                       + url.partition("://")[2])
    probe.ok("create", "a", 60)


def test_one_node_of_a_cluster_says_what_to_use(cluster, open_probe):
    probe = open_probe(cluster.nodes[0].url)
    assert any("redis+cluster://" in notice for notice in probe.notices)
    details = {probe("get", name).detail for name in "abcdefgh"}
    assert any("redis+cluster://" in detail for detail in details)


def test_a_redis_that_is_no_cluster_says_so(redis, open_probe):
    probe = open_probe(f"redis+cluster://127.0.0.1:{redis.port}")
    answer = probe("get", "a")
    assert answer.status == "unavailable"
    assert "no cluster" in answer.detail
