# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""One store read per request, whatever happens inside the server, and none
at all for whoever has no session."""

import pytest

from rig import conf, forge
from rig.members import COOKIE, logged_in
from rig.trace import StoreTrace

PLACES = """\
ErrorDocument 404 /cgi/error
ErrorDocument 500 /error.html
RewriteEngine On
RewriteRule ^/rewritten$ /cgi/session [PT]
RewriteRule ^/moved$ /index.html [R]
RewriteCond %{LA-U:REMOTE_USER} .
RewriteRule ^/ahead/(.*)$ /$1 [PT]
Alias /programs @ROOT@/cgi
<Location /programs>
    SetHandler cgi-script
    Options +ExecCGI
    DirectoryIndex session
</Location>
<Location /forbidden>
    Require all denied
</Location>
Alias /aged @ROOT@/htdocs
<Location /aged>
    SessionMaxAge 3600
</Location>
"""

# Every way that a page comes about without a change of the session.
PAGES = {
    "a file": "/index.html",
    "a directory's index": "/folder/",
    "a directory's index that is a program": "/programs/",
    "a program": "/cgi/session",
    "a module": "/probe/get",
    "a protected file": "/private/index.html",
    "a protected directory's index": "/private/",
    "a module on a protected page": "/private/probe/user",
    "server-side includes": "/ssi.shtml",
    "an included page": "/probe/include?uri=/cgi/session",
    "a redirect inside the server": "/probe/redirect?to=/cgi/session",
    "a redirect to a protected page":
        "/probe/redirect?to=/private/index.html",
    "redirects one after the other":
        "/probe/redirect?to=/probe/redirect?to=/folder/",
    "an error page by a program": "/missing",
    "an error page that is a file": "/probe/fail?status=500",
    "a forbidden page": "/forbidden",
    "a rewritten address": "/rewritten",
    "a look ahead": "/ahead/private/index.html",
    "a redirect of the browser": "/moved",
}


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES)


@pytest.fixture(scope="module")
def member(server):
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?basket=3")
    return browser


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_one_read_for(server, member, page):
    server.log.allow("AH01630: client denied by server configuration")
    with StoreTrace(server) as trace:
        member.get(page)
    assert len(trace.reads) == 1, trace.accesses
    assert trace.writes == []


def test_a_login_writes_one_session_once(server):
    with StoreTrace(server) as trace:
        logged_in(server.browser(), "bob")
    stored = [access for access in trace.writes
              if access.call.startswith("rename")]
    assert len(stored) == 1, trace.accesses


def test_page_views_of_a_member_cost_a_read_each_and_no_write(server, member):
    views = 50
    with StoreTrace(server) as trace:
        for _ in range(views):
            assert member.get("/private/index.html").status == 200
    assert len(trace.reads) == views
    assert trace.writes == []


@pytest.mark.parametrize("page", ["/index.html", "/aged/"])
def test_a_thousand_visitors_without_cookie_touch_no_file(server, page):
    with StoreTrace(server) as trace:
        for _ in range(1000):
            assert server.browser().get(page).set_cookies == []
    assert trace.accesses == []


def test_a_thousand_forged_cookies_touch_no_file(server):
    browser = server.browser()
    with StoreTrace(server) as trace:
        for _ in range(1000):
            cookie = f"{COOKIE}={forge.ticket()}"
            response = browser.get("/index.html", cookie=cookie)
            assert response.status == 200
            assert response.set_cookies == []
    assert trace.accesses == []


def test_a_visitor_whom_a_program_asks_to_store_nothing_gets_no_cookie(server):
    with StoreTrace(server) as trace:
        for page in ("/probe/clear", "/probe/del?a", "/cgi/session?a="):
            assert server.browser().get(page).set_cookies == []
    assert trace.accesses == []
