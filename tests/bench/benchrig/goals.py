# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What the module is to reach, and whether it does. Each ratio is measured on
its own: the two servers of a pair take turns of a third of a second, each as
often first as second, and the median of the ratios of neighbours counts. A
limit inside the range that the median may be in is neither met nor missed."""

import statistics
from collections import namedtuple

from benchrig.spread import interval, median, quiet, ratios
from benchrig.table import BASE, FLOOR, lines, shown

CLIENTS = 8
CPU, TOTAL, RATE, TRIPS, INSTRUCTIONS = (
    "httpd CPU", "httpd and backend CPU", "requests/s", "round trips",
    "instructions of httpd")
FIELDS = {CPU: "httpd", TOTAL: "total", RATE: "rate", TRIPS: "trips"}

REDIS, DIR, COOKIE = ("SessionStore redis://", "SessionStore dir:",
                      "SessionStore cookie:")
CACHE = "SessionStore redis:// + cache"
PLAIN, CRYPTO, POSTGRESQL = ("mod_session_cookie",
                             "mod_session_cookie, crypto",
                             "mod_session_dbd, PostgreSQL")
UNCHANGED, CHANGED, VISITOR, FORGED = ("unchanged", "changed each time",
                                       "visitor", "forged cookie")

# `theirs` is None where a number counts and not a ratio. `bound`: what it is
# to be to the limit; "below" is "<", as "at most" is "<=".
Goal = namedtuple("Goal", "workload ours measure theirs bound limit")
GOALS = [
    Goal(UNCHANGED, REDIS, CPU, FLOOR, "at most", 1.10),
    Goal(UNCHANGED, REDIS, RATE, FLOOR, "at least", 0.95),
    Goal(UNCHANGED, REDIS, CPU, POSTGRESQL, "below", 1),
    Goal(UNCHANGED, REDIS, CPU, CRYPTO, "at most", 0.025),
    Goal(UNCHANGED, REDIS, TRIPS, None, "about", 1),
    Goal(CHANGED, REDIS, CPU, POSTGRESQL, "below", 1),
    Goal(CHANGED, REDIS, TOTAL, POSTGRESQL, "below", 1),
    Goal(CHANGED, REDIS, TRIPS, None, "about", 2),
    Goal(VISITOR, REDIS, CPU, BASE, "at most", 1.10),
    Goal(VISITOR, REDIS, TRIPS, None, "about", 0),
    Goal(FORGED, REDIS, CPU, BASE, "at most", 1.10),
    Goal(FORGED, REDIS, TRIPS, None, "about", 0),
    Goal(UNCHANGED, CACHE, CPU, PLAIN, "below", 1),
    Goal(UNCHANGED, CACHE, TRIPS, None, "about", 0),
    Goal(UNCHANGED, DIR, CPU, PLAIN, "at most", 1.05),
    Goal(UNCHANGED, COOKIE, CPU, CRYPTO, "at most", 0.025),
    Goal(UNCHANGED, COOKIE, INSTRUCTIONS, PLAIN, "below", 1),
]

# New connections ask once more; requests under way when wrk ends are answered
# and not counted.
ABOUT = 0.05


def applicable(names, workloads):
    """The goals of what is measured in this run."""
    return [goal for goal in GOALS if goal.workload in workloads
            and goal.ours in names and goal.theirs in (None, *names)]


def pairs_of(goals):
    """(workload, ours, theirs) that have to run side by side."""
    return list(dict.fromkeys(
        (goal.workload, goal.ours, goal.theirs) for goal in goals
        if goal.theirs is not None and goal.measure != INSTRUCTIONS))


def is_within(goal, value):
    return {"at most": value <= goal.limit, "at least": value >= goal.limit,
            "below": value < goal.limit,
            "about": abs(value - goal.limit) <= ABOUT}[goal.bound]


def verdict(goal, value, low, high):
    if is_within(goal, low) == is_within(goal, high):
        return "met" if is_within(goal, value) else "missed"
    return "undecided, rather " + (
        "met" if is_within(goal, value) else "missed")


def measured(goal, paired, counted):
    """(value, low, high, the values themselves)"""
    if goal.measure == INSTRUCTIONS:
        value = (counted[goal.workload, goal.ours]
                 / counted[goal.workload, goal.theirs])
        return value, value, value, []
    if goal.theirs is None:
        samples = next(ours for (workload, name, _), (ours, _)
                       in paired.items()
                       if (workload, name) == (goal.workload, goal.ours))
        value = median(samples, FIELDS[goal.measure])
        return value, value, value, []
    values = ratios(*paired[goal.workload, goal.ours, goal.theirs],
                    FIELDS[goal.measure])
    return statistics.median(values), *interval(values), values


def row(goal, paired, counted):
    value, low, high, values = measured(goal, paired, counted)
    digits = 4 if 0 < goal.limit < 0.1 else 2
    what = f"{goal.ours}: {goal.measure}" + (
        f", to {goal.theirs}" if goal.theirs else "")
    middle = (statistics.quantiles(values, n=4) if len(values) > 1
              else None)
    return (goal.workload, what, f"{goal.bound} {goal.limit}",
            shown(value, digits),
            f"{low:.{digits}f}–{high:.{digits}f}" if values else "exact",
            f"{middle[0]:.{digits}f}–{middle[2]:.{digits}f}" if middle
            else "–",
            str(len(values)) if values else "–",
            verdict(goal, value, low, high))


def floors(results):
    """What pages reach that do less than a session in Redis takes, where that
    is measured by what mod_session_crypto takes: of how fast a processor is at
    its many hashes, and how slow a kernel at sockets, no module has a say."""
    group = results.get((UNCHANGED, CLIENTS), {})
    shares = [(name, ratios(group.get(name, []), group.get(CRYPTO)))
              for name in (BASE, FLOOR)]
    told = [f"{name} {statistics.median(values):.4f}"
            for name, values in shares if values]
    return (f"httpd CPU to {CRYPTO}, {UNCHANGED}: {', '.join(told)}. No "
            "store can be below the first, and none on Redis below the "
            "second.")


COLUMNS = ("workload", "what", "goal", "measured", "median is in",
           "half of all are in", "pairs", "goal is")


def markdown(goals, paired, counted, results):
    """paired: {(workload, ours, theirs): ([Sample], [Sample])}; results as the
    table has them"""
    taken = sum(len(ours) for ours, _ in paired.values())
    kept = sum(len(quiet(list(zip(*both)))) for both in paired.values())
    return (f"Of {taken} pairs, {taken - kept} were left out because others "
            "were busy.\n\n" + lines(
                COLUMNS, [row(goal, paired, counted) for goal in goals],
                left=(0, 1, 7))
            + "\n\n" + floors(results))
