# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What was done to one session, when, and what came of it."""

import itertools
import math
import time
from dataclasses import dataclass, field

# How an operation ended, as the one who asked for it knows.
DONE = "done"           # acknowledged: it has been carried out
GONE = "gone"           # answered, and the session had ended before it
UNKNOWN = "unknown"     # refused, or no answer: now, later or never

CHANGES = ("write", "rotate", "end")

NEVER = math.inf


def now():
    return time.monotonic_ns()


@dataclass(eq=False)
class Op:
    """One operation; `id` names the session by the ticket that it was sent
    with.

        read     saw `found` (None: no session); of the names in `but` it
                 does not tell
        write    sets entries, or removes those whose value is None
        rotate   the same, and the session is called `became` from then on
        end      ends it
        lose     a server that fell behind takes over: the session may be as
                 it was at any time before
    """
    kind: str
    id: str = ""
    start: int = 0
    end: float = NEVER
    outcome: str = DONE
    sets: dict = field(default_factory=dict)
    found: dict = None
    but: frozenset = frozenset()
    became: str = None
    after: tuple = ()           # operations that have to come first
    before: tuple = ()          # and those that must not have come yet, of
                                # which this is an attempt
    vague: bool = False         # a server that was replaced may have answered
    seen: "Op" = None           # the write that its ticket tells of

    def __str__(self):
        what = {"read": f"{self.found} but {set(self.but) or None}",
                "write": str(self.sets),
                "rotate": f"{self.sets} -> {self.became}"}
        end = "..." if self.end == NEVER else self.end // 1000
        return (f"{self.start // 1000}-{end} {self.kind} {self.id}"
                f" {what.get(self.kind, '')} {self.outcome}")


class History:
    """The operations of one session; any thread may add."""

    def __init__(self):
        self.ops = []
        self.numbers = itertools.count()

    def add(self, kind, **about):
        op = Op(kind, **about)
        if op.outcome == UNKNOWN:
            op.end = NEVER
        self.ops.append(op)
        return op

    def fails_over(self, start, end):
        """Another server took over within that time. What was under way may
        have been done at the first one, and be done again; what was read may
        come from there."""
        lose = self.add("lose", start=start, outcome=UNKNOWN)
        for op in [op for op in self.ops if op.end > start and op.start < end
                   and not op.before and op is not lose]:
            if op.kind == "read":
                op.vague = True
            elif op.kind in CHANGES and op.outcome != GONE:
                self.add(op.kind, id=op.id, start=op.start, sets=op.sets,
                         seen=op.seen, after=op.after, before=(op,),
                         outcome=UNKNOWN)
                if op.outcome == UNKNOWN:
                    op.after += (lose,)

    def telling(self):
        """The operations, without writes that nobody knows of: those whose
        value was never shown explain nothing."""
        shown = {value for op in self.ops if op.found
                 for value in op.found.values()}
        return [op for op in self.ops
                if op.kind != "write" or op.outcome != UNKNOWN
                or not shown.isdisjoint(op.sets.values())]

    def value(self, whose):
        """A value that nobody else writes, in this session or another."""
        return f"{whose}.{next(self.numbers)}"
