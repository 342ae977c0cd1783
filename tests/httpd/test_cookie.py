# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The cookie: how it is written, which one counts, and that nobody behind
httpd ever sees it."""

import re

import pytest

from rig import conf, forge
from rig.backend import Backend
from rig.browser import raw_exchange
from rig.members import (COOKIE, as_cookie, entries, logged_in, login)
from rig.trace import StoreTrace

PLACES = """\
TraceEnable On
RewriteEngine On
ErrorDocument 404 /cgi/environment
ErrorDocument 500 /error.html
Alias /programs @ROOT@/cgi
<Location /programs>
    SetHandler cgi-script
    Options +ExecCGI
    DirectoryIndex environment
</Location>
ScriptAlias /off/ @ROOT@/cgi/
<Location /off>
    Session Off
</Location>
ScriptAlias /out/ @ROOT@/cgi/
<Location /out>
    SessionExclude /out
</Location>
RewriteCond %{LA-U:REMOTE_USER} .
RewriteRule ^/ahead/(.*)$ /$1 [PT]
RewriteCond %{LA-F:REQUEST_FILENAME} .
RewriteRule ^/file-ahead/(.*)$ /$1 [PT]
ProxyPass /backend http://127.0.0.1:@BACKEND@/
RewriteRule ^/proxied$ http://127.0.0.1:@BACKEND@/ [P]
<Location /both>
    SetHandler session-probe
    Header always add Set-Cookie "app=1; Path=/"
    Header add Set-Cookie "sessional=2"
</Location>
<Location /own>
    SetHandler session-probe
    SessionStoreCookie own Path=/own SameSite=Strict Domain=localhost
</Location>
<Location /ownsecure>
    SetHandler session-probe
    SessionStoreCookie ownsecure Secure
</Location>
<Location /framed>
    SetHandler session-probe
    SessionStoreCookie framed "Secure; SameSite=None; Partitioned; HttpOnly"
</Location>
"""

HOSTS = """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName localhost
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName other.example
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shared-a.example
    SessionStore dir:@ROOT@/store tenant=shared
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shared-b.example
    SessionStore dir:@ROOT@/store tenant=shared
</VirtualHost>
"""


@pytest.fixture(scope="module")
def backend():
    backend = Backend()
    yield backend
    backend.stop()


@pytest.fixture(scope="module")
def server(module_httpd, backend):
    places = PLACES.replace("@BACKEND@", str(backend.port))
    php = conf.PHP["fpm"] + conf.PHP["cgi"]
    return module_httpd(conf.SESSIONS + conf.FORM + places + php + conf.TLS,
                        fpm=True)


@pytest.fixture(scope="module")
def hosts(module_httpd):
    return module_httpd(conf.SESSIONS + HOSTS)


@pytest.fixture
def member(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    return browser


# --- One Set-Cookie, on every answer ----------------------------------------

CHANGES = {
    "a module": "/probe/set?{}",
    "a program": "/cgi/session?{}",
    "a redirect of the browser": "/cgi/away?{}",
    "an error of a program": "/cgi/status/404?{}",
    "a server error of a program": "/cgi/status/503?{}",
    "an error with its page": "/probe/fail?status=500&{}",
    "an error with a program for its page": "/probe/fail?status=404&{}",
    "an error with httpd's own page": "/probe/fail?status=403&{}",
    "a redirect inside the server": "/probe/redirect?to=/cgi/session&{}",
    "a local redirect of a program": "/cgi/local-redirect/index.html?{}",
    "a local redirect to a protected page":
        "/cgi/local-redirect/private/index.html?{}",
    "an included page": "/probe/include?uri=/cgi/session&{}",
    "php": "/php-fpm/session.php?{}",
    "php by cgi": "/php-cgi/session.php?{}",
}


@pytest.mark.parametrize("page", CHANGES.values(), ids=CHANGES.keys())
def test_one_cookie_for_a_new_session_by(server, page):
    browser = server.browser()
    response = browser.get(page.format("new=1"))
    assert len(response.set_cookies) == 1, response
    assert entries(browser) == {"new": "1"}


@pytest.mark.parametrize("page", CHANGES.values(), ids=CHANGES.keys())
def test_at_most_one_cookie_for_a_change_by(server, member, page):
    response = member.get(page.format("new=1"))
    assert len(response.set_cookies) <= 1, response
    assert entries(member)["new"] == "1"
    assert entries(member)["basket"] == "3"


def test_one_cookie_for_several_changes_in_one_request(server):
    browser = server.browser()
    response = browser.get("/probe/redirect?a=1&to=/cgi/session?b=2")
    assert len(response.set_cookies) == 1
    assert entries(browser) == {"a": "1", "b": "2"}


def test_cookies_of_the_application_stay(server):
    cookies = server.browser().get("/both/set?a=1").set_cookies
    assert sorted(cookie.name for cookie in cookies) == \
        ["app", COOKIE, "sessional"]


def test_one_cookie_for_a_login(server):
    response = login(server.browser(), "alice")
    assert len(response.set_cookies) == 1


def test_no_cookie_where_nothing_changed(server, member):
    for page in ("/index.html", "/cgi/session", "/private/", "/missing"):
        assert member.get(page).set_cookies == []


def test_a_failing_request_keeps_its_change(server):
    browser = server.browser()
    response = browser.get("/probe/fail?status=500&kept=1")
    assert response.status == 500
    assert entries(browser) == {"kept": "1"}


# --- Attributes -------------------------------------------------------------

def test_default_attributes(server):
    cookie, = server.browser().get("/probe/set?a=1").set_cookies
    assert cookie.name == COOKIE
    assert cookie.attributes == {"path": "/", "httponly": "",
                                 "samesite": "Lax"}


def test_secure_on_https(server):
    cookie, = server.tls_browser().get("/probe/set?a=1").set_cookies
    assert "secure" in cookie.attributes


def test_a_session_on_https_works(server):
    browser = logged_in(server.tls_browser(), "alice")
    assert browser.get("/private/").status == 200


def test_configured_attributes_are_written_as_given(server):
    cookie, = server.browser().get("/own/set?a=1").set_cookies
    assert cookie.name == "own"
    assert cookie.attributes["path"] == "/own"
    assert cookie.attributes["samesite"] == "Strict"
    assert cookie.attributes["domain"] == "localhost"
    assert "httponly" in cookie.attributes


def test_a_configured_secure_is_written_on_http_too(server):
    cookie, = server.browser().get("/ownsecure/set?a=1").set_cookies
    assert "secure" in cookie.attributes


def test_a_cookie_for_the_frames_of_other_sites_is_written_as_given(server):
    cookie, = server.browser().get("/framed/set?a=1").set_cookies
    assert cookie.attributes == {"path": "/", "httponly": "", "secure": "",
                                 "samesite": "None", "partitioned": ""}


def test_removal_has_the_name_and_path_of_the_cookie(server):
    browser = server.browser()
    browser.get("/own/set?a=1")
    removal, = browser.get("/own/del?a").set_cookies
    assert removal.removes
    assert (removal.name, removal.attributes["path"]) == ("own", "/own")
    assert browser.jar == {}


def test_the_ticket_has_its_documented_shape(server, member):
    shape = r"[0-9a-f]{32}\.[\w-]{22}\.[1-9][0-9]*\.[\w-]{16}"
    assert re.fullmatch(shape, member.jar[COOKIE], re.ASCII)


# --- Which cookie counts ----------------------------------------------------

@pytest.mark.parametrize("before,after", [(1, 0), (0, 1), (3, 0), (2, 5)])
def test_of_duplicates_the_one_that_verifies_wins(server, member, before,
                                                  after):
    forged = [as_cookie(forge.ticket()) for _ in range(before + after)]
    cookie = "; ".join(forged[:before] + [as_cookie(member.jar[COOKIE])]
                       + forged[before:])
    assert entries(member, cookie=cookie)["basket"] == "3"


def test_more_than_four_candidates_are_not_tried(server, member):
    forged = [as_cookie(forge.ticket()) for _ in range(4)]
    cookie = "; ".join(forged + [as_cookie(member.jar[COOKIE])])
    assert entries(member, cookie=cookie) == {}


def test_an_ended_ticket_in_front_of_the_living_one_does_no_harm(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    ended = as_cookie(browser.jar[COOKIE])
    logged_in(browser, "alice")
    cookie = f"{ended}; {as_cookie(browser.jar[COOKIE])}"
    assert entries(browser, cookie=cookie)["a"] == "1"


@pytest.mark.parametrize("trick", [
    "other=x,session={}", "other=x, session={}", "other=\"x;session={}\"",
    "xsession={}", "session-x={}", "$session={}", "Session={}", "SESSION={}",
    "session=\"{}", "session={}x", "session=x{}", "other=session={}"])
def test_no_other_text_is_taken_for_the_cookie(server, member, trick):
    cookie = trick.format(member.jar[COOKIE])
    assert entries(server.browser(), cookie=cookie) == {}


def test_a_trick_beside_the_real_cookie_does_no_harm(server, member):
    attacker = server.browser()
    attacker.get("/probe/set?basket=99")
    cookie = (f"other=x,session={attacker.jar[COOKIE]}; "
              + as_cookie(member.jar[COOKIE]))
    assert entries(member, cookie=cookie)["basket"] == "3"


def test_a_ticket_on_a_second_cookie_line_is_hidden_though_not_used(server,
                                                                    member):
    ticket = member.jar[COOKIE]
    answer = raw_exchange(server.port, (
        "GET /cgi/environment HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\nCookie: a=1\r\n"
        f"Cookie: session={ticket}\r\n\r\n").encode()).decode()
    assert "HTTP_COOKIE=a=1" in answer
    assert ticket not in answer


def test_every_flipped_bit_of_a_ticket_is_refused(server, member):
    ticket = member.jar[COOKIE]
    with StoreTrace(server) as trace:
        for flipped in forge.bit_flips(ticket):
            response = member.get("/probe/get", cookie=as_cookie(flipped))
            assert response.entries == {}, flipped
    assert trace.accesses == []


def test_a_cut_ticket_is_refused(server, member):
    ticket = member.jar[COOKIE]
    for length in range(len(ticket)):
        cookie = as_cookie(ticket[:length])
        assert entries(member, cookie=cookie) == {}


def test_the_next_request_of_a_connection_has_a_session_of_its_own(server,
                                                                  member):
    head = "GET /probe/get HTTP/1.1\r\nHost: localhost\r\n"
    answer = raw_exchange(server.port, (
        f"{head}Cookie: {as_cookie(member.jar[COOKIE])}\r\n\r\n"
        f"{head}Connection: close\r\n\r\n").encode()).decode()
    assert answer.count("HTTP/1.1 200") == 2
    assert answer.count("basket=3") == 1


# --- Tenants ----------------------------------------------------------------

def test_another_virtual_host_refuses_the_ticket(hosts):
    browser = hosts.browser()
    browser.get("/probe/set?a=1")
    other = hosts.browser(host="other.example", jar=browser.jar)
    with StoreTrace(hosts) as trace:
        assert entries(other) == {}
    assert trace.accesses == []
    assert entries(browser) == {"a": "1"}


def test_hosts_of_one_tenant_share_their_sessions(hosts):
    browser = hosts.browser(host="shared-a.example")
    browser.get("/probe/set?a=1")
    other = hosts.browser(host="shared-b.example", jar=browser.jar)
    assert entries(other) == {"a": "1"}


def test_a_host_outside_the_tenant_refuses_the_ticket(hosts):
    browser = hosts.browser(host="shared-a.example")
    browser.get("/probe/set?a=1")
    assert entries(hosts.browser(jar=browser.jar)) == {}


def test_another_cookie_name_refuses_the_ticket(server, member):
    cookie = as_cookie(member.jar[COOKIE], "own")
    assert server.browser().get("/own/get", cookie=cookie).entries == {}


# --- Nobody behind httpd sees it --------------------------------------------

SHOWS = {
    "a program": "/cgi/environment",
    "a program on the way of a directory's index": "/programs/",
    "php": "/php-fpm/environment.php",
    "php by cgi": "/php-cgi/environment.php",
    "a program after a redirect": "/probe/redirect?to=/cgi/environment",
    "a program after a change and a redirect":
        "/probe/redirect?to=/cgi/environment&a=1",
    "a program after a local redirect": "/cgi/local-redirect/cgi/environment",
    "a program as the error page": "/missing",
    "a program as the error page of a change": "/probe/fail?status=404&a=1",
    "an included program": "/probe/include?uri=/cgi/environment",
    "a program after a look ahead": "/ahead/cgi/environment",
    "a program after a look ahead at a file": "/file-ahead/cgi/environment",
    "a program without session": "/off/environment",
    "an excluded program": "/out/environment",
    "a redirect to a program without session":
        "/probe/redirect?to=/off/environment",
    "a server behind": "/backend",
    "a server behind after a rewrite": "/proxied",
    "a server behind after a redirect": "/probe/redirect?to=/backend",
}

COOKIES = {
    "alone": "{0}",
    "among others": "a=1; {0}; b=2",
    "among duplicates": "{0}; session=x; {0}; b=2",
}


@pytest.mark.parametrize("form", COOKIES.values(), ids=COOKIES.keys())
@pytest.mark.parametrize("page", SHOWS.values(), ids=SHOWS.keys())
def test_the_cookie_is_hidden_from(server, member, page, form):
    ticket = member.jar[COOKIE]
    response = member.get(page, cookie=form.format(as_cookie(ticket)))
    assert ticket not in response.text
    assert "session=" not in response.text
    if "b=2" in form:
        assert "b=2" in response.text


def test_a_forged_cookie_is_hidden_as_well(server):
    text = server.browser().get("/cgi/environment",
                                cookie="session=forged; b=2").text
    assert "forged" not in text
    assert "HTTP_COOKIE=b=2" in text.splitlines()


def test_trace_does_not_echo_the_cookie(server, member):
    response = member.request("TRACE", "/")
    assert response.status == 200
    assert member.jar[COOKIE] not in response.text


@pytest.mark.parametrize("before,after", [
    ("a=1; b=\"x, y\"", "c=%20=="), ("", "a=1;b=2"), ("a=1;b=2", ""),
    ("a", "; ; b"), ("a=x,y=z", "b=1,c=2")])
def test_other_cookies_arrive_byte_for_byte(server, member, before, after):
    def joined(*parts):
        return "; ".join(part for part in parts if part)

    ours = as_cookie(member.jar[COOKIE])
    text = member.get("/cgi/environment",
                      cookie=joined(before, ours, after)).text
    assert f"HTTP_COOKIE={joined(before, after)}" in text.splitlines()


# --- The other way ------------------------------------------------------------

@pytest.mark.parametrize("page", ["/cgi/session?a=1", "/off/session?a=1",
                                  "/out/session?a=1"])
def test_the_header_of_applications_never_reaches_the_client(server, page):
    response = server.browser().get(page)
    assert response.status == 200
    assert response.get("X-Replace-Session") is None
