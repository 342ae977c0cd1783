# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Hosts with a cache: processes that share one memory."""

import itertools

from rig.wait import until

NUMBERS = itertools.count()


class Host:
    """Starts processes (probes) with one cache. `lease_ms` is how long copies
    are relied on without a word from Redis."""

    def __init__(self, open_probe, folder, url, *options, lease_ms=1500):
        self.open_probe = open_probe
        self.words = [url, *options,
                      f"cache={folder}/cache-{next(NUMBERS)},{lease_ms}"]

    def process(self):
        return self.open_probe(*self.words)

    def ready(self):
        """A process of the host, when its copies count."""
        probe = self.process()
        wait_until_it_works(probe)
        return probe


def figures(probe):
    return {name: int(number) for name, number in
            (word.split("=") for word in probe.ok("figures").detail.split())}


def wait_until_it_works(probe):
    until(lambda: figures(probe)["works"], what="a watched cache")


def is_hit(probe, name):
    """Whether a get is answered from a copy."""
    before = figures(probe)["hits"]
    return (probe("get", name).status == "ok"
            and figures(probe)["hits"] == before + 1)


def hold_copy(probe, name):
    """Gets until a copy answers. (What a write of our own is told of by Redis
    may arrive later than the first copy is made.)"""
    until(lambda: is_hit(probe, name), what="a copy")
