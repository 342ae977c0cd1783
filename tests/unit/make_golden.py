#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Golden vectors of keys, tickets, rows, records and carried sessions.

Written from docs/record-format.md alone: nothing here runs or copies the code
in lib/. Prints the vectors; tests/unit/golden/vectors.txt is its output, and
test_golden.c reads them. A case is a line "[kind]" and lines "name value";
bytes are in hex, "-" is the empty value.
"""
import base64
import hashlib
import hmac
import struct
import zlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DATA, META, OVERLAY = 1, 2, 3
FORMAT = 1


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(material, salt, info, length):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt or None,
                info=info).derive(material)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cstring(text):
    return text.encode() + b"\0"


class Key:
    """A server key and what is derived from it."""

    def __init__(self, raw, line=None):
        self.raw = raw
        self.line = line or "key1:" + base64url(raw)
        self.id = hkdf(raw, b"", b"sst1 key id", 8)
        self.ticket = hkdf(raw, b"", b"sst1 ticket", 32)
        self.index = hkdf(raw, b"", b"sst1 index", 32)
        self.data = hkdf(raw, b"", b"sst1 data", 32)
        self.admin = hkdf(raw, b"", b"sst1 admin", 32)


def stretched(passphrase):
    """The key that a passphrase stands for."""
    raw = hashlib.scrypt(passphrase.encode(),
                         salt=b"mod_session_store passphrase 1",
                         n=65536, r=8, p=2, maxmem=2 ** 27, dklen=32)
    return Key(raw, "passphrase:" + passphrase)


class Ticket:
    """What a browser holds, and the row that it leads to."""

    def __init__(self, key, tenant, cookie, ident, secret, revision):
        self.tenant, self.cookie = tenant, cookie
        self.id, self.secret, self.revision = ident, secret, revision
        check = mac(key.ticket,
                    cstring("ticket") + cstring(cookie) + cstring(tenant)
                    + ident + secret + struct.pack(">Q", revision))[:12]
        self.text = ".".join((ident.hex(), base64url(secret), str(revision),
                              base64url(check)))
        self.row = mac(key.index, cstring("row") + cstring(tenant) + ident)


def user_row(key, tenant, user):
    return mac(key.index, cstring("user") + cstring(tenant)
               + mac(key.index, user.encode()))


def not_before(key, tenant, user, second):
    """Where a user's not-before is kept, and the entry there."""
    place = mac(key.index, cstring("not before")
                + user_row(key, tenant, user))
    when = struct.pack(">Q", second)
    return place, when + mac(key.index, cstring("ended") + place + when)[:24]


# --- Plain texts ---

def entries(pairs):
    return struct.pack(">I", len(pairs)) + b"".join(
        cstring(name) + cstring(value) for name, value in pairs)


def meta(saved, size, life, client, users, names):
    def listed(texts):
        return struct.pack(">I", len(texts)) + b"".join(map(cstring, texts))
    return (struct.pack(">BQII", 2, saved, size, life) + cstring(client)
            + listed(users) + listed(names))


# --- Records ---

def zlib_stored(plain):
    """A zlib stream whose deflate blocks are stored ones.

    zlib's own output may differ from one version to the next.
    """
    stream = b"\x78\x01"
    chunks = [plain[i:i + 65535] for i in range(0, len(plain), 65535)]
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        stream += struct.pack("<BHH", last, len(chunk), len(chunk) ^ 0xffff)
        stream += chunk
    stream += struct.pack(">I", zlib.adler32(plain))
    assert zlib.decompress(stream) == plain
    return stream


class Record:
    """A record's header, and boxes sealed under it."""

    def __init__(self, key, ticket, revision, created, deadline):
        self.key, self.ticket, self.revision = key, ticket, revision
        self.created, self.deadline = created, deadline
        self.token = hashlib.sha256(b"token" + ticket.id).digest()[:16]
        self.boxes = []

    def box_key(self, kind):
        info = bytes([kind]) + self.ticket.row
        if kind == DATA:
            return hkdf(self.key.data, b"", info + self.ticket.secret, 32)
        return hkdf(self.key.admin, b"", info, 32)

    def seal(self, kind, plain, revision, deflated=False):
        text = plain
        if deflated:
            text = struct.pack(">I", len(plain)) + zlib_stored(plain)
        aad = (bytes([kind, FORMAT, deflated]) + self.key.id + self.ticket.row
               + struct.pack(">QQQ", self.created, self.deadline, revision))
        nonce = hashlib.sha256(b"nonce" + self.ticket.id
                               + bytes([kind])).digest()[:12]
        sealed = nonce + AESGCM(self.box_key(kind)).encrypt(nonce, text, aad)
        self.boxes.append((kind, deflated, revision, sealed, plain))
        return self

    def encode(self):
        value = (self.token + struct.pack(">QB", self.revision, FORMAT)
                 + self.key.id
                 + struct.pack(">QQ", self.created, self.deadline))
        for kind, deflated, revision, sealed, _ in self.boxes:
            value += struct.pack(">BBQI", kind, deflated, revision,
                                 len(sealed)) + sealed
        return value


def carried(key, ticket, expires, value):
    """What a browser holds of a session that it carries itself."""
    box_key = hkdf(key.admin, b"", cstring("carried") + ticket.row, 32)
    nonce = hashlib.sha256(b"carried" + ticket.id).digest()[:12]
    aad = cstring("carried") + cstring(ticket.cookie) + ticket.text.encode()
    sealed = nonce + AESGCM(box_key).encrypt(
        nonce, struct.pack(">Q", expires) + value, aad)
    return ticket.text + "." + base64url(sealed)


# --- Printing ---

def show(kind, **fields):
    print("[%s]" % kind)
    for name, value in fields.items():
        text = value.hex() if isinstance(value, bytes) else str(value)
        print(name, text or "-")
    print()


def show_key(key):
    show("key", line=key.line, id=key.id, ticket=key.ticket, index=key.index,
         data=key.data, admin=key.admin)


def show_ticket(key, ticket):
    show("ticket", key=key.line, tenant=ticket.tenant, cookie=ticket.cookie,
         id=ticket.id, secret=ticket.secret, revision=ticket.revision,
         text=ticket.text, row=ticket.row)


def show_record(record):
    plains = {"plain%d" % kind: plain
              for kind, _, _, _, plain in record.boxes}
    revisions = {"revision%d" % kind: revision
                 for kind, _, revision, _, _ in record.boxes}
    show("record", key=record.key.line, tenant=record.ticket.tenant,
         cookie=record.ticket.cookie, ticket=record.ticket.text,
         token=record.token, revision=record.revision,
         created=record.created, deadline=record.deadline, **plains,
         **revisions, value=record.encode())


def main():
    old = Key(bytes(range(32)))
    new = Key(hashlib.sha256(b"another key").digest())
    for key in old, new, stretched("j\u00fcrgen's long secret"):
        show_key(key)

    first = Ticket(old, "shop.example", "session", bytes(range(16, 32)),
                   bytes(range(240, 256)), 1)
    empty_tenant = Ticket(old, "", "s", bytes(16), bytes(16), 0)
    longest = Ticket(new, "t" * 255, "c" * 255, b"\xff" * 16, b"\xff" * 16,
                     2 ** 63 - 1)
    another = Ticket(new, "shop.example", "__Host-session",
                     hashlib.sha256(b"id").digest()[:16],
                     hashlib.sha256(b"secret").digest()[:16], 4711)
    for key, ticket in ((old, first), (old, empty_tenant), (new, longest),
                        (new, another)):
        show_ticket(key, ticket)

    for key, tenant, user in ((old, "shop.example", "alice"),
                              (old, "", ""),
                              (new, "shop.example", "j\u00fcrgen"),
                              (new, "shop.example", "u" * 1000)):
        show("user", key=key.line, tenant=tenant, name=user.encode(),
             row=user_row(key, tenant, user))

    pairs = [("site-user", "alice"), ("cart", "3 \u00e4pfel & 1=2"),
             ("empty", "")]
    plain = entries(pairs)
    described = meta(1700000123, len(plain), 1320, "192.0.2.7", ["alice"],
                     [name for name, _ in pairs])
    show_record(Record(old, first, 1, 1700000000, 1700086400)
                .seal(DATA, plain, 1).seal(META, described, 1))
    show_record(Record(old, empty_tenant, 1, 1, 0)
                .seal(DATA, entries([]), 1))
    large = entries([("k%d" % i, "value " * 20) for i in range(12)])
    show_record(Record(new, another, 4712, 1700000000, 1700086400)
                .seal(DATA, large, 4711, deflated=True)
                .seal(META, meta(1700000200, len(large), 0, "", [], []), 4711,
                      deflated=True)
                .seal(OVERLAY, entries([("+role", "guest"), ("-k7", "")]),
                      4712))
    for key, ticket, expires in ((old, first, 1700001320),
                                 (new, another, 2 ** 40)):
        value = (Record(key, ticket, ticket.revision, 1700000000, 1700086400)
                 .seal(DATA, plain, ticket.revision).encode())
        show("carried", key=key.line, tenant=ticket.tenant,
             cookie=ticket.cookie, expires=expires, value=value,
             text=carried(key, ticket, expires, value))

    for key, tenant, user, second in ((old, "shop.example", "alice",
                                       1700000000),
                                      (new, "", "j\u00fcrgen", 2 ** 33)):
        place, entry = not_before(key, tenant, user, second)
        show("ended", key=key.line, tenant=tenant, name=user.encode(),
             second=second, place=place, entry=entry)


main()
