# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A TCP proxy in front of a server that does to connections what networks and
dying servers do, and peers that are no Redis at all."""

import re
import socket
import threading
import time


class Listener:
    """Serves each connection in a thread, by `serve`."""

    def __init__(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.open = []
        self.accepted = 0
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.open.append(peer)
            threading.Thread(target=self.run, args=(peer,),
                             daemon=True).start()

    def run(self, peer):
        try:
            self.serve(peer)
        except OSError:
            pass
        finally:
            peer.close()

    def serve(self, peer):
        raise NotImplementedError

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.listener.close()
        for peer in self.open:
            peer.close()


ANSWER = re.compile(rb"[+:-][^\r]*\r\n|\$-1\r\n|\$\d+\r\n.*?\r\n|\*0\r\n",
                    re.DOTALL)


def answers_to(data, upstream):
    """What the server says to the commands in this, however long each takes;
    empty when it has closed the connection."""
    commands = len(re.findall(rb"^\*\d+\r", data, re.MULTILINE))
    answers = upstream.recv(1 << 20)
    while answers and len(ANSWER.findall(answers)) < commands:
        more = upstream.recv(1 << 20)
        if not more:
            break
        answers += more
    return answers


class Proxy(Listener):
    """Passes bytes on. `lose_every` n: each n-th request is carried out, and
    the connection is closed instead of the reply. `drip_s`: replies come one
    byte at a time, so far apart. `hold`: replies are not passed on at all."""

    def __init__(self, server, lose_every=0, drip_s=0):
        self.server = server
        self.lose_every = lose_every
        self.drip_s = drip_s
        self.hold = False
        self.requests = 0
        self.lost = 0
        self.lock = threading.Lock()
        super().__init__()

    def loses(self, data):
        """Counts requests, except the greeting of a connection."""
        if b"PING" in data or b"AUTH" in data:
            return False
        with self.lock:
            self.requests += 1
            lose = self.lose_every and self.requests % self.lose_every == 0
            self.lost += 1 if lose else 0
        return lose

    def interrupts(self, data, upstream):
        """Whether this request ends its connection."""
        return False

    def serve(self, peer):
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        while True:
            data = peer.recv(65536)
            if not data or self.interrupts(data, upstream):
                break
            upstream.sendall(data)
            lose = self.loses(data)
            reply = answers_to(data, upstream)
            if lose or not reply:
                break
            self.pass_on(peer, reply)
        upstream.close()

    def pass_on(self, peer, reply):
        while self.hold:
            time.sleep(0.01)
        if not self.drip_s:
            peer.sendall(reply)
            return
        for byte in reply:
            peer.sendall(bytes([byte]))
            time.sleep(self.drip_s)


class Forgetful(Proxy):
    """Passes bytes on until it is told to `forget`: connections that are there
    then have to log in again, as those behind a proxy that has lost its own."""

    def __init__(self, server):
        self.forgotten = 0
        super().__init__(server)

    def forget(self):
        self.forgotten += 1

    def serve(self, peer):
        forgotten = self.forgotten
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        while data := peer.recv(65536):
            if forgotten == self.forgotten:
                upstream.sendall(data)
                peer.sendall(upstream.recv(1 << 20))
            else:
                commands = len(re.findall(rb"^\*\d+\r", data, re.MULTILINE))
                peer.sendall(b"-NOAUTH Authentication required.\r\n" * commands)
        upstream.close()


class Interrupter(Proxy):
    """Ends the connection of the script or removal that comes next, once
    `interrupt` was called, without an answer: when it has been carried out, or
    before. `words`: of other commands instead."""

    def __init__(self, server, words=(b"EVAL", b"DEL")):
        self.words = words
        self.planned = []
        super().__init__(server)

    def interrupt(self, meanwhile, arrives=True):
        """`meanwhile` is called before the client learns of the end."""
        self.planned.append((meanwhile, arrives))

    def interrupts(self, data, upstream):
        if not (self.planned and any(word in data for word in self.words)):
            return False
        meanwhile, arrives = self.planned.pop()
        if arrives:
            upstream.sendall(data)
            upstream.recv(1 << 20)
        meanwhile()
        return True


class Later(Proxy):
    """A server that waits for replicas as Redis does from 7.2 on: for what a
    connection has written itself, and not for what others have. So where a
    connection has written nothing since a replica last told what it has, WAIT
    asks none. (A server of before asks for all that there is.)"""

    def offset(self):
        return int(self.server.info("master_repl_offset"))

    def acknowledged(self, offset):
        """How many replicas have told that they have this."""
        told = (self.server.info(f"slave{number}") for number in range(9))
        return sum(int(re.search(r"offset=(\d+)", state)[1]) >= offset
                   for state in told if state)

    def serve(self, peer):
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        written = 0
        while data := peer.recv(65536):
            head, found, tail = data.partition(b"*3\r\n$4\r\nWAIT\r\n")
            if head:
                before = self.offset()
                upstream.sendall(head)
                peer.sendall(answers_to(head, upstream))
                written = self.offset() if self.offset() > before else written
            if found:
                count = self.acknowledged(written)
                if not count:
                    upstream.sendall(found + tail)
                peer.sendall(b":%d\r\n" % count if count
                             else answers_to(found, upstream))
        upstream.close()


class Meter(Listener):
    """Passes bytes on, both ways at once, and counts for each connection how
    many the server sends."""

    def __init__(self, server):
        self.server = server
        self.counts = []
        super().__init__()

    def serve(self, peer):
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        number = len(self.counts)
        self.counts.append(0)
        threading.Thread(target=self.send_up, args=(peer, upstream),
                         daemon=True).start()
        while True:
            data = upstream.recv(65536)
            self.counts[number] += len(data)
            if not data:
                break
            peer.sendall(data)

    def send_up(self, peer, upstream):
        try:
            data = peer.recv(65536)
            while data:
                upstream.sendall(data)
                data = peer.recv(65536)
            upstream.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Gate(Meter):
    """While it is shut, connections are taken, and nothing is answered; who
    waits then waits for ever."""

    shut = True

    def serve(self, peer):
        if not self.shut:
            super().serve(peer)
        while peer.recv(65536):
            pass


class Estranged(Listener):
    """A primary of a cluster that the other nodes do not reach, at its old
    port: it serves nothing, but tells the map as it was."""

    def __init__(self, port, slots):
        self.slots = slots
        self.told = 0
        super().__init__(port)

    def serve(self, peer):
        while data := peer.recv(65536):
            for command in re.findall(rb"^\*\d+\r\n\$\d+\r\n(\w+)\r\n", data,
                                      re.MULTILINE):
                peer.sendall(self.answer(command))

    def answer(self, command):
        if command == b"CLUSTER":
            self.told += 1
            return encode(self.slots)
        if command == b"PING":
            return b"+PONG\r\n"
        return b"-CLUSTERDOWN The cluster is down\r\n"


def encode(value):
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(encode, value))
    if isinstance(value, int):
        return b":%d\r\n" % value
    return b"$%d\r\n%s\r\n" % (len(value), value)


class Talker(Listener):
    """Says the same to whatever it hears, or, with None, never a word."""

    def __init__(self, words):
        self.words = words
        super().__init__()

    def serve(self, peer):
        while peer.recv(65536):
            if self.words is not None:
                peer.sendall(self.words)
