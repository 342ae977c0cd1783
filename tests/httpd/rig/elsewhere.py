# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The servers that the documents speak of, on this machine: Redis with its
socket, with TLS and the user `web`, Sentinel, Cluster, and DynamoDB."""

import os
import re
import shutil
import tempfile

from rig import tls
from rig.redis import Redis, RedisCluster, Sentinel
from rig.stores import OnDynamoDB

PASSWORD = "a-password-of-the-documents"
WEB = ("--user", "web", "on", f">{PASSWORD}", "~*", "&*", "+@all")

# scheme, kind, user, servers, what follows
URL = re.compile(r"\b(rediss?)(?:\+(sentinel|cluster))?://(web@)?"
                 r"([\w.,:-]+)(/\w+)?")
SOCKET = re.compile(r"(?<=redis\+unix:)/run/redis/[\w.-]+")
TABLE = re.compile(r"\b(dynamodb:sessions)\b([^\n]*)")
OURS = ("endpoint", "credentials-file", "timeout")
THEIRS = re.compile(rf" (?:{'|'.join(OURS)})=\S+")


class Elsewhere:
    """What nobody asks for is not started."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-elsewhere-")
        os.chmod(self.folder, 0o755)
        tls.make_certificate(self.folder)
        with open(self.path("redis.pw"), "w") as file:
            file.write(PASSWORD + "\n")
        os.chmod(self.path("redis.pw"), 0o600)
        if os.getuid() == 0:
            shutil.chown(self.path("redis.pw"), "www-data")
        self.made = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name, make):
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def redis(self):
        redis = self.server("redis", lambda: Redis(
            *WEB, certificate=self.folder))
        os.chmod(redis.folder, 0o755)
        os.chmod(redis.socket, 0o777)
        return redis

    def ports(self, kind, with_tls):
        """Of the servers that a URL of this kind names."""
        if kind == "cluster":
            nodes = self.server("cluster", lambda: RedisCluster(
                3, *WEB, certificate=self.folder)).nodes
            return [node.tls_port if with_tls else node.port
                    for node in nodes]
        redis = self.redis()
        if kind == "sentinel" and with_tls:
            return [self.server("sentinel by TLS", lambda: Sentinel(
                redis, self.folder)).port]
        if kind == "sentinel":
            plain = self.server("watched", lambda: Redis(*WEB))
            return [self.server("sentinel", lambda: Sentinel(plain)).port]
        return [redis.tls_port if with_tls else redis.port]

    def url(self, match):
        scheme, kind, user, _, rest = match.groups()
        with_tls = scheme == "rediss"
        servers = ",".join(f"127.0.0.1:{port}"
                           for port in self.ports(kind, with_tls))
        return (scheme + (f"+{kind}" if kind else "") + "://" + (user or "")
                + servers + (rest or "")
                + (f" ca={self.path('tls.crt')}" if with_tls else ""))

    def table(self, match):
        words = self.server("dynamodb", OnDynamoDB).words.split()
        ours = " ".join(word for word in words
                        if word.partition("=")[0] in OURS)
        return f"{match[1]}{THEIRS.sub('', match[2])} {ours}"

    def brought_here(self, block):
        """The block with its servers' addresses, and what shows that they are
        the right ones, replaced by ours."""
        block = block.replace(" ca=/etc/apache2/redis-ca.pem", "")
        block = URL.sub(self.url, block)
        block = SOCKET.sub(lambda _: self.redis().socket, block)
        block = TABLE.sub(self.table, block)
        return block.replace("/etc/apache2/redis.pw", self.path("redis.pw"))

    def prepare(self, server):
        """What a configuration names in the server's root."""
        if "dynamodb" in self.made:
            self.made["dynamodb"].prepare(server)

    def remove(self):
        for server in self.made.values():
            server.remove()
        shutil.rmtree(self.folder)
