# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Each form of Redis, from its URL: every operation, and what stands in the
server afterwards."""

import os
import subprocess

import pytest

from conftest import starting

from rig.probe import row_key, user_key
from rig.servers import Cluster, SentinelSet, Server, tls_arguments


def plain(start, tls):
    server = start(Server)
    return server.url, []


def append_only(start, tls):
    server = start(Server, "--appendonly", "yes")
    return server.url + "/3", []


def named(start, tls):
    server = start(Server)
    return f"redis://localhost:{server.port}", []


def acl_user(start, tls):
    server = start(Server)
    server("ACL", "SETUSER", "web", "on", ">p@ss/w:d", "~*",
           "+@read", "+@write", "+@connection", "+eval", "+evalsha",
           "+info")
    return f"redis://web:p%40ss%2Fw%3Ad@127.0.0.1:{server.port}", []


def password_only(start, tls):
    server = start(Server, "--requirepass", "secret", password="secret")
    return f"redis://:secret@127.0.0.1:{server.port}", []


def unix_socket(start, tls):
    server = start(Server)
    return f"redis+unix:{server.socket}", ["db=2"]


def secure(start, tls):
    authority, pair, _ = tls
    server = start(Server, tls=tls_arguments(authority, pair))
    return f"rediss://localhost:{server.port}", [f"ca={authority.file}"]


def secure_by_address(start, tls):
    authority, pair, _ = tls
    server = start(Server, tls=tls_arguments(authority, pair))
    return f"rediss://127.0.0.1:{server.port}", [f"ca={authority.file}"]


def client_certificate(start, tls):
    authority, pair, client = tls
    server = start(Server, tls=tls_arguments(authority, pair, "yes"))
    return f"rediss://localhost:{server.port}", [
        f"ca={authority.file}", f"cert={client[0]}", f"key={client[1]}"]


def sentinel(start, tls):
    return start(SentinelSet, "--min-replicas-to-write", "1").url + "/1", []


def sentinel_passwords(start, tls):
    kit = start(SentinelSet, sentinel_password="watch")
    path = f"{kit.nodes[0].folder}/sentinel-password"
    with open(path, "w") as file:
        file.write("watch\n")
    return kit.url, [f"sentinel-password-file={path}"]


def cluster(start, tls):
    return start(Cluster).url, []


def secure_cluster(start, tls):
    authority, pair, _ = tls
    kit = start(Cluster, tls=tls_arguments(authority, pair))
    return "rediss+" + kit.url[6:], [f"ca={authority.file}"]


FORMS = [plain, append_only, named, acl_user, password_only, unix_socket,
         secure, secure_by_address, client_certificate, sentinel,
         sentinel_passwords, cluster, secure_cluster]


@pytest.fixture(scope="module", params=FORMS,
                ids=[form.__name__ for form in FORMS])
def form(request, authority, pair, client_pair):
    """(URL, options) of a Redis that has just been started."""
    with starting() as start:
        yield request.param(start, (authority, pair, client_pair))


def test_every_operation(form, open_probe):
    url, options = form
    probe = open_probe(url, *options, "prefix=operations:")

    assert probe("get", "a").status == "not found"
    assert probe("save", "a").status == "not found"
    probe.ok("create", "a", 60)
    assert probe("create", "a", 60).status == "conflict"
    probe.ok("save", "a", 3000)
    revision, life_s, size = probe.ok("get", "a").detail.split()
    assert (revision, size) == ("2", "3000")
    assert 58 <= int(life_s) <= 61
    probe.ok("touch", "a", 500)
    assert 498 <= int(probe.ok("get", "a").detail.split()[1]) <= 501
    assert probe("touch", "absent", 500).status == "not found"
    for name in ("a", "b", "c"):
        probe.ok("index", "user", name, 60)
    probe.ok("unindex", "user", "b")
    assert set(probe.ok("list", "user").detail.split()) == {"a", "c"}
    assert probe.ok("list", "nobody").detail == ""
    for number in range(20):
        probe.ok("create", f"more-{number}", 60)
    assert probe.ok("scan").detail == "21"
    probe.ok("take", "a")
    assert probe("take", "a").status == "not found"
    assert probe("remove", "a").status == "not found"
    probe.ok("remove", "more-1")
    assert probe.ok("scan").detail == "19"


def test_the_contract_holds(form):
    url, options = form
    done = subprocess.run([os.environ["SST_CONTRACT"],
                           " ".join([url, *options, "timeout=10s",
                                     "connect-timeout=10s"])],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ]" in done.stdout + done.stderr


def test_another_version_is_neither_overwritten_nor_removed(redis,
                                                            open_probe):
    one, other = open_probe(redis.url), open_probe(redis.url)
    one.ok("create", "a", 60)
    other.ok("get", "a")
    other.ok("save", "a")
    assert one("save", "a").status == "conflict"
    assert one("take", "a").status == "conflict"
    assert other.ok("get", "a").detail.startswith("2 ")


def test_prefixes_keep_stores_apart(redis, open_probe):
    one = open_probe(redis.url, "prefix=one[*]:")
    other = open_probe(redis.url, "prefix=other:")
    one.ok("create", "a", 60)
    assert other("get", "a").status == "not found"
    assert redis("EXISTS", row_key("a", "one[*]:")) == 1
    assert one.ok("scan").detail == "1"
    assert other.ok("scan").detail == "0"


def test_each_key_ends_by_itself(redis, probe):
    probe.ok("create", "a", 60)
    probe.ok("index", "user", "a", 60)
    assert 0 < redis("PTTL", row_key("a")) <= 60000
    assert 60 < redis("TTL", user_key("user")) <= 3660 + 60
    redis("PERSIST", row_key("a"))
    assert int(probe.ok("get", "a").detail.split()[1]) < 0


def test_the_index_lives_as_long_as_its_last_entry_and_trims_itself(redis,
                                                                    probe):
    probe.ok("index", "user", "long", 9000)
    probe.ok("index", "user", "short", 60)
    assert redis("TTL", user_key("user")) > 9000
    redis("ZADD", user_key("user"), 1000, "0" * 64)
    probe.ok("index", "user", "short", 30)
    assert redis("ZCARD", user_key("user")) == 2
    assert set(probe.ok("list", "user").detail.split()) == {"long", "short"}


def test_a_stranger_in_the_index_is_passed_over(redis, probe):
    probe.ok("index", "user", "a", 60)
    redis("ZADD", user_key("user"), 99999999999, "stranger")
    assert probe.ok("list", "user").detail == "a"


def test_a_page_view_is_one_write_and_one_read(redis, probe):
    probe.ok("create", "a", 60)
    before = int(redis.info("total_reads_processed"))
    for _ in range(50):
        probe.ok("get", "a")
    # Each look at INFO is one more.
    assert int(redis.info("total_reads_processed")) - before <= 52


def test_connections_are_kept(redis, probe):
    probe.ok("create", "a", 60)
    before = int(redis.info("total_connections_received"))
    for _ in range(20):
        probe.ok("save", "a")
    # Each look at INFO is one more.
    assert int(redis.info("total_connections_received")) - before == 1


def test_the_pool_is_bounded_and_waiting_for_it_ends(redis, open_probe):
    probe = open_probe(redis.url, "pool=2", "timeout=10s")
    probe.ok("load", 16, 0)
    before = int(redis.info("connected_clients"))
    assert before <= 4
    counted = probe.halt()
    assert counted["failures"] == 0 and counted["saves"] > 0
