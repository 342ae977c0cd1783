#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What sessions cost a page view: every way to keep them that Debian's
packages have, ours, and the floors below which none can be, side by side. All
servers run at the same time and take turns, so that what disturbs the machine
disturbs all; ratios are taken within a round, and medians of them are shown.

    make bench                      everything
    make bench-quick                one round of one workload
    make bench BENCH='--write docs/performance.md'

A page is a file of 2 KB; a session has ten entries, a kilobyte together."""

import argparse
import contextlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from benchrig import table  # noqa: E402  (needs the path above)
from benchrig.instructions import Counter  # noqa: E402
from benchrig.meters import Sample  # noqa: E402
from benchrig.sites import ENTRIES, all_sites  # noqa: E402
from rig import build  # noqa: E402

PAGE = "/page.html"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Workload:
    def __init__(self, name, path=PAGE, clients=(8,), varied=False,
                 session="set?" + ENTRIES, cookies="own",
                 takes=lambda site: True):
        self.name = name
        self.path = path
        self.clients = clients
        self.varied = varied
        self.session = session
        self.cookies = cookies
        self.takes = takes

    def path_at(self, site):
        return self.path if site.keeps_sessions else PAGE + "?"


def forged(cookies):
    """Each with its last characters changed."""
    return [text[:-3] + ("AAA" if text[-3:] != "AAA" else "BBB")
            for text in cookies if text]


def no_floor(site):
    return not site.is_floor or site.name == table.BASE


def large(site):
    return site.holds_large or site.name == table.BASE


UNCHANGED = Workload("unchanged", clients=(1, 8, 64))
WORKLOADS = [
    UNCHANGED,
    Workload("changed each time", "/probe/set?last=", varied=True),
    Workload("visitor", cookies="none", takes=no_floor),
    Workload("forged cookie", cookies="forged", takes=no_floor),
    Workload("unchanged, 100 KB", session="fill?n=100&size=1000",
             takes=large),
]
QUICK = [Workload("unchanged")]


def cookies_for(workload, site, count):
    if workload.cookies == "none":
        return []
    site.sign_up(count, workload.session)
    return (forged(site.cookies) if workload.cookies == "forged"
            else [text for text in site.cookies if text])


def count_all(sites, workloads, requests):
    counted = {}
    for site in sites:
        with Counter(site) as counter:
            for workload in workloads:
                if workload.takes(site):
                    cookies = cookies_for(workload, site, 1)
                    counted[workload.name, site.name] = counter.count(
                        workload.path_at(site), cookies[0] if cookies else "",
                        workload.varied, requests)
    return counted


def time_all(sites, workload, clients, rounds, seconds, results):
    takers = [site for site in sites if workload.takes(site)]
    cookies = {site: cookies_for(workload, site, clients if workload.varied
                                 else 1) for site in takers}
    group = results.setdefault((workload.name, clients), {})
    for _ in range(rounds):
        for site in takers:
            group.setdefault(site.name, []).append(Sample(
                site, workload.path_at(site), cookies[site], workload.varied,
                clients, seconds))


def fill(sites, count):
    """Answers the sites that hold so many sessions now."""
    filled = [site for site in sites
              if site.is_ours and hasattr(site.backend, "fill")]
    for site in filled:
        site.sign_up(1, "set?" + ENTRIES)
        site.backend.fill(site, count)
    return filled


def write(path, text):
    """Puts what was measured between the marks of a document."""
    with open(path) as file:
        before, _, rest = file.read().partition(BEGIN)
    behind = rest.partition(END)[2]
    with open(path, "w") as file:
        file.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{behind}")


def run(arguments, sites):
    workloads = QUICK if arguments.quick else WORKLOADS
    load = os.getloadavg()
    results = {}
    counted = count_all(sites, workloads, 3 if arguments.quick else 15)
    for site in sites:
        site.start()
    for workload in workloads:
        for clients in workload.clients:
            time_all(sites, workload, clients, arguments.rounds,
                     arguments.seconds, results)
    if arguments.sessions:
        filled = fill(sites, arguments.sessions)
        many = Workload(f"unchanged, {arguments.sessions:,} sessions")
        time_all([sites[0], *filled], many, 8, arguments.rounds,
                 arguments.seconds, results)
    where = table.machine(build.HTTPD, arguments.seconds, arguments.rounds,
                          load)
    return f"{where}\n\n{table.markdown(results, counted)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--sessions", type=int, default=0, metavar="N",
                        help="also with N sessions more in each Redis")
    parser.add_argument("--write", metavar="FILE",
                        help="puts the table into this document")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = arguments.seconds = 1
    with contextlib.ExitStack() as stack:
        sites = []
        for make in all_sites():
            sites.append(make())
            stack.callback(sites[-1].end)
        text = run(arguments, sites)
    print(text)
    if arguments.write:
        write(arguments.write, text)


if __name__ == "__main__":
    main()
