# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A user's not-before in a token directory, written from
docs/record-format.md alone."""

import base64
import hashlib
import hmac
import os
import shutil
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rig.wait import until


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def index_keys(path):
    """The index key of each line of a key file."""
    with open(path) as file:
        lines = [line.strip() for line in file]
    for line in lines:
        if line.startswith("key1:"):
            raw = base64.urlsafe_b64decode(line[len("key1:"):] + "=")
            yield HKDF(algorithm=hashes.SHA256(), length=32, salt=None,
                       info=b"sst1 index").derive(raw)


def paths(folder, key, tenant, user, second):
    """The user's folder and the entry in it."""
    row = mac(key, b"user\0" + tenant.encode() + b"\0"
              + mac(key, user.encode()))
    place = mac(key, b"not before\0" + row)
    when = second.to_bytes(8, "big")
    entry = when + mac(key, b"ended\0" + place + when)[:24]
    home = os.path.join(folder, "users", place.hex()[:2], place.hex()[2:])
    return home, os.path.join(home, entry.hex())


def end_sessions(server, folder, user, tenant="server=localhost "
                                              "cookie=session"):
    """Ends the user's sessions up to now, and waits for the next second."""
    second = int(time.time())
    owner = os.stat(folder)
    for key in index_keys(server.path("keys")):
        home, entry = paths(folder, key, tenant, user, second)
        os.makedirs(home, mode=0o700, exist_ok=True)
        with open(entry, "w"):
            os.utime(entry, (second + 10**6, second + 10**6))
        if os.getuid() == 0:
            for path in (os.path.dirname(home), home, entry):
                shutil.chown(path, owner.st_uid, owner.st_gid)
    until(lambda: int(time.time()) > second, "the second to end")
