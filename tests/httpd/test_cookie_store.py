# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""SessionStore cookie: the session itself is in the browser."""

import os
import secrets

import pytest

from rig import build, conf, forge
from rig.backend import Backend
from rig.htsession import Tool
from rig.members import COOKIE, entries, logged_in, login, who
from rig.not_before import end_sessions
from rig.wait import until

STORE = "SessionStore dir:@ROOT@/store purge=1h\n"
SESSIONS = conf.SESSIONS.replace(STORE, "SessionStore cookie:\n")
assert SESSIONS != conf.SESSIONS

PLACES = """\
ProxyPass /backend http://127.0.0.1:@BACKEND@/
<Location /brief>
    SetHandler session-probe
    SessionStoreTimeout idle=2s touch=0s
</Location>
<Location /ends>
    SetHandler session-probe
    SessionStoreTimeout absolute=3s
</Location>
<Location /busy>
    SetHandler session-probe
    SessionStoreTimeout idle=10m touch=1s
</Location>
"""

TOO_BIG = (r"SST0304: session \S+ is not changed, the request is refused: .* "
           r"characters of cookies, .* LimitRequestFieldSize")

# What the default LimitRequestFieldSize leaves of a Cookie line.
LINE_MAX = 8190


@pytest.fixture(scope="module")
def backend():
    running = Backend()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(module_httpd, backend):
    return module_httpd(SESSIONS + conf.FORM
                        + PLACES.replace("@BACKEND@", str(backend.port)))


def noise(length):
    """Text that cannot be made smaller by much."""
    return secrets.token_urlsafe(length)[:length]


def put(browser, **pairs):
    query = "&".join(f"{name}={value}" for name, value in pairs.items())
    return browser.get(f"/probe/set?{query}")


def filled(server, *lengths):
    """A browser whose session has entries of so many characters."""
    browser = server.browser()
    for number, length in enumerate(lengths):
        response = put(browser, **{f"f{number}": noise(length)})
        assert response.status == 200, response
    return browser


def id_of(browser):
    return browser.jar[COOKIE].split(".")[1]


def header(jar):
    return "; ".join(f"{name}={value}" for name, value in jar.items())


# --- A session ---------------------------------------------------------------

def test_a_session_is_in_the_browser_and_nowhere_else(server):
    browser = server.browser()
    put(browser, a="1")
    put(browser, b="2")
    assert entries(browser) == {"a": "1", "b": "2"}
    browser.get("/probe/del?a")
    assert entries(browser) == {"b": "2"}
    assert not os.path.exists(server.store.path)
    assert list(browser.jar) == [COOKIE]


def test_what_the_browser_holds_shows_nothing(server):
    browser = server.browser()
    put(browser, word="0123456789abcdef")
    assert "0123456789abcdef" not in browser.jar[COOKIE]
    assert "word" not in browser.jar[COOKIE]


def test_a_visitor_without_data_gets_no_cookie(server):
    browser = server.browser()
    for path in "/index.html", "/probe/get", "/cgi/session", "/nowhere":
        assert browser.get(path).set_cookies == []


def test_a_page_view_that_changes_nothing_sends_no_cookie(server):
    browser = server.browser()
    put(browser, a="1")
    for path in "/probe/get", "/cgi/session", "/probe/set?a=1":
        assert browser.get(path).set_cookies == []


def test_an_emptied_session_takes_its_cookie_back(server):
    browser = server.browser()
    put(browser, a="1")
    browser.get("/probe/clear")
    assert browser.jar == {}


def test_a_change_before_a_redirect_is_kept(server):
    browser = server.browser()
    response = browser.get("/probe/redirect?to=/probe/get&a=1")
    assert response.entries == {"a": "1"}
    assert entries(browser) == {"a": "1"}


def test_a_program_changes_the_session(server):
    browser = server.browser()
    browser.get("/cgi/session?a=1")
    assert browser.get("/cgi/session").entries == {"a": "1"}


# --- Login and logout --------------------------------------------------------

def test_login_and_logout_work_and_give_a_new_id(server):
    browser = server.browser()
    put(browser, basket="1")
    before = id_of(browser)
    logged_in(browser, "alice")
    inside = id_of(browser)
    assert entries(browser)["basket"] == "1"
    browser.get("/logout")
    assert who(browser) is None
    assert len({before, inside, browser.jar.get(COOKIE)}) == 3


def test_change_of_user_gives_a_new_id(server):
    browser = logged_in(server.browser(), "alice")
    before = id_of(browser)
    logged_in(browser, "bob")
    assert id_of(browser) != before


def test_a_wrong_password_is_no_login(server):
    server.log.allow(r"AH01807|AH01808|AH01617|password mismatch")
    browser = server.browser()
    login(browser, "alice", "wrong")
    assert who(browser) is None


def test_a_copy_of_the_cookie_survives_the_logout(server):
    """What this store cannot do, as the guide says."""
    browser = logged_in(server.browser(), "alice")
    copy = browser.cookie_header()
    browser.get("/logout")
    assert who(browser) is None
    assert who(server.browser(), cookie=copy) == "alice"


# --- Several cookies ---------------------------------------------------------

def test_a_large_session_is_in_several_cookies(server):
    browser = filled(server, 3000, 2000)
    assert list(browser.jar) == [COOKIE, COOKIE + "-1"]
    assert {name: len(value) for name, value in entries(browser).items()} \
        == {"f0": 3000, "f1": 2000}


def test_each_cookie_fits_a_browser_and_has_the_attributes(server):
    browser = filled(server, 3000)
    lines = put(browser, more=noise(2000)).set_cookies
    assert len(lines) == 2
    for cookie in lines:
        assert len(cookie.line) <= 4096
        assert cookie.attributes["path"] == "/"
        assert cookie.attributes["samesite"] == "Lax"
        assert "httponly" in cookie.attributes
    assert len(lines[0].line) > 4000


def test_a_session_that_shrinks_takes_cookies_back(server):
    browser = filled(server, 3000, 2000)
    response = browser.get("/probe/del?f0&f1=")
    assert list(browser.jar) == []
    assert len(response.set_cookies) == 2
    browser = filled(server, 3000, 2000)
    browser.get("/probe/del?f1")
    assert list(browser.jar) == [COOKIE]
    assert set(entries(browser)) == {"f0"}


def test_a_logout_takes_all_cookies_back(server):
    browser = logged_in(server.browser(), "alice")
    put(browser, a=noise(3000))
    put(browser, b=noise(2000))
    assert len(browser.jar) == 2
    browser.get("/probe/clear")
    assert browser.jar == {}


def test_a_stale_cookie_behind_the_last_one_does_no_harm(server):
    browser = filled(server, 100)
    cookie = browser.cookie_header() + f"; {COOKIE}-1=stale; {COOKIE}-7=x"
    assert set(entries(browser, cookie=cookie)) == {"f0"}


def two_sessions(server):
    return (filled(server, 3000, 2000).jar, filled(server, 3000, 2000).jar)


def broken(ours, other):
    """Cookies that are not one session, by what is wrong with them."""
    first, second = ours[COOKIE], ours[COOKIE + "-1"]
    return {
        "the second is missing": {COOKIE: first},
        "the first is missing": {COOKIE + "-1": second},
        "in each other's place": {COOKIE: second, COOKIE + "-1": first},
        "another session's second": {COOKIE: first,
                                     COOKIE + "-1": other[COOKIE + "-1"]},
        "another session's first": {COOKIE: other[COOKIE],
                                    COOKIE + "-1": second},
        "the second twice": {COOKIE: first, COOKIE + "-1": second * 2},
        "the first as second": {COOKIE: first, COOKIE + "-1": first},
        "counted as one": {COOKIE: "1" + first[1:], COOKIE + "-1": second},
        "counted as three": {COOKIE: "3" + first[1:], COOKIE + "-1": second,
                             COOKIE + "-2": ""},
        "counted as none": {COOKIE: "0" + first[1:], COOKIE + "-1": second},
        "counted as nine": {COOKIE: "9" + first[1:], COOKIE + "-1": second},
        "not counted": {COOKIE: first[2:], COOKIE + "-1": second},
        "a ticket alone": {COOKIE: ".".join(first.split(".")[:5])},
        "a forged ticket": {COOKIE: "1." + forge.ticket()},
        "a forged session": {COOKIE: f"1.{forge.ticket()}.{noise(300)}"},
        "nearly nothing": {COOKIE: "1."},
        "nothing": {COOKIE: ""}
    }


def test_cookies_that_do_not_belong_together_are_no_session(server):
    ours, other = two_sessions(server)
    assert entries(server.browser(), cookie=header(ours)) != {}
    for wrong, jar in broken(ours, other).items():
        browser = server.browser()
        assert entries(browser, cookie=header(jar)) == {}, wrong
        response = browser.get("/probe/set?a=1", cookie=header(jar))
        assert response.status == 200
        assert response.entries == {"a": "1"}, wrong


def test_the_order_of_the_cookies_plays_no_part(server):
    jar = filled(server, 3000, 2000).jar
    backwards = dict(reversed(list(jar.items())))
    assert set(entries(server.browser(), cookie=header(backwards))) \
        == {"f0", "f1"}


def test_of_two_sessions_in_one_header_one_is_found(server):
    ours, other = two_sessions(server)
    other = {name: value[:-9] + "AAAAAAAAA" for name, value in other.items()}
    small = filled(server, 100).jar
    for jars in (small, other), (other, small):
        cookie = "; ".join(header(jar) for jar in jars)
        assert set(entries(server.browser(), cookie=cookie[:8000])) == {"f0"}


@pytest.mark.parametrize("name", [COOKIE, COOKIE + "-1"])
@pytest.mark.parametrize("before", [True, False], ids=["before", "behind"])
def test_a_planted_cookie_shuts_nobody_out(server, name, before):
    browser = filled(server, 3000, 2000)
    for planted in "x", "2.x", browser.jar[COOKIE][:50]:
        cookies = [browser.cookie_header(), f"{name}={planted}"]
        cookie = "; ".join(reversed(cookies) if before else cookies)
        assert set(entries(browser, cookie=cookie)) == {"f0", "f1"}


def test_a_flipped_bit_is_no_session(server):
    browser = filled(server, 100)
    flips = list(forge.bit_flips(browser.jar[COOKIE]))
    for value in flips[::23]:
        assert entries(browser, cookie=f"{COOKIE}={value}") == {}
    assert set(entries(browser)) == {"f0"}


# --- What programs see -------------------------------------------------------

@pytest.mark.parametrize("path", ["/cgi/environment", "/ssi.shtml"])
def test_no_cookie_of_ours_is_seen_by_programs(server, path):
    browser = filled(server, 3000, 2000)
    assert len(browser.jar) == 2
    cookie = f"a=1; {browser.cookie_header()}; {COOKIE}s=2; b=3"
    response = browser.get(path, cookie=cookie)
    assert response.status == 200
    for value in browser.jar.values():
        assert value[:40] not in response.text
    if path == "/cgi/environment":
        assert f"HTTP_COOKIE=a=1; {COOKIE}s=2; b=3\n" in response.text


def test_no_cookie_of_ours_reaches_a_server_behind(server):
    browser = filled(server, 3000, 2000)
    response = browser.get("/backend", cookie=f"{browser.cookie_header()}; "
                                              "a=1")
    assert "Cookie: a=1\n" in response.text
    assert COOKIE not in response.text


# --- Size --------------------------------------------------------------------

def test_too_large_a_session_is_a_413_and_the_old_one_is_kept(server):
    server.log.expect(TOO_BIG)
    browser = filled(server, 3000)
    before = dict(browser.jar)
    response = put(browser, more=noise(6000))
    assert response.status == 413
    assert response.set_cookies == []
    assert browser.jar == before
    assert set(entries(browser)) == {"f0"}
    assert put(browser, small="1").status == 200


def fill_up(server, step=250):
    """A browser whose session has grown to its limit."""
    browser = server.browser()
    for number in range(200):
        if put(browser, **{f"f{number}": noise(step)}).status == 413:
            return browser, number * step
    raise AssertionError("nothing was refused")


def test_5500_random_letters_fit_beside_1000_bytes_of_other_cookies(server):
    server.log.expect(TOO_BIG)
    browser, held = fill_up(server)
    assert held >= 5500
    line = "Cookie: " + browser.cookie_header() + "; other="
    assert len(line) + 1000 <= LINE_MAX
    others = "x" * 1000
    assert len(entries(browser, cookie=f"{browser.cookie_header()}; "
                                       f"other={others}")) > 0


def test_a_larger_header_field_allows_up_to_eight_cookies(httpd):
    server = httpd("LimitRequestFieldSize 60000\n" + SESSIONS)
    server.log.expect(TOO_BIG)
    browser, held = fill_up(server, 1000)
    assert len(browser.jar) == 8
    assert held >= 28_000
    assert len(entries(browser)) == held // 1000


def test_what_deflates_has_room(server):
    browser = server.browser()
    assert browser.get("/probe/fill?n=200&size=400").status == 200
    assert len(entries(browser)) == 200


# --- Time --------------------------------------------------------------------

def test_an_idle_session_ends(server):
    browser = server.browser()
    browser.get("/brief/set?a=1")
    held = browser.cookie_header()
    until(lambda: entries(server.browser(), cookie=held) == {},
          "the idle time to pass")
    assert browser.get("/brief/set?b=2").entries == {"b": "2"}


def test_an_old_session_ends_however_it_is_used(server):
    browser = server.browser()
    browser.get("/ends/set?n=0")

    def gone():
        kept = browser.get("/ends/get").entries
        if kept:
            browser.get("/ends/set?n=" + noise(8))
        return not kept

    until(gone, "the absolute end")


def test_a_page_view_renews_the_cookie_when_a_touch_is_due(server):
    browser = server.browser()
    browser.get("/busy/set?a=1")
    before = browser.jar[COOKIE]
    until(lambda: browser.get("/busy/get").set_cookies, "a touch")
    assert browser.jar[COOKIE] != before
    assert browser.jar[COOKIE].split(".")[1] == before.split(".")[1]
    assert entries(browser) == {"a": "1"}


def test_a_renewed_cookie_is_kept_from_caches(server):
    browser = server.browser()
    browser.get("/busy/set?a=1")
    seen = []

    def touched():
        seen.append(browser.get("/busy/get"))
        return seen[-1].set_cookies

    until(touched, "a touch")
    assert "private" in seen[-1].get("Cache-Control")


# --- Two requests at once ----------------------------------------------------

def test_of_two_changes_at_once_the_last_answer_counts(server):
    browser = server.browser()
    put(browser, a="1")
    twin = browser.twin()
    put(browser, b="2")
    put(twin, c="3")
    assert entries(browser) == {"a": "1", "b": "2"}
    assert entries(twin) == {"a": "1", "c": "3"}


# --- Keys --------------------------------------------------------------------

def test_a_new_key_on_top_ends_no_session(httpd):
    server = httpd(SESSIONS + conf.FORM)
    browser = logged_in(server.browser(), "alice")
    with open(server.path("keys")) as file:
        old = file.read()
    os.unlink(server.path("keys"))
    build.keygen(server.path("keys"))
    with open(server.path("keys")) as file:
        new = file.read()
    with open(server.path("keys"), "w") as file:
        file.write(new + old)
    server.graceful()
    assert who(browser) == "alice"
    fresh = logged_in(server.browser(), "bob")
    with open(server.path("keys"), "w") as file:
        file.write(new)
    server.graceful()
    assert who(browser) is None
    assert who(fresh) == "bob"


# --- Ending a user's sessions ------------------------------------------------

REVOKE = SESSIONS.replace("SessionStore cookie:",
                          "SessionStore cookie: "
                          "\"revoke=dir:@ROOT@/ends purge=1h\"")


@pytest.fixture(scope="module")
def revoking(module_httpd):
    return module_httpd(REVOKE + conf.FORM)


def test_a_users_sessions_end_and_a_new_login_is_valid(revoking):
    alice = logged_in(revoking.browser(), "alice")
    twin = alice.twin()
    bob = logged_in(revoking.browser(), "bob")
    visitor = revoking.browser()
    put(visitor, a="1")
    end_sessions(revoking, revoking.path("ends"), "alice")
    assert who(alice) is None
    assert who(twin) is None
    assert who(bob) == "bob"
    assert entries(visitor) == {"a": "1"}
    logged_in(alice, "alice")
    assert who(alice) == "alice"
    assert who(twin) is None


def test_a_copy_from_before_the_end_is_worth_nothing(revoking):
    browser = logged_in(revoking.browser(), "alice")
    copy = browser.cookie_header()
    browser.get("/logout")
    end_sessions(revoking, revoking.path("ends"), "alice")
    assert who(revoking.browser(), cookie=copy) is None


def test_a_second_store_that_fails_lets_no_user_in(httpd):
    server = httpd(REVOKE + conf.FORM)
    server.log.expect(r"SST0301: a session could not be read from cookie: "
                      r"revoke=dir:\S+")
    alice = logged_in(server.browser(), "alice")
    visitor = server.browser()
    put(visitor, a="1")
    os.rename(server.path("ends"), server.path("away"))
    response = alice.get("/private/probe/user")
    assert response.status == 503
    assert response.get("Retry-After")
    assert response.set_cookies == []
    assert entries(visitor) == {"a": "1"}
    os.rename(server.path("away"), server.path("ends"))
    assert who(alice) == "alice"


def test_a_second_store_that_fails_is_passed_over_where_that_is_allowed(
        httpd):
    server = httpd(REVOKE + conf.FORM + "SessionStoreOnError anonymous\n")
    server.log.expect("SST0301")
    server.log.expect("SST0305")
    alice = logged_in(server.browser(), "alice")
    os.rename(server.path("ends"), server.path("away"))
    assert entries(alice) == {}
    assert who(alice) is None
    assert put(alice, a="1").status == 503
    os.rename(server.path("away"), server.path("ends"))
    assert who(alice) == "alice"


def test_the_tool_ends_a_users_sessions(revoking):
    alice = logged_in(revoking.browser(), "alice")
    bob = logged_in(revoking.browser(), "bob")
    Tool(revoking)("revoke", "--user", "alice")
    assert who(alice) is None
    assert who(bob) == "bob"
    logged_in(alice, "alice")


def test_a_second_store_that_is_not_fit_keeps_httpd_from_starting(httpd):
    server = httpd(REVOKE, start=False)
    os.symlink("/tmp", server.path("ends"))
    server.log.expect(r"SST0103: SessionStore cookie: revoke=dir:\S+: .*")
    server.log.allow("AH00020")
    assert "SST0103" in server.start_fails()


def test_the_page_of_a_users_sessions_cannot_list_them(httpd):
    server = httpd(SESSIONS + conf.FORM + "<Location /mine>\n"
                   "    SetHandler session-store-self\n</Location>\n")
    server.log.expect(r"SST03\d\d: .* the sessions of cookie: are in browsers")
    alice = logged_in(server.browser(), "alice")
    assert alice.get("/mine").status == 503
    assert who(alice) == "alice"


def test_a_limit_of_sessions_cannot_be_kept_and_refuses_logins(httpd):
    server = httpd(SESSIONS + conf.FORM + "SessionStoreMaxPerUser 2\n")
    server.log.expect(r"SST0303: .* the sessions of cookie: are in browsers")
    browser = server.browser()
    assert login(browser, "alice").status == 503
    assert put(browser, a="1").status == 200
