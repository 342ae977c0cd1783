# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The fault matrix: whatever breaks, on whatever store, while visitors are at
work, no acknowledged write is lost, nothing that ended comes back, nobody sees
the session of another, and all goes well again when the fault is over.

Each session is recorded and judged by the consistency that the documents
promise for its store. The end of the run shows which answers visitors saw.
"""

import time

import pytest

from rig import breakage
from rig.wait import until

from trial import wire
from trial.crowd import Crowd
from trial.faults import CLOCKS, FAULTS, SURELY, Fault, pause, restart
from trial.ordeal import PAUSE_S, VISITORS, undergo, wait_until_well
from trial.sites import CUT, RESTARTS, TROUBLE, Site

SPAN_S = 2

# So that no jump of a clock ends a session.
LONG = "SessionStoreTimeout idle=4h absolute=12h\n"

# What httpd itself says when it has no descriptors or processes left. It gives
# up (AH02324) when its first children do.
HTTPD = r"|Too many open files|AH00484|AH01239|AH01257|AH02324"

# Of each store, the kind that can be broken in every way, and its timeout.
KINDS = {"dir": ("dir on a small disk", "1s"), "redis": ("redis", "1s"),
         "dynamodb": ("dynamodb", "2s")}


class Sites:
    """A site for each store, shared by the faults; with a clock that can be
    set it is another one."""

    def __init__(self):
        self.sites = {}

    def get(self, store, with_clock):
        key = (store, with_clock)
        if key not in self.sites:
            self.sites[key] = self.make(store, with_clock)
        return self.sites[key]

    @staticmethod
    def make(store, with_clock):
        kind, timeout = KINDS[store]
        site = Site(kind, timeout, LONG, start=False, folders=("disk",))
        if with_clock:
            site.server.clock_from_file()
        site.server.start()
        return site

    def close(self):
        for site in self.sites.values():
            site.close(check=False)


@pytest.fixture(scope="module")
def sites():
    made = Sites()
    yield made
    made.close()


def all_rows():
    rows = [(fault, store) for fault in FAULTS for store in fault.stores]
    rows.sort(key=lambda row: (row[1], row[0].run in CLOCKS))
    return [pytest.param(fault, store, id=f"{store}: {fault.name}",
                         marks=pytest.mark.xdist_group(store))
            for fault, store in rows]


@pytest.mark.parametrize("fault, store", all_rows())
def test_nothing_is_lost_wrong_or_brought_back(fault, store, sites,
                                               record_property):
    site = sites.get(store, fault.run in CLOCKS)
    site.server.log.allow(RESTARTS + "|" + TROUBLE + HTTPD)
    undergo(site, fault, SPAN_S, (store, fault.name), record_property)
    if fault.run is restart:
        site.server.log.allow(CUT)
        site.allow_crashes_of_httpd()
    site.server.log.check()


def fill_disk(site, end):
    """With appendfsync always, Redis ends before it acknowledges what it could
    not write. It is started once more than it has to be, since only then all
    comes from its disk."""
    while time.monotonic() < end:
        pause(0.3, 0.6)
        with breakage.full(site.store):
            until(lambda: site.store.process.poll() is not None,
                  "Redis to give up")
        site.store.start()
        pause(0.2, 0.4)
        site.store.kill()
        site.store.start()


@pytest.mark.xdist_group("redis")
def test_a_redis_whose_disk_is_full_loses_nothing_it_acknowledged(
        record_property):
    with Site("redis on a small disk", "1s") as site:
        site.server.log.allow(TROUBLE)
        fault = Fault("its disk is full, appendfsync always", (), SURELY,
                      (503,), fill_disk)
        undergo(site, fault, SPAN_S, ("redis", fault.name), record_property)


def test_with_read_strong_dynamodb_shows_the_last_write_to_everybody():
    """Held to the same model as the other stores, while answers get lost."""
    with Site("dynamodb, read=strong") as site:
        site.server.log.allow(TROUBLE)
        crowd = Crowd(site, VISITORS, pause_s=PAUSE_S)
        until(lambda: crowd.visits or crowd.wrong, "a first visit")
        site.store.wire.set(wire.RESET)
        time.sleep(SPAN_S)
        site.store.wire.set(wire.PASS)
        assert crowd.stop().judged > 0
        wait_until_well(site)
