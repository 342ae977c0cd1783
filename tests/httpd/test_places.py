# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A request that passes through several places: with and without a session,
with other cookies, with other stores. The rules hold across them."""

import os

import pytest

from rig import breakage, conf
from rig.members import COOKIE, as_cookie, entries, who
from rig.server import PASSWORDS

KEYS = "SessionStoreKeys file:@ROOT@/keys\n"

# The store stands only at the programs that a folder's index leads to.
ONLY_FILES = KEYS + """\
<Directory @ROOT@/htdocs/index-of>
    Options +ExecCGI +Indexes
    AddHandler cgi-script .cgi
    DirectoryIndex index.cgi
</Directory>
<Files "*.cgi">
    SessionStore dir:@ROOT@/store purge=1h
    Session {session}
    SessionEnv On
</Files>
"""

# A page without a store includes a program with one.
INCLUDED = KEYS + """\
AddOutputFilter INCLUDES .shtml
<Location /cgi/environment>
    SessionStore dir:@ROOT@/store purge=1h
    Session On
</Location>
<Location /probe>
    SessionStore dir:@ROOT@/store purge=1h
    Session On
</Location>
"""

# The page behind the login is made by a program in a place without a session.
BY_ACTION = conf.SESSIONS + conf.FORM + """\
<Location /cgi/environment>
    Session Off
</Location>
<Location /private/program>
    SetHandler made-by-program
</Location>
Action made-by-program /cgi/environment virtual
"""

# An inner place with a store of its own, and the same cookie.
TWO_STORES = conf.SESSIONS + """\
<Location /probe/inner>
    SessionStore dir:@ROOT@/inner purge=1h
</Location>
"""


def index_program(server):
    folder = os.path.join(server.root, "htdocs", "index-of")
    os.makedirs(folder)
    path = os.path.join(folder, "index.cgi")
    with open(path, "w") as file:
        file.write("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv\n")
    os.chmod(folder, 0o755)
    os.chmod(path, 0o755)


@pytest.mark.parametrize("session", ["On", "Off"])
@pytest.mark.parametrize("page", ["/index-of/", "/index-of/index.cgi"])
def test_an_index_program_sees_no_cookie_and_no_forged_session(
        httpd, session, page):
    server = httpd(ONLY_FILES.format(session=session), start=False)
    index_program(server)
    server.start()
    response = server.browser().get(
        page, headers=[("Session", "members-user=admin")],
        cookie="a=1; session=stolen; b=2")
    assert response.status == 200, response
    assert "HTTP_COOKIE=a=1; b=2" in response.text
    assert "stolen" not in response.text
    assert "admin" not in response.text


def test_an_included_program_sees_no_cookie_of_ours(httpd):
    server = httpd(INCLUDED)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    ticket = browser.jar[COOKIE]
    response = browser.get("/ssi.shtml", cookie=f"x=1; {as_cookie(ticket)}")
    assert "HTTP_COOKIE=x=1" in response.text
    assert ticket not in response.text


def test_an_included_program_runs_without_a_session_that_is_not_known(httpd):
    """What is included has no status of its own to tell that by: the log
    does."""
    server = httpd(INCLUDED)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.log.expect("SST0301: a session could not be read")
    server.log.expect("AH01816: .*session not loaded: /cgi/environment")
    server.log.allow("SST0201")
    with breakage.missing(server.store):
        response = browser.get("/ssi.shtml")
    assert response.status == 200 and "SCRIPT_NAME" in response.text
    assert "HTTP_SESSION=" not in response.text
    assert "HTTP_COOKIE" not in response.text
    assert entries(browser) == {"a": "1"}


def test_a_login_that_ends_in_a_place_without_session_is_stored(httpd):
    server = httpd(BY_ACTION)
    browser = server.browser()
    form = {"httpd_username": "alice", "httpd_password": PASSWORDS["alice"]}
    response = browser.post("/private/program", form)
    assert response.status == 200 and "REMOTE_USER=alice" in response.text
    assert len(response.set_cookies) == 1
    assert who(browser) == "alice"


def test_a_change_with_an_expiry_that_is_over_is_kept(httpd):
    server = httpd(conf.SESSIONS)
    server.log.allow("AH01819")
    browser = server.browser()
    browser.get("/cgi/session?a=1")
    browser.get("/cgi/session?expiry=1&b=2")
    assert entries(browser) == {"a": "1", "b": "2"}


def test_an_end_with_an_expiry_that_is_over_is_an_end(httpd):
    server = httpd(conf.SESSIONS)
    server.log.allow("AH01819")
    browser = server.browser()
    browser.get("/cgi/session?a=1")
    ticket = browser.jar[COOKIE]
    browser.get("/cgi/session?a=&expiry=1")
    assert entries(browser, cookie=as_cookie(ticket)) == {}


def test_two_stores_with_one_cookie_do_not_take_it_from_each_other(httpd):
    server = httpd(TWO_STORES)
    server.log.expect("SST0109")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    response = browser.get("/probe/inner/include?uri=/probe/get")
    assert "a=1" in response.text
