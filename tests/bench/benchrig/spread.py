# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Ratios that mean something on a machine that others use too: of runs that
stood side by side, without those in which others were busy; their median, and
how far that can be trusted."""

import math
import statistics

# Share of all processors. A run in which others took more than that is left
# out, unless that leaves less than half of all.
QUIET = 0.10


def quiet(pairs):
    """Those of the tuples of samples during which others left the machine
    alone: at least the better half of them."""
    def others(samples):
        return max(sample.others for sample in samples)

    ordered = sorted(pairs, key=others)
    enough = (len(ordered) + 1) // 2
    limit = others(ordered[enough - 1]) if ordered else 0
    return [pair for pair in pairs if others(pair) <= max(QUIET, limit)]


def median(samples, name):
    values = [getattr(sample, name)
              for sample, in quiet([(sample,) for sample in samples])]
    return None if None in values else statistics.median(values)


def ratios(samples, others, name="httpd"):
    """Round by round, of the rounds that were quiet for both."""
    return [getattr(ours, name) / getattr(theirs, name)
            for ours, theirs in quiet(list(zip(samples, others or ())))]


def interval(values):
    """(low, high): where the true median is in 95 of 100 cases, as the ranks
    of the values say, whatever they are spread like. With fewer than six
    values that cannot be said: the smallest and the largest."""
    ordered = sorted(values)
    count = len(ordered)
    rank, below = 0, 0.5 ** count
    while rank + 1 < count // 2 and below + (
            chance := math.comb(count, rank + 1) * 0.5 ** count) <= 0.025:
        rank, below = rank + 1, below + chance
    return ordered[rank], ordered[count - 1 - rank]
