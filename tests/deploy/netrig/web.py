# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Machines that run httpd: the nodes of the site, and the balancer."""

import os
import re
import shutil
import signal
from http.client import HTTPException

from rig import build, clock, conf
from rig.errorlog import ErrorLog
from rig.server import PASSWD, SITE
from rig.wait import until

from netrig import guide
from netrig.visitor import HOST, Visitor

NODE_MODULES = conf.MODULES + ["remoteip"]
BALANCER_MODULES = ("authz_core authz_host headers setenvif proxy proxy_http "
                    "proxy_balancer proxy_hcheck lbmethod_byrequests "
                    "slotmem_shm").split()

MANAGER = "/balancer-manager"

# What Debian's configuration says of the rest.
BASE = """\
ServerRoot /etc/apache2
DefaultRuntimeDir @FOLDER@/run
PidFile @FOLDER@/run/httpd.pid
User www-data
Group www-data
Listen 80
ErrorLog @FOLDER@/log/error.log
CustomLog @FOLDER@/log/access.log "%r %>s"
StartServers 1
ServerLimit 3
ThreadsPerChild 16
MinSpareThreads 4
MaxSpareThreads 48
MaxRequestWorkers 48
GracefulShutdownTimeout 30
"""

SITE_CONF = """\
DocumentRoot @FOLDER@/htdocs
TypesConfig /dev/null
AddType text/html .html
<Directory @FOLDER@>
    Require all granted
</Directory>
<Location /probe>
    SetHandler session-probe
</Location>
<Location /session-store-status>
    SetHandler session-store-status
    Session Off
</Location>
"""


class Httpd:
    """httpd on a machine, with its files in the machine's /etc/apache2."""

    modules = ()
    wants_store = False

    def __init__(self, host):
        self.host = host
        self.name = host.name
        self.address = host.address
        self.process = None
        self.clock_file = None
        self.environment_of_store = {}
        self.log = ErrorLog(host.path("log", "error.log"))
        for name in ("run", "log", "etc/apache2"):
            os.mkdir(host.path(name))
        self.write("apache2.conf", self.head())

    def head(self):
        lines = "".join(f"LoadModule {name}_module {build.MODULES}/mod_"
                        f"{name}.so\n"
                        for name in ("mpm_event", *self.modules))
        if self.wants_store:
            lines += (f"LoadModule probe_module {build.probe()}\n"
                      f"LoadModule session_store_module {build.module()}\n"
                      "LogLevel notice session_store:info\n")
        lines += BASE.replace("@FOLDER@", self.host.folder)
        return lines + "IncludeOptional conf-enabled/*.conf\n"

    def etc(self, *names):
        return self.host.path("etc", "apache2", *names)

    def write(self, name, text):
        """A file in /etc/apache2."""
        path = self.etc(*name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.replace(path + ".new", path)

    def read(self, name):
        with open(self.etc(name)) as file:
            return file.read()

    # --- Life ---------------------------------------------------------------

    def environment(self):
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "LANG": "C",
                       **self.environment_of_store}
        if self.clock_file:
            clock.turn_by_file(environment, self.clock_file)
        return environment

    def command(self, *words):
        return (build.HTTPD, "-f", "/etc/apache2/apache2.conf", *words)

    def start(self):
        with open(self.host.path("log", "startup.txt"), "ab") as said:
            self.process = self.host.launch(
                *self.command("-DFOREGROUND"), env=self.environment(),
                stdout=said, stderr=said)
        until(self.answers, f"httpd on {self.name} to answer")
        return self

    def visitor(self, **options):
        return Visitor(self.host.network, self.address, **options)

    def answers(self):
        assert self.process.poll() is None, self.said()
        try:
            return self.visitor().get("/alive").status in (200, 404)
        except (OSError, HTTPException):
            return False

    def said(self):
        with open(self.host.path("log", "startup.txt")) as file:
            return file.read() + self.log.text()

    def test_configuration(self):
        return self.host.run(*self.command("-t"), env=self.environment())

    def signal_and_wait(self, number):
        self.process.send_signal(number)
        self.process.wait(60)

    def stop(self):
        """What is being served is ended first: apachectl graceful-stop."""
        self.signal_and_wait(signal.SIGWINCH)

    def restart(self):
        self.stop()
        self.start()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def resumed(self):
        """How often it has been (re)started."""
        return len(re.findall("AH00489", self.log.whole()))

    def requests(self, path):
        """How often that page was asked for."""
        with open(self.host.path("log", "access.log")) as log:
            return sum(f" {path}" in line for line in log)

    def graceful(self):
        """apachectl graceful, once it has happened."""
        before = self.resumed()
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: self.resumed() > before, f"{self.name} to reload")
        until(self.answers, f"httpd on {self.name} to answer")


class Node(Httpd):
    """One of the site's servers, whose sessions.conf is still to be
    written."""

    modules = NODE_MODULES
    wants_store = True

    def __init__(self, host, keys):
        super().__init__(host)
        shutil.copytree(os.path.join(SITE, "htdocs"), host.path("htdocs"))
        os.mkdir(host.path("conf"))
        with open(host.path("conf", "passwd"), "w") as file:
            file.write(PASSWD)
        self.write("conf-enabled/site.conf", self.filled(SITE_CONF
                                                         + conf.FORM))
        self.write("conf-enabled/balanced.conf", guide.text(guide.NODE))
        self.put_keys(keys)
        self.in_turn()

    def filled(self, text):
        return (text.replace("@FOLDER@", self.host.folder)
                .replace("@ROOT@", self.host.folder))

    def put_keys(self, text, readable=False):
        """Copies the key file here, in one step."""
        path = self.etc("session_store.keys")
        with open(path + ".copy", "w") as file:
            os.fchmod(file.fileno(), 0o640 if readable else 0o600)
            if readable:
                shutil.chown(path + ".copy", "root", "www-data")
            file.write(text)
        os.replace(path + ".copy", path)

    def clock_ahead(self, ahead_s):
        self.clock_file = self.host.path("clock")
        self.ahead_s = ahead_s
        self.pass_time(0)

    def pass_time(self, seconds):
        """So many seconds after the beginning, by a clock that is off."""
        clock.write_offset(self.clock_file, self.ahead_s + seconds)

    # --- In and out of turn --------------------------------------------------

    def in_turn(self):
        with open(self.host.path("htdocs", "alive"), "w") as file:
            file.write("yes\n")

    def out_of_turn(self):
        os.unlink(self.host.path("htdocs", "alive"))


class Balancer(Httpd):
    modules = BALANCER_MODULES

    def __init__(self, host):
        super().__init__(host)
        self.write("conf-enabled/balancer.conf",
                   guide.text(guide.BALANCER))

    def members(self, names):
        """The file, with as many members as there are names."""
        def line(name):
            member = re.search(r"^ *BalancerMember .*www1.*\n",
                               guide.text(guide.BALANCER), re.MULTILINE).group()
            return member.replace("www1", name)

        text = re.sub(r"(?:^ *BalancerMember .*\n)+",
                      "".join(line(name) for name in names),
                      guide.text(guide.BALANCER), flags=re.MULTILINE)
        self.write("conf-enabled/balancer.conf", text)

    def status_of(self, name):
        """What balancer-manager says of a member: Init Ok, Init HcFl, ..."""
        page = self.visitor().get(MANAGER, headers=[
            ("Referer", f"http://{HOST}{MANAGER}")]).text
        row = re.search(rf"http://{name}\.example\.org</a></td>"
                        r"(?:<td>[^<]*</td>){4}<td>([^<]*)</td>", page)
        assert row, page
        return row.group(1)
