# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The configurations that are compared: the same httpd with the same modules
and pages, but for how sessions are kept."""

import json
import os
import shutil
import sqlite3

from rig.server import Server
from rig.wait import until

from benchrig import backends

# One process, and more threads than clients: the event MPM would else close
# connections that are kept.
HEAD = """\
LoadModule mpm_event_module @MODULES@/mod_mpm_event.so
LoadModule authz_core_module @MODULES@/mod_authz_core.so
LoadModule alias_module @MODULES@/mod_alias.so
LoadModule mime_module @MODULES@/mod_mime.so
LoadModule probe_module @PROBE@
StartServers 1
ServerLimit 1
ThreadLimit 96
ThreadsPerChild 96
MaxRequestWorkers 96
MinSpareThreads 1
MaxSpareThreads 96
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

SESSION = "LoadModule session_module @MODULES@/mod_session.so\n"
ON = "<Location />\n    Session On\n%s</Location>\n"

OURS = SESSION + """\
LoadModule session_store_module @MODULE@
SessionStoreKeys file:@ROOT@/keys
SessionStore %s
""" + ON % ""

CACHED = "SessionStoreCache 32m\n" + OURS + """\
<Location /session-store-status>
    SetHandler session-store-status
    Session Off
</Location>
"""

COOKIE = (SESSION
          + "LoadModule session_cookie_module"
          " @MODULES@/mod_session_cookie.so\n%s"
          + ON % "    SessionCookieName session path=/\n%s")

CRYPTO = """\
LoadModule session_crypto_module @MODULES@/mod_session_crypto.so
SessionCryptoDriver openssl
"""

DBD = SESSION + """\
LoadModule dbd_module @MODULES@/mod_dbd.so
LoadModule session_dbd_module @MODULES@/mod_session_dbd.so
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

FLOOR = SESSION + "LoadModule floor_module @FLOOR@\n"
FLOOR_GET = FLOOR + "<Location /page.html>\n    Floor @REDIS@ get\n</Location>\n"
FLOOR_SESSION = FLOOR + ON % "    Floor @REDIS@ %s\n"

AWS = """\
[default]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = example
"""

ENTRIES = "&".join(f"name{i}=" + f"{i}abcdefghi" * 9 + "abcd"
                   for i in range(10))     # a kilobyte


class Site(Server):
    """A configuration, its httpd and its backend."""

    def __init__(self, name, text, backend, floor=False, ours=False,
                 large=True):
        self.name = name
        self.keeps_sessions = "Session On" in text
        self.backend = backend()
        self.is_floor = floor
        self.is_ours = ours
        self.holds_large = large
        self.is_cached = "SessionStoreCache" in text
        super().__init__("", folders=("data", "callgrind"))
        self.head = HEAD
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
        with open(self.path("aws"), "w") as file:
            file.write(AWS)
        os.chmod(self.path("aws"), 0o644)
        path = self.path("data", "sessions.db")
        with sqlite3.connect(path) as base:
            base.execute("PRAGMA journal_mode=WAL")
            base.execute(backends.SQLITE_SCHEMA)
        if os.getuid() == 0:
            for name in os.listdir(self.path("data")):
                shutil.chown(self.path("data", name), "www-data", "www-data")

    def start(self):
        super().start()
        if self.is_cached:
            until(self.caches, "a cache that works")
        return self

    def caches(self):
        page = self.browser().get("/session-store-status?json")
        return json.loads(page.text)["stores"][0]["cache"]["state"] == "works"

    def sign_up(self, count, query):
        """New sessions; their cookies. A site without any has none."""
        self.cookies = []
        if self.keeps_sessions and self.is_floor:
            self.backend.forget_floor()
        for _ in range(count if self.keeps_sessions else 0):
            browser = self.browser()
            assert browser.get("/probe/" + query).status == 200
            self.cookies.append("; ".join(f"{name}={value}" for name, value
                                          in browser.jar.items()))

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            until(lambda: self.process.poll() is not None, "httpd to end")
        self.backend.stop()
        self.remove()


def all_sites():
    """Functions that make them, so that a failure leaves none behind."""
    none, redis = backends.Backend, backends.Redis
    return [
        lambda: Site("no session", "", none, floor=True, large=False),
        lambda: Site("floor G: GET", FLOOR_GET, redis, floor=True,
                     large=False),
        lambda: Site("floor S: GET, AES, decoded", FLOOR_SESSION % "decoded",
                     redis, floor=True),
        lambda: Site("floor E: GET, AES, entries", FLOOR_SESSION % "entries",
                     redis, floor=True),
        lambda: Site("mod_session_cookie", COOKIE % ("", ""), none,
                     large=False),
        lambda: Site("mod_session_cookie, crypto",
                     COOKIE % (CRYPTO,
                               "    SessionCryptoPassphrase secret\n"),
                     none, large=False),
        lambda: Site("mod_session_dbd, SQLite", DBD % (
            "sqlite3\nDBDParams @ROOT@/data/sessions.db"), none),
        lambda: Site("mod_session_dbd, PostgreSQL", DBD % (
            "pgsql\nDBDParams \"host=@PGSOCKET@ user=bench"
            " dbname=postgres\""), backends.PostgreSQL),
        lambda: Site("SessionStore cookie:", OURS % "cookie:", none,
                     ours=True, large=False),
        lambda: Site("SessionStore dir:", OURS % "dir:@ROOT@/store", none,
                     ours=True),
        lambda: Site("SessionStore redis://",
                     OURS % "redis://127.0.0.1:@REDIS@", redis, ours=True),
        lambda: Site("SessionStore rediss://",
                     OURS % "rediss://127.0.0.1:@REDISTLS@ ca=@CA@", redis,
                     ours=True),
        lambda: Site("SessionStore redis+unix:",
                     OURS % "redis+unix:@SOCKET@", redis, ours=True),
        lambda: Site("SessionStore dynamodb:", OURS % (
            "dynamodb:sessions region=eu-west-1"
            " endpoint=http://127.0.0.1:@DYNAMODB@ timeout=30s"
            " credentials-file=@ROOT@/aws"), backends.DynamoDB, ours=True),
        lambda: Site("SessionStore redis://, cached",
                     CACHED % "redis://127.0.0.1:@REDIS@", redis, ours=True,
                     large=False),
        lambda: Site("SessionStore dynamodb:, cached", CACHED % (
            "dynamodb:sessions region=eu-west-1"
            " endpoint=http://127.0.0.1:@DYNAMODB@ timeout=30s"
            " credentials-file=@ROOT@/aws"), backends.DynamoDB, ours=True,
                     large=False),
    ]
