# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A members' site on each kind of store, with all that can be broken on it."""

import contextlib
import os
import re
import shutil
import signal
import socket

from rig import build, conf
from rig.htsession import by_name
from rig.server import PASSWORDS, PASSWD, Server
from rig.wait import until

from .history import NEVER, now
from .stores import STORES

# Everybody has alice's password.
USERS = [f"member{number}" for number in range(256)]
PASSWORD = PASSWORDS["alice"]
HASH = PASSWD.partition(":")[2].splitlines()[0]

KEYS_KEPT = 8

# Within which every child has heard of a failover.
HEARD_NS = 5_000_000_000

# httpd's own lines about restarts in a row and children that were killed.
RESTARTS = (r"AH0004[567]|AH00098|AH10392|AH10159|AH03490|AH00485|AH01243|"
            r"AH01238|AH00288")

# The same, told to restart at once while requests are under way. Its event MPM
# then closes the workers' connections from a child's first thread, and may find
# them closed, or gone, whatever modules there are.
CUT = r"AH03092|AH00468"
CRASH_OF_HTTPD = re.compile(r"\[pid (\d+)\] crashed in its first thread: "
                            r"libapr-1\.so\.0 mod_mpm_event\.so apache2 ")

# Lines about a store that a test breaks.
TROUBLE = r"SST0[23]\d\d: |AH01822: error while saving the session"


class Httpd(Server):
    """Can be started with few descriptors, for each of its processes, and
    where a name server of the tests is asked."""

    descriptors = None
    names = None

    def command(self, *arguments):
        limit = ["prlimit", f"--nofile={self.descriptors}"] \
            if self.descriptors else []
        where = self.names.prefix if self.names else []
        return where + limit + super().command(*arguments)


class Site:
    """An httpd with `kind` of store, the name of one or a store; `more` is
    configuration behind the rest."""

    def __init__(self, kind, timeout="2s", more="", start=True, **options):
        self.store = STORES[kind]() if isinstance(kind, str) else kind
        self.model = self.store.model()
        self.failovers = []         # from when to when, by history's clock
        self.words = self.store.words(timeout)
        text = conf.SESSIONS.replace(
            conf.STORE, f"{conf.KEYS}SessionStore {self.words}\n")
        assert self.words in text
        self.server = Httpd(text + conf.FORM + more, **options)
        self.server.names = self.store.names
        self.let_children_read(self.server.path("keys"))
        with open(self.server.path("conf", "passwd"), "a") as file:
            file.writelines(f"{user}:{HASH}\n" for user in USERS)
        self.store.prepare(self.server)
        if start:
            self.server.start()

    # --- What an administrator does -----------------------------------------

    @staticmethod
    def let_children_read(path):
        if os.getuid() == 0:
            shutil.chown(path, "root", "www-data")
        os.chmod(path, 0o640)

    def rotate_keys(self):
        """A new key on top, in one step; the oldest one goes."""
        path = self.server.path("keys")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + ".new")
        build.keygen(path + ".new")
        with open(path) as file:
            keys = [line for line in file if line.startswith("key1:")]
        with open(path + ".new", "a") as file:
            file.writelines(keys[:KEYS_KEPT - 1])
        self.let_children_read(path + ".new")
        os.rename(path + ".new", path)

    def revoke(self, user):
        """True when htsession says that the user's sessions have ended."""
        tool = by_name(self.server, self.words, "--server", "localhost")
        tool.prefix = self.store.names.prefix if self.store.names else []
        return tool.run("revoke", "--user", user).code == 0

    # --- Faults -------------------------------------------------------------

    def kill_parent(self):
        """kill -9 of httpd's parent. What is left of it is killed by whoever
        looks after services, which then starts it anew."""
        self.server.process.kill()
        self.server.process.wait()
        self.server.kill_group()
        until(self.port_is_free, "httpd's children to be gone")
        self.server.launch()

    def start_again(self, descriptors=None):
        self.server.descriptors = descriptors
        self.kill_parent()
        if not descriptors:
            until(self.server.answers, "httpd to answer again")

    def allow_crashes_of_httpd(self):
        """Those children may have ended that crashed in httpd's own code, as
        said above, and in no other."""
        for pid in CRASH_OF_HTTPD.findall(self.server.log.text()):
            self.server.log.allow(rf"\[pid {pid}\] crashed in its first thread|"
                                  rf"AH0005[12]: child pid {pid} exit signal Segm")

    def port_is_free(self):
        try:
            socket.create_server(("127.0.0.1", self.server.port)).close()
        except OSError:
            return False
        return True

    def hang_store(self):
        self.store.process.send_signal(signal.SIGSTOP)

    def wake_store(self):
        self.store.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def failover(self):
        """A server takes over from another meanwhile."""
        span = [now(), NEVER]
        self.failovers.append(span)
        try:
            yield
        finally:
            span[1] = now() + HEARD_NS

    # --- The end ------------------------------------------------------------

    def close(self, check=True):
        try:
            self.server.stop()
            if check:
                self.server.log.check()
        finally:
            self.store.remove()
            self.server.remove()

    def __enter__(self):
        return self

    def __exit__(self, kind, *ignored):
        self.close(check=kind is None)


def memory_kb(pid):
    """Resident memory of a process; 0 when it is gone."""
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    return 0
