# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The stores of sites, each with what can be done to it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

from rig import breakage
from rig.redis import Redis

from .model import Eventual, Strict
from .wire import Wire

DYNAMODB = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "dynamodb")

AWS = """\
[default]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = 0123456789012345678901234567890123456789
"""


class OnDir:
    model = Strict
    repeats = False     # a write whose answer was lost
    wire = None
    process = None
    names = None        # a name server that has to be asked

    def words(self, timeout):
        return f"dir:@ROOT@/store purge=10s timeout={timeout}"

    def prepare(self, server):
        pass

    def remove(self):
        pass


class OnSmallDisk(OnDir):
    """On a file system of its own, which can be full."""

    def words(self, timeout):
        return f"dir:@ROOT@/disk/store purge=10s timeout={timeout}"

    def prepare(self, server):
        self.disk = server.path("disk")
        breakage.mount("-t", "tmpfs", "-o", "size=16m,mode=755", "none",
                       self.disk)
        server.store.path = os.path.join(self.disk, "store")

    def remove(self):
        subprocess.run(["umount", self.disk], check=True)


class OnRedis(OnDir):
    """Redis, which has written to its disk before it answers, at the other
    end of a wire."""

    repeats = True

    server = Redis

    def __init__(self):
        self.redis = self.server()
        self.wire = Wire(self.redis.port)

    def words(self, timeout):
        return f"redis://127.0.0.1:{self.wire.port} timeout={timeout}"

    @property
    def process(self):
        return self.redis.process

    def kill(self):
        self.redis.kill()

    def start(self):
        self.redis.start()

    def remove(self):
        self.wire.close()
        self.redis.remove()


class SmallRedis(Redis):
    """On a file system of its own. What it appends is never written anew."""

    def __init__(self):
        super().__init__("--auto-aof-rewrite-percentage", "0")

    def start(self):
        if not os.path.ismount(self.folder):
            breakage.mount("-t", "tmpfs", "-o", "size=16m,mode=700", "none",
                           self.folder)
        super().start()

    def remove(self):
        self.end()
        subprocess.run(["umount", self.folder], check=True)
        os.rmdir(self.folder)


class OnSmallRedis(OnRedis):
    """Whose disk can be full."""

    server = SmallRedis

    @property
    def path(self):
        return os.path.join(self.redis.folder, "appendonlydir")


class OnDynamoDB(OnDir):
    """DynamoDB Local, with a table that outlives its process: in a folder,
    and that in memory, since its disk would be what is measured."""

    model = Eventual
    repeats = True

    def __init__(self, options=""):
        sys.path.insert(0, DYNAMODB)
        try:
            from awsrig.local import DynamoDBLocal
        finally:
            sys.path.remove(DYNAMODB)
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="sst-dynamodb-",
                                       dir="/dev/shm")
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.local = DynamoDBLocal(self.log, self.folder)
        self.local.make_table("sessions")
        self.wire = Wire(self.local.port)

    def words(self, timeout):
        return (f"dynamodb:sessions region=eu-west-1 timeout={timeout}"
                f" endpoint=http://127.0.0.1:{self.wire.port}"
                f" credentials-file=@ROOT@/aws{self.options}")

    def prepare(self, server):
        with open(server.path("aws"), "w") as file:
            file.write(AWS)
        os.chmod(server.path("aws"), 0o644)

    @property
    def process(self):
        return self.local.process

    def kill(self):
        self.local.kill()

    def start(self):
        self.local.start()

    def remove(self):
        self.wire.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.local.stop()
        self.log.close()
        shutil.rmtree(self.folder)


class OnDynamoDBStrong(OnDynamoDB):
    model = Strict

    def __init__(self):
        super().__init__(" read=strong")


STORES = {"dir": OnDir, "dir on a small disk": OnSmallDisk,
          "redis": OnRedis, "redis on a small disk": OnSmallRedis,
          "dynamodb": OnDynamoDB,
          "dynamodb, read=strong": OnDynamoDBStrong}
