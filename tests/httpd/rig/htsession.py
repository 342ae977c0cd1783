# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The administrator's tool beside a running server."""

import json
import subprocess

from rig import build


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def objects(self):
        """--json: an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"<exit {self.code}, out {self.out!r}, err {self.err!r}>"


class Tool:
    """Runs htsession with the stores of `server`; `said` is all that it has
    ever written."""

    def __init__(self, server, *options):
        self.server = server
        self.options = options or ("-x", build.HTTPD, "-d", server.root, "-f",
                                   server.path("conf", "httpd.conf"))
        self.prefix = []        # in front of the command
        self.said = ""

    def run(self, verb, *arguments):
        done = subprocess.run(
            [*self.prefix, build.htsession(), verb, *self.options,
             *arguments], text=True,
            env=self.server.environment(), capture_output=True, timeout=120,
            stdin=subprocess.DEVNULL)
        self.said += done.stdout + done.stderr
        return Result(done)

    def __call__(self, verb, *arguments):
        """Runs it and expects that it works."""
        result = self.run(verb, *arguments)
        assert result.code == 0, result
        return result

    def sessions(self, *arguments):
        return self("list", "--json", *arguments).objects


def by_name(server, words, *more):
    """The tool with its store and keys on the command line."""
    return Tool(server, "--store", server.fill_in(words), "--keys",
                f"file:{server.path('keys')}", *more)
