# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Servers that come, go, are restarted and die, while visitors write."""

import pytest

from netrig.load import Load


def test_a_rolling_restart_is_noticed_by_nobody(site):
    """Each node out of turn, stopped, started, and in turn again."""
    with Load(site) as load:
        for node in site.nodes:
            site.take_out(node)
            node.stop()
            node.start()
            site.put_back(node)
            load.go_on()
    load.check()
    assert load.failures == []


@pytest.mark.on("cluster")
def test_a_reload_of_all_nodes_at_once_logs_nobody_out(site):
    """Without taking them out of turn: an answer may be lost with the
    connection that a child closes, a session is not."""
    with Load(site) as load:
        for node in site.nodes:
            node.graceful()
        load.go_on(10)
    load.check()


@pytest.mark.on("cluster")
def test_nodes_are_added_and_removed_and_nobody_is_logged_out(site):
    names = [node.name for node in site.nodes]
    with Load(site) as load:
        fourth = site.add_node()
        site.balancer.members([*names, fourth.name])
        site.balancer.graceful()
        site.wait_until_balanced([fourth])
        load.go_on()
        site.balancer.members(names[1:] + [fourth.name])
        site.balancer.graceful()
        load.go_on()
        site.nodes[0].stop()
        load.go_on()
        site.nodes[0].start()
        site.balancer.members(names)
        site.balancer.graceful()
        site.wait_until_balanced(site.nodes[:3])
        assert fourth.requests("/probe/get") > 0
        site.remove_node(fourth)
        load.go_on()
    load.check()
    assert load.failures == []


@pytest.mark.on("cluster")
def test_a_node_that_dies_takes_no_session_along(site):
    node = site.nodes[1]
    with Load(site) as load:
        node.kill()
        load.go_on(20)
        node.start()
        site.wait_until_balanced([node])
        load.go_on()
    load.check()
