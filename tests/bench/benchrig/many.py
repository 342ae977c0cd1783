# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""Very many sessions: made by tests/bench/scale through the library, and how
much room they take where they are."""

import base64
import os
import random
import shutil
import subprocess

SIZE = 1000         # bytes of a session's entries
THREADS = 4
SHOWN = 1000        # sessions that browsers have


def run(command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def directory_bytes(backend):
    """(bytes of the files, bytes on the disk, files and folders)"""
    sizes = run(["find", backend.store, "-type", "f", "-printf", "%s\\n"])
    return (sum(map(int, sizes.split())), *(
        int(run(["du", "-s", how, backend.store]).split()[0])
        for how in ("--block-size=1", "--inodes")))


def attribute_bytes(value):
    """Of one attribute's value, as AWS counts them."""
    (kind, content), = value.items()
    if kind == "B":
        return len(base64.b64decode(content))
    if kind == "N":
        return (len(content.lstrip("-").strip("0")) + 1) // 2 + 1
    assert kind == "S", kind
    return len(content.encode())


def item_bytes(item):
    """Of an item: names and values."""
    return sum(len(name.encode()) + attribute_bytes(value)
               for name, value in item.items())


def table_bytes(backend):
    """Of the mean item, of some hundreds."""
    items = backend.local.call("Scan", {"TableName": "sessions",
                                        "Limit": 300})["Items"]
    return sum(map(item_bytes, items)) / len(items)


class Crowd:
    """The sessions of a site of ours. `seconds`, `made`: of the last time that
    it grew."""

    def __init__(self, site):
        self.site = site
        self.count = 0
        self.parts = []         # (sessions, cookies of some of them)
        self.user = "www-data" if os.getuid() == 0 else None
        self.keys = site.path("data", "keys")
        shutil.copy(site.path("keys"), self.keys)
        if self.user:
            shutil.chown(self.keys, self.user, self.user)
        with open(site.path("conf", "httpd.conf")) as file:
            self.words = next(line.split()[1:] for line in file
                              if line.startswith("SessionStore "))
        self.before = self.used()

    def used(self):
        """Redis's memory."""
        return (self.site.backend.info("used_memory")
                if hasattr(self.site.backend, "info") else 0)

    def scale(self, *arguments):
        return [line.split() for line in subprocess.run(
            [os.environ["SST_SCALE"], *arguments, *self.words], check=True,
            user=self.user, group=self.user, cwd="/", text=True,
            stdout=subprocess.PIPE).stdout.splitlines()]

    def grow(self, count):
        """Until there are so many."""
        self.made, self.seconds = count - self.count, 0.0
        if self.made == 0:
            return
        *shown, filled = self.scale("fill", self.keys, str(self.made),
                                    str(SIZE), str(THREADS), str(SHOWN))
        self.parts.append((self.made, [line[1] for line in shown]))
        self.count, self.seconds = count, float(filled[2])

    def cookies(self):
        """Of sessions from everywhere, in no order."""
        chooser = random.Random(3)
        chosen = [cookie for made, cookies in self.parts
                  for cookie in chooser.sample(cookies, min(
                      len(cookies), max(1, SHOWN * made // self.count)))]
        chooser.shuffle(chosen)
        return chosen

    def room(self):
        """{what: bytes for each session}"""
        backend = self.site.backend
        if hasattr(backend, "store"):
            data, disk, files = directory_bytes(backend)
            return {"data": data / self.count, "disk": disk / self.count,
                    "files": files / self.count}
        if hasattr(backend, "local"):
            return {"data": table_bytes(backend)}
        return {"data": (self.used() - self.before) / self.count}

    def walk(self):
        """{what: seconds} for a visit of all records and a round of purge."""
        scanned, purged = self.scale("walk")
        return {"scanned": int(scanned[1]), "scan_s": float(scanned[2]),
                "purge_s": float(purged[2])}
