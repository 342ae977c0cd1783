# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Servers for the tests: those that a test does not harm are shared."""

import contextlib
import os
import shutil
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from rig.probe import Probe  # noqa: E402
from rig.servers import (Cluster, SentinelSet, Server,  # noqa: E402
                         tls_arguments)
from rig.tls import Authority  # noqa: E402


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(str(tmp_path_factory.mktemp("ca")))


@pytest.fixture(scope="session")
def pair(authority):
    """A certificate for the servers, and its key."""
    return authority.issue("server", hosts=["localhost"],
                           addresses=["127.0.0.1"])


@pytest.fixture(scope="session")
def client_pair(authority):
    return authority.issue("client")


@contextlib.contextmanager
def starting():
    """Starts servers that end with the block."""
    started = []

    def starter(kind, *arguments, **options):
        started.append(kind(*arguments, **options))
        return started[-1]

    try:
        yield starter
    finally:
        for server in started:
            server.stop()
            for each in getattr(server, "nodes", [server]) \
                    + getattr(server, "sentinels", []):
                shutil.rmtree(each.folder)


@pytest.fixture
def start():
    """Starts servers that end with the test: start(Server, ...)."""
    with starting() as starter:
        yield starter


@pytest.fixture
def redis(start):
    return start(Server)


@pytest.fixture
def open_probe():
    """Opens stores that are closed with the test."""
    opened = []

    def opener(url, *options, **expected):
        opened.append(Probe(url, *options, **expected))
        return opened[-1]

    yield opener
    for probe in opened:
        if probe.process.poll() is None:
            probe.close()


@pytest.fixture
def probe(redis, open_probe):
    return open_probe(redis.url)


@pytest.fixture
def tls_server(start, authority, pair):
    return start(Server, tls=tls_arguments(authority, pair))


@pytest.fixture
def sentinel_set(start):
    return start(SentinelSet, "--min-replicas-to-write", "1")


@pytest.fixture
def cluster(start):
    return start(Cluster)
