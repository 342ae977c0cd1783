#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Writes seeds of what real Redis servers, Sentinels and clusters say to the
store, as it is heard on the wire. `make record-seeds` runs this."""
import contextlib
import dataclasses
import pathlib
import socket
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "redis")]

from hearing import hear  # noqa: E402
from make_seeds import (ADD, CALLS, CLUSTER, CONFIRMED, EXAMINE,  # noqa: E402
                        FORGET, GET, LIST, NEXT, PUT_NEW, PUT_OVER, REMOVE,
                        REMOVE_OWN, SCAN, SENTINEL, SINGLE, TOUCH, UNIX, bulk,
                        seed)
from rig.host import Host  # noqa: E402
from rig.probe import Probe, row_key  # noqa: E402
from rig.proxy import Meter  # noqa: E402
from rig.resp import Refused, Resp  # noqa: E402
from rig.servers import Cluster, SentinelServer, Server  # noqa: E402
from rig.wait import until  # noqa: E402

# Who listens to what (fuzz_redis_heard.c).
KEYS_SINGLE, KEYS_CLUSTER, PRIMARY = 0, 3, 4

NONE = b"$-1\r\n:-2\r\n"        # GET and PTTL of a key that is not there
WEB = ("ACL", "SETUSER", "web", "on", ">secret", "~*", "&*", "+@all")
WEB_URL = "redis://web:secret@127.0.0.1:{port}/1"

# What is started here ends with the program, whatever becomes of it.
STARTED = contextlib.ExitStack()


def start(kind, *arguments):
    server = kind(*arguments)
    STARTED.callback(server.stop)
    return server


@dataclasses.dataclass
class Line:
    """A connection: what its client and its server have said."""
    asked: bytearray = dataclasses.field(default_factory=bytearray)
    said: bytearray = dataclasses.field(default_factory=bytearray)

    def is_ours(self):
        return b"SETNAME" not in self.asked and b"PSYNC" not in self.asked


class Tape(Meter):
    """Passes bytes on and keeps them: on a reel, which several may share, a
    line for each connection, in the order in which they were opened."""

    def __init__(self, server, reel):
        self.reel = reel
        self.password = None
        super().__init__(server)

    def serve(self, peer):
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        line = Line()
        self.reel.append(line)
        threading.Thread(target=hear, args=(peer, upstream, line.asked),
                         daemon=True).start()
        hear(upstream, peer, line.said)


def said(reel, since=0):
    """What the connections of ours have said, but for those of the checks that
    are made before a process starts."""
    lines = [line for line in reel[since:] if line.is_ours()]
    checks = [number for number, line in enumerate(lines)
              if b"*1\r\n$4\r\nINFO\r\n" in line.asked]
    return [bytes(line.said) for line in lines[max(checks, default=-1) + 1:]]


def hears(reel, words, since=0):
    return lambda: any(words in text for text in said(reel, since))


def keep(name, form, call, pieces):
    seed("redis", f"recorded-{name}",
         bytes([form * CALLS + call]) + NEXT.join(pieces))


def keep_heard(name, who, pieces):
    seed("redis_heard", f"recorded-{name}", bytes([who]) + NEXT.join(pieces))


def answers(server, *requests):
    """The bytes that a server answers to these, on a connection."""
    reel = []
    with Tape(server, reel) as tape, \
            Resp(("127.0.0.1", tape.port)) as client:
        for request in requests:
            client(*request.split())
    return bytes(reel[0].said)


def info(server):
    """What INFO says, without what it says of the machine."""
    lines = server("INFO").split(b"\r\n")
    return bulk(b"\r\n".join(
        line for line in lines
        if line.partition(b":")[0] not in (b"os", b"executable",
                                           b"config_file", b"gcc_version")))


# --- Operations ---

def record(tape, url, options, form, name, call, command, before=()):
    """A connection on which nothing but this command was asked."""
    with Probe(url.format(port=tape.port), *options) as probe:
        probe("get", "nobody")
        for words in before:
            probe.ok(*words)
        line = tape.reel[-1]
        start = len(line.said)
        greeting = bytes(line.said).partition(NONE)[0]
        probe(*command)
        keep(name, form, call, [greeting + bytes(line.said[start:])])


def record_single(server):
    server(*WEB)
    made = ("create", "row", 60)
    noted = ("index", "user", "row", 60)
    with Tape(server, []) as tape:
        for name, call, command, before in (
                ("get", GET, ("get", "row"), [made]),
                ("get-none", GET, ("get", "none"), []),
                ("put", PUT_OVER, ("save", "row"), [made]),
                ("put-new", PUT_NEW, ("create", "new", 60), []),
                ("put-conflict", PUT_NEW, ("create", "row", 60), [made]),
                ("touch", TOUCH, ("touch", "row", 90), [made]),
                ("touch-none", TOUCH, ("touch", "none", 90), []),
                ("remove", REMOVE, ("remove", "row"), [made]),
                ("remove-none", REMOVE, ("remove", "none"), []),
                ("remove-own", REMOVE_OWN, ("take", "row"), [made]),
                ("add", ADD, noted, []),
                ("list", LIST, ("list", "user"),
                 [noted, ("index", "user", "other", 90)]),
                ("forget", FORGET, ("unindex", "user", "row"), [noted]),
                ("scan", SCAN, ("scan",), [made, ("create", "more", 60)])):
            server("SCRIPT", "FLUSH")
            record(tape, WEB_URL, [], SINGLE, name, call, command, before)
            server("FLUSHALL")
    keep("examine", UNIX, EXAMINE,
         [answers(server, "PING") + info(server) + answers(server, "TIME")])


def record_confirmed(server):
    replica = start(Server, "--replicaof", f"127.0.0.1 {server.port}",
                    "--repl-diskless-sync-delay", "0")
    until(lambda: server("WAIT", 1, 1000) == 1, 30, "a replica that confirms")
    with Tape(server, []) as tape:
        record(tape, WEB_URL, ["replicas=1"], CONFIRMED, "put-confirmed",
               PUT_NEW, ("create", "new", 60))
    keep_error("readonly", replica, "SET", "key", "value")
    replica.stop()


# --- Errors ---

def keep_error(name, server, *words):
    try:
        server(*words)
    except Refused as refusal:
        seed("redis_error", f"recorded-{name}", str(refusal).encode())
        return
    raise AssertionError(f"{words} was not refused")


def record_errors(server):
    server("LPUSH", "list", 1)
    server("ACL", "SETUSER", "poor", "on", ">poor", "~none:*", "+get")
    with server.connect() as poor:
        poor("AUTH", "poor", "poor")
        keep_error("noperm-command", poor, "SET", "a", 1)
        keep_error("noperm-key", poor, "GET", "a")
    for name, words in (
            ("wrongtype", ("GET", "list")),
            ("wrongpass", ("AUTH", "web", "wrong")),
            ("noscript", ("EVALSHA", "0" * 40, 0)),
            ("script", ("EVAL", "return redis.call('GET')", 0)),
            ("unknown", ("NONESUCH", "a\r\nb")),
            ("arguments", ("GET",)),
            ("no-cluster", ("CLUSTER", "SLOTS"))):
        keep_error(name, server, *words)
    for setting, value, name in (("maxmemory", 1, "oom"),
                                 ("min-replicas-to-write", 1, "noreplicas")):
        server("CONFIG", "SET", setting, value)
        keep_error(name, server, "SET", "a", 1)
        server("CONFIG", "SET", setting, 0)
    server("FLUSHALL")


# --- Keys that change ---

@contextlib.contextmanager
def listening(url):
    """A host that listens, and asks nothing of the store beside."""
    with contextlib.ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        yield Host(lambda *words: opened.enter_context(Probe(*words)), folder,
                   url).ready()


def record_keys(server):
    reel = []
    with Tape(server, reel) as tape:
        with listening(WEB_URL.format(port=tape.port)):
            server("SET", row_key("row"), "value")
            server("DEL", row_key("row"))
            until(hears(reel, row_key("row").encode()), 60, "a change")
            server("FLUSHALL")
            until(hears(reel, b"invalidate\r\n$-1\r\n"), 60, "a flush")
        keep_heard("keys", KEYS_SINGLE, said(reel))


# --- Sentinel ---

def record_sentinel(server):
    reel = []
    with Tape(server, reel) as primary:
        replica = start(Server, "--replicaof",
                        f"127.0.0.1 {primary.port}",
                        "--repl-diskless-sync-delay", "0")
        with Tape(replica, reel) as other:
            replica("CONFIG", "SET", "replica-announce-port", other.port)
            # It is told when the link is made.
            server("CLIENT", "KILL", "TYPE", "replica")
            until(lambda: b"port=%d,state=online" % other.port
                  in server("INFO", "replication"), 60, "a replica")
            sentinel = start(SentinelServer, primary, 1)
            keep("sentinel", SENTINEL, GET, [
                answers(sentinel, "PING",
                        "SENTINEL get-master-addr-by-name main",
                        "SENTINEL MASTER main"),
                answers(server, "ROLE", "GET none", "PTTL none")])
            record_failover(sentinel, reel)


def fails_over(sentinel):
    """Not until it has heard of the replica that it is fit."""
    try:
        return sentinel("SENTINEL", "FAILOVER", "main")
    except Refused:
        return False


def record_failover(sentinel, reel):
    since = len(reel)
    with Tape(sentinel, reel) as tape:
        with Probe(f"redis+sentinel://127.0.0.1:{tape.port}/main"):
            until(hears(reel, b"subscribe", since), 60, "a subscription")
            until(lambda: fails_over(sentinel), 60, "a failover")
            until(hears(reel, b"+switch-master\r\n$", since), 60, "a switch")
        keep_heard("switched", PRIMARY, said(reel, since))


# --- Cluster ---

def record_cluster():
    cluster = start(Cluster)
    reel = []
    with contextlib.ExitStack() as opened:
        tapes = [opened.enter_context(Tape(node, reel))
                 for node in cluster.nodes]
        for node, tape in zip(cluster.nodes, tapes):
            node("CONFIG", "SET", "cluster-announce-port", tape.port)
        ports = {b"%d" % tape.port for tape in tapes}
        until(lambda: all(all(port in answers(node, "CLUSTER SLOTS")
                              for port in ports)
                          for node in cluster.nodes), 60,
              "a cluster that names the tapes")
        url = "redis+cluster://" + ",".join(
            f"127.0.0.1:{tape.port}" for tape in tapes[:3])
        record_walk(url, reel, "cluster", GET, ("get",))
        record_walk(url, reel, "cluster-put", PUT_NEW,
                    ("create", 60))
        record_asked(cluster, url, reel)
        since = len(reel)
        with listening(url):
            for number in range(100):
                with contextlib.suppress(Refused):
                    cluster.nodes[0]("SET", row_key(f"row-{number}"), 1)
            until(hears(reel, row_key("row-")[:8].encode(), since), 60,
                  "a change")
        keep_heard("cluster", KEYS_CLUSTER, said(reel, since))


def record_walk(url, reel, name, call, command):
    """Of a row that is not on the node that was asked for the slots."""
    for number in range(100):
        row = f"{name}-{number}"
        if call == GET:
            with Probe(url) as probe:
                probe.ok("create", row, 60)
        since = len(reel)
        with Probe(url) as probe:
            probe.ok(command[0], row, *command[1:])
        if len(said(reel, since)) == 2:
            keep(name, CLUSTER, call, said(reel, since))
            return
    raise AssertionError("one node has all rows")


def record_asked(cluster, url, reel):
    """A row's slot moves: the node that has it sends us to the next one."""
    source, target = cluster.nodes[:2]
    name = next(name for name in map(str, range(1000))
                if slot_of(source, name) <= 5461)
    slot = slot_of(source, name)
    keep_error("moved", target, "GET", row_key(name))
    target("CLUSTER", "SETSLOT", slot, "IMPORTING",
           source("CLUSTER", "MYID"))
    source("CLUSTER", "SETSLOT", slot, "MIGRATING",
           target("CLUSTER", "MYID"))
    keep_error("ask", source, "GET", row_key(name))
    since = len(reel)
    with Probe(url) as probe:
        probe.ok("create", name, 60)
    keep("ask", CLUSTER, PUT_NEW, said(reel, since))
    target("CLUSTER", "SETSLOT", slot, "STABLE")
    source("CLUSTER", "SETSLOT", slot, "STABLE")


def slot_of(server, name):
    return server("CLUSTER", "KEYSLOT", row_key(name))


def main():
    with STARTED:
        server = start(Server)
        record_single(server)
        record_confirmed(server)
        record_errors(server)
        record_keys(server)
        record_sentinel(server)
        record_cluster()


main()
