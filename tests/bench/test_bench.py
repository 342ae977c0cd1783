# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""That the measurements can be made, and say what they are to say. How fast
anything is, no test asks: that depends on what else the machine does. How
often a store is asked does not, nor what callgrind counts."""

import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(HERE, "bench.py")

sys.path.insert(0, HERE)

import bench  # noqa: E402  (needs the path above)
from benchrig.table import COLUMNS  # noqa: E402

CONFIGURATIONS = [
    "no session", "floor G: GET", "floor S: GET, AES, decoded",
    "floor E: GET, AES, entries", "mod_session_cookie",
    "mod_session_cookie, crypto", "mod_session_dbd, SQLite",
    "mod_session_dbd, PostgreSQL", "SessionStore cookie:",
    "SessionStore dir:", "SessionStore redis://", "SessionStore rediss://",
    "SessionStore redis+unix:", "SessionStore dynamodb:",
    "SessionStore redis://, cached", "SessionStore dynamodb:, cached"]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.fixture(scope="module")
def quick():
    done = subprocess.run([sys.executable, BENCH, "--quick"], text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def rows(quick):
    """{configuration: {column: text}}"""
    lines = [line for line in quick.splitlines() if line.startswith("| ")]
    assert cells(lines[0]) == list(COLUMNS)
    rows = [dict(zip(COLUMNS, cells(line))) for line in lines[1:]]
    return {row["configuration"]: row for row in rows}


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
                 "load average"):
        assert part in line


# A new connection asks once more than its requests do.
@pytest.mark.parametrize("form", ["redis://", "rediss://", "redis+unix:"])
def test_a_page_view_is_one_round_trip_to_redis(rows, form):
    trips = float(rows[f"SessionStore {form}"]["round trips"])
    assert 0.99 <= trips < 1.5


def test_an_unchanged_session_from_the_cache_is_no_round_trip(rows):
    # Those that there are, are the watcher's.
    assert float(rows["SessionStore redis://, cached"]["round trips"]) < 0.1


def test_a_session_in_redis_takes_less_than_one_in_a_plain_cookie(rows):
    plain = thousand_instructions(rows, "mod_session_cookie")
    for name in ("SessionStore redis://", "SessionStore dir:",
                 "SessionStore redis://, cached",
                 "SessionStore dynamodb:, cached"):
        assert thousand_instructions(rows, name) < plain


def test_a_document_gets_the_table_between_its_marks(tmp_path):
    path = tmp_path / "document.md"
    path.write_text(f"before\n{bench.BEGIN}\nold\n{bench.END}\nbehind\n")
    bench.write(path, "new")
    assert path.read_text() == (
        f"before\n{bench.BEGIN}\n\nnew\n\n{bench.END}\nbehind\n")
