# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a session takes in each store: docs/sizing.md has the table that real
stores answer with here."""

import base64
import os
import random
from urllib.parse import quote

import pytest

from rig import conf, dynamodb
from rig.members import logged_in
from rig.redis import Redis

SIZING = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                      "sizing.md")

LETTERS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
           "-_")
ARTICLE = '{"sku":"%06d","name":"Article","quantity":1,"price":"9.90"},'

# A URL has room for so much of an entry.
PART = 4000

KINDS = ["a user", "1 KB of text", "1 KB of letters", "4 KB of text",
         "4 KB of letters", "100 KB of text", "100 KB of letters"]
NOTE = "a user's note"


def data(kind):
    """So many bytes as programs write them (names and numbers, the same
    again), or random letters, which deflate to three quarters."""
    amount, _, what = kind.partition(" KB of ")
    if not what:
        return ""
    size = int(amount) * 1024
    if what == "letters":
        dice = random.Random(4711)
        return "".join(dice.choice(LETTERS) for _ in range(size))
    return "".join(ARTICLE % (i * 7919 % 1000000)
                   for i in range(size // 50))[:size]


def a_session(server, kind):
    """A signed-in user's, and so much data."""
    browser = logged_in(server.browser(), "alice")
    text = data(kind)
    for start in range(0, len(text), PART):
        name = f"part{start // PART}"
        part = quote(text[start:start + PART])
        assert browser.get(f"/probe/set?{name}={part}").status == 200
    return browser


def documented(column):
    """A column of the first table, by kind, in bytes."""
    with open(SIZING, encoding="utf-8") as file:
        table = file.read().split("\n| ", 1)[1].split("\n\n", 1)[0]
    heading, _, *lines = [[cell.strip() for cell in line.strip("| ").split(
        "|")] for line in table.splitlines()]
    place = heading.index(column)
    return {line[0]: int(line[place].replace(",", "")) for line in lines
            if place < len(line) and line[place]}


def agrees(measured, column, kind):
    """What the table says is not less than what is taken, and not far off."""
    print(f"{column}: {kind}: {measured}")
    said = documented(column)[kind]
    assert 0.9 * said <= measured <= said, (kind, measured, said)


every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def with_directory(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM)


@every_kind
def test_in_the_token_directory(with_directory, kind):
    server = with_directory
    before = set(server.store.files())
    a_session(server, kind)
    path, = set(server.store.files()) - before
    agrees(os.stat(path).st_size, "file", kind)


@pytest.fixture(scope="module")
def with_redis(module_httpd):
    redis = Redis()
    store = f"SessionStore {redis.url}\n"
    server = module_httpd(conf.SESSIONS.replace(conf.STORE, conf.KEYS + store)
                          + conf.FORM)
    yield server, redis
    redis.remove()


@every_kind
def test_in_redis(with_redis, kind):
    server, redis = with_redis
    before = set(redis.sessions())
    a_session(server, kind)
    key, = set(redis.sessions()) - before
    agrees(int(redis.ask("MEMORY", "USAGE", key)), "Redis", kind)


def test_a_users_note_in_redis(with_redis):
    server, redis = with_redis
    redis.ask("FLUSHALL")
    logged_in(server.browser(), "alice")
    note, = redis.ask("--scan", "--pattern", "sst:u:*").split()
    agrees(int(redis.ask("MEMORY", "USAGE", note)), "Redis", NOTE)


@pytest.fixture(scope="module")
def with_dynamodb(module_httpd, table):
    store = dynamodb.store(table)
    text = conf.SESSIONS.replace(conf.STORE, conf.KEYS + store) + conf.FORM
    return module_httpd(text, before_start=dynamodb.give_keys(table)), table


def weight(item):
    """As AWS reckons: names and values, of a number half its digits and 1."""
    size = 0
    for name, value in item.items():
        (kind, text), = value.items()
        size += len(name) + {"B": lambda: len(base64.b64decode(text)),
                             "N": lambda: len(text) // 2 + 2,
                             "S": lambda: len(text)}[kind]()
    return size


def items(table, attribute):
    """The weights of items with that attribute, by their keys."""
    found = table.local.call("Scan", {"TableName": "sessions"})["Items"]
    return {item["sid"]["B"]: weight(item) for item in found
            if attribute in item}


@every_kind
def test_in_dynamodb(with_dynamodb, kind):
    server, table = with_dynamodb
    before = items(table, "val")
    a_session(server, kind)
    after = items(table, "val")
    key, = set(after) - set(before)
    agrees(after[key], "DynamoDB", kind)
