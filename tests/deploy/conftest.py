# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Fixtures: whole sites, each on machines of its own."""

import os
import signal
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from rig import wait  # noqa: E402  (needs the path above)

from netrig.run import Run  # noqa: E402
from netrig.site import Site  # noqa: E402

# Ten servers and more take their time on a busy machine.
wait.LIMIT_S = 90

# A run that is told to end takes its machines along.
signal.signal(signal.SIGTERM, signal.default_int_handler)

sites = []


@pytest.fixture(scope="session")
def run():
    made = Run()
    yield made
    made.remove()


def site_of(run, kind, **options):
    site = Site(run, kind, **options)
    sites.append(site)
    try:
        yield site
        site.check_logs()
    finally:
        sites.remove(site)
        site.remove()


@pytest.fixture(scope="session", params=["cluster", "sentinel", "dynamodb"])
def site(run, request):
    """The site of the guide, on each kind of store. Tests leave it whole."""
    yield from site_of(run, request.param)


def store_of(item):
    return item.callspec.params["site"] if hasattr(item, "callspec") else ""


def pytest_collection_modifyitems(config, items):
    """A test that is marked on(STORE, ...) runs on these stores alone; each
    site is built once."""
    unwanted = [item for item in items for mark in item.iter_markers("on")
                if store_of(item) not in mark.args]
    config.hook.pytest_deselected(items=unwanted)
    items[:] = [item for item in items if item not in unwanted]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what the servers had to say."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for each in sites:
            report.sections.append(("error logs", each.log_text()))
