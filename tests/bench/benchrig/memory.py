# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Memory of httpd's child with more and more threads, and of connections to
Redis, of which there are most when Redis answers nobody for a moment."""

import contextlib
import re
import signal
import socket

from rig.processes import descendants
from rig.wait import until

from benchrig import table
from benchrig.growth import DIR, PAGE, REDIS, TLS, made, signed_up
from benchrig.meters import GONE, Sample, rss_mb

NAMES = (table.BASE, DIR, REDIS, TLS)
POOL = {REDIS: 32, TLS: 8}      # connections of a child at most, by default
def proportional_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        text = file.read()
    return tuple(int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])
                 for name in ("Rss", "Pss"))


def child_kb(site):
    """(RSS, PSS) of the child that serves: it is the largest."""
    sizes = []
    for pid in descendants(site.process.pid)[1:]:
        try:
            sizes.append(proportional_kb(pid))
        except GONE:
            continue
    return max(sizes)


def connections(backend):
    """Of httpd, without the one that asks."""
    return backend.info("connected_clients") - 1


def established(ports):
    """How many connections there are to these ports of this machine."""
    ends = {f":{port:04X}" for port in ports}
    with open("/proc/net/tcp") as file:
        fields = [line.split() for line in file]
    return sum(remote[-5:] in ends and state == "01"
               for _, _, remote, state, *_ in fields[1:])


def ask(site, cookie):
    """A request that is sent, and whose answer is not read yet."""
    asking = socket.create_connection(("127.0.0.1", site.port), 60)
    asking.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\n"
                   f"Connection: close\r\nCookie: {cookie}\r\n\r\n".encode())
    return asking


def stalled(site, cookie, clients):
    """How many connections httpd has when Redis does not go on until each
    thread waits: for an answer, or for a connection when there are enough."""
    redis = site.backend
    enough = min(clients, POOL[site.name])
    with contextlib.ExitStack() as stack:
        redis.process.send_signal(signal.SIGSTOP)
        stack.callback(redis.process.send_signal, signal.SIGCONT)
        asking = [stack.enter_context(ask(site, cookie))
                  for _ in range(clients)]
        until(lambda: established((redis.port, redis.tls_port)) >= enough,
              "all threads to wait for Redis")
        redis.process.send_signal(signal.SIGCONT)
        for one in asking:
            with one.makefile("rb") as answer:
                assert b" 200 " in answer.readline()
    return connections(redis)


def of_one(site, threads, seconds):
    """One site's row, with as many clients as threads."""
    cookies = signed_up(site)
    redis_mb = rss_mb(site.backend.processes())
    Sample(site, PAGE, cookies, False, threads, seconds)
    row = {"threads": threads}
    row["rss_kb"], row["pss_kb"] = child_kb(site)
    if hasattr(site.backend, "info"):
        row["open"] = connections(site.backend)
        row["most"] = stalled(site, cookies[0], threads)
        row["most_pss_kb"] = child_kb(site)[1]
        row["redis_kb"] = 1024 * (rss_mb(site.backend.processes())
                                  - redis_mb) / row["most"]
    return row


def rows(threads, seconds):
    """[{"configuration", "threads", ...}]"""
    found = []
    for count in threads:
        with made(NAMES, threads=count) as sites:
            for name, site in sites.items():
                site.start()
                found.append({"configuration": name,
                              **of_one(site, count, seconds)})
                site.halt()
    return found
