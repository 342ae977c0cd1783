# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Many visitors at once, and what they got."""

import collections
import threading
import time

from .linear import Undecided
from .sites import USERS
from .visit import Visit


class Tally:
    """Counts answers: what was done, refused (503) or got no answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.kinds = collections.Counter()
        self.took = []
        self.slowest = collections.defaultdict(float)

    def __call__(self, kind, status, took_s):
        answer = ("no answer" if status == 0 else
                  "refused" if status >= 400 else "done")
        with self.lock:
            self.counts[answer] += 1
            self.kinds[kind, answer] += 1
            self.took.append(took_s)
            self.slowest[answer] = max(self.slowest[answer], took_s)

    def take_times(self):
        """The times since the last call, sorted."""
        with self.lock:
            took, self.took = self.took, []
        return sorted(took)


class Crowd:
    """`size` visitors, visit after visit, until it is stopped. What one finds
    wrong ends that visitor, and is raised by `stop`."""

    def __init__(self, site, size, **options):
        self.site = site
        self.options = options
        self.tally = Tally()
        self.visits = 0
        self.judged = 0
        self.undecided = 0
        self.wrong = []
        self.going = True
        self.threads = [threading.Thread(target=self.visitor, args=(number,
                                                                    size),
                                         daemon=True)
                        for number in range(size)]
        for thread in self.threads:
            thread.start()

    def visitor(self, number, size):
        users = USERS[number::size]
        while self.going:
            for user in users:
                if not self.going:
                    return
                try:
                    judged = Visit(self.site, user, self.tally,
                                   **self.options).run()
                except Undecided:
                    self.undecided += 1
                    continue
                except Exception as error:  # handed on by stop()
                    self.wrong.append(error)
                    return
                self.judged += judged
                self.visits += 1
                if not judged:
                    time.sleep(0.2)

    def stop(self, limit_s=120):
        self.going = False
        end = time.monotonic() + limit_s
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        assert not any(thread.is_alive() for thread in self.threads), \
            "a visitor does not come to an end"
        if self.wrong:
            raise self.wrong[0]
        assert self.undecided <= 1 + self.visits // 20
        return self
