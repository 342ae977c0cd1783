# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""A new key for several servers, whose key files are copied one by one."""

import json
import os
import re
import subprocess
import threading

import pytest

from rig import build
from rig.members import COOKIE, as_cookie, entries
from rig.status import PATH
from rig.wait import until

from netrig.load import Load


class KeyFile:
    """The administrator's own copy, from which the others are made."""

    def __init__(self, folder, text):
        self.path = str(folder / "session_store.keys")
        with open(self.path, "w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text)

    def keygen(self, *options):
        done = subprocess.run([build.htsession(), "keygen", *options,
                               self.path], check=True, capture_output=True,
                              text=True)
        return done.stdout

    def text(self):
        with open(self.path) as file:
            return file.read()

    def add_last(self):
        """A key that opens only; its id."""
        return re.search(r"new key (\w{16}) below", self.keygen("--last"))[1]


@pytest.fixture
def keys(site, tmp_path):
    yield KeyFile(tmp_path, site.keys)
    for node in site.nodes:
        node.put_keys(site.keys)
        node.graceful()


def sealing(node):
    """The id of the key under which new sessions begin at that node."""
    answer = node.visitor().get(PATH + "?json")
    ring, = json.loads(answer.text)["keys"]
    return ring["seals"]


class Newcomers(threading.Thread):
    """Visitors who begin at one node and go on at all the others at once:
    `wrong` has those who were not known there."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site = site
        self.stopping = threading.Event()
        self.rounds = 0
        self.wrong = []
        self.start()

    def run(self):
        while not self.stopping.is_set():
            for node in self.site.nodes:
                self.begin_at(node)
            self.rounds += 1

    def begin_at(self, node):
        visitor = node.visitor()
        visitor.get("/probe/set?here=1")
        for other in self.site.nodes:
            if entries(visitor.at(other)) != {"here": "1"}:
                self.wrong.append((node.name, other.name))

    def go_on(self):
        before = self.rounds
        until(lambda: self.rounds >= before + 3 or not self.is_alive(),
              "newcomers to come")

    def stop(self):
        self.stopping.set()
        self.join(60)
        assert self.rounds > 0


@pytest.mark.on("cluster")
def test_a_new_key_goes_round_the_nodes_and_nobody_is_logged_out(site, keys):
    """As the guide has it: first it opens everywhere, then it seals."""
    old = site.visitor()
    assert old.get("/probe/set?old=1").status == 200
    newcomers = Newcomers(site)
    with Load(site) as load:
        wanted = keys.add_last()
        for node in site.nodes:
            node.put_keys(keys.text())
            node.graceful()
            newcomers.go_on()
        keys.keygen("--promote", wanted)
        for node in site.nodes:
            node.put_keys(keys.text())
            node.graceful()
            newcomers.go_on()
        load.go_on()
    newcomers.stop()
    load.check()
    assert newcomers.wrong == []
    assert [sealing(node) for node in site.nodes] == [wanted] * 3
    assert entries(old) == {"old": "1"}


@pytest.mark.on("cluster")
def test_files_that_the_children_may_read_need_no_reload(site, keys):
    for node in site.nodes:
        node.put_keys(keys.text(), readable=True)
        node.graceful()
    generations = [node.resumed() for node in site.nodes]
    newcomers = Newcomers(site)
    wanted = keys.add_last()
    copy_to_all(site, keys, newcomers)
    keys.keygen("--promote", wanted)
    copy_to_all(site, keys, newcomers)
    for node in site.nodes:
        until(lambda node=node: sealing(node) == wanted,
              f"{node.name} to seal with the new key")
    newcomers.go_on()
    newcomers.stop()
    assert newcomers.wrong == []
    assert [node.resumed() for node in site.nodes] == generations


def copy_to_all(site, keys, newcomers):
    for node in site.nodes:
        before = node.log.text().count("SST0205")
        node.put_keys(keys.text(), readable=True)
        until(lambda: node.log.text().count("SST0205") > before,
              f"{node.name} to take the file over")
        newcomers.go_on()


@pytest.mark.on("cluster")
def test_a_key_that_seals_before_all_know_it_is_no_ticket_to_the_others(site,
                                                                        keys):
    """Why there are two steps."""
    keys.keygen()
    first, *others = site.nodes
    first.put_keys(keys.text())
    first.graceful()
    visitor = first.visitor()
    assert visitor.get("/probe/set?here=1").status == 200
    ticket = as_cookie(visitor.jar[COOKIE])
    assert entries(visitor) == {"here": "1"}
    for other in others:
        assert entries(other.visitor(), cookie=ticket) == {}
        other.put_keys(keys.text())
        other.graceful()
        assert entries(other.visitor(), cookie=ticket) == {"here": "1"}
