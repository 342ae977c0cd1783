# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Somebody who may write to the store, or who holds a ticket that is not his
any more: on every store, nobody gets another session, an older one or a longer
one by it, and no request fails."""

import contextlib
import os
import shutil
import subprocess

import pytest

from rig import build, conf
from rig.members import (COOKIE, Ticket, as_cookie, differ, entries, logged_in,
                         login, who)
from rig.stores import STORES
from rig.vault import VAULTS
from rig.wait import until

PLACES = """\
<Location /brief>
    SetHandler session-probe
    SessionStoreTimeout idle=1h absolute=2s touch=0
</Location>
"""

YEAR_S = 365 * 24 * 3600
UNUSED = "SST0302: a session in .* is not used"


@pytest.fixture(scope="module", params=VAULTS)
def store(request):
    made = STORES[request.param]()
    made.kind = request.param
    yield made
    made.remove()


@pytest.fixture(scope="module")
def server(module_httpd, store):
    text = conf.SESSIONS.replace("dir:@ROOT@/store purge=1h", store.words)
    assert store.words in text
    return module_httpd(text + conf.FORM + PLACES, before_start=store.prepare)


@pytest.fixture
def vault(server, store):
    vault = VAULTS[store.kind](server, store)
    vault.clear()
    return vault


def begun(server, vault, page):
    """A browser with a session, and where that lies."""
    before = set(vault.places())
    browser = server.browser()
    browser.get(page)
    place, = set(vault.places()) - before
    return browser, place


# --- Records ------------------------------------------------------------------

def test_a_record_in_the_place_of_another_opens_for_nobody(server, vault):
    server.log.expect(UNUSED)
    alice, hers = begun(server, vault, "/probe/set?a=1")
    mallory, his = begun(server, vault, "/probe/set?m=1")
    record = vault.take(hers)
    vault.put(hers, vault.take(his))
    assert entries(alice) == {}
    vault.put(his, record)
    assert entries(mallory) == {}


def test_a_record_from_before_the_last_change_is_refused(server, vault):
    server.log.expect(UNUSED)
    browser, place = begun(server, vault, "/probe/set?balance=100")
    old = vault.take(place)
    browser.get("/probe/set?balance=0")
    vault.put(place, old)
    assert entries(browser) == {}


def test_a_record_from_before_the_logout_brings_no_login_back(server, vault):
    browser = logged_in(server.browser(), "alice")
    late = browser.twin()
    place, = vault.places()
    record = vault.take(place)
    browser.get("/logout")
    other, _ = begun(server, vault, "/probe/set?b=1")
    # In the place of a session that lives, it opens for nobody.
    server.log.expect(UNUSED)
    for living in vault.places():
        vault.put(living, record)
    assert [who(one) for one in (browser, late, other)] == [None] * 3


def test_no_changed_byte_of_a_record_shows_anything_else(server, vault):
    """Whatever is changed: the session as it was, or none."""
    server.log.allow(UNUSED)
    browser, place = begun(server, vault, "/probe/set?a=1&b=2")
    record = vault.take(place)
    sealed = vault.sealed(record)
    refused = 0
    for at in range(0, len(sealed), 5):
        changed = bytearray(sealed)
        changed[at] ^= 1 << at % 8
        vault.put(place, vault.with_sealed(record, bytes(changed)))
        response = browser.twin().get("/probe/get")
        assert response.status == 200
        assert response.entries in ({}, {"a": "1", "b": "2"})
        refused += response.entries == {}
    assert refused > 10
    vault.put(place, record)
    assert entries(browser) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("cut", [0, 1, 47, 60, -1])
def test_a_record_cut_short_is_no_session(server, vault, cut):
    server.log.allow(UNUSED)
    browser, place = begun(server, vault, "/probe/set?a=1")
    record = vault.take(place)
    vault.put(place, vault.with_sealed(record, vault.sealed(record)[:cut]))
    response = browser.get("/probe/get")
    assert (response.status, response.entries) == (200, {})


def test_a_longer_life_in_the_store_ends_at_the_absolute_end(server, vault):
    browser, place = begun(server, vault, "/brief/set?a=1")
    vault.prolong(place, YEAR_S)
    until(lambda: browser.get("/brief/get").entries == {},
          "the absolute end of the session")


def test_a_store_that_was_emptied_is_no_error_and_signs_out(server, vault):
    browser = logged_in(server.browser(), "alice")
    ticket = Ticket.of(browser)
    vault.clear()
    assert who(browser) is None
    response = browser.get("/probe/set?new=1")
    assert response.status == 200
    assert entries(browser) == {"new": "1"}
    assert differ(Ticket.of(browser), ticket)


# --- Tickets ------------------------------------------------------------------

def test_a_ticket_is_worth_nothing_after_the_logout(server, vault):
    browser = logged_in(server.browser(), "alice")
    replayed = browser.twin()
    browser.get("/logout")
    assert who(replayed) is None
    replayed.get("/probe/set?x=1")
    assert who(replayed) is None
    assert who(browser) is None


def test_a_ticket_planted_before_the_login_is_not_signed_in(server, vault):
    planted, _ = begun(server, vault, "/probe/set?a=1")
    victim = planted.twin()
    assert login(victim, "alice").status == 302
    assert who(victim) == "alice"
    assert who(planted) is None
    assert differ(Ticket.of(victim), Ticket(planted.jar[COOKIE]))


# --- Keys ---------------------------------------------------------------------

@contextlib.contextmanager
def other_keys(server):
    """Another ring in place of the server's, and ours again at the end."""
    keys = server.path("keys")
    shutil.copy2(keys, keys + ".ours")
    os.remove(keys)
    subprocess.run([build.htsession(), "keygen", keys], check=True,
                   stdout=subprocess.DEVNULL)
    server.graceful()
    yield
    os.replace(keys + ".ours", keys)
    server.graceful()


def test_under_other_keys_all_are_visitors_and_nothing_is_lost(server, vault):
    browser = logged_in(server.browser(), "alice")
    with other_keys(server):
        response = browser.twin().get("/private/probe/user")
        assert response.status == 302 and "alice" not in response.text
    assert who(browser) == "alice"


# --- Where the browser is the store ----------------------------------------------

@pytest.fixture(scope="module")
def carried(module_httpd):
    text = conf.SESSIONS.replace("dir:@ROOT@/store purge=1h", "cookie:")
    return module_httpd(text + conf.FORM)


def test_a_session_cut_or_longer_in_its_cookie_is_none(carried):
    browser = carried.browser()
    browser.get("/probe/set?a=1")
    whole = browser.jar[COOKIE]
    wrong = [whole[:length] for length in range(0, len(whole), 7)]
    wrong += [whole + "A", "A" + whole, whole + whole, whole[::-1]]
    for value in wrong:
        response = carried.browser().get("/probe/get",
                                         cookie=as_cookie(value))
        assert (response.status, response.entries) == (200, {})
    assert entries(browser) == {"a": "1"}


def test_a_session_in_its_cookie_is_none_under_other_keys(carried):
    browser = logged_in(carried.browser(), "alice")
    with other_keys(carried):
        response = browser.twin().get("/private/probe/user")
        assert response.status == 302 and "alice" not in response.text
    assert who(browser) == "alice"
