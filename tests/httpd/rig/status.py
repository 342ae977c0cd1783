# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The status page of a server under test, in its forms."""

import json

from prometheus_client.parser import text_string_to_metric_families

PATH = "/session-store-status"

PLACE = f"""\
<Location {PATH}>
    SetHandler session-store-status
    Session Off
</Location>
"""


def page(server):
    """The page that people see."""
    response = server.browser().get(PATH)
    assert response.status == 200, response
    return response


def read(server):
    """`?json`, parsed."""
    response = server.browser().get(PATH + "?json")
    assert response.status == 200, response
    assert response.get("Content-Type") == "application/json"
    return json.loads(response.text)


def store(server):
    """The counters of the only store."""
    stores = read(server)["stores"]
    assert len(stores) == 1
    return stores[0]


def exposed(server):
    """`?prometheus`: the metrics by name, as a strict parser reads them."""
    response = server.browser().get(PATH + "?prometheus")
    assert response.status == 200, response
    assert response.get("Content-Type") == \
        "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(response.text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family is torn apart"
    return {family.name: family for family in families}


def metric_names(server):
    """Every name that a query may use."""
    return {sample.name for family in exposed(server).values()
            for sample in family.samples}
