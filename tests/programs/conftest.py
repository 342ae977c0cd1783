# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Everything that runs is shared by all tests: the programs' data, a Redis, a
server for each way in which httpd runs PHP."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "httpd"))   # its rig

from programs import places  # noqa: E402
from programs.everything import NAMES, Everything  # noqa: E402
from programs.site import Site  # noqa: E402
from rig.redis import Redis  # noqa: E402


@pytest.fixture(scope="session")
def everything():
    made = Everything(os.environ["SST_PACKAGES"])
    yield made
    made.stop()


@pytest.fixture(scope="session")
def redis():
    server = Redis()
    # Its socket is for the children of httpd.
    os.chmod(server.folder, 0o755)
    os.chmod(server.socket, 0o777)
    yield server
    server.remove()


@pytest.fixture(scope="session", params=["fpm", "mod"])
def site(request, everything, redis):
    made = Site(request.param, everything.shelf, everything.folders, redis)
    yield made
    made.stop()


@pytest.fixture(params=[place.name for place in places.ALL])
def place(request, site):
    return site.places[request.param]


@pytest.fixture(params=NAMES)
def program(request, everything):
    return everything.programs[request.param]


@pytest.fixture
def visitor(site, place):
    site.forget_failures()
    yield site.visitor(place)
    site.server.log.check()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what httpd and PHP had to say."""
    outcome = yield
    report = outcome.get_result()
    site = getattr(item, "funcargs", {}).get("site")
    if report.failed and site:
        report.sections.append(("error log", site.server.log.text()[-8000:]))
        report.sections.append(("PHP's log", site.php_log()[-4000:]))
