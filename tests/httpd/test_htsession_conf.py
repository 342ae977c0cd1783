# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""htsession and configurations: what httpd tells it, which sessions are meant
then, and what it does when something is wrong."""

import json
import os
import pty
import pwd
import shutil
import subprocess
import time
from datetime import datetime

import pytest

from rig import build, conf
from rig.htsession import Tool, by_name
from rig.members import entries, logged_in, who
from rig.redis import Redis
from rig.wait import until

DUMP = ("-t", "-D", "DUMP_SESSION_STORE")
PASSWORDS = ("-D", "DUMP_SESSION_STORE_PASSWORDS")


def dump(server, *more):
    done = subprocess.run(server.command(*DUMP, *more), text=True,
                          env=server.environment(), capture_output=True)
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- What httpd tells

HOSTS = conf.KEYS + """\
Define WHERE @ROOT@/store
SessionStore dir:${WHERE}
Listen 127.0.0.1:@TLSPORT@
<VirtualHost 127.0.0.1:@TLSPORT@>
    ServerName Shop.example
    <Location /one>
        SessionStoreCookie one
    </Location>
    <Location /one/more>
        SessionStoreCookie one Path=/one
    </Location>
    <IfDefine NEVER>
        SessionStoreCookie never
    </IfDefine>
    SessionStoreUserKey account
</VirtualHost>
<VirtualHost 127.0.0.1:@TLSPORT@>
    ServerName forum.example
    SessionStore dir:@ROOT@/forum tenant=forum
</VirtualHost>
<Location /admin>
    SessionStoreCookie admin SameSite=Strict
</Location>
"""


def test_httpd_tells_stores_keys_cookies_and_user_keys(httpd):
    server = httpd(HOSTS, start=False)
    main, shop, forum = sorted(dump(server), key=lambda one: [
        "localhost", "shop.example", "forum.example"].index(one["server"]))
    common = {"url": f"dir:{server.path('store')}", "options": []}
    keys = f"file:{server.path('keys')}"
    for one in (main, shop, forum):
        children = pwd.getpwnam("www-data") if os.getuid() == 0 \
            else pwd.getpwuid(os.getuid())
        assert (one.pop("uid"), one.pop("gid")) == (children.pw_uid,
                                                    children.pw_gid)
    assert main == {"server": "localhost", "keys": keys, "stores": [common],
                    "cookies": ["session", "admin"], "user_keys": ["auto"]}
    assert shop["stores"] == [common]
    assert sorted(shop["cookies"]) == ["admin", "one", "session"]
    assert set(shop["user_keys"]) == {"auto", "account"}
    assert {"url": f"dir:{server.path('forum')}",
            "options": ["tenant=forum"]} in forum["stores"]


def test_httpd_tells_nothing_unless_asked(httpd):
    server = httpd(conf.SESSIONS, start=False)
    code, said = server.check_config()
    assert code == 0 and "dir:" not in said


def read_terminal(ours):
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:             # the other end is closed
        pass
    os.close(ours)
    return said.decode()


def on_terminal(command, environment):
    """What a command writes when its output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdout=theirs, env=environment,
                               stderr=subprocess.DEVNULL)
    os.close(theirs)
    said = read_terminal(ours)
    assert process.wait() == 0
    return said


def test_a_password_is_told_through_a_pipe_and_on_demand_only(httpd):
    server = httpd(conf.KEYS + "SessionStore redis://web:hush-77@h.example\n",
                   start=False)
    assert dump(server)[0]["stores"][0]["url"] == "redis://web:***@h.example"
    assert dump(server, *PASSWORDS)[0]["stores"][0]["url"] \
        == "redis://web:hush-77@h.example"
    shown = on_terminal(server.command(*DUMP, *PASSWORDS),
                        server.environment())
    assert "h.example" in shown and "hush-77" not in shown


def test_a_password_in_an_option_is_told_on_demand_only(httpd):
    server = httpd(conf.KEYS + "SessionStore cookie: "
                   "\"revoke=redis://web:hush-77@h.example pool=3\"\n",
                   start=False)
    assert dump(server)[0]["stores"][0]["options"] \
        == ["revoke=redis://web:***@h.example pool=3"]
    assert dump(server, *PASSWORDS)[0]["stores"][0]["options"] \
        == ["revoke=redis://web:hush-77@h.example pool=3"]


def test_the_tool_logs_in_with_the_password_and_never_shows_it(httpd):
    redis = Redis()
    try:
        redis.ask("CONFIG", "SET", "requirepass", "hush-77")
        server = httpd(conf.SESSIONS.replace(
            conf.STORE, conf.KEYS + "SessionStore redis://default:hush-77@"
            f"127.0.0.1:{redis.port} timeout=10s\n") + conf.FORM)
        logged_in(server.browser(), "alice")
        tool = Tool(server)
        tool("list")
        assert len(tool.sessions()) == 1
        tool("revoke", "--user", "alice")
        assert tool.sessions() == []
        redis.kill()
        assert tool.run("list").code == 1
        assert "hush-77" not in tool.said and "***" in tool.said
    finally:
        redis.remove()


# --- Which sessions are meant

TWO_HOSTS = conf.SESSIONS + """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shop.example
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName forum.example
    SessionStoreCookie forum
</VirtualHost>
""" + conf.FORM


def test_a_user_is_ended_on_all_hosts_or_on_the_one_that_is_named(httpd):
    server = httpd(TWO_HOSTS)
    tool = Tool(server)

    def both():
        return [logged_in(server.browser(host=host), "alice")
                for host in ("shop.example", "forum.example")]
    shop, forum = both()
    assert ": 1 session ended\n" in tool("revoke", "--user", "alice",
                                         "--server", "Forum.example").out
    assert who(shop) == "alice" and who(forum) is None
    shop, forum = both()
    assert ": 3 sessions ended\n" in tool("revoke", "--user", "alice").out
    assert who(shop) is None and who(forum) is None


def test_all_of_one_host_is_refused_where_hosts_share_a_store(httpd):
    server = httpd(TWO_HOSTS)
    browser = logged_in(server.browser(host="forum.example"), "alice")
    tool = Tool(server)
    for choice in ("--all", "--older-than=0s"):
        result = tool.run("revoke", choice, "--server", "shop.example")
        assert result.code == 1 and "cannot be told apart" in result.err
    assert who(browser) == "alice"


# One store, as two servers write it.
TENANTS = conf.SESSIONS + """\
<VirtualHost 127.0.0.1:@PORT@>
    ServerName shop.example
</VirtualHost>
<VirtualHost 127.0.0.1:@PORT@>
    ServerName forum.example
    SessionStore dir:@ROOT@/store/ tenant=forum timeout=5s
</VirtualHost>
""" + conf.FORM


@pytest.fixture
def tenants(httpd):
    """The tool, and alice at the shop and at the forum."""
    server = httpd(TENANTS.replace("store/ tenant", "store tenant"))
    return Tool(server), [logged_in(server.browser(host=host), "alice")
                          for host in ("shop.example", "forum.example")]


@pytest.mark.parametrize("host", ["shop.example", "forum.example"])
def test_all_of_one_host_is_refused_where_another_writes_it_otherwise(
        tenants, host):
    tool, browsers = tenants
    result = tool.run("revoke", "--all", "--server", host)
    assert result.code == 1 and "cannot be told apart" in result.err
    assert [who(browser) for browser in browsers] == ["alice", "alice"]


def test_a_path_with_a_slash_at_its_end_is_the_same_directory(httpd):
    server = httpd(TENANTS)
    browser = logged_in(server.browser(host="forum.example"), "alice")
    result = Tool(server).run("revoke", "--all", "--server", "shop.example")
    assert result.code == 1 and "cannot be told apart" in result.err
    assert who(browser) == "alice"


def test_a_store_that_is_written_in_two_ways_is_shown_once(tenants):
    tool, browsers = tenants
    rows = [session["row"] for session in tool.sessions()]
    assert len(rows) == len(set(rows)) == 2
    counted, = tool("count", "--json").objects
    assert counted["sessions"] == 2
    for row in rows:
        shown, = tool("show", "--json", row[:8]).objects
        assert shown["row"] == row
    tool("revoke", "--user", "alice")
    assert [who(browser) for browser in browsers] == [None, None]


def test_hosts_whose_keys_have_other_prefixes_share_nothing(httpd):
    redis = Redis()
    try:
        server = httpd(TWO_HOSTS.replace(
            conf.STORE, f"{conf.KEYS}SessionStore {redis.url}\n").replace(
            "    SessionStoreCookie forum\n",
            f"    SessionStore {redis.url} prefix=forum:\n"))
        browsers = [logged_in(server.browser(host=host), "alice")
                    for host in ("shop.example", "forum.example")]
        result = Tool(server).run("revoke", "--all", "--server",
                                  "forum.example")
        assert ": 1 session ended\n" in result.out
        # The main server's, which a place of the forum may have: refused.
        assert result.code == 1 and "cannot be told apart" in result.err
        assert [who(browser) for browser in browsers] == ["alice", None]
    finally:
        redis.remove()


def test_a_server_that_is_not_configured_is_a_failure(httpd):
    result = Tool(httpd(TWO_HOSTS)).run("list", "--server", "shop.exmaple")
    assert result.code == 1 and "shop.exmaple" in result.err


def test_a_cookie_that_stands_in_an_htaccess_file_can_be_named(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreUserKey name\n")
    with open(server.path("htdocs", ".htaccess"), "w") as file:
        file.write("SessionStoreCookie hidden\n")
    browser = server.browser()
    browser.get("/probe/set?name=carol")
    assert list(browser.jar) == ["hidden"]
    tool = Tool(server)
    assert ": 0 sessions ended\n" in tool("revoke", "--user", "carol").out
    assert ": 1 session ended\n" in tool("revoke", "--user", "carol",
                                         "--cookie", "hidden").out
    assert entries(browser) == {}


# --- What is wrong

@pytest.mark.parametrize("words", [
    ["frobnicate"], ["list", "--frobnicate"], ["list", "more"],
    ["show"], ["show", "0" * 8, "1" * 8], ["show", "xyz"], ["show", "0" * 7],
    ["show", "0" * 65], ["list", "--older-than", "soon"],
    ["list", "--older-than", "99999d"],
    ["list", "--older-than"], ["revoke"], ["revoke", "alice"],
    ["revoke", "--all", "--user", "alice"], ["revoke", "--row", "ABCDEF01"],
    ["list", "--keys", "file:/x"], ["list", "--user-key", "a"],
    ["list", "--store", "dir:/x"], ["list", "--store", "", "--keys", "file:x"],
    ["list", "--store", "dir:/x", "--keys", "file:/x", "-f", "/x"],
    ["list", "--store", "dir:/x", "--keys", "/x"],
    ["set", "a=1"], ["set", "--user", "u"], ["set", "--user", "u", "a"],
    ["set", "--user", "u", "=1"], ["set", "-u", "u", "-r", "0" * 8, "a=1"],
    ["unset", "--user", "u", "a=1"], ["unset", "a"],
    ["purge", "more"], ["keys", "more"],
    ["revoke", "--user", "alice", "--user", "bob"],
], ids=" ".join)
def test_wrong_usage_is_2_and_points_to_the_help(words):
    done = subprocess.run([build.htsession(), *words], capture_output=True,
                          text=True)
    assert done.returncode == 2 and done.stdout == "", done
    assert "--help`" in done.stderr


def test_users_of_a_named_store_need_their_server(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    browser = logged_in(server.browser(), "alice")
    words = f"dir:{server.path('store')}"
    result = by_name(server, words).run("revoke", "--user", "alice")
    assert result.code == 2 and "--server" in result.err
    result = by_name(server, words, "--server", "localhost").run(
        "revoke", "--all")
    assert result.code == 2 and who(browser) == "alice"
    by_name(server, words, "--server", "localhost")("revoke", "--user",
                                                    "alice")
    assert who(browser) is None


def test_a_server_may_be_named_as_its_configuration_writes_it(httpd):
    server = httpd(TWO_HOSTS)
    browser = logged_in(server.browser(host="shop.example"), "alice")
    words = f"dir:{server.path('store')}"
    by_name(server, words, "--server", "https://Shop.Example:443")(
        "revoke", "--user", "alice")
    assert who(browser) is None


def test_every_definition_is_handed_to_httpd(httpd):
    text = conf.SESSIONS + """\
<IfDefine FORUM>
    SessionStore dir:@ROOT@/store
</IfDefine>
<IfDefine SHOP>
    SessionStoreCookie shop
</IfDefine>
""" + conf.FORM
    server = httpd(text.replace(conf.STORE, conf.KEYS), start=False)
    assert "no SessionStore" in Tool(server).run("list").err
    for names in (("FORUM", "SHOP"), ("SHOP", "FORUM")):
        result = Tool(server).run("list", "-D", names[0], "-D", names[1])
        assert server.path("store") in result.err


def test_all_are_ended_also_those_of_a_server_whose_clock_is_ahead(httpd):
    server = httpd(conf.SESSIONS + conf.FORM, start=False)
    server.clock_off("+30s")
    server.start()
    browser = logged_in(server.browser(), "alice")
    server.clock = None         # the tool's is right
    assert ": 1 session ended\n" in Tool(server)("revoke", "--all").out
    assert who(browser) is None


def test_a_configuration_that_httpd_refuses_is_shown(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreTimeout soon\n", start=False)
    result = Tool(server).run("list")
    assert result.code == 1 and result.out == ""
    assert "SessionStoreTimeout" in result.err and '"soon"' in result.err


def test_a_name_that_is_no_utf8_is_a_failure_and_not_another_tenant(httpd):
    server = httpd(conf.SESSIONS, start=False)
    with open(server.path("conf", "httpd.conf"), "ab") as file:
        file.write(b"SessionStoreUserKey caf\xe9\n")
    result = Tool(server).run("revoke", "--user", "alice")
    assert result.code == 1 and "UTF-8" in result.err


def test_a_line_that_is_cut_off_is_a_failure_and_is_not_shown(httpd,
                                                              tmp_path):
    server = httpd(conf.SESSIONS, start=False)
    program = tmp_path / "httpd"
    program.write_text("#!/bin/sh\necho '{\"server\":\"a\",\"keys\":"
                       "\"file:/k\",\"stores\":[{\"url\":"
                       "\"redis://u:hush-77@h\"'\n")
    program.chmod(0o755)
    tool = Tool(server, "-x", str(program))
    assert tool.run("list").code == 1
    assert "cannot be understood" in tool.said
    assert "hush-77" not in tool.said


def test_a_configuration_without_a_store_is_said_to_have_none(httpd):
    result = Tool(httpd("", start=False)).run("list")
    assert result.code == 1 and "no SessionStore" in result.err


def test_a_store_that_is_gone_is_a_failure_and_not_an_empty_list(httpd):
    server = httpd(conf.SESSIONS, start=False)
    for words in (["list"], ["count"], ["show", "0" * 8], ["show", "0" * 64],
                  ["revoke", "--all"], ["revoke", "--user", "alice"]):
        result = Tool(server).run(*words)
        assert result.code == 1, result
        assert server.path("store") in result.err


def test_a_broken_store_keeps_no_other_from_being_emptied(httpd):
    server = httpd(conf.SESSIONS.replace(
        "</Location>\n", "</Location>\n<Location /gone>\n    SessionStore "
        "dir:@ROOT@/gone\n    SessionStoreCookie gone\n</Location>\n",
        1) + conf.FORM)
    browser = logged_in(server.browser(), "alice")
    shutil.rmtree(server.path("gone"))
    result = Tool(server).run("revoke", "--user", "alice")
    assert result.code == 1
    assert ": 1 session ended\n" in result.out
    assert server.path("gone") in result.err
    assert who(browser) is None


def test_sessions_that_could_not_be_reached_are_counted(httpd):
    redis = Redis()
    try:
        server = httpd(conf.SESSIONS.replace(
            conf.STORE, f"{conf.KEYS}SessionStore {redis.url} timeout=10s\n")
            + conf.FORM)
        browser = logged_in(server.browser(), "alice")
        redis.refuse_writes()
        for choice in (["--all"], ["--user", "alice"]):
            result = Tool(server).run("revoke", *choice)
            assert result.code == 1, result
            assert "0 sessions ended, 1 could not be reached" in result.out
            assert "MISCONF" in result.err or "writes" in result.err
        server.log.allow("SST0310|SST0205|redis://")
        assert who(browser) == "alice"
    finally:
        redis.remove()


def copy_of(server, change):
    """The one session's file once more, under another row."""
    path, = server.store.files("rows")
    folder, name = os.path.split(path)
    row = os.path.basename(folder) + change(name)
    other = server.path("store", "rows", row[:2], row[2:])
    os.makedirs(os.path.dirname(other), exist_ok=True)
    shutil.copy2(path, other)
    status = os.stat(path)
    os.chown(other, status.st_uid, status.st_gid)
    return os.path.basename(folder) + name, row


def test_a_beginning_that_two_rows_have_is_refused(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    logged_in(server.browser(), "alice")
    row, other = copy_of(server, lambda name: name[:-4] + "0000")
    tool = Tool(server)
    for words in (["show", row[:8]], ["revoke", "--row", row[:8]]):
        result = tool.run(*words)
        assert result.code == 1 and "several" in result.err
    assert tool("show", "--json", row).objects[0]["users"] == ["alice"]
    # A record in another one's place does not open, and is listed as such.
    shown, = tool("show", "--json", other).objects
    assert shown["readable"] is False and shown["users"] == []
    assert "damaged" in tool("list").out
    assert tool("count", "--json").objects[0]["unreadable"] == 1


def test_a_session_whose_key_is_gone_is_listed_and_can_be_ended(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    logged_in(server.browser(), "alice")
    os.remove(server.path("keys"))
    build.keygen(server.path("keys"))
    tool = Tool(server)
    found, = tool.sessions()
    assert found["key_known"] is False and found["readable"] is False
    assert "not in the ring" in tool("list").out
    assert ": 1 session ended\n" in tool("revoke", "--all").out
    assert tool.sessions() == []


def test_what_a_visitor_called_himself_cannot_steer_a_terminal(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreUserKey name\n")
    browser = server.browser()
    browser.get("/probe/set?name=%1b%5b31mred%0aline&%1b%5bx=1")
    tool = Tool(server)
    for text in (tool("list").out, tool("show",
                                        tool.sessions()[0]["row"]).out):
        assert "\x1b" not in text and "[31mred" in text
    assert tool.sessions()[0]["users"] == ["\x1b[31mred\nline"]


def test_the_table_is_aligned(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    for user in ("alice", "bob"):
        logged_in(server.browser(), user)
    _, head, *lines = Tool(server)("list").out.splitlines()
    assert len(lines) == 2
    for column in ("CREATED", "LAST SEEN", "IDLE END", "ABSOLUTE END",
                   "KEY", "USER", "ENTRIES"):
        start = head.index(column)
        for line in lines:
            assert line[start - 1] == " " and line[start] != " "


# --- Token directories

def test_a_purge_removes_what_has_expired_and_says_how_much(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    for _ in range(3):
        logged_in(server.browser(), "alice")
    server.store.age(3600)
    young = logged_in(server.browser(), "bob")
    tool = Tool(server)
    assert len(tool.sessions()) == 1
    before = server.store.snapshot()
    assert ": 3 expired sessions would be removed\n" in tool("purge",
                                                             "-n").out
    assert server.store.snapshot() == before
    assert ": 3 expired sessions removed\n" in tool("purge").out
    assert server.store.count() == 1 and who(young) == "bob"


def test_keys_that_no_file_has_are_told(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    logged_in(server.browser(), "alice")
    tool = Tool(server)
    lost, = tool("keys", "--json").objects
    os.remove(server.path("keys"))
    build.keygen(server.path("keys"))
    new, missing = tool("keys", "--json").objects
    assert new["state"] == "seals" and new["sessions"] == 0
    assert missing == {"keys": None, "key": lost["key"], "sessions": 1,
                       "state": "missing"}
    assert lost["key"] in tool("keys").out


def test_no_key_may_go_while_a_store_could_not_be_counted(httpd):
    server = httpd(conf.SESSIONS.replace(
        "</Location>\n", "</Location>\n<Location /gone>\n    SessionStore "
        "dir:@ROOT@/gone\n    SessionStoreCookie gone\n</Location>\n", 1))
    build.keygen(server.path("keys"))
    tool = Tool(server)
    assert [key["state"] for key in tool("keys", "--json").objects] \
        == ["seals", "may go"]
    shutil.rmtree(server.path("gone"))
    result = tool.run("keys", "--json")
    assert result.code == 1
    assert [key["state"] for key in result.objects] == ["seals", "opens"]


def test_a_page_view_is_seen_although_it_saves_nothing(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreTimeout touch=0\n"
                   + conf.FORM)
    browser = logged_in(server.browser(), "alice")
    tool = Tool(server)
    first, = tool.sessions()
    until(lambda: time.time() > born(first) + 3, "some seconds to pass")
    assert who(browser) == "alice"
    until(lambda: tool.sessions()[0]["seen"] > first["seen"],
          "the page view to be noted")
    later, = tool.sessions()
    assert later["saved"] == first["saved"]
    assert born(later) == born(first)


def born(session):
    return datetime.fromisoformat(session["created"]).timestamp()


# --- Many sessions

def most_memory(tool, verb, *arguments):
    """The largest size in KB that the tool had, and its lines. Sanitizers
    are told not to hold back what was freed."""
    environment = {**tool.server.environment(),
                   "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=0:"
                                   "thread_local_quarantine_size_kb=0"}
    done = subprocess.Popen([build.htsession(), verb, *tool.options,
                             *arguments], stdout=subprocess.PIPE,
                            env=environment)
    lines = sum(1 for _ in done.stdout)
    done.stdout.close()
    _, code, usage = os.wait4(done.pid, 0)
    done.returncode = 0
    assert code == 0
    return usage.ru_maxrss, lines


def crowd(server, path, numbers):
    """The session's file many times, under other rows."""
    status = os.stat(path)
    for number in numbers:
        other = server.path("store", "rows", f"{number % 256:02x}",
                            f"{number:062x}")
        if not os.path.isdir(os.path.dirname(other)):
            os.mkdir(os.path.dirname(other), 0o700)
            os.chown(os.path.dirname(other), status.st_uid, status.st_gid)
        shutil.copy2(path, other)
        os.chown(other, status.st_uid, status.st_gid)


def test_fifty_times_as_many_sessions_take_no_more_memory(httpd):
    server = httpd(conf.SESSIONS + conf.FORM)
    logged_in(server.browser(), "alice")
    path, = server.store.files("rows")
    tool = by_name(server, f"dir:{server.path('store')}")
    verbs = (["list"], ["list", "--json"], ["count"], ["keys"],
             ["revoke", "--all", "--dry-run"])
    crowd(server, path, range(200))
    few = [most_memory(tool, *verb) for verb in verbs]
    crowd(server, path, range(200, 10000))
    many = [most_memory(tool, *verb) for verb in verbs]
    assert few[1][1] == 201 and many[1][1] == 10001
    for verb, (before, _), (after, _) in zip(verbs, few, many):
        assert after < before * 1.2, verb


def connected(port):
    """True when somebody has a connection to that port of this host."""
    with open("/proc/net/tcp") as file:
        return any(line.split()[2].endswith(f":{port:04X}")
                   and line.split()[3] == "01" for line in file)


def shown_while_hung(tool, redis, server, seconds):
    """What a count shows on a terminal that waits so long for a Redis."""
    ours, theirs = pty.openpty()
    redis.hang()
    done = subprocess.Popen(
        [build.htsession(), "count", *tool.options], stderr=theirs,
        stdout=subprocess.DEVNULL, env=server.environment())
    os.close(theirs)
    until(lambda: connected(redis.port), "the tool to ask Redis")
    start = time.monotonic()
    until(lambda: time.monotonic() > start + seconds, "the work to be long")
    redis.go_on()
    shown = read_terminal(ours)
    assert done.wait() == 0
    return shown


def test_long_work_shows_on_a_terminal_how_far_it_is(httpd):
    """A count that waits for a Redis which hangs for a while is long; on a busy
    machine it may begin late to count."""
    redis = Redis()
    try:
        server = httpd(conf.SESSIONS, start=False)
        for number in range(200):
            redis.ask("SETEX", f"sst:s:{number:064x}", "3600",
                      "x" * 16 + "\x01" + "x" * 47)
        tool = by_name(server, f"{redis.url} timeout=30s connect-timeout=10s")
        assert tool("count").err == ""
        assert any("sessions seen" in shown_while_hung(tool, redis, server,
                                                       seconds)
                   for seconds in (1, 4))
    finally:
        redis.remove()


# --- Where browsers carry the sessions

def test_sessions_in_browsers_are_said_to_be_there(httpd):
    server = httpd(conf.SESSIONS, start=False)
    tool = by_name(server, "cookie:", "--server", "localhost")
    for words in (["list"], ["count"], ["keys"], ["list", "--user", "alice"],
                  ["set", "--user", "alice", "a=1"]):
        result = tool.run(*words)
        assert result.code == 1 and "in browsers" in result.err, result
    result = tool.run("revoke", "--user", "alice")
    assert result.code == 1 and "revoke=" in result.err
    tool = by_name(server, "cookie:")
    assert "in browsers" in tool.run("revoke", "--all").err
    assert tool.run("show", "0" * 64).code == 1
    assert "by itself" in tool("purge").out
    checks = {one["check"]: one for one in tool("doctor",
                                                "--json").objects}
    assert checks["revoke"]["result"] == "warning"


def test_a_users_sessions_in_browsers_end_by_the_second_store(httpd):
    server = httpd(conf.SESSIONS.replace(
        conf.STORE, conf.KEYS + "SessionStore cookie: "
        '"revoke=dir:@ROOT@/store"\n') + conf.FORM)
    alice = logged_in(server.browser(), "alice")
    bob = logged_in(server.browser(), "bob")
    tool = Tool(server)
    assert "would be ended" in tool("revoke", "-n", "--user", "alice").out
    assert who(alice) == "alice"
    assert "all sessions of the user have ended" in tool(
        "revoke", "--user", "alice").out
    assert who(alice) is None and who(bob) == "bob"
    assert who(logged_in(server.browser(), "alice")) == "alice"
    assert tool("doctor").out.endswith("0 failed, 0 warnings\n")
