# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The store at the command line (probe.c)."""

import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass

PROBE = os.environ["SST_REDIS_PROBE"]


@dataclass
class Answer:
    command: str
    status: str
    took_s: float
    detail: str


@dataclass
class Event:
    """Something that went wrong under load."""
    status: str
    took_s: float
    start_s: float
    worker: int
    operation: str
    text: str


# What a store waits for, unless a test says otherwise: a busy machine is no
# fault.
PATIENCE = {"timeout": "30s", "connect-timeout": "30s"}


def patient(options):
    given = {option.partition("=")[0] for option in options}
    return [f"{name}={limit}" for name, limit in PATIENCE.items()
            if name not in given]


class Probe:
    def __init__(self, url, *options, expect="ok"):
        self.answers = queue.Queue()
        self.events = []
        self.notices = []
        self.process = subprocess.Popen([PROBE, url, *patient(options),
                                         *options],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        bufsize=1)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.started = self.answer()
        assert self.started.status == expect, self.started

    def read(self):
        for line in self.process.stdout:
            command, status, took_us, detail = line.rstrip("\n").split("\t",
                                                                       3)
            took_s = int(took_us) / 1e6
            if command == "event":
                start_us, worker, operation, text = detail.split(" ", 3)
                self.events.append(Event(status, took_s,
                                         int(start_us) / 1e6, int(worker), operation,
                                         text))
            elif command == "notify":
                self.notices.append(detail)
            else:
                self.answers.put(Answer(command, status, took_s, detail))

    def answer(self, limit_s=60):
        return self.answers.get(timeout=limit_s)

    def send(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words)
                                 + "\n")

    def __call__(self, *words):
        self.send(*words)
        return self.answer()

    def ok(self, *words):
        answer = self(*words)
        assert answer.status == "ok", answer
        return answer

    def halt(self):
        """Ends the load; what it counted."""
        words = self.ok("halt").detail.split()
        return {name: int(number) for name, number in
                (word.split("=") for word in words)}

    def errors_since(self, moment_s):
        return [event for event in self.events if event.start_s > moment_s]

    def close(self):
        """Ends it, which has to be quick and without an error."""
        start = time.monotonic()
        self.process.stdin.close()
        code = self.process.wait(20)
        self.reader.join()
        assert code == (0 if self.started.status == "ok" else 1)
        return time.monotonic() - start

    def __enter__(self):
        return self

    def __exit__(self, kind, *ignored):
        if kind:
            self.process.kill()
            self.process.wait()
        else:
            self.close()


def row_key(name, prefix="sst:"):
    """The key of the row that the probe makes of a name."""
    return prefix + "s:" + name.encode().ljust(32, b"\0").hex()


def user_key(name, prefix="sst:"):
    return prefix + "u:" + name.encode().ljust(32, b"\0").hex()
