# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Stores that are known by a name, behind which there are two servers: the
first one goes, and the name leads to the second, as with a managed service."""

from rig.redis import Redis
from rig.wait import until

from . import wire
from .model import Replicated
from .names import DOMAIN, Names, own_address
from .stores import OnDynamoDB, OnRedis
from .wire import Wire

NAME = "store"


class At(Redis):
    """At an address of its own; the port may be that of another one."""

    def __init__(self, address, *arguments, port=None):
        self.address = address
        if port:
            arguments += ("--port", str(port))
        super().__init__("--bind", address, *arguments)
        self.port = port or self.port


class Named:
    """What both have in common: `use` leads the name to another server."""

    def __init__(self, options=""):
        self.names = Names(options)
        self.first, self.second = own_address(), own_address()
        self.use(self.first)

    def use(self, address):
        self.names.point(NAME, address)

    @property
    def host(self):
        return f"{NAME}.{DOMAIN}"


class OnNamedRedis(Named, OnRedis):
    """A primary with a replica, which nothing waits for."""

    model = Replicated

    def __init__(self, options=""):
        Named.__init__(self, options)
        self.redis = At(self.first)
        self.replica = At(self.second, "--replicaof",
                          f"{self.first} {self.redis.port}",
                          port=self.redis.port)
        until(lambda: "master_link_status:up" in self.replication(),
              "a replica")

    def replication(self):
        return self.replica.ask("INFO", "replication")

    def words(self, timeout):
        return f"redis://{self.host}:{self.redis.port} timeout={timeout}"

    def wait_for_copies(self):
        """Until the replica has all that the primary has."""
        def offset(server, field):
            info = dict(line.split(":") for line in server.ask(
                "INFO", "replication").split() if ":" in line)
            return info[field]

        until(lambda: offset(self.redis, "master_repl_offset")
              == offset(self.replica, "slave_repl_offset"),
              "the replica to have everything")

    def fail_over(self, goes):
        """`goes` is what becomes of the first server: killed, or hanging."""
        {"killed": self.redis.kill, "hanging": self.redis.hang}[goes]()
        self.replica.ask("REPLICAOF", "NO", "ONE")
        self.use(self.second)

    def remove(self):
        self.names.close()
        self.redis.remove()
        self.replica.remove()


class OnNamedDynamoDB(Named, OnDynamoDB):
    """One table, and two ways to it."""

    def __init__(self, options=""):
        OnDynamoDB.__init__(self)
        Named.__init__(self, options)
        self.wire.close()
        self.wire = Wire(self.local.port, self.first)
        self.other = Wire(self.local.port, self.second, self.wire.port)

    def words(self, timeout):
        return super().words(timeout).replace("//127.0.0.1:",
                                              f"//{self.host}:")

    def wait_for_copies(self):
        pass

    def fail_over(self, goes):
        self.wire.set({"killed": wire.REFUSE, "hanging": wire.HOLD}[goes])
        self.use(self.second)

    def remove(self):
        self.names.close()
        self.other.close()
        super().remove()


NAMED = {"redis": OnNamedRedis, "dynamodb": OnNamedDynamoDB}
