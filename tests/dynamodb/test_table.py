# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Tables: as documented, of other people's making, and wrong ones."""

import base64
import secrets
import time

import pytest
from awsrig.driver import row, soon, version


def name():
    return "t-" + secrets.token_hex(6)


def notices(driver):
    """Waits for the first."""
    limit = time.monotonic() + 20
    while not driver.notices():
        assert time.monotonic() < limit, "nothing was told"
        time.sleep(0.02)
    return driver.notices()


def item(local, table, key, at):
    return local.call("GetItem", {"TableName": table, "ConsistentRead": True,
                                  "Key": {key: at}}).get("Item")


@pytest.mark.parametrize("key", ["username", "id", "sid"])
def test_a_table_whose_only_key_is_a_string(local, open_driver, key):
    table = local.make_table(name(), key, "S")
    driver = open_driver(f"key={key}:S", table=table)
    at, one = row(), version()
    assert driver.put(at, one)["status"] == "ok"
    assert driver.get(at)["token"] == one["token"]
    assert item(local, table, key, {"S": at}) is not None
    assert driver.ask("scan")["rows"] == [at]


def test_reserved_words_are_no_trouble_as_names(local, open_driver):
    table = local.make_table(name(), "hash", "B", ttl="ttl")
    driver = open_driver("key=hash", "ttl=ttl", table=table)
    at, user, one, two = row(), row(), version(1), version(2)
    assert driver.ask("index_add", user=user, row=at,
                      expires=soon())["status"] == "ok"
    assert driver.put(at, one)["status"] == "ok"
    assert driver.put(at, two, expected=one)["status"] == "ok"
    assert driver.ask("touch", row=at, expires=soon())["status"] == "ok"
    assert driver.ask("remove", row=at, expected=two)["status"] == "ok"


def test_a_table_that_is_right_is_not_talked_about(proxy, driver):
    assert driver.get(row())["status"] == "not found"
    limit = time.monotonic() + 20
    while "DescribeTimeToLive" not in proxy.actions:
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert driver.notices() == []


def test_a_key_of_another_name_is_one_line_with_the_remedy(local,
                                                           open_driver):
    table = local.make_table(name(), "username", "S")
    driver = open_driver(table=table)
    answer = driver.get(row())
    assert answer["status"] == "internal"
    assert "key=" in answer["error"]
    assert "key=username:S" in notices(driver)[0]


def test_a_sort_key_is_one_line(local, open_driver):
    driver = open_driver(table=local.make_table(name(), sort="at"))
    driver.get(row())
    assert "sort key" in notices(driver)[0]


def test_a_table_without_ttl_is_one_line_with_the_command(local, open_driver):
    table = local.make_table(name(), ttl=None)
    driver = open_driver(table=table)
    assert driver.get(row())["status"] == "not found"
    told = notices(driver)
    assert len(told) == 1
    assert f"update-time-to-live --table-name {table}" in told[0]


def test_a_ttl_on_another_attribute_is_one_line(local, open_driver):
    driver = open_driver(table=local.make_table(name(), ttl="expires"))
    driver.get(row())
    assert "set ttl=expires" in notices(driver)[0]


def test_a_missing_table_is_named_and_no_missing_session(open_driver):
    driver = open_driver(table="nowhere")
    answer = driver.get(row())
    assert answer["status"] == "unavailable"
    assert "nowhere" in answer["error"] and "create" in answer["error"]
    assert "nowhere" in notices(driver)[0]


def test_who_may_not_describe_the_table_hears_nothing(proxy, driver):
    proxy.denied = {"DescribeTable", "DescribeTimeToLive"}
    assert driver.get(row())["status"] == "not found"
    limit = time.monotonic() + 20
    while "DescribeTable" not in proxy.actions:
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert driver.get(row())["status"] == "not found"
    assert driver.notices() == []


def test_get_put_update_and_delete_are_all_the_rights_that_requests_need(
        proxy, driver):
    at, user, one, two = row(), row(), version(1), version(2)
    proxy.denied = {"DescribeTable", "DescribeTimeToLive", "Scan", "Query",
                    "BatchGetItem", "BatchWriteItem", "TransactWriteItems"}
    assert driver.ask("index_add", user=user, row=at,
                      expires=soon())["status"] == "ok"
    assert driver.put(at, one)["status"] == "ok"
    assert driver.put(at, two, expected=one)["status"] == "ok"
    assert driver.ask("touch", row=at, expires=soon())["status"] == "ok"
    assert driver.ask("index_list", user=user)["rows"] == [at]
    assert driver.ask("remove", row=at)["status"] == "ok"
    assert driver.ask("index_remove", user=user, row=at)["status"] == "ok"


# --- Reading as little as can be ---


def test_a_read_is_eventual_unless_it_is_older_than_the_ticket(proxy, driver):
    proxy.denied = {"DescribeTable"}
    at, one = row(), version(1)
    assert driver.put(at, one)["status"] == "ok"
    proxy.read_units = 0
    assert driver.get(at, minimum=1)["status"] == "ok"
    assert proxy.read_units == 0.5
    assert driver.get(at, minimum=2)["revision"] == 1
    assert proxy.read_units == 2.0
    assert driver.get(row(), minimum=1)["status"] == "not found"
    assert proxy.read_units == 3.5


def test_a_read_for_the_last_write_is_consistent_at_once(proxy, driver):
    """SST_REVISION_LATEST, as an administrator reads."""
    latest = -1     # the largest revision, when it is read without a sign
    proxy.denied = {"DescribeTable"}
    at, one = row(), version(1)
    assert driver.put(at, one)["status"] == "ok"
    proxy.read_units = 0
    assert driver.get(at, minimum=latest)["revision"] == 1
    assert proxy.read_units == 1.0
    assert driver.get(row(), minimum=latest)["status"] == "not found"
    assert proxy.read_units == 2.0


def test_read_strong_reads_once_and_consistently(proxy, open_driver):
    proxy.denied = {"DescribeTable"}
    driver = open_driver("read=strong")
    assert driver.get(row(), minimum=5)["status"] == "not found"
    assert proxy.read_units == 1.0


def test_that_a_session_has_expired_is_read_twice(local, proxy, driver):
    """A touch moves the end and no revision, so that nothing shows a replica
    that has not heard of it yet."""
    proxy.denied = {"DescribeTable"}
    at, one, end = row(), version(1), soon()
    assert driver.put(at, one, expires=end)["status"] == "ok"
    before = item(local, "sessions", "sid",
                  {"B": base64.b64encode(bytes.fromhex(at)).decode()})
    before["exp"] = {"N": str(soon(-1))}
    proxy.fault = lambda number, action: ("late", {"Item": before})
    assert driver.get(at, minimum=1)["expires"] == end


# --- What has ended ---


def test_a_session_whose_time_is_over_cannot_be_prolonged(driver):
    at, one, two = row(), version(1), version(2)
    assert driver.put(at, one, expires=soon(-10))["status"] == "ok"
    assert driver.ask("touch", row=at, expires=soon())["status"] \
        == "not found"
    assert driver.put(at, two, expected=one)["status"] == "not found"
    assert driver.get(at)["expires"] < soon(0)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_session_ends_by_the_clock_that_wrote_its_end(proxy, driver, hours):
    """The host's own, which reads judge by too; the service's may differ."""
    proxy.server.clock_offset = hours * 3600
    at, one, two, three = row(), version(1), version(2), version(3)
    assert driver.put(at, one, expires=soon(1800))["status"] == "ok"
    assert driver.put(at, two, expected=one,
                      expires=soon(1800))["status"] == "ok"
    assert driver.ask("touch", row=at, expires=soon(1800))["status"] == "ok"
    assert driver.put(at, version(2), expected=one)["status"] == "conflict"
    assert driver.put(at, three, expected=two,
                      expires=soon(-10))["status"] == "ok"
    assert driver.put(at, version(4), expected=three)["status"] \
        == "not found"
    assert driver.ask("touch", row=at, expires=soon())["status"] \
        == "not found"


def test_a_user_with_many_ended_sessions_is_trimmed(driver):
    user, kept = row(), row()
    assert driver.ask("index_add", user=user, row=kept,
                      expires=soon())["status"] == "ok"
    for _ in range(40):
        assert driver.ask("index_add", user=user, row=row(),
                          expires=soon(-5))["status"] == "ok"
    rows = driver.ask("index_list", user=user)["rows"]
    assert kept in rows
    assert len(rows) < 12


def test_a_users_item_ends_with_the_last_of_its_sessions(local, driver):
    user, late = row(), soon(9000)
    for expires in (soon(100), late, soon(200)):
        assert driver.ask("index_add", user=user, row=row(),
                          expires=expires)["status"] == "ok"
    stored = item(local, "sessions", "sid",
                  {"B": base64.b64encode(bytes.fromhex(user)).decode()})
    assert stored["exp"]["N"] == str(late)
