# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Free ports, of those that the kernel does not give to connections that go
out: such a one would take the port before the server that is to have it is
there. Tests that run at the same time begin at places of their own."""

import itertools
import random
import socket

LOWEST, COUNT = 10000, 20000    # Linux gives out those from 32768 on

numbers = itertools.count(random.randrange(COUNT))


def free_port():
    for number in itertools.islice(numbers, COUNT):
        port = LOWEST + number % COUNT
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
