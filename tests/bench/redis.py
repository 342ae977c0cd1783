#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What a session in Redis costs a page view, beside the floor of one bare GET
for each request (mod_floor.c). Each case is the same small file, by `ab` with
kept connections; the cases take turns, and medians are shown.

Run by `make bench-redis`; ROUNDS, REQUESTS and CLIENTS in the environment."""

import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "httpd"))

from rig.members import COOKIE  # noqa: E402  (needs the path above)
from rig.redis import Redis  # noqa: E402
from rig.server import Server  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
REQUESTS = os.environ.get("REQUESTS", "20000")
CLIENTS = [int(word) for word in
           os.environ.get("CLIENTS", "1 8 32").split()]

CASES = ("empty", "floor", "session")

CONF = """\
LoadModule floor_module @FLOOR@
LogLevel warn session_store:warn
MaxKeepAliveRequests 0
Alias /empty @ROOT@/htdocs/folder/index.html
Alias /floor @ROOT@/htdocs/folder/index.html
Alias /session @ROOT@/htdocs/folder/index.html
<Location />
    SetHandler default-handler
</Location>
<Location /floor>
    BareGet @REDIS@ floor
</Location>
SessionStoreKeys file:@ROOT@/keys
SessionStore redis://127.0.0.1:@REDIS@
<Location /session>
    Session On
    SessionEnv On
</Location>
<Location /probe>
    SetHandler session-probe
    Session On
</Location>
"""


def cpu_us(server):
    """Processor time that httpd's children have used so far."""
    ticks = 0
    for pid in server.children():
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1e6 / os.sysconf("SC_CLK_TCK")


def measure(server, page, clients, cookie):
    """Requests a second, and microseconds of httpd's processor time each."""
    before = cpu_us(server)
    done = subprocess.run(
        ["ab", "-q", "-k", "-n", REQUESTS, "-c", str(clients), "-C", cookie,
         f"http://127.0.0.1:{server.port}/{page}"],
        check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in done, done
    rate = float(re.search(r"Requests per second: +([0-9.]+)", done)[1])
    return rate, (cpu_us(server) - before) / int(REQUESTS)


def compare(server, clients, cookie):
    results = {case: [] for case in CASES}
    for _ in range(ROUNDS):
        for case in CASES:
            results[case].append(measure(server, case, clients, cookie))
    rates = {case: statistics.median(rate for rate, _ in results[case])
             for case in CASES}
    for case in CASES:
        cpu = statistics.median(each for _, each in results[case])
        print(f"{clients:7}  {case:7}  {rates[case]:10.0f}"
              f"  {rates[case] / rates['floor']:8.2f}  {cpu:6.0f}")


def main():
    redis = Redis()
    text = CONF.replace("@FLOOR@", os.environ["SST_FLOOR"])
    server = Server(text.replace("@REDIS@", str(redis.port)))
    try:
        server.start()
        browser = server.browser()
        browser.get("/probe/set?basket=" + os.urandom(1000).hex())
        cookie = f"{COOKIE}={browser.jar[COOKIE]}"
        redis.ask("COPY", redis.sessions()[0], "floor")
        print("clients  case     requests/s  to floor  cpu us")
        for clients in CLIENTS:
            compare(server, clients, cookie)
    finally:
        server.stop()
        server.remove()
        redis.remove()


main()
