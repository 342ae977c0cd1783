# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""htsession doctor: what is right is called right, and each thing that is
wrong is found, under its name, with what to do about it."""

import os
import shutil
import subprocess

import pytest

from rig import breakage, conf
from rig.htsession import Tool, by_name
from rig.members import logged_in, who
from rig.redis import Node, Redis
from rig.stores import OnDynamoDB, STORES
from rig.wait import until


def site(words):
    return conf.SESSIONS.replace(conf.STORE,
                                 f"{conf.KEYS}SessionStore {words}\n")


def examined(tool):
    """The checks by their names: {name: [(result, text), ...]}, and the exit
    code."""
    result = tool.run("doctor", "--json")
    checks = {}
    for one in result.objects:
        checks.setdefault(one["check"], []).append((one["result"],
                                                    one["text"]))
    failed = any(found == "failed" for told in checks.values()
                 for found, _ in told)
    assert result.code == (1 if failed else 0), result
    return checks


def results(checks, name):
    return {found for found, _ in checks[name]}


def text(checks, name):
    return "\n".join(said for _, said in checks[name])


# --- Every store

CHECKS = {
    "dir": {"owner and mode", "room", "purge"},
    "redis": {"tls", "version", "maxmemory-policy", "role", "evictions",
              "persistence", "clock"},
    "cluster": {"tls", "version", "maxmemory-policy", "role", "evictions",
                "persistence", "clock"},
    "dynamodb": {"tls", "key schema", "ttl", "clock"},
}


@pytest.fixture(scope="module", params=STORES)
def kind(request):
    store = STORES[request.param]()
    yield request.param, store
    store.remove()


def test_what_is_right_is_called_right(httpd, kind):
    name, store = kind
    server = httpd(site(store.words) + conf.FORM, start=False)
    store.prepare(server)
    server.start()
    browser = logged_in(server.browser(), "alice")
    tool = Tool(server)
    before = tool.sessions()
    checks = examined(tool)
    assert set(checks) == CHECKS[name] | {"configuration", "keys", "rights"}
    for check in checks:
        assert results(checks, check) == {"ok"}, checks[check]
    assert "0 failed, 0 warnings\n" in tool("doctor").out
    assert examined(by_name(server, store.words)).keys() == checks.keys()
    # It leaves nothing behind, and nobody alone.
    assert tool.sessions() == before and who(browser) == "alice"


@pytest.fixture
def small_disk():
    """Mounts a disk of a megabyte at the server's `disk`."""
    mounted = []

    def build(server):
        disk = server.path("disk")
        breakage.mount("-t", "tmpfs", "-o", "size=1024k,mode=755", "none",
                       disk)
        mounted.append(disk)
        server.store.path = os.path.join(disk, "store")

    yield build
    for disk in mounted:
        subprocess.run(["umount", disk], check=True)


# --- Configuration and keys

@pytest.mark.parametrize("module", ["session_store", "session"])
def test_a_module_that_is_not_loaded_is_named(httpd, module):
    server = httpd(conf.SESSIONS, start=False)
    with open(server.path("conf", "httpd.conf")) as file:
        lines = file.readlines()
    with open(server.path("conf", "httpd.conf"), "w") as file:
        file.writelines(line for line in lines if not line.startswith(
            ("Session", "    Session", f"LoadModule {module}_module",
             "LogLevel", "LoadModule probe")))
    result = Tool(server).run("doctor")
    assert result.code == 1
    if module == "session_store":
        assert "session_store_module is not loaded" in result.out
        assert "a2enmod session_store" in result.out
    else:
        assert "load session_module first" in result.err


def test_a_module_that_costs_more_than_it_gives_is_a_warning(httpd):
    server = httpd(conf.SESSIONS, modules=["session_crypto"], start=False)
    checks = examined(Tool(server))
    assert results(checks, "modules") == {"warning"}
    assert "a2dismod session_crypto" in text(checks, "modules")


def test_a_configuration_that_httpd_refuses_is_a_failure(httpd):
    server = httpd(conf.SESSIONS + "SessionStoreTimeout soon\n", start=False)
    result = Tool(server).run("doctor")
    assert result.code == 1
    assert "failed   configuration" in result.out
    assert "SessionStoreTimeout" in result.err


def test_a_key_file_that_others_can_read_is_a_failure(httpd):
    server = httpd(conf.SESSIONS, start=False)
    os.chmod(server.path("keys"), 0o644)
    for tool in (Tool(server), by_name(server, conf.STORE.split()[-2])):
        result = tool.run("doctor")
        assert result.code == 1 and "failed" in result.out
        assert "chmod 600" in result.err


# --- Token directories

def test_a_directory_that_others_can_enter_is_a_failure(httpd):
    server = httpd(conf.SESSIONS)
    server.stop()
    os.chmod(server.path("store", "users"), 0o755)
    checks = examined(Tool(server))
    assert results(checks, "owner and mode") == {"failed"}
    assert f"chmod 0700 {server.path('store', 'users')}" \
        in text(checks, "owner and mode")


def test_a_directory_of_another_user_is_a_failure(httpd):
    server = httpd(conf.SESSIONS)
    server.stop()
    shutil.chown(server.path("store"), "root", "root")
    checks = examined(Tool(server))
    assert results(checks, "owner and mode") == {"failed"}
    assert "chown -R www-data" in text(checks, "owner and mode")


def test_a_directory_that_is_gone_is_a_failure(httpd):
    server = httpd(conf.SESSIONS, start=False)
    checks = examined(Tool(server))
    assert results(checks, "store") == {"failed"}
    assert server.path("store") in text(checks, "store")


def test_a_disk_that_is_nearly_full_is_a_warning_and_a_full_one_a_failure(
        httpd, small_disk):
    server = httpd(site("dir:@ROOT@/disk/store"), folders=("disk",),
                   start=False)
    small_disk(server)
    server.start()
    server.stop()
    tool = Tool(server)
    assert results(examined(tool), "room") == {"ok"}
    with open(server.path("disk", "ballast"), "wb") as file:
        file.write(bytes(1000 * 1024))
    checks = examined(tool)
    assert results(checks, "room") == {"warning"}
    assert "htsession purge" in text(checks, "room")
    with breakage.full(server.store):
        assert results(examined(tool), "room") == {"failed"}


def test_a_directory_that_nobody_purges_is_a_warning(httpd):
    server = httpd(site("dir:@ROOT@/store purge=0"))
    checks = examined(Tool(server))
    assert results(checks, "purge") == {"warning"}
    assert "htsession purge" in text(checks, "purge")


# --- Two stores

def test_both_stores_of_a_migration_are_looked_at(httpd, redis):
    server = httpd(conf.SESSIONS)
    server.stop()
    server.write_conf(site(redis.url).replace(
        "<Location />", "SessionStoreMigrateFrom dir:@ROOT@/store\n"
        "<Location />", 1))
    checks = examined(Tool(server))
    assert results(checks, "persistence") == {"ok"}
    assert results(checks, "owner and mode") == {"ok"}
    os.chmod(server.path("store"), 0o755)
    checks = examined(Tool(server))
    assert results(checks, "persistence") == {"ok"}
    assert results(checks, "owner and mode") == {"failed"}


def test_rights_are_tried_out_in_both_stores_of_a_migration(httpd, redis):
    """Although no session is begun in the new one yet."""
    server = httpd(conf.SESSIONS)
    server.stop()
    server.write_conf(site(redis.url).replace(
        "<Location />", "SessionStoreMigrateFrom dir:@ROOT@/store settle=1h\n"
        "<Location />", 1))
    assert results(examined(Tool(server)), "rights") == {"ok"}
    redis.ask("ACL", "SETUSER", "default", "-set", "-eval", "-evalsha")
    failed = [check for check in Tool(server).run("doctor", "--json").objects
              if check["result"] == "failed"]
    assert {check["check"] for check in failed} == {"rights"}
    assert {check["subject"] for check in failed} == {redis.url}
    assert any("cannot store a session" in check["text"] for check in failed)


# --- Redis

@pytest.fixture
def redis():
    server = Redis()
    yield server
    server.remove()


@pytest.fixture
def redis_tool(redis, httpd):
    return Tool(httpd(site(redis.url), start=False))


def test_a_redis_that_drops_sessions_is_a_warning(redis, redis_tool):
    redis.ask("CONFIG", "SET", "maxmemory", "100mb")
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    checks = examined(redis_tool)
    assert results(checks, "maxmemory-policy") == {"warning"}
    assert "set noeviction" in text(checks, "maxmemory-policy")
    assert results(checks, "evictions") == {"ok"}


def test_a_redis_that_has_dropped_sessions_is_a_warning(redis, redis_tool):
    for number in range(4):
        redis.ask("SETEX", f"some:{number}", "3600", "x" * 1000)
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    redis.ask("CONFIG", "SET", "maxmemory", "0")
    redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    checks = examined(redis_tool)
    assert results(checks, "evictions") == {"warning"}
    assert "more memory" in text(checks, "evictions")


def test_a_redis_that_forgets_at_a_restart_is_a_warning(redis, redis_tool):
    redis.ask("CONFIG", "SET", "appendonly", "no")
    checks = examined(redis_tool)
    assert results(checks, "persistence") == {"warning"}
    assert "appendonly yes" in text(checks, "persistence")


def test_a_redis_that_refuses_writes_is_a_failure(redis, redis_tool):
    redis.refuse_writes()
    checks = examined(redis_tool)
    assert results(checks, "persistence") == {"failed"}
    assert results(checks, "rights") == {"failed"}


def test_a_redis_that_does_not_answer_is_a_failure(redis, redis_tool):
    redis.kill()
    checks = examined(redis_tool)
    assert results(checks, "store") == {"failed"}
    assert "is it running" in text(checks, "store")


@pytest.mark.parametrize("offset", ["+1h", "-1h"])
def test_another_clock_than_that_of_redis_is_a_warning(redis, redis_tool,
                                                       offset):
    redis_tool.server.clock_off(offset)
    checks = examined(redis_tool)
    assert results(checks, "clock") == {"warning"}
    assert "NTP" in text(checks, "clock")


def test_a_replica_is_a_failure(redis, redis_tool):
    redis.ask("REPLICAOF", "127.0.0.1", "1")
    assert results(examined(redis_tool), "role") == {"failed"}
    redis.ask("REPLICAOF", "NO", "ONE")
    assert results(examined(redis_tool), "role") == {"ok"}


def test_a_node_of_a_cluster_is_a_failure(httpd):
    node = Node()
    node.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
    until(lambda: "cluster_state:ok" in node.ask("CLUSTER", "INFO"),
          "the node to serve")
    try:
        checks = examined(Tool(httpd(site(node.url), start=False)))
        assert results(checks, "cluster") == {"failed"}
        assert "redis+cluster://" in text(checks, "cluster")
    finally:
        node.remove()


@pytest.mark.parametrize("right, what, result", [
    ("+pexpire", "prolong a session", "failed"),
    ("+set", "store a session", "failed"),
    ("+del", "end a session", "failed"),
    ("+zrange", "find a user's sessions", "failed"),
    ("+scan", "list all sessions", "warning"),
])
def test_a_right_that_is_missing_is_named(redis, httpd, right, what, result):
    redis.ask("ACL", "SETUSER", "web", "on", ">hush-77", "~sst:*", "+@all",
              right.replace("+", "-"),
              *(["-eval", "-evalsha"] if right in ("+set", "+del") else []),
              *(["-zrangebyscore"] if right == "+zrange" else []))
    tool = Tool(httpd(site(redis.url.replace("//", "//web:hush-77@")),
                      start=False))
    checks = examined(tool)
    assert result in results(checks, "rights")
    assert what in text(checks, "rights")
    assert "hush-77" not in tool.said


def test_a_user_who_may_not_look_is_a_warning(redis, httpd):
    redis.ask("ACL", "SETUSER", "web", "on", ">hush-77", "~sst:*", "+@all",
              "-info", "-time")
    checks = examined(Tool(httpd(site(redis.url.replace(
        "//", "//web:hush-77@")), start=False)))
    assert results(checks, "info") == {"warning"}
    assert "+info" in text(checks, "info")
    assert results(checks, "rights") == {"ok"}


# This host, by an address that does not look like it, and names that do.
@pytest.mark.parametrize("words, remedy", [
    ("redis://[::ffff:127.0.0.1]:1", "rediss://"),
    ("redis://127.invalid", "rediss://"),
    ("dynamodb:tables region=eu-west-1 endpoint=http://127.invalid", "https://"),
    ("dynamodb:tables region=eu-west-1 endpoint=http://localhost.invalid:80",
     "https://"),
])
def test_plain_text_over_the_network_is_a_warning(httpd, words, remedy):
    server = httpd(conf.SESSIONS, start=False)
    checks = examined(by_name(server, words))
    assert results(checks, "tls") == {"warning"}
    assert remedy in text(checks, "tls")


# --- DynamoDB

@pytest.fixture(scope="module")
def dynamodb():
    store = OnDynamoDB()
    yield store
    store.remove()


@pytest.fixture
def dynamodb_tool(httpd, dynamodb):
    def build(table="sessions", more=""):
        server = httpd(site(dynamodb.words.replace(
            "dynamodb:sessions", f"dynamodb:{table}") + more), start=False)
        dynamodb.prepare(server)
        return Tool(server)

    yield build
    dynamodb.proxy.denied.clear()


def test_a_table_without_ttl_is_a_warning(dynamodb, dynamodb_tool):
    dynamodb.local.make_table("no-ttl", ttl=None)
    checks = examined(dynamodb_tool("no-ttl"))
    assert results(checks, "ttl") == {"warning"}
    assert "update-time-to-live" in text(checks, "ttl")


def test_a_table_with_another_key_is_a_failure(dynamodb, dynamodb_tool):
    dynamodb.local.make_table("other-key", key="pk", kind="S")
    checks = examined(dynamodb_tool("other-key"))
    assert results(checks, "key schema") == {"failed"}
    assert "set key=pk:S" in text(checks, "key schema")
    checks = examined(dynamodb_tool("other-key", " key=pk:S"))
    assert results(checks, "key schema") == {"ok"}


def test_a_table_that_is_not_there_is_a_failure(dynamodb_tool):
    checks = examined(dynamodb_tool("nowhere"))
    assert results(checks, "store") == {"failed"}
    assert "nowhere" in text(checks, "store")


@pytest.mark.parametrize("action, what", [
    ("PutItem", "store a session"), ("GetItem", "read a session"),
    ("UpdateItem", "change a session"), ("DeleteItem", "end a session"),
    ("Scan", "list all sessions"),
])
def test_an_action_that_is_not_allowed_is_named(dynamodb, dynamodb_tool,
                                                action, what):
    tool = dynamodb_tool()
    dynamodb.proxy.denied = {action}
    checks = examined(tool)
    assert "ok" not in results(checks, "rights")
    assert what in text(checks, "rights")
    assert action in text(checks, "rights")


def test_a_table_that_may_not_be_looked_at_is_a_warning(dynamodb,
                                                        dynamodb_tool):
    tool = dynamodb_tool()
    dynamodb.proxy.denied = {"DescribeTable", "DescribeTimeToLive"}
    checks = examined(tool)
    assert results(checks, "table") == {"warning"}
    assert results(checks, "rights") == {"ok"}


def test_a_clock_that_is_wrong_is_a_warning(dynamodb, dynamodb_tool):
    tool = dynamodb_tool()
    dynamodb.proxy.server.clock_offset = 3600
    try:
        checks = examined(tool)
    finally:
        dynamodb.proxy.server.clock_offset = 0
    assert results(checks, "clock") == {"warning"}
    assert "NTP" in text(checks, "clock")
