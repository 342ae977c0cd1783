# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Who cannot hear of changes does not rely on copies: not longer than the
lease, whatever has gone wrong."""

import os
import signal
import time

import pytest

from rig.host import Host, figures, hold_copy, wait_until_it_works
from rig.probe import row_key
from rig.proxy import Meter, Proxy
from rig.wait import until

LEASE_MS = 600
LEASE_S = LEASE_MS / 1000


@pytest.fixture
def host(redis, open_probe, tmp_path):
    return Host(open_probe, tmp_path, redis.url, "timeout=300ms",
                lease_ms=LEASE_MS)


def answers_after(probe, name, moment_s, for_s=1.2):
    """How often the row was answered by a call that began after the moment."""
    count = 0
    while time.time() < moment_s + for_s:
        began = time.time()
        if probe("get", name).status == "ok" and began > moment_s:
            count += 1
    return count


def test_a_server_that_hangs_is_not_stood_in_for(host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    redis.signal(signal.SIGSTOP)
    stopped = time.time()
    assert answers_after(probe, "a", stopped + LEASE_S) == 0
    redis.signal(signal.SIGCONT)
    wait_until_it_works(probe)
    hold_copy(probe, "a")


class Cut(Meter):
    """Passes bytes on until it is cut: then it swallows them, and keeps the
    connections open, as a network does that drops packets."""

    def __init__(self, server):
        super().__init__(server)
        self.cut = False

    def serve(self, peer):
        import socket
        import threading
        upstream = socket.create_connection(("127.0.0.1", self.server.port))
        self.open.append(upstream)
        threading.Thread(target=self.pass_on, args=(peer, upstream),
                         daemon=True).start()
        self.pass_on(upstream, peer)

    def pass_on(self, source, sink):
        try:
            while data := source.recv(65536):
                if not self.cut:
                    sink.sendall(data)
        except OSError:
            pass


def test_a_host_that_is_cut_off_relies_on_nothing(redis, open_probe,
                                                  tmp_path):
    """Somebody ends the session while this host hears nothing."""
    with Cut(redis) as network:
        probe = Host(open_probe, tmp_path, network.url, "timeout=300ms",
                     lease_ms=LEASE_MS).ready()
        probe.ok("create", "a", 600)
        hold_copy(probe, "a")
        network.cut = True
        redis("DEL", row_key("a"))
        removed = time.time()
        assert answers_after(probe, "a", removed + LEASE_S) == 0


def test_a_server_that_ends_is_not_stood_in_for(host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    redis.kill()
    killed = time.time()
    assert answers_after(probe, "a", killed + LEASE_S) == 0
    redis.start()
    wait_until_it_works(probe)
    assert probe("get", "a").status == "not found"


@pytest.mark.parametrize("kind", ["PUBSUB", "NORMAL"])
def test_a_connection_that_is_killed_drops_all(kind, host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    redis("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
    redis("DEL", row_key("a"))
    removed = time.time()
    assert answers_after(probe, "a", removed + LEASE_S) == 0
    wait_until_it_works(probe)


def owner_of(probe):
    return figures(probe)["owner"]


def test_the_watcher_of_a_killed_process_is_replaced(host, redis):
    watcher, probe = host.ready(), host.process()
    assert owner_of(probe) == watcher.process.pid
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    os.kill(watcher.process.pid, signal.SIGKILL)
    watcher.process.wait()
    redis("DEL", row_key("a"))
    removed = time.time()
    assert answers_after(probe, "a", removed + LEASE_S) == 0
    until(lambda: owner_of(probe) == probe.process.pid)
    wait_until_it_works(probe)


def test_the_watcher_of_a_stopped_process_is_not_relied_on(host, redis):
    watcher, probe = host.ready(), host.process()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    os.kill(watcher.process.pid, signal.SIGSTOP)
    redis("DEL", row_key("a"))
    removed = time.time()
    assert answers_after(probe, "a", removed + LEASE_S) == 0
    until(lambda: owner_of(probe) == probe.process.pid)
    wait_until_it_works(probe)
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    # It goes on where it was, and gives way.
    os.kill(watcher.process.pid, signal.SIGCONT)
    redis("DEL", row_key("a"))
    until(lambda: probe("get", "a").status == "not found")
    assert owner_of(watcher) == probe.process.pid


def test_a_process_that_ends_leaves_the_watch_to_another(host):
    watcher, probe = host.ready(), host.process()
    assert watcher.close() < 5
    until(lambda: owner_of(probe) == probe.process.pid)
    wait_until_it_works(probe)


RIGHTS = ("+get", "+pttl", "+set", "+pexpire", "+del", "+getrange", "+ping",
          "+info", "+evalsha", "+eval")


@pytest.mark.parametrize("granted", [
    ("+client|id",), ("+client|id", "+client|tracking", "+subscribe")])
def test_a_user_without_rights_is_told_which_once(granted, redis, open_probe,
                                                  tmp_path):
    redis("ACL", "SETUSER", "web", "on", ">secret", "~sst:*", "resetchannels",
          *RIGHTS, *granted)
    host = Host(open_probe, tmp_path,
                redis.url.replace("://", "://web:secret@"), lease_ms=300)
    probe, second = host.process(), host.process()
    until(lambda: probe.notices or second.notices)
    notice, = probe.notices + second.notices
    assert "ACL SETUSER web +client|id +client|tracking +subscribe" in notice
    probe.ok("create", "a", 600)
    probe.ok("get", "a")
    assert figures(probe)["hits"] == 0
    redis("ACL", "SETUSER", "web", "+client|id", "+client|tracking",
          "+subscribe", "&__redis__:invalidate")
    wait_until_it_works(probe)
    hold_copy(probe, "a")
    assert len(probe.notices + second.notices) == 1


def test_what_does_not_know_tracking_is_told(redis, open_probe, tmp_path):
    """A Redis before 6.0, or a proxy: here, a server that has renamed it."""
    class Old(Proxy):
        def pass_on(self, peer, reply):
            peer.sendall(reply)

        def loses(self, data):
            return False

        def serve(self, peer):
            import socket
            upstream = socket.create_connection(("127.0.0.1",
                                                 self.server.port))
            while data := peer.recv(65536):
                if b"CLIENT" in data:
                    peer.sendall(b"-ERR unknown command 'CLIENT'\r\n")
                    continue
                upstream.sendall(data)
                peer.sendall(upstream.recv(65536))

    with Old(redis) as old:
        probe = Host(open_probe, tmp_path, old.url).process()
        until(lambda: probe.notices)
        assert "6.0 or later" in probe.notices[0]
        probe.ok("create", "a", 600)
        probe.ok("get", "a")
        assert figures(probe)["hits"] == 0


def test_redis_over_tls_is_watched(start, authority, pair, open_probe,
                                   tmp_path):
    from rig.servers import Server, tls_arguments
    server = start(Server, tls=tls_arguments(authority, pair))
    probe = Host(open_probe, tmp_path,
                 f"rediss://localhost:{server.port}",
                 f"ca={authority.file}").ready()
    probe.ok("create", "a", 600)
    hold_copy(probe, "a")
    server("DEL", row_key("a"))
    until(lambda: probe("get", "a").status == "not found")


def test_a_full_redis_is_still_watched(host, redis):
    probe = host.ready()
    probe.ok("create", "a", 600)
    redis("CONFIG", "SET", "maxmemory", "1")
    hold_copy(probe, "a")
    assert probe("create", "b", 600).status == "unavailable"
    redis("DEL", row_key("a"))
    until(lambda: probe("get", "a").status == "not found")
