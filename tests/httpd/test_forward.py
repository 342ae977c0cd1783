# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStoreForward: servers behind the proxy find entries of the session in
headers that no client can forge, signed where that is wanted."""

import os
import sys
import time
from urllib.parse import unquote

import pytest

from rig import breakage, conf
from rig.backend import Backend
from rig.members import logged_in
from rig.say import SAYING, say
from rig.uwsgi import Uwsgi

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                                "examples"))

from verify_forward import forwarded  # noqa: E402  (needs the path above)

SECRET = b"0123456789abcdef0123456789ABCDEF"

PLACES = """\
SessionStoreForward X-User from *-user user
ProxyPass /proxied/ http://127.0.0.1:@BACKEND@/
ProxyPass /several/ http://127.0.0.1:@BACKEND@/
<Location /several>
    SessionStoreForward X-Rights from rights
    SessionStoreForward X-Any from zebra a?? a*
</Location>
ProxyPass /signed/ http://127.0.0.1:@BACKEND@/
<Location /signed>
    SessionStoreForward X-User from *-user user sign=file:@ROOT@/secret
</Location>
ProxyPass /cleared/ http://127.0.0.1:@BACKEND@/
<Location /cleared>
    SessionStoreForward none
    SessionStoreForward X-Rights from rights
</Location>
ProxyPass /off/ http://127.0.0.1:@BACKEND@/
<Location /off>
    Session Off
</Location>
ProxyPass /anonymous/ http://127.0.0.1:@BACKEND@/
<Location /anonymous>
    SessionStoreOnError anonymous
</Location>
ProxyPass /hidden/ http://127.0.0.1:@BACKEND@/
<Location /hidden>
    SessionStoreHide *-pw *-site internal-*
    SessionStoreForward X-All from *-pw *-site internal-*
</Location>
ProxyPass /uwsgi/ unix:@ROOT@/uwsgi/socket|uwsgi://localhost/
ScriptAlias /indexed/show @ROOT@/cgi/environment
Alias /indexed @ROOT@/indexed
<Location /indexed>
    DirectoryIndex show
</Location>
<Location /indexed/show>
    SessionStoreForward X-Only from only
</Location>
ScriptAlias /elsewhere/ @ROOT@/cgi/
<Location /only.shtml>
    SessionStoreForward X-Only from only
</Location>
<Location /elsewhere>
    SessionStoreForward X-Only from only
</Location>
"""


@pytest.fixture(scope="module")
def backend():
    made = Backend()
    yield made
    made.stop()


def write_secret(server, text=SECRET, mode=0o600):
    path = server.path("secret")
    with open(path, "wb") as file:
        file.write(text + b"\n")
    os.chmod(path, mode)


PAGES = {
    "outer.shtml": '<!--#include virtual="/elsewhere/environment" -->',
    "only.shtml": '<!--#include virtual="/index.html" -->'
                  '<!--#if expr="%{HTTP:X-Only} = \'true\'" -->'
                  'still there<!--#endif -->',
}


def write_pages(server):
    for name, text in PAGES.items():
        with open(server.path("htdocs", name), "w") as file:
            file.write(text)


@pytest.fixture(scope="module")
def server(module_httpd, backend):
    places = PLACES.replace("@BACKEND@", str(backend.port))

    uwsgi = []

    def prepare(made):
        write_secret(made)
        write_pages(made)
        os.mkdir(made.path("indexed"))
        uwsgi.append(Uwsgi(made.root))

    try:
        yield module_httpd(SAYING + conf.FORM + places + conf.PHP["fpm"],
                           before_start=prepare, fpm=True,
                           modules=["proxy_uwsgi"], folders=["uwsgi"])
    finally:
        for process in uwsgi:
            process.stop()


def headers(browser, page, sent=()):
    """The headers that reach the server behind, names in lower case and with
    dashes."""
    response = browser.get(page, headers=sent)
    assert response.status == 200, response
    found = {}
    for line in response.text.splitlines():
        name, _, value = line.partition(": ")
        name = name.lower().replace("_", "-")
        assert name not in found, response.text
        found[name] = value
    return found


def variables(browser, page, sent=()):
    response = browser.get(page, headers=sent)
    assert response.status == 200, response
    return response.text


def with_session(server, **values):
    browser = server.browser()
    browser.get("/probe/set?" + "&".join(f"{name}={value}" for name, value
                                         in values.items()))
    return browser


# --- What arrives ------------------------------------------------------------

def test_a_server_behind_is_told_who_is_logged_in(server):
    browser = logged_in(server.browser(), "alice")
    assert headers(browser, "/proxied/")["x-user"] == "alice"


@pytest.mark.parametrize("page", ["/cgi/environment",
                                  "/php-fpm/environment.php", "/uwsgi/",
                                  "/probe/redirect?to=/cgi/environment",
                                  "/probe/include?uri=/cgi/environment"])
def test_programs_find_the_header_in_their_environment(server, page):
    browser = with_session(server, user="alice")
    assert "\nHTTP_X_USER=alice\n" in variables(browser, page)


def test_without_a_session_there_is_no_header(server):
    for page in ("/proxied/", "/signed/", "/off/"):
        assert "x-user" not in headers(server.browser(), page)
    assert "x-user" not in headers(with_session(server, user="alice"), "/off/")


def test_a_session_without_such_an_entry_or_an_empty_one_has_no_header(server):
    for values in ({"other": "alice"}, {"user": ""}):
        browser = with_session(server, **values)
        assert "x-user" not in headers(browser, "/proxied/")


def test_the_first_pattern_counts_and_then_the_first_name(server):
    browser = with_session(server, rights="read", ab="4", acc="2", abc="1",
                           user="alice")
    found = headers(browser, "/several/")
    assert (found["x-any"], found["x-rights"]) == ("1", "read")
    assert found["x-user"] == "alice"
    browser.get("/probe/set?zebra=0")
    assert headers(browser, "/several/")["x-any"] == "0"


def test_none_clears_what_is_inherited_and_still_strips_it(server):
    browser = with_session(server, rights="read", user="alice")
    found = headers(browser, "/cleared/", [("X-User", "forged")])
    assert found["x-rights"] == "read" and "x-user" not in found


def test_hidden_entries_are_never_forwarded(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?internal-note=secret")
    found = headers(browser, "/hidden/")
    assert found["x-user"] == "alice" and "x-all" not in found
    assert "secret" not in str(found) and "wonderland" not in str(found)


@pytest.mark.parametrize("value,sent", [
    ("a%0D%0AX-Admin:%201", "a%0D%0AX-Admin:%201"),
    ("%20%C3%A9%20", "%20%C3%A9%20"),
    ("100%25", "100%25"),
    ("a%09b%7F", "a%09b%7F"),
])
def test_a_value_is_one_line_of_ascii(server, value, sent):
    browser = with_session(server, user=value)
    found = headers(browser, "/proxied/")
    assert found["x-user"] == sent and "x-admin" not in found
    assert unquote(found["x-user"]) == unquote(value)


def test_up_to_4000_bytes_are_forwarded_and_more_are_left_out(server):
    browser = with_session(server, user="a" * 4000)
    assert headers(browser, "/proxied/")["x-user"] == "a" * 4000
    browser.get("/probe/set?user=" + "a" * 4001)
    server.log.expect(r"SST0312: SessionStoreForward leaves X-User out of a "
                      r"request: the value has more than 4000 bytes")
    assert "x-user" not in headers(browser, "/proxied/")


@pytest.mark.parametrize("page", ["/proxied/", "/uwsgi/"])
def test_a_server_behind_can_change_what_it_is_told(server, page):
    browser = server.browser()
    response = say(browser, "X-Session-Store: set &user=bob&", page=page)
    assert response.status == 200, response
    assert response.all("X-Session-Store") == []
    assert headers(browser, "/proxied/")["x-user"] == "bob"


# --- What clients send -------------------------------------------------------

NAMES = ["X-User", "x-user", "X-USER", "x_user", "X_User", "X.User",
         "X-User-Signature", "x_user_signature", "X-User_SIGNATURE"]


@pytest.mark.parametrize("page", ["/proxied/", "/signed/", "/cleared/",
                                  "/off/", "/anonymous/"])
@pytest.mark.parametrize("name", NAMES)
def test_a_clients_header_gains_nothing(server, page, name):
    sent = [(name, "forged"), (name, "forged"), (name.swapcase(), "forged")]
    for browser in (server.browser(), with_session(server, other="x"),
                    with_session(server, user="alice")):
        assert "forged" not in str(headers(browser, page, sent))


@pytest.mark.parametrize("page", ["/cgi/environment",
                                  "/php-fpm/environment.php", "/uwsgi/",
                                  "/probe/redirect?to=/cgi/environment",
                                  "/probe/include?uri=/cgi/environment",
                                  "/ssi.shtml",
                                  "/missing"])
@pytest.mark.parametrize("name", NAMES)
def test_no_variable_of_a_clients_header_is_left(server, page, name):
    sent = [(name, "forged"), (name, "forged")]
    assert "forged" not in server.browser().get(page, headers=sent).text


def test_a_header_configured_for_an_index_page_cannot_be_forged(server):
    sent = [("X-Only", "forged")]
    text = variables(server.browser(), "/indexed/", sent)
    assert "SCRIPT_NAME=/indexed/show" in text and "forged" not in text
    text = variables(with_session(server, only="true"), "/indexed/", sent)
    assert "\nHTTP_X_ONLY=true\n" in text


@pytest.mark.parametrize("way", ["/probe/redirect?to=", "/probe/include?uri="])
def test_a_header_stays_in_its_place(server, way):
    browser = with_session(server, only="true")
    sent = [("X-Only", "forged")]
    text = variables(browser, way + "/elsewhere/environment", sent)
    assert "\nHTTP_X_ONLY=true\n" in text and "forged" not in text
    assert "X_ONLY" not in variables(browser, "/cgi/environment")


def test_a_page_hands_no_clients_header_to_what_it_includes(server):
    text = variables(server.browser(), "/outer.shtml", [("X-Only", "forged")])
    assert "SCRIPT_NAME=/elsewhere/environment" in text
    assert "HTTP_X_ONLY" not in text


def test_what_a_page_includes_does_not_take_its_header(server):
    browser = with_session(server, only="true")
    assert "still there" in variables(browser, "/only.shtml")


@pytest.mark.parametrize("value", ["X-User", "close, x-user", "x-user,",
                                   "X-User-Signature ,X_User"])
def test_a_client_cannot_have_the_header_taken_out_by_connection(server,
                                                                 value):
    browser = with_session(server, user="alice")
    found = headers(browser, "/signed/", [("Connection", value)])
    assert found["x-user"] == "alice" and "x-user-signature" in found


def test_a_failing_store_forwards_nothing_of_the_client(server):
    browser = with_session(server, user="alice")
    with breakage.missing(server.store):
        server.log.expect(r"SST0301: a session could not be read from ")
        found = headers(browser, "/anonymous/", [("X-User", "forged")])
    assert "x-user" not in found


# --- Signatures --------------------------------------------------------------

def test_a_signature_is_good_for_five_minutes(server):
    found = headers(with_session(server, user="%C3%A9%0A"), "/signed/")
    sent = {"X-User": found["x-user"],
            "X-User-Signature": found["x-user-signature"]}
    assert forwarded(sent, "X-User", SECRET) == "\u00e9\n"
    for away in (-310, 310):
        assert forwarded(sent, "X-User", SECRET,
                         lambda: time.time() + away) is None


def test_what_httpd_did_not_sign_is_worth_nothing(server):
    found = headers(with_session(server, user="alice"), "/signed/")
    value, signature = found["x-user"], found["x-user-signature"]
    for wrong in ({"X-User": "bob", "X-User-Signature": signature},
                  {"X-User": value},
                  {"X-User": value, "X-User-Signature": ""},
                  {"X-User": value, "X-User-Signature": signature[:-1] + "g"},
                  {"X-User": value,
                   "X-User-Signature": signature.replace("t=", "t=1")},
                  {"X-User-Signature": signature}):
        assert forwarded(wrong, "X-User", SECRET) is None
    right = {"X-User": value, "X-User-Signature": signature}
    assert forwarded(right, "X-User", SECRET[::-1]) is None
    moved = {"X-Rights": value, "X-Rights-Signature": signature}
    assert forwarded(moved, "X-Rights", SECRET) is None


def test_only_what_is_to_be_signed_is(server):
    browser = with_session(server, user="alice")
    assert "x-user-signature" not in headers(browser, "/proxied/")


# --- Configuration -----------------------------------------------------------

USE = "SessionStoreForward X-User from user sign=file:@ROOT@/secret\n"


@pytest.mark.parametrize("text,mode,named", [
    (b"too-short", 0o600, ["too short", "32"]),
    (SECRET, 0o644, ["read or written by others", "chmod 600"]),
    (SECRET, 0o660, ["read or written by others", "chmod 600"]),
    (SECRET + b"\n" + SECRET, 0o600, ["one token"]),
    (b"", 0o600, ["one token"]),
    (b"a" * 5000, 0o600, ["4096"]),
])
def test_a_bad_secret_is_refused_and_not_shown(httpd, text, mode, named):
    server = httpd(SAYING + USE, start=False)
    write_secret(server, text, mode)
    status, said = server.check_config()
    assert status != 0
    for word in ["SessionStoreForward: ", server.path("secret"), *named]:
        assert word in said, said
    assert text == b"" or text.decode() not in said


def test_a_secret_of_somebody_else_is_refused(httpd):
    server = httpd(SAYING + USE, start=False)
    write_secret(server)
    os.chown(server.path("secret"), 1, 1)
    assert "belongs to another user" in server.check_config()[1]


def test_a_missing_secret_and_a_fifo_are_refused(httpd):
    server = httpd(SAYING + USE, start=False)
    assert "secret cannot be read" in server.check_config()[1]
    os.mkfifo(server.path("secret"), 0o600)
    assert "not a regular file" in server.check_config()[1]
