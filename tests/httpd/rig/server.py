# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A private httpd: its server root, its life, its children."""

import os
import shutil
import signal
import subprocess
import tempfile
from http.client import HTTPException

from rig import build, clock, conf, tls
from rig.browser import Browser
from rig.errorlog import ErrorLog
from rig.gate import Gate
from rig.php import PhpFpm
from rig.ports import free_port
from rig.processes import descendants, running_threads
from rig.tokendir import TokenDirectory
from rig.wait import until

SITE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "site")

# As htpasswd -s writes them.
PASSWORDS = {"alice": "wonderland-7", "bob": "builder-9"}
PASSWD = """\
alice:{SHA}h23bbcFvY/+KwEAo4Iebmk86XKM=
bob:{SHA}kxz94uVWgMv4IFFtknmmHLq0ofQ=
"""


class Server:
    """`text` is the configuration behind the common part. The key file is made
    unless `keys` is False; `folders` are made for the children to write."""

    def __init__(self, text, mpm="event", modules=(), keys=True, fpm=False,
                 store=True, folders=()):
        self.root = tempfile.mkdtemp(prefix="sst-httpd-")
        os.chmod(self.root, 0o755)
        self.port = free_port()
        self.tls_port = free_port()
        self.mpm = mpm
        self.module = None
        self.wants_fpm = fpm
        self.process = None
        self.fpm = None
        self.gates = []
        self.clock = None
        self.clock_file = None
        self.log = ErrorLog(self.path("log", "error.log"))
        self.store = TokenDirectory(self.path("store"))
        self.lay_out(folders)
        if keys:
            build.keygen(self.path("keys"))
        user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
        self.head = conf.base(mpm, user, modules, store)
        self.write_conf(text)

    # --- The server root ---------------------------------------------------

    def path(self, *names):
        return os.path.join(self.root, *names)

    def lay_out(self, folders):
        for name in ("conf", "log", "run", "gates"):
            os.mkdir(self.path(name))
        for name in folders:
            os.mkdir(self.path(name))
            if os.getuid() == 0:
                shutil.chown(self.path(name), "www-data", "www-data")
        for name in ("htdocs", "cgi", "php", "php-bin"):
            shutil.copytree(os.path.join(SITE, name), self.path(name))
        with open(self.path("conf", "passwd"), "w") as file:
            file.write(PASSWD)

    def fill_in(self, text):
        values = {"ROOT": self.root, "PORT": str(self.port),
                  "TLSPORT": str(self.tls_port), "MODULES": build.MODULES,
                  "MODULE": "", "PROBE": build.probe()}
        if "@MODULE@" in text:
            values["MODULE"] = build.module()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        return text

    def write_conf(self, text):
        if "ssl_module" in text:
            tls.make_certificate(self.path("conf"))
        with open(self.path("conf", "httpd.conf"), "w") as file:
            file.write(self.fill_in(self.head + text))

    def append(self, text):
        """More configuration, behind the rest."""
        with open(self.path("conf", "httpd.conf"), "a") as file:
            file.write(self.fill_in(text))

    def leave_out(self, module):
        """Takes the line that loads a module out of the configuration."""
        path = self.path("conf", "httpd.conf")
        with open(path) as file:
            lines = file.readlines()
        with open(path, "w") as file:
            file.writelines(line for line in lines if not line.startswith(
                f"LoadModule {module}_module "))

    def load_copy(self):
        """Has a server that is not running yet load a copy of the module, in
        whose place `upgrade` puts others."""
        self.module = self.path("mod_session_store.so")
        self.head = self.head.replace("@MODULE@", self.module)
        with open(self.path("conf", "httpd.conf")) as file:
            text = file.read()
        with open(self.path("conf", "httpd.conf"), "w") as file:
            file.write(text.replace(build.module(), self.module))
        self.upgrade(build.module())

    def upgrade(self, module):
        """Puts another module in the place of the copy, as packages do: the
        old file lives on as long as it is loaded."""
        shutil.copy(module, self.module + ".new")
        os.rename(self.module + ".new", self.module)

    def command(self, *arguments):
        return [build.HTTPD, "-d", self.root, "-f",
                self.path("conf", "httpd.conf"), *arguments]

    def environment(self):
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "LANG": "C",
                       **build.sanitizer_environment()}
        if self.clock:
            clock.turn(environment, self.clock)
        elif self.clock_file:
            clock.turn_by_file(environment, self.clock_file)
        return environment

    def clock_off(self, offset):
        """From its next start on, its clock is off: "-1h", "+30s"."""
        self.clock = offset

    def clock_from_file(self):
        """From its next start on, its clock is what set_clock makes it."""
        self.clock_file = self.path("clock")
        self.set_clock(0)

    def set_clock(self, ahead_s):
        """Sets the clock of the running server: so far from the right time."""
        self.ahead_s = ahead_s
        clock.write_offset(self.clock_file, ahead_s)

    def turn_clock(self, ahead_s):
        """The same when nobody is served: what is done behind a response, a
        touch above all, sees the clock too."""
        self.wait_until_idle()
        self.set_clock(ahead_s)

    # --- Life ---------------------------------------------------------------

    def check_config(self):
        """httpd -t; answers (status, what it said)."""
        done = subprocess.run(self.command("-t"), env=self.environment(),
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def launch(self):
        with open(self.path("log", "startup.txt"), "ab") as said:
            self.process = subprocess.Popen(
                self.command("-DFOREGROUND"), env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True)

    def start(self):
        if self.wants_fpm:
            self.fpm = PhpFpm(self.root)
        self.launch()
        until(self.answers, "httpd to answer")
        return self

    def said(self):
        """What httpd told at the terminal, and its error log."""
        with open(self.path("log", "startup.txt"), errors="replace") as file:
            return file.read() + self.log.text()

    def start_fails(self):
        """Starts an httpd that has to give up; answers what it said."""
        self.launch()
        until(lambda: self.process.poll() is not None, "httpd to give up")
        assert self.process.returncode != 0
        return self.said()

    def answers(self):
        assert self.process.poll() is None, \
            "httpd gave up:\n" + self.said()
        try:
            return Browser(self.port).get("/probe/children").status == 200
        except (OSError, HTTPException):
            return False

    def stop(self):
        for gate in self.gates:
            gate.close()
        if self.fpm:
            self.fpm.stop()
        if not self.process:
            return
        if self.process.poll() is None:
            # A child of the event MPM that is told to stop while a worker
            # ends its connection may crash in httpd's own code.
            until(self.at_rest, "every thread to rest")
            self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            self.kill_group()

    def kill_group(self):
        """Whatever of it should still be there."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def remove(self):
        shutil.rmtree(self.root)

    # --- Children -----------------------------------------------------------

    def children_line(self):
        text = Browser(self.port).get("/probe/children").text.split()
        return int(text[0]), [int(pid) for pid in text[1:]]

    def generation(self):
        return self.children_line()[0]

    def children(self):
        """The pids of the children that serve, without mod_cgid's."""
        return self.children_line()[1]

    def answers_without(self, gone):
        """True when it answers, and by none of those children."""
        try:
            return not set(gone) & set(self.children())
        except (OSError, HTTPException):
            return False

    def graceful(self, wait=True):
        before = self.generation() if wait else 0
        self.process.send_signal(signal.SIGUSR1)
        if wait:
            until(lambda: self.next_generation(before), "graceful restart")

    def next_generation(self, before):
        try:
            return self.generation() > before
        except (OSError, HTTPException):
            return False

    def wait_until_idle(self):
        """Waits until no request is at work, log phase included."""
        browser = Browser(self.port)

        def idle():
            text = browser.get("/server-status?auto").text
            return "BusyWorkers: 1\n" in text

        until(idle, "httpd to be idle")

    def at_rest(self):
        """True when no thread is running, seen twice."""
        pids = descendants(self.process.pid)
        return not running_threads(pids) and not running_threads(pids)

    # --- What a test needs beside it ----------------------------------------

    def browser(self, **options):
        return Browser(self.port, **options)

    def tls_browser(self, **options):
        return Browser(self.tls_port, tls=True, **options)

    def gate(self, name):
        gate = Gate(self.path("gates"), name)
        self.gates.append(gate)
        return gate

    def access_log(self):
        with open(self.path("log", "access.log")) as log:
            return log.read()
