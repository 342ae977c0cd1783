# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What goes wrong on the way, and what comes of it."""

import time

import pytest
from awsrig.driver import row, soon, version
from awsrig.proxy import every, first

# What a loaded machine may add to a deadline.
SLACK_MS = 10000


def only(action, kind):
    return lambda number, what: kind if what == action else None


def stored(driver, at):
    answer = driver.get(at)
    assert answer["status"] == "ok", answer
    return answer


@pytest.mark.parametrize("kind", ["throttle", "500", "drop", "lose",
                                  "truncate", "corrupt"])
def test_a_call_that_fails_twice_succeeds_within_its_deadline(proxy, driver,
                                                              kind):
    at, one, two = row(), version(1), version(2)
    proxy.fault = first(2, kind)
    assert driver.put(at, one)["status"] == "ok"
    proxy.count = 0
    assert driver.put(at, two, expected=one)["status"] == "ok"
    proxy.count = 0
    assert driver.get(at)["token"] == two["token"]


@pytest.mark.parametrize("kind", ["lose", "truncate", "corrupt", "500"])
def test_an_answer_that_is_lost_does_not_make_a_conflict(proxy, driver, kind):
    at, one, two = row(), version(1), version(2)
    proxy.fault = every(2, kind)
    assert driver.put(at, one)["status"] == "ok"
    assert driver.put(at, two, expected=one)["status"] == "ok"
    assert stored(driver, at)["token"] == two["token"]
    assert driver.ask("remove", row=at, expected=two)["status"] == "ok"


def test_no_update_of_1000_is_lost_or_doubled_when_answers_are_lost(proxy,
                                                                    driver):
    lost = []

    def lose(number, action):
        if action in ("UpdateItem", "PutItem"):
            lost.append(number)
            return "lose" if len(lost) % 2 == 0 else None
        return None

    proxy.fault = lose
    answer = driver.ask("hammer", row=row(), threads=8, updates=1000)
    assert answer["failures"] == 0, answer["first"]
    assert answer["count"] == 1000
    assert len(lost) >= 1000


def test_throttling_of_every_third_call_loses_nothing(proxy, driver):
    proxy.fault = every(3, "throttle")
    answer = driver.ask("hammer", row=row(), threads=4, updates=300)
    assert answer["failures"] == 0, answer["first"]
    assert answer["count"] == 300


@pytest.mark.parametrize("kind,status", [("throttle", "unavailable"),
                                         ("500", "unavailable"),
                                         (30, "timeout"),
                                         ("drop", "unavailable")])
def test_a_store_that_only_fails_costs_no_more_than_the_deadline(
        proxy, driver, kind, status):
    proxy.fault = every(1, kind)
    begun = time.monotonic()
    answer = driver.get(row(), timeout_ms=700)
    took = time.monotonic() - begun
    assert answer["status"] in (status, "timeout")
    assert "GetItem" in answer["error"] and "sessions" in answer["error"]
    assert took < 0.7 + SLACK_MS / 1000


def test_one_connection_that_hangs_leaves_time_for_another(proxy, driver):
    proxy.denied = {"DescribeTable"}
    at, one = row(), version(1)
    assert driver.put(at, one)["status"] == "ok"
    proxy.count = 0
    proxy.fault = first(1, 30)
    assert driver.get(at, timeout_ms=6000)["status"] == "ok"


def test_connections_that_the_server_closed_are_not_noticed(proxy, driver):
    at, one, two = row(), version(1), version(2)
    assert driver.put(at, one)["status"] == "ok"
    proxy.server.drop_connections()
    assert driver.put(at, two, expected=one)["status"] == "ok"
    proxy.server.drop_connections()
    assert stored(driver, at)["revision"] == 2


def test_a_dead_service_is_not_asked_again_at_once(proxy, driver):
    proxy.fault = every(1, "500")
    answers = [driver.get(row(), timeout_ms=200) for _ in range(12)]
    assert {answer["status"] for answer in answers} \
        <= {"unavailable", "timeout"}
    assert any("not asked" in answer["error"] for answer in answers)
    proxy.fault = None
    limit = time.monotonic() + 30
    while driver.get(row())["status"] != "not found":
        assert time.monotonic() < limit, "the breaker stays open"
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["ReplicatedWriteConflictException",
                                  "TransactionConflictException"])
def test_a_write_that_meets_another_one_is_sent_again(proxy, driver, kind):
    writes = []

    def fault(number, action):
        if action != "PutItem":
            return None
        writes.append(number)
        return ("type", kind) if len(writes) <= 2 else None

    proxy.fault = fault
    assert driver.put(row(), version(1))["status"] == "ok"
    assert len(writes) == 3


@pytest.mark.parametrize("kind,status,words", [
    ("AccessDeniedException", "denied", ["dynamodb:GetItem", "sessions"]),
    ("ResourceNotFoundException", "unavailable", ["create the table"]),
    ("ValidationException", "internal", ["key=NAME"]),
])
def test_what_no_repeat_will_mend_is_said_at_once(proxy, driver, kind, status,
                                                  words):
    proxy.fault = only("GetItem", ("type", kind))
    answer = driver.get(row())
    assert answer["status"] == status
    assert all(word in answer["error"] for word in words), answer
    assert proxy.actions.count("GetItem") == 1
    assert "\n" not in answer["error"]


def test_an_item_that_is_too_big_is_refused_before_it_is_sent(proxy, driver):
    answer = driver.ask("put", row=row(), size=408553, expires=soon(),
                        **version())
    assert answer["status"] == "too big"
    assert "PutItem" not in proxy.actions


def test_the_largest_item_is_taken(driver):
    at = row()
    assert driver.ask("put", row=at, size=408552, expires=soon(),
                      **version())["status"] == "ok"
    assert len(stored(driver, at)["body"]) == 2 * 408552
