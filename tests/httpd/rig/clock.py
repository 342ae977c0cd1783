# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A clock that is off, for one program."""

import glob

LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1"


def turn(environment, offset):
    """Changes the environment of a program that is to have such a clock. What
    it measures by the monotonic clock stays right."""
    library = glob.glob(LIBRARIES)[0]
    others = environment.get("LD_PRELOAD")
    environment.update({
        "LD_PRELOAD": f"{others} {library}" if others else library,
        "FAKETIME": offset,
        # The older and the newer name.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1"})
