# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A private MariaDB, reached by its socket only."""

import os
import shutil
import subprocess
import tempfile

from rig.wait import until

USER = "keeper"
PASSWORD = "looking-glass-2"
SETUP = f"""\
CREATE DATABASE notes;
CREATE TABLE notes.notes (name VARCHAR(40) PRIMARY KEY, text VARCHAR(80));
CREATE USER {USER}@localhost IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON notes.* TO {USER}@localhost;
"""


class MariaDb:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sst-mariadb-")
        self.socket = self.path("socket")
        self.process = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self):
        os.chmod(self.folder, 0o755)
        user = []
        if os.getuid() == 0:
            user = ["--user=www-data"]
            shutil.chown(self.folder, "www-data")
        common = ["--no-defaults", *user, f"--datadir={self.path('data')}"]
        with open(self.path("setup.sql"), "w") as file:
            file.write(SETUP)
        with open(self.path("log"), "w") as log:
            subprocess.run(
                ["mariadb-install-db", *common, "--skip-test-db",
                 "--auth-root-authentication-method=normal"],
                check=True, stdout=log, stderr=log)
            self.process = subprocess.Popen(
                ["/usr/sbin/mariadbd", *common, f"--socket={self.socket}",
                 "--skip-networking", f"--init-file={self.path('setup.sql')}",
                 "--innodb-buffer-pool-size=16M", "--performance-schema=off",
                 f"--pid-file={self.path('pid')}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self.listens, "mariadbd to listen")

    def listens(self):
        assert self.process.poll() is None, open(self.path("log")).read()
        return os.path.exists(self.socket)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.folder)
