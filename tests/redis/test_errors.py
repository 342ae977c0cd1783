# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What Redis says when it refuses, and what is made of it: only "nil" means
that there is no session."""

import contextlib
import os

import pytest

from rig.probe import row_key
from rig.resp import Refused, Resp
from rig.proxy import Forgetful
from rig.servers import Server
from rig.wait import BUSY_S, free_port, until


def refused(answer, status, *words):
    """The answer is this failure, at once, and names the node and more."""
    assert answer.status == status, answer
    for word in words:
        assert word in answer.detail, answer
    return answer


def test_a_full_server_still_reads_and_ends_sessions(redis, probe):
    probe.ok("create", "a", 60)
    redis("CONFIG", "SET", "maxmemory", "1")
    refused(probe("save", "a"), "unavailable", "OOM", "maxmemory",
            f"127.0.0.1:{redis.port}")
    refused(probe("create", "b", 60), "unavailable", "OOM")
    refused(probe("index", "user", "a", 60), "unavailable", "OOM")
    probe.ok("get", "a")
    probe.ok("touch", "a", 90)
    probe.ok("remove", "a")


def test_a_server_that_cannot_write_its_disk_does_not_claim_a_logout(
        start, open_probe):
    server = start(Server, "--dbfilename", "taken")
    os.mkdir(f"{server.folder}/taken")
    probe = open_probe(server.url)
    probe.ok("create", "a", 60)
    server("CONFIG", "SET", "save", "3600 1")
    server("BGSAVE")
    until(lambda: server.info("rdb_last_bgsave_status") == "err")
    refused(probe("save", "a"), "unavailable", "MISCONF", "its log")
    refused(probe("remove", "a"), "unavailable", "MISCONF")
    refused(probe("take", "a"), "unavailable", "MISCONF")
    probe.ok("get", "a")
    other = open_probe(server.url)
    other.ok("get", "a")


def test_a_replica_reads_and_refuses_writes(redis, probe):
    probe.ok("create", "a", 60)
    redis("REPLICAOF", "127.0.0.1", free_port())
    refused(probe("save", "a"), "unavailable", "READONLY", "redis+sentinel")
    refused(probe("remove", "a"), "unavailable", "READONLY")
    redis("CONFIG", "SET", "replica-serve-stale-data", "no")
    refused(probe("get", "a"), "unavailable", "MASTERDOWN")
    redis("REPLICAOF", "NO", "ONE")
    probe.ok("save", "a")


def test_too_few_replicas_refuse_writes(redis, probe):
    probe.ok("create", "a", 60)
    redis("CONFIG", "SET", "min-replicas-to-write", "1")
    refused(probe("save", "a"), "unavailable", "NOREPLICAS",
            "min-replicas-to-write")
    probe.ok("get", "a")


class Loader(Server):
    """Has a session "a". Started again, it loads a key each hundredth of a
    second, a hundred seconds long, or until it is let; in between it says that
    it does."""

    def __init__(self):
        super().__init__("--enable-debug-command", "yes",
                         "--rdbcompression", "no",
                         "--loading-process-events-interval-bytes", "1024",
                         "--key-load-delay", "10000")

    def load(self, probe):
        probe.ok("create", "a", 600)
        self("DEBUG", "POPULATE", 10000, "filler", 1200)
        self("SAVE")
        self.kill()
        self.launch()
        until(lambda: self.tells("loading:1"))

    def tells(self, word):
        try:
            return word in self("INFO", "everything").decode()
        except OSError:
            return False

    def let(self):
        self("CONFIG", "SET", "key-load-delay", "0")


def test_a_server_that_loads_is_waited_for(start, open_probe):
    server = start(Loader)
    probe = open_probe(server.url)
    server.load(probe)
    probe.send("get", "a")
    until(lambda: server.tells("errorstat_LOADING"))
    server.let()
    assert probe.answer().status == "ok"
    probe.ok("save", "a")


def test_a_server_that_loads_for_longer_than_the_deadline_is_unavailable(
        start, open_probe):
    server = start(Loader)
    probe = open_probe(server.url, "timeout=300ms")
    server.load(probe)
    for _ in range(3):
        answer = refused(probe("get", "a"), "unavailable", "LOADING")
        assert answer.took_s < 0.3 + BUSY_S


@contextlib.contextmanager
def busy(redis, seconds=2):
    """A script that runs for so long; the block begins when others are told
    that the server is busy, and ends with the script. (The server looks at
    others after so many steps of a script: short ones.)"""
    redis("CONFIG", "SET", "busy-reply-threshold", "50")
    script = "local t=redis.call('TIME')[1] " \
             f"while redis.call('TIME')[1]-t<{seconds} do " \
             "for i=1,100000 do end end return 1"
    with redis.connect() as client:
        client.socket.sendall(b"*3\r\n$4\r\nEVAL\r\n$%d\r\n%s\r\n$1\r\n0\r\n"
                              % (len(script), script.encode()))
        until(lambda: is_busy(redis), what="a busy server")
        yield
        assert client.read() == 1


def is_busy(redis):
    try:
        redis("PING")
    except Refused as refusal:
        return str(refusal).startswith("BUSY")
    return False


def test_a_busy_server_is_waited_for_and_then_served(redis, open_probe):
    probe = open_probe(redis.url)
    probe.ok("create", "a", 60)
    with busy(redis):
        probe.ok("get", "a")


@pytest.mark.parametrize("options", [[], ["connect-timeout=300ms"]],
                         ids=["patient", "opening-anew"])
def test_a_connection_made_to_a_busy_server_has_its_own_database(
        redis, open_probe, options):
    """Which it is only told when the server is no longer busy."""
    probe = open_probe(redis.url + "/3", *options)
    probe.ok("create", "a", 60)
    redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    with busy(redis):
        probe.ok("get", "a")
    probe.ok("create", "b", 60)
    assert b"keys=2" in redis("INFO", "keyspace").partition(b"db3:")[2]
    assert b"db0:" not in redis("INFO", "keyspace")


def test_a_server_that_is_busy_for_longer_than_the_deadline_is_unavailable(
        redis, open_probe):
    probe = open_probe(redis.url + "/3", "timeout=1s")
    probe.ok("create", "a", 60)
    redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    with busy(redis, 4):
        refused(probe("get", "a"), "unavailable", "BUSY", "SCRIPT KILL")


@pytest.fixture
def user(redis):
    """Sets what the user "web" may do."""
    def setter(*rules):
        redis("ACL", "SETUSER", "web", "reset", "on", ">secret", "~*",
              "+@all", *rules)
    setter()
    return setter


def web_url(redis, password="secret"):
    return f"redis://web:{password}@127.0.0.1:{redis.port}"


def test_a_missing_right_names_node_user_and_remedy(redis, user, open_probe):
    user("-get")
    probe = open_probe(web_url(redis))
    refused(probe("get", "a"), "denied", "NOPERM", "user web", "ACL SETUSER",
            f"127.0.0.1:{redis.port}")
    user("resetkeys", "~other:*")
    probe = open_probe(web_url(redis))
    refused(probe("create", "a", 60), "denied", "NOPERM")


def test_without_the_right_to_its_database_no_other_one_is_used(
        redis, user, open_probe):
    open_probe(redis.url + "/3").ok("create", "a", 60)
    user("-select")
    probe = open_probe(web_url(redis) + "/3")
    refused(probe("get", "a"), "denied", "NOPERM", "user web", "+select")
    refused(probe("create", "b", 60), "denied", "+select")
    assert redis("DBSIZE") == 0
    user("-ping")
    open_probe(web_url(redis) + "/3").ok("get", "a")


def test_a_wrong_password_is_refused_and_not_repeated_for_ever(redis, user,
                                                               open_probe):
    probe = open_probe(web_url(redis, "pass-word"))
    assert any("WRONGPASS" in notice for notice in probe.notices)
    for _ in range(200):
        answer = probe("get", "a")
        assert answer.status in ("denied", "unavailable")
        assert "pass-word" not in answer.detail
    failures = int(redis("INFO", "errorstats").decode().partition(
        "errorstat_WRONGPASS:count=")[2].split()[0])
    assert failures < 20


def test_a_password_that_is_missing_is_asked_for(start, open_probe):
    server = start(Server, "--requirepass", "secret", password="secret")
    probe = open_probe(server.url)
    refused(probe("get", "a"), "denied", "NOAUTH", "password-file=")


def test_a_password_where_none_is_set_says_so(redis, open_probe):
    probe = open_probe(f"redis://:secret@127.0.0.1:{redis.port}")
    answer = refused(probe("get", "a"), "denied", "no password")
    assert "secret" not in answer.detail


def test_a_new_password_is_read_from_its_file_without_a_restart(
        start, open_probe, tmp_path):
    server = start(Server, "--requirepass", "first", password="first")
    path = tmp_path / "password"
    path.write_text("first\n")
    probe = open_probe(server.url, f"password-file={path}")
    probe.ok("create", "a", 60)
    server("CONFIG", "SET", "requirepass", "second")
    server.password = "second"
    path.write_text("second\n")
    with server.connect() as client:
        client("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    probe.ok("get", "a")
    probe.ok("save", "a")


def test_a_new_password_is_read_for_all_that_log_in_at_the_same_moment(
        start, open_probe, tmp_path):
    """By one of them; the others see that it is another one by now."""
    server = start(Server, "--requirepass", "first", password="first")
    path = tmp_path / "password"
    path.write_text("first\n")
    probe = open_probe(server.url, f"password-file={path}")
    probe.ok("load", 16, 0)
    until(lambda: server("DBSIZE") == 16)
    path.write_text("second\n")
    server("CONFIG", "SET", "requirepass", "second")
    server.password = "second"
    server("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    before = int(server.info("total_commands_processed"))
    until(lambda: int(server.info("total_commands_processed"))
          > before + 2000)
    counted = probe.halt()
    assert probe.events == []
    assert counted["failures"] == counted["conflicts"] == 0


def test_the_users_connections_are_killed_and_his_password_changes(
        redis, user, open_probe, tmp_path):
    path = tmp_path / "password"
    path.write_text("secret")
    probe = open_probe(f"redis://web@127.0.0.1:{redis.port}",
                       f"password-file={path}")
    probe.ok("create", "a", 60)
    redis("ACL", "DELUSER", "web")
    user("resetpass", ">other")
    path.write_text("other")
    probe.ok("get", "a")


def test_a_login_that_the_server_has_forgotten_is_done_again(start,
                                                             open_probe):
    server = start(Server, "--requirepass", "secret", password="secret")
    with Forgetful(server) as proxy:
        probe = open_probe(f"redis://:secret@127.0.0.1:{proxy.port}")
        probe.ok("create", "a", 60)
        for command in ("get", "save", "get"):
            proxy.forget()
            probe.ok(command, "a")


def test_a_password_file_that_is_not_there_is_an_error_at_start(
        redis, open_probe, tmp_path):
    probe = open_probe(redis.url, f"password-file={tmp_path}/absent",
                       expect="denied")
    assert "absent" in probe.started.detail


def test_too_many_clients_says_so(start, open_probe):
    server = start(Server, "--maxclients", "4")
    held = [Resp(server.socket) for _ in range(4)]
    for client in held:
        client("PING")
    probe = open_probe(server.url)
    refused(probe("get", "a"), "unavailable", "maxclients")
    for client in held:
        client.close()
    until(lambda: probe("get", "a").status == "not found")


def test_a_key_of_another_type_is_corrupt_and_can_be_ended(redis, probe):
    redis("LPUSH", row_key("a"), "x")
    refused(probe("get", "a"), "corrupt", "WRONGTYPE", "prefix=")
    refused(probe("save", "a"), "corrupt", "WRONGTYPE")
    probe.ok("remove", "a")
    assert probe("get", "a").status == "not found"


def test_a_value_that_is_too_short_is_corrupt(redis, probe):
    redis("SET", row_key("a"), "short")
    assert probe("get", "a").status == "corrupt"


def test_a_value_that_is_too_long_is_not_swallowed(redis, probe):
    redis("SETRANGE", row_key("a"), 60_000_000, "x")
    answer = refused(probe("get", "a"), "unavailable", "more than")
    assert answer.took_s < BUSY_S
    assert probe("get", "b").status == "not found"


def test_a_value_over_the_limit_is_refused_before_it_is_sent(redis, probe):
    assert probe("create", "a", 60, 5_000_000).status == "too big"
    assert redis("DBSIZE") == 0


def test_scripts_that_were_flushed_are_sent_again(redis, probe):
    probe.ok("create", "a", 60)
    redis("SCRIPT", "FLUSH")
    probe.ok("save", "a")
    redis("SCRIPT", "FLUSH")
    probe.ok("take", "a")
    redis("SCRIPT", "FLUSH")
    probe.ok("index", "user", "a", 60)


def test_without_the_right_to_scripts_sessions_work_and_do_not_come_back(
        redis, user, open_probe):
    user("-@scripting")
    probe = open_probe(web_url(redis))
    other = open_probe(redis.url)
    probe.ok("create", "a", 60)
    assert any("scripts" in notice for notice in probe.notices)
    assert probe("create", "a", 60).status == "conflict"
    probe.ok("save", "a")
    other.ok("get", "a")
    other.ok("save", "a")
    assert probe("save", "a").status == "conflict"
    assert probe("take", "a").status == "conflict"
    other.ok("remove", "a")
    assert probe("save", "a").status == "not found"
    assert probe("take", "a").status == "not found"
    assert redis("EXISTS", row_key("a")) == 0
    probe.ok("index", "user", "a", 60)
    probe.ok("index", "user", "b", 90)
    assert set(probe.ok("list", "user").detail.split()) == {"a", "b"}
    assert len(probe.notices) == 1


def test_conditions_that_lose_sessions_are_told_at_start(start, open_probe):
    server = start(Server, "--maxmemory", "100mb", "--maxmemory-policy",
                   "allkeys-lru")
    probe = open_probe(server.url)
    assert any("noeviction" in notice for notice in probe.notices)
    server("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert open_probe(server.url).notices == []
    server("REPLICAOF", "127.0.0.1", free_port())
    assert any("replica" in notice
               for notice in open_probe(server.url).notices)


def test_a_server_that_is_not_there_is_told_and_does_not_stop_the_start(
        open_probe):
    port = free_port()
    probe = open_probe(f"redis://127.0.0.1:{port}")
    assert any(str(port) in notice for notice in probe.notices)
    answer = refused(probe("get", "a"), "unavailable", str(port),
                     "is it running")
    assert answer.took_s < BUSY_S


def test_a_name_that_does_not_resolve_says_so(open_probe):
    probe = open_probe("redis://no-such-host.invalid")
    refused(probe("get", "a"), "unavailable", "no-such-host.invalid")
