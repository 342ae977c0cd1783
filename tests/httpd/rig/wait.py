# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Waiting for a condition, never for a time."""

import time

LIMIT_S = 30


def until(condition, what):
    """Waits until `condition()` answers something true, and returns that."""
    end = time.monotonic() + LIMIT_S
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {LIMIT_S} s in vain: {what}")
        time.sleep(0.01)
