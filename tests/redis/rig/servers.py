# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Redis servers: one, with replicas under Sentinel, and a cluster."""

import contextlib
import os
import signal
import subprocess
import tempfile

from rig.resp import Refused, Resp
from rig.wait import free_port, until


class Server:
    """A redis-server in a folder of its own. Tests steer it through a Unix
    socket, whatever else it listens to."""

    program = ("redis-server",)

    def __init__(self, *arguments, port=None, tls=None, password=None):
        self.folder = tempfile.mkdtemp(prefix="sst-redis-")
        self.socket = f"{self.folder}/socket"
        self.port = port or free_port()
        self.password = password
        self.arguments = ["--dir", self.folder, "--bind", "127.0.0.1",
                          "--unixsocket", self.socket, "--unixsocketperm",
                          "700", "--save", "", "--loglevel", "notice",
                          "--logfile", f"{self.folder}/log"]
        if tls:
            self.arguments += ["--port", "0", "--tls-port", str(self.port)]
            self.arguments += list(tls)
        else:
            self.arguments += ["--port", str(self.port)]
        self.arguments += [str(argument) for argument in arguments]
        self.process = None
        self.start()

    def command_line(self):
        return [*self.program, *self.arguments]

    def launch(self):
        self.process = subprocess.Popen(self.command_line(),
                                        cwd=self.folder,
                                        stdout=subprocess.DEVNULL)

    def start(self):
        self.launch()
        until(self.answers, what="the start of redis-server")

    def connect(self):
        client = Resp(self.socket)
        if self.password:
            client("AUTH", self.password)
        return client

    def __call__(self, *words):
        """One command, as an administrator."""
        with self.connect() as client:
            return client(*words)

    def answers(self):
        assert self.process.poll() is None, open(f"{self.folder}/log").read()
        try:
            return self("PING") == b"PONG"
        except (OSError, Refused):
            return False

    def signal(self, number):
        os.kill(self.process.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()

    def info(self, field):
        for line in self("INFO", "everything").decode().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return value
        return None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"


def tls_arguments(authority, pair, clients="no"):
    return ("--tls-cert-file", pair[0], "--tls-key-file", pair[1],
            "--tls-ca-cert-file", authority.file,
            "--tls-auth-clients", clients)


class SentinelServer(Server):
    """One redis-sentinel."""

    def __init__(self, primary, quorum, password=None):
        self.primary = primary
        self.quorum = quorum
        super().__init__(password=password)

    def command_line(self):
        path = f"{self.folder}/sentinel.conf"
        if not os.path.exists(path):
            with open(path, "w") as file:
                file.write(
                    f"port {self.port}\nbind 127.0.0.1\n"
                    f"dir {self.folder}\nunixsocket {self.socket}\n"
                    f"logfile {self.folder}/log\n"
                    "sentinel monitor main 127.0.0.1 "
                    f"{self.primary.port} {self.quorum}\n"
                    "sentinel down-after-milliseconds main 1000\n"
                    "sentinel failover-timeout main 5000\n"
                    "sentinel parallel-syncs main 1\n")
                if self.primary.password:
                    file.write("sentinel auth-pass main "
                               f"{self.primary.password}\n")
                if self.password:
                    file.write(f"requirepass {self.password}\n"
                               f"sentinel sentinel-pass {self.password}\n")
        return ["redis-sentinel", path]


class SentinelSet:
    """A primary with replicas, and three sentinels."""

    def __init__(self, *arguments, replicas=1, sentinel_password=None):
        arguments = ("--repl-diskless-sync-delay", "0",
                     "--repl-ping-replica-period", "1", *arguments)
        primary = Server(*arguments)
        self.nodes = [primary] + [
            Server("--replicaof", f"127.0.0.1 {primary.port}", *arguments)
            for _ in range(replicas)]
        self.sentinels = [SentinelServer(primary, 2, sentinel_password)
                          for _ in range(3)]
        until(self.is_complete, what="a complete set of sentinels")

    def is_complete(self):
        for sentinel in self.sentinels:
            state = sentinel("SENTINEL", "MASTER", "main")
            state = dict(zip(state[::2], state[1::2]))
            if (int(state[b"num-other-sentinels"]) != 2
                    or int(state[b"num-slaves"]) != len(self.nodes) - 1):
                return False
        return all(node.info("master_link_status") == "up"
                   for node in self.nodes[1:])

    def is_settled(self):
        """No failover is under way, and another may begin."""
        for sentinel in self.sentinels:
            state = sentinel("SENTINEL", "MASTER", "main")
            state = dict(zip(state[::2], state[1::2]))
            if state[b"flags"] != b"master":
                return False
        return True

    def fail_over(self):
        """Asks for a failover until there is another primary; answers the one
        that it was. It is refused while one is under way, or while a sentinel
        has not heard of the replica just now."""
        before = self.primary()

        def is_over():
            if self.primary() is before:
                with contextlib.suppress(Refused):
                    self.sentinels[0]("SENTINEL", "FAILOVER", "main")
            return self.primary() is not before

        until(is_over, what="a failover")
        return before

    def primary(self):
        host, port = self.sentinels[0]("SENTINEL", "get-master-addr-by-name",
                                       "main")
        return next(node for node in self.nodes if node.port == int(port))

    @property
    def url(self):
        hosts = ",".join(f"127.0.0.1:{sentinel.port}"
                         for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/main"

    def stop(self):
        for server in self.sentinels + self.nodes:
            server.stop()


class Cluster:
    """Three primaries, each with a replica."""

    def __init__(self, tls=None, node_timeout_ms=1500):
        self.cli = []
        self.nodes = [Server("--cluster-enabled", "yes",
                             "--cluster-node-timeout", node_timeout_ms,
                             "--repl-ping-replica-period", "1",
                             "--repl-diskless-sync-delay", "0",
                             *(("--tls-cluster", "yes", "--tls-replication",
                                "yes") if tls else ()), tls=tls)
                      for _ in range(6)]
        if tls:
            self.cli = ["--tls", "--cacert", tls[5]]
        self.join()
        until(self.is_complete, what="a complete cluster")

    def join(self):
        """What redis-cli --cluster create does, without its pauses."""
        first, *others = self.nodes
        for number, node in enumerate(self.nodes):
            node("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for number, (low, high) in enumerate(((0, 5461), (5462, 10922),
                                              (10923, 16383))):
            self.nodes[number]("CLUSTER", "ADDSLOTSRANGE", low, high)
        for node in others:
            node("CLUSTER", "MEET", "127.0.0.1", first.port)
        until(lambda: all(node("CLUSTER", "NODES").count(b" connected") == 6
                          for node in self.nodes), what="a joined cluster")
        for number, node in enumerate(self.nodes[3:]):
            node("CLUSTER", "REPLICATE",
                 self.nodes[number]("CLUSTER", "MYID"))

    def run(self, verb, *arguments):
        subprocess.run(["redis-cli", *self.cli, "--cluster", verb,
                        *[str(argument) for argument in arguments],
                        "--cluster-yes"], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)

    def is_complete(self):
        """Each node sees all slots served, and three linked replicas."""
        for node in self.nodes:
            state = node("CLUSTER", "INFO")
            if (b"cluster_state:ok" not in state
                    or b"cluster_slots_ok:16384" not in state):
                return False
        slots = self.nodes[0]("CLUSTER", "SLOTS")
        return (all(len(entry) > 3 for entry in slots)
                and all(node.info("master_link_status") in (None, "up")
                        for node in self.nodes))

    def primaries(self):
        return [node for node in self.nodes
                if node.process.poll() is None
                and node.info("role") == "master"
                and self.slots_of(node) > 0]

    def slots_of(self, node):
        own = node("CLUSTER", "MYID")
        return sum(entry[1] - entry[0] + 1
                   for entry in node("CLUSTER", "SLOTS")
                   if entry[2][2] == own)

    @property
    def url(self):
        return "redis+cluster://" + ",".join(
            f"127.0.0.1:{node.port}" for node in self.nodes[:3])

    def stop(self):
        for node in self.nodes:
            node.stop()
