# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Nodes whose clocks are up to half a minute apart. How much time has passed is
told to their clocks, so that nobody has to wait; Redis has its own."""

import pytest

from rig.aside import Aside

AHEAD_S = (0, 30, 15)
APART_S = 30
IDLE_S = 1000
TOUCH_S = 400
ABSOLUTE_S = 3600
BUSY_S = 200        # what the test itself may take
TIMES = f"""\
<Location /probe>
    SessionStoreTimeout idle={IDLE_S}s absolute={ABSOLUTE_S}s touch={TOUCH_S}s
</Location>
"""


@pytest.fixture(scope="module")
def apart(site):
    """The site, with such clocks for these tests."""
    for node, ahead_s in zip(site.nodes, AHEAD_S):
        node.write("conf-enabled/times.conf", TIMES)
        node.clock_ahead(ahead_s)
        node.restart()
    yield site
    for node in site.nodes:
        node.write("conf-enabled/times.conf", "")
        node.clock_file = None
        node.restart()
    site.wait_until_balanced(site.nodes)


@pytest.fixture
def pass_time(apart):
    def pass_to(seconds):
        for node in apart.nodes:
            node.pass_time(seconds)

    yield pass_to
    pass_to(0)


def pairs(site):
    """Sessions that are begun at one node and looked at from another one:
    [(visitor, node to look from)]"""
    found = []
    for here in site.nodes:
        for there in site.nodes:
            visitor = here.visitor()
            assert visitor.get("/probe/set?here=1").status == 200
            found.append((visitor, there))
    return found


def alive(visitor, node):
    answer = visitor.at(node).get("/probe/get")
    assert answer.status == 200, answer
    return answer.entries == {"here": "1"}


@pytest.mark.on("cluster", "dynamodb")
def test_changes_at_once_are_merged_whatever_the_clocks_say(apart):
    visitor = apart.nodes[1].visitor()
    assert visitor.get("/probe/set?begun=1").status == 200

    def write(node):
        writer = visitor.twin().at(node)
        for number in range(10):
            answer = writer.get(f"/probe/set?{node.name}-{number}=1")
            assert answer.status == 200, answer

    for writing in [Aside(write, node) for node in apart.nodes]:
        writing.result()
    wanted = {f"{node.name}-{number}" for node in apart.nodes
              for number in range(10)} | {"begun"}
    for node in apart.nodes:
        assert set(visitor.at(node).get("/probe/get").entries) == wanted


@pytest.mark.on("dynamodb")
def test_an_idle_session_ends_after_its_time_and_half_a_minute_at_most(
        apart, pass_time):
    """As touch is longer than the clocks are apart, never before it."""
    used, unused = pairs(apart), pairs(apart)
    pass_time(IDLE_S)
    assert all(alive(*pair) for pair in used)
    pass_time(IDLE_S + TOUCH_S + APART_S + 1)
    assert not any(alive(*pair) for pair in unused)
    assert all(alive(*pair) for pair in used)


@pytest.mark.on("cluster")
def test_redis_ends_an_idle_session_by_its_own_clock(apart):
    def ttls():
        return {key: int(server.ask("PTTL", key)) / 1000
                for server in apart.store.primaries()
                for key in server.rows()}

    before = set(ttls())
    pairs(apart)
    ends = [ttl for key, ttl in ttls().items() if key not in before]
    assert len(ends) == len(apart.nodes) ** 2
    assert all(IDLE_S + TOUCH_S - BUSY_S < ttl <= IDLE_S + TOUCH_S
               for ttl in ends)


@pytest.mark.on("cluster", "dynamodb")
def test_the_absolute_end_comes_half_a_minute_early_or_late_at_most(
        apart, pass_time):
    sessions = pairs(apart)
    for passed_s in (IDLE_S, 2 * IDLE_S, 3 * IDLE_S,
                     ABSOLUTE_S - APART_S - BUSY_S):
        pass_time(passed_s)
        assert all(alive(*pair) for pair in sessions)
    pass_time(ABSOLUTE_S + APART_S + 1)
    assert not any(alive(*pair) for pair in sessions)
