# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A session as docs/architecture.md promises it ("Concurrency: what is
guaranteed"), for one operation at a time.

A write changes the entries that it names, all or none, and leaves the others
alone: that is what a merge by entry comes to. The end is final. A session that
got another id is not opened by the old one.
"""

from collections import namedtuple

from .history import CHANGES, DONE, GONE

# `past` is what the session was, each with the number of the write that made
# it so; kept only where a model looks back. `side` is what the session is, as id
# and entries, to a primary that was replaced and does not know it yet.
State = namedtuple("State", "id entries past side", defaults=(None,))

NOBODY = "?"            # the id of which nobody was told


FIRST = -1              # what stands for the write that began the session


def changed(entries, sets):
    now = dict(entries)
    for name, value in sets.items():
        if value is None:
            now.pop(name, None)
        else:
            now[name] = value
    return frozenset(now.items())


def without(entries, names):
    if not names:
        return entries
    return frozenset(pair for pair in entries if pair[0] not in names)


class Strict:
    """Every read sees the last write: the token directory, Redis, and
    DynamoDB with read=strong."""

    remembers = False

    def begin(self, id, entries):
        return self.next(State(None, None, ()), id,
                         frozenset(entries.items()), FIRST)

    def steps(self, state, op, number):
        """The states that `op` may lead to; none: it is not allowed here.
        An operation of unknown outcome that did nothing is left out by the
        search."""
        return getattr(self, op.kind)(state, op, number)

    def read(self, state, op, number):
        return [state] if self.shows(state, op) else []

    @staticmethod
    def shows(state, op):
        if op.found is None:
            return state.id != op.id
        wanted = without(frozenset(op.found.items()), op.but)
        return state.id == op.id and without(state.entries,
                                             op.but) == wanted

    def write(self, state, op, number):
        if op.outcome == GONE:
            return [state] if state.id != op.id else []
        if state.id != op.id:
            return []
        return [self.next(state, state.id, changed(state.entries, op.sets),
                          number)]

    def rotate(self, state, op, number):
        if op.outcome == GONE:
            return [state] if state.id != op.id else []
        if state.id != op.id:
            return []
        became = op.became if op.outcome == DONE else NOBODY
        return [self.next(state, became, changed(state.entries, op.sets),
                          number)]

    def end(self, state, op, number):
        if state.id != op.id:
            return [state]
        return [self.next(state, None, frozenset(), number)]

    def next(self, state, id, entries, number):
        past = state.past
        if self.remembers:
            past += ((number, id, entries),)
        return state._replace(id=id, entries=entries, past=past)


class Eventual(Strict):
    """DynamoDB as it is by default: a read may show an older state, but none
    older than its ticket; what has ended may be shown for a while."""

    remembers = True

    def read(self, state, op, number):
        if self.shows(state, op):
            return [state]
        if op.found is not None:
            for past in self.since(state, op.seen):
                if self.shows(State(*past[1:], ()), op):
                    return [state]
        return []

    @staticmethod
    def since(state, seen):
        """The states from that of the write `seen` on."""
        for position, past in enumerate(state.past):
            if past[0] == seen:
                return state.past[position:]
        return state.past


class Replicated(Strict):
    """Redis that fails over to a replica which may have missed writes. A
    record that is older than a ticket is refused to it."""

    remembers = True

    def read(self, state, op, number):
        if op.found is None and self.lacks(state, op.seen):
            return [state]
        return super().read(state, op, number)

    @staticmethod
    def lacks(state, seen):
        return seen is not None and all(past[0] != seen
                                        for past in state.past)

    def write(self, state, op, number):
        if op.outcome == GONE and self.lacks(state, op.seen):
            return [state]
        return super().write(state, op, number)

    def lose(self, state, op, number):
        return [State(*past[1:], state.past[:position + 1])
                for position, past in enumerate(state.past)]


class Guarded(Replicated):
    """Redis that fails over, where each write waits for a replica, and a
    primary without one takes none: what was acknowledged stays. What was not
    may be seen, and be gone after a failover. For a moment a page view may
    still be served by the primary of old, which does not know what was written
    since; that there is no session it cannot say."""

    def steps(self, state, op, number):
        if op.before and state.side:
            return [state._replace(side=each[:2]) for each in
                    super().steps(State(*state.side, ()), op, number)]
        after = super().steps(state, op, number)
        if op.kind in CHANGES and op.outcome == DONE:
            # Nothing that is older can come back.
            return [each._replace(past=each.past[-1:]) for each in after]
        if op.kind == "read" and not after and self.is_of_old(state, op):
            return [state]
        return after

    def is_of_old(self, state, op):
        return (op.vague and op.found is not None and state.side
                and self.shows(State(*state.side, ()), op))

    def lose(self, state, op, number):
        return [each._replace(side=state[:2])
                for each in super().lose(state, op, number)]

    @staticmethod
    def lacks(state, seen):
        return False
