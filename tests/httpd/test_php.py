# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""share/session_store.php: session_start() and $_SESSION in the store, in
programs that know nothing of it."""

import json
import threading

import pytest

from rig import conf
from rig.members import COOKIE, Ticket, differ, entries, logged_in, who
from rig.phpstore import (answers, configuration, errors, install, run,
                          session)
from rig.say import says

PAGES = {"fpm": "/php-fpm/steps.php", "cgi": "/php-cgi/steps.php",
         "mod": "/php-mod/steps.php"}


@pytest.fixture(scope="module")
def servers(module_httpd):
    """One for each MPM, made when it is first asked for."""
    made = {}

    def get(mpm):
        if mpm not in made:
            kinds = ("mod",) if mpm == "prefork" else ("fpm", "cgi")
            made[mpm] = module_httpd(configuration(kinds) + conf.FORM,
                                     mpm=mpm, fpm=mpm == "event",
                                     folders=["php-log"],
                                     before_start=install)
        return made[mpm]

    return get


@pytest.fixture(params=sorted(PAGES))
def page(request):
    return PAGES[request.param]


@pytest.fixture
def server(servers, page):
    return servers("prefork" if page == PAGES["mod"] else "event")


@pytest.fixture
def browser(server):
    return server.browser()


# --- What programs do --------------------------------------------------------

VALUES = {"text": "a&b=c+d%, \u00e9;\n", "number": 7, "float": 1.5,
          "list": [1, [2, {"x": None}]], "yes": True, "Upper": 1, "upper": 2,
          "with blank": 1, "a-user": "x", "a-pw": "y", "": "empty", "7": "i"}


def test_values_and_keys_of_all_kinds_are_kept(browser, page):
    answers(browser, page, "start", *(("set", k, v) for k, v
                                      in VALUES.items()))
    assert session(browser, page) == VALUES
    answers(browser, page, "start", ("unset", "list"), ("set", "number", 8))
    wanted = {**VALUES, "number": 8}
    del wanted["list"]
    assert session(browser, page) == wanted


def test_binary_values_and_objects_are_kept(browser, page):
    first = answers(browser, page, "start", ("bytes", "bin"), ("thing", "t"),
                    "raw")
    assert answers(browser, page, "start", "raw")[1] == first[3]
    inner = answers(browser, page, "start", ("ask", "t"))[1]
    assert inner == b"a\0b\\0".hex() + '{"x":1}'


def test_keys_that_share_a_value_go_on_sharing_it(browser, page):
    answers(browser, page, "start", "share")
    assert answers(browser, page, "start", "shared")[1] is True
    answers(browser, page, "start", "clear", ("set", "n", 1))
    assert session(browser, page) == {"n": 1}


@pytest.mark.parametrize("size", [5000, 7000, 20000, 200000])
def test_large_values_are_kept(browser, page, size):
    answers(browser, page, "start", ("fill", "big", size), ("set", "n", 1))
    assert session(browser, page) == {"big": "0123456789" * (size // 10),
                                      "n": 1}


def test_too_much_is_an_error_and_keeps_the_old_session(server, browser, page):
    server.log.expect("SST0304: session .* SessionStoreMaxSize")
    answers(browser, page, "start", ("set", "kept", 1))
    response = run(browser, page, "start", ("fill", "big", 300000), "close")
    assert response.status == 413
    assert session(browser, page) == {"kept": 1}
    assert "bytes more than SessionStoreMaxSize" in errors(server)


def test_the_program_is_told_that_it_stores_too_much(server, browser, page):
    server.log.allow("SST0304")
    response = run(browser, page, "start", ("fill", "big", 300000), "flush",
                   "close")
    assert response.status == 413
    assert "bytes more than SessionStoreMaxSize" in errors(server)


def test_a_visitor_without_data_gets_no_session(server, browser, page):
    before = server.store.snapshot()
    response = run(browser, page, "start", ("id",))
    assert response.set_cookies == []
    assert server.store.snapshot() == before


def test_phps_own_cookie_is_not_sent(browser, page):
    response = run(browser, page, "start", ("set", "a", 1))
    assert [cookie.name for cookie in response.set_cookies] == [COOKIE]


def test_the_id_is_stable_and_no_secret(browser, page):
    first = answers(browser, page, "start", ("set", "a", 1), ("id",))[2]
    assert answers(browser, page, "start", ("id",))[1] == first
    ticket = Ticket.of(browser)
    assert first not in (ticket.id, ticket.secret)
    assert answers(browser, page, ("cookie", "PHPSESSID"))[0] == first


def test_an_id_that_a_program_or_client_chooses_is_not_taken(browser, page):
    mine = answers(browser, page, "start", ("set", "a", 1), ("id",))[2]
    got = answers(browser, page, ("id", "chosen"), "start", ("id",), "get")
    assert got[2:] == [mine, {"a": 1}]
    browser.jar["PHPSESSID"] = "planted"
    got = answers(browser, page, ("start", {"use_cookies": 1}), ("id",))
    assert got[1] == mine
    stranger = browser.twin()
    stranger.jar = {"PHPSESSID": mine}
    got = answers(stranger, page, ("start", {"use_cookies": 1}), ("id",),
                  "get")
    assert got[1] != mine and not got[2]


@pytest.mark.parametrize("delete", [True, False])
def test_regenerate_gives_a_new_id_and_cookie(browser, page, delete):
    first = answers(browser, page, "start", ("set", "a", 1), ("id",))[2]
    old = Ticket.of(browser)
    got = answers(browser, page, "start", ("regenerate", delete), ("id",),
                  ("set", "b", 2))
    assert got[1] is True and got[2] != first
    assert differ(old, Ticket.of(browser))
    again = answers(browser, page, "start", ("id",), "get")
    assert again[1:] == [got[2], {"a": 1, "b": 2}]
    assert not session(browser_with(browser, old), page)


def browser_with(browser, ticket):
    other = browser.twin()
    other.jar = {COOKIE: ticket.text}
    return other


def test_destroy_ends_the_session(server, browser, page):
    answers(browser, page, "start", ("set", "a", 1))
    old = Ticket.of(browser)
    response = run(browser, page, "start", "destroy")
    assert [cookie.removes for cookie in response.set_cookies] == [True]
    assert not session(browser_with(browser, old), page)


def test_destroy_and_start_again_begins_anew(browser, page):
    first = answers(browser, page, "start", ("set", "a", 1), ("id",))[2]
    old = Ticket.of(browser)
    got = answers(browser, page, "start", "destroy", "start", "get", ("id",),
                  ("set", "b", 2))
    assert not got[3] and got[4] != first
    assert session(browser, page) == {"b": 2}
    assert differ(old, Ticket.of(browser))


def test_destroy_leaves_a_form_login_alone(server, browser, page):
    logged_in(browser, "alice")
    answers(browser, page, "start", ("set", "a", 1))
    answers(browser, page, "start", "destroy")
    assert who(browser) == "alice"
    assert not session(browser, page)


def test_close_and_reopen_see_what_was_written(browser, page):
    got = answers(browser, page, "start", ("set", "a", 1), "close", "start",
                  "get", ("set", "b", 2), "close", ("start", {
                      "read_and_close": True}), "get")
    assert got[4] == {"a": 1} and got[8] == {"a": 1, "b": 2}
    assert session(browser, page) == {"a": 1, "b": 2}


def test_an_aborted_session_is_not_written(browser, page):
    answers(browser, page, "start", ("set", "a", 1))
    answers(browser, page, "start", ("set", "a", 2), "abort")
    assert session(browser, page) == {"a": 1}


def test_sessions_of_other_names_are_kept_apart(browser, page):
    answers(browser, page, "start", ("set", "a", 1))
    answers(browser, page, ("name", "My_App"), "start", ("set", "a", 2))
    both = answers(browser, page, ("name", "my_app"), "start", "get", "close",
                   ("name", "My_App"), "start", "get", "destroy")
    assert not both[2] and both[6] == {"a": 2}
    assert session(browser, page) == {"a": 1}


def test_garbage_collection_does_no_harm(browser, page):
    answers(browser, page, "start", ("set", "a", 1))
    assert answers(browser, page, "start", "gc")[1] == 0
    assert session(browser, page) == {"a": 1}


# --- How requests end --------------------------------------------------------

ENDS = {
    "exit": (["exit"], 200),
    "fatal error": (["fatal"], 500),
    "redirect": ([("header", "Location: http://localhost/x"), "exit"], 302),
    "download": ([("download", 100)], 200),
    "large download": ([("download", 6_000_000)], 200),
    "page of 300 KB": ([("page", 300_000)], 200),
    "page of 6 MB": ([("page", 6_000_000)], 200),
    "early flush": (["flush"], 200),
    "own buffer": (["buffer", ("page", 10)], 200),
    "status": ([("header", "HTTP/1.1 404 No"), ("page", 9)], 404),
}


@pytest.mark.parametrize("end", sorted(ENDS))
def test_the_session_is_saved_however_the_request_ends(browser, page, end):
    steps, status = ENDS[end]
    response = run(browser, page, "start", ("set", "a", 1), *steps)
    assert response.status == status
    assert session(browser, page) == {"a": 1}


def test_a_change_in_a_shutdown_function_is_saved(browser, page):
    run(browser, page, "start", ("set", "a", 1), ("later", "b", 2))
    assert session(browser, page) == {"a": 1, "b": 2}


def test_a_change_behind_an_early_flush_is_lost_and_logged(server, browser,
                                                           page):
    run(browser, page, "start", ("set", "a", 1), "flush", ("set", "b", 2))
    assert session(browser, page) == {"a": 1}
    assert "changed after the response had begun" in errors(server)


def test_a_program_that_switches_to_files_is_logged(server, browser, page):
    folder = server.path("php-log")
    answers(browser, page, ("ini", "session.save_handler", "files"),
            ("ini", "session.save_path", folder), "start", ("set", "a", 1))
    assert entries(browser) == {}
    assert "by a handler of its own, not in the store" in errors(server)


# --- Beside others -----------------------------------------------------------

def test_other_entries_are_left_alone(browser, page):
    says(browser, "set &other=1&")
    answers(browser, page, "start", ("set", "a", 1))
    answers(browser, page, "start", "clear")
    assert entries(browser) == {"other": "1"}


def test_only_what_has_changed_is_sent(browser, page):
    answers(browser, page, "start", ("set", "a", 1), ("set", "b", 1))
    slow = browser.twin()
    gate = threading.Event()

    def other():
        answers(slow, page, "start", ("set", "b", 2))
        gate.set()

    threading.Thread(target=other).start()
    gate.wait(60)
    answers(browser, page, "start", ("set", "a", 2))
    assert session(browser, page) == {"a": 2, "b": 2}


def test_8_clients_that_change_different_keys_lose_nothing(servers):
    server = servers("event")
    page = PAGES["fpm"]
    browser = server.browser()
    answers(browser, page, "start", ("set", "begun", True))
    failed = []

    def client(number):
        mine = browser.twin()
        for turn in range(200):
            response = run(mine, page, "start",
                           ("set", f"k{number}_{turn}", turn))
            if response.status != 200:
                failed.append((number, turn, response.status))

    clients = [threading.Thread(target=client, args=(n,)) for n in range(8)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    assert failed == []
    wanted = {f"k{n}_{turn}": turn for n in range(8) for turn in range(200)}
    assert session(browser, page) == {"begun": True, **wanted}


# --- Forgery -----------------------------------------------------------------

NAMES = ["Session", "SESSION", "X-Session-Store", "Session-Store-0",
         "Session_Store_0", "SESSION_STORE_0", "session-store-count",
         "SESSION_STORE_COUNT", "X_Session_Store", "Http-Session-Store-0",
         "Php-Admin-Value", "Session-Store-Header"]
FORGED = "php%3APHPSESSID%3Aa%3A=s%3A6%3A%22forged%22%3B&a=forged"


@pytest.mark.parametrize("name", NAMES)
def test_headers_of_clients_gain_nothing(browser, page, name):
    headers = [(name, "set &" + FORGED + "&"), (name, FORGED),
               (name.lower(), "1"), (name.upper(), FORGED)]
    for cookie in (None, ""):
        response = browser.request(
            "POST", page, json.dumps([["start"], ["get"]]).encode(),
            headers=headers, cookie=cookie)
        assert response.status == 200
        assert not json.loads(response.text)[1]
        assert response.set_cookies == []
    assert entries(browser) == {}
