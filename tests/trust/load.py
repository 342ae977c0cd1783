#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A day at a members' site, in an hour or in a minute: visitors sign in, read,
write in several windows at once and sign out, administrators end sessions,
exchange keys and restart httpd. Every session is recorded and judged when it
is over.

    make -C build/gcc load-trust LOAD='--store redis --minutes 60'

Prints a line for each minute, and at the end what came of it all. Its status is
0 when no answer was wrong and no acknowledged write lost; requests that were
refused, or got no answer, are counted.
"""

import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from rig.processes import descendants  # noqa: E402  (needs the path above)
from trial.crowd import Crowd  # noqa: E402
from trial.sites import RESTARTS, TROUBLE, Site, memory_kb  # noqa: E402
from trial.stores import STORES  # noqa: E402

PERIOD_S = 60
HEADER = ("period requests refused no-answer p50-ms p99-ms longest-ms"
          " parent-MB children-MB store-MB")


def at(times, share):
    return 1000 * times[int(share * (len(times) - 1))] if times else 0


class Load:
    def __init__(self, site, clients, pause_s):
        self.site = site
        self.crowd = Crowd(site, clients, pause_s=pause_s)
        self.rows = []
        self.begun = time.monotonic()

    def memory(self):
        """Of httpd's parent, of its largest child, and of the store."""
        parent, *children = descendants(self.site.server.process.pid)
        store = self.site.store.process
        return [kb / 1024 for kb in (
            memory_kb(parent), max(map(memory_kb, children), default=0),
            memory_kb(store.pid) if store else 0)]

    def run(self, limit_s, period_s):
        """In the middle of each period the keys change, at its end httpd
        restarts."""
        end = self.begun + limit_s
        before = [0, 0]
        while time.monotonic() < end and not self.crowd.wrong:
            self.wait(min(period_s / 2, end - time.monotonic()))
            self.site.rotate_keys()
            self.wait(min(period_s / 2, end - time.monotonic()))
            memory = self.memory()
            self.site.server.graceful(wait=False)
            before = self.note(memory, before)

    @staticmethod
    def wait(duration_s):
        time.sleep(max(0, duration_s))

    def note(self, memory, before):
        times = self.crowd.tally.take_times()
        counts = self.crowd.tally.counts
        now = [counts["refused"], counts["no answer"]]
        row = [len(self.rows) + 1, len(times),
               *(a - b for a, b in zip(now, before)), at(times, 0.5),
               at(times, 0.99), at(times, 1), *memory]
        self.rows.append(row)
        print(*(f"{number:.1f}" if isinstance(number, float) else number
                for number in row), flush=True)
        return now

    def summary(self):
        crowd = self.crowd.stop()
        counts = crowd.tally.counts
        return {"requests": sum(counts.values()), "sessions": crowd.visits,
                "judged operations": crowd.judged,
                "refused": counts["refused"],
                "no answer": counts["no answer"]}


def run(kind, clients, limit_s, period_s, pause_s):
    with Site(kind, timeout="10s") as site:
        site.server.log.allow(RESTARTS + "|" + TROUBLE)
        load = Load(site, clients, pause_s)
        load.run(limit_s, period_s)
        counted = load.summary()
        print(*(f"{name}: {number}" for name, number in counted.items()),
              sep="\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--store", choices=STORES, default="dir")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--period", type=float, default=PERIOD_S,
                        help="seconds between two restarts")
    parser.add_argument("--pause", type=float, default=0.05,
                        help="seconds between two requests of a window")
    options = parser.parse_args()
    print(f"# {options}", HEADER, sep="\n", flush=True)
    run(options.store, options.clients, options.minutes * 60, options.period,
        options.pause)


if __name__ == "__main__":
    main()
