# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Every kind of store, for tests that hold on all of them. Each one has

    words       what stands behind SessionStore, with @ROOT@ for the server's
    prepare     what the server's root needs before the start
    remove      ends what it has started
"""

import os
import sys
import tempfile

from rig.redis import Redis, RedisCluster

DYNAMODB = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))), "dynamodb")


class OnDir:
    words = "dir:@ROOT@/store purge=1h"

    def prepare(self, server):
        pass

    def remove(self):
        pass


class OnRedis(OnDir):
    def __init__(self):
        self.redis = Redis()
        self.words = f"{self.redis.url} timeout=10s"

    def remove(self):
        self.redis.remove()


class OnCluster(OnRedis):
    def __init__(self):
        self.redis = RedisCluster()
        self.words = f"{self.redis.url} timeout=10s"


# DynamoDB Locals, and those of them that nobody uses, without a table: a start
# takes seconds.
started = []
idle = []


def end_all():
    while started:
        started.pop().stop()


class OnDynamoDB(OnDir):
    """DynamoDB Local behind the proxy that checks signatures."""

    def __init__(self):
        sys.path.insert(0, DYNAMODB)
        try:
            from awsrig.local import DynamoDBLocal
            from awsrig.proxy import Proxy
        finally:
            sys.path.remove(DYNAMODB)
        if not idle:
            idle.append(DynamoDBLocal(tempfile.TemporaryFile("w")))
            started.append(idle[0])
        self.local = idle.pop()
        self.local.make_table("sessions")
        self.proxy = Proxy(self.local)
        self.words = ("dynamodb:sessions region=eu-west-1 timeout=30s"
                      f" endpoint={self.proxy.url}"
                      " credentials-file=@ROOT@/aws")

    def prepare(self, server):
        keys = self.proxy.keys
        path = server.path("aws")
        with open(path, "w") as file:
            file.write("[default]\n"
                       f"aws_access_key_id = {keys.key_id}\n"
                       f"aws_secret_access_key = {keys.secret}\n"
                       f"aws_session_token = {keys.token}\n")
        os.chmod(path, 0o644)

    def remove(self):
        self.proxy.stop()
        self.local.drop_tables()
        idle.append(self.local)


STORES = {"dir": OnDir, "redis": OnRedis, "cluster": OnCluster,
          "dynamodb": OnDynamoDB}
