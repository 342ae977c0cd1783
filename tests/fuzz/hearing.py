# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""What is said between two others."""

import contextlib
import socket


def hear(source, target, kept):
    """Passes bytes on until their end, and keeps them."""
    with contextlib.suppress(OSError):
        data = source.recv(65536)
        while data:
            kept += data
            target.sendall(data)
            data = source.recv(65536)
        target.shutdown(socket.SHUT_WR)
