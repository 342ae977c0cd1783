#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What sessions cost a page view: every way to keep them that Debian's
packages have, ours, and the floors below which none can be, side by side. All
servers run at the same time and take turns, so that what disturbs the machine
disturbs all; ratios are taken within a round, and medians of them are shown.
What the module is to reach is measured in pairs of its own.

    make bench                      everything
    make bench-quick                one round of one workload
    make bench BENCH='--write docs/performance.md --brief README.md'

A page is a file of 2 KB; a session has ten entries, a kilobyte together."""

import argparse
import contextlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "httpd")]

from benchrig import content, goals, table  # noqa: E402  (needs the path)
from benchrig.instructions import Counter  # noqa: E402
from benchrig.marks import write  # noqa: E402
from benchrig.meters import Sample  # noqa: E402
from benchrig.sites import TICKET_LIKE, all_sites  # noqa: E402
from rig import build  # noqa: E402

PAGE = "/page.html"


class Workload:
    def __init__(self, name, path=PAGE, clients=(8,), varied=False,
                 size=1000, cookies="own", takes=lambda site: True):
        self.name = name
        self.path = path
        self.clients = clients
        self.varied = varied
        self.session = content.queries(size)
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
    Workload("unchanged, 100 KB", size=100000, takes=large),
]
QUICK = [Workload("unchanged")]


def cookies_for(workload, site, count):
    """Where there are no sessions a browser sends as many bytes."""
    if workload.cookies == "none":
        return []
    site.sign_up(count, workload.session)
    cookies = [text or TICKET_LIKE for text in site.cookies]
    return forged(cookies) if workload.cookies == "forged" else cookies


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


def sampler(workload, site, clients, seconds):
    """A function that takes one Sample. Browsers whose sessions change begin
    with new ones: with mod_session_dbd, the keys of before are void."""
    cookies = [] if workload.varied else cookies_for(workload, site, 1)

    def take():
        return Sample(site, workload.path_at(site),
                      cookies or cookies_for(workload, site, clients),
                      workload.varied, clients, seconds)
    return take


def time_all(sites, workload, clients, rounds, seconds, results):
    """Each second round the other way round."""
    takers = [(site.name, sampler(workload, site, clients, seconds))
              for site in sites if workload.takes(site)]
    group = results.setdefault((workload.name, clients),
                               {name: [] for name, _ in takers})
    for _ in range(rounds):
        for name, take in takers:
            group[name].append(take())
        takers.reverse()


def time_pairs(sites, workloads, wanted, pairs, seconds):
    """{(workload, ours, theirs): ([Sample], [Sample])}"""
    paired = {}
    for key in goals.pairs_of(wanted):
        workload = next(one for one in workloads if one.name == key[0])
        both = [(sampler(workload, site, goals.CLIENTS, seconds), [])
                for name in key[1:] for site in sites if site.name == name]
        for take, _ in both:
            take()      # connections and caches are new
        for number in range(pairs):
            for take, samples in (both, both[::-1])[number % 2]:
                samples.append(take())
        paired[key] = tuple(samples for _, samples in both)
    return paired


def run(arguments, sites):
    """What goes into the document, and what onto the first page."""
    workloads = QUICK if arguments.quick else WORKLOADS
    results = {}
    counted = count_all(sites, workloads, 3 if arguments.quick else 15)
    for site in sites:
        site.start()
    wanted = goals.applicable([site.name for site in sites],
                              [workload.name for workload in workloads])
    paired = time_pairs(sites, workloads, wanted, arguments.pairs,
                        arguments.seconds)
    for workload in workloads:
        for clients in workload.clients:
            time_all(sites, workload, clients, arguments.rounds,
                     arguments.seconds, results)
    company = table.company([
        sample for group in results.values()
        for samples in group.values() for sample in samples])
    where = (f"{table.machine(build.HTTPD)}; {arguments.rounds} rounds of "
             f"{arguments.seconds} s for each line; {company}.")
    reached = goals.markdown(wanted, paired, counted, results)
    return (f"{where}\n\n{reached}\n\n{table.markdown(results, counted)}",
            f"{table.where()}:\n\n{table.brief(results)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true",
                        help="one round of one workload")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=24,
                        help="for each goal")
    parser.add_argument("--seconds", type=float, default=0.35,
                        help="for each turn of a server")
    parser.add_argument("--write", metavar="FILE",
                        help="puts what was measured into this document")
    parser.add_argument("--brief", metavar="FILE",
                        help="puts a short table into this one")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = arguments.pairs = 1
    with contextlib.ExitStack() as stack:
        sites = []
        for make in all_sites().values():
            sites.append(make())
            stack.callback(sites[-1].end)
        text, brief = run(arguments, sites)
    print(text)
    if arguments.write:
        write(arguments.write, text)
    if arguments.brief:
        write(arguments.brief, brief)


if __name__ == "__main__":
    main()
