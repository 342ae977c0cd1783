# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The configurations that are compared: the same httpd with the same modules
and pages, but for how sessions are kept."""

import contextlib
import os
import shutil
import sqlite3

from rig.server import Server
from rig.wait import until

from benchrig import backends

# All have httpd's modules; ours, and the floors, only those that are measured.
# There are more threads than clients: the event MPM would else close
# connections that are kept.
HEAD = """\
LoadModule mpm_event_module @MODULES@/mod_mpm_event.so
LoadModule authz_core_module @MODULES@/mod_authz_core.so
LoadModule alias_module @MODULES@/mod_alias.so
LoadModule mime_module @MODULES@/mod_mime.so
LoadModule session_module @MODULES@/mod_session.so
LoadModule session_cookie_module @MODULES@/mod_session_cookie.so
LoadModule session_crypto_module @MODULES@/mod_session_crypto.so
LoadModule dbd_module @MODULES@/mod_dbd.so
LoadModule session_dbd_module @MODULES@/mod_session_dbd.so
LoadModule probe_module @PROBE@
StartServers @CHILDREN@
ServerLimit @CHILDREN@
ThreadLimit @THREADS@
ThreadsPerChild @THREADS@
MaxRequestWorkers @ALL@
MinSpareThreads 1
MaxSpareThreads @ALL@
LimitRequestLine 32000
ServerRoot @ROOT@
DefaultRuntimeDir @ROOT@/run
PidFile @ROOT@/run/httpd.pid
ServerName localhost
Listen 127.0.0.1:@PORT@
DocumentRoot @ROOT@/htdocs
ErrorLog @ROOT@/log/error.log
LogLevel warn
TypesConfig /dev/null
MaxKeepAliveRequests 0
KeepAliveTimeout 60
<Directory @ROOT@>
    Require all granted
    AllowOverride None
</Directory>
<Location /probe>
    SetHandler session-probe
</Location>
"""

ON = "<Location />\n    Session On\n%s</Location>\n"

# What is measured is not how soon a store is given up, on whatever machine.
PATIENT = " connect-timeout=30s"
TO_REDIS = "redis://127.0.0.1:@REDIS@" + PATIENT

OURS = """\
LoadModule session_store_module @MODULE@
SessionStoreKeys file:@ROOT@/keys
SessionStore %s tenant=bench timeout=30s
""" + ON % ""

COOKIE = "%s" + ON % "    SessionCookieName session path=/\n%s"

CRYPTO = "SessionCryptoDriver openssl\n"

DBD = """\
DBDriver %s
DBDMax 96
DBDPrepareSQL "delete from session where key = %%s" deletesession
DBDPrepareSQL "update session set value = %%s, expiry = %%lld, key = %%s \
where key = %%s" updatesession
DBDPrepareSQL "insert into session (value, expiry, key) \
values (%%s, %%lld, %%s)" insertsession
DBDPrepareSQL "select value from session where key = %%s and \
(expiry = 0 or expiry > %%lld)" selectsession
DBDPrepareSQL "delete from session where expiry != 0 and expiry < %%lld" \
cleansession
""" + ON % "    SessionDBDCookieName session path=/\n"

FLOOR = "LoadModule floor_module @FLOOR@\n"
FLOOR_GET = (FLOOR
             + "<Location /page.html>\n    Floor @REDIS@ get\n</Location>\n")
FLOOR_SESSION = FLOOR + ON % "    Floor @REDIS@ %s\n"

# What a browser sends where nobody reads it: as long as a ticket.
TICKET_LIKE = "session=" + "x" * 86


class Site(Server):
    """A configuration, its httpd and its backend."""

    def __init__(self, name, text, backend, floor=False, ours=False,
                 large=True, children=1, threads=96):
        self.name = name
        self.keeps_sessions = "Session On" in text
        self.backend = backend()
        self.is_floor = floor
        self.is_ours = ours
        self.holds_large = large
        super().__init__("", folders=("data", "callgrind"))
        self.head = (HEAD.replace("@CHILDREN@", str(children))
                     .replace("@THREADS@", str(threads))
                     .replace("@ALL@", str(children * threads)))
        if os.getuid() == 0:
            self.head += "User www-data\nGroup www-data\n"
        text = text.replace("@FLOOR@", os.environ["SST_FLOOR"])
        for field, value in self.backend.fields.items():
            text = text.replace(f"@{field}@", str(value))
        self.write_conf(text)
        self.prepare()
        self.cookies = []

    def prepare(self):
        with open(self.path("htdocs", "page.html"), "w") as page:
            page.write("x" * 2048)
        path = self.path("data", "sessions.db")
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute(backends.SQLITE_SCHEMA)
        if os.getuid() == 0:
            for name in os.listdir(self.path("data")):
                shutil.chown(self.path("data", name), "www-data", "www-data")

    def sign_up(self, count, queries):
        """New sessions, each by so many requests; their cookies, which are
        empty where there are none."""
        self.cookies = [] if self.keeps_sessions else [""] * count
        if self.keeps_sessions and self.is_floor:
            self.backend.forget_floor()
        for _ in range(count if self.keeps_sessions else 0):
            browser = self.browser()
            for query in queries:
                response = browser.get("/probe/set?" + query)
                assert response.status == 200, (
                    f"{self.name}: {response.status} {response.text}")
            self.cookies.append("; ".join(f"{name}={value}" for name, value
                                          in browser.jar.items()))

    def halt(self):
        """Ends httpd, which can be started again."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            until(lambda: self.process.poll() is not None, "httpd to end")
        # Its number may be somebody else's by the next start.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path("run", "httpd.pid"))

    def end(self):
        self.halt()
        self.backend.stop()
        self.remove()


def all_sites(**size):
    """{name: a function that makes it}, so that a failure leaves none behind.
    size: children, threads."""
    def site(name, text, backend=backends.Backend, **traits):
        made[name] = lambda: Site(name, text, backend, **traits, **size)

    made = {}
    redis = backends.Redis
    site("no session", "", floor=True, large=False)
    site("floor G: GET", FLOOR_GET, redis, floor=True, large=False)
    site("floor S: GET, AES, decoded", FLOOR_SESSION % "decoded", redis,
         floor=True)
    site("floor E: GET, AES, entries", FLOOR_SESSION % "entries", redis,
         floor=True)
    site("mod_session_cookie", COOKIE % ("", ""), large=False)
    site("mod_session_cookie, crypto",
         COOKIE % (CRYPTO, "    SessionCryptoPassphrase secret\n"),
         large=False)
    site("mod_session_dbd, SQLite",
         DBD % "sqlite3\nDBDParams @ROOT@/data/sessions.db")
    site("mod_session_dbd, PostgreSQL",
         DBD % ("pgsql\nDBDParams \"host=@PGSOCKET@ user=bench"
                " dbname=postgres\""), backends.PostgreSQL)
    for name, store, backend, large in (
            ("cookie:", "cookie:", backends.Backend, False),
            ("dir:", "dir:@STORE@", backends.Directory, True),
            ("redis://", TO_REDIS, redis, True),
            ("rediss://", "rediss://127.0.0.1:@REDISTLS@ ca=@CA@" + PATIENT,
             redis, True),
            ("redis+unix:", "redis+unix:@SOCKET@" + PATIENT, redis, True),
            ("dynamodb:", "dynamodb:sessions region=eu-west-1"
             " endpoint=http://127.0.0.1:@DYNAMODB@"
             " credentials-file=@AWS@", backends.DynamoDB, True)):
        site(f"SessionStore {name}", OURS % store, backend, ours=True,
             large=large)
    site("SessionStore redis:// + cache",
         OURS % TO_REDIS + "SessionStoreCache 32m\n", redis, ours=True)
    return made
