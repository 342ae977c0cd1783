# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Instructions for each request, user space only, as callgrind counts them:
exact where times are noisy. httpd runs as one process under valgrind, which
writes what it has counted whenever a request begins. It has one thread for
requests: with more, each would be new to the thread that serves it, and would
be counted with what a thread does once, like seeding its random generator."""

import os
import re
import socket
import statistics

WARM = 4        # requests whose connections and caches are new


class Connection:
    def __init__(self, port):
        self.port = port
        self.open()

    def open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), 120)
        self.file = self.socket.makefile("rb")

    def ask(self, path, cookie):
        """Answers the status line, which is empty when there is no answer."""
        field = f"Cookie: {cookie}\r\n" if cookie else ""
        request = (f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                   f"{field}\r\n")
        try:
            self.socket.sendall(request.encode())
            return self.file.readline()
        except ConnectionError:
            return b""

    def get(self, path, cookie):
        """Answers the cookie to send next. httpd closes connections that it
        was to keep when it has no thread to spare, and here it has one."""
        status = self.ask(path, cookie)
        if not status:
            self.close()
            self.open()
            status = self.ask(path, cookie)
        assert b" 200 " in status, status
        length, line = 0, self.file.readline().strip()
        while line:
            name, _, value = line.partition(b": ")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"set-cookie":
                cookie = value.partition(b";")[0].decode()
            line = self.file.readline().strip()
        self.file.read(length)
        return cookie

    def close(self):
        self.file.close()
        self.socket.close()


class Counter:
    """with Counter(site) as counter: counter.count(...)"""

    def __init__(self, site):
        self.site = site
        self.folder = site.path("callgrind")

    def __enter__(self):
        plain = self.site.command
        self.site.command = lambda *rest: [
            "valgrind", "-q", "--tool=callgrind", "--combine-dumps=no",
            f"--callgrind-out-file={self.folder}/%p",
            "--dump-before=ap_process_async_request",
            *plain("-X", "-c", "ThreadsPerChild 1", "-c",
                   "MaxRequestWorkers 1", *rest)]
        try:
            self.site.start()
        finally:
            self.site.command = plain
        return self

    def __exit__(self, *how):
        self.site.halt()
        self.site.kill_group()

    def parts(self):
        """The files so far, in their order."""
        pid = self.site.process.pid
        names = [re.fullmatch(rf"{pid}\.(\d+)", name)
                 for name in os.listdir(self.folder)]
        return sorted(int(name[1]) for name in names if name)

    def total(self, part):
        with open(f"{self.folder}/{self.site.process.pid}.{part}") as file:
            return int(re.search(r"^(?:totals|summary): (\d+)", file.read(),
                                 re.MULTILINE)[1])

    def count(self, path, cookie, varied, requests):
        """The median of so many requests. (What lies between two of their
        beginnings is one request; the file of the last is not there yet.)"""
        before = len(self.parts())
        connection = Connection(self.site.port)
        for number in range(WARM + requests + 1):
            again = connection.get(f"{path}{number}" if varied else path,
                                   cookie)
            cookie = again if varied else cookie
        connection.close()
        files = self.parts()[before:]
        return statistics.median(self.total(part)
                                 for part in files[-requests:])
