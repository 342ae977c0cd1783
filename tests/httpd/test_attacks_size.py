# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Headers full of cookies and of parts of cookies: passed over, or refused."""

import pytest

from rig import conf, forge, status
from rig.members import COOKIE, as_cookie

HIGH = "LimitRequestFieldSize 65536\n"


def bomb(count, name=COOKIE):
    """So many forged tickets in one header."""
    return "; ".join(as_cookie(forge.ticket(), name) for _ in range(count))


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM + status.PLACE + HIGH)


@pytest.fixture(scope="module")
def carried(module_httpd):
    text = conf.SESSIONS.replace("SessionStore dir:@ROOT@/store purge=1h",
                                 "SessionStore cookie:")
    assert "cookie:" in text
    return module_httpd(text + HIGH)


def test_a_header_full_of_tickets_asks_no_store(server):
    before = status.store(server)["operations"]["get"]["count"]
    response = server.browser().get("/probe/get", cookie=bomb(600))
    assert (response.status, response.entries) == (200, {})
    assert status.store(server)["operations"]["get"]["count"] == before


def test_a_ticket_in_front_of_a_bomb_is_found(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    cookie = as_cookie(browser.jar[COOKIE]) + "; " + bomb(600)
    assert browser.get("/probe/get", cookie=cookie).entries == {"a": "1"}


def test_many_lines_of_cookies_are_a_visitor_or_refused(server):
    lines = [("Cookie", bomb(10)) for _ in range(90)]
    response = server.browser().get("/probe/get", headers=lines)
    assert response.status in (200, 400) and response.entries == {}


@pytest.mark.parametrize("planted", [
    lambda: bomb(600),
    lambda: "; ".join(as_cookie("A" * 50, f"{COOKIE}-{number}")
                      for number in range(2, 900)),
    lambda: "; ".join(f"{COOKIE}={'A' * 200}; {COOKIE}-2={'B' * 200}"
                      for _ in range(120)),
    lambda: as_cookie("A" * 60000)
], ids=["tickets", "parts", "pairs", "one"])
def test_a_bomb_of_parts_is_a_visitor(carried, planted):
    response = carried.browser().get("/probe/get", cookie=planted())
    assert (response.status, response.entries) == (200, {})
