# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The driver program, and what its requests are made of."""

import json
import os
import secrets
import subprocess
import time

PROGRAM = os.environ["SST_DRIVER"]


def row():
    return secrets.token_hex(32)


def version(revision=1):
    return {"revision": revision, "token": secrets.token_hex(16)}


def soon(seconds=3600):
    return int(time.time()) + seconds


class Driver:
    """A process with one store. `opened` is what opening and starting said.
    `inside` is a command that runs it."""

    def __init__(self, url, *options, env, inside=()):
        self.process = subprocess.Popen(
            [*inside, PROGRAM, url, *options], env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.opened = json.loads(self.process.stdout.readline())

    def send(self, op, **fields):
        self.process.stdin.write(json.dumps({"op": op, **fields}) + "\n")
        self.process.stdin.flush()

    def receive(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, op, **fields):
        self.send(op, **fields)
        return self.receive()

    def put(self, at, of, expected=None, body="00", expires=None, **fields):
        return self.ask("put", row=at, expected=expected, body=body,
                        expires=expires or soon(), **of, **fields)

    def get(self, at, minimum=0, **fields):
        return self.ask("get", row=at, min=minimum, **fields)

    def notices(self):
        return self.ask("notices")["notices"]

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code
