# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Gates: a program of the site stops at one until the test lets it go on, so
that a test decides what happens during a slow request."""

import os
import select

from rig.wait import LIMIT_S


class Gate:
    def __init__(self, folder, name):
        self.reached_path = os.path.join(folder, f"{name}.reached")
        self.open_path = os.path.join(folder, f"{name}.open")
        for path in (self.reached_path, self.open_path):
            os.mkfifo(path)
            os.chmod(path, 0o666)
        # Both ends stay open here, so that nobody blocks in open().
        self.reached = os.open(self.reached_path, os.O_RDWR)
        self.opened = os.open(self.open_path, os.O_RDWR)

    def wait_reached(self):
        ready, _, _ = select.select([self.reached], [], [], LIMIT_S)
        assert ready, "no program reached the gate"
        os.read(self.reached, 4096)

    def open(self):
        os.write(self.opened, b"go\n")

    def close(self):
        os.close(self.reached)
        os.close(self.opened)
