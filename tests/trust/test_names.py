# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Stores that are known by a name: name servers that fail, that know nothing
any more or do not answer at all, and a name that leads to another server."""

import time

import pytest

from rig.wait import until

from trial import names
from trial.crowd import Crowd
from trial.faults import SURELY, Fault, pause
from trial.named import NAMED
from trial.ordeal import PATIENCE_S, PAUSE_S, undergo, wait_until_well
from trial.sites import RESTARTS, TROUBLE, Site

SPAN_S = 2
SESSIONS = 12
FOUND_S = 60        # on machines at work; seconds, where nothing else is done

# As long as resolv.conf may have it.
FOR_AGES = "timeout:30 attempts:5"

TIMEOUTS = {"redis": "1s", "dynamodb": "2s"}
STORES = [pytest.param(store, marks=pytest.mark.xdist_group(store))
          for store in NAMED]


@pytest.fixture
def make_site():
    made = []

    def make(store, options=""):
        site = Site(NAMED[store](options), TIMEOUTS[store])
        site.server.log.allow(TROUBLE)
        made.append(site)
        return site

    yield make
    for site in made:
        site.close()


def lose_names(mode):
    """The children of a restart have never known an address. Silence is longer
    than any timeout."""
    broken_s = (2.2, 2.6) if mode == names.SILENT else (0.5, 1)

    def run(site, end):
        while time.monotonic() < end:
            pause(0.3, 0.6)
            site.store.names.set(mode)
            try:
                site.server.graceful()
                pause(*broken_s)
            finally:
                site.store.names.set(names.ANSWER)

    return run


@pytest.mark.parametrize("store", STORES)
def test_names_that_do_not_resolve_are_an_outage_and_no_more(
        store, make_site, record_property):
    site = make_site(store)
    site.server.log.allow(RESTARTS + "|" + TROUBLE)
    for name, mode in (("name servers fail", names.FAIL),
                       ("the name is unknown", names.UNKNOWN),
                       ("name servers are silent", names.SILENT)):
        undergo(site, Fault(name, (), SURELY, (503,), lose_names(mode)),
                SPAN_S, (store, name), record_property)


@pytest.mark.xdist_group("redis")
@pytest.mark.parametrize("mode", [names.FAIL, names.UNKNOWN, names.SILENT])
def test_an_address_that_was_known_outlives_the_name_servers(mode, make_site):
    site = make_site("redis")
    wait_until_well(site)
    site.store.names.set(mode)
    site.store.kill()
    site.store.start()
    wait_until_well(site)
    site.store.names.set(names.ANSWER)


def begin(site, count):
    """Tickets of sessions, by what stands in them."""
    browsers = {str(number): site.server.browser() for number in range(count)}
    for number, browser in browsers.items():
        until(lambda: browser.get(f"/probe/set?n={number}").status == 200,
              "a session to begin")
    return browsers


def shows(browser, number):
    """Its own page, or a refusal."""
    answer = browser.get("/probe/get")
    if answer.status == 503:
        assert not answer.set_cookies
        return False
    assert answer.status == 200 and answer.entries == {"n": number}, answer
    return True


@pytest.mark.parametrize("goes", ["killed", "hanging"])
@pytest.mark.parametrize("store", STORES)
def test_a_name_that_leads_to_another_server_is_followed(store, goes,
                                                         make_site):
    """Without a restart, though all connections lead to the one that is
    gone."""
    site = make_site(store)
    crowd = Crowd(site, 8, pause_s=PAUSE_S)
    until(lambda: crowd.visits >= 8 or crowd.wrong, "connections")
    crowd.stop()
    browsers = begin(site, SESSIONS)
    site.store.wait_for_copies()
    generation = site.server.generation()
    site.store.fail_over(goes)
    gone = time.monotonic()
    while not all([shows(browser, number)
                   for number, browser in browsers.items()]):
        assert time.monotonic() < gone + FOUND_S, "the old server is asked"
    print(f"{store}, {goes}: followed within {time.monotonic() - gone:.1f} s")
    crowd = Crowd(site, 4, pause_s=PAUSE_S)
    until(lambda: crowd.visits or crowd.wrong, "a visit at the other server")
    assert crowd.stop().judged > 0
    assert site.server.generation() == generation


@pytest.mark.parametrize("store", STORES)
def test_silent_name_servers_hold_up_no_restart_and_no_tool(store,
                                                            make_site):
    """And when they answer at last, whoever still waits for that does no
    harm."""
    site = make_site(store, FOR_AGES)
    site.server.log.allow(RESTARTS + "|" + TROUBLE)
    wait_until_well(site)
    site.store.names.set(names.SILENT)
    for what in (site.server.graceful, site.server.graceful,
                 lambda: site.revoke("nobody")):
        begun = time.monotonic()
        what()
        assert time.monotonic() - begun < PATIENCE_S
    parent = site.server.process
    site.store.names.set(names.ANSWER)
    wait_until_well(site)
    site.store.names.set(names.SILENT)
    site.server.graceful()
    assert not site.revoke("nobody")
    begun = time.monotonic()
    site.server.stop()
    assert time.monotonic() - begun < PATIENCE_S
    assert parent.returncode == 0
