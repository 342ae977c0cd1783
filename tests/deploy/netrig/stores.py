# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The stores, on machines of their own. Each has

    sessions      which file of the guide is for the nodes
    hosts         its machines
    environment   what the nodes' httpd has in its environment
"""

import os
import subprocess
import sys

from rig.wait import until

from netrig import guide
from netrig.net import inside

PASSWORD = "seven-umbrellas"
DYNAMODB = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "dynamodb")


class RedisServer:
    """redis-server, or redis-sentinel, by a file of the guide. It is asked
    through a socket, whatever happens to its machine's cable."""

    def __init__(self, host, program, text):
        self.host = host
        self.program = program
        self.folder = host.path(program)
        os.makedirs(self.folder)
        self.socket = os.path.join(self.folder, "socket")
        with open(os.path.join(self.folder, "redis.conf"), "w") as file:
            if program == "redis-server":
                text += "repl-diskless-sync-delay 0\n"     # no pause
            file.write(text + f"dir {self.folder}\n"
                       f"unixsocket {self.socket}\n")
        self.start()

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = self.host.launch(
                self.program, os.path.join(self.folder, "redis.conf"),
                stdout=log, stderr=log)
        until(lambda: self.ask("PING") == "PONG",
              f"{self.program} on {self.host.name} to answer")

    def ask(self, *words):
        """One command; answers what redis-cli prints."""
        return subprocess.run(
            ["redis-cli", "-s", self.socket, "--no-auth-warning", "-a",
             PASSWORD, *words], capture_output=True, text=True).stdout.strip()

    def info(self, field):
        for line in self.ask("INFO").splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return value
        return None

    def rows(self):
        return set(self.ask("--scan", "--pattern", "sst:s:*").split())

    def kill(self):
        self.process.kill()
        self.process.wait()


class Store:
    environment = {}

    def prepare(self, node):
        """What a node needs besides."""
        node.write("redis.pw", PASSWORD + "\n")
        os.chmod(node.etc("redis.pw"), 0o644)


class ClusterStore(Store):
    """Three primaries, each with a replica."""

    sessions = guide.ON_CLUSTER

    def __init__(self, network):
        text = guide.text(guide.CLUSTER)
        self.hosts = [network.host(f"redis{n}", 20 + n) for n in range(1, 7)]
        self.servers = [RedisServer(host, "redis-server", text)
                        for host in self.hosts]
        # What redis-cli --cluster create does, without its pauses.
        for number, server in enumerate(self.servers, 1):
            server.ask("CLUSTER", "SET-CONFIG-EPOCH", str(number))
        for server, (low, high) in zip(self.servers, (
                (0, 5460), (5461, 10922), (10923, 16383))):
            server.ask("CLUSTER", "ADDSLOTSRANGE", str(low), str(high))
        for server in self.servers[1:]:
            server.ask("CLUSTER", "MEET", self.hosts[0].address, "6379")
        until(lambda: all(server.ask("CLUSTER", "NODES").count(" connected")
                          == 6 for server in self.servers), "a joined cluster")
        for primary, replica in zip(self.servers, self.servers[3:]):
            replica.ask("CLUSTER", "REPLICATE", primary.ask("CLUSTER", "MYID"))
        until(self.is_whole, "a whole cluster")

    def is_whole(self):
        return (all("cluster_state:ok" in server.ask("CLUSTER", "INFO")
                    and server.info("master_link_status") in (None, "up")
                    for server in self.servers)
                and sum(server.info("role") == "slave"
                        for server in self.servers) == 3)

    def replicated(self, primary):
        """True when its replica has all that it has."""
        replica, = [server for server in self.servers if server.info(
            "master_host") == primary.host.address]
        return (replica.info("slave_repl_offset")
                == primary.info("master_repl_offset"))

    def primaries(self):
        return [server for server in self.servers
                if server.process.poll() is None
                and server.info("role") == "master"]


class SentinelStore(Store):
    """A primary, two replicas, and a sentinel beside each of them."""

    sessions = guide.ON_SENTINEL

    def __init__(self, network):
        text = guide.text(guide.REPLICATED)
        replica = guide.text(guide.REPLICA)
        watch = guide.text(guide.SENTINEL)
        self.hosts = [network.host(f"redis{n}", 20 + n) for n in range(1, 4)]
        self.servers = [RedisServer(host, "redis-server",
                                    text + (replica if number else ""))
                        for number, host in enumerate(self.hosts)]
        self.sentinels = [RedisServer(host, "redis-sentinel", watch)
                          for host in self.hosts]
        until(self.is_whole, "a whole set of sentinels")

    def state(self, sentinel):
        words = sentinel.ask("SENTINEL", "MASTER", "sessions").splitlines()
        return dict(zip(words[::2], words[1::2]))

    def is_whole(self):
        states = [self.state(sentinel) for sentinel in self.sentinels]
        return (all(state.get("num-other-sentinels") == "2"
                    and state.get("num-slaves") == "2"
                    and state.get("flags") == "master" for state in states)
                and len({state["ip"] for state in states}) == 1
                and sorted(str(server.info("role"))
                           for server in self.servers)
                == ["master", "slave", "slave"]
                and self.primary().info("connected_slaves") == "2")

    def join_again(self, server, sentinel):
        """Makes a replica of what was the primary, as the sentinels do about
        ten seconds later."""
        server.ask("REPLICAOF", self.primary(sentinel).host.address, "6379")
        until(self.is_whole, "the set to be whole again")

    def primary(self, sentinel=None):
        """The server that the sentinel names."""
        address = self.state(sentinel or self.sentinels[0])["ip"]
        return next(server for server in self.servers
                    if server.host.address == address)


class DynamoDBStore(Store):
    """DynamoDB Local, with the endpoint and the credentials in the nodes'
    environment."""

    sessions = guide.ON_DYNAMODB

    def __init__(self, network):
        sys.path.insert(0, DYNAMODB)
        try:
            from awsrig.local import DynamoDBLocal
        finally:
            sys.path.remove(DYNAMODB)
        host = network.host("dynamodb", 30)
        self.hosts = [host]
        with open(host.path("log"), "w") as log, inside(host.namespace):
            self.local = DynamoDBLocal(log)
            self.local.make_table("sessions")
        self.environment = {
            "AWS_ENDPOINT_URL_DYNAMODB":
                f"http://{host.address}:{self.local.port}",
            "AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "secret"}

    def prepare(self, node):
        """Nothing."""


STORES = {"cluster": ClusterStore, "sentinel": SentinelStore,
          "dynamodb": DynamoDBStore}
