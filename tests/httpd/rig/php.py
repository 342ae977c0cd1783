# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A private php-fpm, for pages behind mod_proxy_fcgi."""

import os
import shutil
import subprocess

from rig.wait import until

CONF = """\
[global]
error_log = {root}/log/fpm.log
pid = {root}/run/fpm.pid
daemonize = no
[www]
{user}
listen = {root}/run/fpm.sock
listen.mode = 0666
pm = static
pm.max_children = 2
"""


def fpm_program():
    for version in ("8.2", "8.4", "8.3", "8.1", ""):
        path = shutil.which(f"php-fpm{version}", path="/usr/sbin:/usr/bin")
        if path:
            return path
    raise RuntimeError("php-fpm was not found: apt-get install php-fpm")


class PhpFpm:
    """`conf/fpm.more`, where there is one, is added to its pool."""

    def __init__(self, root):
        self.socket = os.path.join(root, "run", "fpm.sock")
        conf = os.path.join(root, "conf", "fpm.conf")
        user = "user = www-data\ngroup = www-data"
        with open(conf, "w") as file:
            file.write(CONF.format(root=root,
                                   user=user if os.getuid() == 0 else ""))
            file.write(self.more(root))
        self.process = subprocess.Popen(
            [fpm_program(), "-n", "-F", "-y", conf],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        until(lambda: os.path.exists(self.socket), "php-fpm to listen")

    @staticmethod
    def more(root):
        path = os.path.join(root, "conf", "fpm.more")
        if not os.path.exists(path):
            return ""
        with open(path) as file:
            return file.read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
