# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Cables that are pulled out: what a server that cannot reach its store
answers, and what it does when it can again."""

import contextlib
import re
import time

import pytest

from rig.wait import until

from netrig import guide
from netrig.load import Load
from netrig.net import cut_off
from netrig.site import patient

# A request waits for the store a second, as the guide has it; and the machine
# that the tests run on may be busy.
DEADLINE_S = 1
BUSY_S = 10


def begin(site, count):
    visitors = [site.visitor() for _ in range(count)]
    for number, visitor in enumerate(visitors):
        answer = visitor.get(f"/probe/set?number={number}")
        assert answer.status == 200, answer
    return visitors


def status_at(node, visitor):
    """Of a page view there; never a page without the session."""
    answer = visitor.at(node).get("/probe/get")
    assert answer.status == 503 or "number" in answer.entries, answer
    if answer.status == 503:
        assert answer.get("Retry-After") == "5"
        assert answer.set_cookies == []
    return answer.status


def timed_status_at(node, visitor):
    began = time.monotonic()
    status = status_at(node, visitor)
    assert time.monotonic() - began < DEADLINE_S + BUSY_S
    return status


def serves_all(node, visitors):
    return all(status_at(node, visitor) == 200 for visitor in visitors)


def test_a_node_without_the_store_is_passed_over_and_comes_back(site):
    node, *others = site.nodes
    visitors = begin(site, 6)
    with site.impatient(node):
        generation = node.resumed()
        with Load(site) as load:
            with cut_off(node.host, *site.store.hosts):
                until(lambda: timed_status_at(node, visitors[0]) == 503,
                      "503 from the node without a store")
                for visitor in visitors:
                    assert timed_status_at(node, visitor) == 503
                # Who has no session does not notice.
                assert node.visitor().get("/probe/get").status == 200
                for other in others:
                    assert serves_all(other, visitors)
                load.go_on(20)
            until(lambda: serves_all(node, visitors),
                  "the node to find its store again")
            site.wait_until_balanced(site.nodes)
            load.go_on()
        assert node.resumed() == generation
    load.check()
    assert set(load.failures) <= {503}


@pytest.mark.on("sentinel")
def test_a_store_that_nobody_reaches_leaves_visitors_without_a_session_alone(
        site):
    """Though the balancer has taken every node for a failed one."""
    visitor, = begin(site, 1)
    with site.impatient(*site.nodes), contextlib.ExitStack() as cuts:
        for node in site.nodes:
            cuts.enter_context(cut_off(node.host, *site.store.hosts))
        for _ in range(3):
            until(lambda: visitor.get("/probe/get").status == 503,
                  "503 for a session")
            for _ in range(5):
                assert site.visitor().get("/probe/get").status == 200
        cuts.close()
        until(lambda: visitor.get("/probe/get").entries == {"number": "0"},
              "the session to be back")
        site.wait_until_balanced(site.nodes)


@pytest.mark.on("cluster")
def test_a_primary_out_of_one_node_s_reach_costs_its_sessions_there_alone(
        site):
    node, *others = site.nodes
    lost, *near = site.store.primaries()
    before = lost.rows()
    visitors = {True: [], False: []}
    while min(len(group) for group in visitors.values()) < 3:
        visitor, = begin(site, 1)
        rows = lost.rows()
        visitors[rows != before].append(visitor)
        before = rows
    with site.impatient(node):
        generation = node.resumed()
        assert serves_all(node, visitors[True] + visitors[False])
        with cut_off(node.host, lost.host):
            until(lambda: timed_status_at(node, visitors[True][0]) == 503,
                  "503 for a session that is out of reach")
            for _ in range(3):
                for visitor in visitors[True]:
                    assert timed_status_at(node, visitor) == 503
                assert serves_all(node, visitors[False])
            for other in others:
                assert serves_all(other, visitors[True] + visitors[False])
        until(lambda: serves_all(node, visitors[True]),
              "the node to reach them again")
        assert node.resumed() == generation


@pytest.mark.on("cluster")
def test_a_primary_of_the_cluster_dies_and_nobody_is_logged_out(site):
    """Who had been there for as long as replication takes."""
    victim = site.store.primaries()[0]
    with Load(site) as load:
        with load.held():
            until(lambda: site.store.replicated(victim),
                  "the replica to have everything")
            victim.kill()
        until(lambda: len(site.store.primaries()) == 3
              and all("cluster_state:ok" in server.ask("CLUSTER", "INFO")
                      for server in site.store.primaries()),
              "a replica to take over")
        load.go_on()
        victim.start()
        until(site.store.is_whole, "the cluster to be whole again")
        load.go_on()
    load.check()


@pytest.mark.on("sentinel")
def test_a_primary_cut_off_from_the_sentinels_is_replaced_and_nothing_is_lost(
        site):
    """The nodes still reach it, and the sentinel on its machine goes on naming
    it."""
    store = site.store
    before = store.primary()
    elsewhere = [server.host for server in store.servers
                 if server is not before]
    witness = next(sentinel for sentinel in store.sentinels
                   if sentinel.host is not before.host)
    with Load(site) as load:
        with cut_off(before.host, *elsewhere):
            until(lambda: store.primary(witness) is not before,
                  "another primary")
            load.go_on()
        until(store.is_whole, "the set to be whole again")
        load.go_on()
    load.check()


@pytest.mark.on("sentinel")
def test_a_sentinel_that_is_cut_off_with_the_primary_is_not_believed_alone(
        site):
    """Nodes that only read ask the others too: they see a logout."""
    store = site.store
    before = store.primary()
    elsewhere = [server.host for server in store.servers
                 if server is not before]
    witness = next(sentinel for sentinel in store.sentinels
                   if sentinel.host is not before.host)
    writer, *readers = site.nodes
    with listening_to(site, readers, before.host):
        visitors = begin(site, 3)
        tickets = [visitor.cookie_header() for visitor in visitors]
        for reader in readers:
            assert serves_all(reader, visitors)
        with cut_off(before.host, *elsewhere):
            until(lambda: store.primary(witness) is not before,
                  "another primary")
            for visitor in visitors:
                until(lambda: visitor.at(writer).get("/probe/del?number")
                      .status == 200, "the session to be ended")
            for reader in readers:
                for ticket in tickets:
                    until(lambda: reader.visitor().get(
                        "/probe/get", cookie=ticket).entries == {},
                        f"{reader.name} to see that the session has ended")
        store.join_again(before, witness)


@contextlib.contextmanager
def listening_to(site, nodes, host):
    """The sentinel on that machine is the first one that they are told of."""
    text = patient(guide.text(site.store.sessions))
    seeds = re.search(r"redis\+sentinel://([^/]*)/", text).group(1)
    assert host.address in seeds.split(",")
    others = [seed for seed in seeds.split(",") if seed != host.address]
    site.configure(nodes, text.replace(seeds, ",".join([host.address,
                                                        *others])))
    try:
        yield
    finally:
        site.configure(nodes, text)


@pytest.mark.on("sentinel")
def test_a_primary_under_sentinel_dies_and_no_acknowledged_write_with_it(
        site):
    victim = site.store.primary()
    witness = next(sentinel for sentinel in site.store.sentinels
                   if sentinel.host is not victim.host)
    with Load(site) as load:
        victim.kill()
        until(lambda: site.store.primary(witness) is not victim,
              "another primary")
        load.go_on()
        victim.start()
        site.store.join_again(victim, witness)
        load.go_on()
    load.check()
