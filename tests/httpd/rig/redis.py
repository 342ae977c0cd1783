# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A private Redis server, which writes to its disk before it answers."""

import os
import shutil
import signal
import subprocess
import tempfile

from rig.ports import free_port
from rig.wait import until


def tls_arguments(port, folder):
    """For a server that speaks TLS at that port, with the folder's
    certificate."""
    certificate = os.path.join(folder, "tls.crt")
    return ["--tls-port", str(port), "--tls-auth-clients", "no",
            "--tls-cert-file", certificate, "--tls-ca-cert-file", certificate,
            "--tls-key-file", os.path.join(folder, "tls.key")]


class Redis:
    """certificate: a folder with tls.crt and tls.key, for TLS at `tls_port`."""

    def __init__(self, *arguments, certificate=None):
        self.arguments = arguments
        self.tls_port = free_port() if certificate else None
        if certificate:
            self.arguments += tuple(tls_arguments(self.tls_port, certificate))
        self.folder = tempfile.mkdtemp(prefix="sst-redis-")
        self.socket = os.path.join(self.folder, "socket")
        self.port = free_port()
        self.process = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--unixsocket", self.socket, "--dir", self.folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always",
             "--dbfilename", "taken", *self.arguments],
            stdout=subprocess.DEVNULL)
        until(lambda: self.ask("PING") == "PONG", "redis-server to answer")

    def ask(self, *words):
        """One command; answers what redis-cli prints."""
        return subprocess.run(["redis-cli", "-s", self.socket, *words],
                              capture_output=True, text=True).stdout.strip()

    def sessions(self):
        return self.ask("--scan", "--pattern", "sst:s:*").split()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def refuse_writes(self):
        """As when its disk is full: a snapshot fails, and from then on it
        refuses everything that changes something."""
        os.mkdir(os.path.join(self.folder, "taken"))
        self.ask("CONFIG", "SET", "save", "3600 1")
        self.ask("BGSAVE")
        until(lambda: "rdb_last_bgsave_status:err" in self.ask(
            "INFO", "persistence"), "a snapshot to fail")

    def end(self):
        if self.process.poll() is None:
            self.go_on()
            self.kill()

    def remove(self):
        self.end()
        shutil.rmtree(self.folder)


class Node(Redis):
    """One of a cluster; its nodes speak with each other at a port apart."""

    def __init__(self, *arguments, **options):
        self.bus = free_port()
        if options.get("certificate"):
            arguments += ("--tls-cluster", "yes")   # also tells TLS ports
        super().__init__("--cluster-enabled", "yes", "--cluster-port",
                         str(self.bus), *arguments, **options)


class RedisCluster:
    """So many primaries."""

    def __init__(self, count=3, *arguments, **options):
        self.nodes = [Node(*arguments, **options) for _ in range(count)]
        borders = [round(16384 * number / count)
                   for number in range(count + 1)]
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
            node.ask("CLUSTER", "ADDSLOTSRANGE", str(borders[number]),
                     str(borders[number + 1] - 1))
        for node in self.nodes[1:]:
            node.ask("CLUSTER", "MEET", "127.0.0.1",
                     str(self.nodes[0].port), str(self.nodes[0].bus))
        until(lambda: all("cluster_slots_ok:16384" in info
                          and "cluster_state:ok" in info
                          for info in self.infos()), "the cluster to be whole")

    def infos(self):
        return [node.ask("CLUSTER", "INFO") for node in self.nodes]

    @property
    def url(self):
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}"
                                             for node in self.nodes)

    def sessions(self):
        return [key for node in self.nodes for key in node.sessions()]

    def remove(self):
        for node in self.nodes:
            node.remove()


class Sentinel:
    """Watches a Redis under the name `sessions`: by TLS, and at a TLS port, if
    that has one."""

    def __init__(self, watched, certificate=None):
        self.folder = tempfile.mkdtemp(prefix="sst-sentinel-")
        self.port = free_port()
        primary = watched.tls_port or watched.port
        path = os.path.join(self.folder, "sentinel.conf")
        with open(path, "w") as file:
            file.write("bind 127.0.0.1\n"
                       f"sentinel monitor sessions 127.0.0.1 {primary} 1\n")
        ports = ["--port", str(self.port)]
        self.asking = ["-p", str(self.port)]
        if certificate:
            ports = ["--port", "0", "--tls-replication", "yes",
                     *tls_arguments(self.port, certificate)]
            self.asking += ["--tls", "--cacert",
                            os.path.join(certificate, "tls.crt")]
        self.process = subprocess.Popen(
            ["redis-server", path, "--sentinel", "--dir", self.folder, *ports],
            stdout=subprocess.DEVNULL)
        until(lambda: str(primary) in self.ask(
            "SENTINEL", "GET-MASTER-ADDR-BY-NAME", "sessions"),
            "a sentinel to answer")

    def ask(self, *words):
        return subprocess.run(["redis-cli", *self.asking, *words],
                              capture_output=True, text=True).stdout

    def remove(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)
