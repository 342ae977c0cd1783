# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Sites with one child, on each store."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "httpd")]   # its rig

from rig.stores import end_all  # noqa: E402
from site_of_one import STORES, SiteOfOne, UnderValgrind  # noqa: E402


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    end_all()


@pytest.fixture(params=list(STORES))
def store(request):
    return request.param


@pytest.fixture
def site(store):
    made = SiteOfOne(store)
    yield made.start()
    made.end()


@pytest.fixture
def watched_site(store):
    made = UnderValgrind(store)
    yield made.start()
    made.end()
