# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A clock that is off, for one program."""

import glob

LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1"


def turn(environment, offset):
    """Changes the environment of a program that is to have such a clock. What
    it measures by the monotonic clock stays right."""
    libraries = [glob.glob(LIBRARIES)[0]]
    if "LD_PRELOAD" in environment:
        # Behind the sanitizers' libraries it would wait for them for ever.
        libraries.append(environment["LD_PRELOAD"])
        environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
    environment.update({
        "LD_PRELOAD": " ".join(libraries),
        "FAKETIME": offset,
        # The older and the newer name.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1"})
