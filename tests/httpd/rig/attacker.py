# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Somebody who got hold of the store's files, and perhaps of the key file:
reads records as docs/record-format.md describes them, independently of the
library, and tries every key that can be derived."""

import base64
import struct
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DATA, META, OVERLAY = 1, 2, 3
HEADER = struct.Struct(">16sQB8sQQ")    # token, revision, format, key id,
                                        # created, absolute deadline
BOX = struct.Struct(">BBQL")            # kind, deflated, revision, length
PURPOSES = ("ticket", "index", "data", "admin", "key id")


def hkdf(material, length, info):
    return HKDF(hashes.SHA256(), length, b"", info).derive(material)


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def server_keys(path):
    """The raw keys of a key file."""
    with open(path) as file:
        return [unpadded(line.strip().partition(":")[2])
                for line in file if line.startswith("key1:")]


def derived(raw):
    """What the server derives from a raw key."""
    return {use: hkdf(raw, 8 if use == "key id" else 32,
                      f"sst1 {use}".encode()) for use in PURPOSES}


class Record:
    def __init__(self, value, row):
        (self.token, self.revision, self.format, self.key_id, self.created,
         self.deadline) = HEADER.unpack_from(value)
        assert self.format == 1
        self.row = row
        self.boxes = {}
        at = HEADER.size
        while at < len(value):
            kind, deflated, revision, length = BOX.unpack_from(value, at)
            at += BOX.size
            self.boxes[kind] = (deflated, revision, value[at:at + length])
            at += length
        assert at == len(value)

    def open(self, kind, material, secret=b""):
        """The plain text of a box, or None when this does not open it."""
        deflated, revision, sealed = self.boxes[kind]
        aad = (struct.pack(">BBB8s", kind, self.format, deflated,
                           self.key_id) + self.row
               + struct.pack(">QQQ", self.created, self.deadline, revision))
        key = hkdf(material, 32, bytes([kind]) + self.row + secret)
        try:
            plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], aad)
        except InvalidTag:
            return None
        return zlib.decompress(plain[4:]) if deflated else plain
