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

from rig.wait import until

from trial import wire
from trial.crowd import Crowd, Tally
from trial.faults import CLOCKS, FAULTS
from trial.sites import RESTARTS, TROUBLE, USERS, Site
from trial.visit import Visit

SPAN_S = 2
VISITORS = 4
WELL_S = 120
PATIENCE_S = 20     # nobody waits so long, whatever breaks

# So that no jump of a clock ends a session.
LONG = "SessionStoreTimeout idle=4h absolute=12h\n"

# What httpd itself says when it has no descriptors or processes left.
HTTPD = r"|Too many open files|AH00484|AH01239|AH01257"


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
    return [pytest.param(fault, store, id=f"{store}: {fault.name}")
            for fault, store in rows]


def goes_well(site):
    """True when a whole visit is served."""
    tally = Tally()
    Visit(site, USERS[-1], tally, windows=2).run()
    return not tally.counts["refused"] and not tally.counts["no answer"]


def wait_until_well(site):
    """The limit is for machines at work."""
    end = time.monotonic() + WELL_S
    while not goes_well(site):
        assert time.monotonic() < end, "the site stays broken"
        time.sleep(0.1)


@pytest.mark.parametrize("fault, store", all_rows())
def test_nothing_is_lost_wrong_or_brought_back(fault, store, sites,
                                               record_property):
    site = sites.get(store, fault.run in CLOCKS)
    site.server.log.allow(RESTARTS + "|" + TROUBLE + HTTPD)
    wait_until_well(site)
    crowd = Crowd(site, VISITORS, pause_s=0.02, refusals=fault.refusals)
    try:
        until(lambda: crowd.visits or crowd.wrong, "a first visit")
        fault(site, SPAN_S)
        mended = time.monotonic()
    finally:
        crowd.stop()
    wait_until_well(site)
    healed_s = time.monotonic() - mended
    tally = crowd.tally
    record_property("row", (
        store, fault.name, tally.counts["done"], tally.counts["refused"],
        tally.counts["no answer"], tally.slowest["refused"], healed_s,
        crowd.visits, crowd.judged))
    site.server.log.check()
    assert crowd.judged > 0
    if fault.hurts:
        assert tally.counts["refused"] + tally.counts["no answer"] > 0, \
            "the fault was not felt"
    assert max(tally.slowest.values()) < PATIENCE_S


def test_with_read_strong_dynamodb_shows_the_last_write_to_everybody():
    """Held to the same model as the other stores, while answers get lost."""
    with Site("dynamodb, read=strong") as site:
        site.server.log.allow(TROUBLE)
        crowd = Crowd(site, VISITORS, pause_s=0.02)
        until(lambda: crowd.visits or crowd.wrong, "a first visit")
        site.store.wire.set(wire.RESET)
        time.sleep(SPAN_S)
        site.store.wire.set(wire.PASS)
        assert crowd.stop().judged > 0
        wait_until_well(site)
