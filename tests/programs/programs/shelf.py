# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The packages of the programs, unpacked into a folder of their own.

Not a line of a program is changed. What belongs to an administrator (the files
of configuration, where data lies) is written here, and links that a package
makes to absolute paths are led to where the package is.
"""

import glob
import os
import shutil
import subprocess
import tempfile

# What programs are told of their places before they begin, by constants that
# they have for that.
PLACES = "places.php"
HANDLER = "handler.php"


class Shelf:
    def __init__(self, packages):
        self.packages = packages
        self.root = tempfile.mkdtemp(prefix="sst-programs-")
        self.constants = {}

    def start(self):
        for package in glob.glob(os.path.join(self.packages, "*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, self.root], check=True)
        # The archive's own first folder sets the mode.
        os.chmod(self.root, 0o755)
        self.mend_links()

    def path(self, *names):
        return os.path.join(self.root, *names)

    def mend_links(self):
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                self.mend_link(os.path.join(folder, name))

    def mend_link(self, path):
        if not os.path.islink(path) or not os.readlink(path).startswith("/"):
            return
        target = self.path(os.readlink(path)[1:])
        if os.path.lexists(os.path.dirname(target)):
            os.unlink(path)
            os.symlink(target, path)

    def write(self, text, *names):
        with open(self.path(*names), "w") as file:
            file.write(text)

    def replace(self, old, new, *names):
        """Sets something in a file of configuration."""
        with open(self.path(*names)) as file:
            text = file.read()
        assert old in text, f"{names[-1]} has no {old!r}"
        self.write(text.replace(old, new), *names)

    def give(self, *names):
        """A folder, and what is in it, becomes the programs' own."""
        top = self.path(*names)
        os.makedirs(top, exist_ok=True)
        if os.getuid() != 0:
            return
        for folder, _, files in os.walk(top):
            for path in [folder, *(os.path.join(folder, f) for f in files)]:
                shutil.chown(path, "www-data", "www-data")

    def write_places(self, handler):
        """The files that PHP reads before a program: without our handler, and
        with it."""
        text = "<?php\n" + "".join(
            f"defined('{name}') || define('{name}', '{value}');\n"
            for name, value in self.constants.items())
        self.write(text, PLACES)
        shutil.copy(handler, self.path("session_store.php"))
        self.write(text + f"require '{self.path('session_store.php')}';\n",
                   HANDLER)

    def stop(self):
        shutil.rmtree(self.root)
