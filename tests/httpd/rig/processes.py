# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What /proc knows of httpd's processes and threads. What ends while it is
looked at is passed over."""

import contextlib
import os

GONE = (FileNotFoundError, ProcessLookupError)


def thread_files(pid, name):
    """The text of a file of each thread of a process."""
    tasks = []
    with contextlib.suppress(*GONE):
        tasks = os.listdir(f"/proc/{pid}/task")
    for task in tasks:
        with contextlib.suppress(*GONE):
            with open(f"/proc/{pid}/task/{task}/{name}") as file:
                yield file.read()


def descendants(pid):
    """A process and all that came from it."""
    found = [pid]
    for children in thread_files(pid, "children"):
        for child in children.split():
            found += descendants(int(child))
    return found


def traced(pids):
    """True when every thread of the processes has its tracer."""
    return not any("TracerPid:\t0\n" in text for pid in pids
                   for text in thread_files(pid, "status"))


def running_threads(pids):
    """How many threads are not waiting for something."""
    states = [text.rpartition(")")[2].split()[0] for pid in pids
              for text in thread_files(pid, "stat")]
    return sum(state in "RD" for state in states)
