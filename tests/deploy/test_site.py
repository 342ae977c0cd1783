# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A site of several servers, as a visitor sees it: one."""

from rig.aside import Aside
from rig.members import COOKIE, as_cookie, logged_in, who


def test_a_session_visits_every_node_and_is_the_same(site):
    visitor = site.visitor()
    for number, node in enumerate(site.nodes):
        answer = visitor.at(node).get(f"/probe/set?e{number}={node.name}")
        assert answer.status == 200, answer
        seen = {f"e{n}": site.nodes[n].name for n in range(number + 1)}
        for other in [*site.nodes, site.balancer]:
            assert visitor.at(other).get("/probe/get").entries == seen


def test_the_balancer_sends_a_session_to_every_node(site):
    visitor = logged_in(site.visitor(), "alice")
    before = [node.requests("/private/probe/user") for node in site.nodes]
    for _ in range(3 * len(site.nodes)):
        assert who(visitor) == "alice"
    assert all(node.requests("/private/probe/user") > count
               for node, count in zip(site.nodes, before))


def test_a_logout_on_one_node_counts_on_all_at_once(site):
    for node in site.nodes:
        visitor = logged_in(site.visitor(), "alice")
        ticket = as_cookie(visitor.jar[COOKIE])
        assert [who(visitor.at(other)) for other in site.nodes] == [
            "alice"] * len(site.nodes)
        assert visitor.at(node).get("/logout").status == 307
        assert [who(visitor.at(other), cookie=ticket)
                for other in site.nodes] == [None] * len(site.nodes)


def test_changes_on_all_nodes_at_once_are_merged(site):
    visitor = site.visitor()
    assert visitor.get("/probe/set?begun=1").status == 200

    def write(node):
        writer = visitor.twin().at(node)
        for number in range(10):
            answer = writer.get(f"/probe/set?{node.name}-{number}=1")
            assert answer.status == 200, answer

    for writing in [Aside(write, node) for node in site.nodes]:
        writing.result()
    wanted = {f"{node.name}-{number}" for node in site.nodes
              for number in range(10)} | {"begun"}
    for node in site.nodes:
        assert set(visitor.at(node).get("/probe/get").entries) == wanted
