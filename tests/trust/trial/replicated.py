# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Redis with Sentinel, and a cluster, as docs/deployment.md sets them up: on
machines of their own, as is httpd, so that each way between two of them can be
cut."""

import os

from rig.wait import until

from netrig.net import Network, cut_off
from netrig.run import Run
from netrig.stores import PASSWORD, ClusterStore, SentinelStore

from .faults import pause, pause_until
from .model import Guarded
from .stores import OnRedis

# Sooner than in the guide, so that tests wait less.
DOWN_MS = "2000"


class OnMachines(OnRedis):
    model = Guarded
    process = None

    def __init__(self, kit):
        self.run = Run()
        self.network = Network(self.run, "trust")
        self.web = self.network.host("www", 11)
        self.kit = kit(self.network)

    def prepare(self, server):
        path = server.path("redis.pw")
        with open(path, "w") as file:
            file.write(PASSWORD + "\n")
        os.chmod(path, 0o644)

    def remove(self):
        self.network.remove()
        self.run.remove()

    def addresses(self):
        return ",".join(host.address for host in self.kit.hosts[:3])


class OnSentinel(OnMachines):
    """Three servers, of which a write waits for two."""

    def __init__(self):
        super().__init__(SentinelStore)
        for sentinel in self.kit.sentinels:
            sentinel.ask("SENTINEL", "SET", "sessions",
                         "down-after-milliseconds", DOWN_MS)

    def words(self, timeout):
        return (f"redis+sentinel://{self.addresses()}/sessions"
                f" password-file=@ROOT@/redis.pw timeout={timeout}")


class OnCluster(OnMachines):
    """Three primaries with a replica each, which a write waits for."""

    def __init__(self):
        super().__init__(ClusterStore)
        for server in self.kit.servers:
            server.ask("CONFIG", "SET", "cluster-node-timeout", DOWN_MS)

    def words(self, timeout):
        return (f"redis+cluster://{self.addresses()} replicas=1"
                f" password-file=@ROOT@/redis.pw timeout={timeout}")


# --- What happens to Sentinel's servers --------------------------------------

def another_primary(site, before):
    """The server that took over, as a sentinel elsewhere has it."""
    kit = site.store.kit
    witness = next(sentinel for sentinel in kit.sentinels
                   if sentinel.host is not before.host)
    until(lambda: kit.primary(witness) is not before, "another primary")
    return witness


def lose_primary(site, end):
    """It is killed, and comes back as a replica."""
    kit = site.store.kit
    before = kit.primary()
    with site.failover():
        before.kill()
        witness = another_primary(site, before)
        before.start()
        kit.join_again(before, witness)


def isolate_primary(site, end):
    """It is cut off from the other servers, though not from httpd."""
    kit = site.store.kit
    before = kit.primary()
    with site.failover():
        with cut_off(before.host, *(server.host for server in kit.servers
                                    if server is not before)):
            witness = another_primary(site, before)
            pause(1.5, 2.5)
        kit.join_again(before, witness)


def part_from_primary(site, end):
    """It is cut off from everybody."""
    kit = site.store.kit
    before = kit.primary()
    with site.failover():
        with cut_off(before.host, site.store.web,
                     *(server.host for server in kit.servers
                       if server is not before)):
            witness = another_primary(site, before)
        kit.join_again(before, witness)


# --- What happens to a cluster's ----------------------------------------------

def kill_one(site, end):
    """A primary is killed, and comes back as a replica."""
    kit = site.store.kit
    before = kit.primaries()[0]
    with site.failover():
        before.kill()
        until(lambda: len(kit.primaries()) == 3
              and all("cluster_state:ok" in server.ask("CLUSTER", "INFO")
                      for server in kit.primaries()), "a replica to take over")
        before.start()
        until(kit.is_whole, "the cluster to be whole again")


def move_slots(site, end):
    """From one primary to another, and back."""
    first, second, _ = site.store.kit.primaries()
    for source, target in ((first, second), (second, first)):
        done = source.host.run(
            "redis-cli", "--no-auth-warning", "-a", PASSWORD, "--cluster",
            "reshard", "127.0.0.1:6379", "--cluster-from",
            source.ask("CLUSTER", "MYID"), "--cluster-to",
            target.ask("CLUSTER", "MYID"), "--cluster-slots", "1500",
            "--cluster-yes")
        assert done.returncode == 0, done.stdout + done.stderr


def cut_off_one(site, end):
    """A primary is out of httpd's reach; the others see it."""
    with cut_off(site.store.web, site.store.kit.primaries()[0].host):
        pause_until(end)
