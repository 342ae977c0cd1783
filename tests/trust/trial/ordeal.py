# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A fault while visitors are at work, and what has to hold: no acknowledged
write is lost, nothing that ended comes back, nobody sees the session of
another, and all goes well again when the fault is over."""

import time

from rig.wait import until

from .crowd import Crowd, Tally
from .sites import USERS
from .visit import Visit

VISITORS = 4
PAUSE_S = 0.02
WELL_S = 120
PATIENCE_S = 20     # nobody waits so long, whatever breaks


def goes_well(site):
    """True when a whole visit is served."""
    tally = Tally()
    Visit(site, USERS[-1], tally, windows=2).run()
    return not tally.counts["refused"] and not tally.counts["no answer"]


def wait_until_well(site):
    """Answers how long it took. The limit is for machines at work."""
    begun = time.monotonic()
    while not goes_well(site):
        assert time.monotonic() < begun + WELL_S, "the site stays broken"
        time.sleep(0.1)
    return time.monotonic() - begun


def undergo(site, fault, span_s, row, record_property, **options):
    """Has `fault` come and go for so long; `row` names it in the table. Answers
    what visitors got."""
    wait_until_well(site)
    crowd = Crowd(site, VISITORS, pause_s=PAUSE_S, refusals=fault.refusals,
                  **options)
    try:
        until(lambda: crowd.visits or crowd.wrong, "a first visit")
        fault(site, span_s)
        mended = time.monotonic()
    finally:
        crowd.stop()
    wait_until_well(site)
    healed_s = time.monotonic() - mended
    tally = crowd.tally
    record_property("row", (
        *row, tally.counts["done"], tally.counts["refused"],
        tally.counts["no answer"], tally.slowest["refused"], healed_s,
        crowd.visits, crowd.judged))
    assert crowd.judged > 0
    if fault.hurts:
        assert tally.counts["refused"] + tally.counts["no answer"] > 0, \
            "the fault was not felt"
    assert max(tally.slowest.values()) < PATIENCE_S
    return crowd
