# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreCache in front of DynamoDB, which tells nobody of changes: a copy
has an age that it does not outlive."""

import time

import pytest

from rig import conf, status
from rig.members import entries, logged_in, who
from rig.wait import until

MAX_AGE_S = 1


@pytest.fixture
def hosts(httpd, table):
    """Two hosts with one table and the same keys."""
    def give_keys(made):
        with open(made.path("aws"), "w") as file:
            file.write("[default]\n"
                       f"aws_access_key_id = {table.keys.key_id}\n"
                       f"aws_secret_access_key = {table.keys.secret}\n"
                       f"aws_session_token = {table.keys.token}\n")

    store = ("SessionStore dynamodb:sessions region=eu-west-1"
             f" endpoint={table.url} timeout=30s"
             " credentials-file=@ROOT@/aws\n")
    text = conf.SESSIONS.replace(conf.STORE, conf.KEYS + store)
    made = [httpd(f"SessionStoreCache 8m max-age={MAX_AGE_S}s\n" + text
                  + conf.FORM + status.PLACE, fpm=False, start=False)
            for _ in range(2)]
    with open(made[0].path("keys"), "rb") as first:
        ring = first.read()
    with open(made[1].path("keys"), "r+b") as second:
        second.write(ring)
        second.truncate()
    for server in made:
        give_keys(server)
        server.start()
    return made


def cache_of(server):
    return status.store(server)["cache"]


def hits(server, browser, path="/probe/get"):
    before = cache_of(server)["hit"]
    browser.get(path)
    return cache_of(server)["hit"] - before


def at(server, member):
    browser = server.browser()
    browser.jar.update(member.jar)
    return browser


def test_a_page_after_the_first_asks_the_table_for_nothing(hosts):
    here = hosts[0]
    member = logged_in(here.browser(), "alice")
    until(lambda: hits(here, member), "a copy of the session")
    assert cache_of(here)["state"] == "works"


def test_a_change_on_the_same_host_counts_at_once(hosts):
    member = logged_in(hosts[0].browser(), "alice")
    for number in range(10):
        member.get(f"/probe/set?basket={number}")
        assert entries(at(hosts[0], member))["basket"] == str(number)
    member.get("/logout")
    assert who(at(hosts[0], member)) is None


def test_a_ticket_of_a_newer_session_is_never_served_an_older_one(hosts):
    """The same browser at two hosts behind a balancer."""
    here, there = hosts
    member = logged_in(here.browser(), "alice")
    elsewhere = at(there, member)
    for number in range(10):
        entries(elsewhere)
        member.get(f"/probe/set?basket={number}")
        elsewhere.jar.update(member.jar)
        assert entries(elsewhere)["basket"] == str(number)


def test_what_another_host_ends_is_over_after_the_greatest_age(hosts):
    here, there = hosts
    member = logged_in(here.browser(), "alice")
    elsewhere = at(there, member)
    until(lambda: hits(there, elsewhere), "a copy at the other host")
    thief = at(there, member)
    member.get("/logout")
    ended = time.monotonic()
    while time.monotonic() < ended + MAX_AGE_S:
        time.sleep(0.05)
    assert who(thief) is None
