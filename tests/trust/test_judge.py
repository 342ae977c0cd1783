# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The judge of histories: what is right passes, and each kind of wrong that
the other tests look for is found where it was planted."""

import random

import pytest

from trial.history import DONE, GONE, NEVER, UNKNOWN, Op
from trial.linear import NotLinearizable, Undecided, check
from trial.model import Eventual, Guarded, Replicated, Strict

MODELS = [Strict, Eventual, Replicated, Guarded]


def read(start, end, found, id="s", **more):
    return Op("read", id, start, end, found=found, **more)


def write(start, end, sets, id="s", outcome=DONE, **more):
    if outcome == UNKNOWN:
        end = NEVER
    return Op("write", id, start, end, outcome, sets=sets, **more)


def rotate(start, end, became, sets=None, outcome=DONE):
    if outcome == UNKNOWN:
        end = NEVER
    return Op("rotate", "s", start, end, outcome, sets=sets or {},
              became=became)


def end(start, stop, outcome=DONE):
    return Op("end", "s", start, NEVER if outcome == UNKNOWN else stop,
              outcome)


def judge(*ops, model=Strict, **entries):
    return check(list(ops), model(), model().begin("s", entries))


def wrong(*ops, **options):
    with pytest.raises(NotLinearizable):
        judge(*ops, **options)


def everywhere(test):
    return pytest.mark.parametrize("model", MODELS)(test)


# --- What is right ----------------------------------------------------------

@everywhere
def test_one_after_the_other(model):
    judge(write(0, 1, {"a": "1"}), read(2, 3, {"a": "1"}),
          write(4, 5, {"b": "2"}), read(6, 7, {"a": "1", "b": "2"}),
          end(8, 9), read(10, 11, None), model=model)


@everywhere
@pytest.mark.parametrize("last", ["1", "2"])
def test_of_two_writes_at_once_either_may_be_the_later_one(model, last):
    judge(write(0, 9, {"a": "1"}), write(0, 9, {"a": "2"}),
          read(10, 11, {"a": last}), model=model)


@everywhere
def test_changes_of_different_entries_at_once_are_all_there(model):
    judge(write(0, 9, {"a": "1"}), write(0, 9, {"b": "2"}),
          read(10, 11, {"a": "1", "b": "2"}), model=model)


@everywhere
@pytest.mark.parametrize("found", [{}, {"a": "1"}])
def test_what_is_under_way_may_be_seen_or_not(model, found):
    judge(write(0, 9, {"a": "1"}), read(3, 4, {"x": "0", **found}), x="0",
          model=model)


@everywhere
@pytest.mark.parametrize("found", [{"x": "0"}, {"x": "0", "a": "1"}])
def test_a_write_without_an_answer_has_happened_or_not(model, found):
    judge(write(0, 1, {"a": "1"}, outcome=UNKNOWN), read(5, 6, found),
          x="0", model=model)


@everywhere
def test_a_write_without_an_answer_may_happen_late(model):
    judge(write(0, 1, {"a": "1"}, outcome=UNKNOWN), read(5, 6, {"x": "0"}),
          read(7, 8, {"x": "0", "a": "1"}), x="0", model=model)


@everywhere
def test_an_end_without_an_answer_may_happen_late(model):
    judge(end(0, 1, UNKNOWN), read(5, 6, {"x": "0"}), read(7, 8, None),
          x="0", model=model)


@everywhere
def test_a_write_behind_the_end_changes_nothing(model):
    judge(end(0, 3), write(2, 5, {"a": "1"}, outcome=GONE), x="0",
          model=model)


@everywhere
def test_a_new_id_takes_along_what_was_written_to_the_old_one(model):
    judge(write(0, 5, {"a": "1"}), rotate(1, 6, "t", {"user": "u"}),
          read(7, 8, {"x": "0", "a": "1", "user": "u"}, id="t"),
          read(7, 8, None), x="0", model=model)


@everywhere
def test_a_new_id_of_which_nobody_was_told_ends_the_session(model):
    judge(rotate(0, 1, None, outcome=UNKNOWN), read(2, 3, {"x": "0"}),
          read(4, 5, None), x="0", model=model)


# --- What is wrong ----------------------------------------------------------

@everywhere
def test_an_acknowledged_write_that_is_lost(model):
    first = write(0, 1, {"a": "1"})
    wrong(first, read(2, 3, {"x": "0"}, seen=first), x="0", model=model)


@everywhere
def test_a_write_that_takes_back_anothers(model):
    """As a store without compare-and-set has it."""
    wrong(write(0, 1, {"a": "1"}), write(2, 3, {"b": "2"}),
          read(4, 5, {"b": "2"}), model=model)


def test_a_read_of_the_past():
    wrong(write(0, 1, {"a": "1"}), write(2, 3, {"a": "2"}),
          read(4, 5, {"a": "1"}))


@everywhere
def test_a_read_of_the_future(model):
    wrong(read(0, 1, {"a": "1"}), write(2, 3, {"a": "1"}), model=model)


@everywhere
def test_a_value_that_nobody_wrote(model):
    wrong(write(0, 1, {"a": "1"}), read(2, 3, {"a": "2"}), model=model)


@everywhere
def test_half_a_write(model):
    wrong(write(0, 9, {"a": "1", "b": "1"}), read(3, 4, {"a": "1"}),
          model=model)


@everywhere
def test_two_readers_who_disagree_on_the_order_of_two_writes(model):
    wrong(write(0, 9, {"a": "1"}), write(0, 9, {"b": "1"}),
          read(1, 2, {"a": "1"}), read(3, 4, {"b": "1"}), model=model)


@everywhere
def test_a_write_without_an_answer_that_goes_away_again(model):
    late = write(0, 1, {"a": "1"}, outcome=UNKNOWN)
    wrong(late, write(2, 3, {"b": "1"}),
          read(4, 5, {"a": "1", "b": "1"}),
          write(6, 7, {"c": "1"}), read(8, 9, {"b": "1", "c": "1"}),
          model=model)


def test_changes_that_are_made_twice_around_anothers():
    """A write that is sent again, since its answer was lost."""
    wrong(write(0, 9, {"a": "1"}), write(2, 5, {"a": "2"}),
          read(3, 4, {"a": "1"}), read(6, 7, {"a": "2"}),
          read(10, 11, {"a": "1"}))


def test_a_session_that_comes_back():
    wrong(end(0, 1), read(2, 3, {"x": "0"}), x="0")


@everywhere
def test_an_acknowledged_write_behind_the_end(model):
    wrong(end(0, 1), write(2, 3, {"a": "1"}), x="0", model=model)


@everywhere
def test_a_session_that_is_gone_though_nobody_ended_it(model):
    wrong(read(0, 1, None), x="0", model=model)
    wrong(write(0, 1, {"a": "1"}, outcome=GONE), x="0", model=model)


def test_an_old_ticket_that_opens_what_has_a_new_id():
    wrong(rotate(0, 1, "t"), read(2, 3, {"x": "0"}), x="0")


@everywhere
def test_a_new_id_that_leaves_an_acknowledged_write_behind(model):
    wrong(write(0, 1, {"a": "1"}), rotate(2, 3, "t"),
          read(4, 5, {"x": "0"}, id="t"), x="0", model=model)


@everywhere
def test_two_logins_that_both_take_the_session_along(model):
    wrong(rotate(0, 9, "t"), rotate(0, 9, "u"), x="0", model=model)


@everywhere
def test_a_request_that_sees_what_came_behind_its_own_write(model):
    """It reads first, then writes."""
    seen = read(0, 9, {"x": "0", "b": "1"}, but=frozenset("a"))
    wrong(seen, write(0, 9, {"a": "1"}, after=(seen,)),
          read(10, 11, {"x": "0", "a": "1"}), write(12, 13, {"b": "1"}),
          x="0", model=model)


def test_a_history_that_takes_too_long_is_neither_right_nor_wrong():
    with pytest.raises(Undecided):
        check([write(0, 9, {"a": "1"}), write(0, 9, {"a": "2"}),
               read(10, 11, {"a": "3"})], Strict(),
              Strict().begin("s", {}), states_max=2)


# --- Where the promise is weaker --------------------------------------------

def test_dynamodb_may_show_the_past_but_none_older_than_the_ticket():
    first, second = write(0, 1, {"a": "1"}), write(2, 3, {"a": "2"})
    old = {"found": {"a": "1"}, "start": 4, "end": 5}
    judge(first, second, read(**old, seen=first), model=Eventual)
    judge(first, second, read(**old), model=Eventual)
    wrong(first, second, read(**old, seen=second), model=Eventual)


def test_dynamodb_may_show_for_a_while_what_has_ended():
    judge(end(0, 1), read(2, 3, {"x": "0"}), x="0", model=Eventual)


def test_dynamodb_loses_no_write():
    wrong(write(0, 1, {"a": "1"}), write(2, 3, {"b": "1"}),
          read(4, 5, {"x": "0", "b": "1"}), x="0", model=Eventual)


def failover(start, end):
    return Op("lose", "s", start, end, UNKNOWN)


def test_a_failover_may_lose_the_last_writes_and_no_others():
    first, second = write(0, 1, {"a": "1"}), write(2, 3, {"b": "1"})
    judge(first, second, failover(4, 5), read(6, 7, {"a": "1"}),
          model=Replicated)
    wrong(first, second, failover(4, 5), read(6, 7, {"b": "1"}),
          model=Replicated)
    wrong(first, second, read(6, 7, {"a": "1"}), model=Replicated)


def test_what_a_failover_lost_is_no_session_to_a_ticket_that_tells_of_it():
    first, second = write(0, 1, {"a": "1"}), write(2, 3, {"b": "1"})
    judge(first, second, failover(4, 5), read(6, 7, {"a": "1"}),
          read(8, 9, None, seen=second), model=Replicated)
    wrong(first, second, failover(4, 5), read(6, 7, {"a": "1"}),
          read(8, 9, None, seen=first), model=Replicated)


def test_a_write_under_way_may_be_seen_and_lost_and_done_again():
    began, seen = {"x": "0"}, {"x": "0", "a": "1"}
    mine = write(0, 9, {"a": "1"})
    once_more = write(0, NEVER, {"a": "1"}, outcome=UNKNOWN, before=(mine,))
    course = (mine, read(1, 2, seen), failover(3, 4), read(5, 6, began),
              read(10, 11, seen))
    judge(*course, once_more, x="0", model=Guarded)
    wrong(*course, x="0", model=Guarded)


def test_a_primary_that_was_replaced_may_show_what_it_has_for_a_moment():
    first, second = write(0, 1, {"a": "1"}), write(4, 5, {"a": "2"})
    old = {"start": 6, "end": 7, "found": {"a": "1"}}
    judge(first, failover(2, 3), second, read(**old, vague=True),
          read(8, 9, {"a": "2"}), model=Guarded)
    wrong(first, failover(2, 3), second, read(**old), model=Guarded)
    wrong(first, second, read(**old, vague=True), model=Guarded)


def test_a_primary_that_was_replaced_may_show_what_it_took_for_nobody():
    first, second = write(0, 1, {"a": "1"}), write(4, 19, {"b": "1"})
    attempt = write(4, NEVER, {"b": "1"}, outcome=UNKNOWN, before=(second,))
    course = (first, failover(2, 3), second,
              read(6, 7, {"a": "1", "b": "1"}, vague=True),
              read(8, 9, {"a": "1"}), read(20, 21, {"a": "1", "b": "1"}))
    judge(*course, attempt, model=Guarded)
    wrong(*course, model=Guarded)


def test_a_primary_that_was_replaced_cannot_end_a_session():
    first, late = write(0, 1, {"a": "1"}), end(0, 9)
    attempt = Op("end", "s", 0, NEVER, UNKNOWN, before=(late,))
    wrong(first, failover(2, 3), late, attempt,
          read(4, 5, None, vague=True), read(6, 7, {"a": "1"}),
          model=Guarded)


def test_a_write_that_is_over_is_not_done_again():
    mine = write(0, 1, {"a": "1"})
    wrong(mine, write(0, NEVER, {"a": "1"}, outcome=UNKNOWN, before=(mine,)),
          write(2, 3, {"a": "2"}), read(4, 5, {"a": "1"}), model=Guarded)


def test_what_a_replica_confirmed_is_not_lost_by_a_failover():
    first, second = write(0, 1, {"a": "1"}), write(2, 3, {"b": "1"})
    wrong(first, second, failover(4, 5), read(6, 7, {"a": "1"}),
          model=Guarded)
    wrong(first, end(2, 3), failover(4, 5), read(6, 7, {"a": "1"}),
          model=Guarded)
    judge(first, second, failover(4, 5), read(6, 7, {"a": "1", "b": "1"}),
          model=Guarded)


def test_what_nobody_confirmed_may_be_seen_and_be_gone_after_a_failover():
    first, second = write(0, 1, {"a": "1"}), write(2, 3, {"a": "2"},
                                                   outcome=UNKNOWN)
    seen = read(4, 5, {"a": "2"})
    judge(first, second, seen, failover(6, 7), read(8, 9, {"a": "1"}),
          model=Guarded)
    wrong(first, second, seen, read(8, 9, {"a": "1"}), model=Guarded)


# --- Any history ------------------------------------------------------------

def session_of(dice, length):
    """A history as clients at once may have it: each operation happens at a
    moment of its own, between a start and an end that overlap with others'."""
    ops, entries, moment = [], {"x": "0"}, 0
    for number in range(length):
        moment += 10
        start = moment - dice.randrange(40)
        stop = moment + dice.randrange(40)
        if dice.random() < 0.5:
            ops.append(read(start, stop, dict(entries)))
            continue
        sets = {dice.choice("abc"): str(number)}
        known = dice.random() < 0.9
        happens = known or dice.random() < 0.5
        ops.append(write(start, stop, sets,
                         outcome=DONE if known else UNKNOWN))
        if happens:
            entries.update(sets)
    ops.append(read(moment + 50, moment + 60, dict(entries)))
    return ops


@pytest.mark.parametrize("seed", range(40))
def test_any_history_of_a_right_store_passes(seed):
    judge(*session_of(random.Random(seed), 40), x="0")


@pytest.mark.parametrize("seed", range(40))
def test_in_any_history_one_lost_write_is_found(seed):
    """The last acknowledged write of an entry is missing in the last read."""
    dice = random.Random(seed)
    ops = session_of(dice, 40)
    last = ops[-1]
    acknowledged = {op.sets[name] for op in ops if op.kind == "write"
                    and op.outcome == DONE for name in op.sets}
    name = next(name for name, value in last.found.items()
                if value in acknowledged)
    wrong(*ops[:-1], read(last.start, last.end, {
        key: value for key, value in last.found.items() if key != name}),
        x="0")
