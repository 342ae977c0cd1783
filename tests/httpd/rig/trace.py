# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Counting how often httpd touches the store, with strace on every one of its
threads: what inotify cannot see (a stat, a file that is not there) counts
too."""

import os
import re
import signal
import subprocess

from rig.processes import descendants, traced
from rig.wait import until

CALL = re.compile(r"^\d+\s+(\w+)\((.*)$")
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE")
CHANGES = {"rename", "renameat", "renameat2", "unlink", "unlinkat", "link",
           "linkat", "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir",
           "utimensat", "utime", "utimes", "futimesat", "truncate", "chmod",
           "fchmodat", "chown", "fchownat", "lchown", "creat"}


class Access:
    def __init__(self, call, arguments):
        self.call = call
        self.arguments = arguments

    @property
    def writes(self):
        opened = self.call in ("open", "openat", "openat2")
        return (self.call in CHANGES
                or opened and bool(WRITING.search(self.arguments)))

    @property
    def reads_a_row(self):
        return (self.call in ("open", "openat", "openat2")
                and not self.writes and "O_DIRECTORY" not in self.arguments
                and "/rows" in self.arguments)

    def __repr__(self):
        return f"{self.call}({self.arguments}"


class StoreTrace:
    """with StoreTrace(server) as trace: ...; afterwards, what was touched."""

    def __init__(self, server):
        self.server = server
        self.path = os.path.join(server.root, "trace.txt")
        self.accesses = []

    def __enter__(self):
        pids = descendants(self.server.process.pid)
        command = ["strace", "-f", "-y", "-q", "-e", "trace=%file",
                   "-o", self.path]
        for pid in pids:
            command += ["-p", str(pid)]
        self.strace = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(lambda: traced(pids), "strace to hold every thread")
        return self

    def __exit__(self, kind, value, stack):
        if kind is None:
            self.server.wait_until_idle()
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait()
        if kind is None:
            self.accesses = list(self.parse())

    def parse(self):
        below = re.compile(re.escape(self.server.store.path) + r"[/\">]")
        with open(self.path, encoding="utf-8", errors="replace") as trace:
            for line in trace:
                match = CALL.match(line)
                if match and below.search(line):
                    yield Access(*match.groups())

    @property
    def reads(self):
        return [a for a in self.accesses if a.reads_a_row]

    @property
    def writes(self):
        return [a for a in self.accesses if a.writes]
