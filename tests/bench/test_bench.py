# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""That the measurements can be made, and say what they are to say. How fast
anything is, no test asks: that depends on what else the machine does. How
often a store is asked does not, nor what callgrind counts."""

import os
import re
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "bench.py")

sys.path.insert(0, HERE)

from benchrig import goals, marks  # noqa: E402  (needs the path above)
from benchrig.goals import Goal  # noqa: E402
from benchrig.spread import QUIET, interval, quiet, ratios  # noqa: E402
from benchrig.table import COLUMNS  # noqa: E402

CONFIGURATIONS = [
    "no session", "floor G: GET", "floor S: GET, AES, decoded",
    "floor E: GET, AES, entries", "mod_session_cookie",
    "mod_session_cookie, crypto", "mod_session_dbd, SQLite",
    "mod_session_dbd, PostgreSQL", "SessionStore cookie:",
    "SessionStore dir:", "SessionStore redis://", "SessionStore rediss://",
    "SessionStore redis+unix:", "SessionStore dynamodb:",
    "SessionStore redis:// + cache"]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.fixture(scope="module")
def quick():
    done = subprocess.run([sys.executable, BENCH, "--quick"], text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


def table_under(columns, text):
    """The rows of the table with these columns: [{column: text}]"""
    parts = [part for part in text.split("\n\n")
             if cells(part.splitlines()[0]) == list(columns)]
    assert len(parts) == 1
    return [dict(zip(columns, cells(line)))
            for line in parts[0].splitlines()[2:]]


@pytest.fixture(scope="module")
def rows(quick):
    """{configuration: {column: text}}"""
    return {row["configuration"]: row for row in table_under(COLUMNS, quick)}


@pytest.fixture(scope="module")
def reached(quick):
    """{what, limit: {column: text}}"""
    return {(row["what"], row["goal"]): row
            for row in table_under(goals.COLUMNS, quick)}


def thousand_instructions(rows, name):
    return float(rows[name]["thousand instructions"].replace(",", ""))


def test_the_table_has_every_configuration(rows):
    assert list(rows) == CONFIGURATIONS
    for row in rows.values():
        assert float(row["requests/s"].replace(",", "")) > 0
        assert float(row["p99 ms"].replace(",", "")) > 0


def test_the_table_says_when_and_where(quick):
    line = quick.splitlines()[0]
    for part in ("UTC", "processors", "httpd 2.4.", "OpenSSL", "Redis",
                 "others took more than"):
        assert part in line


# A new connection asks once more than its requests do.
@pytest.mark.parametrize("form", ["redis://", "rediss://", "redis+unix:"])
def test_a_page_view_is_one_round_trip_to_redis(rows, form):
    trips = float(rows[f"SessionStore {form}"]["round trips"])
    assert 0.99 <= trips < 1.5


def test_a_session_in_redis_takes_less_than_one_in_a_plain_cookie(rows):
    plain = thousand_instructions(rows, "mod_session_cookie")
    for name in ("SessionStore redis://", "SessionStore dir:"):
        assert thousand_instructions(rows, name) < plain


# --- Goals ---

def test_every_goal_of_an_unchanged_page_is_measured(reached):
    wanted = goals.applicable(CONFIGURATIONS, ["unchanged"])
    assert len(reached) == len(wanted) > 5
    for row in reached.values():
        assert float(row["measured"]) >= 0
        assert row["goal is"] in ("met", "missed", "undecided, rather met",
                                  "undecided, rather missed")


def test_the_goal_of_one_round_trip_says_what_was_counted(reached):
    row = reached["SessionStore redis://: round trips", "about 1"]
    assert 0.99 <= float(row["measured"]) < 1.5


def test_beside_a_goal_stands_what_the_floors_reach(quick):
    told, = re.findall(r"^httpd CPU to mod_session_cookie, crypto, unchanged: "
                       r"no session (0\.\d+), "
                       r"floor E: GET, AES, entries (0\.\d+)\.",
                       quick, re.MULTILINE)
    assert 0 < float(told[0]) < 1 and 0 < float(told[1]) < 1


def test_a_session_in_a_sealed_cookie_takes_less_than_one_in_a_plain_one(
        reached):
    row = reached["SessionStore cookie:: instructions of httpd, to "
                  "mod_session_cookie", "below 1"]
    assert float(row["measured"]) < 1 and row["goal is"] == "met"


def test_goals_of_a_configuration_that_is_not_there_are_left_out():
    names = [name for name in CONFIGURATIONS if "dir:" not in name]
    assert all("dir:" not in goal.ours for goal in
               goals.applicable(names, ["unchanged"]))


class Run:
    """A sample, as far as ratios need it."""

    def __init__(self, httpd, others=0.0):
        self.httpd = httpd
        self.others = others


def judged(values, bound, limit):
    goal = Goal("unchanged", "a", goals.CPU, "b", bound, limit)
    paired = {("unchanged", "a", "b"): ([Run(value) for value in values],
                                        [Run(1.0) for _ in values])}
    return goals.row(goal, paired, {})[-1]


@pytest.mark.parametrize("ratio,bound,verdict", [
    (1.05, "at most", "met"), (1.15, "at most", "missed"),
    (1.15, "at least", "met"), (1.05, "at least", "missed"),
    (1.05, "below", "met"), (1.15, "below", "missed")])
def test_a_ratio_that_hardly_spreads_meets_a_goal_or_misses_it(
        ratio, bound, verdict):
    assert judged([ratio - 0.01, ratio, ratio + 0.01] * 8, bound,
                  1.1) == verdict


def test_a_ratio_that_spreads_over_the_limit_decides_nothing():
    values = [0.8, 0.9, 1.0, 1.05, 1.2, 1.3, 1.4, 1.02, 1.03]
    assert judged(values, "at most", 1.1) == "undecided, rather met"


def test_a_goal_that_is_below_is_missed_when_it_is_equal():
    assert judged([1.0] * 8, "below", 1) == "missed"
    assert judged([1.0] * 8, "at most", 1) == "met"


# --- What others did meanwhile ---

def test_pairs_in_which_others_were_busy_are_left_out():
    ours = [Run(2.0), Run(9.0, QUIET * 2), Run(2.0), Run(2.0)]
    theirs = [Run(1.0), Run(1.0), Run(1.0), Run(0.1, QUIET * 2)]
    assert ratios(ours, theirs) == [2.0, 2.0]


def test_on_a_machine_that_is_never_quiet_the_better_half_counts():
    runs = [(Run(1.0, 0.3),), (Run(1.0, 0.9),), (Run(1.0, 0.4),),
            (Run(1.0, 0.8),), (Run(1.0, 0.5),)]
    assert quiet(runs) == [runs[0], runs[2], runs[4]]


@pytest.mark.parametrize("count,low,high", [
    (1, 1, 1), (5, 1, 5), (6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33)])
def test_the_range_of_a_median_is_that_of_the_sign_test(count, low, high):
    """Ranks as tables of that test have them, for 95 %."""
    assert interval(list(range(count, 0, -1))) == (low, high)


# --- The documents ---

def test_a_document_gets_the_table_between_its_marks(tmp_path):
    path = tmp_path / "document.md"
    first, last = marks.begin("measured"), marks.end("measured")
    path.write_text(f"before\n{first}\nold\n{last}\nbehind\n")
    marks.write(path, "new")
    assert path.read_text() == (
        f"before\n{first}\n\nnew\n\n{last}\nbehind\n")


def test_a_document_without_marks_stays_as_it_is(tmp_path):
    path = tmp_path / "document.md"
    path.write_text("before\n")
    with pytest.raises(AssertionError):
        marks.write(path, "new")
    assert path.read_text() == "before\n"
