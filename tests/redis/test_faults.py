# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Connections that end, hang, drip or lead to something else than Redis."""

import signal
import time

import pytest

from rig.proxy import Meter, Proxy, Talker
from rig.servers import Server, tls_arguments
from rig.tls import Authority
from rig.wait import BUSY_S, until


def test_a_lost_reply_is_neither_a_conflict_nor_a_lost_write(redis,
                                                             open_probe):
    with Proxy(redis, lose_every=20) as proxy:
        probe = open_probe(proxy.url)
        probe.ok("load", 4, 0)
        until(lambda: proxy.lost >= 200)
        counted = probe.halt()
    assert counted["conflicts"] == counted["lost"] == 0
    assert counted["logouts"] == 0
    # Both tries were lost: about 1 in 400 of those that were sent.
    assert counted["failures"] < proxy.requests / 100


def test_a_reply_that_drips_ends_at_the_deadline(redis, open_probe):
    with Proxy(redis) as proxy:
        probe = open_probe(proxy.url, "timeout=300ms")
        probe.ok("create", "a", 60, 3000)
        proxy.drip_s = 0.01
        answer = probe("get", "a")
        assert answer.status == "timeout"
        assert 0.29 < answer.took_s < 0.3 + BUSY_S


def test_a_timeout_is_not_repeated(redis, open_probe):
    with Proxy(redis) as proxy:
        probe = open_probe(proxy.url, "timeout=200ms")
        probe.ok("create", "a", 60)
        proxy.hold = True
        before = proxy.requests
        assert probe("save", "a").status == "timeout"
        assert proxy.requests == before + 1
        proxy.hold = False


def test_idle_connections_that_died_are_not_noticed_by_anybody(redis, probe):
    probe.ok("create", "a", 60)
    for _ in range(3):
        redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        probe.ok("save", "a")


@pytest.mark.parametrize("words, hint", [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak Redis' protocol"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak Redis' protocol"),
    (b"$99999999999999999999\r\n", "does not speak Redis' protocol"),
    (b"*1000000000\r\n", ""),
    (b"+PONG\r\n+PONG\r\n" * 10, ""),
    (None, "does not answer")
], ids=["http", "ssh", "length", "array", "chatter", "silence"])
def test_what_is_no_redis_is_refused_within_the_deadline(words, hint,
                                                         open_probe):
    with Talker(words) as talker:
        probe = open_probe(talker.url, "timeout=500ms")
        answer = probe("get", "a")
    assert answer.status in ("unavailable", "timeout"), answer
    assert hint in answer.detail
    assert answer.took_s < 0.5 + BUSY_S


def test_an_endless_reply_is_cut_off(open_probe):
    with Talker(b"x" * 65536) as talker:
        probe = open_probe(talker.url)
        assert probe("get", "a").status == "unavailable"


# --- TLS

def refused(open_probe, url, *options):
    answer = open_probe(url, *options)("get", "a")
    assert answer.status in ("unavailable", "timeout"), answer
    assert answer.took_s < BUSY_S
    return answer.detail


def test_another_hosts_certificate_is_refused(start, authority, open_probe):
    pair = authority.issue("other", hosts=["other.example"])
    server = start(Server, tls=tls_arguments(authority, pair))
    url = f"rediss://localhost:{server.port}"
    detail = refused(open_probe, url, f"ca={authority.file}")
    assert "certificate of localhost" in detail
    assert "ostname mismatch" in detail
    detail = refused(open_probe, f"rediss://127.0.0.1:{server.port}",
                     f"ca={authority.file}")
    assert "IP address mismatch" in detail
    probe = open_probe(url, f"ca={authority.file}",
                       "servername=other.example")
    probe.ok("create", "a", 60)


def test_an_expired_certificate_is_refused(start, authority, open_probe):
    pair = authority.issue("old", hosts=["localhost"], days=(-9, -1))
    server = start(Server, tls=tls_arguments(authority, pair))
    assert "certificate has expired" in refused(
        open_probe, f"rediss://localhost:{server.port}",
        f"ca={authority.file}")


def test_an_unknown_authority_is_refused(tls_server, tmp_path, open_probe):
    stranger = Authority(str(tmp_path), "stranger")
    url = f"rediss://localhost:{tls_server.port}"
    for options in ([f"ca={stranger.file}"], []):
        assert "was not accepted: self-signed" in refused(open_probe, url,
                                                          *options)


def test_a_missing_client_certificate_says_so(start, authority, pair,
                                              open_probe):
    server = start(Server, tls=tls_arguments(authority, pair, "yes"))
    assert "client certificate" in refused(
        open_probe, f"rediss://localhost:{server.port}",
        f"ca={authority.file}")


def test_tls_to_a_plain_port_says_so(redis, authority, open_probe):
    detail = refused(open_probe, f"rediss://127.0.0.1:{redis.port}",
                     f"ca={authority.file}", "timeout=1s")
    assert "plain text" in detail


def test_plain_text_to_a_tls_port_says_so(tls_server, open_probe):
    detail = refused(open_probe, f"redis://127.0.0.1:{tls_server.port}")
    assert "rediss://" in detail


@pytest.mark.parametrize("option", ["ca", "cert", "key"])
def test_files_that_cannot_be_used_are_errors_at_start(option, authority,
                                                       client_pair, tmp_path,
                                                       open_probe):
    bad = tmp_path / "bad"
    bad.write_text("nothing\n")
    files = {"ca": authority.file, "cert": client_pair[0],
             "key": client_pair[1], option: str(bad)}
    probe = open_probe("rediss://localhost", *[
        f"{name}={path}" for name, path in files.items()], expect="invalid")
    assert f"{option}={bad}" in probe.started.detail


def test_a_key_of_another_certificate_is_an_error_at_start(
        authority, pair, client_pair, open_probe):
    probe = open_probe("rediss://localhost", f"ca={authority.file}",
                       f"cert={client_pair[0]}", f"key={pair[1]}",
                       expect="invalid")
    assert "key" in probe.started.detail


def test_sessions_of_tls_are_resumed(tls_server, authority, open_probe):
    """A server sends its certificate in a full handshake only."""
    with Meter(tls_server) as meter:
        probe = open_probe(f"rediss://localhost:{meter.port}",
                           f"ca={authority.file}")
        before = len(meter.counts)
        probe.ok("create", "a", 60)
        for _ in range(3):
            tls_server("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            probe.ok("touch", "a", 60)
        full, *resumed = meter.counts[before:]
    assert len(resumed) == 3
    assert all(count < full - 400 for count in resumed), (full, resumed)


# --- Servers that die or hang

@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_server_killed_and_started_under_load(secure, start, authority,
                                                pair, open_probe):
    server = start(Server, "--appendonly", "yes", "--appendfsync", "always",
                   tls=tls_arguments(authority, pair) if secure else None)
    url, options = server.url, []
    if secure:
        url = f"rediss://localhost:{server.port}"
        options = [f"ca={authority.file}"]
    probe = open_probe(url, *options)
    witness = open_probe(url, *options)
    probe.ok("load", 8, 500)
    for _ in range(2):
        until(lambda: not probe.errors_since(time.time() - 0.3),
              what=lambda: f"an end of {probe.events[-5:]}")
        down = time.time()
        server.kill()
        until(lambda: probe.errors_since(down))
        server.launch()
        until(server.answers)
        up = time.time()
        # The first request after it is up succeeds.
        assert witness("get", "load").status == "not found"
    time.sleep(0.5)
    counted = probe.halt()
    assert counted["logouts"] == counted["lost"] == 0
    assert counted["conflicts"] == 0
    assert not probe.errors_since(up)
    assert all(event.status == "unavailable" for event in probe.events)
    assert max(event.took_s for event in probe.events) < BUSY_S


def test_a_stopped_server_costs_the_deadline_and_then_nothing(redis,
                                                              open_probe):
    """50 requests a second: each ends within the deadline, and at once while
    the breaker is open; after that, one at a time tries."""
    probe = open_probe(redis.url, "timeout=500ms")
    probe.ok("load", 50, 1_000_000)
    until(lambda: int(redis.info("total_commands_processed")) > 250)
    redis.signal(signal.SIGSTOP)
    stopped = time.time()
    until(lambda: len(probe.errors_since(stopped)) > 120)
    redis.signal(signal.SIGCONT)
    going = time.time()
    late = probe.errors_since(stopped)
    assert max(event.took_s for event in late) < 0.5 + BUSY_S
    at_once = [event for event in late if "left alone" in event.text]
    assert len(at_once) > len(late) / 3
    until(lambda: not probe.errors_since(max(going, time.time() - 2.5)))
    counted = probe.halt()
    assert counted["logouts"] == counted["lost"] == 0


def test_a_store_ends_quickly_while_its_server_hangs(redis, open_probe):
    probe = open_probe(redis.url, "timeout=300ms")
    probe.ok("create", "a", 60)
    redis.signal(signal.SIGSTOP)
    probe.send("get", "a")
    assert probe.answer().status == "timeout"
    assert probe.close() < BUSY_S
