# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Configuration: wrong ones are refused with a sentence that helps, right ones
reach where they should."""

import os
import pwd
import shutil
import stat

import pytest

from rig import build, conf
from rig.members import COOKIE, entries

# (what is wrong, the text, what the message has to name)
WRONG = [
    ("no URL", "SessionStore",
     ["SessionStore", "missing", "dir:"]),
    ("unknown scheme", "SessionStore file:/tmp/x",
     ["SessionStore", "file:", "dir:"]),
    ("no scheme", "SessionStore /var/lib/sessions",
     ["SessionStore", "/var/lib/sessions", "dir:"]),
    ("relative directory", "SessionStore dir:sessions",
     ["SessionStore", "sessions", "absolute"]),
    ("no directory", "SessionStore dir:",
     ["SessionStore", "absolute"]),
    ("unknown option", "SessionStore dir:@ROOT@/store purg=1h",
     ["SessionStore", "purg", "purge", "tenant", "timeout"]),
    ("option without value", "SessionStore dir:@ROOT@/store purge",
     ["SessionStore", "purge"]),
    ("wrong time in an option", "SessionStore dir:@ROOT@/store purge=soon",
     ["SessionStore", "purge", "soon", "20s", "7d"]),
    ("option given twice",
     "SessionStore dir:@ROOT@/store tenant=a tenant=b",
     ["SessionStore", "tenant"]),
    ("keys without file:", "SessionStoreKeys @ROOT@/keys",
     ["SessionStoreKeys", "@ROOT@/keys", "file:PATH"]),
    ("keys without path", "SessionStoreKeys file:",
     ["SessionStoreKeys", "file:", "file:PATH"]),
    ("audit log without a path", "SessionStoreAudit \"\"",
     ["SessionStoreAudit", "PROGRAM"]),
    ("audit log without a program", "SessionStoreAudit \"|\"",
     ["SessionStoreAudit", "PROGRAM"]),
    ("keys of two files", "SessionStoreKeys file:/a file:/b",
     ["SessionStoreKeys", "file:/a", "file:PATH"]),
    ("keys of no program", "SessionStoreKeys exec:",
     ["SessionStoreKeys", "exec:", "exec:PROGRAM"]),
    ("migration without URL", "SessionStoreMigrateFrom",
     ["SessionStoreMigrateFrom", "missing", "dir:", "none"]),
    ("migration from nowhere", "SessionStoreMigrateFrom dri:/x",
     ["SessionStoreMigrateFrom", "dri:/x", "dir:"]),
    ("migration from browsers", "SessionStoreMigrateFrom cookie:",
     ["SessionStoreMigrateFrom", "browsers"]),
    ("migration with a wrong word",
     "SessionStoreMigrateFrom dir:@ROOT@/store on-error=ignore",
     ["SessionStoreMigrateFrom", "on-error", "ignore", "deny, miss"]),
    ("migration with a wrong time",
     "SessionStoreMigrateFrom dir:@ROOT@/store settle=soon",
     ["SessionStoreMigrateFrom", "settle", "soon", "7d"]),
    ("migration in a place", "<Location />\nSessionStoreMigrateFrom dir:/x"
     " wrong=1\n</Location>", ["SessionStoreMigrateFrom", "wrong"]),
    ("no keys at all", "SessionStoreKeys", ["SessionStoreKeys", "file:PATH"]),
    ("cookie without name", "SessionStoreCookie",
     ["SessionStoreCookie", "name"]),
    ("cookie name", "SessionStoreCookie a=b",
     ["SessionStoreCookie", "a=b", "letters"]),
    ("cookie name with a blank", "SessionStoreCookie \"a b\"",
     ["SessionStoreCookie", "a b", "letters"]),
    ("cookie attribute", "SessionStoreCookie a Expires=1",
     ["SessionStoreCookie", "Expires=1", "SameSite="]),
    ("cookie SameSite", "SessionStoreCookie a SameSite=Never",
     ["SessionStoreCookie", "SameSite=Never", "Strict", "Lax", "None"]),
    ("cookie path", "SessionStoreCookie a Path=app",
     ["SessionStoreCookie", "Path=app", "Path=/"]),
    ("cookie for a domain that is none", "SessionStoreCookie a Domain=a,b",
     ["SessionStoreCookie", "Domain=a,b", "Domain=NAME"]),
    ("cookie lifetime of no time", "SessionStoreCookie a Max-Age=0",
     ["SessionStoreCookie", "Max-Age=0", "1s", "400d"]),
    ("cookie lifetime without a number", "SessionStoreCookie a Max-Age=long",
     ["SessionStoreCookie", "Max-Age=long", "1s", "400d"]),
    ("cookie lifetime of half a second",
     "SessionStoreCookie a Max-Age=500ms",
     ["SessionStoreCookie", "Max-Age=500ms", "1s", "400d"]),
    ("cookie lifetime beyond what browsers keep",
     "SessionStoreCookie a Max-Age=401d",
     ["SessionStoreCookie", "Max-Age=401d", "1s", "400d"]),
    ("sessions in cookies with a name in the URL",
     "SessionStore cookie:session",
     ["SessionStore", "cookie:", "SessionStoreCookie"]),
    ("sessions in cookies whose ends are in cookies",
     "SessionStore cookie: revoke=cookie:",
     ["SessionStore", "revoke", "cookie:", "not in the browser"]),
    ("sessions in cookies whose ends are nowhere",
     "SessionStore cookie: revoke=/tmp/x",
     ["SessionStore", "/tmp/x", "dir:"]),
    ("SameSite=None without Secure", "SessionStoreCookie a SameSite=None",
     ["SessionStoreCookie", "SameSite=None", "Secure"]),
    ("Partitioned without Secure", "SessionStoreCookie a Partitioned",
     ["SessionStoreCookie", "Partitioned", "Secure"]),
    ("users without an entry", "SessionStoreUserKey \"\"",
     ["SessionStoreUserKey", "takes one argument", "auto"]),
    ("__Host- without Secure", "SessionStoreCookie __Host-a",
     ["SessionStoreCookie", "__Host-a", "Secure"]),
    ("__Host- with a path",
     "SessionStoreCookie __Host-a Secure Path=/app",
     ["SessionStoreCookie", "__Host-a", "Path=/"]),
    ("timeout's name", "SessionStoreTimeout max=1h",
     ["SessionStoreTimeout", "max=1h", "idle=", "absolute=", "touch="]),
    ("no timeout at all", "SessionStoreTimeout",
     ["SessionStoreTimeout", "idle=", "absolute=", "touch="]),
    ("timeout without value", "SessionStoreTimeout idle=",
     ["SessionStoreTimeout", "idle=", "20m"]),
    ("timeout that is no time", "SessionStoreTimeout idle=abc",
     ["SessionStoreTimeout", "idle=abc", "20m"]),
    ("timeout of nothing", "SessionStoreTimeout idle=0",
     ["SessionStoreTimeout", "idle=0", "1s"]),
    ("timeout below nothing", "SessionStoreTimeout idle=-5m",
     ["SessionStoreTimeout", "idle=-5m"]),
    ("timeout beyond numbers",
     "SessionStoreTimeout absolute=99999999999999999999d",
     ["SessionStoreTimeout", "absolute=99999999999999999999d"]),
    ("timeout of part of a second", "SessionStoreTimeout idle=300ms",
     ["SessionStoreTimeout", "idle=300ms", "whole seconds"]),
    ("on error", "SessionStoreOnError ignore",
     ["SessionStoreOnError", "ignore", "deny", "anonymous"]),
    ("user key", "SessionStoreUserKey \"\"",
     ["SessionStoreUserKey", "auto"]),
    ("hide nothing", "SessionStoreHide",
     ["SessionStoreHide", "*-pw", "none"]),
    ("forward nothing", "SessionStoreForward",
     ["SessionStoreForward", "HEADER from PATTERN", "none"]),
    ("forward without from", "SessionStoreForward X-User *-user",
     ["SessionStoreForward", "\"*-user\"", "HEADER from PATTERN"]),
    ("forward from nothing", "SessionStoreForward X-User from",
     ["SessionStoreForward", "pattern is missing"]),
    ("forward by no header", "SessionStoreForward X_User from *-user",
     ["SessionStoreForward", "X_User", "letters, digits and -"]),
    ("forward by a header of HTTP", "SessionStoreForward host from *-user",
     ["SessionStoreForward", "host", "X-User"]),
    ("forward signed by no file",
     "SessionStoreForward X-User from *-user sign=secret",
     ["SessionStoreForward", "sign=secret", "sign=file:PATH"]),
    ("forward signed by a file without path",
     "SessionStoreForward X-User from *-user sign=file:",
     ["SessionStoreForward", "sign=file:PATH"]),
    ("forward twice by one header", "SessionStoreForward X-User from a\n"
     "SessionStoreForward x-user from b",
     ["SessionStoreForward", "x-user", "already"]),
    ("forward none at last", "SessionStoreForward X-User from a\n"
     "SessionStoreForward none",
     ["SessionStoreForward", "none", "in front"]),
    ("limit of sessions without a number", "SessionStoreMaxPerUser refuse",
     ["SessionStoreMaxPerUser", "refuse", "1000", "0"]),
    ("limit of sessions beyond the largest", "SessionStoreMaxPerUser 1001",
     ["SessionStoreMaxPerUser", "1001", "1000"]),
    ("limit of sessions that does something else",
     "SessionStoreMaxPerUser 3 newest",
     ["SessionStoreMaxPerUser", "newest", "end-oldest", "refuse"]),
    ("size that is no number", "SessionStoreMaxSize big",
     ["SessionStoreMaxSize", "big", "1024", "67108864"]),
    ("size with a unit", "SessionStoreMaxSize 10k",
     ["SessionStoreMaxSize", "10k", "bytes"]),
    ("size too small", "SessionStoreMaxSize 10",
     ["SessionStoreMaxSize", "\"10\"", "1024"]),
    ("size below nothing", "SessionStoreMaxSize -1",
     ["SessionStoreMaxSize", "-1", "1024"]),
    ("size too large", "SessionStoreMaxSize 99999999999999999999",
     ["SessionStoreMaxSize", "99999999999999999999", "67108864"]),
]


@pytest.mark.parametrize("text,named", [w[1:] for w in WRONG],
                         ids=[w[0] for w in WRONG])
def test_refused(httpd, text, named):
    server = httpd(conf.KEYS + text + "\n", start=False)
    status, said = server.check_config()
    assert status != 0
    for word in named:
        assert server.fill_in(word) in said, said


ELSEWHERE = [
    ("keys in a directory", "<Location />\nSessionStoreKeys file:/k\n"
     "</Location>\n", "SessionStoreKeys"),
]


@pytest.mark.parametrize("text,name", [e[1:] for e in ELSEWHERE],
                         ids=[e[0] for e in ELSEWHERE])
def test_refused_in_the_wrong_place(httpd, text, name):
    server = httpd(text, start=False)
    status, said = server.check_config()
    assert status != 0
    assert name in said and "not allowed" in said


def test_htaccess_cannot_say_where_sessions_are_kept(httpd):
    server = httpd(conf.SESSIONS)
    server.log.expect("SessionStore not allowed here")
    write_htaccess(server, "SessionStore dir:/tmp/mine\n")
    assert server.browser().get("/folder/").status == 500


def test_the_five_line_configuration_is_right(httpd):
    status, said = httpd(conf.SESSIONS, start=False).check_config()
    assert status == 0, said


# --- Keys -------------------------------------------------------------------

def test_a_missing_key_file_gives_the_line_that_makes_it(httpd):
    server = httpd(conf.SESSIONS, keys=False, start=False)
    path = server.path("keys")
    status, said = server.check_config()
    assert status != 0
    assert "SessionStoreKeys" in said
    assert f"htsession keygen {path}" in said


def test_the_key_file_is_where_the_manual_says_by_default(httpd):
    server = httpd("SessionStore dir:@ROOT@/store\n", keys=False,
                   start=False)
    status, said = server.check_config()
    assert status != 0
    assert server.path("session_store.keys") in said
    build.keygen(server.path("session_store.keys"))
    assert server.check_config()[0] == 0


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused(httpd, mode):
    server = httpd(conf.SESSIONS, start=False)
    os.chmod(server.path("keys"), mode)
    status, said = server.check_config()
    assert status != 0
    assert "SessionStoreKeys" in said
    assert server.path("keys") in said


def test_a_key_file_of_somebody_else_is_refused(httpd):
    server = httpd(conf.SESSIONS, start=False)
    os.chown(server.path("keys"), 1, 1)
    status, said = server.check_config()
    assert status != 0
    assert "SessionStoreKeys" in said


@pytest.mark.parametrize("text", ["", "# nothing\n", "key1:abc\n",
                                  "secret\n", "key1:" + "A" * 44 + "\n"])
def test_a_key_file_without_a_right_key_is_refused(httpd, text):
    server = httpd(conf.SESSIONS, start=False)
    with open(server.path("keys"), "w") as file:
        file.write(text)
    status, said = server.check_config()
    assert status != 0
    assert "SessionStoreKeys" in said and "htsession keygen" in said
    assert text.strip() == "" or text.strip() not in said


def test_httpd_does_not_start_without_its_keys(httpd):
    server = httpd(conf.SESSIONS, keys=False, start=False)
    server.log.allow("SST0102|AH0|Configuration Failed")
    assert "htsession keygen" in server.start_fails()


def test_a_new_key_in_front_ends_no_session(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    build.keygen(server.path("new"))
    with open(server.path("new")) as new, open(server.path("keys")) as old:
        ring = new.read() + old.read()
    with open(server.path("keys"), "w") as file:
        file.write(ring)
    server.graceful()
    assert entries(browser) == {"a": "1"}
    browser.get("/probe/set?b=2")
    assert entries(browser) == {"a": "1", "b": "2"}


def test_a_key_taken_away_ends_its_sessions(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    os.unlink(server.path("keys"))
    build.keygen(server.path("keys"))
    server.graceful()
    assert entries(browser) == {}


# --- Neighbours -------------------------------------------------------------

def test_mod_session_crypto_beside_us_gives_a_warning(httpd):
    server = httpd(conf.SESSIONS, modules=("session_crypto",), start=False)
    server.log.expect("SST0104: mod_session_crypto is loaded")
    server.start()
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert entries(browser) == {"a": "1"}


def test_without_mod_session_the_start_says_so(httpd):
    server = httpd("", start=False)
    server.leave_out("session")
    status, said = server.check_config()
    assert status != 0
    assert "SST0101: mod_session is not loaded" in said
    assert "a2enmod session" in said


def test_loaded_before_mod_session_the_start_says_so(httpd):
    server = httpd("", start=False)
    server.leave_out("session")
    server.append(conf.module_line("session"))
    status, said = server.check_config()
    assert status != 0
    assert "SST0101: mod_session is not loaded" in said
    assert "a2enmod session" in said


def test_loaded_and_not_configured_it_does_nothing(httpd):
    server = httpd("<Location /cgi>\nSession On\n</Location>\n", keys=False,
                   start=False)
    server.log.allow("AH0181[56]")
    server.start()
    response = server.browser().get("/index.html", cookie="session=x")
    assert response.status == 200
    assert response.set_cookies == []
    assert not os.path.exists(server.store.path)


# --- The directory ----------------------------------------------------------

def test_the_start_makes_the_directory_for_the_children_alone(httpd):
    server = httpd(conf.SESSIONS)
    made = os.stat(server.store.path)
    assert stat.S_IMODE(made.st_mode) == 0o700
    assert made.st_uid == pwd.getpwnam("www-data").pw_uid


def test_files_are_for_the_owner_alone(httpd):
    server = httpd(conf.SESSIONS)
    server.browser().get("/probe/set?a=1")
    for path in server.store.files(""):
        assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0, path


def test_a_directory_of_somebody_else_is_refused(httpd):
    server = httpd(conf.SESSIONS, start=False)
    server.log.allow("SST0103|Configuration Failed|AH00020|AH00014")
    os.mkdir(server.store.path, 0o700)
    said = server.start_fails()
    assert "SessionStore" in said and server.store.path in said
    assert "chown" in said and "www-data" in said


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_a_directory_open_to_others_is_refused(httpd, mode):
    server = httpd(conf.SESSIONS, start=False)
    server.log.allow("SST0103|Configuration Failed|AH00020|AH00014")
    os.mkdir(server.store.path)
    shutil.chown(server.store.path, "www-data")
    os.chmod(server.store.path, mode)
    said = server.start_fails()
    assert "SessionStore" in said and server.store.path in said
    assert "0700" in said


def test_a_symbolic_link_as_directory_is_refused(httpd):
    server = httpd(conf.SESSIONS, start=False)
    server.log.allow("SST0103|Configuration Failed|AH00020|AH00014")
    os.mkdir(server.path("elsewhere"), 0o700)
    os.symlink(server.path("elsewhere"), server.store.path)
    said = server.start_fails()
    assert "SessionStore" in said and server.store.path in said


def test_a_directory_in_a_missing_folder_is_refused(httpd):
    text = conf.SESSIONS.replace("@ROOT@/store", "@ROOT@/none/store")
    server = httpd(text, start=False)
    server.log.allow("SST0103|Configuration Failed|AH00020|AH00014")
    assert server.path("none") in server.start_fails()


# --- Inheritance ------------------------------------------------------------

INHERIT = """\
SessionStoreCookie outer
SessionStoreHide hidden-* *-pw
SessionStoreMaxSize 5000
<Location /probe/deep>
    SessionStoreCookie deep
</Location>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName host.example
    SessionStoreCookie host
    SessionStoreMaxSize 100000
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName store.example
    SessionStore dir:@ROOT@/second
    SessionStoreKeys file:@ROOT@/conf/second.keys
</VirtualHost>
"""


@pytest.fixture(scope="module")
def inherited(module_httpd):
    def second_keys(server):
        build.keygen(server.path("conf", "second.keys"))

    return module_httpd(conf.SESSIONS + INHERIT, before_start=second_keys)


def test_a_virtual_host_inherits_from_the_server(inherited):
    browser = inherited.browser()
    browser.get("/probe/set?a=1")
    assert list(browser.jar) == ["outer"]


def test_a_virtual_host_overrides_the_server(inherited):
    browser = inherited.browser(host="host.example")
    browser.get("/probe/fill?n=1&size=50000")
    assert list(browser.jar) == ["host"]


def test_a_virtual_host_may_have_its_own_store_and_keys(inherited):
    before = inherited.store.files("")
    browser = inherited.browser(host="store.example")
    browser.get("/probe/set?a=1")
    assert entries(browser) == {"a": "1"}
    assert inherited.store.files("") == before
    assert os.listdir(inherited.path("second"))


def test_a_directory_overrides_the_host(inherited):
    browser = inherited.browser()
    browser.get("/probe/deep/set?a=1")
    assert list(browser.jar) == ["deep"]


def test_what_is_hidden_is_inherited(inherited):
    browser = inherited.browser()
    browser.get("/probe/set?hidden-a=1&shown=2&x-pw=3")
    assert browser.get("/cgi/session").entries == {"shown": "2"}


def write_htaccess(server, text):
    with open(server.path("htdocs", "folder", ".htaccess"), "w") as file:
        file.write(text)


def test_htaccess_may_set_what_belongs_to_a_folder(httpd):
    server = httpd(conf.STORE)
    write_htaccess(server, "Session On\nSetHandler session-probe\n"
                   "SessionStoreCookie folder Path=/folder\n"
                   "SessionStoreTimeout idle=1h\nSessionStoreMaxSize 2000\n"
                   "SessionStoreHide none\nSessionStoreOnError anonymous\n")
    server.log.expect("SST0304")
    browser = server.browser()
    cookie, = browser.get("/folder/set?a=1").set_cookies
    assert cookie.name == "folder"
    assert cookie.attributes["path"] == "/folder"
    assert browser.get("/folder/get").entries == {"a": "1"}
    assert browser.get("/folder/fill?n=1&size=3000").status == 413


def test_a_wrong_htaccess_is_reported_with_its_reason(httpd):
    server = httpd(conf.STORE)
    server.log.expect("SessionStoreOnError: \"never\" is not allowed; "
                      "allowed: deny, anonymous")
    write_htaccess(server, "SessionStoreOnError never\n")
    assert server.browser().get("/folder/").status == 500


def test_the_session_time_is_session_max_age_where_it_is_set(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreTimeout idle=2h touch=5m\n"
                   "<Location /probe/aged>\nSessionMaxAge 60\n</Location>\n")
    server.browser().get("/probe/set?a=1")
    long_end, = server.store.expiries()
    server.browser().get("/probe/aged/set?a=1")
    assert min(server.store.expiries()) < long_end - 3600


def test_the_name_of_the_cookie_is_session_by_default(httpd):
    server = httpd(conf.SESSIONS)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert list(browser.jar) == [COOKIE]
