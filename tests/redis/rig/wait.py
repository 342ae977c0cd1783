# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Waiting for a condition, and ports that nobody uses."""

import socket
import time

BUSY_S = 10     # what a busy machine may add to any deadline


def until(condition, limit_s=60, what="the condition"):
    """Waits until the condition answers something true, and answers it. `what`
    names it: a text, or a function that makes one when the wait fails."""
    end = time.monotonic() + limit_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, (
            f"{what() if callable(what) else what} did not come about")
        time.sleep(0.02)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """A port that is free, as is the one 10,000 above it, which a node of a
    cluster uses too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port < 55000 and is_free(port + 10000):
            return port
        port = 20000 + port % 30000
        if is_free(port) and is_free(port + 10000):
            return port
