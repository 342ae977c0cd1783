# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Sessions in DynamoDB: the rules that the other files show on the token
directory, with httpd and Amazon's DynamoDB Local behind a proxy that checks
every signature."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from rig import conf
from rig.members import entries, logged_in, login, who
from rig.selfpage import PLACES, end, end_others, page_of

@pytest.fixture(scope="module")
def server(module_httpd, table):
    store = (f"SessionStore dynamodb:sessions region=eu-west-1"
             f" endpoint={table.url} timeout=30s"
             f" credentials-file=@ROOT@/aws\n")
    text = conf.SESSIONS.replace(conf.STORE, conf.KEYS + store)
    assert store in text

    def give_keys(made):
        path = made.path("aws")
        with open(path, "w") as file:
            file.write("[default]\n"
                       f"aws_access_key_id = {table.keys.key_id}\n"
                       f"aws_secret_access_key = {table.keys.secret}\n"
                       f"aws_session_token = {table.keys.token}\n")
        os.chmod(path, 0o644)

    return module_httpd(text + conf.FORM + PLACES, before_start=give_keys)


@pytest.fixture(autouse=True)
def no_faults(table):
    table.fault = None
    table.count = 0
    table.actions.clear()


def count(table):
    return [action for action in table.actions
            if not action.startswith("Describe")]


def test_a_login_lasts_and_a_logout_ends_it(server):
    browser = logged_in(server.browser(), "alice")
    assert who(browser) == "alice"
    browser.get("/logout")
    assert who(browser) is None


def test_a_visitor_without_a_session_costs_no_call(server, table):
    for _ in range(3):
        assert server.browser().get("/").status == 200
    assert count(table) == []


def test_a_page_view_is_one_read_and_no_write(server, table):
    browser = logged_in(server.browser(), "alice")
    table.actions.clear()
    assert who(browser) == "alice"
    assert count(table) == ["GetItem"]


def change_all(first, count):
    """`count` changes, each of an entry of its own, by four at once."""
    def change(number):
        return first.twin().get(f"/probe/set?k{number}={number}").status

    with ThreadPoolExecutor(4) as crowd:
        assert set(crowd.map(change, range(count))) == {200}
    return {f"k{number}": str(number) for number in range(count)}


def test_changes_of_many_requests_at_once_are_all_there(server):
    browser = server.browser()
    browser.get("/probe/set?start=1")
    wanted = change_all(browser, 24)
    assert entries(browser) == {"start": "1", **wanted}


def test_changes_are_all_there_although_answers_are_lost(server, table):
    browser = server.browser()
    browser.get("/probe/set?start=1")
    table.fault = lambda number, action: "lose" if number % 4 == 0 else None
    wanted = change_all(browser, 24)
    table.fault = None
    assert entries(browser) == {"start": "1", **wanted}


def test_throttling_loses_no_login(server, table):
    table.fault = lambda number, action: "throttle" if number % 3 == 0 \
        else None
    for _ in range(10):
        browser = logged_in(server.browser(), "alice")
        assert who(browser) == "alice"


def test_answers_that_are_lost_lose_no_login(server, table):
    table.fault = lambda number, action: "lose" if number % 2 == 0 else None
    for _ in range(10):
        browser = logged_in(server.browser(), "alice")
        assert who(browser) == "alice"


def test_a_store_that_fails_is_a_503_and_no_logout(server, table):
    browser = logged_in(server.browser(), "alice")
    server.log.expect("DynamoDB GetItem, table sessions")
    table.fault = lambda number, action: ("type", "AccessDeniedException")
    answer = browser.get("/private/")
    assert answer.status == 503
    assert answer.set_cookies == []
    table.fault = None
    assert who(browser) == "alice"


def test_a_login_that_could_not_be_stored_does_not_succeed(server, table):
    server.log.expect("DynamoDB .*, table sessions")
    table.fault = lambda number, action: ("type", "AccessDeniedException")
    assert login(server.browser(), "alice").status == 503


def test_users_see_and_end_their_own_sessions(server):
    first = logged_in(server.browser(), "alice")
    end_others(first)
    second, third = (logged_in(server.browser(), "alice") for _ in range(2))
    bob = logged_in(server.browser(), "bob")
    assert len(page_of(first).rows) == 3
    assert end(first, page_of(second).own[0]).status == 303
    assert who(second) is None
    assert end_others(first).status == 303
    assert [who(b) for b in (first, third, bob)] == ["alice", None, "bob"]
    assert len(page_of(first).rows) == 1
