# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Large sessions work; one that is too large is refused and harms nothing."""

import pytest

from rig import conf
from rig.members import COOKIE, entries

PLACES = """\
<Location /small>
    SetHandler session-probe
    SessionStoreMaxSize 2000
</Location>
ScriptAlias /smallcgi/ @ROOT@/cgi/
<Location /smallcgi>
    SessionStoreMaxSize 2000
</Location>
"""

TOO_BIG = (r"SST0304: session \S+ is not changed, the request is refused: "
           r".* bytes .* SessionStoreMaxSize")


def expect_too_big(server):
    server.log.expect(TOO_BIG)


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + PLACES)


@pytest.mark.parametrize("count,size", [(1, 200_000), (200, 1000),
                                        (5_000, 30)])
def test_a_session_of_up_to_200_000_bytes_works(server, count, size):
    browser = server.browser()
    response = browser.get(f"/probe/fill?n={count}&size={size}")
    assert response.status == 200
    wanted = {f"f{number}": "x" * size for number in range(count)}
    assert entries(browser) == wanted
    browser.get("/probe/set?f0=changed")
    assert entries(browser) == {**wanted, "f0": "changed"}


def test_a_session_over_the_limit_is_a_413(server):
    expect_too_big(server)
    browser = server.browser()
    browser.get("/probe/set?kept=1")
    ticket = browser.jar[COOKIE]
    before = server.store.snapshot()
    response = browser.get("/probe/fill?n=300&size=1000")
    assert response.status == 413
    assert response.set_cookies == []
    assert "f0=" not in response.text
    assert server.store.snapshot() == before
    assert browser.jar[COOKIE] == ticket
    assert entries(browser) == {"kept": "1"}


def test_a_new_session_over_the_limit_leaves_nothing_behind(server):
    expect_too_big(server)
    before = server.store.snapshot()
    response = server.browser().get("/probe/fill?n=300&size=1000")
    assert response.status == 413
    assert response.set_cookies == []
    assert server.store.snapshot() == before


def test_the_limit_of_a_directory_counts_there(server):
    expect_too_big(server)
    browser = server.browser()
    assert browser.get("/small/fill?n=3&size=100").status == 200
    assert browser.get("/small/fill?n=30&size=100").status == 413
    assert browser.get("/probe/fill?n=30&size=100").status == 200


def test_a_program_that_stores_too_much_is_refused(server):
    expect_too_big(server)
    browser = server.browser()
    browser.get("/smallcgi/session?kept=1")
    response = browser.get("/smallcgi/session?a=" + "x" * 3000)
    assert response.status == 413
    assert browser.get("/smallcgi/session").entries == {"kept": "1"}


def test_a_session_may_become_smaller_when_it_is_over_the_limit(server):
    browser = server.browser()
    browser.get("/probe/fill?n=30&size=100")
    assert browser.get("/small/clear").status == 200
    assert entries(browser) == {}
