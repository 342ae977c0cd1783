# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""One run of the tests: its folder, the names that it gives, and the removal
of everything with these names, also of runs that were killed."""

import contextlib
import fcntl
import glob
import os
import shutil
import signal
import subprocess
import tempfile

from rig.wait import until

PREFIX = "sst-deploy-"
NETNS = "/run/netns"
ETC = "/etc/netns"


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def namespaces(prefix):
    with contextlib.suppress(FileNotFoundError):
        return [name for name in os.listdir(NETNS)
                if name.startswith(prefix)]
    return []


def pids_in(namespace):
    done = subprocess.run(["ip", "netns", "pids", namespace],
                          capture_output=True, text=True)
    return [int(pid) for pid in done.stdout.split()]


def end_processes(namespace):
    """Whatever runs in the namespace: it is ours."""
    def ended():
        pids = pids_in(namespace)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not pids

    until(ended, f"the processes in {namespace} to end")


def remove_namespace(name):
    end_processes(name)
    ip("netns", "delete", name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(ETC, name))


def remove_all(folder):
    for name in namespaces(os.path.basename(folder) + "-"):
        remove_namespace(name)
    for link in glob.glob(os.path.join(ETC, os.path.basename(folder) + "-*")):
        os.unlink(link)
    shutil.rmtree(folder, ignore_errors=True)


def is_locked(folder):
    """True while the run of that folder lives."""
    try:
        with open(os.path.join(folder, "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def folders_of_runs(base):
    """Of all runs that have left something behind, live ones among them."""
    names = {os.path.basename(path)
             for path in glob.glob(os.path.join(base, PREFIX + "*/"))
             for path in [path.rstrip("/")]}
    for name in namespaces(PREFIX):
        names.add(name[:name.index("-", len(PREFIX))])
    return [os.path.join(base, name) for name in names]


class Run:
    """`folder` is locked for as long as this process lives."""

    def __init__(self):
        base = tempfile.gettempdir()
        os.makedirs(ETC, exist_ok=True)
        with open(os.path.join(base, "sst-deploy.lock"), "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            for folder in folders_of_runs(base):
                if not is_locked(folder):
                    remove_all(folder)
            self.make(base)

    def make(self, base):
        # Names of namespaces end at the next hyphen.
        self.folder = os.path.join(base, PREFIX + os.urandom(4).hex())
        os.mkdir(self.folder, 0o755)
        self.lock = open(os.path.join(self.folder, "lock"), "w")
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def name(self, what):
        return f"{os.path.basename(self.folder)}-{what}"

    def remove(self):
        remove_all(self.folder)
        self.lock.close()
