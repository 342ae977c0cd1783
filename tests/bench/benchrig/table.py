# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What was measured, as one Markdown table and a line on where and when."""

import datetime
import os
import platform
import re
import statistics
import subprocess

COLUMNS = ("workload", "clients", "configuration", "requests/s",
           "httpd CPU, ms per 1,000", "to no session (spread)",
           "to floor E", "backend CPU, ms per 1,000", "p50 ms", "p99 ms",
           "RSS MB", "round trips", "thousand instructions")

BASE, FLOOR = "no session", "floor E: GET, AES, entries"


def median(samples, name):
    values = [getattr(sample, name) for sample in samples]
    return None if None in values else statistics.median(values)


def ratios(samples, others):
    """Of the processor time of httpd, round by round."""
    return [ours.httpd / theirs.httpd
            for ours, theirs in zip(samples, others or ())]


def shown(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def with_spread(values):
    if not values:
        return "–"
    text = f"{statistics.median(values):.2f}"
    if len(values) > 1:
        text += f" ({min(values):.2f}–{max(values):.2f})"
    return text


def row(key, name, group, counted):
    workload, clients = key
    samples = group[name]
    floor = ratios(samples, group.get(FLOOR))
    instructions = counted.get((workload, name))
    return (workload, str(clients), name,
            shown(median(samples, "rate"), 0),
            shown(median(samples, "httpd"), 1),
            with_spread(ratios(samples, group.get(BASE))),
            shown(statistics.median(floor), 2) if floor else "–",
            shown(median(samples, "backend"), 1),
            shown(median(samples, "p50"), 2),
            shown(median(samples, "p99"), 2),
            shown(median(samples, "rss"), 0),
            shown(median(samples, "trips"), 2),
            "–" if instructions is None else shown(instructions / 1000, 1))


def markdown(results, counted):
    """results: {(workload, clients): {site: [Sample of each round]}};
    counted: {(workload, site): instructions}."""
    lines = ["| " + " | ".join(COLUMNS) + " |",
             "|---|--:|---" + "|--:" * (len(COLUMNS) - 3) + "|"]
    for key, group in results.items():
        lines += ["| " + " | ".join(row(key, name, group, counted)) + " |"
                  for name in group]
    return "\n".join(lines)


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.splitlines()[0] if done.stdout else "?"


def processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return found[1] if found else platform.machine()


def machine(httpd, seconds, rounds, load):
    """Where, when and how, and how busy the machine was with other things."""
    now = datetime.datetime.now(datetime.timezone.utc)
    version = re.sub(r"^.*Apache/(\S+).*$", r"httpd \1",
                     first_line(httpd, "-v"))
    redis = re.sub(r"^.*v=(\S+).*$", r"Redis \1",
                   first_line("redis-server", "--version"))
    return (f"{now:%Y-%m-%d %H:%M} UTC; {processor()}, {os.cpu_count()} "
            f"processors; Linux {platform.release()}; {version}, "
            f"{first_line('openssl', 'version').partition(' (')[0]}, "
            f"{redis}; {rounds} rounds of {seconds} s for each line; load "
            f"average of the machine before the run {load[0]:.1f}, after it "
            f"{os.getloadavg()[0]:.1f}.")
