# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The servers that sessions are kept in, each one of its own for each
configuration, so that its processor time is known."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from rig.ports import free_port
from rig.processes import descendants
from rig.redis import RedisCluster
from rig.wait import until

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(os.path.dirname(HERE))


class Backend:
    """None: what httpd does by itself. `fields` are filled into the
    configuration."""

    pids = ()
    fields = {}

    def processes(self):
        return [pid for first in self.pids for pid in descendants(first)]

    def round_trips(self):
        """How often it was asked so far; None: nobody counts."""
        return None

    def stop(self):
        pass


class Directory(Backend):
    """Of tokens; made by httpd."""

    base = None     # where it is made; None: with other temporary folders

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-bench-", dir=self.base)
        os.chmod(self.folder, 0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, "www-data", "www-data")
        self.store = os.path.join(self.folder, "store")
        self.fields = {"STORE": self.store}

    def stop(self):
        shutil.rmtree(self.folder)


class RedisMeter:
    """Asks a server about itself, by a connection of its own."""

    def __init__(self, path):
        self.asked = 0
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def info(self, field):
        self.asked += 1
        self.socket.sendall(b"INFO everything\r\n")
        length = int(self.file.readline()[1:])
        text = self.file.read(length + 2).decode()
        return int(re.search(rf"^{field}:(\d+)", text, re.MULTILINE)[1])

    def round_trips(self):
        """How often it has read a request, these questions not counted."""
        return self.info("total_reads_processed") - self.asked

    def close(self):
        self.file.close()
        self.socket.close()


class Redis(Backend):
    """Without persistence; by TCP, TLS and a Unix socket."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-bench-")
        os.chmod(self.folder, 0o755)
        self.port, self.tls_port = free_port(), free_port()
        self.socket = os.path.join(self.folder, "socket")
        self.make_certificate()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--unixsocket", self.socket, "--unixsocketperm", "777",
             "--tls-port", str(self.tls_port), "--tls-auth-clients", "no",
             "--tls-cert-file", self.path("tls.crt"),
             "--tls-key-file", self.path("tls.key"),
             "--tls-ca-cert-file", self.path("tls.crt"),
             "--dir", self.folder, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL)
        self.pids = [self.process.pid]
        until(self.answers, "redis-server to answer")
        # What floor G gets.
        self.command("SET", "floor", "x" * 1000)
        self.fields = {"REDIS": self.port, "REDISTLS": self.tls_port,
                       "SOCKET": self.socket, "CA": self.path("tls.crt")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, *words):
        return subprocess.run(["redis-cli", "-s", self.socket, *words],
                              check=True, capture_output=True).stdout

    def forget_floor(self):
        """The one session of floors S and E begins anew."""
        self.command("DEL", "floor")

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.path("tls.key"), "-out", self.path("tls.crt")],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(self.path("tls.crt"), 0o644)

    def answers(self):
        assert self.process.poll() is None, "redis-server has ended"
        try:
            self.meter = RedisMeter(self.socket)
        except OSError:
            return False
        return True

    def round_trips(self):
        return self.meter.round_trips()

    def info(self, field):
        """A number that the server tells of itself."""
        return self.meter.info(field)

    def stop(self):
        self.meter.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


class Cluster(Backend):
    """So many Redis servers, each with its part of the slots."""

    def __init__(self, count):
        self.cluster = RedisCluster(count, "--appendonly", "no")
        self.pids = [node.process.pid for node in self.cluster.nodes]
        self.meters = [RedisMeter(node.socket) for node in self.cluster.nodes]
        self.fields = {"CLUSTER": self.cluster.url}

    def round_trips(self):
        return sum(meter.round_trips() for meter in self.meters)

    def stop(self):
        for meter in self.meters:
            meter.close()
        self.cluster.remove()


SCHEMA = ("CREATE TABLE session (key text PRIMARY KEY, value text, "
          "expiry bigint)")
SQLITE_SCHEMA = ("CREATE TABLE session (key text PRIMARY KEY, value text, "
                 "expiry integer)")


class PostgreSQL(Backend):
    """By its Unix socket; a commit does not wait for the disk."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-bench-")
        self.user = "www-data" if os.getuid() == 0 else None
        self.bin = self.find_bin()
        if self.user:
            shutil.chown(self.folder, self.user, self.user)
        os.chmod(self.folder, 0o755)
        self.run("initdb", "-D", self.folder + "/data", "-A", "trust", "-U",
                 "bench", "--no-sync")
        self.process = subprocess.Popen(
            [os.path.join(self.bin, "postgres"), "-D", self.folder + "/data",
             "-k", self.folder, "-c", "listen_addresses=", "-c",
             "synchronous_commit=off", "-c", "fsync=off",
             "-c", "max_connections=200"],
            user=self.user, cwd="/", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.pids = [self.process.pid]
        until(lambda: self.sql("SELECT 1"), "PostgreSQL to answer")
        assert self.sql(SCHEMA), "the table cannot be made"
        self.fields = {"PGSOCKET": self.folder}

    def find_bin(self):
        base = "/usr/lib/postgresql"
        versions = sorted(os.listdir(base), key=int)
        return os.path.join(base, versions[-1], "bin")

    def run(self, program, *arguments):
        subprocess.run([os.path.join(self.bin, program), *arguments],
                       check=True, user=self.user, cwd="/",
                       stdout=subprocess.DEVNULL)

    def sql(self, text):
        return subprocess.run(
            [os.path.join(self.bin, "psql"), "-h", self.folder, "-U", "bench",
             "-d", "postgres", "-c", text], capture_output=True,
            cwd="/").returncode == 0

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


AWS = """\
[default]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = example
"""


class DynamoDB(Backend):
    """Amazon's DynamoDB Local, in memory."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-bench-")
        os.chmod(self.folder, 0o755)
        path = os.path.join(self.folder, "aws")
        with open(path, "w") as file:
            file.write(AWS)
        os.chmod(path, 0o644)
        sys.path.insert(0, os.path.join(TESTS, "dynamodb"))
        from awsrig.local import DynamoDBLocal
        self.log = open(os.devnull, "w")
        self.local = DynamoDBLocal(self.log)
        self.local.make_table("sessions")
        self.pids = [self.local.process.pid]
        self.fields = {"DYNAMODB": self.local.port, "AWS": path}

    def stop(self):
        self.local.stop()
        self.log.close()
        shutil.rmtree(self.folder)
