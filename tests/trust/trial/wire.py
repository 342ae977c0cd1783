# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The way between httpd and its store, and what networks do to it."""

import contextlib
import random
import socket
import struct
import threading
import time

PASS = "pass"           # as if it were not there
SLOW = "slow"           # each answer comes `slow_s` later
DRIP = "drip"           # answers come a byte at a time
HOLD = "hold"           # half open: takes all, answers nothing
RESET = "reset"         # answers get lost: the connection is reset instead
REFUSE = "refuse"       # nobody listens

NO_LINGER = struct.pack("ii", 1, 0)


class Wire:
    """Passes bytes on to `port` of this host, in one of the modes above. It
    listens at an `address` of this host."""

    def __init__(self, port, address="127.0.0.1", at=0):
        self.target = port
        self.address = address
        self.mode = PASS
        self.slow_s = 0.3
        self.reset_share = 0.1
        self.open = set()
        self.listener = None
        self.port = at
        self.listen()

    def listen(self):
        self.listener = socket.create_server((self.address, self.port),
                                             backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,),
                         daemon=True).start()

    def set(self, mode):
        was, self.mode = self.mode, mode
        if mode == REFUSE:
            self.close()
        elif was == REFUSE:
            self.listen()
        elif was == HOLD:
            self.drop()         # what was held is lost

    def close(self):
        """Nobody listens, and who was connected learns of it."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        for peer in list(self.open):
            self.reset(peer)

    @staticmethod
    def reset(peer):
        with contextlib.suppress(OSError):
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            peer.shutdown(socket.SHUT_RDWR)
        peer.close()

    def accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,),
                             daemon=True).start()

    def serve(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self.open |= {near, far}
        up = threading.Thread(target=self.pump, args=(near, far, False),
                              daemon=True)
        up.start()
        self.pump(far, near, True)
        up.join()
        self.open -= {near, far}
        near.close()
        far.close()

    def pump(self, source, sink, answers):
        try:
            while True:
                data = source.recv(1 << 16)
                if not data:
                    break
                self.pass_on(data, source, sink, answers)
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pass_on(self, data, source, sink, answers):
        while self.mode == HOLD:
            time.sleep(0.01)
        if not answers or self.mode == PASS:
            sink.sendall(data)
        elif self.mode == RESET and random.random() < self.reset_share:
            self.reset(sink)
            raise OSError("reset")
        elif self.mode == DRIP:
            for byte in data:
                sink.sendall(bytes([byte]))
                time.sleep(0.002)
        else:
            if self.mode == SLOW:
                time.sleep(self.slow_s)
            sink.sendall(data)
