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


def measure(server, page, clients, cookie):
    """Requests a second."""
    done = subprocess.run(
        ["ab", "-q", "-k", "-n", REQUESTS, "-c", str(clients), "-C", cookie,
         f"http://127.0.0.1:{server.port}/{page}"],
        check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in done, done
    return float(re.search(r"Requests per second: +([0-9.]+)", done)[1])


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
        cases = ("empty", "floor", "session")
        print("clients  " + "  ".join(f"{case:>8}/s" for case in cases)
              + "  session:floor")
        for clients in CLIENTS:
            rates = {case: [] for case in cases}
            for _ in range(ROUNDS):
                for case in cases:
                    rates[case].append(measure(server, case, clients,
                                               cookie))
            median = {case: statistics.median(rates[case]) for case in cases}
            print(f"{clients:7}  " + "  ".join(f"{median[case]:10.0f}"
                                               for case in cases)
                  + f"  {median['session'] / median['floor']:13.2f}")
    finally:
        server.stop()
        server.remove()
        redis.remove()


main()
