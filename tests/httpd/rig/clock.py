# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A clock that is off, for one program."""

import glob
import os

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
        "DONT_FAKE_MONOTONIC": "1",
        # Or else waits by that clock end at once.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "FORCE_MONOTONIC_FIX": "0"})


def turn_by_file(environment, path):
    """The same with a clock that is set while the program runs: `path` holds
    how far it is off."""
    turn(environment, "+0s")
    del environment["FAKETIME"]
    environment.update({"FAKETIME_TIMESTAMP_FILE": path,
                        "FAKETIME_NO_CACHE": "1"})


def write_offset(path, offset_s):
    """Whole at once: programs look at any time."""
    with open(f"{path}.new", "w") as file:
        file.write(f"{offset_s:+d}s\n")
    os.chmod(f"{path}.new", 0o644)
    os.replace(f"{path}.new", path)
