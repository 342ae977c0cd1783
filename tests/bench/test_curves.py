# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""That curves, very many sessions and memory can be measured, in small; and
that the documents show what was measured, and nothing else."""

import base64
import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
DOCS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "docs")
sys.path.insert(0, HERE)

import curves  # noqa: E402  (needs the path above)
from benchrig import growth, marks, report  # noqa: E402
from benchrig.many import item_bytes  # noqa: E402

STORES = [growth.DIR, growth.REDIS, growth.DYNAMODB]
ACROSS = {"sessions": [100, 200], "size": [100, 1000], "clients": [1, 2],
          "children": [1, 2], "nodes": [1, 3]}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("curves") / "data.json"
    subprocess.run([sys.executable, curves.__file__, "--quick", "--data",
                    str(path)], check=True, stdout=subprocess.DEVNULL)
    return json.loads(path.read_text())


def test_each_curve_has_every_step_of_each_configuration(data):
    assert [curve["name"] for curve in data["curves"]] == list(ACROSS)
    for curve in data["curves"]:
        for points in curve["series"].values():
            assert [point["x"] for point in points] == ACROSS[curve["name"]]
            for point in points:
                assert point["rate"] > 0 and point["httpd"] > 0
                assert 0 < point["p50"] <= point["p99"]


# New connections ask as well.
def test_a_page_view_asks_redis_once_however_many_sessions_and_nodes(data):
    for curve in data["curves"]:
        for name, points in curve["series"].items():
            if name in (growth.REDIS, growth.CLUSTER):
                for point in points:
                    assert 0.99 <= point["trips"] < 1.9, (curve["name"], point)


def test_the_sessions_that_were_made_are_there(data):
    assert [(row["store"], row["sessions"]) for row in data["many"]] == [
        (store, count) for count in ACROSS["sessions"] for store in STORES]
    scanned = {row["store"]: row["scanned"] for row in data["many"]
               if "scanned" in row}
    assert scanned == {growth.DIR: 200, growth.REDIS: 200}


# Redis's own memory is more than that of so few sessions.
def test_a_session_of_a_kilobyte_is_a_file_or_an_item_of_less_than_two(data):
    for row in data["many"]:
        assert row["data"] > 500, row
        assert row["data"] < 2048 or row["store"] == growth.REDIS, row


def test_as_many_connections_are_open_as_threads_wait_for_redis(data):
    for row in data["memory"]:
        if "most" in row:
            assert row["open"] <= row["most"] == row["threads"]
        assert 0 < row["pss_kb"] <= row["rss_kb"]


def test_an_item_has_the_size_that_aws_counts():
    """Names in UTF-8, binary as its bytes, a number as its digits in pairs and
    one byte more."""
    assert item_bytes({
        "sid": {"B": base64.b64encode(b"x" * 32).decode()},
        "exp": {"N": "1764000000"},
        "\u00e9": {"S": "\u00e9t\u00e9"}}) == 3 + 32 + 3 + (2 + 1) + 2 + 5


# --- The documents ---

@pytest.fixture(scope="module")
def kept():
    with open(os.path.join(DOCS, "performance.json")) as file:
        return json.load(file)


def test_the_document_says_what_the_data_say(kept):
    with open(os.path.join(DOCS, "performance.md")) as file:
        text = file.read().partition(marks.begin(marks.CURVES))[2]
    shown = text.partition(marks.end(marks.CURVES))[0].strip()
    assert shown == report.markdown(kept)


def test_each_curve_has_its_plot_for_light_and_for_dark(kept):
    for curve in kept["curves"]:
        with open(os.path.join(DOCS, report.IMAGES.format(
                curve["name"]))) as file:
            svg = file.read()
        assert "prefers-color-scheme: dark" in svg
        assert curve["title"] in svg
        for name in curve["series"]:
            assert name in svg
