# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A process that runs out: each operation of a session, without the first
block of memory or system call that it asks for, then without the second, and so
on to the last (starve/starve.c). What it judges is said there."""

import os
import random
import subprocess

import pytest

from rig.redis import Redis

from trial.stores import AWS, OnDynamoDB

STARVE = os.environ.get("SST_STARVE", "")
OPERATIONS = 7
LIMIT_S = 600

pytestmark = pytest.mark.xdist_group("starve")


def starve(what, steps, *store):
    """Answers a line for each operation."""
    done = subprocess.run([STARVE, what, steps, *store], text=True,
                          capture_output=True, timeout=LIMIT_S)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return f"dir:{tmp_path_factory.mktemp('starve')}/store"


@pytest.fixture(scope="module")
def redis():
    server = Redis("--appendonly", "no")
    yield server.url
    server.remove()


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory):
    keys = tmp_path_factory.mktemp("aws") / "keys"
    keys.write_text(AWS)
    store = OnDynamoDB()
    yield ("dynamodb:sessions", "region=eu-west-1", "timeout=10s",
           f"endpoint=http://127.0.0.1:{store.local.port}",
           f"credentials-file={keys}")
    store.remove()


def test_without_memory_a_directory_refuses_and_loses_nothing(directory):
    assert len(starve("memory", "all", directory)) == OPERATIONS


def test_each_system_call_of_a_directory_may_fail(directory):
    assert len(starve("calls", "all", directory)) == OPERATIONS


def test_a_disk_may_be_full_in_the_middle_of_each_write(directory):
    assert len(starve("short", "all", directory)) == OPERATIONS


def test_without_memory_redis_refuses_and_loses_nothing(redis):
    assert len(starve("memory", "all", redis, "timeout=10s")) == OPERATIONS


def test_each_system_call_to_redis_may_fail(redis):
    assert len(starve("calls", "all", redis, "timeout=10s")) == OPERATIONS


def test_without_memory_dynamodb_refuses_and_loses_nothing(dynamodb):
    """Of the operations, those that read and write the least: a call asks for
    some 150 blocks."""
    assert len(starve("memory", "load,touch", *dynamodb)) == 2


@pytest.mark.parametrize("operation", ["change", "another id", "begin", "end",
                                       "revoke"])
def test_without_some_block_dynamodb_refuses_and_loses_nothing(dynamodb,
                                                               operation):
    """Every so manieth block, from another one each time: all of them take
    minutes, by hand (docs/testing.md)."""
    every = random.randrange(19, 29)
    assert len(starve(f"memory/{every}", operation, *dynamodb)) == 1


def test_each_system_call_to_dynamodb_may_fail(dynamodb):
    assert len(starve("calls", "all", *dynamodb)) == OPERATIONS
