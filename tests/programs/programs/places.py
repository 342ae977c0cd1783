# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Where $_SESSION is: PHP's own files, or our handler on a store. Each is a
virtual host of one server, so that all of them have the same programs."""

import os

from rig.tokendir import TokenDirectory


class Files:
    """PHP as it comes."""

    name = "files"
    conf = ""
    prepend = "places.php"

    def __init__(self, server, _):
        self.folder = server.path("php-sessions")

    def count(self):
        return len(os.listdir(self.folder))

    def expire(self):
        """As the system's timer does, which removes the files that are old."""
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))


class Directory:
    name = "dir"
    conf = "    SessionStore dir:@ROOT@/dir purge=1h\n"
    prepend = "handler.php"

    def __init__(self, server, _):
        self.store = TokenDirectory(server.path("dir"))

    def count(self):
        return self.store.count()

    def expire(self):
        self.store.age(48 * 3600)


class Redis:
    name = "redis"
    conf = "    SessionStore redis+unix:@REDIS@\n"
    prepend = "handler.php"

    def __init__(self, _, redis):
        self.redis = redis

    def count(self):
        return len(self.redis.sessions())

    def expire(self):
        for key in self.redis.sessions():
            self.redis.ask("PEXPIRE", key, "0")


ALL = (Files,)
