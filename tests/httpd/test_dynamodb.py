# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Sessions in DynamoDB: the rules that the other files show on the token
directory, with httpd and Amazon's DynamoDB Local behind a proxy that checks
every signature."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from rig import conf, status
from rig.members import entries, logged_in, login, who
from rig.selfpage import PLACES, end, end_others, page_of
from rig.wait import until


def site(table, timeout):
    store = (f"SessionStore dynamodb:sessions region=eu-west-1"
             f" endpoint={table.url} timeout={timeout}"
             f" credentials-file=@ROOT@/aws\n")
    text = conf.SESSIONS.replace(conf.STORE, conf.KEYS + store)
    assert store in text
    return text + conf.FORM + PLACES + status.PLACE


@pytest.fixture(scope="module")
def give_keys(table):
    def give(made):
        path = made.path("aws")
        with open(path, "w") as file:
            file.write("[default]\n"
                       f"aws_access_key_id = {table.keys.key_id}\n"
                       f"aws_secret_access_key = {table.keys.secret}\n"
                       f"aws_session_token = {table.keys.token}\n")
        os.chmod(path, 0o644)

    return give


@pytest.fixture(scope="module")
def server(module_httpd, table, give_keys):
    return module_httpd(site(table, "30s"), before_start=give_keys)


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


def test_no_error_of_the_service_makes_a_line_of_the_log(server, table):
    server.log.expect("SST0303: .* x.*SST9999: forged")
    table.fault = lambda number, action: \
        ("type", "x\r\n[error] SST9999: forged\x1b[2J\x7f")
    assert server.browser().get("/probe/set?a=1").status == 500
    with open(server.path("log", "error.log"), "rb") as log:
        for line in log:
            assert not line.startswith(b"[error]")
            assert b"\x1b" not in line and b"\x7f" not in line


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


# --- What the status page tells of the service -----------------------------------

def told(server, judge, what):
    """The store's counters, once every process has told that much."""
    def look():
        server.browser().get("/probe/get")
        shown = status.store(server)
        return judge(shown) and shown

    return until(look, what)


def test_the_capacity_that_is_shown_is_what_was_billed(server, table):
    shown = status.store(server)["capacity"]
    read, write = table.read_units, table.write_units
    browser = server.browser()
    browser.get("/probe/set?basket=3")
    for _ in range(3):
        browser.get("/probe/get")
    browser.get("/probe/set?basket=4")
    read, write = table.read_units - read, table.write_units - write
    assert read > 0 and write > 0

    def all_told(now):
        browser.get("/probe/get", cookie="")
        return (now["capacity"]["read"] >= shown["read"] + read
                and now["capacity"]["write"] >= shown["write"] + write)

    told(server, all_told, "the units to be told")

    # Each process tells what it has spent when it comes to it.
    def all_forms_agree(now):
        exposed = status.exposed(server)["session_store_capacity_units"]
        return (f"{int(now['capacity']['read'])}</b> read units"
                in status.page(server).text
                and {s.labels["kind"]: s.value for s in exposed.samples}
                == now["capacity"])

    told(server, all_forms_agree, "all forms to say the same")


def test_throttled_attempts_and_retries_are_shown(server, table):
    before = status.store(server)
    table.fault = lambda number, action: "throttle" if number % 2 == 1 \
        else None
    browser = server.browser()
    for number in range(4):
        browser.get(f"/probe/set?a={number}")
    table.fault = None
    told(server, lambda now: now["throttled"] >= before["throttled"] + 2
         and now["retries"] >= before["retries"] + 2,
         "the throttling to be told")
    told(server, lambda now:
         f'<b class="fail">{now["throttled"]}</b> attempts throttled'
         in status.page(server).text, "the page to say the same")


def test_connections_to_the_service_are_shown(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")

    def open_ones(now):
        browser.get("/probe/get")
        return now["usage"]["connections_open"] > 0

    usage = told(server, open_ones, "a connection to be told")["usage"]
    assert usage["servers"] == 1 and usage["left_alone"] == 0
    assert usage["connections_max"] == 0


def test_a_service_that_is_left_alone_is_shown_until_it_is_back(
        httpd, table, give_keys):
    server = httpd(site(table, "300ms"), start=False)
    give_keys(server)
    server.start()
    server.log.allow("DynamoDB .*, table sessions")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    table.fault = lambda number, action: "500"

    def left_alone():
        browser.get("/probe/get")
        return status.store(server)["usage"]["left_alone"] == 1

    until(left_alone, "the service to be left alone")
    table.fault = None

    def asked_again():
        browser.get("/probe/get")
        return status.store(server)["usage"]["left_alone"] == 0

    until(asked_again, "the service to be asked again")
