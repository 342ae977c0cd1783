# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The status page: what it counts, and its forms for people and programs."""

import json
import os
import re
import signal
import subprocess
from html.parser import HTMLParser

import pytest

from rig import breakage, build, conf, forge, status
from rig.aside import Aside
from rig.browser import basic_authorization
from rig.members import COOKIE, Ticket, as_cookie, logged_in, login
from rig.redis import Redis, RedisCluster
from rig.wait import until

# The rig's own questions are no requests of the site.
SITE = conf.SESSIONS + status.PLACE + """\
<Location /probe/children>
    Session Off
</Location>
"""


@pytest.fixture
def server(httpd):
    return httpd(SITE + conf.FORM)


def counted(server, family):
    """What has been counted in a family, without the zeros."""
    return {word: count for word, count in
            status.store(server)[family].items() if count}


def expire(server):
    server.store.age(24 * 3600)


# --- What is counted ----------------------------------------------------------

def test_a_request_is_counted_by_what_its_ticket_led_to(server):
    server.browser().get("/probe/get")
    living = server.browser()
    living.get("/probe/set?a=1")
    living.get("/probe/get")
    living.get("/probe/get")
    server.browser().get("/probe/get", cookie=as_cookie(forge.ticket()))
    gone = server.browser()
    gone.get("/probe/set?b=1")
    late = gone.twin()
    gone.get("/probe/clear")
    late.get("/probe/get")
    expired = server.browser()
    expired.get("/probe/set?c=1")
    expire(server)
    expired.get("/probe/get")
    # Three visitors without a ticket became sessions; clearing one found it.
    assert counted(server, "loads") == {"none": 4, "hit": 3, "forged": 1,
                                        "miss": 1, "expired": 1}


def test_a_record_that_does_not_open_is_counted_as_unreadable(server):
    server.log.expect("SST0302")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    path = server.store.files()[0]
    server.store.overwrite(path, bytes(len(server.store.read(path))))
    browser.get("/probe/get")
    assert counted(server, "loads") == {"none": 1, "unreadable": 1}


def test_a_save_is_counted_by_its_outcome(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    browser.get("/probe/set?a=2")
    logged_in(browser, "alice")
    browser.get("/logout")
    browser.get("/probe/clear")
    assert counted(server, "saves") == {"created": 1, "updated": 1,
                                        "rotated": 2, "ended": 1}


def test_a_session_that_is_too_big_is_counted_as_that(httpd):
    server = httpd(SITE + "SessionStoreMaxSize 1024\n")
    server.log.expect("SST0304")
    server.browser().get("/probe/fill?n=1&size=5000")
    assert counted(server, "saves") == {"too_big": 1}


def test_a_login_beyond_the_limit_is_counted_as_refused(httpd):
    server = httpd(SITE + conf.FORM + "SessionStoreMaxPerUser 1 refuse\n")
    server.log.expect("SST0320")
    logged_in(server.browser(), "alice")
    assert login(server.browser(), "alice").status == 403
    assert counted(server, "saves") == {"created": 1, "refused": 1}


def test_a_touch_is_counted(httpd):
    server = httpd(SITE + "SessionStoreTimeout idle=20m touch=0s\n")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.store.age(60)
    browser.get("/probe/get")
    server.wait_until_idle()
    assert counted(server, "touches") == {"done": 1}


def test_merged_conflicts_and_clashes_are_counted(server):
    browser = server.browser()
    browser.get("/probe/set?a=1&b=1")
    gate = server.gate("late")
    slow = Aside(browser.twin().get, "/cgi/slow/late?a=3")
    gate.wait_reached()
    browser.get("/probe/set?a=2")
    gate.open()
    slow.result()
    shown = status.store(server)
    assert (shown["conflicts"], shown["clashes"]) == (1, 1)


def test_expired_records_that_were_removed_are_counted(httpd):
    server = httpd(SITE.replace("purge=1h", "purge=1s"))
    for _ in range(3):
        server.browser().get("/probe/set?a=1")
    expire(server)
    server.log.wait_for(r"SST0202: 3 expired sessions removed")
    assert status.store(server)["purged"] == 3


def test_operations_are_counted_by_answer_and_time(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    for _ in range(5):
        browser.get("/probe/get")
    operations = status.store(server)["operations"]
    assert operations["get"]["results"] == {"ok": 5}
    assert operations["put"]["results"] == {"ok": 1}
    assert operations["remove"]["results"] == {}
    for operation in operations.values():
        assert sum(operation["buckets"]) == operation["count"]
        assert len(operation["buckets"]) == len(operation["bounds_us"]) + 1
        assert operation["time_us"] <= 5_000_000 * operation["count"]
    assert operations["get"]["time_us"] > 0


def test_without_a_ticket_no_operation_is_counted(server):
    server.browser().get("/probe/get")
    server.browser().get("/probe/get", cookie=as_cookie(forge.ticket()))
    assert all(operation["count"] == 0 for operation
               in status.store(server)["operations"].values())


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_all_children_count_together(httpd, mpm):
    server = httpd(SITE, mpm=mpm)
    requests = 0

    def several_answered():
        nonlocal requests
        server.browser().get("/probe/get")
        requests += 1
        lines = [l for l in server.log.lines() if "SST0307" in l]
        pids = {re.search(r"\[pid (\d+)", line).group(1) for line in lines}
        return len(pids) > 1

    until(several_answered, "requests to be answered by several children")
    assert counted(server, "loads") == {"none": requests}


def test_counters_outlive_a_graceful_restart(server):
    browser = server.browser()
    browser.get("/probe/set?a=1")
    before = status.read(server)
    server.graceful()
    browser.get("/probe/get")
    after = status.read(server)
    assert after["since"] == before["since"]
    assert after["stores"][0]["loads"]["hit"] == 1
    assert after["stores"][0]["saves"]["created"] == 1


def test_counters_outlive_an_upgrade_but_not_one_to_another_layout(httpd):
    server = httpd(SITE, start=False)
    server.load_copy()
    server.start()
    browser = server.browser()
    browser.get("/probe/set?a=1")
    before = status.read(server)
    server.upgrade(build.module())
    server.graceful()
    same = status.read(server)
    assert same["since"] == before["since"]
    assert same["stores"][0]["saves"]["created"] == 1
    server.upgrade(build.module_of_another_layout(server.path("other.so")))
    server.graceful()
    assert browser.get("/probe/get").entries == {"a": "1"}
    other = status.read(server)
    assert other["since"] != before["since"]
    assert other["stores"][0]["saves"]["created"] == 0
    assert other["stores"][0]["loads"]["hit"] == 1


def test_a_store_that_comes_with_a_restart_counts_from_zero(server):
    server.append("<Location /other>\n"
                  "    SessionStore dir:@ROOT@/second\n"
                  "    SessionStoreCookie other\n"
                  "    SetHandler session-probe\n</Location>\n")
    server.browser().get("/probe/set?a=1")
    server.graceful()
    server.browser().get("/other/set?a=1")
    first, second = status.read(server)["stores"]
    assert first["name"].endswith("/store")
    assert second["name"].endswith("/second")
    assert first["saves"]["created"] == second["saves"]["created"] == 1


def test_stores_that_differ_in_options_only_are_counted_together(httpd):
    server = httpd(SITE + "<Location /other>\n"
                   "    SessionStore dir:@ROOT@/store purge=1h tenant=other\n"
                   "    SessionStoreCookie other\n"
                   "    SetHandler session-probe\n</Location>\n")
    server.browser().get("/probe/set?a=1")
    server.browser().get("/other/set?a=1")
    assert status.store(server)["saves"]["created"] == 2


# --- Failures -----------------------------------------------------------------

def test_a_store_that_fails_is_seen_and_its_return_too(server):
    server.log.expect("SST0301")
    server.log.allow("SST0201")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    assert ">works</span>" in status.page(server).text
    with breakage.missing(server.store):
        assert browser.get("/probe/get").status == 503
        shown = status.store(server)
        assert shown["loads"]["failed"] == 1
        assert shown["operations"]["get"]["results"] == {"unavailable": 1}
        assert shown["failed"] is not None

    def works_again():
        assert browser.get("/probe/get").status == 200
        return "works; failed" in status.page(server).text

    until(works_again, "the page to say so")


def test_a_refused_save_is_counted_as_failed(server):
    server.log.expect("SST0303")
    server.log.allow("SST0201")
    with breakage.missing(server.store):
        assert server.browser().get("/probe/set?a=1").status == 503
    assert counted(server, "saves") == {"failed": 1}


def test_a_store_that_was_not_used_says_so(server):
    text = status.page(server).text
    assert "not used yet" in text
    assert "<figure>" not in text


# --- Connections to servers --------------------------------------------------

@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


def on_redis(httpd, redis, options=""):
    return httpd(SITE.replace("dir:@ROOT@/store purge=1h",
                              f"{redis.url} {options}"))


def usage(server):
    return status.store(server)["usage"]


def test_connections_to_a_server_are_shown(httpd, redis):
    server = on_redis(httpd, redis, "pool=7")
    assert usage(server)["connections_open"] == 0
    server.browser().get("/probe/set?a=1")

    def shown():
        found = usage(server)
        return found["connections_open"] > 0 and found

    found = until(shown, "a connection to be shown")
    assert found["servers"] == 1 and found["left_alone"] == 0
    assert found["connections_used"] == 0
    assert found["connections_max"] % 7 == 0 < found["connections_max"]
    assert found["processes"] >= 1
    assert "<h3>Connections</h3>" in status.page(server).text
    metrics = status.exposed(server)
    assert {(s.labels["state"], s.value)
            for s in metrics["session_store_servers"].samples} == \
        {("known", 1), ("left_alone", 0)}


def test_a_server_that_is_left_alone_is_shown_until_it_is_back(httpd, redis):
    server = on_redis(httpd, redis, "timeout=200ms")
    server.log.allow("SST0[23]")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    redis.hang()

    def left_alone():
        browser.get("/probe/get")
        return usage(server)["left_alone"] == 1

    until(left_alone, "the server to be left alone")
    assert "1 left alone</b>" in status.page(server).text
    redis.go_on()

    def asked_again():
        browser.get("/probe/get")
        return usage(server)["left_alone"] == 0

    until(asked_again, "the server to be asked again")


def test_waits_for_a_connection_are_counted(httpd, redis):
    server = on_redis(httpd, redis, "pool=1 timeout=2s")
    server.log.allow("SST0[23]")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    redis.hang()
    crowd = [Aside(browser.twin().get, "/probe/get") for _ in range(8)]
    for one in crowd:
        one.result()
    redis.go_on()

    def waited():
        browser.get("/probe/get")
        return status.store(server)["waits"] > 0

    until(waited, "the waits to be told")


def test_a_child_that_was_killed_is_not_shown(httpd, redis):
    server = on_redis(httpd, redis)
    server.log.allow("AH00052")

    def all_used():
        server.browser().get("/probe/set?a=1")
        return usage(server)["processes"] >= 2

    until(all_used, "several processes to use the store")
    before = server.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: server.answers_without(before), "their successors")
    server.browser().get("/probe/set?a=1")
    assert 1 <= usage(server)["processes"] <= len(server.children())


def test_sessions_that_move_are_counted_at_the_store_they_move_to(
        httpd, redis):
    server = httpd(SITE)
    browser = server.browser()
    browser.get("/probe/set?a=1")
    server.append(f"SessionStore {redis.url}\n"
                  "SessionStoreMigrateFrom dir:@ROOT@/store purge=1h\n")
    server.graceful()
    assert browser.get("/probe/get").entries == {"a": "1"}
    browser.get("/probe/set?a=2")

    def shown():
        stores = {store["name"]: store
                  for store in status.read(server)["stores"]}
        to = stores[redis.url]
        return to["usage"]["connections_open"] > 0 and to

    to = until(shown, "a connection to the new store to be shown")
    assert to["loads"]["hit"] == 2 and to["saves"]["updated"] == 1


# --- What each server takes ---------------------------------------------------

def servers(server):
    return {one["name"]: one for one in status.store(server)["servers"]}


def test_each_node_of_a_cluster_has_times_of_its_own(httpd):
    cluster = RedisCluster()
    try:
        server = on_redis(httpd, cluster, "timeout=10s")
        names = {f"127.0.0.1:{node.port}" for node in cluster.nodes}

        def all_asked():
            server.browser().get("/probe/set?a=1")
            return set(servers(server)) == names

        until(all_asked, "every node to be asked and told of")
        for one in servers(server).values():
            assert one["count"] == sum(one["buckets"]) > 0
            assert one["time_us"] > 0 and one["failed"] == 0
        shown = status.exposed(server)["session_store_server_seconds"]
        assert shown.type == "histogram"
        assert {s.labels["server"] for s in shown.samples} == names
        text = status.page(server).text
        assert all(f"<tr><td>{name}</td>" in text for name in names)
    finally:
        cluster.remove()


def test_what_a_server_let_down_is_shown_beside_its_times(httpd, redis):
    server = on_redis(httpd, redis, "timeout=200ms")
    server.log.allow("SST0[23]")
    browser = server.browser()
    browser.get("/probe/set?a=1")
    redis.hang()
    for _ in range(3):
        browser.get("/probe/get")
    redis.go_on()

    def told():
        browser.get("/probe/get")
        found = servers(server).get(f"127.0.0.1:{redis.port}")
        return found and found["count"] > found["failed"] > 0

    until(told, "failures to be told, and what went well")

    def same():
        shown = servers(server)[f"127.0.0.1:{redis.port}"]["failed"]
        samples = status.exposed(server)[
            "session_store_server_failures"].samples
        return [s.value for s in samples] == [shown]

    until(same, "both forms to say the same")


def test_the_exchanges_of_a_server_are_as_many_as_it_answered(httpd, redis):
    server = on_redis(httpd, redis)
    browser = server.browser()
    browser.get("/probe/set?a=1")

    def counted_all():
        browser.get("/probe/get")
        shown = status.store(server)
        asked = sum(op["count"] for op in shown["operations"].values())
        return sum(s["count"] for s in shown["servers"]) == asked

    until(counted_all, "all that was asked to be told")


def test_a_store_without_servers_has_no_connections(server):
    server.browser().get("/probe/set?a=1")
    assert usage(server) is None
    assert servers(server) == {}
    assert status.store(server)["capacity"] == {"read": 0, "write": 0}
    assert "Connections" not in status.page(server).text


# --- The page -----------------------------------------------------------------

class Page(HTMLParser):
    """What a browser would fetch or run, and whether tags fit."""

    void = {"meta", "br"}

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.fetched = []
        self.forbidden = []
        self.feed(text)
        assert self.open == []

    def handle_startendtag(self, tag, attributes):
        self.judge(tag, attributes)

    def handle_starttag(self, tag, attributes):
        self.judge(tag, attributes)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def judge(self, tag, attributes):
        if tag in ("script", "link", "img", "iframe", "object", "base"):
            self.forbidden.append(tag)
        for name, value in attributes:
            if name.startswith("on") or name == "style":
                self.forbidden.append(name)
            if name in ("src", "href", "xlink:href"):
                self.fetched.append(value)


def used(server):
    """A server whose page has every part."""
    browser = logged_in(server.browser(), "alice")
    browser.get("/probe/set?a=1")
    return browser


def test_the_page_is_complete_in_itself_and_runs_no_script(server):
    used(server)
    text = status.page(server).text
    page = Page(text)
    assert page.forbidden == []
    assert page.fetched == ["?json", "?prometheus"]
    assert "http:" not in text and "https:" not in text
    assert "url(" not in text and "@import" not in text


def test_the_page_allows_its_own_style_and_nothing_else(server):
    first, second = status.page(server), status.page(server)
    nonces = []
    for response in (first, second):
        policy = response.get("Content-Security-Policy")
        nonce = re.search(r"style-src 'nonce-([A-Za-z0-9_-]{22})'", policy)
        nonces.append(nonce.group(1))
        assert f'<style nonce="{nonce.group(1)}">' in response.text
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.get("Cache-Control") == "no-store"
        assert response.get("X-Content-Type-Options") == "nosniff"
    assert nonces[0] != nonces[1]


def test_the_page_knows_light_dark_and_narrow(server):
    text = status.page(server).text
    assert "prefers-color-scheme:dark" in text
    assert 'name="viewport" content="width=device-width' in text


def test_the_page_shows_the_numbers(server):
    browser = used(server)
    for _ in range(3):
        browser.get("/probe/get")
    text = status.page(server).text
    found = status.store(server)["loads"]["hit"]
    assert f"<dt>Found</dt><dd>{found}</dd>" in text
    assert "<dt>Created</dt><dd>1</dd>" in text
    assert "<b>get</b>" in text and "99&nbsp;%" in text


@pytest.mark.parametrize("form", ["", "?json", "?prometheus"])
def test_a_name_cannot_break_out_of_the_page(httpd, form):
    server = httpd(SITE + "<Location /other>\n    SetHandler session-probe\n"
                   "    SessionStore \"dir:@ROOT@/a<b>&'\\\"c\\\\\"\n"
                   "    SessionStoreCookie other\n</Location>\n")
    text = server.browser().get(status.PATH + form).text
    if form == "":
        assert "/a&lt;b&gt;&amp;" in text
        Page(text)
    elif form == "?json":
        assert len(json.loads(text)["stores"]) == 2
    else:
        labels = status.exposed(server)["session_store_purged"].samples
        assert any("/a<b>&'\\\"c" in sample.labels["store"] for sample in labels)


@pytest.mark.parametrize("form", ["", "?json", "?prometheus"])
def test_only_get_and_head_are_allowed(server, form):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = server.browser().request(method, status.PATH + form, b"")
        assert response.status == 405
        assert "GET" in response.get("Allow")
    head = server.browser().request("HEAD", status.PATH + form)
    assert head.status == 200 and head.body == b""


@pytest.mark.parametrize("form", ["", "?json", "?prometheus"])
def test_no_form_shows_what_belongs_to_a_session(server, form):
    browser = used(server)
    browser.get("/probe/set?colour=ultramarine")
    text = server.browser().get(status.PATH + form).text
    ticket = Ticket.of(browser)
    for secret in (ticket.id, ticket.secret, ticket.check, COOKIE + "=",
                   "alice", "ultramarine"):
        assert secret not in text
    with open(server.path("keys")) as file:
        for line in file:
            if line.startswith("key1:"):
                assert line.strip()[5:] not in text


def test_the_page_can_be_kept_for_administrators(httpd):
    server = httpd(SITE + f"<Location {status.PATH}>\n"
                   "    AuthType Basic\n    AuthName status\n"
                   "    AuthBasicProvider file\n"
                   "    AuthUserFile @ROOT@/conf/passwd\n"
                   "    Require user alice\n</Location>\n",
                   modules=["auth_basic"])
    browser = server.browser()
    assert browser.get(status.PATH).status == 401
    alice = [basic_authorization("alice", "wonderland-7")]
    assert browser.get(status.PATH, headers=alice).status == 200


# --- For programs -------------------------------------------------------------

def test_the_ring_in_use_is_shown_by_the_ids_of_its_keys(server):
    first = status.read(server)["keys"]
    assert first[0]["source"] == server.path("keys")
    assert re.fullmatch("[0-9a-f]{16}", first[0]["ids"][0])
    subprocess.run([build.htsession(), "keygen",
                    server.path("keys")], check=True,
                   stdout=subprocess.DEVNULL)
    server.graceful()
    rotated = status.read(server)["keys"][0]["ids"]
    assert len(rotated) == 2 and rotated[1] == first[0]["ids"][0]
    info = status.exposed(server)["session_store_key_info"].samples
    assert {(s.labels["position"], s.labels["key"], s.labels["seals"])
            for s in info} == {("1", rotated[0], "yes"),
                               ("2", rotated[1], "no")}
    assert rotated[0] in status.page(server).text


def test_prometheus_and_json_say_the_same(server):
    browser = used(server)
    browser.get("/probe/get")
    metrics, shown = status.exposed(server), status.store(server)
    for name in ("loads", "saves", "touches", "revoked"):
        samples = metrics[f"session_store_{name}"].samples
        assert {s.labels["result"]: s.value for s in samples} == shown[name]
        assert {s.labels["store"] for s in samples} == {shown["name"]}
    for name in ("conflicts", "clashes", "purged", "waits", "retries",
                 "throttled"):
        assert metrics[f"session_store_{name}"].samples[0].value \
            == shown[name]
    answers = metrics["session_store_operations"].samples
    assert {(s.labels["operation"], s.labels["result"]): s.value
            for s in answers if s.value} == {
                (name, result.replace(" ", "_")): count
                for name, operation in shown["operations"].items()
                for result, count in operation["results"].items()}


def test_a_form_may_be_asked_for_as_prometheus_does(server):
    for form in ("prometheus", "json"):
        kinds = {server.browser().get(f"{status.PATH}?{form}{end}")
                 .get("Content-Type") for end in ("", "=")}
        assert len(kinds) == 1 and "text/html" not in kinds.pop()


def test_the_histogram_of_prometheus_adds_up(server):
    browser = used(server)
    for _ in range(4):
        browser.get("/probe/get")
    shown = status.store(server)["operations"]["get"]
    family = status.exposed(server)["session_store_operation_seconds"]
    assert family.type == "histogram"
    mine = [s for s in family.samples if s.labels["operation"] == "get"]
    buckets = [s for s in mine if s.name.endswith("_bucket")]
    values = [s.value for s in buckets]
    bounds = [float(s.labels["le"]) for s in buckets]
    assert values == sorted(values) and bounds == sorted(bounds)
    assert [round(b * 1e6) for b in bounds[:-1]] == shown["bounds_us"]
    assert bounds[-1] == float("inf")
    total = {s.name.rsplit("_", 1)[1]: s.value for s in mine
             if not s.name.endswith("_bucket")}
    assert total["count"] == values[-1] == shown["count"]
    assert round(total["sum"] * 1e6) == shown["time_us"]


# --- mod_status ---------------------------------------------------------------

def test_mod_status_has_a_section(server):
    used(server)
    text = server.browser().get("/server-status").text
    section = text[text.index("<h2>mod_session_store</h2>"):]
    assert f"<tr><td>dir:{server.path('store')}</td>" in section


def test_mod_status_for_programs_has_the_sums(server):
    used(server)
    text = server.browser().get("/server-status?auto").text
    lines = dict(line.split(": ", 1) for line in text.splitlines()
                 if line.startswith("SessionStore"))
    shown = status.store(server)
    assert int(lines["SessionStoreLoadsHit"]) == shown["loads"]["hit"]
    assert int(lines["SessionStoreSavesCreated"]) == 1
    assert int(lines["SessionStorePurged"]) == 0
    assert int(lines["SessionStoreRevokedSelf"]) == 0
    assert float(lines["SessionStoreCapacityRead"]) == 0


def test_without_a_store_mod_status_says_nothing_of_us(httpd):
    server = httpd(status.PLACE.replace("    Session Off\n", ""))
    text = server.browser().get("/server-status").text
    assert "mod_session_store" not in text
    assert "No SessionStore is configured" in status.page(server).text
