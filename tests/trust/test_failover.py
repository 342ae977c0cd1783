# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Redis with Sentinel, and a cluster, while visitors are at work: primaries
that are killed or cut off, slots that move. What was acknowledged has to be
there after a failover: replicas confirm each write (docs/redis.md)."""

import pytest

from netrig.net import inside

from trial import replicated
from trial.faults import PERHAPS, SURELY, Fault
from trial.ordeal import undergo
from trial.sites import RESTARTS, TROUBLE, Site

SPAN_S = 3


def site_on(store):
    """This thread, and all that it starts, is where httpd is."""
    with inside(store.web.namespace):
        site = Site(store, "1s")
        yield site
        site.server.stop()
    site.close(check=False)


def undergo_on(site, kind, what, record_property):
    site.server.log.allow(RESTARTS + "|" + TROUBLE)
    undergo(site, what, SPAN_S, (kind, what.name), record_property)
    site.server.log.check()


@pytest.fixture(scope="module")
def sentinel():
    yield from site_on(replicated.OnSentinel())


@pytest.fixture(scope="module")
def cluster():
    yield from site_on(replicated.OnCluster())


def fault(name, hurts, run):
    return pytest.param(Fault(name, (), hurts, (503,), run), id=name)


@pytest.mark.xdist_group("sentinel")
@pytest.mark.parametrize("what", [
    fault("the primary is killed", SURELY, replicated.lose_primary),
    fault("the primary is cut off from replicas and sentinels", PERHAPS,
          replicated.isolate_primary),
    fault("the primary is cut off from everybody", SURELY,
          replicated.part_from_primary)])
def test_what_a_replica_confirmed_outlives_the_primary(what, sentinel,
                                                       record_property):
    undergo_on(sentinel, "redis+sentinel", what, record_property)


@pytest.mark.xdist_group("cluster")
@pytest.mark.parametrize("what", [
    fault("a primary is killed", SURELY, replicated.kill_one),
    fault("slots move, and back", PERHAPS, replicated.move_slots),
    fault("a primary is out of httpd's reach", SURELY,
          replicated.cut_off_one)])
def test_a_cluster_keeps_what_a_replica_confirmed(what, cluster,
                                                  record_property):
    undergo_on(cluster, "redis+cluster", what, record_property)
