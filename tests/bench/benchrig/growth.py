# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Curves: what a page view with an unchanged session costs as one thing grows
and the others stay. The configurations of a curve take turns at each step."""

import contextlib
import os

from benchrig import backends, content, table
from benchrig.instructions import Counter
from benchrig.many import Crowd
from benchrig.meters import Sample
from benchrig.sites import OURS, PATIENT, TICKET_LIKE, Site, all_sites
from benchrig.spread import median

PAGE = "/page.html"
REDIS, TLS, DIR, DYNAMODB = (
    "SessionStore redis://", "SessionStore rediss://", "SessionStore dir:",
    "SessionStore dynamodb:")
CLUSTER = "SessionStore redis+cluster://"
BASE, FLOOR, POSTGRESQL = table.BASE, table.FLOOR, table.POSTGRESQL
FIELDS = ("rate", "httpd", "user", "backend", "p50", "p99", "trips", "rss")
CLIENTS = 8
COUNTED = 15        # requests whose instructions are counted


@contextlib.contextmanager
def made(names, **size):
    """{name: Site}"""
    makers = all_sites(**size)
    with contextlib.ExitStack() as stack:
        sites = {}
        for name in names:
            sites[name] = makers[name]()
            stack.callback(sites[name].end)
        yield sites


def started(sites):
    for site in sites.values():
        site.start()


def signed_up(site, size=1000, count=1):
    site.sign_up(count, content.queries(size))
    return [cookie or TICKET_LIKE for cookie in site.cookies]


def warm(site, cookie):
    """The first page, which opens what stays open; and the session is there."""
    response = site.browser().get("/probe/get", cookie=cookie)
    assert response.status == 200, f"{site.name}: {response.text}"
    assert ("name0=" in response.text) == site.keeps_sessions, site.name


class Measuring:
    """How: rounds, seconds for each turn, `seen` all samples so far."""

    def __init__(self, rounds, seconds):
        self.rounds = rounds
        self.seconds = seconds
        self.seen = []

    def step(self, sites, cookies, clients=CLIENTS):
        """{name: {field: median}}"""
        for name, site in sites.items():
            warm(site, cookies[name][0])
        samples = {name: [] for name in sites}
        order = list(sites.items())
        for _ in range(self.rounds):
            for name, site in order:
                samples[name].append(Sample(site, PAGE, cookies[name], False,
                                            clients, self.seconds))
            order.reverse()
        self.seen += [one for of in samples.values() for one in of]
        return {name: {field: median(of, field) for field in FIELDS}
                for name, of in samples.items()}


def curve(name, title, across, steps):
    """steps: [(x, {series: {field: number}})]"""
    series = {}
    for x, points in steps:
        for of, numbers in points.items():
            series.setdefault(of, []).append({"x": x, **numbers})
    return {"name": name, "title": title, "across": across, "series": series}


def instructions(site, cookies):
    with Counter(site) as counter:
        return counter.count(PAGE, cookies[0], False, COUNTED)


def by_sessions(measuring, counts, most, counted):
    """The curve, and what the sessions took. most: {name: sessions at most};
    counted: whether instructions are."""
    names = (FLOOR, DIR, REDIS, DYNAMODB)
    steps, room = [], []
    with made(names) as sites:
        crowds = {name: Crowd(sites[name]) for name in names[1:]}
        floor = sites[FLOOR]
        floor.start()
        cookies = {FLOOR: signed_up(floor)}
        for count in counts:
            there = {FLOOR: floor}
            for name, crowd in crowds.items():
                if count > most.get(name, count):
                    continue
                crowd.grow(count)
                cookies[name] = crowd.cookies()
                there[name] = sites[name]
                room.append({"store": name, "sessions": count,
                             "made": crowd.made, "seconds": crowd.seconds,
                             **crowd.room()})
                if counted:
                    room[-1]["instructions"] = instructions(sites[name],
                                                            cookies[name])
                sites[name].start()
            # Or the kernel would be writing what was made meanwhile.
            os.sync()
            steps.append((count, measuring.step(there, cookies)))
            for name in there.keys() - {FLOOR}:
                sites[name].halt()
        for row in room:
            row.update(next(points[row["store"]] for count, points in steps
                            if count == row["sessions"]))
        for name in (DIR, REDIS):
            last = [row for row in room if row["store"] == name][-1]
            last.update(crowds[name].walk())
    return curve("sessions", "Sessions in the store", "sessions",
                 steps), room


def by_size(measuring, sizes, with_dynamodb):
    names = [FLOOR, POSTGRESQL, DIR, REDIS, *[DYNAMODB] * with_dynamodb]
    with made(names) as sites:
        started(sites)
        steps = [(size, measuring.step(sites, {
            name: signed_up(site, size) for name, site in sites.items()}))
            for size in sizes]
    return curve("size", "Size of the session", "bytes", steps)


def by_clients(measuring, clients, with_dynamodb):
    names = [BASE, FLOOR, DIR, REDIS, TLS, *[DYNAMODB] * with_dynamodb]
    with made(names, threads=max(clients) + 16) as sites:
        started(sites)
        cookies = {name: signed_up(site) for name, site in sites.items()}
        steps = [(count, measuring.step(sites, cookies, count))
                 for count in clients]
    return curve("clients", "Clients at once", "clients", steps)


def by_children(measuring, children, clients=16):
    """Of so many threads that all clients could be with one child."""
    steps = []
    for count in children:
        with made((BASE, FLOOR, DIR, REDIS), children=count,
                  threads=clients * 2) as sites:
            started(sites)
            cookies = {name: signed_up(site) for name, site in sites.items()}
            steps.append((count, measuring.step(sites, cookies, clients)))
    return curve("children", f"Children of httpd, at {clients} clients",
                 "children", steps)


def cluster(count):
    """One server is not a cluster."""
    if count == 1:
        return all_sites()[REDIS]()
    return Site(CLUSTER, OURS % ("@CLUSTER@" + PATIENT),
                lambda: backends.Cluster(count), ours=True)


def by_nodes(measuring, counts, sessions=64):
    steps = []
    for count in counts:
        with contextlib.ExitStack() as stack:
            site = cluster(count)
            stack.callback(site.end)
            site.start()
            steps.append((count, measuring.step(
                {CLUSTER: site}, {CLUSTER: signed_up(site, count=sessions)})))
    return curve("nodes", "Servers of a Redis Cluster (1: no cluster)",
                 "servers", steps)
