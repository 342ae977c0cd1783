# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A name server, and programs that ask nobody else: they are started in a mount
namespace in which /etc/resolv.conf is another one."""

import contextlib
import os
import random
import shutil
import socket
import struct
import tempfile
import threading

ANSWER = "answer"
FAIL = "fail"           # SERVFAIL
UNKNOWN = "unknown"     # NXDOMAIN
SILENT = "silent"       # no answer, until it is another one's turn

DOMAIN = "sst.example"
PORT = 53
ADDRESS = 1             # type A
RESPONSE, RECURSION = 0x8000, 0x0180
CODES = {ANSWER: 0, FAIL: 2, UNKNOWN: 3}
ITSELF = b"\xc0\x0c"    # the name of the question

MOUNT = """\
set -e
for name in resolv.conf hosts nsswitch.conf; do
    mount --bind "$0/$name" "/etc/$name"
done
exec "$@"
"""


def own_address():
    """Of this host, and most likely nobody else's."""
    return "127." + ".".join(str(random.randrange(1, 255)) for _ in range(3))


class Names:
    """`options` are resolv.conf's. `point` says where a name leads."""

    def __init__(self, options=""):
        self.mode = ANSWER
        self.addresses = {}
        self.unanswered = []
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = own_address()
        self.socket.bind((self.address, PORT))
        self.folder = tempfile.mkdtemp(prefix="sst-names-")
        os.chmod(self.folder, 0o755)
        self.write("hosts", "127.0.0.1 localhost\n")
        self.write("nsswitch.conf", "passwd: files\ngroup: files\n"
                                    "hosts: files dns\n")
        self.write("resolv.conf", f"nameserver {self.address}\n"
                                  f"options {options}\n")
        threading.Thread(target=self.serve, daemon=True).start()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    @property
    def prefix(self):
        """In front of a command, which then asks here."""
        return ["unshare", "--mount", "sh", "-c", MOUNT, self.folder]

    def point(self, name, address):
        self.addresses[f"{name}.{DOMAIN}"] = address

    def set(self, mode):
        with self.lock:
            self.mode = mode
            if mode != SILENT:
                late, self.unanswered = self.unanswered, []
                for question, peer in late:
                    self.socket.sendto(self.answer(question), peer)

    def serve(self):
        with contextlib.suppress(OSError):      # until it is closed
            while True:
                question, peer = self.socket.recvfrom(4096)
                with self.lock:
                    if self.mode == SILENT:
                        self.unanswered.append((question, peer))
                    else:
                        self.socket.sendto(self.answer(question), peer)

    def answer(self, message):
        name, end = name_in(message)
        kind, = struct.unpack_from("!H", message, end)
        address = self.addresses.get(name)
        mode = self.mode
        if mode == ANSWER and not address:
            mode = UNKNOWN
        records = b""
        if mode == ANSWER and kind == ADDRESS:
            records = ITSELF + struct.pack("!HHIH", ADDRESS, 1, 0, 4) \
                + socket.inet_aton(address)
        head = message[:2] + struct.pack(
            "!5H", RESPONSE | RECURSION | CODES[mode], 1, bool(records), 0, 0)
        return head + message[12:end + 4] + records

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder)


def name_in(message):
    """The name in the question, and where it ends."""
    labels = []
    at = 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode().lower())
        at += 1 + message[at]
    return ".".join(labels), at + 1
