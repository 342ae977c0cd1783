# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Processor time, memory, and wrk."""

import contextlib
import os
import re
import subprocess

from rig.processes import descendants

GONE = (FileNotFoundError, ProcessLookupError)

# A thread is a browser with its session, which follows Set-Cookie; `varied`
# asks for another change each time.
SCRIPT = """\
local cookies = { %(cookies)s }
local threads = 0
function setup(thread)
    threads = threads + 1
    thread:set("cookie", cookies[(threads - 1) %% math.max(#cookies, 1) + 1])
    thread:set("number", threads * 1000000)
end
function request()
    local path = "%(path)s"
    if %(varied)s then
        number = number + 1
        path = path .. number
    end
    return wrk.format("GET", path, cookie and { ["Cookie"] = cookie } or {})
end
if %(varied)s then
    function response(status, headers, body)
        local line = headers["Set-Cookie"]
        if line then
            cookie = string.match(line, "^[^;]*")
        end
    end
end
"""

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def cpu_ms(pids):
    """Processor time that the processes' threads have used so far."""
    spent = 0
    for pid in pids:
        with contextlib.suppress(*GONE):
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(*GONE):
                    with open(f"/proc/{pid}/task/{task}/schedstat") as file:
                        spent += int(file.read().split()[0])
    return spent / 1e6


def rss_mb(pids):
    """Memory of the largest of the processes."""
    most = 0
    for pid in pids:
        with contextlib.suppress(*GONE):
            with open(f"/proc/{pid}/status") as file:
                most = max(most, int(re.search(r"VmRSS:\s+(\d+)",
                                               file.read())[1]))
    return most / 1024


def latency_ms(text, percent):
    number, unit = re.search(rf"^ +{percent}% +([0-9.]+)(us|ms|s|m)$", text,
                             re.MULTILINE).groups()
    return float(number) * UNITS[unit]


def quoted(texts):
    return ", ".join('"' + text.replace("\\", "\\\\").replace('"', '\\"')
                     + '"' for text in texts)


class Sample:
    """What one run of wrk has shown."""

    def __init__(self, site, path, cookies, varied, clients, seconds):
        script = site.path("load.lua")
        with open(script, "w") as file:
            file.write(SCRIPT % {"cookies": quoted(cookies), "path": path,
                                 "varied": "true" if varied else "false"})
        httpd = descendants(site.process.pid)
        trips = site.backend.round_trips()
        before = cpu_ms(httpd), cpu_ms(site.backend.processes())
        text = self.run(site, script, varied, clients, seconds)
        after = cpu_ms(httpd), cpu_ms(site.backend.processes())
        requests = int(re.search(r"(\d+) requests in", text)[1])
        assert requests > 0, text
        assert "Non-2xx" not in text, f"{site.name}: {text}"
        self.rate = float(re.search(r"Requests/sec: +([0-9.]+)", text)[1])
        self.httpd = (after[0] - before[0]) * 1000 / requests
        self.backend = (after[1] - before[1]) * 1000 / requests
        self.p50, self.p99 = latency_ms(text, 50), latency_ms(text, 99)
        self.rss = rss_mb(httpd)
        self.trips = None if trips is None else (
            site.backend.round_trips() - trips) / requests

    def run(self, site, script, varied, clients, seconds):
        threads = clients if varied else min(2, clients)
        return subprocess.run(
            ["wrk", "-t", str(threads), "-c", str(clients), "-d",
             f"{seconds}s", "--latency", "--timeout", "30s", "-s", script,
             f"http://127.0.0.1:{site.port}/"],
            check=True, capture_output=True, text=True).stdout
