# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What was measured, as Markdown, and a line on where and when."""

import datetime
import os
import platform
import re
import statistics
import subprocess

from benchrig.spread import QUIET, median, ratios

COLUMNS = ("workload", "clients", "configuration", "requests/s",
           "httpd CPU, ms per 1,000", "of it user",
           "to no session (spread)", "to floor E", "with backend CPU",
           "to dbd PostgreSQL", "p50 ms", "p99 ms", "RSS MB", "round trips",
           "thousand instructions")

BASE, FLOOR = "no session", "floor E: GET, AES, entries"
POSTGRESQL = "mod_session_dbd, PostgreSQL"


def shown(value, digits):
    return "–" if value is None else f"{value:,.{digits}f}"


def with_spread(values):
    if not values:
        return "–"
    text = f"{statistics.median(values):.2f}"
    if len(values) > 1:
        text += f" ({min(values):.2f}–{max(values):.2f})"
    return text


def middle(values):
    return shown(statistics.median(values), 2) if values else "–"


def lines(columns, rows, left=(0,)):
    """A table of Markdown; numbers are on the right."""
    sides = "|".join("---" if at in left else "--:"
                     for at in range(len(columns)))
    head, *body = ("| " + " | ".join(cells) + " |"
                   for cells in (columns, *rows))
    return "\n".join((head, f"|{sides}|", *body))


def row(key, name, group, counted):
    workload, clients = key
    samples = group[name]
    instructions = counted.get((workload, name))
    return (workload, str(clients), name,
            shown(median(samples, "rate"), 0),
            shown(median(samples, "httpd"), 1),
            shown(median(samples, "user"), 1),
            with_spread(ratios(samples, group.get(BASE))),
            middle(ratios(samples, group.get(FLOOR))),
            shown(median(samples, "total"), 1),
            middle(ratios(samples, group.get(POSTGRESQL), "total")),
            shown(median(samples, "p50"), 2),
            shown(median(samples, "p99"), 2),
            shown(median(samples, "rss"), 0),
            shown(median(samples, "trips"), 2),
            "–" if instructions is None else shown(instructions / 1000, 1))


def markdown(results, counted):
    """results: {(workload, clients): {site: [Sample of each round]}};
    counted: {(workload, site): instructions}."""
    return lines(COLUMNS, [row(key, name, group, counted)
                           for key, group in results.items()
                           for name in group], left=(0, 2))


# What the first page of the documents shows.
BRIEF = (BASE, "mod_session_cookie", "mod_session_cookie, crypto",
         POSTGRESQL, "SessionStore cookie:", "SessionStore dir:",
         "SessionStore redis://", "SessionStore redis:// + cache",
         "SessionStore rediss://")
BRIEF_WORKLOADS = ("unchanged", "changed each time", "visitor")


def brief(results):
    """Processor time of httpd, for a glance: each workload at 8 clients."""
    shown_of = [workload for workload in BRIEF_WORKLOADS
                if (workload, 8) in results]
    names = [name for name in BRIEF if name in results[shown_of[0], 8]]
    rows = [(name, *(shown(median(results[workload, 8][name], "httpd"), 0)
                     for workload in shown_of),
             shown(median(results[shown_of[0], 8][name], "rate"), 0))
            for name in names]
    return lines(("configuration",
                  *(f"{name}: ms per 1,000" for name in shown_of),
                  f"{shown_of[0]}: requests/s"), rows)


def first_line(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.splitlines()[0] if done.stdout else "?"


def processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return found[1] if found else platform.machine()


def where():
    """When, and on what."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (f"{now:%Y-%m-%d %H:%M} UTC; {processor()}, {os.cpu_count()} "
            "processors")


def machine(httpd):
    """The same with the versions of what was measured."""
    version = re.sub(r"^.*Apache/(\S+).*$", r"httpd \1",
                     first_line(httpd, "-v"))
    redis = re.sub(r"^.*v=(\S+).*$", r"Redis \1",
                   first_line("redis-server", "--version"))
    return (f"{where()}; Linux {platform.release()}; {version}, "
            f"{first_line('openssl', 'version').partition(' (')[0]}, {redis}")


def company(samples):
    """How busy the machine was with other things."""
    shares = [sample.others for sample in samples]
    loud = sum(share > QUIET for share in shares)
    return (f"of {len(shares):,} runs, others took more than {QUIET:.0%} of "
            f"the processors in {loud:,}, {statistics.median(shares):.0%} in "
            f"the median and {max(shares):.0%} at most")
