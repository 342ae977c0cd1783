# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Fixtures: servers that are stopped and judged at the end.

    httpd(conf, ...)          a server for one test
    module_httpd(conf, ...)   a server for all tests of a file

After each test the error log of every running server is checked.
"""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from rig.server import Server  # noqa: E402  (needs the path above)
from rig.stores import OnDynamoDB, end_all  # noqa: E402

running = []


def make(text, **options):
    server = Server(text, **options)
    running.append(server)
    return server


def finish(servers):
    """Stops servers; their logs are checked by `clean_logs`, or here when no
    test is left that could be blamed."""
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def clean_logs():
    """No test passes while an error log holds what it did not declare."""
    yield
    problems = []
    for server in list(running):
        try:
            server.log.check()
        except AssertionError as error:
            problems.append(str(error))
        if server.process is None or server.process.poll() is not None:
            running.remove(server)
            server.remove()
    assert not problems, "\n".join(problems)


@pytest.fixture
def httpd(clean_logs):
    """A started server of the test's own; start=False leaves the start to
    the test."""
    made = []

    def build(text, start=True, **options):
        server = make(text, **options)
        made.append(server)
        return server.start() if start else server

    yield build
    finish(made)


@pytest.fixture(scope="module")
def module_httpd():
    made = []

    def build(text, before_start=None, **options):
        server = make(text, **options)
        made.append(server)
        if before_start:
            before_start(server)
        return server.start()

    yield build
    finish(made)
    for server in made:
        if server in running:
            running.remove(server)
            server.log.check()
            server.remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what the servers had to say."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for server in running:
            report.sections.append(("error log", server.log.text()[-8000:]))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    end_all()


@pytest.fixture(scope="module")
def table():
    """A proxy in front of a DynamoDB Local with the table `sessions`."""
    store = OnDynamoDB()
    yield store.proxy
    store.remove()
