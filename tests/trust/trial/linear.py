# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Is there an order of the operations, each at some moment between its start
and its end, in which a model allows every one of them?

The search of Wing and Gong, with Lowe's memory of what has been tried: an
operation may come next unless another one, not yet placed, had ended before it
began.
"""

from .history import UNKNOWN


STATES_MAX = 200_000    # that are tried


class Undecided(Exception):
    """Too much happened at once: so many states were tried in vain."""


class NotLinearizable(AssertionError):
    """No such order exists; says how far the best one came."""

    def __init__(self, ops, placed, state):
        left = [str(op) for number, op in enumerate(ops)
                if not placed >> number & 1]
        order = [str(op) for number, op in enumerate(ops)
                 if placed >> number & 1]
        super().__init__("\n  ".join(
            [f"no order explains this; {len(order)} of {len(ops)} can be"
             f" placed, which leaves {state!r}; of these:", *order[-12:],
             "none of these can follow:", *left[:12]]))


def candidates(ops, placed):
    """The numbers of those that may come next; `ops` are sorted by start."""
    limit = None
    for number, op in enumerate(ops):
        if placed >> number & 1:
            continue
        if limit is not None and op.start > limit:
            return
        if limit is None or op.end < limit:
            limit = op.end
        yield number


def may_follow(op, placed, numbers):
    return (all(placed >> numbers[other] & 1 for other in op.after)
            and not any(placed >> numbers[other] & 1 for other in op.before))


def check(ops, model, initial, states_max=STATES_MAX):
    """Raises NotLinearizable or Undecided, or answers how many states it has
    tried."""
    ops = sorted(ops, key=lambda op: op.start)
    numbers = {op: number for number, op in enumerate(ops)}
    for op in ops:
        if op.seen is not None and op.seen not in numbers:
            raise ValueError(f"it has seen what was never written: {op}")
    needed = sum(1 << number for number, op in enumerate(ops)
                 if op.outcome != UNKNOWN)
    best = (0, initial)
    tried = {(0, initial)}
    stack = [(0, initial)]
    while stack:
        placed, state = stack.pop()
        if placed & needed == needed:
            return len(tried)
        if len(tried) > states_max:
            raise Undecided(f"{len(ops)} operations")
        if placed.bit_count() > best[0].bit_count():
            best = (placed, state)
        # The last one is looked at first: those that were acknowledged, and
        # began early, go on top.
        for number in sorted(candidates(ops, placed), reverse=True,
                             key=lambda number: (not needed >> number & 1,
                                                 number)):
            op = ops[number]
            if not may_follow(op, placed, numbers):
                continue
            for after in steps(model, state, op, numbers):
                key = (placed | 1 << number, after)
                if key not in tried:
                    tried.add(key)
                    stack.append(key)
    raise NotLinearizable(ops, *best)


def steps(model, state, op, numbers):
    number = numbers[op]
    if op.seen is None:
        return model.steps(state, op, number)
    return model.steps(state, Seen(op, numbers[op.seen]), number)


class Seen:
    """An operation whose `seen` is a number, as states have it."""

    def __init__(self, op, number):
        self.op = op
        self.seen = number

    def __getattr__(self, name):
        return getattr(self.op, name)
