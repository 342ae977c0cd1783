# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A look into the token directory."""

import os


class TokenDirectory:
    def __init__(self, path):
        self.path = path

    def files(self, below="rows"):
        """Every file below a folder of the store."""
        found = []
        for folder, _, names in os.walk(os.path.join(self.path, below)):
            found += [os.path.join(folder, name) for name in names]
        return sorted(found)

    def count(self):
        """How many sessions there are."""
        return len(self.files("rows"))

    def snapshot(self):
        """Every file with its bytes and its time."""
        result = {}
        for path in self.files(""):
            result[path] = (self.read(path), os.stat(path).st_mtime_ns)
        return result

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def overwrite(self, path, content):
        """Puts other bytes in a session's place, which ends as before."""
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.truncate()
            file.write(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def age(self, seconds):
        """Makes every session as old as if so much time had passed: the time
        of its file is when it ends."""
        for path in self.files("rows"):
            status = os.stat(path)
            os.utime(path, ns=(status.st_atime_ns,
                               status.st_mtime_ns - seconds * 10**9))

    def expiry(self, path):
        """When the session in a file ends, in seconds since 1970."""
        return os.stat(path).st_mtime

    def expiries(self):
        return [self.expiry(path) for path in self.files("rows")]
