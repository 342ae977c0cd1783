# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A day at a site in half a minute, on all stores side by side. docs/testing.md
tells what an hour came to."""

import os
import subprocess
import sys

import pytest

from conftest import HERE

KINDS = ("dir", "redis", "dynamodb")
LIMIT_S = 300


@pytest.fixture(scope="module")
def days():
    started = {kind: subprocess.Popen(
        [sys.executable, os.path.join(HERE, "load.py"), "--store", kind,
         "--minutes", "0.4", "--period", "6", "--clients", "8"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for kind in KINDS}
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("kind", KINDS)
def test_no_session_is_wrong_and_no_write_lost(days, kind):
    process = days[kind]
    said, _ = process.communicate(timeout=LIMIT_S)
    print(said)
    assert process.returncode == 0, said
    counted = dict(line.split(": ") for line in said.splitlines()
                   if ": " in line)
    assert int(counted["sessions"]) > 0
    assert int(counted["judged operations"]) > 0
