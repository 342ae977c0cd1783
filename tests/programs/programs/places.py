# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Where $_SESSION is: PHP's own files, or our handler on a store. Each is a
virtual host of one server, so that all of them have the same programs."""

import os

from rig.htsession import by_name
from rig.tokendir import TokenDirectory

HANDLER = os.path.join(os.path.dirname(__file__), "..", "..", "..", "share",
                       "session_store.php")


class Files:
    """PHP as it comes."""

    name = "files"
    conf = ""
    prepend = "places.php"
    takes_ids_back = True       # of sessions that are no more

    def __init__(self, server, _):
        self.folder = server.path("php-sessions")

    def expire(self):
        """As the system's timer does, which removes the files that are old."""
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))


class Store:
    """Our handler, and what an administrator has beside it."""

    prepend = "handler.php"
    takes_ids_back = False

    def __init__(self, server, url):
        self.tool = by_name(server, url)

    def rows(self):
        """The live sessions, as the tool lists them."""
        return {session["row"] for session in self.tool.sessions()}

    def revoke(self, row):
        self.tool("revoke", "--row", row)


class Directory(Store):
    name = "dir"
    conf = "    SessionStore dir:@ROOT@/dir purge=1h\n"

    def __init__(self, server, _):
        super().__init__(server, "dir:" + server.path("dir"))
        self.directory = TokenDirectory(server.path("dir"))

    def expire(self):
        self.directory.age(48 * 3600)


class Redis(Store):
    name = "redis"
    conf = "    SessionStore redis+unix:@REDIS@\n"

    def __init__(self, server, redis):
        super().__init__(server, "redis+unix:" + redis.socket)
        self.redis = redis

    def expire(self):
        for key in self.redis.sessions():
            self.redis.ask("PEXPIRE", key, "0")


STORES = (Directory, Redis)
ALL = (Files, *STORES)
