#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors
"""Writes the seeds that come from the golden vectors.

What else stands beside them is an input that once failed.
"""
import base64
import pathlib
import struct
import zlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parent / "unit" / "golden" / "vectors.txt"


def cases():
    for block in VECTORS.read_text().strip().split("\n\n"):
        lines = block.split("\n")
        yield lines[0].strip("[]"), dict(line.split(" ", 1)
                                         for line in lines[1:])


def seed(target, name, data):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def main():
    keys = []
    plains = {1: [], 2: [], 3: []}
    for number, (kind, case) in enumerate(cases()):
        name = "golden-%d" % number
        if kind == "key":
            keys.append(case["line"])
        elif kind == "ticket":
            seed("ticket", name, case["text"].encode())
        elif kind == "carried":
            seed("carried", name, case["text"].encode())
        elif kind == "record":
            seed("record", name, bytes.fromhex(case["value"]))
            for box, plain in plains.items():
                if case.get("plain%d" % box, "-") != "-":
                    plain.append(bytes.fromhex(case["plain%d" % box]))
    seed("keyring", "golden", ("# keys\n" + "\n".join(keys) + "\n").encode())
    for number, plain in enumerate(plains[1]):
        seed("entries", "golden-%d" % number, plain)
        seed("box", "golden-%d" % number,
             struct.pack(">I", len(plain)) + zlib.compress(plain))
    seed("entries", "merge", b"\xff".join(plains[1][:1] + plains[1][:2]))
    seed("entries", "overlay", b"\xff".join(
        [plains[1][0], plains[1][0], plains[3][0]]))
    for number, plain in enumerate(plains[2]):
        seed("meta", "golden-%d" % number, plain)
    for number, text in enumerate((
            "dir:/var/lib/sessions",
            "dir:/a\ntenant=shop\ntimeout=300ms",
            "any:x\ntext=a\npath=/p\ntime=5m\ncount=7\nchoice=bc",
            "any://user:password@host/0\ntime=9223372036854775807us",
            "redis://h\nunknown=1\nx",
            "any:\nchoice=z\ntime=1x\ncount=-1\npath=p\ntext=")):
        seed("store", "url-%d" % number, text.encode())
    for number, text in enumerate((
            "set &a=1&b=%41+%2c&",
            "set &a=1&, append &a=2&, delete b, regenerate",
            "clear, set &colour=red&",
            "end, set &a=1&",
            "delete &a&b&, set a=",
            "set &members-user=root&",
            "set &a=%00&")):
        seed("verbs", "lines-%d" % number, text.encode())
    seed_servers()


def seed_servers():
    """What servers and AWS's files say."""
    seed("aws_files", "both", b"""# comment
[default]
region = eu-west-1
[profile web]
role_arn = arn:aws:iam::123456789012:role/web
source_profile = default
services = local
[services local]
dynamodb =
  endpoint_url = http://127.0.0.1:8000
\xff[default]
aws_access_key_id=AKIDEXAMPLE
aws_secret_access_key = secret ; comment
[web]
aws_session_token =
""")
    seed("aws_keys", "instance", b"""{"Code": "Success",
"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret",
"Token": "token", "Expiration": "2026-11-26T12:00:00Z"}""")
    seed("aws_keys", "time", b"2026-11-26T12:00:00.123+01:00")
    version = base64.b64encode(bytes(range(16))).decode()
    seed("item", "session", ("""{"sid": {"B": "%s"}, "exp": {"N": "1800000000"},
"rev": {"N": "7"}, "tok": {"B": "%s"}, "val": {"B": "AQIDBA=="},
"w3": {"B": "AAECAwQFBgcICQ=="}}""" % (
        base64.b64encode(bytes(32)).decode(), version)).encode())
    seed("item", "text", b'{"sid": {"S": "' + b"0a" * 32 + b'"}}')
    for number, text in enumerate((
            "MOVED 3999 127.0.0.1:6381", "ASK 16383 [::1]:6379",
            "MOVED 1 :6379", "NOSCRIPT No matching script",
            "WRONGPASS invalid username-password pair",
            "OOM command not allowed when used memory > 'maxmemory'",
            "{user}:1", "NOPERM this user has no permissions")):
        seed("redis_error", "error-%d" % number, text.encode())


main()
