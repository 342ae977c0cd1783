# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Visitors who write and read without a pause, and notice what is lost."""

import contextlib
import threading
import time
from http.client import HTTPException

from rig.wait import until


class Writer(threading.Thread):
    """Writes higher and higher numbers into its session. A number whose write
    was answered with 200 is acknowledged: from then on, no lower one may be
    read. `mark` was written at the beginning: without it, the session is
    another one."""

    def __init__(self, visitor):
        super().__init__(daemon=True)
        self.visitor = visitor
        self.stopping = threading.Event()
        self.turn = threading.Lock()
        self.tried = 0
        self.acknowledged = 0
        self.rounds = 0
        self.answered = 0
        self.answered_at = None
        self.longest_s = 0      # without a page
        self.failures = []      # answers other than 200, and none at all
        self.lost = []
        self.logouts = []
        self.error = None

    def ask(self, page):
        """The entries that the page shows, or None."""
        try:
            response = self.visitor.get(page)
        except (OSError, HTTPException) as error:
            self.failures.append(repr(error))
            return None
        if response.status != 200:
            self.failures.append(response.status)
            return None
        now = time.monotonic()
        if self.answered_at:
            self.longest_s = max(self.longest_s, now - self.answered_at)
        self.answered_at = now
        self.answered += 1
        return response.entries

    def go_round(self):
        self.tried += 1
        entries = self.ask(f"/probe/set?n={self.tried}")
        if entries is not None:
            self.acknowledged = self.tried
        entries = self.ask("/probe/get")
        if entries is not None:
            if "mark" not in entries:
                self.logouts.append(self.acknowledged)
                self.visitor.get("/probe/set?mark=1")
            elif int(entries["n"]) < self.acknowledged:
                self.lost.append((entries["n"], self.acknowledged))
        self.rounds += 1

    def run(self):
        try:
            while not self.stopping.wait(0.02):
                with self.turn:
                    self.go_round()
        except BaseException as error:
            self.error = error


class Load:
    """with Load(site): ...; as many writers, at the balancer."""

    def __init__(self, site, count=6):
        self.writers = [Writer(site.visitor()) for _ in range(count)]

    def __enter__(self):
        for writer in self.writers:
            response = writer.visitor.get("/probe/set?mark=1")
            assert response.status == 200, response
            writer.start()
        self.go_on()
        return self

    @contextlib.contextmanager
    def held(self):
        """Nobody asks for anything meanwhile."""
        with contextlib.ExitStack() as turns:
            for writer in self.writers:
                turns.enter_context(writer.turn)
            yield

    def go_on(self, rounds=3):
        """Waits until everybody has been round again."""
        before = [writer.rounds for writer in self.writers]
        until(lambda: all(writer.error or writer.rounds >= was + rounds
                          for writer, was in zip(self.writers, before)),
              "the load to go on")

    def __exit__(self, *unused):
        for writer in self.writers:
            writer.stopping.set()
        for writer in self.writers:
            writer.join(120)
        print(f"{sum(w.answered for w in self.writers)} pages,"
              f" {len(self.failures)} failures; longest without a page:"
              f" {max(w.longest_s for w in self.writers):.1f} s")

    def collected(self, name):
        return [what for writer in self.writers
                for what in getattr(writer, name)]

    @property
    def failures(self):
        return self.collected("failures")

    def check(self):
        """Nobody was logged out, and no acknowledged write is missing: now
        too."""
        assert [w.error for w in self.writers if w.error] == []
        for writer in self.writers:
            writer.go_round()
        assert self.collected("logouts") == []
        assert self.collected("lost") == []
        assert sum(writer.acknowledged for writer in self.writers) > 0
