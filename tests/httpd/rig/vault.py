# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Somebody who may write to the store: takes records out, changes them, and
puts them where he likes. One kind for each store; `place` is where a record
lies, `record` is all that is there, as bytes or as an item.

    places()               where records are
    take(place)            the record
    put(place, record)     in the place of what is there, which lives as long
    prolong(place, s)      the store keeps it for so much longer
    clear()                all of them are gone
    sealed(record)         its bytes
    with_sealed(record, b) the same with other bytes
"""

import base64
import os
import socket


class Vault:
    def sealed(self, record):
        return record

    def with_sealed(self, record, sealed):
        return sealed


class DirVault(Vault):
    def __init__(self, server, store):
        self.store = server.store

    def places(self):
        return self.store.files()

    def take(self, place):
        return self.store.read(place)

    def put(self, place, record):
        self.store.overwrite(place, record)

    def prolong(self, place, seconds):
        state = os.stat(place)
        os.utime(place, ns=(state.st_atime_ns,
                            state.st_mtime_ns + seconds * 10**9))

    def clear(self):
        for place in self.places():
            os.remove(place)


class RedisVault(Vault):
    def __init__(self, server, store):
        self.redis = store.redis

    def raw(self, *words):
        """One command, with any bytes; answers the bytes of its reply."""
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        with socket.socket(socket.AF_UNIX) as to:
            to.connect(self.redis.socket)
            to.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            with to.makefile("rb") as answer:
                line = answer.readline().strip()
                assert line[:1] in b"+:$", line
                if line[:1] != b"$":
                    return line[1:]
                return answer.read(int(line[1:]))

    def places(self):
        return sorted(self.redis.sessions())

    def take(self, place):
        return self.raw("GET", place)

    def put(self, place, record):
        self.raw("SET", place, record, "KEEPTTL")

    def prolong(self, place, seconds):
        left = int(self.raw("PTTL", place))
        self.raw("PEXPIRE", place, left + seconds * 1000)

    def clear(self):
        for place in self.places():
            self.raw("DEL", place)


class DynamoDBVault(Vault):
    """A place is the key's base64; the end of an item is not its record's."""

    def __init__(self, server, store):
        self.local = store.local

    def items(self):
        return {item["sid"]["B"]: item for item in self.local.call(
            "Scan", {"TableName": "sessions", "ConsistentRead": True})["Items"]
            if "val" in item}

    def write(self, place, item):
        self.local.call("PutItem", {"TableName": "sessions", "Item": {
            **item, "sid": {"B": place}}})

    def places(self):
        return sorted(self.items())

    def take(self, place):
        return self.items()[place]

    def put(self, place, record):
        self.write(place, {**record, "exp": self.take(place)["exp"]})

    def prolong(self, place, seconds):
        item = self.take(place)
        self.write(place, {**item, "exp": {
            "N": str(int(item["exp"]["N"]) + seconds)}})

    def clear(self):
        for place in self.places():
            self.local.call("DeleteItem", {"TableName": "sessions", "Key": {
                "sid": {"B": place}}})

    def sealed(self, record):
        return base64.b64decode(record["val"]["B"])

    def with_sealed(self, record, sealed):
        return {**record, "val": {"B": base64.b64encode(sealed).decode()}}


VAULTS = {"dir": DirVault, "redis": RedisVault, "dynamodb": DynamoDBVault}
