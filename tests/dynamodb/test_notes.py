# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What is noted with a user: an item that does not grow with each session that
nobody signs out of, and that holds what matters."""

import base64
import urllib.error

import pytest
from awsrig.driver import row, soon, version

# What may be of a login that is under way is younger.
AGES_AGO = 4000


def key(at):
    return {"sid": {"B": base64.b64encode(bytes.fromhex(at)).decode()}}


def name(at):
    return base64.urlsafe_b64encode(bytes.fromhex(at)).decode().rstrip("=")


def value(ago):
    """A note that was made so long ago, or (None) before that was noted."""
    until = str(soon(86400))
    return {"N": until if ago is None else f"{until}.{soon(-ago)}"}


def make(local, user, rows, ago, **more):
    notes = {name(one): value(ago) for one in rows}
    local.call("PutItem", {"TableName": "sessions", "Item": {
        **key(user), "exp": {"N": str(soon(86400))}, **notes, **more}})


def fill(local, user, rows, ago):
    """The same, with no room for another note."""
    low, high = 300000, 409600
    while high - low > 1:
        middle = (low + high) // 2
        try:
            make(local, user, rows, ago,
                 padding={"B": base64.b64encode(bytes(middle)).decode()})
            low = middle
        except urllib.error.HTTPError:
            high = middle


def listed(driver, user):
    answer = driver.ask("index_list", user=user)
    assert answer["status"] == "ok", answer
    return set(answer["rows"])


def sign_in(driver, user):
    """A session that is noted, and begins: its row."""
    at = row()
    answer = driver.ask("index_add", user=user, row=at, expires=soon(86400))
    assert answer["status"] == "ok", answer
    assert driver.put(at, version())["status"] == "ok"
    return at


@pytest.mark.parametrize("ended", ["gone", "over"])
def test_a_user_with_a_full_item_signs_in_all_the_same(local, driver, ended):
    user, old = row(), {row() for _ in range(50)}
    fill(local, user, old, AGES_AGO)
    if ended == "over":
        late = row()
        local.call("UpdateItem", {
            "TableName": "sessions", "Key": key(user),
            "UpdateExpression": "SET #o = :o REMOVE #r",
            "ExpressionAttributeNames": {"#o": name(late),
                                         "#r": name(next(iter(old)))},
            "ExpressionAttributeValues": {
                ":o": {"N": f"{soon(-5)}.{soon(-10)}"}}})
    at = sign_in(driver, user)
    rows = listed(driver, user)
    assert at in rows
    assert len(rows) <= 50


@pytest.mark.parametrize("ago", [60, None])
def test_a_full_item_of_sessions_that_may_live_is_an_error_with_the_remedy(
        local, driver, ago):
    user, fresh = row(), {row() for _ in range(50)}
    fill(local, user, fresh, ago)
    answer = driver.ask("index_add", user=user, row=row(),
                        expires=soon(86400))
    assert answer["status"] == "unavailable"
    assert "400 KB" in answer["error"] and "htsession" in answer["error"]
    assert listed(driver, user) == fresh


def test_sign_ins_take_out_more_notes_than_they_make(local, driver):
    user, old = row(), {row() for _ in range(120)}
    make(local, user, old, AGES_AGO)
    live = {sign_in(driver, user) for _ in range(40)}
    rows = listed(driver, user)
    assert live <= rows
    assert len(rows & old) < 20


def test_a_user_with_few_sessions_costs_no_look(local, proxy, driver):
    user, old = row(), {row() for _ in range(14)}
    make(local, user, old, AGES_AGO)
    proxy.denied = {"DescribeTable"}
    proxy.actions.clear()
    sign_in(driver, user)
    assert [action for action in proxy.actions
            if action != "DescribeTable"] == ["UpdateItem", "PutItem"]


def test_a_note_of_a_session_that_may_live_stays(local, driver):
    """Of one that lives, or has just ended by this clock; that has no record
    yet; and what never has one."""
    for ago, record in ((AGES_AGO, 3600), (AGES_AGO, -60), (2400, None),
                        (None, None)):
        user, rows = row(), {row() for _ in range(24)}
        make(local, user, rows, ago)
        for at in rows if record else ():
            assert driver.put(at, version(),
                              expires=soon(record))["status"] == "ok"
        for _ in range(15):
            sign_in(driver, user)
        assert rows <= listed(driver, user), (ago, record)


def test_an_entry_that_never_has_a_record_stays(local, driver):
    """The end of a user's sessions in cookies: not_before.h."""
    user, rows = row(), {"000000" + row()[6:] for _ in range(24)}
    make(local, user, rows, AGES_AGO)
    for _ in range(15):
        sign_in(driver, user)
    assert rows <= listed(driver, user)


def test_a_note_of_a_session_that_expired_long_ago_goes(local, driver):
    user, rows = row(), {row() for _ in range(24)}
    make(local, user, rows, AGES_AGO)
    for at in rows:
        assert driver.put(at, version(),
                          expires=soon(-4000))["status"] == "ok"
    for _ in range(15):
        sign_in(driver, user)
    assert len(listed(driver, user) & rows) < 16


def test_a_note_that_is_made_anew_meanwhile_stays(local, proxy, driver):
    """A session moves in from another store between the look at its record
    and the removal of its note."""
    user, rows = row(), {row() for _ in range(24)}
    make(local, user, rows, AGES_AGO)
    updates = []

    def note_anew(number, action):
        if action == "UpdateItem":
            updates.append(number)
            if len(updates) == 2:
                make(local, user, rows, 0)

    proxy.fault = note_anew
    sign_in(driver, user)
    assert len(updates) == 2
    assert rows <= listed(driver, user)
