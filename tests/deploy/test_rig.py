# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""That these tests leave nothing behind, however they end."""

import os
import subprocess
import sys

from netrig.run import ETC, NETNS, Run

KILLED = """\
import os, signal, subprocess, sys
sys.path[:0] = sys.argv[1:]
from netrig.net import Network
from netrig.run import Run
run = Run()
host = Network(run, "site").host("www1", 11)
host.launch("sleep", "3600", stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
print(run.folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def left_behind(folder):
    name = os.path.basename(folder)
    return [entry for place in (NETNS, ETC, os.path.dirname(folder))
            for entry in os.listdir(place) if entry.startswith(name)]


def test_what_a_killed_run_has_left_is_removed_by_the_next(run):
    done = subprocess.run([sys.executable, "-c", KILLED, *sys.path[:2]],
                          capture_output=True, text=True, timeout=60)
    folder = done.stdout.strip()
    assert len(left_behind(folder)) > 3, done
    live = left_behind(run.folder)
    Run().remove()
    assert left_behind(folder) == []
    assert left_behind(run.folder) == live
