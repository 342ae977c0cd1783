# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A server that changes the protocol, as those of WebSockets do, and a client
for it."""

import socket
import threading

from rig.browser import TIMEOUT_S


def read_head(wire):
    """What comes up to the end of a head."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = wire.recv(4096)
        assert part, head
        head += part
    return head


class Switching:
    """Changes the protocol, and then sends back what it hears."""

    HEAD = (b"HTTP/1.1 101 Switching Protocols\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            b"X-Session-Store: set &secret=1&\r\n"
            b"X-Replace-Session: secret=2\r\nX-Kept: yes\r\n\r\n")

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return
            with wire:
                wire.settimeout(TIMEOUT_S)
                read_head(wire)
                wire.sendall(self.HEAD)
                while part := wire.recv(4096):
                    wire.sendall(part)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(TIMEOUT_S)


def begin(server, path, cookie=None):
    """A connection to httpd that asks for another protocol."""
    wire = socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S)
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: Upgrade",
             "Upgrade: websocket"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    wire.sendall("\r\n".join([*lines, "", ""]).encode())
    return wire
