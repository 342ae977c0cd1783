# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What 1,000 page views cost, as DynamoDB meters them: 50 visitors who sign in
and look at 20 pages, 30 s apart, of which 2 change a session of 2 KB."""

import pytest

VISITORS = 50
VIEWS = 20

def words():
    """2 KB as programs write them: names, numbers, the same again."""
    item = '{"sku":"%06d","name":"Article","quantity":1,"price":"9.90"},'
    return {"cart": "[" + "".join(item % (i * 7919 % 1000000)
                                  for i in range(32)) + "]"}


def small():
    return {"theme": "dark", "language": "en", "visits": "12"}


@pytest.fixture
def table(capfd):
    lines = []
    yield lines
    with capfd.disabled():
        for line in lines:
            print("\n" + line, end="")


def nothing():
    return {}


@pytest.mark.parametrize("name,entries,noise,user,reads,writes", [
    ("2 KB of noise", nothing, 2048, False, 500, 450),
    ("2 KB of noise, and a user", nothing, 2048, True, 500, 500),
    ("2 KB, deflates below 700 B", words, 0, False, 500, 150),
    ("2 KB, deflates below 700 B, and a user", words, 0, True, 500, 200),
    ("100 B, and a user", small, 0, True, 500, 200),
])
def test_1000_page_views_cost_no_more_than(proxy, driver, table, name,
                                           entries, noise, user, reads,
                                           writes):
    proxy.denied = {"DescribeTable"}
    answer = driver.ask("views", entries=entries(), noise=noise,
                        user=int(user), visitors=VISITORS, views=VIEWS,
                        apart_s=30)
    assert answer["status"] == "ok", answer
    table.append(f"{name:40} {proxy.read_units:6.0f} RRU"
                 f" {proxy.write_units:6.0f} WRU")
    assert proxy.read_units <= reads
    assert proxy.write_units <= writes


def test_a_view_every_minute_is_touched_each_ten_minutes_only(proxy, driver):
    answer = driver.ask("views", entries=words(), visitors=1, views=6,
                        apart_s=110)
    assert answer["status"] == "ok"
    assert proxy.actions.count("UpdateItem") == 0
    answer = driver.ask("views", entries=words(), visitors=1, views=6,
                        apart_s=130)
    assert answer["status"] == "ok"
    assert proxy.actions.count("UpdateItem") == 1
