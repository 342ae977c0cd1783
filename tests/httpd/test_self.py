# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The page on which users see and end their own sessions."""

import os
import re
import shutil
import time
from datetime import datetime

import pytest

from rig import breakage, conf
from rig.members import COOKIE, as_cookie, entries, logged_in, who
from rig.selfpage import PLACES, end, end_others, page_of

MORE = """\
<Location /private/sessions>
    AuthType form
    AuthName members
    AuthFormProvider file
    AuthUserFile @ROOT@/conf/passwd
    AuthFormLoginRequiredLocation /login.html
    Require valid-user
</Location>
<Location /nowhere>
    Session Off
    SetHandler session-store-self
</Location>
<Location /named>
    SessionStoreUserKey account
    SetHandler session-store-self
</Location>
<Location /named/probe>
    SetHandler session-probe
</Location>
"""


@pytest.fixture(scope="module")
def server(module_httpd):
    return module_httpd(conf.SESSIONS + conf.FORM + PLACES + MORE)


@pytest.fixture(autouse=True)
def nobody_is_signed_in(server):
    yield
    server.store.age(48 * 3600)


def two_browsers(server):
    return [logged_in(server.browser(), "alice") for _ in range(2)]


# --- What it shows ----------------------------------------------------------

def test_a_user_sees_all_and_only_the_own_sessions(server):
    first, second = two_browsers(server)
    logged_in(server.browser(), "bob")
    page = page_of(first)
    assert len(page.rows) == 2
    assert len(page.own) == 1
    assert page_of(second).own == page.other_rows
    assert page.others_button
    assert page.titles == ["127.0.0.1", "127.0.0.1"]


def test_when_a_session_began_is_shown(server):
    before = int(time.time())
    browser = logged_in(server.browser(), "alice")
    after = int(time.time())
    (shown,) = page_of(browser).times
    began = datetime.fromisoformat(shown.replace("Z", "+00:00")).timestamp()
    assert before <= began <= after


@pytest.mark.parametrize("later_s, shown", [
    (302, "5 minutes ago"), (3602, "1 hour ago"), (2 * 86402, "2 days ago")])
def test_when_a_session_was_last_used_is_shown(httpd, later_s, shown):
    server = httpd(conf.SESSIONS + conf.FORM + PLACES
                   + "SessionStoreTimeout idle=3d absolute=9d\n", start=False)
    server.clock_from_file()
    server.start()
    first = logged_in(server.browser(), "alice")
    server.turn_clock(later_s)
    text = logged_in(server.browser(), "alice").get("/sessions").text
    assert text.count(f"<dt>Last used</dt><dd>{shown}</dd>") == 1
    assert text.count("<dt>Last used</dt><dd>now</dd>") == 1
    assert who(first) == "alice"
    server.wait_until_idle()
    text = first.get("/sessions").text
    assert text.count("<dt>Last used</dt><dd>just now</dd>") == 1


def test_a_session_that_cannot_be_read_is_shown_and_can_be_ended(server):
    first, second = two_browsers(server)
    (row,) = page_of(first).other_rows
    path = server.store.path + f"/rows/{row[:2]}/{row[2:]}"
    server.store.overwrite(path, b"not sealed by anybody")
    page = page_of(first)
    assert sorted(page.titles) == ["127.0.0.1",
                                   "A session that cannot be read"]
    assert page.other_rows == [row]
    assert end(first, row).status == 303
    assert page_of(first).rows == page.own and not os.path.exists(path)


def test_one_session_alone_has_no_button_for_others(server):
    page = page_of(logged_in(server.browser(), "alice"))
    assert len(page.rows) == 1
    assert not page.others_button


def test_names_are_escaped(server):
    browser = server.browser()
    browser.get("/named/probe/set?account=%3Cscript%3Ealert(1)%3C/script%3E")
    text = browser.get("/named").text
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_page_is_private_and_locked_down(server):
    browser = logged_in(server.browser(), "alice")
    response = browser.get("/sessions")
    assert response.get("Cache-Control") == "no-store"
    assert response.get("Content-Type") == "text/html; charset=utf-8"
    assert response.get("X-Content-Type-Options") == "nosniff"
    policy = response.get("Content-Security-Policy")
    nonce = re.search(r"style-src 'nonce-([^']{22})'", policy).group(1)
    assert f'<style nonce="{nonce}">' in response.text
    for rule in ("default-src 'none'", "form-action 'self'",
                 "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    again = browser.get("/sessions").get("Content-Security-Policy")
    assert again != policy
    assert "<script" not in response.text and "style=" not in response.text


def test_the_page_shows_no_ticket(server):
    browser = logged_in(server.browser(), "alice")
    ticket = browser.jar[COOKIE]
    text = browser.get("/sessions").text
    for part in ticket.split(".")[:2] + ticket.split(".")[3:]:
        assert part not in text


def test_head_is_answered_without_a_body(server):
    browser = logged_in(server.browser(), "alice")
    response = browser.request("HEAD", "/sessions")
    assert (response.status, response.text) == (200, "")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_not_allowed(server, method):
    browser = logged_in(server.browser(), "alice")
    response = browser.request(method, "/sessions")
    assert response.status == 405
    assert {"GET", "HEAD", "POST"} <= set(
        response.get("Allow").replace(",", " ").split())
    assert len(page_of(browser).rows) == 1


# --- Who may look -----------------------------------------------------------

@pytest.mark.parametrize("method", ["GET", "POST"])
def test_visitors_get_403(server, method):
    visitor = server.browser()
    assert visitor.request(method, "/sessions", b"" if method == "POST"
                           else None).status == 403
    visitor.get("/probe/set?basket=3")
    assert visitor.get("/sessions").status == 403
    assert entries(visitor) == {"basket": "3"}


def test_where_the_place_wants_a_login_visitors_are_sent_there(server):
    response = server.browser().get("/private/sessions")
    assert response.status == 302
    assert response.get("Location").endswith("/login.html")
    browser = logged_in(server.browser(), "alice")
    assert len(page_of(browser, "/private/sessions").rows) == 1


def test_where_the_session_is_off_nobody_is_signed_in(server):
    browser = logged_in(server.browser(), "alice")
    assert browser.get("/nowhere").status == 403


def test_a_place_without_a_store_says_what_it_needs(httpd):
    server = httpd(PLACES)
    server.log.expect("SST0321: .*session-store-self needs a SessionStore")
    assert server.browser().get("/sessions").status == 500


# --- Ending -----------------------------------------------------------------

def test_ending_one_session_counts_for_its_very_next_request(server):
    first, second = two_browsers(server)
    (row,) = page_of(first).other_rows
    response = end(first, row)
    assert response.status == 303
    assert response.get("Location") == "/sessions?ended"
    assert response.get("Cache-Control") == "no-store"
    assert who(second) is None
    assert who(first) == "alice"
    page = page_of(first, response.get("Location"))
    assert page.status and page.rows == page.own


def test_ending_all_others_leaves_only_this_one(server):
    first, second = two_browsers(server)
    third = logged_in(server.browser(), "alice")
    bob = logged_in(server.browser(), "bob")
    assert end_others(first).status == 303
    assert [who(b) for b in (first, second, third, bob)] == [
        "alice", None, None, "bob"]


def test_ending_this_session_signs_out(server):
    first, second = two_browsers(server)
    ticket = as_cookie(first.jar[COOKIE])
    (own,) = page_of(first).own
    response = end(first, own)
    assert response.status == 303
    assert response.get("Location") == "/sessions"
    assert first.jar == {}
    assert who(first, cookie=ticket) is None
    assert first.get("/sessions").status == 403
    assert who(second) == "alice"


def test_ending_what_has_ended_is_no_error(server):
    first, second = two_browsers(server)
    (row,) = page_of(first).other_rows
    second.get("/logout")
    assert end(first, row).status == 303
    assert who(first) == "alice"


def test_another_users_session_cannot_be_ended(server):
    alice = logged_in(server.browser(), "alice")
    bob = logged_in(server.browser(), "bob")
    (row,) = page_of(bob).own
    assert end(alice, row).status == 303
    assert who(bob) == "bob"


def test_a_slow_request_does_not_bring_an_ended_session_back(server):
    first, second = two_browsers(server)
    ticket = as_cookie(second.jar[COOKIE])
    (row,) = page_of(first).other_rows
    end(first, row)
    second.get("/probe/set?late=1", cookie=ticket)
    assert who(second, cookie=ticket) is None
    assert len(page_of(first).rows) == 1


# httpd takes a client's second slash away; that of a rule stays.
@pytest.mark.parametrize("path", ["//evil.example/sessions",
                                  "/app//evil.example/sessions"])
def test_the_way_back_names_no_other_host(httpd, path):
    server = httpd("MergeSlashes Off\n" + conf.SESSIONS + conf.FORM + """\
RewriteEngine On
RewriteRule ^/app/(.*)$ /$1 [PT]
<LocationMatch "^/+evil.example/sessions">
    SetHandler session-store-self
</LocationMatch>
""")
    first, _ = two_browsers(server)
    response = end_others(first, path)
    assert response.status == 303
    assert response.get("Location") == "/evil.example/sessions?ended"


# --- Forms that are not ours ------------------------------------------------

def tokens_of_others(server, browser):
    stranger = logged_in(server.browser(), "bob")
    twin = logged_in(server.browser(), "alice")
    yield from ("", "x", page_of(browser).token[:-1],
                page_of(browser).token + "A")
    yield page_of(stranger).token
    yield page_of(twin).token
    yield page_of(browser).token.swapcase()


def test_without_the_sessions_own_token_nothing_ends(server):
    first, second = two_browsers(server)
    for token in tokens_of_others(server, first):
        for form in ({"token": token, "others": "all"},
                     {"token": token, "end": page_of(second).own[0]}):
            assert first.post("/sessions", form).status == 403
    assert first.post("/sessions", {"others": "all"}).status == 403
    assert who(second) == "alice"


def test_a_token_is_worth_nothing_after_the_next_login(server):
    browser = logged_in(server.browser(), "alice")
    token = page_of(browser).token
    logged_in(browser, "bob")
    logged_in(browser, "alice")
    form = {"token": token, "others": "all"}
    assert browser.post("/sessions", form).status == 403


def test_a_token_outlives_changes_of_the_session(server):
    first, second = two_browsers(server)
    token = page_of(first).token
    first.get("/probe/set?basket=3")
    form = {"token": token, "others": "all"}
    assert first.post("/sessions", form).status == 303
    assert who(second) is None


def test_a_get_ends_nothing(server):
    first, second = two_browsers(server)
    token = page_of(first).token
    assert first.get(f"/sessions?token={token}&others=all").status == 200
    assert who(second) == "alice"


def test_a_form_that_says_nothing_is_a_400(server):
    browser = logged_in(server.browser(), "alice")
    for form in ({}, {"end": ""}, {"end": "xyz"}, {"end": "0" * 63},
                 {"end": "A" * 64}):
        form["token"] = page_of(browser).token
        assert browser.post("/sessions", form).status == 400


def test_a_body_that_is_too_long_is_a_413(server):
    first, second = two_browsers(server)
    form = {"token": page_of(first).token, "others": "x" * 5000}
    assert first.post("/sessions", form).status == 413
    assert who(second) == "alice"


def test_a_body_that_is_no_form_ends_nothing(server):
    first, second = two_browsers(server)
    token = page_of(first).token
    response = first.request(
        "POST", "/sessions", f"token={token}&others=all".encode(),
        [("Content-Type", "text/plain")])
    assert response.status == 403
    assert who(second) == "alice"


# --- A store that fails -----------------------------------------------------

def test_a_store_that_cannot_list_is_a_503(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + PLACES)
    first, second = two_browsers(server)
    token = page_of(first).token
    users = server.path("store", "users")
    shutil.move(users, users + ".away")
    with open(users, "w"):
        pass
    server.log.expect("SST0322: a user's own sessions")
    for response in (first.get("/sessions"),
                     first.post("/sessions", {"token": token,
                                              "others": "all"})):
        assert response.status == 503, response
        assert int(response.get("Retry-After")) > 0
    assert who(second) == "alice"


def test_a_store_that_cannot_end_is_a_503_and_nothing_ends(httpd):
    server = httpd(conf.SESSIONS + conf.FORM + PLACES)
    first, second = two_browsers(server)
    (row,) = page_of(first).other_rows
    token = page_of(first).token
    server.log.expect("SST0322: a user's own sessions")
    with breakage.read_only(server.store):
        for form in ({"end": row}, {"others": "all"}):
            response = first.post("/sessions", {"token": token, **form})
            assert response.status == 503, response
            assert int(response.get("Retry-After")) > 0
    assert who(second) == "alice" and len(page_of(first).rows) == 2


def test_whose_sessions_they_are_is_not_guessed_while_the_store_is_away(httpd):
    """Also where pages are served as to a visitor meanwhile, who would be told
    that nobody is signed in."""
    server = httpd(conf.SESSIONS + conf.FORM + PLACES
                   + "SessionStoreOnError anonymous\n")
    browser = logged_in(server.browser(), "alice")
    server.log.expect("SST0301")
    with breakage.missing(server.store):
        response = browser.get("/sessions")
        assert response.status == 503
        assert int(response.get("Retry-After")) > 0
    assert len(page_of(browser).rows) == 1
