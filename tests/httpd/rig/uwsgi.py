# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A private uWSGI with a Python program, for pages behind mod_proxy_uwsgi."""

import os
import shutil
import subprocess

from rig.wait import until

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(__file__)), "site",
                       "wsgi", "show.py")


class Uwsgi:
    """The folder "uwsgi" of the server's root is for its socket."""

    def __init__(self, root):
        self.socket = os.path.join(root, "uwsgi", "socket")
        user = (["--uid", "www-data", "--gid", "www-data"]
                if os.getuid() == 0 else [])
        self.process = subprocess.Popen(
            [shutil.which("uwsgi-core"), "--plugin", "python3", "--master",
             "--die-on-term", "--need-app", "--chmod-socket=666",
             "--socket", self.socket, "--wsgi-file", PROGRAM, *user],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"})
        until(lambda: os.path.exists(self.socket), "uWSGI to listen")

    def stop(self):
        self.process.terminate()
        self.process.wait()
