# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The site of docs/examples/form-login, as it stands there."""

import html
import os
import re
import shutil

import pytest

from rig import conf
from rig.server import PASSWORDS

SITE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "examples",
                    "form-login")

# The application of the test: a note, which a form changes.
APPLICATION = """\
ScriptAlias /members/note @ROOT@/site/cgi-bin/note
"""
NOTE = """\
#!/bin/sh
file="$(dirname "$0")/../notes/note"
if [ "$REQUEST_METHOD" = POST ]; then
    head -c "$CONTENT_LENGTH" >"$file"
fi
printf 'Content-Type: text/plain\\n\\n'
env
echo ==
cat "$file"
"""


def site_configuration():
    with open(os.path.join(SITE, "form-login.conf")) as file:
        return file.read().replace("/srv/site", "@ROOT@/site")


def lay_out(server):
    shutil.copytree(SITE, server.path("site"))
    shutil.copy(server.path("conf", "passwd"), server.path("site", "passwd"))
    program = server.path("site", "cgi-bin", "note")
    with open(program, "w") as file:
        file.write(NOTE)
    os.chmod(program, 0o755)
    notes = server.path("site", "notes")
    os.mkdir(notes)
    os.chmod(notes, 0o777)


@pytest.fixture(scope="module")
def server(module_httpd):
    text = conf.STORE + site_configuration() + APPLICATION
    return module_httpd(text, before_start=lay_out)


def send(browser, page, user="alice", password=None, **options):
    return browser.post(page, {"httpd_username": user, "httpd_password":
                               password or PASSWORDS[user]}, **options)


def signed_in(browser, page="/enter"):
    response = send(browser, page)
    assert response.status == 302, response
    assert response.get("Location").endswith("/members/")
    assert is_member(browser)
    return browser


def is_member(browser, **options):
    response = browser.get("/members/", **options)
    if response.status == 200:
        assert "Welcome" in response.text
        return True
    assert response.status == 401, response
    assert 'name="httpd_password"' in response.text
    return False


def hidden(page):
    """The hidden fields of a page, as a browser would send them: it reads line
    ends as one character, and sends them as two."""
    text = page.text.replace("\r\n", "\n")
    return {name: html.unescape(value).replace("\n", "\r\n")
            for name, value in re.findall(
                r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)}


# --- Signing in ---------------------------------------------------------------

def test_a_stranger_gets_the_login_page_in_place_of_the_page(server):
    browser = server.browser()
    assert not is_member(browser)
    assert browser.jar == {}


def test_the_inline_login_answers_with_the_page_that_was_asked_for(server):
    browser = server.browser()
    response = send(browser, "/members/")
    assert response.status == 200 and "Welcome" in response.text
    assert len(response.set_cookies) == 1
    assert is_member(browser)


@pytest.mark.parametrize("page", ["/enter", "/stay"])
def test_the_login_page_leads_to_the_members(server, page):
    signed_in(server.browser(), page)


@pytest.mark.parametrize("page", ["/enter", "/stay"])
def test_a_wrong_password_leads_back_and_makes_no_session(server, page):
    server.log.expect("user 'alice': authentication failure")
    browser = server.browser()
    before = server.store.files()
    response = send(browser, page, password="wrong")
    assert response.status == 302
    assert response.get("Location").endswith("/signin-failed.html")
    assert browser.jar == {}
    assert server.store.files() == before
    page = browser.get("/signin-failed.html")
    assert "is wrong" in page.text and 'name="httpd_password"' in page.text


def test_a_wrong_password_of_the_inline_login_shows_the_form_again(server):
    server.log.expect("user 'alice': authentication failure")
    browser = server.browser()
    response = send(browser, "/members/", password="wrong")
    assert response.status == 401
    assert 'name="httpd_password"' in response.text
    assert browser.jar == {}


# --- Staying signed in ----------------------------------------------------------

def test_without_stay_the_browser_forgets_the_cookie_when_it_ends(server):
    response = send(server.browser(), "/enter")
    cookie, = response.set_cookies
    assert cookie.name == "session"
    assert not {"max-age", "expires"} & set(cookie.attributes)


def test_with_stay_the_browser_keeps_the_cookie_for_thirty_days(server):
    response = send(server.browser(), "/stay")
    cookie, = response.set_cookies
    assert cookie.name == "remembered"
    assert cookie.attributes["max-age"] == str(30 * 24 * 3600)
    assert "httponly" in cookie.attributes


def test_who_stays_is_a_member_after_a_week(server):
    browser = signed_in(server.browser(), "/stay")
    server.store.age(7 * 24 * 3600)
    assert is_member(browser)


def test_who_does_not_stay_is_not_a_member_after_an_hour(server):
    browser = signed_in(server.browser(), "/enter")
    server.store.age(3600)
    assert not is_member(browser)


def test_one_cookie_does_not_pass_for_the_other(server):
    short = signed_in(server.browser(), "/enter").jar["session"]
    assert not is_member(server.browser(), cookie=f"remembered={short}")
    long = signed_in(server.browser(), "/stay").jar["remembered"]
    assert not is_member(server.browser(), cookie=f"session={long}")


# --- Signing out ----------------------------------------------------------------

def leave(browser):
    """Follows the way out; answers how many steps it took."""
    for step in range(1, 4):
        response = browser.get("/leave")
        assert response.status == 307, response
        if response.get("Location").endswith("/goodbye.html"):
            return step
        assert response.get("Location").endswith("/leave")
    raise AssertionError("no way out")


@pytest.mark.parametrize("page", ["/enter", "/stay"])
def test_signing_out_ends_the_session_at_once(server, page):
    browser = signed_in(server.browser(), page)
    kept = browser.cookie_header()
    leave(browser)
    assert browser.jar == {}
    assert not is_member(browser)
    assert not is_member(browser, cookie=kept)


def test_signing_out_ends_both_sessions_of_a_browser(server):
    browser = signed_in(server.browser(), "/enter")
    signed_in(browser, "/stay")
    assert set(browser.jar) == {"session", "remembered"}
    kept = browser.twin()
    leave(browser)
    assert browser.jar == {}
    for name, value in kept.jar.items():
        assert not is_member(browser, cookie=f"{name}={value}")


def test_who_was_not_signed_in_can_sign_out(server):
    assert leave(server.browser()) == 1


# --- A form that is sent after the session's end --------------------------------

BOUNDARY = "----a-line-that-is-in-no-note"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
FORM = (f'--{BOUNDARY}\r\n'
        'Content-Disposition: form-data; name="note"\r\n\r\n'
        'a "b" <c> & d=e, caf\u00e9\r\nand a second line\r\n'
        f'--{BOUNDARY}--\r\n').encode()


def write_note(browser, body=FORM, kind=MULTIPART):
    return browser.request("POST", "/members/note", body,
                           [("Content-Type", kind)])


def note_of(page):
    """What the application had from the form."""
    assert page.status == 200, page
    return page.text.partition("==\n")[2].encode()


def sign_in_with(browser, fields, password=PASSWORDS["alice"]):
    return browser.post("/members/note", {
        **fields, "httpd_username": "alice", "httpd_password": password})


@pytest.mark.parametrize("page", ["/enter", "/stay"])
def test_a_form_sent_after_the_session_s_end_is_sent_again(server, page):
    browser = signed_in(server.browser(), page)
    note = server.path("site", "notes", "note")
    server.store.age(40 * 24 * 3600)
    refused = write_note(browser)
    assert refused.status == 401
    assert not os.path.exists(note)     # nothing was done without a login
    response = sign_in_with(browser, hidden(refused))
    assert note_of(response) == FORM
    os.unlink(note)
    assert is_member(browser)


def test_a_form_is_not_sent_again_for_a_wrong_password(server):
    server.log.expect("user 'alice': authentication failure")
    browser = server.browser()
    fields = hidden(write_note(browser))
    response = sign_in_with(browser, fields, "wrong-one")
    assert response.status == 401
    assert "wrong-one" not in response.text
    assert not os.path.exists(server.path("site", "notes", "note"))


@pytest.mark.parametrize("body, kind", [
    (b"note=a", "application/x-www-form-urlencoded"),
    (FORM.replace(b"caf", b"\xff\xfe"), MULTIPART),
    (FORM + bytes(65536), MULTIPART)],
    ids=["another kind of form", "no text", "too large"])
def test_a_form_that_cannot_be_carried_leaves_a_plain_login(server, body,
                                                            kind):
    browser = server.browser()
    refused = write_note(browser, body, kind)
    assert refused.status == 401
    assert hidden(refused) == {}
    assert sign_in_with(browser, {}).status == 200


# --- The password ----------------------------------------------------------------

@pytest.mark.parametrize("page", ["/enter", "/stay"])
def test_the_password_reaches_neither_programs_nor_log_nor_disk(server, page):
    browser = signed_in(server.browser(), page)
    seen = write_note(browser).text
    stored = b"".join(server.store.read(path)
                      for path in server.store.files(""))
    for text in (seen, server.log.whole(), server.access_log(),
                 stored.decode("latin-1")):
        assert PASSWORDS["alice"] not in text


def test_the_password_does_not_reach_what_an_inline_login_runs(server):
    response = send(server.browser(), "/members/note")
    assert "REMOTE_USER=alice" in response.text
    env = response.text.partition("==\n")[0]
    assert PASSWORDS["alice"] not in env


def test_who_is_taken_out_of_the_password_file_is_out(server):
    server.log.expect("user 'bob' not found")
    browser = server.browser()
    send(browser, "/enter", "bob")
    assert is_member(browser)
    path = server.path("site", "passwd")
    with open(path) as file:
        users = file.read()
    with open(path, "w") as file:
        file.writelines(line for line in users.splitlines(True)
                        if not line.startswith("bob:"))
    try:
        assert not is_member(browser)
    finally:
        with open(path, "w") as file:
            file.write(users)
