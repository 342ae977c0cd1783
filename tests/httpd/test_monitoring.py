# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The dashboard and the alerts ask for what the status page has."""

import json
import os
import re

import pytest
import yaml

from rig import conf, status
from rig.redis import Redis

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "share",
                      "monitoring")


@pytest.fixture(scope="module")
def server(module_httpd):
    """With a store of each kind, with and without servers."""
    redis = Redis()
    yield module_httpd(conf.SESSIONS + status.PLACE + f"""\
<Location /other>
    SessionStore {redis.url}
    SessionStoreCookie other
</Location>
""")
    redis.remove()


def dashboard():
    with open(os.path.join(FOLDER, "grafana-dashboard.json")) as file:
        return json.load(file)


def rules():
    with open(os.path.join(FOLDER, "prometheus-alerts.yml")) as file:
        return [rule for group in yaml.safe_load(file)["groups"]
                for rule in group["rules"]]


def dashboard_queries():
    board = dashboard()
    return [target["expr"] for panel in board["panels"]
            for target in panel["targets"]] + \
        [variable["query"] for variable in board["templating"]["list"]]


def alert_queries():
    return [rule["expr"] for rule in rules()]


ALL = pytest.mark.parametrize("queries", [dashboard_queries, alert_queries])


@ALL
def test_every_metric_asked_for_exists(server, queries):
    asked = set(re.findall(r"\bsession_store_\w+", " ".join(queries())))
    assert asked and asked <= status.metric_names(server)


@ALL
def test_every_label_asked_for_exists(server, queries):
    samples = [sample for family in status.exposed(server).values()
               for sample in family.samples]
    scraped = {"instance", "job"}       # Prometheus' own
    for query in queries():
        for name, matchers in re.findall(r"(session_store_\w+)\{([^}]*)\}",
                                         query):
            mine = [s.labels for s in samples if s.name == name]
            for label, how, value in re.findall(r'(\w+)(!?=~?)"([^"]*)"',
                                                matchers):
                if label in scraped:
                    continue
                assert all(label in labels for labels in mine), query
                if "~" not in how:
                    assert any(labels[label] == value for labels in mine), \
                        query


@ALL
def test_queries_are_closed(queries):
    for query in queries():
        for pair in ("()", "{}", "[]"):
            assert query.count(pair[0]) == query.count(pair[1]), query


def test_every_panel_has_a_title_and_a_place_of_its_own():
    panels = dashboard()["panels"]
    places = set()
    for panel in panels:
        assert panel["title"]
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & places and max(cells)[0] < 24
        places |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_every_alert_says_what_happens_and_why():
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_every_alert_is_in_the_manual():
    with open(os.path.join(FOLDER, "..", "..", "docs",
                           "operations.md")) as file:
        manual = file.read()
    for rule in rules():
        assert rule["alert"] in manual
