# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Fixtures: one DynamoDB Local and one proxy for all tests, reset for each;
tables and drivers by name."""

import os
import sys

import pytest

HERE = os.path.dirname(__file__)
sys.path[:0] = [HERE, os.path.join(HERE, "..", "httpd")]

from awsrig.driver import Driver  # noqa: E402  (needs the path above)
from awsrig.local import DynamoDBLocal  # noqa: E402
from awsrig.proxy import REGION, Proxy  # noqa: E402


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    log = open(tmp_path_factory.mktemp("local") / "log", "w")
    server = DynamoDBLocal(log)
    server.make_table("sessions")
    yield server
    server.stop()
    log.close()


@pytest.fixture(scope="session")
def one_proxy(local):
    server = Proxy(local)
    yield server
    server.stop()


@pytest.fixture
def proxy(one_proxy):
    one_proxy.reset()
    return one_proxy


@pytest.fixture
def environment(tmp_path):
    """An environment without anybody's credentials, and without an instance."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path),
            "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def open_driver(proxy, environment):
    """Opens drivers, and closes them: a process that crashes fails."""
    drivers = []

    def make(*options, table="sessions", keys=None, env=None,
             region=REGION, endpoint=None, inside=()):
        keys = keys or proxy.keys
        all_env = {**environment, "AWS_ACCESS_KEY_ID": keys.key_id,
                   "AWS_SECRET_ACCESS_KEY": keys.secret}
        if keys.token:
            all_env["AWS_SESSION_TOKEN"] = keys.token
        given = [f"region={region}"] if region else []
        given += [f"endpoint={endpoint or proxy.url}"]
        driver = Driver("dynamodb:" + table, *given, *options,
                        env=env or all_env, inside=inside)
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        assert driver.close() == 0


@pytest.fixture
def service(proxy):
    """Makes the services of a test, and stops them."""
    made = []

    def make(kind, **options):
        made.append(kind(proxy.authority, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def driver(open_driver):
    made = open_driver()
    assert made.opened == {"status": "ok"}
    return made
