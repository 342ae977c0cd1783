# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Processor time, memory, and wrk."""

import contextlib
import os
import re
import signal
import subprocess
import time

from rig.processes import descendants

GONE = (FileNotFoundError, ProcessLookupError)
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
PROCESSORS = os.cpu_count()
LIMIT_S = 60        # for wrk to end

# Each thread goes through the sessions, from another one on. With `varied` a
# thread is one browser, which asks for another change each time and follows
# Set-Cookie.
SCRIPT = """\
local cookies = { %(cookies)s }
local path = "%(path)s"
local varied = %(varied)s
local threads = 0
local requests = {}
local at
local cookie
local function format(text, cookie)
    return wrk.format("GET", text, cookie and { ["Cookie"] = cookie } or {})
end
function setup(thread)
    thread:set("place", threads)
    threads = threads + 1
end
function init()
    for i = 1, math.max(#cookies, 1) do
        requests[i] = format(path, cookies[i])
    end
    at = place %% #requests
    cookie = cookies[at + 1]
    number = place * 1000000
end
if varied then
    function request()
        number = number + 1
        return format(path .. number, cookie)
    end
    function response(status, headers, body)
        local line = headers["Set-Cookie"]
        if line then
            cookie = string.match(line, "^[^;]*")
        end
    end
else
    function request()
        at = at %% #requests + 1
        return requests[at]
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


def user_ms(pids):
    """The part of it that was not spent in the kernel."""
    spent = 0
    for pid in pids:
        with contextlib.suppress(*GONE):
            with open(f"/proc/{pid}/stat") as file:
                spent += int(file.read().rpartition(")")[2].split()[11])
    return spent * TICK_MS


def machine_ms():
    """Processor time that everybody has used so far, and what the machine
    beneath this one has taken away."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(
            int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) * TICK_MS


def own_ms():
    """Of this program and of what it has waited for."""
    times = os.times()
    return 1000 * (times.user + times.system + times.children_user
                   + times.children_system)


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


def can_be_told(process):
    """Whether it catches SIGINT by now."""
    assert process.poll() is None, process.communicate()[0]
    with open(f"/proc/{process.pid}/status") as file:
        caught = int(re.search(r"SigCgt:\s+(\w+)", file.read())[1], 16)
    return caught >> (signal.SIGINT - 1) & 1


def load(port, script, threads, clients, seconds):
    """What wrk says. It counts in whole seconds, but ends a tenth of a second
    at most after it was told to; told again, if it was just falling asleep."""
    wrk = subprocess.Popen(
        ["wrk", "-t", str(threads), "-c", str(clients), "-d", "600s",
         "--latency", "--timeout", "30s", "-s", script,
         f"http://127.0.0.1:{port}/"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while not can_be_told(wrk):
            time.sleep(0.002)
        time.sleep(seconds)
        for _ in range(LIMIT_S):
            wrk.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                text = wrk.communicate(timeout=1)[0]
                break
    finally:
        wrk.kill()
        wrk.wait()
    assert wrk.returncode == 0, "wrk did not end well"
    return text


class Spent:
    """Processor time in milliseconds: from the moment it is made to now."""

    def __init__(self, site):
        self.httpd = descendants(site.process.pid)
        self.backend = site.backend.processes()
        self.began = time.monotonic()
        self.before = self.all()

    def all(self):
        return (cpu_ms(self.httpd), user_ms(self.httpd),
                cpu_ms(self.backend), own_ms(), machine_ms())

    def now(self):
        """httpd, its part outside the kernel, the backend, and the share of
        the machine that went to others."""
        httpd, user, backend, own, machine = (
            after - before for before, after in zip(self.before, self.all()))
        there = (time.monotonic() - self.began) * 1000 * PROCESSORS
        others = machine - httpd - backend - own
        return httpd, user, backend, max(0, others) / there


class Sample:
    """What one run of wrk has shown: processor time in milliseconds for a
    thousand requests."""

    def __init__(self, site, path, cookies, varied, clients, seconds):
        script = site.path("load.lua")
        with open(script, "w") as file:
            file.write(SCRIPT % {"cookies": quoted(cookies), "path": path,
                                 "varied": "true" if varied else "false"})
        trips = site.backend.round_trips()
        spent = Spent(site)
        # The first answer of all may take a machine that is busy long.
        requests = 0
        for longer in (1, 4, 16):
            if requests == 0:
                text = load(site.port, script,
                            clients if varied else min(2, clients), clients,
                            seconds * longer)
                requests = int(re.search(r"(\d+) requests in", text)[1])
        httpd, user, backend, self.others = spent.now()
        assert requests > 0, text
        assert "Non-2xx" not in text, f"{site.name}: {text}"
        self.rate = float(re.search(r"Requests/sec: +([0-9.]+)", text)[1])
        self.httpd = httpd * 1000 / requests
        self.user = user * 1000 / requests
        self.backend = backend * 1000 / requests
        self.total = self.httpd + self.backend
        self.p50, self.p99 = latency_ms(text, 50), latency_ms(text, 99)
        self.rss = rss_mb(spent.httpd)
        self.trips = None if trips is None else (
            site.backend.round_trips() - trips) / requests
