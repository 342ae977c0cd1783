# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What requests and restarts leave behind: no memory, no descriptor. And what
valgrind has to say about what they do with memory."""

import pytest

from site_of_one import CLIENTS, descriptors, memory_kb

WARM = 20_000           # until pools and buffers have their size
REQUESTS = {"dir": 50_000, "redis": 100_000, "cookie": 50_000,
            "dynamodb": 20_000}     # takes longer than the others
# DynamoDB's buffers have not their size yet: over 360,000 requests more they
# take another 2 %, and less and less.
GROWTH = {"dir": 1.02, "redis": 1.02, "cookie": 1.02, "dynamodb": 1.04}
SPANS = 4               # what leaks grows in each
RESTARTS = 50


def test_many_requests_leave_nothing_behind(site):
    """On a busy machine it may take longer until each of its threads has had
    its largest request."""
    site.visit(WARM)
    child = site.child()
    files = descriptors(child)
    for _ in range(SPANS):
        memory = memory_kb(child)
        site.visit(REQUESTS[site.store_name])
        assert site.child() == child
        print(f"{site.store_name}: {memory} KB and {files} descriptors, then "
              f"{memory_kb(child)} KB and {descriptors(child)}")
        assert descriptors(child) <= files + CLIENTS
        if memory_kb(child) <= memory * GROWTH[site.store_name]:
            return
    raise AssertionError("its memory grows and grows")


# The stores whose libraries are loaded and unloaded with the module.
@pytest.mark.parametrize("store", ["redis", "dynamodb"])
def test_fifty_restarts_leave_nothing_behind(site):
    # httpd's own words about restarts in a row.
    site.log.allow("AH10392|AH0004[567]|AH10159|AH03490|AH00485|"
                   "AH01243|AH01238")
    parent = site.process.pid
    for _ in range(5):
        site.graceful()
    memory, files = memory_kb(parent), descriptors(parent)
    for _ in range(RESTARTS):
        site.graceful()
    assert memory_kb(parent) <= memory * 1.02
    assert descriptors(parent) == files


def test_valgrind_finds_nothing_to_complain_about(watched_site):
    browser = watched_site.browser()
    forged = watched_site.browser()
    for number in range(10):
        assert browser.get(f"/probe/set?name={number}").status == 200
        forged.jar = {name: value[:-2] + "xx"
                      for name, value in browser.jar.items()}
        for path in ("/probe/get", "/index.html", "/cgi/session?a=b",
                     "/probe/set?last=x", "/probe/del?last", "/probe/get"):
            assert browser.get(path).status == 200
            assert forged.get(path).status == 200
        assert browser.get("/probe/clear").status == 200
    watched_site.stop()
    assert watched_site.complaints() == []
